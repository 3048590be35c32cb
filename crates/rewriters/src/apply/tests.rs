use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

use bbsweep_scanner_core::Span;

use super::*;
use crate::edit::{Edit, Fix};
use crate::plan::Group;
use crate::testing::{Plans, put, replacing};

fn options(within: &Path) -> ApplyOptions {
    ApplyOptions {
        least: Applicability::Review,
        dry_run: false,
        within: vec![within.to_path_buf()],
        journal: None,
        backup: false,
    }
}

/// A plan that turns `OLD` into `new` in each of `files` below `dir`.
fn plan_for(dir: &Path, files: &[&str]) -> Plans {
    let mut plans = Plans::default();
    for file in files {
        let old = fs::read(dir.join(file)).unwrap();
        plans.file(&Group::Tree(dir.into()), *file, vec![replacing(&old, b"OLD", b"new")]);
    }
    plans
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn the_new_file_is_like_the_old_one() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("run.sh");
    put(&file, "a\r\nOLD");
    // Only root can do this; others keep what is theirs.
    let _ = chown(&file, Some(1234), Some(2345));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o4751)).unwrap();
    let owner = |file| fs::metadata(file).map(|meta| (meta.uid(), meta.gid())).unwrap();
    let owned_by = owner(&file);
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let times = fs::FileTimes::new().set_modified(long_ago).set_accessed(long_ago);
    fs::File::options().write(true).open(&file).unwrap().set_times(times).unwrap();
    let labelled = xattr::set(&file, "user.label", b"x").is_ok();
    let plans = plan_for(dir.path(), &["run.sh"]);

    let applied = apply(&plans.0, &options(dir.path()));
    assert_eq!(
        applied,
        [Applied { file: 0, path: "run.sh".into(), fixes: 1, refused: None, notes: vec![] }]
    );
    assert_eq!(fs::read(&file).unwrap(), b"a\r\nnew");
    assert_eq!(mode(&file), 0o4751);
    assert_eq!(owner(&file), owned_by);
    let label = xattr::get(&file, "user.label").ok().flatten();
    assert_eq!(label.is_some_and(|label| label == b"x"), labelled);
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), long_ago);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");

    // The plan is for bytes that are no longer there.
    let again = apply(&plans.0, &options(dir.path()));
    assert!(again[0].refused.as_ref().unwrap().contains("changed since"), "{again:?}");
    assert_eq!(again[0].fixes, 0);
}

#[test]
fn a_dry_run_writes_nothing_and_says_the_same() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path().join("f"), "OLD");
    fs::set_permissions(dir.path().join("f"), fs::Permissions::from_mode(0o444)).unwrap();
    let plans = plan_for(dir.path(), &["f"]);
    let before = fs::metadata(dir.path().join("f")).unwrap();
    let dry = apply(&plans.0, &ApplyOptions { dry_run: true, ..options(dir.path()) });
    let after = fs::metadata(dir.path().join("f")).unwrap();
    assert_eq!(fs::read(dir.path().join("f")).unwrap(), b"OLD");
    assert_eq!((before.ino(), before.ctime_nsec()), (after.ino(), after.ctime_nsec()));
    assert_eq!(dry[0].notes, ["it was read-only and still is"]);
    assert_eq!(apply(&plans.0, &options(dir.path())), dry);
    assert_eq!(fs::read(dir.path().join("f")).unwrap(), b"new");
    assert_eq!(mode(&dir.path().join("f")), 0o444);
}

#[test]
fn links_are_followed_only_to_where_writing_is_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    put(root.join("real"), "OLD");
    put(dir.path().join("outside"), "OLD");
    symlink("real", root.join("inner")).unwrap();
    symlink("../outside", root.join("outer")).unwrap();
    let plans = plan_for(&root, &["inner", "outer"]);
    let applied = apply(&plans.0, &options(&root));
    assert_eq!(applied[0].refused, None);
    assert!(root.join("inner").is_symlink());
    assert_eq!(fs::read(root.join("real")).unwrap(), b"new");
    assert!(applied[1].refused.as_ref().unwrap().contains("outside of the folders"));
    assert_eq!(fs::read(dir.path().join("outside")).unwrap(), b"OLD");
    assert!(root.join("outer").is_symlink());

    // A root that is one file, and no root at all.
    put(root.join("real"), "OLD");
    let plans = plan_for(&root, &["real"]);
    let nowhere = ApplyOptions { within: vec![], ..options(&root) };
    assert!(apply(&plans.0, &nowhere)[0].refused.is_some());
    assert_eq!(apply(&plans.0, &options(&root.join("real")))[0].refused, None);
}

#[test]
fn a_broken_hard_link_is_told() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path().join("f"), "OLD");
    fs::hard_link(dir.path().join("f"), dir.path().join("g")).unwrap();
    let plans = plan_for(dir.path(), &["f"]);
    let applied = apply(&plans.0, &options(dir.path()));
    assert!(applied[0].notes[0].contains("2 names"), "{applied:?}");
    assert_eq!(fs::read(dir.path().join("g")).unwrap(), b"OLD");
}

