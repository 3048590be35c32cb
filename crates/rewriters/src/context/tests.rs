use bbsweep_scanner_core::document::{Document, FileKind};

use super::*;

const NAME: &str = "T";

/// What is expanded at the `@` of `text`: how `T` is written there, `None` for nothing; `!` behind
/// it for a caution.
#[track_caller]
fn written(kind: FileKind, path: &str, text: &str) -> Option<String> {
    let mut doc = Document::new(path, text.as_bytes());
    doc.kind = kind;
    let offset = text.find('@').unwrap();
    match at(&doc, offset, NAME) {
        Expansion::Expands(syntax, None) => Some(syntax.write(NAME)),
        Expansion::Expands(syntax, Some(_)) => Some(syntax.write(NAME) + "!"),
        Expansion::Literal(_) => None,
        Expansion::Unavailable(_) => Some("unavailable".into()),
    }
}

#[track_caller]
fn check(kind: FileKind, path: &str, rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        let found = written(kind, path, text);
        assert_eq!(found.as_deref().unwrap_or(""), *expected, "{kind:?} {text}");
    }
}

#[test]
fn shell() {
    check(
        FileKind::Shell,
        "a.sh",
        &[
            ("git clone u@", "${T}"),
            ("git clone \"u@\"", "${T}"),
            ("git clone 'u@'", ""),
            ("git clone $'u@'", ""),
            ("alias g='git clone \"u@\"'", ""),
            ("bash -c \"git clone 'u@'\"", "${T}"),
            ("cat <<EOF\nu@\nEOF\n", "${T}"),
            ("cat <<'EOF'\nu@\nEOF\n", ""),
            ("# u@", ""),
            ("git clone u@ 'x", ""),
            ("#!/usr/bin/env fish\ngit clone u@", ""),
            ("#!/bin/csh -f\ngit clone u@", ""),
            ("#!/usr/bin/env -S bash -e\ngit clone u@", "${T}"),
            ("#!/bin/sh\r\ngit clone u@\r\n", "${T}"),
        ],
    );
    check(FileKind::Shell, "a.fish", &[("git clone u@", "")]);
    check(FileKind::Shell, "a.sh.tpl", &[("git clone u@", "${T}!")]);
    check(FileKind::Shell, "etc/default/x", &[("A=u@", "")]);
    check(FileKind::Shell, "host/etc/sysconfig/x", &[("A=\"u@\"", "")]);
    check(FileKind::Shell, "fetc/default/x", &[("A=u@", "${T}")]);
}

#[test]
fn other_scripts() {
    check(
        FileKind::PowerShell,
        "a.ps1",
        &[
            ("git clone u@", "${env:T}"),
            ("git clone \"u@\"", "${env:T}"),
            ("git clone 'u@'", ""),
            ("# u@", ""),
            ("& git --% clone u@", ""),
            ("git clone u@ 'x", ""),
        ],
    );
    check(FileKind::PowerShell, "a.psd1", &[("@{ a = \"u@\" }", "")]);
    check(FileKind::Batch, "a.bat", &[("git clone u@", "%T%"), ("git clone \"u@\"", "%T%")]);
    check(
        FileKind::Make,
        "Makefile",
        &[("a:\n\tgit clone 'u@'\n", "$(T)"), ("A = u@\n", "$(T)"), ("A ?= u@\n", "$(T)")],
    );
    check(FileKind::Npmrc, ".npmrc", &[("//x/:_auth=u@", "${T}")]);
    check(FileKind::PipRequirements, "requirements.txt", &[("git+https://u@", "${T}")]);
}

#[test]
fn pip_knows_capital_letters_only() {
    let doc = Document::new("requirements.txt", b"git+https://u@x");
    assert!(matches!(at(&doc, 13, "TOKEN_2"), Expansion::Expands(Syntax::Braces, None)));
    assert!(matches!(at(&doc, 13, "token"), Expansion::Literal(_)));
}

