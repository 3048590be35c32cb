//! Findings in, documents out. Every text in a [`Report`] is masked before it gets there, so that no
//! renderer can leak.

pub mod calendar;
pub mod fleet;
pub mod model;
pub mod read;
pub mod render;
pub mod schema;

mod build;
mod scrub;
mod token_plan;
mod words;

pub use build::BuildOptions;
pub use calendar::Calendar;
pub use model::{
    Applicability, AuditRun, AuditSummary, Finding, FindingAudit, Header, Record, Report,
    ReportEdit, ReportSetting, ReportSuppressed, Rewrite, Skipped, Summary, SuppressedBy, TokenIn,
};
pub use read::{ReadError, read};
pub use render::{Format, Insights, RenderOptions, Webhook, render, render_all, webhook};
pub use token_plan::{
    HeldBy, PlannedConsumer, PlannedStore, PlannedToken, PlannedUse, PlannedVariable, TokenAction,
};
