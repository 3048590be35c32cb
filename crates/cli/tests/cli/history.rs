//! Credentials in the history of repositories: all found, at the right commit and path, each once.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::{Sandbox, secret, set_mode};

/// A repository that the test writes, each commit a minute after the one before.
struct Builder<'s> {
    sandbox: &'s Sandbox,
    dir: String,
    minute: u32,
    /// By number of the secret: where it has to be found.
    expected: BTreeMap<u64, Expected>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Expected {
    path: String,
    commit: String,
    state: &'static str,
}

impl<'s> Builder<'s> {
    fn new(sandbox: &'s Sandbox, dir: &str) -> Self {
        sandbox.git(sandbox.home(), &["init", "-q", "-b", "main", dir]);
        let builder = Self { sandbox, dir: dir.to_owned(), minute: 0, expected: BTreeMap::new() };
        for (key, value) in [("user.name", "Ada"), ("user.email", "ada@example.com")] {
            builder.git(&["config", key, value]);
        }
        builder
    }

    fn git(&self, args: &[&str]) -> String {
        let date = format!("2024-03-01T{:02}:{:02}:00Z", 8 + self.minute / 60, self.minute % 60);
        let output = self
            .sandbox
            .command("git")
            .arg("-C")
            .arg(self.sandbox.home().join(&self.dir))
            .args(args)
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "git {args:?}: {}", text(&output.stderr));
        text(&output.stdout).trim().to_owned()
    }

    fn write(&self, path: &str, text: &str) {
        self.sandbox.write(format!("{}/{path}", self.dir), text);
    }

    fn remove(&self, path: &str) {
        self.git(&["rm", "-q", path]);
    }

    /// Commits everything; gives the id.
    fn commit(&mut self, message: &str) -> String {
        self.minute += 1;
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.head()
    }

    fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    fn expect(&mut self, number: u64, path: &str, commit: &str, state: &'static str) {
        let one = Expected { path: path.to_owned(), commit: commit.to_owned(), state };
        assert_eq!(self.expected.insert(number, one), None);
    }

    /// A file whose only credential is that of this number.
    fn plant(&self, path: &str, number: u64) {
        self.write(path, &format!("#!/bin/sh\nset -e\n{}", clone(number)));
    }
}

fn clone(number: u64) -> String {
    let secret = secret::app_password(number);
    format!("git clone https://ci:{secret}@bitbucket.org/acme/repo-{number}.git\n")
}

/// The numbers of the secrets found, with where.
fn found(report: &Value, numbers: u64) -> BTreeMap<u64, Vec<Expected>> {
    let masks: BTreeMap<String, u64> =
        (1..=numbers).map(|number| (masked(&secret::app_password(number)), number)).collect();
    assert_eq!(masks.len() as u64, numbers, "the masks tell the secrets apart");
    let mut all: BTreeMap<u64, Vec<Expected>> = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let Some(mask) = finding["secret_masked"].as_str() else { continue };
        let number = masks[mask];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        all.entry(number).or_default().push(Expected {
            path: text(&finding["path"]),
            commit: text(&finding["commit"]),
            state: match finding["state"].as_str().unwrap() {
                "dead-secret" => "dead-secret",
                "app-password" => "app-password",
                other => panic!("{other}"),
            },
        });
    }
    all
}

fn masked(secret: &str) -> String {
    format!("{}…{} ({})", &secret[..4], &secret[secret.len() - 4..], secret.len())
}

#[track_caller]
fn check(report: &Value, expected: &BTreeMap<u64, Expected>) {
    let numbers = expected.keys().max().copied().unwrap();
    let found = found(report, numbers);
    let wanted: BTreeMap<u64, Vec<Expected>> =
        expected.iter().map(|(number, one)| (*number, vec![one.clone()])).collect();
    for number in 1..=numbers {
        assert_eq!(found.get(&number), wanted.get(&number), "number {number}");
    }
}

