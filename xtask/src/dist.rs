//! The archives for users: `cargo xtask dist --target TARGET` makes one in `build/dist`, with `--without-networks` one that is
//! smaller, for controllers.
//!
//! An archive holds one folder that can be moved: the shared library with its import libraries where a system has them, headers, packages
//! for CMake and pkg-config, the denoiser, examples, licences and bills of materials. Debug information is in an archive of its own,
//! what Java's jars take in `build/dist/natives`. The linker is zig's, which brings every system's C library with it, Linux's as old
//! as glibc 2.28, and LLVM's for macOS; the compiler is the installed one where that has the target's standard library, else
//! Debian's, which then builds it.

mod layout;
mod platform;
mod tools;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, supply};
use platform::{Platform, System};
use tools::{Compiler, Tools, run};

/// Makes the archives of a target in `build/dist`; of the library without networks one archive only.
pub fn make(target: &str, networks: bool) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask has no parent folder")?;
    let platform = Platform::of(target)?;
    let tools = &Tools::get(platform, root)?;
    let made = if networks { archives(platform, tools, root)? } else { smaller(platform, tools, root)? };
    for archive in made {
        println!("{}", archive.display());
    }
    Ok(())
}

fn archives(platform: &Platform, tools: &Tools, root: &Path) -> Result<Vec<PathBuf>> {
    let out = root.join("build/dist");
    let java = build(platform, tools, root, "abbe-jni", &[])?;
    let [folder, debug] = filled(platform, tools, root, "", &[])?;
    let library = match platform.system {
        System::Windows => folder.join("bin/abbe.dll"),
        _ => std::fs::canonicalize(folder.join("lib").join(platform.system.library("abbe")))?,
    };
    let natives = out.join("natives").join(platform.java());
    std::fs::create_dir_all(&natives)?;
    std::fs::copy(&library, natives.join(platform.system.library("abbe")))?;
    layout::strip(platform, tools, &java, &natives.join(platform.system.library("abbe_jni")), &debug)?;
    let mut made = vec![pack(platform, root, &folder)?, natives];
    made.extend(python(platform, tools, root, &library)?);
    if std::fs::read_dir(&debug)?.next().is_some() {
        made.push(pack(platform, root, &debug)?);
    }
    Ok(made)
}

/// The archives of the library without networks.
fn smaller(platform: &Platform, tools: &Tools, root: &Path) -> Result<Vec<PathBuf>> {
    let folders = filled(platform, tools, root, "-without-networks", &[supply::WITHOUT_NETWORKS])?;
    folders.iter().map(|folder| pack(platform, root, folder)).collect()
}

/// The folder of an archive whose name ends in `suffix`, of the library that cargo makes with these options, and that of its
/// debug information.
fn filled(platform: &Platform, tools: &Tools, root: &Path, suffix: &str, options: &[&str]) -> Result<[PathBuf; 2]> {
    let built = build(platform, tools, root, "abbe", options)?;
    let name = format!("abbe-{}-{}{suffix}", env!("CARGO_PKG_VERSION"), platform.name);
    let folders = ["", "-debug"].map(|more| root.join("build/dist").join(format!("{name}{more}")));
    for folder in &folders {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
        std::fs::create_dir_all(folder)?;
    }
    layout::fill(platform, tools, root, &built, &folders, options)?;
    Ok(folders)
}

/// The shared library of a package as cargo with these options leaves it.
fn build(platform: &Platform, tools: &Tools, root: &Path, package: &str, options: &[&str]) -> Result<PathBuf> {
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
    command.args(["--package", package, "--target", triple, "--target-dir"]).arg(&target).args(options);
    if let Compiler::Debian { rustc, sources } = &tools.compiler {
        // Without backtraces, whose reader of debug information would be an eighth of a megabyte: libabbe never asks for one.
        command.args(["-Zbuild-std=std,panic_unwind", "-Zbuild-std-features=panic-unwind,default"]);
        command.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", rustc);
        flags.push(format!("--remap-path-prefix={}=rust", sources.display()));
    }
    if platform.system == System::MacOs {
        // Debug information would stay in cargo's files: the linker leaves it to Apple's tools.
        command.env("CARGO_PROFILE_DIST_DEBUG", "none").env("CARGO_PROFILE_DIST_STRIP", "none");
        command.env("SDKROOT", &tools.macos).env("MACOSX_DEPLOYMENT_TARGET", "13.0");
        flags.push("-Clinker-flavor=ld64.lld".to_owned());
    }
    let variable = format!("CARGO_TARGET_{}_LINKER", triple.to_uppercase().replace('-', "_"));
    command.env(variable, &tools.linker).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    if platform.system == System::MacOs && package != "abbe" {
        // Else it would be named after cargo's folder; libabbe has its name from `build.rs`.
        let name = platform.system.library(&package.replace('-', "_"));
        command.args(["--", &format!("-Clink-arg=-Wl,-install_name,@rpath/{name}")]);
    }
    run(command.env("SOURCE_DATE_EPOCH", "0"))?;
    Ok(target.join(triple).join("dist").join(platform.system.library(&package.replace('-', "_"))))
}

/// The wheel for Python with the library of the archive, and the source distribution, from which wheels of other builds are made.
fn python(platform: &Platform, tools: &Tools, root: &Path, library: &Path) -> Result<[PathBuf; 2]> {
    let (out, version) = (root.join("build/dist"), env!("CARGO_PKG_VERSION"));
    let python = || {
        let mut command = Command::new(&tools.python);
        command.current_dir(root.join("bindings/python")).env("SOURCE_DATE_EPOCH", "1767225600").arg("-m");
        command
    };
    run(python()
        .args(["pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"])
        .arg("--wheel-dir")
        .args([out.as_path(), Path::new(".")])
        .env("ABBE_LIBRARY", library)
        .env("ABBE_PLATFORM", platform.wheel))?;
    run(python().args(["hatchling", "build", "-t", "sdist", "-d"]).arg(&out))?;
    Ok([
        out.join(format!("abbe-{version}-py3-none-{}.whl", platform.wheel)),
        out.join(format!("abbe-{version}.tar.gz")),
    ])
}

/// Packs the folder beside itself: names in order, one time, no owner.
fn pack(platform: &Platform, root: &Path, folder: &Path) -> Result<PathBuf> {
    let suffix = if platform.system == System::Windows { "zip" } else { "tar.gz" };
    let archive = PathBuf::from(format!("{}.{suffix}", folder.display()));
    run(Command::new("python3").arg(root.join("tools/pack.py")).args([folder, &archive]))?;
    Ok(archive)
}
