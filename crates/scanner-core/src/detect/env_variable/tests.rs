use proptest::prelude::*;

use super::super::testing::{Examples, fill, line, part, run};
use super::*;
use crate::finding::Role;
use crate::rule::Rule;

pub(in super::super) const EXAMPLES: Examples = Examples {
    rule: Rule::EnvVariable,
    matching: &[
        (".env", "BITBUCKET_APP_PASSWORD=§app§"),
        (".env", "BB_APP_PASSWORD="),
        (".env", "ANYTHING=§app§"),
        ("a.sh", "echo $BITBUCKET_APP_PASSWORD"),
        ("a.py", "os.environ[\"BITBUCKET_APP_PASSWORD\"]"),
        ("a.js", "process.env.BITBUCKET_APP_PASSWORD"),
        ("README.md", "Set `BITBUCKET_APP_PASSWORD`."),
        ("a.yml", "appPassword: §app§"),
        ("a.tf", "variable \"bitbucket_app_password\" {}"),
        ("Jenkinsfile", "credentialsId: 'bitbucket-app-password'"),
        (".env", "BB_AUTH_STRING=ci:§app§"),
        (".env", "BITBUCKET_PASSWORD=§old§"),
        (".env", "BITBUCKET_PASSWORD=hunter2-9xK\nURL=https://bitbucket.org/acme"),
        (".env", "APP_PASSWORD=§old§\nURL=https://bitbucket.org/acme"),
        ("a.sh", "# https://api.bitbucket.org\ncurl -u x:$BITBUCKET_PASSWORD"),
        ("app-config.yaml", "bitbucketCloud:\n  - appPassword: ${BITBUCKET_CLOUD_PASSWORD}"),
        ("bitbucket-pipelines.yml", "script:\n  - curl -u $APP_USER:$APP_PASSWORD https://x"),
    ],
    other: &[
        (
            "a.sh",
            "echo $BITBUCKET_APP_PASSWORDS $BITBUCKET_APP_PASSWORD_FILE $RABBITBUCKET_APP_PASSWORD",
        ),
        (".env", "BITBUCKET_API_TOKEN=§api§"),
        (".env", "BITBUCKET_APP_PASSWORD=§access§"),
        (".env", "BITBUCKET_APP_PASSWORD=${BITBUCKET_API_TOKEN}"),
        (".env", "BITBUCKET_APP_PASSWORD=REPLACE_WITH_BITBUCKET_API_TOKEN"),
        (".env", "BITBUCKET_PASSWORD=hunter2-9xK\nAPP_PASSWORD=hunter2-9xK"),
        (".env", "BITBUCKET_URL=https://bitbucket.acme.example\nBITBUCKET_PASSWORD=§old§"),
        (".env", "BITBUCKET_PASSWORD=changeme # https://bitbucket.org"),
        (
            ".env",
            "APP_PASSWORD=abcdefghijklmnop\nHOST=smtp.gmail.com\nREPO=https://bitbucket.org/x/y",
        ),
        (".env", "BB_AUTH_STRING=x-bitbucket-api-token-auth:§api§"),
        (".env", "BB_AUTH_STRING=ci@acme.example:§api§"),
        (
            ".env",
            "BB_AUTH_STRING=REPLACE_WITH_ATLASSIAN_ACCOUNT_EMAIL:REPLACE_WITH_BITBUCKET_API_TOKEN",
        ),
        ("a.ts", "interface X { appPassword: string } // https://bitbucket.org"),
        ("a.go", "token := cfg.AppPassword // https://bitbucket.org"),
        ("README.md", "Use an appPassword of bitbucket.org, or $APP_PASSWORD."),
        ("a.yml", "url: https://bitbucket.org/x/create-a-bitbucket-app-password/"),
        ("package-lock.json", "{\"BITBUCKET_APP_PASSWORD\": \"§app§\"}"),
        (".netrc", "machine bitbucket.org login BITBUCKET_APP_PASSWORD"),
        ("a.bin", "\0\0BITBUCKET_APP_PASSWORD\0"),
        ("a.sh", "curl -u ci:§app§ https://x"),
        ("a.txt", "token=§app§;next"),
    ],
};

