//! A file that is read out of order: archives and single records. Only a worker may wait for bytes.

use std::io::{Error, Read, Result, Seek, SeekFrom};

use js_sys::Uint8Array;
use web_sys::{Blob, File, FileReaderSync};

use super::message::text_of;

/// Bytes asked of the browser at once; each question has a large fixed cost.
const BLOCK: u64 = 4 << 20;

/// A file with a position, read in blocks.
pub struct BlobReader {
    blob: Blob,
    reader: FileReaderSync,
    size: u64,
    position: u64,
    block: Vec<u8>,
    block_start: u64,
}

impl BlobReader {
    /// Starts at the first byte of `file`.
    ///
    /// # Errors
    /// The browser's own words when it has no synchronous reader here.
    pub fn new(file: &File) -> Result<Self> {
        let reader = FileReaderSync::new().map_err(|error| Error::other(text_of(&error)))?;
        let size = file.size() as u64;
        Ok(Self {
            blob: file.clone().into(),
            reader,
            size,
            position: 0,
            block: Vec::new(),
            block_start: 0,
        })
    }

    /// Makes `block` hold the byte at `position`.
    fn fill(&mut self) -> Result<()> {
        let end = self.size.min(self.position + BLOCK);
        let failed = |error| Error::other(text_of(&error));
        let part = self
            .blob
            .slice_with_f64_and_f64(self.position as f64, end as f64)
            .map_err(failed)?;
        let bytes = Uint8Array::new(&self.reader.read_as_array_buffer(&part).map_err(failed)?.into());
        self.block.resize(bytes.length() as usize, 0);
        bytes.copy_to(&mut self.block);
        self.block_start = self.position;
        Ok(())
    }
}

impl Read for BlobReader {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        if self.position >= self.size || out.is_empty() {
            return Ok(0);
        }
        let is_held = (self.block_start..self.block_start + self.block.len() as u64).contains(&self.position);
        if !is_held {
            self.fill()?;
        }
        let held = self
            .block
            .get((self.position - self.block_start) as usize..)
            .unwrap_or_default();
        let count = held.len().min(out.len());
        out[..count].copy_from_slice(&held[..count]);
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for BlobReader {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| Error::other("a position before the first byte"))?;
        Ok(self.position)
    }
}
