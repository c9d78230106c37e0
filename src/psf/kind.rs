//! The kinds of point spread functions.

pub use crate::codes::PsfKind as Kind;
use crate::params::{self, Id};

impl Kind {
    /// Whether light passes the layers of coverslip and sample, so that depth matters.
    pub fn is_layered(self) -> bool {
        !matches!(self, Self::Gaussian | Self::Measured | Self::BornWolf | Self::Motion)
    }

    /// Whether the kernel, or what is said about it, depends on that `psf.*` parameter.
    pub fn reads(self, id: Id) -> bool {
        let optical = !matches!(self, Self::Gaussian | Self::Measured | Self::Motion);
        let pinholes = matches!(self, Self::Confocal | Self::SpinningDisk);
        match id {
            params::PSF_PIXEL_NM
            | params::PSF_STEP_NM
            | params::PSF_NUMERICAL_APERTURE
            | params::PSF_IMMERSION_INDEX => self != Self::Motion,
            params::PSF_WAVELENGTH_NM => !matches!(self, Self::Motion | Self::TwoPhoton),
            params::PSF_ENERGY | params::PSF_PIXEL => optical || self == Self::Gaussian,
            params::PSF_CENTRE => optical || self == Self::Measured,
            params::PSF_SIGMA_NM | params::PSF_SIGMA_AXIAL_NM => self == Self::Gaussian,
            params::PSF_SAMPLES_PIXEL_NM
            | params::PSF_SAMPLES_STEP_NM
            | params::PSF_BACKGROUND
            | params::PSF_BEAD_NM
            | params::PSF_SAMPLES_HOLD => self == Self::Measured,
            params::PSF_MOTION_LENGTH_PX | params::PSF_MOTION_ANGLE_DEG => self == Self::Motion,
            params::PSF_SAMPLE_INDEX
            | params::PSF_DEPTH_NM
            | params::PSF_COVERSLIP_NM
            | params::PSF_DESIGN_COVERSLIP_NM
            | params::PSF_COVERSLIP_INDEX
            | params::PSF_DESIGN_COVERSLIP_INDEX
            | params::PSF_DESIGN_IMMERSION_INDEX
            | params::PSF_WORKING_DISTANCE_NM
            | params::PSF_BEYOND_CRITICAL => self.is_layered(),
            params::PSF_EXCITATION_NM => pinholes || self == Self::TwoPhoton,
            params::PSF_PINHOLE_AIRY => pinholes,
            params::PSF_PINHOLE_SPACING => self == Self::SpinningDisk,
            params::PSF_SHEET_THICKNESS_NM => self == Self::LightSheet,
            params::PSF_WAVE => pinholes || matches!(self, Self::TwoPhoton | Self::LightSheet),
            params::PSF_ZERNIKE | params::PSF_DEFOCUS_NM | params::PSF_SPHERICAL_NM | params::PSF_BLUR_NM => optical,
            // What to fit is no part of the kernel, and what to do about faults any kind asks.
            _ => true,
        }
    }

    /// The parameter that has the wavelength of what is imaged: of the excitation for two photons.
    pub(super) fn colour(self) -> Id {
        if self == Self::TwoPhoton { params::PSF_EXCITATION_NM } else { params::PSF_WAVELENGTH_NM }
    }
}
