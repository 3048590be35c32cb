//! Reads inputs of any size in bounded memory and hands their text to the detectors.

use std::io::{self, Read};
use std::ops::Range;

use crate::document::{Document, Encoding, FileKind};
use crate::engine::{Cancel, Inspection, Origin, inspect};
use crate::finding::{Location, SkipReason};
use crate::prefilter::{Anchors, Named};
use crate::settings::Settings;
use crate::source::open::{Problem, problem};

/// What two windows of a large file share. A use that is longer than half of it, or needs more
/// context, may be missed where it lies across a border.
const OVERLAP: usize = 64 << 10;
/// Read and looked through at a time: little enough to stay in the processor's cache.
const CHUNK: usize = 256 << 10;

/// What became of one input.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Bytes read.
    pub(crate) bytes: u64,
    /// Whether it held an anchor.
    pub(crate) candidate: bool,
    /// What the detectors saw.
    pub(crate) inspection: Inspection,
    /// Why it was not read to its end.
    pub(crate) problem: Option<Problem>,
}

impl Seen {
    /// Whether there is nothing in it to tell or to hide.
    pub(crate) fn is_clean(&self) -> bool {
        let Inspection { raws, secrets, problems } = &self.inspection;
        self.problem.is_none() && raws.is_empty() && secrets.is_empty() && problems.is_empty()
    }
}

/// Reads inputs, one after the other, into one buffer.
#[derive(Debug)]
pub(crate) struct Reader<'s> {
    anchors: Anchors,
    settings: &'s Settings,
    /// Grows to the largest input read, at most a window and its overlap.
    buffer: Vec<u8>,
    window: usize,
}

/// What the buffer holds after reading.
struct Filled {
    /// Bytes in it.
    len: usize,
    /// Whether the bytes read hold an anchor.
    anchored: bool,
    /// Whether there are no more.
    ended: bool,
}

/// The part of a large file that the buffer holds.
struct Window {
    /// Offset in the file of the buffer's first byte.
    offset: u64,
    /// Line of the first byte.
    line: u64,
    /// Offset of that line's first byte.
    line_start: u64,
    /// Uses that begin before this offset were seen in the window before.
    from: u64,
}

impl<'s> Reader<'s> {
    /// A reader that takes at most about `window` bytes of a large file at a time.
    pub(crate) fn new(window: usize, settings: &'s Settings) -> Self {
        let anchors = Anchors::new(settings);
        Self { anchors, settings, buffer: Vec::new(), window: window.max(1) }
    }

    /// Scans what `input` yields. `size` is what a file is said to hold; to be less is a change
    /// while it was read. `location` is asked for only if the detectors have to look.
    pub(crate) fn scan(
        &mut self,
        input: &mut dyn Read,
        size: Option<u64>,
        named: Named,
        location: &dyn Fn() -> Location,
        cancel: &Cancel,
    ) -> Seen {
        let mut seen = Seen::default();
        let limit = self.window.saturating_add(OVERLAP);
        // What the system says is empty may be a view of something: it is read until it ends.
        let expected = size.filter(|size| *size > 0).unwrap_or(u64::MAX);
        let filled = self.fill(input, 0, limit, expected, named, &mut seen);
        if filled.ended {
            self.whole(&filled, named, location, &mut seen);
        } else {
            self.windows(input, filled, expected, named, location, cancel, &mut seen);
        }
        if expected != u64::MAX && seen.bytes < expected && seen.problem.is_none() {
            seen.problem = Some((
                SkipReason::Changed,
                format!("shrank while it was read: {} of {expected} bytes", seen.bytes),
            ));
        }
        seen
    }

