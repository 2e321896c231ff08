//! What was added to a review after format 1 was frozen. Additions stand at the end of a link, their number first: a link
//! that has none is what it always was, and a program that does not know one says that the link is newer.
//!
//! To add a field: give it the next number here, tell it only where it is not empty, and leave what is frozen alone.

use super::wire::{Done, Fault, Wire};

/// Additions that this program knows.
const KNOWN: u64 = 0;

/// The additions of a review: none so far.
pub(super) fn additions(wire: &mut Wire) -> Done {
    let mut count = 0;
    wire.count(0x7f0, &mut count)?;
    if count > KNOWN { Err(Fault::Newer) } else { Ok(()) }
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
        assert_eq!(additions(&mut reader), Err(Fault::Newer));
    }
}
