//! Credential URLs in any text.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::bitbucket::{Host, Scope};
use crate::credential::CredentialKind;
use crate::document::{Document, FileKind};
use crate::finding::{Place, Role, State, Use};
use crate::rule::{Rule, RuleInfo};

use super::git_config_url;
use super::place::place_of;
use super::slot::{Slot, Verdict, content, judge};
use super::url::{CredentialUrl, credential_urls};
use super::{Candidate, Sink};

pub(crate) const INFO: RuleInfo = RuleInfo {
    id: "url-userinfo",
    summary: "A username and an app password in a URL for bitbucket.org or api.bitbucket.org",
    why: "A URL such as https://user:secret@bitbucket.org/team/repo.git carries its secret to \
          wherever the URL goes: process lists, logs, error messages, remotes of clones. With an app \
          password in it git answers HTTP 410 and the REST API HTTP 401 since 2026-07-28. With an API \
          token in it the username decides: git takes x-bitbucket-api-token-auth, the REST API takes \
          the Atlassian account email, and each rejects the other's.",
    rewrite: "Where the file's format expands variables, the user info becomes \
              x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN} in that format's syntax: safe, or \
              review where it may not be an app password. Elsewhere the secret goes and the static \
              username stays, so that a credential helper answers: review. An API token under the \
              wrong username for git keeps its place and only the username changes: safe. For the \
              REST API the rewrite needs an email whose @ is encoded, which few formats can do: \
              review in bash and zsh, manual elsewhere. In a comment: manual.",
    before: "git clone https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/repo.git",
    after: "git clone https://x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}@bitbucket.org/team/repo.git",
    limits: "A URL that is put together from pieces is seen where host and user info stand in one \
             expression, as in \"https://\" + user + \":\" + pass + \"@bitbucket.org\", and not where \
             the host comes from a variable. A password without a known form is reported as possible, \
             a variable whose name says nothing of a password as well, and so is the hole of a format \
             string (%s). Data Center hosts, access \
             tokens under x-token-auth, SSH and placeholders are no findings; a username alone is a \
             note.",
    sources: &[
        "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens",
        "https://support.atlassian.com/bitbucket-cloud/kb/getting-401-http-error-while-authenticating-to-bitbucket-cloud-rest-apis",
        "https://community.atlassian.com/forums/Bitbucket-articles/Deprecation-notice-Bitbucket-Cloud-app-password-brownout/ba-p/3237429",
        "https://github.com/runatlantis/atlantis/issues/5696",
    ],
};

/// Sees credential URLs wherever they stand but in files that a more exact rule reads whole.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    if doc.kind == FileKind::GitCredentials || git_config_url::covers(doc) {
        return;
    }
    for url in credential_urls(&doc.text, doc.settings) {
        let usage = usage(&url, &doc.text);
        let line = &doc.text[line_start(&doc.text, url.url.start)..url.url.start];
        let found = UrlUse {
            rule: Rule::UrlUserinfo,
            url: &url,
            text: &doc.text,
            kind: doc.kind,
            place: place_of(doc, url.url.start),
            what: what(usage),
            push: says_push(line),
            method: method(line),
            git_config_key: None,
        };
        found.report(&|range| range, sink);
    }
}

/// A credential URL and what is known of its surroundings.
pub(super) struct UrlUse<'a> {
    pub(super) rule: Rule,
    pub(super) url: &'a CredentialUrl,
    /// What the URL's ranges refer to.
    pub(super) text: &'a [u8],
    pub(super) kind: FileKind,
    pub(super) place: Place,
    /// See [`Slot::what`].
    pub(super) what: &'a str,
    /// Whether git pushes there.
    pub(super) push: bool,
    /// The request's method, for REST.
    pub(super) method: &'a str,
    /// The key, secrets in it and all.
    pub(super) git_config_key: Option<&'a str>,
}

