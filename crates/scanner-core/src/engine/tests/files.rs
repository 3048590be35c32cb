use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use super::*;

#[test]
fn an_empty_tree_is_clean() {
    let outcome = Tree::new().scan();
    assert!(outcome.complete);
    assert!(outcome.findings.is_empty() && outcome.skipped.is_empty());
    assert_eq!(outcome.stats.files, 0);
}

#[test]
fn hidden_and_ignored_files_are_read() {
    let tree = Tree::new();
    tree.file("a/.env", url(1));
    tree.file(".hidden/x", url(2));
    tree.file(".gitignore", "*\n");
    tree.file("plain.txt", "nothing here");
    let outcome = tree.scan();
    assert_eq!(seen(&outcome), [(".hidden/x".into(), 1, 2), ("a/.env".into(), 1, 1)]);
    assert_eq!(outcome.stats.files, 4);
    assert_eq!(outcome.stats.candidates, 2);
    assert_eq!(outcome.stats.bytes, (url(1).len() + url(2).len() + 2 + 12) as u64);
    assert!(outcome.complete);
    let location = &outcome.findings[1].location;
    assert_eq!(location.absolute.as_deref(), Some(tree.at("a/.env").as_path()));
    assert_eq!(location.repository, None);
}

#[test]
fn what_is_left_out_is_counted() {
    let mut tree = Tree::new();
    tree.file("repo/.git/HEAD", "ref: refs/heads/main\n");
    tree.file("repo/.gitignore", "*.log\n/build/\npre-*\n");
    tree.file("repo/.git/hooks/pre-push", url(7));
    tree.file("repo/x.log", url(1));
    tree.file("repo/build/x", url(2));
    tree.file("repo/keep", url(3));
    tree.file("vendor/x", url(4));
    tree.file("a/b.min.js", url(5));
    tree.file("big", url(6).repeat(100));
    tree.options.respect_gitignore = true;
    tree.options.exclude = vec!["/vendor".into(), "*.min.js".into()];
    tree.options.max_filesize = Some(1000);
    let outcome = tree.scan();
    assert_eq!(paths(&outcome), ["repo/.git/hooks/pre-push", "repo/keep"]);
    assert_eq!(outcome.stats.skipped[&SkipReason::GitIgnored], 2);
    assert_eq!(outcome.stats.skipped[&SkipReason::Excluded], 2);
    assert_eq!(skipped(&outcome), named(&[("big", SkipReason::TooLarge)]));
    assert!(outcome.complete, "choices do not make a scan incomplete");
}

#[test]
fn a_bad_glob_is_an_error() {
    let mut tree = Tree::new();
    tree.options.exclude = vec!["ok/**".into(), "a[".into()];
    let error = run::run(&tree.options, &Cancel::new(), &(), &tree.places, &mut std::io::empty())
        .unwrap_err();
    assert!(matches!(error, ScanError::BadGlob { ref pattern, .. } if pattern == "a["), "{error}");
}

#[test]
fn roots_that_cannot_be_read_are_named() {
    let mut tree = Tree::new();
    tree.file("here/x", url(1));
    symlink("nowhere", tree.at("dangling")).unwrap();
    symlink("loop", tree.at("loop")).unwrap();
    tree.options.roots = ["none", "dangling", "loop", "here"].map(|name| tree.at(name)).to_vec();
    let outcome = tree.scan();
    let shown = |name: &str| tree.at(name).display().to_string();
    assert_eq!(
        skipped(&outcome),
        [
            (shown("none"), SkipReason::NotFound),
            (shown("dangling"), SkipReason::BrokenLink),
            (shown("loop"), SkipReason::LinkLoop),
        ]
    );
    assert_eq!(paths(&outcome), ["x"]);
    assert_eq!(outcome.findings[0].location.root, 3);
    assert!(!outcome.complete);
}

