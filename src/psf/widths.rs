//! Widths of the Gaussian that is nearest to a widefield microscope's own point spread function.
//!
//! B. Zhang, J. Zerubia, J.-C. Olivo-Marin, "Gaussian approximations of fluorescence microscope point-spread function
//! models", Applied Optics 46 (2007) 1819, the non-paraxial widefield case: the Gaussian that has the curvature of the
//! scalar Debye integral at its peak.

use crate::error::{Error, Result};
use crate::params::{self, Settings};

/// Standard deviations of the Gaussian that has a widefield microscope's curvature at the peak.
pub(super) struct Widths {
    pub lateral_nm: f64,
    pub axial_nm: f64,
}

impl Widths {
    pub fn of(settings: &Settings) -> Result<Self> {
        let aperture = settings.required(params::PSF_NUMERICAL_APERTURE)?;
        let index = settings.required(params::PSF_IMMERSION_INDEX)?;
        if aperture >= index {
            return Err(Error::Argument(format!(
                "psf.numerical_aperture is {aperture}; it must be below the immersion index {index}"
            )));
        }
        let wavenumber = std::f64::consts::TAU * index / settings.required(params::PSF_WAVELENGTH_NM)?;
        // Means over the pupil with the weight sqrt(cos t) sin t, 0 to the aperture angle. The lateral curvature is
        // the mean of sin^2 t, the axial one the variance of cos t.
        let cosine = (1.0 - (aperture / index).powi(2)).sqrt();
        let moment = |power: f64| (1.0 - cosine.powf(power)) / power;
        let mean = moment(2.5) / moment(1.5);
        let square = moment(3.5) / moment(1.5);
        let variance = square - mean * mean;
        Ok(Self {
            lateral_nm: 1.0 / (wavenumber * (1.0 - square).sqrt()),
            axial_nm: 1.0 / (wavenumber * (2.0 * variance).sqrt()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn optics(aperture: f64) -> Settings {
        let mut settings = Settings::new("psf");
        settings.set_f64(params::PSF_NUMERICAL_APERTURE, aperture).unwrap();
        settings.set_f64(params::PSF_WAVELENGTH_NM, 525.0).unwrap();
        settings
    }

    #[test]
    fn widths_are_those_of_the_paper() {
        // Table 1 of Zhang et al. 2007 as printed, WFFM non-paraxial 3-D.
        for aperture in [0.5, 1.0, 1.4] {
            let widths = Widths::of(&optics(aperture)).unwrap();
            let k = std::f64::consts::TAU * 1.515 / 525.0;
            let c = (1.0 - (aperture / 1.515_f64).powi(2)).sqrt();
            let lateral = ((4.0 - 7.0 * c.powf(1.5) + 3.0 * c.powf(3.5)) / (7.0 * (1.0 - c.powf(1.5)))).powf(-0.5) / k;
            let under = 4.0 * c.powi(5) - 25.0 * c.powf(3.5) + 42.0 * c.powf(2.5) - 25.0 * c.powf(1.5) + 4.0;
            let axial = 5.0 * 7.0_f64.sqrt() * (1.0 - c.powf(1.5)) / (6.0_f64.sqrt() * k * under.sqrt());
            assert!((widths.lateral_nm / lateral - 1.0).abs() < 1e-9, "{} {lateral}", widths.lateral_nm);
            assert!((widths.axial_nm / axial - 1.0).abs() < 1e-6, "{} {axial}", widths.axial_nm);
        }
    }

    #[test]
    fn small_apertures_tend_to_the_paraxial_widths() {
        let widths = Widths::of(&optics(0.05)).unwrap();
        let wavenumber = std::f64::consts::TAU / 525.0;
        let lateral = 2.0_f64.sqrt() / (wavenumber * 0.05);
        let axial = 2.0 * 6.0_f64.sqrt() * 1.515 / (wavenumber * 0.05 * 0.05);
        assert!((widths.lateral_nm / lateral - 1.0).abs() < 1e-3);
        assert!((widths.axial_nm / axial - 1.0).abs() < 1e-3);
    }
}
