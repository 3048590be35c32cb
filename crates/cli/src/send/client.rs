//! HTTP, a few times if need be.

use std::io::Read as _;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{Proxy, StatusCode, Url};

/// How often something is sent before it is given up.
const TRIES: u32 = 3;
/// The longest that a server may have us wait.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// Bytes of an answer that are looked at.
const ANSWER: u64 = 4096;

/// A client that follows no redirect: it would carry what is sent to another host.
pub(super) fn client(proxy: Option<&str>) -> anyhow::Result<Client> {
    // The first wins; there is one provider.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("bbsweep/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(30));
    if let Some(proxy) = proxy {
        builder = builder.no_proxy().proxy(Proxy::http(proxy).map_err(named)?);
    }
    builder.build().map_err(named)
}

/// Sends what `request` builds until it is taken; `also` are statuses that are fine too.
pub(super) fn send(
    request: impl Fn() -> RequestBuilder,
    also: &[StatusCode],
) -> anyhow::Result<()> {
    let mut wait = Duration::from_secs(1);
    for attempt in 1.. {
        let last = attempt == TRIES;
        match request().send() {
            Ok(answer) if answer.status().is_success() || also.contains(&answer.status()) => {
                return Ok(());
            }
            Ok(answer) if !last && again(answer.status()) => {
                let told = answer.headers().get(RETRY_AFTER).and_then(|text| text.to_str().ok());
                let told = told.and_then(|text| text.parse().ok()).map(Duration::from_secs);
                std::thread::sleep(told.unwrap_or(wait).min(LONGEST_WAIT));
            }
            Ok(answer) => {
                let status = answer.status();
                if status.is_redirection() {
                    bail!("it answers {status}, and redirects are not followed");
                }
                let mut text = String::new();
                // Said as far as it can be read.
                let _ = answer.take(ANSWER).read_to_string(&mut text);
                return Err(refused(status, &text));
            }
            // Nothing was taken yet.
            Err(error) if !last && error.is_connect() => std::thread::sleep(wait),
            Err(error) => return Err(named(error)),
        }
        wait *= 2;
    }
    Ok(())
}

/// Whether it is worth another try.
fn again(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

/// What Bitbucket says of it, if it says so in its form.
fn refused(status: StatusCode, text: &str) -> anyhow::Error {
    let said = serde_json::from_str::<serde_json::Value>(text).ok().and_then(|answer| {
        let message = answer.pointer("/error/message")?.as_str()?;
        Some(message.chars().take(200).collect::<String>())
    });
    let hint = match status {
        StatusCode::UNAUTHORIZED => ": the credential is not taken",
        StatusCode::FORBIDDEN => ": the credential may not do that",
        StatusCode::NOT_FOUND => ": no such thing, or not for this credential",
        _ => "",
    };
    match said {
        Some(said) => anyhow!("it answers {status}: {}", crate::output::clean(&said)),
        None => anyhow!("it answers {status}{hint}"),
    }
}

/// An error without the URL, which may be a secret, and with its causes.
fn named(error: reqwest::Error) -> anyhow::Error {
    let error = error.without_url();
    let causes = std::iter::successors(std::error::Error::source(&error), |error| error.source());
    let text = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
    anyhow!("{}", crate::output::clean(&text))
}

/// A URL that may be sent to: https, or http to this machine unless `clear` permits it.
pub(super) fn url(text: &str, clear: bool) -> anyhow::Result<Url> {
    let url = Url::parse(text).ok().context("it is no URL")?;
    let local = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => bail!("it names no host"),
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if clear || local => Ok(url),
        "http" => bail!("it is http: what is sent could be read on its way"),
        _ => bail!("it is neither https nor http"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_sent_to() {
        for good in [
            "https://example.com/x",
            "http://localhost:1/x",
            "http://127.0.0.1/",
            "http://[::1]:2/",
        ] {
            assert!(url(good, false).is_ok(), "{good}");
        }
        for wrong in
            ["http://example.com/", "ftp://localhost/", "hello", "http://localhost.example.com/"]
        {
            assert!(url(wrong, false).is_err(), "{wrong}");
        }
        assert!(url("http://example.com/", true).is_ok());
    }
}
