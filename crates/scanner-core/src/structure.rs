//! Structured files as one kind of tree, every key and value with its place in the text.
//!
//! Only for rules whose meaning depends on the key path; only for files that the prefilter let
//! through. A file that does not parse is told and left to the rules that read text.

pub mod walk;

use std::ops::Range;

pub use crate::consumer::Format;

/// A parsed file.
#[derive(Clone, Debug)]
pub struct Tree {
    /// How it was read.
    pub format: Format,
    /// Its documents: one, but for YAML.
    pub documents: Vec<Node>,
}

/// A value with its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// Where it stands in the text, quotes and brackets included.
    pub range: Range<usize>,
    /// What it is.
    pub value: Value,
}

/// What a [`Node`] is.
#[derive(Clone, Debug)]
pub enum Value {
    /// A text, number or expression.
    Scalar(Scalar),
    /// Keys and values in the order of the file; a key may occur more than once (XML, HCL).
    Map(Vec<Entry>),
    /// Items.
    List(Vec<Node>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key, decoded.
    pub key: String,
    /// Where the key stands, without quotes.
    pub key_range: Range<usize>,
    /// The value.
    pub node: Node,
}

/// One scalar.
#[derive(Clone)]
pub struct Scalar {
    /// What it says, decoded. May be a secret.
    pub text: String,
    /// Where that stands, without quotes.
    pub content: Range<usize>,
    /// How it is written.
    pub style: Style,
}

impl std::fmt::Debug for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // May be a secret.
        write!(f, "Scalar({:?}, {} bytes, {:?})", self.content, self.text.len(), self.style)
    }
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// No quotes.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// Over several lines: YAML's `|` and `>`, TOML's `'''`, XML's CDATA, a heredoc.
    Block,
    /// Not a text but something to be computed: `var.token` in HCL.
    Expression,
}
