//! `fleet key`, `fleet merge`, `fleet report`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{Sandbox, secret, tree};

/// A report of `host` with the credential `shared` and one of its own, begun on this day.
fn report(sandbox: &Sandbox, host: &str, n: u64, day: &str) -> String {
    let folder = format!("{host}/src");
    let clone = |n: u64| {
        format!("git clone https://bob:{}@bitbucket.org/t/r{n}.git\n", secret::app_password(n))
    };
    sandbox.write(format!("{folder}/a.sh"), clone(1));
    sandbox.write(format!("{folder}/b.sh"), clone(n));
    let file = format!("{host}-{day}.jsonl");
    let args =
        ["scan", &folder, "--no-config", "--format", "jsonl", "-o", &file, "--host-name", host];
    sandbox.run([&args[..], &["--fleet-key-file", "fleet.key"]].concat()).exits(1);
    let path = sandbox.home().join(&file);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, began(&text, &format!("{day}T03:00:00Z"))).unwrap();
    file
}

/// A report that began at another time.
fn began(text: &str, at: &str) -> String {
    let start = text.find("\"started\":\"").unwrap() + 11;
    let end = start + text[start..].find('"').unwrap();
    format!("{}{at}{}", &text[..start], &text[end..])
}

fn fleet() -> Sandbox {
    let sandbox = Sandbox::new();
    let ran = sandbox.run(["fleet", "key"]).exits(0);
    let key = fs::read_to_string(sandbox.home().join("fleet.key")).unwrap();
    assert!(key.trim().len() == 64 && !ran.stdout.contains(key.trim()));
    let mode = sandbox.home().join("fleet.key").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(sandbox.run(["fleet", "key"]).exits(2).stderr.contains("never overwritten"));
    sandbox
}

const NOW: [&str; 2] = ["--now", "2026-11-26T12:00:00Z"];

fn merge(sandbox: &Sandbox, reports: &[&str]) -> crate::support::Ran {
    let args = [&["fleet", "merge", "--format", "json"], reports, &NOW].concat();
    sandbox.run(args)
}

fn view(sandbox: &Sandbox, more: &[&str]) -> serde_json::Value {
    let args = [&["fleet", "report", "--format", "json"], more, &NOW].concat();
    sandbox.run(args).json()
}

