//! Jenkins: Jenkinsfiles, jobs, its credentials store and configuration as code.

use super::{API_TOKENS, RUNS_LINES};
use crate::bitbucket::Scope;
use crate::consumer::{Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

const STORE: &[&str] = &["credentials.xml", "config.xml", "*credentials*.xml"];
const STORED: &str = "**/com.cloudbees.plugins.credentials.impl.UsernamePasswordCredentialsImpl";

/// Says Bitbucket Cloud rather than a Data Center instance: the host, or the form of the secret.
const CLOUD_CREDENTIAL: Condition = Condition::Any(&[
    Condition::Contains("password", "ATBB"),
    Condition::Contains("id", "bitbucket.org"),
    Condition::Contains("id", "bitbucket-cloud"),
    Condition::Contains("id", "bitbucketcloud"),
    Condition::Contains("id", "bitbucket-app-password"),
    Condition::Contains("description", "bitbucket.org"),
    Condition::Contains("description", "bitbucket cloud"),
    Condition::Contains("description", "bitbucket app password"),
]);

const CREDENTIAL: Slot = Slot {
    rule: Rule::Jenkins,
    shape: Shape::Fields { username: &["username"], secret: &["password"] },
    ..Slot::BASE
};

const AS_CODE: Slot = Slot {
    files: &["*.yml", "*.yaml"],
    formats: &[Format::Yaml],
    path: "credentials/system/domainCredentials/[]/credentials/[]/usernamePassword",
    expands: Some("${NAME}"),
    ..CREDENTIAL
};

pub(crate) const JENKINS: Consumer = Consumer {
    rule: Rule::Jenkins,
    name: "Jenkins",
    instead: Some(
        "two credentials: the email and the token for Bitbucket Branch Source, \
         x-bitbucket-api-token-auth and the token for plain git steps",
    ),
    steps: &[
        "change the credential under Manage Jenkins > Credentials, or in the folder that has it: its \
         username is the Atlassian account email for Bitbucket Branch Source (937.0.0 or newer), and \
         x-bitbucket-api-token-auth for git steps and jobs with the Git plugin",
    ],
    slots: &[
        // The endpoints are Bitbucket Branch Source's, which scans by REST and clones by itself.
        Slot {
            when: &[
                Condition::Has("password"),
                Condition::Has("/unclassified/bitbucketEndpointConfiguration"),
                CLOUD_CREDENTIAL,
            ],
            usage: Use::Both,
            form: UsernameForm::Email,
            scopes: &[
                Scope::ReadWorkspace,
                Scope::ReadProject,
                Scope::ReadRepository,
                Scope::ReadPullrequest,
                Scope::ReadWebhook,
                Scope::WriteWebhook,
            ],
            ..AS_CODE
        },
        Slot { when: &[Condition::Has("password"), CLOUD_CREDENTIAL], ..AS_CODE },
        // Jenkins encrypts: {AQAAABAAAA…}. What it holds is not seen.
        Slot {
            files: STORE,
            formats: &[Format::Xml],
            path: STORED,
            when: &[Condition::Contains("password", "{AQA"), CLOUD_CREDENTIAL],
            names_secret: true,
            ..CREDENTIAL
        },
        Slot {
            files: STORE,
            formats: &[Format::Xml],
            path: STORED,
            when: &[Condition::Has("password"), CLOUD_CREDENTIAL],
            store: true,
            ..CREDENTIAL
        },
    ],
    files: &[
        "Jenkinsfile",
        "Jenkinsfile.*",
        "*.Jenkinsfile",
        "*-Jenkinsfile",
        "jenkins/**/*.groovy",
    ],
    marked_files: &[
        ("config.xml", "hudson.plugins.git."),
        ("config.xml", "com.cloudbees.jenkins.plugins.bitbucket."),
        ("config.xml", "<flow-definition"),
        ("*.xml", "com.cloudbees.plugins.credentials."),
        ("*.yml", "domainCredentials:"),
        ("*.yaml", "domainCredentials:"),
    ],
    evidence: Evidence::Confirmed,
    page: RuleInfo {
        id: "jenkins",
        summary: "An app password in a Jenkinsfile's or job's git URL, or in Jenkins' credentials",
        why: "Jenkins keeps a username with password and hands it to plugins by id. The Git plugin sends \
              both to git, which takes an API token under x-bitbucket-api-token-auth; Bitbucket Branch \
              Source scans by REST with the email of the Atlassian account and itself gives the static \
              username to git. One credential for both fails in one of them. With an app password git \
              answers HTTP 410 and the REST API 401 since 2026-07-28, and since July 2026 Branch Source \
              does not offer app passwords any more.",
        rewrite: "The user info of a URL in a Jenkinsfile or config.xml becomes the static username and the \
                  variable of the token, which the pipeline has to bind: safe where the variable keeps its \
                  name, review elsewhere. In configuration as code the username becomes the email where \
                  the file sets up Bitbucket endpoints, and a literal password ${BITBUCKET_API_TOKEN}: \
                  review. Where nothing says which plugin uses a credential it is told, not made: manual.",
        before: "sh 'git clone https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/lib.git'",
        after: "sh 'git clone https://x-bitbucket-api-token-auth:${BITBUCKET_API_TOKEN}@bitbucket.org/team/lib.git'",
        limits: "Passwords in credentials.xml are encrypted: only their username is seen, and whether they \
                 hold an app password is told by the credential's id or description (bitbucket.org, \
                 bitbucket-cloud, app password), not by the secret. credentialsId in a Jenkinsfile or \
                 config.xml names a credential; it is reported, as env-variable, where the name says app \
                 password.",
        sources: &[
            "https://github.com/jenkinsci/bitbucket-branch-source-plugin/blob/master/docs/USER_GUIDE.adoc",
            "https://github.com/jenkinsci/bitbucket-branch-source-plugin/pull/1081",
            "https://github.com/jenkinsci/bitbucket-branch-source-plugin/pull/1220",
            "https://github.com/jenkinsci/git-plugin/issues/3980",
            "https://github.com/jenkinsci/configuration-as-code-plugin/blob/master/docs/features/secrets.adoc",
            API_TOKENS,
        ],
    },
    ..RUNS_LINES
};
