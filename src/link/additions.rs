//! What was added to a review after format 1 was frozen. Additions stand at the end of a link, their number first: a link
//! that has none is what it always was, and a program that does not know one says that the link is newer.
//!
//! To add a field: give it the next number here, tell it only where it is not empty, and leave what is frozen alone.

use super::estimate::Known;
use super::wire::{Done, Fault, Wire};
use crate::estimate::Unit;
use crate::report::{Ask, Report, Section, confirmed, most_changed, no_answers};
use crate::review::{Review, Verdicts};

/// Additions that this program knows.
const KNOWN: u64 = 5;

/// What format 1 cannot hold, taken out of a review before it is told.
pub(super) struct Aside {
    looks: u32,
    verdicts: Vec<Verdicts>,
    /// Of each report, whether its bounds were measured for the policy.
    are_asked: Vec<bool>,
}

/// Takes out the looks that the policy declares, with what follows from them: bounds are told as asked for without them, and
/// verdicts only when a reader knows of the looks.
pub(super) fn set_aside(review: &mut Review) -> Option<Aside> {
    let policy = review.state.policy.as_mut()?;
    let looks = policy.looks?;
    let with_looks = policy.asks();
    policy.looks = None;
    let without = policy.asks();
    let are_asked = review
        .reports
        .iter_mut()
        .map(|report| ask_anew(report, &with_looks, &without))
        .collect();
    Some(Aside {
        looks,
        verdicts: std::mem::take(&mut review.verdicts),
        are_asked,
    })
}

/// Whether the bounds of `report` are those of `before`; they are then called those of `after`.
fn ask_anew(report: &mut Report, before: &[Ask], after: &[Ask]) -> bool {
    let are_asked = before.len() == after.len() && report.bounds.iter().map(|own| &own.ask).eq(before);
    if are_asked {
        for (bound, ask) in report.bounds.iter_mut().zip(after) {
            bound.ask.clone_from(ask);
        }
    }
    are_asked
}

/// The additions of a review. 1: the second judgement that a run's own is held against. 2: how often answers change under
/// perturbation. 3: what became of weak slices in the other half. 4: the test of latency that allows for other spreads. 5:
/// the looks that the policy declares, and the verdicts then.
pub(super) fn additions(wire: &mut Wire, review: &mut Review, aside: Option<Aside>) -> Done {
    let any = |is_there: fn(&Report) -> bool| review.reports.iter().any(is_there);
    let are_there = [
        any(is_judged),
        any(is_changed),
        any(is_halved),
        any(has_other_spread),
        aside.is_some(),
    ];
    let last = are_there.iter().rposition(|is_there| *is_there);
    let mut count = last.map_or(0, |place| place as u64 + 1);
    wire.count(0x7f0, &mut count)?;
    if count > KNOWN {
        return Err(Fault::Newer);
    }
    let of_report = [judged, changed, halved, other_spread];
    for report in &mut review.reports {
        for addition in of_report.iter().take(count as usize) {
            addition(wire, report)?;
        }
    }
    if count > of_report.len() as u64 {
        looks(wire, review, aside)?;
    }
    Ok(())
}

/// The declared looks, and what was set aside for them.
fn looks(wire: &mut Wire, review: &mut Review, aside: Option<Aside>) -> Done {
    let mut looks = aside.as_ref().map_or(0, |aside| u64::from(aside.looks));
    wire.count(0x7f5, &mut looks)?;
    if looks == 0 {
        return Ok(());
    }
    let (verdicts, asked) = aside.map(|aside| (aside.verdicts, aside.are_asked)).unwrap_or_default();
    let policy = review.state.policy.as_mut().ok_or(Fault::Nonsense)?;
    let without = policy.asks();
    policy.looks = Some(u32::try_from(looks).map_err(|_| Fault::Nonsense)?);
    let with_looks = policy.asks();
    for (place, report) in review.reports.iter_mut().enumerate() {
        let mut are_asked = asked.get(place).copied().unwrap_or(false);
        wire.flag(0x7f6, &mut are_asked)?;
        if are_asked {
            ask_anew(report, &without, &with_looks);
        }
    }
    review.verdicts = verdicts;
    super::verdicts::verdicts(wire, review)
}

