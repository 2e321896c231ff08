//! Archives without their directory: a download that broke off, a writer that was stopped. Members are found by their own
//! headers and a directory is written anew behind them, so that everything else reads the archive like a whole one.

use std::cell::RefCell;
use std::collections::HashSet;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};
use std::rc::Rc;

use memchr::memmem;
use zip::ZipArchive;
use zip::result::ZipError;

use super::session::ReadSeek;
use crate::run::Problem;

/// Bytes looked at once, and those kept before and behind them, so that looking back does not read them again.
const BLOCK: usize = 64 << 10;
const MARGIN: u64 = 64;
/// Most members that are looked for, and the longest directory that is written for them.
const MAX_MEMBERS: usize = 1_000_000;
const MAX_DIRECTORY: usize = 64 << 20;

const MEMBER: [u8; 4] = *b"PK\x03\x04";
const DIRECTORY: [u8; 4] = *b"PK\x01\x02";
const DESCRIPTOR: [u8; 4] = *b"PK\x07\x08";
/// What may follow the last member: a directory, its end in either form, a signature of the archive.
const AFTER: [[u8; 4]; 4] = [DIRECTORY, *b"PK\x05\x06", *b"PK\x06\x06", *b"PK\x06\x08"];

/// An opened archive.
pub(super) struct Opened {
    pub(super) zip: ZipArchive<Box<dyn ReadSeek>>,
    /// What is wrong with it, where its directory is missing.
    pub(super) damage: Option<Damage>,
}

/// What an archive without its directory holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Damage {
    /// Members that are there in full.
    whole: usize,
    /// Name of the member in the middle of which the archive stops; what there is of it can be read.
    pub(super) cut: Option<String>,
    /// Byte at which the cut member starts, or behind the last whole one.
    byte: u64,
    /// Whether a directory starts there.
    has_directory: bool,
}

impl Damage {
    /// Whether the archive stops in the middle of member `name`.
    pub(super) fn cuts(&self, name: &[u8]) -> bool {
        self.cut.as_ref().is_some_and(|cut| cut.as_bytes() == name)
    }

    /// What is wrong, where, and what to do.
    pub(super) fn problem(&self, file: &str) -> Problem {
        let kept = match self.whole {
            0 => "No member is there in full".to_owned(),
            1 => "The one member that is there in full was read by its own header".to_owned(),
            n => format!("The {n} members that are there in full were read by their own headers"),
        };
        let what = match &self.cut {
            Some(name) => format!("The archive stops in the middle of its member {name}"),
            None if self.has_directory => "The archive's directory, which stands at its end, is cut short".to_owned(),
            None => "The archive stops before its directory, which stands at its end".to_owned(),
        };
        let text = format!(
            "{what}: copying it broke off, or its writer was stopped. {kept}; what may have followed is not here. Copy or \
             write the file again."
        );
        Problem {
            text,
            place: format!("{file}, byte {}", self.byte),
            count: 1,
            left_out: false,
        }
    }
}

/// Opens an archive by its directory, or by its members' own headers where the directory is missing.
///
/// # Errors
/// The error of the directory, if no member was found either.
pub(super) fn open(reader: Box<dyn ReadSeek>) -> std::result::Result<Opened, ZipError> {
    let shared = Shared(Rc::new(RefCell::new(reader)));
    let opened = ZipArchive::new(Box::new(shared.clone()) as Box<dyn ReadSeek>);
    // The last directory found may be the one of an archive inside a member, behind which the outer one stops.
    let is_inner = |zip: &ZipArchive<Box<dyn ReadSeek>>| zip.offset() > 0;
    let error = match opened {
        Ok(zip) if !is_inner(&zip) => return Ok(Opened { zip, damage: None }),
        Ok(zip) => Ok(zip),
        Err(error) => Err(error),
    };
    let found = scan(&mut shared.clone()).ok().filter(|found| match &error {
        Ok(_) => !found.damage.has_directory,
        Err(_) => true,
    });
    let salvaged = found.and_then(|found| {
        let mended = Mended::new(Box::new(shared), &found);
        let zip = ZipArchive::new(Box::new(mended) as Box<dyn ReadSeek>).ok()?;
        let damage = Some(found.damage);
        Some(Opened { zip, damage })
    });
    match (salvaged, error) {
        (Some(opened), _) => Ok(opened),
        (None, Ok(zip)) => Ok(Opened { zip, damage: None }),
        (None, Err(error)) => Err(error),
    }
}

