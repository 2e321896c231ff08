//! Reading one record again: from its place to its bytes.

use std::io::{Cursor, Read, SeekFrom};

use super::archive::read_member;
use super::decode::Decoder;
use super::detail::{DetailContext, SampleDetail};
use super::error::{ReadError, ReadErrorKind};
use super::session::ReadSeek;
use super::{ADAPTERS, json};
use crate::run::{Run, Wrapper};

/// How much of the start of a source comes with a record, for the header of a table.
const HEAD: u64 = 64 << 10;

/// Reads the sample at `row` of `run` again, in full, out of its input file.
///
/// # Errors
/// If the file has changed since, or cannot be read.
pub fn fetch(run: &Run, row: usize, file: Box<dyn ReadSeek>) -> Result<SampleDetail, ReadError> {
    let gone = || ReadError::new(ReadErrorKind::Empty("the sample has no place in the file".to_owned()));
    let place = run.samples.places.get(row).ok_or_else(gone)?;
    let source = run.samples.sources.get(place.source as usize).ok_or_else(gone)?;
    let mut reader = file;
    if !source.members.is_empty() {
        reader = Box::new(Cursor::new(read_member(reader, &source.members)?));
    }
    let wanted = (place.offset, u64::from(place.length));
    let (head, record) = match source.wrapper {
        Wrapper::Plain => cut(reader.as_mut(), wanted),
        wrapper => cut_packed(reader.as_mut(), wrapper, wanted),
    }?;
    let adapter = ADAPTERS.iter().find(|adapter| adapter.id == run.meta.format);
    let context = DetailContext { run, row, head: &head };
    match adapter {
        Some(adapter) => (adapter.detail)(&record, &context),
        None => Ok(SampleDetail {
            id: run.samples.ids.at(row).to_owned(),
            raw: json::show_bytes(&record),
            ..SampleDetail::default()
        }),
    }
}

/// Head and record of a file that is not packed.
fn cut(reader: &mut dyn ReadSeek, (offset, length): (u64, u64)) -> Result<(Vec<u8>, Vec<u8>), ReadError> {
    let mut part = |from: u64, most: u64| {
        let mut bytes = Vec::new();
        reader.seek(SeekFrom::Start(from))?;
        Read::take(&mut *reader, most).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let most = if length == 0 { u64::MAX } else { length };
    let read = part(0, HEAD).and_then(|head| Ok((head, part(offset, most)?)));
    read.map_err(|error: std::io::Error| ReadError::new(ReadErrorKind::Damaged(format!("it cannot be read ({error})"))))
}

/// Head and record of a file that is packed: everything before the record is unpacked and passed over.
fn cut_packed(
    reader: &mut dyn ReadSeek,
    wrapper: Wrapper,
    (offset, length): (u64, u64),
) -> Result<(Vec<u8>, Vec<u8>), ReadError> {
    let end = if length == 0 { u64::MAX } else { offset + length };
    let (mut head, mut record, mut at) = (Vec::new(), Vec::new(), 0_u64);
    let mut take = |text: &[u8]| {
        for (target, from, to) in [(&mut head, 0, HEAD), (&mut record, offset, end)] {
            let inside = |edge: u64| {
                usize::try_from(edge.saturating_sub(at))
                    .unwrap_or(usize::MAX)
                    .min(text.len())
            };
            target.extend_from_slice(text.get(inside(from)..inside(to)).unwrap_or_default());
        }
        at += text.len() as u64;
        Ok(())
    };
    let mut decoder = Decoder::new(wrapper);
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = reader
            .read(&mut buffer)
            .map_err(|error| ReadError::new(ReadErrorKind::Damaged(format!("it cannot be read ({error})"))))?;
        if read == 0 {
            decoder.end(&mut take)?;
            break;
        }
        decoder.feed(buffer.get(..read).unwrap_or_default(), &mut take)?;
    }
    Ok((head, record))
}
