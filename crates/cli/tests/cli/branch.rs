//! Edits as commits on a branch, and as mails.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Sandbox, secret, set_mode, tree};

/// A repository with one identity and no ambient dates.
fn init(sandbox: &Sandbox, dir: &str) -> PathBuf {
    let path = sandbox.home().join(dir);
    sandbox.git(sandbox.home(), &["init", "-q", "-b", "main", dir]);
    for (key, value) in [("user.name", "Ada"), ("user.email", "ada@example.com")] {
        sandbox.git(&path, &["config", key, value]);
    }
    path
}

fn commit(sandbox: &Sandbox, path: &Path, message: &str) -> String {
    sandbox.git(path, &["add", "-A"]);
    sandbox.git(path, &["commit", "-q", "-m", message]);
    sandbox.git(path, &["rev-parse", "HEAD"]).trim().to_owned()
}

fn clone(number: u64) -> String {
    let secret = secret::app_password(number);
    format!("git clone https://ci:{secret}@bitbucket.org/acme/repo-{number}.git")
}

/// All that git shows of a work tree, and the bytes of what must not change.
fn state(sandbox: &Sandbox, path: &Path) -> (String, Vec<u8>, String, BTreeMap<PathBuf, Vec<u8>>) {
    let files = tree(path).into_iter().filter(|(path, _)| !path.starts_with(".git")).collect();
    (
        sandbox.git(path, &["status", "--porcelain=v2", "--ignored"]),
        fs::read(path.join(".git/index")).unwrap(),
        sandbox.git(path, &["rev-parse", "HEAD", "--symbolic-full-name", "HEAD"]),
        files,
    )
}

/// Two files with findings, one of them changed, a third not committed.
fn dirty(sandbox: &Sandbox) -> PathBuf {
    let path = init(sandbox, "repo");
    sandbox.write("repo/a.sh", format!("#!/bin/sh\n{}\n", clone(1)));
    sandbox.write("repo/sub/b.sh", format!("set -e\n{}\n", clone(2)));
    sandbox.write("repo/plain.txt", "nothing\n");
    sandbox.write("repo/.gitignore", "*.log\n");
    set_mode(&path.join("a.sh"), 0o755);
    commit(sandbox, &path, "first");
    sandbox.write("repo/a.sh", format!("#!/bin/sh\n{}\necho changed\n", clone(1)));
    sandbox.write("repo/new.sh", format!("{}\n", clone(3)));
    sandbox.write("repo/plain.txt", "staged\n");
    sandbox.git(&path, &["add", "plain.txt"]);
    sandbox.write("repo/plain.txt", "changed again\n");
    sandbox.write("repo/x.log", format!("{}\n", clone(4)));
    path
}

