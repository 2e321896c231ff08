//! The usual reviews that every link is told after: many formats, sizes and words, none of them from the table of cases.

use std::fmt::Write as _;

use assay::read::Loaded;
use assay::report::{Options, Report};
use assay::review::{Anchor, Choice, Condition, Decision, Note, Policy, Review, measure};

use super::{compared, file, files, load};

/// What a plain file of a usual review looks like.
struct Shape {
    n: usize,
    seed: u64,
    /// Names of the columns: right or not, confidence, latency, failure; empty for none.
    names: [&'static str; 4],
    levels: &'static [f64],
    slices: [(&'static str, &'static [&'static str]); 2],
    failures: &'static [&'static str],
    skill: f64,
    secs: f64,
}

fn table(shape: &Shape) -> String {
    let mut state = shape.seed.wrapping_mul(0xD134_2543_DE82_EF95) | 1;
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut text = String::new();
    let [right, confidence, latency, failure] = shape.names;
    for row in 0..shape.n {
        let sure = 0.5 + 0.5 * uniform().powf(0.6);
        let is_right = uniform() < sure * shape.skill;
        let _ = write!(text, "{{\"id\":\"q{row}\",\"{right}\":{is_right}");
        if !confidence.is_empty() {
            let stated = match shape.levels {
                [] => (sure * 1000.0).round() / 1000.0,
                levels => levels[(((sure - 0.5) * 2.0 * levels.len() as f64) as usize).min(levels.len() - 1)],
            };
            let _ = write!(text, ",\"{confidence}\":{stated}");
        }
        if !latency.is_empty() {
            let normal = (0..4).map(|_| uniform()).sum::<f64>() - 2.0;
            let secs = shape.secs * (0.9 * normal).exp();
            let told = if latency.ends_with("ms") {
                (secs * 1000.0).round()
            } else {
                (secs * 100.0).round() / 100.0
            };
            let _ = write!(text, ",\"{latency}\":{told}");
        }
        for (name, values) in shape.slices.into_iter().filter(|(name, _)| !name.is_empty()) {
            let value = values[(uniform() * uniform() * values.len() as f64) as usize];
            let _ = write!(text, ",\"{name}\":\"{value}\"");
        }
        if !is_right && !failure.is_empty() && uniform() < 0.9 {
            let kind = shape.failures[(uniform() * uniform() * shape.failures.len() as f64) as usize];
            let _ = write!(text, ",\"{failure}\":\"{kind}\"");
        }
        text.push_str("}\n");
    }
    text
}

fn plain(name: &str, shape: &Shape) -> Loaded {
    let folder = std::env::temp_dir().join(format!("assay-usual-{}-{}", std::process::id(), shape.seed));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, table(shape)).unwrap();
    let loaded = load(&path);
    let _ = std::fs::remove_dir_all(&folder);
    loaded
}

const PERCENTS: [f64; 8] = [0.5, 0.65, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0];
const TENTHS: [f64; 6] = [0.5, 0.6, 0.7, 0.8, 0.9, 0.99];

fn shapes() -> Vec<(Shape, Shape)> {
    let shape = |n, seed, names, levels, slices, failures, skill, secs| Shape {
        n,
        seed,
        names,
        levels,
        slices,
        failures,
        skill,
        secs,
    };
    let topics: [(&str, &[&str]); 2] = [
        ("topic", &["billing", "returns", "shipping", "account", "other"]),
        ("lang", &["en", "de", "fr", "es"]),
    ];
    let levels: [(&str, &[&str]); 2] = [
        ("difficulty", &["easy", "medium", "hard"]),
        ("segment", &["new", "returning"]),
    ];
    let docs: [(&str, &[&str]); 2] = [
        ("category", &["contract", "letter", "form", "table"]),
        ("length", &["short", "medium", "long"]),
    ];
    let tongues: &[&str] = &[
        "english", "german", "french", "spanish", "italian", "polish", "dutch", "japanese",
    ];
    let languages: [(&str, &[&str]); 2] = [("language", tongues), ("", &[])];
    let places: [(&str, &[&str]); 2] = [
        ("region", &["north", "south", "east", "west"]),
        ("product", &["card", "loan", "savings", "insurance"]),
    ];
    let support: &[&str] = &["wrong intent", "hallucination", "incomplete", "tone", "refusal"];
    let facts: &[&str] = &["no source", "wrong source", "outdated", "misread", "other"];
    let names = ["correct", "confidence", "latency_s", "failure"];
    let other = ["is_correct", "confidence", "latency_ms", "error_type"];
    vec![
        (
            shape(120, 11, names, &[], topics, support, 0.93, 2.1),
            shape(120, 12, names, &[], topics, support, 0.88, 1.6),
        ),
        (
            shape(60, 13, names, &[], docs, facts, 0.9, 0.7),
            shape(60, 14, names, &[], docs, facts, 0.9, 0.9),
        ),
        (
            shape(1500, 15, other, &[], levels, support, 0.85, 4.0),
            shape(1500, 16, other, &[], levels, support, 0.83, 3.1),
        ),
        (
            shape(300, 17, other, &PERCENTS, docs, facts, 0.8, 1.2),
            shape(300, 18, other, &TENTHS, docs, facts, 0.86, 1.1),
        ),
        (
            shape(800, 19, names, &TENTHS, topics, facts, 0.9, 5.5),
            shape(800, 20, names, &TENTHS, topics, facts, 0.84, 4.8),
        ),
        (
            shape(3000, 21, names, &[], docs, support, 0.95, 0.3),
            shape(3000, 22, names, &[], docs, support, 0.94, 0.4),
        ),
        (
            shape(250, 23, names, &[], levels, facts, 0.88, 1.9),
            shape(250, 24, names, &[], levels, facts, 0.9, 2.4),
        ),
        (
            shape(500, 25, names, &[], languages, facts, 0.87, 1.3),
            shape(500, 26, names, &[], languages, facts, 0.82, 1.0),
        ),
        (
            shape(1000, 27, other, &[], places, support, 0.91, 1.1),
            shape(1000, 28, other, &[], places, support, 0.87, 1.4),
        ),
    ]
}

/// Policies in turn; each has gates, some with triggers, contract and dates.
const POLICIES: [&str; 4] = [
    r#"
[latency]
budget = 4.0
target = 0.95

[[gate]]
id = "accurate-enough"
metric = "accuracy"
at_least = 0.8
rationale = "agreed with the product team"
date = "2026-05-04"

[[gate]]
id = "not-worse-than-before"
metric = "compare.accuracy"
margin = 0.02
rationale = "an update must not lose what users have"

[[gate]]
id = "p95"
metric = "latency.p95"
at_most = 4.0
rationale = "people leave after that"

[[gate]]
id = "calibration"
metric = "calibration.smece"
at_most = 0.08
severity = "warn"
rationale = "we show the confidence"

[[gate]]
id = "errors"
metric = "errors.rate"
at_most = 0.01

[[gate]]
id = "french"
metric = "accuracy"
slice = "lang=fr"
at_least = 0.75
min_n = 20
rationale = "second largest market"

[[trigger]]
id = "quality-falls"
metric = "accuracy"
at_least = 0.75
window = "7 days"
action = "rollback"
owner = "on call"
"#,
    r#"
title = "Release policy"

[contract]
required = ["confidence"]
unique_ids = true

[[gate]]
id = "accuracy"
metric = "accuracy"
at_least = 0.7
rationale = "set by the steering group"
date = "2026-07-15"

[[gate]]
id = "baseline"
metric = "compare.accuracy"
margin = 0.03

[[gate]]
id = "ece"
metric = "calibration.ece"
at_most = 0.1
severity = "warn"
rationale = "the score decides who checks it by hand"

[[gate]]
id = "auroc"
metric = "calibration.auroc"
at_least = 0.6
severity = "info"

[[gate]]
id = "worst-slice"
metric = "slices.worst-accuracy"
at_least = 0.6
rationale = "nobody should be served much worse"

[[gate]]
id = "unscored"
metric = "unscored.rate"
at_most = 0.02
"#,
    r#"
[latency]
budget = 6.0

[[gate]]
id = "hard"
metric = "accuracy"
slice = "difficulty=hard"
at_least = 0.6
rationale = "hard cases are the reason for the project"

[[gate]]
id = "median"
metric = "latency.p50"
at_most = 2.5

[[gate]]
id = "within-budget"
metric = "latency.attainment"
at_least = 0.9
rationale = "service level of the contract"
date = "2026-09-01"

[[gate]]
id = "cost"
metric = "cost.per-sample"
at_most = 0.01
severity = "warn"

[[gate]]
id = "tail"
metric = "latency.p99"
at_most = 12.0
severity = "info"
rationale = "time-outs start at fifteen seconds"

[[gate]]
id = "failures"
metric = "failures.rate"
at_most = 0.25
"#,
    r#"
[latency]
budget = 1.0
target = 0.99

[[gate]]
id = "right"
metric = "accuracy"
at_least = 0.85
rationale = "below that, checking costs more than it saves"
date = "2026-10-12"

[[gate]]
id = "regression"
metric = "compare.accuracy"
margin = 0.01
rationale = "customers compare versions"

[[gate]]
id = "confidence"
metric = "calibration.smece"
at_most = 0.05
severity = "warn"

[[gate]]
id = "fast-enough"
metric = "latency.p95"
at_most = 1.0
rationale = "the page has a second"

[[gate]]
id = "long-documents"
metric = "accuracy"
slice = "length=long"
at_least = 0.7

[[gate]]
id = "timeouts"
metric = "latency.timeouts"
at_most = 0.005

[[trigger]]
id = "drift"
metric = "drift.psi-max"
at_most = 0.25
window = "30 days"
action = "retrain"
owner = "data science"
"#,
];

/// What people write in reviews.
const NOTES: [&str; 40] = [
    "The answers are better on easy questions, but the hard ones did not move. I looked at twenty of them yesterday.",
    "Most of these come from one customer who writes in two languages at once. I think we can live with that for now.",
    "Is the confidence here before or after the temperature change? The numbers look too good for the old prompt.",
    "We should not compare these two runs without the missing samples, the baseline had a different set in March.",
    "Half of the failures are labelled wrong in the data. I have opened a ticket and asked the team to fix the labels.",
    "This is still above the limit we agreed on, and there is no plan to bring it down before the end of the quarter.",
    "The model refuses more often now, which is what legal wanted. We count these as failures, maybe we should not.",
    "Long documents take more than twice as long. The budget was set for short ones, so the gate says little here.",
    "Please check whether the retrieval step was on. Three of the sources that it names do not exist any more.",
    "I agree with the decision, but only if we watch the error rate during the first week and can go back quickly.",
    "Only thirty samples in this slice, so the interval is too wide to say anything. We need at least two hundred.",
    "The new version is slower in the morning when everybody starts work. The average hides it, look at the tail.",
    "Users told us that a wrong answer with high confidence is worse than no answer at all. That is what we see here.",
    "The difference is small but it goes the same way in every group, which makes me believe that it is real.",
    "Who owns this after the release? The rollback plan names a team that was closed last summer, please update it.",
    "These two categories mean the same thing. Put them together next time, then the picture is much easier to read.",
    "Cost per request went down by a third because the shorter prompt works just as well for everything but tables.",
    "The judge model was changed between the runs. I would run the baseline again before we believe the improvement.",
    "Good enough for internal use. For customers we should wait until the numbers for Spanish and Italian are in.",
    "The threshold was moved after the data was opened. I do not mind the new value, but write down why it changed.",
    "Nothing here worries me. The failures are spread evenly and the support team can handle what is left by hand.",
    "Someone has to look at the timeouts, they all happen on the same server and have nothing to do with the model.",
    "It says ninety percent and is right in seven of ten cases. Do not show this number to people outside the team.",
    "The sample is from February and the product has changed since then; new questions about prices are not in it.",
    "I checked the worst ten answers with the domain expert, and eight of them were acceptable with a small change.",
    "This chart looks strange at the left end because there are only a few samples with such a low confidence.",
    "Can we add the questions from the call center? They are shorter, full of typing errors and much harder to answer.",
    "The old system fails on the same questions, so this is not a step back, but it is not the step we promised either.",
    "We lose more than we win on returns. That is the topic with most complaints, so it should count for more.",
    "Latency is fine on average. What people notice is the wait for the first word, and that has not been measured.",
    "Two annotators disagreed about a fifth of these. The accuracy cannot get much higher than the labels allow it.",
    "Please repeat the run with three different seeds. A change of one point is within what we see from run to run.",
    "The prompt asks for a short answer and the grader wants a full sentence, so both are right in their own way.",
    "We can ship this behind a flag for five percent of the traffic and decide next month when we have real numbers.",
    "The dates are read in the wrong order whenever the document comes from the American office, as it was before.",
    "Nobody uses this path any more. If it is only this slice that fails, I would waive the gate until it is removed.",
    "All of the newly failing samples need a calculation, and the tool for it was not available during the evaluation.",
    "Better than I expected. The team did a good job on the difficult cases, and the easy ones did not get worse.",
    "If the price doubles again we are over budget by autumn. Is there a smaller model that would do just as well?",
    "The policy asks for forty samples at least and this has thirty-eight. Let us not pretend that this is evidence.",
];

const REASONS: [(&str, &str); 8] = [
    (
        "All blocking gates pass and the team can go back within a day, so the risk is small and the gain is real.",
        "Watch the error rate during the first week",
    ),
    (
        "Accuracy is below what we agreed on for one group of users; fix that first and measure again before release.",
        "Measure again with the new samples",
    ),
    (
        "The improvement is clear on the questions that matter, and nothing else got worse beyond its margin.",
        "Do not show the confidence to customers",
    ),
    (
        "Not enough evidence to decide: the intervals are wide and the samples are old. Collect more before we meet.",
        "Collect at least 300 samples from production",
    ),
    (
        "It answers faster and as well as the version before, at half the price, which is what the project was for.",
        "Update the documentation before the release",
    ),
    (
        "The tail is too slow for the page and would cost us more complaints than better answers would save.",
        "Bring p95 below the budget",
    ),
    (
        "Good results in the test, but the judge was changed; ship to the pilot group only until it is confirmed.",
        "Run the baseline again with the new judge",
    ),
    (
        "We accept the weak slice for now because it is a small part of the traffic and is checked by people anyway.",
        "Check every answer in that slice by hand",
    ),
];

const TITLES: [&str; 8] = [
    "Customer support assistant, release 3",
    "Document search: new embedding model",
    "Classifier for contracts, May update",
    "Chat model 2.1 against 2.0",
    "Weekly evaluation of the summary service",
    "Medical coding assistant, pilot",
    "Fraud detection model, version 12",
    "Translation quality after the prompt change",
];

const PEOPLE: [[&str; 2]; 8] = [
    ["Anna Schmidt", "David"],
    ["Priya Raman", "Chris Walker"],
    ["John", "Maria Garcia"],
    ["Sofia Rossi", "Ben"],
    ["Michael Chen", "Eva Novak"],
    ["Sarah", "Ahmed Hassan"],
    ["Laura Jensen", "Peter"],
    ["Daniel Kim", "Olga"],
];

const ROLES: [&str; 8] = [
    "Product manager",
    "Head of data science",
    "ML engineer",
    "Product owner",
    "Quality lead",
    "Engineering manager",
    "Risk officer",
    "Team lead",
];

/// `report` with everything that people write, by number.
fn worded(report: Report, policy: Option<Policy>, place: usize) -> Review {
    let [first, second] = PEOPLE[place % 8];
    let slice = report
        .slices
        .ready()
        .and_then(|own| own.rows.first())
        .map(|row| row.conditions[0].clone());
    let gates = policy.as_ref().map(|policy| policy.gates.clone()).unwrap_or_default();
    let mut review = Review::new(vec![report], policy, "2026-06-18T14:20:00Z", first);
    review.state.title = TITLES[place % 8].to_owned();
    let (reason, condition) = REASONS[place % 8];
    review.state.decisions = vec![Decision {
        choice: Choice::ALL[place % 5],
        role: ROLES[place % 8].to_owned(),
        name: first.to_owned(),
        date: format!("2026-06-{:02}", 19 + place % 5),
        reason: reason.to_owned(),
        conditions: vec![Condition {
            text: condition.to_owned(),
            owner: second.to_owned(),
            due: format!("2026-07-{:02}", 10 + place),
        }],
        dissent: Vec::new(),
    }];
    let charts = ["calibration.reliability", "latency.ecdf", "failures.pareto"];
    let (name, value) = slice.unwrap_or_default();
    let anchors = [
        Anchor::Review,
        Anchor::Slice { name, value },
        Anchor::Gate(gates.get(place % 5).map(|gate| gate.id.clone()).unwrap_or_default()),
        Anchor::Chart(charts[place % 3].to_owned()),
        Anchor::Bin { low: 0.8, high: 0.9 },
    ];
    for (own, on) in anchors.into_iter().enumerate() {
        let number = place * 5 + own;
        review.state.notes.push(Note {
            id: format!("{:08x}", (number as u32 + 7).wrapping_mul(0x85EB_CA6B)),
            on,
            who: if own % 2 == 0 { first } else { second }.to_owned(),
            at: format!(
                "2026-06-{:02}T{:02}:{:02}:{:02}Z",
                18 + own / 2,
                9 + own * 2,
                own * 11 + 3,
                number % 60
            ),
            text: NOTES[number % 40].to_owned(),
            ..Note::default()
        });
    }
    review.events.clear();
    review
}

fn alone((loaded, place): (&Loaded, usize), policy: Option<Policy>, number: usize) -> Review {
    let mine = files(loaded);
    let own = policy.clone().unwrap_or_default();
    let report = measure((&loaded.runs[place], &mine), None, &Options::default(), &own, &|_| true).unwrap();
    let mut review = Review::new(vec![report], policy, "2026-06-18T14:20:00Z", PEOPLE[number % 8][0]);
    review.events.clear();
    review
}

/// The usual reviews, the plainest last.
pub fn all() -> Vec<Review> {
    let policy = |place: usize| Policy::parse(POLICIES[place % 4]).unwrap();
    let mut reviews = Vec::new();
    let fixtures = [
        (
            "tests/fixtures/inspect-ai/letters_logprobs_v0.3.285.eval",
            "tests/fixtures/inspect-ai/letters_logprobs_v0.3.112.eval",
        ),
        (
            "tests/fixtures/inspect-ai/stated_confidence_v0.3.285.eval",
            "tests/fixtures/inspect-ai/stated_confidence_v0.3.112.eval",
        ),
        (
            "tests/fixtures/plain/llm_verbalised.csv",
            "tests/fixtures/plain/llm_verbalised.csv",
        ),
        (
            "tests/fixtures/plain/digits_wide.csv",
            "tests/fixtures/plain/digits_wide.csv",
        ),
    ];
    reviews.push(alone(
        (&file("tests/fixtures/inspect-ai/scorers_epochs3_v0.3.285.eval"), 0),
        None,
        0,
    ));
    reviews.push(alone((&file("tests/fixtures/plain/repeats.csv"), 0), None, 1));
    for (here, there) in fixtures {
        let place = reviews.len();
        let (here, there) = (file(here), file(there));
        let policy = policy(place);
        reviews.push(worded(
            compared((&here, 0), (&there, there.runs.len() - 1), &policy),
            Some(policy),
            place,
        ));
    }
    for extra in more() {
        let place = reviews.len();
        let policy = policy(place);
        let other = if extra.runs.len() > 1 { 1 } else { 0 };
        reviews.push(worded(
            compared((&extra, 0), (&extra, other), &policy),
            Some(policy),
            place,
        ));
    }
    for (here, there) in shapes() {
        let place = reviews.len();
        let (here, there) = (
            plain(&format!("results-{place}.jsonl"), &here),
            plain("baseline.jsonl", &there),
        );
        let policy = policy(place);
        reviews.push(worded(compared((&here, 0), (&there, 0), &policy), Some(policy), place));
    }
    reviews
}

/// Files of other tools.
fn more() -> Vec<Loaded> {
    let paths = ["tests/fixtures/promptfoo", "tests/fixtures/lm-eval"];
    let loaded = paths.map(file).into_iter();
    loaded.filter(|loaded| !loaded.runs.is_empty()).collect()
}
