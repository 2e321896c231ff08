//! Files and folders from a drop or a picker.

use js_sys::{Array, Promise};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DataTransfer, File, FileList, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry};

use super::{action::NamedFile, worker};
use crate::export;

/// Files of one drop at most; a folder with more is cut there and the page says so.
pub const MOST_FILES: usize = 5_000;

/// The files of a list, with the folders they were chosen from.
#[must_use]
pub fn listed(files: &FileList) -> Vec<NamedFile> {
    (0..files.length())
        .filter_map(|index| files.get(index))
        .map(|file| {
            let path = js_sys::Reflect::get(&file, &JsValue::from_str("webkitRelativePath")).ok();
            let path = path.and_then(|path| path.as_string()).filter(|path| !path.is_empty());
            (path.unwrap_or_else(|| file.name()), file)
        })
        .collect()
}

/// Collects what was dropped, folders read to their ends, and hands it to `take`.
pub fn collect(dropped: &DataTransfer, take: impl FnOnce(Vec<NamedFile>) + 'static) {
    // The items are gone when the event is over: the entries are taken now, read later.
    let items = dropped.items();
    let entries: Vec<FileSystemEntry> = (0..items.length())
        .filter_map(|index| items.get(index)?.webkit_get_as_entry().ok()?)
        .collect();
    let plain = dropped.files().map(|files| listed(&files)).unwrap_or_default();
    if entries.iter().all(FileSystemEntry::is_file) {
        take(plain);
        return;
    }
    spawn_local(async move {
        let mut found = Vec::new();
        let mut waiting = entries;
        while let Some(entry) = waiting.pop() {
            if found.len() >= MOST_FILES {
                break;
            }
            if entry.is_directory() {
                waiting.extend(children(entry.unchecked_into()).await);
            } else if let Some(file) = file(entry.clone().unchecked_into()).await {
                found.push((entry.full_path().trim_start_matches('/').to_owned(), file));
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        take(found);
    });
}

async fn file(entry: FileSystemFileEntry) -> Option<File> {
    let promise = Promise::new(&mut |resolve, reject| {
        let take = Closure::once_into_js(move |file: JsValue| resolve.call1(&JsValue::NULL, &file));
        let refuse = Closure::once_into_js(move |error: JsValue| reject.call1(&JsValue::NULL, &error));
        entry.file_with_callback_and_callback(take.unchecked_ref(), refuse.unchecked_ref());
    });
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}

/// The entries of a folder; the browser hands them out in batches until one is empty.
async fn children(folder: FileSystemDirectoryEntry) -> Vec<FileSystemEntry> {
    let reader = folder.create_reader();
    let mut found = Vec::new();
    loop {
        let promise = Promise::new(&mut |resolve, reject| {
            let take = Closure::once_into_js(move |batch: JsValue| resolve.call1(&JsValue::NULL, &batch));
            let refuse = Closure::once_into_js(move |error: JsValue| reject.call1(&JsValue::NULL, &error));
            let asked = reader.read_entries_with_callback_and_callback(take.unchecked_ref(), refuse.unchecked_ref());
            drop(asked);
        });
        let Some(batch) = JsFuture::from(promise)
            .await
            .ok()
            .and_then(|batch| batch.dyn_into::<Array>().ok())
        else {
            return found;
        };
        if batch.length() == 0 || found.len() >= MOST_FILES {
            return found;
        }
        found.extend(batch.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}

/// Whether the drag carries files (and not a piece of text or a link).
#[must_use]
pub fn carries_files(dragged: &DataTransfer) -> bool {
    dragged
        .types()
        .iter()
        .any(|kind| kind.as_string().as_deref() == Some("Files"))
}

/// Asks for `url` (same origin) and takes it as a file.
///
/// # Errors
/// What the browser said, in words.
pub async fn fetched(url: &str) -> Result<NamedFile, String> {
    let origin = window().location().origin().unwrap_or_default();
    if !url.starts_with(&format!("{origin}/")) {
        return Err(format!(
            "Only files of this page's own origin are loaded by their address. Save this one and drop it here: {url}"
        ));
    }
    let words = |error: JsValue| {
        format!(
            "A file could not be loaded ({}). If there is no network now, try again when there is, or drop the file here: {url}",
            worker::text_of(&error)
        )
    };
    let response = JsFuture::from(window().fetch_with_str(url)).await.map_err(words)?;
    let response: web_sys::Response = response.unchecked_into();
    if !response.ok() {
        return Err(format!(
            "{url} could not be loaded: the server answered {}",
            response.status()
        ));
    }
    let bytes = JsFuture::from(response.array_buffer().map_err(words)?)
        .await
        .map_err(words)?;
    let name = url.rsplit('/').next().unwrap_or(url).to_owned();
    let file = File::new_with_u8_array_sequence(&Array::of1(&js_sys::Uint8Array::new(&bytes)), &name).map_err(words)?;
    Ok((name, file))
}

/// The text at `url` (same origin).
///
/// # Errors
/// What the browser said, in words.
pub async fn fetched_text(url: &str) -> Result<String, String> {
    let (_, file) = fetched(url).await?;
    let text = JsFuture::from(file.text())
        .await
        .map_err(|error| format!("{url} could not be read: {error:?}"))?;
    text.as_string().ok_or_else(|| format!("{url} is not text"))
}

/// The address of something that stands beside the page's own files.
#[must_use]
pub fn beside_page(path: &str) -> String {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    web_sys::Url::new_with_base(path, &base).map_or_else(|_| path.to_owned(), |url| url.href())
}

/// The source of this page where it is the one-file build, which stands alone: nothing is beside it to be asked for.
#[must_use]
pub fn own_page() -> Option<String> {
    document().get_element_by_id(export::PLACE)?;
    let html = document().document_element()?.outer_html();
    Some(format!("<!DOCTYPE html>\n{html}"))
}
