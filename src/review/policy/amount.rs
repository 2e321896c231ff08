//! Limits as people write them: numbers, or texts with a unit where the unit cannot be mistaken.

use crate::estimate::Unit;

/// What a text may end with, by unit, and what its number is multiplied by.
const SUFFIXES: &[(Unit, &str, f64)] = &[
    (Unit::Seconds, "ms", 0.001),
    (Unit::Seconds, "min", 60.0),
    (Unit::Seconds, "s", 1.0),
    (Unit::Seconds, "m", 60.0),
    (Unit::Seconds, "h", 3600.0),
    (Unit::Share, "%", 0.01),
    (Unit::Points, "points", 0.01),
    (Unit::Points, "point", 0.01),
    (Unit::Points, "pp", 0.01),
    (Unit::Points, "%", 0.01),
    (Unit::Tokens, "tokens", 1.0),
    (Unit::TokensPerSecond, "tokens/s", 1.0),
    (Unit::Ratio, "×", 1.0),
    (Unit::Ratio, "x", 1.0),
];

/// What a number in `unit` looks like, for messages.
#[must_use]
pub fn example(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "a fraction such as 0.8, or \"80 %\"",
        Unit::Points => "a fraction such as 0.02 for 2 points, or \"2 points\"",
        Unit::Seconds => "seconds such as 8, or \"8s\" or \"800 ms\"",
        Unit::Dollars => "US dollars such as 0.01",
        Unit::Tokens => "a number of tokens such as 500",
        Unit::TokensPerSecond => "tokens a second such as 50",
        Unit::Score => "a number such as 0.05",
        Unit::Ratio => "a ratio such as 4",
        Unit::Count => "a whole number",
    }
}

/// The number that `text` writes in `unit`.
pub(super) fn from_text(text: &str, unit: Unit) -> Option<f64> {
    let text = text.trim();
    let plain = |digits: &str| digits.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    if let (Unit::Dollars, Some(digits)) = (unit, text.strip_prefix('$')) {
        return plain(digits);
    }
    let own = SUFFIXES.iter().filter(|(of, ..)| *of == unit);
    own.filter_map(|(_, suffix, factor)| Some(plain(text.strip_suffix(suffix)?)? * factor))
        .next()
}

/// The number that `text` writes in `unit`, with or without its suffix: `80 %` and `0.8` are the same share.
///
/// `None` for anything else and for what is not finite.
#[must_use]
pub fn read(text: &str, unit: Unit) -> Option<f64> {
    let bare = || text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let number = from_text(text, unit).or_else(bare)?;
    // Products such as 97.5 × 0.01 carry an error of the last bit that nobody typed.
    format!("{number:.12}").parse().ok()
}

/// `value` as people write it in `unit`, which [`read`] reads back: `80 %`, `2 points`, `8 s`, `800 ms`.
#[must_use]
pub fn write(value: f64, unit: Unit) -> String {
    let scaled = |factor: f64| {
        let digits = format!("{:.9}", value * factor);
        digits.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match unit {
        Unit::Share => format!("{} %", scaled(100.0)),
        Unit::Points => format!("{} points", scaled(100.0)),
        Unit::Seconds if value.abs() < 1.0 && value != 0.0 => format!("{} ms", scaled(1000.0)),
        Unit::Seconds => format!("{} s", scaled(1.0)),
        Unit::Dollars => format!("${}", scaled(1.0)),
        Unit::Tokens | Unit::TokensPerSecond | Unit::Score | Unit::Ratio | Unit::Count => scaled(1.0),
    }
}

/// What is wrong with `value` as a limit in `unit`; `None` if nothing is. Differences may be negative.
pub(crate) fn fault(value: f64, unit: Unit, is_difference: bool) -> Option<String> {
    let low = if is_difference { -1.0 } else { 0.0 };
    match unit {
        Unit::Share if !(low..=1.0).contains(&value) => {
            let meant = if value > 1.0 && value <= 100.0 {
                format!("; {value} % is written {}", value / 100.0)
            } else {
                String::new()
            };
            Some(format!("{value} is no share: shares lie between 0 and 1{meant}"))
        }
        Unit::Points if !(-1.0..=1.0).contains(&value) => {
            Some(format!("{value} is no difference of shares: 2 points are written 0.02"))
        }
        Unit::Seconds if value < 0.0 && !is_difference => Some(format!("{value} s is no duration")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_where_they_fit_and_nowhere_else() {
        assert_eq!(from_text("8s", Unit::Seconds), Some(8.0));
        assert_eq!(from_text("800 ms", Unit::Seconds), Some(0.8));
        assert_eq!(from_text("99 %", Unit::Share), Some(0.99));
        assert_eq!(from_text("2 points", Unit::Points), Some(0.02));
        assert_eq!(from_text("$0.01", Unit::Dollars), Some(0.01));
        for (text, unit) in [
            ("8s", Unit::Share),
            ("99 %", Unit::Seconds),
            ("8", Unit::Seconds),
            ("infs", Unit::Seconds),
        ] {
            assert_eq!(from_text(text, unit), None, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let units = [
            Unit::Share,
            Unit::Points,
            Unit::Seconds,
            Unit::Dollars,
            Unit::Tokens,
            Unit::Score,
            Unit::Ratio,
        ];
        for unit in units {
            for value in [0.0, 0.05, 0.2, 0.975, 0.999, 1.0, 8.0, 300.0, -0.02] {
                assert_eq!(read(&write(value, unit), unit), Some(value), "{}", write(value, unit));
            }
        }
        assert_eq!(
            (write(0.975, Unit::Share), write(0.8, Unit::Seconds)),
            ("97.5 %".into(), "800 ms".into())
        );
        assert_eq!(read("0.8", Unit::Share), read("80 %", Unit::Share));
        assert_eq!(
            (read("", Unit::Share), read("nan", Unit::Score), read("8s", Unit::Share)),
            (None, None, None)
        );
    }

    #[test]
    fn a_percentage_given_as_a_share_is_told_how_to_write_it() {
        let told = fault(80.0, Unit::Share, false).unwrap();
        assert!(told.contains("0.8"), "{told}");
        assert_eq!(fault(-0.1, Unit::Points, true), None);
    }
}
