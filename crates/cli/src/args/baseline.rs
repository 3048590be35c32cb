//! `baseline`.

use clap::{Args, Subcommand};

use super::{FolderArgs, SweepArgs, TextArgs, VerdictArgs, value};

#[derive(Debug, Args)]
pub(crate) struct BaselineCommand {
    #[command(subcommand)]
    pub(crate) what: BaselineArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BaselineArgs {
    /// Accept all that a scan finds
    Create {
        #[command(flatten)]
        file: Box<BaselineFile>,
        #[command(flatten)]
        accept: AcceptArgs,
    },
    /// Accept what a scan finds and the baseline does not have, or no longer has
    Update {
        #[command(flatten)]
        file: Box<BaselineFile>,
        #[command(flatten)]
        accept: AcceptArgs,
    },
    /// Forget what a whole scan does not find any more
    Prune {
        #[command(flatten)]
        file: Box<BaselineFile>,
        /// Forget expired acceptances, too
        #[arg(long)]
        expired: bool,
    },
}

/// Which baseline, and what is scanned for it.
#[derive(Debug, Args)]
pub(crate) struct BaselineFile {
    #[command(flatten)]
    pub(crate) paths: FolderArgs,
    #[command(flatten)]
    pub(crate) sweep: SweepArgs,
    #[command(flatten)]
    pub(crate) text: TextArgs,
    #[command(flatten)]
    pub(crate) verdict: VerdictArgs,
}

impl BaselineFile {
    /// The file: `--baseline`, or the usual name here.
    pub(crate) fn path(&self) -> &std::path::Path {
        let usual = std::path::Path::new("bbsweep-baseline.json");
        self.sweep.settings.baseline.as_deref().unwrap_or(usual)
    }
}

/// How findings are accepted.
#[derive(Debug, Args)]
pub(crate) struct AcceptArgs {
    /// Why they may stay
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Who answers for it
    #[arg(long, value_name = "OWNER")]
    pub(crate) owner: Option<String>,
    /// When they count again: a day, or a time from now such as 90d or 6mo
    #[arg(long, value_name = "WHEN", value_parser = value::until)]
    pub(crate) expires: Option<value::Until>,
}
