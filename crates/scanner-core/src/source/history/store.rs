//! The objects of a repository: packs, loose objects, alternates.
