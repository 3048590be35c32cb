//! Command lines that call Bitbucket Cloud with credentials: curl, wget, `HTTPie`, git and
//! `PowerShell`.
//!
//! The name of the program is looked for in any text; from there the command is read as its shell
//! reads it ([`lexer`]), in whatever string of another format it stands ([`reading`]).

mod credential;
mod git;
mod lexer;
mod options;
mod powershell;
mod reading;
mod target;
mod variables;

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use crate::bitbucket::Scope;
use crate::credential::{CredentialKind, Secret};
use crate::document::{Document, FileKind};
use crate::finding::{Confidence, FormError, Place, Role, Severity, State, Use};
use crate::rule::Rule;

use self::credential::{Field, Form, Held, held, is_literal};
use self::lexer::{Word, words};
use self::reading::{Outer, Reading};
use self::target::Target;
use self::variables::{Source, values};
use super::env_variable::is_generated;
use super::place::place_of;
use super::slot::{Content, Slot, Verdict, content, form_error, judge, name_confidence};
use super::{Candidate, Sink};

/// A program that makes requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tool {
    Curl,
    Wget,
    Httpie,
}

impl Tool {
    fn rule(self) -> Rule {
        match self {
            Self::Curl => Rule::Curl,
            Self::Wget => Rule::Wget,
            Self::Httpie => Rule::Httpie,
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Curl => "a curl call",
            Self::Wget => "a wget call",
            Self::Httpie => "an HTTPie call",
        }
    }
}

/// Sees calls of command line tools.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    use FileKind as K;
    if matches!(
        doc.kind,
        K::GitCredentials | K::Netrc | K::EncryptedNetrc | K::GitConfig | K::Gitmodules | K::Lock
    ) || !names_cloud(&doc.text)
    {
        return;
    }
    let source = Source::new(doc);
    let mut calls = Calls { doc: &source, found: Vec::new() };
    for (tool, start, end) in programs(&doc.text) {
        calls.look_at(tool, start, end, sink);
    }
    calls.powershell(sink);
    calls.git(sink);
    calls.netrc_lines(sink);
    calls.credential_lines(sink);
    sink.candidates.append(&mut calls.found);
}

/// How a double quote is written in the command at `offset`: as it is, or escaped for the string of
/// another format that the command stands in.
pub fn double_quote(doc: &Document<'_>, offset: usize) -> &'static str {
    match Reading::of(doc, offset.min(doc.text.len())).outer {
        Outer::Escaped(b'"') => "\\\"",
        Outer::Xml => "&quot;",
        _ => "\"",
    }
}

/// Whether a host of Bitbucket Cloud stands anywhere.
fn names_cloud(text: &[u8]) -> bool {
    static HOST: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i-u)bitbucket\.org").ok());
    memmem::find(text, b"bitbucket.org").is_some()
        || HOST.as_ref().is_some_and(|host| host.is_match(text))
}

/// The programs that the text names where a command may begin: where each name begins and ends.
fn programs(text: &[u8]) -> Vec<(Tool, usize, usize)> {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(?-u)(?:(curl)|(wget))(?:\.exe)?["']?[\s\\`^,]|(https?|xhs?)[ ][^\s]"#).ok()
    });
    let Some(name) = NAME.as_ref() else { return Vec::new() };
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(captures) = name.captures_at(text, at) {
        let Some((tool, hit)) = [(Tool::Curl, 1), (Tool::Wget, 2), (Tool::Httpie, 3)]
            .into_iter()
            .find_map(|(tool, group)| Some((tool, captures.get(group)?)))
        else {
            break;
        };
        at = hit.end();
        let before = hit.start().checked_sub(1).map(|i| text[i]);
        let joined = |b: u8| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'$' | b'{' | b'<')
        };
        if before.is_some_and(joined)
            || tool == Tool::Httpie && !begins_command(&text[..hit.start()])
        {
            continue;
        }
        let exe = if text[hit.end()..].starts_with(b".exe") { 4 } else { 0 };
        found.push((tool, hit.start(), hit.end() + exe));
    }
    found
}

/// Whether a command may begin behind `before`: `http` is a word of many other texts.
fn begins_command(before: &[u8]) -> bool {
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |i| i + 1)..];
    let line = line.trim_ascii_end();
    let words = [&b"sudo"[..], b"then", b"do", b"RUN", b"-", b":", b"$", b"time", b"exec"];
    line.is_empty()
        || matches!(line.last(), Some(b'(' | b'|' | b'&' | b';' | b'`' | b'@' | b'"' | b'\''))
        || words.iter().any(|word| line.ends_with(word))
}

