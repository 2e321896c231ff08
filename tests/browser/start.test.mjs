// The page starts from any folder, under its own content security policy, and reads a file in its worker.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { assertQuiet, launch, open, screenshot } from "./page.mjs";
import { serveDist } from "./site.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

for (const base of ["/", "/a/deep/folder/"]) {
  test(`reads a file in the worker, served from ${base}`, async () => {
    const site = await serveDist({ base });
    const visit = await open(browser, site.url);
    const { page, requests } = visit;
    await page.getByLabel("Identify a file").waitFor();
    await screenshot(page, "start");

    const content = Buffer.alloc(5_000_000, "one line of an evaluation\n");
    await page.getByLabel("Identify a file").setInputFiles({ name: "run.jsonl", mimeType: "application/jsonl", buffer: content });
    const shown = await page.getByRole("status").textContent();
    assert.match(shown, /run\.jsonl: 5000000 bytes/);
    assert.ok(shown.includes(createHash("sha256").update(content).digest("hex")), shown);
    await screenshot(page, "identified");

    assertQuiet(visit, site.url);
    const modules = requests.filter((request) => request.endsWith(".wasm"));
    assert.equal(modules.length, 1, `the module is loaded once for page and worker: ${requests}`);

    await visit.close();
    await site.close();
  });
}

test("reading stops when told to, and the worker goes on to the next file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "assay-"));
  const large = join(folder, "large.jsonl");
  const small = join(folder, "small.jsonl");
  // A file full of holes takes no room on the disk and as long to read as any other.
  await writeFile(large, "");
  await truncate(large, 20_000_000_000);
  await writeFile(small, "{}\n");
  const site = await serveDist();
  const visit = await open(browser, site.url);
  const { page } = visit;

  await page.getByLabel("Identify a file").setInputFiles(large);
  await page.getByRole("progressbar").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  assert.equal(await page.getByRole("alert").textContent(), "Stopped.");
  await page.getByLabel("Identify a file").setInputFiles(small);
  assert.match(await page.getByRole("status").textContent(), /^small\.jsonl: 3 bytes/);

  assertQuiet(visit, site.url);
  await visit.close();
  await site.close();
  await rm(folder, { recursive: true });
});

test("the policy allows nothing inline and nothing from elsewhere", async () => {
  const site = await serveDist();
  const visit = await open(browser, site.url);
  await visit.page.getByLabel("Identify a file").waitFor();
  const policy = await visit.page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  assert.match(policy, /^default-src 'none';/);
  assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval(?<!wasm-unsafe-eval)|https?:|\*/);
  assert.equal(await visit.page.locator("script:not([src]), style").count(), 0);
  await visit.close();
  await site.close();
});
