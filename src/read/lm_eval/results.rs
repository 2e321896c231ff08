//! Results files, and which of them belongs to a samples file.

use crate::run::{Meta, Problem, Run};

use super::super::error::shorten;
use super::super::json::Value;
use super::super::moment;
use super::super::score::{ScoreRule, decide};

/// Whether a larger value of `metric` is better, where no results file says so.
#[must_use]
pub fn larger_is_better(metric: &str) -> bool {
    const SMALLER: [&str; 8] = [
        "perplexity",
        "bits_per_byte",
        "brier_score",
        "ter",
        "loss",
        "wer",
        "cer",
        "error",
    ];
    !SMALLER
        .iter()
        .any(|name| metric == *name || metric.ends_with(&format!("_{name}")))
}

/// What a file's name and folder say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileName {
    /// Folder with its slash; empty if none.
    pub folder: String,
    /// Model, from a folder `org__model`; empty if there is none.
    pub model: String,
    /// What stands between `samples_` or `results_` and the time.
    pub stem: String,
    /// The time as written (`2026-01-21T03-44-18.458309`); empty if none.
    pub time: String,
}

impl FileName {
    /// Takes a name apart (`org__model/samples_arc_easy_2026-01-21T03-44-18.458309.jsonl`).
    #[must_use]
    pub fn read(name: &str) -> Self {
        let (folder, file) = match name.rfind(['/', '\\']) {
            Some(at) => name.split_at(at + 1),
            None => ("", name),
        };
        let parent = folder
            .trim_end_matches(['/', '\\'])
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or_default();
        let model = match parent.split_once("__") {
            Some((org, model)) => format!("{org}/{model}"),
            None => String::new(),
        };
        let mut stem = file;
        for ending in [".gz", ".zst", ".jsonl", ".json", ".ndjson"] {
            stem = stem.strip_suffix(ending).unwrap_or(stem);
        }
        for start in ["samples_", "results_"] {
            stem = stem.strip_prefix(start).unwrap_or(stem);
        }
        let (stem, time) = match stem.rfind('_').map(|at| (at, stem.get(at + 1..).unwrap_or_default())) {
            _ if is_time(stem) => ("", stem),
            Some((at, time)) if is_time(time) => (stem.get(..at).unwrap_or_default(), time),
            _ => (stem, ""),
        };
        Self {
            folder: folder.to_owned(),
            model,
            stem: stem.to_owned(),
            time: time.to_owned(),
        }
    }

    /// The task: the longest one that a results file knows and the stem starts with, else the stem.
    #[must_use]
    pub fn task(&self, books: &[Book]) -> String {
        let known = books.iter().flat_map(|b| b.tasks.iter().map(|t| t.name.as_str()));
        let own = known.filter(|task| {
            let rest = self.stem.strip_prefix(task);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
        });
        own.max_by_key(|task| task.len()).unwrap_or(&self.stem).to_owned()
    }
}

/// Whether `text` is a time as the harness puts it into file names.
fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 13
        && bytes.get(4) == Some(&b'-')
        && bytes.get(10) == Some(&b'T')
        && text.starts_with(|c: char| c.is_ascii_digit())
}

/// One task of a results file.
#[derive(Clone, Debug, Default)]
struct Task {
    name: String,
    /// Metric, filter, value; standard errors with `_stderr` in the metric's name.
    reported: Vec<(String, String, f64)>,
    larger: Vec<(String, bool)>,
    settings: Vec<(String, String)>,
    dataset: String,
    hash: String,
    is_group: bool,
    used: bool,
}

/// A results file.
#[derive(Clone, Debug, Default)]
pub struct Book {
    file: u32,
    name: FileName,
    meta: Meta,
    tasks: Vec<Task>,
}

impl Book {
    /// Reads a results document.
    #[must_use]
    pub fn read(document: &Value<'_>, file: u32, name: &str) -> Self {
        let text = |value: &Value<'_>| value.label().map_or_else(String::new, |v| v.into_owned());
        let version = text(document.at("lm_eval_version"));
        let model = [document.at("model_name"), document.path(&["config", "model"])].map(text);
        let created = document
            .at("date")
            .number()
            .map_or_else(String::new, moment::utc_of_secs);
        let name = FileName::read(name);
        let meta = Meta {
            model: model.into_iter().find(|m| !m.is_empty()).unwrap_or_default(),
            harness: format!("lm_eval {version}").trim().to_owned(),
            created,
            commit: text(document.at("git_hash")),
            settings: settings(document),
            ..Meta::default()
        };
        let tasks = document.at("results").members().iter();
        Self {
            file,
            name,
            meta,
            tasks: tasks
                .map(|(task, values)| Task::read(&task.decode(), values, document))
                .collect(),
        }
    }

