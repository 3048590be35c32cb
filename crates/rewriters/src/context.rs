//! Which variable syntax is expanded at a place of a file.
//!
//! A file is read in layers: YAML or Groovy unquote a string, a shell reads what is left. The layers
//! are read in that order, and a place counts as expanded only if the last reader expands there. What
//! cannot be read with certainty counts as not expanded.

mod dockerfile;
mod groovy;
mod powershell;
mod shell;
mod systems;
mod view;
pub(crate) mod yaml;

use std::borrow::Cow;
use std::ops::Range;

use bbsweep_scanner_core::document::{Document, FileKind};

use self::shell::{Quoting, Script};
pub(crate) use self::systems::{not_a_shell, shell_syntax};
use self::view::View;
use self::yaml::{Scalar, Style};

/// How the use of a variable is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// `${NAME}`
    Braces,
    /// `$NAME`, where braces would end a YAML scalar, or Drone would fill them in. No character of
    /// a name may follow.
    Bare,
    /// `$$NAME`, which Buildkite leaves to the shell. No character of a name may follow.
    Doubled,
    /// `${{ secrets.NAME }}`
    Actions,
    /// `$(NAME)`: Azure Pipelines, Make
    Macro,
    /// `${env:NAME}`
    PowerShell,
    /// `%NAME%`
    Batch,
}

impl Syntax {
    /// The use of the variable `name`.
    pub(crate) fn write(self, name: &str) -> String {
        match self {
            Self::Braces => format!("${{{name}}}"),
            Self::Bare => format!("${name}"),
            Self::Doubled => format!("$${name}"),
            Self::Actions => format!("${{{{ secrets.{name} }}}}"),
            Self::Macro => format!("$({name})"),
            Self::PowerShell => format!("${{env:{name}}}"),
            Self::Batch => format!("%{name}%"),
        }
    }
}

/// Why somebody should look at an expansion before it is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caution {
    /// A Jenkinsfile: the variable comes from `withCredentials` or `environment`.
    Jenkins,
    /// Read while an image is built.
    ImageBuild,
    /// Read when a container runs.
    ContainerRun,
    /// A reusable workflow only sees the secrets that its caller hands over.
    ReusableWorkflow,
    /// What fills the template may read the expansion itself.
    Template,
    /// A script of package.json, which another shell runs on Windows.
    NpmScript,
    /// A command in a file of a system that is not known.
    Elsewhere,
}

impl Caution {
    /// One sentence without a full stop.
    pub(crate) const fn reason(self) -> &'static str {
        match self {
            Self::Jenkins => "the pipeline has to bind the variable",
            Self::ImageBuild => "the image build has to be given the variable",
            Self::ContainerRun => "the container has to be started with the variable",
            Self::ReusableWorkflow => {
                "a reusable workflow only sees the secrets that its callers hand over"
            }
            Self::Template => "what fills this template may read ${…} itself",
            Self::Elsewhere => "what runs the command has to hand the variable over",
            Self::NpmScript => "the shell of Windows, which runs the script there, expands %NAME%",
        }
    }

    /// What to do about it, for the variable `name`.
    pub(crate) fn step(self, name: &str) -> Option<String> {
        match self {
            Self::Jenkins => Some(format!(
                "bind the token in the Jenkinsfile: withCredentials([string(credentialsId: '…', \
                 variable: '{name}')]) around the step, or environment {{ {name} = \
                 credentials('…') }}"
            )),
            Self::ImageBuild => Some(format!(
                "hand the token to the build as a secret, so that no layer keeps it: RUN \
                 --mount=type=secret,id={name},env={name} and docker build --secret id={name}; \
                 ARG {name} works too, but stays in the image's history"
            )),
            Self::ContainerRun => {
                Some(format!("start the container with the variable: docker run -e {name} …"))
            }
            Self::ReusableWorkflow => Some(format!(
                "declare {name} under on.workflow_call.secrets and hand it over in every caller, or \
                 call with secrets: inherit"
            )),
            Self::Template | Self::NpmScript | Self::Elsewhere => None,
        }
    }
}

