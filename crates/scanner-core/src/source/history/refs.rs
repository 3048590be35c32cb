//! Where history is entered: refs, reflogs, HEADs.
//!
//! Read line by line from git's own files, so that one broken ref costs no other and no owner is asked
//! for; libgit2 refuses another user's repository, and libraries stop at the first line that is wrong.

mod format;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use gix_hash::ObjectId;
use globset::{Glob, GlobSet, GlobSetBuilder};
use walkdir::WalkDir;

pub(crate) use self::format::Format;
use super::{HistoryOptions, Trouble};
use crate::engine::slashed;
use crate::finding::SkipReason;
use crate::source::open::{open_regular, problem};

/// What leads into the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// `refs/heads/…`
    Branch,
    /// A HEAD, of a linked worktree too.
    Head,
    /// `refs/remotes/…`
    Remote,
    /// `refs/tags/…`
    Tag,
    /// `refs/stash`
    Stash,
    /// `refs/notes/…`
    Note,
    /// Any other ref, and `ORIG_HEAD` and the like.
    Other,
    /// A line of a reflog.
    Reflog,
    /// A commit that nothing leads to.
    Unreachable,
}

impl Kind {
    /// Whether what is checked in there is in use. A tag or a stash stays as it is for ever: nothing
    /// can be rewritten in it.
    pub(crate) fn is_tip(self) -> bool {
        matches!(self, Self::Branch | Self::Remote | Self::Head)
    }

    fn of(name: &str) -> Self {
        match name {
            "refs/stash" => Self::Stash,
            _ if name.starts_with("refs/heads/") => Self::Branch,
            _ if name.starts_with("refs/remotes/") => Self::Remote,
            _ if name.starts_with("refs/tags/") => Self::Tag,
            _ if name.starts_with("refs/notes/") => Self::Note,
            _ => Self::Other,
        }
    }
}

/// An object where a walk begins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Start {
    pub(crate) kind: Kind,
    /// As git takes it: `main`, `origin/main`, `v1`, `HEAD`, `stash`, `refs/x/y`.
    pub(crate) name: String,
    pub(crate) id: ObjectId,
}

/// Where to begin.
#[derive(Debug, Default)]
pub(crate) struct Starts {
    /// Sorted: what an object is reached by first names it.
    pub(crate) all: Vec<Start>,
    /// The tips of all branches and HEADs, those too that the history is not asked for.
    pub(crate) tips: Vec<Start>,
    pub(crate) troubles: Vec<Trouble>,
}

/// Finds every way into the history of a repository.
pub(crate) fn starts(common_dir: &Path, options: &HistoryOptions) -> Starts {
    let mut reader = Reader::default();
    reader.refs(common_dir, common_dir);
    reader.heads(common_dir);
    let worktrees = common_dir.join("worktrees");
    let mut git_dirs = vec![common_dir.to_path_buf()];
    if let Ok(entries) = worktrees.read_dir() {
        let mut dirs: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        dirs.sort();
        for dir in dirs.into_iter().filter(|dir| dir.is_dir()) {
            reader.refs(&dir, &dir);
            reader.heads(&dir);
            git_dirs.push(dir);
        }
    }
    reader.packed(common_dir);
    let mut starts = Starts::default();
    let symbolic = std::mem::take(&mut reader.symbolic);
    let refs: Vec<Start> = reader
        .refs
        .iter()
        .map(|((_, name), id)| Start { kind: Kind::of(name), name: short(name), id: *id })
        .collect();
    let target = |name: &str| {
        let of = |((_, known), id): (&(PathBuf, String), &ObjectId)| (known == name).then_some(*id);
        reader.refs.iter().find_map(of)
    };
    let heads =
        reader.heads.iter().map(|id| Start { kind: Kind::Head, name: "HEAD".into(), id: *id });
    // HEAD of a branch is that branch; of none that exists yet, nothing.
    let symbolic = symbolic.iter().filter_map(|name| {
        let id = target(name)?;
        Some(Start { kind: Kind::of(name), name: short(name), id })
    });
    let mut named: Vec<Start> = refs.into_iter().chain(heads).chain(symbolic).collect();
    starts.tips = named.iter().filter(|start| start.kind.is_tip()).cloned().collect();
    starts.tips.sort();
    starts.tips.dedup();
    if options.branches.is_empty() {
        for dir in &git_dirs {
            reader.logs(&dir.join("logs"));
        }
        named.extend(reader.logged.iter().map(|(id, name)| Start {
            kind: Kind::Reflog,
            name: name.clone(),
            id: *id,
        }));
    } else {
        match globs(&options.branches) {
            Ok(globs) => {
                let full = |start: &Start| {
                    let prefix = match start.kind {
                        Kind::Branch => "refs/heads/",
                        Kind::Remote => "refs/remotes/",
                        Kind::Tag => "refs/tags/",
                        _ => "",
                    };
                    format!("{prefix}{}", start.name)
                };
                named.retain(|start| globs.is_match(&start.name) || globs.is_match(full(start)));
            }
            Err(why) => {
                reader.trouble(common_dir, SkipReason::Malformed, why);
                named.clear();
            }
        }
        if named.is_empty() {
            let detail = format!("no ref is called {}", options.branches.join(" or "));
            reader.trouble(common_dir, SkipReason::NotFound, detail);
        }
    }
    named.sort();
    // An object is entered once, by what counts most.
    let mut seen = BTreeSet::new();
    named.retain(|start| seen.insert(start.id));
    starts.all = named;
    starts.troubles = reader.troubles;
    starts
}

