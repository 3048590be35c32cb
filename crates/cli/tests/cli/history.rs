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
