//! Exit statuses, output files, and what each command says.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::{FORMATS, Sandbox, secret, tree};

fn clone(secret: &str) -> String {
    format!("#!/bin/bash\ngit clone https://ci:{secret}@bitbucket.org/acme/app.git\n")
}

#[test]
fn exit_statuses_are_the_same_in_every_format() {
    let sandbox = Sandbox::new();
    sandbox.write("clean/readme.txt", "nothing\n");
    sandbox.write("found/x.sh", clone(&secret::app_password(1)));
    sandbox.write("note/x.sh", "git clone https://ci@bitbucket.org/acme/app.git\n");
    for format in FORMATS {
        for (args, status) in [
            (&["clean"][..], 0),
            (&["found"], 1),
            (&["note", "--notes"], 0),
            (&["found", "--exit-zero"], 0),
            (&["clean", "nowhere"], 3),
            (&["clean", "nowhere", "--exit-zero"], 3),
            (&["found", "nowhere"], 1),
            (&["found", "nowhere", "--exit-zero"], 3),
            (&["found", "--exclude", "[z-"], 2),
            (&["found", "--no-such-flag"], 2),
            (&["found", "--output", "no/such/folder/x"], 2),
            (&["found", "--fleet-key-file", "nowhere"], 2),
        ] {
            sandbox.run([&["scan", "--format", format], args].concat()).exits(status);
        }
    }
}

#[test]
fn standard_input() {
    let sandbox = Sandbox::new();
    let text = clone(&secret::legacy(1));
    for format in FORMATS {
        sandbox.run_with_stdin(["scan", "-", "--format", format], text.as_bytes()).exits(1);
        sandbox.run_with_stdin(["scan", "-", "--format", format], b"nothing\n").exits(0);
    }
    let json = sandbox.run_with_stdin(["scan", "-", "--format", "json"], text.as_bytes()).json();
    assert_eq!(json["findings"][0]["path"], "-");
    assert_eq!(json["findings"][0]["line"], 2);
    let refused = sandbox.run_with_stdin(["apply", "-"], text.as_bytes()).exits(2);
    assert!(refused.stderr.contains("standard input"), "{}", refused.stderr);
    sandbox.run_with_stdin(["patch", "-"], text.as_bytes()).exits(2);
}

