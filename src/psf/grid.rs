//! The same point spread function on other voxels than the image's that its parameters are for.

use super::source::{Kind, Source};
use crate::error::{Error, Result};
use crate::params::{self, Parameter};

impl Source {
    /// The source for images with `scale` samples per voxel of the image along (z, y, x), as a network that enlarges
    /// gives them: `psf.pixel_nm` and `psf.step_nm` stay those of the image, and the kernel is on the new samples.
    /// Measured samples keep the voxels that they have; a streak of motion is as many times as long in pixels.
    ///
    /// # Errors
    /// [`Error::Argument`] for pixels that are not square any more, or a length out of its range; [`Error::State`] for
    /// measured samples of which it is not said on which voxels they are.
    pub fn on_grid(&self, [depth, height, width]: [f64; 3]) -> Result<Self> {
        let mut source = self.clone();
        if [depth, height, width] == [1.0; 3] {
            return Ok(source);
        }
        if (height - width).abs() > 1e-9 * width {
            return Err(Error::Argument(format!(
                "the images have {height} x {width} samples (y, x) per pixel of the source before the deconvolve step; \
                 they must have as many along y and x, since psf.pixel_nm is one for both"
            )));
        }
        if source.kind == Kind::Motion {
            let length = self.settings.required(params::PSF_MOTION_LENGTH_PX)?;
            source.settings.set_f64(params::PSF_MOTION_LENGTH_PX, length * width)?;
        }
        for (image, own, scale) in [
            (params::PSF_PIXEL_NM, params::PSF_SAMPLES_PIXEL_NM, width),
            (params::PSF_STEP_NM, params::PSF_SAMPLES_STEP_NM, depth),
        ] {
            let Some(length) = self.settings.f64(image) else {
                if source.kind == Kind::Measured && scale != 1.0 {
                    return Err(not_known(image, scale));
                }
                continue;
            };
            source.settings.set_f64(image, length / scale)?;
            if source.kind == Kind::Measured && !self.settings.is_set(own) {
                source.settings.set_f64(own, length)?;
            }
        }
        Ok(source)
    }
}

fn not_known(id: params::Id, scale: f64) -> Error {
    let name = Parameter::by_id(id).map_or("", |row| row.name);
    Error::State(format!(
        "{name} is not set; it must be, the source's, where the images have {scale} times as many samples before the \
         deconvolve step"
    ))
}
