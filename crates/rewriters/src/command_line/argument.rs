//! Username and secret in arguments: `user:secret` in one, or each in one of its own.

use std::ops::Range;

use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;
use bbsweep_scanner_core::detect::command_line::double_quote;
use bbsweep_scanner_core::{FileKind, Role, State, Use};

use super::{Made, caution, expansion, username, username_variable, with_quotes};
use crate::context::{Expansion, Syntax};
use crate::env_variable::username::UsernameFate;
use crate::rewrite::{Subject, TextEdit};

/// A part of an argument and what comes there; `None`: it stays.
type Piece = (Range<usize>, Option<String>);

/// The edits that put the right username, and a variable for a literal app password, into place.
pub(super) fn edits(subject: &Subject<'_>, rename: Option<&TextEdit>) -> Result<Made, String> {
    let finding = subject.finding;
    let lost = || "its user and password could not be told apart".to_owned();
    let user = subject.part_range(Role::Username).ok_or_else(lost)?;
    let secret = subject.part_range(Role::Secret).ok_or_else(lost)?;
    if username_variable(subject).is_some_and(|name| name.bytes().all(|b| b.is_ascii_digit())) {
        return Err("the caller hands the username over".to_owned());
    }
    let new_token = finding.state == State::AppPassword;
    if finding.usage == Use::Git && !new_token {
        return Ok(static_name(subject, user, rename));
    }
    if finding.part(Role::Command).is_none() {
        return in_text(subject, user, secret, rename);
    }
    let place = |words: &Range<usize>| {
        let name = if finding.usage == Use::Git {
            &subject.options.names.token
        } else {
            &subject.options.names.email
        };
        // PowerShell counts the quote to the string that it begins.
        let outside = usize::from(subject.doc.kind == FileKind::PowerShell);
        expansion(subject, words.start.saturating_sub(outside), name)
    };
    let words: Vec<Range<usize>> = match subject.part_range(Role::Word) {
        Some(word) => vec![word],
        None => [&user, &secret].map(|range| with_option(&subject.doc.text, range)).to_vec(),
    };
    let first = words.first().cloned().ok_or_else(lost)?;
    let (syntax, note) = match place(&first) {
        Expansion::Expands(syntax, caution) => (syntax, caution),
        Expansion::Literal(reason) | Expansion::Unavailable(reason) => {
            return mirrored(subject, &user, rename).ok_or_else(|| reason.to_owned());
        }
    };
    let new_user = match of_the_shell(subject, syntax) {
        Some(name) => (name, Some(subject.options.names.email.clone())),
        None => (user.clone(), Some(username(subject, syntax))),
    };
    let new_secret = (secret, new_token.then(|| syntax.write(&subject.options.names.token)));
    let mut edits = Vec::new();
    match &words[..] {
        [word] => word_edits(subject, syntax, word, &[new_user, new_secret], &mut edits)?,
        [one, other] => {
            word_edits(subject, syntax, one, &[new_user], &mut edits)?;
            if new_secret.1.is_some() {
                word_edits(subject, syntax, other, &[new_secret], &mut edits)?;
            }
        }
        _ => return Err(lost()),
    }
    edits.extend(rename.cloned());
    let (caution, mut steps) = caution(subject, note);
    steps.extend(one_line(subject, &mut edits));
    Ok(Made { edits, caution, steps, new_token })
}

/// Where the name stands in `$NAME`, in a step to which the CI system hands its variables: the file
/// sets the variable, and there it gets the email's name.
fn of_the_shell(subject: &Subject<'_>, syntax: Syntax) -> Option<Range<usize>> {
    let name = username_variable(subject)?;
    let fate = subject.renames.username(name)?;
    let range = subject.part_range(Role::Username)?;
    let text = subject.doc.text.get(range.clone())?;
    let in_shell = text.starts_with(b"$") && !text.starts_with(b"${{") && !text.starts_with(b"$(");
    if !in_shell
        || !matches!(syntax, Syntax::Actions | Syntax::Macro)
        || subject.doc.kind == FileKind::Make
        || !matches!(fate, UsernameFate::Email(_))
    {
        return None;
    }
    let at = range.start + memchr::memmem::find(text, name.as_bytes())?;
    Some(at..at + name.len())
}

