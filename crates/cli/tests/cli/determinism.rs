//! The same tree gives the same bytes at any number of threads.

use crate::support::{Sandbox, secret};

/// A few hundred files in nested folders, a third of them with findings.
fn plant(sandbox: &Sandbox) {
    for index in 0..400_u64 {
        let dir = format!("group-{}/service-{}", index % 7, index % 31);
        let secret = secret::app_password(index % 50);
        let text = match index % 3 {
            0 => format!("git clone https://ci:{secret}@bitbucket.org/acme/repo-{index}.git\n"),
            1 => format!("# nothing here but {index}\n"),
            _ => "plain text\n".repeat(50),
        };
        sandbox.write(format!("{dir}/file-{index}.sh"), text);
    }
    for index in 0..5_u64 {
        let name = format!("repo-{index}");
        git2::Repository::init(sandbox.home().join(&name)).unwrap();
        let url = format!("https://bot:{}@bitbucket.org/acme/x.git", secret::legacy(index));
        let config = format!("[core]\n\tbare = false\n[remote \"origin\"]\n\turl = {url}\n");
        sandbox.write(format!("{name}/.git/config"), config);
    }
    sandbox.write("broken/.git/config", "[remote \"origin\n");
}

#[test]
fn every_format_is_the_same_at_any_thread_count() {
    let sandbox = Sandbox::new();
    plant(&sandbox);
    for format in ["terminal", "json", "jsonl", "md"] {
        let outputs: Vec<String> = ["1", "2", "8", "8"]
            .iter()
            .map(|threads| {
                let args =
                    ["scan", "--format", format, "--threads", threads, "--today", "2026-11-24"];
                let ran = sandbox.run(args.iter().chain(&["--notes", "--verbose"]));
                assert_eq!(ran.status, 1, "{}", ran.stderr);
                steady(&ran.stdout)
            })
            .collect();
        assert!(outputs[0].contains("repo-399") || outputs[0].contains("file-399"), "{format}");
        for other in &outputs[1..] {
            assert_eq!(&outputs[0], other, "{format}");
        }
    }
}

/// `text` without what depends on the clock.
fn steady(text: &str) -> String {
    let clock = regex::Regex::new(
        r#""started": ?"[^"]*"|"elapsed_ms": ?\d+|\d+(\.\d+)? ?m?s\b|\d{4}-\d\d-\d\dT[0-9:.]+Z|\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?( UTC)?"#,
    )
    .unwrap();
    clock.replace_all(text, "CLOCK").into_owned()
}

#[test]
fn a_saved_scan_renders_as_the_scan_did() {
    let sandbox = Sandbox::new();
    plant(&sandbox);
    let mut direct = Vec::new();
    for (format, file) in [("json", "scan.json"), ("jsonl", "scan.jsonl")] {
        let path = sandbox.beside(file);
        sandbox.run(["scan", "--format", format, "--output", path.to_str().unwrap()]).exits(1);
        for again in ["terminal", "json", "jsonl", "md"] {
            let rendered =
                sandbox.run(["report", path.to_str().unwrap(), "--format", again]).exits(1);
            if again == format {
                assert_eq!(rendered.stdout.as_bytes(), std::fs::read(&path).unwrap());
            }
            direct.push((again, steady(&rendered.stdout)));
        }
    }
    for (format, saved) in direct {
        let fresh = sandbox.run(["scan", "--format", format]).exits(1);
        assert_eq!(steady(&fresh.stdout), saved, "{format}");
    }
}
