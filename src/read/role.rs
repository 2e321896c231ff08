//! What the columns of a plain table mean, judged by their names and their first values.

use std::borrow::Cow;
use std::collections::HashSet;

use super::json::{Value, parse_number};
use super::table::Comma;
use super::{moment, stated};

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Nothing.
    Skip,
    /// Names the sample.
    Id,
    /// Right or wrong.
    Correct,
    /// A grade.
    Score,
    /// A probability.
    Confidence,
    /// A list of probabilities, one a class.
    Vector,
    /// The probability of one class; the columns of all classes belong together.
    Wide,
    /// The given answer or class.
    Predicted,
    /// The right answer or class.
    Truth,
    /// How long the answer took.
    Latency,
    /// How long the first token took.
    Ttft,
    /// When the call was sent.
    Start,
    /// When the answer was there.
    End,
    /// Tokens read.
    TokensIn,
    /// Tokens written.
    TokensOut,
    /// Cost.
    Cost,
    /// Failure categories.
    Failure,
    /// An error message.
    Error,
    /// Whether a cache answered.
    Cached,
    /// Whether time ran out.
    TimedOut,
    /// Repeat number.
    Epoch,
    /// What samples share.
    Cluster,
    /// The model; several make several runs.
    Model,
    /// The task; several make several runs.
    Task,
    /// The prompt or configuration; several make several runs.
    Prompt,
    /// The scorer; several make several runs.
    Scorer,
    /// A property to slice by.
    Slice,
    /// A number to slice by or watch.
    Attribute,
}

impl Role {
    /// The word for it in the list of roles.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Skip => "unused",
            Self::Id => "id",
            Self::Correct => "correct",
            Self::Score => "score",
            Self::Confidence => "confidence",
            Self::Vector | Self::Wide => "class probabilities",
            Self::Predicted => "prediction",
            Self::Truth => "target",
            Self::Latency => "latency",
            Self::Ttft => "time to first token",
            Self::Start => "start",
            Self::End => "end",
            Self::TokensIn => "tokens read",
            Self::TokensOut => "tokens written",
            Self::Cost => "cost",
            Self::Failure => "failure category",
            Self::Error => "error",
            Self::Cached => "cached",
            Self::TimedOut => "timed out",
            Self::Epoch => "epoch",
            Self::Cluster => "cluster",
            Self::Model => "model",
            Self::Task => "task",
            Self::Prompt => "prompt",
            Self::Scorer => "scorer",
            Self::Slice => "slice",
            Self::Attribute => "attribute",
        }
    }
}

impl Role {
    /// Whether a column of this role alone says something about right, sure, fast or failing.
    #[must_use]
    pub fn tells(self) -> bool {
        matches!(
            self,
            Self::Correct
                | Self::Score
                | Self::Confidence
                | Self::Vector
                | Self::Wide
                | Self::Latency
                | Self::Ttft
                | Self::Failure
        )
    }
}

/// The names of each role, best first, in snake case; the first role in this order that fits a column takes it.
const NAMES: &[(Role, &str)] = &[
    (
        Role::Correct,
        "correct is_correct correctness passed is_pass pass success match is_match exact_match em acc accuracy right resolved correct_answer_given feedback_correct judge_verdict judge_label judge verdict",
    ),
    (
        Role::Vector,
        "probs probabilities class_probabilities class_probs predict_proba y_proba y_prob proba scores logits log_probs logprobs output outputs predictions prediction",
    ),
    (
        Role::Confidence,
        "confidence conf confidence_score model_confidence stated_confidence y_prob y_proba pred_prob prediction_probability predicted_probability max_prob probability prob proba y_score p_correct p certainty p1 p_positive logit",
    ),
    (
        Role::Truth,
        "y_true label target true_label gold gold_label expected expected_output expected_answer ground_truth groundtruth gt correct_answer references reference reference_answer ideal truth true actual labels y answer",
    ),
    (
        Role::Predicted,
        "y_pred prediction pred predicted predicted_label pred_label prediction_label predicted_class predicted_answer model_answer answer output model_output response completion generated generation outputs result",
    ),
    (
        Role::Score,
        "score scores_mean mean_score overall_score grade reward points rating f1 rouge_l bleu judge_score judge_rating judge_grade judge",
    ),
    (
        Role::Ttft,
        "ttft time_to_first_token time_to_first_chunk first_token_latency first_token_time first_token",
    ),
    (
        Role::Latency,
        "latency latencies duration elapsed elapsed_time response_time time_taken inference_time execution_time execution_duration generation_time processing_time request_time runtime run_time wall_time e2e_latency total_latency took task_duration completion_time total_time time",
    ),
    (
        Role::Start,
        "start start_time start_timestamp start_ts started started_at begin begin_time t_start request_start timestamp created created_at request_timestamp ts datetime date",
    ),
    (
        Role::End,
        "end end_time end_timestamp end_ts ended ended_at completed completed_at finish finish_time finished finished_at stop stop_time t_end request_end response_timestamp",
    ),
    (
        Role::TokensIn,
        "input_tokens prompt_tokens tokens_in num_prompt_tokens tokens_input input_token_count n_prompt_tokens",
    ),
    (
        Role::TokensOut,
        "output_tokens completion_tokens tokens_out num_completion_tokens tokens_output output_token_count generated_tokens",
    ),
    (Role::Cost, "cost cost_usd total_cost price usd token_cost"),
    (
        Role::Failure,
        "failure failures failure_mode failure_modes failure_category failure_categories failure_type failure_tags failure_reason error_type error_types error_category error_tags error_code fail_reason",
    ),
    (Role::Error, "error errors exception error_message err"),
    (Role::Cached, "cached is_cached cache_hit from_cache"),
    (Role::TimedOut, "timed_out is_timeout timeout"),
    (
        Role::Epoch,
        "epoch repeat repetition trial attempt repeat_index trial_index repetition_number",
    ),
    (
        Role::Id,
        "id sample_id item sample example_id item_id question_id qid doc_id test_id case_id uid uuid index idx image image_id task_id key row trace_id name",
    ),
    (
        Role::Cluster,
        "cluster cluster_id group_id document_id passage_id conversation_id session_id user_id story_id context_id doc_id",
    ),
    (Role::Model, "model model_name model_id llm engine provider"),
    (
        Role::Task,
        "task task_name dataset dataset_name benchmark eval_name suite",
    ),
    (
        Role::Prompt,
        "prompt_id prompt_name prompt_label prompt_version variant config config_name template prompt",
    ),
    (Role::Scorer, "scorer metric metric_name judge grader"),
];

