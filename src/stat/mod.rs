//! Statistics: slices in, numbers out. Nothing here knows a file, a page or a report.
//!
//! A number that is undefined for its input is `None`; no NaN and no infinity leaves this module. Row order never
//! changes a result: sums are compensated and ties are treated as blocks.

pub mod bin;
pub mod bootstrap;
pub mod calibration;
pub mod cell;
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
