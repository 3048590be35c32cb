//! How each language looks a variable of the environment up.

use std::ops::Range;
use std::sync::LazyLock;

use bbsweep_scanner_core::Rule;
use regex::bytes::Regex;

use crate::rewrite::Subject;

/// A look-up of the variable `name` as an expression for `range`; the error tells why there is none.
/// `quote` is the mark that the string there has.
pub(super) fn lookup(
    subject: &Subject<'_>,
    range: &Range<usize>,
    name: &str,
    quote: char,
) -> Result<String, String> {
    let text: &[u8] = &subject.doc.text;
    if is_constant(subject.finding.via, text, range.start) {
        return Err("a constant of the program cannot be looked up in the environment".to_owned());
    }
    let single = |rule: Rule| match (rule, quote) {
        (Rule::Python | Rule::Ruby | Rule::Php | Rule::Javascript, '\'') => '\'',
        _ => '"',
    };
    let q = single(subject.finding.via);
    Ok(match subject.finding.via {
        Rule::Python if imports(text, r"(?m-u)^\s*import\s+(?:[\w.]+\s*,\s*)*os\b(?:\s|,|$)") => {
            format!("os.environ[{q}{name}{q}]")
        }
        Rule::Python => return Err(format!("import os and read os.environ[\"{name}\"] there")),
        Rule::Javascript => script(subject, name),
        Rule::Go if imports(text, r#"(?m-u)^\s*(?:import\s+)?\(?\s*"os"\s*\)?"#) => {
            format!("os.Getenv(\"{name}\")")
        }
        Rule::Go => return Err(format!("import \"os\" and read os.Getenv(\"{name}\") there")),
        Rule::Java => format!("System.getenv(\"{name}\")"),
        Rule::Ruby => format!("ENV.fetch({q}{name}{q})"),
        Rule::Php => format!("getenv({q}{name}{q})"),
        Rule::Csharp if imports(text, r"(?m-u)^\s*(?:global\s+)?using\s+System\s*;") => {
            format!("Environment.GetEnvironmentVariable(\"{name}\")")
        }
        Rule::Csharp => format!("System.Environment.GetEnvironmentVariable(\"{name}\")"),
        _ => return Err("only the program's author knows where it comes from".to_owned()),
    })
}

fn script(subject: &Subject<'_>, name: &str) -> String {
    let text: &[u8] = &subject.doc.text;
    if memchr::memmem::find(text, b"Deno.env").is_some() {
        return format!("Deno.env.get('{name}')");
    }
    // A type checker asks whether it is set.
    let typed = [".ts", ".tsx", ".mts", ".cts"].iter().any(|end| subject.doc.path.ends_with(end));
    format!("process.env.{name}{}", if typed { "!" } else { "" })
}

fn imports(text: &[u8], pattern: &str) -> bool {
    Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text))
}

/// Whether the compiler wants a constant at `at`.
fn is_constant(rule: Rule, text: &[u8], at: usize) -> bool {
    static CONSTANT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?-u)^\s*(?:(?:public|private|protected|internal|static|final|readonly|var)\s+)*const\b|\bdefine\s*\(|@\w+\([^)]*$").ok()
    });
    /// PHP wants constants as defaults of properties.
    static PROPERTY: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?-u)^\s*(?:(?:public|private|protected|static|var|readonly)\s+)+(?:\??\w+\s+)?\$\w+\s*=").ok()
    });
    let start = line_start(text, at);
    let line = &text[start..at];
    match rule {
        Rule::Go | Rule::Csharp | Rule::Java | Rule::Php => {}
        _ => return false,
    }
    if CONSTANT.as_ref().is_some_and(|re| re.is_match(line))
        || rule == Rule::Php && PROPERTY.as_ref().is_some_and(|re| re.is_match(line))
    {
        return true;
    }
    if rule != Rule::Go {
        return false;
    }
    // `const (` above.
    let mut end = start;
    for _ in 0..100 {
        let Some(before) = end.checked_sub(1) else { break };
        let start = line_start(text, before);
        let line = text[start..before].trim_ascii();
        if line.starts_with(b"const (") || line.starts_with(b"const(") {
            return true;
        }
        if line.starts_with(b")") || line.starts_with(b"func ") || line.starts_with(b"var ") {
            return false;
        }
        end = start;
    }
    false
}

fn line_start(text: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1)
}
