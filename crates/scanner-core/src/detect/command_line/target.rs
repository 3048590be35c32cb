//! Where a call goes: host and path of its URL, and who answers there.

use memchr::memmem;

use crate::bitbucket::{Host, Scope, classify_host};
use crate::finding::Use;

use super::variables::{Source, expansion, values};

/// Where a call goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    host: Host,
    /// Without query; what only a variable knows is `x`.
    path: String,
    pub(super) usage: Use,
}

impl Target {
    /// What the URL in `word` leads to, if it is a host of Bitbucket Cloud.
    pub(super) fn of(doc: &Source<'_, '_>, word: &[u8]) -> Option<Self> {
        resolve(doc, word, 0)
    }

    fn new(host: Host, path: &[u8]) -> Self {
        let path = plain_path(path);
        let git = format!("{path}/").contains(".git/") || path.contains("/info/refs");
        let usage = if host == Host::Git && git { Use::Git } else { Use::Rest };
        Self { host, path, usage }
    }

    pub(super) fn host(&self) -> Host {
        self.host
    }

    /// There an OAuth consumer shows its key and secret.
    pub(super) fn is_oauth(&self) -> bool {
        self.path.starts_with("/site/oauth2/")
    }

    /// Host and path.
    pub(super) fn identity(&self) -> String {
        let host = match self.host {
            Host::Git => "bitbucket.org",
            Host::Api => "api.bitbucket.org",
        };
        format!("{host}{}", self.path)
    }

    /// The least scopes of a request with this method.
    pub(super) fn scopes(&self, method: &str) -> Vec<Scope> {
        match self.usage {
            Use::Git if self.path.contains("git-receive-pack") => Scope::GIT_PUSH.to_vec(),
            Use::Git => Scope::GIT_FETCH.to_vec(),
            _ if self.host == Host::Git && is_file(&self.path) && method == "GET" => {
                Scope::GIT_FETCH.to_vec()
            }
            _ => Scope::for_rest(method, &self.path).to_vec(),
        }
    }
}

/// `/workspace/repo/downloads/file`, and raw files and archives.
fn is_file(path: &str) -> bool {
    matches!(path.split('/').nth(3), Some("downloads" | "raw" | "get" | "src"))
}

fn resolve(doc: &Source<'_, '_>, word: &[u8], depth: usize) -> Option<Target> {
    if depth > 3 {
        return None;
    }
    let word = word.trim_ascii();
    let rest = strip_scheme(word);
    if let Some((name, length)) = expansion(rest) {
        let default = memmem::find(&rest[..length], b"://")
            .and_then(|at| rest[..length].get(..at)?.iter().rposition(|b| matches!(b, b'-' | b'=')))
            .map(|at| rest[at + 1..length].strip_suffix(b"}").unwrap_or(&rest[at + 1..length]));
        if let Some(default) = default {
            return resolve(doc, &[default, &rest[length..]].concat(), depth + 1);
        }
        return values(doc, name).iter().take(8).find_map(|value| {
            if value.bytes.is_empty() {
                return None;
            }
            resolve(doc, &[&value.bytes, &rest[length..]].concat(), depth + 1)
        });
    }
    let end = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#' | b'"' | b'\'' | b' '));
    let (authority, path) = rest.split_at(end.unwrap_or(rest.len()));
    let host = authority.rsplit(|b| *b == b'@').next().unwrap_or_default();
    let host = host.split(|b| *b == b':').next().unwrap_or_default();
    classify_host(host).map(|host| Target::new(host, path))
}

fn strip_scheme(word: &[u8]) -> &[u8] {
    [&b"https://"[..], b"http://"]
        .into_iter()
        .find(|scheme| {
            word.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme))
        })
        .map_or(word, |scheme| &word[scheme.len()..])
}

