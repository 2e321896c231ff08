//! The passphrase of an encrypted link, from a file or the environment: never from the command line, where others see it.

use std::path::PathBuf;

use crate::seal::{self, Chance};

/// Where the passphrase stands.
#[derive(clap::Args)]
pub struct Secret {
    /// File that holds the passphrase of the link; its line end does not count.
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_env")]
    passphrase_file: Option<PathBuf>,
    /// Environment variable that holds the passphrase of the link.
    #[arg(long, value_name = "NAME")]
    passphrase_env: Option<String>,
}

impl Secret {
    /// The passphrase; `None` where none was named.
    ///
    /// # Errors
    /// It cannot be read, or is empty.
    pub(super) fn read(&self) -> Result<Option<String>, String> {
        let read = match (&self.passphrase_file, &self.passphrase_env) {
            (Some(path), _) => std::fs::read_to_string(path)
                .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
                .map_err(|error| format!("The passphrase file {} cannot be read: {error}.", path.display()))?,
            (None, Some(name)) => std::env::var(name)
                .map_err(|_| format!("The environment has no passphrase under {name}, or it is no UTF-8 text."))?,
            (None, None) => return Ok(None),
        };
        if read.is_empty() {
            return Err("The passphrase is empty.".to_owned());
        }
        Ok(Some(read))
    }

    /// `fragment`, sealed where a passphrase was named.
    ///
    /// # Errors
    /// As [`Self::read`], or the system has no random numbers.
    pub(super) fn sealed(&self, fragment: String) -> Result<String, String> {
        let Some(passphrase) = self.read()? else {
            return Ok(fragment);
        };
        let mut chance = Chance::default();
        getrandom::fill(&mut chance).map_err(|error| format!("This system has no random numbers: {error}."))?;
        seal::seal_link(&fragment, &passphrase, &chance, seal::ROUNDS).map_err(|error| error.to_string())
    }

    /// The review link in `text`, opened where it is sealed.
    ///
    /// # Errors
    /// It is sealed and no passphrase was named, or another one.
    pub(super) fn opened_link(&self, text: &str) -> Result<String, String> {
        let passphrase = self.read()?.ok_or_else(wanted)?;
        seal::open_link(text, &passphrase).map_err(|error| error.to_string())
    }

    /// The text of a review file, opened where it is sealed.
    ///
    /// # Errors
    /// As [`Self::opened_link`].
    pub(super) fn opened_file(&self, text: String) -> Result<String, String> {
        if !seal::is_sealed_file(&text) {
            return Ok(text);
        }
        let passphrase = self.read()?.ok_or_else(wanted)?;
        seal::open_file(&text, &passphrase).map_err(|error| error.to_string())
    }
}

fn wanted() -> String {
    "This review is encrypted. Name its passphrase with --passphrase-file or --passphrase-env.".to_owned()
}
