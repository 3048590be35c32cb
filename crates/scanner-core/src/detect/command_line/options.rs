//! What the words of a command say: its URLs, its method, its credentials.

use std::ops::Range;

use super::Tool;
use super::lexer::Word;

/// An argument and the option that it belongs to.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    /// What it says.
    pub(super) word: Word,
    /// From the option to its last byte.
    pub(super) range: Range<usize>,
}

/// What a command is told of credentials.
#[derive(Clone, Debug)]
pub(super) enum Credential {
    /// `user:secret`
    Pair(Argument),
    /// Each in an option of its own.
    Apart { user: Option<Argument>, secret: Argument },
    /// A header, name and value.
    Header(Argument),
    /// A token for `Authorization: Bearer`.
    Bearer(Argument),
}

/// One request.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    pub(super) urls: Vec<Word>,
    method: Option<String>,
    body: bool,
    upload: bool,
    get: bool,
    pub(super) credentials: Vec<Credential>,
}

impl Request {
    pub(super) fn method(&self) -> &str {
        match &self.method {
            Some(method) => method,
            None if self.get => "GET",
            None if self.upload => "PUT",
            None if self.body => "POST",
            None => "GET",
        }
    }
}

/// What the words after the name of the tool say.
pub(super) fn read(tool: Tool, words: &[Word]) -> Vec<Request> {
    match tool {
        Tool::Curl => curl(words),
        Tool::Wget => vec![wget(words)],
        Tool::Httpie => vec![httpie(words)],
    }
}

/// Short options of curl that take an argument.
const CURL_SHORT: &[u8] = b"AbcCdDeEFhHKmoPQrtTuUwxXyYz";

/// Long options of curl that take none, so that the next word is a URL or another option.
const CURL_FLAGS: &[&str] = &[
    "anyauth",
    "append",
    "basic",
    "compressed",
    "compressed-ssh",
    "create-dirs",
    "crlf",
    "digest",
    "disable",
    "disable-eprt",
    "disable-epsv",
    "fail",
    "fail-early",
    "fail-with-body",
    "false-start",
    "form-escape",
    "get",
    "globoff",
    "head",
    "http0.9",
    "http1.0",
    "http1.1",
    "http2",
    "http2-prior-knowledge",
    "http3",
    "http3-only",
    "ignore-content-length",
    "include",
    "insecure",
    "ipv4",
    "ipv6",
    "junk-session-cookies",
    "list-only",
    "location",
    "location-trusted",
    "negotiate",
    "netrc",
    "netrc-optional",
    "next",
    "no-alpn",
    "no-buffer",
    "no-clobber",
    "no-keepalive",
    "no-progress-meter",
    "no-sessionid",
    "ntlm",
    "parallel",
    "parallel-immediate",
    "path-as-is",
    "post301",
    "post302",
    "post303",
    "progress-bar",
    "raw",
    "remote-header-name",
    "remote-name",
    "remote-name-all",
    "remote-time",
    "retry-all-errors",
    "retry-connrefused",
    "show-error",
    "silent",
    "ssl",
    "ssl-no-revoke",
    "ssl-reqd",
    "sslv2",
    "sslv3",
    "styled-output",
    "tcp-fastopen",
    "tcp-nodelay",
    "tlsv1",
    "tlsv1.0",
    "tlsv1.1",
    "tlsv1.2",
    "tlsv1.3",
    "tr-encoding",
    "use-ascii",
    "verbose",
    "xattr",
];

fn curl(words: &[Word]) -> Vec<Request> {
    let mut all = Vec::new();
    let mut request = Request::default();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        let bytes = &word.bytes[..];
        if let Some(long) = bytes.strip_prefix(b"--") {
            if long == b"next" {
                all.push(std::mem::take(&mut request));
                continue;
            }
            let name = String::from_utf8_lossy(long).into_owned();
            if let Some((name, _)) = name.split_once('=') {
                // curl itself does not know this form.
                request.curl_option(name, argument(word, word.tail(name.len() + 3)));
            } else if !CURL_FLAGS.contains(&&*name) && !name.starts_with("no-") {
                let Some(next) = words.get(at) else { break };
                at += 1;
                request.curl_option(&name, argument(word, next.clone()));
            } else {
                request.curl_flag(&name);
            }
        } else if bytes.len() > 1 && bytes[0] == b'-' {
            let option = (1..bytes.len()).find(|i| CURL_SHORT.contains(&bytes[*i]));
            for flag in &bytes[1..option.unwrap_or(bytes.len())] {
                match flag {
                    b'G' => request.curl_flag("get"),
                    b'I' => request.curl_flag("head"),
                    _ => {}
                }
            }
            let Some(option) = option else { continue };
            let value = if option + 1 < bytes.len() {
                word.tail(option + 1)
            } else {
                let Some(next) = words.get(at) else { break };
                at += 1;
                next.clone()
            };
            let name = match bytes[option] {
                b'u' => "user",
                b'H' => "header",
                b'X' => "request",
                b'd' => "data",
                b'F' => "form",
                b'T' => "upload-file",
                _ => continue,
            };
            request.curl_option(name, argument(word, value));
        } else {
            request.urls.push(word.clone());
        }
    }
    all.push(request);
    all
}

