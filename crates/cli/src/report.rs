//! `report`: saved scans rendered again.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use anyhow::{Context as _, ensure};
use bbsweep_report::{Calendar, Format, Report, render_all};

use crate::args::{DocumentArgs, ReportCommand};
use crate::choices::timeline;
use crate::config::Dates;
use crate::exit::Status;
use crate::output::{self, Screen};
use crate::send;

pub(crate) fn run(command: &ReportCommand, screen: Screen) -> anyhow::Result<Status> {
    let mut reports = command.saved.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    for report in &mut reports {
        let calendar = &mut report.summary.calendar;
        let dates = timeline(calendar.timeline, &command.verdict, &Dates::default())?;
        let today = command.verdict.today.unwrap_or(calendar.today);
        if dates != calendar.timeline || today != calendar.today {
            *calendar = Calendar::new(dates, today);
        }
    }
    write(&reports, &command.document, screen)?;
    let status = reports
        .iter()
        .map(|report| Status::of_report(report, command.verdict.exit_zero))
        .fold(Status::NothingToDo, Status::and);
    send::all(&reports, &command.send, status)?;
    Ok(status)
}

fn read(path: &Path) -> anyhow::Result<Report> {
    let name = path.display();
    let bytes = if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(path)
    }
    .with_context(|| format!("cannot read {name}"))?;
    bbsweep_report::read(&bytes).with_context(|| format!("{name} is no saved scan"))
}

/// Writes reports where and how the user asked for.
pub(crate) fn write(
    reports: &[Report],
    document: &DocumentArgs,
    screen: Screen,
) -> anyhow::Result<()> {
    let output = document.output.as_deref();
    let options = screen.render_options(output, document.notes, document.show_suppressed);
    let format = Format::from(document.format);
    ensure!(
        reports.len() < 2 || format.takes_several(),
        "a document of this format holds one scan: name one"
    );
    output::document(output, |out| render_all(reports, format, options, out))
}
