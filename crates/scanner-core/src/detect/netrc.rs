//! `machine` entries of `.netrc`.

use std::ops::Range;

use crate::bitbucket::{Host, Scope, TokenFormat, classify_token};
use crate::document::{Document, FileKind};
use crate::finding::{Place, Role, SkipReason, State, Use};
use crate::rule::{Rule, RuleInfo};

use super::slot::{Slot, content, judge};
use super::{Candidate, Sink};

pub(crate) const INFO: RuleInfo = RuleInfo {
    id: "netrc",
    summary: "A .netrc entry for bitbucket.org or api.bitbucket.org with an app password",
    why: "git, curl and many package managers read .netrc on their own. An app password there makes \
          git fail with HTTP 410 and the REST API with HTTP 401 since 2026-07-28. With API tokens \
          the two machines need two logins: bitbucket.org takes x-bitbucket-api-token-auth, \
          api.bitbucket.org takes the Atlassian account email.",
    rewrite: "Login and password of the entry are replaced: safe where you hand over the new token \
              (and the email, for api.bitbucket.org), review with placeholders in their place. An \
              API token under the wrong login stays and only the login changes.",
    before: "machine bitbucket.org login ci-bot password ATBBexampleexampleexampleexample1F2C",
    after: "machine bitbucket.org login x-bitbucket-api-token-auth password REPLACE_WITH_BITBUCKET_API_TOKEN",
    limits: "In the entry `default` only an app password in today's form counts, and it is told, not \
             changed: it is sent to every other machine too. Encrypted files (.netrc.gpg) are named \
             as unreadable. The bodies of macros are skipped.",
    sources: &[
        "https://curl.se/docs/manpage.html#-n",
        "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens",
        "https://github.com/bitrise-io/bitrise-steplib/pull/4945",
    ],
};

/// Sees entries for Bitbucket; a file that is encrypted is told as a problem.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    match doc.kind {
        FileKind::Netrc => {
            let mut reader =
                Reader { text: &doc.text, at: 0, end: doc.text.len(), comments: Vec::new() };
            read(&mut reader, doc, Place::Active, sink);
            // An entry that was commented out, line by line.
            for comment in reader.comments {
                let mut reader = Reader {
                    text: &doc.text,
                    at: comment.start,
                    end: comment.end,
                    comments: Vec::new(),
                };
                read(&mut reader, doc, Place::Comment, sink);
            }
        }
        FileKind::EncryptedNetrc => sink.problems.push((
            SkipReason::Encrypted,
            "encrypted; what it holds for bitbucket.org can't be seen".into(),
        )),
        _ => {}
    }
}

/// One word of the file.
struct Word {
    /// Without its quotes.
    range: Range<usize>,
    bytes: Vec<u8>,
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    end: usize,
    comments: Vec<Range<usize>>,
}

impl Reader<'_> {
    fn skip_space(&mut self) {
        while self.at < self.end && self.text[self.at].is_ascii_whitespace() {
            self.at += 1;
        }
    }

    fn line_end(&self) -> usize {
        memchr::memchr(b'\n', &self.text[self.at..self.end]).map_or(self.end, |i| self.at + i)
    }

    /// The next keyword. What begins with `#` where one is due is a comment.
    fn keyword(&mut self) -> Option<Word> {
        loop {
            self.skip_space();
            if self.at >= self.end || self.text[self.at] != b'#' {
                return self.word();
            }
            let end = self.line_end();
            self.comments.push(self.at + 1..end);
            self.at = end;
        }
    }

    /// The next word: up to white space, or in quotes with `\` escapes.
    fn word(&mut self) -> Option<Word> {
        self.skip_space();
        let quoted = self.at < self.end && self.text[self.at] == b'"';
        if quoted {
            self.at += 1;
        }
        let start = self.at;
        let mut bytes = Vec::new();
        while self.at < self.end {
            match self.text[self.at] {
                b'"' | b'\n' if quoted => break,
                b if !quoted && b.is_ascii_whitespace() => break,
                b'\\' if quoted && self.at + 1 < self.end => {
                    self.at += 1;
                    bytes.push(self.text[self.at]);
                }
                b => bytes.push(b),
            }
            self.at += 1;
        }
        let range = start..self.at;
        if quoted && self.at < self.end && self.text[self.at] == b'"' {
            self.at += 1;
        }
        (quoted || !range.is_empty()).then_some(Word { range, bytes })
    }

    /// Skips a macro: up to an empty line.
    fn skip_macro(&mut self) {
        while self.at < self.end {
            self.at = (self.line_end() + 1).min(self.end);
            let line = &self.text[self.at..self.line_end()];
            if line.iter().all(u8::is_ascii_whitespace) {
                return;
            }
        }
    }
}

