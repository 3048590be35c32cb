//! Who answers for the place of a finding: its owners by CODEOWNERS, and who wrote the line.

mod blame;
pub mod codeowners;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix_config::File;
use gix_config::file::Metadata;
use gix_config::file::init::Options;
use rayon::prelude::*;

use self::blame::Blame;
use self::codeowners::{CodeOwners, Dialect, places};
use crate::detect::git_config::host_of;
use crate::engine::slashed;
use crate::finding::{Commit, Finding, Repository, SkipReason};
use crate::settings::PathGlob;
use crate::source::open::{open_regular, problem};

/// GitHub reads none that is larger.
const LARGEST_CODEOWNERS: u64 = 3 << 20;
/// A larger file is not blamed.
const LARGEST_BLAMED: u64 = 16 << 20;

/// Who answers for one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ownership {
    /// Whom the repository's CODEOWNERS names for the path, in the file's order.
    pub owners: Vec<String>,
    /// The last commit that wrote one of the use's lines, as `git blame` has it; the author's name as
    /// `.mailmap` says. `None` where it is not committed, and outside of repositories.
    pub last_change: Option<Commit>,
}

/// Who answers for the findings of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ownerships {
    /// One for each finding.
    pub rows: Vec<Ownership>,
    /// What could not be asked, and why; no secret in it, sorted.
    pub troubles: Vec<String>,
}

/// Asks for each of `findings` who answers for it. `blame` says whether the history is asked too, which
/// takes as long as `git blame` does.
pub fn ownership(findings: &[Finding], blame: bool) -> Ownerships {
    let mut repositories = BTreeMap::<&Arc<Repository>, BTreeMap<&Path, Vec<usize>>>::new();
    for (index, finding) in findings.iter().enumerate() {
        if let (Some(repository), Some(file)) =
            (&finding.location.repository, finding.location.absolute.as_deref())
        {
            repositories.entry(repository).or_default().entry(file).or_default().push(index);
        }
    }
    let mut all = Ownerships { rows: vec![Ownership::default(); findings.len()], troubles: vec![] };
    for (repository, files) in repositories {
        let (rows, troubles) = of_repository(repository, &files, findings, blame);
        for (index, row) in rows {
            all.rows[index] = row;
        }
        all.troubles.extend(troubles);
    }
    all.troubles.sort();
    all.troubles.dedup();
    all
}

/// Names owners where [`ownership`] found none in CODEOWNERS, or was not asked: of `rules` the last whose
/// glob names the place counts; one that begins with `/` may name it from the file system's root too.
/// `base` is the folder of the config that they come from.
pub fn name_owners(
    owned: &mut Ownerships,
    findings: &[Finding],
    rules: &[(PathGlob, Vec<String>)],
    base: Option<&Path>,
) {
    owned.rows.resize(findings.len(), Ownership::default());
    for (row, finding) in
        owned.rows.iter_mut().zip(findings).filter(|(row, _)| row.owners.is_empty())
    {
        let absolute = finding.location.absolute.as_deref().map(slashed);
        let names = |glob: &PathGlob| {
            glob.matches(finding, base)
                || glob.as_str().starts_with('/')
                    && absolute
                        .as_ref()
                        .is_some_and(|path| glob.is_match(path.trim_start_matches('/')))
        };
        if let Some((_, owners)) = rules.iter().rev().find(|(glob, _)| names(glob)) {
            row.owners.clone_from(owners);
        }
    }
}

type Rows = (Vec<(usize, Ownership)>, Vec<String>);

fn of_repository(
    repository: &Repository,
    files: &BTreeMap<&Path, Vec<usize>>,
    findings: &[Finding],
    blame: bool,
) -> Rows {
    let Some(top) = &repository.work_dir else { return (Vec::new(), Vec::new()) };
    let top = top.canonicalize().unwrap_or_else(|_| top.clone());
    let mut troubles = Vec::new();
    let name = |what: &dyn std::fmt::Display| format!("{}: {what}", repository.name);
    let owners = code_owners(repository, &top).unwrap_or_else(|trouble| {
        troubles.push(name(&trouble));
        None
    });
    // Of the work tree alone: a finding of the history tells its commits itself.
    let to_blame = |index: &usize| findings[*index].location.commit.is_none();
    let blame = (blame && files.values().flatten().any(to_blame))
        .then(|| Blame::open(repository, &top))
        .and_then(|blame| blame.map_err(|trouble| troubles.push(name(&trouble))).ok().flatten());
    let rows: Vec<Rows> = files
        .par_iter()
        .map(|(file, indices)| {
            let Some(path) = path_in(&top, file) else { return Rows::default() };
            let owners = owners.as_ref().map(|owners| owners.owners(&path)).unwrap_or_default();
            let asked: Vec<usize> = indices.iter().copied().filter(to_blame).collect();
            let (commits, trouble) = match &blame {
                Some(blame) if !asked.is_empty() => {
                    match last_changes(blame, file, &path, &asked, findings) {
                        Ok(commits) => (commits, None),
                        Err(why) => (BTreeMap::new(), Some(name(&format!("{path}: {why}")))),
                    }
                }
                _ => Default::default(),
            };
            let row = |index: &usize| {
                let last_change = commits.get(index).cloned();
                (*index, Ownership { owners: owners.clone(), last_change })
            };
            (indices.iter().map(row).collect(), trouble.into_iter().collect())
        })
        .collect();
    let mut all = Vec::new();
    for (rows, more) in rows {
        all.extend(rows);
        troubles.extend(more);
    }
    (all, troubles)
}

