//! One line of a CODEOWNERS file.

use super::Dialect;

/// A line in words.
pub(super) struct Tokens {
    /// The first word, as a pattern: an escaped space is a space, other escapes stand.
    pub(super) pattern: String,
    /// The others.
    pub(super) rest: Vec<String>,
}

/// Splits at spaces that are neither escaped nor between quotes.
pub(super) fn words(line: &str) -> Tokens {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if chars.peek().is_some_and(|next| next.is_whitespace()) => {
                word.extend(chars.next());
            }
            // In a pattern, what follows means itself.
            '\\' if words.is_empty() => {
                word.push(c);
                word.extend(chars.next());
            }
            c if c.is_whitespace() && !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    let rest = if words.is_empty() { Vec::new() } else { words.split_off(1) };
    Tokens { pattern: words.pop().unwrap_or_default(), rest }
}

/// The owner that a word names: `@user`, `@group/team`, `@@role`, an email. Without the way in which
/// Bitbucket picks members: `@workspace/group:random(2)`.
pub(super) fn owner(word: &str) -> Option<String> {
    if !word.contains('@') {
        return None;
    }
    let word = match word.split_once(':') {
        Some((name, strategy)) if strategy.ends_with(')') => name,
        _ => word,
    };
    (!word.trim_start_matches('@').is_empty()).then(|| word.to_owned())
}

/// A section's name and its default owners, for a line that begins one: `^[Name][2] @owner`.
pub(super) fn section(line: &str) -> Option<(String, Vec<String>)> {
    let line = line.strip_prefix('^').unwrap_or(line);
    let (name, rest) = line.strip_prefix('[')?.split_once(']')?;
    let name = name.trim();
    let rest = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((approvals, rest)) if approvals.trim().parse::<u32>().is_ok() => rest,
        Some(_) => return None,
        None => rest,
    };
    let is_apart = rest.is_empty() || rest.starts_with(char::is_whitespace);
    if name.is_empty() || !is_apart {
        return None;
    }
    Some((name.to_owned(), rest.split_whitespace().filter_map(owner).collect()))
}

/// The globs that match what `pattern` matches, with paths that begin without `/`.
pub(super) fn glob_of(pattern: &str, dialect: Dialect) -> Vec<String> {
    let plain = plain(pattern, dialect);
    if plain.trim_matches('/').is_empty() {
        return if plain.starts_with('/') { vec!["**".to_owned()] } else { Vec::new() };
    }
    if plain == "*" || plain == "**" {
        return vec!["**".to_owned()];
    }
    let inner = plain.trim_end_matches('/');
    let anchored = match dialect {
        Dialect::GitLab => plain.starts_with('/'),
        // As in .gitignore.
        Dialect::GitHub | Dialect::Bitbucket => inner.contains('/'),
    };
    let inner = inner.trim_start_matches('/');
    let start = if anchored || inner.starts_with("**/") { "" } else { "**/" };
    let all_below = format!("{start}{inner}/**");
    if plain.ends_with('/') {
        return vec![all_below];
    }
    let itself = format!("{start}{inner}");
    // `docs/*` is what stands in docs itself; GitLab's paths are of files alone.
    let only_itself = dialect == Dialect::GitLab
        || inner == "*"
        || inner.ends_with("/*")
        || inner.ends_with("**");
    if only_itself { vec![itself] } else { vec![itself, all_below] }
}

/// What a system takes literally is escaped.
fn plain(pattern: &str, dialect: Dialect) -> String {
    let literal: &[char] = match dialect {
        Dialect::GitHub => &['[', ']', '{', '}', '!'],
        Dialect::GitLab => &['{', '}'],
        Dialect::Bitbucket => &['[', ']'],
    };
    let mut out = String::with_capacity(pattern.len());
    let mut escaped = false;
    for c in pattern.chars() {
        if !escaped && literal.contains(&c) {
            out.push('\\');
        }
        escaped = !escaped && c == '\\';
        out.push(c);
    }
    out
}
