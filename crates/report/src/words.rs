//! Small helpers for numbers and names in sentences.

use bbsweep_scanner_core::{Confidence, Severity, State, Use};

use crate::model::Applicability;

/// "1 file", "12,345 files".
pub(crate) fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// With a comma between groups of three digits.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// "812 bytes", "3.2 MiB".
pub(crate) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if number < 1024 {
        return count(number, "byte", "bytes");
    }
    // In tenths, so that no float rounds.
    let mut tenths = u128::from(number) * 10 / 1024;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// "84 ms", "2.3 s", "4 min 05 s".
pub(crate) fn duration(milliseconds: u64) -> String {
    match milliseconds {
        0..1_000 => format!("{milliseconds} ms"),
        1_000..60_000 => format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100),
        _ => format!("{} min {:02} s", milliseconds / 60_000, milliseconds % 60_000 / 1_000),
    }
}

/// "a", "a and b", "a, b and c".
pub(crate) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// A sentence ends with a full stop; one that has an end keeps it.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() || text.ends_with(['.', '!', '?', ':']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// At most `most` characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// `text` as one word of a POSIX shell; `~/` stays what it is.
pub(crate) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@%,=".contains(c);
    let rest = text.strip_prefix("~/").unwrap_or(text);
    if !text.is_empty() && rest.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

pub(crate) const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

pub(crate) fn severities(severity: Severity, number: u64) -> String {
    match severity {
        Severity::Error => count(number, "error", "errors"),
        Severity::Warning => count(number, "warning", "warnings"),
        Severity::Note => count(number, "note", "notes"),
    }
}

pub(crate) const fn state(state: State) -> &'static str {
    match state {
        State::AppPassword => "app password",
        State::Reference => "reference",
        State::HalfMigrated => "half-migrated API token",
        State::DeadSecret => "dead secret",
    }
}

pub(crate) fn states(state: State, number: u64) -> String {
    match state {
        State::AppPassword => count(number, "app password", "app passwords"),
        State::Reference => count(number, "reference", "references"),
        State::HalfMigrated => count(number, "half-migrated API token", "half-migrated API tokens"),
        State::DeadSecret => count(number, "dead secret", "dead secrets"),
    }
}

/// "2 symbolic links": what a scan leaves out by choice. Reasons of later versions as they are.
pub(crate) fn left_out(reason: &str, number: u64) -> String {
    let (one, many) = match reason {
        "special-file" => ("special file", "special files"),
        "other-file-system" => ("folder of another file system", "folders of other file systems"),
        "too-large" => ("file over --max-filesize", "files over --max-filesize"),
        "excluded" => ("excluded entry", "excluded entries"),
        "git-ignored" => ("git-ignored entry", "git-ignored entries"),
        "symbolic-link" => ("symbolic link not followed", "symbolic links not followed"),
        "other-shard" => ("entry of other parts", "entries of other parts"),
        other => (other, other),
    };
    count(number, one, many)
}

/// What the credential is used for; `None` where that is not known.
pub(crate) const fn usage(usage: Use) -> Option<&'static str> {
    match usage {
        Use::Git => Some("git"),
        Use::Rest => Some("REST"),
        Use::Both => Some("git and REST"),
        Use::Unknown => None,
    }
}

pub(crate) const fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Possible => "possible",
        Confidence::Likely => "likely",
        Confidence::Certain => "certain",
    }
}

pub(crate) const fn applicability(applicability: Applicability) -> &'static str {
    match applicability {
        Applicability::Safe => "safe",
        Applicability::Review => "review",
        Applicability::Manual => "manual",
    }
}

pub(crate) fn applicabilities(applicability: Applicability, number: u64) -> String {
    match applicability {
        Applicability::Safe => count(number, "safe edit", "safe edits"),
        Applicability::Review => format!("{} for review", thousands(number)),
        Applicability::Manual => format!("{} manual", thousands(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(count(0, "file", "files"), "0 files");
        assert_eq!(count(1, "file", "files"), "1 file");
        assert_eq!(count(1_234_567, "file", "files"), "1,234,567 files");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1000), "1,000");
    }

    #[test]
    fn sizes_and_times() {
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(bytes(1023), "1,023 bytes");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(5 * 1024 * 1024 * 1024), "5.0 GiB");
        assert_eq!(bytes(u64::MAX), "16383.9 PiB");
        assert_eq!(duration(84), "84 ms");
        assert_eq!(duration(2_345), "2.3 s");
        assert_eq!(duration(245_900), "4 min 05 s");
    }

    #[test]
    fn words_of_a_shell() {
        assert_eq!(shell_word("/srv/a-b"), "/srv/a-b");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word("a;b"), "'a;b'");
        assert_eq!(shell_word(""), "''");
    }

    #[test]
    fn sentences() {
        let items =
            |n: usize| ["a", "b", "c"][..n].iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(list(&items(0)), "");
        assert_eq!(list(&items(1)), "a");
        assert_eq!(list(&items(3)), "a, b and c");
        assert_eq!(sentence("No stop"), "No stop.");
        assert_eq!(sentence("A stop. "), "A stop.");
    }
}
