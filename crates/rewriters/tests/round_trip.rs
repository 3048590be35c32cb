//! Generated files in the formats that hold git credentials: what is planned is right, applies, and
//! leaves nothing to do.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bbsweep_rewriters::{Applicability, PlanOptions};
use bbsweep_scanner_core::{Encoding, Secret};
use common::{Tree, api_token, app_password, git_ok, legacy_password};
use proptest::prelude::*;
use proptest::sample::select;

/// How a file is written, apart from what it says.
#[derive(Clone, Debug)]
struct Form {
    crlf: bool,
    encoding: Encoding,
    final_newline: bool,
    latin1: bool,
}

impl Form {
    /// `text` ends in a line feed and has no other line ends.
    fn write(&self, text: &str) -> Vec<u8> {
        let mut text = text.to_owned();
        if !self.final_newline {
            text.truncate(text.trim_end_matches('\n').len());
        }
        if self.crlf {
            text = text.replace('\n', "\r\n");
        }
        match self.encoding {
            Encoding::Bytes if self.latin1 => text.chars().map(|c| c as u8).collect(),
            Encoding::Bytes => text.into_bytes(),
            Encoding::Utf8Bom => format!("\u{feff}{text}").into_bytes(),
            other => [other.encode("\u{feff}"), other.encode(&text)].concat(),
        }
    }
}

fn form(encodings: &'static [Encoding]) -> impl Strategy<Value = Form> {
    (any::<bool>(), select(encodings), any::<bool>(), any::<bool>()).prop_map(
        |(crlf, encoding, final_newline, latin1)| Form { crlf, encoding, final_newline, latin1 },
    )
}

fn secret() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => any::<u16>().prop_map(|n| app_password(usize::from(n))),
        2 => any::<u16>().prop_map(|n| legacy_password(usize::from(n))),
        2 => any::<u16>().prop_map(|n| api_token(usize::from(n))),
        1 => select(&["hunter2", "p%40ss%3Aword", "<app_password>", "${BB_APP_PASSWORD}"][..])
            .prop_map(str::to_owned),
    ]
}

fn user() -> impl Strategy<Value = &'static str> {
    select(
        &["bob", "ci-bot", "bob%40example.com", "x-token-auth", "x-bitbucket-api-token-auth"][..],
    )
}

fn host() -> impl Strategy<Value = &'static str> {
    select(
        &[
            "bitbucket.org",
            "bitbucket.org",
            "bitbucket.org",
            "BitBucket.org",
            "www.bitbucket.org",
            "api.bitbucket.org",
            "bitbucket.org.evil.example",
            "bitbucket.example.com",
            "github.com",
        ][..],
    )
}

fn url() -> impl Strategy<Value = String> {
    (user(), secret(), host(), any::<bool>()).prop_map(|(user, secret, host, password)| {
        let secret = if password { format!(":{secret}") } else { String::new() };
        format!("https://{user}{secret}@{host}/team/repo.git")
    })
}

/// Writes a value of a git config in one of the ways that mean the same.
fn config_value(value: &str, style: u8, at: usize) -> String {
    let at = at % value.len();
    match style % 6 {
        0 => format!("\"{value}\""),
        1 => format!("{}\\\n{}", &value[..at], &value[at..]),
        2 => format!("\"{}\\\n{}\"", &value[..at], &value[at..]),
        3 => format!("{}\"{}\"", &value[..at], &value[at..]),
        4 => format!("{value} ; since 2019 é"),
        _ => value.to_owned(),
    }
}

