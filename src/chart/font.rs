//! Text widths from a table, the same in every place a chart is drawn.

/// Advance widths of U+0020..=U+007E in thousandths of an em, from DejaVu Sans: the widest of the usual system sans fonts,
/// so that a label that fits by this table fits with every one of them.
const WIDTHS: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636,
    636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863,
    748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635,
    615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636,
    337, 636, 838,
];

/// Width of `text` in px at `size` px, in a regular or bold sans font: an upper bound for the usual system fonts.
#[must_use]
pub fn text_width(text: &str, size: f64, bold: bool) -> f64 {
    let thousandths: u32 = text.chars().map(advance).sum();
    let weight = if bold { 1.13 } else { 1.0 };
    f64::from(thousandths) / 1000.0 * size * weight
}

fn advance(c: char) -> u32 {
    let code = u32::from(c);
    match c {
        ' '..='~' => WIDTHS.get((code - 0x20) as usize).copied().unwrap_or(838).into(),
        '\u{a0}' | '\u{202f}' | '·' | '’' | '‘' => 318,
        '–' => 500,
        '“' | '”' => 518,
        // Accents and marks that stand over other letters take no room; joiners neither.
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{a1}'..='\u{17f}' => 690,
        '\u{370}'..='\u{5ff}' => 860,
        '…' | '—' => 1000,
        '\u{2010}'..='\u{2bff}' => 838,
        // Han, kana, Hangul, emoji: a full em and a little.
        _ if code >= 0x1100 => 1050,
        _ => 838,
    }
}

/// `text` shortened to at most `room` px, with an ellipsis in the middle, where long names differ least.
#[must_use]
pub fn shorten(text: &str, size: f64, room: f64) -> String {
    if text_width(text, size, false) <= room {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let build = |kept: usize| -> String {
        let tail = kept / 2;
        let head = kept - tail;
        let start: String = chars.iter().take(head).collect();
        let end: String = chars.iter().skip(chars.len() - tail).collect();
        format!("{}…{}", start.trim_end(), end.trim_start())
    };
    // Width grows with the number of kept characters: bisect for the most that fit.
    let (mut low, mut high) = (1, chars.len().saturating_sub(1).max(1));
    while low < high {
        let middle = (low + high).div_ceil(2);
        if text_width(&build(middle), size, false) <= room {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    build(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_both_ends_and_fits() {
        let name = "hallucinated_citation_of_a_paper_that_does_not_exist_v2";
        let short = shorten(name, 12.0, 120.0);
        assert!(
            short.starts_with("hallu") && short.ends_with("_v2") && short.contains('…'),
            "{short}"
        );
        assert!(text_width(&short, 12.0, false) <= 120.0);
        assert_eq!(shorten("short", 12.0, 120.0), "short");
        assert_eq!(shorten("名前が長い分類", 12.0, 1.0).chars().count(), 2);
    }
}
