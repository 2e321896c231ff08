//! Numbers as people read them: the only place where a number is rounded.
//!
//! Two significant digits of the interval's width decide how many decimals a number and its interval show. Shares are
//! percentages, differences of shares are points, times are milliseconds under one second and seconds from there on, of
//! three significant digits at most. Beyond 10¹⁵ and below 10⁻⁴ numbers are written with powers of ten.

use crate::estimate::{Estimate, Unit};

/// Shown where a number is undefined.
pub const ABSENT: &str = "–";

/// From this size on a number is written with a power of ten.
const HUGE: f64 = 1e15;
/// Below this size a number is written with a power of ten.
const TINY: f64 = 1e-4;

/// Decimals that show `width` with two significant digits: 0 for 32, 1 for 1.8, −1 for 150. Between −9 and 9.
///
/// `None` when the width is 0 or not finite.
#[must_use]
pub fn decimals(width: f64) -> Option<i32> {
    significant(width, 2)
}

/// Decimals that show `value` with `digits` significant digits; `None` for 0 and what is not finite.
fn significant(value: f64, digits: i32) -> Option<i32> {
    Some((digits - 1 - magnitude(value)?).clamp(-9, 9))
}

/// The power of ten that `value` begins with: 0 for 1 to 9.9…; `None` for 0 and what is not finite.
fn magnitude(value: f64) -> Option<i32> {
    (value.is_finite() && value != 0.0).then(|| (value.abs().log10() + 1e-12).floor() as i32)
}

/// Whether the largest of some numbers, `size`, asks for a power of ten.
fn is_far(size: f64) -> bool {
    // A hair below, so that 10⁻⁴ stays what it is when a percentage is made of it.
    size.is_finite() && size != 0.0 && !(TINY * (1.0 - 1e-9)..HUGE).contains(&size.abs())
}

/// `value` as a number from 1 to 10 of `digits` significant digits (1 to 4) times a power of ten: `1.2 × 10⁻⁵`.
fn power(value: f64, digits: i32) -> String {
    let Some(exponent) = magnitude(value) else {
        return fixed(value, 0);
    };
    let decimals = digits.clamp(1, 4) - 1;
    // In two steps: ten to the power of 300 and more is out of reach at once.
    let scaled = value / 10f64.powi(exponent / 2) / 10f64.powi(exponent - exponent / 2);
    let (scaled, exponent) = match fixed(scaled.abs(), decimals).starts_with("10") {
        true => (scaled / 10.0, exponent + 1),
        false => (scaled, exponent),
    };
    let raised: String = exponent
        .to_string()
        .chars()
        .map(|sign| match sign.to_digit(10) {
            Some(digit) => RAISED.get(digit as usize).copied().unwrap_or(sign),
            None => '⁻',
        })
        .collect();
    format!("{} × 10{raised}", fixed(scaled, decimals))
}

/// Digits as exponents.
const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/// `value` with `decimals` decimals, thousands separators and a true minus sign; negative decimals round to tens,
/// hundreds … Zero never carries a sign. Not finite: [`ABSENT`].
#[must_use]
pub fn fixed(value: f64, decimals: i32) -> String {
    if !value.is_finite() {
        return ABSENT.to_owned();
    }
    let rounded = match decimals {
        0.. => format!("{:.*}", decimals as usize, value.abs()),
        _ => {
            let step = 10f64.powi(-decimals);
            format!("{:.0}", (value.abs() / step).round() * step)
        }
    };
    let is_zero = rounded.bytes().all(|b| matches!(b, b'0' | b'.'));
    let sign = if value < 0.0 && !is_zero { "−" } else { "" };
    let (whole, fraction) = rounded.split_at(rounded.find('.').unwrap_or(rounded.len()));
    format!("{sign}{}{fraction}", group(whole))
}

