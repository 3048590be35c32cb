//! `http.extraHeader` with a Basic or Bearer credential.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use regex::bytes::Regex;

use crate::bitbucket::{Host, Scope, TokenFormat, classify_token};
use crate::document::{Document, FileKind};
use crate::finding::{FormError, Place, Role, SkipReason, Use};
use crate::rule::{Rule, RuleInfo};

use super::git_config::{self, Entry, GitConfig, host_of};
use super::slot::{Slot, Verdict, content, form_error, judge};
use super::{Candidate, Sink};

pub(crate) const INFO: RuleInfo = RuleInfo {
    id: "git-config-header",
    summary: "An http.extraHeader for Bitbucket whose base64 text holds an app password",
    why: "`http.<url>.extraHeader` with `Authorization: Basic` hides user and secret in base64: no \
          search for the secret's form finds it, and git sends it whatever a credential helper holds. \
          With an app password every request fails since 2026-07-28. An API token works there under \
          x-bitbucket-api-token-auth only, and not as Bearer, which goes with access tokens.",
    rewrite: "With the new token at hand the base64 text is made anew for it: safe. Without it the \
              whole entry is deleted, so that git asks the credential helper: review. An API token in \
              a form that fails is encoded anew under the static username: safe.",
    before: "[http \"https://bitbucket.org/\"]\n\textraHeader = Authorization: Basic Y2ktYm90OkFUQkJleGFtcGxlZXhhbXBsZWV4YW1wbGVleGFtcGxlMUYyQw==",
    after: "[http \"https://bitbucket.org/\"]",
    limits: "In a section without a URL, or with a wildcard, only secrets of a known form count. \
             Headers for other hosts are not looked at. A value that is not base64 is told as \
             malformed.",
    sources: &[
        "https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpextraHeader",
        "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens",
        "https://developer.atlassian.com/cloud/bitbucket/rest/intro/",
        "https://github.com/apache/devlake/pull/8604",
    ],
};

/// Whom a header is sent to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    Bitbucket(Host),
    /// No URL or one with a wildcard.
    Any,
}

/// Sees credentials in the headers of a git config.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    if !matches!(doc.kind, FileKind::GitConfig | FileKind::Gitmodules) {
        return;
    }
    let config = git_config::parse(&doc.text);
    for entry in &config.entries {
        let section = &config.sections[entry.section];
        if section.name == "http" && entry.name == "extraheader" {
            header(&config, entry, doc, sink);
        }
    }
}

fn target(config: &GitConfig, entry: &Entry, doc: &Document<'_>) -> Option<Target> {
    let Some(subsection) = &config.sections[entry.section].subsection else {
        return Some(Target::Any);
    };
    let host = host_of(&subsection.bytes);
    if host.is_empty() || host.contains(&b'*') {
        // `https://*.example.com` leads elsewhere.
        let host = host.to_ascii_lowercase();
        let fixed = host.rsplit(|&b| b == b'*').next().unwrap_or_default();
        return b".bitbucket.org".ends_with(fixed).then_some(Target::Any);
    }
    doc.host(&host).map(Target::Bitbucket)
}