/// `machine NAME` or `default` and what follows.
struct Entry {
    start: usize,
    end: usize,
    machine: Option<Word>,
    login: Option<Word>,
    password: Option<Word>,
}

fn read(reader: &mut Reader<'_>, doc: &Document<'_>, place: Place, sink: &mut Sink) {
    let mut entry: Option<Entry> = None;
    while let Some(keyword) = reader.keyword() {
        let word = keyword.bytes.to_ascii_lowercase();
        match word.as_slice() {
            b"machine" | b"default" => {
                if let Some(entry) = entry.take() {
                    report(&entry, doc, place, sink);
                }
                let machine = if word == b"machine" {
                    let Some(name) = reader.word() else { break };
                    Some(name)
                } else {
                    None
                };
                entry = Some(Entry {
                    start: keyword.range.start,
                    end: machine.as_ref().map_or(keyword.range.end, |name| name.range.end),
                    machine,
                    login: None,
                    password: None,
                });
            }
            b"macdef" => {
                reader.skip_macro();
            }
            b"login" | b"user" | b"password" | b"account" | b"port" | b"protocol" => {
                let (Some(value), Some(entry)) = (reader.word(), &mut entry) else { continue };
                entry.end = reader.at;
                match word.as_slice() {
                    b"login" | b"user" => entry.login = Some(value),
                    b"password" => entry.password = Some(value),
                    _ => {}
                }
            }
            _ => {}
        }
    }
    if let Some(entry) = entry {
        report(&entry, doc, place, sink);
    }
}

fn report(entry: &Entry, doc: &Document<'_>, place: Place, sink: &mut Sink) {
    for (word, as_secret) in [(&entry.login, false), (&entry.password, true)] {
        if let Some(word) = word
            && content(&word.bytes, false, doc.kind).must_be_masked(as_secret)
        {
            sink.secrets.push(word.range.clone());
        }
    }
    let host = match &entry.machine {
        Some(machine) => {
            let name = machine.bytes.split(|&b| b == b':').next().unwrap_or_default();
            let Some(host) = doc.host(name) else { return };
            Some(host)
        }
        None => None,
    };
    let Some(password) = &entry.password else { return };
    if host.is_none() && classify_token(&password.bytes) != TokenFormat::AppPassword {
        return;
    }
    let usage = match host {
        Some(Host::Git) => Use::Git,
        Some(Host::Api) => Use::Rest,
        None => Use::Unknown,
    };
    let verdict = judge(&Slot {
        username: entry.login.as_ref().map(|word| &*word.bytes),
        secret: Some(&password.bytes),
        percent: false,
        usage,
        kind: doc.kind,
        place,
        what: "a .netrc entry",
    });
    // A login without a password gives nobody anything.
    let Some(verdict) = verdict.filter(|_| !password.bytes.is_empty()) else { return };

    let mut parts = Vec::new();
    parts.extend(entry.machine.as_ref().map(|word| (Role::Host, word.range.clone())));
    parts.extend(entry.login.as_ref().map(|word| {
        let role = if verdict.secret_is_username { Role::Secret } else { Role::Username };
        (role, word.range.clone())
    }));
    if !verdict.secret_is_username {
        parts.push((Role::Secret, password.range.clone()));
    }
    let machine = match host {
        Some(Host::Git) => "machine bitbucket.org",
        Some(Host::Api) => "machine api.bitbucket.org",
        None => "default",
    };
    sink.candidates.push(Candidate {
        rule: Rule::Netrc,
        scopes: if usage == Use::Git && verdict.state != State::DeadSecret {
            Scope::GIT_FETCH.to_vec()
        } else {
            Vec::new()
        },
        state: verdict.state,
        form_error: verdict.form_error,
        usage,
        confidence: verdict.confidence,
        severity: verdict.severity,
        place,
        kind: verdict.kind,
        range: entry.start..entry.end,
        parts,
        secret: verdict.secret,
        username: verdict.username,
        variable: verdict.variable,
        git_config_key: None,
        label: None,
        slot: None,
        identity: machine.to_owned(),
        message: verdict.message,
    });
}

