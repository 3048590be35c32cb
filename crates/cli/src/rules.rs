//! `rules` and `explain`.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use bbsweep_scanner_core::Rule;
use bbsweep_scanner_core::consumer::{Consumer, Facts, Renamed};
use bbsweep_scanner_core::rule::{RuleInfo, Section};
use serde::Serialize;

use crate::args::{ExplainCommand, RulesCommand, TextFormat};
use crate::exit::Status;
use crate::output;

const STRONG: Style = Style::new().bold();
const BEFORE: Style = AnsiColor::Red.on_default();
const AFTER: Style = AnsiColor::Green.on_default();

pub(crate) fn rules(command: &RulesCommand) -> anyhow::Result<Status> {
    let pages: Vec<Page> = Rule::ALL.iter().copied().map(Page::of).collect();
    output::document(command.text.output.as_deref(), |out| match command.text.format {
        TextFormat::Json => output::json(&pages, out),
        TextFormat::Terminal => table(out),
    })?;
    Ok(Status::NothingToDo)
}

pub(crate) fn explain(command: &ExplainCommand) -> anyhow::Result<Status> {
    let rule = Rule::from_id(&command.rule).context("no such rule; `bbsweep rules` lists them")?;
    let shown = Page::of(rule);
    output::document(command.text.output.as_deref(), |out| match command.text.format {
        TextFormat::Json => output::json(&shown, out),
        TextFormat::Terminal => page(&shown, out),
    })?;
    Ok(Status::NothingToDo)
}

/// What there is to say of a rule.
#[derive(Debug, Serialize)]
struct Page {
    #[serde(flatten)]
    info: &'static RuleInfo,
    section: Section,
    /// What the consumer table says; `null` for a rule that goes by the place alone.
    consumer: Option<Facts>,
}

impl Page {
    fn of(rule: Rule) -> Self {
        let consumer = rule.consumer().map(Consumer::facts);
        Self { info: rule.info(), section: rule.section(), consumer }
    }
}

fn table(out: &mut dyn Write) -> io::Result<()> {
    let width = Rule::ALL.iter().map(|rule| rule.id().len()).max().unwrap_or_default();
    for section in Section::ALL {
        writeln!(out, "{STRONG}{}{STRONG:#}", section.title())?;
        for rule in section.rules() {
            writeln!(out, "  {STRONG}{:width$}{STRONG:#}  {}", rule.id(), rule.info().summary)?;
        }
        writeln!(out)?;
    }
    writeln!(out, "`bbsweep explain RULE` says more.")
}

/// The facts of a consumer, one a line.
fn facts(facts: &Facts, out: &mut dyn Write) -> io::Result<()> {
    let form = match facts.username_form {
        "static" => "x-bitbucket-api-token-auth",
        "email" => "the Atlassian account email",
        "both" => "x-bitbucket-api-token-auth for git, the Atlassian account email for REST",
        "unsupported" => "none: it takes no API tokens",
        _ => "by the use: x-bitbucket-api-token-auth for git, the Atlassian account email for REST",
    };
    let version = facts.least_version.map(|version| format!("{version} or later"));
    let names = |rows: &[Renamed]| {
        let name = |row: &Renamed| match row.before {
            Some(before) if before == row.after => before.to_owned(),
            Some(before) => format!("{before} -> {}", row.after),
            None => format!("{} (new)", row.after),
        };
        rows.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    writeln!(out, "{STRONG}{}{STRONG:#}", facts.name)?;
    for (name, text) in [
        ("username", format!("{form} ({})", facts.evidence)),
        ("version", version.unwrap_or_default()),
        ("instead", facts.instead.unwrap_or_default().to_owned()),
        ("keys", names(&facts.keys)),
        ("variables", names(&facts.variables)),
        ("files", facts.files.join(", ")),
    ] {
        if !text.is_empty() {
            let filled = output::fill(&text, "              ");
            writeln!(out, "    {name:<9} {}", filled.trim_start())?;
        }
    }
    writeln!(out)
}

fn page(page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let info = page.info;
    writeln!(out, "{STRONG}{}{STRONG:#}: {}\n", info.id, info.summary)?;
    writeln!(out, "{}\n", output::fill(info.why, ""))?;
    for (title, text, style) in [("Before", info.before, BEFORE), ("After", info.after, AFTER)] {
        writeln!(out, "{STRONG}{title}{STRONG:#}")?;
        for line in text.lines() {
            writeln!(out, "    {style}{line}{style:#}")?;
        }
        writeln!(out)?;
    }
    if let Some(consumer) = &page.consumer {
        facts(consumer, out)?;
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
