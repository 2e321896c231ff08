//! A file as a stream of chunks, never held whole.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, ReadableStreamDefaultReader};

use super::{
    message::{Failure, text_of},
    serve::Answering,
};

/// The chunks of one file, read one after the other through one buffer.
pub struct Chunks {
    name: String,
    reader: ReadableStreamDefaultReader,
    buffer: Vec<u8>,
    bytes_before: u64,
    bytes_read: u64,
    bytes_total: u64,
}

impl Chunks {
    /// Starts to read `file`. Its progress counts on from `bytes_before`, out of `bytes_total` (both in bytes), so that
    /// several files show as one.
    ///
    /// # Errors
    /// [`Failure::Unreadable`] when the browser refuses to open a stream.
    pub fn open(file: &File, bytes_before: u64, bytes_total: u64) -> Result<Self, Failure> {
        let reader = file.stream().get_reader().unchecked_into();
        Ok(Self {
            name: file.name(),
            reader,
            buffer: Vec::new(),
            bytes_before,
            bytes_read: 0,
            bytes_total,
        })
    }

    /// The next chunk, up to a few MiB as the browser cuts them; `None` at the end. Tells the page how far it is.
    ///
    /// # Errors
    /// [`Failure::Cancelled`] when the page asked to stop, [`Failure::Unreadable`] when the browser cannot read on.
    pub async fn next(&mut self, answering: &Answering) -> Result<Option<&[u8]>, Failure> {
        if answering.is_cancelled() {
            return Err(Failure::Cancelled);
        }
        let step = JsFuture::from(self.reader.read())
            .await
            .map_err(|error| self.failure(&error))?;
        let chunk = Reflect::get(&step, &JsValue::from_str("value")).map_err(|error| self.failure(&error))?;
        let Some(chunk) = chunk.dyn_ref::<Uint8Array>() else {
            return Ok(None);
        };
        self.buffer.resize(chunk.length() as usize, 0);
        chunk.copy_to(&mut self.buffer);
        self.bytes_read += self.buffer.len() as u64;
        answering.progress(self.bytes_before + self.bytes_read, self.bytes_total);
        Ok(Some(&self.buffer))
    }

    /// Bytes read so far.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read
    }

    fn failure(&self, error: &JsValue) -> Failure {
        Failure::Unreadable {
            name: self.name.clone(),
            why: text_of(error),
        }
    }
}

impl Drop for Chunks {
    fn drop(&mut self) {
        // Lets the browser close the file at once when the reading stopped half-way; there is nothing to wait for.
        let _ = self.reader.cancel();
    }
}
