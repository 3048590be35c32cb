//! What stands where a credential is expected: nothing, a placeholder, a reference or a literal.

use memchr::memmem;

use crate::document::FileKind;

/// What a value in a credential slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing.
    Empty,
    /// Stands for a secret in an example: `<app_password>`, `xxxx`, `your-app-password`.
    Placeholder,
    /// Takes the secret from elsewhere: `${NAME}`, `{{ name }}`, `" + password + "`.
    Reference {
        /// The variable, key or expression that it names, without the syntax around it.
        name: &'a [u8],
    },
    /// The secret itself.
    Literal,
}

/// What a rewrite leaves where a store needs a value: `REPLACE_WITH_` and the variable's name.
pub const PLACEHOLDER_PREFIX: &str = "REPLACE_WITH_";

/// Longer values are no words out of an example.
const LONGEST_PLACEHOLDER: usize = 100;

/// Tells what `value`, found in a file of this kind without its quotes, is.
///
/// A value is a placeholder by its form or because each of its words is one that examples use, never
/// because it contains such a word: `ATBBexample…` of the right length is a literal.
pub fn classify(value: &[u8], kind: FileKind) -> Value<'_> {
    let value = value.trim_ascii();
    if value.is_empty() {
        return Value::Empty;
    }
    if let Some(name) = reference(value, kind) {
        return Value::Reference { name };
    }
    if is_placeholder(value) { Value::Placeholder } else { Value::Literal }
}

fn reference(value: &[u8], kind: FileKind) -> Option<&[u8]> {
    let code = matches!(kind, FileKind::CodeHash | FileKind::CodeSlash);
    concatenation(value)
        .or_else(|| delimited(value))
        .or_else(|| dollar(value))
        .or_else(|| printf(value))
        .or_else(|| windows(value))
        .or_else(|| {
            // Format strings of code; elsewhere `{name}` is how documents write a placeholder.
            let inner = code.then(|| between(value, b"{", b"}"))??;
            let worded = inner.contains(&b' ') && !inner.contains(&b'(');
            (!worded).then(|| name_in(inner))
        })
        .or_else(|| external(value))
        .or_else(|| {
            // No app password holds these; what does is put together from parts.
            let at = [&b"${"[..], b"{{", b"$(", b"<%=", b"#{"]
                .iter()
                .filter_map(|open| memmem::find(value, open))
                .min()?;
            delimited(&value[at..]).or_else(|| dollar(&value[at..]))
        })
}

/// `" + password + "` and its like in languages that join with `.`, `&`, `..` or `||`: what stands
/// between the two pieces of a string.
fn concatenation(value: &[u8]) -> Option<&[u8]> {
    let (quote, rest) = value.split_first()?;
    if !matches!(quote, b'"' | b'\'' | b'`') {
        return None;
    }
    let rest = rest.trim_ascii_start();
    let operator = [&b"||"[..], b"..", b"<>", b"++", b"+", b".", b"&", b","]
        .into_iter()
        .find(|operator| rest.starts_with(operator))?;
    let rest = rest[operator.len()..].trim_ascii();
    let inner = rest.strip_suffix(&[*quote]).unwrap_or(rest).trim_ascii_end();
    let inner = inner.strip_suffix(operator).unwrap_or(inner).trim_ascii();
    (!inner.is_empty()).then(|| name_in(inner))
}

/// Forms with an opening and a closing mark.
fn delimited(value: &[u8]) -> Option<&[u8]> {
    const MARKS: &[(&[u8], &[u8])] = &[
        (b"${{", b"}}"),
        (b"$$${", b"}"),
        (b"$${", b"}"),
        (b"${", b"}"),
        (b"$$(", b")"),
        (b"$(", b")"),
        (b"$[", b"]"),
        (b"<%=", b"%>"),
        (b"<%", b"%>"),
        (b"{{{", b"}}}"),
        (b"{{", b"}}"),
        (b"{%", b"%}"),
        (b"#{", b"}"),
        (b"@{", b"}"),
        (b"`", b"`"),
    ];
    let (open, close) = MARKS.iter().find(|(open, _)| value.starts_with(open))?;
    let rest = &value[open.len()..];
    // A nested `${A:-${B}}` ends at the last mark, two in a row at the first one's.
    let first = memmem::find(rest, close)?;
    let end = if memmem::find(&rest[..first], open).is_some() {
        memmem::rfind(rest, close).unwrap_or(first)
    } else {
        first
    };
    let inner = rest[..end].trim_ascii();
    (!inner.is_empty()).then(|| name_in(inner))
}