/// What a place of a file can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expansion {
    /// A variable is expanded there.
    Expands(Syntax, Option<Caution>),
    /// Nothing is expanded there: why, in one clause.
    Literal(&'static str),
    /// A variable would be needed, and there is none to be had: why, in one clause.
    Unavailable(&'static str),
}

/// What is expanded at the byte at `offset` of [`Document::text`]; `name` is the variable to be
/// used there.
pub(crate) fn at(doc: &Document<'_>, offset: usize, name: &str) -> Expansion {
    use Expansion::{Expands, Literal};
    if !doc.whole {
        return Literal("only a part of the file was read");
    }
    if is_environment_file(doc.path) {
        return Literal("systemd may read the file, and it expands nothing");
    }
    let expansion = match doc.kind {
        FileKind::Shell => posix_shell(doc, offset),
        FileKind::Npmrc => Expands(Syntax::Braces, None),
        FileKind::PipRequirements => pip(name),
        FileKind::Make => Expands(Syntax::Macro, None),
        FileKind::Batch => Expands(Syntax::Batch, None),
        FileKind::PowerShell => power_shell(doc, offset),
        FileKind::Dockerfile => dockerfile(&doc.text, offset),
        FileKind::Jenkinsfile => jenkinsfile(&doc.text, offset),
        FileKind::BitbucketPipelines
        | FileKind::GitlabCi
        | FileKind::Compose
        | FileKind::GithubActions
        | FileKind::AzurePipelines
        | FileKind::CircleCi
        | FileKind::Travis
        | FileKind::Drone
        | FileKind::Buildkite
        | FileKind::CodeBuild => match yaml::scalar_at(&doc.text, offset) {
            None => Literal("it stands outside of the YAML values"),
            Some(scalar) if scalar.is_key => Literal("keys are not expanded"),
            Some(scalar) => ci(doc, &scalar, offset),
        },
        _ => Literal("nothing expands variables in this format"),
    };
    match expansion {
        Expands(syntax, None) if is_template(doc.path) => Expands(syntax, Some(Caution::Template)),
        other => other,
    }
}

/// Whether something else fills in the file before it is what its name says.
fn is_template(path: &str) -> bool {
    const SUFFIXES: &[&str] = &[".tpl", ".tmpl", ".template", ".tftpl", ".in"];
    let lower = path.to_ascii_lowercase();
    SUFFIXES.iter().any(|suffix| lower.ends_with(suffix))
}

/// Whether the file may be read by shells and by systemd (`EnvironmentFile=`), whose syntax has no
/// expansion.
pub(crate) fn is_environment_file(path: &str) -> bool {
    ["etc/default/", "etc/sysconfig/", "etc/conf.d/"].iter().any(|folder| {
        path.match_indices(folder).any(|(at, _)| at == 0 || path.as_bytes()[at - 1] == b'/')
    })
}

fn pip(name: &str) -> Expansion {
    // pip expands `${NAME}` of capital letters, digits and underscores only.
    if name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_') {
        Expansion::Expands(Syntax::Braces, None)
    } else {
        Expansion::Literal("pip only expands variables in capital letters")
    }
}

fn posix_shell(doc: &Document<'_>, offset: usize) -> Expansion {
    if !is_posix(doc) {
        return Expansion::Literal("it is no script for a POSIX-like shell");
    }
    in_shell(&doc.text, offset)
}

fn is_posix(doc: &Document<'_>) -> bool {
    !matches!(interpreter(doc), Some("fish" | "csh" | "tcsh" | "nu" | "elvish" | "xonsh"))
}