#[test]
fn docker() {
    check(
        FileKind::Dockerfile,
        "Dockerfile",
        &[
            ("RUN git clone u@", "${T}!"),
            ("RUN git clone 'u@'", ""),
            ("RUN a \\\n  && git clone \"u@\"\n", "${T}!"),
            ("RUN a 'x' \\\n # it's\n  'u@'\n", ""),
            ("RUN [\"git\", \"u@\"]", ""),
            ("RUN <<EOF\ngit 'u@'\nEOF\n", ""),
            ("RUN <<'EOF'\ngit u@\nEOF\n", "${T}!"),
            ("RUN cat <<'EOF' >x\ngit u@\nEOF\n", ""),
            ("ENV A=u@", "${T}!"),
            ("ENV A='u@'", ""),
            ("ADD u@ /x", "${T}!"),
            ("COPY <<EOF /x\n'u@'\nEOF\n", "${T}!"),
            ("CMD git clone u@", "${T}!"),
            ("CMD [\"sh\", \"-c\", \"git clone u@\"]", ""),
            ("# u@", ""),
        ],
    );
}

#[test]
fn pipelines() {
    check(
        FileKind::BitbucketPipelines,
        "bitbucket-pipelines.yml",
        &[
            ("script:\n  - git clone u@\n", "${T}"),
            ("script:\n  - git clone 'u@'\n", ""),
            ("script:\n  - 'git clone u@'\n", "${T}"),
            ("script:\n  - 'git clone \"u@\"'\n", "${T}"),
            ("script:\n  - 'git clone ''u@'''\n", ""),
            ("script:\n  - \"git clone 'u@'\"\n", ""),
            ("script:\n  - \"git clone \\\"u@\\\"\"\n", "${T}"),
            ("script:\n  - |\n    a 'b'\n    git clone u@\n", "${T}"),
            ("script:\n  - |\n    a 'b\n    git clone u@\n    '\n", ""),
            ("script:\n  - >\n    git clone\n    \"u@\"\n", "${T}"),
            ("script:\n  - |\n    cat <<EOF > x\n    u@\n    EOF\n", "${T}"),
            ("script:\n  - |\n    cat <<'EOF' > x\n    u@\n    EOF\n", ""),
            ("script: [git clone u@, b]\n", "$T"),
            ("script: [\"git clone u@\", b]\n", "${T}"),
            ("script:\n  - git clone x # u@\n", ""),
            ("variables:\n  URL: 'u@'\n", "${T}"),
            ("variables:\n  u@: x\n", ""),
            ("a: [b\nu@: c: d", ""),
        ],
    );
    check(
        FileKind::GitlabCi,
        ".gitlab-ci.yml",
        &[
            ("variables:\n  URL: u@\n", "${T}"),
            ("a:\n  script:\n    - 'git clone u@'\n", "${T}"),
            ("a:\n  script:\n    - !reference [b, script]\n    - git clone 'u@'\n", ""),
        ],
    );
}

#[test]
fn systems_that_hand_only_a_part_to_a_shell() {
    check(
        FileKind::CircleCi,
        ".circleci/config.yml",
        &[
            ("jobs:\n  a:\n    steps:\n      - run: git clone u@\n", "${T}"),
            ("jobs:\n  a:\n    steps:\n      - run:\n          command: git clone u@\n", "${T}"),
            ("jobs:\n  a:\n    steps:\n      - run:\n          name: u@\n", ""),
            ("jobs:\n  a:\n    environment:\n      URL: u@\n", ""),
            ("jobs:\n  a:\n    steps:\n      - run: {command: git clone u@}\n", "$T"),
        ],
    );
    check(
        FileKind::Travis,
        ".travis.yml",
        &[
            ("script: git clone u@\n", "${T}"),
            ("before_install:\n  - git clone u@\n", "${T}"),
            ("jobs:\n  include:\n    - script: git clone u@\n", "${T}"),
            ("env:\n  - URL=u@\n", ""),
            ("deploy:\n  url: u@\n", ""),
        ],
    );
    check(
        FileKind::Drone,
        ".drone.yml",
        &[
            ("steps:\n- commands:\n  - git clone u@\n", "$T"),
            ("steps:\n- environment:\n    URL: u@\n", ""),
            ("steps:\n- settings:\n    url: u@\n", ""),
        ],
    );
    check(
        FileKind::Buildkite,
        ".buildkite/pipeline.yml",
        &[
            ("steps:\n  - command: git clone u@\n", "$$T"),
            ("steps:\n  - commands:\n      - git clone u@\n", "$$T"),
            ("steps:\n  - env:\n      URL: u@\n", ""),
            ("env:\n  URL: u@\n", ""),
        ],
    );
    check(
        FileKind::CodeBuild,
        "buildspec.yml",
        &[
            ("phases:\n  build:\n    commands:\n      - git clone u@\n", "${T}"),
            ("phases:\n  build:\n    finally:\n      - git clone u@\n", "${T}"),
            ("env:\n  variables:\n    URL: u@\n", ""),
        ],
    );
}

