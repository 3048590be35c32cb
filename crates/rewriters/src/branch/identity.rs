//! Who commits, and how a commit is made and signed.

use std::env;
use std::io::Write as _;
use std::process::{Command, Stdio};

use git2::{ErrorCode, ObjectType, Oid, Repository, Signature, Time};
use jiff::Timestamp;

use super::{BranchOptions, said};

/// As what somebody is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Author,
    Committer,
}

impl Who {
    fn var(self, what: &str) -> Option<String> {
        let role = match self {
            Self::Author => "AUTHOR",
            Self::Committer => "COMMITTER",
        };
        env::var(format!("GIT_{role}_{what}")).ok().filter(|value| !value.is_empty())
    }
}

/// Whether `text` is `Name <email>`.
///
/// # Errors
/// Says what it should be.
pub fn check_author(text: &str) -> Result<(String, String), String> {
    let parts = text.strip_suffix('>').and_then(|text| text.split_once(" <"));
    match parts {
        Some((name, email))
            if !name.trim().is_empty()
                && !email.trim().is_empty()
                && !text.contains(char::is_control)
                && !name.contains(['<', '>'])
                && !email.contains(['<', '>', ' ']) =>
        {
            Ok((name.trim().to_owned(), email.to_owned()))
        }
        _ => Err("the author has to be written as `Name <email>`".to_owned()),
    }
}

/// Who git would name: the environment, then its config.
pub(super) fn identity(repository: &Repository, who: Who) -> Result<Signature<'static>, String> {
    let (name, email) = (who.var("NAME"), who.var("EMAIL"));
    let (name, email) = match (name, email) {
        (Some(name), Some(email)) => (name, email),
        (name, email) => match repository.signature() {
            Ok(own) => (
                name.unwrap_or_else(|| String::from_utf8_lossy(own.name_bytes()).into_owned()),
                email.unwrap_or_else(|| String::from_utf8_lossy(own.email_bytes()).into_owned()),
            ),
            Err(error) if error.code() == ErrorCode::NotFound => {
                return Err(
                    "git does not know who you are: `git config --global user.name NAME` and \
                            `git config --global user.email EMAIL` tell it"
                        .to_owned(),
                );
            }
            Err(error) => return Err(said(&error)),
        },
    };
    let made = match who.var("DATE") {
        Some(date) => Signature::new(&name, &email, &parse_date(&date)?),
        None => Signature::now(&name, &email),
    };
    made.map_err(|error| said(&error))
}

/// The forms of a date that programs write: `SECONDS ZONE`, with or without an `@`, and ISO 8601.
fn parse_date(text: &str) -> Result<Time, String> {
    let mut words = text.trim().trim_start_matches('@').split_ascii_whitespace();
    let (first, zone) = (words.next().unwrap_or_default(), words.next());
    if let Ok(seconds) = first.parse::<i64>() {
        return Ok(Time::new(seconds, zone.map_or(Some(0), minutes).unwrap_or(0)));
    }
    let iso = text.trim().replacen(' ', "T", usize::from(!text.contains('T')));
    match iso.replace(' ', "").parse::<Timestamp>() {
        Ok(moment) => Ok(Time::new(moment.as_second(), 0)),
        Err(_) => Err(format!("the date {text:?} in the environment cannot be read")),
    }
}

/// `+0130` in minutes.
fn minutes(zone: &str) -> Option<i32> {
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let number: i32 = digits.parse().ok().filter(|_| digits.len() == 4)?;
    Some(sign * (number / 100 * 60 + number % 100))
}

/// Makes a commit that no ref leads to yet.
pub(super) fn create(
    repository: &Repository,
    parent: Oid,
    tree: Oid,
    message: &str,
    options: &BranchOptions,
) -> Result<Oid, String> {
    let wrong = |error: git2::Error| said(&error);
    let committer = identity(repository, Who::Committer)?;
    let author = match &options.author {
        Some(author) => {
            let (name, email) = check_author(author)?;
            let when = match Who::Author.var("DATE") {
                Some(date) => parse_date(&date)?,
                None => committer.when(),
            };
            Signature::new(&name, &email, &when).map_err(wrong)?
        }
        None => identity(repository, Who::Author)?,
    };
    let by_config = repository.config().and_then(|config| config.get_bool("commit.gpgsign"));
    if options.sign.unwrap_or(by_config.unwrap_or(false)) {
        return sign(repository, parent, tree, message, (&author, &committer));
    }
    let tree = repository.find_tree(tree).map_err(wrong)?;
    let parent = repository.find_commit(parent).map_err(wrong)?;
    let bytes = repository
        .commit_create_buffer(&author, &committer, message, &tree, &[&parent])
        .map_err(wrong)?;
    let odb = repository.odb().map_err(wrong)?;
    odb.write(ObjectType::Commit, &bytes).map_err(wrong)
}

/// Has git make the commit: it knows the program and the key, and asks for the passphrase.
fn sign(
    repository: &Repository,
    parent: Oid,
    tree: Oid,
    message: &str,
    (author, committer): (&Signature<'_>, &Signature<'_>),
) -> Result<Oid, String> {
    let mut command = Command::new("git");
    command
        .arg("--git-dir")
        .arg(repository.path())
        .args(["commit-tree", "-S", "-p", &parent.to_string(), &tree.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    for (role, who) in [("AUTHOR", author), ("COMMITTER", committer)] {
        let (when, text) = (who.when(), |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned());
        let zone = when.offset_minutes();
        let zone = format!("{}{:02}{:02}", when.sign(), zone.abs() / 60, zone.abs() % 60);
        command
            .env(format!("GIT_{role}_NAME"), text(who.name_bytes()))
            .env(format!("GIT_{role}_EMAIL"), text(who.email_bytes()))
            .env(format!("GIT_{role}_DATE"), format!("@{} {zone}", when.seconds()));
    }
    let failed = |why: String| format!("git did not sign the commit: {why}");
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(message.as_bytes()).map_err(|error| failed(error.to_string()))?;
    }
    let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        return Err(failed(format!("it ended with {}", output.status)));
    }
    let id = String::from_utf8_lossy(&output.stdout);
    Oid::from_str(id.trim()).map_err(|error| failed(said(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authors() {
        assert_eq!(check_author("Ada L <a@b.c>"), Ok(("Ada L".into(), "a@b.c".into())));
        for wrong in [
            "",
            "Ada",
            "<a@b.c>",
            "Ada <>",
            "Ada a@b.c",
            "Ada <a@b.c> x",
            "A\nB <a@b.c>",
            "A <b> <c>",
        ] {
            assert!(check_author(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn dates() {
        for (text, seconds, zone) in [
            ("1709280000 +0130", 1_709_280_000, 90),
            ("@1709280000 -0200", 1_709_280_000, -120),
            ("@1709280000", 1_709_280_000, 0),
            ("2024-03-01T08:00:00Z", 1_709_280_000, 0),
            ("2024-03-01 09:00:00 +0100", 1_709_280_000, 0),
        ] {
            let time = parse_date(text).unwrap();
            assert_eq!((time.seconds(), time.offset_minutes()), (seconds, zone), "{text}");
        }
        assert!(parse_date("last tuesday").is_err());
    }
}
