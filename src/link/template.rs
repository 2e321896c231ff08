//! Texts of the program taken apart: sentences into words and numbers, moments into days and seconds.

/// Stands where a number stood.
pub(super) const HOLE: char = '\u{1a}';
/// Days since 1970 of the first day that a review counts from, unless it names one: 1 January 2026.
pub(super) const FIRST_DAY: i64 = 20_454;
/// Longest number that is taken out.
const MOST_DIGITS: usize = 15;

/// The words of a sentence with holes for its numbers. A hole that stood there is taken out: no sentence has one.
pub(super) fn apart(text: &str) -> (String, Vec<u64>) {
    let text = text.replace(HOLE, "");
    let (mut words, mut numbers) = (String::new(), Vec::new());
    let mut rest = text.as_str();
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        words.push_str(before);
        let length = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
        let (digits, after) = from.split_at(length);
        match digits.parse::<u64>() {
            Ok(number) if digits.len() <= MOST_DIGITS && number.to_string() == digits => {
                words.push(HOLE);
                numbers.push(number);
            }
            _ => words.push_str(digits),
        }
        rest = after;
    }
    words.push_str(rest);
    (words, numbers)
}

/// The sentence of `words` with `numbers` in its holes.
pub(super) fn together(words: &str, numbers: &[u64]) -> String {
    let mut numbers = numbers.iter();
    let mut text = String::with_capacity(words.len());
    for c in words.chars() {
        let number = if c == HOLE { numbers.next() } else { None };
        match number {
            Some(number) => text.push_str(&number.to_string()),
            None => text.push(c),
        }
    }
    text
}

/// A day, with or without a second of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment {
    /// Days since 1970.
    pub day: i64,
    /// Seconds since midnight in UTC.
    pub second: Option<u64>,
}

impl Moment {
    /// `2026-11-22` or `2026-11-22T09:30:00Z`, written just like that.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, Some(time)),
            None => (text, None),
        };
        let date: jiff::civil::Date = date.parse().ok()?;
        let day = (date - jiff::civil::date(1970, 1, 1)).get_days();
        let second = match time {
            Some(time) => Some(seconds(time)?),
            None => None,
        };
        let told = Self {
            day: i64::from(day),
            second,
        };
        (told.words().as_deref() == Some(text)).then_some(told)
    }

    /// As text; `None` for a day beyond the calendar.
    pub fn words(self) -> Option<String> {
        let days = jiff::Span::new().try_days(self.day).ok()?;
        let date = jiff::civil::date(1970, 1, 1).checked_add(days).ok()?;
        if !(0..=9999).contains(&date.year()) {
            return None;
        }
        Some(match self.second {
            None => date.to_string(),
            Some(second) => format!(
                "{date}T{:02}:{:02}:{:02}Z",
                second / 3600,
                second / 60 % 60,
                second % 60
            ),
        })
    }
}

fn seconds(time: &str) -> Option<u64> {
    let mut parts = time.strip_suffix('Z')?.split(':');
    let mut next = || parts.next()?.parse::<u64>().ok();
    let (hour, minute, second) = (next()?, next()?, next()?);
    (hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_come_apart_and_together() {
        for text in [
            "",
            "8 of 23",
            "0.037 and 1,234",
            "007",
            "no number",
            "99999999999999999999 is long",
        ] {
            let (words, numbers) = apart(text);
            assert_eq!(together(&words, &numbers), text);
        }
        assert_eq!(apart("8 of 23").1, [8, 23]);
    }

    #[test]
    fn moments_are_read_as_they_are_written() {
        for text in [
            "2026-11-22",
            "2026-11-22T09:30:00Z",
            "1969-02-28",
            "2028-02-29T23:59:59Z",
        ] {
            assert_eq!(Moment::parse(text).and_then(Moment::words).as_deref(), Some(text));
        }
        for text in [
            "",
            "2026-11-22T09:30:00.5Z",
            "2026-11-22T09:30Z",
            "22 November",
            "2026-13-01",
            "2026-11-22T24:00:00Z",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }
}
