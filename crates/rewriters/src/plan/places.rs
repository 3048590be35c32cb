//! Where edits stand, for documents that other tools read.

use bbsweep_scanner_core::Finding;
use bbsweep_scanner_core::mask::Scrubber;

use crate::plan::file::digest;
use crate::plan::{Plan, PlanOptions, propose};
use crate::rewrite::range_in;

/// An edit with its place in lines and columns. Lines and columns count from 1, columns in Unicode
/// characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedEdit {
    /// First byte that is replaced, in the file.
    pub byte_start: u64,
    /// One past the last one.
    pub byte_end: u64,
    /// Where it begins.
    pub start: (u64, u64),
    /// One past its end.
    pub end: (u64, u64),
    /// What comes there.
    pub replacement: String,
}

/// The edits of each fix, none of a fix whose edits would show a secret, or whose file changed since.
/// `findings` and `options` are those that `plan` was made of.
pub fn places(plan: &Plan, findings: &[Finding], options: &PlanOptions) -> Vec<Vec<PlacedEdit>> {
    let mut all = vec![Vec::new(); plan.fixes.len()];
    let secrets = findings.iter().filter_map(|finding| finding.secret.as_ref());
    let scrubber = Scrubber::new(secrets.chain(&options.token));
    for file in &plan.files {
        let Ok(bytes) = options.read(&file.absolute) else { continue };
        if digest(&bytes) != file.digest {
            continue;
        }
        let of_file = file.fixes.iter().filter_map(|index| findings.get(*index));
        let doc = propose::document(&file.path, of_file, &bytes, &options.settings);
        let position = |at: usize| {
            let line = memchr::memrchr(b'\n', &doc.text[..at]).map_or(0, |end| end + 1);
            let number = memchr::memchr_iter(b'\n', &doc.text[..line]).count() as u64 + 1;
            let column = String::from_utf8_lossy(&doc.text[line..at]).chars().count() as u64 + 1;
            (number, column)
        };
        for index in &file.fixes {
            let Some(fix) = plan.fixes.get(*index).filter(|fix| !fix.puts_token) else { continue };
            let placed = fix.edits.iter().map(|edit| {
                let range = range_in(&doc, edit.span)?;
                let text = doc.encoding.decode(&edit.replacement).into_owned();
                let replacement = String::from_utf8(text).ok()?;
                (scrubber.scrub(&replacement) == replacement).then(|| PlacedEdit {
                    byte_start: edit.span.start,
                    byte_end: edit.span.end,
                    start: position(range.start),
                    end: position(range.end),
                    replacement: replacement.clone(),
                })
            });
            all[*index] = placed.collect::<Option<Vec<_>>>().unwrap_or_default();
        }
    }
    all
}
