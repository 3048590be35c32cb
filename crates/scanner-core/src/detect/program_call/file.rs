//! A program's text with its tokens: brackets, entries of lists, statements, assignments.

use std::collections::HashMap;
use std::ops::Range;

use super::language::Language;
use super::token::{Kind, Token, tokens};
use crate::document::Document;
use crate::rule::Rule;

/// Longer values are followed no further.
const LONGEST_VALUE: usize = 160;

/// Longer statements are looked at in part.
const LONGEST_STATEMENT: usize = 300;

/// A name and what it is assigned.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    /// Where the name stands, as a token.
    pub(super) name: usize,
    /// The value's tokens; empty where it cannot be told.
    pub(super) value: Range<usize>,
}

/// One entry of a list of arguments, of an array or of an object.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its key, without quotes and sigils: where it stands in the text.
    pub(super) key: Option<Range<usize>>,
    /// Its tokens.
    pub(super) value: Range<usize>,
}

/// A program.
pub(super) struct File<'a> {
    pub(super) doc: &'a Document<'a>,
    pub(super) text: &'a [u8],
    pub(super) language: &'static Language,
    pub(super) tokens: Vec<Token>,
    bindings: HashMap<&'a [u8], Vec<Binding>>,
}

impl<'a> File<'a> {
    pub(super) fn new(doc: &'a Document<'a>, language: &'static Language) -> Self {
        let text: &[u8] = &doc.text;
        let tokens = tokens(text, 0..text.len(), language.syntax);
        let mut file = Self { doc, text, language, tokens, bindings: HashMap::new() };
        for at in 0..file.tokens.len() {
            if file.is_mark(at, b"=") || file.is_mark(at, b":=") {
                file.bind(at);
            }
        }
        file
    }

