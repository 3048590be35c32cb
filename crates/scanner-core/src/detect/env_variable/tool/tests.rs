use super::super::super::testing::{line, part, run};
use super::*;
use crate::detect::env_variable;
use crate::finding::Role;
use crate::rule::Rule;

/// What is reported under a tool's rule in a file: label, line and the username, if it is there.
fn seen(path: &str, text: &str) -> Vec<String> {
    run(env_variable::detect, path, text)
        .candidates
        .iter()
        .map(|found| {
            let label = found.label.map_or("-", Rule::id);
            let user = part(found, Role::Username, text)
                .map_or_else(String::new, |user| format!(" by {user}"));
            format!("{label} {}{user}", line(found))
        })
        .collect()
}

#[track_caller]
fn check(path: &str, text: &str, expected: &[&str]) {
    assert_eq!(seen(path, text), expected, "{path}: {text}");
}

#[test]
fn a_secret_under_a_tools_name() {
    for (path, text) in [
        (".env", "WEBLATE_BITBUCKETCLOUD_USERNAME=joe\nWEBLATE_BITBUCKETCLOUD_TOKEN=§app§\n"),
        (
            "a.sh",
            "export WEBLATE_BITBUCKETCLOUD_USERNAME='joe'\nexport WEBLATE_BITBUCKETCLOUD_TOKEN=\"§app§\"\n",
        ),
        (
            "docker-compose.yml",
            "x:\n  environment:\n    WEBLATE_BITBUCKETCLOUD_USERNAME: joe\n    WEBLATE_BITBUCKETCLOUD_TOKEN: §app§\n",
        ),
        (
            "deploy.yaml",
            "env:\n- name: WEBLATE_BITBUCKETCLOUD_TOKEN\n  value: §app§\n- name: WEBLATE_BITBUCKETCLOUD_USERNAME\n  value: joe\n",
        ),
        (
            "Dockerfile",
            "ENV WEBLATE_BITBUCKETCLOUD_USERNAME=joe WEBLATE_BITBUCKETCLOUD_TOKEN=§app§\n",
        ),
        (
            "a.service",
            "[Service]\nEnvironment=\"WEBLATE_BITBUCKETCLOUD_USERNAME=joe\"\nEnvironment=\"WEBLATE_BITBUCKETCLOUD_TOKEN=§app§\"\n",
        ),
        (
            "a.json",
            "{\"env\": {\"WEBLATE_BITBUCKETCLOUD_USERNAME\": \"joe\", \"WEBLATE_BITBUCKETCLOUD_TOKEN\": \"§app§\"}}",
        ),
        (
            "a.ps1",
            "$env:WEBLATE_BITBUCKETCLOUD_USERNAME = 'joe'\n$env:WEBLATE_BITBUCKETCLOUD_TOKEN = '§app§'\n",
        ),
        (
            "b.sh",
            "docker run -e WEBLATE_BITBUCKETCLOUD_USERNAME=joe -e WEBLATE_BITBUCKETCLOUD_TOKEN=§app§ x\n",
        ),
    ] {
        check(path, text, &["weblate AppPassword Rest Certain Error by joe"]);
    }
    // By the old form only what is generated; by no form nothing but a mention.
    check(
        ".env",
        "WEBLATE_BITBUCKETCLOUD_TOKEN=§old§\n",
        &["weblate AppPassword Rest Likely Error"],
    );
    check(
        ".env",
        "WEBLATE_BITBUCKETCLOUD_TOKEN=hunter2-9xK\n",
        &["weblate Reference Rest Likely Note"],
    );
}

#[test]
fn an_api_token_goes_with_its_username() {
    let with = |user: &str| {
        format!("WEBLATE_BITBUCKETCLOUD_USERNAME={user}\nWEBLATE_BITBUCKETCLOUD_TOKEN=§api§\n")
    };
    check(
        ".env",
        &with("joe"),
        &["weblate HalfMigrated UsernameForRest Rest Certain Error by joe"],
    );
    for right in ["joe@acme.example", "$EMAIL", "", "REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL"] {
        check(".env", &with(right), &[]);
    }
    check(".env", "WEBLATE_BITBUCKETCLOUD_TOKEN=§api§\n", &[]);
    check(".env", "WEBLATE_BITBUCKETCLOUD_TOKEN=§access§\n", &[]);
}

