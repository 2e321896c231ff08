// Both ends of starting the worker. The page imports this file to call `start`; the worker's own script is this same file.

/**
 * Starts a worker around the compiled `module` and its `glue` (the URL of the script that wasm-bindgen wrote). `broken(why)` is
 * called when it dies. Returns the worker, and the port on which it answers; what is said before it is ready waits there.
 */
export function start(glue, module, broken) {
  const worker = new Worker(import.meta.url, { type: "module", name: "assay" });
  const { port1, port2 } = new MessageChannel();
  worker.onerror = (event) => broken(event.message ?? "its script could not be loaded");
  worker.postMessage({ glue, module, port: port2 }, [port2]);
  return { worker, port: port1 };
}

async function run({ glue, module, port }) {
  const { default: init, serve } = await import(glue);
  await init({ module_or_path: module });
  serve(port);
}

if (typeof DedicatedWorkerGlobalScope !== "undefined" && self instanceof DedicatedWorkerGlobalScope) {
  // A rejection does not reach the page's onerror by itself; an error thrown from a timer does.
  self.addEventListener("unhandledrejection", (event) => setTimeout(() => { throw event.reason; }));
  self.addEventListener("message", (event) => run(event.data), { once: true });
}
