use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use bbsweep_scanner_core::Encoding;
use bbsweep_scanner_core::finding::Repository;

use super::*;
use crate::testing::{Plans, git, git_ok, put, replacing};

const LEAST: Applicability = Applicability::Review;

fn work_tree(dir: &Path) -> Group {
    Group::WorkTree(Arc::new(Repository {
        name: "r".into(),
        work_dir: Some(dir.to_path_buf()),
        git_dir: dir.join(".git"),
        common_dir: dir.join(".git"),
    }))
}

/// Files that are hard to patch, by name.
fn hard_files() -> BTreeMap<OsString, (Vec<u8>, Vec<u8>)> {
    let text = "aa\nbb\ncc\ndd\nOLD=é\nee\nff\ngg\nhh\n";
    let utf16 = |encoding: Encoding, text: &str| {
        let mut bytes = encoding.encode("\u{feff}");
        bytes.extend(encoding.encode(text));
        bytes
    };
    let mut files = BTreeMap::new();
    let mut add = |name: &[u8], make: &dyn Fn(&str) -> Vec<u8>| {
        let both = (make(text), make(&text.replace("OLD", "replaced")));
        files.insert(OsStr::from_bytes(name).to_os_string(), both);
    };
    add(b"plain", &|text| text.into());
    add(b"crlf", &|text| text.replace('\n', "\r\n").into());
    add(b"cr", &|text| text.replace('\n', "\r").into());
    add(b"mixed", &|text| text.replace("dd\n", "dd\r\n").replace("é\n", "é\r\n").into());
    add(b"bom", &|text| format!("\u{feff}{text}").into());
    add(b"latin1", &|text| text.chars().map(|c| c as u8).collect());
    add(b"utf16le", &|text| utf16(Encoding::Utf16Le, text));
    add(b"utf16be", &|text| utf16(Encoding::Utf16Be, text));
    add(b"utf16le-crlf", &|text| utf16(Encoding::Utf16Le, &text.replace('\n', "\r\n")));
    add(b"no-final-newline", &|text| text.trim_end().into());
    add(b"no-final-newline-edited", &|text| text[..text.find("\nee").unwrap()].into());
    add(b"one-line", &|text| text.lines().find(|line| line.contains('=')).unwrap().into());
    add(b"first-line", &|text| text[12..].into());
    add(b"nul", &|text| text.replace("cc", "c\0c").into());
    add(b"looks-like-a-diff", &|text| {
        text.replace("aa", "--- a/x").replace("dd", "@@ -1 +1 @@").into()
    });
    for name in [
        &b"a b"[..],
        b" leading",
        b"trailing ",
        b"quo\"te",
        b"it's",
        b"-dash",
        b"--",
        b"ta\tb",
        b"new\nline",
        b"back\\slash",
        b"caf\xc3\xa9",
        b"\xff\xfe.env",
        b"a b b/a b",
        b"sub dir/deep/.env",
        b"on 2020-01-01 00:00:00",
        b"#hash",
    ] {
        add(name, &|text| text.into());
    }
    files
}

/// Writes the files and a patch of them, and has git apply it forth and back.
fn apply_by_git(group: &Group, files: &BTreeMap<OsString, (Vec<u8>, Vec<u8>)>, config: &[&str]) {
    let mut plans = Plans::default();
    for (name, (old, new)) in files {
        put(group.dir().join(name), old);
        // The edit is what differs, without the common ends.
        let start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
        let end = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
        let mut fix = replacing(old, old, new);
        fix.edits[0].span.start = start as u64;
        fix.edits[0].span.end = (old.len() - end) as u64;
        fix.edits[0].replacement = new[start..new.len() - end].to_vec();
        plans.file(group, name, vec![fix]);
    }
    let out = tempfile::tempdir().unwrap();
    let written = write(&plans.0, &out.path().join("patches"), LEAST).unwrap();
    assert_eq!(written.len(), 1);
    assert_eq!((written[0].files, written[0].fixes), (files.len(), files.len()));
    assert_eq!(written[0].left_out, []);
    assert_eq!(written[0].run_in, group.dir());

    let patch = written[0].path.as_os_str();
    let run = |args: &[&str]| {
        let args = config.iter().chain(["apply"].iter()).chain(args).map(OsStr::new);
        git_ok(group.dir(), args.chain([patch]));
    };
    let read = |name: &OsString| fs::read(group.dir().join(name)).unwrap();
    run(&["--check"]);
    run(&[]);
    for (name, (_, new)) in files {
        assert_eq!(read(name), *new, "{} after apply", name.display());
    }
    run(&["-R"]);
    for (name, (old, _)) in files {
        assert_eq!(read(name), *old, "{} after apply -R", name.display());
    }
}

