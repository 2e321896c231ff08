//! A review under a passphrase, as a link or as a file: AES-256-GCM under a key that PBKDF2-SHA-256 makes of the passphrase.
//!
//! What is sealed begins with a header in the clear (version, rounds, salt, IV), which is authenticated with the rest. The
//! key stands nowhere: a link that carried it beside its ciphertext would protect nothing.
//!
//! Sources: RFC 8018 (PBKDF2), NIST SP 800-38D (GCM); rounds as OWASP's password storage cheat sheet of 2023.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::link::{self, LinkError};

/// Rounds of PBKDF2 that are written.
pub const ROUNDS: u32 = 600_000;
/// Most rounds that are read: a link must not keep a phone busy for minutes.
pub const MOST_ROUNDS: u32 = 4_000_000;
/// Version of the header: PBKDF2-SHA-256 and AES-256-GCM.
const VERSION: u8 = 1;
/// Bytes of salt.
const SALT: usize = 16;
/// Bytes of the IV.
const IV: usize = 12;
/// Version, rounds, salt, IV.
const HEADER: usize = 1 + 4 + SALT + IV;
/// Name of the schema of a sealed file.
const SCHEMA: &str = "assay-sealed/1";
/// What a sealed link is bound to, beside its header.
const LINK: &str = "assay-link/1";

/// Random bytes of one sealing, never used for a second one.
pub type Chance = [u8; SALT + IV];

/// Why something that is sealed was not opened, or could not be sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SealError {
    /// The link itself is broken, whatever the passphrase.
    Link(LinkError),
    /// It is not sealed.
    NotSealed,
    /// The passphrase is empty.
    Empty,
    /// The passphrase is another one, or what is sealed was altered.
    Passphrase,
    /// It asks for more rounds than are made: how many.
    Rounds(u32),
    /// A newer version of this program sealed it.
    Newer,
}

impl std::fmt::Display for SealError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Link(error) => write!(f, "{error}"),
            Self::NotSealed => write!(f, "This is not encrypted, so it needs no passphrase."),
            Self::Empty => write!(
                f,
                "The passphrase is empty. Give the one that was agreed with whoever shared it."
            ),
            Self::Passphrase => write!(
                f,
                "This passphrase does not open it. Check capitals, blanks and the keyboard's language; if it is right, ask \
                 for the review again, since it may have been altered."
            ),
            Self::Rounds(rounds) => write!(
                f,
                "It asks for {} rounds of key derivation and up to {} are made, so it was not opened. Ask for it again \
                 from whoever made it.",
                crate::text::count(u64::from(*rounds)),
                crate::text::count(u64::from(MOST_ROUNDS))
            ),
            Self::Newer => write!(
                f,
                "A newer version of this program encrypted it. Open it with a newer version."
            ),
        }
    }
}

impl std::error::Error for SealError {}

impl From<LinkError> for SealError {
    fn from(error: LinkError) -> Self {
        Self::Link(error)
    }
}

/// The link `fragment` sealed: a fragment of its own, `#` included, that says that it is encrypted.
///
/// # Errors
/// `fragment` is no whole link, or the passphrase is empty.
pub fn seal_link(fragment: &str, passphrase: &str, chance: &Chance, rounds: u32) -> Result<String, SealError> {
    let (version, codec, payload) = link::parts(fragment)?;
    let mut plain = format!("{version}.{codec}.").into_bytes();
    plain.extend(payload);
    let sealed = seal(LINK, &plain, passphrase, chance, rounds)?;
    Ok(link::joined(link::SEALED, &sealed))
}

