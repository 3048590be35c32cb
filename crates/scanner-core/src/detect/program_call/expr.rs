//! What stands where a username or a secret is expected in a program.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::file::{File, bare};
use super::token::{Kind, Piece, Token, pieces, tokens};

/// An expression, as far as credentials go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expr {
    /// A string: its content in the text.
    Literal(Range<usize>),
    /// A value looked up under a name in a string (or as a member of the environment).
    Lookup {
        name: Range<usize>,
        whole: Range<usize>,
        /// In the environment, and not in some configuration.
        environment: bool,
    },
    /// A variable, a field, what a method without arguments gives.
    Ident {
        /// Its last name.
        name: Range<usize>,
        whole: Range<usize>,
        /// Whether it is a variable, or a field of the object that the code belongs to.
        own: bool,
        /// The name of the object that it is a member of.
        object: Option<Range<usize>>,
    },
    /// Anything else.
    Other,
}

/// What an object or a function that holds values from outside is called.
fn holds_values(name: &[u8]) -> bool {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i-u)env|secret|config|setting|credential|option|param|propert|args|input|vault|getstring|userdata|prefs|viper").ok()
    });
    NAME.as_ref().is_some_and(|re| re.is_match(name))
}

fn is_environment(name: &[u8]) -> bool {
    let name = bare(name);
    let lower = name.to_ascii_lowercase();
    matches!(
        &lower[..],
        b"environ"
            | b"environb"
            | b"getenv"
            | b"env"
            | b"_env"
            | b"_server"
            | b"lookupenv"
            | b"getenvironmentvariable"
            | b"environment"
            | b"get_env"
    )
}

/// Functions that hand on what they are given.
const WRAPPERS: &[&str] = &[
    "str",
    "string",
    "String",
    "quote",
    "quote_plus",
    "urlencode",
    "rawurlencode",
    "bytes",
    "byte",
    "encodeURIComponent",
    "escape",
    "QueryEscape",
    "PathEscape",
    "trim",
    "strval",
    "unquote",
    "requireNonNull",
    "must",
    "Must",
    "encodeURI",
    "EscapeDataString",
    "unicode",
    "b",
];

/// Methods that hand on the object that they are called on.
const METHODS: &[&str] = &[
    "strip",
    "trim",
    "encode",
    "decode",
    "toString",
    "String",
    "to_s",
    "toCharArray",
    "getBytes",
    "GetBytes",
    "toByteArray",
    "get",
    "get_secret_value",
    "value",
    "unwrap",
    "chomp",
    "orElse",
    "orEmpty",
    "Trim",
    "bytes",
    "expose",
    "as_str",
    "to_str",
    "rstrip",
    "lstrip",
    "replace",
    "getPlainText",
    "getOrElse",
    "orElseThrow",
    "ToString",
    "freeze",
    "reveal",
    "plaintext",
];

/// Names by which code calls the object that it belongs to.
const SELF: &[&[u8]] =
    &[b"self", b"this", b"cls", b"me", b"static", b"parent", b"Self", b"c", b"s"];

enum Segment {
    Word(Range<usize>),
    /// `["name"]`.
    Index(Range<usize>),
    /// `(…)`, with the tokens in it.
    Call(Range<usize>),
}

/// A list of tokens in a text: a file's, or those of an expression within a string.
#[derive(Clone, Copy)]
struct View<'v> {
    text: &'v [u8],
    tokens: &'v [Token],
    file: &'v File<'v>,
}

impl<'a> File<'a> {
    /// Reads the expression that these tokens make up.
    pub(super) fn expr(&self, range: Range<usize>) -> Expr {
        View { text: self.text, tokens: &self.tokens, file: self }.expr(range, 0)
    }

    /// Reads an expression that stands in a string.
    pub(super) fn expr_in_string(&self, range: Range<usize>) -> Expr {
        let list = tokens(self.text, range, self.language.syntax);
        View { text: self.text, tokens: &list, file: self }.expr(0..list.len(), 0)
    }

    /// The string or the look-up that a name is assigned, its one assignment followed; else the
    /// expression itself.
    pub(super) fn follow(&self, expr: &Expr) -> (Expr, Option<&'a [u8]>) {
        let Expr::Ident { name, own, object, .. } = expr else { return (expr.clone(), None) };
        let bytes = bare(&self.text[name.clone()]);
        let value = match object {
            Some(object) if !own => self.property(&self.text[object.clone()], bytes),
            _ => self.binding(bytes).map(|binding| binding.value.clone()),
        };
        let Some(value) = value else { return (expr.clone(), None) };
        match self.expr(value) {
            found @ (Expr::Literal(_) | Expr::Lookup { .. }) => (found, Some(bytes)),
            _ => (expr.clone(), None),
        }
    }

