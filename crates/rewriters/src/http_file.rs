//! Rewrites requests in `.http` files.

use bbsweep_scanner_core::{FormError, Role, State};

use crate::edit::Applicability;
use crate::names;
use crate::rewrite::{Proposal, Subject, TextEdit};
use crate::url_userinfo::variable_in_secret;
use crate::variable;

/// Where both editors look for the variables of a request.
///
/// Sources: <https://jetbrains.com/help/idea/exploring-http-syntax.html>,
/// <https://github.com/Huachao/vscode-restclient>.
fn define(names: &str) -> String {
    format!(
        "define {names} where the editor looks for variables: http-client.private.env.json \
         (JetBrains) or rest-client.environmentVariables in the user's settings (Visual Studio Code)"
    )
}

/// User and password become the editor's variables; both forms of the header take a name and a
/// secret with a blank between them, in which variables are expanded.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    let finding = subject.finding;
    if finding.state == State::DeadSecret {
        return Proposal::manual("nothing uses it in a comment: delete the text");
    }
    let names = &subject.options.names;
    let (email, token) = (written(&names.email), written(&names.token));
    let new_token = finding.state == State::AppPassword;
    let bearer = finding.form_error == Some(FormError::BearerForRest) || is_bearer(subject);
    let (Some(secret), Some(scheme)) = (
        subject.part_range(Role::Base64).or_else(|| subject.part_range(Role::Secret)),
        subject.part_range(Role::Scheme),
    ) else {
        return Proposal::manual("its user and password could not be told apart");
    };
    let mut edits = Vec::new();
    let mut defines_token = new_token;
    if finding.part(Role::Base64).is_some() {
        // The token that it may hold is not written down anew.
        defines_token = true;
        edits.push(subject.edit(secret.clone(), format!("{email} {token}")));
    } else if bearer {
        edits.push(subject.edit(scheme, "Basic"));
        let what = if new_token { format!("{email} {token}") } else { format!("{email} ") };
        let at = if new_token { secret.clone() } else { secret.start..secret.start };
        edits.push(subject.edit(at, what));
    } else if let Some(user) = subject.part_range(Role::Username) {
        edits.push(subject.edit(user, email));
        if new_token {
            edits.push(subject.edit(secret.clone(), token));
        }
    } else {
        return Proposal::manual("the variable holds user and password together")
            .steps([names::create_token(&finding.scopes)])
            .steps(["set it to the base64 of the Atlassian account email, a colon and the token"]);
    }
    let rename = if new_token { None } else { rename_edit(subject) };
    let renamed = rename.is_some();
    edits.extend(rename);
    let reason = match (&finding.variable, renamed) {
        (Some(variable), true) => {
            subject.renames.why_renamed(variable).unwrap_or_default().to_owned()
        }
        (Some(variable), false) => format!(
            "{} has to be defined for the editor, and {variable} to hold the API token",
            names.email
        ),
        _ if defines_token => {
            format!("{} and {} have to be defined for the editor", names.email, names.token)
        }
        _ => format!("the token stays; {} has to be defined for the editor", names.email),
    };
    let mut proposal = Proposal::new(Applicability::Review, edits, reason);
    if defines_token || finding.state == State::Reference {
        proposal = proposal.steps([names::create_token(&finding.scopes)]);
    }
    if defines_token || renamed {
        proposal = proposal.steps([define(&format!("{} and {}", names.email, names.token))]);
        let replaces = finding.variable.as_deref().filter(|_| renamed);
        proposal.needs.push(variable::token(names, replaces));
    } else {
        proposal = proposal.steps([define(&names.email)]);
    }
    proposal.needs.push(variable::email(names));
    proposal.renamed = finding.variable.clone().filter(|_| renamed);
    proposal.steps(new_token.then_some(names::REVOKE))
}

fn written(name: &str) -> String {
    format!("{{{{{name}}}}}")
}

fn is_bearer(subject: &Subject<'_>) -> bool {
    subject.part_text(Role::Scheme).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"bearer"))
}

/// The edit that renames the secret's variable, if its group is renamed.
fn rename_edit(subject: &Subject<'_>) -> Option<TextEdit> {
    let variable = subject.finding.variable.as_deref()?;
    let new_name = subject.renames.new_name(variable)?;
    let secret = subject.part_range(Role::Secret)?;
    let text = subject.doc.text.get(secret.clone())?;
    Some(subject.edit(variable_in_secret(text, secret.start, variable)?, new_name))
}

#[cfg(test)]
mod tests {
    use bbsweep_scanner_core::Rule;

    use super::*;
    use crate::testing::{API_TOKEN, APP_PASSWORD, Found, plain};

    fn found(text: &str) -> Found<'_> {
        Found::new(Rule::HttpClient, "a.http", text)
    }

    #[test]
    fn user_and_password_become_variables() {
        let text = format!(
            "GET https://api.bitbucket.org/2.0/user\nAuthorization: Basic joe {APP_PASSWORD}\n"
        );
        let done = found(&text)
            .part(Role::Scheme, "Basic")
            .part(Role::Username, "joe")
            .part(Role::Secret, APP_PASSWORD)
            .rewrite(&plain());
        assert_eq!(
            done.text,
            "GET https://api.bitbucket.org/2.0/user\nAuthorization: Basic \
             {{ATLASSIAN_ACCOUNT_EMAIL}} {{BITBUCKET_API_TOKEN}}\n"
        );
        assert_eq!(done.proposal.applicability, Applicability::Review);
    }

    #[test]
    fn base64_gives_way() {
        let text = "GET https://api.bitbucket.org/2.0/user\nAuthorization: Basic am9lOng=\n";
        let done = found(text)
            .part(Role::Scheme, "Basic")
            .part(Role::Base64, "am9lOng=")
            .rewrite(&plain());
        assert!(
            done.text.ends_with(": Basic {{ATLASSIAN_ACCOUNT_EMAIL}} {{BITBUCKET_API_TOKEN}}\n")
        );
    }

    #[test]
    fn a_token_goes_with_basic() {
        let text =
            format!("GET https://api.bitbucket.org/2.0/user\nAuthorization: Bearer {API_TOKEN}\n");
        let done = found(&text)
            .state(State::HalfMigrated)
            .part(Role::Scheme, "Bearer")
            .part(Role::Secret, API_TOKEN)
            .rewrite(&plain());
        assert!(
            done.text.ends_with(&format!(": Basic {{{{ATLASSIAN_ACCOUNT_EMAIL}}}} {API_TOKEN}\n")),
            "{}",
            done.text
        );
    }

    #[test]
    fn one_variable_for_both_is_told() {
        let text = "GET https://api.bitbucket.org/2.0/user\nAuthorization: Basic {{appPassword}}\n";
        let done = found(text)
            .state(State::Reference)
            .part(Role::Scheme, "Basic")
            .part(Role::Secret, "{{appPassword}}")
            .rewrite(&plain());
        assert_eq!(done.text, text);
        assert_eq!(done.proposal.applicability, Applicability::Manual);
    }
}