/// Everything that the issue names, and what else git can do.
fn build(sandbox: &Sandbox) -> Builder<'_> {
    let mut b = Builder::new(sandbox, "repo");
    // In a file that the root commit adds and the next one deletes.
    b.plant("ci/root.sh", 1);
    b.write("README.md", "A project.\n");
    let root = b.commit("root");
    b.expect(1, "repo/ci/root.sh", &root, "dead-secret");
    b.remove("ci/root.sh");
    b.commit("remove");

    // Added under one name, moved, changed, deleted.
    b.plant("old/name.sh", 2);
    let added = b.commit("add");
    b.expect(2, "repo/old/name.sh", &added, "dead-secret");
    fs::create_dir_all(sandbox.home().join("repo/new")).unwrap();
    b.git(&["mv", "old/name.sh", "new/name.sh"]);
    b.commit("move");
    b.write("new/name.sh", &format!("#!/bin/sh\n# changed\n{}", clone(2)));
    b.commit("change");
    b.remove("new/name.sh");
    b.commit("delete");

    // On a branch; the merge leaves it out.
    b.git(&["checkout", "-q", "-b", "side"]);
    b.plant("side.sh", 3);
    let side = b.commit("side");
    b.expect(3, "repo/side.sh", &side, "dead-secret");
    b.git(&["checkout", "-q", "main"]);
    b.commit("on main");
    b.minute += 1;
    b.git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
    b.git(&["rm", "-q", "-f", "side.sh"]);
    // Only in the merge itself.
    b.plant("merge.sh", 4);
    let merge = b.commit("merge side");
    b.expect(4, "repo/merge.sh", &merge, "dead-secret");
    b.git(&["branch", "-q", "-D", "side"]);
    b.remove("merge.sh");
    b.commit("clean the merge up");

    // An octopus: one credential on each arm, one in the merge.
    let mut arms = Vec::new();
    for (arm, number) in [("a", 5), ("b", 6), ("c", 7)] {
        b.git(&["checkout", "-q", "-b", arm, "main"]);
        b.plant(&format!("{arm}.sh"), number);
        let commit = b.commit(arm);
        b.expect(number, &format!("repo/{arm}.sh"), &commit, "dead-secret");
        arms.push(arm);
    }
    b.git(&["checkout", "-q", "main"]);
    b.minute += 1;
    b.git(&["merge", "-q", "--no-ff", "-m", "octopus", "a", "b", "c"]);
    b.plant("octopus.sh", 8);
    b.git(&["add", "-A"]);
    b.git(&["commit", "-q", "--amend", "--no-edit"]);
    let octopus = b.head();
    assert_eq!(b.git(&["rev-list", "--parents", "-1", "HEAD"]).split(' ').count(), 5);
    b.expect(8, "repo/octopus.sh", &octopus, "dead-secret");
    for arm in arms {
        b.git(&["branch", "-q", "-D", arm]);
        b.remove(&format!("{arm}.sh"));
    }
    b.remove("octopus.sh");
    b.commit("clean the octopus up");

    // On a branch that was deleted: the reflog of HEAD leads there.
    b.git(&["checkout", "-q", "-b", "gone"]);
    b.plant("gone.sh", 9);
    let gone = b.commit("gone");
    b.expect(9, "repo/gone.sh", &gone, "dead-secret");
    b.git(&["checkout", "-q", "main"]);
    b.git(&["branch", "-q", "-D", "gone"]);

    // In messages.
    b.minute += 1;
    let message = format!("fetch it all\n\n{}", clone(10));
    let told = b.commit(&message);
    b.expect(10, "repo/COMMIT_EDITMSG", &told, "dead-secret");
    b.git(&["tag", "-a", "v1", "-m", &format!("release\n\n{}", clone(11))]);
    b.expect(11, "repo/TAG_EDITMSG", &told, "dead-secret");
    b.git(&["notes", "add", "-m", &clone(12), "HEAD"]);
    let note = b.git(&["rev-parse", "refs/notes/commits"]);
    b.expect(12, &format!("repo/{told}"), &note, "dead-secret");

    // An orphan branch: nobody has it checked out, and its tip still holds the credential.
    b.git(&["checkout", "-q", "--orphan", "pages"]);
    b.git(&["rm", "-q", "-rf", "."]);
    b.plant("deploy.sh", 13);
    let orphan = b.commit("pages");
    b.expect(13, "repo/deploy.sh", &orphan, "app-password");
    b.git(&["checkout", "-q", "main"]);

    // Stashed: what was changed, staged, and not even added.
    b.plant("README.md", 14);
    b.plant("untracked.sh", 15);
    b.minute += 1;
    b.git(&["stash", "push", "-q", "-u", "-m", "later"]);
    let (stash, untracked) = (b.git(&["rev-parse", "stash"]), b.git(&["rev-parse", "stash^3"]));
    b.expect(14, "repo/README.md", &stash, "dead-secret");
    b.expect(15, "repo/untracked.sh", &untracked, "dead-secret");
    // An older entry, which only the reflog of the stash knows.
    b.minute += 1;
    b.write("README.md", "Nothing.\n");
    b.git(&["stash", "push", "-q", "-m", "newer"]);

    // Amended away.
    b.plant("amended.sh", 16);
    let amended = b.commit("amend me");
    b.expect(16, "repo/amended.sh", &amended, "dead-secret");
    b.remove("amended.sh");
    b.git(&["commit", "-q", "--amend", "--allow-empty", "-m", "amended"]);

    // Still in the work tree, twice changed around the use.
    b.plant("live.sh", 17);
    b.commit("live");
    b.write("live.sh", &format!("#!/bin/sh\n# later\nset -e\n{}", clone(17)));
    b.commit("live still");
    b.expect(17, "repo/live.sh", "", "app-password");
    b
}

