//! Which token takes the place of which credential.

mod common;

use bbsweep_report::{
    Applicability, Format, PlannedToken, PlannedVariable, Report, ReportSetting, Rewrite,
    TokenAction, TokenIn, read,
};
use bbsweep_scanner_core::bitbucket::Scope;
use bbsweep_scanner_core::{CredentialKind, Finding, Outcome, Rule, Secret, Severity, State, Use};

use common::{PLAIN, TODAY, app_password, finding, options, rendered, report, rewrite, settings};

/// A literal in `path`.
fn literal(path: &str, fingerprint: &str) -> Finding {
    let mut found = finding(Rule::UrlUserinfo, path, (1, 1), "[x]");
    found.credential_fingerprint = Some(fingerprint.into());
    found
}

/// A reference to `variable` in `path`.
fn reference(path: &str, variable: &str, usage: Use, scopes: &[Scope]) -> Finding {
    let mut found = literal(path, "");
    found.state = State::Reference;
    found.severity = Severity::Warning;
    found.kind = CredentialKind::Reference;
    found.secret = None;
    found.credential_fingerprint = None;
    found.variable = Some(variable.into());
    found.usage = usage;
    found.scopes = scopes.to_vec();
    found
}

fn told() -> Rewrite {
    rewrite(Applicability::Manual, None, "told", &[])
}

fn made(replacement: &str, variables: &[&str]) -> Rewrite {
    Rewrite {
        variables: variables.iter().map(ToString::to_string).collect(),
        ..rewrite(Applicability::Review, Some(replacement), "made", &[])
    }
}

fn built(all: Vec<(Finding, Rewrite)>, settings: Vec<ReportSetting>) -> Report {
    let (findings, rewrites) = all.into_iter().unzip();
    let outcome = Outcome { findings, complete: true, ..Outcome::default() };
    Report::build(&outcome, rewrites, settings, options(TODAY))
}

fn plan(all: Vec<(Finding, Rewrite)>) -> Vec<PlannedToken> {
    built(all, Vec::new()).summary.token_plan
}

/// Places, files and scopes of each row.
fn shape(rows: &[PlannedToken]) -> Vec<(u64, u64, String)> {
    rows.iter().map(|row| (row.places, row.files, row.scopes.join(" "))).collect()
}

#[test]
fn one_credential_has_many_places() {
    // Out of order, and with one scope that another place has too.
    let mut rest = literal("b.sh", "run:1");
    rest.usage = Use::Rest;
    rest.scopes = vec![Scope::ReadPullrequest, Scope::ReadRepository];
    let mut push = literal("a.sh", "run:1");
    push.scopes = vec![Scope::ReadRepository, Scope::WriteRepository];
    let mut unclear = literal("b.sh", "run:1");
    (unclear.usage, unclear.scopes) = (Use::Rest, Vec::new());
    let all = [rest, push, unclear, literal("c.sh", "run:2")];
    let rows = plan(all.into_iter().map(|found| (found, told())).collect());
    let all = "read:repository:bitbucket write:repository:bitbucket read:pullrequest:bitbucket";
    assert_eq!(
        shape(&rows),
        [(3, 2, all.to_owned()), (1, 1, "read:repository:bitbucket".to_owned())]
    );
    assert_eq!(rows[0].without_scopes, 1);
    let uses: Vec<_> = rows[0]
        .uses
        .iter()
        .map(|row| (row.usage, row.username_form.as_deref(), row.places))
        .collect();
    assert_eq!(uses, [(Use::Git, Some("static"), 1), (Use::Rest, Some("email"), 2)]);
    assert_eq!(rows[0].secret_masked, Some(app_password().masked()));
}

#[test]
fn a_variable_is_tied_to_its_one_value() {
    let set = |path: &str, value: &str| {
        let mut found = literal(path, value);
        found.variable = Some("APP_PW".into());
        found.usage = Use::Unknown;
        found.scopes = Vec::new();
        (found, told())
    };
    let read = || (reference("ci.sh", "APP_PW", Use::Git, Scope::GIT_PUSH), told());
    let url = || (literal("x.sh", "run:1"), told());
    let elsewhere = || {
        let (mut found, told) = read();
        found.location.root = 1;
        (found, told)
    };
    // The value, its variable's uses and the same literal elsewhere are one.
    let rows = plan(vec![read(), set(".env", "run:1"), url(), elsewhere()]);
    let push = "read:repository:bitbucket write:repository:bitbucket".to_owned();
    assert_eq!(shape(&rows), [(3, 3, push.clone()), (1, 1, push.clone())]);
    assert_eq!(rows[0].credential_fingerprint.as_deref(), Some("run:1"));
    assert_eq!(rows[1].credential_fingerprint, None);
    assert_eq!(rows[1].held_by[0].variable, "APP_PW");
    // With two values nobody can tell which one it is.
    let rows = plan(vec![set("a.env", "run:1"), set("b.env", "run:2"), read()]);
    assert_eq!(shape(&rows), [(1, 1, String::new()), (1, 1, String::new()), (1, 1, push)]);
    assert_eq!(rows[2].credential_fingerprint, None);
}

