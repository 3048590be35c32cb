// Clicks through review.html, as a reviewer does.

import assert from "node:assert/strict";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { browser, fitsEverywhere, open } from "./pages.mjs";

const [page_file, demo] = process.argv.slice(2);
const url = pathToFileURL(page_file).href;

const visible = (page) => page.locator(".card:visible").count();
const count = (page) => page.locator("#count").textContent();

{
  const { page, asked, said } = await open(url, { viewport: { width: 1280, height: 1000 } });
  const all = await page.locator(".card").count();
  assert.equal(all, 11);
  assert.equal(await count(page), `${all} of ${all} shown, 0 reviewed`);

  // Each filter shows what has its value, and all of that.
  for (const name of ["rule", "owner", "repository", "applicability"]) {
    const values = await page.locator(`#${name} option`).evaluateAll((all) => all.map((one) => one.value));
    assert.ok(values.length > 2, `${name}: ${values}`);
    let sum = 0;
    for (const value of values.slice(1)) {
      await page.selectOption(`#${name}`, value);
      const shown = await page
        .locator(".card:visible")
        .evaluateAll((cards, name) => cards.map((card) => card.dataset[name].split("\n")), name);
      assert.ok(shown.length > 0 && shown.every((has) => has.includes(value)), `${name} ${value}`);
      sum += shown.length;
    }
    assert.ok(name === "owner" ? sum > all : sum === all, `${name}: ${sum}`);
    await page.keyboard.press("Escape");
    assert.equal(await visible(page), all);
  }
  await page.selectOption("#owner", "@acme/web");
  await page.selectOption("#rule", "netrc");
  assert.equal(await visible(page), 0);
  assert.ok(await page.locator("#nothing").isVisible());
  await page.keyboard.press("Escape");

  await page.keyboard.press("/");
  await page.keyboard.type("payments.git");
  const found = await visible(page);
  assert.ok(found > 0 && found < all, String(found));
  await page.keyboard.press("Escape");
  assert.equal(await visible(page), all);

  // By keys alone.
  const focused = () => page.evaluate(() => document.activeElement.id);
  await page.keyboard.press("j");
  assert.equal(await focused(), "finding-1");
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  assert.equal(await focused(), "finding-2");
  const under = await page.evaluate(
    () => document.getElementById("filters").getBoundingClientRect().bottom -
      document.getElementById("finding-2").getBoundingClientRect().top,
  );
  assert.ok(under <= 0, `the bar covers ${under} pixels`);
  await page.keyboard.press("r");
  assert.equal(await count(page), `${all} of ${all} shown, 1 reviewed`);
  await page.check("#open");
  assert.equal(await visible(page), all - 1);
  await page.keyboard.press("j");
  assert.equal(await focused(), "finding-3");
  await page.reload();
  assert.equal(await count(page), `${all} of ${all} shown, 1 reviewed`);
  await page.keyboard.press("?");
  assert.ok(await page.locator("#help").isVisible());
  await page.keyboard.press("Escape");
  assert.ok(!(await page.locator("#help").isVisible()));
  await page.click("#keys");
  assert.ok(await page.locator("#help").isVisible());
  await page.click("#help button");

  // Before and after.
  const first = page.locator(".card", { hasText: "mirrors/payments.git/config" });
  assert.match(await first.locator("del").textContent(), /ATBB…/);
  assert.equal(await first.locator("ins").textContent(), "x-bitbucket-api-token-auth");

  // Its own policy holds: what is put into it from outside does not run.
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'run'";
    document.body.append(script);
  });
  assert.notEqual(await page.title(), "run");
  assert.ok(said.pop()?.includes("Content Security Policy"));

  // The old secrets are not in its source.
  const source = await page.content();
  const files = (dir) =>
    readdirSync(dir).flatMap((name) => {
      const path = join(dir, name);
      if (name === "objects" || name === "hooks") return [];
      return statSync(path).isDirectory() ? files(path) : [path];
    });
  const secrets = new Set(
    files(demo).flatMap((path) => readFileSync(path, "latin1").match(/AT(BB|ATT3)[A-Za-z0-9_=-]{20,}/g) ?? []),
  );
  assert.ok(secrets.size >= 4, String(secrets.size));
  for (const secret of secrets) assert.ok(!source.includes(secret), "a secret is on the page");

  assert.deepEqual(new Set(asked), new Set([url]));
  assert.deepEqual(said, []);
}

await fitsEverywhere(url, "review");

{
  const { page } = await open(url, { javaScriptEnabled: false });
  assert.equal(await visible(page), 11);
  assert.ok(!(await page.locator("#filters").isVisible()));
}

await browser.close();
console.log("review.html: ok");
