use std::fs;

use tempfile::TempDir;

use super::*;

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const C: &str = "cccccccccccccccccccccccccccccccccccccccc";
const D: &str = "dddddddddddddddddddddddddddddddddddddddd";

struct Dir(TempDir);

impl Dir {
    fn new() -> Self {
        let dir = Self(tempfile::tempdir().unwrap());
        dir.write("HEAD", "ref: refs/heads/main\n");
        dir
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn starts(&self, branches: &[&str]) -> Starts {
        let branches = branches.iter().map(|branch| (*branch).to_owned()).collect();
        starts(self.0.path(), &HistoryOptions { branches, ..HistoryOptions::default() })
    }
}

fn row(start: &Start) -> String {
    format!("{:?} {} {}", start.kind, start.name, &start.id.to_string()[..1])
}

fn rows(starts: &[Start]) -> Vec<String> {
    starts.iter().map(row).collect()
}

#[test]
fn every_way_in() {
    let dir = Dir::new();
    dir.write("refs/heads/main", format!("{A}\n"));
    dir.write("refs/heads/deep/er", format!("{B}\n"));
    dir.write("refs/heads/x.lock", "");
    dir.write("refs/remotes/origin/HEAD", "ref: refs/remotes/origin/gone\n");
    dir.write("refs/stash", format!("{C}\n"));
    dir.write(
        "packed-refs",
        format!("# pack-refs with: peeled\n{D} refs/heads/main\n{D} refs/tags/v1\n^{A}\n{B} refs/notes/x\n"),
    );
    let starts = dir.starts(&[]);
    assert_eq!(
        rows(&starts.all),
        ["Branch deep/er b", "Branch main a", "Tag v1 d", "Stash stash c"],
        "the note's object is entered by the branch"
    );
    assert_eq!(rows(&starts.tips), ["Branch deep/er b", "Branch main a"]);
    assert_eq!(starts.troubles, []);
}

#[test]
fn heads_of_worktrees_and_what_git_keeps_beside_them() {
    let dir = Dir::new();
    dir.write("refs/heads/main", A);
    dir.write("worktrees/w/HEAD", format!("{B}\n"));
    dir.write("worktrees/w/refs/bisect/bad", format!("{C}\n"));
    dir.write("FETCH_HEAD", format!("{A}\t\tbranch 'x'\n{D}\tnot-for-merge\tbranch 'y'\n"));
    let starts = dir.starts(&[]);
    assert_eq!(
        rows(&starts.all),
        ["Branch main a", "Head HEAD b", "Other FETCH_HEAD:1 d", "Other refs/bisect/bad c"]
    );
    assert_eq!(rows(&starts.tips), ["Branch main a", "Head HEAD b"]);
}

#[test]
fn reflogs_name_both_ends() {
    let dir = Dir::new();
    dir.write("refs/heads/main", A);
    let zero = "0".repeat(40);
    let who = "Ada <a@b.c> 1 +0000\tcommit: x";
    dir.write("logs/HEAD", format!("{zero} {B} {who}\n{B} {A} {who}\nhalf a line\n"));
    dir.write("logs/refs/stash", format!("{C} {D} {who}\n"));
    let starts = dir.starts(&[]);
    assert_eq!(
        rows(&starts.all)[1..],
        [
            "Reflog the reflog of HEAD b",
            "Reflog the reflog of stash c",
            "Reflog the reflog of stash d"
        ]
    );
    // A history of chosen branches has no reflogs.
    assert_eq!(rows(&dir.starts(&["main"]).all), ["Branch main a"]);
}

#[test]
fn branches_are_chosen_by_any_of_their_names() {
    let dir = Dir::new();
    for (name, id) in
        [("heads/main", A), ("heads/release/1", B), ("remotes/origin/main", C), ("tags/v1", D)]
    {
        dir.write(&format!("refs/{name}"), id);
    }
    for (patterns, expected) in [
        (&["main"][..], &["Branch main a"][..]),
        (&["refs/heads/main"], &["Branch main a"]),
        (&["release/*"], &["Branch release/1 b"]),
        (&["*/main"], &["Branch main a", "Remote origin/main c"]),
        (&["origin/main", "v1"], &["Remote origin/main c", "Tag v1 d"]),
    ] {
        let starts = dir.starts(patterns);
        assert_eq!(rows(&starts.all), expected, "{patterns:?}");
        assert_eq!(starts.tips.len(), 3, "what is in use does not depend on what is asked for");
    }
    let none = dir.starts(&["nothing"]);
    assert_eq!((none.all.len(), none.troubles[0].problem.0), (0, SkipReason::NotFound));
    assert_eq!(dir.starts(&["["]).troubles[0].problem.0, SkipReason::Malformed);
}

#[test]
fn a_broken_ref_is_named_and_costs_no_other() {
    let dir = Dir::new();
    dir.write("refs/heads/main", A);
    dir.write("refs/heads/broken", "");
    dir.write("refs/heads/not-utf8", b"\xff\xff");
    dir.write("packed-refs", format!("{B} refs/tags/v1\nnonsense\n"));
    dir.write("HEAD", "nothing\n");
    let starts = dir.starts(&[]);
    assert_eq!(rows(&starts.all), ["Branch main a", "Tag v1 b"]);
    let named: Vec<_> =
        starts.troubles.iter().map(|trouble| trouble.path.file_name().unwrap()).collect();
    assert_eq!(named, ["broken", "not-utf8", "HEAD", "packed-refs"]);
    assert!(starts.troubles.iter().all(|trouble| trouble.problem.0 == SkipReason::CorruptGit));
}

#[test]
fn formats() {
    let dir = Dir::new();
    let format = |config: &str| {
        dir.write("config", config);
        Format::read(dir.0.path())
    };
    let plain = format("[core]\n\tbare = true\n").unwrap();
    assert_eq!((plain.hash, plain.partial), (gix_hash::Kind::Sha1, false));
    assert_eq!(
        format("[extensions]\n\tobjectFormat = sha256\n").unwrap().hash,
        gix_hash::Kind::Sha256
    );
    assert!(format("[remote \"origin\"]\n\tpromisor = true\n").unwrap().partial);
    assert!(!format("[remote \"origin\"]\n\tpromisor = false\n").unwrap().partial);
    assert!(format("[extensions]\n\tpartialClone = origin\n").unwrap().partial);
    for wrong in
        ["[extensions]\n\trefstorage = reftable\n", "[extensions]\n\tobjectformat = x\n", "[x"]
    {
        assert_eq!(format(wrong).unwrap_err().problem.0, SkipReason::CorruptGit, "{wrong}");
    }
    dir.write("shallow", format!("{A}\n{B}\n"));
    assert_eq!(format("").unwrap().shallow.len(), 2);
    fs::remove_file(dir.0.path().join("config")).unwrap();
    assert!(Format::read(dir.0.path()).is_ok());
}
