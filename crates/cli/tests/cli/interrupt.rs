//! Ctrl-C, and the progress line of a terminal.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{BIN, Ran, Sandbox, secret};

fn interrupt(child: &Child) {
    let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// Feeds `child` text without end until it stops reading.
fn flood(child: &mut Child, first: String) {
    let mut stdin = child.stdin.take().unwrap();
    std::thread::spawn(move || {
        let _ = stdin.write_all(first.as_bytes());
        let block = "nothing to see here\n".repeat(50_000);
        while stdin.write_all(block.as_bytes()).is_ok() {}
    });
}

#[test]
fn the_first_ends_with_a_partial_report() {
    let sandbox = Sandbox::new();
    for (first, status) in [
        (String::new(), 3),
        (format!("git clone https://u:{}@bitbucket.org/a/b\n", secret::app_password(1)), 1),
    ] {
        let mut child = sandbox
            .command(BIN)
            .args(["scan", "-", "--format", "json"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        flood(&mut child, first);
        std::thread::sleep(Duration::from_millis(700));
        interrupt(&child);
        let ran = Ran::of(&child.wait_with_output().unwrap()).exits(status);
        assert_eq!(ran.json()["summary"]["complete"], false);
        assert_eq!(ran.json()["skipped"][0]["reason"], "cancelled");
        assert!(ran.stderr.contains("stopping"), "{}", ran.stderr);
    }
}

#[test]
fn the_second_ends_at_once() {
    let sandbox = Sandbox::new();
    let mut child = sandbox
        .command(BIN)
        .args(["scan", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Nothing ever comes, so the scan cannot look up.
    let stdin = child.stdin.take().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    interrupt(&child);
    let mut seen = [0; 8];
    child.stderr.as_mut().unwrap().read_exact(&mut seen).unwrap();
    assert_eq!(&seen, b"bbsweep:");
    interrupt(&child);
    let started = Instant::now();
    let ran = Ran::of(&child.wait_with_output().unwrap());
    drop(stdin);
    assert_eq!(ran.status, 130);
    assert!(started.elapsed() < Duration::from_secs(5));
}

/// Runs a shell command on a terminal of its own and gives what the terminal showed.
fn on_terminal(sandbox: &Sandbox, script: &str) -> String {
    let mut command = sandbox.command("script");
    command.args(["-qec", script, "/dev/null"]).env("TERM", "xterm").env("SHELL", "/bin/sh");
    Ran::of(&command.output().unwrap()).stdout
}

#[test]
fn progress_is_shown_on_a_terminal_only() {
    let sandbox = Sandbox::new();
    let slow = format!("sleep 1 | {BIN} scan -");
    let shown = on_terminal(&sandbox, &slow);
    assert!(shown.contains("0 files, 0 B, 0 repositories"), "{shown:?}");
    for silent in [format!("{slow} --quiet"), format!("{slow} 2>log")] {
        let shown = on_terminal(&sandbox, &silent);
        assert!(!shown.contains("0 repositories, 0 findings"), "{silent}: {shown:?}");
    }
    assert_eq!(std::fs::read_to_string(sandbox.home().join("log")).unwrap(), "");
}

#[test]
fn colour_follows_the_terminal_and_the_environment() {
    let sandbox = Sandbox::new();
    sandbox.write("x.sh", format!("git clone https://u:{}@bitbucket.org/a/b\n", secret::legacy(1)));
    let escape = "\u{1b}[";
    assert!(on_terminal(&sandbox, &format!("{BIN} scan 2>/dev/null")).contains(escape));
    assert!(!on_terminal(&sandbox, &format!("NO_COLOR=1 {BIN} scan 2>/dev/null")).contains(escape));
    assert!(
        !on_terminal(&sandbox, &format!("{BIN} scan --color never 2>/dev/null")).contains(escape)
    );
    assert!(!sandbox.run(["scan"]).stdout.contains(escape));
    assert!(sandbox.run(["scan", "--color", "always"]).stdout.contains(escape));
    let forced = sandbox.command(BIN).arg("scan").env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(Ran::of(&forced).stdout.contains(escape));
}
