//! Positions at which a tool, and not the user, defines what a variable is called.

use crate::consumer::variables;
use crate::document::{Document, FileKind};

use super::assignment::Key;
use super::names::{Style, classify};
use super::text::{line_end, line_start, skip_blanks, skip_line_end};

/// How many bytes to either side of a key its step is looked for.
const REACH: usize = 16 << 10;

/// Why the name at this offset cannot be changed by the user: it is a key that a tool defines. `None`
/// if it is the user's own.
///
/// A rewriter that renames a variable has to leave it alone everywhere where one of its positions
/// gives a reason.
pub fn tool_defined(doc: &Document<'_>, name_offset: usize, name: &str) -> Option<&'static str> {
    let text: &[u8] = &doc.text;
    let end = name_offset.checked_add(name.len()).filter(|end| *end <= text.len())?;
    // The tool that defines it defines another name for the token.
    if variables::becomes(name).is_some() {
        return None;
    }
    if let Some((class, style)) = classify(name.as_bytes(), doc.settings)
        && !class.renamable
    {
        return Some(match style {
            Style::Camel | Style::Kebab => "it is a key of a configuration or of a program",
            Style::Upper | Style::Snake => "tools read the variable under this name",
        });
    }
    if doc.kind == FileKind::BitbucketPipelines && in_commented_pipe(text, name_offset) {
        return Some("the pipe defines the name");
    }
    let key = Key::of(text, name_offset..end);
    if is_mcp_config(doc) && key.closed {
        return Some("the MCP server defines the name");
    }
    // Documents show pieces of such files.
    let yaml = doc.kind.is_yaml() || doc.kind == FileKind::Prose;
    if !yaml || text.get(skip_blanks(text, key.end())) != Some(&b':') {
        return None;
    }
    let parent = parent(text, line_start(text, name_offset))?;
    let siblings = || siblings(text, parent.start);
    match parent.key {
        b"variables" if siblings().contains(&&b"pipe"[..]) => Some("the pipe defines the name"),
        b"with" if doc.kind == FileKind::GithubActions => {
            Some("the action defines the name of its input")
        }
        b"env" if doc.kind == FileKind::GithubActions && siblings().contains(&&b"uses"[..]) => {
            Some("the action reads the variable under this name")
        }
        b"inputs" if doc.kind == FileKind::AzurePipelines => {
            Some("the task defines the name of its input")
        }
        _ => None,
    }
}

/// Whether this place is in a comment that shows a pipe.
fn in_commented_pipe(text: &[u8], at: usize) -> bool {
    let mut start = line_start(text, at);
    loop {
        let line = text[start..line_end(text, start)].trim_ascii_start();
        if !line.starts_with(b"#") {
            return false;
        }
        if memchr::memmem::find(line, b"pipe:").is_some() {
            return true;
        }
        if start == 0 || at - start > REACH {
            return false;
        }
        start = line_start(text, start - 1);
    }
}

/// Whether what is assigned to the name at this offset says where the secret is kept: `env` of a
/// buildspec.
///
/// Source: <https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html>
pub(super) fn names_a_store(doc: &Document<'_>, name_offset: usize) -> bool {
    doc.kind.is_yaml()
        && parent(&doc.text, line_start(&doc.text, name_offset))
            .is_some_and(|parent| matches!(parent.key, b"secrets-manager" | b"parameter-store"))
}

/// Configurations of clients of the Model Context Protocol: names in `env` and in the arguments of a
/// container are those that the server reads.
fn is_mcp_config(doc: &Document<'_>) -> bool {
    let (folder, name) = doc.path.rsplit_once('/').unwrap_or(("", doc.path));
    let name = name.to_ascii_lowercase();
    let json = name.strip_suffix(".json").or_else(|| name.strip_suffix(".jsonc"));
    let Some(stem) = json else { return false };
    matches!(stem, "mcp" | ".mcp" | "claude_desktop_config" | ".claude")
        || stem.starts_with("mcp_config")
        || stem.starts_with("mcp-config")
        || stem.ends_with("mcp_settings")
        || folder.rsplit('/').next() == Some(".mcp")
        || memchr::memmem::find(&doc.text[..doc.text.len().min(REACH)], b"\"mcpServers\"").is_some()
}

/// A key of a block mapping.
struct Parent<'a> {
    key: &'a [u8],
    /// Where its line begins.
    start: usize,
}

/// The key under which the line at `start` stands.
fn parent(text: &[u8], start: usize) -> Option<Parent<'_>> {
    let column = column(text, start);
    if column == 0 {
        return None;
    }
    let floor = start.saturating_sub(REACH);
    let mut at = start;
    while at > floor {
        at = line_start(text, at - 1);
        if is_blank_or_comment(text, at) {
            continue;
        }
        let (here, key) = key_of(text, at);
        if here < column {
            return Some(Parent { key: key?, start: at });
        }
    }
    None
}

/// The keys of the mapping that the key on the line at `start` belongs to.
fn siblings(text: &[u8], start: usize) -> Vec<&[u8]> {
    let column = column(text, start);
    let mut keys = Vec::new();
    let mut at = start;
    // Up to the line that begins the mapping: the dash of a list, or a line less deep.
    while !begins_item(text, at, column) && at > start.saturating_sub(REACH) && at > 0 {
        at = line_start(text, at - 1);
        if is_blank_or_comment(text, at) {
            continue;
        }
        let (here, key) = key_of(text, at);
        if here < column {
            break;
        }
        keys.extend(key.filter(|_| here == column));
    }
    at = start;
    while at < (start + REACH).min(text.len()) {
        let Some(next) = skip_line_end(text, line_end(text, at)) else { break };
        at = next;
        if is_blank_or_comment(text, at) {
            continue;
        }
        let (here, key) = key_of(text, at);
        if here < column || begins_item(text, at, column) {
            break;
        }
        keys.extend(key.filter(|_| here == column));
    }
    keys
}

