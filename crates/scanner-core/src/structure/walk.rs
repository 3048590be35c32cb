//! Ways through a tree, as the consumer table writes them.

use std::ops::Range;

use super::{Entry, Node, Scalar, Value};

/// A node and the way that leads to it from the top of its document.
#[derive(Clone, Debug)]
pub struct Trail<'t> {
    /// With each node the entry whose value it is; `None` for the top and for items of a list.
    steps: Vec<(&'t Node, Option<&'t Entry>)>,
}

impl<'t> Trail<'t> {
    /// The top of a document.
    pub fn top(node: &'t Node) -> Self {
        Self { steps: vec![(node, None)] }
    }

    /// The way from the top of a document to the value of the key that stands at `key`.
    pub fn to_key(top: &'t Node, key: &Range<usize>) -> Option<Self> {
        let mut trail = Self::top(top);
        trail.descend(key).then_some(trail)
    }

    fn descend(&mut self, key: &Range<usize>) -> bool {
        let from = self.node();
        let mut leads = |node: &'t Node, entry: Option<&'t Entry>| {
            self.steps.push((node, entry));
            let found = entry.is_some_and(|entry| entry.key_range == *key) || self.descend(key);
            if !found {
                self.steps.pop();
            }
            found
        };
        match &from.value {
            Value::Scalar(_) => false,
            Value::Map(entries) => entries.iter().any(|entry| leads(&entry.node, Some(entry))),
            Value::List(items) => items.iter().any(|item| leads(item, None)),
        }
    }

    /// Where it leads.
    pub fn node(&self) -> &'t Node {
        self.steps[self.steps.len() - 1].0
    }

    /// The entry that holds the node; `None` for the top and for items of a list.
    pub fn entry(&self) -> Option<&'t Entry> {
        self.steps.last().and_then(|(_, entry)| *entry)
    }

    /// One object or list up; `None` at the top.
    pub fn up(&self) -> Option<Self> {
        let (_, above) = self.steps.split_last()?;
        (!above.is_empty()).then(|| Self { steps: above.to_vec() })
    }

    /// The nodes on the way, from the top.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = &'t Node> + '_ {
        self.steps.iter().map(|(node, _)| *node)
    }

    /// The keys on the way, from the top.
    pub fn keys(&self) -> impl Iterator<Item = &'t str> + '_ {
        self.steps.iter().filter_map(|(_, entry)| entry.map(|entry| entry.key.as_str()))
    }

    /// What is below by one step.
    fn below(&self) -> impl Iterator<Item = (&'t Node, Option<&'t Entry>)> + use<'t> {
        let (entries, items): (&'t [Entry], &'t [Node]) = match &self.node().value {
            Value::Scalar(_) => (&[], &[]),
            Value::Map(entries) => (entries, &[]),
            Value::List(items) => (&[], items),
        };
        let of_map = entries.iter().map(|entry| (&entry.node, Some(entry)));
        of_map.chain(items.iter().map(|item| (item, None)))
    }

    /// Every node that `path` leads to from here: keys with `/` between them; `*` is any key, `[]` any
    /// item of a list, `**` any number of keys and items, `{bitbucket}` a key that `is_bitbucket` says
    /// is one, a key with `/` in it several of them, `..` one object or list up; a `/` in front goes to the top of the document first.
    pub fn find(&self, path: &str, is_bitbucket: &dyn Fn(&str) -> bool) -> Vec<Self> {
        let (mut from, path) = match path.strip_prefix('/') {
            Some(path) => (Self { steps: self.steps[..1].to_vec() }, path),
            None => (self.clone(), path),
        };
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let mut found: Vec<Self> = Vec::new();
        from.walk(&segments, is_bitbucket, &mut found);
        // `**` may lead to one node by several ways.
        let mut seen = std::collections::HashSet::new();
        found.retain(|trail| seen.insert(std::ptr::from_ref(trail.node())));
        found
    }

    /// Leaves `self` as it was. Large documents have many nodes: only those found are copied.
    fn walk(
        &mut self,
        segments: &[&str],
        is_bitbucket: &dyn Fn(&str) -> bool,
        found: &mut Vec<Self>,
    ) {
        let Some((segment, rest)) = segments.split_first() else {
            found.push(self.clone());
            return;
        };
        match *segment {
            ".." => {
                if self.steps.len() > 1
                    && let Some(step) = self.steps.pop()
                {
                    self.walk(rest, is_bitbucket, found);
                    self.steps.push(step);
                }
            }
            "**" => {
                self.walk(rest, is_bitbucket, found);
                for below in self.below() {
                    self.steps.push(below);
                    self.walk(segments, is_bitbucket, found);
                    self.steps.pop();
                }
            }
            segment => {
                let fits = |entry: Option<&Entry>| match (segment, entry) {
                    ("[]", None) => true,
                    ("[]", _) | (_, None) => false,
                    ("*", _) => true,
                    ("{bitbucket}", Some(entry)) => is_bitbucket(&entry.key),
                    (key, Some(entry)) => entry.key == key,
                };
                for (node, entry) in self.below() {
                    let rest = if fits(entry) {
                        Some(rest)
                    } else {
                        entry.and_then(|entry| behind(&entry.key, segments))
                    };
                    if let Some(rest) = rest {
                        self.steps.push((node, entry));
                        self.walk(rest, is_bitbucket, found);
                        self.steps.pop();
                    }
                }
            }
        }
    }
}

