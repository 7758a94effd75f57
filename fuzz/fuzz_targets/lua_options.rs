#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| midapi_fuzz::lua_options(bytes));
