//! Ways to find the anchors. `cargo bench -p bbsweep-benches --bench prefilter`
//!
//! Texts of 16 KiB without an anchor, as nearly all files are, first one that stays in the cache,
//! then as many as do not.

// A bench that cannot set itself up should stop.
#![allow(clippy::unwrap_used)]

use aho_corasick::AhoCorasick;
use bbsweep_benches::{USE, source_text};
use bbsweep_scanner_core::prefilter::Anchors;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use memchr::memmem;
use regex::bytes::Regex;

const PIECE: usize = 16 << 10;
const PIECES: [usize; 2] = [1, 2048];

fn main() {
    let mut text = source_text(PIECE);
    assert!(!Anchors::default().in_text(&text), "the text must be searched to its end");
    text.extend_from_slice(USE.as_bytes());
    assert!(Anchors::default().in_text(&text));
    divan::main();
}

fn run(bencher: Bencher<'_, '_>, pieces: usize, is_match: impl Fn(&[u8]) -> bool) {
    let text = source_text(PIECE * pieces);
    bencher
        .counter(BytesCount::new(text.len()))
        .bench_local(|| text.chunks(PIECE).filter(|piece| is_match(black_box(piece))).count());
}

/// What bbsweep does.
#[divan::bench(args = PIECES)]
fn anchors(bencher: Bencher<'_, '_>, pieces: usize) {
    let anchors = Anchors::default();
    run(bencher, pieces, |text| anchors.in_text(text));
}

#[divan::bench(args = PIECES)]
fn regex_of_two_words(bencher: Bencher<'_, '_>, pieces: usize) {
    let regex = Regex::new("(?-u)(?i:bitbucket)|ATBB").unwrap();
    run(bencher, pieces, |text| regex.is_match(text));
}

#[divan::bench(args = PIECES)]
fn aho_corasick_any_case(bencher: Bencher<'_, '_>, pieces: usize) {
    let words = ["bitbucket", "atbb", "bb_app_pass", "bb_auth_string", "bb_pass", "_app_pass"];
    let matcher = AhoCorasick::builder().ascii_case_insensitive(true).build(words).unwrap();
    run(bencher, pieces, |text| matcher.is_match(text));
}

/// Incomplete: only the usual spellings.
#[divan::bench(args = PIECES)]
fn memmem_some_cases(bencher: Bencher<'_, '_>, pieces: usize) {
    let finders = ["bitbucket", "Bitbucket", "BitBucket", "BITBUCKET", "ATBB", "APP_PASS"]
        .map(memmem::Finder::new);
    run(bencher, pieces, |text| finders.iter().any(|finder| finder.find(text).is_some()));
}

/// Incomplete: only `bitbucket`, by its rarest letter.
#[divan::bench(args = PIECES)]
fn memchr2_rarest_letter(bencher: Bencher<'_, '_>, pieces: usize) {
    run(bencher, pieces, |text| {
        memchr::memchr2_iter(b'k', b'K', text).any(|at| {
            at >= 6
                && text
                    .get(at - 6..at + 3)
                    .is_some_and(|word| word.eq_ignore_ascii_case(b"bitbucket"))
        })
    });
}

/// `tb` and what may follow, in a loop that the compiler vectorises; the regex where one is.
#[divan::bench(args = PIECES)]
#[allow(clippy::needless_bitwise_bool)] // branches would keep it from being vectorised
fn vectorised_letters(bencher: Bencher<'_, '_>, pieces: usize) {
    const BLOCK: usize = 256;
    let regex = Regex::new("(?-u)(?i:bitbucket)|ATBB").unwrap();
    let coarse = |text: &[u8]| {
        let third = text.iter().skip(2);
        let mut hit = false;
        for ((a, b), c) in text.iter().zip(text.iter().skip(1)).zip(third) {
            let (a, b, c) = (a | 0x20, b | 0x20, c | 0x20);
            hit |= (a == b't') & (b == b'b') & ((c == b'u') | (c == b'b'));
        }
        hit
    };
    run(bencher, pieces, |text| {
        (0..text.len()).step_by(BLOCK).any(|at| {
            coarse(&text[at..text.len().min(at + BLOCK + 2)])
                && regex.is_match(&text[at.saturating_sub(16)..text.len().min(at + BLOCK + 16)])
        })
    });
}
