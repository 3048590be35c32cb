//! The only way to the network: what the user asks to be told to others, and nothing else.

mod client;
mod insights;
mod notify;

use anyhow::ensure;
use bbsweep_report::Report;

use crate::args::{NotifyOn, SendArgs};
use crate::exit::Status;

/// Sends what was asked for. Everything is tried, whatever fails before it.
pub(crate) fn all(reports: &[Report], args: &SendArgs, status: Status) -> anyhow::Result<()> {
    let asked = args.notify_on == NotifyOn::Always || status != Status::NothingToDo;
    let mut results = Vec::new();
    for report in reports.iter().filter(|_| asked) {
        results.extend(args.notify.iter().map(|hook| notify::tell(report, hook, args.notify_as)));
    }
    if let Some(to) = &args.post {
        ensure!(reports.len() == 1, "--post puts one report for one commit: name one");
        results.extend(reports.iter().map(|report| insights::post(report, to, args)));
    }
    let mut failed = results.into_iter().filter_map(Result::err);
    let Some(first) = failed.next() else { return Ok(()) };
    for error in failed {
        crate::output::message(format_args!("error: {error:#}"));
    }
    Err(first)
}
