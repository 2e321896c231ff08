//! Answers [`Seal`]: key derivation takes a moment, and the page goes on meanwhile.

use super::message::{Failure, Seal, Sealing};
use crate::seal::{ROUNDS, open_file, open_link, seal_file, seal_link};

/// What was asked for, sealed or opened.
///
/// # Errors
/// [`Failure::Refused`] with why it was not.
pub fn answer(question: &Seal) -> Result<String, Failure> {
    let (passphrase, chance) = (question.passphrase.as_str(), &question.chance);
    let done = match &question.what {
        Sealing::Link(fragment) => seal_link(fragment, passphrase, chance, ROUNDS),
        Sealing::File(text) => seal_file(text, passphrase, chance, ROUNDS),
        Sealing::OpenLink(link) => open_link(link, passphrase),
        Sealing::OpenFile(text) => open_file(text, passphrase),
    };
    done.map_err(|error| Failure::Refused(error.to_string()))
}
