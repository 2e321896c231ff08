// Ways out of the page, each opened again or read: review file, one HTML, Markdown, card, sheet, CSV, sample texts.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, before, test } from "node:test";
import { judged, link, review, saved, section, sharing, table } from "./desk.mjs";
import { accessibilityFindings, assertQuiet, choose, drop, launch, open, screenshot } from "./page.mjs";
import { serveDist } from "./site.mjs";

let browser;
let site;
let folder;
before(async () => {
  [browser, site, folder] = [await launch(), await serveDist(), await mkdtemp(join(tmpdir(), "assay-"))];
});
after(async () => { await browser.close(); await site.close(); await rm(folder, { recursive: true }); });

/** Saves what `button` of the dialog offers under `name`. */
async function taken(page, button, name) {
  const dialog = await sharing(page);
  const download = page.waitForEvent("download");
  await dialog.getByRole("button", { name: button, exact: true }).click();
  const path = join(folder, name);
  await (await download).saveAs(path);
  await dialog.getByRole("button", { name: "Close" }).click();
  return path;
}

test("a saved review opens in a fresh browser, history and all", async () => {
  const visit = await open(browser, site.url);
  await judged(visit.page);
  await review(visit.page).getByLabel("Reason").fill("kept for the board");
  await review(visit.page).getByText(/Kept in this browser/).waitFor();
  const path = join(folder, "whole.review.json");
  await (await saved(visit.page)).saveAs(path);
  await visit.close();

  const other = await open(browser, site.url);
  await other.page.getByRole("heading", { level: 1 }).waitFor();
  await drop(other.page, path);
  await other.page.locator("p.verdict.fail").waitFor();
  assert.equal(await review(other.page).getByLabel("Reason").inputValue(), "kept for the board");
  await review(other.page).getByText("History: 3 events").waitFor();
  assertQuiet(other, site.url);
  await other.close();
});

test("one HTML opens from the disk without a network, and makes another one of itself", async () => {
  const visit = await open(browser, site.url);
  await judged(visit.page);
  await review(visit.page).getByLabel("Reason").fill("read this offline");
  await review(visit.page).getByText(/Kept in this browser/).waitFor();
  let path = await taken(visit.page, "Save as one HTML", "one.html");
  await visit.close();

  for (const [reason, events] of [["read this offline", 3], ["changed offline", 4]]) {
    const other = await open(browser, pathToFileURL(path).href, { offline: true });
    const { page } = other;
    await page.locator("p.verdict.fail").waitFor();
    assert.equal(await review(page).getByLabel("Reason").inputValue(), reason);
    await review(page).getByText(`History: ${events} events`).waitFor();
    await section(page, "Calibration").locator("figure svg").first().waitFor();
    await drop(page, table);
    await page.getByText(/^Verified/).waitFor();
    await review(page).getByLabel("Reason").fill("changed offline");
    await review(page).getByLabel("Reason").press("Tab");
    path = await taken(page, "Save as one HTML", "two.html");
    await page.getByRole("button", { name: "Close files" }).click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    const foreign = other.requests.filter((request) => !/^GET (file|blob|data):/.test(request));
    assert.deepEqual(foreign, []);
    assert.deepEqual(other.complaints, []);
    await other.close();
  }
});

