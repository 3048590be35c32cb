//! How a command stands in its file: bare, or in a string of another format.

use memchr::memrchr;

use crate::document::{Document, FileKind};

/// What surrounds the text that a shell reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Outer {
    /// Nothing.
    #[default]
    Bare,
    /// A string that escapes with `\`, and the mark that ends it.
    Escaped(u8),
    /// `'…'` of YAML or of a shell.
    Single,
    /// An element of XML.
    Xml,
}

/// Whose words they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shell {
    #[default]
    Posix,
    Power,
    Batch,
}

/// How a command is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) outer: Outer,
    pub(super) shell: Shell,
    /// A backtick ends it: inline code, a command substitution.
    pub(super) in_backticks: bool,
    /// Lines of at least this indentation are one line: YAML folds them.
    pub(super) folded: Option<usize>,
    /// A string of a program: three quotes end it, and `\` is written twice.
    pub(super) code: bool,
    /// Comments between continued lines are dropped.
    pub(super) dockerfile: bool,
}

/// How far back the beginning of the line is looked for.
const LONGEST_LINE: usize = 4 << 10;

impl Reading {
    /// How the command at `at` is read.
    pub(super) fn of(doc: &Document<'_>, at: usize) -> Self {
        use FileKind as K;
        let code = is_code(doc.kind);
        let mut reading = Self {
            shell: match doc.kind {
                K::PowerShell => Shell::Power,
                K::Batch => Shell::Batch,
                _ => Shell::Posix,
            },
            code,
            dockerfile: doc.kind == K::Dockerfile,
            ..Self::default()
        };
        match doc.kind {
            K::Json => reading.outer = Outer::Escaped(b'"'),
            K::Xml => reading.outer = Outer::Xml,
            _ => {
                let text: &[u8] = &doc.text;
                let floor = at.saturating_sub(LONGEST_LINE);
                let start = memrchr(b'\n', &text[floor..at]).map_or(floor, |i| floor + i + 1);
                (reading.outer, reading.in_backticks) =
                    open_before(&text[start..at], code, doc.kind.is_yaml());
                if doc.kind.is_yaml() && reading.outer == Outer::Bare {
                    reading.folded = folded(text, start, at);
                }
            }
        }
        reading
    }
}

fn is_code(kind: FileKind) -> bool {
    use FileKind as K;
    matches!(kind, K::Jenkinsfile | K::CodeHash | K::CodeSlash | K::Hcl | K::Toml)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `"`; whether `$(` in it begins anew, as in a shell.
    Double {
        nests: bool,
    },
    Single,
    Backtick,
    Bracket,
    Triple(u8),
}

/// Which string is open at the end of `line`.
fn open_before(line: &[u8], code: bool, yaml: bool) -> (Outer, bool) {
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let byte = line[at];
        let rest = &line[at..];
        match open.last() {
            Some(Open::Double { .. }) if byte == b'\\' => at += 1,
            Some(Open::Double { .. }) if byte == b'"' => drop(open.pop()),
            Some(Open::Double { nests: true }) if rest.starts_with(b"$(") => {
                open.push(Open::Bracket);
                at += 1;
            }
            Some(Open::Single) if byte == b'\\' && code => at += 1,
            Some(Open::Single) if byte == b'\'' => drop(open.pop()),
            Some(Open::Double { .. } | Open::Single) => {}
            Some(Open::Triple(mark)) => {
                if rest.starts_with(&[*mark; 3]) {
                    open.pop();
                    at += 2;
                }
            }
            Some(Open::Backtick) if byte == b'`' => drop(open.pop()),
            Some(Open::Bracket) if byte == b')' => drop(open.pop()),
            None | Some(Open::Bracket | Open::Backtick) => match byte {
                b'\\' => at += 1,
                b'"' | b'\'' if code && rest.starts_with(&[byte; 3]) => {
                    open.push(Open::Triple(byte));
                    at += 2;
                }
                b'"' => {
                    let before = line[..at].trim_ascii_end();
                    let scalar =
                        yaml && matches!(before.last(), None | Some(b'-' | b':' | b'[' | b','));
                    open.push(Open::Double { nests: !code && !scalar });
                }
                // An apostrophe.
                b'\'' if at > 0 && line[at - 1].is_ascii_alphanumeric() => {}
                b'\'' => open.push(Open::Single),
                b'`' => open.push(Open::Backtick),
                b'(' if open.last() == Some(&Open::Bracket) => open.push(Open::Bracket),
                b'$' if rest.starts_with(b"$(") => {
                    open.push(Open::Bracket);
                    at += 1;
                }
                _ => {}
            },
        }
        at += 1;
    }
    let outer = match open.last() {
        Some(Open::Double { .. }) => Outer::Escaped(b'"'),
        Some(Open::Single) if code => Outer::Escaped(b'\''),
        Some(Open::Single) => Outer::Single,
        _ => Outer::Bare,
    };
    (outer, open.last() == Some(&Open::Backtick))
}

