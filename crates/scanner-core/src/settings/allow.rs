//! Findings that are known and wanted as they are.

use std::path::Path;
use std::str::FromStr;

use globset::{GlobBuilder, GlobMatcher};
use regex::Regex;

use crate::engine::{path_in_repository, slashed};
use crate::finding::Finding;
use crate::rule::Rule;

/// Which findings to suppress: those that fit everything that is set.
#[derive(Clone, Debug)]
pub struct Allow {
    /// Their [`Finding::id`].
    pub id: Option<String>,
    /// Where they stand.
    pub path: Option<PathGlob>,
    /// Their [`Finding::rule`].
    pub rule: Option<Rule>,
    /// What their masked excerpt holds.
    pub pattern: Option<Pattern>,
    /// Why, for people.
    pub reason: String,
}

impl Allow {
    /// Whether it suppresses `finding`. Nothing set suppresses nothing.
    pub fn matches(&self, finding: &Finding, base: Option<&Path>) -> bool {
        let Self { id, path, rule, pattern, reason: _ } = self;
        (id.is_some() || path.is_some() || rule.is_some() || pattern.is_some())
            && id.as_ref().is_none_or(|id| *id == finding.id)
            && rule.is_none_or(|rule| rule == finding.rule)
            && path.as_ref().is_none_or(|path| path.matches(finding, base))
            && pattern.as_ref().is_none_or(|pattern| pattern.0.is_match(&finding.excerpt.text))
    }
}

/// A glob over paths with `/`: `*` does not match `/`, `**` does; without a `/` in it (but at its
/// end) it is looked for in every folder, and the name of a folder stands for all below it.
#[derive(Clone, Debug)]
pub struct PathGlob {
    text: String,
    itself: GlobMatcher,
    below: GlobMatcher,
}

impl PathGlob {
    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it names a path.
    pub fn is_match(&self, path: &str) -> bool {
        self.itself.is_match(path) || self.below.is_match(path)
    }

    /// Whether it names the place of `finding`, seen from the root, from the repository's top, or from
    /// `base`, the folder of a config.
    pub fn matches(&self, finding: &Finding, base: Option<&Path>) -> bool {
        let location = &finding.location;
        let from_base = || {
            let inside = location.absolute.as_deref()?.strip_prefix(base?).ok()?;
            Some(self.is_match(&slashed(inside)))
        };
        self.is_match(location.path.trim_start_matches('/'))
            || self.is_match(&path_in_repository(location))
            || from_base().unwrap_or(false)
    }
}

impl FromStr for PathGlob {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bare = text.trim_end_matches('/');
        if bare.trim_start_matches('/').is_empty() {
            return Err("expected a glob such as fixtures/** or *.example".into());
        }
        let anchored = match bare.strip_prefix('/') {
            Some(rest) => rest.to_owned(),
            None if bare.contains('/') => bare.to_owned(),
            None => format!("**/{bare}"),
        };
        let glob = |text: &str| {
            let built = GlobBuilder::new(text).literal_separator(true).build();
            built.map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
        };
        Ok(Self {
            itself: glob(&anchored)?,
            below: glob(&format!("{anchored}/**"))?,
            text: text.to_owned(),
        })
    }
}

/// A regular expression over excerpts, in which every secret is masked: no pattern has to hold one.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// As it was given.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err("an empty pattern would match every line".into());
        }
        Regex::new(text).map(Self).map_err(|error| match error {
            regex::Error::Syntax(text) => {
                // The last line says what is wrong; those before draw the pattern again.
                let line = text.lines().last().unwrap_or_default();
                line.strip_prefix("error: ").unwrap_or(line).to_owned()
            }
            _ => "the pattern is too large".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_are_those_of_gitignore() {
        for (glob, matching, other) in [
            ("*.example", &["a.example", "a/b.example"][..], &["a.example2"][..]),
            ("fixtures", &["fixtures/a", "x/fixtures/y/z", "fixtures"], &["fixtures2/a"]),
            ("fixtures/", &["fixtures/a"], &["a"]),
            ("/ci/*.sh", &["ci/a.sh"], &["x/ci/a.sh", "ci/x/a.sh"]),
            ("ci/**/a", &["ci/a", "ci/x/y/a"], &["x/ci/a"]),
            ("ci/**", &["ci/a", "ci/x/y"], &["ci2/a"]),
        ] {
            let glob: PathGlob = glob.parse().unwrap();
            for path in matching {
                assert!(glob.is_match(path), "{} {path}", glob.as_str());
            }
            for path in other {
                assert!(!glob.is_match(path), "{} {path}", glob.as_str());
            }
        }
        for wrong in ["", "/", "a[", "{a"] {
            assert!(wrong.parse::<PathGlob>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn patterns_say_what_is_wrong() {
        assert_eq!("a(".parse::<Pattern>().unwrap_err(), "unclosed group");
        assert!("".parse::<Pattern>().is_err());
        assert!("ci-bot:…".parse::<Pattern>().unwrap().0.is_match("https://ci-bot:…@x"));
    }
}
