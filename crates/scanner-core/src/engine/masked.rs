//! A file of which any line can be shown.

use std::ops::Range;

use super::convert::masks;
use super::inspect::quietly;
use crate::detect::{Sink, detect};
use crate::document::Document;
use crate::mask::{Masks, Scrubber};

/// Shows lines of one document without any secret that stands in it.
pub struct Masked<'a> {
    text: &'a [u8],
    masks: Masks,
}

impl<'a> Masked<'a> {
    /// Has the detectors look at `doc` for what is to be hidden.
    pub fn new(doc: &'a Document<'_>) -> Self {
        let mut sink = Sink::default();
        // What a detector that fails has named so far is hidden; the scan told of the failure.
        quietly(|| detect(doc, &mut sink));
        let mut hidden = Masks::default();
        quietly(|| hidden = masks(doc, &sink));
        Self { text: &doc.text, masks: hidden }
    }

    /// The text of `line`, a range of [`Document::text`] without its end, in the pieces between
    /// `cuts`, which are sorted. Each secret of the document or of `scrubber` is masked, and what looks
    /// like one, even where a cut goes through it; control characters are replaced. Of a long line only
    /// what stands about the cuts.
    pub fn line(&self, line: &Range<usize>, cuts: &[usize], scrubber: &Scrubber) -> Vec<String> {
        self.masks.pieces(self.text, line, cuts, scrubber)
    }
}
