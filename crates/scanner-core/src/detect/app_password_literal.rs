//! App passwords by their form alone.

use std::ops::Range;

use memchr::memmem;

use crate::credential::{CredentialKind, Secret};
use crate::document::{Document, FileKind};
use crate::finding::{Confidence, Place, Role, Severity, State, Use};
use crate::rule::{Rule, RuleInfo};

use super::place::place_of;
use super::{Candidate, Sink};

pub(crate) const INFO: RuleInfo = RuleInfo {
    id: "app-password-literal",
    summary: "An app password by its form alone: ATBB and 32 letters and digits",
    why: "An app password outside of any place that bbsweep knows is still a secret that was written \
          down, and whatever reads it fails since 2026-07-28: git answers HTTP 410, the REST API HTTP \
          401. Most secret scanners do not know its form.",
    rewrite: "None. What reads the value cannot be told, and with it neither the username that an API \
              token needs there nor the syntax for a variable. Delete the app password, and put an API \
              token or an access token where the program expects it: manual.",
    before: "curl -u ci-bot:ATBBexampleexampleexampleexample1F2C https://api.bitbucket.org/2.0/user",
    after: "curl -u \"$ATLASSIAN_ACCOUNT_EMAIL:$BITBUCKET_API_TOKEN\" https://api.bitbucket.org/2.0/user",
    limits: "App passwords made before about 2022 have no prefix and are only seen where a rule knows \
             the place. A token that touches one of _ + / - on the left, or also = on the right, is \
             taken for a part of something longer: base64, a hash, an identifier. No checksum is \
             required, so that a made-up value of the right form is reported; placeholders of fewer \
             than six different characters are not.",
    sources: &[
        "https://community.atlassian.com/forums/Bitbucket-questions/Can-we-confirm-BitBucket-s-token-prefixes/qaq-p/3093481",
        "https://github.com/trufflesecurity/trufflehog/issues/4631",
    ],
};

const PREFIX: &[u8] = b"ATBB";

/// Prefix and what follows it.
const LENGTH: usize = 36;

/// Fewer different characters are a placeholder.
const LEAST_DISTINCT: usize = 6;

/// Sees app passwords wherever they stand; every other rule knows more of its place.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    for range in app_passwords(doc) {
        let place = place_of(doc, range.start);
        sink.secrets.push(range.clone());
        let message = if place == Place::Comment {
            "Bitbucket app password in a comment; nothing uses it here, but it was written down"
        } else {
            "Bitbucket app password in clear; what uses it can't be told from this place"
        };
        sink.candidates.push(Candidate {
            rule: Rule::AppPasswordLiteral,
            state: if place == Place::Comment { State::DeadSecret } else { State::AppPassword },
            form_error: None,
            usage: Use::Unknown,
            confidence: Confidence::Certain,
            severity: Severity::Error,
            place,
            kind: CredentialKind::AppPassword,
            parts: vec![(Role::Secret, range.clone())],
            secret: Some(Secret::new(&doc.text[range.clone()])),
            range,
            username: None,
            variable: None,
            git_config_key: None,
            scopes: Vec::new(),
            label: None,
            slot: None,
            identity: "literal".to_owned(),
            message: message.to_owned(),
        });
    }
}

/// Where app passwords of today's form stand, each by itself and not as a part of something longer.
pub(super) fn app_passwords<'a>(doc: &'a Document<'_>) -> impl Iterator<Item = Range<usize>> + 'a {
    let text: &[u8] = &doc.text;
    memmem::find_iter(text, PREFIX).map(|at| at..at + LENGTH).filter(move |range| {
        text.get(range.clone()).is_some_and(is_app_password)
            && begins(text, range.start)
            && text
                .get(range.end)
                .is_none_or(|b| !b.is_ascii_alphanumeric() && !b"_+/=-".contains(b))
            && !is_in_blob(doc, range)
    })
}

fn is_app_password(token: &[u8]) -> bool {
    let tail = &token[PREFIX.len()..];
    let mut seen = [false; 128];
    tail.iter().all(u8::is_ascii_alphanumeric)
        && tail.iter().filter(|&&b| !std::mem::replace(&mut seen[usize::from(b)], true)).count()
            >= LEAST_DISTINCT
}

fn begins(text: &[u8], at: usize) -> bool {
    match text[..at].last() {
        None => true,
        Some(b) if !b.is_ascii_alphanumeric() => !b"_+/-".contains(b),
        // The last character may be the end of an escape: `\n`, `%3A`, `\u003a`.
        Some(b'n' | b't' | b'r') if is_escaped(text, at - 1) => true,
        Some(_) => {
            let hex = |length: usize| {
                at >= length && text[at - length..at].iter().all(u8::is_ascii_hexdigit)
            };
            hex(2)
                && text[..at - 2].ends_with(b"%")
                && !matches!(&text[at - 2..at], b"2B" | b"2F" | b"2b" | b"2f")
                || hex(4) && text[..at - 4].ends_with(b"\\u")
        }
    }
}

