//! Compiles the entry, which is in C: it is the one that `tests/c/fuzz.c` gives the saved inputs to.

use std::path::Path;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for read in [
        "tests/fuzz/entry.c",
        "tests/fuzz/entry.h",
        "tests/c/proof.h",
        "tests/c/host.h",
        "include/lifestage.h",
    ] {
        println!("cargo:rerun-if-changed={}", root.join(read).display());
    }
    cc::Build::new()
        .file(root.join("tests/fuzz/entry.c"))
        .includes(["include", "tests/c", "tests/fuzz"].map(|folder| root.join(folder)))
        .define("PROOF_ROOT", format!("\"{}\"", root.display()).as_str())
        .compile("entry");
}