#[test]
fn every_credential_once_with_its_commit_and_path() {
    let sandbox = Sandbox::new();
    let b = build(&sandbox);
    let report = sandbox.run(["scan", "--history", "--format", "json"]).exits(1).json();
    check(&report, &b.expected);
    assert_eq!(report["summary"]["complete"], true, "{}", report["skipped"]);

    // The same from one pack with deltas.
    // The commits are from long ago: their reflogs would expire.
    for key in ["gc.reflogExpire", "gc.reflogExpireUnreachable"] {
        b.git(&["config", key, "never"]);
    }
    b.git(&["gc", "-q", "--aggressive", "--prune=never"]);
    let packed = sandbox.run(["scan", "--history", "--format", "json"]).exits(1).json();
    check(&packed, &b.expected);
    for threads in ["1", "3"] {
        let again = sandbox
            .run(["scan", "--history", "--format", "json", "--threads", threads])
            .exits(1)
            .json();
        assert_eq!(again["findings"], packed["findings"]);
        assert_eq!(again["summary"]["history"], packed["summary"]["history"]);
    }
}

/// Scans with the history as JSON.
fn scan(sandbox: &Sandbox, args: &[&str], status: i32) -> Value {
    sandbox.run([&["scan", "--format", "json"], args].concat()).exits(status).json()
}

/// The numbers of the secrets that are found.
fn numbers(report: &Value) -> Vec<u64> {
    found(report, 40).into_keys().collect()
}

/// Reason and path of what was not read.
fn unread(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = report["skipped"].as_array().unwrap().iter();
    rows.map(|row| (text(&row["reason"]), text(&row["path"]))).collect()
}

#[test]
fn a_finding_of_the_work_tree_says_since_when() {
    let sandbox = Sandbox::new();
    let mut b = Builder::new(&sandbox, "repo");
    b.plant("old.sh", 1);
    let first = b.commit("first");
    b.git(&["mv", "old.sh", "new.sh"]);
    b.commit("moved");
    let report = scan(&sandbox, &["--history"], 1);
    let [finding] = &report["findings"].as_array().unwrap()[..] else { panic!("{report}") };
    assert_eq!(finding["commit"], Value::Null);
    assert_eq!(finding["state"], "app-password");
    assert_eq!(finding["history"]["first"]["id"], first);
    assert_eq!(finding["history"]["first"]["author"], "Ada <ada@example.com>");
    assert_eq!(finding["history"]["first"]["date"], "2024-03-01T08:01:00Z");
    assert_eq!(finding["history"]["path"], "new.sh");
    assert_eq!(finding["history"]["paths"], serde_json::json!(["old.sh"]));
    // It is rewritten as ever, and its id is that of a scan without the history.
    assert_ne!(finding["rewrite"]["applicability"], "manual");
    assert_eq!(scan(&sandbox, &[], 1)["findings"][0]["id"], finding["id"]);
    let text = sandbox.run(["scan", "--history"]).exits(1).stdout;
    assert!(text.contains("= history: in each commit since"), "{text}");
}

