use std::ops::Range;

use super::{MASK, Scrubber, formats, is_unprintable, label, label_of};
use crate::Secret;
use crate::finding::Excerpt;

/// Characters of an excerpt, about a screen's width.
const WIDTH: usize = 160;
/// Bytes of a line looked at on each side of a use. More than [`WIDTH`], for masks shorten.
const CONTEXT: usize = 1024;

/// The ranges of a text that are never shown, with what is shown in their place.
#[derive(Debug, Default)]
pub(crate) struct Masks(Vec<(Range<usize>, String)>);

impl Masks {
    /// Hides a range that holds `secret`, in clear or encoded.
    pub(crate) fn hide(&mut self, text: &[u8], range: Range<usize>, secret: Option<&Secret>) {
        let bytes = text.get(range.clone()).unwrap_or_default();
        let shown = match secret {
            Some(secret) if secret.expose() == bytes => label(secret),
            _ => label_of(bytes),
        };
        self.0.push((range, shown));
    }

    /// Sorts them and joins those that overlap.
    pub(crate) fn join(&mut self) {
        join(&mut self.0);
    }

    /// `line` of `text` in the pieces between `cuts`, masked as an excerpt is. Of a long line what
    /// stands about the cuts.
    pub(crate) fn pieces(
        &self,
        text: &[u8],
        line: &Range<usize>,
        cuts: &[usize],
        scrubber: &Scrubber,
    ) -> Vec<String> {
        let inside = |at: &usize| (*at).clamp(line.start, line.end);
        let first = cuts.first().map_or(line.start, inside);
        let last = cuts.last().map_or(line.end, inside);
        let mut from = line.start.max(first.saturating_sub(CONTEXT));
        let mut to = line.end.min(last.saturating_add(CONTEXT));
        let (cut_left, cut_right) = (from > line.start, to < line.end);
        if cut_left {
            let boundary = text[from..first].iter().position(|byte| is_boundary(*byte));
            from = boundary.map_or(first, |at| from + at);
        }
        if cut_right {
            let boundary = text[last..to].iter().rposition(|byte| is_boundary(*byte));
            to = boundary.map_or(last, |at| last + at);
        }
        let mut hidden: Vec<_> = self.within(&(from..to)).to_vec();
        let found = formats::find(&text[from..to]).into_iter();
        hidden.extend(found.map(|(range, shown)| (range.start + from..range.end + from, shown)));
        join(&mut hidden);

        let mut ends: Vec<usize> = cuts.iter().map(inside).collect();
        ends.push(to);
        let mut pieces = Vec::with_capacity(ends.len());
        let mut at = from;
        for end in ends {
            let mut piece = String::new();
            while at < end {
                let next = hidden.iter().find(|(range, _)| range.end > at);
                match next {
                    Some((range, shown)) if range.start <= at => {
                        // What goes on behind a cut shows that it does.
                        piece.push_str(if range.start == at { shown } else { MASK });
                        at = range.end.min(end);
                    }
                    next => {
                        let stop = next.map_or(end, |(range, _)| range.start.min(end));
                        piece.push_str(&plain(&text[at..stop]));
                        at = stop;
                    }
                }
            }
            pieces.push(scrubber.known(&piece, &mut []).into_owned());
        }
        if cut_left && let Some(first) = pieces.first_mut() {
            first.insert_str(0, MASK);
        }
        if cut_right && let Some(last) = pieces.last_mut() {
            last.push_str(MASK);
        }
        pieces
    }

    /// Those that touch `range`; [`Self::join`] was called before.
    fn within(&self, range: &Range<usize>) -> &[(Range<usize>, String)] {
        let from = self.0.partition_point(|(mask, _)| mask.end <= range.start);
        let to = self.0.partition_point(|(mask, _)| mask.start < range.end);
        self.0.get(from..to).unwrap_or_default()
    }
}

fn join(masks: &mut Vec<(Range<usize>, String)>) {
    masks.retain(|(range, _)| !range.is_empty());
    // Of equal ranges the one that shows more comes first and stays.
    masks.sort_by(|(a, x), (b, y)| (a.start, b.end, y.len()).cmp(&(b.start, a.end, x.len())));
    let mut joined: Vec<(Range<usize>, String)> = Vec::with_capacity(masks.len());
    for (range, shown) in masks.drain(..) {
        match joined.last_mut() {
            Some((last, text)) if range.start < last.end => {
                if range.end > last.end {
                    last.end = range.end;
                    MASK.clone_into(text);
                }
            }
            _ => joined.push((range, shown)),
        }
    }
    *masks = joined;
}

/// A masked line, not yet cut to size: secrets that other files reveal may still have to go.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    text: String,
    start: usize,
    end: usize,
    cut_left: bool,
    cut_right: bool,
}

