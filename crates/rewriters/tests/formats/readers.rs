//! Readers of other people: what they took before they take after, with the same keys.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use bbsweep_scanner_core::Encoding;

/// Who reads a format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    Json,
    Yaml,
    Toml,
    Xml,
    GitConfig,
    Shell,
}

/// Whether the reader took the file before; it has to take it after, too, with the same skeleton.
pub(crate) fn same(reader: Reader, old: &[u8], new: &[u8], path: &str) -> bool {
    let Some(before) = read(reader, old) else { return false };
    let after = read(reader, new);
    assert_eq!(after.as_ref(), Some(&before), "{path}: {}", String::from_utf8_lossy(new));
    true
}

/// What a file says but for its values; `None` if it cannot be read.
fn read(reader: Reader, bytes: &[u8]) -> Option<Vec<String>> {
    if reader == Reader::GitConfig {
        return git_config(bytes);
    }
    let encoding = Encoding::sniff(bytes);
    let text = encoding.decode(&bytes[encoding.bom_len()..]);
    let text = std::str::from_utf8(&text).ok()?;
    let mut out = Vec::new();
    match reader {
        Reader::Json => json(&serde_json::from_str(text).ok()?, "", &mut out),
        Reader::Yaml => yaml(&serde_yaml_ng::from_str(text).ok()?, "", &mut out),
        Reader::Toml => {
            let document: toml_edit::DocumentMut = text.parse().ok()?;
            toml(document.as_item(), "", &mut out);
        }
        Reader::Xml => {
            let document = roxmltree::Document::parse(text).ok()?;
            for node in document.descendants() {
                out.push(format!("{:?} {}", node.node_type(), node.tag_name().name()));
                out.extend(node.attributes().map(|attribute| attribute.name().to_owned()));
            }
        }
        Reader::Shell => return shell(text).then(Vec::new),
        Reader::GitConfig => {}
    }
    Some(out)
}

/// A variable that is renamed is another key by the plan's own will.
fn key(name: &str) -> String {
    name.replace("BITBUCKET_APP_PASSWORD", "BITBUCKET_API_TOKEN")
}

fn json(value: &serde_json::Value, at: &str, out: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(map) => {
            for (name, value) in map {
                json(value, &format!("{at}/{}", key(name)), out);
            }
        }
        serde_json::Value::Array(all) => {
            for (n, value) in all.iter().enumerate() {
                json(value, &format!("{at}/{n}"), out);
            }
        }
        serde_json::Value::String(_) => out.push(format!("{at} text")),
        other => out.push(format!("{at} {other}")),
    }
    out.sort();
}

fn yaml(value: &serde_yaml_ng::Value, at: &str, out: &mut Vec<String>) {
    match value {
        serde_yaml_ng::Value::Mapping(map) => {
            for (name, value) in map {
                let name = name.as_str().map_or_else(|| format!("{name:?}"), key);
                yaml(value, &format!("{at}/{name}"), out);
            }
        }
        serde_yaml_ng::Value::Sequence(all) => {
            for (n, value) in all.iter().enumerate() {
                yaml(value, &format!("{at}/{n}"), out);
            }
        }
        serde_yaml_ng::Value::String(_) => out.push(format!("{at} text")),
        other => out.push(format!("{at} {other:?}")),
    }
    out.sort();
}

fn toml(item: &toml_edit::Item, at: &str, out: &mut Vec<String>) {
    if let Some(table) = item.as_table_like() {
        for (name, item) in table.iter() {
            toml(item, &format!("{at}/{}", key(name)), out);
        }
    } else if let Some(tables) = item.as_array_of_tables() {
        out.push(format!("{at} {} tables", tables.len()));
    } else {
        out.push(format!("{at} {}", item.type_name()));
    }
    out.sort();
}

/// The keys that libgit2 reads. Edits may take a key away, so that each may miss.
fn git_config(bytes: &[u8]) -> Option<Vec<String>> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config");
    std::fs::write(&path, bytes).unwrap();
    let config = git2::Config::open(&path).ok()?;
    let mut entries = config.entries(None).ok()?;
    let mut keys = BTreeSet::new();
    while let Some(entry) = entries.next() {
        let entry = entry.ok()?;
        let name = String::from_utf8_lossy(entry.name_bytes()).into_owned();
        // The section's name is a URL with a password in it, or the header is the edit.
        if !name.starts_with("url.") && !name.to_lowercase().ends_with("extraheader") {
            keys.insert(name);
        }
    }
    Some(keys.into_iter().collect())
}

fn shell(text: &str) -> bool {
    use std::io::Write as _;
    let child = Command::new("bash")
        .arg("-n")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else { return false };
    let _ = child.stdin.take().unwrap().write_all(text.as_bytes());
    child.wait().unwrap().success()
}
