//! Kernels from measured samples: beads averaged, background and bead size removed, diagnosed, centred, brought to the
//! image's voxels, normalised.

use super::beads::Beads;
use super::diagnosis::{Diagnosis, MIN_SHARE, centroid, max_off, on_border, point_of};
use super::finding::Severity;
use super::kernel::Kernel;
use super::optics::Optics;
use super::report::Report;
use super::resample::{Axis, resample};
use super::samples::Samples;
use super::sampling::Voxel;
use super::shape::{place, volume};
use super::sphere;
use crate::error::{Error, Result, headroom_of, number, zeroed};
use crate::params::{self, Centre, Policy, SamplesHold, Settings};
use crate::runtime::Job;

/// Makes a kernel of the samples.
pub(super) fn sample(settings: &Settings, samples: Option<&Samples>, shape: [usize; 3], job: Job) -> Result<Kernel> {
    let samples = present(samples)?;
    if shape[0] > 1 && samples.shape()[0] == 1 {
        return Err(Error::Argument(format!(
            "psf shape is {shape:?}; the samples are one plane, and a stack needs a stack of samples"
        )));
    }
    let mut report = Report::of("measured");
    let point = Point::of(settings, samples, shape, &mut report, job)?;
    point.diagnose(settings, &mut report)?;
    let given = point.shape;
    let scale = voxel_ratio(settings, given[0] > 1 && shape[0] > 1)?;
    let resampled = scale != [1.0; 3];
    let middle = given.map(|extent| (extent / 2) as f64);
    let centre = match settings.choice::<Centre>(params::PSF_CENTRE) {
        _ if is_left(settings) => middle,
        Centre::Centroid => centroid(&point.values, given, MIN_SHARE),
        // Whole steps keep the samples as they are; a fraction is only taken where they are resampled anyway, or where
        // the point lies halfway between two samples.
        _ => {
            let point = point_of(&point.values, given);
            std::array::from_fn(|axis| {
                let (at, whole) = (point[axis], (point[axis] + 0.5 - 1e-9).floor());
                if resampled || (at - whole).abs() > max_off(given[axis]) { at } else { whole }
            })
        }
    };
    let axes = std::array::from_fn(|axis| Axis {
        extent: shape[axis],
        start: centre[axis] - (shape[axis] / 2) as f64 * scale[axis],
        step: scale[axis],
    });
    let whole = !resampled && centre.iter().all(|at| at.fract() == 0.0);
    let values = if whole {
        shift(&point.values, given, axes)?
    } else if resampled {
        resample(&point.values, given, axes, job)?
    } else {
        faded(&point.values, given, axes, job)?
    };
    let kernel = values.iter().map(|value| value.max(0.0) as f32).collect();
    Ok(Kernel::new(shape, kernel)?.with_report(report))
}

/// Whether samples are to stay where they are.
fn is_left(settings: &Settings) -> bool {
    settings.choice::<Policy>(params::PSF_POLICY) == Policy::Warn
        || [Centre::None, Centre::Nominal].contains(&settings.choice::<Centre>(params::PSF_CENTRE))
}

/// As [`resample`], of samples that go on with zeros beyond their edges, where a fraction of a step would lose half of
/// the outermost.
fn faded(values: &[f64], shape: [usize; 3], axes: [Axis; 3], job: Job) -> Result<Vec<f64>> {
    let margin = shape.map(|extent| if extent > 1 { FADING } else { 0 });
    let wide: [usize; 3] = std::array::from_fn(|axis| shape[axis] + 2 * margin[axis]);
    let mut padded: Vec<f64> = zeroed("psf samples", volume(wide)?)?;
    for (at, row) in values.chunks_exact(shape[2]).enumerate() {
        let [z, y] = [at / shape[1] + margin[0], at % shape[1] + margin[1]];
        padded[(z * wide[1] + y) * wide[2] + margin[2]..][..shape[2]].copy_from_slice(row);
    }
    let axes = std::array::from_fn(|axis| Axis { start: axes[axis].start + margin[axis] as f64, ..axes[axis] });
    resample(&padded, wide, axes, job)
}

/// The samples of one point, background and bead size removed.
struct Point {
    values: Vec<f64>,
    shape: [usize; 3],
    beads: [usize; 2],
    background: f64,
}

