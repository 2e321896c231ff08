//! Assay opens the result files of a model evaluation, says how well calibrated, how fast and how safe the model is,
//! holds it against the policy agreed beforehand, and lets a reviewer share the decision as a link.
//!
//! Files become a [`run::Run`], a run becomes a `Report`, a report is judged against a policy and becomes a review.

pub mod chart;
#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
pub mod estimate;
pub mod export;
pub mod link;
pub mod read;
pub mod report;
pub mod review;
pub mod run;
pub mod seal;
pub mod stat;
pub mod text;
pub mod workspace;

#[cfg(target_arch = "wasm32")]
pub mod ui;
#[cfg(target_arch = "wasm32")]
pub mod widget;
