//! The runs of a file while it is being read.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::run::{Meta, OutcomeRule, Place, Problem, Run, Samples};

use super::super::belief::Beliefs;
use super::super::error::shorten;
use super::super::facet::Facets;
use super::super::json::Value;
use super::super::{ReadError, moment, stated};
use super::result::{self, Key};

/// Longest prompt in a run's name, in characters.
const LONGEST_LABEL: usize = 40;

/// Runs by provider and prompt.
#[derive(Debug)]
pub struct Runs {
    stem: String,
    runs: Vec<Draft>,
    /// Shared lineage, once the document's rest was read.
    meta: Meta,
    /// Aggregates by column.
    reported: Vec<Vec<(String, f64)>>,
    /// Settings by provider (label, else id).
    providers: Vec<(String, Vec<(String, String)>)>,
    /// How often each test case was run; `None` if the file does not say.
    repeat: Option<u64>,
    unchecked: u64,
}

/// A run on its way.
#[derive(Debug, Default)]
pub struct Draft {
    /// Provider and prompt.
    pub key: Key,
    /// Columns.
    pub samples: Samples,
    /// Metadata and variables.
    pub facets: Facets,
    /// Confidences.
    pub beliefs: Beliefs,
    /// Hash of each row's test case, and its number where the file numbers test cases.
    cases: Vec<(u64, Option<u64>)>,
    ids: Vec<String>,
}

impl Runs {
    /// No runs yet; the file's name serves as the task where nothing better is found.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            stem: stem(name),
            runs: Vec::new(),
            meta: Meta {
                harness: "promptfoo".to_owned(),
                ..Meta::default()
            },
            reported: Vec::new(),
            providers: Vec::new(),
            repeat: None,
            unchecked: 0,
        }
    }

    /// How many samples were taken.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.runs.iter().map(|r| r.samples.len() as u64).sum()
    }

    /// Takes one result.
    ///
    /// # Errors
    /// The record is no object, or says neither how it ended nor who answered.
    pub fn take(&mut self, value: &Value<'_>, place: Place) -> Result<(), ReadError> {
        if !matches!(value, Value::Object(_)) {
            return Err(ReadError::wrong_type("results", "objects", value.kind()));
        }
        let key = Key::of(value);
        if key.provider.is_empty() {
            return Err(ReadError::missing("provider"));
        }
        self.unchecked += u64::from(result::is_unchecked(value));
        let draft = self.draft(key);
        let row = draft.samples.len();
        draft.samples.push(&result::row(value, place));
        result::believe(value, row, &mut draft.beliefs);
        let case = value.at("testCase");
        let vars = match value.at("vars") {
            Value::Null => case.at("vars"),
            vars => vars,
        };
        for (name, field) in vars.members() {
            draft.facets.put(row, &name.decode(), field);
        }
        for metadata in [value.at("metadata"), case.at("metadata")] {
            for (name, field) in metadata.members() {
                let name = name.decode();
                if !name.starts_with('_') && !stated::is_confidence_name(&name) {
                    draft.facets.put(row, &name, field);
                }
            }
        }
        let number = value.at("testIdx").number().map(|n| n as u64);
        let content = if case.is_null() { vars.show() } else { case.show() };
        draft.cases.push((hash(&content), number));
        draft.ids.push(match number {
            Some(number) => number.to_string(),
            None => described(vars),
        });
        Ok(())
    }

    fn draft(&mut self, key: Key) -> &mut Draft {
        let found = self.runs.iter().position(|r| r.key == key);
        let index = found.unwrap_or(self.runs.len());
        if found.is_none() {
            self.runs.push(Draft::new(key));
        }
        &mut self.runs[index]
    }

    /// Reads what the document says beside its results.
    pub fn describe(&mut self, document: &Value<'_>) {
        let results = document.at("results");
        let config = document.at("config");
        let label = |value: &Value<'_>| value.label().map_or_else(String::new, |v| v.into_owned());
        let version = label(document.path(&["metadata", "promptfooVersion"]));
        let made = [
            document.path(&["metadata", "evaluationCreatedAt"]),
            results.at("timestamp"),
        ];
        let made = made.into_iter().map(label).find(|m| !m.is_empty()).unwrap_or_default();
        self.meta.harness = format!("promptfoo {version}").trim().to_owned();
        self.meta.created = moment::utc(&made);
        self.meta.task = label(config.at("description"));
        let prompts = match results.at("prompts").items() {
            [] => results.path(&["table", "head", "prompts"]).items(),
            prompts => prompts,
        };
        self.reported = prompts.iter().map(|p| reported(p.at("metrics"))).collect();
        self.providers = config.at("providers").items().iter().filter_map(provider).collect();
        let repeats = [
            document.path(&["runtimeOptions", "repeat"]),
            config.path(&["evaluateOptions", "repeat"]),
            config.path(&["commandLineOptions", "repeat"]),
        ];
        self.repeat =
            repeats
                .iter()
                .find_map(|r| r.number())
                .map(|n| n as u64)
                .or(matches!(document, Value::Object(_)).then_some(1));
    }

    /// The runs, complete.
    #[must_use]
    pub fn finish(self) -> Vec<Run> {
        let task = if self.meta.task.is_empty() {
            self.stem.clone()
        } else {
            self.meta.task.clone()
        };
        let mut drafts = self.runs;
        // Rows stand in the order in which calls ended; columns have an order of their own.
        drafts.sort_by_key(|draft| draft.key.column);
        let one_provider_each = |key: &Key| drafts.iter().filter(|r| r.key.provider == key.provider).count() == 1;
        let lone: Vec<bool> = drafts.iter().map(|r| one_provider_each(&r.key)).collect();
        let mut runs = Vec::new();
        for (draft, lone) in drafts.into_iter().zip(lone) {
            let mut meta = Meta {
                task: task.clone(),
                ..self.meta.clone()
            };
            let reported = draft.key.column.and_then(|c| self.reported.get(c));
            meta.reported = reported.cloned().unwrap_or_default();
            let settings = self
                .providers
                .iter()
                .find(|(name, _)| *name == draft.key.provider || *name == draft.key.id);
            meta.settings = settings.map(|(_, s)| s.clone()).unwrap_or_default();
            if let Some(repeat) = self.repeat.filter(|r| *r > 1) {
                meta.settings.push(("repeat".to_owned(), repeat.to_string()));
            }
            meta.settings.sort();
            let mut run = draft.finish(meta, lone, self.repeat);
            if self.unchecked > 0 {
                run.problems.push(Problem {
                    text:
                        "A result without assertions, in this file: promptfoo counts it as passed though nothing was \
                           checked. Add assertions."
                            .to_owned(),
                    count: self.unchecked,
                    ..Problem::default()
                });
            }
            runs.push(run);
        }
        runs
    }
}

