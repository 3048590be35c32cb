//! `protect --pre-receive`

use std::fs;

use super::{Repo, hook, tells_nothing, url};
use crate::support::{BIN, Ran, Sandbox, secret};

/// A clone and its server, which has one commit.
struct Pair<'s> {
    repo: Repo<'s>,
    server: Repo<'s>,
}

impl<'s> Pair<'s> {
    fn new(sandbox: &'s Sandbox, format: &str) -> Self {
        let init = ["--object-format", format];
        let server = Repo::at(sandbox, "server.git", &[&["--bare"][..], &init].concat());
        let repo = Repo::at(sandbox, "r", &init);
        repo.git(&["remote", "add", "origin", "../server.git"]);
        repo.add("a.sh", "true\n");
        repo.add("old.sh", url(40));
        repo.commit("base");
        repo.git(&["push", "-q", "origin", "main"]);
        hook(&server.dir.join("hooks/pre-receive"), "--pre-receive");
        Self { repo, server }
    }

    #[track_caller]
    fn passes(&self, args: &[&str]) -> Ran {
        self.repo.run(&[&["push", "-q", "origin"], args].concat()).exits(0)
    }

    #[track_caller]
    fn stopped(&self, args: &[&str]) -> Ran {
        let before = self.server.git(&["for-each-ref"]);
        let ran = self.repo.run(&[&["push", "-q", "origin"], args].concat()).exits(1);
        assert!(ran.stderr.contains("remote: This push is stopped"), "{ran:?}");
        assert_eq!(self.server.git(&["for-each-ref"]), before);
        ran
    }

    /// What the hook says of lines that no git wrote.
    #[track_caller]
    fn lines(&self, lines: &str, args: &[&str]) -> Ran {
        let dir = self.server.dir.display().to_string();
        let script =
            format!("cd '{dir}' && printf '%b' '{lines}' | '{BIN}' protect --pre-receive \"$@\"");
        let mut command = self.repo.sandbox.command("sh");
        let ran = Ran::of(&command.args(["-c", &script, "sh"]).args(args).output().unwrap());
        tells_nothing(&ran);
        ran
    }
}

#[test]
fn a_push_with_a_new_app_password_is_refused() {
    for format in ["sha1", "sha256"] {
        let sandbox = Sandbox::new();
        let pair = Pair::new(&sandbox, format);
        let repo = &pair.repo;
        repo.add("b.sh", "true\n");
        repo.commit("good");
        let ran = pair.passes(&["main"]);
        assert!(!ran.stderr.contains("remote:"), "{ran:?}");
        repo.git(&["checkout", "-qb", "topic"]);
        repo.add("ci/c.sh", url(1));
        let bad = repo.commit("bad");
        let ran = pair.stopped(&["topic"]);
        assert!(ran.stderr.contains("ci/c.sh:1:") && ran.stderr.contains(&bad[..12]), "{ran:?}");
        assert!(!ran.stderr.contains("old.sh"), "{ran:?}");
        // Git threw the quarantine away.
        pair.server.run(&["cat-file", "-e", &bad]).exits(1);
        let blob = repo.git(&["rev-parse", "HEAD:ci/c.sh"]);
        pair.server.run(&["cat-file", "-e", &blob]).exits(1);
        // In the history it is, whatever comes after.
        repo.add("ci/c.sh", "true\n");
        repo.commit("removed");
        let ran = pair.stopped(&["topic"]);
        assert!(ran.stderr.contains(&bad[..12]), "{ran:?}");
        repo.git(&["reset", "-q", "--soft", "main"]);
        repo.commit("squashed");
        pair.passes(&["topic"]);
    }
}

#[test]
fn what_is_there_already_may_be_touched() {
    let sandbox = Sandbox::new();
    let pair = Pair::new(&sandbox, "sha1");
    let repo = &pair.repo;
    repo.add("old.sh", format!("more\n{}", url(40)));
    repo.commit("touched");
    repo.git(&["mv", "old.sh", "moved.sh"]);
    repo.commit("moved");
    repo.git(&["branch", "from-here"]);
    repo.git(&["rm", "-q", "moved.sh"]);
    repo.commit("removed");
    pair.passes(&["main"]);
    // Nothing to look at: an old commit, and a ref that goes.
    pair.passes(&["main~2:refs/heads/old"]);
    pair.passes(&["from-here"]);
    pair.passes(&["--delete", "from-here"]);
    // Back in a file that had it no more, it is new again.
    repo.add("moved.sh", url(40));
    repo.commit("again");
    pair.stopped(&["main"]);
    // Another line of history.
    repo.git(&["checkout", "-q", "--orphan", "other"]);
    repo.git(&["rm", "-rqf", "."]);
    repo.add("x.sh", "true\n");
    repo.commit("orphan");
    pair.passes(&["--force", "other:main"]);
    repo.add("x.sh", url(2));
    repo.commit("amended");
    pair.stopped(&["--force", "other:main"]);
}

