//! Opens regular files and nothing else.

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io;
use std::path::Path;

use crate::finding::SkipReason;

/// Why an input could not be read, with a line for people.
pub(crate) type Problem = (SkipReason, String);

/// Opens `path` for reading if it is a regular file. A FIFO, socket or device that took its place
/// since the folder was listed is neither waited for nor read, and a link not followed.
pub(crate) fn open_regular(path: &Path) -> Result<(File, Metadata), Problem> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW | libc::O_NOCTTY);
    }
    let file = options.open(path).map_err(|error| problem_of_open(path, &error))?;
    let metadata = file.metadata().map_err(|error| problem(&error))?;
    if metadata.is_file() {
        Ok((file, metadata))
    } else {
        Err((SkipReason::SpecialFile, kind_name(metadata.file_type()).into()))
    }
}

/// Some special files can't even be opened: their kind says more than the error.
fn problem_of_open(path: &Path, error: &io::Error) -> Problem {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => {
            (SkipReason::Changed, "became a link while the scan ran".into())
        }
        Ok(metadata) if !metadata.is_file() => {
            (SkipReason::SpecialFile, kind_name(metadata.file_type()).into())
        }
        _ => problem(error),
    }
}

/// The reason for an error of the system, and its words, which name no path.
pub(crate) fn problem(error: &io::Error) -> Problem {
    let reason = match error.kind() {
        io::ErrorKind::NotFound => SkipReason::NotFound,
        io::ErrorKind::PermissionDenied => SkipReason::PermissionDenied,
        _ if is_loop(error) => SkipReason::LinkLoop,
        _ => SkipReason::IoError,
    };
    (reason, error.to_string())
}

#[cfg(unix)]
fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

#[cfg(not(unix))]
fn is_loop(_: &io::Error) -> bool {
    false
}

/// What a file that is no regular file is called.
pub(crate) fn kind_name(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return "a FIFO";
        } else if kind.is_socket() {
            return "a socket";
        } else if kind.is_block_device() || kind.is_char_device() {
            return "a device";
        }
    }
    if kind.is_dir() { "a folder" } else { "not a regular file" }
}

/// Number of the file system that holds the entry; the same for all where the system tells none.
#[cfg(unix)]
pub(crate) fn device(metadata: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    metadata.dev()
}

/// Number of the file system that holds the entry; the same for all where the system tells none.
#[cfg(not(unix))]
pub(crate) fn device(_: &Metadata) -> u64 {
    0
}
