//! Quoting in PowerShell.

/// How PowerShell reads a place of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quoting {
    /// Outside of all quotes: an argument, in which variables are expanded.
    Unquoted,
    /// In `"…"` or `@"…"@`.
    Expandable,
    /// In `'…'` or `@'…'@`.
    Literal,
    /// After `--%`: the rest of the line goes to the program as it stands.
    Verbatim,
    /// In a comment.
    Comment,
}

enum Frame {
    /// Commands up to the bracket that closes them, `depth` brackets deep.
    Code { depth: usize },
    /// `"…"`
    String,
    /// `@"…"@`
    HereString,
}

/// The quoting of the byte at `offset`. `None` for a script whose quotes do not close.
pub(crate) fn quoting_at(text: &[u8], offset: usize) -> Option<Quoting> {
    let mut frames = vec![Frame::Code { depth: 0 }];
    let mut found = None;
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let mut quoting = match frames.last()? {
            Frame::Code { .. } => Quoting::Unquoted,
            Frame::String | Frame::HereString => Quoting::Expandable,
        };
        if frames.len() > 256 {
            return None;
        }
        let length = match frames.last_mut()? {
            Frame::Code { depth } => match rest {
                [b'`', ..] => 2,
                [b'<', b'#', ..] => {
                    quoting = Quoting::Comment;
                    find(rest, b"#>")? + 2
                }
                [b'#', ..] if begins_token(text, at) => {
                    quoting = Quoting::Comment;
                    line_length(rest)
                }
                [b'-', b'-', b'%', ..] if begins_token(text, at) => {
                    quoting = Quoting::Verbatim;
                    line_length(rest)
                }
                [b'@', b'\'', ..] if ends_line(&rest[2..]) => {
                    quoting = Quoting::Literal;
                    find(rest, b"\n'@")? + 3
                }
                [b'@', b'"', ..] if ends_line(&rest[2..]) => {
                    frames.push(Frame::HereString);
                    2
                }
                [b'\'', ..] => {
                    quoting = Quoting::Literal;
                    single_length(rest)?
                }
                [b'"', ..] => {
                    frames.push(Frame::String);
                    1
                }
                [b'(', ..] => {
                    *depth += 1;
                    1
                }
                [b')', ..] => {
                    *depth = depth.saturating_sub(1);
                    if *depth == 0 && frames.len() > 1 {
                        frames.pop();
                    }
                    1
                }
                // Typographic quotes count as quotes; who uses them on purpose is not followed here.
                [0xE2, 0x80, 0x98..=0x9E, ..] => return None,
                _ => 1,
            },
            Frame::String => match rest {
                [b'`', ..] | [b'"', b'"', ..] => 2,
                [b'"', ..] => {
                    frames.pop();
                    1
                }
                [b'$', b'(', ..] => {
                    frames.push(Frame::Code { depth: 1 });
                    2
                }
                [0xE2, 0x80, 0x9C..=0x9E, ..] => return None,
                _ => 1,
            },
            Frame::HereString => match rest {
                [b'\n', b'"', b'@', ..] => {
                    frames.pop();
                    3
                }
                [b'`', ..] => 2,
                [b'$', b'(', ..] => {
                    frames.push(Frame::Code { depth: 1 });
                    2
                }
                _ => 1,
            },
        };
        if (at..at + length).contains(&offset) {
            found = Some(quoting);
        }
        at += length;
    }
    // All of the script is read: an unclosed quote further down shows that this one was misread.
    if matches!(frames[..], [Frame::Code { .. }]) { found } else { None }
}

fn find(text: &[u8], end: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, end)
}

fn line_length(text: &[u8]) -> usize {
    memchr::memchr(b'\n', text).unwrap_or(text.len())
}

/// Whether nothing but white space stands before the end of the line.
fn ends_line(text: &[u8]) -> bool {
    text[..line_length(text)].trim_ascii().is_empty()
}

fn begins_token(text: &[u8], at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| {
        text[before].is_ascii_whitespace() || b";(){}|&,".contains(&text[before])
    })
}

/// Length of `'…'`, in which `''` is a quote.
fn single_length(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        let quote = at + memchr::memchr(b'\'', text.get(at..)?)?;
        if text[at..quote].windows(3).any(|w| matches!(w, [0xE2, 0x80, 0x98..=0x9B])) {
            return None;
        }
        if text.get(quote + 1) != Some(&b'\'') {
            return Some(quote + 1);
        }
        at = quote + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<Quoting>) {
        let offset = text.find("u@").unwrap() + 1;
        assert_eq!(quoting_at(text.as_bytes(), offset), expected, "{text}");
    }

    #[test]
    fn quotes() {
        use Quoting::{Comment, Expandable, Literal, Unquoted, Verbatim};
        check("git clone https://u@b", Some(Unquoted));
        check("$x = \"u@\"", Some(Expandable));
        check("$x = 'it''s u@'", Some(Literal));
        check("$x = \"it's `\" \"\" u@\"", Some(Expandable));
        check("$x = \"$(git 'u@' ) x\"", Some(Literal));
        check("$x = \"$(git (y) ) u@\"", Some(Expandable));
        check("# it's u@\ngit", Some(Comment));
        check("git a#b's u@ '", Some(Literal));
        check("<# it's\nu@ #> git", Some(Comment));
        check("$x = @'\n\"u@\n'@\ngit", Some(Literal));
        check("$x = @\"\nit's u@\n\"@\ngit", Some(Expandable));
        check("& git --% clone u@\ngit", Some(Verbatim));
        check("$h = @{ a = (1) }; git u@", Some(Unquoted));
        check("git `'u@", Some(Unquoted));
    }

    #[test]
    fn what_does_not_close_is_not_understood() {
        check("git 'u@", None);
        check("git \"u@", None);
        check("git u@ \"x", None);
        check("<# u@", None);
        check("git \u{2018}u@\u{2019}", None);
    }
}
