//! Variables and configuration keys that carry an app password, by their names.
//!
//! A name is looked for as a whole word ([`names`]); what is assigned to it is read by the grammar of
//! the file ([`assignment`]); a name that says little counts only beside signs of Bitbucket Cloud
//! ([`context`]).

mod assignment;
mod constant;
mod context;
mod names;
mod pair;
mod position;
mod reference;
#[cfg(test)]
mod tests;
mod text;

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memchr;
use regex::bytes::Regex;

#[cfg(test)]
pub(super) use tests::EXAMPLES;

pub use names::{NameClass, NameKind, known_secret_name};
pub use position::tool_defined;

use crate::bitbucket::{GIT_API_TOKEN_USERNAME, Scope, TokenFormat, classify_token};
use crate::credential::{CredentialKind, Secret};
use crate::document::{Document, FileKind};
use crate::finding::{Confidence, Place, Role, Severity, State, Use};
use crate::rule::{Rule, RuleInfo};

use super::app_password_literal::app_passwords;
use super::place::place_of;
use super::slot::{Slot, judge};
use super::value::{self, Value};
use super::{Candidate, Sink};
use assignment::{assigned, owner};
use constant::Assigned;
use context::Context;
use names::{LONGEST, Style};

pub(crate) const INFO: RuleInfo = RuleInfo {
    id: "env-variable",
    summary: "A variable or key that carries an app password by its name: BITBUCKET_APP_PASSWORD",
    why: "CI systems, scripts and configurations hold app passwords in variables and hand them on by \
          name. What is in BITBUCKET_APP_PASSWORD fails since 2026-07-28 wherever the name is used, \
          and the username beside it is not the one that an API token needs: git takes \
          x-bitbucket-api-token-auth, the REST API the Atlassian account email. A value in clear is a \
          leaked secret besides.",
    rewrite: "All uses of one name in a repository become BITBUCKET_API_TOKEN together, or none does: \
              review. A name that a tool defines (a pipe's variable, an MCP server's, a key of a \
              configuration) stays for all of them. A value in clear becomes the format's reference to \
              the variable, or REPLACE_WITH_BITBUCKET_API_TOKEN where the format has none: review; in \
              a Dockerfile, a .gitlab-ci.yml, a Jenkinsfile and in programs it is told how: manual. \
              The report lists the variables to create in each CI system.",
    before: "BITBUCKET_APP_PASSWORD=ATBBexampleexampleexampleexample1F2C",
    after: "BITBUCKET_API_TOKEN=REPLACE_WITH_BITBUCKET_API_TOKEN",
    limits: "Names that say little (BITBUCKET_PASSWORD, APP_PASSWORD, appPassword) count only in a file \
             that names bitbucket.org or shows another sign of Bitbucket Cloud, and not where it names a \
             server of your own; an APP_PASSWORD for mail is none. An identifier of a program is a \
             note. What a CI system or a vault holds under a name is not seen. A placeholder, an \
             access token and a reference to an API token are no findings.",
    sources: &[
        "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens",
        "https://support.atlassian.com/bitbucket-cloud/docs/deploy-build-artifacts-to-bitbucket-downloads",
        "https://github.com/semantic-release/semantic-release/issues/2423",
    ],
};

/// Sees variables by their names, and constants of an app password's form by what they are assigned
/// to.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    use FileKind as K;
    // The stores' own rules know what stands there.
    if matches!(doc.kind, K::GitCredentials | K::Netrc | K::EncryptedNetrc | K::Lock) {
        return;
    }
    let mut scan =
        Scan { doc, names: names_in(&doc.text), context: OnceCell::new(), values: HashSet::new() };
    for named in std::mem::take(&mut scan.names) {
        scan.look_at(&named, sink);
    }
    if doc.kind != K::Prose {
        scan.other_names(sink);
    }
}

/// A known name and where it stands.
#[derive(Clone, Debug)]
struct Named {
    range: Range<usize>,
    class: NameClass,
    style: Style,
}