#[test]
fn git_applies_patches_of_hard_files_forth_and_back() {
    let dir = tempfile::tempdir().unwrap();
    let files = hard_files();

    let plain = dir.path().join("plain");
    fs::create_dir(&plain).unwrap();
    apply_by_git(&Group::Tree(plain), &files, &[]);

    let repo = dir.path().join("repo");
    git_ok(dir.path(), ["init", "-q", "repo"]);
    apply_by_git(&work_tree(&repo), &files, &[]);
    // Config that changes how git reads patches and files.
    for config in ["apply.whitespace=nowarn", "core.autocrlf=input", "core.quotePath=false"] {
        apply_by_git(&work_tree(&repo), &files, &["-c", config]);
    }
    for attributes in ["* text=auto", "* -text", "* binary"] {
        put(repo.join(".gitattributes"), attributes);
        apply_by_git(&work_tree(&repo), &files, &[]);
    }
}

#[test]
fn git_applies_patches_of_git_configs() {
    let dir = tempfile::tempdir().unwrap();
    let at = |path: &str| dir.path().join(path);
    git_ok(dir.path(), ["init", "-q", "main"]);
    put(at("main/f"), "x");
    git_ok(&at("main"), ["add", "f"]);
    git_ok(&at("main"), ["commit", "-qm", "x"]);
    git_ok(&at("main"), ["worktree", "add", "-q", "../linked"]);
    git_ok(dir.path(), ["init", "-q", "--bare", "bare.git"]);
    let submodule =
        ["-c", "protocol.file.allow=always", "submodule", "add", "-q", "../main", "sub"];
    git_ok(dir.path(), ["init", "-q", "super"]);
    git_ok(&at("super"), submodule);
    for (git_dir, name) in [
        ("main/.git", "config"),
        ("main/.git/worktrees/linked", "config.worktree"),
        ("bare.git", "config"),
        ("super/.git/modules/sub", "config"),
    ] {
        let old = fs::read_to_string(at(git_dir).join(name)).unwrap_or_default()
            + "[remote \"o\"]\n\turl = https://u:OLD@bitbucket.org/w/r\n";
        let new = old.replace("u:OLD", "s");
        let files = BTreeMap::from([(name.into(), (old.into(), new.into()))]);
        apply_by_git(&Group::GitDir(at(git_dir)), &files, &[]);
    }
}

