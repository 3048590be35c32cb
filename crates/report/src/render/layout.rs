//! What the documents for people have in common: groups of findings, shared steps, sentences of the
//! summary.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Write as _;

use bbsweep_scanner_core::mask::is_unprintable;
use bbsweep_scanner_core::{HistorySource, Severity, SkipReason};
use jiff::tz::TimeZone;

use super::RenderOptions;
use crate::model::{
    APPLICABILITIES, Applicability, Finding, Report, ReportCommit, ReportSuppressed, Rewrite,
    SEVERITIES, STATES, SuppressedBy, is_absolute,
};
use crate::words;
use crate::words::{count, list};

/// The findings of one repository, or those of no repository below one root.
pub(super) struct Group<'a> {
    /// A folder as the user can open it, or what stands in the place of one.
    pub(super) title: Result<String, &'static str>,
    /// What it is, where it is no repository.
    pub(super) remark: Option<&'static str>,
    /// In the report's order.
    pub(super) findings: Vec<&'a Finding>,
}

/// Groups the findings in the order in which a group first appears.
pub(super) fn groups(report: &Report, notes: bool) -> Vec<Group<'_>> {
    let mut known = HashMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for finding in shown(report, notes) {
        let outside = finding.repository.is_none() && is_absolute(&finding.path);
        let key = (if outside { 0 } else { finding.root }, finding.repository.as_deref(), outside);
        let at = *known.entry(key).or_insert_with(|| {
            let root = report.shown_path(finding.root, ".");
            let (title, remark) = match (finding.repository.as_deref(), root.as_str()) {
                (Some(repository), _) => (Ok(report.shown_path(finding.root, repository)), None),
                (None, _) if outside => (Err("Outside of the scanned folders"), None),
                (None, _) if finding.path == "-" => (Err("Standard input"), None),
                (None, root) => (Ok(root.to_owned()), Some("no repository")),
            };
            groups.push(Group { title, remark, findings: Vec::new() });
            groups.len() - 1
        });
        groups[at].findings.push(finding);
    }
    groups
}

/// The findings to show.
pub(super) fn shown(report: &Report, notes: bool) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(move |finding| notes || finding.severity > Severity::Note)
}

/// Steps that several of the findings ask for: they are told once.
pub(super) fn shared_steps(report: &Report, notes: bool) -> Shared<'_> {
    let mut steps: Vec<(&str, usize)> = Vec::new();
    let mut at = HashMap::new();
    for finding in shown(report, notes) {
        let Some(rewrite) = &finding.rewrite else { continue };
        for step in &rewrite.steps {
            let index = *at.entry(step.as_str()).or_insert_with(|| {
                steps.push((step, 0));
                steps.len() - 1
            });
            steps[index].1 += 1;
        }
    }
    let in_order: Vec<_> =
        steps.into_iter().filter(|(_, findings)| *findings > 1).map(|(step, _)| step).collect();
    Shared { set: in_order.iter().copied().collect(), in_order }
}

/// Steps that several findings ask for.
#[derive(Default)]
pub(super) struct Shared<'a> {
    pub(super) in_order: Vec<&'a str>,
    set: HashSet<&'a str>,
}

impl Shared<'_> {
    /// The steps that are told at the finding itself.
    pub(super) fn own<'f>(&self, finding: &'f Finding) -> impl Iterator<Item = &'f str> {
        let steps = finding.rewrite.iter().flat_map(|rewrite| &rewrite.steps);
        steps.map(String::as_str).filter(|step| !self.set.contains(step))
    }
}

/// Where a finding stands: `path:line:column`.
pub(super) fn place(report: &Report, finding: &Finding) -> String {
    let path = if finding.path == "-" {
        "<stdin>".to_owned()
    } else {
        report.shown_path(finding.root, &finding.path)
    };
    format!("{path}:{}:{}", finding.line, finding.column)
}