fn names_in(text: &[u8]) -> Vec<Named> {
    const ANCHORS: &str = concat!(
        r"(?i-u)app[_-]?p(?:ass|w)|(?:bitbucket|bb)_pass|_auth_string|bitbucket_credentials",
        r"|_token_basic_auth|bundle_bitbucket__org",
    );
    static ANCHOR: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(ANCHORS).ok());
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(hit) = ANCHOR.as_ref().and_then(|anchor| anchor.find_at(text, at)) {
        at = hit.end();
        let word = |dash: bool| {
            let is = |b: &&u8| text::is_word(**b) || dash && **b == b'-';
            let mut before =
                text[..hit.start()].iter().rev().take(LONGEST + 1).take_while(is).count();
            // `\nNAME` in a string.
            let first = hit.start() - before;
            if before > 0
                && matches!(text[first], b'n' | b't' | b'r')
                && text::is_escaped(text, first)
            {
                before -= 1;
            }
            let after = text[hit.start()..].iter().take(LONGEST + 1).take_while(is).count();
            // Nothing of `é` is a part of an ASCII name, nor is a name a part of a longer word.
            let range = hit.start() - before..hit.start() + after;
            let alone = |b: Option<&u8>| b.is_none_or(u8::is_ascii);
            (alone(text[..range.start].last()) && alone(text.get(range.end))).then_some(range)
        };
        let trimmed = |range: Range<usize>| {
            let dashes = text[range.clone()].iter().take_while(|b| **b == b'-').count();
            range.start + dashes..range.end
        };
        let found = word(true).map(trimmed).into_iter().chain(word(false)).find_map(|range| {
            let (class, style) = names::classify(&text[range.clone()])?;
            Some(Named { range, class, style })
        });
        if let Some(named) = found {
            at = named.range.end.max(at);
            names.push(named);
        }
    }
    names
}

struct Scan<'d, 'a> {
    doc: &'d Document<'a>,
    names: Vec<Named>,
    context: OnceCell<Context>,
    /// Where the values begin that were reported already.
    values: HashSet<usize>,
}

