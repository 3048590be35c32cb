//! Finds URLs with user info for a host of Bitbucket Cloud in any text, as written: percent-encoded,
//! JSON-escaped, with variables of any syntax in it.
//!
//! The search goes by `@host`, the rarest part, then parses by hand around it.

mod group;

use std::ops::Range;
use std::sync::LazyLock;

use percent_encoding::percent_decode;
use regex::bytes::Regex;

use crate::bitbucket::Host;
use crate::settings::Settings;

/// No user info is longer: two API tokens of the greatest length, percent-encoded.
const MAX_USERINFO: usize = 4096;
/// No path is followed further.
const MAX_PATH: usize = 4096;

/// One URL with user info, as ranges of the text that it was found in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CredentialUrl {
    /// Which of Bitbucket's hosts.
    pub(crate) host: Host,
    /// From the scheme to the last byte.
    pub(crate) url: Range<usize>,
    /// The scheme with `://` or its escaped form.
    pub(crate) scheme: Range<usize>,
    /// Between the scheme and the `@`.
    pub(crate) userinfo: Range<usize>,
    /// Before the first `:` of the user info.
    pub(crate) username: Range<usize>,
    /// After it; `None` without a colon.
    pub(crate) secret: Option<Range<usize>>,
    /// The host without port.
    pub(crate) host_range: Range<usize>,
    /// After host and port, up to the end.
    pub(crate) path: Range<usize>,
}

impl CredentialUrl {
    /// The path without query, fragment and JSON's escapes, from its `/`.
    pub(crate) fn clean_path(&self, text: &[u8]) -> Vec<u8> {
        let path = &text[self.path.clone()];
        let end = memchr::memchr2(b'?', b'#', path).unwrap_or(path.len());
        path[..end].iter().copied().filter(|&b| b != b'\\').collect()
    }

    /// Host in lower case and path: what the URL is called whoever the user is.
    pub(crate) fn identity(&self, text: &[u8]) -> String {
        let host = text[self.host_range.clone()].to_ascii_lowercase();
        let path = self.clean_path(text);
        // A path is no place for a secret; whoever put one there must not see it in a report.
        let path: &[u8] = if path.contains(&b'@') { b"" } else { &path };
        format!("{}{}", String::from_utf8_lossy(&host), String::from_utf8_lossy(path))
    }
}

/// Every URL with user info for a host of Bitbucket Cloud in `text`, in order.
pub(crate) fn credential_urls<'t>(
    text: &'t [u8],
    settings: &'t Settings,
) -> impl Iterator<Item = CredentialUrl> + 't {
    static AT_HOST: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?i-u)@(?:www\.|api\.)?bitbucket\.org").ok());
    settings
        .at_host()
        .or(AT_HOST.as_ref())
        .into_iter()
        .flat_map(move |regex| regex.find_iter(text))
        .filter_map(move |at| parse_around(text, at.start(), at.end(), settings))
}

/// The secrets of the URLs with user info for any host, as written.
pub(crate) fn userinfo_secrets(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    static SECRET: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"(?-u)://[^\s/:@]*:([^\s/]+)@").ok());
    SECRET
        .iter()
        .flat_map(move |regex| regex.captures_iter(text))
        .filter_map(|captures| captures.get(1).map(|secret| secret.range()))
}

/// The bytes for which `%XX` and XML's `&amp;` stand. A bad escape is taken as written.
pub(crate) fn decode(raw: &[u8]) -> Vec<u8> {
    let decoded: Vec<u8> = percent_decode(raw).collect();
    if memchr::memmem::find(&decoded, b"&amp;").is_some() {
        bstr::ByteSlice::replace(decoded.as_slice(), "&amp;", "&")
    } else {
        decoded
    }
}

/// Parses the URL whose `@` is at `at` and whose host ends at `host_end`.
fn parse_around(
    text: &[u8],
    at: usize,
    host_end: usize,
    settings: &Settings,
) -> Option<CredentialUrl> {
    let host_range = host_range(text, at + 1, host_end)?;
    let host = settings.host(&text[host_range.clone()])?;
    let (scheme, userinfo, colon) = userinfo_before(text, at)?;
    let path_start = after_port(text, host_range.end)?;
    let end = url_end(text, path_start);
    let (username, secret) = match colon {
        Some((colon, after)) => (userinfo.start..colon, Some(after..userinfo.end)),
        None => (userinfo.clone(), None),
    };
    Some(CredentialUrl {
        host,
        url: scheme.start..end,
        scheme,
        userinfo,
        username,
        secret,
        host_range,
        path: path_start..end,
    })
}

