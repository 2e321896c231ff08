//! A report on the wire. Order and kinds are part of the link format and never change within a version.

use super::alike::Alike;
use super::calibration;
use super::metrics::{differences, metrics};
use super::wire::{Done, Fault, Wire};
use crate::report::{
    Comparison, Counts, Flips, InputFile, LeftOut, Options, Report, Section, compared_in_words, doubts, lineage,
    side_by_side,
};
use crate::run::{ConfidenceOf, Meta, OutcomeRule, Problem};
use crate::stat::paired::PairedCounts;

/// Digits of a SHA-256 that a link keeps: 128 bits.
pub const HASH_DIGITS: usize = 32;
/// Digits of the hash of the history that a link keeps: 64 bits.
pub(super) const HEAD_DIGITS: usize = 16;
/// Tests are not recomputed for more pairs than this.
const MOST_PAIRS: u64 = 1_000_000;

/// A whole report. `usual`: the options that follow from the policy.
pub(super) fn report(wire: &mut Wire, report: &mut Report, usual: &Options) -> Done {
    wire.part = "lineage";
    options(wire, &mut report.options, usual)?;
    wire.usual_level = report.options.level;
    about(wire, report)?;
    numbers(wire, report, None)?;
    wire.part = "notices";
    super::series::sentences(wire, 0x1b, &mut report.cautions)?;
    wire.list(0x21, &mut report.columns, column)?;
    wire.list(0x22, &mut report.problems, problem)?;
    wire.list(0x1c, &mut report.left_out, left_out)?;
    let mut own = report.comparison.take();
    wire.option(0x23, &mut own, |wire, own| comparison(wire, own, report))?;
    let differences = own.iter().flat_map(|own| own.metrics.clone());
    report.metrics.extend(differences);
    report.comparison = own;
    Ok(())
}

/// What was run, on what, and how it was read.
fn about(wire: &mut Wire, report: &mut Report) -> Done {
    meta(wire, &mut report.meta)?;
    rule(wire, &mut report.rule)?;
    wire.list(0x10, &mut report.files, file)?;
    counts(wire, &mut report.counts)?;
    let accuracy = report.counts.right as f64 / report.counts.scored.max(1) as f64;
    wire.list(0x56, &mut report.meta.reported, |wire, (name, value)| {
        wire.text(0x57, name)?;
        super::series::unless(wire, 0x5f, value, Some(&accuracy), |wire, value| {
            wire.number(0x69, value)
        })
    })?;
    wire.list(0x12, &mut report.confidence_sources, |wire, source| {
        wire.text(0x13, &mut source.id)?;
        wire.sentence(0x14, &mut source.words)?;
        wire.tally(0x15, &mut source.count)?;
        wire.flag(0x16, &mut source.chosen)
    })
}

/// Metrics and sections. `base`: the candidate's report, where this is its baseline.
fn numbers(wire: &mut Wire, report: &mut Report, base: Option<&Report>) -> Done {
    wire.part = "calibration";
    let derived = calibration::table(wire, report)?;
    wire.part = "metrics";
    let of_table = derived
        .as_ref()
        .map(|derived| derived.metrics.as_slice())
        .unwrap_or_default();
    metrics(wire, &mut report.metrics, of_table, &report.options)?;
    wire.part = "calibration";
    calibration::section(wire, report, derived.as_ref())?;
    wire.part = "latency";
    let (metrics, options) = (&report.metrics, &report.options);
    let budgets = (options.budget_secs, options.ttft_budget_secs, options.target);
    section(wire, 0x18, &mut report.latency, |wire, own| {
        super::latency::latency(wire, own, metrics, budgets)
    })?;
    wire.part = "failures";
    section(wire, 0x19, &mut report.failures, super::series::failures)?;
    wire.part = "slices";
    let same = base.and_then(|base| base.slices.ready());
    section(wire, 0x1a, &mut report.slices, |wire, own| {
        super::series::slices(wire, own, report.counts, same)
    })?;
    wire.part = "others";
    section(wire, 0x1d, &mut report.repeats, super::series::repeats)?;
    section(wire, 0x1e, &mut report.agreement, |wire, own| {
        super::series::agreement(wire, own, metrics)
    })?;
    section(wire, 0x1f, &mut report.robustness, super::series::robustness)?;
    section(wire, 0x20, &mut report.fairness, super::series::fairness)
}

