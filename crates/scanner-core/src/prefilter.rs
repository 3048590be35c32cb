//! The anchors: nothing else reads a file without one.
//!
//! Measured on source text without an anchor, in pieces of 16 KiB, one core; medians, text in the
//! cache / from memory (`cargo bench -p bbsweep-benches --bench prefilter`):
//!
//! | way | GB/s | finds |
//! |---|---|---|
//! | this regex | 12.9 / 10.6 | all |
//! | regex of two words | 13.1 / 11.9 | `bitbucket`, `ATBB` |
//! | a loop for `tb` and what follows, vectorised | 16.0 / 12.7 | these two |
//! | `memchr2` on the rarest letter | 23.7 / 16.1 | `bitbucket`; 3 where a text is full of `k` |
//! | `memmem`, six spellings | 6.3 / 3.3 | the usual spellings |
//! | Aho-Corasick, any case | 0.6 / 0.2 | all |

use std::ffi::OsStr;
use std::path::Path;
use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::document::Encoding;
use crate::settings::Settings;

/// No anchor is longer, so that this many bytes of the text before suffice to see one that a border
/// cuts.
const OVERLAP: usize = 32;

/// What a text must hold one of for any detector to see something in it. All begin with a rare
/// literal: that is what makes it fast.
static ANCHORS: LazyLock<Regex> = LazyLock::new(|| compile(PATTERN));

const PATTERN: &str = r"(?x-u)
        (?i:bitbucket)
        | ATBB
        | BB_(?:AUTH_STRING|PASS|PW|TOKEN_BASIC_AUTH) | bb_(?:auth_string|pass|pw|token_basic_auth)
        # BB_TEAM_APP_PASSWORD, bb-app-password, bbTeamAppPassword, in any house style.
        | _APP_?P(?:ASS|W) | _app_?p(?:ass|w) | -app-?p(?:ass|w) | App_?P(?:ass|w)";

/// In a manifest of Kubernetes both may be base64: what stays the same of `bitbucket`, whatever stands
/// in front of it, and how `ATBB` begins.
static BASE64: LazyLock<Regex> =
    LazyLock::new(|| compile("(?-u)QVRCQ|Yml0YnVja2V0|JpdGJ1Y2tld|iaXRidWNrZX"));

/// In a git config a header may hold a credential in base64 with no word of Bitbucket around.
static HEADER: LazyLock<Regex> = LazyLock::new(|| compile("(?i-u)extraheader"));

/// The names of [`Named::Always`], as they stand in an object of git that is a tree. A folder called `bb`
/// may hold one.
static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    compile(r"(?-u)(?i:netrc|authinfo)|\.bitbucket|bitbucket-ext\.json|config-cli\.|40000 bb\x00")
});

/// The same for the name of one file.
static ALWAYS: LazyLock<Regex> = LazyLock::new(|| {
    compile(r"(?-u)(?i:netrc|authinfo)|^\.bitbucket|^bitbucket-ext\.json$|^config")
});

fn compile(pattern: &str) -> Regex {
    match Regex::new(pattern) {
        Ok(regex) => regex,
        Err(error) => unreachable!("a pattern of this file: {error}"),
    }
}

/// The anchors, with scratch space of their own: one for each thread.
#[derive(Clone, Debug)]
pub struct Anchors {
    regex: Regex,
    /// No anchor is longer.
    longest: usize,
}

impl Default for Anchors {
    fn default() -> Self {
        Self { regex: ANCHORS.clone(), longest: OVERLAP }
    }
}

impl Anchors {
    /// The anchors and what the user added.
    pub fn new(settings: &Settings) -> Self {
        let Some((more, longest)) = settings.anchors() else { return Self::default() };
        // Names hold no character that means something else in this mode.
        match Regex::new(&format!("{PATTERN}\n| {more}")) {
            Ok(regex) => Self { regex, longest: longest.max(OVERLAP) },
            // Too many for one pattern: every text is looked at.
            Err(_) => Self { regex: compile(""), longest: OVERLAP },
        }
    }

    /// How many bytes of the text before a border show every anchor that the border cuts.
    pub(crate) fn overlap(&self) -> usize {
        self.longest
    }

    /// Whether `text` holds an anchor.
    pub fn in_text(&self, text: &[u8]) -> bool {
        self.regex.is_match(text)
    }

    /// Whether `text`, which may be a manifest, holds an anchor.
    pub fn in_manifest(&self, text: &[u8]) -> bool {
        self.in_text(text) || BASE64.is_match(text)
    }

    /// Whether an object of git, whose name nobody knows yet, may hold an anchor under any name.
    pub(crate) fn in_object(&self, bytes: &[u8]) -> bool {
        let any = |text: &[u8]| self.in_manifest(text) || HEADER.is_match(text);
        let encoding = Encoding::sniff(bytes);
        if encoding.is_utf16() {
            any(&encoding.decode(&bytes[encoding.bom_len()..]))
        } else {
            any(bytes)
        }
    }

    /// Whether a tree of git names a file for which [`Named::of_path`] asks for no anchor.
    pub(crate) fn in_tree(tree: &[u8]) -> bool {
        NAMES.is_match(tree)
    }

    /// Whether `text`, a git config, holds an anchor.
    pub fn in_git_config(&self, text: &[u8]) -> bool {
        self.in_text(text) || HEADER.is_match(text)
    }
}

/// What a file's name alone asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// Nothing: its text needs an anchor.
    Plain,
    /// It may be a git config: [`Anchors::in_git_config`].
    GitConfig,
    /// It may be a manifest: [`Anchors::in_manifest`].
    Manifest,
    /// The name says enough: an encrypted `.netrc` is told though no text can be seen.
    Always,
}

