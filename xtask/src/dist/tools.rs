//! What building for other systems needs besides cargo: zig's linker from PyPI, and Debian's newer Rust with its sources. For macOS it
//! is the linker of the installed Rust, since zig's exports everything, with zig's list of what the system has. Nothing is
//! installed; all lies in `build/tools`.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::platform::{Platform, System};
use crate::Result;

/// Tools for one platform.
pub struct Tools {
    /// A program that links for the platform.
    pub linker: PathBuf,
    /// zig itself.
    pub zig: PathBuf,
    /// The folder of the installed Rust, which has LLVM's objcopy.
    pub sysroot: PathBuf,
    /// Python with what makes wheels, and what reads libraries of all systems.
    pub python: PathBuf,
    /// Where what macOS has is listed.
    pub macos: PathBuf,
    /// What compiles.
    pub compiler: Compiler,
}

/// Which compiler.
pub enum Compiler {
    /// The installed one, with its standard library for the platform.
    Installed,
    /// Debian's.
    Debian {
        /// The compiler.
        rustc: PathBuf,
        /// The sources of its standard library.
        sources: PathBuf,
    },
}

impl Tools {
    /// Gets what is not there yet.
    pub fn get(platform: &Platform, root: &Path) -> Result<Self> {
        let tools = root.join("build/tools");
        std::fs::create_dir_all(&tools)?;
        let zig = tools.join("zig/ziglang/zig");
        if !zig.exists() {
            let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target"];
            run(Command::new("python3").args(pip).arg(tools.join("zig")).arg(ZIG))?;
        }
        let python = tools.join("python/bin/python");
        if !python.exists() {
            run(Command::new("python3").args(["-m", "venv"]).arg(tools.join("python")))?;
            run(Command::new(&python)
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .args(WHEELS))?;
        }
        // The linker, and compilers for programs that use the archive.
        let driver = |language: &str| tools.join(format!("{language}-{}", platform.name));
        for language in ["cc", "c++"] {
            let line = format!("{FILTER}exec '{}' {language} -target {} \"$@\"", zig.display(), platform.zig);
            script(&driver(language), &line)?;
        }
        let sysroot = PathBuf::from(output(Command::new("rustc").args(["--print", "sysroot"]))?.trim());
        let macos = tools.join("macos");
        let linker = match platform.system {
            System::MacOs => apple(&tools, &zig, &sysroot, &macos)?,
            _ => driver("cc"),
        };
        let compiler = if sysroot.join("lib/rustlib").join(platform.triple).join("lib").exists() {
            Compiler::Installed
        } else {
            debian(&tools)?
        };
        Ok(Self { linker, zig, python, macos, sysroot, compiler })
    }

    /// The compiler.
    pub fn rustc(&self) -> &Path {
        match &self.compiler {
            Compiler::Installed => Path::new("rustc"),
            Compiler::Debian { rustc, .. } => rustc,
        }
    }

    /// `objcopy` with these arguments.
    pub fn objcopy(&self) -> Command {
        let mut command = Command::new(self.sysroot.join("lib/rustlib").join(HOST).join("bin/rust-objcopy"));
        command.env("LD_LIBRARY_PATH", self.sysroot.join("lib"));
        command
    }
}

/// The linker for macOS, and the folder that takes the place of Apple's SDK.
fn apple(tools: &Path, zig: &Path, sysroot: &Path, sdk: &Path) -> Result<PathBuf> {
    let (list, libraries) = (zig.with_file_name("lib/libc/darwin/libSystem.tbd"), sdk.join("usr/lib"));
    std::fs::create_dir_all(&libraries)?;
    for name in ["libSystem.tbd", "libc.tbd", "libm.tbd"] {
        std::fs::copy(&list, libraries.join(name))?;
    }
    let linker = tools.join("ld-macos");
    let program = sysroot.join("lib/rustlib").join(HOST).join("bin/rust-lld");
    script(&linker, &format!("{APPLE_FILTER}exec '{}' \"$@\" -S -x", program.display()))?;
    Ok(linker)
}

/// Debian's compiler, unpacked, behind a script that shows it its libraries.
fn debian(tools: &Path) -> Result<Compiler> {
    let (rustc, packages) = (tools.join("rustc"), tools.join("debian"));
    let usr = tools.join("rust/usr");
    if !rustc.exists() {
        std::fs::create_dir_all(&packages)?;
        run(Command::new("apt-get").current_dir(&packages).args(["download", "-qq"]).args(DEBIAN))?;
        for package in std::fs::read_dir(&packages)? {
            run(Command::new("dpkg").arg("-x").arg(package?.path()).arg(tools.join("rust")))?;
        }
        std::fs::remove_dir_all(&packages)?;
        let (libraries, program) = (usr.join("lib/x86_64-linux-gnu"), usr.join("bin/rustc"));
        let line = format!("LD_LIBRARY_PATH='{}' exec '{}' \"$@\"", libraries.display(), program.display());
        script(&rustc, &line)?;
    }
    Ok(Compiler::Debian { rustc, sources: std::fs::canonicalize(usr.join("lib/rustlib/src/rust"))? })
}

fn script(path: &Path, line: &str) -> Result<()> {
    std::fs::write(path, format!("#!/bin/sh\n{line}\n"))?;
    Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?)
}

/// Runs a command; fails where it does.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?}: {status}").into()) }
}

fn output(command: &mut Command) -> Result<String> {
    let out = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if out.status.success() { Ok(String::from_utf8(out.stdout)?) } else { Err(format!("{command:?} failed").into()) }
}

/// Where archives are made: the tools are for it.
const HOST: &str = "x86_64-unknown-linux-gnu";
/// zig takes a list of exports as a file of its own, and brings the C library that rustc names the parts of.
const FILTER: &str = r#"for argument; do
    shift
    case "$argument" in
    -Wl,*.def) set -- "$@" "${argument#-Wl,}" ;;
    -lmsvcrt | -lmingw32 | -lmingwex | -nolibc | --unwindlib=none) ;;
    *) set -- "$@" "$argument" ;;
    esac
done
"#;
/// The name of the library comes from `build.rs` as a compiler takes it; iconv, which the crate `libc` names, is not used.
const APPLE_FILTER: &str = r#"for argument; do
    shift
    case "$argument" in
    -Wl,-install_name,*) set -- "$@" -install_name "${argument##*,}" ;;
    -liconv) ;;
    *) set -- "$@" "$argument" ;;
    esac
done
"#;
const ZIG: &str = "ziglang==0.15.2";
const WHEELS: &[&str] = &["hatchling==1.33.0", "auditwheel==6.8.2", "lief==1.0.0"];
const DEBIAN: &[&str] =
    &["rustc-web", "libstd-rust-web-dev", "libstd-rust-web-1.96", "rust-web-src", "libllvm22", "libz3-4"];