fn left_out(wire: &mut Wire, own: &mut LeftOut) -> Done {
    wire.text(0x25, &mut own.what)?;
    wire.tally(0x29, &mut own.carried)?;
    wire.tally(0x2a, &mut own.of)
}

pub(super) fn section<T: Default>(
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
    wire.about = kind;
    wire.sentence(0x24, &mut why)?;
    wire.about = 0;
    *section = Section::Missing(why);
    Ok(())
}

fn options(wire: &mut Wire, options: &mut Options, usual: &Options) -> Done {
    let mut is_usual = options == usual;
    wire.flag(0x26, &mut is_usual)?;
    if is_usual {
        options.clone_from(usual);
        return Ok(());
    }
    wire.exact(0x27, &mut options.level)?;
    wire.exact_option(0x38, &mut options.budget_secs)?;
    wire.exact_option(0x39, &mut options.target)?;
    wire.exact_option(0x3a, &mut options.ttft_budget_secs)?;
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
    wire.text(0x40, &mut meta.format)?;
    let texts = [
        &mut meta.model,
        &mut meta.task,
        &mut meta.prompt,
        &mut meta.scorer,
        &mut meta.filter,
        &mut meta.harness,
        &mut meta.dataset,
        &mut meta.dataset_version,
        &mut meta.commit,
        &mut meta.status,
    ];
    for (place, text) in texts.into_iter().enumerate() {
        wire.text(0x41 + place as u16, text)?;
    }
    wire.moment(0x4b, &mut meta.created)?;
    let usual = [meta.model.as_str(), meta.task.as_str()];
    let usual: Vec<&str> = usual.into_iter().filter(|part| !part.is_empty()).collect();
    wire.text_like(0x34, &mut meta.name, &usual.join(" · "))?;
    wire.list(0x4c, &mut meta.settings, |wire, (name, value)| {
        wire.text(0x4d, name)?;
        wire.text(0x4e, value)
    })?;
    wire.list(0x4f, &mut meta.roles, |wire, (role, field)| {
        wire.text(0x51, role)?;
        wire.text(0x52, field)
    })?;
    wire.list(0x53, &mut meta.files, |wire, file| {
        let mut place = u64::from(*file);
        wire.count(0x58, &mut place)?;
        *file = u32::try_from(place).map_err(|_| Fault::Nonsense)?;
        Ok(())
    })
}

fn rule(wire: &mut Wire, rule: &mut OutcomeRule) -> Done {
    wire.sentence(0x35, &mut rule.words)?;
    wire.flag(0x36, &mut rule.graded)?;
    wire.flag(0x37, &mut rule.larger_is_better)?;
    wire.exact_option(0x3b, &mut rule.threshold)?;
    confidence_of(wire, &mut rule.confidence_of)
}

/// What a confidence is the probability of.
pub(super) fn confidence_of(wire: &mut Wire, of: &mut ConfidenceOf) -> Done {
    let mut is_positive = *of == ConfidenceOf::PositiveClass;
    wire.flag(0x3c, &mut is_positive)?;
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
    wire.tally(0x59, &mut file.size)?;
    hash(wire, &mut file.sha256, HASH_DIGITS)
}

/// The first digits of a hash, at most 32; empty if there is none.
pub(super) fn hash(wire: &mut Wire, hash: &mut String, digits: usize) -> Done {
    let number = hash.get(..digits).and_then(|text| u128::from_str_radix(text, 16).ok());
    let mut is_there = number.is_some();
    wire.flag(0x5e, &mut is_there)?;
    hash.clear();
    if !is_there {
        return Ok(());
    }
    let number = number.unwrap_or(0);
    let (mut high, mut low) = ((number >> 64) as u64, number as u64);
    let width = 4 * digits as u32;
    wire.bits(width.saturating_sub(64), &mut high)?;
    wire.bits(width.min(64), &mut low)?;
    let number = u128::from(high) << 64 | u128::from(low);
    *hash = format!("{number:0digits$x}");
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
        wire.about = place as u16;
        wire.tally(0x54, number)?;
    }
    wire.about = 0;
    Ok(())
}

