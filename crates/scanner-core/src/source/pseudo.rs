//! File systems that hold no files but views of the kernel: never entered.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Types, as `/proc/self/mountinfo` names them. Reading in them can block, change the system or go
/// on without end.
const TYPES: &[&str] = &[
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "efivarfs",
    "fusectl",
    "mqueue",
    "nsfs",
    "proc",
    "pstore",
    "securityfs",
    "selinuxfs",
    "sysfs",
    "tracefs",
];

/// Where such file systems are mounted.
pub(crate) fn mount_points() -> HashSet<PathBuf> {
    let mut points = HashSet::new();
    if cfg!(target_os = "linux") {
        points.extend(["/proc", "/sys"].map(PathBuf::from));
        if let Ok(table) = std::fs::read("/proc/self/mountinfo") {
            points.extend(parse(&table));
        }
    }
    points
}

/// Whether `path` is, or lies below, one of `points`.
pub(crate) fn holds(points: &HashSet<PathBuf>, path: &Path) -> bool {
    !points.is_empty() && path.ancestors().any(|above| points.contains(above))
}

/// Fields of a line: id, parent, device, root, mount point, options, any number of tags, `-`, type.
fn parse(table: &[u8]) -> impl Iterator<Item = PathBuf> + '_ {
    table.split(|byte| *byte == b'\n').filter_map(|line| {
        let mut fields = line.split(|byte| *byte == b' ');
        let point = fields.nth(4)?;
        let kind = fields.skip_while(|field| *field != b"-").nth(1)?;
        TYPES.iter().any(|known| known.as_bytes() == kind).then(|| path(unescape(point)))
    })
}

/// Space, tab, newline and backslash are written as a backslash and three octal digits.
fn unescape(field: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [byte, after @ ..] = rest {
        rest = after;
        match after {
            [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..] if *byte == b'\\' => {
                out.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                rest = after;
            }
            _ => out.push(*byte),
        }
    }
    out
}

#[cfg(unix)]
fn path(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn path(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mountinfo() {
        let table = b"22 28 0:21 / /proc rw,nosuid shared:12 - proc proc rw\n\
            28 1 254:0 / / rw shared:1 - ext4 /dev/vda rw\n\
            40 28 0:9 / /srv/a\\040b\\134c rw - sysfs sysfs rw\n\
            broken line\n";
        let points: Vec<_> = parse(table).collect();
        assert_eq!(points, [Path::new("/proc"), Path::new("/srv/a b\\c")]);
    }

    #[test]
    fn below_a_mount_point() {
        let points = HashSet::from([PathBuf::from("/proc")]);
        assert!(holds(&points, Path::new("/proc/self/environ")));
        assert!(!holds(&points, Path::new("/process")));
    }
}