#[test]
fn a_dead_secret_is_to_be_revoked_and_not_rewritten() {
    let sandbox = Sandbox::new();
    let mut b = Builder::new(&sandbox, "repo");
    b.plant("a.sh", 1);
    b.commit("add");
    b.remove("a.sh");
    b.commit("remove");
    for format in ["terminal", "md"] {
        let text = sandbox.run(["scan", "--history", "--format", format]).exits(1).stdout;
        for part in
            ["dead secret", "only in the git history", "leave the history as it is", "filter-repo"]
        {
            assert!(text.contains(part), "{format}: {part}: {text}");
        }
    }
    // Neither a patch nor an edit is made of it.
    sandbox.run(["apply", "--unsafe"]).exits(0);
    assert_eq!(b.git(&["status", "--porcelain"]), "");
}

#[test]
fn only_since_a_day_and_only_a_branch() {
    let sandbox = Sandbox::new();
    let mut b = Builder::new(&sandbox, "repo");
    b.plant("early.sh", 1);
    b.commit("early");
    b.plant("gone.sh", 2);
    b.commit("to go");
    b.remove("gone.sh");
    b.commit("gone");
    // A day later.
    b.minute += 15 * 60;
    b.git(&["checkout", "-q", "-b", "side"]);
    b.plant("late.sh", 3);
    let late = b.commit("late");
    b.git(&["checkout", "-q", "main"]);
    b.plant("main.sh", 4);
    b.commit(&format!("on main\n\n{}", clone(5)));

    let args = ["--history-only", "--since", "2024-03-01T20:00:00Z"];
    let report = scan(&sandbox, &args, 1);
    assert_eq!(numbers(&report), [3, 4, 5]);
    assert_eq!(found(&report, 5)[&3][0].commit, late);
    assert_eq!(report["header"]["options"]["since"], "2024-03-01T20:00:00Z");
    // The tip of `main` still holds it, however old it is.
    let report = scan(&sandbox, &["--history-only", "--branch", "side"], 1);
    assert_eq!(numbers(&report), [1, 2, 3]);
    assert_eq!(found(&report, 3)[&2][0].state, "dead-secret");
    assert_eq!(found(&report, 3)[&1][0].state, "app-password");
    let report = scan(&sandbox, &["--history-only", "--branch", "no-such"], 3);
    assert_eq!(unread(&report), [("not-found".into(), "repo/.git".into())]);
    for wrong in [&["scan", "--since", "2024-01-01"][..], &["scan", "--history", "--since", "soon"]]
    {
        sandbox.run(wrong).exits(2);
    }
}

#[test]
fn what_nothing_leads_to_is_found_on_request() {
    let sandbox = Sandbox::new();
    let mut b = Builder::new(&sandbox, "repo");
    b.write("README.md", "x");
    b.commit("first");
    b.git(&["checkout", "-q", "-b", "gone"]);
    b.plant("gone.sh", 1);
    let gone = b.commit("gone");
    b.git(&["checkout", "-q", "main"]);
    b.git(&["branch", "-q", "-D", "gone"]);
    fs::remove_dir_all(sandbox.home().join("repo/.git/logs")).unwrap();
    b.plant("blob.sh", 2);
    let blob = b.git(&["hash-object", "-w", "blob.sh"]);
    fs::remove_file(sandbox.home().join("repo/blob.sh")).unwrap();
    scan(&sandbox, &["--history"], 0);
    let report = scan(&sandbox, &["--history", "--unreachable"], 1);
    let found = found(&report, 2);
    assert_eq!(found[&1][0].commit, gone);
    assert_eq!(found[&1][0].path, "repo/gone.sh");
    assert_eq!(found[&2][0].commit, blob);
    for finding in report["findings"].as_array().unwrap() {
        assert_eq!(finding["state"], "dead-secret");
    }
}

