//! The consumer table: what each tool that takes an app password wants instead of it.
//!
//! One row for each consumer, with its source. The same token needs another username in each: git
//! takes the static name, REST the Atlassian account email, some tools take both side by side. A row
//! that no source confirms never gives a safe edit.

pub(crate) mod ci;
pub(crate) mod code;
mod facts;
pub(crate) mod files;
pub(crate) mod infrastructure;
pub(crate) mod packages;
pub(crate) mod tools;
pub mod variables;

pub use facts::{Facts, Renamed};

use crate::bitbucket::Scope;
use crate::document::FileKind;
use crate::finding::{Finding, State, Use};
use crate::rule::{Rule, RuleInfo};

/// What the user field of a consumer has to hold beside an API token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UsernameForm {
    /// `x-bitbucket-api-token-auth`: it goes to git.
    Static,
    /// The email of the Atlassian account: it goes to the REST API.
    Email,
    /// A name for git and the email for REST, in fields of their own.
    Both,
    /// It depends on the use at the place: a URL, a call, a variable.
    ByUse,
    /// The consumer has no API tokens: [`Consumer::instead`] says what to use.
    Unsupported,
}

impl UsernameForm {
    /// The kebab-case name, as on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Email => "email",
            Self::Both => "both",
            Self::ByUse => "by-use",
            Self::Unsupported => "unsupported",
        }
    }

    /// What the username at this place has to be; `None` where nothing tells.
    pub fn of(finding: &Finding) -> Option<Self> {
        let consumer = finding.rule.consumer();
        let own = consumer.map(|consumer| consumer.form).filter(|form| *form != Self::ByUse);
        if finding.state == State::DeadSecret {
            return None;
        }
        if own == Some(Self::Unsupported) {
            return own;
        }
        let slot = finding.slot.map(|slot| slot.form).filter(|form| *form != Self::ByUse);
        let by_use = match finding.usage {
            Use::Git => Some(Self::Static),
            Use::Rest => Some(Self::Email),
            Use::Both => Some(Self::Both),
            Use::Unknown => None,
        };
        slot.or_else(|| {
            // The tool that reads a variable says more than the line that sets it.
            (finding.via == Rule::EnvVariable)
                .then(|| reader_of(finding.variable.as_deref()?, consumer))
                .flatten()
        })
        .or(by_use)
        .or(own)
    }
}

/// What the tool that reads `variable` under its fixed name takes as username.
fn reader_of(variable: &str, consumer: Option<&Consumer>) -> Option<UsernameForm> {
    let reads = |row: &&Consumer| {
        row.variables.iter().any(|known| {
            let own = consumer.is_some_and(|consumer| consumer.rule == row.rule);
            known.name == variable && known.role == VariableRole::Secret && (own || !known.shared)
        })
    };
    consumers().find(reads).map(|row| row.form).filter(|form| *form != UsernameForm::ByUse)
}

/// Whether a source says that the new form works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// One of the row's sources says so.
    Confirmed,
    /// It follows from how the consumer talks to Bitbucket. Edits are never safe.
    Inferred,
    /// Not known. Told, not edited.
    Unknown,
}

impl Evidence {
    /// The kebab-case name, as on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Inferred => "inferred",
            Self::Unknown => "unknown",
        }
    }
}

/// A consumer: a row of the table.
#[derive(Debug)]
pub struct Consumer {
    /// The rule that it is reported under.
    pub rule: Rule,
    /// As its makers write it.
    pub name: &'static str,
    /// What its user field takes.
    pub form: UsernameForm,
    /// Whether a source says so.
    pub evidence: Evidence,
    /// What it does with the credential, unless the place says more.
    pub usage: Use,
    /// The least scopes, unless the place says more.
    pub scopes: &'static [Scope],
    /// The first release that takes API tokens, where a source says so: `2.8.12`.
    pub least_version: Option<&'static str>,
    /// What to use where API tokens do not work.
    pub instead: Option<&'static str>,
    /// What somebody has to do besides the edit, each one line.
    pub steps: &'static [&'static str],
    /// Where it keeps credentials in structured files.
    pub slots: &'static [Slot],
    /// The variables that it reads.
    pub variables: &'static [Variable],
    /// Files that are its own: what other detectors see in them is reported under its rule. Globs as
    /// [`Slot::files`].
    pub files: &'static [&'static str],
    /// Files that several tools share and that are its own where they hold this text:
    /// `("pyproject.toml", "[tool.uv")`.
    pub marked_files: &'static [(&'static str, &'static str)],
    /// What writes its lock file again.
    pub lock_command: Option<&'static str>,
    /// What `rules`, `explain` and the docs print.
    pub page: RuleInfo,
}

