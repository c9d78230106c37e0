//! Arrays of numpy's format, little endian and in C order.

use std::path::Path;

/// The shape (z, y, x) and the samples of an array of two or three axes of f32 or u16.
pub fn read(path: &Path) -> ([usize; 3], Vec<f32>) {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let header = std::str::from_utf8(&bytes[10..10 + length]).expect("a text");
    let inside = header.split_once("'shape': (").and_then(|(_, rest)| rest.split_once(')')).expect("a shape").0;
    let extents: Vec<usize> = inside.split(',').filter_map(|text| text.trim().parse().ok()).collect();
    let shape = match extents[..] {
        [y, x] => [1, y, x],
        [z, y, x] => [z, y, x],
        _ => panic!("{} has {} axes", path.display(), extents.len()),
    };
    let data = &bytes[10 + length..];
    let samples: Vec<f32> = if header.contains("<f4") {
        data.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect()
    } else if header.contains("<u2") {
        data.chunks_exact(2).map(|two| f32::from(u16::from_le_bytes([two[0], two[1]]))).collect()
    } else {
        panic!("{} holds neither f32 nor u16", path.display());
    };
    assert_eq!(samples.len(), shape.iter().product::<usize>());
    (shape, samples)
}
