//! From what the detectors saw in one document to findings.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use super::marker::Markers;
use crate::Secret;
use crate::detect::{Candidate, Sink};
use crate::document::Document;
use crate::finding::{Excerpt, Finding, Location, Part, Role, Span};
use crate::mask::{Draft, Masks};

/// A finding that lacks what only the whole scan can tell: its excerpt's last masks, fingerprints.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    pub(crate) finding: Finding,
    pub(crate) identity: String,
    pub(crate) draft: Draft,
    /// A comment beside it asks not to report it.
    pub(crate) ignored: bool,
}

/// Where a document's text lies in its file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    /// Line of the first byte, from 1.
    pub(crate) line: u64,
    /// Offset in the original file of the first byte of that line.
    pub(crate) line_start: u64,
    /// Whether text that is not seen comes before the first byte and after the last.
    pub(crate) open: (bool, bool),
}

impl Origin {
    /// The whole file.
    pub(crate) fn whole(doc: &Document<'_>) -> Self {
        Self { line: 1, line_start: doc.base, open: (false, false) }
    }
}

/// Turns candidates into findings at `location`, sorted by position. Those whose range is not within
/// the text, which no detector should make, are dropped with `false`.
pub(crate) fn convert(
    doc: &Document<'_>,
    origin: Origin,
    location: &Location,
    sink: &mut Sink,
) -> (Vec<Raw>, bool) {
    let before = sink.candidates.len();
    let len = doc.text.len();
    let within = |range: &Range<usize>| range.start <= range.end && range.end <= len;
    sink.candidates.retain(|candidate| {
        within(&candidate.range) && candidate.parts.iter().all(|(_, range)| within(range))
    });
    sink.secrets.retain(within);
    let sane = sink.candidates.len() == before;

    let masks = masks(doc, sink);
    let mut kept = resolve(std::mem::take(&mut sink.candidates));
    kept.sort_by_key(|candidate| (candidate.range.start, candidate.range.end, candidate.rule));

    let positions = Positions::new(doc);
    let markers = Markers::of(doc);
    let mut line = origin.line;
    let mut counted = 0;
    let raws = kept
        .into_iter()
        .map(|candidate| {
            let start = candidate.range.start;
            line += memchr::memchr_iter(b'\n', &doc.text[counted..start]).count() as u64;
            counted = start;
            let line_start = memchr::memrchr(b'\n', &doc.text[..start])
                .map_or(origin.line_start, |at| positions.at(at + 1));
            let span = positions.span(&candidate.range);
            let draft = Draft::new(&doc.text, &candidate.range, &masks, origin.open);
            let mut parts: Vec<_> = candidate
                .parts
                .iter()
                .map(|(role, range)| Part { role: *role, span: positions.span(range) })
                .collect();
            parts.sort_by_key(|part| (part.span.start, Reverse(part.span.end), part.role));
            Raw {
                ignored: markers.cover(doc, &candidate),
                identity: candidate.identity,
                draft,
                finding: Finding {
                    rule: candidate.label.unwrap_or(candidate.rule),
                    via: candidate.rule,
                    slot: candidate.slot,
                    state: candidate.state,
                    form_error: candidate.form_error,
                    usage: candidate.usage,
                    confidence: candidate.confidence,
                    severity: candidate.severity,
                    place: candidate.place,
                    location: Location {
                        git_config_key: candidate.git_config_key,
                        line,
                        column: span.start - line_start + 1,
                        ..location.clone()
                    },
                    history: None,
                    span,
                    parts,
                    kind: candidate.kind,
                    secret: candidate.secret,
                    username: candidate.username,
                    variable: candidate.variable,
                    scopes: candidate.scopes,
                    excerpt: Excerpt::default(),
                    message: candidate.message,
                    id: String::new(),
                    credential_fingerprint: None,
                },
            }
        })
        .collect();
    (raws, sane)
}

/// Every range that some candidate, kept or not, or some detector says to be secret.
pub(super) fn masks(doc: &Document<'_>, sink: &Sink) -> Masks {
    let mut masks = Masks::default();
    for range in &sink.secrets {
        masks.hide(&doc.text, range.clone(), None);
    }
    for candidate in &sink.candidates {
        let Some(secret) = &candidate.secret else { continue };
        let mut hidden = false;
        for (role, range) in &candidate.parts {
            if matches!(role, Role::Secret | Role::Base64) {
                masks.hide(&doc.text, range.clone(), Some(secret));
                hidden = true;
            }
        }
        if !hidden {
            let value = candidate.parts.iter().find(|(role, _)| *role == Role::Value);
            let range = value.map_or(&candidate.range, |(_, range)| range);
            masks.hide(&doc.text, range.clone(), Some(secret));
        }
    }
    masks.join();
    masks
}

/// What a candidate claims for itself: its secret, else all of it.
fn claim(candidate: &Candidate) -> Range<usize> {
    let part = |wanted: Role| {
        candidate.parts.iter().find(|(role, _)| *role == wanted).map(|(_, range)| range.clone())
    };
    let range = part(Role::Secret)
        .or_else(|| part(Role::Base64))
        .unwrap_or_else(|| candidate.range.clone());
    // An empty one (a username without a password) still stands somewhere.
    range.start..range.end.max(range.start + 1)
}

