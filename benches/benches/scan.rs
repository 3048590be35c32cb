//! Stages of a scan. `cargo bench -p bbsweep-benches --bench scan`

// A bench that cannot set itself up should stop.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use bbsweep_benches::{USE, source_text};
use bbsweep_scanner_core::{Cancel, Document, Encoding, ScanOptions, scan, scan_bytes};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

fn main() {
    divan::main();
}

/// A file with one use in it, through all detectors.
#[divan::bench(args = [1 << 10, 64 << 10, 1 << 20])]
fn detect(bencher: Bencher<'_, '_>, len: usize) {
    let mut text = source_text(len);
    text.extend_from_slice(USE.as_bytes());
    assert_eq!(scan_bytes(Path::new("ci/build.sh"), &text).0.len(), 1);
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| scan_bytes(Path::new("ci/build.sh"), &text).0.len());
}

/// A file in which every line is a use.
#[divan::bench(args = [100, 10_000])]
fn detect_many(bencher: Bencher<'_, '_>, uses: usize) {
    let text = USE.repeat(uses);
    bencher
        .counter(ItemsCount::new(uses))
        .bench_local(|| scan_bytes(Path::new("ci/build.sh"), text.as_bytes()).0.len());
}

#[divan::bench]
fn decode_utf16(bencher: Bencher<'_, '_>) {
    let text = String::from_utf8(source_text(1 << 20)).unwrap();
    let mut bytes = vec![0xFF, 0xFE];
    bytes.extend(Encoding::Utf16Le.encode(&text));
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench_local(|| Document::new("x.txt", &bytes).text.len());
}

/// A whole scan of a tree of small files without a use: walk, open, read, search.
#[divan::bench(args = [1, 0], sample_count = 10)]
fn tree(bencher: Bencher<'_, '_>, threads: usize) {
    const FILES: usize = 2_000;
    let dir = tempfile::tempdir().unwrap();
    let text = source_text(8 << 10);
    for n in 0..FILES {
        let folder = dir.path().join(format!("d{}", n % 50));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("f{n}.rs")), &text).unwrap();
    }
    let options = ScanOptions { roots: vec![dir.path().into()], threads, ..ScanOptions::default() };
    bencher.counter(ItemsCount::new(FILES)).bench_local(|| {
        let outcome = scan(&options, &Cancel::new(), &()).unwrap();
        assert_eq!(outcome.stats.files, FILES as u64);
    });
}
