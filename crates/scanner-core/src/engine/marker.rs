//! `bbsweep:ignore` in a comment: on the line of a use, or on a comment line directly above.

use std::ops::Range;

use memchr::{memchr, memmem, memrchr};

use crate::detect::Candidate;
use crate::detect::place::place_of;
use crate::document::{Document, FileKind};
use crate::finding::{Place, Role};
use crate::rule::Rule;

const MARKER: &[u8] = b"bbsweep:ignore";

/// What the comments of one file ask for.
#[derive(Debug, Default)]
pub(super) struct Markers(Vec<Marker>);

#[derive(Debug)]
struct Marker {
    at: usize,
    /// The line that it stands in, without its end.
    line: Range<usize>,
    /// Nothing but a comment stands in the line, so that the next one is meant too.
    alone: bool,
    /// Which rules; empty: all.
    rules: Vec<Rule>,
}

impl Markers {
    pub(super) fn of(doc: &Document<'_>) -> Self {
        let text: &[u8] = &doc.text;
        let marker = |at: usize| {
            let line = line(text, at);
            let rules = rules(&text[at + MARKER.len()..line.end])?;
            let begins = at == 0 || !is_word(text[at - 1]);
            (begins && is_comment(doc, at, &line)).then(|| Marker {
                at,
                alone: is_alone(doc, at, &line),
                line,
                rules,
            })
        };
        Self(memmem::find_iter(text, MARKER).filter_map(marker).collect())
    }

    /// Whether one of them is meant for `candidate`. What stands within the use itself, as in its
    /// secret, is none.
    pub(super) fn cover(&self, doc: &Document<'_>, candidate: &Candidate) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let parts = || candidate.parts.iter();
        let secret = parts().find(|(role, _)| matches!(role, Role::Secret | Role::Base64));
        let points = [Some(candidate.range.start), secret.map(|(_, range)| range.start)];
        let meant = |marker: &Marker| {
            let named = |rule: &Rule| *rule == candidate.rule || Some(*rule) == candidate.label;
            let within = match candidate.parts.as_slice() {
                [] => candidate.range.contains(&marker.at),
                parts => parts.iter().any(|(_, range)| range.contains(&marker.at)),
            };
            let beside = points.iter().flatten().any(|point| {
                let own = marker.line.start..=marker.line.end;
                own.contains(point)
                    || marker.alone && {
                        let next = marker.line.end + 1;
                        next <= doc.text.len() && (next..=line(&doc.text, next).end).contains(point)
                    }
            });
            (marker.rules.is_empty() || marker.rules.iter().any(named)) && beside && !within
        };
        self.0.iter().any(meant)
    }
}

/// The line around `at`, without its end.
fn line(text: &[u8], at: usize) -> Range<usize> {
    let start = memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
    let end = memchr(b'\n', &text[at..]).map_or(text.len(), |newline| at + newline);
    start..end
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':') || byte >= 0x80
}

/// The rules that follow the marker, until its reason or the end of the comment; `None` if it is no
/// marker, or none of what follows is a rule: a typing error must not suppress everything.
fn rules(rest: &[u8]) -> Option<Vec<Rule>> {
    let ends = match rest {
        [] => true,
        // The end of a comment: `-->`.
        [b'-', next, ..] => *next == b'-',
        [first, ..] => !is_word(*first),
    };
    if !ends {
        return None;
    }
    let mut rest = rest.trim_ascii_start();
    let mut rules = Vec::new();
    let mut unknown = false;
    loop {
        let word = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
        let (word, after) = rest.split_at(word);
        if !word.iter().any(u8::is_ascii_alphanumeric) {
            break;
        }
        match str::from_utf8(word).ok().and_then(Rule::from_id) {
            Some(rule) => rules.push(rule),
            None => unknown = true,
        }
        match after.trim_ascii_start().strip_prefix(b",") {
            Some(more) => rest = more.trim_ascii_start(),
            None => break,
        }
    }
    (!rules.is_empty() || !unknown).then_some(rules)
}

fn is_comment(doc: &Document<'_>, at: usize, line: &Range<usize>) -> bool {
    if doc.kind == FileKind::Prose {
        let before = &doc.text[line.start..at];
        let open = memmem::rfind(before, b"<!--");
        return open.is_some_and(|open| memmem::find(&before[open..], b"-->").is_none());
    }
    place_of(doc, at) == Place::Comment
}

