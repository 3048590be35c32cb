/// What a secret's own form says it is. See the format table in the crate's tests for the sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenFormat {
    /// `ATBB` + 32 of `[A-Za-z0-9]`: an app password.
    AppPassword,
    /// 18 to 24 of `[A-Za-z0-9]`: the form of app passwords made before about 2022. It says
    /// nothing outside a Bitbucket credential slot.
    LegacyAppPassword,
    /// `ATATT3…`, 100 to 400 long: an Atlassian API token, the target form.
    ApiToken,
    /// `ATCTT3…`: a repository, project or workspace access token. Already fine.
    AccessToken,
    /// `BBDC-…`: a Data Center HTTP access token. Not ours.
    DataCenter,
    /// No known form.
    Unknown,
}

/// Tells a secret's format. The whole slice is taken as the secret.
///
/// No checksum is required: the tail of public samples equals no known one.
pub fn classify_token(secret: &[u8]) -> TokenFormat {
    let alnum = |b: &[u8]| b.iter().all(u8::is_ascii_alphanumeric);
    let tokenish = |b: &[u8]| b.iter().all(|c| c.is_ascii_alphanumeric() || b"_-=+/.".contains(c));
    if secret.len() == 36 && secret.starts_with(b"ATBB") && alnum(secret) {
        TokenFormat::AppPassword
    } else if (100..=400).contains(&secret.len())
        && secret.starts_with(b"ATATT3")
        && tokenish(secret)
    {
        TokenFormat::ApiToken
    } else if secret.len() >= 80 && secret.starts_with(b"ATCTT3") && tokenish(secret) {
        TokenFormat::AccessToken
    } else if secret.len() >= 40 && secret.starts_with(b"BBDC-") {
        TokenFormat::DataCenter
    } else if (18..=24).contains(&secret.len()) && alnum(secret) {
        TokenFormat::LegacyAppPassword
    } else {
        TokenFormat::Unknown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats() {
        let app = format!("ATBB{}", "x7Kq".repeat(8));
        assert_eq!(classify_token(app.as_bytes()), TokenFormat::AppPassword);
        assert_eq!(classify_token(&app.as_bytes()[..35]), TokenFormat::Unknown);
        let api = format!("ATATT3xFfGF0{}=1A2B3C4D", "aB3_-".repeat(34));
        assert_eq!(classify_token(api.as_bytes()), TokenFormat::ApiToken);
        let access = format!("ATCTT3xFfGN0{}=1A2B3C4D", "aB3_-".repeat(34));
        assert_eq!(classify_token(access.as_bytes()), TokenFormat::AccessToken);
        assert_eq!(classify_token(b"abcdefghij0123456789"), TokenFormat::LegacyAppPassword);
        assert_eq!(classify_token(b"hunter2"), TokenFormat::Unknown);
    }
}
