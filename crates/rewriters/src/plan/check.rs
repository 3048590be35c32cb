//! Whether edits did what they were made for: the new bytes are scanned and planned again.

use std::collections::{HashMap, HashSet};

use bbsweep_scanner_core::document::Document;
use bbsweep_scanner_core::{Finding, Rule, Severity, Span, State, scan_document};

use crate::edit::{Edit, apply_edits};
use crate::env_variable::Renames;
use crate::plan::PlanOptions;
use crate::plan::parse;
use crate::plan::propose::Draft;
use crate::rewrite::{Subject, rewrite};
use crate::slot::Parsed;

/// Checks edits of one file.
pub(super) struct Checker<'a> {
    doc: &'a Document<'a>,
    bytes: &'a [u8],
    options: &'a PlanOptions,
    renames: &'a Renames,
    /// What a scan of the file as it is finds, by rule and span.
    before: HashMap<(Rule, Span), Vec<Finding>>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(
        doc: &'a Document<'a>,
        bytes: &'a [u8],
        options: &'a PlanOptions,
        renames: &'a Renames,
    ) -> Self {
        let mut before = HashMap::<_, Vec<_>>::new();
        for finding in scan_document(doc).0 {
            before.entry((finding.rule, finding.span)).or_default().push(finding);
        }
        Self { doc, bytes, options, renames, before }
    }

    /// Whether a scan of the file as it is gives `finding` again.
    pub(super) fn still_there(&self, finding: &Finding) -> bool {
        self.before_at(finding.rule, finding.span).iter().any(|now| {
            now.state == finding.state
                && now.parts == finding.parts
                && now.secret == finding.secret
                && now.username == finding.username
                && now.variable == finding.variable
        })
    }

    fn before_at(&self, rule: Rule, span: Span) -> &[Finding] {
        self.before.get(&(rule, span)).map_or(&[], Vec::as_slice)
    }

    /// Whether the edits of `drafts`, made together, leave a file that scans clean of what they are
    /// for, shows nothing new, would not be edited once more in the same places, and still parses.
    pub(super) fn check(&self, drafts: &[&Draft<'_>]) -> Result<(), String> {
        let edits: Vec<&Edit> = drafts.iter().flat_map(|draft| &draft.fix.edits).collect();
        let new = apply_edits(self.bytes, edits.iter().copied())
            .ok_or_else(|| "its edits contradict each other".to_owned())?;
        let doc = document_like(self.doc, &new);
        let map = Map::new(&edits);
        let parsed = Parsed::default();
        let edited: HashSet<_> =
            drafts.iter().map(|draft| (draft.finding.rule, draft.finding.span)).collect();
        for finding in &scan_document(&doc).0 {
            let place = map.back(finding.span);
            let was_there = self
                .before_at(finding.rule, place)
                .iter()
                .any(|before| before.state == finding.state && finding.severity <= before.severity);
            if was_there && !edited.contains(&(finding.rule, place)) {
                continue;
            }
            // A secret that gave way to a placeholder leaves the variable that held it, and a URL
            // whose username was put right the one that it reads, where that keeps its name.
            let left_over = finding.state == State::Reference
                && drafts.iter().any(|draft| {
                    let before = draft.finding;
                    before.span.overlaps(place)
                        && (before.state != State::Reference && before.rule == finding.rule
                            || before.rule != finding.rule && before.variable == finding.variable
                            // The name of what is kept elsewhere stays.
                            || before.slot.is_some_and(|slot| slot.names_secret))
                });
            if finding.severity > Severity::Note && !left_over {
                return Err(format!(
                    "the edited file was scanned again and still asks for work: {}",
                    finding.message
                ));
            }
            let again = rewrite(&Subject {
                finding,
                doc: &doc,
                bytes: &new,
                options: self.options,
                renames: self.renames,
                parsed: &parsed,
            });
            if !again.edits.is_empty() {
                return Err("the edited file would be edited again in the same place".to_owned());
            }
        }
        // What stands beside a tool's variable afterwards is a line more.
        let inserts = |draft: &&&Draft<'_>| draft.finding.via == Rule::EnvVariable;
        let inserted: Vec<&Edit> = drafts
            .iter()
            .filter(inserts)
            .flat_map(|draft| &draft.fix.edits)
            .filter(|edit| edit.span.is_empty())
            .collect();
        let kept = edits
            .iter()
            .copied()
            .filter(|edit| !inserted.iter().any(|inserted| std::ptr::eq(*inserted, *edit)));
        let without = apply_edits(self.bytes, kept)
            .ok_or_else(|| "its edits contradict each other".to_owned())?;
        parse::still_parses(self.doc, &doc)?;
        let doc = document_like(self.doc, &without);
        let slots: Vec<_> = drafts.iter().filter_map(|draft| draft.finding.slot).collect();
        let change = parse::Change { old: self.doc, new: &doc, edits: &edits };
        if slots.is_empty() {
            parse::same_shape(&change)
        } else {
            parse::same_slots(&change, &slots)
        }
    }
}