/// What a shell expands at `offset` of a script.
fn in_shell(script: &[u8], offset: usize) -> Expansion {
    match Script::read(script).at(offset) {
        Some(quoting) if quoting.expands() => Expansion::Expands(Syntax::Braces, None),
        Some(Quoting::Single | Quoting::AnsiC) => {
            Expansion::Literal("the shell expands nothing in single quotes")
        }
        Some(Quoting::QuotedHeredoc) => Expansion::Literal(
            "the shell expands nothing in a here-document with a quoted delimiter",
        ),
        Some(_) => Expansion::Literal("it stands in a comment or an arithmetic expression"),
        None => Expansion::Literal("the quotes of the script do not close"),
    }
}

fn in_shell_view(view: &View, offset: usize, caution: Option<Caution>) -> Expansion {
    let Some(index) = view.index(offset) else {
        return Expansion::Literal("it stands in a comment");
    };
    match in_shell(&view.text, index) {
        Expansion::Expands(syntax, _) => Expansion::Expands(syntax, caution),
        other => other,
    }
}

fn power_shell(doc: &Document<'_>, offset: usize) -> Expansion {
    use powershell::Quoting;
    if doc.path.to_ascii_lowercase().ends_with(".psd1") {
        return Expansion::Literal("a PowerShell data file expands nothing");
    }
    match powershell::quoting_at(&doc.text, offset) {
        Some(Quoting::Unquoted | Quoting::Expandable) => {
            Expansion::Expands(Syntax::PowerShell, None)
        }
        Some(Quoting::Literal) => Expansion::Literal("PowerShell expands nothing in single quotes"),
        Some(Quoting::Verbatim) => Expansion::Literal("PowerShell expands nothing after --%"),
        Some(Quoting::Comment) => Expansion::Literal("it stands in a comment"),
        None => Expansion::Literal("the quotes of the script do not close"),
    }
}

fn dockerfile(text: &[u8], offset: usize) -> Expansion {
    use dockerfile::Reader;
    match dockerfile::reader_at(text, offset) {
        Some(Reader::BuildShell(view) | Reader::Builder(view)) => {
            in_shell_view(&view, offset, Some(Caution::ImageBuild))
        }
        Some(Reader::RunShell(view)) => in_shell_view(&view, offset, Some(Caution::ContainerRun)),
        Some(Reader::File) => Expansion::Expands(Syntax::Braces, Some(Caution::ImageBuild)),
        Some(Reader::Nobody) => Expansion::Literal("no POSIX shell reads this instruction"),
        None => Expansion::Literal("it stands outside of the instructions"),
    }
}

fn jenkinsfile(text: &[u8], offset: usize) -> Expansion {
    use groovy::{Literal, Step};
    let caution = Some(Caution::Jenkins);
    match groovy::literal_at(text, offset) {
        Some(Literal::Interpolated) => Expansion::Expands(Syntax::Braces, caution),
        Some(Literal::Plain { step: Some(Step::Shell), view }) => {
            in_shell_view(&view, offset, caution)
        }
        Some(Literal::Plain { step: Some(Step::Batch), .. }) => {
            Expansion::Expands(Syntax::Batch, caution)
        }
        Some(Literal::Plain { step: Some(Step::PowerShell), view }) => {
            match view.index(offset).and_then(|index| powershell::quoting_at(&view.text, index)) {
                Some(powershell::Quoting::Unquoted | powershell::Quoting::Expandable) => {
                    Expansion::Expands(Syntax::PowerShell, caution)
                }
                _ => Expansion::Literal("PowerShell expands nothing there"),
            }
        }
        Some(Literal::Plain { step: None, .. }) => {
            Expansion::Literal("Groovy expands nothing in single quotes")
        }
        Some(Literal::Slashy) | None => Expansion::Literal("it stands in no quoted string"),
    }
}

