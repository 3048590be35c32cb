//! `protect --staged`

use std::fs;

use super::{Repo, hook, tells_nothing, url};
use crate::support::{BIN, Ran, Sandbox};

#[test]
fn a_new_app_password_stops_the_commit() {
    for format in ["sha1", "sha256"] {
        let sandbox = Sandbox::new();
        let repo = Repo::new(&sandbox, "r", &["--object-format", format]);
        // The very first commit too.
        repo.add("ci/build.sh", format!("set -e\n{}", url(1)));
        let ran = repo.stopped(&[]);
        assert!(ran.stderr.contains("ci/build.sh:2:"), "{ran:?}");
        assert!(ran.stderr.contains("git commit --no-verify"), "{ran:?}");
        repo.add("ci/build.sh", "set -e\n");
        let ran = repo.passes(&[]);
        assert_eq!((ran.stdout, ran.stderr), (String::new(), String::new()));
        repo.add("ci/build.sh", format!("set -e\n{}", url(1)));
        repo.stopped(&[]);
        repo.passes(&["--no-verify"]);
        // There now, and no more in the way.
        repo.add("ci/build.sh", format!("set -e\n# more\n{}", url(1)));
        repo.passes(&[]);
    }
}

#[test]
fn what_is_staged_counts_and_not_the_work_tree() {
    let sandbox = Sandbox::new();
    let repo = Repo::new(&sandbox, "r", &[]);
    repo.add("a.sh", "true\n");
    repo.passes(&[]);
    repo.add("a.sh", url(1));
    repo.write("a.sh", "true\n");
    repo.stopped(&[]);
    repo.add("a.sh", "echo\n");
    repo.write("a.sh", url(1));
    repo.passes(&[]);
    // With an index of its own for each.
    repo.stopped(&["-a"]);
    repo.add("b.sh", "true\n");
    repo.stopped(&["a.sh"]);
    repo.passes(&["b.sh"]);
    // Not in the index, and not scanned.
    repo.write("c.sh", url(2));
    repo.add("d.sh", "true\n");
    repo.passes(&[]);
}

#[test]
fn what_moves_is_not_new() {
    let sandbox = Sandbox::new();
    let repo = Repo::new(&sandbox, "r", &[]);
    repo.add("a.sh", format!("one\n{}two\n", url(1)));
    repo.add("deep/in/b.sh", url(2));
    repo.add("deep/in/c.txt", "c\n");
    repo.commit("old");
    repo.add("a.sh", format!("one\ntwo\nthree\n{}", url(1)));
    repo.passes(&[]);
    repo.git(&["mv", "a.sh", "moved.sh"]);
    repo.passes(&[]);
    repo.git(&["mv", "deep", "elsewhere"]);
    repo.add("elsewhere/in/b.sh", format!("first\n{}", url(2)));
    repo.passes(&[]);
    // A folder takes a file's place, and the other way round.
    repo.git(&["mv", "moved.sh", "x"]);
    repo.git(&["mv", "x", "y"]);
    repo.git(&["mv", "elsewhere/in/b.sh", "moved.sh"]);
    repo.passes(&[]);
    repo.git(&["mv", "moved.sh", "z"]);
    fs::create_dir(repo.dir.join("moved.sh")).unwrap();
    repo.git(&["mv", "z", "moved.sh/b.sh"]);
    repo.passes(&[]);
    // A copy is new, a second line is, and so is another secret in the same place.
    repo.add("copy.sh", fs::read(repo.dir.join("y")).unwrap());
    repo.stopped(&[]);
    repo.git(&["rm", "-q", "--cached", "copy.sh"]);
    let old = fs::read_to_string(repo.dir.join("y")).unwrap();
    repo.add("y", format!("{old}{}", url(1)));
    repo.stopped(&[]);
    repo.add("y", old.replace(url(1).trim(), url(3).trim()));
    repo.stopped(&[]);
    // From one file to another, both still there.
    repo.add("y", old.replace(&url(1), ""));
    repo.add("z.sh", url(1));
    repo.passes(&[]);
    // One moves, two come.
    repo.git(&["rm", "-qf", "z.sh"]);
    repo.add("one.sh", url(1));
    repo.passes(&[]);
    repo.git(&["rm", "-q", "one.sh"]);
    repo.add("two.sh", url(1));
    repo.add("three.sh", url(1));
    let ran = repo.stopped(&[]);
    assert!(ran.stderr.contains("1 new app password."), "{ran:?}");
}

