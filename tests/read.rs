//! Files to runs: goldens per fixture, who claims what, error texts, chunk boundaries.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use assay::read::{ADAPTERS, Loaded, Next, ReadOptions, Session};
use assay::run::{Outcome, Run, Samples};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Every file below `folder`, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().map(|e| e.path()).collect();
    entries.sort();
    for path in entries {
        // Policies, reviews and links are not evaluation files.
        if path.ends_with("fixtures/review") || path.ends_with("fixtures/link") {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn read(path: &Path, chunk: usize) -> Loaded {
    let name = path
        .strip_prefix(fixtures())
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned();
    let bytes = std::fs::read(path).unwrap();
    let mut session = Session::new(ReadOptions::default());
    session.begin(&name);
    for part in bytes.chunks(chunk) {
        if session.feed(part) == Next::Seek {
            session.seek(Box::new(std::io::Cursor::new(bytes.clone())));
            while session.step() {}
            break;
        }
    }
    session.end();
    session.finish()
}

/// What a loaded file holds, in a form that is readable and changes when anything does.
fn dump(loaded: &Loaded) -> String {
    let mut out = String::new();
    for run in &loaded.runs {
        dump_run(&mut out, run);
    }
    for problem in &loaded.problems {
        let _ = writeln!(out, "problem ×{} [{}] {}", problem.count, problem.place, problem.text);
    }
    for error in &loaded.errors {
        let _ = writeln!(out, "error {error}");
    }
    out
}

fn dump_run(out: &mut String, run: &Run) {
    let meta = &run.meta;
    let _ = writeln!(out, "run {}", meta.name);
    let _ = writeln!(
        out,
        "  format {} · model {} · task {} · prompt {}",
        meta.format, meta.model, meta.task, meta.prompt
    );
    let _ = writeln!(
        out,
        "  scorer {} · filter {} · harness {} · created {} · status {}",
        meta.scorer, meta.filter, meta.harness, meta.created, meta.status
    );
    let _ = writeln!(out, "  rule {} ({:?})", run.rule.words, run.rule.confidence_of);
    for (role, column) in &meta.roles {
        let _ = writeln!(out, "  {role} ← {column}");
    }
    let samples = &run.samples;
    let count = |outcome: Outcome| samples.outcomes.iter().filter(|&&o| o == outcome).count();
    let _ = writeln!(
        out,
        "  {} samples: {} right, {} wrong, {} partial, {} unscored, {} errored",
        samples.len(),
        count(Outcome::Right),
        count(Outcome::Wrong),
        count(Outcome::Partial),
        count(Outcome::Unscored),
        count(Outcome::Errored)
    );
    for confidence in &samples.confidences {
        let n = confidence.values.count();
        let mean = confidence.values.present().sum::<f64>() / n.max(1) as f64;
        let _ = writeln!(out, "  confidence {}: {n}, mean {mean:.6}", confidence.source.id());
    }
    for (name, column) in [
        ("score", &samples.scores),
        ("latency", &samples.latency_secs),
        ("ttft", &samples.ttft_secs),
        ("tokens in", &samples.tokens_in),
        ("tokens out", &samples.tokens_out),
        ("cost", &samples.cost),
        ("started", &samples.started_secs),
    ] {
        if !column.is_absent() {
            let sum: f64 = column.present().sum();
            let _ = writeln!(out, "  {name}: {}, sum {sum:.6}", column.count());
        }
    }
    let slices: Vec<String> = samples
        .slices
        .iter()
        .map(|(name, codes)| format!("{name} ({})", codes.names().len()))
        .collect();
    let attributes: Vec<&str> = samples.attributes.iter().map(|(name, _)| name.as_str()).collect();
    let _ = writeln!(
        out,
        "  slices {} · attributes {}",
        slices.join(", "),
        attributes.join(", ")
    );
    let _ = writeln!(out, "  failures {}", samples.failures.tags().join(", "));
    let _ = writeln!(
        out,
        "  classes {} · truth {} · predicted {} · clusters {}",
        samples.class_names.join(" "),
        samples.truth.names().len(),
        samples.predicted.names().len(),
        samples.clusters.names().len()
    );
    for row in [0, samples.len() / 2, samples.len().saturating_sub(1)] {
        dump_row(out, samples, row);
    }
    for problem in &run.problems {
        let _ = writeln!(out, "  problem ×{} [{}] {}", problem.count, problem.place, problem.text);
    }
}

fn dump_row(out: &mut String, samples: &Samples, row: usize) {
    if row >= samples.len() {
        return;
    }
    let place = samples.places.get(row).copied().unwrap_or_default();
    let source = samples.sources.get(place.source as usize).cloned().unwrap_or_default();
    let _ = writeln!(
        out,
        "  row {row}: {} epoch {} {:?} score {:?} confidence {:?} latency {:?} at {} {} +{}",
        samples.ids.at(row),
        samples.epoch(row),
        samples.outcomes[row],
        samples.scores.at(row),
        samples.confidence_at(row),
        samples.latency_secs.at(row),
        source.members.join("!"),
        place.offset,
        place.length
    );
}

/// Compares with the golden of that name; `ASSAY_GOLDEN=update` writes it, and leaves the change beside it.
fn golden(name: &str, text: &str) -> Result<(), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden/read")
        .join(format!("{name}.txt"));
    if std::env::var("ASSAY_GOLDEN").is_ok_and(|v| v == "update") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        return Ok(());
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    if expected == text {
        return Ok(());
    }
    let changed = path.with_extension("changed.txt");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&changed, text).unwrap();
    Err(format!("{name} differs; see {}", changed.display()))
}

