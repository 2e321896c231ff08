//! The data contract: each of its terms is a gate that blocks.

use super::{GateVerdict, Kind, Verdict};
use crate::estimate::Unit;
use crate::report::{Column, Filter, Report};
use crate::review::policy::{ColumnType, Contract, Severity};
use crate::run::Outcome;
use crate::text;

/// Values named in a sentence.
const MOST_NAMED: usize = 5;

/// The terms of the contract, judged.
pub(super) fn terms(report: &Report, contract: Option<&Contract>) -> Vec<GateVerdict> {
    let Some(contract) = contract else {
        return Vec::new();
    };
    let mut terms = Vec::new();
    terms.extend(contract.samples.map(|expected| samples(report, expected)));
    terms.extend(contract.required.iter().map(|name| required(report, name)));
    terms.extend(contract.unique_ids.filter(|unique| *unique).map(|_| unique_ids(report)));
    terms.extend(contract.hash.iter().map(|hash| hashed(report, hash)));
    terms.extend(
        contract
            .missing_at_most
            .iter()
            .map(|(name, most)| missing(report, name, *most)),
    );
    terms.extend(
        contract
            .allowed
            .iter()
            .map(|(name, values)| allowed(report, name, values)),
    );
    terms.extend(contract.types.iter().map(|(name, kind)| typed(report, name, *kind)));
    terms.extend(contract.ranges.iter().map(|(name, ends)| ranged(report, name, *ends)));
    terms
}

fn term(id: &str, holds: bool, reason: String, filters: Vec<Filter>) -> GateVerdict {
    GateVerdict {
        id: format!("contract.{id}"),
        kind: Kind::Contract,
        title: "Data contract".to_owned(),
        verdict: if holds { Verdict::Pass } else { Verdict::Fail },
        severity: Severity::Block,
        reason: format!("Data contract: {reason}."),
        filters: if holds { Vec::new() } else { filters },
        ..GateVerdict::default()
    }
}

fn samples(report: &Report, expected: u64) -> GateVerdict {
    let counts = report.counts;
    let holds = counts.left_out == 0 && (counts.read == expected || (counts.epochs > 1 && counts.items == expected));
    let items = if counts.epochs > 1 {
        format!(" of {}", text::counted(counts.items, "item"))
    } else {
        String::new()
    };
    let lost = match counts.left_out {
        0 => String::new(),
        lost => format!(", {} could not be read", text::count(lost)),
    };
    let read = text::counted(counts.read, "sample");
    term(
        "samples",
        holds,
        format!("{read}{items} read, {} expected{lost}", text::count(expected)),
        Vec::new(),
    )
}

/// Words for roles, and the columns they fill.
const FILLED: [(&str, &str); 7] = [
    ("correct", SCORE),
    ("target", "truth"),
    ("time to first token", "ttft"),
    ("start", "started"),
    ("tokens read", "tokens_in"),
    ("tokens written", "tokens_out"),
    ("failure category", "failure"),
];
/// The format of tables, which may say nothing of repeats.
const PLAIN: &str = "plain";
/// What says whether a sample is right.
const SCORE: &str = "score";

/// What the program calls the column that the file calls `name`, and what was said when it was read; `name` itself where
/// the file has no such column or it fills none of ours.
pub(crate) fn column_name<'a>(report: &'a Report, name: &'a str) -> (&'a str, &'a str) {
    let is_known = name == SCORE || report.columns.iter().any(|column| column.name == name);
    // What was read of a column stands behind its name: “latency_ms, milliseconds by its name”.
    let is_own = |said: &str| {
        said.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(", "))
    };
    let role = report.meta.roles.iter().find(|(_, said)| is_own(said));
    match role {
        Some((role, said)) if !is_known => {
            let filled = FILLED.iter().find(|(word, _)| word == role);
            (filled.map_or(role.as_str(), |(_, column)| column), said)
        }
        _ => (name, ""),
    }
}

/// The column called `name` by role, by slice or by its own name in the file.
fn find<'r>(report: &'r Report, name: &str) -> Option<&'r Column> {
    let (name, _) = column_name(report, name);
    report.columns.iter().find(|column| column.name == name)
}

/// How many of the file's own units make one of ours: times are kept in seconds.
fn per_unit(report: &Report, name: &str) -> f64 {
    let (_, said) = column_name(report, name);
    [
        ("milliseconds", 1e3),
        ("microseconds", 1e6),
        ("nanoseconds", 1e9),
        ("minutes", 1.0 / 60.0),
    ]
    .into_iter()
    .find(|(unit, _)| said.contains(unit))
    .map_or(1.0, |(_, factor)| factor)
}

