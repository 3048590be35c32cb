//! Edits as commits, on a branch of their own.
//!
//! What is edited is what `HEAD` holds, not what stands in the work tree: so the work tree, the index
//! and `HEAD` are not touched, and what is not committed yet does not matter.

mod identity;
pub mod mail;
mod series;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bbsweep_scanner_core::Content;
use bbsweep_scanner_core::finding::Repository;
use git2::{BranchType, ErrorCode, ObjectType, Oid, TreeWalkMode, TreeWalkResult};

pub use self::identity::check_author;
use self::identity::{Who, identity};
use self::series::{Step, series, write_tree};
use crate::Applicability;
use crate::plan::Plan;

/// How to commit.
#[derive(Clone, Debug, Default)]
pub struct BranchOptions {
    /// The new branch, as `git branch` takes it.
    pub name: String,
    /// Paragraphs of the message; empty takes one that says what was done.
    pub messages: Vec<String>,
    /// `Name <email>`; `None` takes the committer.
    pub author: Option<String>,
    /// One commit for each rule, not one for all.
    pub per_rule: bool,
    /// Whether to sign; `None` does what git's config says.
    pub sign: Option<bool>,
}

/// A commit that was made, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// Its id in hex; `None` in a dry run.
    pub id: Option<String>,
    /// The first line of its message.
    pub subject: String,
    /// Files that it changes.
    pub files: usize,
    /// Indices into [`Plan::fixes`] of what it makes.
    pub fixes: Vec<usize>,
}

/// What a repository has checked out.
pub struct Head {
    repository: git2::Repository,
    /// The top level of the work tree.
    top: PathBuf,
    commit: Oid,
    /// What reports call it.
    of: Arc<Repository>,
    /// Paths below `top` that `HEAD` holds as plain files: blob and mode.
    files: BTreeMap<PathBuf, (Oid, i32)>,
}

/// What libgit2 said.
fn said(error: &git2::Error) -> String {
    if error.code() == ErrorCode::Owner {
        return "it belongs to another user, and git refuses to write to it: `git config --global \
                --add safe.directory FOLDER` allows it"
            .to_owned();
    }
    error.message().to_owned()
}

impl Head {
    /// Looks at what a repository has checked out. Writes nothing.
    ///
    /// # Errors
    /// Says why no branch can be made on it.
    pub fn of(repository: &Arc<Repository>) -> Result<Self, String> {
        let top = repository.work_dir.clone().ok_or("it has no work tree")?;
        let opened = git2::Repository::open(&top).map_err(|error| said(&error))?;
        let commit = match opened.head() {
            Ok(head) => head.peel_to_commit().map_err(|error| said(&error))?.id(),
            Err(error) if error.code() == ErrorCode::UnbornBranch => {
                return Err("nothing is committed yet".to_owned());
            }
            Err(error) => return Err(said(&error)),
        };
        let mut files = BTreeMap::new();
        {
            let found = opened.find_commit(commit).and_then(|commit| commit.tree());
            let tree = found.map_err(|error| said(&error))?;
            tree.walk(TreeWalkMode::PreOrder, |folder, entry| {
                // Neither links nor submodules.
                let plain = [0o100_644, 0o100_755, 0o100_664].contains(&entry.filemode());
                if plain && entry.kind() == Some(ObjectType::Blob) {
                    let path =
                        top.join(path_of(folder.as_bytes())).join(path_of(entry.name_bytes()));
                    files.insert(path, (entry.id(), entry.filemode()));
                }
                TreeWalkResult::Ok
            })
            .map_err(|error| said(&error))?;
        }
        Ok(Self { repository: opened, top, commit, of: Arc::clone(repository), files })
    }

    /// Whether a branch can be made with these options. Writes nothing.
    ///
    /// # Errors
    /// Says why not.
    pub fn check(&self, options: &BranchOptions) -> Result<(), String> {
        let name = &options.name;
        if !git2::Branch::name_is_valid(name).unwrap_or(false) {
            return Err(format!("{name:?} is no name for a branch"));
        }
        let branches = self.repository.branches(Some(BranchType::Local));
        for branch in branches.map_err(|error| said(&error))?.flatten() {
            let Ok(Some(known)) = branch.0.name() else { continue };
            let below =
                |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with('/'));
            if known == name {
                return Err(format!("the branch {name} exists already"));
            }
            if below(known, name) || below(name, known) {
                return Err(format!("git cannot hold {name} beside the branch {known}"));
            }
        }
        let committer = identity(&self.repository, Who::Committer)?;
        if let Some(author) = &options.author {
            check_author(author)?;
        }
        drop(committer);
        Ok(())
    }

    /// The top level of the work tree.
    pub fn top(&self) -> &Path {
        &self.top
    }

    /// The repository, as the scan knows it.
    pub fn repository(&self) -> &Arc<Repository> {
        &self.of
    }

    /// The files that the commit holds below `within`, for [`bbsweep_scanner_core::scan_contents`].
    ///
    /// # Errors
    /// One cannot be read.
    pub fn contents(&self, within: &[PathBuf]) -> Result<Vec<Content>, String> {
        let mut contents = Vec::new();
        for (path, (blob, _)) in &self.files {
            if !within.iter().any(|folder| path.starts_with(folder)) {
                continue;
            }
            let blob = self.repository.find_blob(*blob).map_err(|error| {
                format!("{} cannot be read from the commit: {}", path.display(), said(&error))
            })?;
            contents.push(Content { absolute: path.clone(), bytes: blob.content().to_vec() });
        }
        Ok(contents)
    }

    /// Commits the fixes of at least `least` on a new branch. `plan` is of [`Self::contents`]. With
    /// `dry_run` nothing is written. Without a fix there is no commit, and no branch.
    ///
    /// # Errors
    /// Says what failed; then there is no branch.
    pub fn commit(
        &self,
        plan: &Plan,
        least: Applicability,
        options: &BranchOptions,
        dry_run: bool,
    ) -> Result<Vec<Committed>, String> {
        self.check(options)?;
        let steps = series(plan, least, options.per_rule);
        if steps.is_empty() {
            return Ok(Vec::new());
        }
        let mut committed = Vec::new();
        let mut parent = self.commit;
        for step in &steps {
            let message = message(options, step, steps.len());
            let mut row = Committed {
                id: None,
                subject: message.lines().next().unwrap_or_default().to_owned(),
                files: step.files.len(),
                fixes: step.fixes.clone(),
            };
            if !dry_run {
                let tree =
                    write_tree(&self.repository, &self.top, parent, plan, step, &self.files)?;
                let id = identity::create(&self.repository, parent, tree, &message, options)?;
                row.id = Some(id.to_string());
                parent = id;
            }
            committed.push(row);
        }
        if !dry_run {
            let reference = format!("refs/heads/{}", options.name);
            self.repository
                .reference(&reference, parent, false, "branch: Created by bbsweep")
                .map_err(|error| said(&error))?;
        }
        Ok(committed)
    }
}

/// The message of one commit.
fn message(options: &BranchOptions, step: &Step, steps: usize) -> String {
    let text = if options.messages.is_empty() {
        step.message()
    } else {
        let mut text = options.messages.join("\n\n");
        // Commits in a row have to be told apart.
        if steps > 1 {
            text.push_str("\n\n");
            text.push_str(&step.list());
        }
        text
    };
    git2::message_prettify(text, None).unwrap_or_default()
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt as _;
    std::ffi::OsStr::from_bytes(bytes).into()
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    String::from_utf8_lossy(bytes).into_owned().into()
}