#[test]
fn a_merge_brings_in_nothing_new() {
    let sandbox = Sandbox::new();
    let repo = Repo::new(&sandbox, "r", &[]);
    repo.add("a.sh", "base\n");
    repo.commit("base");
    repo.git(&["checkout", "-qb", "side"]);
    repo.add("old.sh", url(1));
    repo.add("a.sh", "side\n");
    repo.commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.add("a.sh", format!("main\n{}", url(2)));
    repo.commit("main");
    repo.run(&["merge", "-q", "side"]).exits(1);
    // In the middle of the conflict, from one of its sides.
    assert!(repo.protect(&["--staged"]).exits(0).stdout.is_empty());
    repo.add("a.sh", format!("both\n{}", url(2)));
    repo.add("new.sh", url(3));
    let ran = repo.stopped(&[]);
    assert!(ran.stderr.contains("new.sh") && !ran.stderr.contains("old.sh"), "{ran:?}");
    repo.git(&["rm", "-qf", "new.sh"]);
    repo.passes(&[]);
}

#[test]
fn wherever_git_runs_it() {
    let sandbox = Sandbox::new();
    let repo = Repo::new(&sandbox, "r", &[]);
    repo.add("sub/a.sh", "true\n");
    repo.passes(&[]);
    // A linked worktree has an index and a HEAD of its own.
    repo.git(&["worktree", "add", "-q", "../w"]);
    let linked = Repo { sandbox: &sandbox, dir: sandbox.home().join("w") };
    linked.add("sub/a.sh", url(1));
    linked.stopped(&[]);
    assert!(repo.protect(&["--staged"]).exits(0).stdout.is_empty());
    linked.protect(&["--staged"]).exits(1);
    // A subfolder.
    let below = Repo { sandbox: &sandbox, dir: sandbox.home().join("w/sub") };
    below.stopped(&[]);
    let ran = below.protect(&["--staged"]).exits(1);
    assert!(ran.stdout.contains("--> sub/a.sh:1:"), "{ran:?}");
    // Git's variables.
    let mut command = sandbox.command(BIN);
    command.args(["protect", "--staged"]).env("GIT_DIR", "w/.git").env("GIT_WORK_TREE", "w");
    let ran = Ran::of(&command.output().unwrap()).exits(1);
    tells_nothing(&ran);
    // A branch that only packed-refs knows.
    linked.add("sub/a.sh", "echo\n");
    linked.passes(&[]);
    repo.git(&["pack-refs", "--all"]);
    repo.git(&["gc", "-q"]);
    linked.protect(&["--staged"]).exits(0);
    linked.add("sub/a.sh", url(1));
    linked.stopped(&[]);
}

#[test]
fn every_kind_of_index() {
    let sandbox = Sandbox::new();
    for (number, setup) in [
        &["update-index", "--index-version", "4"][..],
        &["update-index", "--split-index"],
        &["sparse-checkout", "set", "--cone", "--sparse-index", "in"],
        &["config", "index.skipHash", "true"],
    ]
    .into_iter()
    .enumerate()
    {
        let repo = Repo::new(&sandbox, &format!("r{number}"), &[]);
        for folder in ["in", "out", "out/deep"] {
            repo.add(&format!("{folder}/a.sh"), "true\n");
            repo.add(&format!("{folder}/b.sh"), "true\n");
        }
        repo.add("out/old.sh", url(2));
        repo.commit("base");
        repo.git(setup);
        repo.add("in/a.sh", "echo\n");
        repo.passes(&[]);
        repo.add("in/b.sh", url(1));
        let ran = repo.stopped(&[]);
        assert!(ran.stderr.contains("in/b.sh") && !ran.stderr.contains("out/"), "{ran:?}");
    }
}

