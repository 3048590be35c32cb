//! `credential.<url>.username`.

use crate::bitbucket::{GIT_ACCESS_TOKEN_USERNAME, GIT_API_TOKEN_USERNAME, Host, Scope};
use crate::credential::CredentialKind;
use crate::document::{Document, FileKind};
use crate::finding::{Confidence, FormError, Place, Role, Severity, State, Use};
use crate::rule::{Rule, RuleInfo};

use super::git_config::{self, host_of};
use super::slot::{Content, content};
use super::{Candidate, Sink};

pub(crate) const INFO: RuleInfo = RuleInfo {
    id: "git-config-username",
    summary: "A credential.<url>.username for bitbucket.org that an API token does not go with",
    why: "With credential.https://bitbucket.org.username git asks the credential helper for the \
          secret of exactly this user. An email address there fails with every kind of token. A \
          Bitbucket username is what app passwords went with; with an API token it is documented to \
          work but seen to fail, and a helper that still holds the app password goes on to hand it \
          out.",
    rewrite: "The value becomes x-bitbucket-api-token-auth: safe for an email, which can't work, \
              review for a username, which may.",
    before: "[credential \"https://bitbucket.org\"]\n\tusername = ci-bot",
    after: "[credential \"https://bitbucket.org\"]\n\tusername = x-bitbucket-api-token-auth",
    limits: "credential.username without a URL is for every host and left alone. What the helper \
             holds can't be seen.",
    sources: &[
        "https://git-scm.com/docs/gitcredentials",
        "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens",
        "https://github.com/runatlantis/atlantis/issues/5696",
    ],
};

/// Sees usernames that are configured for Bitbucket.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    if doc.kind != FileKind::GitConfig {
        return;
    }
    let config = git_config::parse(&doc.text);
    for entry in &config.entries {
        let section = &config.sections[entry.section];
        let Some(url) = &section.subsection else { continue };
        if section.name != "credential"
            || entry.name != "username"
            || doc.host(&host_of(&url.bytes)) != Some(Host::Git)
        {
            continue;
        }
        let name = &entry.value.bytes;
        let fixed = [GIT_API_TOKEN_USERNAME, GIT_ACCESS_TOKEN_USERNAME, "git"];
        let Content::Literal(_) = content(name, false, doc.kind) else { continue };
        if fixed.iter().any(|fixed| name == fixed.as_bytes()) {
            continue;
        }
        let email = name.contains(&b'@');
        sink.candidates.push(Candidate {
            rule: Rule::GitConfigUsername,
            state: if email { State::HalfMigrated } else { State::Reference },
            form_error: email.then_some(FormError::EmailForGit),
            usage: Use::Git,
            confidence: Confidence::Certain,
            severity: if email { Severity::Error } else { Severity::Warning },
            place: Place::Active,
            kind: CredentialKind::Reference,
            range: entry.value.range.clone(),
            parts: vec![
                (Role::Name, entry.name_range.clone()),
                (Role::Value, entry.value.range.clone()),
                (Role::Username, entry.value.range.clone()),
            ],
            secret: None,
            username: Some(String::from_utf8_lossy(name).into_owned()),
            variable: None,
            git_config_key: Some(section.key(&entry.name)),
            scopes: Scope::GIT_FETCH.to_vec(),
            label: None,
            slot: None,
            identity: section.plain_key(&entry.name),
            message: if email {
                format!(
                    "Email address as username for bitbucket.org in the git config; only REST takes \
                     the email, git takes the username {GIT_API_TOKEN_USERNAME}"
                )
            } else {
                format!(
                    "Bitbucket username in the git config, as app passwords took it; with an API \
                     token it is documented but seen to fail, {GIT_API_TOKEN_USERNAME} works with \
                     every API token"
                )
            },
        });
    }
}

#[cfg(test)]
pub(crate) const EXAMPLES: super::testing::Examples = super::testing::Examples {
    rule: Rule::GitConfigUsername,
    matching: &[
        (".gitconfig", "[credential \"https://bitbucket.org\"]\n\tusername = joe\n"),
        (
            ".gitconfig",
            "[credential \"https://joe@BITBUCKET.org/team\"]\n\tuserName = \"me@x.com\"\n",
        ),
    ],
    other: &[
        (
            ".gitconfig",
            "[credential \"https://bitbucket.org\"]\n\tusername = x-bitbucket-api-token-auth\n",
        ),
        (".gitconfig", "[credential \"https://bitbucket.org\"]\n\tusername = x-token-auth\n"),
        (".gitconfig", "[credential \"https://bitbucket.org\"]\n\thelper = store\n"),
        (".gitconfig", "[credential \"https://github.com\"]\n\tusername = joe\n"),
        (".gitconfig", "[credential]\n\tusername = joe\n"),
        (".gitconfig", "[credential \"https://bitbucket.org\"]\n\t# username = joe\n"),
    ],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{line, part, run};
    use super::*;

    #[test]
    fn an_email_fails_and_a_name_may() {
        let text = "[credential \"https://bitbucket.org\"]\n\tusername = \"me@x.com\" ; c\n\tusername = joe\n";
        let found = run(detect, ".gitconfig", text).candidates;
        assert_eq!(
            found.iter().map(line).collect::<Vec<_>>(),
            ["HalfMigrated EmailForGit Git Certain Error", "Reference Git Certain Warning"]
        );
        assert_eq!(part(&found[0], Role::Username, text).unwrap(), "me@x.com");
        assert_eq!(part(&found[1], Role::Username, text).unwrap(), "joe");
    }
}