    /// Reads until the buffer holds `limit` bytes or the input ends: all `expected` bytes were read,
    /// it gives no more, or it fails.
    fn fill(
        &mut self,
        input: &mut dyn Read,
        held: usize,
        limit: usize,
        expected: u64,
        named: Named,
        seen: &mut Seen,
    ) -> Filled {
        let mut filled = Filled { len: held, anchored: named == Named::Always, ended: false };
        while filled.len < limit {
            let left = usize::try_from(expected - seen.bytes).unwrap_or(usize::MAX);
            if left == 0 {
                filled.ended = true;
                break;
            }
            let start = filled.len;
            let end = start + CHUNK.min(limit - start).min(left);
            if self.buffer.len() < end {
                self.buffer.resize(end.next_power_of_two().max(CHUNK / 4).min(limit), 0);
            }
            match input.read(&mut self.buffer[start..end]) {
                Ok(0) => {
                    filled.ended = true;
                    break;
                }
                Ok(read) => {
                    filled.len += read;
                    seen.bytes += read as u64;
                    // With the anchor that may begin before.
                    let text = start.saturating_sub(self.anchors.overlap())..filled.len;
                    filled.anchored =
                        filled.anchored || self.is_anchored(&self.buffer[text], named);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    seen.problem = Some(problem(&error));
                    filled.ended = true;
                    break;
                }
            }
        }
        // Saves the caller an empty last window.
        filled.ended |= seen.bytes == expected;
        filled
    }

    fn is_anchored(&self, text: &[u8], named: Named) -> bool {
        match named {
            Named::Plain => self.anchors.in_text(text),
            Named::GitConfig => self.anchors.in_git_config(text),
            Named::Manifest => self.anchors.in_manifest(text),
            Named::Always => true,
        }
    }

    /// Scans a file that the buffer holds from end to end.
    fn whole(
        &self,
        filled: &Filled,
        named: Named,
        location: &dyn Fn() -> Location,
        seen: &mut Seen,
    ) {
        let bytes = &self.buffer[..filled.len];
        let encoding = Encoding::sniff(bytes);
        let text = encoding.decode(&bytes[encoding.bom_len()..]);
        if !self.is_candidate(encoding, &text, filled.anchored, named) {
            return;
        }
        let location = location();
        let doc = Document {
            path: &location.path,
            kind: FileKind::of(&location.path, &text),
            encoding,
            base: encoding.bom_len() as u64,
            text,
            whole: true,
            settings: self.settings,
        };
        seen.candidate = true;
        seen.inspection = inspect(&doc, Origin::whole(&doc), &location);
    }

    /// Scans a file that is larger than the buffer. Windows overlap and begin and end at lines where
    /// they can; each use belongs to the window that holds its first byte and most of what is
    /// around.
    #[allow(clippy::too_many_arguments)]
    fn windows(
        &mut self,
        input: &mut dyn Read,
        mut filled: Filled,
        expected: u64,
        named: Named,
        location: &dyn Fn() -> Location,
        cancel: &Cancel,
        seen: &mut Seen,
    ) {
        let encoding = Encoding::sniff(&self.buffer[..filled.len]);
        let bom = encoding.bom_len();
        self.buffer.copy_within(bom..filled.len, 0);
        filled.len -= bom;
        let bom = bom as u64;
        let location = location();
        let mut kind = None;
        let mut window = Window { offset: bom, line: 1, line_start: bom, from: 0 };
        loop {
            let text = encoding.decode(&self.buffer[..filled.len]);
            let kind = *kind.get_or_insert_with(|| FileKind::of(&location.path, &text));
            let border = if filled.ended { filled.len } else { self.border(encoding, filled.len) };
            let to = if filled.ended { u64::MAX } else { window.offset + border as u64 };
            if self.is_candidate(encoding, &text, filled.anchored, named) {
                let doc = Document {
                    path: &location.path,
                    kind,
                    encoding,
                    text,
                    base: window.offset,
                    whole: false,
                    settings: self.settings,
                };
                let origin = Origin {
                    line: window.line,
                    line_start: window.line_start,
                    open: (window.offset > bom, !filled.ended),
                };
                let mut found = inspect(&doc, origin, &location);
                found.raws.retain(|raw| (window.from..to).contains(&raw.finding.span.start));
                seen.candidate = true;
                add(&mut seen.inspection, found);
            }
            if filled.ended {
                return;
            }
            if cancel.is_cancelled() {
                seen.problem = Some((
                    SkipReason::Cancelled,
                    format!("the scan was stopped after {} bytes", seen.bytes),
                ));
                return;
            }
            let next = self.next_start(encoding, filled.len, border);
            let kept = self.advance(encoding, &mut window, filled.len, next);
            window.from = to;
            let limit = kept.saturating_add(self.window);
            let anchored = self.is_anchored(&self.buffer[..kept], named);
            filled = self.fill(input, kept, limit, expected, named, seen);
            filled.anchored |= anchored;
        }
    }

