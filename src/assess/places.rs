//! Which samples count in numbers about a raw image and its model.
//!
//! Not those near the rims: what light came from beyond them nobody knows. And not those that were not measured, nor those around
//! them of which the blur takes more than [`HIDDEN`] of the light from there.

use super::blur::Blur;
use super::image::Image;
use crate::error::Result;
use crate::runtime::Job;

/// A byte for each sample: 1 for those that count.
pub(super) struct Places {
    counts: Vec<u8>,
    shape: [usize; 3],
}

impl Places {
    /// Of a raw image, NaN where it was not measured. `gaps`: whether there are such samples; `blur` is used up to see what they
    /// hide.
    pub fn new(raw: &Image, margin: [usize; 3], gaps: bool, blur: &mut Blur, job: Job) -> Result<Self> {
        let shape @ [nz, ny, nx] = raw.shape;
        let mut counts: Vec<u8> = job.zeroed("samples that count", raw.samples.len())?;
        for (row, counts) in counts.chunks_exact_mut(nx).enumerate() {
            let inside = |at: usize, extent: usize, margin: usize| (margin..extent - margin).contains(&at);
            if inside(row / ny, nz, margin[0]) && inside(row % ny, ny, margin[1]) {
                counts[margin[2]..nx - margin[2]].fill(1);
            }
        }
        if gaps {
            let mut hides: Vec<f32> = job.zeroed("samples not measured", raw.samples.len())?;
            let mut hidden: Vec<f32> = job.zeroed("what they hide", raw.samples.len())?;
            hides.iter_mut().zip(raw.samples).for_each(|(hides, sample)| *hides = f32::from(u8::from(sample.is_nan())));
            blur.apply(&hides, &mut hidden);
            for ((counts, hides), hidden) in counts.iter_mut().zip(&hides).zip(&hidden) {
                *counts &= u8::from(*hides == 0.0 && *hidden <= HIDDEN);
            }
        }
        Ok(Self { counts, shape })
    }

    /// Whether the sample of that index counts.
    pub fn has(&self, at: usize) -> bool {
        self.counts[at] != 0
    }

    /// How many count.
    pub fn count(&self) -> usize {
        self.counts.iter().filter(|counts| **counts != 0).count()
    }

    /// Extents along (z, y, x).
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }
}

/// Share of the light of a sample that may come from where nothing was measured.
const HIDDEN: f32 = 0.05;
