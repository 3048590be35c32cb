//! Where the config is.

use std::path::{Path, PathBuf};

/// Its name everywhere.
const NAME: &str = "bbsweep.toml";

/// The config that counts for a scan of `roots`: the nearest in the folder of the first or above it,
/// else the user's.
pub(crate) fn find(roots: &[PathBuf]) -> Option<PathBuf> {
    let first = roots.first().map_or(Path::new("."), PathBuf::as_path);
    let first = if first == Path::new("-") { Path::new(".") } else { first };
    let above = first.canonicalize().ok().and_then(|first| {
        first.ancestors().map(|folder| folder.join(NAME)).find(|path| path.is_file())
    });
    above.or_else(of_user)
}

fn of_user() -> Option<PathBuf> {
    folders()
        .into_iter()
        .map(|folder| folder.join("bbsweep").join(NAME))
        .find(|path| path.is_file())
}

/// Where users keep configs, on this system.
fn folders() -> Vec<PathBuf> {
    let variable = |name: &str| {
        // As the XDG specification has it, a relative path is none.
        std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute())
    };
    let home = std::env::home_dir().filter(|home| home.is_absolute());
    let below = |folder: &str| home.as_ref().map(|home| home.join(folder));
    let xdg = variable("XDG_CONFIG_HOME");
    let folders = if cfg!(windows) {
        [variable("APPDATA"), xdg, None]
    } else if cfg!(target_os = "macos") {
        let own = xdg.is_none().then(|| below("Library/Application Support")).flatten();
        [xdg.or_else(|| below(".config")), own, None]
    } else {
        [xdg.or_else(|| below(".config")), None, None]
    };
    folders.into_iter().flatten().collect()
}
