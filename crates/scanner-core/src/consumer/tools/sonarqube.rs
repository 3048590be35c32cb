//! SonarQube.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{Consumer, Evidence, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// The scanner's file names the repository; the integration itself has an OAuth consumer.
pub(crate) const SONARQUBE: Consumer = Consumer {
    rule: Rule::Sonarqube,
    name: "SonarQube",
    form: UsernameForm::Static,
    evidence: Evidence::Inferred,
    usage: Use::Git,
    scopes: Scope::GIT_FETCH,
    steps: &[
        "In SonarQube each user who imports repositories gives it an API token in place of the app \
              password, with the Atlassian account email as username",
    ],
    files: &["sonar-project.properties", "*sonar*.properties"],
    page: RuleInfo {
        id: "sonarqube",
        summary: "An app password in a URL of sonar-project.properties",
        why: "sonar-project.properties names the project's repository in sonar.links.scm and the like, \
              and some of those URLs carry an app password, which the scanner then sends to the \
              SonarQube server for everybody to see. It fails since 2026-07-28. SonarQube itself talks \
              to Bitbucket Cloud with an OAuth consumer, which goes on working.",
        rewrite: "The URL loses the password and keeps the static username: review.",
        before: "sonar.projectKey=app\nsonar.links.scm=https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/acme/app",
        after: "sonar.projectKey=app\nsonar.links.scm=https://x-bitbucket-api-token-auth@bitbucket.org/acme/app",
        limits: "clientId and clientSecret of SonarQube's settings for Bitbucket Cloud belong to its \
                 OAuth consumer and are no findings, nor are its own tokens. What users gave to the \
                 server to import repositories stands in its database and is not seen.",
        sources: &[
            "https://docs.sonarsource.com/sonarqube-server/instance-administration/devops-platforms/bitbucket-cloud.md",
            "https://docs.sonarsource.com/sonarqube-server/9.8/devops-platform-integration/bitbucket-integration/bitbucket-cloud-integration.md",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
