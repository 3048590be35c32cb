//! Variables: literal values in every kind of file, and names that change together or not at all.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod common;

use bbsweep_rewriters::{Plan, PlanOptions};
use common::{check_file as check, fill, letters, rewritten};

const OLD: &str = "BITBUCKET_APP_PASSWORD";
const NEW: &str = "BITBUCKET_API_TOKEN";

#[test]
fn literal_values() {
    const HERE: &str = "REPLACE_WITH_BITBUCKET_API_TOKEN";
    for (path, before, value) in [
        (".env", "@@=§app§\n", HERE),
        (".env", "export @@='§app§' # x\n", HERE),
        (".env.production", "@@=\"§old§\"\r\n", HERE),
        ("a.properties", "@@ : §app§\n", HERE),
        ("a.ini", "[a]\n@@ = §app§\n", HERE),
        ("a.toml", "@@ = '§app§'\n", HERE),
        ("a.json", "{\"@@\": \"§app§\"}\n", HERE),
        ("a.yaml", "a:\n  @@: §app§\n", HERE),
        ("a.yaml", "a: {@@: \"§app§\"}\n", HERE),
        ("a.ps1", "$env:@@ = \"§app§\"\n", HERE),
        ("a.bat", "set @@=§app§\r\n", HERE),
        (".bashrc", "export @@='§app§'\n", HERE),
        (".profile", "export @@=§app§\n", HERE),
        ("etc/default/backup", "@@=\"§app§\"\n", HERE),
        (
            "compose.yml",
            "services:\n  a:\n    environment:\n      @@: '§app§'\n",
            "${BITBUCKET_API_TOKEN}",
        ),
        (
            "compose.yml",
            "services:\n  a:\n    environment:\n      - @@=§app§\n",
            "${BITBUCKET_API_TOKEN}",
        ),
        ("compose.yml", "services:\n  a:\n    environment: {@@: §app§}\n", "$BITBUCKET_API_TOKEN"),
        (
            ".github/workflows/a.yml",
            "jobs:\n  a:\n    steps:\n      - run: x\n        env:\n          @@: '§app§'\n",
            "${{ secrets.BITBUCKET_API_TOKEN }}",
        ),
        (
            ".github/workflows/a.yml",
            "jobs:\n  a:\n    steps:\n      - run: |\n          export @@=§app§\n          x\n",
            "${{ secrets.BITBUCKET_API_TOKEN }}",
        ),
        (
            "azure-pipelines.yml",
            "steps:\n- script: x\n  env:\n    @@: \"§app§\"\n",
            "$(BITBUCKET_API_TOKEN)",
        ),
        (
            "bitbucket-pipelines.yml",
            "pipelines:\n  default:\n  - step:\n      script:\n      - export @@=§app§\n",
            "${BITBUCKET_API_TOKEN}",
        ),
        (
            ".gitlab-ci.yml",
            "a:\n  script:\n  - |\n    export @@=§app§\n    x\n",
            "${BITBUCKET_API_TOKEN}",
        ),
        ("a.sh", "export A=1 @@=§app§\n", "\"${BITBUCKET_API_TOKEN:?}\""),
        ("a.sh", "docker run -e @@=§app§ x\n", "\"${BITBUCKET_API_TOKEN:?}\""),
        ("a.sh", "bash -c \"export @@=§app§; x\"\n", "${BITBUCKET_API_TOKEN:?}"),
        ("a.sh", "cat > .env <<EOF\n@@=§app§\nEOF\n", "${BITBUCKET_API_TOKEN:?}"),
    ] {
        let before = before.replace("@@", OLD);
        let after = before.replace(OLD, NEW).replace("§app§", value).replace("§old§", value);
        check(path, &before, &after, "R");
    }
}

/// The quotes of a shell word go with the value.
#[test]
fn shell_quotes() {
    for (path, before, after) in [
        ("a.sh", "export @@='§app§'; x\n", "export @@=\"${BITBUCKET_API_TOKEN:?}\"; x\n"),
        ("a.sh", "export @@=\"§app§\"\n", "export @@=\"${BITBUCKET_API_TOKEN:?}\"\n"),
        ("a.sh", "readonly @@='§old§'\n", "readonly @@=\"${BITBUCKET_API_TOKEN:?}\"\n"),
        (
            "bitbucket-pipelines.yml",
            "script:\n  - export @@='§app§'\n",
            "script:\n  - export @@=${BITBUCKET_API_TOKEN}\n",
        ),
    ] {
        check(path, &before.replace("@@", OLD), &after.replace("@@", NEW), "R");
    }
}

