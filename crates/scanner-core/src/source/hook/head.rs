//! The commits that the next one follows.

use std::io::Read as _;
use std::path::Path;

use gix_hash::ObjectId;

use super::{HookError, HookRepository, unreadable};
use crate::finding::SkipReason;
use crate::source::git_dir::path_of;
use crate::source::open::{open_regular, problem};

/// Symbolic refs to symbolic refs: git follows five of them.
const DEPTH: usize = 5;

impl HookRepository {
    /// `HEAD`, if it has a commit, and what is being merged into it.
    pub(super) fn parents(&self) -> Result<Vec<ObjectId>, HookError> {
        let mut all: Vec<_> = self.head()?.into_iter().collect();
        if let Some(text) = read(&self.git_dir.join("MERGE_HEAD"))? {
            let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
            all.extend(lines.filter_map(|line| ObjectId::from_hex(line).ok()));
        }
        Ok(all)
    }

    fn head(&self) -> Result<Option<ObjectId>, HookError> {
        let mut path = self.git_dir.join("HEAD");
        for _ in 0..=DEPTH {
            let Some(text) = read(&path)? else { return Ok(None) };
            let text = text.trim_ascii();
            if let Ok(id) = ObjectId::from_hex(text) {
                return Ok(Some(id));
            }
            let Some(name) = text.strip_prefix(b"ref:").map(<[u8]>::trim_ascii) else {
                let detail = "neither a ref nor an object id stands there".into();
                return Err(unreadable(&path, detail));
            };
            path = self.common_dir.join(path_of(name));
            if !path.is_file() {
                return self.packed(name);
            }
        }
        Err(unreadable(&path, "refs that lead to each other".into()))
    }

    fn packed(&self, name: &[u8]) -> Result<Option<ObjectId>, HookError> {
        let Some(text) = read(&self.common_dir.join("packed-refs"))? else { return Ok(None) };
        let line = text.split(|byte| *byte == b'\n').find_map(|line| {
            line.trim_ascii_end().strip_suffix(name).and_then(|id| id.strip_suffix(b" "))
        });
        Ok(line.and_then(|id| ObjectId::from_hex(id).ok()))
    }
}

/// `None` where there is no such file.
fn read(path: &Path) -> Result<Option<Vec<u8>>, HookError> {
    let mut text = Vec::new();
    // Old ways of making a worktree link these files.
    let real = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let read = open_regular(&real)
        .and_then(|(mut file, _)| file.read_to_end(&mut text).map_err(|error| problem(&error)));
    match read {
        Ok(_) => Ok(Some(text)),
        Err((SkipReason::NotFound, _)) => Ok(None),
        Err((_, detail)) => Err(unreadable(path, detail)),
    }
}
