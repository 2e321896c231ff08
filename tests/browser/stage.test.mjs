// The page answers first and draws by and by: what is shown when, told by its structure and not by a clock.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { assertQuiet, choose, fixture, launch, open } from "./page.mjs";
import { serveDist } from "./site.mjs";

let browser;
let site;
before(async () => { [browser, site] = [await launch(), await serveDist()]; });
after(async () => { await browser.close(); await site.close(); });

const table = fixture("plain/llm_verbalised.csv");
const section = (page, name) => page.getByRole("region", { name, exact: true });

/** Opens the page with `script` run before anything of its own. */
async function openWith(script) {
  const visit = await open(browser, "about:blank");
  await visit.page.addInitScript(script);
  await visit.page.goto(site.url);
  await visit.page.getByRole("heading", { level: 1 }).waitFor();
  return visit;
}

test("the answers stand before the intervals that take long, and nothing incomplete is shared", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.evaluate(() => {
    const root = document.querySelector("assay-review").shadowRoot;
    const look = () => {
      const share = [...root.querySelectorAll("button")].find((button) => button.textContent.trim() === "Share…");
      const sentences = [...root.querySelectorAll(".answer .sentence")].map((sentence) => sentence.textContent);
      if (sentences.length > 0 && share) window.seen ??= { sentences, busy: root.querySelector(".page").ariaBusy, shares: !share.disabled };
    };
    new MutationObserver(look).observe(root, { subtree: true, childList: true });
  });
  await choose(page, table);
  await page.locator(".page[aria-busy=false] .answers").waitFor();
  const { sentences, busy, shares } = await page.evaluate(() => window.seen);
  assert.equal(busy, "true", "the first answers come while the rest is computed");
  assert.equal(shares, false, "a review is shared when it is complete");
  await page.getByRole("button", { name: "Share…", disabled: false }).waitFor();
  const last = await page.locator(".answer .sentence").allTextContents();
  assert.deepEqual(last.filter((sentence) => !sentence.startsWith("Says")), sentences.filter((sentence) => !sentence.startsWith("Says")));
  assertQuiet(visit, site.url);
  await visit.close();
});

test("what is off the screen is drawn when somebody scrolls to it, jumps to it or prints", async () => {
  // A browser that is never idle.
  const never = () => { window.requestIdleCallback = () => 0; };
  for (const reach of [
    (page) => section(page, "Failures").scrollIntoViewIfNeeded(),
    (page) => page.getByRole("navigation", { name: "Sections" }).getByRole("link", { name: "Failures" }).click(),
    (page) => page.evaluate(() => dispatchEvent(new Event("beforeprint"))),
  ]) {
    const visit = await openWith(never);
    const { page } = visit;
    await choose(page, table);
    await section(page, "Calibration").locator("figure svg").first().waitFor();
    await page.locator(".page[aria-busy=false]").waitFor();
    assert.equal(await section(page, "Failures").locator("figure").count(), 0, "not drawn while it is far away");
    await reach(page);
    await section(page, "Failures").locator("figure svg").first().waitFor();
    assertQuiet(visit, site.url);
    await visit.close();
  }
});

test("a table is made when it is opened", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await choose(page, table);
  const figure = section(page, "Calibration").locator("figure").first();
  await figure.locator("svg").first().waitFor();
  assert.equal(await figure.locator("table").count(), 0);
  await figure.getByText("Table", { exact: true }).click();
  await figure.getByRole("table").waitFor();
  assertQuiet(visit, site.url);
  await visit.close();
});
