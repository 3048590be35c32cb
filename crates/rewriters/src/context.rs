//! Which variable syntax is expanded at a place of a file.