/// One section of a git config.
fn section() -> impl Strategy<Value = String> {
    let space = select(&["\t", "  ", "", " \t "][..]);
    let equals = select(&[" = ", "=", "\t=  "][..]);
    (url(), user(), secret(), space, equals, any::<u8>(), any::<usize>(), 0..10_u8).prop_map(
        |(url, user, secret, space, equals, style, at, kind)| {
            let value = |text: &str| config_value(text, style, at);
            let header = |user: &str| {
                let pair = format!("{}:{secret}", user.replace("%40", "@"));
                format!("Authorization: Basic {}", STANDARD.encode(pair))
            };
            let base = &url[..url.rfind("team/").unwrap()];
            match kind {
                0 => format!(
                    "[remote \"origin\"]\n{space}url{equals}{}\n{space}fetch{equals}+refs/heads/*:refs/remotes/origin/*\n",
                    value(&url)
                ),
                1 => format!("[remote \"o\\\"rigin ]\"] url{equals}{}\n", value(&url)),
                2 => format!("# url = {url} \\\n[Remote.old]\n{space}pushUrl{equals}{}\n", value(&url)),
                3 => format!("[url \"{base}\"]\n{space}insteadOf{equals}https://bitbucket.org/\n"),
                4 => format!("[url \"https://mirror.example/\"]\n{space}insteadOf{equals}{}\n", value(base)),
                5 => format!(
                    "[http \"https://bitbucket.org/\"]\n; kept \\\n{space}extraHeader{equals}{}\n{space}proxy{equals}\n",
                    value(&header(user))
                ),
                6 => format!(
                    "[http]\n{space}sslVerify\n{space}extraheader{equals}{}\n",
                    config_value(&header(user), style % 2 * 5, at)
                ),
                7 => format!(
                    "[credential \"https://bitbucket.org\"]\n{space}username{equals}{}\n",
                    value(&user.replace("%40", "@"))
                ),
                8 => format!("[alias]\n{space}c{equals}{}\n", value(&format!("!git clone {url} x"))),
                _ => "[core]\n\tbare = false ; é\n\n[user]\n\tname = \"A \\\"B\\\" \\\\ é\"\n".to_owned(),
            }
        },
    )
}

const CONFIG_ENCODINGS: &[Encoding] = &[Encoding::Bytes, Encoding::Bytes, Encoding::Utf8Bom];
const ALL_ENCODINGS: &[Encoding] =
    &[Encoding::Bytes, Encoding::Utf8Bom, Encoding::Utf16Le, Encoding::Utf16Be];

fn git_config() -> impl Strategy<Value = Vec<u8>> {
    (prop::collection::vec(section(), 1..6), form(CONFIG_ENCODINGS))
        .prop_map(|(sections, form)| form.write(&sections.concat()))
}

fn netrc() -> impl Strategy<Value = Vec<u8>> {
    let entry = (user(), secret(), host(), select(&[" ", "\n", "\n\t", "  "][..]), 0..6_u8)
        .prop_map(|(user, secret, host, gap, kind)| {
            let user = user.replace("%40", "@");
            match kind {
                0 => format!("machine {host}{gap}password {secret}{gap}login {user}\n"),
                1 => {
                    format!("machine {host}{gap}login {user}{gap}account a{gap}password {secret}\n")
                }
                2 => format!("# machine {host} login {user} password {secret}\n"),
                3 => format!("machine {host}{gap}password {secret}\n"),
                4 => format!("macdef init\nmachine {host} login {user} password {secret}\n\n"),
                _ => format!("machine {host}{gap}login {user}{gap}password {secret}\n"),
            }
        });
    (prop::collection::vec(entry, 1..6), form(ALL_ENCODINGS))
        .prop_map(|(entries, form)| form.write(&entries.concat()))
}

fn git_credentials() -> impl Strategy<Value = Vec<u8>> {
    (prop::collection::vec(url(), 1..6), form(&[Encoding::Bytes])).prop_map(|(urls, form)| {
        let text = urls.iter().fold(String::new(), |mut text, url| {
            let _ = writeln!(text, "{}", url.trim_end_matches("/team/repo.git"));
            text
        });
        Form { crlf: false, ..form }.write(&text)
    })
}

