//! Keeps secrets out of what people see.
