//! Whether a call goes to Bitbucket Cloud, and to which URL.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::expr::Expr;
use super::file::{File, bare};
use super::token::{Kind, Piece, pieces};
use crate::bitbucket::Host;
use crate::document::Document;

/// What a call is tied to Bitbucket Cloud by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tie {
    /// Its URL, which is written there or is a constant of the file.
    Url { host: Host, path: String },
    /// All URLs of the file.
    File,
    /// Nothing. Another server is named.
    Foreign,
    /// Nothing.
    Nothing,
}

/// Longer than this no URL is.
const LONGEST: usize = 2048;

/// How far constants are followed.
const DEPTH: usize = 4;

/// Ends a URL in flattened text.
const BREAK: char = '\n';

impl File<'_> {
    /// What the statement at `at` is tied to: its own URL, those of the statements that use what it
    /// assigns, those of the whole file.
    pub(super) fn tie(&self, at: usize, file: &Tie) -> (Tie, Range<usize>) {
        let statement = self.statement(at);
        let own = self.url_in(&statement);
        if own != Tie::Nothing {
            return (own, statement);
        }
        let mut names = self.assigned_name(&statement).into_iter().collect::<Vec<_>>();
        // A field of the header that is assigned: `headers["Authorization"] = …`.
        for depth in 0..2 {
            let Some(name) = names.get(depth).copied() else { break };
            let mut seen = 0;
            for use_ in self.uses(name, statement.end) {
                seen += 1;
                if seen > 12 {
                    break;
                }
                let user = self.statement(use_);
                match self.url_in(&user) {
                    Tie::Nothing => {
                        if let Some(next) = self.assigned_name(&user)
                            && next != name
                            && names.len() < 2
                        {
                            names.push(next);
                        }
                    }
                    tie @ Tie::Url { .. } => return (tie, user),
                    tie => return (tie, statement),
                }
            }
        }
        (file.clone(), statement)
    }

    /// Where a name stands outside of a statement.
    fn uses<'n>(&'n self, name: &'n [u8], from: usize) -> impl Iterator<Item = usize> + 'n {
        let near = self.tokens.len().min(from + 20_000);
        (from..near).filter(move |at| {
            self.is_word(*at) && bare(self.bytes(*at)) == name && !self.is_mark(at + 1, b"=")
        })
    }

    /// The URL in these tokens.
    fn url_in(&self, range: &Range<usize>) -> Tie {
        let mut flat = String::new();
        let mut budget = 1200;
        self.flatten(range.clone(), 0, &mut budget, &mut flat);
        judge(self.doc, &flat)
    }

    /// Writes the texts of an expression one behind the other, constants followed, with `x` for what
    /// is not known and a break between arguments.
    fn flatten(&self, range: Range<usize>, depth: usize, budget: &mut usize, out: &mut String) {
        let mut at = range.start;
        while at < range.end && *budget > 0 && out.len() < 4 * LONGEST {
            *budget -= 1;
            match self.kind(at) {
                Some(Kind::Str) => {
                    let token = self.tokens[at];
                    for piece in pieces(self.text, &token, self.language.syntax, 24) {
                        match piece {
                            Piece::Text(text) => {
                                out.push_str(&String::from_utf8_lossy(&self.text[text]));
                            }
                            Piece::Hole(hole) => {
                                let expr = self.expr_in_string(hole);
                                let Expr::Ident { name, own, .. } = expr else {
                                    out.push('x');
                                    continue;
                                };
                                self.name(&self.text[name], own, at, depth, budget, out);
                            }
                        }
                    }
                }
                Some(Kind::Word) => at = self.word(at, &range, depth, budget, out),
                Some(Kind::Mark)
                    if matches!(self.bytes(at), b"+" | b"." | b"?." | b"->" | b"::") => {}
                Some(Kind::Mark) if self.bytes(at) == b"%" => out.push(BREAK),
                _ => out.push(BREAK),
            }
            at += 1;
        }
    }

    /// Writes what a chain of names holds, and gives its last token.
    fn word(
        &self,
        at: usize,
        range: &Range<usize>,
        depth: usize,
        budget: &mut usize,
        out: &mut String,
    ) -> usize {
        let (mut last, mut links) = (at, 1);
        let linked =
            |at: usize| [&b"."[..], b"?.", b"->", b"::"].iter().any(|m| self.is_mark(at, m));
        while last + 2 < range.end && linked(last + 1) && self.is_word(last + 2) {
            last += 2;
            links += 1;
        }
        let called = self.inside(last + 1, b'(').is_some();
        // `BASE.rstrip("/")`: the name before the method.
        let (name, links) =
            if called { (last.saturating_sub(2), links - 1) } else { (last, links) };
        if called && links == 0 {
            // A function: its arguments follow.
            out.push(BREAK);
            return last;
        }
        let own = links == 1
            || links == 2
                && name >= 2
                && (matches!(
                    bare(self.bytes(name - 2)),
                    b"self" | b"this" | b"cls" | b"static" | b"c"
                ) || self.bytes(name - 2).first().is_some_and(u8::is_ascii_uppercase));
        self.name(self.bytes(name), own, at, depth, budget, out);
        last
    }

    fn name(
        &self,
        name: &[u8],
        own: bool,
        at: usize,
        depth: usize,
        budget: &mut usize,
        out: &mut String,
    ) {
        let value = self.nearest(name, at).filter(|_| own && depth < DEPTH);
        match value.filter(|binding| binding.name != at).map(|binding| binding.value.clone()) {
            Some(value) if !value.contains(&at) => self.flatten(value, depth + 1, budget, out),
            _ => out.push('x'),
        }
    }

    /// What the URLs in the file's strings say together.
    pub(super) fn hosts(&self) -> Tie {
        static URL: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new(r"(?-u)[a-z+]{2,9}://([^\s/'\x22<>]*)").ok());
        let Some(url) = URL.as_ref() else { return Tie::Nothing };
        let mut cloud = false;
        for token in self.tokens.iter().filter(|token| token.kind == Kind::Str) {
            let content = &self.text[token.content()];
            if content.len() > LONGEST || memchr::memmem::find(content, b"://").is_none() {
                continue;
            }
            for captures in url.captures_iter(content) {
                let authority = captures.get(1).map_or(&b""[..], |host| host.as_bytes());
                let host = authority.rsplit(|b| *b == b'@').next().unwrap_or_default();
                match self.doc.host(host) {
                    Some(_) => cloud = true,
                    None if is_documentation(host) => {}
                    None => return Tie::Foreign,
                }
            }
            if is_of_data_center(content) {
                return Tie::Foreign;
            }
        }
        if cloud { Tie::File } else { Tie::Nothing }
    }
}