#[test]
fn merges_count_once() {
    let sandbox = Sandbox::new();
    let pair = Pair::new(&sandbox, "sha1");
    let repo = &pair.repo;
    for branch in ["one", "two", "three"] {
        repo.git(&["checkout", "-qb", branch, "main"]);
        repo.add(&format!("{branch}.sh"), "true\n");
        repo.commit(branch);
    }
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "-m", "octopus", "one", "two", "three"]);
    pair.passes(&["main"]);
    // On a branch: told there and not in the merge.
    repo.git(&["checkout", "-qb", "bad", "main"]);
    repo.add("bad.sh", url(1));
    let bad = repo.commit("bad");
    repo.git(&["checkout", "-q", "main"]);
    repo.add("good.sh", "true\n");
    repo.commit("good");
    pair.passes(&["main"]);
    repo.git(&["merge", "-q", "-m", "merge", "bad"]);
    let ran = pair.stopped(&["main"]);
    assert!(ran.stderr.contains("1 new app password."), "{ran:?}");
    assert!(ran.stderr.contains(&bad[..12]), "{ran:?}");
    // In the merge itself.
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.git(&["checkout", "-qb", "fine", "HEAD~1"]);
    repo.add("fine.sh", "true\n");
    repo.commit("fine");
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-commit", "fine"]);
    repo.add("evil.sh", url(2));
    let evil = repo.commit("evil");
    let ran = pair.stopped(&["main"]);
    assert!(ran.stderr.contains(&evil[..12]), "{ran:?}");
    // Several refs at once.
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    pair.stopped(&["main", "fine", "bad"]);
    pair.passes(&["main", "fine"]);
}

#[test]
fn messages_and_odd_refs() {
    let sandbox = Sandbox::new();
    let pair = Pair::new(&sandbox, "sha1");
    let repo = &pair.repo;
    repo.commit(&format!("try\n\n{}", url(1)));
    let ran = pair.stopped(&["main"]);
    assert!(ran.stderr.contains("COMMIT_EDITMSG"), "{ran:?}");
    repo.git(&["reset", "-q", "--hard", "HEAD~1"]);
    repo.git(&["tag", "light"]);
    repo.git(&["tag", "-a", "-m", "fine", "v1"]);
    pair.passes(&["--tags"]);
    repo.git(&["tag", "-a", "-m", &format!("use {}", secret::app_password(2)), "v2"]);
    let ran = pair.stopped(&["v2"]);
    assert!(ran.stderr.contains("TAG_EDITMSG"), "{ran:?}");
    // A tag of a tag, of a blob, and of a tree; a ref to a blob.
    repo.git(&["tag", "-a", "-m", "outer", "v3", "v2"]);
    pair.stopped(&["v3"]);
    repo.write("key", url(3));
    let blob = repo.git(&["hash-object", "-w", "key"]);
    repo.git(&["tag", "-a", "-m", "key", "v4", &blob]);
    pair.stopped(&["v4"]);
    repo.git(&["tag", "v5", &blob]);
    pair.stopped(&["v5"]);
    repo.add("in/key", url(3));
    let tree = repo.git(&["write-tree"]);
    repo.git(&["tag", "v6", &tree]);
    let ran = pair.stopped(&["v6"]);
    assert!(ran.stderr.contains("in/key:1:"), "{ran:?}");
    // Known ones may go elsewhere.
    pair.passes(&["v1:refs/tags/v1-again"]);
}

#[test]
fn the_server_says_what_is_allowed() {
    let sandbox = Sandbox::new();
    let pair = Pair::new(&sandbox, "sha1");
    let allow = "[[allow]]\npath = \"b.sh\"\nreason = \"a test\"\n";
    pair.repo.add("b.sh", url(1));
    pair.repo.add("bbsweep.toml", allow);
    pair.repo.commit("who pushes allows it");
    pair.stopped(&["main"]);
    fs::write(pair.server.dir.join("bbsweep.toml"), allow).unwrap();
    pair.passes(&["main"]);
}

