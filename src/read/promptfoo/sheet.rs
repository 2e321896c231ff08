//! CSV: one row a test case, columns that repeat for each provider and prompt. No latency, no cost.

use std::borrow::Cow;

use crate::run::{ConfidenceSource, Meta, Outcome, Place, Sample};

use super::super::cause::cause;
use super::super::json;
use super::super::{Format, Part, ReadError, Record, stated};
use super::result::Key;
use super::runs::{Draft, stem};

/// Where the cells of one provider and prompt stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Header of its answers (`[label] prompt`).
    pub title: String,
    /// Column of the answer.
    pub output: usize,
    /// Column of the status; `None` in old files, whose answers begin with it.
    pub status: Option<usize>,
    /// Column of the score.
    pub score: Option<usize>,
    /// Columns of metrics with their names.
    pub metrics: Vec<(usize, String)>,
    /// Column of the named scores as JSON.
    pub named: Option<usize>,
    /// Column of the reason.
    pub reason: Option<usize>,
}

/// The columns of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// Variables, description first where there is one.
    pub vars: Vec<(usize, String)>,
    /// Providers with prompts.
    pub blocks: Vec<Block>,
}

impl Layout {
    /// Reads the header (names made unique by `.1`, `.2`); `None` if this is no promptfoo table.
    #[must_use]
    pub fn read(header: &[String], first: Option<&Vec<String>>) -> Option<Self> {
        let names: Vec<&str> = header.iter().map(|h| base(h)).collect();
        let is = |index: usize, name: &str| names.get(index).is_some_and(|n| *n == name);
        let mut layout = Self::default();
        for status in 1..names.len() {
            if is(status, "Status") && is(status + 1, "Score") {
                let mut block = Block {
                    title: header.get(status - 1)?.clone(),
                    output: status - 1,
                    status: Some(status),
                    score: Some(status + 1),
                    ..Block::default()
                };
                for (index, name) in names.iter().enumerate().skip(status + 2) {
                    match (*name, name.strip_prefix("Metric: ")) {
                        (_, Some(metric)) => block.metrics.push((index, metric.to_owned())),
                        ("Named Scores", _) => block.named = Some(index),
                        ("Grader Reason", _) => block.reason = Some(index),
                        _ => break,
                    }
                }
                layout.blocks.push(block);
            }
        }
        layout.blocks.retain(|b| b.reason.is_some());
        if layout.blocks.is_empty() {
            let marked = |index: &usize| {
                first
                    .and_then(|row| row.get(*index))
                    .is_some_and(|cell| verdict(cell).is_some())
            };
            let columns = (0..header.len()).filter(marked);
            layout.blocks = columns
                .filter_map(|output| {
                    let title = header.get(output)?.clone();
                    Some(Block {
                        title,
                        output,
                        ..Block::default()
                    })
                })
                .collect();
        }
        let end = layout.blocks.first()?.output;
        let vars = header.iter().take(end).enumerate();
        layout.vars = vars.map(|(i, name)| (i, name.clone())).collect();
        Some(layout)
    }
}

/// A header name without the number that made it unique.
fn base(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((base, number)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => base,
        _ => name,
    }
}

/// The verdict that an old file's cell begins with, and the rest.
fn verdict(cell: &str) -> Option<(Outcome, &str)> {
    [
        ("[PASS]", Outcome::Right),
        ("[FAIL]", Outcome::Wrong),
        ("[ERROR]", Outcome::Errored),
    ]
    .into_iter()
    .find_map(|(mark, outcome)| Some((outcome, cell.strip_prefix(mark)?)))
}

/// One provider's answer in one row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// What became of it.
    pub outcome: Outcome,
    /// Mean of the assertions.
    pub score: Option<f64>,
    /// Named metrics.
    pub metrics: Vec<(String, f64)>,
    /// What the model answered.
    pub output: String,
    /// The grader's reason.
    pub reason: String,
}

