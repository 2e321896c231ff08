// `./x bench [SAMPLES…]`: the page from file to report, beside plain JavaScript that computes a part of the same numbers.
// Each variant gets a browser of its own, in turns, so that both see the same machine; times run inside the page, from the
// moment the file is chosen. Ratios are what to read; the seconds depend on the machine and on what else it does. A last
// round of each, traced and not timed, tells how long the tasks of the page's own thread are.

import { mkdir, open as openFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { launch, open } from "../tests/browser/page.mjs";
import { serveDist } from "../tests/browser/site.mjs";

const rounds = 3;
/** Longest task that leaves the next frame in time. */
const frameMs = 16;
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

/** Notes when the file was chosen, when the first answers stood and when the report was complete. */
const watchPage = () => {
  const root = document.querySelector("assay-review")?.shadowRoot ?? document;
  const at = (window.at = {});
  const note = (name) => { at[name] ??= performance.now(); performance.mark(name); };
  root.addEventListener("change", () => note("chosen"), { capture: true, once: true });
  window.complete = new Promise((complete) => {
    new MutationObserver(() => {
      // The answers with a chart beside them, then the same without anything left to compute.
      const isAnswered = root.querySelector(".answers .sentence") && root.querySelector("figure.plot svg");
      if (isAnswered && at.answered === undefined) note("answered");
      if (isAnswered && root.querySelector(".page").getAttribute("aria-busy") === "false") {
        if (at.complete === undefined) note("complete");
        complete();
      }
    }).observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-busy"] });
  });
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

/** The page, from the choice of the file to the first answers and to the whole report. */
async function assay(page, path) {
  await page.getByRole("heading", { level: 1 }).waitFor();
  // The worker starts while nobody waits; a person takes longer than this to choose a file.
  await page.waitForTimeout(1000);
  await page.evaluate(watchPage);
  await page.locator("input[type=file]").first().setInputFiles(path);
  const { chosen, answered, complete } = await page.evaluate(() => window.complete.then(() => window.at));
  return { first: (answered - chosen) / 1000, whole: (complete - chosen) / 1000 };
}

/** The same numbers by JSON.parse: accuracy, ECE of 15 bins, latency quantiles. */
async function plain(page, path) {
  await page.evaluate(() => {
    document.body.replaceChildren(Object.assign(document.createElement("input"), { type: "file" }));
  });
  await page.evaluate(watchPage);
  await page.locator("input").setInputFiles(path);
  const seconds = await page.evaluate(async () => {
    performance.mark("answered");
    const start = performance.now();
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
    return (performance.now() - start) / 1000;
  });
  return { first: seconds, whole: seconds };
}

/** One browser, one visit: seconds and peak memory in MB. */
async function measure(site, variant, path) {
  const browser = await launch();
  try {
    const { page } = await open(browser, site.url);
    const seconds = await variant(page, path);
    return { ...seconds, memory: await peakMemory(browser) };
  } finally {
    await browser.close();
  }
}

/** Lengths in ms of the tasks of the page's own thread: until the first answers, and from then on. */
async function trace(site, variant, path) {
  const browser = await launch();
  try {
    const { page } = await open(browser, site.url);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForTimeout(1000);
    await browser.startTracing(page, { categories: ["toplevel", "disabled-by-default-devtools.timeline", "blink.user_timing"] });
    await variant(page, path);
    await page.waitForTimeout(2000);
    const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
    const mark = (name) => traceEvents.find((event) => event.name === name && event.cat.includes("user_timing"));
    const [chosen, answered] = [mark("chosen"), mark("answered")];
    const tasks = traceEvents.filter(({ name, ph, pid, tid, ts }) =>
      name === "RunTask" && ph === "X" && pid === chosen.pid && tid === chosen.tid && ts >= chosen.ts);
    const lengths = (chosen) => tasks.filter(chosen).map(({ dur }) => dur / 1000).sort((a, b) => a - b);
    return [lengths(({ ts }) => ts < answered.ts), lengths(({ ts }) => ts >= answered.ts)];
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
    report(`${records} samples as ${kind}`, bytes, runs, {
      Assay: await trace(site, assay, path),
      "JSON.parse": await trace(site, plain, path),
    });
  }
}
await site.close();

function report(title, bytes, runs, tasks) {
  const [ours, other] = Object.values(runs).map(medians);
  console.log(`\n${title}, ${(bytes / megabyte).toFixed(0)} MB, from file to report, median of ${rounds}`);
  for (const [name, { first, whole, memory }] of [["Assay", ours], ["JSON.parse", other]]) {
    console.log(
      `  ${name.padEnd(12)} first answers ${first.toFixed(2)} s (${(bytes / megabyte / first).toFixed(0)} MB/s)` +
        `  complete ${whole.toFixed(2)} s  peak memory ${memory.toFixed(0)} MB`,
    );
  }
  const ratio = (key) => (ours[key] / other[key]).toFixed(2);
  console.log(`  Assay / JSON.parse: first answers ${ratio("first")}, complete ${ratio("whole")}, peak memory ${ratio("memory")}`);
  for (const [name, [reading, drawing]] of Object.entries(tasks)) {
    console.log(`  tasks of the page's thread, ${name}: reading ${told(reading)}; from the first answers on ${told(drawing)}`);
  }
}

/** p99 and longest of the tasks that a person could notice, and how many miss a frame. */
function told(lengths) {
  const p99 = lengths[Math.ceil(0.99 * lengths.length) - 1] ?? 0;
  const missed = lengths.filter((length) => length > frameMs).length;
  return `p99 ${p99.toFixed(1)} ms, longest ${(lengths.at(-1) ?? 0).toFixed(0)} ms, ${missed} of ${lengths.length} over ${frameMs} ms`;
}
