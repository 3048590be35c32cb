//! What the tests of several modules share.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bbsweep_scanner_core::bitbucket::Scope;
use bbsweep_scanner_core::consumer::Slot;
use bbsweep_scanner_core::document::Document;
use bbsweep_scanner_core::finding::Excerpt;
use bbsweep_scanner_core::{
    Confidence, CredentialKind, Finding, FormError, Location, Part, Place, Role, Rule, Secret,
    Severity, Span, State, Use,
};

use crate::edit::{Applicability, Edit, Fix, apply_edits};
use crate::env_variable::Renames;
use crate::plan::{FilePlan, Group, Plan, PlanOptions, file};
use crate::rewrite::{Proposal, Subject, rewrite};
use crate::slot::Parsed;

/// The real git, with no config of the machine.
pub(crate) fn git<S: AsRef<OsStr>>(dir: &Path, args: impl IntoIterator<Item = S>) -> Output {
    Command::new("git")
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_NAME", "t")
        .env("GIT_AUTHOR_EMAIL", "t@example.com")
        .env("GIT_COMMITTER_NAME", "t")
        .env("GIT_COMMITTER_EMAIL", "t@example.com")
        .env("LC_ALL", "C")
        .env_remove("GIT_DIR")
        .output()
        .unwrap()
}

/// As [`git`], and it has to succeed.
pub(crate) fn git_ok<S: AsRef<OsStr>>(dir: &Path, args: impl IntoIterator<Item = S>) -> Vec<u8> {
    let output = git(dir, args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Writes a file and the folders above it.
pub(crate) fn put(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.as_ref().parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// A fix that turns the first `old` in `bytes` into `new`.
pub(crate) fn replacing(bytes: &[u8], old: &[u8], new: &[u8]) -> Fix {
    let at = bytes.windows(old.len()).position(|window| window == old).unwrap() as u64;
    Fix {
        applicability: Applicability::Safe,
        edits: vec![Edit { span: Span::new(at, at + old.len() as u64), replacement: new.to_vec() }],
        ..Fix::manual("", Vec::new())
    }
}

/// A plan made by hand, for files that are on disk.
#[derive(Default)]
pub(crate) struct Plans(pub(crate) Plan);

impl Plans {
    /// Adds one file with its fixes.
    pub(crate) fn file(&mut self, group: &Group, relative: impl Into<PathBuf>, fixes: Vec<Fix>) {
        let relative = relative.into();
        let absolute = group.dir().join(&relative);
        let first = self.0.fixes.len();
        self.0.fixes.extend(fixes);
        self.0.files.push(FilePlan {
            digest: file::digest(&fs::read(&absolute).unwrap()),
            digest_after: None,
            path: relative.to_string_lossy().into_owned(),
            absolute,
            group: group.clone(),
            relative,
            fixes: (first..self.0.fixes.len()).collect(),
            in_repository: false,
            scope: 0,
        });
    }
}

/// 36 characters, clearly fake.
pub(crate) const APP_PASSWORD: &str = "ATBBexampleNotARealSecret0010A1B2C3D";
/// An API token's form, clearly fake; shorter than a real one.
pub(crate) const API_TOKEN: &str = "ATATT3xFfGF0exampleNotARealToken_exampleNotARealToken-\
     exampleNotARealToken_exampleNotARealToken-exampleNotA=1A2B3C4D";

/// Options without a token.
pub(crate) fn plain() -> PlanOptions {
    PlanOptions::default()
}

/// Options with a token and an email.
pub(crate) fn with_token() -> PlanOptions {
    PlanOptions {
        token: Some(Secret::new(API_TOKEN)),
        email: Some("dev@example.com".into()),
        ..PlanOptions::default()
    }
}

/// A finding made by hand, of which a rewriter can be asked.
pub(crate) struct Found<'a> {
    text: &'a str,
    pub(crate) finding: Finding,
}

/// What the rewriter made of it.
pub(crate) struct Rewritten {
    pub(crate) proposal: Proposal,
    /// The file afterwards.
    pub(crate) text: String,
}

impl<'a> Found<'a> {
    /// An app password in the file `path` with this text.
    pub(crate) fn new(rule: Rule, path: &str, text: &'a str) -> Self {
        let finding = Finding {
            rule,
            via: rule,
            slot: None,
            state: State::AppPassword,
            form_error: None,
            usage: Use::Git,
            confidence: Confidence::Certain,
            severity: Severity::Error,
            place: Place::Active,
            location: Location {
                root: 0,
                path: path.into(),
                path_bytes: None,
                absolute: None,
                repository: None,
                commit: None,
                git_config_key: None,
                line: 1,
                column: 1,
            },
            history: None,
            span: Span::new(0, text.len() as u64),
            parts: Vec::new(),
            kind: CredentialKind::AppPassword,
            secret: None,
            username: None,
            variable: None,
            scopes: vec![Scope::ReadRepository],
            excerpt: Excerpt::default(),
            message: String::new(),
            id: String::new(),
            credential_fingerprint: None,
        };
        Self { text, finding }
    }

    /// In a slot of the consumer table.
    pub(crate) fn slot(mut self, row: &'static Slot) -> Self {
        self.finding.slot = Some(row);
        self.finding.usage = row.usage;
        self
    }

    pub(crate) fn variable(mut self, name: &str) -> Self {
        self.finding.variable = Some(name.to_owned());
        self
    }

    pub(crate) fn state(mut self, state: State) -> Self {
        self.finding.state = state;
        self
    }

    pub(crate) fn confidence(mut self, confidence: Confidence) -> Self {
        self.finding.confidence = confidence;
        self
    }

    pub(crate) fn form_error(mut self, error: FormError) -> Self {
        self.finding.form_error = Some(error);
        self
    }

    pub(crate) fn secret(mut self, secret: Secret) -> Self {
        self.finding.secret = Some(secret);
        self
    }

    /// A part, at the last place where `text` stands.
    pub(crate) fn part(mut self, role: Role, text: &str) -> Self {
        let start = self.text.rfind(text).unwrap() as u64;
        let span = Span::new(start, start + text.len() as u64);
        self.finding.parts.push(Part { role, span });
        self
    }

    pub(crate) fn rewrite(self, options: &PlanOptions) -> Rewritten {
        self.rewrite_with(options, &Renames::default())
    }

    pub(crate) fn rewrite_with(self, options: &PlanOptions, renames: &Renames) -> Rewritten {
        let bytes = self.text.as_bytes();
        let doc = Document::new(&self.finding.location.path, bytes);
        let parsed = Parsed::default();
        let subject =
            Subject { finding: &self.finding, doc: &doc, bytes, options, renames, parsed: &parsed };
        let proposal = rewrite(&subject);
        let edits: Vec<_> = proposal
            .edits
            .iter()
            .map(|edit| Edit { span: edit.span, replacement: edit.text.clone().into_bytes() })
            .collect();
        let text = String::from_utf8(apply_edits(bytes, &edits).unwrap()).unwrap();
        Rewritten { proposal, text }
    }
}
