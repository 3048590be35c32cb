//! Commits as mails that `git am` takes.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use git2::{
    DiffFormat, DiffLineType, DiffOptions, DiffStatsFormat, ObjectType, Repository, Signature,
};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

use super::series::{series, write_tree};
use super::{BranchOptions, Head, message, said};
use crate::Applicability;
use crate::patch::{PatchError, make_dir, write_file};
use crate::plan::Plan;

/// Bytes of a line of quoted-printable text, its end apart (RFC 2045).
const WIDTH: usize = 76;
/// The line that tells a mail in a file from text; git writes this day in all of them.
const DAY: &str = "Mon Sep 17 00:00:00 2001";

/// The mails of one repository. They hold the old secrets.
pub struct Mails {
    /// Name of the file and what it holds, in order.
    all: Vec<(String, Vec<u8>)>,
    /// Files that they change.
    pub files: usize,
    /// Indices into [`Plan::fixes`] of what they make.
    pub fixes: Vec<usize>,
}

impl Head {
    /// Writes the fixes of at least `least` as mails: one, or one for each rule. Nothing of the
    /// repository is changed; the same commit gives the same mails.
    ///
    /// # Errors
    /// Says what failed.
    pub fn mails(
        &self,
        plan: &Plan,
        least: Applicability,
        per_rule: bool,
    ) -> Result<Mails, String> {
        let wrong = |error: git2::Error| said(&error);
        // Objects go into memory: the repository is opened anew for that.
        let repository = Repository::open(&self.top).map_err(wrong)?;
        let odb = repository.odb().map_err(wrong)?;
        odb.add_new_mempack_backend(1000).map_err(wrong)?;
        let head = repository.find_commit(self.commit).map_err(wrong)?;
        let when = head.committer().when();
        let own = repository.signature();
        let (name, email) = own.as_ref().map_or_else(
            |_| ("bbsweep".to_owned(), "bbsweep@localhost".to_owned()),
            |own| {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                (text(own.name_bytes()), text(own.email_bytes()))
            },
        );
        let author = Signature::new(&name, &email, &when).map_err(wrong)?;
        let steps = series(plan, least, per_rule);
        let options = BranchOptions::default();
        let mut mails = Mails { all: Vec::new(), files: 0, fixes: Vec::new() };
        let mut parent = self.commit;
        for (number, step) in (1..).zip(&steps) {
            let tree = write_tree(&repository, &self.top, parent, plan, step, &self.files)?;
            let message = message(&options, step, steps.len());
            let before = repository.find_commit(parent).map_err(wrong)?;
            let after = repository.find_tree(tree).map_err(wrong)?;
            let bytes = repository
                .commit_create_buffer(&author, &author, &message, &after, &[&before])
                .map_err(wrong)?;
            let id = odb.write(ObjectType::Commit, &bytes).map_err(wrong)?;
            let old = before.tree().map_err(wrong)?;
            let body = body(&repository, &old, &after).map_err(wrong)?;
            let subject = message.lines().next().unwrap_or_default();
            let of =
                if steps.len() > 1 { format!(" {number}/{}", steps.len()) } else { String::new() };
            let head = Header {
                id: id.to_string(),
                from: format!("{} <{email}>", phrase(&name)),
                seconds: when.seconds(),
                subject: format!("[PATCH{of}] {subject}"),
            };
            let rest = message.split_once("\n\n").map_or("", |(_, rest)| rest);
            mails
                .all
                .push((format!("{number:04}-{}.patch", slug(subject)), head.mail(rest, &body)));
            mails.files += step.files.len();
            mails.fixes.extend(&step.fixes);
            parent = id;
        }
        Ok(mails)
    }
}

impl Mails {
    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Writes the mails into `dir`, which is made 0700, as `NAME-0001-….patch`, each 0600. Gives the
    /// files.
    ///
    /// # Errors
    /// One cannot be written, or others may write to the folder.
    pub fn write(&self, dir: &Path, name: &str) -> Result<Vec<PathBuf>, PatchError> {
        make_dir(dir)?;
        let mut paths = Vec::new();
        for (file, bytes) in &self.all {
            let path = dir.join(format!("{name}-{file}"));
            write_file(dir, &path, bytes)?;
            paths.push(path);
        }
        Ok(paths)
    }
}

struct Header {
    id: String,
    from: String,
    seconds: i64,
    subject: String,
}

