//! Reads saved reports, JSON or JSONL.

use std::collections::BTreeMap;

use bbsweep_scanner_core::bitbucket::Timeline;
use bbsweep_scanner_core::mask::mask_formats;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::calendar::Calendar;
use crate::model::{Finding, Header, Record, Report, SCHEMA, Skipped, Summary};
use crate::scrub::scrub;

/// Why a saved report could not be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Not JSON, or JSON of another shape.
    #[error("line {line}: {reason}")]
    Malformed {
        /// From 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// Written by a newer bbsweep.
    #[error("schema {found} is newer than {known}, which this version of bbsweep reads")]
    Newer {
        /// Its schema.
        found: u32,
        /// Ours.
        known: u32,
    },
}

/// Reads a report that `--format json` or `jsonl` wrote; tells which by itself. Fields that are not
/// known are passed over.
///
/// A JSONL without its summary, cut off between two lines or within one, is read as far as it goes:
/// its summary then is not complete and says in [`Summary::truncated`] where it ends.
pub fn read(bytes: &[u8]) -> Result<Report, ReadError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.trim_ascii().is_empty() {
        return Err(malformed(1, "the file is empty"));
    }
    let mut report = if is_jsonl(bytes) { read_jsonl(bytes) } else { read_json(bytes) }?;
    // It may come from anywhere.
    scrub(&mut report, &mask_formats);
    if report.summary.token_plan.is_empty() {
        // An older bbsweep wrote it, or its end is lost.
        report.plan_tokens();
    }
    Ok(report)
}

/// Every line of JSONL begins with its type.
fn is_jsonl(bytes: &[u8]) -> bool {
    bytes
        .trim_ascii_start()
        .strip_prefix(b"{")
        .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\"type\""))
}

/// Just the version, whatever else there is.
#[derive(Deserialize)]
struct Version {
    schema: u32,
}

#[derive(Deserialize)]
struct Versioned {
    header: Version,
}

fn read_json(bytes: &[u8]) -> Result<Report, ReadError> {
    // The version first: a newer document may have another shape.
    let versioned: Versioned = parse(bytes, 1)?;
    check_version(versioned.header.schema)?;
    parse(bytes, 1)
}

fn read_jsonl(bytes: &[u8]) -> Result<Report, ReadError> {
    let mut header = None;
    let mut findings = Vec::new();
    let mut skipped = Vec::new();
    let mut summary = None;
    let mut cut_line = None;
    let mut last = 0;
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let number = index + 1;
        let whole = line.ends_with(b"\n");
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if summary.is_some() {
            return Err(malformed(number, "a record after the summary"));
        }
        if header.is_none() {
            let version: Version = parse(line, number)?;
            check_version(version.schema)?;
        }
        let record = match parse(line, number) {
            Ok(record) => record,
            // A line that was cut off has no end. (What is whole but wrong is an error.)
            Err(_) if !whole && is_cut(line) => {
                cut_line = Some(number);
                break;
            }
            Err(error) => return Err(error),
        };
        match record {
            Record::Header(_) if header.is_some() => {
                return Err(malformed(number, "a second header: one report a file"));
            }
            Record::Header(record) => header = Some(record.into_owned()),
            _ if header.is_none() => {
                return Err(malformed(number, "the first record is no header"));
            }
            Record::Finding(record) => findings.push(record.into_owned()),
            Record::Skipped(record) => skipped.push(record.into_owned()),
            Record::Summary(record) => summary = Some(record.into_owned()),
        }
        last = number;
    }
    let Some(header) = header else { return Err(malformed(1, "no header")) };
    let summary = summary.unwrap_or_else(|| {
        let end = match cut_line {
            Some(line) => format!("in the middle of line {line}"),
            None => format!("after line {last}, without a summary"),
        };
        rebuilt_summary(&header, &findings, &skipped, &end)
    });
    Ok(Report { header, findings, skipped, summary })
}

/// Whether `line` is the beginning of a record and not something else.
fn is_cut(line: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(line).is_err_and(|error| error.is_eof())
        // Cut within a character of more than one byte, which the parser takes for bad UTF-8.
        || std::str::from_utf8(line).is_err_and(|error| error.error_len().is_none())
}

impl Report {
    /// A report of which only the beginning is known.
    pub(crate) fn empty(header: Header) -> Self {
        let summary = rebuilt_summary(&header, &[], &[], "after its header");
        Self { header, findings: Vec::new(), skipped: Vec::new(), summary }
    }
}

/// What can still be said of a report whose end is lost.
fn rebuilt_summary(
    header: &Header,
    findings: &[Finding],
    skipped: &[Skipped],
    end: &str,
) -> Summary {
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    for skipped in skipped {
        *reasons.entry(skipped.reason.clone()).or_default() += 1;
    }
    let mut summary = Summary {
        complete: false,
        truncated: Some(format!("the saved report ends {end}")),
        files: 0,
        bytes: 0,
        repositories: 0,
        unchanged: None,
        history: None,
        findings: BTreeMap::new(),
        severities: BTreeMap::new(),
        rewrites: BTreeMap::new(),
        skipped: reasons,
        audit: None,
        audit_runs: Vec::new(),
        ownership_troubles: Vec::new(),
        suppressed: Vec::new(),
        settings: Vec::new(),
        token_plan: Vec::new(),
        elapsed_ms: 0,
        calendar: Calendar::new(
            Timeline::default(),
            TimeZone::UTC.to_datetime(header.started).date(),
        ),
    };
    summary.count(findings);
    summary
}

fn check_version(schema: u32) -> Result<(), ReadError> {
    if schema > SCHEMA { Err(ReadError::Newer { found: schema, known: SCHEMA }) } else { Ok(()) }
}

/// Parses JSON that begins in line `line` of the file.
fn parse<T: DeserializeOwned>(bytes: &[u8], line: usize) -> Result<T, ReadError> {
    serde_json::from_slice(bytes)
        .map_err(|error| malformed(line - 1 + error.line().max(1), reason(&error)))
}

/// The parser's word without the value that it quotes: the file may be anything, also one with
/// secrets in it.
fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // The position counts within what was parsed.
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    if !error.is_data() || ["missing field", "duplicate field"].iter().any(|s| text.starts_with(s))
    {
        return text.to_owned();
    }
    match text.rsplit_once(", expected ") {
        Some((_, expected)) => format!("expected {expected}"),
        None => "a value of another form than a report has".to_owned(),
    }
}

fn malformed(line: usize, reason: impl Into<String>) -> ReadError {
    ReadError::Malformed { line, reason: reason.into() }
}
