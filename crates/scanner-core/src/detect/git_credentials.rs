//! Lines of git's credential store.

use crate::document::{Document, FileKind};
use crate::rule::{Rule, RuleInfo};

use super::Sink;
use super::place::place_of;
use super::slot::content;
use super::url::{credential_urls, userinfo_secrets};
use super::url_userinfo::UrlUse;

pub(crate) const INFO: RuleInfo = RuleInfo {
    id: "git-credentials",
    summary: "An app password in git's credential store (.git-credentials)",
    why: "`git credential-store` hands the secret of the first line that matches to git, in clear, \
          for years. An app password there makes every request fail with HTTP 410 since 2026-07-28, \
          and git may go on to offer it before it asks for another.",
    rewrite: "The line gets the username x-bitbucket-api-token-auth and the new token: safe where you \
              hand the token over, review with a placeholder in its place. For api.bitbucket.org the \
              username is the Atlassian account email. An API token under a wrong username stays and \
              only the username changes.",
    before: "https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org",
    after: "https://x-bitbucket-api-token-auth:REPLACE_WITH_BITBUCKET_API_TOKEN@bitbucket.org",
    limits: "Keychains and credential managers keep their secrets where no file shows them. Lines for \
             other hosts are left alone, and their secrets masked. A line without a secret is a note.",
    sources: &[
        "https://git-scm.com/docs/git-credential-store",
        "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens",
        "https://community.atlassian.com/forums/Bitbucket-questions/Having-trouble-switching-to-API-tokens/qaq-p/3213684",
    ],
};

/// Sees lines for Bitbucket in a credential store.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    if doc.kind != FileKind::GitCredentials {
        return;
    }
    for range in userinfo_secrets(&doc.text) {
        if content(&doc.text[range.clone()], true, doc.kind).must_be_masked(true) {
            sink.secrets.push(range);
        }
    }
    for url in credential_urls(&doc.text, doc.settings) {
        UrlUse {
            rule: Rule::GitCredentials,
            url: &url,
            text: &doc.text,
            kind: doc.kind,
            place: place_of(doc, url.url.start),
            what: "git's credential store",
            push: false,
            method: "GET",
            git_config_key: None,
        }
        .report(&|range| range, sink);
    }
}

#[cfg(test)]
pub(crate) const EXAMPLES: super::testing::Examples = super::testing::Examples {
    rule: Rule::GitCredentials,
    matching: &[
        (".git-credentials", "https://joe:§app§@bitbucket.org\n"),
        (".config/git/credentials", "https://joe:§old§@bitbucket.org\n"),
        (".git-credentials", "https://joe%40x.com:§api§@bitbucket.org\n"),
        (".git-credentials", "https://me%40x.com:§app§@api.bitbucket.org\n"),
    ],
    other: &[
        (".git-credentials", "https://x-bitbucket-api-token-auth:§api§@bitbucket.org\n"),
        (
            ".git-credentials",
            "https://x-bitbucket-api-token-auth:REPLACE_WITH_BITBUCKET_API_TOKEN@bitbucket.org\n",
        ),
        (".git-credentials", "https://x-token-auth:§access§@bitbucket.org\n"),
        (".git-credentials", "https://joe:§old§@bitbucket.example.com\n"),
        ("notes", "https://joe:§app§@bitbucket.org\n"),
    ],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{fill, line, run};
    use super::*;

    #[test]
    fn every_secret_of_the_store_is_masked() {
        let text = "https://joe:hunter2@github.com\nhttps://joe:§app§@bitbucket.org\n\
                    https://x-token-auth:§access§@bitbucket.org\n";
        let sink = run(detect, ".git-credentials", text);
        let text = fill(text);
        let masked: Vec<_> = sink.secrets.iter().map(|range| &text[range.clone()]).collect();
        for secret in ["hunter2", &fill("§app§"), &fill("§access§")] {
            assert!(masked.contains(&secret), "{secret}");
        }
        let lines: Vec<_> = sink.candidates.iter().map(line).collect();
        assert_eq!(lines, ["AppPassword Git Certain Error"]);
    }
}
