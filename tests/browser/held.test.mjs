// What a run is held against: a second judgement, its clean variant, another group, the baseline it may have drifted from.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { section } from "./desk.mjs";
import { accessibilityFindings, assertQuiet, choose, fixture, launch, open, screenshot } from "./page.mjs";
import { serveDist } from "./site.mjs";

let browser;
let site;
before(async () => { [browser, site] = [await launch(), await serveDist()]; });
after(async () => { await browser.close(); await site.close(); });

/** Opens a fixture, lets `look` see its section, and takes a picture of the section. */
async function look(path, name, steps) {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await choose(page, fixture(path));
  await page.locator(".page[aria-busy=false]").waitFor();
  const place = section(page, name);
  await place.scrollIntoViewIfNeeded();
  await steps(place, page);
  assert.deepEqual(await accessibilityFindings(page), []);
  await screenshot(page, `held-${name.toLowerCase()}`);
  assertQuiet(visit, site.url);
  await visit.close();
}

test("a judge is held against the human labels beside it, cell by cell", async () => {
  await look("plain/judge_and_human.jsonl", "Agreement", async (agreement, page) => {
    await agreement.locator("figure svg").first().waitFor();
    await agreement.getByText(/Cohen.s kappa/).first().waitFor();
    // The picker shows what is in use, and truth against prediction can be had instead.
    assert.notEqual(await agreement.getByLabel("Held against").inputValue(), "none");
    await agreement.locator(".mark").first().click();
    const panel = page.getByRole("complementary", { name: "Samples" });
    await panel.locator("button.entry").first().waitFor();
    await page.keyboard.press("Escape");
  });
});

test("perturbed variants are held against the clean one, which can be chosen", async () => {
  await look("plain/variants.csv", "Robustness", async (robustness) => {
    await robustness.locator("figure svg").first().waitFor();
    const before = await robustness.locator(".reading-line").textContent();
    assert.match(before, /\d/);
    await robustness.getByLabel("clean is").selectOption("typo");
    await robustness.locator(".reading-line").filter({ hasNotText: before }).waitFor();
  });
});

test("groups are held against a named one", async () => {
  await look("plain/llm_verbalised.csv", "Fairness", async (fairness) => {
    await fairness.getByLabel("Groups from").selectOption("language");
    await fairness.locator("figure svg").first().waitFor();
    await fairness.getByLabel("compared with").waitFor();
    await fairness.locator(".reading-line").first().waitFor();
  });
});

test("columns that moved against the baseline are named, with what would move by chance", async () => {
  await look("plain/two_models.csv", "Drift", async (drift, page) => {
    await page.getByLabel("Baseline to compare with").selectOption({ index: 1 });
    await drift.locator(".reading-line").getByText(/population stability index \(PSI\)/).waitFor();
    await drift.locator("summary").first().click();
    await drift.getByRole("table").first().waitFor();
  });
});
