//! What libabbe is made of, for those who must account for it: `cargo xtask supply FOLDER [OPTIONS OF CARGO]` writes a
//! CycloneDX and an SPDX document and the licence texts of all that is linked; `supply --check` holds `docs/soup.md` to it.
//!
//! The parts are those that cargo links into libabbe with the same options (`--target`, `--no-default-features`), the
//! standard library of the compiler, and the networks that are shipped. The same sources and compiler give the same bytes.

mod documents;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::Result;

/// One thing that libabbe is made of.
pub struct Part {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SPDX expression of its licence.
    pub licence: String,
    /// Where it is from.
    pub origin: Origin,
    /// Who made it.
    pub authors: Vec<String>,
    /// Where its source is kept.
    pub repository: String,
    /// SHA-256 of what was downloaded, in hexadecimal digits, or of the file.
    pub hash: Option<String>,
    /// Its licence files.
    pub texts: Vec<String>,
    /// Names and versions of the parts that it links.
    pub links: Vec<(String, String)>,
}

/// Where a part is from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This project.
    Own,
    /// crates.io.
    Registry,
    /// The compiler.
    Compiler,
    /// A file with a network in it.
    Network,
}

/// Parts, the library itself first, for one target.
pub struct Supply {
    /// The triple.
    pub target: String,
    /// When the sources were made, as seconds since 1970.
    pub made: u64,
    /// The parts.
    pub parts: Vec<Part>,
}

/// Writes the documents to a folder, of what cargo with these options and that compiler makes.
pub fn write(folder: &Path, options: &[&str], rustc: &str) -> Result<()> {
    let supply = supply(options, rustc)?;
    std::fs::create_dir_all(folder)?;
    for (name, text) in [
        ("abbe.cdx.json", documents::cyclonedx(&supply)?),
        ("abbe.spdx.json", documents::spdx(&supply)?),
        ("THIRD_PARTY.txt", documents::third_party(&supply)),
    ] {
        std::fs::write(folder.join(name), text)?;
    }
    Ok(())
}

/// Puts the table of parts into `docs/soup.md`, or fails where it is another and `check` is wanted.
pub fn page(check: bool) -> Result<()> {
    let path = root()?.join("docs/soup.md");
    let page = std::fs::read_to_string(&path)?;
    let (start, end) = ("<!-- generated -->", "<!-- /generated -->");
    let (before, rest) = page.split_once(start).ok_or("docs/soup.md lacks its mark")?;
    let (_, after) = rest.split_once(end).ok_or("docs/soup.md lacks its mark")?;
    let table = documents::table(&supply(&["--target", PAGE_TARGET], "rustc")?);
    let wanted = format!("{before}{start}\n{table}{end}{after}");
    if check && wanted != page {
        return Err("docs/soup.md does not list what is linked; run `cargo xtask supply`".into());
    }
    if !check {
        std::fs::write(path, wanted)?;
    }
    Ok(())
}

fn supply(options: &[&str], rustc: &str) -> Result<Supply> {
    let compiler = output(rustc, &["-vV"])?;
    let told = |key: &str| {
        let line = compiler.lines().find_map(|line| line.strip_prefix(key));
        line.map(|line| line.trim().to_owned()).ok_or_else(|| format!("rustc tells no {key}"))
    };
    let target = match options.iter().position(|option| *option == "--target") {
        Some(at) => (*options.get(at + 1).ok_or("--target needs a triple")?).to_owned(),
        None => told("host:")?,
    };
    let mut listed: Vec<&str> =
        vec!["tree", "--locked", "-p", "abbe", "-e", "normal,no-proc-macro", "--prefix", "none"];
    listed.extend(["--format", "{p}"]);
    listed.extend(options);
    if !options.contains(&"--target") {
        listed.extend(["--target", &target]);
    }
    // "name v1.2.3", with " (*)" or a path behind.
    let linked: BTreeSet<(String, String)> = output("cargo", &listed)?
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.to_owned(), words.next()?.trim_start_matches('v').to_owned()))
        })
        .collect();
    let described = ["metadata", "--locked", "--format-version", "1", "--filter-platform", &target];
    let metadata: Value = serde_json::from_str(&output("cargo", &described)?)?;
    let hashes = hashes(&std::fs::read_to_string(root()?.join("Cargo.lock"))?);
    let links = links(&metadata, &linked);
    let mut parts = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let text = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
        let id = (text("name"), text("version"));
        if !linked.contains(&id) {
            continue;
        }
        let folder = PathBuf::from(text("manifest_path"));
        let folder = folder.parent().ok_or("a manifest without a folder")?;
        let origin = if package["source"].is_null() { Origin::Own } else { Origin::Registry };
        let texts = if origin == Origin::Own { texts(&root()?)? } else { texts(folder)? };
        if texts.is_empty() {
            return Err(format!("{} {} has no licence file", id.0, id.1).into());
        }
        let authors = package["authors"].as_array().into_iter().flatten().filter_map(Value::as_str);
        parts.push(Part {
            // Before SPDX had expressions, a slash stood for OR.
            licence: text("license").replace('/', " OR "),
            authors: authors.map(str::to_owned).collect(),
            origin,
            repository: text("repository"),
            hash: hashes.get(&id).cloned(),
            texts,
            links: links.get(&id).cloned().unwrap_or_default(),
            name: id.0,
            version: id.1,
        });
    }
    if parts.len() != linked.len() {
        return Err("cargo tree and cargo metadata do not tell of the same crates".into());
    }
    parts.sort_by_key(|part| (part.name != "abbe", part.name.clone(), part.version.clone()));
    parts.push(Part {
        name: "rust-std".to_owned(),
        version: told("release:")?,
        licence: "MIT OR Apache-2.0".to_owned(),
        origin: Origin::Compiler,
        authors: vec!["The Rust Project Developers".to_owned()],
        repository: "https://github.com/rust-lang/rust".to_owned(),
        hash: None,
        texts: Vec::new(),
        links: Vec::new(),
    });
    // Built into every library; the one without networks ships no package of it, and is told of by the weights themselves.
    let kind = if options.contains(&WITHOUT_NETWORKS) { "f32" } else { "zip" };
    for (name, licence) in NETWORKS {
        let bytes = std::fs::read(root()?.join("models").join(format!("{name}.{kind}")))?;
        parts.push(Part {
            name: (*name).to_owned(),
            version: parts[0].version.clone(),
            licence: (*licence).to_owned(),
            origin: Origin::Network,
            authors: parts[0].authors.clone(),
            repository: String::new(),
            hash: Some(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()),
            texts: Vec::new(),
            links: Vec::new(),
        });
    }
    let apart = parts.iter().filter(|part| matches!(part.origin, Origin::Compiler | Origin::Network));
    let more: Vec<_> = apart.map(|part| (part.name.clone(), part.version.clone())).collect();
    parts[0].links.extend(more);
    Ok(Supply { target, made: made()?, parts })
}

