// Reads report.html, as somebody who was sent it.

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { browser, fitsEverywhere, open } from "./pages.mjs";

const url = pathToFileURL(process.argv[2]).href;
{
  const { page, asked, said } = await open(url, { viewport: { width: 1280, height: 1000 } });
  const rows = page.locator("#findings tbody tr");
  assert.equal(await rows.count(), 11);
  const column = (at) => rows.evaluateAll((rows, at) => rows.map((row) => row.cells[at].textContent), at);
  const first = await column(2);
  await page.click("#findings th:nth-child(3) button");
  assert.deepEqual(await column(2), [...first].sort());
  await page.click("#findings th:nth-child(3) button");
  assert.deepEqual(await column(2), [...first].sort().reverse());
  assert.equal(await page.getAttribute("#findings th:nth-child(3)", "aria-sort"), "descending");
  await page.click("#findings th:nth-child(2) button");
  assert.equal((await column(1))[0], "error");
  await page.click('#findings a[href="#finding-11"]');
  assert.ok(page.url().endsWith("#finding-11"));
  assert.equal(await page.locator("svg[role=img]").count(), 4);
  // The longest bar is that of the largest number.
  const bars = await page.locator("figure").first().locator("g").evaluateAll((all) =>
    all.map((one) => [Number(one.querySelector(".number").textContent), one.querySelector("rect").width.baseVal.value]),
  );
  const most = Math.max(...bars.map(([, width]) => width));
  assert.ok(most > 100);
  for (const [number, width] of bars) assert.ok(Math.abs(width - (most * number) / 6) <= 1, String(bars));
  assert.deepEqual(new Set(asked.map((one) => one.split("#")[0])), new Set([url]));
  assert.deepEqual(said, []);
}
await fitsEverywhere(url, "report");
{
  const { page } = await open(url, { javaScriptEnabled: false });
  assert.equal(await page.locator("#findings tbody tr:visible").count(), 11);
}
{
  // An audit's, with those before it.
  const { page } = await open(pathToFileURL(process.argv[3]).href, { viewport: { width: 1280, height: 1000 } });
  const line = page.locator("figure", { hasText: "Burn-down" });
  assert.equal((await line.locator("polyline").getAttribute("points")).split(" ").length, 3);
  assert.match(await line.locator("svg").getAttribute("aria-label"), /11 left .*, 10 left/);
}
await fitsEverywhere(pathToFileURL(process.argv[3]).href, "audit");
await browser.close();
console.log("report.html: ok");
