//! One plain sentence a question: is it right, is it sure, is it fast, how does it fail?

use serde::{Deserialize, Serialize};

use super::{Calibration, FailureMode, Report};
use crate::estimate::{Estimate, Unit};
use crate::run::ConfidenceOf;
use crate::text;

/// The four questions a report answers first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// Right?
    Right,
    /// Sure?
    Sure,
    /// Fast?
    Fast,
    /// How does it fail?
    Fail,
}

impl Question {
    /// The questions, in order.
    pub const ALL: [Self; 4] = [Self::Right, Self::Sure, Self::Fast, Self::Fail];

    /// As asked on the page.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Right => "Right?",
            Self::Sure => "Sure?",
            Self::Fast => "Fast?",
            Self::Fail => "How does it fail?",
        }
    }

    /// Id of the metric whose interval is drawn beside the sentence.
    #[must_use]
    pub fn metric(self) -> &'static str {
        match self {
            Self::Right => "accuracy",
            Self::Sure => "calibration.gap",
            Self::Fast => "latency.p95",
            Self::Fail => "failures.rate",
        }
    }
}

/// The answer to `question` in one sentence or two, uncertainty included; says what is missing where nothing can be said.
#[must_use]
pub fn sentence(report: &Report, question: Question) -> String {
    match question {
        Question::Right => right(report),
        Question::Sure => sure(report),
        Question::Fast => fast(report),
        Question::Fail => fail(report),
    }
}

fn metric<'a>(report: &'a Report, id: &str) -> Option<&'a Estimate> {
    report.metrics.get(id)
}

/// The defined metric `id`, or why it is undefined.
fn defined<'a>(report: &'a Report, id: &str) -> Result<&'a Estimate, String> {
    match metric(report, id) {
        Some(estimate) if estimate.value.is_some() => Ok(estimate),
        Some(estimate) => Err(estimate.why.clone()),
        None => Err("Not computed.".to_owned()),
    }
}

fn n(count: u64) -> String {
    format!("n = {}", text::count(count))
}

fn right(report: &Report) -> String {
    let accuracy = match defined(report, "accuracy") {
        Ok(accuracy) => accuracy,
        Err(why) => return why,
    };
    let counts = report.counts;
    let who = if counts.epochs > 1 {
        let (items, tries) = (text::counted(accuracy.n, "item"), text::counted(counts.epochs, "try"));
        format!("{items}, up to {}", tries.replace("trys", "tries"))
    } else {
        n(accuracy.n)
    };
    let what = match report.rule.confidence_of {
        ConfidenceOf::PositiveClass => "Right, when its probability is read at 50 %,",
        ConfidenceOf::Answer => "Right",
    };
    let mut words = format!("{what} {} of the time, {who}.", text::estimate(accuracy));
    if report.rule.graded
        && let Ok(mean) = defined(report, "score.mean")
    {
        words.push_str(&format!(" Mean score {}.", text::estimate(mean)));
    }
    words
}

fn sure(report: &Report) -> String {
    let calibration = match (report.calibration.ready(), report.calibration.missing()) {
        (Some(calibration), _) => calibration,
        (None, why) => return why.unwrap_or_default().to_owned(),
    };
    let Some(gap) = metric(report, "calibration.gap").filter(|gap| gap.value.is_some()) else {
        return "Too few samples state a confidence: two are needed for a value, about 100 to show a gap of 10 points."
            .to_owned();
    };
    let said = text::alike(calibration.mean_confidence, Unit::Share, gap);
    let was = text::alike(calibration.frequency, Unit::Share, gap);
    let start = match calibration.confidence_of {
        ConfidenceOf::Answer => format!("Says {said} sure, is right {was} of the time"),
        ConfidenceOf::PositiveClass => {
            format!("Predicts the positive class with {said} on average, it occurs {was} of the time")
        }
    };
    let mut words = format!("{start}: {}, {}.", lean(gap, calibration.confidence_of), n(gap.n));
    if let Some(shape) = shape(report, calibration, gap) {
        words.push_str(&format!(" {shape}"));
    }
    words
}

/// Over- or underconfident by how much, or that the interval includes zero.
fn lean(gap: &Estimate, of: ConfidenceOf) -> String {
    let size = |sign: f64| {
        let turn = |v: Option<f64>| v.map(|v| sign * v);
        let (low, high) = if sign < 0.0 {
            (gap.high, gap.low)
        } else {
            (gap.low, gap.high)
        };
        text::estimate(&Estimate {
            value: turn(gap.value),
            low: turn(low),
            high: turn(high),
            ..gap.clone()
        })
    };
    let (over, under) = match of {
        ConfidenceOf::Answer => ("overconfident", "underconfident"),
        ConfidenceOf::PositiveClass => ("too high", "too low"),
    };
    match gap.interval() {
        Some((low, _)) if low > 0.0 => format!("{over} by {}", size(1.0)),
        Some((_, high)) if high < 0.0 => format!("{under} by {}", size(-1.0)),
        Some(_) => format!(
            "the difference of {} includes zero, so neither side is shown",
            text::estimate(gap)
        ),
        None => format!("a difference of {}, too few samples for an interval", text::value(gap)),
    }
}

