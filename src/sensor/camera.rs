//! Offset and gain of each pixel taken out of the samples.
//!
//! The model of a scientific CMOS camera after F. Huang et al. 2013, "Video-rate nanoscopy using sCMOS camera-specific
//! single-molecule localization algorithms", doi 10.1038/nmeth.2488: a sample d of pixel i is g_i n + o_i and noise of variance
//! v_i, for n photons. (d - o_i) / g_i has the mean n, and varies by n and v_i / g_i²; what of the latter is above that of most
//! pixels goes along with the image, for steps that weigh pixels by it.

use std::sync::Arc;

use crate::error::{Error, Result, zeroed};
use crate::image::fill;
use crate::noise::Stated;
use crate::params::CameraResult;
use crate::runtime::{Rows, Watch, Workers};

/// Maps of a camera's pixels, packed (y, x), where there are some.
#[derive(Clone, Copy, Default)]
pub struct Given<'a> {
    /// Intensity without light.
    pub offset: Option<&'a [f32]>,
    /// Intensity per photon; 0 where a pixel is dead.
    pub gain: Option<&'a [f32]>,
    /// Variance without light.
    pub variance: Option<&'a [f32]>,
}

/// Takes offset and gain of each pixel out of images of one shape.
pub struct Camera {
    shape: [usize; 3],
    /// What is taken from a sample and what it is multiplied with then: for each pixel (y, x), or one for all. Dead pixels have
    /// a factor of NaN.
    offsets: Vec<f32>,
    factors: Vec<f32>,
    /// What is added then.
    pedestal: f32,
    /// Whether some pixels are dead, which get values between their neighbours.
    has_dead: bool,
    /// What is known of the result.
    pub stated: Stated,
    /// The variance of each pixel above what `stated` has, where they differ.
    pub extra: Option<Arc<Vec<f32>>>,
}

/// What was done to one image.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Corrected {
    /// Sum of the image.
    pub flux_in: f64,
    /// Sum of the result.
    pub flux_out: f64,
    /// Samples of the result that are below 0, as noise makes them; they stay so.
    pub negative: u64,
}

impl Camera {
    /// For images of `shape` (z, y, x), with maps of that size, and numbers where there is no map.
    ///
    /// # Errors
    /// [`Error::State`] where neither a map nor a number says what gain or offset is; [`Error::Memory`].
    pub fn new(shape: [usize; 3], given: Given<'_>, numbers: &Stated, result: CameraResult) -> Result<Self> {
        let pixels = if given.offset.is_none() && given.gain.is_none() { 1 } else { shape[1] * shape[2] };
        let missing = |thing: &str| {
            Error::State(format!(
                "the camera step has no {thing}; set plan.camera_{thing}, or call abbe_plan_set_sensor_map() first"
            ))
        };
        let values = |map: Option<&[f32]>, number: Option<f64>, thing| -> Result<Vec<f32>> {
            let mut values = zeroed("the camera's pixels", pixels)?;
            match (map, number) {
                (Some(map), _) => values.copy_from_slice(map),
                (None, Some(number)) => values.fill(number as f32),
                (None, None) => return Err(missing(thing)),
            }
            Ok(values)
        };
        let offsets = values(given.offset, numbers.offset, "offset")?;
        let mut factors = values(given.gain, numbers.gain, "gain")?;
        let dead = factors.iter().filter(|gain| **gain == 0.0).count();
        let all = |values: &[f32]| values.iter().map(|value| f64::from(*value)).sum::<f64>();
        let gain = all(&factors) / (pixels - dead) as f64;
        let offset = all(&offsets) / pixels as f64;
        let (unit, pedestal) = match result {
            CameraResult::Photons => (1.0, 0.0),
            CameraResult::Intensity => (gain, offset),
        };
        factors.iter_mut().for_each(|factor| {
            *factor = if *factor == 0.0 { f32::NAN } else { (unit / f64::from(*factor)) as f32 };
        });
        let Variances { read_noise, extra } =
            variances(shape[1] * shape[2], given.variance, numbers.read_noise, &factors)?;
        let stated = Stated { gain: Some(unit), offset: Some(pedestal), read_noise, correlation: numbers.correlation };
        Ok(Self { shape, offsets, factors, pedestal: pedestal as f32, has_dead: dead > 0, stated, extra })
    }

