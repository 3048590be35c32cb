//! Whether a program reads what stands somewhere, or only people do.

use std::sync::LazyLock;

use memchr::{memchr, memmem, memrchr};
use regex::bytes::Regex;

use crate::document::{Document, FileKind};
use crate::finding::Place;

/// How far back the beginning of the line is looked for. In a longer line nothing is a comment: such
/// lines are generated.
const LONGEST_LINE: usize = 8 << 10;

/// How far back the beginning of a block comment is looked for.
const LONGEST_BLOCK: usize = 16 << 10;

/// Tells in what surroundings the byte at `offset` of the text stands.
///
/// Looks at the line up to `offset` and, where the language has them, for the beginning of a block
/// comment within the last 16 KiB, so that many calls on one file stay linear.
pub fn place_of(doc: &Document<'_>, offset: usize) -> Place {
    if doc.kind == FileKind::Prose {
        return Place::Prose;
    }
    let text = &doc.text[..offset.min(doc.text.len())];
    let floor = text.len().saturating_sub(LONGEST_LINE);
    let start = match memrchr(b'\n', &text[floor..]) {
        Some(at) => floor + at + 1,
        None if floor == 0 => 0,
        None => return Place::Active,
    };
    // The first byte of the place itself may open the comment: `#VAR=x`, asked at `#`.
    let line = &doc.text[start..(offset + 1).min(doc.text.len()).max(start)];
    let style = Style::of(doc);
    let commented = style.line_comment(line, &doc.text[start..])
        || style.block.is_some_and(|marks| in_block(text, marks, style));
    if commented { Place::Comment } else { Place::Active }
}

/// A file of tests: what stands in it as a literal is made up.
pub(crate) fn is_test(path: &str) -> bool {
    static TEST: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?-u)(?i:(?:^|[/._-])(?:tests?|specs?|fixtures?|mocks?|__tests__|__mocks__|testing|testdata|e2e|cypress)(?:[/._-]|$))|(?:Tests?|TestCase|Spec|Mock)\.\w+$").ok()
    });
    TEST.as_ref().is_some_and(|test| test.is_match(path.as_bytes()))
}

/// How a kind of file marks comments.
#[derive(Clone, Copy, Debug, Default)]
struct Style {
    /// `#` …
    hash: Hash,
    /// `//` begins a comment.
    slashes: bool,
    /// `//` at the beginning of a line begins a comment.
    leading_slashes: bool,
    /// `;` begins a comment where [`Self::hash`] would.
    semicolon: bool,
    /// `--` begins a comment.
    dashes: bool,
    /// `!` at the beginning of a line begins a comment.
    bang: bool,
    /// `REM` and `::` at the beginning of a line begin a comment.
    rem: bool,
    /// Block comments.
    block: Option<(&'static [u8], &'static [u8])>,
    /// `"` and `'` quote.
    quotes: Quotes,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd)]
