//! Statistics: slices in, numbers out. Nothing here knows a file, a page or a report.
//!
//! A number that is undefined for its input is `None`; no NaN and no infinity leaves this module. Row order never
//! changes a result: sums are compensated and ties are treated as blocks.

pub mod bin;
pub mod bootstrap;
pub mod calibration;
pub mod cell;
pub mod clustered;
pub mod confusion;
pub mod cooccurrence;
pub mod difference;
pub mod dist;
pub mod drift;
pub mod ecdf;
pub mod fairness;
pub mod fisher;
pub mod gate;
pub mod interval;
pub mod mean;
pub mod moment;
pub mod multiclass;
pub mod multiplicity;
pub mod paired;
pub mod paired_draws;
pub mod pareto;
pub mod pass_at_k;
pub mod power;
pub mod proportion;
pub mod quantile;
pub mod ranking;
pub mod recalibration;
pub mod rng;
pub mod robustness;
pub mod score;
pub mod sketch;
pub mod slice;
pub mod slo;
pub mod smece;
pub mod sum;
pub mod tpot;
pub mod two_sample;

#[cfg(test)]
mod tests {
    use super::two_sample::{Measured, Resampling};
    use super::*;
    use proptest::prelude::*;
    use std::fmt::Debug;

    /// Values that arithmetic is most likely to trip over, and some plain ones.
    const HOSTILE: [f64; 14] = [
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::MAX,
        f64::MIN,
        f64::MIN_POSITIVE,
        5e-324,
        -0.0,
        0.0,
        1.0,
        0.5,
        0.25,
        1e-17,
        3.0,
    ];
    /// Probabilities, the extremes first.
    const EXTREME: [f64; 8] = [0.0, 1.0, 0.5, 5e-324, 1.0 - f64::EPSILON / 2.0, 1e-9, 0.1, f64::NAN];

    /// No part of `result` is NaN or infinite.
    fn sound(name: &str, result: &impl Debug) {
        let words = format!("{result:?}");
        assert!(!words.contains("NaN") && !words.contains("inf"), "{name}: {words}");
    }

    fn picked(pool: &'static [f64], most: usize) -> impl Strategy<Value = Vec<f64>> {
        proptest::collection::vec(proptest::sample::select(pool), 0..most)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn no_nan_and_no_infinity_leaves_for_any_values(
            a in picked(&HOSTILE, 9), b in picked(&HOSTILE, 9), x in proptest::sample::select(&HOSTILE[..])
        ) {
            let codes: Vec<u32> = (0..a.len() as u32).map(|row| row / 2).collect();
            let mut unsorted = a.clone();
            let how = Resampling { replicates: 20, seed: 1, alpha: 0.05 };
            let measured = |values: &[f64]| -> Vec<Measured> {
                values.iter().zip(0u32..).map(|(value, item)| Measured { item, value: *value }).collect()
            };
            let most = a.len().max(b.len()) as u32;
            sound("mean", &(sum::mean(&a), sum::variance(&a)));
            sound("mean_t", &mean::mean_t(&a, 0.05));
            sound("mean_clustered", &mean::mean_clustered(&a, &codes, 0.05));
            sound("epoch_mean", &mean::epoch_mean(&a, &codes, 0.05));
            sound("select_nearest_rank", &quantile::select_nearest_rank(&mut unsorted, quantile::Ratio::P95));
            sound("mann_whitney", &two_sample::mann_whitney(&a, &b));
            sound("brunner_munzel", &two_sample::brunner_munzel(&a, &b));
            sound("kolmogorov_smirnov", &two_sample::kolmogorov_smirnov(&a, &b));
            sound("wasserstein", &two_sample::wasserstein(&a, &b));
            sound("quantile_difference", &two_sample::quantile_difference(&a, &b, quantile::Ratio::P50, how));
            let paired = two_sample::quantile_difference_paired(
                &measured(&a), &measured(&b), most, quantile::Ratio::P50, how, &mut |_| true,
            );
            sound("quantile_difference_paired", &paired);
            sound("numeric_drift", &drift::numeric_drift(&a, &b));
            sound("decile_edges", &drift::decile_edges(&a));
            sound("drift", &drift::drift(&drift::numeric_counts(&drift::decile_edges(&a), &a, &b)));
            sound("percentile", &(bootstrap::percentile(&a, 0.05), bootstrap::basic(x, &a, 0.05)));
            sound("bca", &(bootstrap::bca_parts(x, &a, &b), bootstrap::bca(x, &a, &b, 0.05)));
            sound("bca_mean", &bootstrap::bca_mean(&a, 0.05, 20, 1, &mut |_| true));
            sound("paired_t", &(paired::paired_t(&a, &b), paired::correlation(&a, &b)));
            sound("adjusted", &(multiplicity::holm(&a), multiplicity::benjamini_hochberg(&a)));
            sound("geometric_mean", &slo::geometric_mean(&a));
            sound("tail_ratio", &(slo::tail_ratio(x, 0.5), slo::tail_ratio(1.0, x), slo::error_budget_used(x, 0.9)));
            sound("error_budget_used", &slo::error_budget_used(0.9, x));
            let requests = || a.iter().map(|secs| (*secs, *secs != 1.0));
            sound("apdex", &(slo::apdex(requests(), 0.5), slo::apdex(requests(), x), slo::attainment(requests(), x).rate()));
            sound("tpot", &tpot::tpot(a.iter().zip(&b).map(|(total, first)| (*total, *first, 5))));
            sound("throughput", &tpot::throughput(7, x));
            sound("power", &(power::n_for_difference(x, 0.02, 0.05, 0.8), power::n_for_difference(0.2, x, 0.05, 0.8)));
            sound("minimum_detectable", &power::minimum_detectable(x, 100, 0.05, 0.8));
            sound("gate", &(gate::n_to_decide_rate(x, 0.9, 0.05), gate::n_to_decide_mean(x, 0.5, 1.0, 0.05)));
            sound("confidence_sequence", &(gate::confidence_sequence(x, 10, 100, 0.05), gate::confidence_sequence(0.5, 10, 100, x)));
            sound("intervals", &(proportion::wilson(3, 7, x), proportion::clopper_pearson(3, 7, x), proportion::wilson_real(x, 5.0, 2.0)));
        }
    }