    /// Bytes that it holds for such images, at most.
    pub fn bytes([_, ny, nx]: [usize; 3], given: Given<'_>) -> u64 {
        let maps = [given.offset.or(given.gain), given.offset.or(given.gain), given.variance.or(given.gain)];
        let large = maps.iter().flatten().count();
        (size_of::<f32>() * (large * ny * nx + maps.len() - large)) as u64
    }

    /// What a sample of pixel `at`, counted through (y, x), becomes.
    pub fn above(&self, at: usize, sample: f32) -> f32 {
        let of = |values: &[f32]| values[if values.len() == 1 { 0 } else { at }];
        (sample - of(&self.offsets)) * of(&self.factors) + self.pedestal
    }

    /// Corrects `image`, packed samples (z, y, x), in place. NaN, where nothing was measured, stays, unless there are dead
    /// pixels: then all gaps are filled.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn execute(&self, image: &mut [f32], workers: &Workers, watch: &mut Watch<'_>) -> Result<Corrected> {
        watch.advance(0.0)?;
        let [_, ny, nx] = self.shape;
        let flux_in = sum(image);
        workers.each(Rows::of_mut(image, nx), |_, row, samples| {
            let of =
                |values: &'_ [f32], x: usize| if values.len() == 1 { values[0] } else { values[row % ny * nx + x] };
            for (x, sample) in samples.iter_mut().enumerate() {
                *sample = (*sample - of(&self.offsets, x)) * of(&self.factors, x) + self.pedestal;
            }
        });
        watch.advance(0.7)?;
        if self.has_dead {
            fill(image, self.shape, workers);
        }
        watch.advance(1.0)?;
        let negative = image.iter().filter(|sample| **sample < 0.0).count() as u64;
        Ok(Corrected { flux_in, flux_out: sum(image), negative })
    }
}

/// Read noise in the result's units.
struct Variances {
    /// That of most pixels.
    read_noise: Option<f64>,
    /// The variance of each pixel above it, where they differ.
    extra: Option<Arc<Vec<f32>>>,
}

/// The read noise of most pixels, after samples were multiplied with `factors`, and the variance of each above it. A dead pixel
/// is worth nothing.
fn variances(pixels: usize, map: Option<&[f32]>, read_noise: Option<f64>, factors: &[f32]) -> Result<Variances> {
    if map.is_none() && factors.len() == 1 {
        return Ok(Variances { read_noise: read_noise.map(|noise| noise * f64::from(factors[0])), extra: None });
    }
    let Some(read_noise) = read_noise.or(map.map(|_| 0.0)) else {
        return Ok(Variances { read_noise: None, extra: None });
    };
    let mut values: Vec<f32> = zeroed("variances of the camera's pixels", pixels)?;
    let variance = |pixel: usize| map.map_or(read_noise * read_noise, |map| f64::from(map[pixel]));
    let factor = |pixel: usize| f64::from(factors[if factors.len() == 1 { 0 } else { pixel }]);
    let fill = |values: &mut [f32]| {
        for (pixel, value) in values.iter_mut().enumerate() {
            let factor = factor(pixel);
            *value = if factor.is_nan() { WORTHLESS } else { (variance(pixel) * factor * factor) as f32 };
        }
    };
    fill(&mut values);
    let (_, middle, _) = values.select_nth_unstable_by(pixels / 2, f32::total_cmp);
    let middle = middle.min(WORTHLESS);
    fill(&mut values);
    values.iter_mut().for_each(|value| *value = (*value - middle).max(0.0));
    let differ = values.iter().any(|value| *value > 0.0);
    Ok(Variances { read_noise: Some(f64::from(middle).sqrt()), extra: differ.then(|| Arc::new(values)) })
}

fn sum(image: &[f32]) -> f64 {
    image.iter().filter(|sample| !sample.is_nan()).map(|sample| f64::from(*sample)).sum()
}

/// The variance of a dead pixel: far above that of any light.
const WORTHLESS: f32 = 1e20;
