//! Strings of a Jenkinsfile and the step that gets them.

use super::view::View;

/// The string that holds a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Literal {
    /// `"…"` or `"""…"""`: Groovy expands `${…}`.
    Interpolated,
    /// `'…'` or `'''…'''`, with the step that runs it, where one does.
    Plain {
        /// The step.
        step: Option<Step>,
        /// What the string says.
        view: View,
    },
    /// `/…/`
    Slashy,
}

/// A step that runs a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// `sh`
    Shell,
    /// `bat`
    Batch,
    /// `powershell`, `pwsh`
    PowerShell,
}

enum Frame {
    /// Code up to the brace that closes it, `depth` braces deep.
    Code { depth: usize },
    /// A string that expands; how many quotes end it.
    Text { quotes: usize },
}

/// The string that holds the byte at `offset`. `None` outside of strings, in a comment, and for a
/// script whose strings do not close.
pub(crate) fn literal_at(text: &[u8], offset: usize) -> Option<Literal> {
    let mut frames = vec![Frame::Code { depth: 0 }];
    let mut found = None;
    let mut at = 0;
    while at < text.len() {
        if frames.len() > 256 {
            return None;
        }
        let rest = &text[at..];
        let mut here = None;
        let length = match frames.last_mut()? {
            Frame::Code { depth } => match rest {
                [b'/', b'/', ..] => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                [b'/', b'*', ..] => memchr::memmem::find(rest, b"*/")? + 2,
                [b'/', ..] if slashy_may_begin(&text[..at]) && slashy_length(rest).is_some() => {
                    here = Some(Literal::Slashy);
                    slashy_length(rest)?
                }
                [b'$', b'/', ..] => return None,
                [b'#', b'!', ..] if at == 0 => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
                [b'\'', ..] => {
                    let quotes = if rest.starts_with(b"'''") { 3 } else { 1 };
                    let length = plain_length(rest, quotes)?;
                    if (at..at + length).contains(&offset) {
                        here = Some(Literal::Plain {
                            step: step_before(&text[..at]),
                            view: view(text, at + quotes, at + length - quotes),
                        });
                    }
                    length
                }
                [b'"', ..] => {
                    let quotes = if rest.starts_with(b"\"\"\"") { 3 } else { 1 };
                    frames.push(Frame::Text { quotes });
                    quotes
                }
                [b'{', ..] => {
                    *depth += 1;
                    1
                }
                [b'}', ..] => {
                    *depth = depth.saturating_sub(1);
                    if *depth == 0 && frames.len() > 1 {
                        frames.pop();
                    }
                    1
                }
                _ => 1,
            },
            Frame::Text { quotes } => {
                here = Some(Literal::Interpolated);
                match rest {
                    [b'\\', ..] => 2,
                    [b'$', b'{', ..] => {
                        frames.push(Frame::Code { depth: 1 });
                        2
                    }
                    [b'\n', ..] if *quotes == 1 => return None,
                    _ if *quotes == 1 && rest[0] == b'"' || rest.starts_with(b"\"\"\"") => {
                        let length = *quotes;
                        frames.pop();
                        length
                    }
                    _ => 1,
                }
            }
        };
        if (at..at + length).contains(&offset) {
            found = here;
        }
        at += length;
    }
    if matches!(frames[..], [Frame::Code { .. }]) { found } else { None }
}

/// Length of a string without expansion, quotes included.
fn plain_length(text: &[u8], quotes: usize) -> Option<usize> {
    let mut at = quotes;
    loop {
        match text.get(at)? {
            b'\\' => at += 2,
            b'\n' if quotes == 1 => return None,
            b'\'' if quotes == 1 || text[at..].starts_with(b"'''") => return Some(at + quotes),
            _ => at += 1,
        }
    }
}

/// After a value a slash divides.
fn slashy_may_begin(before: &[u8]) -> bool {
    before.trim_ascii_end().last().is_none_or(|byte| b"=(,~[:!&|?{};".contains(byte))
}

