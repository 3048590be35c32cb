//! URLs and variables in every kind of file: what they become, and how far that can be trusted.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::check_file as check;

/// One URL with a literal in each kind of file.
#[test]
fn literals() {
    const PATH: &str = "bitbucket.org/t/r.git";
    for (path, template, userinfo, expected) in [
        ("a.sh", "git clone https://@@\n", "§S§:${BITBUCKET_API_TOKEN}", "S"),
        ("a.sh", "git clone \"https://@@\"\n", "§S§:${BITBUCKET_API_TOKEN}", "S"),
        ("a.sh", "git clone 'https://@@'\n", "§S§", "R"),
        ("a.sh", "a=$'https://@@'\n", "§S§", "R"),
        ("a.sh", "bash -c \"git clone 'https://@@'\"\n", "§S§:${BITBUCKET_API_TOKEN}", "S"),
        ("a.sh", "cat <<EOF\nhttps://@@\nEOF\n", "§S§:${BITBUCKET_API_TOKEN}", "S"),
        ("a.sh", "cat <<'EOF'\nhttps://@@\nEOF\n", "§S§", "R"),
        ("a.sh", "#!/usr/bin/env fish\ngit clone https://@@\n", "§S§", "R"),
        ("a.sh", "git clone https://@@ 'open\n", "§S§", "R"),
        (".envrc", "export URL=https://@@\n", "§S§:${BITBUCKET_API_TOKEN}", "S"),
        ("a.ps1", "git clone \"https://@@\"\n", "§S§:${env:BITBUCKET_API_TOKEN}", "S"),
        ("a.ps1", "git clone 'https://@@'\n", "§S§", "R"),
        ("a.bat", "git clone https://@@\r\n", "§S§:%BITBUCKET_API_TOKEN%", "S"),
        ("Makefile", "a:\n\tgit clone 'https://@@'\n", "§S§:$(BITBUCKET_API_TOKEN)", "S"),
        ("Dockerfile", "RUN git clone https://@@\n", "§S§:${BITBUCKET_API_TOKEN}", "R"),
        ("Dockerfile", "RUN git clone 'https://@@'\n", "§S§", "R"),
        ("Dockerfile", "RUN [\"git\", \"clone\", \"https://@@\"]\n", "§S§", "R"),
        (
            "compose.yml",
            "services:\n  a:\n    build: https://@@\n",
            "§S§:${BITBUCKET_API_TOKEN}",
            "S",
        ),
        (
            "bitbucket-pipelines.yml",
            "script:\n  - 'git clone https://@@'\n",
            "§S§:${BITBUCKET_API_TOKEN}",
            "S",
        ),
        ("bitbucket-pipelines.yml", "script:\n  - git clone 'https://@@'\n", "§S§", "R"),
        (
            "bitbucket-pipelines.yml",
            "script: [git clone https://@@]\n",
            "§S§:$BITBUCKET_API_TOKEN",
            "S",
        ),
        (
            ".gitlab-ci.yml",
            "a:\n  script:\n    - |\n      git clone https://@@\n",
            "§S§:${BITBUCKET_API_TOKEN}",
            "S",
        ),
        (
            ".github/workflows/a.yml",
            "jobs:\n  a:\n    steps:\n      - run: git clone 'https://@@'\n",
            "§S§:${{ secrets.BITBUCKET_API_TOKEN }}",
            "S",
        ),
        (
            ".github/workflows/a.yml",
            "on:\n  workflow_call:\njobs:\n  a:\n    steps:\n      - run: git clone https://@@\n",
            "§S§:${{ secrets.BITBUCKET_API_TOKEN }}",
            "R",
        ),
        (
            ".github/workflows/a.yml",
            "jobs:\n  a:\n    uses: x/y/z.yml@v1\n    with:\n      url: https://@@\n",
            "u:§app§",
            "M",
        ),
        (
            "action.yml",
            "runs:\n  using: composite\n  steps:\n    - run: git clone https://@@\n",
            "u:§app§",
            "M",
        ),
        (
            "azure-pipelines.yml",
            "steps:\n- script: git clone https://@@\n",
            "§S§:$(BITBUCKET_API_TOKEN)",
            "S",
        ),
        ("Jenkinsfile", "sh 'git clone https://@@'\n", "§S§:${BITBUCKET_API_TOKEN}", "R"),
        ("Jenkinsfile", "sh \"git clone https://@@\"\n", "§S§:${BITBUCKET_API_TOKEN}", "R"),
        ("Jenkinsfile", "git url: 'https://@@'\n", "§S§", "R"),
        // npm's row is inferred: never safe.
        (".npmrc", "a=git+https://@@\n", "§S§:${BITBUCKET_API_TOKEN}", "R"),
        ("requirements.txt", "git+https://@@#egg=a\n", "§S§:${BITBUCKET_API_TOKEN}", "S"),
        (".env", "URL=https://@@\n", "§S§", "R"),
        ("a.yaml", "url: https://@@\n", "§S§", "R"),
        ("a.json", "{\"url\": \"https:\\/\\/@@\"}\n", "§S§", "R"),
        ("a.toml", "url = 'https://@@'\n", "§S§", "R"),
        ("a.properties", "url=https\\://@@\n", "§S§", "R"),
        ("a.ini", "[a]\nurl = https://@@\n", "§S§", "R"),
        ("a.tf", "source = \"git::https://@@?ref=v1\"\n", "§S§", "R"),
        ("a.xml", "<a href=\"https://@@?a=b&amp;c=d\"/>\n", "§S§", "R"),
        ("package-lock.json", "{\"resolved\": \"git+https://@@#0a1b\"}\n", "§S§", "R"),
        ("a.py", "url = \"https://@@\"\n", "§S§", "R"),
        ("a.go", "const url = `https://@@`\n", "§S§", "R"),
        ("README.md", "Clone `https://@@`.\n", "§S§", "R"),
        ("notes.unknown", "https://@@\n", "§S§", "R"),
        ("a.sh", "# git clone https://@@\n", "u:§app§", "M"),
        ("a.py", "# https://@@\n", "u:§app§", "M"),
    ] {
        let with = |userinfo: &str| template.replace("@@", &format!("{userinfo}@{PATH}"));
        check(path, &with("u:§app§"), &with(userinfo), expected);
    }
}

