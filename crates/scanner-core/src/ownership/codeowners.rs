//! CODEOWNERS files: who owns a path.

mod line;

use std::path::Path;

use globset::{GlobBuilder, GlobMatcher};

use self::line::{Tokens, glob_of, owner, words};

/// Which system reads the file: their forms differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// No sections; `[`, `!` and braces stand for themselves.
    ///
    /// Source: <https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>
    GitHub,
    /// Sections with default owners and exclusions; paths as Ruby's `File.fnmatch` matches them.
    ///
    /// Source: <https://docs.gitlab.com/user/project/codeowners/reference/>
    GitLab,
    /// As GitHub's, with `@workspace/group:random(2)`; also what the Code Owners app reads: groups
    /// (`@@@Name`), checks and exclusions.
    ///
    /// Source: <https://support.atlassian.com/bitbucket-cloud/docs/set-up-and-use-code-owners/>
    Bitbucket,
}

impl Dialect {
    /// Of the system at `host`.
    pub(super) fn of_host(host: &str) -> Option<Self> {
        let host = host.to_ascii_lowercase();
        [("github", Self::GitHub), ("gitlab", Self::GitLab), ("bitbucket", Self::Bitbucket)]
            .into_iter()
            .find_map(|(name, dialect)| host.contains(name).then_some(dialect))
    }

    /// Of a file that several systems read from the same place.
    fn of_text(text: &str) -> Self {
        let begins = |starts: &[&str]| {
            text.lines().any(|line| starts.iter().any(|start| line.trim_start().starts_with(start)))
        };
        if begins(&["@@@", "Check(", "OverallCheck(", "CODEOWNERS."]) {
            Self::Bitbucket
        } else if begins(&["[", "^["]) {
            Self::GitLab
        } else {
            Self::GitHub
        }
    }

    /// Where this system looks for its file, in its order.
    fn places(self) -> &'static [&'static str] {
        match self {
            Self::GitHub => &[".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"],
            Self::GitLab => &["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"],
            Self::Bitbucket => &[".bitbucket/CODEOWNERS", "CODEOWNERS"],
        }
    }
}

/// Where a CODEOWNERS file may stand, the likeliest first, with the system whose alone that place is.
/// `host` is the system that the repository is known to live at.
pub(super) fn places(host: Option<Dialect>) -> Vec<(&'static str, Option<Dialect>)> {
    let order = [Dialect::Bitbucket, Dialect::GitHub, Dialect::GitLab];
    let own = |place: &str| {
        order.into_iter().find(|dialect| {
            let folder = match dialect {
                Dialect::GitHub => ".github/",
                Dialect::GitLab => ".gitlab/",
                Dialect::Bitbucket => ".bitbucket/",
            };
            place.starts_with(folder)
        })
    };
    let mut places: Vec<(&str, Option<Dialect>)> = Vec::new();
    for dialect in host.into_iter().chain(order) {
        for place in dialect.places() {
            if !places.iter().any(|(known, _)| known == place) {
                places.push((place, own(place).or(host)));
            }
        }
    }
    places
}

/// A CODEOWNERS file.
#[derive(Clone, Debug, Default)]
pub struct CodeOwners {
    /// The first has no name. Of each the last entry that matches counts.
    sections: Vec<Section>,
}

#[derive(Clone, Debug, Default)]
struct Section {
    /// In lower case: they are compared so.
    name: String,
    /// Owners of entries that name none.
    defaults: Vec<String>,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    globs: Vec<GlobMatcher>,
    owners: Vec<String>,
    /// Nothing that it matches has an owner in its section, whatever another entry says.
    excludes: bool,
}

impl CodeOwners {
    /// Reads a file as `dialect` does, or by what stands in it. Lines that the system would not take
    /// are passed over, as it does.
    pub fn parse(text: &str, dialect: Option<Dialect>) -> Self {
        let dialect = dialect.unwrap_or_else(|| Dialect::of_text(text));
        let mut file = Self { sections: vec![Section::default()] };
        let mut at = 0;
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if dialect == Dialect::GitLab
                && let Some((name, defaults)) = line::section(line)
            {
                at = file.open(&name, defaults);
                continue;
            }
            let defaults = &file.sections[at].defaults;
            if let Some(entry) = Entry::parse(line, dialect, defaults) {
                file.sections[at].entries.push(entry);
            }
        }
        file
    }

    /// The section of this name, which may be open already; gives its index.
    fn open(&mut self, name: &str, defaults: Vec<String>) -> usize {
        let name = name.to_lowercase();
        let known = self.sections.iter().skip(1).position(|section| section.name == name);
        let at = known.map_or(self.sections.len(), |known| known + 1);
        if known.is_none() {
            self.sections.push(Section { name, ..Section::default() });
        }
        if !defaults.is_empty() {
            self.sections[at].defaults = defaults;
        }
        at
    }

    /// The owners of the file at `path`, which is relative to the repository's top level, with `/`:
    /// each once, in the order of the file. None where the file says so or says nothing.
    pub fn owners(&self, path: &str) -> Vec<String> {
        let path = Path::new(path);
        let mut owners: Vec<String> = Vec::new();
        for section in &self.sections {
            let matching = || section.entries.iter().filter(|entry| entry.matches(path));
            if matching().any(|entry| entry.excludes) {
                continue;
            }
            for owner in matching().next_back().map_or(&[][..], |entry| &entry.owners) {
                if !owners.contains(owner) {
                    owners.push(owner.clone());
                }
            }
        }
        owners
    }
}

impl Entry {
    fn parse(line: &str, dialect: Dialect, defaults: &[String]) -> Option<Self> {
        let app_directive = ["@@@", "Check(", "OverallCheck(", "CODEOWNERS."]
            .iter()
            .any(|start| line.starts_with(start));
        if dialect == Dialect::Bitbucket && app_directive {
            return None;
        }
        let (excludes, line) = match line.strip_prefix('!') {
            Some(rest) if dialect != Dialect::GitHub => (true, rest),
            _ => (false, line),
        };
        let Tokens { pattern, rest } = words(line);
        let mut owners: Vec<String> = Vec::new();
        let mut wrong = false;
        for word in rest {
            // GitLab has no comments at the end of a line: who is named there is an owner.
            if word.starts_with('#') && dialect != Dialect::GitLab {
                break;
            }
            match owner(&word) {
                Some(owner) => owners.push(owner),
                None => wrong = true,
            }
        }
        if owners.is_empty() {
            // GitHub passes over a line with an owner that it cannot read.
            if wrong && dialect != Dialect::GitLab {
                return None;
            }
            if dialect == Dialect::Bitbucket && !excludes {
                return None;
            }
            owners = defaults.to_vec();
        }
        let globs = glob_of(&pattern, dialect)
            .into_iter()
            .filter_map(|glob| {
                let glob =
                    GlobBuilder::new(&glob).literal_separator(true).backslash_escape(true).build();
                Some(glob.ok()?.compile_matcher())
            })
            .collect::<Vec<_>>();
        (!globs.is_empty()).then_some(Self { globs, owners, excludes })
    }

    fn matches(&self, path: &Path) -> bool {
        self.globs.iter().any(|glob| glob.is_match(path))
    }
}

#[cfg(test)]
mod tests;
