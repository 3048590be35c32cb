//! Every bad input is named, the scan goes on, and the exit status says that "clean" is not claimed.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;

use crate::support::{Ran, Sandbox, secret, set_mode};

/// A file that shows that the scan went on.
fn plant(sandbox: &Sandbox) {
    let secret = secret::app_password(7);
    sandbox
        .write("zz/good.sh", format!("git pull https://ci:{secret}@bitbucket.org/acme/zz.git\n"));
}

/// Runs a scan in each format; each has to name `path` with `reason` and to find the planted file,
/// and without that file has to exit with 3.
fn check(sandbox: &Sandbox, roots: &[&str], path: &str, reason: &str) -> Ran {
    plant(sandbox);
    for format in ["terminal", "json", "jsonl", "md"] {
        let args = [&["scan", "--format", format], roots].concat();
        let ran = sandbox.run_unprivileged(&args).exits(1);
        assert!(ran.stdout.contains(path), "{format}: {path} is not named in\n{}", ran.stdout);
        assert!(ran.stdout.contains("good.sh"), "{format}: {}", ran.stdout);
        if format != "terminal" {
            assert!(ran.stderr.contains(path), "{format}: {}", ran.stderr);
            assert!(ran.stderr.contains(reason), "{format}: {}", ran.stderr);
        }
    }
    let json = sandbox.run_unprivileged([&["scan", "--format", "json"], roots].concat()).json();
    let named = json["skipped"]
        .as_array()
        .unwrap()
        .iter()
        .any(|row| row["reason"] == reason && row["path"].as_str().unwrap().contains(path));
    assert!(named, "{path} {reason}: {}", json["skipped"]);
    assert_eq!(json["summary"]["complete"], false);
    assert!(json["summary"]["skipped"][reason].as_u64().unwrap() >= 1);
    fs::remove_dir_all(sandbox.home().join("zz")).unwrap();
    sandbox.run_unprivileged([&["scan"], roots].concat()).exits(3)
}

#[test]
fn a_path_that_does_not_exist() {
    let sandbox = Sandbox::new();
    let ran = check(&sandbox, &[".", "no/such/folder"], "no/such/folder", "not-found");
    assert!(ran.stdout.contains("no/such/folder"), "{}", ran.stdout);
}

#[test]
fn a_folder_and_a_file_that_cannot_be_read() {
    let sandbox = Sandbox::new();
    let folder = sandbox.write("locked/inside.sh", "x").parent().unwrap().to_owned();
    set_mode(&folder, 0o000);
    let file = sandbox.write("private.sh", "x");
    set_mode(&file, 0o000);
    check(&sandbox, &["."], "locked", "permission-denied");
    check(&sandbox, &["."], "private.sh", "permission-denied");
    set_mode(&folder, 0o700);
}

#[test]
fn a_corrupt_git_config() {
    let sandbox = Sandbox::new();
    git2::Repository::init(sandbox.home().join("broken")).unwrap();
    sandbox.write("broken/.git/config", "[core]\n\tbare = false\n[remote \"origin\n\turl = x\n");
    check(&sandbox, &["."], "broken/.git/config", "corrupt-git");
}

#[test]
fn a_name_that_is_not_utf8() {
    let sandbox = Sandbox::new();
    let name = OsStr::from_bytes(b"caf\xe9-\xff.sh");
    let secret = secret::app_password(3);
    sandbox.write(name, format!("git pull https://ci:{secret}@bitbucket.org/acme/x.git\n"));
    let json = sandbox.run(["scan", "--format", "json"]).exits(1).json();
    let finding = &json["findings"][0];
    assert_eq!(finding["path"], "caf\u{fffd}-\u{fffd}.sh");
    let bytes = finding["path_bytes"].as_str().unwrap();
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, bytes).unwrap();
    assert!(bytes.ends_with(b"caf\xe9-\xff.sh"));
    assert_eq!(json["summary"]["complete"], true);
    // It is rewritten like any other.
    sandbox.run(["apply", "--unsafe"]).exits(0);
    sandbox.run(["scan"]).exits(0);
}

#[test]
fn links_that_lead_nowhere_or_in_circles() {
    let sandbox = Sandbox::new();
    sandbox.write("a/b/file", "x");
    std::os::unix::fs::symlink("..", sandbox.home().join("a/b/up")).unwrap();
    std::os::unix::fs::symlink("self", sandbox.home().join("self")).unwrap();
    std::os::unix::fs::symlink("nothing", sandbox.home().join("dangling")).unwrap();
    // Not followed, none of them matters.
    sandbox.run(["scan"]).exits(0);
    check(&sandbox, &[".", "--follow"], "a/b/up", "link-loop");
    check(&sandbox, &[".", "--follow"], "self", "link-loop");
    check(&sandbox, &[".", "--follow"], "dangling", "broken-link");
}

#[test]
fn a_malformed_url() {
    let sandbox = Sandbox::new();
    plant(&sandbox);
    sandbox.write(
        "urls.sh",
        "git pull https://\ngit pull https://@bitbucket.org\ngit pull https://a:%zz@bitbucket.org/x\n\
         git pull https://u:@\ngit pull https://:@bitbucket.org:99999999/x\nhttps://[::bitbucket.org\n",
    );
    let json = sandbox.run(["scan", "--format", "json"]).exits(1).json();
    let found = json["findings"].as_array().unwrap();
    assert!(
        found.iter().any(|row| row["path"].as_str().unwrap().ends_with("good.sh")),
        "{found:?}"
    );
}

#[test]
fn invalid_base64_in_a_header() {
    let sandbox = Sandbox::new();
    git2::Repository::init(sandbox.home().join("header")).unwrap();
    sandbox.write(
        "header/.git/config",
        "[core]\n\tbare = false\n[http \"https://bitbucket.org\"]\n\textraHeader = \
         Authorization: Basic !!!!not*base64!!!!\n",
    );
    check(&sandbox, &["."], "header/.git/config", "malformed");
}

#[test]
fn an_encrypted_netrc() {
    let sandbox = Sandbox::new();
    sandbox.write(".netrc.gpg", b"\x85\x01\x0c\x03");
    check(&sandbox, &["."], ".netrc.gpg", "encrypted");
}

#[test]
fn an_empty_tree() {
    let sandbox = Sandbox::new();
    for format in ["terminal", "json", "jsonl", "md"] {
        let ran = sandbox.run(["scan", "--format", format]).exits(0);
        assert!(!ran.stdout.is_empty());
        assert_eq!(ran.stderr, "");
    }
    sandbox.run(["patch", "-o", "out"]).exits(0);
    assert!(!sandbox.home().join("out").exists());
    sandbox.run(["apply"]).exits(0);
}

#[test]
fn a_fifo_is_never_opened() {
    let sandbox = Sandbox::new();
    let status = sandbox.command("mkfifo").arg("pipe.sh").status().unwrap();
    assert!(status.success());
    let json = sandbox.run(["scan", "--format", "json"]).exits(0).json();
    assert_eq!(json["summary"]["skipped"]["special-file"], 1);
    // Named outright, it must not look clean.
    let refused = sandbox.run(["scan", "pipe.sh"]).exits(2);
    assert!(refused.stderr.contains("pipe.sh is neither file nor folder"), "{}", refused.stderr);
}