impl Block {
    /// The answer in the cells of one row; `None` if there is none.
    #[must_use]
    pub fn answer<'c>(&self, cell: &dyn Fn(usize) -> Cow<'c, str>) -> Option<Answer> {
        let output = cell(self.output).into_owned();
        let Some(status) = self.status else {
            return old_answer(&output);
        };
        let outcome = match cell(status).trim() {
            "PASS" => Outcome::Right,
            "FAIL" => Outcome::Wrong,
            "ERROR" => Outcome::Errored,
            _ => return None,
        };
        let columns = self.metrics.iter();
        let mut metrics: Vec<(String, f64)> = columns
            .filter_map(|(index, name)| Some((name.clone(), cell(*index).trim().parse().ok()?)))
            .collect();
        if metrics.is_empty() {
            let named = self.named.map(cell).unwrap_or_default();
            if let Ok(named) = json::parse(named.as_bytes()) {
                let members = named.members().iter();
                metrics.extend(members.filter_map(|(n, v)| Some((n.decode().into_owned(), v.number()?))));
            }
        }
        Some(Answer {
            outcome,
            score: self.score.and_then(|index| cell(index).trim().parse().ok()),
            metrics,
            output,
            reason: self.reason.map(cell).unwrap_or_default().into_owned(),
        })
    }
}

/// `[FAIL] (0.67, format: 1.00) output Fail Reason: …`, as files before 2025 write it.
fn old_answer(text: &str) -> Option<Answer> {
    let (outcome, rest) = verdict(text)?;
    let rest = rest.trim_start();
    let (numbers, rest) = match rest.strip_prefix('(').and_then(|r| r.split_once(')')) {
        Some((numbers, rest)) => (numbers, rest),
        None => ("", rest),
    };
    let mut parts = numbers.split(", ");
    let score = parts.next().and_then(|s| s.trim().parse().ok());
    let metrics = parts.filter_map(|part| {
        let (name, value) = part.rsplit_once(": ")?;
        Some((name.to_owned(), value.trim().parse().ok()?))
    });
    let reason_at = ["\n\nPass Reason: ", "\n\nFail Reason: "]
        .iter()
        .find_map(|m| Some((rest.rfind(m)?, m.len())));
    let (body, reason) = match reason_at {
        Some((at, length)) => (rest.get(..at)?, rest.get(at + length..)?),
        None => (rest, ""),
    };
    let output = body.rsplit_once("\n---\n").map_or(body, |(_, output)| output);
    Some(Answer {
        outcome,
        score,
        metrics: metrics.collect(),
        output: output.trim().to_owned(),
        reason: reason.to_owned(),
    })
}

/// A table while it is being read.
#[derive(Debug)]
pub struct Sheet {
    layout: Layout,
    task: String,
    drafts: Vec<Draft>,
}

impl Sheet {
    /// No rows yet.
    #[must_use]
    pub fn new(layout: Layout, name: &str) -> Self {
        let blocks = layout.blocks.iter().enumerate();
        let drafts = blocks.map(|(column, block)| Draft::new(key(&block.title, column)));
        Self {
            drafts: drafts.collect(),
            layout,
            task: stem(name),
        }
    }
}

/// Provider and prompt of a header (`[label] prompt`).
fn key(title: &str, column: usize) -> Key {
    let split = title.strip_prefix('[').and_then(|t| t.split_once("] "));
    let (provider, prompt) = split.unwrap_or(("", title));
    Key {
        provider: provider.to_owned(),
        id: provider.to_owned(),
        prompt: prompt.to_owned(),
        column: Some(column),
    }
}

impl Format for Sheet {
    fn record(&mut self, record: &Record<'_>) -> Result<(), ReadError> {
        let Some(row) = record.row else {
            return Err(ReadError::wrong_type("record", "a table row", "JSON"));
        };
        let cell = |index: usize| String::from_utf8_lossy(row.cell(index));
        for (block, draft) in self.layout.blocks.iter().zip(&mut self.drafts) {
            if let Some(answer) = block.answer(&cell) {
                put(draft, &answer, record.index, record.place);
                let at = draft.samples.len() - 1;
                for (index, name) in &self.layout.vars {
                    draft.facets.put_text(at, name, &cell(*index));
                }
            }
        }
        Ok(())
    }

