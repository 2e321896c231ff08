//! Strings whose escapes are undone only when somebody looks.

use std::borrow::Cow;

/// The inside of a JSON string, without its quotes and with its escapes still in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    raw: &'a [u8],
    escaped: bool,
}

impl<'a> Text<'a> {
    /// A string's inside; `escaped` says whether it holds a backslash.
    #[must_use]
    pub fn new(raw: &'a [u8], escaped: bool) -> Self {
        Self { raw, escaped }
    }

    /// The text, borrowed when nothing has to be undone. Lone surrogates and bytes that are not UTF-8 become U+FFFD.
    #[must_use]
    pub fn decode(&self) -> Cow<'a, str> {
        if self.escaped {
            Cow::Owned(unescape(self.raw))
        } else {
            String::from_utf8_lossy(self.raw)
        }
    }

    /// The bytes as they stand in the document, escapes in place.
    #[must_use]
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Whether the text equals `text`.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        if self.escaped {
            self.decode() == text
        } else {
            self.raw == text.as_bytes()
        }
    }

    /// Length in bytes, escapes counted as written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// Appends it as JSON, quotes included.
    pub(super) fn write_raw(&self, out: &mut String) {
        out.push('"');
        out.push_str(&String::from_utf8_lossy(self.raw));
        out.push('"');
    }
}

/// Undoes the escapes of a string that was checked when it was scanned.
fn unescape(raw: &[u8]) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        let (plain, tail) = rest.split_at(at);
        out.extend_from_slice(plain);
        let used = undo(tail, &mut out);
        rest = tail.get(used..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    match String::from_utf8(out) {
        Ok(text) => text,
        Err(bad) => String::from_utf8_lossy(bad.as_bytes()).into_owned(),
    }
}

/// Undoes the one escape at the start of `tail`; returns how many bytes it took.
fn undo(tail: &[u8], out: &mut Vec<u8>) -> usize {
    let plain = match tail.get(1) {
        Some(b'n') => b'\n',
        Some(b't') => b'\t',
        Some(b'r') => b'\r',
        Some(b'b') => 8,
        Some(b'f') => 12,
        Some(b'u') => return undo_unicode(tail, out),
        Some(&other) => other,
        None => return 1,
    };
    out.push(plain);
    2
}

/// Undoes `\uXXXX`, or a surrogate pair of them.
fn undo_unicode(tail: &[u8], out: &mut Vec<u8>) -> usize {
    let Some(first) = hex(tail.get(2..6)) else {
        return 2;
    };
    let mut buffer = [0; 4];
    let high = (0xD800..0xDC00).contains(&first) && tail.get(6..8) == Some(br"\u");
    let low = hex(tail.get(8..12)).filter(|low| high && (0xDC00..0xE000).contains(low));
    if let Some(low) = low {
        let code = 0x10000 + ((first - 0xD800) << 10) + (low - 0xDC00);
        let pair = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(pair.encode_utf8(&mut buffer).as_bytes());
        return 12;
    }
    let single = char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(single.encode_utf8(&mut buffer).as_bytes());
    6
}

/// Four hexadecimal digits.
fn hex(digits: Option<&[u8]>) -> Option<u32> {
    digits?
        .iter()
        .try_fold(0, |sum, &d| Some(sum * 16 + char::from(d).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_pairs_and_lone_surrogates() {
        let text = Text::new(br#"a\n\"\u00e9\ud83d\ude00\ud83dx\u0041"#, true);
        assert_eq!(text.decode(), "a\n\"é😀\u{FFFD}xA");
    }

    #[test]
    fn bytes_that_are_not_utf8_are_replaced() {
        assert_eq!(Text::new(b"a\xffb", false).decode(), "a\u{FFFD}b");
    }
}