/// Whether an odd number of backslashes stands before `at`.
fn is_escaped(text: &[u8], at: usize) -> bool {
    text[..at].iter().rev().take(16).take_while(|b| **b == b'\\').count() % 2 == 1
}

/// A line of a lock file that holds a hash, or the last line of base64 that was cut into lines.
fn is_in_blob(doc: &Document<'_>, range: &Range<usize>) -> bool {
    let text: &[u8] = &doc.text;
    let line_start = |at: usize| {
        let floor = at.saturating_sub(512);
        floor + text[floor..at].iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1)
    };
    let start = line_start(range.start);
    let before = &text[start..range.start];
    if doc.kind == FileKind::Lock {
        let hashes = [&b"integrity"[..], b"checksum", b"hash", b"sha", b"h1:", b"digest"];
        return hashes.iter().any(|word| memmem::find(before, word).is_some());
    }
    if start == 0 || text[start - 1] != b'\n' || !before.trim_ascii().is_empty() {
        return false;
    }
    let above = text[line_start(start - 1)..start - 1].trim_ascii();
    above.len() >= 60 && above.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
}

#[cfg(test)]
pub(super) const EXAMPLES: super::testing::Examples = super::testing::Examples {
    rule: Rule::AppPasswordLiteral,
    matching: &[
        ("a.sh", "curl -u ci:§app§ https://api.bitbucket.org/2.0/user"),
        ("a.txt", "§app§"),
        ("a.txt", "password=§app§"),
        ("a.txt", "password:§app§."),
        ("a.json", r#"{"log": "token:\n§app§\nend"}"#),
        ("a.json", r#"["§app§"]"#),
        ("a.txt", "https://x/?password%3D§app§%26a=b"),
        ("a.html", "<td>§app§</td>"),
        ("a.bin", "\0\u{1}§app§\0"),
        ("a.py", "# was §app§"),
        (".git/logs/HEAD", "x\tclone: from git.example:§app§@x"),
        ("notes.md", "Line\n    §app§\n"),
    ],
    other: &[
        ("a.txt", "ATBB§app§"),
        ("a.txt", "x§app§"),
        ("a.txt", "_§app§"),
        ("a.txt", "+§app§"),
        ("a.txt", "/§app§"),
        ("a.txt", "-§app§"),
        ("a.txt", "§app§x"),
        ("a.txt", "§app§="),
        ("a.txt", "§app§+a"),
        ("a.txt", "§app§/a"),
        ("a.txt", "§app§_a"),
        ("a.txt", "§app§-a"),
        ("a.txt", "%2B§app§"),
        ("a.txt", "ATBBxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
        ("a.txt", "ATBBabcdeabcdeabcdeabcdeabcdeabcdeab"),
        ("a.txt", "ATBBtooShort00001"),
        ("a.js", "matBB=1;var atbbexampleNotARealSecret0010A1B2C3D;"),
        ("yarn.lock", "  integrity \"§app§\""),
        ("go.sum", "example.com/x v1.0.0 h1:§app§="),
        (
            "key.pem",
            "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n§app§\n-----END",
        ),
        ("secrets.yaml", "data: ENC[AES256_GCM,data:Zm9vYmFy/§app§,iv:x,tag:y+§app§==,type:str]"),
    ],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{APP, run};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_is_seen_with_its_exact_range() {
        let text = format!("a {APP},{APP}\n# {APP}");
        let doc = Document::new("a.sh", text.as_bytes());
        let mut sink = Sink::default();
        detect(&doc, &mut sink);
        let ranges: Vec<_> = sink.candidates.iter().map(|c| c.range.clone()).collect();
        assert_eq!(ranges, [2..38, 39..75, 78..114]);
        assert_eq!(sink.secrets, ranges);
        let states: Vec<_> = sink.candidates.iter().map(|c| c.state).collect();
        assert_eq!(states, [State::AppPassword, State::AppPassword, State::DeadSecret]);
    }

    #[test]
    fn base64_holds_none() {
        // Random base64 of 4 MiB, in one line and in lines.
        let mut state = 1_u64;
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let blob: Vec<u8> = (0..1 << 22)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                alphabet[usize::try_from(state >> 58).unwrap()]
            })
            .collect();
        for width in [blob.len(), 64, 76] {
            let mut text = blob.chunks(width).collect::<Vec<_>>().join(&b'\n');
            // What would be one if it stood alone.
            let at = text.len() / 2;
            text[at..at + 36].copy_from_slice(APP.as_bytes());
            text[at + 36] = b'a';
            assert_eq!(app_passwords(&Document::new("a.txt", &text)).count(), 0);
        }
    }

    proptest! {
        #[test]
        fn any_surroundings(before in ".{0,8}", after in ".{0,8}") {
            run(detect, "a.sh", &format!("{before}§app§{after}"));
        }

        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..60), cut in 0_usize..37) {
            let mut text = bytes;
            text.extend(&APP.as_bytes()[..cut.min(36)]);
            let doc = Document::new("a.sh", &text);
            detect(&doc, &mut Sink::default());
        }
    }
}
