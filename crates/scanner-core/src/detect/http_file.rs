//! Requests that are written down for an editor to send: `.http` and `.rest` files.

mod read;

use std::collections::HashSet;
use std::ops::Range;

use crate::bitbucket::{GIT_API_TOKEN_USERNAME, Host, Scope, TokenFormat, classify_token};
use crate::credential::CredentialKind;
use crate::document::{Document, FileKind};
use crate::finding::{Confidence, FormError, Place, Role, Severity, State, Use};
use crate::rule::Rule;

use super::command_line::basic_credentials;
use super::place::place_of;
use super::slot::{Content, Slot, Verdict, content, form_error, judge, name_confidence};
use super::{Candidate, Sink};
use read::{File, Request, colon, name, reference, words};

/// Sees Basic and Bearer credentials of requests to Bitbucket Cloud.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    if doc.kind != FileKind::HttpRequests {
        return;
    }
    let file = File::read(&doc.text);
    let mut seen = HashSet::new();
    for request in &file.requests {
        let Some(target) = Target::of(doc, &file, request) else { continue };
        for (header, value) in &request.headers {
            if !doc.text[header.clone()].eq_ignore_ascii_case(b"authorization") {
                continue;
            }
            let Some(held) = Held::of(doc, &file, value.clone()) else { continue };
            held.mask(doc, sink);
            // One variable serves several requests.
            if seen.insert(held.secret_range()) {
                sink.candidates.extend(held.candidate(doc, &target, value.clone()));
            }
        }
    }
}

/// Where a request goes.
struct Target {
    host: Host,
    path: String,
    method: String,
}

impl Target {
    fn of(doc: &Document<'_>, file: &File, request: &Request) -> Option<Self> {
        let url = file.resolve(&doc.text, &doc.text[request.url.clone()], 0);
        let host_header = || {
            let named = |header: &&(Range<usize>, Range<usize>)| {
                doc.text[header.0.clone()].eq_ignore_ascii_case(b"host")
            };
            let (_, value) = request.headers.iter().find(named)?;
            Some(file.resolve(&doc.text, &doc.text[value.clone()], 0))
        };
        let rest = memchr::memmem::find(&url, b"://").map_or(&url[..], |at| &url[at + 3..]);
        let end = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#'));
        let (authority, path) = rest.split_at(end.unwrap_or(rest.len()));
        let authority = if authority.is_empty() { host_header()? } else { authority.to_vec() };
        let host = authority.rsplit(|b| *b == b'@').next().unwrap_or_default();
        let host = host.split(|b| *b == b':').next().unwrap_or_default();
        Some(Self {
            host: doc.host(host)?,
            path: String::from_utf8_lossy(path).into_owned(),
            method: request.method.clone(),
        })
    }

    fn usage(&self) -> Use {
        let git = self.host == Host::Git && self.path.contains(".git/");
        if git { Use::Git } else { Use::Rest }
    }

    /// There an OAuth consumer shows its key and secret.
    fn is_oauth(&self) -> bool {
        self.path.starts_with("/site/oauth2/")
    }

    /// The path with `x` for what variables hold.
    fn plain_path(&self) -> String {
        let bytes = self.path.as_bytes();
        let mut plain = Vec::new();
        let mut at = 0;
        while at < bytes.len() && !matches!(bytes[at], b'?' | b'#') {
            if let Some(length) = reference(&bytes[at..]) {
                plain.push(b'x');
                at += length;
            } else {
                plain.push(bytes[at]);
                at += 1;
            }
        }
        String::from_utf8_lossy(&plain).into_owned()
    }
}

/// A part of a credential: what it says, and where that stands.
#[derive(Clone)]
struct Field {
    bytes: Vec<u8>,
    range: Range<usize>,
}

