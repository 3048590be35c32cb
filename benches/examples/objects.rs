//! Ways to unpack every object of a repository: `cargo run --release -p bbsweep-benches --example
//! objects -- REPOSITORY.git`. What was measured stands in `scanner-core`, `source::history::store`.
//!
//! Each way hands every blob, commit and tag to the prefilter; all have to come to the same count.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use bbsweep_scanner_core::prefilter::Anchors;
use git2::{ObjectType, Oid};
use gix_object::Kind;
use gix_pack::Bundle;
use gix_pack::cache::lru::MemoryCappedHashmap;
use gix_pack::index::traverse::{Algorithm, Options, SafetyCheck};

/// Objects that hold an anchor.
static KEPT: AtomicU64 = AtomicU64::new(0);

fn judge(anchors: &Anchors, is_tree: bool, data: &[u8]) {
    if !is_tree && anchors.in_text(data) {
        KEPT.fetch_add(1, Ordering::Relaxed);
    }
}

fn main() {
    let dir = PathBuf::from(std::env::args().nth(1).expect("the path of a bare repository"));
    let threads = std::thread::available_parallelism().unwrap().get();
    let ways: [(&str, &dyn Fn()); 5] = [
        ("git2, by id, one thread", &|| git2_by_id(&dir, 1)),
        ("git2, by id, all threads", &|| git2_by_id(&dir, threads)),
        ("gix, by id, all threads", &|| gix_by_id(&dir, threads, false)),
        ("gix, in the order of the pack, all threads", &|| gix_by_id(&dir, threads, true)),
        ("gix, along the delta trees, all threads", &|| gix_traverse(&dir, threads)),
    ];
    println!("{threads} threads");
    for (name, way) in ways {
        KEPT.store(0, Ordering::Relaxed);
        let started = Instant::now();
        way();
        let seconds = started.elapsed().as_secs_f64();
        println!("{seconds:8.2} s  {:>8} kept  {name}", KEPT.load(Ordering::Relaxed));
    }
}

fn packs(dir: &Path) -> Vec<Bundle> {
    let mut paths: Vec<PathBuf> =
        dir.join("objects/pack").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "pack"));
    paths.sort();
    paths.iter().map(|path| Bundle::at(path, gix_hash::Kind::Sha1).unwrap()).collect()
}

fn git2_by_id(dir: &Path, threads: usize) {
    let mut ids: Vec<Oid> = Vec::new();
    let repository = git2::Repository::open(dir).unwrap();
    repository
        .odb()
        .unwrap()
        .foreach(|id| {
            ids.push(*id);
            true
        })
        .unwrap();
    std::thread::scope(|scope| {
        for part in ids.chunks(ids.len().div_ceil(threads)) {
            scope.spawn(move || {
                let repository = git2::Repository::open(dir).unwrap();
                let odb = repository.odb().unwrap();
                let anchors = Anchors::default();
                for id in part {
                    let object = odb.read(*id).unwrap();
                    judge(&anchors, object.kind() == ObjectType::Tree, object.data());
                }
            });
        }
    });
}

fn gix_by_id(dir: &Path, threads: usize, in_order: bool) {
    for pack in packs(dir) {
        let mut all: Vec<u32> = (0..pack.index.num_objects()).collect();
        if in_order {
            all.sort_by_key(|at| pack.index.pack_offset_at_index(*at));
        }
        let pack = &pack;
        std::thread::scope(|scope| {
            for part in all.chunks(all.len().div_ceil(threads)) {
                scope.spawn(move || {
                    let anchors = Anchors::default();
                    let (mut buffer, mut inflate) = (Vec::new(), gix_zlib::Inflate::default());
                    let mut cache = MemoryCappedHashmap::new(48 << 20);
                    for at in part {
                        let (data, _) = pack
                            .get_object_by_index(*at, &mut buffer, &mut inflate, &mut cache)
                            .unwrap();
                        judge(&anchors, data.kind == Kind::Tree, data.data);
                    }
                });
            }
        });
    }
}

fn gix_traverse(dir: &Path, threads: usize) {
    for pack in packs(dir) {
        let anchors = Anchors::default();
        pack.index
            .traverse(
                &pack.pack,
                &mut gix_utils::progress::Discard,
                &AtomicBool::new(false),
                move |kind, data, _, _| {
                    judge(&anchors, kind == Kind::Tree, data);
                    Ok(())
                },
                Options {
                    traversal: Algorithm::DeltaTreeLookup,
                    thread_limit: Some(threads),
                    check: SafetyCheck::SkipFileAndObjectChecksumVerification,
                    alloc_limit_bytes: None,
                    make_pack_lookup_cache: || gix_pack::cache::Never,
                },
            )
            .unwrap();
    }
}
