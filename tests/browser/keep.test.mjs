// What was typed is never lost: notes on everything, reload, crash, other files, undo, everything as one file; no network.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { judged, link, policy, review, section, table, typePolicy } from "./desk.mjs";
import { assertQuiet, choose, drop, fixture, launch, open } from "./page.mjs";
import { serveDist } from "./site.mjs";

let browser;
let site;
let folder;
before(async () => {
  [browser, site, folder] = [await launch(), await serveDist(), await mkdtemp(join(tmpdir(), "assay-"))];
});
after(async () => { await browser.close(); await site.close(); await rm(folder, { recursive: true }); });

async function note(page, button, text) {
  await button.click();
  const dialog = page.getByRole("dialog", { name: "Note" });
  await dialog.getByLabel("Note", { exact: true }).fill(text);
  await dialog.getByRole("button", { name: "Done" }).click();
}

const notes = (page) => review(page).getByRole("list", { name: "Notes" }).getByRole("listitem");

test("notes on sample, bin, slice, gate and chart survive a crash, and other files", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await page.getByRole("region", { name: "Examples" }).getByRole("button").first().click();
  await section(page, "Failures").locator("figure svg").first().waitFor();
  await typePolicy(page, `[[gate]]\nid = "right"\nmetric = "accuracy"\nat_least = 0.99\n`);
  await review(page).getByRole("button", { name: "Judge by this policy" }).click();
  await page.locator("p.verdict.fail").waitFor();
  const panel = page.getByRole("complementary", { name: "Samples" });
  const begin = (place) => place.getByRole("button", { name: /^Note…/ }).first();
  await note(page, begin(review(page).getByRole("list", { name: "Gates" })), "about the gate");
  await note(page, begin(section(page, "Latency").locator("figure").first()), "about the chart");
  await section(page, "Calibration").locator("figure").first().locator(".mark").last().click();
  await panel.locator("button.entry").first().waitFor();
  await note(page, begin(panel), "about the bin");
  await panel.locator("button.entry").first().click();
  await note(page, begin(panel.getByRole("article")), "about the sample");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await section(page, "Slices").locator("figure").first().locator(".mark").first().click();
  await panel.locator("button.entry").first().waitFor();
  await note(page, begin(panel), "about the slice");
  await page.keyboard.press("Escape");
  await notes(page).nth(4).waitFor();
  assert.equal(await notes(page).count(), 5);
  const told = (await notes(page).allTextContents()).join("\n");
  for (const word of [/gate right/, /chart /, /confidence \d\.\d+/, /sample /, /slice \w+ = /]) assert.match(told, word);
  await review(page).getByText(/Kept in this browser/).waitFor();

  // The tab dies without a word.
  const crash = await visit.page.context().newCDPSession(page);
  await Promise.race([crash.send("Page.crash").catch(() => {}), page.waitForEvent("crash")]);
  const again = await visit.page.context().newPage();
  await again.goto(site.url);
  await again.getByRole("button", { name: "Go on with it" }).first().click();
  await again.locator("p.verdict.fail").waitFor();
  await notes(again).nth(4).waitFor();
  assert.equal(await notes(again).count(), 5);

  // Other files begin a review of their own; the first stays.
  await choose(again, table);
  await notes(again).first().waitFor({ state: "detached" });
  await again.getByRole("button", { name: "Close files" }).click();
  // The newest stands first.
  await again.getByRole("button", { name: "Go on with it" }).last().click();
  await notes(again).nth(4).waitFor();
  assert.equal(await notes(again).count(), 5);
  await again.close();
  await visit.close();
});

const reason = (page) => review(page).getByLabel("Reason");
const kept = (page) => review(page).getByText(/Kept in this browser at/).waitFor();
const history = (page) => review(page).getByText(/^History: \d+ events?$/).textContent();

/** Every address that the page puts into the bar, from now on. */
async function bar(page) {
  await page.addInitScript(() => {
    window.bar = [location.hash];
    const put = History.prototype.replaceState;
    History.prototype.replaceState = function (...given) {
      put.apply(this, given);
      window.bar.push(location.hash);
    };
  });
  return () => page.evaluate(() => window.bar);
}

