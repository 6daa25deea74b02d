// Chromium as one side of a call. It is steered over a pipe and its page comes from memory: its network is its own.

import { chromium } from "playwright-core";
import { pageHtml, sideOf, trustIn } from "./page_side.mjs";
import { serve } from "./side_lines.mjs";

const PAGE = "https://call.test/";
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream=fps=30",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
];
const STARTED_WITHIN_MS = 80_000; // the first start on a busy machine is slow; ../foreign_call.py waits a little longer
let browser;

async function open() {
  trustIn(`${process.env.HOME}/.pki/nssdb`);
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", headless: true, args: ARGUMENTS, timeout: STARTED_WITHIN_MS });
  const context = await browser.newContext({ permissions: ["camera", "microphone"] });
  context.setDefaultTimeout(STARTED_WITHIN_MS);
  const body = await pageHtml();
  await context.route(`${PAGE}**`, (route) => route.fulfill({ contentType: "text/html", body }));
  const page = await context.newPage();
  await page.goto(PAGE);
  return page;
}

serve(sideOf(open), () => browser?.close());
