//! Where bytes come from: files, standard input, the configs of git.

pub(crate) mod collect;
pub(crate) mod files;
pub(crate) mod git_config;
pub(crate) mod git_dir;
pub(crate) mod ignored;
pub(crate) mod open;
pub(crate) mod pseudo;
pub(crate) mod read;
pub(crate) mod repository;
pub(crate) mod root;
