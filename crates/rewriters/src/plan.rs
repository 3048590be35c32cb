//! From findings to fixes, file by file and repository by repository.

mod check;
mod choose;
pub mod document;
pub(crate) mod file;
mod group;
mod history;
mod parse;
pub mod places;
pub(crate) mod propose;
mod show;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bbsweep_scanner_core::bitbucket::TokenFormat;
use bbsweep_scanner_core::finding::{Location, Repository};
use bbsweep_scanner_core::{Finding, Role, Rule, Secret, Settings, Skipped, State, Suppressed};

use crate::edit::{Applicability, Fix, Setting};
use crate::env_variable::{self, Renames, username};
use crate::names;
use group::{Grouper, Scope};
use propose::Planned;

/// Names of the variables that hold the new credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// Holds the API token.
    pub token: String,
    /// Holds the Atlassian account email.
    pub email: String,
}

impl Default for Names {
    fn default() -> Self {
        Self { token: "BITBUCKET_API_TOKEN".into(), email: "ATLASSIAN_ACCOUNT_EMAIL".into() }
    }
}

/// How to rewrite.
#[derive(Clone, Debug, Default)]
pub struct PlanOptions {
    /// Names of the new variables.
    pub names: Names,
    /// Leave the names of variables as they are.
    pub keep_variable_names: bool,
    /// The new token, for credential stores; a placeholder stands in where it is missing.
    pub token: Option<Secret>,
    /// The Atlassian account email, for the stores that REST clients read.
    pub email: Option<String>,
    /// What the scan could not read. A variable may be used there, so none is renamed in the
    /// repository or tree that it belongs to.
    pub unread: Vec<Skipped>,
    /// What the scan found and the user wants left as it is. A variable that is used there keeps its
    /// name everywhere.
    pub suppressed: Vec<Suppressed>,
    /// Whether the scan was one part of several: what is in no repository was then not seen whole.
    pub sharded: bool,
    /// The settings of the scan.
    pub settings: Arc<Settings>,
    /// The files as they were scanned, where they do not stand in their folders so: of a commit. By
    /// [`Location::absolute`].
    pub contents: Option<Arc<BTreeMap<PathBuf, Vec<u8>>>>,
}

impl PlanOptions {
    /// What is wrong with them, for people; no secret in it. [`plan()`] edits nothing with such
    /// options.
    pub fn problem(&self) -> Option<String> {
        for name in [&self.names.token, &self.names.email] {
            let mut bytes = name.bytes();
            let first = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
            if !first || !bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return Some(format!(
                    "{name:?} is not a name that every shell takes for a variable"
                ));
            }
        }
        if self.names.token == self.names.email {
            return Some(format!("{} cannot hold both the token and the email", self.names.token));
        }
        if let Some(token) = &self.token {
            if token.expose().is_empty() || !token.expose().iter().all(u8::is_ascii_graphic) {
                return Some("the new token is empty or holds spaces or control characters".into());
            }
            if token.format() == TokenFormat::AppPassword {
                return Some("the new token is an app password, which no longer works".into());
            }
        }
        if let Some(email) = &self.email {
            let plain = |b: u8| b.is_ascii_graphic() && !b"\"'\\#:/<>(),;".contains(&b);
            let at = email.bytes().filter(|b| *b == b'@').count();
            if at != 1
                || !email.bytes().all(plain)
                || email.starts_with('@')
                || email.ends_with('@')
            {
                return Some(format!("{email:?} is not the email address of an account"));
            }
        }
        None
    }

    /// What a file holds.
    pub(crate) fn read(&self, path: &Path) -> Result<Cow<'_, [u8]>, String> {
        match &self.contents {
            None => file::read(path).map(Cow::Owned),
            Some(contents) => contents
                .get(path)
                .map(|bytes| Cow::Borrowed(&bytes[..]))
                .ok_or_else(|| "the commit does not hold the file".to_owned()),
        }
    }

    /// The new token as text; `None` without one.
    pub(crate) fn token_text(&self) -> Option<&str> {
        self.token.as_ref().and_then(|token| str::from_utf8(token.expose()).ok())
    }
}

/// What one patch covers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// The work tree of a repository; patch paths are relative to its top level.
    WorkTree(Arc<Repository>),
    /// The git directory of a repository (`.git/config`), which `git apply` only takes when run in it.
    GitDir(PathBuf),
    /// Files of no repository below a root; paths are relative to it, or to the top level of the
    /// repository that the root lies in.
    Tree(PathBuf),
    /// A file outside of every root, such as the global git config; paths are relative to its
    /// folder, or to the top level of the repository that this lies in.
    Outside(PathBuf),
}

impl Group {
    /// The folder that paths are relative to, and in which `git apply` has to run.
    pub fn dir(&self) -> &Path {
        match self {
            Self::WorkTree(repository) => {
                repository.work_dir.as_deref().unwrap_or(&repository.git_dir)
            }
            Self::GitDir(dir) | Self::Tree(dir) | Self::Outside(dir) => dir,
        }
    }
}

