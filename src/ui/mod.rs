//! What a person sees and does: Leptos components, and the worker in which everything slow runs. The page's thread only
//! draws.

pub mod app;
pub mod worker;
