//! Optics that several tests have in common.

use abbe::params;
use abbe::psf::{Kind, PsfSpec};

/// A point spread function of a kind: a water lens of NA 1.2 at 520 nm, on voxels of these sizes in nm.
pub fn water(kind: Kind, pixel_nm: f64, step_nm: f64) -> PsfSpec {
    let mut source = PsfSpec::new(kind);
    for (id, value) in [
        (params::PSF_NUMERICAL_APERTURE, 1.2),
        (params::PSF_IMMERSION_INDEX, 1.333),
        (params::PSF_WAVELENGTH_NM, 520.0),
        (params::PSF_PIXEL_NM, pixel_nm),
        (params::PSF_STEP_NM, step_nm),
    ] {
        source.settings.set_f64(id, value).unwrap();
    }
    source
}
