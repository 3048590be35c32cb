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
        "create an API token with scopes for Bitbucket ({scopes}) at \
         https://id.atlassian.com/manage-profile/security/api-tokens"
    )
}

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
        "keep the token in a credential helper (git help credentials tells how), then run git fetch \
         and paste the token as the password"
            .to_owned(),
    ]
}

/// What every literal app password asks for.
pub(crate) const REVOKE: &str = "delete the app password at \
     https://bitbucket.org/account/settings/app-passwords/ and treat it as leaked";

/// What a step says of a placeholder that was put into `path`.
pub(crate) fn fill_in(placeholder: &str, path: &str, with: &str) -> String {
    format!("put {with} in the place of {placeholder} in {path}")
}
