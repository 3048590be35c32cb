//! The report model: what stands on the wire, versioned.
//!
//! Names of rules, scopes, form errors and skip reasons are strings here: a later version may know
//! more of them, and an older one still has to read its reports.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bbsweep_scanner_core::{
    Confidence, CredentialKind, HistorySource, Place, Severity, State, Use,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::calendar::Calendar;
use crate::schema;
use crate::token_plan::PlannedToken;

/// The version of the wire format that this crate writes. New fields do not change it; a new record
/// type, a new state or a changed meaning does.
pub const SCHEMA: u32 = 1;

/// The value of [`Header::tool`].
pub const TOOL: &str = "bbsweep";

/// A whole report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Who scanned what, when and how.
    pub header: Header,
    /// In the scan's order: by root, path and position.
    pub findings: Vec<Finding>,
    /// Inputs that were not read, or not to their end. Links and ignored files are only counted.
    pub skipped: Vec<Skipped>,
    /// Counts, and whether the scan was whole.
    pub summary: Summary,
}

/// One line of JSONL. The header is the first, the summary the last.
#[allow(clippy::large_enum_variant, reason = "most records are findings")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Record<'a> {
    /// Who scanned what, when and how.
    Header(Cow<'a, Header>),
    /// One finding.
    Finding(Cow<'a, Finding>),
    /// One input that was not read.
    Skipped(Cow<'a, Skipped>),
    /// Counts, and whether the scan was whole.
    Summary(Cow<'a, Summary>),
}

/// Who scanned what, when and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// Version of the format.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: u32,
    /// `bbsweep`.
    pub tool: String,
    /// Its version.
    pub version: String,
    /// Name of the host that was scanned.
    pub host: String,
    /// Tells fleet keys apart, without telling one; absent without a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fleet_key_id: Option<String>,
    /// When the scan began, in UTC.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub started: Timestamp,
    /// The files and folders scanned, as given; `-` is standard input.
    pub roots: Vec<String>,
    /// The options that decide what is scanned, by flag name.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// The config that was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// The options that the config gave, not the command line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub config_options: Vec<String>,
}

/// One use of an app password, or of an API token in a form that fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Fingerprint of the finding: survives moved lines.
    pub id: String,
    /// Id of the rule that saw it, such as `url-userinfo`.
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]*$"))]
    pub rule: String,
    /// What stands there.
    pub state: State,
    /// Why an API token fails here, such as `email-for-git`; only for `half-migrated`.
    pub form_error: Option<String>,
    /// What the credential is used for.
    #[serde(rename = "use")]
    pub usage: Use,
    /// How sure that is.
    pub confidence: Confidence,
    /// How much it matters. Notes need no rewrite and do not set the exit status.
    pub severity: Severity,
    /// In what surroundings it stands.
    pub place: Place,
    /// What kind of credential it is.
    pub kind: CredentialKind,
    /// Index into the header's roots.
    pub root: usize,
    /// Relative to the root, with `/`; absolute for a file outside of every root; `-` for standard
    /// input.
    pub path: String,
    /// base64 of the path's bytes where they are not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("contentEncoding" = "base64"))]
    pub path_bytes: Option<String>,
    /// The repository's top level, relative to the root; `.` for the root itself.
    pub repository: Option<String>,
    /// The commit that it was read from, for history: the first that holds it.
    pub commit: Option<String>,
    /// Where in the history of its repository it stands; absent where that was not scanned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<ReportHistory>,
    /// Whom the repository's CODEOWNERS names for the path; empty where that was not asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<String>,
    /// The last commit that wrote one of the use's lines; absent where that was not asked, or where no
    /// commit holds them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_change: Option<ReportCommit>,
    /// The git config key, masked.
    pub git_config_key: Option<String>,
    /// Line, from 1.
    #[schemars(range(min = 1))]
    pub line: u64,
    /// Column in bytes, from 1.
    #[schemars(range(min = 1))]
    pub column: u64,
    /// First byte of the use in the file.
    pub byte_start: u64,
    /// One past its last byte.
    pub byte_end: u64,
    /// The literal secret, masked: `ATBB…1F2C (36)`.
    pub secret_masked: Option<String>,
    /// The username that goes with it.
    pub username: Option<String>,
    /// The variable or field that holds the secret.
    pub variable: Option<String>,
    /// `hmac:…` under the fleet key, else `run:N`; the same secret has the same one.
    pub credential_fingerprint: Option<String>,
    /// The line, masked.
    pub excerpt: String,
    /// Where the use begins in `excerpt`, in bytes of UTF-8.
    #[serde(default)]
    pub excerpt_start: usize,
    /// Where it ends in `excerpt`, in bytes of UTF-8.
    #[serde(default)]
    pub excerpt_end: usize,
    /// The least scopes that the new token needs for it.
    pub scopes: Vec<String>,
    /// What the username has to be beside an API token: `static`
    /// (`x-bitbucket-api-token-auth`), `email`, `both` or `unsupported`; `null` where nothing tells.
    #[serde(default)]
    pub username_form: Option<String>,
    /// What becomes of it; `null` where no rewrite was planned.
    pub rewrite: Option<Rewrite>,
    /// What earlier audits know of it; absent outside of audits, and for notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<FindingAudit>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do, in one or more lines.
    pub help: String,
}

