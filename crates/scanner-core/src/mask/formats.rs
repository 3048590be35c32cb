use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::{MASK, label_of};

/// Tokens that tell themselves by a prefix, Bitbucket's and others' that stand in the same files.
static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"(?x-u)
        ATBB[A-Za-z0-9]{8,}
        | AT[AC]TT3[A-Za-z0-9_\-=.+/%]{8,}
        | BBDC-[A-Za-z0-9+/@_-]{20,}
        | gh[pousr]_[A-Za-z0-9]{20,} | github_pat_[A-Za-z0-9_]{20,}
        | gl[a-z]{2,5}-[A-Za-z0-9_-]{20,}
        | xox[a-z]-[A-Za-z0-9-]{10,}
        | (?:AKIA|ASIA)[0-9A-Z]{16}
        | (?:npm_|pypi-|dckr_pat_|hvs\.|sk-)[A-Za-z0-9_-]{20,}
        | eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*)?",
    )
});

/// Places where a secret of any form stands; the secret is the first group.
static SLOT: LazyLock<[Regex; 5]> = LazyLock::new(|| {
    [
        // The password of a URL, its slashes plain or escaped as in JSON.
        compile(r#"(?i-u)[a-z][a-z0-9+.-]*:(?://|\\/\\/)[^\s/:@"'<>]*:([^\s"'<>`]+)@"#),
        compile(r"(?i-u)\b(?:basic|bearer)[\s:]+([a-z0-9+/_=.~-]{12,})"),
        compile(r#"(?-u)(?:^|\s)(?:-u|--user)[\s=]?["']?[^\s:"'$]+:([^\s"']+)"#),
        compile(
            r#"(?i-u)(?:pass(?:word|wd)?|pwd|secret|token|api_?-?key)["']?\s*[:=]\s*["']?([^\s"',;()\[\]{}$<>%]{8,})"#,
        ),
        // As in a netrc, wherever its text turns up.
        compile(r#"(?i-u)\b(?:password|passwd)\s+["']?([^\s"']{8,})"#),
    ]
});

/// A variable, template or placeholder: naming it reveals nothing.
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r#"(?x-u)^(?:
        \$\$?[A-Za-z_][A-Za-z0-9_]*
        | \$?\$\{\{?\s*[A-Za-z_][A-Za-z0-9_.\[\]'"]*(?::[A-Za-z_][A-Za-z0-9_.]*|:?\?[^}]*)?\s*\}?\}
        | \$\([A-Za-z_][A-Za-z0-9_.]*\)
        | \$env:[A-Za-z_][A-Za-z0-9_]*
        | %%?[A-Za-z_][A-Za-z0-9_]*%%?
        | \{\{?\s*[A-Za-z_][A-Za-z0-9_.]*\s*\}?\}
        | \#\{[^}]*\}
        | <[^>]*>
        | [A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+
        )$"#,
    )
});

fn compile(pattern: &str) -> Regex {
    match Regex::new(pattern) {
        Ok(regex) => regex,
        Err(error) => unreachable!("a pattern of this file: {error}"),
    }
}

/// Finds secrets in `text` by their form or by the place that they stand in.
pub(super) fn find(text: &[u8]) -> Vec<(Range<usize>, String)> {
    let mut found: Vec<_> =
        TOKEN.find_iter(text).map(|m| (m.range(), prefix_label(m.as_bytes()))).collect();
    for (index, slot) in SLOT.iter().enumerate() {
        for captures in slot.captures_iter(text) {
            let Some(secret) = captures.get(1) else { continue };
            let bytes = secret.as_bytes();
            let reference = match index {
                // A word, a name or a call is no secret; few secrets have no digit.
                1 => bytes.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'.' | b'-')),
                3 | 4 => !bytes.iter().any(u8::is_ascii_digit) || REFERENCE.is_match(bytes),
                _ => REFERENCE.is_match(bytes),
            };
            if !reference && !contains_mask(bytes) {
                found.push((secret.range(), label_of(bytes)));
            }
        }
    }
    found
}

fn prefix_label(token: &[u8]) -> String {
    let label = label_of(token);
    if label != MASK {
        return label;
    }
    ["ATBB", "ATATT3", "ATCTT3", "BBDC-"]
        .iter()
        .find(|prefix| token.starts_with(prefix.as_bytes()))
        .map_or(label, |prefix| format!("{prefix}{MASK}"))
}

fn contains_mask(bytes: &[u8]) -> bool {
    memchr::memmem::find(bytes, MASK.as_bytes()).is_some()
}

/// Masks what looks like a secret in `text`: tokens of known formats, the password of a URL, what
/// follows `Basic`, `Bearer` or `-u user:`. References (`${NAME}`) stay.
pub fn mask_formats(text: &str) -> Cow<'_, str> {
    let mut found = find(text.as_bytes());
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (range, label) in found {
        if range.start >= at {
            out.push_str(text.get(at..range.start).unwrap_or_default());
            out.push_str(&label);
            at = range.end;
        } else if range.end > at {
            // Overlapping: the rest of the later one goes too.
            at = range.end;
        }
    }
    // The patterns are ASCII at their borders, but a `[^…]` class may end inside a character.
    while !text.is_char_boundary(at) {
        at += 1;
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> String {
        format!("ATBB{}9F3A", "kQz4".repeat(7))
    }

    #[test]
    fn secrets_by_form_go() {
        let atbb = token();
        let api = format!("ATATT3xFfGF0{}=1A2B3C4D", "aB3_-".repeat(34));
        for (text, masked) in [
            (format!("x {atbb} y"), "x ATBB…9F3A y".to_owned()),
            (format!("x {api} y"), "x ATATT3…3C4D y".to_owned()),
            (format!("{} z", &atbb[..30]), "ATBB… z".to_owned()),
            ("ftp://joe:pass@word@h/x".into(), "ftp://joe:…@h/x".into()),
            (r"https:\/\/joe:p\u0041x@h\/x".into(), r"https:\/\/joe:…@h\/x".into()),
            ("Authorization: Basic am9lOnBhc3N3b3Jk".into(), "Authorization: Basic …".into()),
            ("curl -u joe:hunter2 https://h".into(), "curl -u joe:… https://h".into()),
            ("password = \"corr3ct-horse\"".into(), "password = \"…\"".into()),
            (
                "login joe password hunter2hunter account x".into(),
                "login joe password … account x".into(),
            ),
            (format!("ghp_{}", "a1B2".repeat(9)), "…".into()),
        ] {
            assert_eq!(mask_formats(&text), masked);
            assert_eq!(mask_formats(&masked), masked, "twice changes nothing");
        }
    }

    #[test]
    fn references_stay() {
        for text in [
            "https://joe:${BITBUCKET_APP_PASSWORD}@bitbucket.org/a/b.git",
            "https://joe:$BB_APP_PASSWORD@bitbucket.org",
            "https://joe:%PW%@bitbucket.org",
            "https://joe:${{ secrets.PW }}@bitbucket.org",
            "https://joe:{{ pw }}@bitbucket.org",
            "curl -u joe:$PW https://api.bitbucket.org/2.0/user",
            "password = os.environ[\"BITBUCKET_APP_PASSWORD\"]",
            "TOKEN=BITBUCKET_TOKEN_2",
            "an app password certainly; login x password REPLACE_WITH_TOKEN_2",
            "Basic authentication",
        ] {
            assert_eq!(mask_formats(text), text);
        }
    }

    #[test]
    fn a_default_is_a_literal() {
        assert!(!mask_formats("https://joe:${PW:-hunter2hunter2}@h").contains("hunter2"));
    }
}
