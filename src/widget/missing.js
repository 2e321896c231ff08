// The page that static hosts show for an address they do not know. Mail scanners turn the # of a review link into %23, which
// makes the review part of the path: it is put back here. Nothing is asked for and nothing is sent.

/** The review in `text`, from its # on; undefined if there is none. */
function fragment(text) {
  const mended = text.replaceAll(/%(25)*23/gi, "#").replaceAll(/\s/g, "");
  return /#r\d+\.[a-z]\.[^#]*$/.exec(mended)?.[0];
}

const address = location.href;
const review = fragment(address);
if (review) {
  const page = address.slice(0, address.search(/%(25)*23|#/i));
  location.replace(page.replace(/\?$/, "") + review);
}

document.getElementById("paste").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = document.getElementById("link").value;
  // What is no review link is told so by the page itself.
  location.assign(`./${fragment(text) ?? `#${encodeURIComponent(text.trim())}`}`);
});