/// Fewer confidences than this fit almost any calibration.
const FEW: u64 = 10;

/// What smECE adds to the mean: whether single levels of confidence are off.
fn shape(report: &Report, calibration: &Calibration, gap: &Estimate) -> Option<String> {
    let smooth = metric(report, "calibration.smece")?;
    let error = smooth.value?;
    let is_level = gap.interval().is_some_and(|(low, high)| low <= 0.0 && high >= 0.0);
    if is_level && report.pending.iter().any(|part| part == "calibration") {
        return Some("Whether single levels of confidence are off all the same is being computed …".to_owned());
    }
    let null = calibration.null_smece?;
    let (found, limit) = (text::value(smooth), text::alike(null, Unit::Score, smooth));
    match (error > null, is_level) {
        (true, true) => Some(format!(
            "Single levels of confidence are off all the same: smooth calibration error (smECE) {found}, by chance up to {limit}."
        )),
        (false, true) if gap.n < FEW => Some(
            "That is too few to tell a calibrated model from another: about 100 show a gap of 10 points.".to_owned(),
        ),
        (false, true) => Some(format!(
            "Consistent with perfect calibration: smooth calibration error (smECE) {found}, by chance up to {limit}."
        )),
        _ => None,
    }
}

/// The smooth calibration error with its interval beside what chance alone would show; `None` where either is undefined or
/// not computed yet.
#[must_use]
pub fn smooth_error(report: &Report) -> Option<String> {
    let smooth = metric(report, "calibration.smece")?;
    let (error, null) = (smooth.value?, report.calibration.ready()?.null_smece?);
    let limit = text::alike(null, Unit::Score, smooth);
    let judged = if error > null {
        "more than chance shows"
    } else {
        "no more than chance may show"
    };
    Some(format!(
        "Smooth calibration error (smECE) {}: {judged}; a perfectly calibrated model of this size would show up to {limit}.",
        text::estimate(smooth)
    ))
}

fn fast(report: &Report) -> String {
    let p95 = match defined(report, "latency.p95") {
        Ok(p95) => p95,
        Err(_) => {
            return report
                .latency
                .missing()
                .unwrap_or("No total latency is stated, only the time to the first token.")
                .to_owned();
        }
    };
    let half = defined(report, "latency.p50").map_or_else(
        |_| String::new(),
        |p50| format!("Half of the answers take up to {}, ", text::value(p50)),
    );
    let mut words = format!("{half}95 % up to {}, {}.", text::estimate(p95), n(p95.n));
    let latency = report.latency.ready();
    let needed = latency
        .and_then(|l| l.quantiles.iter().find(|q| q.q == 0.95))
        .map_or(0, |q| q.n_needed);
    let censored = latency.is_some_and(|l| l.quantiles.iter().any(|q| q.q == 0.95 && q.is_censored));
    if censored {
        words.push_str(" Time-outs reach into it, so it is a lower bound.");
    } else if p95.high.is_none() {
        words.push_str(&format!(" Its upper end needs {}.", text::counted(needed, "sample")));
    }
    if let Some(attainment) = latency.and_then(|l| l.attainment.as_ref()) {
        let (share, budget) = (
            text::estimate(&attainment.share),
            text::chosen(attainment.budget_secs, Unit::Seconds),
        );
        let own = match attainment.share.n {
            own if own == p95.n => String::new(),
            own => format!(", {}", n(own)),
        };
        words.push_str(&format!(" {share} within {budget}{own}."));
    }
    words
}

fn fail(report: &Report) -> String {
    let counts = report.counts;
    let apart = apart(report);
    let rate = match defined(report, "failures.rate") {
        Ok(rate) => rate,
        Err(why) => return format!("{why}{apart}"),
    };
    let failed = counts.scored - counts.right;
    if failed == 0 {
        let most = rate.high.map_or_else(String::new, |high| {
            format!(
                "; the failure rate may still be up to {}",
                text::alike(high, Unit::Share, rate)
            )
        });
        return format!(
            "No failure in {}{most}.{apart}",
            text::counted(counts.scored, "scored sample")
        );
    }
    let modes = report.failures.ready().map(|f| f.modes.as_slice()).unwrap_or_default();
    let why = most_often(
        modes,
        failed,
        if counts.epochs > 1 {
            "failed samples"
        } else {
            "failures"
        },
    );
    let who = if counts.epochs > 1 {
        text::counted(rate.n, "item")
    } else {
        n(rate.n)
    };
    format!("Fails {} of the time, {who}{why}.{apart}", text::estimate(rate))
}

