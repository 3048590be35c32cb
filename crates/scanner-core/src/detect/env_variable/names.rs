//! The names under which app passwords are kept.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::{Match, Regex};

use crate::consumer::variables;
use crate::consumer::{UsernameForm, VariableRole};
use crate::finding::Use;
use crate::settings::Settings;

use super::text;

/// What a name says of what it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameClass {
    /// How much the name says.
    pub kind: NameKind,
    /// Whether the name is the user's own to change: an upper-case variable that no known tool reads
    /// under this name. Positions that define names are told by [`super::tool_defined`].
    pub renamable: bool,
}

/// How much a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameKind {
    /// Bitbucket and app password, both: `BITBUCKET_APP_PASSWORD`.
    Strong,
    /// One of them: `BITBUCKET_PASSWORD`, `appPassword`. Says nothing without Bitbucket Cloud around.
    Weak,
    /// `user:password` in one, and what the tools that read it do with it.
    Pair(Use),
    /// Nothing by its words, but a tool reads a secret for Bitbucket under it:
    /// `ATLANTIS_BITBUCKET_TOKEN`.
    Tool,
}

/// Longer words are no names.
pub(super) const LONGEST: usize = 128;

/// How the words of a name are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// `BITBUCKET_APP_PASSWORD`
    Upper,
    /// `bitbucket_app_password`, `TF_VAR_bitbucket_app_password`
    Snake,
    /// `bitbucketAppPassword`
    Camel,
    /// `bitbucket-app-password`
    Kebab,
}

/// Names of variables that hold `user:password`, and what reads them.
///
/// Sources: `BB_AUTH_STRING`,
/// <https://support.atlassian.com/bitbucket-cloud/docs/deploy-build-artifacts-to-bitbucket-downloads>;
/// `*_TOKEN_BASIC_AUTH`, <https://semantic-release.gitbook.io/semantic-release/usage/ci-configuration>.
const PAIRS: &[(&str, Use)] = &[
    ("BB_AUTH_STRING", Use::Rest),
    ("BITBUCKET_AUTH_STRING", Use::Unknown),
    ("BITBUCKET_CREDENTIALS", Use::Unknown),
    ("BB_TOKEN_BASIC_AUTH", Use::Git),
    ("BITBUCKET_TOKEN_BASIC_AUTH", Use::Git),
];

/// Names that say little by themselves; snake case, compared without case.
const WEAK: &[&str] = &["BITBUCKET_PASSWORD", "BB_PASSWORD", "BITBUCKET_PASS", "APP_PASSWORD"];

/// Prefixes by which tools find their variables, besides those in the consumer table.
const TOOL_PREFIXES: &[&str] = &[
    "GHORG_",
    "ATLASSIAN_",
    "ATLANTIS_",
    "DANGER_",
    "RENOVATE_",
    "SNYK_",
    "TF_VAR_",
    "COMPOSER_",
    "INPUT_",
    "PLUGIN_",
    "NPM_CONFIG_",
    "POETRY_",
    "SOURCEBOT_",
    "GITBACKUP_",
    "GIT_TOWN_",
    "STEAMPIPE_",
];

/// What the name of a variable, key or field says of an app password in it; `None` if nothing.
///
/// Words may be joined with `_` in any case, as camelCase or with `-`; the whole name counts, so that
/// `BITBUCKET_APP_PASSWORD_FILE` is none. What the settings name is exactly that name.
pub fn known_secret_name(name: &str, settings: &Settings) -> Option<NameClass> {
    classify(name.as_bytes(), settings).map(|(class, _)| class)
}