/// Each candidate as `NAME 'value' State Use Confidence Severity`, the value being the secret or what
/// stands for it.
fn found(path: &str, text: &str) -> Vec<String> {
    let sink = run(detect, path, text);
    sink.candidates
        .iter()
        .map(|candidate| {
            let name = part(candidate, Role::Name, text).unwrap();
            if let Some(secret) = &candidate.secret {
                let raw = part(candidate, Role::Secret, text).unwrap_or_default();
                assert_eq!(raw.trim().as_bytes(), secret.expose(), "{path}: {text}");
            }
            assert_eq!(candidate.rule, Rule::EnvVariable);
            let inside = candidate.parts.iter().all(|(_, range)| {
                candidate.range.start <= range.start && range.end <= candidate.range.end
            });
            assert!(inside, "{path}: {text}");
            assert!(candidate.parts.is_sorted_by_key(|(_, range)| range.start), "{path}: {text}");
            let value =
                part(candidate, Role::Value, text).map_or_else(String::new, |v| format!(" '{v}'"));
            format!("{name}{value} {}", line(candidate))
        })
        .map(|line| {
            line.replace(&fill("§app§"), "§app§")
                .replace(&fill("§old§"), "§old§")
                .replace(&fill("§api§"), "§api§")
        })
        .collect()
}

const CERTAIN: &str = "AppPassword Unknown Certain Error";
const LIKELY: &str = "AppPassword Unknown Likely Error";
const REFERENCE: &str = "Reference Unknown Certain Warning";
const NOTE: &str = "Reference Unknown Certain Note";

