//! From pairs of username and secret to candidates.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::Pair;
use super::expr::Expr;
use super::file::File;
use super::language::Client;
use super::tie::Tie;
use crate::bitbucket::{Host, Scope, TokenFormat, classify_token};
use crate::detect::env_variable::{NameKind, known_secret_name};
use crate::detect::place::is_test;
use crate::detect::slot::{Content, Slot, Verdict, content, form_error, judge};
use crate::detect::{Candidate, Sink};
use crate::finding::{Confidence, FormError, Place, Role, Severity, State, Use};
use crate::rule::Rule;

/// Gathers what one file gives: calls that share a secret are one use.
pub(super) struct Report<'f, 'a> {
    file: &'f File<'a>,
    hosts: Option<Tie>,
    found: Vec<Found<'a>>,
}

struct Found<'a> {
    candidate: Candidate,
    secret: Range<usize>,
    users: Vec<User<'a>>,
}

/// A username of a call.
struct User<'a> {
    /// As the call has it.
    there: Expr,
    /// Where its value comes from.
    source: Expr,
    /// The name that was followed.
    through: Option<&'a [u8]>,
}

impl<'f, 'a> Report<'f, 'a> {
    pub(super) fn new(file: &'f File<'a>) -> Self {
        Self { file, hosts: None, found: Vec::new() }
    }

    /// Judges a pair.
    pub(super) fn add(&mut self, pair: &Pair, sink: &mut Sink) {
        let file = self.file;
        let (secret, through) = file.follow(&pair.secret);
        let Some(secret_range) = place(&secret) else { return };
        let literal = matches!(secret, Expr::Literal(_));
        let raw = self.raw(&secret);
        if literal && content(&raw, false, file.doc.kind).must_be_masked(true) {
            sink.secrets.push(secret_range.clone());
        }
        let user = pair.user.as_ref().map(|there| {
            let (source, through) = file.follow(there);
            User { there: there.clone(), source, through }
        });
        let Some((verdict, usage, scopes)) = self.verdict(pair, &secret, &raw, user.as_ref())
        else {
            return;
        };
        if let Some(known) = self.found.iter_mut().find(|known| known.secret == secret_range) {
            for scope in scopes {
                if !known.candidate.scopes.contains(&scope) {
                    known.candidate.scopes.push(scope);
                }
            }
            if known.candidate.usage != usage {
                known.candidate.usage = Use::Both;
            }
            known.users.extend(user);
            return;
        }
        if self.found.len() >= 2000 {
            return;
        }
        let mut parts = vec![(Role::Secret, secret_range.clone())];
        let mut range = secret_range.clone();
        match &secret {
            Expr::Lookup { whole, .. } => {
                parts.push((Role::Name, secret_range.clone()));
                parts.push((Role::Value, whole.clone()));
                range = whole.clone();
            }
            Expr::Literal(_) => parts.extend(pair.whole.clone().map(|whole| (Role::Value, whole))),
            Expr::Ident { .. } => parts.push((Role::Name, secret_range.clone())),
            Expr::Other => {}
        }
        // One that was followed stands where it is assigned.
        if let Some(binding) = through.and_then(|name| file.binding(name)) {
            let name = file.tokens[binding.name].range();
            if name.start < range.start && range.start - name.start < 400 {
                range.start = name.start;
            }
        } else if let Some(user) = user.as_ref().and_then(|user| place(&user.there))
            && user.end <= range.start
            && range.start - user.start < 400
        {
            range.start = user.start;
        }
        let variable = verdict.variable.clone().filter(|_| !literal);
        let identity = format!("{} {}", pair.taker, variable.clone().unwrap_or_default());
        self.found.push(Found {
            secret: secret_range,
            users: user.into_iter().collect(),
            candidate: Candidate {
                rule: file.language.rule,
                state: verdict.state,
                form_error: verdict.form_error,
                usage,
                confidence: verdict.confidence,
                severity: verdict.severity,
                place: Place::Active,
                kind: verdict.kind,
                range,
                parts,
                secret: verdict.secret,
                username: verdict.username,
                variable,
                git_config_key: None,
                scopes,
                label: match pair.client {
                    Client::Named(rule) => Some(rule),
                    _ => None,
                },
                slot: None,
                identity,
                message: verdict.message,
            },
        });
    }

