//! What the benches share: text that looks like a source tree's.

/// About `len` bytes of source text without an anchor: this workspace's own code with the words that
/// are anchors bent.
pub fn source_text(len: usize) -> Vec<u8> {
    let own = concat!(
        include_str!("../../crates/scanner-core/src/engine.rs"),
        include_str!("../../crates/scanner-core/src/finding.rs"),
        include_str!("../../crates/scanner-core/src/document/encoding.rs"),
        include_str!("../../crates/scanner-core/src/source/files.rs"),
        include_str!("../../crates/scanner-core/src/source/read.rs"),
        include_str!("../../Cargo.toml"),
    );
    let own = own
        .replace("itbucket", "itbasket")
        .replace("ITBUCKET", "ITBASKET")
        .replace("ATBB", "ATEB")
        .replace("AppPassword", "AppSecret")
        .replace("app_password", "app_secret")
        .replace("app-password", "app-secret");
    own.into_bytes().into_iter().cycle().take(len).collect()
}

/// A use of an app password, clearly fake.
pub const USE: &str =
    "git clone https://joe:ATBBexampleNotARealSecret0010A1B2C3D@bitbucket.org/team/repo.git\n";
