//! Values as bytes, each with a sum of its own: the library does not look at every page.

use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher as _;

use gix_hash::ObjectId;
use gix_object::Kind;

use super::store::Entry;
use super::{Key, KnownRepository, Stamp};
use crate::source::history::store::Known;

const SUM: usize = 8;

/// Adds a sum over what the value is for and what it is.
pub(super) fn sealed(key: &[u8], mut value: Vec<u8>) -> Vec<u8> {
    let sum = sum(key, &value);
    value.extend_from_slice(&sum);
    value
}

/// Takes the sum off; `None` if it is not right.
pub(super) fn opened<'v>(key: &[u8], value: &'v [u8]) -> Option<&'v [u8]> {
    let (value, found) = value.split_at_checked(value.len().checked_sub(SUM)?)?;
    (sum(key, value) == *found).then_some(value)
}

fn sum(key: &[u8], value: &[u8]) -> [u8; SUM] {
    let mut hasher = DefaultHasher::new();
    hasher.write_usize(key.len());
    hasher.write(key);
    hasher.write(value);
    hasher.finish().to_le_bytes()
}

pub(super) fn entry(key: &Key, entry: &Entry) -> Vec<u8> {
    let Entry { stamp: Stamp { size, modified, changed, inode, device }, bytes, candidate, day } =
        entry;
    let mut value = Vec::with_capacity(80);
    for number in [size, inode, device, bytes] {
        value.extend_from_slice(&number.to_le_bytes());
    }
    for time in [modified, changed] {
        value.extend_from_slice(&time.to_le_bytes());
    }
    value.extend_from_slice(&day.to_le_bytes());
    value.push(u8::from(*candidate));
    sealed(key, value)
}

pub(super) fn read_entry(key: &Key, value: &[u8]) -> Option<Entry> {
    let mut rest = Rest(opened(key, value)?);
    let (size, inode, device, bytes) =
        (rest.number()?, rest.number()?, rest.number()?, rest.number()?);
    let (modified, changed) = (rest.time()?, rest.time()?);
    let day = u32::from_le_bytes(rest.take(4)?.try_into().ok()?);
    let candidate = rest.take(1)? == [1];
    let stamp = Stamp { size, modified, changed, inode, device };
    rest.0.is_empty().then_some(Entry { stamp, bytes, candidate, day })
}

/// A repository as one value.
pub(super) fn repository(key: &Key, known: &KnownRepository) -> Vec<u8> {
    let mut value = Vec::new();
    value.extend_from_slice(&known.bytes.to_le_bytes());
    value.push(u8::from(known.names));
    value.extend_from_slice(&(known.objects.clean.len() as u64).to_le_bytes());
    value.extend_from_slice(&(known.objects.kept.len() as u64).to_le_bytes());
    let first = known.objects.clean.first().or(known.objects.kept.first().map(|(id, _)| id));
    value.push(match first.copied().as_deref().map(gix_hash::oid::kind) {
        Some(gix_hash::Kind::Sha256) => 32,
        _ => 20,
    });
    for id in &known.objects.clean {
        value.extend_from_slice(id.as_slice());
    }
    for (id, kind) in &known.objects.kept {
        value.extend_from_slice(id.as_slice());
        value.push(match kind {
            Kind::Tree => 0,
            Kind::Blob => 1,
            Kind::Commit => 2,
            Kind::Tag => 3,
        });
    }
    if let Some((digest, record)) = &known.found {
        value.extend_from_slice(digest);
        value.extend_from_slice(record);
    }
    sealed(key, value)
}

pub(super) fn read_repository(key: &Key, value: &[u8]) -> Option<KnownRepository> {
    let mut rest = Rest(opened(key, value)?);
    let bytes = rest.number()?;
    let names = rest.take(1)? == [1];
    let (clean, kept) = (rest.number()?, rest.number()?);
    let length = usize::from(*rest.take(1)?.first()?);
    let mut objects = Known::default();
    for _ in 0..clean {
        objects.clean.push(ObjectId::try_from(rest.take(length)?).ok()?);
    }
    for _ in 0..kept {
        let id = ObjectId::try_from(rest.take(length)?).ok()?;
        let kind = match rest.take(1)? {
            [0] => Kind::Tree,
            [1] => Kind::Blob,
            [2] => Kind::Commit,
            _ => Kind::Tag,
        };
        objects.kept.push((id, kind));
    }
    let found = match rest.0 {
        [] => None,
        _ => Some((rest.take(32)?.try_into().ok()?, rest.0.to_vec())),
    };
    Some(KnownRepository { objects, bytes, names, found })
}

struct Rest<'r>(&'r [u8]);

impl<'r> Rest<'r> {
    fn take(&mut self, length: usize) -> Option<&'r [u8]> {
        let (front, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(front)
    }

    fn number(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn time(&mut self) -> Option<i128> {
        Some(i128::from_le_bytes(self.take(16)?.try_into().ok()?))
    }
}
