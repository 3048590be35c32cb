//! Calls of command line tools, in every kind of file that holds them.

#![cfg(unix)]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod common;

use bbsweep_rewriters::PlanOptions;
use common::{check_file as check, fill, letters, rewritten};

const API: &str = "https://api.bitbucket.org/2.0/user";
const PAIR: &str = "\"${ATLASSIAN_ACCOUNT_EMAIL}:${BITBUCKET_API_TOKEN}\"";

/// Texts with `@API@` for the URL and `@PAIR@` for the pair in double quotes.
#[track_caller]
fn turns(path: &str, before: &str, after: &str, expected: &str) {
    let put = |text: &str| text.replace("@API@", API).replace("@PAIR@", PAIR);
    check(path, &put(before), &put(after), expected);
}

#[test]
fn literals_in_shells() {
    for (before, after) in [
        ("curl -u bob:§app§ @API@\n", "curl -u @PAIR@ @API@\n"),
        ("curl -u 'bob:§app§' @API@\n", "curl -u @PAIR@ @API@\n"),
        ("curl -u \"bob:§app§\" @API@\n", "curl -u @PAIR@ @API@\n"),
        ("curl -u bob:'§app§' @API@\n", "curl -u @PAIR@ @API@\n"),
        ("curl -u \"$U\":\"§app§\" @API@\n", "curl -u @PAIR@ @API@\n"),
        ("curl -s -ubob:§old§ @API@\n", "curl -s -u@PAIR@ @API@\n"),
        ("curl --user=bob:§app§ @API@\n", "curl --user=@PAIR@ @API@\n"),
        (
            "curl --fail \\\n  --user 'bob:§app§' \\\n  -X POST \\\n  \"@API@\" | jq .\n",
            "curl --fail \\\n  --user @PAIR@ \\\n  -X POST \\\n  \"@API@\" | jq .\n",
        ),
        ("X=\"$(curl -su bob:§app§ @API@)\"\n", "X=\"$(curl -su @PAIR@ @API@)\"\n"),
        (
            "bash -c \"curl -u 'bob:§app§' @API@\"\n",
            "bash -c \"curl -u \\\"${ATLASSIAN_ACCOUNT_EMAIL}:${BITBUCKET_API_TOKEN}\\\" @API@\"\n",
        ),
        (
            "ssh host <<EOF\ncurl -u 'bob:§app§' @API@\nEOF\n",
            "ssh host <<EOF\ncurl -u @PAIR@ @API@\nEOF\n",
        ),
        ("http -a bob:§app§ GET @API@\n", "http -a @PAIR@ GET @API@\n"),
        (
            "wget --user=bob --password='§app§' @API@\n",
            "wget --user=\"${ATLASSIAN_ACCOUNT_EMAIL}\" --password=\"${BITBUCKET_API_TOKEN}\" @API@\n",
        ),
    ] {
        turns("a.sh", before, after, "S");
    }
}

#[test]
fn headers() {
    for (before, after) in [
        (
            "curl -H \"Authorization: Basic Ym9iOkFUQkJleGFtcGxlTm90QVJlYWxTZWNyZXQwMDEwQTFCMkMzRA==\" @API@\n",
            "curl -u @PAIR@ @API@\n",
        ),
        (
            "curl -H \"Authorization: Basic $(echo -n 'bob:§app§' | base64)\" @API@\n",
            "curl -u @PAIR@ @API@\n",
        ),
        (
            "curl -H \"Authorization: Basic $(echo -n \"$U:$PASS\" | base64)\" @API@\n",
            "curl -u \"${ATLASSIAN_ACCOUNT_EMAIL}:$PASS\" @API@\n",
        ),
        ("curl -H \"Authorization: Bearer §api§\" @API@\n", "curl -u @PAIR@ @API@\n"),
        (
            "wget --header 'Authorization: Basic Ym9iOkFUQkJleGFtcGxlTm90QVJlYWxTZWNyZXQwMDEwQTFCMkMzRA==' @API@\n",
            "wget --user=\"${ATLASSIAN_ACCOUNT_EMAIL}\" --password=\"${BITBUCKET_API_TOKEN}\" --auth-no-challenge @API@\n",
        ),
        (
            "AUTH=$(echo -n \"$U:$PASS\" | base64)\ncurl -H \"Authorization: Basic $AUTH\" @API@\n",
            "AUTH=$(echo -n \"${ATLASSIAN_ACCOUNT_EMAIL}:$PASS\" | base64 | tr -d '\\n')\ncurl -H \"Authorization: Basic $AUTH\" @API@\n",
        ),
    ] {
        let letter = if before.starts_with("AUTH") { "S" } else { "R" };
        turns("a.sh", before, after, letter);
    }
}

