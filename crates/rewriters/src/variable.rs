//! Variables that a rewrite reads: where they are to be set, and that they have to exist.

use bbsweep_scanner_core::FileKind;
use bbsweep_scanner_core::document::Document;

use crate::plan::Names;
use crate::rewrite::Need;

/// The variable that holds the API token.
pub(crate) fn token(names: &Names, replaces: Option<&str>) -> Need {
    Need {
        name: names.token.clone(),
        holds: "an Atlassian API token with scopes for Bitbucket".into(),
        replaces: replaces.map(ToOwned::to_owned),
    }
}

/// The variable that holds the email.
pub(crate) fn email(names: &Names) -> Need {
    Need {
        name: names.email.clone(),
        holds: "the email of the Atlassian account that owns the API token".into(),
        replaces: None,
    }
}

/// Where the variable `name`, which this file reads, is to be set.
///
/// Sources: <https://circleci.com/docs/set-environment-variable/>,
/// <https://docs.travis-ci.com/user/environment-variables/>, <https://docs.drone.io/secret/>,
/// <https://www.woodpecker-ci.org/docs/usage/secrets>,
/// <https://buildkite.com/docs/pipelines/security/secrets/buildkite-secrets>,
/// <https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html>,
/// <https://www.jetbrains.com/help/teamcity/configuring-build-parameters.html>.
pub(crate) fn provide(doc: &Document<'_>, name: &str) -> String {
    if is_of_teamcity(doc.path) {
        return format!(
            "add env.{name} as a parameter of the type Password: the project's or the build \
             configuration's Settings > Parameters"
        );
    }
    match doc.kind {
        FileKind::BitbucketPipelines => format!(
            "add {name} as a secured variable: Repository settings > Pipelines > Repository variables \
             (or of the workspace or the deployment)"
        ),
        FileKind::GithubActions => {
            format!("add {name} as a secret of the repository: gh secret set {name}")
        }
        FileKind::GitlabCi => {
            format!("add {name} as a masked variable: Settings > CI/CD > Variables")
        }
        FileKind::AzurePipelines => {
            format!("add {name} as a secret variable of the pipeline or of a variable group")
        }
        FileKind::CircleCi => format!(
            "add {name} to the project or to a context of its jobs: Project Settings > Environment \
             Variables, or Organization Settings > Contexts"
        ),
        FileKind::Travis => format!(
            "add {name} in the repository's settings, not shown in the log: Settings > Environment \
             Variables"
        ),
        FileKind::Drone => format!(
            "add {name} as a secret of the repository (Settings > Secrets) and hand it to the step: \
             environment: {name}: from_secret: {name}"
        ),
        FileKind::Buildkite => format!(
            "add {name} to the secrets of the cluster (Agents > the cluster > Secrets), or let the \
             environment hook of the agents export it"
        ),
        FileKind::CodeBuild => format!(
            "put the value into AWS Secrets Manager or the Parameter Store and name it in the \
             buildspec: env: secrets-manager: {name}: SECRET-ID:JSON-KEY"
        ),
        FileKind::Jenkinsfile => format!(
            "add {name} as a credential of the kind secret text (Manage Jenkins > Credentials) and \
             bind it: withCredentials([string(credentialsId: '…', variable: '{name}')])"
        ),
        FileKind::Compose => {
            format!(
                "set {name} in the environment of docker compose, or in the .env file beside it"
            )
        }
        _ => format!("set {name} in the environment that this runs in"),
    }
}

/// What TeamCity keeps in a repository is Kotlin or XML in this folder.
fn is_of_teamcity(path: &str) -> bool {
    path.starts_with(".teamcity/") || path.contains("/.teamcity/")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_system_has_its_own_sentence() {
        let paths = [
            "bitbucket-pipelines.yml",
            ".github/workflows/a.yml",
            ".gitlab-ci.yml",
            "azure-pipelines.yml",
            ".circleci/config.yml",
            ".travis.yml",
            ".drone.yml",
            ".buildkite/pipeline.yml",
            "buildspec.yml",
            "Jenkinsfile",
            ".teamcity/settings.kts",
            "docker-compose.yml",
            "a.sh",
        ];
        let sentences: BTreeSet<_> =
            paths.iter().map(|path| provide(&Document::new(path, b""), "T")).collect();
        assert_eq!(sentences.len(), paths.len());
        assert!(sentences.iter().all(|sentence| sentence.contains('T')));
        let sentence = |path| provide(&Document::new(path, b""), "T");
        assert_eq!(sentence("ci/.teamcity/a.xml"), sentence(".teamcity/settings.kts"));
        assert_eq!(sentence(".woodpecker/a.yml"), sentence(".drone.yml"));
    }
}
