//! The rules of the source tree that no compiler checks: which module may import which, and where unsafe code lives.

use std::path::{Path, PathBuf};

/// Modules from the bottom up; a module may use itself and those of lower rank.
const RANKS: &[(&str, u32)] = &[
    ("codes", 0),
    ("error", 0),
    ("params", 0),
    ("runtime", 1),
    ("image", 2),
    ("fft", 2),
    ("psf", 3),
    ("noise", 3),
    ("tile", 3),
    ("deconvolve", 4),
    ("denoise", 4),
    ("network", 4),
    ("plan", 5),
    ("arrays", 6),
    ("ffi", 6),
];

const UNSAFE_PLACES: &[&str] =
    &["src/ffi.rs", "src/ffi/", "src/fft/simd.rs", "src/fft/simd/", "src/network/session.rs"];

#[test]
fn imports_run_one_way() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let module = module_of(&path);
        let Some(rank) = rank(&module) else { continue };
        for line in text.lines() {
            for used in line.split("crate::").skip(1).filter(|_| !line.trim_start().starts_with("//")) {
                let used: String =
                    used.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
                if used != module && self::rank(&used).is_some_and(|used| used > rank || (used == rank && rank >= 2)) {
                    wrong.push(format!("{path}: {}", line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the order of tests/architecture.rs:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_has_a_rank() {
    for (path, _) in sources() {
        let module = module_of(&path);
        assert!(module == "lib" || rank(&module).is_some(), "{path}: add {module} to RANKS");
    }
}

#[test]
fn libraries_stay_in_their_modules() {
    for (library, module) in [("ort::", "network"), ("rustfft::", "fft")] {
        for (path, text) in sources() {
            let uses = text.lines().any(|line| {
                line.trim_start().starts_with(&format!("use {library}")) || line.contains(&format!(" {library}"))
            });
            assert!(!uses || module_of(&path) == module, "{path} uses {library}; only {module} may");
        }
    }
}

#[test]
fn unsafe_code_stays_in_its_places() {
    for (path, text) in sources() {
        if UNSAFE_PLACES.iter().any(|place| path.starts_with(place)) {
            continue;
        }
        let unsafe_line = text.lines().find(|line| {
            let code = line.split("//").next().unwrap_or("");
            code.split(|letter: char| !letter.is_alphanumeric() && letter != '_').any(|word| word == "unsafe")
        });
        assert!(unsafe_line.is_none(), "{path} holds unsafe code: {}", unsafe_line.unwrap_or(""));
    }
}

fn rank(module: &str) -> Option<u32> {
    RANKS.iter().find(|(name, _)| *name == module).map(|(_, rank)| *rank)
}

/// `psf` for `src/psf.rs` and `src/psf/kernel.rs`.
fn module_of(path: &str) -> String {
    let inner = path.trim_start_matches("src/");
    inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs").to_owned()
}

/// Paths below the project and texts of all sources of the library.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("src")];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    let rust = files.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    rust.map(|path| {
        let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        (name, std::fs::read_to_string(path).unwrap())
    })
    .collect()
}
