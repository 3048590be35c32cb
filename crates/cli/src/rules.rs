//! `rules` and `explain`.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use bbsweep_scanner_core::Rule;
use bbsweep_scanner_core::rule::RuleInfo;

use crate::args::{ExplainCommand, RulesCommand, TextFormat};
use crate::exit::Status;
use crate::output;

const STRONG: Style = Style::new().bold();
const BEFORE: Style = AnsiColor::Red.on_default();
const AFTER: Style = AnsiColor::Green.on_default();

pub(crate) fn rules(command: &RulesCommand) -> anyhow::Result<Status> {
    let infos: Vec<&RuleInfo> = Rule::ALL.iter().map(|rule| rule.info()).collect();
    output::document(command.text.output.as_deref(), |out| match command.text.format {
        TextFormat::Json => output::json(&infos, out),
        TextFormat::Terminal => table(&infos, out),
    })?;
    Ok(Status::NothingToDo)
}

pub(crate) fn explain(command: &ExplainCommand) -> anyhow::Result<Status> {
    let info =
        Rule::from_id(&command.rule).context("no such rule; `bbsweep rules` lists them")?.info();
    output::document(command.text.output.as_deref(), |out| match command.text.format {
        TextFormat::Json => output::json(&info, out),
        TextFormat::Terminal => page(info, out),
    })?;
    Ok(Status::NothingToDo)
}

fn table(infos: &[&RuleInfo], out: &mut dyn Write) -> io::Result<()> {
    let width = infos.iter().map(|info| info.id.len()).max().unwrap_or_default();
    for info in infos {
        writeln!(out, "{STRONG}{:width$}{STRONG:#}  {}", info.id, info.summary)?;
    }
    writeln!(out, "\n`bbsweep explain RULE` says more.")
}

fn page(info: &RuleInfo, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{STRONG}{}{STRONG:#}: {}\n", info.id, info.summary)?;
    writeln!(out, "{}\n", output::fill(info.why, ""))?;
    for (title, text, style) in [("Before", info.before, BEFORE), ("After", info.after, AFTER)] {
        writeln!(out, "{STRONG}{title}{STRONG:#}")?;
        for line in text.lines() {
            writeln!(out, "    {style}{line}{style:#}")?;
        }
        writeln!(out)?;
    }
    for (title, text) in [("Rewrite", info.rewrite), ("Limits", info.limits)] {
        writeln!(out, "{STRONG}{title}{STRONG:#}\n{}\n", output::fill(text, "    "))?;
    }
    writeln!(out, "{STRONG}Sources{STRONG:#}")?;
    for source in info.sources {
        writeln!(out, "    {source}")?;
    }
    Ok(())
}