#[test]
fn a_literal_in_every_syntax() {
    for (path, text) in [
        (".env", "BITBUCKET_APP_PASSWORD=@"),
        ("a.sh", "docker run -eBITBUCKET_APP_PASSWORD=@ image"),
        ("a.sh", "mvn '-DBITBUCKET_APP_PASSWORD=@'"),
        ("a.sh", "gh secret set BITBUCKET_APP_PASSWORD --body \"@\" --org x"),
        ("a.sh", "aws ssm put-parameter --name /ci/BITBUCKET_APP_PASSWORD --type S --value @"),
        ("a.ps1", "Set-Item -Path env:BITBUCKET_APP_PASSWORD -Value '@'"),
        ("a.tf", "variable \"BITBUCKET_APP_PASSWORD\" {\n  type = string\n  default = \"@\"\n}"),
        ("core", "\0\0BITBUCKET_APP_PASSWORD=@\0PATH=/bin"),
        (".env", "export BITBUCKET_APP_PASSWORD=\"@\" # ours"),
        (".env", "BITBUCKET_APP_PASSWORD = '@'"),
        (".env", "BITBUCKET_APP_PASSWORD=@\r\nX=1\r\n"),
        (".env", "BITBUCKET_APP_PASSWORD: @"),
        ("a.sh", "export BITBUCKET_APP_PASSWORD=@"),
        ("a.sh", "BITBUCKET_APP_PASSWORD='@' ./run"),
        ("a.sh", "readonly BITBUCKET_APP_PASSWORD=\"@\""),
        ("a.sh", "declare -x BITBUCKET_APP_PASSWORD=$'@'"),
        ("a.sh", "  local BITBUCKET_APP_PASSWORD=@; run"),
        ("a.sh", "env BITBUCKET_APP_PASSWORD=@ run"),
        ("a.sh", "docker run -e BITBUCKET_APP_PASSWORD=@ image"),
        ("a.sh", "docker run -e \"BITBUCKET_APP_PASSWORD=@\" image"),
        ("a.sh", "docker run --env=BITBUCKET_APP_PASSWORD=@ image"),
        ("a.sh", "ssh host \"export BITBUCKET_APP_PASSWORD=@; run\""),
        ("a.sh", "ssh host \"BITBUCKET_APP_PASSWORD=@\""),
        ("a.sh", "x=$(BITBUCKET_APP_PASSWORD=@ run)"),
        ("a.sh", ": \"${BITBUCKET_APP_PASSWORD:-@}\""),
        ("a.sh", ": ${BITBUCKET_APP_PASSWORD:=@}"),
        ("a.yml", "BITBUCKET_APP_PASSWORD: @"),
        ("a.yml", "  BITBUCKET_APP_PASSWORD: \"@\" # x"),
        ("a.yml", "'BITBUCKET_APP_PASSWORD': '@'"),
        ("a.yml", "- BITBUCKET_APP_PASSWORD=@"),
        ("a.yml", "- \"BITBUCKET_APP_PASSWORD=@\""),
        ("a.yml", "- BITBUCKET_APP_PASSWORD: @"),
        ("a.yml", "{A: b, BITBUCKET_APP_PASSWORD: @, C: d}"),
        ("a.yml", "{A: b, \"BITBUCKET_APP_PASSWORD\": \"@\"}"),
        ("a.yml", "BITBUCKET_APP_PASSWORD: >-\n  @\nX: y"),
        ("a.yml", "a:\n  BITBUCKET_APP_PASSWORD: |\n    @\n  b: c"),
        ("a.yml", "BITBUCKET_APP_PASSWORD: &pw @"),
        ("a.yml", "BITBUCKET_APP_PASSWORD: !!str @"),
        ("a.yml", "- name: BITBUCKET_APP_PASSWORD\n  value: \"@\"\n- name: X\n  value: y"),
        ("a.yml", "  - value: @\n    name: BITBUCKET_APP_PASSWORD"),
        ("a.yml", "- {name: BITBUCKET_APP_PASSWORD, value: @}"),
        ("a.yml", "script:\n  - export BITBUCKET_APP_PASSWORD=@"),
        ("a.yml", "script:\n  - 'export BITBUCKET_APP_PASSWORD=@'"),
        ("a.yml", "run: |\n  BITBUCKET_APP_PASSWORD=@ ./x"),
        ("bitbucket-pipelines.yml", "- export BITBUCKET_APP_PASSWORD=@"),
        (".github/workflows/a.yml", "env:\n  BITBUCKET_APP_PASSWORD: @"),
        (".gitlab-ci.yml", "variables:\n  BITBUCKET_APP_PASSWORD: \"@\""),
        ("azure-pipelines.yml", "variables:\n- name: BITBUCKET_APP_PASSWORD\n  value: @"),
        ("azure-pipelines.yml", "- powershell: $env:BITBUCKET_APP_PASSWORD = '@'"),
        ("docker-compose.yml", "environment:\n  - BITBUCKET_APP_PASSWORD=@"),
        ("a.json", "{\"BITBUCKET_APP_PASSWORD\": \"@\"}"),
        ("a.json", "{\"BITBUCKET_APP_PASSWORD\"\n:\n  \"@\"}"),
        ("a.json", "{\"x\": \"{\\\"BITBUCKET_APP_PASSWORD\\\": \\\"@\\\"}\"}"),
        ("a.json", "{\"x\": \"{\\\\\\\"BITBUCKET_APP_PASSWORD\\\\\\\": \\\\\\\"@\\\\\\\"}\"}"),
        ("a.json", "[\"-e\", \"BITBUCKET_APP_PASSWORD=@\"]"),
        ("a.json", "{\"run\": \"BITBUCKET_APP_PASSWORD=@ npm x\"}"),
        ("a.json", "{\"run\": \"a\\nBITBUCKET_APP_PASSWORD=@\\nb\"}"),
        ("a.json", "{\"name\": \"BITBUCKET_APP_PASSWORD\", \"value\": \"@\"}"),
        ("a.json", "{\"value\": \"@\", \"name\": \"BITBUCKET_APP_PASSWORD\"}"),
        (
            "a.json",
            "{\"key\": \"BITBUCKET_APP_PASSWORD\",\n \"value\": \"@\",\n \"secured\": true}",
        ),
        ("a.json", "{\"ParameterKey\":\"BITBUCKET_APP_PASSWORD\",\"ParameterValue\":\"@\"}"),
        ("a.toml", "BITBUCKET_APP_PASSWORD = \"@\""),
        ("a.toml", "BITBUCKET_APP_PASSWORD = '@' # x"),
        ("a.toml", "env = { BITBUCKET_APP_PASSWORD = \"@\" }"),
        ("a.properties", "BITBUCKET_APP_PASSWORD=@"),
        ("a.properties", "BITBUCKET_APP_PASSWORD : @"),
        ("a.properties", "BITBUCKET_APP_PASSWORD @"),
        ("a.properties", "ci.BITBUCKET_APP_PASSWORD = @"),
        ("a.ini", "BITBUCKET_APP_PASSWORD = @ ; x"),
        ("a.service", "Environment=BITBUCKET_APP_PASSWORD=@"),
        ("a.service", "Environment=\"BITBUCKET_APP_PASSWORD=@\""),
        ("a.ps1", "$env:BITBUCKET_APP_PASSWORD = '@'"),
        ("a.ps1", "${env:BITBUCKET_APP_PASSWORD}=\"@\""),
        ("a.ps1", "$BITBUCKET_APP_PASSWORD='@'"),
        ("a.ps1", "@{ BITBUCKET_APP_PASSWORD = '@' }"),
        ("a.ps1", "[Environment]::SetEnvironmentVariable('BITBUCKET_APP_PASSWORD', '@', 'User')"),
        ("a.bat", "set BITBUCKET_APP_PASSWORD=@"),
        ("a.bat", "@SET \"BITBUCKET_APP_PASSWORD=@\"\r\n"),
        ("a.bat", "set BITBUCKET_APP_PASSWORD=@& run"),
        ("a.bat", "setx BITBUCKET_APP_PASSWORD \"@\""),
        ("Makefile", "BITBUCKET_APP_PASSWORD := @"),
        ("Makefile", "export BITBUCKET_APP_PASSWORD ?= @ # x"),
        ("Makefile", "x:\n\tBITBUCKET_APP_PASSWORD=@ run"),
        ("Dockerfile", "ENV BITBUCKET_APP_PASSWORD=@ X=y"),
        ("Dockerfile", "ENV BITBUCKET_APP_PASSWORD @"),
        ("Dockerfile", "ARG BITBUCKET_APP_PASSWORD=\"@\""),
        ("Jenkinsfile", "env.BITBUCKET_APP_PASSWORD = '@'"),
        ("Jenkinsfile", "environment {\n  BITBUCKET_APP_PASSWORD = \"@\"\n}"),
        ("Jenkinsfile", "withEnv(['BITBUCKET_APP_PASSWORD=@']) {"),
        ("Jenkinsfile", "sh '''\n  export BITBUCKET_APP_PASSWORD=@\n'''"),
        ("a.py", "BITBUCKET_APP_PASSWORD = \"@\""),
        ("a.py", "os.environ[\"BITBUCKET_APP_PASSWORD\"] = '@'"),
        ("a.py", "os.environ.get('BITBUCKET_APP_PASSWORD', '@')"),
        ("a.py", "monkeypatch.setenv(\"BITBUCKET_APP_PASSWORD\", \"@\")"),
        ("a.py", "run(BITBUCKET_APP_PASSWORD=\"@\")"),
        ("a.py", "subprocess.run(\"BITBUCKET_APP_PASSWORD=@ x\")"),
        ("a.rb", "ENV['BITBUCKET_APP_PASSWORD'] = '@'"),
        ("a.rb", "x = { 'BITBUCKET_APP_PASSWORD' => '@' }"),
        ("a.go", "os.Setenv(\"BITBUCKET_APP_PASSWORD\", \"@\")"),
        ("a.go", "const BITBUCKET_APP_PASSWORD = `@`"),
        ("a.ts", "process.env.BITBUCKET_APP_PASSWORD = '@'"),
        ("a.ts", "const BITBUCKET_APP_PASSWORD: string = '@';"),
        ("a.ts", "{ BITBUCKET_APP_PASSWORD: '@' }"),
        ("a.rs", "const BITBUCKET_APP_PASSWORD: &str = \"@\";"),
        ("a.java", "static final String BITBUCKET_APP_PASSWORD = \"@\";"),
        ("a.php", "putenv('BITBUCKET_APP_PASSWORD=@');"),
        ("a.php", "define('BITBUCKET_APP_PASSWORD', '@');"),
        ("a.tf", "BITBUCKET_APP_PASSWORD = \"@\""),
        ("a.tf", "environment {\n  name  = \"BITBUCKET_APP_PASSWORD\"\n  value = \"@\"\n}"),
        ("a.xml", "<BITBUCKET_APP_PASSWORD>@</BITBUCKET_APP_PASSWORD>"),
        ("a.xml", "<env name=\"BITBUCKET_APP_PASSWORD\" value=\"@\"/>"),
        ("a.xml", "<add key='BITBUCKET_APP_PASSWORD'\n  value='@'/>"),
        ("unknown", "BITBUCKET_APP_PASSWORD=@"),
        ("unknown", "BITBUCKET_APP_PASSWORD: @"),
        (".zsh_history", ": 1700000000:0;export BITBUCKET_APP_PASSWORD=@"),
        ("README.md", "    export BITBUCKET_APP_PASSWORD=@"),
    ] {
        // An opening and a closing tag are two uses of the name.
        let rest = usize::from(text.contains("</BITBUCKET"));
        for (secret, verdict) in [("§app§", CERTAIN), ("§old§", LIKELY)] {
            let mut lines = found(
                path,
                &text
                    .replace('@', "\u{1}")
                    .replace("\u{1}SET", "@SET")
                    .replace("\u{1}{", "@{")
                    .replace('\u{1}', secret),
            );
            lines.truncate(lines.len() - rest.min(lines.len()));
            assert_eq!(
                lines,
                [format!("BITBUCKET_APP_PASSWORD '{secret}' {verdict}")],
                "{path}: {text}"
            );
        }
    }
}

