//! Dependabot.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// It fetches dependencies from git repositories.
pub(crate) const DEPENDABOT: Consumer = Consumer {
    rule: Rule::Dependabot,
    name: "Dependabot",
    form: UsernameForm::Static,
    evidence: Evidence::Inferred,
    usage: Use::Git,
    scopes: Scope::GIT_FETCH,
    steps: &["Put the token into Dependabot's own secrets: those of GitHub Actions are not read"],
    slots: &[Slot {
        rule: Rule::Dependabot,
        files: &["dependabot.yml", "dependabot.yaml"],
        formats: &[Format::Yaml],
        path: "registries/*",
        when: &[Condition::Is("type", &["git"]), Condition::Cloud("url")],
        shape: Shape::Fields { username: &["username"], secret: &["password"] },
        usage: Use::Git,
        form: UsernameForm::Static,
        expands: Some("${{secrets.NAME}}"),
        ..Slot::BASE
    }],
    page: RuleInfo {
        id: "dependabot",
        summary: "An app password in a git registry of dependabot.yml",
        why: "A registry of type git in dependabot.yml lends Dependabot the credentials for \
              dependencies that live in repositories on bitbucket.org. With an app password git answers \
              HTTP 410 since 2026-07-28 and updates stop. With an API token git takes the username \
              x-bitbucket-api-token-auth.",
        rewrite: "The username becomes x-bitbucket-api-token-auth, and a password in clear \
                  ${{secrets.BITBUCKET_API_TOKEN}}; the name of a secret stays or is renamed with its \
                  other uses: review.",
        before: "version: 2\nregistries:\n  bitbucket:\n    type: git\n    url: https://bitbucket.org\n    username: ci-bot\n    password: ATBBexampleexampleexampleexample1F2C",
        after: "version: 2\nregistries:\n  bitbucket:\n    type: git\n    url: https://bitbucket.org\n    username: x-bitbucket-api-token-auth\n    password: ${{secrets.BITBUCKET_API_TOKEN}}",
        limits: "Registries of other types and other hosts are no findings. dependabot-script takes \
                 BITBUCKET_APP_USERNAME and BITBUCKET_APP_PASSWORD for REST and git alike: the latter \
                 is reported as the variable that it is, and must keep its name for that script.",
        sources: &[
            "https://docs.github.com/en/code-security/dependabot/working-with-dependabot/configuring-access-to-private-registries-for-dependabot",
            "https://github.com/dependabot/dependabot-script/pull/589",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
