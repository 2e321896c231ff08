//! The link: a whole review in a URL fragment, `#r1.<codec>.<length>.<check>.<payload>`.
//!
//! A fragment is never sent to a server. Length and checksum stand first, so a link that was cut or altered says so.
//! `quantum.rs` states how far numbers may be from the originals, `carried.rs` what is carried; verdicts never change.
//!
//! What follows from what was told is not told: one function tells an item and reads it, so that both sides work out the
//! same guess and a fraction of a bit says that it holds. Format 1 is frozen, with both of its codecs: kinds, order, grids,
//! primers, words and the usual reviews stay as they are, and what comes later stands in `additions.rs`. Links are written in
//! the second codec, and read in both.

mod additions;
mod alike;
mod calibration;
mod carried;
mod channel;
mod coder;
mod curve;
mod dictionary;
mod estimate;
mod fit;
mod latency;
mod metrics;
mod prose;
mod quantum;
mod recall;
mod report;
mod review;
mod series;
mod template;
mod verdicts;
mod wire;

pub use channel::{CHANNELS, Channel, Omission, Saving, omissions, without};
pub use quantum::MOST_POINTS;
pub use report::HASH_DIGITS;

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::review::Review;
use wire::{Done, Fault, Wire};

/// Version of the format this program writes.
pub const VERSION: u32 = 1;
/// Codec letter of links that are written.
const PACKED: &str = Codec::Second.letter();
/// Codec letter: another link, encrypted by `seal`.
pub(crate) const SEALED: &str = "e";
/// Longest link that is read, characters: the longest that any browser takes.
pub const MOST_CHARACTERS: usize = 2 << 20;

/// How a review is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    /// Only read: curves on a fine grid, texts by letters alone.
    First,
    /// With a dictionary, and curves as lines on a grid that is as fine as what can be seen.
    Second,
}

impl Codec {
    const fn letter(self) -> &'static str {
        match self {
            Self::First => "p",
            Self::Second => "q",
        }
    }

    fn of(letter: &str) -> Option<Self> {
        [Self::First, Self::Second]
            .into_iter()
            .find(|codec| codec.letter() == letter)
    }

    /// Usual reviews, told one after the other: their number, then what was told. Every link is told as if it came after
    /// them, so that it names what is usual by a fraction of a bit. Part of the format: never changes within a codec.
    const fn usual(self) -> &'static [u8] {
        match self {
            Self::First => include_bytes!("link/usual.bin"),
            Self::Second => include_bytes!("link/usual-q.bin"),
        }
    }
}

/// Why a link cannot be opened. The text says what is wrong and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// It does not look like a review link.
    NotALink,
    /// It was cut off.
    Cut {
        /// Characters of the payload that arrived.
        arrived: usize,
        /// Characters that were sent.
        promised: usize,
    },
    /// It was changed on the way.
    Altered,
    /// A newer version of this program wrote it: its format.
    Newer(u32),
    /// A newer version of this program packed it, in a way that this one does not know: the letter of its codec.
    NewerCodec(String),
    /// It is intact, but what it holds is no review.
    Garbled,
    /// It has more characters than are read.
    TooLong(usize),
    /// It would unfold to more than a review may hold.
    TooLarge,
    /// It arrived whole, and a passphrase opens it.
    Encrypted,
}

impl std::fmt::Display for LinkError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = |n: usize| crate::text::count(n as u64);
        match self {
            Self::NotALink => write!(
                f,
                "This is not a review link: it should hold “#r1.” and what follows. Copy the whole link, or open the \
                 files or the .review.json instead."
            ),
            Self::Cut { arrived, promised } => write!(
                f,
                "This link was cut off: {} of {} characters arrived. Ask for it as a file (.review.json), or copy it from \
                 where it was made.",
                count(*arrived),
                count(*promised)
            ),
            Self::Altered => write!(
                f,
                "This link was altered on the way: its checksum does not match. Copy it again from where it was made."
            ),
            Self::Newer(version) => write!(
                f,
                "This link is newer than this program (format {version}, known up to {VERSION}). Open it with a newer \
                 version."
            ),
            Self::NewerCodec(letter) => write!(
                f,
                "This link is newer than this program: it is packed as “{letter}”, which this version cannot read. Open it \
                 with a newer version."
            ),
            Self::Garbled => write!(
                f,
                "This link arrived whole, but what it holds is not a review. Ask for it again from whoever made it."
            ),
            Self::TooLong(length) => write!(
                f,
                "This link has {} characters; up to {} are read. Open the review as a file instead.",
                count(*length),
                count(MOST_CHARACTERS)
            ),
            Self::Encrypted => write!(
                f,
                "This link is encrypted. Open it with the passphrase that whoever shared it sent another way."
            ),
            Self::TooLarge => write!(
                f,
                "This link would unfold to more than a review may hold, so it was not opened. Open the review as a file \
                 instead."
            ),
        }
    }
}

