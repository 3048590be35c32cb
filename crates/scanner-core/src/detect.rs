//! The detectors: one module per location kind, one table that names them all.

pub mod command_line;
pub mod env_variable;
pub mod place;
pub mod structured;
pub mod value;

pub(crate) mod app_password_literal;
pub(crate) mod gcm_store;
pub(crate) mod git_config_header;
pub(crate) mod git_config_url;
pub(crate) mod git_config_username;
pub(crate) mod git_credentials;
pub(crate) mod gitmodules_url;
pub(crate) mod http_file;
pub(crate) mod netrc;
pub(crate) mod program_call;
pub(crate) mod sourcetree;
pub(crate) mod teamcity;
pub(crate) mod url_userinfo;

pub(crate) mod git_config;
mod slot;
#[cfg(test)]
pub(crate) mod testing;
mod url;

use std::ops::Range;

use crate::bitbucket::Scope;
use crate::consumer::{Slot, files};
use crate::credential::{CredentialKind, Secret};
use crate::document::Document;
use crate::finding::{Confidence, FormError, Place, Role, Severity, SkipReason, State, Use};
use crate::rule::Rule;

/// What a detector saw. Positions are offsets into [`Document::text`]; the engine turns it into a
/// [`crate::Finding`].
#[derive(Clone, Debug)]
pub struct Candidate {
    /// See [`crate::Finding::rule`].
    pub rule: Rule,
    /// See [`crate::Finding::state`].
    pub state: State,
    /// See [`crate::Finding::form_error`].
    pub form_error: Option<FormError>,
    /// See [`crate::Finding::usage`].
    pub usage: Use,
    /// See [`crate::Finding::confidence`].
    pub confidence: Confidence,
    /// See [`crate::Finding::severity`].
    pub severity: Severity,
    /// See [`crate::Finding::place`].
    pub place: Place,
    /// See [`crate::Finding::kind`].
    pub kind: CredentialKind,
    /// The whole use.
    pub range: Range<usize>,
    /// Its parts.
    pub parts: Vec<(Role, Range<usize>)>,
    /// See [`crate::Finding::secret`].
    pub secret: Option<Secret>,
    /// See [`crate::Finding::username`].
    pub username: Option<String>,
    /// See [`crate::Finding::variable`].
    pub variable: Option<String>,
    /// See [`crate::Location::git_config_key`]; unmasked here, the engine masks it.
    pub git_config_key: Option<String>,
    /// See [`crate::Finding::scopes`].
    pub scopes: Vec<Scope>,
    /// The rule to report where the file is a known consumer's; else [`Self::rule`].
    pub label: Option<Rule>,
    /// See [`crate::Finding::slot`].
    pub slot: Option<&'static Slot>,
    /// What the place is called apart from its position: host and path of the URL, name of the
    /// variable, config key. Goes into the fingerprint; must hold no secret.
    pub identity: String,
    /// See [`crate::Finding::message`].
    pub message: String,
}

/// What the detectors hand to the engine.
#[derive(Debug, Default)]
pub struct Sink {
    /// Uses seen so far.
    pub candidates: Vec<Candidate>,
    /// Ranges of the text that hold some secret, ours or not: never shown in an excerpt.
    pub secrets: Vec<Range<usize>>,
    /// Keys that rows of the consumer table describe: names of variables in them are no uses of their
    /// own.
    pub keys: Vec<Range<usize>>,
    /// What could not be read, with a line for people: becomes a [`crate::Skipped`].
    pub problems: Vec<(SkipReason, String)>,
}

/// Runs every detector that may see something in `doc`.
pub fn detect(doc: &Document<'_>, sink: &mut Sink) {
    structured::detect(doc, sink);
    teamcity::detect(doc, sink);
    command_line::detect(doc, sink);
    program_call::detect(doc, sink);
    git_credentials::detect(doc, sink);
    gcm_store::detect(doc, sink);
    netrc::detect(doc, sink);
    git_config_header::detect(doc, sink);
    git_config_url::detect(doc, sink);
    git_config_username::detect(doc, sink);
    gitmodules_url::detect(doc, sink);
    http_file::detect(doc, sink);
    sourcetree::detect(doc, sink);
    url_userinfo::detect(doc, sink);
    env_variable::detect(doc, sink);
    app_password_literal::detect(doc, sink);
    env_variable::username::detect(doc, sink);
    label(doc, sink);
    drop_keys(sink);
}

