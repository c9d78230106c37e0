//! What is known of each pixel of a sensor.

use crate::codes::SensorMap;
use crate::digest::sha256;
use crate::error::{Error, Result, number, reserved};

/// A number for each pixel (y, x).
pub struct PixelMap {
    what: SensorMap,
    /// Rows and columns.
    shape: [usize; 2],
    samples: Vec<f32>,
}

impl PixelMap {
    /// Takes a copy of a map of `shape` (rows, columns), packed.
    ///
    /// # Errors
    /// [`Error::Argument`] for another number of samples, and for values that no pixel has; [`Error::Memory`].
    pub fn new(what: SensorMap, shape: [usize; 2], samples: &[f32]) -> Result<Self> {
        let count = shape.iter().product::<usize>();
        if count == 0 || samples.len() != count {
            return Err(Error::Argument(format!(
                "the map has {} samples; it must have one for each of {shape:?} pixels (y, x), 1 or more",
                samples.len()
            )));
        }
        // As far as the numbers for all pixels go, so that no product leaves what f32 holds.
        let allowed = match what {
            SensorMap::Offset => -MOST..=MOST,
            SensorMap::Gain => LEAST_GAIN..=MOST,
            SensorMap::Variance => 0.0..=MOST * MOST,
            SensorMap::Flat => 0.0..=f32::MAX,
        };
        let dead = |sample: f32| what == SensorMap::Gain && sample == 0.0;
        if let Some(at) = samples.iter().position(|sample| !(allowed.contains(sample) || dead(*sample))) {
            return Err(Error::Argument(format!(
                "the map of the {} is {} at pixel {:?} (y, x); it must be {}",
                what.name(),
                number(samples[at]),
                [at / shape[1], at % shape[1]],
                match what {
                    SensorMap::Offset => "-1e9 to 1e9",
                    SensorMap::Gain => "1e-9 to 1e9, or 0, where a pixel is dead",
                    SensorMap::Variance => "0 to 1e18",
                    SensorMap::Flat => "finite, and 0 or more",
                }
            )));
        }
        if what == SensorMap::Gain && samples.iter().all(|sample| *sample == 0.0) {
            return Err(Error::Argument("the map of the gain is 0 everywhere; some pixels must not be dead".into()));
        }
        let mut copy = reserved("a map of the sensor", count)?;
        copy.extend_from_slice(samples);
        Ok(Self { what, shape, samples: copy })
    }

    /// What it holds.
    pub fn what(&self) -> SensorMap {
        self.what
    }

    /// A number for each pixel, packed (y, x), where the image is of that many rows and columns.
    ///
    /// # Errors
    /// [`Error::Argument`] for images of other extents.
    pub fn of_image(&self, [_, ny, nx]: [usize; 3]) -> Result<&[f32]> {
        if self.shape != [ny, nx] {
            return Err(Error::Argument(format!(
                "the map of the {} has {:?} pixels (y, x); it must have those of the image, {:?}; cut it to the part of the \
                 sensor that was read",
                self.what.name(),
                self.shape,
                [ny, nx]
            )));
        }
        Ok(&self.samples)
    }

    /// Pixels with 0, which are dead in a map of gains.
    pub fn zeros(&self) -> usize {
        self.samples.iter().filter(|sample| **sample == 0.0).count()
    }

    /// The sum of its bytes, little-endian.
    pub fn sha256(&self) -> String {
        let bytes: Vec<u8> = self.samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        sha256(&bytes)
    }
}

/// The least gain of a pixel that is not dead.
pub const LEAST_GAIN: f32 = 1e-9;
pub const MOST: f32 = 1e9;
