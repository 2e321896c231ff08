// Several runs in one review: each is judged, the worst counts, all or some are shared.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { review, section, sharing, typePolicy } from "./desk.mjs";
import { accessibilityFindings, assertQuiet, choose, drop, fixture, launch, open, screenshot } from "./page.mjs";
import { serveDist } from "./site.mjs";

let browser;
let site;
before(async () => { [browser, site] = [await launch(), await serveDist()]; });
after(async () => { await browser.close(); await site.close(); });

const policy = `[[gate]]
id = "right-enough"
metric = "accuracy"
at_least = 0.8
`;
const verdicts = (page) => page.getByRole("list", { name: "Verdict of each run" });
const own = (page) => review(page).getByRole("list", { name: "Gates" });

test("each run is judged, the worst counts, and the link carries those that were chosen", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await choose(page, fixture("plain/two_models.csv"));
  await typePolicy(page, policy);
  await review(page).getByRole("button", { name: "Judge by this policy" }).click();
  await page.locator("p.verdict.fail").getByText(/The worst of 2 runs counts: 1 fail, 1 cannot be judged/).waitFor();
  assert.deepEqual(await verdicts(page).getByRole("button").allTextContents(), ["? a: not enough evidence", "✗ b: fail"]);
  // The gates are those of the run on show.
  await own(page).getByText("not enough evidence").first().waitFor();
  await verdicts(page).getByRole("button", { name: "b: fail" }).click();
  await own(page).getByText("fail", { exact: false }).first().waitFor();
  await section(page, "Runs").getByRole("row", { name: /^b/ }).getByText("✗ fail").waitFor();
  await screenshot(page, "runs-desktop");
  assert.deepEqual(await accessibilityFindings(page), []);

  const dialog = await sharing(page);
  assert.equal(await dialog.getByRole("checkbox", { name: /^[ab] · / }).count(), 2);
  const box = dialog.getByLabel("Link", { exact: true });
  const all = await box.inputValue();
  await dialog.getByRole("checkbox", { name: /^a · / }).uncheck();
  assert.equal(await dialog.getByRole("checkbox", { name: /^b · / }).isDisabled(), true, "one run stays");
  const one = await box.inputValue();
  assert.ok(one.length < all.length, "one run makes a shorter link");
  await screenshot(page, "share-runs-desktop");
  await dialog.getByRole("button", { name: "Close" }).click();
  assertQuiet(visit, site.url);
  await visit.close();

  const other = await open(browser, all);
  await other.page.locator("p.verdict.fail").getByText(/The worst of 2 runs/).waitFor();
  await other.page.getByLabel("Run on show").selectOption({ label: (await other.page.getByLabel("Run on show").locator("option").allTextContents()).find((words) => words.includes("a · ")) });
  await own(other.page).getByText("not enough evidence").first().waitFor();
  await drop(other.page, fixture("plain/two_models.csv"));
  await other.page.getByText(/^Verified/).waitFor();
  await other.page.getByText(/numbers, one by one/).waitFor();
  assertQuiet(other, site.url);
  await other.close();

  const third = await open(browser, one);
  await third.page.locator("p.verdict.fail").waitFor();
  assert.equal(await third.page.getByLabel("Run on show").locator("option").count(), 1);
  assert.equal(await verdicts(third.page).isVisible(), false);
  await third.close();
});

test("a baseline is not judged, and the others are compared with it", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await choose(page, fixture("plain/two_models.csv"));
  await typePolicy(page, policy);
  await review(page).getByRole("button", { name: "Judge by this policy" }).click();
  await page.locator("p.verdict.fail").waitFor();
  await page.getByLabel("Baseline to compare with").selectOption({ index: 1 });
  await page.locator("p.verdict.unclear").waitFor();
  await section(page, "Runs").getByText("baseline, not judged").waitFor();
  assertQuiet(visit, site.url);
  await visit.close();
});

test("several runs are judged on a phone without sideways scrolling", async () => {
  const visit = await open(browser, site.url, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const { page } = visit;
  await page.getByRole("region", { name: "Examples" }).getByRole("button").last().click();
  await section(page, "Failures").locator("figure svg").first().waitFor();
  await typePolicy(page, policy);
  await review(page).getByRole("button", { name: "Judge by this policy" }).click();
  await verdicts(page).getByRole("button").nth(5).waitFor();
  await page.locator("p.verdict").getByText(/The worst of 6 runs/).waitFor();
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(sideways, 0, "no sideways scrolling");
  await screenshot(page, "runs-phone");
  assert.deepEqual(await accessibilityFindings(page), []);
  await page.getByRole("button", { name: "Share…" }).click();
  const box = await page.getByRole("dialog", { name: "Share the review" }).boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 360, JSON.stringify(box));
  await screenshot(page, "share-runs-phone");
  await visit.close();
});
