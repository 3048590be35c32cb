//! TeamCity's settings in Kotlin: VCS roots and build features with a username and a password.

use std::ops::Range;

use memchr::memmem;

use super::slot::{self, judge};
use super::structured::{is_scrambled, named_elsewhere, names_cloud};
use super::{Candidate, Sink};
use crate::consumer::{Slot, ci};
use crate::document::{Document, FileKind};
use crate::finding::{Place, Role, Use};
use crate::rule::Rule;

#[cfg(test)]
use super::testing::Examples;

/// A block in braces: what stands in front of it, and the strings that are assigned in it.
struct Block {
    name: Range<usize>,
    above: Option<usize>,
    /// Name and content.
    assigned: Vec<(Range<usize>, Range<usize>)>,
}

/// Sees `authMethod = password { userName = "…"; password = "…" }` beside a `url` of Bitbucket Cloud,
/// and the same in `bitbucketCloud { … }`.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    let kotlin = [".kts", ".kt"].iter().any(|extension| doc.path.ends_with(extension));
    let asks = |word: &[u8]| memmem::find(&doc.text, word).is_some();
    if !kotlin || doc.kind != FileKind::CodeSlash || !(asks(b"VcsRoot") || asks(b"bitbucketCloud"))
    {
        return;
    }
    let blocks = blocks(&doc.text);
    let named = |block: &Block, name: &[u8]| &doc.text[block.name.clone()] == name;
    for block in &blocks {
        let above = block.above.and_then(|above| blocks.get(above));
        let feature = named(block, b"bitbucketCloud")
            || above.is_some_and(|above| named(above, b"bitbucketCloud"));
        let root = || {
            named(block, b"password")
                && above
                    .and_then(|above| value(doc, above, &["url"]))
                    .is_some_and(|(_, url)| names_cloud(doc, &doc.text[url]))
        };
        if feature {
            report(doc, block, &ci::teamcity::FEATURE, sink);
        } else if root() {
            report(doc, block, &ci::teamcity::VCS_ROOT, sink);
        }
    }
}

/// The string that one of `names` is set to.
fn value(
    doc: &Document<'_>,
    block: &Block,
    names: &[&str],
) -> Option<(Range<usize>, Range<usize>)> {
    let is = |name: &Range<usize>| names.iter().any(|n| n.as_bytes() == &doc.text[name.clone()]);
    block.assigned.iter().find(|(name, _)| is(name)).cloned()
}

fn report(doc: &Document<'_>, block: &Block, rows: &'static [Slot; 2], sink: &mut Sink) {
    let username = value(doc, block, &["userName", "username"]);
    let Some((name, content)) = value(doc, block, &["password"]) else { return };
    let secret = &doc.text[content.clone()];
    // `credentialsJSON:…` is the name of a secure value, `%…%` of a parameter.
    let kept = secret.starts_with(b"credentialsJSON:")
        || is_scrambled(secret)
        || (secret.len() > 2 && secret.starts_with(b"%") && secret.ends_with(b"%"));
    let row = &rows[usize::from(!kept)];
    if !secret.starts_with(b"credentialsJSON:") {
        sink.secrets.push(content.clone());
    }
    let git = row.usage == Use::Git;
    let place = slot::Slot {
        username: username.as_ref().map(|(_, username)| &doc.text[username.clone()]),
        secret: Some(secret),
        percent: false,
        usage: row.usage,
        kind: doc.kind,
        place: Place::Active,
        what: if git { "a VCS root of TeamCity" } else { "a build feature of TeamCity" },
    };
    let verdict = if kept { named_elsewhere(&place, secret) } else { judge(&place) };
    let Some(verdict) = verdict.filter(|verdict| !verdict.secret_is_username) else { return };
    let mut parts = vec![
        (Role::Name, name.clone()),
        (Role::Value, content.clone()),
        (Role::Secret, content.clone()),
    ];
    if let Some((name, username)) = username {
        parts.push((Role::UsernameName, name));
        parts.push((Role::Username, username));
    }
    sink.candidates.push(Candidate {
        rule: Rule::Teamcity,
        state: verdict.state,
        form_error: verdict.form_error,
        usage: row.usage,
        confidence: verdict.confidence,
        severity: verdict.severity,
        place: Place::Active,
        kind: verdict.kind,
        // With the quote behind it.
        range: name.start..content.end + 1,
        parts,
        secret: verdict.secret,
        username: verdict.username,
        variable: verdict.variable,
        git_config_key: None,
        scopes: row.scopes.to_vec(),
        label: None,
        slot: Some(row),
        identity: String::from_utf8_lossy(&doc.text[block.name.clone()]).into_owned(),
        message: verdict.message,
    });
}

