use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::*;

const PATHS: &[&str] = &[
    ".env",
    ".git-credentials",
    ".git/config",
    ".gitmodules",
    ".netrc",
    "Dockerfile",
    "a.json",
    "a.md",
    "a.py",
    "bitbucket-pipelines.yml",
    "build.sh",
    "notes",
];

/// Secrets of every form; `seed` gives the clear part.
fn secrets(seed: &str) -> Vec<String> {
    vec![
        format!("ATBB{}1A2B3C4D", seed.repeat(24).get(..24).unwrap()),
        seed.repeat(20).get(..20).unwrap().to_owned(),
        format!("ATATT3xFfGF0{}=1A2B3C4D", seed.repeat(171).get(..171).unwrap()),
        format!("{}!p@ss/w0rd", seed.get(..5).unwrap()),
    ]
}

/// A line that uses `secret` where some detector sees it, with the secret once more in the open.
fn line(form: usize, secret: &str, noise: &str) -> String {
    let encoded = utf8_percent_encode(secret, NON_ALPHANUMERIC);
    let basic = STANDARD.encode(format!("joe:{secret}"));
    match form {
        0 => format!("url = https://joe:{encoded}@bitbucket.org/a/b {noise} {secret}"),
        1 => format!("export BITBUCKET_APP_PASSWORD='{secret}' # {noise}"),
        2 => format!("machine bitbucket.org login joe password {secret}"),
        3 => format!("https://joe:{encoded}@bitbucket.org"),
        4 => {
            format!("[http \"https://bitbucket.org\"]\n extraHeader = Authorization: Basic {basic}")
        }
        5 => format!("curl -u joe:{secret} https://api.bitbucket.org/2.0/user {noise}"),
        6 => format!("machine example.com login x password {secret} {noise}"),
        7 => format!("{noise}{secret}{noise} $BITBUCKET_APP_PASSWORD {encoded} {basic}"),
        _ => format!("\"bitbucket_app_password\": \"{secret}\", \"{noise}\""),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever is told to be a secret anywhere in a file shows nowhere in what is said of the file.
    #[test]
    fn known_secrets_show_nowhere(
        path in 0..PATHS.len(),
        seed in "[a-z][A-Z][0-9][a-zA-Z0-9]{4}",
        lines in proptest::collection::vec((0_usize..9, 0_usize..4, "[ -~é\t]{0,60}"), 1..8),
    ) {
        let secrets = secrets(&seed);
        let text: Vec<_> =
            lines.iter().map(|(form, which, noise)| line(*form, &secrets[*which], noise)).collect();
        let (findings, skipped) = scan_bytes(Path::new(PATHS[path]), text.join("\n").as_bytes());
        let shown = format!("{findings:#?}{skipped:#?}");
        for finding in &findings {
            let Some(secret) = &finding.secret else { continue };
            let raw = String::from_utf8_lossy(secret.expose()).into_owned();
            if raw.len() < 8 {
                continue;
            }
            let encoded = utf8_percent_encode(&raw, NON_ALPHANUMERIC).to_string();
            for form in [&raw, &encoded] {
                prop_assert!(!shown.contains(form.as_str()), "{form} in {shown}");
            }
            prop_assert!(finding.excerpt.text.get(finding.excerpt.start..finding.excerpt.end).is_some());
        }
        // Tokens by their form never show, seen or not.
        prop_assert!(!shown.contains(&secrets[0]) && !shown.contains(&secrets[2]), "{shown}");
    }
}
