//! Username, colon and secret in one string, as base64 takes them; headers.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::Pair;
use super::expr::Expr;
use super::file::File;
use super::language::Client;
use super::token::{Kind, Piece, pieces};
use crate::bitbucket::{TokenFormat, classify_token};

/// Username, secret and the string that holds both, if one does.
type Parts = (Expr, Expr, Option<Range<usize>>);

impl File<'_> {
    /// A string that joins username and secret, beside a word that says what it is for.
    pub(super) fn joined(&self, at: usize) -> Option<Pair> {
        let token = self.tokens[at];
        let content = &self.text[token.content()];
        if content.len() > 1000 || memchr::memchr(b':', content).is_none() {
            return None;
        }
        let (user, secret, whole) = self.parts(at).or_else(|| self.in_hole(at))?;
        let taker = self.encoder(at)?;
        Some(Pair {
            at,
            taker,
            user: Some(user),
            secret,
            client: Client::Http,
            whole,
            bearer: false,
        })
    }

    fn parts(&self, at: usize) -> Option<Parts> {
        self.sum(at)
            .or_else(|| self.template(at))
            .or_else(|| self.format(at))
            .or_else(|| self.constant(at))
    }

    /// `` `Basic ${btoa(`${user}:${secret}`)}` ``
    fn in_hole(&self, at: usize) -> Option<Parts> {
        let token = self.tokens[at];
        pieces(self.text, &token, self.language.syntax, 4).into_iter().find_map(|piece| {
            let Piece::Hole(hole) = piece else { return None };
            let inner = self.of_hole(hole);
            let strings = 0..inner.tokens.len();
            strings.filter(|at| inner.kind(*at) == Some(Kind::Str)).find_map(|at| inner.parts(at))
        })
    }

    /// `user + ":" + secret`, also with the username in the string.
    fn sum(&self, at: usize) -> Option<Parts> {
        let plus = |at: usize| {
            self.is_mark(at, b"+")
                || self.is_mark(at, b".") && self.language.rule == crate::rule::Rule::Php
        };
        let token = self.tokens[at];
        if token.holes && pieces(self.text, &token, self.language.syntax, 2).len() > 1 {
            return None;
        }
        let content = token.content();
        let text = &self.text[content.clone()];
        let colon = text.iter().position(|b| *b == b':')?;
        if !plus(at + 1) || colon + 1 != text.len() {
            return None;
        }
        let end = (at + 2..self.tokens.len().min(at + 14))
            .find(|next| {
                matches!(self.kind(*next), Some(Kind::Close))
                    && self.tokens[*next].mate().is_none_or(|m| m < at)
                    || plus(*next) && self.tokens[*next].outer() == token.outer()
                    || self.is_mark(*next, b",")
                    || self.is_mark(*next, b";")
                    || self.tokens[*next].outer() == token.outer()
                        && *next > at + 2
                        && self.kind(*next) == Some(Kind::Word)
                        && self.kind(*next - 1) != Some(Kind::Mark)
            })
            .unwrap_or(at + 14);
        let secret = self.expr(at + 2..end.min(self.run_end(at + 2, true)));
        if text == b":" {
            let before = at.checked_sub(1).filter(|before| plus(*before))?;
            let user = self.expr(self.operand_before(before)..before);
            return Some((user, secret, None));
        }
        let user = content.start..content.start + colon;
        is_name(&self.text[user.clone()]).then_some((Expr::Literal(user), secret, None))
    }

    /// Where the operand begins that ends before the token at `end`.
    fn operand_before(&self, end: usize) -> usize {
        let mut start = end;
        while let Some(before) = start.checked_sub(1).filter(|before| end - before < 24) {
            match self.kind(before) {
                Some(Kind::Close) => match self.tokens[before].mate() {
                    Some(open) => start = open,
                    None => break,
                },
                Some(Kind::Word | Kind::Str) => {
                    // Two operands without a mark between them.
                    let linked = start == end
                        || matches!(self.kind(start), Some(Kind::Open))
                        || matches!(self.bytes(start), b"." | b"->" | b"::" | b"?." | b"!" | b"&.");
                    if !linked {
                        break;
                    }
                    start = before;
                }
                Some(Kind::Mark)
                    if matches!(self.bytes(before), b"." | b"->" | b"::" | b"?." | b"!") =>
                {
                    start = before;
                }
                _ => break,
            }
        }
        start
    }

    /// `` `${user}:${secret}` ``
    fn template(&self, at: usize) -> Option<Parts> {
        let token = self.tokens[at];
        if !token.holes {
            return None;
        }
        let list = pieces(self.text, &token, self.language.syntax, 8);
        let text = |range: &Range<usize>| &self.text[range.clone()];
        let whole = Some(token.content());
        let expr = |range: &Range<usize>| self.expr_in_string(range.clone());
        match &list[..] {
            [Piece::Hole(user), Piece::Text(colon), Piece::Hole(secret)] if text(colon) == b":" => {
                Some((expr(user), expr(secret), whole))
            }
            [Piece::Text(user), Piece::Hole(secret)] => {
                let user = user.start..text(user).ends_with(b":").then_some(user.end - 1)?;
                is_name(text(&user)).then(|| (Expr::Literal(user), expr(secret), whole))
            }
            [Piece::Hole(user), Piece::Text(secret)] => {
                let secret =
                    text(secret).starts_with(b":").then_some(secret.start + 1)?..secret.end;
                is_name(text(&secret)).then(|| (expr(user), Expr::Literal(secret), whole))
            }
            _ => None,
        }
    }

    /// `"%s:%s" % (user, secret)`, `"{}:{}".format(user, secret)`, `Sprintf("%s:%s", user, secret)`.
    fn format(&self, at: usize) -> Option<Parts> {
        static FORMAT: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r"(?-u)^(?:%(?:1\$)?[sv]|\{0?\}):(?:%(?:2\$)?[sv]|\{1?\})$").ok()
        });
        let content = &self.text[self.tokens[at].content()];
        if !FORMAT.as_ref()?.is_match(content) {
            return None;
        }
        let inside = if self.is_mark(at + 1, b"%") {
            self.inside(at + 2, b'(')?
        } else if self.is_mark(at + 1, b".") {
            self.inside(at + 3, b'(')?
        } else {
            let open = self.tokens[at].outer()?;
            self.is_mark(at + 1, b",").then_some(at + 2..self.tokens[open].mate()?)?
        };
        match &self.entries(inside)[..] {
            [user, secret] => {
                Some((self.expr(user.value.clone()), self.expr(secret.value.clone()), None))
            }
            _ => None,
        }
    }

    /// `"user:secret"`
    fn constant(&self, at: usize) -> Option<Parts> {
        let token = self.tokens[at];
        let content = token.content();
        let text = &self.text[content.clone()];
        let colon = text.iter().position(|b| *b == b':')?;
        let (user, secret) =
            (content.start..content.start + colon, content.start + colon + 1..content.end);
        let holes = token.holes && pieces(self.text, &token, self.language.syntax, 2).len() > 1;
        (!holes && is_name(&self.text[user.clone()]) && is_name(&self.text[secret.clone()]))
            .then_some((Expr::Literal(user), Expr::Literal(secret), Some(content)))
    }

    /// What encodes the string at `at`, or sends it: a word of the statement or of one that uses the
    /// name that it is assigned to.
    fn encoder(&self, at: usize) -> Option<String> {
        let found = |range: &Range<usize>| {
            let span = self.span(range)?;
            let text = &self.text[span.start..span.end.min(span.start + 2000)];
            let words = self.language.encoders;
            words
                .iter()
                .find(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
                .map(|word| word.trim_matches(['"', ' ']).to_owned())
        };
        // `auth: "user:password"`
        if at >= 2 && matches!(self.bytes(at - 1), b":" | b"=>" | b"=") {
            let key = self.bytes(at - 2);
            let key = key.trim_ascii();
            let key = key.strip_prefix(b"'").or_else(|| key.strip_prefix(b"\"")).unwrap_or(key);
            let key = key.strip_suffix(b"'").or_else(|| key.strip_suffix(b"\"")).unwrap_or(key);
            if self.language.keys.iter().any(|known| known.name.as_bytes() == key) {
                return Some(String::from_utf8_lossy(key).into_owned());
            }
        }
        let statement = self.statement(at);
        found(&statement).or_else(|| {
            let name = self.assigned_name(&statement)?;
            let near = self.tokens.len().min(statement.end + 2000);
            (statement.end..near)
                .filter(|use_| self.is_word(*use_) && super::file::bare(self.bytes(*use_)) == name)
                .take(4)
                .find_map(|use_| found(&self.statement(use_)))
        })
    }

    /// A string that begins with `Bearer` or `Basic` and goes on with the credential.
    pub(super) fn header(&self, at: usize) -> Option<Pair> {
        static BEARER: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new(r"(?-u)^(?:Authorization:\s*)?Bearer\s+").ok());
        let token = self.tokens[at];
        let content = token.content();
        if content.len() > 1000 {
            return None;
        }
        let hit = BEARER.as_ref()?.find(&self.text[content.clone()])?;
        let secret = content.start + hit.end()..content.end;
        let expr = if secret.is_empty() {
            let plus = self.is_mark(at + 1, b"+") || self.is_mark(at + 1, b".");
            plus.then(|| self.expr(at + 2..self.run_end(at + 2, true)))?
        } else if token.holes {
            match &pieces(self.text, &token, self.language.syntax, 3)[..] {
                [Piece::Text(_), Piece::Hole(hole)] => self.expr_in_string(hole.clone()),
                [Piece::Text(_)] => Expr::Literal(secret),
                _ => return None,
            }
        } else {
            Expr::Literal(secret)
        };
        // A variable may hold an access token, with which Bearer is right.
        let (followed, _) = self.follow(&expr);
        let literal = matches!(&followed, Expr::Literal(range)
            if classify_token(&self.text[range.clone()]) == TokenFormat::ApiToken);
        literal.then(|| Pair {
            at,
            taker: "Bearer".to_owned(),
            user: None,
            secret: expr,
            client: Client::Http,
            whole: None,
            bearer: true,
        })
    }
}

/// Whether a part of `user:secret` may be one: no space, no path, no other part.
fn is_name(text: &[u8]) -> bool {
    !text.is_empty()
        && text.len() <= 400
        && !text.starts_with(b"//")
        && text.iter().all(|b| {
            b.is_ascii_graphic()
                && !matches!(
                    b,
                    b':' | b'"'
                        | b'\''
                        | b'`'
                        | b'%'
                        | b'{'
                        | b'}'
                        | b'\\'
                        | b'<'
                        | b'>'
                        | b'('
                        | b')'
                )
        })
}
