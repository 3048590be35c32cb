//! Live counts on a terminal, and Ctrl-C.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use bbsweep_scanner_core::{Cancel, Observer};
use indicatif::{BinaryBytes, HumanCount, ProgressBar, ProgressStyle};

use crate::audit::Gentle;
use crate::output;

/// Status of a process that SIGINT ended.
const INTERRUPTED: i32 = 130;

/// Whether the user is being asked something: then nothing is at work that could be stopped.
static ASKED: AtomicBool = AtomicBool::new(false);

/// Questions to the user, during which Ctrl-C ends the process.
pub(crate) struct Prompt(());

impl Prompt {
    pub(crate) fn new() -> Self {
        Self(())
    }

    /// Waits for an answer by `read`.
    #[expect(clippy::unused_self, reason = "only who prompts may be interrupted")]
    pub(crate) fn during<T>(&self, read: impl FnOnce() -> T) -> T {
        ASKED.store(true, Ordering::SeqCst);
        let answer = read();
        ASKED.store(false, Ordering::SeqCst);
        answer
    }
}

/// Counts what a scan tells and shows it ten times a second, where standard error is a terminal.
pub(crate) struct Progress {
    counts: Arc<Counts>,
    bar: ProgressBar,
    /// Lets a busy host go first.
    gentle: Option<Gentle>,
}

#[derive(Default)]
struct Counts {
    files: AtomicU64,
    bytes: AtomicU64,
    unpacked: AtomicU64,
    findings: AtomicU64,
    repositories: AtomicU64,
    skipped: AtomicU64,
}

impl Progress {
    /// A progress line, hidden if `quiet` or if nobody would see it.
    pub(crate) fn new(quiet: bool) -> Self {
        let counts = Arc::new(Counts::default());
        if quiet || !std::io::stderr().is_terminal() {
            return Self { counts, bar: ProgressBar::hidden(), gentle: None };
        }
        let seen = Arc::clone(&counts);
        let line = move |_: &indicatif::ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = out.write_str(&seen.line());
        };
        let bar = ProgressBar::new_spinner();
        // The template is constant; without it the bar shows its default.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {counts} {elapsed:.dim}") {
            bar.set_style(style.with_key("counts", line));
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { counts, bar, gentle: None }
    }

    /// Has the threads of the scan wait while `gentle` says so.
    pub(crate) fn gentle(self, gentle: Option<Gentle>) -> Self {
        Self { gentle, ..self }
    }

    /// Takes the line off the screen.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Stops the scan on the first Ctrl-C (or SIGTERM) and the process on the second.
    pub(crate) fn stop_on_signal(&self, cancel: &Cancel) -> anyhow::Result<()> {
        let cancel = cancel.clone();
        let bar = self.bar.clone();
        let signals = AtomicUsize::new(0);
        ctrlc::set_handler(move || {
            if signals.fetch_add(1, Ordering::Relaxed) > 0 || ASKED.load(Ordering::SeqCst) {
                quit();
            }
            cancel.cancel();
            bar.suspend(|| {
                output::message("stopping; what was found so far follows. Again to quit at once.");
            });
        })
        .context("cannot watch for Ctrl-C")
    }
}

#[expect(clippy::exit, reason = "the second Ctrl-C means now")]
fn quit() -> ! {
    std::process::exit(INTERRUPTED)
}

impl Counts {
    fn line(&self) -> String {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let skipped = match get(&self.skipped) {
            0 => String::new(),
            number => format!(", {} left out", HumanCount(number)),
        };
        let history = match get(&self.unpacked) {
            0 => String::new(),
            bytes => format!(", {} of history", BinaryBytes(bytes)),
        };
        format!(
            "{} files, {}{history}, {} repositories, {} findings{skipped}",
            HumanCount(get(&self.files)),
            BinaryBytes(get(&self.bytes)),
            HumanCount(get(&self.repositories)),
            HumanCount(get(&self.findings)),
        )
    }
}

impl Observer for Progress {
    fn file(&self, bytes: u64, findings: usize) {
        if let Some(gentle) = &self.gentle {
            gentle.wait();
        }
        self.counts.files.fetch_add(1, Ordering::Relaxed);
        self.counts.bytes.fetch_add(bytes, Ordering::Relaxed);
        if findings > 0 {
            self.counts.findings.fetch_add(findings as u64, Ordering::Relaxed);
        }
    }

    fn repository(&self) {
        self.counts.repositories.fetch_add(1, Ordering::Relaxed);
    }

    fn objects(&self, bytes: u64) {
        self.counts.unpacked.fetch_add(bytes, Ordering::Relaxed);
    }

    fn skipped(&self) {
        self.counts.skipped.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_it_is_told() {
        let progress = Progress::new(true);
        progress.file(2048, 0);
        progress.file(1024, 3);
        progress.repository();
        assert_eq!(progress.counts.line(), "2 files, 3.00 KiB, 1 repositories, 3 findings");
        progress.skipped();
        assert!(progress.counts.line().ends_with(", 1 left out"));
    }
}
