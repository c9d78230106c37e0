//! The network that is built in against its package, whose test tensors Python's ONNX Runtime made.

use std::io::Read;

use abbe::convnet::{Network, denoiser};
use abbe::runtime::Workers;

#[path = "support/lanes.rs"]
mod lanes;

#[test]
fn the_built_in_weights_are_those_of_the_package() {
    let file = entry("weights.onnx");
    let weights = denoiser::weights().unwrap();
    // Each layer's weights are one run of bytes in the file, the next layer's behind it.
    let (mut at, mut left) = (0, weights.as_slice());
    for count in LAYERS {
        let (layer, rest) = left.split_at(count);
        let bytes: Vec<u8> = layer.iter().flat_map(|weight| weight.to_le_bytes()).collect();
        let place = file[at..].windows(bytes.len()).position(|window| window == bytes);
        at += place.unwrap_or_else(|| panic!("{count} weights are not those of the package")) + bytes.len();
        left = rest;
    }
    assert!(left.is_empty());
}

#[test]
fn the_built_in_network_gives_what_the_package_says() {
    let (input, expected) = (array("test_input.npy"), array("test_output.npy"));
    let [ny, nx] = [128, 192];
    assert_eq!(input.len(), ny * nx);
    let weights = denoiser::weights().unwrap();
    let workers = Workers::new(2).unwrap();
    let mut network = Network::new(&denoiser::graph(), [ny, nx], 2).unwrap();
    network.load(&weights);
    let mut found = Vec::new();
    while let Some(rows) = network.advance(|y, row| row.copy_from_slice(&input[y * nx..][..nx]), &workers) {
        rows.for_each(|y| found.extend_from_slice(network.result(y)));
    }
    let most = found.iter().zip(&expected).map(|(found, expected)| (found - expected).abs()).fold(0.0, f32::max);
    let largest = expected.iter().fold(0.0_f32, |largest, sample| largest.max(sample.abs()));
    assert!(most < 2e-6 * largest, "{most} of {largest}");
}

fn entry(name: &str) -> Vec<u8> {
    let package = std::fs::File::open("models/abbe-denoise.zip").unwrap();
    let mut bytes = Vec::new();
    zip::ZipArchive::new(package).unwrap().by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// Samples of an array of NumPy, version 1.0: its header ends in a line feed.
fn array(name: &str) -> Vec<f32> {
    let bytes = entry(name);
    let start = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    assert!(String::from_utf8_lossy(&bytes[..start]).contains("'<f4'"));
    bytes[start..].as_chunks::<4>().0.iter().map(|&word| f32::from_le_bytes(word)).collect()
}

/// Weights of the layers, in order.
const LAYERS: [usize; 16] =
    [144, 2304, 2048, 9216, 9216, 8192, 36864, 36864, 36864, 36864, 8192, 9216, 9216, 2048, 2304, 144];
