//! The rules of the source tree that no compiler checks: which module may import which, and where unsafe code lives.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Modules from the bottom up; a module may use itself and those of lower rank.
const RANKS: &[(&str, u32)] = &[
    ("codes", 0),
    ("digest", 0),
    ("error", 0),
    ("params", 0),
    ("runtime", 1),
    ("simd", 1),
    ("image", 2),
    ("fft", 2),
    ("psf", 3),
    ("noise", 3),
    ("convnet", 3),
    ("tile", 3),
    ("deconvolve", 4),
    ("denoise", 4),
    ("filter", 4),
    ("learn", 4),
    ("network", 4),
    ("assess", 4),
    ("sensor", 4),
    ("series", 4),
    ("plan", 5),
    ("stream", 6),
    ("arrays", 7),
    ("ffi", 7),
];

const UNSAFE_PLACES: &[&str] =
    &["src/ffi.rs", "src/ffi/", "src/fft/simd/", "src/simd/", "src/network/session.rs", "src/network/session/"];

#[test]
fn imports_run_one_way() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let module = module_of(&path);
        let Some(rank) = rank(&module) else { continue };
        for used in paths(&text).iter().filter(|used| used[0] == "crate").filter_map(|used| used.get(1)) {
            if *used != module && self::rank(used).is_some_and(|used| used > rank || (used == rank && rank >= 2)) {
                wrong.push(format!("{path} uses {used}"));
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the order of tests/architecture.rs:\n{}", wrong.join("\n"));
}

/// Files of a module may be read in some order in which each needs only those before it, and the module's own front page
/// last. A file is not held to need its children, which are parts of it.
#[test]
fn no_files_of_a_module_import_each_other_in_a_circle() {
    let sources = sources();
    let files: BTreeMap<Vec<String>, &str> =
        sources.iter().map(|(path, text)| (place(path), text.split("#[cfg(test)]").next().unwrap_or(text))).collect();
    let mut circles = Vec::new();
    for (module, _) in RANKS {
        let mut uses: BTreeMap<&[String], BTreeSet<&[String]>> = BTreeMap::new();
        for (place, text) in files.iter().filter(|(place, _)| place[1..].first().is_some_and(|name| name == module)) {
            let used = paths(text).into_iter().filter_map(|path| resolve(&files, place, &path));
            uses.insert(place, used.filter(|used| !used.starts_with(place)).collect());
        }
        // Files that need none of those left, or that none of those left needs, are in no circle.
        loop {
            let needed: BTreeSet<_> = uses.values().flatten().copied().collect();
            let before = uses.len();
            let left: BTreeSet<_> = uses.keys().copied().collect();
            uses.retain(|place, needs| needed.contains(place) && !needs.is_disjoint(&left));
            if uses.len() == before {
                break;
            }
        }
        for (place, needs) in &uses {
            let needs = needs.iter().filter(|need| uses.contains_key(*need));
            circles.extend(needs.map(|need| format!("{} uses {}", place.join("::"), need.join("::"))));
        }
    }
    assert!(circles.is_empty(), "files import each other in circles:\n{}", circles.join("\n"));
}

#[test]
fn imports_are_read_whatever_their_form() {
    let text = "
        use crate::{a, b::{self, C}};
        use super::d::*; // use crate::e;
        fn f() { crate::g::h(&self::i::J); }
    ";
    let found: Vec<_> = paths(text).iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["crate::a", "crate::b", "crate::b::C", "super::d::*", "crate::g::h", "self::i::J"]);
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

/// `crate`, `psf`, `kernel` for `src/psf/kernel.rs`.
fn place(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    let names = inner.split('/').filter(|name| *name != "lib");
    std::iter::once("crate").chain(names).map(ToOwned::to_owned).collect()
}

/// The file that defines what a path in the file at `place` names, through what other files hand on.
fn resolve<'a>(files: &'a BTreeMap<Vec<String>, &str>, place: &[String], path: &[String]) -> Option<&'a [String]> {
    let mut full = match path[0].as_str() {
        "crate" => vec!["crate".to_owned()],
        "self" => place.to_vec(),
        _ => place[..place.len() - 1].to_vec(),
    };
    for name in &path[1..] {
        if name == "super" { full.truncate(full.len() - 1) } else { full.push(name.clone()) }
    }
    let len = (1..=full.len()).rev().find(|&len| files.contains_key(&full[..len]))?;
    let (file, text) = files.get_key_value(&full[..len])?;
    let handed_on = full.get(len).and_then(|item| {
        let mut paths = text.split("pub use ").skip(1).flat_map(|rest| expand(rest.split(';').next().unwrap_or("")));
        paths.find(|path| path.last() == Some(item))
    });
    match handed_on {
        Some(path) => {
            let inner = std::iter::once("self".to_owned()).chain(path.into_iter().filter(|name| name != "self"));
            resolve(files, file, &inner.collect::<Vec<_>>())
        }
        None => Some(file),
    }
}

/// The paths from `crate`, `super` or `self` on that a text names, comments aside.
fn paths(text: &str) -> Vec<Vec<String>> {
    let code: String = text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let mut found = Vec::new();
    let mut rest = code.as_str();
    while let Some(at) = ["crate::", "super::", "self::"].iter().filter_map(|root| rest.find(root)).min() {
        let whole = rest[..at].chars().last().is_none_or(|before| !before.is_alphanumeric() && !"_:".contains(before));
        rest = &rest[at..];
        if !whole {
            rest = &rest[5..];
            continue;
        }
        let mut open = 0_i32;
        let end = rest.find(|letter: char| {
            open += i32::from(letter == '{') - i32::from(letter == '}');
            let goes_on = letter.is_alphanumeric() || "_:*".contains(letter);
            !(goes_on || open > 0 || letter == '}' && open == 0)
        });
        let (path, after) = rest.split_at(end.unwrap_or(rest.len()));
        found.extend(expand(path));
        rest = after;
    }
    found
}

/// `a::b` and `a::c` for `a::{b, c}`.
fn expand(path: &str) -> Vec<Vec<String>> {
    let Some((head, tail)) = path.split_once('{') else {
        let path = path.split(" as ").next().unwrap_or(path);
        let names = path.split("::").map(str::trim).filter(|name| !name.is_empty()).map(ToOwned::to_owned);
        let mut names: Vec<_> = names.collect();
        if names.len() > 1 && names.last().is_some_and(|name| name == "self") {
            names.pop();
        }
        return vec![names];
    };
    let mut open = 0_i32;
    let inner = tail.rsplit_once('}').map_or(tail, |(inner, _)| inner);
    let parts = inner.split(|letter: char| {
        open += i32::from(letter == '{') - i32::from(letter == '}');
        letter == ',' && open == 0
    });
    parts.filter(|part| !part.trim().is_empty()).flat_map(|part| expand(&format!("{head}{}", part.trim()))).collect()
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