impl Named {
    /// Whether a file of this name may count for its name alone, whatever its folder: most do not, and
    /// this is quicker than [`Self::of_path`].
    pub(crate) fn may_be_always(name: &[u8]) -> bool {
        ALWAYS.is_match(name)
    }

    /// Judges a file's path. Costs next to nothing: it is asked for every file.
    pub(crate) fn of_path(path: &Path) -> Self {
        // Command line clients of Bitbucket Cloud keep a username and a password there, and no word
        // that says whose they are.
        const CLIENTS: &[&str] = &[
            ".bitbucket",
            ".bitbucket-cli",
            ".bitbucket-rest-cli-config.json",
            "bitbucket-ext.json",
        ];
        const OF_BITBUCKET: &[&str] = &["config-cli.json", "config-cli.yaml", "config-cli.yml"];
        const OF_BB: &[&str] = &["config.json", "config.toml", "configuration.toml"];
        let Some(name) = path.file_name() else { return Self::Plain };
        let is_one = |names: &[&str]| names.iter().any(|known| name == *known);
        let below = |folder: &str| {
            path.parent().and_then(Path::file_name).is_some_and(|name| name == folder)
        };
        if is_one(CLIENTS)
            || is_one(OF_BITBUCKET) && below("bitbucket")
            || is_one(OF_BB) && below("bb")
        {
            return Self::Always;
        }
        Self::of(name)
    }

    fn of(name: &OsStr) -> Self {
        let name = name.as_encoded_bytes();
        let has = |word: &[u8]| {
            name.len() >= word.len()
                && name.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
        };
        if has(b"netrc") || has(b"authinfo") {
            Self::Always
        } else if name == b"config" || has(b"gitconfig") || has(b"config.worktree") {
            Self::GitConfig
        } else if [&b".yaml"[..], b".yml", b".json"].iter().any(|end| name.ends_with(end)) {
            Self::Manifest
        } else {
            Self::Plain
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::detect::testing::APP;

    #[test]
    fn anchors_let_every_kind_of_use_through() {
        let anchors = Anchors::default();
        for text in [
            "https://x@BitBucket.ORG/a",
            "ATBBx",
            "BB_APP_PASSWORD=1",
            "bb_app_password: 1",
            "BB_TEAM_APP_PW",
            "bb-app-password",
            "bbAppPassword",
            "bbTeamAppPw",
            "BB_AUTH_STRING",
            "bb_auth_string",
            "BB_PASSWORD",
            "BB_TOKEN_BASIC_AUTH",
            "MY_BITBUCKET_APPPASS",
            "BB_APPPASSWORD",
            "bb_apppass",
        ] {
            assert!(anchors.in_text(text.as_bytes()), "{text}");
            assert!(text.len() <= OVERLAP);
        }
        for text in ["", "atbb", "bit bucket", "my app password", "extraHeader = Basic eA=="] {
            assert!(!anchors.in_text(text.as_bytes()), "{text}");
        }
        assert!(anchors.in_git_config(b"[http]\n extraHeader = Authorization: Basic eA=="));
    }

    #[test]
    fn base64_is_seen_in_manifests() {
        let anchors = Anchors::default();
        for url in ["bitbucket.org", "https://bitbucket.org/t", "http://bitbucket.org/t"] {
            let text = format!("url: {}", STANDARD.encode(url));
            assert!(anchors.in_manifest(text.as_bytes()), "{text}");
            assert!(!anchors.in_text(text.as_bytes()), "{text}");
        }
        let text = format!("password: {}", STANDARD.encode(APP));
        assert!(anchors.in_manifest(text.as_bytes()) && !anchors.in_text(text.as_bytes()));
        assert!(!anchors.in_manifest(STANDARD.encode("https://github.com/t").as_bytes()));
    }

    #[test]
    fn no_name_that_says_enough_is_passed_over() {
        for path in [
            ".netrc.gpg",
            "x/_NETRC",
            ".authinfo",
            ".bitbucket",
            ".bitbucket-cli",
            ".bitbucket-rest-cli-config.json",
            "bitbucket-ext.json",
            ".config/bitbucket/config-cli.yml",
            ".config/bb/config.json",
            ".config/bb/configuration.toml",
        ] {
            assert_eq!(Named::of_path(Path::new(path)), Named::Always, "{path}");
            let name = path.rsplit('/').next().unwrap();
            assert!(Named::may_be_always(name.as_bytes()), "{path}");
            let tree = if path.contains("/bb/") { b"40000 bb\0".to_vec() } else { name.into() };
            assert!(Anchors::in_tree(&tree), "{path}");
        }
        assert!(!Named::may_be_always(b"main.rs"));
    }

    #[test]
    fn names_that_say_enough() {
        for (name, named) in [
            (".netrc.gpg", Named::Always),
            ("_NETRC", Named::Always),
            (".authinfo.gpg", Named::Always),
            ("config", Named::GitConfig),
            (".gitconfig", Named::GitConfig),
            ("config.rs", Named::Plain),
            ("secret.yaml", Named::Manifest),
            ("secret.json", Named::Manifest),
            (".bitbucket", Named::Always),
            ("x/.config/bb/config.toml", Named::Always),
            ("config.toml", Named::Plain),
            ("", Named::Plain),
        ] {
            assert_eq!(Named::of_path(Path::new(name)), named, "{name}");
        }
    }
}