/// What a name holds.
enum Held<'d> {
    /// A literal that is, or may be, an app password.
    Secret { value: Assigned<'d>, confidence: Confidence },
    /// An API token.
    ApiToken(Assigned<'d>),
    /// A token of another kind, or a reference to an API token: nothing is wrong here.
    Fine,
    /// Nothing, or a placeholder.
    Blank(Assigned<'d>),
    /// What another variable or an expression of a program gives.
    Elsewhere(Assigned<'d>),
    /// The name is not assigned anything where it stands.
    Mentioned,
}

impl<'d> Scan<'d, '_> {
    fn context(&self) -> &Context {
        self.context.get_or_init(|| {
            let mut context = Context::of(self.doc);
            context.cloud |= app_passwords(self.doc).next().is_some();
            context
        })
    }

    fn look_at(&mut self, named: &Named, sink: &mut Sink) {
        let name = &named.range;
        let text: &[u8] = &self.doc.text;
        // `<BITBUCKET_APP_PASSWORD>` stands for a value. Elements of XML are names.
        let wrapped = text[..name.start].ends_with(b"<") && text.get(name.end) == Some(&b'>');
        if wrapped && self.doc.kind != FileKind::Xml {
            return;
        }
        let value = assigned(self.doc, name).or_else(|| self.default(name));
        if let NameKind::Pair(usage) = named.class.kind {
            return self.pair(named, usage, value, sink);
        }
        let place = place_of(self.doc, name.start);
        match self.held(named, value, place) {
            Held::Fine => {}
            Held::Secret { value, confidence } => {
                sink.secrets.push(value.range.clone());
                if let Some(confidence) = self.counts(named, &value, confidence) {
                    self.report_secret(name, &value, confidence, place, sink);
                }
            }
            Held::ApiToken(value) => {
                sink.secrets.push(value.range.clone());
                if named.class.kind == NameKind::Strong {
                    self.report_token(name, &value, place, sink);
                }
            }
            Held::Blank(value) => {
                if named.class.kind == NameKind::Strong {
                    let range = name.start..value.range.end.max(name.end);
                    self.report_mention(named, Some((range, value.range)), place, sink);
                }
            }
            Held::Elsewhere(value) => {
                let weak = named.class.kind == NameKind::Weak;
                // A weak name that is given a known one is reported where that stands.
                if !weak || (value.constant && !holds_a_name(text, &value.range)) {
                    self.report_mention(named, None, place, sink);
                }
            }
            Held::Mentioned => {
                if named.class.kind == NameKind::Strong || reference::is_lookup(self.doc, name) {
                    self.report_mention(named, None, place, sink);
                }
            }
        }
    }

    /// The literal in `${NAME:-literal}`.
    fn default(&self, name: &Range<usize>) -> Option<Assigned<'d>> {
        reference::default(self.doc, name)
            .filter(|value| value::classify(&value.content, self.doc.kind) == Value::Literal)
    }

    /// What the name holds, by the value's form.
    fn held(&self, named: &Named, value: Option<Assigned<'d>>, place: Place) -> Held<'d> {
        let Some(value) = value else { return Held::Mentioned };
        if !value.constant {
            let moved = reference::says_api_token(&value.content);
            return if moved { Held::Fine } else { Held::Elsewhere(value) };
        }
        match value::classify(&value.content, self.doc.kind) {
            Value::Reference { name } if reference::says_api_token(name) => Held::Fine,
            Value::Reference { .. } => Held::Elsewhere(value),
            Value::Placeholder if reference::says_api_token(&value.content) => Held::Fine,
            Value::Empty | Value::Placeholder => Held::Blank(value),
            Value::Literal => {
                let format = classify_token(value.content.trim_ascii());
                let strong = named.class.kind == NameKind::Strong;
                let torn = value.content.starts_with(b"ATBB");
                match format {
                    TokenFormat::AppPassword => {
                        Held::Secret { value, confidence: Confidence::Certain }
                    }
                    TokenFormat::ApiToken => Held::ApiToken(value),
                    TokenFormat::AccessToken | TokenFormat::DataCenter => Held::Fine,
                    _ if text::is_binary_around(&self.doc.text, &named.range) => Held::Blank(value),
                    TokenFormat::LegacyAppPassword
                        if self.is_code() && !is_random(&value.content) =>
                    {
                        Held::Blank(value)
                    }
                    TokenFormat::LegacyAppPassword if place != Place::Prose || strong => {
                        Held::Secret { value, confidence: Confidence::Likely }
                    }
                    _ if torn => Held::Secret { value, confidence: Confidence::Likely },
                    // Programs and documents hold sample values; app passwords are generated.
                    _ if self.is_code() || place == Place::Prose => Held::Blank(value),
                    _ if !may_be_a_password(&value.content) => Held::Blank(value),
                    _ => {
                        let confidence =
                            if strong { Confidence::Likely } else { Confidence::Possible };
                        Held::Secret { value, confidence }
                    }
                }
            }
        }
    }

    /// Whether a literal under this name is reported, and how sure that is.
    fn counts(
        &self,
        named: &Named,
        value: &Assigned<'_>,
        confidence: Confidence,
    ) -> Option<Confidence> {
        if confidence == Confidence::Certain || named.class.kind == NameKind::Strong {
            return Some(confidence);
        }
        let context = self.context();
        let own_name = !is_generic(&self.doc.text[named.range.clone()]);
        if self.is_cloud(named) {
            return Some(if own_name && context.has_user() {
                Confidence::Likely
            } else {
                confidence
            });
        }
        // Without any context the form of the value has to say it, and nothing may deny it.
        let legacy = classify_token(value.content.trim_ascii()) == TokenFormat::LegacyAppPassword;
        (own_name && legacy && !context.data_center).then_some(confidence)
    }

    /// Whether a name that says little is about Bitbucket Cloud where it stands.
    fn is_cloud(&self, named: &Named) -> bool {
        let name = &self.doc.text[named.range.clone()];
        if is_generic(name) && self.is_about_mail(&named.range) {
            return false;
        }
        self.context().is_cloud() || is_generic(name) && self.is_under_bitbucket(&named.range)
    }

    /// App passwords are also what mail and clouds of other kinds call theirs.
    fn is_about_mail(&self, name: &Range<usize>) -> bool {
        const OTHERS: &str = r"(?i-u)gmail|googlemail|smtp|imap|icloud|appleid|yahoo|outlook|office365|nextcloud|wordpress|mailer|mastodon|bluesky|bsky|proton";
        static OTHER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(OTHERS).ok());
        let text: &[u8] = &self.doc.text;
        let around = &text[name.start.saturating_sub(300)..(name.end + 200).min(text.len())];
        OTHER.as_ref().is_some_and(|other| other.is_match(around))
    }

    /// `bitbucket.appPassword`: the key above it says it.
    fn is_under_bitbucket(&self, name: &Range<usize>) -> bool {
        let before = &self.doc.text[name.start.saturating_sub(24)..name.start];
        let before = before.to_ascii_lowercase();
        [&b"bitbucket."[..], b"bitbucket_cloud.", b"bitbucket__", b"bitbucket/"]
            .iter()
            .any(|path| before.ends_with(path))
    }

    fn is_code(&self) -> bool {
        matches!(self.doc.kind, FileKind::CodeHash | FileKind::CodeSlash)
    }

    fn report_secret(
        &mut self,
        name: &Range<usize>,
        value: &Assigned<'_>,
        confidence: Confidence,
        place: Place,
        sink: &mut Sink,
    ) {
        let variable = lossy(&self.doc.text[name.clone()]);
        let dead = place == Place::Comment;
        let what = match confidence {
            Confidence::Certain => "a Bitbucket app password in clear",
            Confidence::Likely => "a value in clear, by the variable's name an app password",
            Confidence::Possible => "a value in clear that may be an app password",
        };
        let message = if dead {
            format!(
                "{variable} holds {what} in a comment; nothing uses it here, but it was written down"
            )
        } else {
            format!("{variable} holds {what}")
        };
        let content = value.content.trim_ascii();
        self.values.insert(value.range.start);
        sink.candidates.push(Candidate {
            state: if dead { State::DeadSecret } else { State::AppPassword },
            confidence,
            severity: if dead && confidence == Confidence::Possible {
                Severity::Note
            } else {
                Severity::Error
            },
            kind: if content.starts_with(b"ATBB") {
                CredentialKind::AppPassword
            } else {
                CredentialKind::LegacyAppPassword
            },
            range: span(name, &value.range),
            parts: in_order(vec![
                (Role::Name, name.clone()),
                (Role::Value, value.range.clone()),
                (Role::Secret, text::trim(&self.doc.text, value.range.clone())),
            ]),
            secret: Some(Secret::new(content)),
            username: self.context().user(&variable).map(ToOwned::to_owned),
            identity: format!("{variable}="),
            message,
            ..blank(variable, place)
        });
    }

    fn report_token(
        &mut self,
        name: &Range<usize>,
        value: &Assigned<'_>,
        place: Place,
        sink: &mut Sink,
    ) {
        let variable = lossy(&self.doc.text[name.clone()]);
        self.values.insert(value.range.start);
        sink.candidates.push(Candidate {
            severity: if place == Place::Active { Severity::Warning } else { Severity::Note },
            range: span(name, &value.range),
            parts: in_order(vec![(Role::Name, name.clone()), (Role::Value, value.range.clone())]),
            identity: format!("{variable}="),
            message: format!(
                "{variable} already holds an API token: check the username that goes with it; git \
                 takes x-bitbucket-api-token-auth, the REST API the Atlassian account email"
            ),
            ..blank(variable, place)
        });
    }

    /// A use of the variable without a secret; `blank`: the assignment of nothing, or of a placeholder,
    /// and its value.
    fn report_mention(
        &self,
        named: &Named,
        blank_value: Option<(Range<usize>, Range<usize>)>,
        place: Place,
        sink: &mut Sink,
    ) {
        let text: &[u8] = &self.doc.text;
        let name = &named.range;
        let strong = named.class.kind == NameKind::Strong;
        if text::is_binary_around(text, name) {
            return;
        }
        if !strong && (place == Place::Prose || !self.is_cloud(named)) {
            return;
        }
        // What a slug or a title is made of.
        let looked_up = reference::is_lookup(self.doc, name);
        if named.style == Style::Kebab && !looked_up && !reference::is_whole(self.doc, name) {
            return;
        }
        let variable = lossy(&text[name.clone()]);
        let assigned_here = blank_value.is_some();
        let identifier = self.is_code()
            && named.style != Style::Upper
            && !looked_up
            && !self.is_read_from_environment(name);
        let sample = assigned_here && self.doc.kind == FileKind::Dotenv && is_sample(self.doc.path);
        let severity =
            if place != Place::Active || identifier || sample || reference::is_called(text, name) {
                Severity::Note
            } else {
                Severity::Warning
            };
        let message = match (assigned_here, identifier) {
            (_, true) => format!("{variable} is what a program calls an app password"),
            (true, _) => format!("{variable} is where an app password is to be put"),
            _ => format!("{variable} brings an app password"),
        };
        let (range, value) = blank_value.unzip();
        let mut parts = vec![(Role::Name, name.clone())];
        parts.extend(value.map(|value| (Role::Value, value)));
        sink.candidates.push(Candidate {
            confidence: if strong && !identifier {
                Confidence::Certain
            } else {
                Confidence::Likely
            },
            severity,
            range: range.unwrap_or_else(|| name.clone()),
            parts: in_order(parts),
            identity: if assigned_here { format!("{variable}=") } else { variable.clone() },
            message,
            ..blank(variable, place)
        });
    }

    /// Whether an identifier is assigned what the environment holds.
    fn is_read_from_environment(&self, name: &Range<usize>) -> bool {
        const SOURCES: &str = r"(?i-u)\benv|environ|getenv|secret|credential|process\.env";
        static SOURCE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(SOURCES).ok());
        assigned(self.doc, name).is_some_and(|value| {
            !value.constant && SOURCE.as_ref().is_some_and(|source| source.is_match(&value.content))
        })
    }

    /// `user:password` in one variable.
    fn pair(&mut self, named: &Named, usage: Use, value: Option<Assigned<'d>>, sink: &mut Sink) {
        let name = &named.range;
        let place = place_of(self.doc, name.start);
        let variable = lossy(&self.doc.text[name.clone()]);
        let Some(value) = value.filter(|value| value.constant) else {
            if reference::is_lookup(self.doc, name) && self.pair_is_ours(&variable) {
                self.report_pair_mention(variable, usage, name, place, sink);
            }
            return;
        };
        let Some(colon) =
            memchr(b':', &value.content).filter(|at| !value.content[*at..].starts_with(b"://"))
        else {
            return self.unpaired(variable, usage, name, &value, place, sink);
        };
        let (user, secret) = (&value.content[..colon], &value.content[colon + 1..]);
        // `${NAME:-default}` is one reference.
        if memchr(b'{', user).is_some() && memchr(b'}', user).is_none() {
            return self.unpaired(variable, usage, name, &value, place, sink);
        }
        let what = format!("the variable {variable}");
        let verdict = judge(&Slot {
            username: Some(user),
            secret: Some(secret),
            percent: false,
            usage: if usage == Use::Rest { Use::Rest } else { Use::Git },
            kind: self.doc.kind,
            place,
            what: &what,
        });
        let literal = value::classify(secret, self.doc.kind) == Value::Literal;
        if literal {
            sink.secrets.push(value.range.clone());
        }
        let Some(verdict) = verdict else { return };
        // Under the static username an API token is in the form that this tool writes.
        let is_static = user == GIT_API_TOKEN_USERNAME.as_bytes();
        if verdict.state == State::HalfMigrated && is_static {
            return;
        }
        // What an unknown use makes of an API token is unknown, too.
        if verdict.state == State::HalfMigrated && usage == Use::Unknown {
            return;
        }
        if verdict.confidence == Confidence::Possible && literal && !self.pair_is_ours(&variable) {
            return;
        }
        if !literal {
            return match verdict.severity {
                _ if verdict.secret_is_username => {}
                _ if place == Place::Prose || !self.pair_is_ours(&variable) => {}
                _ => self.report_pair_mention(variable, usage, name, place, sink),
            };
        }
        self.values.insert(value.range.start);
        let mut parts = vec![(Role::Name, name.clone()), (Role::Value, value.range.clone())];
        // With escapes in it the parts' places are not those of the decoded value.
        if value.content.len() == value.range.len() {
            let at = value.range.start + colon;
            let secret = text::trim(&self.doc.text, at + 1..value.range.end);
            parts.push((Role::Username, value.range.start..at));
            parts.push((Role::Secret, secret.clone()));
            self.values.insert(secret.start);
        }
        sink.candidates.push(Candidate {
            state: verdict.state,
            form_error: verdict.form_error,
            usage,
            confidence: verdict.confidence,
            severity: verdict.severity,
            kind: verdict.kind,
            range: span(name, &value.range),
            parts: in_order(parts),
            secret: verdict.secret,
            username: verdict.username,
            scopes: pair_scopes(&variable),
            identity: format!("{variable}="),
            message: verdict.message,
            ..blank(variable, place)
        });
    }

    /// A pair's variable that holds no pair.
    fn unpaired(
        &mut self,
        variable: String,
        usage: Use,
        name: &Range<usize>,
        value: &Assigned<'_>,
        place: Place,
        sink: &mut Sink,
    ) {
        match value::classify(&value.content, self.doc.kind) {
            Value::Literal if classify_token(&value.content) == TokenFormat::AppPassword => {
                sink.secrets.push(value.range.clone());
                self.report_secret(name, value, Confidence::Certain, place, sink);
            }
            Value::Literal => sink.secrets.push(value.range.clone()),
            Value::Reference { name: other }
                if !reference::says_api_token(other)
                    && !holds_a_name(&self.doc.text, &value.range)
                    && place != Place::Prose
                    && self.pair_is_ours(&variable) =>
            {
                self.report_pair_mention(variable, usage, name, place, sink);
            }
            _ => {}
        }
    }

    /// Whether a pair's name says by itself, or by what is around it, that it is about Bitbucket Cloud.
    fn pair_is_ours(&self, variable: &str) -> bool {
        let general = ["BITBUCKET_CREDENTIALS", "BITBUCKET_AUTH_STRING"];
        if general.iter().any(|name| variable.eq_ignore_ascii_case(name)) {
            self.context().is_cloud()
        } else {
            !self.context().data_center || self.context().cloud
        }
    }

    fn report_pair_mention(
        &self,
        variable: String,
        usage: Use,
        name: &Range<usize>,
        place: Place,
        sink: &mut Sink,
    ) {
        if place == Place::Prose || text::is_binary_around(&self.doc.text, name) {
            return;
        }
        sink.candidates.push(Candidate {
            usage,
            confidence: Confidence::Likely,
            severity: if place == Place::Active { Severity::Warning } else { Severity::Note },
            range: name.clone(),
            parts: vec![(Role::Name, name.clone())],
            scopes: pair_scopes(&variable),
            identity: variable.clone(),
            message: format!("{variable} brings a username and an app password"),
            ..blank(variable, place)
        });
    }

    /// Constants of an app password's form under whatever name.
    fn other_names(&mut self, sink: &mut Sink) {
        let doc = self.doc;
        for token in app_passwords(doc) {
            if self.values.contains(&token.start) {
                continue;
            }
            let Some(name) = owner(doc, &token) else { continue };
            let name = pair::name_beside(&doc.text, &name, doc.kind).unwrap_or(name);
            let place = place_of(doc, token.start);
            sink.secrets.push(token.clone());
            let value = Assigned::plain(&doc.text, token);
            self.report_secret(&name, &value, Confidence::Certain, place, sink);
        }
    }
}

