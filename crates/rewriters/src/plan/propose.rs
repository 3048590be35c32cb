//! One file: what its rewriters propose, what of it can stand, and why the rest cannot.

use std::collections::BTreeMap;
use std::path::Path;

use bbsweep_scanner_core::document::Document;
use bbsweep_scanner_core::{FileKind, Finding, Role, Rule, Settings, Severity, Span};

use crate::edit::{Applicability, Edit, Fix, TokenIn, conflict};
use crate::env_variable::Renames;
use crate::plan::check::Checker;
use crate::plan::show::{Masker, rewritten};
use crate::plan::{PlanOptions, file};
use crate::rewrite::{Need, Proposal, Subject, rewrite};
use crate::slot::Parsed;
use crate::{names, variable};

/// What becomes of the findings of one file.
#[derive(Default)]
pub(super) struct Planned {
    /// By index of the finding.
    pub(super) fixes: Vec<(usize, Fix)>,
    /// Of the bytes that the edits are for; `None` if they could not be read.
    pub(super) digest: Option<[u8; 32]>,
    /// Variables whose rename had to be withdrawn here, with the reason.
    pub(super) blocked: Vec<(String, String)>,
    /// Variables to create and how, by index of the finding.
    pub(super) needs: Vec<(usize, Need, String)>,
}

/// A finding with its fix, until the file is done.
pub(super) struct Draft<'a> {
    pub(super) index: usize,
    pub(super) finding: &'a Finding,
    pub(super) fix: Fix,
    needs: Vec<Need>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(index: usize, finding: &'a Finding, fix: Fix) -> Self {
        Self { index, finding, fix, needs: Vec::new() }
    }

    pub(super) fn is_edited(&self) -> bool {
        !self.fix.edits.is_empty()
    }

    /// Takes the edits back.
    fn withdraw(&mut self, reason: impl Into<String>, blocked: &mut Vec<(String, String)>) {
        let reason = reason.into();
        if let Some(variable) = self.fix.renamed.take() {
            let path = &self.finding.location.path;
            let line = self.finding.location.line;
            blocked.push((variable, format!("{path}:{line}: {reason}")));
        }
        self.needs.clear();
        self.fix = Fix::manual(reason, std::mem::take(&mut self.fix.steps));
    }
}

/// The file that `findings` were made in, as the scan read it. Where its name does not tell its kind,
/// as of a git config that another one includes, the rules do.
pub(crate) fn document<'a>(
    path: &'a str,
    findings: impl Iterator<Item = &'a Finding>,
    bytes: &'a [u8],
    settings: &'a Settings,
) -> Document<'a> {
    let mut doc = Document { settings, ..Document::new(path, bytes) };
    for finding in findings {
        doc.kind = match finding.via {
            Rule::GitConfigHeader | Rule::GitConfigUrl | Rule::GitConfigUsername => {
                FileKind::GitConfig
            }
            Rule::GitmodulesUrl => FileKind::Gitmodules,
            Rule::GitCredentials => FileKind::GitCredentials,
            Rule::Netrc => FileKind::Netrc,
            _ => continue,
        };
    }
    doc
}

