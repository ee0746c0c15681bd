// Logs in by graphql-request.

import { ClientError, GraphQLClient } from "graphql-request";

import { bearer, report, url } from "./documents.js";

const ask = (text, variables, token) => new GraphQLClient(url, { headers: bearer(token) }).request(text, variables);

await report(ask, (error) => error instanceof ClientError && error.response.errors[0].extensions.code);