/// What was seen of a column in the head of the file.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Values, absent ones not counted.
    pub count: usize,
    /// Rows looked at.
    pub rows: usize,
    /// Numbers, also when written as text.
    pub numbers: Vec<f64>,
    /// Texts with a percent sign.
    pub percents: usize,
    /// Texts that are a duration with its unit (`850 ms`).
    pub durations: usize,
    /// true, false and their spellings.
    pub bools: usize,
    /// Values that read as right, wrong or partly right.
    pub verdicts: usize,
    /// Texts that are none of these.
    pub texts: usize,
    /// Bytes of all texts.
    pub text_bytes: usize,
    /// Lists of numbers.
    pub vectors: usize,
    /// Lists of objects with a label and a score.
    pub labelled: usize,
    /// Lists of texts.
    pub lists: usize,
    /// Other containers.
    pub others: usize,
    /// Different short values, at most 101.
    pub distinct: HashSet<String>,
    /// Texts that state a confidence.
    pub stated: usize,
    /// Lengths of the lists of numbers: smallest, largest.
    pub width: (usize, usize),
    /// Sums and ranges of the lists of numbers: whether all add up to 1 with parts in 0..=1; whether their exponentials do.
    pub sums: (bool, bool),
}

/// A value of a table, whether a JSON value or the text of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum<'a> {
    /// Absent: null, NaN, an empty cell, `NA`.
    Absent,
    /// true or false.
    Bool(bool),
    /// A number, with its spelling.
    Number(f64, Cow<'a, str>),
    /// A percentage, as written before the sign.
    Percent(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// Numbers.
    Numbers(Vec<f64>),
    /// Labels with scores.
    Labelled(Vec<(String, f64)>),
    /// Texts.
    Texts(Vec<String>),
    /// Anything else.
    Other,
}

impl<'a> Datum<'a> {
    /// Reads a JSON value; texts that are numbers count as numbers.
    #[must_use]
    pub fn of_value(value: &Value<'a>) -> Self {
        match value {
            Value::Null => Self::Absent,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(raw) => Self::of_number(raw.as_bytes()),
            Value::String(text) => Self::of_text(text.decode(), false),
            Value::Array(items) => Self::of_items(items),
            Value::Object(members) if members.is_empty() => Self::Absent,
            Value::Object(_) => Self::Other,
        }
    }

    /// Reads a number as written; NaN is absent.
    #[must_use]
    #[inline]
    pub fn of_number(raw: &'a [u8]) -> Self {
        match (parse_number(raw), std::str::from_utf8(raw)) {
            (Some(number), Ok(spelling)) if !number.is_nan() => Self::Number(number, Cow::Borrowed(spelling)),
            _ => Self::Absent,
        }
    }

    /// Reads a text: a number, a percentage, a truth value, or a list as Python prints it.
    #[must_use]
    pub fn of_text(text: Cow<'a, str>, decimal_comma: bool) -> Self {
        let trimmed = text.trim();
        if matches!(
            trimmed,
            "" | "NaN" | "nan" | "NA" | "N/A" | "n/a" | "null" | "None" | "NULL" | "<NA>"
        ) {
            return Self::Absent;
        }
        let first = trimmed.as_bytes().first().copied().unwrap_or(b' ');
        if first.is_ascii_digit() || b"+-.".contains(&first) || trimmed.starts_with("inf") {
            let comma = decimal_comma && trimmed.contains(',');
            let plain: Cow<'_, str> = if comma {
                // `1.234,5`
                trimmed.replace('.', "").replace(',', ".").into()
            } else {
                trimmed.into()
            };
            if let Some(number) = parse_number(plain.as_bytes()) {
                let spelling = if comma {
                    Cow::Owned(plain.into_owned())
                } else {
                    trim(text)
                };
                return Self::Number(number, spelling);
            }
            let percent = plain.strip_suffix('%').map(str::trim_end);
            if let Some(number) = percent.and_then(|p| parse_number(p.as_bytes())) {
                return Self::Percent(number);
            }
        }
        match trimmed {
            "true" | "True" | "TRUE" => return Self::Bool(true),
            "false" | "False" | "FALSE" => return Self::Bool(false),
            _ => {}
        }
        if let Some(list) = printed_list(trimmed) {
            return list;
        }
        Self::Text(trim(text))
    }

    fn of_items(items: &[Value<'a>]) -> Self {
        if let [one @ Value::Array(_)] = items {
            return Self::of_value(one);
        }
        if items.iter().all(|v| matches!(v, Value::Number(_))) && !items.is_empty() {
            let number = |v: &Value<'_>| v.number().unwrap_or(f64::NAN);
            return Self::Numbers(items.iter().map(number).collect());
        }
        if items.iter().all(|v| matches!(v, Value::String(_))) {
            return Self::Texts(items.iter().map(Value::show).collect());
        }
        let labelled = items
            .iter()
            .map(|v| Some((v.at("label").label()?.into_owned(), v.at("score").number()?)));
        labelled.collect::<Option<Vec<_>>>().map_or(Self::Other, Self::Labelled)
    }

    /// The value as one of few: a truth value by any of its spellings. `None` if it is none; grades between are partial.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        let word = match self {
            Self::Bool(true) => return Some(Verdict::Right),
            Self::Bool(false) => return Some(Verdict::Wrong),
            Self::Number(n, _) if *n == 1.0 => return Some(Verdict::Right),
            Self::Number(n, _) if *n == 0.0 => return Some(Verdict::Wrong),
            Self::Number(n, _) if (0.0..1.0).contains(n) => return Some(Verdict::Partial),
            Self::Text(text) => text.to_ascii_lowercase(),
            _ => return None,
        };
        match word.as_str() {
            "yes" | "y" | "t" | "c" | "correct" | "right" | "pass" | "passed" | "success" | "ok" | "match" => {
                Some(Verdict::Right)
            }
            "no" | "n" | "f" | "i" | "incorrect" | "wrong" | "fail" | "failed" | "failure" | "mismatch" => {
                Some(Verdict::Wrong)
            }
            "p" | "partial" | "partially correct" => Some(Verdict::Partial),
            _ => None,
        }
    }

    /// The value as a short text: what a slice or class is called.
    #[must_use]
    pub fn label(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Bool(true) => Some("true".into()),
            Self::Bool(false) => Some("false".into()),
            Self::Number(n, spelling) => {
                let whole = n.fract() == 0.0 && n.abs() < 1e15;
                if whole && spelling.contains(['.', 'e', 'E', '+']) {
                    return Some(format!("{n:.0}").into());
                }
                Some(Cow::Borrowed(spelling))
            }
            Self::Percent(n) => Some(format!("{n}%").into()),
            Self::Text(text) => Some(Cow::Borrowed(text)),
            _ => None,
        }
    }

    /// The value as a number; a percentage as a fraction.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(n, _) => Some(*n),
            Self::Percent(n) => Some(n / 100.0),
            Self::Bool(b) => Some(f64::from(u8::from(*b))),
            _ => None,
        }
    }
}

