//! Reading files as their chunks arrive: the whole way from bytes to runs.

use std::io::{Read, Seek};

use sha2::{Digest, Sha256};

use super::archive::{Archive, Step};
use super::error::{ReadError, ReadErrorKind};
use super::intake::Intake;
use super::{ADAPTERS, InputFile, Loaded, Part, ReadOptions};
use crate::run::{Problem, Run, Source, Wrapper, attach_judges};

/// A file that can be read at any place: what an archive needs.
pub trait ReadSeek: Read + Seek {}

impl<T: Read + Seek> ReadSeek for T {}

/// What a [`Session`] wants next for the file being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next chunk, or the end.
    Chunk,
    /// The file is an archive: stop the chunks, hand it to [`Session::seek`] and call [`Session::step`] until it is done.
    Seek,
}

/// Files being read, one after the other, in chunks of any size.
pub struct Session {
    options: ReadOptions,
    loaded: Loaded,
    parts: Vec<(usize, Part)>,
    intake: Option<Intake>,
    archives: Vec<Archive>,
    hasher: Option<Sha256>,
    samples: u64,
}

impl Session {
    /// A session without files.
    #[must_use]
    pub fn new(options: ReadOptions) -> Self {
        Self {
            options,
            loaded: Loaded::default(),
            parts: Vec::new(),
            intake: None,
            archives: Vec::new(),
            hasher: None,
            samples: 0,
        }
    }

    /// Begins a file. `name` is its path as dropped.
    pub fn begin(&mut self, name: &str) {
        let source = Source {
            file: u32::try_from(self.loaded.files.len()).unwrap_or(u32::MAX),
            members: Vec::new(),
            wrapper: Wrapper::Plain,
        };
        self.loaded.files.push(InputFile {
            name: name.to_owned(),
            ..InputFile::default()
        });
        self.hasher = self.options.hash.then(Sha256::new);
        self.intake = Some(Intake::new(name, source));
    }

    /// Takes the next chunk of the file. Errors are kept for [`Self::finish`]; the rest of a broken file is only hashed.
    pub fn feed(&mut self, chunk: &[u8]) -> Next {
        if let Some(file) = self.loaded.files.last_mut() {
            file.size += chunk.len() as u64;
        }
        if let Some(hasher) = &mut self.hasher {
            hasher.update(chunk);
        }
        let Some(intake) = &mut self.intake else {
            return Next::Chunk;
        };
        if intake.is_archive(chunk) {
            return Next::Seek;
        }
        if let Err(error) = intake.feed(chunk, &self.options) {
            self.close(Some(error));
        }
        Next::Chunk
    }

    /// Ends the file.
    pub fn end(&mut self) {
        self.close(None);
        self.write_hash();
    }

    /// Ends the intake, after an error or at the end of the stream.
    fn close(&mut self, error: Option<ReadError>) {
        let Some(intake) = self.intake.take() else {
            return;
        };
        match intake.end(error, &self.options) {
            Ok((adapter, part)) => self.take(adapter, part),
            Err(error) => self.loaded.errors.push(error),
        }
    }

    fn take(&mut self, adapter: usize, part: Part) {
        let samples = part.runs.iter().map(|run| run.samples.len() as u64);
        self.samples += samples.sum::<u64>();
        let file = self.loaded.files.get_mut(part.file as usize);
        if let (Some(file), Some(adapter)) = (file, ADAPTERS.get(adapter)) {
            adapter.id.clone_into(&mut file.format);
        }
        self.parts.push((adapter, part));
    }

    fn write_hash(&mut self) {
        let hash = self.hasher.take().map(|hasher| hex(&hasher.finalize()));
        if let (Some(hash), Some(file)) = (hash, self.loaded.files.last_mut()) {
            file.sha256 = Some(hash);
        }
    }

    /// Notes a file that could not be opened.
    pub fn fail(&mut self, error: ReadError) {
        self.loaded.errors.push(error);
    }

    /// Goes on with the file as an archive, after [`Next::Seek`].
    pub fn seek(&mut self, mut reader: Box<dyn ReadSeek>) {
        let Some(intake) = self.intake.take() else {
            return;
        };
        if let Some(file) = self.loaded.files.last_mut() {
            self.hasher = self.options.hash.then(Sha256::new);
            file.size = match measure(&mut reader, self.hasher.as_mut()) {
                Ok(size) => size,
                Err(error) => {
                    let how = format!("it cannot be read ({error})");
                    let error = ReadError::new(ReadErrorKind::Damaged(how));
                    self.loaded.errors.push(error.in_file(&file.name));
                    return;
                }
            };
        }
        self.write_hash();
        match Archive::open(reader, intake.name(), intake.source(), &self.options) {
            Ok(archive) => self.enter(archive),
            Err(error) => self.loaded.errors.push(error),
        }
    }

    /// Goes on with an archive.
    fn enter(&mut self, archive: Archive) {
        self.loaded.problems.extend(archive.problem());
        self.archives.push(archive);
    }

