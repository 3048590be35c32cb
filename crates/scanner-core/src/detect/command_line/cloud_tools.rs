//! Tools that have options of their own for the username and the secret of Bitbucket Cloud, and name
//! no host beside them.

use std::sync::LazyLock;

use memchr::{memmem, memrchr};
use regex::bytes::Regex;

use crate::detect::Sink;
use crate::finding::{Role, Use};
use crate::rule::Rule;

use super::Calls;
use super::credential::held;
use super::lexer::{Word, words};
use super::options::{Argument, Credential};
use super::reading::Reading;
use super::report::{Told, mask};

/// A tool and its options.
#[derive(Debug)]
pub struct CloudTool {
    /// Whose it is.
    pub rule: Rule,
    name: &'static str,
    /// See [`Told::what`].
    what: &'static str,
    user: &'static [&'static str],
    secret: &'static [&'static str],
    /// Variables that are set in front of it.
    assigned: Option<(&'static str, &'static str)>,
    /// A word that its arguments must hold, as it serves other hosts too.
    needs: Option<&'static str>,
    /// Options with which it asks a server of one's own, or gets what it lacks.
    lacks: &'static [&'static str],
    /// Options that change: before and after.
    pub renames: &'static [(&'static str, &'static str)],
}

const TOOLS: &[CloudTool] = &[
    CloudTool {
        rule: Rule::Bucketcloner,
        name: "bucketcloner",
        what: "a bucketcloner command",
        user: &["-u", "--user"],
        secret: &["-p", "--password"],
        assigned: None,
        needs: None,
        lacks: &[],
        renames: &[("-u", "-e"), ("--user", "--email"), ("-p", "-t"), ("--password", "--token")],
    },
    CloudTool {
        rule: Rule::GhBbcExporter,
        name: "bbc-exporter",
        what: "a gh bbc-exporter command",
        user: &["-u", "--user"],
        secret: &["-p", "--app-password"],
        assigned: None,
        needs: None,
        lacks: &[],
        renames: &[
            ("-u", "--email"),
            ("--user", "--email"),
            ("-p", "--api-token"),
            ("--app-password", "--api-token"),
        ],
    },
    CloudTool {
        rule: Rule::ViolationComments,
        name: "violation-comments-to-bitbucket-cloud-command-line",
        what: "a command of Violation Comments",
        user: &["-u", "-username"],
        secret: &["-p", "-password"],
        assigned: None,
        needs: None,
        lacks: &[],
        renames: &[],
    },
    CloudTool {
        rule: Rule::Kosli,
        name: "kosli",
        what: "a kosli command",
        user: &["--bitbucket-username"],
        secret: &["--bitbucket-password"],
        assigned: None,
        needs: Some("bitbucket"),
        lacks: &[],
        renames: &[],
    },
    CloudTool {
        rule: Rule::Gitbackup,
        name: "gitbackup",
        what: "a gitbackup command",
        user: &[],
        secret: &[],
        assigned: Some(("BITBUCKET_USERNAME", "BITBUCKET_PASSWORD")),
        needs: Some("bitbucket"),
        lacks: &[],
        renames: &[],
    },
    CloudTool {
        rule: Rule::Atlantis,
        name: "atlantis",
        what: "an atlantis command",
        user: &["--bitbucket-user"],
        secret: &["--bitbucket-token"],
        assigned: None,
        needs: None,
        lacks: &["--bitbucket-base-url", "--bitbucket-api-user"],
        renames: &[],
    },
    CloudTool {
        rule: Rule::Ghorg,
        name: "ghorg",
        what: "a ghorg command",
        user: &["--bitbucket-username"],
        secret: &["--token", "-t"],
        assigned: None,
        needs: None,
        lacks: &["--base-url"],
        renames: &[("--bitbucket-username", "--bitbucket-api-email")],
    },
    CloudTool {
        rule: Rule::Renovate,
        name: "renovate",
        what: "a renovate command",
        user: &["--username"],
        secret: &["--password"],
        assigned: None,
        needs: Some("--platform=bitbucket"),
        lacks: &[],
        renames: &[],
    },
];

/// The tool of a rule.
pub fn cloud_tool(rule: Rule) -> Option<&'static CloudTool> {
    TOOLS.iter().find(|tool| tool.rule == rule)
}

