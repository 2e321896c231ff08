//! The custom element `<assay-review>`. The app's own page is this element and nothing else, so that whatever works on the
//! page works wherever the element is embedded. Its content stands in a shadow root: the styles of the page around it
//! stay out, its own stay in.

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, ShadowRoot};

use crate::ui::app::App;

/// The element's name.
pub const NAME: &str = "assay-review";

/// Tokens first, then everything that uses them.
const CSS: &str = concat!(
    include_str!("../../public/tokens.css"),
    include_str!("../ui/style.css"),
    include_str!("../ui/review/style.css")
);

#[wasm_bindgen(module = "/src/widget/element.js")]
extern "C" {
    #[wasm_bindgen(js_name = define)]
    fn define_element(name: &str, css: &str, mount: &JsValue);
}

/// What one `<assay-review>` shows. Freed from JavaScript when the element leaves its page.
#[wasm_bindgen]
pub struct Mounted {
    handle: Option<Box<dyn FnOnce()>>,
    place: HtmlElement,
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Some(unmount) = self.handle.take() {
            unmount();
        }
        self.place.remove();
    }
}

/// Defines `<assay-review>` in this window; a second call changes nothing.
pub fn define() {
    let mount = Closure::<dyn Fn(ShadowRoot) -> Result<Mounted, JsValue>>::new(|root: ShadowRoot| mount(&root));
    // The element stays defined as long as the window lives, and so does the closure it calls.
    define_element(NAME, CSS, &mount.into_js_value());
}

/// Mounts the app below the root.
fn mount(root: &ShadowRoot) -> Result<Mounted, JsValue> {
    let document = root.owner_document().ok_or("the element is in no document")?;
    let place: HtmlElement = document.create_element("div")?.unchecked_into();
    place.set_class_name("assay");
    root.append_child(&place)?;
    let handle = mount_to(place.clone(), App);
    Ok(Mounted {
        handle: Some(Box::new(move || drop(handle))),
        place,
    })
}