/// Which of the linked crates each of them names as a dependency.
fn links(metadata: &Value, linked: &BTreeSet<(String, String)>) -> BTreeMap<(String, String), Vec<(String, String)>> {
    let names: BTreeMap<&str, (String, String)> = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| {
            Some((one["id"].as_str()?, (one["name"].as_str()?.to_owned(), one["version"].as_str()?.to_owned())))
        })
        .collect();
    let normal =
        |one: &&Value| one["dep_kinds"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"].is_null()));
    let mut found = BTreeMap::new();
    for node in metadata["resolve"]["nodes"].as_array().into_iter().flatten() {
        let Some(id) = node["id"].as_str().and_then(|id| names.get(id)).filter(|id| linked.contains(*id)) else {
            continue;
        };
        let wanted = node["deps"].as_array().into_iter().flatten().filter(normal);
        let mut wanted: Vec<_> = wanted
            .filter_map(|one| names.get(one["pkg"].as_str()?).filter(|id| linked.contains(*id)).cloned())
            .collect();
        wanted.sort();
        wanted.dedup();
        found.insert(id.clone(), wanted);
    }
    found
}

/// The checksums of a Cargo.lock, whose packages are three lines or more of the form `key = "value"`.
fn hashes(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |package: &str, key: &str| {
        let start = format!("{key} = \"");
        package.lines().find_map(|line| line.strip_prefix(&start)?.strip_suffix('"').map(str::to_owned))
    };
    lock.split("[[package]]")
        .filter_map(|one| Some(((value(one, "name")?, value(one, "version")?), value(one, "checksum")?)))
        .collect()
}

/// The licence files of a folder.
fn texts(folder: &Path) -> Result<Vec<String>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        path.is_file() && LICENCES.iter().any(|start| name.starts_with(start)) && !name.ends_with(".RS")
    });
    files.sort();
    files.iter().map(|path| Ok(std::fs::read_to_string(path)?.replace("\r\n", "\n").trim_end().to_owned())).collect()
}

/// The variable that makes builds reproducible, or the time of the commit.
fn made() -> Result<u64> {
    match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(seconds) => Ok(seconds.parse()?),
        Err(_) => Ok(output("git", &["log", "-1", "--format=%ct"])?.trim().parse()?),
    }
}

fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let done = Command::new(program).args(arguments).current_dir(root()?).output()?;
    if !done.status.success() {
        return Err(format!("{program} fails: {}", String::from_utf8_lossy(&done.stderr)).into());
    }
    Ok(String::from_utf8(done.stdout)?)
}

fn root() -> Result<PathBuf> {
    Ok(Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("xtask has no parent folder")?.to_owned())
}

/// Cargo's option for the library without networks.
pub const WITHOUT_NETWORKS: &str = "--no-default-features";
/// Networks that are built in and shipped, with the licence that their packages state.
const NETWORKS: &[(&str, &str)] = &[("abbe-denoise", "CC0-1.0")];
/// Beginnings of the names of licence files.
const LICENCES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "UNLICENSE"];
/// What `docs/soup.md` is about; other systems differ by a few crates that ask the system.
const PAGE_TARGET: &str = "x86_64-unknown-linux-gnu";
