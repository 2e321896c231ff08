//! The command line: the same library without a browser. JSON goes to stdout, messages go to stderr.

mod check;
mod export;
mod input;
mod judging;
mod link;
mod report;
mod secret;
mod summary;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Input that cannot be read, or a request that cannot be met.
const BAD_INPUT: u8 = 2;

/// Reads model evaluation results and says how right, how sure, how fast and how the model fails.
#[derive(Parser)]
#[command(name = "assay", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Report calibration, latency and failures of result files.
    Report(report::Arguments),
    /// Judge result files by a policy: exit code 0 pass, 1 fail, 3 not enough evidence, 2 bad input.
    Check(check::Arguments),
    /// Judge result files and print the review as a link.
    Link(link::LinkArguments),
    /// Print what a review link or review file carries.
    Open(link::OpenArguments),
    /// Write what a review link or review file carries as files: Markdown, eval card, JSON, drawings and tables.
    Export(export::Arguments),
    /// Print the JSON Schema of a policy.
    Schema,
}

/// Runs the command line `arguments`, the program's name first. Exit code 0: done; 2: bad input; `check` adds 1 and 3.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match Arguments::try_parse_from(arguments) {
        Ok(Arguments {
            command: Command::Report(arguments),
        }) => report::run(&arguments),
        Ok(Arguments {
            command: Command::Check(arguments),
        }) => check::run(&arguments),
        Ok(Arguments {
            command: Command::Link(arguments),
        }) => link::link(&arguments),
        Ok(Arguments {
            command: Command::Open(arguments),
        }) => link::open(&arguments),
        Ok(Arguments {
            command: Command::Export(arguments),
        }) => export::run(&arguments),
        Ok(Arguments {
            command: Command::Schema,
        }) => export::schema(),
        Err(error) => {
            let is_help = !error.use_stderr();
            if error.print().is_err() || !is_help {
                return ExitCode::from(BAD_INPUT);
            }
            ExitCode::SUCCESS
        }
    }
}
