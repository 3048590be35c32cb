//! What a Bitbucket Cloud credential is, where bytes come from and how a use of one is recognised.
//!
//! Bytes flow one way: a [`source`] yields inputs, the [`prefilter`] lets few of them through, the
//! [`detect`]ors look at those, [`engine`] turns what they saw into [`Finding`]s. This crate knows no
//! patch and no screen.

pub mod bitbucket;
pub mod consumer;
pub mod credential;
pub mod detect;
pub mod document;
pub mod engine;
pub mod finding;
pub mod mask;
pub mod ownership;
pub mod prefilter;
pub mod rule;
pub mod settings;
pub mod source;
pub mod structure;

pub use credential::{CredentialKind, Secret};
pub use document::{Document, Encoding, FileKind};
pub use engine::{
    Cancel, Content, HistoryStats, Masked, Observer, Outcome, ScanError, ScanOptions, Stats, scan,
    scan_bytes, scan_contents, scan_document,
};
pub use finding::{
    Commit, Confidence, Finding, FormError, History, HistorySource, Location, Part, Place, Role,
    Severity, SkipReason, Skipped, Span, State, Suppressed, Suppression, Use,
};
pub use ownership::{Ownership, Ownerships, name_owners, ownership};
pub use rule::Rule;
pub use settings::Settings;
pub use source::history::HistoryOptions;
pub use source::hook::{HookEnvironment, HookError, HookRepository};
pub use source::shard::Shard;
