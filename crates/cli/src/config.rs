//! `bbsweep.toml`: what it may say, where it is found, and what is wrong with it.
//!
//! Every key is named after the flag that does the same.

mod fault;
mod find;
mod value;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use bbsweep_scanner_core::Rule;
use bbsweep_scanner_core::settings::{Allow, HostName, PathGlob, Pattern, VariableName};
use schemars::JsonSchema;
use serde::Deserialize;

pub(crate) use find::find;
pub(crate) use value::{Day, EnvName, Owners, Text};
use value::{FindingId, Glob, Limit, MailAddress, OneOrMore, RuleId, Size};

use crate::args::{DocumentFormat, FailOn};

/// Larger files are no configs.
const MOST_BYTES: u64 = 1 << 20;

/// Settings of bbsweep for one repository, folder or user.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[expect(clippy::struct_field_names, reason = "a key has the name of its option")]
pub(crate) struct Config {
    /// Paths to leave out, as in `.gitignore`, relative to each scanned folder. What is left out is
    /// counted in the report.
    pub(crate) exclude: Vec<Glob>,
    /// Leave out what .gitignore and the like name.
    pub(crate) respect_gitignore: Option<bool>,
    /// Leave out larger files: bytes, or a text such as "500K", "10M" or "1G".
    pub(crate) max_filesize: Option<Size>,
    /// Stay on the file system of each scanned folder. By default true.
    pub(crate) one_file_system: Option<bool>,
    /// Follow symbolic links.
    pub(crate) follow: Option<bool>,
    /// Read the system, global and XDG git config too.
    pub(crate) git_config: Option<bool>,
    /// Worker threads; 0 takes one for each core.
    pub(crate) threads: Option<usize>,
    /// Baseline of accepted findings, relative to the folder of this file.
    pub(crate) baseline: Option<PathBuf>,
    /// Leave the names of variables as they are.
    pub(crate) keep_variable_names: Option<bool>,
    /// Show notes too: mentions and username-only URLs, where nothing is to do.
    pub(crate) notes: Option<bool>,
    /// List each finding that was suppressed.
    pub(crate) show_suppressed: Option<bool>,
    /// Which rules to use.
    pub(crate) rules: Rules,
    /// Findings that are known and wanted as they are. They are counted, and never rewritten.
    #[schemars(with = "Vec<AllowTable>")]
    pub(crate) allow: Vec<Allowed>,
    /// Names of the variables that hold the new credentials.
    pub(crate) names: Names,
    /// Names of variables that hold the old ones, besides those that bbsweep knows.
    pub(crate) variables: Variables,
    /// Hosts through which Bitbucket Cloud is reached, besides bitbucket.org and api.bitbucket.org: a
    /// proxy or a mirror of the company's.
    pub(crate) hosts: Hosts,
    /// The Atlassian account that the new token belongs to.
    pub(crate) account: Account,
    /// The dates of the removal of app passwords, should they move.
    pub(crate) timeline: Dates,
    /// What `audit` does.
    pub(crate) audit: Audit,
    /// What hosts share.
    pub(crate) fleet: Fleet,
    /// Who answers where CODEOWNERS names nobody: a glob over paths, as in `allow` or absolute, and an
    /// owner or several. The last that fits counts.
    #[schemars(with = "BTreeMap<String, OneOrMore>")]
    pub(crate) owners: Owners,
}

/// What hosts share.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Fleet {
    /// File with the key for credential fingerprints that can be compared between hosts, relative to
    /// the folder of this file. `fleet key` makes one; the key itself does not belong here.
    pub(crate) key_file: Option<PathBuf>,
}

/// What `audit` does.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Audit {
    /// Folders to scan, relative to the folder of this file. `~` is the home directory, `*` any name.
    pub(crate) roots: Vec<String>,
    /// The home directories of all users, too.
    pub(crate) homes: Option<bool>,
    /// The history of each repository, too.
    pub(crate) history: Option<bool>,
    /// Who answers for each finding: code owners, and the last author of its lines.
    pub(crate) owners: Option<bool>,
    /// Folder of runs, ledger and cache, relative to the folder of this file.
    pub(crate) state_dir: Option<PathBuf>,
    /// When to exit with 1. By default "new".
    pub(crate) fail_on: Option<FailOn>,
    /// Days after which a finding is overdue.
    pub(crate) due_days: Option<u32>,
    /// Runs to keep. By default 30.
    pub(crate) keep: Option<usize>,
    /// Stop after this time, such as "2h 30m".
    pub(crate) time_limit: Option<Limit>,
    /// Wait while the load of the host, over one minute, is higher.
    pub(crate) max_load: Option<f64>,
    /// Take the priority down by this much, 0 to 19, and that of the disk to idle.
    #[schemars(range(max = 19))]
    pub(crate) nice: Option<u8>,
    /// Files to write the report to.
    pub(crate) output: Vec<AuditOutput>,
}

