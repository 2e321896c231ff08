//! A report on the wire. Order and kinds are part of the link format and never change within a version.

use std::collections::BTreeMap;

use super::estimate::Usual;
use super::wire::{Done, Fault, Wire};
use crate::estimate::{Estimate, Unit};
use crate::report::{COMPARE, Comparison, Counts, DriftRow, Flips, InputFile, Options, Report, Section};
use crate::run::{ConfidenceOf, Meta, OutcomeRule, Problem};

/// Digits of a SHA-256 that a link keeps: 128 bits.
pub const HASH_DIGITS: usize = 32;

/// Metrics by number with their usual method; only ever appended to.
const KNOWN: [(&str, &str, Unit); 45] = [
    ("accuracy", "Wilson", Unit::Share),
    ("score.mean", "t", Unit::Score),
    ("slices.worst-accuracy", "Wilson", Unit::Share),
    ("repeats.pass-at-k", "", Unit::Share),
    ("repeats.pass-hat-k", "", Unit::Share),
    ("calibration.gap", "mean ± z·SE", Unit::Points),
    ("calibration.smece", "smECE, shifted bootstrap", Unit::Score),
    ("calibration.ece", "15 equal-width bins, shifted bootstrap", Unit::Score),
    ("calibration.brier", "t", Unit::Score),
    ("calibration.log-loss", "t", Unit::Score),
    ("calibration.mcb", "CORP", Unit::Score),
    ("calibration.slope", "logistic regression, Wald", Unit::Ratio),
    ("calibration.auroc", "DeLong", Unit::Score),
    ("selective.accuracy-80", "Wilson", Unit::Share),
    ("selective.aurc", "tied blocks", Unit::Score),
    ("selective.augrc", "tied blocks", Unit::Score),
    ("latency.p50", "order statistics", Unit::Seconds),
    ("latency.p90", "order statistics", Unit::Seconds),
    ("latency.p95", "order statistics", Unit::Seconds),
    ("latency.p99", "order statistics", Unit::Seconds),
    ("latency.tail-ratio", "nearest rank", Unit::Ratio),
    ("latency.ttft-p50", "order statistics", Unit::Seconds),
    ("latency.ttft-p95", "order statistics", Unit::Seconds),
    ("latency.attainment", "Wilson", Unit::Share),
    ("latency.ttft-attainment", "Wilson", Unit::Share),
    ("latency.error-budget", "from the attainment", Unit::Share),
    ("latency.timeouts", "Wilson", Unit::Share),
    ("latency.tpot", "t", Unit::Seconds),
    ("latency.throughput", "ratio of sums", Unit::TokensPerSecond),
    ("failures.rate", "Wilson", Unit::Share),
    ("errors.rate", "Wilson", Unit::Share),
    ("unscored.rate", "Wilson", Unit::Share),
    ("cost.total", "sum", Unit::Dollars),
    ("cost.per-sample", "t", Unit::Dollars),
    ("cost.per-right", "ratio of sums", Unit::Dollars),
    ("tokens.per-sample", "t", Unit::Tokens),
    ("agreement.kappa", "", Unit::Score),
    ("agreement.macro-f1", "", Unit::Score),
    ("robustness.drop", "", Unit::Points),
    ("robustness.consistency", "Wilson", Unit::Share),
    ("robustness.worst-group", "", Unit::Share),
    ("fairness.worst-gap", "", Unit::Points),
    ("fairness.demographic-parity", "", Unit::Points),
    ("fairness.equalised-odds", "", Unit::Points),
    ("drift.psi-max", "", Unit::Score),
];

/// Usual estimates of places that are not in the table.
const RATE: Usual = Usual {
    unit: Unit::Share,
    method: "Wilson",
};

