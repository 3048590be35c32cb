//! What a webhook is told: the report in a few lines, for programs, Slack or Microsoft Teams.
//!
//! Sources: <https://docs.slack.dev/reference/block-kit/blocks/>,
//! <https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>

use std::cmp::Reverse;

use bbsweep_scanner_core::Severity;
use serde_json::{Value, json};

use super::RenderOptions;
use super::layout::{audited, by_applicability, by_state, clean, incomplete, scanned, verdict};
use crate::model::{Finding, Report};
use crate::schema::wire_name;
use crate::words::{cut, sentence, thousands};

/// Findings that are named; the others are counted.
const NAMED: usize = 20;
/// Of those in a chat.
const IN_CHAT: usize = 8;
/// Characters of one of them.
const LINE: usize = 300;
/// What Slack takes as one text.
const TEXT: usize = 3000;

/// Who reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Webhook {
    /// A program.
    Json,
    /// An incoming webhook of Slack.
    Slack,
    /// A workflow of Microsoft Teams, which takes Adaptive Cards.
    Teams,
}

/// What is told of `report`. No secret is in it.
pub fn webhook(report: &Report, to: Webhook) -> Value {
    let told = Told::of(report);
    match to {
        Webhook::Json => told.json(report),
        Webhook::Slack => told.slack(report),
        Webhook::Teams => told.teams(report),
    }
}

/// The report in words.
struct Told<'a> {
    title: String,
    /// What it comes to, in full sentences.
    lines: Vec<String>,
    incomplete: Option<String>,
    facts: Vec<(&'static str, String)>,
    /// Those that ask for something: new ones first, then the worst.
    findings: Vec<&'a Finding>,
}

impl<'a> Told<'a> {
    fn of(report: &'a Report) -> Self {
        let options = RenderOptions {
            color: false,
            width: usize::MAX,
            notes: true,
            suppressed: true,
            verbose: false,
            quiet: false,
            brief: true,
        };
        let (head, rest) = verdict(report, options);
        let mut lines = vec![sentence(&format!("{head}{rest}"))];
        let incomplete = incomplete(report);
        lines.extend(incomplete.iter().map(|why| format!("Incomplete: {why}.")));
        lines.extend(audited(report).map(|text| sentence(&text)));
        let mut facts = vec![
            ("Scanned", scanned(report)),
            ("Found", by_state(report)),
            ("Rewrites", by_applicability(report)),
            ("Credentials", thousands(report.summary.token_plan.len() as u64)),
        ];
        facts.retain(|(_, text)| !text.is_empty());
        let is_new = |finding: &Finding| finding.audit.as_ref().is_some_and(|row| row.is_new);
        let mut findings: Vec<&Finding> =
            report.findings.iter().filter(|finding| finding.severity > Severity::Note).collect();
        // In the report's order otherwise.
        findings.sort_by_key(|finding| Reverse((is_new(finding), finding.severity)));
        Self {
            title: cut(&format!("Bitbucket app passwords on {}", clean(&report.header.host)), 140),
            lines: lines.iter().map(|line| clean(line)).collect(),
            incomplete,
            facts,
            findings,
        }
    }

    fn json(&self, report: &Report) -> Value {
        let header = &report.header;
        let summary = &report.summary;
        let finding = |finding: &&Finding| {
            json!({
                "id": finding.id,
                "rule": finding.rule,
                "severity": wire_name(&finding.severity),
                "state": wire_name(&finding.state),
                "applicability":
                    finding.rewrite.as_ref().map(|rewrite| wire_name(&rewrite.applicability)),
                "path": report.shown_path(finding.root, &finding.path),
                "line": finding.line,
                "message": finding.message,
                "owners": finding.owners,
                "new": finding.audit.as_ref().map(|audit| audit.is_new),
            })
        };
        json!({
            "schema": 1,
            "tool": header.tool,
            "version": header.version,
            "host": header.host,
            "started": header.started.to_string(),
            "roots": header.roots,
            "complete": summary.complete,
            "incomplete": self.incomplete,
            "unread": report.unread().count(),
            "text": self.lines.join(" "),
            "severities": summary.severities,
            "states": summary.findings,
            "rewrites": summary.rewrites,
            "credentials": summary.token_plan.len(),
            "audit": summary.audit,
            "findings": self.findings.iter().take(NAMED).map(finding).collect::<Vec<_>>(),
            "more": self.findings.len().saturating_sub(NAMED),
        })
    }

    /// The findings a chat names, a line each, and how many more there are.
    fn named(&self, report: &Report) -> Vec<String> {
        let line = |finding: &&Finding| {
            let new = finding.audit.as_ref().is_some_and(|row| row.is_new);
            let text = format!(
                "{}{}:{} {} ({})",
                if new { "new: " } else { "" },
                report.shown_path(finding.root, &finding.path),
                finding.line,
                finding.message,
                finding.rule
            );
            cut(&clean(&text), LINE)
        };
        let mut lines: Vec<String> = self.findings.iter().take(IN_CHAT).map(line).collect();
        match self.findings.len().saturating_sub(IN_CHAT) {
            0 => {}
            more => lines.push(format!("and {} more", thousands(more as u64))),
        }
        lines
    }

    fn slack(&self, report: &Report) -> Value {
        // Plain text: in a path nothing is a style, a link or a mention.
        let plain =
            |text: &str| json!({"type": "plain_text", "text": escaped(text), "emoji": false});
        let section = |text: &str| json!({"type": "section", "text": plain(text)});
        let mut blocks = vec![
            json!({"type": "header", "text": plain(&self.title)}),
            section(&self.lines.join("\n")),
        ];
        let named = self.named(report);
        if !named.is_empty() {
            let text = |rows: &[String]| format!("• {}", rows.join("\n• "));
            // An escaped text is longer.
            let fits = |number: &usize| escaped(&text(&named[..*number])).chars().count() <= TEXT;
            let most = (1..=named.len()).rev().find(fits).unwrap_or(1);
            blocks.push(section(&text(&named[..most])));
        }
        let facts: Vec<Value> =
            self.facts.iter().map(|(name, text)| plain(&format!("{name}\n{text}"))).collect();
        blocks.push(json!({"type": "section", "fields": facts}));
        // `text` is what a notification shows.
        let text = format!("{}: {}", self.title, self.lines.join(" "));
        json!({"text": escaped(&text), "mrkdwn": false, "blocks": blocks})
    }

    fn teams(&self, report: &Report) -> Value {
        // A text run is no Markdown: nothing in a path is markup.
        let text = |text: &str| {
            json!({
                "type": "RichTextBlock",
                "inlines": [{"type": "TextRun", "text": text}],
            })
        };
        let mut body = vec![json!({
            "type": "RichTextBlock",
            "inlines": [{"type": "TextRun", "text": self.title, "weight": "Bolder", "size": "Large"}],
        })];
        body.extend(self.lines.iter().map(|line| text(line)));
        body.extend(self.named(report).iter().map(|line| text(&format!("• {line}"))));
        let facts: Vec<Value> =
            self.facts.iter().map(|(name, text)| json!({"title": name, "value": text})).collect();
        body.push(json!({"type": "FactSet", "facts": facts}));
        json!({
            "type": "message",
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": null,
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": body,
                    "msteams": {"width": "Full"},
                },
            }],
        })
    }
}

/// A text in which Slack sees no link and no mention.
///
/// Source: <https://docs.slack.dev/messaging/formatting-message-text/>
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_a_mention() {
        assert_eq!(escaped("a <!here> & b"), "a &lt;!here&gt; &amp; b");
    }
}
