//! Into which patch a file goes, and under which path.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use bbsweep_scanner_core::finding::Repository;
use bbsweep_scanner_core::{Finding, SkipReason, Skipped};

use crate::plan::Group;

/// All that belongs together when variables are renamed: a repository, or what lies below a root and
/// in no repository.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    Repository(Arc<Repository>),
    Root(usize),
}

impl Scope {
    pub(crate) fn of(finding: &Finding) -> Self {
        finding
            .location
            .repository
            .clone()
            .map_or(Self::Root(finding.location.root), Self::Repository)
    }

    /// Whether `input`, which was not read, may hold a variable of this scope. `findings` are those
    /// of the scope.
    pub(crate) fn holds<'f>(
        &self,
        input: &Skipped,
        mut findings: impl Iterator<Item = &'f Finding>,
    ) -> bool {
        // A part of a file that was read, or a store that nothing expands variables in.
        let is_read = matches!(
            input.reason,
            SkipReason::Malformed | SkipReason::CorruptGit | SkipReason::Encrypted
        );
        let below = match self {
            Self::Repository(repository) => {
                let name = Path::new(&repository.name);
                // `.`, or the way up to a repository above the root.
                let all = name.components().all(|part| !matches!(part, Component::Normal(_)));
                all || Path::new(&input.path).starts_with(name)
            }
            Self::Root(_) => true,
        };
        !is_read && below && findings.any(|finding| finding.location.root == input.root)
    }
}

/// Finds groups; remembers what it asked the file system.
#[derive(Default)]
pub(crate) struct Grouper {
    real: HashMap<PathBuf, PathBuf>,
    work_trees: HashMap<PathBuf, Option<PathBuf>>,
}

impl Grouper {
    /// The path without symbolic links; as it is where that cannot be told.
    pub(crate) fn real(&mut self, path: &Path) -> PathBuf {
        self.real
            .entry(path.to_path_buf())
            .or_insert_with_key(|path| path.canonicalize().unwrap_or_else(|_| path.clone()))
            .clone()
    }

    /// What a repository or tree is called: as reports name it; by the root's folder where it is no
    /// repository. `finding` is any in it.
    pub(crate) fn name(&mut self, scope: &Scope, finding: &Finding) -> String {
        if let Scope::Repository(repository) = scope {
            return repository.name.clone();
        }
        let root = finding.location.absolute.as_deref().and_then(|file| root_of(finding, file));
        root.map(|root| self.real(&root))
            .and_then(|root| Some(root.file_name()?.to_string_lossy().into_owned()))
            .unwrap_or_else(|| "(no repository)".to_owned())
    }

    /// Whether the scan that made `findings`, all of `scope`, can have seen every file of it. Of a
    /// repository that a root lies in it saw a part.
    pub(crate) fn is_whole<'f>(
        &mut self,
        scope: &Scope,
        findings: impl Iterator<Item = &'f Finding>,
    ) -> bool {
        let Scope::Repository(repository) = scope else { return true };
        let Some(top) = &repository.work_dir else { return true };
        let top = self.real(top);
        findings
            .filter_map(|finding| root_of(finding, finding.location.absolute.as_deref()?))
            .any(|root| top.starts_with(self.real(&root)))
    }

    /// The work tree of the repository that `dir` lies in. `git apply` takes the paths of a patch as
    /// relative to its top level, wherever below it runs, and skips the others without an error:
    /// so the patch has to be made for the top level.
    fn work_tree(&mut self, dir: &Path) -> Option<PathBuf> {
        if let Some(known) = self.work_trees.get(dir) {
            return known.clone();
        }
        let found = git2::Repository::discover(dir)
            .ok()
            .and_then(|repository| repository.workdir()?.canonicalize().ok())
            .filter(|top| dir.starts_with(top));
        self.work_trees.insert(dir.to_path_buf(), found.clone());
        found
    }

    /// The group of the file at `absolute` that `finding` was made in, and its path there.
    pub(crate) fn locate(&mut self, finding: &Finding, absolute: &Path) -> (Group, PathBuf) {
        let real = self.real(absolute);
        if let Some(repository) = &finding.location.repository {
            for dir in [&repository.git_dir, &repository.common_dir] {
                let dir = self.real(dir);
                if let Ok(relative) = real.strip_prefix(&dir) {
                    let relative = relative.to_path_buf();
                    return (Group::GitDir(dir), relative);
                }
            }
            if let Some(work_dir) = &repository.work_dir
                && let Ok(relative) = real.strip_prefix(self.real(work_dir))
                && !relative.components().any(is_dot_git)
            {
                return (Group::WorkTree(Arc::clone(repository)), relative.to_path_buf());
            }
        }
        self.outside(finding, absolute, &real)
    }

    fn outside(&mut self, finding: &Finding, absolute: &Path, real: &Path) -> (Group, PathBuf) {
        let parent = real.parent().unwrap_or(Path::new("/")).to_path_buf();
        // git takes no patch for a path that goes through `.git`, but for one below it.
        if let Some(at) = real.components().position(is_dot_git) {
            let dir: PathBuf = real.components().take(at + 1).collect();
            if let Ok(relative) = real.strip_prefix(&dir)
                && !relative.as_os_str().is_empty()
            {
                let relative = relative.to_path_buf();
                return (Group::GitDir(dir), relative);
            }
        }
        let root = root_of(finding, absolute)
            .map(|root| self.real(&root))
            .filter(|root| real.starts_with(root));
        let dir = root.as_ref().unwrap_or(&parent);
        let dir = self.work_tree(dir).unwrap_or_else(|| dir.clone());
        let relative = real.strip_prefix(&dir).unwrap_or(real).to_path_buf();
        if root.is_some() { (Group::Tree(dir), relative) } else { (Group::Outside(dir), relative) }
    }
}