/// The host's range, with the final dot of a full name; `None` where the name goes on, as in
/// `bitbucket.org.evil.com`.
fn host_range(text: &[u8], start: usize, end: usize) -> Option<Range<usize>> {
    match *text.get(end).unwrap_or(&b' ') {
        b'-' | b'_' | b'@' => None,
        b if b.is_ascii_alphanumeric() => None,
        b'.' => match text.get(end + 1) {
            // `bitbucket.org./team`; a dot before anything else ends a sentence.
            Some(b'/' | b':') => Some(start..end + 1),
            Some(b'-' | b'_' | b'@') => None,
            Some(b) if b.is_ascii_alphanumeric() || *b >= 0x80 => None,
            _ => Some(start..end),
        },
        // An encoded dot or letter continues the name, an encoded delimiter does not.
        b'%' => {
            let next = percent_decode(&text[end..text.len().min(end + 3)]).next()?;
            (!(next.is_ascii_alphanumeric() || b"%.-_@".contains(&next) || next >= 0x80))
                .then_some(start..end)
        }
        0x80.. => {
            let (next, _) = bstr::decode_utf8(&text[end..]);
            (!next.is_some_and(char::is_alphanumeric)).then_some(start..end)
        }
        _ => Some(start..end),
    }
}

/// Where the path begins after an optional port; `None` if an `@` further on makes what looks like
/// the host part of the user info.
fn after_port(text: &[u8], host_end: usize) -> Option<usize> {
    let mut path = host_end;
    if text.get(path) == Some(&b':') {
        let digits = text[path + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits > 0 {
            path += 1 + digits;
        }
    }
    let mut i = path;
    while let Some(&b) = text.get(i) {
        if b == b'@' {
            return None;
        }
        if i - path > MAX_USERINFO || ends_authority(b) {
            break;
        }
        i = group::end(text, i, text.len()).unwrap_or(i + 1);
    }
    Some(path)
}

/// Scheme, user info and the separating colon (where it begins and where the secret begins) of a URL
/// whose last `@` is at `at`.
type Front = (Range<usize>, Range<usize>, Option<(usize, usize)>);

fn userinfo_before(text: &[u8], at: usize) -> Option<Front> {
    // `git@bitbucket.org:`, by far the most frequent, has no secret.
    if text[..at].ends_with(b"git")
        && at.checked_sub(4).is_none_or(|i| b" \"'/=".contains(&text[i]))
    {
        return None;
    }
    let end = joint_before(text, at);
    let floor = floor(text, at);
    let (colon, start) = memchr::memrchr_iter(b':', &text[floor..end])
        .find_map(|i| Some((floor + i, slashes_end(text, floor + i + 1, end)?)))?;
    let scheme_start = scheme_start(text, floor, colon)?;

    let mut separator = None;
    let mut i = start;
    while i < end {
        if let Some(past) = group::end(text, i, end) {
            i = past;
            continue;
        }
        match text[i] {
            b':' => {
                separator.get_or_insert((i, i + 1));
            }
            // Java properties escape colon and equals sign, PowerShell the colon after a variable.
            b'\\' | b'`' if matches!(text.get(i + 1), Some(b':' | b'=')) => {
                if text[i + 1] == b':' {
                    separator.get_or_insert((i, i + 2));
                }
                i += 1;
            }
            b'&' if text[i..end].starts_with(b"&amp;") => i += b"amp;".len(),
            b if ends_authority(b) => return None,
            _ => {}
        }
        i += 1;
    }
    // A group may not reach over the `@`.
    (i == end).then_some((scheme_start..start, start..end, separator))
}

/// Where the user info before the `@` at `at` ends: before the backslash that Perl writes in a string,
/// or at the end of the string before, where strings stand side by side (`f"…" f"@bitbucket.org"`).
fn joint_before(text: &[u8], at: usize) -> usize {
    const QUOTES: &[u8] = b"\"'`";
    let before = &text[..at];
    let Some(rest) = before.strip_suffix(b"\\") else {
        let Some((quote, rest)) = before.split_last() else { return at };
        if !QUOTES.contains(quote) {
            return at;
        }
        let prefix = rest.iter().rev().take_while(|b| b"fFrRbBuU".contains(b)).count();
        let rest = rest[..rest.len() - prefix.min(2)].trim_ascii_end();
        let rest = rest.strip_suffix(b"\\").unwrap_or(rest).trim_ascii_end();
        let operator = rest.iter().rev().take_while(|b| b"+.&~".contains(b)).count();
        let rest = rest[..rest.len() - operator].trim_ascii_end();
        return match rest.split_last() {
            Some((quote, rest)) if QUOTES.contains(quote) => rest.len(),
            _ => at,
        };
    };
    rest.len()
}

/// How far back the user info before `at` may reach: the line, or some lines where the `@` begins a
/// string that others are joined to.
fn floor(text: &[u8], at: usize) -> usize {
    let floor = at.saturating_sub(MAX_USERINFO);
    let lines = if at > 0 && b"\"'`".contains(&text[at - 1]) { 3 } else { 0 };
    let newline = memchr::memrchr_iter(b'\n', &text[floor..at]).nth(lines);
    newline.map_or(floor, |i| floor + i + 1)
}

/// The end of `//` at `i`, each slash with any number of backslashes before it (JSON in JSON).
fn slashes_end(text: &[u8], mut i: usize, end: usize) -> Option<usize> {
    for _ in 0..2 {
        while i < end && text[i] == b'\\' {
            i += 1;
        }
        if i >= end || text[i] != b'/' {
            return None;
        }
        i += 1;
    }
    Some(i)
}

/// Where a scheme begins that ends before the colon at `colon`: `http`, `https`, with prefixes such
/// as `git+` and `git::`. Letters glued to it (`\nhttps`) are not part of it.
fn scheme_start(text: &[u8], floor: usize, colon: usize) -> Option<usize> {
    let before = &text[floor..colon];
    // Java properties: `https\://`.
    let before = before.strip_suffix(b"\\").unwrap_or(before);
    let ends = |word: &[u8]| {
        before
            .len()
            .checked_sub(word.len())
            .filter(|&i| before[i..].eq_ignore_ascii_case(word))
            .map(|i| floor + i)
    };
    let mut start = ends(b"https").or_else(|| ends(b"http"))?;
    let prefix = text[floor..start]
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_alphanumeric() || b"+:".contains(b))
        .count();
    let prefix = &text[start - prefix..start];
    if let Some(joint) = prefix.strip_suffix(b"+").or_else(|| prefix.strip_suffix(b"::")) {
        let word = joint.iter().rev().take_while(|b| b.is_ascii_alphabetic()).count();
        if word > 0 {
            start -= prefix.len() - joint.len() + word;
        }
    }
    Some(start)
}