fn ci(doc: &Document<'_>, scalar: &Scalar, offset: usize) -> Expansion {
    let flow = scalar.style == Style::Plain { flow: true };
    let braces = if flow { Syntax::Bare } else { Syntax::Braces };
    match doc.kind {
        // Compose expands before any shell sees the value.
        FileKind::Compose => Expansion::Expands(braces, None),
        FileKind::AzurePipelines => azure(scalar),
        FileKind::GithubActions => {
            let expansion = actions(doc, scalar);
            if flow && matches!(expansion, Expansion::Expands(..)) {
                return Expansion::Unavailable(
                    "an expression would break this YAML flow value unless it is quoted",
                );
            }
            expansion
        }
        kind => match not_a_shell(kind, &scalar.path) {
            Some(reason) => Expansion::Literal(reason),
            None => match in_shell_view(&scalar.view, offset, None) {
                Expansion::Expands(_, caution) => {
                    Expansion::Expands(shell_syntax(kind, flow), caution)
                }
                other => other,
            },
        },
    }
}

fn azure(scalar: &Scalar) -> Expansion {
    match scalar.path.first().map(String::as_str) {
        Some("trigger" | "pr" | "schedules" | "resources" | "parameters" | "pool" | "name") => {
            Expansion::Literal("Azure Pipelines expands no variable there")
        }
        _ => Expansion::Expands(Syntax::Macro, None),
    }
}

/// Where a workflow may use secrets.
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#context-availability>
fn actions(doc: &Document<'_>, scalar: &Scalar) -> Expansion {
    let path: Vec<&str> = scalar.path.iter().map(String::as_str).collect();
    let available = match path[..] {
        ["runs" | "inputs", ..] => {
            return Expansion::Unavailable(
                "an action cannot read secrets: hand the token over as an input",
            );
        }
        ["env", ..]
        | ["jobs", _, "env" | "secrets" | "outputs", ..]
        | ["jobs", _, "container", "credentials" | "env", ..]
        | ["jobs", _, "services", _, "credentials" | "env", ..] => true,
        ["jobs", _, "steps", "[]", key, ..] => !matches!(key, "if" | "id" | "uses" | "shell"),
        _ => false,
    };
    if !available {
        return Expansion::Unavailable("GitHub Actions does not offer secrets at this key");
    }
    let reusable = memchr::memmem::find(&doc.text, b"workflow_call").is_some();
    Expansion::Expands(Syntax::Actions, reusable.then_some(Caution::ReusableWorkflow))
}

/// The program that a script's first line or its name says runs it, without its folder.
fn interpreter<'d>(doc: &'d Document<'_>) -> Option<&'d str> {
    if let Some(line) = doc.text.strip_prefix(b"#!") {
        let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
        let mut words = str::from_utf8(line).ok()?.split_ascii_whitespace();
        let program = |word: &'d str| word.rsplit('/').next().unwrap_or(word);
        let first = program(words.next()?);
        return if first == "env" {
            words.find(|word| !word.starts_with('-') && !word.contains('=')).map(program)
        } else {
            Some(first)
        };
    }
    let name = doc.path.rsplit('/').next().unwrap_or(doc.path);
    name.rsplit_once('.').map(|(_, extension)| extension)
}

/// Whether the file is a script of bash or zsh, which know `${NAME/from/to}`, and expands variables
/// at `offset`.
pub(crate) fn is_bash(doc: &Document<'_>, offset: usize) -> bool {
    doc.kind == FileKind::Shell
        && doc.whole
        && matches!(
            interpreter(doc),
            Some(
                "bash"
                    | "zsh"
                    | "bashrc"
                    | "zshrc"
                    | "bash_profile"
                    | "bash_aliases"
                    | "zshenv"
                    | "zprofile"
            )
        )
        && matches!(in_shell(&doc.text, offset), Expansion::Expands(..))
}

/// Where a key in a YAML file leads to, from the top; `[]` for an item of a sequence. `None`
/// outside of scalars.
pub(crate) fn yaml_path(doc: &Document<'_>, offset: usize) -> Option<Vec<String>> {
    yaml::scalar_at(&doc.text, offset).map(|scalar| scalar.path)
}

