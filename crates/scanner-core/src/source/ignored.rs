//! What `.gitignore` and the like leave out, for `--respect-gitignore`.
//!
//! The walker of `ignore` could do this, but does not say what it left out, and every input that is
//! not read is counted here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

/// The patterns of every folder walked so far.
pub(crate) struct Ignored {
    folders: RwLock<HashMap<PathBuf, Arc<Folder>>>,
    /// `core.excludesFile`, or its default.
    global: Gitignore,
}

/// The patterns of one folder; those of the folder above come after them.
struct Folder {
    above: Option<Arc<Folder>>,
    patterns: Gitignore,
    /// `.git/info/exclude`, where this is the top of a work tree: no pattern from above counts.
    top: Option<Gitignore>,
}

impl Ignored {
    pub(crate) fn new() -> Self {
        Self { folders: RwLock::default(), global: Gitignore::global().0 }
    }

    /// Reads the patterns of `folder` and of those above it, up to the top of the work tree.
    fn enter(&self, folder: &Path) -> Arc<Folder> {
        if let Some(known) = self.folders.read().unwrap_or_else(PoisonError::into_inner).get(folder)
        {
            return Arc::clone(known);
        }
        let is_top = folder.join(".git").symlink_metadata().is_ok();
        let above = if is_top { None } else { folder.parent().map(|above| self.enter(above)) };
        let patterns = read(folder, &folder.join(".gitignore"));
        let node = match above {
            // Most folders have no patterns of their own.
            Some(above) if patterns.is_empty() => above,
            above => Arc::new(Folder {
                above,
                patterns,
                top: is_top.then(|| read(folder, &folder.join(".git/info/exclude"))),
            }),
        };
        self.folders
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(folder.to_path_buf(), Arc::clone(&node));
        node
    }

    /// Whether the entry is left out. A folder that is takes all below with it: that is not asked
    /// for again.
    pub(crate) fn matches(&self, path: &Path, is_dir: bool) -> bool {
        let Some(parent) = path.parent() else { return false };
        let nearest = self.enter(parent);
        let mut next = Some(&nearest);
        while let Some(folder) = next {
            let lists = [Some(&folder.patterns), folder.top.as_ref()];
            for list in lists.into_iter().flatten() {
                match list.matched(path, is_dir) {
                    Match::Ignore(_) => return true,
                    Match::Whitelist(_) => return false,
                    Match::None => {}
                }
            }
            if folder.top.is_some() {
                return self.global.matched(path, is_dir).is_ignore();
            }
            next = folder.above.as_ref();
        }
        false
    }
}

/// The patterns of one file. Those that can't be parsed match nothing, as with git.
fn read(folder: &Path, file: &Path) -> Gitignore {
    let mut builder = GitignoreBuilder::new(folder);
    // Nothing but a regular file is opened: a FIFO of that name would hang.
    if file.symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
        builder.add(file);
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn nearer_patterns_win_and_stop_at_the_repository() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        fs::create_dir_all(at("repo/.git/info")).unwrap();
        fs::create_dir_all(at("repo/sub/deep")).unwrap();
        fs::create_dir_all(at("repo/inner/.git")).unwrap();
        fs::write(at(".gitignore"), "*").unwrap();
        fs::write(at("repo/.gitignore"), "*.log\nbuild/\n").unwrap();
        fs::write(at("repo/sub/.gitignore"), "!keep.log\n").unwrap();
        fs::write(at("repo/.git/info/exclude"), "secret.env\n").unwrap();
        let ignored = Ignored::new();
        for (path, is_dir, expected) in [
            ("outside", false, true),
            ("repo/a", false, false),
            ("repo/a.log", false, true),
            ("repo/sub/deep/a.log", false, true),
            ("repo/sub/deep/keep.log", false, false),
            ("repo/build", true, true),
            ("repo/build", false, false),
            ("repo/sub/secret.env", false, true),
            ("repo/inner/a.log", false, false),
        ] {
            assert_eq!(ignored.matches(&at(path), is_dir), expected, "{path}");
        }
    }
}
