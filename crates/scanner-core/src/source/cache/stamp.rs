//! What tells that a file is still the same.

use std::fs::Metadata;
#[cfg(not(unix))]
use std::time::SystemTime;

#[cfg(not(unix))]
use super::nanoseconds;

/// Size, times, and which file it is. Times are nanoseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(super) size: u64,
    pub(super) modified: i128,
    /// When its data or any of its attributes changed: no program can set that back. Where the system
    /// does not tell, when it was created.
    pub(super) changed: i128,
    pub(super) inode: u64,
    pub(super) device: u64,
}

impl Stamp {
    #[cfg(unix)]
    pub(crate) fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        let time = |seconds: i64, nanoseconds: i64| {
            i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds)
        };
        Self {
            size: metadata.len(),
            modified: time(metadata.mtime(), metadata.mtime_nsec()),
            changed: time(metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
            device: metadata.dev(),
        }
    }

    #[cfg(not(unix))]
    pub(crate) fn of(metadata: &Metadata) -> Self {
        let time = |time: std::io::Result<SystemTime>| time.map_or(i128::MAX, nanoseconds);
        Self {
            size: metadata.len(),
            modified: time(metadata.modified()),
            changed: time(metadata.created()),
            inode: 0,
            device: 0,
        }
    }

    /// The later of its times.
    pub(super) fn newest(&self) -> i128 {
        self.modified.max(self.changed)
    }
}
