//! `bbsweep.toml`, the flags that do the same, and what is suppressed.

use serde_json::Value;

use crate::support::{Ran, Sandbox};

const SECRET: &str = "ATBBexampleNotARealSecret0010A1B2C3D";

fn url(host: &str) -> String {
    format!("git clone https://joe:{SECRET}@{host}/t/r.git")
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"))
}

/// Path and rule of each finding, and who suppressed the others.
fn seen(ran: &Ran) -> (Vec<String>, Vec<String>) {
    let report = json(ran);
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let rows = |rows: &Value, key: &str| {
        rows.as_array()
            .map(|rows| rows.iter().map(|row| text(row, "path") + " " + &text(row, key)).collect())
            .unwrap_or_default()
    };
    (rows(&report["findings"], "rule"), rows(&report["summary"]["suppressed"], "by"))
}

#[test]
fn the_nearest_config_counts_and_flags_win() {
    let sandbox = Sandbox::new();
    sandbox.write("work/app/a.sh", url("bitbucket.org"));
    sandbox.write("work/app/b.sh", url("git.example.com").replace(SECRET, "exampleLegacyPw00001"));
    sandbox.write(".config/bbsweep/bbsweep.toml", "exclude = [\"a.sh\"]\n");
    let scan = |more: &[&str]| {
        let args = ["scan", "work/app", "--format", "json"].into_iter().chain(more.iter().copied());
        sandbox.run(args)
    };
    // The user's.
    assert_eq!(scan(&[]).status, 0);
    assert_eq!(seen(&scan(&["--no-config"])).0, ["a.sh url-userinfo"]);
    // One above the scanned folder, instead of the user's.
    sandbox.write("work/bbsweep.toml", "follow = true\n[hosts]\ngit = [\"git.example.com\"]\n");
    let ran = scan(&[]);
    assert_eq!(seen(&ran).0, ["a.sh url-userinfo", "b.sh url-userinfo"]);
    let header = &json(&ran)["header"];
    assert!(header["config"].as_str().unwrap().ends_with("work/bbsweep.toml"), "{header}");
    assert_eq!(header["options"]["git-host"], "git.example.com");
    assert_eq!(header["options"]["follow"], "true");
    // The one that is named; with the flag that does the same.
    let named = sandbox.write("named.toml", "[rules]\ndisable = [\"env-variable\"]\n");
    let named = named.to_str().unwrap();
    assert_eq!(seen(&scan(&["--config", named])).0, ["a.sh url-userinfo"]);
    let both = scan(&["--config", named, "--git-host", "git.example.com"]);
    assert_eq!(seen(&both).0.len(), 2);
    // What the config gave is not said again as a flag for the next command.
    let shown = sandbox.run(["scan", "work/app"]).stdout;
    assert!(!shown.contains("--git-host"), "{shown}");
    let shown = sandbox.run(["scan", "work/app", "--no-config", "--git-host", "x.example.com"]);
    assert!(shown.stdout.contains("--git-host=x.example.com --no-config"), "{shown:?}");
}

#[test]
fn a_wrong_config_is_an_error_with_its_place() {
    let sandbox = Sandbox::new();
    sandbox.write("bbsweep.toml", "follow = true\nexcludes = [\"a\"]\n");
    for command in [&["scan", "."][..], &["apply", ".", "--dry-run"], &["patch", "."]] {
        let ran = sandbox.run(command);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains("bbsweep.toml:2:1: unknown field `excludes`"), "{ran:?}");
        assert!(
            ran.stderr.contains("bbsweep: 2 | excludes = [\"a\"]\nbbsweep:   | ^^^^^^^^"),
            "{ran:?}"
        );
    }
    let ran = sandbox.run(["scan", ".", "--config", "none.toml"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("cannot read the config none.toml"), "{ran:?}");
    sandbox.write("bbsweep.toml", format!("# {SECRET}\n"));
    let ran = sandbox.run(["scan", "."]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("a secret stands here") && !ran.stderr.contains(SECRET), "{ran:?}");
}

