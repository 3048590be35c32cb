//! The instruction of a Dockerfile that holds a place, and who reads its words.

use std::ops::Range;

use memchr::memchr;

use super::view::View;

/// Who reads the words at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The shell, during the build: `RUN`.
    BuildShell(View),
    /// The shell, when the container runs: `CMD`, `ENTRYPOINT`, `HEALTHCHECK`.
    RunShell(View),
    /// The builder: it expands the arguments of `ENV`, `ARG`, `ADD` and the like as a shell would.
    Builder(View),
    /// A file that `COPY` or `ADD` writes and in which the builder expands variables.
    File,
    /// Nobody: the words go to the program as they stand, or a shell reads them that is no POSIX
    /// shell.
    Nobody,
}

/// One instruction with its here-documents.
struct Instruction {
    keyword: String,
    /// The words after the keyword, continued lines joined and comments between them dropped.
    arguments: View,
    /// Bodies in order, each with its delimiter line.
    bodies: Vec<Body>,
    /// From the keyword up to the next instruction.
    range: Range<usize>,
}

struct Body {
    quoted: bool,
    text: Range<usize>,
    with_delimiter: Range<usize>,
}

/// Finds the reader of the byte at `offset`. `None` in a comment and outside of instructions.
pub(crate) fn reader_at(text: &[u8], offset: usize) -> Option<Reader> {
    let escape = escape_character(text);
    // A backtick is chosen for Windows paths.
    let mut posix = escape == b'\\';
    let mut at = 0;
    while at < text.len() {
        let line = line_end(text, at);
        if is_blank_or_comment(&text[at..line]) {
            at = line;
            continue;
        }
        let instruction = read(text, at, escape);
        if instruction.range.contains(&offset) {
            return reader(text, &instruction, offset, posix);
        }
        match instruction.keyword.as_str() {
            "SHELL" => posix = is_posix_shell(&instruction.arguments.text),
            // Each stage begins with the default shell.
            "FROM" => posix = escape == b'\\',
            _ => {}
        }
        at = instruction.range.end.max(line);
    }
    None
}

/// From a parser directive at the very top.
fn escape_character(text: &[u8]) -> u8 {
    let mut at = 0;
    while at < text.len() {
        let end = line_end(text, at);
        let line = text[at..end].trim_ascii();
        let Some(comment) = line.strip_prefix(b"#") else { break };
        let mut parts = comment.splitn(2, |byte| *byte == b'=');
        let (Some(name), Some(value)) = (parts.next(), parts.next()) else { break };
        if name.trim_ascii().eq_ignore_ascii_case(b"escape") {
            return if value.trim_ascii() == b"`" { b'`' } else { b'\\' };
        }
        at = end;
    }
    b'\\'
}

/// Where the next line starts.
fn line_end(text: &[u8], at: usize) -> usize {
    memchr(b'\n', &text[at..]).map_or(text.len(), |length| at + length + 1)
}

fn is_blank_or_comment(line: &[u8]) -> bool {
    matches!(line.trim_ascii_start().first(), None | Some(b'#'))
}

fn is_posix_shell(arguments: &[u8]) -> bool {
    let program = arguments
        .split(|byte| *byte == b'"')
        .nth(1)
        .unwrap_or_default()
        .rsplit(|byte| *byte == b'/')
        .next()
        .unwrap_or_default();
    [&b"sh"[..], b"bash", b"ash", b"dash", b"ksh", b"zsh", b"busybox"].contains(&program)
}

/// Reads the instruction whose first line starts at `start`.
fn read(text: &[u8], start: usize, escape: u8) -> Instruction {
    let mut joined = View::default();
    let mut at = start;
    loop {
        let end = line_end(text, at);
        let line = &text[at..end];
        if at > start && is_blank_or_comment(line) {
            // Dropped between continued lines, as the builder does.
            at = end;
            if at >= text.len() {
                break;
            }
            continue;
        }
        let kept = line.trim_ascii_end();
        if kept.last() == Some(&escape) {
            joined.push_range(text, at..at + kept.len() - 1);
            at = end;
            if at >= text.len() {
                break;
            }
        } else {
            joined.push_range(text, at..at + kept.len());
            at = end;
            break;
        }
    }
    let (mut keyword, mut arguments) = split_keyword(&joined);
    if keyword == "ONBUILD" {
        (keyword, arguments) = split_keyword(&arguments);
    }
    let mut bodies = Vec::new();
    if ["RUN", "COPY", "ADD"].contains(&keyword.as_str()) {
        for (word, strip_tabs, quoted) in here_documents(&arguments.text) {
            let body_start = at;
            while at < text.len() {
                let end = line_end(text, at);
                let mut line = text[at..end].trim_ascii_end();
                if strip_tabs {
                    let tabs = line.iter().take_while(|byte| **byte == b'\t').count();
                    line = &line[tabs..];
                }
                let found = line == word;
                if found {
                    bodies.push(Body {
                        quoted,
                        text: body_start..at,
                        with_delimiter: body_start..end,
                    });
                }
                at = end;
                if found {
                    break;
                }
            }
        }
    }
    Instruction { keyword, arguments, bodies, range: start..at }
}

