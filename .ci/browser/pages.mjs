// Opens pages in headless Chromium.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

/** A page, with what it asked for and complained about. */
export async function open(url, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const asked = [];
  const said = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  await page.goto(url);
  return { page, asked, said };
}

/** No fault of accessibility and nothing too wide, at the widths and in the colours that people have. */
export async function fitsEverywhere(url, kind) {
  for (const [name, width, colorScheme] of [
    ["desktop", 1280, "light"],
    ["dark", 1280, "dark"],
    ["phone", 390, "light"],
    ["phone-dark", 390, "dark"],
  ]) {
    const { page } = await open(url, { viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= width, `${name}: ${wide} pixels wide`);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    const faults = violations.map((one) => `${one.impact} ${one.id}: ${one.nodes[0].html}`);
    assert.deepEqual(faults, [], name);
    if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${kind}-${name}.png`) });
  }
}
