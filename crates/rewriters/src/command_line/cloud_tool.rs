//! Tools whose options for an API token have other names than those for an app password.

use std::ops::Range;

use bbsweep_scanner_core::consumer::{Consumer, UsernameForm};
use bbsweep_scanner_core::detect::command_line::cloud_tool;
use bbsweep_scanner_core::{Role, State};

use super::Made;
use crate::names;
use crate::rewrite::{Proposal, Subject};

/// What is told of a tool that takes no API tokens, or two usernames.
pub(super) fn unsupported(subject: &Subject<'_>) -> Option<Proposal> {
    cloud_tool(subject.finding.via)?;
    let consumer = subject.finding.via.consumer()?;
    let name = consumer.name;
    if consumer.form == UsernameForm::Both {
        let finding = subject.finding;
        let reason = format!("{name} takes the email in an option of its own beside the username");
        let literal = finding.secret.is_some() && finding.state == State::AppPassword;
        return Some(
            Proposal::manual(reason)
                .steps(
                    (finding.state != State::HalfMigrated)
                        .then(|| names::create_token(&finding.scopes)),
                )
                .steps(consumer.steps.iter().copied())
                .steps(literal.then_some(names::REVOKE)),
        );
    }
    if consumer.form != UsernameForm::Unsupported {
        return None;
    }
    let instead = consumer.instead.map(|instead| format!("use {instead}"));
    let literal = subject.finding.secret.is_some();
    Some(
        Proposal::manual(format!("no source says that {name} takes API tokens"))
            .steps(instead)
            .steps(literal.then_some(names::REVOKE)),
    )
}

/// Adds the new names of the options, and says which release knows them.
pub(super) fn finish(subject: &Subject<'_>, made: &mut Made) {
    let Some(tool) = cloud_tool(subject.finding.via) else { return };
    for role in [Role::Username, Role::Secret] {
        let Some(value) = subject.part_range(role) else { continue };
        let Some(option) = option_before(&subject.doc.text, value.start) else { continue };
        let written = &subject.doc.text[option.clone()];
        let new = tool.renames.iter().find(|(old, _)| old.as_bytes() == written);
        if let Some((_, new)) = new {
            made.edits.push(subject.edit(option, *new));
        }
    }
    let Some(consumer) = subject.finding.via.consumer() else { return };
    made.caution.get_or_insert_with(|| least_version(consumer));
    made.steps.extend(consumer.steps.iter().map(|step| (*step).to_owned()));
}

fn least_version(consumer: &Consumer) -> String {
    let name = consumer.name;
    match consumer.least_version {
        Some(version) => format!("{name} takes API tokens from version {version} on"),
        None => format!("look whether the {name} in use takes the email and the token there"),
    }
}

/// The option whose value begins at `value`, or behind a quote before it.
fn option_before(text: &[u8], value: usize) -> Option<Range<usize>> {
    let mut end = value;
    while end > 0 && (text[end - 1].is_ascii_whitespace() || b"\"'\\=".contains(&text[end - 1])) {
        end -= 1;
    }
    let length = text[..end]
        .iter()
        .rev()
        .take(64)
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'-')
        .count();
    (length > 1 && text[end - length] == b'-').then(|| end - length..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found() {
        for (text, value, expected) in [
            ("x -u joe", 5, Some("-u")),
            ("x --user=\"joe\"", 10, Some("--user")),
            ("x -u \\\n  'joe'", 10, Some("-u")),
            ("x joe", 2, None),
            ("A=joe", 2, None),
        ] {
            let found = option_before(text.as_bytes(), value).map(|range| &text[range]);
            assert_eq!(found, expected, "{text}");
        }
    }
}
