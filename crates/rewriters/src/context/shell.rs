//! Quoting in POSIX-like shells, told for every byte of a script.

use std::collections::VecDeque;

use memchr::memchr;

/// How a shell reads a place of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quoting {
    /// Outside of all quotes.
    Unquoted,
    /// In double quotes.
    Double,
    /// In single quotes.
    Single,
    /// In `$'…'`.
    AnsiC,
    /// In a here-document whose delimiter is not quoted.
    Heredoc,
    /// In a here-document whose delimiter is quoted: the shell passes it on as it stands.
    QuotedHeredoc,
    /// In an arithmetic expression.
    Arithmetic,
    /// In a comment.
    Comment,
}

impl Quoting {
    /// Whether the shell expands `${NAME}` there, in place and to one word.
    pub(crate) const fn expands(self) -> bool {
        matches!(self, Self::Unquoted | Self::Double | Self::Heredoc)
    }
}

/// The quoting of a whole script.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// Where the quoting changes, and to what; sorted.
    changes: Vec<(usize, Quoting)>,
    /// Every quote, bracket and here-document that is opened is also closed.
    whole: bool,
}

impl Script {
    /// Reads `text`, which begins outside of all quotes.
    pub(crate) fn read(text: &[u8]) -> Self {
        let mut lexer = Lexer::new(text);
        let whole = lexer.run();
        Self { changes: lexer.changes, whole }
    }

    /// The quoting of the byte at `offset`. `None` for a script whose quotes do not close: it is
    /// cut off, not for this kind of shell, or not understood here, and a guess could leak a secret
    /// or break a command.
    pub(crate) fn at(&self, offset: usize) -> Option<Quoting> {
        if !self.whole {
            return None;
        }
        let next = self.changes.partition_point(|(start, _)| *start <= offset);
        Some(next.checked_sub(1).map_or(Quoting::Unquoted, |index| self.changes[index].1))
    }
}

/// Deeper nesting is no script that somebody wrote.
const MAX_DEPTH: usize = 256;

