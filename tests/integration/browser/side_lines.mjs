// Reads requests and writes answers as JSON lines, for every side that runs under node (../sides/README.md).

import { createInterface } from "node:readline";

const say = (document) => process.stdout.write(JSON.stringify(document) + "\n");

// Answers each line with the result of the function that `do` names. Calls `close` when standard input ends.
export async function serve(side, close = async () => {}) {
  process.on("unhandledRejection", (reason) => process.stderr.write(`unhandled: ${reason?.stack ?? reason}\n`));
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: name, ...request } = JSON.parse(line);
    try {
      say({ answer: (await side[name](request)) ?? null });
    } catch (error) {
      say({ error: String(error?.message ?? error) });
    }
  }
  await Promise.race([close(), new Promise((resolve) => setTimeout(resolve, 3_000))]);
  process.exit(0);
}
