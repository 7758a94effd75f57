//! Holds nothing: see tests/.
