//! Oracle Cloud: `DevOps` connections and Resource Manager's sources.

use super::terraform;
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const CONNECTION: Slot = Slot {
    rule: Rule::OciDevops,
    files: terraform::FILES,
    formats: &[Format::Hcl, Format::Json],
    usage: Use::Git,
    form: UsernameForm::Unsupported,
    names_secret: true,
    ..Slot::BASE
};

/// No page of Oracle's says that an API token works there.
pub(crate) const OCI_DEVOPS: Consumer = Consumer {
    rule: Rule::OciDevops,
    name: "Oracle Cloud DevOps and Resource Manager",
    form: UsernameForm::Unsupported,
    evidence: Evidence::Unknown,
    usage: Use::Git,
    scopes: Scope::GIT_FETCH,
    instead: Some(
        "ask Oracle which connection takes an API token of Bitbucket Cloud; a mirror by SSH or a \
         pipeline that pushes to OCI's own repository needs none",
    ),
    slots: &[
        Slot {
            path: "resource/oci_devops_connection/*",
            when: &[Condition::Is("connection_type", &["BITBUCKET_CLOUD_APP_PASSWORD"])],
            shape: Shape::Fields { username: &["username"], secret: &["app_password"] },
            ..CONNECTION
        },
        Slot {
            path: "resource/oci_resourcemanager_configuration_source_provider/*",
            when: &[Condition::Is(
                "config_source_provider_type",
                &["BITBUCKET_CLOUD_USERNAME_APPPASSWORD"],
            )],
            shape: Shape::Fields { username: &["username"], secret: &["secret_id"] },
            ..CONNECTION
        },
        // What the command line of OCI takes as --from-json.
        Slot {
            files: &["*.json"],
            path: "",
            when: &[Condition::Is("connectionType", &["BITBUCKET_CLOUD_APP_PASSWORD"])],
            shape: Shape::Fields { username: &["username"], secret: &["appPassword"] },
            ..CONNECTION
        },
        Slot {
            files: &["*.json"],
            path: "",
            when: &[Condition::Is(
                "configSourceProviderType",
                &["BITBUCKET_CLOUD_USERNAME_APPPASSWORD"],
            )],
            shape: Shape::Fields { username: &["username"], secret: &["secretId"] },
            ..CONNECTION
        },
    ],
    page: RuleInfo {
        id: "oci-devops",
        summary: "A connection of Oracle Cloud that holds a Bitbucket app password",
        why: "Connections of the type BITBUCKET_CLOUD_APP_PASSWORD and configuration sources of the type \
              BITBUCKET_CLOUD_USERNAME_APPPASSWORD name a user and the vault's secret with an app \
              password, which git answers with HTTP 410 since 2026-07-28: no mirror and no build runs.",
        rewrite: "Told, not edited: no page of Oracle's says which username goes with an API token there.",
        before: r#"{"connectionType": "BITBUCKET_CLOUD_APP_PASSWORD", "username": "ci-bot", "appPassword": "ocid1.vaultsecret.oc1..example"}"#,
        after: r#"{"connectionType": "GITHUB_ACCESS_TOKEN", "accessToken": "ocid1.vaultsecret.oc1..example"}"#,
        limits: "The secret itself lies in a vault and is not seen.",
        sources: &[
            "https://docs.oracle.com/en-us/iaas/tools/dotnet/latest/api/Oci.DevopsService.Models.BitbucketCloudAppPasswordConnection.html",
            "https://docs.oracle.com/en-us/iaas/tools/dotnet/96.1.0/api/Oci.ResourcemanagerService.Models.CreateBitbucketCloudUsernameAppPasswordConfigurationSourceProviderDetails.html",
            "https://docs.public.oneportal.content.oci.oraclecloud.com/en-us/iaas/Content/devops/using/create_connection.htm",
        ],
    },
    ..Consumer::BASE
};
