//! Splits a program into words, strings, brackets and marks; comments are left out.
//!
//! It knows of each language only where its strings and comments end. Each byte is looked at a
//! bounded number of times.

use std::ops::Range;

/// How a language writes strings and comments.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Syntax {
    /// `#` begins a comment.
    pub(super) hash: bool,
    /// `//` and `/* */` are comments.
    pub(super) slashes: bool,
    /// `` ` `` quotes.
    pub(super) backticks: bool,
    /// `"""` (and `'''`) quote over several lines.
    pub(super) triple: bool,
    /// `/` may begin a regular expression.
    pub(super) regexes: bool,
    /// A line's end ends a statement, unless it goes on.
    pub(super) lines: bool,
    /// How a string takes in expressions.
    pub(super) holes: Holes,
}

/// How a string takes in expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holes {
    /// Not at all.
    None,
    /// `{x}` where the prefix has this byte: Python's `f`, the `$` of C#.
    Braces(u8),
    /// `${x}` between backticks.
    Script,
    /// `$x` and `${x}` between `"`.
    Dollar,
    /// `$x`, `{$x}` and `${x}` between `"`.
    Php,
    /// `#{x}` between `"`.
    Ruby,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, a keyword or a number; `$` and `@` belong to names.
    Word,
    /// A string.
    Str,
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    /// Any other mark, of one or two bytes.
    Mark,
}

/// A token. Offsets are of the text; 32 bits, as there are millions of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Bytes before a string's content: prefix and quote.
    pub(super) head: u8,
    /// Bytes after it.
    pub(super) tail: u8,
    /// The string takes in expressions.
    pub(super) holes: bool,
    start: u32,
    end: u32,
    mate: u32,
    outer: u32,
}

const NONE: u32 = u32::MAX;

impl Token {
    /// With its quotes.
    pub(super) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Without its quotes.
    pub(super) fn content(&self) -> Range<usize> {
        self.start as usize + usize::from(self.head)..self.end as usize - usize::from(self.tail)
    }

    /// The other bracket.
    pub(super) fn mate(&self) -> Option<usize> {
        (self.mate != NONE).then_some(self.mate as usize)
    }

    /// The innermost open bracket around.
    pub(super) fn outer(&self) -> Option<usize> {
        (self.outer != NONE).then_some(self.outer as usize)
    }
}

/// The tokens of `text[range]`.
pub(super) fn tokens(text: &[u8], range: Range<usize>, syntax: Syntax) -> Vec<Token> {
    let mut lexer = Lexer {
        text: &text[..range.end],
        syntax,
        tokens: Vec::new(),
        open: Vec::new(),
        at: range.start,
    };
    if u32::try_from(range.end).is_ok() {
        lexer.run();
    }
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a [u8],
    syntax: Syntax,
    tokens: Vec<Token>,
    open: Vec<u32>,
    at: usize,
}

/// Marks of two bytes that must not be taken for two marks.
const PAIRS: &[&[u8; 2]] = &[
    b"=>", b"->", b"==", b"!=", b"<=", b">=", b":=", b"::", b"?.", b"??", b"||", b"&&", b"+=",
    b"-=", b"?:", b"..", b"=~",
];

