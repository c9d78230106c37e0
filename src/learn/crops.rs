//! The places of an image that are learnt from: all of a small one, those with most structure of a large one.

use super::shared::Shared;
use crate::convnet::{Network, denoiser};
use crate::error::{Result, collected, reserved, zeroed};
use crate::image::reflected;
use crate::noise::{Camera, Noise, Outliers, Random};
use crate::runtime::Workers;

/// A place of a plane.
pub(super) struct Crop {
    /// [`EXTENT`] by [`EXTENT`] samples in the set's unit, continued by reflection beyond the image.
    pub samples: Vec<f32>,
    /// Variance of their noise, by what the unadapted network makes of them.
    pub variances: Vec<f32>,
    /// Which may be asked for, and when.
    pub uses: Vec<Use>,
}

/// What a sample serves for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It is only looked at: it lies beyond the image, was clipped, or stands out alone.
    Seen,
    /// The network learns from it.
    Learnt,
    /// States of the network are compared by it.
    HeldOut,
}

/// Places of one image.
pub(super) struct Crops {
    pub all: Vec<Crop>,
    /// The noise in the unit of the samples.
    pub camera: Camera,
    /// How neighbours share it.
    pub shared: Shared,
}

impl Crops {
    /// Places of an image (z, y, x), all finite.
    ///
    /// # Errors
    /// [`crate::error::Error::Memory`].
    pub(super) fn new(
        image: &[f32],
        [nz, ny, nx]: [usize; 3],
        noise: &Noise,
        shared: Shared,
        seed: u64,
    ) -> Result<Self> {
        let unit = unit(image);
        let [first, second] = [ny, nx].map(|all| all.div_ceil(EXTENT));
        let mut places: Vec<(f64, [usize; 3])> = reserved("the places to learn from", nz * first * second)?;
        for (z, y, x) in (0..nz).flat_map(|z| (0..first).flat_map(move |y| (0..second).map(move |x| (z, y, x)))) {
            // Equally far apart, the last one at the border.
            let start =
                |at: usize, count: usize, all: usize| if count > 1 { at * (all - EXTENT) / (count - 1) } else { 0 };
            let place = [z, start(y, first, ny), start(x, second, nx)];
            let plane = &image[z * ny * nx..][..ny * nx];
            places.push((structure(plane, [ny, nx], place, noise), place));
        }
        places.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
        places.truncate(MOST);
        let outliers = Outliers::new(noise, Outliers::SHARPEST);
        let crops = places.iter().enumerate().map(|(number, &(_, [z, top, left]))| {
            let plane = &image[z * ny * nx..][..ny * nx];
            let row = |y: usize| &plane[reflected((top + y) as i64, ny) * nx..][..nx];
            let sample = |at: usize| row(at / EXTENT)[reflected((left + at % EXTENT) as i64, nx)];
            let samples = collected(THING, (0..EXTENT * EXTENT).map(|at| sample(at) / unit))?;
            let mut uses = collected(
                THING,
                (0..EXTENT * EXTENT).map(|at| {
                    let (y, x) = (top + at / EXTENT, left + at % EXTENT);
                    let is_cut = noise.limit.is_some_and(|limit| f64::from(sample(at)) >= limit);
                    if y >= ny || x >= nx || is_cut {
                        Use::Seen
                    } else if hash(&[seed, number as u64, at as u64]).is_multiple_of(HELD_OUT) {
                        Use::HeldOut
                    } else {
                        Use::Learnt
                    }
                }),
            )?;
            if let Some(outliers) = outliers {
                for y in top..ny.min(top + EXTENT) {
                    let above = if y > 0 { &plane[(y - 1) * nx..][..nx] } else { &[] };
                    let below = if y + 1 < ny { &plane[(y + 1) * nx..][..nx] } else { &[] };
                    let mut from = left;
                    while let Some((x, _)) = outliers.next(above, &plane[y * nx..][..nx], below, from) {
                        if x >= left + EXTENT {
                            break;
                        }
                        uses[(y - top) * EXTENT + x - left] = Use::Seen;
                        from = x + 1;
                    }
                }
            }
            Ok(Crop { variances: zeroed(THING, samples.len())?, samples, uses })
        });
        let unit = f64::from(unit);
        let camera = noise.camera;
        let camera = Camera {
            gain: camera.gain / unit,
            offset: camera.offset / unit,
            read_noise: camera.read_noise / unit,
            ..camera
        };
        Ok(Self { all: crops.collect::<Result<_>>()?, camera, shared })
    }

