//! Gaussian kernels: widths as given, or those that fit a widefield microscope's own. They have neither rings nor the
//! cone of a real widefield microscope.

use super::kernel::Kernel;
use super::report::Report;
use super::sampling::Voxel;
use super::shape::volume;
use super::widths::Widths;
use crate::error::{Error, Result, zeroed};
use crate::params::{self, Id, Parameter, Pixel, Settings};

/// Samples the Gaussian on a grid; of a `stack` the step counts even where one plane is asked for.
pub(super) fn sample(settings: &Settings, shape: [usize; 3], stack: bool) -> Result<Kernel> {
    let mut report = Report::of("gaussian");
    let sigma = sigma_px(settings, if stack { 3 } else { 2 })?;
    sampling(settings, sigma, stack, &mut report)?;
    let area = settings.choice::<Pixel>(params::PSF_PIXEL) == Pixel::Area;
    let axes: [Vec<f64>; 3] = std::array::from_fn(|axis| along(shape[axis], 0.0, sigma[axis], axis > 0 && area));
    let mut samples = zeroed("psf kernel", volume(shape)?)?;
    for (at, row) in samples.chunks_exact_mut(shape[2]).enumerate() {
        let outer = axes[0][at / shape[1]] * axes[1][at % shape[1]];
        for (value, along) in row.iter_mut().zip(&axes[2]) {
            *value = (outer * along) as f32;
        }
    }
    report.energy_missed = Some(1.0 - held(sigma, shape));
    Ok(Kernel::new(shape, samples)?.with_report(report))
}

/// Compares the voxels with two of them per full width at half maximum, which takes the place of Nyquist sampling.
fn sampling(settings: &Settings, sigma: [f64; 3], stack: bool, report: &mut Report) -> Result<()> {
    let voxel = Voxel::of(settings, stack)?;
    let half_width = 0.5 * (8.0 * 2.0_f64.ln()).sqrt();
    voxel.check([half_width * sigma[0] * voxel.step, half_width * sigma[2] * voxel.pixel], settings, report)
}

/// The Gaussian along an axis of `extent` samples, its middle `shift` samples from index extent / 2; a `sigma` of 0 is a
/// single sample. `area` takes the share of each sample's width.
pub(super) fn along(extent: usize, shift: f64, sigma: f64, area: bool) -> Vec<f64> {
    (0..extent)
        .map(|at| {
            let offset = at as f64 - (extent / 2) as f64 - shift;
            if offset == 0.0 && sigma == 0.0 {
                1.0
            } else if area {
                share(sigma, offset - 0.5, offset + 0.5)
            } else {
                (-0.5 * (offset / sigma).powi(2)).exp()
            }
        })
        .collect()
}

/// Odd extents that hold the share `psf.energy` of the Gaussian.
pub(super) fn extent(settings: &Settings, dimensions: usize) -> Result<[usize; 3]> {
    let sigma = sigma_px(settings, dimensions)?;
    sampling(settings, sigma, dimensions == 3, &mut Report::default())?;
    let energy = settings.required(params::PSF_ENERGY)?;
    let mut reach = 0.0;
    loop {
        reach += 0.125;
        let shape: [usize; 3] = std::array::from_fn(|axis| match axis {
            0 if dimensions == 2 => 1,
            _ => 2 * (reach * sigma[axis]).ceil() as usize + 1,
        });
        if held(sigma, shape) >= energy {
            return Ok(shape);
        }
    }
}

