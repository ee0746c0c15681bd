// Signs in and out by openapi-fetch, with the types that openapi-typescript made: `node with_openapi_fetch.js URL EMAIL PASSWORD CLIENT_ID CLIENT_SECRET`.

import createClient from "openapi-fetch";

import type { components, paths } from "./schema.js";

type Problem = components["schemas"]["Problem"];
type Answer<T> = { data?: T; error?: Problem; response: Response };

const [url = "", email = "", password = "", client_id = "", client_secret = ""] = process.argv.slice(2);
const anyone = createClient<paths>({ baseUrl: url });

function good<T>({ data, error }: Answer<T>): NonNullable<T> {
  if (data === undefined || data === null) throw new Error(error?.code ?? "no answer");
  return data;
}

function refused({ error, response }: Answer<unknown>): [number, string] {
  if (error === undefined) throw new Error(`not refused: ${response.status}`);
  return [error.status, error.code];
}

const user = good(await anyone.POST("/auth/register", { body: { email, password, first_name: "Ada" } }));
const signedIn = good(await anyone.POST("/auth/login", { body: { email, password } }));
const verified = good(await anyone.POST("/auth/verify", { body: { token: signedIn.access } }));
const tokens = good(await anyone.POST("/auth/refresh", { body: { refresh: signedIn.refresh } }));
const caller = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${tokens.access}` } });
const asked = good(await caller.GET("/auth/user"));
const credentials = { client_id, client_secret };
const token = await anyone.POST("/auth/token", { body: { grant_type: "client_credentials", ...credentials } });
const service = { Authorization: `Bearer ${token.data?.access_token}` };
const form = { "Content-Type": "application/x-www-form-urlencoded" };
const told = await anyone.POST("/auth/introspect", { headers: service, body: { token: tokens.access } });
const other = await anyone.POST("/auth/introspect", { headers: form, body: { token: "a.b.c", ...credentials } });
const own = await anyone.POST("/auth/revoke", { body: { token: token.data?.access_token ?? "" } });
const loggedOut = await caller.POST("/auth/logout", { body: {} });

process.stdout.write(
  JSON.stringify({
    registered: user.email,
    type: signedIn.token_type,
    verified: verified.user?.email,
    is_another_refresh: tokens.refresh !== signedIn.refresh,
    user: asked.first_name,
    service: [token.data?.scope, told.data?.active, told.data?.username, other.data, own.error?.error],
    logged_out: loggedOut.response.status,
    after: refused(await caller.GET("/auth/user")),
    wrong_password: refused(await anyone.POST("/auth/login", { body: { email, password: "wrong" } })),
  }),
);