impl Draft {
    /// Masks the line of `text` in which `used` begins. `open` says at which ends of `text` its
    /// first and last line go on unseen.
    pub(crate) fn new(text: &[u8], used: &Range<usize>, masks: &Masks, open: (bool, bool)) -> Self {
        let start = used.start.min(text.len());
        let line_start = memchr::memrchr(b'\n', &text[..start]).map_or(0, |at| at + 1);
        let mut line_end =
            memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at);
        let last_line = line_end == text.len();
        if line_end > start && text[line_end - 1] == b'\r' {
            line_end -= 1;
        }
        let end = used.end.clamp(start, line_end);

        let mut from = line_start.max(start.saturating_sub(CONTEXT));
        let mut to = line_end.min(end.min(start + CONTEXT) + CONTEXT);
        let cut_left = from > line_start || (line_start == 0 && open.0);
        let cut_right = to < line_end || (last_line && open.1);
        // A word that was cut may be the rest of a secret that can't be told any more.
        if cut_left {
            from = text[from..start]
                .iter()
                .position(|byte| is_boundary(*byte))
                .map_or(start, |at| from + at);
        }
        if cut_right {
            to = text[start..to]
                .iter()
                .rposition(|byte| is_boundary(*byte))
                .map_or_else(|| end.min(to), |at| (start + at).max(end.min(to)));
        }

        let line = from..to;
        let mut hidden: Vec<_> = masks.within(&line).to_vec();
        hidden.extend(
            formats::find(&text[line.clone()])
                .into_iter()
                .map(|(range, shown)| (range.start + from..range.end + from, shown)),
        );
        join(&mut hidden);

        let mut draft = Self { cut_left, cut_right, ..Self::default() };
        let mut at = from;
        let mut marks = (None, None);
        for (range, shown) in hidden.into_iter().chain([(to..to, String::new())]) {
            // What nothing hides, in pieces that end where the use begins and ends.
            for stop in [start, end, range.start.min(to)] {
                if at < stop && stop <= range.start {
                    draft.piece(at..stop, &(start..end), &mut marks, &plain(&text[at..stop]));
                    at = stop;
                }
            }
            let masked = at..range.end.min(to);
            if !masked.is_empty() {
                draft.piece(masked, &(start..end), &mut marks, &shown);
                at = range.end.min(to);
            }
        }
        draft.start = marks.0.unwrap_or(draft.text.len());
        draft.end = marks.1.unwrap_or(draft.start).max(draft.start);
        draft
    }

    fn piece(
        &mut self,
        range: Range<usize>,
        used: &Range<usize>,
        marks: &mut (Option<usize>, Option<usize>),
        shown: &str,
    ) {
        if range.contains(&used.start) {
            marks.0 = Some(self.text.len());
        }
        self.text.push_str(shown);
        if range.start < used.end && used.end <= range.end {
            marks.1 = Some(self.text.len());
        }
    }

    /// Masks what the whole scan knows to be secret and cuts to size.
    pub(crate) fn finish(mut self, scrubber: &Scrubber) -> Excerpt {
        let mut marks = [self.start, self.end];
        self.text = scrubber.known(&self.text, &mut marks).into_owned();
        [self.start, self.end] = marks;
        self.cut()
    }

    fn cut(self) -> Excerpt {
        let lead = self.text[..self.start].chars().count();
        let used = self.text[self.start..self.end].chars().count();
        let rest = self.text[self.end..].chars().count();
        let fits = lead + used + rest <= WIDTH;
        // Half of the room on the left, and what the right does not need.
        let room = WIDTH.saturating_sub(used);
        let left = if fits { lead } else { lead.min((room / 2).max(room.saturating_sub(rest))) };
        let skip = lead - left;
        let take = if fits { lead + used + rest } else { WIDTH };

        let mut out = Excerpt::default();
        if self.cut_left || skip > 0 {
            out.text.push_str(MASK);
        }
        let shift = out.text.len();
        let byte = |n: usize| {
            self.text.char_indices().nth(n).map_or(self.text.len(), |(offset, _)| offset)
        };
        let (from, to) = (byte(skip), byte(skip + take));
        out.text.push_str(&self.text[from..to]);
        out.start = self.start - from + shift;
        out.end = self.end.min(to) - from + shift;
        if self.cut_right || to < self.text.len() {
            out.text.push_str(MASK);
        }
        out
    }
}