#[test]
fn what_is_suppressed_is_counted_named_and_left_alone() {
    let sandbox = Sandbox::new();
    let text = format!("# bbsweep:ignore\n{}\n", url("bitbucket.org"));
    sandbox.write("inline.sh", &text);
    sandbox.write("allowed/a.sh", url("bitbucket.org"));
    sandbox.write("disabled.sh", "export BITBUCKET_APP_PASSWORD\n");
    sandbox.write(
        "bbsweep.toml",
        "[rules]\ndisable = [\"env-variable\"]\n[[allow]]\npath = \"allowed/\"\nreason = \"tests\"\n",
    );
    let ran = sandbox.run(["scan", ".", "--format", "json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let (findings, suppressed) = seen(&ran);
    assert_eq!(findings, [""; 0]);
    assert_eq!(suppressed, ["allowed/a.sh allow", "disabled.sh rule", "inline.sh inline"]);
    let shown = sandbox.run(["scan", "."]).stdout;
    assert!(shown.contains("; 3 suppressed (--show-suppressed lists them)"), "{shown}");
    let shown = sandbox.run(["scan", ".", "--show-suppressed"]).stdout;
    for part in [
        "1 by disabled rules (env-variable), 1 by the allow list (tests), 1 by bbsweep:ignore",
        "inline.sh:2  url-userinfo",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let applied = sandbox.run(["apply", ".", "--unsafe"]);
    assert_eq!(applied.status, 0, "{applied:?}");
    assert_eq!(std::fs::read_to_string(sandbox.home().join("inline.sh")).unwrap(), text);
    for format in ["terminal", "json", "jsonl", "md"] {
        let ran = sandbox.run(["scan", ".", "--show-suppressed", "--format", format]);
        assert!(!ran.stdout.contains(SECRET) && !ran.stderr.contains(SECRET), "{format}");
        for threads in ["1", "4"] {
            let args = ["scan", ".", "--show-suppressed", "--format", format, "-j", threads];
            let again = sandbox.run(args).stdout.lines().filter(stable).collect::<String>();
            assert_eq!(again, ran.stdout.lines().filter(stable).collect::<String>());
        }
    }
}

/// Whether a line says nothing of the time.
fn stable(line: &&str) -> bool {
    ["elapsed_ms", "started", "scanned ", "Scanned: "].iter().all(|word| !line.contains(word))
}

#[test]
fn a_variable_that_a_suppressed_use_reads_keeps_its_name() {
    let sandbox = Sandbox::new();
    sandbox.write("a.sh", "echo \"$BITBUCKET_APP_PASSWORD\" | docker login\n");
    let keep = "true \"$BITBUCKET_APP_PASSWORD\" # bbsweep:ignore\n";
    sandbox.write("b.sh", keep);
    let ran = sandbox.run(["scan", ".", "--format", "json"]);
    let reason = json(&ran)["findings"][0]["rewrite"]["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("b.sh:1, which is to stay as it is"), "{reason}");
    sandbox.run(["apply", ".", "--unsafe"]);
    let after = std::fs::read_to_string(sandbox.home().join("b.sh")).unwrap();
    assert_eq!(after, keep);
    let after = std::fs::read_to_string(sandbox.home().join("a.sh")).unwrap();
    assert!(after.contains("$BITBUCKET_APP_PASSWORD"), "{after}");
}

#[test]
fn dates_can_be_moved() {
    let sandbox = Sandbox::new();
    sandbox.write("bbsweep.toml", "[timeline]\nremoved = 2027-01-31\n");
    let ran = sandbox.run(["scan", ".", "--today", "2026-11-24", "--format", "json"]);
    assert_eq!(json(&ran)["summary"]["calendar"]["phase"], "brownouts", "{ran:?}");
    let ran = sandbox.run(["scan", ".", "--removed", "2020-01-01"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("the dates are not in order"), "{ran:?}");
}