/// The blocks of a file in the order of their braces, as far as they can be told without reading
/// Kotlin whole: comments and strings are skipped, names are the last words in front.
fn blocks(text: &[u8]) -> Vec<Block> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let mut blocks = vec![Block { name: 0..0, above: None, assigned: Vec::new() }];
    let mut open = vec![0];
    let mut last = 0..0;
    // The name in front of a `=` that nothing but blanks follow yet.
    let mut set: Option<Range<usize>> = None;
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let rest = &text[at..];
        let skipped = match byte {
            _ if rest.starts_with(b"//") => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
            _ if rest.starts_with(b"/*") => memmem::find(rest, b"*/").map_or(rest.len(), |e| e + 2),
            _ if rest.starts_with(b"\"\"\"") => {
                set = None;
                memmem::find(&rest[3..], b"\"\"\"").map_or(rest.len(), |end| end + 6)
            }
            b'"' | b'\'' => {
                let end = string_end(rest);
                if let (Some(name), true) = (set.take(), byte == b'"' && end > 1) {
                    let current = open.last().copied().unwrap_or(0);
                    blocks[current].assigned.push((name, at + 1..at + end - 1));
                }
                end
            }
            b'{' => {
                open.push(blocks.len());
                let above = open.iter().rev().nth(1).copied();
                blocks.push(Block { name: last.clone(), above, assigned: Vec::new() });
                (last, set) = (0..0, None);
                1
            }
            b'}' => {
                if open.len() > 1 {
                    open.pop();
                }
                (last, set) = (0..0, None);
                1
            }
            b'=' => {
                let alone = rest.get(1) != Some(&b'=') && !last.is_empty();
                set = alone.then(|| last.clone());
                if rest.get(1) == Some(&b'=') { 2 } else { 1 }
            }
            _ if word(byte) => {
                let end = rest.iter().position(|b| !word(*b)).unwrap_or(rest.len());
                last = at..at + end;
                set = None;
                end
            }
            _ => {
                if !byte.is_ascii_whitespace() {
                    set = None;
                }
                1
            }
        };
        at += skipped.max(1);
    }
    blocks
}

/// How long a string in quotes is; it ends with its line at the latest.
fn string_end(text: &[u8]) -> usize {
    let quote = text[0];
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' => return at,
            _ if byte == quote => return at + 1,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
pub(crate) const EXAMPLES: Examples = Examples {
    rule: Rule::Teamcity,
    matching: &[
        (
            ".teamcity/settings.kts",
            "object A : GitVcsRoot({\n url = \"https://bitbucket.org/a/b\"\n authMethod = password {\n  userName = \"joe\"\n  password = \"credentialsJSON:1\"\n }\n})",
        ),
        (
            ".teamcity/settings.kts",
            "object A : GitVcsRoot({ authMethod = password { userName = \"joe\"; password = \"§app§\" }; url = \"https://bitbucket.org/a/b\" })",
        ),
        (
            ".teamcity/settings.kts",
            "commitStatusPublisher { publisher = bitbucketCloud { userName = \"joe\"\npassword = \"zxx775d03cbe80d301b\" } }",
        ),
        (
            ".teamcity/settings.kts",
            "pullRequests { provider = bitbucketCloud { authType = password { username = \"joe\"\npassword = \"%bb.password%\" } } }",
        ),
    ],
    other: &[
        (
            ".teamcity/settings.kts",
            "GitVcsRoot({ url = \"https://github.com/a/b\"; authMethod = password { userName = \"joe\"; password = \"credentialsJSON:1\" } }) // bitbucket.org",
        ),
        (
            ".teamcity/settings.kts",
            "GitVcsRoot({ url = \"https://bitbucket.org/a/b\"; authMethod = password { userName = \"x-bitbucket-api-token-auth\"; password = \"credentialsJSON:1\" } })",
        ),
        (
            ".teamcity/settings.kts",
            "publisher = bitbucketCloud { userName = \"joe@example.com\"; password = \"credentialsJSON:1\" }",
        ),
        (
            ".teamcity/settings.kts",
            "provider = bitbucketServer { userName = \"joe\"; password = \"credentialsJSON:1\" } // bitbucketCloud",
        ),
        (
            ".teamcity/settings.kts",
            "/* GitVcsRoot({ url = \"https://bitbucket.org/a/b\"; authMethod = password { userName = \"joe\"; password = \"credentialsJSON:1\" } }) */",
        ),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_what_is_set_in_them() {
        let text = b"a(b({ c = \"{\" // }\n d == \"x\"; e = f { g = \"\\\"\" } }))";
        let blocks = blocks(text);
        let show =
            |range: &Range<usize>| String::from_utf8_lossy(&text[range.clone()]).into_owned();
        let shown: Vec<_> = blocks
            .iter()
            .map(|block| {
                let set: Vec<_> =
                    block.assigned.iter().map(|(name, value)| (show(name), show(value))).collect();
                (show(&block.name), block.above, set)
            })
            .collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            shown,
            [
                (String::new(), None, vec![]),
                ("b".to_owned(), Some(0), vec![pair("c", "{")]),
                ("f".to_owned(), Some(1), vec![pair("g", "\\\"")]),
            ]
        );
    }

    #[test]
    fn scrambled_secrets_are_masked() {
        let sink = super::super::testing::run(
            detect,
            "settings.kts",
            "bitbucketCloud { userName = \"joe\"; password = \"zxx775d03cbe80d301b\" }",
        );
        assert_eq!(sink.secrets.len(), 1);
    }
}
