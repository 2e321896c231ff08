//! Tests that need a real browser: what is bound to it, and no more.
#![cfg(target_arch = "wasm32")]
// A test may panic, and so may what it is made of.
#![allow(clippy::unwrap_used)]

use assay::widget;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Document, Element, HtmlElement};

wasm_bindgen_test_configure!(run_in_browser);

const MOUNTS: usize = 200;

fn document() -> Document {
    web_sys::window().unwrap().document().unwrap()
}

/// An `<assay-review>` that stands in the page.
fn enter(document: &Document) -> HtmlElement {
    let element: HtmlElement = document.create_element(widget::NAME).unwrap().unchecked_into();
    document.body().unwrap().append_child(&element).unwrap();
    element
}

/// Whether the element shows the app, once.
fn shows(element: &Element) -> bool {
    let root = element.shadow_root().unwrap();
    root.child_element_count() == 1 && root.query_selector("h1").unwrap().is_some()
}

#[wasm_bindgen_test]
fn defining_twice_changes_nothing() {
    widget::define();
    widget::define();
    let element = enter(&document());
    assert!(shows(&element));
    element.remove();
}

#[wasm_bindgen_test]
fn an_element_shows_itself_once_however_often_it_enters_the_page() {
    widget::define();
    let document = document();
    let element = enter(&document);
    for _ in 0..MOUNTS {
        element.remove();
        assert_eq!(
            element.shadow_root().unwrap().child_element_count(),
            0,
            "it leaves nothing behind"
        );
        document.body().unwrap().append_child(&element).unwrap();
        assert!(shows(&element));
    }
    element.remove();
}
