//! What a row of the consumer table says, for people and programs.

use serde::Serialize;

use super::{Consumer, Shape, VariableRole};

/// A row in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Facts {
    /// The consumer, as its makers write it.
    pub name: &'static str,
    /// What its user field takes: `static`, `email`, `both`, `by-use` or `unsupported`.
    pub username_form: &'static str,
    /// Whether a source says so: `confirmed`, `inferred` or `unknown`.
    pub evidence: &'static str,
    /// The first release that takes API tokens, where a source says so.
    pub least_version: Option<&'static str>,
    /// What to use where API tokens do not work.
    pub instead: Option<&'static str>,
    /// Keys of its files.
    pub keys: Vec<Renamed>,
    /// Variables that it reads.
    pub variables: Vec<Renamed>,
    /// Files that it reads, as globs.
    pub files: Vec<&'static str>,
}

/// A name before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Renamed {
    /// `null`: it is added.
    pub before: Option<&'static str>,
    /// The same where it stays.
    pub after: &'static str,
    /// `username`, `secret` or `user:secret`.
    pub holds: &'static str,
}

impl Consumer {
    /// What its row says.
    pub fn facts(&self) -> Facts {
        let mut files: Vec<&'static str> = Vec::new();
        let all = self.files.iter().chain(self.marked_files.iter().map(|(glob, _)| glob));
        for file in all.chain(self.slots.iter().flat_map(|slot| slot.files)) {
            once(&mut files, *file);
        }
        Facts {
            name: self.name,
            username_form: self.form.name(),
            evidence: self.evidence.name(),
            least_version: self.least_version,
            instead: self.instead,
            keys: self.keys(),
            variables: self.variable_names(),
            files,
        }
    }

    fn keys(&self) -> Vec<Renamed> {
        let mut keys = Vec::new();
        for slot in self.slots {
            let (username, secret) = match slot.shape {
                Shape::Fields { username, secret } | Shape::Items { username, secret, .. } => {
                    (username, secret)
                }
                Shape::Pair | Shape::Secret => (&[][..], &[][..]),
            };
            for (names, holds) in [(username, "username"), (secret, "secret")] {
                for name in names {
                    let renamed = slot.keys.iter().find(|(before, _)| before == name);
                    let after = renamed.map_or(*name, |(_, after)| *after);
                    once(&mut keys, Renamed { before: Some(name), after, holds });
                }
            }
            for (after, _) in slot.adds {
                once(&mut keys, Renamed { before: None, after, holds: "username" });
            }
        }
        keys
    }

    fn variable_names(&self) -> Vec<Renamed> {
        let mut variables = Vec::new();
        for variable in self.variables {
            let holds = match variable.role {
                VariableRole::Username(_) => "username",
                VariableRole::Secret => "secret",
                VariableRole::Pair(_) => "user:secret",
            };
            let after = variable.becomes.unwrap_or(variable.name);
            once(&mut variables, Renamed { before: Some(variable.name), after, holds });
            if let Some((after, _)) = variable.adds {
                once(&mut variables, Renamed { before: None, after, holds: "username" });
            }
        }
        variables
    }
}

fn once<T: PartialEq>(rows: &mut Vec<T>, row: T) {
    if !rows.contains(&row) {
        rows.push(row);
    }
}
