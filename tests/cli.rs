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
        let has_interval = estimate["low"].is_number() || estimate["high"].is_number();
        assert_eq!(estimate["level"].is_number(), has_interval, "{} {estimate}", metric.id);
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

/// What `assay` wrote on standard error, which has to end with exit code 2.
fn refused(arguments: &[&str]) -> String {
    let output = assay(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty());
    said
}

/// The only line that `assay link` prints.
fn link(extra: &[&str]) -> String {
    let arguments = [
        "link",
        LETTERS,
        "--policy",
        POLICY,
        "--base",
        "https://example.org/assay/",
    ];
    let output = assay(&[&arguments[..], extra].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(text.matches('\n').count(), 1, "{text}");
    text.trim_end().to_owned()
}

#[test]
fn a_link_opens_as_the_review_it_was_made_of() {
    let link = link(&[]);
    assert!(link.starts_with("https://example.org/assay/#r1.q."), "{link}");
    let review = json(&["open", &link, "--json"]);
    assert_eq!(review["schema"], "assay-review/1");
    assert_eq!(review["verdicts"][0]["verdict"], "pass");
    let report = json(&["report", LETTERS, "--json"]);
    let sha = report["runs"][0]["files"][0]["sha256"].as_str().unwrap();
    let carried = review["reports"][0]["files"][0]["sha256"].as_str().unwrap();
    assert!(carried.len() >= 32 && sha.starts_with(carried), "{carried}");
    // In words, from the fragment alone, from a mail that broke it, and from a file.
    let fragment = &link[link.find('#').unwrap()..];
    let words = String::from_utf8(assay(&["open", fragment]).stdout).unwrap();
    assert!(words.contains("| Gate | Measured | Limit | Verdict |"), "{words}");
    let (front, back) = link.split_at(link.len() - 30);
    let mailed = format!("<{}\r\n{back}>.", front.replace('#', "%23"));
    assert_eq!(String::from_utf8(assay(&["open", &mailed]).stdout).unwrap(), words);
    let path = std::env::temp_dir().join(format!("assay-{}.review.json", std::process::id()));
    std::fs::write(&path, assay(&["open", &link, "--json"]).stdout).unwrap();
    assert_eq!(
        String::from_utf8(assay(&["open", &path.to_string_lossy()]).stdout).unwrap(),
        words
    );
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn a_link_that_cannot_be_opened_says_why() {
    let link = link(&[]);
    let middle = link.len() - 40;
    let other = if &link[middle..=middle] == "A" { "B" } else { "A" };
    let altered = format!("{}{other}{}", &link[..middle], &link[middle + 1..]);
    for (broken, reason) in [
        (link[..link.len() - 20].to_owned(), "was cut off"),
        (altered, "was altered"),
        (link.replace("#r1.", "#r7."), "newer than this program"),
        ("https://example.org/assay/#demo".to_owned(), "not a review link"),
        ("#r1.p.4.wPgD7w.AAAA".to_owned(), "altered"),
        (String::new(), "not a review link"),
    ] {
        let said = refused(&["open", &broken, "--json"]);
        assert!(said.contains(reason), "{broken}: {said}");
    }
}

#[test]
fn an_encrypted_link_opens_with_its_passphrase_only() {
    let folder = std::env::temp_dir();
    let secret = |name: &str, text: &str| {
        let path = folder.join(format!("assay-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    let (right, wrong) = (
        secret("right", "four plain words here\n"),
        secret("wrong", "four words"),
    );
    let sealed = link(&["--passphrase-file", &right]);
    assert!(sealed.contains("#r1.e."), "{sealed}");
    assert!(refused(&["open", &sealed]).contains("encrypted"));
    assert!(refused(&["open", &sealed, "--passphrase-file", &wrong]).contains("does not open it"));
    assert!(refused(&["open", &sealed, "--passphrase-env", "ASSAY_NO_SUCH_VARIABLE"]).contains("no passphrase"));
    let cut = &sealed[..sealed.len() - 9];
    assert!(refused(&["open", cut, "--passphrase-file", &wrong]).contains("was cut off"));
    let review = json(&["open", &sealed, "--json", "--passphrase-file", &right]);
    assert_eq!(review["verdicts"][0]["verdict"], "pass");
    for path in [right, wrong] {
        std::fs::remove_file(path).unwrap();
    }
}

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

/// A table under a contract with `terms`: what `assay check` prints.
fn contracted(name: &str, table: &str, terms: &str) -> String {
    let folder = std::env::temp_dir().join(format!("assay-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (file, policy) = (folder.join("table.csv"), folder.join("policy.toml"));
    std::fs::write(&file, table).unwrap();
    let gate = "[[gate]]\nid = \"g\"\nmetric = \"accuracy\"\nat_least = 0.01\n";
    std::fs::write(&policy, format!("{gate}[contract]\n{terms}\n")).unwrap();
    let output = assay(&["check", &file.to_string_lossy(), "--policy", &policy.to_string_lossy()]);
    std::fs::remove_dir_all(&folder).unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Rows of a table: id, right, confidence, milliseconds.
fn rows(ids: std::ops::Range<u32>) -> String {
    ids.map(|id| format!("q{id},{},0.{},{}\n", id % 3 > 0, 50 + id % 49, 200 + id))
        .collect()
}

#[test]
fn a_contract_names_columns_as_the_file_does() {
    let table = format!("id,is_correct,confidence,latency_ms\n{}", rows(0..60));
    let terms = "required = [\"is_correct\", \"latency_ms\", \"confidence\"]\n\
                 missing_at_most = { is_correct = 0.0, latency_ms = 0.0 }\n\
                 types = { is_correct = \"boolean\", latency_ms = \"number\" }\n\
                 ranges = { latency_ms = [200, 259], latency = [0.2, 0.26] }";
    let said = contracted("names", &table, terms);
    assert!(said.contains("✓ pass") && !said.contains('✗'), "{said}");
    let said = contracted("names-off", &table, "ranges = { latency_ms = [200, 250] }");
    assert!(said.contains("from 200 to 259, allowed is 200 to 250"), "{said}");
}

#[test]
fn repeated_ids_never_pass_a_contract_of_unique_ones() {
    let table = format!("id,is_correct,confidence,latency_ms\n{}{}", rows(0..60), rows(3..5));
    let said = contracted("twice", &table, "unique_ids = true");
    assert!(
        said.contains("✗ contract.unique-ids") && said.contains("2 samples repeat the id"),
        "{said}"
    );
    let said = contracted(
        "once",
        &table.replacen("q3,", "q99,", 1).replacen("q4,", "q98,", 1),
        "unique_ids = true",
    );
    assert!(said.contains("✓ contract.unique-ids"), "{said}");
    let repeats = "id,is_correct,epoch\na,1,1\na,0,2\nb,1,1\nb,1,2\n";
    let said = contracted("epochs", repeats, "unique_ids = true");
    assert!(said.contains("✓ contract.unique-ids"), "{said}");
}

#[test]
fn a_review_is_written_as_files() {
    let folder = std::env::temp_dir().join(format!("assay-{}-export", std::process::id()));
    let output = assay(&["export", &link(&[]), "--out", &folder.to_string_lossy()]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let names = String::from_utf8(output.stdout).unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert!(read("review.json").contains("\"assay-review/1\""));
    assert!(read("review.md").contains("right-enough") || read("review.md").contains("Gate"));
    assert!(read("calibration.reliability.svg").starts_with("<svg"));
    assert!(read("calibration.reliability.csv").contains("\r\n"));
    assert!(
        names.lines().count() > 10 && names.lines().all(|name| std::path::Path::new(name).is_file()),
        "{names}"
    );
    std::fs::remove_dir_all(&folder).unwrap();
    refused(&["export", "#r1.q.9.AAAAAA.A", "--out", &folder.to_string_lossy()]);
}

#[test]
fn the_schema_of_policies_is_printed() {
    let schema: Value = serde_json::from_slice(&assay(&["schema"]).stdout).unwrap();
    assert!(schema.to_string().contains("latency.ttft-p95"));
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

const MODELS: &str = "plain/two_models.csv";

/// A policy that asks for this share of right answers, in a file of its own.
fn policy_of(name: &str, at_least: &str) -> String {
    let path = std::env::temp_dir().join(format!("assay-{}-{name}.toml", std::process::id()));
    let text = format!("[[gate]]\nid = \"right\"\nmetric = \"accuracy\"\nat_least = {at_least}\n");
    std::fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

#[test]
fn every_run_is_judged_and_the_worst_counts() {
    for (limit, all, a, b) in [("0.8", 1, 3, 1), ("0.6", 3, 0, 3), ("0.1", 0, 0, 0)] {
        let policy = policy_of(&format!("runs-{limit}"), limit);
        let code = |extra: &[&str]| {
            let arguments = ["check", MODELS, "--policy", &policy];
            assay(&[&arguments[..], extra].concat()).status.code()
        };
        assert_eq!(code(&[]), Some(all), "{limit}");
        assert_eq!(code(&["--run", "a"]), Some(a), "{limit}");
        assert_eq!(code(&["--run", "b"]), Some(b), "{limit}");
        assert_eq!(code(&["--run", "c"]), Some(2));
        std::fs::remove_file(policy).unwrap();
    }
}

#[test]
fn the_summary_and_the_junit_file_name_every_run() {
    let policy = policy_of("written", "0.8");
    let folder = std::env::temp_dir();
    let path = |end: &str| {
        folder
            .join(format!("assay-runs-{}.{end}", std::process::id()))
            .to_string_lossy()
            .into_owned()
    };
    let (markdown, junit) = (path("md"), path("xml"));
    let base = "https://example.org/assay/";
    let output = assay(&[
        "check",
        MODELS,
        "--policy",
        &policy,
        "--summary",
        &markdown,
        "--junit",
        &junit,
        "--base",
        base,
    ]);
    assert_eq!(output.status.code(), Some(1));
    let table = String::from_utf8(output.stdout).unwrap();
    let link = table.lines().last().unwrap();
    assert!(
        link.starts_with(&format!("{base}#r1.q.")),
        "the link stands on a line of its own: {table}"
    );
    assert!(
        table.contains("a · ? not enough evidence") && table.contains("b · ✗ fail"),
        "{table}"
    );
    assert_eq!(
        json(&["open", link, "--json"])["verdicts"].as_array().map(Vec::len),
        Some(2)
    );
    let written = std::fs::read_to_string(&markdown).unwrap();
    assert!(
        written.starts_with("## ✗ Fail") && written.contains(&format!("[Open the review](<{link}>)")),
        "{written}"
    );
    let xml = std::fs::read_to_string(&junit).unwrap();
    assert_eq!(xml.matches("<testsuite ").count(), 2, "{xml}");
    assert!(
        xml.contains("<testsuite name=\"a\"") && xml.contains("type=\"not enough evidence\""),
        "{xml}"
    );
    for path in [markdown, junit, policy] {
        std::fs::remove_file(path).unwrap();
    }
}

/// The commands that README gives for review and CI, each as its words.
fn readme_commands() -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let mut commands: Vec<String> = Vec::new();
    for line in text.lines().filter(|line| line.starts_with("    ")) {
        let line = line.trim().trim_start_matches("script: ");
        match commands.last_mut() {
            _ if line.starts_with("assay ") => commands.push(line.to_owned()),
            Some(last) if line.starts_with("--") => last.push_str(&format!(" {line}")),
            _ => {}
        }
    }
    let words = |line: String| {
        line.split_whitespace()
            .skip(1)
            .map(|word| word.trim_matches('"').to_owned())
            .collect()
    };
    commands.into_iter().map(words).collect()
}

#[test]
fn the_commands_of_the_readme_run() {
    let commands = readme_commands();
    assert!(commands.len() >= 5, "{commands:?}");
    let secret = std::env::temp_dir().join(format!("assay-readme-{}", std::process::id()));
    std::fs::write(&secret, "four plain words here").unwrap();
    let written = |end: &str| format!("{}.{end}", secret.display());
    for words in commands {
        let own: Vec<String> = words
            .iter()
            .map(|word| match word.as_str() {
                "results.eval" | "results/*.eval" => LETTERS.to_owned(),
                "before.eval" => OLDER.to_owned(),
                "assay.policy.toml" => POLICY.to_owned(),
                "passphrase.txt" => secret.display().to_string(),
                "$GITHUB_STEP_SUMMARY" | "assay.md" => written("md"),
                "assay.xml" => written("xml"),
                "LINK" => link(&[]),
                "review" => written("out"),
                word => word.to_owned(),
            })
            .collect();
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        let output = assay(&own);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{words:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    std::fs::remove_dir_all(written("out")).unwrap();
    for path in [written("md"), written("xml"), secret.display().to_string()] {
        std::fs::remove_file(path).unwrap();
    }
}
