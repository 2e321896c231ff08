//! The bodies of the fuzz targets on real files, damaged in a fixed number of ways that are the same each time.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../fuzz/src/lib.rs"]
mod body;

/// Largest file that is damaged; larger ones say the same more slowly.
const MOST_BYTES: u64 = 40_000;

/// Words that mean something to some reader.
const WORDS: [&[u8]; 12] = [
    b"\"",
    b"{",
    b"]",
    b",",
    b"\n",
    b"\\u0000",
    b"-1e999",
    b"null",
    b"NaN",
    b"\xff",
    b"PK\x05\x06",
    b"9999999999",
];

/// A stream of numbers, the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }

    /// `bytes` with some of them changed, cut out, doubled or replaced by words.
    fn damage(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut damaged = bytes.to_vec();
        for _ in 0..=self.roll(4) {
            let at = self.roll(damaged.len() + 1);
            match self.roll(5) {
                0 => damaged.truncate(at),
                1 => damaged
                    .iter_mut()
                    .skip(at)
                    .take(1)
                    .for_each(|byte| *byte ^= 1 << (at % 8)),
                2 => {
                    let word = WORDS[self.roll(WORDS.len())];
                    damaged.splice(at..at, word.iter().copied());
                }
                3 => {
                    let end = (at + self.roll(64)).min(damaged.len());
                    damaged.drain(at..end);
                }
                _ => {
                    let end = (at + self.roll(64)).min(damaged.len());
                    let piece: Vec<u8> = damaged[at..end].to_vec();
                    damaged.splice(at..at, piece);
                }
            }
        }
        damaged
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    let each = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    found.into_iter().flat_map(each).collect()
}

fn fixtures(folder: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(folder);
    let small = |path: &PathBuf| fs::metadata(path).is_ok_and(|data| data.len() <= MOST_BYTES);
    files(&root)
        .into_iter()
        .filter(small)
        .map(|path| fs::read(path).unwrap())
        .collect()
}

/// Gives `body` every file of `originals` whole, then `times` damaged; `ASSAY_ROUNDS` multiplies that.
fn attack(originals: &[Vec<u8>], times: usize, body: fn(&[u8])) {
    assert!(!originals.is_empty());
    let rounds = std::env::var("ASSAY_ROUNDS").ok().and_then(|text| text.parse().ok());
    let times = times * rounds.unwrap_or(1);
    for (place, original) in originals.iter().enumerate() {
        body(original);
        let mut dice = Dice(place as u64);
        for _ in 0..times {
            body(&dice.damage(original));
        }
    }
}

fn review() -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/review/v1.review.json")).unwrap()
}

#[test]
fn readers_take_damaged_files() {
    for folder in ["plain", "bad", "promptfoo", "inspect-ai", "lm-eval"] {
        let framed: Vec<Vec<u8>> = fixtures(folder)
            .into_iter()
            .map(|bytes| [&[255], bytes.as_slice()].concat())
            .collect();
        attack(&framed, 12, body::reader);
    }
}

#[test]
fn policies_take_damaged_text() {
    let mut texts: Vec<Vec<u8>> = assay::review::policy::TEMPLATES
        .iter()
        .map(|template| template.toml.as_bytes().to_vec())
        .collect();
    let policy = assay::review::Policy::parse(assay::review::policy::TEMPLATES[0].toml).unwrap();
    texts.push(serde_json::to_vec(&policy).unwrap());
    attack(&texts, 150, body::policy);
}

#[test]
fn links_take_damaged_text() {
    let review = assay::review::Review::from_json(&String::from_utf8(review()).unwrap()).unwrap();
    let link = assay::link::encode(&review).unwrap();
    attack(&[link.clone().into_bytes()], 300, body::link);
    let payload = link.rsplit('.').next().unwrap();
    use base64::Engine;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(payload)
        .unwrap();
    attack(
        &[bytes.clone(), bytes[..bytes.len() / 2].to_vec(), vec![0; 64]],
        100,
        body::payload,
    );
    attack(&[vec![1; 80], vec![0; 33]], 50, body::sealed);
}

#[test]
fn reviews_take_damaged_files() {
    attack(&[review()], 40, body::review);
}