fn required(report: &Report, name: &str) -> GateVerdict {
    let holds = match column_name(report, name).0 {
        SCORE => report.counts.scored > 0,
        _ => find(report, name).is_some(),
    };
    let reason = if holds {
        format!("“{name}” is there")
    } else {
        format!("“{name}” is required and no sample has it")
    };
    term(&format!("required.{name}"), holds, reason, Vec::new())
}

/// Samples that repeat the id of another while no column says that they are repeats: a table without one is read as if
/// they were.
fn unsaid_repeats(report: &Report) -> u64 {
    let is_table = report.meta.format == PLAIN;
    let is_said = report.meta.roles.iter().any(|(role, _)| role == "epoch");
    let counts = report.counts;
    match is_table && !is_said && counts.epochs > 1 {
        true => counts.read.saturating_sub(counts.items),
        false => 0,
    }
}

fn unique_ids(report: &Report) -> GateVerdict {
    let repeats = unsaid_repeats(report);
    if repeats > 0 {
        let samples = text::counted(repeats, "sample");
        let reason = format!("{samples} repeat the id of another, and no epoch column says that they are repeats");
        return term("unique-ids", false, reason, Vec::new());
    }
    let twice = report.counts.duplicate_ids;
    let reason = match twice {
        0 => "no sample id stands twice in an epoch".to_owned(),
        1 => "1 sample id stands more than once in an epoch".to_owned(),
        many => format!("{} sample ids stand more than once in an epoch", text::count(many)),
    };
    term("unique-ids", twice == 0, reason, Vec::new())
}

fn hashed(report: &Report, wanted: &str) -> GateVerdict {
    let plain = wanted.trim().trim_start_matches("sha256:").to_lowercase();
    let is_prefix = plain.len() >= 16 && report.files.iter().any(|file| file.sha256.starts_with(&plain));
    let version = &report.meta.dataset_version;
    let holds = is_prefix || (!version.is_empty() && (version == wanted || *version == plain));
    let shown = text::shortened(wanted, 20);
    let reason = if holds {
        format!("the data is {shown}")
    } else {
        format!("neither an input file nor the data set has the hash {shown}")
    };
    term("hash", holds, reason, Vec::new())
}

/// Samples without a value, of how many.
fn absent(report: &Report, name: &str) -> (u64, u64) {
    let counts = report.counts;
    match column_name(report, name).0 {
        SCORE => (counts.read - counts.scored.min(counts.read), counts.read),
        "confidence" => (counts.without_confidence, counts.scored),
        "latency" => (counts.without_latency, counts.read),
        _ => {
            let present = find(report, name).map_or(0, |column| column.present);
            (counts.read.saturating_sub(present), counts.read)
        }
    }
}

fn missing(report: &Report, name: &str, most: f64) -> GateVerdict {
    let (lacking, of) = absent(report, name);
    let share = lacking as f64 / of.max(1) as f64;
    let holds = of > 0 && share <= most;
    let percent = |share: f64| text::number(share, Unit::Share);
    let reason = format!(
        "{} of {} lack “{name}” ({}), at most {} may",
        text::count(lacking),
        text::counted(of, "sample"),
        percent(share),
        percent(most)
    );
    let filters = match column_name(report, name).0 {
        SCORE => vec![Filter::Outcome(Outcome::Unscored)],
        "confidence" => vec![Filter::WithoutConfidence],
        _ => Vec::new(),
    };
    term(&format!("missing.{name}"), holds, reason, filters)
}

fn allowed(report: &Report, name: &str, values: &[String]) -> GateVerdict {
    let id = format!("allowed.{name}");
    let Some(column) = find(report, name) else {
        return term(&id, false, format!("no sample has “{name}”"), Vec::new());
    };
    let others: Vec<&str> = column
        .values
        .iter()
        .map(|(value, _)| value.as_str())
        .filter(|value| !values.iter().any(|own| own == value))
        .collect();
    let is_listed = column.distinct == column.values.len() as u64 && !column.values.is_empty();
    let holds = others.is_empty() && is_listed;
    let reason = if holds {
        format!("“{name}” holds allowed values only")
    } else if others.is_empty() {
        format!(
            "“{name}” holds {} values, too many to be the allowed ones",
            text::count(column.distinct)
        )
    } else {
        let named: Vec<String> = others
            .iter()
            .take(MOST_NAMED)
            .map(|value| format!("“{}”", text::shortened(value, 40)))
            .collect();
        format!("“{name}” holds {}, which is not allowed", text::list(&named))
    };
    let first = others.first().map(|value| Filter::Slice {
        name: column.name.clone(),
        value: Some((*value).to_owned()),
    });
    term(&id, holds, reason, first.into_iter().collect())
}