fn header(config: &GitConfig, entry: &Entry, doc: &Document<'_>, sink: &mut Sink) {
    static HEADER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i-u)^\s*(?:authorization\s*:)?\s*(basic|bearer)\s+(\S+)\s*$").ok()
    });
    let Some(captures) = HEADER.as_ref().and_then(|re| re.captures(&entry.value.bytes)) else {
        return;
    };
    let (Some(scheme), Some(credential)) = (captures.get(1), captures.get(2)) else { return };
    let content = content(credential.as_bytes(), false, doc.kind);
    if !content.must_be_masked(true) {
        return;
    }
    let range = entry.value.span(credential.range());
    sink.secrets.push(range.clone());
    let Some(target) = target(config, entry, doc) else { return };
    let usage = match target {
        Target::Bitbucket(Host::Api) => Use::Rest,
        _ => Use::Git,
    };
    let slot = Slot {
        username: None,
        secret: None,
        percent: false,
        usage,
        kind: doc.kind,
        place: Place::Active,
        what: "an extra header of git",
    };
    let bearer = scheme.as_bytes().eq_ignore_ascii_case(b"bearer");
    let verdict = if bearer {
        of_bearer(&slot, credential.as_bytes(), target)
    } else {
        let Some(decoded) = decode(credential.as_bytes()) else {
            if matches!(target, Target::Bitbucket(_)) {
                sink.problems.push(malformed(config, entry, doc));
            }
            return;
        };
        of_basic(&slot, &decoded, target)
    };
    let Some(verdict) = verdict else { return };

    let section = &config.sections[entry.section];
    sink.candidates.push(Candidate {
        rule: Rule::GitConfigHeader,
        state: verdict.state,
        form_error: verdict.form_error,
        usage,
        confidence: verdict.confidence,
        severity: verdict.severity,
        place: Place::Active,
        kind: verdict.kind,
        range: range.clone(),
        parts: vec![
            (Role::Name, entry.name_range.clone()),
            (Role::Value, entry.value.range.clone()),
            (if bearer { Role::Secret } else { Role::Base64 }, range),
        ],
        secret: verdict.secret,
        username: verdict.username,
        variable: None,
        git_config_key: Some(section.key(&entry.name)),
        scopes: if usage == Use::Git { Scope::GIT_FETCH.to_vec() } else { Vec::new() },
        label: None,
        slot: None,
        identity: section.plain_key(&entry.name),
        message: verdict.message,
    });
}

/// `user:secret` out of base64, with or without its padding.
fn decode(base64: &[u8]) -> Option<Vec<u8>> {
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let decoded = ENGINE.decode(base64).ok()?;
    let readable = !decoded.is_empty() && !decoded.iter().any(u8::is_ascii_control);
    (readable && (decoded.contains(&b':') || classify_token(&decoded) != TokenFormat::Unknown))
        .then_some(decoded)
}

fn of_basic(slot: &Slot<'_>, decoded: &[u8], target: Target) -> Option<Verdict> {
    let colon = decoded.iter().position(|&b| b == b':');
    let (username, secret) = match colon {
        Some(colon) => (&decoded[..colon], &decoded[colon + 1..]),
        None => (&b""[..], decoded),
    };
    if target == Target::Any {
        let known = [username, secret].iter().any(|field| {
            matches!(classify_token(field), TokenFormat::AppPassword | TokenFormat::ApiToken)
        });
        if !known {
            return None;
        }
    }
    // A username without a secret sends an empty password: nobody's credential.
    if secret.is_empty() && classify_token(username) != TokenFormat::AppPassword {
        return None;
    }
    judge(&Slot { username: Some(username), secret: Some(secret), ..*slot })
}

fn of_bearer(slot: &Slot<'_>, token: &[u8], target: Target) -> Option<Verdict> {
    match classify_token(token) {
        TokenFormat::AppPassword => judge(&Slot { secret: Some(token), ..*slot }),
        // Elsewhere an API token of Atlassian's may go as Bearer.
        TokenFormat::ApiToken if target != Target::Any => {
            Some(form_error(slot, token, FormError::BearerForRest, None))
        }
        _ => None,
    }
}

fn malformed(config: &GitConfig, entry: &Entry, doc: &Document<'_>) -> (SkipReason, String) {
    let line = 1 + memchr::memchr_iter(b'\n', &doc.text[..entry.name_range.start]).count();
    let key = config.sections[entry.section].plain_key(&entry.name);
    (SkipReason::Malformed, format!("line {line}: {key} is not the base64 of user:secret"))
}

