//! Zip archives: one log whose members are records, or a bag of result files.

use std::io::{Cursor, Read};

use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

use super::decode::{Decoder, check_ratio};
use super::error::{ReadError, ReadErrorKind};
use super::head::Head;
use super::intake::{Intake, choose, locate, open, settle};
use super::salvage::{self, Damage};
use super::session::ReadSeek;
use super::tally::Tally;
use super::{Format, Member, Part, ReadOptions, Record};
use crate::run::{Place, Problem, Source, Wrapper};

/// Largest member that is held in memory at once.
pub const MAX_MEMBER: u64 = 1 << 30;
/// Most members that are looked at.
const MAX_MEMBERS: usize = 1_000_000;

/// A zip archive being read.
pub(super) struct Archive {
    zip: ZipArchive<Box<dyn ReadSeek>>,
    /// What is wrong with an archive without its directory.
    damage: Option<Damage>,
    name: String,
    source: Source,
    members: Vec<Member>,
    /// Members still to be read, last first.
    queue: Vec<usize>,
    log: Option<Log>,
    unpacked: u64,
    packed: u64,
    total: u64,
    /// Packed size of the archive itself, where it is a member of another one.
    outer: Option<u64>,
    /// Bytes unpacked from archives inside this one.
    inside: u64,
}

/// An archive that is one log.
struct Log {
    adapter: usize,
    format: Box<dyn Format>,
    tally: Tally,
    index: u64,
}

/// What one step gave.
pub(super) enum Step {
    More,
    Part(usize, Part),
    Failed(ReadError),
    Nested(Box<Archive>),
    Done(Option<(usize, Part)>),
}

