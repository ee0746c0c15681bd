// Guards an Express route by passport-jwt, with keys from jwks-rsa.
//
// Without its `rateLimit`: ten made-up tokens a minute would keep it from the next key, so that it refused good ones.

import { passportJwtSecret } from "jwks-rsa";
import passport from "passport";
import { ExtractJwt, Strategy } from "passport-jwt";

import { answer, audience, issuer, tolerance } from "./answering.js";
import { behind } from "./guarding.js";

const jwksUri = `${issuer}/.well-known/jwks.json`;
const options = {
  jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
  secretOrKeyProvider: passportJwtSecret({ jwksUri, cache: true }),
  issuer,
  audience,
  algorithms: ["ES256"],
  jsonWebTokenOptions: { clockTolerance: tolerance },
};
passport.use(new Strategy(options, (claims, done) => done(null, claims)));

await answer({ verify: await behind(passport.authenticate("jwt", { session: false }), (request) => request.user) });
