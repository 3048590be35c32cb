use std::fs;

use base64::engine::general_purpose::STANDARD;
use bbsweep_scanner_core::{Cancel, ScanOptions, scan};

use super::*;
use crate::apply::{Applied, ApplyOptions, apply};
use crate::plan::{PlanOptions, plan};
use crate::testing::{API_TOKEN, APP_PASSWORD, put};

fn document(root: &Path, least: Applicability) -> (PlanDocument, Vec<LeftOut>) {
    let options = ScanOptions { roots: vec![root.to_path_buf()], ..ScanOptions::default() };
    let outcome = scan(&options, &Cancel::new(), &()).unwrap();
    let planned = plan(&outcome.findings, &PlanOptions::default());
    PlanDocument::new(&planned, &outcome.findings, vec!["x".into()], least, "1.2.3")
}

fn applied(document: &PlanDocument, root: &Path) -> Vec<Applied> {
    let roots = vec![root.to_path_buf()];
    let planned = document.plan(&roots).unwrap();
    let options = ApplyOptions {
        least: Applicability::Review,
        dry_run: false,
        within: roots,
        journal: None,
        backup: false,
    };
    apply(&planned, &options)
}

fn utf16(text: &str) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Two clones of the same content.
fn clones() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (dir.path().join("a"), dir.path().join("b"));
    let url = format!("https://bob:{APP_PASSWORD}@bitbucket.org/t/r.git");
    for root in [&a, &b] {
        put(root.join("ci/é.sh"), format!("git clone {url}\r\n"));
        put(root.join("win.ps1"), utf16(&format!("git clone {url}\r\n")));
        put(root.join(".env"), format!("BITBUCKET_APP_PASSWORD={APP_PASSWORD}"));
        put(
            root.join("use.sh"),
            "curl -u bob:$BITBUCKET_APP_PASSWORD https://api.bitbucket.org/2.0/user\n",
        );
    }
    (dir, a, b)
}

#[test]
fn a_plan_of_one_clone_is_applied_to_another() {
    let (_dir, a, b) = clones();
    let (made, left_out) = document(&a, Applicability::Review);
    assert_eq!(left_out, []);
    let json = serde_json::to_string(&made).unwrap();
    assert!(!json.contains(APP_PASSWORD) && !json.contains(&STANDARD.encode(APP_PASSWORD)));
    let read = PlanDocument::read(json.as_bytes()).unwrap();
    assert_eq!(read, made);
    let first = applied(&read, &b);
    assert!(first.len() == 4 && first.iter().all(|file| file.refused.is_none()), "{first:?}");
    let (rest, _) = document(&b, Applicability::Review);
    assert_eq!(rest.files, [], "it scans clean");
    for file in &made.files {
        assert_eq!(hex(&digest(&fs::read(b.join(&file.path)).unwrap())), file.sha256_after);
    }
    // Again: nothing to do, nothing refused.
    for file in applied(&read, &b) {
        assert_eq!((file.fixes, file.refused), (0, None));
    }
}

#[test]
fn a_file_that_is_another_is_refused_with_those_of_its_rename() {
    let (_dir, a, b) = clones();
    let (made, _) = document(&a, Applicability::Review);
    put(b.join(".env"), format!("BITBUCKET_APP_PASSWORD={APP_PASSWORD}\n"));
    let refused: Vec<_> = applied(&made, &b)
        .into_iter()
        .filter_map(|file| Some((file.path, file.refused?)))
        .collect();
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(refused[0].0 == ".env" && refused[0].1.contains("changed"), "{refused:?}");
    assert!(refused[1].0 == "use.sh" && refused[1].1.contains("everywhere"), "{refused:?}");
    assert!(fs::read_to_string(b.join("use.sh")).unwrap().contains("APP_PASSWORD"));
}