impl Lexer<'_> {
    fn run(&mut self) {
        while let Some(&byte) = self.text.get(self.at) {
            if byte.is_ascii_whitespace() {
                self.at += 1;
            } else if !self.comment(byte) && !self.string() {
                self.plain(byte);
            }
        }
    }

    fn line_end(&self) -> usize {
        let rest = &self.text[self.at..];
        memchr::memchr(b'\n', rest).map_or(self.text.len(), |length| self.at + length)
    }

    fn comment(&mut self, byte: u8) -> bool {
        let rest = &self.text[self.at..];
        // `#[Attribute]` of PHP is no comment, and begins no credential either.
        if byte == b'#' && self.syntax.hash || self.syntax.slashes && rest.starts_with(b"//") {
            self.at = self.line_end();
            return true;
        }
        if self.syntax.slashes && rest.starts_with(b"/*") {
            let end = memchr::memmem::find(&rest[2..], b"*/");
            self.at = end.map_or(self.text.len(), |length| self.at + length + 4);
            return true;
        }
        if byte == b'=' && rest.starts_with(b"=begin") && self.syntax.holes == Holes::Ruby {
            let end = memchr::memmem::find(rest, b"\n=end");
            self.at = end.map_or(self.text.len(), |length| self.at + length + 5);
            return true;
        }
        false
    }

    /// A string that begins here, its prefix first.
    fn string(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let prefix = rest
            .iter()
            .take(3)
            .take_while(|b| match self.syntax.holes {
                Holes::Braces(b'$') => matches!(b, b'$' | b'@'),
                Holes::Braces(_) => {
                    matches!(b, b'r' | b'R' | b'b' | b'B' | b'f' | b'F' | b'u' | b'U')
                }
                _ => false,
            })
            .count();
        let Some(&quote) = rest.get(prefix) else { return false };
        if !(matches!(quote, b'"' | b'\'') || quote == b'`' && self.syntax.backticks) {
            return false;
        }
        let marks = &rest[prefix..];
        let triple = self.syntax.triple
            && marks.len() >= 3
            && quote != b'`'
            && marks[1] == quote
            && marks[2] == quote;
        let width = if triple { 3 } else { 1 };
        let head = prefix + width;
        let flags = &rest[..prefix];
        let holes = match self.syntax.holes {
            Holes::None => false,
            Holes::Braces(mark) => flags.iter().any(|b| b.eq_ignore_ascii_case(&mark)),
            Holes::Script => quote == b'`',
            Holes::Dollar | Holes::Php | Holes::Ruby => quote == b'"',
        };
        let raw = flags.contains(&b'@') || quote == b'`' && self.syntax.holes == Holes::None;
        let limit = if triple || quote == b'`' || raw { self.text.len() } else { self.line_end() };
        let start = self.at;
        let mut at = start + head;
        while at < limit {
            let byte = self.text[at];
            if byte == quote && (!triple || self.text[at..].starts_with(&[quote; 3])) {
                // `""` in a verbatim string of C#.
                if raw && quote == b'"' && self.text.get(at + 1) == Some(&quote) {
                    at += 2;
                    continue;
                }
                let end = at + width;
                self.push(Kind::Str, start, end);
                if let Some(token) = self.tokens.last_mut() {
                    token.head = u8::try_from(head).unwrap_or_default();
                    token.tail = u8::try_from(width).unwrap_or_default();
                    token.holes = holes;
                }
                self.at = end;
                return true;
            }
            at = match byte {
                b'\\' if !raw => at + 2,
                _ if holes => {
                    hole(&self.text[..limit], at, self.syntax.holes).map_or(at + 1, |(_, end)| end)
                }
                _ => at + 1,
            };
        }
        // Never closed: an apostrophe. Nothing of it is code.
        self.at = limit;
        true
    }

    fn plain(&mut self, byte: u8) {
        let start = self.at;
        let rest = &self.text[start..];
        if is_word(byte) {
            let length = rest.iter().take_while(|b| is_word(**b)).count();
            self.push(Kind::Word, start, start + length);
        } else if matches!(byte, b'(' | b'[' | b'{') {
            let index = u32::try_from(self.tokens.len()).unwrap_or(NONE);
            self.push(Kind::Open, start, start + 1);
            self.open.push(index);
        } else if matches!(byte, b')' | b']' | b'}') {
            self.close(byte);
        } else if byte == b'/' && self.syntax.regexes && self.regex() {
            return;
        } else {
            let two = PAIRS.iter().any(|pair| rest.starts_with(*pair));
            self.push(Kind::Mark, start, start + if two { 2 } else { 1 });
        }
        self.at = self.tokens.last().map_or(start + 1, |token| token.end as usize).max(start + 1);
    }

    fn close(&mut self, byte: u8) {
        let matching = match byte {
            b')' => b'(',
            b']' => b'[',
            _ => b'{',
        };
        // One bracket too many or too few must not shift all that follows.
        let depth = self
            .open
            .iter()
            .rev()
            .take(3)
            .position(|open| self.text[self.tokens[*open as usize].start as usize] == matching);
        if let Some(depth) = depth {
            let open = self.open[self.open.len() - 1 - depth];
            self.open.truncate(self.open.len() - 1 - depth);
            let index = u32::try_from(self.tokens.len()).unwrap_or(NONE);
            self.tokens[open as usize].mate = index;
            self.push(Kind::Close, self.at, self.at + 1);
            if let Some(token) = self.tokens.last_mut() {
                token.mate = open;
            }
        } else {
            self.push(Kind::Close, self.at, self.at + 1);
        }
    }

    /// A regular expression that begins here: where no operand stands before it.
    fn regex(&mut self) -> bool {
        let operand = self.tokens.last().is_some_and(|token| match token.kind {
            Kind::Word => &self.text[token.range()] != b"return",
            Kind::Str | Kind::Close => true,
            Kind::Open | Kind::Mark => false,
        });
        if operand {
            return false;
        }
        let end = self.line_end();
        let (mut at, mut class) = (self.at + 1, false);
        while at < end {
            match self.text[at] {
                b'\\' => at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => {
                    self.at = at + 1;
                    return true;
                }
                _ => {}
            }
            at += 1;
        }
        false
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        // The whole text is shorter than 4 GiB.
        let at = |offset: usize| u32::try_from(offset).unwrap_or(NONE);
        self.tokens.push(Token {
            kind,
            head: 0,
            tail: 0,
            holes: false,
            start: at(start),
            end: at(end.min(self.text.len())),
            mate: NONE,
            outer: self.open.last().copied().unwrap_or(NONE),
        });
    }
}

