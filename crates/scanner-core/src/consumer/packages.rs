//! Package managers and what they write.