/// What is told of a finding's history, each with its name; commits are named so that git knows them.
pub(super) fn history(finding: &Finding) -> Vec<(&'static str, String)> {
    let Some(history) = &finding.history else {
        // What a push brings in.
        let id = finding.commit.iter().map(|id| id.get(..12).unwrap_or(id).to_owned());
        return id.map(|id| ("brought by", id)).collect();
    };
    let of_work_tree = finding.commit.is_none();
    let mut rows = Vec::new();
    if !of_work_tree {
        rows.push(match history.source {
            HistorySource::Blob if history.first.is_none() => {
                ("object", format!("{}, which no ref leads to", history.object))
            }
            HistorySource::Blob => ("object", history.object.clone()),
            HistorySource::CommitMessage => ("object", "the message of the commit".to_owned()),
            HistorySource::TagMessage => ("object", format!("the tag {}", history.object)),
        });
    }
    match (&history.first, &history.last) {
        (Some(first), Some(last)) if first.id != last.id && !of_work_tree => {
            rows.push(("commits", format!("from {} to {}", commit(first), commit(last))));
        }
        (Some(first), _) if of_work_tree => {
            rows.push(("history", format!("in each commit since {}", commit(first))));
        }
        (Some(only), _) => rows.push(("commit", commit(only))),
        (None, _) => {}
    }
    if !history.tips.is_empty() && !of_work_tree {
        rows.push(("branch", names(&history.tips)));
    }
    if let Some(via) = &history.via {
        rows.push(("through", via.clone()));
    }
    if !history.paths.is_empty() {
        rows.push(("also at", names(&history.paths)));
    }
    rows
}

/// Who answers for a finding, each with a name, if that was asked.
pub(super) fn ownership(finding: &Finding) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    if !finding.owners.is_empty() {
        rows.push(("owners", finding.owners.join(" ")));
    }
    rows.extend(finding.last_change.as_ref().map(|change| ("last change", commit(change))));
    rows
}

/// What earlier audits know of a finding, with a name.
pub(super) fn known(finding: &Finding) -> Option<(&'static str, String)> {
    let audit = finding.audit.as_ref()?;
    let day = TimeZone::UTC.to_datetime(audit.first_seen).date();
    let mut text = if audit.is_new { "new".to_owned() } else { format!("known since {day}") };
    if audit.acceptance_expired {
        text.push_str(", its acceptance has expired");
    } else if audit.overdue {
        text.push_str(", overdue");
    }
    Some(("audit", text))
}

/// "2 new, 3 known, 1 fixed since 2026-11-25 02:15; 1 overdue".
pub(super) fn audited(report: &Report) -> Option<String> {
    let audit = report.summary.audit?;
    let mut text = match audit.previous {
        None => format!("the first one: {} new", words::thousands(audit.new)),
        Some(previous) => format!(
            "{} new, {} known, {} fixed since {}",
            words::thousands(audit.new),
            words::thousands(audit.known),
            words::thousands(audit.fixed),
            previous.strftime("%Y-%m-%d %H:%M")
        ),
    };
    if audit.overdue > 0 {
        let _ = write!(text, "; {} overdue", words::thousands(audit.overdue));
    }
    Some(text)
}

/// A commit by what people know it by.
fn commit(commit: &ReportCommit) -> String {
    let id = commit.id.get(..12).unwrap_or(&commit.id);
    let day = TimeZone::UTC.to_datetime(commit.date).date();
    format!("{id} of {day} by {}", commit.author)
}

/// A few of them, and how many more.
fn names(all: &[String]) -> String {
    const NAMED: usize = 5;
    let mut text = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if let Some(more @ 1..) = all.len().checked_sub(NAMED) {
        let _ = write!(text, " and {more} more");
    }
    text
}

/// "app password for git, likely".
pub(super) fn what(finding: &Finding) -> String {
    let mut what = words::state(finding.state).to_owned();
    if let Some(usage) = words::usage(finding.usage) {
        what.push_str(" for ");
        what.push_str(usage);
    }
    if finding.confidence < bbsweep_scanner_core::Confidence::Certain {
        what.push_str(", ");
        what.push_str(words::confidence(finding.confidence));
    }
    what
}

/// Shows what a text from outside holds of control characters, and of those that reorder or hide
/// text, instead of sending them.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unprintable(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether the report has a finding that asks for something to be done.
pub(super) fn has_work(report: &Report) -> bool {
    report.findings.iter().any(|finding| finding.severity > Severity::Note)
}

/// "3 errors, 1 warning"; nothing that is zero.
pub(super) fn by_severity<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> String {
    let mut counts = [0; SEVERITIES.len()];
    for finding in findings {
        for (count, severity) in counts.iter_mut().zip(SEVERITIES) {
            *count += u64::from(finding.severity == severity);
        }
    }
    join(
        SEVERITIES.into_iter().zip(counts).map(|(severity, n)| (n, words::severities(severity, n))),
    )
}

/// "9 app passwords, 3 references"; nothing that is zero.
pub(super) fn by_state(report: &Report) -> String {
    let number = |state| report.summary.findings.get(&state).copied().unwrap_or(0);
    join(STATES.into_iter().map(|state| (number(state), words::states(state, number(state)))))
}

