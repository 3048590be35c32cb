//! Takes the user's new API token over, without ever showing it.

use std::io::{self, Read};

use anyhow::{Context as _, bail};
use bbsweep_scanner_core::Secret;
use bbsweep_scanner_core::bitbucket::TokenFormat;

use crate::args::ApplyCommand;

/// Longer than any token; more is somebody's file.
const LONGEST: u64 = 4096;

/// The token that the command line points to.
pub(crate) fn read(command: &ApplyCommand) -> anyhow::Result<Option<Secret>> {
    if let Some(name) = &command.token_env {
        let value = std::env::var_os(name)
            .with_context(|| format!("--token-env: the variable {name} is not set"))?;
        return check(value.as_encoded_bytes())
            .with_context(|| format!("--token-env: the variable {name}"))
            .map(Some);
    }
    if command.token_stdin {
        let mut bytes = Vec::new();
        io::stdin()
            .lock()
            .take(LONGEST + 1)
            .read_to_end(&mut bytes)
            .context("--token-stdin: cannot read standard input")?;
        return check(&bytes).context("--token-stdin: standard input").map(Some);
    }
    Ok(None)
}

fn check(bytes: &[u8]) -> anyhow::Result<Secret> {
    let secret = Secret::new(bytes.trim_ascii());
    match secret.format() {
        TokenFormat::ApiToken => Ok(secret),
        TokenFormat::AppPassword => bail!("holds an app password, not an API token"),
        TokenFormat::AccessToken => bail!(
            "holds an access token, which goes with the username x-token-auth; \
             an API token is expected (ATATT3…)"
        ),
        TokenFormat::DataCenter => bail!("holds a token of Bitbucket Data Center"),
        TokenFormat::LegacyAppPassword | TokenFormat::Unknown => {
            bail!("holds no Atlassian API token: those begin with ATATT3 and are one line")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> String {
        format!("ATATT3xFfGF0{}=1A2B3C4D", "kQz4Xy9_".repeat(21) + "abc")
    }

    #[test]
    fn takes_a_token_with_the_newline_of_a_pipe() {
        let token = token();
        let secret = check(format!("{token}\n").as_bytes()).unwrap();
        assert_eq!(secret.expose(), token.as_bytes());
    }

    #[test]
    fn refuses_anything_else_without_showing_it() {
        let app_password = format!("ATBB{}9F3A", "kQz4".repeat(7));
        let two_lines = format!("{}\n{}", token(), token());
        for wrong in ["", "hunter2-hunter2", &app_password, &two_lines] {
            let error = format!("{:#}", check(wrong.as_bytes()).unwrap_err());
            assert!(wrong.is_empty() || !error.contains(wrong), "{error}");
        }
    }
}