/// A key that a row of the consumer table describes is no use of its own besides its value.
fn drop_keys(sink: &mut Sink) {
    let mut keys = std::mem::take(&mut sink.keys);
    keys.sort_unstable_by_key(|key| key.start);
    let in_key = |at: usize| {
        let next = keys.partition_point(|key| key.start <= at);
        keys[..next].last().is_some_and(|key| key.contains(&at))
    };
    sink.candidates.retain(|candidate| candidate.slot.is_some() || !in_key(candidate.range.start));
}

/// What stands in a file of a known consumer is reported under its rule.
fn label(doc: &Document<'_>, sink: &mut Sink) {
    let is_of_netrc =
        |candidate: &Candidate| candidate.label.unwrap_or(candidate.rule) == Rule::Netrc;
    let unlabelled =
        |candidate: &Candidate| candidate.label.is_none() && candidate.rule == Rule::UrlUserinfo;
    if !sink.candidates.iter().any(|one| unlabelled(one) || is_of_netrc(one)) {
        return;
    }
    let Some(owner) = files::owner(doc.path, &doc.text) else { return };
    for candidate in &mut sink.candidates {
        // A text for .netrc that a script writes is for Go where that is what the script is for.
        if unlabelled(candidate) || owner == Rule::GoModules && is_of_netrc(candidate) {
            candidate.label = Some(owner);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::FileKind;

    #[test]
    fn examples_hold() {
        for examples in command_line::EXAMPLES {
            examples.check(command_line::detect);
        }
        for examples in program_call::EXAMPLES {
            examples.check(program_call::detect);
        }
        teamcity::EXAMPLES.check(teamcity::detect);
        git_credentials::EXAMPLES.check(git_credentials::detect);
        gcm_store::EXAMPLES.check(gcm_store::detect);
        netrc::EXAMPLES.check(netrc::detect);
        git_config_header::EXAMPLES.check(git_config_header::detect);
        git_config_url::EXAMPLES.check(git_config_url::detect);
        git_config_username::EXAMPLES.check(git_config_username::detect);
        gitmodules_url::EXAMPLES.check(gitmodules_url::detect);
        http_file::EXAMPLES.check(http_file::detect);
        sourcetree::EXAMPLES.check(sourcetree::detect);
        url_userinfo::EXAMPLES.check(url_userinfo::detect);
        env_variable::EXAMPLES.check(env_variable::detect);
        app_password_literal::EXAMPLES.check(app_password_literal::detect);
    }

    #[test]
    fn the_pages_say_what_happens() {
        for (rule, path) in [
            (Rule::GitCredentials, ".git-credentials"),
            (Rule::Netrc, ".netrc"),
            (Rule::GitConfigHeader, ".gitconfig"),
            (Rule::GitConfigUrl, ".git/config"),
            (Rule::GitConfigUsername, ".gitconfig"),
            (Rule::GitmodulesUrl, ".gitmodules"),
            (Rule::UrlUserinfo, "build.sh"),
            (Rule::Curl, "build.sh"),
            (Rule::Wget, "build.sh"),
            (Rule::Httpie, "build.sh"),
            (Rule::GitCommand, "build.sh"),
            (Rule::PowershellWeb, "build.ps1"),
            (Rule::Python, "a.py"),
            (Rule::Javascript, "a.js"),
            (Rule::Go, "a.go"),
            (Rule::Java, "A.java"),
            (Rule::Ruby, "a.rb"),
            (Rule::Php, "a.php"),
            (Rule::Csharp, "A.cs"),
            (Rule::HttpClient, "a.http"),
            (Rule::GitCredentialManager, "joe.credential"),
            (Rule::Bucketcloner, "a.sh"),
            (Rule::GhBbcExporter, "a.sh"),
            (Rule::ViolationComments, "a.sh"),
            (Rule::Kosli, "a.sh"),
            (Rule::Gitbackup, "a.sh"),
            (Rule::BitbucketPipelines, "bitbucket-pipelines.yml"),
            (Rule::BitbucketPipe, "bitbucket-pipelines.yml"),
            (Rule::GithubActions, ".github/workflows/a.yml"),
            (Rule::GitlabCi, ".gitlab-ci.yml"),
            (Rule::Circleci, ".circleci/config.yml"),
            (Rule::AzurePipelines, "azure-pipelines.yml"),
            (Rule::Jenkins, "Jenkinsfile"),
            (Rule::Teamcity, ".teamcity/vcsRoots/a.xml"),
            (Rule::Drone, ".drone.yml"),
            (Rule::Woodpecker, ".woodpecker.yml"),
            (Rule::Travis, ".travis.yml"),
            (Rule::Buildkite, ".buildkite/pipeline.yml"),
            (Rule::Codebuild, "buildspec.yml"),
            (Rule::ArgoCd, "a.json"),
            (Rule::Flux, "a.json"),
            (Rule::PipelinesAsCode, "a.json"),
            (Rule::KubernetesSecret, "a.json"),
            (Rule::Helm, "repositories.yaml"),
            (Rule::Ansible, "a.yml"),
            (Rule::TerraformAzuredevops, "a.tf"),
            (Rule::CodebuildCredentials, "a.json"),
            (Rule::OciDevops, "a.json"),
            (Rule::Terraform, "a.tf"),
            (Rule::Packer, "a.pkr.hcl"),
            (Rule::Vagrant, "Vagrantfile"),
            (Rule::Pulumi, "Pulumi.live.yaml"),
            (Rule::Puppet, "Puppetfile"),
            (Rule::Salt, "a.sls"),
            (Rule::Renovate, "config.js"),
            (Rule::Atlantis, "values.yaml"),
            (Rule::Backstage, "app-config.yaml"),
            (Rule::Sourcegraph, "extsvc.json"),
            (Rule::Sonarqube, "sonar-project.properties"),
            (Rule::Snyk, ".env"),
            (Rule::AllRepos, "all-repos.json"),
            (Rule::Ghorg, "conf.yaml"),
            (Rule::Dependabot, ".github/dependabot.yml"),
            (Rule::Mcp, ".mcp.json"),
            (Rule::SemanticRelease, "release.sh"),
            (Rule::Danger, "danger.sh"),
            (Rule::Sourcebot, "config.json"),
            (Rule::Devlake, "devlake.json"),
            (Rule::PrivatePackagist, "credential.json"),
            (Rule::Composer, "a.sh"),
            (Rule::Bundler, "a.sh"),
            (Rule::Pip, "requirements.txt"),
            (Rule::Uv, "uv.toml"),
            (Rule::Poetry, "a.sh"),
            (Rule::Pipenv, "Pipfile"),
            (Rule::Npm, "package.json"),
            (Rule::Yarn, "yarn.lock"),
            (Rule::Pnpm, "pnpm-lock.yaml"),
            (Rule::GoModules, "Dockerfile"),
            (Rule::Cargo, "Cargo.toml"),
            (Rule::Maven, "a.sh"),
            (Rule::Gradle, "build.gradle"),
            (Rule::Cocoapods, "Podfile"),
            (Rule::Carthage, "Cartfile"),
            (Rule::Swiftpm, "Package.swift"),
        ] {
            let sees = |text| {
                testing::run(detect, path, text)
                    .candidates
                    .iter()
                    .any(|c| c.label.unwrap_or(c.rule) == rule && c.severity > Severity::Note)
            };
            assert!(sees(rule.info().before), "{rule:?}");
            assert!(!sees(rule.info().after), "{rule:?}");
        }
    }

    /// Paths of the kinds that have detectors of their own, and of some that do not.
    const PATHS: &[&str] = &[
        ".git/config",
        ".gitmodules",
        ".git-credentials",
        ".netrc",
        "a.sh",
        "a.py",
        "a.md",
        "x",
        "a.ps1",
        "a.yml",
        "a.json",
        "Jenkinsfile",
        "Dockerfile",
        "a.xml",
        "a.bat",
        "a.http",
    ];

    #[test]
    fn the_paths_of_the_tests_have_their_kinds() {
        let kinds: Vec<_> = PATHS.iter().map(|path| FileKind::of(path, b"")).collect();
        assert_eq!(
            kinds[..5],
            [
                FileKind::GitConfig,
                FileKind::Gitmodules,
                FileKind::GitCredentials,
                FileKind::Netrc,
                FileKind::Shell
            ]
        );
    }

    proptest! {
        /// Whatever stands around it, an app password in a URL is seen where it stands.
        #[test]
        fn a_planted_secret_is_seen(
            before in proptest::collection::vec(any::<u8>(), 0..60),
            delimiters in proptest::sample::select(vec![
                (" ", " "), ("\"", "\""), ("'", "'"), ("<", ">"), ("(", ")"), ("[", "]"), ("=", "\n"), ("`", "`"),
            ]),
            after in proptest::collection::vec(any::<u8>(), 0..60),
            path in proptest::sample::select(vec!["a.sh", "a.py", "a.md", "a.yml", "a.json", "x"]),
        ) {
            let url = format!("https://joe:{}@bitbucket.org/team/repo.git", testing::APP);
            let (open, close) = delimiters;
            let bytes = [&*before, b"\n", open.as_bytes(), url.as_bytes(), close.as_bytes(), b"\n", &*after];
            let bytes = bytes.concat();
            let doc = Document::new(path, &bytes);
            // What looks like a byte-order mark makes another text of it.
            prop_assume!(matches!(doc.encoding, crate::document::Encoding::Bytes));
            let mut sink = Sink::default();
            detect(&doc, &mut sink);
            let start = before.len() + 1 + open.len();
            let seen = sink.candidates.iter().find(|c| c.rule == Rule::UrlUserinfo);
            prop_assert_eq!(seen.map(|c| c.range.clone()), Some(start..start + url.len()));
            let secret = seen.and_then(|c| c.secret.as_ref()).map(|s| s.expose().to_vec());
            prop_assert_eq!(secret, Some(testing::APP.as_bytes().to_vec()));
        }

        /// No bytes make a detector panic, and every range lies in the text.
        #[test]
        fn any_bytes(
            pieces in proptest::collection::vec(
                prop_oneof![
                    proptest::collection::vec(any::<u8>(), 0..8),
                    proptest::sample::select(vec![
                        "https://", ":", "@bitbucket.org", "@api.bitbucket.org/2.0/user", "$", "${", "}",
                        "machine bitbucket.org", " login ", " password ", "[http \"https://bitbucket.org\"]",
                        "[remote \"o\"]", "\n\turl = ", "extraheader = authorization: basic ", "\\", "\"",
                        "am9lOmh1bnRlcjI=", "ATBBexampleNotARealSecret0010A1B2C3D", "# ", "\n", "%4", "%40",
                        "BITBUCKET_APP_PASSWORD", "=",
                        "curl -u ", "$(echo -n a:b | base64)", "wget --user=", " --password=", "http -a ",
                        " https://api.bitbucket.org/2.0/user", "-H 'Authorization: Basic ", "'", "`", ")",
                        "git -c http.extraheader=", "printf 'host=bitbucket.org\\nusername=%s",
                        "git credential approve", "password=", "Invoke-RestMethod ", "-Headers @{",
                        "$x = ", "$x", "GetBytes(", "-f ", "PSCredential(", "-Credential ",
                        "ConvertTo-SecureString ", "[\"curl\", \"-u\", ", "- \"curl ", ": >\n  ",
                    ])
                    .prop_map(|text| text.as_bytes().to_vec()),
                ],
                0..16,
            ),
            path in proptest::sample::select(PATHS),
        ) {
            let bytes = pieces.concat();
            let doc = Document::new(path, &bytes);
            let mut sink = Sink::default();
            detect(&doc, &mut sink);
            let inside = |range: &Range<usize>| range.start <= range.end && range.end <= doc.text.len();
            for candidate in &sink.candidates {
                prop_assert!(inside(&candidate.range), "{candidate:?}");
                prop_assert!(candidate.parts.iter().all(|(_, range)| inside(range)), "{candidate:?}");
            }
            prop_assert!(sink.secrets.iter().all(inside));
        }
    }
}
