//! Generated files with credentials in the slots of the consumer table: the edits change these bytes
//! and no others, and leave nothing to do.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod common;

use bbsweep_rewriters::{Applicability, PlanOptions, plan};
use bbsweep_scanner_core::Secret;
use common::{Tree, api_token, app_password};
use proptest::prelude::*;
use proptest::sample::select;

const EMAIL: &str = "dev@example.com";

/// What comes in the place of `§U§` and `§P§`: without and with a token and an email handed over.
#[derive(Clone, Copy, Debug)]
struct New {
    user: [&'static str; 2],
    /// `None`: the token.
    secret: [Option<&'static str>; 2],
}

const STATIC: [&str; 2] = ["x-bitbucket-api-token-auth"; 2];
const MAIL: [&str; 2] = ["REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL", EMAIL];
const STORE: [Option<&str>; 2] = [Some("REPLACE_WITH_BITBUCKET_API_TOKEN"), None];

const COMPOSER: New = New { user: MAIL, secret: STORE };
const GIT_STORE: New = New { user: STATIC, secret: STORE };
const MAVEN: New = New { user: STATIC, secret: [Some("${env.BITBUCKET_API_TOKEN}"), None] };

const TERRAFORM: New = New {
    user: ["var.ATLASSIAN_ACCOUNT_EMAIL", EMAIL],
    secret: [Some("var.BITBUCKET_API_TOKEN"); 2],
};

/// Paths, texts with one or more uses, and what becomes of them.
const FILES: &[(&str, &str, New)] = &[
    (
        "auth.json",
        "{\n    \"http-basic\": {\n        \"repo.example.com\": {\"username\": \"§U§\", \"password\": \"x\"},\n        \
         \"bitbucket.org\": {\n            \"username\": \"§U§\",\n            \"password\": \"§P§\"\n        }\n    }\n}\n",
        COMPOSER,
    ),
    (
        "auth.json",
        "{\"http-basic\":{\"bitbucket.org\":{\"password\":\"§P§\",\"username\":\"§U§\"}},\"github-oauth\":{}}",
        COMPOSER,
    ),
    (
        "auth.json",
        "// comments, too: \"password\"\n{ \"http-basic\" : { \"bitbucket.org\" : { \"username\" : \"§U§\" , \"password\" : \"§P§\", }, }, }\n",
        COMPOSER,
    ),
    (
        ".m2/settings.xml",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<settings>\n  <!-- <password>old</password> -->\n  <servers>\n    <server>\n      \
         <id>bitbucket.org</id>\n      <username>§U§</username>\n      <password> §P§ </password>\n    </server>\n    <server>\n      \
         <id>other.example.com</id>\n      <username>§U§</username>\n      <password>x</password>\n    </server>\n  </servers>\n</settings>\n",
        MAVEN,
    ),
    (
        ".m2/settings.xml",
        "<settings><servers><server><id>bitbucket.org</id><username>§U§</username><password><![CDATA[§P§]]></password></server></servers></settings>",
        MAVEN,
    ),
    (
        "pypoetry/auth.toml",
        "# a comment\n[http-basic.other]\nusername = \"§U§\"\npassword = \"x\"\n\n[http-basic.\"bitbucket.org\"]\nusername = '§U§'   # who\npassword = \"§P§\"\n",
        GIT_STORE,
    ),
    (
        ".bundle/config",
        "---\nBUNDLE_PATH: vendor\nBUNDLE_BITBUCKET__ORG: §U§:§P§\nBUNDLE_JOBS: \"4\"\n",
        GIT_STORE,
    ),
    (".bundle/config", "---\nBUNDLE_BITBUCKET__ORG: \"§U§:§P§\" # old\n", GIT_STORE),
    (".bundle/config", "---\n'BUNDLE_BITBUCKET__ORG': '§U§:§P§'\n", GIT_STORE),
    (
        "k8s/secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: x\n  annotations: { tekton.dev/git-0: \"https://bitbucket.org\" }\nstringData:\n  \
         username: §U§\n  password: §P§\n---\nkind: Other\n",
        GIT_STORE,
    ),
    (
        "k8s/secret.yaml",
        "{kind: Secret, metadata: {annotations: {tekton.dev/git-0: 'https://bitbucket.org'}}, stringData: {username: §U§, password: '§P§'}}\n",
        GIT_STORE,
    ),
    (
        "k8s/secret.yaml",
        "kind: Secret\nmetadata:\n  annotations:\n    tekton.dev/git-0: https://bitbucket.org\nstringData:\n  password: |-\n    §P§\n  username: >-\n    §U§\n",
        GIT_STORE,
    ),
    (
        "main.tf",
        "# provider\nprovider \"bitbucket\" {\n  alias    = \"x\"\n  username = \"§U§\" # who\n  password = \"§P§\"\n}\n",
        TERRAFORM,
    ),
];

#[derive(Clone, Copy, Debug)]
enum Written {
    Lf,
    CrLf,
    Bom,
    Utf16,
}

fn encode(text: &str, written: Written) -> Vec<u8> {
    match written {
        Written::Lf => text.as_bytes().to_vec(),
        Written::CrLf => text.replace('\n', "\r\n").into_bytes(),
        Written::Bom => [&b"\xEF\xBB\xBF"[..], text.as_bytes()].concat(),
        Written::Utf16 => {
            [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
        }
    }
}

/// What the edited file has to be: the uses hold the new pair, other hosts' usernames stay.
fn expected(template: &str, user: &str, new_user: &str, new_secret: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    // The username of a use is the one that stands nearest to its secret.
    let uses: Vec<usize> = template.match_indices("§P§").map(|(at, _)| at).collect();
    let nearest = |secret: usize| {
        template.match_indices("§U§").map(|(at, _)| at).min_by_key(|at| at.abs_diff(secret))
    };
    let users: Vec<usize> = uses.iter().filter_map(|at| nearest(*at)).collect();
    while let Some(at) = rest.find('§') {
        let position = template.len() - rest.len() + at;
        out += &rest[..at];
        out += match &rest[at..at + "§U§".len()] {
            "§P§" => new_secret,
            _ if users.contains(&position) => new_user,
            _ => user,
        };
        rest = &rest[at + "§U§".len()..];
    }
    out += rest;
    // An expression takes the quotes' place.
    for name in ["var.ATLASSIAN_ACCOUNT_EMAIL", "var.BITBUCKET_API_TOKEN"] {
        out = out.replace(&format!("\"{name}\""), name);
    }
    out
}

fn check(
    (path, template, new): &(&str, &str, New),
    user: &str,
    n: usize,
    handed_over: bool,
    written: Written,
) {
    let tree = Tree::new();
    let token = api_token(n);
    let text = template.replace("§U§", user).replace("§P§", &app_password(n));
    tree.put(path, &encode(&text, written));
    let options = if handed_over {
        PlanOptions {
            token: Some(Secret::new(token.as_str())),
            email: Some(EMAIL.into()),
            ..PlanOptions::default()
        }
    } else {
        PlanOptions::default()
    };
    let planned = plan(&tree.scan(), &options);
    tree.apply(&planned, Applicability::Review);
    let which = usize::from(handed_over);
    let secret = new.secret[which].unwrap_or(&token);
    let after = expected(template, user, new.user[which], secret);
    let bytes = std::fs::read(tree.path(path)).unwrap();
    assert_eq!(
        String::from_utf8_lossy(&bytes),
        String::from_utf8_lossy(&encode(&after, written)),
        "{path} {written:?}: {:#?}",
        planned.fixes
    );
    let left = tree.scan();
    let again = plan(&left, &options);
    assert!(again.fixes.iter().all(|fix| fix.edits.is_empty()), "{path}: {:#?}", again.fixes);
    assert_eq!(left, [], "{path}");
    let told = format!("{planned:?}");
    assert!(!told.contains(&app_password(n)) && !told.contains(&token), "{told}");
}

#[test]
fn every_file() {
    for file in FILES {
        for written in [Written::Lf, Written::CrLf, Written::Bom, Written::Utf16] {
            check(file, "joe", 1, false, written);
            check(file, "joe", 2, true, written);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn only_the_pair_changes(
        file in select(FILES),
        user in "[a-z][a-z0-9._-]{2,12}[a-z0-9]|jörg[0-9]{0,3}",
        n in 0..1000_usize,
        handed_over in any::<bool>(),
        written in select(&[Written::Lf, Written::CrLf, Written::Bom, Written::Utf16][..]),
    ) {
        check(&file, &user, n, handed_over, written);
    }
}
