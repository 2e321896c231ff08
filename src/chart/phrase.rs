//! Words and ticks that several charts share; the digits come from [`crate::text`].

use super::{Axis, Cell};
use crate::estimate::{Estimate, Unit};
use crate::text;

/// A confidence level: `95 %`.
pub(super) fn level(level: f64) -> String {
    text::rough(level, Unit::Share, 3).replace(".0 %", " %")
}

/// A share without an interval, to a tenth of a per cent where it is not whole: `72 %`, `71.9 %`.
pub(super) fn share(value: f64) -> String {
    format!("{} %", tenth(value * 100.0))
}

/// A difference of shares, likewise: `+4.5 points`.
pub(super) fn points(value: f64) -> String {
    let sign = if value >= 0.0005 { "+" } else { "" };
    let digits = tenth(value * 100.0);
    let noun = if matches!(digits.as_str(), "1" | "−1") {
        "point"
    } else {
        "points"
    };
    format!("{sign}{digits} {noun}")
}

fn tenth(value: f64) -> String {
    let digits = text::fixed(value, 1);
    digits.strip_suffix(".0").map_or(digits.clone(), str::to_owned)
}

/// A time without an interval, without needless zeros: `250 ms`, `8 s`, `1.25 s`.
pub(super) fn seconds(value: f64) -> String {
    if value == 0.0 {
        return "0 s".to_owned();
    }
    let full = text::rough(value, Unit::Seconds, 3);
    let (digits, unit) = full.split_once(' ').unwrap_or((&full, ""));
    let digits = if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        digits
    };
    format!("{digits} {unit}")
}

/// Times as ticks with their unit.
pub(super) fn time_ticks(axis: &Axis, wanted: usize) -> Vec<(f64, String)> {
    axis.ticks(wanted).into_iter().map(|v| (v, seconds(v))).collect()
}

/// Value, low and high of an estimate as table cells; an absent value says why.
pub(super) fn cells(estimate: &Estimate) -> [Cell; 3] {
    let end = |v: Option<f64>| {
        v.map_or_else(Cell::default, |v| {
            let bare = Estimate {
                value: Some(v),
                ..estimate.clone()
            };
            Cell::number(v, text::value(&bare))
        })
    };
    let value = match estimate.value {
        Some(v) => Cell::number(v, text::value(estimate)),
        None => Cell::text(estimate.why.as_str()),
    };
    [value, end(estimate.low), end(estimate.high)]
}

/// A share with its Wilson interval as an estimate, so that it is rounded like every other.
pub(super) fn share_of(value: f64, interval: (f64, f64), level: f64, n: u64) -> Estimate {
    Estimate::new(
        value,
        (Some(interval.0), Some(interval.1)),
        level,
        n,
        "Wilson",
        Unit::Share,
    )
}

/// 0 to 100 in per cent (the unit stands in the axis title), in `steps` steps.
pub(super) fn percent_ticks(steps: u32) -> Vec<(f64, String)> {
    let one = |k: u32| {
        let value = f64::from(k) / f64::from(steps);
        (value, text::fixed(value * 100.0, 0))
    };
    (0..=steps).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_levels_and_points() {
        assert_eq!([level(0.95), level(0.9), level(0.999)], ["95 %", "90 %", "99.9 %"]);
        assert_eq!([share(0.72), share(0.7188), share(1.0)], ["72 %", "71.9 %", "100 %"]);
        assert_eq!(
            [points(0.01), points(-0.125), points(0.0)],
            ["+1 point", "−12.5 points", "0 points"]
        );
    }
}
