//! The part of an excerpt that fits a screen.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::model::Finding;
use crate::render::layout::clean;

/// A piece of a finding's line with the use in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct View {
    /// Cleaned.
    pub(super) text: String,
    /// Columns before the use.
    pub(super) column: usize,
    /// Columns of the use; 1 for one that is empty.
    pub(super) carets: usize,
}

impl View {
    /// Cuts the finding's excerpt down to `room` columns, around the use.
    pub(super) fn new(finding: &Finding, room: usize) -> Self {
        let (start, end) = finding.excerpt_use();
        let head = clean(finding.excerpt[..start].trim_start());
        let used = clean(&finding.excerpt[start..end]);
        let tail = clean(finding.excerpt[end..].trim_end());

        let used = front(&used, room);
        // An empty use has a caret, too.
        let left = room.saturating_sub(used.width().max(1));
        // Half of the room before the use, and what the rest of the line leaves free.
        let head = back(&head, (left / 2).max(left.saturating_sub(tail.width())));
        let tail = front(&tail, left - head.width());
        Self {
            column: head.width(),
            carets: used.width().max(1),
            text: format!("{head}{used}{tail}"),
        }
    }
}

/// As much of the beginning of `text` as fits, with an ellipsis where it was cut.
fn front(text: &str, room: usize) -> String {
    match fit(text, room, text.chars()) {
        None => text.to_owned(),
        Some(_) if room == 0 => String::new(),
        Some(chars) => chars.into_iter().chain(['…']).collect(),
    }
}

/// The same for the end of `text`.
fn back(text: &str, room: usize) -> String {
    match fit(text, room, text.chars().rev()) {
        None => text.to_owned(),
        Some(_) if room == 0 => String::new(),
        Some(chars) => ['…'].into_iter().chain(chars.into_iter().rev()).collect(),
    }
}

/// The first of `chars` that leave one column free, or `None` if all of `text` fits.
fn fit(text: &str, room: usize, chars: impl Iterator<Item = char>) -> Option<Vec<char>> {
    if text.width() <= room {
        return None;
    }
    let mut used = 1;
    let fitting = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= room
    };
    Some(chars.take_while(fitting).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_not_cut() {
        assert_eq!(front("abc", 3), "abc");
        assert_eq!(back("abc", 3), "abc");
        assert_eq!(front("", 0), "");
    }

    #[test]
    fn what_does_not_fit_is_cut_at_its_far_end() {
        assert_eq!(front("abcdef", 4), "abc…");
        assert_eq!(back("abcdef", 4), "…def");
        assert_eq!(front("abcdef", 1), "…");
        assert_eq!(front("abcdef", 0), "");
        // A wide character is not cut in two.
        assert_eq!(front("日本語", 4), "日…");
    }
}
