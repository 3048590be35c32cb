//! What git tells a hook in its environment.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use crate::source::git_dir::path_of;

/// What git tells a hook. Paths are relative to [`Self::cwd`].
#[derive(Clone, Debug, Default)]
pub struct HookEnvironment {
    /// Where the hook runs.
    pub cwd: PathBuf,
    /// `GIT_DIR`
    pub git_dir: Option<PathBuf>,
    /// `GIT_COMMON_DIR`
    pub common_dir: Option<PathBuf>,
    /// `GIT_WORK_TREE`
    pub work_tree: Option<PathBuf>,
    /// `GIT_INDEX_FILE`: another one than usual for `git commit -a` and `git commit FILE`.
    pub index_file: Option<PathBuf>,
    /// `GIT_OBJECT_DIRECTORY`: the quarantine of a push.
    pub object_dir: Option<PathBuf>,
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES`
    pub alternates: Vec<PathBuf>,
    /// `GIT_SHALLOW_FILE`
    pub shallow_file: Option<PathBuf>,
}

impl HookEnvironment {
    /// That of this process.
    ///
    /// # Errors
    /// The current folder is gone.
    pub fn of_process() -> io::Result<Self> {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let path = |name: &str| variable(name).map(PathBuf::from);
        let mut alternates = variable("GIT_ALTERNATE_OBJECT_DIRECTORIES").map_or(Vec::new(), paths);
        // Where git says so; the object directory should be it.
        alternates.extend(path("GIT_QUARANTINE_PATH"));
        Ok(Self {
            cwd: std::env::current_dir()?,
            git_dir: path("GIT_DIR"),
            common_dir: path("GIT_COMMON_DIR"),
            work_tree: path("GIT_WORK_TREE"),
            index_file: path("GIT_INDEX_FILE"),
            object_dir: path("GIT_OBJECT_DIRECTORY"),
            alternates,
            shallow_file: path("GIT_SHALLOW_FILE"),
        })
    }
}

/// A list of folders as git writes it: those with the separator in their name are in quotes.
#[expect(clippy::needless_pass_by_value, reason = "the shape that map_or takes")]
fn paths(list: OsString) -> Vec<PathBuf> {
    let separator = if cfg!(windows) { b';' } else { b':' };
    let mut bytes = list.as_encoded_bytes().iter().copied().peekable();
    let mut all = Vec::new();
    while bytes.peek().is_some() {
        let mut path = Vec::new();
        if bytes.peek() == Some(&b'"') {
            bytes.next();
            while let Some(byte) = bytes.next() {
                match byte {
                    b'"' => break,
                    b'\\' => path.extend(escaped(&mut bytes)),
                    byte => path.push(byte),
                }
            }
        }
        path.extend(bytes.by_ref().take_while(|byte| *byte != separator));
        if !path.is_empty() {
            all.push(path_of(&path));
        }
    }
    all
}

/// What follows a backslash, as in C.
fn escaped(bytes: &mut impl Iterator<Item = u8>) -> Option<u8> {
    let octal = |byte: u8| byte.wrapping_sub(b'0') & 7;
    match bytes.next()? {
        first @ b'0'..=b'3' => {
            let (second, third) = (bytes.next()?, bytes.next()?);
            Some(octal(first) << 6 | octal(second) << 3 | octal(third))
        }
        b'n' => Some(b'\n'),
        b't' => Some(b'\t'),
        b'r' => Some(b'\r'),
        byte => Some(byte),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn lists_of_folders_are_read_as_git_writes_them() {
        let list = |text: &str| paths(text.into());
        assert_eq!(list(""), <Vec<PathBuf>>::new());
        assert_eq!(list("/a:/b"), [Path::new("/a"), Path::new("/b")]);
        assert_eq!(list(r#""/a:\"x\"\\":/b"#), [Path::new(r#"/a:"x"\"#), Path::new("/b")]);
        assert_eq!(list(r#""/\303\251":"#), [Path::new("/é")]);
    }
}
