//! Calls in programs that bring a username and a secret to Bitbucket Cloud.
//!
//! A table (`tables`) says for each language which calls and keys take credentials; the arguments
//! are read as expressions (`expr`), names are followed to their one assignment in the file, and a
//! call counts only where something ties it to Bitbucket Cloud (`tie`).

mod expr;
mod file;
mod gradle;
mod joined;
mod language;
mod pairs;
mod report;
mod settings;
mod tables;
#[cfg(test)]
mod tests;
mod tie;
mod token;

use std::ops::Range;

#[cfg(test)]
pub(super) use tests::EXAMPLES;

use crate::document::Document;

use super::Sink;
use expr::Expr;
use file::File;
use language::{Client, Language};
use report::Report;

/// A username and a secret that stand side by side.
#[derive(Clone, Debug)]
struct Pair {
    /// The token that the table knows.
    at: usize,
    /// What takes them, for people: the name of a function or a key.
    taker: String,
    user: Option<Expr>,
    secret: Expr,
    client: Client,
    /// The string, if one string holds both.
    whole: Option<Range<usize>>,
    /// Sent as Bearer.
    bearer: bool,
}

/// Sees calls with credentials.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    let Some(language) = Language::of(doc) else { return };
    if !language.may_call(&doc.text) {
        return;
    }
    let file = File::new(doc, language);
    let mut report = Report::new(&file);
    let mut at = 0;
    while at < file.tokens.len() {
        for pair in file.pairs_at(at) {
            report.add(&pair, sink);
        }
        at += 1;
    }
    report.finish(sink);
}