fn split_keyword(line: &View) -> (String, View) {
    let start = line.text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let length = line.text[start..].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
    let keyword = String::from_utf8_lossy(&line.text[start..start + length]).to_ascii_uppercase();
    (keyword, line.tail(start + length))
}

/// The delimiters of here-documents: word, whether tabs are stripped, whether it is quoted. As the
/// builder sees them: a shell word that begins with `<<`.
fn here_documents(arguments: &[u8]) -> Vec<(Vec<u8>, bool, bool)> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut word_start = true;
    let mut at = 0;
    while at < arguments.len() {
        let byte = arguments[at];
        match quote {
            Some(open) => {
                if byte == b'\\' && open == b'"' {
                    at += 1;
                } else if byte == open {
                    quote = None;
                }
            }
            None if byte == b'\\' => at += 1,
            None if byte == b'\'' || byte == b'"' => quote = Some(byte),
            None if word_start && arguments[at..].starts_with(b"<<") => {
                let strip_tabs = arguments.get(at + 2) == Some(&b'-');
                let start = at + 2 + usize::from(strip_tabs);
                let length = arguments[start.min(arguments.len())..]
                    .iter()
                    .take_while(|byte| !byte.is_ascii_whitespace() && !b"<>|;&".contains(byte))
                    .count();
                let written = &arguments[start.min(arguments.len())..][..length];
                let quoted = written.iter().any(|byte| b"'\"\\".contains(byte));
                let word: Vec<u8> =
                    written.iter().copied().filter(|byte| !b"'\"\\".contains(byte)).collect();
                if !word.is_empty() {
                    found.push((word, strip_tabs, quoted));
                }
                at = start + length;
                continue;
            }
            None => {}
        }
        word_start = byte.is_ascii_whitespace() || (word_start && byte.is_ascii_digit());
        at += 1;
    }
    found
}

fn reader(text: &[u8], instruction: &Instruction, offset: usize, posix: bool) -> Option<Reader> {
    let in_body = instruction.bodies.iter().find(|body| body.text.contains(&offset));
    let in_arguments = instruction.arguments.index(offset).is_some();
    if in_body.is_none() && !in_arguments {
        return None;
    }
    match instruction.keyword.as_str() {
        "RUN" => {
            let words = past_flags(&instruction.arguments.text);
            if !posix || words.starts_with(b"[") {
                return Some(Reader::Nobody);
            }
            let only_here_document =
                words.starts_with(b"<<") && !words.iter().any(u8::is_ascii_whitespace);
            let mut view = View::default();
            if let (true, Some(body)) = (only_here_document, in_body) {
                // The body is the script itself.
                if text[body.text.clone()].starts_with(b"#!")
                    && !is_posix_interpreter(text, &body.text)
                {
                    return Some(Reader::Nobody);
                }
                view.push_range(text, body.text.clone());
            } else {
                view = instruction.arguments.clone();
                for (index, body) in instruction.bodies.iter().enumerate() {
                    if index == 0 {
                        let at = body.with_delimiter.start;
                        view.push(b'\n', at..at);
                    }
                    view.push_range(text, body.with_delimiter.clone());
                }
            }
            Some(Reader::BuildShell(view))
        }
        "CMD" | "ENTRYPOINT" | "HEALTHCHECK" => {
            let words = past_flags(&instruction.arguments.text);
            let words = words.strip_prefix(b"CMD").map_or(words, <[u8]>::trim_ascii_start);
            if !posix || words.starts_with(b"[") {
                return Some(Reader::Nobody);
            }
            Some(Reader::RunShell(instruction.arguments.clone()))
        }
        "ADD" | "COPY" | "ENV" | "ARG" | "LABEL" | "FROM" | "USER" | "VOLUME" | "WORKDIR"
        | "EXPOSE" | "STOPSIGNAL" => match in_body {
            Some(body) if body.quoted => Some(Reader::Nobody),
            Some(_) => Some(Reader::File),
            None => Some(Reader::Builder(instruction.arguments.clone())),
        },
        _ => Some(Reader::Nobody),
    }
}