/// The number of files scanned is that of the files that git says are changed.
#[test]
fn the_same_files_as_git_diff() {
    let sandbox = Sandbox::new();
    let repo = Repo::new(&sandbox, "r", &[]);
    let mut state = 7_u64;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % below
    };
    // Names that sort differently as files and as folders.
    let folders = ["", "a/", "a-b/", "a.b/", "a/a/", "a/a0/", "b/c/d/"];
    let names = ["x", "x.y", "x-y", "x0"];
    for round in 0..12 {
        for _ in 0..10 {
            let folder = folders[usize::try_from(next(7)).unwrap()];
            let path = format!("{folder}{}", names[usize::try_from(next(4)).unwrap()]);
            if next(4) == 0 {
                repo.run(&["rm", "-qf", "--ignore-unmatch", &path]);
            } else {
                repo.add(&path, format!("{}\n", next(5)));
            }
        }
        if round % 3 == 1 {
            repo.git(&["write-tree"]);
        }
        if round % 4 == 3 {
            // Forgets the trees that it knows.
            repo.git(&["read-tree", "--empty"]);
            repo.git(&["add", "-A"]);
        }
        let of_git = if repo.head().is_empty() {
            repo.git(&["ls-files"])
        } else {
            repo.git(&[
                "diff-index",
                "--cached",
                "--no-renames",
                "--diff-filter=d",
                "--name-only",
                "HEAD",
            ])
        };
        let ran = repo.protect(&["--staged", "--format", "json"]).exits(0);
        assert_eq!(ran.json()["summary"]["files"], of_git.lines().count(), "{of_git}");
        if next(2) == 0 {
            repo.commit("round");
        }
    }
}

#[test]
fn what_is_no_text_file() {
    let sandbox = Sandbox::new();
    let repo = Repo::new(&sandbox, "r", &[]);
    let inner = Repo::new(&sandbox, "r/module", &[]);
    inner.add("a.sh", "true\n");
    inner.commit("inner");
    repo.run(&["add", "module"]).exits(0);
    std::os::unix::fs::symlink(url(1).trim().replace('/', "_"), repo.dir.join("link")).unwrap();
    repo.git(&["add", "link"]);
    repo.write("later.sh", url(2));
    repo.git(&["add", "--intent-to-add", "later.sh"]);
    repo.add("binary", [&[0, 159, 146, 150][..], &[0; 5000]].concat());
    repo.add("run.sh", "true\n");
    let json = repo.protect(&["--staged", "--format", "json"]).exits(0).json();
    assert_eq!(json["summary"]["files"], 2, "{json}");
    assert_eq!(json["summary"]["skipped"]["symbolic-link"], 1, "{json}");
    // Larger than what is read at a time, with the secret at its end.
    repo.add("large.sh", [&"# filler\n".repeat(1_000_000), url(3).as_str()].concat());
    let ran = repo.stopped(&[]);
    assert!(ran.stderr.contains("large.sh:1000001:"), "{ran:?}");
    let args = ["--staged", "--max-filesize", "1M", "--format", "json"];
    let json = repo.protect(&args).exits(0).json();
    assert_eq!(json["summary"]["skipped"]["too-large"], 1, "{json}");
    repo.git(&["rm", "-q", "--cached", "large.sh"]);
    // A file that becomes a link, and its mode.
    repo.passes(&[]);
    repo.git(&["update-index", "--chmod=+x", "run.sh"]);
    let json = repo.protect(&["--staged", "--format", "json"]).exits(0).json();
    assert_eq!(json["summary"]["files"], 0, "{json}");
}

