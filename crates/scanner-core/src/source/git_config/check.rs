//! Asks libgit2 what a repository's config says, lest a difference between two parsers hide a
//! credential.

use std::collections::HashSet;
use std::path::Path;

use git2::{Config, ConfigLevel, Repository};

use crate::document::{Document, Encoding, FileKind};
use crate::engine::{Origin, Raw, bare_location, inspect};
use crate::finding::SkipReason;
use crate::mask::Scrubber;
use crate::prefilter::Anchors;
use crate::settings::Settings;
use crate::source::open::Problem;
use crate::source::repository::Found;

/// A use that is the same whoever parsed the config: the rule, and the secret or else the identity.
pub(crate) type Essence = (&'static str, Vec<u8>);

/// What is compared of a finding.
pub(crate) fn essence(raw: &Raw) -> Essence {
    let what = match &raw.finding.secret {
        Some(secret) => secret.expose().to_vec(),
        None => raw.identity.to_ascii_lowercase().into_bytes(),
    };
    (raw.finding.rule.id(), what)
}

/// Names each entry that libgit2 sees in the config of `found` and in which the detectors see a
/// credential that no file showed. Entries of the user's and the system's configs count only if
/// those were read (`global`).
pub(crate) fn cross_check(
    found: &Found,
    known: &HashSet<Essence>,
    anchors: &Anchors,
    settings: &Settings,
    global: bool,
) -> Vec<Problem> {
    // A config that libgit2 can't read was read without it.
    let Ok(config) = open(found) else { return Vec::new() };
    let Ok(entries) = config.entries(None) else { return Vec::new() };
    let mut problems = Vec::new();
    // An iterator that fails ends: what libgit2 can't say can't be compared.
    let _ = entries.for_each(|entry| {
        let local =
            matches!(entry.level(), ConfigLevel::Local | ConfigLevel::Worktree | ConfigLevel::App);
        let (name, value) =
            (entry.name_bytes(), if entry.has_value() { entry.value_bytes() } else { b"" });
        if !(local || global) || !(anchors.in_git_config(name) || anchors.in_git_config(value)) {
            return;
        }
        let Some(text) = as_config(name, value) else { return };
        let doc = Document {
            // As rows of the consumer table know a repository's own.
            path: ".git/config",
            kind: FileKind::GitConfig,
            encoding: Encoding::Bytes,
            base: 0,
            text: text.into(),
            whole: true,
            settings,
        };
        let seen = inspect(&doc, Origin::whole(&doc), &bare_location("config"));
        if seen.raws.iter().any(|raw| !known.contains(&essence(raw))) {
            let key = String::from_utf8_lossy(name);
            let key = Scrubber::new(&seen.secrets).scrub(&key).into_owned();
            problems.push((
                SkipReason::Malformed,
                format!(
                    "libgit2 reads a credential in {key} that the files do not show: look there"
                ),
            ));
        }
    });
    problems
}

/// Opens the config of a repository. One that belongs to somebody else, or is of a form that libgit2
/// does not know, still has a config file.
fn open(found: &Found) -> Result<Config, git2::Error> {
    if let Ok(config) = Repository::open(&found.git.git_dir).and_then(|repo| repo.config()) {
        return Ok(config);
    }
    let mut config = Config::new()?;
    for (path, level) in [
        (found.common_dir.join("config"), ConfigLevel::Local),
        (found.git.git_dir.join("config.worktree"), ConfigLevel::Worktree),
    ] {
        if Path::exists(&path) {
            config.add_file(&path, level, false)?;
        }
    }
    Ok(config)
}

/// One entry as the text of a config.
fn as_config(name: &[u8], value: &[u8]) -> Option<Vec<u8>> {
    let first = memchr::memchr(b'.', name)?;
    let last = memchr::memrchr(b'.', name)?;
    let mut text = vec![b'['];
    text.extend_from_slice(&name[..first]);
    if last > first {
        text.extend_from_slice(b" \"");
        for byte in &name[first + 1..last] {
            if matches!(byte, b'"' | b'\\') {
                text.push(b'\\');
            }
            text.push(*byte);
        }
        text.push(b'"');
    }
    text.extend_from_slice(b"]\n\t");
    text.extend_from_slice(&name[last + 1..]);
    text.extend_from_slice(b" = \"");
    for byte in value {
        match byte {
            b'"' | b'\\' => text.extend([b'\\', *byte]),
            b'\n' => text.extend(b"\\n"),
            byte => text.push(*byte),
        }
    }
    text.extend_from_slice(b"\"\n");
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::git_dir::FoundGit;

    #[test]
    fn what_only_libgit2_sees_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let secret = format!("ATBB{}1F2C", "kQz4".repeat(7));
        let repository = Repository::init(dir.path()).unwrap();
        repository.remote("origin", &format!("https://joe:{secret}@bitbucket.org/a/b")).unwrap();
        let git_dir = repository.path().to_path_buf();
        let mut found = Found {
            common_dir: git_dir.clone(),
            git: FoundGit {
                root: 0,
                shown: ".".into(),
                work_dir: None,
                git_dir: git_dir.clone(),
                scan: true,
            },
        };
        let anchors = Anchors::default();
        let problems = cross_check(&found, &HashSet::new(), &anchors, Settings::none(), false);
        let [(SkipReason::Malformed, detail)] = &problems[..] else { panic!("{problems:?}") };
        assert!(detail.contains("remote.origin.url"), "{detail}");

        // The same without a repository that libgit2 could open.
        std::fs::remove_file(git_dir.join("HEAD")).unwrap();
        assert_eq!(
            cross_check(&found, &HashSet::new(), &anchors, Settings::none(), false),
            problems
        );
        found.common_dir = dir.path().join("none");
        assert_eq!(cross_check(&found, &HashSet::new(), &anchors, Settings::none(), false), []);

        let text = std::fs::read(git_dir.join("config")).unwrap();
        let doc = Document::new(".git/config", &text);
        let seen = inspect(&doc, Origin::whole(&doc), &bare_location(".git/config"));
        let known: HashSet<_> = seen.raws.iter().map(essence).collect();
        assert_eq!(known.len(), 1);
        found.common_dir = git_dir;
        assert_eq!(cross_check(&found, &known, &anchors, Settings::none(), false), []);
    }

    #[test]
    fn entries_become_configs() {
        let text = as_config(b"url.https://a.b/\"x\\.insteadof", b"c \"d\"\\\n#e").unwrap();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "[url \"https://a.b/\\\"x\\\\\"]\n\tinsteadof = \"c \\\"d\\\"\\\\\\n#e\"\n"
        );
        assert_eq!(as_config(b"core.bare", b"").unwrap(), b"[core]\n\tbare = \"\"\n");
        assert_eq!(as_config(b"none", b""), None);
    }
}
