//! One finding on the page.

use maud::{Markup, html};

use super::{ReviewHunk, ReviewPiece, place_of};
use crate::model::{Finding, Report, ReportSetting, TokenIn};
use crate::render::layout::{applicability, clean, history, ownership, what};
use crate::render::page::step;
use crate::token_plan::{PlannedToken, TokenAction};
use crate::words::{self, sentence};

/// Owners of what has none.
const NOBODY: &str = "no owner";

pub(super) struct Card<'a> {
    report: &'a Report,
    pub(super) finding: &'a Finding,
    pub(super) hunks: &'a [ReviewHunk],
}

impl<'a> Card<'a> {
    pub(super) fn new(report: &'a Report, finding: &'a Finding, hunks: &'a [ReviewHunk]) -> Self {
        Self { report, finding, hunks }
    }

    /// Its code owners, or else who wrote it last.
    pub(super) fn owners(&self) -> Vec<String> {
        let author = self.finding.last_change.as_ref().map(|change| clean(&change.author));
        match (self.finding.owners.as_slice(), author) {
            ([], Some(author)) => vec![author],
            ([], None) => vec![NOBODY.to_owned()],
            (owners, _) => owners.iter().map(|owner| clean(owner)).collect(),
        }
    }

    pub(super) fn repository(&self) -> String {
        match &self.finding.repository {
            Some(name) => clean(&self.report.shown_path(self.finding.root, name)),
            None => "no repository".to_owned(),
        }
    }

    pub(super) fn render(&self, number: usize) -> Markup {
        let finding = self.finding;
        let edit = finding
            .rewrite
            .as_ref()
            .map_or("manual", |row| words::applicability(row.applicability));
        let shown = finding.rewrite.as_ref().map_or("manual", |row| applicability(finding, row));
        let id = format!("finding-{number}");
        html! {
            article.card id=(id) tabindex="-1" aria-labelledby={ (id) "-title" } data-id=(finding.id)
                data-rule=(finding.rule) data-owner=(self.owners().join("\n"))
                data-repository=(self.repository()) data-applicability=(edit) {
                h3 id={ (id) "-title" } {
                    span.number { (number) }
                    code.place { (place_of(self.report, finding)) }
                    span class={ "badge " (edit) } { (shown) }
                    span.badge.rule { (finding.rule) }
                }
                p { strong { (words::severity(finding.severity)) } ": " (clean(&sentence(&finding.message))) }
                @if self.hunks.is_empty() { (self.excerpt()) } @else { (self.diff()) }
                dl { (self.facts()) }
                (self.to_do())
            }
        }
    }

    /// The edit, side by side.
    fn diff(&self) -> Markup {
        html! {
            table.diff {
                caption.unseen { "The lines before and after" }
                thead { tr {
                    th.n scope="col" { span.unseen { "Line" } }
                    th scope="col" { "Before" }
                    th scope="col" { "After" }
                } }
                @for hunk in self.hunks {
                    tbody {
                        @for at in 0..hunk.old.len().max(hunk.new.len()) {
                            tr {
                                td.n { @if at < hunk.old.len() { (hunk.line + at as u64) } }
                                td.old data-side="−" { (line(hunk.old.get(at), true)) }
                                td.new data-side="+" { (line(hunk.new.get(at), false)) }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The line with the use marked, where nothing is edited.
    fn excerpt(&self) -> Markup {
        let finding = self.finding;
        let (start, end) = finding.excerpt_use();
        let text = &finding.excerpt;
        html! {
            @if !text.is_empty() {
                table.diff {
                    caption.unseen { "The line" }
                    tbody { tr {
                        td.n { (finding.line) }
                        td.old data-side=" " {
                            code { (clean(&text[..start])) mark { (clean(&text[start..end])) } (clean(&text[end..])) }
                        }
                    } }
                }
            }
        }
    }

    fn facts(&self) -> Markup {
        let finding = self.finding;
        let mut rows: Vec<(&str, String)> = Vec::new();
        if let Some(rewrite) = &finding.rewrite {
            rows.push(("why", sentence(&rewrite.reason)));
        }
        rows.push(("what", what(finding)));
        let known = [
            ("secret", &finding.secret_masked),
            ("username", &finding.username),
            ("variable", &finding.variable),
            ("git config key", &finding.git_config_key),
        ];
        rows.extend(known.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))));
        rows.extend(history(finding));
        rows.extend(ownership(finding));
        if !finding.scopes.is_empty() {
            rows.push(("scopes", finding.scopes.join(" ")));
        }
        html! {
            @for (name, said) in &rows { dt { (name) } dd { (clean(said)) } }
        }
    }

    /// What has to be created for the edit, and what to do besides.
    fn to_do(&self) -> Markup {
        let finding = self.finding;
        let mut steps: Vec<String> = Vec::new();
        let plan = &self.report.summary.token_plan;
        let token = (1..).zip(plan).find(|(_, row)| row.findings.contains(&finding.id));
        let rewrite = finding.rewrite.as_ref();
        if let (Some((number, token)), false) = (token, self.hunks.is_empty()) {
            steps.extend(create(number, token));
        }
        for setting in self.settings() {
            let ReportSetting { name, holds, set, .. } = setting;
            if set.is_empty() {
                steps.push(format!("set {name}, which holds {holds}"));
            }
            steps.extend(set.iter().cloned());
        }
        if rewrite.and_then(|rewrite| rewrite.token_in) == Some(TokenIn::Placeholder) {
            steps.push("put the token in the place of the placeholder in this file".to_owned());
        }
        steps.extend(rewrite.iter().flat_map(|rewrite| rewrite.steps.iter().cloned()));
        if rewrite.is_none() {
            steps.extend(finding.help.lines().map(ToOwned::to_owned));
        }
        html! {
            @if !steps.is_empty() {
                h4 { "To do" }
                ul.steps { @for one in &steps { li { (step(one)) } } }
            }
        }
    }

    /// The variables that the edit reads and that have to exist.
    fn settings(&self) -> impl Iterator<Item = &'a ReportSetting> {
        let variables = self.finding.rewrite.as_ref().map_or(&[][..], |row| &row.variables);
        let repository = self.finding.repository.as_deref();
        self.report.summary.settings.iter().filter(move |setting| {
            variables.contains(&setting.name)
                && repository.is_none_or(|repository| repository == setting.repository)
        })
    }
}

/// What to make for the credential of a finding.
fn create(number: usize, token: &PlannedToken) -> Option<String> {
    let scopes = token.scopes.join(" ");
    match token.action {
        TokenAction::Create if scopes.is_empty() => {
            Some(format!("create the API token of row {number} of the token plan"))
        }
        TokenAction::Create => Some(format!(
            "create the API token of row {number} of the token plan, with the scopes {scopes}"
        )),
        TokenAction::Keep => Some(format!(
            "keep the API token of row {number} of the token plan, and check its scopes"
        )),
        TokenAction::Delete => None,
    }
}

fn line(pieces: Option<&Vec<ReviewPiece>>, old: bool) -> Markup {
    html! {
        @if let Some(pieces) = pieces {
            code {
                @for piece in pieces {
                    @match (piece.changed, old) {
                        (true, true) => { del { (clean(&piece.text)) } }
                        (true, false) => { ins { (clean(&piece.text)) } }
                        (false, _) => { (clean(&piece.text)) }
                    }
                }
            }
        }
    }
}
