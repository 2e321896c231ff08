//! One stream of bytes on its way to records: wrapper, head, splitter, format.

use super::decode::{self, Decoder};
use super::error::{ReadError, ReadErrorKind};
use super::foreign;
use super::head::{HEAD, Head, Shape};
use super::split::{Document, Found, Lines};
use super::table::{self, FoundRow, Rows};
use super::tally::Tally;
use super::{ADAPTERS, Claim, Format, Part, ReadOptions, Record, RecordPath, json};
use crate::run::{Place, Source, Wrapper};

/// A stream being read: a file, or a member of an archive.
pub(super) struct Intake {
    name: String,
    source: Source,
    /// Raw bytes until the wrapper is known.
    probe: Vec<u8>,
    decoder: Option<Decoder>,
    text: Text,
}

/// The unwrapped text.
enum Text {
    /// Gathering the head.
    Head(Vec<u8>),
    /// Reading records.
    Body(Box<Body>),
}

/// A format at work.
struct Body {
    adapter: usize,
    format: Box<dyn Format>,
    splitter: Splitter,
    tally: Tally,
    paths: Vec<RecordPath>,
    index: u64,
    name: String,
    /// What is wrong with the JSON of the document, as its head shows.
    fault: Option<ReadError>,
}

enum Splitter {
    Lines(Lines),
    Document(Box<Document>),
    Rows(Box<Rows>, bool),
}

