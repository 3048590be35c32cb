//! `apply --interactive`: asks for each edit, as `git add --patch` does.

mod edit;
mod screen;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead as _, Write as _};

use anyhow::Context as _;
use bbsweep_report::Report;
use bbsweep_rewriters::review::{Hunk, Reviewer};
use bbsweep_rewriters::{Plan, PlanOptions};

use crate::changes::{BAD, STRONG, count};
use crate::output;
use crate::progress::Prompt;
use crate::scan::Sweep;

const HELP: &str = "\
y - make this edit
n - leave it
a - make this edit and all that follow in the file
d - leave this edit and all that follow in the file
q - leave this edit and all that follow; those answered with y are made
e - change by hand what comes there
? - print help";

/// What the user says to one edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    AllOfFile,
    NoneOfFile,
    Quit,
    Edit,
    Help,
}

impl Answer {
    fn parse(line: &str) -> Option<Self> {
        Some(match line.trim().chars().next()?.to_ascii_lowercase() {
            'y' => Self::Yes,
            'n' => Self::No,
            'a' => Self::AllOfFile,
            'd' => Self::NoneOfFile,
            'q' => Self::Quit,
            'e' => Self::Edit,
            '?' => Self::Help,
            _ => return None,
        })
    }
}

/// Walks the edits of `plan` and gives the plan of those that the user takes. Writes to standard error,
/// so that a document on standard output stays one.
pub(crate) fn choose(
    plan: &Plan,
    sweep: &Sweep,
    options: &PlanOptions,
    report: &Report,
    verbose: bool,
) -> anyhow::Result<Plan> {
    let findings = &sweep.outcome.findings;
    let mut plan = plan.clone();
    let units = plan.units();
    let file_of: BTreeMap<usize, usize> = plan
        .files
        .iter()
        .enumerate()
        .flat_map(|(file, row)| row.fixes.iter().map(move |fix| (*fix, file)))
        .collect();
    let reviewer = Reviewer::new(findings, options);
    let mut chosen = BTreeSet::new();
    let mut answered = BTreeMap::new();
    let prompt = Prompt::new();
    let mut out = anstream::stderr().lock();
    let mut at = 0;
    while let Some(unit) = units.get(at) {
        let file = file_of[&unit[0]];
        let known = answered.get(&file).copied();
        if known.is_none() {
            let hunks = hunks(&plan, unit, &file_of, &reviewer);
            screen::unit(&mut out, (at + 1, units.len()), &plan, report, unit, &hunks, verbose)?;
        }
        let answer = match known {
            Some(answer) => answer,
            None => ask(&mut out, unit.len(), &prompt)?,
        };
        match answer {
            Answer::Yes => chosen.extend(unit.iter().copied()),
            Answer::No => {}
            Answer::AllOfFile => {
                answered.insert(file, Answer::Yes);
                chosen.extend(unit.iter().copied());
            }
            Answer::NoneOfFile => _ = answered.insert(file, Answer::No),
            Answer::Quit => break,
            Answer::Help => {
                writeln!(out, "{BAD}{HELP}{BAD:#}")?;
                continue;
            }
            Answer::Edit => {
                if let Err(why) = by_hand(&mut plan, unit, file_of[&unit[0]], sweep, options) {
                    writeln!(
                        out,
                        "{BAD}not changed{BAD:#}: {}",
                        output::clean(&format!("{why:#}"))
                    )?;
                }
                continue;
            }
        }
        at += 1;
    }
    refuse_halves(&mut out, &plan, &units, &mut chosen, sweep, options, report)?;
    Ok(plan.only(&chosen))
}

/// What a unit changes, file by file.
fn hunks(
    plan: &Plan,
    unit: &[usize],
    file_of: &BTreeMap<usize, usize>,
    reviewer: &Reviewer<'_>,
) -> Vec<(usize, Result<Vec<Hunk>, String>)> {
    let files: BTreeSet<usize> = unit.iter().map(|fix| file_of[fix]).collect();
    files
        .into_iter()
        .map(|file| {
            let of_unit = |rows: Vec<(usize, Vec<Hunk>)>| {
                let rows = rows.into_iter().filter(|(fix, _)| unit.contains(fix));
                rows.flat_map(|(_, hunks)| hunks).collect()
            };
            (file, reviewer.file(plan, &plan.files[file]).map(of_unit))
        })
        .collect()
}

/// Asks until the answer is one. The end of the input is `q`.
fn ask(out: &mut dyn io::Write, edits: usize, prompt: &Prompt) -> anyhow::Result<Answer> {
    let what = if edits > 1 { format!("these {edits} edits") } else { "this edit".to_owned() };
    loop {
        write!(out, "{STRONG}Make {what} [y,n,a,d,q,e,?]?{STRONG:#} ")?;
        out.flush()?;
        let mut line = String::new();
        let read = prompt.during(|| io::stdin().lock().read_line(&mut line));
        if read.context("cannot read the answer")? == 0 {
            writeln!(out)?;
            return Ok(Answer::Quit);
        }
        match Answer::parse(&line) {
            Some(answer) => return Ok(answer),
            None => writeln!(out, "{BAD}{HELP}{BAD:#}")?,
        }
    }
}

/// Lets the user change what comes there, if the result is right too.
fn by_hand(
    plan: &mut Plan,
    unit: &[usize],
    file: usize,
    sweep: &Sweep,
    options: &PlanOptions,
) -> anyhow::Result<()> {
    let &[index] = unit else {
        anyhow::bail!("it renames a variable in several places, which have to stay the same");
    };
    let fix = edit::edit(&plan.fixes[index], &plan.files[file], sweep, options)?;
    let before = std::mem::replace(&mut plan.fixes[index], fix);
    let alone = plan.only(&BTreeSet::from([index]));
    if let Err(why) = alone.check(&alone.files[file], &sweep.outcome.findings, options) {
        plan.fixes[index] = before;
        anyhow::bail!("{why}");
    }
    Ok(())
}

/// Takes edits back that cannot be made without others that the user left, and names them.
fn refuse_halves(
    out: &mut dyn io::Write,
    plan: &Plan,
    units: &[Vec<usize>],
    chosen: &mut BTreeSet<usize>,
    sweep: &Sweep,
    options: &PlanOptions,
    report: &Report,
) -> anyhow::Result<()> {
    loop {
        let part = plan.only(chosen);
        let wrong = part.files.iter().enumerate().find_map(|(at, file)| {
            let why = part.check(file, &sweep.outcome.findings, options).err()?;
            Some((at, why))
        });
        let Some((file, why)) = wrong else { return Ok(()) };
        let lost: BTreeSet<usize> = units
            .iter()
            .filter(|unit| unit.iter().any(|fix| part.files[file].fixes.contains(fix)))
            .flatten()
            .copied()
            .filter(|fix| chosen.contains(fix))
            .collect();
        writeln!(
            out,
            "{BAD}left{BAD:#} {}: {} cannot be made without those that you left: {why}",
            crate::changes::shown_path(report, plan, file),
            count(lost.len(), "edit"),
        )?;
        chosen.retain(|fix| !lost.contains(fix));
        if lost.is_empty() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_first_letter() {
        assert_eq!(Answer::parse("Yes\n"), Some(Answer::Yes));
        assert_eq!(Answer::parse("  ?\r\n"), Some(Answer::Help));
        assert_eq!(Answer::parse("\n"), None);
        assert_eq!(Answer::parse("x"), None);
    }
}
