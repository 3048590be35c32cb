use super::*;
use crate::detect::testing::{line, part, run};
use crate::rule::Rule;

fn one(path: &str, text: &str) -> Option<Candidate> {
    let sink = run(detect, path, text);
    assert!(sink.problems.is_empty(), "{path}: {:?}", sink.problems);
    assert!(sink.candidates.len() <= 1, "{:?}", sink.candidates);
    sink.candidates.into_iter().next()
}

const AUTH: &str =
    r#"{"http-basic": {"bitbucket.org": {"username": "§user§", "password": "§secret§"}}}"#;

fn auth(user: &str, secret: &str) -> Option<Candidate> {
    one("auth.json", &AUTH.replace("§user§", user).replace("§secret§", secret))
}

#[test]
fn fields() {
    let found = auth("joe", "§app§").unwrap();
    assert_eq!(line(&found), "AppPassword Both Certain Error");
    assert_eq!(found.rule, Rule::Composer);
    let text = AUTH.replace("§user§", "joe").replace("§secret§", "§app§");
    for (role, expected) in [
        (Role::Name, "password"),
        (Role::UsernameName, "username"),
        (Role::Username, "joe"),
        (Role::Secret, crate::detect::testing::APP),
    ] {
        assert_eq!(part(&found, role, &text).as_deref(), Some(expected), "{role:?}");
    }
    assert_eq!(found.identity, "http-basic/bitbucket.org/password");
}

#[test]
fn the_form_decides() {
    let half = auth("joe", "§api§").unwrap();
    assert_eq!(line(&half), "HalfMigrated UsernameForRest Both Certain Error");
    assert_eq!(auth("joe@example.com", "§api§").map(|c| c.message), None);
    assert_eq!(auth("x-token-auth", "§access§").map(|c| c.message), None);
    assert_eq!(auth("<user>", "<app_password>").map(|c| c.message), None);
    let reference = auth("joe", "${BITBUCKET_APP_PASSWORD}").unwrap();
    assert_eq!(reference.variable.as_deref(), Some("BITBUCKET_APP_PASSWORD"));
}

#[test]
fn other_places_are_not_seen() {
    for (path, text) in [
        ("auth.json", r#"{"http-basic": {"github.com": {"username": "a", "password": "§app§"}}}"#),
        ("auth.json", r#"{"http-basic": {"bitbucket.org": {"username": "a"}}}"#),
        (
            "other.json",
            r#"{"http-basic": {"bitbucket.org": {"username": "a", "password": "§app§"}}}"#,
        ),
    ] {
        assert_eq!(one(path, text).map(|c| c.message), None, "{text}");
    }
}

#[test]
fn a_broken_file_is_told() {
    let broken = "{\"http-basic\": {\"bitbucket.org\": {\"password\": §app§";
    let sink = run(detect, "auth.json", broken);
    assert!(sink.candidates.is_empty());
    // Nothing in it could be a credential.
    let other = run(detect, "auth.json", "{\"http-basic\": {\"bitbucket.org\": ");
    assert!(other.problems.is_empty());
    assert_eq!(sink.problems.len(), 1);
    assert_eq!(sink.problems[0].0, SkipReason::Unparsed);
    assert!(!sink.problems[0].1.contains("ATBB"), "{:?}", sink.problems);
}

#[test]
fn pairs() {
    let found = one(".bundle/config", "---\nBUNDLE_BITBUCKET__ORG: \"joe:§app§\"\n").unwrap();
    assert_eq!(line(&found), "AppPassword Git Certain Error");
    assert_eq!(found.username.as_deref(), Some("joe"));
    let half = one(".bundle/config", "BUNDLE_BITBUCKET__ORG: me@example.com:§api§\n").unwrap();
    assert_eq!(line(&half), "HalfMigrated EmailForGit Git Certain Error");
    let right = "BUNDLE_BITBUCKET__ORG: x-bitbucket-api-token-auth:§api§\n";
    assert_eq!(one(".bundle/config", right).map(|c| c.message), None);
    assert_eq!(colon_of(b"${A:-b}:c"), Some(7));
}

#[test]
fn rows_are_sound() {
    for consumer in crate::consumer::consumers() {
        for slot in consumer.slots {
            assert!(slot.when.iter().all(is_sound), "{slot:?}");
            assert!(!slot.files.is_empty() && !slot.path.starts_with('/'), "{slot:?}");
        }
    }
}