impl Header {
    /// The whole mail. Bytes that a mail may lose on its way, as the CR of a line's end, are quoted.
    fn mail(&self, message: &str, body: &[u8]) -> Vec<u8> {
        let mut text = format!("{}\n---\n", message.trim_end()).into_bytes();
        text.extend_from_slice(body);
        let _ = std::io::Write::write_fmt(
            &mut text,
            format_args!("-- \nbbsweep {}\n\n", env!("CARGO_PKG_VERSION")),
        );
        let plain = text.iter().all(|byte| matches!(byte, b'\n' | b'\t' | b' '..=b'~'))
            && !text.starts_with(b"From ")
            && memchr::memmem::find(&text, b"\nFrom ").is_none();
        let (encoding, text) =
            if plain { ("7bit", text) } else { ("quoted-printable", quoted_printable(&text)) };
        let moment = Timestamp::from_second(self.seconds).unwrap_or_default();
        let date = DateTimePrinter::new().timestamp_to_string(&moment).unwrap_or_default();
        let mut mail = format!(
            "From {} {DAY}\nFrom: {}\nDate: {date}\nSubject: {}\nMIME-Version: 1.0\n\
             Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: {encoding}\n\n",
            self.id, self.from, self.subject
        )
        .into_bytes();
        mail.extend_from_slice(&text);
        mail
    }
}

/// What changed in which file, and the diff.
fn body(
    repository: &Repository,
    old: &git2::Tree<'_>,
    new: &git2::Tree<'_>,
) -> Result<Vec<u8>, git2::Error> {
    let mut options = DiffOptions::new();
    options.show_binary(true).context_lines(3).interhunk_lines(0);
    let diff = repository.diff_tree_to_tree(Some(old), Some(new), Some(&mut options))?;
    let stats =
        diff.stats()?.to_buf(DiffStatsFormat::FULL | DiffStatsFormat::INCLUDE_SUMMARY, 72)?;
    let mut body = stats.to_vec();
    body.push(b'\n');
    diff.print(DiffFormat::Patch, |_, _, line| {
        if matches!(
            line.origin_value(),
            DiffLineType::Context | DiffLineType::Addition | DiffLineType::Deletion
        ) {
            body.push(u8::try_from(line.origin()).unwrap_or(b' '));
        }
        body.extend_from_slice(line.content());
        true
    })?;
    Ok(body)
}

/// RFC 2045, section 6.7, with the line ends of a file.
fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + text.len() / 8);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let (line, end) = line.strip_suffix(b"\n").map_or((line, false), |line| (line, true));
        let mut width = 0;
        for (at, byte) in line.iter().enumerate() {
            // What stands last may get lost if it is blank.
            let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~')
                || matches!(byte, b' ' | b'\t') && at + 1 < line.len();
            // A reader of mail files takes `From ` at the start of a line for the next mail.
            let plain = plain && !(width == 0 && *byte == b'F');
            let size = if plain { 1 } else { 3 };
            if width + size > WIDTH - 1 {
                out.extend_from_slice(b"=\n");
                width = 0;
            }
            if plain {
                out.push(*byte);
            } else {
                out.extend_from_slice(format!("={byte:02X}").as_bytes());
            }
            width += size;
        }
        if end {
            out.push(b'\n');
        } else {
            out.extend_from_slice(b"=\n");
        }
    }
    out
}

/// A name in a header: RFC 2047 where it is not ASCII, quoted where it has special characters.
fn phrase(name: &str) -> String {
    if !name.is_ascii() {
        let mut word = String::from("=?UTF-8?q?");
        for byte in name.bytes() {
            if byte.is_ascii_alphanumeric() {
                word.push(char::from(byte));
            } else {
                let _ = write!(word, "={byte:02X}");
            }
        }
        word.push_str("?=");
        return word;
    }
    if name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b" !#$%&'*+-/=?^_`{|}~".contains(&byte))
    {
        return name.to_owned();
    }
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A subject as the name of a file, as git makes it.
fn slug(subject: &str) -> String {
    let mut name = String::new();
    for c in subject.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') {
            name.push(c);
        } else if !name.ends_with('-') {
            name.push('-');
        }
        if name.len() >= 52 {
            break;
        }
    }
    name.trim_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_printable_keeps_every_byte() {
        let text = b"a = b\r\nFrom here\nblank \n\xff\xfe\nno end".to_vec();
        let quoted = quoted_printable(&text);
        assert_eq!(
            String::from_utf8(quoted).unwrap(),
            "a =3D b=0D\n=46rom here\nblank=20\n=FF=FE\nno end=\n"
        );
        let long = quoted_printable("x".repeat(200).as_bytes());
        assert!(long.split(|byte| *byte == b'\n').all(|line| line.len() <= WIDTH));
        assert_eq!(memchr::memchr_iter(b'x', &long).count(), 200);
    }

    #[test]
    fn names_and_subjects() {
        assert_eq!(phrase("Ada L"), "Ada L");
        assert_eq!(phrase("Ada \"L\", x"), "\"Ada \\\"L\\\", x\"");
        assert_eq!(phrase("Zoë"), "=?UTF-8?q?Zo=C3=AB?=");
        assert_eq!(slug("Use a token: in [x]/y"), "Use-a-token-in-x-y");
        assert!(slug(&"long ".repeat(30)).len() <= 52);
    }
}
