//! Ways out of the page beside the link: Markdown to paste beside it, an evaluation card, and one self-contained HTML file.

mod card;
mod html;
mod markdown;
mod numbers;

pub use card::card;
pub use html::{PLACE, WHOLE, filled, with_whole};
pub use markdown::{HEADLINES, markdown};
pub use numbers::numbers;

/// What the digits of a file's hash are: a link carries half of them.
#[must_use]
pub fn hash_words(sha256: &str) -> &'static str {
    match sha256.len() {
        1..64 => "first half of SHA-256",
        _ => "SHA-256",
    }
}

/// The digits of a file's hash, and that they are not all where they are not.
#[must_use]
pub fn hash_shown(sha256: String) -> String {
    match hash_words(&sha256) {
        "SHA-256" => sha256,
        _ => sha256 + "… (first half)",
    }
}

/// What a note is on, in words.
#[must_use]
pub fn anchor_words(on: &crate::review::Anchor) -> String {
    use crate::review::Anchor;
    match on {
        Anchor::Review => "the review".to_owned(),
        Anchor::Sample { id, epoch, .. } if *epoch > 1 => format!("sample {id}, epoch {epoch}"),
        Anchor::Sample { id, .. } => format!("sample {id}"),
        Anchor::Bin { low, high } if low == high => format!("confidence {}", crate::text::fixed(*low, 2)),
        Anchor::Bin { low, high } => format!(
            "confidence {} to {}",
            crate::text::fixed(*low, 2),
            crate::text::fixed(*high, 2)
        ),
        Anchor::Slice { name, value } => format!("slice {name} = {value}"),
        Anchor::Gate(id) => format!("gate {id}"),
        Anchor::Chart(id) => {
            let title = crate::chart::CHARTS
                .iter()
                .find(|kind| kind.id == id)
                .map(|kind| kind.title);
            format!("chart {}", title.unwrap_or(id))
        }
    }
}

/// Text as Markdown shows it: no markup, no HTML, no second line.
pub(crate) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => {
                shown.push('\\');
                shown.push(letter);
            }
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            letter if letter.is_control() => shown.push(' '),
            letter => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_of_others_is_shown_as_it_was_typed() {
        assert_eq!(plain("<b>*x*</b>\n| a"), "&lt;b&gt;\\*x\\*&lt;/b&gt; \\| a");
    }
}
