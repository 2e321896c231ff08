//! The table of metrics: every number that a headline, a gate or a comparison may name, and how it is computed.
//!
//! The page's "how is this computed?", its methods page and the README's table are read from here.

use crate::estimate::{Estimate, Unit};

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A larger value is better.
    Larger,
    /// A smaller value is better.
    Smaller,
    /// Best at 0, worse on either side.
    Zero,
    /// Best at 1, worse on either side.
    One,
}

impl Direction {
    /// In words, as "is better" or "is best" reads on.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Larger => "larger is better",
            Self::Smaller => "smaller is better",
            Self::Zero => "0 is best",
            Self::One => "1 is best",
        }
    }
}

/// A number a report holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// Stable id, `family.metric`; never reused.
    pub id: &'static str,
    /// Name for people, sentence case.
    pub title: &'static str,
    /// The question it answers.
    pub question: &'static str,
    /// Unit of its value.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// Section of the page it belongs to.
    pub section: &'static str,
    /// Method of value and interval, in words.
    pub method: &'static str,
    /// Formula, in words.
    pub formula: &'static str,
    /// What must hold for the interval to be honest.
    pub assumptions: &'static str,
    /// Paper or standard.
    pub source: &'static str,
    /// Fewest samples that give a value.
    pub minimum: u64,
    /// Whether `compare.` + id exists: the difference to a baseline.
    pub compared: bool,
}

/// What precedes the id of a difference to a baseline.
pub const COMPARE: &str = "compare.";

const INDEPENDENT: &str = "Samples (or clusters of samples) are drawn independently from the intended use.";
const WILSON: &str = "Wilson score interval; with repeats or clusters on the effective number of samples, t quantile";
const WILSON_SOURCE: &str = "Wilson 1927; Korn & Graubard 1998; Miller 2024 (arXiv 2411.00640)";
const BOOTSTRAP: &str = "1,000 seeded bootstrap replicates, percentile interval shifted by its own bias, never below 0, \
                         with the 95 % null quantile of 500 simulated calibrated models beside it; where confidences take \
                         more than 3,000 values, replicates (not the value itself) pool them into as many even steps";
const RANK: &str = "Nearest rank; interval from order statistics, free of any distribution";
const RANK_SOURCE: &str = "Hyndman & Fan 1996, type 1; Conover 1999, section 3.2; Efron & Tibshirani 1993, chapter 13";
const RANK_ASSUMES: &str = "Calls do not wait for each other; cached answers are left out; a time-out counts as at least its limit. With repeats \
     or clusters the interval is the percentile interval of 1,000 seeded resamples of whole items or clusters.";
/// How ranking by confidence gets its interval where samples are not independent.
const RESAMPLED: &str = "Samples (or clusters of samples) are drawn independently from the intended use. With repeats or clusters \
                         the interval is the percentile interval of 1,000 seeded resamples of whole items or clusters.";
/// How rates of items get their interval where items share a cluster.
const SHARED_CLUSTERS: &str = "Items (or clusters of items) are drawn independently from the intended use. Where items share a \
                               cluster: Wilson on the effective number of items, and a clustered t interval of the drop.";
const MEAN_T: &str = "Mean with a t interval; clustered when samples share a cluster";

/// Shared starting point of the rows below.
const ROW: Metric = Metric {
    id: "",
    title: "",
    question: "",
    unit: Unit::Share,
    direction: Direction::Smaller,
    section: "",
    method: WILSON,
    formula: "",
    assumptions: INDEPENDENT,
    source: WILSON_SOURCE,
    minimum: 1,
    compared: false,
};

const ACCURACY: Metric = Metric {
    section: "accuracy",
    ..ROW
};

const CALIBRATION: Metric = Metric {
    section: "calibration",
    unit: Unit::Score,
    question: "Does its confidence mean what it says?",
    ..ROW
};

const LATENCY: Metric = Metric {
    section: "latency",
    unit: Unit::Seconds,
    question: "How long does a user wait?",
    method: RANK,
    assumptions: RANK_ASSUMES,
    source: RANK_SOURCE,
    compared: true,
    ..ROW
};

const FAILURES: Metric = Metric {
    section: "failures",
    ..ROW
};