#[test]
fn a_token_goes_into_a_private_file() {
    let dir = tempfile::tempdir().unwrap();
    let mut plans = Plans::default();
    for (name, puts_token) in [(".netrc", true), ("_netrc", false), ("config", true)] {
        put(dir.path().join(name), "OLD");
        fs::set_permissions(dir.path().join(name), fs::Permissions::from_mode(0o644)).unwrap();
        let fix = Fix { puts_token, ..replacing(b"OLD", b"OLD", b"token") };
        plans.file(&Group::Tree(dir.path().into()), name, vec![fix]);
    }
    let applied = apply(&plans.0, &options(dir.path()));
    assert_eq!(mode(&dir.path().join(".netrc")), 0o600);
    assert_eq!(mode(&dir.path().join("_netrc")), 0o644);
    assert_eq!(mode(&dir.path().join("config")), 0o644);
    assert!(applied[0].notes.is_empty() && applied[1].notes.is_empty());
    assert_eq!(applied[2].notes, ["it holds the token now, and other users can read it"]);
}

#[test]
fn what_cannot_be_written_is_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["gone", "fifo", "odd", "ok"] {
        put(dir.path().join(name), "OLD");
    }
    let mut plans = plan_for(dir.path(), &["gone", "fifo", "odd", "ok"]);
    fs::remove_file(dir.path().join("gone")).unwrap();
    fs::remove_file(dir.path().join("fifo")).unwrap();
    std::process::Command::new("mkfifo").arg(dir.path().join("fifo")).status().unwrap();
    plans.0.fixes[2].edits.push(Edit { span: Span::new(1, 2), replacement: vec![] });
    let applied = apply(&plans.0, &options(dir.path()));
    let reasons: Vec<_> =
        applied.iter().map(|applied| applied.refused.clone().unwrap_or_default()).collect();
    assert!(reasons[0].contains("cannot be found"), "{reasons:?}");
    assert!(reasons[1].contains("no longer a regular file"), "{reasons:?}");
    assert!(reasons[2].contains("contradict"), "{reasons:?}");
    assert_eq!(reasons[3], "");
    assert_eq!(fs::read(dir.path().join("odd")).unwrap(), b"OLD");
}

#[test]
fn a_folder_that_cannot_be_written_is_told_dry_or_not() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path().join("sub/f"), "OLD");
    let plans = plan_for(dir.path(), &["sub/f"]);
    let sub = dir.path().join("sub");
    fs::set_permissions(&sub, fs::Permissions::from_mode(0o555)).unwrap();
    // Nothing is forbidden to root.
    if fs::write(sub.join("probe"), "").is_err() {
        for dry_run in [true, false] {
            let applied = apply(&plans.0, &ApplyOptions { dry_run, ..options(dir.path()) });
            assert!(
                applied[0].refused.as_ref().unwrap().contains("into its folder"),
                "{applied:?}"
            );
        }
        assert_eq!(fs::read(sub.join("f")).unwrap(), b"OLD");
    }
    fs::set_permissions(&sub, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_variable_is_renamed_in_all_files_or_in_none() {
    let dir = tempfile::tempdir().unwrap();
    let mut plans = Plans::default();
    for (name, renamed) in
        [("a", &["X"][..]), ("b", &["X", "Y"]), ("c", &["Y"]), ("d", &["Z"]), ("e", &[])]
    {
        put(dir.path().join(name), "OLD OLDER");
        let mut fixes: Vec<_> = renamed
            .iter()
            .zip([b"OLD ", b"OLDE"])
            .map(|(variable, old)| Fix {
                renamed: Some((*variable).to_owned()),
                ..replacing(b"OLD OLDER", old, b"new ")
            })
            .collect();
        if fixes.is_empty() {
            fixes.push(replacing(b"OLD OLDER", b"OLD", b"new"));
        }
        plans.file(&Group::Tree(dir.path().into()), name, fixes);
    }
    put(dir.path().join("a"), "changed");
    let applied = apply(&plans.0, &options(dir.path()));
    let refused: Vec<_> = applied.iter().map(|applied| applied.refused.is_some()).collect();
    assert_eq!(refused, [true, true, true, false, false]);
    assert_eq!(
        applied[1].refused.as_deref().unwrap(),
        "it renames X as a would, which cannot be written: a variable is renamed everywhere or \
         nowhere"
    );
    assert_eq!(fs::read(dir.path().join("c")).unwrap(), b"OLD OLDER");
    assert_eq!(fs::read(dir.path().join("d")).unwrap(), b"new OLDER");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 5, "no temporary file is left");
}

/// A plan for two files of one repository.
fn repository(dir: &Path) -> Plans {
    for file in ["a", "b"] {
        put(dir.join("r").join(file), "OLD");
        fs::set_permissions(dir.join("r").join(file), fs::Permissions::from_mode(0o640)).unwrap();
    }
    let mut plans = plan_for(&dir.join("r"), &["a", "b"]);
    for file in &mut plans.0.files {
        file.in_repository = true;
    }
    plans
}