    /// How well the file fits: 0 if it does not hold the task.
    fn fit(&self, task: &str, hash: &str, file: &FileName) -> u32 {
        let Some(own) = self.tasks.iter().find(|t| t.name == task) else {
            return 0;
        };
        let same_model = !file.model.is_empty() && file.model == self.name.model;
        1 + u32::from(!hash.is_empty() && own.hash == hash)
            + 2 * u32::from(self.name.folder == file.folder)
            + 4 * u32::from(same_model)
            + 8 * u32::from(!file.time.is_empty() && self.name.time == file.time)
    }

    /// Runs that hold aggregates only, one a task, metric and filter without samples.
    #[must_use]
    pub fn unused_runs(&self) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for task in self.tasks.iter().filter(|t| !t.used && !t.is_group) {
            let mut scorers: Vec<(&str, &str)> = Vec::new();
            for (metric, filter, _) in &task.reported {
                let metric = metric.strip_suffix("_stderr").unwrap_or(metric);
                if !scorers.contains(&(metric, filter)) {
                    scorers.push((metric, filter));
                }
            }
            for (metric, filter) in scorers {
                let mut run = Run::default();
                super::LM_EVAL.id.clone_into(&mut run.meta.format);
                run.meta.scorer = metric.to_owned();
                run.meta.filter = filter.to_owned();
                run.meta.task.clone_from(&task.name);
                run.problems.push(Problem {
                    text: "The results file holds aggregates only. Drop the samples file of this task with it \
                           (lm_eval --log_samples writes one)."
                        .to_owned(),
                    count: 1,
                    ..Problem::default()
                });
                self.describe(&mut run, task);
                run.meta.files = vec![self.file];
                runs.push(run);
            }
        }
        runs
    }

    /// Writes what the file knows of `task` into the run.
    fn describe(&self, run: &mut Run, task: &Task) {
        let meta = &mut run.meta;
        meta.model.clone_from(&self.meta.model);
        meta.harness.clone_from(&self.meta.harness);
        meta.created.clone_from(&self.meta.created);
        meta.commit.clone_from(&self.meta.commit);
        meta.dataset.clone_from(&task.dataset);
        if !task.hash.is_empty() {
            meta.dataset_version.clone_from(&task.hash);
        }
        meta.settings = [self.meta.settings.as_slice(), task.settings.as_slice()].concat();
        meta.settings.sort();
        meta.settings.dedup_by(|a, b| a.0 == b.0);
        let own = task.reported.iter().filter(|(metric, filter, _)| {
            *filter == meta.filter && metric.strip_suffix("_stderr").unwrap_or(metric) == meta.scorer
        });
        meta.reported = own.map(|(metric, _, value)| (metric.clone(), *value)).collect();
    }
}

impl Task {
    fn read(name: &str, values: &Value<'_>, document: &Value<'_>) -> Self {
        let mut reported = Vec::new();
        for (key, value) in values.members() {
            let key = key.decode();
            let (metric, filter) = key.split_once(',').unwrap_or((&key, "none"));
            // Before filters existed, every number of a task was a metric; bookkeeping is none.
            let is_metric = key.contains(',') || !matches!(metric, "sample_len" | "samples" | "name" | "alias");
            if let Some(value) = value.number().filter(|_| is_metric) {
                reported.push((metric.to_owned(), filter.to_owned(), value));
            }
        }
        let config = document.at("configs").at(name);
        let label = |value: &Value<'_>| value.label().map_or_else(String::new, |v| v.into_owned());
        let larger = document.at("higher_is_better").at(name).members().iter();
        let dataset = [config.at("dataset_path"), config.at("dataset_name")].map(label);
        let dataset: Vec<String> = dataset.into_iter().filter(|d| !d.is_empty()).collect();
        let subtasks = document.at("group_subtasks").at(name).items();
        Self {
            name: name.to_owned(),
            reported,
            larger: larger
                .filter_map(|(m, l)| Some((m.decode().into_owned(), l.bool()?)))
                .collect(),
            settings: task_settings(name, config, document),
            dataset: dataset.join("/"),
            hash: label(document.at("task_hashes").at(name)),
            is_group: !subtasks.is_empty(),
            used: false,
        }
    }
}

