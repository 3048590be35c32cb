//! Single objects, by id.

use std::cell::RefCell;
use std::sync::Arc;

use gix_hash::oid;
use gix_object::Kind;
use gix_odb::loose;
use gix_pack::Bundle;
use gix_pack::cache::lru::MemoryCappedHashmap;
use gix_zlib::Inflate;

use super::corrupt;
use crate::source::open::Problem;

/// Bytes of bases of deltas that one thread keeps.
const CACHE: usize = 48 << 20;

/// Reads single objects. Each thread has its own.
pub(crate) struct Handle {
    packs: Vec<Arc<Bundle>>,
    loose: Vec<Arc<loose::Store>>,
    hash: gix_hash::Kind,
    scratch: RefCell<Scratch>,
}

struct Scratch {
    /// The pack that was of use last.
    last: usize,
    inflate: Inflate,
    bases: MemoryCappedHashmap,
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        Self::new(self.packs.clone(), self.loose.clone(), self.hash)
    }
}

impl Handle {
    pub(super) fn new(
        packs: Vec<Arc<Bundle>>,
        loose: Vec<Arc<loose::Store>>,
        hash: gix_hash::Kind,
    ) -> Self {
        let scratch = Scratch {
            last: 0,
            inflate: Inflate::default(),
            bases: MemoryCappedHashmap::new(CACHE),
        };
        Self { packs, loose, hash, scratch: RefCell::new(scratch) }
    }

    /// Unpacks an object into `out`. `None` if there is none of this id.
    ///
    /// # Errors
    /// It is there and cannot be unpacked, in no place where it is.
    pub(crate) fn find(&self, id: &oid, out: &mut Vec<u8>) -> Result<Option<Kind>, Problem> {
        let mut scratch = self.scratch.borrow_mut();
        let scratch = &mut *scratch;
        let mut problem = None;
        let last = scratch.last;
        let order = std::iter::once(last).chain((0..self.packs.len()).filter(|at| *at != last));
        for at in order {
            let Some(pack) = self.packs.get(at) else { continue };
            match pack.find(id, out, &mut scratch.inflate, &mut scratch.bases) {
                Ok(Some((data, _))) => {
                    let kind = data.kind;
                    scratch.last = at;
                    return Ok(Some(kind));
                }
                Ok(None) => {}
                Err(error) => problem = Some(corrupt(&error)),
            }
        }
        for loose in &self.loose {
            match loose.try_find(id, out) {
                Ok(Some(data)) => return Ok(Some(data.kind)),
                Ok(None) => {}
                Err(error) => problem = Some(corrupt(&error)),
            }
        }
        problem.map_or(Ok(None), Err)
    }

    /// Whether there is an object of this id.
    pub(crate) fn holds(&self, id: &oid) -> bool {
        self.packs.iter().any(|pack| pack.index.lookup(id).is_some())
            || self.loose.iter().any(|loose| loose.contains(id))
    }
}