fn problem(wire: &mut Wire, problem: &mut Problem) -> Done {
    wire.sentence(0x5a, &mut problem.text)?;
    wire.sentence(0x5b, &mut problem.place)?;
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

/// What a baseline's report and the differences to it hold. `here`: the candidate's report.
fn comparison(wire: &mut Wire, own: &mut Comparison, here: &Report) -> Done {
    wire.is_baseline = true;
    wire.part = "baseline: lineage";
    let baseline = &mut own.baseline;
    options(wire, &mut baseline.options, &here.options)?;
    about(wire, baseline)?;
    numbers(wire, baseline, Some(here))?;
    wire.is_baseline = false;
    wire.part = "compare";
    let pairing = &mut own.pairing;
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
    wire.flag(0x87, &mut own.is_paired)?;
    wire.option(0x8c, &mut own.flips, flips)?;
    differences(wire, &mut own.metrics)?;
    let usual = side_by_side(here, &own.baseline, &own.metrics);
    let mut is_usual = own.quantiles.len() == usual.len();
    wire.flag(0x8d, &mut is_usual)?;
    own.quantiles = if is_usual { usual } else { Vec::new() };
    wire.option(0x91, &mut own.slower, |wire, slower| {
        wire.share(0x92, &mut slower.0)?;
        wire.number(0x93, &mut slower.1)
    })?;
    words(wire, own, here)
}

/// What the program says about a comparison; most of it follows.
fn words(wire: &mut Wire, own: &mut Comparison, here: &Report) -> Done {
    let (differs, mut warnings) = lineage(&here.meta, &own.baseline.meta);
    warnings.extend(doubts(here, &own.baseline, &own.pairing));
    for (kind, list, usual) in [(0x88, &mut own.differs, differs), (0x8a, &mut own.warnings, warnings)] {
        super::series::unless(wire, kind, list, Some(&usual), |wire, list| {
            super::series::sentences(wire, kind + 1, list)
        })?;
    }
    let level = here.options.level;
    let usual = own.flips.as_ref().and_then(|flips| needed(flips, level));
    super::series::unless(wire, 0x94, &mut own.needed, Some(&usual), |wire, own| {
        wire.option(0x95, own, |wire, own| wire.count(0x97, own))
    })?;
    let usual = compared_in_words(own);
    wire.text_like(0x96, &mut own.sentence, &usual)
}

fn paired(flips: &Flips) -> Option<PairedCounts> {
    let counts = PairedCounts {
        both: flips.both,
        lost: flips.newly_failing,
        gained: flips.newly_passing,
        neither: flips.neither,
    };
    let parts = [flips.both, flips.newly_failing, flips.newly_passing, flips.neither];
    let total = parts.iter().try_fold(0u64, |sum, part| sum.checked_add(*part))?;
    (1..=MOST_PAIRS).contains(&total).then_some(counts)
}

/// Samples needed to see a small change, as the pairs give it.
fn needed(flips: &Flips, level: f64) -> Option<u64> {
    let counts = paired(flips)?;
    let n = counts.n() as f64;
    let spread = counts.variance_of_difference()? * n / (n - 1.0);
    crate::report::needed_for(spread, 1.0 - level)
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
    let usual = paired(flips).map_or(flips.mid_p, |counts| counts.mcnemar_mid_p());
    let mut is_usual = usual.is_alike(&flips.mid_p);
    wire.flag(0x9f, &mut is_usual)?;
    match is_usual {
        true => flips.mid_p = usual,
        false => wire.number(0xa2, &mut flips.mid_p)?,
    }
    Ok(())
}