impl Point {
    fn of(settings: &Settings, samples: &Samples, wanted: [usize; 3], report: &mut Report, job: Job) -> Result<Self> {
        let shape = samples.shape();
        let values = doubles(samples)?;
        let mut point = if settings.choice::<SamplesHold>(params::PSF_SAMPLES_HOLD) == SamplesHold::Beads {
            Self::of_beads(settings, &values, shape, wanted, report, job)?
        } else {
            Self::alone(settings, values, shape, report)?
        };
        if point.values.iter().sum::<f64>() <= 0.0 {
            return Err(Error::Argument(format!(
                "psf samples sum to nothing above their background of {}; a point must be bright, not dark",
                number(point.background)
            )));
        }
        let bead = settings.required(params::PSF_BEAD_NM)?;
        if bead > 0.0 {
            let own = own_voxel_nm(settings);
            let (Some(step), Some(pixel)) = (own[0].or((shape[0] == 1).then_some(1.0)), own[2]) else {
                return Err(Error::State(
                    "psf.pixel_nm and psf.step_nm are not set; set them first to remove the bead's size".to_owned(),
                ));
            };
            point.values = sphere::removed(&point.values, point.shape, bead, [step, pixel, pixel], job)?;
        }
        Ok(point)
    }

    /// The average of the beads in an image.
    fn of_beads(
        settings: &Settings,
        values: &[f64],
        shape: [usize; 3],
        wanted: [usize; 3],
        report: &mut Report,
        job: Job,
    ) -> Result<Self> {
        let ratio = voxel_ratio(settings, shape[0] > 1)?;
        let window = std::array::from_fn(|axis| (wanted[axis] as f64 * ratio[axis]).ceil() as usize | 1);
        let found = Beads::find(values, shape, job)?.extract(window, job)?;
        if found.saturated > 0 {
            let text = format!("{} of {} beads are saturated, and were left out", found.saturated, found.found);
            report.find(Severity::Note, "saturated_beads", text);
        }
        if (1..3).any(|axis| found.shape[axis] < window[axis].min(shape[axis] - 1)) {
            let text = format!(
                "no bead has {window:?} samples (z, y, x) to itself; they were cut to {:?}, beyond which the kernel is 0",
                found.shape
            );
            report.find(Severity::Warning, "crowded", text);
        }
        Ok(Self { values: found.values, shape: found.shape, beads: [found.found, found.used], background: 0.0 })
    }

    /// Samples that are one point, or a box.
    fn alone(settings: &Settings, mut values: Vec<f64>, shape: [usize; 3], report: &mut Report) -> Result<Self> {
        let (low, high) =
            values.iter().fold((f64::MAX, f64::MIN), |(low, high), &value| (low.min(value), high.max(value)));
        let is_box = low == high && low > 0.0;
        if is_box && values.len() > 1 {
            let text = format!("the samples are all {}: taken as a box that fills them", number(low));
            report.find(Severity::Note, "box", text);
        }
        if let Some(rolled) = unwrapped(&values, shape)? {
            let repaired = !is_left(settings);
            let text = format!(
                "the point lies in the corner, its other parts at the far ends, as Fourier transforms have it; {}",
                if repaired {
                    "samples were moved by half their extents"
                } else {
                    "move samples by half their extents (fftshift)"
                }
            );
            report.find(if repaired { Severity::Repaired } else { Severity::Warning }, "fft_order", text);
            if repaired {
                values = rolled;
            }
        }
        let estimated = || if is_box { 0.0 } else { border(&values, shape) };
        let background = settings.f64(params::PSF_BACKGROUND).unwrap_or_else(estimated);
        values.iter_mut().for_each(|value| *value -= background);
        Ok(Self { values, shape, beads: [1, 1], background })
    }

    /// Says what is wrong, as the policy has it.
    fn diagnose(&self, settings: &Settings, report: &mut Report) -> Result<()> {
        let own = own_voxel_nm(settings);
        let peak = self.values.iter().copied().fold(f64::MIN, f64::max);
        let diagnosis = Diagnosis {
            beads: self.beads,
            background: self.background,
            background_over_peak: self.background / peak,
            ..Diagnosis::of(&self.values, self.shape, settings, own)
        };
        if let (Ok(optics), Some(pixel)) = (Optics::of(settings, params::PSF_WAVELENGTH_NM), own[2]) {
            let nyquist = optics.nyquist();
            [report.nyquist_step_nm, report.nyquist_pixel_nm] = nyquist.map(|um| Some(1000.0 * um));
            let step = own[0].filter(|_| self.shape[0] > 1).unwrap_or(0.0);
            Voxel { pixel: pixel / 1000.0, step: step / 1000.0 }.check(nyquist, settings, report)?;
        }
        let faults = diagnosis.faults(self.shape);
        let policy = settings.choice::<Policy>(params::PSF_POLICY);
        for fault in faults {
            let left = policy == Policy::Warn || fault.code == "off_centre" && is_left(settings);
            let severity = if left { Severity::Warning } else { fault.severity };
            report.find(severity, fault.code, fault.text);
        }
        report.diagnosis = Some(diagnosis);
        Ok(())
    }
}