    /// Reads a little more of the archive; `false` when it is done. A member that is an archive is opened in turn.
    pub fn step(&mut self) -> bool {
        let Some(archive) = self.archives.last_mut() else {
            return false;
        };
        match archive.step(&self.options) {
            Step::More => {}
            Step::Part(adapter, part) => self.take(adapter, part),
            Step::Failed(error) => {
                // Whoever packs one bomb packs more: the rest of the whole archive is not unpacked.
                if matches!(error.kind, ReadErrorKind::Bomb(_)) {
                    self.archives.clear();
                }
                self.loaded.errors.push(error);
            }
            Step::Nested(inner) if self.archives.len() < 4 => self.enter(*inner),
            Step::Nested(inner) => {
                let what = "archives nested more than four deep";
                let error = ReadError::new(ReadErrorKind::Unsupported(what.to_owned()));
                self.loaded.errors.push(error.in_file(inner.name()));
            }
            Step::Done(last) => {
                let unpacked = self.archives.pop().map_or(0, |archive| archive.unpacked());
                if let Some(outer) = self.archives.last_mut() {
                    outer.add_inside(unpacked);
                }
                if let Some((adapter, part)) = last {
                    self.take(adapter, part);
                }
            }
        }
        !self.archives.is_empty()
    }

    /// Samples read so far, for progress.
    #[must_use]
    pub fn samples(&self) -> u64 {
        let now = self.intake.as_ref().map_or(0, Intake::samples);
        let archived: u64 = self.archives.iter().map(Archive::samples).sum();
        self.samples + now + archived
    }

    /// Bytes of the current archive that were unpacked so far and that its directory states, for progress.
    #[must_use]
    pub fn unpacked(&self) -> Option<(u64, u64)> {
        self.archives.first().map(Archive::progress)
    }

    /// Everything that was read, files of one format joined.
    #[must_use]
    pub fn finish(mut self) -> Loaded {
        self.end();
        while self.step() {}
        for (index, adapter) in ADAPTERS.iter().enumerate() {
            let (own, rest): (Vec<_>, Vec<_>) = self.parts.into_iter().partition(|(i, _)| *i == index);
            self.parts = rest;
            let mut parts: Vec<Part> = own.into_iter().map(|(_, part)| part).collect();
            let problems = parts.iter_mut().flat_map(|part| {
                let alone = part.runs.len() != 1;
                let (run, all) = (part.runs.first_mut(), std::mem::take(&mut part.problems));
                match run {
                    Some(run) if !alone => {
                        run.problems.extend(all);
                        Vec::new()
                    }
                    _ => all,
                }
            });
            self.loaded.problems.extend(problems);
            let runs = (adapter.join)(parts);
            self.loaded.runs.extend(runs);
        }
        let twice = same_files(&self.loaded.files);
        self.loaded.problems.extend(twice);
        name_runs(&mut self.loaded.runs);
        attach_judges(&mut self.loaded.runs);
        if self.loaded.runs.is_empty() && self.loaded.errors.is_empty() {
            self.loaded.errors.push(nothing(&self.loaded.problems));
        }
        self.loaded
    }
}

/// Files that hold the same bytes as one before them.
fn same_files(files: &[InputFile]) -> Vec<Problem> {
    let mut seen: std::collections::HashMap<&str, &str> = std::collections::HashMap::new();
    let mut problems = Vec::new();
    for file in files.iter().filter(|file| !file.format.is_empty()) {
        let Some(hash) = file.sha256.as_deref() else { continue };
        if let Some(first) = seen.get(hash) {
            problems.push(Problem {
                text: format!("This file holds the same bytes as {first}; leave one of the two out."),
                place: file.name.clone(),
                count: 1,
                left_out: false,
            });
        } else {
            seen.insert(hash, &file.name);
        }
    }
    problems
}

/// The error of files that gave no run.
fn nothing(problems: &[Problem]) -> ReadError {
    let found = match problems.first() {
        Some(problem) => format!("no sample was found ({})", problem.text),
        None => "no sample was found".to_owned(),
    };
    ReadError::new(ReadErrorKind::Empty(found))
}

/// Gives every run a name, and different runs different names.
fn name_runs(runs: &mut [Run]) {
    let mut taken: Vec<String> = Vec::new();
    for run in runs {
        let meta = &mut run.meta;
        if meta.name.is_empty() {
            let parts = [&meta.model, &meta.task, &meta.prompt, &meta.scorer];
            let parts: Vec<&str> = parts.into_iter().map(String::as_str).collect();
            let known = parts.into_iter().filter(|part| !part.is_empty());
            meta.name = known.collect::<Vec<_>>().join(" · ");
        }
        if meta.name.is_empty() {
            "run".clone_into(&mut meta.name);
        }
        let base = meta.name.clone();
        let mut copy = 1;
        while taken.contains(&meta.name) {
            copy += 1;
            meta.name = format!("{base} ({copy})");
        }
        taken.push(meta.name.clone());
    }
}

/// The size of a file, hashing it on the way; leaves the reader at the start.
fn measure(reader: &mut dyn ReadSeek, hasher: Option<&mut Sha256>) -> std::io::Result<u64> {
    let Some(hasher) = hasher else {
        let size = reader.seek(std::io::SeekFrom::End(0))?;
        reader.rewind()?;
        return Ok(size);
    };
    reader.rewind()?;
    let mut buffer = vec![0; 1 << 20];
    let mut size = 0;
    loop {
        let read = reader.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hasher.update(buffer.get(..read).unwrap_or_default());
        size += read as u64;
    }
    reader.rewind()?;
    Ok(size)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