/// `$NAME`, `$$NAME`, `$env:NAME`, `$1`, `$object->property`.
fn dollar(value: &[u8]) -> Option<&[u8]> {
    let rest = value.strip_prefix(b"$")?;
    let rest = rest.strip_prefix(b"$").unwrap_or(rest);
    let rest = strip_ignoring_case(rest, b"env:").unwrap_or(rest);
    let end = rest.iter().position(|&b| !is_word(b)).unwrap_or(rest.len());
    let (first, _) = rest[..end].split_first()?;
    if first.is_ascii_digit() && end > 1 {
        return None;
    }
    // `$this->password`, `$config.password`, `$_ENV['NAME']`.
    let tail = &rest[end..];
    if tail.starts_with(b"->") || tail.starts_with(b".") || tail.starts_with(b"[") {
        return Some(name_in(rest));
    }
    Some(&rest[..end])
}

/// `%s`, `%v`, `%1$s`, `%(name)s`, `%{name}`: the conversions of a format string.
fn printf(value: &[u8]) -> Option<&[u8]> {
    let rest = value.strip_prefix(b"%")?;
    if let Some(inner) = between(rest, b"(", b")s").or_else(|| between(rest, b"{", b"}")) {
        return Some(name_in(inner));
    }
    let conversion = rest.iter().position(u8::is_ascii_alphabetic)?;
    let flags = rest[..conversion].iter().all(|b| b.is_ascii_digit() || b"$-+@".contains(b));
    (flags && conversion + 1 == rest.len() && b"svdqx@".contains(&rest[conversion]))
        .then_some(value)
}

/// `%NAME%`, `%%NAME%%`, `!NAME!`, `%1`, `%~1`.
fn windows(value: &[u8]) -> Option<&[u8]> {
    let word = |name: &&[u8]| name.iter().all(|&b| is_word(b)) && !name.is_empty();
    between(value, b"%%", b"%%")
        .or_else(|| between(value, b"%", b"%"))
        .or_else(|| between(value, b"!", b"!"))
        .filter(word)
        .or_else(|| {
            let rest = value.strip_prefix(b"%")?;
            let rest = rest.strip_prefix(b"~").unwrap_or(rest);
            (rest.len() == 1 && rest[0].is_ascii_digit()).then_some(rest)
        })
}

/// Addresses of secrets in stores outside of the file.
fn external(value: &[u8]) -> Option<&[u8]> {
    const MARKS: &[&[u8]] = &[
        b"op://",
        b"vault:",
        b"vault://",
        b"ref+",
        b"secret://",
        b"secrets://",
        b"keyring:",
        b"keyring://",
        b"bws:",
        b"arn:aws",
        b"ssm:",
        b"awssm:",
        b"secretsmanager:",
        b"gcpsm:",
        b"gcp-sm:",
        b"sm://",
        b"azkv:",
        b"ENC[",
        b"ENC(",
        b"DEC(",
        b"AgA",
        b"file://",
        b"/run/secrets/",
        b"{cipher}",
        b"pass:",
        b"env:",
        b"env.",
        b"process.env.",
        b"secrets.",
        b"vars.",
        b"credentials(",
        b"!Ref",
        b"!Sub",
        b"!vault",
        b"!ENV",
        b"!secret",
        b"@Microsoft.KeyVault(",
    ];
    let mark = MARKS.iter().find(|mark| value.starts_with(mark))?;
    // A sealed secret of Kubernetes is long; the two letters alone say nothing.
    if *mark == b"AgA" && value.len() < 100 {
        return None;
    }
    value.rsplit(|&b| !is_word(b) && b != b'-').find(|word| !word.is_empty()).or(Some(value))
}