const KAPPA: &str = "From the confusion matrix; interval by the delta method, clustered with a t quantile where samples \
                     repeat or share a cluster";

const AGREEMENT: Metric = Metric {
    section: "agreement",
    question: "How far do the two judgements agree beyond chance?",
    assumptions: "Both judgements are made without knowledge of each other, on samples drawn independently.",
    ..ROW
};

const COST: Metric = Metric {
    section: "cost",
    unit: Unit::Dollars,
    question: "What does it cost?",
    method: MEAN_T,
    source: "Student 1908",
    ..ROW
};

/// Every metric, in the order in which tables show them.
pub const METRICS: &[Metric] = &[
    Metric {
        id: "accuracy",
        title: "Accuracy",
        question: "How often is it right?",
        direction: Direction::Larger,
        formula: "right samples / scored samples; with repeats the mean over items of the share right",
        compared: true,
        ..ACCURACY
    },
    Metric {
        id: "score.mean",
        title: "Mean score",
        question: "How high does it score?",
        unit: Unit::Score,
        direction: Direction::Larger,
        method: MEAN_T,
        formula: "sum of scores / scored samples, in the unit of the score",
        source: "Student 1908; Miller 2024 (arXiv 2411.00640)",
        compared: true,
        ..ACCURACY
    },
    Metric {
        id: "slices.worst-accuracy",
        title: "Accuracy of the weakest slice",
        question: "Where is it right least often?",
        direction: Direction::Larger,
        section: "slices",
        method: "Wilson score interval at level 1 − α/m over m slices of at least 30 samples",
        formula: "smallest accuracy over the values of all slice columns with at least 30 scored samples",
        source: "Bonferroni 1936; Wilson 1927",
        minimum: 30,
        ..ACCURACY
    },
    Metric {
        id: "slices.confirmed",
        title: "Weak slices that hold in the other half",
        question: "Would the weak slices be found again?",
        direction: Direction::Larger,
        section: "slices",
        method: "Items are split into halves by a hash of their id (or cluster). Slices of one or two conditions are found in \
                 the first half (Fisher, Benjamini–Hochberg below 0.05, at least 30 samples and 1 %), and each is tested once \
                 in the second (Fisher one-sided, Holm below 0.05). No interval: slices overlap. SliceLine's score beside \
                 each slice, 0.95 · (its failure rate / the overall one − 1) − 0.05 · (samples / its samples − 1), ranks and \
                 is no test",
        formula: "slices weak in both halves / slices found in the first",
        assumptions: "Halves hold other items of the same use; a slice that is weak for real may be too small to hold.",
        source: "Cox 1975, data splitting; Holm 1979; Benjamini & Hochberg 1995; Sagadeeva & Boehm 2021, SliceLine",
        minimum: 60,
        ..ACCURACY
    },
    Metric {
        id: "repeats.pass-at-k",
        title: "pass@k",
        question: "Does it solve an item in k tries?",
        direction: Direction::Larger,
        section: "repeats",
        method: "Unbiased estimator, mean over items with a t interval; k is the smallest number of repeats",
        formula: "mean over items of 1 − C(n − c, k) / C(n, k), with c right among n repeats",
        source: "Chen 2021 (arXiv 2107.03374)",
        minimum: 2,
        ..ACCURACY
    },
    Metric {
        id: "repeats.pass-hat-k",
        title: "pass^k",
        question: "Does it solve an item every time?",
        direction: Direction::Larger,
        section: "repeats",
        method: "Unbiased estimator, mean over items with a t interval; k is the smallest number of repeats",
        formula: "mean over items of C(c, k) / C(n, k), with c right among n repeats",
        source: "Yao 2024, τ-bench (arXiv 2406.12045)",
        minimum: 2,
        ..ACCURACY
    },
    Metric {
        id: "calibration.gap",
        title: "Over- or underconfidence",
        question: "Is it as sure as it is right?",
        unit: Unit::Points,
        direction: Direction::Zero,
        method: "Mean of paired differences ± z · standard error",
        formula: "mean confidence − share right; above 0 is overconfident (all of one confidence and all right or all wrong: \
                  that confidence less the Wilson interval of the share)",
        source: "difference of paired means, normal approximation",
        minimum: 2,
        compared: true,
        ..CALIBRATION
    },
    Metric {
        id: "calibration.smece",
        title: "Smooth calibration error (smECE)",
        method: BOOTSTRAP,
        formula: "mean absolute smoothed residual of right − confidence, at the bandwidth that equals the error itself",
        source: "Błasiok & Nakkiran 2023 (arXiv 2309.12236)",
        minimum: 2,
        compared: true,
        ..CALIBRATION
    },
    Metric {
        id: "calibration.ece",
        title: "Expected calibration error (ECE), 15 equal-width bins",
        method: BOOTSTRAP,
        formula: "sum over bins of (samples in bin / samples) · |share right − mean confidence|",
        source: "Naeini 2015; Guo 2017 (arXiv 1706.04599)",
        minimum: 2,
        compared: true,
        ..CALIBRATION
    },
    Metric {
        id: "calibration.brier",
        title: "Brier score",
        method: "Mean over samples with a t interval",
        formula: "mean of (confidence − right)², right being 1 or 0",
        source: "Brier 1950",
        minimum: 2,
        compared: true,
        ..CALIBRATION
    },
    Metric {
        id: "calibration.log-loss",
        title: "Log loss",
        method: "Mean over samples with a t interval; natural logarithm, confidence kept 2⁻⁵² away from 0 and 1",
        formula: "mean of −ln(probability given to what happened)",
        source: "Good 1952",
        minimum: 2,
        compared: true,
        ..CALIBRATION
    },
    Metric {
        id: "calibration.mcb",
        title: "Miscalibration part of the Brier score (MCB)",
        method: "Isotonic regression (CORP); no interval, the 95 % null quantile beside it",
        formula: "Brier score − Brier score after isotonic recalibration",
        source: "Dimitriadis, Gneiting & Jordan 2021 (10.1073/pnas.2016191118)",
        minimum: 2,
        ..CALIBRATION
    },
    Metric {
        id: "calibration.slope",
        title: "Calibration slope",
        question: "Is its confidence too extreme?",
        direction: Direction::One,
        method: "Logistic regression of right on the log odds of the confidence, Wald interval",
        formula: "slope b in log odds(right) = a + b · log odds(confidence); below 1 is too extreme",
        source: "Cox 1958",
        assumptions: "The log odds are linear in each other; confidences of exactly 0 or 1 are kept 10⁻⁶ away from them. With \
                      repeats or clusters the interval is the percentile interval of 1,000 seeded resamples of whole items or \
                      clusters.",
        minimum: 10,
        ..CALIBRATION
    },
    Metric {
        id: "calibration.auroc",
        title: "Area under the ROC curve of the confidence (AUROC)",
        question: "Is it surer when it is right?",
        direction: Direction::Larger,
        method: "Mann–Whitney with ties counted half, DeLong interval",
        formula: "share of pairs (right, wrong) in which the right sample has the higher confidence",
        source: "DeLong 1988",
        assumptions: RESAMPLED,
        minimum: 2,
        ..CALIBRATION
    },
    Metric {
        id: "selective.accuracy-80",
        title: "Accuracy at 80 % coverage",
        question: "How right is it when it may decline the rest?",
        unit: Unit::Share,
        direction: Direction::Larger,
        method: "Wilson score interval of the most confident samples; ties counted in proportion",
        formula: "share right among the 80 % of samples with the highest confidence",
        source: "Geifman & El-Yaniv 2017",
        assumptions: RESAMPLED,
        minimum: 30,
        ..CALIBRATION
    },
    Metric {
        id: "selective.aurc",
        title: "Area under the risk–coverage curve (AURC)",
        question: "Does declining when unsure help?",
        method: "Tied confidences counted by expected errors; no interval",
        formula: "mean over k of the share wrong among the k most confident samples",
        source: "Geifman 2019",
        minimum: 2,
        ..CALIBRATION
    },
    Metric {
        id: "selective.augrc",
        title: "Area under the generalised risk–coverage curve (AUGRC)",
        question: "Does declining when unsure help?",
        method: "Tied confidences counted by expected errors; no interval",
        formula: "mean over coverage of (share confident and wrong)",
        source: "Traub 2024 (arXiv 2407.01032)",
        minimum: 2,
        ..CALIBRATION
    },
    Metric {
        id: "latency.p50",
        title: "Median latency (p50)",
        formula: "smallest observed latency that at least 50 % of samples do not exceed",
        ..LATENCY
    },
    Metric {
        id: "latency.p90",
        title: "Latency p90",
        formula: "smallest observed latency that at least 90 % of samples do not exceed",
        ..LATENCY
    },
    Metric {
        id: "latency.p95",
        title: "Latency p95",
        formula: "smallest observed latency that at least 95 % of samples do not exceed",
        ..LATENCY
    },
    Metric {
        id: "latency.p99",
        title: "Latency p99",
        formula: "smallest observed latency that at least 99 % of samples do not exceed",
        ..LATENCY
    },
    Metric {
        id: "latency.tail-ratio",
        title: "Tail ratio",
        question: "How much worse is the tail than the middle?",
        unit: Unit::Ratio,
        method: "Nearest rank; no interval",
        formula: "latency p99 / latency p50",
        compared: false,
        ..LATENCY
    },
    Metric {
        id: "latency.ttft-p50",
        title: "Median time to first token (TTFT)",
        question: "How soon does the answer start?",
        formula: "smallest observed time to first token that at least 50 % of samples do not exceed",
        ..LATENCY
    },
    Metric {
        id: "latency.ttft-p95",
        title: "Time to first token (TTFT) p95",
        question: "How soon does the answer start?",
        formula: "smallest observed time to first token that at least 95 % of samples do not exceed",
        ..LATENCY
    },
    Metric {
        id: "latency.attainment",
        title: "Within the latency budget",
        question: "How often is it fast enough?",
        unit: Unit::Share,
        direction: Direction::Larger,
        method: WILSON,
        formula: "samples answered within the budget / samples; errors and time-outs are not within it",
        source: WILSON_SOURCE,
        ..LATENCY
    },
    Metric {
        id: "latency.ttft-attainment",
        title: "Within the first-token budget",
        question: "How often does the answer start soon enough?",
        unit: Unit::Share,
        direction: Direction::Larger,
        method: WILSON,
        formula: "samples whose first token came within its budget / samples with a time to first token or an error",
        source: WILSON_SOURCE,
        ..LATENCY
    },
    Metric {
        id: "latency.error-budget",
        title: "Error budget used",
        question: "How much of the allowed slowness is used up?",
        unit: Unit::Share,
        method: "From the attainment and its Wilson interval",
        formula: "(1 − attainment) / (1 − target); 100 % is all of it",
        source: "Beyer 2016, Site Reliability Engineering, chapter 4",
        compared: false,
        ..LATENCY
    },
    Metric {
        id: "latency.timeouts",
        title: "Time-outs",
        question: "How often is it cut off?",
        unit: Unit::Share,
        method: WILSON,
        formula: "samples that ran into a time-out / samples with a latency or a time-out",
        source: WILSON_SOURCE,
        ..LATENCY
    },
    Metric {
        id: "latency.tpot",
        title: "Time per output token (TPOT)",
        question: "How fast does it write?",
        method: "Mean over samples with a t interval",
        formula: "mean of (latency − time to first token) / (output tokens − 1), samples with more than one token",
        source: "Student 1908",
        minimum: 2,
        compared: false,
        ..LATENCY
    },
    Metric {
        id: "latency.throughput",
        title: "Throughput",
        question: "How much does it write in a second of the whole run?",
        unit: Unit::TokensPerSecond,
        direction: Direction::Larger,
        method: "Ratio of sums; no interval",
        formula: "output tokens of all samples / seconds from the first call to the last answer",
        source: "never a mean of the rates of single requests",
        minimum: 2,
        compared: false,
        ..LATENCY
    },
    Metric {
        id: "failures.rate",
        title: "Failure rate",
        question: "How often does it fail?",
        formula: "scored samples that are not right / scored samples",
        compared: true,
        ..FAILURES
    },
    Metric {
        id: "errors.rate",
        title: "Error rate",
        question: "How often does a call break?",
        method: WILSON,
        formula: "samples where the harness or the call failed / samples read",
        source: WILSON_SOURCE,
        compared: true,
        ..FAILURES
    },
    Metric {
        id: "unscored.rate",
        title: "Unscored rate",
        question: "How many samples could not be judged?",
        method: WILSON,
        formula: "samples that ran and have no score / samples read",
        source: WILSON_SOURCE,
        compared: true,
        ..FAILURES
    },
    Metric {
        id: "cost.total",
        title: "Total cost",
        method: "Sum; no interval",
        formula: "sum of the cost of all samples that state one",
        assumptions: "Samples without a stated cost count nothing.",
        ..COST
    },
    Metric {
        id: "cost.per-sample",
        title: "Cost per sample",
        formula: "mean cost of the samples that state one",
        minimum: 2,
        compared: true,
        ..COST
    },
    Metric {
        id: "cost.per-right",
        title: "Cost per right answer",
        question: "What does a right answer cost?",
        method: "Ratio of sums; no interval",
        formula: "cost of all samples that state one / right samples among them",
        ..COST
    },
    Metric {
        id: "tokens.per-sample",
        title: "Tokens per sample",
        question: "How much does it read and write?",
        unit: Unit::Tokens,
        formula: "mean of input and output tokens of the samples that state any",
        minimum: 2,
        compared: true,
        ..COST
    },
    Metric {
        id: "agreement.observed",
        title: "Observed agreement",
        question: "How often do the two judgements agree?",
        direction: Direction::Larger,
        formula: "samples that both judgements put into the same class / samples judged by both",
        ..AGREEMENT
    },
    Metric {
        id: "agreement.kappa",
        title: "Cohen's kappa",
        unit: Unit::Score,
        direction: Direction::Larger,
        method: KAPPA,
        formula: "(agreement − agreement by chance) / (1 − agreement by chance)",
        source: "Cohen 1960; Fleiss, Cohen & Everitt 1969",
        minimum: 2,
        ..AGREEMENT
    },
    Metric {
        id: "agreement.weighted-kappa",
        title: "Quadratic-weighted kappa",
        unit: Unit::Score,
        direction: Direction::Larger,
        method: KAPPA,
        formula: "1 − (mean squared distance between the two grades) / (the same by chance), in steps of the order of grades",
        source: "Cohen 1968; Fleiss, Cohen & Everitt 1969",
        minimum: 2,
        ..AGREEMENT
    },
    Metric {
        id: "agreement.lean",
        title: "Leniency of the scorer",
        question: "Does the scorer pass more than the second judgement?",
        unit: Unit::Points,
        direction: Direction::Zero,
        method: "Paired by sample, Bonett–Price interval; a clustered t interval with repeats or clusters",
        formula: "share put into the highest class by the scorer − share by the second judgement, same samples",
        source: "Bonett & Price 2012",
        minimum: 2,
        ..AGREEMENT
    },
    Metric {
        id: "agreement.macro-f1",
        title: "Macro F1",
        question: "How good is it on every class alike?",
        unit: Unit::Score,
        direction: Direction::Larger,
        section: "agreement",
        method: "From the confusion matrix; no interval",
        formula: "mean over classes of 2 · precision · recall / (precision + recall), 0/0 counted as 0",
        source: "Sokolova & Lapalme 2009",
        minimum: 2,
        ..ROW
    },
    Metric {
        id: "robustness.drop",
        title: "Largest drop under perturbation",
        question: "Does it stay right when the input is disturbed?",
        unit: Unit::Points,
        direction: Direction::Larger,
        section: "robustness",
        method: "Paired by item, Bonett–Price interval; the variant with the lowest accuracy",
        formula: "accuracy on the perturbed variant − accuracy on the clean one, same items",
        source: "Bonett & Price 2012; Miller 2024 (arXiv 2411.00640)",
        assumptions: SHARED_CLUSTERS,
        minimum: 2,
        ..ROW
    },
    Metric {
        id: "robustness.answer-change",
        title: "Answers changed under perturbation",
        question: "How often does it say something else once the input is disturbed?",
        section: "robustness",
        method: "Wilson score interval over items, on the effective number of items where they share a cluster; the variant \
                 that changes most answers",
        formula: "items whose predicted answer differs between the clean and the perturbed variant, right or wrong / items \
                  with an answer in both; of repeats the most frequent answer counts",
        assumptions: "Answers come from a small set, so that two wordings of one answer are not taken for a change.",
        source: "Wilson 1927; Korn & Graubard 1998",
        ..ROW
    },
    Metric {
        id: "robustness.consistency",
        title: "Right under every variant",
        question: "How many items does it get right whatever the variant?",
        direction: Direction::Larger,
        section: "robustness",
        method: "Wilson score interval over items",
        formula: "items right under all variants / items with all variants",
        source: "Wilson 1927; Korn & Graubard 1998",
        assumptions: SHARED_CLUSTERS,
        ..ROW
    },
    Metric {
        id: "robustness.worst-group",
        title: "Worst-variant accuracy",
        question: "How right is it under the worst variant?",
        direction: Direction::Larger,
        section: "robustness",
        method: "Wilson score interval at level 1 − α/m over m variants of at least 30 samples",
        formula: "smallest accuracy over the variants with at least 30 scored samples",
        source: "Sagawa 2020 (arXiv 1911.08731); Bonferroni 1936",
        minimum: 30,
        ..ROW
    },
    Metric {
        id: "fairness.worst-gap",
        title: "Largest accuracy gap to the reference group",
        question: "Is any group served worse?",
        unit: Unit::Points,
        direction: Direction::Larger,
        section: "fairness",
        method: "Newcombe interval of the difference, groups of at least 30 samples",
        formula: "smallest (accuracy of the group − accuracy of the reference group)",
        source: "Newcombe 1998",
        minimum: 60,
        ..ROW
    },
    Metric {
        id: "fairness.worst-intersection",
        title: "Largest accuracy gap where two attributes meet",
        question: "Is any group served worse where two attributes meet?",
        unit: Unit::Points,
        direction: Direction::Larger,
        section: "fairness",
        method: "Groups are crossed with every other column of 2 to 6 values (five columns at most, by name). Newcombe \
                 interval of the difference to the largest intersection of the reference group, Fisher and Holm over the \
                 intersections of a column; under 30 samples they are listed and not compared",
        formula: "smallest (accuracy of an intersection of at least 30 samples − accuracy of the reference intersection)",
        source: "Newcombe 1998; Holm 1979; Buolamwini & Gebru 2018",
        minimum: 60,
        ..ROW
    },
    Metric {
        id: "fairness.demographic-parity",
        title: "Demographic parity difference",
        question: "Are groups selected alike?",
        unit: Unit::Points,
        section: "fairness",
        method: "Difference of rates; no interval (see the differences to the reference group)",
        formula: "largest − smallest share predicted positive, groups of at least 30 samples",
        source: "Agarwal 2018 (arXiv 1803.02453)",
        minimum: 60,
        ..ROW
    },
    Metric {
        id: "fairness.equalised-odds",
        title: "Equalised odds difference",
        question: "Are errors spread alike?",
        unit: Unit::Points,
        section: "fairness",
        method: "Difference of rates; no interval (see the differences to the reference group)",
        formula: "larger of the spreads of true and false positive rates, groups of at least 30 samples",
        source: "Hardt 2016 (arXiv 1610.02413)",
        minimum: 60,
        ..ROW
    },
    Metric {
        id: "drift.psi-max",
        title: "Largest population stability index (PSI)",
        question: "Do the samples look like those of the reference?",
        unit: Unit::Score,
        section: "drift",
        method: "Reference deciles or categories, half a count added; both windows' counts resampled 1,000 times with \
                 the seed, percentile interval of that column's index shifted by its own bias, never below 0; null 95 % \
                 quantile beside it",
        formula: "largest over columns of the sum over bins of (a − b) · ln(a / b)",
        assumptions: "Both windows are comparable (weekday, traffic mix).",
        source: "Siddiqi 2006; Yurdakul & Naranjo 2020",
        minimum: 2,
        ..ROW
    },
];

