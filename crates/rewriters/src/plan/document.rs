//! A plan as a document: made on one host, reviewed, signed, and applied to another clone of the same
//! commit.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bbsweep_scanner_core::mask::Scrubber;
use bbsweep_scanner_core::{Finding, Rule, Secret, Span};
use serde::{Deserialize, Serialize};

use crate::edit::{Applicability, Edit, Fix};
use crate::patch::LeftOut;
use crate::plan::file::{chosen, digest, hex, path_from, rebuild};
use crate::plan::{FilePlan, Group, Plan};

/// The version of the format that is written here, and the newest that is read.
pub const SCHEMA: u32 = 1;

const TOOL: &str = "bbsweep";

/// Every edit of a plan. Holds no secret: neither what the edits remove nor what they keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanDocument {
    /// Version of the format.
    pub schema: u32,
    /// `bbsweep`.
    pub tool: String,
    /// Its version.
    pub version: String,
    /// The folders that paths are relative to, as given; another host names its own.
    pub roots: Vec<String>,
    /// In the order of [`Plan::files`].
    pub files: Vec<DocumentFile>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentFile {
    /// Index into the roots.
    pub root: usize,
    /// Relative to the root, with `/`.
    pub path: String,
    /// base64 of the path's bytes where they are not UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_bytes: Option<String>,
    /// The repository's top level, relative to the root.
    pub repository: Option<String>,
    /// Files with the same number rename their variables together or not at all.
    pub scope: usize,
    /// SHA-256 of the file before the edits, in hex.
    pub sha256_before: String,
    /// SHA-256 of the file after all of them, in hex.
    pub sha256_after: String,
    /// Sorted by position.
    pub edits: Vec<DocumentEdit>,
}

/// One edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentEdit {
    /// Edits of one file with the same number are one change: made together.
    pub change: usize,
    /// First byte that is replaced.
    pub byte_start: u64,
    /// One past the last one.
    pub byte_end: u64,
    /// What comes there.
    pub replacement: String,
    /// Whether `replacement` is base64 of the bytes: of a file that is not UTF-8.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub base64: bool,
    /// Id of the rule that asks for it.
    pub rule: String,
    /// How far it can be trusted: `safe` or `review`.
    pub applicability: Applicability,
    /// Why this applicability.
    pub reason: String,
    /// The variable that it renames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renames: Option<String>,
}

impl PlanDocument {
    /// The document of the fixes of at least `least`. `findings` are those that `plan` was made for,
    /// `roots` what they were found below. Each file is read again; one that cannot be in the document
    /// is named, and so are those that rename a variable together with it.
    pub fn new(
        plan: &Plan,
        findings: &[Finding],
        roots: Vec<String>,
        least: Applicability,
        version: &str,
    ) -> (Self, Vec<LeftOut>) {
        let mut rows = Vec::new();
        let net = Net::new(findings);
        for (index, file) in plan.files.iter().enumerate() {
            if chosen(plan, file, least).next().is_some() {
                rows.push((index, DocumentFile::new(plan, file, findings, least, &net)));
            }
        }
        leave_half_renames_out(plan, least, &mut rows);
        let (mut files, mut left_out) = (Vec::new(), Vec::new());
        for (index, row) in rows {
            match row {
                Ok(row) => files.push(row),
                Err(reason) => left_out.push(LeftOut {
                    file: index,
                    path: plan.files[index].path.clone(),
                    reason,
                }),
            }
        }
        let (tool, version) = (TOOL.to_owned(), version.to_owned());
        (Self { schema: SCHEMA, tool, version, roots, files }, left_out)
    }