/// Widths (z, y, x) in samples; z is 0 for two dimensions.
fn sigma_px(settings: &Settings, dimensions: usize) -> Result<[f64; 3]> {
    let voxel = Voxel::of(settings, dimensions == 3)?;
    let width = |id: Id, of_optics: fn(&Widths) -> f64| match (settings.f64(id), Widths::of(settings)) {
        (Some(sigma), _) => Ok(sigma),
        (None, Ok(widths)) => Ok(of_optics(&widths)),
        (None, Err(Error::State(missing))) => {
            let name = Parameter::by_id(id).map_or("", |row| row.name);
            Err(Error::State(format!("{name} is not set, nor the optics that it follows from then: {missing}")))
        }
        (None, Err(error)) => Err(error),
    };
    let lateral = width(params::PSF_SIGMA_NM, |widths| widths.lateral_nm)? / 1000.0 / voxel.pixel;
    let axial = match dimensions {
        2 => 0.0,
        _ => width(params::PSF_SIGMA_AXIAL_NM, |widths| widths.axial_nm)? / 1000.0 / voxel.step,
    };
    Ok([axial, lateral, lateral])
}

/// Share of the Gaussian inside the grid; along z up to half a step beyond the outer planes, as in the plane.
fn held(sigma: [f64; 3], shape: [usize; 3]) -> f64 {
    (0..3)
        .filter(|&axis| axis > 0 || shape[0] > 1)
        .map(|axis| {
            let centre = (shape[axis] / 2) as f64;
            share(sigma[axis], -0.5 - centre, shape[axis] as f64 - 0.5 - centre)
        })
        .product()
}

/// Integral of the normalised Gaussian from `low` to `high`.
fn share(sigma: f64, low: f64, high: f64) -> f64 {
    let scale = std::f64::consts::FRAC_1_SQRT_2 / sigma;
    if low > 0.0 {
        0.5 * (libm::erfc(low * scale) - libm::erfc(high * scale))
    } else {
        0.5 * (libm::erf(high * scale) - libm::erf(low * scale))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn optics(aperture: f64) -> Settings {
        let mut settings = Settings::new("psf");
        for (id, value) in [
            (params::PSF_NUMERICAL_APERTURE, aperture),
            (params::PSF_WAVELENGTH_NM, 525.0),
            (params::PSF_PIXEL_NM, 65.0),
            (params::PSF_STEP_NM, 160.0),
        ] {
            settings.set_f64(id, value).unwrap();
        }
        settings
    }

    #[test]
    fn the_kernel_is_the_formula_and_the_extent_holds_the_energy() {
        let mut settings = optics(1.4);
        settings.set_f64(params::PSF_SIGMA_NM, 130.0).unwrap();
        settings.set_f64(params::PSF_SIGMA_AXIAL_NM, 320.0).unwrap();
        let kernel = sample(&settings, [9, 16, 17], true).unwrap();
        assert_eq!(kernel.centre(), [4, 8, 8]);
        let at = |z: usize, y: usize, x: usize| kernel.samples()[(z * 16 + y) * 17 + x];
        let expected = (-0.5 * (1.0_f64 + 2.25 + 0.25)).exp();
        assert!((f64::from(at(6, 11, 7) / at(4, 8, 8)) - expected).abs() < 1e-6);
        settings.set_f64(params::PSF_ENERGY, 0.999).unwrap();
        let shape = extent(&settings, 3).unwrap();
        let missed = sample(&settings, shape, true).unwrap().report().energy_missed.unwrap();
        assert!(missed <= 0.001 && missed > 1e-5, "{shape:?} {missed}");
    }

    #[test]
    fn pixel_areas_are_integrals() {
        let mut settings = optics(1.4);
        settings.set_f64(params::PSF_SIGMA_NM, 40.0).unwrap();
        settings.set_choice(params::PSF_PIXEL, Pixel::Area).unwrap();
        let kernel = sample(&settings, [1, 1, 9], false).unwrap();
        let mean = |centre: f64| -> f64 {
            (0..1000)
                .map(|step| (-0.5 * ((centre - 0.4995 + f64::from(step) * 0.001) / (40.0 / 65.0)).powi(2)).exp())
                .sum()
        };
        let ratio = f64::from(kernel.samples()[5] / kernel.samples()[4]);
        assert!((ratio - mean(1.0) / mean(0.0)).abs() < 1e-6, "{ratio}");
    }
}