impl Metric {
    /// The metric with this id, with or without [`COMPARE`] before it; `None` if there is none (or no such difference).
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        let (base, is_difference) = match id.strip_prefix(COMPARE) {
            Some(base) => (base, true),
            None => (id, false),
        };
        METRICS.iter().find(|m| m.id == base && (m.compared || !is_difference))
    }

    /// How its difference to a baseline gets its interval, with what that assumes.
    #[must_use]
    pub fn comparison(&self) -> &'static str {
        match (self.id, self.section, self.unit) {
            ("accuracy" | "failures.rate", ..) => {
                "Paired by sample id and epoch, Bonett–Price interval; a clustered t interval with repeats or clusters; \
                 Newcombe where nothing pairs. Assumes that the pairs are independent of each other."
            }
            ("calibration.ece" | "calibration.smece", ..) => {
                "Samples, or their clusters, resampled together for both runs with the seed, percentile interval shifted by \
                 its own bias; smECE of very many samples each run on its own, as its method then says. Assumes that the \
                 pairs are independent of each other."
            }
            (_, "latency", Unit::Seconds) => {
                "Difference of nearest-rank quantiles; the same samples, or their items, resampled together at least 2,000 \
                 times with the seed, percentile interval; each run on its own where nothing pairs or it would take too \
                 long. Beside it the chance that a call here takes longer than one of the baseline, ties counted half, with \
                 the p-values of Mann–Whitney and, for spreads that differ, Brunner–Munzel. Assumes that both runs were measured under comparable load."
            }
            (_, _, Unit::Share) => {
                "Paired by sample id and epoch, Bonett–Price interval; a clustered t interval with repeats or clusters. \
                 Assumes that the pairs are independent of each other."
            }
            _ => {
                "Mean of the differences of paired samples with a t interval, clustered with repeats or clusters. Assumes \
                 that the pairs are independent of each other."
            }
        }
    }

    /// Where the method of its difference comes from.
    #[must_use]
    pub fn comparison_source(&self) -> &'static str {
        match (self.id, self.section, self.unit) {
            ("accuracy" | "failures.rate", ..) => "Bonett & Price 2012; Newcombe 1998; Miller 2024 (arXiv 2411.00640)",
            ("calibration.ece" | "calibration.smece", ..) => "Efron & Tibshirani 1993, chapter 13",
            (_, "latency", Unit::Seconds) => {
                "Efron & Tibshirani 1993, chapter 13; Mann & Whitney 1947; Brunner & Munzel 2000"
            }
            (_, _, Unit::Share) => "Bonett & Price 2012; Miller 2024 (arXiv 2411.00640)",
            _ => "Student 1908; Miller 2024 (arXiv 2411.00640)",
        }
    }

    /// Unit of the difference to a baseline: points for shares, else the metric's own.
    #[must_use]
    pub fn difference_unit(&self) -> Unit {
        match self.unit {
            Unit::Share => Unit::Points,
            unit => unit,
        }
    }

    /// The metric as undefined, with the reason and the samples there are.
    #[must_use]
    pub fn undefined(&self, why: &str, n: u64) -> Estimate {
        Estimate::undefined(why, n, self.method, self.unit)
    }
}

