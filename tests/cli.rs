//! The command line on real result files.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)]

use std::process::{Command, Output};

use serde_json::Value;

fn assay(arguments: &[&str]) -> Output {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = assay(arguments);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

const LETTERS: &str = "inspect-ai/letters_logprobs_v0.3.285.eval";
const OLDER: &str = "inspect-ai/letters_logprobs_v0.3.112.eval";

#[test]
fn json_holds_every_metric_of_every_run() {
    let document = json(&["report", LETTERS, "--json", "--budget", "8s"]);
    assert_eq!(document["schema"], "assay-report/1");
    let run = &document["runs"][0];
    assert_eq!(run["files"][0]["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(run["samples"]["read"], 30);
    for metric in assay::report::METRICS {
        let estimate = &run["metrics"][metric.id];
        assert_eq!(
            estimate["value"].is_null(),
            estimate["why"].is_string(),
            "{} {estimate}",
            metric.id
        );
    }
    assert_eq!(run["metrics"]["latency.attainment"]["n"], 30);
}

#[test]
fn a_baseline_gives_comparisons() {
    let document = json(&["report", LETTERS, "--baseline", OLDER, "--json"]);
    let comparison = &document["comparisons"][0];
    assert_eq!(comparison["samples"]["matched"], 30);
    assert!(
        comparison["metrics"]["compare.accuracy"]["low"].is_number(),
        "{comparison}"
    );
    assert!(comparison["sentence"].as_str().is_some_and(|s| s.ends_with('.')));
}

#[test]
fn the_table_answers_the_four_questions() {
    let output = assay(&["report", LETTERS]);
    let text = String::from_utf8(output.stdout).unwrap();
    for question in ["Right?", "Sure?", "Fast?", "How does it fail?"] {
        assert!(text.contains(question), "{text}");
    }
    assert!(output.stderr.is_empty());
}

#[test]
fn bad_input_is_told_on_stderr_with_exit_code_2() {
    for arguments in [
        &["report", "bad/empty.json", "--json"][..],
        &["report", "bad/picture.json"],
        &["report", "no/such/file.json"],
        &["report", LETTERS, "--run", "nobody"],
        &["report", LETTERS, "--confidence", "field:nothing"],
        &["report", LETTERS, "--budget", "soon"],
        &["report"],
    ] {
        let output = assay(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_file_that_is_not_there_is_said_to_be_missing() {
    let told = String::from_utf8(assay(&["report", "no/such/file.json"]).stderr).unwrap();
    assert!(
        told.contains("no/such/file.json") && told.contains("there is no such file"),
        "{told}"
    );
    let told = String::from_utf8(assay(&["report", LETTERS, "--budget", "-5s"]).stderr).unwrap();
    assert!(told.contains("give a time above 0"), "{told}");
}

#[test]
fn what_a_folder_holds_beside_results_is_left_aside() {
    let folder = std::env::temp_dir().join(format!("assay-folder-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let table = folder.join("results.csv");
    std::fs::write(&table, "id,correct\na,1\nb,0\n").unwrap();
    let notes = folder.join("notes.json");
    std::fs::write(&notes, r#"{"title": "what was run", "by": ["Ada"]}"#).unwrap();
    let whole = assay(&["report", folder.to_str().unwrap()]);
    let told = String::from_utf8(whole.stderr).unwrap();
    assert_eq!(whole.status.code(), Some(0), "{told}");
    assert!(told.contains("left aside") && told.contains("notes.json"), "{told}");
    let named = assay(&["report", table.to_str().unwrap(), notes.to_str().unwrap()]);
    assert_eq!(named.status.code(), Some(2), "a file that was named has to be read");
    std::fs::remove_dir_all(&folder).unwrap();
}

const POLICY: &str = "review/release.policy.toml";

/// Exit code of `assay check` on `files` under the policy with `extra` added to it.
fn checked(name: &str, extra: &str) -> (Option<i32>, String) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/");
    let policy = std::fs::read_to_string(format!("{folder}{POLICY}")).unwrap();
    let path = std::env::temp_dir().join(format!("assay-{}-{name}.toml", std::process::id()));
    std::fs::write(&path, format!("{policy}\n{extra}")).unwrap();
    let output = assay(&["check", LETTERS, "--policy", &path.to_string_lossy()]);
    std::fs::remove_file(&path).unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text)
}

#[test]
fn check_exits_by_the_worst_verdict() {
    let gate = |metric: &str, limit: &str| format!("[[gate]]\nid = \"more\"\nmetric = \"{metric}\"\n{limit}\n");
    for (name, extra, code) in [
        ("pass", String::new(), 0),
        ("fail", gate("accuracy", "at_least = 0.99"), 1),
        ("open", gate("accuracy", "at_least = 0.75"), 3),
        ("absent", gate("accuracy", "at_least = 0.1\nslice = \"lang=xx\""), 3),
        ("wrong", gate("acuracy", "at_least = 0.1"), 2),
    ] {
        let (found, text) = checked(name, &extra);
        assert_eq!(found, Some(code), "{name}: {text}");
    }
    let missing = assay(&["check", "no-such-file.eval", "--policy", POLICY]);
    assert_eq!(missing.status.code(), Some(2));
}

#[test]
fn check_writes_markdown_junit_and_json() {
    let folder = std::env::temp_dir();
    let (markdown, junit) = (
        folder.join(format!("assay-{}.md", std::process::id())),
        folder.join(format!("assay-{}.xml", std::process::id())),
    );
    let document = json(&[
        "check",
        LETTERS,
        "--policy",
        POLICY,
        "--json",
        "--summary",
        &markdown.to_string_lossy(),
        "--junit",
        &junit.to_string_lossy(),
    ]);
    assert_eq!(
        (&document["schema"], &document["verdict"]),
        (&"assay-check/1".into(), &"pass".into())
    );
    let written = std::fs::read_to_string(&markdown).unwrap();
    assert!(
        written.starts_with("## ✓ Pass") && written.contains("| Gate |"),
        "{written}"
    );
    let xml = std::fs::read_to_string(&junit).unwrap();
    assert!(
        xml.contains("<testcase name=\"right\"") && xml.contains("failures=\"0\""),
        "{xml}"
    );
    for path in [markdown, junit] {
        std::fs::remove_file(path).unwrap();
    }
}
