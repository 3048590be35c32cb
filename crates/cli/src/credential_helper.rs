//! `apply --credential-helper`: git is set up to ask a credential helper under the static username.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, bail, ensure};
use bbsweep_scanner_core::Secret;
use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;
use serde::Serialize;

use crate::output;

/// What the section is for.
const URL: &str = "https://bitbucket.org";

/// What was set up, or would be.
#[derive(Debug, Serialize)]
pub(crate) struct SetUp {
    pub(crate) helper: String,
    pub(crate) username: &'static str,
    /// Whether the helper was given the token.
    pub(crate) holds_token: bool,
}

impl SetUp {
    /// Sets git up, and hands the token over. A helper that git does not find is refused before.
    pub(crate) fn make(
        helper: &str,
        token: Option<&Secret>,
        dry_run: bool,
    ) -> anyhow::Result<Self> {
        if !dry_run {
            set("username", GIT_API_TOKEN_USERNAME)?;
            set("helper", helper)?;
            if let Some(token) = token {
                approve(token)?;
            }
        }
        Ok(Self {
            helper: output::clean(helper),
            username: GIT_API_TOKEN_USERNAME,
            holds_token: token.is_some() && !dry_run,
        })
    }

    /// The lines that say so.
    pub(crate) fn text(&self, dry_run: bool) -> String {
        let verb = if dry_run { "would ask" } else { "asks" };
        let then = match (self.holds_token, dry_run) {
            (true, _) => "which holds the token now",
            (false, true) => "nothing is written yet",
            (false, false) => "run git fetch and paste the token as the password",
        };
        format!(
            "git {verb} the credential helper {} for {URL} as {}: {then}.",
            self.helper, self.username
        )
    }
}

/// Refuses a helper that git would not find.
pub(crate) fn check(helper: &str) -> anyhow::Result<()> {
    let program = helper.split_whitespace().next().unwrap_or_default();
    // A command or a path of the user's own.
    if program.starts_with('!') || Path::new(program).is_absolute() {
        return Ok(());
    }
    let output = run(Command::new("git").arg("--exec-path"))?;
    let mut folders = vec![String::from_utf8_lossy(&output.stdout).trim().into()];
    folders.extend(std::env::var_os("PATH").iter().flat_map(std::env::split_paths));
    let file = format!("git-credential-{program}");
    let found = folders
        .iter()
        .any(|folder| folder.join(&file).is_file() || folder.join(format!("{file}.exe")).is_file());
    ensure!(
        found,
        "--credential-helper: git has no helper {program:?} here: there is no program {file}"
    );
    Ok(())
}

/// Sets a key of the section in the user's global config, which git writes itself: it keeps comments
/// and follows includes and links.
fn set(key: &str, value: &str) -> anyhow::Result<()> {
    let name = format!("credential.{URL}.{key}");
    run(Command::new("git").args(["config", "--global", "--replace-all", &name, value]))
        .with_context(|| format!("cannot set {name}"))?;
    Ok(())
}

/// Gives the token to the helper, by standard input: an argument would be seen by others.
fn approve(token: &Secret) -> anyhow::Result<()> {
    let mut child = Command::new("git")
        .args(["credential", "approve"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot run git")?;
    let mut input = b"protocol=https\nhost=bitbucket.org\nusername=".to_vec();
    input.extend_from_slice(GIT_API_TOKEN_USERNAME.as_bytes());
    input.extend_from_slice(b"\npassword=");
    input.extend_from_slice(token.expose());
    input.extend_from_slice(b"\n\n");
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(&input).context("cannot hand the token to git credential approve")?;
    }
    finished(child.wait_with_output().context("cannot run git")?)
        .context("the credential helper did not take the token")?;
    Ok(())
}

fn run(command: &mut Command) -> anyhow::Result<Output> {
    finished(command.stdin(Stdio::null()).output().context("cannot run git")?)
}

fn finished(output: Output) -> anyhow::Result<Output> {
    if output.status.success() {
        return Ok(output);
    }
    bail!("git: {}", output::clean(String::from_utf8_lossy(&output.stderr).trim()))
}
