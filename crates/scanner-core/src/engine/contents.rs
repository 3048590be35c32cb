//! Files that stand in no folder as they are scanned: of a commit that is not checked out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::{Cancel, Inspection, Outcome, ScanError, ScanOptions, finish, scrub_skipped};
use crate::finding::{Repository, Skipped, Suppressed, Suppression};
use crate::mask::Scrubber;
use crate::prefilter::Named;
use crate::source::collect::Collected;
use crate::source::files::excludes;
use crate::source::read::Reader;
use crate::source::root::Base;

/// One file of a repository as a commit has it.
#[derive(Clone)]
pub struct Content {
    /// Where it stands once the commit is checked out.
    pub absolute: PathBuf,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Content({}, {} bytes)", self.absolute.display(), self.bytes.len())
    }
}

/// Scans `contents`, all of `repository`, as if they stood below `root`. Of `options` those count that
/// say what is found in a file, and which files are left out by name or size.
///
/// # Errors
/// A glob cannot be parsed.
pub fn scan_contents(
    options: &ScanOptions,
    repository: &Arc<Repository>,
    root: &Path,
    contents: &[Content],
) -> Result<Outcome, ScanError> {
    let excluded = excludes(&options.exclude)?;
    let base = Base { root: 0, real: root.to_path_buf(), shown: PathBuf::from("."), is_root: true };
    let cancel = Cancel::new();
    let parts: Vec<Collected> = contents
        .par_iter()
        .map_init(
            || Reader::new(options.window, &options.settings),
            |reader, content| {
                let mut got = Collected::default();
                let size = content.bytes.len() as u64;
                let location = base.location(&content.absolute);
                let by_name = Path::new(&location.path);
                if excluded.matched_path_or_any_parents(by_name, false).is_ignore()
                    || options.max_filesize.is_some_and(|limit| size > limit)
                {
                    return got;
                }
                let named = Named::of_path(&content.absolute);
                let mut input = &content.bytes[..];
                let seen =
                    reader.scan(&mut input, Some(size), named, &|| location.clone(), &cancel);
                got.bytes = seen.bytes;
                got.files = 1;
                let Inspection { mut raws, secrets, problems } = seen.inspection;
                for raw in &mut raws {
                    raw.finding.location.repository = Some(Arc::clone(repository));
                }
                got.take(&location, Inspection { raws, secrets, problems });
                got
            },
        )
        .collect();
    let mut total = Collected::default();
    for part in parts {
        total.merge(part);
    }
    let scrubber = Scrubber::new(&total.secrets);
    let mut outcome = Outcome::default();
    for (finding, ignored) in finish(total.raws, &scrubber, options.fleet_key.as_deref()) {
        let by =
            if ignored { Some(Suppression::Inline) } else { options.settings.suppresses(&finding) };
        match by {
            Some(by) => outcome.suppressed.push(Suppressed { finding, by }),
            None => outcome.findings.push(finding),
        }
    }
    let mut skipped: Vec<Skipped> = total.skipped;
    scrub_skipped(&mut skipped, &scrubber);
    skipped.sort();
    outcome.complete = !skipped.iter().any(|one| one.reason.breaks_completeness());
    outcome.skipped = skipped;
    outcome.stats.files = total.files;
    outcome.stats.bytes = total.bytes;
    Ok(outcome)
}