#[cfg(test)]
pub(crate) const EXAMPLES: super::testing::Examples = super::testing::Examples {
    rule: Rule::GitConfigHeader,
    matching: &[
        (
            ".git/config",
            // `joe:` and an app password.
            "[http \"https://bitbucket.org/\"]\n\textraheader = AUTHORIZATION: basic \
             am9lOkFUQkJleGFtcGxlTm90QVJlYWxTZWNyZXQwMDEwQTFCMkMzRA==\n",
        ),
        (
            ".git/config",
            "[http \"https://bitbucket.org\"]\n\textraHeader = Authorization: Bearer §api§\n",
        ),
    ],
    other: &[
        (
            ".git/config",
            "[http \"https://bitbucket.example.com/\"]\n\textraheader = AUTHORIZATION: basic \
             am9lOkFUQkJleGFtcGxlTm90QVJlYWxTZWNyZXQwMDEwQTFCMkMzRA==\n",
        ),
        (
            ".git/config",
            "[http \"https://bitbucket.org\"]\n\textraHeader = Authorization: Bearer §access§\n",
        ),
        (
            ".git/config",
            "[http \"https://bitbucket.org\"]\n\textraHeader = AUTHORIZATION: basic ***\n",
        ),
        (".git/config", "[http \"https://bitbucket.org\"]\n\textraHeader = X-Trace: 1\n"),
        (".git/config", "[http]\n\textraHeader = Authorization: Basic am9lOmh1bnRlcjI=\n"),
        (".git/config", "[http]\n\textraHeader = Authorization: Bearer §api§\n"),
    ],
};

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD as ENGINE;

    use super::super::testing::{APP, fill, line, part, run};
    use super::*;

    fn lines(section: &str, userinfo: &str) -> String {
        let text = format!(
            "{section}\n\textraHeader = \"Authorization: Basic {}\"\n",
            ENGINE.encode(fill(userinfo))
        );
        let sink = run(detect, ".git/config", &text);
        assert_eq!(sink.secrets.len(), 1);
        sink.candidates.iter().map(line).collect::<Vec<_>>().join("+")
    }

    #[test]
    fn verdicts() {
        let (git, api) =
            ("[http \"https://bitbucket.org/\"]", "[http \"https://api.bitbucket.org\"]");
        for (section, userinfo, expected) in [
            (git, "joe:§app§", "AppPassword Git Certain Error"),
            (git, "joe:hunter2", "AppPassword Git Possible Error"),
            (git, "x-bitbucket-api-token-auth:§api§", ""),
            (git, "me@x.com:§api§", "HalfMigrated EmailForGit Git Certain Error"),
            (git, "x-token-auth:§access§", ""),
            (api, "me@x.com:§api§", ""),
            (api, "joe:§app§", "AppPassword Rest Certain Error"),
            ("[http]", "joe:§app§", "AppPassword Git Certain Error"),
            ("[http]", "joe:§old§", ""),
            ("[http \"https://*.bitbucket.org\"]", "joe:§app§", "AppPassword Git Certain Error"),
            ("[http \"https://*.example.com\"]", "joe:§app§", ""),
            ("[http \"https://github.com/\"]", "joe:§app§", ""),
        ] {
            assert_eq!(lines(section, userinfo), expected, "{section} {userinfo}");
        }
    }

    #[test]
    fn the_base64_has_its_place_and_no_padding_is_fine() {
        let base64 = ENGINE.encode(format!("ci:{APP}"));
        let base64 = base64.trim_end_matches('=');
        let text = format!(
            "[http \"https://bitbucket.org\"]\n\textraheader = authorization: Basic {base64}"
        );
        let sink = run(detect, ".git/config", &text);
        let candidate = &sink.candidates[0];
        assert_eq!(part(candidate, Role::Base64, &text).unwrap(), base64);
        assert_eq!(candidate.username.as_deref(), Some("ci"));
        assert_eq!(candidate.secret.as_ref().unwrap().expose(), APP.as_bytes());
        assert_eq!(candidate.identity, "http.https://bitbucket.org.extraheader");
    }

    #[test]
    fn what_is_not_base64_is_told() {
        let text = "[http \"https://joe:§app§@bitbucket.org\"]\n\textraheader = Authorization: Basic a!b\n";
        let sink = run(detect, ".git/config", text);
        assert_eq!(
            sink.problems,
            [(
                SkipReason::Malformed,
                "line 2: http.https://bitbucket.org.extraheader is not the base64 of user:secret"
                    .into()
            )]
        );
    }
}
