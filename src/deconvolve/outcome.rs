//! What a deconvolution did.

use serde::Serialize;

use super::calibrated::Calibrated;
use super::result::RunResult;
use crate::noise::Noise;

/// What a deconvolution did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// Name of the algorithm.
    pub algorithm: &'static str,
    /// Margin of the field: `full`, `half` or `none`.
    pub padding: &'static str,
    /// Extents of the field along (z, y, x).
    pub padded_shape: [usize; 3],
    /// Tiles along (z, y, x).
    pub tiles: [usize; 3],
    /// Voxels along (z, y, x) by which what a tile reads exceeds what it gives, on each side inside the image, at least.
    pub overlap: [usize; 3],
    /// Iterations done; 0 for filters.
    pub iterations: usize,
    /// Why it ended: `iterations`, `change`, `discrepancy`, `held_out`; `empty` when the image has no
    /// light; `filter` for filters.
    pub stopped: &'static str,
    /// The iteration from which the matched back projector was used because residuals grew with the tempered one; 0:
    /// none.
    pub matched_from: usize,
    /// The last iteration's change, as share of the estimate; of tiles the largest.
    pub change: f64,
    /// Squared residuals over those expected of the noise, before the last correction; of tiles the largest; `None` where
    /// the noise was not looked at.
    pub misfit: Option<f64>,
    /// Weight of total variation where there is as much light as the image's mean; `None` where there is none.
    pub total_variation: Option<f32>,
    /// Sum of the image.
    pub flux_in: f64,
    /// Sum of the result.
    pub flux_out: f64,
    /// Sum of the estimate outside the image, where light in the image was found to come from; not known for tiles.
    pub flux_outside: Option<f64>,
    /// Level that was left out of the result, in the image's units.
    pub background: f64,
    /// Even light that the estimate did not have to explain, and that was added to it again, in the image's units.
    pub pedestal: f64,
    /// Image units per photon, and what to add to samples before they count as photons; `None` where the noise was not
    /// looked at.
    pub photon_gain: Option<f64>,
    /// See `photon_gain`.
    pub photon_shift: Option<f64>,
    /// The noise; `None` where it was not looked at.
    pub noise: Option<Noise>,
    /// Samples that stand out alone, as hot pixels do, and that the estimate did not have to explain.
    pub outliers: u64,
    /// The image, by its number in the execute, whose iterations, background and noise were taken; `None`: its own.
    pub course_of: Option<usize>,
    /// What the samples were taken for: `emission`, `absorption` or `signed`; empty for filters.
    pub contrast: &'static str,
    /// Samples that were negative.
    pub negative: u64,
    /// Noise power over signal power of a filter; `None` for others.
    pub noise_to_signal: Option<f64>,
    /// All that decides how an image is restored, for others that are to be restored alike.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibrated>,
    /// What the photons held out said of denoising first, where that was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hybrid: Option<HybridOutcome>,
    /// The point spread function that a blind deconvolution found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_psf: Option<WidthEstimate>,
}

/// What a hybrid found of its denoiser.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HybridOutcome {
    /// What denoised: `patches`, `network` for the one built in or learnt from it, `model` for another.
    pub denoiser: &'static str,
    /// Whether the result is of the denoised image; otherwise it is of the image as it came.
    pub denoised: bool,
    /// Whether all samples of the denoiser were finite.
    pub finite: bool,
    /// How much more likely the photons held out are with the denoiser, in the logarithm; `None` where it failed.
    pub likelihood_gain: Option<f64>,
}

/// How a point spread function that was found compares to the one given.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WidthEstimate {
    /// How many times as wide it is, along (z, y, x).
    pub factors: [f64; 3],
    /// Full width at half maximum of the one given, along (z, y, x) in voxels.
    pub width_given_px: [Option<f64>; 3],
    /// That of the one found.
    pub width_px: [Option<f64>; 3],
    /// Point spread functions that were tried.
    pub trials: usize,
}

impl Outcome {
    /// Notes how the iterations of a tile ended.
    pub(super) fn note(&mut self, ended: &RunResult) {
        self.iterations = ended.iterations;
        self.stopped = ended.stopped;
        self.matched_from = ended.matched_from;
        self.total_variation = ended.total_variation;
        self.change = self.change.max(ended.change);
        self.misfit = self.photon_gain.map(|_| self.misfit.unwrap_or(0.0).max(ended.chi_square));
    }
}