    /// Notes the variances that follow from what `network` makes of the crops.
    pub(super) fn vary(&mut self, network: &mut Network, workers: &Workers) {
        let Self { all, camera, shared } = self;
        let vary = |mean: f64| shared.variance * camera.variance(mean);
        for crop in all {
            let (samples, variances) = (&crop.samples, &mut crop.variances);
            network.begin();
            let feed = |y: usize, row: &mut [f32]| row.copy_from_slice(&samples[y * EXTENT..][..EXTENT]);
            while let Some(rows) = network.advance(feed, workers) {
                rows.for_each(|y| variances[y * EXTENT..][..EXTENT].copy_from_slice(network.result(y)));
            }
            let least = (LEAST_SHARE * vary(mean(variances))).max(LEAST_VARIANCE);
            variances.iter_mut().for_each(|variance| *variance = vary(f64::from(*variance)).max(least) as f32);
        }
    }
}

fn mean(samples: &[f32]) -> f64 {
    samples.iter().map(|sample| f64::from(*sample)).sum::<f64>() / samples.len() as f64
}

/// The power of two below the largest magnitude: dividing by it changes no digits.
fn unit(image: &[f32]) -> f32 {
    let largest = image.iter().fold(0.0_f32, |largest, sample| largest.max(sample.abs()));
    f32::from_bits((largest.to_bits() >> 23).clamp(1, 253) << 23)
}

/// How much more the means of blocks of 4 x 4 samples differ than their noise does, in deviations of that.
fn structure(plane: &[f32], [ny, nx]: [usize; 2], [_, top, left]: [usize; 3], noise: &Noise) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for y in (top..(top + EXTENT).min(ny).saturating_sub(BLOCK - 1)).step_by(BLOCK) {
        let mut before = None;
        for x in (left..(left + EXTENT).min(nx).saturating_sub(BLOCK - 1)).step_by(BLOCK) {
            let rows = (y..y + BLOCK).flat_map(|y| &plane[y * nx + x..][..BLOCK]);
            let mean = rows.map(|sample| f64::from(*sample)).sum::<f64>() / (BLOCK * BLOCK) as f64;
            if let Some(before) = before.replace(mean) {
                let variance = noise.camera.variance(f64::midpoint(mean, before)).max(f64::MIN_POSITIVE);
                sum +=
                    ((mean - before).powi(2) * (BLOCK * BLOCK) as f64 / (2.0 * variance) / noise.camera.long_range())
                        .min(MOST_STRUCTURE);
                count += 1.0;
            }
        }
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

/// A number that follows from all of these.
pub(super) fn hash(numbers: &[u64]) -> u64 {
    numbers.iter().fold(0, |state, number| Random::new(state ^ number).bits())
}

const THING: &str = "the places to learn from";
/// Pixels of a crop along either axis.
pub(super) const EXTENT: usize = denoiser::LEAST;
/// Most crops: a million samples.
const MOST: usize = 64;
/// One sample in so many is held out.
const HELD_OUT: u64 = 4;
/// Samples along an axis of a block.
const BLOCK: usize = 4;
/// One edge counts for no more than so many places of noise.
const MOST_STRUCTURE: f64 = 100.0;
/// Nothing varies by less than this share of what it does in the mean.
const LEAST_SHARE: f64 = 0.01;
/// Nor by less than this, in a unit in which the largest sample is 1 to 2: one over it is finite.
const LEAST_VARIANCE: f64 = 1e-24;
