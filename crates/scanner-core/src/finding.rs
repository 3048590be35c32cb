//! What a scan says of one use of a credential.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::bitbucket::Scope;
use crate::consumer::Slot;
use crate::credential::{CredentialKind, Secret};
use crate::rule::Rule;

/// A half-open range of bytes in the original file, whatever its encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: u64,
    /// One past the last byte.
    pub end: u64,
}

impl Span {
    /// The span from `start` up to `end`, not included.
    pub const fn new(start: u64, end: u64) -> Self {
        Self { start, end }
    }

    /// Length in bytes.
    pub const fn len(self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether it holds no byte.
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether both share at least one byte.
    pub const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// As a range of indices into the whole file held in memory. Saturates where an address is
    /// smaller than the offset, so that the slice is refused and not wrong.
    pub fn range(self) -> Range<usize> {
        let at = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX);
        at(self.start)..at(self.end)
    }
}

/// What stands at the place of the finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// A literal app password.
    AppPassword,
    /// A variable, key of a secret store or template through which one is used; also a place that
    /// names only the user of one.
    Reference,
    /// An API token in a form that fails.
    HalfMigrated,
    /// A literal where nothing uses it: git history, a comment. Revoke it.
    DeadSecret,
}

/// What the credential is used for; decides the username and the scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// Git over HTTPS: takes the static username.
    Git,
    /// The REST API: takes the Atlassian account email.
    Rest,
    /// Both, through one username field or one pair of variables.
    Both,
    /// Cannot be told from this place.
    Unknown,
}

/// How sure it is that this is a use of an app password (or a failing form of an API token).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// May be something else.
    Possible,
    /// All the signs point to it.
    Likely,
    /// Format or exact location says so.
    Certain,
}

/// How much a finding matters. Decides the exit status: notes do not set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// A mention, a username-only URL: nothing to do here.
    Note,
    /// A reference.
    Warning,
    /// A literal secret or a form that fails.
    Error,
}

/// Why an API token fails where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FormError {
    /// The email as git username: only REST takes it.
    EmailForGit,
    /// `x-token-auth`, which goes with access tokens.
    AccessTokenUsername,
    /// A Bitbucket username (or the static git name) for REST, which takes the email.
    UsernameForRest,
    /// `Bearer` where Basic is due.
    BearerForRest,
    /// `username:token` for git: documented, but seen to fail.
    UsernameForGit,
}

/// What a part of a use is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A whole URL, from the scheme to its last byte.
    Url,
    /// The scheme with `://` (or its escaped form).
    Scheme,
    /// Everything between the scheme and the `@`, without the `@`.
    Userinfo,
    /// The username as written.
    Username,
    /// The secret as written: literal or reference.
    Secret,
    /// The host as written, no port.
    Host,
    /// The name of the variable, key or field that holds the secret.
    Name,
    /// The name of the variable, key or field that holds the username.
    UsernameName,
    /// The whole value assigned, without its quotes.
    Value,
    /// The base64 text of a Basic header.
    Base64,
    /// The program of a command line, or where what holds the credential begins.
    Command,
    /// An argument of a command line, quotes and all.
    Word,
    /// An option of a command line with its argument.
    Option,
}

/// One part of a use and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Part {
    /// What it is.
    pub role: Role,
    /// Where, in bytes of the original file.
    pub span: Span,
}

/// In what surroundings a use stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Where a program reads it.
    Active,
    /// In a comment.
    Comment,
    /// In a text for people: Markdown, plain text.
    Prose,
}

/// A git repository that the scan came upon.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Repository {
    /// The name in reports: path of the top level as the scan's paths are written, `.` for the root,
    /// `..` for the folder above it; absolute where there are several roots and it holds one.
    pub name: String,
    /// Top level of the work tree; `None` for a bare repository.
    pub work_dir: Option<PathBuf>,
    /// The git directory of this work tree.
    pub git_dir: PathBuf,
    /// The directory with the shared config and objects; `git_dir` itself but for linked worktrees.
    pub common_dir: PathBuf,
}

