use std::fs;

use bbsweep_scanner_core::{Encoding, SkipReason, scan_bytes};

use super::*;
use crate::edit::apply_edits;
use crate::testing::{API_TOKEN, APP_PASSWORD, git_ok, plain, put, with_token};

/// What a scan of the file finds, as if its folder were the root.
fn scan(path: &Path) -> Vec<Finding> {
    let name = path.file_name().unwrap();
    let (mut findings, _) = scan_bytes(Path::new(name), &fs::read(path).unwrap());
    for finding in &mut findings {
        finding.location.absolute = Some(path.to_path_buf());
    }
    findings
}

fn netrc(user: &str) -> String {
    format!("machine bitbucket.org login {user} password {APP_PASSWORD}\n")
}

struct Dir(tempfile::TempDir);

impl Dir {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        put(&path, bytes);
        path
    }
}

/// The one fix, which is manual; and its reason.
fn told(findings: &[Finding]) -> String {
    let plan = plan(findings, &plain());
    assert_eq!(plan.fixes.len(), 1);
    assert_eq!(plan.fixes[0].applicability, Applicability::Manual);
    assert!(plan.fixes[0].edits.is_empty() && plan.files.is_empty());
    plan.fixes[0].reason.clone()
}

#[test]
fn edits_are_encoded_as_the_file_is() {
    for encoding in [Encoding::Bytes, Encoding::Utf8Bom, Encoding::Utf16Le, Encoding::Utf16Be] {
        let dir = Dir::new();
        let bom = if encoding == Encoding::Bytes { "" } else { "\u{feff}" };
        let text = format!("{bom}# é\u{1F980}\r\n{}", netrc("bob"));
        let path = dir.put("_netrc", encoding.encode(&text));
        let plan = plan(&scan(&path), &with_token());
        assert_eq!(plan.count(Applicability::Safe), 1);
        let fix = &plan.fixes[0];
        let new = apply_edits(&fs::read(&path).unwrap(), &fix.edits).unwrap();
        let expected =
            text.replace("bob", "x-bitbucket-api-token-auth").replace(APP_PASSWORD, API_TOKEN);
        assert_eq!(new, encoding.encode(&expected), "{encoding:?}");
        assert!(fix.puts_token);
        let shown = fix.replacement.as_deref().unwrap();
        assert!(shown.contains("login x-bitbucket-api-token-auth password ATATT3…"), "{shown}");
        assert!(!shown.contains(API_TOKEN));
    }
}

#[test]
fn a_file_that_is_not_as_it_was_is_left_alone() {
    let dir = Dir::new();
    let path = dir.put(".netrc", netrc("bob"));
    let findings = scan(&path);
    for changed in ["", "machine", &format!("\n{}", netrc("bob")), &netrc("eve")] {
        fs::write(&path, changed).unwrap();
        assert!(told(&findings).contains("changed since it was scanned"), "{changed:?}");
    }
    // More behind it is no change of it.
    fs::write(&path, netrc("bob") + "# more\n").unwrap();
    assert_eq!(plan(&findings, &plain()).count(Applicability::Review), 1);

    fs::File::create(&path).unwrap().set_len(file::LARGEST + 1).unwrap();
    assert!(told(&findings).contains("over 64 MiB"));
    fs::remove_file(&path).unwrap();
    assert!(told(&findings).contains("cannot be read"));
    fs::create_dir(&path).unwrap();
    assert!(told(&findings).contains("no longer a regular file"));
}

#[test]
fn some_findings_are_only_told() {
    let dir = Dir::new();
    let path = dir.put(".netrc", netrc("bob"));
    let finding = || scan(&path).remove(0);

    let mut history = finding();
    history.location.commit = Some("0".repeat(40));
    assert!(told(&[history]).contains("git history"));
    let mut dead = finding();
    dead.state = State::DeadSecret;
    assert!(told(&[dead]).contains("revoke it"));
    let mut stdin = finding();
    stdin.location.absolute = None;
    assert!(told(&[stdin]).contains("standard input"));

    let path = dir.put(".git-credentials", "https://bob@bitbucket.org\n");
    assert_eq!(told(&scan(&path)), "nothing to do");
}

