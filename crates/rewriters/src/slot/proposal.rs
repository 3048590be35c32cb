//! What people are told of a rewrite, and how far it is trusted.

use std::ops::Range;

use bbsweep_scanner_core::consumer::{Evidence, UsernameForm};
use bbsweep_scanner_core::detect::structured::is_scrambled;
use bbsweep_scanner_core::{Confidence, Role, State};

use super::{Made, Place};
use crate::edit::Applicability;
use crate::env_variable::username::UsernameFate;
use crate::names;
use crate::rewrite::{Need, Proposal};
use crate::variable;

impl Place<'_> {
    pub(super) fn proposal(&self, made: Made) -> Proposal {
        let finding = self.subject.finding;
        let options = self.subject.options;
        let names = &options.names;
        let variable = finding.variable.as_deref();
        let safe = finding.state == State::HalfMigrated
            && self.evidence() == Evidence::Confirmed
            && finding.confidence != Confidence::Possible
            && !made.beyond
            && !(self.declared() && (made.new_email || made.new_token))
            && made.placeholders.is_empty()
            && made.told.is_empty();
        let applicability = if safe { Applicability::Safe } else { Applicability::Review };
        let shown = self.shown(&made);
        let mut proposal = Proposal::new(applicability, Vec::new(), self.reason(&made));
        proposal.shown = shown;
        proposal.edits = made.edits;
        proposal.renamed = variable.filter(|_| made.renamed).map(ToOwned::to_owned);
        if finding.state != State::HalfMigrated && !made.put_token {
            proposal = proposal.steps([names::create_token(&finding.scopes)]);
        }
        if made.new_token || made.renamed {
            proposal = proposal.steps([self.provide(&names.token)]);
            proposal.needs.push(variable::token(names, variable.filter(|_| made.renamed)));
        } else if let (State::Reference, Some(variable)) = (finding.state, variable) {
            proposal = proposal.steps([if self.row.names_secret {
                format!("put the API token where {variable} is kept")
            } else {
                format!("put the API token into {variable} wherever it is set")
            }]);
        } else if finding.state == State::Reference && self.row.names_secret {
            proposal = proposal.steps([self.kept_elsewhere()]);
        }
        if made.new_email {
            proposal = proposal.steps([self.provide(&names.email)]);
            let replaces = made.replaces.filter(|name| {
                !matches!(self.subject.renames.username(name), Some(UsernameFate::Stays(_)))
            });
            proposal.needs.push(Need { replaces, ..variable::email(names) });
        }
        let mut filled = Vec::new();
        for (placeholder, with) in made.placeholders {
            let path = &finding.location.path;
            let step = if self.row.base64 {
                format!("put the base64 of {with} in the place of that of {placeholder} in {path}")
            } else {
                names::fill_in(&placeholder, path, with)
            };
            if !filled.contains(&step) {
                filled.push(step);
            }
        }
        proposal.steps(filled).steps(made.told).steps(self.consumer_steps())
    }

    fn reason(&self, made: &Made) -> String {
        let finding = self.subject.finding;
        let renames = self.subject.renames;
        let mut reason = match (finding.state, finding.variable.as_deref()) {
            (_, Some(variable)) if made.renamed => {
                renames.why_renamed(variable).unwrap_or_default().to_owned()
            }
            (State::HalfMigrated, _) => "the token stays, its username is put right".to_owned(),
            (State::Reference, _) if self.row.names_secret => {
                "what is kept elsewhere has to become the API token".to_owned()
            }
            (State::Reference, Some(variable)) => {
                let kept = renames.why_kept(variable).map(|why| format!("; {why}"));
                format!("{variable} has to hold the API token{}", kept.unwrap_or_default())
            }
            (State::Reference, None) => "the credential has to be an API token".to_owned(),
            _ if made.put_token => {
                "the file holds the new token under the username that goes with it".to_owned()
            }
            _ if made.new_token => "the secret comes from outside of the file".to_owned(),
            _ => "the secret gives way to a placeholder".to_owned(),
        };
        for note in made.notes.iter().chain(&made.told) {
            reason = format!("{reason}; {note}");
        }
        if self.evidence() == Evidence::Inferred {
            reason = format!("{reason}; no source says that {} takes it so", self.name());
        }
        reason
    }

    /// How the variable `name` gets to where the file is read.
    fn provide(&self, name: &str) -> String {
        if self.declared() {
            return format!(
                "declare the variable {name} as sensitive, and set TF_VAR_{name} in the environment"
            );
        }
        variable::provide(self.subject.doc, name)
    }

    /// The step for a field that names a secret.
    fn kept_elsewhere(&self) -> String {
        match self.subject.part_range(Role::Secret) {
            Some(range) if !range.is_empty() && !is_scrambled(self.text(&range).as_bytes()) => {
                format!("put the API token where {} is kept", self.text(&range))
            }
            _ => "put the API token where the secret is kept".to_owned(),
        }
    }

    /// What the consumer asks for besides.
    fn consumer_steps(&self) -> Vec<String> {
        let mut steps = Vec::new();
        if let Some(consumer) = self.consumer {
            steps.extend(consumer.steps.iter().map(|step| (*step).to_owned()));
            if let Some(least) = consumer.least_version {
                steps.push(format!("API tokens need {} {least} or newer", self.name()));
            }
        }
        if self.subject.finding.state == State::AppPassword {
            steps.push(names::REVOKE.to_owned());
        }
        steps
    }

    /// What is told where no edit is made.
    pub(super) fn by_hand(&self, reason: String) -> Proposal {
        let finding = self.subject.finding;
        let mut steps = Vec::new();
        let instead = self.consumer.and_then(|consumer| consumer.instead);
        if !self.is_supported() {
            steps.extend(instead.map(ToOwned::to_owned));
            return Proposal::manual(reason).steps(steps).steps(self.consumer_steps());
        }
        if finding.state != State::HalfMigrated {
            steps.push(names::create_token(&finding.scopes));
        }
        steps.extend(self.pin_steps());
        if self.evidence() == Evidence::Unknown {
            steps.extend(instead.map(ToOwned::to_owned));
        } else if self.row.names_secret {
            steps.push(self.kept_elsewhere());
        } else {
            steps.push(self.hand_over());
        }
        Proposal::manual(reason).steps(steps).steps(self.consumer_steps())
    }

    fn hand_over(&self) -> String {
        let user = match (self.form(self.row.form), self.row.form) {
            (_, UsernameForm::Both) => {
                Some("git's username and the Atlassian account email, each in its field".to_owned())
            }
            (Ok(_), _) => self.right_name().ok().map(|name| format!("the username {name}")),
            (Err(_), _) => None,
        };
        let token = match &self.subject.finding.variable {
            Some(variable) => format!("the API token in {variable}"),
            None => "the API token".to_owned(),
        };
        match user {
            Some(user) if self.has_username() => format!("hand over {user}, and {token}"),
            _ => format!("hand over {token}"),
        }
    }

    fn has_username(&self) -> bool {
        use bbsweep_scanner_core::consumer::Shape;
        !matches!(self.row.shape, Shape::Secret | Shape::Fields { username: [], .. })
    }

    /// The entries of username and secret after the edits, and what is added.
    fn shown(&self, made: &Made) -> Option<String> {
        let part = |role| self.subject.part_range(role);
        let mut ranges: Vec<Range<usize>> = Vec::new();
        let entry = |key: Option<Range<usize>>, value: Option<Range<usize>>| match (key, value) {
            (Some(key), Some(value)) if key.end <= value.start => Some(key.start..value.end),
            (_, value) => value,
        };
        ranges.extend(entry(part(Role::UsernameName), part(Role::Username)));
        let secret = part(Role::Value).or_else(|| part(Role::Base64));
        ranges.extend(entry(part(Role::Name), secret));
        let text: &[u8] = &self.subject.doc.text;
        for range in &mut ranges {
            *range = with_quotes(text, range);
        }
        let mut edits = Vec::new();
        let mut shown = Vec::new();
        for edit in &made.edits {
            let range = self.subject.range(edit.span)?;
            if range.is_empty() {
                let added = edit.text.trim().trim_end_matches(',').to_owned();
                shown.push((range.start, added));
                continue;
            }
            let encoded = self.row.base64
                && [part(Role::Username), part(Role::Base64)].contains(&Some(range.clone()));
            let new = if encoded { "(base64)" } else { edit.text.as_str() };
            ranges.push(range.clone());
            edits.push((range, new));
        }
        edits.sort_by_key(|(range, _)| range.start);
        ranges.sort_by_key(|range| range.start);
        let mut joined: Vec<Range<usize>> = Vec::new();
        for range in ranges {
            match joined.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        for range in joined {
            let mut out = String::new();
            let mut at = range.start;
            for (edit, new) in &edits {
                if edit.start >= at && edit.end <= range.end {
                    out += &String::from_utf8_lossy(text.get(at..edit.start)?);
                    out += new;
                    at = edit.end;
                }
            }
            out += &String::from_utf8_lossy(text.get(at..range.end)?);
            shown.push((range.start, out));
        }
        shown.sort_by_key(|(at, _)| *at);
        let shown: Vec<String> = shown.into_iter().map(|(_, shown)| shown).collect();
        Some(shown.join(", "))
    }
}

fn with_quotes(text: &[u8], range: &Range<usize>) -> Range<usize> {
    let quote = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'\''));
    let before = range.start.checked_sub(1);
    let start = before.filter(|at| quote(text.get(*at))).unwrap_or(range.start);
    start..range.end + usize::from(quote(text.get(range.end)))
}