/// The name that an expression is about: the last string in it (`os.environ["NAME"]`,
/// `lookup('env', 'NAME')`), else the last word of the first path in it (`secrets.NAME`,
/// `.Values.git.appPassword | quote`, `NAME:-default`, `encodeURIComponent(password)`), else all of it.
pub(super) fn name_in(expression: &[u8]) -> &[u8] {
    let expression = expression.trim_ascii();
    if let Some(name) = last_string(expression) {
        return name;
    }
    let expression = strip_ignoring_case(expression, b"env:").unwrap_or(expression);
    let path_byte =
        |b: &u8| is_word(*b) || matches!(b, b'.' | b'-' | b'$' | b'@' | b':' | b'?' | b'>');
    let mut rest = expression;
    loop {
        let start = rest.iter().position(|&b| is_word(b) || matches!(b, b'$' | b'.' | b'@'));
        let Some(start) = start else { return expression };
        let tail = &rest[start..];
        let length = tail.iter().position(|b| !path_byte(b)).unwrap_or(tail.len());
        // A call's name says less than its argument.
        if tail[length..].first() == Some(&b'(') && tail.get(length + 1).is_some_and(|b| *b != b')')
        {
            rest = &tail[length + 1..];
            continue;
        }
        let path = trim_modifier(&tail[..length]);
        let after = tail[length..].trim_ascii_start();
        let spoken = after.len() < tail.len() - length
            && (after.first())
                .is_some_and(|&b| is_word(b) || matches!(b, b'/' | b'~' | b'-' | b'<'));
        if spoken && start == 0 && path.len() == length {
            // Several words: a command, said as a whole.
            return expression;
        }
        let last = path
            .rsplit(|b| matches!(b, b'.' | b'>' | b'$' | b'@' | b':' | b'?'))
            .map(|word| word.strip_suffix(b"-").unwrap_or(word))
            .find(|word| !word.is_empty());
        return last.unwrap_or(expression);
    }
}

/// Cuts `:-default`, `:?message` and the like off a shell name.
fn trim_modifier(path: &[u8]) -> &[u8] {
    let cut = [&b":-"[..], b":?", b":+", b":="]
        .iter()
        .filter_map(|modifier| memmem::find(path, modifier))
        .min()
        .unwrap_or(path.len());
    let cut = path[..cut]
        .iter()
        .position(|&b| b == b'-')
        .filter(|&at| {
            // `${NAME-default}`; kebab-case names are all lower case.
            path[..at].iter().any(u8::is_ascii_uppercase)
        })
        .unwrap_or(cut);
    path[..cut].strip_suffix(b"?").unwrap_or(&path[..cut])
}

/// The last quoted word of an expression that is a lookup by name.
fn last_string(expression: &[u8]) -> Option<&[u8]> {
    let mut found = None;
    let mut at = 0;
    // Further strings are defaults or messages; nothing worth knowing stands so far back.
    let expression = &expression[..expression.len().min(512)];
    while let Some(open) = expression[at..].iter().position(|b| matches!(b, b'"' | b'\'' | b'`')) {
        let open = at + open;
        let length = expression[open + 1..].iter().position(|b| *b == expression[open])?;
        let word = &expression[open + 1..open + 1 + length];
        let before = expression[..open].trim_ascii_end();
        let before = before.strip_suffix(b"\\").unwrap_or(before).trim_ascii_end();
        // Go's templates call without brackets: `requiredEnv "NAME"`.
        let looked_up = before.last().is_some_and(|b| matches!(b, b'[' | b'(' | b','))
            || before.ends_with(b"env")
            || before.ends_with(b"Env");
        let word = word.strip_suffix(b"\\").unwrap_or(word);
        if looked_up && !word.is_empty() && word.iter().all(|&b| is_word(b) || b == b'-') {
            found =
                found.filter(|first: &&[u8]| first.len() > 4 && !word.is_empty()).or(Some(word));
        }
        at = open + length + 2;
    }
    found
}