/// "6 safe edits, 4 for review, 3 manual".
pub(super) fn by_applicability(report: &Report) -> String {
    APPLICABILITIES.map(|row| words::applicabilities(row, edits(report, row))).join(", ")
}

/// How many findings have this applicability.
pub(super) fn edits(report: &Report, applicability: Applicability) -> u64 {
    report.summary.rewrites.get(&applicability).copied().unwrap_or(0)
}

fn join(rows: impl Iterator<Item = (u64, String)>) -> String {
    rows.filter(|(number, _)| *number > 0).map(|(_, row)| row).collect::<Vec<_>>().join(", ")
}

/// "412 files, 3.2 MiB, 5 repositories in 140 ms".
pub(super) fn scanned(report: &Report) -> String {
    let summary = &report.summary;
    if summary.truncated.is_some() {
        return "unknown: the saved report ends before it says so".to_owned();
    }
    let history = summary.history.map_or_else(String::new, |history| {
        format!(
            ", {} and {} of history ({})",
            count(history.commits, "commit", "commits"),
            count(history.objects, "object", "objects"),
            words::bytes(history.bytes)
        )
    });
    let unchanged = summary.unchanged.map_or_else(String::new, |unchanged| {
        format!(" ({} unchanged)", words::thousands(unchanged))
    });
    format!(
        "{}{unchanged}, {}, {}{history} in {}",
        count(summary.files, "file", "files"),
        words::bytes(summary.bytes),
        count(summary.repositories, "repository", "repositories"),
        words::duration(summary.elapsed_ms)
    )
}

/// "412 files and 5 repositories", for a sentence.
fn extent(report: &Report) -> String {
    let files = count(report.summary.files, "file", "files");
    match report.summary.repositories {
        _ if report.summary.truncated.is_some() => "an unknown number of files".to_owned(),
        0 => files,
        repositories => {
            format!("{files} and {}", count(repositories, "repository", "repositories"))
        }
    }
}

/// Why "clean" can't be claimed: "3 inputs could not be read". `None` for a whole scan.
pub(super) fn incomplete(report: &Report) -> Option<String> {
    if report.summary.complete {
        return None;
    }
    let (stopped, unread): (Vec<_>, Vec<_>) =
        report.unread().partition(|skipped| skipped.reason == SkipReason::Cancelled.name());
    let mut why: Vec<String> = report.summary.truncated.iter().cloned().collect();
    if !stopped.is_empty() {
        why.push("the scan was stopped before its end".to_owned());
    }
    if !unread.is_empty() {
        let unread = count(unread.len() as u64, "input", "inputs");
        why.push(format!("{unread} could not be read"));
    }
    if why.is_empty() {
        why.push("the scan did not come to its end".to_owned());
    }
    Some(list(&why))
}

/// What was left out by choice: "12 symbolic links not followed".
pub(super) fn left_out(report: &Report) -> Vec<String> {
    let unread: BTreeSet<&str> = report.unread().map(|skipped| skipped.reason.as_str()).collect();
    report
        .summary
        .skipped
        .iter()
        .filter(|(reason, number)| **number > 0 && !unread.contains(reason.as_str()))
        .map(|(reason, number)| words::left_out(reason, *number))
        .collect()
}

/// Splits a step that ends in a command to copy: what it is for, and the command.
pub fn command(step: &str) -> Option<(&str, &str)> {
    const PROGRAMS: [&str; 8] =
        ["git", "printf", "echo", "curl", "export", "bbsweep", "docker", "kubectl"];
    let (purpose, command) = step.split_once(": ")?;
    PROGRAMS.contains(&command.split(' ').next()?).then_some((purpose, command))
}

/// What an applicability is called at a finding: a note that stays as it is needs no hand.
pub(super) fn applicability(finding: &Finding, rewrite: &Rewrite) -> &'static str {
    match rewrite.applicability {
        Applicability::Manual if finding.severity == Severity::Note => "note",
        applicability => words::applicability(applicability),
    }
}

