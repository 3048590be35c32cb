//! Versions beside a slot that have to know the new keys.

use std::cmp::Ordering;
use std::ops::Range;

use bbsweep_scanner_core::consumer::{Pin, Shape};

use super::{Made, Place};

/// What is to be done about a version.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    /// It is late enough.
    Right,
    /// This part of the text becomes the version.
    Raise(Range<usize>, &'static str),
    /// Nobody can tell.
    Unsure(String),
}

impl Place<'_> {
    /// Raises the version.
    pub(super) fn pin(&self, made: &mut Made) -> Result<(), String> {
        let Some(pin) = &self.row.pin else { return Ok(()) };
        let way = self.way()?;
        let mut object = way.trail.up();
        for _ in 0..self.depth(&way.entry.key) {
            object = object.and_then(|object| object.up());
        }
        let found = object.map(|object| object.find(pin.path, &|_| false)).unwrap_or_default();
        let scalar = found.iter().find_map(|trail| trail.node().scalar());
        let scalar = scalar.ok_or_else(|| {
            format!(
                "no version stands beside it, so that {} may not know the new form",
                self.name()
            )
        })?;
        match look(pin, &scalar.text) {
            Found::Right => Ok(()),
            Found::Unsure(reason) => Err(reason),
            Found::Raise(..) if self.text(&scalar.content) != scalar.text => {
                Err("the version beside it is written in a way of its own".to_owned())
            }
            Found::Raise(part, least) => {
                let start = scalar.content.start;
                let old = scalar.text[part.clone()].to_owned();
                made.edits.push(self.subject.edit(start + part.start..start + part.end, least));
                made.notes.push(format!(
                    "its version {old} is raised to {least}, the first that is known to take the new \
                     form"
                ));
                made.beyond = true;
                Ok(())
            }
        }
    }

    /// How deep the secret's key lies in the object of the row.
    fn depth(&self, key: &str) -> usize {
        match self.row.shape {
            Shape::Fields { secret, .. } => secret
                .iter()
                .find(|path| path.rsplit('/').next() == Some(key))
                .map_or(0, |path| path.matches('/').count()),
            Shape::Items { .. } => 1,
            Shape::Pair | Shape::Secret => 0,
        }
    }

    /// What to do where the version stays.
    pub(super) fn pin_steps(&self) -> Vec<String> {
        let Some(pin) = &self.row.pin else { return Vec::new() };
        let mut steps = vec![format!(
            "look up in the release notes which version of {} takes an API token, and under which \
             names, and use that one",
            self.name()
        )];
        if pin.path.ends_with("pipe") {
            steps.push(
                "a pipe of Atlassian has its CHANGELOG.md in its repository under \
                 https://bitbucket.org/atlassian; none from before June 2025 knows API tokens"
                    .to_owned(),
            );
        }
        steps
    }
}

/// What the text of a version says.
fn look(pin: &Pin, text: &str) -> Found {
    let separator = |c: char| matches!(c, ':' | '@' | '=' | '~' | '^' | ' ');
    let known = pin.versions.iter().find_map(|(name, least)| {
        let rest = text.strip_prefix(name)?;
        let version = rest.trim_start_matches(separator);
        (name.is_empty() || version.len() < rest.len()).then_some((least, version))
    });
    let Some((least, version)) = known else {
        return Found::Unsure(
            "no source says which version of what stands beside it takes API tokens".to_owned(),
        );
    };
    let Some(least) = *least else {
        return Found::Unsure("no source says which version of it takes API tokens".to_owned());
    };
    match compare(version, least) {
        Some(Ordering::Less) => {
            let start = text.len() - version.len();
            let v = usize::from(version.starts_with('v') && !least.starts_with('v'));
            Found::Raise(start + v..text.len(), least)
        }
        Some(_) => Found::Right,
        None => Found::Unsure(format!(
            "it cannot be told whether the version beside it is {least} or newer, which API tokens \
             need"
        )),
    }
}

/// Compares versions of numbers with dots between them. `None` where that cannot be told.
fn compare(version: &str, least: &str) -> Option<Ordering> {
    let numbers = |version: &str| -> Option<Vec<u64>> {
        let version = version.strip_prefix('v').unwrap_or(version);
        version.split('.').map(|number| number.parse().ok()).collect()
    };
    let (version, least) = (numbers(version)?, numbers(least)?);
    let common = version.len().min(least.len());
    match version[..common].cmp(&least[..common]) {
        // `1` is whatever the newest of it is.
        Ordering::Equal if version.len() < least.len() => None,
        Ordering::Equal if version.len() > least.len() => Some(Ordering::Greater),
        order => Some(order),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIN: Pin = Pin {
        path: "../pipe",
        versions: &[("atlassian/known", Some("0.8.0")), ("atlassian/unknown", None)],
    };

    #[test]
    fn versions_are_told_apart() {
        for (text, raised) in [
            ("atlassian/known:0.3.2", Some("atlassian/known:0.8.0")),
            ("atlassian/known:0.7", Some("atlassian/known:0.8.0")),
            ("atlassian/known:v0.7.9", Some("atlassian/known:v0.8.0")),
            ("atlassian/known:0.8.0", None),
            ("atlassian/known:0.10.0", None),
            ("atlassian/known:1.0", None),
            ("atlassian/known:1", None),
        ] {
            match (look(&PIN, text), raised) {
                (Found::Right, None) => {}
                (Found::Raise(part, least), Some(raised)) => {
                    assert_eq!(
                        format!("{}{least}{}", &text[..part.start], &text[part.end..]),
                        raised
                    );
                }
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
        for text in [
            "atlassian/known:latest",
            "atlassian/known:0",
            "atlassian/known:0.8",
            "atlassian/known@sha256:0a",
            "atlassian/known:$VERSION",
            "atlassian/known",
            "atlassian/known-not:0.1.0",
            "atlassian/unknown:0.1.0",
            "other:0.1.0",
        ] {
            assert!(matches!(look(&PIN, text), Found::Unsure(_)), "{text}");
        }
    }
}
