//! Credential URLs as keys and values of a git config.

use bstr::ByteSlice;

use crate::document::{Document, FileKind};
use crate::finding::Place;
use crate::rule::{Rule, RuleInfo};

use super::Sink;
use super::git_config::{self, Section};
use super::url::{CredentialUrl, credential_urls};
use super::url_userinfo::UrlUse;

pub(crate) const INFO: RuleInfo = RuleInfo {
    id: "git-config-url",
    summary: "A credential URL in a git config: a remote, a push URL, insteadOf, an alias",
    why: "git sends what stands in the URL of a remote, whatever a credential helper holds. An app \
          password there makes every fetch and push fail with HTTP 410 since 2026-07-28; the secret \
          also shows in `git remote -v` and in error messages. In `url.<base>.insteadOf` one line \
          does so for every clone.",
    rewrite: "A git config expands no variables. The user info becomes x-bitbucket-api-token-auth, \
              without a secret, so that git asks the credential helper: safe once the helper holds an \
              API token. An API token under a wrong username stays in its place and only the \
              username changes: safe. Tell the helper to forget the old secret first: it would win.",
    before: "[remote \"origin\"]\n\turl = https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/repo.git",
    after: "[remote \"origin\"]\n\turl = https://x-bitbucket-api-token-auth@bitbucket.org/team/repo.git",
    limits: "A config that git refuses to read is told as corrupt, and its URLs are left to \
             url-userinfo. A username without a secret is a note: the secret \
             comes from a helper that can't be read here.",
    sources: &[
        "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens",
        "https://git-scm.com/docs/git-config#Documentation/git-config.txt-urlltbasegtinsteadOf",
        "https://community.atlassian.com/forums/Bitbucket-questions/Having-trouble-switching-to-API-tokens/qaq-p/3213684",
    ],
};

/// Sees credential URLs in the sections, values and comments of a git config.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    if doc.kind == FileKind::GitConfig {
        detect_for(Rule::GitConfigUrl, doc, sink);
    }
}

/// Whether this rule or gitmodules-url saw all URLs of the file.
pub(super) fn covers(doc: &Document<'_>) -> bool {
    matches!(doc.kind, FileKind::GitConfig | FileKind::Gitmodules)
        && git_config::parse(&doc.text).faults.is_empty()
}

/// Sees them for `rule`.
pub(super) fn detect_for(rule: Rule, doc: &Document<'_>, sink: &mut Sink) {
    let config = git_config::parse(&doc.text);
    config.tell_faults(doc, sink);
    if !config.faults.is_empty() {
        // What git makes of it is anybody's guess: url-userinfo sees the URLs as text.
        return;
    }
    for (index, section) in config.sections.iter().enumerate() {
        let Some(subsection) = &section.subsection else { continue };
        for url in credential_urls(&subsection.bytes, doc.settings) {
            let names: Vec<_> = config.entries_of(index).map(|entry| &*entry.name).collect();
            // A username alone only says which URLs the section is about.
            if section.name != "credential" || url.secret.is_some() {
                Found::new(section, &names, b"").report(rule, &url, doc, subsection, sink);
            }
        }
    }
    for entry in &config.entries {
        for url in credential_urls(&entry.value.bytes, doc.settings) {
            let before = &entry.value.bytes[..url.url.start];
            Found::new(&config.sections[entry.section], &[&entry.name], before).report(
                rule,
                &url,
                doc,
                &entry.value,
                sink,
            );
        }
    }
    for comment in &config.comments {
        let text = git_config::Text::verbatim(&doc.text, comment.clone());
        for url in credential_urls(&text.bytes, doc.settings) {
            Found::in_comment().report(rule, &url, doc, &text, sink);
        }
    }
}

/// What a URL in a git config is for.
struct Found {
    /// The key, and the same without user info; `None` in a comment.
    key: Option<(String, String)>,
    push: bool,
    what: &'static str,
}

impl Found {
    /// `before` is what stands before the URL in the value.
    fn new(section: &Section, names: &[&str], before: &[u8]) -> Self {
        let name = names.first().copied().unwrap_or_default();
        let push = names.iter().any(|name| matches!(*name, "pushurl" | "pushinsteadof"));
        Self {
            key: Some((section.key(name), section.plain_key(name))),
            push: push || before.contains_str("push"),
            what: what(&section.name, name),
        }
    }

    fn in_comment() -> Self {
        Self { key: None, push: false, what: "a git config" }
    }

    fn report(
        &self,
        rule: Rule,
        url: &CredentialUrl,
        doc: &Document<'_>,
        text: &git_config::Text,
        sink: &mut Sink,
    ) {
        let before = sink.candidates.len();
        UrlUse {
            rule,
            url,
            text: &text.bytes,
            kind: doc.kind,
            place: if self.key.is_some() { Place::Active } else { Place::Comment },
            what: self.what,
            push: self.push,
            method: "GET",
            git_config_key: self.key.as_ref().map(|(key, _)| &**key),
        }
        .report(&|range| text.span(range), sink);
        if let Some((_, plain_key)) = &self.key {
            for candidate in &mut sink.candidates[before..] {
                // Two remotes may name one repository.
                candidate.identity = format!("{plain_key} {}", candidate.identity);
            }
        }
    }
}

fn what(section: &str, name: &str) -> &'static str {
    match (section, name) {
        ("remote", "pushurl") => "the push URL of a remote",
        ("remote", _) => "the URL of a remote",
        ("url", _) => "a URL rewriting rule of git",
        ("submodule", _) => "the URL of a submodule",
        ("alias", _) => "a git alias",
        ("http" | "credential", _) => "a URL section of the git config",
        _ => "a git config",
    }
}

