//! Which consumer a file belongs to, by its path and text.

use std::sync::LazyLock;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use memchr::memmem;

use super::{Slot, consumers};
use crate::rule::Rule;

/// Globs and what each stands for.
struct Table<T> {
    set: GlobSet,
    rows: Vec<T>,
}

impl<T: Copy> Table<T> {
    fn new(globs: impl IntoIterator<Item = (&'static str, T)>) -> Self {
        let mut builder = GlobSetBuilder::new();
        let mut rows = Vec::new();
        for (glob, row) in globs {
            let anywhere =
                if glob.starts_with("**/") { glob.to_owned() } else { format!("**/{glob}") };
            let built = GlobBuilder::new(&anywhere)
                .literal_separator(true)
                .case_insensitive(true)
                .backslash_escape(true)
                .build();
            match built {
                Ok(glob) => {
                    builder.add(glob);
                    rows.push(row);
                }
                Err(error) => unreachable!("a glob of the consumer table: {error}"),
            }
        }
        match builder.build() {
            Ok(set) => Self { set, rows },
            Err(error) => unreachable!("globs of the consumer table: {error}"),
        }
    }

    /// In the order of the table.
    fn matching(&self, path: &str) -> impl Iterator<Item = T> {
        self.set.matches(path).into_iter().map(|index| self.rows[index])
    }
}

/// The consumer whose own file this is; one that a text marks goes before one that the name tells.
pub(crate) fn owner(path: &str, text: &[u8]) -> Option<Rule> {
    static MARKED: LazyLock<Table<(&'static str, Rule)>> = LazyLock::new(|| {
        Table::new(consumers().flat_map(|consumer| {
            consumer.marked_files.iter().map(|(glob, mark)| (*glob, (*mark, consumer.rule)))
        }))
    });
    static NAMED: LazyLock<Table<Rule>> = LazyLock::new(|| {
        Table::new(
            consumers()
                .flat_map(|consumer| consumer.files.iter().map(|glob| (*glob, consumer.rule))),
        )
    });
    MARKED
        .matching(path)
        .find(|(mark, _)| memmem::find(text, mark.as_bytes()).is_some())
        .map(|(_, rule)| rule)
        .or_else(|| NAMED.matching(path).next())
}

/// The slots that a file may have, by its path alone.
pub(crate) fn slots(path: &str) -> Vec<&'static Slot> {
    static SLOTS: LazyLock<Table<&'static Slot>> = LazyLock::new(|| {
        Table::new(consumers().flat_map(|consumer| {
            consumer.slots.iter().flat_map(|slot| slot.files.iter().map(move |glob| (*glob, slot)))
        }))
    });
    let mut found: Vec<&'static Slot> = Vec::new();
    for slot in SLOTS.matching(path) {
        // Several globs of one slot may match.
        if !found.iter().any(|known| std::ptr::eq(*known, slot)) {
            found.push(slot);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_belong_to_consumers() {
        for (path, text, rule) in [
            ("a/composer.json", "", Some(Rule::Composer)),
            ("composer.lock", "", Some(Rule::Composer)),
            ("x/Requirements-Dev.txt", "", Some(Rule::Pip)),
            ("pyproject.toml", "[project]", Some(Rule::Pip)),
            ("pyproject.toml", "[tool.uv]", Some(Rule::Uv)),
            ("pyproject.toml", "[tool.poetry.dependencies]", Some(Rule::Poetry)),
            ("a/b/.bundle/config", "", Some(Rule::Bundler)),
            ("bundle/config", "", None),
            ("ci/Bitbucket-Pipelines.yml", "", Some(Rule::BitbucketPipelines)),
            (".github/workflows/a.yaml", "", Some(Rule::GithubActions)),
            ("tools/lib.gitlab-ci.yml", "", Some(Rule::GitlabCi)),
            (".circleci/config.yml", "", Some(Rule::Circleci)),
            ("azure-pipelines-nightly.yml", "", Some(Rule::AzurePipelines)),
            ("Jenkinsfile.release", "", Some(Rule::Jenkins)),
            ("jobs/a/config.xml", "<project/>", None),
            ("jobs/a/config.xml", "<flow-definition plugin=\"x\">", Some(Rule::Jenkins)),
            (".teamcity/settings.kts", "", Some(Rule::Teamcity)),
            (".drone.yml", "", Some(Rule::Drone)),
            (".woodpecker/a/b.yml", "", Some(Rule::Woodpecker)),
            (".travis.yml", "", Some(Rule::Travis)),
            (".buildkite/hooks/pre-command", "", Some(Rule::Buildkite)),
            ("deploy/buildspec-test.yml", "", Some(Rule::Codebuild)),
            ("main.rs", "", None),
        ] {
            assert_eq!(owner(path, text.as_bytes()), rule, "{path}");
        }
    }

    #[test]
    fn rows_know_their_rule() {
        for rule in Rule::ALL {
            let Some(consumer) = rule.consumer() else { continue };
            assert_eq!(consumer.rule, *rule);
            assert!(consumer.slots.iter().all(|slot| slot.rule == *rule), "{rule:?}");
            assert!(!consumer.name.is_empty(), "{rule:?}");
        }
    }

    #[test]
    fn slots_are_found_once() {
        assert_eq!(
            slots("home/auth.json").iter().filter(|slot| slot.rule == Rule::Composer).count(),
            1
        );
        assert!(slots("src/main.rs").is_empty());
    }
}
