//! One file's part of a patch.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Component, Path};

use git2::{AttrCheckFlags, DiffOptions, ErrorCode, Repository, RepositoryOpenFlags};

use crate::plan::Group;

/// Tells what git cannot patch as it is.
pub(super) enum Conversion {
    /// Nothing of the group, for this reason.
    Impossible(&'static str),
    /// What the attributes of this repository name: git converts it on the way between work tree and
    /// patch, so that a patch of its bytes would not apply.
    Attributes(Box<Repository>),
    /// No restriction.
    None,
}

impl Conversion {
    pub(super) fn of(group: &Group) -> Self {
        match group {
            Group::GitDir(dir) => Self::of_git_dir(dir),
            _ => Repository::discover(group.dir())
                .map_or(Self::None, |repository| Self::Attributes(Box::new(repository))),
        }
    }

    /// `git apply` runs in the git directory itself. It reads the repository's config first.
    fn of_git_dir(dir: &Path) -> Self {
        let read = Repository::open_ext(dir, RepositoryOpenFlags::NO_SEARCH, &[] as &[&OsStr])
            .and_then(|repository| repository.config()?.snapshot());
        match read.map_err(|err| err.code()) {
            // git treats the folder of another user's repository as any other folder.
            Ok(_) | Err(ErrorCode::Owner) => Self::None,
            Err(ErrorCode::NotFound) if Repository::discover(dir).is_err() => Self::None,
            Err(ErrorCode::NotFound) => Self::Impossible(
                "git takes no patch for a path through .git, and this .git is no repository: use \
                 apply",
            ),
            Err(_) => Self::Impossible("git cannot read the repository's config: use apply"),
        }
    }

    /// Says why the file at `relative` cannot be patched, if so.
    pub(super) fn refuse(&self, relative: &Path) -> Result<(), String> {
        let repository = match self {
            Self::Impossible(reason) => return Err((*reason).to_owned()),
            Self::Attributes(repository) => repository,
            Self::None => return Ok(()),
        };
        let attribute = |name| {
            let value = repository.get_attr(relative, name, AttrCheckFlags::FILE_THEN_INDEX);
            value.ok().flatten().map(str::to_owned)
        };
        if let Some(encoding) = attribute("working-tree-encoding")
            && !encoding.eq_ignore_ascii_case("utf-8")
        {
            return Err("git stores it in another encoding (working-tree-encoding), so no patch \
                        fits: use apply"
                .to_owned());
        }
        if let Some(filter) = attribute("filter")
            && let Ok(config) = repository.config()
            && ["clean", "process"]
                .iter()
                .any(|key| config.get_entry(&format!("filter.{filter}.{key}")).is_ok())
        {
            return Err(format!(
                "git runs the filter {filter:?} on it, so no patch fits: use apply"
            ));
        }
        Ok(())
    }
}

/// The diff of one file, with three lines of context, as git writes it. Bytes that are no text, such
/// as the NULs of UTF-16, stand in it as they are: `git apply` takes them.
pub(super) fn unified(relative: &Path, old: &[u8], new: &[u8]) -> Result<Vec<u8>, String> {
    let failed = |err: git2::Error| format!("no diff could be made: {}", err.message());
    let mut options = DiffOptions::new();
    options.force_text(true).context_lines(3).interhunk_lines(0);
    let patch =
        git2::Patch::from_buffers(old, None, new, None, Some(&mut options)).map_err(failed)?;
    let (a, b) = (quoted("a/", relative), quoted("b/", relative));
    // git ends a name with spaces by a tab, or it could not tell where the name ends.
    let tab = if a.contains(' ') && !a.starts_with('"') { "\t" } else { "" };
    let mut out = format!("diff --git {a} {b}\n--- {a}{tab}\n+++ {b}{tab}\n").into_bytes();
    for hunk in 0..patch.num_hunks() {
        let (header, lines) = patch.hunk(hunk).map_err(failed)?;
        out.extend_from_slice(
            format!(
                "@@ -{},{} +{},{} @@\n",
                header.old_start(),
                header.old_lines(),
                header.new_start(),
                header.new_lines()
            )
            .as_bytes(),
        );
        for line in 0..lines {
            let line = patch.line_in_hunk(hunk, line).map_err(failed)?;
            if let origin @ (' ' | '+' | '-') = line.origin() {
                out.push(origin as u8);
            }
            out.extend_from_slice(line.content());
        }
    }
    Ok(out)
}

/// `prefix` and the path, quoted like a C string where git would quote it.
fn quoted(prefix: &str, relative: &Path) -> String {
    let mut quoted = String::from(prefix);
    let mut needed = false;
    for (n, part) in relative.components().enumerate() {
        let Component::Normal(part) = part else { continue };
        if n > 0 {
            quoted.push('/');
        }
        for &byte in part.as_encoded_bytes() {
            let escape = match byte {
                b'"' | b'\\' => byte,
                0x07 => b'a',
                0x08 => b'b',
                b'\t' => b't',
                b'\n' => b'n',
                0x0B => b'v',
                0x0C => b'f',
                b'\r' => b'r',
                0x20..=0x7E => {
                    quoted.push(char::from(byte));
                    continue;
                }
                _ => {
                    let _ = write!(quoted, "\\{byte:03o}");
                    needed = true;
                    continue;
                }
            };
            quoted.push('\\');
            quoted.push(char::from(escape));
            needed = true;
        }
    }
    if needed { format!("\"{quoted}\"") } else { quoted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_quoted_as_git_quotes_them() {
        let of = |path: &str| quoted("a/", Path::new(path));
        assert_eq!(of("x/y z"), "a/x/y z");
        assert_eq!(of("q\"t"), r#""a/q\"t""#);
        assert_eq!(of("caf\u{e9}\t"), r#""a/caf\303\251\t""#);
    }

    #[test]
    fn the_end_of_the_file_is_told() {
        let diff = unified(Path::new("f"), b"a\nb", b"a\nc").unwrap();
        assert_eq!(
            String::from_utf8(diff).unwrap(),
            "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of \
             file\n+c\n\\ No newline at end of file\n"
        );
    }
}
