//! `cargo xtask install`: puts what C programs need in place: headers, libraries, files for pkg-config and CMake.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;

use crate::project::{Project, check, output};

/// What `cargo xtask install` takes.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Where to put it: `include` and `lib` come in this folder.
    #[arg(long, value_name = "DIR")]
    prefix: PathBuf,
}

/// What programs that link the static archive need besides, as `rustc --print native-static-libs` names it.
const NATIVE: &str = "-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc";

/// Runs the command.
pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<ExitCode, String> {
    let prefix = &arguments.prefix;
    fs::create_dir_all(prefix).map_err(|error| at(prefix, &error))?;
    let prefix = prefix.canonicalize().map_err(|error| at(prefix, &error))?;
    install(project, &prefix)?;
    println!("installed in {}", prefix.display());
    Ok(ExitCode::SUCCESS)
}

/// Puts the static library in place that the Go package links.
pub(crate) fn for_go(project: &Project) -> Result<ExitCode, String> {
    go_library(project)?;
    println!("the Go package has its library");
    Ok(ExitCode::SUCCESS)
}

/// The same, without a word.
pub(crate) fn go_library(project: &Project) -> Result<(), String> {
    let lib = project.root.join("bindings/go/internal/ffi/lib");
    fs::create_dir_all(&lib).map_err(|error| at(&lib, &error))?;
    let built = build(project)?;
    archive(&built.join("liblifestage_c.a"), &built.join("liblifestage_c.so"), &lib.join("liblifestage.a"))
}

/// Builds the libraries, and says where they are.
fn build(project: &Project) -> Result<PathBuf, String> {
    check(project.cargo().args(["build", "--release", "--quiet", "--package", "lifestage-c"]))?;
    Ok(project.target.join("release"))
}

/// Puts everything in place.
pub(crate) fn install(project: &Project, prefix: &Path) -> Result<(), String> {
    if !cfg!(target_os = "linux") {
        return Err("the names of shared libraries are those of Linux; elsewhere copy what \
                    `cargo build --release --package lifestage-c` makes"
            .to_owned());
    }
    let built = build(project)?;
    let version = project.version("lifestage-c")?;
    let (include, lib) = (prefix.join("include"), prefix.join("lib"));
    for folder in [&include, &lib.join("pkgconfig"), &lib.join("cmake/lifestage")] {
        fs::create_dir_all(folder).map_err(|error| at(folder, &error))?;
    }
    let headers = project.root.join("include");
    for header in fs::read_dir(&headers).map_err(|error| at(&headers, &error))? {
        let header = header.map_err(|error| at(&headers, &error))?;
        copy(&header.path(), &include.join(header.file_name()))?;
    }

    let library = lib.join(format!("liblifestage.so.{version}"));
    copy(&built.join("liblifestage_c.so"), &library)?;
    check(Command::new("strip").arg("--strip-unneeded").arg(&library))?;
    for link in [soname(&library)?, "liblifestage.so".to_owned()] {
        let (link, to) = (lib.join(link), library.file_name().unwrap_or_default());
        let _ = fs::remove_file(&link);
        symbolic(Path::new(to), &link).map_err(|error| at(&link, &error))?;
    }
    archive(&built.join("liblifestage_c.a"), &library, &lib.join("liblifestage.a"))?;

    write(&lib.join("pkgconfig/lifestage.pc"), &pkg_config(&version))?;
    write(&lib.join("cmake/lifestage/lifestage-config.cmake"), CMAKE)?;
    write(&lib.join("cmake/lifestage/lifestage-config-version.cmake"), &cmake_version(&version))
}

/// The name that programs look for when they start.
fn soname(library: &Path) -> Result<String, String> {
    let dynamic = output(Command::new("readelf").arg("-d").arg(library))?;
    let line = dynamic.lines().find(|line| line.contains("(SONAME)"));
    let name = line.and_then(|line| line.split(['[', ']']).nth(1));
    name.map(str::to_owned).ok_or_else(|| format!("{} has no SONAME", library.display()))
}