/// Whether a command of one of them stands there.
pub(super) fn are_named(text: &[u8]) -> bool {
    !named(text).is_empty()
}

impl Calls<'_, '_, '_> {
    /// Commands of the tools above.
    pub(super) fn cloud_tools(&mut self, sink: &mut Sink) {
        let text: &[u8] = &self.doc.text;
        for (tool, start, end) in named(text) {
            let reading = Reading::of(self.doc, start);
            let arguments = words(text, end, &reading);
            if let Some(needs) = tool.needs
                && !arguments.iter().any(|word| word.bytes == needs.as_bytes())
            {
                continue;
            }
            if option(&arguments, tool.lacks).is_some() {
                continue;
            }
            let (user, secret) = match tool.assigned {
                Some((user, secret)) => {
                    (assigned(text, start, user, &reading), assigned(text, start, secret, &reading))
                }
                None => (option(&arguments, tool.user), option(&arguments, tool.secret)),
            };
            let (Some(user), Some(secret)) = (user, secret) else { continue };
            let begins = start.min(user.range.start).min(secret.range.start);
            let name =
                tool.assigned.map(|(name, _)| user.range.start..user.range.start + name.len());
            let credential = Credential::Apart { user: Some(user), secret };
            let Some(mut held) = held(self.doc, &credential, begins) else { continue };
            held.parts.extend(name.map(|name| (Role::UsernameName, name)));
            mask(self.doc, &held, sink);
            let consumer = tool.rule.consumer();
            let told = Told {
                rule: tool.rule,
                label: None,
                what: tool.what,
                usage: Use::Rest,
                oauth: false,
                scopes: consumer.map(|consumer| consumer.scopes.to_vec()).unwrap_or_default(),
                identity: tool.rule.id().to_owned(),
                command: Some(start..end),
            };
            self.report(told, held);
        }
    }
}

/// Where the text names one of the tools as a command does.
fn named(text: &[u8]) -> Vec<(&'static CloudTool, usize, usize)> {
    static NAMES: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let names = TOOLS.iter().map(|tool| tool.name).collect::<Vec<_>>().join("|");
        Regex::new(&format!(r"(?-u)({names})(?:\.exe)?(?:\s|\\|$)")).ok()
    });
    let Some(names) = NAMES.as_ref() else { return Vec::new() };
    let mut found = Vec::new();
    for captures in names.captures_iter(text) {
        let Some(name) = captures.get(1) else { continue };
        let joined = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'$');
        if text[..name.start()].last().is_some_and(joined) {
            continue;
        }
        let tool = TOOLS.iter().find(|tool| tool.name.as_bytes() == name.as_bytes());
        let exe = if text[name.end()..].starts_with(b".exe") { 4 } else { 0 };
        found.extend(tool.map(|tool| (tool, name.start(), name.end() + exe)));
    }
    found
}

/// The argument of the first of `options`.
fn option(arguments: &[Word], options: &[&str]) -> Option<Argument> {
    arguments.iter().enumerate().find_map(|(at, word)| {
        let (name, value) = match word.bytes.iter().position(|b| *b == b'=') {
            Some(equals) if word.bytes.starts_with(b"-") => {
                (&word.bytes[..equals], Some(word.tail(equals + 1)))
            }
            _ => (&word.bytes[..], None),
        };
        if !options.iter().any(|option| option.as_bytes() == name) {
            return None;
        }
        let value = value.or_else(|| arguments.get(at + 1).cloned())?;
        Some(Argument { range: word.raw.start..value.raw.end.max(word.raw.end), word: value })
    })
}

/// What is assigned to `name` in front of the command that begins at `start`.
fn assigned(text: &[u8], start: usize, name: &str, reading: &Reading) -> Option<Argument> {
    const NEAR: usize = 600;
    let floor = line_start(text, start).max(start.saturating_sub(NEAR));
    let pattern = format!("{name}=");
    let at = floor + memmem::rfind(&text[floor..start], pattern.as_bytes())?;
    let before = text[..at].last();
    if before.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
        return None;
    }
    let word = words(text, at, reading).into_iter().next()?;
    let value = word.tail(pattern.len());
    Some(Argument { range: word.raw.clone(), word: value })
}