/// A verdict read from a correctness column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Right.
    Right,
    /// Wrong.
    Wrong,
    /// Between the two.
    Partial,
}

fn trim(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// A list as pandas, NumPy and torch print it into a cell: `[0.1 0.2]`, `[0.1, 0.2]`, `['a' 'b']`,
/// `[np.float64(0.1), np.float64(0.2)]`, `array([0.1, 0.2], dtype=float32)`, `tensor([0.1, 0.2])`.
fn printed_list<'a>(text: &str) -> Option<Datum<'a>> {
    let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let inside = inside.or_else(|| {
        let (call, rest) = text.split_once("([")?;
        let known = ["array", "np.array", "numpy.array", "tensor", "torch.tensor"];
        let (inside, behind) = rest.rsplit_once(']')?;
        (known.contains(&call) && behind.ends_with(')')).then_some(inside)
    })?;
    let quoted = inside.contains(['\'', '"']);
    if quoted {
        let mut texts = Vec::new();
        let mut rest = inside;
        while let Some(start) = rest.find(['\'', '"']) {
            let quote = rest.as_bytes().get(start).copied().map(char::from)?;
            let tail = rest.get(start + 1..)?;
            let end = tail.find(quote)?;
            texts.push(tail.get(..end)?.to_owned());
            rest = tail.get(end + 1..)?;
        }
        return Some(Datum::Texts(texts));
    }
    let parts = inside.split(|c: char| c == ',' || c.is_whitespace());
    let parts = parts.filter(|part| !part.is_empty());
    let bare = |part: &'_ str| match part.strip_prefix("np.").and_then(|p| p.strip_suffix(')')) {
        Some(typed) => typed
            .split_once('(')
            .and_then(|(_, number)| parse_number(number.as_bytes())),
        None => parse_number(part.as_bytes()),
    };
    let numbers: Option<Vec<f64>> = parts.map(bare).collect();
    numbers.filter(|n| !n.is_empty()).map(Datum::Numbers)
}

