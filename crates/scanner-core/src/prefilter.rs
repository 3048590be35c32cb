//! The anchors: nothing else reads a file without one.
