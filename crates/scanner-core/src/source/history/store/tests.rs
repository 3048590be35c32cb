use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tempfile::TempDir;

use super::*;
use crate::prefilter::Anchors;

/// A repository in a folder of its own.
struct Repo {
    dir: TempDir,
    hash: gix_hash::Kind,
}

fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .arg("-C")
        .arg(dir)
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "gc.auto=0"])
        .args(args)
        .env_remove("GIT_DIR")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Text that differs by `n`, with a use or without one; long enough for deltas.
fn text(n: usize, with: bool) -> String {
    let mut lines: Vec<String> = (0..200).map(|line| format!("line {line} of this file")).collect();
    lines[n % 200] = format!("changed {n}");
    if with {
        lines.push(format!("git clone https://joe:secret{n}@bitbucket.org/a/b"));
    }
    lines.join("\n")
}

impl Repo {
    fn new() -> Self {
        Self::of("sha1")
    }

    fn of(format: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        git(dir.path(), &["init", "-q", "-b", "main", "--object-format", format]);
        let hash = if format == "sha1" { gix_hash::Kind::Sha1 } else { gix_hash::Kind::Sha256 };
        Self { dir, hash }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn objects(&self) -> PathBuf {
        self.path().join(".git/objects")
    }

    /// One commit with one file; gives the blob's id.
    fn commit(&self, n: usize, with: bool) -> String {
        fs::write(self.path().join("file"), text(n, with)).unwrap();
        git(self.path(), &["add", "file"]);
        git(self.path(), &["commit", "-q", "-m", &format!("commit {n}")]);
        git(self.path(), &["rev-parse", "HEAD:file"])
    }

    fn store(&self) -> Store {
        Store::open(&self.objects(), self.hash).unwrap()
    }

    /// Every object that git knows.
    fn all(&self) -> BTreeSet<String> {
        let out =
            git(self.path(), &["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
        out.lines().map(ToOwned::to_owned).collect()
    }

    fn packs(&self) -> Vec<PathBuf> {
        let dir = self.objects().join("pack");
        let Ok(entries) = dir.read_dir() else { return Vec::new() };
        let all = entries.map(|entry| entry.unwrap().path());
        let mut packs: Vec<_> =
            all.filter(|path| path.extension().is_some_and(|end| end == "pack")).collect();
        packs.sort();
        packs
    }
}

fn sift_with(store: &mut Store, known: &Known, threads: usize) -> Sifted {
    store.sift(&Sift {
        threads,
        anchors: &Anchors::default(),
        known,
        remember: true,
        should_stop: &|| false,
        progress: &|_| (),
    })
}

use super::sift::Sifted;

fn sift(store: &mut Store) -> Sifted {
    sift_with(store, &Known::default(), 2)
}

fn kept(sifted: &Sifted) -> BTreeSet<String> {
    sifted.kept.iter().map(|(id, _)| id.to_string()).collect()
}

fn seen(sifted: &Sifted) -> BTreeSet<String> {
    sifted.clean.iter().map(ToString::to_string).chain(kept(sifted)).collect()
}

/// Ten versions, every third with a use.
fn filled(repo: &Repo) -> BTreeSet<String> {
    (0..10)
        .filter_map(|n| {
            (n % 3 == 0).then_some(()).map(|()| repo.commit(n, true)).or_else(|| {
                repo.commit(n, false);
                None
            })
        })
        .collect()
}

#[test]
fn loose_packed_and_packed_twice() {
    for format in ["sha1", "sha256"] {
        let repo = Repo::of(format);
        let uses = filled(&repo);
        let loose = sift(&mut repo.store());
        assert_eq!((kept(&loose), seen(&loose)), (uses.clone(), repo.all()));
        assert_eq!(loose.objects, repo.all().len() as u64);

        git(repo.path(), &["gc", "-q", "--aggressive"]);
        assert!(repo.packs().len() == 1 && repo.objects().join("pack").is_dir());
        let packed = sift(&mut repo.store());
        assert_eq!((kept(&packed), seen(&packed)), (uses.clone(), repo.all()));
        assert_eq!((packed.objects, packed.bytes), (loose.objects, loose.bytes));
        assert_eq!(packed.commits, loose.commits);

        // In two packs, and loose too.
        let pack = repo.packs().remove(0);
        let spare = repo.path().join("spare.pack");
        fs::copy(&pack, &spare).unwrap();
        fs::write(repo.path().join("other"), text(77, true)).unwrap();
        let more = git(repo.path(), &["hash-object", "-w", "other"]);
        git(repo.path(), &["repack", "-q", "-d", "--geometric=2"]);
        let both: Vec<_> = [more.clone()].into_iter().chain(uses.clone()).collect();
        fs::write(repo.path().join("again"), text(0, true)).unwrap();
        git(repo.path(), &["hash-object", "-w", "again"]);
        let three = sift(&mut repo.store());
        assert_eq!(kept(&three), both.into_iter().collect());
        assert_eq!(three.objects, repo.all().len() as u64);
        assert_eq!(three.troubles, []);
    }
}

#[test]
fn the_same_at_any_thread_count() {
    let repo = Repo::new();
    filled(&repo);
    git(repo.path(), &["repack", "-q", "-a", "-d"]);
    for n in 20..30 {
        repo.commit(n, n % 2 == 0);
    }
    git(repo.path(), &["repack", "-q", "-d"]);
    repo.commit(40, true);
    assert_eq!(repo.packs().len(), 2);
    let one = sift_with(&mut repo.store(), &Known::default(), 1);
    for threads in [2, 4] {
        let other = sift_with(&mut repo.store(), &Known::default(), threads);
        assert_eq!(format!("{one:?}"), format!("{other:?}"));
    }
}

#[test]
fn objects_by_id_from_everywhere() {
    let repo = Repo::new();
    let packed = repo.commit(1, true);
    git(repo.path(), &["gc", "-q"]);
    let loose = repo.commit(2, true);
    let handle = repo.store().handle();
    let mut buffer = Vec::new();
    for (id, n) in [(&packed, 1), (&loose, 2)] {
        let id = ObjectId::from_hex(id.as_bytes()).unwrap();
        assert_eq!(handle.find(&id, &mut buffer), Ok(Some(gix_object::Kind::Blob)));
        assert_eq!(buffer, text(n, true).as_bytes());
        assert!(handle.holds(&id));
    }
    let none = ObjectId::from_hex("1".repeat(40).as_bytes()).unwrap();
    assert_eq!(handle.find(&none, &mut buffer), Ok(None));
    assert!(!handle.holds(&none));
}

#[test]
fn alternates_and_multi_pack_indexes() {
    let repo = Repo::new();
    let uses = filled(&repo);
    git(repo.path(), &["gc", "-q"]);
    let borrower = tempfile::tempdir().unwrap();
    let folder = borrower.path().join("b");
    git(
        borrower.path(),
        &["clone", "-q", "--shared", "--bare", repo.path().to_str().unwrap(), "b"],
    );
    let mut store = Store::open(&folder.join("objects"), gix_hash::Kind::Sha1).unwrap();
    assert_eq!(kept(&sift(&mut store)), uses);

    // One more step, and relative.
    let third = borrower.path().join("c");
    git(borrower.path(), &["init", "-q", "--bare", "c"]);
    fs::write(third.join("objects/info/alternates"), "# a comment\n../../b/objects\n").unwrap();
    let mut store = Store::open(&third.join("objects"), gix_hash::Kind::Sha1).unwrap();
    let sifted = sift(&mut store);
    assert_eq!((kept(&sifted), sifted.troubles), (uses.clone(), Vec::new()));

    fs::write(third.join("objects/info/alternates"), "../../b/objects\n/no/such/folder\n").unwrap();
    let mut store = Store::open(&third.join("objects"), gix_hash::Kind::Sha1).unwrap();
    let sifted = sift(&mut store);
    assert_eq!(kept(&sifted), uses);
    let [trouble] = &sifted.troubles[..] else { panic!("{:?}", sifted.troubles) };
    assert_eq!(trouble.problem.0, SkipReason::CorruptGit);
    assert!(trouble.problem.1.contains("/no/such/folder"), "{trouble:?}");

    repo.commit(50, true);
    git(repo.path(), &["repack", "-q", "-d"]);
    git(repo.path(), &["multi-pack-index", "write"]);
    git(repo.path(), &["commit-graph", "write", "--reachable"]);
    assert_eq!(repo.packs().len(), 2);
    let sifted = sift(&mut repo.store());
    assert_eq!((kept(&sifted).len(), sifted.troubles), (uses.len() + 1, Vec::new()));
}

/// Overwrites bytes of a file that git has made read-only.
fn damage(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    use std::os::unix::fs::PermissionsExt as _;
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_damaged_pack_loses_only_what_is_damaged() {
    let repo = Repo::new();
    for n in 0..6 {
        // Files of their own, so that no delta depends on another.
        let noise: String =
            (0..400).map(|i| ((i * 7919 + n * 104_729) % 65_537).to_string()).collect();
        fs::write(repo.path().join(format!("f{n}")), format!("{noise} bitbucket.org/{n}")).unwrap();
    }
    git(repo.path(), &["add", "-A"]);
    git(repo.path(), &["commit", "-q", "-m", "all"]);
    git(repo.path(), &["repack", "-q", "-a", "-d", "--depth=0", "--window=0"]);
    let whole = sift(&mut repo.store());
    assert_eq!(whole.kept.len(), 6);

    let pack = repo.packs().remove(0);
    let victim = git(repo.path(), &["rev-parse", "HEAD:f3"]);
    let index = repo.store().packs[0].index.lookup(ObjectId::from_hex(victim.as_bytes()).unwrap());
    let offset = repo.store().packs[0].index.pack_offset_at_index(index.unwrap());
    let offset = usize::try_from(offset).unwrap();
    damage(&pack, |bytes| {
        for byte in &mut bytes[offset + 60..offset + 120] {
            *byte ^= 0x5a;
        }
    });
    let sifted = sift(&mut repo.store());
    assert_eq!(sifted.kept.len(), 5);
    let [trouble] = &sifted.troubles[..] else { panic!("{:?}", sifted.troubles) };
    assert_eq!(trouble.path, pack);
    assert_eq!(trouble.problem.0, SkipReason::CorruptGit);
    assert!(trouble.problem.1.contains(&victim), "{trouble:?}");

    // Cut in the middle: what stands before it is still read.
    damage(&pack, |bytes| bytes.truncate(offset + 20));
    let sifted = sift(&mut repo.store());
    assert!(sifted.kept.len() < 6 && !sifted.troubles.is_empty(), "{sifted:?}");
}

#[test]
fn packs_that_cannot_be_opened_are_named() {
    let repo = Repo::new();
    let uses = filled(&repo);
    git(repo.path(), &["gc", "-q"]);
    let loose = repo.commit(60, true);
    let pack = repo.packs().remove(0);
    let bytes = fs::read(&pack).unwrap();
    let index = fs::read(pack.with_extension("idx")).unwrap();
    let expect = |what: &str| {
        let sifted = sift(&mut repo.store());
        assert_eq!(kept(&sifted), BTreeSet::from([loose.clone()]), "{what}");
        let [trouble] = &sifted.troubles[..] else { panic!("{what}: {:?}", sifted.troubles) };
        assert_eq!((&trouble.path, trouble.problem.0), (&pack, SkipReason::CorruptGit), "{what}");
    };
    damage(&pack, |bytes| bytes[..4].copy_from_slice(b"JUNK"));
    expect("no pack");
    damage(&pack, Vec::clear);
    expect("an empty file");
    fs::remove_file(&pack).unwrap();
    expect("no pack beside the index");
    fs::write(&pack, &bytes).unwrap();
    fs::remove_file(pack.with_extension("idx")).unwrap();
    expect("no index beside the pack");
    fs::write(pack.with_extension("idx"), &index[..100]).unwrap();
    expect("half an index");
    fs::write(pack.with_extension("idx"), &index).unwrap();
    assert_eq!(sift(&mut repo.store()).kept.len(), uses.len() + 1);
    // What git leaves behind when it is killed.
    fs::write(repo.objects().join("pack/tmp_pack_x"), "half").unwrap();
    fs::write(repo.objects().join("tmp_obj_x"), "half").unwrap();
    assert_eq!(sift(&mut repo.store()).troubles, []);
}

#[test]
fn a_truncated_loose_object_is_named() {
    let repo = Repo::new();
    let (good, bad) = (repo.commit(1, true), repo.commit(2, true));
    let path = repo.objects().join(&bad[..2]).join(&bad[2..]);
    damage(&path, |bytes| bytes.truncate(bytes.len() / 2));
    let sifted = sift(&mut repo.store());
    assert_eq!(kept(&sifted), BTreeSet::from([good]));
    let [trouble] = &sifted.troubles[..] else { panic!("{:?}", sifted.troubles) };
    assert_eq!((&trouble.path, trouble.problem.0), (&path, SkipReason::CorruptGit));
    damage(&path, Vec::clear);
    assert_eq!(sift(&mut repo.store()).troubles.len(), 1);
}

#[test]
fn a_repack_while_it_is_scanned_costs_nothing() {
    let repo = Repo::new();
    let uses = filled(&repo);
    git(repo.path(), &["repack", "-q", "-d"]);
    let more = repo.commit(70, true);
    // Opened before: its pack is unlinked, and what is loose moves into another.
    let mut store = repo.store();
    git(repo.path(), &["repack", "-q", "-a", "-d"]);
    git(repo.path(), &["prune-packed"]);
    let sifted = sift(&mut store);
    let all: BTreeSet<_> = uses.into_iter().chain([more]).collect();
    assert_eq!((kept(&sifted), sifted.troubles), (all, Vec::new()));
}

#[test]
fn what_is_known_is_not_read_again() {
    let repo = Repo::new();
    let uses = filled(&repo);
    git(repo.path(), &["gc", "-q"]);
    repo.commit(80, false);
    let first = sift(&mut repo.store());
    let known = Known { clean: first.clean.clone(), kept: first.kept.clone() };
    let again = sift_with(&mut repo.store(), &known, 2);
    assert_eq!((again.read, again.bytes), (0, 0));
    assert_eq!((&again.kept, &again.clean), (&first.kept, &first.clean));
    assert_eq!(again.objects, first.objects);

    // A few new ones in a new pack, and one in a pack of many known ones.
    let new = repo.commit(81, true);
    git(repo.path(), &["repack", "-q", "-d"]);
    let third = sift_with(&mut repo.store(), &known, 2);
    assert!(third.read >= 3 && third.read < 8, "{}", third.read);
    assert_eq!(kept(&third), uses.iter().cloned().chain([new.clone()]).collect());
    for n in 0..60 {
        repo.commit(100 + n, false);
    }
    let most = sift_with(&mut repo.store(), &known, 2);
    let known = Known { clean: most.clean, kept: most.kept };
    let last = repo.commit(82, true);
    git(repo.path(), &["gc", "-q"]);
    let fourth = sift_with(&mut repo.store(), &known, 2);
    assert_eq!(fourth.read, 3, "blob, tree and commit");
    assert_eq!(kept(&fourth), uses.into_iter().chain([new, last]).collect());
    assert_eq!(fourth.objects, repo.all().len() as u64);
}

#[test]
fn it_stops_when_asked() {
    let repo = Repo::new();
    filled(&repo);
    let calls = AtomicUsize::new(0);
    let bytes = AtomicU64::new(0);
    for packed in [false, true] {
        if packed {
            git(repo.path(), &["gc", "-q"]);
        }
        calls.store(0, Ordering::Relaxed);
        let sifted = repo.store().sift(&Sift {
            threads: 1,
            anchors: &Anchors::default(),
            known: &Known::default(),
            remember: false,
            should_stop: &|| calls.fetch_add(1, Ordering::Relaxed) > 3,
            progress: &|more| {
                bytes.fetch_add(more, Ordering::Relaxed);
            },
        });
        assert!(sifted.stopped && sifted.objects < repo.all().len() as u64, "{sifted:?}");
    }
    assert!(bytes.load(Ordering::Relaxed) > 0);
}

#[test]
fn anchors_in_any_guise_are_seen() {
    let repo = Repo::new();
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain("bitbucket.org".encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    for (name, bytes) in [
        ("utf16", &utf16[..]),
        ("base64.yaml", b"url: Yml0YnVja2V0Lm9yZw==\n"),
        ("config", b"[http]\n\textraheader = Authorization: Basic eA==\n"),
        ("none", b"nothing of interest"),
    ] {
        fs::write(repo.path().join(name), bytes).unwrap();
    }
    git(repo.path(), &["add", "-A"]);
    git(repo.path(), &["commit", "-q", "-m", "fetch from bitbucket.org"]);
    let sifted = sift(&mut repo.store());
    assert_eq!(sifted.kept.len(), 4);
    assert!(!sifted.names);
    fs::write(repo.path().join(".netrc.gpg"), b"?").unwrap();
    git(repo.path(), &["add", "-A"]);
    assert!(!sift(&mut repo.store()).names);
    git(repo.path(), &["commit", "-q", "-m", "more"]);
    assert!(sift(&mut repo.store()).names);
}