#[test]
fn what_exists_or_is_dead_needs_no_token() {
    let mut half = literal("a.sh", "run:1");
    half.state = State::HalfMigrated;
    half.kind = CredentialKind::ApiToken;
    half.secret = Some(Secret::new(format!("ATATT3xFfGF0{}=1A2B3C4D", "x".repeat(171))));
    let mut dead = literal("b.sh", "run:2");
    dead.state = State::DeadSecret;
    let mut note = literal("c.sh", "run:3");
    note.severity = Severity::Note;
    let used = literal("d.sh", "run:4");
    let mut dead_too = literal("e.sh", "run:4");
    dead_too.state = State::DeadSecret;
    dead_too.scopes = vec![Scope::AdminRepository];
    let all = [half, dead, note, used, dead_too];
    let rows = plan(all.into_iter().map(|found| (found, told())).collect());
    let actions: Vec<_> = rows.iter().map(|row| (row.action, row.places)).collect();
    assert_eq!(
        actions,
        [(TokenAction::Create, 2), (TokenAction::Keep, 1), (TokenAction::Delete, 1)]
    );
    // What nothing uses needs no scope.
    assert_eq!(rows[0].scopes, ["read:repository:bitbucket"]);
    assert_eq!(rows[1].scopes, ["read:repository:bitbucket"]);
    assert!(rows[1].variables.is_empty() && rows[2].uses.is_empty());
}

#[test]
fn variables_and_stores_are_named() {
    let setting = |name: &str, holds: &str| ReportSetting {
        repository: "ci".into(),
        name: name.into(),
        holds: holds.into(),
        replaces: Vec::new(),
        read_by: vec!["a.sh".into()],
        set: vec![format!("set {name} in the environment that this runs in")],
    };
    let token = setting("TOKEN", "an Atlassian API token with scopes for Bitbucket");
    let email = setting("EMAIL", "the email of the Atlassian account that owns the API token");
    let stored = Rewrite { token_in: Some(TokenIn::Placeholder), ..made("x", &[]) };
    let report = built(
        vec![
            (literal("a.sh", "run:1"), made("$TOKEN", &["EMAIL", "TOKEN"])),
            (literal(".netrc", "run:1"), stored),
            (literal("a.sh", "run:2"), made("$TOKEN", &["TOKEN"])),
            (reference("a.sh", "OLD", Use::Git, Scope::GIT_FETCH), made("a $OLD", &[])),
        ],
        vec![email, token],
    );
    let rows = &report.summary.token_plan;
    let names = |row: &PlannedToken| -> Vec<(String, Vec<u64>)> {
        let name = |v: &PlannedVariable| (v.name.clone(), v.shared_with.clone());
        row.variables.iter().map(name).collect()
    };
    let row = |name: &str, others: &[u64]| (name.to_owned(), others.to_vec());
    assert_eq!(names(&rows[0]), [row("EMAIL", &[]), row("TOKEN", &[2])]);
    assert_eq!(names(&rows[1]), [row("TOKEN", &[1])]);
    // It keeps its name and gets another value.
    assert_eq!(names(&rows[2]), [row("OLD", &[])]);
    assert!(rows[2].variables[0].set.is_empty());
    assert_eq!(rows[0].stores[0].path, "/home/ci/.netrc");
    let shown = rendered(&report, Format::Terminal, PLAIN);
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [
        "Token plan",
        "; also for row 2:",
        "OLD in /home/ci to the API token, wherever it is set, read by a.sh",
        "the token in the place of the placeholder in /home/ci/.netrc",
        "a year ahead at most, so a token of today ends on 2027-11-24",
    ] {
        assert!(shown.contains(text), "{text}:\n{shown}");
    }
    assert!(!shown.contains("To create"), "{shown}");
}

#[test]
fn the_order_of_findings_decides_the_order() {
    let plan = report().summary.token_plan;
    assert_eq!(plan, report().summary.token_plan);
    assert!(plan.is_sorted_by_key(|row| row.action));
    let all: usize = plan.iter().map(|row| row.findings.len()).sum();
    let told = report().findings.iter().filter(|one| one.severity > Severity::Note).count();
    assert_eq!(all, told, "each finding is in one row");
}

#[test]
fn an_older_report_gets_a_plan() {
    let new = report();
    let mut json: serde_json::Value = serde_json::to_value(&new).unwrap();
    json["summary"].as_object_mut().unwrap().remove("token_plan");
    for setting in json["summary"]["settings"].as_array_mut().unwrap() {
        setting.as_object_mut().unwrap().remove("set");
    }
    for finding in json["findings"].as_array_mut().unwrap() {
        finding.as_object_mut().unwrap().remove("username_form");
        let rewrite = finding["rewrite"].as_object_mut().unwrap();
        rewrite.remove("variables");
        rewrite.remove("token_in");
    }
    let old = read(&serde_json::to_vec(&json).unwrap()).unwrap();
    assert_eq!(shape(&old.summary.token_plan), shape(&new.summary.token_plan));
    let variables = |report: &Report| -> Vec<String> {
        let rows = report.summary.token_plan.iter().flat_map(|row| &row.variables);
        rows.map(|variable| variable.name.clone()).collect()
    };
    assert_eq!(variables(&old), variables(&new));
    assert_eq!(variables(&new), [settings()[0].name.clone()]);
    for format in [Format::Terminal, Format::Markdown, Format::Json, Format::Jsonl] {
        assert!(!rendered(&old, format, PLAIN).is_empty());
    }
}
