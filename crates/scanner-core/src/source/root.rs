//! The roots of a scan, and how the paths below them are shown.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::open::{Problem, problem};
use crate::engine::slashed;
use crate::finding::{Location, SkipReason};

/// One of the paths that the user gave.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    /// As given.
    pub(crate) given: PathBuf,
    /// What it is.
    pub(crate) target: Target,
}

/// What a root leads to.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// A folder: its absolute path, links resolved.
    Folder(PathBuf),
    /// A regular file, or what is to be told as none: its absolute path, links resolved.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// The same as a root before it.
    Repeated,
    /// Nothing that can be read.
    Unreadable(Problem),
}

/// Looks up what the given paths lead to.
pub(crate) fn resolve(given: &[PathBuf]) -> Vec<Root> {
    let mut seen = Vec::<PathBuf>::new();
    let mut stdin = false;
    given
        .iter()
        .map(|path| {
            let target = if path.as_os_str() == "-" {
                if std::mem::replace(&mut stdin, true) { Target::Repeated } else { Target::Stdin }
            } else {
                match path.canonicalize() {
                    Ok(real) if seen.contains(&real) => Target::Repeated,
                    Ok(real) => {
                        seen.push(real.clone());
                        if real.is_dir() { Target::Folder(real) } else { Target::File(real) }
                    }
                    Err(error) => Target::Unreadable(why_unresolved(path, &error)),
                }
            };
            Root { given: path.clone(), target }
        })
        .collect()
}

/// Why `path` has no canonical form: a link that leads to nothing is told as such.
pub(crate) fn why_unresolved(path: &Path, error: &std::io::Error) -> Problem {
    let (reason, detail) = problem(error);
    match (reason, path.read_link()) {
        (SkipReason::NotFound, Ok(to)) => {
            (SkipReason::BrokenLink, format!("leads to {}, which does not exist", to.display()))
        }
        _ => (reason, detail),
    }
}

/// A folder that is walked, or a single input, and how it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    /// Index of its root.
    pub(crate) root: usize,
    /// Where it is: absolute, links resolved.
    pub(crate) real: PathBuf,
    /// How it is shown. For a root's folder what its root is given as; below it paths are relative.
    pub(crate) shown: PathBuf,
    /// Whether paths below are shown relative to it, not joined to `shown`.
    pub(crate) is_root: bool,
}

impl Base {
    /// How `path`, which is `real` or lies below it, is shown.
    pub(crate) fn shown<'a>(&'a self, path: &'a Path) -> Cow<'a, Path> {
        match path.strip_prefix(&self.real) {
            Ok(rest) if rest.as_os_str().is_empty() => Cow::Borrowed(&self.shown),
            Ok(rest) if self.is_root => Cow::Borrowed(rest),
            Ok(rest) => Cow::Owned(self.shown.join(rest)),
            Err(_) => Cow::Borrowed(path),
        }
    }

    /// The location of `path`; line, column and repository are not known yet.
    pub(crate) fn location(&self, path: &Path) -> Location {
        let shown = self.shown(path);
        Location {
            root: self.root,
            path: slashed(&shown),
            path_bytes: path_bytes(&shown),
            absolute: Some(path.to_path_buf()),
            repository: None,
            commit: None,
            git_config_key: None,
            line: 1,
            column: 1,
        }
    }
}

/// The bytes of a path that is not UTF-8.
pub(crate) fn path_bytes(path: &Path) -> Option<Vec<u8>> {
    path.to_str().is_none().then(|| path.as_os_str().as_encoded_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_root() {
        let root = Base { root: 0, real: "/srv/a".into(), shown: "../a".into(), is_root: true };
        assert_eq!(root.shown(Path::new("/srv/a/x/y")), Path::new("x/y"));
        assert_eq!(root.shown(Path::new("/srv/a")), Path::new("../a"));
        assert_eq!(root.shown(Path::new("/etc/gitconfig")), Path::new("/etc/gitconfig"));
        let link = Base { real: "/mnt/b".into(), shown: "l/b".into(), is_root: false, ..root };
        assert_eq!(link.shown(Path::new("/mnt/b/x")), Path::new("l/b/x"));
    }

    #[test]
    fn roots_are_looked_up_once() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("f"), "").unwrap();
        let given = ["", "f", ".", "none", "f"].map(|name| dir.path().join(name));
        let roots = resolve(&given);
        assert!(matches!(roots[0].target, Target::Folder(_)));
        assert!(matches!(roots[1].target, Target::File(_)));
        assert!(matches!(roots[2].target, Target::Repeated));
        assert!(matches!(roots[3].target, Target::Unreadable((SkipReason::NotFound, _))));
        assert!(matches!(roots[4].target, Target::Repeated));
    }
}