fn slashy_length(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        match text.get(at)? {
            b'\\' => at += 2,
            b'\n' => return None,
            b'/' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// What a string says, its escapes decoded.
fn view(text: &[u8], start: usize, end: usize) -> View {
    let mut view = View::default();
    let mut at = start;
    while at < end {
        if text[at] != b'\\' {
            view.push(text[at], at..at + 1);
            at += 1;
            continue;
        }
        let (byte, length) = match text.get(at + 1) {
            Some(b'n') => (b'\n', 2),
            Some(b't') => (b'\t', 2),
            Some(b'r') => (b'\r', 2),
            Some(b'u') => (0xFF, 6),
            // A continued line.
            Some(b'\n') => {
                at += 2;
                continue;
            }
            Some(byte) => (*byte, 2),
            None => (b'\\', 1),
        };
        let place = at..(at + length).min(end);
        at = place.end;
        view.push(byte, place);
    }
    view
}

/// The step whose script begins after `before`: `sh '…'`, `sh(script: '…', …)`.
fn step_before(before: &[u8]) -> Option<Step> {
    let mut rest = before.trim_ascii_end();
    if let Some(label) = rest.strip_suffix(b":").map(<[u8]>::trim_ascii_end) {
        rest = label.strip_suffix(b"script")?;
        // Other named arguments may stand before it.
        let open = rest.iter().rposition(|byte| b"({};".contains(byte));
        rest = match open {
            Some(open) if rest[open] == b'(' => &rest[..open],
            // `sh script: '…'`
            open => {
                let statement = &rest[open.map_or(0, |open| open + 1)..];
                let line = statement.trim_ascii().rsplit(|byte| *byte == b'\n').next();
                return step_named(first_word(line.unwrap_or_default()));
            }
        };
    } else if let Some(call) = rest.strip_suffix(b"(") {
        rest = call;
    }
    let rest = rest.trim_ascii_end();
    let start = rest
        .iter()
        .rposition(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_' && *byte != b'.')
        .map_or(0, |index| index + 1);
    step_named(&rest[start..])
}

fn first_word(text: &[u8]) -> &[u8] {
    text.trim_ascii().split(u8::is_ascii_whitespace).next().unwrap_or_default()
}

fn step_named(name: &[u8]) -> Option<Step> {
    match name {
        b"sh" | b"steps.sh" | b"this.sh" | b"script.sh" => Some(Step::Shell),
        b"bat" | b"steps.bat" => Some(Step::Batch),
        b"powershell" | b"pwsh" => Some(Step::PowerShell),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn plain(text: &str, step: Option<Step>, says: &str) {
        let offset = text.find('@').unwrap();
        let Some(Literal::Plain { step: found, view }) = literal_at(text.as_bytes(), offset) else {
            panic!("no plain string: {text}");
        };
        assert_eq!(found, step, "{text}");
        assert_eq!(String::from_utf8_lossy(&view.text), says, "{text}");
        assert_eq!(view.text[view.index(offset).unwrap()], b'@');
    }

    #[track_caller]
    fn other(text: &str, expected: Option<&Literal>) {
        let offset = text.find('@').unwrap();
        assert_eq!(literal_at(text.as_bytes(), offset).as_ref(), expected, "{text}");
    }

    #[test]
    fn plain_strings() {
        plain("sh 'git clone @'", Some(Step::Shell), "git clone @");
        plain("steps { sh('a \\'@\\'') }", Some(Step::Shell), "a '@'");
        plain("sh '''\n  a 'b' @\n'''\n", Some(Step::Shell), "\n  a 'b' @\n");
        plain("x = sh(script: 'a @', returnStdout: true).trim()", Some(Step::Shell), "a @");
        plain("sh(returnStdout: true, script: 'a @')", Some(Step::Shell), "a @");
        plain("sh(\n  label: 'x',\n  script: 'a @'\n)", Some(Step::Shell), "a @");
        plain("sh script: 'a @', label: 'b'", Some(Step::Shell), "a @");
        plain("sh label: 'b', script: 'a @'", Some(Step::Shell), "a @");
        plain("bat 'a @'", Some(Step::Batch), "a @");
        plain("git url: 'a@'", None, "a@");
        plain("def x = 'a@'", None, "a@");
        plain("publish 'a@'", None, "a@");
        plain("echo \"${x ? 'a@' : 1}\"", None, "a@");
        plain("def r = x / 2 / 3; sh 'a @'", Some(Step::Shell), "a @");
        plain("def r = ~/it's/; sh 'a @'", Some(Step::Shell), "a @");
        plain("// it's\n/* it's */ sh 'a @'", Some(Step::Shell), "a @");
        plain("#!/usr/bin/env groovy it's\nsh 'a\\n@'", Some(Step::Shell), "a\n@");
    }

    #[test]
    fn other_places() {
        other("sh \"git clone @\"", Some(&Literal::Interpolated));
        other("sh \"it's \\\" @\"", Some(&Literal::Interpolated));
        other("sh \"\"\"\n \"x\" @\n\"\"\"", Some(&Literal::Interpolated));
        other("echo \"${x + \"@\"}\"", Some(&Literal::Interpolated));
        other("x = /a@/", Some(&Literal::Slashy));
        other("// @", None);
        other("/* ' @ */", None);
        other("@Library('x') _", None);
        other("sh 'a @", None);
        other("sh 'a\n @'", None);
        other("sh 'a @'\necho 'b", None);
    }
}