#[test]
fn overlapping_roots_report_each_file_once() {
    let mut tree = Tree::new();
    tree.file("a/b/x", url(1));
    tree.file("a/y", url(2));
    tree.file("a/z", url(3));
    tree.options.roots = ["a", "a/b", "a/z", "a/b/x", "a", "a/b/../y"].map(|p| tree.at(p)).to_vec();
    let outcome = tree.scan();
    let found: Vec<_> =
        outcome.findings.iter().map(|f| (f.location.root, f.location.path.clone())).collect();
    let shown =
        |path: &str| tree.dir.path().canonicalize().unwrap().join(path).display().to_string();
    assert_eq!(found, [(2, shown("a/z")), (3, shown("a/b/x")), (5, shown("a/b/../y"))]);
    assert_eq!(outcome.stats.files, 3);
}

#[test]
fn standard_input_is_read_once() {
    let mut tree = Tree::new();
    tree.options.roots = vec!["-".into(), "-".into()];
    let outcome = tree.scan();
    assert_eq!(seen(&outcome), [("-".into(), 1, 99)]);
    assert_eq!(outcome.findings[0].location.absolute, None);
}

#[test]
fn special_files_are_never_opened() {
    let mut tree = Tree::new();
    tree.file("x", url(1));
    // Opening a FIFO without a writer would block for ever.
    assert!(Command::new("mkfifo").arg(tree.at("fifo")).status().unwrap().success());
    assert!(Command::new("mkfifo").arg(tree.at(".gitmodules")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(tree.at("socket")).unwrap();
    let outcome = tree.scan();
    assert_eq!(
        skipped(&outcome),
        named(&[
            (".gitmodules", SkipReason::SpecialFile),
            ("fifo", SkipReason::SpecialFile),
            ("socket", SkipReason::SpecialFile),
        ])
    );
    assert!(outcome.complete);

    tree.options.roots = vec![tree.at("fifo"), "/dev/null".into(), "/proc/self/environ".into()];
    let outcome = tree.scan();
    let reasons: Vec<_> = outcome.skipped.iter().map(|skipped| skipped.reason).collect();
    assert_eq!(
        reasons,
        [SkipReason::SpecialFile, SkipReason::SpecialFile, SkipReason::OtherFileSystem]
    );
}

#[test]
fn other_file_systems_are_named() {
    // The kernel's are never entered, whatever the options say.
    let mut tree = Tree::new();
    tree.options.roots = vec!["/proc".into()];
    tree.options.one_file_system = false;
    let outcome = tree.scan();
    assert_eq!(skipped(&outcome), named(&[("/proc", SkipReason::OtherFileSystem)]));
    assert_eq!(outcome.stats.files, 0);

    // What is mounted in /dev differs; no file in /dev itself is regular.
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let mut mounted: Vec<_> = table
        .lines()
        .filter_map(|line| line.split(' ').nth(4)?.strip_prefix("/dev/"))
        .filter(|name| !name.contains('/') && Path::new("/dev").join(name).is_dir())
        .map(|name| (name.to_owned(), SkipReason::OtherFileSystem))
        .collect();
    mounted.sort();
    mounted.dedup();
    assert!(!mounted.is_empty(), "a Linux without /dev/pts and /dev/shm");
    tree.options.roots = vec!["/dev".into()];
    tree.options.one_file_system = true;
    let outcome = tree.scan();
    let mut named = skipped(&outcome);
    named.retain(|(_, reason)| *reason == SkipReason::OtherFileSystem);
    assert_eq!(named, mounted);
    assert!(outcome.complete);
}

#[test]
fn links_are_counted_but_not_followed() {
    let tree = Tree::new();
    tree.file("a/x", url(1));
    symlink("a", tree.at("l")).unwrap();
    symlink("nowhere", tree.at("dangling")).unwrap();
    symlink(".", tree.at("a/up")).unwrap();
    let outcome = tree.scan();
    assert_eq!(paths(&outcome), ["a/x"]);
    assert_eq!(outcome.stats.skipped[&SkipReason::SymbolicLink], 3);
    assert!(outcome.skipped.is_empty() && outcome.complete);
}

#[test]
fn links_are_followed_without_loops_or_repeats() {
    let mut tree = Tree::new();
    tree.file("root/a/x", url(1));
    tree.file("out/deep/y", url(2));
    tree.file("out/file", url(3));
    symlink("../..", tree.at("root/a/up")).unwrap();
    symlink("a", tree.at("root/again")).unwrap();
    symlink("a/x", tree.at("root/again.x")).unwrap();
    symlink("../out/deep", tree.at("root/deep")).unwrap();
    symlink("../out/deep/y", tree.at("root/deep.y")).unwrap();
    symlink("../out/file", tree.at("root/l.file")).unwrap();
    symlink("../out/file", tree.at("root/m.file")).unwrap();
    symlink("../../root", tree.at("out/deep/back")).unwrap();
    symlink("nowhere", tree.at("root/dangling")).unwrap();
    symlink("self", tree.at("root/self")).unwrap();
    tree.options.roots = vec![tree.at("root")];
    tree.options.follow = true;
    let outcome = tree.scan();
    assert_eq!(
        skipped(&outcome),
        named(&[
            ("a/up", SkipReason::LinkLoop),
            ("dangling", SkipReason::BrokenLink),
            ("self", SkipReason::LinkLoop),
        ])
    );
    assert_eq!(
        seen(&outcome),
        [("a/x".into(), 1, 1), ("deep/y".into(), 1, 2), ("l.file".into(), 1, 3)]
    );
    assert_eq!(outcome.findings[1].location.absolute, Some(tree.at("out/deep/y")));
    assert_eq!(outcome.stats.files, 3);
    assert!(!outcome.complete);
}

#[test]
fn names_that_are_not_utf8_keep_their_bytes() {
    let tree = Tree::new();
    let name = std::ffi::OsStr::from_bytes(b"a\xFFb/.env");
    let path = tree.at("").join(name);
    fs::create_dir(path.parent().unwrap()).unwrap();
    fs::write(&path, url(1)).unwrap();
    let outcome = tree.scan();
    let location = &outcome.findings[0].location;
    assert_eq!(location.path, "a\u{FFFD}b/.env");
    assert_eq!(location.path_bytes.as_deref(), Some(&b"a\xFFb/.env"[..]));
    assert_eq!(location.absolute.as_deref(), Some(path.as_path()));
}

#[test]
fn no_output_holds_a_secret() {
    let tree = Tree::new();
    tree.file(&format!("{}/x.sh", secret(1)), format!("git clone {}", url(1)));
    tree.file(&format!("dump-{}.log", secret(2)), "");
    tree.file(&format!("repo-{}/.git/HEAD", secret(1)), "x");
    tree.file(&format!("repo-{}/a.sh", secret(1)), format!("git clone {}", url(2)));
    assert!(
        Command::new("mkfifo").arg(tree.at(&format!("f{}", secret(2)))).status().unwrap().success()
    );
    let outcome = tree.scan();
    assert_eq!(outcome.findings.len(), 2);
    assert_eq!(outcome.skipped.len(), 1);
    assert_eq!(outcome.repositories.len(), 1);
    let mut shown = format!("{:#?}", outcome.skipped);
    for finding in &outcome.findings {
        // The way to the file is no output, nor is the repository's.
        let mut finding = finding.clone();
        finding.location.absolute = None;
        shown += &finding.location.repository.take().map_or_else(String::new, |r| r.name.clone());
        shown.extend([format!("{finding:#?}")]);
    }
    for n in [1, 2] {
        assert!(!shown.contains(&secret(n)[..30]), "{shown}");
    }
    assert!(shown.contains("repo-ATBB…2C3D"), "{shown}");
}

#[test]
fn any_number_of_threads_gives_the_same() {
    let mut tree = Tree::new();
    for n in 0..60 {
        tree.file(&format!("d{}/e{}/f{n}.sh", n % 7, n % 3), format!("{}\n{}", url(n), url(n / 2)));
    }
    for n in 0..5 {
        let repo = tree.at(&format!("d{n}/repo"));
        let repo = git2::Repository::init(repo).unwrap();
        repo.remote("origin", &url(n)).unwrap();
        symlink("/nowhere", tree.at(&format!("d{n}/link"))).unwrap();
    }
    tree.options.follow = true;
    let mut outcomes = [1, 2, 8].map(|threads| {
        tree.options.threads = threads;
        without_time(tree.scan())
    });
    assert!(outcomes[0].contains("run:60"), "{}", outcomes[0]);
    outcomes.sort();
    assert_eq!(outcomes[0], outcomes[1]);
    assert_eq!(outcomes[1], outcomes[2]);
}

#[test]
fn a_stopped_scan_says_so() {
    let tree = Tree::new();
    tree.file("x", url(1));
    let cancel = Cancel::new();
    cancel.cancel();
    let outcome = tree.scan_with(&cancel);
    assert!(!outcome.complete);
    assert!(outcome.findings.is_empty());
    assert_eq!(outcome.stats.skipped[&SkipReason::Cancelled], 1);
    assert!(
        outcome.skipped[0].path.ends_with(tree.dir.path().file_name().unwrap().to_str().unwrap())
    );
}

#[test]
fn what_was_seen_before_the_stop_is_kept() {
    struct StopAtOnce(Cancel);
    impl Observer for StopAtOnce {
        fn file(&self, _: u64, _: usize) {
            self.0.cancel();
        }
    }
    let mut tree = Tree::new();
    for n in 0..50 {
        tree.file(&format!("{n}.sh"), url(n));
    }
    tree.file("r/.git/config", format!("[remote \"o\"]\nurl = {}\n", url(60)));
    tree.options.threads = 1;
    let cancel = Cancel::new();
    let observer = StopAtOnce(cancel.clone());
    let outcome =
        run::run(&tree.options, &cancel, &observer, &tree.places, &mut std::io::empty()).unwrap();
    assert_eq!((outcome.findings.len(), outcome.stats.files), (1, 1));
    assert!(!outcome.complete);
    assert!(outcome.stats.skipped[&SkipReason::Cancelled] >= 1);
}

#[test]
fn encrypted_stores_are_named() {
    let tree = Tree::new();
    tree.file(".netrc.gpg", [0x85, 0x02, 0x0C, 0x03]);
    tree.file("home/.authinfo.gpg", "");
    let outcome = tree.scan();
    assert_eq!(
        skipped(&outcome),
        named(&[
            (".netrc.gpg", SkipReason::Encrypted),
            ("home/.authinfo.gpg", SkipReason::Encrypted)
        ])
    );
    assert!(!outcome.complete);
}

#[test]
fn an_observer_is_told() {
    use std::sync::atomic::AtomicU64;
    #[derive(Default)]
    struct Counts([AtomicU64; 4]);
    impl Observer for Counts {
        fn file(&self, bytes: u64, findings: usize) {
            self.0[0].fetch_add(bytes, Ordering::Relaxed);
            self.0[1].fetch_add(findings as u64, Ordering::Relaxed);
        }
        fn repository(&self) {
            self.0[2].fetch_add(1, Ordering::Relaxed);
        }
        fn skipped(&self) {
            self.0[3].fetch_add(1, Ordering::Relaxed);
        }
    }
    let tree = Tree::new();
    tree.file("x", url(1));
    tree.file("repo/.git/HEAD", "");
    symlink("x", tree.at("l")).unwrap();
    let counts = Counts::default();
    run::run(&tree.options, &Cancel::new(), &counts, &tree.places, &mut std::io::empty()).unwrap();
    let counts = counts.0.map(AtomicU64::into_inner);
    assert_eq!(counts, [url(1).len() as u64, 1, 1, 1]);
}

/// Mode bits do not stop root: as root the test runs itself once more as another user.
#[test]
fn unreadable_inputs_are_named() {
    const TREE: &str = "BBSWEEP_TEST_TREE";
    if let Some(root) = std::env::var_os(TREE) {
        let options = ScanOptions { roots: vec![root.into()], ..ScanOptions::default() };
        let outcome =
            run::run(&options, &Cancel::new(), &(), &Places::default(), &mut std::io::empty())
                .unwrap();
        assert_eq!(
            skipped(&outcome),
            named(&[
                ("file", SkipReason::PermissionDenied),
                ("folder", SkipReason::PermissionDenied),
                ("repo/.git/config", SkipReason::PermissionDenied),
            ])
        );
        assert_eq!(paths(&outcome), ["open"]);
        assert!(!outcome.complete);
        return;
    }
    let tree = Tree::new();
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    tree.file("open", url(1));
    tree.file("folder/x", url(2));
    tree.file("repo/.git/HEAD", "ref: refs/heads/main\n");
    mode(&tree.at(""), 0o755);
    for path in ["file", "repo/.git/config"] {
        mode(&tree.file(path, url(3)), 0o000);
    }
    mode(&tree.at("folder"), 0o000);
    // The test's own program may be where another user can't go.
    let program = tree.at("").with_extension("test");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    mode(&program, 0o755);

    let mut again = Command::new(&program);
    again.args(["--exact", "engine::tests::files::unreadable_inputs_are_named"]);
    again.env(TREE, tree.at("")).current_dir("/");
    if std::os::unix::fs::MetadataExt::uid(&fs::metadata(&program).unwrap()) == 0 {
        std::os::unix::process::CommandExt::uid(&mut again, 65534);
    }
    let output = again.output();
    fs::remove_file(&program).unwrap();
    mode(&tree.at("folder"), 0o755);
    let output = output.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
fn parts_come_to_the_whole_and_no_repository_is_split() {
    let mut tree = Tree::new();
    for n in 0..12 {
        tree.file(&format!("team{}/r{n}/.git/HEAD", n % 3), "ref: refs/heads/main\n");
        tree.file(
            &format!("team{}/r{n}/.git/config", n % 3),
            format!("[remote \"o\"]\n\turl = {}\n", url(n)),
        );
        tree.file(&format!("team{}/r{n}/ci/a.sh", n % 3), format!("git clone {}\n", url(20 + n)));
        // A repository in a repository goes with it.
        tree.file(&format!("team{}/r{n}/sub/.git/HEAD", n % 3), "ref: refs/heads/main\n");
        tree.file(&format!("team{}/r{n}/sub/b.sh", n % 3), format!("git clone {}\n", url(40 + n)));
        tree.file(&format!("plain/{n}.sh"), format!("git clone {}\n", url(60 + n)));
    }
    let whole = tree.scan();
    let mut parts: Vec<(String, u64, u32)> = Vec::new();
    let mut repositories = Vec::new();
    for number in 1..=3 {
        tree.options.shard = Some(format!("{number}/3").parse().unwrap());
        let part = tree.scan();
        assert!(part.complete && !part.findings.is_empty());
        assert!(part.stats.skipped[&SkipReason::OtherShard] > 0);
        for repository in &part.repositories {
            let of = |outcome: &Outcome| {
                let name = |path: &String| path.starts_with(&format!("{}/", repository.name));
                paths(outcome).iter().filter(|path| name(path)).count()
            };
            assert_eq!(of(&part), of(&whole), "{}", repository.name);
        }
        repositories.extend(part.repositories.iter().map(|repository| repository.name.clone()));
        parts.extend(seen(&part));
    }
    parts.sort();
    repositories.sort();
    assert_eq!(parts, seen(&whole));
    let all: Vec<_> = whole.repositories.iter().map(|repository| repository.name.clone()).collect();
    assert_eq!(repositories, all);
    // Roots that are repositories are shared among the parts, too.
    let roots: Vec<PathBuf> = (0..12).map(|n| tree.at(&format!("team{}/r{n}", n % 3))).collect();
    tree.options.roots = roots;
    let mut found = 0;
    for number in 1..=3 {
        tree.options.shard = Some(format!("{number}/3").parse().unwrap());
        found += tree.scan().findings.len();
    }
    assert_eq!(found, 36);
}
