//! Turns findings into edits, and edits into patches and changed files.
//!
//! A rewrite is right or it is not made: [`plan()`] reads each file again, asks the rewriter of each
//! finding's rule for edits, applies them in memory, and keeps them only if the result scans clean,
//! rewrites to itself and differs nowhere else.

mod app_password_literal;
mod command_line;
mod context;
mod env_variable;
mod gcm_store;
mod git_config_header;
mod git_config_url;
mod git_config_username;
mod git_credentials;
mod gitmodules_url;
mod http_file;
mod names;
mod netrc;
mod program_call;
mod rewrite;
mod slot;
mod sourcetree;
mod url_userinfo;
mod variable;

pub mod apply;
pub mod branch;
pub mod edit;
pub mod patch;
pub mod plan;
pub mod review;
#[cfg(test)]
mod testing;

pub use edit::{Applicability, Edit, Fix, Setting, TokenIn};
pub use plan::document::PlanDocument;
pub use plan::{FilePlan, Group, Names, Plan, PlanOptions, plan};
