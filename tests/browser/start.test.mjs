// The page starts from any folder, under its own content security policy, and reads files in its worker.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { assertQuiet, choose, drop, fixture, launch, open, screenshot } from "./page.mjs";
import { serveDist } from "./site.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

for (const base of ["/", "/a/deep/folder/"]) {
  test(`reads a file in the worker and identifies it, served from ${base}`, async () => {
    const site = await serveDist({ base });
    // The service worker keeps a copy of its own for later; what is counted here is what page and worker load.
    const visit = await open(browser, site.url, { serviceWorkers: "block" });
    const { page, requests } = visit;
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.getByRole("heading", { name: "Or open an example" }).waitFor();
    const asked = requests.length;

    const path = fixture("plain/llm_verbalised.csv");
    await choose(page, path);
    const hash = createHash("sha256").update(await readFile(path)).digest("hex");
    await page.getByText(hash).waitFor();

    assertQuiet(visit, site.url);
    const modules = requests.filter((request) => request.endsWith(".wasm"));
    assert.equal(modules.length, 1, `the module is loaded once for page and worker: ${requests}`);
    const later = requests.slice(asked).filter((request) => !/\/(worker|element|assay-web-[0-9a-f]+)\.js$/.test(request));
    assert.deepEqual(later, [], "nothing is asked for once the page and its worker have loaded");

    await visit.close();
    await site.close();
  });
}

test("reading stops when told to, and the worker goes on to the next file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "assay-"));
  const large = join(folder, "large.jsonl");
  // A file full of holes takes no room on the disk and as long to read as any other.
  await writeFile(large, `{"id":1,"correct":true}\n`.repeat(10));
  await truncate(large, 20_000_000_000);
  const site = await serveDist();
  const visit = await open(browser, site.url);
  const { page } = visit;

  await choose(page, large);
  await page.getByRole("progressbar").waitFor();
  // What comes while something is read joins it.
  await drop(page, fixture("plain/two_models.csv"));
  await page.getByText("Reading 2 files").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("heading", { level: 1 }).waitFor();
  await choose(page, fixture("plain/llm_verbalised.csv"));
  await page.getByRole("heading", { name: "Calibration" }).waitFor();

  assertQuiet(visit, site.url);
  await visit.close();
  await site.close();
  await rm(folder, { recursive: true });
});

test("the policy allows nothing inline and nothing from elsewhere", async () => {
  const site = await serveDist();
  const visit = await open(browser, site.url);
  await visit.page.getByRole("heading", { level: 1 }).waitFor();
  const policy = await visit.page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  assert.match(policy, /^default-src 'none';/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval(?<!wasm-unsafe-eval)|https?:|\*/);
  assert.equal(await visit.page.locator("script:not([src]), style").count(), 0);
  await screenshot(visit.page, "start");
  await visit.close();
  await site.close();
});