#[test]
fn other_findings_do_not_refuse_a_push() {
    let sandbox = Sandbox::new();
    let pair = Pair::new(&sandbox, "sha1");
    let call = "curl -u joe:$BITBUCKET_APP_PASSWORD https://api.bitbucket.org/2.0/user\n";
    pair.repo.add("b.sh", call);
    pair.repo.commit("reference");
    let ran = pair.passes(&["main"]);
    assert!(ran.stderr.contains("remote: This push may pass"), "{ran:?}");
    let too_long = |line: &&str| line.trim_end().chars().count() > 80;
    assert_eq!(ran.stderr.lines().find(too_long), None);
}

#[test]
fn lines_that_git_does_not_write() {
    let sandbox = Sandbox::new();
    let pair = Pair::new(&sandbox, "sha1");
    let head = pair.server.git(&["rev-parse", "main"]);
    let zero = "0".repeat(40);
    pair.lines("", &[]).exits(0);
    pair.lines(&format!("{zero} {head} refs/heads/x\\n"), &[]).exits(0);
    pair.lines(&format!("{zero} {head} refs/heads/x"), &[]).exits(0);
    pair.lines(&format!("{head} {zero} refs/heads/main\\n"), &[]).exits(0);
    for line in [
        "\\n\\n".to_owned(),
        format!("{head}\\n"),
        format!("{zero} {head}\\n"),
        format!("{zero} {head} main\\n"),
        format!("{zero} {} refs/heads/x\\n", &head[1..]),
        format!("{zero} {head}{head} refs/heads/x\\n"),
        format!("{} {} refs/heads/x\\n", "0".repeat(64), "1".repeat(64)),
        format!("{zero} {head} refs/heads/x\\n{zero} {} refs/heads/y\\n", secret::app_password(1)),
        format!("{zero} {head} refs/heads/\\001x\\n"),
    ] {
        let ran = pair.lines(&line, &[]).exits(2);
        assert!(ran.stderr.contains("of standard input is not `OLD NEW REF`"), "{ran:?}");
    }
    // No ref, though git keeps it there.
    let args = ["commit-tree", "main^{tree}", "-p", "main", "-m", "x"];
    let next = pair.server.git(&args);
    fs::write(pair.server.dir.join("ORIG_HEAD"), format!("{next}\n")).unwrap();
    let ran = pair.lines(&format!("{zero} {next} refs/heads/x\\n"), &["--format", "json"]);
    assert_eq!(ran.json()["summary"]["files"], 1);
    let gone = "1".repeat(40);
    let ran = pair.lines(&format!("{zero} {gone} refs/heads/x\\n"), &[]).exits(3);
    assert!(ran.stdout.contains(&gone), "{ran:?}");
}

/// The commits that are scanned are those of `git rev-list NEW --not --all`, whatever the clocks said.
#[test]
fn the_same_commits_as_git_rev_list() {
    let sandbox = Sandbox::new();
    let pair = Pair::new(&sandbox, "sha1");
    let server = &pair.server;
    let tree = server.git(&["rev-parse", "main^{tree}"]);
    let mut state = 3_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut commits = vec![server.git(&["rev-parse", "main"])];
    for number in 0..120 {
        let mut args =
            vec!["commit-tree".to_owned(), tree.clone(), "-m".into(), number.to_string()];
        for _ in 0..=next(3) {
            let near = commits.len().saturating_sub(8);
            let parent = commits[near + next(commits.len() - near)].clone();
            if !args.contains(&parent) {
                args.extend(["-p".into(), parent]);
            }
        }
        let date = format!("{} +0000", 1_700_000_000 + number * 60 + next(3600));
        let mut command = server.command();
        let output = command.args(&args).env("GIT_COMMITTER_DATE", date).output().unwrap();
        commits.push(Ran::of(&output).exits(0).stdout.trim().to_owned());
    }
    for number in 0..10 {
        let at = next(commits.len());
        server.git(&["update-ref", &format!("refs/heads/b{number}"), &commits[at]]);
        let new = &commits[next(commits.len())];
        let other = &commits[next(commits.len())];
        let of_git = server.git(&["rev-list", new, other, "--not", "--all"]);
        let zero = "0".repeat(40);
        let lines = format!("{zero} {new} refs/heads/x\\n{zero} {other} refs/heads/y\\n");
        let json = pair.lines(&lines, &["--format", "json"]).exits(0).json();
        // Of each the message: no file changes.
        assert_eq!(json["summary"]["files"], of_git.lines().count(), "{number}");
    }
}