impl Stats {
    /// Adds a value.
    pub fn add(&mut self, datum: &Datum<'_>) {
        self.rows += 1;
        match datum {
            Datum::Absent => return,
            Datum::Bool(_) => self.bools += 1,
            Datum::Number(n, _) => self.numbers.push(*n),
            Datum::Percent(n) => {
                self.percents += 1;
                self.numbers.push(*n);
            }
            Datum::Text(text) => {
                self.texts += 1;
                self.text_bytes += text.len();
                self.stated += usize::from(stated::find(text).is_some());
                self.durations += usize::from(duration(text).is_some());
            }
            Datum::Numbers(numbers) => self.add_vector(numbers.iter().copied()),
            Datum::Labelled(pairs) => {
                self.labelled += 1;
                self.add_vector(pairs.iter().map(|(_, score)| *score));
            }
            Datum::Texts(_) => self.lists += 1,
            Datum::Other => self.others += 1,
        }
        self.count += 1;
        self.verdicts += usize::from(datum.verdict().is_some());
        if let Some(label) = datum.label().filter(|l| self.distinct.len() <= 100 && l.len() <= 200) {
            self.distinct.insert(label.into_owned());
        }
    }

    fn add_vector(&mut self, numbers: impl Iterator<Item = f64> + Clone) {
        let width = numbers.clone().count();
        let first = self.vectors == 0;
        self.vectors += 1;
        let (low, high) = self.width;
        self.width = if first {
            (width, width)
        } else {
            (low.min(width), high.max(width))
        };
        let near = |sum: f64| (sum - 1.0).abs() < 0.02;
        let plain = near(numbers.clone().sum()) && numbers.clone().all(|n| (0.0..=1.0).contains(&n));
        let logs = near(numbers.clone().map(f64::exp).sum()) && numbers.clone().all(|n| n <= 0.0);
        let (all_plain, all_logs) = self.sums;
        self.sums = if first {
            (plain, logs)
        } else {
            (all_plain && plain, all_logs && logs)
        };
    }

    /// Smallest and largest number.
    #[must_use]
    pub fn range(&self) -> Option<(f64, f64)> {
        let low = self.numbers.iter().copied().reduce(f64::min)?;
        Some((low, self.numbers.iter().copied().reduce(f64::max)?))
    }

    /// Share of the values that are numbers is 9 of 10 or more.
    fn is_numeric(&self) -> bool {
        self.count > 0 && self.numbers.len() * 10 >= self.count * 9
    }

    /// Half of the values or more are numbers: enough where the name says what the column is.
    fn is_mostly_numeric(&self) -> bool {
        self.count > 0 && self.numbers.len() * 2 >= self.count
    }

    /// Half of the values or more are numbers or durations with their unit.
    fn is_mostly_duration(&self) -> bool {
        self.count > 0 && (self.numbers.len() + self.durations) * 2 >= self.count
    }

    /// Few different short values, so that it can be sliced by.
    fn is_category(&self) -> bool {
        self.distinct.len() <= 50 && self.is_repeated_name()
    }

    /// Short values that stand more than once each, however many.
    fn is_repeated_name(&self) -> bool {
        let different = self.distinct.len();
        let repeated = different * 2 <= self.count || different <= 2;
        let short = self.text_bytes <= self.texts * 60;
        self.count > 0 && different > 0 && repeated && short && self.others + self.vectors == 0
    }

    /// Three of four values or more read as right, wrong or partly right; the others are told one by one.
    fn is_verdict(&self) -> bool {
        self.count > 0 && self.verdicts * 4 >= self.count * 3 && self.distinct.len() <= 100
    }

    fn is_time(&self) -> bool {
        let stamp = |word: &String| instant(&Datum::of_text(Cow::Borrowed(word.as_str()), false)).is_some();
        self.count > 0 && !self.distinct.is_empty() && self.distinct.iter().take(5).all(stamp)
    }
}

/// `isCorrect`, `Is correct`, `metrics/is-correct` → `is_correct` parts; the whole in snake case.
#[must_use]
pub fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    let mut before = '_';
    for c in name.chars() {
        if c.is_alphanumeric() {
            if c.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit()) {
                out.push('_');
            }
            out.extend(c.to_lowercase());
        } else if !out.ends_with('_') && !out.is_empty() {
            out.push('_');
        }
        before = c;
    }
    out.trim_end_matches('_').to_owned()
}

/// A point in time as seconds since 1970 in UTC: a number of seconds, milli-, micro- or nanoseconds by its size, or text.
#[must_use]
pub fn instant(datum: &Datum<'_>) -> Option<f64> {
    match datum {
        Datum::Number(n, _) if *n >= 1e17 => Some(n / 1e9),
        Datum::Number(n, _) if *n >= 1e14 => Some(n / 1e6),
        Datum::Number(n, _) if *n >= 1e11 => Some(n / 1e3),
        Datum::Number(n, _) if *n >= 0.0 => Some(*n),
        Datum::Text(text) => moment::secs(text),
        _ => None,
    }
}

/// Units at the end of a name, with their length in seconds.
const UNITS: &[(&str, f64)] = &[
    ("_milliseconds", 1e-3),
    ("_millis", 1e-3),
    ("_msec", 1e-3),
    ("_ms", 1e-3),
    ("_microseconds", 1e-6),
    ("_us", 1e-6),
    ("_nanoseconds", 1e-9),
    ("_ns", 1e-9),
    ("_minutes", 60.0),
    ("_min", 60.0),
    ("_seconds", 1.0),
    ("_secs", 1.0),
    ("_sec", 1.0),
    ("_s", 1.0),
];