/// What is open at some point of a script.
#[derive(Debug)]
enum Frame {
    /// Commands up to the end of the script, a `)` or a backtick.
    Code(Close),
    /// `case … esac` inside of brackets, where a `)` ends a pattern.
    Case,
    /// A double-quoted string.
    Double,
    /// `${…}`. In double quotes, and with an operator that takes a word and not a pattern, a single
    /// quote is an ordinary character.
    Parameter { quoting: Quoting, plain_single_quote: bool },
    /// `$((…))`, `((…))` or `$[…]`: how many closing brackets are due.
    Arithmetic { open: u8, close: u8, depth: usize },
    /// The body of a here-document that expands.
    Heredoc { end: usize, after: usize, waiting: VecDeque<Delimiter> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Close {
    End,
    Bracket,
    Backtick,
}

/// What ends a here-document.
#[derive(Debug)]
struct Delimiter {
    word: Vec<u8>,
    quoted: bool,
    strip_tabs: bool,
}

struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    frames: Vec<Frame>,
    /// Here-documents that begin after the current line.
    waiting: VecDeque<Delimiter>,
    /// A word may begin here, so `#` starts a comment.
    word_start: bool,
    /// A command may begin here, so `case` is a keyword.
    command_start: bool,
    changes: Vec<(usize, Quoting)>,
    whole: bool,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            at: 0,
            frames: vec![Frame::Code(Close::End)],
            waiting: VecDeque::new(),
            word_start: true,
            command_start: true,
            changes: Vec::new(),
            whole: true,
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    /// Notes the quoting from `offset` on.
    fn mark(&mut self, offset: usize, quoting: Quoting) {
        let last = self.changes.last().map_or(Quoting::Unquoted, |(_, last)| *last);
        if last != quoting {
            self.changes.push((offset, quoting));
        }
    }

    /// The quoting inside the innermost frame.
    fn quoting(&self) -> Quoting {
        match self.frames.last() {
            Some(Frame::Double) => Quoting::Double,
            Some(Frame::Parameter { quoting, .. }) => *quoting,
            Some(Frame::Arithmetic { .. }) => Quoting::Arithmetic,
            Some(Frame::Heredoc { .. }) => Quoting::Heredoc,
            Some(Frame::Code(_) | Frame::Case) | None => Quoting::Unquoted,
        }
    }

    /// Goes on at `at` and notes the quoting there.
    fn go(&mut self, at: usize) {
        self.at = at.min(self.text.len());
        self.mark(self.at, self.quoting());
    }

    fn push(&mut self, frame: Frame, length: usize) {
        let code = matches!(frame, Frame::Code(_));
        self.frames.push(frame);
        self.word_start = code;
        self.command_start = code;
        self.go(self.at + length);
    }

    fn pop(&mut self, length: usize) {
        self.frames.pop();
        self.word_start = false;
        self.command_start = false;
        self.go(self.at + length);
    }

    /// Reads all of the text. Whether all that is opened is closed.
    fn run(&mut self) -> bool {
        while self.at < self.text.len() || self.heredoc_end().is_some() {
            if !self.whole || self.frames.len() > MAX_DEPTH {
                return false;
            }
            if let Some(end) = self.heredoc_end()
                && self.at >= end
            {
                self.leave_heredoc();
                continue;
            }
            match self.frames.last() {
                Some(Frame::Code(_) | Frame::Case) => self.code(),
                Some(Frame::Arithmetic { .. }) => self.arithmetic(),
                Some(_) => self.string(),
                None => return false,
            }
        }
        self.whole
            && self.waiting.is_empty()
            && matches!(self.frames[..], [Frame::Code(Close::End)])
    }

    /// Where the innermost open here-document ends.
    fn heredoc_end(&self) -> Option<usize> {
        self.frames.iter().rev().find_map(|frame| match frame {
            Frame::Heredoc { end, .. } => Some(*end),
            _ => None,
        })
    }

    fn leave_heredoc(&mut self) {
        while let Some(frame) = self.frames.pop() {
            if let Frame::Heredoc { after, waiting, .. } = frame {
                self.waiting = waiting;
                self.new_line(after);
                return;
            }
            // A `$(` that the body opens and does not close.
            self.whole = false;
        }
    }

    /// At the start of a line of commands: here-documents that wait begin here.
    fn new_line(&mut self, mut start: usize) {
        self.word_start = true;
        self.command_start = true;
        while let Some(delimiter) = self.waiting.pop_front() {
            let limit = self.heredoc_end().unwrap_or(self.text.len());
            let Some((end, after)) = self.body_end(start, limit, &delimiter) else {
                self.whole = false;
                return;
            };
            if !delimiter.quoted {
                let waiting = std::mem::take(&mut self.waiting);
                self.frames.push(Frame::Heredoc { end, after, waiting });
                self.go(start);
                return;
            }
            self.mark(start, Quoting::QuotedHeredoc);
            self.mark(end, Quoting::Unquoted);
            start = after;
        }
        self.go(start);
    }

    /// Where the line that ends a here-document starts, and where the next line does.
    fn body_end(
        &self,
        start: usize,
        limit: usize,
        delimiter: &Delimiter,
    ) -> Option<(usize, usize)> {
        let mut line_start = start;
        while line_start < limit {
            let line_end = memchr(b'\n', &self.text[line_start..limit])
                .map_or(limit, |length| line_start + length);
            let mut line = &self.text[line_start..line_end];
            line = line.strip_suffix(b"\r").unwrap_or(line);
            if delimiter.strip_tabs {
                let tabs = line.iter().take_while(|byte| **byte == b'\t').count();
                line = &line[tabs..];
            }
            if line == delimiter.word {
                return Some((line_start, (line_end + 1).min(limit)));
            }
            line_start = line_end + 1;
        }
        None
    }

    fn code(&mut self) {
        let Some(byte) = self.peek(0) else { return };
        let (word_start, command_start) = (self.word_start, self.command_start);
        self.word_start = false;
        self.command_start = false;
        match byte {
            b'\\' => {
                // A continued line ends no word, and begins none.
                if self.peek(1) == Some(b'\n') {
                    self.word_start = word_start;
                    self.command_start = command_start;
                }
                self.go(self.at + 2);
            }
            b'\'' => self.single(),
            b'"' => self.push(Frame::Double, 1),
            b'$' => self.dollar(),
            b'`' => self.backtick(),
            b'(' if self.peek(1) == Some(b'(') => self.push_arithmetic(0),
            b'(' => self.push(Frame::Code(Close::Bracket), 1),
            b')' => {
                if let Some(Frame::Code(Close::Bracket)) = self.frames.last() {
                    self.pop(1);
                } else {
                    // The end of a pattern in `case`.
                    self.go(self.at + 1);
                    self.command_start = true;
                }
                self.word_start = true;
            }
            b'#' if word_start => self.comment(),
            b'<' => self.less(),
            b'\n' => self.new_line(self.at + 1),
            b';' | b'&' | b'|' => {
                self.word_start = true;
                self.command_start = true;
                self.at += 1;
            }
            b' ' | b'\t' | b'\r' => {
                self.word_start = true;
                self.command_start = command_start;
                self.at += 1;
            }
            b'>' => {
                self.word_start = true;
                self.at += 1;
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'{' | b'!' => self.word(command_start),
            _ => self.at += 1,
        }
    }

    /// A word that may be a keyword.
    fn word(&mut self, command_start: bool) {
        let rest = &self.text[self.at..];
        let length = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"_{!".contains(byte))
            .count()
            .max(1);
        let word = &rest[..length];
        self.at += length;
        let ends =
            self.peek(0).is_none_or(|byte| byte.is_ascii_whitespace() || b";&|()".contains(&byte));
        if !ends || !command_start {
            // `in` is no command, but what follows it in `case` may be `esac`.
            self.command_start =
                ends && word == b"in" && matches!(self.frames.last(), Some(Frame::Case));
            return;
        }
        match word {
            // Outside of brackets no `)` has to be told apart.
            b"case" if self.frames.len() > 1 => self.frames.push(Frame::Case),
            b"esac" if matches!(self.frames.last(), Some(Frame::Case)) => {
                self.frames.pop();
            }
            b"then" | b"do" | b"else" | b"elif" | b"if" | b"while" | b"until" | b"!" | b"{"
            | b"time" => self.command_start = true,
            _ => {}
        }
    }

    fn single(&mut self) {
        let start = self.at + 1;
        self.mark(start, Quoting::Single);
        if let Some(length) = memchr(b'\'', &self.text[start..]) {
            self.go(start + length + 1);
        } else {
            self.whole = false;
            self.at = self.text.len();
        }
    }

    /// `$'…'`
    fn ansi_c(&mut self) {
        let start = self.at + 2;
        self.mark(start, Quoting::AnsiC);
        let mut at = start;
        while let Some(byte) = self.text.get(at) {
            match byte {
                b'\\' => at += 2,
                b'\'' => {
                    self.go(at + 1);
                    return;
                }
                _ => at += 1,
            }
        }
        self.whole = false;
        self.at = self.text.len();
    }

    fn comment(&mut self) {
        let in_backticks = self.backtick_frame().is_some();
        let length = self.text[self.at..]
            .iter()
            .take_while(|byte| **byte != b'\n' && !(in_backticks && **byte == b'`'))
            .count();
        let limit = self.heredoc_end().unwrap_or(self.text.len());
        self.mark(self.at, Quoting::Comment);
        self.go((self.at + length).min(limit));
    }

    /// At a `$`, in commands or in a string.
    fn dollar(&mut self) {
        let quoted = !matches!(self.quoting(), Quoting::Unquoted);
        match (self.peek(1), self.peek(2)) {
            (Some(b'\''), _) if !quoted => self.ansi_c(),
            (Some(b'"'), _) if !quoted => self.push(Frame::Double, 2),
            (Some(b'('), Some(b'(')) => self.push_arithmetic(1),
            (Some(b'('), _) => self.push(Frame::Code(Close::Bracket), 2),
            (Some(b'['), _) => {
                self.push(Frame::Arithmetic { open: b'[', close: b']', depth: 1 }, 2);
            }
            (Some(b'{'), _) => self.parameter(),
            // `$$`, `$#`: the second character means nothing else.
            (Some(b'$' | b'#'), _) => self.go(self.at + 2),
            _ => self.go(self.at + 1),
        }
    }

    fn push_arithmetic(&mut self, dollar: usize) {
        self.push(Frame::Arithmetic { open: b'(', close: b')', depth: 2 }, dollar + 2);
    }

    /// At `${`: past the name up to the operator.
    fn parameter(&mut self) {
        let outer = match self.quoting() {
            Quoting::Arithmetic => Quoting::Unquoted,
            outer => outer,
        };
        let mut at = self.at + 2;
        // `${#name}` and `${!name}`
        if matches!(self.text.get(at), Some(b'#' | b'!'))
            && self.text.get(at + 1).is_some_and(|byte| *byte != b'}')
        {
            at += 1;
        }
        while self.text.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            at += 1;
        }
        if matches!(self.text.get(at), Some(b'@' | b'*' | b'$')) {
            at += 1;
        }
        if self.text.get(at) == Some(&b':') {
            at += 1;
        }
        let takes_word = matches!(self.text.get(at), Some(b'-' | b'=' | b'?' | b'+'));
        let frame = Frame::Parameter {
            quoting: outer,
            plain_single_quote: takes_word && outer != Quoting::Unquoted,
        };
        self.push(frame, at - self.at);
    }

