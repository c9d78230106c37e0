//! Gives the shared library its name for the dynamic linker; cargo sets none.
//!
//! While the major version is 0, each minor version is an interface of its own: libabbe.so.0.1. From 1.0 on it is
//! libabbe.so.1.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let version = |part: &str| var(format!("CARGO_PKG_VERSION_{part}")).unwrap_or_default();
    let interface = match version("MAJOR").as_str() {
        "0" => format!("0.{}", version("MINOR")),
        major => major.to_owned(),
    };
    match var("CARGO_CFG_TARGET_OS").unwrap_or_default().as_str() {
        "linux" => println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libabbe.so.{interface}"),
        "macos" => println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libabbe.{interface}.dylib"),
        _ => {}
    }
}