fn is_placeholder(value: &[u8]) -> bool {
    if value.starts_with(PLACEHOLDER_PREFIX.as_bytes()) {
        return true;
    }
    if value.len() > LONGEST_PLACEHOLDER {
        return false;
    }
    let wrapped = [
        (&b"<"[..], &b">"[..]),
        (b"[", b"]"),
        (b"{", b"}"),
        (b"(", b")"),
        (b"&lt;", b"&gt;"),
        (b"%3C", b"%3E"),
        (b"%3c", b"%3e"),
        (b"\\u003c", b"\\u003e"),
        (b"\\<", b"\\>"),
        (b"*", b"*"),
        (b"__", b"__"),
    ];
    if wrapped.iter().any(|(open, close)| between(value, open, close).is_some()) {
        return true;
    }
    let rest = value.strip_prefix(b"ATBB").unwrap_or(value);
    let distinct = count_distinct(rest);
    if distinct <= 1 || (distinct == 2 && rest.len() < value.len()) {
        return true;
    }
    if rest == "…".as_bytes()
        || rest.iter().all(|b| matches!(b, b'x' | b'X' | b'.' | b'-' | b'*' | b'_'))
    {
        return true;
    }
    all_words_are_of_examples(value)
}

fn count_distinct(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    bytes.iter().filter(|&&b| !std::mem::replace(&mut seen[usize::from(b)], true)).count()
}

/// Sorted. Words of which examples are made.
const VOCABULARY: &[&str] = &[
    "a",
    "access",
    "account",
    "add",
    "address",
    "an",
    "api",
    "app",
    "application",
    "apppass",
    "apppasswd",
    "apppassword",
    "apppw",
    "atbb",
    "atlassian",
    "auth",
    "bar",
    "basic",
    "baz",
    "bb",
    "bitbucket",
    "bot",
    "change",
    "changeit",
    "changeme",
    "cloud",
    "config",
    "configured",
    "credential",
    "credentials",
    "default",
    "demo",
    "dummy",
    "email",
    "empty",
    "enter",
    "env",
    "environment",
    "example",
    "fake",
    "false",
    "fill",
    "fixme",
    "foo",
    "foobar",
    "for",
    "from",
    "generated",
    "git",
    "goes",
    "here",
    "hidden",
    "id",
    "in",
    "insert",
    "invalid",
    "is",
    "it",
    "key",
    "login",
    "mail",
    "masked",
    "me",
    "mock",
    "my",
    "myapppassword",
    "mypass",
    "mypassword",
    "mysecret",
    "mytoken",
    "myuser",
    "myusername",
    "name",
    "new",
    "nil",
    "none",
    "not",
    "null",
    "of",
    "old",
    "optional",
    "or",
    "org",
    "organization",
    "own",
    "pass",
    "passwd",
    "password",
    "paste",
    "personal",
    "placeholder",
    "please",
    "provide",
    "pw",
    "pwd",
    "real",
    "redacted",
    "removed",
    "replace",
    "replaced",
    "replaceme",
    "repo",
    "repository",
    "required",
    "sample",
    "secret",
    "secretpassword",
    "secrets",
    "service",
    "set",
    "some",
    "somepassword",
    "something",
    "string",
    "supersecret",
    "tbd",
    "test",
    "testing",
    "testpassword",
    "text",
    "the",
    "this",
    "to",
    "todo",
    "token",
    "undefined",
    "unset",
    "url",
    "user",
    "username",
    "value",
    "var",
    "variable",
    "via",
    "with",
    "workspace",
    "xxx",
    "yes",
    "you",
    "your",
    "yourapppassword",
    "youremail",
    "yourpassword",
    "yoursecret",
    "yourtoken",
    "yourusername",
];

