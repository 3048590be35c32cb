//! `user:password` in one variable.

use std::ops::Range;

use memchr::memchr;

use crate::bitbucket::{GIT_API_TOKEN_USERNAME, TokenFormat, classify_token};
use crate::detect::place::place_of;
use crate::detect::slot::{Slot, judge};
use crate::detect::value::{self, Value};
use crate::detect::{Candidate, Sink};
use crate::finding::{Confidence, Place, Role, State, Use};

use super::Scan;
use super::constant::Assigned;
use super::names::Named;
use super::report::{blank, in_order, pair_scopes, span};
use super::{holds_a_name, lossy, reference, text};

impl Scan<'_, '_> {
    /// `user:password` in one variable.
    pub(super) fn pair(
        &mut self,
        named: &Named,
        usage: Use,
        value: Option<Assigned<'_>>,
        sink: &mut Sink,
    ) {
        let name = &named.range;
        let place = place_of(self.doc, name.start);
        let variable = lossy(&self.doc.text[name.clone()]);
        let Some(value) = value.filter(|value| value.constant) else {
            if reference::is_lookup(self.doc, name) && self.pair_is_ours(&variable) {
                self.report_pair_mention(variable, usage, name, place, sink);
            }
            return;
        };
        let Some(colon) =
            memchr(b':', &value.content).filter(|at| !value.content[*at..].starts_with(b"://"))
        else {
            return self.unpaired(variable, usage, name, &value, place, sink);
        };
        let (user, secret) = (&value.content[..colon], &value.content[colon + 1..]);
        // `${NAME:-default}` is one reference.
        if memchr(b'{', user).is_some() && memchr(b'}', user).is_none() {
            return self.unpaired(variable, usage, name, &value, place, sink);
        }
        let what = format!("the variable {variable}");
        let verdict = judge(&Slot {
            username: Some(user),
            secret: Some(secret),
            percent: false,
            usage: if usage == Use::Rest { Use::Rest } else { Use::Git },
            kind: self.doc.kind,
            place,
            what: &what,
        });
        let literal = value::classify(secret, self.doc.kind) == Value::Literal;
        if literal {
            sink.secrets.push(value.range.clone());
        }
        let Some(verdict) = verdict else { return };
        // Under the static username an API token is in the form that this tool writes.
        let is_static = user == GIT_API_TOKEN_USERNAME.as_bytes();
        if verdict.state == State::HalfMigrated && is_static {
            return;
        }
        // What an unknown use makes of an API token is unknown, too.
        if verdict.state == State::HalfMigrated && usage == Use::Unknown {
            return;
        }
        if verdict.confidence == Confidence::Possible && literal && !self.pair_is_ours(&variable) {
            return;
        }
        if !literal {
            return match verdict.severity {
                _ if verdict.secret_is_username => {}
                _ if place == Place::Prose || !self.pair_is_ours(&variable) => {}
                _ => self.report_pair_mention(variable, usage, name, place, sink),
            };
        }
        self.values.insert(value.range.start);
        let mut parts = vec![(Role::Name, name.clone()), (Role::Value, value.range.clone())];
        // With escapes in it the parts' places are not those of the decoded value.
        if value.content.len() == value.range.len() {
            let at = value.range.start + colon;
            let secret = text::trim(&self.doc.text, at + 1..value.range.end);
            parts.push((Role::Username, value.range.start..at));
            parts.push((Role::Secret, secret.clone()));
            self.values.insert(secret.start);
        }
        sink.candidates.push(Candidate {
            state: verdict.state,
            form_error: verdict.form_error,
            usage,
            confidence: verdict.confidence,
            severity: verdict.severity,
            kind: verdict.kind,
            range: span(name, &value.range),
            parts: in_order(parts),
            secret: verdict.secret,
            username: verdict.username,
            scopes: pair_scopes(&variable),
            identity: format!("{variable}="),
            message: verdict.message,
            ..blank(variable, place)
        });
    }

    /// A pair's variable that holds no pair.
    fn unpaired(
        &mut self,
        variable: String,
        usage: Use,
        name: &Range<usize>,
        value: &Assigned<'_>,
        place: Place,
        sink: &mut Sink,
    ) {
        match value::classify(&value.content, self.doc.kind) {
            Value::Literal if classify_token(&value.content) == TokenFormat::AppPassword => {
                sink.secrets.push(value.range.clone());
                self.report_secret(name, value, Confidence::Certain, place, sink);
            }
            Value::Literal => sink.secrets.push(value.range.clone()),
            Value::Reference { name: other }
                if !reference::says_api_token(other)
                    && !holds_a_name(self.doc, &value.range)
                    && place != Place::Prose
                    && self.pair_is_ours(&variable) =>
            {
                self.report_pair_mention(variable, usage, name, place, sink);
            }
            _ => {}
        }
    }

    /// Whether a pair's name says by itself, or by what is around it, that it is about Bitbucket Cloud.
    fn pair_is_ours(&self, variable: &str) -> bool {
        let general = ["BITBUCKET_CREDENTIALS", "BITBUCKET_AUTH_STRING"];
        if general.iter().any(|name| variable.eq_ignore_ascii_case(name)) {
            self.context().is_cloud()
        } else {
            !self.context().data_center || self.context().cloud
        }
    }
}
