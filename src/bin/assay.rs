//! The command line.

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    assay::cli::run(std::env::args_os())
}

#[cfg(target_arch = "wasm32")]
fn main() {}
