//! Patches split by labels: each applies by itself, and all of them in any order make the whole.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use bbsweep_rewriters::{Applicability, Plan, PlanOptions, patch, plan};
use common::{Tree, app_password, git, git_ok, legacy_password};
use proptest::prelude::*;
use proptest::sample::select;

/// A line of a shell script; some bind to others, some change the number of lines.
fn line() -> impl Strategy<Value = String> {
    (0_usize..40, select(vec!["clone", "curl", "export", "use", "plain", "plain", "plain"]))
        .prop_map(|(n, kind)| match kind {
            "clone" => {
                format!("git clone https://bob:{}@bitbucket.org/t/r{n}.git", app_password(n))
            }
            "curl" => format!(
                "curl -u bob:{} https://api.bitbucket.org/2.0/repositories/t",
                legacy_password(n)
            ),
            "export" => format!("export BITBUCKET_APP_PASSWORD={}", app_password(n)),
            "use" => "git fetch https://bob:$BITBUCKET_APP_PASSWORD@bitbucket.org/t/r".to_owned(),
            _ => format!("echo {n}"),
        })
}

fn script() -> impl Strategy<Value = String> {
    prop::collection::vec(line(), 1..30).prop_map(|lines| format!("{}\n", lines.join("\n")))
}

/// What the files hold, by name.
fn contents(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(root).unwrap().flatten();
    entries
        .filter(|entry| entry.path().is_file())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect()
}

/// Applies the patches in this order, each of which has to apply to the tree as it was too.
fn applied(tree: &Tree, patches: &[patch::Written]) -> BTreeMap<String, Vec<u8>> {
    let before = contents(tree.root());
    for written in patches {
        git_ok(tree.root(), ["apply".as_ref(), "--check".as_ref(), written.path.as_os_str()]);
    }
    for written in patches {
        git_ok(tree.root(), ["apply".as_ref(), written.path.as_os_str()]);
    }
    let after = contents(tree.root());
    for (name, bytes) in before {
        tree.put(&name, &bytes);
    }
    after
}

/// Splits the plan by `labels` and makes sure that the parts come to the whole.
fn check(tree: &Tree, plan: &Plan, labels: &[String]) -> Vec<patch::Written> {
    let out = tempfile::tempdir().unwrap();
    let least = Applicability::Review;
    let whole = patch::write(plan, &out.path().join("whole"), least).unwrap();
    let expected = applied(tree, &whole);
    let mut parts = patch::write_split(plan, &out.path().join("parts"), least, labels).unwrap();
    assert_eq!(applied(tree, &parts), expected);
    parts.reverse();
    assert_eq!(applied(tree, &parts), expected);
    let fixes = |patches: &[patch::Written]| patches.iter().map(|one| one.fixes).sum::<usize>();
    assert_eq!(fixes(&parts), fixes(&whole));
    parts
}

fn rules(plan: &Plan) -> Vec<String> {
    plan.rules.iter().map(|rule| rule.id().to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn parts_come_to_the_whole(scripts in prop::collection::vec(script(), 1..4)) {
        let tree = Tree::new();
        git_ok(tree.root(), ["init", "-q"]);
        for (n, script) in scripts.iter().enumerate() {
            tree.put(&format!("{n}.sh"), script.as_bytes());
        }
        let planned = plan(&tree.scan(), &PlanOptions::default());
        check(&tree, &planned, &rules(&planned));
        // By an owner for each line: the worst that can be.
        let owners: Vec<_> = (0..planned.fixes.len()).map(|n| format!("@team-{}", n % 3)).collect();
        check(&tree, &planned, &owners);
    }
}

#[test]
fn what_is_apart_is_apart_and_what_is_bound_is_not() {
    let tree = Tree::new();
    git_ok(tree.root(), ["init", "-q"]);
    let clone = format!("git clone https://bob:{}@bitbucket.org/t/r.git\n", app_password(1));
    let curl = format!("curl -u bob:{} https://api.bitbucket.org/2.0/user\n", app_password(2));
    let far = "echo\n".repeat(9);
    tree.put("apart.sh", format!("{clone}{far}{curl}").as_bytes());
    tree.put("near.sh", format!("{clone}echo\n{curl}").as_bytes());
    tree.put("a.sh", b"export BITBUCKET_APP_PASSWORD=x\n");
    tree.put(
        "b.sh",
        format!("{far}git fetch https://b:$BITBUCKET_APP_PASSWORD@bitbucket.org/t/r\n").as_bytes(),
    );
    let planned = plan(&tree.scan(), &PlanOptions::default());
    let parts = check(&tree, &planned, &rules(&planned));
    let name = tree.root().file_name().unwrap().to_str().unwrap().trim_start_matches('.');
    let names: Vec<_> = parts
        .iter()
        .rev()
        .map(|part| part.path.file_name().unwrap().to_str().unwrap().replace(name, "R"))
        .collect();
    assert_eq!(
        names,
        [
            "R-curl.patch",
            "R-curl+url-userinfo.patch",
            "R-env-variable+url-userinfo.patch",
            "R-url-userinfo.patch",
        ]
    );
    assert_eq!(parts.iter().map(|part| part.files).collect::<Vec<_>>(), [1, 2, 1, 1]);
    assert!(git(tree.root(), ["status"]).status.success());
}