#[test]
fn clones_that_lack_a_part_say_so() {
    let sandbox = Sandbox::new();
    let mut b = Builder::new(&sandbox, "origin");
    b.plant("a.sh", 1);
    b.commit("add");
    b.plant("a.sh", 2);
    b.commit("rotate");
    b.write("a.sh", "echo\n");
    b.commit("clean");
    b.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", sandbox.home().join("origin").display());
    let home = sandbox.home();
    sandbox.git(&home, &["clone", "-q", "--depth", "2", &url, "shallow"]);
    sandbox.git(&home, &["clone", "-q", "--filter=blob:none", "--no-checkout", &url, "partial"]);
    let report = scan(&sandbox, &["shallow", "--history"], 1);
    assert_eq!(numbers(&report), [2]);
    assert_eq!(unread(&report), [("shallow".into(), ".git".into())]);
    assert_eq!(report["summary"]["complete"], false);
    let report = scan(&sandbox, &["partial", "--history"], 3);
    assert_eq!(unread(&report), [("not-fetched".into(), ".git".into())]);
    let detail = report["skipped"][0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("3 objects are at the server"), "{detail}");
    // Nothing was fetched for it.
    let left =
        sandbox.git(home.join("partial"), &["rev-list", "--all", "--objects", "--missing=print"]);
    assert_eq!(left.lines().filter(|line| line.starts_with('?')).count(), 3);
}

#[test]
fn a_folder_of_bare_mirrors() {
    let sandbox = Sandbox::new();
    let mut b = Builder::new(&sandbox, "source");
    b.plant("dead.sh", 1);
    b.commit("add");
    b.remove("dead.sh");
    b.plant("live.sh", 2);
    b.commit("change");
    let home = sandbox.home();
    fs::create_dir(home.join("mirrors")).unwrap();
    for name in ["a.git", "b.git", "c.git"] {
        sandbox.git(&home, &["clone", "-q", "--mirror", "source", &format!("mirrors/{name}")]);
    }
    let report = scan(&sandbox, &["mirrors", "--history"], 1);
    let rows: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap().to_owned();
            (text("repository"), text("path"), text("state"))
        })
        .collect();
    let row = |name: &str, path: &str, state: &str| {
        (name.to_owned(), format!("{name}/{path}"), state.to_owned())
    };
    assert_eq!(
        rows,
        [
            row("a.git", "dead.sh", "dead-secret"),
            row("a.git", "live.sh", "app-password"),
            row("b.git", "dead.sh", "dead-secret"),
            row("b.git", "live.sh", "app-password"),
            row("c.git", "dead.sh", "dead-secret"),
            row("c.git", "live.sh", "app-password"),
        ]
    );
    assert_eq!(report["summary"]["history"]["repositories"], 3);
    assert_eq!(report["summary"]["history"]["commits"], 6);
    let text = sandbox.run(["scan", "mirrors", "--history"]).exits(1).stdout;
    assert!(text.contains("still at the tip of main"), "{text}");
}

#[test]
fn worktrees_share_one_history_and_submodules_have_their_own() {
    let sandbox = Sandbox::new();
    let home = sandbox.home();
    let mut sub = Builder::new(&sandbox, "lib");
    sub.plant("lib.sh", 1);
    sub.commit("add");
    sub.remove("lib.sh");
    sub.commit("remove");
    let mut b = Builder::new(&sandbox, "main");
    b.plant("both.sh", 2);
    b.commit("add");
    b.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../lib", "lib"]);
    b.commit("submodule");
    b.git(&["worktree", "add", "-q", "-b", "other", "../other"]);
    fs::remove_dir_all(home.join("lib")).unwrap();
    let report = scan(&sandbox, &["--history"], 1);
    let rows: Vec<_> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["path"].as_str().unwrap(), finding["commit"].is_null()))
        .collect();
    assert_eq!(rows, [("main/both.sh", true), ("main/lib/lib.sh", false), ("other/both.sh", true)]);
    assert_eq!(report["summary"]["history"]["repositories"], 2);
    // Only the worktree: its history is the repository's.
    let report = scan(&sandbox, &["other", "--history"], 1);
    assert_eq!(report["summary"]["history"]["repositories"], 1);
    assert!(report["findings"][0]["history"]["first"]["id"].is_string(), "{report}");
}

