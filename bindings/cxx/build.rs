//! Compiles the C++ side of the bridge, and apart from it the C++ code that the tests drive.

fn main() {
    cxx_build::bridge("src/lib.rs").std("c++11").compile("abbe-cxx-bridge");

    // Linked by tests/host.rs alone, so that nothing of it gets into the library.
    cxx_build::bridge("tests/host.rs")
        .file("tests/host.cc")
        .include("../../include")
        .define("ABBE_STATIC", None)
        .std("c++11")
        .flag_if_supported("-Wall")
        .flag_if_supported("-Wextra")
        .cargo_metadata(false)
        .compile("abbe-cxx-host");
    println!("cargo:rustc-link-search=native={}", std::env::var("OUT_DIR").expect("cargo sets OUT_DIR"));
    for path in ["src/lib.rs", "tests/host.rs", "tests/host.cc", "tests/host.h", "../../include/abbe"] {
        println!("cargo:rerun-if-changed={path}");
    }
}
