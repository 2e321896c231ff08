//! Time stamps as harnesses write them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// A time stamp with its zone, or without (then UTC). `None` if `text` is none.
#[must_use]
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    // “2026-01-01 12:00:00 UTC” is as common as the “Z” of RFC 3339.
    let zone = ["UTC", "GMT"].into_iter().find_map(|zone| text.strip_suffix(zone));
    let text = zone.map_or(text, str::trim_end);
    text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        local.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp())
    })
}

/// Seconds since 1970 in UTC of a time stamp.
#[must_use]
pub fn secs(text: &str) -> Option<f64> {
    parse(text).map(|t| t.as_duration().as_secs_f64())
}

/// A time stamp as RFC 3339 in UTC, whole seconds; empty if `text` is none.
#[must_use]
pub fn utc(text: &str) -> String {
    parse(text).map_or_else(String::new, written)
}

/// Seconds since 1970 as RFC 3339 in UTC, whole seconds; empty outside the years that can be written.
#[must_use]
pub fn utc_of_secs(secs: f64) -> String {
    let whole = secs.floor();
    if !(-1e11..=1e11).contains(&whole) {
        return String::new();
    }
    Timestamp::from_second(whole as i64).map_or_else(|_| String::new(), written)
}

/// A time stamp in whole seconds, with `Z`.
fn written(time: Timestamp) -> String {
    Timestamp::from_second(time.as_second()).map_or_else(|_| String::new(), |t| t.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_brought_to_utc() {
        assert_eq!(utc("2024-10-15T12:53:13-04:00"), "2024-10-15T16:53:13Z");
        assert_eq!(utc("2026-11-22T18:54:14.617Z"), "2026-11-22T18:54:14Z");
        assert_eq!(utc("2026-11-22T18:54:14"), "2026-11-22T18:54:14Z");
        assert_eq!(utc("2026-11-22 18:54:14.250000 UTC"), "2026-11-22T18:54:14Z");
        assert_eq!(utc("yesterday"), "");
        assert_eq!(secs("1970-01-01T00:00:01.5Z"), Some(1.5));
        assert_eq!(utc_of_secs(1_795_374_231.77), "2026-11-22T19:03:51Z");
    }
}
