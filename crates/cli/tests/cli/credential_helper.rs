//! `apply --credential-helper`: git finds the token right after.

use std::fs;
use std::io::Write as _;

use crate::support::{Sandbox, secret};

fn planted() -> Sandbox {
    let sandbox = Sandbox::new();
    let password = secret::app_password(1);
    sandbox.write(
        ".gitconfig",
        format!("# kept\n[url \"https://bob:{password}@bitbucket.org/\"]\n\tinsteadOf = bb:\n"),
    );
    sandbox
}

#[test]
fn git_finds_the_token_right_after() {
    let sandbox = planted();
    let token = secret::api_token(1);
    let args = ["apply", ".", "--no-config", "--token-stdin", "--credential-helper", "store"];
    let done = sandbox.run_with_stdin(args, token.as_bytes());
    assert_eq!(done.status, 0, "{done:?}");
    assert!(done.stdout.contains("git asks the credential helper store"), "{}", done.stdout);
    assert!(!done.stdout.contains(&token) && !done.stderr.contains(&token));
    let config = fs::read_to_string(sandbox.home().join(".gitconfig")).unwrap();
    assert_eq!(
        config,
        "# kept\n[url \"https://x-bitbucket-api-token-auth@bitbucket.org/\"]\n\tinsteadOf = bb:\n\
         [credential \"https://bitbucket.org\"]\n\tusername = x-bitbucket-api-token-auth\n\
         \thelper = store\n"
    );
    // As git asks for a pull.
    let mut fill = sandbox.command("git");
    fill.args(["credential", "fill"]).env("GIT_TERMINAL_PROMPT", "0");
    fill.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut fill = fill.spawn().unwrap();
    let asked = b"protocol=https\nhost=bitbucket.org\npath=t/r.git\n\n";
    fill.stdin.take().unwrap().write_all(asked).unwrap();
    let output = fill.wait_with_output().unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    assert!(answer.contains("username=x-bitbucket-api-token-auth\n"), "{answer}");
    assert!(answer.contains(&format!("password={token}\n")), "{answer}");
    // A second one changes nothing, and a scan finds nothing.
    let again = sandbox.run_with_stdin(args, token.as_bytes());
    assert_eq!(again.status, 0, "{again:?}");
    assert_eq!(fs::read_to_string(sandbox.home().join(".gitconfig")).unwrap(), config);
    assert_eq!(sandbox.run(["scan", ".", "--no-config"]).status, 0);
}

#[test]
fn without_a_token_git_asks_and_a_dry_run_writes_nothing() {
    let sandbox = planted();
    let before = fs::read(sandbox.home().join(".gitconfig")).unwrap();
    let args =
        ["apply", ".", "--no-config", "--credential-helper", "cache --timeout 60", "--dry-run"];
    let dry = sandbox.run(args);
    assert_eq!(dry.status, 1, "{dry:?}");
    assert!(dry.stdout.contains("git would ask"), "{}", dry.stdout);
    assert_eq!(fs::read(sandbox.home().join(".gitconfig")).unwrap(), before);
    let done = sandbox.run(&args[..args.len() - 1]);
    assert_eq!(done.status, 0, "{done:?}");
    assert!(done.stdout.contains("paste the token"), "{}", done.stdout);
}

#[test]
fn a_helper_that_is_not_there_is_refused_before_anything_is_done() {
    let sandbox = planted();
    let before = fs::read(sandbox.home().join(".gitconfig")).unwrap();
    let done = sandbox.run(["apply", ".", "--no-config", "--credential-helper", "no-such-helper"]);
    assert_eq!(done.status, 2, "{done:?}");
    assert!(done.stderr.contains("git-credential-no-such-helper"), "{}", done.stderr);
    assert_eq!(fs::read(sandbox.home().join(".gitconfig")).unwrap(), before);
}
