// Reads the code from the link's fragment, takes it out of the address bar, and sends it to the service when told to.
const withCode = document.getElementById("with-code");
const withoutCode = document.getElementById("without-code");
const said = document.getElementById("said");

let code = "";

function say(text, isRefusal = false) {
  said.textContent = text;
  said.classList.toggle("wrong", isRefusal);
  if (text) said.focus();
}

function take() {
  code = location.hash.slice(1) || code;
  if (location.hash) history.replaceState(null, "", location.pathname);
  withCode.hidden = !code;
  withoutCode.hidden = Boolean(code);
  say("");
}

function refused(problem) {
  if (problem.code === "invalid_code") {
    code = "";
    withCode.hidden = true;
    withoutCode.hidden = !withoutCode.matches("form");  // words alone would send back to this very link
    return withCode.dataset.over;
  }
  return problem.errors ? problem.errors.map((error) => error.detail).join(" ") : problem.detail;
}

async function send(form) {
  const body = Object.fromEntries(new FormData(form));
  if (form === withCode) body.token = code;
  const response = await fetch(form.dataset.call, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    credentials: "omit",
    body: JSON.stringify(body),
  });
  const text = response.ok ? form.dataset.done : refused(await response.json());
  if (response.ok) form.hidden = true;
  for (const input of form.querySelectorAll("[name]")) input.setAttribute("aria-invalid", String(!response.ok));
  say(text, !response.ok);
}

for (const form of document.querySelectorAll("form")) {
  const button = form.querySelector("button");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await send(form);
    } catch {
      say("The service does not answer. Try again in a moment.", true);
    }
    button.disabled = false;
  });
}

for (const box of document.querySelectorAll("[data-shows]")) {
  const input = document.getElementById(box.dataset.shows);
  box.addEventListener("change", () => { input.type = box.checked ? "text" : "password"; });
}

addEventListener("hashchange", () => { if (location.hash) take(); });
take();
