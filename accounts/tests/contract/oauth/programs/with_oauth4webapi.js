// Discovers, verifies as RFC 9068 says, and acts for a service client by oauth4webapi.

import * as oauth from "oauth4webapi";

import { answer, audience, client, issuer, tolerance } from "./answering.js";

const overHttp = { [oauth.allowInsecureRequests]: true }; // on a loopback
const demands = { signingAlgorithms: ["ES256"], [oauth.clockTolerance]: tolerance, ...overHttp };
const methods = { client_secret_basic: oauth.ClientSecretBasic, client_secret_post: oauth.ClientSecretPost };
const us = { client_id: client.id };
const basic = oauth.ClientSecretBasic(client.secret);
const server = await discover({ algorithm: "oauth2" });

async function discover({ algorithm }) {
  const url = new URL(issuer);
  return oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, { algorithm, ...overHttp }));
}

async function verify({ token }) {
  const request = new Request("https://orders.example.com/", { headers: { Authorization: `Bearer ${token}` } });
  return oauth.validateJwtAccessToken(server, request, audience, demands);
}

async function getToken({ method = "client_secret_basic", secret = client.secret, ...parameters }) {
  const who = methods[method](secret);
  const response = await oauth.clientCredentialsGrantRequest(server, us, who, parameters, overHttp);
  return oauth.processClientCredentialsResponse(server, us, response);
}

async function introspect({ token }) {
  const response = await oauth.introspectionRequest(server, us, basic, token, overHttp);
  return oauth.processIntrospectionResponse(server, us, response);
}

async function revoke({ token }) {
  return oauth.processRevocationResponse(await oauth.revocationRequest(server, us, basic, token, overHttp));
}

await answer({ discover, verify, get_token: getToken, introspect, revoke });
