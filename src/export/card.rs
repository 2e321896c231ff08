//! The evaluation card: what a model card says of an evaluation, as Markdown.

use std::fmt::Write as _;

use super::{hash_words, markdown, plain};
use crate::report::{InputFile, Report};
use crate::review::Review;
use crate::review::audit::Field;
use crate::text;

/// `review` as an evaluation card: scope, lineage of each run, verdicts and numbers, slices, limitations, how to check it.
#[must_use]
pub fn card(review: &Review, link: Option<&str>) -> String {
    let mut card = String::from("# Evaluation card\n\n");
    for (field, words) in Field::ALL {
        let own = field.of(&review.state);
        if !own.is_empty() {
            let _ = writeln!(card, "- **{words}:** {}", plain(own));
        }
    }
    card.push('\n');
    for report in &review.reports {
        card.push_str(&lineage(report));
        card.push_str(&slices(report));
        card.push_str(&cautions(report));
    }
    card.push_str(&markdown(review, link));
    let _ = writeln!(
        card,
        "\nNames are what people typed, not identities. Made with Assay {}, methods {}.",
        plain(&review.app),
        review.methods
    );
    card
}

fn lineage(report: &Report) -> String {
    let meta = &report.meta;
    let mut part = format!("## Run {}\n\n", plain(&meta.name));
    let rows = [
        ("Model", &meta.model),
        ("Prompt", &meta.prompt),
        ("Task", &meta.task),
        ("Data set", &meta.dataset),
        ("Data set version", &meta.dataset_version),
        ("Scorer", &meta.scorer),
        ("Tool", &meta.harness),
        ("Commit", &meta.commit),
        ("Made", &meta.created),
        ("Counts as right", &report.rule.words),
    ];
    for (words, value) in rows {
        if !value.is_empty() {
            let _ = writeln!(part, "- **{words}:** {}", plain(value));
        }
    }
    let counts = report.counts;
    let _ = writeln!(
        part,
        "- **Samples:** {} read, {} scored, {} errored, {} unscored, {} left out",
        text::count(counts.read),
        text::count(counts.scored),
        text::count(counts.errored),
        text::count(counts.unscored),
        text::count(counts.left_out)
    );
    for file in &report.files {
        part.push_str(&file_line("File", file));
    }
    if let Some(comparison) = &report.comparison {
        let _ = writeln!(part, "- **Baseline:** {}", plain(&comparison.baseline.meta.name));
        for file in &comparison.baseline.files {
            part.push_str(&file_line("File of the baseline", file));
        }
    }
    part.push('\n');
    part
}

fn file_line(words: &str, file: &InputFile) -> String {
    format!(
        "- **{words}:** {}, {} `{}`\n",
        plain(&file.name),
        hash_words(&file.sha256),
        plain(&file.sha256)
    )
}

fn slices(report: &Report) -> String {
    let Some(slices) = report.slices.ready() else {
        return String::new();
    };
    let mut part = String::from("| Slice | Right | n |\n| --- | --- | --- |\n");
    for row in &slices.rows {
        let conditions: Vec<String> = row
            .conditions
            .iter()
            .map(|(name, value)| format!("{name} = {value}"))
            .collect();
        let right = text::estimate(&row.accuracy);
        let _ = writeln!(
            part,
            "| {} | {right} | {} |",
            plain(&conditions.join(", ")),
            text::count(row.n)
        );
    }
    part.push('\n');
    part
}

fn cautions(report: &Report) -> String {
    let calibration = report
        .calibration
        .ready()
        .map(|own| own.cautions.as_slice())
        .unwrap_or_default();
    let latency = report
        .latency
        .ready()
        .map(|own| own.cautions.as_slice())
        .unwrap_or_default();
    let mut part = String::new();
    for caution in report.cautions.iter().chain(calibration).chain(latency) {
        let _ = writeln!(part, "- {}", plain(caution));
    }
    part.push('\n');
    part
}
