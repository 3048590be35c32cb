//! What git is about to take in while a hook of it runs: the repository as git hands it to the hook.
//!
//! Opened from what git says in the environment and not through libgit2: a server's hook sees the new
//! objects in a quarantine, and repositories with SHA-256 are read too.

pub(crate) mod changes;
mod environment;
mod head;
pub(crate) mod pushed;
mod staged;
mod walk;

use std::path::{Path, PathBuf};

pub use environment::HookEnvironment;

use super::git_dir::{common_dir, configured_work_dir, is_dot_git, is_git_dir, read_dot_git_file};
use super::history::Trouble;
use super::history::refs::Format;
use super::history::store::Store;
use super::open::problem;
use crate::finding::SkipReason;

/// Why a hook cannot say anything of what git is about to take in.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// There is no repository.
    #[error("no git repository here or in a folder above: {0}")]
    NoRepository(PathBuf),
    /// A file of the repository that tells what is new cannot be read.
    #[error("cannot read {path}: {detail}")]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why.
        detail: String,
    },
    /// A line of standard input is none that git writes.
    #[error("line {number} of standard input is not `OLD NEW REF`: {why}")]
    BadLine {
        /// From 1.
        number: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// As for any scan.
    #[error(transparent)]
    Scan(#[from] crate::engine::ScanError),
}

impl From<Trouble> for HookError {
    fn from(trouble: Trouble) -> Self {
        Self::Unreadable { path: trouble.path, detail: trouble.problem.1 }
    }
}

/// A repository for which a hook runs.
pub struct HookRepository {
    pub(crate) environment: HookEnvironment,
    pub(crate) git_dir: PathBuf,
    pub(crate) common_dir: PathBuf,
    pub(crate) work_dir: Option<PathBuf>,
    pub(crate) format: Format,
    pub(crate) store: Store,
}

impl HookRepository {
    /// Opens the repository that git names, or that the current folder is in.
    ///
    /// # Errors
    /// There is none, or it is kept in a way that is not known.
    pub fn open(environment: HookEnvironment) -> Result<Self, HookError> {
        let cwd = &environment.cwd;
        let (git_dir, found_in) = match &environment.git_dir {
            Some(dir) => {
                let dir = cwd.join(dir);
                let real = if dir.is_file() {
                    read_dot_git_file(&dir).map_err(|(_, why)| unreadable(&dir, why))?
                } else {
                    dir.canonicalize().map_err(|error| unreadable(&dir, problem(&error).1))?
                };
                (real, Some(cwd.clone()))
            }
            None => discover(cwd)?,
        };
        if !is_git_dir(&git_dir) && !is_dot_git(&git_dir) {
            return Err(HookError::NoRepository(git_dir));
        }
        let common_dir = match &environment.common_dir {
            Some(dir) => {
                let dir = cwd.join(dir);
                dir.canonicalize().map_err(|error| unreadable(&dir, problem(&error).1))?
            }
            None => common_dir(&git_dir),
        };
        let mut format = Format::read(&common_dir)?;
        // A push from a shallow clone.
        if let Some(file) = &environment.shallow_file {
            let text = std::fs::read_to_string(cwd.join(file)).unwrap_or_default();
            let ids = text.lines().map(|line| gix_hash::ObjectId::from_hex(line.trim().as_bytes()));
            format.shallow.extend(ids.filter_map(Result::ok));
        }
        let work_dir = match &environment.work_tree {
            Some(dir) => Some(cwd.join(dir)),
            None => configured_work_dir(&git_dir)
                .or_else(|| found_in.filter(|_| !is_bare(&common_dir, &git_dir))),
        };
        let work_dir = work_dir.map(|dir| dir.canonicalize().unwrap_or(dir));
        let own = common_dir.join("objects");
        let mut objects = vec![own.clone()];
        if let Some(dir) = &environment.object_dir {
            objects.insert(0, cwd.join(dir));
        }
        // As git does, those that are gone are passed over; an object that was there is told.
        let alternates = environment.alternates.iter().map(|dir| cwd.join(dir));
        objects.extend(alternates.filter(|dir| dir.is_dir()));
        let store = Store::open_all(&objects, format.hash)?;
        Ok(Self { environment, git_dir, common_dir, work_dir, format, store })
    }

    /// Top level of the work tree; `None` for a bare repository.
    pub fn work_dir(&self) -> Option<&Path> {
        self.work_dir.as_deref()
    }

    /// The directory with the config that all its work trees share.
    pub fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    /// Why an object that is not there is not there.
    pub(crate) fn missing(&self, id: &gix_hash::ObjectId) -> (SkipReason, String) {
        if self.format.partial {
            let detail = format!("object {id} is at the server of this partial clone");
            (SkipReason::NotFetched, detail)
        } else {
            (SkipReason::CorruptGit, format!("object {id} is missing"))
        }
    }
}

fn unreadable(path: &Path, detail: String) -> HookError {
    HookError::Unreadable { path: path.into(), detail }
}

/// The git directory that `cwd` is in, and the folder that holds the work tree.
fn discover(cwd: &Path) -> Result<(PathBuf, Option<PathBuf>), HookError> {
    let cwd = cwd.canonicalize().map_err(|error| unreadable(cwd, problem(&error).1))?;
    for dir in cwd.ancestors() {
        let dot_git = dir.join(".git");
        if dot_git.is_dir() && is_dot_git(&dot_git) {
            let real = dot_git.canonicalize().unwrap_or(dot_git);
            return Ok((real, Some(dir.into())));
        }
        if dot_git.is_file() {
            let real = read_dot_git_file(&dot_git).map_err(|(_, why)| unreadable(&dot_git, why))?;
            return Ok((real, Some(dir.into())));
        }
        if is_git_dir(dir) {
            let is_dot_git = dir.file_name().is_some_and(|name| name == ".git");
            let top = dir.parent().filter(|_| is_dot_git).map(Path::to_path_buf);
            return Ok((dir.into(), top));
        }
    }
    Err(HookError::NoRepository(cwd))
}

/// Whether the config says that there is no work tree. That of a linked worktree has one even so.
fn is_bare(common_dir: &Path, git_dir: &Path) -> bool {
    common_dir == git_dir
        && git2::Config::open(&common_dir.join("config"))
            .and_then(|config| config.get_bool("core.bare"))
            .unwrap_or(false)
}
