//! Gradle's repositories: the `credentials` block beside the URL that they are for.

use std::ops::Range;

use super::Pair;
use super::expr::Expr;
use super::file::File;
use super::language::Client;
use super::token::Kind;
use crate::rule::Rule;

/// The word that opens the block.
pub(super) const KEYS: &[&str] = &["credentials"];

impl File<'_> {
    /// The username and the password in the block that the word at `at` opens.
    pub(super) fn gradle(&self, at: usize) -> Option<Pair> {
        if self.language.rule != Rule::Java || self.bytes(at) != b"credentials" || !self.is_script()
        {
            return None;
        }
        let inside = self.inside(self.block_behind(at)?, b'{')?;
        let around = self.tokens[at].outer()?;
        if !self.is_of_bitbucket(around, &inside) {
            return None;
        }
        Some(Pair {
            at,
            taker: "Gradle".to_owned(),
            user: self.set(&inside, b"username"),
            secret: self.set(&inside, b"password")?,
            client: Client::Named(Rule::Gradle),
            whole: None,
            bearer: false,
        })
    }

    fn is_script(&self) -> bool {
        let path = self.doc.path.to_ascii_lowercase();
        path.ends_with(".gradle") || path.ends_with(".gradle.kts")
    }

    /// The brace behind the word, perhaps with a type in between: `credentials(PasswordCredentials) {`.
    fn block_behind(&self, at: usize) -> Option<usize> {
        let next = at + 1;
        let behind = match self.inside(next, b'(') {
            Some(_) => self.tokens.get(next)?.mate()? + 1,
            None => next,
        };
        (self.bytes(behind) == b"{").then_some(behind)
    }

    /// What `name = value` or `name value` sets.
    fn set(&self, inside: &Range<usize>, name: &[u8]) -> Option<Expr> {
        let at = inside.clone().find(|at| self.is_word(*at) && self.bytes(*at) == name)?;
        let start = at + 1 + usize::from(self.is_mark(at + 1, b"="));
        let end = self.run_end(start, true).min(inside.end);
        (start < end).then(|| self.expr(start..end))
    }

    /// Whether a URL of Bitbucket Cloud stands in the block that opens at `open`, or in the argument
    /// before it, and not in the credentials themselves.
    fn is_of_bitbucket(&self, open: usize, credentials: &Range<usize>) -> bool {
        let Some(block) = self.inside(open, b'{') else { return false };
        // `maven("https://…") {`
        let before = open.checked_sub(1).filter(|before| self.bytes(*before) == b")");
        let before = before.and_then(|close| Some(self.tokens[close].mate()?..close));
        let is_url = |at: usize| {
            let token = &self.tokens[at];
            token.kind == Kind::Str && self.is_url_of_cloud(&self.text[token.content()])
        };
        before.into_iter().flatten().chain(block).any(|at| !credentials.contains(&at) && is_url(at))
    }

    fn is_url_of_cloud(&self, text: &[u8]) -> bool {
        let Some(at) = memchr::memmem::find(text, b"://") else { return false };
        let host = text[at + 3..].split(|b| matches!(b, b'/' | b':' | b'?')).next();
        host.is_some_and(|host| self.doc.host(host).is_some())
    }
}