/// The fragment that [`seal_link`] sealed, to be decoded.
///
/// # Errors
/// What is wrong with the link comes first, then what is wrong with the passphrase.
pub fn open_link(text: &str, passphrase: &str) -> Result<String, SealError> {
    let (_, codec, sealed) = link::parts(text)?;
    if codec != link::SEALED {
        return Err(SealError::NotSealed);
    }
    let plain = open(LINK, &sealed, passphrase)?;
    let garbled = || SealError::Link(LinkError::Garbled);
    let mut fields = plain.splitn(3, |byte| *byte == b'.');
    let mut word = || fields.next().and_then(|field| std::str::from_utf8(field).ok());
    let version: u32 = word().and_then(|field| field.parse().ok()).ok_or_else(garbled)?;
    if version > link::VERSION {
        return Err(SealError::Link(LinkError::Newer(version)));
    }
    let codec = word().filter(|codec| *codec != link::SEALED).ok_or_else(garbled)?;
    let payload = fields.next().ok_or_else(garbled)?;
    Ok(link::joined(codec, payload))
}

/// A sealed file.
#[derive(Serialize, Deserialize)]
struct Document {
    schema: String,
    how: String,
    sealed: String,
}

/// The text of a file sealed: JSON that says how.
///
/// # Errors
/// The passphrase is empty.
pub fn seal_file(text: &str, passphrase: &str, chance: &Chance, rounds: u32) -> Result<String, SealError> {
    let sealed = seal(SCHEMA, text.as_bytes(), passphrase, chance, rounds)?;
    let document = Document {
        schema: SCHEMA.to_owned(),
        how: format!("PBKDF2-SHA-256, {rounds} rounds; AES-256-GCM. Open it with Assay and its passphrase."),
        sealed: URL_SAFE_NO_PAD.encode(sealed),
    };
    // Three texts always have a JSON form.
    Ok(serde_json::to_string_pretty(&document).unwrap_or_default())
}

/// Whether `text` is a file that [`seal_file`] wrote.
#[must_use]
pub fn is_sealed_file(text: &str) -> bool {
    // The schema stands in front: a large review is not parsed to learn that it is none.
    let head: String = text
        .chars()
        .take(200)
        .filter(|letter| !letter.is_whitespace())
        .collect();
    head.starts_with("{\"schema\":\"assay-sealed/")
}

/// The text of the file that [`seal_file`] sealed.
///
/// # Errors
/// As [`open_link`].
pub fn open_file(text: &str, passphrase: &str) -> Result<String, SealError> {
    if !is_sealed_file(text) {
        return Err(SealError::NotSealed);
    }
    // Cut or altered JSON is told as a link is that was.
    let document: Document = serde_json::from_str(text).map_err(|_| SealError::Link(LinkError::Altered))?;
    if document.schema != SCHEMA {
        return Err(SealError::Newer);
    }
    let sealed = URL_SAFE_NO_PAD
        .decode(document.sealed)
        .map_err(|_| SealError::Link(LinkError::Altered))?;
    let plain = open(SCHEMA, &sealed, passphrase)?;
    String::from_utf8(plain).map_err(|_| SealError::Link(LinkError::Garbled))
}

fn seal(context: &str, plain: &[u8], passphrase: &str, chance: &Chance, rounds: u32) -> Result<Vec<u8>, SealError> {
    if passphrase.is_empty() {
        return Err(SealError::Empty);
    }
    let mut sealed = vec![VERSION];
    sealed.extend(rounds.to_be_bytes());
    sealed.extend(chance);
    let (cipher, iv, bound) = prepare(context, &sealed, passphrase)?;
    let payload = Payload {
        msg: plain,
        aad: &bound,
    };
    // AES-GCM refuses nothing under 64 GiB.
    let hidden = cipher
        .encrypt(&iv.into(), payload)
        .map_err(|_| SealError::Link(LinkError::TooLarge))?;
    sealed.extend(hidden);
    Ok(sealed)
}

fn open(context: &str, sealed: &[u8], passphrase: &str) -> Result<Vec<u8>, SealError> {
    if passphrase.is_empty() {
        return Err(SealError::Empty);
    }
    let (cipher, iv, bound) = prepare(context, sealed, passphrase)?;
    let payload = Payload {
        msg: sealed.get(HEADER..).unwrap_or_default(),
        aad: &bound,
    };
    cipher.decrypt(&iv.into(), payload).map_err(|_| SealError::Passphrase)
}