/// Where no right value can be written, nothing is, and the name stays too.
#[test]
fn told_only() {
    for (path, text) in [
        ("Dockerfile", "FROM a\nENV @@=§app§\n"),
        ("Dockerfile", "FROM a\nARG @@=§app§\n"),
        (".gitlab-ci.yml", "variables:\n  @@: §app§\n"),
        ("Jenkinsfile", "environment { @@ = '§app§' }\n"),
        ("Makefile", "@@ = §app§\n"),
        ("a.py", "@@ = \"§app§\"\n"),
        ("a.sh", "bash -c 'export @@=§app§'\n"),
        ("a.sh", "cat > .env <<'EOF'\n@@=§app§\nEOF\n"),
        ("action.yml", "runs:\n  steps:\n  - run: x\n    env:\n      @@: §app§\n"),
    ] {
        let text = text.replace("@@", OLD);
        let planned = check(path, &text, &text, "M");
        assert!(planned.fixes[0].steps.len() > 1, "{path}: it is told what to do");
    }
}

/// A variable of an Azure pipeline hides the one of the same name from outside.
#[test]
fn azure_variables() {
    let before = "variables:\n  BITBUCKET_APP_PASSWORD: §app§\n";
    let after = "variables:\n  BITBUCKET_APP_PASSWORD: $(BITBUCKET_API_TOKEN)\n";
    check("azure-pipelines.yml", before, after, "R");
}

#[test]
fn pairs() {
    for (path, before, after, letters) in [
        (
            ".env",
            "BB_AUTH_STRING=bob:§app§\n",
            "BB_AUTH_STRING=REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL:REPLACE_WITH_BITBUCKET_API_TOKEN\n",
            "R",
        ),
        (
            ".env",
            "BB_TOKEN_BASIC_AUTH='bob:§app§'\n",
            "BB_TOKEN_BASIC_AUTH='§S§:REPLACE_WITH_BITBUCKET_API_TOKEN'\n",
            "R",
        ),
        (
            "a.sh",
            "export BB_AUTH_STRING=bob:§app§\n",
            "export BB_AUTH_STRING=\"${ATLASSIAN_ACCOUNT_EMAIL:?}:${BITBUCKET_API_TOKEN:?}\"\n",
            "R",
        ),
        (
            ".github/workflows/a.yml",
            "env:\n  BUNDLE_BITBUCKET__ORG: bob:§app§\n",
            "env:\n  BUNDLE_BITBUCKET__ORG: §S§:${{ secrets.BITBUCKET_API_TOKEN }}\n",
            "R",
        ),
        (".env", "BITBUCKET_CREDENTIALS=bob:§app§\n", "BITBUCKET_CREDENTIALS=bob:§app§\n", "M"),
    ] {
        check(path, before, after, letters);
    }
}

/// Files of one tree, each as it was and as it becomes; and the letters of all fixes.
#[track_caller]
fn check_tree(files: &[(&str, &str, &str)], options: &PlanOptions, expected: &str) -> Plan {
    let before: Vec<_> = files.iter().map(|(path, before, _)| (*path, *before)).collect();
    let (texts, planned) = rewritten(&before, options);
    for ((path, _, after), text) in files.iter().zip(texts) {
        assert_eq!(text, fill(after), "{path}: {:#?}", planned.fixes);
    }
    assert_eq!(letters(&planned), expected, "{:#?}", planned.fixes);
    planned
}