/// Where a use stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Index into the scan's roots.
    pub root: usize,
    /// Path relative to that root with `/`; absolute for a file outside of every root (a global git
    /// config, the git directory of a linked worktree); `-` for standard input.
    pub path: String,
    /// The path's bytes where they are not UTF-8 (then `path` is lossy).
    pub path_bytes: Option<Vec<u8>>,
    /// Where to open the file; `None` for standard input.
    pub absolute: Option<PathBuf>,
    /// The repository that the file belongs to.
    pub repository: Option<Arc<Repository>>,
    /// The commit that a history finding was read from, in hex: the first that holds it. For what no
    /// commit leads to, the object. `None` for a finding of the work tree.
    pub commit: Option<String>,
    /// The git config key, any secret in it masked.
    pub git_config_key: Option<String>,
    /// Line, from 1.
    pub line: u64,
    /// Column in bytes of the original file, from 1.
    pub column: u64,
}

/// A commit, as a report names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    /// Its object id, in hex.
    pub id: String,
    /// `Name <email>`, as the commit has it.
    pub author: String,
    /// When the author wrote it. Seconds since 1970, UTC.
    pub time: i64,
}

/// What kind of object of git holds a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum HistorySource {
    /// A version of a file.
    Blob,
    /// The message of a commit.
    CommitMessage,
    /// The message of an annotated tag.
    TagMessage,
}

/// Where in the history of its repository a use stands. With a finding of the work tree: since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// What holds it.
    pub source: HistorySource,
    /// Id of the object that was read: the first that holds it. Hex.
    pub object: String,
    /// Path in the repository, with `/`; empty for what has none.
    pub path: String,
    /// The first commit that holds it; `None` for an object that no commit leads to.
    pub first: Option<Commit>,
    /// The last commit that holds it.
    pub last: Option<Commit>,
    /// The branches, and HEADs, whose tip holds it, by name.
    pub tips: Vec<String>,
    /// What leads to the first commit where no branch does: a tag, the stash, a reflog.
    pub via: Option<String>,
    /// Other paths in the repository that it had.
    pub paths: Vec<String>,
}

/// A line of the file with every secret in it masked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// The line, shortened around the use where it is long; no control characters.
    pub text: String,
    /// Where the use begins in `text`, in bytes.
    pub start: usize,
    /// Where it ends in `text`, in bytes.
    pub end: usize,
}

/// One use of an app password, or of an API token in a form that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that it is reported under: of the consumer whose file it is, if one is known.
    pub rule: Rule,
    /// The rule whose detector saw it, and whose rewriter rewrites it.
    pub via: Rule,
    /// The row of the consumer table that says what stands where, for a structured file.
    pub slot: Option<&'static Slot>,
    /// What stands there.
    pub state: State,
    /// Why the form fails, for [`State::HalfMigrated`].
    pub form_error: Option<FormError>,
    /// What it is used for.
    pub usage: Use,
    /// How sure that is.
    pub confidence: Confidence,
    /// How much it matters.
    pub severity: Severity,
    /// In what surroundings it stands.
    pub place: Place,
    /// Where it stands.
    pub location: Location,
    /// Where it stands in the repository's history, if that was scanned.
    pub history: Option<Box<History>>,
    /// The whole use, in bytes of the original file.
    pub span: Span,
    /// Its parts, in the order in which they stand.
    pub parts: Vec<Part>,
    /// What kind of credential it is.
    pub kind: CredentialKind,
    /// The literal secret.
    pub secret: Option<Secret>,
    /// The username that goes with it, decoded; a reference as written.
    pub username: Option<String>,
    /// The name of the variable or field that holds the secret.
    pub variable: Option<String>,
    /// The least scopes that the use needs.
    pub scopes: Vec<Scope>,
    /// The line, masked.
    pub excerpt: Excerpt,
    /// What is wrong, in one sentence, no secret in it.
    pub message: String,
    /// Fingerprint of the finding: rule, path in the repository and normalised place. Survives moved
    /// lines; holds no bit of the secret. 32 hex digits.
    pub id: String,
    /// Fingerprint of the credential: `hmac:…` under the fleet key, else `run:N` numbered within
    /// this run in the order of the findings. `None` without a literal secret.
    pub credential_fingerprint: Option<String>,
}

