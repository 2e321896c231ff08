//! Where a link of a given length can be sent, and what could be left out of it.

use crate::report::Report;
use crate::review::Review;

/// A way to send a link, and the most characters it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its name.
    pub name: &'static str,
    /// Characters of the whole address.
    pub most: usize,
}

/// The ways, by rising limit.
pub const CHANNELS: [Channel; 7] = [
    Channel {
        name: "everywhere",
        most: 2_000,
    },
    Channel {
        name: "Slack",
        most: 3_900,
    },
    Channel {
        name: "Teams",
        most: 28_000,
    },
    Channel {
        name: "a Jira comment",
        most: 32_767,
    },
    Channel {
        name: "a GitHub comment",
        most: 65_536,
    },
    Channel {
        name: "Firefox",
        most: 1 << 20,
    },
    Channel {
        name: "Chromium",
        most: 2 << 20,
    },
];

/// Something that a link can do without. Nothing is left out unless somebody asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Omission {
    /// Pinned samples.
    Pins,
    /// Notes that are settled.
    SettledNotes,
    /// All but the five newest notes.
    OlderNotes,
    /// Ids of newly failing and newly passing samples; their numbers stay.
    ChangedSamples,
    /// Slices, but for those that a gate names.
    Slices,
    /// Bands and curves beside the main ones: risk against coverage, the band around the diagonal, the latency histogram.
    SideCurves,
}

impl Omission {
    /// Every one, the least loss first.
    pub const ALL: [Self; 6] = [
        Self::Pins,
        Self::SettledNotes,
        Self::ChangedSamples,
        Self::OlderNotes,
        Self::SideCurves,
        Self::Slices,
    ];

    /// What it is called.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Pins => "pinned samples",
            Self::SettledNotes => "settled notes",
            Self::OlderNotes => "notes but the five newest",
            Self::ChangedSamples => "ids of samples that changed",
            Self::Slices => "slices that no gate names",
            Self::SideCurves => "risk–coverage curves, calibration bands and latency histograms",
        }
    }
}

/// What an omission would save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saving {
    /// What is left out.
    pub omission: Omission,
    /// Characters of the link that it saves.
    pub characters: usize,
}

/// What could be left out of the link of `review` and what each alone would save; only what saves something.
#[must_use]
pub fn omissions(review: &Review) -> Vec<Saving> {
    let length = |review: &Review| super::encode(review).map_or(0, |link| link.len());
    let whole = length(review);
    let saving = |omission| Saving {
        omission,
        characters: whole.saturating_sub(length(&without(review, &[omission]))),
    };
    Omission::ALL
        .into_iter()
        .map(saving)
        .filter(|saving| saving.characters > 0)
        .collect()
}

/// `review` without what is named.
#[must_use]
pub fn without(review: &Review, omissions: &[Omission]) -> Review {
    let mut left = review.clone();
    for omission in omissions {
        match omission {
            Omission::Pins => left.state.pins.clear(),
            Omission::SettledNotes => left.state.notes.retain(|note| !note.is_done),
            Omission::OlderNotes => {
                let older = left.state.notes.len().saturating_sub(5);
                left.state.notes.drain(..older);
            }
            Omission::ChangedSamples => each_report(&mut left, |report| {
                if let Some(flips) = report.comparison.as_mut().and_then(|own| own.flips.as_mut()) {
                    flips.failing_ids.clear();
                    flips.passing_ids.clear();
                }
            }),
            Omission::Slices => without_slices(&mut left),
            Omission::SideCurves => each_report(&mut left, without_side_curves),
        }
    }
    // The history would bring back what was left out.
    left.events.clear();
    left
}

fn each_report(review: &mut Review, change: impl Fn(&mut Report)) {
    for report in &mut review.reports {
        change(report);
        if let Some(comparison) = &mut report.comparison {
            change(&mut comparison.baseline);
        }
    }
}

fn without_slices(review: &mut Review) {
    let asks = review
        .state
        .policy
        .as_ref()
        .map(|policy| policy.asks())
        .unwrap_or_default();
    each_report(review, |report| {
        if let crate::report::Section::Ready(slices) = &mut report.slices {
            let is_named = |row: &crate::report::SliceRow| matches!(row.conditions.as_slice(), [one] if asks.iter().any(|ask| ask.slice.as_ref() == Some(one)));
            slices.rows.retain(is_named);
            slices.weak.retain(is_named);
        }
    });
}

fn without_side_curves(report: &mut Report) {
    if let crate::report::Section::Ready(calibration) = &mut report.calibration {
        calibration.risk_coverage.clear();
        calibration.selective.clear();
        calibration.corp_band.clear();
    }
    if let crate::report::Section::Ready(latency) = &mut report.latency {
        latency.histogram.clear();
    }
}