/// git's name is the same everywhere, and no quotes matter to it.
pub(super) fn static_name(
    subject: &Subject<'_>,
    user: Range<usize>,
    rename: Option<&TextEdit>,
) -> Made {
    let mut edits = vec![subject.edit(user, GIT_API_TOKEN_USERNAME)];
    edits.extend(rename.cloned());
    let steps = one_line(subject, &mut edits).into_iter().collect();
    Made { edits, caution: None, steps, new_token: false }
}

/// Username and secret in a text that is not split into words: a here-document, a format.
fn in_text(
    subject: &Subject<'_>,
    user: Range<usize>,
    secret: Range<usize>,
    rename: Option<&TextEdit>,
) -> Result<Made, String> {
    let finding = subject.finding;
    let names = &subject.options.names;
    let new_token = finding.state == State::AppPassword;
    let written = |offset: usize, name: &str| match expansion(subject, offset, name) {
        Expansion::Expands(syntax, caution) => Ok((syntax, caution)),
        Expansion::Literal(reason) | Expansion::Unavailable(reason) => Err(reason.to_owned()),
    };
    let mut edits = Vec::new();
    let mut note = None;
    if finding.usage == Use::Git {
        edits.push(subject.edit(user, GIT_API_TOKEN_USERNAME));
    } else {
        let (syntax, caution) = written(user.start, &names.email)?;
        note = caution;
        edits.push(subject.edit(user, syntax.write(&names.email)));
    }
    if new_token {
        let (syntax, caution) = written(secret.start, &names.token)?;
        note = note.or(caution);
        edits.push(subject.edit(secret, syntax.write(&names.token)));
    }
    edits.extend(rename.cloned());
    let (caution, steps) = caution(subject, note);
    Ok(Made { edits, caution, steps, new_token })
}

/// Where the place expands nothing that we could write, the reference that stands there tells how:
/// its name becomes the email's.
fn mirrored(subject: &Subject<'_>, user: &Range<usize>, rename: Option<&TextEdit>) -> Option<Made> {
    let finding = subject.finding;
    let name = username_variable(subject)?;
    let from_environment =
        name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let code = matches!(subject.doc.kind, FileKind::CodeHash | FileKind::CodeSlash | FileKind::Hcl);
    if finding.state == State::AppPassword || finding.usage == Use::Git || !from_environment || code
    {
        return None;
    }
    let text = subject.doc.text.get(user.clone())?;
    let at = memchr::memmem::find(text, name.as_bytes())?;
    let tail = &text[at + name.len()..];
    if !text.starts_with(b"$") || !matches!(tail, b"" | b"}" | b")") {
        return None;
    }
    let name = user.start + at..user.start + at + name.len();
    let mut edits = vec![subject.edit(name, subject.options.names.email.as_str())];
    edits.extend(rename.cloned());
    let caution = Some(format!(
        "{} has to be set where the command runs, which may not be here",
        subject.options.names.email
    ));
    Some(Made { edits, caution, steps: Vec::new(), new_token: false })
}