/// Plans the findings `indices`, all of the file at `path`.
pub(super) fn file(
    path: &Path,
    indices: &[usize],
    findings: &[Finding],
    options: &PlanOptions,
    renames: &Renames,
) -> Planned {
    let of_file = || indices.iter().map(|index| (*index, &findings[*index]));
    let (Some((_, first)), bytes) = (of_file().next(), options.read(path)) else {
        return Planned::default();
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(reason) => {
            let fixes =
                of_file().map(|(i, _)| (i, Fix::manual(reason.as_str(), Vec::new()))).collect();
            return Planned { fixes, ..Planned::default() };
        }
    };
    let of_all = of_file().map(|(_, finding)| finding);
    let doc = document(&first.location.path, of_all, &bytes, &options.settings);
    let masker = Masker::new(options, of_file().map(|(_, finding)| finding));
    let checker = Checker::new(&doc, &bytes, options, renames);

    let parsed = Parsed::default();
    let mut blocked = Vec::new();
    let mut drafts: Vec<Draft<'_>> = of_file()
        .map(|(index, finding)| {
            let subject =
                Subject { finding, doc: &doc, bytes: &bytes, options, renames, parsed: &parsed };
            if !checker.still_there(finding) {
                let mut draft =
                    Draft { index, finding, fix: Fix::manual("", Vec::new()), needs: Vec::new() };
                draft.fix.renamed.clone_from(&finding.variable);
                draft.withdraw("the file changed since it was scanned: scan again", &mut blocked);
                return draft;
            }
            let mut proposal = rewrite(&subject);
            let needs = std::mem::take(&mut proposal.needs);
            let renamed = proposal.renamed.clone();
            let fix = settle(proposal, &subject, &masker);
            let mut draft = Draft { needs, ..Draft::new(index, finding, fix) };
            if renamed.is_some() && draft.fix.renamed.is_none() {
                let reason = draft.fix.reason.clone();
                draft.fix.renamed = renamed;
                draft.withdraw(reason, &mut blocked);
            }
            draft
        })
        .collect();

    withdraw_overlapping(&mut drafts, &mut blocked);
    withdraw_failing(&mut drafts, &checker, &mut blocked);

    let mut planned = Planned { digest: Some(file::digest(&bytes)), blocked, ..Planned::default() };
    for mut draft in drafts {
        draft.fix.reads = draft.needs.iter().map(|need| need.name.clone()).collect();
        draft.fix.reads.sort_unstable();
        draft.fix.reads.dedup();
        for need in draft.needs {
            let provision = variable::provide(&doc, &need.name);
            draft.fix.provisions.push(provision.clone());
            planned.needs.push((draft.index, need, provision));
        }
        planned.fixes.push((draft.index, draft.fix));
    }
    planned
}

/// Makes a fix of a proposal: edits encoded as the file is, nothing unmasked in what people read.
fn settle(proposal: Proposal, subject: &Subject<'_>, masker: &Masker) -> Fix {
    let finding = subject.finding;
    let steps: Vec<_> = proposal.steps.iter().map(|step| masker.mask(step)).collect();
    if proposal.edits.is_empty() || proposal.applicability == Applicability::Manual {
        return match finding.severity {
            // What becomes of a username's variable is worth telling.
            Severity::Note
                if finding.via != Rule::EnvVariable
                    || finding.part(Role::UsernameName).is_none() =>
            {
                Fix::manual("nothing to do", Vec::new())
            }
            _ => Fix::manual(masker.mask(&proposal.reason), steps),
        };
    }
    let mut text_edits = proposal.edits;
    text_edits.sort_by_key(|edit| edit.span);
    let ascii_only = str::from_utf8(&subject.doc.text).is_err();
    if ascii_only && text_edits.iter().any(|edit| !edit.text.is_ascii()) {
        let reason = "the file is in no Unicode encoding, and what would come there is not ASCII";
        return Fix::manual(reason, steps);
    }
    let apart = text_edits.windows(2).all(|pair| !conflict(pair[0].span, pair[1].span));
    let inside = |span: Span| span.start <= span.end && span.end <= subject.bytes.len() as u64;
    if !apart || !text_edits.iter().all(|edit| inside(edit.span)) {
        return Fix::manual("its rewriter gave edits that contradict each other", steps);
    }
    let puts_token = text_edits.iter().any(|edit| masker.holds_token(&edit.text));
    let placeholder = names::placeholder(&subject.options.names.token);
    let token_in = if puts_token {
        Some(TokenIn::File)
    } else if text_edits.iter().any(|edit| edit.text.contains(&placeholder)) {
        Some(TokenIn::Placeholder)
    } else {
        steps.iter().any(|step| step == names::KEEP).then_some(TokenIn::CredentialHelper)
    };
    let shown = proposal.shown.unwrap_or_else(|| rewritten(subject, &text_edits));
    Fix {
        applicability: proposal.applicability,
        edits: text_edits
            .iter()
            .map(|edit| Edit {
                span: edit.span,
                replacement: subject.doc.encoding.encode(&edit.text),
            })
            .collect(),
        replacement: Some(masker.mask(&shown)),
        reason: masker.mask(&proposal.reason),
        steps,
        renamed: proposal.renamed,
        puts_token,
        reads: Vec::new(),
        provisions: Vec::new(),
        token_in,
    }
}

