//! What people see of a rewrite: never a secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;
use bbsweep_scanner_core::mask::Scrubber;
use bbsweep_scanner_core::{Finding, Span};
use bstr::ByteSlice;

use crate::names;
use crate::plan::PlanOptions;
use crate::rewrite::{Subject, TextEdit};

/// Longest text shown of one use, in characters.
const LONGEST: usize = 240;

/// Masks every secret of one file, the new token, and all that looks like a secret.
pub(super) struct Masker {
    scrubber: Scrubber,
    /// The forms in which a rewriter writes the new token.
    token: Vec<String>,
}

impl Masker {
    pub(super) fn new<'f>(
        options: &PlanOptions,
        findings: impl Iterator<Item = &'f Finding>,
    ) -> Self {
        let secrets = findings.filter_map(|finding| finding.secret.as_ref());
        let token = options.token_text().map_or_else(Vec::new, |token| {
            [
                token.to_owned(),
                names::in_userinfo(token),
                STANDARD.encode(format!("{GIT_API_TOKEN_USERNAME}:{token}")),
                STANDARD.encode(token),
            ]
            .into_iter()
            .chain(options.email.iter().map(|email| STANDARD.encode(format!("{email}:{token}"))))
            .collect()
        });
        Self { scrubber: Scrubber::new(secrets.chain(&options.token)), token }
    }

    /// Whether the new token is in `text`, as it is or encoded.
    pub(super) fn holds_token(&self, text: &str) -> bool {
        self.token.iter().any(|form| text.contains(form))
    }

    /// `text` without secrets, on one line.
    pub(super) fn mask(&self, text: &str) -> String {
        let text = self.scrubber.scrub(text);
        let mut shown: String =
            text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST).collect();
        if text.chars().nth(LONGEST).is_some() {
            shown.push('…');
        }
        shown
    }
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