    /// The value under `key` in the object that `object` is assigned.
    fn property(&self, object: &[u8], key: &[u8]) -> Option<Range<usize>> {
        let value = &self.binding(object)?.value;
        let open = (value.start..value.end.min(value.start + 4))
            .find(|at| matches!(self.bytes(*at), b"{" | b"["))?;
        let inside = open + 1..self.tokens[open].mate()?;
        self.entries(inside)
            .into_iter()
            .find(|entry| entry.key.clone().is_some_and(|range| &self.text[range] == key))
            .map(|entry| entry.value)
    }
}

impl<'v> View<'v> {
    fn bytes(&self, at: usize) -> &'v [u8] {
        &self.text[self.tokens[at].range()]
    }

    fn is_mark(&self, at: usize, marks: &[&[u8]]) -> bool {
        self.tokens[at].kind == Kind::Mark && marks.contains(&self.bytes(at))
    }

    fn span(&self, range: &Range<usize>) -> Range<usize> {
        self.tokens[range.start].range().start..self.tokens[range.end - 1].range().end
    }

    fn expr(self, range: Range<usize>, depth: usize) -> Expr {
        let Some(range) = self.cut(range).filter(|_| depth < 6) else { return Expr::Other };
        let first = self.tokens[range.start];
        if range.len() == 1 && first.kind == Kind::Str {
            return self.string(&first);
        }
        if self.bytes(range.start) == b"(" && first.mate() == Some(range.end - 1) {
            return self.expr(range.start + 1..range.end - 1, depth + 1);
        }
        let Some(segments) = self.segments(&range) else { return Expr::Other };
        self.lookup(&segments, &range)
            .or_else(|| self.ident(&segments, &range, depth))
            .unwrap_or(Expr::Other)
    }

    /// Leaves out what says nothing of where the value comes from: `*`, `!`, `|| ''`, `as string`,
    /// `[]byte`.
    fn cut(&self, range: Range<usize>) -> Option<Range<usize>> {
        let Range { mut start, mut end } = range;
        while start < end && self.is_mark(start, &[b"*", b"&", b":", b"!"]) {
            start += 1;
        }
        if end - start > 3 && self.bytes(start) == b"[" && self.bytes(start + 1) == b"]" {
            start += 2;
        }
        while start < end
            && self.tokens[start].kind == Kind::Word
            && matches!(self.bytes(start), b"await" | b"new" | b"return")
        {
            start += 1;
        }
        let mut at = start;
        while at < end {
            let last = self.is_mark(at, &[b"||", b"??", b"?:", b"!"])
                || self.tokens[at].kind == Kind::Word
                    && at > start
                    && matches!(self.bytes(at), b"or" | b"as" | b"if");
            // `process.env!.NAME` goes on.
            if last && !(at + 1 < end && self.is_mark(at, &[b"!"]) && self.is_mark(at + 1, &[b"."]))
            {
                end = at;
                break;
            }
            at = match self.tokens[at].mate() {
                Some(mate) if mate > at => mate + 1,
                _ => at + 1,
            };
        }
        (start < end.min(self.tokens.len())).then_some(start..end.min(self.tokens.len()))
    }

    fn string(&self, token: &Token) -> Expr {
        match &pieces(self.text, token, self.file.language.syntax, 3)[..] {
            [] => Expr::Literal(token.content()),
            [Piece::Text(range)] => Expr::Literal(range.clone()),
            [Piece::Hole(range)] => self.file.expr_in_string(range.clone()),
            _ => Expr::Other,
        }
    }

    /// `a.b["c"](d)`, link by link. `None` where something else stands between.
    fn segments(&self, range: &Range<usize>) -> Option<Vec<Segment>> {
        let mut segments = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let token = &self.tokens[at];
            match token.kind {
                Kind::Word => segments.push(Segment::Word(token.range())),
                Kind::Open if segments.is_empty() => return None,
                Kind::Open => {
                    let mate = token.mate().filter(|mate| *mate < range.end)?;
                    match self.bytes(at) {
                        b"(" => segments.push(Segment::Call(at + 1..mate)),
                        b"[" if mate == at + 2 && self.tokens[at + 1].kind == Kind::Str => {
                            segments.push(Segment::Index(self.tokens[at + 1].content()));
                        }
                        // `config[:password]`
                        b"[" if mate == at + 3 && self.tokens[at + 2].kind == Kind::Word => {
                            segments.push(Segment::Index(self.tokens[at + 2].range()));
                        }
                        b"[" if mate == at + 2 && self.tokens[at + 1].kind == Kind::Word => {
                            segments.push(Segment::Index(self.tokens[at + 1].range()));
                        }
                        _ => return None,
                    }
                    at = mate;
                }
                Kind::Mark
                    if matches!(self.bytes(at), b"." | b"?." | b"->" | b"::" | b"!" | b"?") => {}
                Kind::Str | Kind::Close | Kind::Mark => return None,
            }
            at += 1;
            if segments.len() > 10 {
                return None;
            }
        }
        Some(segments)
    }

    /// A value that is looked up under a name in a string.
    fn lookup(&self, segments: &[Segment], range: &Range<usize>) -> Option<Expr> {
        let mut of_values = false;
        let mut environment = false;
        for (index, segment) in segments.iter().enumerate() {
            let name = match segment {
                Segment::Word(word) => {
                    let bytes = &self.text[word.clone()];
                    // `process.env.NAME`, `env.NAME`.
                    let member = index > 0
                        && matches!(&segments[index - 1], Segment::Word(object)
                            if matches!(&self.text[object.clone()], b"env" | b"secrets"));
                    let called = matches!(segments.get(index + 1), Some(Segment::Call(_)));
                    if member && !called {
                        Some(word.clone())
                    } else {
                        environment |= is_environment(bytes);
                        of_values |= holds_values(bytes);
                        None
                    }
                }
                Segment::Index(name) => Some(name.clone()),
                Segment::Call(inside) if of_values => self.first_string(inside),
                Segment::Call(_) => None,
            };
            if let Some(name) = name {
                // What follows must not turn it into something else.
                let rest = &segments[index + 1..];
                let kept = rest.iter().all(|segment| match segment {
                    Segment::Word(word) => is_one_of(&self.text[word.clone()], METHODS),
                    Segment::Call(_) => true,
                    Segment::Index(_) => false,
                });
                let plain = !name.is_empty()
                    && name.len() <= 100
                    && self.text[name.clone()]
                        .iter()
                        .all(|b| b.is_ascii_alphanumeric() || b"_-.:/".contains(b));
                return (kept && plain).then(|| Expr::Lookup {
                    name,
                    whole: self.span(range),
                    environment,
                });
            }
        }
        None
    }

    fn first_string(&self, inside: &Range<usize>) -> Option<Range<usize>> {
        let token = self.tokens.get(inside.start).filter(|_| !inside.is_empty())?;
        if token.kind != Kind::Str {
            return None;
        }
        match &pieces(self.text, token, self.file.language.syntax, 2)[..] {
            [Piece::Text(range)] => Some(range.clone()),
            _ => None,
        }
    }

    fn ident(&self, segments: &[Segment], range: &Range<usize>, depth: usize) -> Option<Expr> {
        let words = |segment: &Segment| match segment {
            Segment::Word(word) => Some(word.clone()),
            _ => None,
        };
        // `quote(password)`, `config.quote(password)`.
        if let [before @ .., Segment::Word(function), Segment::Call(inside)] = segments
            && is_one_of(&self.text[function.clone()], WRAPPERS)
            && !inside.is_empty()
            && before.iter().all(|segment| words(segment).is_some())
        {
            let comma = inside.clone().find(|at| self.is_mark(*at, &[b","]));
            return Some(self.expr(inside.start..comma.unwrap_or(inside.end), depth + 1));
        }
        let mut chain = segments;
        while let [before @ .., Segment::Word(method), Segment::Call(_)] = chain {
            if before.is_empty() || !is_one_of(&self.text[method.clone()], METHODS) {
                break;
            }
            chain = before;
        }
        // `getPassword()`
        if let [before @ .., Segment::Call(inside)] = chain {
            if !inside.is_empty() {
                return None;
            }
            chain = before;
        }
        let names: Vec<_> = chain.iter().map(words).collect::<Option<_>>()?;
        let (name, before) = names.split_last()?;
        let bytes = &self.text[name.clone()];
        if bare(bytes).is_empty() || bytes[0].is_ascii_digit() || bytes.len() > 100 {
            return None;
        }
        let object = before.last().cloned();
        let own = match before {
            [] => true,
            [object] => {
                let object = bare(&self.text[object.clone()]);
                SELF.contains(&object) || object.first().is_some_and(u8::is_ascii_uppercase)
            }
            _ => false,
        };
        Some(Expr::Ident { name: name.clone(), whole: self.span(range), own, object })
    }
}

fn is_one_of(name: &[u8], list: &[&str]) -> bool {
    list.iter().any(|known| known.as_bytes() == name)
}
