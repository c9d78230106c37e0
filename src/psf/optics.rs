//! The microscope in micrometres, checked.

use crate::error::{Error, Result};
use crate::params::{self, BeyondCritical, Settings};

/// Objective, layers and sampling. Lengths are micrometres, the wavelength is in vacuum.
///
/// Names after S. F. Gibson and F. Lanni, "Experimental test of an analytical model of aberration in an oil-immersion
/// objective lens used in three-dimensional light microscopy", JOSA A 9 (1992) 154; `design_*` is what the objective
/// was made for.
#[derive(Clone, Debug)]
pub(super) struct Optics {
    pub numerical_aperture: f64,
    pub wavelength: f64,
    pub immersion_index: f64,
    pub design_immersion_index: f64,
    pub design_working_distance: f64,
    pub coverslip_index: f64,
    pub design_coverslip_index: f64,
    pub coverslip: f64,
    pub design_coverslip: f64,
    pub sample_index: f64,
    /// Of the source, below the coverslip.
    pub depth: f64,
    /// Whether waves beyond the sample's critical angle count.
    pub evanescent: bool,
}

impl Optics {
    /// Reads and checks the parameters, with the wavelength that `colour` names.
    pub fn of(settings: &Settings, colour: params::Id) -> Result<Self> {
        let aperture = settings.required(params::PSF_NUMERICAL_APERTURE)?;
        let immersion = settings.required(params::PSF_IMMERSION_INDEX)?;
        let coverslip = settings.required(params::PSF_COVERSLIP_INDEX)?;
        let length = |id| Ok::<_, Error>(settings.required(id)? / 1000.0);
        let optics = Self {
            numerical_aperture: aperture,
            wavelength: length(colour)?,
            immersion_index: immersion,
            design_immersion_index: settings.f64(params::PSF_DESIGN_IMMERSION_INDEX).unwrap_or(immersion),
            design_working_distance: length(params::PSF_WORKING_DISTANCE_NM)?,
            coverslip_index: coverslip,
            design_coverslip_index: settings.f64(params::PSF_DESIGN_COVERSLIP_INDEX).unwrap_or(coverslip),
            coverslip: length(params::PSF_COVERSLIP_NM)?,
            design_coverslip: length(params::PSF_DESIGN_COVERSLIP_NM)?,
            sample_index: settings.f64(params::PSF_SAMPLE_INDEX).unwrap_or(immersion),
            depth: length(params::PSF_DEPTH_NM)?,
            evanescent: settings.choice::<BeyondCritical>(params::PSF_BEYOND_CRITICAL) == BeyondCritical::Evanescent,
        };
        for (name, index) in [
            ("immersion index", optics.immersion_index),
            ("design immersion index", optics.design_immersion_index),
            ("coverslip index", optics.coverslip_index),
            ("design coverslip index", optics.design_coverslip_index),
        ] {
            if aperture >= index {
                return Err(Error::Argument(format!(
                    "psf.numerical_aperture is {aperture}; it must be below the {name} {index}"
                )));
            }
        }
        Ok(optics)
    }

    /// 2 pi over the wavelength in vacuum, rad/um.
    pub fn wavenumber(&self) -> f64 {
        std::f64::consts::TAU / self.wavelength
    }

    /// Aperture angle in the immersion medium.
    pub fn aperture_angle(&self) -> f64 {
        (self.numerical_aperture / self.immersion_index).asin()
    }

    /// Position of the focus drive (the immersion layer's excess thickness) that focuses the source paraxially when
    /// immersion and coverslip are as designed: Gibson and Lanni's nominal focus.
    pub fn nominal_drive(&self) -> f64 {
        -self.depth * self.immersion_index / self.sample_index
    }

    /// Largest distances between samples, lateral and axial, at which the intensity is not undersampled, um.
    pub fn nyquist(&self) -> [f64; 2] {
        let lateral = self.wavelength / (4.0 * self.numerical_aperture);
        let axial = self.wavelength / (2.0 * self.immersion_index * (1.0 - self.aperture_angle().cos()));
        [axial, lateral]
    }
}