#[test]
fn every_fixture_reads_as_its_golden_says() {
    let mut wrong = Vec::new();
    for path in files(&fixtures()) {
        let name = path
            .strip_prefix(fixtures())
            .unwrap()
            .to_string_lossy()
            .replace('/', "__");
        if name.starts_with("make__") || name.ends_with(".md") {
            continue;
        }
        let text = dump(&read(&path, 1 << 20));
        wrong.extend(golden(&name, &text).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Folders whose files belong to one adapter; the others must not claim them.
const OWNERS: &[(&str, &str)] = &[
    ("inspect-ai", "inspect"),
    ("lm-eval", "lm-eval"),
    ("promptfoo", "promptfoo"),
    ("plain", "plain"),
];

#[test]
fn every_fixture_is_recognised_by_its_content_alone() {
    for (folder, owner) in OWNERS {
        for path in files(&fixtures().join(folder)) {
            if path.ends_with("pandas_values.json") {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let mut session = Session::new(ReadOptions::default());
            session.begin("file");
            if session.feed(&bytes) == Next::Seek {
                session.seek(Box::new(std::io::Cursor::new(bytes)));
            }
            let loaded = session.finish();
            assert!(loaded.errors.is_empty(), "{}: {:?}", path.display(), loaded.errors);
            assert_eq!(loaded.files[0].format, *owner, "{}", path.display());
        }
    }
}

#[test]
fn chunk_boundaries_never_change_a_run() {
    for path in files(&fixtures().join("plain"))
        .into_iter()
        .chain(files(&fixtures().join("bad")))
    {
        let size = std::fs::metadata(&path).unwrap().len();
        if size > 60_000 || path.to_string_lossy().contains("bomb") {
            continue;
        }
        let whole = dump(&read(&path, 1 << 20));
        for chunk in [1, 7, 4099] {
            assert_eq!(
                dump(&read(&path, chunk)),
                whole,
                "{} in chunks of {chunk}",
                path.display()
            );
        }
    }
}

#[test]
fn every_sample_can_be_opened_again() {
    for path in files(&fixtures().join("plain")) {
        let loaded = read(&path, 1 << 20);
        for run in &loaded.runs {
            for row in [0, run.samples.len() - 1] {
                let file = Box::new(std::fs::File::open(&path).unwrap());
                let detail = assay::read::fetch(run, row, file);
                let detail = detail.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                let id = run.samples.ids.at(row);
                assert_eq!(
                    detail.id.trim_end_matches(".0"),
                    id.trim_end_matches(".0"),
                    "{}",
                    path.display()
                );
                if !detail.target.is_empty() && !run.samples.truth.is_absent() {
                    assert_eq!(
                        Some(detail.target.as_str()),
                        run.samples.truth.at(row),
                        "{}",
                        path.display()
                    );
                }
            }
        }
    }
}

#[test]
fn adapters_have_different_ids() {
    let mut ids: Vec<&str> = ADAPTERS.iter().map(|adapter| adapter.id).collect();
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all);
}
