//! What kind of repository it is.

use std::collections::HashSet;
use std::io::Read as _;
use std::path::Path;

use gix_config::File;
use gix_config::file::Metadata;
use gix_config::file::init::Options;
use gix_hash::ObjectId;

use super::Trouble;
use crate::finding::SkipReason;
use crate::source::open::{open_regular, problem};

/// How a repository keeps what it keeps.
#[derive(Debug)]
pub(crate) struct Format {
    pub(crate) hash: gix_hash::Kind,
    /// Whether objects may be missing because the server keeps them.
    pub(crate) partial: bool,
    /// Commits whose parents were not fetched.
    pub(crate) shallow: HashSet<ObjectId>,
}

impl Format {
    /// Reads it from the repository's own config, and from no other.
    ///
    /// # Errors
    /// It is kept in a way that is not known.
    pub(crate) fn read(common_dir: &Path) -> Result<Self, Trouble> {
        let path = common_dir.join("config");
        let trouble =
            |reason, detail: String| Trouble { path: path.clone(), problem: (reason, detail) };
        let mut text = Vec::new();
        match open_regular(&path) {
            Ok((mut file, _)) => {
                let read = file.read_to_end(&mut text);
                read.map_err(|error| {
                    let (reason, detail) = problem(&error);
                    trouble(reason, detail)
                })?;
            }
            // Old, bare, hand-made: the defaults hold.
            Err((SkipReason::NotFound, _)) => {}
            Err((reason, detail)) => return Err(trouble(reason, detail)),
        }
        let config = File::from_bytes_no_includes(&text, Metadata::default(), Options::default())
            .map_err(|error| trouble(SkipReason::CorruptGit, error.to_string()))?;
        let value = |key: &str| config.string(key).map(|value| value.to_string().to_lowercase());
        let hash = match value("extensions.objectformat").as_deref() {
            None | Some("sha1") => gix_hash::Kind::Sha1,
            Some("sha256") => gix_hash::Kind::Sha256,
            Some(other) => {
                let detail = format!("its objects have ids of the unknown kind {other:?}");
                return Err(trouble(SkipReason::CorruptGit, detail));
            }
        };
        match value("extensions.refstorage").as_deref() {
            None | Some("files") => {}
            Some(other) => {
                let detail = format!(
                    "its refs are kept as {other:?}, which cannot be read: the history was not scanned"
                );
                return Err(trouble(SkipReason::CorruptGit, detail));
            }
        }
        let promisor = config.sections_by_name("remote").into_iter().flatten().any(|remote| {
            remote.value("promisor").is_some_and(|value| &**value != b"false" && &**value != b"")
        });
        let mut shallow = HashSet::new();
        if let Ok((mut file, _)) = open_regular(&common_dir.join("shallow")) {
            let mut text = String::new();
            if file.read_to_string(&mut text).is_ok() {
                let ids =
                    text.lines().filter_map(|line| ObjectId::from_hex(line.trim().as_bytes()).ok());
                shallow.extend(ids);
            }
        }
        Ok(Self { hash, partial: promisor || value("extensions.partialclone").is_some(), shallow })
    }
}
