//! Undoing what lies between a file's bytes and its text: gzip, Zstandard, UTF-16. Chunk by chunk.

use std::io::Write;

use encoding_rs::{CoderResult, UTF_16BE, UTF_16LE};
use flate2::write::MultiGzDecoder;
use ruzstd::decoding::FrameDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

use super::error::{ReadError, ReadErrorKind};
use crate::run::Wrapper;

/// How many raw bytes [`detect`] wants to see.
pub const PROBE: usize = 512;

/// Unpacked bytes up to which nothing is suspected of being a bomb.
const FREE: u64 = 32 << 20;
/// Above [`FREE`], how many times larger than its packed form content may be.
const MAX_RATIO: u64 = 400;

/// Takes decoded text.
pub type Sink<'s> = &'s mut dyn FnMut(&[u8]) -> Result<(), ReadError>;

/// Which wrapper the first [`PROBE`] bytes (or all, if there are fewer) show.
#[must_use]
pub fn detect(raw: &[u8]) -> Wrapper {
    match raw {
        [0x1F, 0x8B, ..] => Wrapper::Gzip,
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Wrapper::Zstd,
        [0xFF, 0xFE, ..] => Wrapper::Utf16Le,
        [0xFE, 0xFF, ..] => Wrapper::Utf16Be,
        _ => detect_bare_utf16(raw),
    }
}

/// UTF-16 without a byte-order mark: mostly ASCII with a zero in every other byte.
fn detect_bare_utf16(raw: &[u8]) -> Wrapper {
    let pairs = raw.len() / 2;
    if pairs < 4 {
        return Wrapper::Plain;
    }
    let zero = |odd: usize| {
        let bytes = raw.iter().skip(odd).step_by(2);
        bytes.filter(|&&b| b == 0).count()
    };
    let (even, odd) = (zero(0), zero(1));
    if odd * 10 >= pairs * 7 && even * 20 < pairs {
        Wrapper::Utf16Le
    } else if even * 10 >= pairs * 7 && odd * 20 < pairs {
        Wrapper::Utf16Be
    } else {
        Wrapper::Plain
    }
}

/// A wrapper being undone.
pub struct Decoder {
    inner: Inner,
    read: u64,
    written: u64,
}

enum Inner {
    Plain,
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    Zstd(Box<Zstd>),
    Utf16(Box<encoding_rs::Decoder>),
}

impl Decoder {
    /// A decoder for `wrapper`.
    #[must_use]
    pub fn new(wrapper: Wrapper) -> Self {
        let inner = match wrapper {
            Wrapper::Plain => Inner::Plain,
            Wrapper::Gzip => Inner::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))),
            Wrapper::Zstd => Inner::Zstd(Box::new(Zstd::new())),
            Wrapper::Utf16Le => Inner::Utf16(Box::new(UTF_16LE.new_decoder_with_bom_removal())),
            Wrapper::Utf16Be => Inner::Utf16(Box::new(UTF_16BE.new_decoder_with_bom_removal())),
        };
        Self {
            inner,
            read: 0,
            written: 0,
        }
    }

    /// Takes raw bytes and hands their text to `sink`.
    ///
    /// # Errors
    /// If the packing is damaged, unpacks to absurd sizes, or `sink` fails.
    pub fn feed(&mut self, raw: &[u8], sink: Sink<'_>) -> Result<(), ReadError> {
        if matches!(self.inner, Inner::Plain) {
            return sink(raw);
        }
        // Small steps keep what one step can unpack to a few dozen megabytes.
        for part in raw.chunks(32 << 10) {
            self.read += part.len() as u64;
            self.step(part, false, sink)?;
        }
        Ok(())
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// If it stops in the middle, or `sink` fails.
    pub fn end(&mut self, sink: Sink<'_>) -> Result<(), ReadError> {
        self.step(&[], true, sink)
    }

    fn step(&mut self, part: &[u8], last: bool, sink: Sink<'_>) -> Result<(), ReadError> {
        let (read, written) = (self.read, &mut self.written);
        let mut sink = |text: &[u8]| {
            *written += text.len() as u64;
            check_ratio(read, *written)?;
            sink(text)
        };
        match &mut self.inner {
            Inner::Plain => Ok(()),
            Inner::Gzip(gzip) => gzip_step(gzip, part, last, &mut sink),
            Inner::Zstd(zstd) => zstd.step(part, last, &mut sink),
            Inner::Utf16(utf16) => utf16_step(utf16, part, last, &mut sink),
        }
    }
}

/// Fails if `written` bytes out of `read` can only be a bomb.
///
/// # Errors
/// [`ReadErrorKind::Bomb`] with the numbers.
pub fn check_ratio(read: u64, written: u64) -> Result<(), ReadError> {
    if written <= FREE || written / MAX_RATIO <= read {
        return Ok(());
    }
    let what = format!("{read} packed bytes unpack to more than {} MiB", written >> 20);
    Err(ReadError::new(ReadErrorKind::Bomb(what)))
}

fn gzip_step(gzip: &mut MultiGzDecoder<Vec<u8>>, part: &[u8], last: bool, sink: Sink<'_>) -> Result<(), ReadError> {
    let result = if last { gzip.try_finish() } else { gzip.write_all(part) };
    let text = std::mem::take(gzip.get_mut());
    if !text.is_empty() {
        sink(&text)?;
    }
    result.map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => truncated("gzip data"),
        _ => damaged("the gzip data cannot be unpacked"),
    })
}

