/// A host of Bitbucket Cloud that takes credentials over HTTPS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// `bitbucket.org` and `www.bitbucket.org`: git over HTTPS, and the older download links.
    Git,
    /// `api.bitbucket.org`: REST.
    Api,
}

/// Tells which Bitbucket Cloud host `host` names: ASCII letters in any case, with or without one
/// final dot, no port. `None` for any other host: Data Center, look-alikes, `altssh.bitbucket.org`
/// (SSH only).
pub fn classify_host(host: &[u8]) -> Option<Host> {
    let host = host.strip_suffix(b".").unwrap_or(host);
    if host.eq_ignore_ascii_case(b"bitbucket.org")
        || host.eq_ignore_ascii_case(b"www.bitbucket.org")
    {
        Some(Host::Git)
    } else if host.eq_ignore_ascii_case(b"api.bitbucket.org") {
        Some(Host::Api)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_are_not_bitbucket() {
        for other in [
            "bitbucket.org.evil.com",
            "notbitbucket.org",
            "altssh.bitbucket.org",
            "bitbucket.example.com",
            "bitbucket.orgs",
            "git.bitbucket.org",
            "",
            "org",
        ] {
            assert_eq!(classify_host(other.as_bytes()), None, "{other}");
        }
        assert_eq!(classify_host(b"BitBucket.ORG"), Some(Host::Git));
        assert_eq!(classify_host(b"www.bitbucket.org."), Some(Host::Git));
        assert_eq!(classify_host(b"API.bitbucket.org"), Some(Host::Api));
    }
}