/// A reader that several hold, as the archive's reader is lost with a directory that cannot be read.
#[derive(Clone)]
struct Shared(Rc<RefCell<Box<dyn ReadSeek>>>);

impl Read for Shared {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        self.0.borrow_mut().read(out)
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.0.borrow_mut().seek(to)
    }
}

/// A member as its own header tells of it.
#[derive(Debug)]
struct Entry {
    /// The header's fixed part from the version to the date.
    fixed: [u8; 10],
    sum: u32,
    packed: u64,
    size: u64,
    name: Vec<u8>,
    offset: u64,
}

struct Found {
    entries: Vec<Entry>,
    damage: Damage,
    /// Length of the archive as far as it is used.
    length: u64,
}

/// Finds the members one behind the other.
fn scan(reader: &mut dyn ReadSeek) -> Result<Found> {
    let size = reader.seek(SeekFrom::End(0))?;
    let mut window = Window {
        reader,
        size,
        block: Vec::new(),
        start: 0,
    };
    let (mut entries, mut names) = (Vec::new(), HashSet::new());
    let (mut at, mut cut, mut directory) = (0, None, 0);
    while window.signature(at)? == Some(MEMBER) && entries.len() < MAX_MEMBERS {
        let Some((mut entry, data)) = window.header(at)? else {
            break;
        };
        directory += entry.name.len() + 80;
        if directory > MAX_DIRECTORY {
            break;
        }
        let Some(next) = window.end_of(&mut entry, data)? else {
            entry.packed = size - data;
            // A whole member of the same name is better than the start of a newer one.
            if !names.contains(&entry.name) {
                cut = Some(String::from_utf8_lossy(&entry.name).into_owned());
                entries.push(entry);
            }
            break;
        };
        names.insert(entry.name.clone());
        entries.push(entry);
        at = next;
    }
    if entries.is_empty() {
        return Err(Error::new(ErrorKind::InvalidData, "no member was found"));
    }
    let has_directory = window.signature(at)?.is_some_and(|mark| AFTER.contains(&mark));
    let damage = Damage {
        whole: entries.len() - usize::from(cut.is_some()),
        cut,
        byte: at,
        has_directory,
    };
    Ok(Found {
        entries,
        damage,
        length: size,
    })
}

/// A file looked at in blocks.
struct Window<'r> {
    reader: &'r mut dyn ReadSeek,
    size: u64,
    block: Vec<u8>,
    start: u64,
}

