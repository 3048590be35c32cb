//! `completions` and `man`.

use anyhow::Context as _;
use clap::CommandFactory as _;

use crate::args::{Cli, CompletionsCommand, ManCommand};
use crate::exit::Status;
use crate::output;

pub(crate) fn completions(command: &CompletionsCommand) -> anyhow::Result<Status> {
    // Into memory first: the generator panics where a write fails.
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut Cli::command(), "bbsweep", &mut script);
    output::document(None, |out| out.write_all(&script))?;
    Ok(Status::NothingToDo)
}

pub(crate) fn man(command: &ManCommand) -> anyhow::Result<Status> {
    let mut tool = Cli::command().disable_help_subcommand(true);
    tool.build();
    let page = match &command.command {
        None => tool,
        Some(name) => tool
            .find_subcommand(name)
            .with_context(|| format!("no command {name}; `bbsweep --help` lists them"))?
            .clone()
            .name(format!("bbsweep-{name}")),
    };
    output::document(None, |out| clap_mangen::Man::new(page).render(out))?;
    Ok(Status::NothingToDo)
}