/// The path with `x` for what variables hold.
fn plain_path(path: &[u8]) -> String {
    let mut plain = Vec::new();
    let mut at = 0;
    while at < path.len() && !matches!(path[at], b'?' | b'#' | b'"' | b'\'' | b' ') {
        let Some((name, length)) = expansion(&path[at..]) else {
            plain.push(path[at]);
            at += 1;
            continue;
        };
        let alone = plain.last() == Some(&b'/')
            && path.get(at + length).is_none_or(|b| matches!(b, b'/' | b'?' | b'#'));
        let full = name.to_ascii_uppercase();
        if alone && memmem::find(&full, b"FULL").is_some() {
            plain.extend_from_slice(b"x/x");
        } else if alone {
            plain.push(b'x');
        }
        at += length;
    }
    let path = String::from_utf8_lossy(&plain).into_owned();
    both_in_one(&path).unwrap_or(path)
}

/// `/2.0/repositories/$REPOSITORY/downloads`: the variable holds workspace and repository.
fn both_in_one(path: &str) -> Option<String> {
    const FAMILIES: &[&str] = &[
        "downloads",
        "pullrequests",
        "commit",
        "commits",
        "pipelines",
        "pipelines_config",
        "refs",
        "src",
        "hooks",
        "issues",
        "deployments",
        "environments",
        "deploy-keys",
        "diff",
        "diffstat",
        "branch-restrictions",
        "branching-model",
    ];
    let (head, rest) = path.split_once("/repositories/x/")?;
    let next = rest.split('/').next()?;
    FAMILIES.contains(&next).then(|| format!("{head}/repositories/x/x/{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    fn of(text: &str, word: &str) -> Option<(String, Use)> {
        let doc = Document::new("a.sh", text.as_bytes());
        Target::of(&Source::new(&doc), word.as_bytes())
            .map(|target| (target.identity(), target.usage))
    }

    #[test]
    fn hosts() {
        let rest = |path: &str| Some((path.to_owned(), Use::Rest));
        assert_eq!(
            of("", "https://api.bitbucket.org/2.0/user"),
            rest("api.bitbucket.org/2.0/user")
        );
        assert_eq!(of("", "api.bitbucket.org/2.0/user?q=x"), rest("api.bitbucket.org/2.0/user"));
        assert_eq!(of("", "https://u:p@api.bitbucket.org/2.0"), rest("api.bitbucket.org/2.0"));
        assert_eq!(
            of("", "${A:-https://api.bitbucket.org/2.0}/user"),
            rest("api.bitbucket.org/2.0/user")
        );
        assert_eq!(
            of("A=\"https://api.bitbucket.org/2.0\"\n", "$A/user"),
            rest("api.bitbucket.org/2.0/user")
        );
        assert_eq!(
            of("H=api.bitbucket.org\nA=https://$H/2.0\n", "${A}/user"),
            rest("api.bitbucket.org/2.0/user")
        );
        assert_eq!(of("A=$A\n", "$A/user"), None);
        assert_eq!(of("", "$A/user"), None);
        assert_eq!(of("", "https://api.bitbucket.org.evil.com/2.0"), None);
        assert_eq!(of("", "https://bitbucket.example.com/rest"), None);
        let git = of("", "https://bitbucket.org/t/r.git/info/refs?service=git-upload-pack");
        assert_eq!(git.unwrap().1, Use::Git);
    }

    #[test]
    fn scopes() {
        let doc = Document::new("a.sh", b"");
        for (url, method, expected) in [
            ("/2.0/repositories/$W/$R/downloads", "POST", &[Scope::WriteRepository][..]),
            (
                "/2.0/repositories/$BITBUCKET_REPO_FULL_NAME/downloads",
                "POST",
                &[Scope::WriteRepository],
            ),
            ("/2.0/repositories/${REPO}/pullrequests", "GET", &[Scope::ReadPullrequest]),
            ("/2.0/repositories/t/r/pipelines/", "POST", &[Scope::WritePipeline]),
            ("/2.0/repositories/t/r/pullrequests?$Q", "GET", &[Scope::ReadPullrequest]),
            ("/2.0/user", "GET", &[Scope::ReadUser]),
        ] {
            let target = Target::of(
                &Source::new(&doc),
                format!("https://api.bitbucket.org{url}").as_bytes(),
            );
            assert_eq!(target.unwrap().scopes(method), expected, "{url}");
        }
    }
}