#[test]
fn nothing_is_touched_but_the_branch() {
    let sandbox = Sandbox::new();
    let path = dirty(&sandbox);
    let before = state(&sandbox, &path);
    let ran = sandbox.run(["apply", "--unsafe", "--branch", "api-tokens", "--dry-run"]).exits(1);
    assert!(ran.stdout.contains("would commit"), "{}", ran.stdout);
    assert_eq!(sandbox.git(&path, &["branch", "--list"]).trim(), "* main");

    let ran = sandbox.run(["apply", "--unsafe", "--branch", "api-tokens"]).exits(1);
    assert_eq!(state(&sandbox, &path), before);
    for part in
        ["committed", "repo on api-tokens", "not committed", "new.sh", "push -u origin api-tokens"]
    {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    let show = |what: &str| sandbox.git(&path, &["show", &format!("api-tokens:{what}")]);
    // What HEAD held, edited; nothing of what was changed since.
    let a = show("a.sh");
    assert!(a.starts_with("#!/bin/sh\ngit clone https://") && !a.contains("echo changed"), "{a}");
    assert!(
        !a.contains(&secret::app_password(1))
            && !show("sub/b.sh").contains(&secret::app_password(2))
    );
    assert_eq!(show("plain.txt"), "nothing\n");
    let log = sandbox.git(&path, &["log", "--format=%an <%ae> %P", "api-tokens"]);
    let head = sandbox.git(&path, &["rev-parse", "main"]);
    assert_eq!(log.lines().next().unwrap(), format!("Ada <ada@example.com> {}", head.trim()));
    let modes = sandbox.git(&path, &["diff", "--raw", "main", "api-tokens"]);
    assert!(modes.contains(":100755 100755") && modes.contains(":100644 100644"), "{modes}");
    assert_eq!(modes.lines().count(), 2);
    sandbox.git(&path, &["fsck", "--strict"]);
    let message = sandbox.git(&path, &["log", "-1", "--format=%B", "api-tokens"]);
    assert!(message.lines().all(|line| line.len() <= 72), "{message}");
    assert!(message.contains("- sub/b.sh"), "{message}");

    // On it nothing is left to do.
    sandbox.git(&path, &["stash", "push", "-q", "-u"]);
    sandbox.git(&path, &["checkout", "-q", "api-tokens"]);
    fs::remove_file(path.join("x.log")).unwrap();
    let report = sandbox.run(["scan", "--format", "json"]).json();
    assert!(report["summary"]["severities"]["error"] == 0, "{report}");
    let ran = sandbox.run(["apply", "--unsafe", "--branch", "again"]);
    assert!(!sandbox.git(&path, &["branch", "--list"]).contains("again"), "{}", ran.stdout);
}

#[test]
fn one_commit_for_each_rule_each_whole() {
    let sandbox = Sandbox::new();
    let path = init(&sandbox, "repo");
    sandbox.write("repo/a.sh", format!("{}\n", clone(1)));
    sandbox.write(
        "repo/.env",
        format!("BITBUCKET_USERNAME=ci\nBITBUCKET_APP_PASSWORD={}\n", secret::app_password(2)),
    );
    sandbox.write(
        "repo/run.sh",
        "curl -u \"$BITBUCKET_USERNAME:$BITBUCKET_APP_PASSWORD\" https://api.bitbucket.org/2.0/user\n",
    );
    commit(&sandbox, &path, "first");
    let ran = sandbox
        .run(["apply", "--unsafe", "--branch", "x", "--commit-per-rule", "--format", "json"])
        .json();
    let commits = ran["repositories"][0]["commits"].as_array().unwrap();
    assert!(commits.len() >= 2, "{ran}");
    let ids: Vec<_> = commits.iter().map(|commit| commit["id"].as_str().unwrap()).collect();
    let log = sandbox.git(&path, &["log", "--reverse", "--format=%H", "main..x"]);
    assert_eq!(log.lines().collect::<Vec<_>>(), ids);
    // The variable is renamed in one commit or not at all.
    for id in &ids {
        let count = |name: &str| {
            let files = [".env", "run.sh"]
                .map(|file| sandbox.git(&path, &["show", &format!("{id}:{file}")]));
            files.iter().filter(|text| text.contains(name)).count()
        };
        assert_eq!(count("BITBUCKET_APP_PASSWORD") % 2, 0, "{id}");
    }
    // All together are what one commit would be.
    sandbox.run(["apply", "--unsafe", "--branch", "y"]);
    assert_eq!(sandbox.git(&path, &["diff", "x", "y"]), "");
    assert_ne!(sandbox.git(&path, &["diff", "main", "x"]), "");
}

#[test]
fn what_is_refused_is_refused_before_anything_is_written() {
    let sandbox = Sandbox::new();
    for (dir, number) in [("one", 1), ("two", 2)] {
        let path = init(&sandbox, dir);
        sandbox.write(format!("{dir}/a.sh"), format!("{}\n", clone(number)));
        commit(&sandbox, &path, "first");
    }
    let two = sandbox.home().join("two");
    sandbox.git(&two, &["branch", "taken"]);
    sandbox.git(&two, &["branch", "deep/er"]);
    let branches =
        || ["one", "two"].map(|dir| sandbox.git(sandbox.home().join(dir), &["branch", "--list"]));
    let before = branches();
    for (name, why) in [
        ("taken", "exists already"),
        ("deep", "beside the branch deep/er"),
        ("taken/x", "beside the branch taken"),
        ("a..b", "is no name"),
        ("-x", "is no name"),
        ("a b", "is no name"),
    ] {
        let ran = sandbox.run(["apply", "--unsafe", &format!("--branch={name}")]).exits(2);
        assert!(ran.stderr.contains(why), "{name}: {}", ran.stderr);
        assert_eq!(branches(), before, "{name}");
    }
    for wrong in [
        &["--branch", "x", "--author", "Ada"][..],
        &["--message", "x"],
        &["--author", "Ada <a@b.c>"],
        &["--branch", "x", "--token-stdin"],
    ] {
        sandbox.run([&["apply"], wrong].concat()).exits(2);
    }
    // Nobody to name as the committer.
    sandbox.git(&two, &["config", "--unset", "user.name"]);
    let ran = sandbox.run(["apply", "--unsafe", "--branch", "x"]).exits(2);
    assert!(ran.stderr.contains("user.name"), "{}", ran.stderr);
    assert_eq!(branches(), before);
    // Nothing is committed yet.
    let none = init(&sandbox, "unborn");
    sandbox.write("unborn/a.sh", format!("{}\n", clone(3)));
    let ran = sandbox.run(["apply", "unborn", "--unsafe", "--branch", "x"]).exits(2);
    assert!(ran.stderr.contains("nothing is committed yet"), "{}", ran.stderr);
    assert_eq!(sandbox.git(&none, &["branch", "--list"]), "");
}

#[test]
fn message_author_and_dates_are_taken() {
    let sandbox = Sandbox::new();
    let path = init(&sandbox, "repo");
    sandbox.write("repo/a.sh", format!("{}\n", clone(1)));
    commit(&sandbox, &path, "first");
    sandbox.git(&path, &["checkout", "-q", "--detach"]);
    let output = sandbox
        .command(crate::support::BIN)
        .args(["apply", "--unsafe", "--branch", "x", "-m", "Subject", "-m", "More.", "--author"])
        .arg("Zoë <zoe@example.com>")
        .env("GIT_AUTHOR_DATE", "@1709280000 +0100")
        .env("GIT_COMMITTER_NAME", "Bot")
        .env("GIT_COMMITTER_DATE", "2024-03-02T00:00:00Z")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let shown = sandbox.git(&path, &["log", "-1", "--format=%an|%ae|%aI|%cn|%ce|%cI|%B", "x"]);
    assert_eq!(
        shown.trim(),
        "Zoë|zoe@example.com|2024-03-01T09:00:00+01:00|Bot|ada@example.com|2024-03-02T00:00:00Z|\
         Subject\n\nMore."
    );
    // The HEAD stays detached where it was.
    assert_eq!(sandbox.git(&path, &["branch", "--show-current"]), "");
}

#[test]
fn git_signs_where_its_config_says_so() {
    let sandbox = Sandbox::new();
    let path = init(&sandbox, "repo");
    sandbox.write("repo/a.sh", format!("{}\n", clone(1)));
    commit(&sandbox, &path, "first");
    // A program in the place of gpg: it signs with a line of its own.
    let program = sandbox.beside("sign");
    fs::write(
        &program,
        "#!/bin/sh\ncat >/dev/null\necho '[GNUPG:] SIG_CREATED ' >&2\n\
         printf -- '-----BEGIN PGP SIGNATURE-----\\n\\nsigned\\n-----END PGP SIGNATURE-----\\n'\n",
    )
    .unwrap();
    set_mode(&program, 0o755);
    sandbox.git(&path, &["config", "gpg.program", program.to_str().unwrap()]);
    sandbox.git(&path, &["config", "commit.gpgsign", "true"]);
    sandbox.run(["apply", "--unsafe", "--branch", "signed"]).exits(0);
    let raw = sandbox.git(&path, &["cat-file", "commit", "signed"]);
    assert!(raw.contains("\ngpgsig -----BEGIN PGP SIGNATURE-----"), "{raw}");
    sandbox.run(["apply", "--unsafe", "--branch", "plain", "--no-gpg-sign"]).exits(0);
    assert!(!sandbox.git(&path, &["cat-file", "commit", "plain"]).contains("gpgsig"));
    assert_eq!(sandbox.git(&path, &["diff", "signed", "plain"]), "");
    // No signature, no branch.
    fs::write(&program, "#!/bin/sh\nexit 1\n").unwrap();
    let ran = sandbox.run(["apply", "--unsafe", "--branch", "failed"]).exits(2);
    assert!(ran.stderr.contains("git did not sign"), "{}", ran.stderr);
    assert!(!sandbox.git(&path, &["branch", "--list"]).contains("failed"));
}

#[test]
fn submodules_worktrees_and_line_ends() {
    let sandbox = Sandbox::new();
    let lib = init(&sandbox, "lib");
    sandbox.write("lib/l.sh", format!("{}\n", clone(1)));
    commit(&sandbox, &lib, "lib");
    let path = init(&sandbox, "main");
    sandbox.git(&path, &["config", "core.autocrlf", "true"]);
    // The blob has LF, the work tree CRLF.
    sandbox.write("main/m.sh", format!("set -e\r\n{}\r\n", clone(2)));
    sandbox.git(
        &path,
        &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../lib", "lib"],
    );
    sandbox.git(&path, &["-c", "core.safecrlf=false", "add", "-A"]);
    commit(&sandbox, &path, "main");
    for (key, value) in [("user.name", "Ada"), ("user.email", "ada@example.com")] {
        sandbox.git(path.join("lib"), &["config", key, value]);
    }
    fs::remove_dir_all(&lib).unwrap();
    let report = sandbox.run(["apply", "--unsafe", "--branch", "x", "--format", "json"]).json();
    let rows: Vec<_> = report["repositories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["repository"].as_str().unwrap())
        .collect();
    assert_eq!(rows, ["main", "main/lib"]);
    let text = sandbox.git(&path, &["cat-file", "blob", "x:m.sh"]);
    assert!(!text.contains('\r') && !text.contains(&secret::app_password(2)), "{text}");
    assert_eq!(sandbox.git(&path, &["diff", "--numstat", "main", "x"]).trim(), "1\t1\tm.sh");

    // Two work trees of one repository share their branches.
    sandbox.git(&path, &["worktree", "add", "-q", "-b", "other", "../other"]);
    let ran = sandbox.run(["apply", "main", "other", "--unsafe", "--branch", "y"]).exits(2);
    assert!(ran.stderr.contains("shares its branches"), "{}", ran.stderr);
    sandbox.run(["apply", "other", "--unsafe", "--branch", "y"]);
    assert!(sandbox.git(&path, &["branch", "--list"]).contains("  y"));
}

/// Files that mails may harm.
fn awkward(sandbox: &Sandbox) -> PathBuf {
    let path = init(sandbox, "repo");
    sandbox.git(&path, &["config", "user.name", "Zoë Ö"]);
    sandbox.write("repo/unix.sh", format!("set -e\n{}\n", clone(1)));
    sandbox.write("repo/dos.cmd", format!("@echo off\r\n{}\r\nexit\r\n", clone(2)));
    sandbox.write("repo/no end.sh", format!("set -e\n{}", clone(3)));
    sandbox.write("repo/ünïcode.sh", format!("# Grüße\n{}\n", clone(4)));
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(format!("git clone\r\n{}\r\n", clone(5)).encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    sandbox.write("repo/wide.txt", utf16);
    let long = format!("# {}\n{}\n", "x".repeat(3000), clone(6));
    sandbox.write("repo/long.sh", long);
    commit(sandbox, &path, "first");
    path
}

#[test]
fn git_am_takes_the_mails() {
    let sandbox = Sandbox::new();
    let path = awkward(&sandbox);
    sandbox.run(["apply", "--unsafe", "--branch", "wanted"]).exits(0);
    for args in [&[][..], &["--commit-per-rule"]] {
        let dir = sandbox.beside(if args.is_empty() { "mails" } else { "series" });
        let out = dir.to_str().unwrap();
        let before = state(&sandbox, &path);
        let objects = sandbox.git(&path, &["count-objects"]);
        let ran = sandbox.run([&["patch", "--format", "format-patch", "-o", out], args].concat());
        assert_eq!(state(&sandbox, &path), before);
        assert_eq!(sandbox.git(&path, &["count-objects"]), objects, "no object is left behind");
        assert!(ran.stdout.contains(" am "), "{}", ran.stdout);
        let mut mails: Vec<_> = fs::read_dir(&dir)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "patch"))
            .collect();
        mails.sort();
        assert!(!mails.is_empty());
        for mail in &mails {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(mail.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            let text = fs::read(mail).unwrap();
            assert!(text.iter().all(u8::is_ascii) && !text.contains(&b'\r'));
        }
        let target = sandbox.beside(if args.is_empty() { "clone" } else { "clone-2" });
        sandbox.git(sandbox.home(), &["clone", "-q", "repo", target.to_str().unwrap()]);
        for (key, value) in [("user.name", "Bob"), ("user.email", "bob@example.com")] {
            sandbox.git(&target, &["config", key, value]);
        }
        let names: Vec<_> = mails.iter().map(|mail| mail.to_str().unwrap()).collect();
        sandbox.git(&target, &[&["am", "-q"], &names[..]].concat());
        assert_eq!(sandbox.git(&target, &["diff", "HEAD", "origin/wanted"]), "");
        let log = sandbox.git(&target, &["log", "-1", "--format=%an <%ae>"]);
        assert_eq!(log.trim(), "Zoë Ö <ada@example.com>");
        // The same commit gives the same mails.
        let twice = sandbox.beside("twice");
        let again = twice.to_str().unwrap();
        sandbox.run([&["patch", "--format", "format-patch", "-o", again], args].concat());
        for mail in &mails {
            assert_eq!(
                fs::read(mail).unwrap(),
                fs::read(twice.join(mail.file_name().unwrap())).unwrap()
            );
        }
        fs::remove_dir_all(&twice).unwrap();
    }
}

#[test]
fn what_no_mail_can_hold_is_named() {
    let sandbox = Sandbox::new();
    let path = dirty(&sandbox);
    sandbox.git(
        &path,
        &[
            "remote",
            "add",
            "origin",
            &format!("https://ci:{}@bitbucket.org/a/b.git", secret::app_password(5)),
        ],
    );
    sandbox.write("loose.sh", format!("{}\n", clone(6)));
    let dir = sandbox.beside("mails");
    let ran =
        sandbox.run(["patch", "--format", "format-patch", "-o", dir.to_str().unwrap()]).exits(1);
    for part in
        ["new.sh: HEAD does not hold", "loose.sh: no commit holds it", ".git/config: no commit"]
    {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
}

#[test]
fn no_secret_is_told() {
    let sandbox = Sandbox::new();
    dirty(&sandbox);
    let dir = sandbox.beside("mails");
    let all = [
        sandbox.run(["apply", "--unsafe", "--verbose", "--branch", "x", "--dry-run"]),
        sandbox.run(["apply", "--unsafe", "--branch", "x", "--format", "json"]),
        sandbox.run(["apply", "--unsafe", "--branch", "x"]),
        sandbox.run(["patch", "--format", "format-patch", "-o", dir.to_str().unwrap()]),
    ];
    for ran in &all {
        for number in 1..5 {
            let secret = secret::app_password(number);
            for part in [&secret[..], &secret[4..16], &secret[16..secret.len() - 4]] {
                assert!(!ran.stdout.contains(part) && !ran.stderr.contains(part), "{number}");
            }
        }
    }
    let json: Value = all[1].json();
    assert_eq!(json["branch"], "x");
    // Nor does the commit hold one in its message.
    let message = sandbox.git(sandbox.home().join("repo"), &["log", "-1", "--format=%B", "x"]);
    assert!(!message.contains("ATBB"), "{message}");
}
