//! Credential URLs as keys and values of a git config.

use bstr::ByteSlice;

use crate::document::{Document, FileKind};
use crate::finding::Place;
use crate::rule::{Rule, RuleInfo};

use super::Sink;
use super::git_config::{self, GitConfig, Section};
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
    limits: "A URL in a comment is left to url-userinfo. A config that git refuses to read is told as \
             corrupt and scanned line by line. A username without a secret is a note: the secret \
             comes from a helper that can't be read here.",
    sources: &[
        "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens",
        "https://git-scm.com/docs/git-config#Documentation/git-config.txt-urlltbasegtinsteadOf",
        "https://community.atlassian.com/forums/Bitbucket-questions/Having-trouble-switching-to-API-tokens/qaq-p/3213684",
    ],
};

/// Sees credential URLs in the sections and values of a git config.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    if doc.kind != FileKind::GitConfig {
        return;
    }
    let config = git_config::parse(&doc.text);
    config.tell_faults(doc, sink);
    detect_in(&config, doc, Rule::GitConfigUrl, sink);
}

/// Sees them for `rule` in a config that is parsed.
pub(super) fn detect_in(config: &GitConfig, doc: &Document<'_>, rule: Rule, sink: &mut Sink) {
    let found = |url: &CredentialUrl, text: &[u8], section: &Section, names: &[&str]| {
        let name = names.first().copied().unwrap_or_default();
        let push = names.iter().any(|name| matches!(*name, "pushurl" | "pushinsteadof"));
        Found {
            key: section.key(name),
            plain_key: section.plain_key(name),
            push: push || text[..url.url.start].contains_str("push"),
            what: what(&section.name, name),
        }
    };
    for (index, section) in config.sections.iter().enumerate() {
        let Some(subsection) = &section.subsection else { continue };
        let names: Vec<_> = config.entries_of(index).map(|entry| &*entry.name).collect();
        for url in credential_urls(&subsection.bytes) {
            let found = found(&url, b"", section, &names);
            found.report(rule, &url, doc, subsection, sink);
        }
    }
    for entry in &config.entries {
        let section = &config.sections[entry.section];
        for url in credential_urls(&entry.value.bytes) {
            let found = found(&url, &entry.value.bytes, section, &[&entry.name]);
            found.report(rule, &url, doc, &entry.value, sink);
        }
    }
}

/// What a URL in a git config is for.
struct Found {
    key: String,
    plain_key: String,
    push: bool,
    what: &'static str,
}

impl Found {
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
            place: Place::Active,
            what: self.what,
            push: self.push,
            method: "GET",
            git_config_key: Some(&self.key),
        }
        .report(&|range| text.span(range), sink);
        for candidate in &mut sink.candidates[before..] {
            // Two remotes may name one repository.
            candidate.identity = format!("{} {}", self.plain_key, candidate.identity);
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
        (".git/config", "[remote \"o\"]\n\t# url = https://joe:§app§@bitbucket.org/t/r\n"),
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
    fn a_corrupt_config_is_told_and_scanned() {
        let text = "[remote \"o\"\nnonsense\n[remote \"p\"]\n\turl = https://joe:§app§@bitbucket.org/t/r\n";
        let sink = run(detect, ".git/config", text);
        assert_eq!(sink.candidates.len(), 1);
        assert_eq!(sink.problems.len(), 1);
        assert_eq!(sink.problems[0].0, SkipReason::CorruptGit);
        assert!(sink.problems[0].1.contains("line 1"), "{}", sink.problems[0].1);
    }
}