/// One file and what becomes of it.
#[derive(Clone, Debug)]
pub struct FilePlan {
    /// Where it is.
    pub absolute: PathBuf,
    /// As reports show it.
    pub path: String,
    /// The patch that it goes into.
    pub group: Group,
    /// Path inside the group.
    pub relative: PathBuf,
    /// SHA-256 of the bytes that the edits were made for.
    pub digest: [u8; 32],
    /// SHA-256 of the file after all fixes, where a document says so: anything else is refused.
    pub digest_after: Option<[u8; 32]>,
    /// Indices into [`Plan::fixes`], in the order of their spans.
    pub fixes: Vec<usize>,
    /// Whether it is in a repository, whose files are written together or not at all.
    pub(crate) in_repository: bool,
    /// Files with the same number rename their variables together.
    pub(crate) scope: usize,
}

/// The whole plan. Holds no old secret; edits may hold the user's new token.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// One for each finding, in the same order.
    pub fixes: Vec<Fix>,
    /// The rule of each finding.
    pub rules: Vec<Rule>,
    /// Files with at least one edit, by group and path.
    pub files: Vec<FilePlan>,
    /// What the user has to create, sorted.
    pub settings: Vec<Setting>,
}

impl Plan {
    /// How many fixes have exactly this applicability.
    pub fn count(&self, applicability: Applicability) -> usize {
        self.fixes.iter().filter(|fix| fix.applicability == applicability).count()
    }
}

/// Plans the rewrite of `findings`, which come from one scan. Reads each file again; one that cannot
/// be read or changed since turns its findings `Manual` with that reason.
pub fn plan(findings: &[Finding], options: &PlanOptions) -> Plan {
    let mut planner = Planner {
        findings,
        options,
        grouper: Grouper::default(),
        fixes: findings.iter().map(|finding| settled(finding, options)).collect(),
        settings: BTreeMap::new(),
        files: Vec::new(),
    };
    let mut scopes = BTreeMap::<Scope, BTreeMap<PathBuf, Vec<usize>>>::new();
    for (index, finding) in findings.iter().enumerate() {
        if planner.fixes[index].is_none()
            && let Some(absolute) = &finding.location.absolute
        {
            // What is checked out there may be another thing.
            let real = match options.contents {
                Some(_) => absolute.clone(),
                None => planner.grouper.real(absolute),
            };
            let files = scopes.entry(Scope::of(finding)).or_default();
            files.entry(real).or_default().push(index);
        }
    }
    for (number, (scope, files)) in scopes.iter().enumerate() {
        planner.scope(number, scope, files);
    }
    planner.finish()
}

/// What needs no look at the file: findings that are never rewritten.
fn settled(finding: &Finding, options: &PlanOptions) -> Option<Fix> {
    if let Some(problem) = options.problem() {
        return Some(Fix::manual(problem, Vec::new()));
    }
    if finding.location.commit.is_some() {
        return Some(history::settled(finding));
    }
    if finding.state == State::DeadSecret {
        let reason = "nothing uses it where it stands: revoke it and delete the text";
        return Some(Fix::manual(reason, vec![names::REVOKE.to_owned()]));
    }
    if finding.location.absolute.is_none() {
        return Some(Fix::manual("standard input cannot be edited", Vec::new()));
    }
    None
}

struct Planner<'a> {
    findings: &'a [Finding],
    options: &'a PlanOptions,
    grouper: Grouper,
    fixes: Vec<Option<Fix>>,
    /// By repository and name.
    settings: BTreeMap<(String, String), Needed>,
    files: Vec<FilePlan>,
}

/// A [`Setting`] in the making.
struct Needed {
    holds: String,
    replaces: BTreeSet<String>,
    read_by: BTreeSet<String>,
    set: BTreeSet<String>,
}

/// Why no variable is renamed where files of the repository were not looked at.
const PART: &str = "a scan of only a part of the repository; one of its top level has it renamed";