    /// What a slot shows of an expression: a literal as it stands, all else as a reference.
    fn raw(&self, expr: &Expr) -> Vec<u8> {
        match expr {
            Expr::Literal(range) => self.file.text[range.clone()].to_vec(),
            Expr::Lookup { name, .. } | Expr::Ident { name, .. } => {
                let name = &self.file.text[name.clone()];
                let name = super::file::bare(name);
                [b"${", name, b"}"].concat()
            }
            Expr::Other => b"${x}".to_vec(),
        }
    }

    fn verdict(
        &mut self,
        pair: &Pair,
        secret: &Expr,
        raw: &[u8],
        user: Option<&User<'_>>,
    ) -> Option<(Verdict, Use, Vec<Scope>)> {
        let file = self.file;
        let kind = file.doc.kind;
        let literal = matches!(secret, Expr::Literal(_));
        let format = literal.then(|| classify_token(raw));
        let name = (!literal)
            .then(|| String::from_utf8_lossy(raw).trim_matches(['$', '{', '}']).to_owned());
        let user_raw = user.map(|user| self.raw(&user.source));
        let strong = format == Some(TokenFormat::AppPassword)
            || name.as_deref().is_some_and(|name| {
                known_secret_name(name, file.doc.settings)
                    .is_some_and(|class| class.kind == NameKind::Strong)
            });
        if is_fine(name.as_deref(), user_raw.as_deref()) {
            return None;
        }
        let (tie, statement) = self.tie(pair);
        let weak_tie = match &tie {
            Tie::Foreign => return None,
            Tie::Nothing if !strong => return None,
            Tie::Nothing | Tie::Url { .. } => false,
            Tie::File => {
                if self.says_other(&statement, name.as_deref(), user_raw.as_deref()) {
                    return None;
                }
                true
            }
        };
        let usage = match pair.client {
            Client::Git => Use::Git,
            _ => Use::Rest,
        };
        let what = match usage {
            _ if matches!(pair.client, Client::Named(_)) => {
                format!("the configuration of {}", pair.taker)
            }
            Use::Git => format!("a call of git ({})", pair.taker),
            _ => format!("a call of the REST API ({})", pair.taker),
        };
        let slot = Slot {
            username: user_raw.as_deref(),
            secret: Some(raw),
            percent: false,
            usage,
            kind,
            place: Place::Active,
            what: &what,
        };
        let mut verdict = if pair.bearer {
            form_error(&slot, raw, FormError::BearerForRest, None)
        } else {
            judge(&slot)?
        };
        // A username that the table knows nothing of may hold the email.
        let unknown_user = user.is_some_and(|user| user.source == Expr::Other);
        if unknown_user && verdict.state == State::HalfMigrated {
            return None;
        }
        let unknown = format == Some(TokenFormat::Unknown);
        let in_test = is_test(file.doc.path);
        if unknown
            && (weak_tie || in_test || !matches!(content(raw, false, kind), Content::Literal(_)))
        {
            return None;
        }
        if verdict.state == State::Reference {
            let token =
                name.as_deref().is_some_and(|name| name.to_ascii_lowercase().contains("token"));
            let vague = verdict.confidence == Confidence::Possible;
            if vague && weak_tie {
                return None;
            }
            let identifier = matches!(secret, Expr::Ident { .. });
            if vague && token || in_test && identifier {
                verdict.severity = Severity::Note;
            }
        } else if verdict.state == State::AppPassword
            && weak_tie
            && verdict.confidence == Confidence::Certain
            && !strong
        {
            verdict.confidence = Confidence::Likely;
        }
        let scopes = match pair.client {
            Client::Named(rule) => {
                rule.consumer().map(|consumer| consumer.scopes.to_vec()).unwrap_or_default()
            }
            _ => self.scopes(usage, &tie, &statement),
        };
        if oauth(&tie) {
            return None;
        }
        Some((verdict, usage, scopes))
    }