/// A finding, seen from earlier audits of the same host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FindingAudit {
    /// Whether the audit before this one did not have it.
    pub is_new: bool,
    /// The audit that found it first, by its start in UTC.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub first_seen: Timestamp,
    /// Whether it is known for longer than is allowed, or its acceptance has expired.
    pub overdue: bool,
    /// Whether the baseline accepted it until a day that is over.
    pub acceptance_expired: bool,
}

/// What one audit left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditRun {
    /// When it began, in UTC.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub started: Timestamp,
    /// Errors and warnings that it found, and those of runs before it that it could not look for.
    pub left: u64,
    /// Whether every input was read.
    pub complete: bool,
}

/// An audit, seen from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditSummary {
    /// When the audit before this one began, in UTC; `null` for the first.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub previous: Option<Timestamp>,
    /// Findings that it did not have. Notes do not count.
    pub new: u64,
    /// Findings that it had too.
    pub known: u64,
    /// What it had and is gone; 0 where this audit was not whole and cannot tell.
    pub fixed: u64,
    /// Findings that are overdue.
    pub overdue: u64,
}

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportCommit {
    /// Its object id, in hex.
    pub id: String,
    /// `Name <email>`.
    pub author: String,
    /// When the author wrote it, in UTC.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub date: Timestamp,
}

/// Where in the history of its repository a finding stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportHistory {
    /// What kind of object of git holds it.
    pub source: HistorySource,
    /// The first object that holds it, in hex.
    pub object: String,
    /// Path in the repository; empty for a message, and for an object that no commit leads to.
    pub path: String,
    /// The first commit that holds it; `null` for an object that no commit leads to.
    pub first: Option<ReportCommit>,
    /// The last commit that holds it.
    pub last: Option<ReportCommit>,
    /// Branches, and HEADs, whose tip holds it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tips: Vec<String>,
    /// What leads to the first commit where no branch does: a tag, the stash, a reflog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// Other paths that it had.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
}

/// How far a rewrite can be trusted. Ordered: a threshold is one comparison.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Applicability {
    /// Told, not made.
    Manual,
    /// Right in all likelihood; changes where the secret comes from.
    Review,
    /// Same behaviour once the named variable or credential helper holds the token.
    Safe,
}

/// What becomes of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rewrite {
    /// How far the edit can be trusted.
    pub applicability: Applicability,
    /// The use afterwards, masked.
    pub replacement: Option<String>,
    /// Why this applicability.
    pub reason: String,
    /// What to do besides at this place, in order. What a credential asks for once is in the token
    /// plan.
    #[serde(default)]
    pub steps: Vec<String>,
    /// Variables that it reads and that have to exist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variables: Vec<String>,
    /// Where the new token goes, if not into a variable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_in: Option<TokenIn>,
    /// The edits of the file. Empty where nothing is edited, and where what comes there holds a token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<ReportEdit>,
}

/// An edit. Lines and columns count from 1, columns in Unicode characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportEdit {
    /// First byte of the file that is replaced.
    pub byte_start: u64,
    /// One past the last one.
    pub byte_end: u64,
    /// Line of its first character.
    #[schemars(range(min = 1))]
    pub start_line: u64,
    /// Column of its first character.
    #[schemars(range(min = 1))]
    pub start_column: u64,
    /// Line of the character behind it.
    #[schemars(range(min = 1))]
    pub end_line: u64,
    /// Column of the character behind it.
    #[schemars(range(min = 1))]
    pub end_column: u64,
    /// What comes there.
    pub replacement: String,
}

