//! `apply --backup`, `--undo` and `--finish`.

use std::fs;

use crate::support::{Sandbox, secret};

fn planted() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let password = secret::app_password(1);
    sandbox.write("a/.env", format!("BITBUCKET_APP_PASSWORD={password}\r\n"));
    (sandbox, password)
}

const APPLY: [&str; 5] = ["apply", "a", "--unsafe", "--no-config", "--backup"];

#[test]
fn a_backup_is_told_and_leads_back() {
    let (sandbox, password) = planted();
    let before = fs::read(sandbox.home().join("a/.env")).unwrap();
    let done = sandbox.run(APPLY);
    assert_eq!(done.status, 0, "{done:?}");
    assert!(
        done.stdout.contains("OLD SECRETS") && done.stdout.contains("--undo"),
        "{}",
        done.stdout
    );
    // It is there for whoever looks.
    let found = sandbox.run(["scan", ".local", "--no-config", "--format", "json"]);
    assert_eq!(found.status, 1, "{found:?}");
    assert!(!found.stdout.contains(&password) && !done.stdout.contains(&password));
    let undone = sandbox.run(["apply", "a", "--undo", "--format", "json"]);
    assert_eq!(undone.status, 0, "{undone:?}");
    let json: serde_json::Value = serde_json::from_str(&undone.stdout).unwrap();
    assert_eq!(json["files"][0]["now"], "old");
    assert_eq!(fs::read(sandbox.home().join("a/.env")).unwrap(), before);
    assert_eq!(sandbox.run(["scan", ".local", "--no-config"]).status, 0);
    let again = sandbox.run(["apply", "a", "--undo"]);
    assert!(again.stdout.contains("Nothing to do"), "{again:?}");
}

#[test]
fn what_is_finished_cannot_be_undone() {
    let (sandbox, _) = planted();
    assert_eq!(sandbox.run(APPLY).status, 0);
    let finished = sandbox.run(["apply", "a", "--finish"]);
    assert_eq!(finished.status, 0, "{finished:?}");
    assert!(finished.stdout.contains("1 as rewritten"), "{}", finished.stdout);
    assert_eq!(sandbox.run(["scan", ".", "--no-config"]).status, 0, "no secret is left");
    assert!(sandbox.run(["apply", "a", "--undo"]).stdout.contains("Nothing to do"));
}

#[test]
fn a_file_that_changed_since_is_not_undone() {
    let (sandbox, _) = planted();
    assert_eq!(sandbox.run(APPLY).status, 0);
    sandbox.write("a/.env", "MINE=1\n");
    let undone = sandbox.run(["apply", "a", "--undo"]);
    assert_eq!(undone.status, 1, "{undone:?}");
    assert!(undone.stdout.contains("somebody else changed it"), "{}", undone.stdout);
    assert_eq!(fs::read_to_string(sandbox.home().join("a/.env")).unwrap(), "MINE=1\n");
}