#[test]
fn other_findings_are_shown_and_stop_nothing() {
    let sandbox = Sandbox::new();
    let repo = Repo::new(&sandbox, "r", &[]);
    let call = "curl -u joe:$BITBUCKET_APP_PASSWORD https://api.bitbucket.org/2.0/user\n";
    repo.add("a.sh", call);
    let ran = repo.passes(&[]);
    assert!(ran.stderr.contains("warning[curl]"), "{ran:?}");
    assert!(ran.stderr.contains("This commit may pass"), "{ran:?}");
    // Once.
    repo.add("a.sh", format!("echo\n{call}"));
    assert!(repo.passes(&[]).stderr.is_empty());
    // A comment leaks it as well.
    repo.add("b.sh", format!("# {}", url(1)));
    repo.stopped(&[]);
    repo.protect(&["--staged", "--exit-zero"]).exits(0);
    repo.commit("known");
    repo.add("b.sh", format!("#\n# {}", url(1)));
    let json = repo.protect(&["--staged", "--format", "json"]).exits(0).json();
    assert_eq!(json["findings"][0]["severity"], "note", "{json}");
}

#[test]
fn what_is_allowed_passes() {
    let sandbox = Sandbox::new();
    let repo = Repo::new(&sandbox, "r", &[]);
    repo.add("a.sh", url(1).replace('\n', " # bbsweep:ignore -- revoked\n"));
    repo.passes(&[]);
    repo.add("b.sh", url(2));
    let ran = repo.stopped(&[]);
    let id = ran.stderr.split("id = \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    // The one that a scan gives.
    let scan = sandbox.run(["scan", "r", "--format", "json"]).json();
    assert!(scan["findings"].as_array().unwrap().iter().any(|one| one["id"] == id), "{scan}");
    repo.write("bbsweep.toml", format!("[[allow]]\nid = \"{id}\"\nreason = \"a test\"\n"));
    repo.passes(&[]);
    repo.add("c/d.sh", url(3));
    repo.stopped(&[]);
    repo.write("bbsweep.toml", "exclude = [\"c/\"]\n");
    repo.passes(&[]);
    repo.add("e.sh", url(4));
    repo.write("bbsweep.toml", "[rules]\ndisable = [\"url-userinfo\"]\n");
    repo.passes(&[]);
}

#[test]
fn what_cannot_be_read_stops_the_commit() {
    let sandbox = Sandbox::new();
    let repo = Repo::new(&sandbox, "r", &[]);
    repo.add("a.sh", "true\n");
    let id = repo.git(&["rev-parse", ":a.sh"]);
    let object = repo.dir.join(format!(".git/objects/{}/{}", &id[..2], &id[2..]));
    fs::remove_file(&object).unwrap();
    let ran = repo.protect(&["--staged"]).exits(3);
    assert!(ran.stdout.contains("a.sh") && ran.stdout.contains(&id), "{ran:?}");
    // A finding beside it counts more.
    repo.add("b.sh", url(1));
    repo.protect(&["--staged"]).exits(1);
    fs::write(repo.dir.join(".git/index"), "no index").unwrap();
    let ran = repo.protect(&["--staged"]).exits(2);
    assert!(ran.stderr.contains("index"), "{ran:?}");
    sandbox.run(["protect", "--staged"]).exits(2);
    sandbox.run(["protect"]).exits(2);
    sandbox.run(["protect", "--staged", "--pre-receive"]).exits(2);
}

#[test]
fn a_commit_without_an_index_file() {
    let sandbox = Sandbox::new();
    let repo = Repo::new(&sandbox, "r", &[]);
    repo.passes(&["--allow-empty"]);
    hook(&repo.dir.join(".git/hooks/pre-commit"), "--staged --verbose");
    let ran = repo.passes(&["--allow-empty"]);
    assert!(ran.stderr.contains("No app password found in 0 files"), "{ran:?}");
}
