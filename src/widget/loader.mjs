// Trunk's post_build hook: writes assay.js beside the hashed files that it loads. Its name never changes, so that the page
// and every page that embeds <assay-review> can name it, and no inline script is needed.
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const folder = process.env.TRUNK_STAGING_DIR;
const names = await readdir(folder);
const one = (pattern) => {
  const found = names.filter((name) => pattern.test(name));
  if (found.length !== 1) throw new Error(`expected one file like ${pattern}, found ${found.length}: ${found}`);
  return JSON.stringify(`./${found[0]}`);
};

await writeFile(
  join(folder, "assay.js"),
  `import init from ${one(/^assay-web-[0-9a-f]+\.js$/)};
await init({ module_or_path: new URL(${one(/^assay-web-[0-9a-f]+_bg\.wasm$/)}, import.meta.url) });
`,
);

// Trunk runs the hooks of a stage side by side; these build on what stands above.
await import("./single.mjs");
await import("./offline.mjs");
