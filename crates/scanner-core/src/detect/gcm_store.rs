//! Files of Git Credential Manager's plain-text store: the secret in the first line, then `service=`
//! and `account=`.
//!
//! Source: <https://github.com/git-ecosystem/git-credential-manager/blob/main/docs/credstores.md>

use std::ops::Range;

use crate::bitbucket::{Host, Scope, TokenFormat, classify_token};
use crate::document::Document;
use crate::finding::{Place, Role, State, Use};
use crate::rule::Rule;

use super::slot::{Slot, judge};
use super::{Candidate, Sink};

/// Sees an app password, or an API token under another name than git's.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    if !doc.path.ends_with(".credential") {
        return;
    }
    let text: &[u8] = &doc.text;
    let mut lines = lines(text);
    let Some(secret) = lines.next() else { return };
    let mut attributes = lines.filter_map(|line| {
        let equals = memchr::memchr(b'=', &text[line.clone()])?;
        Some((&text[line.start..line.start + equals], line.start + equals + 1..line.end))
    });
    let (mut service, mut account) = (None, None);
    for (name, value) in attributes.by_ref().take(16) {
        match name {
            b"service" => service = Some(value),
            b"account" => account = Some(value),
            _ => {}
        }
    }
    let Some(service) = service else { return };
    // Whosever it is, it is a secret.
    if !secret.is_empty() {
        sink.secrets.push(secret.clone());
    }
    if !is_for_git(doc, &text[service.clone()]) {
        return;
    }
    // What has no known form is a token of OAuth, which the same store holds.
    let known = [TokenFormat::AppPassword, TokenFormat::LegacyAppPassword, TokenFormat::ApiToken];
    if !known.contains(&classify_token(&text[secret.clone()])) {
        return;
    }
    let verdict = judge(&Slot {
        username: account.clone().map(|account| &text[account]),
        secret: Some(&text[secret.clone()]),
        percent: false,
        usage: Use::Git,
        kind: doc.kind,
        place: Place::Active,
        what: "Git Credential Manager's store",
    });
    let Some(verdict) = verdict.filter(|verdict| verdict.state != State::Reference) else { return };
    let mut parts = vec![(Role::Secret, secret.clone()), (Role::Url, service)];
    parts.extend(account.map(|account| (Role::Username, account)));
    sink.candidates.push(Candidate {
        rule: Rule::GitCredentialManager,
        state: verdict.state,
        form_error: verdict.form_error,
        usage: Use::Git,
        confidence: verdict.confidence,
        severity: verdict.severity,
        place: Place::Active,
        kind: verdict.kind,
        range: secret,
        parts,
        secret: verdict.secret,
        username: verdict.username,
        variable: None,
        git_config_key: None,
        scopes: Scope::GIT_PUSH.to_vec(),
        label: None,
        slot: None,
        identity: "git-credential-manager bitbucket.org".to_owned(),
        message: verdict.message,
    });
}

/// `https://bitbucket.org`; a refresh token of OAuth has `/refresh_token` behind it.
fn is_for_git(doc: &Document<'_>, service: &[u8]) -> bool {
    let rest = service.strip_prefix(b"https://").unwrap_or(service);
    let end = rest.iter().position(|b| *b == b'/').unwrap_or(rest.len());
    let host = rest[..end].rsplit(|b| *b == b'@').next().unwrap_or_default();
    doc.host(host) == Some(Host::Git) && rest[end..].iter().all(|b| *b == b'/')
}

/// The lines, without what ends them.
fn lines(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    text.split_inclusive(|b| *b == b'\n').map(move |line| {
        let range = start..start + line.trim_ascii_end().len();
        start += line.len();
        range
    })
}

#[cfg(test)]
pub(crate) const EXAMPLES: super::testing::Examples = super::testing::Examples {
    rule: Rule::GitCredentialManager,
    matching: &[
        (
            ".gcm/store/git/https/bitbucket.org/joe.credential",
            "§app§\nservice=https://bitbucket.org\naccount=joe\n",
        ),
        ("joe.credential", "§old§\r\nservice=https://bitbucket.org/\r\naccount=joe\r\n"),
        ("joe.credential", "§api§\nservice=https://bitbucket.org\naccount=me@x.com\n"),
    ],
    other: &[
        (
            "x.credential",
            "§api§\nservice=https://bitbucket.org\naccount=x-bitbucket-api-token-auth\n",
        ),
        ("x.credential", "§app§\nservice=https://github.com\naccount=joe\n"),
        (
            "x.credential",
            "abcdefgh12345678ABC\nservice=https://bitbucket.org/refresh_token\naccount=joe\n",
        ),
        (
            "x.credential",
            "opaqueTokenOfOAuth_withSomeLength==\nservice=https://bitbucket.org\naccount=joe\n",
        ),
        ("x.txt", "§app§\nservice=https://bitbucket.org\naccount=joe\n"),
    ],
};
