//! What is to be done about what stands in the git history: never an edit.

use bbsweep_scanner_core::{Finding, HistorySource, State};

use crate::edit::Fix;
use crate::names;

/// Told once for the whole report: it is the same for every dead secret.
const POLICY: &str = "leave the history as it is: each clone, fork and cache keeps the old commits, and \
                      what is revoked opens nothing. If a policy asks for it all the same: list the \
                      secrets in a file, run `git filter-repo --replace-text FILE` in a fresh mirror \
                      clone, force-push all refs, and have every clone made anew";

/// The fix of a finding that was read from the history.
pub(super) fn settled(finding: &Finding) -> Fix {
    let tips = finding.history.as_ref().map_or(&[][..], |history| &history.tips);
    let has_secret = finding.secret.is_some();
    let revoke = || has_secret.then(|| names::REVOKE.to_owned());
    let Some(tip) = tips.first() else {
        let reason = match finding.history.as_ref().map(|history| history.source) {
            Some(HistorySource::CommitMessage | HistorySource::TagMessage) => {
                "it stands in a message of the git history, where nothing uses it"
            }
            _ => "it stands only in the git history, where nothing uses it",
        };
        return Fix::manual(reason, revoke().into_iter().chain([POLICY.to_owned()]).collect());
    };
    // Dead where it stands, in a comment: not worth a checkout.
    if finding.state == State::DeadSecret {
        let reason = format!("nothing uses it where it stands, at the tip of {tip}");
        return Fix::manual(reason, revoke().into_iter().collect());
    }
    let reason = format!("it is still at the tip of {tip}, and not in the files that were scanned");
    let check_out = format!(
        "rewrite it where {tip} is checked out: `git worktree add --detach FOLDER {tip}`, then \
         `bbsweep apply FOLDER --branch NAME`"
    );
    Fix::manual(reason, [check_out].into_iter().chain(revoke()).collect())
}
