//! What a user adds to what the detectors know, and what is not to be reported.

use super::*;
use crate::Rule;
use crate::finding::Suppression;
use crate::settings::{Additions, Allow, Settings};

fn with(additions: Additions) -> Arc<Settings> {
    Arc::new(Settings::new(additions).unwrap())
}

fn all<T: std::str::FromStr>(texts: &[&str]) -> Vec<T>
where
    T::Err: std::fmt::Debug,
{
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn allow(reason: &str) -> Allow {
    Allow { id: None, path: None, rule: None, pattern: None, reason: reason.into() }
}

#[test]
fn added_hosts_are_seen_in_every_kind_of_file() {
    use crate::Use::{Git, Rest};

    let mut tree = Tree::new();
    let url = |host: &str| format!("https://joe:{}@{host}/t/r.git", secret(1));
    for (name, text) in [
        ("a.sh", format!("git clone {}", url("git.example.com"))),
        ("b.sh", format!("curl {}", url("api.example.com:8443"))),
        (".netrc", format!("machine git.example.com login joe password {}", secret(2))),
        (".git-credentials", format!("{}\n", url("GIT.example.com"))),
        ("look-alike.sh", format!("git clone {}", url("git.example.com.evil.org"))),
    ] {
        // Without an anchor of bbsweep's own.
        tree.file(name, text.replace("ATBBexample", "x9Y8z7"));
    }
    fs::create_dir_all(tree.at("repo")).unwrap();
    git2::Repository::init(tree.at("repo")).unwrap();
    let config = url("git.example.com").replace("ATBBexample", "x9Y8z7");
    tree.file("repo/.git/config", format!("[remote \"o\"]\n\turl = {config}\n"));
    assert_eq!(tree.scan().findings.len(), 0);

    tree.options.settings = with(Additions {
        git_hosts: all(&["git.example.com"]),
        rest_hosts: all(&["api.example.com"]),
        ..Additions::default()
    });
    let found: Vec<_> = tree
        .scan()
        .findings
        .into_iter()
        .map(|found| (found.location.path, found.rule, found.usage))
        .collect();
    assert_eq!(
        found,
        [
            (".git-credentials".to_owned(), Rule::GitCredentials, Git),
            (".netrc".to_owned(), Rule::Netrc, Git),
            ("a.sh".to_owned(), Rule::UrlUserinfo, Git),
            ("b.sh".to_owned(), Rule::UrlUserinfo, Rest),
            ("repo/.git/config".to_owned(), Rule::GitConfigUrl, Git),
        ]
    );
}

#[test]
fn added_names_are_those_of_app_passwords() {
    let mut tree = Tree::new();
    tree.file("a.sh", "curl -u \"x:$DEPLOY_PW\" https://example.com\nDEPLOY_PW_FILE=x\n");
    tree.file(".env", "OTHER_DEPLOY_PW=1\nDEPLOY_PW=q8W7e6R5t4\n");
    assert_eq!(tree.scan().findings.len(), 0);
    tree.options.settings =
        with(Additions { secrets: all(&["DEPLOY_PW"]), ..Additions::default() });
    let found: Vec<_> = tree
        .scan()
        .findings
        .into_iter()
        .map(|found| (found.location.path, found.location.line, found.variable.unwrap()))
        .collect();
    let deploy = || "DEPLOY_PW".to_owned();
    assert_eq!(found, [(".env".into(), 2, deploy()), ("a.sh".into(), 1, deploy())]);
}

#[test]
fn a_long_name_is_an_anchor_across_a_border() {
    let name = "A".repeat(100) + "_PW";
    let settings = with(Additions { secrets: all(&[&name]), ..Additions::default() });
    let anchors = crate::prefilter::Anchors::new(&settings);
    assert!(anchors.overlap() >= name.len());
    assert!(anchors.in_text(name.as_bytes()) && anchors.in_text(b"bitbucket"));
    assert!(!anchors.in_text(b"A_PW"));
}

#[test]
fn what_is_suppressed_is_told_and_moves_no_fingerprint() {
    let mut tree = Tree::new();
    tree.file("a.sh", format!("git clone {}\n", url(1)));
    tree.file("b.sh", format!("# bbsweep:ignore\ngit clone {}\ngit clone {0}\n", url(2)));
    tree.file("fixtures/c.sh", format!("git clone {}\n", url(3)));
    tree.file("d.sh", "export BITBUCKET_APP_PASSWORD\n");
    tree.file("e.sh", format!("git clone {}\n", url(4)));
    let plain = tree.scan();
    assert_eq!(plain.findings.len(), 5);
    let suppressed: Vec<_> = plain.suppressed.iter().map(|row| &row.by).collect();
    assert_eq!(suppressed, [&Suppression::Inline]);
    let second = plain.findings.iter().find(|found| found.location.path == "b.sh").unwrap();
    assert_eq!(second.location.line, 3);
    let of_e = plain.findings.iter().find(|found| found.location.path == "e.sh").unwrap();

    tree.options.settings = with(Additions {
        disabled: vec![Rule::EnvVariable],
        allow: vec![
            Allow { id: Some(of_e.id.clone()), ..allow("known") },
            Allow { path: Some("fixtures/".parse().unwrap()), ..allow("tests") },
            Allow {
                rule: Some(Rule::UrlUserinfo),
                pattern: Some("repo1\\.git".parse().unwrap()),
                ..allow("retired")
            },
            // Suppresses nothing: its rule is another.
            Allow { rule: Some(Rule::Netrc), path: Some("b.sh".parse().unwrap()), ..allow("none") },
            allow("nothing set"),
        ],
        ..Additions::default()
    });
    let outcome = tree.scan();
    assert_eq!(seen(&outcome), [("b.sh".into(), 3, 2)]);
    assert_eq!(outcome.findings[0].id, second.id);
    let by: Vec<_> = outcome
        .suppressed
        .iter()
        .map(|row| (row.finding.location.path.as_str(), row.by.clone()))
        .collect();
    let reason = |reason: &str| Suppression::Allow { reason: reason.into() };
    assert_eq!(
        by,
        [
            ("a.sh", reason("retired")),
            ("b.sh", Suppression::Inline),
            ("d.sh", Suppression::Rule),
            ("e.sh", reason("known")),
            ("fixtures/c.sh", reason("tests")),
        ]
    );
    let twice = format!("{:?}{:?}", outcome.findings, outcome.suppressed);
    for threads in [1, 4] {
        tree.options.threads = threads;
        let again = tree.scan();
        assert_eq!(format!("{:?}{:?}", again.findings, again.suppressed), twice);
    }
}

#[test]
fn the_base_of_allowed_paths() {
    let mut tree = Tree::new();
    tree.file("sub/ci/a.sh", format!("git clone {}\n", url(1)));
    let rule = |path: &str, base: Option<PathBuf>| {
        let allow = Allow { path: Some(path.parse().unwrap()), ..allow("x") };
        with(Additions { allow: vec![allow], base, ..Additions::default() })
    };
    tree.options.roots = vec![tree.at("sub")];
    for (path, base, suppressed) in [
        ("ci/a.sh", None, 1),
        ("sub/ci/a.sh", None, 0),
        ("sub/ci/a.sh", Some(tree.at("")), 1),
        ("sub/ci/a.sh", Some(tree.at("sub/ci")), 0),
    ] {
        tree.options.settings = rule(path, base);
        assert_eq!(tree.scan().suppressed.len(), suppressed, "{path}");
    }
}