fn is_alone(doc: &Document<'_>, at: usize, line: &Range<usize>) -> bool {
    let text = &doc.text[line.clone()];
    if doc.kind == FileKind::Prose {
        let trimmed = text.trim_ascii();
        return trimmed.starts_with(b"<!--") && trimmed.ends_with(b"-->");
    }
    let before = doc.text[line.start..at].trim_ascii();
    let opens =
        before.eq_ignore_ascii_case(b"rem") || before.iter().all(|b| b"#;/*!-<%:".contains(b));
    let last = line.start + text.trim_ascii_end().len().saturating_sub(1);
    opens && place_of(doc, last) == Place::Comment
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::{Sink, detect, testing};

    /// Which rules report the uses in `text`, and whether a comment covers them.
    fn seen(path: &str, text: &str) -> Vec<(Rule, bool)> {
        let text = testing::fill(text);
        let doc = Document::new(path, text.as_bytes());
        let mut sink = Sink::default();
        detect(&doc, &mut sink);
        let location = crate::engine::bare_location(path);
        let origin = super::super::Origin::whole(&doc);
        let (raws, _) = super::super::convert::convert(&doc, origin, &location, &mut sink);
        raws.into_iter().map(|raw| (raw.finding.via, raw.ignored)).collect()
    }

    const URL: &str = "https://joe:§app§@bitbucket.org/t/r";

    #[test]
    fn a_comment_beside_or_above_covers_a_use() {
        for (path, before, after) in [
            ("a.sh", "git clone ", " # bbsweep:ignore"),
            ("a.sh", "# bbsweep:ignore\ngit clone ", ""),
            ("a.sh", "  # bbsweep:ignore -- known\r\ngit clone ", "\r\n"),
            ("a.sh", "git clone ", " # bbsweep:ignore url-userinfo"),
            ("a.sh", "git clone ", " # bbsweep:ignore netrc, url-userinfo for a test"),
            ("a.py", "u = '", "' # bbsweep:ignore"),
            ("a.js", "u = '", "' // bbsweep:ignore"),
            ("a.js", "/* bbsweep:ignore */\nu = '", "'"),
            ("a.yml", "u: ", " # bbsweep:ignore"),
            ("a.xml", "<!-- bbsweep:ignore -->\n<u>", "</u>"),
            ("a.md", "", " <!-- bbsweep:ignore -->"),
            ("a.md", "<!-- bbsweep:ignore url-userinfo -->\n", ""),
            (".git/config", "[remote \"o\"]\n\t; bbsweep:ignore\n\turl = ", ""),
            ("a.sh", "# git clone ", " bbsweep:ignore"),
        ] {
            let seen = seen(path, &format!("{before}{URL}{after}"));
            assert!(
                !seen.is_empty() && seen.iter().all(|(_, ignored)| *ignored),
                "{before}|{after}"
            );
        }
    }

    #[test]
    fn nothing_else_covers_it() {
        for (path, before, after) in [
            // No comment.
            ("a.sh", "git clone ", " bbsweep:ignore"),
            ("a.sh", "echo 'bbsweep:ignore' ", ""),
            ("a.sh", "x=' # bbsweep:ignore' ", ""),
            ("a.json", "{\"a\": \"bbsweep:ignore\", \"u\": \"", "\"}"),
            ("a.json", "{\"u\": \"", " # bbsweep:ignore\"}"),
            ("a.md", "bbsweep:ignore ", ""),
            ("a.md", "<!-- x --> bbsweep:ignore ", ""),
            // Another line, another rule, another word.
            ("a.sh", "# bbsweep:ignore\n\ngit clone ", ""),
            ("a.sh", "true # bbsweep:ignore\ngit clone ", ""),
            ("a.js", "/* bbsweep:ignore */ f()\nu = '", "'"),
            ("a.sh", "git clone ", "\n# bbsweep:ignore"),
            ("a.sh", "git clone ", " # bbsweep:ignore netrc"),
            ("a.sh", "git clone ", " # bbsweep:ignore url-userinf"),
            ("a.sh", "git clone ", " # bbsweep:ignored"),
            ("a.sh", "git clone ", " # bbsweep:ignore-file"),
            ("a.sh", "git clone ", " # notbbsweep:ignore"),
            // A part of the use.
            ("a.sh", "git clone ", "#bbsweep:ignore"),
        ] {
            let seen = seen(path, &format!("{before}{URL}{after}"));
            assert!(
                !seen.is_empty() && seen.iter().all(|(_, ignored)| !*ignored),
                "{before}|{after}"
            );
        }
    }

    #[test]
    fn a_secret_that_says_so_is_still_reported() {
        for (path, text) in [
            (".env", "BITBUCKET_APP_PASSWORD=\"§app§ # bbsweep:ignore\""),
            (".env", "BITBUCKET_APP_PASSWORD='§app§' bbsweep:ignore"),
            ("a.sh", "export BITBUCKET_APP_PASSWORD='x # bbsweep:ignore'"),
            ("a.sh", "git clone 'https://joe:§app§ # bbsweep:ignore@bitbucket.org/t/r'"),
            (".netrc", "machine bitbucket.org login joe password #bbsweep:ignore"),
            ("a.yml", "BITBUCKET_APP_PASSWORD: \"§app§ # bbsweep:ignore\""),
            ("a.properties", "bitbucket.app_password=§app§ # bbsweep:ignore"),
        ] {
            let seen = seen(path, text);
            assert!(
                !seen.is_empty() && seen.iter().any(|(_, ignored)| !*ignored),
                "{text} {seen:?}"
            );
        }
    }

    #[test]
    fn each_rule_by_itself() {
        let text = "# bbsweep:ignore env-variable\n\
                    git clone https://joe:§app§@bitbucket.org/t/r $BITBUCKET_APP_PASSWORD";
        let mut seen = seen("a.sh", text);
        seen.sort();
        assert_eq!(seen, [(Rule::UrlUserinfo, false), (Rule::EnvVariable, true)]);
    }

    #[test]
    fn an_entry_over_lines_is_covered_where_its_secret_stands() {
        let entry = |comment: &str| {
            format!("machine bitbucket.org\n\tlogin joe\n\tpassword §app§{comment}\n")
        };
        assert_eq!(seen(".netrc", &entry("")), [(Rule::Netrc, false)]);
        assert_eq!(seen(".netrc", &entry(" # bbsweep:ignore")), [(Rule::Netrc, true)]);
    }
}
