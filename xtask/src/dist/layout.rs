//! What lies where in an archive.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::platform::{Platform, System};
use super::tools::{Tools, run};
use crate::{Result, supply};

/// Fills the folder of the archive, and that of the debug information, with what cargo made with these options.
pub fn fill(
    platform: &Platform,
    tools: &Tools,
    root: &Path,
    built: &Path,
    [folder, debug]: &[PathBuf; 2],
    options: &[&str],
) -> Result<()> {
    let (bin, lib) = (folder.join("bin"), folder.join("lib"));
    let (share, doc) = (folder.join("share/abbe"), folder.join("share/doc/abbe"));
    for folder in [&lib, &share, &doc] {
        std::fs::create_dir_all(folder)?;
    }
    match platform.system {
        System::Linux => {
            strip(platform, tools, built, &lib.join(format!("libabbe.so.{VERSION}")), debug)?;
            std::os::unix::fs::symlink(
                format!("libabbe.so.{VERSION}"),
                lib.join(format!("libabbe.so.{}", interface())),
            )?;
            std::os::unix::fs::symlink(format!("libabbe.so.{}", interface()), lib.join("libabbe.so"))?;
        }
        System::MacOs => {
            let name = |version: &str| format!("libabbe.{version}.dylib");
            strip(platform, tools, built, &lib.join(name(VERSION)), debug)?;
            std::os::unix::fs::symlink(name(VERSION), lib.join(name(&interface())))?;
            std::os::unix::fs::symlink(name(&interface()), lib.join("libabbe.dylib"))?;
        }
        System::Windows => {
            std::fs::create_dir_all(&bin)?;
            strip(platform, tools, built, &bin.join("abbe.dll"), debug)?;
            import_libraries(platform, tools, root, &lib)?;
        }
    }
    copy(&root.join("include/abbe"), &folder.join("include/abbe"))?;
    if !options.contains(&supply::WITHOUT_NETWORKS) {
        copy(&root.join("models"), &share.join("models"))?;
    }
    copy(&root.join("examples"), &share.join("examples"))?;
    for file in ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "CHANGELOG.md", "SECURITY.md", "docs/parameters.md"] {
        let name = Path::new(file).file_name().ok_or("a file without a name")?;
        std::fs::copy(root.join(file), doc.join(name))?;
    }
    // What zig links of its own into a DLL; elsewhere the C library is the system's.
    if platform.system == System::Windows {
        for (from, name) in [("libunwind/LICENSE.TXT", "libunwind"), ("libc/mingw/COPYING", "mingw-w64")] {
            let text = tools.zig.with_file_name("lib").join(from);
            std::fs::copy(text, doc.join(format!("LICENSE-{name}.txt")))?;
        }
    }
    let options = [&["--target", platform.triple], options].concat();
    supply::write(&doc, &options, tools.rustc().to_str().ok_or("a folder of no text")?)?;
    run(Command::new("cmake")
        .arg(format!("-DPREFIX={}", folder.display()))
        .arg(format!("-DVERSION={VERSION}"))
        .arg(format!("-DSYSTEM={}", platform.system.cmake()))
        .arg(format!("-DPROCESSOR={}", platform.processor()))
        .args(["-DLIBDIR=lib", "-DINCLUDEDIR=include", "-P"])
        .arg(root.join("cmake/package.cmake")))
}

/// Copies the library without its symbols, which go to a file beside it that debuggers find by its name. That of macOS has none.
pub fn strip(platform: &Platform, tools: &Tools, built: &Path, library: &Path, debug: &Path) -> Result<()> {
    if platform.system == System::MacOs {
        std::fs::copy(built, library)?;
        return Ok(());
    }
    let name = library.file_name().ok_or("a library without a name")?.to_string_lossy();
    let symbols = debug.join(format!("{name}.debug"));
    run(tools.objcopy().arg("--only-keep-debug").args([built, &symbols]))?;
    let mut link = std::ffi::OsString::from("--add-gnu-debuglink=");
    link.push(&symbols);
    run(tools.objcopy().arg("--strip-all").arg(link).args([built, library]))?;
    if platform.system == System::Windows { forget_time(library) } else { Ok(()) }
}

/// Takes the time of linking out of a DLL: it lies 8 bytes behind the start of its header, which byte 60 tells.
fn forget_time(library: &Path) -> Result<()> {
    let mut bytes = std::fs::read(library)?;
    let start = bytes.get(60..64).and_then(|start| start.try_into().ok()).ok_or("a DLL without a header")?;
    let at = u32::from_le_bytes(start) as usize + 8;
    bytes.get_mut(at..at + 4).ok_or("a DLL without a header")?.fill(0);
    Ok(std::fs::write(library, bytes)?)
}

/// What a linker needs to link the DLL: `abbe.lib` for Microsoft's, `libabbe.dll.a` for MinGW's, and the list that
/// `lib /def:abbe.def` makes the former from.
fn import_libraries(platform: &Platform, tools: &Tools, root: &Path, lib: &Path) -> Result<()> {
    let symbols = std::fs::read_to_string(root.join("tests/abi/symbols.txt"))?;
    let definition = lib.join("abbe.def");
    std::fs::write(&definition, format!("LIBRARY abbe.dll\nEXPORTS\n{symbols}"))?;
    let machine = if platform.processor() == "aarch64" { "arm64" } else { "i386:x86-64" };
    for name in ["abbe.lib", "libabbe.dll.a"] {
        let to = lib.join(name);
        run(Command::new(&tools.zig).args(["dlltool", "-m", machine, "-d"]).arg(&definition).arg("-l").arg(to))?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let (path, to) = (entry?.path(), to.to_owned());
        let target = to.join(path.file_name().ok_or("an entry without a name")?);
        if path.is_dir() {
            copy(&path, &target)?;
        } else {
            std::fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

/// The part of the version that names an interface.
fn interface() -> String {
    match env!("CARGO_PKG_VERSION_MAJOR") {
        "0" => format!("0.{}", env!("CARGO_PKG_VERSION_MINOR")),
        major => major.to_owned(),
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