    fn tie(&mut self, pair: &Pair) -> (Tie, Range<usize>) {
        let file = self.file;
        if matches!(pair.client, Client::Named(_)) {
            let tie = Tie::Url { host: Host::Api, path: String::new() };
            return (tie, file.statement(pair.at));
        }
        let hosts = self.hosts.get_or_insert_with(|| file.hosts()).clone();
        let (tie, statement) = file.tie(pair.at, &hosts);
        let client = match pair.client {
            // Whoever sets another address may mean a server of their own.
            Client::Cloud(words) => {
                let has = |word: &str| memchr::memmem::find(file.text, word.as_bytes()).is_some();
                words.iter().any(|word| has(word)) && !has("SetApiBaseURL(")
            }
            _ => false,
        };
        // A client of Bitbucket Cloud's API needs no URL.
        let own = matches!(file.tie(pair.at, &Tie::Nothing).0, Tie::Foreign);
        match tie {
            _ if client && own => (Tie::Foreign, statement),
            Tie::Nothing | Tie::File | Tie::Foreign if client => {
                (Tie::Url { host: Host::Api, path: String::new() }, statement)
            }
            tie => (tie, statement),
        }
    }

    /// Whether names around say that another service is asked.
    fn says_other(
        &self,
        statement: &Range<usize>,
        name: Option<&str>,
        user: Option<&[u8]>,
    ) -> bool {
        static OTHER: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(r"(?i-u)github|gitlab|gitea|jira|confluence|jenkins|sonar|nexus|artifactory|slack|smtp|mail_|mysql|postgres|mongo|redis|proxy|ldap|stash|bitbucket_?server|data_?center|docker|azure|teamcity|bamboo|zendesk|twilio|\baws").ok()
        });
        let Some(other) = OTHER.as_ref() else { return true };
        let text = self
            .file
            .span(statement)
            .map_or(&b""[..], |span| &self.file.text[span.start..span.end.min(span.start + 2000)]);
        other.is_match(text)
            || name.is_some_and(|name| other.is_match(name.as_bytes()))
            || user.is_some_and(|user| other.is_match(user))
    }

    fn scopes(&self, usage: Use, tie: &Tie, statement: &Range<usize>) -> Vec<Scope> {
        let span = self.file.span(statement).unwrap_or(0..0);
        let text = &self.file.text[span.start..span.end.min(span.start + 2000)];
        if usage == Use::Git {
            static PUSH: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?i-u)push").ok());
            let push = PUSH.as_ref().is_some_and(|push| push.is_match(text));
            return if push { Scope::GIT_PUSH.to_vec() } else { Scope::GIT_FETCH.to_vec() };
        }
        let Tie::Url { path, .. } = tie else { return Vec::new() };
        let Some(method) = method(text) else { return Vec::new() };
        Scope::for_rest(method, path).to_vec()
    }

    /// Hands everything to the sink.
    pub(super) fn finish(self, sink: &mut Sink) {
        let file = self.file;
        for Found { mut candidate, users, secret } in self.found {
            let names: Vec<_> = users.iter().filter_map(|user| user.through).collect();
            for user in &users {
                // A value that others read, too, is not this call's to change.
                let source = match user.through {
                    Some(name)
                        if !only_used(
                            file,
                            name,
                            &user.source,
                            names.iter().filter(|n| **n == name).count(),
                        ) =>
                    {
                        &user.there
                    }
                    _ => &user.source,
                };
                let range = match source {
                    Expr::Lookup { whole, .. } if candidate.usage == Use::Git => {
                        Some(whole.clone())
                    }
                    other => place(other),
                };
                let Some(range) = range else { continue };
                let apart = range.end <= secret.start || secret.end <= range.start;
                let part = (Role::Username, range);
                if apart && !candidate.parts.contains(&part) {
                    candidate.parts.push(part);
                }
            }
            candidate.parts.sort_by_key(|(role, range)| (range.start, *role));
            sink.candidates.push(candidate);
        }
    }
}

