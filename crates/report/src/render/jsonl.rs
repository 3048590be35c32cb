//! `jsonl`: one record a line; the last one says whether the scan was whole.

use std::borrow::Cow;
use std::io::{self, Write};

use crate::model::{Record, Report};

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let records = std::iter::once(Record::Header(Cow::Borrowed(&report.header)))
        .chain(report.findings.iter().map(|finding| Record::Finding(Cow::Borrowed(finding))))
        .chain(report.skipped.iter().map(|skipped| Record::Skipped(Cow::Borrowed(skipped))))
        .chain(std::iter::once(Record::Summary(Cow::Borrowed(&report.summary))));
    for record in records {
        serde_json::to_writer(&mut *out, &record)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
