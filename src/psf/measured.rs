//! Kernels from measured samples: background removed, centred, brought to the image's voxels, normalised.

use super::kernel::{Kernel, Report, Severity, place, volume};
use super::resample::{Axis, resample};
use super::source::Samples;
use crate::error::{Error, Result, zeroed};
use crate::params::{self, Settings};
use crate::runtime::Workers;

/// Makes a kernel of the samples.
pub(super) fn sample(
    settings: &Settings,
    samples: Option<&Samples>,
    shape: [usize; 3],
    _workers: &Workers,
) -> Result<Kernel> {
    let samples = present(samples)?;
    let given = samples.shape();
    if shape[0] > 1 && given[0] == 1 {
        return Err(Error::Argument(format!(
            "psf shape is {shape:?}; the samples are one plane, and a stack needs a stack of samples"
        )));
    }
    let mut report = Report::of("measured");
    let mut values: Vec<f64> = samples.values().iter().map(|&value| f64::from(value)).collect();
    let (low, high) = values.iter().fold((f64::MAX, f64::MIN), |(low, high), &value| (low.min(value), high.max(value)));
    if low == high && values.len() > 1 {
        return Err(Error::Argument(format!("psf samples are all {low}; a point must stand out of them")));
    }
    remove_background(&mut values, given, settings.f64(params::PSF_BACKGROUND), &mut report);
    let scale = voxel_ratio(settings, given[0] > 1 && shape[0] > 1)?;
    let resampled = scale != [1.0; 3];
    let found = centroid(&values, given);
    // Whole steps keep the samples as they are; a fraction is only taken where they are resampled anyway.
    let centre = found.map(|at| if resampled { at } else { (at + 0.5 - 1e-9).floor() });
    let centre = match settings.i64(params::PSF_CENTER) {
        params::CENTER_NONE | params::CENTER_NOMINAL => given.map(|extent| (extent / 2) as f64),
        _ => centre,
    };
    let off: [f64; 3] = std::array::from_fn(|axis| centre[axis] - (given[axis] / 2) as f64);
    if off.iter().any(|off| off.abs() >= 0.5) {
        report.find(
            Severity::Repaired,
            "off_centre",
            format!(
                "the samples are off centre by {:.2}, {:.2}, {:.2} (z, y, x) and were moved",
                off[0], off[1], off[2]
            ),
        );
    }
    let axes = std::array::from_fn(|axis| Axis {
        extent: shape[axis],
        start: centre[axis] - (shape[axis] / 2) as f64 * scale[axis],
        step: scale[axis],
    });
    let values = if resampled { resample(&values, given, axes)? } else { shift(&values, given, axes)? };
    let kernel = values.iter().map(|value| value.max(0.0) as f32).collect();
    Ok(Kernel::new(shape, kernel)?.with_report(report))
}

/// The extents of the samples in voxels of the image.
pub(super) fn extent(settings: &Settings, samples: Option<&Samples>) -> Result<[usize; 3]> {
    let given = present(samples)?.shape();
    let scale = voxel_ratio(settings, given[0] > 1)?;
    Ok(std::array::from_fn(|axis| ((given[axis] as f64 / scale[axis]).round() as usize).max(1)))
}

fn present(samples: Option<&Samples>) -> Result<&Samples> {
    samples.ok_or_else(|| {
        Error::State("psf samples are not set; set them first (abbe_psf_set_samples) for the kind measured".to_owned())
    })
}

/// Samples of the source a voxel of the image, along (z, y, x).
fn voxel_ratio(settings: &Settings, stack: bool) -> Result<[f64; 3]> {
    let ratio = |image: params::Id, own: params::Id| match settings.f64(own) {
        Some(own) => Ok::<_, Error>(settings.required(image)? / own),
        None => Ok(1.0),
    };
    let lateral = ratio(params::PSF_PIXEL_NM, params::PSF_SAMPLES_PIXEL_NM)?;
    let axial = if stack { ratio(params::PSF_STEP_NM, params::PSF_SAMPLES_STEP_NM)? } else { 1.0 };
    Ok([axial, lateral, lateral])
}

/// Takes the background away: the number given, or the level that a tenth of the border's samples are below.
fn remove_background(values: &mut [f64], shape: [usize; 3], given: Option<f64>, report: &mut Report) {
    let background = given.unwrap_or_else(|| {
        let mut border: Vec<f64> = values
            .iter()
            .enumerate()
            .filter(|(at, _)| {
                let at = place(shape, *at);
                (1..3).any(|axis| shape[axis] > 2 && (at[axis] == 0 || at[axis] == shape[axis] - 1))
            })
            .map(|(_, value)| *value)
            .collect();
        if border.is_empty() {
            return 0.0;
        }
        border.sort_by(f64::total_cmp);
        border[border.len() / 10]
    });
    if background != 0.0 {
        report.find(Severity::Repaired, "background", format!("a background of {background} was taken away"));
    }
    for value in values {
        *value -= background;
    }
}