impl Field {
    /// A word, or what the file defines for the variable that it is.
    fn of(doc: &Document<'_>, file: &File, word: Range<usize>) -> Self {
        let text: &[u8] = &doc.text;
        let bytes = &text[word.clone()];
        if reference(bytes) == Some(bytes.len()) {
            let name = name(bytes);
            if let Some(value) = file.value(text, name)
                && reference(&text[value.clone()]).is_none()
                && !value.is_empty()
            {
                return Self { bytes: text[value.clone()].to_vec(), range: value };
            }
            // As the detectors know a reference, whatever store it names.
            return Self { bytes: [&b"{{"[..], name, b"}}"].concat(), range: word };
        }
        Self { bytes: bytes.to_vec(), range: word }
    }
}

enum Form {
    /// User and password, each for itself.
    Apart,
    /// Both in a base64 text.
    Base64,
    /// A variable that holds both.
    Whole,
    Bearer,
}

/// What an `Authorization` header brings.
struct Held {
    form: Form,
    scheme: Range<usize>,
    user: Option<Field>,
    secret: Option<Field>,
}

impl Held {
    fn of(doc: &Document<'_>, file: &File, value: Range<usize>) -> Option<Self> {
        let text: &[u8] = &doc.text;
        let words = words(text, value);
        let (scheme, words) = words.split_first()?;
        let field = |word: &Range<usize>| Field::of(doc, file, word.clone());
        let held = |form, user, secret| Some(Self { form, scheme: scheme.clone(), user, secret });
        let is = |name: &[u8]| text[scheme.clone()].eq_ignore_ascii_case(name);
        match words {
            [token] if is(b"bearer") => held(Form::Bearer, None, Some(field(token))),
            [user, secret] if is(b"basic") => {
                held(Form::Apart, Some(field(user)), Some(field(secret)))
            }
            [word] if is(b"basic") => {
                let whole = field(word);
                let at = whole.range.clone();
                if let Some(colon) = colon(text, &at).filter(|colon| *colon > at.start) {
                    let (user, secret) = (field(&(at.start..colon)), field(&(colon + 1..at.end)));
                    return held(Form::Apart, Some(user), Some(secret));
                }
                if reference(&whole.bytes).is_some() {
                    return held(Form::Whole, Some(whole), None);
                }
                let (user, secret) = basic_credentials(&whole.bytes)?;
                let field = |bytes| Some(Field { bytes, range: at.clone() });
                held(Form::Base64, field(user), field(secret))
            }
            _ => None,
        }
    }

    fn secret_range(&self) -> Option<Range<usize>> {
        self.secret.as_ref().or(self.user.as_ref()).map(|field| field.range.clone())
    }

    /// What a request sends is not shown, wherever it sends it.
    fn mask(&self, doc: &Document<'_>, sink: &mut Sink) {
        for (field, as_secret) in [(&self.secret, true), (&self.user, false)] {
            if let Some(field) = field
                && (matches!(self.form, Form::Base64)
                    || content(&field.bytes, false, doc.kind).must_be_masked(as_secret))
            {
                sink.secrets.push(field.range.clone());
            }
        }
    }

    fn candidate(
        &self,
        doc: &Document<'_>,
        target: &Target,
        value: Range<usize>,
    ) -> Option<Candidate> {
        let secret_at = self.secret_range()?;
        let place = place_of(doc, secret_at.start);
        let usage = target.usage();
        let slot = Slot {
            username: None,
            secret: None,
            percent: false,
            usage,
            kind: doc.kind,
            place,
            what: "a request for an editor to send",
        };
        let verdict = self.verdict(&slot)?;
        if target.is_oauth() && verdict.kind != CredentialKind::AppPassword {
            return None;
        }
        let mut parts = vec![(Role::Scheme, self.scheme.clone()), (Role::Value, value.clone())];
        match self.form {
            Form::Base64 => parts.push((Role::Base64, secret_at.clone())),
            Form::Whole => parts.push((Role::Secret, secret_at.clone())),
            Form::Apart | Form::Bearer => {
                let fields = [(Role::Username, &self.user), (Role::Secret, &self.secret)];
                for (role, field) in fields {
                    parts.extend(field.as_ref().map(|field| (role, field.range.clone())));
                }
            }
        }
        let inside = value.start <= secret_at.start && secret_at.end <= value.end;
        let path = target.plain_path();
        let scopes = match (verdict.state, usage) {
            (State::DeadSecret, _) => Vec::new(),
            (_, Use::Git) => Scope::GIT_FETCH.to_vec(),
            _ => Scope::for_rest(&target.method, &path).to_vec(),
        };
        let host = if target.host == Host::Api { "api.bitbucket.org" } else { "bitbucket.org" };
        Some(Candidate {
            rule: Rule::HttpClient,
            state: verdict.state,
            form_error: verdict.form_error,
            usage,
            confidence: verdict.confidence,
            severity: verdict.severity,
            place,
            kind: verdict.kind,
            range: if inside { value } else { secret_at },
            parts,
            secret: verdict.secret,
            username: verdict.username,
            variable: verdict.variable,
            git_config_key: None,
            scopes,
            label: None,
            slot: None,
            identity: format!("http {} {host}{path}", target.method),
            message: verdict.message,
        })
    }

