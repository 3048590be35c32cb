//! Packer and Vagrant: what their provisioners clone.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{Consumer, Evidence, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// Packer runs the shell lines of a template in the machine that it builds.
pub(crate) const PACKER: Consumer = Consumer {
    rule: Rule::Packer,
    name: "Packer",
    form: UsernameForm::Static,
    evidence: Evidence::Confirmed,
    usage: Use::Git,
    scopes: Scope::GIT_FETCH,
    steps: &[
        "the image keeps what its provisioners write: look for the URL in .git/config of the \
              clone, and hand the token over by environment_vars from a sensitive variable",
    ],
    files: &["*.pkr.hcl", "*.pkr.json", "*.pkrvars.hcl", "*.pkrvars.json"],
    marked_files: &[("*.json", "\"provisioners\""), ("*.json", "\"builders\"")],
    page: RuleInfo {
        id: "packer",
        summary: "An app password in a Packer template",
        why: "A template's shell provisioner clones with user and password in the URL, and the image \
              keeps them in the clone's .git/config. With an app password git answers HTTP 410 since \
              2026-07-28; with an API token it takes x-bitbucket-api-token-auth as the username.",
        rewrite: "A literal password goes from the URL and the static username stays: review. A URL that \
                  reads a variable of the template gets the static username: the variable has to hold \
                  the token.",
        before: r#"inline = ["git clone https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/app.git /opt/app"]"#,
        after: r#"inline = ["git clone https://x-bitbucket-api-token-auth@bitbucket.org/team/app.git /opt/app"]"#,
        limits: "A template in JSON is told by its keys builders or provisioners. Scripts that a \
                 provisioner runs are told as scripts.",
        sources: &[
            "https://developer.hashicorp.com/packer/docs/provisioners/shell",
            "https://developer.hashicorp.com/packer/docs/templates/hcl_templates/variables",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};

/// A Vagrantfile is Ruby; its provisioners run in the guest.
pub(crate) const VAGRANT: Consumer = Consumer {
    rule: Rule::Vagrant,
    name: "Vagrant",
    form: UsernameForm::Static,
    evidence: Evidence::Confirmed,
    usage: Use::Git,
    scopes: Scope::GIT_FETCH,
    files: &["Vagrantfile", "Vagrantfile.*", "*.vagrantfile"],
    page: RuleInfo {
        id: "vagrant",
        summary: "An app password in a Vagrantfile",
        why: "A provisioner of a Vagrantfile clones in the guest with user and password in the URL. With \
              an app password git answers HTTP 410 since 2026-07-28; with an API token it takes \
              x-bitbucket-api-token-auth as the username.",
        rewrite: "A literal password goes from the URL and the static username stays: review. A URL that \
                  reads a variable gets the static username: the variable has to hold the token.",
        before: r#"config.vm.provision "shell", inline: "git clone https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/app.git""#,
        after: r#"config.vm.provision "shell", inline: "git clone https://x-bitbucket-api-token-auth@bitbucket.org/team/app.git""#,
        limits: "The guest does not see the host's environment: env: of the shell provisioner hands a \
                 variable over. Scripts that a provisioner runs are told as scripts.",
        sources: &[
            "https://developer.hashicorp.com/vagrant/docs/provisioning/shell",
            "https://developer.hashicorp.com/vagrant/docs/vagrantfile",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