impl Window<'_> {
    /// `length` bytes at `at`, at most [`BLOCK`]; fewer at the end of the file.
    fn bytes(&mut self, at: u64, length: usize) -> Result<&[u8]> {
        let end = self.size.min(at.saturating_add(length as u64));
        if at < self.start || end > self.start + self.block.len() as u64 {
            self.block.clear();
            self.start = at.saturating_sub(MARGIN);
            self.reader.seek(SeekFrom::Start(self.start))?;
            let most = BLOCK as u64 + 2 * MARGIN;
            Read::take(&mut *self.reader, most).read_to_end(&mut self.block)?;
        }
        let from = usize::try_from(at - self.start).unwrap_or(usize::MAX);
        let rest = self.block.get(from..).unwrap_or_default();
        Ok(rest.get(..length).unwrap_or(rest))
    }

    fn signature(&mut self, at: u64) -> Result<Option<[u8; 4]>> {
        Ok(self.bytes(at, 4)?.try_into().ok())
    }

    /// The member whose header stands at `at`, and where its data starts; `None` if the header is cut off.
    fn header(&mut self, at: u64) -> Result<Option<(Entry, u64)>> {
        let Ok(fixed) = <[u8; 30]>::try_from(self.bytes(at, 30)?) else {
            return Ok(None);
        };
        let (name_length, extra_length) = (short(&fixed, 26), short(&fixed, 28));
        let name = self.bytes(at + 30, name_length)?.to_vec();
        let extra_at = at + 30 + name_length as u64;
        let extra = self.bytes(extra_at, extra_length)?.to_vec();
        if name.len() < name_length || extra.len() < extra_length {
            return Ok(None);
        }
        let mut entry = Entry {
            fixed: fixed.get(4..14).and_then(|f| f.try_into().ok()).unwrap_or_default(),
            sum: word(&fixed, 14),
            packed: u64::from(word(&fixed, 18)),
            size: u64::from(word(&fixed, 22)),
            name,
            offset: at,
        };
        if let Some((size, packed)) = long_sizes(&extra) {
            entry.size = if entry.size == u64::from(u32::MAX) {
                size
            } else {
                entry.size
            };
            entry.packed = if entry.packed == u64::from(u32::MAX) {
                packed
            } else {
                entry.packed
            };
        }
        Ok(Some((entry, extra_at + extra_length as u64)))
    }

    /// Where the next member starts behind the data at `data`, completing sizes that stand behind it; `None` if the member
    /// is not there in full.
    fn end_of(&mut self, entry: &mut Entry, data: u64) -> Result<Option<u64>> {
        let is_described = entry.fixed.get(2).is_some_and(|flags| flags & 8 != 0);
        if is_described && entry.packed == 0 {
            return self.find_descriptor(entry, data);
        }
        let end = data.saturating_add(entry.packed);
        if end > self.size {
            return Ok(None);
        }
        if is_described {
            let described = self.descriptor(end, entry.packed)?;
            return Ok(Some(described.map_or(end, |d| end + d.length)));
        }
        // A writer fills the sizes in when a member is complete.
        let is_unfinished = entry.packed == 0 && end < self.size && !self.may_follow(end)?;
        Ok((!is_unfinished).then_some(end))
    }

    /// Looks for the sizes behind data of unknown length.
    fn find_descriptor(&mut self, entry: &mut Entry, data: u64) -> Result<Option<u64>> {
        let mut at = data;
        while at < self.size {
            let block = self.bytes(at, BLOCK)?.to_vec();
            for hit in memmem::find_iter(&block, b"PK") {
                let mark = at + hit as u64;
                // The sizes have a mark, or they stand before the mark of what follows.
                let starts = match block.get(hit..hit + 4) {
                    Some(sign) if *sign == DESCRIPTOR => vec![mark],
                    Some(sign) if *sign == MEMBER || AFTER.iter().any(|after| sign == after) => {
                        vec![mark.saturating_sub(12), mark.saturating_sub(20)]
                    }
                    _ => continue,
                };
                for start in starts {
                    if let Some(end) = self.describe(entry, data, start)? {
                        return Ok(Some(end));
                    }
                }
            }
            let length = block.len() as u64;
            // A mark may begin in the last three bytes.
            at += if at + length < self.size {
                length.saturating_sub(3).max(1)
            } else {
                length.max(1)
            };
        }
        for unmarked in [16, 24, 12, 20] {
            if let Some(end) = self.describe(entry, data, self.size.saturating_sub(unmarked))? {
                return Ok(Some(end));
            }
        }
        Ok(None)
    }

    /// Completes the sizes if they stand at `start`; the byte behind them.
    fn describe(&mut self, entry: &mut Entry, data: u64, start: u64) -> Result<Option<u64>> {
        let Some(packed) = start.checked_sub(data) else {
            return Ok(None);
        };
        let Some(found) = self.descriptor(start, packed)? else {
            return Ok(None);
        };
        (entry.sum, entry.packed, entry.size) = (found.sum, packed, found.size);
        Ok(Some(start + found.length))
    }

    /// The sizes at `at`, with or without their mark, in either width, if they speak of `packed` bytes and something that
    /// may follow a member stands behind them.
    fn descriptor(&mut self, at: u64, packed: u64) -> Result<Option<Descriptor>> {
        let bytes = self.bytes(at, 24)?.to_vec();
        let skip = if bytes.starts_with(&DESCRIPTOR) { 4 } else { 0 };
        for width in [4, 8] {
            let length = skip + 4 + 2 * width;
            if bytes.len() < length {
                continue;
            }
            let number = |from| match width {
                4 => u64::from(word(&bytes, from)),
                _ => u64::from(word(&bytes, from)) | u64::from(word(&bytes, from + 4)) << 32,
            };
            if number(skip + 4) == packed && self.may_follow(at + length as u64)? {
                return Ok(Some(Descriptor {
                    sum: word(&bytes, skip),
                    size: number(skip + 4 + width),
                    length: length as u64,
                }));
            }
        }
        Ok(None)
    }

    /// Whether what stands at `at` may follow a member: another one, the directory, or the end of the file.
    fn may_follow(&mut self, at: u64) -> Result<bool> {
        let next = self.bytes(at, 4)?;
        let begins = |mark: &[u8; 4]| mark.starts_with(next);
        Ok(begins(&MEMBER) || AFTER.iter().any(begins))
    }
}

