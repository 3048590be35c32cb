//! Libraries of programming languages.
