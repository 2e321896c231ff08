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

/// Files given as texts, read one after the other.
fn load(files: &[(&str, &str)]) -> Loaded {
    let options = ReadOptions {
        hash: true,
        ..ReadOptions::default()
    };
    let mut session = Session::new(options);
    for (name, text) in files {
        session.begin(name);
        session.feed(text.as_bytes());
        session.end();
    }
    session.finish()
}

fn outcomes(loaded: &Loaded) -> Vec<Outcome> {
    loaded.runs[0].samples.outcomes.clone()
}

#[test]
fn a_fault_in_the_middle_of_a_document_costs_no_more_than_its_record() {
    use Outcome::{Right, Wrong};
    let text = r#"[{"id": "a", "correct": true}, {"id": "b", "correct": tru}, {"id": "c", "correct": false}]"#;
    let loaded = load(&[("a.json", text)]);
    assert_eq!(outcomes(&loaded), [Right, Wrong]);
    let problem = &loaded.runs[0].problems[0];
    assert!(problem.left_out && problem.place.ends_with("/1"), "{problem:?}");
    let comma = load(&[("a.json", r#"[{"id": "a", "correct": true}, ]"#)]);
    assert!(comma.runs[0].problems[0].text.contains("not JSON"));
}

#[test]
fn an_error_field_counts_however_late_it_appears() {
    let mut lines: Vec<String> = (0..1500)
        .map(|i| format!(r#"{{"id": "{i}", "correct": {}}}"#, i % 2 == 0))
        .collect();
    lines.push(r#"{"id": "x", "error": "connection reset"}"#.to_owned());
    let loaded = load(&[("a.jsonl", &lines.join("\n"))]);
    assert_eq!(outcomes(&loaded)[1500], Outcome::Errored);
}

#[test]
fn a_header_or_summary_among_the_samples_is_left_out() {
    let header = r#"{"kind": "header", "model": "demo"}"#;
    let rows = (0..9).map(|i| format!(r#"{{"id": {i}, "correct": true}}"#));
    let failed = r#"{"error": "connection reset"}"#.to_owned();
    let footer = r#"{"summary": {"accuracy": 1.0}}"#.to_owned();
    let lines: Vec<String> = std::iter::once(header.to_owned())
        .chain(rows)
        .chain([failed, footer])
        .collect();
    let loaded = load(&[("a.jsonl", &lines.join("\n"))]);
    let run = &loaded.runs[0];
    assert_eq!(run.samples.len(), 10);
    assert_eq!(run.samples.outcomes[9], Outcome::Errored);
    assert_eq!((run.meta.model.as_str(), run.samples.epochs.len()), ("demo", 0));
    let problem = &run.problems[0];
    assert!(
        problem.left_out && problem.count == 2 && problem.place.contains("line 1"),
        "{problem:?}"
    );
}

#[test]
fn verdicts_that_are_none_are_told_and_the_others_count() {
    use Outcome::{Right, Unscored, Wrong};
    let text = "id,correct\na,true\nb,false\nc,maybe\nd,TRUE\ne,1.0\n";
    let loaded = load(&[("a.csv", text)]);
    assert_eq!(outcomes(&loaded), [Right, Wrong, Unscored, Right, Right]);
    assert!(loaded.runs[0].problems[0].place.contains("line 4"));
}

#[test]
fn the_best_label_of_a_pipeline_is_prediction_and_confidence() {
    let line = |truth: u32, label: &str, score: &str| {
        format!(r#"{{"label": {truth}, "output": [{{"label": "{label}", "score": {score}}}]}}"#)
    };
    let text = [line(1, "LABEL_1", "0.9"), line(0, "LABEL_1", "0.6")].join("\n");
    let loaded = load(&[("a.jsonl", &text)]);
    assert_eq!(outcomes(&loaded), [Outcome::Right, Outcome::Wrong]);
    assert_eq!(loaded.runs[0].samples.confidence_at(1), Some(0.6));
}

#[test]
fn sentences_are_not_compared_letter_for_letter() {
    let line = |i: u32| {
        format!(
            r#"{{"question": {i}, "response": "The capital of country {i} is, as everybody knows, city {i}.", "reference": "City {i} is the capital city of the country number {i}.", "latency": 1}}"#
        )
    };
    let text: Vec<String> = (0..6).map(line).collect();
    let loaded = load(&[("a.jsonl", &text.join("\n"))]);
    assert_eq!(outcomes(&loaded), [Outcome::Unscored; 6]);
    assert!(loaded.runs[0].problems[0].text.contains("letter for letter"));
}

#[test]
fn a_line_that_names_the_delimiter_is_no_header() {
    let text = "sep=;\r\nid;correct;confidence\r\na;1;0,75\r\nb;x;0,5\r\nc;0;0,5\r\nd;0;0,5\r\n";
    let loaded = load(&[("a.csv", text)]);
    let run = &loaded.runs[0];
    assert_eq!(run.samples.confidence_at(0), Some(0.75));
    assert!(run.problems[0].place.contains("line 4"), "{:?}", run.problems);
    let place = run.samples.places[0];
    let from = usize::try_from(place.offset).unwrap();
    assert_eq!(text[from..from + place.length as usize].trim(), "a;1;0,75");
}

/// A table of `models` models with 20 rows of the same ids each.
fn of_models(models: usize) -> String {
    let mut text = "id,model,correct\n".to_owned();
    for row in 0..models * 20 {
        let _ = writeln!(text, "q{},model-{},{}", row % 20, row / 20, row % 3 % 2);
    }
    text
}

#[test]
fn each_model_of_a_table_is_a_run_of_the_same_items() {
    for models in [20, 200] {
        let loaded = load(&[("a.csv", of_models(models).as_str())]);
        assert_eq!(loaded.runs.len(), models);
        let runs = loaded.runs.iter();
        assert!(runs.map(|run| run.samples.epochs.len()).all(|epochs| epochs == 0));
    }
}

#[test]
fn too_many_models_are_one_run_and_told() {
    let loaded = load(&[("a.csv", of_models(1_001).as_str())]);
    assert_eq!(loaded.runs.len(), 1);
    let told = format!("{:?} {:?}", loaded.problems, loaded.runs[0].problems);
    assert!(told.contains("1,001 models"), "{told}");
}

#[test]
fn an_error_that_names_a_time_out_is_one() {
    let text = "id,correct,failure_category,error,latency_ms\na,1,,,800\nb,0,wrong unit,,700\n\
                c,,,TimeoutError: no answer in 30 s,30000\nd,,,500 Internal Server Error,20\n";
    let loaded = load(&[("a.csv", text)]);
    let samples = &loaded.runs[0].samples;
    assert_eq!(outcomes(&loaded)[2..], [Outcome::Errored, Outcome::Errored]);
    assert!(samples.is_timed_out(2) && !samples.is_timed_out(3) && !samples.is_timed_out(0));
    let said = |row: usize| {
        samples
            .failures
            .at(row)
            .iter()
            .map(|&t| samples.failures.tags()[t].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (said(1), said(2), said(3)),
        (
            vec!["wrong unit".to_owned()],
            vec!["time-out".to_owned()],
            vec!["server error".to_owned()]
        )
    );
}

#[test]
fn a_cell_too_long_to_look_at_is_said_to_be() {
    let text = format!("id,answer,correct\na,{},1\n", "x".repeat(8 << 20));
    let loaded = load(&[("a.csv", text.as_str())]);
    let told = format!("{:?}", loaded.errors);
    assert!(
        loaded.runs.is_empty() && told.contains("longer than 1 MiB"),
        "{}",
        told.len()
    );
}

#[test]
fn the_same_bytes_given_twice_are_told() {
    let text = "id,correct\na,1\nb,0\n";
    let loaded = load(&[("a.csv", text), ("b.csv", text)]);
    assert_eq!(loaded.problems.len(), 1);
    assert_eq!(loaded.problems[0].place, "b.csv");
}

#[test]
fn adapters_have_different_ids() {
    let mut ids: Vec<&str> = ADAPTERS.iter().map(|adapter| adapter.id).collect();
    ids.sort_unstable();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

/// A file in one piece, archives included.
fn load_bytes(name: &str, bytes: &[u8]) -> Loaded {
    let mut session = Session::new(ReadOptions::default());
    session.begin(name);
    if session.feed(bytes) == Next::Seek {
        session.seek(Box::new(std::io::Cursor::new(bytes.to_vec())));
        while session.step() {}
    }
    session.end();
    session.finish()
}

#[test]
fn of_a_log_cut_short_every_whole_sample_is_read_and_opens() {
    let logs = files(&fixtures().join("inspect-ai"));
    let logs = logs.iter().filter(|path| path.extension().is_some_and(|e| e == "eval"));
    for path in logs {
        let bytes = std::fs::read(path).unwrap();
        let whole = load_bytes("whole.eval", &bytes);
        let of_whole = &whole.runs[0].samples;
        if of_whole.len() < 10 {
            continue;
        }
        let row_of = |id: &str, epoch: u16| {
            let mut rows = 0..of_whole.len();
            rows.find(|&row| of_whole.ids.at(row) == id && of_whole.epoch(row) == epoch)
        };
        let mut most = 0;
        for percent in [60, 80, 99] {
            let cut = &bytes[..bytes.len() * percent / 100];
            let loaded = load_bytes("cut.eval", cut);
            assert!(loaded.errors.is_empty(), "{path:?}: {:?}", loaded.errors);
            let run = &loaded.runs[0];
            assert!(
                run.samples.len() > most && run.samples.len() <= of_whole.len(),
                "{path:?}"
            );
            most = run.samples.len() - 1;
            let mut problems = run.problems.iter().chain(&loaded.problems);
            assert!(
                problems.any(|p| p.text.contains("archive") && p.place.contains("byte")),
                "{path:?}"
            );
            for row in 0..run.samples.len() {
                let same = row_of(run.samples.ids.at(row), run.samples.epoch(row)).unwrap();
                assert_eq!(run.samples.latency_secs.at(row), of_whole.latency_secs.at(same));
                let detail = assay::read::fetch(run, row, Box::new(std::io::Cursor::new(cut.to_vec()))).unwrap();
                assert_eq!(detail.id, run.samples.ids.at(row));
            }
        }
    }
}

/// An archive of two tables of 3,000 rows, the first unpacked size known beforehand or not.
fn of_two_tables(method: zip::CompressionMethod, streamed: bool) -> Vec<u8> {
    use std::io::Write as _;
    let rows: Vec<String> = (0..3000)
        .map(|i| format!("q{i},{},0.{}\n", i % 3 % 2, i * 7919 % 9000 + 1000))
        .collect();
    let table = format!("id,correct,confidence\n{}", rows.concat());
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    let mut bytes = Vec::new();
    let names = ["runs/a.csv", "runs/b.csv"];
    if streamed {
        let mut zip = zip::ZipWriter::new_stream(&mut bytes);
        for name in names {
            zip.start_file(name, options).unwrap();
            zip.write_all(table.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
    } else {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(&mut bytes));
        for name in names {
            zip.start_file(name, options).unwrap();
            zip.write_all(table.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
    }
    bytes
}

#[test]
fn of_an_archive_cut_short_whole_files_and_the_start_of_the_last_are_read() {
    use zip::CompressionMethod::{Deflated, Stored};
    for (method, streamed) in [(Stored, false), (Deflated, false), (Deflated, true)] {
        let bytes = of_two_tables(method, streamed);
        let cut = &bytes[..bytes.len() * 7 / 10];
        let loaded = load_bytes("runs.zip", cut);
        assert!(loaded.errors.is_empty(), "{:?}", loaded.errors);
        let rows: Vec<usize> = loaded.runs.iter().map(|run| run.samples.len()).collect();
        assert!(
            rows.len() == 2 && rows[0] == 3000 && rows[1] > 600 && rows[1] < 3000,
            "{rows:?}"
        );
        let problem = &loaded.problems[0];
        assert!(problem.text.contains("runs/b.csv"), "{problem:?}");
        let own = &loaded.runs[1].problems;
        assert!(own.iter().any(|p| p.text.contains("stops in the middle")), "{own:?}");
        for run in &loaded.runs {
            let row = run.samples.len() - 2;
            let detail = assay::read::fetch(run, row, Box::new(std::io::Cursor::new(cut.to_vec()))).unwrap();
            assert_eq!(detail.id, format!("q{row}"));
        }
    }
}

/// Latency in seconds and confidence of the first three rows, and how both columns were read.
fn first_rows(text: &str) -> (Vec<Option<f64>>, Vec<Option<f64>>, String) {
    let loaded = load(&[("a.csv", text)]);
    assert!(loaded.errors.is_empty(), "{:?}", loaded.errors);
    let run = &loaded.runs[0];
    let rows = 0..run.samples.len().min(3);
    let words = run.meta.roles.iter().map(|(role, words)| format!("{role}: {words}; "));
    (
        rows.clone().map(|row| run.samples.latency_secs.at(row)).collect(),
        rows.map(|row| run.samples.confidence_at(row)).collect(),
        words.collect(),
    )
}

#[test]
fn decimal_commas_are_read_column_by_column() {
    let quoted = "id,correct,confidence,latency_s\na,1,\"0,85\",1.5\nb,0,\"0,5\",2\n";
    let (latencies, confidences, words) = first_rows(quoted);
    assert_eq!(latencies, [Some(1.5), Some(2.0)]);
    assert_eq!(confidences, [Some(0.85), Some(0.5)]);
    assert!(
        words.contains("confidence, with decimal commas") && !words.contains("by its name, with"),
        "{words}"
    );
    let mixed = "id;correct;confidence;latency_s\na;1;85,5 %;1.5\nb;0;50%;2\n";
    assert_eq!(first_rows(mixed).1, [Some(0.855), Some(0.5)]);
    let thousands = "id,correct,latency_ms\na,1,\"1,234.5\"\nb,0,\"12,000.0\"\n";
    assert_eq!(first_rows(thousands).0, [Some(1.2345), Some(12.0)]);
}

#[test]
fn a_comma_that_may_be_either_is_said_to_be() {
    let loaded = load(&[("a.csv", "id,correct,latency_ms\na,1,\"1,234\"\nb,0,\"2,345\"\n")]);
    let run = &loaded.runs[0];
    assert!(run.samples.latency_secs.is_absent());
    assert!(
        run.problems.iter().any(|p| p.text.contains("“latency_ms”")),
        "{:?}",
        run.problems
    );
}

#[test]
fn durations_are_read_by_the_unit_behind_them() {
    let text = "id,correct,latency\na,1,1.2s\nb,0,850 ms\nc,1,0:00:02.5\nd,1,900\n";
    let (latencies, _, words) = first_rows(text);
    assert_eq!(latencies, [Some(1.2), Some(0.85), Some(2.5)]);
    assert!(words.contains("as its unit says"), "{words}");
    let loaded = load(&[("a.csv", text)]);
    let problem = &loaded.runs[0].problems[0];
    assert!(
        problem.text.contains("unit") && problem.place.contains("line 5"),
        "{problem:?}"
    );
    let named = "id,correct,latency_ms\na,1,1.2s\nb,0,850 ms\nc,1,900\n";
    assert_eq!(first_rows(named).0, [Some(1.2), Some(0.85), Some(0.9)]);
}

#[test]
fn a_table_of_one_column_is_one() {
    assert_eq!(
        first_rows("latency_s\n0,5\n1,25\n2\n").0,
        [Some(0.5), Some(1.25), Some(2.0)]
    );
    let loaded = load(&[("a.csv", "\u{FEFF}correct\r\n1\r\n0\r\n")]);
    assert_eq!(outcomes(&loaded), [Outcome::Right, Outcome::Wrong]);
    let detail = assay::read::fetch(
        &loaded.runs[0],
        1,
        Box::new(std::io::Cursor::new("\u{FEFF}correct\r\n1\r\n0\r\n")),
    );
    assert!(detail.unwrap().raw.contains('0'));
    let prose = load(&[("a.txt", "notes\nall went well\nnearly\n")]);
    assert!(prose.runs.is_empty() && prose.errors.len() == 1);
}

#[test]
fn percentages_of_a_score_count() {
    let loaded = load(&[("a.csv", "id,score\na,100%\nb,0 %\nc,100 %\n")]);
    use Outcome::{Right, Wrong};
    assert_eq!(outcomes(&loaded), [Right, Wrong, Right]);
}

#[test]
fn an_answer_cut_off_is_one_failure_by_its_authors_name() {
    let sample = |id: u32, failure: &str| {
        format!(
            r#"{{"id": {id}, "epoch": 1, "input": "q", "target": "a", "output": {{"choices": [{{"stop_reason": "max_tokens"}}]}},
            "scores": {{"match": {{"value": "I", "metadata": {{"failure": {failure}}}}}}}}}"#
        )
    };
    let samples = [
        sample(1, r#""cut off""#),
        sample(2, "null"),
        sample(3, r#""wrong sum""#),
    ]
    .join(",");
    let text = format!(r#"{{"version": 2, "eval": {{"task": "t", "model": "m"}}, "samples": [{samples}]}}"#);
    let loaded = load(&[("a.json", &text)]);
    let failures = &loaded.runs[0].samples.failures;
    let of = |row: usize| -> Vec<&str> {
        failures
            .at(row)
            .into_iter()
            .map(|i| failures.tags()[i].as_str())
            .collect()
    };
    assert_eq!(of(0), ["cut off"]);
    assert_eq!(of(1), ["cut off"]);
    assert_eq!(of(2).len(), 2);
}
