//! The archives for users: `cargo xtask dist --target TARGET` makes one in `build/dist`.
//!
//! An archive holds one folder that can be moved: the shared library with its import libraries where a system has them, headers, packages
//! for CMake and pkg-config, the denoiser, examples, licences and bills of materials. Debug information is in an archive of its own.
//! The linker is zig's, which brings every system's C library with it, Linux's as old as glibc 2.28; the
//! compiler is the installed one where that has the target's standard library, else Debian's, which then builds it.

mod layout;
mod platform;
mod tools;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use platform::{Platform, System};
use tools::{Compiler, Tools, run};

/// Makes the archives of a target in `build/dist`.
pub fn make(target: &str) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask has no parent folder")?;
    for archive in archives(Platform::of(target)?, root)? {
        println!("{}", archive.display());
    }
    Ok(())
}

fn archives(platform: &Platform, root: &Path) -> Result<[PathBuf; 3]> {
    let tools = &Tools::get(platform, root)?;
    let out = root.join("build/dist");
    let built = build(platform, tools, root)?;
    let name = format!("abbe-{}-{}", env!("CARGO_PKG_VERSION"), platform.name);
    let (folder, debug) = (out.join(&name), out.join(format!("{name}-debug")));
    for folder in [&folder, &debug] {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder)?;
    }
    layout::fill(platform, tools, root, &built, &folder, &debug)?;
    Ok([pack(platform, root, &folder)?, pack(platform, root, &debug)?, wheel(platform, tools, root, &folder)?])
}

/// The shared library as cargo leaves it.
fn build(platform: &Platform, tools: &Tools, root: &Path) -> Result<PathBuf> {
    let triple = platform.triple;
    let cargo_home = std::env::var("CARGO_HOME").or_else(|_| std::env::var("HOME").map(|home| home + "/.cargo"))?;
    let target = root.join("build/dist/cargo");
    let mut flags = vec![
        format!("--remap-path-prefix={}=abbe", root.display()),
        format!("--remap-path-prefix={cargo_home}/registry/src=crates"),
        format!("--remap-path-prefix={}/lib/rustlib/src/rust=rust", tools.sysroot.display()),
    ];
    let mut command = Command::new("cargo");
    command.current_dir(root).args(["rustc", "--profile", "dist", "--locked", "--lib", "--crate-type", "cdylib"]);
    command.args(["--target", triple, "--target-dir"]).arg(&target);
    if let Compiler::Debian { rustc, sources } = &tools.compiler {
        command.arg("-Zbuild-std=std,panic_unwind").env("RUSTC_BOOTSTRAP", "1").env("RUSTC", rustc);
        flags.push(format!("--remap-path-prefix={}=rust", sources.display()));
    }
    let variable = format!("CARGO_TARGET_{}_LINKER", triple.to_uppercase().replace('-', "_"));
    run(command
        .env(variable, &tools.linker)
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .env("SOURCE_DATE_EPOCH", "0"))?;
    Ok(target.join(triple).join("dist").join(platform.system.library()))
}

/// The wheel for Python with the library of the archive.
fn wheel(platform: &Platform, tools: &Tools, root: &Path, folder: &Path) -> Result<PathBuf> {
    let library = match platform.system {
        System::Windows => folder.join("bin/abbe.dll"),
        _ => std::fs::canonicalize(folder.join("lib").join(platform.system.library()))?,
    };
    let out = root.join("build/dist");
    run(Command::new(&tools.python)
        .args(["-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"])
        .arg("--wheel-dir")
        .args([&out, &root.join("bindings/python")])
        .env("ABBE_LIBRARY", library)
        .env("ABBE_PLATFORM", platform.wheel)
        .env("SOURCE_DATE_EPOCH", "1767225600"))?;
    Ok(out.join(format!("abbe-{}-py3-none-{}.whl", env!("CARGO_PKG_VERSION"), platform.wheel)))
}

/// Packs the folder beside itself: names in order, one time, no owner.
fn pack(platform: &Platform, root: &Path, folder: &Path) -> Result<PathBuf> {
    let suffix = if platform.system == System::Windows { "zip" } else { "tar.gz" };
    let archive = PathBuf::from(format!("{}.{suffix}", folder.display()));
    run(Command::new("python3").arg(root.join("tools/pack.py")).args([folder, &archive]))?;
    Ok(archive)
}