fn is_blank_or_comment(text: &[u8], start: usize) -> bool {
    let at = skip_blanks(text, start);
    at >= line_end(text, at) || text[at] == b'#'
}

/// Whether the line's first key stands behind the dash of a list and at this column.
fn begins_item(text: &[u8], start: usize, column: usize) -> bool {
    text.get(skip_blanks(text, start)) == Some(&b'-') && self::column(text, start) == column
}

/// The column of the first byte that is neither blank nor the dash of a list.
fn column(text: &[u8], start: usize) -> usize {
    let mut at = skip_blanks(text, start);
    while text.get(at) == Some(&b'-') && text.get(at + 1) == Some(&b' ') {
        at = skip_blanks(text, at + 1);
    }
    at - start
}

/// Column and key of a line, if it has one.
fn key_of(text: &[u8], start: usize) -> (usize, Option<&[u8]>) {
    let column = column(text, start);
    let line = &text[start + column..line_end(text, start).max(start + column)];
    let key = line.iter().position(|b| *b == b':').map(|end| {
        let key = line[..end].trim_ascii();
        key.strip_prefix(b"\"").and_then(|key| key.strip_suffix(b"\"")).unwrap_or(key)
    });
    (column, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reason for the name behind `@@`.
    fn reason(path: &str, marked: &str) -> Option<&'static str> {
        let offset = marked.find("@@").unwrap();
        let text = marked.replace("@@", "");
        let length = text[offset..]
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
            .unwrap();
        let name = text[offset..offset + length].to_owned();
        tool_defined(&Document::new(path, text.as_bytes()), offset, &name)
    }

    const PIPE: &str = "
script:
  - pipe: atlassian/ftp-deploy:0.3.0
    # what it takes
    variables:
      USER: x

      @@BITBUCKET_APP_PASSWORD: $BITBUCKET_APP_PASSWORD
  - echo
";

    #[test]
    fn tools_define() {
        for (path, text) in [
            ("bitbucket-pipelines.yml", PIPE),
            (
                "bitbucket-pipelines.yml",
                "- variables:\n    @@BITBUCKET_APP_PASSWORD: x\n  pipe: a/b:1\n",
            ),
            (
                "bitbucket-pipelines.yml",
                "# - pipe: a/b:1\n#   variables:\n#     @@BITBUCKET_APP_PASSWORD: x\n",
            ),
            (".mcp.json", "{\"env\": {\"@@BITBUCKET_APP_PASSWORD\": \"x\"}}"),
            (".mcp.json", "{\"args\": [\"-e\", \"@@BITBUCKET_APP_PASSWORD\"]}"),
            ("settings.json", "{\"mcpServers\": {\"env\": {\"@@BITBUCKET_APP_PASSWORD\": \"x\"}}}"),
            ("claude_desktop_config.json", "{\"env\": {\"@@BITBUCKET_APP_PASSWORD\": \"x\"}}"),
            (
                ".github/workflows/a.yml",
                "- uses: a/b@v1\n  with:\n    @@BITBUCKET_APP_PASSWORD: x\n",
            ),
            (
                ".github/workflows/a.yml",
                "- uses: a/b@v1\n  env:\n    @@BITBUCKET_APP_PASSWORD: x\n",
            ),
            ("a.yml", "@@appPassword: x\n"),
            ("a.sh", "$@@KOSLI_BITBUCKET_PASSWORD\n"),
            ("a.sh", "$@@BITBUCKET_PASSWORD\n"),
            ("a.sh", "$@@BB_AUTH_STRING\n"),
        ] {
            assert!(reason(path, text).is_some(), "{path}: {text}");
        }
    }

    #[test]
    fn users_define() {
        for (path, text) in [
            (
                "bitbucket-pipelines.yml",
                "- pipe: a/b:1\n  variables:\n    X: $@@BITBUCKET_APP_PASSWORD\n",
            ),
            ("bitbucket-pipelines.yml", "- step:\n  variables:\n    @@BITBUCKET_APP_PASSWORD: x\n"),
            (
                "bitbucket-pipelines.yml",
                "- pipe: a/b:1\n- variables:\n    @@BITBUCKET_APP_PASSWORD: x\n",
            ),
            (".mcp.json", "{\"env\": {\"X\": \"${@@BITBUCKET_APP_PASSWORD}\"}}"),
            (".github/workflows/a.yml", "jobs:\n  env:\n    @@BITBUCKET_APP_PASSWORD: x\n"),
            (".github/workflows/a.yml", "- run: x\n  env:\n    @@BITBUCKET_APP_PASSWORD: x\n"),
            ("a.sh", "$@@BITBUCKET_APP_PASSWORD\n"),
            // The tool that reads it takes the token under another name.
            ("a.sh", "$@@GHORG_BITBUCKET_APP_PASSWORD\n"),
            ("a.json", "{\"@@BITBUCKET_APP_PASSWORD\": \"x\"}"),
        ] {
            assert_eq!(reason(path, text), None, "{path}: {text}");
        }
        let doc = Document::new("a.sh", b"x");
        assert_eq!(tool_defined(&doc, usize::MAX, "BITBUCKET_APP_PASSWORD"), None);
    }
}