#[test]
fn references_keep_or_lose_their_names() {
    for (path, before, after, letters) in [
        (
            "a.sh",
            "curl -u \"$BB_USER:$BB_PASS\" @API@\n",
            "curl -u \"${ATLASSIAN_ACCOUNT_EMAIL}:$BB_PASS\" @API@\n",
            "S",
        ),
        ("a.sh", "curl -u $U:$P @API@\n", "curl -u \"${ATLASSIAN_ACCOUNT_EMAIL}:$P\" @API@\n", "R"),
        (
            "a.sh",
            "curl -u \"$U:$BITBUCKET_APP_PASSWORD\" @API@\n",
            "curl -u \"${ATLASSIAN_ACCOUNT_EMAIL}:$BITBUCKET_API_TOKEN\" @API@\n",
            "R",
        ),
        (
            "a.sh",
            "AUTH=\"$U:$BB_PASS\"\ncurl -u $AUTH @API@\n",
            "AUTH=\"${ATLASSIAN_ACCOUNT_EMAIL}:$BB_PASS\"\ncurl -u $AUTH @API@\n",
            "S",
        ),
        (
            "a.sh",
            "curl -u joe:§api§ @API@\n",
            "curl -u \"${ATLASSIAN_ACCOUNT_EMAIL}:§api§\" @API@\n",
            "S",
        ),
        (
            "a.sh",
            "curl -u 'joe:§api§' @API@\n",
            "curl -u \"${ATLASSIAN_ACCOUNT_EMAIL}:§api§\" @API@\n",
            "S",
        ),
    ] {
        turns(path, before, after, letters);
    }
}

#[test]
fn other_files() {
    for (path, before, after, letters) in [
        (
            "Dockerfile",
            "FROM a\nRUN apk add curl && \\\n    # x\n    curl -u bob:§app§ \\\n    @API@\n",
            "FROM a\nRUN apk add curl && \\\n    # x\n    curl -u @PAIR@ \\\n    @API@\n",
            "R",
        ),
        (
            "Makefile",
            "a:\n\t@curl -u $(BB_USER):$(BB_PASS) \\\n\t  @API@\n",
            "a:\n\t@curl -u \"$(ATLASSIAN_ACCOUNT_EMAIL):$(BB_PASS)\" \\\n\t  @API@\n",
            "S",
        ),
        (
            "bitbucket-pipelines.yml",
            "pipelines:\n  default:\n  - step:\n      script:\n      - curl -X POST -u bob:§app§ @API@\n",
            "pipelines:\n  default:\n  - step:\n      script:\n      - curl -X POST -u @PAIR@ @API@\n",
            "S",
        ),
        (
            "bitbucket-pipelines.yml",
            "pipelines:\n  default:\n  - step:\n      script:\n      - |\n        curl -u '§old§x:§app§' \\\n          @API@\n",
            "pipelines:\n  default:\n  - step:\n      script:\n      - |\n        curl -u @PAIR@ \\\n          @API@\n",
            "S",
        ),
        (
            "bitbucket-pipelines.yml",
            "pipelines:\n  default:\n  - step:\n      script:\n      - >-\n        curl -u bob:§app§\n        @API@\n",
            "pipelines:\n  default:\n  - step:\n      script:\n      - >-\n        curl -u @PAIR@\n        @API@\n",
            "S",
        ),
        (
            ".gitlab-ci.yml",
            "a:\n  script:\n    - 'curl -u \"bob:§app§\" @API@'\n",
            "a:\n  script:\n    - 'curl -u @PAIR@ @API@'\n",
            "S",
        ),
        (
            ".gitlab-ci.yml",
            "a:\n  script:\n    - \"curl -u \\\"bob:§app§\\\" @API@\"\n",
            "a:\n  script:\n    - \"curl -u \\\"${ATLASSIAN_ACCOUNT_EMAIL}:${BITBUCKET_API_TOKEN}\\\" @API@\"\n",
            "S",
        ),
        (
            ".github/workflows/a.yml",
            "on: push\njobs:\n  a:\n    steps:\n      - run: |\n          curl -u '${{ secrets.BB_USER }}:§app§' @API@\n",
            "on: push\njobs:\n  a:\n    steps:\n      - run: |\n          curl -u '${{ secrets.ATLASSIAN_ACCOUNT_EMAIL }}:${{ secrets.BITBUCKET_API_TOKEN }}' @API@\n",
            "S",
        ),
        (
            "Jenkinsfile",
            "sh '''\n  curl -u 'bob:§app§' @API@\n'''\n",
            "sh '''\n  curl -u @PAIR@ @API@\n'''\n",
            "R",
        ),
        (
            "package.json",
            "{\"scripts\": {\"a\": \"curl -u bob:§app§ @API@\"}}\n",
            "{\"scripts\": {\"a\": \"curl -u \\\"${ATLASSIAN_ACCOUNT_EMAIL}:${BITBUCKET_API_TOKEN}\\\" @API@\"}}\n",
            "R",
        ),
        ("README.md", "Try `curl -u bob:§app§ @API@`.\n", "Try `curl -u @PAIR@ @API@`.\n", "R"),
        (
            "a.bat",
            "curl -u %BB_USER%:%BB_PASS% @API@\r\n",
            "curl -u %ATLASSIAN_ACCOUNT_EMAIL%:%BB_PASS% @API@\r\n",
            "S",
        ),
        (
            "a.sh",
            "ssh h <<'EOF'\ncurl -u \"$BB_USER:$BB_PASS\" @API@\nEOF\n",
            "ssh h <<'EOF'\ncurl -u \"$ATLASSIAN_ACCOUNT_EMAIL:$BB_PASS\" @API@\nEOF\n",
            "R",
        ),
    ] {
        turns(path, before, after, letters);
    }
}

