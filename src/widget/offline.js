// Keeps the program for use without a network. Only the program's own page loads this: a page that embeds the element keeps
// its own service worker.
if ("serviceWorker" in navigator && /^https?:$/.test(location.protocol)) {
  addEventListener("load", () => {
    navigator.serviceWorker.register("./sw.js").catch(() => {
      // Private windows and some hosts refuse: the page works the same, with a network.
    });
  });
}