pub(super) fn classify(name: &[u8], settings: &Settings) -> Option<(NameClass, Style)> {
    let pair = |name: &[u8]| {
        of_a_tool(name).and_then(|kind| matches!(kind, NameKind::Pair(_)).then_some(kind)).or_else(
            || {
                let known = |(known, _): &&(&str, _)| name.eq_ignore_ascii_case(known.as_bytes());
                PAIRS.iter().find(known).map(|(_, usage)| NameKind::Pair(*usage))
            },
        )
    };
    if settings.is_secret(name) && pair(name).is_none() {
        let upper = !name.iter().any(u8::is_ascii_lowercase);
        let style = style(name).unwrap_or(if upper { Style::Upper } else { Style::Snake });
        let class = NameClass { kind: NameKind::Strong, renamable: is_renamable(name, style) };
        return Some((class, style));
    }
    // Placeholders are made of the names that they stand for.
    let placeholder =
        [&b"REPLACE_WITH_"[..], b"YOUR"].iter().any(|head| starts_ignoring_case(name, head));
    if name.len() > LONGEST || placeholder {
        return None;
    }
    let style = style(name)?;
    let words = words(name, style);
    let joined = words.join(&b'_');
    let is = |known: &str| joined.eq_ignore_ascii_case(known.as_bytes());
    let fixed = NameClass { kind: NameKind::Weak, renamable: false };
    if matches!(style, Style::Upper | Style::Snake)
        && let Some(kind) = pair(name)
    {
        return Some((NameClass { kind, ..fixed }, style));
    }
    let snake = matches!(style, Style::Upper | Style::Snake);
    if WEAK.iter().any(|known| is(known) && (snake || *known == "APP_PASSWORD")) {
        return Some((fixed, style));
    }
    if !is_strong(&words) {
        return of_a_tool(name).map(|kind| (NameClass { kind, ..fixed }, style));
    }
    let renamable = is_renamable(name, style);
    Some((NameClass { kind: NameKind::Strong, renamable }, style))
}

/// What the consumer table says of a name.
fn of_a_tool(name: &[u8]) -> Option<NameKind> {
    let rows = variables::rows(str::from_utf8(name).ok()?);
    rows.iter().find_map(|row| match row.variable.role {
        VariableRole::Pair(UsernameForm::Static) => Some(NameKind::Pair(Use::Git)),
        VariableRole::Pair(UsernameForm::Email) => Some(NameKind::Pair(Use::Rest)),
        VariableRole::Pair(_) => Some(NameKind::Pair(Use::Unknown)),
        VariableRole::Secret => Some(NameKind::Tool),
        VariableRole::Username(_) => None,
    })
}

fn is_renamable(name: &[u8], style: Style) -> bool {
    style == Style::Upper && !name.starts_with(b"_") && !has_tool_prefix(name)
}

/// Whether a tool looks for its variables by how this name begins.
pub(super) fn has_tool_prefix(name: &[u8]) -> bool {
    TOOL_PREFIXES.iter().any(|prefix| name.starts_with(prefix.as_bytes()))
        || variables::has_prefix_of_a_tool(name)
}

fn style(name: &[u8]) -> Option<Style> {
    let has = |test: fn(&u8) -> bool| name.iter().any(test);
    if !name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')) {
        None
    } else if name.contains(&b'-') {
        (!name.contains(&b'_')).then_some(Style::Kebab)
    } else if name.contains(&b'_') {
        Some(if has(u8::is_ascii_lowercase) { Style::Snake } else { Style::Upper })
    } else {
        (has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)).then_some(Style::Camel)
    }
}

fn words(name: &[u8], style: Style) -> Vec<&[u8]> {
    match style {
        Style::Upper | Style::Snake => {
            name.split(|b| *b == b'_').filter(|w| !w.is_empty()).collect()
        }
        Style::Kebab => name.split(|b| *b == b'-').filter(|w| !w.is_empty()).collect(),
        Style::Camel => {
            let mut words = Vec::new();
            let mut start = 0;
            for at in 1..name.len() {
                let next_is_lower = name.get(at + 1).is_some_and(u8::is_ascii_lowercase);
                // `bbApp`, and `BBApp` before the second word.
                if name[at].is_ascii_uppercase()
                    && (!name[at - 1].is_ascii_uppercase() || next_is_lower)
                {
                    words.push(&name[start..at]);
                    start = at;
                }
            }
            words.push(&name[start..]);
            words
        }
    }
}