/// Settings of the whole evaluation.
fn settings(document: &Value<'_>) -> Vec<(String, String)> {
    let mut settings = Vec::new();
    let config = document.at("config");
    for (name, value) in config.members() {
        let name = name.decode();
        if !matches!(name.as_ref(), "batch_sizes" | "bootstrap_iters") {
            add(&mut settings, &name, value);
        }
    }
    for name in [
        "transformers_version",
        "system_instruction_sha",
        "chat_template_sha",
        "fewshot_as_multiturn",
    ] {
        add(&mut settings, name, document.at(name));
    }
    settings
}

/// Settings of one task.
fn task_settings(name: &str, config: &Value<'_>, document: &Value<'_>) -> Vec<(String, String)> {
    let mut settings = Vec::new();
    add(&mut settings, "num_fewshot", document.at("n-shot").at(name));
    add(&mut settings, "task_version", document.at("versions").at(name));
    for field in [
        "output_type",
        "generation_kwargs",
        "repeats",
        "doc_to_text",
        "description",
        "test_split",
    ] {
        add(&mut settings, field, config.at(field));
    }
    settings
}

/// Adds a setting that is there and not empty.
fn add(settings: &mut Vec<(String, String)>, name: &str, value: &Value<'_>) {
    let text = shorten(&value.show(), 300);
    if !text.is_empty() && text != "{}" && text != "[]" {
        settings.push((name.to_owned(), text));
    }
}

/// Completes a run of samples by the results file that fits best, else by the name of its own file.
pub fn complete(run: &mut Run, file: &FileName, own: u32, books: &mut [Book]) {
    run.meta.files = vec![own];
    run.meta.model.clone_from(&file.model);
    run.meta.harness = "lm_eval".to_owned();
    let fits: Vec<u32> = books
        .iter()
        .map(|b| b.fit(&run.meta.task, &run.meta.dataset_version, file))
        .collect();
    let best = fits.iter().copied().max().unwrap_or(0);
    if best == 0 {
        return;
    }
    if fits.iter().filter(|f| **f == best).count() > 1 {
        run.problems.push(Problem {
            text:
                "Several results files could belong to these samples, so none was used. Drop the folders as they were \
                   written."
                    .to_owned(),
            count: 1,
            ..Problem::default()
        });
        return;
    }
    let Some(book) = fits.iter().position(|f| *f == best).and_then(|i| books.get_mut(i)) else {
        return;
    };
    let Some(index) = book.tasks.iter().position(|t| t.name == run.meta.task) else {
        return;
    };
    if let Some(task) = book.tasks.get_mut(index) {
        task.used = true;
    }
    if book.file != own {
        run.meta.files.push(book.file);
    }
    if let Some(task) = book.tasks.get(index) {
        book.describe(run, task);
        turn(run, task);
    }
}

/// Decides the run again if the results file says that its metric runs the other way.
fn turn(run: &mut Run, task: &Task) {
    let declared = task.larger.iter().find(|(metric, _)| *metric == run.meta.scorer);
    let Some((_, larger)) = declared else { return };
    if *larger == run.rule.larger_is_better || run.samples.scores.is_absent() {
        return;
    }
    let rule = ScoreRule {
        larger_is_better: *larger,
        threshold: run.rule.threshold.filter(|t| ![0.0, 0.5, 1.0].contains(t)),
        ..ScoreRule::default()
    };
    let decided = decide(&run.samples.scores, run.samples.len(), rule);
    for (own, outcome) in run.samples.outcomes.iter_mut().zip(decided.outcomes) {
        *own = outcome.unwrap_or(*own);
    }
    run.rule = decided.rule;
}

