// A call between two unmodified Chromiums, each in its own network namespace.
//
//   node call.mjs '{"sides": [{"chromium": "<program>", "ice_server": {...}}, {...}]}'
//
// Prints one JSON line for each line on its standard input: `look` prints both browsers' statistics, `end` ends the call.
// The first line is {"ready": true, ...} once video runs both ways, or {"error": ...}. The namespaces need no route to
// this program (chromium_page.mjs).

import { createInterface } from "node:readline";
import { openChromium } from "./chromium_page.mjs";
import { pageHtml } from "./page_side.mjs";

const FIRST_FRAMES = 15;
const STARTED_WITHIN_MS = 60_000; // the first start on a busy machine is slow
const READY_WITHIN_MS = 45_000;

const say = (document) => process.stdout.write(JSON.stringify(document) + "\n");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function openSide({ chromium: executablePath, ice_server: iceServer }, html) {
  const { browser, page } = await openChromium({ executablePath, html, startedWithinMs: STARTED_WITHIN_MS });
  await page.evaluate((server) => start(server), iceServer);
  return { browser, page };
}

async function connect([caller, callee]) {
  const offer = await caller.page.evaluate(() => offer());
  const answer = await callee.page.evaluate((remote) => answer(remote), offer);
  await caller.page.evaluate((remote) => accept(remote), answer);
}

const look = (sides) => Promise.all(sides.map(({ page }) => page.evaluate(() => look())));

async function untilVideoRuns(sides) {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const seen = await look(sides);
    if (seen.every(({ video }) => (video.framesDecoded ?? 0) >= FIRST_FRAMES)) return seen;
    if (Date.now() > deadline) throw new Error(`no video both ways after ${READY_WITHIN_MS} ms: ${JSON.stringify(seen)}`);
    await sleep(200);
  }
}

async function main() {
  const { sides: wanted } = JSON.parse(process.argv[2]);
  const html = await pageHtml();
  const sides = [];
  try {
    for (const side of wanted) sides.push(await openSide(side, html));
    await connect(sides);
    say({ ready: true, sides: await untilVideoRuns(sides) });
    for await (const line of createInterface({ input: process.stdin })) {
      if (line === "end") break;
      if (line === "look") say({ sides: await look(sides) });
    }
  } finally {
    await Promise.race([Promise.allSettled(sides.map(({ browser }) => browser.close())), sleep(3_000)]);
  }
}

main().then(
  () => process.exit(0),
  (error) => {
    say({ error: String(error?.message ?? error) });
    process.exit(1);
  },
);