impl Consumer {
    /// What most rows have; for `..Consumer::BASE`.
    pub const BASE: Self = Self {
        rule: Rule::AppPasswordLiteral,
        name: "",
        form: UsernameForm::ByUse,
        evidence: Evidence::Inferred,
        usage: Use::Unknown,
        scopes: &[],
        least_version: None,
        instead: None,
        steps: &[],
        slots: &[],
        variables: &[],
        files: &[],
        marked_files: &[],
        lock_command: None,
        page: RuleInfo {
            id: "",
            summary: "",
            why: "",
            rewrite: "",
            before: "",
            after: "",
            limits: "",
            sources: &[],
        },
    };
}

/// A place in a structured file that holds credentials.
#[derive(Debug, PartialEq, Eq)]
pub struct Slot {
    /// The consumer that reads it.
    pub rule: Rule,
    /// Which files, as globs over the path with `/`: `auth.json` is that file in any folder, `*`
    /// does not match `/`, `**` does. Compared without case.
    pub files: &'static [&'static str],
    /// The formats that it is looked for in; empty: any.
    pub formats: &'static [Format],
    /// The way from the top of a document to the object or scalar: keys with `/` between them; `*` is
    /// any key, `[]` any item, `**` any number of keys and items, `{bitbucket}` a key that is a host
    /// or URL of Bitbucket Cloud.
    pub path: &'static str,
    /// What must hold for it to be Bitbucket's.
    pub when: &'static [Condition],
    /// What stands there.
    pub shape: Shape,
    /// What it is used for.
    pub usage: Use,
    /// What the username becomes.
    pub form: UsernameForm,
    /// The least scopes, where they are not the consumer's.
    pub scopes: &'static [Scope],
    /// Keys that change: before and after.
    pub keys: &'static [(&'static str, &'static str)],
    /// Keys to add beside the secret's: name and form of the username that it holds.
    pub adds: &'static [(&'static str, UsernameForm)],
    /// How the file reads a variable of the environment there, with `NAME` in it:
    /// `process.env.NAME` (instead of the quoted string), `${NAME}`; `None`: it does not, and a
    /// literal gives way to a placeholder.
    pub expands: Option<&'static str>,
    /// A file that exists to hold credentials: the user's new token may be written into it.
    pub store: bool,
    /// Values are base64: `data` of a Kubernetes Secret.
    pub base64: bool,
    /// The secret's field says where the secret is kept: the name of a Kubernetes Secret, the id of a
    /// vault's entry. A literal there is a reference.
    pub names_secret: bool,
    /// Whether a source says that the new form works here, where that is not the consumer's.
    pub evidence: Option<Evidence>,
    /// A version beside it that has to know the new keys.
    pub pin: Option<Pin>,
    /// Why nothing is edited though the new form is known: what else would have to change.
    pub by_hand: Option<&'static str>,
}

/// A version that stands beside a slot, as in `pipe: atlassian/bitbucket-upload-file:0.3.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pin {
    /// The way to it from the object, as in [`Condition`]s: `../pipe`.
    pub path: &'static str,
    /// What stands in front of the version, its separator not included, and the first version that
    /// knows the new keys: `("atlassian/bitbucket-upload-file", Some("0.8.0"))`. `None`: no source
    /// says which, so that nothing is edited and the user is told what to check.
    pub versions: &'static [(&'static str, Option<&'static str>)],
}

