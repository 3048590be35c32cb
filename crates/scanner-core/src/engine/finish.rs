//! What only the whole scan can tell of a finding.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;

use rayon::slice::ParallelSliceMut as _;
use sha2::{Digest, Sha256};

use super::convert::Raw;
use crate::Secret;
use crate::credential::hex;
use crate::finding::{Finding, Location, Skipped};
use crate::mask::{MASK, Scrubber};

/// Sorts findings and gives them masks, ids and credential fingerprints. With each: whether a comment
/// asks not to report it.
pub(crate) fn finish(
    mut raws: Vec<Raw>,
    scrubber: &Scrubber,
    fleet_key: Option<&[u8]>,
) -> Vec<(Finding, bool)> {
    raws.par_sort_by(|a, b| key(a).cmp(&key(b)));
    // Windows share a part of the text.
    raws.dedup_by(|a, b| key(a) == key(b) && a.finding.secret == b.finding.secret);

    let mut ordinals: HashMap<[u8; 32], u64> = HashMap::new();
    let mut credentials: HashMap<Vec<u8>, usize> = HashMap::new();
    raws.into_iter()
        .map(|raw| {
            let Raw { mut finding, identity, draft, ignored } = raw;
            let identity = scrubber.scrub(&identity).into_owned();
            finding.id = id(&finding, &identity, scrubber, &mut ordinals);
            finding.credential_fingerprint = finding.secret.as_ref().map(|secret| {
                if let Some(key) = fleet_key {
                    return format!("hmac:{}", secret.fingerprint(key));
                }
                let next = credentials.len() + 1;
                let number = credentials.entry(secret.expose().to_vec()).or_insert(next);
                format!("run:{number}")
            });
            finding.excerpt = draft.finish(scrubber);
            scrub(&mut finding, scrubber);
            (finding, ignored)
        })
        .collect()
}

fn key(raw: &Raw) -> impl Ord + '_ {
    let finding = &raw.finding;
    let location = &finding.location;
    (
        location.root,
        &location.path,
        &location.path_bytes,
        &location.absolute,
        finding.span,
        finding.rule,
        &raw.identity,
        &location.commit,
    )
}

fn scrub(finding: &mut Finding, scrubber: &Scrubber) {
    let owned = |text: &mut String| {
        if let Cow::Owned(masked) = scrubber.scrub(text) {
            *text = masked;
        }
    };
    owned(&mut finding.message);
    let location = &mut finding.location;
    scrub_path(&mut location.path, &mut location.path_bytes, scrubber);
    // Secrets too short for the scrubber still must not stand in what goes with them.
    let short = finding.secret.as_ref().filter(|secret| secret.expose().len() < 8);
    for text in [&mut finding.location.git_config_key, &mut finding.username, &mut finding.variable]
        .into_iter()
        .flatten()
    {
        owned(text);
        hide_short(text, short);
    }
}

/// Masks a secret of a few characters where it stands as a whole word.
fn hide_short(text: &mut String, secret: Option<&Secret>) {
    let Some(secret) = secret.and_then(|secret| std::str::from_utf8(secret.expose()).ok()) else {
        return;
    };
    if !secret.is_empty() {
        for (open, close) in [(":", "@"), ("=", ""), (":", "")] {
            *text =
                text.replace(&format!("{open}{secret}{close}"), &format!("{open}{MASK}{close}"));
        }
    }
}

