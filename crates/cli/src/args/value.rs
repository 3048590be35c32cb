//! Parsers of single values. Their errors say what is wrong, never what was given: clap shows that,
//! masked by the caller.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// A size in bytes: a number with an optional `K`, `M`, `G` or `T` (powers of 1024).
pub(crate) fn size(text: &str) -> Result<u64, String> {
    const WRONG: &str = "expected a number of bytes, with K, M, G or T for powers of 1024";
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => return Err(WRONG.into()),
    };
    let number: u64 = digits.parse().map_err(|_| WRONG)?;
    number.checked_mul(1 << shift).ok_or_else(|| "more bytes than any file can hold".into())
}

/// A day, from its first second in UTC, or a moment.
pub(crate) fn instant(text: &str) -> Result<Timestamp, &'static str> {
    let of_day = |day: Date| TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok();
    text.parse()
        .ok()
        // A moment that names no zone is none.
        .or_else(|| text.parse().ok().filter(|_| !text.contains('T')).and_then(of_day))
        .ok_or("expected a day such as 2026-01-31, or a moment such as 2026-01-31T12:00:00Z")
}

/// A day, or a time from today.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Until {
    Day(Date),
    After(Span),
}

impl Until {
    /// The day, seen from `today`.
    pub(crate) fn day(&self, today: Date) -> anyhow::Result<Date> {
        Ok(match self {
            Self::Day(day) => *day,
            Self::After(span) => today.checked_add(*span)?,
        })
    }
}

/// `2027-01-31`, `90d`, `6mo`.
pub(crate) fn until(text: &str) -> Result<Until, &'static str> {
    if let Ok(day) = text.parse() {
        return Ok(Until::Day(day));
    }
    let span: Span =
        text.parse().map_err(|_| "expected a day such as 2027-01-31, or a time such as 90d")?;
    if span.is_positive() { Ok(Until::After(span)) } else { Err("expected a time to come") }
}

/// The name of an environment variable that every shell and CI system takes.
pub(crate) fn variable(text: &str) -> Result<String, String> {
    let ok = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if ok {
        Ok(text.to_owned())
    } else {
        Err("expected letters, digits and _, not beginning with a digit".into())
    }
}

/// The fingerprint of a finding.
pub(crate) fn fingerprint(text: &str) -> Result<String, &'static str> {
    let digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if text.len() == 32 && text.bytes().all(digit) {
        Ok(text.to_owned())
    } else {
        Err("expected the 32 hex digits of a finding's id, which --format json gives")
    }
}

/// An email address, checked as far as a netrc needs: one `@` with text on both sides, nothing that
/// a line of the file could not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Email(pub(crate) String);

impl FromStr for Email {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = !text.contains(|c: char| {
            c.is_whitespace() || c.is_control() || matches!(c, ':' | '"' | '\\')
        });
        match text.split_once('@') {
            Some((local, domain))
                if plain && !local.is_empty() && !domain.is_empty() && !domain.contains('@') =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err("expected an address such as name@example.com"),
        }
    }
}

/// The name of a credential helper, as git takes it: `store`, `cache --timeout 3600`, `/path/to/one`.
pub(crate) fn helper(text: &str) -> Result<String, String> {
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err("it is the name of no credential helper".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(size("0"), Ok(0));
        assert_eq!(size("512"), Ok(512));
        assert_eq!(size("500K"), Ok(500 << 10));
        assert_eq!(size("10m"), Ok(10 << 20));
        assert_eq!(size("1GiB"), Ok(1 << 30));
        for wrong in ["", "M", "-1", "1.5M", "10X", "99999999999T", "1 M"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn instants() {
        assert_eq!(instant("1970-01-02").map(Timestamp::as_second), Ok(86_400));
        assert_eq!(instant("1970-01-01T01:00:01+01:00").map(Timestamp::as_second), Ok(1));
        for wrong in ["", "yesterday", "2026-02-30", "12:00", "2026-01-31T12:00:00"] {
            assert!(instant(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn variables() {
        assert_eq!(variable("_A1").as_deref(), Ok("_A1"));
        for wrong in ["", "1A", "A-B", "A B", "Ä", "A=B", "$A"] {
            assert!(variable(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn emails() {
        assert!("a+b@example.com".parse::<Email>().is_ok());
        for wrong in ["", "a", "@b", "a@", "a@b@c", "a b@c", "a@b\nmachine", "a:b@c", "\"a\"@b"] {
            assert!(wrong.parse::<Email>().is_err(), "{wrong}");
        }
    }
}