/// Whole-number digits in groups of three.
fn group(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count with thousands separators: `1,900`.
#[must_use]
pub fn count(number: u64) -> String {
    group(&number.to_string())
}

/// A count that is itself an estimate, rounded up to two significant digits: `1,900`.
#[must_use]
pub fn rough_count(number: u64) -> String {
    let step = 10u64.saturating_pow(number.checked_ilog10().unwrap_or(0).saturating_sub(1));
    count(number.div_ceil(step).saturating_mul(step))
}

/// A count with its noun, in the singular for 1: `1 sample`, `1,900 samples`.
#[must_use]
pub fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number))
}

/// The verb that goes with a count: `is` for 1, else `are`.
#[must_use]
pub fn are(number: u64) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// A size in bytes, decimal units: `812 B`, `34.6 MB`.
#[must_use]
pub fn bytes(size: u64) -> String {
    let mut scaled = size as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if scaled < 1000.0 || unit == "GB" {
            let decimals = if unit == "B" {
                0
            } else {
                significant(scaled, 3).unwrap_or(0).max(0)
            };
            return format!("{} {unit}", fixed(scaled, decimals));
        }
        scaled /= 1000.0;
    }
    count(size)
}

/// A label of an axis tick: as many decimals as the step between ticks needs.
#[must_use]
pub fn tick(value: f64, step: f64) -> String {
    if is_far(step) || is_far(value) && value.abs() >= HUGE {
        let digits = magnitude(value).unwrap_or(0) - magnitude(step).unwrap_or(0) + 2;
        return power(value, digits);
    }
    let needed = (0..9).find(|&d| {
        let scaled = step.abs() * 10f64.powi(d);
        (scaled - scaled.round()).abs() < 1e-6 * scaled.max(1.0)
    });
    fixed(value, needed.unwrap_or(9))
}

/// What to multiply a value by, and what to write before and after it.
struct Scale {
    factor: f64,
    before: &'static str,
    after: &'static str,
}

impl Scale {
    /// The scale of `unit` for numbers about as large as `size`.
    fn of(unit: Unit, size: f64) -> Self {
        let (factor, before, after) = match unit {
            Unit::Share => (100.0, "", " %"),
            Unit::Points => (100.0, "", " points"),
            Unit::Seconds if size.abs() < 1.0 => (1000.0, "", " ms"),
            Unit::Seconds => (1.0, "", " s"),
            Unit::Dollars => (1.0, "$", ""),
            Unit::Tokens => (1.0, "", " tokens"),
            Unit::TokensPerSecond => (1.0, "", " tokens/s"),
            Unit::Ratio => (1.0, "", "×"),
            Unit::Score | Unit::Count => (1.0, "", ""),
        };
        Self { factor, before, after }
    }

    /// The scale of an estimate: that of its value as it is shown, so that 999.8 ms are 1 s and not 1,000 ms.
    fn of_estimate(estimate: &Estimate, value: f64) -> Self {
        let scale = Self::of(estimate.unit, value);
        if estimate.unit != Unit::Seconds || value.abs() >= 1.0 {
            return scale;
        }
        let step = match estimate_shown(estimate, value, scale.factor) {
            Shown::Decimals(decimals) => 10f64.powi(-decimals),
            Shown::Powers(_) => return scale,
        };
        let is_second = (value.abs() * scale.factor / step).round() * step >= scale.factor;
        if is_second { Self::of(estimate.unit, 1.0) } else { scale }
    }

    fn write(&self, value: f64, shown: Shown) -> String {
        let digits = shown.write(value * self.factor);
        let after = match (self.after, digits.as_str()) {
            (" points", "1" | "−1") => " point",
            (" tokens", "1") => " token",
            (after, _) => after,
        };
        match digits.strip_prefix('−') {
            Some(size) => format!("−{}{size}{after}", self.before),
            None => format!("{}{digits}{after}", self.before),
        }
    }
}