#[test]
fn what_is_assigned_elsewhere_or_not_at_all() {
    for (path, text, expected) in [
        (".env", "BITBUCKET_APP_PASSWORD=", vec!["BITBUCKET_APP_PASSWORD '' R"]),
        (
            ".env",
            "BITBUCKET_APP_PASSWORD=<app password>",
            vec!["BITBUCKET_APP_PASSWORD '<app password>' R"],
        ),
        (".env", "BITBUCKET_APP_PASSWORD=$OTHER", vec!["BITBUCKET_APP_PASSWORD R"]),
        (".env", "BITBUCKET_APP_PASSWORD=\"${OTHER:-x}\"", vec!["BITBUCKET_APP_PASSWORD R"]),
        (".env.example", "BITBUCKET_APP_PASSWORD=", vec!["BITBUCKET_APP_PASSWORD '' N"]),
        (".env", "# BITBUCKET_APP_PASSWORD is read", vec!["BITBUCKET_APP_PASSWORD N"]),
        (
            ".env",
            "BITBUCKET_APP_PASSWORD=ci/bitbucket-pw",
            vec!["BITBUCKET_APP_PASSWORD 'ci/bitbucket-pw' R"],
        ),
        (".env", "BITBUCKET_APP_PASSWORD=§api§", vec!["BITBUCKET_APP_PASSWORD '§api§' R"]),
        ("a.sh", ": \"${BITBUCKET_APP_PASSWORD:?}\"", vec!["BITBUCKET_APP_PASSWORD R"]),
        ("a.sh", "read -r BITBUCKET_APP_PASSWORD", vec!["BITBUCKET_APP_PASSWORD R"]),
        ("a.sh", "export BITBUCKET_APP_PASSWORD", vec!["BITBUCKET_APP_PASSWORD R"]),
        ("a.sh", "[ \"$BITBUCKET_APP_PASSWORD\" = x ]", vec!["BITBUCKET_APP_PASSWORD R"]),
        ("a.sh", "[[ BITBUCKET_APP_PASSWORD == hunter2x ]]", vec!["BITBUCKET_APP_PASSWORD R"]),
        ("a.sh", "BITBUCKET_APP_PASSWORD=$(cat pw)", vec!["BITBUCKET_APP_PASSWORD R"]),
        (
            "a.sh",
            "BITBUCKET_APP_PASSWORD=${BITBUCKET_APP_PASSWORD:-}",
            vec!["BITBUCKET_APP_PASSWORD R", "BITBUCKET_APP_PASSWORD R"],
        ),
        (
            ".github/workflows/a.yml",
            "BITBUCKET_APP_PASSWORD: ${{ secrets.BITBUCKET_APP_PASSWORD }}",
            vec!["BITBUCKET_APP_PASSWORD R", "BITBUCKET_APP_PASSWORD R"],
        ),
        ("a.yml", "BITBUCKET_APP_PASSWORD:", vec!["BITBUCKET_APP_PASSWORD '' R"]),
        ("a.yml", "BITBUCKET_APP_PASSWORD: !vault |\n  abc", vec!["BITBUCKET_APP_PASSWORD R"]),
        (
            "a.yml",
            "BITBUCKET_APP_PASSWORD: The password to use.",
            vec!["BITBUCKET_APP_PASSWORD 'The password to use.' N"],
        ),
        (
            "a.yml",
            "- name: BITBUCKET_APP_PASSWORD\n  valueFrom: x\n- name: B\n  value: hunter2x",
            vec!["BITBUCKET_APP_PASSWORD R"],
        ),
        ("a.yml", "key: BITBUCKET_APP_PASSWORD", vec!["BITBUCKET_APP_PASSWORD R"]),
        ("a.json", "{\"BITBUCKET_APP_PASSWORD\": null}", vec!["BITBUCKET_APP_PASSWORD 'null' R"]),
        (
            "a.json",
            "{\"BITBUCKET_APP_PASSWORD\": {\"type\": \"string\"}}",
            vec!["BITBUCKET_APP_PASSWORD R"],
        ),
        ("a.py", "x = os.environ['BITBUCKET_APP_PASSWORD']", vec!["BITBUCKET_APP_PASSWORD R"]),
        (
            "a.py",
            "BITBUCKET_APP_PASSWORD = 'a-sample-value'",
            vec!["BITBUCKET_APP_PASSWORD 'a-sample-value' R"],
        ),
        ("a.go", "case BITBUCKET_APP_PASSWORD:", vec!["BITBUCKET_APP_PASSWORD R"]),
        (
            "a.ts",
            "const bitbucketAppPassword = process.env.BITBUCKET_APP_PASSWORD;",
            vec!["bitbucketAppPassword R", "BITBUCKET_APP_PASSWORD R"],
        ),
        ("a.tf", "value = var.bitbucket_app_password", vec!["bitbucket_app_password R"]),
        (
            "a.md",
            "`BITBUCKET_APP_PASSWORD=hunter2-x9`",
            vec!["BITBUCKET_APP_PASSWORD 'hunter2-x9' N"],
        ),
        ("a.bat", "echo %BITBUCKET_APP_PASSWORD%", vec!["BITBUCKET_APP_PASSWORD R"]),
        ("a.ps1", "Write-Host $env:BITBUCKET_APP_PASSWORD", vec!["BITBUCKET_APP_PASSWORD R"]),
        ("a.sh", "run --bitbucket-app-password \"$X\"", vec!["bitbucket-app-password R"]),
        (
            "a.sh",
            "run --bitbucket-app-password=§app§",
            vec!["bitbucket-app-password '§app§' AppPassword Unknown Certain Error"],
        ),
        (
            "a.sh",
            "run --bitbucket-app-password §app§ x",
            vec!["bitbucket-app-password '§app§' AppPassword Unknown Certain Error"],
        ),
        (
            "a.sh",
            "# BITBUCKET_APP_PASSWORD=§app§",
            vec!["BITBUCKET_APP_PASSWORD '§app§' DeadSecret Unknown Certain Error"],
        ),
        (
            "a.sh",
            "#export BITBUCKET_APP_PASSWORD=hunter2-x9",
            vec!["BITBUCKET_APP_PASSWORD 'hunter2-x9' DeadSecret Unknown Likely Error"],
        ),
    ] {
        let expected: Vec<_> = expected
            .into_iter()
            .map(|line| match line.rsplit_once(' ') {
                Some((what, "R")) => format!("{what} {REFERENCE}"),
                Some((what, "N")) => format!("{what} {NOTE}"),
                _ => line.to_owned(),
            })
            .collect();
        assert_eq!(found(path, text), expected, "{path}: {text}");
    }
}

