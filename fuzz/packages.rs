//! Bytes of packages, and the descriptions within them.

use std::io::{Cursor, Read, Write};

use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::load;
use super::mutation::{apply, edits, seeds};

/// The package with `change` made to each of its descriptions.
fn with_descriptions(package: &[u8], change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut archive = ZipArchive::new(Cursor::new(package)).unwrap();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        if [".yaml", ".yml", ".json", ".npy"].iter().any(|ending| name.ends_with(ending)) {
            bytes = change(&bytes);
        }
        writer.start_file(name, SimpleFileOptions::default().compression_method(CompressionMethod::Stored)).unwrap();
        writer.write_all(&bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn packages() {
    let seeds = seeds("packages", "zip");
    assert!(seeds.iter().all(|seed| load(seed) && load(&with_descriptions(seed, <[u8]>::to_vec))));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((at, edits) in edits(seeds.len()), within in any::<bool>())| {
        let seed = &seeds[at];
        load(&if within { with_descriptions(seed, |text| apply(text, &edits)) } else { apply(seed, &edits) });
    });
    assert!(seeds.iter().all(|seed| load(seed)));
}