#[test]
fn all_uses_are_renamed_together() {
    let planned = check_tree(
        &[
            (
                ".env",
                "BITBUCKET_APP_PASSWORD=§app§\n",
                "BITBUCKET_API_TOKEN=REPLACE_WITH_BITBUCKET_API_TOKEN\n",
            ),
            (".env.example", "BITBUCKET_APP_PASSWORD=\n", "BITBUCKET_API_TOKEN=\n"),
            (
                ".github/workflows/a.yml",
                "env:\n  BITBUCKET_APP_PASSWORD: ${{ secrets.BITBUCKET_APP_PASSWORD }}\n",
                "env:\n  BITBUCKET_API_TOKEN: ${{ secrets.BITBUCKET_API_TOKEN }}\n",
            ),
            ("README.md", "Set `BITBUCKET_APP_PASSWORD`.\n", "Set `BITBUCKET_API_TOKEN`.\n"),
            // A value that is the name is a use of it.
            (
                "map.env",
                "BITBUCKET_APP_PASSWORD=\"BITBUCKET_APP_PASSWORD\"\n",
                "BITBUCKET_API_TOKEN=\"BITBUCKET_API_TOKEN\"\n",
            ),
            (
                "map.yml",
                "env:\n  BITBUCKET_APP_PASSWORD: BITBUCKET_APP_PASSWORD\n",
                "env:\n  BITBUCKET_API_TOKEN: BITBUCKET_API_TOKEN\n",
            ),
            (
                "a.sh",
                "# BITBUCKET_APP_PASSWORD\ngit clone https://u:$BITBUCKET_APP_PASSWORD@bitbucket.org/t\n",
                "# BITBUCKET_API_TOKEN\ngit clone https://§S§:$BITBUCKET_API_TOKEN@bitbucket.org/t\n",
            ),
            (
                "a.py",
                "x = os.environ['BITBUCKET_APP_PASSWORD']\n",
                "x = os.environ['BITBUCKET_API_TOKEN']\n",
            ),
        ],
        &PlanOptions::default(),
        "RRRRRRRRRR",
    );
    for fix in &planned.fixes {
        assert!(fix.reason.contains("10 places of 8 files"), "{}", fix.reason);
        assert!(fix.reason.contains("create BITBUCKET_API_TOKEN"), "{}", fix.reason);
    }
    let [setting] = &planned.settings[..] else { panic!("{:#?}", planned.settings) };
    assert_eq!(setting.name, NEW);
    assert_eq!(setting.replaces, [OLD]);
    assert_eq!(setting.read_by, [".github/workflows/a.yml", "a.py", "a.sh"]);
}

#[test]
fn one_place_that_cannot_be_renamed_keeps_all() {
    let planned = check_tree(
        &[
            (
                "bitbucket-pipelines.yml",
                "script:\n  - pipe: a/b:1\n    variables:\n      BITBUCKET_APP_PASSWORD: $BITBUCKET_APP_PASSWORD\n",
                "script:\n  - pipe: a/b:1\n    variables:\n      BITBUCKET_APP_PASSWORD: $BITBUCKET_APP_PASSWORD\n",
            ),
            ("a.sh", "echo $BITBUCKET_APP_PASSWORD\n", "echo $BITBUCKET_APP_PASSWORD\n"),
            (
                "b.sh",
                "git clone https://u:$BITBUCKET_APP_PASSWORD@bitbucket.org/t\n",
                "git clone https://§S§:$BITBUCKET_APP_PASSWORD@bitbucket.org/t\n",
            ),
            (
                "c.sh",
                "export BITBUCKET_APP_PASSWORD=§app§\n",
                "export BITBUCKET_APP_PASSWORD=\"${BITBUCKET_API_TOKEN:?}\"\n",
            ),
            (
                ".env",
                "BITBUCKET_APP_PASSWORD=§app§\n",
                "BITBUCKET_APP_PASSWORD=REPLACE_WITH_BITBUCKET_API_TOKEN\n",
            ),
        ],
        &PlanOptions::default(),
        "RMSMMR",
    );
    for fix in &planned.fixes {
        assert!(
            fix.reason.contains("bitbucket-pipelines.yml:4: the pipe defines"),
            "{}",
            fix.reason
        );
    }
    // A REST URL outside of bash, and a value that nothing can replace.
    for (path, text) in [
        (
            "a.py",
            "u = f\"https://u:{os.environ['BITBUCKET_APP_PASSWORD']}@api.bitbucket.org/2.0/user\"\n",
        ),
        ("Dockerfile", "ENV BITBUCKET_APP_PASSWORD=§app§\n"),
    ] {
        check_tree(
            &[
                (path, text, text),
                ("b.sh", "echo $BITBUCKET_APP_PASSWORD\n", "echo $BITBUCKET_APP_PASSWORD\n"),
            ],
            &PlanOptions::default(),
            "MM",
        );
    }
}

