//! The link.
mod coder;
mod prose;
mod wire;
