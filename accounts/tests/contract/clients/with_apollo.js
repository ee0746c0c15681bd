// Logs in by Apollo Client, with its cache.

import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache, gql } from "@apollo/client";

import { bearer, report, url } from "./documents.js";

const clientOf = (token) =>
  new ApolloClient({ cache: new InMemoryCache(), link: new HttpLink({ uri: url, headers: bearer(token) }) });

async function ask(text, variables, token) {
  const document = gql(text);
  const isQuery = document.definitions[0].operation === "query";
  const client = clientOf(token);
  const { data } = await (isQuery ? client.query({ query: document, variables }) : client.mutate({ mutation: document, variables }));
  return data;
}

await report(ask, (error) => CombinedGraphQLErrors.is(error) && error.errors[0].extensions.code);