#[test]
fn one_credential_on_three_hosts_is_one_row() {
    let sandbox = fleet();
    let a = report(&sandbox, "host-a", 2, "2026-11-25");
    let b = report(&sandbox, "host-b", 3, "2026-11-25");
    let c = report(&sandbox, "host-c", 4, "2026-11-10");
    let ran = merge(&sandbox, &[&a, &b, &c]).exits(0);
    assert_eq!(ran.json()["merged"], 3);
    let store = sandbox.home().join("fleet.sqlite");
    assert_eq!(store.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    sandbox.write("hosts.txt", "host-a web\nhost-b web\nhost-c ops\nhost-d ops\n");
    let view_of = view(&sandbox, &["--inventory", "hosts.txt"]);
    assert_eq!((&view_of["errors"], &view_of["distinct_credentials"]), (&6.into(), &4.into()));
    let first = &view_of["credentials"][0];
    assert_eq!((&first["places"], &first["hosts"]), (&3.into(), &3.into()));
    assert_eq!(first["uses"][0], "git");
    assert_eq!(first["scopes"][0], "read:repository:bitbucket");
    let states: Vec<_> = view_of["hosts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| format!("{} {}", row["host"].as_str().unwrap(), row["state"].as_str().unwrap()))
        .collect();
    assert_eq!(states, ["host-d missing", "host-c stale", "host-a current", "host-b current"]);
    assert_eq!(view_of["complete"], false);
    let teams: Vec<_> =
        view_of["teams"].as_array().unwrap().iter().map(|row| &row["name"]).collect();
    assert_eq!(teams, ["web", "ops"]);
    // Nothing of a secret, in whatever form it is shown.
    for format in ["terminal", "md", "html", "json"] {
        let ran = sandbox.run([&["fleet", "report", "--format", format][..], &NOW].concat());
        assert_eq!(ran.status, 1);
        assert!(ran.stdout.contains("host-b"), "{}", ran.stdout);
        for n in 1..5 {
            assert!(!ran.stdout.contains(&secret::app_password(n)[4..]));
        }
    }
    let bytes = fs::read(&store).unwrap();
    let needle = &secret::app_password(1).into_bytes()[4..];
    assert!(!bytes.windows(needle.len()).any(|window| window == needle));
}

#[test]
fn the_last_complete_run_counts_and_the_others_are_the_burn_down() {
    let sandbox = fleet();
    let old = report(&sandbox, "host-a", 2, "2026-11-01");
    sandbox.write("host-a/src/c.sh", "echo\n");
    let new = report(&sandbox, "host-a", 2, "2026-11-15");
    merge(&sandbox, &[&new]).exits(0);
    // In any order, and twice.
    assert_eq!(merge(&sandbox, &[&old, &new]).exits(0).json()["known"], 1);
    sandbox.write("host-a/src/a.sh", "echo\n");
    let last = "last.jsonl";
    let args = ["scan", "host-a/src", "--no-config", "--format", "jsonl", "-o", last];
    let more = ["--host-name", "host-a", "--fleet-key-file", "fleet.key"];
    sandbox.run([&args[..], &more].concat()).exits(1);
    let path = sandbox.home().join(last);
    let text = fs::read_to_string(&path).unwrap();
    let text = began(&text, "2026-11-24T03:00:00Z");
    // Cut off: partial, so the one before counts.
    let cut = text.rfind("{\"type\":\"summary\"").unwrap() + 40;
    fs::write(&path, &text[..cut]).unwrap();
    let ran = merge(&sandbox, &[last]).exits(3);
    assert!(
        ran.json()["partial"][0]["why"].as_str().unwrap().contains("cut off in line"),
        "{ran:?}"
    );
    let seen = view(&sandbox, &[]);
    assert_eq!(seen["errors"], 2);
    let note = seen["notes"][0].as_str().unwrap();
    assert!(note.contains("a later run is partial") && note.contains("host-a"), "{note}");
    // The whole of it.
    let whole = text.replacen("2026-11-24", "2026-11-25", 1);
    fs::write(&path, whole).unwrap();
    merge(&sandbox, &[last]).exits(0);
    let seen = view(&sandbox, &[]);
    assert_eq!(seen["errors"], 1);
    let weeks: Vec<_> = seen["burn_down"]
        .as_array()
        .unwrap()
        .iter()
        .map(|week| format!("{} {}", week["until"].as_str().unwrap(), week["left"]))
        .collect();
    assert_eq!(
        weeks,
        ["2026-11-01 2", "2026-11-08 2", "2026-11-15 2", "2026-11-22 2", "2026-11-26 1"]
    );
    assert!(seen["per_week"].as_f64().unwrap() > 0.1);
    assert!(seen["zero"].as_str().unwrap() > "2026-11-26");
}

#[test]
fn what_is_wrong_is_named_and_the_rest_is_merged() {
    let sandbox = fleet();
    let good = report(&sandbox, "host-a", 2, "2026-11-25");
    let text = fs::read_to_string(sandbox.home().join(&good)).unwrap();
    sandbox.write("newer.jsonl", text.replacen("\"schema\":1", "\"schema\":9", 1));
    sandbox.write("future.jsonl", text.replacen("2026-11-25T", "2031-01-01T", 1));
    sandbox.write("empty.jsonl", "");
    sandbox.write("other.jsonl", "hello\n");
    sandbox.write(
        "half.jsonl",
        text.lines().take(2).collect::<Vec<_>>().join("\n").replacen("host-a", "host-h", 1),
    );
    fs::write(sandbox.home().join("k2"), "another key of sixteen bytes and more\n").unwrap();
    fs::rename(sandbox.home().join("fleet.key"), sandbox.home().join("k1")).unwrap();
    fs::copy(sandbox.home().join("k2"), sandbox.home().join("fleet.key")).unwrap();
    let other_key = report(&sandbox, "host-k", 5, "2026-11-25");
    fs::copy(sandbox.home().join("k1"), sandbox.home().join("fleet.key")).unwrap();
    let more = report(&sandbox, "host-m", 6, "2026-11-25");
    // Another machine of the same name, at the same time.
    sandbox.write("twin.jsonl", text.replacen("T03:00:00Z", "T03:00:00.001Z", 1));
    let long = text.replacen("\"elapsed_ms\":", "\"elapsed_ms\":9", 1);
    sandbox.write(&good, long);
    let reports = [
        &good[..],
        "newer.jsonl",
        "future.jsonl",
        "empty.jsonl",
        "other.jsonl",
        "half.jsonl",
        "none.jsonl",
        &other_key,
        &more,
        "twin.jsonl",
    ];
    let ran = merge(&sandbox, &reports).exits(3);
    let json = ran.json();
    let why = |name: &str| {
        let rows = json["refused"].as_array().unwrap();
        let row = rows.iter().find(|row| row["report"] == name).unwrap();
        row["why"].as_str().unwrap().to_owned()
    };
    assert!(why("newer.jsonl").contains("schema is 9"));
    assert!(why("future.jsonl").contains("clock is in the future"));
    assert!(why("empty.jsonl").contains("empty"));
    assert!(why("none.jsonl").contains("cannot be read"));
    assert!(!why("other.jsonl").is_empty());
    assert_eq!(json["partial"][0]["report"], "half.jsonl");
    assert_eq!(json["merged"], 5);
    let notes = view(&sandbox, &[])["notes"].to_string();
    assert!(
        notes.contains("not under the fleet key that most have") && notes.contains("host-k"),
        "{notes}"
    );
    assert!(
        notes.contains("two hosts seem to have one name") && notes.contains("host-a"),
        "{notes}"
    );
    // A file that is no store is left alone.
    sandbox.write("mine.sqlite", "not a database, but mine\n");
    let ran = sandbox.run(["fleet", "merge", &good, "-o", "mine.sqlite"]).exits(2);
    assert!(ran.stderr.contains("mine.sqlite"), "{}", ran.stderr);
    assert_eq!(
        fs::read_to_string(sandbox.home().join("mine.sqlite")).unwrap(),
        "not a database, but mine\n"
    );
}

#[test]
fn one_document_without_a_store() {
    let sandbox = fleet();
    let a = report(&sandbox, "host-a", 2, "2026-11-25");
    let packed = sandbox.home().join(&a);
    assert!(sandbox.command("gzip").arg(&packed).status().unwrap().success());
    let gz = format!("{a}.gz");
    for (file, what) in [("f.json", "\"burn_down\""), ("f.md", "## By rule"), ("f.html", "<table")]
    {
        let args = [&["fleet", "merge", &gz, "-o", file][..], &NOW].concat();
        sandbox.run(args).exits(0);
        let text = fs::read_to_string(sandbox.home().join(file)).unwrap();
        assert!(text.contains(what), "{text}");
    }
    let ran = sandbox.run(["fleet", "merge", &gz, "-o", "f.txt"]).exits(2);
    assert!(ran.stderr.contains("ends in none of"), "{}", ran.stderr);
    assert!(sandbox.run(["fleet", "report"]).exits(2).stderr.contains("there is no store"));
}

#[test]
fn tables_for_other_engines() {
    let sandbox = fleet();
    let a = report(&sandbox, "host-a", 2, "2026-11-25");
    let old = report(&sandbox, "host-a", 2, "2026-11-20");
    let args = ["fleet", "merge", &a, &old, "-o", "fleet.parquet", "--format", "json"];
    assert_eq!(sandbox.run(args).exits(0).json()["merged"], 2);
    for name in ["fleet.parquet", "fleet.runs.parquet", "fleet.unread.parquet"] {
        let path = sandbox.home().join(name);
        let bytes = fs::read(&path).unwrap();
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"), "{name}");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    // The same from a store, byte for byte.
    merge(&sandbox, &[&a, &old]).exits(0);
    let first = fs::read(sandbox.home().join("fleet.parquet")).unwrap();
    let args = ["fleet", "report", "--format", "parquet", "-o", "again.parquet"];
    sandbox.run(args).exits(1);
    assert_eq!(fs::read(sandbox.home().join("again.parquet")).unwrap(), first);
    let ran = sandbox.run(["fleet", "report", "--format", "parquet"]).exits(2);
    assert!(ran.stderr.contains("name one with -o"), "{}", ran.stderr);
}

#[test]
fn with_a_full_disk_everything_stays_as_it_was() {
    let sandbox = fleet();
    let a = report(&sandbox, "host-a", 2, "2026-11-20");
    merge(&sandbox, &[&a]).exits(0);
    for name in ["f.parquet", "f.html"] {
        sandbox.run(["fleet", "merge", &a, "-o", name]).exits(0);
    }
    // More than there is room for.
    let text = fs::read_to_string(sandbox.home().join(&a)).unwrap();
    let mut lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
    let row = lines.iter().find(|line| line.contains("\"type\":\"finding\"")).unwrap().clone();
    let more = (0..3000).map(|n| row.replace("\"line\":1", &format!("\"line\":{}", n + 10)));
    lines.splice(1..1, more);
    sandbox.write("big.jsonl", began(&lines.join("\n"), "2026-11-25T03:00:00Z"));
    let before = tree(&sandbox.home());
    for (name, why) in [
        ("fleet.sqlite", "the store stays as it was"),
        ("f.parquet", "cannot write f.parquet"),
        ("f.html", "cannot write f.html"),
    ] {
        let room = if name == "fleet.sqlite" { 16 } else { 2 };
        let ran = sandbox.run_with_little_room(room, &["fleet", "merge", "big.jsonl", "-o", name]);
        assert_eq!(ran.status, 2, "{name}: {ran:?}");
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
    assert!(tree(&sandbox.home()) == before, "something was changed");
    // With room it is merged.
    merge(&sandbox, &["big.jsonl"]).exits(0);
    assert_eq!(view(&sandbox, &[])["errors"], 3002);
}