/// A file that an audit writes, mode 0600 and in one step.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AuditOutput {
    /// Its format, as `--format` names it.
    pub(crate) format: DocumentFormat,
    /// The file, relative to the folder of this file.
    pub(crate) path: PathBuf,
}

/// Which rules to use.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Rules {
    /// Ids of rules whose findings are only counted. `bbsweep rules` lists them.
    pub(crate) disable: Vec<RuleId>,
}

/// Findings to suppress: those that fit every key that is set. At least one of `id`, `path` and
/// `pattern` is needed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AllowTable {
    /// Fingerprint of the finding, which `--format json` gives as `id`. It stays the same when lines
    /// move.
    id: Option<FindingId>,
    /// Glob over paths, relative to a scanned folder, to the repository or to the folder of this
    /// file. Without a `/` in it, it is looked for in every folder; a folder stands for all in it.
    path: Option<Text<PathGlob>>,
    /// Id of the rule.
    rule: Option<RuleId>,
    /// Regular expression over the line as the report shows it, in which every secret is masked.
    pattern: Option<Text<Pattern>>,
    /// Why it is wanted, for people.
    reason: String,
}

/// One entry of the allow list.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "AllowTable")]
pub(crate) struct Allowed(pub(crate) Allow);

impl TryFrom<AllowTable> for Allowed {
    type Error = String;

    fn try_from(table: AllowTable) -> Result<Self, String> {
        let AllowTable { id, path, rule, pattern, reason } = table;
        if id.is_none() && path.is_none() && pattern.is_none() {
            return Err(match rule {
                None => "an entry needs one of id, path and pattern".into(),
                Some(_) => "a rule alone is disabled with `disable` in [rules]; an entry of allow \
                            needs one of id, path and pattern"
                    .into(),
            });
        }
        if reason.trim().is_empty() {
            return Err("say in reason why this is wanted".into());
        }
        Ok(Self(Allow {
            id: id.map(|id| id.0),
            path: path.map(|path| path.0),
            rule: rule.map(|rule| rule.0),
            pattern: pattern.map(|pattern| pattern.0),
            reason,
        }))
    }
}

/// Names of the variables that hold the new credentials.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Names {
    /// Holds the API token. By default `BITBUCKET_API_TOKEN`.
    pub(crate) token: Option<EnvName>,
    /// Holds the Atlassian account email, which the REST API takes as username. By default
    /// `ATLASSIAN_ACCOUNT_EMAIL`.
    pub(crate) email: Option<EnvName>,
}

/// Names of variables that hold the old credentials, exactly as they are written.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Variables {
    /// Variables that hold app passwords, whatever their names say.
    pub(crate) secrets: Vec<Text<VariableName>>,
    /// Variables that hold the usernames that go with them.
    pub(crate) usernames: Vec<Text<VariableName>>,
}

/// Hosts through which Bitbucket Cloud is reached: names without scheme, port and path.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Hosts {
    /// In the place of bitbucket.org.
    pub(crate) git: Vec<Text<HostName>>,
    /// In the place of api.bitbucket.org.
    pub(crate) rest: Vec<Text<HostName>>,
}

/// The Atlassian account that the new token belongs to. The token itself does not belong here.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Account {
    /// Its email, which `apply` writes into .netrc entries of api.bitbucket.org.
    pub(crate) email: Option<MailAddress>,
}

/// The dates of the removal of app passwords: TOML dates such as 2026-07-28.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Dates {
    /// From this day no app password could be created. By default 2025-09-09.
    pub(crate) creation_ended: Option<Day>,
    /// The first day of brownouts. By default 2026-06-09.
    pub(crate) brownouts_start: Option<Day>,
    /// From this day no app password works. By default 2026-07-28.
    pub(crate) removed: Option<Day>,
}

/// Reads the config at `path`. What is wrong with it is told with file, line and column.
pub(crate) fn read(path: &Path) -> anyhow::Result<Config> {
    let name = path.display();
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .with_context(|| format!("cannot read the config {name}"))?;
    anyhow::ensure!(bytes.len() as u64 <= MOST_BYTES, "{name} is larger than any config");
    let text = str::from_utf8(&bytes)
        .map_err(|error| fault::at_byte(path, &bytes, error.valid_up_to(), "not UTF-8"))?;
    fault::refuse_secrets(path, text)?;
    toml::from_str(text.strip_prefix('\u{FEFF}').unwrap_or(text))
        .map_err(|error| fault::of_toml(path, text, &error))
}

/// The rule with this id, with the one that was probably meant if there is none.
fn rule(id: &str) -> Result<Rule, String> {
    Rule::from_id(id).ok_or_else(|| "no such rule; `bbsweep rules` lists them".to_owned())
}

#[cfg(test)]
mod tests;
