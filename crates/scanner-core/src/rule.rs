//! The table of rules: one row for each location kind.

use serde::{Deserialize, Serialize};

use crate::consumer::code::{languages, shell};
use crate::consumer::{Consumer, ci, infrastructure, packages, tools};
use crate::detect::{
    app_password_literal, env_variable, git_config_header, git_config_url, git_config_username,
    git_credentials, gitmodules_url, netrc, url_userinfo,
};

/// Writes the enum, and its matches so that a rule without a page does not compile.
macro_rules! rules {
    (
        base { $($(#[doc = $doc:literal])* $base:ident = $id:literal => $info:expr;)* }
        consumers { $($(#[doc = $cdoc:literal])* $consumer:ident = $cid:literal => $row:expr;)* }
    ) => {
        /// A location kind: a detector, a rewriter, a row here.
        ///
        /// The order is the priority: where two rules see one secret, the earlier keeps it.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum Rule {
            $($(#[doc = $cdoc])* #[serde(rename = $cid)] $consumer,)*
            $($(#[doc = $doc])* #[serde(rename = $id)] $base,)*
        }

        impl Rule {
            /// All rules, in order of priority.
            pub const ALL: &'static [Self] = &[$(Self::$consumer,)* $(Self::$base,)*];

            /// The kebab-case id.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$consumer => $cid,)*
                    $(Self::$base => $id,)*
                }
            }

            /// What `rules` and `explain` print of it.
            pub const fn info(self) -> &'static RuleInfo {
                match self {
                    $(Self::$consumer => &$row.page,)*
                    $(Self::$base => &$info,)*
                }
            }

            /// The row of the consumer table; `None` for the rules that go by the place alone.
            pub const fn consumer(self) -> Option<&'static Consumer> {
                match self {
                    $(Self::$consumer => Some(&$row),)*
                    $(Self::$base => None,)*
                }
            }

            /// The rule with this id.
            pub fn from_id(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|rule| rule.id() == id)
            }
        }
    };
}

rules! {
    base {
        /// A line of git's credential store.
        GitCredentials = "git-credentials" => git_credentials::INFO;
        /// A `machine` entry of `.netrc`.
        Netrc = "netrc" => netrc::INFO;
        /// An `http.*.extraHeader` with Basic credentials.
        GitConfigHeader = "git-config-header" => git_config_header::INFO;
        /// A credential URL as key or value in a git config.
        GitConfigUrl = "git-config-url" => git_config_url::INFO;
        /// `credential.*.username`.
        GitConfigUsername = "git-config-username" => git_config_username::INFO;
        /// A credential URL in `.gitmodules`.
        GitmodulesUrl = "gitmodules-url" => gitmodules_url::INFO;
        /// A credential URL anywhere else.
        UrlUserinfo = "url-userinfo" => url_userinfo::INFO;
        /// A variable that carries an app password.
        EnvVariable = "env-variable" => env_variable::INFO;
        /// An app password by its format alone.
        AppPasswordLiteral = "app-password-literal" => app_password_literal::INFO;
    }
    consumers {
        // Command lines and libraries.
        /// A curl call.
        Curl = "curl" => shell::CURL;
        /// A wget call.
        Wget = "wget" => shell::WGET;
        /// A call of `HTTPie`.
        Httpie = "httpie" => shell::HTTPIE;
        /// A web request of `PowerShell`.
        PowershellWeb = "powershell-web" => shell::POWERSHELL_WEB;
        /// git on a command line with a header, a username or a credential for Bitbucket.
        GitCommand = "git-command" => shell::GIT_COMMAND;
        /// A call in Python.
        Python = "python" => languages::PYTHON;
        /// A call in JavaScript or TypeScript.
        Javascript = "javascript" => languages::JAVASCRIPT;
        /// A call in Go.
        Go = "go" => languages::GO;
        /// A call in Java, Kotlin, Groovy or Scala.
        Java = "java" => languages::JAVA;
        /// A call in Ruby.
        Ruby = "ruby" => languages::RUBY;
        /// A call in PHP.
        Php = "php" => languages::PHP;
        /// A call in C#.
        Csharp = "csharp" => languages::CSHARP;

        // CI systems.
        /// A git URL in `bitbucket-pipelines.yml`.
        BitbucketPipelines = "bitbucket-pipelines" => ci::bitbucket::BITBUCKET_PIPELINES;
        /// A pipe of Atlassian with the old pair of variables.
        BitbucketPipe = "bitbucket-pipe" => ci::pipes::BITBUCKET_PIPE;
        /// GitHub Actions: URLs in workflows, inputs of actions.
        GithubActions = "github-actions" => ci::github::GITHUB_ACTIONS;
        /// GitLab CI, and GitLab's importer.
        GitlabCi = "gitlab-ci" => ci::gitlab::GITLAB_CI;
        /// `CircleCI`.
        Circleci = "circleci" => ci::hosted::CIRCLECI;
        /// Azure Pipelines and its service connections.
        AzurePipelines = "azure-pipelines" => ci::azure::AZURE_PIPELINES;
        /// Jenkins: Jenkinsfiles, jobs, credentials, configuration as code.
        Jenkins = "jenkins" => ci::jenkins::JENKINS;
        /// TeamCity: VCS roots.
        Teamcity = "teamcity" => ci::teamcity::TEAMCITY;
        /// Drone: URLs and plugins' settings.
        Drone = "drone" => ci::drone::DRONE;
        /// Woodpecker: URLs and plugins' settings.
        Woodpecker = "woodpecker" => ci::drone::WOODPECKER;
        /// Travis CI.
        Travis = "travis" => ci::hosted::TRAVIS;
        /// Buildkite.
        Buildkite = "buildkite" => ci::hosted::BUILDKITE;
        /// AWS `CodeBuild`: buildspecs and source credentials.
        Codebuild = "codebuild" => ci::codebuild::CODEBUILD;

        // Package managers.
        /// Composer: `auth.json`, `COMPOSER_AUTH`, `composer config`.
        Composer = "composer" => packages::php::COMPOSER;
        /// Bundler: its config, `BUNDLE_BITBUCKET__ORG`, Gemfiles.
        Bundler = "bundler" => packages::ruby::BUNDLER;
        /// pip: requirements and constraints.
        Pip = "pip" => packages::python::PIP;
        /// uv: `pyproject.toml`, `uv.lock`.
        Uv = "uv" => packages::python::UV;
        /// Poetry: `pyproject.toml`, `poetry.lock`, `poetry config`.
        Poetry = "poetry" => packages::python::POETRY;
        /// Pipenv: `Pipfile`, `Pipfile.lock`.
        Pipenv = "pipenv" => packages::python::PIPENV;
        /// npm: `package.json`, its lock file, `.npmrc`.
        Npm = "npm" => packages::node::NPM;
        /// Yarn: `yarn.lock`.
        Yarn = "yarn" => packages::node::YARN;
        /// pnpm: `pnpm-lock.yaml`.
        Pnpm = "pnpm" => packages::node::PNPM;
        /// Go: what scripts set up for `GOPRIVATE`.
        GoModules = "go-modules" => packages::go::GO_MODULES;
        /// Cargo: `Cargo.toml`, `Cargo.lock`.
        Cargo = "cargo" => packages::rust::CARGO;
        /// Maven: `settings.xml`, `pom.xml`, `-Dpassword`.
        Maven = "maven" => packages::jvm::MAVEN;
        /// Gradle: `credentials` of repositories.
        Gradle = "gradle" => packages::jvm::GRADLE;
        /// `CocoaPods`: Podfiles and podspecs.
        Cocoapods = "cocoapods" => packages::apple::COCOAPODS;
        /// Carthage: Cartfiles.
        Carthage = "carthage" => packages::apple::CARTHAGE;
        /// Swift Package Manager: `Package.swift`, `Package.resolved`.
        Swiftpm = "swiftpm" => packages::apple::SWIFTPM;

        // Deployment and infrastructure.
        /// Argo CD: repository Secrets, generators, Helm values.
        ArgoCd = "argo-cd" => infrastructure::argo_cd::ARGO_CD;
        /// Flux: Secrets of sources and of commit statuses.
        Flux = "flux" => infrastructure::flux::FLUX;
        /// Pipelines as Code: the user of a Repository.
        PipelinesAsCode = "pipelines-as-code" => infrastructure::kubernetes::PIPELINES_AS_CODE;
        /// Other Secrets of Kubernetes.
        KubernetesSecret = "kubernetes-secret" => infrastructure::kubernetes::KUBERNETES_SECRET;
        /// Helm: chart repositories, values.
        Helm = "helm" => infrastructure::helm::HELM;
        /// Ansible: repository URLs, tasks.
        Ansible = "ansible" => infrastructure::ansible::ANSIBLE;
        /// `azuredevops_serviceendpoint_bitbucket` of Terraform.
        TerraformAzuredevops = "terraform-azuredevops" => infrastructure::terraform::TERRAFORM_AZUREDEVOPS;
        /// Source credentials of AWS `CodeBuild`.
        CodebuildCredentials = "codebuild-credentials" => infrastructure::aws::CODEBUILD_CREDENTIALS;
        /// Oracle Cloud: `DevOps` connections, Resource Manager.
        OciDevops = "oci-devops" => infrastructure::oracle::OCI_DEVOPS;
        /// Terraform: providers, module sources.
        Terraform = "terraform" => infrastructure::terraform::TERRAFORM;
        /// Packer: provisioners.
        Packer = "packer" => infrastructure::hashicorp::PACKER;
        /// Vagrant: provisioners.
        Vagrant = "vagrant" => infrastructure::hashicorp::VAGRANT;
        /// Pulumi: stacks' configuration.
        Pulumi = "pulumi" => infrastructure::pulumi::PULUMI;
        /// Puppet: Puppetfile, r10k, Hiera.
        Puppet = "puppet" => infrastructure::puppet::PUPPET;
        /// Salt: gitfs, pillar, git states.
        Salt = "salt" => infrastructure::salt::SALT;

        // Tools and services.
        /// Renovate: config.js, JSON, host rules, variables.
        Renovate = "renovate" => tools::renovate::RENOVATE;
        /// Atlantis: variables, config file, Helm values.
        Atlantis = "atlantis" => tools::atlantis::ATLANTIS;
        /// Backstage: `app-config.yaml`.
        Backstage = "backstage" => tools::backstage::BACKSTAGE;
        /// Sourcegraph: code host connections.
        Sourcegraph = "sourcegraph" => tools::sourcegraph::SOURCEGRAPH;
        /// SonarQube: `sonar-project.properties`.
        Sonarqube = "sonarqube" => tools::sonarqube::SONARQUBE;
        /// Snyk: snyk-api-import.
        Snyk = "snyk" => tools::snyk::SNYK;
        /// all-repos: `all-repos.json`.
        AllRepos = "all-repos" => tools::all_repos::ALL_REPOS;
        /// ghorg: `conf.yaml`, variables.
        Ghorg = "ghorg" => tools::ghorg::GHORG;
        /// Dependabot: git registries.
        Dependabot = "dependabot" => tools::dependabot::DEPENDABOT;
        /// MCP servers in the configurations of their clients.
        Mcp = "mcp" => tools::mcp::MCP;
        /// semantic-release: `BB_TOKEN_BASIC_AUTH`.
        SemanticRelease = "semantic-release" => tools::semantic_release::SEMANTIC_RELEASE;
        /// Danger: its variables.
        Danger = "danger" => tools::danger::DANGER;
        /// Sourcebot: connections.
        Sourcebot = "sourcebot" => tools::sourcebot::SOURCEBOT;
        /// Apache `DevLake`: connections.
        Devlake = "devlake" => tools::devlake::DEVLAKE;
        /// Private Packagist: credentials.
        PrivatePackagist = "private-packagist" => tools::private_packagist::PRIVATE_PACKAGIST;

        // Tools and services: editors, clients, backups, reviews.
        /// Command line clients of Bitbucket Cloud and their files.
        BitbucketCli = "bitbucket-cli" => tools::cli::BITBUCKET_CLI;
        /// bucketcloner's options.
        Bucketcloner = "bucketcloner" => tools::backup::BUCKETCLONER;
        /// electron-builder's publish settings.
        ElectronBuilder = "electron-builder" => tools::electron::ELECTRON_BUILDER;
        /// Electron Forge's Bitbucket publisher.
        ElectronForge = "electron-forge" => tools::electron::ELECTRON_FORGE;
        /// gh-bbc-exporter's options.
        GhBbcExporter = "gh-bbc-exporter" => tools::backup::GH_BBC_EXPORTER;
        /// The plain-text store of Git Credential Manager.
        GitCredentialManager = "git-credential-manager" => tools::desktop::GIT_CREDENTIAL_MANAGER;
        /// Git Town's keys in git's configuration.
        GitTown = "git-town" => tools::git_town::GIT_TOWN;
        /// gitbackup with its variables.
        Gitbackup = "gitbackup" => tools::backup::GITBACKUP;
        /// Connectors of Harness.
        Harness = "harness" => tools::services::HARNESS;
        /// Requests in `.http` files and their environments.
        HttpClient = "http-client" => tools::editors::HTTP_CLIENT;
        /// Insomnia's exports.
        Insomnia = "insomnia" => tools::api_clients::INSOMNIA;
        /// Kosli's options and variables.
        Kosli = "kosli" => tools::review::KOSLI;
        /// Postman's collections and environments.
        Postman = "postman" => tools::api_clients::POSTMAN;
        /// SCM Backup's `settings.yml`.
        ScmBackup = "scm-backup" => tools::backup::SCM_BACKUP;
        /// Sourcetree's accounts.
        Sourcetree = "sourcetree" => tools::desktop::SOURCETREE;
        /// Steampipe's connections.
        Steampipe = "steampipe" => tools::services::STEAMPIPE;
        /// Violation Comments' options.
        ViolationComments = "violation-comments" => tools::review::VIOLATION_COMMENTS;
        /// Settings of Visual Studio Code.
        Vscode = "vscode" => tools::editors::VSCODE;
        /// Weblate's variables.
        Weblate = "weblate" => tools::services::WEBLATE;
    }
}

/// What kind of place a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// Git's own files, URLs, variables: they go by the place alone.
    Base,
    /// Command lines and programs.
    Calls,
    /// CI systems.
    Ci,
    /// Package managers.
    Packages,
    /// Deployment and infrastructure.
    Infrastructure,
    /// Tools and services.
    Tools,
}

impl Section {
    /// All of them, as they are shown.
    pub const ALL: &'static [Self] =
        &[Self::Base, Self::Calls, Self::Ci, Self::Packages, Self::Infrastructure, Self::Tools];

    /// The heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Base => "Git, URLs and variables",
            Self::Calls => "Command lines and programs",
            Self::Ci => "CI systems",
            Self::Packages => "Package managers",
            Self::Infrastructure => "Deployment and infrastructure",
            Self::Tools => "Tools and services",
        }
    }

    /// Its rules, in order of priority.
    pub fn rules(self) -> impl Iterator<Item = Rule> {
        Rule::ALL.iter().copied().filter(move |rule| rule.section() == self)
    }
}

impl Rule {
    /// Where it stands in lists. Each section begins with a certain row of the table above.
    pub fn section(self) -> Section {
        match self {
            rule if rule >= Self::GitCredentials => Section::Base,
            rule if rule >= Self::Renovate => Section::Tools,
            rule if rule >= Self::ArgoCd => Section::Infrastructure,
            rule if rule >= Self::Composer => Section::Packages,
            rule if rule >= Self::BitbucketPipelines => Section::Ci,
            _ => Section::Calls,
        }
    }
}

/// What `rules` and `explain` print of a rule.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct RuleInfo {
    /// Kebab-case, stable once released.
    pub id: &'static str,
    /// One line.
    pub summary: &'static str,
    /// Why it matters and what goes wrong, a paragraph.
    pub why: &'static str,
    /// What the rewriter does with it, and with which applicability.
    pub rewrite: &'static str,
    /// A use, with a clearly fake secret.
    pub before: &'static str,
    /// The same after the rewrite.
    pub after: &'static str,
    /// What the rule does not see or cannot decide.
    pub limits: &'static str,
    /// Where the facts come from.
    pub sources: &'static [&'static str],
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_is_in_its_section() {
        let shown = || Section::ALL.iter().flat_map(|section| section.rules());
        assert_eq!(shown().count(), Rule::ALL.len());
        for (section, first, last) in [
            (Section::Base, Rule::GitCredentials, Rule::AppPasswordLiteral),
            (Section::Calls, Rule::Curl, Rule::Csharp),
            (Section::Ci, Rule::BitbucketPipelines, Rule::Codebuild),
            (Section::Packages, Rule::Composer, Rule::Swiftpm),
            (Section::Infrastructure, Rule::ArgoCd, Rule::Salt),
            (Section::Tools, Rule::Renovate, Rule::Weblate),
        ] {
            let rules: Vec<_> = section.rules().collect();
            assert!(rules.contains(&first) && rules.contains(&last), "{section:?}");
            assert_eq!(section == Section::Base, first.consumer().is_none());
        }
    }

    #[test]
    fn every_rule_has_its_page() {
        let ids: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        assert_eq!(ids.len(), Rule::ALL.len());
        assert!(Rule::ALL.is_sorted(), "the order is the priority");
        for rule in Rule::ALL {
            let info = rule.info();
            assert_eq!(info.id, rule.id());
            assert_eq!(Rule::from_id(info.id), Some(*rule));
            assert_eq!(serde_json::to_value(rule).unwrap(), info.id);
            assert!(info.summary.len() <= 100 && !info.summary.ends_with('.'), "{}", info.id);
            for text in [info.why, info.rewrite, info.limits] {
                assert!(text.ends_with('.') && !text.contains("  "), "{}: {text}", info.id);
            }
            assert!(!info.before.is_empty() && !info.sources.is_empty(), "{}", info.id);
            assert!(info.sources.iter().all(|url| url.starts_with("https://")), "{}", info.id);
        }
    }
}
