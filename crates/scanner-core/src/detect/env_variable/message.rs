//! Names in texts that a program prints: a mention, not a use.

use std::ops::Range;

use crate::document::{Document, FileKind};

use super::text;

/// How far around a name the text is looked at.
const REACH: usize = 240;

/// So many plain words make a sentence in a script, whose quotes hold commands, too.
const SENTENCE: usize = 4;

/// Whether the name stands in a sentence of a quoted text: `"could not find X; set it first"`,
/// `echo "Setting X to the default"`. Not where the text looks the variable up, sets it or hands it
/// on.
pub(super) fn is_in_sentence(doc: &Document<'_>, name: &Range<usize>) -> bool {
    if !matches!(
        doc.kind,
        FileKind::CodeSlash | FileKind::CodeHash | FileKind::Shell | FileKind::PowerShell
    ) {
        return false;
    }
    let all: &[u8] = &doc.text;
    let line = text::line(all, name.start);
    let before = &all[name.start.saturating_sub(REACH).max(line.start)..name.start];
    let after = &all[name.end..(name.end + REACH).min(line.end)];
    // `$NAME` is a use, `NAME=x` sets it, `-e NAME` hands it on.
    if before.ends_with(b"$")
        || before.ends_with(b"${")
        || before.ends_with(b"%")
        || after.starts_with(b"=")
        || before.ends_with(b"-e ")
        || before.ends_with(b"--env ")
    {
        return false;
    }
    let Some(open) = before.iter().rposition(|b| text::is_quote(*b)) else { return false };
    let mark = before[open];
    // Inside of the quotes, not between two of them.
    let odd = memchr::memchr_iter(mark, before).count() % 2 == 1;
    let Some(close) = after.iter().position(|b| *b == mark) else { return false };
    let words = before[open + 1..].split(u8::is_ascii_whitespace);
    let words = words.chain(after[..close].split(u8::is_ascii_whitespace));
    let plain = |word: &&[u8]| {
        let word = word.trim_ascii();
        let word = word.strip_suffix(b",").or(word.strip_suffix(b".")).unwrap_or(word);
        word.len() > 1
            && word.iter().all(u8::is_ascii_alphabetic)
            && word[1..].iter().all(u8::is_ascii_lowercase)
    };
    let enough = match doc.kind {
        FileKind::Shell | FileKind::PowerShell if is_printed(&all[line.start..name.start]) => 0,
        FileKind::Shell | FileKind::PowerShell => SENTENCE,
        // A string of a program that holds the name and a word besides is a text.
        _ => 1,
    };
    odd && words.filter(plain).count() >= enough
}

/// Whether the line prints what follows.
fn is_printed(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    let word = line.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let is = |known: &&[u8]| word.eq_ignore_ascii_case(known);
    [&b"echo"[..], b"printf", b"Write-Host", b"Write-Output", b"Write-Error"].iter().any(is)
        && memchr::memchr2(b'|', b'>', line).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences() {
        for (path, line, expected) in [
            ("a.go", r#"errors.New("no app password, X must be set to clone repos")"#, true),
            ("a.sh", r#"echo "Setting the default value of X now""#, true),
            ("a.sh", r#"echo "Setting the default value of $X now""#, false),
            ("a.sh", r#"sh -c "please run this with X=1 at once""#, false),
            ("a.sh", r#"eval "docker run with this image -e X tool""#, false),
            ("a.sh", r#"echo "  X: [hidden]""#, true),
            ("a.sh", r#"echo "$USER: X" | tool""#, true),
            ("a.ts", r"'- BB_USER and X',", true),
            ("a.ts", r"pick(env, ['BB_USER', 'X'])", false),
            ("a.py", r#"os.environ["X"]"#, false),
            ("a.py", r#"f("some words that stand before", X, "and some that stand after")"#, false),
            ("a.yml", r#"run: "please set the variable X in the settings""#, false),
        ] {
            let doc = Document::new(path, line.as_bytes());
            let at = line.find('X').unwrap();
            assert_eq!(is_in_sentence(&doc, &(at..at + 1)), expected, "{line}");
        }
    }
}
