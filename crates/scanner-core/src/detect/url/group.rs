//! Variables and placeholders of any syntax: in a URL they may hold bytes that would end it.

/// No reference is longer.
const MAX_GROUP: usize = 256;

/// The end of the variable, template or bracketed placeholder that begins at `i`, not beyond `limit`.
/// `None` where an ordinary byte stands, also for `$NAME`, whose bytes are all ordinary.
pub(super) fn end(text: &[u8], i: usize, limit: usize) -> Option<usize> {
    let rest = &text[i..limit.min(i + MAX_GROUP)];
    let len = match rest {
        [b'$', b'$', b'{' | b'(', ..] => 1 + balanced(&rest[1..], 1)?,
        [b'$', b'{', b'{', ..] | [b'{', b'{', ..] => until(rest, b"}}")?,
        // Python: `%(name)s`; Swift: `\(name)`.
        [b'$' | b'#' | b'@', b'{', ..] | [b'$' | b'\\' | b'%', b'(', ..] => balanced(rest, 1)?,
        [b'\\', b'$', b'{' | b'(', ..] => balanced(rest, 2)?,
        [b'\\', b'$', ..] => 2,
        [b'{' | b'[', ..] => balanced(rest, 0)?,
        [b'<', b'%', ..] => until(rest, b"%>")?,
        [b'<', ..] => bracketed_words(rest)?,
        [b'$', b'e' | b'E', ..] => environment(rest)?,
        [b'"' | b'\'', ..] => concatenation(rest)?,
        _ => return None,
    };
    Some(i + len)
}

/// Length up to the bracket that closes the one at `open`.
fn balanced(rest: &[u8], open: usize) -> Option<usize> {
    let (opening, closing) = match rest.get(open)? {
        b'{' => (b'{', b'}'),
        b'(' => (b'(', b')'),
        b'[' => (b'[', b']'),
        _ => return None,
    };
    let mut depth = 0_usize;
    for (i, &b) in rest.iter().enumerate().skip(open) {
        match b {
            b'\n' => return None,
            b if b == opening => depth += 1,
            b if b == closing => {
                depth -= 1;
                if depth == 0 {
                    return Some(i + 1);
                }
            }
            _ => {}
        }
    }
    None
}

fn until(rest: &[u8], close: &[u8]) -> Option<usize> {
    let end = memchr::memmem::find(rest, close)?;
    (!rest[..end].contains(&b'\n')).then_some(end + close.len())
}

/// `<app password>`: words only, or it is markup.
fn bracketed_words(rest: &[u8]) -> Option<usize> {
    let words = rest[1..]
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || b" _-.|'/".contains(b))
        .count();
    let tag = rest.get(1) == Some(&b'/');
    (words > 0 && !tag && rest.get(1 + words) == Some(&b'>')).then_some(words + 2)
}

/// PowerShell's `$env:NAME`.
fn environment(rest: &[u8]) -> Option<usize> {
    if rest.len() < 6 || !rest[..5].eq_ignore_ascii_case(b"$env:") {
        return None;
    }
    let name = rest[5..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    (name > 0).then_some(5 + name)
}

/// A string that is interrupted by an expression: `" + password + "`, `' . $password . '`, or in a
/// shell by a variable: `"$PASSWORD"`.
fn concatenation(rest: &[u8]) -> Option<usize> {
    if rest.get(1) == Some(&b'$') {
        return shell_variable(rest);
    }
    let mut i = 1 + operator(&rest[1..])?;
    // Go and C: `*password`.
    i += usize::from(rest.get(i) == Some(&b'*'));
    // A name with members, calls and indices: no quote of the same kind in it but in brackets.
    let start = i;
    let mut depth = 0_usize;
    while let Some(&b) = rest.get(i) {
        match b {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.checked_sub(1)?,
            b'\n' if depth > 0 => return None,
            b if b.is_ascii_alphanumeric() || b"_$.>".contains(&b) => {}
            b'-' if rest.get(i + 1) == Some(&b'>') => {}
            _ if depth > 0 => {}
            _ => break,
        }
        i += 1;
    }
    // PHP's operator needs no space: `'.$password.'`.
    while i > start && rest[i - 1] == b'.' {
        i -= 1;
    }
    let expression = &rest[start..i];
    let first = *expression.iter().find(|b| **b != b'$')?;
    if depth > 0 || !(first.is_ascii_alphabetic() || first == b'_') {
        return None;
    }
    i += operator(&rest[i..])?;
    is_quote(rest.get(i)).then_some(i + 1)
}

fn is_quote(byte: Option<&u8>) -> bool {
    matches!(byte, Some(b'"' | b'\''))
}

fn shell_variable(rest: &[u8]) -> Option<usize> {
    let end = match rest.get(2)? {
        b'{' | b'(' => balanced(rest, 2)?,
        _ => {
            let name =
                rest[2..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
            (name > 0).then_some(2 + name)?
        }
    };
    is_quote(rest.get(end)).then_some(end + 1)
}

/// Length of an operator that joins strings, with the spaces around it.
fn operator(rest: &[u8]) -> Option<usize> {
    let spaces = |rest: &[u8]| rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let before = spaces(rest);
    let sign = match rest.get(before..)? {
        [b'.', b'.', ..] | [b'<', b'>', ..] | [b'+', b'+', ..] => 2,
        [b'+' | b'.' | b'&' | b'~', ..] => 1,
        _ => return None,
    };
    Some(before + sign + spaces(&rest[before + sign..]))
}
