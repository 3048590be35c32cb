//! What is wrong with a config: file, line and column, and the line, with what looks like a secret
//! masked.

use std::ops::Range;
use std::path::Path;

use bbsweep_scanner_core::bitbucket::{TokenFormat, classify_token};
use bbsweep_scanner_core::mask::mask_formats;
use bbsweep_scanner_core::scan_bytes;

use crate::output;

/// An error of the parser or of a value.
pub(super) fn of_toml(path: &Path, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let skipped = text.len() - text.strip_prefix('\u{FEFF}').unwrap_or(text).len();
    let (span, message) = match placed(error.message()) {
        Some((span, message)) => (Some(span), message),
        None => (error.span(), error.message()),
    };
    let span = span.map(|span| span.start + skipped..span.end + skipped);
    at(path, text, span, &message.replace('\n', ": "))
}

/// The place that `@1..5@message` names, and the message.
fn placed(message: &str) -> Option<(Range<usize>, &str)> {
    let (span, message) = message.strip_prefix('@')?.split_once('@')?;
    let (start, end) = span.split_once("..")?;
    Some((start.parse().ok()?..end.parse().ok()?, message))
}

/// An error at a byte of what may be no text.
pub(super) fn at_byte(path: &Path, bytes: &[u8], at_byte: usize, message: &str) -> anyhow::Error {
    let before = String::from_utf8_lossy(&bytes[..at_byte.min(bytes.len())]).into_owned();
    at(path, &before, Some(before.len()..before.len()), message)
}

/// A config is shared and kept for years: no secret may stand in it.
pub(super) fn refuse_secrets(path: &Path, text: &str) -> anyhow::Result<()> {
    let word = |c: char| c.is_ascii_alphanumeric() || "_-=.+/%".contains(c);
    let mut from = 0;
    let token = text.split(|c| !word(c)).find_map(|word| {
        let start = from + text[from..].find(word)?;
        from = start + word.len();
        let secret = !matches!(
            classify_token(word.trim_matches(|c| "./%+".contains(c)).as_bytes()),
            TokenFormat::Unknown | TokenFormat::LegacyAppPassword
        );
        secret.then_some(start..from)
    });
    let used = || {
        let (findings, _) = scan_bytes(Path::new("bbsweep.toml"), text.as_bytes());
        findings.into_iter().find(|finding| finding.secret.is_some()).map(|f| f.span.range())
    };
    match token.or_else(used) {
        None => Ok(()),
        Some(span) => Err(at(
            path,
            text,
            Some(span),
            "a secret stands here; a config is no place for one. Take it out and revoke it",
        )),
    }
}

fn at(path: &Path, text: &str, span: Option<Range<usize>>, message: &str) -> anyhow::Error {
    let name = output::clean(&path.to_string_lossy());
    let message = mask_formats(message);
    let message = output::clean(&message);
    let Some(span) = span else { return anyhow::anyhow!("{name}: {message}") };
    let start = floor(text, span.start);
    let end = floor(text, span.end).max(start);
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let line = text[line_start..line_end].trim_end_matches('\r');
    let number = text[..start].matches('\n').count() + 1;
    let column = text[line_start..start].chars().count() + 1;
    let shown = output::clean(&mask_formats(&line.replace('\t', " ")));
    let gutter = " ".repeat(number.to_string().len());
    // Where something was masked the columns are others.
    let mark = if shown.chars().count() == line.chars().count() {
        let width = text[start..end.min(line_end)].chars().count().max(1);
        format!("\n{gutter} | {}{}", " ".repeat(column - 1), "^".repeat(width))
    } else {
        String::new()
    };
    anyhow::anyhow!("{name}:{number}:{column}: {message}\n{gutter} |\n{number} | {shown}{mark}")
}

/// The border of a character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}