/// Where a token is kept that no variable holds.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum TokenIn {
    /// In the place of a placeholder in the file.
    Placeholder,
    /// In the file: the rewrite puts it there.
    File,
    /// In git's credential helper.
    CredentialHelper,
}

/// An input that was not read, or not to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Skipped {
    /// Index into the header's roots.
    pub root: usize,
    /// As the path of a finding.
    pub path: String,
    /// base64 of the path's bytes where they are not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("contentEncoding" = "base64"))]
    pub path_bytes: Option<String>,
    /// Why, such as `permission-denied`.
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]*$"))]
    pub reason: String,
    /// Whether "clean" can't be claimed because of it; `false` for what was left out by choice.
    pub breaks_completeness: bool,
    /// More about it.
    pub detail: String,
}

/// Something to create that no file shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct ReportSetting {
    /// Which repository or tree needs it.
    pub repository: String,
    /// Name of the variable.
    pub name: String,
    /// What it holds.
    pub holds: String,
    /// Variables that it replaces.
    pub replaces: Vec<String>,
    /// Files that read it.
    pub read_by: Vec<String>,
    /// What to do so that they have it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<String>,
}

/// Why a finding is not reported.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum SuppressedBy {
    /// Its rule is disabled.
    Rule,
    /// The allow list names it.
    Allow,
    /// A `bbsweep:ignore` comment.
    Inline,
}

/// A finding that is not reported, because the user said so. It is in no other count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportSuppressed {
    /// Why it is not reported.
    pub by: SuppressedBy,
    /// What the allow list gives as the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// As the id of a finding.
    pub id: String,
    /// As the rule of a finding.
    pub rule: String,
    /// How much it would matter.
    pub severity: Severity,
    /// Index into the header's roots.
    pub root: usize,
    /// As the path of a finding.
    pub path: String,
    /// Line, from 1.
    #[schemars(range(min = 1))]
    pub line: u64,
    /// What is wrong, in one sentence.
    pub message: String,
}

/// What was read of the history of repositories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryCounts {
    /// Object stores; linked worktrees share one.
    pub repositories: u64,
    /// Commits that a ref, a reflog or a HEAD leads to.
    pub commits: u64,
    /// Blobs, commits and tags, each once.
    pub objects: u64,
    /// Their bytes, unpacked.
    pub bytes: u64,
}

/// Counts, and whether the scan was whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Whether every input was read, choices apart.
    pub complete: bool,
    /// Where and how a saved report ends that has no summary of its own. `files`, `bytes`,
    /// `repositories` and `elapsed_ms` are then unknown and 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<String>,
    /// Files read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Repositories seen.
    pub repositories: u64,
    /// Of the files, those that were not read again because a cache knows them to be clean and as they
    /// were; absent without a cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unchanged: Option<u64>,
    /// What was read of their history; absent where it was not scanned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryCounts>,
    /// Findings by state; every state has a row.
    #[schemars(schema_with = "schema::by_state")]
    pub findings: BTreeMap<State, u64>,
    /// Findings by severity; every severity has a row.
    #[schemars(schema_with = "schema::by_severity")]
    pub severities: BTreeMap<Severity, u64>,
    /// Findings by applicability; every applicability has a row. Notes without an edit need none and
    /// are not counted.
    #[schemars(schema_with = "schema::by_applicability")]
    pub rewrites: BTreeMap<Applicability, u64>,
    /// Inputs that were not read, by reason; those only counted too.
    pub skipped: BTreeMap<String, u64>,
    /// What is new since the audit before; absent outside of audits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<AuditSummary>,
    /// What the audits until this one left, oldest first; absent outside of audits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub audit_runs: Vec<AuditRun>,
    /// What could not be asked about owners, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ownership_troubles: Vec<String>,
    /// What was found and is not reported, each by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppressed: Vec<ReportSuppressed>,
    /// Variables to create.
    #[serde(default)]
    pub settings: Vec<ReportSetting>,
    /// The credentials and what takes their place, tokens to create first.
    #[serde(default)]
    pub token_plan: Vec<PlannedToken>,
    /// Wall time of the scan in milliseconds.
    pub elapsed_ms: u64,
    /// The dates, the day of the report and its phase.
    pub calendar: Calendar,
}

