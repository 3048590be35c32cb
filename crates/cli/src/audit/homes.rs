//! The folders that an audit scans.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};

use crate::output;
use crate::scan::home;

/// The first id of users who are people, on Linux and the BSDs.
const FIRST_USER: u32 = 1000;

/// The folders that `roots` name: `~` is the own home, `*` stands for any name, a relative path begins
/// at `folder`. A pattern that fits nothing is told.
pub(super) fn expand(roots: &[String], folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    for root in roots {
        let path = match (root.strip_prefix('~'), home()) {
            (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => {
                home.join(rest.trim_start_matches('/'))
            }
            _ => folder.join(root),
        };
        let text = path.to_str().with_context(|| format!("{root} is not UTF-8"))?;
        if !text.contains(['*', '?', '[']) {
            all.push(path);
            continue;
        }
        let found: Vec<PathBuf> = glob::glob(text)
            .with_context(|| format!("{root} is no pattern"))?
            .flatten()
            .filter(|path| path.is_dir())
            .collect();
        if found.is_empty() {
            output::message(format_args!("{} fits no folder", output::clean(root)));
        }
        all.extend(found);
    }
    Ok(all)
}

/// The home directories of all users who are people, and of root, as the system's databases have them.
pub(super) fn of_all_users() -> anyhow::Result<Vec<PathBuf>> {
    let text = match Command::new("getent").arg("passwd").output() {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).into_owned()
        }
        _ => std::fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?,
    };
    let homes = homes(&text);
    ensure!(!homes.is_empty(), "no user has a home directory");
    Ok(homes.into_iter().filter(|home| home.is_dir()).collect())
}

fn homes(passwd: &str) -> BTreeSet<PathBuf> {
    let home = |line: &str| {
        let fields: Vec<&str> = line.split(':').collect();
        let (id, home) = (fields.get(2)?.parse::<u32>().ok()?, fields.get(5)?);
        // 65534 is nobody.
        let person = id == 0 || (FIRST_USER..65_534).contains(&id);
        (person && home.len() > 1 && home.starts_with('/')).then(|| PathBuf::from(home))
    };
    passwd.lines().filter_map(home).collect()
}

/// `roots` without those that lie in another one.
pub(super) fn outermost(roots: &[PathBuf]) -> Vec<PathBuf> {
    let real = |path: &PathBuf| path.canonicalize().unwrap_or_else(|_| path.clone());
    let reals: Vec<PathBuf> = roots.iter().map(real).collect();
    let inside = |at: usize| {
        reals.iter().enumerate().any(|(other, path)| {
            other != at && reals[at].starts_with(path) && (reals[at] != *path || other < at)
        })
    };
    roots.iter().enumerate().filter(|(at, _)| !inside(*at)).map(|(_, root)| root.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_have_homes() {
        let passwd = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/usr/sbin:/bin/false\n\
                      ann:x:1000:1000:Ann:/home/ann:/bin/zsh\nnobody:x:65534:65534::/nonexistent:/x\n\
                      odd:x:1001:1:::/bin/sh\nsvc:x:1002:1::/:/bin/sh\nbroken\n";
        let homes: Vec<_> = homes(passwd).into_iter().collect();
        assert_eq!(homes, [PathBuf::from("/home/ann"), PathBuf::from("/root")]);
    }

    #[test]
    fn a_folder_is_scanned_once() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a/x", "ab"] {
            std::fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        let path = |name: &str| dir.path().join(name);
        let roots = vec![path("a/x"), path("a"), path("ab"), path("a")];
        assert_eq!(outermost(&roots), [path("a"), path("ab")]);
        let all = expand(&["a*".into(), "none*".into(), "ab".into()], dir.path()).unwrap();
        assert_eq!(all, [path("a"), path("ab"), path("ab")]);
    }
}