/// `words` with blanks that do not break: between a number and its unit, inside an interval, and around the sign of `n = 32`.
///
/// For running text on a page, where a line that starts with `%` is hard to read.
#[must_use]
pub fn tied(words: &str) -> String {
    const UNITS: [&str; 8] = ["%", "s", "ms", "point", "points", "tokens", "min", "h"];
    let mut tied = String::with_capacity(words.len());
    let mut before = "";
    for (place, word) in words.split(' ').enumerate() {
        let bare = word.trim_end_matches(['.', ',', ';', ':', ')']);
        let ends_number = before.ends_with(|last: char| last.is_ascii_digit() || last == ']');
        let is_unit = ends_number && UNITS.contains(&bare);
        let is_bound = matches!(before, "[≥" | "[≤" | "≥" | "≤" | "±");
        let is_interval = is_bound || before.starts_with('[') && before.ends_with(',') && bare.ends_with(']');
        let is_equation = bare == "=" || before == "=";
        let blank = if is_unit || is_interval || is_equation {
            '\u{a0}'
        } else {
            ' '
        };
        if place > 0 {
            tied.push(blank);
        }
        tied.push_str(word);
        before = word;
    }
    tied
}

/// How the numbers of one statement are rounded, all alike.
#[derive(Clone, Copy)]
enum Shown {
    /// With as many decimals.
    Decimals(i32),
    /// With a power of ten each, as many digits behind the point as this power of ten asks for.
    Powers(i32),
}

impl Shown {
    /// For numbers of which the largest is `size`, to `digits` significant digits of `width` where they are far from 1,
    /// else to `decimals`.
    fn of(size: f64, width: f64, digits: i32, decimals: i32) -> Self {
        match magnitude(width) {
            Some(last) if is_far(size) => Self::Powers(last - digits + 1),
            _ => Self::Decimals(decimals),
        }
    }

    fn write(self, scaled: f64) -> String {
        match self {
            Self::Decimals(decimals) => fixed(scaled, decimals),
            Self::Powers(last) => power(scaled, magnitude(scaled).unwrap_or(0) - last + 1),
        }
    }
}

/// Decimals for a value that has no interval: three significant digits, whole numbers whole.
fn plain_decimals(scaled: f64, unit: Unit) -> i32 {
    match unit {
        Unit::Count => 0,
        _ => significant(scaled, 3).unwrap_or(0).clamp(0, 6),
    }
}

/// How an estimate is rounded in its scale: from the width of the interval, or twice the half that is known.
fn estimate_shown(estimate: &Estimate, value: f64, factor: f64) -> Shown {
    let width = match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => Some(high - low),
        (Some(end), None) | (None, Some(end)) => Some(2.0 * (value - end).abs()),
        (None, None) => None,
    };
    let plain = plain_decimals(value * factor, estimate.unit);
    let decimals = match width.and_then(|w| decimals(w * factor)) {
        // A share that is written to tens contradicts its neighbours: 74 % and 76 % would be 70 % and 80 %.
        Some(shown) if matches!(estimate.unit, Unit::Share | Unit::Points) => shown.max(0),
        // Clocks are not worth more than three digits, however many samples there are.
        Some(shown) if estimate.unit == Unit::Seconds && value != 0.0 => shown.min(plain),
        Some(shown) => shown,
        None => plain,
    };
    let ends = [Some(value), estimate.low, estimate.high];
    let size = ends.iter().flatten().fold(0.0, |size: f64, end| size.max(end.abs())) * factor;
    match width.filter(|width| *width > 0.0) {
        Some(width) => Shown::of(size, width * factor, 2, decimals),
        None => Shown::of(size, value * factor, 3, decimals),
    }
}

/// How a number without an interval is rounded: to `digits` significant digits where it is far from 1, else to `decimals`.
fn plain_shown(scaled: f64, digits: i32, decimals: i32) -> Shown {
    Shown::of(scaled, scaled, digits, decimals)
}

/// A number without an interval in its unit, three significant digits: `72.4 %`, `840 ms`, `$0.0123`.
#[must_use]
pub fn number(value: f64, unit: Unit) -> String {
    // 999.8 ms would be written 1,000 ms.
    let size = if unit == Unit::Seconds && value.abs() >= 0.9995 {
        value.abs().max(1.0)
    } else {
        value
    };
    let scale = Scale::of(unit, size);
    let scaled = size * scale.factor;
    scale.write(value, plain_shown(scaled, 3, plain_decimals(scaled, unit)))
}