    /// Reads a document, or says what is wrong with it. No text of it is in the message.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Head {
            schema: u32,
            tool: String,
        }
        let at = |err: &serde_json::Error| {
            let what = match err.classify() {
                serde_json::error::Category::Eof => "it is cut off",
                serde_json::error::Category::Syntax => "it is not JSON",
                _ => "it is not what `bbsweep patch` writes",
            };
            format!("{what}, at line {} column {}", err.line(), err.column())
        };
        let head: Head = serde_json::from_slice(bytes).map_err(|err| at(&err))?;
        if head.tool != TOOL {
            return Err("it is no plan of bbsweep".to_owned());
        }
        if head.schema != SCHEMA {
            return Err(format!(
                "it has the schema {}, and this bbsweep reads {SCHEMA}: use the version that wrote it",
                head.schema
            ));
        }
        serde_json::from_slice(bytes).map_err(|err| at(&err))
    }

    /// The plan of the document below `roots`, one for each of its own. Refuses a document that names
    /// what is not below them, or is not whole: nothing of such a one is applied.
    pub fn plan(&self, roots: &[PathBuf]) -> Result<Plan, String> {
        if roots.len() != self.roots.len() {
            return Err(format!(
                "the plan was made for {} ({}), and {} given: name one for each, in that order",
                folders(self.roots.len()),
                self.roots.join(", "),
                folders(roots.len()),
            ));
        }
        let mut plan = Plan::default();
        let mut seen = BTreeSet::new();
        for file in &self.files {
            let wrong = |what: &str| format!("{}: {what}", file.path);
            let root = roots.get(file.root).ok_or_else(|| wrong("its root is not in the plan"))?;
            let relative = file.relative().map_err(|what| wrong(&what))?;
            if !seen.insert((file.root, relative.clone())) {
                return Err(wrong("it stands twice in the plan"));
            }
            // The root may be the file itself.
            let is_root = root.is_file() && root.file_name() == Some(relative.as_os_str());
            let absolute = if is_root { root.clone() } else { root.join(&relative) };
            let digest_after = sha256(&file.sha256_after).ok_or_else(|| wrong("no digest"))?;
            let first = plan.fixes.len();
            for (rule, fix) in file.changes().map_err(|what| wrong(&what))? {
                plan.rules.push(rule);
                plan.fixes.push(fix);
            }
            plan.files.push(FilePlan {
                absolute,
                path: file.path.clone(),
                group: Group::Tree(root.clone()),
                relative,
                digest: sha256(&file.sha256_before).ok_or_else(|| wrong("no digest"))?,
                digest_after: Some(digest_after),
                fixes: (first..plan.fixes.len()).collect(),
                in_repository: file.repository.is_some(),
                scope: file.scope,
            });
        }
        Ok(plan)
    }
}

fn folders(number: usize) -> String {
    if number == 1 { "1 folder".to_owned() } else { format!("{number} folders") }
}

impl DocumentFile {
    fn new(
        plan: &Plan,
        file: &FilePlan,
        findings: &[Finding],
        least: Applicability,
        net: &Net<'_>,
    ) -> Result<Self, String> {
        let of_file = || file.fixes.iter().filter_map(|at| Some((*at, findings.get(*at)?)));
        let (_, first) = of_file().next().ok_or("it has no finding")?;
        let location = &first.location;
        below(Path::new(&location.path))
            .map_err(|_| "it is outside of the folders that were scanned: use apply".to_owned())?;
        let rebuilt = rebuild(plan, file, least)?;
        let mut edits = Vec::new();
        let mut change = 0;
        for (at, finding) in of_file() {
            let fix = &plan.fixes[at];
            if fix.applicability < least || fix.edits.is_empty() {
                continue;
            }
            for edit in &fix.edits {
                // A text that is encoded as a whole, such as a header in base64, takes a token along.
                if net.holds_secret(&edit.replacement) {
                    return Err(
                        "what comes there holds a token in another encoding, and a plan holds \
                                no secret: use the patch or apply"
                            .to_owned(),
                    );
                }
                edits.push(DocumentEdit::new(change, edit, finding.rule, fix));
            }
            change += 1;
        }
        edits.sort_by_key(|edit| (edit.byte_start, edit.byte_end));
        Ok(Self {
            root: location.root,
            path: location.path.clone(),
            path_bytes: location.path_bytes.as_ref().map(|bytes| STANDARD.encode(bytes)),
            repository: location.repository.as_ref().map(|repository| repository.name.clone()),
            scope: file.scope,
            sha256_before: hex(&file.digest),
            sha256_after: hex(&digest(&rebuilt.new)),
            edits,
        })
    }

    /// Its path, if that leads nowhere but down.
    fn relative(&self) -> Result<PathBuf, String> {
        let path = match &self.path_bytes {
            None => PathBuf::from(&self.path),
            Some(text) => {
                let bytes = STANDARD.decode(text).map_err(|_| "its path cannot be read")?;
                path_from(bytes).ok_or("its path is none of this system")?
            }
        };
        below(&path)?;
        Ok(path)
    }