/// What the `HEAD` of a work tree leads to. `None` where nothing is committed yet.
///
/// # Errors
/// It cannot be read.
pub(crate) fn head(git_dir: &Path, common_dir: &Path) -> Result<Option<ObjectId>, String> {
    let mut reader = Reader::default();
    reader.heads(git_dir);
    let said = |reader: &Reader| {
        let trouble = reader.troubles.first();
        trouble.map_or(Ok(()), |trouble| Err(trouble.problem.1.clone()))
    };
    said(&reader)?;
    if let Some(id) = reader.heads.first() {
        return Ok(Some(*id));
    }
    let Some(name) = reader.symbolic.pop_first() else { return Ok(None) };
    // Each read of a file may show what another one, written before, does not: loose, then packed.
    let path = common_dir.join(&name);
    if let Some(text) = reader.text(&path) {
        reader.reference(&path, common_dir, name.clone(), text.trim());
    }
    reader.packed(common_dir);
    if reader.refs.is_empty() {
        said(&reader)?;
    }
    Ok(reader.refs.remove(&(common_dir.to_path_buf(), name)))
}

/// `*` goes over `/`, as users mean it.
fn globs(patterns: &[String]) -> Result<GlobSet, String> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        builder.add(Glob::new(pattern).map_err(|error| error.to_string())?);
    }
    builder.build().map_err(|error| error.to_string())
}

/// The name that git takes and people use.
fn short(name: &str) -> String {
    let known = ["refs/heads/", "refs/remotes/", "refs/tags/"];
    let tail = known.iter().find_map(|prefix| name.strip_prefix(prefix));
    tail.unwrap_or(if name == "refs/stash" { "stash" } else { name }).to_owned()
}

#[derive(Default)]
struct Reader {
    /// By the directory that they belong to, as linked worktrees have some of their own, and name.
    refs: BTreeMap<(PathBuf, String), ObjectId>,
    heads: BTreeSet<ObjectId>,
    /// What HEADs lead to by name.
    symbolic: BTreeSet<String>,
    /// The first log that knows the object.
    logged: BTreeMap<ObjectId, String>,
    troubles: Vec<Trouble>,
}

impl Reader {
    fn trouble(&mut self, path: &Path, reason: SkipReason, detail: impl Into<String>) {
        self.troubles.push(Trouble { path: path.into(), problem: (reason, detail.into()) });
    }

    fn text(&mut self, path: &Path) -> Option<String> {
        let read = open_regular(path).and_then(|(mut file, _)| {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(|error| problem(&error))?;
            Ok(bytes)
        });
        match read {
            // Names that are not UTF-8 stay findable by their objects.
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            // Packed, or deleted, by another process.
            Err((SkipReason::NotFound, _)) => None,
            Err(problem) => {
                self.troubles.push(Trouble { path: path.into(), problem });
                None
            }
        }
    }