impl UrlUse<'_> {
    /// Judges the URL and tells the sink. `map` leads from ranges of `text` to those of the document.
    pub(super) fn report(&self, map: &dyn Fn(Range<usize>) -> Range<usize>, sink: &mut Sink) {
        let url = self.url;
        let raw = |range: &Range<usize>| &self.text[range.clone()];
        if let Some(secret) = &url.secret
            && content(raw(secret), true, self.kind).must_be_masked(true)
        {
            sink.secrets.push(map(secret.clone()));
        }
        if content(raw(&url.username), true, self.kind).must_be_masked(false) {
            sink.secrets.push(map(url.username.clone()));
        }
        let usage = usage(url, self.text);
        let verdict = judge(&Slot {
            username: Some(raw(&url.username)),
            secret: url.secret.as_ref().map(raw),
            percent: true,
            usage,
            kind: self.kind,
            place: self.place,
            what: self.what,
        });
        // There an OAuth consumer shows its key and secret.
        let oauth = url.clean_path(self.text).starts_with(b"/site/oauth2/");
        let ours = |verdict: &Verdict| !oauth || verdict.kind == CredentialKind::AppPassword;
        let Some(verdict) = verdict.filter(ours) else { return };

        let mut parts = vec![
            (Role::Url, map(url.url.clone())),
            (Role::Scheme, map(url.scheme.clone())),
            (Role::Userinfo, map(url.userinfo.clone())),
        ];
        let secret = url.secret.clone().filter(|range| !range.is_empty());
        if verdict.secret_is_username {
            parts.push((Role::Secret, map(url.username.clone())));
        } else {
            parts.push((Role::Username, map(url.username.clone())));
            parts.extend(secret.map(|range| (Role::Secret, map(range))));
        }
        parts.push((Role::Host, map(url.host_range.clone())));
        sink.candidates.push(Candidate {
            rule: self.rule,
            state: verdict.state,
            form_error: verdict.form_error,
            usage,
            confidence: verdict.confidence,
            severity: verdict.severity,
            place: self.place,
            kind: verdict.kind,
            range: map(url.url.clone()),
            parts,
            scopes: self.scopes(usage, verdict.state),
            secret: verdict.secret,
            username: verdict.username,
            variable: verdict.variable,
            git_config_key: self.git_config_key.map(ToOwned::to_owned),
            label: None,
            slot: None,
            identity: url.identity(self.text),
            message: verdict.message,
        });
    }

    fn scopes(&self, usage: Use, state: State) -> Vec<Scope> {
        // Nothing uses it: no token has to replace it.
        if state == State::DeadSecret {
            return Vec::new();
        }
        match usage {
            Use::Rest => {
                let path = self.url.clean_path(self.text);
                let path = String::from_utf8_lossy(&path);
                if self.url.host == Host::Git && is_file_link(&path) {
                    return Scope::GIT_FETCH.to_vec();
                }
                Scope::for_rest(self.method, &path).to_vec()
            }
            _ if self.push => Scope::GIT_PUSH.to_vec(),
            _ => Scope::GIT_FETCH.to_vec(),
        }
    }
}

/// What a URL for git or REST is called in a message.
pub(super) fn what(usage: Use) -> &'static str {
    if usage == Use::Rest { "a URL of the REST API" } else { "a clone URL" }
}

/// Who answers at this URL: the host decides, on `bitbucket.org` also the path.
pub(super) fn usage(url: &CredentialUrl, text: &[u8]) -> Use {
    if url.host == Host::Api {
        return Use::Rest;
    }
    let path = url.clean_path(text);
    let path = String::from_utf8_lossy(&path);
    let rest = ["/api/", "/!api/", "/site/"].iter().any(|prefix| path.starts_with(prefix));
    if rest || is_file_link(&path) { Use::Rest } else { Use::Git }
}

/// `/workspace/repo/downloads/file` and the links to raw files and archives: not git, so the
/// username is REST's.
fn is_file_link(path: &str) -> bool {
    let mut segments = path.split('/').skip(1);
    let full = segments.by_ref().take(2).filter(|segment| !segment.is_empty()).count() == 2;
    full && matches!(segments.next(), Some("downloads" | "raw" | "get"))
        && segments.next().is_some_and(|file| !file.is_empty())
}