/// The cipher that `sealed` says in its header, its IV, and what is authenticated beside the text.
fn prepare(context: &str, sealed: &[u8], passphrase: &str) -> Result<(Aes256Gcm, [u8; IV], Vec<u8>), SealError> {
    let garbled = || SealError::Link(LinkError::Garbled);
    let header: &[u8; HEADER] = sealed.first_chunk().ok_or_else(garbled)?;
    let (version, rest) = header.split_first().ok_or_else(garbled)?;
    if *version != VERSION {
        return Err(SealError::Newer);
    }
    let (rounds, rest) = rest.split_first_chunk::<4>().ok_or_else(garbled)?;
    let (salt, rest) = rest.split_first_chunk::<SALT>().ok_or_else(garbled)?;
    let iv = rest.first_chunk::<IV>().ok_or_else(garbled)?;
    let rounds = u32::from_be_bytes(*rounds);
    if rounds == 0 || rounds > MOST_ROUNDS {
        return Err(SealError::Rounds(rounds));
    }
    let mut key = [0; 32];
    pbkdf2::pbkdf2_hmac::<Sha256>(passphrase.as_bytes(), salt, rounds, &mut key);
    let mut bound = context.as_bytes().to_vec();
    bound.extend(header);
    Ok((Aes256Gcm::new(&key.into()), *iv, bound))
}

/// How long a passphrase holds against somebody who has the link, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Found in hours or days.
    Weak,
    /// Found by somebody who spends money on it.
    Fair,
    /// Not found.
    Strong,
}

impl Strength {
    /// What is said of it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Weak => "weak: a computer guesses it; use four or more words that have nothing to do with each other",
            Self::Fair => "fair: enough against curiosity; longer is better",
            Self::Strong => "strong",
        }
    }
}

/// An upper bound of what a passphrase is worth: by its length, the kinds of its letters and how many differ. It knows no
/// dictionary, so a saying everybody knows counts for more than it is worth.
#[must_use]
pub fn strength(passphrase: &str) -> Strength {
    let letters: Vec<char> = passphrase.chars().collect();
    let has = |is_kind: fn(char) -> bool| letters.iter().any(|letter| is_kind(*letter));
    let kinds = [
        (has(|c| c.is_ascii_lowercase()), 26.0),
        (has(|c| c.is_ascii_uppercase()), 26.0),
        (has(|c| c.is_ascii_digit()), 10.0),
        (has(|c| c.is_ascii() && !c.is_ascii_alphanumeric()), 33.0),
        (has(|c| !c.is_ascii()), 100.0),
    ];
    let pool: f64 = kinds.into_iter().filter(|(has, _)| *has).map(|(_, size)| size).sum();
    let distinct: std::collections::BTreeSet<char> = letters.iter().copied().collect();
    // Words are worth about half of what random letters are; repeats are worth little.
    let length = letters.len().min(3 * distinct.len()) as f64;
    let bits = length * pool.max(1.0).log2() * 0.5;
    match bits {
        bits if bits < 30.0 => Strength::Weak,
        bits if bits < 50.0 => Strength::Fair,
        _ => Strength::Strong,
    }
}

