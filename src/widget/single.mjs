// Called by loader.mjs: writes assay-single.html, the whole program in one file that opens from file:// without a network.
// Browsers refuse modules, fetch and workers from files beside a file:// page, so the scripts become one classic inline script
// that is also the worker's script, and the wasm stands in the page, packed. "Save as one HTML" puts a review into it.
import { createHash } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const folder = process.env.TRUNK_STAGING_DIR;
const names = await readdir(folder, { recursive: true });

/** The one file whose path matches. */
async function one(pattern, encoding) {
  const found = names.filter((name) => pattern.test(name));
  if (found.length !== 1) throw new Error(`expected one file like ${pattern}, found ${found.length}: ${found}`);
  return readFile(join(folder, found[0]), encoding);
}

/** `text` with what matches replaced; a text that no longer holds it is an error. */
function swap(text, pattern, replacement) {
  if (!pattern.test(text)) throw new Error(`nothing like ${pattern} in the scripts: adapt single.mjs`);
  return text.replace(pattern, () => replacement);
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const element = swap(await one(/element\.js$/, "utf8"), /^export function define/m, "function define");

let worker = await one(/worker\.js$/, "utf8");
worker = swap(worker, /^export function start/m, "function start");
worker = swap(
  worker,
  /new Worker\(import\.meta\.url, \{ type: "module", name: "assay" \}\)/,
  'new Worker(URL.createObjectURL(new Blob([SOURCE], { type: "text/javascript" })), { name: "assay" })',
);
worker = swap(worker, /const \{ default: init, serve \} = await import\(glue\);/, "const init = __wbg_init;");

let glue = await one(/^assay-web-[0-9a-f]+\.js$/, "utf8");
glue = swap(glue, /^import \{[^}]*\} from '[^']*';\n/gm, "");
glue = swap(glue, /^export \{[^}]*\};\n?/m, "");
glue = swap(glue, /^export (?=(async )?(function|class) )/gm, "");
glue = swap(glue, /import\.meta\.url/g, "'assay:'");

const script = `(() => {
"use strict";
const SOURCE = typeof document === "undefined" ? "" : document.currentScript.textContent;
${element}
${glue}
${worker}
if (typeof document !== "undefined") {
  const text = (id) => document.getElementById(id).textContent.trim();
  const review = text("assay-review-link");
  if (review && location.hash.length < 2) history.replaceState(null, "", review);
  const bytes = Uint8Array.from(atob(text("assay-wasm")), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  new Response(unpacked).arrayBuffer().then((wasm) => __wbg_init({ module_or_path: wasm }));
}
})();`;
if (/<\/script|<!--/i.test(script)) throw new Error("the scripts hold what would end a script element");

const style = await one(/^page-[0-9a-f]+\.css$/, "utf8");
const icon = (await one(/^icon-[0-9a-f]+\.svg$/)).toString("base64");
const wasm = gzipSync(await one(/^assay-web-[0-9a-f]+_bg\.wasm$/), { level: 9 }).toString("base64");
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)} 'wasm-unsafe-eval'`,
  `style-src ${hash(style)}`,
  "img-src data: blob:",
  "worker-src blob:",
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const page = `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    <title>Assay</title>
    <link rel="icon" href="data:image/svg+xml;base64,${icon}">
    <style>${style}</style>
  </head>
  <body>
    <assay-review></assay-review>
    <noscript>Assay shows reviews in this browser and needs JavaScript and WebAssembly for it.</noscript>
    <script type="text/plain" id="assay-review-link"></script>
    <script type="application/json" id="assay-review-whole"></script>
    <script type="text/plain" id="assay-wasm">${wasm}</script>
    <script>${script}</script>
  </body>
</html>
`;
await writeFile(join(folder, "assay-single.html"), page);
