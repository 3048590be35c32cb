use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bbsweep_scanner_core::consumer::Pin;
use bbsweep_scanner_core::{Part, Rule, Span};

use super::*;
use crate::edit::Applicability;
use crate::env_variable::Renames;
use crate::testing::{API_TOKEN, APP_PASSWORD, Found, Rewritten, plain, with_token};

const FIELDS: Shape = Shape::Fields { username: &["username"], secret: &["password"] };

const REST: Slot = Slot {
    rule: Rule::Composer,
    shape: FIELDS,
    usage: Use::Rest,
    form: UsernameForm::Email,
    evidence: Some(Evidence::Confirmed),
    ..Slot::BASE
};

/// With these keys and values in the text, each at its first place.
fn found<'a>(
    path: &str,
    text: &'a str,
    row: &'static Slot,
    keys: (&str, &str),
    user: &str,
    secret: &str,
) -> Found<'a> {
    let mut found = Found::new(row.rule, path, text).slot(row);
    for (role, part) in [
        (Role::UsernameName, keys.0),
        (Role::Name, keys.1),
        (Role::Username, user),
        (Role::Value, secret),
        (Role::Secret, secret),
    ] {
        let start = text.find(part).unwrap() as u64;
        let span = Span::new(start, start + part.len() as u64);
        found.finding.parts.push(Part { role, span });
    }
    found
}

