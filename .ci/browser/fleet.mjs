// Looks at the page of a fleet.

import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { browser, fitsEverywhere, open } from "./pages.mjs";

const url = pathToFileURL(process.argv[2]).href;
const { page, asked, said } = await open(url, { viewport: { width: 1280, height: 1000 } });
const titles = await page.locator("section h2").allTextContents();
for (const title of ["Blockers", "By team", "Token plan", "By repository", "By rule", "Hosts", "Burn-down"]) {
  assert.ok(titles.includes(title), `${title}: ${titles}`);
}
// One credential is one row, on three hosts.
const row = page.locator("section", { hasText: "Token plan" }).locator("tr", { hasText: "ATBB…3D4E" });
assert.equal(await row.count(), 1);
assert.equal(await row.locator("td").nth(2).textContent(), "3");
// Sorted by the number, not by its digits.
const plan = page.locator("section", { hasText: "Token plan" });
const places = () => plan.locator("tbody tr").evaluateAll((rows) => rows.map((one) => Number(one.cells[1].textContent)));
await plan.locator("th:nth-child(2) button").click();
assert.deepEqual(await places(), [...(await places())].sort((a, b) => a - b));
await plan.locator("th:nth-child(2) button").click();
assert.deepEqual(await places(), [...(await places())].sort((a, b) => b - a));
assert.equal(await page.locator("tr", { hasText: "host-c" }).filter({ hasText: "STALE" }).count(), 1);
assert.ok((await page.locator("polyline").getAttribute("points")).split(" ").length > 2);
assert.deepEqual(new Set(asked), new Set([url]));
assert.deepEqual(said, []);
await fitsEverywhere(url, "fleet");
await browser.close();
console.log("fleet.html: ok");
