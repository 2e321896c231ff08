//! What should not leave with a review: keys, e-mail addresses, telephone numbers. A scan, not a proof.

use super::{Anchor, Review};
use crate::text;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An access key or token.
    Key,
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
}

impl Kind {
    /// As it reads in a sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Key => "a key or token",
            Self::Email => "an e-mail address",
            Self::Phone => "a telephone number",
        }
    }
}

/// One find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// What it looks like.
    pub kind: Kind,
    /// Where it stands, in words; empty for [`scan`].
    pub place: String,
    /// The find, all but its ends hidden.
    pub shown: String,
    /// Byte at which it starts in its text.
    pub at: usize,
}

/// Starts of keys that services give out, and how many letters follow at least.
const KEYS: &[(&str, usize)] = &[
    ("sk-", 16),
    ("sk_live_", 12),
    ("rk_live_", 12),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghs_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("hf_", 20),
    ("xoxb-", 16),
    ("xoxp-", 16),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 30),
    ("npm_", 20),
    ("pypi-", 20),
    ("eyJ", 30),
];
/// Words before a secret (`password: …`).
const LABELS: &[&str] = &[
    "password",
    "passwd",
    "secret",
    "api_key",
    "apikey",
    "api-key",
    "token",
    "authorization",
    "bearer",
];

/// Everything in `text` that looks like a key, an e-mail address or a telephone number, by place.
#[must_use]
pub fn scan(text: &str) -> Vec<Leak> {
    let mut found: Vec<Leak> = Vec::new();
    let mut add = |kind: Kind, at: usize, what: &str| {
        found.push(Leak {
            kind,
            place: String::new(),
            shown: hidden(what),
            at,
        });
    };
    if let Some(at) = text
        .find("-----BEGIN ")
        .filter(|at| text.get(*at..).is_some_and(|rest| rest.contains("PRIVATE KEY")))
    {
        add(Kind::Key, at, "-----BEGIN PRIVATE KEY");
    }
    let mut is_labelled = false;
    for (at, word) in words(text) {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        if is_key(bare) || (is_labelled && is_secret(bare)) {
            add(Kind::Key, at, bare);
        } else if let Some(email) = email(word) {
            add(Kind::Email, at, email);
        } else if let Some((_, value)) = word
            .split_once(['=', ':'])
            .filter(|(label, value)| is_label(label) && is_secret(value))
        {
            add(Kind::Key, at, value);
        }
        is_labelled = is_label(bare);
    }
    for (at, number) in phones(text) {
        add(Kind::Phone, at, number);
    }
    found.sort_by_key(|leak| (leak.at, leak.kind));
    found
}

/// Words between spaces, quotes and brackets, with the byte at which each starts.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_gap = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\'' | '`' | '<' | '>' | '(' | ')' | '{' | '}' | '[' | ']' | ',' | ';'
            )
    };
    text.split(is_gap)
        .filter(|word| !word.is_empty())
        .map(move |word| (word.as_ptr() as usize - text.as_ptr() as usize, word))
}

fn is_key(word: &str) -> bool {
    let is_body = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    KEYS.iter().any(|(start, least)| {
        word.strip_prefix(start).is_some_and(|rest| {
            rest.len() >= *least && rest.chars().all(is_body) && rest.chars().any(|c| c.is_ascii_digit())
        })
    })
}

fn is_label(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    LABELS
        .iter()
        .any(|label| word == *label || word.ends_with(&format!("_{label}")))
}

/// Long enough, without spaces, with letters and digits: what a random secret looks like.
fn is_secret(word: &str) -> bool {
    word.len() >= 8 && word.chars().any(|c| c.is_ascii_digit()) && word.chars().any(|c| c.is_ascii_alphabetic())
}

fn email(word: &str) -> Option<&str> {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let word = word.strip_prefix("mailto:").unwrap_or(word);
    let (name, host) = word.split_once('@')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "._%+-".contains(c));
    let is_host = host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
    let end = host.rsplit('.').next().unwrap_or("");
    let ends = host.contains('.') && end.chars().count() >= 2 && end.chars().all(char::is_alphabetic);
    (is_name && is_host && ends).then_some(word)
}

/// Stretches of digits with the marks people put between them: 7 to 15 digits after a plus, 9 to 15 in groups without.
fn phones(text: &str) -> Vec<(usize, &str)> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '/' | '(' | ')' | '.' | '+');
    let mut found = Vec::new();
    for stretch in text.split(|c: char| !is_part(c)) {
        let start = stretch.as_ptr() as usize - text.as_ptr() as usize;
        let number = stretch.trim_matches(|c: char| !c.is_ascii_digit() && c != '+');
        let at = start + stretch.find(number).unwrap_or(0);
        let digits = number.chars().filter(char::is_ascii_digit).count();
        let groups = number
            .split(|c: char| !c.is_ascii_digit())
            .filter(|group| group.len() > 1)
            .count();
        let is_grouped = (9..=15).contains(&digits)
            && (3..=6).contains(&groups)
            && !number.contains(". ")
            && number.matches('.').count() != 3;
        let is_international = number.starts_with('+') && (7..=15).contains(&digits);
        if (is_international || is_grouped) && !is_dated(number) {
            found.push((at, number));
        }
    }
    found
}