impl Slot {
    /// What most slots have; for `..Slot::BASE`.
    pub const BASE: Self = Self {
        rule: Rule::AppPasswordLiteral,
        files: &[],
        formats: &[],
        path: "",
        when: &[],
        shape: Shape::Pair,
        usage: Use::Unknown,
        form: UsernameForm::ByUse,
        scopes: &[],
        keys: &[],
        adds: &[],
        expands: None,
        store: false,
        base64: false,
        names_secret: false,
        evidence: None,
        pin: None,
        by_hand: None,
    };
}

/// What stands in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// An object with the username under one of some keys and the secret under one of some keys.
    Fields {
        /// Keys of the username, the first that exists counts; `a/b` is the key `b` below `a`.
        username: &'static [&'static str],
        /// Keys of the secret, likewise.
        secret: &'static [&'static str],
    },
    /// A list of objects, each with a name and a value: Postman's
    /// `[{"key": "username", "value": "…"}, {"key": "password", "value": "…"}]`.
    Items {
        /// The key of the name.
        name: &'static str,
        /// The key of the value.
        value: &'static str,
        /// Names of the username.
        username: &'static [&'static str],
        /// Names of the secret.
        secret: &'static [&'static str],
    },
    /// A scalar: `user:secret`.
    Pair,
    /// A scalar: the secret alone.
    Secret,
}

/// What must hold around a slot. Paths go from the object (or the one that holds the scalar) down;
/// a `/` in front: from the top of the document; `..`: one object or list up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// The value there is one of these, whatever the case.
    Is(&'static str, &'static [&'static str]),
    /// The value there, or one of several, holds a host of Bitbucket Cloud.
    Cloud(&'static str),
    /// The value there contains this, whatever the case.
    Contains(&'static str, &'static str),
    /// Something stands there.
    Has(&'static str),
    /// Nothing stands there.
    Lacks(&'static str),
    /// The text of the file holds a host of Bitbucket Cloud somewhere.
    CloudInFile,
    /// The text of the file holds this somewhere, in this case.
    InFile(&'static str),
    /// The value there is an app password by its own format.
    AppPassword(&'static str),
    /// One of several.
    Any(&'static [Condition]),
    /// All of several.
    All(&'static [Condition]),
}

/// A format that is read by structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// YAML, of any number of documents.
    Yaml,
    /// JSON, with comments and trailing commas or without.
    Json,
    /// TOML.
    Toml,
    /// XML: elements and attributes (`@name`) are keys, text is the value.
    Xml,
    /// INI: sections, then keys.
    Ini,
    /// Java properties and dotenv: keys alone.
    Properties,
    /// HCL: a block's type and labels are keys.
    Hcl,
}

impl Format {
    /// The format of a kind of file; `None` for those that are not read by structure.
    pub const fn of(kind: FileKind) -> Option<Self> {
        use FileKind as K;
        Some(match kind {
            kind if kind.is_yaml() => Self::Yaml,
            K::Json => Self::Json,
            K::Toml => Self::Toml,
            K::Xml => Self::Xml,
            K::Ini | K::Npmrc => Self::Ini,
            K::Properties | K::Dotenv => Self::Properties,
            K::Hcl => Self::Hcl,
            _ => return None,
        })
    }
}

/// A variable of the environment that a tool reads under a fixed name.
#[derive(Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name: `ATLANTIS_BITBUCKET_TOKEN`.
    pub name: &'static str,
    /// What it holds.
    pub role: VariableRole,
    /// The name that takes its place; `None`: the same.
    pub becomes: Option<&'static str>,
    /// A variable to set besides, and what it holds: Atlantis takes the email under another name.
    pub adds: Option<(&'static str, UsernameForm)>,
    /// Whether the name is read for other hosts too, so that it needs a sign of Bitbucket Cloud in
    /// the same file: `RENOVATE_PASSWORD`.
    pub shared: bool,
}

/// What a variable holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableRole {
    /// The username; what it becomes.
    Username(UsernameForm),
    /// The secret.
    Secret,
    /// `user:secret`; what the username becomes.
    Pair(UsernameForm),
}

/// All rows, in the order of their rules.
pub fn consumers() -> impl Iterator<Item = &'static Consumer> {
    Rule::ALL.iter().filter_map(|rule| rule.consumer())
}
