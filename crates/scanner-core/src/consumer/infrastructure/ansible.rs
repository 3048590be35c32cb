//! Ansible.

use super::{API_TOKENS, FILES_BY_REST};
use crate::bitbucket::Scope;
use crate::consumer::{
    Condition, Consumer, Evidence, Format, Shape, Slot, UsernameForm, Variable, VariableRole,
};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// A task of a module that asks the REST API.
const TASK: Slot = Slot {
    rule: Rule::Ansible,
    files: &["*.yml", "*.yaml"],
    formats: &[Format::Yaml],
    when: &[Condition::Contains("url", "api.bitbucket.org")],
    shape: Shape::Fields {
        username: &["url_username", "user"],
        secret: &["url_password", "password"],
    },
    usage: Use::Rest,
    form: UsernameForm::Email,
    expands: Some("{{ lookup('ansible.builtin.env', 'NAME') }}"),
    evidence: Some(Evidence::Inferred),
    ..Slot::BASE
};

/// A module for Bitbucket Cloud.
const MODULE: Slot = Slot {
    when: &[Condition::Has("password")],
    shape: Shape::Fields { username: &["user", "username"], secret: &["password"] },
    ..TASK
};

/// Its git module runs git, its other modules ask the REST API.
pub(crate) const ANSIBLE: Consumer = Consumer {
    rule: Rule::Ansible,
    name: "Ansible",
    form: UsernameForm::ByUse,
    evidence: Evidence::Confirmed,
    usage: Use::Git,
    scopes: Scope::GIT_FETCH,
    slots: &[
        Slot { path: "**/ansible.builtin.uri", ..TASK },
        Slot { path: "**/uri", ..TASK },
        Slot { path: "**/ansible.builtin.get_url", ..TASK },
        Slot { path: "**/get_url", ..TASK },
        Slot { path: "**/community.general.bitbucket_access_key", ..MODULE },
        Slot { path: "**/bitbucket_access_key", ..MODULE },
        Slot { path: "**/community.general.bitbucket_pipeline_key_pair", ..MODULE },
        Slot { path: "**/bitbucket_pipeline_key_pair", ..MODULE },
        Slot { path: "**/community.general.bitbucket_pipeline_known_host", ..MODULE },
        Slot { path: "**/bitbucket_pipeline_known_host", ..MODULE },
        Slot { path: "**/community.general.bitbucket_pipeline_variable", ..MODULE },
        Slot { path: "**/bitbucket_pipeline_variable", ..MODULE },
    ],
    variables: &[
        Variable {
            name: "BITBUCKET_USERNAME",
            role: VariableRole::Username(UsernameForm::Email),
            becomes: None,
            adds: None,
            shared: true,
        },
        Variable {
            name: "BITBUCKET_PASSWORD",
            role: VariableRole::Secret,
            becomes: None,
            adds: None,
            shared: true,
        },
    ],
    files: &[
        "group_vars/**",
        "host_vars/**",
        "playbooks/*.yml",
        "playbooks/*.yaml",
        "playbook*.yml",
        "playbook*.yaml",
        "roles/*/tasks/*.yml",
        "roles/*/tasks/*.yaml",
        "roles/*/defaults/*.yml",
        "roles/*/defaults/*.yaml",
        "roles/*/vars/*.yml",
        "roles/*/vars/*.yaml",
        "roles/*/meta/*.yml",
    ],
    marked_files: &[
        ("requirements.yml", "roles:"),
        ("requirements.yaml", "roles:"),
        ("requirements.yml", "collections:"),
        ("requirements.yaml", "collections:"),
        ("requirements.yml", "src:"),
        ("requirements.yaml", "src:"),
        ("*.yml", "ansible.builtin."),
        ("*.yaml", "ansible.builtin."),
    ],
    page: RuleInfo {
        id: "ansible",
        summary: "An app password in a repository URL or a task of Ansible",
        why: "The git module and ansible-galaxy hand a repository's URL to git, user and password and \
              all; uri, get_url and the bitbucket_* modules of community.general ask the REST API. With \
              an app password git answers HTTP 410 and the REST API 401 since 2026-07-28. An API token \
              takes x-bitbucket-api-token-auth for git, the Atlassian account email for the REST API.",
        rewrite: "A task that asks the REST API reads email and token from the environment, by \
                  lookup('ansible.builtin.env', …): review. A URL loses its password and keeps the \
                  static username, or reads the variable where one was read before: review.",
        before: r#"[{"ansible.builtin.uri": {"url": "https://api.bitbucket.org/2.0/user", "url_username": "ci-bot", "url_password": "ATBBexampleexampleexampleexample1F2C", "force_basic_auth": true}}]"#,
        after: r#"[{"ansible.builtin.uri": {"url": "https://api.bitbucket.org/2.0/user", "url_username": "{{ lookup('ansible.builtin.env', 'ATLASSIAN_ACCOUNT_EMAIL') }}", "url_password": "{{ lookup('ansible.builtin.env', 'BITBUCKET_API_TOKEN') }}", "force_basic_auth": true}}]"#,
        limits: "lookup reads the environment of the machine that runs Ansible. Vaulted values are not \
                 seen, nor a task that is written on one line (uri: url=… user=…). A variable's own \
                 definition is told as a variable.",
        sources: &[
            "https://docs.ansible.com/ansible/latest/collections/ansible/builtin/uri_module.html",
            "https://docs.ansible.com/ansible/latest/collections/ansible/builtin/git_module.html",
            "https://docs.ansible.com/ansible/latest/galaxy/user_guide.html",
            "https://github.com/ansible-collections/community.general/blob/main/plugins/doc_fragments/bitbucket.py",
            FILES_BY_REST,
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
