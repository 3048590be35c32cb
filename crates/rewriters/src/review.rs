//! Edits as people review them: the lines before and after, no secret in them.

use std::ops::Range;

use bbsweep_scanner_core::document::Document;
use bbsweep_scanner_core::mask::{MASK, Scrubber, is_unprintable};
use bbsweep_scanner_core::{Finding, Masked};

use crate::edit::Edit;
use crate::plan::file::digest;
use crate::plan::{FilePlan, Plan, PlanOptions, propose};
use crate::rewrite::range_in;

/// Characters of unchanged text shown on each side of a change.
const ABOUT: usize = 80;

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The text, masked; no control character in it.
    pub text: String,
    /// Whether the edit takes it away or puts it there.
    pub changed: bool,
}

/// A line in pieces.
pub type Line = Vec<Piece>;

/// Lines that follow each other, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// Number of the first line, from 1.
    pub line: u64,
    /// The lines as they are.
    pub old: Vec<Line>,
    /// What they become.
    pub new: Vec<Line>,
}

/// Shows the edits of a plan.
pub struct Reviewer<'a> {
    findings: &'a [Finding],
    options: &'a PlanOptions,
    scrubber: Scrubber,
}

impl<'a> Reviewer<'a> {
    /// `findings` and `options` are those that the plan was made of.
    pub fn new(findings: &'a [Finding], options: &'a PlanOptions) -> Self {
        let secrets = findings.iter().filter_map(|finding| finding.secret.as_ref());
        Self { findings, options, scrubber: Scrubber::new(secrets.chain(&options.token)) }
    }

    /// What each fix of one file of `plan` changes, in the order of [`FilePlan::fixes`], each by itself.
    ///
    /// # Errors
    /// The file cannot be read, or is another one by now; no secret in it.
    pub fn file(&self, plan: &Plan, file: &FilePlan) -> Result<Vec<(usize, Vec<Hunk>)>, String> {
        let bytes = self.options.read(&file.absolute)?;
        if digest(&bytes) != file.digest {
            return Err("the file changed since it was scanned: scan again".to_owned());
        }
        let of_file = file.fixes.iter().filter_map(|index| self.findings.get(*index));
        let doc = propose::document(&file.path, of_file, &bytes, &self.options.settings);
        let masked = Masked::new(&doc);
        let page = Page { doc: &doc, masked: &masked, scrubber: &self.scrubber };
        let fixes = file.fixes.iter().filter_map(|index| Some((*index, plan.fixes.get(*index)?)));
        Ok(fixes.map(|(index, fix)| (index, page.hunks(&fix.edits))).collect())
    }
}

/// A range of the text, and what takes its place.
type Change = (Range<usize>, String);

/// One file.
struct Page<'a> {
    doc: &'a Document<'a>,
    masked: &'a Masked<'a>,
    scrubber: &'a Scrubber,
}

