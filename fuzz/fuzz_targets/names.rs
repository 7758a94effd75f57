//! The libFuzzer target of `midapi_fuzz::check_names`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| midapi_fuzz::check_names(bytes));