fn journalled(dir: &Path, backup: bool) -> ApplyOptions {
    ApplyOptions { journal: Some(dir.join("journal")), backup, ..options(&dir.join("r")) }
}

fn texts(dir: &Path) -> [String; 2] {
    ["a", "b"].map(|file| fs::read_to_string(dir.join("r").join(file)).unwrap())
}

/// Names in a folder but for locks.
fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn is_old(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "old")
}

#[test]
fn all_files_of_a_repository_are_written_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let plans = repository(dir.path());
    put(dir.path().join("r/b"), "changed");
    let applied = apply(&plans.0, &journalled(dir.path(), false));
    assert!(applied[0].refused.as_ref().unwrap().contains("or none"), "{applied:?}");
    assert!(applied[1].refused.as_ref().unwrap().contains("changed since"), "{applied:?}");
    assert_eq!(texts(dir.path()), ["OLD", "changed"]);
    assert_eq!(names(&dir.path().join("r")), ["a", "b"]);
}

#[test]
fn a_backup_leads_back_or_is_wiped() {
    for (how, texts_then) in [(Recovery::Undo, ["OLD", "OLD"]), (Recovery::Finish, ["new", "new"])]
    {
        let dir = tempfile::tempdir().unwrap();
        let plans = repository(dir.path());
        let options = journalled(dir.path(), true);
        assert!(apply(&plans.0, &options).iter().all(|applied| applied.refused.is_none()));
        assert_eq!(texts(dir.path()), ["new", "new"]);
        let journal = dir.path().join("journal");
        let kept = names(&journal);
        assert_eq!(kept.iter().filter(|name| is_old(name)).count(), 2, "{kept:?}");
        assert_eq!(mode(&journal), 0o700);
        for name in &kept {
            assert_eq!(mode(&journal.join(name)), 0o600, "{name}");
        }
        // Elsewhere there is nothing to do, nor is it in the middle.
        let elsewhere = [dir.path().join("journal")];
        assert_eq!(recover(&journal, &elsewhere, how).unwrap(), (vec![], vec![]));
        assert!(!is_interrupted(&journal, &options.within).unwrap());
        let (recovered, unread) = recover(&journal, &options.within, how).unwrap();
        assert!(unread.is_empty() && recovered.iter().all(|row| row.refused.is_none()));
        assert_eq!(texts(dir.path()), texts_then);
        assert_eq!(names(&journal), Vec::<String>::new());
        assert_eq!(names(&dir.path().join("r")), ["a", "b"]);
        assert_eq!(mode(&dir.path().join("r/a")), 0o640);
    }
}

#[test]
fn what_somebody_changed_since_is_not_undone() {
    let dir = tempfile::tempdir().unwrap();
    let plans = repository(dir.path());
    let options = journalled(dir.path(), true);
    apply(&plans.0, &options);
    put(dir.path().join("r/a"), "theirs");
    let journal = dir.path().join("journal");
    let (recovered, _) = recover(&journal, &options.within, Recovery::Undo).unwrap();
    assert_eq!(recovered[0].now, Now::Other);
    assert!(recovered[0].refused.is_some() && recovered[1].refused.is_none());
    assert_eq!(texts(dir.path()), ["theirs", "OLD"]);
    assert!(names(&journal).iter().any(|name| is_old(name)), "the old content stays");
}

#[test]
fn a_damaged_journal_is_named_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path().join("journal/x.journal"), "{\"schema\":1,");
    let journal = dir.path().join("journal");
    let (recovered, unread) = recover(&journal, &[dir.path().into()], Recovery::Undo).unwrap();
    assert_eq!(recovered, []);
    assert_eq!(unread[0].reason, "it is damaged");
    assert!(journal.join("x.journal").exists());
}

#[test]
fn a_transaction_that_somebody_else_broke_is_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    repository(dir.path());
    let journal = dir.path().join("journal");
    let entry = |name: &str| {
        let target = dir.path().join("r").join(name).canonicalize().unwrap();
        let [new, old] = ["new", "old"].map(|end| target.with_extension(end));
        put(&new, "new");
        let digest = crate::plan::file::digest;
        journal::Entry { target, new, old, before: digest(b"OLD"), after: digest(b"new") }
    };
    let entries = vec![entry("a"), entry("b")];
    let written = journal::Journal::new("x".into(), false, entries);
    drop(journal::Stored::create(&journal, written).unwrap());
    let within = [dir.path().join("r")];
    assert!(is_interrupted(&journal, &within).unwrap());
    let finish = || recover(&journal, &within, Recovery::Finish).unwrap().0;
    assert_eq!(finish(), [], "it can be resumed");
    put(dir.path().join("r/a"), "theirs");
    for how in [Recovery::Resume, Recovery::Undo] {
        let (rows, _) = recover(&journal, &within, how).unwrap();
        assert!(rows[0].refused.as_ref().unwrap().contains("--finish"), "{rows:?}");
    }
    assert_eq!(finish().len(), 2);
    assert_eq!(texts(dir.path()), ["theirs", "OLD"]);
    assert_eq!(names(&dir.path().join("r")), ["a", "b"]);
    assert_eq!(names(&journal), Vec::<String>::new());
}
