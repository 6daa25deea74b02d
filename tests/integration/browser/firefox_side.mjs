// Firefox as one side of a call, driven by WebDriver BiDi over this namespace's loopback. It never binds channels.

import { createServer } from "node:http";
import { launch } from "puppeteer-core";
import { pageHtml, sideOf, trustIn } from "./page_side.mjs";
import { serve } from "./side_lines.mjs";

const PREFERENCES = {
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "media.autoplay.default": 0,
  "app.update.enabled": false,
  "media.gmp-manager.updateEnabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
};
const STARTED_WITHIN_MS = 80_000; // the first start on a busy machine is slow; ../foreign_call.py waits a little longer
let browser;

// Loopback is a secure context.
async function addressOfPage() {
  const body = await pageHtml();
  const server = createServer((_, response) => response.setHeader("content-type", "text/html").end(body));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  return `http://127.0.0.1:${server.address().port}/`;
}

async function open() {
  const profile = `${process.env.HOME}/profile`;
  trustIn(profile);
  browser = await launch({
    browser: "firefox",
    executablePath: "/usr/bin/firefox-esr",
    headless: true,
    userDataDir: profile,
    extraPrefsFirefox: PREFERENCES,
    timeout: STARTED_WITHIN_MS,
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(STARTED_WITHIN_MS);
  await page.goto(await addressOfPage());
  return page;
}

serve(sideOf(open), () => browser?.close());
