// dist/ served as any static host would serve it. Run by `./x serve`; the journeys serve it from folders too.

import { createServer } from "node:http";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import sirv from "sirv";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Answers as static hosts do for an address that is not there. */
function missing(response) {
  response.writeHead(404, { "content-type": "text/html" });
  createReadStream(join(root, "dist", "404.html")).pipe(response);
}

/** Serves dist/ below the path `base` on `port` of 127.0.0.1 (0: any that is free). Returns its `url` and `close`. */
export async function serveDist({ base = "/", port = 0 } = {}) {
  const files = sirv(join(root, "dist"), { etag: true });
  const server = createServer((request, response) => {
    if (!request.url.startsWith(base)) return response.writeHead(404).end();
    request.url = request.url.slice(base.length - 1);
    files(request, response, () => missing(response));
  });
  await new Promise((ready, failed) => server.once("error", failed).listen(port, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${server.address().port}${base}`,
    close: () => new Promise((closed) => { server.close(closed); server.closeAllConnections(); }),
  };
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { url } = await serveDist({ port: Number(argv[2] ?? 8080) });
    console.log(`Assay is at ${url} (Ctrl-C stops).`);
  } catch (error) {
    console.error(`dist/ cannot be served: ${error.message}`);
    process.exitCode = 1;
  }
}
