//! Optical models: intensity over distance from the axis and focus, from which kernels are sampled.

use super::focus;
use super::optics::Optics;
use super::pupil::{Pupil, Wave};
use super::radial::Radial;
use super::source::Kind;
use crate::error::Result;
use crate::params::{self, Settings};
use crate::runtime::Workers;

/// A model with its parameters read and checked.
#[derive(Clone, Debug)]
pub(super) struct Model {
    optics: Optics,
    wave: Wave,
    /// Drive position of the middle plane, um.
    middle: f64,
}

impl Model {
    /// The optical model of that kind; `None` for kinds that are not optical.
    ///
    /// # Errors
    /// As [`Optics::of`].
    pub fn of(settings: &Settings, kind: Kind) -> Result<Option<Self>> {
        let wave = match kind {
            Kind::Widefield => Wave::Scalar,
            Kind::BornWolf => Wave::BornWolf,
            Kind::Vectorial => Wave::Vectorial,
            Kind::Gaussian | Kind::Measured | Kind::Motion => return Ok(None),
        };
        let optics = Optics::of(settings)?;
        let middle = match settings.i64(params::PSF_CENTER) {
            params::CENTER_NONE => 0.0,
            _ if wave == Wave::BornWolf => 0.0,
            params::CENTER_NOMINAL => optics.nominal_drive(),
            _ => focus::best(&optics, wave)?,
        };
        Ok(Some(Self { optics, wave, middle }))
    }

    /// Intensity at the focus offsets `offsets` (um, positive where the focus is deeper than the middle plane's) up to
    /// `radius` from the axis.
    pub fn intensity(&self, offsets: &[f64], radius: f64, workers: &Workers) -> Result<Intensity> {
        let drives: Vec<f64> = offsets.iter().map(|offset| self.middle - offset).collect();
        let ends = drives.iter().fold([f64::MAX, f64::MIN], |[low, high], drive| [low.min(*drive), high.max(*drive)]);
        let pupil = Pupil::new(&self.optics, self.wave, radius, ends)?;
        let table = Radial::new(&pupil, Radial::step_for(self.cutoff()), radius, &drives, workers)?;
        Ok(Intensity { table, plane_energy: pupil.plane_energy(), unaberrated: pupil.unaberrated })
    }

    /// Half the highest lateral frequency of the intensity, rad/um.
    pub fn cutoff(&self) -> f64 {
        self.optics.wavenumber() * self.optics.numerical_aperture
    }

    /// Largest distances between samples, axial and lateral, um.
    pub fn nyquist(&self) -> [f64; 2] {
        self.optics.nyquist()
    }

    /// Whether the light goes from the sample to the pixels of a camera.
    pub fn has_camera(&self) -> bool {
        true
    }

    /// Distance from the axis of the geometric cone of light at that focus offset, um.
    pub fn cone(&self, offset: f64) -> f64 {
        offset.abs() * self.optics.aperture_angle().tan()
    }
}

/// Tabulated intensity of a model.
pub(super) struct Intensity {
    /// One plane an offset.
    pub table: Radial,
    /// Integral over a plane, um^2.
    pub plane_energy: f64,
    /// Intensity in focus without aberrations.
    pub unaberrated: f64,
}
