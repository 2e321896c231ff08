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
    for path in paths {
        let files = walk(path);
        if files.is_empty() {
            let found = ReadErrorKind::Empty("the folder holds no files".to_owned());
            session.fail(ReadError::new(found).in_file(&path.to_string_lossy()));
        }
        for file in files {
            let name = file.to_string_lossy().into_owned();
            if let Err(error) = feed(&mut session, &file, &name) {
                session.fail(ReadError::new(ReadErrorKind::Unopened(why(&file, &error))).in_file(&name));
            }
        }
    }
    session.finish()
}

/// Why a file cannot be opened, in words.
pub(crate) fn why(path: &Path, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound if path.as_os_str() == "-" => {
            "standard input is not read, so save it to a file first".to_owned()
        }
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
        std::io::ErrorKind::InvalidData => "it is not text in UTF-8".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
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