/// The finding's fingerprint: no line, no offset, nothing of the secret.
fn id(
    finding: &Finding,
    identity: &str,
    scrubber: &Scrubber,
    ordinals: &mut HashMap<[u8; 32], u64>,
) -> String {
    let location = &finding.location;
    // A commit tells apart what stood at one place one after the other.
    let (path, commit) = match (&location.commit, &finding.history) {
        (Some(commit), Some(history)) => (history.path.clone(), commit.as_str()),
        // Of a push: as it will be in a work tree.
        (_, _) => (path_in_repository(location), ""),
    };
    let path = scrubber.scrub(&path).into_owned();
    let mut hash = Sha256::new();
    let parts = [finding.rule.id(), &path, identity];
    for part in parts.into_iter().chain((!commit.is_empty()).then_some(commit)) {
        // Lengths keep the parts apart.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    // Equal ones are counted file by file, so that another clone of a repository renames nothing.
    let mut place = hash.clone();
    place.update(location.root.to_le_bytes());
    place.update(
        location.absolute.as_deref().unwrap_or(Path::new("")).as_os_str().as_encoded_bytes(),
    );
    place.update(&location.path);
    place.update(location.commit.as_deref().unwrap_or_default());
    let ordinal = ordinals.entry(place.finalize().into()).or_default();
    hash.update(ordinal.to_le_bytes());
    *ordinal += 1;
    hex(&hash.finalize()[..16])
}

/// The path that stays the same wherever the repository is cloned to.
pub(crate) fn path_in_repository(location: &Location) -> String {
    let inside = |top: &Path| {
        let relative = location.absolute.as_deref()?.strip_prefix(top).ok()?;
        Some(slashed(relative))
    };
    let Some(repository) = &location.repository else { return location.path.clone() };
    repository
        .work_dir
        .as_deref()
        .and_then(inside)
        .or_else(|| {
            [&repository.git_dir, &repository.common_dir]
                .into_iter()
                .find_map(|dir| inside(dir))
                .map(|path| format!(".git/{path}"))
        })
        .unwrap_or_else(|| location.path.clone())
}

/// A path with `/` between its parts, lossy where it is not UTF-8.
pub(crate) fn slashed(path: &Path) -> String {
    let text = path.to_string_lossy();
    if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() }
}

/// Masks a path. Its exact bytes would tell what the masked text no longer does.
fn scrub_path(path: &mut String, bytes: &mut Option<Vec<u8>>, scrubber: &Scrubber) {
    if let Cow::Owned(masked) = scrubber.scrub(path) {
        if masked != *path {
            *bytes = None;
        }
        *path = masked;
    }
    if let Some(bytes) = bytes {
        *bytes = scrubber.known_bytes(bytes).into_owned();
    }
}