struct Calls<'s, 'd, 'a> {
    doc: &'s Source<'d, 'a>,
    found: Vec<Candidate>,
}

impl Calls<'_, '_, '_> {
    fn look_at(&mut self, tool: Tool, start: usize, end: usize, sink: &mut Sink) {
        let text: &[u8] = &self.doc.text;
        let arguments = if matches!(text.get(end), Some(b'"' | b'\'')) {
            listed(text, end)
        } else {
            words(text, end, &Reading::of(self.doc, start))
        };
        for request in options::read(tool, &arguments) {
            if request.credentials.is_empty() {
                continue;
            }
            let target = request.urls.iter().find_map(|word| Target::of(self.doc, &word.bytes));
            for credential in &request.credentials {
                let Some(held) = held(self.doc, credential, start) else { continue };
                mask(self.doc, &held, sink);
                if let Some(target) = &target {
                    let usage = target.usage;
                    let place = Told {
                        rule: tool.rule(),
                        label: None,
                        what: tool.what(),
                        usage,
                        oauth: target.is_oauth(),
                        scopes: target.scopes(request.method()),
                        identity: format!("{} {}", tool.rule().id(), target.identity()),
                        command: Some(start..end),
                    };
                    self.report(place, held);
                }
            }
        }
    }

    fn report(&mut self, told: Told, held: Held) {
        let doc = self.doc;
        let place = place_of(doc, held.range.start);
        let slot = Slot {
            username: None,
            secret: None,
            percent: false,
            usage: told.usage,
            kind: doc.kind,
            place,
            what: told.what,
        };
        let Some(verdict) = verdict(&slot, &held) else { return };
        if told.oauth && verdict.kind != CredentialKind::AppPassword {
            return;
        }
        self.add(told, held, place, verdict);
    }

    fn add(&mut self, told: Told, held: Held, place: Place, verdict: Verdict) {
        let dead = verdict.state == State::DeadSecret;
        let scopes = if dead { Vec::new() } else { told.scopes };
        let mut parts = held.parts;
        if let Some(command) = told.command {
            let here = held.begins == command.start;
            parts.push((Role::Command, if here { command } else { held.begins..held.begins }));
        }
        if !parts.iter().any(|(role, _)| *role == Role::Base64) {
            let (user, secret) = (held.user.as_ref(), held.secret.as_ref());
            if verdict.secret_is_username {
                parts.extend(user.map(|field| (Role::Secret, field.range.clone())));
            } else {
                parts.extend(user.map(|field| (Role::Username, field.range.clone())));
                parts.extend(secret.map(|field| (Role::Secret, field.range.clone())));
            }
        }
        let claim = |parts: &[(Role, Range<usize>)]| {
            parts
                .iter()
                .find(|(role, _)| matches!(role, Role::Secret | Role::Base64))
                .map(|(_, range)| range.clone())
        };
        // One assignment serves several calls.
        let known = self
            .found
            .iter_mut()
            .find(|known| claim(&known.parts) == claim(&parts) && claim(&parts).is_some());
        if let Some(known) = known {
            known.scopes.extend(scopes);
            known.scopes.sort_unstable();
            known.scopes.dedup();
            return;
        }
        if let Some(variable) = &verdict.variable {
            self.literal_in(variable, told.usage);
        }
        self.found.push(Candidate {
            rule: told.rule,
            state: verdict.state,
            form_error: verdict.form_error,
            usage: told.usage,
            confidence: verdict.confidence,
            severity: verdict.severity,
            place,
            kind: verdict.kind,
            range: held.range,
            parts,
            secret: verdict.secret,
            username: verdict.username,
            variable: verdict.variable,
            git_config_key: None,
            scopes,
            label: told.label,
            slot: None,
            identity: told.identity,
            message: verdict.message,
        });
    }
}

