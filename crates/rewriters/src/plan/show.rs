//! What people see of a rewrite: never a secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;
use bbsweep_scanner_core::document::Document;
use bbsweep_scanner_core::{Finding, Role, Secret, Span};
use bstr::ByteSlice;

use crate::names;
use crate::plan::PlanOptions;
use crate::rewrite::{Subject, TextEdit, range_in};

/// What is shorter is masked nowhere: it would be found in every other word, and nothing that a
/// rewriter writes holds the old secret.
const SHORTEST: usize = 6;

/// Longest text shown of one use, in characters.
const LONGEST: usize = 240;

/// Replaces every secret of one file, and the new token, by its masked form.
pub(super) struct Masker {
    /// What is not to be seen and what stands for it; the longest first.
    known: Vec<(Vec<u8>, String)>,
    /// The forms of the new token.
    token: Vec<Vec<u8>>,
}

impl Masker {
    pub(super) fn new<'f>(
        options: &PlanOptions,
        findings: impl Iterator<Item = &'f Finding>,
        doc: &Document<'_>,
    ) -> Self {
        let mut known: Vec<_> = options.token.iter().flat_map(forms).collect();
        let token: Vec<_> = known.iter().map(|(form, _)| form.clone()).collect();
        let findings: Vec<_> = findings.collect();
        known.extend(findings.iter().filter_map(|finding| finding.secret.as_ref()).flat_map(forms));
        for finding in findings {
            let Some(secret) = &finding.secret else { continue };
            for part in &finding.parts {
                // As written: escaped, or within base64.
                if matches!(part.role, Role::Secret | Role::Base64)
                    && let Some(at) = range_in(doc, part.span)
                {
                    known.push((doc.text[at].to_vec(), secret.masked()));
                }
            }
        }
        known.retain(|(text, _)| text.len() >= SHORTEST);
        known.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        known.dedup();
        Self { known, token }
    }

    /// Whether the new token is in `text`, as it is or encoded.
    pub(super) fn holds_token(&self, text: &str) -> bool {
        self.token.iter().any(|form| text.as_bytes().contains_str(form))
    }

    /// `text` with every known secret masked, on one line.
    pub(super) fn mask(&self, text: &str) -> String {
        let mut text = text.as_bytes().to_vec();
        for (secret, masked) in &self.known {
            text = text.replace(secret, masked);
        }
        let text = text.to_str_lossy();
        let mut shown: String =
            text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
        if text.chars().nth(LONGEST).is_some() {
            shown.push('…');
        }
        shown
    }
}

/// The forms in which a rewriter writes a secret, and what stands for them.
fn forms(secret: &Secret) -> [(Vec<u8>, String); 3] {
    let (text, masked) = (secret.expose().to_str_lossy(), secret.masked());
    let pair = format!("{GIT_API_TOKEN_USERNAME}:{text}");
    [
        (secret.expose().to_vec(), masked.clone()),
        (names::in_userinfo(&text).into_bytes(), masked.clone()),
        (STANDARD.encode(pair).into_bytes(), format!("base64({GIT_API_TOKEN_USERNAME}:{masked})")),
    ]
}

/// The finding's use with the edits made in it. Not masked yet.
pub(super) fn rewritten(subject: &Subject<'_>, edits: &[TextEdit]) -> String {
    let use_span = subject.finding.span;
    let mut out = Vec::new();
    let mut done = use_span.start;
    for edit in edits {
        if edit.span.start < done || edit.span.end > use_span.end {
            continue;
        }
        let before = Span::new(done, edit.span.start);
        out.extend_from_slice(subject.text(before).unwrap_or_default());
        out.extend_from_slice(edit.text.as_bytes());
        done = edit.span.end;
    }
    let rest = Span::new(done, use_span.end);
    out.extend_from_slice(subject.text(rest).unwrap_or_default());
    out.to_str_lossy().into_owned()
}