/// Whether the command at `at` is only told: a program prints the string that it stands in, or words
/// stand in front of it in a string of a program.
pub(super) fn is_told(doc: &Document<'_>, at: usize) -> bool {
    const PRINTERS: &[&[u8]] = &[
        b"echo",
        b"printf",
        b"print",
        b"println",
        b"puts",
        b"log",
        b"info",
        b"warn",
        b"warning",
        b"error",
        b"debug",
        b"fatal",
        b"die",
        b"say",
        b"help",
        b"usage",
        b"description",
        b"epilog",
        b"write-host",
        b"write-output",
        b"write-error",
        b"write-warning",
        b"write-verbose",
        b"printf(stderr",
        b"fprintf",
        b"errorf",
        b"sprintf",
        b"infof",
        b"fatalf",
        b"writeline",
    ];
    let text: &[u8] = &doc.text;
    let floor = at.saturating_sub(LONGEST_LINE);
    let start = memrchr(b'\n', &text[floor..at]).map_or(floor, |i| floor + i + 1);
    let line = &text[start..at];
    let (outer, _) = open_before(line, is_code(doc.kind), doc.kind.is_yaml());
    let mark = match outer {
        Outer::Escaped(mark) => mark,
        Outer::Single => b'\'',
        Outer::Bare | Outer::Xml => return false,
    };
    let Some(open) = line.iter().position(|b| *b == mark) else { return false };
    let mut before = line[..open].trim_ascii_end();
    while let Some(rest) =
        [&b"("[..], b"-e", b"-n", b"=", b":"].iter().find_map(|end| before.strip_suffix(*end))
    {
        before = rest.trim_ascii_end();
    }
    let word =
        before.rsplit(|b| !b.is_ascii_alphanumeric() && *b != b'-').next().unwrap_or_default();
    let word = word.to_ascii_lowercase();
    let words = line[open + 1..].split(u8::is_ascii_whitespace).filter(|word| {
        let word = word.strip_suffix(b":").or(word.strip_suffix(b",")).unwrap_or(word);
        word.len() > 2 && word.iter().all(u8::is_ascii_alphabetic)
    });
    PRINTERS.contains(&&word[..])
        || matches!(doc.kind, FileKind::CodeHash | FileKind::CodeSlash) && words.count() > 1
}

/// The least indentation of the lines that YAML joins with the one of the command: below `>`, and of
/// a plain scalar that begins on the line.
fn folded(text: &[u8], line_start: usize, at: usize) -> Option<usize> {
    let indent = blanks(&text[line_start..at]);
    let before = text[line_start..at].trim_ascii();
    if before.ends_with(b"-") || before.ends_with(b":") {
        // `- curl …` and `run: curl …`: continued by deeper lines.
        let mut key = indent;
        while text[line_start + key..].starts_with(b"- ") {
            key += 2 + blanks(&text[line_start + key + 2..at]);
        }
        let least = if before.ends_with(b":") { key + 1 } else { indent + 1 };
        return Some(least);
    }
    // The line that is less deep says how the block is written.
    let mut end = line_start;
    for _ in 0..200 {
        let line_end = end.checked_sub(1)?;
        let start = memrchr(b'\n', &text[..line_end]).map_or(0, |i| i + 1);
        let line = &text[start..line_end];
        end = start;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let here = blanks(line);
        if here < indent {
            let last = line.trim_ascii_end();
            let mark = last.iter().rposition(|b| !matches!(b, b'-' | b'+' | b'0'..=b'9'))?;
            let begins = mark.checked_sub(1).is_some_and(|i| last[i].is_ascii_whitespace());
            return (last[mark] == b'>' && begins).then_some(indent);
        }
    }
    None
}

