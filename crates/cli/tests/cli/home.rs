//! The main job on a home directory with several repositories, from the first scan to a clean one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::support::{Sandbox, secret, tree};

/// A home directory as developers have them. Every place holds a secret of its own.
fn plant(sandbox: &Sandbox) {
    let url = |seed: u64, path: &str| {
        format!("https://dev:{}@bitbucket.org/acme/{path}", secret::app_password(seed))
    };
    sandbox.write(
        ".gitconfig",
        format!(
            "[user]\n\tname = Dev\n\temail = dev@example.com\n[init]\n\tdefaultBranch = main\n\
             [url \"{}\"]\n\tinsteadOf = bb:\n",
            url(1, "")
        ),
    );
    sandbox.write(
        ".git-credentials",
        format!(
            "https://dev:{}@bitbucket.org\nhttps://dev:other-host-secret@git.example.com\n",
            secret::legacy(2)
        ),
    );
    sandbox.write(
        ".netrc",
        format!("machine bitbucket.org\n  login dev\n  password {}\n", secret::app_password(3)),
    );
    sandbox.write("notes/todo.txt", format!("ask Sam: {}\n", url(4, "wiki.git")));

    repository(sandbox, "src/alpha", &url(5, "alpha.git"));
    sandbox.write(
        "src/alpha/bitbucket-pipelines.yml",
        "pipelines:\n  default:\n    - step:\n        script:\n          - git clone \
         https://ci:$BITBUCKET_APP_PASSWORD@bitbucket.org/acme/lib.git\n",
    );
    sandbox.write(
        "src/alpha/ci/build.sh",
        format!("#!/bin/bash\nset -e\ngit push {} main\n", url(6, "alpha.git")),
    );
    sandbox.write(
        "src/alpha/.env",
        format!("# local\nBITBUCKET_APP_PASSWORD={}\nPORT=80\n", secret::app_password(7)),
    );

    repository(sandbox, "src/beta", &url(8, "beta.git"));
    sandbox.write(
        "src/beta/.gitmodules",
        format!("[submodule \"lib\"]\n\tpath = lib\n\turl = {}\n", url(9, "lib.git")),
    );
    sandbox.write("src/beta/main.c", "int main(void) { return 0; }\n");
    sandbox.git(sandbox.home().join("src/beta"), &["add", "-A"]);
    sandbox.git(sandbox.home().join("src/beta"), &["commit", "-qm", "start"]);
    sandbox.git(
        sandbox.home().join("src/beta"),
        &["worktree", "add", "-q", "../beta-hotfix", "-b", "hotfix"],
    );

    let bare = sandbox.home().join("mirrors/gamma.git");
    git2::Repository::init_bare(&bare).unwrap();
    sandbox.git(&bare, &["remote", "add", "origin", &url(10, "gamma.git")]);
}

fn repository(sandbox: &Sandbox, path: &str, url: &str) {
    let dir = sandbox.home().join(path);
    fs::create_dir_all(&dir).unwrap();
    sandbox.git(&dir, &["init", "-q", "-b", "main"]);
    sandbox.git(&dir, &["remote", "add", "origin", url]);
}

const HOLDS_A_SECRET: &[&str] = &[
    ".gitconfig",
    ".git-credentials",
    ".netrc",
    "notes/todo.txt",
    "src/alpha/.git/config",
    "src/alpha/bitbucket-pipelines.yml",
    "src/alpha/ci/build.sh",
    "src/alpha/.env",
    "src/beta/.git/config",
    "src/beta/.gitmodules",
    "src/beta-hotfix/.gitmodules",
    "mirrors/gamma.git/config",
];

fn found(json: &serde_json::Value) -> Vec<&str> {
    let mut paths: Vec<&str> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["path"].as_str().unwrap())
        .collect();
    paths.dedup();
    paths
}

fn times(dir: &Path) -> BTreeMap<PathBuf, SystemTime> {
    tree(dir)
        .into_keys()
        .map(|path| {
            let modified = dir.join(&path).metadata().unwrap().modified().unwrap();
            (path, modified)
        })
        .collect()
}

#[test]
fn scan_patch_apply_and_scan_again() {
    let sandbox = Sandbox::new();
    plant(&sandbox);
    let home = sandbox.home();

    // Scan: every place, and nothing else.
    let scan = sandbox.run(["scan", "--format", "json"]).exits(1).json();
    let mut expected = HOLDS_A_SECRET.to_vec();
    expected.sort_unstable();
    let mut paths = found(&scan);
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths, expected);
    assert_eq!(scan["summary"]["complete"], true, "{}", scan["skipped"]);

    // Patch: each is taken by git, where the tool says, and together they do what `apply` does.
    let out = sandbox.beside("patches");
    let before = tree(&home);
    let patch = sandbox.run(["patch", "-o", out.to_str().unwrap(), "--format", "json"]).exits(1);
    let patch = patch.json();
    let patches = patch["patches"].as_array().unwrap();
    assert!(patches.len() >= 7, "{patches:?}");
    assert_eq!(tree(&home), before);
    for row in patches {
        let command = row["command"].as_str().unwrap().replace(" apply ", " apply --check ");
        let checked = sandbox.command("sh").args(["-c", &command]).output().unwrap();
        assert!(
            checked.status.success(),
            "{command}: {}",
            String::from_utf8_lossy(&checked.stderr)
        );
    }
    for row in patches {
        let command = row["command"].as_str().unwrap();
        assert!(
            sandbox.command("sh").args(["-c", command]).status().unwrap().success(),
            "{command}"
        );
    }
    let patched = tree(&home);
    for (path, bytes) in &before {
        fs::write(home.join(path), bytes).unwrap();
    }

    // Apply: the same bytes, and what is left is what it said.
    let apply = sandbox.run(["apply", "--unsafe", "--format", "json"]);
    let left = apply.json()["left"].as_array().unwrap().len();
    let apply = apply.exits(i32::from(left > 0)).json();
    assert_eq!(tree(&home), patched);
    assert!(
        apply["files"].as_array().unwrap().iter().all(|row| row["refused"].is_null()),
        "{apply}"
    );
    assert!(!apply["create"].as_array().unwrap().is_empty(), "{apply}");

    // Scan: clean but for that.
    let rescan = sandbox.run(["scan", "--format", "json"]).exits(i32::from(left > 0)).json();
    let serious = rescan["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["severity"] != "note")
        .count();
    assert_eq!(serious, left, "{}", rescan["findings"]);
    assert_eq!(left, 0, "{}", apply["left"]);

    // Apply again: neither bytes nor times change.
    let before = times(&home);
    let again = sandbox.run(["apply", "--unsafe"]).exits(0);
    assert!(again.stdout.contains("Nothing to do"), "{}", again.stdout);
    assert_eq!(tree(&home), patched);
    assert_eq!(times(&home), before);

    // Git still reads all of it.
    for repository in ["src/alpha", "src/beta", "src/beta-hotfix", "mirrors/gamma.git"] {
        let url = sandbox.git(home.join(repository), &["config", "remote.origin.url"]);
        assert!(url.starts_with("https://x-bitbucket-api-token-auth@bitbucket.org/acme/"), "{url}");
        sandbox.git(home.join(repository), &["config", "--list"]);
    }
}
