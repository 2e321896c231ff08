//! The page's entry: defines `<assay-review>`.

#[cfg(target_arch = "wasm32")]
fn main() {
    use wasm_bindgen::JsCast;

    // The worker runs this same module; there is nothing to define where there is no window.
    if js_sys::global().dyn_ref::<web_sys::Window>().is_none() {
        return;
    }
    console_error_panic_hook::set_once();
    assay::widget::define();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {}
