//! What stands in a credential slot for a host of Bitbucket Cloud: (username, secret, consumer) to
//! verdict. Shared by everything that has such a slot: URLs, stores, headers.

mod content;

use crate::bitbucket::{
    GIT_ACCESS_TOKEN_USERNAME, GIT_API_TOKEN_USERNAME, Timeline, TokenFormat, classify_token,
};
use crate::credential::{CredentialKind, Secret};
use crate::document::FileKind;
use crate::finding::{Confidence, FormError, Place, Severity, State, Use};

use self::content::is_token;
pub(crate) use self::content::{Content, content};

/// A username and a secret as written, and who reads them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot<'a> {
    /// As written; `None` where the place has no field for it.
    pub(crate) username: Option<&'a [u8]>,
    /// As written; `None` where the place has no field for it.
    pub(crate) secret: Option<&'a [u8]>,
    /// Whether `%XX` stands for a byte in both.
    pub(crate) percent: bool,
    /// [`Use::Git`] or [`Use::Rest`].
    pub(crate) usage: Use,
    /// The kind of file, for its variable syntax.
    pub(crate) kind: FileKind,
    /// In what surroundings it stands.
    pub(crate) place: Place,
    /// What the place is called in a message, with its article: `a clone URL`.
    pub(crate) what: &'a str,
}

/// What is wrong with a slot.
#[derive(Clone, Debug)]
pub(crate) struct Verdict {
    pub(crate) state: State,
    pub(crate) form_error: Option<FormError>,
    pub(crate) confidence: Confidence,
    pub(crate) severity: Severity,
    pub(crate) kind: CredentialKind,
    pub(crate) secret: Option<Secret>,
    /// The secret, or the one variable for both, stands in the username's field.
    pub(crate) secret_is_username: bool,
    pub(crate) username: Option<String>,
    pub(crate) variable: Option<String>,
    pub(crate) message: String,
}

/// How strongly a reference's name says that it holds an app password.
pub(crate) fn name_confidence(name: &str) -> Confidence {
    let name = name.to_ascii_lowercase();
    let squeezed: String = name.chars().filter(|c| !matches!(c, '_' | '-' | '.')).collect();
    let has = |words: &[&str]| words.iter().any(|word| squeezed.contains(word));
    if has(&["apppass", "apppw"]) {
        Confidence::Certain
    } else if has(&["pass", "pwd", "pw", "psw", "secret"]) {
        Confidence::Likely
    } else {
        Confidence::Possible
    }
}

/// Who the username says is asking.
#[derive(Clone, Copy, PartialEq, Eq)]
enum User {
    Static,
    AccessToken,
    Email,
    Other,
}

fn is_fixed_username(name: &[u8]) -> bool {
    name == GIT_API_TOKEN_USERNAME.as_bytes() || name == GIT_ACCESS_TOKEN_USERNAME.as_bytes()
}

fn classify_user(user: &Content, raw: &[u8]) -> User {
    let says_email = |name: &[u8]| name.to_ascii_lowercase().windows(5).any(|w| w == b"email");
    match user {
        Content::Literal(name) if name == GIT_API_TOKEN_USERNAME.as_bytes() => User::Static,
        Content::Literal(name) if name == GIT_ACCESS_TOKEN_USERNAME.as_bytes() => User::AccessToken,
        Content::Literal(name) if name.contains(&b'@') => User::Email,
        Content::Reference(name) if says_email(name.as_bytes()) => User::Email,
        // `<email>`, and what a rewrite leaves where it has no email to write.
        Content::Placeholder if says_email(raw) => User::Email,
        _ => User::Other,
    }
}

/// Judges a slot. `None`: a form that works, a placeholder, or nobody's credential.
pub(crate) fn judge(slot: &Slot<'_>) -> Option<Verdict> {
    let field = |raw: Option<&[u8]>| {
        raw.map_or(Content::Empty, |raw| content(raw, slot.percent, slot.kind))
    };
    let user = match slot.username {
        // Made of words that examples use, too.
        Some(name) if is_fixed_username(name) => Content::Literal(name.to_vec()),
        name => field(name),
    };
    let secret = field(slot.secret);
    let who = classify_user(&user, slot.username.unwrap_or_default());
    let username = shown_username(&user, slot.username);

    let secret_token = secret.token();
    if user.token() == Some(TokenFormat::AppPassword)
        && matches!(
            secret_token,
            None | Some(TokenFormat::LegacyAppPassword | TokenFormat::Unknown)
        )
        && let Content::Literal(bytes) = &user
    {
        let mut verdict = app_password(slot, bytes, Confidence::Certain, None);
        verdict.secret_is_username = true;
        return Some(verdict);
    }
    match &secret {
        Content::Placeholder => None,
        Content::Empty => without_secret(slot, &user, who, username),
        Content::Reference(name) => {
            let right = matches!(who, User::Static | User::AccessToken)
                || (slot.usage == Use::Rest && who == User::Email);
            (!right).then(|| reference(slot, name, name_confidence(name), username))
        }
        Content::Literal(bytes) => literal(slot, bytes, &user, who, username),
    }
}