    /// Its edits, those of one change together.
    fn changes(&self) -> Result<Vec<(Rule, Fix)>, String> {
        let mut changes = BTreeMap::<usize, (Rule, Fix)>::new();
        for edit in &self.edits {
            if edit.applicability == Applicability::Manual {
                return Err("a manual edit is told, never made".to_owned());
            }
            let rule = Rule::ALL.iter().copied().find(|rule| rule.id() == edit.rule);
            let rule = rule.ok_or_else(|| format!("bbsweep knows no rule {:?}", edit.rule))?;
            if edit.byte_start > edit.byte_end {
                return Err("an edit ends before it begins".to_owned());
            }
            let replacement = if edit.base64 {
                STANDARD.decode(&edit.replacement).map_err(|_| "a replacement is no base64")?
            } else {
                edit.replacement.clone().into_bytes()
            };
            let span = Span::new(edit.byte_start, edit.byte_end);
            let (_, fix) = changes.entry(edit.change).or_insert_with(|| {
                let fix = Fix { applicability: edit.applicability, ..Fix::manual("", Vec::new()) };
                (rule, fix)
            });
            fix.reason.clone_from(&edit.reason);
            fix.renamed = fix.renamed.take().or_else(|| edit.renames.clone());
            fix.edits.push(Edit { span, replacement });
        }
        Ok(changes.into_values().collect())
    }
}

impl DocumentEdit {
    fn new(change: usize, edit: &Edit, rule: Rule, fix: &Fix) -> Self {
        let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        let text = str::from_utf8(&edit.replacement).ok().filter(|text| text.chars().all(plain));
        Self {
            change,
            byte_start: edit.span.start,
            byte_end: edit.span.end,
            replacement: text.map_or_else(|| STANDARD.encode(&edit.replacement), ToOwned::to_owned),
            base64: text.is_none(),
            rule: rule.id().to_owned(),
            applicability: fix.applicability,
            reason: fix.reason.clone(),
            renames: fix.renamed.clone(),
        }
    }
}

/// Catches secrets in what edits insert.
struct Net<'a> {
    scrubber: Scrubber,
    secrets: Vec<&'a Secret>,
}

impl<'a> Net<'a> {
    fn new(findings: &'a [Finding]) -> Self {
        let secrets: Vec<_> = findings.iter().filter_map(|f| f.secret.as_ref()).collect();
        Self { scrubber: Scrubber::new(secrets.iter().copied()), secrets }
    }

    fn holds_secret(&self, replacement: &[u8]) -> bool {
        // UTF-16 of ASCII is ASCII with NULs between.
        let bytes: Vec<u8> = replacement.iter().copied().filter(|byte| *byte != 0).collect();
        let text = String::from_utf8_lossy(&bytes);
        self.scrubber.scrub(&text) != text
            || self.secrets.iter().any(|secret| {
                !secret.expose().is_empty()
                    && memchr::memmem::find(&bytes, secret.expose()).is_some()
            })
    }
}

/// Leaves out the files that rename a variable which a file that is left out renames too.
fn leave_half_renames_out(
    plan: &Plan,
    least: Applicability,
    rows: &mut [(usize, Result<DocumentFile, String>)],
) {
    let renamed = |index: usize| {
        let file = &plan.files[index];
        chosen(plan, file, least)
            .filter_map(|fix| Some((file.scope, fix.renamed.as_deref()?)))
            .collect::<BTreeSet<_>>()
    };
    let mut out: BTreeSet<(usize, &str)> = BTreeSet::new();
    loop {
        let before = out.len();
        for (index, _) in rows.iter().filter(|(_, row)| row.is_err()) {
            out.extend(renamed(*index));
        }
        if out.len() == before {
            return;
        }
        for (index, row) in rows.iter_mut() {
            if row.is_ok()
                && let Some((_, variable)) = renamed(*index).intersection(&out).next()
            {
                *row = Err(format!(
                    "it renames {variable} as a file does that cannot be in the plan: a variable is \
                     renamed everywhere or nowhere"
                ));
            }
        }
    }
}

/// Refuses a path that may lead out of the folder that it is relative to.
fn below(path: &Path) -> Result<(), String> {
    let mut parts = path.components().peekable();
    if parts.peek().is_none() || !parts.all(|part| matches!(part, Component::Normal(_))) {
        return Err("its path is absolute, or leads out of its folder".to_owned());
    }
    Ok(())
}

fn sha256(hex: &str) -> Option<[u8; 32]> {
    let mut digest = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (at, byte) in digest.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests;
