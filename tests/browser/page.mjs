// What every journey stands on: a Chromium of the system's, and a record of every request, of everything the page
// complained about, and of every violation of the content security policy.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
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
