//! Networks against what Python's ONNX Runtime gives for the whole image (`tests/data/network/make_networks.py`).

mod network_support;

use std::sync::Arc;

use abbe::network::Model;
use abbe::params::{self, Settings};
use network_support::{context, fixture, npy, onnxruntime, range, run, settings, worst};

/// Runs a fixture whole and in small tiles; both must be what Python gives for the whole image.
fn agrees(name: &str, shape: [usize; 4], output: [usize; 4], tile: i64, change: impl Fn(&mut Settings), limit: f32) {
    let Some(runtime) = onnxruntime() else { return };
    let context = context(&runtime);
    let model = Arc::new(Model::load(&fixture(&format!("{name}.onnx"))).unwrap());
    let (_, image) = npy(&fixture(&format!("{name}.input.npy")));
    let (_, expected) = npy(&fixture(&format!("{name}.output0.npy")));
    let own = settings(&change);
    let (samples, found, outcome) = run(&model, shape, &image, &own, &context, 0).unwrap();
    assert_eq!(found, output);
    assert_eq!(outcome.tiles, shape[0] / output[0].min(shape[0]).max(1), "{outcome:?}");
    let difference = worst(&samples, &expected) / range(&expected);
    assert!(difference <= limit, "{name} whole: {difference}");
    let small = settings(|settings| {
        change(settings);
        settings.set_i64(params::MODEL_TILE_PX, tile).unwrap();
        settings.set_i64(params::MODEL_SEAM_CHECK, 2).unwrap();
    });
    match run(&model, shape, &image, &small, &context, 0) {
        Ok((samples, _, outcome)) => {
            let difference = worst(&samples, &expected) / range(&expected);
            println!("{name}: {} tiles of {:?}, {difference:e}, {:?}", outcome.tiles, outcome.tile_zyx, outcome.seam);
            assert!(outcome.tiles > 1);
            assert!(difference <= limit, "{name} in {} tiles: {difference}", outcome.tiles);
        }
        Err(error) => panic!("{name}: {error}"),
    }
}

#[test]
fn a_plain_stack_of_convolutions() {
    agrees("plain", [1, 1, 61, 83], [1, 1, 61, 83], 40, |_| {}, 1e-6);
}

#[test]
fn three_times_the_size() {
    agrees("shuffle_x3", [1, 1, 37, 29], [1, 1, 111, 87], 16, |_| {}, 1e-6);
}

#[test]
fn twice_the_size_without_padding() {
    let network = |settings: &mut Settings| settings.set_i64(params::MODEL_EXTENT, 1).unwrap();
    agrees("valid_x2", [3, 1, 40, 33], [3, 1, 64, 50], 24, network, 1e-6);
}

#[test]
fn a_volume() {
    agrees("volume", [1, 9, 30, 26], [1, 9, 30, 26], 8, |_| {}, 1e-6);
}

#[test]
fn channels_last_and_axes_by_letters() {
    let axes = |settings: &mut Settings| settings.set_text(params::MODEL_AXES, "byxc").unwrap();
    let Some(runtime) = onnxruntime() else { return };
    let model = Arc::new(Model::load(&fixture("channels_last.onnx")).unwrap());
    let (_, image) = npy(&fixture("channels_last.input.npy"));
    let (_, expected) = npy(&fixture("channels_last.output0.npy"));
    let planar = |samples: &[f32]| -> Vec<f32> {
        (0..2).flat_map(|c| samples.iter().skip(c).step_by(2).copied().collect::<Vec<_>>()).collect()
    };
    for change in [settings(axes), settings(|_| {})] {
        let (samples, ..) = run(&model, [2, 1, 25, 34], &planar(&image), &change, &context(&runtime), 0).unwrap();
        assert!(worst(&samples, &planar(&expected)) < 1e-6);
    }
}
