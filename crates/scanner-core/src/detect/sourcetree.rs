//! Sourcetree's `accounts.json`: how each account signs in. The secret is kept elsewhere.

use crate::bitbucket::{GIT_API_TOKEN_USERNAME, Host};
use crate::consumer::Format;
use crate::credential::CredentialKind;
use crate::document::{Document, FileKind};
use crate::finding::{Confidence, Place, Role, Severity, State, Use};
use crate::rule::Rule;
use crate::structure::walk::Trail;
use crate::structure::{self, Scalar};

use super::slot::{Content, content};
use super::{Candidate, Sink};

/// Sees accounts of Bitbucket Cloud that sign in with a username and a password.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    let name = doc.path.rsplit('/').next().unwrap_or(doc.path);
    if doc.kind != FileKind::Json
        || !name.eq_ignore_ascii_case("accounts.json")
        || memchr::memmem::find(&doc.text, b"SourceTree.").is_none()
    {
        return;
    }
    // What cannot be parsed is seen by its text alone.
    let Ok(tree) = structure::parse(&doc.text, Format::Json) else { return };
    for document in &tree.documents {
        for account in Trail::top(document).find("**/Credentials", &|_| false) {
            sink.candidates.extend(candidate(doc, &account));
        }
    }
}

fn candidate(doc: &Document<'_>, credentials: &Trail<'_>) -> Option<Candidate> {
    let scalar = |path| first(credentials, path);
    let basic = scalar("$type")?.text.contains("BasicAuthCredentials");
    let url = scalar("../HostInstance/BaseUrl")?;
    let rest = url.text.split_once("://").map_or(&*url.text, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    let username = scalar("Username")?;
    if !basic || doc.host(host.as_bytes()) != Some(Host::Git) {
        return None;
    }
    let Content::Literal(name) = content(username.text.as_bytes(), false, doc.kind) else {
        return None;
    };
    // An email goes with an API token.
    if name.contains(&b'@') || name == GIT_API_TOKEN_USERNAME.as_bytes() {
        return None;
    }
    Some(Candidate {
        rule: Rule::Sourcetree,
        state: State::Reference,
        form_error: None,
        usage: Use::Both,
        confidence: Confidence::Likely,
        severity: Severity::Warning,
        place: Place::Active,
        kind: CredentialKind::Reference,
        range: username.content.clone(),
        parts: vec![(Role::Username, username.content.clone())],
        secret: None,
        username: Some(username.text.clone()),
        variable: None,
        git_config_key: None,
        scopes: Rule::Sourcetree.consumer().map(|row| row.scopes.to_vec()).unwrap_or_default(),
        label: None,
        slot: None,
        identity: "sourcetree bitbucket.org".to_owned(),
        message:
            "Sourcetree signs in to bitbucket.org with a Bitbucket username, as app passwords \
                  took it; an API token goes with the Atlassian account email"
                .to_owned(),
    })
}

fn first<'t>(from: &Trail<'t>, path: &str) -> Option<&'t Scalar> {
    from.find(path, &|_| false).first().and_then(|trail| trail.node().scalar())
}

#[cfg(test)]
pub(crate) const EXAMPLES: super::testing::Examples = super::testing::Examples {
    rule: Rule::Sourcetree,
    matching: &[(
        "SourceTree/accounts.json",
        r#"[{"HostInstance": {"BaseUrl": "https://bitbucket.org/"}, "Credentials": {"$type": "SourceTree.Model.BasicAuthCredentials, SourceTree.Api.Account", "Username": "joe"}}]"#,
    )],
    other: &[
        (
            "SourceTree/accounts.json",
            r#"[{"HostInstance": {"BaseUrl": "https://bitbucket.org/"}, "Credentials": {"$type": "SourceTree.Model.BasicAuthCredentials, SourceTree.Api.Account", "Username": "me@x.com"}}]"#,
        ),
        (
            "SourceTree/accounts.json",
            r#"[{"HostInstance": {"BaseUrl": "https://bitbucket.org/"}, "Credentials": {"$type": "SourceTree.Api.Account.OAuth.TwoZero.OAuthTwoZeroCredentials", "Username": "joe"}}]"#,
        ),
        (
            "SourceTree/accounts.json",
            r#"[{"HostInstance": {"BaseUrl": "https://github.com/"}, "Credentials": {"$type": "SourceTree.Model.BasicAuthCredentials", "Username": "joe"}}, "bitbucket.org"]"#,
        ),
        (
            "other/accounts.json",
            r#"[{"HostInstance": {"BaseUrl": "https://bitbucket.org/"}, "Credentials": {"$type": "BasicAuthCredentials", "Username": "joe"}}]"#,
        ),
    ],
};
