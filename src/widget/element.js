// A custom element's class cannot be written in Rust, and a Function made from text would break the content security policy.

/**
 * Defines the element `name`. `mount(root)` is called with the element's shadow root each time it enters a page and returns
 * what it mounted, which is freed when the element leaves. A name that is already taken is left as it is.
 */
export function define(name, css, mount) {
  if (customElements.get(name)) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);

  customElements.define(
    name,
    class extends HTMLElement {
      #mounted = null;

      connectedCallback() {
        const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
        root.adoptedStyleSheets = [sheet];
        this.#mounted = mount(root);
      }

      disconnectedCallback() {
        this.#mounted?.free();
        this.#mounted = null;
      }
    },
  );
}