#[test]
fn what_may_be_a_secret_is_never_shown() {
    for text in [
        "frobnicate BITBUCKET_APP_PASSWORD with §old§",
        "# §old§ is the BITBUCKET_APP_PASSWORD",
        "BITBUCKET_APP_PASSWORD -> §old§.",
        "BITBUCKET_APP_PASSWORD=hunter2-x9",
    ] {
        for path in ["a.sh", "a.py", "a.md", "a.yml", "x"] {
            // Without quotes it is no constant of a program.
            if path == "a.py" && text.contains("hunter2") {
                continue;
            }
            let sink = run(detect, path, text);
            let text = fill(text);
            let secret = if text.contains("hunter2") { "hunter2-x9" } else { &fill("§old§") };
            let at = text.find(secret).unwrap();
            let masked = sink.secrets.iter().any(|range| range.contains(&at));
            assert!(masked, "{path}: {text}");
        }
    }
}

#[test]
fn identifiers_of_programs_are_notes() {
    for (path, text) in [
        ("a.ts", "function f(bitbucketAppPassword: string) {}"),
        ("a.py", "client = Client(password=self.bitbucket_app_password)"),
        ("a.go", "if c.BitbucketAppPassword != \"\" {"),
        ("a.rb", "params[:bitbucket_app_password]"),
        ("a.ts", "expect(credentials.bitbucketAppPassword).toBeTruthy()"),
        ("a.php", "$this->save(['x' => $bitbucketAppPassword]);"),
    ] {
        let lines = found(path, text);
        assert!(
            lines.len() == 1 && lines[0].ends_with("Reference Unknown Likely Note"),
            "{text}: {lines:?}"
        );
    }
}