/// Centre of mass of what is above a tenth of the peak.
fn centroid(values: &[f64], shape: [usize; 3]) -> [f64; 3] {
    let peak = values.iter().fold(f64::MIN, |peak, &value| peak.max(value));
    let mut sum = 0.0;
    let mut moment = [0.0; 3];
    for (at, value) in values.iter().enumerate() {
        let value = value - 0.1 * peak;
        if value > 0.0 {
            sum += value;
            for (moment, at) in moment.iter_mut().zip(place(shape, at)) {
                *moment += value * at as f64;
            }
        }
    }
    if sum > 0.0 { moment.map(|moment| moment / sum) } else { shape.map(|extent| (extent / 2) as f64) }
}

/// The samples moved by whole steps, cut or filled up with zeros.
fn shift(values: &[f64], shape: [usize; 3], axes: [Axis; 3]) -> Result<Vec<f64>> {
    let target = axes.map(|axis| axis.extent);
    let mut moved: Vec<f64> = zeroed("psf samples", volume(target)?)?;
    for (at, sample) in moved.iter_mut().enumerate() {
        let at = place(target, at);
        let from: [f64; 3] = std::array::from_fn(|axis| at[axis] as f64 + axes[axis].start);
        if (0..3).all(|axis| from[axis] >= 0.0 && from[axis] < shape[axis] as f64) {
            *sample = values[(from[0] as usize * shape[1] + from[1] as usize) * shape[2] + from[2] as usize];
        }
    }
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bead(shape: [usize; 3], centre: [f64; 3], sigma: f64, background: f64) -> Samples {
        let values = (0..volume(shape).unwrap())
            .map(|at| {
                let at = place(shape, at);
                let square: f64 = (0..3).map(|axis| (at[axis] as f64 - centre[axis]).powi(2)).sum();
                (background + 100.0 * (-0.5 * square / (sigma * sigma)).exp()) as f32
            })
            .collect();
        Samples::new(shape, values).unwrap()
    }

    #[test]
    fn an_off_centre_bead_on_a_background_comes_out_centred() {
        let workers = Workers::new(1).unwrap();
        let settings = Settings::new("psf");
        let samples = bead([15, 24, 25], [6.0, 14.0, 10.0], 1.5, 12.0);
        let kernel = sample(&settings, Some(&samples), [11, 17, 16], &workers).unwrap();
        assert!(kernel.report().has("off_centre") && kernel.report().has("background"));
        let truth = bead([11, 17, 16], [5.0, 8.0, 8.0], 1.5, 0.0);
        let sum: f64 = truth.values().iter().map(|&value| f64::from(value)).sum();
        for (got, truth) in kernel.samples().iter().zip(truth.values()) {
            assert!((f64::from(*got) - f64::from(*truth) / sum).abs() < 1e-5);
        }
    }

    #[test]
    fn other_voxels_are_resampled_and_centred_to_a_fraction() {
        let workers = Workers::new(1).unwrap();
        let mut settings = Settings::new("psf");
        for (id, value) in [
            (params::PSF_PIXEL_NM, 100.0),
            (params::PSF_STEP_NM, 200.0),
            (params::PSF_SAMPLES_PIXEL_NM, 80.0),
            (params::PSF_SAMPLES_STEP_NM, 160.0),
        ] {
            settings.set_f64(id, value).unwrap();
        }
        let samples = bead([31, 41, 41], [14.6, 20.3, 19.8], 3.0, 0.0);
        assert_eq!(extent(&settings, Some(&samples)).unwrap(), [25, 33, 33]);
        let kernel = sample(&settings, Some(&samples), [21, 25, 25], &workers).unwrap();
        let truth = bead([21, 25, 25], [10.0, 12.0, 12.0], 2.4, 0.0);
        let sum: f64 = truth.values().iter().map(|&value| f64::from(value)).sum();
        let peak = 100.0 / sum;
        for (got, truth) in kernel.samples().iter().zip(truth.values()) {
            assert!((f64::from(*got) - f64::from(*truth) / sum).abs() < 0.01 * peak);
        }
    }

    #[test]
    fn samples_without_a_point_are_refused() {
        let workers = Workers::new(1).unwrap();
        let settings = Settings::new("psf");
        let told =
            |samples: Option<&Samples>, shape| sample(&settings, samples, shape, &workers).unwrap_err().to_string();
        assert!(told(None, [1, 3, 3]).contains("not set"));
        assert!(told(Some(&Samples::new([1, 3, 3], vec![2.0; 9]).unwrap()), [1, 3, 3]).contains("all 2"));
        assert!(told(Some(&bead([1, 9, 9], [0.0, 4.0, 4.0], 1.0, 0.0)), [3, 9, 9]).contains("one plane"));
    }
}
