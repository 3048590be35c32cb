//! The last net: whatever looks like a secret is masked in every text of a report, whoever wrote it.
//!
//! The scanner masks what it reports; here a bug there, a path with a secret in it, or a saved report
//! from elsewhere is caught. Every field is named, so that a new one cannot be forgotten.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::calendar::Calendar;
use crate::model::{
    Finding, Header, Report, ReportCommit, ReportEdit, ReportHistory, ReportSetting,
    ReportSuppressed, Rewrite, Skipped, Summary,
};
use crate::token_plan::{
    HeldBy, PlannedConsumer, PlannedStore, PlannedToken, PlannedUse, PlannedVariable,
};

/// Masks every text of `report` with `mask`, which changes nothing the second time.
pub(crate) fn scrub(report: &mut Report, mask: &dyn Fn(&str) -> Cow<'_, str>) {
    let Report { header, findings, skipped, summary } = report;
    let net = Net(mask);
    net.header(header);
    for finding in findings {
        net.finding(finding);
    }
    for skipped in skipped {
        net.skipped(skipped);
    }
    net.summary(summary);
}

struct Net<'a>(&'a dyn Fn(&str) -> Cow<'_, str>);

impl Net<'_> {
    /// Says whether it changed the text.
    fn text(&self, text: &mut String) -> bool {
        if let Cow::Owned(masked) = (self.0)(text)
            && masked != *text
        {
            *text = masked;
            return true;
        }
        false
    }

    fn all<'t>(&self, texts: impl IntoIterator<Item = &'t mut String>) {
        for text in texts {
            self.text(text);
        }
    }

    /// The exact bytes of a path say what its masked text no longer does.
    fn path(&self, path: &mut String, bytes: &mut Option<String>) {
        if self.text(path) {
            *bytes = None;
        }
    }

    fn map<T>(&self, map: &mut BTreeMap<String, T>, mut value: impl FnMut(&mut T)) {
        *map = std::mem::take(map)
            .into_iter()
            .map(|(mut key, mut row)| {
                self.text(&mut key);
                value(&mut row);
                (key, row)
            })
            .collect();
    }

    fn header(&self, header: &mut Header) {
        let Header {
            schema: _,
            tool,
            version,
            host,
            fleet_key_id,
            started: _,
            roots,
            options,
            config,
            config_options,
        } = header;
        self.all(config);
        self.all(fleet_key_id);
        self.all(config_options);
        self.all([tool, version, host]);
        self.all(roots);
        self.map(options, |value| {
            self.text(value);
        });
    }

    fn finding(&self, finding: &mut Finding) {
        self.excerpt(finding);
        let Finding {
            id,
            rule,
            state: _,
            form_error,
            usage: _,
            confidence: _,
            severity: _,
            place: _,
            kind: _,
            root: _,
            path,
            path_bytes,
            repository,
            commit,
            history,
            owners,
            last_change,
            git_config_key,
            line: _,
            column: _,
            byte_start: _,
            byte_end: _,
            secret_masked,
            username,
            variable,
            credential_fingerprint,
            excerpt: _,
            excerpt_start: _,
            excerpt_end: _,
            scopes,
            rewrite,
            audit: _,
            message,
            help,
            username_form,
        } = finding;
        self.path(path, path_bytes);
        self.all([id, rule, message, help]);
        self.all(
            [form_error, repository, commit, git_config_key, secret_masked, username, variable]
                .into_iter()
                .flatten(),
        );
        if let Some(history) = history {
            self.history(history);
        }
        self.all(owners);
        if let Some(ReportCommit { id, author, date: _ }) = last_change {
            self.all([id, author]);
        }
        self.all(credential_fingerprint);
        self.all(scopes);
        self.all(username_form);
        if let Some(rewrite) = rewrite {
            let Rewrite {
                applicability: _,
                replacement,
                reason,
                steps,
                variables,
                token_in: _,
                edits,
            } = rewrite;
            // A masked text is no edit.
            let shows = |edit: &ReportEdit| (self.0)(&edit.replacement) != edit.replacement;
            if edits.iter().any(shows) {
                edits.clear();
            }
            self.all(replacement);
            self.text(reason);
            self.all(steps);
            self.all(variables);
        }
    }

    fn history(&self, history: &mut ReportHistory) {
        let ReportHistory { source: _, object, path, first, last, tips, via, paths } = history;
        self.all([object, path]);
        self.all(via);
        self.all(tips);
        self.all(paths);
        for ReportCommit { id, author, date: _ } in [first, last].into_iter().flatten() {
            self.all([id, author]);
        }
    }

    fn excerpt(&self, finding: &mut Finding) {
        let text = &finding.excerpt;
        let (start, end) = finding.excerpt_use();
        let Cow::Owned(masked) = (self.0)(text) else { return };
        if masked == *text {
            return;
        }
        // Each part masked by itself tells how far the marks moved, nearly always exactly.
        let head = (self.0)(&text[..start]).len();
        let used = (self.0)(&text[start..end]).len();
        finding.excerpt_start = head.min(masked.len());
        finding.excerpt_end = (head + used).min(masked.len());
        finding.excerpt = masked;
        (finding.excerpt_start, finding.excerpt_end) = finding.excerpt_use();
    }

    fn skipped(&self, skipped: &mut Skipped) {
        let Skipped { root: _, path, path_bytes, reason, breaks_completeness: _, detail } = skipped;
        self.path(path, path_bytes);
        self.all([reason, detail]);
    }

    fn summary(&self, summary: &mut Summary) {
        let Summary {
            complete: _,
            truncated,
            files: _,
            bytes: _,
            repositories: _,
            unchanged: _,
            history: _,
            findings: _,
            severities: _,
            rewrites: _,
            skipped,
            audit: _,
            ownership_troubles,
            suppressed,
            settings,
            token_plan,
            elapsed_ms: _,
            audit_runs: _,
            calendar: Calendar { timeline: _, today: _, phase, message },
        } = summary;
        self.all(truncated);
        self.all(ownership_troubles);
        self.map(skipped, |_| ());
        for row in suppressed {
            let ReportSuppressed {
                by: _,
                reason,
                id,
                rule,
                severity: _,
                root: _,
                path,
                line: _,
                message,
            } = row;
            self.all([id, rule, path, message]);
            self.all(reason);
        }
        for ReportSetting { repository, name, holds, replaces, read_by, set } in settings {
            self.all([repository, name, holds]);
            self.all(replaces);
            self.all(read_by);
            self.all(set);
        }
        for token in token_plan {
            self.token(token);
        }
        self.all([phase, message]);
    }

    fn token(&self, token: &mut PlannedToken) {
        let PlannedToken {
            action: _,
            credential_fingerprint,
            secret_masked,
            held_by,
            places: _,
            files: _,
            uses,
            scopes,
            without_scopes: _,
            consumers,
            variables,
            stores,
            findings,
        } = token;
        self.all(credential_fingerprint);
        self.all(secret_masked);
        for HeldBy { repository, variable } in held_by {
            self.all([repository, variable]);
        }
        for PlannedUse { usage: _, username_form, places: _ } in uses {
            self.all(username_form);
        }
        self.all(scopes);
        for PlannedConsumer { rule, name, least_version, instead } in consumers {
            self.text(rule);
            self.all([name, least_version, instead].into_iter().flatten());
        }
        for row in variables {
            let PlannedVariable { repository, name, holds, replaces, read_by, set, shared_with: _ } =
                row;
            self.all([repository, name, holds]);
            self.all(replaces);
            self.all(read_by);
            self.all(set);
        }
        for PlannedStore { token_in: _, path } in stores {
            self.text(path);
        }
        self.all(findings);
    }
}
