//! Programs on the desk: Sourcetree and Git Credential Manager.

use super::{API_TOKENS, OTHER_APPLICATIONS};
use crate::bitbucket::Scope;
use crate::consumer::{Consumer, Evidence, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// Sourcetree keeps the account in a file and its secret in the system's store.
pub(crate) const SOURCETREE: Consumer = Consumer {
    rule: Rule::Sourcetree,
    name: "Sourcetree",
    form: UsernameForm::Email,
    evidence: Evidence::Confirmed,
    usage: Use::Both,
    scopes: &[
        Scope::ReadUser,
        Scope::ReadWorkspace,
        Scope::ReadRepository,
        Scope::WriteRepository,
        Scope::ReadPullrequest,
        Scope::WritePullrequest,
    ],
    least_version: Some("3.4.24"),
    files: &["**/SourceTree/passwd", "**/SourceTree/userhosts", "**/SourceTree/*.json"],
    page: RuleInfo {
        id: "sourcetree",
        summary: "A Sourcetree account that signs in to Bitbucket Cloud with a username and a password",
        why: "accounts.json tells how Sourcetree signs in: Basic with a Bitbucket username goes with an \
              app password, which is kept in the system's store and fails since 2026-07-28. Sourcetree \
              3.4.24 for Windows and 4.2.14 for macOS take an API token, with the email of the Atlassian \
              account as the username.",
        rewrite: "None, as the token has to go into the system's store beside it: manual. Edit the \
                  account in Sourcetree: the email as username, API token as authentication, the token as \
                  password.",
        before: r#"{"HostInstance": {"BaseUrl": "https://bitbucket.org/"}, "Credentials": {"$type": "SourceTree.Model.BasicAuthCredentials, SourceTree.Api.Account", "Username": "ci-bot"}}"#,
        after: r#"{"HostInstance": {"BaseUrl": "https://bitbucket.org/"}, "Credentials": {"$type": "SourceTree.Model.BasicAuthCredentials, SourceTree.Api.Account", "Username": "dev@example.com"}}"#,
        limits: "That the stored secret is an app password is inferred from the username. The encrypted \
                 passwd of old releases is not read; its URLs are notes. On macOS accounts are kept in a \
                 binary property list, which is not read.",
        sources: &[
            OTHER_APPLICATIONS,
            "https://community.atlassian.com/forums/Bitbucket-questions/SourceTree-using-OATH/qaq-p/3225918",
            "https://community.atlassian.com/forums/Sourcetree-questions/Unable-to-authenticate-with-Bitbucket-since-moving-to-API-tokens/qaq-p/3142951",
        ],
    },
    ..Consumer::BASE
};

/// The plain-text store of Git Credential Manager.
pub(crate) const GIT_CREDENTIAL_MANAGER: Consumer = Consumer {
    rule: Rule::GitCredentialManager,
    name: "Git Credential Manager",
    form: UsernameForm::Static,
    evidence: Evidence::Inferred,
    usage: Use::Git,
    scopes: &[Scope::ReadUser, Scope::ReadRepository, Scope::WriteRepository],
    page: RuleInfo {
        id: "git-credential-manager",
        summary: "An app password in a file of Git Credential Manager's plain-text store",
        why: "With credentialStore = plaintext Git Credential Manager keeps each credential in a file of \
              its own, .gcm/store/git/https/bitbucket.org/USER.credential: the password in the first \
              line, service and account below. With an app password git answers HTTP 410 since \
              2026-07-28, and the stored entry wins over what is typed elsewhere.",
        rewrite: "None, as the file's name holds the account: manual. Let git forget the entry and sign \
                  in anew with x-bitbucket-api-token-auth and the token.",
        before: "ATBBexampleexampleexampleexample1F2C\nservice=https://bitbucket.org\naccount=ci-bot",
        after: "REPLACE_WITH_BITBUCKET_API_TOKEN\nservice=https://bitbucket.org\naccount=x-bitbucket-api-token-auth",
        limits: "Stores of the system, files that DPAPI or GPG protects and git's own cache cannot be \
                 seen. Tokens of OAuth, which the same store holds, are no findings. Release 2.6.1 asks \
                 again and again instead of keeping an API token; git's own store or an SSH key does not.",
        sources: &[
            "https://github.com/git-ecosystem/git-credential-manager/blob/main/docs/credstores.md",
            "https://github.com/git-ecosystem/git-credential-manager/issues/1991",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