/// The path inside of the repository, with `/`. `None` for what lies outside, or in its git directory.
fn path_in(top: &Path, file: &Path) -> Option<String> {
    let real: PathBuf = file.canonicalize().unwrap_or_else(|_| file.to_path_buf());
    let path = slashed(real.strip_prefix(top).ok()?);
    (path != ".git" && !path.starts_with(".git/")).then_some(path)
}

/// The repository's CODEOWNERS, of the work tree.
fn code_owners(repository: &Repository, top: &Path) -> Result<Option<CodeOwners>, String> {
    let host = host(repository);
    for (place, dialect) in places(host) {
        let path = top.join(place);
        let mut file = match open_regular(&path) {
            Ok((file, _)) => file,
            Err((SkipReason::NotFound, _)) => continue,
            Err((_, why)) => return Err(format!("{place} cannot be read: {why}")),
        };
        let mut text = Vec::new();
        let read = file.by_ref().take(LARGEST_CODEOWNERS + 1).read_to_end(&mut text);
        read.map_err(|error| format!("{place} cannot be read: {}", problem(&error).1))?;
        if text.len() as u64 > LARGEST_CODEOWNERS {
            return Err(format!("{place} is larger than 3 MiB, which no system reads"));
        }
        return Ok(Some(CodeOwners::parse(&String::from_utf8_lossy(&text), dialect)));
    }
    Ok(None)
}

/// The system that the repository lives at, by its remotes: `origin` first.
fn host(repository: &Repository) -> Option<Dialect> {
    let (mut file, _) = open_regular(&repository.common_dir.join("config")).ok()?;
    let mut text = Vec::new();
    file.read_to_end(&mut text).ok()?;
    let config =
        File::from_bytes_no_includes(&text, Metadata::default(), Options::default()).ok()?;
    let mut remotes: Vec<_> = config
        .sections_by_name("remote")?
        .filter_map(|remote| {
            let name = remote.header().subsection_name()?.to_string();
            Some((name != "origin", name, remote.value("url")?.to_string()))
        })
        .collect();
    remotes.sort();
    remotes.iter().find_map(|(_, _, url)| {
        Dialect::of_host(&String::from_utf8_lossy(&host_of(url.as_bytes())))
    })
}

/// For each of the findings `asked`, all of `file`, the last commit that wrote one of its lines.
fn last_changes(
    blame: &Blame,
    file: &Path,
    path: &str,
    asked: &[usize],
    findings: &[Finding],
) -> Result<BTreeMap<usize, Commit>, String> {
    let (mut opened, metadata) = open_regular(file).map_err(|(_, why)| why)?;
    if metadata.len() > LARGEST_BLAMED {
        return Err("it is too large for git blame".to_owned());
    }
    let mut bytes = Vec::new();
    opened.read_to_end(&mut bytes).map_err(|error| problem(&error).1)?;
    let lines: Vec<_> = asked.iter().map(|index| lines(&findings[*index], &bytes)).collect();
    let commits = blame.lines(path, &bytes, &lines)?;
    let row = |(index, commit): (&usize, Option<Commit>)| Some((*index, commit?));
    Ok(asked.iter().zip(commits).filter_map(row).collect())
}

/// The lines of a use, from 1, as git counts them: by their last byte, whatever the encoding.
fn lines(finding: &Finding, bytes: &[u8]) -> RangeInclusive<u32> {
    let line = |offset: usize| {
        let before = &bytes[..offset.min(bytes.len())];
        u32::try_from(memchr::memchr_iter(b'\n', before).count()).unwrap_or(u32::MAX - 1) + 1
    };
    let range = finding.span.range();
    let last = range.end.saturating_sub(1).max(range.start);
    line(range.start)..=line(last)
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
