//! Tells git directories from other folders and says what in them is git's own.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::open::{Problem, open_regular};
use crate::finding::SkipReason;

/// A git directory that the scan came upon, or was told of by a `.git` file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FoundGit {
    /// Index of the root.
    pub(crate) root: usize,
    /// How the top level (of a bare repository: the git directory) is shown.
    pub(crate) shown: PathBuf,
    /// Top level of the work tree, absolute.
    pub(crate) work_dir: Option<PathBuf>,
    /// The git directory, links resolved.
    pub(crate) git_dir: PathBuf,
    /// Whether its config is to be read: not where the root is a single file in its work tree.
    pub(crate) scan: bool,
}

/// Whether `dir`, called `.git`, is git's: an empty or foreign one is an ordinary folder.
pub(crate) fn is_dot_git(dir: &Path) -> bool {
    exists(&dir.join("HEAD")) || exists(&dir.join("config"))
}

/// Whether `dir` is a git directory by what it holds, as git itself tells one.
pub(crate) fn is_git_dir(dir: &Path) -> bool {
    // The first test fails for nearly every folder: it is the only one that costs.
    exists(&dir.join("HEAD"))
        && dir.join("objects").is_dir()
        && (dir.join("refs").is_dir() || exists(&dir.join("config")))
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// The git directory that a `.git` file of a linked worktree or submodule names.
pub(crate) fn read_dot_git_file(file: &Path) -> Result<PathBuf, Problem> {
    let text = read_small(file)?;
    let target = text
        .strip_prefix(b"gitdir:")
        .map(<[u8]>::trim_ascii)
        .filter(|target| !target.is_empty())
        .ok_or_else(|| (SkipReason::CorruptGit, "no `gitdir: PATH` in this .git file".into()))?;
    let target = path_of(target);
    let path = file.parent().unwrap_or(Path::new("")).join(&target);
    path.canonicalize().map_err(|error| {
        (
            SkipReason::CorruptGit,
            format!("leads to the git directory {}: {error}", target.display()),
        )
    })
}

/// The directory with the shared config: another one only for linked worktrees.
pub(crate) fn common_dir(git_dir: &Path) -> PathBuf {
    read_small(&git_dir.join("commondir"))
        .ok()
        .map(|text| git_dir.join(path_of(text.trim_ascii())))
        .and_then(|path| path.canonicalize().ok())
        .unwrap_or_else(|| git_dir.to_path_buf())
}

fn read_small(path: &Path) -> Result<Vec<u8>, Problem> {
    use std::io::Read as _;
    let (file, _) = open_regular(path)?;
    let mut text = Vec::new();
    file.take(64 << 10).read_to_end(&mut text).map_err(|error| super::open::problem(&error))?;
    Ok(text)
}

#[cfg(unix)]
pub(crate) fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(bytes).into()
}

#[cfg(not(unix))]
pub(crate) fn path_of(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}

/// A path inside a repository as git writes it: with `/`, whatever its encoding.
pub(crate) fn bytes_of(path: &Path) -> Vec<u8> {
    let bytes = path.as_os_str().as_encoded_bytes();
    if cfg!(windows) {
        bytes.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect()
    } else {
        bytes.to_vec()
    }
}

/// Whether the entry of a git directory is git's own and read as git or not at all. What else stands
/// there (hooks, a credential store that somebody put there) is read as any file.
pub(crate) fn is_internal(name: &OsStr) -> bool {
    const NAMES: &[&str] = &[
        "COMMIT_EDITMSG",
        "MERGE_MODE",
        "MERGE_MSG",
        "MERGE_RR",
        "SQUASH_MSG",
        "annex",
        "branches",
        "commondir",
        "config",
        "config.worktree",
        "description",
        "fsmonitor--daemon",
        "fsmonitor--daemon.ipc",
        "gc.log",
        "gc.pid",
        "gitdir",
        "index",
        "info",
        "lfs",
        "logs",
        "modules",
        "objects",
        "packed-refs",
        "rebase-apply",
        "rebase-merge",
        "refs",
        "reftable",
        "rr-cache",
        "sequencer",
        "shallow",
        "sourcetreeconfig",
        "subtree-cache",
        "svn",
        "worktrees",
    ];
    name.to_str().is_some_and(|name| {
        NAMES.contains(&name) || name.ends_with("HEAD") || name.starts_with("sharedindex.")
    })
}