/// The username as reports show it: decoded, a reference as written, never one that holds a token.
fn shown_username(user: &Content, raw: Option<&[u8]>) -> Option<String> {
    let bytes = match user {
        Content::Literal(bytes) if !is_token(bytes) => bytes,
        Content::Reference(_) | Content::Placeholder => raw?,
        _ => return None,
    };
    // `%0A` stands for a line break that has no business in a report.
    let control = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    Some(String::from_utf8_lossy(bytes).chars().map(control).collect())
}

fn without_secret(
    slot: &Slot<'_>,
    user: &Content,
    who: User,
    username: Option<String>,
) -> Option<Verdict> {
    match user {
        Content::Reference(name) => {
            let lower = name.to_ascii_lowercase();
            let whole = ["auth", "cred", "pass", "secret"].iter().any(|word| lower.contains(word));
            whole.then(|| Verdict {
                secret_is_username: true,
                ..reference(slot, name, Confidence::Likely, None)
            })
        }
        Content::Literal(bytes)
            if slot.usage == Use::Git
                && slot.place != Place::Comment
                && matches!(who, User::Other | User::Email)
                && bytes != b"git"
                && !is_token(bytes) =>
        {
            Some(Verdict {
                state: State::Reference,
                form_error: None,
                confidence: Confidence::Certain,
                severity: Severity::Note,
                kind: CredentialKind::Reference,
                secret: None,
                secret_is_username: false,
                username,
                variable: None,
                message: format!(
                    "Username without a secret in {}; the secret comes from a credential helper, \
                     which may still hold an app password",
                    slot.what
                ),
            })
        }
        _ => None,
    }
}

fn reference(
    slot: &Slot<'_>,
    name: &str,
    confidence: Confidence,
    username: Option<String>,
) -> Verdict {
    let what = slot.what;
    let command = name.contains(' ');
    let variable = if command {
        "A command's output".to_owned()
    } else if name.is_empty() {
        // A hole of a format string: `%s`.
        "What is put in here".to_owned()
    } else {
        format!("Variable {name}")
    };
    let right_username = match slot.usage {
        Use::Rest => "the Atlassian account email",
        _ => GIT_API_TOKEN_USERNAME,
    };
    let message = match confidence {
        Confidence::Certain => format!("{variable} brings an app password into {what}"),
        Confidence::Likely => {
            format!("{variable} brings a password into {what}, by the name likely an app password")
        }
        Confidence::Possible => format!(
            "{variable} brings a secret into {what}; an app password in it fails, an API token \
             needs the username {right_username}"
        ),
    };
    Verdict {
        state: State::Reference,
        form_error: None,
        confidence,
        severity: if slot.place == Place::Active { Severity::Warning } else { Severity::Note },
        kind: CredentialKind::Reference,
        secret: None,
        secret_is_username: false,
        username,
        variable: (!command && !name.is_empty()).then(|| name.to_owned()),
        message,
    }
}

fn literal(
    slot: &Slot<'_>,
    secret: &[u8],
    user: &Content,
    who: User,
    username: Option<String>,
) -> Option<Verdict> {
    let confidence = match classify_token(secret) {
        // The email is still to be filled in, as a rewrite leaves it.
        TokenFormat::ApiToken
            if slot.usage == Use::Rest
                && slot.username.is_some_and(|name| name.starts_with(b"REPLACE_WITH_")) =>
        {
            return None;
        }
        TokenFormat::ApiToken => return half_migrated(slot, secret, who, username),
        TokenFormat::AccessToken | TokenFormat::DataCenter => return None,
        TokenFormat::AppPassword => Confidence::Certain,
        // A torn or over-long token: of an app password it is worth telling.
        TokenFormat::Unknown if is_token(secret) => {
            if !secret.starts_with(b"ATBB") {
                return None;
            }
            Confidence::Likely
        }
        // OAuth tokens, of no known form.
        _ if who == User::AccessToken => return None,
        TokenFormat::LegacyAppPassword if who != User::Email => Confidence::Likely,
        TokenFormat::Unknown if who == User::Static => return None,
        // `https://<username>:hunter2@…` in a text is an example.
        TokenFormat::Unknown if *user == Content::Placeholder && slot.place != Place::Active => {
            return None;
        }
        TokenFormat::LegacyAppPassword | TokenFormat::Unknown => Confidence::Possible,
    };
    Some(app_password(slot, secret, confidence, username))
}