    /// The loose refs below `dir/refs`.
    fn refs(&mut self, dir: &Path, owner: &Path) {
        let top = dir.join("refs");
        if !top.is_dir() {
            return;
        }
        for entry in WalkDir::new(&top).sort_by_file_name() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().unwrap_or(&top).to_path_buf();
                    if let Some(error) = error.into_io_error() {
                        let (reason, detail) = problem(&error);
                        self.trouble(&path, reason, detail);
                    }
                    continue;
                }
            };
            let path = entry.path();
            // A symbolic link is how old versions of git wrote a symbolic ref: its target is a ref.
            if !entry.file_type().is_file() || path.extension().is_some_and(|end| end == "lock") {
                continue;
            }
            let Ok(inside) = path.strip_prefix(dir) else { continue };
            let name = slashed(inside);
            let Some(text) = self.text(path) else { continue };
            self.reference(path, owner, name, text.trim());
        }
    }

    /// What one file says.
    fn reference(&mut self, path: &Path, owner: &Path, name: String, text: &str) {
        if text.starts_with("ref:") {
            // To another ref, which is read itself.
        } else if let Ok(id) = ObjectId::from_hex(text.as_bytes()) {
            self.refs.insert((owner.to_path_buf(), name), id);
        } else {
            self.trouble(path, SkipReason::CorruptGit, "no object id stands in this ref");
        }
    }

    fn packed(&mut self, common_dir: &Path) {
        let path = common_dir.join("packed-refs");
        let Some(text) = self.text(&path) else { return };
        for line in text.lines().filter(|line| !line.starts_with(['#', '^']) && !line.is_empty()) {
            let parts = line.split_once(' ');
            let id = parts.and_then(|(id, _)| ObjectId::from_hex(id.as_bytes()).ok());
            match (id, parts) {
                (Some(id), Some((_, name))) => {
                    // A loose one of the same name is newer.
                    self.refs.entry((common_dir.to_path_buf(), name.to_owned())).or_insert(id);
                }
                _ => self.trouble(&path, SkipReason::CorruptGit, "a line that is no ref"),
            }
        }
    }

    /// `HEAD`, and what else git keeps beside it.
    fn heads(&mut self, git_dir: &Path) {
        const OTHERS: &[&str] = &[
            "ORIG_HEAD",
            "FETCH_HEAD",
            "MERGE_HEAD",
            "CHERRY_PICK_HEAD",
            "REVERT_HEAD",
            "REBASE_HEAD",
            "BISECT_HEAD",
            "AUTO_MERGE",
        ];
        if let Some(text) = self.text(&git_dir.join("HEAD")) {
            let text = text.trim();
            if let Some(name) = text.strip_prefix("ref:") {
                self.symbolic.insert(name.trim().to_owned());
            } else if let Ok(id) = ObjectId::from_hex(text.as_bytes()) {
                self.heads.insert(id);
            } else {
                let detail = "neither a ref nor an object id stands in HEAD";
                self.trouble(&git_dir.join("HEAD"), SkipReason::CorruptGit, detail);
            }
        }
        for name in OTHERS {
            let path = git_dir.join(name);
            if !path.exists() {
                continue;
            }
            let Some(text) = self.text(&path) else { continue };
            for (number, line) in text.lines().enumerate() {
                let word = line.split_ascii_whitespace().next().unwrap_or_default();
                if let Ok(id) = ObjectId::from_hex(word.as_bytes()) {
                    let name =
                        if number == 0 { (*name).into() } else { format!("{name}:{number}") };
                    self.refs.insert((git_dir.to_path_buf(), name), id);
                }
            }
        }
    }

    /// Every object that a reflog names.
    fn logs(&mut self, top: &Path) {
        if !top.is_dir() {
            return;
        }
        for entry in WalkDir::new(top).sort_by_file_name() {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let path = error.path().unwrap_or(top).to_path_buf();
                    if let Some(error) = error.into_io_error() {
                        let (reason, detail) = problem(&error);
                        self.trouble(&path, reason, detail);
                    }
                    continue;
                }
            };
            if !entry.file_type().is_file() {
                continue;
            }
            let Some(text) = self.text(entry.path()) else { continue };
            let name = entry.path().strip_prefix(top).map(slashed).unwrap_or_default();
            let name = format!("the reflog of {}", short(&name));
            for line in text.lines() {
                for word in line.split(' ').take(2) {
                    if let Ok(id) = ObjectId::from_hex(word.as_bytes())
                        && !id.is_null()
                    {
                        self.logged.entry(id).or_insert_with(|| name.clone());
                    }
                }
            }
        }
    }
}
