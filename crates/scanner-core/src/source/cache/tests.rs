use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::Settings;
use crate::settings::Additions;

/// Ten seconds after 1970-01-02, in nanoseconds.
const THEN: i128 = 86_410_000_000_000;

fn options(seconds: u64) -> ScanOptions {
    let now = UNIX_EPOCH + std::time::Duration::from_secs(86_410 + seconds);
    ScanOptions { now: Some(now), ..ScanOptions::default() }
}

fn stamp(size: u64, changed: i128) -> Stamp {
    Stamp { size, modified: 5, changed, inode: 7, device: 1 }
}

fn path(name: &str) -> PathBuf {
    PathBuf::from("/somewhere").join(name)
}

fn clean(cache: &Cache, name: &str, stamp: &Stamp) -> Option<(u64, bool)> {
    cache.clean(&path(name), Path::new(name), stamp)
}

fn remember(cache: &Cache, name: &str, stamp: Stamp) {
    cache.remember(&path(name), Path::new(name), stamp, stamp.size, true);
}

/// A folder whose cache knows `a` and `b`.
fn filled() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::open(dir.path(), &options(0)).unwrap();
    remember(&cache, "a", stamp(1, 6));
    remember(&cache, "b", stamp(2, 6));
    assert_eq!(cache.close(), None);
    dir
}

fn knows(dir: &TempDir, options: &ScanOptions) -> (Vec<bool>, Option<String>) {
    let cache = Cache::open(dir.path(), options).unwrap();
    let known = vec![
        clean(&cache, "a", &stamp(1, 6)).is_some(),
        clean(&cache, "b", &stamp(2, 6)).is_some(),
    ];
    let note = cache.note.lock().unwrap().clone();
    (known, note)
}

#[test]
fn what_is_as_it_was_is_known() {
    let dir = filled();
    let cache = Cache::open(dir.path(), &options(1)).unwrap();
    assert_eq!(clean(&cache, "a", &stamp(1, 6)), Some((1, true)));
    for other in [
        stamp(2, 6),
        stamp(1, 7),
        Stamp { modified: 4, ..stamp(1, 6) },
        Stamp { inode: 8, ..stamp(1, 6) },
        Stamp { device: 2, ..stamp(1, 6) },
    ] {
        assert_eq!(clean(&cache, "a", &other), None, "{other:?}");
    }
    assert_eq!(clean(&cache, "c", &stamp(1, 6)), None);
    // Seen under another name of its folder, it may be another thing.
    assert_eq!(cache.clean(&path("a"), Path::new("x/a"), &stamp(1, 6)), None);
    assert_eq!(cache.hits(), 1);
}

#[test]
fn it_is_for_its_owner_alone() {
    let top = tempfile::tempdir().unwrap();
    let dir = top.path().join("deep/er");
    let cache = Cache::open(&dir, &options(0)).unwrap();
    remember(&cache, "a", stamp(1, 6));
    cache.close();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&dir), mode(&dir.join("bbsweep-cache.redb"))), (0o700, 0o600));
    fs::write(top.path().join("file"), "").unwrap();
    assert!(Cache::open(&top.path().join("file"), &options(0)).is_err());
}

#[test]
fn other_rules_or_settings_know_nothing() {
    let dir = filled();
    assert_eq!(knows(&dir, &options(1)), (vec![true, true], None));
    let additions =
        Additions { secrets: vec!["DEPLOY_KEY".parse().unwrap()], ..Additions::default() };
    let other = ScanOptions {
        settings: std::sync::Arc::new(Settings::new(additions).unwrap()),
        ..options(1)
    };
    assert_eq!(knows(&dir, &other), (vec![false, false], None));
    let other = ScanOptions { window: 17, ..options(1) };
    assert_eq!(knows(&dir, &other), (vec![false, false], None));
    // Written under others, nothing of before is left.
    let cache = Cache::open(dir.path(), &other).unwrap();
    remember(&cache, "c", stamp(3, 6));
    cache.close();
    assert_eq!(knows(&dir, &options(2)), (vec![false, false], None));
    let cache = Cache::open(dir.path(), &other).unwrap();
    assert!(clean(&cache, "c", &stamp(3, 6)).is_some());
    assert_eq!(cache.known.len(), 1);
}

#[test]
fn a_clock_that_went_back_is_noticed() {
    let dir = filled();
    let before = ScanOptions { now: Some(UNIX_EPOCH), ..ScanOptions::default() };
    let (known, note) = knows(&dir, &before);
    assert_eq!(known, [false, false]);
    assert!(note.unwrap().contains("later than now"));
    // What changed after this scan began cannot be known to be the same.
    let cache = Cache::open(dir.path(), &options(0)).unwrap();
    remember(&cache, "c", stamp(1, THEN + 1));
    remember(&cache, "d", stamp(1, THEN - RACY));
    remember(&cache, "e", stamp(1, THEN - RACY - 1));
    cache.close();
    let cache = Cache::open(dir.path(), &options(1)).unwrap();
    let known = |name, changed| clean(&cache, name, &stamp(1, changed)).is_some();
    assert!(!known("c", THEN + 1) && !known("d", THEN - RACY) && known("e", THEN - RACY - 1));
}

