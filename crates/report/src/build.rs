//! From a scan's outcome to a report.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bbsweep_scanner_core::bitbucket::Timeline;
use bbsweep_scanner_core::consumer::UsernameForm;
use bbsweep_scanner_core::mask::Scrubber;
use bbsweep_scanner_core::{self as core, Outcome, Ownership, Ownerships, State, Use};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::calendar::Calendar;
use crate::model::{
    Finding, Header, HistoryCounts, Report, ReportCommit, ReportHistory, ReportSetting,
    ReportSuppressed, Rewrite, SCHEMA, Skipped, Summary, SuppressedBy, TOOL,
};
use crate::schema::wire_name;
use crate::scrub::scrub;
use crate::words::{list, sentence};

/// What a report needs besides the scan's outcome.
#[derive(Clone, Debug)]
pub struct BuildOptions {
    /// See [`Header::host`].
    pub host: String,
    /// See [`Header::fleet_key_id`].
    pub fleet_key_id: Option<String>,
    /// See [`Header::version`].
    pub version: String,
    /// See [`Header::started`].
    pub started: Timestamp,
    /// See [`Header::roots`].
    pub roots: Vec<String>,
    /// See [`Header::options`].
    pub options: BTreeMap<String, String>,
    /// See [`Header::config`].
    pub config: Option<String>,
    /// See [`Header::config_options`].
    pub config_options: Vec<String>,
    /// The day of the report.
    pub today: Date,
    /// The dates.
    pub timeline: Timeline,
    /// Who answers for the findings, if that was asked.
    pub ownership: Option<Ownerships>,
}

impl Report {
    /// Builds the report of `outcome`. `rewrites` has one entry for each finding, or none at all.
    ///
    /// Nothing in it but `started` and `elapsed_ms` differs between two scans of the same tree on
    /// the same day.
    pub fn build(
        outcome: &Outcome,
        rewrites: Vec<Rewrite>,
        settings: Vec<ReportSetting>,
        options: BuildOptions,
    ) -> Self {
        let rewrites = rewrites.into_iter().map(Some).chain(std::iter::repeat_with(|| None));
        let Ownerships { rows, troubles } = options.ownership.unwrap_or_default();
        let owned = rows.into_iter().chain(std::iter::repeat_with(Ownership::default));
        let findings: Vec<Finding> = outcome
            .findings
            .iter()
            .zip(rewrites)
            .zip(owned)
            .map(|((finding, rewrite), owned)| Finding::build(finding, rewrite, owned))
            .collect();
        let stats = &outcome.stats;
        let mut summary = Summary {
            complete: outcome.complete,
            truncated: None,
            files: stats.files,
            bytes: stats.bytes,
            repositories: stats.repositories,
            unchanged: stats.unchanged,
            history: stats.history.map(|read| HistoryCounts {
                repositories: read.repositories,
                commits: read.commits,
                objects: read.objects,
                bytes: read.bytes,
            }),
            findings: BTreeMap::new(),
            severities: BTreeMap::new(),
            rewrites: BTreeMap::new(),
            skipped: stats
                .skipped
                .iter()
                .map(|(reason, number)| (reason.name().to_owned(), *number))
                .collect(),
            audit: None,
            audit_runs: Vec::new(),
            ownership_troubles: troubles,
            suppressed: outcome.suppressed.iter().map(ReportSuppressed::build).collect(),
            settings,
            token_plan: Vec::new(),
            elapsed_ms: u64::try_from(stats.elapsed.as_millis()).unwrap_or(u64::MAX),
            calendar: Calendar::new(options.timeline, options.today),
        };
        summary.count(&findings);
        let mut report = Self {
            header: Header {
                schema: SCHEMA,
                tool: TOOL.to_owned(),
                version: options.version,
                host: options.host,
                fleet_key_id: options.fleet_key_id,
                started: options.started,
                roots: options.roots,
                options: options.options,
                config: options.config,
                config_options: options.config_options,
            },
            findings,
            skipped: outcome.skipped.iter().map(Skipped::build).collect(),
            summary,
        };
        let scrubber = Scrubber::new(all(outcome).filter_map(|finding| finding.secret.as_ref()));
        scrub(&mut report, &|text| scrubber.scrub(text));
        // Of texts that are masked already.
        report.plan_tokens();
        report
    }
}

