// What each GraphQL client asks.

export const LOGIN = "mutation Login($input: LoginInput!) { login(input: $input) { access user { email } } }";
export const ME = "query Me { me { id email } }";
export const [url, email, password] = process.argv.slice(2);

export const bearer = (token) => (token ? { Authorization: `Bearer ${token}` } : {});

// `ask(document, variables, token)` gives the data; `codeOf(error)` the code of what it throws.
export async function report(ask, codeOf) {
  const refused = async (...asked) => {
    try {
      await ask(...asked);
    } catch (error) {
      return codeOf(error);
    }
    throw new Error("not refused");
  };
  const { login } = await ask(LOGIN, { input: { email, password } });
  const { me } = await ask(ME, {}, login.access);
  const without_token = await refused(ME, {});
  const wrong_password = await refused(LOGIN, { input: { email, password: "wrong" } });
  process.stdout.write(JSON.stringify({ login: login.user.email, me: me.email, without_token, wrong_password }));
}