/// A whole report; a baseline's own has no comparison.
pub(super) fn report(wire: &mut Wire, report: &mut Report) -> Done {
    options(wire, &mut report.options)?;
    wire.usual_level = report.options.level;
    meta(wire, &mut report.meta)?;
    rule(wire, &mut report.rule)?;
    wire.list(0x10, &mut report.files, file)?;
    counts(wire, &mut report.counts)?;
    wire.list(0x12, &mut report.confidence_sources, |wire, source| {
        wire.text(0x13, &mut source.id)?;
        wire.text(0x14, &mut source.words)?;
        wire.tally(0x15, &mut source.count)?;
        wire.flag(0x16, &mut source.chosen)
    })?;
    section(wire, 0x17, &mut report.calibration, super::series::calibration)?;
    section(wire, 0x18, &mut report.latency, super::series::latency)?;
    section(wire, 0x19, &mut report.failures, super::series::failures)?;
    section(wire, 0x1a, &mut report.slices, |wire, slices| {
        super::series::slices(wire, slices, report.counts)
    })?;
    wire.list(0x1b, &mut report.cautions, |wire, text| wire.text(0x1c, text))?;
    section(wire, 0x1d, &mut report.repeats, super::series::repeats)?;
    section(wire, 0x1e, &mut report.agreement, super::series::agreement)?;
    section(wire, 0x1f, &mut report.robustness, super::series::robustness)?;
    section(wire, 0x20, &mut report.fairness, super::series::fairness)?;
    wire.list(0x21, &mut report.columns, column)?;
    wire.list(0x22, &mut report.problems, problem)?;
    metrics(wire, report)?;
    wire.option(0x23, &mut report.comparison, comparison)?;
    let differences = report
        .comparison
        .iter()
        .flat_map(|comparison| comparison.metrics.clone());
    report.metrics.extend(differences);
    Ok(())
}

fn section<T: Default>(
    wire: &mut Wire,
    kind: u16,
    section: &mut Section<T>,
    part: impl FnOnce(&mut Wire, &mut T) -> Done,
) -> Done {
    let mut is_ready = section.ready().is_some();
    wire.flag(kind, &mut is_ready)?;
    if is_ready {
        let mut own = match std::mem::take(section) {
            Section::Ready(own) => own,
            Section::Missing(_) => T::default(),
        };
        part(wire, &mut own)?;
        *section = Section::Ready(own);
        return Ok(());
    }
    let mut why = section.missing().unwrap_or_default().to_owned();
    wire.text(0x24, &mut why)?;
    *section = Section::Missing(why);
    Ok(())
}

fn options(wire: &mut Wire, options: &mut Options) -> Done {
    let mut is_usual = *options == Options::default();
    wire.flag(0x26, &mut is_usual)?;
    if is_usual {
        *options = Options::default();
        return Ok(());
    }
    wire.exact(0x27, &mut options.level)?;
    wire.exact_option(0x28, &mut options.budget_secs)?;
    wire.exact_option(0x29, &mut options.target)?;
    wire.exact_option(0x2a, &mut options.ttft_budget_secs)?;
    wire.option(0x2b, &mut options.confidence, |wire, text| wire.text(0x2c, text))?;
    let mut is_usual = (options.seed, options.replicates) == (Options::default().seed, Options::default().replicates);
    wire.flag(0x2d, &mut is_usual)?;
    if !is_usual {
        wire.count(0x2e, &mut options.seed)?;
        let mut replicates = u64::from(options.replicates);
        wire.count(0x2f, &mut replicates)?;
        options.replicates = u32::try_from(replicates).map_err(|_| Fault::Nonsense)?;
    }
    wire.option(0x30, &mut options.fairness, pair)?;
    wire.option(0x31, &mut options.variant, pair)
}

/// Two texts.
pub(super) fn pair(wire: &mut Wire, pair: &mut (String, String)) -> Done {
    wire.text(0x32, &mut pair.0)?;
    wire.text(0x33, &mut pair.1)
}

