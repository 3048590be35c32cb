use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::*;
use crate::{Cancel, ScanOptions, scan};

fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(dir)
        .args(["-c", "gc.auto=0", "-c", "protocol.file.allow=always"])
        .args(args)
        .env_remove("GIT_DIR")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn url(n: u32) -> String {
    format!("https://joe:ATBBexampleNotARealSecret{n:03}0A1B2C3D@bitbucket.org/t/r{n}.git")
}

/// A repository in which each commit has an author and a second of its own.
struct Repo {
    dir: TempDir,
    commits: u32,
}

impl Repo {
    fn new() -> Self {
        Self::of("sha1")
    }

    fn of(format: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &["init", "-q", "-b", "main", "--object-format", format]);
        Self { dir, commits: 0 }
    }

    fn put(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn commit(&mut self, author: &str) {
        self.commits += 1;
        git(self.dir.path(), &["add", "-A"]);
        let (name, email) = (format!("user.name={author}"), format!("user.email={author}@x.org"));
        let date = format!("@{} +0000", 1_700_000_000 + self.commits * 3600);
        git(self.dir.path(), &["-c", &name, "-c", &email, "commit", "-qm", "x", "--date", &date]);
    }

    /// Path, line and who answers, of each finding of `dir`.
    fn rows(dir: &Path) -> (Vec<(String, u64, Ownership)>, Vec<String>) {
        let options = ScanOptions { roots: vec![dir.to_path_buf()], ..ScanOptions::default() };
        let outcome = scan(&options, &Cancel::new(), &()).unwrap();
        let all = ownership(&outcome.findings, true);
        let rows = outcome
            .findings
            .iter()
            .zip(all.rows)
            .map(|(finding, row)| (finding.location.path.clone(), finding.location.line, row));
        (rows.collect(), all.troubles)
    }

    /// As [`Self::rows`], by the author's name and what `git blame` says of the same line.
    fn authors(dir: &Path) -> Vec<(String, String)> {
        let (rows, troubles) = Self::rows(dir);
        assert_eq!(troubles, Vec::<String>::new());
        rows.into_iter()
            .map(|(path, line, row)| {
                let last = row.last_change;
                let name = last.as_ref().map_or("nobody", |last| last.author.as_str()).to_owned();
                let tracked = git(dir, &["ls-files", &path]);
                if !tracked.is_empty() {
                    let line = format!("-L{line},{line}");
                    let said = git(dir, &["blame", "--porcelain", &line, "--", &path]);
                    let id = said.split(' ').next().unwrap().to_owned();
                    let expected = Some(id).filter(|id| id.bytes().any(|byte| byte != b'0'));
                    assert_eq!(last.map(|last| last.id), expected, "{path}");
                }
                (path, name)
            })
            .collect()
    }
}

fn expect(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    let name = |name: &str| {
        if name == "nobody" { name.to_owned() } else { format!("{name} <{name}@x.org>") }
    };
    rows.iter().map(|(path, author)| ((*path).to_owned(), name(author))).collect()
}

#[test]
fn the_last_author_is_that_of_git_blame() {
    let mut repo = Repo::new();
    repo.put("a.sh", format!("one\ngit clone {}\nthree\n", url(1)));
    repo.put("sub/b.sh", format!("git clone {}\n# more\n# and more\n# of it\n", url(2)));
    repo.commit("ada");
    repo.put("a.sh", format!("zero\none\ngit clone {}\nthree\ngit clone {}\n", url(1), url(3)));
    git(repo.dir.path(), &["mv", "sub/b.sh", "sub/moved.sh"]);
    repo.commit("bob");
    repo.put("u16.ps1", utf16(&format!("# x\r\ngit clone {}\r\n", url(4))));
    repo.put("latin.sh", [b"# caf\xe9\ngit clone ".to_vec(), url(8).into_bytes()].concat());
    repo.commit("eve");
    // Not committed yet: a line above, a line changed, a new file.
    repo.put("a.sh", format!("new\nzero\none\ngit clone {}\ngit clone {}\n", url(1), url(5)));
    repo.put("new.sh", format!("git clone {}\n", url(6)));
    let expected = expect(&[
        ("a.sh", "ada"),
        ("a.sh", "nobody"),
        ("latin.sh", "eve"),
        ("new.sh", "nobody"),
        ("sub/moved.sh", "ada"),
        ("u16.ps1", "eve"),
    ]);
    assert_eq!(Repo::authors(repo.dir.path()), expected);
    // With everything packed, and a commit graph.
    git(repo.dir.path(), &["gc", "-q"]);
    git(repo.dir.path(), &["commit-graph", "write", "--reachable"]);
    assert_eq!(Repo::authors(repo.dir.path()), expected);
    git(repo.dir.path(), &["checkout", "-q", "--detach"]);
    assert_eq!(Repo::authors(repo.dir.path()), expected);
}

fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

