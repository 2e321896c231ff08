// `./x bench [SAMPLES…]`: the page from file to report, beside plain JavaScript that computes a part of the same numbers.
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

/** Writes samples of some 700 bytes each, always the same for the same `records`: JSON lines, or one document. */
async function writeSamples(records, kind) {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${records}.${kind}`);
  const file = await openFile(path, "w");
  const [start, between, end] = kind === "json" ? ['{"results":[', ",", "]}"] : ["", "\n", "\n"];
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  let bytes = 0;
  for (let from = 0; from < records; from += 1000) {
    let text = from === 0 ? start : between;
    for (let index = from; index < Math.min(from + 1000, records); index += 1) {
      const confidence = Math.round(1000 * random()) / 1000;
      text += (index === from ? "" : between) + JSON.stringify({
        id: `sample-${index}`,
        input: "What follows from the two statements above? ".repeat(8),
        output: "The second does not follow from the first. ".repeat(4),
        confidence,
        correct: random() < confidence,
        latency_secs: Math.round(1000 * -Math.log(1 - random())) / 1000,
      });
    }
    bytes += (await file.write(text)).bytesWritten;
  }
  bytes += (await file.write(end)).bytesWritten;
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

/** The page, from the choice of the file to the four answers. */
async function assay(page, path) {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.evaluate(watchFrames);
  const start = performance.now();
  await page.locator("input[type=file]").first().setInputFiles(path);
  await page.getByRole("region", { name: "Right?" }).waitFor({ timeout: 600_000 });
  return (performance.now() - start) / 1000;
}

/** The same numbers by JSON.parse: accuracy, ECE of 15 bins, latency quantiles. */
async function plain(page, path) {
  await page.evaluate(() => {
    document.body.replaceChildren(Object.assign(document.createElement("input"), { type: "file" }));
  });
  await page.evaluate(watchFrames);
  const start = performance.now();
  await page.locator("input").setInputFiles(path);
  await page.evaluate(async () => {
    const [file] = document.querySelector("input").files;
    const text = await file.text();
    const isDocument = text.startsWith('{"results"');
    const samples = isDocument ? JSON.parse(text).results : text.trimEnd().split("\n").map((line) => JSON.parse(line));
    if (samples.length === 0) throw new Error("nothing was read");
    const bins = Array.from({ length: 15 }, () => ({ n: 0, right: 0, confidence: 0 }));
    let right = 0;
    for (const { confidence, correct } of samples) {
      const bin = bins[Math.max(0, Math.ceil(confidence * 15) - 1)];
      bin.n += 1;
      bin.right += correct ? 1 : 0;
      bin.confidence += confidence;
      right += correct ? 1 : 0;
    }
    const ece = bins.reduce((sum, bin) => sum + Math.abs(bin.right - bin.confidence) / samples.length, 0);
    const latencies = samples.map((sample) => sample.latency_secs).sort((a, b) => a - b);
    const quantiles = [0.5, 0.9, 0.95, 0.99].map((q) => latencies[Math.ceil(q * latencies.length) - 1]);
    document.body.append(`${right / samples.length} ${ece} ${quantiles}`);
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
const sizes = process.argv.slice(2).map(Number);
for (const records of sizes.length > 0 ? sizes : [50_000, 500_000]) {
  for (const kind of ["jsonl", "json"]) {
    const { path, bytes } = await writeSamples(records, kind);
    const runs = { Assay: [], "JSON.parse": [] };
    for (let round = 0; round < rounds; round += 1) {
      runs.Assay.push(await measure(site, assay, path));
      runs["JSON.parse"].push(await measure(site, plain, path));
    }
    report(`${records} samples as ${kind}`, bytes, runs);
  }
}
await site.close();

function report(title, bytes, runs) {
  const [ours, other] = Object.values(runs).map(medians);
  console.log(`\n${title}, ${(bytes / megabyte).toFixed(0)} MB, from file to report, median of ${rounds}`);
  for (const [name, { seconds, frameMs, memory }] of [["Assay", ours], ["JSON.parse", other]]) {
    console.log(
      `  ${name.padEnd(12)} ${(bytes / megabyte / seconds).toFixed(0).padStart(5)} MB/s  longest frame ${frameMs.toFixed(0).padStart(5)} ms` +
        `  peak memory ${memory.toFixed(0).padStart(5)} MB`,
    );
  }
  const ratio = (key) => (ours[key] / other[key]).toFixed(2);
  console.log(`  Assay / JSON.parse: time ${ratio("seconds")}, longest frame ${ratio("frameMs")}, peak memory ${ratio("memory")}`);
}