impl Planner<'_> {
    /// Plans one repository, or all that is in none below a root.
    fn scope(&mut self, number: usize, scope: &Scope, files: &BTreeMap<PathBuf, Vec<usize>>) {
        // A rename is made everywhere or nowhere: while one of its edits has to be withdrawn, the
        // variable is kept and all is planned again. Each round keeps one more variable.
        let mut kept = BTreeMap::new();
        let of_scope = || files.values().flatten().map(|index| &self.findings[*index]);
        let is_part = self.options.sharded && matches!(scope, Scope::Root(_));
        let unseen = if !is_part && self.grouper.is_whole(scope, of_scope()) {
            let unread = self.options.unread.iter().find(|input| scope.holds(input, of_scope()));
            unread.map(|input| format!("{}, which could not be read", input.path))
        } else {
            Some(PART.to_owned())
        };
        if let Some(reason) = &unseen {
            let variables = of_scope().filter_map(|finding| finding.variable.clone());
            kept.extend(variables.map(|variable| (variable, reason.clone())));
        }
        for Suppressed { finding, .. } in &self.options.suppressed {
            if let Some(variable) = &finding.variable
                && Scope::of(finding) == *scope
            {
                let Location { path, line, .. } = &finding.location;
                kept.entry(variable.clone())
                    .or_insert_with(|| format!("{path}:{line}, which is to stay as it is"));
            }
        }
        let planned = loop {
            let renames = self.renames(files, &kept, unseen.as_deref());
            let planned: Vec<_> = files
                .iter()
                .map(|(path, indices)| {
                    propose::file(path, indices, self.findings, self.options, &renames)
                })
                .collect();
            let before = kept.len();
            for (variable, reason) in planned.iter().flat_map(|planned| &planned.blocked) {
                kept.entry(variable.clone()).or_insert_with(|| reason.clone());
            }
            if kept.len() == before {
                break planned;
            }
        };
        for (path, planned) in files.keys().zip(planned) {
            self.take(number, scope, path, planned);
        }
    }

    /// Decides on the names of the variables in `files`.
    fn renames(
        &self,
        files: &BTreeMap<PathBuf, Vec<usize>>,
        kept: &BTreeMap<String, String>,
        unseen: Option<&str>,
    ) -> Renames {
        let mut mentions = Vec::new();
        let mut usernames = Vec::new();
        let mut all = files.values().flatten().map(|index| &self.findings[*index]);
        let some_usernames = all.any(|finding| finding.part(Role::UsernameName).is_some());
        for (path, indices) in files {
            let of_file = || indices.iter().map(|index| &self.findings[*index]);
            let names_one = |finding: &&Finding| {
                finding.variable.is_some()
                    || some_usernames
                        && (finding.part(Role::UsernameName).is_some()
                            || finding.part(Role::Username).is_some())
            };
            let Some(first) = of_file().find(names_one) else {
                continue;
            };
            let bytes = self.options.read(path);
            let doc = bytes.as_deref().ok().map(|bytes| {
                propose::document(&first.location.path, of_file(), bytes, &self.options.settings)
            });
            mentions.extend(env_variable::mentions(of_file(), doc.as_ref(), self.options));
            if let Some(doc) = doc.as_ref().filter(|_| some_usernames) {
                usernames.extend(username::mentions(of_file(), doc, self.options));
            }
        }
        let renames = env_variable::decide(&mentions, self.options, kept);
        let usernames = username::decide(&usernames, &renames, self.options, unseen);
        renames.with_usernames(usernames)
    }

    /// Takes over what was planned for one file.
    fn take(&mut self, number: usize, scope: &Scope, path: &Path, planned: Planned) {
        let mut edited: Vec<_> = planned
            .fixes
            .iter()
            .filter_map(|(index, fix)| Some((fix.edits.first()?.span, *index)))
            .collect();
        edited.sort_unstable();
        if let Some(digest) = planned.digest
            && let Some((_, first)) = edited.first()
        {
            let finding = &self.findings[*first];
            let absolute = finding.location.absolute.as_deref().unwrap_or(path);
            let (group, relative) = self.grouper.locate(finding, absolute);
            self.files.push(FilePlan {
                absolute: absolute.to_path_buf(),
                path: finding.location.path.clone(),
                group,
                relative,
                digest,
                digest_after: None,
                fixes: edited.into_iter().map(|(_, index)| index).collect(),
                in_repository: matches!(scope, Scope::Repository(_)),
                scope: number,
            });
        }
        for (index, need, provision) in planned.needs {
            let key = (self.grouper.name(scope, &self.findings[index]), need.name);
            let needed = self.settings.entry(key).or_insert_with(|| Needed {
                holds: need.holds,
                replaces: BTreeSet::new(),
                read_by: BTreeSet::new(),
                set: BTreeSet::new(),
            });
            needed.set.insert(provision);
            needed.replaces.extend(need.replaces);
            needed.read_by.insert(self.findings[index].location.path.clone());
        }
        for (index, fix) in planned.fixes {
            self.fixes[index] = Some(fix);
        }
    }

    fn finish(mut self) -> Plan {
        self.files.sort_by(|a, b| (&a.group, &a.relative).cmp(&(&b.group, &b.relative)));
        let settings = self
            .settings
            .into_iter()
            .map(|((repository, name), needed)| Setting {
                repository,
                name,
                holds: needed.holds,
                replaces: needed.replaces.into_iter().collect(),
                read_by: needed.read_by.into_iter().collect(),
                set: needed.set.into_iter().collect(),
            })
            .collect();
        let fixes = self
            .fixes
            .into_iter()
            .map(|fix| fix.unwrap_or_else(|| Fix::manual("no file was named for it", Vec::new())))
            .collect();
        let rules = self.findings.iter().map(|finding| finding.rule).collect();
        Plan { fixes, rules, files: self.files, settings }
    }
}

#[cfg(test)]
mod tests;
