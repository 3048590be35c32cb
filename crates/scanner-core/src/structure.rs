//! Structured files as one kind of tree, every key and value with its place in the text.
//!
//! Only for rules whose meaning depends on the key path; only for files that the prefilter let
//! through. A file that does not parse is told and left to the rules that read text.

mod access;
mod fault;
mod hcl;
mod ini;
mod json;
mod properties;
#[cfg(test)]
mod tests;
mod toml;
pub mod walk;
mod xml;
mod yaml;

use std::ops::Range;

pub use fault::Fault;

pub use crate::consumer::Format;

/// How deep nodes may lie in each other: nothing that people write comes near, and what walks a tree
/// may call itself.
const MAX_DEPTH: usize = 256;

/// Reads a file. All ranges are byte offsets in `text`.
pub fn parse(text: &[u8], format: Format) -> Result<Tree, Fault> {
    let documents = match format {
        Format::Yaml => yaml::parse(fault::utf8(text)?)?,
        Format::Json => json::parse(fault::utf8(text)?)?,
        Format::Toml => vec![toml::parse(fault::utf8(text)?)?],
        Format::Xml => vec![xml::parse(fault::utf8(text)?)?],
        Format::Ini => vec![ini::parse(text)?],
        Format::Properties => vec![properties::parse(text)],
        Format::Hcl => vec![hcl::parse(fault::utf8(text)?)?],
    };
    Ok(Tree { format, documents })
}

/// A parsed file.
#[derive(Clone, Debug)]
pub struct Tree {
    /// How it was read.
    pub format: Format,
    /// Its documents: one, but for YAML and lines of JSON; none in an empty file.
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
    /// The key, decoded. `@` stands before the names of XML's attributes, and the text of an
    /// element that has attributes or elements too is under `#text`.
    pub key: String,
    /// Where the key stands, without quotes, `@` or XML's prefix.
    pub key_range: Range<usize>,
    /// The value.
    pub node: Node,
}

/// One scalar.
#[derive(Clone)]
pub struct Scalar {
    /// What it says, decoded; of an expression and a text with interpolation in HCL as it is
    /// written. May be a secret.
    pub text: String,
    /// Where that stands, without quotes. Of YAML's blocks and heredocs the lines without the first
    /// indentation and the last line break.
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
    /// Not a text but something to be computed: `var.token` in HCL, `!Ref Token` in YAML.
    Expression,
}
