//! `--notify`: a webhook is told what a report comes to.

use std::fs;

use anyhow::Context as _;
use bbsweep_report::{Report, Webhook, webhook};
use reqwest::Url;
use reqwest::header::CONTENT_TYPE;
use zeroize::Zeroizing;

use super::client;
use crate::args::{HookForm, HookUrl};
use crate::output;

/// Sends it. An error names the host alone: the rest of such a URL is a secret.
pub(super) fn tell(report: &Report, hook: &HookUrl, form: Option<HookForm>) -> anyhow::Result<()> {
    let url = read(hook)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    if url.scheme() == "http" && client::url(url.as_str(), false).is_err() {
        output::message(format_args!(
            "--notify: {host} is told in clear text, for its URL is http"
        ));
    }
    let to = match form {
        Some(HookForm::Json) => Webhook::Json,
        Some(HookForm::Slack) => Webhook::Slack,
        Some(HookForm::Teams) => Webhook::Teams,
        None => of_host(&host),
    };
    let body = serde_json::to_vec(&webhook(report, to))?;
    let client = client::client(None)?;
    client::send(
        || client.post(url.clone()).header(CONTENT_TYPE, "application/json").body(body.clone()),
        &[],
    )
    .with_context(|| format!("--notify: {host} was not told"))
}

fn read(hook: &HookUrl) -> anyhow::Result<Url> {
    let text = Zeroizing::new(String::from_utf8_lossy(hook.0.expose()).into_owned());
    let text = match text.strip_prefix('@') {
        None => text,
        Some(path) => Zeroizing::new(
            fs::read_to_string(path)
                .with_context(|| format!("--notify: cannot read {}", output::clean(path)))?,
        ),
    };
    client::url(text.trim(), true).context("--notify: what is given is not taken")
}

/// Whose webhooks are at this host.
fn of_host(host: &str) -> Webhook {
    const TEAMS: [&str; 3] = [".webhook.office.com", ".logic.azure.com", ".api.powerplatform.com"];
    if host == "hooks.slack.com" || host == "hooks.slack-gov.com" {
        Webhook::Slack
    } else if TEAMS.iter().any(|end| host.ends_with(end)) {
        Webhook::Teams
    } else {
        Webhook::Json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_known_by_its_host() {
        assert_eq!(of_host("hooks.slack.com"), Webhook::Slack);
        assert_eq!(of_host("prod-1.westeurope.logic.azure.com"), Webhook::Teams);
        assert_eq!(of_host("acme.webhook.office.com"), Webhook::Teams);
        assert_eq!(of_host("hooks.slack.com.example.com"), Webhook::Json);
    }
}
