// The review, end to end: policy, verdict, decision, notes; kept in the browser; shared as a link; opened elsewhere.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { accessibilityFindings, assertQuiet, choose, drop, launch, open, screenshot } from "./page.mjs";
import { decider, judged, link, review, saved, section, table, typePolicy } from "./desk.mjs";
import { serveDist } from "./site.mjs";

let browser;
let site;
before(async () => { [browser, site] = [await launch(), await serveDist()]; });
after(async () => { await browser.close(); await site.close(); });

const sentence = (page) => page.locator("p.verdict").textContent();
const gates = (page) => review(page).getByRole("list", { name: "Gates" }).getByRole("listitem").allTextContents();

test("policy, verdict, decision, link; a fresh browser shows the same review, and verifies it", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await judged(page);
  await screenshot(page, "policy-desktop");
  await review(page).getByRole("radio", { name: "Hold" }).check();
  await review(page).getByLabel("Reason").fill("too slow for the page");
  await decider(page).getByLabel("Name").fill("Ada");
  await review(page).getByRole("button", { name: "Note on the review…" }).click();
  await page.getByRole("dialog", { name: "Note" }).getByLabel("Note", { exact: true }).fill("ask the vendor");
  await page.getByRole("dialog", { name: "Note" }).getByRole("button", { name: "Done" }).click();
  await review(page).getByText("ask the vendor").waitFor();
  await page.locator(".decided").getByText(/^Decision: hold \(Ada.*too slow for the page/).waitFor();
  const [said, listed] = [await sentence(page), await gates(page)];
  const shared = await link(page);
  assert.match(shared, /#r1\.q\./);
  assertQuiet(visit, site.url);

  const other = await open(browser, shared);
  await other.page.locator("p.verdict.fail").waitFor();
  assert.equal(await sentence(other.page), said);
  await other.page.locator(".decided").getByText(/too slow for the page/).waitFor();
  await review(other.page).getByRole("list", { name: "Gates" }).waitFor();
  assert.equal((await gates(other.page)).length, listed.length);
  await review(other.page).getByText("ask the vendor").waitFor();
  assert.equal(await review(other.page).getByLabel("Reason").inputValue(), "too slow for the page");
  await section(other.page, "Calibration").locator("figure svg").first().waitFor();
  await screenshot(other.page, "link-desktop");
  await drop(other.page, table);
  await other.page.getByText(/^Verified/).waitFor();
  assertQuiet(other, site.url);
  await other.close();
  await visit.close();
});

test("a policy is made of fields, and the file follows", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await choose(page, table);
  await review(page).getByRole("button", { name: "Add a gate" }).click();
  const gate = review(page).getByRole("group", { name: "Gate 1" });
  // What was added can be typed into at once.
  await gate.getByLabel("Name").and(page.locator(":focus")).waitFor();
  await gate.getByLabel("Metric").selectOption("latency.p95");
  await gate.getByLabel("Name").fill("slow-tail");
  await gate.getByLabel("At most").fill("quickly");
  await gate.getByLabel("At most").press("Tab");
  await gate.getByRole("alert").getByText("“quickly” is not read; write it like").waitFor();
  assert.ok(await review(page).getByRole("button", { name: "Judge by this policy" }).isDisabled(), "nothing typed is passed over");
  await gate.getByLabel("At most").fill("1 ms");
  await gate.getByLabel("Why this limit").fill("page budget");
  await review(page).getByRole("button", { name: "Judge by this policy" }).click();
  await page.locator("p.verdict.fail").waitFor();
  await screenshot(page, "policy-fields-desktop");
  await review(page).getByText("The policy as a file").click();
  const file = await review(page).getByLabel("Policy as TOML").inputValue();
  assert.match(file, /id = "slow-tail"\nmetric = "latency.p95"\nat_most = 0.001\n/);
  assert.deepEqual(await accessibilityFindings(page), []);

  await typePolicy(page, file.replace("0.001", "1000.0"));
  await review(page).getByText("The policy as a file").click();
  assert.equal(await gate.getByLabel("At most").inputValue(), "1000 s");
  await gate.getByLabel("Metric").selectOption("accuracy");
  await review(page).getByText(/needs|line \d+/).first().waitFor();
  assert.equal(await review(page).getByRole("button", { name: "Judge by this policy" }).isDisabled(), true);
  await review(page).getByRole("button", { name: "Remove this gate" }).click();
  assert.equal(await gate.count(), 0);
  assertQuiet(visit, site.url);
  await visit.close();
});

test("a policy error names line and column", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await choose(page, table);
  await typePolicy(page, '[[gate]]\nid = "a"\nmetric = "acuracy"\nat_least = 0.8\n');
  await review(page).getByText(/line 3, column \d+/).waitFor();
  assert.equal(await review(page).getByRole("button", { name: "Judge by this policy" }).isDisabled(), true);
  await visit.close();
});