/// A duration written with its unit, in seconds: `1.2s`, `850 ms`, `1,2 s`, `0:00:01.25`, `0 days 00:00:01.25`. `None` for anything else; a comma before three
/// digits may stand between thousands, so such a number is none.
#[must_use]
pub fn duration(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.contains(':') {
        return clock(text);
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && !"+-.,eE".contains(c))?;
    let (number, word) = text.split_at_checked(end)?;
    let seconds = match word.trim().to_lowercase().as_str() {
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "ms" | "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" => 1e-3,
        "us" | "µs" | "μs" | "usec" | "microseconds" => 1e-6,
        "ns" | "nsec" | "nanoseconds" => 1e-9,
        "min" | "mins" | "minute" | "minutes" => 60.0,
        _ => return None,
    };
    let plain = match number.split_once(',') {
        None => Cow::Borrowed(number),
        Some((whole, part)) if part.len() != 3 || matches!(whole, "0" | "-0") => number.replace(',', ".").into(),
        Some(_) => return None,
    };
    parse_number(plain.as_bytes())
        .filter(|n| n.is_finite())
        .map(|n| n * seconds)
}

/// Hours, minutes and seconds with colons, days before them, as Python and pandas print a time difference.
fn clock(text: &str) -> Option<f64> {
    let behind = ["days,", "day,", "days"].iter().find_map(|word| text.split_once(word));
    let (days, time) = match behind {
        Some((days, time)) => (days.trim().parse::<u32>().ok()?, time.trim()),
        None => (0, text),
    };
    let mut parts = time.split(':');
    let (hours, minutes, seconds) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = |part: &str| part.parse::<u32>().ok().filter(|_| part.len() <= 2);
    let (hours, minutes) = (whole(hours)?, whole(minutes).filter(|m| *m < 60)?);
    let seconds = parse_number(seconds.as_bytes()).filter(|s| (0.0..60.0).contains(s))?;
    let before = (f64::from(days) * 24.0 + f64::from(hours)) * 60.0 + f64::from(minutes);
    parts.next().is_none().then_some(before * 60.0 + seconds)
}

/// The unit a name ends in, in seconds, and the name without it.
#[must_use]
pub fn unit(snake: &str) -> (&str, Option<f64>) {
    for (suffix, seconds) in UNITS {
        if let Some(base) = snake.strip_suffix(suffix) {
            return (base.strip_suffix("_in").unwrap_or(base), Some(*seconds));
        }
    }
    (snake, None)
}

/// The seconds one unit of a duration column stands for, and how that is known, for the list of roles. `None` for a column
/// whose values mostly have units of their own: a bare number in it says nothing.
#[must_use]
pub fn duration_unit(name: &str, stats: &Stats) -> (Option<f64>, String) {
    let name = snake(name);
    let own = if stats.durations > 0 {
        "each value as its unit says"
    } else {
        ""
    };
    if let (_, Some(seconds)) = unit(&name) {
        let words = format!("{} by its name", unit_word(seconds));
        let words = if own.is_empty() {
            words
        } else {
            format!("{own}, others {words}")
        };
        return (Some(seconds), words);
    }
    if stats.durations > stats.numbers.len() {
        return (None, own.to_owned());
    }
    let mut sorted = stats.numbers.clone();
    sorted.sort_by(f64::total_cmp);
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
    let seconds = if median < 50.0 {
        1.0
    } else if median < 1e6 {
        1e-3
    } else if median < 1e9 {
        1e-6
    } else {
        1e-9
    };
    (Some(seconds), format!("{} by its size", unit_word(seconds)))
}

fn unit_word(seconds: f64) -> &'static str {
    if seconds >= 60.0 {
        "minutes"
    } else if seconds >= 1.0 {
        "seconds"
    } else if seconds >= 1e-3 {
        "milliseconds"
    } else if seconds >= 1e-6 {
        "microseconds"
    } else {
        "nanoseconds"
    }
}

/// A column with its role.
#[derive(Clone, Debug)]
pub struct Column {
    /// Keys from the record to the value; for a delimited table the one name.
    pub path: Vec<String>,
    /// The path with points.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// What was seen of it.
    pub stats: Stats,
    /// What the commas in its numbers are, in a delimited table.
    pub comma: Comma,
}

impl Column {
    /// A column whose role is not known yet.
    #[must_use]
    pub fn new(path: Vec<String>, stats: Stats) -> Self {
        Self {
            name: path.join("."),
            path,
            role: Role::Skip,
            stats,
            comma: Comma::Absent,
        }
    }