fn meta(wire: &mut Wire, meta: &mut Meta) -> Done {
    let texts = [
        &mut meta.name,
        &mut meta.model,
        &mut meta.task,
        &mut meta.prompt,
        &mut meta.scorer,
        &mut meta.filter,
        &mut meta.format,
        &mut meta.harness,
        &mut meta.created,
        &mut meta.dataset,
        &mut meta.dataset_version,
        &mut meta.commit,
        &mut meta.status,
    ];
    for (place, text) in texts.into_iter().enumerate() {
        wire.text(0x34 + place as u16, text)?;
    }
    wire.list(0x44, &mut meta.settings, pair)?;
    wire.list(0x45, &mut meta.roles, pair)?;
    wire.list(0x46, &mut meta.files, |wire, file| {
        let mut place = u64::from(*file);
        wire.count(0x47, &mut place)?;
        *file = u32::try_from(place).map_err(|_| Fault::Nonsense)?;
        Ok(())
    })?;
    wire.list(0x48, &mut meta.reported, |wire, (name, value)| {
        wire.text(0x49, name)?;
        wire.exact(0x4a, value)
    })
}

fn rule(wire: &mut Wire, rule: &mut OutcomeRule) -> Done {
    wire.text(0x4b, &mut rule.words)?;
    wire.flag(0x4c, &mut rule.graded)?;
    wire.flag(0x4d, &mut rule.larger_is_better)?;
    wire.exact_option(0x4e, &mut rule.threshold)?;
    confidence_of(wire, &mut rule.confidence_of)
}

/// What a confidence is the probability of.
pub(super) fn confidence_of(wire: &mut Wire, of: &mut ConfidenceOf) -> Done {
    let mut is_positive = *of == ConfidenceOf::PositiveClass;
    wire.flag(0x4f, &mut is_positive)?;
    *of = if is_positive {
        ConfidenceOf::PositiveClass
    } else {
        ConfidenceOf::Answer
    };
    Ok(())
}

/// A file with the first 128 bits of its hash.
fn file(wire: &mut Wire, file: &mut InputFile) -> Done {
    wire.text(0x50, &mut file.name)?;
    wire.count(0x51, &mut file.size)?;
    hash(wire, &mut file.sha256)
}

/// The first 128 bits of a hash in hexadecimal digits; empty if there is none.
pub(super) fn hash(wire: &mut Wire, hash: &mut String) -> Done {
    let digits = hash
        .get(..HASH_DIGITS)
        .and_then(|digits| u128::from_str_radix(digits, 16).ok());
    let mut is_there = digits.is_some();
    wire.flag(0x52, &mut is_there)?;
    hash.clear();
    if is_there {
        let number = digits.unwrap_or(0);
        let (mut high, mut low) = ((number >> 64) as u64, number as u64);
        wire.bits(64, &mut high)?;
        wire.bits(64, &mut low)?;
        *hash = format!("{high:016x}{low:016x}");
    }
    Ok(())
}

fn counts(wire: &mut Wire, counts: &mut Counts) -> Done {
    let numbers = [
        &mut counts.read,
        &mut counts.scored,
        &mut counts.right,
        &mut counts.items,
        &mut counts.left_out,
        &mut counts.partial,
        &mut counts.errored,
        &mut counts.unscored,
        &mut counts.without_confidence,
        &mut counts.without_latency,
        &mut counts.cached,
        &mut counts.timed_out,
        &mut counts.epochs,
        &mut counts.duplicate_ids,
    ];
    for (place, number) in numbers.into_iter().enumerate() {
        wire.tally(0x54 + (place as u16).min(4), number)?;
    }
    Ok(())
}

fn problem(wire: &mut Wire, problem: &mut Problem) -> Done {
    wire.text(0x5a, &mut problem.text)?;
    wire.text(0x5b, &mut problem.place)?;
    wire.tally(0x5c, &mut problem.count)?;
    wire.flag(0x5d, &mut problem.left_out)
}

fn column(wire: &mut Wire, column: &mut crate::report::Column) -> Done {
    wire.text(0x60, &mut column.name)?;
    wire.tally(0x61, &mut column.present)?;
    wire.option(0x62, &mut column.range, |wire, range| {
        wire.exact(0x63, &mut range.0)?;
        wire.exact(0x64, &mut range.1)
    })?;
    wire.list(0x65, &mut column.values, |wire, (value, n)| {
        wire.text(0x66, value)?;
        wire.tally(0x67, n)
    })?;
    wire.count(0x68, &mut column.distinct)
}

