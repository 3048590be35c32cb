//! The README shows what the tool prints now.

use std::fs;
use std::path::Path;

use crate::support::Sandbox;

const README: &str = include_str!("../../../../README.md");

/// The command of the README that runs the main job.
const DEMO: &str =
    "cp -r fixtures/demo/. ../bbsweep-demo && cargo run --release -- scan ../bbsweep-demo";

/// The block of the README that begins with the prompt and `command`, without that line.
fn block(command: &str) -> &'static str {
    let from = README.find(&format!("$ {command}\n")).expect("the command stands in the README");
    let text = &README[from..];
    let text = &text[text.find('\n').unwrap() + 1..];
    &text[..text.find("\n```").unwrap()]
}

#[test]
fn the_output_of_the_demo_is_the_real_one() {
    // Beside a clone, wherever the sources of this test lie.
    let sandbox = Sandbox::new();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/demo");
    copy(&demo, &sandbox.beside("bbsweep-demo"));
    // The day that the README was written on. The time differs from run to run.
    let ran = sandbox.run(["scan", "../bbsweep-demo", "--today", "2026-11-24"]).exits(1);
    let varying = regex::Regex::new(r"in [0-9.]+ m?s\b").unwrap();
    let steady = |text: &str| varying.replace_all(text.trim_end(), "VARYING").into_owned();
    let (real, readme) = (steady(&ran.stdout), steady(block(DEMO)));
    // A line of three dots stands for any lines.
    let mut rest = real.as_str();
    for part in readme.split("\n...\n") {
        let Some(at) = rest.find(part.trim_end()) else {
            panic!("the README shows\n{part}\nbut the output goes on with\n{rest}");
        };
        rest = &rest[at + part.trim_end().len()..];
    }
    assert_eq!(rest, "", "the README leaves the end out");
}

/// Copies a folder, empty folders of a bare repository included.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn the_commands_of_the_readme_are_those_of_ci() {
    let ci = include_str!("../../../../.ci/run");
    assert!(README.contains("\ncargo test --workspace\n"));
    assert!(ci.contains("\ncargo test --workspace --locked\n"));
    assert!(
        ci.contains("cp -r fixtures/demo/. ")
            && ci.contains("cargo run --release --locked -- scan ")
    );
}