/// A number that somebody chose (a budget, a threshold): as [`number`], without zeros at the end of its decimals: `8 s`.
#[must_use]
pub fn chosen(value: f64, unit: Unit) -> String {
    let scale = Scale::of(unit, value);
    let mut decimals = plain_decimals(value * scale.factor, unit);
    while decimals > 0 && fixed(value * scale.factor, decimals).ends_with('0') {
        decimals -= 1;
    }
    scale.write(value, plain_shown(value * scale.factor, 3, decimals))
}

/// A number without an interval at `digits` significant digits.
#[must_use]
pub fn rough(value: f64, unit: Unit, digits: i32) -> String {
    let scale = Scale::of(unit, value);
    let scaled = value * scale.factor;
    let decimals = significant(scaled, digits).unwrap_or(0);
    scale.write(value, plain_shown(scaled, digits, decimals))
}

/// `number` in `unit`, rounded as `like` is by its interval: for values that stand beside an estimate.
#[must_use]
pub fn alike(number: f64, unit: Unit, like: &Estimate) -> String {
    let scale = Scale::of(unit, number);
    scale.write(number, estimate_shown(like, number, scale.factor))
}

/// The value of an estimate with its unit, rounded by its interval: `72 %`; [`ABSENT`] if undefined.
#[must_use]
pub fn value(estimate: &Estimate) -> String {
    let Some(value) = estimate.value else {
        return ABSENT.to_owned();
    };
    let scale = Scale::of_estimate(estimate, value);
    scale.write(value, estimate_shown(estimate, value, scale.factor))
}

/// The interval of an estimate in the unit and rounding of its value: `[55, 85]`, `[≥ 8.4]` where the upper end is not
/// known; empty if there is none.
#[must_use]
pub fn interval(estimate: &Estimate) -> String {
    let Some(value) = estimate.value else {
        return String::new();
    };
    let factor = Scale::of_estimate(estimate, value).factor;
    let shown = estimate_shown(estimate, value, factor);
    let end = |v: f64| shown.write(v * factor);
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("[{}, {}]", end(low), end(high)),
        (Some(low), None) => format!("[≥ {}]", end(low)),
        (None, Some(high)) => format!("[≤ {}]", end(high)),
        (None, None) => String::new(),
    }
}

/// Value and interval: `72 % [55, 85]`; [`ABSENT`] if undefined.
#[must_use]
pub fn estimate(estimate: &Estimate) -> String {
    let interval = interval(estimate);
    let gap = if interval.is_empty() { "" } else { " " };
    format!("{}{gap}{interval}", value(estimate))
}

/// As [`estimate`], with a plus sign before a positive value: for differences.
#[must_use]
pub fn difference(difference: &Estimate) -> String {
    let text = estimate(difference);
    let is_positive = difference.value.is_some_and(|v| v > 0.0) && text.chars().any(|c| matches!(c, '1'..='9'));
    format!("{}{text}", if is_positive { "+" } else { "" })
}

/// A p-value: `0.03`, `below 0.001`.
#[must_use]
pub fn p_value(p: f64) -> String {
    if p < 0.001 {
        return "below 0.001".to_owned();
    }
    fixed(p, significant(p, 2).unwrap_or(2).clamp(2, 3))
}

/// A text cut to at most `limit` characters, the last one an ellipsis if something was cut.
#[must_use]
pub fn shortened(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    let kept: String = text.chars().take(limit.saturating_sub(1)).collect();
    format!("{kept}…")
}

/// Words joined as in a sentence: `a`, `a and b`, `a, b and c`.
#[must_use]
pub fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `words` with a large first letter: for the start of a sentence or a heading. Nothing stays nothing.
///
/// # Example
/// ```
/// assert_eq!(assay::text::capitalised("écart"), "Écart");
/// assert_eq!(assay::text::capitalised(""), "");
/// ```
#[must_use]
pub fn capitalised(words: &str) -> String {
    with_first(words, |first| first.to_uppercase().collect())
}

