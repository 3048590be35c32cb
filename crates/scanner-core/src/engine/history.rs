//! The history of the repositories: from objects to findings.

mod groups;
mod look;
mod merge;

