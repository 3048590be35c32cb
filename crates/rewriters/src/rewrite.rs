//! What a rewriter gets, what it gives back, and the table that names all rewriters.

use std::fmt;
use std::ops::Range;

use bbsweep_scanner_core::bitbucket::Host;
use bbsweep_scanner_core::consumer::Evidence;
use bbsweep_scanner_core::document::Document;
use bbsweep_scanner_core::{Finding, Role, Rule, Span};

use crate::edit::Applicability;
use crate::env_variable::Renames;
use crate::plan::PlanOptions;
use crate::slot::Parsed;
use crate::{
    app_password_literal, command_line, env_variable, gcm_store, git_config_header, git_config_url,
    git_config_username, git_credentials, gitmodules_url, http_file, netrc, program_call, slot,
    sourcetree, url_userinfo,
};

/// One finding and all that a rewriter may look at.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// What was found.
    pub(crate) finding: &'a Finding,
    /// The whole file, decoded.
    pub(crate) doc: &'a Document<'a>,
    /// The whole file as it was read.
    pub(crate) bytes: &'a [u8],
    /// What the user asked for.
    pub(crate) options: &'a PlanOptions,
    /// Which variables get a new name in this repository or tree.
    pub(crate) renames: &'a Renames,
    /// The file by its structure, where that is asked for.
    pub(crate) parsed: &'a Parsed,
}

impl<'a> Subject<'a> {
    /// Where `span` lies in [`Document::text`]; `None` if it does not lie in the file.
    pub(crate) fn range(&self, span: Span) -> Option<Range<usize>> {
        range_in(self.doc, span)
    }

    /// Where the first part with this role lies in [`Document::text`].
    pub(crate) fn part_range(&self, role: Role) -> Option<Range<usize>> {
        self.range(self.finding.part(role)?)
    }

    /// The decoded bytes of `span`.
    pub(crate) fn text(&self, span: Span) -> Option<&'a [u8]> {
        self.doc.text.get(self.range(span)?)
    }

    /// The decoded bytes of the first part with this role.
    pub(crate) fn part_text(&self, role: Role) -> Option<&'a [u8]> {
        self.text(self.finding.part(role)?)
    }

    /// Which of Bitbucket's hosts the use names; `None` also where it names none.
    pub(crate) fn host(&self) -> Option<Host> {
        self.doc.host(self.part_text(Role::Host)?)
    }

    /// An edit of a range of [`Document::text`].
    pub(crate) fn edit(&self, range: Range<usize>, text: impl Into<String>) -> TextEdit {
        TextEdit { span: self.doc.span(range), text: text.into() }
    }
}

/// Where `span` of the original file lies in [`Document::text`]; `None` if it does not lie there.
pub(crate) fn range_in(doc: &Document<'_>, span: Span) -> Option<Range<usize>> {
    let text_offset = |at: u64| doc.encoding.text_offset(&doc.text, at.checked_sub(doc.base)?);
    let range = text_offset(span.start)?..text_offset(span.end)?;
    (range.start <= range.end).then_some(range)
}

/// Replaces the bytes of one span of the original file by text, which the planner encodes as the
/// file is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TextEdit {
    /// Where, in the file as it was read.
    pub(crate) span: Span,
    /// What comes there. May hold the user's new token.
    pub(crate) text: String,
}

impl fmt::Debug for TextEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TextEdit({}..{} -> {} bytes)", self.span.start, self.span.end, self.text.len())
    }
}

/// A variable that has to exist outside of the files for a rewrite to work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Need {
    /// Its name.
    pub(crate) name: String,
    /// What it holds, for people.
    pub(crate) holds: String,
    /// The variable that it takes the place of.
    pub(crate) replaces: Option<String>,
}

