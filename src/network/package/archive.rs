//! Files of a package, in a folder or a zip. Both are hostile until proven: names that leave the package, links, too
//! many entries and contents that expand beyond measure are refused, and nothing is written to disk.

use std::io::{Cursor, ErrorKind, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use prost::bytes::Bytes;
use zip::ZipArchive;

use super::names;
use crate::error::{Error, Result, headroom_of};

/// The files of one package.
pub enum Files {
    /// A folder, by its canonical path.
    Folder(PathBuf),
    /// A zip in memory.
    Zip {
        /// It.
        archive: Mutex<ZipArchive<Cursor<Bytes>>>,
        /// The folder in it that holds the package, with the slash behind it; empty where that is the zip itself.
        root: String,
    },
}

impl Files {
    /// The files of a folder.
    ///
    /// # Errors
    /// [`Error::Io`] when there is no such folder.
    pub fn folder(path: &Path) -> Result<Self> {
        let canonical = std::fs::canonicalize(path);
        Ok(Self::Folder(canonical.map_err(|error| Error::Io(format!("{} cannot be read: {error}", path.display())))?))
    }

    /// The files of a zip.
    ///
    /// # Errors
    /// [`Error::Model`] when it is malformed, holds too many entries, or an entry that leaves it.
    pub fn zip(bytes: Bytes) -> Result<Self> {
        let described = |name: &str| name == names::CZANN || names::describes(name);
        let (mut folders, mut root) = (Vec::new(), None);
        let mut archive =
            ZipArchive::new(Cursor::new(bytes)).map_err(|error| Error::Model(format!("the zip is broken: {error}")))?;
        if archive.len() > ENTRIES {
            return Err(Error::Model(format!("the zip holds {} entries; at most {ENTRIES} are read", archive.len())));
        }
        for at in 0..archive.len() {
            let broken = |error| Error::Model(format!("the zip is broken: {error}"));
            let entry = archive.by_index_raw(at).map_err(broken)?;
            let name = entry.name().map_err(broken)?;
            let inside = entry.enclosed_name().is_some() && plain(name.trim_end_matches('/')).is_ok();
            if !inside || entry.is_symlink() {
                return Err(Error::Model(format!(
                    "the zip holds {name}; entries must be files inside it and no links"
                )));
            }
            let name = name.trim_start_matches("./");
            match name.split_once('/') {
                None if described(name) => root = Some(String::new()),
                Some((folder, inside)) if described(inside) && !folders.iter().any(|known| known == folder) => {
                    folders.push(folder.to_owned());
                }
                _ => {}
            }
        }
        // Programs that pack a folder rather than what is in it put one around everything.
        let root = root.or_else(|| (folders.len() == 1).then(|| format!("{}/", folders[0]))).unwrap_or_default();
        Ok(Self::Zip { archive: Mutex::new(archive), root })
    }

    /// Whether there is such a file.
    pub fn has(&self, name: &str) -> bool {
        let Ok(name) = plain(name) else { return false };
        match self {
            Self::Folder(folder) => folder.join(name).is_file(),
            Self::Zip { archive, root } => {
                let archive = archive.lock().unwrap_or_else(PoisonError::into_inner);
                archive.index_for_name(&format!("{root}{name}")).is_some()
            }
        }
    }

    /// The files of the package itself, not those in folders of it, in alphabetical order.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = match self {
            Self::Folder(folder) => {
                let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
                entries.filter_map(|entry| entry.file_name().into_string().ok()).take(ENTRIES).collect()
            }
            Self::Zip { archive, root } => {
                let archive = archive.lock().unwrap_or_else(PoisonError::into_inner);
                let inside = |name: &str| Some(name.trim_start_matches("./").strip_prefix(root)?.to_owned());
                let inside = archive.file_names().filter_map(|name| inside(&name.ok()?));
                inside.filter(|name| !name.is_empty() && !name.contains('/')).collect()
            }
        };
        names.sort();
        names
    }

    /// The content of a file of at most `limit` bytes.
    ///
    /// # Errors
    /// [`Error::Model`] when there is none, it is larger, its name leaves the package, or it is a link or an address.
    pub fn read(&self, name: &str, limit: u64) -> Result<Bytes> {
        if name.contains("://") {
            return Err(Error::Model(format!(
                "{name} is an address; abbe downloads nothing; put the file into the package"
            )));
        }
        let path = plain(name)?;
        let too_large = |size: u64| {
            Error::Model(format!("{name} is {size} bytes; at most {limit} are read, and 200 times its size in a zip"))
        };
        let no_memory = |size: u64| {
            Error::Memory(format!("{name} is {size} bytes; this machine has no memory to unpack it; free some"))
        };
        let missing = || Error::Model(format!("{name} is not in the package; the package names it"));
        match self {
            Self::Folder(folder) => {
                let file = std::fs::canonicalize(folder.join(&path)).map_err(|_| missing())?;
                if !file.starts_with(folder) {
                    return Err(Error::Model(format!("{name} is a link out of the package; files must be inside it")));
                }
                let about = std::fs::metadata(&file).map_err(|_| missing())?;
                if !about.is_file() {
                    return Err(Error::Model(format!("{name} is not a file; a package must hold it as one")));
                }
                if about.len() > limit {
                    return Err(too_large(about.len()));
                }
                headroom_of(about.len())?;
                let bytes =
                    std::fs::read(&file).map_err(|error| Error::Io(format!("{name} cannot be read: {error}")))?;
                Ok(Bytes::from(bytes))
            }
            Self::Zip { archive, root } => {
                let mut archive = archive.lock().unwrap_or_else(PoisonError::into_inner);
                let inside = format!("{root}{path}");
                let index = archive.index_for_name(&inside).or_else(|| archive.index_for_name(&format!("./{inside}")));
                let index = index.ok_or_else(missing)?;
                let archive = AssertUnwindSafe(&mut *archive);
                // zlib's crate panics where it gets no memory for its state, and on nothing else here.
                let entry = catch_unwind(|| { archive }.0.by_index(index))
                    .map_err(|_| {
                        Error::Memory(format!("{name} is compressed; this machine has no memory to unpack it"))
                    })?
                    .map_err(|error| Error::Model(format!("{name} cannot be unpacked: {error}")))?;
                let allowed = limit.min(entry.compressed_size().saturating_mul(200).saturating_add(SMALL));
                if entry.size() > allowed {
                    return Err(too_large(entry.size()));
                }
                // The size in the zip is only a claim: what really comes out is counted.
                let mut bytes = Vec::new();
                let expected = usize::try_from(entry.size()).unwrap_or(0);
                bytes.try_reserve_exact(expected).map_err(|_| no_memory(entry.size()))?;
                let size = entry.size();
                let read = entry.take(allowed + 1).read_to_end(&mut bytes);
                read.map_err(|error| match error.kind() {
                    ErrorKind::OutOfMemory => no_memory(size),
                    _ => Error::Model(format!("{name} cannot be unpacked: {error}")),
                })?;
                if bytes.len() as u64 > allowed {
                    return Err(too_large(bytes.len() as u64));
                }
                Ok(Bytes::from(bytes))
            }
        }
    }
}

/// A relative path without steps upwards, as the names of its parts with slashes between them.
fn plain(name: &str) -> Result<String> {
    let path = Path::new(name);
    let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if name.is_empty() || !inside || name.contains('\\') || name.contains(':') || name.contains('\0') {
        return Err(Error::Model(format!("{name:?} is a file's name; it must be a path inside the package")));
    }
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(part) => part.to_str(),
        _ => None,
    });
    Ok(parts.collect::<Vec<_>>().join("/"))
}

/// Most bytes of one file.
pub const FILE_BYTES: u64 = i32::MAX as u64;
const ENTRIES: usize = 10_000;
/// Contents up to this size may be compressed as much as they like.
const SMALL: u64 = 64 << 20;
