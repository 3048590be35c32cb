//! How a path in a repository's history is shown.

use std::path::{Path, PathBuf};

use crate::finding::{Location, Skipped};
use crate::source::git_dir::path_of;
use crate::source::open::Problem;
use crate::source::repository::Found;
use crate::source::root::Base;

/// The top of a repository, as the scan's paths are written.
#[derive(Debug)]
pub(super) struct Place {
    base: Base,
    /// Of what is told of the repository as a whole.
    git_dir: Location,
}

impl Place {
    /// `git_dir` is where the repository's own files are shown.
    pub(super) fn new(found: &Found, git_dir: Location) -> Self {
        let git = &found.git;
        let base = Base {
            root: git.root,
            real: git.work_dir.clone().unwrap_or_else(|| git.git_dir.clone()),
            is_root: git.shown == Path::new("."),
            shown: git.shown.clone(),
        };
        Self { base, git_dir }
    }

    /// The location of a path in the repository. Nothing can be opened there.
    pub(super) fn location(&self, path: &[u8]) -> Location {
        let path = self.base.real.join(path_of(path));
        Location { absolute: None, ..self.base.location(&path) }
    }

    /// The path, and what it is below.
    pub(super) fn full(&self, path: &[u8]) -> (&Base, PathBuf) {
        (&self.base, self.base.real.join(path_of(path)))
    }

    /// A file of the repository was not read whole.
    pub(super) fn skipped(&self, path: &[u8], problem: Problem) -> Skipped {
        skipped(&self.location(path), problem)
    }

    /// Something is wrong with the repository.
    pub(super) fn trouble(&self, problem: Problem) -> Skipped {
        skipped(&self.git_dir, problem)
    }
}

pub(super) fn skipped(location: &Location, (reason, detail): Problem) -> Skipped {
    Skipped {
        root: location.root,
        path: location.path.clone(),
        path_bytes: location.path_bytes.clone(),
        reason,
        detail,
    }
}