impl Finding {
    /// The span of the first part with this role.
    pub fn part(&self, role: Role) -> Option<Span> {
        self.parts.iter().find(|part| part.role == role).map(|part| part.span)
    }
}

/// A finding that the user does not want to hear of. Counted, and never rewritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    /// What would be reported.
    pub finding: Finding,
    /// Why it is not.
    pub by: Suppression,
}

/// Why a finding is not reported.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suppression {
    /// Its rule is disabled.
    Rule,
    /// An entry of the allow list names it.
    Allow {
        /// The entry's reason.
        reason: String,
    },
    /// A comment beside it says so.
    Inline,
}

/// Why an input, or a part of it, was not scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// It does not exist (any more).
    NotFound,
    /// Permission denied.
    PermissionDenied,
    /// Any other input/output error.
    IoError,
    /// It shrank while it was read.
    Changed,
    /// Encrypted: `.netrc.gpg`.
    Encrypted,
    /// A git config or repository that cannot be parsed or opened.
    CorruptGit,
    /// The history of a shallow clone ends before its beginning.
    Shallow,
    /// An object that a partial clone left at its server. It is never fetched.
    NotFetched,
    /// A link that leads back to a folder above it, or too many links.
    LinkLoop,
    /// A link to nothing.
    BrokenLink,
    /// Its text cannot be decoded.
    BadEncoding,
    /// A value that should be base64 or a URL and is not.
    Malformed,
    /// Its format could not be parsed, so that rules which need its structure saw only its text.
    Unparsed,
    /// A bug: a detector failed on it.
    Internal,
    /// The scan was stopped before it came to this.
    Cancelled,
    /// A FIFO, socket or device: never opened.
    SpecialFile,
    /// On another file system.
    OtherFileSystem,
    /// Larger than `--max-filesize`.
    TooLarge,
    /// Left out by `--exclude`.
    Excluded,
    /// Left out by `--respect-gitignore`.
    GitIgnored,
    /// A symbolic link that was not followed.
    SymbolicLink,
    /// In another part of a scan that is shared.
    OtherShard,
}

impl SkipReason {
    /// Whether "clean" can't be claimed because of it. The others are choices: they are counted,
    /// but the scan is whole without them.
    pub const fn breaks_completeness(self) -> bool {
        !matches!(
            self,
            Self::Unparsed
                | Self::SpecialFile
                | Self::OtherFileSystem
                | Self::TooLarge
                | Self::Excluded
                | Self::GitIgnored
                | Self::SymbolicLink
                | Self::OtherShard
        )
    }

    /// The kebab-case name, as on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::PermissionDenied => "permission-denied",
            Self::IoError => "io-error",
            Self::Changed => "changed",
            Self::Encrypted => "encrypted",
            Self::CorruptGit => "corrupt-git",
            Self::Shallow => "shallow",
            Self::NotFetched => "not-fetched",
            Self::LinkLoop => "link-loop",
            Self::BrokenLink => "broken-link",
            Self::BadEncoding => "bad-encoding",
            Self::Malformed => "malformed",
            Self::Unparsed => "unparsed",
            Self::Internal => "internal",
            Self::Cancelled => "cancelled",
            Self::SpecialFile => "special-file",
            Self::OtherFileSystem => "other-file-system",
            Self::TooLarge => "too-large",
            Self::Excluded => "excluded",
            Self::GitIgnored => "git-ignored",
            Self::SymbolicLink => "symbolic-link",
            Self::OtherShard => "other-shard",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An input that was not scanned, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Index into the scan's roots.
    pub root: usize,
    /// As [`Location::path`].
    pub path: String,
    /// As [`Location::path_bytes`].
    pub path_bytes: Option<Vec<u8>>,
    /// Why.
    pub reason: SkipReason,
    /// More about it, for people; no secret in it.
    pub detail: String,
}
