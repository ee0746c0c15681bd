// The conversation with the test: a question a line on stdin, an answer a line on stdout.
//
// {"do": "verify", "token": "…"} → {"is": …}, or {"refused": "…"} with the library's own words.

import { createInterface } from "node:readline";

// `tolerance`: by how many seconds this process's clock may differ from the issuer's.
export const { issuer, audience, tolerance, client } = JSON.parse(process.argv[2]);

// The clocks that caches look at run ahead from now on; the time of day, as `new Date()` gives it, does not.
function passTime({ seconds }) {
  for (const clock of [Date, performance]) {
    const before = clock.now.bind(clock);
    clock.now = () => before() + seconds * 1000;
  }
  const before = process.hrtime;
  process.hrtime = () => {
    const [whole, rest] = before();
    return [whole + seconds, rest];
  };
}

export async function answer(doings) {
  const all = { pass_time: passTime, ...doings };
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: name, ...asked } = JSON.parse(line);
    process.stdout.write(`${JSON.stringify(await answerTo(all[name], asked))}\n`);
  }
  process.exit(); // a server of ours would keep the process alive
}

async function answerTo(doing, asked) {
  try {
    return { is: (await doing(asked)) ?? null };
  } catch (error) {
    return { refused: `${error.code ?? error.name}: ${(await reasonOf(error)) ?? error.message}` };
  }
}

// The `error` of RFC 6749, which a library hands on, or leaves in the answer where that has a challenge, too.
async function reasonOf({ cause, response }) {
  return cause?.error ?? (response?.bodyUsed === false ? (await response.json()).error : undefined);
}