/// What follows from numbers sent before; the reader finds it without being told.
fn follows(id: &str, report: &Report) -> Option<Estimate> {
    let quantile = |place: usize, quantiles: &[crate::report::Quantile]| Some(quantiles.get(place)?.estimate.clone());
    let latency = report.latency.ready();
    match id {
        "failures.rate" => {
            let rate = report.metrics.get("accuracy")?;
            let rest = |share: f64| 1.0 - share;
            Some(Estimate {
                value: rate.value.map(rest),
                low: rate.high.map(rest),
                high: rate.low.map(rest),
                ..rate.clone()
            })
        }
        "latency.p50" => quantile(0, &latency?.quantiles),
        "latency.p90" => quantile(1, &latency?.quantiles),
        "latency.p95" => quantile(2, &latency?.quantiles),
        "latency.p99" => quantile(3, &latency?.quantiles),
        "latency.ttft-p50" => quantile(0, &latency?.ttft.as_ref()?.quantiles),
        "latency.ttft-p95" => quantile(2, &latency?.ttft.as_ref()?.quantiles),
        "latency.attainment" => Some(latency?.attainment.as_ref()?.share.clone()),
        "latency.ttft-attainment" => Some(latency?.ttft.as_ref()?.attainment.as_ref()?.share.clone()),
        "latency.throughput" => latency?.throughput.clone(),
        "calibration.auroc" => Some(report.calibration.ready()?.auroc.clone()),
        _ => None,
    }
}

/// Whether `told` is `own` but for rounding.
fn is_about(told: &Estimate, own: &Estimate) -> bool {
    let near = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= (0.01 * b.abs()).max(0.001_01),
        (a, b) => a == b,
    };
    let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= (0.001 * b.abs()).max(0.000_13),
        (a, b) => a == b,
    };
    let rest = |e: &Estimate| (e.n, e.unit, e.level.to_bits(), e.why.clone(), e.method.clone());
    close(told.value, own.value) && near(told.low, own.low) && near(told.high, own.high) && rest(told) == rest(own)
}

fn metrics(wire: &mut Wire, report: &mut Report) -> Done {
    let own = std::mem::take(&mut report.metrics);
    for (id, method, unit) in KNOWN {
        let given = own.get(id);
        let mut is_there = given.is_some();
        wire.flag(0x70, &mut is_there)?;
        if !is_there {
            continue;
        }
        let mut estimate = given.cloned().unwrap_or_default();
        let guess = follows(id, report);
        if let Some(guess) = guess {
            let mut is_guessed = is_about(&guess, &estimate);
            wire.flag(0x71, &mut is_guessed)?;
            if is_guessed {
                report.metrics.insert(id.to_owned(), guess);
                continue;
            }
        }
        wire.estimate(0x100 + kind_of(unit), &mut estimate, Usual { unit, method })?;
        report.metrics.insert(id.to_owned(), estimate);
    }
    let is_known = |id: &str| KNOWN.iter().any(|(known, ..)| *known == id);
    let mut others: Vec<(String, Estimate)> = own
        .into_iter()
        .filter(|(id, _)| !is_known(id) && !id.starts_with(COMPARE))
        .collect();
    wire.list(0x72, &mut others, |wire, (id, estimate)| {
        wire.text(0x73, id)?;
        wire.estimate(0x1c0, estimate, RATE)
    })?;
    report.metrics.extend(others);
    Ok(())
}

/// Kinds of an estimate by its unit.
fn kind_of(unit: Unit) -> u16 {
    match unit {
        Unit::Share => 0,
        Unit::Points => 0x10,
        Unit::Score => 0x20,
        Unit::Seconds => 0x30,
        Unit::Dollars => 0x40,
        Unit::Tokens => 0x50,
        Unit::TokensPerSecond | Unit::Ratio | Unit::Count => 0x60,
    }
}

