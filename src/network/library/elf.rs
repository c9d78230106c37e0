//! What the loader of ELF systems trusts without looking: the table of what it is to do, and the list of places that it
//! writes to. Damage there ends the process before any of the library's code runs.

use object::Endianness;
use object::elf::{self, DynamicTag};
use object::read::elf::{Dyn, ElfFile64, ProgramHeader, Rela};

/// What is wrong with the tables, if anything is.
pub fn damage(bytes: &[u8]) -> Option<&'static str> {
    let Ok(file) = ElfFile64::<Endianness>::parse(bytes) else { return Some("its header is broken") };
    let endian = file.endian();
    let headers = file.elf_program_headers();
    let loaded = || headers.iter().filter(|header| header.p_type(endian) == elf::PT_LOAD);
    let held = |start: u64, size: u64| {
        let inside = |(from, length): (u64, u64)| start >= from && size <= length && start - from <= length - size;
        loaded().any(|header| inside((header.p_vaddr(endian), header.p_memsz(endian))))
    };
    let mut tables = headers.iter().filter_map(|header| header.dynamic(endian, bytes).transpose());
    let Some(Ok(table)) = tables.next() else { return Some("it does not tell the loader what to do") };
    let value =
        |wanted: DynamicTag| table.iter().find(|entry| entry.tag(endian) == wanted).map(|entry| entry.val(endian));
    let entries = [(elf::DT_RELAENT, 24), (elf::DT_SYMENT, 24), (elf::DT_PLTREL, u64::from(elf::DT_RELA.0 as u32))];
    if entries.iter().any(|&(tag, size)| value(tag).is_some_and(|found| found != size)) {
        return Some("its tables have entries of another size");
    }
    if [elf::DT_SYMTAB, elf::DT_STRTAB].iter().any(|&tag| value(tag).is_none()) {
        return Some("its symbols are not there");
    }
    let places = [
        (elf::DT_SYMTAB, None),
        (elf::DT_STRTAB, Some(elf::DT_STRSZ)),
        (elf::DT_HASH, None),
        (elf::DT_GNU_HASH, None),
        (elf::DT_PLTGOT, None),
        (elf::DT_INIT, None),
        (elf::DT_FINI, None),
        (elf::DT_INIT_ARRAY, Some(elf::DT_INIT_ARRAYSZ)),
        (elf::DT_FINI_ARRAY, Some(elf::DT_FINI_ARRAYSZ)),
        (elf::DT_RELA, Some(elf::DT_RELASZ)),
        (elf::DT_JMPREL, Some(elf::DT_PLTRELSZ)),
        (elf::DT_VERSYM, None),
        (elf::DT_VERNEED, None),
        (elf::DT_VERDEF, None),
    ];
    let lies = |&(tag, size): &(DynamicTag, Option<DynamicTag>)| {
        let size = size.map_or(Some(1), value);
        value(tag).is_some_and(|start| size.is_none_or(|size| !held(start, size)))
    };
    if places.iter().any(lies) {
        return Some("its tables are not where it says");
    }
    let sections = file.elf_section_table();
    for section in sections.iter() {
        let Ok(Some((places, _))) = object::read::elf::SectionHeader::rela(section, endian, bytes) else { continue };
        if places.iter().any(|place| !held(place.r_offset(endian), 8)) {
            return Some("it writes to where nothing is");
        }
    }
    None
}
