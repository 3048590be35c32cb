//! File names of patches.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use crate::plan::Group;

/// A name for each group: the folder's name, with as many of the folders above it as it takes to
/// tell the groups apart.
pub(super) fn names<'a>(groups: impl Iterator<Item = &'a Group>) -> Vec<String> {
    let groups: Vec<_> = groups.collect();
    let deepest = groups.iter().map(|group| folders(group).len()).max().unwrap_or(1);
    let mut depths = vec![1; groups.len()];
    loop {
        let names: Vec<_> =
            groups.iter().zip(&depths).map(|(group, depth)| name(group, *depth)).collect();
        let mut longer = false;
        for (n, name) in names.iter().enumerate() {
            let twice = names.iter().filter(|other| other.eq_ignore_ascii_case(name)).count() > 1;
            if twice && depths[n] < deepest {
                depths[n] += 1;
                longer = true;
            }
        }
        if !longer {
            return number(names);
        }
    }
}

/// Names that are still the same, such as those of folders whose odd characters were replaced, are
/// numbered.
pub(super) fn number(names: Vec<String>) -> Vec<String> {
    let mut taken = BTreeSet::new();
    names
        .into_iter()
        .map(|name| {
            let stem = name.trim_end_matches(".patch");
            let (mut free, mut n) = (name.clone(), 1);
            while !taken.insert(free.to_ascii_lowercase()) {
                n += 1;
                free = format!("{stem}-{n}.patch");
            }
            free
        })
        .collect()
}

/// The name of a group's patch with what is in this part of it.
pub(super) fn labelled(name: &str, labels: &[String]) -> String {
    /// Longer names are cut: file systems have a limit.
    const LONGEST: usize = 80;
    let labels: Vec<String> =
        labels.iter().map(|label| sanitised(label.trim_start_matches('@'))).collect();
    let label: String = labels.join("+").chars().take(LONGEST).collect();
    format!("{}-{label}.patch", name.trim_end_matches(".patch"))
}

fn name(group: &Group, depth: usize) -> String {
    let folders = folders(group);
    let start = folders.len().saturating_sub(depth);
    let stem = match folders[start..].join("-") {
        stem if stem.is_empty() => "root".to_owned(),
        stem => stem,
    };
    match group {
        Group::GitDir(_) => format!("{stem}.git-config.patch"),
        _ => format!("{stem}.patch"),
    }
}

/// The folders that lead to the group, each fit for a file name; the last one names it.
fn folders(group: &Group) -> Vec<String> {
    let dir = group.dir();
    let dir = match group {
        Group::GitDir(dir) if dir.ends_with(".git") => dir.parent().unwrap_or(Path::new("")),
        _ => dir,
    };
    let mut folders: Vec<_> = dir
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(sanitised(&name.to_string_lossy())),
            _ => None,
        })
        .collect();
    if let (Group::GitDir(_), Some(last)) = (group, folders.last_mut())
        && let Some(stem) = last.strip_suffix(".git")
    {
        *last = stem.to_owned();
    }
    folders
}

fn sanitised(name: &str) -> String {
    let kept = |c: char| c.is_alphanumeric() || "._-".contains(c);
    let name: String = name.chars().map(|c| if kept(c) { c } else { '_' }).collect();
    match name.trim_start_matches(['.', '-']) {
        "" => "_".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_groups_apart() {
        let git = |dir: &str| Group::GitDir(dir.into());
        let tree = |dir: &str| Group::Tree(dir.into());
        let groups = [
            git("/w/payments/.git"),
            git("/w/sub/x.git"),
            git("/w/a/.git/modules/lib"),
            git("/w/b/.git/modules/lib"),
            tree("/w/payments"),
            tree("/v/payments"),
            tree("/w/my code"),
            tree("/w/my_code"),
            tree("/home/.dot"),
            tree("/"),
        ];
        assert_eq!(
            names(groups.iter()),
            [
                "payments.git-config.patch",
                "x.git-config.patch",
                "a-git-modules-lib.git-config.patch",
                "b-git-modules-lib.git-config.patch",
                "w-payments.patch",
                "v-payments.patch",
                "w-my_code.patch",
                "w-my_code-2.patch",
                "dot.patch",
                "root.patch",
            ]
        );
    }
}
