// A review under a passphrase: as a link and as a file, opened elsewhere.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { judged, review, sharing } from "./desk.mjs";
import { accessibilityFindings, assertQuiet, drop, launch, open, screenshot } from "./page.mjs";
import { serveDist } from "./site.mjs";

let browser;
let site;
before(async () => { [browser, site] = [await launch(), await serveDist()]; });
after(async () => { await browser.close(); await site.close(); });

const passphrase = "käse brot tisch 42";
const question = (page) => page.getByRole("dialog", { name: "Encrypted review" });

async function answer(page, words) {
  await question(page).getByLabel("Passphrase").fill(words);
  await question(page).getByRole("button", { name: "Open the review" }).click();
}

test("an encrypted link opens with its passphrase only, and stays encrypted in the address bar", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await judged(page);
  await review(page).getByLabel("Reason").fill("not for everybody");
  const dialog = await sharing(page);
  await dialog.getByLabel("Encrypt link and file with a passphrase").check();
  assert.equal(await dialog.getByRole("button", { name: "Copy link" }).isDisabled(), true);
  await dialog.getByLabel("Passphrase", { exact: true }).fill("abc");
  await dialog.getByText(/Strength: weak/).waitFor();
  await dialog.getByRole("button", { name: "Suggest one" }).click();
  await dialog.getByText(/Strength: strong/).waitFor();
  assert.match(await dialog.getByLabel("Passphrase", { exact: true }).inputValue(), /^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
  await dialog.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  await dialog.getByRole("button", { name: "Copy link" }).and(page.locator(":enabled")).waitFor();
  const shared = await dialog.getByLabel("Link", { exact: true }).inputValue();
  assert.match(shared, /#r1\.e\.\d+\./);
  await screenshot(page, "share-encrypted-desktop");
  assert.deepEqual(await accessibilityFindings(page), []);
  const download = page.waitForEvent("download");
  await dialog.getByRole("button", { name: "Save .review.json" }).click();
  const file = await download;
  const path = `${await file.path()}.review.json`;
  await file.saveAs(path);
  const text = await readFile(path, "utf8");
  assert.match(text, /"schema": "assay-sealed\/1"/);
  assert.doesNotMatch(text, /not for everybody/);
  await dialog.getByRole("button", { name: "Close" }).click();
  assertQuiet(visit, site.url);
  await visit.close();

  const other = await open(browser, shared);
  await question(other.page).waitFor();
  await answer(other.page, "käse brot tisch 43");
  await question(other.page).getByText(/does not open it/).waitFor();
  await screenshot(other.page, "passphrase-desktop");
  assert.deepEqual(await accessibilityFindings(other.page), []);
  await answer(other.page, passphrase);
  await other.page.locator("p.verdict.fail").waitFor();
  assert.equal(await review(other.page).getByLabel("Reason").inputValue(), "not for everybody");
  // A change would otherwise put the review in the clear into the browser's history.
  await review(other.page).getByLabel("Reason").fill("still not");
  await review(other.page).getByText(/Kept in this browser/).waitFor();
  assert.equal(other.page.url(), shared);
  await other.page.reload();
  await question(other.page).waitFor();
  assertQuiet(other, site.url);
  await other.close();

  const third = await open(browser, site.url);
  await third.page.getByRole("heading", { level: 1 }).waitFor();
  await drop(third.page, path);
  await answer(third.page, passphrase);
  await third.page.locator("p.verdict.fail").waitFor();
  assertQuiet(third, site.url);
  await third.close();
});

test("an encrypted link that was cut says so before it asks for a passphrase", async () => {
  const visit = await open(browser, `${site.url}#r1.e.400.AAAAAA.AAAA`);
  await visit.page.locator(".notice").getByText(/cut off: 4 of 400 characters arrived/).waitFor();
  assert.equal(await question(visit.page).isVisible(), false);
  await visit.close();
});