#[test]
fn two_at_a_time_do_not_harm_each_other() {
    let dir = filled();
    let db = redb::Database::open(dir.path().join("bbsweep-cache.redb")).unwrap();
    let (known, note) = knows(&dir, &options(1));
    assert_eq!(known, [false, false]);
    assert!(note.unwrap().contains("another process uses it"));
    let cache = Cache::open(dir.path(), &options(1)).unwrap();
    remember(&cache, "c", stamp(1, 6));
    assert!(cache.close().unwrap().contains("another process uses it"));
    drop(db);
    assert_eq!(knows(&dir, &options(1)), (vec![true, true], None));
}

#[test]
fn the_unseen_is_forgotten_after_a_while() {
    let dir = filled();
    let day = 86_400;
    // Seen each month, one of them.
    for month in 1..=4 {
        let cache = Cache::open(dir.path(), &options(month * 30 * day)).unwrap();
        assert!(clean(&cache, "a", &stamp(1, 6)).is_some());
        cache.close();
    }
    assert_eq!(knows(&dir, &options(121 * day)).0, [true, false]);
}

#[test]
fn repositories_are_kept_whole() {
    let dir = tempfile::tempdir().unwrap();
    let id = |n: u8| gix_hash::ObjectId::try_from(&[n; 20][..]).unwrap();
    let known = || KnownRepository {
        objects: Known {
            clean: (0..100).map(id).collect(),
            kept: vec![
                (id(101), gix_object::Kind::Blob),
                (id(102), gix_object::Kind::Commit),
                (id(103), gix_object::Kind::Tag),
            ],
        },
        bytes: 12,
        names: true,
        found: Some(([7; 32], b"a record".to_vec())),
    };
    let cache = Cache::open(dir.path(), &options(0)).unwrap();
    cache.remember_repository(Path::new("/r/.git"), known());
    cache.close();
    let cache = Cache::open(dir.path(), &options(1)).unwrap();
    assert_eq!(format!("{:?}", cache.repository(Path::new("/r/.git"))), format!("{:?}", known()));
    assert_eq!(cache.repository(Path::new("/other")).objects.clean.len(), 0);

    // A large one in the place of it, and a small one in the place of that.
    for count in [20_000_u32, 3] {
        let id = |n: u32| {
            let bytes: Vec<u8> = n.to_be_bytes().into_iter().cycle().take(20).collect();
            gix_hash::ObjectId::try_from(&bytes[..]).unwrap()
        };
        let objects = Known { clean: (0..count).map(id).collect(), kept: Vec::new() };
        let cache = Cache::open(dir.path(), &options(2)).unwrap();
        let known = KnownRepository { objects, ..KnownRepository::default() };
        cache.remember_repository(Path::new("/r/.git"), known);
        assert_eq!(cache.close(), None);
        let cache = Cache::open(dir.path(), &options(2)).unwrap();
        let clean = cache.repository(Path::new("/r/.git")).objects.clean;
        assert!(clean.len() == count as usize && clean.is_sorted());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is damaged: it is not used, or what it says is still right.
    #[test]
    fn damage_never_makes_a_file_clean(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1..=255_u8), 1..40),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let dir = filled();
        let file = dir.path().join("bbsweep-cache.redb");
        let mut bytes = fs::read(&file).unwrap();
        for (at, bits) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= bits;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        fs::write(&file, &bytes).unwrap();
        let cache = Cache::open(dir.path(), &options(1)).unwrap();
        for (name, wrong) in [("a", stamp(9, 6)), ("b", stamp(2, 9)), ("c", stamp(1, 6))] {
            prop_assert_eq!(clean(&cache, name, &wrong), None);
        }
        if let Some(known) = clean(&cache, "a", &stamp(1, 6)) {
            prop_assert_eq!(known, (1, true));
        }
        // It is of use again after the next scan.
        remember(&cache, "a", stamp(1, 6));
        remember(&cache, "b", stamp(2, 6));
        cache.close();
        prop_assert_eq!(knows(&dir, &options(2)).0, [true, true]);
    }
}

#[test]
fn what_is_no_store_is_replaced() {
    for bytes in [Vec::new(), b"garbage".to_vec(), vec![0; 100_000]] {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("bbsweep-cache.redb"), bytes).unwrap();
        let cache = Cache::open(dir.path(), &options(0)).unwrap();
        remember(&cache, "a", stamp(1, 6));
        remember(&cache, "b", stamp(2, 6));
        cache.close();
        assert_eq!(knows(&dir, &options(1)), (vec![true, true], None));
    }
}
