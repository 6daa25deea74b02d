// Shared by the browser sides: page.html makes the call, and certutil makes a browser trust the test's CA.

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";

export const pageHtml = () => readFile(new URL("page.html", import.meta.url), "utf8");

// Creates a certificate database in that folder, with the CA of $TEST_CA if it is set.
export function trustIn(folder) {
  const ca = process.env.TEST_CA;
  if (!ca) return;
  mkdirSync(folder, { recursive: true });
  execFileSync("certutil", ["-N", "-d", `sql:${folder}`, "--empty-password"]);
  execFileSync("certutil", ["-A", "-d", `sql:${folder}`, "-n", "test-ca", "-t", "C,,", "-i", ca]);
}

// The functions of page.html, as a side. `open` starts a browser and returns its page.
export function sideOf(open) {
  let page;
  return {
    async start({ ice_server: iceServer }) {
      page = await open();
      await page.evaluate((server) => start(server), iceServer);
    },
    offer: () => page.evaluate(() => offer()),
    answer: ({ remote }) => page.evaluate((description) => answer(description), remote),
    accept: ({ remote }) => page.evaluate((description) => accept(description), remote),
    look: () => page.evaluate(() => look()),
  };
}