/// Masks known secrets in what was skipped.
pub(crate) fn scrub_skipped(skipped: &mut [Skipped], scrubber: &Scrubber) {
    for entry in skipped {
        if let Cow::Owned(masked) = scrubber.scrub(&entry.detail) {
            entry.detail = masked;
        }
        scrub_path(&mut entry.path, &mut entry.path_bytes, scrubber);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::bitbucket::Scope;
    use crate::detect::{Candidate, Sink};
    use crate::engine::convert::{Origin, convert};
    use crate::finding::{Repository, Role};
    use crate::{Confidence, CredentialKind, Document, Place, Rule, Severity, Span, State, Use};

    fn candidate(rule: Rule, text: &str, range: &str, secret: &str) -> Candidate {
        let find = |part: &str| {
            let at = text.find(part).unwrap();
            at..at + part.len()
        };
        Candidate {
            rule,
            state: State::AppPassword,
            form_error: None,
            usage: Use::Git,
            confidence: Confidence::Certain,
            severity: Severity::Error,
            place: Place::Active,
            kind: CredentialKind::AppPassword,
            range: find(range),
            parts: vec![(Role::Secret, find(secret))],
            secret: Some(Secret::new(secret)),
            username: Some(format!("joe:{secret}")),
            variable: None,
            git_config_key: Some(format!("url.https://joe:{secret}@bitbucket.org/.insteadof")),
            scopes: vec![Scope::ReadRepository],
            label: None,
            slot: None,
            identity: "bitbucket.org/a/b".into(),
            message: format!("saw {secret}"),
        }
    }

    fn findings(path: &str, text: &str, bytes: &[u8], candidates: Vec<Candidate>) -> Vec<Finding> {
        let doc = Document::new(path, bytes);
        assert_eq!(doc.text.as_ref(), text.as_bytes());
        let mut sink = Sink { candidates, ..Sink::default() };
        let secrets = super::super::convert::secrets(&doc, &sink);
        let location = super::super::bare_location(path);
        let (raws, sane) = convert(&doc, Origin::whole(&doc), &location, &mut sink);
        assert!(sane);
        let findings = finish(raws, &Scrubber::new(&secrets), None);
        findings.into_iter().map(|(finding, _)| finding).collect()
    }

    fn token(n: u32) -> String {
        format!("ATBB{}{n:08X}", "kQz4".repeat(6))
    }

    #[test]
    fn positions_in_utf16_are_the_originals() {
        let secret = token(1);
        let text = format!("é\r\n\u{1F980} url = https://joe:{secret}@bitbucket.org/a/b\r\n");
        let url = format!("https://joe:{secret}@bitbucket.org/a/b");
        let mut bytes = vec![0xFF, 0xFE];
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        let seen = candidate(Rule::UrlUserinfo, &text, &url, &secret);
        let found = findings("x.txt", &text, &bytes, vec![seen]);
        let [finding] = &found[..] else { panic!("{found:?}") };
        // The mark, three units of the first line, two of the crab, seven of ` url = `.
        assert_eq!(finding.span.start, 2 + 6 + 4 + 14);
        assert_eq!(finding.span.len(), 2 * url.len() as u64);
        assert_eq!((finding.location.line, finding.location.column), (2, 4 + 14 + 1));
        let part = finding.part(Role::Secret).unwrap();
        let raw: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(bytes[part.range()], raw);
        assert_eq!(finding.excerpt.text, "\u{1F980} url = https://joe:ATBB…0001@bitbucket.org/a/b");
        let shown = format!("{finding:?}");
        assert!(!shown.contains(&secret[..30]), "{shown}");
    }

    #[test]
    fn the_earlier_rule_keeps_the_secret() {
        let secret = token(2);
        let text = format!("x=https://joe:{secret}@bitbucket.org");
        let url = &text[2..];
        let found = findings(
            "x",
            &text,
            text.as_bytes(),
            vec![
                candidate(Rule::AppPasswordLiteral, &text, &secret, &secret),
                candidate(Rule::UrlUserinfo, &text, url, &secret),
                candidate(Rule::EnvVariable, &text, &text, &secret),
            ],
        );
        assert_eq!(found.iter().map(|f| f.rule).collect::<Vec<_>>(), [Rule::UrlUserinfo]);
        assert_eq!(found[0].span, Span::new(2, text.len() as u64));
    }

    #[test]
    fn ids_survive_moves_and_rotation_but_tell_twins_apart() {
        let of = |secret: &str, before: &str| {
            let line = format!("https://joe:{secret}@bitbucket.org/a/b");
            let text = format!("{before}{line}\n{line}");
            let first = candidate(Rule::UrlUserinfo, &text, &line, secret);
            let shift = line.len() + 1;
            let mut second = first.clone();
            second.range = first.range.start + shift..first.range.end + shift;
            for (_, range) in &mut second.parts {
                *range = range.start + shift..range.end + shift;
            }
            findings("x", &text, text.as_bytes(), vec![second, first])
        };
        let (a, b) = (of(&token(3), ""), of(&token(4), "moved\n"));
        let ids = |found: &[Finding]| found.iter().map(|f| f.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&a), ids(&b));
        assert_ne!(a[0].id, a[1].id);
        assert_eq!(a[0].id.len(), 32);
        assert!(a.iter().all(|f| f.credential_fingerprint.as_deref() == Some("run:1")));
        assert_eq!(b[1].location.line, 3);
    }

    #[test]
    fn the_path_in_an_id_is_that_in_the_repository() {
        let repository = |top: &str| {
            Some(Arc::new(Repository {
                name: top.into(),
                work_dir: Some(top.into()),
                git_dir: format!("{top}/.git").into(),
                common_dir: format!("{top}/.git").into(),
            }))
        };
        let at = |absolute: &str, top: &str| Location {
            absolute: Some(absolute.into()),
            repository: repository(top),
            ..super::super::bare_location("p")
        };
        for (absolute, path) in [
            ("/a/r/ci/x.sh", "ci/x.sh"),
            ("/b/r/ci/x.sh", "p"),
            ("/a/r/.git/config", ".git/config"),
        ] {
            assert_eq!(path_in_repository(&at(absolute, "/a/r")), path);
        }
    }
}