fn is_changed(report: &Report) -> bool {
    let variants = report.robustness.ready().map(|own| own.variants.as_slice());
    let is_told = |changed: &crate::estimate::Estimate| changed.value.is_some() || !changed.why.is_empty();
    variants.unwrap_or_default().iter().any(|own| is_told(&own.changed))
}

/// How often answers change under each variant, or that none are stated.
fn changed(wire: &mut Wire, report: &mut Report) -> Done {
    let Section::Ready(robustness) = &mut report.robustness else {
        return Ok(());
    };
    for variant in &mut robustness.variants {
        let mut is_absent = variant.changed == no_answers();
        wire.flag(0x7f4, &mut is_absent)?;
        if is_absent {
            variant.changed = no_answers();
        } else {
            wire.estimate(0x720, &mut variant.changed, Known::unit(Unit::Share))?;
        }
    }
    let most = most_changed(robustness).filter(|own| own.value.is_some()).cloned();
    let told = most.map(|own| ("robustness.answer-change".to_owned(), own));
    report.metrics.extend(told);
    Ok(())
}

fn is_halved(report: &Report) -> bool {
    let halves = report.slices.ready().and_then(|own| own.halves);
    halves.is_some_and(|(found, _)| found > 0)
}

/// How many slices were found in one half and held in the other, and which of the weak ones.
fn halved(wire: &mut Wire, report: &mut Report) -> Done {
    let Section::Ready(slices) = &mut report.slices else {
        return Ok(());
    };
    slices.halves = slices.halves.filter(|(found, _)| *found > 0);
    wire.option(0x7f7, &mut slices.halves, |wire, (found, held)| {
        wire.count(0x7f8, found)?;
        let most = *found;
        wire.within(0x7f9, held, most)
    })?;
    if slices.halves.is_none() {
        return Ok(());
    }
    for row in &mut slices.weak {
        wire.option(0x7fa, &mut row.held, |wire, held| wire.flag(0x7fb, held))?;
        row.again = None;
    }
    let confirmed = confirmed(slices.halves);
    report.metrics.insert("slices.confirmed".to_owned(), confirmed);
    Ok(())
}

fn has_other_spread(report: &Report) -> bool {
    report
        .comparison
        .as_ref()
        .is_some_and(|own| own.slower_any_spread.is_some())
}

/// The p-value of the test that allows for other spreads of latency.
fn other_spread(wire: &mut Wire, report: &mut Report) -> Done {
    match &mut report.comparison {
        Some(own) => wire.number_option(0x7fc, &mut own.slower_any_spread),
        None => Ok(()),
    }
}

fn is_judged(report: &Report) -> bool {
    report.options.second.is_some() || report.agreement.ready().is_some_and(|own| !own.second.is_empty())
}

/// Which second judgement was asked for, and which is shown.
fn judged(wire: &mut Wire, report: &mut Report) -> Done {
    wire.option(0x7f1, &mut report.options.second, |wire, id| wire.text(0x7f2, id))?;
    if let Some(comparison) = &mut report.comparison {
        comparison.baseline.options.second.clone_from(&report.options.second);
    }
    match &mut report.agreement {
        crate::report::Section::Ready(own) => wire.text(0x7f3, &mut own.second),
        crate::report::Section::Missing(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_addition_that_is_not_known_is_newer() {
        let mut writer = Wire::blank_writer();
        let mut count = KNOWN + 1;
        writer.count(0x7f0, &mut count).unwrap();
        let mut reader = Wire::blank_reader(writer.into_bytes());
        assert_eq!(additions(&mut reader, &mut Review::default(), None), Err(Fault::Newer));
    }
}