/// The extents of the samples in voxels of the image, or of what beads have to themselves; odd, so that a point between two
/// samples fits too.
pub(super) fn extent(settings: &Settings, samples: Option<&Samples>, job: Job) -> Result<[usize; 3]> {
    let samples = present(samples)?;
    let given = match settings.choice::<SamplesHold>(params::PSF_SAMPLES_HOLD) {
        SamplesHold::Beads => Beads::find(&doubles(samples)?, samples.shape(), job)?.window()?,
        _ => samples.shape(),
    };
    let scale = voxel_ratio(settings, given[0] > 1)?;
    Ok(std::array::from_fn(|axis| ((given[axis] as f64 / scale[axis]).round() as usize) | 1))
}

pub(super) fn present(samples: Option<&Samples>) -> Result<&Samples> {
    samples.ok_or_else(|| {
        Error::State("psf samples are not set; set them first (abbe_psf_set_samples) for the kind measured".to_owned())
    })
}

/// The samples in double precision, once there is room for what is made of them: eight copies at most.
fn doubles(samples: &Samples) -> Result<Vec<f64>> {
    headroom_of(8 * size_of::<f64>() as u64 * samples.values().len() as u64)?;
    Ok(samples.values().iter().map(|&value| f64::from(value)).collect())
}

/// Measured samples per voxel of the image, along (z, y, x).
fn voxel_ratio(settings: &Settings, stack: bool) -> Result<[f64; 3]> {
    let ratio = |image: params::Id, own: params::Id| match settings.f64(own) {
        Some(own) => Ok::<_, Error>(settings.required(image)? / own),
        None => Ok(1.0),
    };
    let lateral = ratio(params::PSF_PIXEL_NM, params::PSF_SAMPLES_PIXEL_NM)?;
    let axial = if stack { ratio(params::PSF_STEP_NM, params::PSF_SAMPLES_STEP_NM)? } else { 1.0 };
    Ok([axial, lateral, lateral])
}

/// The samples of one point with its background, for a fit.
pub(super) struct Window {
    pub values: Vec<f64>,
    pub shape: [usize; 3],
    /// Place of the window's middle in the samples, pixels from their middle along (y, x); 0 for averaged beads.
    pub offset_px: [f64; 2],
    pub beads: [usize; 2],
}

/// What lies around the point, at most `wanted` voxels along y and x, or the average of the beads.
pub(super) fn window(settings: &Settings, samples: Option<&Samples>, wanted: [usize; 3], job: Job) -> Result<Window> {
    let samples = present(samples)?;
    let shape = samples.shape();
    let values = doubles(samples)?;
    if settings.choice::<SamplesHold>(params::PSF_SAMPLES_HOLD) == SamplesHold::Beads {
        let found = Beads::find(&values, shape, job)?.extract(wanted, job)?;
        let beads = [found.found, found.used];
        return Ok(Window { values: found.values, shape: found.shape, offset_px: [0.0; 2], beads });
    }
    let centre = centroid(&values, shape, 0.5);
    let size = [shape[0], wanted[1].min(shape[1]), wanted[2].min(shape[2])];
    let first: [usize; 3] = std::array::from_fn(|axis| {
        let middle = centre[axis].round() as usize;
        middle.saturating_sub(size[axis] / 2).min(shape[axis] - size[axis])
    });
    let values = (0..volume(size)?)
        .map(|at| {
            let [z, y, x] = place(size, at);
            values[(z * shape[1] + y + first[1]) * shape[2] + x + first[2]]
        })
        .collect();
    let offset = |axis: usize| (first[axis] + size[axis] / 2) as f64 - (shape[axis] / 2) as f64;
    Ok(Window { values, shape: size, offset_px: [offset(1), offset(2)], beads: [1, 1] })
}

/// The samples' own distances (z, y, x) in nm, where they are known.
pub(super) fn own_voxel_nm(settings: &Settings) -> [Option<f64>; 3] {
    let own = |own, image| settings.f64(own).or_else(|| settings.f64(image));
    let lateral = own(params::PSF_SAMPLES_PIXEL_NM, params::PSF_PIXEL_NM);
    [own(params::PSF_SAMPLES_STEP_NM, params::PSF_STEP_NM), lateral, lateral]
}