fn options() -> impl Strategy<Value = PlanOptions> {
    (any::<bool>(), any::<bool>()).prop_map(|(token, email)| PlanOptions {
        token: token.then(|| Secret::new(api_token(7))),
        email: email.then(|| "dev@example.com".to_owned()),
        ..PlanOptions::default()
    })
}

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 32,
        max_shrink_iters: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Every key and value of a git config, URLs without their user info; `None` if git cannot read it.
fn listed(path: &Path) -> Option<Vec<String>> {
    let dir = path.parent().unwrap();
    let output = common::git(dir, ["config", "--list", "-z", "-f", path.to_str().unwrap()]);
    output.status.success().then(|| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.split('\0').map(without_userinfo).collect()
    })
}

fn without_userinfo(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("//") {
        let (before, after) = rest.split_at(at + 2);
        out.push_str(before);
        let end = after.find(['/', ' ', '\n']).unwrap_or(after.len());
        let start = after[..end].rfind('@').map_or(0, |n| n + 1);
        rest = &after[start..];
    }
    out + rest
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn git_configs(files in prop::collection::vec(git_config(), 1..8), options in options()) {
        let tree = Tree::new();
        for (n, bytes) in files.iter().enumerate() {
            tree.put(&format!("{n}/.gitconfig"), bytes);
        }
        let listed = || -> Vec<_> {
            (0..files.len()).map(|n| listed(&tree.path(&format!("{n}/.gitconfig")))).collect()
        };
        let before = listed();
        tree.check(&options);
        for (before, after) in before.into_iter().zip(listed()) {
            let Some(before) = before else { continue };
            let after = after.expect("git reads it still");
            // An entry may go, the username and a header may change; the rest is as it was.
            let mut after = after.into_iter().peekable();
            for line in before {
                let same = after.next_if(|now| *now == line).is_some();
                let key = line.split('\n').next().unwrap().to_owned();
                let may_change = key.ends_with(".extraheader") || key.ends_with(".username");
                if !same && may_change {
                    after.next_if(|now| now.starts_with(&key));
                } else {
                    prop_assert!(same, "{line:?}");
                }
            }
            prop_assert_eq!(after.next(), None);
        }
    }

    #[test]
    fn gitmodules(files in prop::collection::vec((url(), any::<u8>(), any::<usize>(), form(CONFIG_ENCODINGS)), 1..8)) {
        let tree = Tree::new();
        for (n, (url, style, at, form)) in files.iter().enumerate() {
            let text = format!(
                "[submodule \"a\"]\n\tpath = a\n\turl = {}\n\tbranch = main\n",
                config_value(url, *style, *at)
            );
            tree.put(&format!("{n}/.gitmodules"), &form.write(&text));
        }
        tree.check(&PlanOptions::default());
    }

    #[test]
    fn netrcs(files in prop::collection::vec(netrc(), 1..8), options in options()) {
        let tree = Tree::new();
        for (n, bytes) in files.iter().enumerate() {
            tree.put(&format!("{n}/.netrc"), bytes);
        }
        tree.check(&options);
    }

    #[test]
    fn credential_stores(files in prop::collection::vec(git_credentials(), 1..8), options in options()) {
        let tree = Tree::new();
        for (n, bytes) in files.iter().enumerate() {
            tree.put(&format!("{n}/.git-credentials"), bytes);
        }
        tree.check(&options);
    }
}

#[test]
fn the_files_of_a_repository_are_rewritten() {
    let tree = Tree::new();
    git_ok(tree.root(), ["init", "-q", "."]);
    let url = format!("https://bob:{}@bitbucket.org/t/r.git", app_password(1));
    git_ok(tree.root(), ["remote", "add", "origin", &url]);
    tree.put(".gitmodules", format!("[submodule \"s\"]\n\tpath = s\n\turl = {url}\n").as_bytes());
    let plan = tree.check(&PlanOptions::default());
    assert_eq!(plan.count(Applicability::Safe), 2);
    let config = fs::read_to_string(tree.path(".git/config")).unwrap();
    assert!(config.contains("url = https://x-bitbucket-api-token-auth@bitbucket.org/t/r.git\n"));
}