/// Of edits that touch the same bytes only those of the first finding stand.
fn withdraw_overlapping(drafts: &mut [Draft<'_>], blocked: &mut Vec<(String, String)>) {
    let mut taken = BTreeMap::<u64, Span>::new();
    for draft in drafts {
        let spans = || draft.fix.edits.iter().map(|edit| edit.span);
        let is_taken = |span: Span| {
            let before = taken.range(..=span.start).next_back();
            let after = taken.range(span.start..).next();
            before.into_iter().chain(after).any(|(_, other)| conflict(span, *other))
        };
        if spans().any(is_taken) {
            draft.withdraw("another finding's edit covers the same bytes", blocked);
        } else {
            taken.extend(spans().map(|span| (span.start, span)));
        }
    }
}

/// Both sets that users apply have to pass the check: all edits, and the safe ones alone.
fn withdraw_failing(
    drafts: &mut [Draft<'_>],
    checker: &Checker<'_>,
    blocked: &mut Vec<(String, String)>,
) {
    for least in [Applicability::Review, Applicability::Safe] {
        let chosen: Vec<usize> = (0..drafts.len())
            .filter(|i| drafts[*i].is_edited() && drafts[*i].fix.applicability >= least)
            .collect();
        let all_safe = chosen.iter().all(|i| drafts[*i].fix.applicability == Applicability::Safe);
        let mut failed = Vec::new();
        grow(&mut Vec::new(), &chosen, &mut failed, &|set| {
            checker.check(&set.iter().map(|i| &drafts[*i]).collect::<Vec<_>>())
        });
        for (i, reason) in failed {
            if least == Applicability::Safe {
                // It passed together with the others: it needs one of them.
                drafts[i].fix.applicability = Applicability::Review;
                drafts[i].fix.reason = format!("right only together with other edits: {reason}");
            } else {
                drafts[i].withdraw(reason, blocked);
            }
        }
        if all_safe {
            // What passed is the set of the second round.
            return;
        }
    }
}

/// Adds to `kept` as many of `more` as pass the check together; the others go to `failed` with the
/// reason. Asks a few times only where few fail.
fn grow(
    kept: &mut Vec<usize>,
    more: &[usize],
    failed: &mut Vec<(usize, String)>,
    check: &dyn Fn(&[usize]) -> Result<(), String>,
) {
    if more.is_empty() {
        return;
    }
    let all: Vec<_> = kept.iter().chain(more).copied().collect();
    match check(&all) {
        Ok(()) => *kept = all,
        Err(reason) if more.len() == 1 => failed.push((more[0], reason)),
        Err(_) => {
            let (left, right) = more.split_at(more.len() / 2);
            grow(kept, left, failed, check);
            grow(kept, right, failed, check);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_offending_edits_are_withdrawn() {
        let check = |set: &[usize]| match set.iter().find(|i| [3, 6].contains(*i)) {
            Some(i) => Err(format!("no {i}")),
            None => Ok(()),
        };
        let (mut kept, mut failed) = (Vec::new(), Vec::new());
        grow(&mut kept, &[0, 1, 2, 3, 4, 5, 6, 7], &mut failed, &check);
        assert_eq!(kept, [0, 1, 2, 4, 5, 7]);
        assert_eq!(failed, [(3, "no 3".to_owned()), (6, "no 6".to_owned())]);
    }
}
