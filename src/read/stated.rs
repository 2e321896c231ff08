//! One confidence as models and people write it: “Confidence: 85 %”, `CONFIDENCE: 0.9`, `{"confidence": 0.85}`, “9/10”.

/// How a written confidence is to be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// A fraction of one (`0.85`, `17/20`).
    Fraction,
    /// In percent, and says so (`85 %`).
    Percent,
    /// A bare number (`85`, `1`) whose scale only the whole column can tell.
    Bare,
}

/// A confidence as written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stated {
    /// The number as written; for `9/10` the quotient.
    pub number: f64,
    /// Its scale.
    pub scale: Scale,
}

/// Longest stretch of text looked through between the word and its number, in bytes.
const REACH: usize = 48;

/// Words that announce a number after them or stand behind one, in lower case.
const WORDS: [&[u8]; 4] = [b"confiden", b"certainty", b"certain", b"sure"];

/// The last confidence stated in `text`; `None` if there is none, or only one in words (“high”), or a range.
#[must_use]
pub fn find(text: &str) -> Option<Stated> {
    let bytes = text.as_bytes();
    let mut end = bytes.len();
    while let Some((start, word)) = last_word(bytes, end) {
        if let Some(stated) = around(text, start, word) {
            return Some(stated);
        }
        end = start;
    }
    None
}

/// A confidence that fills a whole field: `0.85`, `"85%"`, `"9/10"`. `None` if anything else stands there.
#[must_use]
pub fn number(text: &str) -> Option<Stated> {
    let (stated, rest) = leading(text.trim())?;
    rest.trim().is_empty().then_some(stated)
}

/// Whether a field of this name holds a confidence in the answer (not a label's or a judge's).
#[must_use]
pub fn is_confidence_name(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "confidence",
        "confidence_score",
        "model_confidence",
        "answer_confidence",
        "self_confidence",
        "stated_confidence",
        "verbal_confidence",
        "verbalized_confidence",
        "verbalised_confidence",
        "conf",
        "p_correct",
        "p_true",
        "certainty",
        "probability",
    ];
    let flat: String = name
        .chars()
        .map(|c| if c == '-' || c == ' ' { '_' } else { c })
        .collect::<String>()
        .to_ascii_lowercase();
    NAMES.contains(&flat.as_str())
}

/// Start and word of the last announcing word that starts before `end`.
fn last_word(bytes: &[u8], end: usize) -> Option<(usize, &'static [u8])> {
    (0..end).rev().find_map(|start| {
        let inside = start
            .checked_sub(1)
            .and_then(|i| bytes.get(i))
            .is_some_and(u8::is_ascii_alphabetic);
        if inside {
            return None;
        }
        let here = bytes.get(start..)?;
        let word = WORDS
            .into_iter()
            .find(|word| here.get(..word.len()).is_some_and(|w| w.eq_ignore_ascii_case(word)))?;
        Some((start, word))
    })
}

/// The number after the word at `start`, else the number before it.
fn around(text: &str, start: usize, word: &[u8]) -> Option<Stated> {
    let after = text.get(start + word.len()..)?;
    let after = after.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    match word {
        b"confiden" | b"certainty" => after_word(after).or_else(|| before_word(text.get(..start)?)),
        // “85 % sure” says how sure; “not sure about 3 of them” does not.
        _ => before_word(text.get(..start)?).filter(|s| s.scale == Scale::Percent),
    }
}

/// The number that follows an announcing word, past punctuation, brackets with a scale and a few filling words.
fn after_word(text: &str) -> Option<Stated> {
    const FILLING: [&str; 14] = [
        "score",
        "level",
        "rating",
        "value",
        "in",
        "my",
        "the",
        "answer",
        "is",
        "of",
        "at",
        "about",
        "around",
        "approximately",
    ];
    let mut rest = text;
    loop {
        if text.len() - rest.len() > REACH {
            return None;
        }
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "\"'*_`:=~≈>#-–—|".contains(c));
        let first = rest.chars().next()?;
        if first.is_ascii_digit() || first == '.' {
            let (stated, _) = leading(rest)?;
            return Some(stated);
        }
        if let Some((inner, behind)) = bracket(rest) {
            if let Some(stated) = number(inner) {
                return Some(stated);
            }
            rest = behind;
            continue;
        }
        let length = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let filling = rest.get(..length).unwrap_or_default().to_ascii_lowercase();
        if !FILLING.contains(&filling.as_str()) {
            return None;
        }
        rest = rest.get(length..)?;
    }
}

/// What stands in the bracket that `text` starts with, and what follows it.
fn bracket(text: &str) -> Option<(&str, &str)> {
    let close = match text.chars().next()? {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        _ => return None,
    };
    let end = text.find(close)?;
    Some((text.get(1..end)?, text.get(end + 1..)?))
}