#[test]
fn compose() {
    check(
        FileKind::Compose,
        "compose.yml",
        &[
            ("services:\n  a:\n    environment:\n      URL: u@\n", "${T}"),
            ("services:\n  a:\n    environment:\n      - URL=u@\n", "${T}"),
            ("services:\n  a:\n    build: 'u@'\n", "${T}"),
            ("services:\n  a:\n    command: sh -c 'git clone u@'\n", "${T}"),
            ("services:\n  a:\n    environment: {URL: u@}\n", "$T"),
            ("services:\n  u@:\n    a: b\n", ""),
        ],
    );
}

#[test]
fn github() {
    const S: &str = "${{ secrets.T }}";
    const JOB: &str = "on: push\njobs:\n  a:\n";
    let path = ".github/workflows/a.yml";
    for (text, expected) in [
        ("    steps:\n      - run: git clone u@\n", S),
        ("    steps:\n      - run: git clone 'u@'\n", S),
        ("    steps:\n      - run: |\n          cat <<'EOF'\n          u@\n          EOF\n", S),
        ("    steps:\n      - uses: x/y@v1\n", "unavailable"),
        ("    steps:\n      - if: u@\n", "unavailable"),
        ("    steps:\n      - uses: x\n        with:\n          url: u@\n", S),
        ("    steps:\n      - run: x\n        env:\n          URL: u@\n", S),
        ("    steps:\n      - run: x\n        env: {URL: u@}\n", "unavailable"),
        ("    steps:\n      - run: x\n        env: {URL: \"u@\"}\n", S),
        ("    env:\n      URL: u@\n", S),
        ("    with:\n      url: u@\n", "unavailable"),
        ("    container:\n      image: u@\n", "unavailable"),
        ("    services:\n      x:\n        env:\n          URL: u@\n", S),
        ("    strategy:\n      matrix:\n        url: [u@]\n", "unavailable"),
        ("    # u@\n    steps: []\n", ""),
    ] {
        check(FileKind::GithubActions, path, &[(&format!("{JOB}{text}"), expected)]);
    }
    check(
        FileKind::GithubActions,
        path,
        &[
            ("env:\n  URL: u@\n", S),
            (
                "on:\n  workflow_dispatch:\n    inputs:\n      a:\n        default: u@\n",
                "unavailable",
            ),
            ("on: workflow_call\njobs:\n  a:\n    env:\n      URL: u@\n", "${{ secrets.T }}!"),
        ],
    );
    check(
        FileKind::GithubActions,
        "action.yml",
        &[("runs:\n  steps:\n    - run: git clone u@\n", "unavailable")],
    );
}

#[test]
fn azure_pipelines() {
    check(
        FileKind::AzurePipelines,
        "azure-pipelines.yml",
        &[
            ("steps:\n- script: git clone 'u@'\n", "$(T)"),
            ("steps:\n- bash: |\n    git clone u@\n", "$(T)"),
            ("variables:\n  url: u@\n", "$(T)"),
            ("resources:\n  repositories:\n  - name: u@\n", ""),
            ("steps: [{script: git clone u@}]\n", "$(T)"),
        ],
    );
}

#[test]
fn jenkins() {
    check(
        FileKind::Jenkinsfile,
        "Jenkinsfile",
        &[
            ("sh 'git clone u@'", "${T}!"),
            ("sh 'git clone \"u@\"'", "${T}!"),
            ("sh 'git clone \\'u@\\''", ""),
            ("sh '''\ngit clone u@\n'''", "${T}!"),
            ("sh \"git clone 'u@'\"", "${T}!"),
            ("git url: 'u@'", ""),
            ("git url: \"u@\"", "${T}!"),
            ("bat 'git clone u@'", "%T%!"),
            ("powershell 'git clone u@'", "${env:T}!"),
            ("// u@", ""),
        ],
    );
}

#[test]
fn formats_without_expansion() {
    for kind in [
        FileKind::GitConfig,
        FileKind::Gitmodules,
        FileKind::GitCredentials,
        FileKind::Netrc,
        FileKind::Dotenv,
        FileKind::Yaml,
        FileKind::Json,
        FileKind::Toml,
        FileKind::Properties,
        FileKind::Ini,
        FileKind::Hcl,
        FileKind::Xml,
        FileKind::Lock,
        FileKind::CodeSlash,
        FileKind::CodeHash,
        FileKind::Prose,
        FileKind::Other,
    ] {
        check(kind, "x", &[("a = \"u@\"", ""), ("u@", "")]);
    }
}