/// The root that the finding's path is relative to: the file's path without as many components.
/// `None` for a file outside of every root.
fn root_of(finding: &Finding, absolute: &Path) -> Option<PathBuf> {
    let relative = Path::new(&finding.location.path);
    let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if !relative.components().all(inside) {
        return None;
    }
    let depth = relative.components().filter(|part| matches!(part, Component::Normal(_))).count();
    absolute.ancestors().nth(depth.max(1)).map(Path::to_path_buf)
}

fn is_dot_git(part: Component<'_>) -> bool {
    matches!(part, Component::Normal(name) if name.eq_ignore_ascii_case(OsStr::new(".git")))
}

#[cfg(test)]
mod tests {
    use bbsweep_scanner_core::Rule;

    use super::*;
    use crate::testing::{Found, git_ok, put};

    fn repository(dir: &Path, git_dir: &str) -> Arc<Repository> {
        Arc::new(Repository {
            name: "r".into(),
            work_dir: Some(dir.to_path_buf()),
            git_dir: dir.join(git_dir),
            common_dir: dir.join(git_dir),
        })
    }

    #[test]
    fn each_file_has_its_group() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        git_ok(&top, ["init", "-q", "repo"]);
        for file in ["repo/a/f", "repo/b/.git/hooks/f", "plain/x/f", "elsewhere/f"] {
            put(top.join(file), "");
        }
        std::os::unix::fs::symlink("repo/a", top.join("link")).unwrap();
        let locate = |path: &str, file: &str, repository: Option<Arc<Repository>>| {
            let mut finding = Found::new(Rule::UrlUserinfo, path, "").finding;
            finding.location.repository = repository;
            Grouper::default().locate(&finding, &top.join(file))
        };
        let repo = || Some(repository(&top.join("repo"), ".git"));

        let (group, relative) = locate("repo/a/f", "repo/a/f", repo());
        assert_eq!((group, relative), (Group::WorkTree(repo().unwrap()), "a/f".into()));
        // Reached through a link, it goes under its own name.
        let (group, relative) = locate("link/f", "link/f", repo());
        assert_eq!((group, relative), (Group::WorkTree(repo().unwrap()), "a/f".into()));
        let git_dir = Group::GitDir(top.join("repo/.git"));
        assert_eq!(locate("x", "repo/.git/config", repo()), (git_dir, "config".into()));
        let odd = Group::GitDir(top.join("repo/b/.git"));
        assert_eq!(locate("b/.git/hooks/f", "repo/b/.git/hooks/f", None), (odd, "hooks/f".into()));

        let mut finding = Found::new(Rule::UrlUserinfo, "x/f", "").finding;
        finding.location.absolute = Some(top.join("plain/x/f"));
        assert_eq!(Grouper::default().name(&Scope::of(&finding), &finding), "plain");
        finding.location.repository = repo();
        assert_eq!(Grouper::default().name(&Scope::of(&finding), &finding), "r");

        let plain = Group::Tree(top.join("plain"));
        assert_eq!(locate("x/f", "plain/x/f", None), (plain.clone(), "x/f".into()));
        // A root that is a file.
        assert_eq!(locate("f", "plain/x/f", None), (Group::Tree(top.join("plain/x")), "f".into()));
        // A root inside of a repository that the scan did not name.
        let inside = Group::Tree(top.join("repo"));
        assert_eq!(locate("f", "repo/a/f", None), (inside, "a/f".into()));

        let absolute = top.join("elsewhere/f");
        let outside = Group::Outside(top.join("elsewhere"));
        assert_eq!(
            locate(absolute.to_str().unwrap(), "elsewhere/f", repo()),
            (outside, "f".into())
        );
    }
}