fn plain(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes)
        .chars()
        .map(|c| match c {
            '\t' => ' ',
            c if is_unprintable(c) => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}

fn is_boundary(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'`')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn excerpt(text: &[u8], used: Range<usize>, secret: Option<Range<usize>>) -> Excerpt {
        let mut masks = Masks::default();
        if let Some(range) = secret {
            masks.hide(text, range, None);
        }
        masks.join();
        Draft::new(text, &used, &masks, (false, false)).finish(&Scrubber::default())
    }

    fn caret(excerpt: &Excerpt) -> &str {
        &excerpt.text[excerpt.start..excerpt.end]
    }

    #[test]
    fn masks_the_secret_under_the_caret() {
        let text = b"a\n\turl = x://joe:hunter2@h/y # z\r\nb";
        let at = text.iter().position(|b| *b == b'x').unwrap();
        let shown = excerpt(text, at..at + 19, Some(at + 8..at + 15));
        assert_eq!(shown.text, " url = x://joe:…@h/y # z");
        assert_eq!(caret(&shown), "x://joe:…@h/y");
    }

    #[test]
    fn a_use_that_is_all_secret_keeps_its_caret() {
        let shown = excerpt(b"k: hunter2", 3..10, Some(3..10));
        assert_eq!((shown.text.as_str(), caret(&shown)), ("k: …", "…"));
        let shown = excerpt(b"k: hunter2 z", 5..8, Some(3..10));
        assert_eq!((shown.text.as_str(), caret(&shown)), ("k: … z", "…"));
    }

    #[test]
    fn long_lines_are_cut_around_the_use() {
        let text = format!("{} USE {}", "left ".repeat(1000), "right ".repeat(1000));
        let at = text.find("USE").unwrap();
        let shown = excerpt(text.as_bytes(), at..at + 3, None);
        assert_eq!(caret(&shown), "USE");
        assert_eq!(shown.text.chars().count(), WIDTH + 2);
        assert!(shown.text.starts_with('…') && shown.text.ends_with('…'));
    }

    #[test]
    fn a_word_cut_by_the_context_is_not_shown() {
        // The mask makes the line short, so that the far end of the context would show.
        let blob = "s3cr3t".repeat(400);
        let text = format!("{blob} {} USE", "x".repeat(900));
        let at = text.find("USE").unwrap();
        let shown = excerpt(text.as_bytes(), at..at + 3, Some(blob.len() + 1..at - 1));
        assert!(!shown.text.contains("cr3t"), "{}", shown.text);
    }

    #[test]
    fn nothing_drives_a_terminal() {
        let shown = excerpt("a\u{1b}[31m\u{202E}\u{9b}b\0".as_bytes(), 0..1, None);
        assert_eq!(shown.text, "a\u{FFFD}[31m\u{FFFD}\u{FFFD}b\u{FFFD}");
    }

    fn pieces(text: &str, cuts: &[usize], secret: Range<usize>) -> Vec<String> {
        let mut masks = Masks::default();
        masks.hide(text.as_bytes(), secret, None);
        masks.join();
        masks.pieces(text.as_bytes(), &(0..text.len()), cuts, &Scrubber::default())
    }

    #[test]
    fn a_line_in_pieces_shows_no_part_of_a_secret() {
        assert_eq!(pieces("u bob:hunter2@h", &[2, 13], 6..13), ["u ", "bob:…", "@h"]);
        // A cut through it.
        assert_eq!(pieces("u bob:hunter2@h", &[2, 9], 6..13), ["u ", "bob:…", "…@h"]);
        assert_eq!(pieces("abc", &[], 0..0), ["abc"]);
        assert_eq!(pieces("abc", &[3, 3], 1..2), ["a…c", "", ""]);
        let long = format!("{} x {}", "left ".repeat(1000), "right ".repeat(1000));
        let at = long.find('x').unwrap();
        let shown = pieces(&long, &[at, at + 1], 0..0);
        assert!(shown[0].starts_with("… left") && shown[0].len() < 1100, "{}", shown[0]);
        assert_eq!(shown[1], "x");
        assert!(shown[2].ends_with('…') && shown[2].len() < 1100);
    }

    proptest! {
        #[test]
        fn no_cut_shows_a_secret(
            left in "[a-zé:/ ]{0,40}",
            right in "[a-zé@/ ]{0,40}",
            cuts in proptest::collection::vec(0_usize..100, 0..5),
        ) {
            let text = format!("{left}S3CR3T-S3CR3T{right}");
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.sort_unstable();
            let shown = pieces(&text, &cuts, left.len()..left.len() + 13);
            prop_assert_eq!(shown.len(), cuts.len() + 1);
            prop_assert!(!shown.concat().contains(['S', 'C', 'R', '3', 'T']), "{:?}", shown);
        }

        #[test]
        fn the_secret_never_shows(
            left in "[a-zé \t]{0,200}",
            right in "[a-zé \t]{0,200}",
            noise in proptest::collection::vec(any::<u8>(), 0..40),
            from in 0_usize..30,
            len in 0_usize..30,
        ) {
            let secret = b"S3CR3T-S3CR3T";
            let mut text = left.into_bytes();
            text.extend(noise.iter().filter(|b| **b != b'\n'));
            let at = text.len();
            text.extend_from_slice(secret);
            text.extend_from_slice(right.as_bytes());
            let start = (at + from).saturating_sub(15).min(text.len());
            let used = start..(start + len).min(text.len());
            let shown = excerpt(&text, used, Some(at..at + secret.len()));
            prop_assert!(!shown.text.contains("S3CR3T"), "{}", shown.text);
            prop_assert!(shown.start <= shown.end && shown.end <= shown.text.len());
            prop_assert!(shown.text.is_char_boundary(shown.start));
            prop_assert!(shown.text.is_char_boundary(shown.end));
            prop_assert!(!shown.text.chars().any(char::is_control));
        }
    }
}