impl Draft {
    /// A run without rows yet.
    #[must_use]
    pub fn new(key: Key) -> Self {
        Self { key, ..Self::default() }
    }

    /// The run with its lineage; `lone` if its provider has no other prompt.
    #[must_use]
    pub fn finish(mut self, mut meta: Meta, lone: bool, repeat: Option<u64>) -> Run {
        let mut problems = Vec::new();
        self.number(repeat);
        self.samples.close();
        self.facets.finish(&mut self.samples);
        self.beliefs.finish(&mut self.samples, &mut problems);
        meta.model.clone_from(&self.key.provider);
        meta.scorer = "success".to_owned();
        meta.name.clone_from(&self.key.provider);
        if !lone {
            meta.name = format!("{} · {}", meta.name, shorten(&self.key.prompt, LONGEST_LABEL));
        }
        if self.key.id != self.key.provider {
            meta.settings.push(("provider id".to_owned(), self.key.id));
            meta.settings.sort();
        }
        meta.prompt = self.key.prompt;
        meta.roles = vec![
            ("outcome".to_owned(), "success".to_owned()),
            ("latency".to_owned(), "latencyMs, cached answers left out".to_owned()),
        ];
        let used = self.samples.confidence.and_then(|i| self.samples.confidences.get(i));
        meta.roles
            .extend(used.map(|c| ("confidence".to_owned(), c.source.words())));
        Run {
            meta,
            samples: self.samples,
            rule: OutcomeRule {
                words: "promptfoo success".to_owned(),
                larger_is_better: true,
                ..OutcomeRule::default()
            },
            problems,
        }
    }

