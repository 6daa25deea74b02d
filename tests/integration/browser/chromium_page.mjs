// Chromium with page.html. The driver uses a pipe and serves the page from memory, so it needs no network to Chromium.

import { chromium } from "playwright-core";

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

export async function openChromium({ executablePath, html, startedWithinMs }) {
  const browser = await chromium.launch({ executablePath, headless: true, args: ARGUMENTS, timeout: startedWithinMs });
  try {
    const context = await browser.newContext({ permissions: ["camera", "microphone"] });
    context.setDefaultTimeout(startedWithinMs);
    await context.route(`${PAGE}**`, (route) => route.fulfill({ contentType: "text/html", body: html }));
    const page = await context.newPage();
    await page.goto(PAGE);
    return { browser, page };
  } catch (error) {
    await browser.close();
    throw error;
  }
}