#[test]
fn the_rest_of_a_url_stays() {
    for (before, after) in [
        (
            "git+https://u%2Dv:§app§@BitBucket.org:443/t/r%20s.git@v1?a=%41#b",
            "git+https://§S§:${BITBUCKET_API_TOKEN}@BitBucket.org:443/t/r%20s.git@v1?a=%41#b",
        ),
        (
            "\\\"https:\\/\\/u:§app§@bitbucket.org\\/t\\/r\\\"",
            "\\\"https:\\/\\/§S§:${BITBUCKET_API_TOKEN}@bitbucket.org\\/t\\/r\\\"",
        ),
        ("https://§app§@bitbucket.org/t/r", "https://§S§:${BITBUCKET_API_TOKEN}@bitbucket.org/t/r"),
        (
            "https://u:§old§@bitbucket.org/t/r",
            "https://§S§:${BITBUCKET_API_TOKEN}@bitbucket.org/t/r",
        ),
    ] {
        check("a.sh", &format!("x {before}\n"), &format!("x {after}\n"), "S");
    }
    check(
        "a.sh",
        "x https://u:hunter2-9xK@bitbucket.org/t/r\n",
        "x https://§S§:${BITBUCKET_API_TOKEN}@bitbucket.org/t/r\n",
        "R",
    );
}

#[test]
fn half_migrated_tokens_keep_their_place() {
    for user in ["me%40x.com", "x-token-auth", "bob"] {
        for path in ["a.sh", "a.json", "README.md", "a.sh"] {
            check(
                path,
                &format!("\"https://{user}:§api§@bitbucket.org/t/r\"\n"),
                "\"https://§S§:§api§@bitbucket.org/t/r\"\n",
                "S",
            );
        }
    }
}

