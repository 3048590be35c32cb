//! A part of a scan, so that several hosts or pods share one.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use super::git_dir::is_git_dir;

/// Which part: `2/5` is the second of five. A repository is in one part with all that is in it, a file of
/// no repository by its path; both by a hash of the path below the scanned folder, so that the parts are
/// the same on every host, and in every version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    number: u64,
    of: u64,
}

impl FromStr for Shard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "expected K/N, such as 1/4, with K from 1 to N";
        let (number, of) = text.split_once('/').ok_or(WRONG)?;
        let (number, of) = (number.parse().map_err(|_| WRONG)?, of.parse().map_err(|_| WRONG)?);
        if (1..=of).contains(&number) { Ok(Self { number, of }) } else { Err(WRONG) }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Shard {
    /// Whether what is called `key` is in this part.
    pub(crate) fn holds(self, key: &str) -> bool {
        let digest = Sha256::digest(key);
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        u64::from_be_bytes(first) % self.of == self.number - 1
    }

    /// Whether it is the part that has what belongs to the host alone, such as the global git config.
    pub(crate) fn is_first(self) -> bool {
        self.number == 1
    }
}

/// Remembers which folders are repositories.
#[derive(Default)]
pub(crate) struct Tops(HashMap<PathBuf, bool>);

impl Tops {
    /// The outermost repository at or above `dir`, at most as far up as right below `base`.
    pub(crate) fn outermost(&mut self, base: &Path, dir: &Path) -> Option<PathBuf> {
        let below: Vec<&Path> =
            dir.ancestors().take_while(|above| *above != base && above.starts_with(base)).collect();
        below.into_iter().rev().find(|above| self.is_top(above)).map(Path::to_path_buf)
    }

    /// Whether a repository's work tree or a bare one begins at `dir`.
    pub(crate) fn is_top(&mut self, dir: &Path) -> bool {
        if let Some(known) = self.0.get(dir) {
            return *known;
        }
        let top = dir.join(".git").symlink_metadata().is_ok() || is_git_dir(dir);
        self.0.insert(dir.to_path_buf(), top);
        top
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_in_one_part() {
        let parts: Vec<Shard> =
            (1..=4).map(|number| format!("{number}/4").parse().unwrap()).collect();
        let mut counts = [0; 4];
        for n in 0..1000 {
            let key = format!("team/repo{n}");
            let held: Vec<_> = (0..4).filter(|at| parts[*at].holds(&key)).collect();
            assert_eq!(held.len(), 1);
            counts[held[0]] += 1;
        }
        assert!(counts.iter().all(|count| (150..350).contains(count)), "{counts:?}");
        // The same in every version: hosts may run different ones.
        assert!("2/3".parse::<Shard>().unwrap().holds("team/repo1"));
    }

    #[test]
    fn a_part_is_one_of_its_number() {
        for wrong in ["", "1", "0/2", "3/2", "1/0", "a/b", "1/2/3"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
        assert_eq!("2/5".parse::<Shard>().unwrap().to_string(), "2/5");
    }
}
