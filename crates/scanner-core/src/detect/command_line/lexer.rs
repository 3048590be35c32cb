//! The words of a command, as a shell reads them, each byte with its place in the file.

use std::ops::Range;

use super::reading::{Outer, Reading, Shell, blanks};

/// Longer commands hold data.
const LONGEST: usize = 8 << 10;

/// One word of a command, its quotes gone. Expansions (`${NAME}`, `$(command)`, `{{ name }}`) stay as
/// they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// Where it stands, quotes and all.
    pub(super) raw: Range<usize>,
    /// What it says.
    pub(super) bytes: Vec<u8>,
    /// Where each of [`Self::bytes`] stands.
    places: Vec<Range<usize>>,
}

impl Word {
    fn push(&mut self, byte: u8, place: Range<usize>) {
        self.bytes.push(byte);
        self.places.push(place);
    }

    /// Where a part of [`Self::bytes`] stands in the file.
    pub(super) fn range(&self, part: Range<usize>) -> Range<usize> {
        let at = |index: usize| {
            self.places.get(index).map_or_else(|| self.inner_end(), |place| place.start)
        };
        if part.is_empty() {
            return at(part.start)..at(part.start);
        }
        at(part.start)..self.places.get(part.end - 1).map_or(self.raw.end, |place| place.end)
    }

    fn inner_end(&self) -> usize {
        self.places.last().map_or(self.raw.end, |place| place.end)
    }

    /// The word from the byte `start` on.
    pub(super) fn tail(&self, start: usize) -> Self {
        let start = start.min(self.bytes.len());
        let raw = if start == 0 { self.raw.start } else { self.range(start - 1..start).end };
        Self {
            raw: raw..self.raw.end,
            bytes: self.bytes[start..].to_vec(),
            places: self.places[start..].to_vec(),
        }
    }

    /// A part of the text as it stands, without quotes.
    pub(super) fn plain(text: &[u8], range: Range<usize>) -> Self {
        Self {
            bytes: text[range.clone()].to_vec(),
            places: range.clone().map(|at| at..at + 1).collect(),
            raw: range,
        }
    }
}

/// The words of the command that begins at `start`, up to what ends it.
pub(super) fn words(text: &[u8], start: usize, reading: &Reading) -> Vec<Word> {
    let limit = text.len().min(start.saturating_add(LONGEST));
    let mut lexer = Lexer { text, at: start, limit, reading };
    let mut words = Vec::new();
    while lexer.skip_blanks() && words.len() < 256 {
        let word = lexer.word();
        if word.raw.is_empty() {
            break;
        }
        words.push(word);
    }
    words
}

struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    limit: usize,
    reading: &'a Reading,
}