test("a reload goes on with the review in full, and the address keeps its link", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await judged(page);
  await review(page).getByRole("radio", { name: "Hold" }).check();
  await reason(page).fill("not before the fix");
  await reason(page).press("Tab");
  await review(page).getByText("History: 4 events").waitFor();
  await page.waitForURL(/#r1\./);
  await kept(page);
  const addresses = await bar(page);
  for (const [times, words] of ["changed once", "changed twice"].entries()) {
    const before = await history(page);
    await page.reload();
    await page.locator("p.verdict.fail").waitFor();
    assert.equal(await history(page), before);
    await section(page, "Calibration").locator("figure svg").first().waitFor();
    assert.equal(await page.getByText(/The link carries \d+ of/).count(), 0, "the kept review has all of it");
    await review(page).getByRole("button", { name: "Undo", exact: true }).and(page.locator(":enabled")).waitFor();
    await reason(page).fill(words);
    await reason(page).press("Tab");
    await review(page).getByText(`History: ${5 + times} events`).waitFor();
    await kept(page);
    for (const hash of await addresses()) assert.match(hash, /^#r1\./, "the bar is never bare");
  }
  const address = await link(page);
  await page.goto(`${site.url}?again`);
  await section(page, "Kept reviews").getByRole("button", { name: "Go on with it" }).first().waitFor();
  assert.equal(await section(page, "Kept reviews").getByRole("button", { name: "Go on with it" }).count(), 1, "no second review");

  // The own link in another tab, too.
  const tab = await page.context().newPage();
  await tab.goto(address);
  await review(tab).getByText(/^History: 6 events$/).waitFor();
  assert.equal(await reason(tab).inputValue(), "changed twice");
  assertQuiet(visit, site.url);
  await visit.close();
});

test("somebody else's link opens as it came, beside a review of the same file", async () => {
  const theirs = await open(browser, site.url);
  await judged(theirs.page);
  await reason(theirs.page).fill("theirs");
  await kept(theirs.page);
  const shared = await link(theirs.page);
  await theirs.close();
  const visit = await open(browser, site.url);
  const { page } = visit;
  await judged(page);
  await reason(page).fill("mine");
  await kept(page);
  await page.goto(`${site.url}?other`);
  // A page that is left before it has loaded breaks off what it asks for.
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForLoadState("networkidle");
  const addresses = await bar(page);
  await page.goto(shared);
  await page.locator("p.verdict.fail").waitFor();
  assert.equal(await reason(page).inputValue(), "theirs");
  await review(page).getByText(/^History: \d+ events, told in the file/).waitFor();
  for (const hash of await addresses()) assert.match(hash, /^#r1\./, "the bar is never bare");
  // What is added to it outlives a reload, too.
  await reason(page).fill("theirs, and mine");
  await reason(page).press("Tab");
  await review(page).getByText("History: 2 events").waitFor();
  await page.reload();
  await review(page).getByText("History: 2 events").waitFor();
  assert.equal(await reason(page).inputValue(), "theirs, and mine");
  assertQuiet(visit, site.url);
  await visit.close();
});

test("files of another evaluation leave a review so that Back leads to it", async () => {
  const theirs = await open(browser, site.url);
  await judged(theirs.page, table, `${policy}\n[latency]\nbudget = 8.0\n`);
  const budget = (page) => section(page, "Latency").getByLabel("Latency budget");
  assert.equal(await budget(theirs.page).inputValue(), "8 s");
  await section(theirs.page, "Latency").getByText("Set by the policy").waitFor();
  const shared = await link(theirs.page);
  await theirs.close();

  const visit = await open(browser, shared);
  const { page } = visit;
  await page.locator("p.verdict.fail").waitFor();
  // What a button far below the top needs is said where it is seen.
  await section(page, "Data").getByRole("button", { name: "Open all samples" }).click();
  const needed = page.getByText("The samples are in the files this review was made of");
  await needed.waitFor();
  const { y } = await needed.boundingBox();
  assert.ok(y >= 0 && y < page.viewportSize().height, `said at ${y}`);

  await choose(page, fixture("plain/start_end_seconds.csv"));
  await page.getByText("is not a file of the review of").waitFor();
  await page.getByText("No policy is set, so nothing is judged.").waitFor();
  assert.equal(await needed.count(), 0, "what was said before is about other files");
  assert.equal(await budget(page).inputValue(), "", "nothing of the policy holds for these files");
  await page.goBack();
  await page.locator("p.verdict.fail").waitFor();
  assert.equal(page.url(), shared);
  assert.equal(await page.getByText("is not a file of the review of").count(), 0, "said of the place that was left");
  await page.goForward();
  await page.getByText("No review and no file belongs to this address.").waitFor();
  assert.equal(await page.locator("p.verdict.fail").count(), 0, "address and content agree");
  assertQuiet(visit, site.url);
  await visit.close();
});

test("what is typed without a pause is there after a reload and, but for the last second, after a crash", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await judged(page);
  await reason(page).fill("begun");
  await kept(page);
  await page.waitForURL(/#r1\./);
  const words = "the tail is too slow for the evening";
  await reason(page).fill("");
  await reason(page).pressSequentially(words, { delay: 20 });
  await page.reload();
  await page.locator("p.verdict.fail").waitFor();
  assert.equal(await reason(page).inputValue(), words);

  // Every key comes before the one before it has rested.
  await reason(page).fill("");
  await reason(page).pressSequentially("0123456789".repeat(6), { delay: 60 });
  const crash = await page.context().newCDPSession(page);
  await Promise.race([crash.send("Page.crash").catch(() => {}), page.waitForEvent("crash")]);
  const again = await page.context().newPage();
  await again.goto(site.url);
  await again.getByRole("button", { name: "Go on with it" }).first().click();
  await again.locator("p.verdict.fail").waitFor();
  const left = await reason(again).inputValue();
  assert.ok("0123456789".repeat(6).startsWith(left) && left.length >= 20, left);
  await again.close();
  await visit.close();
});

test("everything kept leaves as one file and comes back in another browser", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await judged(page);
  await review(page).getByLabel("Reason").fill("the first");
  await review(page).getByText(/Kept in this browser/).waitFor();
  await page.getByRole("button", { name: "Close files" }).click();
  await judged(page, fixture("plain/binary_y_prob.csv"), `[[gate]]\nid = "right"\nmetric = "accuracy"\nat_least = 0.9999\n`);
  await review(page).getByLabel("Reason").fill("the second");
  await review(page).getByText(/Kept in this browser/).waitFor();
  await page.getByRole("button", { name: "Close files" }).click();
  const download = page.waitForEvent("download");
  await section(page, "Kept reviews").getByRole("button", { name: "Save them all as one file" }).click();
  const path = join(folder, "assay.reviews.json");
  await (await download).saveAs(path);
  assertQuiet(visit, site.url);
  await visit.close();

  const other = await open(browser, site.url);
  await other.page.getByRole("heading", { level: 1 }).waitFor();
  for (let times = 0; times < 2; times += 1) {
    await drop(other.page, path);
    await other.page.locator(".notice").getByText(/2 reviews .* are kept in this browser/).waitFor();
    await section(other.page, "Kept reviews").getByRole("button", { name: "Go on with it" }).nth(1).waitFor();
  }
  assert.equal(await section(other.page, "Kept reviews").getByRole("button", { name: "Go on with it" }).count(), 2, "copies merge");
  await section(other.page, "Kept reviews").getByRole("button", { name: "Go on with it" }).first().click();
  assert.match(await review(other.page).getByLabel("Reason").inputValue(), /the (first|second)/);
  assertQuiet(other, site.url);
  await other.close();
});

test("after the first load everything works without a network, a reload included", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller ?? new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done))));
  const manifest = await page.evaluate(() => fetch("./manifest.webmanifest").then((response) => response.json()));
  assert.equal(manifest.display, "standalone");
  assert.ok(manifest.icons.length > 0 && manifest.start_url);
  await page.context().setOffline(true);
  await page.reload();
  await judged(page);
  await page.getByText(/Requests since load: 0 to other hosts/).waitFor();
  await page.getByRole("button", { name: "Share…" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("dialog").getByRole("button", { name: "Save .review.json" }).click();
  await download;
  const foreign = visit.requests.filter((request) => !request.startsWith(`GET ${site.url}`) && !/^GET (blob|data):/.test(request));
  assert.deepEqual(foreign, []);
  await visit.close();
});
