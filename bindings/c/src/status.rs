//! What every function returns.

use lifestage_wire::FaultCode;

/// What every function returns: `LIFESTAGE_STATUS_OK`, or a number that says what went wrong.
pub type lifestage_status = i32;

/// Nothing went wrong.
pub(crate) const OK: lifestage_status = 0;

/// The number of a fault.
pub(crate) fn of(code: FaultCode) -> lifestage_status {
    code.number().into()
}

/// The ABI that this library was built with, as `LIFESTAGE_ABI_VERSION` says it in the header: the major
/// and minor version of the library as `1000 * major + minor`. A program that was compiled with another
/// number must not go on.
#[unsafe(no_mangle)]
pub extern "C" fn lifestage_abi_version() -> u32 {
    abi_version()
}

/// Made of the version of the package, and of nothing that is written twice.
pub(crate) const fn abi_version() -> u32 {
    1000 * number(env!("CARGO_PKG_VERSION_MAJOR")) + number(env!("CARGO_PKG_VERSION_MINOR"))
}

const fn number(digits: &str) -> u32 {
    let (mut rest, mut number) = (digits.as_bytes(), 0);
    while let [digit, more @ ..] = rest {
        number = number * 10 + (*digit - b'0') as u32;
        rest = more;
    }
    number
}