/// The name alone does not make a call work whose username goes with an app password only.
#[test]
fn the_username_in_front_is_told() {
    for (path, before, told) in [
        ("a.sh", "bbget -u bob:$BB_APP_PASSWORD https://api.bitbucket.org/2.0/user\n", true),
        ("a.sh", "bbget -u \"$U:${BB_APP_PASSWORD}\" https://api.bitbucket.org/2.0/user\n", true),
        ("a.bat", "bbget -u %U%:%BB_APP_PASSWORD% https://api.bitbucket.org/2.0/user\n", true),
        ("a.sh", "echo x: $BB_APP_PASSWORD\n", false),
        ("a.sh", "echo ${BB_APP_PASSWORD}\n", false),
    ] {
        let after = before.replace("BB_APP_PASSWORD", NEW);
        let planned = check(path, before, &after, "R");
        let fix = &planned.fixes[0];
        assert_eq!(fix.reason.contains("username in front"), told, "{}", fix.reason);
    }
}

#[test]
fn names_are_kept_as_asked() {
    let options = PlanOptions { keep_variable_names: true, ..PlanOptions::default() };
    check_tree(
        &[
            (
                ".env",
                "BITBUCKET_APP_PASSWORD=§app§\n",
                "BITBUCKET_APP_PASSWORD=REPLACE_WITH_BITBUCKET_API_TOKEN\n",
            ),
            (
                "a.sh",
                "export BITBUCKET_APP_PASSWORD=§app§\n",
                "export BITBUCKET_APP_PASSWORD=\"${BITBUCKET_APP_PASSWORD:?}\"\n",
            ),
            (
                "b.sh",
                "git clone https://u:$BITBUCKET_APP_PASSWORD@bitbucket.org/t $BITBUCKET_APP_PASSWORD\n",
                "git clone https://§S§:$BITBUCKET_APP_PASSWORD@bitbucket.org/t $BITBUCKET_APP_PASSWORD\n",
            ),
            (
                "c.sh",
                "git clone https://u:§app§@bitbucket.org/t\n",
                "git clone https://§S§:${BITBUCKET_API_TOKEN}@bitbucket.org/t\n",
            ),
        ],
        &options,
        "RRSMS",
    );
}

#[test]
fn two_old_names() {
    let (bb, full) = ("echo $BB_APP_PASSWORD\n", "echo $BITBUCKET_APP_PASSWORD\n");
    let new = "echo $BITBUCKET_API_TOKEN\n";
    check_tree(&[("a.sh", bb, new), ("b.sh", full, new)], &PlanOptions::default(), "RR");
    let both = "echo $BB_APP_PASSWORD $BITBUCKET_APP_PASSWORD\n";
    let planned = check_tree(
        &[("a.sh", bb, bb), ("b.sh", full, full), ("c.sh", both, both)],
        &PlanOptions::default(),
        "MMMM",
    );
    assert!(
        planned.fixes[0].reason.contains("c.sh uses BB_APP_PASSWORD and BITBUCKET_APP_PASSWORD")
    );
}

#[test]
fn the_new_name_may_be_known_already() {
    let planned = check_tree(
        &[
            ("a.sh", "echo $BB_APP_PASSWORD\n", "echo $BITBUCKET_API_TOKEN\n"),
            (
                "b.sh",
                "git clone https://u:$BB_APP_PASSWORD@bitbucket.org/t\n",
                "git clone https://§S§:$BITBUCKET_API_TOKEN@bitbucket.org/t\n",
            ),
            ("c.sh", "echo $BITBUCKET_API_TOKEN\n", "echo $BITBUCKET_API_TOKEN\n"),
        ],
        &PlanOptions::default(),
        "RR",
    );
    assert!(planned.fixes[0].reason.contains("2 places of 2 files"));
}

#[test]
fn who_reads_both_names_tells_them_apart() {
    let both = "echo ${BITBUCKET_API_TOKEN:-$BB_APP_PASSWORD}\n";
    let planned = check_tree(
        &[("a.sh", "echo $BB_APP_PASSWORD\n", "echo $BB_APP_PASSWORD\n"), ("b.sh", both, both)],
        &PlanOptions::default(),
        "MM",
    );
    assert!(
        planned.fixes[0].reason.contains("b.sh has BITBUCKET_API_TOKEN beside BB_APP_PASSWORD"),
        "{:?}",
        planned.fixes[0]
    );
}

