//! Verdicts on the wire: the reader judges again from the bounds it was sent. What that would get wrong is sent as it was.

use super::wire::{Done, Fault, Wire};
use crate::review::verdict::{Alarm, Verdict};
use crate::review::{Review, Verdicts};

const VERDICTS: [Verdict; 3] = [Verdict::Pass, Verdict::Inconclusive, Verdict::Fail];
const ALARMS: [Alarm; 3] = [Alarm::Quiet, Alarm::Unclear, Alarm::Fires];

/// The verdicts of `review`, whose reports, policy and day are already there as the reader will have them.
pub(super) fn verdicts(wire: &mut Wire, review: &mut Review) -> Done {
    wire.part = "verdicts";
    let own = std::mem::take(&mut review.verdicts);
    let mut is_judged = !own.is_empty();
    wire.flag(0x700, &mut is_judged)?;
    if !is_judged {
        return Ok(());
    }
    let mut date = own.first().map(|run| run.date.clone()).unwrap_or_default();
    wire.moment(0x66b, &mut date)?;
    review.judge(&date);
    let mut is_same = own.is_empty() || own.iter().map(outcome).eq(review.verdicts.iter().map(outcome));
    wire.flag(0x701, &mut is_same)?;
    if is_same {
        return Ok(());
    }
    for (place, run) in review.verdicts.iter_mut().enumerate() {
        stated(wire, run, own.get(place))?;
    }
    Ok(())
}

/// What must not change on the way.
fn outcome(run: &Verdicts) -> (Verdict, Vec<(Verdict, bool)>, Vec<Alarm>) {
    let gates = run.gates.iter().map(|gate| (gate.verdict, gate.is_waived));
    (
        run.verdict,
        gates.collect(),
        run.triggers.iter().map(|trigger| trigger.alarm).collect(),
    )
}

/// Puts the stated verdicts in the place of judged ones.
fn stated(wire: &mut Wire, run: &mut Verdicts, own: Option<&Verdicts>) -> Done {
    let verdict = own.map_or(run.verdict, |own| own.verdict);
    run.verdict = told(wire, 0x702, verdict, &VERDICTS)?;
    if let (true, Some(own)) = (wire.is_writer(), own) {
        run.sentence.clone_from(&own.sentence);
    }
    wire.text(0x703, &mut run.sentence)?;
    for (place, gate) in run.gates.iter_mut().enumerate() {
        let stated = own.and_then(|own| own.gates.get(place)).unwrap_or(gate);
        let (verdict, reason) = (stated.verdict, stated.reason.clone());
        let before = gate.verdict;
        gate.verdict = told(wire, 0x704, verdict, &VERDICTS)?;
        if gate.verdict != before {
            gate.reason = reason;
            wire.text(0x705, &mut gate.reason)?;
        }
    }
    for (place, trigger) in run.triggers.iter_mut().enumerate() {
        let alarm = own
            .and_then(|own| own.triggers.get(place))
            .map_or(trigger.alarm, |own| own.alarm);
        trigger.alarm = told(wire, 0x706, alarm, &ALARMS)?;
    }
    Ok(())
}

fn told<T: Copy + PartialEq>(wire: &mut Wire, kind: u16, value: T, all: &[T]) -> Result<T, Fault> {
    let mut place = all.iter().position(|own| *own == value).unwrap_or(0) as u32;
    wire.choice(kind, all.len() as u32, &mut place)?;
    all.get(place as usize).copied().ok_or(Fault::Nonsense)
}