#[test]
fn damage_is_named_and_the_rest_is_scanned() {
    let sandbox = Sandbox::new();
    let home = sandbox.home();
    let mut good = Builder::new(&sandbox, "good");
    good.plant("a.sh", 1);
    good.commit("add");
    good.remove("a.sh");
    good.commit("remove");
    let mut b = Builder::new(&sandbox, "bad");
    b.plant("b.sh", 2);
    b.commit("add");
    let pack_dir = home.join("bad/.git/objects/pack");
    b.git(&["gc", "-q"]);
    let pack = fs::read_dir(&pack_dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "pack"))
        .unwrap();
    set_mode(&pack, 0o644);
    fs::write(&pack, "PACK and no more").unwrap();
    let report = scan(&sandbox, &["--history"], 1);
    // The work tree of the damaged one is read as ever.
    assert_eq!(numbers(&report), [1, 2]);
    assert_eq!(report["summary"]["complete"], false);
    let named = unread(&report);
    let relative = pack.strip_prefix(&home).unwrap().to_str().unwrap().to_owned();
    assert!(named.contains(&("corrupt-git".into(), relative)), "{named:?}");
    scan(&sandbox, &["bad", "--history-only"], 3);

    fs::write(home.join("good/.git/objects/info/alternates"), "/nowhere\n").unwrap();
    let report = scan(&sandbox, &["good", "--history"], 1);
    assert_eq!(numbers(&report), [1]);
    assert_eq!(unread(&report), [("corrupt-git".into(), ".git/objects/info/alternates".into())]);

    fs::write(home.join("good/.git/config"), "[extensions]\n\trefstorage = reftable\n").unwrap();
    let report = scan(&sandbox, &["good", "--history"], 3);
    assert!(unread(&report).contains(&("corrupt-git".into(), ".git/config".into())), "{report}");
}

#[test]
fn a_repository_of_another_user_and_one_with_sha256() {
    let sandbox = Sandbox::new();
    let home = sandbox.home();
    sandbox.git(&home, &["init", "-q", "-b", "main", "--object-format=sha256", "sha256"]);
    let mut b = Builder::new(&sandbox, "sha256");
    b.plant("a.sh", 1);
    let first = b.commit("add");
    b.remove("a.sh");
    b.commit("remove");
    b.git(&["gc", "-q"]);
    let report = scan(&sandbox, &["sha256", "--history-only"], 1);
    assert_eq!(found(&report, 1)[&1][0].commit, first);
    assert_eq!(first.len(), 64);

    let mut b = Builder::new(&sandbox, "theirs");
    b.plant("a.sh", 1);
    b.commit("add");
    b.remove("a.sh");
    b.commit("remove");
    // Only the superuser can give a repository away; for others it is a repository like any.
    let _ = sandbox.command("chown").args(["-R", "65534:65534", "theirs"]).output();
    let report = scan(&sandbox, &["theirs", "--history"], 1);
    assert_eq!((numbers(&report), report["summary"]["complete"].as_bool()), (vec![1], Some(true)));
}

#[test]
fn no_secret_of_the_history_is_told() {
    let sandbox = Sandbox::new();
    let b = build(&sandbox);
    let secrets: Vec<String> =
        b.expected.keys().map(|number| secret::app_password(*number)).collect();
    for format in ["terminal", "json", "jsonl", "md"] {
        let ran =
            sandbox.run(["scan", "--history", "--unreachable", "--verbose", "--format", format]);
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.len() > 1000, "{all}");
        for secret in &secrets {
            // Nor a part of it, but for what the mask shows.
            for part in [&secret[..], &secret[4..16], &secret[16..secret.len() - 4]] {
                assert!(!all.contains(part), "{format}");
            }
        }
    }
}

