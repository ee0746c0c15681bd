// Verifies by jose.

import { createRemoteJWKSet, jwtVerify } from "jose";

import { answer, audience, issuer, tolerance } from "./answering.js";

const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
const demands = { issuer, audience, typ: "at+jwt", algorithms: ["ES256"], clockTolerance: tolerance };

await answer({ verify: async ({ token }) => (await jwtVerify(token, keys, demands)).payload });
