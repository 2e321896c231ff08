// Links that a mail program broke: # turned into %23, line breaks, something hung on behind; and addresses that are not there.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { judged, link } from "./desk.mjs";
import { accessibilityFindings, launch, open, screenshot } from "./page.mjs";
import { serveDist } from "./site.mjs";

let browser;
let site;
let shared;
before(async () => {
  [browser, site] = [await launch(), await serveDist({ base: "/a/folder/" })];
  const maker = await open(browser, site.url);
  await judged(maker.page);
  shared = await link(maker.page);
  await maker.close();
});
after(async () => { await browser.close(); await site.close(); });

test("a host that has no such address leads back to the review", async () => {
  for (const mangled of [shared.replace("#", "%23"), shared.replace("#", "%2523"), shared.replace("#", "index.html%23"), shared.replace("#", "?%23")]) {
    const visit = await open(browser, mangled, { serviceWorkers: "block" });
    await visit.page.locator("p.verdict.fail").waitFor();
    await visit.page.waitForURL(/\/a\/folder\/(index\.html)?#r1\./);
    assert.ok(visit.requests.every((request) => request.includes(new URL(site.url).host) || request.includes(" blob:")));
    await visit.close();
  }
});

test("with the program kept for offline use, its service worker leads back too", async () => {
  const visit = await open(browser, site.url);
  await visit.page.evaluate(() => navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller ?? new Promise((done) => navigator.serviceWorker.addEventListener("controllerchange", done))));
  await visit.page.goto(shared.replace("#", "%23"));
  await visit.page.locator("p.verdict.fail").waitFor();
  await visit.page.waitForURL((url) => url.href.startsWith(`${site.url}#r1.`));
  await visit.close();
});

test("an address that is not there says so and takes a pasted link", async () => {
  const visit = await open(browser, `${site.url}no-such-page`, { serviceWorkers: "block" });
  const { page } = visit;
  await page.getByRole("heading", { name: "There is no page at this address" }).waitFor();
  await screenshot(page, "missing");
  assert.deepEqual(await accessibilityFindings(page), []);
  await page.getByLabel("Review link").fill(`<${shared.replace("#", "%23")}>`);
  await page.getByRole("button", { name: "Open the review" }).click();
  await page.locator("p.verdict.fail").waitFor();
  await visit.close();
});

test("the box on the start page takes a link as a mail leaves it", async () => {
  const middle = Math.floor(shared.length / 2);
  const safelinks = `https://nam02.safelinks.example.org/?url=${encodeURIComponent(shared)}&data=05%7C01&reserved=0`;
  for (const text of [`${shared.slice(0, middle)}\r\n ${shared.slice(middle)}`, `“${shared}”.`, safelinks]) {
    const visit = await open(browser, site.url);
    await visit.page.getByLabel("Or paste a review link").fill(text);
    await visit.page.getByRole("button", { name: "Open the review" }).click();
    await visit.page.locator("p.verdict.fail").waitFor();
    await visit.close();
  }
});
