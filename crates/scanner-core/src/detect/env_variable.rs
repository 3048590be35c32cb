//! Variables and configuration keys that carry an app password, by their names.
//!
//! A name is looked for as a whole word (`names`); what is assigned to it is read by the grammar of
//! the file (`assignment`); a name that says little counts only beside signs of Bitbucket Cloud
//! (`context`).

mod assignment;
mod blank;
mod both;
mod constant;
mod context;
mod formats;
mod held;
mod message;
mod names;
mod pair;
mod position;
mod reference;
mod report;
mod scripts;
#[cfg(test)]
mod tests;
mod text;
mod tool;
pub(super) mod username;

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::Range;

pub(super) use held::is_generated;
pub use names::{NameClass, NameKind, known_secret_name};
pub use position::tool_defined;
#[cfg(test)]
pub(super) use tests::EXAMPLES;
pub use username::known_username;

use crate::consumer::variables::Row;
use crate::document::{Document, FileKind};
use crate::finding::Confidence;
use crate::rule::RuleInfo;

use super::Sink;
use super::app_password_literal::app_passwords;
use super::place::place_of;
use assignment::{assigned, owner};
use constant::Assigned;
use context::Context;
use held::Held;
use names::{Named, names_in};
use tool::Whose;

pub(crate) const INFO: RuleInfo = RuleInfo {
    id: "env-variable",
    summary: "A variable or key that carries an app password by its name: BITBUCKET_APP_PASSWORD",
    why: "CI systems, scripts and configurations hold app passwords in variables and hand them on by \
          name. What is in BITBUCKET_APP_PASSWORD fails since 2026-07-28 wherever the name is used, \
          and the username beside it is not the one that an API token needs: git takes \
          x-bitbucket-api-token-auth, the REST API the Atlassian account email. A value in clear is a \
          leaked secret besides.",
    rewrite: "All uses of one name in a repository become BITBUCKET_API_TOKEN together, or none does: \
              review. A name that a tool defines (a pipe's variable, an MCP server's, a key of a \
              configuration) stays for all of them; where it is known what the tool takes now, the \
              variable is reported under the tool's rule and becomes that. A value in clear becomes the format's reference to \
              the variable, or REPLACE_WITH_BITBUCKET_API_TOKEN where the format has none: review; in \
              a Dockerfile, a .gitlab-ci.yml, a Jenkinsfile and in programs it is told how: manual. \
              The report lists the variables to create in each CI system. A variable of the username \
              (BITBUCKET_USERNAME, BB_USER) is a note: it becomes ATLASSIAN_ACCOUNT_EMAIL wherever it \
              is set if all that is seen to read it are calls of the REST API whose secret is renamed \
              too (review), and stays where git or anything else reads it.",
    before: "BITBUCKET_APP_PASSWORD=ATBBexampleexampleexampleexample1F2C",
    after: "BITBUCKET_API_TOKEN=REPLACE_WITH_BITBUCKET_API_TOKEN",
    limits: "Names that say little (BITBUCKET_PASSWORD, APP_PASSWORD, appPassword) count only in a file \
             that names bitbucket.org or shows another sign of Bitbucket Cloud, and not where it names a \
             server of your own; an APP_PASSWORD for mail is none. An identifier of a program is a \
             note. What a CI system or a vault holds under a name is not seen. A placeholder, an \
             access token and a reference to an API token are no findings.",
    sources: &[
        "https://support.atlassian.com/bitbucket-cloud/docs/using-api-tokens",
        "https://support.atlassian.com/bitbucket-cloud/docs/deploy-build-artifacts-to-bitbucket-downloads",
        "https://github.com/semantic-release/semantic-release/issues/2423",
    ],
};

/// Sees variables by their names, and constants of an app password's form by what they are assigned
/// to.
pub(crate) fn detect(doc: &Document<'_>, sink: &mut Sink) {
    use FileKind as K;
    // The stores' own rules know what stands there.
    if matches!(doc.kind, K::GitCredentials | K::Netrc | K::EncryptedNetrc | K::Lock) {
        return;
    }
    let names = names_in(&doc.text, doc.settings);
    let mut scan = Scan {
        doc,
        context: OnceCell::new(),
        has_strong: names.iter().any(|named| named.class.kind == NameKind::Strong),
        values: HashSet::new(),
        masked: 0,
    };
    for named in &names {
        scan.look_at(named, sink);
        scan.mask_around(&named.range, sink);
    }
    if doc.kind != K::Prose {
        scan.other_names(sink);
    }
}

/// One file and what is known of it.
struct Scan<'d, 'a> {
    doc: &'d Document<'a>,
    context: OnceCell<Context>,
    /// A name in the file says Bitbucket and app password, both.
    has_strong: bool,
    /// Where the values begin that were reported already.
    values: HashSet<usize>,
    /// Up to here [`Self::mask_around`] has looked.
    masked: usize,
}

