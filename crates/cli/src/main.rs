//! The `bbsweep` command.

mod apply;
mod args;
mod audit;
mod baseline;
mod branch;
mod changes;
mod choices;
mod config;
mod credential_helper;
mod exit;
mod fleet;
mod interactive;
mod output;
mod panic;
mod patch;
mod plan;
mod progress;
mod protect;
mod recover;
mod report;
mod review;
mod rules;
mod scan;
mod schedule;
mod send;
mod shell;
mod token;

use std::process::ExitCode;

use args::{Cli, Command};
use clap::Parser as _;
use exit::Status;
use output::Screen;

fn main() -> ExitCode {
    panic::install_hook();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error),
    };
    // The hook said what there is to say.
    let status = std::panic::catch_unwind(|| run(&cli)).unwrap_or(Ok(Status::Error));
    status.unwrap_or_else(fail).into()
}

fn run(cli: &Cli) -> anyhow::Result<Status> {
    let screen = Screen::new(cli.screen);
    match &cli.command {
        Command::Scan(command) => scan::run(command, screen),
        Command::Patch(command) => patch::run(command, screen),
        Command::Apply(command) => apply::run(command, screen),
        Command::Audit(command) => audit::run(command, screen),
        Command::Fleet(command) => fleet::run(command, screen),
        Command::Baseline(command) => baseline::run(command, screen),
        Command::Protect(command) => protect::run(command, screen),
        Command::Report(command) => report::run(command, screen),
        Command::Rules(command) => rules::rules(command),
        Command::Explain(command) => rules::explain(command),
        Command::Completions(command) => shell::completions(command),
        Command::Man(command) => shell::man(command),
    }
}

/// Prints the chain of an error, once.
#[expect(clippy::needless_pass_by_value, reason = "the shape that unwrap_or_else takes")]
fn fail(error: anyhow::Error) -> Status {
    // An error in the config shows its line.
    let text = format!("{error:#}");
    let mut lines = text.lines();
    output::message(format_args!("error: {}", lines.next().unwrap_or_default()));
    for line in lines {
        output::message(line);
    }
    Status::Error
}
