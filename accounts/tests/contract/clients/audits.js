// The server audits of graphql-http: `node audits.js URL` prints every audit that fails, by its id.

import { serverAudits } from "graphql-http";

const failures = {};
const audits = serverAudits({ url: process.argv[2] });
for (const audit of audits) {
  const { status, name, reason, response } = await audit.fn();
  if (status !== "ok") failures[audit.id] = `${name}: ${status}: ${reason} (${response?.status})`;
}
process.stdout.write(JSON.stringify({ asked: audits.length, failures }));
