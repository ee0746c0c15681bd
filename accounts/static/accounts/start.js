// Walks the demo user through the service's own API, as any client would.
const demo = document.getElementById("demo");
const said = document.getElementById("said");
const shown = document.getElementById("shown");
const buttons = Object.fromEntries([...demo.querySelectorAll("button")].map((button) => [button.dataset.step, button]));

let tokens = null;

async function post(path, body, access) {
  const headers = { "Content-Type": "application/json" };
  if (access) headers.Authorization = `Bearer ${access}`;
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
  return { ok: response.ok, body: response.status === 204 ? null : await response.json() };
}

function claimsOf(token) {
  const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(part), (character) => character.codePointAt(0))));
}

function show(id, value) {
  document.getElementById(id).textContent = typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function take(answer) {
  if (!answer.ok) {
    said.textContent = answer.body.detail;
    return false;
  }
  tokens = { ...tokens, ...answer.body };
  shown.hidden = false;
  show("token", tokens.access);
  show("claims", claimsOf(tokens.access));
  return true;
}

async function verify() {
  if (!tokens) return;
  const answer = await post("/auth/verify", { token: tokens.access });
  show("verification", answer.body);
}

const steps = {
  async "sign-in"() {
    const account = { email: demo.dataset.email, password: demo.dataset.password };
    let answer = await post("/auth/login", account);
    if (!answer.ok && answer.body.code === "invalid_credentials") {
      await post("/auth/register", { ...account, first_name: "Demo" });
      answer = await post("/auth/login", account);
    }
    if (take(answer)) said.textContent = `${demo.dataset.email} is signed in.`;
    buttons.refresh.disabled = buttons["sign-out"].disabled = !tokens;
  },
  async refresh() {
    if (take(await post("/auth/refresh", { refresh: tokens.refresh }))) said.textContent = "Both tokens are new.";
  },
  async "sign-out"() {
    await post("/auth/logout", {}, tokens.access);
    said.textContent = "Signed out. The token is well signed and not expired, and yet:";
    buttons.refresh.disabled = buttons["sign-out"].disabled = true;
  },
};

for (const [step, button] of Object.entries(buttons)) {
  button.addEventListener("click", async () => {
    try {
      await steps[step]();
      await verify();
    } catch {
      said.textContent = "The service does not answer.";
    }
  });
}
setInterval(() => verify().catch(() => {}), 2000);
