//! Who answers for a finding: `scan --owners`, `patch --split-by`, the page to review by.

use std::fs;
use std::path::Path;

use crate::support::{Sandbox, secret};

/// A repository with two teams, and a file of no team.
fn planted() -> Sandbox {
    let sandbox = Sandbox::new();
    let clone = |n: u64| {
        format!("git clone https://bob:{}@bitbucket.org/t/r{n}.git\n", secret::app_password(n))
    };
    let top = sandbox.home().join("r");
    sandbox.write("r/ci/a.sh", clone(1));
    sandbox.write("r/web/b.sh", clone(2));
    sandbox.write("r/c.sh", clone(3));
    sandbox.write(
        "r/.bitbucket/CODEOWNERS",
        "ci/ @acme/platform:random(2)\nweb/ @acme/web ann@x.org\n",
    );
    sandbox.git(sandbox.home(), &["init", "-q", "r"]);
    sandbox.git(&top, &["add", "-A"]);
    let identity = ["-c", "user.name=Ada L", "-c", "user.email=ada@x.org"];
    let commit = ["commit", "-qm", "x", "--date", "@1700000000 +0000"];
    sandbox.git(&top, &[&identity[..], &commit].concat());
    sandbox.write("outside.sh", clone(4));
    sandbox
}

#[test]
fn owners_stand_in_every_format_when_asked_for() {
    let sandbox = planted();
    let scan = ["scan", "--no-config", "--today", "2026-11-26"];
    let json = sandbox.run([&scan[..], &["--owners", "--format", "json"]].concat()).json();
    let rows: Vec<_> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let owners = row["owners"].as_array().map_or(0, Vec::len);
            let author = row["last_change"]["author"].as_str().unwrap_or("").to_owned();
            (row["path"].as_str().unwrap().to_owned(), owners, author)
        })
        .collect();
    let ada = "Ada L <ada@x.org>";
    let row = |path: &str, owners, author: &str| (path.to_owned(), owners, author.to_owned());
    assert_eq!(
        rows,
        [
            row("outside.sh", 0, ""),
            row("r/c.sh", 0, ada),
            row("r/ci/a.sh", 1, ada),
            row("r/web/b.sh", 2, ada),
        ]
    );
    assert_eq!(json["findings"][2]["owners"][0], "@acme/platform");
    assert_eq!(json["findings"][2]["last_change"]["date"], "2023-11-14T22:13:20Z");
    for format in ["terminal", "md"] {
        let text = sandbox.run([&scan[..], &["--owners", "--format", format]].concat()).stdout;
        assert!(text.contains("@acme/web ann@x.org"), "{text}");
        assert!(text.contains("of 2023-11-14 by Ada L"), "{text}");
        let without = sandbox.run([&scan[..], &["--format", format]].concat()).stdout;
        assert!(!without.contains("@acme") && !without.contains("Ada"), "{without}");
    }
    // A damaged history is told, and costs nothing else.
    fs::remove_dir_all(sandbox.home().join("r/.git/objects")).unwrap();
    let ran = sandbox.run([&scan[..], &["--owners", "--format", "json"]].concat()).exits(1);
    assert!(ran.stderr.contains("owners: r: "), "{}", ran.stderr);
    assert_eq!(ran.json()["summary"]["ownership_troubles"].as_array().unwrap().len(), 1);
    assert_eq!(ran.json()["findings"][2]["owners"][0], "@acme/platform");
}

#[test]
fn one_patch_for_each_owner_or_rule() {
    let sandbox = planted();
    let ran = sandbox.run(["patch", ".", "-o", "../out", "--no-config", "--split-by", "owner"]);
    let names: Vec<_> = fs::read_dir(sandbox.beside("out"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "patch"))
        .collect();
    let mut names: Vec<_> = names.iter().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "home-no_owner.patch",
            "r-Ada_L__ada_x.org_.patch",
            "r-acme_platform.patch",
            "r-acme_web_ann_x.org.patch",
        ],
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("1 file, 1 change (@acme/platform)"), "{}", ran.stdout);
    for name in names {
        let dir = if name.starts_with("r-") { "r" } else { "." };
        let patch = sandbox.beside("out").join(name);
        sandbox.git(sandbox.home().join(dir), &["apply", patch.to_str().unwrap()]);
    }
    assert_eq!(sandbox.run(["scan", "--no-config"]).status, 0);
    let ran =
        sandbox.run(["patch", "-o", "../o2", "--split-by", "rule", "--format", "format-patch"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("--commit-per-rule"), "{}", ran.stderr);
}