#[test]
fn merges_worktrees_mailmaps_line_ends_and_sha256() {
    for format in ["sha1", "sha256"] {
        let mut repo = Repo::of(format);
        let top = repo.dir.path().to_path_buf();
        repo.put("a.sh", format!("git clone {}\n\n\n\nend\n", url(1)));
        repo.commit("ada");
        git(&top, &["checkout", "-qb", "side"]);
        repo.put("a.sh", format!("git clone {}\n\n\n\nend\ngit clone {}\n", url(1), url(2)));
        repo.commit("bob");
        git(&top, &["checkout", "-q", "main"]);
        repo.put("a.sh", format!("# top\ngit clone {}\n\n\n\nend\n", url(1)));
        repo.put(".mailmap", "Eve E <eve@x.org> <bob@x.org>\n");
        repo.commit("ada");
        let identity = ["-c", "user.name=m", "-c", "user.email=m@x.org"];
        git(&top, &[&identity[..], &["merge", "-q", "-m", "m", "side"]].concat());
        let mapped = |mut rows: Vec<(String, String)>| {
            rows[1].1 = "Eve E <eve@x.org>".into();
            rows
        };
        let expected = mapped(expect(&[("a.sh", "ada"), ("a.sh", "bob")]));
        assert_eq!(Repo::authors(&top), expected, "{format}");
        let beside = tempfile::tempdir().unwrap();
        let worktree = beside.path().join("w");
        git(&top, &["worktree", "add", "-q", worktree.to_str().unwrap(), "side"]);
        assert_eq!(Repo::authors(&worktree), expect(&[("a.sh", "ada"), ("a.sh", "bob")]));
        // git stores LF and checks CRLF out.
        let text = fs::read_to_string(top.join("a.sh")).unwrap().replace('\n', "\r\n");
        git(&top, &["config", "core.autocrlf", "true"]);
        repo.put("a.sh", text);
        assert_eq!(Repo::authors(&top), expected, "{format}");
    }
}

#[test]
fn a_shallow_clone_ends_where_it_ends() {
    let mut repo = Repo::new();
    repo.put("a.sh", format!("git clone {}\n", url(1)));
    repo.commit("ada");
    repo.put("a.sh", format!("git clone {}\ngit clone {}\n", url(1), url(2)));
    repo.commit("bob");
    repo.put("b.sh", "x");
    repo.commit("eve");
    let beside = tempfile::tempdir().unwrap();
    let from = format!("file://{}", repo.dir.path().display());
    git(beside.path(), &["clone", "-q", "--depth", "2", &from, "clone"]);
    let rows = Repo::authors(&beside.path().join("clone"));
    assert_eq!(rows, expect(&[("a.sh", "bob"), ("a.sh", "bob")]));
}

#[test]
fn what_cannot_be_asked_is_told() {
    let mut repo = Repo::new();
    let top = repo.dir.path().to_path_buf();
    repo.put("a.sh", format!("git clone {}\n", url(1)));
    // Nothing is committed yet.
    assert_eq!(Repo::authors(&top), expect(&[("a.sh", "nobody")]));
    repo.commit("ada");
    let blob = git(&top, &["rev-parse", "HEAD:a.sh"]);
    let object = top.join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    fs::remove_file(object).unwrap();
    let (rows, troubles) = Repo::rows(&top);
    assert_eq!(rows[0].2, Ownership::default());
    assert_eq!(troubles, [format!(".: a.sh: the object {blob} is missing")]);
    fs::create_dir_all(top.join("docs/CODEOWNERS")).unwrap();
    let (_, troubles) = Repo::rows(&top);
    assert_eq!(troubles[1], ".: docs/CODEOWNERS cannot be read: a folder");
}

#[test]
fn owners_are_those_of_the_systems_file() {
    let mut repo = Repo::new();
    let top = repo.dir.path().to_path_buf();
    repo.put("ci/a.sh", format!("git clone {}\n", url(1)));
    repo.put("b.sh", format!("git clone {}\n", url(2)));
    git(&top, &["remote", "add", "origin", &url(3)]);
    repo.put("CODEOWNERS", "[Ops] @ops\nci/\n");
    repo.put(".github/CODEOWNERS", "* @hub\n");
    repo.commit("ada");
    let owners = || -> Vec<(String, String)> {
        let (rows, troubles) = Repo::rows(&top);
        assert_eq!(troubles, Vec::<String>::new());
        rows.into_iter().map(|(path, _, row)| (path, row.owners.join(" "))).collect()
    };
    let all = |config: &str, b: &str, ci: &str| {
        [(".git/config", config), ("b.sh", b), ("ci/a.sh", ci)]
            .map(|(path, owner)| (path.to_owned(), owner.to_owned()))
    };
    // At Bitbucket, as its app reads it: no sections.
    assert_eq!(owners(), all("", "", ""));
    git(&top, &["remote", "set-url", "origin", "git@gitlab.com:a/b.git"]);
    git(&top, &["remote", "add", "backup", &url(3)]);
    assert_eq!(owners(), all("", "", "@ops"));
    git(&top, &["remote", "set-url", "origin", "https://github.com/a/b"]);
    assert_eq!(owners(), all("", "@hub", "@hub"));
}
