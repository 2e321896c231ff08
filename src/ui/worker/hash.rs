//! Answers [`struct@Hash`]: a review names exactly the files that it judged.

use sha2::{Digest as _, Sha256};

use super::{
    chunk::Chunks,
    message::{Digest, Failure, Hash},
    serve::Answering,
};

/// The SHA-256 of the file's bytes, read in chunks.
///
/// # Errors
/// As [`Chunks::next`].
pub async fn answer(question: Hash, answering: &Answering) -> Result<Digest, Failure> {
    let mut chunks = Chunks::open(&question.file, 0, question.file.size() as u64)?;
    let mut hasher = Sha256::new();
    while let Some(chunk) = chunks.next(answering).await? {
        hasher.update(chunk);
    }
    let sha256 = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Digest {
        sha256,
        bytes: chunks.bytes_read(),
    })
}
