//! Reads many hosts' reports, one line at a time.

use std::io::{self, BufRead, Read as _};

use bbsweep_scanner_core::mask::mask_formats;
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;

use super::store::{Store, StoreError};
use crate::model::{Finding, Header, Record, Report, SCHEMA, Skipped, Summary};
use crate::scrub::scrub;

/// Longer lines are no records.
const LONGEST: u64 = 64 << 20;
/// How far the clock of a host may be ahead.
const AHEAD_HOURS: i64 = 24;

/// What became of one report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// It is in the store.
    Whole,
    /// It is, and is partial: why.
    Partial(String),
    /// The store had it already.
    Known,
    /// It is not in the store: why.
    Refused(String),
}

/// Reads the report that comes from `source`, JSONL or JSON, into `store`.
///
/// # Errors
/// The store cannot be written. What is wrong with the report is in [`Merged`].
pub fn merge(
    store: &Store,
    input: &mut dyn BufRead,
    source: &str,
    now: Timestamp,
) -> Result<Merged, StoreError> {
    let mut reader = Reader { input, line: Vec::new(), number: 0 };
    let first = match reader.next() {
        Ok(Some(line)) => line.to_vec(),
        Ok(None) => return Ok(Merged::Refused("it is empty".to_owned())),
        Err(error) => return Ok(Merged::Refused(format!("it cannot be read: {error}"))),
    };
    let is_jsonl = first
        .trim_ascii_start()
        .strip_prefix(b"{")
        .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\"type\""));
    if !is_jsonl {
        return whole(store, &first, &mut reader, source, now);
    }
    let header = match header(&first, now) {
        Ok(header) => header,
        Err(why) => return Ok(Merged::Refused(why)),
    };
    let run = Run::begin(store, header, source)?;
    let Some(mut run) = run else { return Ok(Merged::Known) };
    loop {
        let line = match reader.next() {
            Ok(Some(line)) => line,
            Ok(None) => return run.end(None, "it ends without a summary"),
            Err(error) => return run.end(None, &format!("it cannot be read to its end: {error}")),
        };
        if line.trim_ascii().is_empty() {
            continue;
        }
        let record = match serde_json::from_slice::<Record<'_>>(line) {
            Ok(record) => record,
            Err(error) if error.is_eof() => {
                let why = format!("it is cut off in line {}", reader.number);
                return run.end(None, &why);
            }
            Err(error) => {
                let why = format!("line {} is no record: {error}", reader.number);
                return run.end(None, &why);
            }
        };
        // It may come from anywhere; nearly always there is nothing to mask, and one look tells.
        let text = String::from_utf8_lossy(line);
        let masked = mask_formats(&text) == text;
        match record {
            Record::Header(_) => return run.end(None, "it has a second header"),
            Record::Finding(finding) => run.finding(finding.into_owned(), masked)?,
            Record::Skipped(skipped) => run.skipped(skipped.into_owned(), masked)?,
            Record::Summary(summary) => {
                return run.end(Some(&summary), "not everything could be read");
            }
        }
    }
}

/// A report that is one object.
fn whole(
    store: &Store,
    first: &[u8],
    reader: &mut Reader<'_>,
    source: &str,
    now: Timestamp,
) -> Result<Merged, StoreError> {
    let mut bytes = first.to_vec();
    if let Err(error) = reader.input.read_to_end(&mut bytes) {
        return Ok(Merged::Refused(format!("it cannot be read: {error}")));
    }
    let report = match crate::read::read(&bytes) {
        Ok(report) => report,
        Err(error) => return Ok(Merged::Refused(error.to_string())),
    };
    if let Err(why) = in_time(&report.header, now) {
        return Ok(Merged::Refused(why));
    }
    let Report { header, findings, skipped, summary } = report;
    let Some(mut run) = Run::begin(store, header, source)? else { return Ok(Merged::Known) };
    for finding in findings {
        run.finding(finding, true)?;
    }
    for row in skipped {
        run.skipped(row, true)?;
    }
    run.end(Some(&summary), "not everything could be read")
}

/// Just the version, whatever else there is.
#[derive(Deserialize)]
struct Version {
    schema: u32,
}

fn header(line: &[u8], now: Timestamp) -> Result<Header, String> {
    let version: Version =
        serde_json::from_slice(line).map_err(|_| "its first line is no header".to_owned())?;
    if version.schema > SCHEMA {
        return Err(format!(
            "its schema is {}, and this bbsweep reads {SCHEMA}: use the version that wrote it",
            version.schema
        ));
    }
    match serde_json::from_slice::<Record<'_>>(line) {
        Ok(Record::Header(header)) => {
            let header = header.into_owned();
            in_time(&header, now)?;
            Ok(header)
        }
        _ => Err("its first line is no header".to_owned()),
    }
}

/// A run of the future would stay the last one for ever.
fn in_time(header: &Header, now: Timestamp) -> Result<(), String> {
    let most = now.checked_add(AHEAD_HOURS.hours()).unwrap_or(now);
    if header.started > most {
        return Err(format!("its host's clock is in the future: it began at {}", header.started));
    }
    Ok(())
}

/// A report on its way into the store.
struct Run<'a> {
    store: &'a Store,
    id: i64,
    /// Knows how paths are shown.
    report: Report,
    unread: u64,
}

impl<'a> Run<'a> {
    fn begin(store: &'a Store, header: Header, source: &str) -> Result<Option<Self>, StoreError> {
        let mut report = Report::empty(header);
        scrub(&mut report, &mask_formats);
        let header = &report.header;
        let mut scope = header.roots.join("\n");
        if let Some(shard) = header.options.get("shard") {
            scope = format!("{scope}\n(part {shard})");
        }
        let id = store.begin(header, &scope, source)?;
        Ok(id.map(|id| Self { store, id, report, unread: 0 }))
    }

    fn finding(&mut self, finding: Finding, masked: bool) -> Result<(), StoreError> {
        self.report.findings.clear();
        self.report.findings.push(finding);
        if !masked {
            scrub(&mut self.report, &mask_formats);
        }
        let [finding] = &self.report.findings[..] else { return Ok(()) };
        let path = self.report.shown_path(finding.root, &finding.path);
        let repository = finding.repository.as_deref();
        let repository = repository.map(|name| self.report.shown_path(finding.root, name));
        self.store.finding(self.id, &path, repository.as_deref(), finding)
    }

    fn skipped(&mut self, row: Skipped, masked: bool) -> Result<(), StoreError> {
        if !row.breaks_completeness {
            return Ok(());
        }
        self.unread += 1;
        self.report.skipped.clear();
        self.report.skipped.push(row);
        if !masked {
            scrub(&mut self.report, &mask_formats);
        }
        let [row] = &self.report.skipped[..] else { return Ok(()) };
        let path = self.report.shown_path(row.root, &row.path);
        self.store.unread(self.id, &path, row)
    }

    fn end(self, summary: Option<&Summary>, why: &str) -> Result<Merged, StoreError> {
        let started = self.report.header.started.as_millisecond();
        self.store.end(self.id, started, summary, self.unread)?;
        let complete = summary.is_some_and(|summary| summary.complete);
        Ok(if complete { Merged::Whole } else { Merged::Partial(why.to_owned()) })
    }
}

/// Lines of bounded length.
struct Reader<'a> {
    input: &'a mut dyn BufRead,
    line: Vec<u8>,
    number: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        self.number += 1;
        let read = (&mut self.input).take(LONGEST).read_until(b'\n', &mut self.line)?;
        if read as u64 == LONGEST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a line is too long"));
        }
        Ok((read > 0).then_some(&self.line[..]))
    }
}