fn is_strong(words: &[&[u8]]) -> bool {
    const PASSWORDS: &[&str] = &["password", "passwd", "pass", "pwd", "pw"];
    const TOGETHER: &[&str] = &["apppassword", "apppasswd", "apppass", "apppwd", "apppw"];
    let one_of =
        |word: &[u8], known: &[&str]| known.iter().any(|k| word.eq_ignore_ascii_case(k.as_bytes()));
    let before = match words {
        [before @ .., app, password] if one_of(app, &["app"]) && one_of(password, PASSWORDS) => {
            before
        }
        [before @ .., password] if one_of(password, TOGETHER) => before,
        _ => return false,
    };
    // Data Center has no app passwords; who calls something so there means something else.
    if before.iter().any(|word| one_of(word, &["server", "dc", "datacenter", "stash"])) {
        return false;
    }
    before.iter().any(|word| one_of(word, &["bitbucket", "bb", "bitbucketcloud"]))
        || before.windows(2).any(|pair| one_of(pair[0], &["bit"]) && one_of(pair[1], &["bucket"]))
}

pub(super) fn starts_ignoring_case(text: &[u8], prefix: &[u8]) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

/// A known name and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) range: Range<usize>,
    pub(super) class: NameClass,
    pub(super) style: Style,
}

/// The hits of a pattern, each looked for once.
struct Hits<'t> {
    regex: Option<&'t Regex>,
    text: &'t [u8],
    next: Option<Match<'t>>,
}

impl<'t> Hits<'t> {
    fn of(regex: Option<&'t Regex>, text: &'t [u8]) -> Self {
        Self { regex, text, next: regex.and_then(|regex| regex.find(text)) }
    }

    /// The first that begins at `at` or behind it.
    fn from(&mut self, at: usize) -> Option<Match<'t>> {
        if self.next.is_some_and(|next| next.start() < at) {
            self.next = self.regex.and_then(|regex| regex.find_at(self.text, at));
        }
        self.next
    }
}

