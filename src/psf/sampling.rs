//! Distances between samples, beside what the optics allow.

use super::finding::Severity;
use super::report::Report;
use crate::error::{Error, Result};
use crate::params::{self, Policy, Settings};

/// Distances between samples, um.
#[derive(Clone, Copy, Debug)]
pub(super) struct Voxel {
    pub pixel: f64,
    /// 0 for a single plane.
    pub step: f64,
}

impl Voxel {
    /// Reads the sampling; a step is needed for stacks only.
    pub fn of(settings: &Settings, stack: bool) -> Result<Self> {
        let pixel = settings.required(params::PSF_PIXEL_NM)? / 1000.0;
        let step = if stack { settings.required(params::PSF_STEP_NM)? / 1000.0 } else { 0.0 };
        Ok(Self { pixel, step })
    }

    /// The largest distance from the axis in a grid, with the pixels' own corners, um.
    pub fn corner(&self, shape: [usize; 3]) -> f64 {
        (shape[1].max(shape[2]) / 2 + 1) as f64 * self.pixel * std::f64::consts::SQRT_2
    }

    /// Compares with the largest distances `[axial, lateral]` of Nyquist sampling, um: what is coarser, or so fine that
    /// its unit is in doubt, becomes a finding.
    ///
    /// # Errors
    /// [`Error::Argument`] where it is more than [`HARDLY_MEANT`] times too coarse, unless `psf.policy` is to warn.
    pub fn check(&self, [axial, lateral]: [f64; 2], settings: &Settings, report: &mut Report) -> Result<()> {
        let warn = settings.choice::<Policy>(params::PSF_POLICY) == Policy::Warn;
        for (name, codes, is, nyquist, finest, hint) in [
            ("psf.pixel_nm", ["undersampled_xy", "oversampled_xy"], self.pixel, lateral, FINEST_PIXEL, CAMERA),
            ("psf.step_nm", ["undersampled_z", "oversampled_z"], self.step, axial, FINEST_STEP, ""),
        ] {
            let ratio = is / nyquist;
            let [is, nyquist] = [is, nyquist].map(|um| 1000.0 * um);
            if ratio > HARDLY_MEANT && !warn {
                return Err(Error::Argument(format!(
                    "{name} is {is:.1}; these optics need at most {nyquist:.1} nm (Nyquist), and more than {HARDLY_MEANT} \
                     times that is refused; check its unit{hint}, or set psf.policy to warn"
                )));
            }
            if ratio > FAR_TOO_COARSE {
                let text = format!(
                    "{name} is {is:.1}; Nyquist sampling needs at most {nyquist:.1} nm, and this is {ratio:.1} times as \
                     coarse; check its unit{hint}"
                );
                report.find(Severity::Warning, codes[0], text);
            } else if ratio > 1.0 + 1e-9 {
                let text = format!("{name} is {is:.1}; Nyquist sampling needs at most {nyquist:.1} nm");
                report.find(Severity::Warning, codes[0], text);
            } else if ratio > 0.0 && ratio < finest {
                let text = format!(
                    "{name} is {is:.1}; Nyquist sampling needs no less than {nyquist:.1} nm, and this is {:.0} times as \
                     fine; check its unit, {is} um are {} nm, and psf.numerical_aperture{hint}",
                    1.0 / ratio,
                    1000.0 * is
                );
                report.find(Severity::Warning, codes[1], text);
            }
        }
        Ok(())
    }
}

/// Times coarser than Nyquist sampling, from which on its unit is in doubt.
const FAR_TOO_COARSE: f64 = 4.0;
/// Times coarser than Nyquist sampling that nobody means.
const HARDLY_MEANT: f64 = 50.0;
/// Shares of Nyquist sampling below which a unit is in doubt; stacks are sampled finer than planes are.
const FINEST_PIXEL: f64 = 0.15;
const FINEST_STEP: f64 = 0.1;
/// Where camera pixels are taken for those in the sample.
const CAMERA: &str = ", and that it is the camera's over the magnification";
