//! Where history is entered: refs, reflogs, HEADs.