#[test]
fn what_was_tampered_with_is_refused_whole() {
    let (_dir, a, _) = clones();
    let (made, _) = document(&a, Applicability::Review);
    let roots = [a.clone()];
    let refused = |change: &dyn Fn(&mut DocumentFile)| {
        let mut document = made.clone();
        change(&mut document.files[0]);
        document.plan(&roots).unwrap_err()
    };
    for path in ["../b/use.sh", "/etc/passwd", "", ".", "ci/../../x"] {
        let said = refused(&|file| file.path = path.into());
        assert!(said.contains("leads out of its folder"), "{path}: {said}");
        let said = refused(&|file| file.path_bytes = Some(STANDARD.encode(path)));
        assert!(said.contains("leads out of its folder"), "{path}: {said}");
    }
    assert!(refused(&|file| file.root = 1).contains("root"));
    assert!(refused(&|file| file.sha256_after.truncate(60)).contains("digest"));
    assert!(refused(&|file| file.edits[0].rule = "x".into()).contains("no rule"));
    assert!(refused(&|file| file.edits[0].byte_start = 1 << 40).contains("ends before"));
    let manual = refused(&|file| file.edits[0].applicability = Applicability::Manual);
    assert!(manual.contains("never made"));
    let twice = {
        let mut document = made.clone();
        document.files.push(document.files[0].clone());
        document.plan(&roots).unwrap_err()
    };
    assert!(twice.contains("twice"), "{twice}");
    assert!(made.plan(&[]).unwrap_err().contains("1 folder (x), and 0 folders given"));

    // Another text, other places: the digest of the result tells.
    for change in [
        (|edit: &mut DocumentEdit| edit.replacement = "evil".into()) as fn(&mut DocumentEdit),
        |edit| edit.byte_start = 0,
        |edit| edit.byte_end = 1 << 40,
    ] {
        let mut document = made.clone();
        change(document.files[0].edits.last_mut().unwrap());
        document.files.truncate(1);
        let before = fs::read(a.join(&document.files[0].path)).unwrap();
        let done = applied(&document, &a);
        assert!(done[0].refused.is_some(), "{done:?}");
        assert_eq!(fs::read(a.join(&document.files[0].path)).unwrap(), before);
    }
}

#[test]
fn a_link_that_leads_out_is_not_followed() {
    let (dir, a, b) = clones();
    let (made, _) = document(&a, Applicability::Review);
    let outside = dir.path().join("outside");
    fs::rename(b.join("ci"), &outside).unwrap();
    std::os::unix::fs::symlink(&outside, b.join("ci")).unwrap();
    let before = fs::read(outside.join("é.sh")).unwrap();
    let done = applied(&made, &b);
    let refused = done.iter().find(|file| file.path == "ci/é.sh").unwrap();
    assert!(refused.refused.as_deref().unwrap().contains("outside"), "{done:?}");
    assert_eq!(fs::read(outside.join("é.sh")).unwrap(), before);
}

#[test]
fn what_would_take_a_token_along_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let pair = STANDARD.encode(format!("me@example.com:{API_TOKEN}"));
    put(
        dir.path().join(".gitconfig"),
        format!("[http \"https://bitbucket.org/\"]\n\textraHeader = Authorization: Basic {pair}\n"),
    );
    let (made, left_out) = document(dir.path(), Applicability::Review);
    assert_eq!(made.files, []);
    assert!(left_out[0].reason.contains("holds no secret"), "{left_out:?}");
}

#[test]
fn a_damaged_document_says_where() {
    let (_dir, a, _) = clones();
    let (made, _) = document(&a, Applicability::Review);
    let json = serde_json::to_string_pretty(&made).unwrap();
    let read = |text: &str| PlanDocument::read(text.as_bytes()).unwrap_err();
    assert!(read(&json[..json.len() / 2]).contains("cut off, at line"));
    assert!(read("plan").contains("not JSON"));
    assert!(read(&json.replace("\"schema\": 1", "\"schema\": 2")).contains("schema 2"));
    assert!(read(&json.replace("\"tool\": \"bbsweep\"", "\"tool\": \"x\"")).contains("no plan"));
    assert!(read(&json.replace("byte_start", "start")).contains("not what `bbsweep patch` writes"));
}