impl Archive {
    /// Reads the directory and decides how the members are read.
    pub(super) fn open(
        reader: Box<dyn ReadSeek>,
        name: &str,
        source: &Source,
        options: &ReadOptions,
    ) -> Result<Self, ReadError> {
        let opened = salvage::open(reader).map_err(|error| zip_error(&error).in_file(name))?;
        let mut zip = opened.zip;
        if zip.len() > MAX_MEMBERS {
            let what = format!("the archive has {} members, at most {MAX_MEMBERS} are read", zip.len());
            return Err(ReadError::new(ReadErrorKind::TooLarge(what)).in_file(name));
        }
        let mut members = Vec::with_capacity(zip.len());
        for index in 0..zip.len() {
            let file = zip
                .by_index_raw(index)
                .map_err(|error| zip_error(&error).in_file(name))?;
            members.push(Member {
                name: String::from_utf8_lossy(file.name_raw()).into_owned(),
                size: file.size(),
            });
        }
        let head = Head::of_archive(name, &members);
        let mut archive = Self {
            zip,
            damage: opened.damage,
            name: name.to_owned(),
            source: source.clone(),
            queue: Vec::new(),
            log: None,
            unpacked: 0,
            packed: 0,
            total: 0,
            outer: None,
            inside: 0,
            members: members.clone(),
        };
        match choose(&head, options) {
            Ok(adapter) if options.format.is_none() || is_log(&members) => {
                let mut format = open(adapter, &head, options)?;
                archive.queue = format.members(&members);
                archive.queue.reverse();
                archive.log = Some(Log {
                    adapter,
                    format,
                    tally: Tally::default(),
                    index: 0,
                });
            }
            Err(error) if matches!(error.kind, ReadErrorKind::Ambiguous(_)) => return Err(error.in_file(name)),
            _ => {
                archive.queue = (0..members.len()).rev().collect();
                archive
                    .queue
                    .retain(|&i| members.get(i).is_some_and(|m| is_result(&m.name)));
                if archive.queue.is_empty() {
                    let found = "the archive holds no files".to_owned();
                    return Err(ReadError::new(ReadErrorKind::Empty(found)).in_file(name));
                }
            }
        }
        let sizes = archive.queue.iter().filter_map(|&i| members.get(i));
        archive.total = sizes.map(|m| m.size).sum();
        Ok(archive)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What is wrong with the archive itself; a log tells of it with its own problems.
    pub(super) fn problem(&self) -> Option<Problem> {
        let damage = self.damage.as_ref().filter(|_| self.log.is_none());
        damage.map(|damage| damage.problem(&self.name))
    }

    pub(super) fn samples(&self) -> u64 {
        self.log.as_ref().map_or(0, |log| log.format.samples())
    }

    /// Bytes unpacked, and bytes to unpack as the directory states them.
    pub(super) fn progress(&self) -> (u64, u64) {
        (self.unpacked, self.total)
    }

    /// Bytes unpacked from this archive and those inside it.
    pub(super) fn unpacked(&self) -> u64 {
        self.unpacked + self.inside
    }

    /// An archive inside this one has been read, which unpacked so many bytes.
    pub(super) fn add_inside(&mut self, unpacked: u64) {
        self.inside += unpacked;
    }

    /// Reads one member.
    pub(super) fn step(&mut self, options: &ReadOptions) -> Step {
        let Some(index) = self.queue.pop() else {
            return Step::Done(self.finish());
        };
        let name = self.members.get(index).map(|m| m.name.clone()).unwrap_or_default();
        if self.log.is_some() {
            self.record(index, &name);
            return Step::More;
        }
        self.file(index, &name, options)
    }

    /// Reads a member as a record of the log.
    fn record(&mut self, index: usize, name: &str) {
        let bytes = self.unpack(index);
        let Some(log) = &mut self.log else { return };
        let whole = format!("{}!{name}", self.name);
        let record = Record {
            bytes: bytes.as_deref().unwrap_or_default(),
            row: None,
            place: Place {
                source: u32::try_from(index).unwrap_or(u32::MAX),
                offset: 0,
                length: 0,
            },
            key: Some(name),
            path: 0,
            index: log.index,
            line: None,
        };
        log.index += 1;
        let taken = match &bytes {
            Ok(_) => log.format.record(&record),
            Err(error) => Err(error.clone()),
        };
        if let Err(error) = taken {
            let mut error = locate(error, &record, &whole, &[]);
            error.spot.pointer.clear();
            log.tally.add(&error, true);
        }
    }

    /// Reads a member as a file of its own.
    fn file(&mut self, index: usize, name: &str, options: &ReadOptions) -> Step {
        let whole = format!("{}!{name}", self.name);
        let mut source = self.source.clone();
        source.members.push(name.to_owned());
        let mut intake = Intake::new(&whole, source.clone());
        let mut inner = None;
        let before = self.packed;
        let read = self.stream(index, &mut |part| {
            if let Some(bytes) = &mut inner {
                return keep(bytes, part);
            }
            if intake.is_archive(part) {
                inner = Some(part.to_vec());
                return Ok(());
            }
            intake.feed(part, options)
        });
        let is_cut = self.damage.as_ref().is_some_and(|damage| damage.cuts(name.as_bytes()));
        if let (Some(bytes), true) = (inner, read.is_ok() || is_cut) {
            return match Self::open(Box::new(Cursor::new(bytes)), &whole, &source, options) {
                Ok(mut archive) => {
                    archive.outer = Some(self.packed - before);
                    Step::Nested(Box::new(archive))
                }
                Err(error) => Step::Failed(error),
            };
        }
        match intake.end(read.err(), options) {
            Ok((adapter, part)) => Step::Part(adapter, part),
            Err(error) => Step::Failed(error.in_file(&whole)),
        }
    }

    fn finish(&mut self) -> Option<(usize, Part)> {
        let log = self.log.take()?;
        let mut part = log.format.finish();
        let damage = self.damage.as_ref().map(|damage| damage.problem(&self.name));
        part.problems
            .splice(0..0, damage.into_iter().chain(log.tally.problems()));
        part.file = self.source.file;
        self.name.clone_into(&mut part.name);
        let source = |member: &Member| {
            let mut source = self.source.clone();
            source.members.push(member.name.clone());
            source
        };
        let sources: Vec<Source> = self.members.iter().map(source).collect();
        settle(&mut part, log.adapter, &sources);
        Some((log.adapter, part))
    }

    /// Unpacks a member into memory.
    fn unpack(&mut self, index: usize) -> Result<Vec<u8>, ReadError> {
        let mut bytes = Vec::new();
        self.stream(index, &mut |part| keep(&mut bytes, part))?;
        Ok(bytes)
    }

    /// Unpacks a member, part by part.
    fn stream(&mut self, index: usize, sink: &mut dyn FnMut(&[u8]) -> Result<(), ReadError>) -> Result<(), ReadError> {
        let inside = self.inside;
        let (unpacked, packed) = (&mut self.unpacked, &mut self.packed);
        let mut file = self.zip.by_index_raw(index).map_err(|error| zip_error(&error))?;
        *packed += file.compressed_size();
        let packed = self.outer.unwrap_or(u64::MAX).min(*packed);
        stream_member(&mut file, self.damage.as_ref(), &mut |part| {
            *unpacked += part.len() as u64;
            check_ratio(packed, *unpacked + inside)?;
            sink(part)
        })
    }
}

/// Unpacks one member whatever its method, and checks it against its check sum; of one in the middle of which the archive
/// stops, what there is.
fn stream_member<R: Read>(
    file: &mut zip::read::ZipFile<'_, R>,
    damage: Option<&Damage>,
    sink: &mut dyn FnMut(&[u8]) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    if damage.is_none_or(|damage| !damage.cuts(file.name_raw())) {
        return stream_whole(file, sink);
    }
    let mut refused = Ok(());
    let _ = stream_whole(file, &mut |part| {
        refused = sink(part);
        refused.clone()
    });
    refused?;
    Err(ReadError::new(ReadErrorKind::Truncated("an archive member".to_owned())))
}

/// Unpacks one member whatever its method, and checks it against its check sum.
fn stream_whole<R: Read>(
    file: &mut zip::read::ZipFile<'_, R>,
    sink: &mut dyn FnMut(&[u8]) -> Result<(), ReadError>,
) -> Result<(), ReadError> {
    if file.encrypted() {
        return Err(ReadError::new(ReadErrorKind::Encrypted));
    }
    let (method, sum, size) = (file.compression(), file.crc32(), file.size());
    let mut hasher = crc32fast::Hasher::new();
    let mut checked = |part: &[u8]| {
        hasher.update(part);
        sink(part)
    };
    match method {
        CompressionMethod::Stored => pump(file, &mut checked)?,
        CompressionMethod::Deflated => pump(&mut DeflateDecoder::new(file), &mut checked)?,
        method if is_zstd(method) => {
            let mut decoder = Decoder::new(Wrapper::Zstd);
            pump(file, &mut |part| decoder.feed(part, &mut checked))?;
            decoder.end(&mut checked)?;
        }
        method => {
            let what = format!("archive members packed by the method {method}; pack them with deflate");
            return Err(ReadError::new(ReadErrorKind::Unsupported(what)));
        }
    }
    if hasher.finalize() != sum {
        let how = format!("a member of {size} bytes does not match its check sum");
        return Err(ReadError::new(ReadErrorKind::Damaged(how)));
    }
    Ok(())
}

/// Method 93, or 20 as it was called at first.
fn is_zstd(method: CompressionMethod) -> bool {
    let zstd = |number| {
        #[allow(
            deprecated,
            reason = "the crate offers no other way to name a method it was built without"
        )]
        let known = CompressionMethod::from_u16(number);
        known == method
    };
    zstd(93) || zstd(20)
}

