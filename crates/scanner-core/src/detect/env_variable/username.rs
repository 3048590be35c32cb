//! Variables that hold the username beside an app password: nothing is wrong with one, but it has to
//! change together with the calls that read it.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::credential::CredentialKind;
use crate::detect::place::place_of;
use crate::detect::value::{self, Value};
use crate::detect::{Candidate, Sink};
use crate::document::{Document, FileKind};
use crate::finding::{Confidence, Place, Role, Severity, State, Use};
use crate::rule::Rule;

use super::assignment::assigned;
use super::context::Context;
use super::names::{LONGEST, has_tool_prefix};
use super::text::is_word;
use super::tool_defined;

/// Sees the variables by their names. Runs last: where one stands in the username's field of a use,
/// that use has it already.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    use FileKind as K;
    if matches!(doc.kind, K::GitCredentials | K::Netrc | K::EncryptedNetrc | K::Lock) {
        return;
    }
    let names = names_in(&doc.text);
    if names.is_empty() || Context::of(doc).is_data_center() {
        return;
    }
    let held: Vec<Range<usize>> = sink
        .candidates
        .iter()
        .flat_map(|candidate| &candidate.parts)
        .filter(|(role, _)| {
            matches!(role, Role::Username | Role::UsernameName | Role::Userinfo | Role::Secret)
        })
        .map(|(_, range)| range.clone())
        .collect();
    let mut done = 0;
    for name in names {
        let is_held = held.iter().any(|range| range.start <= name.start && name.end <= range.end);
        // What is assigned to the name may name it again.
        if is_held || name.start < done {
            continue;
        }
        let candidate = candidate(doc, &name);
        done = candidate.range.end;
        sink.candidates.push(candidate);
    }
}

fn candidate(doc: &Document<'_>, name: &Range<usize>) -> Candidate {
    let text: &[u8] = &doc.text;
    let shown = String::from_utf8_lossy(&text[name.clone()]).into_owned();
    let place = place_of(doc, name.start);
    let code = matches!(doc.kind, FileKind::CodeHash | FileKind::CodeSlash | FileKind::Jenkinsfile);
    let value = assigned(doc, name)
        .filter(|value| value.constant && value.range.start >= name.end && !code)
        .filter(|_| place == Place::Active && tool_defined(doc, name.start, &shown).is_none());
    let mut parts = vec![(Role::UsernameName, name.clone())];
    let mut range = name.clone();
    let mut username = None;
    if value.is_none() && place == Place::Active && is_declared(text, name) {
        parts.push((Role::Value, name.end..name.end));
    }
    if let Some(value) = value {
        range.end = value.range.end.max(name.end);
        parts.push((Role::Value, value.range.clone()));
        let plain = value::classify(&value.content, doc.kind) == Value::Literal
            && value.content.len() <= LONGEST;
        username = plain.then(|| String::from_utf8_lossy(&value.content).into_owned());
    }
    Candidate {
        rule: Rule::EnvVariable,
        state: State::Reference,
        form_error: None,
        usage: Use::Unknown,
        confidence: Confidence::Likely,
        severity: Severity::Note,
        place,
        kind: CredentialKind::Reference,
        range,
        parts,
        secret: None,
        username,
        variable: None,
        git_config_key: None,
        scopes: Vec::new(),
        label: None,
        slot: None,
        message: format!("{shown} holds the username that goes with an app password"),
        identity: format!("{shown} (username)"),
    }
}

/// Whether the name stands where it is handed on as it is: `ARG NAME`, an item of a list, `export
/// NAME`, `-e NAME`, `- name: NAME` of a container, which takes the value from elsewhere.
fn is_declared(text: &[u8], name: &Range<usize>) -> bool {
    let start = memchr::memrchr(b'\n', &text[..name.start]).map_or(0, |at| at + 1);
    let end = memchr::memchr(b'\n', &text[name.end..]).map_or(text.len(), |at| name.end + at);
    let before = text[start..name.start].trim_ascii();
    let after = text[name.end..end].trim_ascii();
    let last = before.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
    let apart = text[name.end..end].first().is_none_or(u8::is_ascii_whitespace);
    match last {
        b"ARG" | b"-" => before == last && after.is_empty(),
        b"export" => after.is_empty(),
        b"name:" => matches!(before, b"- name:" | b"-\tname:") && after.is_empty(),
        b"-e" | b"--env" => apart && before != last,
        _ => false,
    }
}

