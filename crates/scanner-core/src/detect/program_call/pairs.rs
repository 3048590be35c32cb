//! Finds the calls and keys of the table, and the expressions in them.

use std::ops::Range;

use super::Pair;
use super::expr::Expr;
use super::file::{Entry, File};
use super::language::{Argument, Call, Client, Key, SECRET_KEYS, USER_KEYS};
use super::token::Kind;

impl File<'_> {
    /// The username and the secret that the token at `at` takes.
    pub(super) fn pairs_at(&self, at: usize) -> Vec<Pair> {
        match self.kind(at) {
            Some(Kind::Word) => self
                .call(at)
                .or_else(|| self.key(at))
                .or_else(|| self.settings(at))
                .or_else(|| self.gradle(at))
                .into_iter()
                .collect(),
            Some(Kind::Str) => self
                .key(at)
                .or_else(|| self.joined(at))
                .or_else(|| self.header(at))
                .or_else(|| self.settings(at))
                .into_iter()
                .collect(),
            _ => Vec::new(),
        }
    }

    fn call(&self, at: usize) -> Option<Pair> {
        let name = self.bytes(at);
        self.language
            .calls
            .iter()
            .filter(|call| call.name.as_bytes() == name && self.is_called_on(at, call.on))
            .find_map(|call| self.arguments(at, call))
    }

    /// Whether one of these names stands before the dot.
    fn is_called_on(&self, at: usize, names: &[&str]) -> bool {
        if names.is_empty() {
            return true;
        }
        let Some(object) = at.checked_sub(2) else { return false };
        let linked = [&b"."[..], b"->", b"::", b"\\"].iter().any(|mark| self.is_mark(at - 1, mark));
        let object = String::from_utf8_lossy(self.bytes(object));
        linked && names.iter().any(|name| name.eq_ignore_ascii_case(&object))
    }

    fn arguments(&self, at: usize, call: &Call) -> Option<Pair> {
        let mut entries = Vec::new();
        let mut next = at + 1;
        // `Name<T>(…)` is not read; `Name(…) { … }` has both.
        if let Some(inside) = self.inside(next, b'(') {
            next = inside.end + 1;
            entries = self.entries(inside);
        } else if self.language.rule == crate::rule::Rule::Ruby {
            entries = self.command_arguments(at)?;
        }
        if self.language.literals
            && let Some(inside) = self.inside(next, b'{')
            && !entries.iter().any(|entry| entry.key.is_none())
        {
            entries.extend(self.entries(inside));
        }
        // One object holds them all.
        if let [only] = &entries[..]
            && only.key.is_none()
            && let Some(inside) = self.inside(only.value.start, b'{')
        {
            entries = self.entries(inside);
        }
        if let Some((position, words)) = call.when {
            let given = &self.text[self.span(&positional(&entries, position)?.value)?];
            memchr::memmem::find(given, words.as_bytes())?;
        }
        let user = self.argument(&entries, &call.user).map(|entry| self.expr(entry.value.clone()));
        let secret = self.expr(self.argument(&entries, &call.secret)?.value.clone());
        Some(self.pair(at, user?, secret, call.client))
    }

    fn pair(&self, at: usize, user: Expr, secret: Expr, client: Client) -> Pair {
        let taker = String::from_utf8_lossy(self.bytes(at)).trim_matches(['"', '\'']).to_owned();
        Pair { at, taker, user: Some(user), secret, client, whole: None, bearer: false }
    }

    /// The bytes of the text from the first to the last of some tokens.
    pub(super) fn span(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let last = range.end.checked_sub(1).filter(|last| *last >= range.start)?;
        Some(self.tokens.get(range.start)?.range().start..self.tokens.get(last)?.range().end)
    }

    /// Arguments without brackets: `request.basic_auth user, password`.
    fn command_arguments(&self, at: usize) -> Option<Vec<Entry>> {
        let next = self.tokens.get(at + 1)?;
        let between = &self.text[self.tokens[at].range().end..next.range().start];
        let spaced = !between.is_empty() && !between.contains(&b'\n');
        (spaced && (next.kind != Kind::Mark || self.is_mark(at + 1, b":")))
            .then(|| self.entries(at + 1..self.run_end(at + 1, false)))
    }

    fn argument<'e>(&self, entries: &'e [Entry], argument: &Argument) -> Option<&'e Entry> {
        self.named(entries, argument.names).or_else(|| positional(entries, argument.at?))
    }

    /// The entry under the first of these names that there is.
    pub(super) fn named<'e>(&self, entries: &'e [Entry], names: &[&str]) -> Option<&'e Entry> {
        names.iter().find_map(|name| {
            entries.iter().find(|entry| {
                let key = match &entry.key {
                    Some(key) => &self.text[key.clone()],
                    None => return false,
                };
                key.eq_ignore_ascii_case(name.as_bytes())
            })
        })
    }

    /// In an object `{ username, password }` names are keys and values.
    fn of_object(&self, inside: Range<usize>) -> Option<(Expr, Expr)> {
        let mut entries = self.entries(inside);
        for entry in &mut entries {
            if entry.key.is_none() && entry.value.len() == 1 && self.is_word(entry.value.start) {
                entry.key = Some(self.tokens[entry.value.start].range());
            }
        }
        let user = self.named(&entries, USER_KEYS)?;
        let secret = self.named(&entries, SECRET_KEYS)?;
        Some((self.expr(user.value.clone()), self.expr(secret.value.clone())))
    }

    fn key(&self, at: usize) -> Option<Pair> {
        let name = match self.kind(at)? {
            Kind::Str => &self.text[self.tokens[at].content()],
            _ => self.bytes(at),
        };
        let Key { client, .. } =
            self.language.keys.iter().find(|key| key.name.as_bytes() == super::file::bare(name))?;
        let next = at + 1;
        let separated = [&b":"[..], b"=", b"=>"].iter().any(|mark| self.is_mark(next, mark));
        if !separated {
            return None;
        }
        let (user, secret) = self.both(next + 1, 0)?;
        Some(self.pair(at, user, secret, *client))
    }

    /// A tuple, an array or an object of username and secret, itself or by its name.
    fn both(&self, at: usize, depth: usize) -> Option<(Expr, Expr)> {
        let inside = self.inside(at, b'(').or_else(|| self.inside(at, b'['));
        if let Some(inside) = inside {
            let entries = self.entries(inside.clone());
            if let [user, secret] = &entries[..]
                && user.key.is_none()
                && secret.key.is_none()
            {
                return Some((self.expr(user.value.clone()), self.expr(secret.value.clone())));
            }
            // `() => ({ username, password })`, `['username' => …]`.
            if let Some(found) = self.of_object(inside.clone()) {
                return Some(found);
            }
            if inside.is_empty() && self.is_mark(at + 2, b"=>") {
                return self.both(at + 3, depth + 1);
            }
            return (entries.len() == 1 && depth < 3)
                .then(|| self.both(at + 1, depth + 1))
                .flatten();
        }
        if let Some(inside) = self.inside(at, b'{') {
            // A function's body that returns the object.
            if self.bytes(at + 1) == b"return" && depth < 3 {
                return self.both(at + 2, depth + 1);
            }
            return self.of_object(inside);
        }
        if !self.is_word(at) || depth > 2 {
            return None;
        }
        // PHP's `array(…)`.
        if self.bytes(at) == b"array" {
            return self.both(at + 1, depth + 1);
        }
        // Followed only to a tuple or object that no key of its own reports.
        let next = self.kind(at + 1);
        if matches!(next, Some(Kind::Mark))
            && matches!(self.bytes(at + 1), b"." | b"->" | b"::" | b"?.")
            || next == Some(Kind::Open)
        {
            return None;
        }
        let name = self.bytes(at);
        let known = |key: &Key| key.name.as_bytes() == super::file::bare(name);
        let value = self.binding(name).filter(|_| !self.language.keys.iter().any(known))?;
        let start = value.value.start;
        matches!(self.kind(start), Some(Kind::Open)).then(|| self.both(start, depth + 1)).flatten()
    }
}

fn positional(entries: &[Entry], at: usize) -> Option<&Entry> {
    entries.iter().filter(|entry| entry.key.is_none()).nth(at)
}