fn literal(path: &str, text: &str, row: &'static Slot) -> Found<'static> {
    let text: &'static str = Box::leak(text.to_owned().into_boxed_str());
    found(path, text, row, ("username", "password"), "joe", APP_PASSWORD)
}

fn manual(done: &Rewritten, reason: &str) {
    assert_eq!(done.proposal.applicability, Applicability::Manual);
    assert!(done.proposal.edits.is_empty());
    assert!(done.proposal.reason.contains(reason), "{}", done.proposal.reason);
}

#[test]
fn a_store_takes_the_token() {
    static ROW: Slot = Slot { store: true, ..REST };
    let text = format!("{{\"username\": \"joe\", \"password\": \"{APP_PASSWORD}\"}}\n");
    let done = literal("auth.json", &text, &ROW).rewrite(&with_token());
    assert_eq!(
        done.text,
        format!("{{\"username\": \"dev@example.com\", \"password\": \"{API_TOKEN}\"}}\n")
    );
    assert_eq!(done.proposal.applicability, Applicability::Review);
    let done = literal("auth.json", &text, &ROW).rewrite(&plain());
    assert_eq!(
        done.text,
        "{\"username\": \"REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL\", \
         \"password\": \"REPLACE_WITH_BITBUCKET_API_TOKEN\"}\n"
    );
    let steps = done.proposal.steps.join("\n");
    for step in [
        "create an API token",
        "the new token in the place of",
        "email in the place of",
        "delete the app",
    ] {
        assert!(steps.contains(step), "{step}: {steps}");
    }
}

#[test]
fn every_format_reads_variables_its_way() {
    static BRACES: Slot = Slot { expands: Some("${NAME}"), ..REST };
    static EXPRESSION: Slot = Slot { expands: Some("var.NAME"), ..REST };
    static MOUSTACHE: Slot = Slot { expands: Some("{{ NAME }}"), ..REST };
    for (path, row, before, after) in [
        (
            "a.yml",
            &BRACES,
            "username: joe\npassword: @@\n",
            "username: ${EMAIL}\npassword: ${TOKEN}\n",
        ),
        (
            "a.yml",
            &BRACES,
            "{username: joe, password: @@}\n",
            "{username: \"${EMAIL}\", password: \"${TOKEN}\"}\n",
        ),
        (
            "a.yml",
            &MOUSTACHE,
            "username: 'joe'\npassword: @@ # old\n",
            "username: '{{ EMAIL }}'\npassword: \"{{ TOKEN }}\" # old\n",
        ),
        (
            "a.json",
            &BRACES,
            "{\"username\":\"joe\",\r\n\"password\":\"@@\"}",
            "{\"username\":\"${EMAIL}\",\r\n\"password\":\"${TOKEN}\"}",
        ),
        (
            "a.toml",
            &BRACES,
            "username = 'joe'\npassword = \"@@\"\n",
            "username = '${EMAIL}'\npassword = \"${TOKEN}\"\n",
        ),
        (
            "a.tf",
            &EXPRESSION,
            "a \"b\" {\n  username = \"joe\"\n  password = \"@@\"\n}\n",
            "a \"b\" {\n  username = var.EMAIL\n  password = var.TOKEN\n}\n",
        ),
        (
            "a.xml",
            &BRACES,
            "<a><username>joe</username><password>@@</password></a>",
            "<a><username>${EMAIL}</username><password>${TOKEN}</password></a>",
        ),
        (
            "a.xml",
            &BRACES,
            "<a username='joe' password=\"@@\"/>",
            "<a username='${EMAIL}' password=\"${TOKEN}\"/>",
        ),
        (
            "a.ini",
            &BRACES,
            "[a]\nusername = joe\npassword = @@\n",
            "[a]\nusername = ${EMAIL}\npassword = ${TOKEN}\n",
        ),
        (
            "a.properties",
            &BRACES,
            "username=joe\npassword=@@",
            "username=${EMAIL}\npassword=${TOKEN}",
        ),
    ] {
        let done = literal(path, &before.replace("@@", APP_PASSWORD), row).rewrite(&plain());
        let after = after
            .replace("EMAIL", "ATLASSIAN_ACCOUNT_EMAIL")
            .replace("TOKEN", "BITBUCKET_API_TOKEN");
        assert_eq!(done.text, after, "{}", done.proposal.reason);
        assert_eq!(done.proposal.applicability, Applicability::Review);
        let needs: Vec<_> = done.proposal.needs.iter().map(|need| need.name.as_str()).collect();
        assert_eq!(needs, ["BITBUCKET_API_TOKEN", "ATLASSIAN_ACCOUNT_EMAIL"]);
    }
}

#[test]
fn pairs_stay_in_one_scalar() {
    static ROW: Slot = Slot {
        rule: Rule::Bundler,
        usage: Use::Git,
        form: UsernameForm::Static,
        store: true,
        ..Slot::BASE
    };
    let text = format!("---\nKEY: \"joe:{APP_PASSWORD}\"\n");
    let pair = format!("joe:{APP_PASSWORD}");
    let done = Found::new(Rule::Bundler, "a.yml", &text)
        .slot(&ROW)
        .part(Role::Name, "KEY")
        .part(Role::Value, &pair)
        .part(Role::Username, "joe")
        .part(Role::Secret, APP_PASSWORD)
        .rewrite(&with_token());
    assert_eq!(done.text, format!("---\nKEY: \"x-bitbucket-api-token-auth:{API_TOKEN}\"\n"));
    let text = "KEY: ${AUTH}\n";
    let done = Found::new(Rule::Bundler, "a.yml", text)
        .slot(&ROW)
        .state(State::Reference)
        .variable("AUTH")
        .part(Role::Name, "KEY")
        .part(Role::Value, "${AUTH}")
        .part(Role::Secret, "${AUTH}")
        .rewrite(&plain());
    manual(&done, "together");
}

#[test]
fn keys_change_and_come() {
    static ROW: Slot = Slot {
        keys: &[("password", "token")],
        adds: &[("api_user", UsernameForm::Email), ("kind", UsernameForm::Static)],
        form: UsernameForm::Static,
        usage: Use::Git,
        ..REST
    };
    for (path, before, after) in [
        (
            "a.json",
            "{\r\n  \"username\": \"joe\",\r\n  \"password\": \"@@\"\r\n}\r\n",
            "{\r\n  \"username\": \"STATIC\",\r\n  \"api_user\": \"EMAIL\",\r\n  \"kind\": \"STATIC\",\r\n  \
             \"token\": \"TOKEN\"\r\n}\r\n",
        ),
        (
            "a.json",
            "{\"username\":\"joe\",\"password\":\"@@\"}",
            "{\"username\":\"STATIC\",\"api_user\":\"EMAIL\", \"kind\":\"STATIC\", \"token\":\"TOKEN\"}",
        ),
        (
            "a.yml",
            "a:\n  - password: @@\n    username: joe\n",
            "a:\n  - api_user: EMAIL\n    kind: STATIC\n    token: TOKEN\n    username: STATIC\n",
        ),
        (
            "a.yml",
            "{username: joe, password: @@}",
            "{username: STATIC, api_user: EMAIL, kind: STATIC, token: TOKEN}",
        ),
        (
            "a.yml",
            "kind: here\nusername: joe\npassword: @@",
            "kind: here\nusername: STATIC\napi_user: EMAIL\ntoken: TOKEN",
        ),
        (
            "a.toml",
            "[a]\nusername = \"joe\"\npassword = \"@@\"\n",
            "[a]\nusername = \"STATIC\"\napi_user = \"EMAIL\"\nkind = \"STATIC\"\ntoken = \"TOKEN\"\n",
        ),
        (
            "a.toml",
            "a = { username = \"joe\", password = \"@@\" }\n",
            "a = { username = \"STATIC\", api_user = \"EMAIL\", kind = \"STATIC\", token = \"TOKEN\" }\n",
        ),
        (
            "a.tf",
            "a {\n  username = \"joe\"\n  password = \"@@\"\n}\n",
            "a {\n  username = \"STATIC\"\n  api_user = \"EMAIL\"\n  kind = \"STATIC\"\n  token = \"TOKEN\"\n}\n",
        ),
        (
            "a.xml",
            "<a>\n\t<username>joe</username>\n\t<password>@@</password>\n</a>\n",
            "<a>\n\t<username>STATIC</username>\n\t<api_user>EMAIL</api_user>\n\t<kind>STATIC</kind>\n\t\
             <token>TOKEN</token>\n</a>\n",
        ),
        (
            "a.env",
            "username=joe\nexport password=@@\n",
            "username=STATIC\nexport api_user=EMAIL\nexport kind=STATIC\nexport token=TOKEN\n",
        ),
        (
            "a.ini",
            "[a]\nusername = joe\npassword = @@\n",
            "[a]\nusername = STATIC\napi_user = EMAIL\nkind = STATIC\ntoken = TOKEN\n",
        ),
    ] {
        let done = literal(path, &before.replace("@@", APP_PASSWORD), &ROW).rewrite(&plain());
        let after = after
            .replace("STATIC", "x-bitbucket-api-token-auth")
            .replace("EMAIL", "REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL")
            .replace("TOKEN", "REPLACE_WITH_BITBUCKET_API_TOKEN");
        assert_eq!(done.text, after, "{}", done.proposal.reason);
    }
    let text = format!("username: joe\npassword: {APP_PASSWORD}\ntoken: x\n");
    manual(&literal("a.yml", &text, &ROW).rewrite(&plain()), "token stands beside it already");
}

#[test]
fn versions_are_raised_with_the_keys() {
    static ROW: Slot = Slot {
        pin: Some(Pin {
            path: "../pipe",
            versions: &[("atlassian/known", Some("0.8.0")), ("atlassian/other", None)],
        }),
        keys: &[("username", "EMAIL"), ("password", "TOKEN")],
        expands: Some("$NAME"),
        ..REST
    };
    let text = |pipe: &str| {
        format!("- pipe: {pipe}\n  variables:\n    username: joe\n    password: {APP_PASSWORD}\n")
    };
    let done = literal("a.yml", &text("atlassian/known:0.3.2"), &ROW).rewrite(&plain());
    assert_eq!(
        done.text,
        "- pipe: atlassian/known:0.8.0\n  variables:\n    EMAIL: $ATLASSIAN_ACCOUNT_EMAIL\n    \
         TOKEN: $BITBUCKET_API_TOKEN\n"
    );
    assert!(done.proposal.reason.contains("0.3.2 is raised to 0.8.0"), "{}", done.proposal.reason);
    let done = literal("a.yml", &text("atlassian/known:1.0.0"), &ROW).rewrite(&plain());
    assert!(done.text.starts_with("- pipe: atlassian/known:1.0.0\n"), "{}", done.text);
    for pipe in ["atlassian/other:1.0.0", "atlassian/known:latest", "somebody/else:2"] {
        let done = literal("a.yml", &text(pipe), &ROW).rewrite(&plain());
        manual(&done, "");
        let steps = done.proposal.steps.join("\n");
        assert!(steps.contains("CHANGELOG.md"), "{steps}");
    }
}

#[test]
fn base64_is_encoded_again() {
    static ROW: Slot = Slot { base64: true, store: true, ..REST };
    let (user, secret) = (STANDARD.encode("joe"), STANDARD.encode(APP_PASSWORD));
    let text = format!("data:\n  username: {user}\n  password: {secret}\n");
    let found = || {
        Found::new(Rule::Composer, "a.yml", &text)
            .slot(&ROW)
            .part(Role::UsernameName, "username")
            .part(Role::Name, "password")
            .part(Role::Username, &user)
            .part(Role::Value, &secret)
            .part(Role::Base64, &secret)
    };
    let done = found().rewrite(&with_token());
    assert_eq!(
        done.text,
        format!(
            "data:\n  username: {}\n  password: {}\n",
            STANDARD.encode("dev@example.com"),
            STANDARD.encode(API_TOKEN)
        )
    );
    let shown = done.proposal.shown.unwrap();
    assert_eq!(shown, "username: (base64), password: (base64)");
    let done = found().state(State::HalfMigrated).rewrite(&with_token());
    assert_eq!(done.text, text.replace(&user, &STANDARD.encode("dev@example.com")));
    assert_eq!(done.proposal.applicability, Applicability::Safe);
}

#[test]
fn only_sources_make_it_safe() {
    static CONFIRMED: Slot = Slot { store: true, ..REST };
    static INFERRED: Slot = Slot { evidence: Some(Evidence::Inferred), ..CONFIRMED };
    static UNKNOWN: Slot = Slot { evidence: Some(Evidence::Unknown), ..CONFIRMED };
    static UNSUPPORTED: Slot = Slot { form: UsernameForm::Unsupported, ..CONFIRMED };
    let text = format!("{{\"username\": \"joe\", \"password\": \"{APP_PASSWORD}\"}}");
    let half = |row| literal("a.json", &text, row).state(State::HalfMigrated);
    let done = half(&CONFIRMED).rewrite(&with_token());
    assert_eq!(done.text, text.replace("joe", "dev@example.com"));
    assert_eq!(done.proposal.applicability, Applicability::Safe);
    assert_eq!(half(&CONFIRMED).rewrite(&plain()).proposal.applicability, Applicability::Review);
    let done = half(&INFERRED).rewrite(&with_token());
    assert_eq!(done.proposal.applicability, Applicability::Review);
    manual(&half(&UNKNOWN).rewrite(&with_token()), "no source says");
    manual(&half(&UNSUPPORTED).rewrite(&with_token()), "an API token does not work");
}

#[test]
fn variables_are_renamed_or_kept() {
    static ROW: Slot = Slot { expands: Some("$NAME"), ..REST };
    let text =
        "variables:\n  username: $BITBUCKET_USERNAME\n  password: ${BITBUCKET_APP_PASSWORD}\n";
    let user = || {
        found(
            "a.yml",
            text,
            &ROW,
            ("username", "password"),
            "$BITBUCKET_USERNAME",
            "${BITBUCKET_APP_PASSWORD}",
        )
        .state(State::Reference)
        .variable("BITBUCKET_APP_PASSWORD")
    };
    let done = user().rewrite(&plain());
    assert_eq!(
        done.text,
        "variables:\n  username: $ATLASSIAN_ACCOUNT_EMAIL\n  password: ${BITBUCKET_APP_PASSWORD}\n"
    );
    assert_eq!(done.proposal.renamed, None);
    let renames = Renames::of("BITBUCKET_APP_PASSWORD", "BITBUCKET_API_TOKEN");
    let done = user().rewrite_with(&plain(), &renames);
    assert_eq!(
        done.text,
        "variables:\n  username: $ATLASSIAN_ACCOUNT_EMAIL\n  password: ${BITBUCKET_API_TOKEN}\n"
    );
    assert_eq!(done.proposal.renamed.as_deref(), Some("BITBUCKET_APP_PASSWORD"));
    assert_eq!(done.proposal.applicability, Applicability::Review);
}

#[test]
fn a_named_secret_stays() {
    static ROW: Slot = Slot { names_secret: true, ..REST };
    let text = "a:\n  username: joe\n  password: bitbucket-creds\n";
    let done = found("a.yml", text, &ROW, ("username", "password"), "joe", "bitbucket-creds")
        .state(State::Reference)
        .rewrite(&with_token());
    assert_eq!(done.text, text.replace("joe", "dev@example.com"));
    let steps = done.proposal.steps.join("\n");
    assert!(steps.contains("put the API token where bitbucket-creds is kept"), "{steps}");
}

#[test]
fn what_cannot_be_written_is_told() {
    static ROW: Slot = Slot { store: true, ..REST };
    static BY_USE: Slot = Slot { usage: Use::Both, form: UsernameForm::ByUse, ..REST };
    let mut options = with_token();
    options.token = Some(bbsweep_scanner_core::Secret::new("it's$HOME#new"));
    let text = format!("username = 'joe'\npassword = '{APP_PASSWORD}'\n");
    manual(&literal("a.toml", &text, &ROW).rewrite(&options), "cannot hold");
    let text = format!("username=joe\npassword={APP_PASSWORD}\n");
    manual(&literal("a.properties", &text, &ROW).rewrite(&options), "read as a variable");
    manual(&literal("a.properties", &text, &BY_USE).rewrite(&options), "it cannot be told");
    let text = format!("username: joe\npassword: {APP_PASSWORD}\n");
    let done = literal("a.yml", &text, &ROW).rewrite(&options);
    assert_eq!(done.text, "username: dev@example.com\npassword: it's$HOME#new\n");
}
