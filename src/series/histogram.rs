//! Samples that get the intensities of another image, each that of its rank.

use crate::error::{Result, zeroed};

/// Histogram matching to a reference of as many samples.
pub struct Matching {
    /// In order.
    reference: Vec<f32>,
    /// Samples and their places, in one number each that is in order as the samples are.
    order: Vec<u64>,
}

impl Matching {
    /// For images of so many samples, 2³² at most.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(samples: usize) -> Result<Self> {
        Ok(Self { reference: zeroed("the first image", samples)?, order: zeroed("ranks of samples", samples)? })
    }

    /// Bytes that it holds.
    pub fn bytes(samples: usize) -> u64 {
        (samples * (size_of::<f32>() + size_of::<u64>())) as u64
    }

    /// Takes an image as the reference.
    pub fn refer(&mut self, image: &[f32]) {
        self.reference.copy_from_slice(image);
        self.reference.sort_unstable_by(f32::total_cmp);
    }

    /// Gives each sample the reference's of the same rank; equal samples the mean of those that are theirs.
    pub fn execute(&mut self, image: &mut [f32]) {
        for (at, (key, sample)) in self.order.iter_mut().zip(&*image).enumerate() {
            *key = u64::from(ordered(*sample)) << 32 | at as u64;
        }
        self.order.sort_unstable();
        let mut start = 0;
        for run in self.order.chunk_by(|one, other| one >> 32 == other >> 32) {
            let values = &self.reference[start..start + run.len()];
            let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64;
            run.iter().for_each(|key| image[(key & u64::from(u32::MAX)) as usize] = mean as f32);
            start += run.len();
        }
    }
}

/// A number that is in order as samples are; -0 is 0.
fn ordered(sample: f32) -> u32 {
    let bits = (sample + 0.0).to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}
