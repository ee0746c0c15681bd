// Verifies a token by sending it to a real Express server behind the middleware under test.

import { once } from "node:events";

import express from "express";

// `guard` lets a request pass; `claimsOf` finds what it learnt of the caller.
export async function behind(guard, claimsOf) {
  const server = express()
    .get("/", guard, (request, response) => response.json(claimsOf(request)))
    .use((error, _request, response, _next) => response.status(error.status ?? 500).send(error.message))
    .listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${server.address().port}/`;
  return async ({ token }) => {
    const answer = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
    if (answer.ok) return answer.json();
    const error = new Error(await answer.text());
    throw Object.assign(error, { code: answer.status });
  };
}