/// A value in a shell script, ready to be replaced by an expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShellWord {
    /// What to replace: the value with its own quotes.
    pub(crate) range: Range<usize>,
    /// Whether it stands outside of all other quotes, so that the expansion needs its own.
    pub(crate) bare: bool,
    /// Whether braces would end the YAML value that it stands in.
    pub(crate) flow: bool,
}

/// The shell word that is the value at `value` (a range of [`Document::text`], without quotes).
/// `None` if it is only a part of a word, or if nothing is expanded there.
pub(crate) fn shell_word(doc: &Document<'_>, value: &Range<usize>) -> Option<ShellWord> {
    if !doc.whole || value.is_empty() {
        return None;
    }
    let mut flow = false;
    let text = match doc.kind {
        FileKind::Shell if is_posix(doc) => Layer::File(&doc.text),
        FileKind::BitbucketPipelines
        | FileKind::GitlabCi
        | FileKind::CircleCi
        | FileKind::Travis
        | FileKind::Drone
        | FileKind::Buildkite
        | FileKind::CodeBuild => {
            let scalar = yaml::scalar_at(&doc.text, value.start).filter(|s| !s.is_key)?;
            if not_a_shell(doc.kind, &scalar.path).is_some() {
                return None;
            }
            flow = scalar.style == Style::Plain { flow: true };
            Layer::View(scalar.view)
        }
        _ => return None,
    };
    let word =
        |range: Range<usize>, bare| Some(ShellWord { range: text.places(range)?, bare, flow });
    let start = text.index(value.start)?;
    let end = text.index(value.end - 1)? + 1;
    let script = Script::read(text.bytes());
    let (before, after) = (start.checked_sub(1), end);
    let quote_before = before.and_then(|at| text.bytes().get(at)).copied();
    let quote_after = text.bytes().get(after).copied();
    match script.at(start)? {
        Quoting::Unquoted if begins_word(quote_before) && ends_word(quote_after) => {
            word(start..end, true)
        }
        Quoting::Heredoc => word(start..end, false),
        // The value is all that these quotes hold, and they are all of the word.
        inner @ (Quoting::Double | Quoting::Single)
            if quote_before == quote_after
                && quote_before == Some(if inner == Quoting::Double { b'"' } else { b'\'' })
                && script.at(before?) == Some(Quoting::Unquoted)
                && begins_word(
                    before?.checked_sub(1).and_then(|at| text.bytes().get(at)).copied(),
                )
                && ends_word(text.bytes().get(after + 1).copied()) =>
        {
            word(before?..after + 1, true)
        }
        // Part of a larger string, such as `bash -c "export NAME=value"`.
        Quoting::Double if quote_before != Some(b'"') => word(start..end, false),
        _ => None,
    }
}

fn begins_word(before: Option<u8>) -> bool {
    before.is_none_or(|byte| byte.is_ascii_whitespace() || byte == b'=')
}

fn ends_word(after: Option<u8>) -> bool {
    after.is_none_or(|byte| byte.is_ascii_whitespace() || b";&|)`".contains(&byte))
}

/// The text that a shell reads: the file, or what YAML leaves of a part of it.
enum Layer<'a> {
    File(&'a Cow<'a, [u8]>),
    View(View),
}

impl Layer<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::File(text) => text,
            Self::View(view) => &view.text,
        }
    }

    fn index(&self, offset: usize) -> Option<usize> {
        match self {
            Self::File(text) => (offset < text.len()).then_some(offset),
            Self::View(view) => view.index(offset),
        }
    }

    /// Where a range of the text stands in the file.
    fn places(&self, range: Range<usize>) -> Option<Range<usize>> {
        match self {
            Self::File(_) => Some(range),
            Self::View(view) => {
                Some(view.place(range.start)?.start..view.place(range.end.checked_sub(1)?)?.end)
            }
        }
    }
}

#[cfg(test)]
mod tests;
