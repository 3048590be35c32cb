//! The built `bbsweep` from outside: what it prints, writes and exits with.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod audit;
mod bad_input;
mod baseline;
mod branch;
mod commands;
mod config;
mod credential_helper;
mod determinism;
mod fleet;
mod history;
mod home;
mod interactive;
mod interrupt;
mod kill;
mod leaks;
mod owners;
mod plan;
mod protect;
mod readme;
mod rules_page;
mod schedule;
mod send;
mod support;
mod undo;

/// Whole commands with their whole output. `TRYCMD=overwrite cargo test -p bbsweep --test cli` writes
/// what they print now.
#[test]
fn cases() {
    trycmd::TestCases::new()
        .default_bin_path(env!("CARGO_BIN_EXE_bbsweep"))
        .case(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/*.md"))
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("LC_ALL", "C");
}