pub(super) fn line_start(text: &[u8], at: usize) -> usize {
    /// A line of generated text may be megabytes long, and the command stands near.
    const NEAR: usize = 1024;
    let floor = at.saturating_sub(NEAR);
    memchr::memrchr(b'\n', &text[floor..at]).map_or(floor, |i| floor + i + 1)
}

fn says_push(before: &[u8]) -> bool {
    static PUSH: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i-u)\bpush\b").ok());
    PUSH.as_ref().is_some_and(|push| push.is_match(before))
}

/// The method of the request that the line makes: what curl is told, `GET` by default.
fn method(before: &[u8]) -> &'static str {
    static METHOD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"(?-u)(?:-X|--request|-Method|--method)[ =]*["']?(POST|PUT|PATCH|DELETE|GET|HEAD)\b"#,
        )
        .ok()
    });
    static BODY: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?-u)\s(?:-d|--data(?:-\w+)?|-F|--form|--post-data|--json)[\s=]").ok()
    });
    let named = METHOD.as_ref().and_then(|method| method.captures(before)).and_then(|c| c.get(1));
    match named.map(|name| name.as_bytes()) {
        Some(b"POST") => "POST",
        Some(b"PUT" | b"PATCH") => "PUT",
        Some(b"DELETE") => "DELETE",
        None if BODY.as_ref().is_some_and(|body| body.is_match(before)) => "POST",
        _ => "GET",
    }
}

