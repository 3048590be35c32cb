//! Ways through a tree.

use super::{Entry, Node, Scalar, Tree, Value};

/// The text of an XML element that has attributes or elements too.
pub(super) const TEXT: &str = "#text";

/// YAML's merge key.
const MERGE: &str = "<<";

impl Tree {
    /// All nodes, each before those in it, in the order of the file.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.documents.iter().flat_map(Node::nodes)
    }
}

impl Node {
    /// Keys and values, if it is a map.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// Items, if it is a list.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// What it says, if it is a scalar or an XML element with a text.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            Value::Map(entries) => {
                let text = entries.iter().find(|entry| entry.key == TEXT)?;
                match &text.node.value {
                    Value::Scalar(scalar) => Some(scalar),
                    _ => None,
                }
            }
            Value::List(_) => None,
        }
    }

    /// Entries under a key; if there are none, those that YAML's `<<` brings.
    pub fn entries_of<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let own = with_key(self.entries(), key);
        let merged = if own.is_empty() {
            with_key(self.entries(), MERGE)
                .into_iter()
                .flat_map(|merge| std::iter::once(&merge.node).chain(merge.node.items()))
                .flat_map(|node| with_key(node.entries(), key))
                .collect()
        } else {
            own
        };
        merged.into_iter()
    }

    /// Values under a key; more than one in XML and HCL.
    pub fn get<'a>(&'a self, key: &str) -> impl Iterator<Item = &'a Node> + use<'a> {
        self.entries_of(key).map(|entry| &entry.node)
    }

    /// Values at a way of keys with `/` between them, where `[]` is any item and `*` any key.
    pub fn at(&self, path: &str) -> Vec<&Node> {
        let mut nodes = vec![self];
        for step in path.split('/').filter(|step| !step.is_empty()) {
            nodes = nodes
                .into_iter()
                .flat_map(|node| -> Vec<&Node> {
                    match step {
                        "[]" => node.items().iter().collect(),
                        "*" => node.entries().iter().map(|entry| &entry.node).collect(),
                        key => node.get(key).collect(),
                    }
                })
                .collect();
        }
        nodes
    }

    /// It and all nodes in it, each before those in it, in the order of the file.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            let node = open.pop()?;
            open.extend(node.entries().iter().rev().map(|entry| &entry.node));
            open.extend(node.items().iter().rev());
            Some(node)
        })
    }
}

fn with_key<'a>(entries: &'a [Entry], key: &str) -> Vec<&'a Entry> {
    entries.iter().filter(|entry| entry.key == key).collect()
}