impl Intake {
    pub(super) fn new(name: &str, source: Source) -> Self {
        Self {
            name: name.to_owned(),
            source,
            probe: Vec::new(),
            decoder: None,
            text: Text::Head(Vec::new()),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn source(&self) -> &Source {
        &self.source
    }

    pub(super) fn samples(&self) -> u64 {
        match &self.text {
            Text::Head(_) => 0,
            Text::Body(body) => body.format.samples(),
        }
    }

    /// Whether the stream is a zip archive: its first chunk begins like one.
    pub(super) fn is_archive(&mut self, chunk: &[u8]) -> bool {
        if self.decoder.is_some() || self.probe.len() >= 4 {
            return false;
        }
        let start: Vec<u8> = self.probe.iter().chain(chunk).copied().take(4).collect();
        start == b"PK\x03\x04" || start == b"PK\x05\x06"
    }

    /// Takes the next raw bytes.
    pub(super) fn feed(&mut self, chunk: &[u8], options: &ReadOptions) -> Result<(), ReadError> {
        if self.decoder.is_some() {
            return self.decode(chunk, options);
        }
        self.probe.extend_from_slice(chunk);
        if self.probe.len() < decode::PROBE {
            return Ok(());
        }
        self.decode_probe(options)
    }

    /// Decides on the wrapper and passes on what was held back for it.
    fn decode_probe(&mut self, options: &ReadOptions) -> Result<(), ReadError> {
        let probe = std::mem::take(&mut self.probe);
        let start = probe.get(..decode::PROBE).unwrap_or(&probe);
        if start.starts_with(b"\xFF\xFE\0\0") || start.starts_with(b"\0\0\xFE\xFF") {
            let what = "UTF-32 text; save the file as UTF-8".to_owned();
            return Err(ReadError::new(ReadErrorKind::Unsupported(what)));
        }
        self.source.wrapper = decode::detect(start);
        self.decoder = Some(Decoder::new(self.source.wrapper));
        self.decode(&probe, options)
    }

    fn decode(&mut self, chunk: &[u8], options: &ReadOptions) -> Result<(), ReadError> {
        let (text, name) = (&mut self.text, &self.name);
        let packed = matches!(self.source.wrapper, Wrapper::Gzip | Wrapper::Zstd);
        match &mut self.decoder {
            Some(decoder) => decoder.feed(chunk, &mut |part| text.feed(part, name, packed, options)),
            None => Ok(()),
        }
        .map_err(|error| error.in_file(&self.name))
    }

    /// Ends the stream, after an error or regularly: the adapter and what it read, or why nothing could be read.
    pub(super) fn end(mut self, error: Option<ReadError>, options: &ReadOptions) -> Result<(usize, Part), ReadError> {
        let ended = match error {
            Some(error) => Err(error),
            None => self.flush(options),
        };
        if ended.is_err() && matches!(self.text, Text::Head(_)) {
            // What came before the fault is read all the same; why it fails is the fault that is told.
            let packed = matches!(self.source.wrapper, Wrapper::Gzip | Wrapper::Zstd);
            let _ = self.text.end(&self.name, packed, options);
        }
        let Text::Body(mut body) = self.text else {
            let error = ended
                .err()
                .unwrap_or_else(|| ReadError::new(ReadErrorKind::Empty(String::new())));
            return Err(error.in_file(&self.name));
        };
        if let Err(error) = ended {
            let error = error.in_file(&self.name);
            // What a bomb unpacks to is no evaluation.
            if body.format.samples() == 0 || matches!(error.kind, ReadErrorKind::Bomb(_)) {
                return Err(error);
            }
            body.tally.add(&error, false);
        } else if let Some(fault) = body.fault.take().filter(|_| body.tally.is_empty()) {
            // The splitter takes what a strict reader refuses, such as a comma before the end of a list.
            body.tally.add(&fault.in_file(&self.name), false);
        }
        let adapter = body.adapter;
        let mut part = body.finish();
        part.file = self.source.file;
        self.name.clone_into(&mut part.name);
        settle(&mut part, adapter, std::slice::from_ref(&self.source));
        Ok((adapter, part))
    }

    /// Passes on everything held back, at the end of the stream.
    fn flush(&mut self, options: &ReadOptions) -> Result<(), ReadError> {
        if self.decoder.is_none() {
            self.decode_probe(options)?;
        }
        let (text, name) = (&mut self.text, &self.name);
        let packed = matches!(self.source.wrapper, Wrapper::Gzip | Wrapper::Zstd);
        if let Some(decoder) = &mut self.decoder {
            decoder.end(&mut |part| text.feed(part, name, packed, options))?;
        }
        text.end(name, packed, options)
    }
}

impl Text {
    fn feed(&mut self, part: &[u8], name: &str, packed: bool, options: &ReadOptions) -> Result<(), ReadError> {
        match self {
            Self::Body(body) => body.feed(part),
            Self::Head(head) => {
                head.extend_from_slice(part);
                if head.len() < HEAD {
                    return Ok(());
                }
                self.begin(false, name, packed, options)
            }
        }
    }

    /// Looks at the head, opens a format and feeds it what was gathered.
    fn begin(&mut self, whole: bool, name: &str, packed: bool, options: &ReadOptions) -> Result<(), ReadError> {
        let Self::Head(gathered) = self else {
            return Ok(());
        };
        let bytes = std::mem::take(gathered);
        if packed && bytes.starts_with(b"PK\x03\x04") {
            let what = "a zip archive inside another packing; unpack the outer one first";
            return Err(ReadError::new(ReadErrorKind::Unsupported(what.to_owned())));
        }
        let start = bytes.get(..HEAD).unwrap_or(&bytes);
        let whole = whole && bytes.len() <= HEAD;
        let head = Head::of_text(name, start, whole)?;
        let adapter = choose(&head, options)?;
        let format = open(adapter, &head, options)?;
        let mark = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let mut body = Box::new(Body::new(adapter, format, &head, mark));
        let skipped = match &mut body.splitter {
            Splitter::Rows(rows, _) => table::preamble(&bytes).inspect(|&length| rows.start_behind(length)),
            _ => Some(mark),
        };
        let skipped = skipped.unwrap_or(0);
        let fed = body.feed(bytes.get(skipped..).unwrap_or_default());
        *self = Self::Body(body);
        fed
    }

    fn end(&mut self, name: &str, packed: bool, options: &ReadOptions) -> Result<(), ReadError> {
        if matches!(self, Self::Head(_)) {
            self.begin(true, name, packed, options)?;
        }
        match self {
            Self::Body(body) => body.end(),
            Self::Head(_) => Ok(()),
        }
    }
}

impl Body {
    fn new(adapter: usize, format: Box<dyn Format>, head: &Head<'_>, mark: usize) -> Self {
        let mut paths = Vec::new();
        let splitter = match head.shape {
            Shape::Lines => Splitter::Lines(Lines::new(mark as u64)),
            Shape::Table(dialect) => Splitter::Rows(Box::new(Rows::new(dialect)), false),
            Shape::Document | Shape::Archive => {
                paths = format.paths();
                Splitter::Document(Box::new(Document::new(paths.clone(), mark as u64)))
            }
        };
        Self {
            adapter,
            format,
            splitter,
            tally: Tally::default(),
            paths,
            index: 0,
            name: head.name.to_owned(),
            fault: head.fault.clone(),
        }
    }

    fn feed(&mut self, text: &[u8]) -> Result<(), ReadError> {
        let mut sink = Receiver {
            format: self.format.as_mut(),
            tally: &mut self.tally,
            paths: &self.paths,
            index: &mut self.index,
            name: &self.name,
            last: false,
        };
        match &mut self.splitter {
            Splitter::Lines(lines) => lines.feed(text, &mut |found| sink.text(found)),
            Splitter::Document(document) => document.feed(text, &mut |found| sink.text(found)),
            Splitter::Rows(rows, header) => rows.feed(text, &mut |found| sink.row(found, header)),
        }
    }

    fn end(&mut self) -> Result<(), ReadError> {
        let mut sink = Receiver {
            format: self.format.as_mut(),
            tally: &mut self.tally,
            paths: &self.paths,
            index: &mut self.index,
            name: &self.name,
            last: true,
        };
        match &mut self.splitter {
            Splitter::Lines(lines) => {
                lines.end(&mut |found| sink.text(found));
                Ok(())
            }
            Splitter::Document(document) => document.end(),
            Splitter::Rows(rows, header) => rows.end(&mut |found| sink.row(found, header)),
        }
    }

    fn finish(mut self) -> Part {
        if let Splitter::Document(document) = &self.splitter {
            if document.cut {
                let text = "The text around the records is very large; the end of it was not read.";
                self.tally.note(text, false);
            }
            if let Some(envelope) = json::parse_prefix(&document.envelope) {
                self.format.envelope(&envelope);
            }
        }
        let mut part = self.format.finish();
        part.problems.splice(0..0, self.tally.problems());
        part
    }
}

/// Hands records to a format and counts what it refuses.
struct Receiver<'b> {
    format: &'b mut dyn Format,
    tally: &'b mut Tally,
    paths: &'b [RecordPath],
    index: &'b mut u64,
    name: &'b str,
    /// The stream has ended: a record that is not complete was cut off.
    last: bool,
}

impl Receiver<'_> {
    fn text(&mut self, found: Found<'_>) {
        let key = found.key.map(String::from_utf8_lossy);
        self.hand(&Record {
            bytes: found.bytes,
            row: None,
            place: Place {
                source: 0,
                offset: found.offset,
                length: u32::try_from(found.bytes.len()).unwrap_or(u32::MAX),
            },
            key: key.as_deref(),
            path: found.path,
            index: *self.index,
            line: found.line,
        });
    }