/// Whether the variable of this name holds the username of a Bitbucket account, by its name.
pub fn known_username(name: &str) -> bool {
    let bytes = name.as_bytes();
    names_in(bytes).first() == Some(&(0..bytes.len()))
}

fn names_in(text: &[u8]) -> Vec<Range<usize>> {
    const NAMES: &str = r"(?-u)(?:BITBUCKET|BB)_(?:[A-Z0-9]+_){0,6}(?:USERNAME|USER_NAME|USER|LOGIN)(?:[^A-Za-z0-9_-]|$)";
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(NAMES).ok());
    let Some(name) = NAME.as_ref() else { return Vec::new() };
    let mut found = Vec::new();
    for hit in name.find_iter(text) {
        let length = text[hit.start()..].iter().take_while(|b| is_word(**b)).count();
        let before = text[..hit.start()].iter().rev().take(LONGEST).take_while(|b| is_word(**b));
        let start = hit.start() - before.count();
        let range = start..hit.start() + length;
        let upper = text[range.clone()].iter().all(|b| !b.is_ascii_lowercase());
        let alone = start == hit.start() || text[hit.start() - 1] == b'_';
        if upper && alone && range.len() <= LONGEST && !has_tool_prefix(&text[range.clone()]) {
            found.push(range);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::run;

    #[test]
    fn names() {
        for name in
            ["BITBUCKET_USERNAME", "BB_USER", "BITBUCKET_LOGIN", "MY_BITBUCKET_CI_USER_NAME"]
        {
            assert!(known_username(name), "{name}");
        }
        for name in [
            "BITBUCKET_USERNAME_FILE",
            "BITBUCKET_USERS",
            "bitbucket_username",
            "GHORG_BITBUCKET_USERNAME",
            "ABB_USER",
            "BITBUCKET_API_TOKEN",
        ] {
            assert!(!known_username(name), "{name}");
        }
    }

    #[test]
    fn definitions_and_mentions() {
        for (path, text, definition) in [
            (".env", "BITBUCKET_USERNAME=joe\n", true),
            ("a.sh", "export BB_USER='joe'\n", true),
            ("a.sh", "echo $BB_USER\n", false),
            ("docker-compose.yml", "services:\n  a:\n    environment:\n      BB_USER: joe\n", true),
            (
                "docker-compose.yml",
                "services:\n  a:\n    environment:\n      - BB_USER=joe\n",
                true,
            ),
            (
                "bitbucket-pipelines.yml",
                "- pipe: a/b:1\n  variables:\n    BITBUCKET_USERNAME: joe\n",
                false,
            ),
            ("Dockerfile", "ARG BB_USER\n", true),
            ("docker-compose.yml", "services:\n  a:\n    environment:\n      - BB_USER\n", true),
            ("a.sh", "docker run -e BB_USER -e X a\n", true),
            ("a.yaml", "env:\n- name: BB_USER\n  valueFrom:\n    secretKeyRef: {name: a}\n", true),
            ("a.yaml", "env:\n- name: BB_USER\n  value: joe\n", true),
            ("a.sh", "export BB_USER\n", true),
            ("a.py", "user = os.environ['BB_USER']\n", false),
            ("README.md", "Set BB_USER=joe.\n", false),
        ] {
            let found = run(detect, path, text).candidates;
            assert_eq!(found.len(), 1, "{text}");
            let has_value = found[0].parts.iter().any(|(role, _)| *role == Role::Value);
            assert_eq!(has_value, definition, "{text}");
        }
        let text = "BITBUCKET_URL=https://git.acme.example\nBITBUCKET_USERNAME=joe\n";
        assert!(run(detect, ".env", text).candidates.is_empty());
    }
}