/// A passphrase of 20 letters and digits in groups, made of random bytes: 100 bits.
#[must_use]
pub fn suggested(random: &[u8; 20]) -> String {
    // Nothing that is mistaken for something else when it is read out.
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789#";
    let letter = |byte: &u8| {
        let letter = LETTERS.get(usize::from(byte & 31)).copied().unwrap_or(b'a');
        char::from(if letter == b'#' { b'x' } else { letter })
    };
    let groups = random
        .chunks(5)
        .map(|chunk| chunk.iter().map(letter).collect::<String>());
    groups.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANCE: Chance = [7; SALT + IV];
    const FEW: u32 = 1_000;

    fn link() -> String {
        link::encode(&crate::review::Review::default()).unwrap()
    }

    #[test]
    fn a_link_and_a_file_open_with_their_passphrase() {
        let sealed = seal_link(&link(), "käse und brot", &CHANCE, FEW).unwrap();
        assert!(sealed.starts_with("#r1.e.") && link::is_link(&sealed), "{sealed}");
        assert_eq!(link::decode(&sealed), Err(LinkError::Encrypted));
        assert_eq!(open_link(&sealed, "käse und brot").unwrap(), link());
        let file = seal_file("{\"a\": 1}", "x", &CHANCE, FEW).unwrap();
        assert!(is_sealed_file(&file) && !is_sealed_file("{\"schema\": \"assay-review/1\"}"));
        assert_eq!(open_file(&file, "x").unwrap(), "{\"a\": 1}");
    }

    #[test]
    fn another_passphrase_does_not_open_it() {
        let sealed = seal_link(&link(), "right", &CHANCE, FEW).unwrap();
        assert_eq!(open_link(&sealed, "Right"), Err(SealError::Passphrase));
        assert_eq!(open_link(&sealed, ""), Err(SealError::Empty));
        assert_eq!(open_link(&link(), "right"), Err(SealError::NotSealed));
        // What was sealed as a link is no file.
        let (_, _, bytes) = link::parts(&sealed).unwrap();
        assert_eq!(open(SCHEMA, &bytes, "right"), Err(SealError::Passphrase));
    }

    #[test]
    fn every_byte_of_header_and_text_is_authenticated() {
        let sealed = seal(LINK, b"text", "right", &CHANCE, FEW).unwrap();
        for place in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[place] ^= 1;
            assert!(open(LINK, &altered, "right").is_err(), "byte {place}");
            assert!(open(LINK, &sealed[..place], "right").is_err(), "cut at {place}");
        }
    }

    #[test]
    fn a_link_that_was_cut_or_altered_says_so_before_it_asks() {
        let sealed = seal_link(&link(), "right", &CHANCE, FEW).unwrap();
        let cut = sealed.get(..sealed.len() - 4).unwrap();
        assert!(matches!(
            open_link(cut, "wrong"),
            Err(SealError::Link(LinkError::Cut { .. }))
        ));
        let last = if sealed.ends_with('A') { "B" } else { "A" };
        let altered = format!("{}{last}", sealed.get(..sealed.len() - 1).unwrap());
        assert_eq!(open_link(&altered, "right"), Err(SealError::Link(LinkError::Altered)));
    }

    #[test]
    fn rounds_and_versions_are_bounded() {
        let mut sealed = seal(LINK, b"text", "right", &CHANCE, FEW).unwrap();
        for rounds in [0, MOST_ROUNDS + 1, u32::MAX] {
            sealed[1..5].copy_from_slice(&rounds.to_be_bytes());
            assert_eq!(open(LINK, &sealed, "right"), Err(SealError::Rounds(rounds)));
        }
        sealed[0] = 2;
        assert_eq!(open(LINK, &sealed, "right"), Err(SealError::Newer));
    }

    #[test]
    fn key_derivation_is_the_standard_one() {
        // PBKDF2-HMAC-SHA-256 of "password" and "salt", 4,096 rounds (test vector that accompanies RFC 6070 for SHA-256).
        let mut key = [0; 32];
        pbkdf2::pbkdf2_hmac::<Sha256>(b"password", b"salt", 4096, &mut key);
        assert_eq!(key[..8], [0xc5, 0xe4, 0x78, 0xd5, 0x92, 0x88, 0xc8, 0x41]);
    }

    #[test]
    fn strength_grows_with_length_and_variety() {
        assert_eq!(strength(""), Strength::Weak);
        assert_eq!(strength("aaaaaaaaaaaaaaaaaaaaaaaa"), Strength::Weak);
        assert_eq!(strength("secret12"), Strength::Weak);
        assert_eq!(strength("correct horse"), Strength::Fair);
        assert_eq!(strength("correct horse battery staple"), Strength::Strong);
        assert_eq!(
            strength(&suggested(&[
                3, 200, 17, 90, 4, 5, 6, 77, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19
            ])),
            Strength::Strong
        );
    }
}