enum Hash {
    /// Means nothing.
    #[default]
    No,
    /// Begins a comment as the first mark of a line.
    LineStart,
    /// Begins a comment after white space, outside of quotes.
    AfterSpace,
    /// Begins a comment anywhere outside of quotes.
    Anywhere,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Quotes {
    /// No quotes.
    #[default]
    No,
    /// `"` alone, with `\` as escape.
    Double,
    /// `"` with `\`, `'` with none: the shell.
    Shell,
    /// `"` and `'` with `\`, and `` ` ``: programs.
    Code,
    /// The same, but `'` quotes one character and else names a lifetime.
    Rust,
    /// A quote is one only where a value begins: YAML, so that `don't` opens none.
    Yaml,
}

const SLASH_STAR: Option<(&[u8], &[u8])> = Some((b"/*", b"*/"));

impl Style {
    fn of(doc: &Document<'_>) -> Self {
        use FileKind as K;
        let base = Self::default();
        match doc.kind {
            K::GitConfig | K::Gitmodules => {
                Self { hash: Hash::Anywhere, semicolon: true, quotes: Quotes::Double, ..base }
            }
            K::GitCredentials | K::Npmrc => Self { hash: Hash::LineStart, semicolon: true, ..base },
            K::Netrc | K::EncryptedNetrc | K::PipRequirements => {
                Self { hash: Hash::AfterSpace, ..base }
            }
            K::Dotenv | K::Shell | K::Make | K::Dockerfile => {
                Self { hash: Hash::AfterSpace, quotes: Quotes::Shell, ..base }
            }
            K::PowerShell => Self {
                hash: Hash::AfterSpace,
                quotes: Quotes::Shell,
                block: Some((b"<#", b"#>")),
                ..base
            },
            K::Batch => Self { rem: true, ..base },
            K::Compose
            | K::BitbucketPipelines
            | K::GithubActions
            | K::GitlabCi
            | K::AzurePipelines
            | K::CircleCi
            | K::Travis
            | K::Drone
            | K::Buildkite
            | K::CodeBuild
            | K::Yaml => Self { hash: Hash::AfterSpace, quotes: Quotes::Yaml, ..base },
            // Lines of shell stand in its triple-quoted strings.
            K::Jenkinsfile => Self {
                hash: Hash::LineStart,
                slashes: true,
                block: SLASH_STAR,
                quotes: Quotes::Code,
                ..base
            },
            K::CodeSlash => Self {
                hash: if has_extension(doc, "php") { Hash::AfterSpace } else { Hash::No },
                slashes: true,
                block: SLASH_STAR,
                quotes: if has_extension(doc, "rs") { Quotes::Rust } else { Quotes::Code },
                ..base
            },
            K::CodeHash => Self { hash: Hash::AfterSpace, quotes: Quotes::Code, ..base },
            K::Json => Self { slashes: true, block: SLASH_STAR, quotes: Quotes::Double, ..base },
            K::Toml => Self { hash: Hash::Anywhere, quotes: Quotes::Code, ..base },
            K::Properties => Self { hash: Hash::LineStart, bang: true, ..base },
            K::Ini => Self { hash: Hash::AfterSpace, semicolon: true, ..base },
            K::Hcl => Self {
                hash: Hash::AfterSpace,
                slashes: true,
                block: SLASH_STAR,
                quotes: Quotes::Double,
                ..base
            },
            K::Xml => Self { block: Some((b"<!--", b"-->")), ..base },
            K::Lock => Self { hash: Hash::LineStart, ..base },
            K::HttpRequests => Self { hash: Hash::LineStart, leading_slashes: true, ..base },
            K::Prose | K::Other => by_extension(doc.path),
        }
    }

    /// Whether a comment begins in `line`, which is cut after the byte asked for. `rest` is the text
    /// from the line's beginning on.
    fn line_comment(self, line: &[u8], rest: &[u8]) -> bool {
        let indent = line.len() - line.trim_ascii_start().len();
        let first = &line[indent..];
        // The mark may reach beyond the byte asked for.
        let head = &rest[indent.min(rest.len())..];
        match first.first() {
            None => return false,
            Some(b'#') if self.hash != Hash::No => return true,
            Some(b';') if self.semicolon => return true,
            Some(b'!') if self.bang => return true,
            Some(b'/') if (self.slashes || self.leading_slashes) && head.starts_with(b"//") => {
                return true;
            }
            Some(b'-') if self.dashes && head.starts_with(b"--") => return true,
            _ => {}
        }
        if self.rem {
            return is_rem(head) && !first.is_empty();
        }
        self.has_trailing_comment(line)
    }

    fn has_trailing_comment(self, line: &[u8]) -> bool {
        if self.hash <= Hash::LineStart && !self.slashes && !self.dashes && !self.semicolon {
            return false;
        }
        let mut quote = None;
        let mut at = 0;
        while at < line.len() {
            let byte = line[at];
            let before = at.checked_sub(1).map(|i| line[i]);
            if let Some(open) = quote {
                if byte == b'\\' && self.escapes(open) {
                    at += 1;
                } else if byte == open {
                    quote = None;
                }
            } else {
                let spaced = before.is_none_or(|b| b.is_ascii_whitespace());
                match byte {
                    b'\\' if self.quotes != Quotes::No && self.quotes != Quotes::Yaml => at += 1,
                    b'"' | b'\'' | b'`' if self.opens(line, at) => quote = Some(byte),
                    b'#' if self.hash == Hash::Anywhere => return true,
                    b'#' if self.hash == Hash::AfterSpace
                        && (spaced
                            || self.quotes == Quotes::Shell
                                && before
                                    .is_some_and(|b| matches!(b, b';' | b'&' | b'|' | b'('))) =>
                    {
                        return true;
                    }
                    b';' if self.semicolon && (spaced || self.hash == Hash::Anywhere) => {
                        return true;
                    }
                    // `https://` outside of quotes: a template, a regular expression.
                    b'/' if self.slashes
                        && line.get(at + 1) == Some(&b'/')
                        && before != Some(b':') =>
                    {
                        return true;
                    }
                    b'-' if self.dashes && line.get(at + 1) == Some(&b'-') && spaced => {
                        return true;
                    }
                    _ => {}
                }
            }
            at += 1;
        }
        false
    }

