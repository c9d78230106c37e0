//! Bytes of ONNX networks.

use proptest::prelude::*;

use super::load;
use super::mutation::{apply, edits, seeds};

#[test]
fn models() {
    let seeds = seeds("", "onnx");
    assert!(seeds.iter().any(|seed| load(seed)));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |((at, edits) in edits(seeds.len()))| {
        load(&apply(&seeds[at], &edits));
    });
    assert!(seeds.iter().any(|seed| load(seed)));
}
