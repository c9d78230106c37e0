//! Bytes that are nearly those of a seed.

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One change.
#[derive(Clone, Debug)]
pub enum Edit {
    Set(Index, u8),
    Flip(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, Index, usize),
    Cut(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let bytes = prop_oneof![
        proptest::collection::vec(any::<u8>(), 1..12),
        // Large and negative numbers as text and as variable-length integers, and what opens and closes nestings.
        select(vec![
            "-1",
            "0",
            "1e999",
            "99999999999999999999",
            "[[[[[[[[",
            "{a: &a [*a]}",
            "\n  - ",
            "null",
            "\u{fffd}"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
        Just(vec![0xff; 9]),
    ];
    prop_oneof![
        3 => (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        3 => (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        2 => (any::<Index>(), bytes).prop_map(|(at, bytes)| Edit::Insert(at, bytes)),
        1 => (any::<Index>(), 1..64_usize).prop_map(|(at, count)| Edit::Remove(at, count)),
        1 => (any::<Index>(), any::<Index>(), 1..64_usize).prop_map(|(from, to, count)| Edit::Repeat(from, to, count)),
        1 => any::<Index>().prop_map(Edit::Cut),
    ]
}

/// A few changes to one of `count` seeds: its number, and the changes.
pub fn edits(count: usize) -> impl Strategy<Value = (usize, Vec<Edit>)> {
    (0..count, proptest::collection::vec(edit(), 0..8))
}

/// The seed with the changes made.
pub fn apply(seed: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for edit in edits {
        let len = bytes.len();
        if len == 0 {
            bytes.push(0);
            continue;
        }
        match edit {
            Edit::Set(at, byte) => bytes[at.index(len)] = *byte,
            Edit::Flip(at, bit) => bytes[at.index(len)] ^= 1 << bit,
            Edit::Insert(at, new) => {
                let at = at.index(len);
                bytes.splice(at..at, new.iter().copied());
            }
            Edit::Remove(at, count) => {
                let at = at.index(len);
                bytes.drain(at..(at + count).min(len));
            }
            Edit::Repeat(from, to, count) => {
                let (from, to) = (from.index(len), to.index(len));
                let piece = bytes[from..(from + count).min(len)].to_vec();
                bytes.splice(to..to, piece);
            }
            Edit::Cut(at) => bytes.truncate(at.index(len)),
        }
    }
    bytes
}

/// The files of a folder below `tests/data/network` with an ending, in the order of their names.
pub fn seeds(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let folder = format!("{}/tests/data/network/{folder}", env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|found| found == ending));
    paths.sort();
    assert!(!paths.is_empty());
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}