    fn samples(&self) -> u64 {
        self.drafts.iter().map(|d| d.samples.len() as u64).sum()
    }

    fn finish(self: Box<Self>) -> Part {
        let providers: Vec<String> = self.drafts.iter().map(|d| d.key.provider.clone()).collect();
        let mut runs = Vec::new();
        for draft in self.drafts {
            let lone = providers.iter().filter(|p| **p == draft.key.provider).count() == 1;
            let meta = Meta {
                task: self.task.clone(),
                harness: "promptfoo".to_owned(),
                ..Meta::default()
            };
            let mut run = draft.finish(meta, lone, Some(1));
            run.meta.roles.retain(|(role, _)| role != "latency");
            runs.push(run);
        }
        Part {
            runs,
            ..Part::default()
        }
    }
}

/// Adds an answer as a row.
fn put(draft: &mut Draft, answer: &Answer, number: u64, place: Place) {
    let failed = answer.metrics.iter().filter(|(_, value)| *value == 0.0);
    let failures = match answer.outcome {
        Outcome::Wrong => failed.map(|(name, _)| Cow::Borrowed(name.as_str())).collect(),
        Outcome::Errored => vec![Cow::Owned(cause(if answer.reason.is_empty() {
            &answer.output
        } else {
            &answer.reason
        }))],
        _ => Vec::new(),
    };
    let row = draft.samples.len();
    draft.samples.push(&Sample {
        outcome: answer.outcome,
        score: answer.score.filter(|_| answer.outcome != Outcome::Errored),
        failures,
        place,
        ..Sample::default()
    });
    draft.put_case(number.to_string(), number);
    draft
        .beliefs
        .put(row, &ConfidenceSource::Stated, stated::find(&answer.output));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    #[test]
    fn blocks_repeat_for_each_provider_and_prompt() {
        let names = header(&[
            "Description",
            "a",
            "[m] p",
            "Status",
            "Score",
            "Named Scores",
            "Metric: correct",
            "Grader Reason",
            "Comment",
            "[n] p",
            "Status.1",
            "Score.1",
            "Named Scores.1",
            "Grader Reason.1",
            "Comment.1",
        ]);
        let layout = Layout::read(&names, None).unwrap();
        assert_eq!(layout.blocks.len(), 2);
        assert_eq!(layout.vars.len(), 2);
        let row = [
            "x", "1", "out", "FAIL", "0.67", "{}", "0.00", "wrong", "", "", "", "", "", "", "",
        ];
        let cell = |i: usize| Cow::Borrowed(row.get(i).copied().unwrap_or(""));
        let answer = layout.blocks[0].answer(&cell).unwrap();
        assert_eq!(
            (answer.outcome, answer.score, answer.reason.as_str()),
            (Outcome::Wrong, Some(0.67), "wrong")
        );
        assert_eq!(answer.metrics, [("correct".to_owned(), 0.0)]);
        assert_eq!(layout.blocks[1].answer(&cell), None);
        assert_eq!(Layout::read(&header(&["id", "Status", "Score"]), None), None);
    }

    #[test]
    fn old_cells_hold_verdict_score_and_output() {
        let text = "[FAIL] (0.67, format: 1.00, correct: 0.00)\n\nCustom function returned false\n---\n{\"answer\":15}\n\nFail Reason: no";
        let layout = Layout::read(&header(&["a", "[m] p"]), Some(&vec!["1".to_owned(), text.to_owned()])).unwrap();
        let answer = layout.blocks[0].answer(&|_| Cow::Borrowed(text)).unwrap();
        assert_eq!((answer.outcome, answer.score), (Outcome::Wrong, Some(0.67)));
        assert_eq!(
            (answer.output.as_str(), answer.reason.as_str()),
            ("{\"answer\":15}", "no")
        );
        assert_eq!(answer.metrics[1], ("correct".to_owned(), 0.0));
    }
}