fn comparison(wire: &mut Wire, comparison: &mut Comparison) -> Done {
    report(wire, &mut comparison.baseline)?;
    let pairing = &mut comparison.pairing;
    let numbers = [
        &mut pairing.matched,
        &mut pairing.scored,
        &mut pairing.unscored,
        &mut pairing.only_here,
        &mut pairing.only_baseline,
        &mut pairing.ambiguous,
    ];
    for (place, number) in numbers.into_iter().enumerate() {
        wire.tally(0x80 + place as u16, number)?;
    }
    wire.flag(0x87, &mut comparison.is_paired)?;
    wire.list(0x88, &mut comparison.differs, |wire, text| wire.text(0x89, text))?;
    wire.list(0x8a, &mut comparison.warnings, |wire, text| wire.text(0x8b, text))?;
    wire.option(0x8c, &mut comparison.flips, flips)?;
    differences(wire, &mut comparison.metrics)?;
    wire.list(0x8d, &mut comparison.quantiles, |wire, quantile| {
        wire.exact(0x8e, &mut quantile.q)?;
        wire.number(0x8f, &mut quantile.baseline_secs)?;
        wire.number(0x90, &mut quantile.candidate_secs)?;
        let usual = Usual {
            unit: Unit::Seconds,
            method: "paired bootstrap of quantiles",
        };
        wire.estimate(0x1d0, &mut quantile.difference, usual)
    })?;
    wire.option(0x91, &mut comparison.slower, |wire, slower| {
        wire.share(0x92, &mut slower.0)?;
        wire.number(0x93, &mut slower.1)
    })?;
    wire.list(0xb0, &mut comparison.drift, drift)?;
    wire.option(0x94, &mut comparison.needed, |wire, needed| wire.count(0x95, needed))?;
    wire.text(0x96, &mut comparison.sentence)
}

fn drift(wire: &mut Wire, row: &mut DriftRow) -> Done {
    wire.text(0x60, &mut row.column)?;
    wire.tally(0xb1, &mut row.n.0)?;
    wire.tally(0xb1, &mut row.n.1)?;
    wire.share(0xb2, &mut row.psi)?;
    wire.share_option(0xb3, &mut row.null_psi)?;
    wire.share(0xb4, &mut row.js_divergence)?;
    wire.share(0xb5, &mut row.total_variation)?;
    wire.number_option(0xb6, &mut row.chi2_p)?;
    wire.option(0xb7, &mut row.ks, |wire, (distance, p)| {
        wire.share(0xb8, distance)?;
        wire.number(0xb9, p)
    })?;
    wire.number_option(0xba, &mut row.wasserstein_normed)
}

fn flips(wire: &mut Wire, flips: &mut Flips) -> Done {
    let numbers = [
        &mut flips.both,
        &mut flips.newly_failing,
        &mut flips.newly_passing,
        &mut flips.neither,
    ];
    for (place, number) in numbers.into_iter().enumerate() {
        wire.tally(0x98 + place as u16, number)?;
    }
    wire.list(0x9c, &mut flips.failing_ids, |wire, id| wire.text(0x9d, id))?;
    wire.list(0x9e, &mut flips.passing_ids, |wire, id| wire.text(0x9d, id))?;
    wire.number(0x9f, &mut flips.mid_p)
}

/// Differences by id. Their estimates are mostly paired.
fn differences(wire: &mut Wire, differences: &mut BTreeMap<String, Estimate>) -> Done {
    let own = std::mem::take(differences);
    for (base, method, unit) in KNOWN {
        let id = format!("{COMPARE}{base}");
        let given = own.get(&id);
        let mut is_there = given.is_some();
        wire.flag(0xa0, &mut is_there)?;
        if !is_there {
            continue;
        }
        let mut estimate = given.cloned().unwrap_or_default();
        let unit = if unit == Unit::Share { Unit::Points } else { unit };
        wire.estimate(0x200 + kind_of(unit), &mut estimate, Usual { unit, method })?;
        differences.insert(id, estimate);
    }
    let is_new = |id: &str| !KNOWN.iter().any(|(known, ..)| id.strip_prefix(COMPARE) == Some(known));
    let mut others: Vec<(String, Estimate)> = own.into_iter().filter(|(id, _)| is_new(id)).collect();
    wire.list(0xa1, &mut others, |wire, (id, estimate)| {
        wire.text(0xa2, id)?;
        wire.estimate(0x1c0, estimate, RATE)
    })?;
    differences.extend(others);
    Ok(())
}
