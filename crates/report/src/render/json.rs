//! `json`: one object, indented for people and diffs.

use std::io::{self, Write};

use crate::model::Report;

pub(super) fn render(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}