/// Names runs by model, task, and whatever of metric and filter tells them apart.
pub fn name(runs: &mut [Run]) {
    for index in 0..runs.len() {
        let Some(own) = runs.get(index) else { continue };
        let meta = own.meta.clone();
        let siblings = || {
            runs.iter()
                .filter(|r| r.meta.model == meta.model && r.meta.task == meta.task)
        };
        let mut parts = vec![meta.model.as_str(), meta.task.as_str()];
        if siblings().any(|r| r.meta.scorer != meta.scorer) {
            parts.push(meta.scorer.as_str());
        }
        if siblings().any(|r| r.meta.filter != meta.filter) {
            parts.push(meta.filter.as_str());
        }
        parts.retain(|part| !part.is_empty());
        let name = parts.join(" · ");
        if let Some(own) = runs.get_mut(index) {
            own.meta.name = name;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::json;
    use super::*;

    const RESULTS: &str = r#"{"results":{"arc":{"alias":"arc","acc,none":0.5,"acc_stderr,none":0.1,"ppl,none":"N/A"},
        "suite":{"acc,none":0.5}},"group_subtasks":{"suite":["arc"],"arc":[]},
        "configs":{"arc":{"dataset_path":"d","num_fewshot":0}},"versions":{"arc":1.0},"n-shot":{"arc":5},
        "higher_is_better":{"arc":{"acc":true}},"config":{"model":"hf","random_seed":0},"git_hash":"1f84a09f",
        "date":1768964383.8,"task_hashes":{"arc":"abc"},"model_name":"org/m","lm_eval_version":"0.4.9.2"}"#;

    fn book(name: &str) -> Book {
        Book::read(&json::parse(RESULTS.as_bytes()).unwrap(), 7, name)
    }

    #[test]
    fn names_are_taken_apart() {
        let name = FileName::read("out/org__m/samples_arc_easy_2026-01-21T03-44-18.458309.jsonl");
        assert_eq!((name.model.as_str(), name.stem.as_str()), ("org/m", "arc_easy"));
        assert_eq!(name.time, "2026-01-21T03-44-18.458309");
        let plain = FileName::read("samples_demo_mcq_7b.jsonl");
        assert_eq!((plain.stem.as_str(), plain.time.as_str()), ("demo_mcq_7b", ""));
        assert_eq!(FileName::read("results_2026-01-21T03-44-18.458309.json").stem, "");
    }

    #[test]
    fn the_task_is_the_longest_that_is_known() {
        let books = [book("results.json")];
        assert_eq!(FileName::read("samples_arc_7b.jsonl").task(&books), "arc");
        assert_eq!(FileName::read("samples_arcane.jsonl").task(&books), "arcane");
    }

    #[test]
    fn samples_take_their_lineage_from_the_results() {
        let mut books = [book("org__m/results_2026-01-21T03-44-18.458309.json")];
        let mut run = Run::default();
        run.meta.task = "arc".into();
        run.meta.scorer = "acc".into();
        run.meta.filter = "none".into();
        let file = FileName::read("org__m/samples_arc_2026-01-21T03-44-18.458309.jsonl");
        complete(&mut run, &file, 3, &mut books);
        assert_eq!(
            (run.meta.model.as_str(), run.meta.files.as_slice()),
            ("org/m", [3, 7].as_slice())
        );
        assert_eq!(run.meta.created, "2026-01-21T02:59:43Z");
        assert_eq!(
            run.meta.reported,
            [("acc".to_owned(), 0.5), ("acc_stderr".to_owned(), 0.1)]
        );
        assert!(run.meta.settings.contains(&("num_fewshot".into(), "5".into())));
        assert!(books[0].unused_runs().is_empty(), "groups are no runs");
    }

    #[test]
    fn results_alone_say_what_is_missing() {
        let runs = book("results.json").unused_runs();
        assert_eq!(runs.len(), 1);
        assert_eq!(runs[0].meta.scorer, "acc");
        assert!(runs[0].problems[0].text.contains("aggregates only"));
    }

    #[test]
    fn two_results_that_fit_equally_are_not_guessed_between() {
        let mut books = [book("a.json"), book("b.json")];
        let mut run = Run::default();
        run.meta.task = "arc".into();
        complete(&mut run, &FileName::read("samples_arc.jsonl"), 0, &mut books);
        assert_eq!(run.meta.harness, "lm_eval");
        assert_eq!(run.problems.len(), 1);
    }

    #[test]
    fn directions_are_known() {
        assert!(larger_is_better("acc_norm"));
        assert!(!larger_is_better("word_perplexity"));
        assert!(larger_is_better("character"));
    }
}