    /// A cell of this column in a delimited table.
    #[must_use]
    pub fn datum<'a>(&self, cell: Cow<'a, str>) -> Datum<'a> {
        match self.comma {
            Comma::Thousands if cell.starts_with(|c: char| c.is_ascii_digit() || "+-".contains(c)) => {
                Datum::of_text(cell.replace(',', "").into(), false)
            }
            comma => Datum::of_text(cell, comma == Comma::Decimal),
        }
    }

    /// Whether the name is one of a column of numbers.
    #[must_use]
    pub fn is_named_as_number(&self) -> bool {
        let numbers = [
            Role::Confidence,
            Role::Score,
            Role::Ttft,
            Role::Latency,
            Role::TokensIn,
            Role::TokensOut,
            Role::Cost,
        ];
        numbers.into_iter().any(|role| self.rank(role).is_some())
    }

    /// Names to look up, the whole one first, then the last part; whether it is the model's input.
    fn names(&self) -> (Vec<String>, bool) {
        let whole = snake(&self.name);
        let leaf = self.name.rsplit(['.', '/']).next().unwrap_or(&self.name);
        let mut names = vec![whole.clone(), snake(leaf)];
        names.dedup();
        let first = self.name.split(['.', '/']).next().map(snake).unwrap_or_default();
        let input =
            names.len() > 1 && matches!(first.as_str(), "input" | "inputs" | "vars" | "doc" | "trace" | "spans");
        if names.len() > 1 {
            match first.as_str() {
                "reference" | "references" | "expected" | "target" | "gold" | "ground_truth" => {
                    names = vec!["reference".to_owned()];
                }
                "output" | "outputs" | "prediction" => names.push("output".to_owned()),
                _ => {}
            }
        }
        (names, input)
    }

    /// How well the column's name suits a role: the position in the list of names, plus 100 a step down its path.
    fn rank(&self, role: Role) -> Option<usize> {
        let (names, input) = self.names();
        if input {
            return None;
        }
        let (_, list) = NAMES.iter().find(|(r, _)| *r == role)?;
        names.iter().enumerate().find_map(|(step, name)| {
            let bare = match role {
                Role::Latency | Role::Ttft => unit(name).0,
                Role::Start | Role::End => unit(name).0,
                Role::Confidence => name
                    .strip_suffix("_percent")
                    .or(name.strip_suffix("_pct"))
                    .unwrap_or(name),
                _ => name.as_str(),
            };
            let at = list.split(' ').position(|known| known == bare || known == name)?;
            Some(at + step * 100)
        })
    }

    /// Whether the values suit a role.
    fn suits(&self, role: Role) -> bool {
        let stats = &self.stats;
        match role {
            Role::Correct => stats.is_verdict(),
            Role::Vector => {
                let all = stats.vectors > 0 && stats.vectors * 10 >= stats.count * 9;
                // Of labels with their scores, a pipeline writes the best alone if it is not asked for all.
                let least = if stats.labelled == stats.vectors { 1 } else { 2 };
                all && stats.width.0 >= least && stats.width.0 == stats.width.1
            }
            Role::Latency | Role::Ttft => stats.is_mostly_duration(),
            Role::Confidence | Role::TokensIn | Role::TokensOut | Role::Cost | Role::Score | Role::Epoch => {
                stats.is_mostly_numeric()
            }
            Role::Truth | Role::Predicted => {
                let whole = stats.numbers.iter().filter(|n| n.fract() == 0.0).count();
                let continuous = whole * 2 < stats.numbers.len();
                stats.count > 0 && stats.others == 0 && stats.vectors == 0 && !continuous
            }
            Role::Start | Role::End => stats.is_time(),
            Role::Failure => stats.lists > 0 || (stats.texts > 0 && stats.distinct.len() <= 100) || stats.count == 0,
            Role::Error => stats.texts + stats.bools + stats.others > 0 || stats.count == 0,
            Role::Cached | Role::TimedOut => stats.bools > 0 && stats.is_verdict(),
            // Variants of an item, one of them clean, are no prompts to tell runs apart by.
            Role::Prompt if stats.distinct.iter().any(|value| is_clean(value)) && stats.distinct.len() > 1 => false,
            // Verdicts under the name “judge” are no names of judges.
            Role::Scorer if stats.is_verdict() => false,
            Role::Model => stats.is_repeated_name() && stats.texts > 0,
            Role::Task | Role::Prompt | Role::Scorer => {
                stats.is_category() && stats.distinct.len() <= 30 && stats.texts > 0
            }
            Role::Cluster => stats.count > 0 && stats.vectors + stats.others == 0,
            Role::Id => {
                // One name for all rows is that of a scorer or task; one id for all is a sample that was repeated.
                let differs = stats.distinct.len() != 1 || stats.rows < 2 || snake(&self.name) != "name";
                differs && stats.texts + stats.numbers.len() > 0 && stats.vectors + stats.others == 0
            }
            _ => false,
        }
    }
}

/// Whether a value says that an input was not perturbed.
fn is_clean(value: &str) -> bool {
    matches!(
        value.trim().to_lowercase().as_str(),
        "clean" | "original" | "unperturbed" | "unmodified"
    )
}

/// Gives every column its role.
pub fn assign(columns: &mut [Column]) {
    for (role, _) in NAMES {
        let best = columns
            .iter()
            .enumerate()
            .filter(|(_, column)| column.role == Role::Skip && column.suits(*role))
            .filter_map(|(i, column)| Some((column.rank(*role)?, i)));
        // Several confidences are all kept, best first; of any other role, the best only.
        let mut best: Vec<(usize, usize)> = best.collect();
        best.sort_unstable();
        if *role != Role::Confidence {
            best.truncate(1);
        }
        for (_, i) in best {
            if let Some(column) = columns.get_mut(i) {
                column.role = *role;
            }
        }
    }
    assign_wide(columns);
    settle_answer(columns);
    settle_score(columns);
    assign_rest(columns);
}

