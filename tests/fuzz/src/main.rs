//! What libFuzzer calls: hands its bytes to the entry in C, which calls the library as C does.
#![no_main]

// Linked for its functions, which the entry finds by their names.
use lifestage_c as _;

unsafe extern "C" {
    fn fuzz_one(bytes: *const u8, length: usize);
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    // SAFETY: as many bytes as it says.
    unsafe { fuzz_one(bytes.as_ptr(), bytes.len()) }
});