#[cfg(test)]
pub(crate) const EXAMPLES: super::testing::Examples = super::testing::Examples {
    rule: Rule::Netrc,
    matching: &[
        (".netrc", "machine bitbucket.org login joe password §app§\n"),
        ("_netrc", "machine BITBUCKET.org\r\n\tpassword \"§old§\"\r\n\tlogin joe\r\n"),
        (
            ".netrc",
            "machine github.com login a password b machine www.bitbucket.org login joe password §app§",
        ),
        (".netrc", "machine api.bitbucket.org login joe password §api§\n"),
        (".netrc", "default login joe password §app§\n"),
        (".netrc", "# machine bitbucket.org login joe password §old§\n"),
    ],
    other: &[
        (".netrc", "machine bitbucket.org login x-bitbucket-api-token-auth password §api§\n"),
        (".netrc", "machine api.bitbucket.org login me@x.com password §api§\n"),
        (
            ".netrc",
            "machine bitbucket.org login x-bitbucket-api-token-auth password REPLACE_WITH_BITBUCKET_API_TOKEN\n",
        ),
        (".netrc", "machine bitbucket.org login x-token-auth password §access§\n"),
        (".netrc", "machine bitbucket.org login joe\n"),
        (".netrc", "machine bitbucket.example.com login joe password §app§\n"),
        (".netrc", "default login joe password §old§\n"),
        (".netrc", "macdef init\nmachine bitbucket.org login joe password §app§\n\n"),
        ("notes.txt", "machine bitbucket.org login joe password §app§\n"),
    ],
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{APP, OLD, fill, line, part, run};
    use super::*;

    #[test]
    fn words_comments_and_macros() {
        let text = "# joe's\nmachine github.com login a password hunter2 # why\n\
                    macdef init\nmachine bitbucket.org login x password §app§\ncd /\n\n\
                    machine bitbucket.org login \"j\\\"oe\" account x\n  password \"§old§\"\n\
                    machine api.bitbucket.org\n\tlogin me@x.com\n\t# password\n\tpassword §app§\n";
        let sink = run(detect, ".netrc", text);
        let lines: Vec<_> = sink.candidates.iter().map(line).collect();
        assert_eq!(lines, ["AppPassword Git Likely Error", "AppPassword Rest Certain Error"]);
        let first = &sink.candidates[0];
        assert_eq!(first.username.as_deref(), Some("j\"oe"));
        assert_eq!(part(first, Role::Username, text).unwrap(), "j\\\"oe");
        assert_eq!(part(first, Role::Secret, text).unwrap(), OLD);
        assert_eq!(part(first, Role::Host, text).unwrap(), "bitbucket.org");
        assert_eq!(first.identity, "machine bitbucket.org");
        let text = fill(text);
        let masked: Vec<_> = sink.secrets.iter().map(|range| &text[range.clone()]).collect();
        assert_eq!(masked, ["hunter2", OLD, APP]);
    }

    #[test]
    fn a_commented_entry_is_dead() {
        let sink = run(detect, ".netrc", "# machine bitbucket.org login joe password §app§\n");
        assert_eq!(line(&sink.candidates[0]), "DeadSecret Git Certain Error");
    }

    #[test]
    fn an_encrypted_file_is_told() {
        let sink = run(detect, ".netrc.gpg", "\u{85}\u{1}");
        assert_eq!(sink.problems.len(), 1);
        assert_eq!(sink.problems[0].0, SkipReason::Encrypted);
    }

    proptest! {
        #[test]
        fn any_text(text in "(machine|default|login|password|macdef|bitbucket.org|[#\" \n\\\\a]){0,30}") {
            run(detect, ".netrc", &text);
        }
    }
}
