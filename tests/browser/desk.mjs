// The steps that journeys through a review share.

import { choose, fixture } from "./page.mjs";

export const table = fixture("plain/llm_verbalised.csv");
export const section = (page, name) => page.getByRole("region", { name, exact: true });
export const review = (page) => section(page, "Policy and decision");
export const policy = `[[gate]]
id = "right-enough"
metric = "accuracy"
at_least = 0.2
rationale = "a low bar for a test"

[[gate]]
id = "fast-enough"
metric = "latency.p95"
at_most = 0.001
`;

/** Who decided, and why. */
export const decider = (page) => review(page).getByRole("group", { name: "Who decided, and why" });

/** Types the policy as a file. */
export async function typePolicy(page, text) {
  const file = review(page).getByLabel("Policy as TOML");
  if (!(await file.isVisible())) await review(page).getByText("The policy as a file").click();
  await file.fill(text);
}

/** Opens a file with a policy that is typed, and waits for the verdict. */
export async function judged(page, file = table, text = policy) {
  await choose(page, file);
  await typePolicy(page, text);
  await review(page).getByRole("button", { name: "Judge by this policy" }).click();
  await page.locator("p.verdict.fail").waitFor();
}

/** Opens the dialog that shares the review. */
export async function sharing(page) {
  await page.getByRole("button", { name: "Share…" }).click();
  return page.getByRole("dialog", { name: "Share the review" });
}

/** The link that the dialog offers. */
export async function link(page) {
  await page.getByRole("button", { name: "Share…" }).click();
  const box = page.getByRole("dialog", { name: "Share the review" }).getByLabel("Link", { exact: true });
  await box.waitFor();
  const text = await box.inputValue();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  return text;
}

/** Saves the review as a file. */
export async function saved(page) {
  await page.getByRole("button", { name: "Share…" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("dialog").getByRole("button", { name: "Save .review.json" }).click();
  const file = await download;
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  return file;
}