/// The metrics as a Markdown table: id, what, unit and direction, method, source.
#[must_use]
pub fn markdown_table() -> String {
    let mut table = String::from(
        "| Id | What | Formula | Better | Value and interval | Source |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for m in METRICS {
        let cells = [m.title, m.formula, m.direction.words(), m.method, m.source].map(|cell| cell.replace('|', "\\|"));
        table.push_str(&format!("| `{}` | {} |\n", m.id, cells.join(" | ")));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_lower_case_and_every_cell_is_filled() {
        let mut seen = std::collections::HashSet::new();
        for m in METRICS {
            assert!(seen.insert(m.id), "{} stands twice", m.id);
            assert!(
                m.id.chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-')),
                "{}",
                m.id
            );
            for cell in [
                m.title,
                m.question,
                m.section,
                m.method,
                m.formula,
                m.assumptions,
                m.source,
            ] {
                assert!(!cell.is_empty(), "{} lacks a text", m.id);
            }
        }
    }

    #[test]
    fn a_difference_is_found_only_where_one_is_made() {
        assert_eq!(Metric::find("compare.accuracy").map(|m| m.id), Some("accuracy"));
        assert_eq!(Metric::find("compare.cost.total"), None);
        assert_eq!(Metric::find("latency.p95").map(|m| m.unit), Some(Unit::Seconds));
        assert_eq!(Metric::find("nothing"), None);
    }

    #[test]
    fn the_table_has_a_line_for_every_metric() {
        assert_eq!(markdown_table().lines().count(), METRICS.len() + 2);
    }
}