#[cfg(test)]
pub(crate) const EXAMPLES: super::testing::Examples = super::testing::Examples {
    rule: Rule::UrlUserinfo,
    matching: &[
        ("a.sh", "git clone https://ci-bot:§app§@bitbucket.org/team/repo.git"),
        ("a.txt", "https:\\/\\/ci-bot:§old§@bitbucket.org\\/team\\/repo.git"),
        ("a.sh", "git clone https://ci-bot:$BB_APP_PASSWORD@bitbucket.org/team/repo.git"),
        ("a.sh", "git clone https://x-token-auth:§api§@bitbucket.org/team/repo.git"),
        ("a.sh", "curl https://ci-bot:§api§@api.bitbucket.org/2.0/user"),
        ("a.sh", "git clone https://ci-bot@bitbucket.org/team/repo.git"),
    ],
    other: &[
        ("a.sh", "git clone https://x-bitbucket-api-token-auth:§api§@bitbucket.org/team/repo.git"),
        ("a.sh", "git clone https://x-token-auth:§access§@bitbucket.org/team/repo.git"),
        ("a.sh", "git clone https://x-token-auth:$TOKEN@bitbucket.org/team/repo.git"),
        ("a.sh", "git clone https://<username>:<app_password>@bitbucket.org/team/repo.git"),
        ("a.sh", "git clone https://ci-bot:§app§@bitbucket.org.evil.com/team/repo.git"),
        ("a.sh", "git clone https://ci-bot:§app§@bitbucket.example.com/scm/team/repo.git"),
        ("a.sh", "git clone git@bitbucket.org:team/repo.git"),
        ("a.sh", "git clone https://git@bitbucket.org/team/repo.git"),
    ],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{api, fill, line, part, run};
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<String> {
        run(detect, path, text).candidates.iter().map(line).collect()
    }

    #[test]
    fn verdicts() {
        let none = "";
        for (userinfo, git, rest) in [
            ("joe:<app_password>", none, none),
            ("joe:REPLACE_WITH_BITBUCKET_API_TOKEN", none, none),
            ("joe", "Reference Git Certain Note", none),
            ("joe:", "Reference Git Certain Note", none),
            ("x-token-auth", none, none),
            ("x-bitbucket-api-token-auth", none, none),
            ("$USER", none, none),
            ("git", none, none),
            ("§app§", "AppPassword Git Certain Error", "AppPassword Rest Certain Error"),
            (
                "§app§:x-oauth-basic",
                "AppPassword Git Certain Error",
                "AppPassword Rest Certain Error",
            ),
            ("§api§", none, none),
            (
                "x-bitbucket-api-token-auth:§api§",
                none,
                "HalfMigrated UsernameForRest Rest Certain Error",
            ),
            (
                "x-bitbucket-api-token-auth:§app§",
                "AppPassword Git Certain Error",
                "AppPassword Rest Certain Error",
            ),
            (
                "x-bitbucket-api-token-auth:§old§",
                "AppPassword Git Likely Error",
                "AppPassword Rest Likely Error",
            ),
            ("x-bitbucket-api-token-auth:$BB_APP_PASSWORD", none, none),
            (
                "x-token-auth:§api§",
                "HalfMigrated AccessTokenUsername Git Certain Error",
                "HalfMigrated AccessTokenUsername Rest Certain Error",
            ),
            (
                "x-token-auth:§app§",
                "AppPassword Git Certain Error",
                "AppPassword Rest Certain Error",
            ),
            ("x-token-auth:§old§", none, none),
            ("x-token-auth:§access§", none, none),
            ("x-token-auth:$T", none, none),
            ("me%40x.com:§api§", "HalfMigrated EmailForGit Git Certain Error", none),
            ("me@x.com:§api§", "HalfMigrated EmailForGit Git Certain Error", none),
            ("me@x.com:§app§", "AppPassword Git Certain Error", "AppPassword Rest Certain Error"),
            ("me@x.com:§old§", "AppPassword Git Possible Error", "AppPassword Rest Possible Error"),
            (
                "u:§api§",
                "HalfMigrated UsernameForGit Git Certain Warning",
                "HalfMigrated UsernameForRest Rest Certain Error",
            ),
            (
                "REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL:§api§",
                "HalfMigrated EmailForGit Git Certain Error",
                none,
            ),
            ("joe:§access§", none, none),
            ("joe:§app§", "AppPassword Git Certain Error", "AppPassword Rest Certain Error"),
            ("joe:§old§", "AppPassword Git Likely Error", "AppPassword Rest Likely Error"),
            ("joe:hunter2", "AppPassword Git Possible Error", "AppPassword Rest Possible Error"),
            ("joe:hunt%zz", "AppPassword Git Possible Error", "AppPassword Rest Possible Error"),
            (":§app§", "AppPassword Git Certain Error", "AppPassword Rest Certain Error"),
            (
                "u:${MY_APP_PASSWORD}",
                "Reference Git Certain Warning",
                "Reference Rest Certain Warning",
            ),
            ("$U:$BB_PASS", "Reference Git Likely Warning", "Reference Rest Likely Warning"),
            ("$U:$BB_TOKEN", "Reference Git Possible Warning", "Reference Rest Possible Warning"),
            ("$BB_TOKEN:x-oauth-basic", none, none),
            (
                "$BB_AUTH:x-oauth-basic",
                "Reference Git Likely Warning",
                "Reference Rest Likely Warning",
            ),
            (
                "joe:$(pass bitbucket)",
                "Reference Git Likely Warning",
                "Reference Rest Likely Warning",
            ),
            ("joe:${T:-§app§}", "AppPassword Git Certain Error", "AppPassword Rest Certain Error"),
            // What the rewrites leave.
            (
                "${ATLASSIAN_ACCOUNT_EMAIL/@/%40}:${BITBUCKET_API_TOKEN}",
                "Reference Git Possible Warning",
                none,
            ),
            ("x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}", none, none),
            ("x-bitbucket-api-token-auth:$(BITBUCKET_API_TOKEN)", none, none),
            ("$EMAIL:$BB_TOKEN", "Reference Git Possible Warning", none),
            ("%s:%s", "Reference Git Possible Warning", "Reference Rest Possible Warning"),
            ("{}:{}", none, none),
            ("{0}:{1}", none, none),
            ("$BB_AUTH_STRING", "Reference Git Likely Warning", "Reference Rest Likely Warning"),
        ] {
            for (host, expected) in
                [("bitbucket.org/t/r.git", git), ("api.bitbucket.org/2.0/user", rest)]
            {
                let text = format!("x https://{userinfo}@{host} y");
                assert_eq!(lines("a.sh", &text).join("+"), expected, "{text}");
            }
        }
    }

    #[test]
    fn surroundings_decide() {
        for (path, text, expected) in [
            ("a.sh", "# https://joe:§app§@bitbucket.org/t/r", "DeadSecret Git Certain Error"),
            ("a.sh", "# https://joe:hunter2@bitbucket.org/t/r", "DeadSecret Git Possible Note"),
            (
                "a.sh",
                "# https://joe:$BB_APP_PASSWORD@bitbucket.org/t/r",
                "Reference Git Certain Note",
            ),
            ("README.md", "https://joe:§app§@bitbucket.org/t/r", "AppPassword Git Certain Error"),
            ("README.md", "https://joe:$BB_TOKEN@bitbucket.org/t/r", "Reference Git Possible Note"),
            ("README.md", "https://<you>:hunter2@bitbucket.org/t/r", ""),
            ("README.md", "https://yourusername:yourbitbucketpassword@bitbucket.org/t/r", ""),
            ("a.js", "`https://${key}:${secret}@bitbucket.org/site/oauth2/access_token`", ""),
            ("a.sh", "https://abc:§old§@bitbucket.org/site/oauth2/access_token", ""),
            (
                "a.sh",
                "https://joe:§api§@bitbucket.org/api/2.0/user",
                "HalfMigrated UsernameForRest Rest Certain Error",
            ),
            (
                "a.sh",
                "https://joe:§app§@bitbucket.org/t/r/downloads/x.zip",
                "AppPassword Rest Certain Error",
            ),
            (
                "a.sh",
                "https://joe:§app§@bitbucket.org/t/downloads",
                "AppPassword Git Certain Error",
            ),
        ] {
            assert_eq!(lines(path, text).join("+"), expected, "{path}: {text}");
        }
    }

    #[test]
    fn scopes_follow_the_use() {
        for (text, expected) in [
            ("git clone https://joe:§app§@bitbucket.org/t/r", Scope::GIT_FETCH),
            ("git push https://joe:§app§@bitbucket.org/t/push", Scope::GIT_PUSH),
            ("git clone https://joe:§app§@bitbucket.org/t/push", Scope::GIT_FETCH),
            ("https://joe:§app§@api.bitbucket.org/2.0/user", &[Scope::ReadUser]),
            (
                "curl -X POST https://joe:§app§@api.bitbucket.org/2.0/repositories/t/r/downloads",
                &[Scope::WriteRepository],
            ),
            ("curl https://joe:§app§@bitbucket.org/t/r/get/main.zip", Scope::GIT_FETCH),
            ("https://joe:§app§@api.bitbucket.org/unknown", &[]),
        ] {
            assert_eq!(run(detect, "a.sh", text).candidates[0].scopes, expected, "{text}");
        }
    }

    #[test]
    fn parts_are_as_written_and_the_secret_is_decoded() {
        let text = "x https://me%40x.com:%41TBB§app§@bitbucket.org/t/r";
        let sink = run(detect, "a.sh", text);
        let candidate = &sink.candidates[0];
        assert_eq!(candidate.username.as_deref(), Some("me@x.com"));
        assert_eq!(part(candidate, Role::Username, text).unwrap(), "me%40x.com");
        assert_eq!(part(candidate, Role::Secret, text).unwrap(), fill("%41TBB§app§"));
        assert!(candidate.secret.as_ref().unwrap().expose().starts_with(b"ATBBATBB"));
        assert_eq!(candidate.identity, "bitbucket.org/t/r");
    }

    #[test]
    fn right_forms_are_masked_too() {
        let text = "https://x-bitbucket-api-token-auth:§api§@bitbucket.org/t/r";
        let sink = run(detect, "a.sh", text);
        assert!(sink.candidates.is_empty());
        let start = "https://x-bitbucket-api-token-auth:".len();
        assert_eq!(sink.secrets.first(), Some(&(start..start + api().len())));
    }

    #[test]
    fn messages() {
        let message = |text: &str| run(detect, "a.sh", text).candidates[0].message.clone();
        assert_eq!(
            message("https://joe:§app§@bitbucket.org/t"),
            "Bitbucket app password in a clone URL; git answers HTTP 410 since 2026-07-28"
        );
        assert_eq!(
            message("https://joe:§api§@api.bitbucket.org/2.0/user"),
            "API token under a username in a URL of the REST API; REST takes the Atlassian account \
             email"
        );
    }
}