/// A letter, a digit, a sigil or part of a character beyond ASCII.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'@') || !byte.is_ascii()
}

/// Longer expressions in a string are no credentials.
const LONGEST_HOLE: usize = 300;

/// The expression that a string takes in at `at`, and the end of it with its marks.
fn hole(text: &[u8], at: usize, holes: Holes) -> Option<(Range<usize>, usize)> {
    let rest = &text[at..];
    let open = match holes {
        Holes::Braces(_) => {
            // `{{` is a brace.
            if rest.starts_with(b"{{") {
                return Some((at..at, at + 2));
            }
            usize::from(rest.starts_with(b"{"))
        }
        Holes::Script | Holes::Dollar | Holes::Php if rest.starts_with(b"${") => 2,
        Holes::Php if rest.starts_with(b"{$") => 1,
        Holes::Ruby if rest.starts_with(b"#{") => 2,
        Holes::Dollar | Holes::Php
            if rest[0] == b'$'
                && rest.get(1).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_') =>
        {
            let word = 1 + rest[1..]
                .iter()
                .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
                .count();
            // The sigil belongs to the name in PHP alone.
            let sigil = usize::from(holes == Holes::Dollar);
            let mut end = at + word;
            // `$this->password` and `$_ENV[NAME]` within a string.
            if holes == Holes::Php && text[end..].starts_with(b"->") {
                end += 2 + text[end + 2..].iter().take_while(|b| is_word(**b)).count();
            }
            return Some((at + sigil..end, end));
        }
        _ => 0,
    };
    if open == 0 {
        return None;
    }
    let start = at + open;
    let limit = text.len().min(start + LONGEST_HOLE);
    let (mut at, mut depth) = (start, 0_usize);
    while at < limit {
        match text[at] {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some((start..at, at + 1)),
            b'}' => depth -= 1,
            quote @ (b'"' | b'\'' | b'`') => {
                at += 1 + memchr::memchr(quote, &text[at + 1..limit])?;
            }
            b'\n' => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// A piece of a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// As it stands.
    Text(Range<usize>),
    /// An expression.
    Hole(Range<usize>),
}

/// The pieces of a string, at most `most`.
pub(super) fn pieces(text: &[u8], token: &Token, syntax: Syntax, most: usize) -> Vec<Piece> {
    let content = token.content();
    if !token.holes {
        return vec![Piece::Text(content)];
    }
    let text = &text[..content.end];
    let mut pieces = Vec::new();
    let (mut from, mut at) = (content.start, content.start);
    while at < content.end && pieces.len() < most {
        if text[at] == b'\\' {
            at += 2;
        } else if let Some((expression, end)) = hole(text, at, syntax.holes) {
            if !expression.is_empty() {
                if from < at {
                    pieces.push(Piece::Text(from..at));
                }
                pieces.push(Piece::Hole(expression));
                from = end;
            }
            at = end;
        } else {
            at += 1;
        }
    }
    if from < content.end {
        pieces.push(Piece::Text(from..content.end));
    }
    pieces
}
