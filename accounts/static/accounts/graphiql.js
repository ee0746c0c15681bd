// Starts GraphiQL against this host's own endpoint.
const EXAMPLE = `# Sign in, then put the token into the Headers tab: {"Authorization": "Bearer …"}
mutation SignIn {
  login(input: {email: "ada@example.com", password: "violet otters juggle maps"}) {
    access
    refresh
    user { id email }
  }
}

query WhoAmI {
  me { id email firstName groups }
}
`;

async function fetcher(parameters, options) {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", ...(options && options.headers) },
    body: JSON.stringify(parameters),
  });
  return response.json();
}

ReactDOM.render(
  React.createElement(GraphiQL, { fetcher, defaultQuery: EXAMPLE, defaultEditorToolsVisibility: "headers" }),
  document.getElementById("graphiql"),
);
