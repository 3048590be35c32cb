//! Runs the detectors on one document.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use super::convert::{Origin, Raw, convert, secrets};
use crate::Secret;
use crate::detect::{Sink, detect};
use crate::document::Document;
use crate::finding::{Location, SkipReason};

/// What one document gave.
#[derive(Debug, Default)]
pub(crate) struct Inspection {
    pub(crate) raws: Vec<Raw>,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) problems: Vec<(SkipReason, String)>,
}

/// Runs the detectors on `doc`. One that panics costs what it had not seen yet, and is told.
pub(crate) fn inspect(doc: &Document<'_>, origin: Origin, location: &Location) -> Inspection {
    inspect_with(detect, doc, origin, location)
}

fn inspect_with(
    detect: impl Fn(&Document<'_>, &mut Sink),
    doc: &Document<'_>,
    origin: Origin,
    location: &Location,
) -> Inspection {
    let mut sink = Sink::default();
    let mut whole = quietly(|| detect(doc, &mut sink));
    let secrets = quietly_or_default(|| secrets(doc, &sink), &mut whole);
    let mut problems = std::mem::take(&mut sink.problems);
    let (raws, sane) = quietly_or_default(|| convert(doc, origin, location, &mut sink), &mut whole);
    if !whole || !sane {
        problems.push((
            SkipReason::Internal,
            "a detector failed on this file; please report it as a bug".into(),
        ));
    }
    Inspection { raws, secrets, problems }
}

fn quietly_or_default<T: Default>(work: impl FnOnce() -> T, whole: &mut bool) -> T {
    let mut out = T::default();
    *whole &= quietly(|| out = work());
    out
}

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`; whether it ended without a panic. What a panic says is not printed: it may quote the
/// text, and with it a secret.
pub(crate) fn quietly(work: impl FnOnce()) -> bool {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                previous(info);
            }
        }));
    });
    QUIET.set(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(false);
    // The payload may quote a secret: it is dropped unread.
    result.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_counted_and_says_nothing() {
        let doc = Document::new("x", b"ATBB");
        let location = crate::engine::bare_location("x");
        let seen = inspect_with(
            |doc, _| panic!("{}", String::from_utf8_lossy(&doc.text)),
            &doc,
            Origin::whole(&doc),
            &location,
        );
        assert_eq!(seen.problems.len(), 1);
        assert_eq!(seen.problems[0].0, SkipReason::Internal);
        assert!(!seen.problems[0].1.contains("ATBB"));
    }
}