    fn backtick_frame(&self) -> Option<usize> {
        self.frames.iter().rposition(|frame| matches!(frame, Frame::Code(Close::Backtick)))
    }

    fn backtick(&mut self) {
        if let Some(index) = self.backtick_frame() {
            // Backticks do not nest: this one closes, whatever else is open.
            if index + 1 != self.frames.len() {
                self.whole = false;
            }
            self.frames.truncate(index + 1);
            self.pop(1);
        } else {
            self.push(Frame::Code(Close::Backtick), 1);
        }
    }

    /// At `<` in commands: maybe a here-document.
    fn less(&mut self) {
        self.word_start = true;
        if self.peek(1) != Some(b'<') {
            self.at += 1;
            return;
        }
        if self.peek(2) == Some(b'<') {
            self.at += 3;
            return;
        }
        let strip_tabs = self.peek(2) == Some(b'-');
        let mut at = self.at + 2 + usize::from(strip_tabs);
        while matches!(self.text.get(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        let start = at;
        let mut delimiter = Delimiter { word: Vec::new(), quoted: false, strip_tabs };
        while let Some(byte) = self.text.get(at).copied() {
            match byte {
                b'\'' | b'"' => {
                    delimiter.quoted = true;
                    let Some(length) = memchr(byte, &self.text[at + 1..]) else {
                        self.whole = false;
                        break;
                    };
                    delimiter.word.extend_from_slice(&self.text[at + 1..at + 1 + length]);
                    at += length + 2;
                }
                b'\\' => {
                    delimiter.quoted = true;
                    delimiter.word.extend(self.text.get(at + 1));
                    at += 2;
                }
                b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' => break,
                _ if byte.is_ascii_whitespace() => break,
                _ => {
                    delimiter.word.push(byte);
                    at += 1;
                }
            }
        }
        if at > start {
            self.waiting.push_back(delimiter);
        }
        self.go(at);
        self.word_start = false;
    }

    /// In double quotes, `${…}` or the body of a here-document.
    fn string(&mut self) {
        let Some(byte) = self.peek(0) else { return };
        match (byte, self.frames.last()) {
            (b'\\', _) => self.go(self.at + 2),
            (b'$', _) => self.dollar(),
            (b'`', _) => self.backtick(),
            (b'"', Some(Frame::Double)) | (b'}', Some(Frame::Parameter { .. })) => self.pop(1),
            (b'"', Some(Frame::Parameter { .. })) => self.push(Frame::Double, 1),
            (b'\'', Some(Frame::Parameter { plain_single_quote: false, .. })) => self.single(),
            _ => self.at += 1,
        }
    }

    fn arithmetic(&mut self) {
        let Some(byte) = self.peek(0) else { return };
        let Some(Frame::Arithmetic { open, close, depth }) = self.frames.last_mut() else { return };
        match byte {
            _ if byte == *open => {
                *depth += 1;
                self.at += 1;
            }
            _ if byte == *close => {
                *depth -= 1;
                if *depth == 0 {
                    self.pop(1);
                } else {
                    self.at += 1;
                }
            }
            b'\\' => self.go(self.at + 2),
            b'\'' => self.single(),
            b'"' => self.push(Frame::Double, 1),
            b'$' => self.dollar(),
            b'`' => self.backtick(),
            _ => self.at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quoting at each `@` of `script`.
    fn quotings(script: &str) -> Vec<Option<Quoting>> {
        let read = Script::read(script.as_bytes());
        script.match_indices('@').map(|(at, _)| read.at(at)).collect()
    }

    #[track_caller]
    fn check(script: &str, expected: &[Quoting]) {
        let expected: Vec<_> = expected.iter().copied().map(Some).collect();
        assert_eq!(quotings(script), expected, "{script}");
    }

    #[track_caller]
    fn not_understood(script: &str) {
        assert!(quotings(script).iter().all(Option::is_none), "{script}");
    }

    use Quoting::{AnsiC, Arithmetic, Comment, Double, Heredoc, QuotedHeredoc, Single, Unquoted};

    #[test]
    fn quotes() {
        check("git clone @", &[Unquoted]);
        check("git clone \"@\" @ '@' @", &[Double, Unquoted, Single, Unquoted]);
        check(r#"echo \"@\" \'@\' "\"@" '\'@"@""#, &[Unquoted, Unquoted, Double, Unquoted, Double]);
        check(r"a=$'it\'s @'@", &[AnsiC, Unquoted]);
        check(r#"a="it's @ $'x @"@"#, &[Double, Double, Unquoted]);
        check("a=$\"@\"@", &[Double, Unquoted]);
        check("ssh host 'git clone \"@\"'", &[Single]);
        check("ssh host \"git clone '@'\"", &[Double]);
        check("a='one\ntwo @\n' @", &[Single, Unquoted]);
        check("a=one\\\ntwo@ \"x\\\ny@\"", &[Unquoted, Double]);
    }

    #[test]
    fn comments() {
        check("# it's @\n@", &[Comment, Unquoted]);
        check("a=1 # don't @\n'@'", &[Comment, Single]);
        check("a=x#y'@' $#'@' ${#a}'@' ${a#'}'}@", &[Single, Single, Single, Unquoted]);
        check("a;#@\n(#@\n)\n", &[Comment, Comment]);
        check("a \\\n# @", &[Comment]);
        check("echo `date # it's @`@", &[Comment, Unquoted]);
        check("#!/bin/sh -e @", &[Comment]);
        check("a='#@' \"#@\"", &[Single, Double]);
    }

    #[test]
    fn substitutions() {
        check("a=$(git clone @)@", &[Unquoted, Unquoted]);
        check("a=\"$(git clone '@' \"@\" @)@\"", &[Single, Double, Unquoted, Double]);
        check("a=\"`git clone '@' @`@\"", &[Single, Unquoted, Double]);
        check("a=\"${x:-it's @}\" @", &[Double, Unquoted]);
        check("a=\"${x#'@'}@\" @", &[Single, Double, Unquoted]);
        check("a=${x:-'@'}@", &[Single, Unquoted]);
        check("a=${x:-\"@\"@}@", &[Double, Unquoted, Unquoted]);
        check("a=\"${x:-${y:-'@'}}\"", &[Double]);
        check("diff <(git show '@') >(cat @)", &[Single, Unquoted]);
        check("a=$((1<<2)) b=$((x#2)); ((i<<=1)); echo '@'", &[Single]);
        check("echo $(( @ )) $[ @ ] @", &[Arithmetic, Arithmetic, Unquoted]);
        check("a=(x '@' @) @", &[Single, Unquoted, Unquoted]);
    }

    #[test]
    fn case_in_brackets() {
        check("case $x in a) echo @;; 'b') echo '@';; esac; @", &[Unquoted, Single, Unquoted]);
        check(
            "a=$(case $x in a) echo '@';; (b) echo @;; esac)@ '@'",
            &[Single, Unquoted, Unquoted, Single],
        );
        check("a=\"$(case x in\n x) @;;\nesac\n)@\"", &[Unquoted, Double]);
        check("a=$(make case in)@", &[Unquoted]);
        check("f() (\n  case $1 in\n  -h) echo \"@\";;\n  esac\n)\n@", &[Double, Unquoted]);
    }

    #[test]
    fn here_documents() {
        check("cat <<EOF\nit's @\nEOF\n@", &[Heredoc, Unquoted]);
        check("cat <<'EOF'\n\"@\nEOF\n@", &[QuotedHeredoc, Unquoted]);
        check("cat <<\"E O F\"\n@\nE O F\n@", &[QuotedHeredoc, Unquoted]);
        check("cat <<\\EOF >x\n@\nEOF\n@", &[QuotedHeredoc, Unquoted]);
        check("cat <<-EOF | sed 's/@//'\n\t@\n\tEOF\n@", &[Single, Heredoc, Unquoted]);
        check("cat <<A - <<'B'\n@\nA\n@\nB\n@", &[Heredoc, QuotedHeredoc, Unquoted]);
        check("cat <<A - <<B\n@\nA\n@'\nB\n@", &[Heredoc, Heredoc, Unquoted]);
        check(
            "cat <<EOF\n$(echo '@' \"@\") `echo '@'` @\nEOF\n",
            &[Single, Double, Single, Heredoc],
        );
        check("cat <<EOF\n \\$(@ \\`@\nEOF\n", &[Heredoc, Heredoc]);
        check("a=$(cat <<'EOF'\n)@\nEOF\n)@", &[QuotedHeredoc, Unquoted]);
        check("cat <<< '@' <<<@", &[Single, Unquoted]);
        check("cat <<EOF\r\n@\r\nEOF\r\n'@'\r\n", &[Heredoc, Single]);
        check("cat <<EOF\n@\nEOF", &[Heredoc]);
        check("cat <<EOF\n@\n EOF\nEOF x\nEOF\n@", &[Heredoc, Unquoted]);
        check("f() {\n  cat <<EOF\n\"@\nEOF\n}\n'@'", &[Heredoc, Single]);
        check("cat <<EOF\n$(cat <<'X'\n@\nX\n) @\nEOF\n@", &[QuotedHeredoc, Heredoc, Unquoted]);
    }

    #[test]
    fn what_does_not_close_is_not_understood() {
        for script in [
            "echo 'x @",
            "echo \"x @",
            "echo $(x @",
            "echo `x @",
            "cat <<EOF\n@\n",
            "cat <<EOF\n$(@\nEOF\n",
            "cat @ <<EOF",
            "a=${x:-@",
            "a=$'@",
            "(@",
            "`echo \"@`",
        ] {
            not_understood(script);
        }
    }
}