/// From the option's word to the end of its argument.
pub(super) fn argument(option: &Word, word: Word) -> Argument {
    Argument { range: option.raw.start..word.raw.end.max(option.raw.start), word }
}

impl Request {
    fn curl_flag(&mut self, name: &str) {
        match name {
            "get" => self.get = true,
            "head" => self.method = Some("HEAD".to_owned()),
            _ => {}
        }
    }

    fn curl_option(&mut self, name: &str, argument: Argument) {
        match name {
            "user" => self.credentials.push(Credential::Pair(argument)),
            "header" => self.credentials.push(Credential::Header(argument)),
            "oauth2-bearer" => self.credentials.push(Credential::Bearer(argument)),
            "url" => self.urls.push(argument.word),
            "request" => self.named(&argument.word),
            "upload-file" => self.upload = true,
            "json" | "form" | "form-string" | "url-query" => self.body = name != "url-query",
            _ if name.starts_with("data") => self.body = true,
            _ => {}
        }
    }

    fn named(&mut self, word: &Word) {
        let method = String::from_utf8_lossy(&word.bytes).to_ascii_uppercase();
        if !method.is_empty() && method.bytes().all(|b| b.is_ascii_uppercase()) {
            self.method = Some(method);
        }
    }
}

/// Long options of wget that take an argument and matter here.
const WGET_KNOWN: &[&str] = &[
    "user",
    "http-user",
    "password",
    "http-password",
    "http-passwd",
    "header",
    "method",
    "post-data",
    "post-file",
    "body-data",
    "body-file",
    "output-document",
    "output-file",
];

fn wget(words: &[Word]) -> Request {
    let mut request = Request::default();
    let (mut user, mut secret) = (None, None);
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        let bytes = &word.bytes[..];
        let Some(long) = bytes.strip_prefix(b"--") else {
            if bytes.first() != Some(&b'-') {
                request.urls.push(word.clone());
            } else if bytes.len() == 2 && b"oOaeitwTQPUADIXlBnjR".contains(&bytes[1]) {
                at += 1;
            }
            continue;
        };
        let name = String::from_utf8_lossy(long).into_owned();
        let (name, value) = match name.split_once('=') {
            Some((name, _)) => (name.to_owned(), Some(word.tail(name.len() + 3))),
            None => (name, None),
        };
        if !WGET_KNOWN.contains(&&*name) {
            continue;
        }
        let value = value.or_else(|| {
            at += 1;
            words.get(at - 1).cloned()
        });
        let Some(value) = value else { break };
        let argument = argument(word, value);
        match &*name {
            "user" | "http-user" => user = Some(argument),
            "password" | "http-password" | "http-passwd" => secret = Some(argument),
            "header" => request.credentials.push(Credential::Header(argument)),
            "method" => request.named(&argument.word),
            "post-data" | "post-file" | "body-data" | "body-file" => request.body = true,
            _ => {}
        }
    }
    if let Some(secret) = secret {
        request.credentials.push(Credential::Apart { user, secret });
    }
    request
}

fn httpie(words: &[Word]) -> Request {
    let mut request = Request::default();
    let mut bearer = false;
    let mut auth = None;
    let mut at = 0;
    while let Some(word) = words.get(at) {
        at += 1;
        let bytes = &word.bytes[..];
        let text = String::from_utf8_lossy(bytes).into_owned();
        let mut value = |start: Option<usize>| {
            if let Some(start) = start {
                return Some(word.tail(start));
            }
            at += 1;
            words.get(at - 1).cloned()
        };
        let (name, start) = match text.split_once('=') {
            Some((name, _)) if name.starts_with("--") => (name.to_owned(), Some(name.len() + 1)),
            _ => (text.clone(), None),
        };
        match &*name {
            "-a" | "--auth" => auth = value(start).map(|value| argument(word, value)),
            "-A" | "--auth-type" => {
                bearer = value(start).is_some_and(|value| value.bytes == b"bearer");
            }
            "-o" | "--output" | "--print" | "-p" | "--session" | "--timeout" | "--verify"
            | "--pretty" | "-s" | "--style" => drop(value(start)),
            _ if bytes.starts_with(b"-a") && bytes.len() > 2 && bytes[1] != b'-' => {
                auth = value(Some(2)).map(|value| argument(word, value));
            }
            _ if bytes.starts_with(b"-") => {}
            _ if request.urls.is_empty()
                && request.method.is_none()
                && !bytes.is_empty()
                && bytes.iter().all(u8::is_ascii_uppercase) =>
            {
                request.named(word);
            }
            _ if request.urls.is_empty() => request.urls.push(word.clone()),
            _ if text.get(..14).is_some_and(|head| head.eq_ignore_ascii_case("authorization:")) => {
                request.credentials.push(Credential::Header(argument(word, word.clone())));
            }
            _ if text.contains('=') && !text.contains("==") => request.body = true,
            _ => {}
        }
    }
    if let Some(auth) = auth {
        request.credentials.push(if bearer {
            Credential::Bearer(auth)
        } else {
            Credential::Pair(auth)
        });
    }
    request
}