test("a reload keeps notes, and offers the review without its files", async () => {
  const visit = await open(browser, site.url);
  const { page } = visit;
  await judged(page);
  await review(page).getByLabel("Reason").fill("waiting for the fix");
  await review(page).getByLabel("Reason").press("Tab");
  await review(page).getByText("History: 3 events").waitFor();
  await review(page).getByText(/Kept in this browser/).waitFor();
  await page.goto(site.url + "?again");
  const kept = section(page, "Kept reviews");
  await kept.getByRole("button", { name: "Go on with it" }).click();
  await page.locator("p.verdict.fail").waitFor();
  assert.equal(await review(page).getByLabel("Reason").inputValue(), "waiting for the fix");
  await page.goto(site.url + "?third");
  await choose(page, table);
  await review(page).getByText(/Taken up where you left it/).waitFor();
  assert.equal(await review(page).getByLabel("Reason").inputValue(), "waiting for the fix");
  await review(page).getByRole("button", { name: "Undo", exact: true }).click();
  assert.equal(await review(page).getByLabel("Reason").inputValue(), "");
  await review(page).getByRole("button", { name: "Redo", exact: true }).click();
  assert.equal(await review(page).getByLabel("Reason").inputValue(), "waiting for the fix");
  assertQuiet(visit, site.url);
  await visit.close();
});

test("two people's decisions merge, and both are shown", async () => {
  const [one, two] = [await open(browser, site.url), await open(browser, site.url)];
  for (const [visit, choice, name] of [[one, "Hold", "Ada"], [two, "Ship", "Ben"]]) {
    await judged(visit.page);
    await review(visit.page).getByLabel(choice, { exact: true }).check();
    await decider(visit.page).getByLabel("Name").fill(name);
    await review(visit.page).getByText(/Kept in this browser/).waitFor();
  }
  const file = await saved(two.page);
  const path = `${await file.path()}.review.json`;
  await file.saveAs(path);
  await drop(one.page, path);
  await review(one.page).getByText(/Merged with/).waitFor();
  await review(one.page).getByText(/without knowing of each other/).first().waitFor();
  assert.equal(await review(one.page).getByRole("button", { name: "Keep this decision" }).count(), 2);
  await one.close();
  await two.close();
});

test("a link that was cut, altered, is newer or is no link says so and leads on", async () => {
  const maker = await open(browser, site.url);
  await judged(maker.page);
  const whole = await link(maker.page);
  await maker.close();
  const fragment = whole.slice(whole.indexOf("#"));
  const middle = Math.floor(fragment.length / 2);
  const altered = fragment.slice(0, middle) + (fragment[middle] === "A" ? "B" : "A") + fragment.slice(middle + 1);
  for (const [bad, words] of [
    [fragment.slice(0, -40), /cut off: [\d,]+ of [\d,]+ characters arrived/],
    [altered, /altered/],
    [fragment.replace("#r1.", "#r9."), /newer/],
    ["#something", /not a review link/],
  ]) {
    const visit = await open(browser, site.url + bad);
    await visit.page.locator(".notice").getByText(words).waitFor();
    await visit.page.getByLabel("Or paste a review link").fill(whole.replace("#", "%23"));
    await visit.page.getByRole("button", { name: "Open the review" }).click();
    await visit.page.locator("p.verdict.fail").waitFor();
    await visit.close();
  }
});

test("a whole session asks for nothing but the page's own files, and says so", async () => {
  const visit = await open(browser, site.url);
  const { page, requests } = visit;
  await page.getByRole("heading", { name: "Or open an example" }).waitFor();
  await judged(page);
  const asked = requests.length;
  await review(page).getByLabel("Reason").fill("none");
  const download = await saved(page);
  assert.match(await readFile(await download.path(), "utf8"), /"schema": "assay-review\/1"/);
  await link(page);
  await page.getByText(/Requests since load: 0 to other hosts/).waitFor();
  // Chromium itself asks for the icon again when the address changes.
  const later = requests.slice(asked).filter((request) => !/ blob:|icon-[^/]*\.svg$/.test(request));
  assert.deepEqual(later, [], "nothing is asked for while one works");
  assertQuiet(visit, site.url);
  await visit.close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`anybody can read the review on a phone: ${colorScheme}`, async () => {
    const visit = await open(browser, site.url, { colorScheme, viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    const { page } = visit;
    await judged(page);
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.equal(sideways, 0, "no sideways scrolling");
    await screenshot(page, `policy-phone-${colorScheme}`);
    assert.deepEqual(await accessibilityFindings(page), []);
    await page.getByRole("button", { name: "Share…" }).click();
    await page.getByRole("dialog").getByText(/characters/).first().waitFor();
    await screenshot(page, `share-phone-${colorScheme}`);
    assert.deepEqual(await accessibilityFindings(page), []);
    await visit.close();
  });
}
