//! What comes in the place of a literal value, format by format.

use std::ops::Range;

use bbsweep_scanner_core::Settings;
use bbsweep_scanner_core::bitbucket::GIT_API_TOKEN_USERNAME;
use bbsweep_scanner_core::detect::env_variable::{NameKind, known_secret_name};
use bbsweep_scanner_core::{FileKind, Role, Use};

use crate::context::{self, Expansion};
use crate::names;
use crate::rewrite::{Need, Subject, TextEdit};
use crate::variable;

/// A value without a secret.
pub(super) struct NewValue {
    pub(super) edit: TextEdit,
    pub(super) from: From,
}

/// Where the secret comes from afterwards.
pub(super) enum From {
    /// The user has to put it there.
    Placeholder,
    /// Variables that have to be created.
    Variables(Vec<Need>),
}

/// What the value says, by piece.
enum Piece {
    Text(&'static str),
    Token,
    Email,
}

/// The new value; the error tells why there is none, in one clause.
pub(super) fn of(subject: &Subject<'_>, variable: &str) -> Result<NewValue, &'static str> {
    let finding = subject.finding;
    let value = subject.part_range(Role::Value).ok_or("its value could not be found again")?;
    let secret = subject.part_range(Role::Secret).ok_or("its secret could not be found again")?;
    let pair = is_pair(variable) || secret != value;
    let (range, pieces) = if pair {
        let user = match finding.usage {
            Use::Git => Piece::Text(GIT_API_TOKEN_USERNAME),
            Use::Rest => Piece::Email,
            Use::Both | Use::Unknown => {
                return Err("it cannot be told whether git or the REST API gets the user in it");
            }
        };
        (value, vec![user, Piece::Text(":"), Piece::Token])
    } else {
        (secret, vec![Piece::Token])
    };
    let new = New { subject, variable, pair };
    match subject.doc.kind {
        FileKind::Dotenv
        | FileKind::Properties
        | FileKind::Ini
        | FileKind::Toml
        | FileKind::Json
        | FileKind::Yaml
        | FileKind::PowerShell
        | FileKind::Batch
        | FileKind::Prose => Ok(new.placeholder(range, &pieces)),
        FileKind::Shell if only_sets_variables(subject.doc.path) => {
            Ok(new.placeholder(range, &pieces))
        }
        FileKind::Shell => new.shell(&range, &pieces),
        FileKind::BitbucketPipelines
        | FileKind::GitlabCi
        | FileKind::CircleCi
        | FileKind::Travis
        | FileKind::Drone
        | FileKind::Buildkite
        | FileKind::CodeBuild => new.script(&range, &pieces),
        FileKind::GithubActions | FileKind::AzurePipelines | FileKind::Compose => {
            new.expansion(range, &pieces)
        }
        FileKind::Dockerfile => Err("an image keeps what ENV and ARG hold"),
        FileKind::Make => {
            Err("make takes the variable from the environment, if nothing sets it here")
        }
        _ => Err(
            "the value has to come from somewhere else, and only the program's author knows where",
        ),
    }
}

/// Whether a variable of this name holds `user:password`.
pub(super) fn is_pair(variable: &str) -> bool {
    // A name that the settings add is no pair.
    known_secret_name(variable, Settings::none())
        .is_some_and(|class| matches!(class.kind, NameKind::Pair(_)))
}

/// Files that a shell reads when it starts, where one that fails may lock its user out, and files of
/// variables for services.
pub(super) fn only_sets_variables(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let of_home = name.strip_prefix(['.', '_']).is_some_and(|name| {
        ["rc", "profile", "login", "env", "aliases", "exports", "functions"]
            .iter()
            .any(|end| name.ends_with(end))
    });
    let of_system = name == "profile" || name.ends_with("rc") || path.contains("profile.d/");
    of_home || of_system || context::is_environment_file(path)
}

struct New<'a> {
    subject: &'a Subject<'a>,
    variable: &'a str,
    pair: bool,
}

impl New<'_> {
    /// The name under which the variable is known after the rewrite.
    fn own_name(&self) -> &str {
        self.subject.renames.new_name(self.variable).unwrap_or(self.variable)
    }

    /// The variable from outside that the token comes from.
    fn source(&self) -> &str {
        let names = &self.subject.options.names;
        let is_variable = |name: &str| {
            name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                && !name.starts_with(|c: char| c.is_ascii_digit())
        };
        let keep = self.subject.options.keep_variable_names && !self.pair;
        if keep && is_variable(self.variable) { self.variable } else { &names.token }
    }

