//! Files that leave the page: only when somebody asks for them.

use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, HtmlAnchorElement, HtmlCanvasElement, HtmlImageElement, Url,
};

/// Pixels of a PNG for each pixel of the chart.
const PNG_SCALE: f64 = 2.0;

/// Saves `content` as a file called `name`.
pub fn text(name: &str, kind: &str, content: &str) {
    bytes(name, kind, content.as_bytes());
}

/// Saves bytes as a file called `name`.
pub fn bytes(name: &str, kind: &str, content: &[u8]) {
    let parts = Array::of1(&Uint8Array::from(content));
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    if let Ok(blob) = Blob::new_with_u8_array_sequence_and_options(&parts, &options) {
        blob_as(name, &blob);
    }
}

fn blob_as(name: &str, blob: &Blob) {
    let Ok(url) = Url::create_object_url_with_blob(blob) else {
        return;
    };
    if let Ok(link) = document().create_element("a") {
        let link: HtmlAnchorElement = link.unchecked_into();
        link.set_href(&url);
        link.set_download(name);
        link.click();
    }
    // The browser has begun the download by its next turn; then the bytes may go.
    set_timeout(
        move || drop(Url::revoke_object_url(&url)),
        std::time::Duration::from_secs(10),
    );
}

/// Saves an SVG drawing as a PNG called `name`; `failed` hears why it could not.
pub fn png(name: String, svg: &str, (width, height): (u32, u32), failed: impl Fn(String) + 'static) {
    let refuse = |error: JsValue| format!("This browser could not draw the picture: {error:?}. Save the SVG instead.");
    let Ok(image) = HtmlImageElement::new() else { return };
    let drawn = image.clone();
    let done = Closure::once_into_js(move || {
        let outcome = canvas_of(&drawn, width, height).and_then(|canvas| {
            let save = Closure::once_into_js(move |blob: Option<Blob>| {
                if let Some(blob) = blob {
                    blob_as(&name, &blob);
                }
            });
            canvas.to_blob(save.unchecked_ref())
        });
        if let Err(error) = outcome {
            failed(refuse(error));
        }
    });
    image.set_onload(Some(done.unchecked_ref()));
    image.set_src(&format!(
        "data:image/svg+xml;charset=utf-8,{}",
        String::from(js_sys::encode_uri_component(svg))
    ));
}

fn canvas_of(image: &HtmlImageElement, width: u32, height: u32) -> Result<HtmlCanvasElement, JsValue> {
    let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
    canvas.set_width((f64::from(width) * PNG_SCALE) as u32);
    canvas.set_height((f64::from(height) * PNG_SCALE) as u32);
    let context: CanvasRenderingContext2d = canvas
        .get_context("2d")?
        .ok_or_else(|| JsValue::from_str("no canvas"))?
        .unchecked_into();
    context.draw_image_with_html_image_element_and_dw_and_dh(
        image,
        0.0,
        0.0,
        f64::from(canvas.width()),
        f64::from(canvas.height()),
    )?;
    Ok(canvas)
}
