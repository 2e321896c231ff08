//! Our own seeded pseudo-random numbers, so that a bootstrap gives the same bits everywhere and for ever.

/// xoshiro256++ (Blackman & Vigna 2019), seeded by splitmix64.
#[derive(Clone, Debug)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// A generator whose whole sequence follows from `seed`.
    pub fn new(seed: u64) -> Self {
        let mut mixed = seed;
        let state = std::array::from_fn(|_| {
            mixed = mixed.wrapping_add(0x9E37_79B9_7F4A_7C15);
            scramble(mixed)
        });
        Rng { state }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let mut next = [a, b, c ^ a, d ^ b];
        next[1] ^= next[2];
        next[0] ^= next[3];
        next[2] ^= b << 17;
        next[3] = next[3].rotate_left(45);
        self.state = next;
        result
    }

    /// Uniform on [0, 1), in steps of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform whole number in 0..n (Lemire's multiplication with rejection); 0 for n = 0.
    pub fn below(&mut self, n: usize) -> usize {
        let n = n as u64;
        if n == 0 {
            return 0;
        }
        let floor = n.wrapping_neg() % n;
        loop {
            let (high, low) = wide_product(self.next_u64(), n);
            if low >= floor {
                return high as usize;
            }
        }
    }

    /// A draw from Beta(a, b), for shapes of at least 1; 0.5 when a shape is smaller or not finite.
    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let valid = a >= 1.0 && b >= 1.0 && a.is_finite() && b.is_finite();
        if !valid {
            return 0.5;
        }
        let (x, y) = (self.gamma(a), self.gamma(b));
        x / (x + y)
    }

    /// A draw from Gamma(shape, 1) for a shape of at least 1 (Marsaglia & Tsang 2000).
    fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let cube = (1.0 + c * x).powi(3);
            if cube <= 0.0 {
                continue;
            }
            // 1 - uniform lies in (0, 1], so its logarithm is finite.
            let u = 1.0 - self.uniform();
            if u.ln() < 0.5 * x * x + d - d * cube + d * cube.ln() {
                return d * cube;
            }
        }
    }

    /// A standard normal draw (Marsaglia's polar method; the second of the pair is dropped).
    fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * square.ln() / square).sqrt();
            }
        }
    }

    /// Number of successes in `n` trials of probability `p` (clamped to [0, 1]).
    ///
    /// Inversion below a mean of 10, transformed rejection (Hörmann 1993, BTRS) above: exact in distribution.
    pub fn binomial(&mut self, n: u64, p: f64) -> u64 {
        if n == 0 || p.is_nan() || p <= 0.0 {
            return 0;
        }
        if p >= 1.0 {
            return n;
        }
        if n <= 8 {
            return (0..n).map(|_| u64::from(self.uniform() < p)).sum();
        }
        if p > 0.5 {
            return n - self.binomial(n, 1.0 - p);
        }
        if n as f64 * p < 10.0 {
            self.binomial_by_inversion(n, p)
        } else {
            self.binomial_by_rejection(n, p)
        }
    }

    fn binomial_by_inversion(&mut self, n: u64, p: f64) -> u64 {
        let odds = p / (1.0 - p);
        let start = (n as f64 * (-p).ln_1p()).exp();
        let mut left = self.uniform();
        let (mut k, mut mass) = (0, start);
        while left > mass && k < n {
            left -= mass;
            k += 1;
            mass *= odds * (n - k + 1) as f64 / k as f64;
            if mass < 1e-300 {
                break;
            }
        }
        k
    }

    fn binomial_by_rejection(&mut self, n: u64, p: f64) -> u64 {
        let trials = n as f64;
        let spread = (trials * p * (1.0 - p)).sqrt();
        let b = 1.15 + 2.53 * spread;
        let a = -0.0873 + 0.0248 * b + 0.01 * p;
        let centre = trials * p + 0.5;
        let squeeze = 0.92 - 4.2 / b;
        let alpha = (2.83 + 5.1 / b) * spread;
        let mode = ((trials + 1.0) * p).floor();
        // Most draws are taken without these.
        let mut rest = None;
        loop {
            let v = self.uniform();
            let u = self.uniform() - 0.5;
            let distance = 0.5 - u.abs();
            let k = ((2.0 * a / distance + b) * u + centre).floor();
            if !(0.0..=trials).contains(&k) {
                continue;
            }
            if distance >= 0.07 && v <= squeeze {
                return k as u64;
            }
            let height = (v * alpha / (a / (distance * distance) + b)).ln();
            let (top, ln_odds) = *rest.get_or_insert_with(|| {
                let top = ln_factorial(mode) + ln_factorial(trials - mode);
                (top, (p / (1.0 - p)).ln())
            });
            if height <= top - ln_factorial(k) - ln_factorial(trials - k) + (k - mode) * ln_odds {
                return k as u64;
            }
        }
    }

    /// Draws `n` items among categories of these `weights` (≥ 0, not all 0) with replacement; fills `counts`, one a
    /// category, by conditional binomials. Leaves zeros when the weights sum to 0 or the lengths differ.
    pub fn multinomial(&mut self, n: u64, weights: &[f64], counts: &mut [u64]) {
        counts.fill(0);
        if weights.len() != counts.len() {
            return;
        }
        let mut rest_weight: f64 = weights.iter().sum();
        let mut rest = n;
        let last = weights.iter().rposition(|weight| *weight > 0.0);
        for (place, (weight, count)) in weights.iter().zip(counts.iter_mut()).enumerate() {
            if rest == 0 || rest_weight <= 0.0 {
                break;
            }
            let share = if Some(place) == last { 1.0 } else { weight / rest_weight };
            *count = self.binomial(rest, share);
            rest -= *count;
            rest_weight -= weight;
        }
    }
}

