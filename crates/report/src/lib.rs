//! Findings in, documents out. Every text in a [`Report`] is masked before it gets there, so that no
//! renderer can leak.

pub mod model;
pub mod read;
pub mod render;

pub use model::{BuildOptions, Finding, Header, Report, ReportSetting, Rewrite, Skipped, Summary};
pub use read::{ReadError, read};
pub use render::{Format, RenderOptions, render};