    fn row(&mut self, found: FoundRow<'_>, header: &mut bool) {
        if !std::mem::replace(header, true) {
            return;
        }
        self.hand(&Record {
            bytes: &[],
            row: Some(found.row),
            place: Place {
                source: 0,
                offset: found.offset,
                length: u32::try_from(found.length).unwrap_or(u32::MAX),
            },
            key: None,
            path: 0,
            index: *self.index,
            line: Some(found.line),
        });
    }

    fn hand(&mut self, record: &Record<'_>) {
        *self.index += 1;
        let text = record.row.map_or(record.bytes, |row| row.text());
        if simdutf8::basic::from_utf8(text).is_err() {
            let error = ReadError::new(ReadErrorKind::NotUtf8);
            self.tally.add(&locate(error, record, self.name, self.paths), false);
        }
        if let Err(mut error) = self.format.record(record) {
            if let (ReadErrorKind::Truncated(what), false) = (&error.kind, self.last) {
                // The stream goes on behind this record, so it is the record that is wrong.
                error.kind = ReadErrorKind::NotJson(format!("the record stops in the middle of {what}"));
            }
            self.tally.add(&locate(error, record, self.name, self.paths), true);
        }
    }
}

/// Adds to an error where its record stands.
pub(super) fn locate(error: ReadError, record: &Record<'_>, name: &str, paths: &[RecordPath]) -> ReadError {
    let mut error = error.in_file(name).at_line(record.line).from_byte(record.place.offset);
    if error.spot.pointer.is_empty() && record.line.is_none() {
        let keys = paths.get(record.path).map(|path| path.keys.join("/"));
        let keys = keys.filter(|k| !k.is_empty()).map(|k| format!("/{k}"));
        let element = record.key.map_or_else(|| record.index.to_string(), str::to_owned);
        error.spot.pointer = format!("{}/{element}", keys.unwrap_or_default());
    }
    error
}

