//! One generated file.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bbsweep_scanner_core::Encoding;
use proptest::prelude::*;
use proptest::sample::select;

use crate::common::{api_token, app_password, legacy_password};
use crate::table::{Format, Nest};

/// A file and what it holds.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) path: &'static str,
    pub(crate) bytes: Vec<u8>,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.path, String::from_utf8_lossy(&self.bytes))
    }
}

/// One piece of a file.
#[derive(Clone, Debug)]
struct Item {
    template: &'static str,
    n: usize,
    user: &'static str,
    secret: u8,
    host: &'static str,
    depth: usize,
}

/// How a file is written, apart from what it says.
#[derive(Clone, Debug)]
struct Form {
    encoding: Encoding,
    latin1: bool,
    ends: Ends,
    final_end: bool,
}

#[derive(Clone, Copy, Debug)]
enum Ends {
    Lf,
    CrLf,
    Mixed,
}

pub(crate) fn file(format: &'static Format) -> impl Strategy<Value = File> {
    let items = prop::collection::vec(item(format), 1..7);
    (select(format.paths), items, form(format), any::<u8>()).prop_map(
        move |(path, items, form, style)| {
            let text = text(format, &items, style);
            File { path, bytes: form.write(&text) }
        },
    )
}

fn item(format: &'static Format) -> impl Strategy<Value = Item> {
    let template = prop_oneof![
        3 => select(format.uses),
        1 => select(format.fillers),
    ];
    let user = select(
        &[
            "bob",
            "bob",
            "ci-bot",
            "bob%40example.com",
            "x-token-auth",
            "x-bitbucket-api-token-auth",
        ][..],
    );
    let host = select(
        &[
            "bitbucket.org",
            "bitbucket.org",
            "bitbucket.org",
            "BitBucket.org",
            "www.bitbucket.org",
            "github.com",
        ][..],
    );
    (template, 0_usize..900, user, 0_u8..8, host, 0_usize..4).prop_map(
        |(template, n, user, secret, host, depth)| Item { template, n, user, secret, host, depth },
    )
}

fn form(format: &'static Format) -> impl Strategy<Value = Form> {
    let encodings: &[Encoding] = if format.unicode {
        &[Encoding::Bytes, Encoding::Bytes, Encoding::Utf8Bom, Encoding::Utf16Le, Encoding::Utf16Be]
    } else {
        &[Encoding::Bytes, Encoding::Bytes, Encoding::Utf8Bom]
    };
    let ends = select(&[Ends::Lf, Ends::Lf, Ends::CrLf, Ends::Mixed][..]);
    (select(encodings), any::<bool>(), ends, any::<bool>())
        .prop_map(|(encoding, latin1, ends, final_end)| Form { encoding, latin1, ends, final_end })
}

impl Form {
    /// `text` ends in a line feed and has no other line ends.
    fn write(&self, text: &str) -> Vec<u8> {
        let mut out = String::new();
        for (at, line) in text.trim_end_matches('\n').split('\n').enumerate() {
            let end = match self.ends {
                Ends::Mixed if at % 2 == 0 => "\r\n",
                Ends::CrLf => "\r\n",
                Ends::Lf | Ends::Mixed => "\n",
            };
            if at > 0 {
                out.push_str(end);
            }
            out.push_str(line);
        }
        if self.final_end {
            out.push_str(if matches!(self.ends, Ends::Lf) { "\n" } else { "\r\n" });
        }
        match self.encoding {
            Encoding::Bytes if self.latin1 => out.chars().map(|c| c as u8).collect(),
            Encoding::Bytes => out.into_bytes(),
            Encoding::Utf8Bom => format!("\u{feff}{out}").into_bytes(),
            other => [other.encode("\u{feff}"), other.encode(&out)].concat(),
        }
    }
}

impl Item {
    fn secret(&self) -> String {
        match self.secret {
            0..4 => app_password(self.n),
            4..6 => legacy_password(self.n),
            _ => api_token(self.n),
        }
    }

    /// The template with its secrets filled in; `at` is the number of the item.
    fn text(&self, at: usize) -> String {
        let secret = self.secret();
        let url = format!("https://{}:{secret}@{}/team/repo{}.git", self.user, self.host, self.n);
        let base = format!("https://{}:{secret}@{}/", self.user, self.host);
        let pair = STANDARD.encode(format!("{}:{secret}", self.user.replace("%40", "@")));
        self.template
            .replace("@U@", &url)
            .replace("@BASE@", &base)
            .replace("@URL64@", &STANDARD.encode(&url))
            .replace("@PAIR64@", &pair)
            .replace("@S64@", &STANDARD.encode(&secret))
            .replace("@S@", &secret)
            .replace("@N@", &format!("{at}"))
    }
}

/// The lines of `text`, each behind `indent`; empty ones stay empty.
fn indented(text: &str, indent: &str) -> String {
    let line = |line: &str| if line.is_empty() { String::new() } else { format!("{indent}{line}") };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

fn text(format: &Format, items: &[Item], style: u8) -> String {
    let mut out = String::from(format.head);
    let texts: Vec<(String, usize)> =
        items.iter().enumerate().map(|(at, item)| (item.text(at), item.depth)).collect();
    match format.nest {
        Nest::None => {
            for (text, _) in &texts {
                out.push_str(text);
                out.push('\n');
            }
        }
        Nest::Indent(step, opener) => {
            for (at, (text, depth)) in texts.iter().enumerate() {
                let mut indent = String::new();
                for level in 0..*depth {
                    let opener = opener.replace("@N@", &format!("{at}_{level}"));
                    out.extend([indent.as_str(), &opener, "\n"]);
                    indent.push_str(step);
                }
                out.push_str(&indented(text, &indent));
                out.push('\n');
            }
        }
        Nest::Block(open, close) => {
            for (at, (text, depth)) in texts.iter().enumerate() {
                for level in 0..*depth {
                    out.push_str(&open.replace("@N@", &format!("{at}_{level}")));
                    out.push('\n');
                }
                out.push_str(text);
                out.push('\n');
                for _ in 0..*depth {
                    out.push_str(close);
                    out.push('\n');
                }
            }
        }
        Nest::Below(indent) => {
            for (text, _) in &texts {
                out.push_str(&indented(text, indent));
                out.push('\n');
            }
        }
        Nest::List(separator) => {
            let texts: Vec<&str> = texts.iter().map(|(text, _)| text.as_str()).collect();
            out.push_str(&texts.join(separator));
            out.push('\n');
        }
    }
    out.push_str(format.foot);
    // JSON may write its slashes so.
    if format.escapes_slashes && style.is_multiple_of(3) {
        out = out.replace('/', "\\/");
    }
    if !out.ends_with('\n') {
        out.push('\n');
    }
    out
}
