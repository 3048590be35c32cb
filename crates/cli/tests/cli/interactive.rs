//! `apply --interactive`.

use std::fs;

use crate::support::{BIN, Ran, Sandbox, secret};

/// Two edits in one file, one in the next, and a variable that two files share.
fn planted() -> Sandbox {
    let sandbox = Sandbox::new();
    let url = |n: u64| format!("https://bob:{}@bitbucket.org/t/r{n}.git", secret::app_password(n));
    sandbox.write("a.sh", format!("git clone {}\n\n\n\ngit clone {}\n", url(1), url(2)));
    sandbox.write(".gitconfig", format!("[remote \"o\"]\n\turl = {}\n", url(3)));
    sandbox.write("x.env", "BITBUCKET_APP_PASSWORD=\n");
    sandbox.write("y.sh", "git fetch https://bob:$BITBUCKET_APP_PASSWORD@bitbucket.org/t/r\n");
    sandbox
}

const APPLY: [&str; 4] = ["apply", ".", "--interactive", "--no-config"];

fn read(sandbox: &Sandbox, path: &str) -> String {
    fs::read_to_string(sandbox.home().join(path)).unwrap()
}

fn asked(ran: &Ran) -> usize {
    ran.stderr.matches("Make th").count()
}

#[test]
fn each_edit_is_shown_and_only_what_is_taken_is_made() {
    let sandbox = planted();
    let before = read(&sandbox, "a.sh");
    let ran = sandbox.run_with_stdin(APPLY, b"n\ny\nn\nY\n");
    assert_eq!((ran.status, asked(&ran)), (1, 4), "{ran:?}");
    let shown = "{+x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}+}@bitbucket.org/t/r1.git";
    assert!(ran.stderr.contains(shown), "{}", ran.stderr);
    assert!(ran.stderr.contains("git clone https://[-bob:ATBB…"), "{}", ran.stderr);
    // The variable is one question, whatever its files.
    assert!(ran.stderr.contains("BITBUCKET_APP_PASSWORD is renamed in 2 places: all or none"));
    assert!(ran.stderr.contains("Make these 2 edits [y,n,a,d,q,e,?]?"), "{}", ran.stderr);
    assert!(read(&sandbox, ".gitconfig").contains("bob"));
    let after = read(&sandbox, "a.sh");
    let (old, new): (Vec<_>, Vec<_>) = (before.lines().collect(), after.lines().collect());
    assert!(new[0].contains("x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}"), "{after}");
    assert_eq!(old[1..], new[1..]);
    assert_eq!(read(&sandbox, "x.env"), "BITBUCKET_API_TOKEN=\n");
    assert!(read(&sandbox, "y.sh").contains("x-bitbucket-api-token-auth:$BITBUCKET_API_TOKEN@"));
    assert!(ran.stdout.contains("3 files edited (3 changes); 2 findings left"), "{}", ran.stdout);
}

#[test]
fn the_rest_of_a_file_and_the_end() {
    let sandbox = planted();
    let config = read(&sandbox, ".gitconfig");
    // a: both of a.sh; then the end of the input, which is q.
    let ran = sandbox.run_with_stdin(APPLY, b"d\nx\n?\na\n");
    assert_eq!(asked(&ran), 5, "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("q - leave this edit").count(), 2);
    assert_eq!(read(&sandbox, ".gitconfig"), config);
    assert!(!read(&sandbox, "a.sh").contains("bob"));
    assert_eq!(read(&sandbox, "x.env"), "BITBUCKET_APP_PASSWORD=\n");
    let quit = sandbox.run_with_stdin(APPLY, b"q\n").exits(1);
    assert_eq!(asked(&quit), 1);
    assert_eq!(read(&sandbox, ".gitconfig"), config);
    // A document stays one.
    let args = [&APPLY[..], &["--format", "json", "--dry-run"]].concat();
    let json = sandbox.run_with_stdin(args, b"y\ny\n").json();
    assert_eq!(json["files"].as_array().unwrap().len(), 3);
    assert_eq!(read(&sandbox, ".gitconfig"), config);
}

/// Answers `answers` with an editor that replaces text by sed.
fn edit(sandbox: &Sandbox, script: &str, answers: &str) -> Ran {
    let mut command = sandbox.command(BIN);
    command.args(APPLY).env("EDITOR", format!("sed -i '{script}'"));
    Sandbox::answer(command, answers.as_bytes())
}

#[test]
fn what_comes_there_can_be_changed_by_hand() {
    let sandbox = planted();
    let ran = edit(&sandbox, "s/BITBUCKET_API_TOKEN/CI_TOKEN/", "n\ne\ny\nq\n");
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("changed by hand"), "{}", ran.stderr);
    let text = read(&sandbox, "a.sh");
    assert!(
        text.starts_with("git clone https://x-bitbucket-api-token-auth:${CI_TOKEN}@"),
        "{text}"
    );
    assert!(text.contains("bob"));
}

#[test]
fn what_is_wrong_by_hand_is_not_made() {
    let sandbox = planted();
    let before = read(&sandbox, "a.sh");
    for (script, why) in [
        // As bad as before.
        ("s/^x-bit.*/bob:$BITBUCKET_APP_PASSWORD/", "the edited file"),
        ("s/nothing/nothing/", "nothing was changed"),
        ("/bbsweep/d", "the first line that begins"),
    ] {
        let ran = edit(&sandbox, script, "n\ne\nq\n");
        assert!(ran.stderr.contains(why), "{script}: {}", ran.stderr);
        assert_eq!(read(&sandbox, "a.sh"), before);
    }
    let mut command = sandbox.command(BIN);
    command.args(APPLY).env("VISUAL", "false");
    let ran = Sandbox::answer(command, b"e\nq\n");
    assert!(ran.stderr.contains("the editor ended with"), "{}", ran.stderr);
    // A variable stays the same everywhere.
    let ran = edit(&sandbox, "s/a/b/", "n\nn\nn\ne\nq\n");
    assert!(ran.stderr.contains("have to stay the same"), "{}", ran.stderr);
}

#[test]
fn it_needs_to_ask() {
    let sandbox = planted();
    for with in ["--unsafe", "--token-stdin", "--undo", "--plan=x", "--branch=b"] {
        let ran = sandbox.run([&APPLY[..], &[with]].concat()).exits(2);
        assert!(ran.stderr.contains("cannot be used with"), "{}", ran.stderr);
    }
}