/// What stands behind a member whose sizes its writer did not know beforehand.
struct Descriptor {
    sum: u32,
    size: u64,
    length: u64,
}

/// Sizes, unpacked and packed, out of a header's extra field.
fn long_sizes(mut extra: &[u8]) -> Option<(u64, u64)> {
    while extra.len() >= 4 {
        let length = short(extra, 2);
        let field = extra.get(4..4 + length)?;
        if short(extra, 0) == 1 && length >= 16 {
            let number = |from| u64::from(word(field, from)) | u64::from(word(field, from + 4)) << 32;
            return Some((number(0), number(8)));
        }
        extra = extra.get(4 + length..)?;
    }
    None
}

fn short(bytes: &[u8], at: usize) -> usize {
    let pair = bytes.get(at..at + 2).and_then(|b| b.try_into().ok());
    usize::from(u16::from_le_bytes(pair.unwrap_or_default()))
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|b| b.try_into().ok());
    u32::from_le_bytes(four.unwrap_or_default())
}

/// The archive with a directory behind it.
struct Mended {
    inner: Box<dyn ReadSeek>,
    length: u64,
    directory: Vec<u8>,
    position: u64,
}

impl Mended {
    fn new(inner: Box<dyn ReadSeek>, found: &Found) -> Self {
        Self {
            inner,
            length: found.length,
            directory: directory(&found.entries, found.length),
            position: 0,
        }
    }
}

impl Read for Mended {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        let read = if self.position < self.length {
            self.inner.seek(SeekFrom::Start(self.position))?;
            Read::take(&mut self.inner, self.length - self.position).read(out)?
        } else {
            let from = usize::try_from(self.position - self.length).unwrap_or(usize::MAX);
            self.directory.get(from..).unwrap_or_default().read(out)?
        };
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for Mended {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => (self.length + self.directory.len() as u64).checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| Error::other("a position before the first byte"))?;
        Ok(self.position)
    }
}