/// A day or a time stamp (`2026-10-01 09`), which has digits in groups too.
fn is_dated(number: &str) -> bool {
    number
        .get(..10)
        .is_some_and(|start| start.parse::<jiff::civil::Date>().is_ok())
}

/// The two letters at either end, the rest hidden.
fn hidden(what: &str) -> String {
    let letters: Vec<char> = what.chars().collect();
    match letters.as_slice() {
        [a, b, .., y, z] if letters.len() > 8 => format!("{a}{b}…{y}{z}"),
        [a, ..] => format!("{a}…"),
        [] => String::new(),
    }
}

/// Everything in the texts that leave with `review` that looks like a key, an e-mail address or a telephone number.
#[must_use]
pub fn scan_review(review: &Review) -> Vec<Leak> {
    let mut found = Vec::new();
    for (place, text) in texts(review) {
        found.extend(scan(text).into_iter().map(|leak| Leak {
            place: place.clone(),
            ..leak
        }));
    }
    found
}

/// Every text that people wrote or pinned, with its place in words.
fn texts(review: &Review) -> Vec<(String, &str)> {
    let state = &review.state;
    let mut texts: Vec<(String, &str)> = super::audit::Field::ALL
        .iter()
        .map(|(field, words)| ((*words).to_owned(), field.of(state)))
        .collect();
    for decision in &state.decisions {
        let own = [
            ("name", &decision.name),
            ("role", &decision.role),
            ("reason", &decision.reason),
        ];
        texts.extend(own.map(|(what, text)| (format!("Decision: {what}"), text.as_str())));
        for condition in &decision.conditions {
            texts.push(("Decision: condition".to_owned(), &condition.text));
            texts.push(("Decision: owner of a condition".to_owned(), &condition.owner));
        }
        for dissent in &decision.dissent {
            texts.push(("Decision: dissent".to_owned(), &dissent.text));
            texts.push(("Decision: who dissents".to_owned(), &dissent.who));
        }
    }
    for note in &state.notes {
        texts.push((format!("Note on {}", anchor(&note.on)), &note.text));
        texts.push((format!("Author of the note on {}", anchor(&note.on)), &note.who));
    }
    for pin in &state.pins {
        let name = text::shortened(&pin.id, 40);
        texts.push((format!("Pinned sample “{name}”"), &pin.label));
        texts.extend(
            pin.excerpt
                .iter()
                .map(|excerpt| (format!("Text of the pinned sample “{name}”"), excerpt.as_str())),
        );
    }
    if let Some(policy) = &state.policy {
        texts.extend(
            policy
                .gates
                .iter()
                .map(|gate| (format!("Rationale of the gate “{}”", gate.id), gate.rationale.as_str())),
        );
        texts.extend(
            policy
                .triggers
                .iter()
                .map(|trigger| (format!("Owner of the trigger “{}”", trigger.id), trigger.owner.as_str())),
        );
        for waiver in &policy.waivers {
            texts.push((format!("Waiver of “{}”", waiver.gate), &waiver.why));
            texts.push((format!("Who waived “{}”", waiver.gate), &waiver.who));
        }
    }
    texts
}

fn anchor(on: &Anchor) -> String {
    match on {
        Anchor::Review => "the review".to_owned(),
        Anchor::Sample { id, .. } => format!("the sample “{}”", text::shortened(id, 40)),
        Anchor::Bin { low, high } => format!("the bin {low} to {high}"),
        Anchor::Slice { name, value } => format!("the slice {name} = {value}"),
        Anchor::Gate(id) => format!("the gate “{id}”"),
        Anchor::Chart(id) => format!("the chart “{id}”"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        scan(text).into_iter().map(|leak| leak.kind).collect()
    }

    #[test]
    fn keys_addresses_and_numbers_are_found_with_their_place() {
        assert_eq!(kinds("use sk-proj-abcdefgh12345678ijkl now"), [Kind::Key]);
        assert_eq!(kinds("API_KEY=9f8a7b6c5d4e3f2a"), [Kind::Key]);
        assert_eq!(kinds("password: hunter2hunter2"), [Kind::Key]);
        assert_eq!(kinds("-----BEGIN RSA PRIVATE KEY-----"), [Kind::Key]);
        assert_eq!(kinds("ask <ann.lee+x@example.org>."), [Kind::Email]);
        assert_eq!(
            kinds("call +44 20 7946 0958 or (030) 1234-5678"),
            [Kind::Phone, Kind::Phone]
        );
        let leak = &scan("mail ann@example.org")[0];
        assert_eq!((leak.at, leak.shown.as_str()), (5, "an…rg"));
    }

    #[test]
    fn ordinary_texts_are_left_alone() {
        for text in [
            "On 2026-10-01 09:15 p95 was 9.1 s [8.4, 10.2] (n = 900).",
            "the token budget is 4,096 tokens; secret sauce",
            "version 1.2.3.4, 192.168.100.200, 3.14159265358979",
            "a@b and @handle, skip-this, sk-short",
            "sample 1234567890123",
        ] {
            assert_eq!(kinds(text), [], "{text}");
        }
    }

    #[test]
    fn places_name_what_carries_them() {
        let mut review = Review::default();
        review.state.product = "write to ann@example.org".to_owned();
        let found = scan_review(&review);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "Product or feature");
    }
}
