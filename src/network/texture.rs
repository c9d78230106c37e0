//! Images of texture, to see how far a network looks and whether tiles agree.

use super::geometry::Geometry;
use super::operations::Operation;
use crate::params::Settings;

/// What texture from 0 to 1 becomes to the network.
#[derive(Clone, Copy)]
pub struct Values {
    gain: f64,
    offset: f64,
}

impl Values {
    /// The network's value for one of texture.
    pub fn of(self, texture: f64) -> f32 {
        (texture * self.gain + self.offset) as f32
    }
}

/// The values that the network is used to; where nothing tells, those of 0 to 1 and of 0 to 255.
pub fn values(geometry: &Geometry, settings: &Settings) -> Vec<Values> {
    let operations = super::intensities::before(&geometry.inputs[geometry.image], settings, false);
    let told = operations.iter().rev().find_map(|operation| match operation {
        Operation::ZeroMeanUnitVariance { .. } | Operation::FixedZeroMeanUnitVariance { .. } => {
            Some(Values { gain: 1.0 / DEVIATION, offset: -MEAN / DEVIATION })
        }
        Operation::Stretch { range: [from, to], .. } => Some(Values { gain: to - from, offset: *from }),
        Operation::ScaleRange { .. } => Some(Values { gain: 1.0, offset: 0.0 }),
        _ => None,
    });
    let guessed = [1.0, 255.0].map(|gain| Values { gain, offset: 0.0 });
    told.map_or(guessed.to_vec(), |told| vec![told])
}

/// Noise of four sizes of grain, from 0 to 1. The second image has few bright grains on a dark ground.
pub fn texture(image: u64, channel: usize, place: [usize; 3]) -> f64 {
    let grains = [0_u64, 2, 4, 6].map(|size| share(image, size, channel, place.map(|at| at >> size)));
    let grain = grains.iter().sum::<f64>() / grains.len() as f64;
    if image == 0 { grain } else { grain.powi(4) * 2.0 }
}

/// A point here and there that is brighter than all texture.
pub fn with_points(channel: usize, place: [usize; 3]) -> f64 {
    let point = share(2, 0, channel, place) < POINTS;
    if point { BRIGHT } else { texture(0, channel, place) }
}

/// A number from 0 to 1 that a place always has.
fn share(image: u64, size: u64, channel: usize, place: [usize; 3]) -> f64 {
    let [z, y, x] = place.map(|at| at as u64);
    let mut mixed = image << 60 | size << 56 | (channel as u64) << 48 | z << 32 | y << 16 | x;
    // The finaliser of SplitMix64: Steele, Lea and Flood, 2014, doi 10.1145/2714064.2660195.
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed ^ mixed >> 31) as f64 / u64::MAX as f64
}

/// Mean and deviation of the first image.
const MEAN: f64 = 0.5;
const DEVIATION: f64 = 0.144;
/// Share of samples that are bright points, and how bright they are.
const POINTS: f64 = 1e-3;
const BRIGHT: f64 = 4.0;