    /// The program that stands in a string.
    pub(super) fn of_hole(&self, range: Range<usize>) -> File<'a> {
        let tokens = tokens(self.text, range, self.language.syntax);
        File { tokens, bindings: HashMap::new(), ..*self }
    }

    /// The bytes of a token, with its quotes.
    pub(super) fn bytes(&self, at: usize) -> &'a [u8] {
        self.tokens.get(at).map_or(b"", |token| &self.text[token.range()])
    }

    pub(super) fn kind(&self, at: usize) -> Option<Kind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    pub(super) fn is_mark(&self, at: usize, mark: &[u8]) -> bool {
        self.kind(at) == Some(Kind::Mark) && self.bytes(at) == mark
    }

    pub(super) fn is_word(&self, at: usize) -> bool {
        self.kind(at) == Some(Kind::Word)
    }

    /// The tokens between the bracket that opens at `at` and its mate.
    pub(super) fn inside(&self, at: usize, bracket: u8) -> Option<Range<usize>> {
        let token = self.tokens.get(at)?;
        let opens = token.kind == Kind::Open && self.text[token.range().start] == bracket;
        let mate = token.mate().filter(|_| opens)?;
        Some(at + 1..mate)
    }

    /// Whether a line ends between this token and the one before.
    fn begins_line(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1).and_then(|before| self.tokens.get(before)) else {
            return true;
        };
        let Some(token) = self.tokens.get(at) else { return true };
        memchr::memchr(b'\n', &self.text[before.range().end..token.range().start]).is_some()
    }

    /// Whether a statement begins at this token: the one before ended it.
    fn begins_statement(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return true };
        if self.is_mark(before, b";") || self.is_mark(at, b";") {
            return true;
        }
        if !self.language.syntax.lines || !self.begins_line(at) {
            return false;
        }
        // A line that begins or ends with an operator goes on.
        let goes_on = match self.kind(at) {
            Some(Kind::Mark) => !matches!(self.bytes(at), b"@" | b"*" | b"&" | b"!"),
            _ => false,
        };
        let open_end = match self.kind(before) {
            Some(Kind::Mark) => !matches!(self.bytes(before), b"!" | b"?"),
            _ => self.bytes(before) == b"return",
        };
        !goes_on && !open_end
    }

    /// Where a run of tokens on one level ends, going forward from `at`: at a bracket that closes,
    /// at the end of the statement or, if asked, at a comma.
    pub(super) fn run_end(&self, at: usize, commas: bool) -> usize {
        let mut end = at;
        for _ in 0..LONGEST_STATEMENT {
            match self.kind(end) {
                None | Some(Kind::Close) => break,
                Some(Kind::Mark) if commas && self.bytes(end) == b"," => break,
                Some(Kind::Mark) if self.bytes(end) == b";" => break,
                Some(Kind::Open) => {
                    if end > at && self.begins_statement(end) && self.bytes(end) == b"{" {
                        break;
                    }
                    match self.tokens[end].mate() {
                        Some(mate) => end = mate,
                        None => break,
                    }
                }
                _ if end > at && self.outer_is_block(end) && self.begins_statement(end) => break,
                _ => {}
            }
            end += 1;
        }
        end.min(self.tokens.len())
    }

    /// Whether what stands around the token is no list of arguments, so that lines end statements.
    fn outer_is_block(&self, at: usize) -> bool {
        match self.tokens[at].outer() {
            Some(open) => self.bytes(open) == b"{",
            None => true,
        }
    }

    /// The statement that the token is part of: the tokens of the outermost call, array or object
    /// around, up to a block's border.
    pub(super) fn statement(&self, at: usize) -> Range<usize> {
        let mut inner = at;
        for _ in 0..12 {
            let Some(open) = self.tokens.get(inner).and_then(Token::outer) else { break };
            if self.bytes(open) == b"{" && !self.is_value(open) {
                break;
            }
            inner = open;
        }
        let mut start = inner;
        for _ in 0..LONGEST_STATEMENT {
            let Some(before) = start.checked_sub(1) else { break };
            if self.begins_statement(start) {
                break;
            }
            match self.kind(before) {
                Some(Kind::Open) => break,
                Some(Kind::Close) => match self.tokens[before].mate() {
                    // A block ends there.
                    Some(open) if self.bytes(open) == b"{" && !self.is_value(open) => break,
                    Some(open) => start = open,
                    None => break,
                },
                _ => start = before,
            }
        }
        start..self.run_end(inner, false).max(inner + 1)
    }

    /// Whether `{` at `open` begins an object or a literal, and no block.
    fn is_value(&self, open: usize) -> bool {
        let Some(before) = open.checked_sub(1) else { return false };
        match self.kind(before) {
            Some(Kind::Open) => self.bytes(before) != b"{",
            Some(Kind::Mark) => {
                let mark = self.bytes(before);
                // `=>` begins a function's body in scripts, a value in Ruby and PHP.
                mark != b";" && (mark != b"=>" || self.language.arrow_is_pair)
            }
            Some(Kind::Word) => {
                let word = self.bytes(before);
                let upper = word.first().is_some_and(u8::is_ascii_uppercase);
                word == b"return"
                    || upper
                        && self.language.literals
                        && !self.begins_line(open)
                        && self.is_type_of_value(before)
            }
            // `new Credentials() {`, `[]string{`.
            Some(Kind::Close) => {
                self.language.literals
                    && self.tokens[before].mate().is_some_and(|mate| {
                        self.bytes(mate) == b"(" && mate >= 2 && self.bytes(mate - 2) == b"new"
                    })
            }
            _ => false,
        }
    }

    /// Whether the name at `at`, before a `{`, is the type of a literal and not what a function
    /// returns or a class is called.
    fn is_type_of_value(&self, at: usize) -> bool {
        const DECLARES: &[&[u8]] = &[
            b"class",
            b"struct",
            b"interface",
            b"object",
            b"trait",
            b"extends",
            b"implements",
            b")",
            b":",
            b"namespace",
            b"enum",
            b"record",
            b"where",
            b"package",
        ];
        let mut before = at.checked_sub(1);
        while let Some(link) = before {
            let part = match self.kind(link) {
                Some(Kind::Mark) => matches!(self.bytes(link), b"." | b"*"),
                Some(Kind::Word) => self.is_mark(link + 1, b"."),
                _ => false,
            };
            if !part || at - link > 8 {
                break;
            }
            before = link.checked_sub(1);
        }
        before.is_none_or(|link| !DECLARES.contains(&self.bytes(link)))
    }

    /// The entries between two brackets.
    pub(super) fn entries(&self, inside: Range<usize>) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut at = inside.start;
        while at < inside.end && entries.len() < 64 {
            let mut end = at;
            while end < inside.end && !self.is_mark(end, b",") {
                end = match self.tokens[end].mate() {
                    Some(mate) if mate > end => mate + 1,
                    _ => end + 1,
                };
                // Go's and JavaScript's objects may lie on lines of their own without a comma.
            }
            let end = end.min(inside.end);
            if at < end {
                entries.push(self.entry(at..end));
            }
            at = end + 1;
        }
        entries
    }

    fn entry(&self, range: Range<usize>) -> Entry {
        let plain = Entry { key: None, value: range.clone() };
        let first = range.start;
        // Ruby: `:user => x`.
        if self.is_mark(first, b":") && self.is_word(first + 1) && self.is_mark(first + 2, b"=>") {
            let key = Some(self.tokens[first + 1].range());
            return Entry { key, value: first + 3..range.end };
        }
        let separated = [&b"="[..], b":", b"=>"].iter().any(|mark| self.is_mark(first + 1, mark));
        if !separated || first + 2 > range.end {
            return plain;
        }
        let key = match self.kind(first) {
            Some(Kind::Word) => self.tokens[first].range(),
            Some(Kind::Str) => self.tokens[first].content(),
            _ => return plain,
        };
        Entry { key: Some(key), value: first + 2..range.end }
    }

    /// Binds the name (or names) before the `=` at `at`.
    fn bind(&mut self, at: usize) {
        // Defaults of parameters and arguments by name.
        if self.tokens[at].outer().is_some_and(|open| self.bytes(open) == b"(") {
            return;
        }
        let value = at + 1..self.run_end(at + 1, false);
        let known = value.len() <= LONGEST_VALUE;
        let mut names = Vec::new();
        let mut before = at.checked_sub(1);
        while let Some(mut name) = before {
            // `x: Optional[str] =`: the type goes before the name.
            if self.kind(name) == Some(Kind::Close) || self.is_word(name) {
                name = self.untyped(name).unwrap_or(name);
            }
            if !self.is_word(name) || names.len() > 8 {
                break;
            }
            names.push(name);
            before = name
                .checked_sub(2)
                .filter(|_| self.is_mark(name - 1, b",") && !self.begins_line(name));
        }
        names.reverse();
        let [first, rest @ ..] = &names[..] else { return };
        if rest.is_empty() {
            let name = *first;
            self.add(name, if known { value } else { 0..0 });
            return;
        }
        // `user, password = a, b` gives each its own; `request, err := f()` the first.
        let entries = self.entries(value.clone());
        for (index, name) in names.iter().enumerate() {
            let own = match (entries.len() == names.len(), index) {
                (true, _) => entries[index].value.clone(),
                (false, 0) if entries.len() == 1 && known => value.clone(),
                _ => 0..0,
            };
            self.add(*name, own);
        }
    }

    /// The name in `name: Type`, where `at` ends the type.
    fn untyped(&self, at: usize) -> Option<usize> {
        let mut before = at;
        let mut after_word = false;
        for _ in 0..6 {
            let kind = self.kind(before)?;
            if after_word && kind != Kind::Mark {
                break;
            }
            after_word = kind == Kind::Word;
            before = match kind {
                Kind::Close => self.tokens[before].mate()?.checked_sub(1)?,
                Kind::Word => before.checked_sub(1)?,
                Kind::Mark if matches!(self.bytes(before), b"." | b"|" | b"?" | b"<" | b">") => {
                    before.checked_sub(1)?
                }
                Kind::Mark if self.bytes(before) == b":" => {
                    let name = before.checked_sub(1)?;
                    return self.is_word(name).then_some(name);
                }
                _ => break,
            };
            if self.begins_line(before + 1) {
                break;
            }
        }
        if self.language.rule != Rule::Go {
            return None;
        }
        // `var name string =`.
        let name = at.checked_sub(1)?;
        let declared =
            matches!(name.checked_sub(1).map(|at| self.bytes(at)), Some(b"var" | b"const"));
        (declared && self.is_word(name) && self.is_word(at)).then_some(name)
    }

    fn add(&mut self, name: usize, value: Range<usize>) {
        let key = bare(self.bytes(name));
        self.bindings.entry(key).or_default().push(Binding { name, value });
    }

    /// The one assignment of a name, where there is just one and its value can be told.
    pub(super) fn binding(&self, name: &[u8]) -> Option<&Binding> {
        match self.bindings.get(bare(name))?.as_slice() {
            [one] if !one.value.is_empty() => Some(one),
            _ => None,
        }
    }

    /// The assignment that was made last before `at`.
    pub(super) fn nearest(&self, name: &[u8], at: usize) -> Option<&Binding> {
        let all = self.bindings.get(bare(name))?;
        let near = all.iter().rev().find(|binding| binding.name < at).or_else(|| all.first())?;
        (!near.value.is_empty()).then_some(near)
    }

    /// The name that the statement's value is assigned to.
    pub(super) fn assigned_name(&self, statement: &Range<usize>) -> Option<&'a [u8]> {
        let at = (statement.start..statement.end.min(statement.start + 8))
            .find(|at| self.is_mark(*at, b"=") || self.is_mark(*at, b":="))?;
        let mut name = at.checked_sub(1)?;
        name = self.untyped(name).unwrap_or(name);
        self.is_word(name).then(|| bare(self.bytes(name)))
    }
}

/// A name without its sigils.
pub(super) fn bare(name: &[u8]) -> &[u8] {
    let sigils = name.iter().take_while(|b| matches!(b, b'$' | b'@')).count();
    &name[sigils..]
}
