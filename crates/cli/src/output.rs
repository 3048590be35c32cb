//! Where text goes: standard output, standard error, files.

use std::fmt::Display;
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use anyhow::Context as _;
use bbsweep_report::RenderOptions;
use bbsweep_scanner_core::mask::mask_formats;
use serde::Serialize;
use tempfile::NamedTempFile;

use crate::args::{Color, ScreenArgs};

/// Width where there is no terminal: what people read a saved report in.
const WIDTH: usize = 100;

/// How to talk to the user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
}

impl Screen {
    /// Takes the choice of colours over for the whole process.
    pub(crate) fn new(args: ScreenArgs) -> Self {
        match args.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
        .write_global();
        Self { quiet: args.quiet, verbose: args.verbose }
    }

    /// Options for a report that goes to `output`.
    pub(crate) fn render_options(
        self,
        output: Option<&Path>,
        notes: bool,
        suppressed: bool,
    ) -> RenderOptions {
        let width = match (output, terminal_size::terminal_size()) {
            (None, Some((terminal_size::Width(columns), _))) => usize::from(columns),
            _ => WIDTH,
        };
        RenderOptions {
            color: color(output) != ColorChoice::Never,
            width,
            notes,
            suppressed,
            verbose: self.verbose,
            quiet: self.quiet,
            brief: false,
        }
    }
}

/// Options for what goes to a program.
pub(crate) const fn plain_options() -> RenderOptions {
    RenderOptions {
        color: false,
        width: WIDTH,
        notes: false,
        suppressed: false,
        verbose: false,
        quiet: false,
        brief: false,
    }
}

fn color(output: Option<&Path>) -> ColorChoice {
    match (output, ColorChoice::global()) {
        (None, _) => AutoStream::choice(&io::stdout()),
        (Some(_), ColorChoice::Always) => ColorChoice::Always,
        (Some(_), _) => ColorChoice::Never,
    }
}

/// Writes a document to `output`, or to standard output. A reader that went away is no error: it had
/// what it wanted.
pub(crate) fn document(
    output: Option<&Path>,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> anyhow::Result<()> {
    let Some(path) = output else {
        let stream = AutoStream::new(io::stdout().lock(), color(None));
        let mut stream = BufWriter::new(stream);
        return match write(&mut stream).and_then(|()| stream.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            other => other.context("cannot write to standard output"),
        };
    };
    file(path, |out| write(out)).with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a file in one step, mode 0600. What is there and no regular file (`/dev/null`, a FIFO) is
/// written to instead of replaced.
pub(crate) fn file(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> io::Result<()> {
    written(path, write)?.put()
}

/// A file that is written and synced, and not yet in its place.
pub(crate) struct Written(Option<(NamedTempFile, PathBuf)>);

impl Written {
    /// Puts it in its place.
    pub(crate) fn put(self) -> io::Result<()> {
        if let Some((temporary, path)) = self.0 {
            temporary.persist(path)?;
        }
        Ok(())
    }
}

/// As [`file()`], but for the last step: several files can so take their places together.
pub(crate) fn written(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>,
) -> io::Result<Written> {
    if path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
        let mut stream = BufWriter::new(OpenOptions::new().write(true).open(path)?);
        write(&mut stream)?;
        stream.flush()?;
        return Ok(Written(None));
    }
    // The target of a link is replaced, not the link.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut temporary = BufWriter::new(NamedTempFile::new_in(folder)?);
    write(&mut temporary)?;
    let temporary = temporary.into_inner()?;
    temporary.as_file().sync_all()?;
    Ok(Written(Some((temporary, path))))
}

/// One JSON value, indented, with a newline.
pub(crate) fn json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// `text` in lines of at most [`WIDTH`] columns, each after `indent`. Words are not broken: they may
/// be paths to copy.
pub(crate) fn fill(text: &str, indent: &str) -> String {
    let options = textwrap::Options::new(WIDTH)
        .initial_indent(indent)
        .subsequent_indent(indent)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

/// Prints what clap has to say: help, the version, or what is wrong with the command line, with
/// whatever the user typed masked.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let text = error.render();
    if error.use_stderr() {
        let _ = write!(anstream::stderr().lock(), "{}", clean(&text.ansi().to_string()));
    } else {
        let _ = write!(anstream::stdout().lock(), "{}", text.ansi());
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// A line on standard error, for problems and progress. Any secret in it is masked; a standard error
/// that cannot be written to is no reason to fail.
pub(crate) fn message(text: impl Display) {
    // A path can hold what would drive the terminal.
    let text = clean(&text.to_string()).replace(char::is_control, "\u{fffd}");
    let _ = writeln!(anstream::stderr().lock(), "bbsweep: {text}");
}

/// Masks what looks like a secret in a text that came from outside: an argument, a path, an error.
pub(crate) fn clean(text: &str) -> String {
    mask_formats(text).into_owned()
}

/// `path` as one word of a POSIX shell.
pub(crate) fn shell_word(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@%,=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_private_and_replaced_in_one_step() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("report.json");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let failed = file(&path, |out| {
            out.write_all(b"half")?;
            Err(io::Error::other("no"))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        file(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_no_file_is_not_replaced() {
        let null = Path::new("/dev/null");
        file(null, |out| out.write_all(b"gone")).unwrap();
        assert!(!null.metadata().unwrap().is_file());
    }

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell_word(Path::new("/a/b-c.patch")), "/a/b-c.patch");
        assert_eq!(shell_word(Path::new("a b")), "'a b'");
        assert_eq!(shell_word(Path::new("it's $x")), r"'it'\''s $x'");
        assert_eq!(shell_word(Path::new("~")), "'~'");
    }
}
