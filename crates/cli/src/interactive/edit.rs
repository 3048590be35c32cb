//! `e`: what comes there, changed in the user's editor.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use bbsweep_rewriters::{Edit, FilePlan, Fix, PlanOptions};
use bbsweep_scanner_core::Encoding;
use bbsweep_scanner_core::mask::Scrubber;

use crate::scan::Sweep;

/// Begins a line that stands before each text.
const MARK: &str = "#bbsweep#";

/// The fix with other texts, as the user wrote them. What the file holds otherwise is not in what the
/// editor sees: no secret is.
pub(super) fn edit(
    fix: &Fix,
    file: &FilePlan,
    sweep: &Sweep,
    options: &PlanOptions,
) -> anyhow::Result<Fix> {
    let secrets = sweep.outcome.findings.iter().filter_map(|finding| finding.secret.as_ref());
    let scrubber = Scrubber::new(secrets.chain(&options.token));
    let bytes = std::fs::read(&file.absolute).context("the file cannot be read")?;
    let encoding = Encoding::sniff(&bytes);
    let mut texts = Vec::new();
    for edit in &fix.edits {
        let text = encoding.decode(&edit.replacement);
        let Ok(text) = std::str::from_utf8(&text) else {
            bail!("what comes there is no text");
        };
        ensure!(
            !fix.puts_token && scrubber.scrub(text) == text,
            "what comes there holds a token, and no editor gets to see one"
        );
        texts.push(text.to_owned());
    }
    let edited = in_editor(&page(&texts))?;
    let new = parse(&edited, texts.len())?;
    ensure!(new != texts, "nothing was changed in the editor");
    let mut fix = fix.clone();
    for (edit, text) in fix.edits.iter_mut().zip(&new) {
        *edit = Edit { span: edit.span, replacement: encoding.encode(text) };
    }
    fix.replacement = None;
    "changed by hand".clone_into(&mut fix.reason);
    Ok(fix)
}

fn page(texts: &[String]) -> String {
    let mut page = String::new();
    for (number, text) in (1..).zip(texts) {
        let _ =
            writeln!(page, "{MARK} {number} of {}: what comes there, below this line", texts.len());
        let _ = writeln!(page, "{text}");
    }
    page
}

/// The texts of a page; the line ends that the editor put behind them are not theirs.
fn parse(page: &str, number: usize) -> anyhow::Result<Vec<String>> {
    let mut texts: Vec<Vec<&str>> = Vec::new();
    for line in page.lines() {
        if line.starts_with(MARK) {
            texts.push(Vec::new());
        } else if let Some(text) = texts.last_mut() {
            text.push(line);
        } else {
            bail!("there is text before the first line that begins with {MARK}");
        }
    }
    ensure!(texts.len() == number, "the lines that begin with {MARK} have to stay");
    Ok(texts.iter().map(|lines| lines.join("\n")).collect())
}

/// What the user makes of `text` in the editor that git would start.
fn in_editor(text: &str) -> anyhow::Result<String> {
    let editor = ["GIT_EDITOR", "VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "vi".to_owned());
    let mut file = tempfile::Builder::new()
        .prefix("bbsweep-")
        .suffix(".txt")
        .tempfile()
        .context("cannot make a file for the editor")?;
    file.write_all(text.as_bytes()).and_then(|()| file.flush()).context("cannot write it")?;
    // As git does it: the value may have arguments, the path is one word.
    let status = Command::new("sh")
        .args(["-c", &format!("{editor} \"$@\""), &editor])
        .arg(file.path())
        .status()
        .context("cannot start the editor")?;
    ensure!(status.success(), "the editor ended with {status}");
    std::fs::read_to_string(file.path()).context("cannot read what the editor wrote")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_as_it_was_written() {
        let texts = ["one".to_owned(), "two\nlines".to_owned(), String::new()];
        assert_eq!(parse(&page(&texts), 3).unwrap(), texts);
        assert!(parse("x\n", 1).is_err());
        assert!(parse(&page(&texts), 2).is_err());
    }
}