fn typed(report: &Report, name: &str, kind: ColumnType) -> GateVerdict {
    let id = format!("types.{name}");
    // Whether a sample is right is kept as its outcome, not as a column.
    let is_verdict = column_name(report, name).0 == SCORE && find(report, name).is_none() && report.counts.scored > 0;
    if is_verdict && kind == ColumnType::Boolean && !report.rule.graded {
        return term(&id, true, format!("“{name}” holds true or false"), Vec::new());
    }
    let Some(column) = find(report, name) else {
        return term(&id, false, format!("no sample has “{name}”"), Vec::new());
    };
    let fits = |value: &str| match kind {
        ColumnType::Text => true,
        ColumnType::Number => value.parse::<f64>().is_ok_and(f64::is_finite),
        ColumnType::Integer => value.parse::<i64>().is_ok(),
        ColumnType::Boolean => matches!(value.to_lowercase().as_str(), "true" | "false" | "0" | "1"),
    };
    let holds = match (column.range, kind) {
        (Some(_), ColumnType::Number) => true,
        (Some(_), ColumnType::Integer) => column.is_whole,
        (Some((low, high)), ColumnType::Boolean) => column.is_whole && low >= 0.0 && high <= 1.0,
        (Some(_), ColumnType::Text) => false,
        (None, _) => column.values.iter().all(|(value, _)| fits(value)),
    };
    let word = match kind {
        ColumnType::Number => "numbers",
        ColumnType::Integer => "whole numbers",
        ColumnType::Boolean => "true or false",
        ColumnType::Text => "texts",
    };
    let reason = if holds {
        format!("“{name}” holds {word}")
    } else {
        format!("“{name}” holds other than {word}")
    };
    term(&id, holds, reason, Vec::new())
}

fn ranged(report: &Report, name: &str, (low, high): (f64, f64)) -> GateVerdict {
    let id = format!("ranges.{name}");
    let Some((least, most)) = find(report, name).and_then(|column| column.range) else {
        return term(&id, false, format!("“{name}” holds no numbers"), Vec::new());
    };
    let factor = per_unit(report, name);
    let (least, most) = (least * factor, most * factor);
    let plain = |value: f64| text::chosen(value, Unit::Score);
    let reason = format!(
        "“{name}” runs from {} to {}, allowed is {} to {}",
        plain(least),
        plain(most),
        plain(low),
        plain(high)
    );
    term(&id, least >= low && most <= high, reason, Vec::new())
}

/// What no term of the contract covers and a reader should know.
pub(super) fn cautions(report: &Report, contract: Option<&Contract>) -> Vec<String> {
    let counts = report.counts;
    let covers = |name: &str| contract.is_some_and(|own| own.missing_at_most.contains_key(name));
    let is_unique = contract.and_then(|own| own.unique_ids).is_some();
    let mut cautions = Vec::new();
    let repeats = unsaid_repeats(report);
    if repeats > 0 && !is_unique {
        let samples = text::counted(repeats, "sample");
        cautions.push(format!(
            "{samples} repeat the id of another, and no epoch column and no contract says whether that may be."
        ));
    }
    if counts.duplicate_ids > 0 && !is_unique {
        let ids = text::counted(counts.duplicate_ids, "sample id");
        let stand = if counts.duplicate_ids == 1 { "stands" } else { "stand" };
        cautions.push(format!(
            "{ids} {stand} more than once in an epoch, and no contract says whether that may be."
        ));
    }
    let lacking = counts.read.saturating_sub(counts.scored);
    if lacking > 0 && !covers("score") {
        let samples = text::counted(lacking, "sample");
        cautions.push(format!(
            "{samples} of {} {} no score, and no contract says how many may.",
            text::count(counts.read),
            if lacking == 1 { "has" } else { "have" }
        ));
    }
    if counts.left_out > 0 {
        cautions.push(format!(
            "{} could not be read and {} left out.",
            text::counted(counts.left_out, "record"),
            text::are(counts.left_out)
        ));
    }
    cautions
}
