//! What a user adds to what bbsweep knows: hosts, names of variables, and what not to report.
//!
//! Settings go with each [`Document`](crate::Document), so that two scans with different ones can
//! run at the same time.

mod allow;

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use regex::bytes::Regex;

pub use allow::{Allow, PathGlob, Pattern};

use crate::bitbucket::{Host, TokenFormat, classify_host, classify_token};
use crate::finding::{Finding, Suppression};
use crate::rule::Rule;

/// A host name, without scheme, port and path; in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(String);

impl FromStr for HostName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let label = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let name = text.strip_suffix('.').unwrap_or(text);
        if name.len() > 253 || !name.contains('.') || !name.split('.').all(label) {
            return Err(
                "expected a full host name such as bitbucket.example.com, without scheme, \
                        port and path",
            );
        }
        if name.split('.').any(|label| is_token(label.as_bytes())) {
            return Err("this is a secret, not a host name");
        }
        Ok(Self(name.to_ascii_lowercase()))
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a variable, key or field: letters, digits, `_` and `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariableName(String);

impl VariableName {
    /// Longer words are no names.
    const LONGEST: usize = 128;
    /// Shorter ones stand everywhere.
    const SHORTEST: usize = 4;
}

impl FromStr for VariableName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        if !(Self::SHORTEST..=Self::LONGEST).contains(&text.len())
            || !text.bytes().all(word)
            || !text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        {
            return Err("expected the name of a variable: 4 to 128 letters, digits, _ and -, not \
                        beginning with a digit");
        }
        if is_token(text.as_bytes()) {
            return Err("this is a secret, not the name of a variable");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for VariableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_token(text: &[u8]) -> bool {
    !matches!(classify_token(text), TokenFormat::Unknown | TokenFormat::LegacyAppPassword)
}

/// What a user says; [`Settings::new`] makes it ready for use.
#[derive(Clone, Debug, Default)]
pub struct Additions {
    /// Further hosts through which `bitbucket.org` is reached for git.
    pub git_hosts: Vec<HostName>,
    /// Further hosts through which `api.bitbucket.org` is reached.
    pub rest_hosts: Vec<HostName>,
    /// Variables that hold app passwords, whatever their names say.
    pub secrets: Vec<VariableName>,
    /// Variables that hold the usernames that go with them.
    pub usernames: Vec<VariableName>,
    /// Rules of which no finding is wanted.
    pub disabled: Vec<Rule>,
    /// Findings that are known and wanted as they are.
    pub allow: Vec<Allow>,
    /// The folder that paths of [`Allow::path`] may start from, besides roots and repositories: that
    /// of the config.
    pub base: Option<PathBuf>,
}

/// What a user adds to what bbsweep knows.
#[derive(Clone, Debug)]
pub struct Settings {
    git_hosts: Vec<HostName>,
    rest_hosts: Vec<HostName>,
    secrets: BTreeSet<VariableName>,
    usernames: BTreeSet<VariableName>,
    disabled: BTreeSet<Rule>,
    allow: Vec<Allow>,
    base: Option<PathBuf>,
    /// `@` and one of the hosts, any case; `None` without hosts.
    at_host: Option<Regex>,
    /// One of the hosts as a word, any case.
    host: Option<Regex>,
    /// One of the names of secrets.
    secret: Option<Regex>,
    /// One of the names of usernames.
    username: Option<Regex>,
}

/// Nothing added.
static NOTHING: Settings = Settings {
    git_hosts: Vec::new(),
    rest_hosts: Vec::new(),
    secrets: BTreeSet::new(),
    usernames: BTreeSet::new(),
    disabled: BTreeSet::new(),
    allow: Vec::new(),
    base: None,
    at_host: None,
    host: None,
    secret: None,
    username: None,
};

impl Default for Settings {
    fn default() -> Self {
        NOTHING.clone()
    }
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A host is both.
    #[error("{0} cannot be a host for git and for REST, both: name it once")]
    HostTwice(HostName),
    /// A name is both.
    #[error("{0} cannot hold a username and an app password, both")]
    NameTwice(VariableName),
    /// There are more names or hosts than one pattern can hold.
    #[error("too many hosts or names of variables")]
    TooMany,
}

impl Settings {
    /// Settings with nothing added.
    pub fn none() -> &'static Self {
        &NOTHING
    }

    /// Makes what the user said ready for use.
    pub fn new(additions: Additions) -> Result<Self, SettingsError> {
        let Additions { git_hosts, rest_hosts, secrets, usernames, disabled, allow, base } =
            additions;
        if let Some(host) = git_hosts.iter().find(|host| rest_hosts.contains(host)) {
            return Err(SettingsError::HostTwice(host.clone()));
        }
        if let Some(name) = secrets.iter().find(|name| usernames.contains(name)) {
            return Err(SettingsError::NameTwice(name.clone()));
        }
        let hosts = alternatives(git_hosts.iter().chain(&rest_hosts));
        let names = |names: &[VariableName]| alternatives(names);
        Ok(Self {
            at_host: compile(hosts.as_deref(), |hosts| {
                // Ours last: a proxy's name may begin with it.
                format!(r"(?i-u)@(?:{hosts}|(?:www\.|api\.)?bitbucket\.org)")
            })?,
            host: compile(hosts.as_deref(), |hosts| format!(r"(?i-u)(?:{hosts})"))?,
            secret: compile(names(&secrets).as_deref(), |names| format!("(?-u)(?:{names})"))?,
            username: compile(names(&usernames).as_deref(), |names| format!("(?-u)(?:{names})"))?,
            git_hosts,
            rest_hosts,
            secrets: secrets.into_iter().collect(),
            usernames: usernames.into_iter().collect(),
            disabled: disabled.into_iter().collect(),
            allow,
            base,
        })
    }

    /// Which host of Bitbucket Cloud `host` names, or leads to as the user says: as
    /// [`classify_host`].
    pub fn host(&self, host: &[u8]) -> Option<Host> {
        let is = |known: &HostName| {
            host.strip_suffix(b".").unwrap_or(host).eq_ignore_ascii_case(known.0.as_bytes())
        };
        classify_host(host)
            .or_else(|| self.git_hosts.iter().any(is).then_some(Host::Git))
            .or_else(|| self.rest_hosts.iter().any(is).then_some(Host::Api))
    }

    /// Whether `text` names one of the hosts that the user added.
    pub fn names_host(&self, text: &[u8]) -> bool {
        let part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
        self.host.as_ref().is_some_and(|host| {
            host.find_iter(text).any(|hit| {
                !text[..hit.start()].last().is_some_and(part)
                    && !text.get(hit.end()).is_some_and(|b| part(b) && *b != b'.')
            })
        })
    }

    /// Whether the user says that a variable of this name holds an app password.
    pub fn is_secret(&self, name: &[u8]) -> bool {
        holds(&self.secrets, name)
    }

    /// Whether the user says that a variable of this name holds a username.
    pub fn is_username(&self, name: &[u8]) -> bool {
        holds(&self.usernames, name)
    }

    /// What of it decides what is found, as text: not what is reported of it.
    pub(crate) fn fingerprint(&self) -> String {
        let Self { git_hosts, rest_hosts, secrets, usernames, .. } = self;
        format!("{git_hosts:?} {rest_hosts:?} {secrets:?} {usernames:?}")
    }

    /// The patterns that find URLs and names which only the user knows.
    pub(crate) fn at_host(&self) -> Option<&Regex> {
        self.at_host.as_ref()
    }

    pub(crate) fn secret(&self) -> Option<&Regex> {
        self.secret.as_ref()
    }

    pub(crate) fn username(&self) -> Option<&Regex> {
        self.username.as_ref()
    }

    /// What else lets a text through to the detectors, as alternatives of a pattern; and the length
    /// of the longest.
    pub(crate) fn anchors(&self) -> Option<(String, usize)> {
        let hosts = alternatives(self.git_hosts.iter().chain(&self.rest_hosts));
        let hosts = hosts.map(|hosts| format!("(?i:{hosts})"));
        let names = alternatives(&self.secrets);
        let all: Vec<_> = hosts.into_iter().chain(names).collect();
        let hosts = self.git_hosts.iter().chain(&self.rest_hosts).map(|host| host.0.len());
        let longest = hosts.chain(self.secrets.iter().map(|name| name.0.len())).max();
        longest.map(|longest| (all.join("|"), longest))
    }

    /// Why `finding` is not to be reported; `None` if it is.
    pub fn suppresses(&self, finding: &Finding) -> Option<Suppression> {
        if self.disabled.contains(&finding.rule) {
            return Some(Suppression::Rule);
        }
        self.allow
            .iter()
            .find(|allow| allow.matches(finding, self.base.as_deref()))
            .map(|allow| Suppression::Allow { reason: allow.reason.clone() })
    }
}

fn holds(names: &BTreeSet<VariableName>, name: &[u8]) -> bool {
    !names.is_empty() && names.iter().any(|known| known.0.as_bytes() == name)
}

/// The texts as alternatives of a pattern, longer ones first; `None` without any.
fn alternatives<T: ToString>(texts: impl IntoIterator<Item = T>) -> Option<String> {
    let mut texts: Vec<String> =
        texts.into_iter().map(|text| regex::escape(&text.to_string())).collect();
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    (!texts.is_empty()).then(|| texts.join("|"))
}

fn compile(
    alternatives: Option<&str>,
    pattern: impl Fn(&str) -> String,
) -> Result<Option<Regex>, SettingsError> {
    let regex = alternatives.map(|text| Regex::new(&pattern(text)));
    regex.transpose().map_err(|_| SettingsError::TooMany)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_alone() {
        for name in ["git.example.com", "Bitbucket-Proxy.Example.COM", "bitbucket.org.example.com."]
        {
            assert!(name.parse::<HostName>().is_ok(), "{name}");
        }
        let secret = format!("{}.example.com", "ATBBexampleNotARealSecret0010A1B2C3D");
        for name in
            ["", "localhost", "https://a.b", "a.b/c", "a.b:1", "a..b", "-a.b", "*.b", &secret]
        {
            assert!(name.parse::<HostName>().is_err(), "{name}");
        }
    }

    #[test]
    fn names_are_words() {
        for name in ["CI_PW", "_secret", "git-password", "gitPassword"] {
            assert!(name.parse::<VariableName>().is_ok(), "{name}");
        }
        for name in ["", "PW", "1ABC", "A B C", "A.B.C", "ATBBexampleNotARealSecret0010A1B2C3D"] {
            assert!(name.parse::<VariableName>().is_err(), "{name}");
        }
    }

    #[test]
    fn a_host_leads_to_one_of_bitbuckets() {
        let host = |name: &str| name.parse::<HostName>().unwrap();
        let additions = Additions {
            git_hosts: vec![host("git.example.com"), host("bitbucket.org.example.com")],
            rest_hosts: vec![host("api.example.com")],
            ..Additions::default()
        };
        let settings = Settings::new(additions.clone()).unwrap();
        assert_eq!(settings.host(b"GIT.example.com."), Some(Host::Git));
        assert_eq!(settings.host(b"bitbucket.org.example.com"), Some(Host::Git));
        assert_eq!(settings.host(b"api.example.com"), Some(Host::Api));
        assert_eq!(settings.host(b"api.bitbucket.org"), Some(Host::Api));
        assert_eq!(settings.host(b"example.com"), None);
        assert!(settings.names_host(b"see https://Git.Example.com/x"));
        assert!(settings.names_host(b"api.example.com."));
        assert!(!settings.names_host(b"my-git.example.com and git.example.community"));
        assert!(!Settings::none().names_host(b"git.example.com"));

        let twice = Additions { rest_hosts: additions.git_hosts.clone(), ..additions };
        assert!(matches!(Settings::new(twice), Err(SettingsError::HostTwice(_))));
    }
}