/// Reads to the end, part by part.
fn pump(reader: &mut dyn Read, sink: &mut dyn FnMut(&[u8]) -> Result<(), ReadError>) -> Result<(), ReadError> {
    let mut buffer = vec![0; 256 << 10];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => sink(buffer.get(..read).unwrap_or_default())?,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                let what = "an archive member".to_owned();
                return Err(ReadError::new(ReadErrorKind::Truncated(what)));
            }
            Err(error) => {
                let how = format!("an archive member cannot be unpacked ({error})");
                return Err(ReadError::new(ReadErrorKind::Damaged(how)));
            }
        }
    }
}

/// Adds a part to a member that is held in memory.
fn keep(bytes: &mut Vec<u8>, part: &[u8]) -> Result<(), ReadError> {
    if (bytes.len() + part.len()) as u64 > MAX_MEMBER {
        let what = format!("an archive member is larger than {} MiB", MAX_MEMBER >> 20);
        return Err(ReadError::new(ReadErrorKind::TooLarge(what)));
    }
    bytes.extend_from_slice(part);
    Ok(())
}

/// Reads a member of a possibly nested archive: `path` names the members, outermost first.
///
/// # Errors
/// If an archive on the way cannot be read or has no such member.
pub fn read_member(reader: Box<dyn ReadSeek>, path: &[String]) -> Result<Vec<u8>, ReadError> {
    let Some((name, inner)) = path.split_first() else {
        return Ok(Vec::new());
    };
    let opened = salvage::open(reader).map_err(|error| zip_error(&error))?;
    let (mut zip, damage) = (opened.zip, opened.damage);
    let index = (0..zip.len()).find(|&i| {
        let file = zip.by_index_raw(i);
        file.is_ok_and(|f| String::from_utf8_lossy(f.name_raw()) == name.as_str())
    });
    let missing = || ReadError::new(ReadErrorKind::Damaged(format!("the archive has no member {name}")));
    let mut file = zip
        .by_index_raw(index.ok_or_else(missing)?)
        .map_err(|error| zip_error(&error))?;
    let mut bytes = Vec::new();
    let read = stream_member(&mut file, damage.as_ref(), &mut |part| keep(&mut bytes, part));
    match read {
        // The record was read out of what there is of the member.
        Err(error) if matches!(error.kind, ReadErrorKind::Truncated(_)) && damage.is_some() => {}
        read => read?,
    }
    if inner.is_empty() {
        return Ok(bytes);
    }
    read_member(Box::new(Cursor::new(bytes)), inner)
}

/// Whether the members are those of one log rather than files dropped into an archive.
fn is_log(members: &[Member]) -> bool {
    members
        .iter()
        .any(|m| m.name == "header.json" || m.name.starts_with("_journal/"))
}

/// Whether a member may be a result file: no folder, nothing hidden, nothing that only operating systems add.
fn is_result(name: &str) -> bool {
    let base = name.rsplit('/').next().unwrap_or(name);
    !name.ends_with('/') && !name.starts_with("__MACOSX/") && !base.starts_with('.') && base != "Thumbs.db"
}

fn zip_error(error: &zip::result::ZipError) -> ReadError {
    let kind = match error {
        zip::result::ZipError::InvalidArchive(_) => {
            let how = "it is a zip archive without its directory, which stands at the end, so none of it can be read";
            ReadErrorKind::Damaged(how.to_owned())
        }
        error => ReadErrorKind::Damaged(format!("the archive cannot be read ({error})")),
    };
    ReadError::new(kind)
}