/// Whether a byte cannot be part of user info, host and port.
fn ends_authority(b: u8) -> bool {
    b <= b' ' || b == 0x7F || b"/?#\"'`<>\\|()[]{},;".contains(&b)
}

/// Where the URL ends whose path begins at `start`.
fn url_end(text: &[u8], start: usize) -> usize {
    let limit = text.len().min(start + MAX_PATH);
    if !text.get(start).is_some_and(|b| b"/?#\\$:{%".contains(b)) {
        return start;
    }
    let (mut i, mut in_query) = (start, false);
    let mut open = Vec::new();
    while i < limit {
        if let Some(past) = group::end(text, i, limit).filter(|_| text[i] != b'<') {
            i = past;
            continue;
        }
        let b = text[i];
        match b {
            b'?' => in_query = true,
            b'\\' if slash_follows(text, i) => {}
            b',' if in_query => {}
            b'(' => open.push(b')'),
            b')' if open.pop() == Some(b')') => {}
            b'&' if text[i..limit].starts_with(b"&amp;") => i += b"amp;".len(),
            b'&' if ends_as_entity(&text[i..]) => break,
            b'/' | b'#' => {}
            0x80.. => break,
            b if ends_authority(b) => break,
            _ => {}
        }
        i += 1;
    }
    // Punctuation at the end belongs to the sentence.
    let trailing = text[start..i].iter().rev().take_while(|b| b".,:;!?*~^&=".contains(b)).count();
    let mut end = i - trailing;
    // The key that follows the URL in `git config url.https://….insteadOf`.
    for key in [&b".pushInsteadOf"[..], b".insteadOf", b".extraHeader"] {
        let at = end.saturating_sub(key.len()).max(start);
        if text[at..end].eq_ignore_ascii_case(key) {
            end = at;
        }
    }
    if !open.is_empty() {
        // An unclosed parenthesis is not part of a path.
        end = text[start..end].iter().position(|&b| b == b'(').map_or(end, |at| start + at);
    }
    end
}

