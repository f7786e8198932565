//! Counts words, and survives a panic of its own: what needs an allocator, a hash map, threads and unwinding.

use std::collections::HashMap;
use std::ffi::{CStr, c_char};
use std::panic::{catch_unwind, resume_unwind};
use std::thread;

/// How often the commonest word comes.
///
/// # Safety
/// `text` ends with a NUL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn second_commonest(text: *const c_char) -> u32 {
    // SAFETY: the caller says that it ends with a NUL.
    let text = unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
    let count = thread::spawn(move || {
        let mut words: HashMap<&str, u32> = HashMap::new();
        text.split_whitespace().for_each(|word| *words.entry(word).or_default() += 1);
        words.into_values().max().unwrap_or_default()
    });
    count.join().unwrap_or_default()
}

/// 1 when a panic inside was caught inside.
#[unsafe(no_mangle)]
pub extern "C" fn second_panics(number: u32) -> u32 {
    let caught = catch_unwind(|| {
        if number > 0 {
            // Without the words of the hook.
            resume_unwind(Box::new(number))
        }
    });
    u32::from(caught.is_err())
}
