//! The detectors: one module per location kind, one table that names them all.

pub mod place;
pub mod value;

pub(crate) mod git_config_header;
pub(crate) mod git_config_url;
pub(crate) mod git_config_username;
pub(crate) mod git_credentials;
pub(crate) mod gitmodules_url;
pub(crate) mod netrc;
pub(crate) mod url_userinfo;

mod git_config;
mod slot;
#[cfg(test)]
mod testing;
mod url;

use std::ops::Range;

use crate::bitbucket::Scope;
use crate::credential::{CredentialKind, Secret};
use crate::document::Document;
use crate::finding::{Confidence, FormError, Place, Role, Severity, SkipReason, State, Use};
use crate::rule::Rule;

/// What a detector saw. Positions are offsets into [`Document::text`]; the engine turns it into a
/// [`crate::Finding`].
#[derive(Clone, Debug)]
pub struct Candidate {
    /// See [`crate::Finding::rule`].
    pub rule: Rule,
    /// See [`crate::Finding::state`].
    pub state: State,
    /// See [`crate::Finding::form_error`].
    pub form_error: Option<FormError>,
    /// See [`crate::Finding::usage`].
    pub usage: Use,
    /// See [`crate::Finding::confidence`].
    pub confidence: Confidence,
    /// See [`crate::Finding::severity`].
    pub severity: Severity,
    /// See [`crate::Finding::place`].
    pub place: Place,
    /// See [`crate::Finding::kind`].
    pub kind: CredentialKind,
    /// The whole use.
    pub range: Range<usize>,
    /// Its parts.
    pub parts: Vec<(Role, Range<usize>)>,
    /// See [`crate::Finding::secret`].
    pub secret: Option<Secret>,
    /// See [`crate::Finding::username`].
    pub username: Option<String>,
    /// See [`crate::Finding::variable`].
    pub variable: Option<String>,
    /// See [`crate::Location::git_config_key`]; unmasked here, the engine masks it.
    pub git_config_key: Option<String>,
    /// See [`crate::Finding::scopes`].
    pub scopes: Vec<Scope>,
    /// What the place is called apart from its position: host and path of the URL, name of the
    /// variable, config key. Goes into the fingerprint; must hold no secret.
    pub identity: String,
    /// See [`crate::Finding::message`].
    pub message: String,
}

/// What the detectors hand to the engine.
#[derive(Debug, Default)]
pub struct Sink {
    /// Uses seen so far.
    pub candidates: Vec<Candidate>,
    /// Ranges of the text that hold some secret, ours or not: never shown in an excerpt.
    pub secrets: Vec<Range<usize>>,
    /// What could not be read, with a line for people: becomes a [`crate::Skipped`].
    pub problems: Vec<(SkipReason, String)>,
}

/// Runs every detector that may see something in `doc`.
pub fn detect(doc: &Document<'_>, sink: &mut Sink) {
    git_credentials::detect(doc, sink);
    netrc::detect(doc, sink);
    git_config_header::detect(doc, sink);
    git_config_url::detect(doc, sink);
    git_config_username::detect(doc, sink);
    gitmodules_url::detect(doc, sink);
    url_userinfo::detect(doc, sink);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_hold() {
        git_credentials::EXAMPLES.check(git_credentials::detect);
        netrc::EXAMPLES.check(netrc::detect);
        git_config_header::EXAMPLES.check(git_config_header::detect);
        git_config_url::EXAMPLES.check(git_config_url::detect);
        git_config_username::EXAMPLES.check(git_config_username::detect);
        gitmodules_url::EXAMPLES.check(gitmodules_url::detect);
        url_userinfo::EXAMPLES.check(url_userinfo::detect);
    }
}