pub(super) fn blanks(line: &[u8]) -> usize {
    line.iter().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, marked: &str) -> Reading {
        let at = marked.find("@@").unwrap();
        let text = marked.replace("@@", "");
        Reading::of(&Document::new(path, text.as_bytes()), at)
    }

    #[test]
    fn outer() {
        for (path, text, outer) in [
            ("a.sh", "@@curl", Outer::Bare),
            ("a.sh", "X=\"$(@@curl -u \"a\")\"", Outer::Bare),
            ("a.sh", "bash -c \"@@curl\"", Outer::Escaped(b'"')),
            ("a.sh", "bash -c '@@curl'", Outer::Single),
            ("a.sh", "echo 'x' \"y\" && @@curl", Outer::Bare),
            ("a.md", "don't @@curl", Outer::Bare),
            ("a.yml", "- \"@@curl\"", Outer::Escaped(b'"')),
            ("a.yml", "- \"X=$(@@curl)\"", Outer::Escaped(b'"')),
            ("a.yml", "- X=\"$(@@curl)\"", Outer::Bare),
            ("a.yml", "- '@@curl'", Outer::Single),
            ("package.json", "{\"a\": \"@@curl\"}", Outer::Escaped(b'"')),
            ("Jenkinsfile", "sh '@@curl'", Outer::Escaped(b'\'')),
            ("Jenkinsfile", "sh \"\"\"@@curl", Outer::Bare),
            ("a.py", "x = f\"@@curl\"", Outer::Escaped(b'"')),
            ("config.xml", "<command>@@curl</command>", Outer::Xml),
        ] {
            assert_eq!(of(path, text).outer, outer, "{path}: {text}");
        }
        assert!(of("a.md", "Run `@@curl x`").in_backticks);
    }

    #[test]
    fn told_commands() {
        for (path, text, told) in [
            ("a.sh", "echo \"Run @@curl x\"", true),
            ("a.sh", "echo -e 'a: @@curl x'", true),
            ("a.py", "print(\"@@curl x\")", true),
            ("a.py", "help=\"call it with @@curl x\"", true),
            ("a.py", "os.system(\"@@curl x\")", false),
            ("a.py", "x = \"cd /tmp && @@curl x\"", false),
            ("a.sh", "bash -c \"@@curl x\"", false),
            ("a.sh", "echo \"$(@@curl x)\"", false),
            ("a.sh", "@@curl x", false),
            ("Jenkinsfile", "sh '@@curl x'", false),
            ("a.ps1", "Write-Host \"Try @@curl x\"", true),
        ] {
            let at = text.find("@@").unwrap();
            let plain = text.replace("@@", "");
            assert_eq!(is_told(&Document::new(path, plain.as_bytes()), at), told, "{text}");
        }
    }

    #[test]
    fn folded_lines() {
        assert_eq!(of("a.yml", "a:\n  - @@curl x\n").folded, Some(3));
        assert_eq!(of("a.yml", "a:\n  run: @@curl x\n").folded, Some(3));
        assert_eq!(of("a.yml", "a:\n  - run: @@curl x\n").folded, Some(5));
        assert_eq!(of("a.yml", "a:\n  - >-\n    @@curl x\n").folded, Some(4));
        assert_eq!(of("a.yml", "a:\n  - |\n    @@curl x\n").folded, None);
    }
}
