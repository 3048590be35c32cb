//! Keeps out of the way of a busy host.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use bbsweep_scanner_core::Cancel;

use crate::output;

/// How often the load is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Takes the priority of this process down. What the system refuses is told.
pub(super) fn step_back(nice: Option<u8>) {
    let Some(nice) = nice.filter(|nice| *nice > 0) else { return };
    #[cfg(unix)]
    if let Err(error) = rustix::process::nice(i32::from(nice)) {
        output::message(format_args!("cannot take the priority down: {error}"));
    }
    #[cfg(target_os = "linux")]
    {
        use ioprio::{Class, Pid, Priority, Target};
        let idle = Priority::new(Class::Idle);
        if let Err(error) = ioprio::set_priority(Target::Process(Pid::this()), idle) {
            output::message(format_args!("cannot take the priority of the disk down: {error}"));
        }
    }
    #[cfg(not(unix))]
    output::message("--nice has no effect on this system");
}

/// Makes the threads of a scan wait while the load of the host is too high.
pub(crate) struct Gentle {
    most: f64,
    file: PathBuf,
    cancel: Cancel,
    looked: Mutex<(Option<Instant>, bool)>,
}

impl Gentle {
    pub(crate) fn new(most: f64, cancel: &Cancel) -> Self {
        Self::of("/proc/loadavg".into(), most, cancel)
    }

    fn of(file: PathBuf, most: f64, cancel: &Cancel) -> Self {
        Self { most, file, cancel: cancel.clone(), looked: Mutex::new((None, false)) }
    }

    /// Returns once the load is low enough, or the scan is stopped. A host that tells no load has none.
    pub(crate) fn wait(&self) {
        while self.is_busy() && !self.cancel.is_cancelled() {
            std::thread::sleep(EVERY);
        }
    }

    fn is_busy(&self) -> bool {
        let Ok(mut looked) = self.looked.lock() else { return false };
        let (when, busy) = *looked;
        if when.is_some_and(|when| when.elapsed() < EVERY) {
            return busy;
        }
        let text = std::fs::read_to_string(&self.file).unwrap_or_default();
        let load = text.split(' ').next().and_then(|load| load.parse::<f64>().ok());
        let now_busy = load.is_some_and(|load| load > self.most);
        if now_busy && !busy {
            output::message(format_args!(
                "the load is above {}: waiting until it is lower",
                self.most
            ));
        }
        *looked = (Some(Instant::now()), now_busy);
        now_busy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_while_the_load_is_high() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("load");
        std::fs::write(&file, "7.50 1 1 1/1 1\n").unwrap();
        let cancel = Cancel::new();
        let gentle = Gentle::of(file.clone(), 4.0, &cancel);
        assert!(gentle.is_busy());
        std::fs::write(&file, "1.00 1 1 1/1 1\n").unwrap();
        let begun = Instant::now();
        gentle.wait();
        assert!(begun.elapsed() >= EVERY / 2, "the load is not read each time");
        std::fs::write(&file, "9.00\n").unwrap();
        cancel.cancel();
        Gentle::of(file, 4.0, &cancel).wait();
        assert!(!Gentle::of("/nowhere".into(), 4.0, &cancel).is_busy());
    }
}
