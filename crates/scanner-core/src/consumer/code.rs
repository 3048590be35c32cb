//! Programs that call the REST API or git: command lines and libraries.

pub(crate) mod languages;
pub(crate) mod shell;
