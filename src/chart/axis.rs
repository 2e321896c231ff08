//! Axes: from values to pixels and back, and round ticks.

use super::Rect;

/// How values lie along an axis.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps for equal differences.
    #[default]
    Linear,
    /// Equal steps for equal ratios; the range is positive.
    Log,
}

/// An axis: what it shows, its scale and its range.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// Quantity and unit in words.
    pub title: String,
    /// Scale.
    pub scale: Scale,
    /// Value at the start of the axis (left, or bottom).
    pub low: f64,
    /// Value at the end of the axis (right, or top).
    pub high: f64,
}

impl Axis {
    /// A linear axis; a range without width is widened, so that every value has a place.
    #[must_use]
    pub fn linear(title: &str, low: f64, high: f64) -> Self {
        let (low, high) = if high > low {
            (low, high)
        } else {
            let pad = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
            (low - pad, low + pad)
        };
        Self {
            title: title.to_owned(),
            scale: Scale::Linear,
            low,
            high,
        }
    }

    /// A logarithmic axis over positive values; a range without width is widened to a factor of two either way, and an end
    /// that is not positive becomes a thousandth of the other (or 1).
    #[must_use]
    pub fn log(title: &str, low: f64, high: f64) -> Self {
        let high = if high > 0.0 { high } else { 1.0 };
        let low = if low > 0.0 { low.min(high) } else { high / 1000.0 };
        let (low, high) = if high > low {
            (low, high)
        } else {
            (low / 2.0, high * 2.0)
        };
        Self {
            title: title.to_owned(),
            scale: Scale::Log,
            low,
            high,
        }
    }

    /// Place of `value` along the axis: 0 at the start, 1 at the end, clamped to a hair outside of that.
    #[must_use]
    pub fn share(&self, value: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => (value - self.low) / (self.high - self.low),
            Scale::Log if value <= 0.0 => 0.0,
            // libm, so that the last bit is the same in the browser as natively.
            Scale::Log => {
                (libm::log10(value) - libm::log10(self.low)) / (libm::log10(self.high) - libm::log10(self.low))
            }
        };
        share.clamp(-0.05, 1.05)
    }

    /// The value at `share` of the axis; the inverse of [`Axis::share`].
    #[must_use]
    pub fn value(&self, share: f64) -> f64 {
        match self.scale {
            Scale::Linear => self.low + share * (self.high - self.low),
            Scale::Log => {
                let (low, high) = (libm::log10(self.low), libm::log10(self.high));
                libm::pow(10.0, low + share * (high - low))
            }
        }
    }

    /// Pixel of `value` on a horizontal axis under `plot`.
    #[must_use]
    pub fn px_x(&self, plot: &Rect, value: f64) -> f64 {
        plot.x + self.share(value) * plot.w
    }

    /// Pixel of `value` on a vertical axis beside `plot`.
    #[must_use]
    pub fn px_y(&self, plot: &Rect, value: f64) -> f64 {
        plot.bottom() - self.share(value) * plot.h
    }

    /// Value at pixel `x` of a horizontal axis under `plot`.
    #[must_use]
    pub fn at_x(&self, plot: &Rect, x: f64) -> f64 {
        self.value((x - plot.x) / plot.w)
    }

    /// Value at pixel `y` of a vertical axis beside `plot`.
    #[must_use]
    pub fn at_y(&self, plot: &Rect, y: f64) -> f64 {
        self.value((plot.bottom() - y) / plot.h)
    }

    /// Round values in the range, about `wanted` of them: 1, 2 or 5 times a power of ten on a linear scale; powers of ten on
    /// a log scale, with 2 and 5 (or 3) between where they are few.
    #[must_use]
    pub fn ticks(&self, wanted: usize) -> Vec<f64> {
        match self.scale {
            Scale::Linear => linear_ticks(self.low, self.high, wanted.max(1)),
            Scale::Log => log_ticks(self.low, self.high, wanted.max(1)),
        }
    }
}

impl Axis {
    /// Round whole numbers in the range, for counts.
    #[must_use]
    pub fn whole_ticks(&self, wanted: usize) -> Vec<f64> {
        let mut ticks = self.ticks(wanted);
        ticks.retain(|v| v.fract() == 0.0);
        ticks
    }
}

/// `digits × 10^power`, computed so that 0.3 is 0.3 and not 3 × 0.1.
fn decimal(digits: f64, power: i32) -> f64 {
    let scale = libm::pow(10.0, f64::from(power.abs()));
    if power < 0 { digits / scale } else { digits * scale }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // small whole numbers
fn linear_ticks(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let rough = (high - low) / wanted as f64;
    let power = libm::floor(libm::log10(rough)) as i32;
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|&m| decimal(m, power) >= rough * (1.0 - 1e-9))
        .unwrap_or(10.0);
    let unit = decimal(step, power);
    let first = (low / unit - 1e-9).ceil() as i64;
    let last = (high / unit + 1e-9).floor() as i64;
    (first..=last.min(first + 100))
        .map(|k| decimal(k as f64 * step, power))
        .collect()
}

#[allow(clippy::cast_possible_truncation)] // exponents of f64
fn log_ticks(low: f64, high: f64, wanted: usize) -> Vec<f64> {
    let first = libm::floor(libm::log10(low)) as i32;
    let last = libm::ceil(libm::log10(high)) as i32;
    let within = |v: &f64| *v >= low * (1.0 - 1e-9) && *v <= high * (1.0 + 1e-9);
    let sets: [&[f64]; 3] = [&[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]];
    for set in sets {
        let ticks: Vec<f64> = (first..=last)
            .flat_map(|power| set.iter().map(move |&m| decimal(m, power)))
            .filter(within)
            .collect();
        if ticks.len() <= wanted {
            // Less than a factor of about two holds no such value: fall back to even steps.
            return if ticks.len() < 2 {
                linear_ticks(low, high, wanted.min(3))
            } else {
                ticks
            };
        }
    }
    let every = (last - first) as usize / wanted + 1;
    (first..=last)
        .step_by(every)
        .map(|power| decimal(1.0, power))
        .filter(within)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_exact() {
        assert_eq!(Axis::linear("", 0.0, 1.0).ticks(5), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        assert_eq!(Axis::linear("", 0.03, 0.31).ticks(3), [0.1, 0.2, 0.3]);
        assert_eq!(Axis::log("", 0.4, 30.0).ticks(7), [0.5, 1.0, 2.0, 5.0, 10.0, 20.0]);
        assert_eq!(Axis::log("", 1.0, 1e6).ticks(4), [1.0, 100.0, 10_000.0, 1_000_000.0]);
    }

    #[test]
    fn every_value_has_a_place_even_without_a_range() {
        for axis in [
            Axis::linear("", 2.0, 2.0),
            Axis::linear("", 0.0, 0.0),
            Axis::log("", 3.0, 3.0),
            Axis::log("", 0.0, 0.0),
        ] {
            assert!(axis.high > axis.low && axis.share(axis.low).is_finite(), "{axis:?}");
            assert!(!axis.ticks(4).is_empty(), "{axis:?}");
        }
    }

    #[test]
    fn pixels_turn_back_into_values() {
        let plot = Rect {
            x: 40.0,
            y: 10.0,
            w: 300.0,
            h: 200.0,
        };
        let axis = Axis::log("", 0.1, 50.0);
        assert!((axis.at_x(&plot, axis.px_x(&plot, 2.5)) - 2.5).abs() < 1e-9);
        assert!((axis.at_y(&plot, axis.px_y(&plot, 2.5)) - 2.5).abs() < 1e-9);
    }
}
