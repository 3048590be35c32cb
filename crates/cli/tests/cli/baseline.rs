//! `baseline create`, `update`, `prune`, and what a baseline does.

use std::fs;

use crate::support::{Sandbox, secret};

fn clone(n: u64) -> String {
    format!("git clone https://bob:{}@bitbucket.org/t/r{n}.git\n", secret::app_password(n))
}

const TODAY: [&str; 3] = ["--no-config", "--today", "2026-11-26"];

fn create(sandbox: &Sandbox) {
    let args = [
        "baseline",
        "create",
        "--reason",
        "moves in Q1",
        "--owner",
        "@acme/web",
        "--expires",
        "30d",
    ];
    let ran = sandbox.run([&args[..], &TODAY].concat()).exits(0);
    assert!(ran.stdout.contains("2 findings added"), "{}", ran.stdout);
}

#[test]
fn accepted_findings_are_counted_and_nothing_else() {
    let sandbox = Sandbox::new();
    sandbox.write("a.sh", clone(1) + &clone(2));
    create(&sandbox);
    let file = sandbox.home().join("bbsweep-baseline.json");
    let text = fs::read_to_string(&file).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["accepted"][0]["expires"], "2026-12-26");
    assert!(!text.contains(&secret::app_password(1)), "{text}");

    let with = ["--baseline", "bbsweep-baseline.json", "--format", "json"];
    let scan = [&["scan"][..], &TODAY, &with].concat();
    let report = sandbox.run(&scan).exits(0).json();
    assert_eq!(report["summary"]["suppressed"].as_array().unwrap().len(), 2);
    let reason = report["summary"]["suppressed"][0]["reason"].as_str().unwrap();
    assert_eq!(reason, "accepted by @acme/web until 2026-12-26: moves in Q1");
    // It stays when lines move, and another one is a finding.
    sandbox.write("a.sh", format!("\n\n{}{}{}", clone(1), clone(2), clone(3)));
    let report = sandbox.run(&scan).exits(1).json();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    // What is accepted is not rewritten.
    let apply = [&["apply", "--baseline", "bbsweep-baseline.json", "-q"][..], &TODAY].concat();
    sandbox.run(apply).exits(0);
    assert!(
        fs::read_to_string(sandbox.home().join("a.sh")).unwrap().contains(&secret::app_password(1))
    );
    // Expired, it is a finding again.
    let later = ["scan", "--no-config", "--today", "2026-12-26"];
    sandbox.run([&later[..], &with].concat()).exits(1);
    // The config names it, too.
    sandbox.write("bbsweep.toml", "baseline = \"bbsweep-baseline.json\"\n");
    sandbox.run(["scan", "--today", "2026-11-26", "-q"]).exits(0);
}

#[test]
fn it_grows_and_shrinks() {
    let sandbox = Sandbox::new();
    sandbox.write("a.sh", clone(1) + &clone(2));
    create(&sandbox);
    let again = sandbox.run(["baseline", "create", "--reason", "x"]).exits(2);
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
    sandbox.write("a.sh", clone(2) + &clone(3));
    let update = ["baseline", "update", "--reason", "vendored", "--format", "json"];
    let done = sandbox.run([&update[..], &TODAY].concat()).exits(0).json();
    assert_eq!((&done["added"], &done["kept"]), (&1.into(), &2.into()));
    let prune = ["baseline", "prune", "--format", "json"];
    let done = sandbox.run([&prune[..], &TODAY].concat()).exits(0).json();
    assert_eq!((&done["removed"], &done["kept"]), (&1.into(), &2.into()));
    // An acceptance that is over is accepted anew, or forgotten.
    let later = ["--no-config", "--today", "2027-03-01"];
    let done = sandbox.run([&prune[..], &later].concat()).json();
    assert_eq!((&done["removed"], &done["expired"]), (&0.into(), &1.into()));
    let done = sandbox.run([&prune[..], &["--expired"], &later].concat()).json();
    assert_eq!((&done["removed"], &done["expired"]), (&1.into(), &0.into()));
    let done = sandbox.run([&update[..], &later].concat()).json();
    assert_eq!(done["added"], 1);
    // What could not be looked at may still be there.
    let locked = sandbox.write("locked/b.sh", clone(9));
    crate::support::set_mode(&locked, 0);
    let before = fs::read(sandbox.home().join("bbsweep-baseline.json")).unwrap();
    let ran = sandbox.run_unprivileged([&prune[..], &TODAY].concat()).exits(2);
    assert!(ran.stderr.contains("was not whole"), "{}", ran.stderr);
    assert_eq!(fs::read(sandbox.home().join("bbsweep-baseline.json")).unwrap(), before);
    // A day that is over accepts nothing.
    let past = ["baseline", "update", "--reason", "x", "--expires", "2026-01-01"];
    assert!(sandbox.run([&past[..], &TODAY].concat()).exits(2).stderr.contains("counts on no day"));
}

#[test]
fn a_conflict_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write("a.sh", clone(1) + &clone(2));
    create(&sandbox);
    let file = sandbox.home().join("bbsweep-baseline.json");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replacen('\n', "\n<<<<<<< HEAD\n", 1)).unwrap();
    let ran = sandbox.run(["scan", "--no-config", "--baseline", "bbsweep-baseline.json"]).exits(2);
    assert!(ran.stderr.contains("merge conflict markers, from line 2"), "{}", ran.stderr);
}
