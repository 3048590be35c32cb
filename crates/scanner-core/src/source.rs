//! Where bytes come from: files, standard input, the configs of git.

pub(crate) mod cache;
pub(crate) mod collect;
pub(crate) mod files;
pub(crate) mod git_config;
pub(crate) mod git_dir;
pub(crate) mod history;
pub(crate) mod hook;
pub(crate) mod ignored;
pub(crate) mod open;
pub(crate) mod pseudo;
pub(crate) mod read;
pub(crate) mod repository;
pub(crate) mod root;
pub mod shard;

/// What is wrong with a line of [`ScanOptions::exclude`](crate::ScanOptions::exclude), if anything.
///
/// # Errors
/// Says why it is no glob.
pub fn check_exclude(glob: &str) -> Result<(), String> {
    use crate::engine::ScanError;
    match files::excludes(&[glob.to_owned()]) {
        Ok(_) => Ok(()),
        Err(ScanError::BadGlob { reason, .. }) => Err(reason),
        Err(other) => Err(other.to_string()),
    }
}