#[test]
fn rest() {
    const EMAIL: &str = "${ATLASSIAN_ACCOUNT_EMAIL/@/%40}";
    let url = |userinfo: &str| format!("curl \"https://{userinfo}@api.bitbucket.org/2.0/user\"\n");
    let bash = |userinfo: &str| format!("#!/bin/bash\n{}", url(userinfo));
    let planned =
        check("a", &bash("u:§app§"), &bash(&format!("{EMAIL}:${{BITBUCKET_API_TOKEN}}")), "R");
    let names: Vec<_> = planned.settings.iter().map(|setting| setting.name.as_str()).collect();
    assert_eq!(names, ["ATLASSIAN_ACCOUNT_EMAIL", "BITBUCKET_API_TOKEN"]);
    check("a", &bash("u:§api§"), &bash(&format!("{EMAIL}:§api§")), "R");
    check("a", &bash("§S§:§api§"), &bash(&format!("{EMAIL}:§api§")), "R");
    check("a", &bash("$U:$BB_PASS"), &bash(&format!("{EMAIL}:$BB_PASS")), "R");
    check(
        "a",
        &bash("$U:$MY_BB_APP_PASSWORD"),
        &bash(&format!("{EMAIL}:$BITBUCKET_API_TOKEN")),
        "R",
    );
    check("a.sh", &url("u:§app§"), &url("u:§app§"), "M");
    check("a.json", &url("u:§app§"), &url("u:§app§"), "M");
    let single = "#!/bin/bash\ncurl 'https://u:§app§@api.bitbucket.org/2.0/user'\n";
    check("a", single, single, "M");
}

#[test]
fn references() {
    for (path, before, after, expected) in [
        (
            "a.sh",
            "x https://bob:${BB_PASS}@bitbucket.org/t\n",
            "x https://§S§:${BB_PASS}@bitbucket.org/t\n",
            "S",
        ),
        (
            "a.sh",
            "x 'https://bob:${BB_PASS}@bitbucket.org/t'\n",
            "x 'https://§S§:${BB_PASS}@bitbucket.org/t'\n",
            "S",
        ),
        (
            "a.sh",
            "x https://$U:$DEPLOY@bitbucket.org/t\n",
            "x https://§S§:$DEPLOY@bitbucket.org/t\n",
            "R",
        ),
        (
            "a.sh",
            "x https://:$BB_PASS@bitbucket.org/t\n",
            "x https://§S§:$BB_PASS@bitbucket.org/t\n",
            "S",
        ),
        (
            "a.sh",
            "x https://$BB_AUTH@bitbucket.org/t\n",
            "x https://$BB_AUTH@bitbucket.org/t\n",
            "M",
        ),
        (
            "a.py",
            "u = \"https://\" + user + \":\" + bb_pass + \"@bitbucket.org/t\"\n",
            "u = \"https://§S§:\" + bb_pass + \"@bitbucket.org/t\"\n",
            "S",
        ),
        (
            "a.py",
            "u = f\"https://{user}:{bb_pass}@bitbucket.org/t\"\n",
            "u = f\"https://§S§:{bb_pass}@bitbucket.org/t\"\n",
            "S",
        ),
        (
            "a.go",
            "u := fmt.Sprintf(\"https://%s:§app§@bitbucket.org/t\", user)\n",
            "u := fmt.Sprintf(\"https://%s:§app§@bitbucket.org/t\", user)\n",
            "M",
        ),
        (
            "README.md",
            "`https://bob:${BB_PASS}@bitbucket.org/t`\n",
            "`https://bob:${BB_PASS}@bitbucket.org/t`\n",
            "M",
        ),
        ("a.sh", "x https://bob@bitbucket.org/t\n", "x https://bob@bitbucket.org/t\n", "M"),
    ] {
        check(path, before, after, expected);
    }
}
