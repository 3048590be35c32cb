//! Names the version of the rules: a digest of this crate's source. What was found clean under other
//! rules is looked at again.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let mut files = Vec::new();
    list(&root.join("src"), &mut files)?;
    // Of the libraries that parse what the rules look at.
    files.extend([root.join("Cargo.toml"), root.join("../../Cargo.lock")]);
    files.sort();
    // Two halves make the chance of the same digest for other rules too small to matter.
    let (mut one, mut two) = (DefaultHasher::new(), DefaultHasher::new());
    2_u8.hash(&mut two);
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let Ok(text) = fs::read(&file) else { continue };
        for hasher in [&mut one, &mut two] {
            file.strip_prefix(&root).unwrap_or(&file).hash(hasher);
            text.hash(hasher);
        }
    }
    println!("cargo::rerun-if-changed={}", root.join("src").display());
    println!("cargo::rustc-env=BBSWEEP_RULE_SET={:016x}{:016x}", one.finish(), two.finish());
    Ok(())
}

fn list(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, files)?;
        } else if path.extension().is_some_and(|end| end == "rs") {
            files.push(path);
        }
    }
    Ok(())
}