/// Of candidates with overlapping claims the one of the earlier rule stays; of one rule the longer,
/// then the first.
fn resolve(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut ranked: Vec<_> =
        candidates.into_iter().map(|candidate| (claim(&candidate), candidate)).collect();
    ranked.sort_by_key(|(claim, candidate)| {
        (candidate.rule, Reverse(candidate.range.len()), Reverse(claim.len()), claim.start)
    });
    // The claims of those kept, by their start; they do not overlap.
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    ranked
        .into_iter()
        .filter(|(claim, _)| {
            let free =
                taken.range(..claim.end).next_back().is_none_or(|(_, end)| *end <= claim.start);
            if free {
                taken.insert(claim.start, claim.end);
            }
            free
        })
        .map(|(_, candidate)| candidate)
        .collect()
}

/// Original offsets of positions in a document's text, in constant time.
struct Positions<'d> {
    doc: &'d Document<'d>,
    /// For UTF-16: original length of the text up to each multiple of [`Self::STEP`].
    marks: Vec<u64>,
}

impl<'d> Positions<'d> {
    const STEP: usize = 1024;

    fn new(doc: &'d Document<'d>) -> Self {
        let mut marks = Vec::new();
        if doc.encoding.is_utf16() {
            let mut sum = 0;
            for chunk in doc.text.chunks(Self::STEP) {
                marks.push(sum);
                sum += doc.encoding.original_offset(chunk, chunk.len());
            }
            marks.push(sum);
        }
        Self { doc, marks }
    }

    fn at(&self, offset: usize) -> u64 {
        let offset = offset.min(self.doc.text.len());
        if self.marks.is_empty() {
            return self.doc.base + offset as u64;
        }
        let mark = offset / Self::STEP;
        let rest = &self.doc.text[mark * Self::STEP..];
        self.doc.base
            + self.marks[mark]
            + self.doc.encoding.original_offset(rest, offset - mark * Self::STEP)
    }

    fn span(&self, range: &Range<usize>) -> Span {
        Span::new(self.at(range.start), self.at(range.end))
    }
}

/// All that is secret in a document, for the scrubber: also what is not ours.
pub(crate) fn secrets(doc: &Document<'_>, sink: &Sink) -> Vec<Secret> {
    let named =
        sink.secrets.iter().filter_map(|range| doc.text.get(range.clone())).map(Secret::new);
    let literal = sink.candidates.iter().filter_map(|candidate| candidate.secret.clone());
    named.chain(literal).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Confidence, CredentialKind, Place, Rule, Severity, State, Use};

    fn candidate(rule: usize, range: Range<usize>, secret: Option<Range<usize>>) -> Candidate {
        Candidate {
            rule: Rule::ALL[rule % Rule::ALL.len()],
            state: State::AppPassword,
            form_error: None,
            usage: Use::Git,
            confidence: Confidence::Certain,
            severity: Severity::Error,
            place: Place::Active,
            kind: CredentialKind::AppPassword,
            parts: secret.into_iter().map(|range| (Role::Secret, range)).collect(),
            range,
            secret: None,
            username: None,
            variable: None,
            git_config_key: None,
            scopes: Vec::new(),
            label: None,
            slot: None,
            identity: String::new(),
            message: String::new(),
        }
    }

    fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
        let one = (0_usize..9, 0_usize..60, 0_usize..20, any::<bool>(), 0_usize..20).prop_map(
            |(rule, start, len, has_secret, at)| {
                let from = start + at.min(len);
                let secret = has_secret.then_some(from..(from + 4).min(start + len));
                candidate(rule, start..start + len, secret)
            },
        );
        proptest::collection::vec(one, 0..30)
    }

    proptest! {
        #[test]
        fn each_secret_goes_to_the_first_rule_that_sees_it(all in candidates()) {
            let kept = resolve(all.clone());
            let overlap = |a: &Candidate, b: &Candidate| {
                let (a, b) = (claim(a), claim(b));
                a.start < b.end && b.start < a.end
            };
            for (i, a) in kept.iter().enumerate() {
                prop_assert!(kept[..i].iter().all(|b| !overlap(a, b)));
            }
            // What is not kept gave way to one of no lower rank.
            for a in &all {
                let rank = |c: &Candidate| (c.rule, Reverse(c.range.len()));
                prop_assert!(kept.iter().any(|b| overlap(a, b) && rank(b) <= rank(a)));
            }
        }

        #[test]
        fn positions_in_utf16_are_sums_of_units(text in "[a-zé\u{1F980}\n]{0,3000}", at in any::<prop::sample::Index>()) {
            let bytes = [&[0xFF, 0xFE][..], &crate::Encoding::Utf16Le.encode(&text)].concat();
            let doc = Document::new("x", &bytes);
            let mut offset = at.index(text.len() + 1);
            while !text.is_char_boundary(offset) {
                offset -= 1;
            }
            let expected = 2 + 2 * text[..offset].encode_utf16().count() as u64;
            prop_assert_eq!(Positions::new(&doc).at(offset), expected);
        }
    }

    #[test]
    fn a_range_beyond_the_text_is_dropped_and_told() {
        let doc = Document::new("x", b"short");
        let mut sink = Sink {
            candidates: vec![candidate(0, 0..5, None), candidate(0, 2..6, None)],
            ..Sink::default()
        };
        sink.secrets.push(3..9);
        let location = crate::engine::bare_location("x");
        let (raws, sane) = convert(&doc, Origin::whole(&doc), &location, &mut sink);
        assert_eq!((raws.len(), sane), (1, false));
    }
}