/// What is common to all candidates of this rule.
fn blank(variable: String, place: Place) -> Candidate {
    Candidate {
        rule: Rule::EnvVariable,
        state: State::Reference,
        form_error: None,
        usage: Use::Unknown,
        confidence: Confidence::Certain,
        severity: Severity::Warning,
        place,
        kind: CredentialKind::Reference,
        range: 0..0,
        parts: Vec::new(),
        secret: None,
        username: None,
        variable: Some(variable),
        git_config_key: None,
        scopes: Vec::new(),
        identity: String::new(),
        message: String::new(),
    }
}

/// What the tools that read a pair do with it: Atlassian's example uploads a download, Bundler
/// fetches, semantic-release pushes.
fn pair_scopes(variable: &str) -> Vec<Scope> {
    match variable.to_ascii_uppercase().as_str() {
        "BB_AUTH_STRING" => vec![Scope::WriteRepository],
        "BUNDLE_BITBUCKET__ORG" => vec![Scope::ReadRepository],
        "BB_TOKEN_BASIC_AUTH" | "BITBUCKET_TOKEN_BASIC_AUTH" => {
            vec![Scope::ReadRepository, Scope::WriteRepository]
        }
        _ => Vec::new(),
    }
}

fn span(name: &Range<usize>, value: &Range<usize>) -> Range<usize> {
    name.start.min(value.start)..name.end.max(value.end)
}

