//! Tests of the whole are those of the tool.
