//! `audit`: what is new, by which policy it exits, and that two never overlap.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{BIN, Ran, Sandbox, secret, tree};

fn clone(n: u64) -> String {
    format!("git clone https://bob:{}@bitbucket.org/t/r{n}.git\n", secret::app_password(n))
}

/// A config with roots, and what is found there.
fn planted(more: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("src/one/a.sh", clone(1));
    sandbox.write("src/two/b.sh", clone(2));
    sandbox.write("elsewhere/c.sh", clone(3));
    let config = format!("[audit]\nroots = [\"src/*\"]\nstate-dir = \"state\"\n{more}");
    sandbox.write("conf/bbsweep.toml", config);
    sandbox
}

fn audit(sandbox: &Sandbox, more: &[&str]) -> Ran {
    // A name is of a second, and tells the order.
    std::thread::sleep(Duration::from_millis(5));
    let args = ["audit", "--config", "conf/bbsweep.toml", "--format", "json"];
    sandbox.run([&args[..], more].concat())
}

fn counts(ran: &Ran) -> [u64; 4] {
    let audit = &ran.json()["summary"]["audit"];
    ["new", "known", "fixed", "overdue"].map(|name| audit[name].as_u64().unwrap())
}

#[test]
fn a_run_says_what_is_new_since_the_one_before() {
    let sandbox = planted("");
    // Roots of the config, relative to it.
    let sandbox_conf = sandbox.home().join("conf");
    fs::rename(sandbox.home().join("src"), sandbox_conf.join("src")).unwrap();
    let first = audit(&sandbox, &[]).exits(1);
    assert_eq!(counts(&first), [2, 0, 0, 0]);
    assert_eq!(first.json()["summary"]["audit"]["previous"], serde_json::Value::Null);
    let second = audit(&sandbox, &[]).exits(0);
    assert_eq!(counts(&second), [0, 2, 0, 0]);
    assert_eq!(second.json()["summary"]["audit"]["previous"], first.json()["header"]["started"]);
    assert_eq!(
        second.json()["findings"][0]["audit"]["first_seen"],
        first.json()["header"]["started"]
    );
    sandbox.write("conf/src/one/a.sh", "echo\n");
    sandbox.write("conf/src/two/new.sh", clone(5));
    let third = audit(&sandbox, &[]).exits(1);
    assert_eq!(counts(&third), [1, 1, 1, 0]);
    // Other policies.
    audit(&sandbox, &["--fail-on", "any"]).exits(1);
    audit(&sandbox, &["--fail-on", "never"]).exits(0);
    audit(&sandbox, &["--fail-on", "overdue"]).exits(0);
    let overdue = audit(&sandbox, &["--fail-on", "overdue", "--due-days", "0"]).exits(1);
    assert_eq!(counts(&overdue), [0, 2, 0, 2]);
    let runs = sandbox_conf.join("state/runs");
    assert_eq!(runs.read_dir().unwrap().count(), 7);
    assert_eq!(runs.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    audit(&sandbox, &["--keep", "3"]).exits(0);
    assert_eq!(runs.read_dir().unwrap().count(), 3);
    for run in runs.read_dir().unwrap() {
        let path = run.unwrap().path();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        sandbox.run(["report", path.to_str().unwrap(), "-q"]).exits(1);
    }
    let text = sandbox.run(["audit", "--config", "conf/bbsweep.toml"]).exits(0).stdout;
    assert!(text.contains("audit     0 new, 2 known, 0 fixed since 20"), "{text}");
    assert!(text.contains("= audit: known since 20"), "{text}");
}

#[test]
fn files_are_written_as_the_config_says() {
    let sandbox = planted(
        "fail-on = \"never\"\n[[audit.output]]\nformat = \"prometheus\"\npath = \"out/b.prom\"\n\
         [[audit.output]]\nformat = \"html\"\npath = \"out/b.html\"\n",
    );
    fs::rename(sandbox.home().join("src"), sandbox.home().join("conf/src")).unwrap();
    // A folder that is not there is an error, and the run is not lost.
    let ran = audit(&sandbox, &[]).exits(2);
    assert!(ran.stderr.contains("cannot write conf/out/b.prom"), "{}", ran.stderr);
    fs::create_dir(sandbox.home().join("conf/out")).unwrap();
    let ran = audit(&sandbox, &[]).exits(0);
    assert_eq!(counts(&ran), [2, 0, 0, 0]);
    let text = fs::read_to_string(sandbox.home().join("conf/out/b.prom")).unwrap();
    assert!(text.contains("bbsweep_audit_findings{kind=\"new\"} 2"), "{text}");
    let page = || fs::read_to_string(sandbox.home().join("conf/out/b.html")).unwrap();
    assert!(page().contains("<figure>"));
    // The run that could not write its files is no run.
    assert!(!page().contains("Burn-down"), "one run is no line");
    fs::remove_file(sandbox.home().join("conf/src/one/a.sh")).unwrap();
    let left: Vec<_> = audit(&sandbox, &[]).exits(0).json()["summary"]["audit_runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["left"].as_u64().unwrap())
        .collect();
    assert_eq!(left, [2, 1]);
    assert!(page().contains("<figcaption>Burn-down</figcaption>") && page().contains("<polyline"));
    let wrong = "[audit]\ntime-limit = \"soon\"\n";
    sandbox.write("conf/bbsweep.toml", wrong);
    let ran = audit(&sandbox, &[]).exits(2);
    assert!(ran.stderr.contains("expected a time such as 45m"), "{}", ran.stderr);
}

#[test]
fn an_acceptance_that_expired_is_overdue() {
    let sandbox = planted("");
    let accept = ["baseline", "create", "src", "--no-config", "--reason", "x"];
    let until = ["--today", "2026-11-26", "--expires", "2026-12-01"];
    sandbox.run([&accept[..], &until].concat()).exits(0);
    let args = ["audit", "src", "--no-config", "--state-dir", "s", "--format", "json"];
    let more = ["--baseline", "bbsweep-baseline.json", "--fail-on", "overdue"];
    let on = |day: &str| sandbox.run([&args[..], &more, &["--today", day]].concat());
    assert_eq!(counts(&on("2026-11-30").exits(0)), [0, 0, 0, 0]);
    let ran = on("2026-12-01").exits(1);
    assert_eq!(counts(&ran), [2, 0, 0, 2]);
    assert_eq!(ran.json()["findings"][0]["audit"]["acceptance_expired"], true);
}

#[test]
fn two_never_overlap_and_a_cut_off_one_is_partial() {
    let sandbox = planted("");
    fs::rename(sandbox.home().join("src"), sandbox.home().join("conf/src")).unwrap();
    // It waits for a load that no host has, and holds the lock.
    let mut command = sandbox.command(BIN);
    command.args(["audit", "--config", "conf/bbsweep.toml", "--format", "json", "--max-load=-1"]);
    let child = command
        .args(["--time-limit", "3s"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lock = sandbox.home().join("conf/state/lock");
    let begun = Instant::now();
    while !lock.exists() && begun.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    let other = audit(&sandbox, &[]).exits(2);
    assert!(other.stderr.contains("another audit is at work here"), "{}", other.stderr);
    let ran = Ran::of(&child.wait_with_output().unwrap());
    assert!(ran.stderr.contains("the load is above -1"), "{}", ran.stderr);
    assert!(ran.stderr.contains("the time limit of 3 seconds is over"), "{}", ran.stderr);
    assert_eq!(ran.json()["summary"]["complete"], false);
    assert!(matches!(ran.status, 1 | 3), "{ran:?}");
    // The next one goes on, and is whole.
    let next = audit(&sandbox, &["--nice", "5"]).exits(1);
    assert_eq!(next.json()["summary"]["complete"], true);
    assert_eq!(next.json()["findings"].as_array().unwrap().len(), 2);
}

#[test]
fn nothing_to_audit_is_an_error() {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(["audit", "--no-config"]).exits(2);
    assert!(ran.stderr.contains("nothing to audit"), "{}", ran.stderr);
}

#[test]
fn with_a_full_disk_the_run_before_stays() {
    let sandbox = planted("");
    fs::rename(sandbox.home().join("src"), sandbox.home().join("conf/src")).unwrap();
    audit(&sandbox, &[]).exits(1);
    let before = tree(&sandbox.home().join("conf/state"));
    for n in 10..30 {
        sandbox.write(format!("conf/src/one/{n}.sh"), clone(n));
    }
    let args = ["audit", "--config", "conf/bbsweep.toml", "-q"];
    let ran = sandbox.run_with_little_room(4, &args);
    assert_eq!(ran.status, 2, "{ran:?}");
    assert!(ran.stderr.contains("cannot write conf/state/runs/"), "{}", ran.stderr);
    let kept = |tree: std::collections::BTreeMap<std::path::PathBuf, Vec<u8>>| {
        tree.into_iter().filter(|(path, _)| !path.starts_with("cache")).collect::<Vec<_>>()
    };
    assert!(
        kept(tree(&sandbox.home().join("conf/state"))) == kept(before),
        "something was changed"
    );
    // What it found is new to the next one.
    assert_eq!(counts(&audit(&sandbox, &[]).exits(1)), [20, 2, 0, 0]);
}