/// The level that a tenth of the border's samples are below: noise lifts it little, a kernel's tails less.
fn border(values: &[f64], shape: [usize; 3]) -> f64 {
    let mut border: Vec<f64> =
        values.iter().enumerate().filter(|(at, _)| on_border(shape, *at)).map(|(_, value)| *value).collect();
    if border.is_empty() {
        return 0.0;
    }
    border.sort_by(f64::total_cmp);
    border[border.len() / 10]
}

/// The samples with the point in the middle, where it lies in the corner as Fourier transforms have it: in the plane, and
/// along z where it does there too.
fn unwrapped(values: &[f64], shape: [usize; 3]) -> Result<Option<Vec<f64>>> {
    let highest = (0..values.len()).fold(0, |best, at| if values[at] > values[best] { at } else { best });
    let low = values.iter().copied().fold(f64::MAX, f64::min);
    let at = place(shape, highest);
    let is_wrapped = |axis: usize| {
        let (extent, stride) = (shape[axis], [shape[1] * shape[2], shape[2], 1][axis]);
        if extent < 4 {
            return false;
        }
        // The nearest samples to either side that lie across the end, and not.
        let step = if at[axis] <= 1 { at[axis] + 1 } else { extent - at[axis] };
        let beside = |index: usize| values[highest - at[axis] * stride + index * stride] - low;
        let [before, after] = [beside((at[axis] + extent - step) % extent), beside((at[axis] + step) % extent)];
        let (inside, across) = if at[axis] <= 1 { (after, before) } else { (before, after) };
        step <= 2 && inside > 0.05 * (values[highest] - low) && across > 0.5 * inside
    };
    if !(is_wrapped(1) && is_wrapped(2)) {
        return Ok(None);
    }
    let half: [usize; 3] = std::array::from_fn(|axis| if axis > 0 || is_wrapped(0) { shape[axis] / 2 } else { 0 });
    let mut rolled = zeroed("psf samples", values.len())?;
    for (offset, value) in values.iter().enumerate() {
        let at = place(shape, offset);
        let [z, y, x]: [usize; 3] = std::array::from_fn(|axis| (at[axis] + half[axis]) % shape[axis]);
        rolled[(z * shape[1] + y) * shape[2] + x] = *value;
    }
    Ok(Some(rolled))
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

/// Samples of zeros beyond the edges; splines see no farther.
const FADING: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Workers;

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
        let settings = Settings::new("psf");
        let samples = bead([15, 24, 25], [6.0, 14.0, 10.0], 1.5, 12.0);
        let workers = Workers::new(1).unwrap();
        let kernel = sample(&settings, Some(&samples), [11, 17, 16], (&workers).into()).unwrap();
        assert!(kernel.report().has("off_centre") && kernel.report().has("background"));
        let truth = bead([11, 17, 16], [5.0, 8.0, 8.0], 1.5, 0.0);
        let sum: f64 = truth.values().iter().map(|&value| f64::from(value)).sum();
        for (got, truth) in kernel.samples().iter().zip(truth.values()) {
            assert!((f64::from(*got) - f64::from(*truth) / sum).abs() < 1e-5);
        }
    }

    #[test]
    fn other_voxels_are_resampled_and_centred_to_a_fraction() {
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
        let workers = Workers::new(1).unwrap();
        assert_eq!(extent(&settings, Some(&samples), (&workers).into()).unwrap(), [25, 33, 33]);
        let kernel = sample(&settings, Some(&samples), [21, 25, 25], (&workers).into()).unwrap();
        let truth = bead([21, 25, 25], [10.0, 12.0, 12.0], 2.4, 0.0);
        let sum: f64 = truth.values().iter().map(|&value| f64::from(value)).sum();
        let peak = 100.0 / sum;
        for (got, truth) in kernel.samples().iter().zip(truth.values()) {
            assert!((f64::from(*got) - f64::from(*truth) / sum).abs() < 0.01 * peak);
        }
    }

    #[test]
    fn samples_without_a_point_are_refused() {
        let settings = Settings::new("psf");
        let workers = Workers::new(1).unwrap();
        let told = |samples: Option<&Samples>, shape| {
            sample(&settings, samples, shape, (&workers).into()).unwrap_err().to_string()
        };
        assert!(told(None, [1, 3, 3]).contains("not set"));
        for dark in [0.0, -2.0] {
            assert!(told(Some(&Samples::new([1, 3, 3], vec![dark; 9]).unwrap()), [1, 3, 3]).contains("sum to nothing"));
        }
        assert!(told(Some(&bead([1, 9, 9], [0.0, 4.0, 4.0], 1.0, 0.0)), [3, 9, 9]).contains("one plane"));
    }
}