fn slash_follows(text: &[u8], i: usize) -> bool {
    text[i..].iter().find(|&&b| b != b'\\') == Some(&b'/')
}

/// Whether an entity stands here that is a delimiter of markup: `&quot;`, `&lt;` and their like.
fn ends_as_entity(text: &[u8]) -> bool {
    [&b"&quot;"[..], b"&lt;", b"&gt;", b"&apos;", b"&nbsp;", b"&#"]
        .iter()
        .any(|entity| text.starts_with(entity))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `scheme|username|secret|host|path` of each URL found; `-` for no secret field.
    fn found(text: &str) -> Vec<String> {
        let bytes = text.as_bytes();
        let show =
            |range: &Range<usize>| String::from_utf8_lossy(&bytes[range.clone()]).into_owned();
        credential_urls(bytes, Settings::none())
            .map(|url| {
                assert_eq!(url.url, url.scheme.start..url.path.end);
                [
                    show(&url.scheme),
                    show(&url.username),
                    url.secret.as_ref().map_or("-".into(), show),
                    show(&url.host_range),
                    show(&url.path),
                ]
                .join("|")
            })
            .collect()
    }

    #[test]
    fn forms() {
        for (text, expected) in [
            ("https://u:p@bitbucket.org/t/r.git", "https://|u|p|bitbucket.org|/t/r.git"),
            ("HTTPS://u:p@BitBucket.ORG/t/r", "HTTPS://|u|p|BitBucket.ORG|/t/r"),
            ("http://u:p@www.bitbucket.org", "http://|u|p|www.bitbucket.org|"),
            (
                "git+https://u:p@bitbucket.org/t/r@v1#egg=x",
                "git+https://|u|p|bitbucket.org|/t/r@v1#egg=x",
            ),
            (
                "git::https://u:p@bitbucket.org/t/r?ref=v1",
                "git::https://|u|p|bitbucket.org|/t/r?ref=v1",
            ),
            ("hg+http://u:p@bitbucket.org/t/r", "hg+http://|u|p|bitbucket.org|/t/r"),
            ("scm:git:https://u:p@bitbucket.org/t/r", "https://|u|p|bitbucket.org|/t/r"),
            ("https://u:p@api.bitbucket.org:443/2.0/x,", "https://|u|p|api.bitbucket.org|/2.0/x"),
            ("https://me@x.com:p@bitbucket.org/t/r", "https://|me@x.com|..|bitbucket.org|/t/r"),
            (
                "https://me%40x.com:p%2Bq@bitbucket.org/",
                "https://|me%40x.com|p%2Bq|bitbucket.org|/",
            ),
            (r"https:\/\/u:p@bitbucket.org\/t\/r", r"https:\/\/|u|p|bitbucket.org|\/t\/r"),
            (
                r#""a\nhttps:\\/\\/u:p@bitbucket.org\\/t\\/r\"""#,
                r"https:\\/\\/|u|p|bitbucket.org|\\/t\\/r",
            ),
            (r"url=https\://u\:p@bitbucket.org/t/r", r"https\://|u|p|bitbucket.org|/t/r"),
            (r#""https://u:p\@bitbucket.org/t""#, "https://|u|p|bitbucket.org|/t"),
            ("https://u@bitbucket.org/t/r", "https://|u|-|bitbucket.org|/t/r"),
            ("https://u:@bitbucket.org/t/r", "https://|u||bitbucket.org|/t/r"),
            ("https://:p@bitbucket.org/t/r", "https://||p|bitbucket.org|/t/r"),
            ("https://@bitbucket.org/t/r", "https://||-|bitbucket.org|/t/r"),
            ("(https://u:p@bitbucket.org/t/r)", "https://|u|p|bitbucket.org|/t/r"),
            ("[x](https://u:p@bitbucket.org/t/r_(1)).", "https://|u|p|bitbucket.org|/t/r_(1)"),
            ("<https://u:p@bitbucket.org/t/r>", "https://|u|p|bitbucket.org|/t/r"),
            ("**https://u:p@bitbucket.org/t/r**", "https://|u|p|bitbucket.org|/t/r"),
            ("'https://u:p@bitbucket.org/t/r',", "https://|u|p|bitbucket.org|/t/r"),
            ("See https://u:p@bitbucket.org. Then", "https://|u|p|bitbucket.org|"),
            ("https://u:p@bitbucket.org./t", "https://|u|p|bitbucket.org.|/t"),
            (
                "<a>https://u:p@bitbucket.org/t?a=1&amp;b=2</a>",
                "https://|u|p|bitbucket.org|/t?a=1&amp;b=2",
            ),
            ("x=&quot;https://u:p@bitbucket.org/t&quot;", "https://|u|p|bitbucket.org|/t"),
            ("https://u:p@bitbucket.org:t/r.git", "https://|u|p|bitbucket.org|:t/r.git"),
            ("“https://u:p@bitbucket.org/t”", "https://|u|p|bitbucket.org|/t"),
            ("https://u:p@bitbucket.org。", "https://|u|p|bitbucket.org|"),
            ("u=https://a.b/?r=https://u:p@bitbucket.org%2Ft", "https://|u|p|bitbucket.org|%2Ft"),
            (
                "https://${U}:${P:-a/b@c}@bitbucket.org/${R}.git",
                "https://|${U}|${P:-a/b@c}|bitbucket.org|/${R}.git",
            ),
            (
                "https://${{ vars.U }}:${{ secrets.P }}@bitbucket.org/${{ x.y }}",
                "https://|${{ vars.U }}|${{ secrets.P }}|bitbucket.org|/${{ x.y }}",
            ),
            ("https://$U:$P@bitbucket.org$R", "https://|$U|$P|bitbucket.org|$R"),
            ("https://$(U):$$(P)@bitbucket.org/t", "https://|$(U)|$$(P)|bitbucket.org|/t"),
            ("https://%U%:%P%@bitbucket.org/%R%", "https://|%U%|%P%|bitbucket.org|/%R%"),
            ("https://$env:U:$env:P@bitbucket.org/t", "https://|$env:U|$env:P|bitbucket.org|/t"),
            (
                "https://${env:U}:$($env:P)@bitbucket.org/t",
                "https://|${env:U}|$($env:P)|bitbucket.org|/t",
            ),
            (
                "https://{{ user }}:{{ pass | urlencode }}@bitbucket.org/t",
                "https://|{{ user }}|{{ pass | urlencode }}|bitbucket.org|/t",
            ),
            (
                "https://#{u}:#{ENV['P']}@bitbucket.org/t",
                "https://|#{u}|#{ENV['P']}|bitbucket.org|/t",
            ),
            (
                "https://<%= u %>:<%= p %>@bitbucket.org/t",
                "https://|<%= u %>|<%= p %>|bitbucket.org|/t",
            ),
            (
                "https://<user name>:<app password>@bitbucket.org/t",
                "https://|<user name>|<app password>|bitbucket.org|/t",
            ),
            ("https://{}:{}@bitbucket.org/{}", "https://|{}|{}|bitbucket.org|/{}"),
            ("https://%s:%s@bitbucket.org/%s", "https://|%s|%s|bitbucket.org|/%s"),
            ("https://%(u)s:%(p)s@bitbucket.org/", "https://|%(u)s|%(p)s|bitbucket.org|/"),
            (r"https://\(u):\(p)@bitbucket.org/t", r"https://|\(u)|\(p)|bitbucket.org|/t"),
            ("https://u:p@bitbucket.org... and", "https://|u|p|bitbucket.org|"),
            (
                "git config url.https://u:p@bitbucket.org/.insteadOf x",
                "https://|u|p|bitbucket.org|/",
            ),
            ("https://u:p&amp;q@bitbucket.org/t", "https://|u|p&amp;q|bitbucket.org|/t"),
            ("https://$u`:$p@bitbucket.org/t", "https://|$u|$p|bitbucket.org|/t"),
            ("https://u:$(cat ~/.p)@bitbucket.org/t", "https://|u|$(cat ~/.p)|bitbucket.org|/t"),
            (
                r#""https://"$U":"${P}"@bitbucket.org/"$R".git""#,
                r#"https://|"$U"|"${P}"|bitbucket.org|/"$R".git"#,
            ),
            (
                "f\"https://{u}:{p}\"\n    f\"@bitbucket.org/{r}\"",
                "https://|{u}|{p}|bitbucket.org|/{r}",
            ),
            (
                "'https://' . enc($u) . ':' . enc($p['x'])\n  . '@api.bitbucket.org/1.0'",
                "https://|' . enc($u) . '|' . enc($p['x'])\n  . '|api.bitbucket.org|/1.0",
            ),
            ("\"https://\"+cred+\"@bitbucket.org/\"", "https://|\"+cred+\"|-|bitbucket.org|/"),
            (r"https://u:\${P}@bitbucket.org/t", r"https://|u|\${P}|bitbucket.org|/t"),
            (
                r#""https://" + user + ":" + encode(pass, "x") + "@bitbucket.org/" + repo"#,
                r#"https://|" + user + "|" + encode(pass, "x") + "|bitbucket.org|/"#,
            ),
            (
                "'https://'.$user.':'.$this->pass.'@bitbucket.org/t'",
                "https://|'.$user.'|'.$this->pass.'|bitbucket.org|/t",
            ),
        ] {
            let expected = expected.replace("..", "p");
            assert_eq!(found(text), [expected], "{text}");
        }
    }

    #[test]
    fn no_forms() {
        for text in [
            "git@bitbucket.org:t/r.git",
            "ssh://git@bitbucket.org/t/r.git",
            "git+ssh://u:p@bitbucket.org/t/r",
            "https://bitbucket.org/t/r",
            "https://u:p@bitbucket.org.evil.com/t",
            "https://u:p@bitbucket.org@evil.com/t",
            "https://u:p@bitbucket.org:x@evil.com/t",
            "https://u:p@notbitbucket.org/t",
            "https://u:p@bitbucket.organic/t",
            "https://u:p@bitbucket.org-x.com/t",
            "https://u:p@bitbucket.org_x/t",
            "https://u:p@bitbucket.orgé.com/t",
            "https://u:p@bitbucket.org%2Eevil.com/t",
            "https://u:p@altssh.bitbucket.org:443/t",
            "https://u:p@git.bitbucket.org/t",
            "https://u:p@bitbucket.example.com/t",
            "https://example.com/u:p@bitbucket.org/t",
            "https://example.com u:p@bitbucket.org/t",
            "https://example.com\nu:p@bitbucket.org/t",
            "https://example.com, me@bitbucket.org",
            "mailto:support@bitbucket.org",
            "u:p@bitbucket.org/t",
            "ftp://u:p@bitbucket.org/",
            "://u:p@bitbucket.org/",
            "https:/u:p@bitbucket.org/",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn several_on_one_line() {
        let text =
            "https://a:b@bitbucket.org/x,https://c:d@bitbucket.org/y;https://e:f@api.bitbucket.org";
        assert_eq!(
            found(text),
            [
                "https://|a|b|bitbucket.org|/x",
                "https://|c|d|bitbucket.org|/y",
                "https://|e|f|api.bitbucket.org|"
            ]
        );
    }

    #[test]
    fn identity_has_no_userinfo_and_no_query() {
        let text = br"https://u:p@BitBucket.org\/Team\/r.git?x=y";
        let url = credential_urls(text, Settings::none()).next().unwrap();
        assert_eq!(url.identity(text), "bitbucket.org/Team/r.git");
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..120), cut in 0_usize..120) {
            let mut text = bytes.clone();
            let at = cut.min(text.len());
            text.splice(at..at, *b"@bitbucket.org");
            for url in credential_urls(&text, Settings::none()) {
                prop_assert!(url.url.end <= text.len());
            }
        }

        #[test]
        fn marks_in_any_order(text in r#"([\$\{\}\(\)<>%#"'\\:/@+. a]|https://|@bitbucket\.org){0,40}"#) {
            for url in credential_urls(text.as_bytes(), Settings::none()) {
                prop_assert!(url.userinfo.start >= url.scheme.end);
                prop_assert!(url.userinfo.end < url.host_range.start);
                prop_assert!(url.path.start >= url.host_range.end);
            }
        }

        #[test]
        fn a_planted_url_is_found_exactly(
            before in "[^:]{0,40}[ \n\t\"'=(\\[<>,]|",
            after in "([ \n\t\"'`)\\]<>|]([^@]{0,40}))?",
            user in "[a-z0-9._-]{1,20}",
            secret in "[A-Za-z0-9%+=_~-]{1,40}",
            path in "(/[a-zA-Z0-9_-]{1,10}){0,4}",
        ) {
            let text = format!("{before}https://{user}:{secret}@bitbucket.org{path}{after}");
            let urls: Vec<_> = credential_urls(text.as_bytes(), Settings::none()).collect();
            prop_assert_eq!(urls.len(), 1);
            let start = before.len();
            let secret_at = start + "https://".len() + user.len() + 1;
            prop_assert_eq!(urls[0].secret.clone(), Some(secret_at..secret_at + secret.len()));
            prop_assert_eq!(
                urls[0].url.clone(),
                start..secret_at + secret.len() + "@bitbucket.org".len() + path.len()
            );
        }
    }
}
