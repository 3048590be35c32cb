//! The scalar of a YAML file that holds a place: its style, its key path and what it says.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::view::View;

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// No quotes; `flow` inside of `[…]` or `{…}`, where brackets end it.
    Plain {
        /// Inside of a flow collection.
        flow: bool,
    },
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|` or `>`
    Block,
}

/// One scalar.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    /// The keys that lead to it from the top; `[]` for an item of a sequence.
    pub(crate) path: Vec<String>,
    /// How it is written.
    pub(crate) style: Style,
    /// It is a key of a mapping, not a value.
    pub(crate) is_key: bool,
    /// What it says.
    pub(crate) view: View,
}

const ITEM: &str = "[]";

/// A collection that is open.
enum Level {
    Sequence { flow: bool },
    Mapping { flow: bool, key: Option<String> },
}

/// Finds the scalar that holds the byte at `offset`. `None` outside of scalars (a comment), and
/// where the file is no YAML up to there.
pub(crate) fn scalar_at(text: &[u8], offset: usize) -> Option<Scalar> {
    let letters = letters(text);
    let mut levels: Vec<Level> = Vec::new();
    for step in Parser::new_from_str(&letters) {
        let (event, span) = step.ok()?;
        match event {
            Event::Scalar(value, style, ..) => {
                let is_key = matches!(levels.last(), Some(Level::Mapping { key: None, .. }));
                if (span.start.index()..span.end.index()).contains(&offset)
                    || (span.start.index() > offset && is_block(style))
                {
                    let scalar = scalar(text, &value, style, span, &levels, is_key);
                    if let Some(found) = scalar.filter(|s| s.view.index(offset).is_some()) {
                        return Some(found);
                    }
                }
                if span.start.index() > offset {
                    return None;
                }
                node_ends(&mut levels, Some(&value));
            }
            Event::Alias(_) => node_ends(&mut levels, Some("*")),
            Event::SequenceStart(..) => {
                levels.push(Level::Sequence { flow: opens(text, span, b'[') });
            }
            Event::MappingStart(..) => {
                levels.push(Level::Mapping { flow: opens(text, span, b'{'), key: None });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                levels.pop();
                node_ends(&mut levels, None);
            }
            _ => {}
        }
    }
    None
}

/// What a YAML file is made of, apart from what its scalars say: kinds of nodes in order, anchors,
/// styles. `None` if it is no YAML.
pub(crate) fn shape(text: &[u8]) -> Option<Vec<(u8, usize, Option<ScalarStyle>)>> {
    let letters = letters(text);
    Parser::new_from_str(&letters)
        .map(|step| {
            Some(match step.ok()?.0 {
                Event::Scalar(_, style, anchor, _) => (b's', anchor, Some(style)),
                Event::Alias(anchor) => (b'*', anchor, None),
                Event::SequenceStart(anchor, _) => (b'[', anchor, None),
                Event::SequenceEnd => (b']', 0, None),
                Event::MappingStart(anchor, _) => (b'{', anchor, None),
                Event::MappingEnd => (b'}', 0, None),
                Event::DocumentStart(_) => (b'-', 0, None),
                _ => (b'.', 0, None),
            })
        })
        .collect()
}

/// One letter for each byte beyond ASCII: then the parser's positions are byte offsets, in whatever
/// encoding the file is.
fn letters(text: &[u8]) -> String {
    text.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { 'é' }).collect()
}

fn is_block(style: ScalarStyle) -> bool {
    matches!(style, ScalarStyle::Literal | ScalarStyle::Folded)
}

/// Whether a collection begins with its bracket. Everything inside of a flow collection is flow too.
fn opens(text: &[u8], span: Span, bracket: u8) -> bool {
    text.get(span.start.index()..span.end.index()).is_some_and(|text| text.contains(&bracket))
}

/// A key or a value is complete.
fn node_ends(levels: &mut [Level], value: Option<&str>) {
    if let Some(Level::Mapping { key, .. }) = levels.last_mut() {
        *key = match key {
            None => Some(value.unwrap_or_default().to_owned()),
            Some(_) => None,
        };
    }
}

fn scalar(
    text: &[u8],
    value: &str,
    style: ScalarStyle,
    span: Span,
    levels: &[Level],
    is_key: bool,
) -> Option<Scalar> {
    let source = span.start.index()..span.end.index().min(text.len());
    let flow = levels.iter().any(|level| match level {
        Level::Sequence { flow } | Level::Mapping { flow, .. } => *flow,
    });
    let (style, view) = match style {
        ScalarStyle::Plain => {
            (Style::Plain { flow }, flow_view(text, past_properties(text, source), value, 0)?)
        }
        ScalarStyle::SingleQuoted => {
            (Style::Single, flow_view(text, past_properties(text, source), value, b'\'')?)
        }
        ScalarStyle::DoubleQuoted => {
            (Style::Double, flow_view(text, past_properties(text, source), value, b'"')?)
        }
        ScalarStyle::Literal | ScalarStyle::Folded => {
            (Style::Block, block_view(text, source, value)?)
        }
    };
    let path = levels
        .iter()
        .filter_map(|level| match level {
            Level::Sequence { .. } => Some(ITEM.to_owned()),
            Level::Mapping { key, .. } => key.clone(),
        })
        .collect();
    Some(Scalar { path, style, is_key, view })
}

/// Without the anchor and the tag that the parser counts to the scalar.
fn past_properties(text: &[u8], mut source: std::ops::Range<usize>) -> std::ops::Range<usize> {
    while let Some(b'&' | b'!') = text[source.clone()].first() {
        let rest = &text[source.clone()];
        let word = rest.iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
        let space = rest[word..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        source.start += word + space;
    }
    source
}

/// A byte for a character of the value: what is not ASCII is only known not to be a space.
fn byte_of(c: char) -> u8 {
    u8::try_from(u32::from(c)).ok().filter(u8::is_ascii).unwrap_or(0xFF)
}

/// Aligns a plain (`quote` 0) or quoted scalar with its value. `None` if they do not fit: then this
/// reader and the parser disagree, and nothing may rest on either.
fn flow_view(text: &[u8], source: std::ops::Range<usize>, value: &str, quote: u8) -> Option<View> {
    let mut view = View::default();
    let mut value = value.chars().map(byte_of);
    let mut at = source.start;
    if quote != 0 {
        if text.get(at) != Some(&quote) {
            return None;
        }
        at += 1;
    }
    while at < source.end {
        let byte = text[at];
        let length = match byte {
            _ if byte == quote && quote == b'\'' && text.get(at + 1) == Some(&quote) => 2,
            _ if byte == quote && quote != 0 => {
                return value.next().is_none().then_some(view);
            }
            b'\\' if quote == b'"' => match text.get(at + 1)? {
                b'\n' | b'\r' => {
                    // A continued line: neither the break nor the indentation counts.
                    at += 1 + space_length(&text[at + 1..source.end]);
                    continue;
                }
                b'x' => 4,
                b'u' => 6,
                b'U' => 10,
                _ => 2,
            },
            b' ' | b'\t' | b'\n' | b'\r' => {
                let length = space_length(&text[at..source.end]);
                let run = at..at + length;
                let breaks = memchr::memchr_iter(b'\n', &text[run.clone()]).count();
                if quote == 0 && run.end == source.end {
                    break;
                }
                match breaks {
                    0 => {
                        for place in run.clone() {
                            view.push(value.next()?, place..place + 1);
                        }
                    }
                    // One break is folded to a space, of more the first is dropped.
                    1 => view.push(value.next()?, run.clone()),
                    _ => {
                        for place in (run.start..).take(breaks - 1) {
                            view.push(value.next()?, place..place + 1);
                        }
                    }
                }
                at = run.end;
                continue;
            }
            _ => 1,
        };
        let meant = value.next()?;
        let same = length > 1 || meant == byte || !byte.is_ascii();
        if !same {
            return None;
        }
        view.push(meant, at..at + length);
        at += length;
    }
    (quote == 0 && value.next().is_none()).then_some(view)
}

fn space_length(text: &[u8]) -> usize {
    text.iter().take_while(|byte| b" \t\r\n".contains(byte)).count()
}

/// Aligns a block scalar with its value: they differ in white space only.
fn block_view(text: &[u8], source: std::ops::Range<usize>, value: &str) -> Option<View> {
    let mut view = View::default();
    let value: Vec<u8> = value.chars().map(byte_of).collect();
    let (mut at, mut index) = (source.start, 0);
    while index < value.len() {
        let said = space_length(&value[index..]);
        let written = space_length(text.get(at..source.end)?);
        if said + written == 0 {
            let byte = *text.get(at)?;
            if byte != value[index] && byte.is_ascii() {
                return None;
            }
            view.push(value[index], at..at + 1);
            at += 1;
            index += 1;
            continue;
        }
        // The spaces of the value are spread over those of the file from its end: a mapping of
        // words is exact, of spaces it only has to ascend.
        for step in 0..said {
            let place = at + written.saturating_sub(said - step).min(written);
            view.push(value[index + step], place..place + usize::from(written > 0));
        }
        at += written;
        index += said;
    }
    Some(view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn at(text: &str, needle: &str) -> Option<(String, Style, String)> {
        let offset = text.find(needle).unwrap();
        let scalar = scalar_at(text.as_bytes(), offset)?;
        assert_eq!(
            scalar.view.text[scalar.view.index(offset).unwrap()],
            text.as_bytes()[offset],
            "{text}"
        );
        let value = String::from_utf8_lossy(&scalar.view.text).into_owned();
        let mut path = scalar.path.join(".");
        if scalar.is_key {
            path.push('?');
        }
        Some((path, scalar.style, value))
    }

    #[track_caller]
    fn check(text: &str, path: &str, style: Style, value: &str) {
        assert_eq!(at(text, "@"), Some((path.into(), style, value.into())), "{text}");
    }

    const PLAIN: Style = Style::Plain { flow: false };
    const FLOW: Style = Style::Plain { flow: true };

    #[test]
    fn styles() {
        check("a: b@c # d\n", "a", PLAIN, "b@c");
        check("a: 'it''s @'\n", "a", Style::Single, "it's @");
        check("a: \"x\\t\\\"@\\\\\\/\" # d\n", "a", Style::Double, "x\t\"@\\/");
        check("a: \"\\u0041\\x42 @\"", "a", Style::Double, "AB @");
        check("a: |\n  x\n   'y'\n\n  @\nb: c\n", "a", Style::Block, "x\n 'y'\n\n@\n");
        check("a: |-\n\n  @\nb: c\n", "a", Style::Block, "\n@");
        check("a: >-\n  x # y\n  @\n", "a", Style::Block, "x # y @");
        check("a: |2\n    @\n", "a", Style::Block, "  @\n");
        check("a:\n- |\n - x\n @\n", "a.[]", Style::Block, "- x\n@\n");
        check("a: x\n  @ y\n", "a", PLAIN, "x @ y");
        check("a: \"x \\\n   @  \n\n  y\"\n", "a", Style::Double, "x @\ny");
        check("a: 'x\n  @'\n", "a", Style::Single, "x @");
        check("a: &b !c x@\n", "a", PLAIN, "x@");
        check("a: &b 'x @'\n", "a", Style::Single, "x @");
        check("é: é @\n", "\u{e9}\u{e9}", PLAIN, "\u{fffd}\u{fffd} @");
        check("a: [b, {c: x@y}]", "a.[].c", FLOW, "x@y");
        check("a: [b, \"x@\" , c]", "a.[]", Style::Double, "x@");
        check("a:\r\n  - |\r\n    x\r\n    @\r\n", "a.[]", Style::Block, "x\n@\n");
    }

    #[test]
    fn paths() {
        check("a:\n  - b: 1\n    c:\n      - d\n      - x@\n", "a.[].c.[]", PLAIN, "x@");
        check("a: {b: c, d: [e]}\nf: &x {g: h}\ni: *x\nj:\n  k: x@\n", "j.k", PLAIN, "x@");
        check("a: 1\nx@: 2\n", "?", PLAIN, "x@");
        check("x: &x {}\n<<: *x\na: 1\n---\n- x@\n", "[]", PLAIN, "x@");
        check("a:\nb:\n  x@\n", "b", PLAIN, "x@");
    }

    #[test]
    fn outside_of_scalars() {
        assert_eq!(at("a: b # @\n", "@"), None);
        assert_eq!(at("# @\na: |\n  x\n", "@"), None);
        assert_eq!(at("a: |\n  x\n# @\nb: c\n", "@"), None);
        assert_eq!(at("a: \"x\" # @\nb: c\n", "@"), None);
        assert_eq!(at("a: [b\n@: c: d", "@"), None);
        assert_eq!(at("a: | # @\n  x\n", "@"), None);
    }
}