    /// Gives rows their ids, and where a test case was run several times, one id and a repeat number.
    ///
    /// promptfoo numbers repeats as test cases of their own, so equal test cases are what tells them. Where the file
    /// does not say how often it repeated, test cases are repeats if each stands there equally often, more than once.
    fn number(&mut self, repeat: Option<u64>) {
        let mut order: Vec<usize> = (0..self.cases.len()).collect();
        order.sort_by_key(|&row| (self.cases.get(row).and_then(|c| c.1), row));
        let mut groups: HashMap<u64, Vec<usize>> = HashMap::new();
        for &row in &order {
            if let Some((hash, _)) = self.cases.get(row) {
                groups.entry(*hash).or_default().push(row);
            }
        }
        let most = groups.values().map(Vec::len).max().unwrap_or(1);
        let even = groups.values().all(|g| g.len() == most);
        let repeated = match repeat {
            Some(repeat) => repeat > 1,
            None => most > 1 && even,
        };
        let mut epochs = vec![1u16; self.ids.len()];
        let mut ids = self.ids.clone();
        let numbered = self.cases.iter().all(|(_, number)| number.is_some());
        for group in groups.values().filter(|g| g.len() > 1 && (repeated || !numbered)) {
            let first = group
                .first()
                .and_then(|&row| self.ids.get(row))
                .cloned()
                .unwrap_or_default();
            for (index, &row) in group.iter().enumerate() {
                let name = if repeated || index == 0 {
                    first.clone()
                } else {
                    format!("{first} ({})", index + 1)
                };
                if let (Some(id), Some(epoch)) = (ids.get_mut(row), epochs.get_mut(row)) {
                    *id = name;
                    *epoch = if repeated {
                        u16::try_from(index + 1).unwrap_or(u16::MAX)
                    } else {
                        1
                    };
                }
            }
        }
        self.samples.ids = Default::default();
        for id in &ids {
            self.samples.ids.push(id);
        }
        if epochs.iter().any(|&e| e > 1) {
            self.samples.epochs = epochs;
        }
    }

    /// Notes the id of the row that was just pushed.
    pub fn put_case(&mut self, id: String, number: u64) {
        self.cases.push((hash(&id), Some(number)));
        self.ids.push(id);
    }
}

/// A file's name without folders and endings.
#[must_use]
pub fn stem(name: &str) -> String {
    let mut stem = name.rsplit(['/', '\\']).next().unwrap_or(name);
    for ending in [".gz", ".zst", ".jsonl", ".json", ".csv"] {
        stem = stem.strip_suffix(ending).unwrap_or(stem);
    }
    stem.to_owned()
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// A test case by its variables, for files that do not number test cases.
fn described(vars: &Value<'_>) -> String {
    let pairs = vars.members().iter();
    let pairs: Vec<String> = pairs
        .map(|(name, value)| format!("{}={}", name.decode(), value.show()))
        .collect();
    let text = pairs.join(", ");
    if text.chars().count() <= 80 {
        return text;
    }
    format!("{} #{:08x}", shorten(&text, 60), hash(&text) as u32)
}

/// A prompt's aggregates.
fn reported(metrics: &Value<'_>) -> Vec<(String, f64)> {
    let mut out = Vec::new();
    for name in [
        "testPassCount",
        "testFailCount",
        "testErrorCount",
        "score",
        "totalLatencyMs",
        "cost",
    ] {
        out.extend(metrics.at(name).number().map(|n| (name.to_owned(), n)));
    }
    out
}

/// A provider's name and settings in the configuration.
fn provider(provider: &Value<'_>) -> Option<(String, Vec<(String, String)>)> {
    let (id, body) = match provider {
        // `{"openai:gpt-4o": {"config": …}}`
        Value::Object(members) if provider.find("id").is_none() => {
            let (name, body) = members.first()?;
            (name.decode().into_owned(), body)
        }
        own => (own.at("id").label()?.into_owned(), own),
    };
    let name = body.at("label").label().map_or(id, |l| l.into_owned());
    let config = body.at("config").members().iter();
    let settings = config.filter(|(n, _)| !is_secret(&n.decode()));
    let settings = settings.map(|(n, v)| (n.decode().into_owned(), shorten(&v.show(), 300)));
    Some((name, settings.collect()))
}

/// Whether a setting may hold a credential, which is nobody's business here.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["key", "secret", "password", "authorization", "headers", "credential"]
        .iter()
        .any(|mark| name.contains(mark))
        || name.ends_with("token")
}

