//! Puppet.

use super::API_TOKENS;
use crate::bitbucket::Scope;
use crate::consumer::{Consumer, Evidence, UsernameForm};
use crate::finding::Use;
use crate::rule::{Rule, RuleInfo};

/// r10k and vcsrepo run git with the URLs that they are told.
pub(crate) const PUPPET: Consumer = Consumer {
    rule: Rule::Puppet,
    name: "Puppet",
    form: UsernameForm::Static,
    evidence: Evidence::Confirmed,
    usage: Use::Git,
    scopes: Scope::GIT_FETCH,
    files: &[
        "Puppetfile",
        "r10k.yaml",
        "r10k.yml",
        "*.pp",
        "*.eyaml",
        "hieradata/**",
        "hiera/**/*.yaml",
        "manifests/*.pp",
    ],
    page: RuleInfo {
        id: "puppet",
        summary: "An app password in a Puppetfile, r10k.yaml, a manifest or Hiera data",
        why: "r10k clones the modules of a Puppetfile and the control repository of r10k.yaml with the \
              URLs that stand there, vcsrepo what a manifest or Hiera tells it. With an app password in \
              the URL git answers HTTP 410 since 2026-07-28; with an API token it takes \
              x-bitbucket-api-token-auth as the username.",
        rewrite: "A literal password goes from the URL and the static username stays: review; git asks \
                  the credential helper of the user that runs r10k, as root. A URL that reads a variable \
                  gets the static username: the variable has to hold the token.",
        before: "mod 'profiles', git: 'https://ci-bot:ATBBexampleexampleexampleexample1F2C@bitbucket.org/team/profiles.git'",
        after: "mod 'profiles', git: 'https://x-bitbucket-api-token-auth@bitbucket.org/team/profiles.git'",
        limits: "With the provider rugged r10k asks no credential helper, and its oauth_token does not \
                 fit an API token: use shellgit or an SSH key. Encrypted values of eyaml are not seen.",
        sources: &[
            "https://github.com/puppetlabs/r10k/blob/main/doc/git/providers.mkd",
            "https://github.com/puppetlabs/r10k/blob/main/doc/puppetfile.mkd",
            "https://forge.puppet.com/modules/puppetlabs/vcsrepo/readme",
            API_TOKENS,
        ],
    },
    ..Consumer::BASE
};
