// Logs in by urql's core, as it is without React.

import { Client, cacheExchange, fetchExchange, gql } from "@urql/core";

import { bearer, report, url } from "./documents.js";

async function ask(text, variables, token) {
  const exchanges = [cacheExchange, fetchExchange];
  const client = new Client({ url, exchanges, preferGetMethod: false, fetchOptions: { headers: bearer(token) } });
  const document = gql(text);
  const isQuery = document.definitions[0].operation === "query";
  const { data, error } = await client[isQuery ? "query" : "mutation"](document, variables);
  if (error) throw error;
  return data;
}

await report(ask, (error) => error.graphQLErrors[0].extensions.code);
