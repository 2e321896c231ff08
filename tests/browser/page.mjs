// What every journey stands on: dist/ served as a static host would serve it, a Chromium of the system's, and a record of
// every request, of everything the page complained about, and of every violation of the content security policy.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import sirv from "sirv";

const root = fileURLToPath(new URL("../..", import.meta.url));
const dist = join(root, "dist");
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

/** Serves dist/ below `base` on a free port of 127.0.0.1. Returns its `url` and `close`. */
export async function serveDist(base = "/") {
  const files = sirv(dist, { etag: true });
  const server = createServer((request, response) => {
    if (!request.url.startsWith(base)) return response.writeHead(404).end();
    request.url = request.url.slice(base.length - 1);
    files(request, response, () => response.writeHead(404).end());
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${server.address().port}${base}`,
    close: () => new Promise((closed) => { server.close(closed); server.closeAllConnections(); }),
  };
}

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
  context.on("requestfailed", (request) => complaints.push(`request failed: ${request.url()} ${request.failure()?.errorText}`));
  context.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
  });
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.stack}`));
  page.on("console", (message) => {
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
