//! An empty library. The tests of this crate are in `tests/`.
