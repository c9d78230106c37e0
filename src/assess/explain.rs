//! The raw image as a result explains it: blurred, scaled, and with an offset.

use super::blur::{Blur, gaussian};
use super::image::{Image, filled};
use super::jackknife::Estimate;
use super::places::Places;
use super::scene::Scene;
use super::squirrel::{Squirrel, best_sigma, squirrel};
use crate::error::Result;
use crate::psf::Kernel;
use crate::runtime::Job;

/// A model of the raw image, and where it counts.
pub(super) struct Explained {
    /// Samples of the raw image's grid.
    pub model: Vec<f32>,
    pub fit: Squirrel,
    pub places: Places,
    /// Width of the Gaussian that was found; no value where the blur is known.
    pub sigma: Estimate,
    /// Width of the Gaussian that is as narrow as the blur, a sample or more.
    pub width: f64,
    /// Samples at the rims that do not count.
    pub margin: [usize; 3],
}

/// Blurs the result as it is seen now with `kernel`, or with the Gaussian that brings it nearest to the raw image. Of rims, half the
/// kernel is left out, at most an eighth of an axis, and what is brought from beyond them.
///
/// # Errors
/// [`Error::Memory`](crate::error::Error::Memory), [`Error::Cancelled`](crate::error::Error::Cancelled).
pub(super) fn explain(scene: &Scene, kernel: Option<&Kernel>, job: Job) -> Result<Explained> {
    let (raw, result) = (scene.raw(), scene.full_result());
    let shape = raw.shape;
    let sigma = match kernel {
        Some(_) => Estimate::default(),
        // Both without gaps in the same way, lest the width be that of what fills them.
        None => job.passing(|| {
            let alike = filled(&scene.result(), job)?;
            best_sigma(&scene.full_raw(), &Image { samples: &alike, shape }, job)
        })?,
    };
    let gauss = sigma.value.map(gaussian);
    let (kernel, extents) = match (kernel, &gauss) {
        (Some(kernel), _) => (kernel.samples(), kernel.shape()),
        (None, Some((samples, extents))) => (&**samples, *extents),
        (None, None) => (&[1.0_f32][..], [1; 3]),
    };
    let margin = std::array::from_fn(|axis| {
        let beyond = scene.view.shift[axis].abs().ceil() as usize;
        ((extents[axis] / 2).min(shape[axis] / 8) + beyond).min((shape[axis] - 1) / 2)
    });
    let width = sigma.value.unwrap_or_else(|| lateral_sigma(kernel, extents)).max(1.0);
    let mut blur = Blur::new((kernel, extents), shape, job)?;
    let places = Places::new(&raw, margin, scene.gaps, &mut blur, job)?;
    let mut model: Vec<f32> = job.zeroed("model of the raw image", raw.samples.len())?;
    let fit = squirrel(&raw, &result, &mut blur, &places, &mut model, job)?;
    Ok(Explained { model, fit, places, sigma, width, margin })
}

impl Explained {
    /// The model with its extents.
    pub fn image(&self) -> Image<'_> {
        Image { samples: &self.model, shape: self.places.shape() }
    }
}

/// Standard deviation, in samples, of the Gaussian that is as high as the kernel's brightest plane.
pub(super) fn lateral_sigma(kernel: &[f32], [_, ny, nx]: [usize; 3]) -> f64 {
    let planes = kernel.chunks_exact(ny * nx).map(|plane| {
        let (sum, most) = plane
            .iter()
            .fold((0.0, 0.0_f64), |(sum, most), value| (sum + f64::from(*value), most.max(f64::from(*value))));
        (most, sum)
    });
    let (most, sum) = planes.fold((0.0, 1.0), |best, plane| if plane.0 > best.0 { plane } else { best });
    if most > 0.0 { (sum / (most * std::f64::consts::TAU)).sqrt() } else { 1.0 }
}