impl std::error::Error for LinkError {}

impl From<Fault> for LinkError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Nonsense => Self::Garbled,
            Fault::TooLarge => Self::TooLarge,
            Fault::Newer => Self::Newer(VERSION + 1),
        }
    }
}

/// `review` as a fragment, `#` included. Texts of samples are left out; [`encode_with_text`] keeps them.
///
/// # Errors
/// [`LinkError::TooLarge`] for a review with more items or text than a link may hold.
pub fn encode(review: &Review) -> Result<String, LinkError> {
    let mut bare = review.clone();
    for pin in &mut bare.state.pins {
        pin.excerpt = None;
    }
    encode_with_text(&bare)
}

/// As [`encode`], with the texts of pinned samples that somebody ticked.
///
/// # Errors
/// As [`encode`].
pub fn encode_with_text(review: &Review) -> Result<String, LinkError> {
    let mut carried = carried::carried(review);
    let mut wire = primed(Codec::Second).writer();
    tell(&mut wire, &mut carried)?;
    Ok(joined(PACKED, &wire.into_bytes()))
}

/// The fragment that carries `bytes`, packed as `codec` says.
pub(crate) fn joined(codec: &str, bytes: &[u8]) -> String {
    let payload = URL_SAFE_NO_PAD.encode(bytes);
    let check = check(codec, &payload);
    format!("#r{VERSION}.{codec}.{}.{check}.{payload}", payload.len())
}

/// The review that a fragment, or a whole address with one, carries. Blanks and line breaks inside are dropped, and a `#`
/// that a mail scanner turned into `%23` is put back.
///
/// Hashes hold their first [`HASH_DIGITS`] digits; the history is not carried, only where it stands.
///
/// # Errors
/// Says what happened to a link that cannot be opened.
pub fn decode(text: &str) -> Result<Review, LinkError> {
    let (version, codec, bytes) = parts(text)?;
    match Codec::of(&codec) {
        _ if version != VERSION => Err(LinkError::Garbled),
        Some(known) => unpack(known, bytes),
        None if codec == SEALED => Err(LinkError::Encrypted),
        None => Err(LinkError::NewerCodec(codec)),
    }
}

/// Version, codec and bytes of the link in `text`, if it is whole and as it was sent.
///
/// # Errors
/// As [`decode`], but for what the bytes hold.
pub(crate) fn parts(text: &str) -> Result<(u32, String, Vec<u8>), LinkError> {
    if text.len() > MOST_CHARACTERS {
        return Err(LinkError::TooLong(text.len()));
    }
    let mended = mend(text);
    let (version, codec, rest) = head(&mended).ok_or(LinkError::NotALink)?;
    if version > VERSION {
        return Err(LinkError::Newer(version));
    }
    let payload = body(codec, rest)?;
    let bytes = URL_SAFE_NO_PAD.decode(payload).map_err(|_| LinkError::Altered)?;
    Ok((version, codec.to_owned(), bytes))
}

/// Whether `text` holds what looks like a review link.
#[must_use]
pub fn is_link(text: &str) -> bool {
    text.len() <= MOST_CHARACTERS && head(&mend(text)).is_some()
}

fn unpack(codec: Codec, bytes: Vec<u8>) -> Result<Review, LinkError> {
    let mut review = Review::default();
    let mut wire = primed(codec).reader(bytes);
    tell(&mut wire, &mut review)?;
    wire.end()?;
    Ok(review)
}

fn tell(wire: &mut Wire, review: &mut Review) -> Done {
    wire.begin();
    let aside = additions::set_aside(review);
    review::review(wire, review)?;
    verdicts::verdicts(wire, review)?;
    additions::additions(wire, review, aside)
}

