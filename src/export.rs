//! Ways out of the page beside the link: Markdown to paste beside it, an evaluation card, and one self-contained HTML file.

mod card;
mod html;
mod markdown;

pub use card::card;
pub use html::{PLACE, WHOLE, filled, with_whole};
pub use markdown::{HEADLINES, markdown};

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