#[cfg(test)]
mod tests {
    use super::super::super::json;
    use super::*;

    fn result(provider: &str, case: u32, vars: u32) -> String {
        format!(
            r#"{{"provider":"{provider}","prompt":{{"label":"p"}},"promptIdx":0,"testIdx":{case},"success":true,"latencyMs":5,
            "vars":{{"a":{vars}}},"testCase":{{"vars":{{"a":{vars}}},"metadata":{{"lang":"de"}}}}}}"#
        )
    }

    fn read(results: &[String], envelope: Option<&str>) -> Vec<Run> {
        let mut runs = Runs::new("out/evals.json");
        for text in results {
            runs.take(&json::parse(text.as_bytes()).unwrap(), Place::default())
                .unwrap();
        }
        if let Some(text) = envelope {
            runs.describe(&json::parse(text.as_bytes()).unwrap());
        }
        runs.finish()
    }

    #[test]
    fn repeats_of_a_test_case_share_its_id() {
        let results: Vec<String> = [(0, 7), (1, 7), (3, 9), (2, 9)]
            .map(|(case, vars)| result("m", case, vars))
            .into();
        let runs = read(
            &results,
            Some(r#"{"results":{"version":3},"runtimeOptions":{"repeat":2}}"#),
        );
        let samples = &runs[0].samples;
        let ids: Vec<_> = samples.ids.iter().collect();
        assert_eq!(ids, ["0", "0", "2", "2"]);
        assert_eq!(samples.epochs, [1, 2, 2, 1]);
    }

    #[test]
    fn equal_test_cases_without_repeats_stay_apart() {
        let results: Vec<String> = [(0, 7), (1, 7), (2, 9)]
            .map(|(case, vars)| result("m", case, vars))
            .into();
        let runs = read(&results, Some(r#"{"results":{"version":3}}"#));
        let ids: Vec<_> = runs[0].samples.ids.iter().collect();
        assert_eq!(ids, ["0", "1", "2"]);
        assert!(runs[0].samples.epochs.is_empty());
    }

    #[test]
    fn files_that_do_not_number_test_cases_pair_by_variables() {
        let row = |provider: &str, a: u32| {
            format!(
                r#"{{"provider":{{"id":"{provider}"}},"prompt":{{"label":"p"}},"vars":{{"a":{a}}},"success":true,"latencyMs":1}}"#
            )
        };
        let runs = read(
            &[row("x", 1), row("y", 2), row("y", 1), row("x", 1)],
            Some(r#"{"results":{"version":2}}"#),
        );
        assert_eq!(runs[0].samples.ids.iter().collect::<Vec<_>>(), ["a=1", "a=1 (2)"]);
        assert_eq!(runs[1].samples.ids.iter().collect::<Vec<_>>(), ["a=2", "a=1"]);
    }

    #[test]
    fn lineage_is_read_and_secrets_are_not() {
        let envelope = r#"{"results":{"version":3,"timestamp":"2026-11-22T18:54:14.617Z","prompts":[{"metrics":{"testPassCount":1}}]},
            "config":{"description":"sums","providers":[{"id":"m","config":{"temperature":0.2,"apiKey":"k"}}]},
            "metadata":{"promptfooVersion":"0.121.20"}}"#;
        let run = &read(&[result("m", 0, 1)], Some(envelope))[0];
        assert_eq!(
            (run.meta.task.as_str(), run.meta.harness.as_str()),
            ("sums", "promptfoo 0.121.20")
        );
        assert_eq!(run.meta.settings, [("temperature".to_owned(), "0.2".to_owned())]);
        assert_eq!(run.meta.reported, [("testPassCount".to_owned(), 1.0)]);
        assert_eq!(run.meta.created, "2026-11-22T18:54:14Z");
    }
}
