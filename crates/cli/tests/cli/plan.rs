//! `patch` writes a plan, `apply --plan` makes its edits, here and elsewhere.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Sandbox, secret};

/// A tree with a use of each applicability.
fn planned() -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let secret = secret::app_password(1);
    sandbox.write(
        "a/.gitconfig",
        format!("[remote \"o\"]\n\turl = https://bob:{secret}@bitbucket.org/t/r.git\n"),
    );
    sandbox.write("a/.env", format!("BITBUCKET_APP_PASSWORD={secret}\n"));
    let done = sandbox.run(["patch", "a", "-o", "../out", "--no-config"]);
    assert_eq!(done.status, 1, "{done:?}");
    assert!(done.stdout.contains("out/plan.json"), "{}", done.stdout);
    (sandbox, secret)
}

#[test]
fn a_plan_is_private_holds_no_secret_and_applies_elsewhere() {
    let (sandbox, secret) = planned();
    let plan = sandbox.beside("out/plan.json");
    assert_eq!(plan.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&plan).unwrap();
    assert!(!text.contains(&secret) && text.contains("\"sha256_after\""), "{text}");

    // Another clone.
    for file in [".gitconfig", ".env"] {
        sandbox.write(format!("b/{file}"), fs::read(sandbox.home().join("a").join(file)).unwrap());
    }
    let dry = sandbox.run(["apply", "b", "--plan", "../out/plan.json", "--dry-run"]);
    assert_eq!(dry.status, 1, "{dry:?}");
    assert!(dry.stdout.contains("would edit b/.env"), "{}", dry.stdout);
    let done = sandbox.run(["apply", "b", "--plan", "../out/plan.json"]);
    assert_eq!(done.status, 0, "{done:?}");
    assert!(
        done.stdout.contains("2 files edited (2 changes), 0 as the plan has it"),
        "{}",
        done.stdout
    );
    assert_eq!(sandbox.run(["scan", "b", "--no-config"]).status, 0);
    let again = sandbox.run_with_stdin(["apply", "b", "--plan", "-"], text.as_bytes());
    assert_eq!(again.status, 0, "{again:?}");
    assert!(again.stdout.contains("2 as the plan has it already"), "{}", again.stdout);
}

#[test]
fn what_changed_is_refused_by_name() {
    let (sandbox, _) = planned();
    let path = sandbox.home().join("a/.env");
    let changed = fs::read_to_string(&path).unwrap() + "X=1\n";
    fs::write(&path, &changed).unwrap();
    let done = sandbox.run(["apply", "a", "--plan", "../out/plan.json", "--format", "json"]);
    assert_eq!(done.status, 1, "{done:?}");
    let json: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    let files = json["files"].as_array().unwrap();
    assert_eq!(files[0]["path"], "a/.env");
    assert!(files[0]["refused"].as_str().unwrap().contains("changed since"));
    assert!(files[1]["refused"].is_null());
    assert_eq!(fs::read_to_string(&path).unwrap(), changed);
}

#[test]
fn a_plan_that_leads_out_is_refused_whole() {
    let (sandbox, _) = planned();
    let plan = sandbox.beside("out/plan.json");
    let text = fs::read_to_string(&plan).unwrap();
    let before = fs::read(sandbox.home().join("a/.gitconfig")).unwrap();
    for path in ["../a/.env", "/etc/hostname"] {
        fs::write(&plan, text.replace("\".env\"", &format!("{path:?}"))).unwrap();
        let done = sandbox.run(["apply", "a", "--plan", "../out/plan.json"]);
        assert_eq!(done.status, 2, "{done:?}");
        assert!(
            done.stderr.contains("refused, and nothing was changed") && done.stderr.contains(path),
            "{}",
            done.stderr
        );
    }
    fs::write(&plan, &text[..text.len() / 2]).unwrap();
    let done = sandbox.run(["apply", "a", "--plan", "../out/plan.json"]);
    assert_eq!(done.status, 2, "{done:?}");
    assert!(done.stderr.contains("cut off"), "{}", done.stderr);
    assert_eq!(fs::read(sandbox.home().join("a/.gitconfig")).unwrap(), before);
    // What would be of no effect is no usage.
    let done = sandbox.run(["apply", "a", "--plan", "../out/plan.json", "--unsafe"]);
    assert_eq!(done.status, 2, "{done:?}");
}
