//! Reads a file of HTTP requests: request lines, headers, and the variables that it defines.

use std::ops::Range;

/// A piece of the text.
type Piece = Range<usize>;

/// One request of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    /// In upper case; `GET` where none is written.
    pub(super) method: String,
    pub(super) url: Piece,
    /// Name and value of each header, commented out or not.
    pub(super) headers: Vec<(Piece, Piece)>,
}

/// The file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct File {
    pub(super) requests: Vec<Request>,
    /// `@name = value`
    variables: Vec<(Piece, Piece)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Before,
    Headers,
    Body,
}

impl File {
    pub(super) fn read(text: &[u8]) -> Self {
        let mut file = Self::default();
        let mut at = At::Before;
        let mut start = 0;
        for line in text.split_inclusive(|b| *b == b'\n') {
            let whole = start..start + line.len();
            start = whole.end;
            let line = trim(text, whole.clone());
            let bytes = &text[line.clone()];
            if bytes.starts_with(b"###") {
                at = At::Before;
                continue;
            }
            if at != At::Body
                && let Some(variable) = variable(text, line.clone())
            {
                file.variables.push(variable);
                continue;
            }
            match at {
                At::Before => {
                    if let Some(request) = request(text, line) {
                        file.requests.push(request);
                        at = At::Headers;
                    }
                }
                At::Headers if bytes.is_empty() => at = At::Body,
                At::Headers => {
                    let indented = text[whole.start].is_ascii_whitespace();
                    let header = header(text, uncommented(text, line)).filter(|_| !indented);
                    if let (Some(request), Some(header)) = (file.requests.last_mut(), header) {
                        request.headers.push(header);
                    }
                }
                At::Body => {}
            }
        }
        file
    }

    /// Where the value stands that the file defines for `{{name}}`; the last definition counts.
    pub(super) fn value(&self, text: &[u8], name: &[u8]) -> Option<Piece> {
        let named = |variable: &&(Piece, Piece)| &text[variable.0.clone()] == name;
        self.variables.iter().rev().find(named).map(|(_, value)| value.clone())
    }

    /// `bytes` with the variables of the file put in, as far as they are known.
    pub(super) fn resolve(&self, text: &[u8], bytes: &[u8], depth: usize) -> Vec<u8> {
        let mut resolved = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let Some(length) = reference(&bytes[at..]) else {
                resolved.push(bytes[at]);
                at += 1;
                continue;
            };
            let whole = &bytes[at..at + length];
            match self.value(text, name(whole)).filter(|_| depth < 4) {
                Some(value) => resolved.extend(self.resolve(text, &text[value], depth + 1)),
                None => resolved.extend_from_slice(whole),
            }
            at += length;
        }
        resolved
    }
}

/// How long the `{{…}}` is that `bytes` begin with.
pub(super) fn reference(bytes: &[u8]) -> Option<usize> {
    let inner = bytes.strip_prefix(b"{{")?;
    let close = memchr::memmem::find(inner, b"}}")?;
    let line = memchr::memchr(b'\n', inner).unwrap_or(inner.len());
    (close < line).then_some(close + 4)
}

/// The name in a `{{…}}`: `{{$processEnv NAME}}` and `{{$dotenv NAME}}` take it from elsewhere.
pub(super) fn name(reference: &[u8]) -> &[u8] {
    let inner = reference.get(2..reference.len().saturating_sub(2)).unwrap_or_default();
    let inner = inner.trim_ascii();
    if inner.starts_with(b"$") {
        let last = inner.rsplit(|b| b.is_ascii_whitespace() || *b == b'.').next();
        return last.unwrap_or(inner).trim_ascii_start();
    }
    inner
}

/// The words of a header's value, a `{{…}}` in one piece.
pub(super) fn words(text: &[u8], value: Piece) -> Vec<Piece> {
    let mut words: Vec<Piece> = Vec::new();
    let mut at = value.start;
    let mut open: Option<usize> = None;
    while at < value.end {
        if text[at].is_ascii_whitespace() {
            words.extend(open.take().map(|start| start..at));
            at += 1;
            continue;
        }
        open.get_or_insert(at);
        at += reference(&text[at..value.end]).unwrap_or(1);
    }
    words.extend(open.map(|start| start..value.end));
    words
}

/// The first colon of a word that is not in a `{{…}}`.
pub(super) fn colon(text: &[u8], word: &Piece) -> Option<usize> {
    let mut at = word.start;
    while at < word.end {
        if text[at] == b':' {
            return Some(at);
        }
        at += reference(&text[at..word.end]).unwrap_or(1);
    }
    None
}

