//! What a config includes, and where the user's and the system's configs are.

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};

use gix_config::File;
use gix_config::file::Metadata;
use gix_config::parse::Events;

use crate::finding::SkipReason;
use crate::source::git_dir::path_of;
use crate::source::open::Problem;

/// A file with more faults than this is no config: what follows includes nothing.
const MAX_FAULTS: usize = 32;

/// Places of the machine and the user that configs refer to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    /// The user's home.
    pub(crate) home: Option<PathBuf>,
    /// System, XDG and global configs, present or not.
    pub(crate) configs: Vec<PathBuf>,
}

impl Places {
    /// Those of the user who runs the scan, as git finds them.
    pub(crate) fn of_user() -> Self {
        let var = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let home = env::home_dir().filter(|home| !home.as_os_str().is_empty());
        let mut configs = Vec::new();
        if let Some(path) = var("GIT_CONFIG_SYSTEM") {
            configs.push(path.into());
        } else if var("GIT_CONFIG_NOSYSTEM").is_none() {
            configs.extend(git2::Config::find_system());
            if cfg!(unix) {
                configs.extend(
                    ["/etc", "/usr/local/etc", "/opt/homebrew/etc"]
                        .map(|dir| Path::new(dir).join("gitconfig")),
                );
            }
        }
        if let Some(path) = var("GIT_CONFIG_GLOBAL") {
            configs.push(path.into());
        } else {
            let xdg = var("XDG_CONFIG_HOME").map(PathBuf::from);
            let xdg = xdg.or_else(|| Some(home.as_ref()?.join(".config")));
            configs.extend(xdg.map(|dir| dir.join("git/config")));
            configs.extend(home.as_ref().map(|home| home.join(".gitconfig")));
        }
        Self { home, configs }
    }

    /// The home of another user.
    #[cfg(unix)]
    fn home_of(user: &[u8]) -> Option<PathBuf> {
        let table = std::fs::read("/etc/passwd").ok()?;
        table.split(|byte| *byte == b'\n').find_map(|line| {
            let mut fields = line.split(|byte| *byte == b':');
            (fields.next() == Some(user)).then(|| fields.nth(4).map(path_of)).flatten()
        })
    }

    #[cfg(not(unix))]
    fn home_of(_: &[u8]) -> Option<PathBuf> {
        None
    }
}

/// The files that the config `text` at `path` includes, whatever the condition says: a secret in a
/// file that only some repositories include is a secret. Also what is wrong with its syntax first,
/// in the parser's words, which quote nothing.
pub(super) fn included(
    text: &[u8],
    path: &Path,
    places: &Places,
) -> (Vec<Result<PathBuf, Problem>>, Option<String>) {
    let (files, fault) = parse(text);
    // In each file once.
    let mut values = BTreeSet::new();
    for file in &files {
        for name in ["include", "includeIf"] {
            for section in file.sections_by_name(name).into_iter().flatten() {
                values.extend(section.values("path").into_iter().map(Vec::from));
            }
        }
    }
    values.retain(|value| !value.is_empty());
    (values.iter().map(|value| resolve(value, path, places)).collect(), fault)
}

/// Parses what can be parsed; a line that can't costs itself alone.
fn parse(text: &[u8]) -> (Vec<File>, Option<String>) {
    let mut files = Vec::new();
    let mut fault = None;
    let mut start = 0;
    let file = |events| File::from_parse_events_no_includes(events, Metadata::api());
    for _ in 0..MAX_FAULTS {
        let rest = &text[start..];
        let error = match Events::from_bytes(rest, None) {
            Ok(events) => {
                files.push(file(events));
                break;
            }
            Err(error) => error,
        };
        fault.get_or_insert_with(|| {
            // What follows the colon is the text itself.
            let message = error.to_string();
            message.split_once(':').map_or(message.as_str(), |(words, _)| words).to_owned()
        });
        let bad = rest.len() - error.remaining_data().len().min(rest.len());
        let line_start = memchr::memrchr(b'\n', &rest[..bad]).map_or(0, |at| at + 1);
        if let Ok(events) = Events::from_bytes(&rest[..line_start], None) {
            files.push(file(events));
        }
        match memchr::memchr(b'\n', &rest[bad..]) {
            Some(at) => start += bad + at + 1,
            None => break,
        }
    }
    (files, fault)
}

fn resolve(value: &[u8], from: &Path, places: &Places) -> Result<PathBuf, Problem> {
    let unknown = |what: &str| {
        let shown = String::from_utf8_lossy(value);
        Err((SkipReason::Malformed, format!("the include {shown} was not read: {what}")))
    };
    if let Some(rest) = value.strip_prefix(b"~") {
        let slash = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
        let (user, below) = rest.split_at(slash);
        let home = if user.is_empty() { places.home.clone() } else { Places::home_of(user) };
        return match home {
            Some(home) => Ok(home.join(path_of(below.strip_prefix(b"/").unwrap_or(below)))),
            None => unknown("that home folder is not known"),
        };
    }
    if value.starts_with(b"%(") {
        return unknown("where git is installed is not known");
    }
    Ok(from.parent().unwrap_or(Path::new("")).join(path_of(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> (Vec<String>, Option<String>) {
        let places = Places { home: Some("/home/joe".into()), configs: Vec::new() };
        let (found, fault) = included(text.as_bytes(), Path::new("/etc/git/x"), &places);
        let found = found
            .into_iter()
            .map(|path| match path {
                Ok(path) => path.display().to_string(),
                Err((reason, detail)) => format!("{reason}: {detail}"),
            })
            .collect();
        (found, fault)
    }

    #[test]
    fn every_include_counts() {
        let (found, fault) = paths(
            "[include]\n path = a.inc\n path = ../b.inc\n\
             [includeIf \"gitdir:~/work/\"]\n path = ~/work.inc\n\
             [INCLUDEIF \"onbranch:x\"]\n PATH = \"/abs/with space\"\n\
             [include \"not\"]\n other = z\n[include]\n path =\n",
        );
        assert_eq!(
            found,
            ["/etc/git/../b.inc", "/abs/with space", "/etc/git/a.inc", "/home/joe/work.inc"]
        );
        assert_eq!(fault, None);
    }

    #[test]
    fn what_cannot_be_resolved_is_told() {
        let (found, _) = paths("[include]\n path = %(prefix)/etc/x\n path = ~nobody.such/x\n");
        assert!(found.iter().all(|line| line.starts_with("malformed: the include ")), "{found:?}");
    }

    #[test]
    fn a_fault_names_its_line_and_quotes_nothing() {
        let (found, fault) = paths(
            "[include]\n path = a\n[remote \"origin\n url = ATBBsecret\n[include]\npath = b\n",
        );
        assert_eq!(found, ["/etc/git/a", "/etc/git/b"]);
        let fault = fault.unwrap();
        assert!(fault.contains("line 3"), "{fault}");
        assert!(!fault.contains("ATBB") && !fault.contains("origin"), "{fault}");
    }
}