impl Scan<'_, '_> {
    fn context(&self) -> &Context {
        self.context.get_or_init(|| {
            let mut context = Context::of(self.doc);
            context.cloud |= app_passwords(self.doc).next().is_some();
            context
        })
    }

    fn look_at(&mut self, named: &Named, sink: &mut Sink) {
        let name = &named.range;
        let text: &[u8] = &self.doc.text;
        // `<BITBUCKET_APP_PASSWORD>` stands for a value. Elements of XML are names.
        let wrapped = text[..name.start].ends_with(b"<") && text.get(name.end) == Some(&b'>');
        if wrapped && self.doc.kind != FileKind::Xml {
            return;
        }
        let value = assigned(self.doc, name).or_else(|| self.literal_beside(name));
        let row = match self.whose(named) {
            Whose::Tool(row) => Some(row),
            Whose::Unknown => None,
            Whose::Other => return,
        };
        if blank::is_kind(text, name) || row.is_some() && blank::is_empty_key(self.doc, name) {
            return;
        }
        let first = sink.candidates.len();
        if let NameKind::Pair(usage) = named.class.kind {
            self.pair(named, usage, value, sink);
        } else {
            self.single(named, row, value, sink);
        }
        if let Some(row) = row {
            self.settle(row, named, first, sink);
        }
    }

    /// A name that holds a secret alone.
    fn single(
        &mut self,
        named: &Named,
        row: Option<Row>,
        value: Option<Assigned<'_>>,
        sink: &mut Sink,
    ) {
        let name = &named.range;
        let by_table = named.class.kind == NameKind::Tool;
        let strong = by_table || named.class.kind == NameKind::Strong;
        let place = place_of(self.doc, name.start);
        match self.held(named, value, place) {
            Held::Secret { value, confidence } => {
                sink.secrets.push(value.range.clone());
                if let Some(confidence) = self.counts(named, &value, confidence) {
                    self.report_secret(name, &value, confidence, place, sink);
                } else if by_table {
                    self.report_mention(named, place, sink);
                }
            }
            Held::ApiToken(value) => {
                sink.secrets.push(value.range.clone());
                let half = row.and_then(|row| self.half_migrated(row, name, &value, place));
                if let Some(half) = half {
                    sink.candidates.push(half);
                } else if strong && !by_table {
                    self.report_token(name, &value, place, sink);
                }
            }
            Held::Unlikely(value) => {
                sink.secrets.push(value.range.clone());
                if strong {
                    self.report_blank(named, &value, place, sink);
                }
            }
            Held::Blank(value) if strong => self.report_blank(named, &value, place, sink),
            Held::Fine | Held::Blank(_) => {}
            Held::Elsewhere(value) => {
                // A weak name that is given a known one is reported where that stands.
                if strong || value.constant && !holds_a_name(self.doc, &value.range) {
                    self.report_mention(named, place, sink);
                }
            }
            Held::Mentioned => {
                if strong || reference::is_lookup(self.doc, name) {
                    self.report_mention(named, place, sink);
                }
            }
        }
    }

    /// What has the form of an app password of the old kind and stands beside a name is not shown,
    /// whatever the syntax that ties them together.
    fn mask_around(&mut self, name: &Range<usize>, sink: &mut Sink) {
        const NEAR: usize = 160;
        let text: &[u8] = &self.doc.text;
        let line = text::line(text, name.start);
        let start = name.start.saturating_sub(NEAR).max(line.start).max(self.masked);
        let end = (name.end + NEAR).min(line.end);
        if start >= end {
            return;
        }
        self.masked = end;
        let mut at = start;
        for run in text[start..end].split(|b| !b.is_ascii_alphanumeric()) {
            if held::is_generated(run) {
                sink.secrets.push(at..at + run.len());
            }
            at += run.len() + 1;
        }
    }

    /// Constants of an app password's form under whatever name.
    fn other_names(&mut self, sink: &mut Sink) {
        let doc = self.doc;
        for token in app_passwords(doc) {
            if self.values.contains(&token.start) {
                continue;
            }
            let Some(name) = owner(doc, &token) else { continue };
            let name = pair::name_beside(&doc.text, &name, doc.kind).unwrap_or(name);
            let place = place_of(doc, token.start);
            sink.secrets.push(token.clone());
            let value = Assigned::plain(&doc.text, token);
            self.report_secret(&name, &value, Confidence::Certain, place, sink);
        }
    }
}

fn holds_a_name(doc: &Document<'_>, range: &Range<usize>) -> bool {
    !names_in(&doc.text[range.clone()], doc.settings).is_empty()
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