/// The edits of one word, with quotes in which its variables are expanded.
fn word_edits(
    subject: &Subject<'_>,
    syntax: Syntax,
    word: &Range<usize>,
    pieces: &[Piece],
    edits: &mut Vec<TextEdit>,
) -> Result<(), String> {
    let text = &subject.doc.text;
    let raw = text.get(word.clone()).unwrap_or_default();
    let plain = |edits: &mut Vec<TextEdit>| {
        for (range, new) in pieces {
            if let Some(new) = new {
                edits.push(subject.edit(range.clone(), new.as_str()));
            }
        }
    };
    let begins = subject.part_range(Role::Command).map_or(word.start, |command| command.start);
    let quote = double_quote(subject.doc, begins);
    let quoted = raw.len() >= 2 * quote.len()
        && raw.starts_with(quote.as_bytes())
        && raw.ends_with(quote.as_bytes());
    let between = between(word, pieces);
    let marks =
        |range: &Range<usize>| text[range.clone()].iter().any(|b| matches!(b, b'"' | b'\''));
    let edges = &between[1..between.len() - 1];
    let uniform = quoted && !edges.iter().any(marks);
    let textual = matches!(syntax, Syntax::Actions | Syntax::Batch)
        || syntax == Syntax::Macro && (quoted || marks(word));
    if uniform || textual {
        plain(edits);
        return Ok(());
    }
    let kept = pieces.iter().filter(|(_, new)| new.is_none());
    for (range, _) in kept {
        let single = raw.contains(&b'\'');
        let special =
            |b: &u8| matches!(b, b'"' | b'\'') || single && matches!(b, b'$' | b'`' | b'\\');
        if text[range.clone()].iter().any(special) {
            return Err("its quotes cannot be changed without a look at what they hold".to_owned());
        }
    }
    let last = between.len() - 1;
    for (index, range) in between.into_iter().enumerate() {
        let new = if index == 0 || index == last { quote } else { ":" };
        if &text[range.clone()] != new.as_bytes() {
            edits.push(subject.edit(range, new));
        }
    }
    plain(edits);
    join(edits);
    Ok(())
}

/// With its quotes, or with those around it and its option: `"-Dpassword=…"`.
fn with_option(text: &[u8], range: &Range<usize>) -> Range<usize> {
    let quoted = with_quotes(text, range);
    if quoted != *range || text.get(range.end) != Some(&b'"') {
        return quoted;
    }
    let option = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'=');
    let start = range.start - text[..range.start].iter().rev().take_while(option).count();
    match start.checked_sub(1).map(|quote| (quote, text[quote])) {
        Some((quote, b'"')) if text[start] == b'-' => quote..range.end + 1,
        _ => quoted,
    }
}

/// What of the word stands before, between and behind the pieces.
fn between(word: &Range<usize>, pieces: &[Piece]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = word.start;
    for (range, _) in pieces {
        found.push(at..range.start.max(at));
        at = range.end;
    }
    found.push(at..word.end.max(at));
    found
}

/// Makes one edit of those that touch: two cannot begin at one place.
fn join(edits: &mut Vec<TextEdit>) {
    edits.sort_by_key(|edit| edit.span);
    let mut joined: Vec<TextEdit> = Vec::new();
    for edit in edits.drain(..) {
        match joined.last_mut() {
            Some(last) if last.span.end == edit.span.start => {
                last.span.end = edit.span.end;
                last.text.push_str(&edit.text);
            }
            _ => joined.push(edit),
        }
    }
    *edits = joined;
}

/// `echo -n user:secret | base64` breaks lines after 76 characters, and an API token is longer.
fn one_line(subject: &Subject<'_>, edits: &mut Vec<TextEdit>) -> Option<String> {
    let text = &subject.doc.text;
    let use_ = subject.range(subject.finding.span)?;
    let secret = subject.part_range(Role::Secret)?;
    let rest = text.get(secret.end..use_.end)?;
    let program = secret.end + memchr::memmem::find(rest, b"base64")?;
    let behind = &text[program..use_.end];
    let one = [&b"-w0"[..], b"-w 0", b"--wrap", b"tr -d", b"-A"];
    if !behind.starts_with(b"base64")
        || one.iter().any(|form| memchr::memmem::find(behind, form).is_some())
    {
        return None;
    }
    // `openssl base64` takes another flag; `tr` does for all.
    if let Some(length) = memchr::memchr(b')', behind) {
        let close = program + length;
        edits.push(subject.edit(close..close, " | tr -d '\\n'"));
        return None;
    }
    Some(
        "keep base64 from breaking lines, an API token is longer than 76 characters: base64 -w 0"
            .to_owned(),
    )
}
