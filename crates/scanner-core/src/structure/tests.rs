use super::*;

/// All keys and scalars, a line each: way, style, what stands there, and what it says if that
/// differs.
fn shown(text: &[u8], format: Format) -> String {
    let tree = parse(text, format).unwrap();
    let mut lines = String::new();
    for document in &tree.documents {
        show(text, document, "", &mut lines);
    }
    lines
}

fn show(text: &[u8], node: &Node, path: &str, lines: &mut String) {
    use std::fmt::Write as _;
    match &node.value {
        Value::Scalar(scalar) => {
            let raw = String::from_utf8_lossy(&text[scalar.content.clone()]);
            write!(lines, "{path} {:?} {raw:?}", scalar.style).unwrap();
            if raw != scalar.text {
                write!(lines, " = {:?}", scalar.text).unwrap();
            }
            lines.push('\n');
        }
        Value::Map(entries) => {
            if entries.is_empty() {
                writeln!(lines, "{path} {{}}").unwrap();
            }
            for entry in entries {
                let raw = String::from_utf8_lossy(&text[entry.key_range.clone()]);
                let key = if raw == entry.key {
                    entry.key.clone()
                } else {
                    format!("{}<{raw}>", entry.key)
                };
                show(text, &entry.node, &format!("{path}/{key}"), lines);
            }
        }
        Value::List(items) => {
            if items.is_empty() {
                writeln!(lines, "{path} []").unwrap();
            }
            for item in items {
                show(text, item, &format!("{path}/[]"), lines);
            }
        }
    }
}

#[test]
fn ways() {
    let text = b"a: &a {u: 1, v: 2}\nb:\n  <<: [*a]\n  v: 3\nl: [{x: 4}, {x: 5}]\n";
    let tree = parse(text, Format::Yaml).unwrap();
    let at = |path| -> Vec<&str> {
        let found = tree.documents[0].at(path).into_iter();
        found.filter_map(Node::scalar).map(|scalar| scalar.text.as_str()).collect()
    };
    assert_eq!(at("b/u"), ["1"]);
    assert_eq!(at("b/v"), ["3"]);
    assert_eq!(at("l/[]/x"), ["4", "5"]);
    assert_eq!(at("*/v"), ["2", "3"]);
    assert!(at("l/x").is_empty());
    assert_eq!(tree.nodes().filter(|node| node.scalar().is_some()).count(), 7);
    assert!(shown(text, Format::Yaml).starts_with("/a/u Plain \"1\"\n"));
}