test("Markdown and evaluation card say verdict, numbers and n, and lead to the review", async () => {
  const visit = await open(browser, site.url, { permissions: ["clipboard-read", "clipboard-write"] });
  const { page } = visit;
  await judged(page);
  const dialog = await sharing(page);
  await dialog.getByRole("button", { name: "Copy as Markdown" }).click();
  await dialog.getByText("The Markdown is copied.").waitFor();
  const markdown = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(markdown, /\*\*✗ fail\*\*/);
  assert.match(markdown, /\| Accuracy \| \d+ % \[\d+, \d+\], n = \d+ \|/);
  assert.match(markdown, /\[Open the review\]\(http:.*#r1\.q\./);
  await dialog.getByRole("button", { name: "Close" }).click();
  const card = await readFile(await taken(page, "Save eval card", "card.md"), "utf8");
  assert.match(card, /^# Evaluation card/);
  assert.match(card, /SHA-256 `[0-9a-f]{64}`/);
  assertQuiet(visit, site.url);
  await visit.close();
});

test("the sheet that is printed holds verdict, gates, decision and hashes on one or two pages", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await judged(page);
  await review(page).getByRole("radio", { name: "Hold" }).check();
  for (const format of ["A4", "Letter"]) {
    const sheet = await page.pdf({ path: join(folder, `${format}.pdf`), format });
    const pages = sheet.toString("latin1").match(/\/Type\s*\/Page[^s]/g)?.length ?? 0;
    assert.ok(pages === 1 || pages === 2, `${format}: ${pages} pages`);
  }
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  const sheet = page.getByRole("article", { name: "Decision sheet" });
  await sheet.getByText("right-enough").waitFor();
  await sheet.getByText(/^[0-9a-f]{64}$/).waitFor();
  await sheet.getByText(/^Hold/).waitFor();
  assert.equal(await page.getByRole("heading", { name: "Samples" }).isVisible(), false);
  await screenshot(page, "sheet");
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  await sheet.waitFor({ state: "detached" });
  assertQuiet(visit, site.url);
  await visit.close();
});

const hostile = `id,correct,confidence,team,input,output
1,true,0.9,=HYPERLINK("http://x"),how do I reach you,write to ann.lee@example.org or call +44 20 7946 0958
2,false,0.8,@SUM(A1),what is the key,api_key=9f8a7b6c5d4e3f2a1b0c
${Array.from({ length: 30 }, (_, row) => `${row + 3},true,0.7,plain,q,a`).join("\n")}
`;

test("text of a sample leaves only when it is ticked, shown and scanned before", async () => {
  const path = join(folder, "hostile.csv");
  await writeFile(path, hostile);
  const visit = await open(browser, site.url);
  const { page } = visit;
  await judged(page, path, `[[gate]]\nid = "right"\nmetric = "accuracy"\nat_least = 0.999\n`);
  await section(page, "Data").getByRole("button", { name: "Open all samples" }).click();
  const panel = page.getByRole("complementary", { name: "Samples" });
  for (const index of [0, 1]) {
    await panel.locator("button.entry").nth(index).click();
    await panel.getByRole("article").getByRole("button", { name: "Pin" }).click();
    await page.keyboard.press("Escape");
  }
  await page.keyboard.press("Escape");
  const dialog = await sharing(page);
  const box = dialog.getByLabel("Link", { exact: true });
  const bare = await box.inputValue();
  await dialog.getByText(/Scanned: no key/).waitFor();
  await dialog.getByText(/Sample texts: none unless ticked/).click();
  await dialog.getByLabel("Text of sample 1").check();
  await dialog.locator("pre.excerpt").getByText("ann.lee@example.org").waitFor();
  await dialog.getByRole("alert").getByText(/e-mail address/).waitFor();
  await dialog.getByRole("alert").getByText(/telephone number/).waitFor();
  await dialog.getByLabel("Text of sample 2").check();
  await dialog.getByRole("alert").getByText(/key/).first().waitFor();
  assert.equal(await dialog.getByRole("alert").getByText("9f8a7b6c5d4e3f2a1b0c").count(), 0, "a leak is not spelled out");
  assert.ok((await box.inputValue()).length > bare.length);
  await screenshot(page, "share-leak-desktop");
  assert.deepEqual(await accessibilityFindings(page), []);
  await dialog.getByRole("button", { name: "Close" }).click();
  assert.equal(await link(page), bare, "the ticks do not outlive the dialog");

  // What a spreadsheet would run is defused in tables that leave.
  const slices = section(page, "Slices").locator("figure").first();
  const download = page.waitForEvent("download");
  await slices.getByRole("button", { name: "Save CSV" }).click();
  const csv = await readFile(await (await download).path(), "utf8");
  for (const line of csv.split("\r\n")) {
    for (const cell of line.split(",")) assert.doesNotMatch(cell, /^"?[=@+]/, line);
  }
  assertQuiet(visit, site.url);
  await visit.close();
});

test("a review is held against files: verified, different by file and number, or absent", async () => {
  const visit = await open(browser, site.url);
  await judged(visit.page);
  const shared = await link(visit.page);
  await visit.close();
  const text = await readFile(table, "utf8");
  const changed = join(folder, "llm_verbalised.csv");
  const lines = text.trimEnd().split("\n");
  await writeFile(changed, `${lines.slice(0, -6).join("\n")}\n`);
  const other = join(folder, "other.csv");
  await writeFile(other, text);
  for (const [file, words, number] of [
    [table, /✓ .*llm_verbalised\.csv: verified/, "✓ verified"],
    [changed, /✗ .*llm_verbalised\.csv: different/, "✗ different"],
  ]) {
    const again = await open(browser, shared);
    await again.page.locator("p.verdict.fail").waitFor();
    await drop(again.page, file);
    const part = again.page.locator(".verification");
    await part.getByText(words).waitFor();
    await part.getByText(/numbers, one by one/).click();
    await part.getByRole("row").getByText(number).first().waitFor();
    await screenshot(again.page, `verification-${number.slice(2)}`);
    assertQuiet(again, site.url);
    await again.close();
  }
});