/// What a rewriter makes of one finding. The planner checks it before it becomes a
/// [`crate::Fix`].
#[derive(Clone, Debug)]
pub(crate) struct Proposal {
    /// How far it can be trusted.
    pub(crate) applicability: Applicability,
    /// In any order, not overlapping; empty exactly for `Manual`.
    pub(crate) edits: Vec<TextEdit>,
    /// The use after the edits. `None`: the planner shows the finding's span with the edits made.
    /// The planner masks every known secret in it.
    pub(crate) shown: Option<String>,
    /// Why this applicability, in one sentence without a full stop.
    pub(crate) reason: String,
    /// What the user has to do besides, in order; each one line.
    pub(crate) steps: Vec<String>,
    /// The old name of the variable that the edits rename. If the planner has to withdraw one such
    /// edit, it plans the group again with this variable kept.
    pub(crate) renamed: Option<String>,
    /// Variables to create.
    pub(crate) needs: Vec<Need>,
}

impl Proposal {
    /// Nothing is edited.
    pub(crate) fn manual(reason: impl Into<String>) -> Self {
        Self::new(Applicability::Manual, Vec::new(), reason)
    }

    /// Edits of this applicability.
    pub(crate) fn new(
        applicability: Applicability,
        edits: Vec<TextEdit>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            applicability,
            edits,
            shown: None,
            reason: reason.into(),
            steps: Vec::new(),
            renamed: None,
            needs: Vec::new(),
        }
    }

    /// Adds what the user has to do.
    #[must_use]
    pub(crate) fn steps<S: Into<String>>(mut self, steps: impl IntoIterator<Item = S>) -> Self {
        self.steps.extend(steps.into_iter().map(Into::into));
        self
    }

    /// Says what the use looks like afterwards, where the finding's span does not show it.
    #[must_use]
    pub(crate) fn shown(mut self, shown: impl Into<String>) -> Self {
        self.shown = Some(shown.into());
        self
    }
}

/// Asks the rewriter of the finding's rule. What no source confirms is never safe.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    let mut proposal = by_rule(subject);
    if let Some(consumer) = subject.finding.rule.consumer()
        && proposal.applicability == Applicability::Safe
    {
        let of_slot = subject.finding.slot.and_then(|slot| slot.evidence);
        if of_slot.unwrap_or(consumer.evidence) != Evidence::Confirmed {
            proposal.applicability = Applicability::Review;
            proposal.reason =
                format!("{}; no source says that {} takes it so", proposal.reason, consumer.name);
        }
    }
    proposal
}

/// A rule without a rewriter does not compile.
fn by_rule(subject: &Subject<'_>) -> Proposal {
    if subject.finding.slot.is_some() {
        return slot::rewrite(subject);
    }
    match subject.finding.via {
        Rule::GitCredentials => git_credentials::rewrite(subject),
        Rule::Netrc => netrc::rewrite(subject),
        Rule::GitConfigHeader => git_config_header::rewrite(subject),
        Rule::GitConfigUrl => git_config_url::rewrite(subject),
        Rule::GitConfigUsername => git_config_username::rewrite(subject),
        Rule::GitmodulesUrl => gitmodules_url::rewrite(subject),
        Rule::UrlUserinfo => url_userinfo::rewrite(subject),
        Rule::EnvVariable => env_variable::rewrite(subject),
        Rule::AppPasswordLiteral => app_password_literal::rewrite(subject),
        Rule::GitCredentialManager => gcm_store::rewrite(subject),
        Rule::HttpClient => http_file::rewrite(subject),
        Rule::Sourcetree => sourcetree::rewrite(subject),
        Rule::Curl | Rule::Wget | Rule::Httpie | Rule::GitCommand | Rule::PowershellWeb => {
            command_line::rewrite(subject)
        }
        Rule::Python
        | Rule::Javascript
        | Rule::Go
        | Rule::Java
        | Rule::Ruby
        | Rule::Php
        | Rule::Csharp => program_call::rewrite(subject),
        // JSON in a variable.
        Rule::Composer => command_line::rewrite(subject),
        // A call of a program that has options for both.
        _ if subject.finding.part(Role::Command).is_some() => command_line::rewrite(subject),
        // What a consumer's row describes is rewritten by a mechanism above.
        _ => Proposal::manual("nothing rewrites this place"),
    }
}
