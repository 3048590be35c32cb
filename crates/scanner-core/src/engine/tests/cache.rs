use std::time::SystemTime;

use super::*;

/// A tree whose scans remember, each a minute after the one before.
struct Remembering {
    tree: Tree,
    cache: TempDir,
    minutes: u64,
}

impl Remembering {
    fn new() -> Self {
        let tree = Tree::new();
        tree.file("clean/a.txt", "nothing here");
        tree.file("clean/b.sh", "git clone https://bitbucket.org/team/repo.git\n");
        tree.file("use.sh", format!("git clone {}\n", url(1)));
        Self { tree, cache: tempfile::tempdir().unwrap(), minutes: 0 }
    }

    /// Scans; gives the outcome and how many files were not read.
    fn scan(&mut self) -> (Outcome, u64) {
        self.minutes += 1;
        self.tree.options.cache = Some(self.cache.path().into());
        self.tree.options.now = Some(SystemTime::now() + Duration::from_secs(60 * self.minutes));
        let outcome = self.tree.scan();
        let unchanged = outcome.stats.unchanged.unwrap();
        (outcome, unchanged)
    }
}

/// All but what tells of the cache.
fn essence(mut outcome: Outcome) -> String {
    outcome.stats.unchanged = None;
    without_time(outcome)
}

#[test]
fn a_second_scan_reads_only_what_has_a_use() {
    let mut it = Remembering::new();
    let bare = it.tree.scan();
    let (first, unchanged) = it.scan();
    assert_eq!(unchanged, 0);
    let (second, unchanged) = it.scan();
    assert_eq!((unchanged, second.stats.files), (2, 3));
    assert_eq!(paths(&second), ["use.sh"]);
    // With, warm and without: the same.
    let bare = essence(bare);
    assert_eq!((essence(first), essence(second)), (bare.clone(), bare));
}

#[test]
fn what_changed_is_read_again() {
    let mut it = Remembering::new();
    it.scan();
    // Of the same size, with its old time: what the system notes of a change can't be set back.
    let path = it.tree.at("clean/a.txt");
    let modified = path.metadata().unwrap().modified().unwrap();
    let text = url(2);
    fs::write(&path, "x".repeat(text.len())).unwrap();
    it.scan();
    assert_eq!(it.scan().1, 2);
    fs::write(&path, &text).unwrap();
    fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    let (outcome, unchanged) = it.scan();
    assert_eq!((paths(&outcome), unchanged), (vec!["clean/a.txt".into(), "use.sh".into()], 1));
    // Another file in its place.
    let other = it.tree.file("other", url(3));
    fs::rename(other, it.tree.at("clean/b.sh")).unwrap();
    assert_eq!(paths(&it.scan().0).len(), 3);
    // And gone.
    fs::remove_file(it.tree.at("use.sh")).unwrap();
    assert_eq!(paths(&it.scan().0), ["clean/a.txt", "clean/b.sh"]);
}

#[test]
fn a_clock_that_went_back_leads_to_a_whole_scan() {
    let mut it = Remembering::new();
    it.scan();
    it.minutes = 0;
    it.tree.options.now = None;
    it.scan();
    it.minutes = 0;
    it.tree.options.now = Some(SystemTime::now() - Duration::from_secs(86_400));
    it.tree.options.cache = Some(it.cache.path().into());
    let outcome = it.tree.scan();
    assert_eq!((outcome.stats.unchanged, paths(&outcome).len()), (Some(0), 1));
    assert!(outcome.cache_note.unwrap().contains("later than now"));
}

#[test]
fn no_secret_and_no_path_is_kept() {
    let mut it = Remembering::new();
    it.tree.file("x/not-for-everybody.txt", "nothing");
    it.scan();
    it.scan();
    let bytes = fs::read(it.cache.path().join("bbsweep-cache.redb")).unwrap();
    for text in [secret(1), "use.sh".to_owned(), "not-for-everybody".to_owned(), "joe".to_owned()] {
        assert!(memchr::memmem::find(&bytes, text.as_bytes()).is_none(), "{text}");
    }
}

#[test]
fn what_could_not_be_read_whole_is_told_each_time() {
    let mut it = Remembering::new();
    it.tree.file("k8s/secret.yaml", "apiVersion: v1\nkind: Secret\ndata:\n  url: !!!bitbucket\n");
    it.tree.file(".netrc.gpg", "encrypted");
    let told = skipped(&it.scan().0);
    assert!(!told.is_empty());
    assert_eq!(skipped(&it.scan().0), told);
}

#[test]
fn a_history_is_not_read_again() {
    let mut it = Remembering::new();
    let git = |args: &[&str]| {
        let output = std::process::Command::new("git")
            .arg("-C")
            .arg(it.tree.at(""))
            .args([
                "-c",
                "user.name=Ada",
                "-c",
                "user.email=a@b.c",
                "-c",
                "init.defaultBranch=main",
            ])
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?} {output:?}");
    };
    git(&["init", "-q"]);
    it.tree.file("dead.sh", format!("git pull {}\n", url(5)));
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "first"]);
    git(&["rm", "-q", "dead.sh"]);
    git(&["commit", "-q", "-m", "second"]);
    git(&["gc", "-q"]);
    it.tree.options.history = Some(HistoryOptions::default());
    let bare = it.tree.scan();
    let (first, _) = it.scan();
    // Not an object can be unpacked: nothing but those with a use is asked for.
    let (second, _) = it.scan();
    assert_eq!(essence(first), essence(bare.clone()));
    assert_eq!(essence(second), essence(bare));
    let cache = fs::read(it.cache.path().join("bbsweep-cache.redb")).unwrap();
    assert!(memchr::memmem::find(&cache, secret(5).as_bytes()).is_none());
    // A new commit is read; what was found stays found.
    it.tree.file("more.sh", format!("git pull {}\n", url(6)));
    let git = |args: &[&str]| {
        let output = std::process::Command::new("git")
            .arg("-C")
            .arg(it.tree.at(""))
            .args(["-c", "user.name=Ada", "-c", "user.email=a@b.c"])
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?} {output:?}");
    };
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "third"]);
    fs::remove_file(it.tree.at("more.sh")).unwrap();
    let (third, _) = it.scan();
    assert_eq!(paths(&third), ["dead.sh", "more.sh", "use.sh"]);
    // As if nothing had been known.
    it.tree.options.cache = None;
    let whole = it.tree.scan();
    assert_eq!(essence(third), essence(whole));
}