/// A wire on which the usual reviews of `codec` were told.
fn primed(codec: Codec) -> &'static Wire {
    static FIRST: OnceLock<Wire> = OnceLock::new();
    static SECOND: OnceLock<Wire> = OnceLock::new();
    let primed = match codec {
        Codec::First => &FIRST,
        Codec::Second => &SECOND,
    };
    primed.get_or_init(|| {
        let (count, told) = codec.usual().split_first().unwrap_or((&0, &[]));
        let mut wire = Wire::reader_of(codec, told.to_vec());
        for _ in 0..*count {
            if tell(&mut wire, &mut Review::default()).is_err() {
                break;
            }
        }
        wire
    })
}

/// What the link of `review` carries only a part of, each a sentence; the page that opens it says the same.
#[must_use]
pub fn left_out(review: &Review) -> Vec<String> {
    let carried = carried::carried(review);
    let mut words: Vec<String> = Vec::new();
    for left in carried.reports.iter().flat_map(|report| &report.left_out) {
        if !words.contains(&left.words()) {
            words.push(left.words());
        }
    }
    words
}

/// What a link of `review` spends, as (part of the review, kind of item, items, bits), the most first.
///
/// # Errors
/// As [`encode`].
pub fn weigh(review: &Review) -> Result<Vec<(&'static str, u16, u64, f64)>, LinkError> {
    let mut carried = carried::carried(review);
    let mut wire = primed(Codec::Second).writer();
    wire.weigh();
    tell(&mut wire, &mut carried)?;
    let spent = wire.spent().into_iter();
    let mut rows: Vec<_> = spent
        .map(|((part, kind), (items, bits))| (part, kind, items, bits))
        .collect();
    rows.sort_by(|a, b| b.3.total_cmp(&a.3));
    Ok(rows)
}

/// `reviews` told one after the other on a wire that knows nothing, as [`encode`] finds usual reviews.
///
/// # Errors
/// As [`encode`].
pub fn usual(reviews: &[Review]) -> Result<Vec<u8>, LinkError> {
    let mut wire = Wire::blank_writer();
    for review in reviews {
        tell(&mut wire, &mut carried::carried(review))?;
    }
    let count = u8::try_from(reviews.len()).map_err(|_| LinkError::TooLarge)?;
    Ok([vec![count], wire.into_bytes()].concat())
}

/// `text` from its `#` on, without blanks, `%23` put back.
fn mend(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let plain = plain.replace("%23r", "#r");
    match plain.rfind("#r") {
        Some(at) => plain.get(at + 1..).unwrap_or_default().to_owned(),
        None => plain,
    }
}

/// Version, codec and the rest of `r1.p.…`.
fn head(text: &str) -> Option<(u32, &str, &str)> {
    let (version, rest) = text.strip_prefix('r')?.split_once('.')?;
    let version = version.parse().ok().filter(|version| *version > 0)?;
    let (codec, rest) = rest.split_once('.').unwrap_or((rest, ""));
    let is_codec = codec.len() == 1 && codec.bytes().all(|b| b.is_ascii_lowercase());
    is_codec.then_some((version, codec, rest))
}

/// The payload, if it is whole and as it was sent.
fn body<'a>(codec: &str, rest: &'a str) -> Result<&'a str, LinkError> {
    let mut fields = rest.splitn(3, '.');
    let promised: usize = match fields.next().map(str::parse) {
        Some(Ok(length)) => length,
        _ => return Err(LinkError::Altered),
    };
    let stated = fields.next().unwrap_or_default();
    let payload = fields.next().unwrap_or_default();
    if promised > MOST_CHARACTERS {
        return Err(LinkError::TooLong(promised));
    }
    if payload.len() < promised {
        return Err(LinkError::Cut {
            arrived: payload.len(),
            promised,
        });
    }
    // What a mail program hung on behind (a full stop, a bracket) is not ours.
    let payload = payload.get(..promised).ok_or(LinkError::Altered)?;
    if check(codec, payload) != stated {
        return Err(LinkError::Altered);
    }
    Ok(payload)
}

/// Checksum of codec and payload: CRC-32, six characters.
fn check(codec: &str, payload: &str) -> String {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(codec.as_bytes());
    hasher.update(payload.as_bytes());
    URL_SAFE_NO_PAD.encode(hasher.finalize().to_be_bytes())
}
