//! Reading files of the file system: what the command line does.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::session::{Next, Session};
use super::{Loaded, ReadError, ReadErrorKind, ReadOptions};

/// Reads files and folders (all files in them, sorted by name, hidden ones left out) from disk.
///
/// Files that cannot be read are in [`Loaded::errors`]; the others are read all the same.
#[must_use]
pub fn load(paths: &[PathBuf], options: ReadOptions) -> Loaded {
    let mut session = Session::new(options);
    let mut errors = Vec::new();
    for path in paths {
        for file in walk(path) {
            let name = file.to_string_lossy().into_owned();
            if let Err(error) = feed(&mut session, &file, &name) {
                let why = match error.kind() {
                    std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
                    std::io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
                    _ => error.to_string(),
                };
                errors.push(ReadError::new(ReadErrorKind::Unopened(why)).in_file(&name));
            }
        }
    }
    let mut loaded = session.finish();
    if !errors.is_empty() {
        errors.append(&mut loaded.errors);
        loaded.errors = errors;
    }
    loaded
}

fn feed(session: &mut Session, path: &Path, name: &str) -> std::io::Result<()> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1 << 20];
    session.begin(name);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            session.end();
            return Ok(());
        }
        if session.feed(buffer.get(..read).unwrap_or_default()) == Next::Seek {
            session.seek(Box::new(file));
            while session.step() {}
            return Ok(());
        }
    }
}

/// The files at `path`: itself, or everything in the folder.
fn walk(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(path) else {
        return vec![path.to_owned()];
    };
    let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    inside.retain(|p| p.file_name().is_some_and(|n| !n.to_string_lossy().starts_with('.')));
    inside.sort();
    inside.iter().flat_map(|p| walk(p)).collect()
}
