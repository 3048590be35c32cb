//! `protect` as git calls it: real hooks, real commits, real pushes.

mod pushed;
mod staged;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{BIN, Ran, Sandbox, secret, set_mode};

/// A repository with a hook of ours.
struct Repo<'s> {
    sandbox: &'s Sandbox,
    dir: PathBuf,
}

impl<'s> Repo<'s> {
    fn at(sandbox: &'s Sandbox, dir: &str, init: &[&str]) -> Self {
        let args = [&["init", "-q", "-b", "main"], init, &[dir]].concat();
        sandbox.git(sandbox.home(), &args);
        let repo = Self { sandbox, dir: sandbox.home().join(dir) };
        let config =
            [("user.name", "Ada"), ("user.email", "ada@example.com"), ("commit.gpgsign", "false")];
        for (key, value) in config {
            repo.git(&["config", key, value]);
        }
        repo
    }

    /// With a pre-commit hook.
    fn new(sandbox: &'s Sandbox, dir: &str, init: &[&str]) -> Self {
        let repo = Self::at(sandbox, dir, init);
        hook(&repo.dir.join(".git/hooks/pre-commit"), "--staged");
        repo
    }

    fn command(&self) -> Command {
        let mut command = self.sandbox.command("git");
        command.arg("-C").arg(&self.dir);
        command
    }

    /// Runs git; it may fail. Whatever was planted stays unsaid.
    #[track_caller]
    fn run(&self, args: &[&str]) -> Ran {
        let ran = Ran::of(&self.command().args(args).output().unwrap());
        tells_nothing(&ran);
        ran
    }

    /// Runs git; it has to end well.
    #[track_caller]
    fn git(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.status, 0, "git {args:?}: {ran:?}");
        ran.stdout.trim().to_owned()
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn add(&self, path: &str, text: impl AsRef<[u8]>) {
        self.write(path, text);
        self.git(&["add", path]);
    }

    /// Commits what is staged, and the hook is not asked.
    fn commit(&self, message: &str) -> String {
        self.git(&["commit", "-q", "--no-verify", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Commits what is staged; the hook has to let it.
    #[track_caller]
    fn passes(&self, args: &[&str]) -> Ran {
        let before = self.head();
        let ran = self.run(&[&["commit", "-q", "-m", "change"], args].concat()).exits(0);
        assert_ne!(self.head(), before);
        ran
    }

    /// The hook has to stop it.
    #[track_caller]
    fn stopped(&self, args: &[&str]) -> Ran {
        let before = self.head();
        let ran = self.run(&[&["commit", "-q", "-m", "change"], args].concat()).exits(1);
        assert!(ran.stderr.contains("This commit is stopped"), "{ran:?}");
        assert_eq!(self.head(), before);
        ran
    }

    fn head(&self) -> String {
        self.run(&["rev-parse", "-q", "--verify", "HEAD"]).stdout
    }

    /// The tool itself, with what a hook does not say.
    #[track_caller]
    fn protect(&self, args: &[&str]) -> Ran {
        let mut command = self.sandbox.command(BIN);
        command.current_dir(&self.dir).arg("protect").args(args);
        let ran = Ran::of(&command.output().unwrap());
        tells_nothing(&ran);
        ran
    }
}

fn hook(path: &Path, flag: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("#!/bin/sh\nexec '{BIN}' protect {flag}\n")).unwrap();
    set_mode(path, 0o755);
}

/// A line with one of the secrets that the tests plant.
fn url(seed: u64) -> String {
    format!("git clone https://joe:{}@bitbucket.org/team/repo\n", secret::app_password(seed))
}

/// No secret of the tests is printed.
#[track_caller]
fn tells_nothing(ran: &Ran) {
    for seed in 1..=40 {
        let planted = secret::app_password(seed);
        for text in [&ran.stdout, &ran.stderr] {
            assert!(!text.contains(&planted) && !text.contains(&planted[4..30]), "{text}");
        }
    }
}

/// What pre-commit runs is there, and takes the arguments that it gets.
#[test]
fn the_hooks_of_pre_commit() {
    use std::os::unix::fs::PermissionsExt as _;

    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(top.join(".pre-commit-hooks.yaml")).unwrap();
    let hooks: Vec<std::collections::BTreeMap<String, serde_json::Value>> =
        serde_yaml_ng::from_str(&text).unwrap();
    assert_eq!(hooks.len(), 2);
    for hook in hooks {
        let words: Vec<_> = hook["entry"].as_str().unwrap().split(' ').collect();
        if hook["language"] == "script" {
            let mode = top.join(words[0]).metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o111, 0o111);
        } else {
            assert_eq!(words[0], "bbsweep");
        }
        let sandbox = Sandbox::new();
        sandbox.run([&words[1..], &["--help"]].concat()).exits(0);
        assert_eq!(hook["pass_filenames"], false);
    }
}