pub(crate) const STATES: [State; 4] =
    [State::AppPassword, State::Reference, State::HalfMigrated, State::DeadSecret];
pub(crate) const SEVERITIES: [Severity; 3] = [Severity::Error, Severity::Warning, Severity::Note];
pub(crate) const APPLICABILITIES: [Applicability; 3] =
    [Applicability::Safe, Applicability::Review, Applicability::Manual];

impl Report {
    /// A path of this report as the user can open it: with its root in front.
    pub fn shown_path(&self, root: usize, path: &str) -> String {
        match self.header.roots.get(root).map(String::as_str) {
            None | Some("." | "./" | "-") => path.to_owned(),
            Some(_) if is_absolute(path) => path.to_owned(),
            Some(root) if path.is_empty() || path == "." => root.to_owned(),
            // The root is this very file.
            Some(root) if root == path || root.ends_with(&format!("/{path}")) => root.to_owned(),
            // A repository that holds the root is named by the way up to it.
            Some(root) if path == ".." || path.starts_with("../") => up(root, path),
            Some(root) => format!("{}/{path}", root.trim_end_matches('/')),
        }
    }

    /// The inputs because of which "clean" can't be claimed.
    pub fn unread(&self) -> impl Iterator<Item = &Skipped> {
        self.skipped.iter().filter(|skipped| skipped.breaks_completeness)
    }
}

/// `path`, which begins with `..`, seen from where `root` is seen: `a/b` and `../..` give `.`.
fn up(root: &str, path: &str) -> String {
    let mut parts: Vec<&str> =
        root.trim_end_matches('/').split('/').filter(|part| *part != ".").collect();
    for part in path.split('/') {
        match (part, parts.last()) {
            ("..", Some(last)) if !matches!(*last, ".." | "") => _ = parts.pop(),
            // Above the top there is nothing.
            ("..", Some(&"")) => {}
            _ => parts.push(part),
        }
    }
    match parts.join("/") {
        here if !here.is_empty() => here,
        _ if root.starts_with('/') => "/".to_owned(),
        _ => ".".to_owned(),
    }
}

/// Whether a path of a report names its file without its root: `/…` and `C:/…`.
pub(crate) fn is_absolute(path: &str) -> bool {
    path.starts_with('/')
        || matches!(path.as_bytes(), [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic())
}

impl Summary {
    /// Counts `findings` by state, severity and applicability.
    pub(crate) fn count(&mut self, findings: &[Finding]) {
        self.findings = STATES.into_iter().map(|state| (state, 0)).collect();
        self.severities = SEVERITIES.into_iter().map(|severity| (severity, 0)).collect();
        self.rewrites = APPLICABILITIES.into_iter().map(|row| (row, 0)).collect();
        for finding in findings {
            *self.findings.entry(finding.state).or_default() += 1;
            *self.severities.entry(finding.severity).or_default() += 1;
            if let Some(applicability) = finding.counted_applicability() {
                *self.rewrites.entry(applicability).or_default() += 1;
            }
        }
    }
}

impl Finding {
    /// Where the use stands in `excerpt`: a range that lies in it and on character borders, whatever
    /// a saved report claims.
    pub(crate) fn excerpt_use(&self) -> (usize, usize) {
        let text = &self.excerpt;
        let floor = |at: usize| {
            (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
        };
        let start = floor(self.excerpt_start);
        (start, floor(self.excerpt_end).max(start))
    }

    /// Its applicability, unless it is a note that needs no edit.
    pub(crate) fn counted_applicability(&self) -> Option<Applicability> {
        let applicability = self.rewrite.as_ref()?.applicability;
        (self.severity > Severity::Note || applicability > Applicability::Manual)
            .then_some(applicability)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_up_is_seen_from_the_users_folder() {
        assert_eq!(up("fixtures/demo", "../.."), ".");
        assert_eq!(up("fixtures/demo/", ".."), "fixtures");
        assert_eq!(up("./a/b", "../../.."), "..");
        assert_eq!(up("../a", "../.."), "../..");
        assert_eq!(up("/srv/a", ".."), "/srv");
        assert_eq!(up("/srv", "../.."), "/");
    }
}