    fn opens(self, line: &[u8], at: usize) -> bool {
        let quote = line[at];
        let word_before = at.checked_sub(1).is_some_and(|i| line[i].is_ascii_alphanumeric());
        match self.quotes {
            Quotes::No => false,
            Quotes::Double => quote == b'"',
            Quotes::Shell => quote != b'`',
            // An apostrophe in a word of JSX, a digit separator; but not `r'…'`.
            Quotes::Code => {
                let prefix = at.checked_sub(2).is_none_or(|i| !line[i].is_ascii_alphanumeric());
                quote != b'\'' || !word_before || prefix
            }
            Quotes::Rust => {
                quote == b'"'
                    || quote == b'\''
                        && (line.get(at + 1) == Some(&b'\\') || line.get(at + 2) == Some(&b'\''))
            }
            Quotes::Yaml => quote != b'`' && !word_before,
        }
    }

    fn escapes(self, quote: u8) -> bool {
        match self.quotes {
            Quotes::Shell | Quotes::Yaml => quote == b'"',
            _ => true,
        }
    }
}

fn has_extension(doc: &Document<'_>, extension: &str) -> bool {
    doc.path.rsplit_once('.').is_some_and(|(_, found)| found.eq_ignore_ascii_case(extension))
}

/// Kinds that have no variant of their own: only what a comment is matters in them.
fn by_extension(path: &str) -> Style {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let base = Style { quotes: Quotes::Code, ..Style::default() };
    let is = |known: &[&str]| known.iter().any(|k| k.eq_ignore_ascii_case(extension));
    if is(&["sql", "psql", "plsql", "ada", "adb", "ads", "vhd", "vhdl"]) {
        Style { dashes: true, block: SLASH_STAR, ..base }
    } else if is(&["lua", "hs", "lhs", "elm", "purs", "applescript", "moon"]) {
        Style { dashes: true, ..base }
    } else if is(&[
        "el", "lisp", "clj", "cljs", "cljc", "edn", "scm", "rkt", "asm", "s", "reg", "ahk",
    ]) {
        Style { semicolon: true, hash: Hash::No, quotes: Quotes::Double, ..base }
    } else {
        Style { hash: Hash::LineStart, leading_slashes: true, ..Style::default() }
    }
}

/// `REM …`, `@rem …`, `:: …` at the beginning of a batch line.
fn is_rem(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"@").unwrap_or(line).trim_ascii_start();
    line.starts_with(b"::")
        || line.get(..3).is_some_and(|word| word.eq_ignore_ascii_case(b"rem"))
            && line.get(3).is_none_or(u8::is_ascii_whitespace)
}

/// Whether a block comment is open at the end of `text`.
fn in_block(text: &[u8], (open, close): (&[u8], &[u8]), style: Style) -> bool {
    let floor = text.len().saturating_sub(LONGEST_BLOCK);
    let mut seen = &text[floor..];
    // Globs (`src/**/*.rs`) hold both marks: those inside of quotes do not count.
    for _ in 0..8 {
        let Some(at) = memmem::rfind(seen, open) else { return false };
        if memmem::find(&text[floor + at + open.len()..], close).is_some() {
            return false;
        }
        let start = memrchr(b'\n', &seen[..at]).map_or(0, |newline| newline + 1);
        let line = &seen[start..at];
        if !is_quoted(line, style) && !style.has_trailing_comment(line) {
            return true;
        }
        seen = &seen[..at];
    }
    false
}