    fn write(&self, pieces: &[Piece], variable: &dyn Fn(&str) -> String) -> (String, Vec<Need>) {
        let names = &self.subject.options.names;
        let mut text = String::new();
        let mut needs = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(piece) => text += piece,
                Piece::Email => {
                    text += &variable(&names.email);
                    needs.push(variable::email(names));
                }
                Piece::Token => {
                    let source = self.source();
                    text += &variable(source);
                    let replaces = (source != self.variable).then(|| self.variable.to_owned());
                    let need = variable::token(names, None);
                    needs.push(Need { name: source.to_owned(), replaces, ..need });
                }
            }
        }
        (text, needs)
    }

    fn placeholder(&self, range: Range<usize>, pieces: &[Piece]) -> NewValue {
        let names = &self.subject.options.names;
        let text = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => (*text).to_owned(),
                Piece::Email => names::placeholder(&names.email),
                // What is to come here, whatever the variable is called: a name that stays may
                // still say "app password".
                Piece::Token => names::placeholder(&names.token),
            })
            .collect::<String>();
        NewValue { edit: self.subject.edit(range, text), from: From::Placeholder }
    }

    fn expanded(&self, range: Range<usize>, text: String, needs: Vec<Need>) -> NewValue {
        NewValue { edit: self.subject.edit(range, text), from: From::Variables(needs) }
    }

    /// A script stops where the variable is missing, as it would at a rejected password.
    fn shell(&self, range: &Range<usize>, pieces: &[Piece]) -> Result<NewValue, &'static str> {
        let word = context::shell_word(self.subject.doc, range)
            .ok_or("the shell would not expand a variable there")?;
        let (text, needs) = self.write(pieces, &|name| format!("${{{name}:?}}"));
        let text = if word.bare { format!("\"{text}\"") } else { text };
        Ok(self.expanded(word.range, text, needs))
    }

    /// A value in the YAML of a CI system that runs shell scripts.
    fn script(&self, range: &Range<usize>, pieces: &[Piece]) -> Result<NewValue, &'static str> {
        let doc = self.subject.doc;
        let path = context::yaml_path(doc, range.start).ok_or("it stands outside of the values")?;
        if doc.kind == FileKind::GitlabCi && path.iter().any(|key| key == "variables") {
            return Err("a variable that the file sets hides the one of the project");
        }
        if let Some(reason) = context::not_a_shell(doc.kind, &path) {
            return Err(reason);
        }
        let word =
            context::shell_word(doc, range).ok_or("the shell would not expand a variable there")?;
        let syntax = context::shell_syntax(doc.kind, word.flow);
        let (text, needs) = self.write(pieces, &|name| syntax.write(name));
        Ok(self.expanded(word.range, text, needs))
    }

    /// A value in YAML whose variables are expanded before anything else reads it.
    fn expansion(&self, range: Range<usize>, pieces: &[Piece]) -> Result<NewValue, &'static str> {
        let doc = self.subject.doc;
        match context::at(doc, range.start, self.source()) {
            Expansion::Expands(syntax, _) => {
                let hides_itself = doc.kind == FileKind::AzurePipelines
                    && self.own_name() == self.source()
                    && context::yaml_path(doc, range.start)
                        .is_none_or(|path| path.iter().any(|key| key == "variables"));
                if hides_itself {
                    return Err("a variable that the file sets hides the one of the pipeline");
                }
                let (text, needs) = self.write(pieces, &|name| syntax.write(name));
                Ok(self.expanded(range, text, needs))
            }
            Expansion::Literal(reason) | Expansion::Unavailable(reason) => Err(reason),
        }
    }
}

/// What to do about a placeholder.
pub(super) fn fill_in(subject: &Subject<'_>) -> String {
    format!(
        "put the token in the place of the placeholder in {}, or better have a secret store hand it \
         over, and keep the file out of version control",
        subject.finding.location.path
    )
}

/// What to do about a value that is not rewritten.
pub(super) fn by_hand(subject: &Subject<'_>, variable: &str) -> String {
    let token = subject.renames.new_name(variable).unwrap_or(variable);
    match subject.doc.kind {
        FileKind::GitlabCi => format!(
            "delete the line and add {token} as a masked variable: Settings > CI/CD > Variables"
        ),
        FileKind::AzurePipelines => format!(
            "delete the line and add {token} as a secret variable of the pipeline or of a variable group"
        ),
        FileKind::CircleCi => format!(
            "delete the line, which hides the project's variable, and add {token} to the project or \
             to a context of its jobs"
        ),
        FileKind::Travis => format!(
            "delete the line and add {token} in the repository's settings, or encrypt it: travis \
             encrypt {token}=… --add env.global"
        ),
        FileKind::Drone => format!(
            "add {token} as a secret of the repository and let the line bring it: {token}: \
             {{ from_secret: {token} }}"
        ),
        FileKind::Buildkite => format!(
            "delete the line and add {token} to the secrets of the cluster, or let the environment \
             hook of the agents export it"
        ),
        FileKind::CodeBuild => format!(
            "delete the line and take {token} from AWS Secrets Manager or the Parameter Store: env: \
             secrets-manager: {token}: SECRET-ID:JSON-KEY"
        ),
        FileKind::Dockerfile => format!(
            "delete the line and hand the token over when it is needed: RUN \
             --mount=type=secret,id={token},env={token} at build time, docker run -e {token} at run time"
        ),
        FileKind::Make => {
            format!("delete the line and set {token} in the environment that make runs in")
        }
        FileKind::Jenkinsfile => format!(
            "delete the line and bind the token: withCredentials([string(credentialsId: '…', \
             variable: '{token}')]), or environment {{ {token} = credentials('…') }}"
        ),
        _ => {
            format!("read the token from the environment or a secret store, for example as {token}")
        }
    }
}
