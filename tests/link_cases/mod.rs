//! Reviews of the size that a link is made for, on different data: one run and a baseline, a policy of six gates, a
//! decision, five notes of 110 characters.

pub mod frozen;
pub mod usual;

use std::fmt::Write as _;
use std::path::PathBuf;

use assay::read::{Loaded, ReadOptions, disk};
use assay::report::{InputFile, Options, Report};
use assay::review::{Anchor, Choice, Condition, Decision, Note, Policy, Review, measure};
use assay::run::Run;

/// What people wrote in a review.
pub struct Words {
    pub title: &'static str,
    pub policy: &'static str,
    pub notes: [&'static str; 5],
    pub people: [&'static str; 2],
    pub role: &'static str,
    pub reason: &'static str,
    pub condition: &'static str,
    pub slice: (&'static str, &'static str),
}

/// `public/examples/NAME` or a fixture, read with its hash.
pub fn file(path: &str) -> Loaded {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    load(&path)
}

fn load(path: &std::path::Path) -> Loaded {
    let options = ReadOptions {
        hash: true,
        ..ReadOptions::default()
    };
    disk::load(&[path.to_owned()], options)
}

/// The files of `loaded` as a report names them.
pub fn files(loaded: &Loaded) -> Vec<InputFile> {
    let files = loaded.files.iter().map(|file| InputFile {
        name: file.name.rsplit('/').next().unwrap_or_default().to_owned(),
        size: file.size,
        sha256: file.sha256.clone().unwrap_or_default(),
    });
    files.collect()
}

/// The report of run `place` of `here`, compared with run `other` of `there`.
pub fn compared((here, place): (&Loaded, usize), (there, other): (&Loaded, usize), policy: &Policy) -> Report {
    let (mine, theirs) = (files(here), files(there));
    let run = |loaded: &Loaded, place: usize| -> Run { loaded.runs[place].clone() };
    let (run, baseline) = (run(here, place), run(there, other));
    let pair = Some((&baseline, theirs.as_slice()));
    measure((&run, &mine), pair, &Options::default(), policy, &|_| true).unwrap()
}

/// The review of `report` with `words`.
pub fn review(report: Report, words: &Words) -> Review {
    let policy = Policy::parse(words.policy).unwrap();
    let [first, second] = words.people;
    let mut review = Review::new(vec![report], Some(policy), "2026-11-20T09:30:00Z", first);
    review.state.title = words.title.to_owned();
    review.state.decisions = vec![Decision {
        choice: Choice::ShipWithConditions,
        role: words.role.to_owned(),
        name: first.to_owned(),
        date: "2026-11-21".to_owned(),
        reason: words.reason.to_owned(),
        conditions: vec![Condition {
            text: words.condition.to_owned(),
            owner: second.to_owned(),
            due: "2026-12-15".to_owned(),
        }],
        dissent: Vec::new(),
    }];
    let gate = review.state.policy.as_ref().and_then(|policy| policy.gates.get(3));
    let gate = gate.map(|gate| gate.id.clone()).unwrap_or_default();
    let (name, value) = words.slice;
    let anchors = [
        Anchor::Bin { low: 0.9, high: 1.0 },
        Anchor::Chart("failures.pareto".to_owned()),
        Anchor::Slice {
            name: name.to_owned(),
            value: value.to_owned(),
        },
        Anchor::Gate(gate),
        Anchor::Review,
    ];
    for (place, (text, on)) in words.notes.into_iter().zip(anchors).enumerate() {
        review.state.notes.push(Note {
            id: format!("{:08x}", (place as u32 + 1).wrapping_mul(0x9E37_79B1)),
            on,
            who: if place % 2 == 0 { second } else { first }.to_owned(),
            at: format!(
                "2026-11-2{}T1{place}:{:02}:{:02}Z",
                place / 3,
                7 * place + 5,
                11 * place + 3
            ),
            text: text.to_owned(),
            ..Note::default()
        });
    }
    review.events.clear();
    review
}

pub const ASSISTANT: Words = Words {
    title: "Shop assistant 4: release",
    policy: r#"
[latency]
budget = 8.0
target = 0.99

[[gate]]
id = "right-enough"
metric = "accuracy"
at_least = 0.75
rationale = "below this, support gets more calls than it saves"
date = "2026-10-01"

[[gate]]
id = "no-step-back"
metric = "compare.accuracy"
margin = 0.02
rationale = "users notice a drop of two points"

[[gate]]
id = "calibrated"
metric = "calibration.smece"
at_most = 0.05
severity = "warn"
rationale = "the confidence is shown to customers"

[[gate]]
id = "slow-tail"
metric = "latency.p95"
at_most = 8.0
rationale = "page budget"

[[gate]]
id = "german"
metric = "accuracy"
slice = "language=de"
at_least = 0.7
min_n = 50
rationale = "a third of the shop is German"

[[gate]]
id = "few-errors"
metric = "errors.rate"
at_most = 0.02
"#,
    notes: [
        "Nearly all overconfident answers above 95 % come from arithmetic; the tool call for sums was switched off here.",
        "Checked ten failures without a category by hand: six are the grader being strict about the order of items sold.",
        "German looks fine, but only in the web shop; the partner portal has no German samples, Jana will add some in May.",
        "The latency tail got longer since retrieval now asks twice. The second call could run beside the first one, right?",
        "I would not ship this to the partner portal yet. For the shop itself the gain is clear enough to go ahead with it.",
    ],
    people: ["Mara Lindqvist", "Tom"],
    role: "Product manager",
    reason: "More right answers and all blocking gates pass; the confidence stays hidden until it is calibrated.",
    condition: "Recalibrate before the confidence is shown",
    slice: ("language", "de"),
};

pub const CLINIC: Words = Words {
    title: "Progression model, spring update",
    policy: r#"
title = "Clinic"
[[gate]]
id = "accurate"
metric = "accuracy"
at_least = 0.7
rationale = "agreed with the clinic in January"
date = "2026-09-14"

[[gate]]
id = "not-worse"
metric = "compare.accuracy"
margin = 0.03
rationale = "the old model is trusted"

[[gate]]
id = "honest"
metric = "calibration.ece"
at_most = 0.08
rationale = "nurses read the percentage aloud"

[[gate]]
id = "ranks-well"
metric = "calibration.auroc"
at_least = 0.65
severity = "warn"

[[gate]]
id = "elderly"
metric = "accuracy"
slice = "age_band=55 and over"
at_least = 0.65
min_n = 60
rationale = "most referrals are over fifty-five"

[[gate]]
id = "answers-always"
metric = "unscored.rate"
at_most = 0.01
"#,
    notes: [
        "Probabilities near zero and one come from leaves with three patients; pruning the tree should soften all of those.",
        "The two sexes differ by less than we feared, and the interval is wide; ask for the larger cohort before summer.",
        "Patients over 55 are the group that matters most, and here the tree is weaker than the simple regression we have.",
        "Ranking is good enough for triage, not for a letter to the patient. Wording of the letter needs legal to look at it.",
        "Agreed on the call: we run both models side by side for a month and compare what the ward actually did with them.",
    ],
    people: ["Dr. Ines Okafor", "Pawel Nowak"],
    role: "Clinical safety lead",
    reason: "Calibration misses its limit by far, so the new tree may only run silently next to the regression for now.",
    condition: "Prune and refit on the winter cohort",
    slice: ("age_band", "55 and over"),
};

pub const TRIAGE: Words = Words {
    title: "Ticket triage",
    policy: r#"
[latency]
budget = 3.0

[[gate]]
id = "labels"
metric = "accuracy"
at_least = 0.8
rationale = "wrong queue costs a day"

[[gate]]
id = "versus-direct"
metric = "compare.accuracy"
margin = 0.05

[[gate]]
id = "quick"
metric = "latency.p90"
at_most = 2.5
rationale = "agents wait for it"
date = "2026-11-02"

[[gate]]
id = "cheap"
metric = "cost.per-sample"
at_most = 0.001
rationale = "forty thousand tickets a month"

[[gate]]
id = "email"
metric = "accuracy"
slice = "channel=email"
at_least = 0.75

[[gate]]
id = "format"
metric = "errors.rate"
at_most = 0.04
severity = "warn"
"#,
    notes: [
        "Confidence is always a round number; it looks as if the model picks from four favourites and never says below 70.",
        "Most misses put defects under delivery because the parcel is mentioned first. A rule before the model would help.",
        "Email tickets are longer and quote older threads, so I cut the quoted part and the label flipped in two of three.",
        "The reasoning prompt is four times slower and only wins on three tickets, which may well be luck with 25 of them.",
        "Please collect two hundred tickets before we argue about models again; the intervals here overlap almost entirely.",
    ],
    people: ["Kofi", "Lena Brandt"],
    role: "Support operations",
    reason: "Twenty-five tickets decide nothing; keep the small model running and repeat with a proper sample in spring.",
    condition: "Collect 200 labelled tickets from all four queues",
    slice: ("channel", "email"),
};

pub const LEDGER: Words = Words {
    title: "Invoice reader v7",
    policy: r#"
[latency]
budget = 2.0
target = 0.95

[[gate]]
id = "fields-right"
metric = "accuracy"
at_least = 0.85
rationale = "auditors accept one field in seven corrected by hand"
date = "2026-08-20"

[[gate]]
id = "beats-v6"
metric = "compare.accuracy"
margin = 0.01
rationale = "finance signed off on v6"

[[gate]]
id = "trust"
metric = "calibration.smece"
at_most = 0.06
severity = "warn"
rationale = "low confidence goes to a clerk"

[[gate]]
id = "fast"
metric = "latency.p95"
at_most = 2.0
rationale = "scanner queue"

[[gate]]
id = "scans"
metric = "accuracy"
slice = "source=scan"
at_least = 0.8
min_n = 10
rationale = "half the suppliers still send paper"

[[gate]]
id = "crashes"
metric = "errors.rate"
at_most = 0.01
"#,
    notes: [
        "Totals with a comma instead of a point are still read a hundred times too high; that is one supplier in Portugal.",
        "Handwritten amounts count as other here. Someone should split them out, they are a fifth of everything that fails.",
        "Scans from the Lisbon office are tilted, and deskewing was off by mistake. Rerun with it before anybody panics.",
        "Two seconds at the 95th percentile is what the scanner allows before operators press the button a second time.",
        "Ship to the pilot group first; if corrections stay under one in ten for two weeks, roll it out to every office.",
    ],
    people: ["Helena Sousa", "Marek"],
    role: "Finance systems owner",
    reason: "Fields are read better than by v6 and the tail fits the scanner; offices with tilted scans follow later on.",
    condition: "Turn deskewing on in every office",
    slice: ("source", "scan"),
};

/// A plain file of `n` records: id, right or not, confidence, latency, failure and two slice columns.
///
/// `levels`: stated confidences; none for any number. `seed` decides everything else.
pub fn plain(n: usize, levels: &[f64], seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let kinds = ["wrong total", "missed line", "wrong date", "bad currency", "unreadable"];
    let sources = ["scan", "email", "portal", "fax"];
    let sizes = ["one page", "two pages", "long"];
    let mut text = String::new();
    for row in 0..n {
        let skill = 0.55 + 0.44 * uniform().sqrt();
        let source = sources[(uniform() * uniform() * 4.0) as usize];
        let size = sizes[(uniform() * 3.0) as usize];
        let penalty = if source == "fax" { 0.2 } else { 0.0 };
        let is_right = uniform() < skill - 0.04 - penalty;
        let confidence = if levels.is_empty() {
            (skill * 10_000.0).round() / 10_000.0
        } else {
            levels[((skill - 0.55) / 0.44 * levels.len() as f64) as usize % levels.len()]
        };
        let normal = (0..6).map(|_| uniform()).sum::<f64>() - 3.0;
        let latency = (0.8 * (0.55 * normal).exp() * 1000.0).round() / 1000.0;
        let failure = kinds[(uniform() * uniform() * 5.0) as usize];
        let _ = write!(
            text,
            "{{\"id\":\"inv-{row:05}\",\"correct\":{is_right},\"confidence\":{confidence},\"latency_s\":{latency},\"source\":\"{source}\",\"size\":\"{size}\""
        );
        if !is_right {
            let _ = write!(text, ",\"failure\":\"{failure}\"");
        }
        text.push_str("}\n");
    }
    text
}

pub fn plain_pair(n: usize, levels: &[f64], name: &str) -> Review {
    let folder = std::env::temp_dir().join(format!("assay-link-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let read = |version: &str, seed: u64| {
        let path = folder.join(format!("invoices-{version}.jsonl"));
        std::fs::write(&path, plain(n, levels, seed)).unwrap();
        load(&path)
    };
    let (here, there) = (read("v7", n as u64 + 3), read("v6", n as u64 + 8));
    let _ = std::fs::remove_dir_all(&folder);
    let policy = Policy::parse(LEDGER.policy).unwrap();
    review(compared((&here, 0), (&there, 0), &policy), &LEDGER)
}

/// The reference review: the example assistant in five languages.
pub fn assistant() -> Review {
    let (here, there) = (
        file("public/examples/assistant-candidate.eval"),
        file("public/examples/assistant-baseline.eval"),
    );
    let policy = Policy::parse(ASSISTANT.policy).unwrap();
    review(compared((&here, 0), (&there, 0), &policy), &ASSISTANT)
}

/// A tree against a regression, with continuous probabilities and no latency.
pub fn clinic() -> Review {
    let (here, there) = (
        file("public/examples/classifier-tree.csv"),
        file("public/examples/classifier-logistic.csv"),
    );
    let policy = Policy::parse(CLINIC.policy).unwrap();
    review(compared((&here, 0), (&there, 0), &policy), &CLINIC)
}

/// The regression against the tree.
pub fn clinic_turned() -> Review {
    let (here, there) = (
        file("public/examples/classifier-logistic.csv"),
        file("public/examples/classifier-tree.csv"),
    );
    let policy = Policy::parse(CLINIC.policy).unwrap();
    review(compared((&here, 0), (&there, 0), &policy), &CLINIC)
}

/// Two columns of one promptfoo file.
pub fn triage() -> Review {
    let loaded = file("public/examples/triage.jsonl");
    let policy = Policy::parse(TRIAGE.policy).unwrap();
    review(compared((&loaded, 3), (&loaded, 0), &policy), &TRIAGE)
}

/// Every review of the table, by name.
pub fn all() -> Vec<(&'static str, Review)> {
    let levels = [0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99];
    vec![
        ("assistant, 640 samples", assistant()),
        ("clinic, tree, 442", clinic()),
        ("clinic, regression, 442", clinic_turned()),
        ("triage, 25", triage()),
        ("plain, 40", plain_pair(40, &[], "a")),
        ("plain, stated, 400", plain_pair(400, &levels, "b")),
        ("plain, 400", plain_pair(400, &[], "c")),
        ("plain, 5,000", plain_pair(5_000, &[], "d")),
    ]
}