/// The most frequent categories of failure.
fn most_often(modes: &[FailureMode], failed: u64, noun: &str) -> String {
    let named: Vec<&FailureMode> = modes.iter().filter(|mode| !mode.is_unclassified).collect();
    let Some(first) = named.first() else {
        return "; the files give no reason for it".to_owned();
    };
    let share = |mode: &FailureMode| {
        let (count, of) = (text::count(mode.count), text::count(failed));
        format!("“{}” ({count} of {of} {noun})", text::shortened(&mode.name, 60))
    };
    match named.get(1) {
        Some(second) if second.count == first.count => format!("; most often {} and {}", share(first), share(second)),
        _ => format!("; most often {}", share(first)),
    }
}

/// Errored and unscored samples, which are not failures of the model.
fn apart(report: &Report) -> String {
    let counts = report.counts;
    let parts: Vec<String> = [(counts.errored, "errored"), (counts.unscored, "unscored")]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{} {word}", text::count(*count)))
        .collect();
    if parts.is_empty() {
        return String::new();
    }
    format!(" Counted apart: {}.", text::list(&parts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Counts, Section};

    fn with_gap(value: f64, low: f64, high: f64) -> Report {
        let mut report = Report::default();
        let gap = Estimate::new(value, (Some(low), Some(high)), 0.95, 32, "mean ± z·SE", Unit::Points);
        report.metrics.insert("calibration.gap".to_owned(), gap);
        report.calibration = Section::Ready(Calibration {
            mean_confidence: 0.92,
            frequency: 0.92 - value,
            ..Calibration::default()
        });
        report
    }

    #[test]
    fn overconfidence_is_said_with_its_interval() {
        assert_eq!(
            sentence(&with_gap(0.2, 0.04, 0.36), Question::Sure),
            "Says 92 % sure, is right 72 % of the time: overconfident by 20 points [4, 36], n = 32."
        );
        assert_eq!(
            sentence(&with_gap(-0.05, -0.09, -0.012), Question::Sure),
            "Says 92.0 % sure, is right 97.0 % of the time: underconfident by 5.0 points [1.2, 9.0], n = 32."
        );
    }

    #[test]
    fn an_interval_with_zero_shows_neither_side() {
        let words = sentence(&with_gap(0.02, -0.1, 0.14), Question::Sure);
        assert!(
            words.ends_with("the difference of 2 points [−10, 14] includes zero, so neither side is shown, n = 32."),
            "{words}"
        );
    }

    #[test]
    fn a_handful_of_confidences_shows_no_calibration() {
        let mut report = with_gap(0.02, -0.5, 0.5);
        let smooth = Estimate::new(0.1, (None, None), 0.95, 2, "", Unit::Score);
        report.metrics.insert("calibration.smece".to_owned(), smooth);
        if let Section::Ready(own) = &mut report.calibration {
            own.null_smece = Some(0.6);
        }
        assert!(sentence(&report, Question::Sure).contains("Consistent with perfect calibration"));
        if let Some(gap) = report.metrics.get_mut("calibration.gap") {
            gap.n = 2;
        }
        let words = sentence(&report, Question::Sure);
        assert!(words.ends_with("about 100 show a gap of 10 points."), "{words}");
    }

    #[test]
    fn the_smooth_error_stands_beside_what_chance_shows() {
        let mut report = with_gap(0.2, 0.04, 0.36);
        assert_eq!(smooth_error(&report), None, "nothing is said before it is computed");
        let error = |value| Estimate::new(value, (Some(0.03), Some(0.09)), 0.95, 32, "bootstrap", Unit::Score);
        if let Section::Ready(calibration) = &mut report.calibration {
            calibration.null_smece = Some(0.04);
        }
        for (value, judged) in [(0.06, "more than chance shows"), (0.04, "no more than chance may show")] {
            report.metrics.insert("calibration.smece".to_owned(), error(value));
            let words = smooth_error(&report).unwrap();
            assert!(
                words.contains(judged) && words.contains("would show up to 0.04"),
                "{words}"
            );
        }
    }

    #[test]
    fn no_failure_still_bounds_the_rate() {
        let mut report = Report {
            counts: Counts {
                scored: 40,
                right: 40,
                errored: 2,
                ..Counts::default()
            },
            ..Report::default()
        };
        let rate = Estimate::new(0.0, (Some(0.0), Some(0.0876)), 0.95, 40, "Wilson", Unit::Share);
        report.metrics.insert("failures.rate".to_owned(), rate);
        assert_eq!(
            sentence(&report, Question::Fail),
            "No failure in 40 scored samples; the failure rate may still be up to 8.8 %. Counted apart: 2 errored."
        );
    }

    #[test]
    fn what_is_missing_is_said() {
        let report = Report {
            latency: Section::Missing("No sample states how long the model took.".to_owned()),
            ..Report::default()
        };
        assert_eq!(
            sentence(&report, Question::Fast),
            "No sample states how long the model took."
        );
    }
}
