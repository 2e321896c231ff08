// Called by loader.mjs: writes sw.js, the service worker that keeps the program for use without a network, and the manifest
// that lets it be installed. It runs last: it lists what the other hooks wrote.
import { createHash } from "node:crypto";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const folder = process.env.TRUNK_STAGING_DIR;
const entries = await readdir(folder, { recursive: true, withFileTypes: true });
const files = entries
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length).replaceAll("\\", "/").replace(/^\//, ""))
  // Examples and the one-file build are kept once they were asked for.
  .filter((name) => !/^(examples\/|\.stage|sw\.js$|manifest\.webmanifest$|assay-single\.html$)/.test(name))
  .sort();

const icon = files.find((name) => /^icon-[0-9a-f]+\.svg$/.test(name));
await writeFile(
  join(folder, "manifest.webmanifest"),
  `${JSON.stringify(
    {
      name: "Assay",
      short_name: "Assay",
      description: "Opens model evaluation results in the browser. Nothing is uploaded.",
      start_url: "./",
      scope: "./",
      display: "standalone",
      background_color: "#ffffff",
      icons: [{ src: `./${icon}`, sizes: "any", type: "image/svg+xml" }],
    },
    null,
    2,
  )}\n`,
);

const version = createHash("sha256");
for (const name of files) version.update(name).update(await readFile(join(folder, name)));

await writeFile(
  join(folder, "sw.js"),
  `// Written by the build: keeps the program for use without a network. Results never pass through here: files are opened by the
// page, and a review stands in the fragment, which no request carries.
const CACHE = "assay-${version.digest("hex").slice(0, 16)}";
const FILES = ${JSON.stringify(["./", ...files.filter((name) => name !== "index.html").map((name) => `./${name}`), "./manifest.webmanifest"], null, 2)};

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("assay-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const scope = new URL(self.registration.scope);
  if (request.method !== "GET" || url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return;
  // A review link whose # a mail scanner turned into %23.
  const mangled = /^([^%]*)%(?:25)*23(r\\d+\\..*)$/i.exec(url.pathname.slice(scope.pathname.length) + url.search);
  if (request.mode === "navigate" && mangled) {
    event.respondWith(Response.redirect(\`\${scope.href}\${mangled[1].replace(/\\?$/, "")}#\${mangled[2]}\`));
    return;
  }
  const own = ["", "index.html", "assay-single.html"].includes(url.pathname.slice(scope.pathname.length));
  const isKept = own || FILES.includes(\`./\${url.pathname.slice(scope.pathname.length)}\`) || url.pathname.startsWith(\`\${scope.pathname}examples/\`);
  if (!isKept) return;
  // The page itself is asked for first, so that a new version is seen; the files it names carry their content in their name.
  event.respondWith(request.mode === "navigate" ? fresh(request) : kept(request));
});

async function kept(request) {
  const cache = await caches.open(CACHE);
  const found = await cache.match(request, { ignoreSearch: true });
  return found ?? keep(cache, request, await fetch(request));
}

async function fresh(request) {
  const cache = await caches.open(CACHE);
  try {
    return await keep(cache, request, await fetch(request));
  } catch (error) {
    const found = (await cache.match(request, { ignoreSearch: true })) ?? (await cache.match("./"));
    if (found) return found;
    throw error;
  }
}

async function keep(cache, request, response) {
  if (response.ok && response.type === "basic") await cache.put(request, response.clone());
  return response;
}
`,
);