fn document_like<'a>(doc: &'a Document<'_>, bytes: &'a [u8]) -> Document<'a> {
    Document { kind: doc.kind, settings: doc.settings, ..Document::new(doc.path, bytes) }
}

/// The way back from positions in the edited file.
struct Map {
    /// Span in the old file, span of what replaced it in the new one; sorted.
    pairs: Vec<(Span, Span)>,
}

impl Map {
    fn new(edits: &[&Edit]) -> Self {
        let mut edits = edits.to_vec();
        edits.sort_by_key(|edit| edit.span);
        let (mut old_end, mut new_end) = (0, 0);
        let pairs = edits
            .into_iter()
            .map(|edit| {
                let start = new_end + (edit.span.start - old_end);
                let new = Span::new(start, start + edit.replacement.len() as u64);
                (old_end, new_end) = (edit.span.end, new.end);
                (edit.span, new)
            })
            .collect();
        Self { pairs }
    }

    /// The bytes of the old file that `span` of the new one came from; the whole of a replaced span
    /// where it begins or ends in a replacement.
    fn back(&self, span: Span) -> Span {
        let (mut start, mut end) = (span.start, span.end);
        for (old, new) in &self.pairs {
            if span.start >= new.end {
                start = old.end + (span.start - new.end);
            } else if span.start >= new.start {
                start = old.start;
            }
            if span.end >= new.end {
                end = old.end + (span.end - new.end);
            } else if span.end > new.start {
                end = old.end;
            }
        }
        Span::new(start, end)
    }
}

#[cfg(test)]
mod tests {
    use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;

    use super::*;
    use crate::testing::{APP_PASSWORD, replacing};

    /// Checks the edits that turn `old` into `new` in a git config, for the finding at `at`.
    fn check(text: &str, at: usize, old: &str, new: &str) -> Result<(), String> {
        let (options, renames) = (PlanOptions::default(), Renames::default());
        let doc = Document::new(".gitconfig", text.as_bytes());
        let checker = Checker::new(&doc, text.as_bytes(), &options, &renames);
        let found = scan_document(&doc).0;
        let finding = &found[at];
        assert!(checker.still_there(finding));
        checker.check(&[&Draft::new(
            0,
            finding,
            replacing(text.as_bytes(), old.as_bytes(), new.as_bytes()),
        )])
    }

    #[test]
    fn edits_that_do_not_do_their_work_are_refused() {
        let url = |user: &str| format!("https://{user}@bitbucket.org/t/r");
        let bob = format!("bob:{APP_PASSWORD}");
        let text = format!(
            "[remote \"a\"]\n\turl = {}\n\tfetch = x\n[remote \"b\"]\n\turl = {}\n",
            url(&bob),
            url("eve:exampleLegacyPw00001")
        );
        let good = check(&text, 0, &bob, GIT_API_TOKEN_USERNAME);
        assert_eq!(good, Ok(()));
        // The finding is still there.
        let still = check(&text, 0, &bob, &bob.replace("bob", "rob")).unwrap_err();
        assert!(still.contains("still asks for work"), "{still}");
        let still = check(&text, 0, "fetch", "fetches").unwrap_err();
        assert!(still.contains("still asks for work"), "{still}");
        // Something else is found.
        let new =
            format!("{GIT_API_TOKEN_USERNAME}@bitbucket.org/x {}\n y = https://{bob}", url(""));
        let new = check(&text, 0, &bob, &new).unwrap_err();
        assert!(new.contains("still asks for work"), "{new}");
        // It is clean and does not parse, or parses into something else.
        let open = check(&text[..text.find("[remote \"b").unwrap()], 0, &bob, "x\"y").unwrap_err();
        let more = check(&text, 0, &bob, "x\n\tnew = key\n\turl = ").unwrap_err();
        for broken in [open, more] {
            assert!(broken.contains("parse into something else"), "{broken}");
        }
    }

    #[test]
    fn positions_lead_back_through_edits() {
        let edit =
            |start, end, text: &str| Edit { span: Span::new(start, end), replacement: text.into() };
        let (a, b) = (edit(2, 4, "12345"), edit(6, 6, "+"));
        // 0 1 [12345] 4 5 + 6 7
        let map = Map::new(&[&b, &a]);
        assert_eq!(map.back(Span::new(0, 2)), Span::new(0, 2));
        assert_eq!(map.back(Span::new(3, 5)), Span::new(2, 4));
        assert_eq!(map.back(Span::new(1, 8)), Span::new(1, 5));
        assert_eq!(map.back(Span::new(7, 9)), Span::new(4, 6));
        assert_eq!(map.back(Span::new(10, 12)), Span::new(6, 8));
    }
}