/// The number that ends `text` (“I am 85 % ”).
fn before_word(text: &str) -> Option<Stated> {
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || "*_`".contains(c));
    let start = text
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_ascii_digit() || " .%/".contains(*c))
        .last()?
        .0;
    // A full stop or space of the sentence before is not part of the number.
    let own = text.get(start..)?.trim_start_matches([' ', '.']);
    let before = text.get(..text.len() - own.len())?.chars().next_back();
    if before.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '–') {
        return None;
    }
    let stated = number(own)?;
    // “Of 12 confident answers” is a count: a number before the word must say that it is a share.
    (stated.scale != Scale::Bare).then_some(stated)
}

/// The number that `text` starts with, and the rest behind its unit. A range (`80-90`) is not a number.
fn leading(text: &str) -> Option<(Stated, &str)> {
    let (value, decimal, rest) = digits(text)?;
    let tail = rest.trim_start_matches([' ', '\u{a0}', '\\']);
    if let Some(behind) = ["%", "percent", "per cent"]
        .into_iter()
        .find_map(|unit| tail.strip_prefix(unit))
    {
        let stated = Stated {
            number: value,
            scale: Scale::Percent,
        };
        return (!continues_as_range(behind)).then_some((stated, behind));
    }
    if let Some(whole) = tail.strip_prefix('/').or_else(|| tail.strip_prefix("out of")) {
        let (whole, _, behind) = digits(whole.trim_start())?;
        let stated = Stated {
            number: value / whole,
            scale: Scale::Fraction,
        };
        return (whole > 0.0).then_some((stated, behind));
    }
    if continues_as_range(rest) {
        return None;
    }
    let scale = if decimal && value <= 1.0 {
        Scale::Fraction
    } else {
        Scale::Bare
    };
    let stated = Stated { number: value, scale };
    Some((stated, rest))
}

/// Whether a dash and another number follow.
fn continues_as_range(text: &str) -> bool {
    let dashed = text.trim_start().strip_prefix(['-', '–', '—']);
    dashed.is_some_and(|t| t.trim_start().starts_with(|c: char| c.is_ascii_digit()))
}

/// A plain decimal number at the start of `text`, whether it has a decimal point, and what follows.
fn digits(text: &str) -> Option<(f64, bool, &str)> {
    let mut length = 0;
    let mut decimal = false;
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(length) {
        let digit_next = bytes.get(length + 1).is_some_and(u8::is_ascii_digit);
        match byte {
            b'0'..=b'9' => {}
            b'.' if !decimal && digit_next => decimal = true,
            b'e' | b'E' if length > 0 && bytes.get(length + 1) == Some(&b'-') => {
                let tail = text.get(length + 2..)?;
                let exponent = tail.bytes().take_while(u8::is_ascii_digit).count();
                if exponent == 0 {
                    break;
                }
                length += 2 + exponent;
                decimal = true;
                break;
            }
            _ => break,
        }
        length += 1;
    }
    let value = text.get(..length)?.parse::<f64>().ok()?;
    Some((value, decimal, text.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(text: &str) -> Option<(f64, Scale)> {
        find(text).map(|s| (s.number, s.scale))
    }

    #[test]
    fn the_usual_ways_to_state_a_confidence_are_read() {
        for (text, number, scale) in [
            ("Confidence: 85%", 85.0, Scale::Percent),
            ("ANSWER: 12\nCONFIDENCE: 0.9", 0.9, Scale::Fraction),
            (r#"{"answer": 14, "confidence": 0.61}"#, 0.61, Scale::Fraction),
            (r#"{"answer": 14, "confidence": "61%"}"#, 61.0, Scale::Percent),
            ("**Confidence:** 92.5 %", 92.5, Scale::Percent),
            ("Confidence (0-100): 90", 90.0, Scale::Bare),
            ("My confidence level is about 70 percent.", 70.0, Scale::Percent),
            ("Confidence: 9/10", 0.9, Scale::Fraction),
            ("I am 85% confident in this.", 85.0, Scale::Percent),
            ("with 0.75 confidence", 0.75, Scale::Fraction),
            ("I'm 95% sure.", 95.0, Scale::Percent),
            ("Confidence:\n1", 1.0, Scale::Bare),
            ("Confidence (85%)", 85.0, Scale::Percent),
            ("confidence=.5", 0.5, Scale::Fraction),
        ] {
            assert_eq!(share(text), Some((number, scale)), "{text}");
        }
    }

    #[test]
    fn the_last_statement_counts_and_words_without_number_do_not() {
        assert_eq!(
            share("Confidence: 20%\nno: Confidence: 80%"),
            Some((80.0, Scale::Percent))
        );
        assert_eq!(share("Confidence: 70%. I am confident."), Some((70.0, Scale::Percent)));
        for text in [
            "Confidence: high",
            "Confidence: 80-90%",
            "Confidence: 80%-90%",
            "the 95 patients were confident",
            "I am not sure about 3 of them",
            "overconfidence 0.9",
            "",
        ] {
            assert_eq!(share(text), None, "{text}");
        }
    }

    #[test]
    fn only_names_of_the_answers_confidence_count() {
        assert!(is_confidence_name("Confidence"));
        assert!(is_confidence_name("model-confidence"));
        assert!(!is_confidence_name("label_confidence"));
        assert!(!is_confidence_name("score"));
    }
}