/// The adapter for a head: the one that claims it as its own, else one that takes any table.
pub(super) fn choose(head: &Head<'_>, options: &ReadOptions) -> Result<usize, ReadError> {
    if let Some(id) = &options.format {
        let forced = ADAPTERS.iter().position(|adapter| adapter.id == id);
        return forced.ok_or_else(|| {
            let known: Vec<&str> = ADAPTERS.iter().map(|adapter| adapter.id).collect();
            let what = format!("there is no format “{id}”; the formats are {}", known.join(", "));
            ReadError::new(ReadErrorKind::UnknownFormat(what))
        });
    }
    let claims: Vec<(usize, Claim)> = ADAPTERS
        .iter()
        .enumerate()
        .filter_map(|(i, adapter)| Some((i, (adapter.sniff)(head)?)))
        .collect();
    let best = claims.iter().map(|(_, claim)| *claim).max();
    if let Some(what) = foreign::known(head).filter(|_| best.is_none_or(|claim| claim == Claim::Table)) {
        return Err(ReadError::new(ReadErrorKind::Unsupported(what.to_owned())));
    }
    let best: Vec<usize> = claims
        .iter()
        .filter(|(_, claim)| Some(*claim) == best)
        .map(|(i, _)| *i)
        .collect();
    match best.as_slice() {
        [one] => Ok(*one),
        [] => Err(head.fault.clone().unwrap_or_else(|| nobodys(head))),
        several => {
            let names = several.iter().filter_map(|&i| ADAPTERS.get(i));
            let names = names.map(|adapter| adapter.name.to_owned()).collect();
            Err(ReadError::new(ReadErrorKind::Ambiguous(names)))
        }
    }
}

/// The error of a file that nobody claims.
fn nobodys(head: &Head<'_>) -> ReadError {
    let empty = match &head.document {
        Some(json::Value::Array(items)) if items.is_empty() => Some("the list holds no records"),
        Some(json::Value::Object(members)) if members.is_empty() => Some("the JSON object is empty"),
        _ => None,
    };
    ReadError::new(match empty.filter(|_| head.whole) {
        Some(found) => ReadErrorKind::Empty(found.to_owned()),
        None => ReadErrorKind::UnknownFormat(shape_words(head)),
    })
}

/// What stands in a file that nobody claims, for the message.
fn shape_words(head: &Head<'_>) -> String {
    let keys = |value: &json::Value<'_>| {
        let names: Vec<String> = value
            .members()
            .iter()
            .take(8)
            .map(|(k, _)| k.decode().into_owned())
            .collect();
        names.join(", ")
    };
    match (&head.document, head.lines.first()) {
        (Some(document @ json::Value::Object(_)), _) => {
            format!(
                "it is a JSON object with the keys {}, in which no table of samples was found",
                keys(document)
            )
        }
        (Some(document), _) => format!("it is JSON, but {} without records", document.kind()),
        (None, Some(line)) => format!("it is JSON lines with the keys {}, which hold no samples", keys(line)),
        _ if head.shape == Shape::Archive => "no member of the archive is an evaluation result".to_owned(),
        _ if head.rows.is_empty() && !head.whole => format!(
            "it is a table whose first row is longer than {} MiB, too long to tell what its columns hold; shorten its cells",
            HEAD >> 20
        ),
        _ => format!(
            "it is a table with the columns {}, none of which could be used",
            head.header.join(", ")
        ),
    }
}

/// Opens the format of adapter `index`.
pub(super) fn open(index: usize, head: &Head<'_>, options: &ReadOptions) -> Result<Box<dyn Format>, ReadError> {
    let adapter = ADAPTERS.get(index);
    let adapter = adapter.ok_or_else(|| ReadError::new(ReadErrorKind::UnknownFormat(String::new())))?;
    Ok((adapter.open)(head, options))
}

/// Fills in what every run has from its reading.
pub(super) fn settle(part: &mut Part, adapter: usize, sources: &[Source]) {
    for run in &mut part.runs {
        if let Some(adapter) = ADAPTERS.get(adapter).filter(|_| run.meta.format.is_empty()) {
            adapter.id.clone_into(&mut run.meta.format);
        }
        run.meta.files = vec![part.file];
        run.samples.sources = sources.to_vec();
        run.samples.close();
    }
}