/// Writes history without a work tree.
fn fast_import(sandbox: &Sandbox, dir: &str, stream: &str) {
    use std::io::Write as _;
    sandbox.git(sandbox.home(), &["init", "-q", "--bare", "-b", "main", dir]);
    let mut child = sandbox
        .command("git")
        .args(["-C", dir, "fast-import", "--quiet"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stream.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

#[test]
fn trees_of_any_depth_are_read_or_named() {
    let sandbox = Sandbox::new();
    let file = |number: u64, depth: usize| {
        let (text, path) = (clone(number), "d/".repeat(depth));
        format!("M 100644 inline {path}x.sh\ndata {}\n{text}\n", text.len())
    };
    let commit = |files: &str| {
        format!(
            "commit refs/heads/main\ncommitter Ada <a@b.c> 1709280000 +0000\ndata 1\nx\n{files}\n"
        )
    };
    fast_import(&sandbox, "deep.git", &commit(&format!("{}{}", file(1, 3), file(2, 400))));
    let report = scan(&sandbox, &["deep.git", "--history"], 1);
    assert_eq!(
        (numbers(&report), report["summary"]["complete"].as_bool()),
        (vec![1, 2], Some(true))
    );
    fast_import(&sandbox, "deeper.git", &commit(&format!("{}{}", file(1, 3), file(2, 3000))));
    let report = scan(&sandbox, &["deeper.git", "--history"], 1);
    assert_eq!(numbers(&report), [1]);
    assert!(report["skipped"][0]["detail"].as_str().unwrap().contains("lies too deep"), "{report}");
}

#[test]
fn merges_that_cross_tell_the_first_and_the_last_commit() {
    let sandbox = Sandbox::new();
    let mut b = Builder::new(&sandbox, "repo");
    b.write("README.md", "x");
    b.commit("root");
    b.git(&["checkout", "-q", "-b", "a"]);
    b.plant("a.sh", 1);
    let first = b.commit("a1");
    b.git(&["checkout", "-q", "-b", "b", "main"]);
    b.write("b.txt", "b");
    b.commit("b1");
    let (a1, b1) = (b.git(&["rev-parse", "a"]), b.git(&["rev-parse", "b"]));
    b.minute += 1;
    b.git(&["merge", "-q", "--no-ff", "-m", "b into it", &a1]);
    b.git(&["checkout", "-q", "a"]);
    b.minute += 1;
    b.git(&["merge", "-q", "--no-ff", "-m", "a into it", &b1]);
    b.minute += 1;
    b.git(&["merge", "-q", "--no-ff", "-m", "both", "b"]);
    let last = b.head();
    b.remove("a.sh");
    b.commit("gone");
    b.git(&["branch", "-q", "-f", "b", "a"]);
    b.git(&["checkout", "-q", "main"]);
    let report = scan(&sandbox, &["--history"], 1);
    let [finding] = &report["findings"].as_array().unwrap()[..] else { panic!("{report}") };
    assert_eq!(finding["state"], "dead-secret");
    assert_eq!(finding["history"]["first"]["id"], first);
    assert_eq!(finding["history"]["last"]["id"], last);
}

#[test]
fn the_cache_is_private_and_never_in_the_way() {
    let sandbox = Sandbox::new();
    let mut b = Builder::new(&sandbox, "repo");
    b.plant("a.sh", 1);
    b.commit("add");
    b.remove("a.sh");
    b.plant("b.sh", 2);
    b.commit("change");
    let dir = sandbox.beside("cache");
    let cache = dir.to_str().unwrap();
    let args = ["scan", "--history", "--format", "json"];
    let bare = sandbox.run(args).exits(1).json();
    let file = dir.join("bbsweep-cache.redb");
    for round in ["cold", "warm", "damaged", "anew"] {
        if round == "damaged" {
            fs::write(&file, "no store").unwrap();
        }
        let ran = sandbox.run([&args[..], &["--cache", cache]].concat()).exits(1);
        let report = ran.json();
        assert_eq!(report["findings"], bare["findings"], "{round}");
        assert_eq!(report["summary"]["complete"], true, "{round}");
        assert!(report["summary"]["unchanged"].is_u64(), "{round}");
        assert_eq!(
            ran.stderr.contains("is not used"),
            round == "damaged",
            "{round}: {}",
            ran.stderr
        );
        let bytes = fs::read(&file).unwrap();
        for number in [1, 2] {
            let secret = secret::app_password(number).into_bytes();
            assert!(!bytes.windows(16).any(|part| part == &secret[4..20]), "{round}");
        }
    }
    let ran = sandbox.run(["scan", "--cache", file.to_str().unwrap()]).exits(2);
    assert!(ran.stderr.contains("for the cache"), "{}", ran.stderr);
}