/// What is left of `segments` behind a key with `/` in it, as labels of Kubernetes have.
fn behind<'s, 'p>(key: &str, segments: &'s [&'p str]) -> Option<&'s [&'p str]> {
    memchr::memchr(b'/', key.as_bytes())?;
    let length = key.split('/').count();
    let (front, rest) = segments.split_at_checked(length)?;
    (key.split('/').eq(front.iter().copied())).then_some(rest)
}

impl Node {
    /// Every scalar in it, in the order of the file.
    pub fn scalars(&self) -> impl Iterator<Item = &Scalar> {
        self.nodes().filter_map(|node| match &node.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Style;
    use super::*;

    fn text(text: &str) -> Node {
        let content = 0..text.len();
        let value = Value::Scalar(Scalar { text: text.into(), content, style: Style::Plain });
        Node { range: 0..text.len(), value }
    }

    fn map(entries: Vec<(&str, Node)>) -> Node {
        let entry = |(key, node): (&str, Node)| Entry { key: key.into(), key_range: 0..0, node };
        Node { range: 0..0, value: Value::Map(entries.into_iter().map(entry).collect()) }
    }

    fn list(items: Vec<Node>) -> Node {
        Node { range: 0..0, value: Value::List(items) }
    }

    fn sample() -> Node {
        map(vec![
            ("a", list(vec![map(vec![("user", text("one"))]), map(vec![("user", text("two"))])])),
            ("b", map(vec![("bitbucket.org", map(vec![("user", text("three"))]))])),
            ("user", text("four")),
            ("labels", map(vec![("tekton.dev/git-0", text("five"))])),
        ])
    }

    fn found(path: &str) -> Vec<String> {
        let top = sample();
        let trails = Trail::top(&top).find(path, &|key| key == "bitbucket.org");
        trails.iter().filter_map(|trail| trail.node().scalar()).map(|s| s.text.clone()).collect()
    }

    #[test]
    fn paths() {
        for (path, expected) in [
            ("user", &["four"][..]),
            ("a/[]/user", &["one", "two"]),
            ("a/user", &[]),
            ("b/{bitbucket}/user", &["three"]),
            ("a/{bitbucket}/user", &[]),
            ("b/*/user", &["three"]),
            ("**/user", &["four", "one", "two", "three"]),
            ("**/**/user", &["four", "one", "two", "three"]),
            ("b/../user", &["four"]),
            ("b/../../user", &[]),
            ("/user", &["four"]),
            ("labels/tekton.dev/git-0", &["five"]),
            ("labels/tekton.dev", &[]),
            ("labels/tekton.dev/git-0/user", &[]),
            ("labels/*", &["five"]),
        ] {
            assert_eq!(found(path), expected, "{path}");
        }
    }

    #[test]
    fn keys_are_found_again() {
        let mut top = sample();
        let Value::Map(entries) = &mut top.value else { panic!("no map") };
        let Value::Map(inner) = &mut entries[1].node.value else { panic!("no map") };
        inner[0].key_range = 7..9;
        let trail = Trail::to_key(&top, &(7..9)).unwrap();
        assert_eq!(trail.keys().collect::<Vec<_>>(), ["b", "bitbucket.org"]);
        assert!(Trail::to_key(&top, &(1..2)).is_none());
    }

    #[test]
    fn ways_lead_back() {
        let top = sample();
        let trails = Trail::top(&top).find("b/{bitbucket}/user", &|key| key == "bitbucket.org");
        let [trail] = &trails[..] else { panic!("{trails:?}") };
        assert_eq!(trail.keys().collect::<Vec<_>>(), ["b", "bitbucket.org", "user"]);
        assert_eq!(trail.entry().map(|entry| entry.key.as_str()), Some("user"));
        let object = trail.up().unwrap();
        assert_eq!(object.entry().map(|entry| entry.key.as_str()), Some("bitbucket.org"));
        assert_eq!(object.find("/user", &|_| false).len(), 1);
        assert_eq!(object.nodes().count(), 3);
        assert_eq!(top.scalars().count(), 5);
    }
}
