//! The libFuzzer target of `midapi_fuzz::check_retry_after`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| midapi_fuzz::check_retry_after(bytes));
