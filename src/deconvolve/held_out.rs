//! Photons that the estimate has not seen: when to stop, and how good a point spread function is.
//!
//! Every photon is kept for the iterations or, one in a few ([`Share`]), held out: thinned counts are independent counts
//! of the same scene, so that the likelihood of those held out, Σ h ln y - y / few, rises while the estimate learns the
//! scene and falls when it begins to learn the noise: K. J. Coakley 1991, "A cross-validation procedure for stopping the
//! EM algorithm and deconvolution of neutron depth profiling spectra", doi 10.1109/23.106661; thinning of counts as in
//! J. Llacer and E. Veklerov 1989, doi 10.1109/42.41483.
//!
//! So the number of iterations is found; the estimate is then made by as many of all photons. With a warm start, which
//! the first iterations use up, the estimate of the photons kept is the result.
//!
//! Counts are samples in photons by the noise of the image. What a voxel gives up is drawn by a generator of the voxel's
//! number, so that the same image is split the same way on any number of threads.

use super::observed::{MIN_EXPECTED, Observed};
use super::options::Share;
use crate::error::{Result, zeroed};
use crate::image::{Jump, Jumps, Source};
use crate::noise::{GOLDEN, NORMAL_FROM, Random};
use crate::runtime::{Rows, Workers};

/// The part of an image that iterations see.
#[derive(Default)]
pub(super) struct HeldOut {
    /// Packed rows in the image's units, brought up to the whole's brightness.
    kept: Vec<f32>,
    share: Share,
}

impl HeldOut {
    /// For images of `shape`; an empty one where nothing is `wanted`.
    ///
    /// # Errors
    /// [`crate::error::Error::Memory`].
    pub fn new(shape: [usize; 3], wanted: Option<Share>) -> Result<Self> {
        let samples = if wanted.is_some() { shape.iter().product() } else { 0 };
        Ok(Self { kept: zeroed("kept photons", samples)?, share: wanted.unwrap_or_default() })
    }

    /// Bytes that [`HeldOut::new`] will hold.
    pub fn bytes(shape: [usize; 3], wanted: Option<Share>) -> u64 {
        if wanted.is_some() { (shape.iter().product::<usize>() * size_of::<f32>()) as u64 } else { 0 }
    }

    /// Splits the photons of an image of `shape`, at most as large as planned for, or those of a part of another, at `places` in
    /// it: parts that overlap keep the same ones.
    pub fn split(&mut self, whole: Observed, shape: [usize; 3], of: Option<(Jumps, [usize; 3])>, workers: &Workers) {
        let [planes, rows, width] = shape;
        let ([place_z, place_y, place_x], [_, ny, nx]) = of.unwrap_or(([Jump::none(0); 3], shape));
        let share = self.share;
        workers.each(Rows::of_mut(&mut self.kept[..planes * rows * width], width), |_, row, kept| {
            let first = (place_z.place(row / rows) * ny + place_y.place(row % rows)) * nx;
            whole.samples.runs(row / rows, row % rows, width, |x, samples| {
                for (at, (kept, sample)) in kept[x..].iter_mut().zip(samples).enumerate() {
                    // Of a saturated sample it is not known how many there were to be held out.
                    if sample.is_nan() || *sample >= whole.limit {
                        *kept = *sample;
                        continue;
                    }
                    let counts = whole.counts(*sample) / whole.gain;
                    let held = draw(counts, (first + place_x.place(x + at)) as u64, share);
                    let seen = (counts - held) * whole.gain * share.kept();
                    *kept = ((seen - f64::from(whole.shift)) / f64::from(whole.scale)) as f32;
                }
            });
        });
    }

    /// The photons kept, in the image's units, of the whole's brightness.
    pub fn samples(&self) -> &[f32] {
        &self.kept
    }

    /// See [`HeldOut::samples`].
    pub fn samples_mut(&mut self) -> &mut [f32] {
        &mut self.kept
    }