/// Splits at anything but letters and digits and before each hump of camelCase; a number after a word
/// (`password1`) belongs to it.
fn all_words_are_of_examples(value: &[u8]) -> bool {
    let mut words = 0;
    for run in
        value.split(|b| matches!(b, b'_' | b'-' | b'.' | b' ' | b'/' | b':' | b'+' | b'\'' | b'!'))
    {
        let mut rest = run;
        while !rest.is_empty() {
            let hump = rest
                .windows(2)
                .position(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
                .map_or(rest.len(), |at| at + 1);
            if !is_of_examples(&rest[..hump]) {
                return false;
            }
            words += 1;
            rest = &rest[hump..];
        }
    }
    words > 0
}

fn is_of_examples(word: &[u8]) -> bool {
    let digits = word.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let stem = &word[..word.len() - digits];
    if stem.is_empty() {
        return digits <= 4;
    }
    if digits > 4 {
        return false;
    }
    let lower = stem.to_ascii_lowercase();
    is_known(&lower) || lower.iter().all(|b| *b == b'x') || (stem == lower && run_together(stem))
}

fn is_known(lower: &[u8]) -> bool {
    VOCABULARY.binary_search_by(|known| known.as_bytes().cmp(lower)).is_ok()
}

/// Whether it is made of known words without anything between them: `yourbitbucketpassword`.
fn run_together(word: &[u8]) -> bool {
    const LONGEST: usize = 15;
    let mut reachable = vec![false; word.len() + 1];
    reachable[0] = true;
    for end in 2..=word.len() {
        reachable[end] = (end.saturating_sub(LONGEST)..end - 1)
            .any(|start| reachable[start] && is_known(&word[start..end]));
    }
    reachable[word.len()]
}

fn between<'a>(value: &'a [u8], open: &[u8], close: &[u8]) -> Option<&'a [u8]> {
    value.strip_prefix(open)?.strip_suffix(close)
}

fn strip_ignoring_case<'a>(value: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    value.get(..prefix.len())?.eq_ignore_ascii_case(prefix).then(|| &value[prefix.len()..])
}

const fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(value: &str, kind: FileKind) -> Value<'_> {
        classify(value.as_bytes(), kind)
    }

    #[test]
    fn the_vocabulary_is_sorted() {
        assert!(VOCABULARY.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn literals() {
        for value in [
            "ATBBexampleNotARealSecret0010A1B2C3D",
            "exampleLegacyPw00001",
            "hunter2",
            "s3cr3t!",
            "Tr0ub4dor&3",
            "correct-horse",
            "passwordofthebuildbot",
            "myCompanyBuild7",
            "ATBBxxxxYYYYzzzz",
        ] {
            assert_eq!(of(value, FileKind::Other), Value::Literal, "{value}");
        }
    }

    #[test]
    fn placeholders() {
        for value in [
            "<app_password>",
            "[password]",
            "{password}",
            "{app password}",
            "...",
            "…",
            "***",
            "xxxx",
            "XXXX-XXXX",
            "x",
            "ATBBxxxxxxxx",
            "ATBBXXXXxxxx",
            "ATBB",
            "ATBB...",
            "ATBB…",
            "ATBB********",
            "REPLACE_WITH_BITBUCKET_API_TOKEN",
            "REPLACE_WITH_ANYTHING_AT_ALL",
            "your-app-password",
            "YOUR_BITBUCKET_APP_PASSWORD",
            "yourAppPassword",
            "yourbitbucketpassword",
            "myapppassword1",
            "my.app.password",
            "password",
            "app_password",
            "changeme",
            "change me",
            "secret",
            "token123",
            "foo",
            "&lt;password&gt;",
            "%3Cpassword%3E",
            "__BITBUCKET_APP_PASSWORD__",
            "null",
            "string",
            "API TOKEN",
            "-",
            "--",
        ] {
            assert_eq!(of(value, FileKind::Yaml), Value::Placeholder, "{value}");
        }
    }

    #[test]
    fn references_say_their_name() {
        for (value, name) in [
            ("$NAME", "NAME"),
            ("${NAME}", "NAME"),
            ("${NAME:-x}", "NAME"),
            ("${NAME-x}", "NAME"),
            ("${NAME:?set it}", "NAME"),
            ("${NAME/@/%40}", "NAME"),
            ("${A:-${B}}", "A"),
            ("$$NAME", "NAME"),
            ("$${NAME}", "NAME"),
            ("$(NAME)", "NAME"),
            ("$(cat /run/secrets/bb_app_password)", "cat /run/secrets/bb_app_password"),
            ("`cat ~/.app_password`", "cat ~/.app_password"),
            ("${{ secrets.NAME }}", "NAME"),
            ("${{secrets.NAME}}", "NAME"),
            ("${{ secrets['NAME'] }}", "NAME"),
            ("${{ secrets.A || secrets.B }}", "A"),
            ("%NAME%", "NAME"),
            ("%%NAME%%", "NAME"),
            ("!NAME!", "NAME"),
            ("%1", "1"),
            ("$1", "1"),
            ("$env:NAME", "NAME"),
            ("${env:NAME}", "NAME"),
            ("$($env:NAME)", "NAME"),
            ("${env.NAME}", "NAME"),
            ("{{ name }}", "name"),
            ("{{name}}", "name"),
            ("{{ .Values.git.appPassword | quote }}", "appPassword"),
            ("{{ lookup('env', 'NAME') }}", "NAME"),
            ("{{ requiredEnv \"NAME\" }}", "NAME"),
            ("{{ env `NAME` | quote }}", "NAME"),
            ("{{ app-password }}", "app-password"),
            ("<%= name %>", "name"),
            ("<%= ENV['NAME'] %>", "NAME"),
            ("#{name}", "name"),
            ("#{ENV['NAME']}", "NAME"),
            ("#{ENV.fetch(\"NAME\", \"\")}", "NAME"),
            ("${var.name}", "name"),
            ("${process.env.NAME}", "NAME"),
            ("${encodeURIComponent(password)}", "password"),
            ("${this.config.appPassword}", "appPassword"),
            ("$this->password", "password"),
            ("$[variables.NAME]", "NAME"),
            ("%(name)s", "name"),
            ("%s", "%s"),
            ("op://vault/bitbucket/app_password", "app_password"),
            ("prefix-${NAME}", "NAME"),
            ("\" + password + \"", "password"),
            ("'+password+'", "password"),
            ("' . $password . '", "password"),
            ("\" + os.environ[\"NAME\"] + \"", "NAME"),
            ("\" & strPass & \"", "strPass"),
        ] {
            assert_eq!(
                of(value, FileKind::Shell),
                Value::Reference { name: name.as_bytes() },
                "{value}"
            );
        }
    }

    #[test]
    fn braces_are_a_reference_in_code_alone() {
        for (value, name) in [
            ("{password}", "password"),
            ("{self.password}", "password"),
            ("{quote(password)}", "password"),
            ("{password!r}", "password"),
            ("{os.environ['NAME']}", "NAME"),
            ("{0}", "0"),
        ] {
            assert_eq!(
                of(value, FileKind::CodeHash),
                Value::Reference { name: name.as_bytes() },
                "{value}"
            );
            assert_eq!(of(value, FileKind::Yaml), Value::Placeholder, "{value}");
        }
        assert_eq!(of("{your password}", FileKind::CodeSlash), Value::Placeholder);
        assert_eq!(of("  ", FileKind::CodeSlash), Value::Empty);
    }

    proptest! {
        #[test]
        fn any_bytes_are_something(value in proptest::collection::vec(any::<u8>(), 0..80)) {
            for kind in [FileKind::CodeHash, FileKind::Shell, FileKind::Other] {
                classify(&value, kind);
            }
        }

        #[test]
        fn marks_in_any_order(value in "[${}()%<>\"'`:?.a|@\\[\\]+ -]{0,24}") {
            classify(value.as_bytes(), FileKind::CodeHash);
        }

        #[test]
        fn what_bitbucket_generates_is_a_literal(value in "ATBB[A-Za-z0-9]{24}[0-9A-F]{8}") {
            prop_assume!(count_distinct(&value.as_bytes()[4..]) > 2);
            prop_assert_eq!(of(&value, FileKind::Other), Value::Literal);
        }
    }
}
