//! `apply` is killed at every system call that writes: nothing is lost, and `--resume` or `--undo` ends in
//! a known state. `BBSWEEP_KILLS=all` does it for 200 files and each call; else it is a sample.

#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{BIN, Ran, Sandbox, secret};

/// Every call by which `apply` changes the disk. What creates a file is followed by one of them.
const CALLS: &[&str] = &[
    "write",
    "fsync",
    "fchmod",
    "utimensat",
    "link",
    "linkat",
    "rename",
    "renameat",
    "unlink",
    "unlinkat",
    "mkdir",
    "fchown",
];

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// The files below the repositories, git's own left out.
fn files(home: &Path) -> Files {
    let mut files = Files::new();
    let mut dirs = vec![home.to_path_buf()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with(".git") && !path.ends_with(".local") {
                    dirs.push(path);
                }
            } else {
                let relative = path.strip_prefix(home).unwrap().to_path_buf();
                files.insert(relative, fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// `repositories` with `each` files that hold a use, and a variable that is renamed in all of them.
fn plant(sandbox: &Sandbox, repositories: usize, each: usize) {
    for number in 0..repositories {
        let repository = format!("r{number}");
        fs::create_dir_all(sandbox.home().join(&repository)).unwrap();
        let git = sandbox.command("git").args(["init", "-q", &repository]).status().unwrap();
        assert!(git.success());
        for file in 0..each {
            let password = secret::app_password(u64::try_from(number * each + file).unwrap());
            let text = format!(
                "git clone https://bob:{password}@bitbucket.org/t/r{file}.git\n\
                 curl -u \"bob:$BITBUCKET_APP_PASSWORD\" https://api.bitbucket.org/2.0/user\n"
            );
            sandbox.write(format!("{repository}/{file}.sh"), text);
        }
    }
}

/// Whether strace may trace; said if not.
#[allow(clippy::print_stderr)] // for whoever runs the tests
fn can_trace() -> bool {
    let traces = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status();
    let can = traces.is_ok_and(|status| status.success());
    if !can {
        eprintln!("strace cannot trace here: nothing is killed");
    }
    can
}

/// Runs the tool with this injected into a system call.
fn traced(sandbox: &Sandbox, call: &str, fault: &str, args: &[&str]) -> Output {
    let (trace, inject) = (format!("trace={call}"), format!("inject={call}:{fault}"));
    let mut strace = sandbox.command("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject]);
    strace.arg(BIN).args(args).output().unwrap()
}

fn restore(home: &Path, files: &Files) {
    for (path, bytes) in files {
        if fs::read(home.join(path)).ok().as_ref() != Some(bytes) {
            fs::write(home.join(path), bytes).unwrap();
        }
    }
}

#[test]
fn a_killed_apply_loses_nothing() {
    if !can_trace() {
        return;
    }
    let all = std::env::var("BBSWEEP_KILLS").is_ok_and(|kills| kills == "all");
    let (repositories, each, step) = if all { (4, 50, 1) } else { (2, 4, 5) };
    let sandbox = Sandbox::new();
    let home = sandbox.home();
    plant(&sandbox, repositories, each);
    let old = files(&home);
    assert_eq!(old.len(), repositories * each);
    let apply = ["apply", ".", "--unsafe", "--no-config", "--quiet"];
    assert_eq!(sandbox.run(apply).status, 0);
    let new = files(&home);
    assert!(
        old.keys().eq(new.keys()) && old.values().zip(new.values()).all(|(old, new)| old != new)
    );

    let mut kills = 0;
    for call in CALLS {
        for nth in (1..).step_by(step) {
            restore(&home, &old);
            let traced = traced(&sandbox, call, &format!("signal=KILL:when={nth}"), &apply);
            if traced.status.signal().is_none() && traced.status.code() != Some(137) {
                // It was called less often.
                assert_eq!(Ran::of(&traced).status, 0, "{call} {nth}: {traced:?}");
                break;
            }
            kills += 1;
            let what = format!("{call} {nth}");
            for (path, bytes) in &old {
                let now = fs::read(home.join(path)).unwrap();
                assert!(now == *bytes || now == new[path], "{what}: {} is neither", path.display());
            }
            let resume = kills % 2 == 0;
            let recovered = sandbox.run(["apply", ".", if resume { "--resume" } else { "--undo" }]);
            assert_eq!(recovered.status, 0, "{what}: {recovered:?}");
            let now = files(&home);
            assert!(now.keys().eq(old.keys()), "{what}: something is left: {:?}", now.keys());
            for number in 0..repositories {
                let of = |files: &Files| -> Vec<Vec<u8>> {
                    let dir = format!("r{number}");
                    files
                        .iter()
                        .filter(|(path, _)| path.starts_with(&dir))
                        .map(|row| row.1.clone())
                        .collect()
                };
                assert!(of(&now) == of(&old) || of(&now) == of(&new), "{what}: r{number} is mixed");
            }
            let journals = home.join(".local/state/bbsweep/apply");
            let left = fs::read_dir(journals).map_or(0, Iterator::count);
            assert_eq!(left, 0, "{what}: a journal is left");
            // What was taken back is made again.
            if kills % 5 == 0 {
                assert_eq!(sandbox.run(apply).status, 0, "{what}");
                assert!(files(&home) == new, "{what}");
            }
        }
    }
    println!("killed {kills} times, {} files", old.len());
    assert!(kills > CALLS.len(), "{kills}");
}

/// Reads are allowed, writes are refused by the system: what was there stays.
#[test]
fn faults_of_the_disk_are_refused_by_name() {
    if !can_trace() {
        return;
    }
    let sandbox = Sandbox::new();
    let home = sandbox.home();
    plant(&sandbox, 1, 4);
    let old = files(&home);
    for (call, error) in [
        ("fsync", "ENOSPC"),
        ("fsync", "EIO"),
        ("rename", "EROFS"),
        ("rename", "EACCES"),
        ("rename", "ENOSPC"),
        ("fchmod", "EPERM"),
    ] {
        // The first is the journal's.
        for when in ["1", "2", "4", "2+"] {
            restore(&home, &old);
            let apply = ["apply", ".", "--unsafe", "--no-config"];
            let traced = traced(&sandbox, call, &format!("error={error}:when={when}"), &apply);
            let ran = Ran::of(&traced);
            let what = format!("{call} {error} {when}: {ran:?}");
            let undone = sandbox.run(["apply", ".", "--undo"]);
            assert_eq!(undone.status, 0, "{what}: {undone:?}");
            if ran.status == 0 {
                // The folder alone could not be synchronised, which not every file system can.
                assert_eq!(call, "fsync", "{what}");
                continue;
            }
            assert_eq!(ran.status, 1, "{what}");
            assert!(ran.stdout.contains("refused r0/"), "{what}");
            assert!(files(&home) == old, "{what}");
        }
    }
}
