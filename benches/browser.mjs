// `./x bench`: what the page does with a large file, beside plain JavaScript doing the same with what every browser has.
// Each variant gets a browser of its own, in turns, so that both see the same machine. Ratios are what to read; the
// seconds depend on the machine and on what else it does.

import { mkdir, open as openFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, open } from "../tests/browser/page.mjs";
import { serveDist } from "../tests/browser/site.mjs";

const rounds = 3;
const megabyte = 1_000_000;
const folder = fileURLToPath(new URL("../target/bench", import.meta.url));

/** Writes JSON lines of some 700 bytes each, always the same for the same `records`. Returns the path and the length in bytes. */
async function writeSamples(records) {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${records}.jsonl`);
  const file = await openFile(path, "w");
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  let bytes = 0;
  for (let from = 0; from < records; from += 1000) {
    let text = "";
    for (let index = from; index < Math.min(from + 1000, records); index += 1) {
      const confidence = Math.round(1000 * random()) / 1000;
      text += JSON.stringify({
        id: `sample-${index}`,
        input: "What follows from the two statements above? ".repeat(8),
        output: "The second does not follow from the first. ".repeat(4),
        confidence,
        correct: random() < confidence,
        latency_secs: Math.round(1000 * -Math.log(1 - random())) / 1000,
      }) + "\n";
    }
    bytes += (await file.write(text)).bytesWritten;
  }
  await file.close();
  return { path, bytes };
}

/** Starts to note the longest time between two frames. */
const watchFrames = () => {
  window.longestFrameMs = 0;
  let last = performance.now();
  const frame = (now) => {
    window.longestFrameMs = Math.max(window.longestFrameMs, now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
};

/** The most memory that any renderer of the browser has held, in MB. */
async function peakMemory(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const peaks = await Promise.all(
    processInfo
      .filter(({ type }) => type === "renderer")
      .map(async ({ id }) => Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${id}/status`, "utf8"))[1]) * 1024 / megabyte),
  );
  return Math.max(...peaks);
}

/** The page reads the file in its worker. */
async function assayHash(page, path) {
  const label = page.getByLabel("Identify a file");
  await label.waitFor();
  await page.evaluate(watchFrames);
  const start = performance.now();
  await label.setInputFiles(path);
  await page.getByRole("status").waitFor({ timeout: 600_000 });
  return (performance.now() - start) / 1000;
}

/** The same by the browser's own digest, which must hold the whole file. */
async function plainHash(page, path) {
  await page.evaluate(() => {
    document.body.replaceChildren(Object.assign(document.createElement("input"), { type: "file" }));
  });
  await page.evaluate(watchFrames);
  const start = performance.now();
  await page.locator("input").setInputFiles(path);
  await page.evaluate(async () => {
    const [file] = document.querySelector("input").files;
    await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  });
  return (performance.now() - start) / 1000;
}

async function measure(site, variant, path) {
  const browser = await launch();
  try {
    const { page } = await open(browser, site.url);
    const seconds = await variant(page, path);
    return { seconds, frameMs: await page.evaluate(() => window.longestFrameMs), memory: await peakMemory(browser) };
  } finally {
    await browser.close();
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const medians = (runs) => Object.fromEntries(Object.keys(runs[0]).map((key) => [key, median(runs.map((run) => run[key]))]));

const site = await serveDist();
for (const records of [50_000, 500_000]) {
  const { path, bytes } = await writeSamples(records);
  const ours = [];
  const plain = [];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await measure(site, assayHash, path));
    plain.push(await measure(site, plainHash, path));
  }
  const rows = { Assay: medians(ours), "plain JavaScript": medians(plain) };
  console.log(`\nSHA-256 of ${records} samples, ${(bytes / megabyte).toFixed(0)} MB, median of ${rounds}`);
  for (const [name, { seconds, frameMs, memory }] of Object.entries(rows)) {
    console.log(
      `  ${name.padEnd(16)} ${(bytes / megabyte / seconds).toFixed(0).padStart(5)} MB/s  longest frame ${frameMs.toFixed(0).padStart(4)} ms` +
        `  peak memory ${memory.toFixed(0).padStart(5)} MB`,
    );
  }
  const { Assay, "plain JavaScript": other } = rows;
  console.log(
    `  Assay / plain: time ${(Assay.seconds / other.seconds).toFixed(2)}, longest frame ${(Assay.frameMs / other.frameMs).toFixed(2)},` +
      ` memory ${(Assay.memory / other.memory).toFixed(2)}`,
  );
}
await site.close();