/// Columns `prob_cat`, `prob_dog`, … belong together as one vector.
fn assign_wide(columns: &mut [Column]) {
    if columns.iter().any(|c| c.role == Role::Vector) {
        return;
    }
    for prefix in [
        "prob",
        "proba",
        "probability",
        "probs",
        "probabilities",
        "p",
        "class",
        "logit",
        "logits",
        "score",
        "scores",
    ] {
        let members: Vec<usize> = columns
            .iter()
            .enumerate()
            .filter(|(_, c)| class_of(&c.name, prefix).is_some() && c.stats.is_numeric())
            .filter(|(_, c)| matches!(c.role, Role::Skip | Role::Confidence))
            .map(|(i, _)| i)
            .collect();
        if members.len() < 2 {
            continue;
        }
        let rows = members
            .iter()
            .filter_map(|&i| columns.get(i))
            .map(|c| c.stats.numbers.len())
            .min();
        let sum = |row: usize| {
            members
                .iter()
                .filter_map(|&i| columns.get(i)?.stats.numbers.get(row))
                .sum::<f64>()
        };
        let near = (0..rows.unwrap_or(0)).all(|row| (sum(row) - 1.0).abs() < 0.02);
        if near || prefix.starts_with("logit") {
            for i in members {
                if let Some(column) = columns.get_mut(i) {
                    column.role = Role::Wide;
                }
            }
            return;
        }
    }
}

/// The class a column `prefix_class` or `prefix.class` is the probability of.
#[must_use]
pub fn class_of<'n>(name: &'n str, prefix: &str) -> Option<&'n str> {
    let head = name.get(..prefix.len())?;
    let tail = name.get(prefix.len()..)?;
    let class = tail.strip_prefix(['_', '.', ' ', '-'])?;
    (head.eq_ignore_ascii_case(prefix) && !class.is_empty()).then_some(class)
}

/// A lone `answer`, taken for the truth, is the prediction when no other column is one but another could be the truth.
fn settle_answer(columns: &mut [Column]) {
    let has = |columns: &[Column], role: Role| columns.iter().any(|c| c.role == role);
    let given = [Role::Predicted, Role::Vector, Role::Wide];
    if given.into_iter().any(|role| has(columns, role)) {
        return;
    }
    let answer = columns
        .iter_mut()
        .find(|c| c.role == Role::Truth && snake(&c.name) == "answer");
    if let Some(column) = answer {
        column.role = Role::Predicted;
    }
}

/// `score` beside a truth or a verdict, with no other probability, is the probability of the answer.
fn settle_score(columns: &mut [Column]) {
    let has = |role: Role| columns.iter().any(|c| c.role == role);
    let alone = !has(Role::Confidence) && !has(Role::Vector) && !has(Role::Wide);
    if !alone || !(has(Role::Truth) || has(Role::Correct)) {
        return;
    }
    let score = columns.iter_mut().find(|c| c.role == Role::Score);
    let fraction = |c: &Column| c.stats.range().is_some_and(|(low, high)| low >= 0.0 && high <= 1.0);
    let own = score.filter(|c| is_answers_score(&c.name) && fraction(c) && c.stats.distinct.len() > 2);
    if let Some(column) = own {
        column.role = Role::Confidence;
        settle_pipeline(columns);
    }
}

/// Whether a score is the answer's own: `score`, or that of the prediction; not a metric's or judge's (`f1`, `brevity/score`).
fn is_answers_score(name: &str) -> bool {
    let (first, leaf) = name.split_once(['.', '/']).unwrap_or(("prediction", name));
    let given = ["prediction", "predictions", "pred", "output", "outputs", "result"];
    snake(leaf) == "score" && given.contains(&snake(first).as_str())
}

/// A text `label` with a `score` that is never below what the best of two classes must have, and nothing else that
/// could be an answer: what a classification pipeline writes, so the label is the prediction and there is no truth.
fn settle_pipeline(columns: &mut [Column]) {
    let answers = [Role::Predicted, Role::Correct];
    let best = |c: &Column| c.role == Role::Confidence && c.stats.range().is_some_and(|(low, _)| low >= 0.5);
    if columns.iter().any(|c| answers.contains(&c.role)) || !columns.iter().any(best) {
        return;
    }
    let written = |c: &Column| c.role == Role::Truth && snake(&c.name) == "label" && c.stats.texts == c.stats.count;
    if let Some(column) = columns.iter_mut().find(|c| written(c)) {
        column.role = Role::Predicted;
    }
}

/// The role of a field that appears late in a file because it is there only where something happened: an error, an
/// answer from the cache, a time-out, a failure category. `None` for every other name.
#[must_use]
pub fn role_of_event(name: &str) -> Option<Role> {
    let name = snake(name);
    let events = [Role::Failure, Role::Error, Role::Cached, Role::TimedOut];
    let (role, _) = NAMES
        .iter()
        .find(|(role, names)| events.contains(role) && names.split(' ').any(|known| known == name))?;
    Some(*role)
}