/// Whether a hook is one of the samples that come with git.
pub(crate) fn is_sample(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("sample"))
        && path.parent().and_then(Path::file_name) == Some(OsStr::new("hooks"))
}

/// Git directories of submodules, also of theirs, below a git directory.
pub(crate) fn modules(common_dir: &Path) -> Vec<Result<PathBuf, walkdir::Error>> {
    let modules = common_dir.join("modules");
    if !exists(&modules) {
        return Vec::new();
    }
    let mut entries = walkdir::WalkDir::new(&modules).sort_by_file_name().into_iter();
    let mut found = Vec::new();
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) if entry.file_type().is_dir() && is_git_dir(entry.path()) => {
                found.push(Ok(entry.into_path()));
            }
            Ok(entry)
                if entry.file_type().is_dir()
                    && entry.path().parent().is_some_and(is_git_dir)
                    && entry.file_name() != "modules" =>
            {
                entries.skip_current_dir();
            }
            Ok(_) => {}
            Err(error) => found.push(Err(error)),
        }
    }
    found
}

/// The work tree that a git directory's config names, if there is one.
pub(crate) fn configured_work_dir(git_dir: &Path) -> Option<PathBuf> {
    let config = git2::Config::open(&git_dir.join("config")).ok()?;
    let value = config.get_string("core.worktree").ok()?;
    git_dir.join(value).canonicalize().ok().filter(|path| path.is_dir())
}

/// The configs of linked worktrees, which stand in the common directory.
pub(crate) fn worktree_configs(common_dir: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(common_dir.join("worktrees"))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("config.worktree"))
        .filter(|path| exists(path))
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_files_lead_to_git_directories() {
        let dir = tempfile::tempdir().unwrap();
        let at = |path: &str| dir.path().join(path);
        fs::create_dir_all(at("main/.git/worktrees/w")).unwrap();
        fs::create_dir(at("w")).unwrap();
        fs::write(at("w/.git"), "gitdir: ../main/.git/worktrees/w\n").unwrap();
        fs::write(at("main/.git/worktrees/w/commondir"), "../..\n").unwrap();
        let git_dir = read_dot_git_file(&at("w/.git")).unwrap();
        assert!(git_dir.ends_with("main/.git/worktrees/w"));
        assert_eq!(common_dir(&git_dir), at("main/.git").canonicalize().unwrap());

        fs::write(at("w/.git"), "gitdir: ../gone\n").unwrap();
        let (reason, detail) = read_dot_git_file(&at("w/.git")).unwrap_err();
        assert_eq!(reason, SkipReason::CorruptGit);
        assert!(detail.contains("../gone"), "{detail}");
        fs::write(at("w/.git"), "hello").unwrap();
        assert_eq!(read_dot_git_file(&at("w/.git")).unwrap_err().0, SkipReason::CorruptGit);
    }

    #[test]
    fn submodules_of_submodules() {
        let dir = tempfile::tempdir().unwrap();
        let modules_of = |path: &str| {
            let path = dir.path().join(path);
            fs::create_dir_all(path.join("objects/modules")).unwrap();
            fs::create_dir_all(path.join("refs")).unwrap();
            fs::write(path.join("HEAD"), "").unwrap();
        };
        modules_of("modules/group/a");
        modules_of("modules/group/a/modules/b");
        let found: Vec<_> = modules(dir.path()).into_iter().map(Result::unwrap).collect();
        assert_eq!(
            found,
            ["modules/group/a", "modules/group/a/modules/b"].map(|path| dir.path().join(path))
        );
    }
}
