//! `include/lifestage.h` is what the functions are: made anew in memory and compared.
//!
//! `LIFESTAGE_BLESS=1 cargo test -p lifestage-c --test header` writes it (`cargo xtask header` does that).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use lifestage::store::StoreErrorKind;
use lifestage::{FindingCode, ReasonCode};
use lifestage_wire::FaultCode;

/// The front page.
const FRONT: &str = include_str!("front.h");

fn header() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../include/lifestage.h")
}

fn render() -> String {
    let config = cbindgen::Config {
        language: cbindgen::Language::C,
        include_guard: Some("LIFESTAGE_H".to_owned()),
        header: Some(FRONT.trim_end().to_owned()),
        after_includes: Some(codes()),
        trailer: Some(helpers()),
        cpp_compat: true,
        documentation_style: cbindgen::DocumentationStyle::Doxy,
        usize_is_size_t: true,
        style: cbindgen::Style::Type,
        no_includes: true,
        sys_includes: ["stddef.h", "stdint.h"].map(str::to_owned).to_vec(),
        line_length: 100,
        // No function names it: columns point at it.
        export: cbindgen::ExportConfig { include: vec!["lifestage_text".to_owned()], ..Default::default() },
        function: cbindgen::FunctionConfig { sort_by: Some(cbindgen::SortKey::None), ..Default::default() },
        ..Default::default()
    };
    let bindings = cbindgen::Builder::new()
        .with_crate(env!("CARGO_MANIFEST_DIR"))
        .with_config(config)
        .generate()
        .unwrap();
    let mut text = Vec::new();
    bindings.write(&mut text);
    String::from_utf8(text).unwrap()
}

/// Every number that a status, a reason or a finding may be, from the tables that every language shares.
fn codes() -> String {
    let [major, minor] = ["MAJOR", "MINOR"].map(|part| {
        let digits =
            if part == "MAJOR" { env!("CARGO_PKG_VERSION_MAJOR") } else { env!("CARGO_PKG_VERSION_MINOR") };
        digits.parse::<u32>().unwrap()
    });
    let mut text = format!(
        "/**\n * The ABI that this header describes; `lifestage_abi_version()` says the one of the library.\n */\n\
         #define LIFESTAGE_ABI_VERSION {}\n",
        1000 * major + minor
    );
    let mut table = |title: &str, prefix: &str, codes: &mut dyn Iterator<Item = (u16, &str, String)>| {
        writeln!(text, "\n/**\n * {title}\n */\nenum {{").unwrap();
        for (number, name, says) in codes {
            writeln!(text, "    /** {says} */\n    LIFESTAGE_{prefix}_{} = {number},", name.to_uppercase())
                .unwrap();
        }
        writeln!(text, "}};").unwrap();
    };
    let stores =
        StoreErrorKind::ALL.iter().map(|kind| (kind.number(), kind.name(), kind.description().to_owned()));
    let faults =
        FaultCode::ALL.iter().map(|code| (code.number(), code.name(), code.description().to_owned()));
    let ok = [(0, "ok", "Nothing went wrong.".to_owned())];
    table("What functions return.", "STATUS", &mut ok.into_iter().chain(stores).chain(faults));
    let reasons =
        ReasonCode::ALL.iter().map(|code| (code.number(), code.name(), code.description().to_owned()));
    table("Why a request is refused.", "REASON", &mut { reasons });
    let findings =
        FindingCode::ALL.iter().map(|code| (code.number(), code.name(), code.description().to_owned()));
    table("What is said of a definition.", "FINDING", &mut { findings });
    text
}

/// The handles, each with a macro that frees it once.
fn helpers() -> String {
    let nouns = ["error", "buffer", "pipeline", "record", "request", "actor", "decision", "workspace"];
    let mut text =
        "\n/*\n * Frees a handle and sets it to NULL, so that freeing it again does nothing.\n */\n"
            .to_owned();
    for noun in nouns {
        writeln!(
            text,
            "#define LIFESTAGE_FREE_{}(handle) (lifestage_{noun}_free(handle), (void)((handle) = NULL))",
            noun.to_uppercase()
        )
        .unwrap();
    }
    text
}

#[test]
fn the_header_is_what_the_functions_are() {
    let text = render();
    if std::env::var_os("LIFESTAGE_BLESS").is_some() {
        std::fs::create_dir_all(header().parent().unwrap()).unwrap();
        std::fs::write(header(), text).unwrap();
        return;
    }
    let written = std::fs::read_to_string(header()).unwrap_or_default();
    assert!(written == text, "include/lifestage.h is not as the code has it: run `cargo xtask header`");
}
