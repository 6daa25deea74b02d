// Chromium as one side of a call.

import { openChromium } from "./chromium_page.mjs";
import { pageHtml, sideOf, trustIn } from "./page_side.mjs";
import { serve } from "./side_lines.mjs";

const STARTED_WITHIN_MS = 80_000; // the first start on a busy machine is slow; ../foreign_call.py waits a little longer
let browser;

async function open() {
  trustIn(`${process.env.HOME}/.pki/nssdb`);
  const opened = await openChromium({
    executablePath: "/usr/bin/chromium",
    html: await pageHtml(),
    startedWithinMs: STARTED_WITHIN_MS,
  });
  browser = opened.browser;
  return opened.page;
}

serve(sideOf(open), () => browser?.close());