/// A directory of `entries` that starts at byte `at`, in the long form (APPNOTE 6.3.10, sections 4.3.12 to 4.3.16).
fn directory(entries: &[Entry], at: u64) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        out.extend_from_slice(&DIRECTORY);
        out.extend_from_slice(&45_u16.to_le_bytes());
        out.extend_from_slice(&entry.fixed);
        out.extend_from_slice(&entry.sum.to_le_bytes());
        out.extend_from_slice(&[0xFF; 8]);
        out.extend_from_slice(&u16::try_from(entry.name.len()).unwrap_or(u16::MAX).to_le_bytes());
        out.extend_from_slice(&28_u16.to_le_bytes());
        out.extend_from_slice(&[0; 10]);
        out.extend_from_slice(&[0xFF; 4]);
        out.extend_from_slice(&entry.name);
        out.extend_from_slice(&[1, 0, 24, 0]);
        for number in [entry.size, entry.packed, entry.offset] {
            out.extend_from_slice(&number.to_le_bytes());
        }
    }
    let (count, length) = (entries.len() as u64, out.len() as u64);
    out.extend_from_slice(b"PK\x06\x06");
    out.extend_from_slice(&44_u64.to_le_bytes());
    out.extend_from_slice(&[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [count, count, length, at] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(b"PK\x06\x07");
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&(at + length).to_le_bytes());
    out.extend_from_slice(&1_u32.to_le_bytes());
    out.extend_from_slice(b"PK\x05\x06");
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&[0xFF; 12]);
    out.extend_from_slice(&[0; 2]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};

    /// An archive of members of known content, written with sizes behind the data if `streamed`.
    fn archive(streamed: bool) -> Vec<u8> {
        let options = zip::write::SimpleFileOptions::default();
        let mut bytes = Vec::new();
        let write = |out: &mut dyn FnMut(&str, &[u8])| {
            for i in 0..5 {
                out(
                    &format!("m{i}"),
                    "PK\x03\x04 text PK\x07\x08 ".repeat(50 * i).as_bytes(),
                );
            }
        };
        if streamed {
            let mut zip = zip::ZipWriter::new_stream(&mut bytes);
            write(&mut |name, text| {
                zip.start_file(name, options).unwrap();
                zip.write_all(text).unwrap();
            });
            zip.finish().unwrap();
        } else {
            let mut zip = zip::ZipWriter::new(Cursor::new(&mut bytes));
            write(&mut |name, text| {
                zip.start_file(name, options).unwrap();
                zip.write_all(text).unwrap();
            });
            zip.finish().unwrap();
        }
        bytes
    }

    #[test]
    fn whole_members_are_found_wherever_the_archive_stops() {
        for streamed in [false, true] {
            let bytes = archive(streamed);
            let whole = open(Box::new(Cursor::new(bytes.clone()))).unwrap();
            assert_eq!((whole.zip.len(), whole.damage), (5, None));
            let mut most = 0;
            for length in 0..bytes.len() {
                let Ok(mut opened) = open(Box::new(Cursor::new(bytes[..length].to_vec()))) else {
                    assert_eq!(most, 0, "{streamed}, {length}");
                    continue;
                };
                let Some(damage) = opened.damage else {
                    panic!("{streamed}, {length}: no directory, and no complaint");
                };
                assert!(damage.whole >= most, "{streamed}, {length}: {damage:?}");
                most = damage.whole;
                for i in 0..damage.whole {
                    let mut text = String::new();
                    opened.zip.by_index(i).unwrap().read_to_string(&mut text).unwrap();
                    assert_eq!(text, "PK\x03\x04 text PK\x07\x08 ".repeat(50 * i));
                }
            }
            assert_eq!(most, 5, "{streamed}");
        }
    }

    #[test]
    fn an_archive_inside_a_cut_one_is_not_taken_for_it() {
        let inner = archive(false);
        let mut bytes = Vec::new();
        let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        let mut zip = zip::ZipWriter::new(Cursor::new(&mut bytes));
        for (name, content) in [("a.csv", b"x".as_slice()), ("inner.zip", &inner), ("b.csv", b"y")] {
            zip.start_file(name, stored).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap();
        let directory = memmem::rfind(&bytes, b"PK\x03\x04").unwrap();
        let opened = open(Box::new(Cursor::new(bytes[..directory].to_vec()))).unwrap();
        let names = opened.zip.file_names().map(|name| name.unwrap().into_owned());
        assert_eq!(names.collect::<Vec<_>>(), ["a.csv", "inner.zip"]);
        assert_eq!(opened.damage.unwrap().whole, 2);
    }
}