#[test]
fn git_commands() {
    const BASE64: &str = "Ym9iOkFUQkJleGFtcGxlTm90QVJlYWxTZWNyZXQwMDEwQTFCMkMzRA==";
    let header = format!(
        "git -c http.extraHeader=\"Authorization: Basic {BASE64}\" clone https://bitbucket.org/t/r\n"
    );
    for (path, before, after, letters) in [
        (
            "a.sh",
            "git -c http.extraHeader=\"Authorization: Basic $(echo -n \"$U:$PASS\" | base64)\" clone https://bitbucket.org/t/r\n",
            "git -c http.extraHeader=\"Authorization: Basic $(echo -n \"§S§:$PASS\" | base64 | tr -d '\\n')\" clone https://bitbucket.org/t/r\n",
            "S",
        ),
        ("a.sh", &header, &header, "M"),
        (
            "a.sh",
            "git config credential.https://bitbucket.org.username \"joe\"\n",
            "git config credential.https://bitbucket.org.username \"§S§\"\n",
            "R",
        ),
        (
            "a.sh",
            "git credential approve <<EOF\nprotocol=https\nhost=bitbucket.org\nusername=joe\npassword=§app§\nEOF\n",
            "git credential approve <<EOF\nprotocol=https\nhost=bitbucket.org\nusername=§S§\npassword=${BITBUCKET_API_TOKEN}\nEOF\n",
            "S",
        ),
        (
            "a.sh",
            "printf 'host=bitbucket.org\\nusername=%s\\npassword=%s\\n' \"$U\" \"$BITBUCKET_APP_PASSWORD\" | git credential approve\n",
            "printf 'host=bitbucket.org\\nusername=%s\\npassword=%s\\n' \"§S§\" \"$BITBUCKET_API_TOKEN\" | git credential approve\n",
            "R",
        ),
        (
            "a.sh",
            "cat > ~/.netrc <<EOF\nmachine bitbucket.org\n  login $U\n  password $PASS\nmachine api.bitbucket.org\n  login $U\n  password $PASS\nEOF\n",
            "cat > ~/.netrc <<EOF\nmachine bitbucket.org\n  login §S§\n  password $PASS\nmachine api.bitbucket.org\n  login ${ATLASSIAN_ACCOUNT_EMAIL}\n  password $PASS\nEOF\n",
            "SS",
        ),
        (
            "Dockerfile",
            "FROM a\nRUN echo \"machine bitbucket.org login joe password §app§\" > /root/.netrc\n",
            "FROM a\nRUN echo \"machine bitbucket.org login §S§ password ${BITBUCKET_API_TOKEN}\" > /root/.netrc\n",
            "R",
        ),
    ] {
        turns(path, before, after, letters);
    }
}

/// Where nothing right can be written, nothing is.
#[test]
fn told_only() {
    for (path, text) in [
        ("a.sh", "ssh h <<'EOF'\ncurl -u bob:§app§ @API@\nEOF\n"),
        ("a.sh", "curl -u \"$1:$BB_PASS\" @API@\n"),
        ("a.sh", "curl -u \"$BB_AUTH\" @API@\n"),
        ("a.sh", "echo \"curl -u bob:§app§ @API@\"\n"),
        ("a.py", "os.system(\"curl -u bob:§app§ @API@\")\n"),
        ("Dockerfile", "FROM a\nRUN [\"curl\", \"-u\", \"bob:§app§\", \"@API@\"]\n"),
    ] {
        turns(path, text, text, "M");
    }
}

#[test]
fn a_renamed_variable_goes_through_calls() {
    let files = [
        ("a.sh", "curl -u \"$U:$BITBUCKET_APP_PASSWORD\" https://api.bitbucket.org/2.0/user\n"),
        (".env", "BITBUCKET_APP_PASSWORD=§app§\n"),
    ];
    let (texts, planned) = rewritten(&files, &PlanOptions::default());
    assert_eq!(letters(&planned), "RR");
    assert_eq!(
        texts[0],
        "curl -u \"${ATLASSIAN_ACCOUNT_EMAIL}:$BITBUCKET_API_TOKEN\" https://api.bitbucket.org/2.0/user\n"
    );
    let keep = PlanOptions { keep_variable_names: true, ..PlanOptions::default() };
    let (texts, _) = rewritten(&files, &keep);
    assert_eq!(
        texts[0],
        fill(
            "curl -u \"${ATLASSIAN_ACCOUNT_EMAIL}:$BITBUCKET_APP_PASSWORD\" https://api.bitbucket.org/2.0/user\n"
        )
    );
}