fn utf16_step(decoder: &mut encoding_rs::Decoder, part: &[u8], last: bool, sink: Sink<'_>) -> Result<(), ReadError> {
    let mut text = vec![0; part.len() * 3 / 2 + 16];
    let mut rest = part;
    loop {
        let (result, read, written, _) = decoder.decode_to_utf8(rest, &mut text, last);
        sink(text.get(..written).unwrap_or_default())?;
        rest = rest.get(read..).unwrap_or_default();
        if result == CoderResult::InputEmpty {
            return Ok(());
        }
    }
}

/// Zstandard, one or several frames, with skippable frames between them.
struct Zstd {
    decoder: FrameDecoder,
    pending: Vec<u8>,
    skip: usize,
    open: bool,
    target: Vec<u8>,
}

/// Longest frame header, and a little more.
const HEADER: usize = 18;

impl Zstd {
    fn new() -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(256 << 20);
        Self {
            decoder,
            pending: Vec::new(),
            skip: 0,
            open: false,
            target: vec![0; 256 << 10],
        }
    }

    fn step(&mut self, part: &[u8], last: bool, sink: Sink<'_>) -> Result<(), ReadError> {
        self.pending.extend_from_slice(part);
        let mut at = 0;
        loop {
            let rest = self.pending.get(at..).unwrap_or_default();
            let skipped = self.skip.min(rest.len());
            self.skip -= skipped;
            at += skipped;
            let rest = rest.get(skipped..).unwrap_or_default();
            let (read, written) = if self.open && (last || rest.len() >= 4) {
                // Fewer than four bytes may be half a checksum, which the decoder would take for a whole one.
                let moved = self.decoder.decode_from_to(rest, &mut self.target);
                let (read, written) = moved.map_err(|e| zstd_error(&e))?;
                (read.min(rest.len()), written)
            } else if !self.open && rest.len() >= HEADER || (!self.open && last && !rest.is_empty()) {
                (self.begin(at)?, 0)
            } else {
                break;
            };
            sink(self.target.get(..written).unwrap_or_default())?;
            at += read;
            if self.open && self.decoder.is_finished() && self.decoder.can_collect() == 0 {
                self.open = false;
            } else if read == 0 && written == 0 {
                break;
            }
        }
        self.pending.drain(..at);
        if last && (self.open || self.skip > 0 || !self.pending.is_empty()) {
            return Err(truncated("Zstandard data"));
        }
        Ok(())
    }

    /// Reads a frame header at `at` of the pending bytes; returns its length.
    fn begin(&mut self, at: usize) -> Result<usize, ReadError> {
        let rest = self.pending.get(at..).unwrap_or_default();
        let mut source = rest;
        match self.decoder.reset(&mut source) {
            Ok(()) => {
                self.open = true;
                Ok(rest.len() - source.len())
            }
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                self.skip = length as usize;
                Ok(8)
            }
            Err(error) => Err(zstd_error(&error)),
        }
    }
}

fn zstd_error(error: &FrameDecoderError) -> ReadError {
    damaged(&format!("the Zstandard data cannot be unpacked ({error})"))
}

fn truncated(what: &str) -> ReadError {
    ReadError::new(ReadErrorKind::Truncated(what.to_owned()))
}

fn damaged(how: &str) -> ReadError {
    ReadError::new(ReadErrorKind::Damaged(how.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    fn undo(raw: &[u8], chunk: usize) -> Result<Vec<u8>, ReadError> {
        let mut decoder = Decoder::new(detect(raw));
        let mut text = Vec::new();
        for part in raw.chunks(chunk) {
            decoder.feed(part, &mut |t| {
                text.extend_from_slice(t);
                Ok(())
            })?;
        }
        decoder.end(&mut |t| {
            text.extend_from_slice(t);
            Ok(())
        })?;
        Ok(text)
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn every_wrapper_is_undone_whatever_the_chunks() {
        let text = "{\"a\": \"äöü€\"}\n".repeat(30_000);
        let zstd = |t: &str| compress_to_vec(t.as_bytes(), CompressionLevel::Fastest);
        let (head, tail) = text.split_at(text.len() / 3);
        let mut frames = zstd(head);
        frames.extend_from_slice(&[0x50, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]);
        frames.extend_from_slice(&zstd(tail));
        let utf16: Vec<u16> = std::iter::once(0xFEFF).chain(text.encode_utf16()).collect();
        let little: Vec<u8> = utf16.iter().flat_map(|u| u.to_le_bytes()).collect();
        let bare: Vec<u8> = utf16[1..].iter().flat_map(|u| u.to_be_bytes()).collect();
        for raw in [gzip(text.as_bytes()), frames, little, bare] {
            for chunk in [977, 1 << 20] {
                assert!(undo(&raw, chunk).unwrap() == text.as_bytes(), "{:?}", detect(&raw));
            }
        }
    }

    #[test]
    fn what_stops_in_the_middle_is_said_to() {
        let text = "0123456789".repeat(5000);
        for raw in [
            gzip(text.as_bytes()),
            compress_to_vec(text.as_bytes(), CompressionLevel::Fastest),
        ] {
            let error = undo(&raw[..raw.len() - 9], 100).unwrap_err();
            assert!(matches!(error.kind, ReadErrorKind::Truncated(_)), "{error}");
        }
    }

    #[test]
    fn bombs_are_refused() {
        assert!(check_ratio(1 << 10, 32 << 20).is_ok());
        assert!(check_ratio(1 << 10, 33 << 20).is_err());
        assert!(check_ratio(100 << 20, 20 << 30).is_ok());
    }
}
