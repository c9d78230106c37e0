//! The same point spread function on other voxels than the image's that its parameters are for.

use super::kind::Kind;
use super::spec::PsfSpec;
use crate::error::{Error, Result};
use crate::params::{self, Parameter};

impl PsfSpec {
    /// The point spread function for images with `scale` samples per voxel of the image along (z, y, x), as a network that enlarges
    /// gives them: `psf.pixel_nm` and `psf.step_nm` stay those of the image, and the kernel is on the new samples.
    /// Measured samples keep the voxels that they have; a streak of motion is as many times as long in pixels.
    ///
    /// # Errors
    /// [`Error::Argument`] for pixels that are not square any more, or a length out of its range; [`Error::State`] for
    /// measured samples of which it is not said on which voxels they are.
    pub fn on_grid(&self, [depth, height, width]: [f64; 3]) -> Result<Self> {
        let mut spec = self.clone();
        if [depth, height, width] == [1.0; 3] {
            return Ok(spec);
        }
        if (height - width).abs() > 1e-9 * width {
            return Err(Error::Argument(format!(
                "the images have {height} x {width} samples (y, x) per pixel of the spec before the deconvolve step; \
                 they must have as many along y and x, since psf.pixel_nm is one for both"
            )));
        }
        if spec.kind == Kind::Motion {
            let length = self.settings.required(params::PSF_MOTION_LENGTH_PX)?;
            spec.settings.set_f64(params::PSF_MOTION_LENGTH_PX, length * width)?;
        }
        for (image, own, scale) in [
            (params::PSF_PIXEL_NM, params::PSF_SAMPLES_PIXEL_NM, width),
            (params::PSF_STEP_NM, params::PSF_SAMPLES_STEP_NM, depth),
        ] {
            let Some(length) = self.settings.f64(image) else {
                if spec.kind == Kind::Measured && scale != 1.0 {
                    return Err(not_known(image, scale));
                }
                continue;
            };
            spec.settings.set_f64(image, length / scale)?;
            if spec.kind == Kind::Measured && !self.settings.is_set(own) {
                spec.settings.set_f64(own, length)?;
            }
        }
        Ok(spec)
    }
}

fn not_known(id: params::Id, scale: f64) -> Error {
    let name = Parameter::by_id(id).map_or("", |row| row.name);
    Error::State(format!(
        "{name} is not set; it must be, the spec's, where the images have {scale} times as many samples before the \
         deconvolve step"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::psf::Samples;
    use crate::runtime::Workers;

    fn source(kind: Kind, numbers: &[(params::Id, f64)]) -> PsfSpec {
        let mut source = PsfSpec::new(kind);
        numbers.iter().for_each(|(id, value)| source.settings.set_f64(*id, *value).unwrap());
        source
    }

    fn samples(source: &PsfSpec, shape: [usize; 3]) -> Vec<f32> {
        source.sample(shape, &Workers::new(1).unwrap()).unwrap().samples().to_vec()
    }

    #[test]
    fn physical_widths_are_on_the_new_samples() {
        let width = [(params::PSF_SIGMA_NM, 120.0), (params::PSF_SIGMA_AXIAL_NM, 300.0)];
        let on = |pixel, step| {
            source(
                Kind::Gaussian,
                &[&width[..], &[(params::PSF_PIXEL_NM, pixel), (params::PSF_STEP_NM, step)]].concat(),
            )
        };
        let enlarged = on(100.0, 200.0).on_grid([0.5, 2.0, 2.0]).unwrap();
        assert_eq!(samples(&enlarged, [5, 9, 9]), samples(&on(50.0, 400.0), [5, 9, 9]));
        assert!(on(100.0, 200.0).on_grid([1.0, 2.0, 1.0]).is_err_and(|error| error.text().contains("(y, x)")));
        assert!(on(1.0, 200.0).on_grid([1.0, 2.0, 2.0]).is_err(), "half a nanometre is out of the table's range");
    }

    #[test]
    fn measured_samples_keep_their_voxels() {
        let mut point = vec![0.0; 81];
        (30..33).chain(39..42).chain(48..51).for_each(|at| point[at] = 1.0);
        let with = |numbers: &[(params::Id, f64)]| {
            let samples = Some(Samples::new([1, 9, 9], point.clone()).unwrap());
            PsfSpec { samples, ..source(Kind::Measured, &[&[(params::PSF_BACKGROUND, 0.0)], numbers].concat()) }
        };
        let enlarged = with(&[(params::PSF_PIXEL_NM, 100.0)]).on_grid([1.0, 2.0, 2.0]).unwrap();
        let by_hand = with(&[(params::PSF_PIXEL_NM, 50.0), (params::PSF_SAMPLES_PIXEL_NM, 100.0)]);
        assert_eq!(samples(&enlarged, [1, 17, 17]), samples(&by_hand, [1, 17, 17]));
        assert_ne!(samples(&enlarged, [1, 17, 17]), samples(&with(&[]), [1, 17, 17]));
        assert!(
            with(&[]).on_grid([1.0, 2.0, 2.0]).is_err_and(|error| error.text().contains("psf.pixel_nm is not set"))
        );
        assert!(with(&[]).on_grid([1.0; 3]).is_ok());
    }

    #[test]
    fn a_streak_is_as_many_times_as_long() {
        let streak = |length| source(Kind::Motion, &[(params::PSF_MOTION_LENGTH_PX, length)]);
        let enlarged = streak(4.0).on_grid([1.0, 3.0, 3.0]).unwrap();
        assert_eq!(samples(&enlarged, [1, 3, 17]), samples(&streak(12.0), [1, 3, 17]));
    }
}