impl Finding {
    fn build(finding: &core::Finding, rewrite: Option<Rewrite>, owned: Ownership) -> Self {
        let location = &finding.location;
        Self {
            id: finding.id.clone(),
            rule: finding.rule.id().to_owned(),
            state: finding.state,
            form_error: finding.form_error.as_ref().map(wire_name),
            usage: finding.usage,
            confidence: finding.confidence,
            severity: finding.severity,
            place: finding.place,
            kind: finding.kind,
            root: location.root,
            path: location.path.clone(),
            path_bytes: location.path_bytes.as_ref().map(|bytes| STANDARD.encode(bytes)),
            repository: location.repository.as_ref().map(|repository| repository.name.clone()),
            commit: location.commit.clone(),
            history: finding.history.as_deref().map(ReportHistory::build),
            owners: owned.owners,
            last_change: owned.last_change.as_ref().map(ReportCommit::build),
            git_config_key: location.git_config_key.clone(),
            line: location.line,
            column: location.column,
            byte_start: finding.span.start,
            byte_end: finding.span.end,
            secret_masked: finding.secret.as_ref().map(core::Secret::masked),
            username: finding.username.clone(),
            variable: finding.variable.clone(),
            credential_fingerprint: finding.credential_fingerprint.clone(),
            excerpt: finding.excerpt.text.clone(),
            excerpt_start: finding.excerpt.start,
            excerpt_end: finding.excerpt.end,
            scopes: finding.scopes.iter().map(|scope| scope.name().to_owned()).collect(),
            username_form: UsernameForm::of(finding).map(|form| form.name().to_owned()),
            help: help(finding, rewrite.as_ref()),
            rewrite,
            audit: None,
            message: finding.message.clone(),
        }
    }
}

impl ReportCommit {
    fn build(commit: &core::Commit) -> Self {
        Self {
            id: commit.id.clone(),
            author: commit.author.clone(),
            // Git takes dates that no calendar has.
            date: Timestamp::from_second(commit.time).unwrap_or_default(),
        }
    }
}

impl ReportHistory {
    fn build(history: &core::History) -> Self {
        Self {
            source: history.source,
            object: history.object.clone(),
            path: history.path.clone(),
            first: history.first.as_ref().map(ReportCommit::build),
            last: history.last.as_ref().map(ReportCommit::build),
            tips: history.tips.clone(),
            via: history.via.clone(),
            paths: history.paths.clone(),
        }
    }
}

/// What was found, reported or not.
fn all(outcome: &Outcome) -> impl Iterator<Item = &core::Finding> {
    outcome.findings.iter().chain(outcome.suppressed.iter().map(|row| &row.finding))
}

impl ReportSuppressed {
    fn build(suppressed: &core::Suppressed) -> Self {
        let core::Suppressed { finding, by } = suppressed;
        let (by, reason) = match by {
            core::Suppression::Rule => (SuppressedBy::Rule, None),
            core::Suppression::Allow { reason } => (SuppressedBy::Allow, Some(reason.clone())),
            core::Suppression::Inline => (SuppressedBy::Inline, None),
        };
        Self {
            by,
            reason,
            id: finding.id.clone(),
            rule: finding.rule.id().to_owned(),
            severity: finding.severity,
            root: finding.location.root,
            path: finding.location.path.clone(),
            line: finding.location.line,
            message: finding.message.clone(),
        }
    }
}

impl Skipped {
    fn build(skipped: &core::Skipped) -> Self {
        Self {
            root: skipped.root,
            path: skipped.path.clone(),
            path_bytes: skipped.path_bytes.as_ref().map(|bytes| STANDARD.encode(bytes)),
            reason: skipped.reason.name().to_owned(),
            breaks_completeness: skipped.reason.breaks_completeness(),
            detail: skipped.detail.clone(),
        }
    }
}

/// What to do about a finding: what the rewriter says, or, where none was asked, what holds for
/// every finding of its state and use.
fn help(finding: &core::Finding, rewrite: Option<&Rewrite>) -> String {
    let Some(rewrite) = rewrite else { return general_help(finding) };
    let mut help = sentence(&rewrite.reason);
    for step in &rewrite.steps {
        help.push_str("\n- ");
        help.push_str(step);
    }
    help
}

fn general_help(finding: &core::Finding) -> String {
    if finding.state == State::DeadSecret {
        return "Revoke the app password; nothing uses it here.".to_owned();
    }
    let scopes: Vec<String> = finding.scopes.iter().map(|scope| scope.name().to_owned()).collect();
    let token = match (finding.state, scopes.as_slice()) {
        (State::HalfMigrated, _) => "Keep the API token".to_owned(),
        (_, []) => "Create an Atlassian API token with scopes for Bitbucket".to_owned(),
        (_, scopes) => format!("Create an Atlassian API token with the scopes {}", list(scopes)),
    };
    let username = match finding.usage {
        Use::Git => "the username x-bitbucket-api-token-auth",
        Use::Rest => "the Atlassian account email as username",
        Use::Both | Use::Unknown => {
            "the username x-bitbucket-api-token-auth for git, the Atlassian account email for REST"
        }
    };
    format!("{token} and use it with {username}.")
}