#[test]
fn a_window_of_a_file_is_not_read() {
    let mut doc = Document::new("a.sh", b"git clone u@");
    doc.whole = false;
    assert!(matches!(at(&doc, 11, NAME), Expansion::Literal(_)));
}

#[test]
fn who_is_bash() {
    for (path, text, expected) in [
        ("a", "#!/bin/bash\nu@", true),
        ("a.sh", "#!/usr/bin/env bash\nu@", true),
        ("a.sh", "#!/usr/bin/env zsh\n\"u@\"", true),
        ("a.sh", "#!/bin/bash\n'u@'", false),
        ("a.sh", "#!/bin/sh\nu@", false),
        ("a.sh", "u@", false),
        ("a.bash", "u@", true),
        ("home/.bashrc", "u@", true),
        ("a.bash", "#!/bin/sh\nu@", false),
    ] {
        let mut doc = Document::new(path, text.as_bytes());
        doc.kind = FileKind::Shell;
        assert_eq!(is_bash(&doc, text.find('@').unwrap()), expected, "{path} {text}");
    }
}

#[test]
fn shell_words() {
    // The value is `v@`; `[]` shows what is replaced, `B` that it stands bare.
    for (kind, text, expected) in [
        (FileKind::Shell, "export A=v@", Some("v@ bare")),
        (FileKind::Shell, "export A='v@'; b", Some("'v@' bare")),
        (FileKind::Shell, "export A=\"v@\"", Some("\"v@\" bare")),
        (FileKind::Shell, "A=\"v@\" b", Some("\"v@\" bare")),
        (FileKind::Shell, "A=v@\r\n", Some("v@ bare")),
        (FileKind::Shell, "a \"v@\"", Some("\"v@\" bare")),
        (FileKind::Shell, "A='v@'x", None),
        (FileKind::Shell, "A=x'v@'", None),
        (FileKind::Shell, "A=v@'x'", None),
        (FileKind::Shell, "A=$'v@'", None),
        (FileKind::Shell, "bash -c \"export A=v@\"", Some("v@")),
        (FileKind::Shell, "bash -c \"export A='v@'\"", Some("v@")),
        (FileKind::Shell, "bash -c 'export A=v@'", None),
        (FileKind::Shell, "bash -c 'export A=\"v@\"'", None),
        (FileKind::Shell, "cat <<EOF\nA=v@\nEOF\n", Some("v@")),
        (FileKind::Shell, "cat <<EOF\nA='v@'\nEOF\n", Some("v@")),
        (FileKind::Shell, "cat <<'EOF'\nA=v@\nEOF\n", None),
        (FileKind::Shell, "docker run -e A=v@ x", Some("v@ bare")),
        (FileKind::Shell, "docker run -e 'A=v@' x", None),
        (FileKind::Shell, "docker run -e \"A=v@\" x", Some("v@")),
        (FileKind::Shell, "A=$(echo 'v@')", Some("'v@' bare")),
        (FileKind::BitbucketPipelines, "script:\n  - export A='v@'\n", Some("'v@' bare")),
        (FileKind::BitbucketPipelines, "script:\n  - 'export A=''v@'''\n", Some("''v@'' bare")),
        (FileKind::BitbucketPipelines, "script:\n  - 'export A=v@'\n", Some("v@ bare")),
        (FileKind::BitbucketPipelines, "script:\n  - \"export A='v@'\"\n", Some("'v@' bare")),
        (FileKind::BitbucketPipelines, "variables:\n  A: 'v@'\n", Some("v@ bare")),
        (FileKind::BitbucketPipelines, "variables:\n  A: v@\n", Some("v@ bare")),
        (FileKind::Dotenv, "A=v@", None),
    ] {
        let mut doc = Document::new("x", text.as_bytes());
        doc.kind = kind;
        let start = text.find("v@").unwrap();
        let found = shell_word(&doc, &(start..start + 2))
            .map(|word| format!("{}{}", &text[word.range], if word.bare { " bare" } else { "" }));
        assert_eq!(found.as_deref(), expected, "{text}");
    }
}