/// What no role took: slices, attributes.
fn assign_rest(columns: &mut [Column]) {
    for column in columns {
        if column.role != Role::Skip {
            continue;
        }
        let stats = &column.stats;
        let numeric = stats.is_numeric() && stats.texts == 0;
        let codes = stats.distinct.len() <= 12 && stats.distinct.len() * 4 <= stats.count;
        let whole = stats.numbers.iter().all(|n| n.fract() == 0.0);
        column.role = if numeric && !(whole && codes && stats.is_category()) {
            Role::Attribute
        } else if stats.is_category() {
            Role::Slice
        } else {
            Role::Skip
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, values: &[&str]) -> Column {
        let mut stats = Stats::default();
        for value in values {
            stats.add(&Datum::of_text(Cow::Borrowed(value), false));
        }
        Column::new(vec![name.to_owned()], stats)
    }

    fn roles(mut columns: Vec<Column>) -> Vec<Role> {
        assign(&mut columns);
        columns.iter().map(|c| c.role).collect()
    }

    #[test]
    fn usual_tables_get_their_roles() {
        let table = vec![
            column("id", &["0", "1", "2", "3"]),
            column("y_true", &["0", "1", "0", "1"]),
            column("y_pred", &["0", "1", "1", "1"]),
            column("y_prob", &["0.1", "0.9", "0.7", "0.8"]),
            column("segment", &["small", "large", "small", "small"]),
            column("latencyMs", &["9.5", "8.1", "7", "6"]),
        ];
        let expected = [
            Role::Id,
            Role::Truth,
            Role::Predicted,
            Role::Confidence,
            Role::Slice,
            Role::Latency,
        ];
        assert_eq!(roles(table), expected);
    }

    #[test]
    fn answer_beside_gold_is_the_prediction() {
        let table = vec![column("answer", &["0", "1"]), column("gold", &["0", "2"])];
        assert_eq!(roles(table), [Role::Predicted, Role::Truth]);
    }

    #[test]
    fn score_beside_a_verdict_is_a_probability_if_there_is_no_other() {
        let table = |other: &str| {
            vec![
                column("correct", &["true", "true", "false"]),
                column(other, &["0.2", "0.4", "0.9"]),
                column("score", &["0.3", "0.9", "0.5"]),
            ]
        };
        assert_eq!(roles(table("length"))[2], Role::Confidence);
        assert_eq!(roles(table("confidence"))[2], Role::Score);
    }

    #[test]
    fn wide_probabilities_must_add_up() {
        let table = |b: &str| vec![column("p_cat", &["0.3", "0.9"]), column("p_dog", &[b, "0.1"])];
        assert_eq!(roles(table("0.7")), [Role::Wide, Role::Wide]);
        assert!(!roles(table("0.9")).contains(&Role::Wide));
    }

    #[test]
    fn names_are_compared_in_snake_case() {
        assert_eq!(snake("isCorrect"), "is_correct");
        assert_eq!(snake("Latency (ms)"), "latency_ms");
        assert_eq!(unit("latency_ms"), ("latency", Some(1e-3)));
        assert_eq!(unit("latency_in_ms"), ("latency", Some(1e-3)));
    }

    #[test]
    fn answer_beside_a_prediction_is_the_truth() {
        let table = vec![column("answer", &["a", "b"]), column("prediction", &["a", "c"])];
        assert_eq!(roles(table), [Role::Truth, Role::Predicted]);
    }

    #[test]
    fn one_odd_verdict_does_not_hide_the_column() {
        let mut values = ["true", "false"].repeat(10);
        values.push("maybe");
        assert_eq!(roles(vec![column("correct", &values)]), [Role::Correct]);
        assert_ne!(roles(vec![column("correct", &["maybe", "true"])]), [Role::Correct]);
    }

    #[test]
    fn the_score_of_a_metric_is_no_probability_of_the_answer() {
        let table = |score: &str| {
            vec![
                column("target", &["a", "b", "c"]),
                column("outputs", &["a", "b", "d"]),
                column(score, &["0.5", "0.3", "0.9"]),
            ]
        };
        assert_eq!(roles(table("score"))[2], Role::Confidence);
        assert_eq!(roles(table("prediction.score"))[2], Role::Confidence);
        assert_eq!(roles(table("brevity/score"))[2], Role::Score);
        assert_eq!(roles(table("f1"))[2], Role::Score);
    }

    #[test]
    fn the_label_of_a_pipeline_is_its_prediction() {
        let table = |scores: &[&str]| vec![column("label", &["POS", "NEG", "POS"]), column("score", scores)];
        assert_eq!(
            roles(table(&["0.9", "0.6", "0.7"])),
            [Role::Predicted, Role::Confidence]
        );
        assert_eq!(roles(table(&["0.9", "0.1", "0.7"])), [Role::Truth, Role::Confidence]);
    }

    #[test]
    fn durations_have_units() {
        for (text, secs) in [
            ("1.2s", Some(1.2)),
            ("850 ms", Some(0.85)),
            ("1,5 s", Some(1.5)),
            ("2 min", Some(120.0)),
            ("0:00:01.25", Some(1.25)),
            ("1 days 00:01:02.5", Some(86_462.5)),
            ("1 day, 0:00:03", Some(86_403.0)),
            ("01:25", None),
            ("12:75:10", None),
            ("1,250 ms", None),
            ("12", None),
            ("5 samples", None),
            ("s", None),
        ] {
            assert_eq!(duration(text), secs, "{text}");
        }
        assert_eq!(
            roles(vec![column("latency", &["1.2s", "850 ms", "2 s"])]),
            [Role::Latency]
        );
    }

    #[test]
    fn lists_are_read_however_they_were_printed() {
        for text in [
            "[0.25 0.75]",
            "[0.25, 0.75]",
            "[np.float64(0.25), np.float32(0.75)]",
            "array([0.25, 0.75], dtype=float32)",
            "tensor([0.25, 0.75])",
        ] {
            let read = Datum::of_text(Cow::Borrowed(text), false);
            assert_eq!(read, Datum::Numbers(vec![0.25, 0.75]), "{text}");
        }
        let name = Datum::of_text(Cow::Borrowed("range([0.25])"), false);
        assert!(matches!(name, Datum::Text(_)));
    }
}