/// ln x! of a whole number: Stirling's series from 16 on, where its error is below 1e-12.
fn ln_factorial(x: f64) -> f64 {
    if x < 16.0 {
        return libm::lgamma(x + 1.0);
    }
    const HALF_LN_TAU: f64 = 0.918_938_533_204_672_8;
    let inverse = 1.0 / x;
    let square = inverse * inverse;
    let correction = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)));
    (x + 0.5) * x.ln() - x + HALF_LN_TAU + correction
}

/// The upper and lower half of x·n. Browsers multiply 128 bits slowly; for n below 2³² two short products do.
fn wide_product(x: u64, n: u64) -> (u64, u64) {
    if n >> 32 == 0 {
        let carried = ((x & 0xFFFF_FFFF) * n) >> 32;
        return (((x >> 32) * n + carried) >> 32, x.wrapping_mul(n));
    }
    let product = u128::from(x) * u128::from(n);
    ((product >> 64) as u64, product as u64)
}

/// The output function of splitmix64: a good mixer of 64 bits, also used to assign items to folds.
pub fn scramble(bits: u64) -> u64 {
    let mut z = bits;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequence_is_fixed_by_the_seed() {
        // splitmix64 of seed 0 starts with this published value.
        assert_eq!(Rng::new(0).state[0], 0xE220_A839_7B1D_CDAF);
        let (mut a, mut b) = (Rng::new(7), Rng::new(7));
        assert!((0..100).all(|_| a.next_u64() == b.next_u64()));
        assert_ne!(Rng::new(1).next_u64(), Rng::new(2).next_u64());
    }

    #[test]
    fn binomial_has_its_mean_and_variance() {
        let mut rng = Rng::new(3);
        for (n, p) in [(5u64, 0.3), (40, 0.5), (1000, 0.004), (1000, 0.37), (1_000_000, 0.9)] {
            let draws: Vec<f64> = (0..20_000).map(|_| rng.binomial(n, p) as f64).collect();
            let mean = draws.iter().sum::<f64>() / 20_000.0;
            let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0;
            let expected = n as f64 * p * (1.0 - p);
            assert!(
                (mean - n as f64 * p).abs() < 5.0 * (expected / 20_000.0).sqrt(),
                "{n} {p} {mean}"
            );
            assert!((variance / expected - 1.0).abs() < 0.06, "{n} {p} {variance}");
        }
    }

    #[test]
    fn beta_has_its_mean_and_variance() {
        let mut rng = Rng::new(17);
        for (a, b) in [(1.0, 1.0), (1.0, 30.0), (40.0, 3.0), (9e5, 1e5)] {
            let draws: Vec<f64> = (0..20_000).map(|_| rng.beta(a, b)).collect();
            let mean = draws.iter().sum::<f64>() / 20_000.0;
            let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 20_000.0;
            let expected = a * b / ((a + b) * (a + b) * (a + b + 1.0));
            assert!((mean - a / (a + b)).abs() < 5.0 * (expected / 20_000.0).sqrt());
            assert!((variance / expected - 1.0).abs() < 0.08, "{a} {b} {variance}");
        }
        assert_eq!(rng.beta(f64::NAN, 1.0), 0.5);
    }

    #[test]
    fn multinomial_draws_all_items() {
        let mut rng = Rng::new(5);
        let mut counts = [0; 4];
        rng.multinomial(1000, &[1.0, 0.0, 3.0, 0.0], &mut counts);
        assert_eq!(counts.iter().sum::<u64>(), 1000);
        assert_eq!((counts[1], counts[3]), (0, 0));
        assert!(counts[2] > 650 && counts[2] < 850);
    }

    #[test]
    fn short_products_are_the_long_ones() {
        let mut rng = Rng::new(23);
        for n in [1u64, 7, 50_000, 0xFFFF_FFFF, 0x1_0000_0000, u64::MAX] {
            let x = rng.next_u64();
            let product = u128::from(x) * u128::from(n);
            assert_eq!(wide_product(x, n), ((product >> 64) as u64, product as u64));
        }
    }

    #[test]
    fn below_stays_below() {
        let mut rng = Rng::new(11);
        assert_eq!(rng.below(0), 0);
        assert!((0..1000).all(|_| rng.below(7) < 7));
    }
}
