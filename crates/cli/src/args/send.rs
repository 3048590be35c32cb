//! What is sent over the network, and only then.

use std::convert::Infallible;
use std::str::FromStr;

use bbsweep_scanner_core::Secret;
use clap::{Args, ValueEnum};

const HEAD_NETWORK: &str = "Network";

/// Where a report is sent. Without one of these nothing is.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = HEAD_NETWORK)]
pub(crate) struct SendArgs {
    /// Tell a webhook what the report comes to (may be repeated); @FILE reads its URL from a file
    ///
    /// Sends counts and the worst findings, with every secret masked, once the report is written. Such a
    /// URL is a secret itself: in a file, other users do not see it among the processes.
    #[arg(long, value_name = "URL")]
    pub(crate) notify: Vec<HookUrl>,
    /// In whose form [default: Slack's or Teams' for their URLs, else json]
    #[arg(long, value_name = "FORM", requires = "notify")]
    pub(crate) notify_as: Option<HookForm>,
    /// Whether to tell it each time, or only with an exit status other than 0
    #[arg(long, value_name = "WHEN", default_value = "always", requires = "notify")]
    pub(crate) notify_on: NotifyOn,
    /// Put the report for a commit on Bitbucket Cloud, as Code Insights: --post, or --post=api
    ///
    /// `pipelines`, the default, goes through the proxy that each step of Bitbucket Pipelines has, which
    /// knows who asks; http://HOST:PORT is that proxy under another name, as in a container. `api` takes
    /// a token from `BITBUCKET_API_TOKEN`: an API token, with the email of its account in
    /// `ATLASSIAN_ACCOUNT_EMAIL`, or an access token. It needs the scope read:repository:bitbucket. What is scanned has to be the
    /// repository's top level.
    #[arg(long, value_name = "WHERE", num_args = 0..=1, require_equals = true, default_missing_value = "pipelines")]
    pub(crate) post: Option<PostTo>,
    /// The repository on Bitbucket Cloud [default: that of the pipeline]
    #[arg(long, value_name = "WORKSPACE/NAME", env = "BITBUCKET_REPO_FULL_NAME", hide_env = true)]
    pub(crate) repository: Option<String>,
    /// The commit, by its full hash [default: that of the pipeline]
    #[arg(long, value_name = "HASH", env = "BITBUCKET_COMMIT", hide_env = true)]
    pub(crate) commit: Option<String>,
    /// Another address of Bitbucket's API
    #[arg(long, value_name = "URL", requires = "post", hide_short_help = true)]
    pub(crate) post_url: Option<String>,
}

/// A webhook's URL, which nobody is shown.
#[derive(Clone, Debug)]
pub(crate) struct HookUrl(pub(crate) Secret);

impl FromStr for HookUrl {
    // What is wrong with it is told later: clap would show it.
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(Secret::new(text)))
    }
}

/// What a webhook takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HookForm {
    /// One JSON object
    Json,
    /// An incoming webhook of Slack
    Slack,
    /// A workflow of Microsoft Teams
    Teams,
}

/// When a webhook is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum NotifyOn {
    /// Each time
    Always,
    /// With findings that count, or an incomplete scan
    Trouble,
}

/// The way to Bitbucket Cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PostTo {
    /// The proxy of a pipeline's step.
    Proxy(String),
    /// The API, with a token.
    Api,
}

impl FromStr for PostTo {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            // Source: https://support.atlassian.com/bitbucket-cloud/docs/code-insights/
            "pipelines" => Ok(Self::Proxy("http://localhost:29418".into())),
            "api" => Ok(Self::Api),
            _ if text.starts_with("http://") => Ok(Self::Proxy(text.into())),
            _ => {
                Err("expected pipelines, api, or a proxy such as http://host.docker.internal:29418")
            }
        }
    }
}