fn is_quoted(line: &[u8], style: Style) -> bool {
    if style.quotes == Quotes::No || memchr(b'"', line).or_else(|| memchr(b'\'', line)).is_none() {
        return false;
    }
    let mut quote = None;
    let mut at = 0;
    while at < line.len() {
        let byte = line[at];
        match quote {
            Some(_) if byte == b'\\' => at += 1,
            Some(open) if byte == open => quote = None,
            None if matches!(byte, b'"' | b'\'' | b'`') && style.opens(line, at) => {
                quote = Some(byte);
            }
            _ => {}
        }
        at += 1;
    }
    quote.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The place of `@@` in a text, with the mark taken out.
    fn place(path: &str, marked: &str) -> Place {
        let offset = marked.find("@@").unwrap();
        let text = marked.replace("@@", "");
        place_of(&Document::new(path, text.as_bytes()), offset)
    }

    #[test]
    fn comments() {
        for (path, text) in [
            ("a.sh", "# @@x"),
            ("a.sh", "  # @@x"),
            ("a.sh", "@@#x"),
            ("a.sh", "git pull # @@x"),
            ("a.sh", "git pull;# @@x"),
            ("a.sh", "echo 'it' # @@x"),
            ("a.sh", "echo \"a\\\"b\" # @@x"),
            (".env", "A=1 # @@x"),
            ("a.yml", "key: don't # @@x"),
            ("a.yml", "key: \"v\" # @@x"),
            ("a.py", "x = '#' # @@x"),
            ("a.toml", "a = 1 # @@x"),
            ("a.rs", "let a = 'b'; // @@x"),
            ("a.rs", "// @@x"),
            ("a.rs", "fn a<'a>() {} // @@x"),
            ("a.js", "/* \n * @@x\n */"),
            ("a.js", "a(); /* @@x */"),
            ("a.js", "glob('a/**/*.js');\n/*\n @@x */"),
            ("a.json", "{\n  // @@x\n}"),
            ("a.tf", "# @@x"),
            ("a.tf", "a = \"b\" // @@x"),
            ("pom.xml", "<a>\n<!-- <b>\n@@x --></a>"),
            ("a.ini", "; @@x"),
            ("a.properties", "! @@x"),
            ("a.bat", "REM @@x"),
            ("a.bat", "@rem set @@x"),
            ("a.bat", ":: @@x"),
            ("a.ps1", "<#\n @@x\n#>"),
            ("a.sql", "-- @@x"),
            ("a.lua", "x() -- @@x"),
            ("a.el", "; @@x"),
            (".git/config", "a = b # @@x"),
            (".npmrc", "; @@x"),
            ("Dockerfile", "# @@x"),
            ("Jenkinsfile", "sh '''\n  # @@x\n'''"),
            ("Jenkinsfile", "foo() // @@x"),
            ("unknown", "# @@x"),
            ("unknown", "// @@x"),
            ("poetry.lock", "# @@x"),
        ] {
            assert_eq!(place(path, text), Place::Comment, "{path}: {text}");
        }
    }

    #[test]
    fn no_comments() {
        for (path, text) in [
            ("a.sh", "git clone https://h/x#a@@b"),
            ("a.sh", "echo '# @@x'"),
            ("a.sh", "echo \"# @@x\""),
            ("a.sh", "echo \\# @@x"),
            ("a.sh", "# before\n@@x"),
            ("a.sh", "#!/bin/sh\n@@x"),
            (".env", "A=b#c@@"),
            ("a.yml", "key: \"a # @@x\""),
            ("a.yml", "- git clone https://x//@@y"),
            ("a.py", "x = 'a # @@b'"),
            ("a.py", "x = \"https://@@b\""),
            ("a.js", "x = 'https://@@b'"),
            ("a.js", "x = `https://@@b`"),
            ("a.js", "x = 'src/**/*.js'; @@y"),
            ("a.js", "x = /* a */ @@y"),
            ("a.json", "{\"a\": \"https://@@b\"}"),
            ("a.json", "{\"a\": \"**/*.js\", \"b\": \"@@b\"}"),
            ("a.toml", "a = \"https://x#@@b\""),
            ("pom.xml", "<!-- a -->@@x"),
            ("pom.xml", "<a>http://@@x</a>"),
            ("a.properties", "a=b # @@x"),
            ("a.bat", "set A=rem @@x"),
            ("a.bat", "remove @@x"),
            ("a.css", "a { background: url(https://@@x) }"),
            ("a.sql", "select 'a -- @@x'"),
            (".git/config", "url = \"https://a;b@@c\""),
            (".git/config", "[url \"https://a#@@c\"]"),
            ("go.mod", "module https://@@c"),
            (".npmrc", "//registry.example/:_authToken=@@x"),
        ] {
            assert_eq!(place(path, text), Place::Active, "{path}: {text}");
        }
        assert_eq!(place("README.md", "@@x"), Place::Prose);
        assert_eq!(place("README.md", "```\n# @@x"), Place::Prose);
    }

    #[test]
    fn a_line_without_end_is_no_comment_and_costs_no_square() {
        let text = format!("// {}", "\"a\":1,".repeat(1 << 19));
        let doc = Document::new("a.json", text.as_bytes());
        for offset in (LONGEST_LINE + 4..text.len()).step_by(64) {
            assert_eq!(place_of(&doc, offset), Place::Active);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_have_a_place(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            offset in 0_usize..220,
            name in proptest::sample::select(vec![
                "a.sh", "a.js", "a.py", "a.yml", "a.bat", "a.xml", "a.json", ".gitconfig", "a.sql", "x", "a.ps1",
            ]),
        ) {
            place_of(&Document::new(name, &bytes), offset);
        }

        #[test]
        fn marks_in_any_order(text in "[\"'`#/*;\\\\a \n-]{0,40}", offset in 0_usize..44) {
            for name in ["a.sh", "a.js", "a.py", "a.yml", ".gitconfig"] {
                place_of(&Document::new(name, text.as_bytes()), offset);
            }
        }
    }
}