impl Page<'_> {
    fn hunks(&self, edits: &[Edit]) -> Vec<Hunk> {
        let mut edits: Vec<Change> = edits
            .iter()
            .filter_map(|edit| {
                let text = self.doc.encoding.decode(&edit.replacement);
                let text = String::from_utf8_lossy(&text).into_owned();
                Some((range_in(self.doc, edit.span)?, text))
            })
            .collect();
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut groups: Vec<(Range<usize>, Vec<Change>)> = Vec::new();
        for edit in edits {
            let lines = self.lines(&edit.0);
            match groups.last_mut() {
                // In the same lines, or those right below.
                Some((known, edits)) if lines.start <= known.end => {
                    known.end = known.end.max(lines.end);
                    edits.push(edit);
                }
                _ => groups.push((lines, vec![edit])),
            }
        }
        groups.iter().map(|(lines, edits)| self.hunk(lines, edits)).collect()
    }

    /// The whole lines that `range` lies in, the end of the last one included.
    fn lines(&self, range: &Range<usize>) -> Range<usize> {
        let text = &self.doc.text;
        let start = memchr::memrchr(b'\n', &text[..range.start]).map_or(0, |at| at + 1);
        let ends_line = !range.is_empty() && text[range.end - 1] == b'\n';
        let end =
            memchr::memchr(b'\n', &text[range.end..]).map_or(text.len(), |at| range.end + at + 1);
        start..if ends_line { range.end } else { end }
    }

    fn hunk(&self, lines: &Range<usize>, edits: &[Change]) -> Hunk {
        let text = &self.doc.text;
        let (mut old, mut new) = (Side::default(), Side::default());
        let mut start = lines.start;
        let mut edits_left = edits.iter().peekable();
        while start < lines.end || edits_left.peek().is_some() {
            let next = memchr::memchr(b'\n', &text[start..lines.end]);
            let after = next.map_or(lines.end, |at| start + at + 1);
            let has_end = next.is_some();
            let mut end = if has_end { after - 1 } else { after };
            if has_end && end > start && text[end - 1] == b'\r' {
                end -= 1;
            }
            let mut cuts: Vec<usize> = edits
                .iter()
                .flat_map(|(range, _)| [range.start, range.end])
                .filter(|cut| (start..=end).contains(cut))
                .collect();
            cuts.dedup();
            let pieces = self.masked.line(&(start..end), &cuts, self.scrubber);
            let borders = cuts.iter().copied().chain([end]);
            let mut at = start;
            for (border, piece) in borders.zip(pieces) {
                while let Some((_, text)) = edits_left.next_if(|(range, _)| range.start <= at) {
                    new.insert(&self.scrubber.scrub(text));
                }
                let is_changed = edits.iter().any(|(range, _)| range.start <= at && at < range.end);
                old.push(&piece, is_changed);
                if !is_changed {
                    new.push(&piece, false);
                }
                at = border;
            }
            // What is inserted at the end of the line, before its line end.
            while let Some((_, text)) = edits_left.next_if(|(range, _)| range.start <= end) {
                new.insert(&self.scrubber.scrub(text));
            }
            if has_end {
                old.end();
                let keeps = |(range, _): &Change| !(range.start < after && after <= range.end);
                if edits.iter().all(keeps) {
                    new.end();
                }
            }
            start = after;
            if start >= lines.end && !has_end {
                // Inserted behind a last line that has no end.
                for (_, text) in edits_left.by_ref() {
                    new.insert(&self.scrubber.scrub(text));
                }
            }
        }
        let line = memchr::memchr_iter(b'\n', &text[..lines.start]).count() as u64 + 1;
        Hunk { line, old: self.finish(old), new: self.finish(new) }
    }

    fn finish(&self, side: Side) -> Vec<Line> {
        let Side { mut lines, line } = side;
        if !line.is_empty() {
            lines.push(line);
        }
        for line in &mut lines {
            let whole: String = line.iter().map(|piece| piece.text.as_str()).collect();
            let scrubbed = self.scrubber.scrub(&whole);
            if scrubbed != whole {
                // A secret that two pieces hold together.
                *line = vec![Piece { text: scrubbed.into_owned(), changed: true }];
            }
            shorten(line);
        }
        lines
    }
}

/// Lines in the making.
#[derive(Default)]
struct Side {
    lines: Vec<Line>,
    line: Line,
}

impl Side {
    fn push(&mut self, text: &str, changed: bool) {
        if text.is_empty() {
            return;
        }
        match self.line.last_mut() {
            Some(last) if last.changed == changed => last.text.push_str(text),
            _ => self.line.push(Piece { text: text.to_owned(), changed }),
        }
    }

    fn end(&mut self) {
        self.lines.push(std::mem::take(&mut self.line));
    }

    /// What an edit puts there.
    fn insert(&mut self, text: &str) {
        let mut rest = text;
        while let Some((line, more)) = rest.split_once('\n') {
            self.push(&printable(line.trim_end_matches('\r')), true);
            self.end();
            rest = more;
        }
        self.push(&printable(rest), true);
    }
}

fn printable(text: &str) -> String {
    let shown = |c| match c {
        '\t' => ' ',
        c if is_unprintable(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    };
    text.chars().map(shown).collect()
}

/// Leaves of what does not change what stands about the changes.
fn shorten(line: &mut Line) {
    let last = line.len().saturating_sub(1);
    for (at, piece) in line.iter_mut().enumerate() {
        if piece.changed {
            continue;
        }
        let length = piece.text.chars().count();
        let head: String = piece.text.chars().take(ABOUT).collect();
        let tail = || piece.text.chars().skip(length - ABOUT).collect::<String>();
        let room = if at > 0 && at < last { 2 * ABOUT } else { ABOUT };
        if length <= room {
            continue;
        }
        piece.text = match at {
            0 if last > 0 => format!("{MASK}{}", tail()),
            at if at == last => format!("{head}{MASK}"),
            _ => format!("{head}{MASK}{}", tail()),
        };
    }
}

#[cfg(test)]
mod tests;