/// What the report comes to, in one sentence without its full stop: its head, and the rest.
pub(super) fn verdict(report: &Report, options: RenderOptions) -> (&'static str, String) {
    let extent = extent(report);
    let notes = notes(report);
    let hidden = match notes {
        0 => "",
        _ if options.notes => "",
        1 => " (hidden; --notes shows it)",
        _ => " (hidden; --notes shows them)",
    };
    let suppressed = suppressed_count(report, options);
    if has_work(report) {
        let findings = count(report.findings.len() as u64, "finding", "findings");
        let rest = format!("{findings} in {extent}: {}{hidden}", by_severity(&report.findings));
        let rest = rest + &suppressed;
        return ("", rest);
    }
    let notes = match notes {
        0 => String::new(),
        notes => format!("; {}{hidden}", count(notes, "note", "notes")),
    };
    if report.summary.complete {
        ("No app password found", format!(" in {extent}{notes}{suppressed}"))
    } else {
        (
            "No app password found in what could be read",
            format!(" ({extent}), but \"clean\" can't be claimed{notes}{suppressed}"),
        )
    }
}

/// "; 3 suppressed (--show-suppressed lists them)".
fn suppressed_count(report: &Report, options: RenderOptions) -> String {
    match report.summary.suppressed.len() {
        0 => String::new(),
        number if options.suppressed => format!("; {number} suppressed"),
        1 => "; 1 suppressed (--show-suppressed lists it)".to_owned(),
        number => format!("; {number} suppressed (--show-suppressed lists them)"),
    }
}

/// What was suppressed, by cause: "2 by bbsweep:ignore", "1 by the allow list (tests)".
pub(super) fn suppressed(report: &Report) -> Vec<String> {
    let rows = &report.summary.suppressed;
    let cause =
        |by: SuppressedBy, what: &str, more: &dyn Fn(&ReportSuppressed) -> Option<String>| {
            let of_cause: Vec<_> = rows.iter().filter(|row| row.by == by).collect();
            let named: BTreeSet<String> = of_cause.iter().filter_map(|row| more(row)).collect();
            let named: Vec<_> = named.into_iter().collect();
            let named =
                if named.is_empty() { String::new() } else { format!(" ({})", named.join(", ")) };
            (!of_cause.is_empty()).then(|| format!("{} by {what}{named}", of_cause.len()))
        };
    [
        cause(SuppressedBy::Rule, "disabled rules", &|row| Some(row.rule.clone())),
        cause(SuppressedBy::Allow, "the allow list", &|row| row.reason.clone()),
        cause(SuppressedBy::Inline, "bbsweep:ignore", &|_| None),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// How many notes there are.
fn notes(report: &Report) -> u64 {
    report.summary.severities.get(&Severity::Note).copied().unwrap_or(0)
}

/// What to run next, each with what it does. Nothing where no edit can be made.
pub(super) fn commands(report: &Report) -> Vec<(String, String)> {
    let safe = edits(report, Applicability::Safe);
    let review = edits(report, Applicability::Review);
    // What came on standard input has no file.
    if safe + review == 0 || report.header.roots.iter().any(|root| root == "-") {
        return Vec::new();
    }
    let roots: Vec<_> = report.header.roots.iter().map(|root| words::shell_word(root)).collect();
    let roots = roots.join(" ");
    let all = count(safe + review, "edit", "edits");
    let mut rows = vec![(
        format!("bbsweep patch {roots} -o bbsweep-patches"),
        format!("writes {all} as patches, and a review"),
    )];
    if safe > 0 {
        let edits = count(safe, "safe edit", "safe edits");
        rows.push((
            format!("bbsweep apply {roots} --dry-run"),
            "changes nothing, says what would".into(),
        ));
        rows.push((format!("bbsweep apply {roots}"), format!("makes {edits}")));
    }
    if review > 0 {
        let also = if safe > 0 { "makes those, and" } else { "makes" };
        let edits = words::applicabilities(Applicability::Review, review);
        rows.push((format!("bbsweep apply {roots} --unsafe"), format!("{also} {edits}")));
    }
    rows
}

/// Options that this scan had and the next command needs too, to see the same files.
pub(super) fn same_options(report: &Report) -> Option<String> {
    let options: Vec<_> = report
        .header
        .options
        .iter()
        .filter(|(name, value)| match name.as_str() {
            name if report.header.config_options.iter().any(|own| own == name) => false,
            "one-file-system" => *value == "false",
            // Set by itself where a scanned folder holds the home directory; what is in the history is
            // not rewritten.
            "git-config" | "history" | "history-only" | "since" | "branch" | "unreachable"
            | "shard" => false,
            _ => *value != "false",
        })
        .map(|(name, value)| match value.as_str() {
            "true" => format!("--{name}"),
            value => format!("--{name}={value}"),
        })
        .collect();
    (!options.is_empty()).then(|| options.join(" "))
}