    proptest! {
        // Fewer: the exact smECE of a perfect model takes long.
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn no_nan_and_no_infinity_leaves_for_any_probabilities(
            rows in proptest::collection::vec((proptest::sample::select(&EXTREME[..]), any::<bool>()), 0..9), is_clean in any::<bool>()
        ) {
            let kept = rows.into_iter().filter(|(p, _)| !is_clean || p.is_finite());
            let (p, y): (Vec<f64>, Vec<bool>) = kept.unzip();
            let bins = bin::equal_width(&p, &y, 15).unwrap_or_default();
            sound("bins", &(&bins, bin::equal_mass(&p, &y, 10), bin::equal_mass_edges(&p, 10)));
            sound("reliability", &bin::reliability(&p, &y, 10, 0.05));
            sound("ece", &(calibration::ece(&bins), calibration::ece_l2(&bins), calibration::ece_l2_debiased(&bins)));
            sound("ece_l1_debiased", &(calibration::ece_l1_debiased(&bins), calibration::mce(&bins), calibration::ace(&bins)));
            sound("signed_ece", &(calibration::signed_ece(&bins), calibration::overconfidence(&p, &y)));
            sound("spiegelhalter", &(calibration::spiegelhalter(&p, &y), calibration::ece_sweep(&p, &y)));
            sound("smece", &(smece::smece(&p, &y), smece::smece_at(&p, &y, 0.05)));
            sound("scores", &(score::brier(&p, &y), score::brier_skill(&p, &y), score::log_loss(&p, &y)));
            sound("corp", &(score::corp(&p, &y, score::Rule::Brier), score::corp(&p, &y, score::Rule::Log)));
            sound("pav", &score::pav_blocks(&p, &y));
            sound("ranking", &(ranking::auroc(&p, &y), ranking::delong(&p, &y, 0.05)));
            sound("risk_coverage", &ranking::risk_coverage(&p, &y));
            sound("cox", &recalibration::cox(&p, &y));
            sound("temperature", &(recalibration::temperature(&p, &y), recalibration::platt(&p, &y)));
            let folds: Vec<usize> = (0..p.len()).map(|row| row % 5).collect();
            sound("suggest", &recalibration::suggest(&p, &y, &folds, 0.05));
            let plan = bootstrap::Plan { replicates: 10, simulations: 10, ..bootstrap::Plan::default() };
            sound("uncertainty", &bootstrap::calibration_uncertainty(&p, &y, None, 15, plan, &mut |_| true));
            sound("band", &bootstrap::corp_band(&p, &y, 0.9, 10, 1, &mut |_| true));
        }
    }
}
