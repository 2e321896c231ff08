//! What statistics cost beside one sort of the same column, measured in the same run: `cargo bench --bench stat`.

use std::hint::black_box;
use std::time::Instant;

use assay::stat::bin::{equal_width, equal_width_cells};
use assay::stat::bootstrap::resample;
use assay::stat::calibration::{ece, overconfidence};
use assay::stat::cell::table;
use assay::stat::quantile::{Ratio, select_nearest_rank};
use assay::stat::rng::Rng;
use assay::stat::score::{brier, log_loss};
use assay::stat::sum::{mean, variance};

const SAMPLES: usize = 1_000_000;
const REPLICATES: usize = 1000;

/// Seconds that `work` takes: the best of three.
fn secs<T>(work: impl Fn() -> T) -> f64 {
    let once = |_| {
        let start = Instant::now();
        black_box(work());
        start.elapsed().as_secs_f64()
    };
    (0..3).map(once).fold(f64::INFINITY, f64::min)
}

fn main() {
    let mut rng = Rng::new(1);
    let p: Vec<f64> = (0..SAMPLES).map(|_| rng.uniform()).collect();
    let y: Vec<bool> = p.iter().map(|p| rng.uniform() < *p).collect();
    let sort = secs(|| {
        let mut sorted = p.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted
    });
    println!("one sort of {SAMPLES} samples: {:.0} ms", sort * 1e3);
    let tell = |name: &str, secs: f64| println!("{name}: {:.0} ms, {:.2} of a sort", secs * 1e3, secs / sort);
    let singles: [(&str, f64); 6] = [
        ("mean and variance", secs(|| (mean(&p), variance(&p)))),
        ("overconfidence", secs(|| overconfidence(&p, &y))),
        ("Brier score", secs(|| brier(&p, &y))),
        ("log loss", secs(|| log_loss(&p, &y))),
        (
            "ECE, 15 bins",
            secs(|| equal_width(&p, &y, 15).and_then(|bins| ece(&bins))),
        ),
        (
            "95 % quantile",
            secs(|| select_nearest_rank(&mut p.clone(), Ratio::P95)),
        ),
    ];
    singles.iter().for_each(|(name, secs)| tell(name, *secs));
    tell("all single passes together", singles.iter().map(|(_, secs)| secs).sum());
    let cells = table(&p, &y).map(|table| table.cells).unwrap_or_default();
    let replicates = secs(|| {
        resample(&cells, REPLICATES, 1, &mut |_| true, &mut |drawn| {
            Some([ece(&equal_width_cells(drawn, 15)?)?])
        })
    });
    tell("1,000 replicates of ECE from bin counts", replicates);
}