#[cfg(test)]
pub(crate) const EXAMPLES: super::testing::Examples = super::testing::Examples {
    rule: Rule::GitConfigUrl,
    matching: &[
        (
            ".git/config",
            "[remote \"origin\"]\n\turl = https://joe:§app§@bitbucket.org/team/repo.git\n",
        ),
        (
            ".git/config",
            "[remote \"o\"]\n\tpushurl = \"https://joe:§old§@bitbucket.org/t/r\" ; c\n",
        ),
        (
            ".gitconfig",
            "[url \"https://joe:§app§@bitbucket.org/\"]\n\tinsteadOf = git@bitbucket.org:\n",
        ),
        (".gitconfig", "[url \"git@h:\"]\n\tinsteadOf = https://joe:§app§@bitbucket.org/\n"),
        (
            ".gitconfig",
            "[alias]\n\tx = \"!git clone \\\"https://joe:§app§@bitbucket.org/t/r\\\"\"\n",
        ),
        (".git/config", "[submodule \"s\"]\n\turl = https://joe@bitbucket.org/t/r\n"),
    ],
    other: &[
        (
            ".git/config",
            "[remote \"o\"]\n\turl = https://x-bitbucket-api-token-auth@bitbucket.org/t/r\n",
        ),
        (".git/config", "[remote \"o\"]\n\turl = git@bitbucket.org:t/r\n"),
        (".git/config", "[remote \"o\"]\n\turl = https://joe:§app§@bitbucket.example.com/t/r\n"),
        (".git/config", "[remote \"o\"]\n\t# url = https://joe@bitbucket.org/t/r\n"),
        ("notes.txt", "url = https://joe:§app§@bitbucket.org/t/r\n"),
    ],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{APP, line, part, run};
    use super::*;
    use crate::bitbucket::Scope;
    use crate::finding::{Role, SkipReason};

    #[test]
    fn keys_and_scopes() {
        let text = "[remote \"o\"]\r\n\turl = https://joe:§app§@bitbucket.org/t/r\r\n\
                    \tpushURL = https://joe:§api§@bitbucket.org/t/r\r\n\
                    [url \"https://joe:§app§@bitbucket.org/\"]\n\tpushInsteadOf = x:\n";
        let sink = run(detect, ".git/config", text);
        let mut lines: Vec<_> = sink
            .candidates
            .iter()
            .map(|c| (c.range.start, c.git_config_key.clone().unwrap(), line(c), c.scopes.clone()))
            .collect();
        lines.sort();
        let lines: Vec<_> =
            lines.into_iter().map(|(_, key, line, scopes)| (key, line, scopes)).collect();
        let certain = "AppPassword Git Certain Error".to_owned();
        assert_eq!(
            lines,
            [
                ("remote.o.url".to_owned(), certain.clone(), Scope::GIT_FETCH.to_vec()),
                (
                    "remote.o.pushurl".into(),
                    "HalfMigrated UsernameForGit Git Certain Warning".into(),
                    Scope::GIT_PUSH.to_vec()
                ),
                (
                    format!("url.https://joe:{APP}@bitbucket.org/.pushinsteadof"),
                    certain,
                    Scope::GIT_PUSH.to_vec()
                ),
            ]
        );
        let identities: Vec<_> = sink.candidates.iter().map(|c| &*c.identity).collect();
        assert_eq!(
            identities,
            [
                "url.https://bitbucket.org/.pushinsteadof bitbucket.org/",
                "remote.o.url bitbucket.org/t/r",
                "remote.o.pushurl bitbucket.org/t/r"
            ]
        );
    }

    #[test]
    fn a_continued_and_quoted_url_has_its_place() {
        let text = "[remote \"o\"]\n\turl = \"https://joe:\"\\\n§app§@bitbucket.org/t/r\n";
        let sink = run(detect, ".git/config", text);
        let candidate = &sink.candidates[0];
        assert_eq!(part(candidate, Role::Secret, text).unwrap(), APP);
        assert_eq!(part(candidate, Role::Username, text).unwrap(), "joe");
        assert_eq!(candidate.secret.as_ref().unwrap().expose(), APP.as_bytes());
    }

    #[test]
    fn a_corrupt_config_is_told_and_left_to_the_search_in_text() {
        let text = "[remote \"o\"\nnonsense\n[remote \"p\"]\n\turl = https://joe:§app§@bitbucket.org/t/r\n";
        let sink = run(detect, ".git/config", text);
        assert!(sink.candidates.is_empty());
        assert_eq!(sink.problems.len(), 1);
        assert_eq!(sink.problems[0].0, SkipReason::CorruptGit);
        assert!(sink.problems[0].1.contains("line 1"), "{}", sink.problems[0].1);
        let all = run(crate::detect::detect, ".git/config", text);
        assert_eq!(all.candidates[0].rule, Rule::UrlUserinfo);
    }

    #[test]
    fn a_comment_is_dead() {
        let text = "[a]\n\tb = 1 ; was https://joe:§app§@bitbucket.org/t/r\n";
        let sink = run(detect, ".git/config", text);
        assert_eq!(line(&sink.candidates[0]), "DeadSecret Git Certain Error");
        assert_eq!(part(&sink.candidates[0], Role::Secret, text).unwrap(), APP);
    }

    #[test]
    fn sections_of_other_kinds() {
        let text = "[credential \"https://joe@bitbucket.org\"]\n\thelper = x\n\
                    [http \"x https://joe:§app§@bitbucket.org\"]\n\tproxy = x\n";
        let found = run(detect, ".git/config", text).candidates;
        assert_eq!(found.len(), 1);
        assert_eq!(part(&found[0], Role::Username, text).unwrap(), "joe");
    }
}