fn app_password(
    slot: &Slot<'_>,
    secret: &[u8],
    confidence: Confidence,
    username: Option<String>,
) -> Verdict {
    let what = slot.what;
    let thing = match confidence {
        Confidence::Certain => "Bitbucket app password",
        Confidence::Likely => "Password in a form of Bitbucket app passwords",
        Confidence::Possible => "Literal password for Bitbucket",
    };
    let message = if slot.place == Place::Comment {
        format!("{thing} in {what} in a comment; nothing uses it here, but it was written down")
    } else {
        let removed = Timeline::default().removed;
        match (confidence, slot.usage) {
            (Confidence::Possible, _) => format!(
                "{thing} in {what}; neither account passwords nor, since {removed}, app passwords \
                 are accepted"
            ),
            (_, Use::Rest) => {
                format!("{thing} in {what}; the REST API answers HTTP 401 since {removed}")
            }
            _ => format!("{thing} in {what}; git answers HTTP 410 since {removed}"),
        }
    };
    Verdict {
        state: if slot.place == Place::Comment { State::DeadSecret } else { State::AppPassword },
        form_error: None,
        confidence,
        severity: if slot.place == Place::Comment && confidence == Confidence::Possible {
            Severity::Note
        } else {
            Severity::Error
        },
        kind: if secret.starts_with(b"ATBB") {
            CredentialKind::AppPassword
        } else {
            CredentialKind::LegacyAppPassword
        },
        secret: Some(Secret::new(secret)),
        secret_is_username: false,
        username,
        variable: None,
        message,
    }
}

/// An API token: right under the static name for git and under the email for REST.
fn half_migrated(
    slot: &Slot<'_>,
    secret: &[u8],
    who: User,
    username: Option<String>,
) -> Option<Verdict> {
    let error = match (who, slot.usage) {
        (User::Static, Use::Git) | (User::Email, Use::Rest) => return None,
        (User::AccessToken, _) => FormError::AccessTokenUsername,
        (User::Static | User::Other, Use::Rest) => FormError::UsernameForRest,
        (User::Email, _) => FormError::EmailForGit,
        (User::Static | User::Other, _) => FormError::UsernameForGit,
    };
    Some(form_error(slot, secret, error, username))
}

/// The verdict on an API token in a form that fails.
pub(crate) fn form_error(
    slot: &Slot<'_>,
    secret: &[u8],
    error: FormError,
    username: Option<String>,
) -> Verdict {
    let what = slot.what;
    let right = match slot.usage {
        Use::Rest => "REST takes the Atlassian account email".to_owned(),
        _ => format!("git takes the username {GIT_API_TOKEN_USERNAME}"),
    };
    let message = match error {
        _ if slot.place == Place::Comment => {
            format!(
                "API token in {what} in a comment; nothing uses it here, but it was written down"
            )
        }
        FormError::EmailForGit => {
            format!(
                "API token under an email address in {what}; only REST takes the email, {right}"
            )
        }
        FormError::AccessTokenUsername => format!(
            "API token under {GIT_ACCESS_TOKEN_USERNAME} in {what}; that name goes with access \
             tokens, with an API token {right}"
        ),
        FormError::UsernameForRest => format!("API token under a username in {what}; {right}"),
        FormError::UsernameForGit => format!(
            "API token under a Bitbucket username in {what}; that is documented but seen to fail, \
             {GIT_API_TOKEN_USERNAME} works with every API token"
        ),
        FormError::BearerForRest => {
            format!(
                "API token sent as Bearer in {what}; Bitbucket takes it with Basic only, {right}"
            )
        }
    };
    Verdict {
        state: if slot.place == Place::Comment { State::DeadSecret } else { State::HalfMigrated },
        form_error: (slot.place != Place::Comment).then_some(error),
        confidence: Confidence::Certain,
        severity: if error == FormError::UsernameForGit && slot.place != Place::Comment {
            Severity::Warning
        } else {
            Severity::Error
        },
        kind: CredentialKind::ApiToken,
        secret: Some(Secret::new(secret)),
        secret_is_username: false,
        username,
        variable: None,
        message,
    }
}
