//! Text as a format's own quoting leaves it, with the way back to the file.

use std::ops::Range;

/// What a program gets of a part of a file, byte for byte with the places that the bytes come from.
/// Bytes beyond ASCII are not kept: nothing here looks at them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    /// The text.
    pub(crate) text: Vec<u8>,
    /// Where each byte of it stands in the file; ascending.
    places: Vec<Range<usize>>,
}

impl View {
    /// Appends `byte`, which stands at `place` in the file.
    pub(crate) fn push(&mut self, byte: u8, place: Range<usize>) {
        self.text.push(byte);
        self.places.push(place);
    }

    /// Appends the bytes of `range` of the file as they are.
    pub(crate) fn push_range(&mut self, file: &[u8], range: Range<usize>) {
        for at in range {
            if let Some(byte) = file.get(at) {
                self.push(*byte, at..at + 1);
            }
        }
    }

    /// The text from `start` on.
    pub(crate) fn tail(&self, start: usize) -> Self {
        let start = start.min(self.text.len());
        Self { text: self.text[start..].to_vec(), places: self.places[start..].to_vec() }
    }

    /// Where the byte at `offset` of the file stands in the text. `None` if it is not part of it.
    pub(crate) fn index(&self, offset: usize) -> Option<usize> {
        let index = self.places.partition_point(|place| place.end <= offset);
        self.places.get(index).filter(|place| place.contains(&offset)).map(|_| index)
    }

    /// Where the byte at `index` of the text stands in the file.
    pub(crate) fn place(&self, index: usize) -> Option<Range<usize>> {
        self.places.get(index).cloned()
    }
}
