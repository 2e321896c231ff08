//! A number in a link is a claim; compared with the original files it is evidence.

use serde::{Deserialize, Serialize};

use super::Review;
use crate::estimate::Estimate;
use crate::report::{InputFile, Report};

/// What comparing said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The same.
    Verified,
    /// Not the same.
    Different,
    /// The file was not opened, or the number cannot be computed from what was.
    #[default]
    Absent,
}

impl Standing {
    /// The word shown for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Different => "different",
            Self::Absent => "absent",
        }
    }
}

/// A file that the review names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCheck {
    /// Name in the review.
    pub name: String,
    /// Whether a file of this hash (or, if different, of this name) was opened.
    pub standing: Standing,
}

/// A number that the review claims.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NumberCheck {
    /// Name of the run.
    pub run: String,
    /// Id of the metric.
    pub metric: String,
    /// As claimed.
    pub claimed: Estimate,
    /// As computed from the files; `None` if it cannot be.
    pub computed: Option<Estimate>,
    /// Whether they agree.
    pub standing: Standing,
}

/// A review held against the original files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verification {
    /// Every file the review names.
    pub files: Vec<FileCheck>,
    /// Every number it claims.
    pub numbers: Vec<NumberCheck>,
    /// The whole in a sentence.
    pub sentence: String,
}

/// Holds `claimed` against `files` that were opened and `computed`, the reports recomputed from them with the options
/// of the review.
///
/// `tolerance`: for a claimed estimate, how far a number may lie from the computed one in the unit of the estimate: 0 for
/// a `.review.json`, the stated quantisation for a link. A hash may be a prefix of at least 32 hex digits, as links carry.
#[must_use]
pub fn verify(
    claimed: &Review,
    files: &[InputFile],
    computed: &[Report],
    tolerance: impl Fn(&Estimate) -> f64,
) -> Verification {
    let files: Vec<FileCheck> = claimed.files().iter().map(|file| check_file(file, files)).collect();
    let mut numbers = Vec::new();
    for report in &claimed.reports {
        let own = computed.iter().find(|own| own.meta.name == report.meta.name);
        for (metric, estimate) in report.metrics.iter().filter(|(_, estimate)| estimate.value.is_some()) {
            let found = own
                .and_then(|own| own.metrics.get(metric))
                .filter(|own| own.value.is_some());
            numbers.push(NumberCheck {
                run: report.meta.name.clone(),
                metric: metric.clone(),
                claimed: estimate.clone(),
                computed: found.cloned(),
                standing: match found {
                    None => Standing::Absent,
                    Some(found) if agree(estimate, found, tolerance(estimate)) => Standing::Verified,
                    Some(_) => Standing::Different,
                },
            });
        }
    }
    let gone = |report: &&Report| computed.iter().all(|own| own.meta.name != report.meta.name);
    let gone: Vec<&Report> = claimed.reports.iter().filter(gone).collect();
    let sentence = sentence(&files, &numbers, &gone);
    Verification {
        files,
        numbers,
        sentence,
    }
}

fn check_file(claimed: &InputFile, opened: &[InputFile]) -> FileCheck {
    let is_same = |file: &InputFile| {
        let hash = claimed.sha256.to_lowercase();
        hash.len() >= 32 && file.sha256.starts_with(&hash)
    };
    let standing = if opened.iter().any(is_same) {
        Standing::Verified
    } else if opened.iter().any(|file| file.name == claimed.name) {
        Standing::Different
    } else {
        Standing::Absent
    };
    FileCheck {
        name: claimed.name.clone(),
        standing,
    }
}

/// Whether value, both ends and n are the same within `tolerance` (and the last bits of a sum).
fn agree(a: &Estimate, b: &Estimate, tolerance: f64) -> bool {
    let near = |x: Option<f64>, y: Option<f64>| match (x, y) {
        (Some(x), Some(y)) => (x - y).abs() <= tolerance.max(1e-9 * x.abs().max(y.abs())),
        (None, None) => true,
        _ => false,
    };
    a.n == b.n && near(a.value, b.value) && near(a.low, b.low) && near(a.high, b.high)
}

/// How many numbers differ and how many could not be checked, `gone` being the runs that are not in the files.
fn outcome(numbers: &[NumberCheck], gone: &[&Report]) -> String {
    let count = |of: Standing| numbers.iter().filter(|number| number.standing == of).count();
    let (differing, absent) = (count(Standing::Different), count(Standing::Absent));
    let total = crate::text::counted(numbers.len() as u64, "number");
    let of = |some: usize| format!("{} of {total}", crate::text::count(some as u64));
    let names: Vec<String> = gone.iter().map(|report| format!("“{}”", report.meta.name)).collect();
    let why = match names.as_slice() {
        [] => String::new(),
        [one] => format!(", since the run {one} is not in these files"),
        many => format!(", since the runs {} are not in these files", crate::text::list(many)),
    };
    match (differing, absent) {
        (_, 0) => format!("{} differ", of(differing)),
        (0, _) => format!("{} could not be checked{why}", of(absent)),
        _ => format!(
            "{} differ and {} could not be checked{why}",
            of(differing),
            crate::text::count(absent as u64)
        ),
    }
}

fn sentence(files: &[FileCheck], numbers: &[NumberCheck], gone: &[&Report]) -> String {
    let count = |of: Standing| numbers.iter().filter(|number| number.standing == of).count() as u64;
    let names = |of: Standing| -> Vec<String> {
        files
            .iter()
            .filter(|file| file.standing == of)
            .map(|file| format!("“{}”", file.name))
            .collect()
    };
    let (absent, different) = (names(Standing::Absent), names(Standing::Different));
    let total = crate::text::counted(numbers.len() as u64, "number");
    if !different.is_empty() {
        return format!(
            "Different: {} changed since the review; {}.",
            crate::text::list(&different),
            outcome(numbers, gone)
        );
    }
    if !absent.is_empty() {
        return format!("File absent: open {} to verify the rest.", crate::text::list(&absent));
    }
    match (count(Standing::Different), count(Standing::Absent)) {
        (0, 0) => format!("Verified: the files are those of the review, and all of {total} come out the same."),
        (0, missing) => format!(
            "The files are those of the review; {} of {total} could not be computed again.",
            crate::text::count(missing)
        ),
        (differing, _) => format!(
            "Different: the files are those of the review, but {} of {total} come out otherwise.",
            crate::text::count(differing)
        ),
    }
}
