//! What a person sees and does: Leptos components, and the worker in which everything slow runs. The page's thread only
//! draws. [`state`] holds the only signals, [`action`] what can be done.

pub mod action;
pub mod answer;
pub mod app;
pub mod bar;
mod choice;
pub mod compare;
pub mod data;
pub mod drop;
pub mod help;
pub mod metric;
pub mod notice;
pub mod option;
pub mod page;
pub mod panel;
pub mod picker;
pub mod plot;
pub mod review;
pub mod runs;
pub mod save;
pub mod start;
pub mod state;
pub mod table;
pub mod turn;
pub mod worker;