    fn verdict(&self, slot: &Slot<'_>) -> Option<Verdict> {
        let user = self.user.as_ref().map(|field| &field.bytes[..]);
        let secret = self.secret.as_ref().map(|field| &field.bytes[..]);
        let named = |bytes: Option<&[u8]>| match bytes.map(|b| content(b, false, slot.kind)) {
            Some(Content::Reference(name)) => name.to_ascii_lowercase().replace(['_', '-'], ""),
            _ => String::new(),
        };
        let oauth = |name: &str| {
            ["clientid", "clientsecret", "oauth", "consumer"].iter().any(|word| name.contains(word))
        };
        if oauth(&named(user)) || oauth(&named(secret)) {
            return None;
        }
        if matches!(self.form, Form::Bearer) {
            return bearer(slot, secret?);
        }
        if slot.usage == Use::Rest
            && slot.place == Place::Active
            && user == Some(GIT_API_TOKEN_USERNAME.as_bytes())
            && let Content::Reference(name) = content(secret?, false, slot.kind)
        {
            let username = Some(GIT_API_TOKEN_USERNAME.to_owned());
            return Some(Verdict {
                kind: CredentialKind::Reference,
                confidence: Confidence::Likely,
                secret: None,
                variable: (!name.is_empty()).then_some(name),
                ..form_error(slot, b"", FormError::UsernameForRest, username)
            });
        }
        let verdict = judge(&Slot { username: user, secret, ..*slot })?;
        // What a variable for all of it holds cannot be told.
        let unsaid = matches!(self.form, Form::Whole)
            && verdict
                .variable
                .as_deref()
                .is_none_or(|name| name_confidence(name) != Confidence::Certain);
        if unsaid {
            return Some(Verdict {
                severity: Severity::Note,
                confidence: Confidence::Possible,
                message: format!(
                    "One variable brings user and secret into {}; an app password in it fails, an \
                     API token goes under the Atlassian account email",
                    slot.what
                ),
                ..verdict
            });
        }
        Some(verdict)
    }
}

/// Bearer goes with access tokens, which are fine.
fn bearer(slot: &Slot<'_>, token: &[u8]) -> Option<Verdict> {
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
        _ => None,
    }
}

