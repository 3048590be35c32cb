//! Rewrites credential URLs in `.gitmodules`.

use crate::edit::Applicability;
use crate::git_config_url;
use crate::rewrite::{Proposal, Subject};

/// As in any other git config; the URL also has to be carried over into clones.
pub(crate) fn rewrite(subject: &Subject<'_>) -> Proposal {
    let proposal = git_config_url::rewrite(subject);
    if proposal.applicability == Applicability::Manual {
        return proposal;
    }
    proposal.steps(["in every clone, after pulling the change: git submodule sync --recursive"])
}

#[cfg(test)]
mod tests {
    use bbsweep_scanner_core::{Role, Rule};

    use crate::testing::{APP_PASSWORD, Found, plain};

    #[test]
    fn the_secret_goes_and_clones_are_told() {
        let userinfo = format!("bob:{APP_PASSWORD}");
        let text = format!("[submodule \"s\"]\n\turl = https://{userinfo}@bitbucket.org/w/s.git\n");
        let done = Found::new(Rule::GitmodulesUrl, ".gitmodules", &text)
            .part(Role::Userinfo, &userinfo)
            .part(Role::Secret, APP_PASSWORD)
            .part(Role::Host, "bitbucket.org")
            .rewrite(&plain());
        assert_eq!(
            done.text,
            "[submodule \"s\"]\n\turl = https://x-bitbucket-api-token-auth@bitbucket.org/w/s.git\n"
        );
        assert!(done.proposal.steps.last().unwrap().contains("git submodule sync"));
    }
}