    /// What iterations see of the image `whole`, after [`HeldOut::split`].
    pub fn observed<'a>(&'a self, whole: &Observed<'a>, image: [usize; 3]) -> Observed<'a> {
        self.share.of(Observed { samples: Source::packed(image, &self.kept), ..*whole })
    }
}

impl Share {
    /// An image of the photons kept, brought up to the whole's brightness: its noise is as much larger.
    pub fn of(self, image: Observed) -> Observed {
        Observed { gain: image.gain * self.kept(), max_square: image.max_square * self.kept() as f32, ..image }
    }
}

/// Photons that iterations do not see, of the image or tile that they work on.
#[derive(Clone, Copy)]
pub(super) struct Thinned<'a> {
    /// With all photons.
    pub whole: Observed<'a>,
    /// Those that are not held out, in the image's units, brought up to the whole's brightness.
    pub kept: Source<'a>,
    pub share: Share,
}

/// The log likelihood of the photons of a row that were held out, less that for an estimate that blurs into the image
/// itself; for a row that was blurred and the same row of the whole image and of what was kept of it; in photons.
///
/// The steps of plain Richardson-Lucy change it by less than single precision leaves of the likelihood itself.
pub(super) fn likelihood(whole: &Observed, share: Share, samples: &[f32], kept: &[f32], blurred: &[f32]) -> f64 {
    let (part, light) = (1.0 / share.kept(), 1.0 / share.one_in());
    let mut sum = 0.0;
    for ((sample, kept), blurred) in
        samples.iter().zip(kept).zip(blurred).filter(|((sample, _), _)| **sample < whole.limit)
    {
        // In f64, since far more counts than those of the light may have been added.
        let expected = (f64::from(*blurred) + f64::from(whole.offset)).max(f64::from(MIN_EXPECTED));
        let counts = whole.counts(*sample);
        let seen = f64::from(*kept) * f64::from(whole.scale) + f64::from(whole.shift);
        let held = counts - seen * part;
        let image = counts.max(f64::from(MIN_EXPECTED));
        sum += held * (expected / image).ln() - (expected - image) * light;
    }
    sum / whole.gain
}

/// How many of `counts` photons of voxel `at` are held out.
fn draw(counts: f64, at: u64, share: Share) -> f64 {
    let mut random = Random::new(at.wrapping_mul(GOLDEN) ^ SEED);
    if counts >= NORMAL_FROM {
        return random.binomial_of_many(counts, 1.0 / share.one_in());
    }
    // The rest beyond a whole photon is a photon with that chance.
    let whole = counts.floor();
    let photons = whole as u32 + u32::from(random.uniform() < counts - whole);
    f64::from(random.binomial(photons, share.0)).min(counts)
}

/// Any number; it keeps the splits of voxel 0 from being trivial.
const SEED: u64 = 0x5bd1_e995_1b87_3593;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_photons_as_asked_for_are_held_out() {
        for (share, counts) in [Share::EIGHTH, Share::HALF]
            .into_iter()
            .flat_map(|share| [0.3, 3.0, 20.5, 90.0, 400.0, 2000.0].map(|counts| (share, counts)))
        {
            let n = 20_000;
            let held: Vec<f64> = (0..n).map(|at| draw(counts, at, share)).collect();
            let mean = held.iter().sum::<f64>() / n as f64;
            let variance = held.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n as f64;
            let wanted = counts / share.one_in();
            // The rest beyond a whole photon adds to the variance of the smallest counts; nobody gives what it lacks.
            let slack = if counts < 1.0 { 0.7 } else { 0.05 };
            assert!((mean / wanted - 1.0).abs() < slack, "{mean} of {counts}");
            assert!(counts < 1.0 || (variance / (wanted / share.kept()) - 1.0).abs() < 0.07, "{variance} of {counts}");
            assert!(held.iter().all(|&value| value >= 0.0 && value <= counts));
        }
        assert_eq!(draw(0.0, 5, Share::EIGHTH), 0.0);
    }
}
