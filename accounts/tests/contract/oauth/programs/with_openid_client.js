// Discovers, acts for a service client, and asks the issuer about tokens by openid-client.

import * as openid from "openid-client";

import { answer, client, issuer } from "./answering.js";

const methods = { client_secret_basic: openid.ClientSecretBasic, client_secret_post: openid.ClientSecretPost };
const usual = await configured({});

async function configured({ method = "client_secret_basic", secret = client.secret, algorithm = "oidc" }) {
  const options = { algorithm, execute: [openid.allowInsecureRequests] }; // on a loopback
  return openid.discovery(new URL(issuer), client.id, undefined, methods[method](secret), options);
}

async function discover(asked) {
  return (await configured(asked)).serverMetadata();
}

async function getToken({ method, secret, ...parameters }) {
  return openid.clientCredentialsGrant(await configured({ method, secret }), parameters);
}

async function introspect({ token }) {
  return openid.tokenIntrospection(usual, token);
}

async function verify({ token }) {
  const { active, ...claims } = await introspect({ token });
  if (!active) throw new Error("inactive");
  return claims;
}

async function revoke({ token }) {
  return openid.tokenRevocation(usual, token);
}

await answer({ discover, verify, get_token: getToken, introspect, revoke });