#[test]
fn weak_names_need_bitbucket_cloud() {
    let cloud = "\n# https://bitbucket.org/acme\n";
    for (path, text, alone, beside) in [
        (".env", "BITBUCKET_PASSWORD=§app§", Some(CERTAIN), Some(CERTAIN)),
        (".env", "BITBUCKET_PASSWORD=§old§", Some(LIKELY), Some(LIKELY)),
        (
            ".env",
            "BITBUCKET_PASSWORD=hunter2-9xK",
            None,
            Some("AppPassword Unknown Possible Error"),
        ),
        (".env", "APP_PASSWORD=§app§", Some(CERTAIN), Some(CERTAIN)),
        (".env", "APP_PASSWORD=§old§", None, Some(LIKELY)),
        (".env", "APP_PASSWORD=hunter2-9xK", None, Some("AppPassword Unknown Possible Error")),
        ("a.sh", "echo $BITBUCKET_PASSWORD", None, Some("Reference Unknown Likely Warning")),
        ("a.sh", "echo \"${APP_PASSWORD:-}\"", None, Some("Reference Unknown Likely Warning")),
        ("a.yml", "appPassword: ${SOME_SECRET}", None, Some("Reference Unknown Likely Warning")),
        ("a.py", "os.getenv('BITBUCKET_PASSWORD')", None, Some("Reference Unknown Likely Warning")),
        ("a.py", "app_password = x", None, None),
        ("a.yml", "appPassword:", None, None),
    ] {
        let verdict = |text: &str| {
            let lines = found(path, text);
            assert!(lines.len() < 2, "{text}: {lines:?}");
            lines.into_iter().next()
        };
        let check = |text: &str, expected: Option<&str>| {
            let line = verdict(text);
            let right = match (&line, expected) {
                (None, None) => true,
                (Some(line), Some(end)) => line.ends_with(end),
                _ => false,
            };
            assert!(right, "{path}: {text}: {line:?}");
        };
        check(text, alone);
        check(&format!("{text}{cloud}"), beside);
        let server = format!("{text}{cloud}BITBUCKET_URL=https://git.acme.example\n");
        check(&server, alone.filter(|_| text.contains("§app§")));
    }
    let pair =
        "BITBUCKET_USERNAME=acme-ci\nBITBUCKET_PASSWORD=hunter2-9xK\nURL=https://bitbucket.org";
    let sink = run(detect, ".env", pair);
    assert_eq!(sink.candidates[0].username.as_deref(), Some("acme-ci"));
    assert_eq!(sink.candidates[0].confidence, Confidence::Likely);
}