fn trim(text: &[u8], range: Piece) -> Piece {
    let bytes = &text[range.clone()];
    let start = range.start + (bytes.len() - bytes.trim_ascii_start().len());
    start..(start + bytes.trim_ascii().len()).max(start)
}

fn uncommented(text: &[u8], line: Piece) -> Piece {
    let bytes = &text[line.clone()];
    let mark = match bytes {
        [b'/', b'/', ..] => 2,
        [b'#', ..] => 1,
        _ => 0,
    };
    trim(text, line.start + mark..line.end)
}

fn variable(text: &[u8], line: Piece) -> Option<(Piece, Piece)> {
    let bytes = &text[line.clone()];
    if !bytes.starts_with(b"@") {
        return None;
    }
    let equals = memchr::memchr(b'=', bytes)?;
    let name = trim(text, line.start + 1..line.start + equals);
    let word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    (!name.is_empty() && text[name.clone()].iter().all(word))
        .then(|| (name, trim(text, line.start + equals + 1..line.end)))
}

fn request(text: &[u8], line: Piece) -> Option<Request> {
    const METHODS: &[&[u8]] = &[b"GET", b"POST", b"PUT", b"PATCH", b"DELETE", b"HEAD", b"OPTIONS"];
    let words = words(text, line);
    let (first, rest) = words.split_first()?;
    let method = METHODS.iter().find(|method| text[first.clone()] == ***method);
    let url = if method.is_some() { rest.first()? } else { first };
    let bytes = &text[url.clone()];
    let scheme = [&b"http://"[..], b"https://"].iter().any(|scheme| {
        bytes.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    });
    (method.is_some() || scheme).then(|| Request {
        method: String::from_utf8_lossy(method.unwrap_or(&METHODS[0])).into_owned(),
        url: url.clone(),
        headers: Vec::new(),
    })
}

fn header(text: &[u8], line: Piece) -> Option<(Piece, Piece)> {
    let colon = memchr::memchr(b':', &text[line.clone()])?;
    let name = line.start..line.start + colon;
    let word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    (colon > 0 && text[name.clone()].iter().all(word))
        .then(|| (name, trim(text, line.start + colon + 1..line.end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_and_variables() {
        let text = b"@host = https://api.bitbucket.org\n# a comment\n\nGET {{ host }}/2.0/user HTTP/1.1\n    ?page=2\nAccept: */*\n#Authorization: Basic a b\n\n{\"Authorization\": 1}\nX: y\n### next\nhttps://x.org\nA: b\n";
        let file = File::read(text);
        let said = |range: &Piece| String::from_utf8_lossy(&text[range.clone()]).into_owned();
        let [one, two] = &file.requests[..] else { panic!("{file:?}") };
        assert_eq!((one.method.as_str(), said(&one.url)), ("GET", "{{ host }}/2.0/user".into()));
        let headers: Vec<_> = one.headers.iter().map(|(n, v)| (said(n), said(v))).collect();
        assert_eq!(
            headers,
            [("Accept".into(), "*/*".into()), ("Authorization".into(), "Basic a b".into())]
        );
        assert_eq!((two.method.as_str(), said(&two.url)), ("GET", "https://x.org".into()));
        let url = file.resolve(text, b"{{ host }}/{{x}}", 0);
        assert_eq!(url, b"https://api.bitbucket.org/{{x}}");
    }

    #[test]
    fn names_and_words() {
        assert_eq!(name(b"{{ a }}"), b"a");
        assert_eq!(name(b"{{$processEnv BB_PW}}"), b"BB_PW");
        assert_eq!(name(b"{{$dotenv %BB_PW}}"), b"%BB_PW");
        assert_eq!(name(b"{{$env.BB_PW}}"), b"BB_PW");
        let text = b"Basic {{ a b }}  c:{{d:e}}";
        let found = words(text, 0..text.len());
        assert_eq!(found, [0..5, 6..15, 17..26]);
        assert_eq!(colon(text, &found[2]), Some(18));
        assert_eq!(colon(text, &found[1]), None);
    }

    #[test]
    fn a_variable_of_itself_ends() {
        let text = b"@a = {{b}}\n@b = {{a}}\n";
        let file = File::read(text);
        assert!(file.resolve(text, b"{{a}}", 0).starts_with(b"{{"));
    }
}
