//! Variables that a rewrite reads: where they are to be set, and that they have to exist.

use bbsweep_scanner_core::FileKind;

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

/// Where the variable `name`, which a file of this kind reads, is to be set.
pub(crate) fn provide(kind: FileKind, name: &str) -> String {
    match kind {
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
        FileKind::Compose => {
            format!(
                "set {name} in the environment of docker compose, or in the .env file beside it"
            )
        }
        _ => format!("set {name} in the environment that this runs in"),
    }
}