impl Calls<'_, '_, '_> {
    /// What the file assigns to the variable of a secret, where it has the form of an old app
    /// password: a variable's own name may say nothing.
    fn literal_in(&mut self, variable: &str, usage: Use) {
        let doc = self.doc;
        for value in values(doc, variable.as_bytes()) {
            let place = place_of(doc, value.raw.start);
            if !is_generated(&value.bytes) || place != Place::Active {
                continue;
            }
            let before = value.raw.start.saturating_sub(variable.len() + 16);
            let Some(at) = memmem::rfind(&doc.text[before..value.raw.start], variable.as_bytes())
            else {
                continue;
            };
            let name = before + at..before + at + variable.len();
            let range = value.range(0..value.bytes.len());
            self.found.push(Candidate {
                rule: Rule::EnvVariable,
                state: State::AppPassword,
                form_error: None,
                usage,
                confidence: Confidence::Likely,
                severity: Severity::Error,
                place,
                kind: CredentialKind::LegacyAppPassword,
                range: name.start..range.end,
                parts: vec![
                    (Role::Name, name),
                    (Role::Value, range.clone()),
                    (Role::Secret, range),
                ],
                secret: Some(Secret::new(value.bytes)),
                username: None,
                variable: Some(variable.to_owned()),
                git_config_key: None,
                scopes: Vec::new(),
                label: None,
                slot: None,
                identity: format!("{variable}="),
                message: format!(
                    "{variable} holds a value in clear, which goes to Bitbucket as a password"
                ),
            });
        }
    }
}

/// What is known of the place that a credential goes to.
struct Told {
    rule: Rule,
    label: Option<Rule>,
    /// See [`Slot::what`].
    what: &'static str,
    usage: Use,
    /// There an OAuth consumer shows its key and secret.
    oauth: bool,
    scopes: Vec<Scope>,
    identity: String,
    /// The word that names the program; `None` where the credential stands in a text that is not
    /// split into words.
    command: Option<Range<usize>>,
}

/// What is wrong with a credential of a call.
fn verdict(slot: &Slot<'_>, held: &Held) -> Option<Verdict> {
    let bytes = |field: &Option<Field>| field.as_ref().map(|field| field.bytes.clone());
    let (user, secret) = (bytes(&held.user), bytes(&held.secret));
    let names = |words: &[&str]| {
        [&user, &secret].into_iter().flatten().any(|bytes| {
            let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
            !is_literal(bytes) && words.iter().any(|word| text.contains(word))
        })
    };
    if names(&["client_id", "clientid", "client_secret", "clientsecret", "oauth", "consumer"]) {
        return None;
    }
    if held.form == Form::Bearer {
        return of_bearer(slot, secret.as_deref()?);
    }
    if let (Use::Rest, Some(b"x-bitbucket-api-token-auth"), Some(secret)) =
        (slot.usage, user.as_deref(), secret.as_deref())
        && let Content::Reference(name) = content(secret, false, slot.kind)
    {
        let username = Some("x-bitbucket-api-token-auth".to_owned());
        let told = form_error(slot, b"", FormError::UsernameForRest, username);
        return Some(Verdict {
            kind: CredentialKind::Reference,
            confidence: Confidence::Likely,
            secret: None,
            variable: (!name.is_empty() && !name.contains(' ')).then_some(name),
            ..told
        })
        .filter(|_| slot.place == Place::Active);
    }
    judge(&Slot { username: user.as_deref(), secret: secret.as_deref(), ..*slot })
}

/// Bearer goes with access tokens, which are fine.
fn of_bearer(slot: &Slot<'_>, token: &[u8]) -> Option<Verdict> {
    use crate::bitbucket::{TokenFormat, classify_token};
    match content(token, false, slot.kind) {
        Content::Literal(literal) => match classify_token(&literal) {
            TokenFormat::AppPassword => judge(&Slot { secret: Some(token), ..*slot }),
            TokenFormat::ApiToken => {
                Some(form_error(slot, &literal, FormError::BearerForRest, None))
            }
            _ => None,
        },
        Content::Reference(name) if name_confidence(&name) == Confidence::Certain => {
            judge(&Slot { secret: Some(token), ..*slot })
        }
        Content::Reference(name) if says_api_token(&name) => Some(Verdict {
            severity: Severity::Note,
            confidence: Confidence::Possible,
            message: format!(
                "{name} goes as Bearer in {}: right for an access token; an API token goes with Basic, \
                 under the Atlassian account email",
                slot.what
            ),
            ..judge(&Slot { secret: Some(token), ..*slot })?
        }),
        _ => None,
    }
}