#[test]
fn pairs() {
    for (path, text, expected) in [
        (
            ".env",
            "BB_AUTH_STRING=ci:§app§",
            Some("BB_AUTH_STRING 'ci:§app§' AppPassword Rest Certain Error"),
        ),
        (
            ".env",
            "BB_AUTH_STRING=\"ci:§old§\"",
            Some("BB_AUTH_STRING 'ci:§old§' AppPassword Rest Likely Error"),
        ),
        (
            ".env",
            "BUNDLE_BITBUCKET__ORG=ci:hunter2-x",
            Some("BUNDLE_BITBUCKET__ORG 'ci:hunter2-x' AppPassword Git Possible Error"),
        ),
        (
            ".env",
            "BB_TOKEN_BASIC_AUTH=ci@acme.example:§api§",
            Some(
                "BB_TOKEN_BASIC_AUTH 'ci@acme.example:§api§' HalfMigrated EmailForGit Git Certain Error",
            ),
        ),
        (
            ".env",
            "BB_AUTH_STRING=ci:§api§",
            Some("BB_AUTH_STRING 'ci:§api§' HalfMigrated UsernameForRest Rest Certain Error"),
        ),
        (
            ".env",
            "BITBUCKET_CREDENTIALS=ci:§app§",
            Some("BITBUCKET_CREDENTIALS 'ci:§app§' AppPassword Unknown Certain Error"),
        ),
        (".env", "BITBUCKET_CREDENTIALS=ci:hunter2-x", None),
        (".env", "BITBUCKET_CREDENTIALS=ci:§api§", None),
        (".env", "BB_TOKEN_BASIC_AUTH=x-bitbucket-api-token-auth:§api§", None),
        (".env", "BB_AUTH_STRING=", None),
        (".env", "BB_AUTH_STRING=<user>:<password>", None),
        (
            "a.sh",
            "curl -u \"${BB_AUTH_STRING}\"",
            Some("BB_AUTH_STRING Reference Rest Likely Warning"),
        ),
        (
            "a.yml",
            "BB_AUTH_STRING: ${{ secrets.OTHER }}",
            Some("BB_AUTH_STRING Reference Rest Likely Warning"),
        ),
        (
            "a.yml",
            "BB_AUTH_STRING: $BB_AUTH_STRING",
            Some("BB_AUTH_STRING Reference Rest Likely Warning"),
        ),
        ("a.sh", "BB_AUTH_STRING=${ATLASSIAN_ACCOUNT_EMAIL}:${BITBUCKET_API_TOKEN}", None),
        ("a.sh", "BB_AUTH_STRING=\"$U:$P\"", Some("BB_AUTH_STRING Reference Rest Likely Warning")),
        ("Jenkinsfile", "credentialsId: 'BITBUCKET_CREDENTIALS'", None),
        (
            "a.sh",
            "# BB_AUTH_STRING=ci:§app§",
            Some("BB_AUTH_STRING 'ci:§app§' DeadSecret Rest Certain Error"),
        ),
    ] {
        let sink = run(detect, path, text);
        let lines: Vec<_> = sink
            .candidates
            .iter()
            .map(|candidate| {
                let name = part(candidate, Role::Name, text).unwrap();
                let value = part(candidate, Role::Value, text)
                    .map_or_else(String::new, |v| format!(" '{v}'"));
                format!("{name}{value} {}", line(candidate))
            })
            .map(|line| fill_back(&line))
            .collect();
        assert_eq!(lines, expected.into_iter().collect::<Vec<_>>(), "{path}: {text}");
    }
    let sink = run(detect, ".env", "BB_AUTH_STRING='ci:§app§'");
    assert_eq!(
        part(&sink.candidates[0], Role::Username, "BB_AUTH_STRING='ci:§app§'").as_deref(),
        Some("ci")
    );
    assert_eq!(sink.candidates[0].username.as_deref(), Some("ci"));
}

fn fill_back(line: &str) -> String {
    line.replace(&fill("§app§"), "§app§")
        .replace(&fill("§old§"), "§old§")
        .replace(&fill("§api§"), "§api§")
}

