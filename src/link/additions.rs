//! What was added to a review after format 1 was frozen. Additions stand at the end of a link, their number first: a link
//! that has none is what it always was, and a program that does not know one says that the link is newer.
//!
//! To add a field: give it the next number here, tell it only where it is not empty, and leave what is frozen alone.

use super::wire::{Done, Fault, Wire};
use crate::report::Report;
use crate::review::Review;

/// Additions that this program knows.
const KNOWN: u64 = 1;

/// The additions of a review. 1: the second judgement that a run's own is held against.
pub(super) fn additions(wire: &mut Wire, review: &mut Review) -> Done {
    let mut count = u64::from(review.reports.iter().any(is_judged));
    wire.count(0x7f0, &mut count)?;
    if count > KNOWN {
        return Err(Fault::Newer);
    }
    if count > 0 {
        for report in &mut review.reports {
            judged(wire, report)?;
        }
    }
    Ok(())
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
        assert_eq!(additions(&mut reader, &mut Review::default()), Err(Fault::Newer));
    }
}
