//! The repositories of a scan: which git directories belong together, and which files to whom.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::git_dir::{FoundGit, common_dir};
use super::root::{Base, Root};
use crate::engine::slashed;
use crate::finding::Repository;
use crate::mask::Scrubber;

/// A repository, its place in the report not yet named.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) git: FoundGit,
    pub(crate) common_dir: PathBuf,
}

/// All repositories.
#[derive(Debug, Default)]
pub(crate) struct Repositories {
    /// By git directory.
    all: BTreeMap<PathBuf, Found>,
    /// Git directories and common directories.
    dirs: HashSet<PathBuf>,
}

impl Repositories {
    /// Adds those not known yet and gives the keys of these. Where one is found in several ways, the
    /// way that knows its work tree counts, then the first as it is shown.
    pub(crate) fn add(&mut self, gits: Vec<FoundGit>) -> Vec<PathBuf> {
        let mut new = Vec::new();
        for mut git in gits {
            if let Ok(real) = git.git_dir.canonicalize() {
                git.git_dir = real;
            }
            let key = git.git_dir.clone();
            if let Some(known) = self.all.get_mut(&key) {
                git.scan |= known.git.scan;
                let rank = |git: &FoundGit| (git.work_dir.is_none(), git.root, git.shown.clone());
                if rank(&git) < rank(&known.git) {
                    known.git = git;
                } else {
                    known.git.scan = git.scan;
                }
            } else {
                let common_dir = common_dir(&key);
                new.push(key.clone());
                self.dirs.extend([key.clone(), common_dir.clone()]);
                self.all.insert(key, Found { git, common_dir });
            }
        }
        new.sort();
        new
    }

    pub(crate) fn get(&self, git_dir: &Path) -> Option<&Found> {
        self.all.get(git_dir)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Found> {
        self.all.values()
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether `path` lies in a git directory, where no walk goes.
    pub(crate) fn in_git_dir(&self, path: &Path) -> bool {
        path.ancestors().any(|above| self.dirs.contains(above))
    }

    /// Names them, secrets masked, and makes the table that tells a file's repository. Names are
    /// relative to their root; where several roots would give the same name to two, they begin with
    /// the root as given.
    pub(crate) fn finish(
        &self,
        roots: &[Root],
        scrubber: &Scrubber,
    ) -> (Vec<Arc<Repository>>, Owners) {
        let mut names: HashMap<String, HashSet<usize>> = HashMap::new();
        for found in self.all.values() {
            names.entry(slashed(&found.git.shown)).or_default().insert(found.git.root);
        }
        let mut all = Vec::new();
        let mut owners = Owners::default();
        for found in self.all.values() {
            let FoundGit { root, shown, work_dir, git_dir, .. } = &found.git;
            let mut name = slashed(shown);
            if names.get(&name).is_some_and(|roots| roots.len() > 1) && shown.is_relative() {
                let given = roots.get(*root).map_or(Path::new(""), |root| root.given.as_path());
                let whole = if name == "." { given.to_path_buf() } else { given.join(shown) };
                name = slashed(&whole);
            }
            let repository = Arc::new(Repository {
                name: scrubber.scrub(&name).into_owned(),
                work_dir: work_dir.clone(),
                git_dir: git_dir.clone(),
                common_dir: found.common_dir.clone(),
            });
            owners.add(&repository);
            all.push(repository);
        }
        all.sort_by(|a, b| {
            let top = |r: &Repository| r.work_dir.clone().unwrap_or_else(|| r.git_dir.clone());
            (top(a), &a.git_dir).cmp(&(top(b), &b.git_dir))
        });
        (all, owners)
    }
}

/// Which repository a file belongs to.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    tops: HashMap<PathBuf, Arc<Repository>>,
}

impl Owners {
    fn add(&mut self, repository: &Arc<Repository>) {
        let own = [repository.work_dir.as_ref(), Some(&repository.git_dir)];
        for top in own.into_iter().flatten() {
            self.tops.insert(top.clone(), Arc::clone(repository));
        }
        // Linked worktrees stand in for a repository that the scan did not come upon.
        self.tops.entry(repository.common_dir.clone()).or_insert_with(|| Arc::clone(repository));
    }

    /// The innermost repository whose work tree or git directory holds `path`.
    pub(crate) fn of(&self, path: &Path) -> Option<&Arc<Repository>> {
        if self.tops.is_empty() {
            return None;
        }
        path.ancestors().find_map(|above| self.tops.get(above))
    }
}

/// The git directories that hold a root, seen from the root upwards: only the innermost counts.
///
/// It is named by the way up (`../..`), so that the report of a tree does not depend on where the
/// tree lies; by its absolute path where the way up from one of several roots would mislead.
pub(crate) fn above(base: &Base, is_file: bool, only_root: bool) -> Option<FoundGit> {
    use super::git_dir::{is_dot_git, is_git_dir, read_dot_git_file};
    base.real.ancestors().enumerate().skip(1).find_map(|(steps, dir)| {
        let dot_git = dir.join(".git");
        let metadata = dot_git.metadata().ok();
        let git_dir = match metadata {
            Some(metadata) if metadata.is_dir() => is_dot_git(&dot_git).then_some(dot_git),
            Some(metadata) if metadata.is_file() => read_dot_git_file(&dot_git).ok(),
            _ => None,
        };
        let (work_dir, git_dir) = match git_dir {
            Some(git_dir) => (Some(dir.to_path_buf()), git_dir),
            None if is_git_dir(dir) => {
                let is_dot_git = dir.file_name().is_some_and(|name| name == ".git");
                let work_dir = dir.parent().filter(|_| is_dot_git).map(Path::to_path_buf);
                (work_dir, dir.to_path_buf())
            }
            None => return None,
        };
        let top = work_dir.as_deref().unwrap_or(dir);
        // The paths of a single file are relative to its folder; the top is `dir` or just above.
        let steps = steps + usize::from(top != dir) - usize::from(is_file);
        let shown = match steps {
            _ if !only_root => top.to_path_buf(),
            0 => PathBuf::from("."),
            steps => std::iter::repeat_n("..", steps).collect(),
        };
        Some(FoundGit { root: base.root, shown, work_dir, git_dir, scan: !is_file })
    })
}
