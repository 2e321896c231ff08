//! The other side of the thread. The page asks a [`Question`] through a [`Thread`]; the worker, which runs this same
//! WebAssembly module, answers it, reports progress on the way and stops when it is told to.
//!
//! A new question is a struct and a line in [`message`], a function that answers it, and a line in [`serve`].

pub mod blob;
pub mod chunk;
pub mod desk;
pub mod hash;
pub mod message;
pub mod seal;
pub mod serve;
pub mod thread;

pub use message::{Failure, Progress, Question, text_of};
pub use thread::Thread;