#[test]
fn mode_and_link_outlive_git_apply() {
    let dir = tempfile::tempdir().unwrap();
    git_ok(dir.path(), ["init", "-q", "."]);
    let group = work_tree(dir.path());
    put(dir.path().join("run.sh"), "OLD\n");
    fs::set_permissions(dir.path().join("run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink("run.sh", dir.path().join("link")).unwrap();
    let mut plans = Plans::default();
    plans.file(&group, "run.sh", vec![replacing(b"OLD\n", b"OLD", b"new")]);
    let out = tempfile::tempdir().unwrap();
    let written = write(&plans.0, out.path(), LEAST).unwrap();
    let applied = git(dir.path(), [OsStr::new("apply"), written[0].path.as_os_str()]);
    assert!(applied.status.success() && applied.stderr.is_empty(), "{applied:?}");
    let mode = fs::metadata(dir.path().join("run.sh")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    assert!(dir.path().join("link").is_symlink());
    assert_eq!(fs::read(dir.path().join("link")).unwrap(), b"new\n");
}

#[test]
fn a_file_that_git_converts_is_left_out_and_named() {
    let dir = tempfile::tempdir().unwrap();
    git_ok(dir.path(), ["init", "-q", "."]);
    git_ok(dir.path(), ["config", "filter.crypt.clean", "tr a-z A-Z"]);
    put(
        dir.path().join(".gitattributes"),
        "a filter=crypt\nb working-tree-encoding=UTF-16\nc filter=none\n",
    );
    let group = work_tree(dir.path());
    let mut plans = Plans::default();
    for name in ["a", "b", "c"] {
        put(dir.path().join(name), "OLD\n");
        plans.file(&group, name, vec![replacing(b"OLD\n", b"OLD", b"new")]);
    }
    let rendered = render(&plans.0, &group, LEAST);
    let left_out: Vec<_> =
        rendered.left_out.iter().map(|left_out| left_out.path.as_str()).collect();
    assert_eq!(left_out, ["a", "b"]);
    assert_eq!(rendered.files, 1);
    let text = String::from_utf8(rendered.bytes).unwrap();
    assert!(text.contains("# left out: a: git runs the filter") && text.contains("+++ b/c\n"));
}

#[test]
fn what_git_cannot_reach_is_left_out_and_named() {
    let dir = tempfile::tempdir().unwrap();
    let at = |path: &str| dir.path().join(path);
    git_ok(dir.path(), ["init", "-q", "broken"]);
    put(at("broken/.git/config"), "[broken\nOLD\n");
    git_ok(dir.path(), ["init", "-q", "repo"]);
    put(at("repo/sub/.git/config"), "OLD\n");
    put(at("plain/.git/config"), "OLD\n");
    let mut plans = Plans::default();
    for git_dir in ["broken/.git", "repo/sub/.git", "plain/.git"] {
        let old = fs::read(at(git_dir).join("config")).unwrap();
        let group = Group::GitDir(at(git_dir));
        plans.file(&group, "config", vec![replacing(&old, b"OLD", b"new")]);
    }
    let out = tempfile::tempdir().unwrap();
    let written = write(&plans.0, out.path(), LEAST).unwrap();
    let reasons: Vec<_> = written
        .iter()
        .map(|patch| patch.left_out.first().map_or("", |left_out| left_out.reason.as_str()))
        .collect();
    assert!(reasons[0].contains("cannot read the repository's config"), "{reasons:?}");
    assert_eq!(reasons[1], "");
    assert!(reasons[2].contains("no repository"), "{reasons:?}");
    git_ok(&at("plain/.git"), [OsStr::new("apply"), written[1].path.as_os_str()]);
    assert_eq!(fs::read(at("plain/.git/config")).unwrap(), b"new\n");
}

#[test]
fn a_changed_file_is_left_out_and_named() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path().join("f"), "OLD\n");
    let group = Group::Tree(dir.path().to_path_buf());
    let mut plans = Plans::default();
    plans.file(&group, "f", vec![replacing(b"OLD\n", b"OLD", b"new")]);
    put(dir.path().join("f"), "other\n");
    let out = dir.path().join("out");
    let written = write(&plans.0, &out, LEAST).unwrap();
    assert_eq!(written[0].files, 0);
    assert!(!written[0].path.exists());
    assert!(written[0].left_out[0].reason.contains("changed since it was scanned"));
}

#[test]
fn the_threshold_decides_what_is_in_a_patch() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path().join("f"), "ONE\nTWO\n");
    let group = Group::Tree(dir.path().to_path_buf());
    let mut plans = Plans::default();
    let mut review = replacing(b"ONE\nTWO\n", b"TWO", b"b");
    review.applicability = Applicability::Review;
    plans.file(&group, "f", vec![replacing(b"ONE\nTWO\n", b"ONE", b"a"), review]);
    let text = |least| {
        let rendered = render(&plans.0, &group, least);
        (rendered.fixes, String::from_utf8(rendered.bytes).unwrap())
    };
    let (fixes, patch) = text(Applicability::Safe);
    assert!(fixes == 1 && patch.contains("+a\n") && !patch.contains("+b\n"), "{patch}");
    let (fixes, patch) = text(Applicability::Review);
    assert!(fixes == 2 && patch.contains("+a\n") && patch.contains("+b\n"), "{patch}");
}

#[test]
fn patches_are_private_and_overwrite_only_patches() {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path().join("tree");
    put(tree.join("f"), "OLD\n");
    let mut plans = Plans::default();
    plans.file(&Group::Tree(tree), "f", vec![replacing(b"OLD\n", b"OLD", b"new")]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;

    let out = dir.path().join("new/out");
    let written = write(&plans.0, &out, LEAST).unwrap();
    assert_eq!(written[0].path, out.join("tree.patch"));
    assert_eq!((mode(&out), mode(&written[0].path)), (0o700, 0o600));
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1, "no temporary file is left");
    let first = fs::read(&written[0].path).unwrap();
    write(&plans.0, &out, LEAST).unwrap();
    assert_eq!(fs::read(&written[0].path).unwrap(), first);

    put(out.join("tree.patch"), "mine");
    let refused = write(&plans.0, &out, LEAST).unwrap_err().source.to_string();
    assert!(refused.contains("bbsweep did not write it"), "{refused}");
    assert_eq!(fs::read(out.join("tree.patch")).unwrap(), b"mine");

    fs::remove_file(out.join("tree.patch")).unwrap();
    fs::set_permissions(&out, fs::Permissions::from_mode(0o777)).unwrap();
    let refused = write(&plans.0, &out, LEAST).unwrap_err().source.to_string();
    assert!(refused.contains("other users may write"), "{refused}");
    let refused = write(&plans.0, &dir.path().join("tree/f"), LEAST).unwrap_err().to_string();
    assert!(refused.starts_with("use as a folder"), "{refused}");
}
