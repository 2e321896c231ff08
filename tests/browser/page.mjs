// What every journey stands on: a Chromium of the system's, and a record of every request, of everything the page
// complained about, and of every violation of the content security policy.

import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { chromium } from "playwright-core";
import { root } from "./site.mjs";

const screenshots = join(root, "target", "screenshots");

const chromiumArgs = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** Starts Chromium: $CHROMIUM, or Debian's. */
export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: chromiumArgs });
}

/**
 * Opens `url` in a browser context of its own. Returns the page and what it did: `requests` (method and URL), `complaints`
 * (console errors and warnings, uncaught errors, failed requests, policy violations).
 */
export async function open(browser, url, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests = [];
  const complaints = [];
  context.on("request", (request) => requests.push(`${request.method()} ${request.url()}`));
  context.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // Chromium's word for what was still on its way when the page was left or loaded anew; no failure of the page.
    if (reason === "net::ERR_ABORTED") return;
    complaints.push(`request failed: ${request.url()} ${reason}`);
  });
  context.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
  });
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.stack}`));
  page.on("console", (message) => {
    // Playwright's own word on a context that was opened without service workers.
    if (message.text() === "Service Worker registration blocked by Playwright") return;
    if (["error", "warning"].includes(message.type())) complaints.push(`console ${message.type()}: ${message.text()}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  await page.goto(url);
  return { page, requests, complaints, close: () => context.close() };
}

/** Fails when a page of `url` asked for anything but its own static files, or complained about anything. */
export function assertQuiet({ requests, complaints }, url) {
  const foreign = requests.filter((request) => !request.startsWith(`GET ${url}`) && !/^GET (blob|data):/.test(request));
  assert.deepEqual(foreign, [], "requests that left the page's own folder");
  assert.deepEqual(complaints, [], "complaints of the page");
}

/** Leaves a picture of the whole page in target/screenshots/, to be looked at. */
export async function screenshot(page, name) {
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}

/** The path of a file of tests/fixtures/. */
export const fixture = (name) => join(root, "tests", "fixtures", name);

/** Chooses files by the page's own button. */
export const choose = (page, ...paths) => page.locator("input[type=file]").first().setInputFiles(paths);

/** Drops files on the page as a person does: over it, then let go. */
export async function drop(page, ...paths) {
  const files = await Promise.all(
    paths.map(async (path) => ({ name: basename(path), bytes: (await readFile(path)).toString("base64") })),
  );
  await page.evaluate((files) => {
    const carried = new DataTransfer();
    for (const { name, bytes } of files) {
      carried.items.add(new File([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], name));
    }
    const target = document.querySelector("assay-review").shadowRoot.querySelector(".root");
    for (const kind of ["dragenter", "dragover", "drop"]) {
      target.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, composed: true, cancelable: true }));
    }
  }, files);
}

/** What axe finds against WCAG 2.2 A and AA on the page as it stands, as one line a finding. */
export async function accessibilityFindings(page) {
  const script = await readFile(join(root, "tests", "browser", "node_modules", "axe-core", "axe.min.js"), "utf8");
  // As a devtools evaluation, which the page's content security policy does not concern.
  await page.evaluate(script);
  return page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
    const { violations } = await window.axe.run(document, { runOnly: { type: "tag", values: tags } });
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.flat().join(" ")} ${node.failureSummary}`));
  });
}