fn says_api_token(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace(['_', '-'], "");
    name.contains("apitoken")
}

/// What a call sends is not shown, wherever it sends it.
fn mask(doc: &Document<'_>, held: &Held, sink: &mut Sink) {
    if let Some((_, range)) = held.parts.iter().find(|(role, _)| *role == Role::Base64) {
        sink.secrets.push(range.clone());
        return;
    }
    for (field, as_secret) in [(&held.secret, true), (&held.user, false)] {
        if let Some(field) = field
            && content(&field.bytes, false, doc.kind).must_be_masked(as_secret)
        {
            sink.secrets.push(field.range.clone());
        }
    }
}

/// The words of a list of strings, behind the quote that closes the first: `"curl", "-u", "a:b"`.
fn listed(text: &[u8], end: usize) -> Vec<Word> {
    let limit = text.len().min(end + (8 << 10));
    let mut words = Vec::new();
    let mut at = end + 1;
    while words.len() < 128 {
        at += text[at.min(limit)..limit]
            .iter()
            .take_while(|b| b.is_ascii_whitespace() || **b == b',')
            .count();
        let Some(&first) = text[..limit].get(at) else { break };
        if matches!(first, b']' | b')' | b'}') {
            break;
        }
        let prefix = usize::from(
            first.is_ascii_alphabetic() && matches!(text.get(at + 1), Some(b'"' | b'\'')),
        );
        let start = at + prefix;
        if let Some(quote @ (b'"' | b'\'')) = text[..limit].get(start).copied() {
            let mut close = start + 1;
            while close < limit && text[close] != quote {
                close += if text[close] == b'\\' { 2 } else { 1 };
            }
            if close >= limit {
                break;
            }
            words.push(Word::plain(text, start + 1..close));
            at = close + 1;
        } else {
            let length =
                text[at..limit].iter().take_while(|b| !matches!(b, b',' | b']' | b'\n')).count();
            if length == 0 {
                break;
            }
            words.push(Word::plain(text, at..at + length));
            at += length;
        }
    }
    words
}