fn in_order(mut parts: Vec<(Role, Range<usize>)>) -> Vec<(Role, Range<usize>)> {
    parts.sort_by_key(|(role, range)| (range.start, *role));
    parts
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `APP_PASSWORD` and its forms say nothing of Bitbucket.
fn is_generic(name: &[u8]) -> bool {
    matches!(name.first(), Some(b'A' | b'a'))
}

fn holds_a_name(text: &[u8], range: &Range<usize>) -> bool {
    !names_in(&text[range.clone()]).is_empty()
}

/// `.env.example` and the like: what it assigns is for people.
fn is_sample(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    ["example", "sample", "template", "tmpl", "tpl", "dist", "default"]
        .iter()
        .any(|word| name.split(['.', '-', '_']).any(|part| part == *word))
}

/// Generated, and not a word of twenty letters.
fn is_random(value: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| value.iter().any(test);
    has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

/// Sentences, addresses, paths, numbers, calls and names of other variables stand where a password is
/// expected, too.
fn may_be_a_password(value: &[u8]) -> bool {
    let value = value.trim_ascii();
    let mark = |b: &u8| !b.is_ascii_graphic() || b"{}()[]<>|\"'`\\".contains(b);
    let starts = |marks: &[&[u8]]| marks.iter().any(|mark| value.starts_with(mark));
    let constant =
        value.contains(&b'_') && value.iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
    value.len() >= 6
        && value.len() <= 128
        && !value.iter().any(mark)
        && !starts(&[b"/", b"./", b"~/", b"../", b"#", b"@", b"-"])
        && memchr::memmem::find(value, b"://").is_none()
        && !value.iter().all(|b| b.is_ascii_digit() || *b == b'.')
        && !constant
}