    /// Whether the detectors have to look at `text`. `anchored` says so of the bytes it is made of.
    fn is_candidate(&self, encoding: Encoding, text: &[u8], anchored: bool, named: Named) -> bool {
        if encoding.is_utf16() { self.is_anchored(text, named) } else { anchored }
    }

    /// Where the uses of the next window begin: the start of a line in the second quarter from the
    /// end of the overlap, else its middle.
    fn border(&self, encoding: Encoding, len: usize) -> usize {
        let overlap = OVERLAP.min(len);
        let middle = len - overlap / 2;
        self.line_start_in(encoding, len - overlap * 3 / 4..middle)
            .unwrap_or_else(|| self.unit_start(encoding, middle))
    }

    /// Where the text of the next window begins.
    fn next_start(&self, encoding: Encoding, len: usize, border: usize) -> usize {
        let overlap = OVERLAP.min(len);
        let first = len - overlap;
        self.line_start_in(encoding, first..len - overlap * 7 / 8)
            .filter(|start| *start <= border)
            .unwrap_or_else(|| self.unit_start(encoding, first))
    }

    /// The last line start within `range` of the buffer.
    fn line_start_in(&self, encoding: Encoding, range: Range<usize>) -> Option<usize> {
        let bytes = self.buffer.get(range.clone())?;
        memchr::memrchr_iter(b'\n', bytes)
            .map(|at| at + range.start)
            .find_map(|at| after_line_feed(encoding, &self.buffer, at))
            .filter(|at| *at <= range.end)
    }

    /// `at`, moved so that it splits no character in UTF-16.
    fn unit_start(&self, encoding: Encoding, at: usize) -> usize {
        let at = if encoding.is_utf16() { at & !1 } else { at };
        let unit = self.buffer.get(at..at + 2);
        let low_surrogate = match (encoding, unit) {
            (Encoding::Utf16Le, Some(unit)) => (0xDC..=0xDF).contains(&unit[1]),
            (Encoding::Utf16Be, Some(unit)) => (0xDC..=0xDF).contains(&unit[0]),
            _ => false,
        };
        if low_surrogate { at.saturating_sub(2) } else { at }
    }

    /// Drops the buffer's first `by` bytes; gives how many are left.
    fn advance(&mut self, encoding: Encoding, window: &mut Window, len: usize, by: usize) -> usize {
        for at in memchr::memchr_iter(b'\n', &self.buffer[..by]) {
            if let Some(start) = after_line_feed(encoding, &self.buffer, at).filter(|at| *at <= by)
            {
                window.line += 1;
                window.line_start = window.offset + start as u64;
            }
        }
        self.buffer.copy_within(by..len, 0);
        window.offset += by as u64;
        len - by
    }
}

/// The offset after the line feed of which `at` is the byte 0x0A; `None` if it is none, but half of
/// another character of UTF-16. The buffer begins at a whole unit.
fn after_line_feed(encoding: Encoding, buffer: &[u8], at: usize) -> Option<usize> {
    match encoding {
        Encoding::Bytes | Encoding::Utf8Bom => Some(at + 1),
        Encoding::Utf16Le => {
            (at.is_multiple_of(2) && buffer.get(at + 1) == Some(&0)).then_some(at + 2)
        }
        Encoding::Utf16Be => (at % 2 == 1 && buffer[at - 1] == 0).then_some(at + 1),
    }
}

fn add(all: &mut Inspection, more: Inspection) {
    all.raws.extend(more.raws);
    all.secrets.extend(more.secrets);
    for problem in more.problems {
        // The part that windows share is looked at twice.
        if !all.problems.contains(&problem) {
            all.problems.push(problem);
        }
    }
}
