// The main job, end to end: drop an evaluation, read the answers, open the samples behind a mark, take a chart along.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { accessibilityFindings, assertQuiet, choose, drop, fixture, launch, open, screenshot } from "./page.mjs";
import { serveDist } from "./site.mjs";

let browser;
let site;
before(async () => { [browser, site] = [await launch(), await serveDist()]; });
after(async () => { await browser.close(); await site.close(); });

const section = (page, name) => page.getByRole("region", { name, exact: true });
const panel = (page) => page.getByRole("complementary", { name: "Samples" });

test("drop, charts, bin, sample, keyboard, export", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await page.getByRole("heading", { level: 1 }).waitFor();
  await drop(page, fixture("plain/llm_verbalised.csv"));
  await section(page, "Calibration").locator("figure svg").first().waitFor();
  for (const question of ["Right?", "Sure?", "Fast?", "How does it fail?"]) {
    const answer = await section(page, question).textContent();
    assert.match(answer, /\d/, `an answer with a number: ${answer}`);
  }
  await screenshot(page, "report-desktop");

  const reliability = section(page, "Calibration").locator("figure").first();
  const marks = reliability.locator(".mark");
  assert.ok((await marks.count()) > 1, "the diagram can be pointed at");
  await marks.first().focus();
  await page.keyboard.press("ArrowRight");
  const label = await page.evaluate(() => {
    let active = document.activeElement;
    while (active.shadowRoot) active = active.shadowRoot.activeElement;
    return active.getAttribute("aria-label");
  });
  assert.match(label, /\d/);
  await page.keyboard.press("Enter");
  await panel(page).locator("button.entry").first().waitFor();
  await screenshot(page, "samples-desktop");

  await panel(page).locator("button.entry").first().click();
  await panel(page).getByRole("article").waitFor();
  const first = await panel(page).getByRole("article").getAttribute("aria-label");
  await page.keyboard.press("j");
  await panel(page).getByText(/^2 of/).waitFor();
  assert.notEqual(await panel(page).getByRole("article").getAttribute("aria-label"), first);
  await screenshot(page, "sample-desktop");
  await page.keyboard.press("k");
  await panel(page).getByText(/^1 of/).waitFor();
  await panel(page).getByRole("button", { name: "Next →", exact: true }).click();
  await panel(page).getByText(/^2 of/).waitFor();
  await panel(page).getByRole("button", { name: "← Previous", exact: true }).click();
  await panel(page).getByText(/^1 of/).waitFor();
  await page.keyboard.press("Escape");
  await panel(page).locator("button.entry").first().waitFor();
  // The panel has the focus again, and the slash leads to its search.
  await page.keyboard.press("/");
  await page.keyboard.type("q0001");
  await panel(page).getByRole("heading", { name: /: [01] samples?$/ }).waitFor();
  await page.keyboard.press("Escape");
  await panel(page).waitFor({ state: "detached" });

  for (const [button, start] of [["Save SVG", "<svg"], ["Save CSV", ""], ["Save PNG", "\x89PNG"]]) {
    const download = page.waitForEvent("download");
    await reliability.getByRole("button", { name: button }).click();
    const saved = await readFile(await (await download).path(), "latin1");
    assert.ok(saved.startsWith(start) && saved.length > 100, `${button}: ${saved.slice(0, 60)}`);
  }
  assertQuiet(visit, site.url);
  await visit.close();
});

test("a latency budget typed on the page is judged, and its samples open", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await choose(page, fixture("plain/llm_verbalised.csv"));
  const latency = section(page, "Latency");
  await latency.getByLabel("Latency budget").fill("800 ms");
  await latency.getByLabel("Latency budget").press("Enter");
  await latency.getByText(/800\sms/).first().waitFor();
  await latency.getByLabel("Latency budget").fill("soon");
  await latency.getByLabel("Latency budget").press("Enter");
  await latency.getByRole("alert").waitFor();
  assertQuiet(visit, site.url);
  await visit.close();
});

test("an archive of Zstandard members, and several runs side by side", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await choose(page, fixture("inspect-ai/scorers_epochs3_v0.3.285.eval"));
  const runs = section(page, "Runs");
  await runs.getByRole("row").nth(2).waitFor();
  await runs.getByRole("button", { name: "Show", exact: true }).first().click();
  await runs.getByRole("button", { name: "On show" }).waitFor();
  await section(page, "Data").getByRole("button", { name: "Open all samples" }).click();
  await panel(page).locator("button.entry").first().click();
  await panel(page).getByRole("article").waitFor();
  assertQuiet(visit, site.url);
  await visit.close();
});

for (const name of ["empty.json", "binary.csv", "unknown_shape.json", "bomb.zip", "encrypted.zip", "git_lfs_pointer.parquet"]) {
  test(`says what is wrong with ${name}, and goes on`, async () => {
    const visit = await open(browser, site.url);
    const { page } = visit;
    await choose(page, fixture(`bad/${name}`));
    const notice = page.locator(".notice");
    await notice.first().waitFor();
    assert.match(await notice.first().textContent(), new RegExp(name.replace(".", "\\.")));
    await notice.first().getByRole("button", { name: "Dismiss" }).click();
    await choose(page, fixture("plain/llm_verbalised.csv"));
    await section(page, "Calibration").waitFor();
    assertQuiet(visit, site.url);
    await visit.close();
  });
}

test("every example is one click away", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  const examples = page.getByRole("region", { name: "Examples" }).getByRole("button");
  await examples.first().waitFor();
  const count = await examples.count();
  assert.equal(count, 3);
  for (let index = 0; index < count; index += 1) {
    await examples.nth(index).click();
    await section(page, "Failures").locator("figure svg").first().waitFor();
    await screenshot(page, `example-${index}`);
    await page.getByRole("button", { name: "Close files" }).click();
  }
  assertQuiet(visit, site.url);
  await visit.close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`anybody can use it: ${colorScheme}, on a phone`, async () => {
    const visit = await open(browser, site.url, { colorScheme, viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    const { page } = visit;
    await page.getByRole("heading", { level: 1 }).waitFor();
    assert.deepEqual(await accessibilityFindings(page), []);
    await choose(page, fixture("plain/llm_verbalised.csv"));
    await section(page, "Failures").locator("figure svg").first().waitFor();
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(sideways, 0, "no sideways scrolling");
    await screenshot(page, `report-phone-${colorScheme}`);
    assert.deepEqual(await accessibilityFindings(page), []);
    await visit.close();
  });
}