#[test]
fn texts_that_tell_of_both_names_stay() {
    let about = "# BB_APP_PASSWORD gives way to BITBUCKET_API_TOKEN\n";
    let planned = check_tree(
        &[
            ("README.md", about, about),
            ("a.sh", "echo $BB_APP_PASSWORD\n", "echo $BITBUCKET_API_TOKEN\n"),
        ],
        &PlanOptions::default(),
        "MR",
    );
    assert!(planned.fixes[1].reason.contains("is renamed"), "{:?}", planned.fixes[1]);
}

#[test]
fn constants_of_programs_keep_their_names() {
    let text = "const TYPE_BITBUCKET_APP_PW = 'bitbucket-app-pw';\n";
    check("a.php", text, text, "M");
    let used = "BITBUCKET_APP_PASSWORD = os.environ[\"BITBUCKET_APP_PASSWORD\"]\n";
    check("a.py", used, &used.replace("APP_PASSWORD", "API_TOKEN"), "RR");
}

#[test]
fn names_of_tools_and_programs_stay() {
    for (path, text) in [
        ("a.sh", "echo $PLUGIN_BITBUCKET_APP_PASSWORD\n"),
        ("a.py", "bitbucket_app_password = get()\n"),
        ("a.ts", "const bitbucketAppPassword = get();\n"),
        ("a.sh", "curl -u \"$BB_AUTH_STRING\" https://api.bitbucket.org/2.0/user\n"),
    ] {
        check(path, text, text, "M");
    }
}

#[test]
fn other_new_names() {
    let mut options = PlanOptions::default();
    options.names.token = "BB_TOKEN_2".into();
    options.names.email = "BB_EMAIL".into();
    let planned = check_tree(
        &[
            (
                "a.sh",
                "#!/bin/bash\ncurl https://u:$BB_APP_PASSWORD@api.bitbucket.org/2.0/user\n",
                "#!/bin/bash\ncurl https://${BB_EMAIL/@/%40}:$BB_TOKEN_2@api.bitbucket.org/2.0/user\n",
            ),
            (
                "b.bat",
                "git clone https://u:§app§@bitbucket.org/t\r\n",
                "git clone https://§S§:%BB_TOKEN_2%@bitbucket.org/t\r\n",
            ),
            (".env", "BB_APP_PASSWORD=§app§\n", "BB_TOKEN_2=REPLACE_WITH_BB_TOKEN_2\n"),
        ],
        &options,
        "RRS",
    );
    let names: Vec<_> = planned.settings.iter().map(|setting| setting.name.as_str()).collect();
    assert_eq!(names, ["BB_EMAIL", "BB_TOKEN_2"]);
}

const API: &str = "https://api.bitbucket.org/2.0/user";

/// A username that only the REST API reads becomes the email wherever it is set.
#[test]
fn usernames_become_emails() {
    let call = format!("curl -u \"$BB_USER:$BB_APP_PASSWORD\" {API}\n");
    let after = format!("curl -u \"${{ATLASSIAN_ACCOUNT_EMAIL}}:$BITBUCKET_API_TOKEN\" {API}\n");
    check_tree(
        &[
            (
                ".env",
                "BB_USER=joe\nBB_APP_PASSWORD=§app§\n",
                "ATLASSIAN_ACCOUNT_EMAIL=REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL\nBITBUCKET_API_TOKEN=REPLACE_WITH_BITBUCKET_API_TOKEN\n",
            ),
            (
                "Dockerfile",
                "FROM a\nARG BB_USER\nARG BB_APP_PASSWORD\n",
                "FROM a\nARG ATLASSIAN_ACCOUNT_EMAIL\nARG BITBUCKET_API_TOKEN\n",
            ),
            ("README.md", "Set BB_USER.\n", "Set ATLASSIAN_ACCOUNT_EMAIL.\n"),
            ("call.sh", &call, &after),
            (
                "docker-compose.yml",
                "services:\n  a:\n    environment:\n      BB_USER: ${BB_USER}\n",
                "services:\n  a:\n    environment:\n      ATLASSIAN_ACCOUNT_EMAIL: ${ATLASSIAN_ACCOUNT_EMAIL}\n",
            ),
            (
                "env.sh",
                "export BB_USER=joe\n",
                "export ATLASSIAN_ACCOUNT_EMAIL=\"${ATLASSIAN_ACCOUNT_EMAIL:?}\"\n",
            ),
        ],
        &PlanOptions::default(),
        "RRRRRRRR",
    );
    let email = PlanOptions { email: Some("dev@example.com".into()), ..PlanOptions::default() };
    check_tree(
        &[
            (".env", "BB_USER=joe\n", "ATLASSIAN_ACCOUNT_EMAIL=dev@example.com\n"),
            ("a.sh", "export BB_USER\n", "export ATLASSIAN_ACCOUNT_EMAIL\n"),
            ("call.sh", &call, &after),
        ],
        &email,
        "RRR",
    );
}