/// The static archive: one object, of which only our own symbols can be seen from outside, so that it lives beside
/// other libraries made with Rust and with another SQLite.
fn archive(whole: &Path, library: &Path, slim: &Path) -> Result<(), String> {
    let symbols = output(Command::new("nm").args(["-D", "--defined-only", "--format=posix"]).arg(library))?;
    let symbols: Vec<&str> = symbols.lines().filter_map(|line| line.split(' ').next()).collect();
    let folder = slim.with_extension("parts");
    fs::create_dir_all(&folder).map_err(|error| at(&folder, &error))?;
    let (object, keep) = (folder.join("lifestage.o"), folder.join("keep"));
    write(&keep, &symbols.join("\n"))?;
    let mut link = Command::new("ld");
    link.args(["-r", "--gc-sections", "-o"]).arg(&object);
    link.args(symbols.iter().flat_map(|symbol| ["-u", symbol])).arg(whole);
    check(&mut link)?;
    let mut hide = Command::new("objcopy");
    // What the compiler left for itself is of no use any more, and other tools stumble over it.
    hide.args(["--remove-section=.llvmbc", "--remove-section=.llvmcmd", "--remove-section=.comment"]);
    hide.args(["--strip-unneeded", "--keep-global-symbols"]).arg(&keep);
    check(hide.arg(&object))?;
    let _ = fs::remove_file(slim);
    check(Command::new("ar").arg("rcs").arg(slim).arg(&object))?;
    fs::remove_dir_all(&folder).map_err(|error| at(&folder, &error))
}

/// Relocatable: the place of the file says where the rest is.
fn pkg_config(version: &str) -> String {
    format!(
        "prefix=${{pcfiledir}}/../..\n\
         libdir=${{prefix}}/lib\n\
         includedir=${{prefix}}/include\n\n\
         Name: lifestage\n\
         Description: The life of a CRM record: stages, moves, reasons, history.\n\
         Version: {version}\n\
         Libs: -L${{libdir}} -llifestage\n\
         Libs.private: {NATIVE}\n\
         Cflags: -I${{includedir}}\n"
    )
}

/// Two targets: `lifestage::lifestage`, the shared library, and `lifestage::static`.
const CMAKE: &str = r#"get_filename_component(_lifestage_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

if(NOT TARGET lifestage::lifestage)
  add_library(lifestage::lifestage SHARED IMPORTED)
  set_target_properties(lifestage::lifestage PROPERTIES
    IMPORTED_LOCATION "${_lifestage_prefix}/lib/liblifestage.so"
    INTERFACE_INCLUDE_DIRECTORIES "${_lifestage_prefix}/include")

  add_library(lifestage::static STATIC IMPORTED)
  set_target_properties(lifestage::static PROPERTIES
    IMPORTED_LOCATION "${_lifestage_prefix}/lib/liblifestage.a"
    INTERFACE_INCLUDE_DIRECTORIES "${_lifestage_prefix}/include"
    INTERFACE_LINK_LIBRARIES "gcc_s;util;rt;pthread;m;dl")
endif()

unset(_lifestage_prefix)
"#;

/// Before 1.0 a program needs the minor version that it was made for.
fn cmake_version(version: &str) -> String {
    format!(
        "set(PACKAGE_VERSION \"{version}\")\n\
         string(REGEX MATCH \"^(0\\\\.[0-9]+|[1-9][0-9]*)\" _have \"${{PACKAGE_VERSION}}\")\n\
         string(REGEX MATCH \"^(0\\\\.[0-9]+|[1-9][0-9]*)\" _want \"${{PACKAGE_FIND_VERSION}}\")\n\
         if(PACKAGE_FIND_VERSION STREQUAL \"\" OR (_have STREQUAL _want AND NOT PACKAGE_VERSION VERSION_LESS PACKAGE_FIND_VERSION))\n\
         \x20 set(PACKAGE_VERSION_COMPATIBLE TRUE)\n\
         endif()\n\
         if(PACKAGE_VERSION STREQUAL PACKAGE_FIND_VERSION)\n\
         \x20 set(PACKAGE_VERSION_EXACT TRUE)\n\
         endif()\n"
    )
}

fn at(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::copy(from, to).map(drop).map_err(|error| format!("{} to {}: {error}", from.display(), to.display()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| at(path, &error))
}

#[cfg(unix)]
fn symbolic(to: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(to, link)
}

#[cfg(not(unix))]
fn symbolic(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
