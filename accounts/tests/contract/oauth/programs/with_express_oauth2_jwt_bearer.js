// Discovers and guards an Express route by express-oauth2-jwt-bearer; `strict` is RFC 9068.

import { auth } from "express-oauth2-jwt-bearer";

import { answer, audience, issuer, tolerance } from "./answering.js";
import { behind } from "./guarding.js";

const demands = { audience, strict: true, tokenSigningAlg: "ES256", clockTolerance: tolerance };

await answer({ verify: await behind(auth({ issuerBaseURL: issuer, ...demands }), (request) => request.auth.payload) });