/// Every known name in the text.
pub(super) fn names_in(text: &[u8], settings: &Settings) -> Vec<Named> {
    const ANCHORS: &str = concat!(
        r"(?i-u)app[_-]?p(?:ass|w)|(?:bitbucket|bb)_pass|_auth_string|bitbucket_credentials",
        r"|_token_basic_auth",
    );
    static ANCHOR: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(ANCHORS).ok());
    // What tools read under names in which none of these stands.
    static TOOLS: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let anchored =
            |name: &&str| ANCHOR.as_ref().is_some_and(|anchor| anchor.is_match(name.as_bytes()));
        let names: Vec<_> = variables::secrets().filter(|name| !anchored(name)).collect();
        Regex::new(&format!("(?-u)(?:{})", names.join("|"))).ok().filter(|_| !names.is_empty())
    });
    let mut hits =
        [ANCHOR.as_ref(), TOOLS.as_ref(), settings.secret()].map(|regex| Hits::of(regex, text));
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(hit) = hits.iter_mut().filter_map(|hits| hits.from(at)).min_by_key(Match::start)
    {
        at = hit.end();
        let word = |dash: bool| {
            let is = |b: &&u8| text::is_word(**b) || dash && **b == b'-';
            let mut before =
                text[..hit.start()].iter().rev().take(LONGEST + 1).take_while(is).count();
            // `\nNAME` in a string; `-eNAME=` and `-DNAME=` on a command line.
            let first = hit.start() - before;
            let escape =
                || matches!(text[first], b'n' | b't' | b'r') && text::is_escaped(text, first);
            let flag = || matches!(text[first], b'e' | b'D') && text::is_flag(text, first);
            if before > 0 && (escape() || flag()) {
                before -= 1;
            }
            let after = text[hit.start()..].iter().take(LONGEST + 1).take_while(is).count();
            // Nothing of `é` is a part of an ASCII name, nor is a name a part of a longer word.
            let range = hit.start() - before..hit.start() + after;
            let alone = |b: Option<&u8>| b.is_none_or(u8::is_ascii);
            (alone(text[..range.start].last()) && alone(text.get(range.end))).then_some(range)
        };
        let trimmed = |range: Range<usize>| {
            let dashes = text[range.clone()].iter().take_while(|b| **b == b'-').count();
            range.start + dashes..range.end
        };
        let found = word(true).map(trimmed).into_iter().chain(word(false)).find_map(|range| {
            let (class, style) = classify(&text[range.clone()], settings)?;
            Some(Named { range, class, style })
        });
        if let Some(named) = found {
            at = named.range.end.max(at);
            names.push(named);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str) -> Option<NameKind> {
        known_secret_name(name, Settings::none()).map(|class| class.kind)
    }

    #[test]
    fn strong_names() {
        for (name, renamable) in [
            ("BITBUCKET_APP_PASSWORD", true),
            ("BITBUCKET_APPPASSWORD", true),
            ("BB_APP_PASSWORD", true),
            ("BB_APP_PW", true),
            ("MY_BITBUCKET_CLOUD_CI_APP_PASSWD", true),
            ("BITBUCKET_CLOUD_APP_PASS", true),
            ("_BITBUCKET_APP_PASSWORD", false),
            ("bitbucket_app_password", false),
            ("TF_VAR_bitbucket_app_password", false),
            ("GHORG_BITBUCKET_APP_PASSWORD", false),
            ("ATLASSIAN_BITBUCKET_APP_PASSWORD", false),
            ("bitbucketAppPassword", false),
            ("BitbucketAppPassword", false),
            ("bitBucketAppPassword", false),
            ("BBAppPassword", false),
            ("bbAppPw", false),
            ("bitbucket-app-password", false),
            ("my-bb-app-password", false),
        ] {
            let class = NameClass { kind: NameKind::Strong, renamable };
            assert_eq!(known_secret_name(name, Settings::none()), Some(class), "{name}");
        }
    }

    #[test]
    fn weak_names_and_pairs() {
        for name in [
            "BITBUCKET_PASSWORD",
            "bitbucket_password",
            "BB_PASSWORD",
            "BITBUCKET_PASS",
            "APP_PASSWORD",
            "app_password",
            "appPassword",
            "AppPassword",
            "app-password",
        ] {
            assert_eq!(kind(name), Some(NameKind::Weak), "{name}");
        }
        assert_eq!(kind("BB_AUTH_STRING"), Some(NameKind::Pair(Use::Rest)));
        assert_eq!(kind("BITBUCKET_CREDENTIALS"), Some(NameKind::Pair(Use::Unknown)));
        assert_eq!(kind("BUNDLE_BITBUCKET__ORG"), Some(NameKind::Pair(Use::Git)));
    }

    #[test]
    fn other_names() {
        for name in [
            "",
            "_",
            "-",
            "A",
            "BITBUCKET_APP_PASSWORDS",
            "BITBUCKET_APP_PASSWORD_FILE",
            "BITBUCKET_API_TOKEN",
            "BITBUCKET_TOKEN",
            "BITBUCKET_USERNAME",
            "BITBUCKET_SERVER_APP_PASSWORD",
            "GMAIL_APP_PASSWORD",
            "MYAPP_PASSWORD",
            "MY_APP_PASSWORD",
            "BB8_APP_PASSWORD",
            "RABBITBUCKET_APP_PASSWORD",
            "bitbucketPassword",
            "bitbucket-password",
            "apppassword",
            "APPPASSWORD",
            "bitbucket_app-password",
            "DB_APP_PASSWORD",
            "REPLACE_WITH_BITBUCKET_APP_PASSWORD",
            "BITBUCKET_APP_PASSWORD é",
            "ABB_APP_PASSWORD",
            "bbapppassword",
            "your_bitbucket_app_password",
        ] {
            assert_eq!(kind(name), None, "{name}");
        }
        assert_eq!(kind(&format!("BITBUCKET_{}APP_PASSWORD", "X_".repeat(80))), None);
    }
}