#[test]
fn bad_options_edit_nothing() {
    let dir = Dir::new();
    let path = dir.put(".netrc", netrc("bob"));
    let token = |token: &str| PlanOptions { token: Some(Secret::new(token)), ..plain() };
    let email = |email: &str| PlanOptions { email: Some(email.into()), ..plain() };
    let names = |token: &str| {
        let names = Names { token: token.into(), ..Names::default() };
        PlanOptions { names, ..plain() }
    };
    for options in [
        token(""),
        token("two words"),
        token("line\nfeed"),
        token(APP_PASSWORD),
        email("bob"),
        email("@x.org"),
        email("a b@x.org"),
        email("a\"@x.org"),
        names(""),
        names("1A"),
        names("A-B"),
        names("ATLASSIAN_ACCOUNT_EMAIL"),
    ] {
        let plan = plan(&scan(&path), &options);
        assert_eq!(plan.count(Applicability::Manual), 1);
        assert_eq!(plan.fixes[0].reason, options.problem().unwrap());
        assert!(!plan.fixes[0].reason.contains(APP_PASSWORD));
    }
    assert_eq!(with_token().problem(), None);
}

#[test]
fn of_edits_that_overlap_the_first_stands() {
    let dir = Dir::new();
    let path = dir.put(".netrc", netrc("bob"));
    // The same file through two roots, once by a link.
    let link = dir.0.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let mut findings = [scan(&path), scan(&path)].concat();
    findings[1].location.absolute = Some(link);
    let plan = plan(&findings, &plain());
    assert_eq!(plan.fixes[0].applicability, Applicability::Review);
    assert_eq!(plan.fixes[1].applicability, Applicability::Manual);
    assert!(plan.fixes[1].reason.contains("another finding's edit"));
    assert_eq!(plan.files.len(), 1);
    assert_eq!(plan.files[0].fixes, [0]);
}

#[test]
fn files_are_in_the_order_of_their_groups() {
    let dir = Dir::new();
    let mut findings = Vec::new();
    for name in ["b/.netrc", "a/.netrc", "a/.git-credentials"] {
        let text = match name {
            "a/.git-credentials" => format!("https://bob:{APP_PASSWORD}@bitbucket.org\n"),
            _ => netrc("bob") + &netrc("eve"),
        };
        let mut found = scan(&dir.put(name, text));
        for finding in &mut found {
            finding.location.path = name.into();
        }
        findings.append(&mut found);
    }
    let plan = plan(&findings, &plain());
    let files: Vec<_> =
        plan.files.iter().map(|file| (file.path.as_str(), file.fixes.as_slice())).collect();
    assert_eq!(
        files,
        [("a/.git-credentials", &[4][..]), ("a/.netrc", &[2, 3]), ("b/.netrc", &[0, 1])]
    );
    assert_eq!(plan.files[0].group, Group::Tree(dir.0.path().canonicalize().unwrap()));
}

#[test]
fn where_a_part_was_not_read_nothing_is_renamed() {
    let dir = Dir::new();
    git_ok(dir.0.path(), ["init", "-q", "r"]);
    let path = dir.put("r/sub/run.sh", "echo $BITBUCKET_APP_PASSWORD\n");
    let repository = Repository {
        name: "..".into(),
        work_dir: Some(dir.0.path().join("r")),
        git_dir: dir.0.path().join("r/.git"),
        common_dir: dir.0.path().join("r/.git"),
    };
    let mut findings = scan(&path);
    findings[0].location.repository = Some(Arc::new(repository.clone()));
    let part = plan(&findings, &plain());
    assert_eq!(part.count(Applicability::Manual), 1);
    assert!(part.fixes[0].reason.contains("only a part of the repository"), "{part:?}");

    findings[0].location.path = "r/sub/run.sh".into();
    let named = Repository { name: "r".into(), ..repository };
    findings[0].location.repository = Some(Arc::new(named));
    let unread = |path: &str, reason| PlanOptions {
        unread: vec![Skipped {
            root: 0,
            path: path.into(),
            path_bytes: None,
            reason,
            detail: String::new(),
        }],
        ..plain()
    };
    let denied = plan(&findings, &unread("r/secret", SkipReason::PermissionDenied));
    assert_eq!(denied.count(Applicability::Manual), 1);
    assert!(denied.fixes[0].reason.contains("r/secret, which could not be read"), "{denied:?}");
    for (path, reason) in
        [("other/x", SkipReason::PermissionDenied), ("r/.git/config", SkipReason::Malformed)]
    {
        let elsewhere = plan(&findings, &unread(path, reason));
        assert_eq!(elsewhere.count(Applicability::Review), 1, "{elsewhere:?}");
    }
    let whole = plan(&findings, &plain());
    assert_eq!(whole.count(Applicability::Review), 1, "{whole:?}");
    assert_eq!(whole.fixes[0].renamed.as_deref(), Some("BITBUCKET_APP_PASSWORD"));
}