#[test]
fn references_need_a_username_of_the_old_form() {
    let with = |user: &str| {
        format!(
            "x:\n  environment:\n    WEBLATE_BITBUCKETCLOUD_USERNAME: {user}\n    \
             WEBLATE_BITBUCKETCLOUD_TOKEN: ${{TOKEN}}\n"
        )
    };
    let old = "weblate Reference Rest Likely Warning by";
    check("docker-compose.yml", &with("joe"), &[&format!("{old} joe")]);
    check("docker-compose.yml", &with("${WHO}"), &[&format!("{old} ${{WHO}}")]);
    for right in ["joe@acme.example", "${WEBLATE_EMAIL}"] {
        check("docker-compose.yml", &with(right), &[]);
    }
    let alone = "x:\n  environment:\n    WEBLATE_BITBUCKETCLOUD_TOKEN: ${TOKEN}\n";
    check("docker-compose.yml", alone, &["weblate Reference Rest Likely Note"]);
    check("a.md", "Set `WEBLATE_BITBUCKETCLOUD_TOKEN`.", &["weblate Reference Rest Likely Note"]);
    // The tool itself.
    check(
        "a.go",
        "u := os.Getenv(\"WEBLATE_BITBUCKETCLOUD_USERNAME\")\nt := os.Getenv(\"WEBLATE_BITBUCKETCLOUD_TOKEN\")\n",
        &["weblate Reference Rest Likely Note"],
    );
}

#[test]
fn a_tool_without_api_tokens() {
    check(
        ".github/workflows/a.yml",
        "env:\n  KOSLI_BITBUCKET_PASSWORD: ${{ secrets.X }}\n",
        &["kosli Reference Rest Likely Warning"],
    );
    check("a.sh", "export KOSLI_BITBUCKET_PASSWORD=§access§", &[]);
}

#[test]
fn a_name_that_says_app_password_is_its_tools() {
    check(
        ".env",
        "GIT_TOWN_BITBUCKET_USERNAME=joe\nGIT_TOWN_BITBUCKET_APP_PASSWORD=§app§\n",
        &["git-town AppPassword Rest Certain Error by joe"],
    );
    check(
        "a.sh",
        "echo $GIT_TOWN_BITBUCKET_APP_PASSWORD\n",
        &["git-town Reference Rest Certain Warning"],
    );
    check(
        ".env",
        "BUNDLE_BITBUCKET__ORG=joe:§app§\n",
        &["bundler AppPassword Git Certain Error by joe"],
    );
}

#[test]
fn programs_know_the_names() {
    check(
        "a.go",
        "os.Getenv(\"GIT_TOWN_BITBUCKET_APP_PASSWORD\")\n",
        &["git-town Reference Rest Certain Note"],
    );
    check(
        "a.py",
        "os.environ[\"GIT_TOWN_BITBUCKET_APP_PASSWORD\"] = \"§app§\"\n",
        &["git-town AppPassword Rest Certain Error"],
    );
}

#[test]
fn shared_names_need_a_sign() {
    // Of Bitbucket Cloud, to be seen at all; of the tool, to be its own.
    check(".env", "BITBUCKET_PASSWORD=hunter2-9xK\n", &[]);
    check(
        "a.sh",
        "export BITBUCKET_USERNAME=joe BITBUCKET_PASSWORD=§app§\n",
        &["- AppPassword Unknown Certain Error"],
    );
    check(
        "a.sh",
        "export BITBUCKET_USERNAME=joe\nexport BITBUCKET_PASSWORD=§app§\nterraform apply # bitbucket.org\n",
        &["terraform AppPassword Rest Certain Error by joe"],
    );
    check(
        "a.sh",
        "export BITBUCKET_USERNAME=joe@acme.example\nexport BITBUCKET_PASSWORD=$X\nterraform apply # bitbucket.org\n",
        &[],
    );
}

#[test]
fn a_server_of_ones_own_is_none() {
    check(".env", "BITBUCKET_URL=https://git.acme.example\nKOSLI_BITBUCKET_PASSWORD=§old§\n", &[]);
}

#[test]
fn settings_of_the_tool_name_the_host() {
    let scan = |text: &str| {
        let doc = crate::document::Document::new(".env", text.as_bytes());
        let scan = Scan {
            doc: &doc,
            context: std::cell::OnceCell::new(),
            has_strong: false,
            values: std::collections::HashSet::new(),
            masked: 0,
        };
        scan.platform("RENOVATE_PASSWORD")
    };
    for (text, expected) in [
        ("RENOVATE_PLATFORM=bitbucket\n", Some(true)),
        ("RENOVATE_ENDPOINT=https://api.bitbucket.org/2.0/\n", Some(true)),
        ("RENOVATE_PLATFORM=gitlab\n", Some(false)),
        ("RENOVATE_PLATFORM=bitbucket-server\n", Some(false)),
        ("RENOVATE_PLATFORM=$X\n", None),
        ("PLATFORM=bitbucket\n", None),
    ] {
        assert_eq!(scan(text), expected, "{text}");
    }
}

#[test]
fn tools_are_named_by_whole_words() {
    assert!(has_word_of(b"run Terraform.", "terraform"));
    assert!(!has_word_of(b"terraformer", "terraform"));
    assert!(!has_word_of(b"", "terraform"));
}