#[test]
fn the_form_of_a_constant_is_enough_under_any_name() {
    for (path, text, name) in [
        (".env", "BITBUCKET_SECRET=§app§", Some("BITBUCKET_SECRET")),
        ("a.sh", "export PW='§app§'", Some("PW")),
        ("a.yml", "password: §app§", Some("password")),
        ("a.yml", "- name: GIT_PW\n  value: §app§", Some("GIT_PW")),
        ("a.json", "{\"password\": \"§app§\"}", Some("password")),
        ("a.json", "{\"name\": \"GIT_PW\", \"value\": \"§app§\"}", Some("GIT_PW")),
        ("a.toml", "password = \"§app§\"", Some("password")),
        ("a.properties", "git.password=§app§", Some("password")),
        ("a.py", "PASSWORD = \"§app§\"", Some("PASSWORD")),
        ("a.py", "os.environ['PW'] = '§app§'", Some("PW")),
        ("a.xml", "<password>§app§</password>", Some("password")),
        ("a.sh", "curl -u ci:§app§ https://x", None),
        ("a.java", "login(\"ci\", \"§app§\")", None),
        ("a.sh", "git clone https://ci:§app§@bitbucket.org/x", None),
        ("a.yml", "- curl -u ci:§app§ x", None),
        ("a.md", "password: §app§", None),
    ] {
        let sink = run(detect, path, text);
        let names: Vec<_> =
            sink.candidates.iter().map(|c| c.variable.as_deref().unwrap()).collect();
        assert_eq!(names, name.into_iter().collect::<Vec<_>>(), "{path}: {text}");
    }
}

#[test]
fn a_line_of_four_megabytes_takes_no_square_of_time() {
    for unit in [
        "\"BITBUCKET_APP_PASSWORD\":\"x1y2z3w4\",",
        "BITBUCKET_APP_PASSWORD=$BITBUCKET_APP_PASSWORD ",
        "BITBUCKET_APP_PASSWORD",
        "APP_PASSWORD:{",
        "{name:BITBUCKET_APP_PASSWORD,",
        "\\\"BB_AUTH_STRING\\\":",
        "BITBUCKET_USERNAME=a ",
        "- name: BITBUCKET_APP_PASSWORD\n",
        "x=ATBBexampleNotARealSecret0010A1B2C3D,",
    ] {
        let text = unit.repeat((1 << 18) / unit.len());
        for path in ["a.json", "a.yml", "a.js", "a.sh"] {
            let started = std::time::Instant::now();
            run(detect, path, &text);
            // Unoptimised and on a busy machine; a square would take hours.
            assert!(started.elapsed().as_secs() < 30, "{path}: {unit}");
        }
    }
}

const PATHS: &[&str] = &[
    ".env",
    "a.sh",
    "a.yml",
    "a.json",
    "a.toml",
    "a.properties",
    "a.ini",
    "a.ps1",
    "a.bat",
    "Makefile",
    "Dockerfile",
    "a.py",
    "a.js",
    "a.tf",
    "a.xml",
    "Jenkinsfile",
    "README.md",
    "x",
    "bitbucket-pipelines.yml",
    ".mcp.json",
];

proptest! {
    #[test]
    fn no_bytes_are_too_strange(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just(b"BITBUCKET_APP_PASSWORD".to_vec()),
                Just(b"BB_AUTH_STRING".to_vec()),
                Just(b"appPassword".to_vec()),
                Just(b"bitbucket-app-password".to_vec()),
                Just(b"BITBUCKET_USERNAME".to_vec()),
                Just(b"name: ".to_vec()),
                Just(b"value: ".to_vec()),
                Just(b"https://bitbucket.org".to_vec()),
                Just(b"ATBBexampleNotARealSecret0010A1B2C3D".to_vec()),
                "[-=:;,|>&$%!(){}<>\\[\\]\"'`\\\\ \n\t#]{0,4}".prop_map(String::into_bytes),
                proptest::collection::vec(any::<u8>(), 0..4),
            ],
            0..14,
        ),
        path in proptest::sample::select(PATHS),
    ) {
        let text = pieces.concat();
        let doc = Document::new(path, &text);
        let mut sink = Sink::default();
        detect(&doc, &mut sink);
        for candidate in &sink.candidates {
            prop_assert!(candidate.range.start <= candidate.range.end && candidate.range.end <= doc.text.len());
            for (_, range) in &candidate.parts {
                prop_assert!(candidate.range.start <= range.start && range.end <= candidate.range.end);
            }
            let (_, name) = &candidate.parts.iter().find(|(role, _)| *role == Role::Name).unwrap();
            tool_defined(&doc, name.start, candidate.variable.as_deref().unwrap());
        }
    }
}