#[test]
fn a_report_file_is_private_and_the_screen_stays_empty() {
    let sandbox = Sandbox::new();
    sandbox.write("x.sh", clone(&secret::app_password(1)));
    let path = sandbox.beside("report");
    for format in FORMATS {
        let ran = sandbox.run(["scan", "--format", format, "-o", path.to_str().unwrap()]).exits(1);
        assert_eq!(ran.stdout, "");
        assert!(!fs::read(&path).unwrap().is_empty());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let sandbox = Sandbox::new();
    for index in 0..200 {
        sandbox.write(format!("{index}.sh"), clone(&secret::app_password(index)));
    }
    let script =
        format!("{{ {0} scan --format json; echo $? >status; }} | head -c 10", crate::support::BIN);
    let output = sandbox.command("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(fs::read_to_string(sandbox.home().join("status")).unwrap(), "1\n");
}

#[test]
fn a_report_that_cannot_be_written_is_an_error() {
    let sandbox = Sandbox::new();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = sandbox.command(crate::support::BIN).arg("scan").stdout(full).status().unwrap();
    assert_eq!(status.code(), Some(2));
    let ran = sandbox.run(["scan", "--output", "/dev/full"]).exits(2);
    assert!(ran.stderr.contains("cannot write /dev/full"), "{}", ran.stderr);
}

#[test]
fn the_day_decides_the_phase() {
    let sandbox = Sandbox::new();
    for (day, phase) in [
        ("2025-09-08", "open"),
        ("2026-01-01", "deprecated"),
        ("2026-06-09", "brownouts"),
        ("2026-11-24", "removed"),
    ] {
        let json = sandbox.run(["scan", "--format", "json", "--today", day]).exits(0).json();
        assert_eq!(json["summary"]["calendar"]["phase"], phase);
        assert_eq!(json["summary"]["calendar"]["today"], day);
    }
    sandbox.run(["scan", "--today", "tomorrow"]).exits(2);
}

#[test]
fn a_fleet_key_makes_fingerprints_that_can_be_compared() {
    let sandbox = Sandbox::new();
    let secret = secret::app_password(1);
    sandbox.write("a/x.sh", clone(&secret));
    sandbox.write("b/y.sh", clone(&secret));
    let key = sandbox.beside("key");
    let print = |dir: &str, args: &[&str]| {
        let args = [&["scan", "--format", "json", dir], args].concat();
        sandbox.run(args).json()["findings"][0]["credential_fingerprint"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    fs::write(&key, "0123456789abcdef0123456789abcdef\n").unwrap();
    let keyed = ["--fleet-key-file", key.to_str().unwrap()];
    assert!(print("a", &keyed).starts_with("hmac:"));
    assert_eq!(print("a", &keyed), print("b", &keyed));
    assert!(!print("a", &[]).starts_with("hmac:"));
    let before = print("a", &keyed);
    fs::write(&key, "another key of thirty-two bytes.\n").unwrap();
    assert_ne!(print("a", &keyed), before);
    fs::write(&key, "short").unwrap();
    sandbox.run(["scan", keyed[0], keyed[1]]).exits(2);
}

#[test]
fn a_patch_is_private_applies_and_is_not_mixed_with_an_older_one() {
    let sandbox = Sandbox::new();
    let secret = secret::app_password(1);
    sandbox.write("x.sh", clone(&secret));
    let out = sandbox.beside("out dir");
    let args = ["patch", "-o", out.to_str().unwrap(), "--format", "json"];
    let json = sandbox.run(args).exits(1).json();
    assert_eq!(out.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    for file in tree(&out).keys() {
        let mode = out.join(file).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    let command = json["patches"][0]["command"].as_str().unwrap();
    let applied = sandbox.command("sh").args(["-c", command]).status().unwrap();
    assert!(applied.success());
    assert!(!fs::read_to_string(sandbox.home().join("x.sh")).unwrap().contains(&secret));
    sandbox.run(["scan"]).exits(0);
    let refused = sandbox.run(args).exits(2);
    assert!(refused.stderr.contains("not empty"), "{}", refused.stderr);
}

#[test]
fn patch_says_what_its_files_hold() {
    let sandbox = Sandbox::new();
    sandbox.write("x.sh", clone(&secret::app_password(1)));
    let ran = sandbox.run(["patch", "-o", "../out"]).exits(1);
    for needed in ["OLD SECRETS", "0600", "git -C ", "review.md", "rm -r "] {
        assert!(ran.stdout.contains(needed), "{needed}: {}", ran.stdout);
    }
    let fine = sandbox.run(["patch", "-o", "../other", "--exclude", "x.sh"]).exits(0);
    assert!(fine.stdout.contains("Nothing to do"), "{}", fine.stdout);
    assert!(!sandbox.beside("other").exists());
}

#[test]
fn apply_makes_safe_edits_only_unless_told() {
    let sandbox = Sandbox::new();
    let old = secret::app_password(1);
    // Safe: a variable takes the secret's place. Review: the value of a variable.
    sandbox.write("ci/x.sh", clone(&old));
    sandbox.write(".env", format!("BITBUCKET_APP_PASSWORD={}\n", secret::app_password(2)));
    let before = tree(&sandbox.home());

    let dry = sandbox.run(["apply", "--dry-run"]).exits(1);
    assert!(dry.stdout.contains("would edit"), "{}", dry.stdout);
    assert_eq!(tree(&sandbox.home()), before);

    let safe = sandbox.run(["apply"]).exits(1);
    assert!(safe.stdout.contains("edited"), "{}", safe.stdout);
    assert!(safe.stdout.contains("--unsafe"), "{}", safe.stdout);
    let after = tree(&sandbox.home());
    assert_ne!(after, before);
    assert_eq!(
        after[".env".as_ref() as &std::path::Path],
        before[".env".as_ref() as &std::path::Path]
    );

    sandbox.run(["apply", "--unsafe"]).exits(0);
    sandbox.run(["scan"]).exits(0);
    let last = tree(&sandbox.home());
    let again = sandbox.run(["apply", "--unsafe"]).exits(0);
    assert!(again.stdout.contains("Nothing to do"), "{}", again.stdout);
    assert_eq!(tree(&sandbox.home()), last);
}

#[test]
fn apply_fills_stores_with_the_token_it_is_given() {
    let token = secret::api_token(1);
    for by_stdin in [false, true] {
        let sandbox = Sandbox::new();
        let old = secret::app_password(1);
        sandbox.write(".git-credentials", format!("https://ci:{old}@bitbucket.org\n"));
        sandbox.write(
            ".netrc",
            format!(
                "machine bitbucket.org login ci password {old}\n\
                 machine api.bitbucket.org login ci password {old}\n"
            ),
        );
        let ran = if by_stdin {
            let args = ["apply", "--token-stdin", "--email", "me@example.com"];
            sandbox.run_with_stdin(args, format!("{token}\n").as_bytes())
        } else {
            let mut command = sandbox.command(crate::support::BIN);
            command.args(["apply", "--token-env", "NEW", "--email", "me@example.com"]);
            crate::support::Ran::of(&command.env("NEW", &token).output().unwrap())
        };
        ran.exits(0);
        let files = tree(&sandbox.home());
        let text =
            |name: &str| String::from_utf8(files[std::path::Path::new(name)].clone()).unwrap();
        let encoded = token.replace('=', "%3D");
        assert_eq!(
            text(".git-credentials"),
            format!("https://x-bitbucket-api-token-auth:{encoded}@bitbucket.org\n")
        );
        assert_eq!(
            text(".netrc"),
            format!(
                "machine bitbucket.org login x-bitbucket-api-token-auth password {token}\n\
                 machine api.bitbucket.org login me@example.com password {token}\n"
            )
        );
        sandbox.run(["scan"]).exits(0);
    }
}

#[test]
fn apply_refuses_what_is_no_api_token() {
    let sandbox = Sandbox::new();
    let file = sandbox.write(
        ".git-credentials",
        format!("https://ci:{}@bitbucket.org\n", secret::app_password(1)),
    );
    let before = fs::read(&file).unwrap();
    for wrong in
        [secret::app_password(9), secret::access_token(9), secret::legacy(9), String::new()]
    {
        let ran = sandbox.run_with_stdin(["apply", "--token-stdin"], wrong.as_bytes()).exits(2);
        assert!(wrong.is_empty() || !ran.stderr.contains(&wrong), "{}", ran.stderr);
    }
    sandbox.run(["apply", "--token-env", "NOT_SET"]).exits(2);
    sandbox.run(["apply", "--token-env", "X", "--token-stdin"]).exits(2);
    sandbox.run(["apply", "--token", "x"]).exits(2);
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn apply_leaves_what_is_outside_of_the_paths() {
    let sandbox = Sandbox::new();
    let line = format!("https://ci:{}@bitbucket.org/", secret::app_password(1));
    let config = sandbox
        .write(".gitconfig", format!("[url \"{line}\"]\n\tinsteadOf = https://bitbucket.org/\n"));
    sandbox.write("src/readme.txt", "nothing\n");
    let before = fs::read(&config).unwrap();
    // Not looked at.
    sandbox.run(["apply", "src"]).exits(0);
    assert_eq!(fs::read(&config).unwrap(), before);
    // Asked for, and the user's own.
    sandbox.run(["scan", "src", "--git-config"]).exits(1);
    sandbox.run(["apply", "src", "--git-config"]).exits(0);
    assert!(!fs::read_to_string(&config).unwrap().contains(&line));
    // The home directory brings it along.
    fs::write(&config, &before).unwrap();
    let json = sandbox.run(["scan", ".", "--format", "json"]).exits(1).json();
    assert_eq!(json["findings"].as_array().unwrap().len(), 1, "{}", json["findings"]);
}

#[test]
fn two_roots_with_the_same_paths_are_told_apart() {
    let sandbox = Sandbox::new();
    sandbox.write("a/x.sh", clone(&secret::app_password(1)));
    sandbox.write("b/x.sh", clone(&secret::app_password(2)));
    let ran = sandbox.run(["apply", "a", "b"]).exits(0);
    assert!(ran.stdout.contains("a/x.sh") && ran.stdout.contains("b/x.sh"), "{}", ran.stdout);
    sandbox.run(["scan"]).exits(0);
}

#[test]
fn new_names_are_taken_and_checked() {
    let sandbox = Sandbox::new();
    sandbox.write("x.sh", clone(&secret::app_password(1)));
    sandbox.run(["apply", "--token-variable", "MY_TOKEN"]).exits(0);
    let text = fs::read_to_string(sandbox.home().join("x.sh")).unwrap();
    assert!(text.contains("x-bitbucket-api-token-auth:${MY_TOKEN}@bitbucket.org"), "{text}");
    sandbox.run(["apply", "--token-variable", "MY-TOKEN"]).exits(2);
    sandbox.run(["apply", "--email-variable", "${X}"]).exits(2);
    sandbox.run(["apply", "--email", "nobody"]).exits(2);
}

#[test]
fn what_is_not_a_saved_scan_is_refused() {
    let sandbox = Sandbox::new();
    for (name, text) in [
        ("empty.json", ""),
        ("text.json", "not json at all"),
        ("other.json", "{\"header\": 1}"),
        ("newer.json", "{\"header\":{\"schema\":999}}"),
    ] {
        sandbox.write(name, text);
        let ran = sandbox.run(["report", name]).exits(2);
        assert!(ran.stderr.contains(name), "{}", ran.stderr);
        assert_eq!(ran.stdout, "");
    }
    sandbox.run(["report", "nowhere.json"]).exits(2);
    sandbox.run(["report"]).exits(2);
}

#[test]
fn several_saved_scans_give_the_most_urgent_status() {
    let sandbox = Sandbox::new();
    sandbox.write("found/x.sh", clone(&secret::app_password(1)));
    sandbox.write("clean/x.sh", "");
    for root in ["found", "clean", "nowhere"] {
        let file = format!("../{root}.json");
        sandbox.run(["scan", root, "--format", "json", "-o", &file]);
    }
    sandbox.run(["report", "../clean.json"]).exits(0);
    sandbox.run(["report", "../clean.json", "../nowhere.json"]).exits(3);
    sandbox.run(["report", "../nowhere.json", "../found.json", "../clean.json"]).exits(1);
    let saved = fs::read(sandbox.beside("found.json")).unwrap();
    sandbox.run_with_stdin(["report", "-"], &saved).exits(1);
}

#[test]
fn scripts_and_pages_are_printed() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = sandbox.run(["completions", shell]).exits(0).stdout;
        assert!(script.contains("--max-filesize") || script.contains("max-filesize"), "{shell}");
    }
    let page = sandbox.run(["man"]).exits(0).stdout;
    assert!(page.contains(".TH bbsweep 1") && page.contains("Exit status"), "{page}");
    for command in ["scan", "patch", "apply", "report", "rules", "explain", "completions", "man"] {
        let page = sandbox.run(["man", command]).exits(0).stdout;
        assert!(page.contains(&format!(".TH bbsweep-{command} 1")), "{page}");
    }
    sandbox.run(["man", "nothing"]).exits(2);
}

#[test]
fn every_rule_is_explained() {
    let sandbox = Sandbox::new();
    let rules = sandbox.run(["rules", "--format", "json"]).exits(0).json();
    let rules = rules.as_array().unwrap();
    assert_eq!(rules.len(), bbsweep_scanner_core::Rule::ALL.len());
    for rule in rules {
        let id = rule["id"].as_str().unwrap();
        assert_eq!(&sandbox.run(["explain", id, "--format", "json"]).exits(0).json(), rule);
        let page = sandbox.run(["explain", id]).exits(0).stdout;
        for part in ["Before", "After", "Rewrite", "Limits", "Sources", "https://"] {
            assert!(page.contains(part), "{id}: {part} is missing in {page}");
        }
    }
}
