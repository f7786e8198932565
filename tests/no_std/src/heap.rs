//! An allocator that only moves forward through a fixed piece of memory.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::ptr;
use core::sync::atomic::{AtomicUsize, Ordering};

const SIZE: usize = 16 * 1024 * 1024;

#[global_allocator]
static HEAP: Heap = Heap { memory: UnsafeCell::new([0; SIZE]), used: AtomicUsize::new(0) };

struct Heap {
    memory: UnsafeCell<[u8; SIZE]>,
    used: AtomicUsize,
}

// SAFETY: `used` hands every byte out at most once, so that no two callers share memory.
unsafe impl Sync for Heap {}

// SAFETY: blocks lie inside `memory`, are aligned as asked, and never overlap.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let base = self.memory.get().cast::<u8>();
        let mut start = 0;
        let taken = self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |used| {
            let address = (base as usize).checked_add(used)?;
            start = address.checked_next_multiple_of(layout.align())? - base as usize;
            start.checked_add(layout.size()).filter(|end| *end <= SIZE)
        });
        match taken {
            // SAFETY: `start` plus the size of the block is at most `SIZE`.
            Ok(_) => unsafe { base.add(start) },
            Err(_) => ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