/// The beginning of the line, those included that end in `\`.
fn line_start(text: &[u8], at: usize) -> usize {
    let mut start = at;
    loop {
        let Some(newline) = memrchr(b'\n', &text[..start]) else { return 0 };
        let above = text[..newline].strip_suffix(b"\r").unwrap_or(&text[..newline]);
        if !above.ends_with(b"\\") {
            return newline + 1;
        }
        start = newline;
    }
}

#[cfg(test)]
mod tests {
    use super::super::detect;
    use crate::detect::testing::{line, part, run};
    use crate::finding::Role;
    use crate::rule::Rule;

    fn seen(text: &str) -> String {
        let found = run(detect, "a.sh", text).candidates;
        let ours = found.iter().filter(|c| super::cloud_tool(c.rule).is_some());
        ours.map(|c| format!("{} {}", c.rule.id(), line(c))).collect::<Vec<_>>().join("+")
    }

    #[test]
    fn options_of_tools() {
        for (text, expected) in [
            ("bucketcloner -u joe -p §app§ clone", "bucketcloner AppPassword Rest Certain Error"),
            (
                "gh bbc-exporter export -w t --user=joe --app-password \"$BB_APP_PASSWORD\"",
                "gh-bbc-exporter Reference Rest Certain Warning",
            ),
            (
                "docker run tomas/violation-comments-to-bitbucket-cloud-command-line -u joe -p §old§",
                "violation-comments AppPassword Rest Likely Error",
            ),
            (
                "kosli attest pullrequest bitbucket \\\n  --bitbucket-username joe \\\n  --bitbucket-password §app§",
                "kosli AppPassword Rest Certain Error",
            ),
            (
                "BITBUCKET_USERNAME=joe \\\n BITBUCKET_PASSWORD='§app§' gitbackup -service bitbucket",
                "gitbackup AppPassword Rest Certain Error",
            ),
            (
                "bucketcloner -u joe -p §api§ clone",
                "bucketcloner HalfMigrated UsernameForRest Rest Certain Error",
            ),
            ("bucketcloner -e me@x.com -t §api§ clone", ""),
            (
                "atlantis server \\\n  --bitbucket-user=joe \\\n  --bitbucket-token=\"$BITBUCKET_APP_PASSWORD\"",
                "atlantis Reference Rest Certain Warning",
            ),
            (
                "atlantis server --bitbucket-user=joe --bitbucket-token=§old§ --bitbucket-base-url=https://bitbucket.x.example",
                "",
            ),
            (
                "atlantis server --bitbucket-user=joe --bitbucket-api-user=me@x.com --bitbucket-token=§api§",
                "",
            ),
            (
                "ghorg clone acme --scm=bitbucket --bitbucket-username=joe --token=§app§",
                "ghorg AppPassword Rest Certain Error",
            ),
            ("ghorg clone acme --scm=bitbucket --bitbucket-api-email=me@x.com --token=§api§", ""),
            ("ghorg clone acme --scm=github --token=§old§ # bitbucket.org", ""),
            (
                "renovate --platform=bitbucket --username=joe --password=§old§ acme/x",
                "renovate AppPassword Rest Likely Error",
            ),
            ("renovate --platform=gitea --username=joe --password=§old§ # bitbucket.org", ""),
            ("my-bucketcloner -u joe -p §app§", ""),
            (
                "kosli attest pullrequest github --bitbucket-username joe --bitbucket-password §app§",
                "",
            ),
            ("BITBUCKET_USERNAME=joe BITBUCKET_PASSWORD=§app§ run > gitbackup\n", ""),
            ("gh bbc-exporter export -u <user> -p <password>", ""),
        ] {
            assert_eq!(seen(text), expected, "{text}");
        }
    }

    #[test]
    fn values_have_their_places() {
        let text = "BITBUCKET_USERNAME=joe BITBUCKET_PASSWORD='§app§' gitbackup -service bitbucket";
        let found = run(detect, "a.sh", text).candidates;
        let found = found.iter().find(|c| c.rule == Rule::Gitbackup).unwrap();
        assert_eq!(part(found, Role::Username, text).unwrap(), "joe");
        assert_eq!(part(found, Role::Secret, text).unwrap(), crate::detect::testing::APP);
    }
}