#[cfg(test)]
pub(crate) const EXAMPLES: &[super::testing::Examples] = &[
    super::testing::Examples {
        rule: Rule::Curl,
        matching: &[
            ("a.sh", "curl -u ci-bot:§app§ https://api.bitbucket.org/2.0/user"),
            (
                "a.sh",
                "curl -s -X POST \\\n  --user \"$BB_USER:$BB_PASS\" \\\n  \"https://api.bitbucket.org/2.0/x\"",
            ),
            ("a.sh", "API=https://api.bitbucket.org/2.0\ncurl -su$U:$APP_PASSWORD $API/user"),
            (
                "a.sh",
                "curl -H \"Authorization: Basic $(echo -n $U:$P | base64)\" https://api.bitbucket.org/2.0",
            ),
            (
                "a.sh",
                "AUTH=$(printf '%s:%s' \"$U\" \"$P\" | base64)\ncurl -H \"Authorization: Basic $AUTH\" https://api.bitbucket.org/2.0",
            ),
            ("a.sh", "curl -H 'Authorization: Bearer §api§' https://api.bitbucket.org/2.0/user"),
            (
                "a.sh",
                "curl -H \"Authorization: Bearer $BITBUCKET_APP_PASSWORD\" https://api.bitbucket.org/2.0",
            ),
            (
                "a.sh",
                "curl -u \"x-bitbucket-api-token-auth:$BITBUCKET_API_TOKEN\" https://api.bitbucket.org/2.0",
            ),
            (
                "Dockerfile",
                "RUN [\"curl\", \"-u\", \"a:§app§\", \"https://api.bitbucket.org/2.0\"]",
            ),
        ],
        other: &[
            (
                "a.sh",
                "curl -u \"$ATLASSIAN_ACCOUNT_EMAIL:$BITBUCKET_API_TOKEN\" https://api.bitbucket.org/2.0",
            ),
            ("a.sh", "curl -u \"$MY_EMAIL:$TOKEN\" https://api.bitbucket.org/2.0"),
            ("a.sh", "curl -u me@x.com:§api§ https://api.bitbucket.org/2.0"),
            ("a.sh", "curl -u x-token-auth:§access§ https://api.bitbucket.org/2.0"),
            ("a.sh", "curl -H 'Authorization: Bearer §access§' https://api.bitbucket.org/2.0"),
            (
                "a.sh",
                "curl -H \"Authorization: Bearer $ACCESS_TOKEN\" https://api.bitbucket.org/2.0",
            ),
            (
                "a.sh",
                "curl -u joe:§app§ https://bitbucket.example.com/rest/api/1.0 # bitbucket.org",
            ),
            ("a.sh", "curl -u joe:§app§ https://api.bitbucket.org.evil.com/"),
            (
                "a.sh",
                "curl -u $KEY:$SECRET https://bitbucket.org/site/oauth2/access_token -d grant_type=client_credentials",
            ),
            ("a.sh", "curl -u $CLIENT_ID:$CLIENT_SECRET https://api.bitbucket.org/2.0"),
            ("a.sh", "curl -n https://api.bitbucket.org/2.0"),
            ("a.sh", "curl --proxy-user joe:hunter2 https://api.bitbucket.org/2.0"),
            ("a.sh", "curl -u <user>:<app_password> https://api.bitbucket.org/2.0"),
            ("a.sh", "curl -u joe https://api.bitbucket.org/2.0"),
            ("a.sh", "curl https://api.bitbucket.org/2.0; other -u a:b"),
        ],
    },
    super::testing::Examples {
        rule: Rule::Wget,
        matching: &[
            ("a.sh", "wget --user=joe --password=§app§ https://bitbucket.org/t/r/get/main.zip"),
            (
                "a.sh",
                "wget --http-user \"$U\" --http-password \"$P\" --auth-no-challenge https://api.bitbucket.org/2.0",
            ),
            (
                "a.sh",
                "wget --header=\"Authorization: Basic am9lOkFUQkJleGFtcGxlTm90QVJlYWxTZWNyZXQwMDEwQTFCMkMzRA==\" https://api.bitbucket.org/2.0",
            ),
        ],
        other: &[
            ("a.sh", "wget --user=$EMAIL --password=$T https://api.bitbucket.org/2.0"),
            ("a.sh", "wget --user=joe --password=§app§ https://example.com/bitbucket.org"),
            ("a.sh", "wget --user=joe --ask-password https://api.bitbucket.org/2.0"),
        ],
    },
    super::testing::Examples {
        rule: Rule::PowershellWeb,
        matching: &[
            (
                "a.ps1",
                "$b = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes(\"${u}:${p}\"))\n$h = @{ Authorization = \"Basic $b\" }\nInvoke-RestMethod -Uri 'https://api.bitbucket.org/2.0/user' -Headers $h\n",
            ),
            (
                "a.ps1",
                "$pair = \"joe:§app§\"\n$b = [System.Convert]::ToBase64String([System.Text.Encoding]::ASCII.GetBytes($pair))\nInvoke-WebRequest https://api.bitbucket.org/2.0 -Headers @{\n  Authorization = \"Basic $b\"\n}\n",
            ),
            (
                "a.ps1",
                "$b = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes((\"{0}:{1}\" -f $u,$p)))\n$h = @{}\n$h.Add('Authorization', ('Basic {0}' -f $b))\nirm -Headers $h -Uri \"https://api.bitbucket.org/2.0/user\"\n",
            ),
            (
                "a.ps1",
                "$s = ConvertTo-SecureString 'exampleLegacyPw00001' -AsPlainText -Force\n$c = New-Object System.Management.Automation.PSCredential ('joe', $s)\n$uri = 'https://api.bitbucket.org/2.0/user'\nInvoke-RestMethod -Uri $uri -Authentication Basic -Credential $c\n",
            ),
            (
                "a.ps1",
                "$params = @{\n  Uri = 'https://api.bitbucket.org/2.0/user'\n  Headers = @{ Authorization = 'Basic am9lOkFUQkJleGFtcGxlTm90QVJlYWxTZWNyZXQwMDEwQTFCMkMzRA==' }\n}\nInvoke-RestMethod @params\n",
            ),
        ],
        other: &[
            (
                "a.ps1",
                "$b = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes(\"${env:ATLASSIAN_ACCOUNT_EMAIL}:${env:BITBUCKET_API_TOKEN}\"))\n$h = @{ Authorization = \"Basic $b\" }\nInvoke-RestMethod -Uri 'https://api.bitbucket.org/2.0/user' -Headers $h\n",
            ),
            (
                "a.ps1",
                "$b = [Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes(\"${u}:${p}\"))\n$h = @{ Authorization = \"Basic $b\" }\nInvoke-RestMethod -Uri 'https://dev.azure.com/x' -Headers $h # bitbucket.org\n",
            ),
            (
                "a.ps1",
                "$h = @{ Authorization = \"Bearer $t\" }\nInvoke-RestMethod -Uri 'https://api.bitbucket.org/2.0/user' -Headers $h\n",
            ),
            ("a.ps1", "Invoke-RestMethod -Uri 'https://api.bitbucket.org/2.0/repositories/a'\n"),
            (
                "a.ps1",
                "$c = Get-Credential\nInvoke-RestMethod -Uri 'https://api.bitbucket.org/2.0/user' -Credential $c\n",
            ),
        ],
    },
    super::testing::Examples {
        rule: Rule::GitCommand,
        matching: &[
            (
                "a.sh",
                "git -c http.extraHeader=\"Authorization: Basic $(echo -n $U:$P | base64)\" clone https://bitbucket.org/t/r.git",
            ),
            (
                "a.sh",
                "git -c http.https://bitbucket.org/.extraheader='AUTHORIZATION: basic am9lOkFUQkJleGFtcGxlTm90QVJlYWxTZWNyZXQwMDEwQTFCMkMzRA==' fetch",
            ),
            ("a.sh", "git config --global credential.https://bitbucket.org.username joe"),
            ("a.sh", "git -c credential.username=joe clone https://bitbucket.org/t/r.git"),
            (
                "a.sh",
                "git credential approve <<EOF\nprotocol=https\nhost=bitbucket.org\nusername=joe\npassword=$P\nEOF\n",
            ),
            (
                "a.sh",
                "printf 'protocol=https\\nhost=bitbucket.org\\nusername=%s\\npassword=%s\\n' \"$U\" \"§app§\" | git credential approve\n",
            ),
            ("a.sh", "echo \"machine bitbucket.org login $U password $P\" > ~/.netrc"),
            (
                "Dockerfile",
                "RUN printf \"machine bitbucket.org\\nlogin %s\\npassword %s\\n\" \"$U\" \"$P\" > /root/.netrc",
            ),
            (
                "a.sh",
                "git config --global credential.https://bitbucket.org.helper '!f() { echo username=joe; echo \"password=$BB_PASS\"; }; f'",
            ),
        ],
        other: &[
            (
                "a.sh",
                "git -c http.extraHeader=\"Authorization: Bearer $ACCESS_TOKEN\" clone https://bitbucket.org/t/r.git",
            ),
            (
                "a.sh",
                "git -c http.extraHeader=\"Authorization: Basic $X\" clone https://github.com/t/r.git # bitbucket.org",
            ),
            (
                "a.sh",
                "git config --global credential.https://bitbucket.org.username x-bitbucket-api-token-auth",
            ),
            ("a.sh", "git config --global user.name joe; git clone https://bitbucket.org/t/r.git"),
            ("a.sh", "git -c credential.username=joe clone https://github.com/bitbucket.org/r.git"),
            (
                "a.sh",
                "git credential approve <<EOF\nprotocol=https\nhost=github.com\nusername=joe\npassword=$P\nEOF\n# bitbucket.org",
            ),
            (
                "a.sh",
                "git credential approve <<EOF\nprotocol=https\nhost=bitbucket.org\nusername=x-bitbucket-api-token-auth\npassword=$P\nEOF\n",
            ),
            ("a.sh", "echo \"machine bitbucket.org login x-token-auth password $P\" > ~/.netrc"),
            ("a.sh", "printf 'protocol=https\\nhost=bitbucket.org\\n\\n' | git credential reject"),
        ],
    },
    super::testing::Examples {
        rule: Rule::Httpie,
        matching: &[
            ("a.sh", "http -a joe:§app§ GET https://api.bitbucket.org/2.0/user"),
            ("a.sh", "http --auth=\"$U:$P\" POST api.bitbucket.org/2.0/x a=b"),
            ("a.sh", "http api.bitbucket.org/2.0/user -a \"$U:$P\""),
        ],
        other: &[
            ("a.sh", "http -a \"$EMAIL:$TOKEN\" api.bitbucket.org/2.0/user"),
            ("a.md", "Use http -a joe:§app§ elsewhere on bitbucket.org"),
        ],
    },
];