fn is_documentation(host: &[u8]) -> bool {
    [
        &b"id.atlassian.com"[..],
        b"support.atlassian.com",
        b"developer.atlassian.com",
        b"confluence.atlassian.com",
        b"community.atlassian.com",
        b"www.apache.org",
        b"www.w3.org",
        b"www.atlassian.com",
    ]
    .contains(&host)
}

fn is_of_data_center(text: &[u8]) -> bool {
    [&b"/rest/api/1.0"[..], b"/rest/api/latest", b"rest/build-status"]
        .iter()
        .any(|path| memchr::memmem::find(text, path).is_some())
}

/// The server that flattened text names.
fn judge(doc: &Document<'_>, flat: &str) -> Tie {
    static URL: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(?-u)(?:git\+)?https?://([^\s/'"<>?]*)([^\s'"<>]*)"#).ok());
    /// Paths that only the API of Bitbucket Cloud has.
    static PATH: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"(?-u)/2\.0/(?:repositories|workspaces|user|users|teams|snippets|pullrequests|hook_events)(?:[/?][^\s'"<>]*|$|\s)"#,
        )
        .ok()
    });
    let (Some(url), Some(path)) = (URL.as_ref(), PATH.as_ref()) else { return Tie::Nothing };
    let text = flat.as_bytes();
    let mut found = Tie::Nothing;
    for captures in url.captures_iter(text) {
        let (Some(authority), Some(rest)) = (captures.get(1), captures.get(2)) else { continue };
        let host = authority.as_bytes().rsplit(|b| *b == b'@').next().unwrap_or_default();
        match doc.host(host) {
            Some(host) => {
                let rest = String::from_utf8_lossy(rest.as_bytes()).into_owned();
                if matches!(&found, Tie::Url { path, .. } if path.len() >= rest.len()) {
                    continue;
                }
                found = Tie::Url { host, path: rest };
            }
            None if is_documentation(host) => {}
            None => return Tie::Foreign,
        }
    }
    if is_of_data_center(text) {
        return Tie::Foreign;
    }
    if found == Tie::Nothing
        && let Some(hit) = path.find(text)
    {
        let path = String::from_utf8_lossy(hit.as_bytes()).trim().to_owned();
        return Tie::Url { host: Host::Api, path };
    }
    found
}