impl Lexer<'_> {
    /// The byte that the shell gets next, and how many bytes write it. `None` at the end of the string
    /// that the command stands in.
    fn peek(&self) -> Option<(u8, usize)> {
        self.peek_at(self.at)
    }

    fn peek_at(&self, at: usize) -> Option<(u8, usize)> {
        let rest = self.text.get(at..self.limit).filter(|rest| !rest.is_empty())?;
        let one = Some((rest[0], 1));
        if self.reading.code && (rest.starts_with(b"\"\"\"") || rest.starts_with(b"'''")) {
            return None;
        }
        match self.reading.outer {
            Outer::Bare if self.reading.code => match rest {
                [b'\\', b'\\', b'\n' | b'\r', ..] => Some((b'\\', 2)),
                [b'\\', b'$', ..] => Some((b'$', 2)),
                _ => one,
            },
            Outer::Bare => one,
            Outer::Escaped(mark) => match rest {
                [byte, ..] if *byte == mark => None,
                [b'\\', byte, ..] if *byte == mark => Some((mark, 2)),
                [b'\\', byte @ (b'\\' | b'$' | b'`' | b'/' | b'"'), ..] => Some((*byte, 2)),
                [b'\\', b'n' | b'r', ..] => Some((b'\n', 2)),
                [b'\\', b't' | b'\n', ..] => Some((b' ', 2)),
                [b'\\', b'u', hex @ ..] if hex.len() >= 4 => std::str::from_utf8(&hex[..4])
                    .ok()
                    .and_then(|hex| u8::from_str_radix(hex, 16).ok())
                    .map_or(one, |byte| Some((byte, 6))),
                _ => one,
            },
            Outer::Single => match rest {
                [b'\'', b'\'', ..] => Some((b'\'', 2)),
                _ if rest.starts_with(b"'\\''") => Some((b'\'', 4)),
                _ if rest.starts_with(b"'\"'\"'") => Some((b'\'', 5)),
                [b'\'', ..] => None,
                _ => one,
            },
            Outer::Xml => {
                const ENTITIES: &[(&[u8], u8)] = &[
                    (b"&quot;", b'"'),
                    (b"&apos;", b'\''),
                    (b"&amp;", b'&'),
                    (b"&lt;", b'<'),
                    (b"&gt;", b'>'),
                    (b"&#xd;", b'\r'),
                    (b"&#13;", b'\r'),
                ];
                if rest[0] == b'<' {
                    return None;
                }
                let entity = ENTITIES.iter().find(|(name, _)| rest.starts_with(name));
                entity.map_or(one, |(name, byte)| Some((*byte, name.len())))
            }
        }
    }

    /// The byte after the next one.
    fn second(&self) -> Option<u8> {
        let (_, length) = self.peek()?;
        self.peek_at(self.at + length).map(|(byte, _)| byte)
    }

    fn starts(&self, wanted: &[u8]) -> bool {
        let mut at = self.at;
        wanted.iter().all(|wanted| match self.peek_at(at) {
            Some((byte, length)) if byte == *wanted => {
                at += length;
                true
            }
            _ => false,
        })
    }

    fn skip(&mut self) {
        if let Some((_, length)) = self.peek() {
            self.at += length;
        }
    }

    fn take(&mut self, word: &mut Word) -> Option<u8> {
        let (byte, length) = self.peek()?;
        word.push(byte, self.at..self.at + length);
        self.at += length;
        Some(byte)
    }

    /// Whether a `\` (or what the shell has for it) and a line break stand here; goes past them.
    fn continued(&mut self) -> bool {
        let escape = match self.reading.shell {
            Shell::Posix => b'\\',
            Shell::Power => b'`',
            Shell::Batch => b'^',
        };
        let Some((byte, mut length)) = self.peek() else { return false };
        if byte != escape {
            return false;
        }
        // Blanks behind it are a mistake that many make.
        while let Some((b' ' | b'\t' | b'\r', more)) = self.peek_at(self.at + length) {
            length += more;
        }
        let Some((b'\n', more)) = self.peek_at(self.at + length) else { return false };
        self.at += length + more;
        while self.reading.dockerfile {
            let rest = &self.text[self.at..self.limit];
            let line = &rest[..memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)];
            if !line.trim_ascii_start().starts_with(b"#") {
                break;
            }
            self.at += line.len();
        }
        true
    }

    /// Goes to the next word. Whether there is one.
    fn skip_blanks(&mut self) -> bool {
        loop {
            if self.continued() {
                continue;
            }
            let Some((byte, _)) = self.peek() else { return false };
            match byte {
                b' ' | b'\t' | b'\r' => self.skip(),
                b'\n' if self.folds() => self.skip(),
                b'\n' | b';' | b'|' | b'&' | b')' | b'#' => return false,
                b'`' if self.reading.in_backticks => return false,
                b'<' if self.placeholder().is_some() => return true,
                b'<' | b'>' => {
                    while matches!(self.peek(), Some((b'<' | b'>' | b'&' | b'-', _))) {
                        self.skip();
                    }
                    while matches!(self.peek(), Some((b' ' | b'\t', _))) {
                        self.skip();
                    }
                    if self.word().raw.is_empty() {
                        return false;
                    }
                }
                _ => return true,
            }
        }
    }

    /// At a line break: whether the next line belongs to the same one.
    fn folds(&self) -> bool {
        let Some(least) = self.reading.folded else { return false };
        let next = &self.text[(self.at + 1).min(self.limit)..self.limit];
        let indent = blanks(next);
        indent >= least && !matches!(next.get(indent), None | Some(b'\n' | b'\r' | b'#'))
    }

    /// The length of `<what stands for a value>`.
    fn placeholder(&self) -> Option<usize> {
        let rest = &self.text[self.at..self.limit.min(self.at + 48)];
        let end = rest.iter().position(|b| *b == b'>')?;
        let inner = rest.get(1..end)?;
        let named = |b: &u8| b.is_ascii_alphanumeric() || b"_-. /".contains(b);
        (inner.first()?.is_ascii_alphabetic() && inner.iter().all(named)).then_some(end + 1)
    }

    fn word(&mut self) -> Word {
        let mut word = Word { raw: self.at..self.at, ..Word::default() };
        while let Some((byte, length)) = self.peek() {
            if self.continued() {
                continue;
            }
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'|' | b'&' | b')' | b'>' => break,
                b'<' => match self.placeholder() {
                    Some(length) => {
                        let end = self.at + length;
                        while self.at < end {
                            self.take(&mut word);
                        }
                    }
                    None => break,
                },
                b'`' if self.reading.in_backticks => break,
                b'`' if self.reading.shell == Shell::Power => {
                    self.at += length;
                    self.take(&mut word);
                }
                b'`' => self.until(&mut word, b"`", 1),
                b'\'' if self.reading.shell != Shell::Batch => self.single(&mut word),
                b'"' => self.double(&mut word),
                b'$' if self.second() == Some(b'\'') => {
                    self.skip();
                    self.ansi(&mut word);
                }
                b'$' | b'{' | b'#' => self.expression(&mut word),
                b'\\' if self.reading.shell == Shell::Posix => {
                    self.at += length;
                    self.take(&mut word);
                }
                b'^' if self.reading.shell == Shell::Batch => {
                    self.at += length;
                    self.take(&mut word);
                }
                _ => drop(self.take(&mut word)),
            }
            word.raw.end = self.at;
        }
        word
    }

    fn single(&mut self, word: &mut Word) {
        self.skip();
        while let Some((byte, _)) = self.peek() {
            if byte == b'\'' {
                self.skip();
                if self.reading.shell == Shell::Power && self.starts(b"'") {
                    self.take(word);
                    continue;
                }
                return;
            }
            self.take(word);
        }
    }

    fn ansi(&mut self, word: &mut Word) {
        self.skip();
        while let Some((byte, _)) = self.peek() {
            match byte {
                b'\'' => return self.skip(),
                b'\\' => {
                    self.skip();
                    self.take(word);
                }
                _ => drop(self.take(word)),
            }
        }
    }

    fn double(&mut self, word: &mut Word) {
        self.skip();
        while let Some((byte, _)) = self.peek() {
            if self.continued() {
                continue;
            }
            match byte {
                b'"' => return self.skip(),
                b'\\' if self.reading.shell == Shell::Posix => {
                    if !matches!(self.second(), Some(b'"' | b'\\' | b'$' | b'`')) {
                        self.take(word);
                        continue;
                    }
                    self.skip();
                    self.take(word);
                }
                b'`' if self.reading.shell == Shell::Power => {
                    self.skip();
                    self.take(word);
                }
                b'`' if !self.reading.in_backticks => self.until(word, b"`", 1),
                b'$' | b'{' | b'#' => self.expression(word),
                _ => drop(self.take(word)),
            }
        }
    }

    /// Takes an expansion as a whole, if one begins here; else the byte.
    fn expression(&mut self, word: &mut Word) {
        for (open, close) in
            [(&b"${{"[..], &b"}}"[..]), (b"{{", b"}}"), (b"$(", b")"), (b"${", b"}"), (b"#{", b"}")]
        {
            if self.starts(open) {
                if close == b")" || close == b"}" {
                    self.balanced(word, close[0]);
                } else {
                    self.until(word, close, open.len());
                }
                return;
            }
        }
        self.take(word);
    }

    /// Takes up to and with `close`, which is not looked for in the first `from` bytes.
    fn until(&mut self, word: &mut Word, close: &[u8], from: usize) {
        for _ in 0..from {
            self.take(word);
        }
        while !self.starts(close) {
            if self.take(word).is_none_or(|byte| byte == b'\n') {
                return;
            }
        }
        for _ in 0..close.len() {
            self.take(word);
        }
    }

    /// Takes up to and with the bracket that closes the one that opens here.
    fn balanced(&mut self, word: &mut Word, close: u8) {
        let open = if close == b')' { b'(' } else { b'{' };
        let mut depth = 0_usize;
        let mut quote = None;
        while let Some(byte) = self.take(word) {
            let escapes = byte == b'\\' && quote != Some(b'\'');
            if escapes {
                self.take(word);
            } else if quote.is_some() {
                if quote == Some(byte) {
                    quote = None;
                }
            } else if byte == b'"' || byte == b'\'' {
                quote = Some(byte);
            } else if byte == open {
                depth += 1;
            } else if byte == close {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    /// The words of the command at `@@`.
    fn words_of(path: &str, marked: &str) -> Vec<String> {
        let at = marked.find("@@").unwrap();
        let text = marked.replace("@@", "");
        let doc = Document::new(path, text.as_bytes());
        let found = words(&doc.text, at, &Reading::of(&doc, at));
        for word in &found {
            assert!(word.raw.end <= text.len());
            assert_eq!(word.bytes.len(), word.places.len());
        }
        found.into_iter().map(|word| String::from_utf8(word.bytes).unwrap()).collect()
    }

    #[track_caller]
    fn check(path: &str, marked: &str, expected: &[&str]) {
        assert_eq!(words_of(path, marked), expected, "{path}: {marked}");
    }

    #[test]
    fn shells() {
        check("a.sh", "@@curl -u 'a:b' \"c d\" e\\ f; g", &["curl", "-u", "a:b", "c d", "e f"]);
        check(
            "a.sh",
            "@@curl -u \"$U\":\"${P:-x y}\" \\\n  b\nc",
            &["curl", "-u", "$U:${P:-x y}", "b"],
        );
        check("a.sh", "X=\"$(@@curl -u \"$U:$P\" c)\" d", &["curl", "-u", "$U:$P", "c"]);
        check(
            "a.sh",
            "@@curl -H \"A: $(echo -n \"a b\" | base64)\" > f 2>&1 c",
            &["curl", "-H", "A: $(echo -n \"a b\" | base64)", "2", "c"],
        );
        check(
            "a.sh",
            "@@curl -u <user>:<app password> b",
            &["curl", "-u", "<user>:<app password>", "b"],
        );
        check("a.sh", "bash -c \"@@curl -u \\\"\\$U:x\\\" b\" c", &["curl", "-u", "$U:x", "b"]);
        check("a.sh", "bash -c '@@curl -u '\\''a:b'\\'' c' d", &["curl", "-u", "a:b", "c"]);
        check("a.sh", "@@curl $'a\\'b' # c", &["curl", "a'b"]);
        check("a.md", "Try `@@curl -u a:b c` now", &["curl", "-u", "a:b", "c"]);
    }

    #[test]
    fn other_files() {
        check("Dockerfile", "RUN @@curl a \\\n # x's\n  b\nRUN c", &["curl", "a", "b"]);
        check("Makefile", "\t@@@curl -u $(U):$$P \\\n\t  b", &["@curl", "-u", "$(U):$$P", "b"]);
        check(
            "package.json",
            "{\"a\": \"@@curl -u \\\"$U:$P\\\" b && c\"}",
            &["curl", "-u", "$U:$P", "b"],
        );
        check("a.yml", "- @@curl -u \"a b\"\n    c\n- d", &["curl", "-u", "a b", "c"]);
        check("a.yml", "- >\n  @@curl -u\n  b\n- d", &["curl", "-u", "b"]);
        check("a.yml", "- \"@@curl -u \\\"a b\\\" c\" # d", &["curl", "-u", "a b", "c"]);
        check("a.yml", "- '@@curl -u ''a b'' c'\n", &["curl", "-u", "a b", "c"]);
        check(
            ".github/workflows/a.yml",
            "run: @@curl -u ${{ secrets.U }}:${{ secrets.P }} b",
            &["curl", "-u", "${{ secrets.U }}:${{ secrets.P }}", "b"],
        );
        check(
            "Jenkinsfile",
            "sh \"\"\"@@curl -u \\$U:x \\\\\n b\"\"\"\n",
            &["curl", "-u", "$U:x", "b"],
        );
        check("Jenkinsfile", "sh '@@curl -u \"$U:$P\" b'\n", &["curl", "-u", "$U:$P", "b"]);
        check("config.xml", "<a>@@curl -u &quot;$U:x&quot; b\nc</a>", &["curl", "-u", "$U:x", "b"]);
        check("a.ps1", "@@irm -Uri `\n \"a`\"b\" 'c''d'", &["irm", "-Uri", "a\"b", "c'd"]);
        check("a.bat", "@@curl -u %U%:%P% ^\r\n \"b c\"", &["curl", "-u", "%U%:%P%", "b c"]);
    }

    #[test]
    fn places() {
        let text = b"curl -u \"a\":'bc'";
        let found = words(text, 0, &Reading::default());
        let word = &found[2];
        assert_eq!(word.raw, 8..16);
        assert_eq!(&text[word.range(0..1)], b"a");
        assert_eq!(&text[word.range(2..4)], b"bc");
        assert_eq!(word.tail(2).bytes, b"bc");
    }
}
