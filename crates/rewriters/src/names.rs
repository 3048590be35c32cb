//! Names and phrases that more than one rewriter writes.

use bbsweep_scanner_core::bitbucket::{GIT_API_TOKEN_USERNAME, Scope};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands for the value of the variable `name` until the user puts it there. The detectors
/// know it as a placeholder.
pub(crate) fn placeholder(name: &str) -> String {
    format!("REPLACE_WITH_{}", name.to_ascii_uppercase())
}

/// Unreserved characters of RFC 3986. `=` is legal in user info, but tools that parse the URL again
/// trip over it.
const USERINFO: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `text` as it stands in the user info of a URL.
pub(crate) fn in_userinfo(text: &str) -> String {
    utf8_percent_encode(text, USERINFO).to_string()
}

/// "create a token" with the scopes that the use needs.
pub(crate) fn create_token(scopes: &[Scope]) -> String {
    let scopes = match scopes {
        [] => "the scopes that its use needs".to_owned(),
        scopes => scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(" "),
    };
    format!(
        "{CREATE_TOKEN}{scopes}) at https://id.atlassian.com/manage-profile/security/api-tokens"
    )
}

const CREATE_TOKEN: &str = "create an API token with scopes for Bitbucket (";

/// Whether a step is the same at every place of a credential, but for the scopes of the place.
pub(crate) fn is_of_credential(step: &str) -> bool {
    let keeps_its_name =
        step.starts_with(PUT_INTO) && [SET, USERNAME].iter().any(|end| step.ends_with(end));
    [CREATE_TOKEN, PUT_IN_PLACE].iter().any(|start| step.starts_with(start))
        || [REVOKE, USERNAME].contains(&step)
        || keeps_its_name
}

const PUT_IN_PLACE: &str = "put the new token in the place of ";
const PUT_INTO: &str = "put the API token into ";
const SET: &str = " wherever it is set";

/// What a variable that keeps its name asks for.
pub(crate) fn put_into(variable: &str) -> String {
    format!("{PUT_INTO}{variable}{SET}")
}

/// The token alone does not do: each consumer wants its own username with it.
pub(crate) const USERNAME: &str = "the username beside it becomes x-bitbucket-api-token-auth for git, \
     the Atlassian account email for the REST API";

/// An entry that a helper still has wins over a new remote.
///
/// Source: <https://community.atlassian.com/forums/Bitbucket-questions/Having-trouble-switching-to-API-tokens/qaq-p/3213684>
pub(crate) const REJECT: &str = "make git forget the old password: \
     printf 'protocol=https\\nhost=bitbucket.org\\n\\n' | git credential reject";

/// How git gets the token where a URL no longer holds one.
pub(crate) fn credential_helper(scopes: &[Scope]) -> Vec<String> {
    vec![
        create_token(scopes),
        REJECT.to_owned(),
        format!(
            "let git ask for the right user everywhere: git config --global \
             credential.https://bitbucket.org.username {GIT_API_TOKEN_USERNAME}"
        ),
        KEEP.to_owned(),
    ]
}

/// Where git gets a token from that no file holds.
pub(crate) const KEEP: &str = "keep the token in a credential helper (git help credentials tells \
     how), then run git fetch and paste the token as the password";

/// What every literal app password asks for.
pub(crate) const REVOKE: &str = "delete the app password at \
     https://bitbucket.org/account/settings/app-passwords/ and treat it as leaked";

/// What a step says of a placeholder that was put into `path`.
pub(crate) fn fill_in(placeholder: &str, path: &str, with: &str) -> String {
    format!("put {with} in the place of {placeholder} in {path}")
}
