//! `fleet`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::{HEAD_OUTPUT, TextFormat, value};

#[derive(Debug, Args)]
pub(crate) struct FleetCommand {
    #[command(subcommand)]
    pub(crate) task: FleetTask,
}

#[derive(Debug, Subcommand)]
pub(crate) enum FleetTask {
    /// Merge reports into a store, or into one document
    ///
    /// Reads JSONL and JSON, packed with gzip or zstd too, line by line. What is wrong with one report is
    /// told, and the others are merged. With a full disk nothing is.
    Merge {
        /// Reports; `-` is standard input
        #[arg(value_name = "REPORT", required = true)]
        reports: Vec<PathBuf>,
        /// A store to add to (.sqlite), tables (.parquet), or a document (.json, .md, .html)
        #[arg(short, long, value_name = "FILE", default_value = "fleet.sqlite")]
        output: PathBuf,
        #[command(flatten)]
        view: FleetViewArgs,
        /// Format of the summary
        #[arg(long, value_name = "FORMAT", default_value = "terminal", help_heading = HEAD_OUTPUT)]
        format: TextFormat,
    },
    /// Say what is left in the fleet
    Report {
        /// The store that `merge` made
        #[arg(value_name = "STORE", default_value = "fleet.sqlite")]
        store: PathBuf,
        #[command(flatten)]
        view: FleetViewArgs,
        /// Format of the report
        #[arg(long, value_name = "FORMAT", default_value = "terminal", help_heading = HEAD_OUTPUT)]
        format: FleetDocument,
        /// Write to FILE (mode 0600, replaced in one step) instead of standard output
        #[arg(short, long, value_name = "FILE", help_heading = HEAD_OUTPUT)]
        output: Option<PathBuf>,
    },
    /// Make a fleet key, mode 0600, and show it to nobody
    Key {
        /// The file; one that is there is not overwritten
        #[arg(short, long, value_name = "FILE", default_value = "fleet.key")]
        output: PathBuf,
    },
}

/// A document of a fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FleetDocument {
    /// For people, on a screen
    Terminal,
    /// Markdown
    Md,
    /// One page that needs nothing else
    Html,
    /// One JSON object
    Json,
    /// Tables for `DuckDB`, Spark and Trino: the findings, and beside them runs and unread inputs
    Parquet,
}

/// How a fleet is looked at.
#[derive(Debug, Args)]
pub(crate) struct FleetViewArgs {
    /// The hosts that should report, one a line, with the team behind it
    #[arg(long, value_name = "FILE")]
    pub(crate) inventory: Option<PathBuf>,
    /// Age at which a host's last run is stale: 36h, 168h
    #[arg(long, value_name = "TIME", default_value = "168h", value_parser = crate::audit::duration)]
    pub(crate) stale_after: std::time::Duration,
    /// Look at it as of this moment [default: now]
    #[arg(long, value_name = "TIME", value_parser = value::instant, hide_short_help = true)]
    pub(crate) now: Option<Timestamp>,
}
