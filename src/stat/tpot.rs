//! Speed of generation: time per output token and throughput.

use super::sum::{finite, mean, sum};

/// Time per output token after the first, over the requests that made more than one token.
#[derive(Clone, Debug, PartialEq)]
pub struct Tpot {
    /// (end to end − first token) / (tokens − 1) of each usable request, in seconds, in the order given.
    pub secs: Vec<f64>,
    /// Mean of these ratios, in seconds: every request weighs the same.
    pub mean_secs: f64,
    /// Sum of generation times over the sum of tokens, in seconds: every token weighs the same.
    pub ratio_of_sums_secs: f64,
}

/// One request's time to the end, time to the first token (both in seconds) and number of output tokens.
pub type Generation = (f64, f64, u64);

/// Time per output token of `requests`.
///
/// Only requests with more than one token and finite times count; a first token after the end is left out too.
/// `None` when none is left. The two averages differ when long answers are slower or faster than short ones.
pub fn tpot(requests: impl IntoIterator<Item = Generation>) -> Option<Tpot> {
    let mut secs = Vec::new();
    let (mut times, mut tokens) = (Vec::new(), 0u64);
    for (end_secs, first_secs, out) in requests {
        let spent = end_secs - first_secs;
        if out > 1 && spent.is_finite() && spent >= 0.0 {
            secs.push(spent / (out - 1) as f64);
            times.push(spent);
            tokens += out - 1;
        }
    }
    Some(Tpot {
        mean_secs: mean(&secs)?,
        ratio_of_sums_secs: finite(sum(times) / tokens as f64)?,
        secs,
    })
}

/// Tokens (or requests) per second of wall time; never a mean of the rates of single requests.
///
/// `None` unless `wall_secs` is finite and above 0, and for a rate too large for a number.
pub fn throughput(count: u64, wall_secs: f64) -> Option<f64> {
    if !(wall_secs.is_finite() && wall_secs > 0.0) {
        return None;
    }
    finite(count as f64 / wall_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_averages_are_given() {
        let t = tpot([(3.0, 1.0, 3), (5.0, 1.0, 2), (9.0, 1.0, 1)]).unwrap();
        assert_eq!(t.secs, vec![1.0, 4.0]);
        assert_eq!(t.mean_secs, 2.5);
        assert_eq!(t.ratio_of_sums_secs, 2.0);
    }

    #[test]
    fn undefined_without_a_usable_request() {
        assert_eq!(tpot([]), None);
        assert_eq!(tpot([(2.0, 1.0, 1)]), None);
        assert_eq!(tpot([(2.0, 3.0, 5), (f64::NAN, 0.0, 5)]), None);
    }

    #[test]
    fn throughput_needs_time() {
        assert_eq!(throughput(100, 4.0), Some(25.0));
        assert_eq!(throughput(100, 0.0), None);
        assert_eq!(throughput(100, f64::INFINITY), None);
    }
}
