//! `--post`: the report for a commit on Bitbucket Cloud.
//!
//! Source: <https://developer.atlassian.com/cloud/bitbucket/rest/api-group-reports/>

use anyhow::{Context as _, ensure};
use bbsweep_report::{Insights, Report};
use bbsweep_rewriters::Names;
use bbsweep_scanner_core::Secret;
use bbsweep_scanner_core::bitbucket::TokenFormat;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;
use zeroize::Zeroizing;

use super::client;
use crate::args::{PostTo, SendArgs};
use crate::output;

/// The report's name at Bitbucket: each run for a commit takes the place of the one before.
const ID: &str = "bbsweep";
/// Annotations that one request may bring.
const BATCH: usize = 100;
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Puts the report.
pub(super) fn post(report: &Report, to: &PostTo, args: &SendArgs) -> anyhow::Result<()> {
    let place = Place::of(args)?;
    let (base, proxy, login) = match to {
        // The proxy adds who asks to plain requests alone.
        PostTo::Proxy(proxy) => {
            let proxy = client::url(proxy, true).context("--post: the proxy")?;
            ("http://api.bitbucket.org", Some(proxy.to_string()), Login::Nobody)
        }
        PostTo::Api => ("https://api.bitbucket.org", None, Login::of_environment()?),
    };
    let clear = matches!(to, PostTo::Proxy(_));
    let base = args.post_url.as_deref().unwrap_or(base);
    let base = client::url(base, clear).context("--post-url")?;
    let url = place.url(&base)?;
    let client = client::client(proxy.as_deref())?;
    let host = base.host_str().unwrap_or_default();
    let send = |method: Method, url: &Url, body: Option<&Value>, also: &[StatusCode]| {
        let body = body.map(serde_json::to_vec).transpose()?;
        client::send(
            || {
                let request = client.request(method.clone(), url.clone());
                let request = match &login {
                    Login::Nobody => request,
                    Login::Bearer(token) => request.bearer_auth(token.as_str()),
                    Login::Basic(email, token) => request.basic_auth(email, Some(token.as_str())),
                };
                match &body {
                    Some(body) => {
                        request.header(CONTENT_TYPE, "application/json").body(body.clone())
                    }
                    None => request,
                }
            },
            also,
        )
        .with_context(|| format!("--post: {host} did not take the report for {}", place.shown()))
    };
    let Insights { report, annotations } = Insights::new(report, crate::output::plain_options());
    // With it go the annotations of an earlier run, some of which may be mended.
    send(Method::DELETE, &url, None, &[StatusCode::NOT_FOUND])?;
    send(Method::PUT, &url, Some(&report), &[])?;
    let mut into = url.clone();
    into.path_segments_mut().ok().context("--post-url")?.push("annotations");
    for batch in annotations.chunks(BATCH) {
        send(Method::POST, &into, Some(&Value::from(batch.to_vec())), &[])?;
    }
    output::message(format_args!(
        "posted to {host} for {}: {} annotations",
        place.shown(),
        annotations.len()
    ));
    Ok(())
}

/// The commit a report is for.
struct Place {
    workspace: String,
    name: String,
    commit: String,
}

impl Place {
    fn of(args: &SendArgs) -> anyhow::Result<Self> {
        let full = args.repository.as_deref().filter(|name| !name.is_empty());
        let full = full.context("--post: name the repository with --repository WORKSPACE/NAME")?;
        let (workspace, name) = full
            .split_once('/')
            .filter(|(a, b)| !a.is_empty() && !b.is_empty() && !b.contains('/'))
            .context("--repository: expected WORKSPACE/NAME")?;
        let commit = args.commit.as_deref().filter(|hash| !hash.is_empty());
        let commit = commit.context("--post: name the commit with --commit HASH")?;
        ensure!(
            (7..=64).contains(&commit.len()) && commit.bytes().all(|b| b.is_ascii_hexdigit()),
            "--commit: expected a hash"
        );
        Ok(Self { workspace: workspace.into(), name: name.into(), commit: commit.into() })
    }

    fn url(&self, base: &Url) -> anyhow::Result<Url> {
        let part = |text: &str| utf8_percent_encode(text, SEGMENT).to_string();
        let text = format!(
            "{}/2.0/repositories/{}/{}/commit/{}/reports/{ID}",
            base.as_str().trim_end_matches('/'),
            part(&self.workspace),
            part(&self.name),
            self.commit
        );
        Url::parse(&text).ok().context("--post-url: it is no URL")
    }

    fn shown(&self) -> String {
        let short: String = self.commit.chars().take(12).collect();
        output::clean(&format!("{}/{} at {short}", self.workspace, self.name))
    }
}

/// Who asks.
enum Login {
    /// The proxy knows.
    Nobody,
    /// An access token.
    Bearer(Zeroizing<String>),
    /// An API token, which goes with the email of its account.
    Basic(String, Zeroizing<String>),
}

impl Login {
    fn of_environment() -> anyhow::Result<Self> {
        let Names { token, email } = Names::default();
        let read = |name: &str| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
        let value = read(&token).with_context(|| {
            format!("--post=api takes the token in the variable {token}, which is not set")
        })?;
        let value = Zeroizing::new(value.trim().to_owned());
        if Secret::new(value.as_bytes()).format() == TokenFormat::AccessToken {
            return Ok(Self::Bearer(value));
        }
        // Bitbucket takes no API token as bearer.
        let email = read(&email).with_context(|| {
            format!("--post=api takes the email of the token's account in the variable {email}, which is not set")
        })?;
        Ok(Self::Basic(email.trim().to_owned(), value))
    }
}
