//! What a commit says.

use gix_hash::ObjectId;
use gix_object::CommitRefIter;
use gix_object::commit::ref_iter::Token;

use crate::finding::Commit;

/// What of a commit the walk needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommitData {
    pub(crate) id: ObjectId,
    pub(crate) tree: ObjectId,
    pub(crate) parents: Vec<ObjectId>,
    /// When it was committed. Seconds since 1970; 0 where the commit says nothing that can be read.
    pub(crate) time: i64,
}

impl CommitData {
    /// `None` for what is no commit.
    pub(crate) fn parse(id: ObjectId, data: &[u8]) -> Option<Self> {
        let (mut tree, mut parents, mut time) = (None, Vec::new(), 0);
        for token in CommitRefIter::from_bytes(data, id.kind()) {
            match token {
                Ok(Token::Tree { id }) => tree = Some(id),
                Ok(Token::Parent { id }) => parents.push(id),
                Ok(Token::Committer { signature }) => {
                    time = signature.seconds();
                    break;
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        Some(Self { id, tree: tree?, parents, time })
    }
}

/// Who wrote a commit and when, as a report says it.
pub(crate) fn named(id: ObjectId, data: &[u8]) -> Commit {
    let author = CommitRefIter::from_bytes(data, id.kind()).author();
    let (author, time) = author.map_or_else(
        |_| ("unknown".to_owned(), 0),
        |author| {
            let author = author.trim();
            let name = String::from_utf8_lossy(author.name);
            (format!("{name} <{}>", String::from_utf8_lossy(author.email)), author.seconds())
        },
    );
    Commit { id: id.to_string(), author, time }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n\
        parent 1111111111111111111111111111111111111111\n\
        parent 2222222222222222222222222222222222222222\n\
        author Ada L <ada@example.com> 1709280000 +0200\n\
        committer Bob <bob@example.com> 1709283600 -0100\n\nsubject\n";

    #[test]
    fn commits_are_parsed() {
        let id = ObjectId::null(gix_hash::Kind::Sha1);
        let commit = CommitData::parse(id, TEXT.as_bytes()).unwrap();
        assert_eq!(commit.tree.to_string(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        assert_eq!(commit.parents.len(), 2);
        assert_eq!(commit.time, 1_709_283_600);
        let named = named(id, TEXT.as_bytes());
        assert_eq!((named.author.as_str(), named.time), ("Ada L <ada@example.com>", 1_709_280_000));
        assert_eq!(CommitData::parse(id, b"no commit"), None);
    }
}