/// Whatever else reads the name, and a secret that keeps its own, keep it.
#[test]
fn usernames_stay() {
    let after = |user: &str, secret: &str| format!("curl -u \"{user}:{secret}\" {API}\n");
    let call = after("$BB_USER", "$BB_APP_PASSWORD");
    let changed = after("${ATLASSIAN_ACCOUNT_EMAIL}", "$BITBUCKET_API_TOKEN");
    let clone = "git clone https://$BB_USER:$BB_APP_PASSWORD@bitbucket.org/t/r\n";
    let cloned = "git clone https://§S§:$BITBUCKET_API_TOKEN@bitbucket.org/t/r\n";
    for (other, other_after, told) in [
        (clone, cloned, "git reads BB_USER"),
        ("echo $BB_USER\n", "echo $BB_USER\n", "other.sh:1 reads it"),
    ] {
        let planned = check_tree(
            &[
                (".env", "BB_USER=joe\n", "BB_USER=joe\n"),
                ("call.sh", &call, &changed),
                ("other.sh", other, other_after),
            ],
            &PlanOptions::default(),
            if other == clone { "MRR" } else { "MRM" },
        );
        assert!(planned.fixes[0].reason.contains(told), "{}", planned.fixes[0].reason);
    }
    let planned = check_tree(
        &[(".env", "BB_USER=joe\n", "BB_USER=joe\n"), ("other.sh", clone, cloned)],
        &PlanOptions::default(),
        "MR",
    );
    assert!(planned.fixes[0].reason.contains("nothing else is seen to read"));
    let planned = check_tree(
        &[
            (".env", "BB_USER=joe\n", "BB_USER=joe\n"),
            (
                "call.sh",
                &after("$BB_USER", "$BB_PASSWORD"),
                &after("${ATLASSIAN_ACCOUNT_EMAIL}", "$BB_PASSWORD"),
            ),
        ],
        &PlanOptions::default(),
        "MS",
    );
    assert!(planned.fixes[0].reason.contains("as BB_PASSWORD does"), "{}", planned.fixes[0].reason);
    let keep = PlanOptions { keep_variable_names: true, ..PlanOptions::default() };
    check_tree(
        &[
            (".env", "BB_USER=joe\n", "BB_USER=joe\n"),
            ("call.sh", &call, &after("${ATLASSIAN_ACCOUNT_EMAIL}", "$BB_APP_PASSWORD")),
        ],
        &keep,
        "MS",
    );
}

/// A git config expands nothing: the reference goes, and does not keep the name elsewhere.
#[test]
fn a_use_that_goes_away_keeps_no_name() {
    let config = "[remote \"o\"]\n\turl = https://bob:${BB_APP_PASSWORD}@bitbucket.org/t/r.git\n";
    let elsewhere = config.replace("bitbucket.org", "bitbucket.org.example");
    let script = "curl -u \"bob:$BB_APP_PASSWORD\" https://api.bitbucket.org/2.0/user\n";
    let files = [("a/.gitconfig", config), ("b/.gitconfig", &*elsewhere), ("c.sh", script)];
    // That a second plan edits nothing is checked there.
    let (texts, _) = rewritten(&files, &PlanOptions::default());
    assert_eq!(texts[0], fill("[remote \"o\"]\n\turl = https://§S§@bitbucket.org/t/r.git\n"));
    assert!(texts[2].contains("$BITBUCKET_API_TOKEN"), "{}", texts[2]);
}

/// A URL without a password is in its right form, and no blank where one is to be put.
#[test]
fn a_url_under_the_name_of_a_password_is_rewritten() {
    check(
        "a.sh",
        "BITBUCKET_APP_PASSWORD='https://bot:§app§@bitbucket.org/t/r.git'\n",
        "BITBUCKET_APP_PASSWORD='https://§S§@bitbucket.org/t/r.git'\n",
        "R",
    );
}
