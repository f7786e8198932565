//! Entry, exit and panic: what the standard library's runtime would do, for Linux on x86-64.

use core::arch::{asm, global_asm};
use core::panic::PanicInfo;

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
compile_error!("this program is written for Linux on x86-64");

const EXIT_GROUP: u64 = 231;

// The kernel enters with an aligned stack and no return address; `call` restores what the ABI expects.
global_asm!(".globl _start", "_start:", "xor ebp, ebp", "and rsp, -16", "call {run}", "ud2", run = sym run);

extern "C" fn run() -> ! {
    exit(if crate::check() { 0 } else { 1 })
}

fn exit(status: u64) -> ! {
    // SAFETY: `exit_group` ends the process and never returns.
    unsafe { asm!("syscall", in("rax") EXIT_GROUP, in("rdi") status, options(noreturn, nostack)) }
}

#[panic_handler]
fn panicked(_: &PanicInfo<'_>) -> ! {
    exit(101)
}

// The precompiled `core` and `alloc` name these two in the code that unwinds. Panics abort here, so that
// nothing ever calls them.

#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    exit(101)
}