/// The bytes that stand for an expression.
fn place(expr: &Expr) -> Option<Range<usize>> {
    match expr {
        Expr::Literal(range) => (!range.is_empty()).then(|| range.clone()),
        Expr::Lookup { name, .. } | Expr::Ident { name, .. } => Some(name.clone()),
        Expr::Other => None,
    }
}

/// Whether a name stands nowhere but where it is assigned and in these calls; `source` is what it is
/// assigned.
fn only_used(file: &File<'_>, name: &[u8], source: &Expr, calls: usize) -> bool {
    let word = super::token::is_word;
    let sigil = file.language.rule == Rule::Php;
    let inside = match source {
        Expr::Lookup { name, .. } => name.clone(),
        _ => 0..0,
    };
    let hits = memchr::memmem::find_iter(file.text, name)
        .filter(|at| {
            let before = at.checked_sub(1).map(|before| file.text[before]);
            let whole = match before {
                _ if inside.contains(at) => false,
                Some(b'$' | b'@' | b'>') | None => true,
                // The end of a path.
                Some(b'/') => false,
                Some(byte) => !sigil && !word(byte),
            };
            whole && !file.text.get(at + name.len()).is_some_and(|byte| word(*byte))
        })
        .take(calls + 2)
        .count();
    hits == calls + 1
}

/// Whether the names say that the form is right, or that it is no app password at all.
fn is_fine(secret: Option<&str>, user: Option<&[u8]>) -> bool {
    static TOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i-u)api_?-?token|access_?token|repo\w*_?token|workspace_?token|bearer|oauth|client_?secret|consumer|atlassian_?token").ok()
    });
    static CLIENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i-u)client_?id|consumer|oauth|client_?key|^\$\{key\}$").ok()
    });
    secret.is_some_and(|name| TOKEN.as_ref().is_some_and(|re| re.is_match(name.as_bytes())))
        || user.is_some_and(|user| CLIENT.as_ref().is_some_and(|re| re.is_match(user)))
}

/// The path where an OAuth consumer asks for a token.
fn oauth(tie: &Tie) -> bool {
    matches!(tie, Tie::Url { path, .. } if path.starts_with("/site/oauth2"))
}

/// The method of the request, where the statement says it.
fn method(text: &[u8]) -> Option<&'static str> {
    static METHOD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?i-u)method['"]?\s*[:=]>?\s*['"](get|post|put|patch|delete|head)|['"](GET|POST|PUT|PATCH|DELETE|HEAD)['"]|[.>:]\s*(get|post|put|patch|delete|head)(?:_?async|forobject|forentity|fromjsonasync|string)?\s*(?:<[^>()]*>)?[(.]|\b(?:Http|Net::HTTP::)(Get|Post|Put|Patch|Delete|Head)\b|HttpMethod\.(Get|Post|Put|Patch|Delete)"#).ok()
    });
    static PLAIN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?-u)\b(?:fetch|axios|got|urlopen|open|request)\s*\(").ok());
    let captures = METHOD.as_ref()?.captures(text);
    let named = captures.and_then(|captures| captures.iter().skip(1).flatten().next());
    let Some(named) = named else {
        return PLAIN.as_ref()?.is_match(text).then_some("GET");
    };
    Some(match named.as_bytes().to_ascii_uppercase().as_slice() {
        b"GET" | b"HEAD" => "GET",
        b"DELETE" => "DELETE",
        b"PUT" | b"PATCH" => "PUT",
        _ => "POST",
    })
}