/// Without `--mount=…` and the like.
fn past_flags(mut words: &[u8]) -> &[u8] {
    loop {
        words = words.trim_ascii();
        if !words.starts_with(b"--") {
            return words;
        }
        let length = words.iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
        words = &words[length..];
    }
}

fn is_posix_interpreter(text: &[u8], body: &Range<usize>) -> bool {
    let line = &text[body.start..line_end(text, body.start)];
    line.split(|byte| byte.is_ascii_whitespace() || *byte == b'/' || *byte == b'!')
        .any(|word| [&b"sh"[..], b"bash", b"ash", b"dash", b"ksh", b"zsh"].contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kind of reader at the `@` of `text`, and what it gets.
    fn at(text: &str) -> Option<(&'static str, String)> {
        let offset = text.find('@').unwrap();
        let (name, view) = match reader_at(text.as_bytes(), offset)? {
            Reader::BuildShell(view) => ("build", view),
            Reader::RunShell(view) => ("run", view),
            Reader::Builder(view) => ("builder", view),
            Reader::File => return Some(("file", String::new())),
            Reader::Nobody => return Some(("nobody", String::new())),
        };
        assert_eq!(view.text[view.index(offset).unwrap()], b'@', "{text}");
        Some((name, String::from_utf8(view.text).unwrap().trim().to_owned()))
    }

    #[track_caller]
    fn check(text: &str, reader: &str, words: &str) {
        let found = at(text);
        let found = found.as_ref().map(|(reader, words)| (*reader, words.as_str()));
        assert_eq!(found, Some((reader, words)), "{text}");
    }

    #[test]
    fn instructions() {
        check("FROM a\nRUN git clone @\n", "build", "git clone @");
        check("FROM a\nrun a && \\\n  # comment's\n\n  b @\nRUN c\n", "build", "a &&   b @");
        check("RUN --mount=type=cache,target=/x a @", "build", "--mount=type=cache,target=/x a @");
        check("ENV A=b \\\r\n  C=@\r\n", "builder", "A=b   C=@");
        check("ONBUILD RUN @", "build", "@");
        check("CMD git clone @", "run", "git clone @");
        check("HEALTHCHECK --interval=1s CMD curl @", "run", "--interval=1s CMD curl @");
        check("RUN [\"git\", \"clone\", \"@\"]", "nobody", "");
        check("CMD [\"@\"]", "nobody", "");
        check("HEALTHCHECK CMD [\"@\"]", "nobody", "");
        check("MAINTAINER a@b\n", "nobody", "");
        assert_eq!(at("# @\nFROM a\n"), None);
        assert_eq!(at("RUN a \\\n # @\n b\n"), None);
        assert_eq!(at("FROM a\n  # @"), None);
    }

    #[test]
    fn here_documents() {
        check("RUN <<EOF\na 'b' @\nEOF\nRUN c\n", "build", "a 'b' @");
        check("RUN <<-'EOF'\n\ta @\n\tEOF\n", "build", "a @");
        check("RUN <<EOF bash\na @\nEOF\n", "build", "<<EOF bash\na @\nEOF");
        check("RUN cat <<EOF >/x\na @\nEOF\nRUN b", "build", "cat <<EOF >/x\na @\nEOF");
        check("RUN <<EOF\n#!/usr/bin/env python3\n@\nEOF\n", "nobody", "");
        check("RUN <<EOF\n#!/bin/bash\n@\nEOF\n", "build", "#!/bin/bash\n@");
        check("COPY <<EOF /x\n@\nEOF\n", "file", "");
        check("COPY <<\"EOF\" /x\n@\nEOF\n", "nobody", "");
        check("RUN echo $((1<<2))\nRUN @\n", "build", "@");
        check("RUN echo '<<EOF'\nRUN @\n", "build", "@");
        check("RUN <<A <<B cat\n1\nA\n@\nB\nRUN x", "build", "<<A <<B cat\n1\nA\n@\nB");
    }

    #[test]
    fn other_shells() {
        check("# escape=`\nFROM a\nRUN git clone @\n", "nobody", "");
        check("FROM a\nSHELL [\"powershell\", \"-Command\"]\nRUN @\n", "nobody", "");
        check("FROM a\nSHELL [\"/bin/bash\", \"-c\"]\nRUN @\n", "build", "@");
        check("FROM a\nSHELL [\"pwsh\"]\nFROM b\nRUN @\n", "build", "@");
    }

    #[test]
    fn cut_off() {
        for text in
            ["RUN @ \\", "RUN @ \\\n", "RUN <<EOF\n@", "@ RUN <<", "RUN <<- @", "ONBUILD @", "@"]
        {
            let _ = at(text);
        }
    }
}
