//! Whether a file is ONNX Runtime, or a provider for it, for this machine, by its bytes alone: the system's loader ends the process at some
//! damaged libraries, and runs code of every library that it takes.

mod elf;

use std::path::Path;

use object::read::NameOrOrdinal;
use object::read::macho::{FatArch, MachOFatFile32, MachOFatFile64};
use object::{Architecture, BinaryFormat, File, FileKind, Object, ObjectKind, ObjectSection, ObjectSegment};

use crate::error::{Error, Result, headroom_of};

/// The bytes of a library's file, which may be anything else: what has no end, or waits for somebody to write, is not read.
///
/// # Errors
/// [`Error::Device`] for what is no file or cannot be read; [`Error::Memory`].
pub fn read(path: &Path) -> Result<Vec<u8>> {
    let shown = path.display();
    let unreadable = |error| Error::Device(format!("{shown} cannot be read: {error}"));
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if !about.is_file() {
        return Err(Error::Device(format!("{shown} cannot be read: it is no file; it must be a library's")));
    }
    headroom_of(about.len())?;
    std::fs::read(path).map_err(unreadable)
}

/// Refuses bytes that the system's loader must not be given, or that do not export the function `entry`; the text says
/// what the file is, and what it must be.
///
/// # Errors
/// What is wrong, to be put behind the file's name.
pub fn inspect(bytes: &[u8], entry: &str) -> std::result::Result<(), String> {
    let own = own_part(bytes)?;
    let damaged = |what: &str| format!("is damaged or cut off: {what}; install it again");
    let file = File::parse(own).map_err(|error| damaged(&error.to_string()))?;
    if file.architecture() != here() || !file.is_64() {
        let (found, wanted) = (file.architecture(), here());
        return Err(format!("is a library for {found:?}; this process needs one for {wanted:?}, 64 bits"));
    }
    if file.format() != format() {
        return Err(format!(
            "is a file of {}; this process needs a shared library of {}",
            system(file.format()),
            system(format())
        ));
    }
    if !matches!(file.kind(), ObjectKind::Dynamic | ObjectKind::Executable) {
        return Err(format!("is a file of the kind {:?}; it must be a shared library", file.kind()));
    }
    for segment in file.segments() {
        segment.data().map_err(|error| damaged(&format!("a segment is not there ({error})")))?;
    }
    let inside = |(start, size): (u64, u64)| start.saturating_add(size) <= own.len() as u64;
    if !file.sections().filter_map(|section| section.file_range()).all(inside) {
        return Err(damaged("a section ends behind the end of the file"));
    }
    if let Some(what) = elf::damage(own).filter(|_| file.format() == BinaryFormat::Elf) {
        return Err(damaged(what));
    }
    let exports = file.exports().map_err(|error| damaged(&format!("its exports cannot be read ({error})")))?;
    let (mut found, mut older) = (false, false);
    for export in exports {
        let export = export.map_err(|error| damaged(&format!("its exports cannot be read ({error})")))?;
        // Mach-O puts an underscore before C's names.
        if let NameOrOrdinal::Name(name) = export.name() {
            let name = name.strip_prefix(b"_").unwrap_or(name);
            found |= name == entry.as_bytes();
            older |= name == OLDER_ENTRY.as_bytes();
        }
    }
    match (found, entry) {
        (true, _) => Ok(()),
        (_, PROVIDER_ENTRY) if older => Err(format!(
            "is an execution provider of the older kind, a part of ONNX Runtime; only those that export {PROVIDER_ENTRY} \
             can be registered; context.device chooses among the others"
        )),
        (_, PROVIDER_ENTRY) => Err(format!("is no execution provider; it does not export {PROVIDER_ENTRY}")),
        _ => Err(format!("is not ONNX Runtime; it does not export {entry}")),
    }
}

/// The part of the file for this machine, where it is one for several (macOS).
fn own_part(bytes: &[u8]) -> std::result::Result<&[u8], String> {
    let refused = |_| "is no library of any system; it must be a shared library".to_owned();
    let parts: Vec<(Architecture, object::Result<&[u8]>)> = match FileKind::parse(bytes).map_err(refused)? {
        FileKind::MachOFat32 => {
            let fat = MachOFatFile32::parse(bytes).map_err(refused)?;
            fat.arches().iter().map(|part| (part.architecture(), part.data(bytes))).collect()
        }
        FileKind::MachOFat64 => {
            let fat = MachOFatFile64::parse(bytes).map_err(refused)?;
            fat.arches().iter().map(|part| (part.architecture(), part.data(bytes))).collect()
        }
        _ => return Ok(bytes),
    };
    let own = parts.into_iter().find(|(architecture, _)| *architecture == here());
    own.and_then(|(_, part)| part.ok()).ok_or_else(|| format!("has no part for {:?}", here()))
}

fn here() -> Architecture {
    if cfg!(target_arch = "aarch64") { Architecture::Aarch64 } else { Architecture::X86_64 }
}

fn format() -> BinaryFormat {
    if cfg!(windows) {
        BinaryFormat::Pe
    } else if cfg!(target_os = "macos") {
        BinaryFormat::MachO
    } else {
        BinaryFormat::Elf
    }
}

/// The systems whose files have a format.
fn system(format: BinaryFormat) -> &'static str {
    match format {
        BinaryFormat::Elf => "Linux",
        BinaryFormat::Pe => "Windows",
        BinaryFormat::MachO => "macOS",
        _ => "another system",
    }
}

/// What ONNX Runtime exports.
pub const ENTRY: &str = "OrtGetApiBase";
/// What an execution provider exports that is a library of its own.
pub const PROVIDER_ENTRY: &str = "CreateEpFactories";
/// What one exports that belongs to a build of ONNX Runtime.
const OLDER_ENTRY: &str = "GetProvider";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_library_for_this_machine_is_refused() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(inspect(&own, ENTRY).unwrap_err().contains("does not export OrtGetApiBase"));
        assert!(inspect(b"\0\0\0\0not a library OrtGetApiBase", ENTRY).unwrap_err().contains("no library"));
        assert!(inspect(b"", ENTRY).is_err());
        assert!(inspect(&own, PROVIDER_ENTRY).unwrap_err().contains("is no execution provider"));
        let mut foreign = own.clone();
        // The machine of an ELF file: 183 is AArch64, 62 x86-64.
        if cfg!(target_os = "linux") {
            foreign[18] = if foreign[18] == 62 { 183 } else { 62 };
            assert!(inspect(&foreign, ENTRY).unwrap_err().contains("is a library for"));
        }
        for share in 1..20 {
            assert!(inspect(&own[..own.len() * share / 20], ENTRY).is_err(), "{share} of 20 parts");
        }
    }
}