#[cfg(test)]
pub(crate) const EXAMPLES: super::testing::Examples = super::testing::Examples {
    rule: Rule::HttpClient,
    matching: &[
        ("a.http", "GET https://api.bitbucket.org/2.0/user\nAuthorization: Basic joe §app§\n"),
        ("a.http", "GET https://api.bitbucket.org/2.0/user\nauthorization: basic joe:§old§\n"),
        (
            "a.rest",
            "### Me\nGET https://api.bitbucket.org/2.0/user\nAuthorization: Basic am9lOkFUQkJleGFtcGxlTm90QVJlYWxTZWNyZXQwMDEwQTFCMkMzRA==\n",
        ),
        (
            "a.http",
            "@host = https://api.bitbucket.org/2.0\nGET {{host}}/user\nAuthorization: Basic {{u}} {{appPassword}}\n",
        ),
        ("a.http", "GET /2.0/user\nHost: api.bitbucket.org\nAuthorization: Bearer §api§\n"),
        (
            "a.http",
            "@pw = §app§\nGET https://api.bitbucket.org/2.0/user\nAuthorization: Basic joe {{pw}}\n",
        ),
    ],
    other: &[
        (
            "a.http",
            "GET https://api.bitbucket.org/2.0/user\nAuthorization: Basic {{ATLASSIAN_ACCOUNT_EMAIL}} {{BITBUCKET_API_TOKEN}}\n",
        ),
        ("a.http", "GET https://api.bitbucket.org/2.0/user\nAuthorization: Bearer {{token}}\n"),
        ("a.http", "GET https://api.bitbucket.org/2.0/user\nAuthorization: Bearer §access§\n"),
        ("a.http", "GET https://bitbucket.example.com/user\nAuthorization: Basic joe §app§\n"),
        ("a.http", "GET {{host}}/user\nAuthorization: Basic joe hunter2\n"),
        (
            "a.http",
            "POST https://bitbucket.org/site/oauth2/access_token\nAuthorization: Basic {{key}} {{secret}}\n",
        ),
        ("a.http", "POST https://api.bitbucket.org/2.0/x\n\nAuthorization: Basic joe hunter2\n"),
        ("a.rest", "A title\n=======\n\nAuthorization: Basic joe hunter2 bitbucket.org\n"),
    ],
};

#[cfg(test)]
mod tests {
    use super::super::testing::{line, part, run};
    use super::*;

    fn lines(auth: &str) -> String {
        let text = format!(
            "@pw = §app§\n\nGET https://api.bitbucket.org/2.0/user\nAuthorization: {auth}\n"
        );
        run(detect, "a.http", &text).candidates.iter().map(line).collect::<Vec<_>>().join("+")
    }

    #[test]
    fn verdicts() {
        for (auth, expected) in [
            ("Basic joe §app§", "AppPassword Rest Certain Error"),
            ("Basic joe:§app§", "AppPassword Rest Certain Error"),
            ("Basic joe {{pw}}", "AppPassword Rest Certain Error"),
            ("Basic joe {{appPassword}}", "Reference Rest Certain Warning"),
            ("Basic {{user}} {{$processEnv BB_APP_PASSWORD}}", "Reference Rest Certain Warning"),
            ("Basic {{bitbucketCredentials}}", "Reference Rest Possible Note"),
            ("Basic {{bitbucketAppPassword}}", "Reference Rest Likely Warning"),
            ("Basic joe §api§", "HalfMigrated UsernameForRest Rest Certain Error"),
            ("Bearer §api§", "HalfMigrated BearerForRest Rest Certain Error"),
            ("Basic me@x.com §api§", ""),
            ("Basic {{email}}:{{token}}", ""),
            ("Basic <user> <password>", ""),
            ("Digest joe hunter2", ""),
        ] {
            assert_eq!(lines(auth), expected, "{auth}");
        }
    }

    #[test]
    fn parts_lie_where_they_are_defined() {
        let text = "@pw = §app§\nGET https://api.bitbucket.org/2.0/user\nAuthorization: Basic joe {{pw}}\n###\nGET https://api.bitbucket.org/2.0/user\nAuthorization: Basic joe {{pw}}\n";
        let sink = run(detect, "a.http", text);
        let [found] = &sink.candidates[..] else { panic!("{:?}", sink.candidates) };
        assert_eq!(part(found, Role::Secret, text).unwrap(), super::super::testing::APP);
        assert_eq!(part(found, Role::Username, text).unwrap(), "joe");
        assert_eq!(found.identity, "http GET api.bitbucket.org/2.0/user");
        assert!(!sink.secrets.is_empty());
    }

    #[test]
    fn a_commented_header_is_dead() {
        let text = "GET https://api.bitbucket.org/2.0/user\n# Authorization: Basic joe §app§\n";
        let sink = run(detect, "a.http", text);
        assert_eq!(line(&sink.candidates[0]), "DeadSecret Rest Certain Error");
    }
}