#[test]
fn the_page_has_every_edit_and_nothing_from_elsewhere() {
    let sandbox = planted();
    let ran = sandbox.run(["patch", ".", "-o", "../out", "--no-config", "--format", "json"]);
    let page = sandbox.beside("out/review.html");
    assert!(ran.json()["page"].as_str().unwrap().ends_with("/out/review.html"));
    let text = fs::read_to_string(page).unwrap();
    assert_eq!(text.matches("<article").count(), 4);
    for needed in [
        "data-owner=\"@acme/web\nann@x.org\"",
        "data-owner=\"no owner\"",
        "Ada L &lt;ada@x.org&gt;",
    ] {
        assert!(text.contains(needed), "{needed}\n{text}");
    }
    // Addresses are text: nothing is loaded, and no address is a link.
    for element in ["<link", "<img", "<iframe", "src=", "href=", "url(", "@import", "fetch("] {
        assert!(!text.contains(element), "{element}");
    }
    let without = ["patch", ".", "-o", "../o2", "--no-config", "--no-blame"];
    sandbox.run(without).exits(1);
    let text = fs::read_to_string(sandbox.beside("o2/review.html")).unwrap();
    assert!(!text.contains("Ada L") && text.contains("@acme/web"));
}

#[test]
fn the_config_names_owners_where_codeowners_does_not() {
    let sandbox = Sandbox::new();
    let clone =
        |n| format!("git clone https://joe:{}@bitbucket.org/t/r.git\n", secret::app_password(n));
    for (n, path) in ["r/pay/a.sh", "r/pay/b.sh", "r/web/a.sh", "loose/a.sh"].iter().enumerate() {
        sandbox.write(path, clone(n as u64));
    }
    sandbox.git("r", &["init", "-q"]);
    sandbox.write("r/CODEOWNERS", "/pay/b.sh @acme/codeowner\n");
    let loose = sandbox.home().join("loose").canonicalize().unwrap();
    sandbox.write(
        "bbsweep.toml",
        format!(
            "[owners]\n\"*\" = \"@acme/platform\"\n\"pay/\" = [\"@acme/pay\", \"@acme/sec\"]\n\
             \"{}/*.sh\" = \"build@example.com\"\n",
            loose.display()
        ),
    );
    let owners = |more: &[&str]| -> Vec<String> {
        let args = ["scan", "r", "loose", "--config", "bbsweep.toml", "--format", "json"];
        let report = sandbox.run([&args[..], more].concat()).exits(1).json();
        let row = |row: &serde_json::Value| {
            let names: Vec<&str> = row["owners"]
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap())
                .collect();
            format!("{} {}", row["path"].as_str().unwrap(), names.join(" "))
        };
        report["findings"].as_array().unwrap().iter().map(row).collect()
    };
    let all = owners(&["--owners"]);
    assert_eq!(
        all,
        [
            "pay/a.sh @acme/pay @acme/sec",
            "pay/b.sh @acme/codeowner",
            "web/a.sh @acme/platform",
            "a.sh build@example.com"
        ]
    );
    // Without the question no file of the repository is read for it.
    assert_eq!(owners(&[])[1], "pay/b.sh @acme/pay @acme/sec");
    // The last that fits counts, in the order of the file.
    sandbox.write("bbsweep.toml", "[owners]\n\"pay/\" = \"@acme/pay\"\n\"*\" = \"@acme/all\"\n");
    assert!(owners(&[]).iter().all(|row| row.ends_with(" @acme/all")));
    let wrong = sandbox.write("wrong.toml", "[owners]\n\"a[\" = \"@x\"\n");
    let ran = sandbox.run(["scan", "r", "--config", wrong.to_str().unwrap()]).exits(2);
    assert!(ran.stderr.contains("wrong.toml:2:1"), "{}", ran.stderr);
}