/// `words` with a small first letter: for inside a sentence. Nothing stays nothing.
///
/// # Example
/// ```
/// assert_eq!(assay::text::uncapitalised("Half of the answers"), "half of the answers");
/// ```
#[must_use]
pub fn uncapitalised(words: &str) -> String {
    with_first(words, |first| first.to_lowercase().collect())
}

fn with_first(words: &str, change: impl Fn(char) -> String) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| change(first) + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(value: f64, low: f64, high: f64, unit: Unit) -> Estimate {
        Estimate::new(value, (Some(low), Some(high)), 0.95, 32, "Wilson", unit)
    }

    #[test]
    fn shares_of_wide_intervals_do_not_contradict_each_other() {
        let gap = Estimate::new(-0.04, (Some(-0.9), Some(0.8)), 0.95, 5, "mean ± z·SE", Unit::Points);
        assert_eq!(alike(0.74, Unit::Share, &gap), "74 %");
        assert_eq!(estimate(&gap), "−4 points [−90, 80]");
    }

    #[test]
    fn times_that_round_to_a_second_are_seconds() {
        let wide = Estimate::new(
            0.9998,
            (Some(0.4), Some(1.8)),
            0.95,
            9,
            "order statistics",
            Unit::Seconds,
        );
        assert_eq!(estimate(&wide), "1.0 s [0.4, 1.8]");
        assert_eq!(number(0.9998, Unit::Seconds), "1.00 s");
        assert_eq!(number(0.94, Unit::Seconds), "940 ms");
    }

    #[test]
    fn numbers_stay_with_their_units() {
        let told = tied("Right 80.1 % [76.8, 83.0] of the time, n = 632; up to 3.6 s.");
        assert_eq!(
            told,
            "Right 80.1\u{a0}% [76.8,\u{a0}83.0] of the time, n\u{a0}=\u{a0}632; up to 3.6\u{a0}s."
        );
        assert_eq!(tied(" two  blanks stay, (a, b] too "), " two  blanks stay, (a, b] too ");
    }

    #[test]
    fn the_width_of_the_interval_decides_the_rounding() {
        assert_eq!(estimate(&made(0.71875, 0.5463, 0.8444, Unit::Share)), "72 % [55, 84]");
        assert_eq!(estimate(&made(0.2, 0.04, 0.36, Unit::Points)), "20 points [4, 36]");
        assert_eq!(estimate(&made(9.13, 8.44, 10.2, Unit::Seconds)), "9.1 s [8.4, 10.2]");
        assert_eq!(
            estimate(&made(0.8432, 0.7911, 0.9387, Unit::Seconds)),
            "840 ms [790, 940]"
        );
        assert_eq!(
            estimate(&made(0.0567, 0.031, 0.08, Unit::Score)),
            "0.057 [0.031, 0.080]"
        );
        assert_eq!(estimate(&made(12.5, 11.0, 14.0, Unit::Dollars)), "$12.5 [11.0, 14.0]");
        assert_eq!(
            estimate(&made(1234.0, 1180.0, 1310.0, Unit::Tokens)),
            "1,230 tokens [1,180, 1,310]"
        );
    }

    #[test]
    fn differences_carry_their_sign() {
        assert_eq!(difference(&made(-0.03, -0.08, 0.02, Unit::Points)), "−3 points [−8, 2]");
        assert_eq!(difference(&made(0.01, -0.18, 0.2, Unit::Points)), "+1 point [−18, 20]");
        assert_eq!(difference(&made(-0.001, -0.2, 0.2, Unit::Points)), "0 points [−20, 20]");
    }

    #[test]
    fn missing_ends_and_values_are_said() {
        let p99 = Estimate::new(9.13, (Some(8.44), None), 0.95, 50, "order statistics", Unit::Seconds);
        assert_eq!(estimate(&p99), "9.1 s [≥ 8.4]");
        let narrow = Estimate::new(
            2.1911,
            (Some(2.1634), None),
            0.95,
            90_000,
            "order statistics",
            Unit::Seconds,
        );
        assert_eq!(estimate(&narrow), "2.19 s [≥ 2.16]");
        assert_eq!(
            estimate(&Estimate::undefined("no scores", 0, "Wilson", Unit::Share)),
            ABSENT
        );
        let bare = Estimate::new(0.5, (None, None), 0.0, 4, "sum", Unit::Dollars);
        assert_eq!(estimate(&bare), "$0.500");
    }

    #[test]
    fn numbers_without_interval_show_three_digits() {
        assert_eq!(number(0.7243, Unit::Share), "72.4 %");
        assert_eq!(number(0.0123456, Unit::Seconds), "12.3 ms");
        assert_eq!(number(61.26, Unit::Seconds), "61.3 s");
        assert_eq!(number(0.0, Unit::Score), "0");
        assert_eq!(number(-2.5, Unit::Dollars), "−$2.50");
        assert_eq!(rough(0.0391, Unit::Score, 1), "0.04");
        assert_eq!(
            (
                chosen(8.0, Unit::Seconds),
                chosen(0.25, Unit::Seconds),
                chosen(0.905, Unit::Share)
            ),
            ("8 s".into(), "250 ms".into(), "90.5 %".into())
        );
    }

    #[test]
    fn counts_sizes_ticks_and_lists() {
        assert_eq!(
            (count(999), count(1900), count(1_234_567)),
            ("999".into(), "1,900".into(), "1,234,567".into())
        );
        assert_eq!(
            (counted(1, "sample"), counted(0, "sample")),
            ("1 sample".into(), "0 samples".into())
        );
        assert_eq!(
            (bytes(812), bytes(34_600_000), bytes(691_000_000)),
            ("812 B".into(), "34.6 MB".into(), "691 MB".into())
        );
        assert_eq!(
            (tick(0.3, 0.1), tick(20.0, 5.0), tick(0.25, 0.25)),
            ("0.3".into(), "20".into(), "0.25".into())
        );
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
        assert_eq!(shortened("abcdef", 4), "abc…");
        assert_eq!(
            (p_value(0.0341), p_value(0.0001), p_value(0.5)),
            ("0.034".into(), "below 0.001".into(), "0.50".into())
        );
    }

    #[test]
    fn numbers_far_from_one_carry_powers_of_ten() {
        assert_eq!(number(3.2e-7, Unit::Score), "3.20 × 10⁻⁷");
        assert_eq!(number(-4.5e18, Unit::Tokens), "−4.50 × 10¹⁸ tokens");
        assert_eq!(number(1.0e-6, Unit::Share), "0.000100 %");
        assert_eq!(number(9.9999e15, Unit::Score), "1.00 × 10¹⁶");
        assert_eq!(number(1e300, Unit::Dollars), "$1.00 × 10³⁰⁰");
        assert_eq!(number(1e-308, Unit::Score), "1.00 × 10⁻³⁰⁸");
        assert_eq!(rough(0.000_021, Unit::Ratio, 2), "2.1 × 10⁻⁵×");
        assert_eq!(
            estimate(&made(3e-6, 2.5e-6, 3.5e-6, Unit::Score)),
            "3.0 × 10⁻⁶ [2.5 × 10⁻⁶, 3.5 × 10⁻⁶]"
        );
        assert_eq!(
            estimate(&made(5.2e16, 4.1e16, 6.3e16, Unit::Tokens)),
            "5.2 × 10¹⁶ tokens [4.1 × 10¹⁶, 6.3 × 10¹⁶]"
        );
        assert_eq!(
            estimate(&made(1e-5, 0.0, 3e-5, Unit::Score)),
            "1.0 × 10⁻⁵ [0, 3.0 × 10⁻⁵]"
        );
        assert_eq!(
            (tick(2e16, 1e16), tick(2e-6, 1e-6), tick(0.0, 1e-6)),
            ("2.0 × 10¹⁶".into(), "2.0 × 10⁻⁶".into(), "0".into())
        );
    }

    #[test]
    fn nothing_that_is_not_finite_is_written() {
        assert_eq!(fixed(f64::NAN, 2), ABSENT);
        assert_eq!(fixed(-0.0001, 2), "0.00");
        assert_eq!(decimals(0.0), None);
    }
}
