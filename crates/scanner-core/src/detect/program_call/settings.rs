//! Settings in a program whose own words say that they are for Bitbucket Cloud: Renovate's
//! `config.js`.

use super::Pair;
use super::file::File;
use super::language::Client;
use super::token::Kind;
use crate::bitbucket::Host;
use crate::rule::Rule;

/// Keys whose value says whose username and password stand beside it.
pub(super) const KEYS: &[&str] = &["platform", "matchHost"];

impl File<'_> {
    /// The username and the password beside the key at `at`.
    pub(super) fn settings(&self, at: usize) -> Option<Pair> {
        if self.language.rule != Rule::Javascript || !self.is_mark(at + 1, b":") {
            return None;
        }
        let key = match self.kind(at)? {
            Kind::Word => self.bytes(at),
            Kind::Str => &self.text[self.tokens[at].content()],
            _ => return None,
        };
        let value = self.tokens.get(at + 2).filter(|value| value.kind == Kind::Str)?;
        let value = &self.text[value.content()];
        let says = match key {
            b"platform" => value == b"bitbucket",
            b"matchHost" => self.is_api(value),
            _ => false,
        };
        if !says || !self.is_of_renovate() {
            return None;
        }
        let open = self.tokens[at].outer()?;
        let entries = self.entries(self.inside(open, b'{')?);
        let user = self.named(&entries, &["username"])?;
        let secret = self.named(&entries, &["password"])?;
        if let Some(endpoint) = self.named(&entries, &["endpoint"])
            && let Some(endpoint) = self.tokens.get(endpoint.value.start)
            && endpoint.kind == Kind::Str
            && !self.is_api(&self.text[endpoint.content()])
        {
            return None;
        }
        Some(Pair {
            at,
            taker: "Renovate".to_owned(),
            user: Some(self.expr(user.value.clone())),
            secret: self.expr(secret.value.clone()),
            client: Client::Named(Rule::Renovate),
            whole: None,
            bearer: false,
        })
    }

    /// Whether a URL or host is that of the REST API.
    fn is_api(&self, text: &[u8]) -> bool {
        let host = memchr::memmem::find(text, b"://").map_or(text, |at| &text[at + 3..]);
        let host = host.split(|b| matches!(b, b'/' | b'?' | b'#')).next().unwrap_or_default();
        self.doc.host(host) == Some(Host::Api)
    }

    /// Other tools have such keys too.
    fn is_of_renovate(&self) -> bool {
        let name = self.doc.path.rsplit('/').next().unwrap_or_default();
        name.split('.').next() == Some("config")
            || memchr::memmem::find(self.doc.path.as_bytes(), b"renovate").is_some()
            || memchr::memmem::find(self.text, b"enovate").is_some()
    }
}
