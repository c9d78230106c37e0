//! Kernels of the optical models, and how large they should be.

use super::finding::Severity;
use super::kernel::Kernel;
use super::model::Model;
use super::plane::voxels;
use super::report::Report;
use super::sampling::Voxel;
use crate::error::Result;
use crate::params::{self, Pixel, Settings};
use crate::runtime::Job;

/// Samples the model on a grid; of a `stack` the step counts even where one plane is asked for.
pub(super) fn sample(
    settings: &Settings,
    model: &Model,
    name: &'static str,
    shape: [usize; 3],
    stack: bool,
    job: Job,
) -> Result<Kernel> {
    let voxel = Voxel::of(settings, stack)?;
    let mut report = Report::of(name);
    nyquist(model, voxel, settings, &mut report)?;
    let middle = shape[0] / 2;
    let offsets: Vec<f64> = (0..shape[0]).map(|plane| (plane as f64 - middle as f64) * voxel.step).collect();
    let area = area(settings, model);
    let pixel_area = voxel.pixel * voxel.pixel;
    let intensity = model.intensity(&offsets, voxel.corner(shape), job)?;
    let voxels = voxels(&intensity.table, shape, voxel, area.then_some(model.cutoff()), job)?;
    let held = voxels.sum * pixel_area;
    report.energy_missed = Some((1.0 - held / intensity.plane_energies.iter().sum::<f64>()).max(0.0));
    report.strehl = Some(voxels.peak / intensity.unaberrated);
    doubt(model, &mut report);
    Ok(Kernel::new(shape, voxels.samples)?.with_report(report))
}

/// Warns of optics so far from their design that hardly an image is left.
fn doubt(model: &Model, report: &mut Report) {
    if let Some(strehl) = report.strehl.filter(|strehl| *strehl < MIN_STREHL && !model.has_pinhole()) {
        let text = format!(
            "the highest sample is {:.1} % of that without aberrations; check psf.depth_nm, psf.coverslip_nm, the \
             refractive indices and psf.zernike",
            100.0 * strehl
        );
        report.find(Severity::Warning, "aberrated", text);
    }
}

/// Compares the voxels with what the optics allow.
fn nyquist(model: &Model, voxel: Voxel, settings: &Settings, report: &mut Report) -> Result<()> {
    let [axial, lateral] = model.nyquist();
    report.nyquist_pixel_nm = Some(lateral * 1000.0);
    report.nyquist_step_nm = Some(axial * 1000.0);
    voxel.check([axial, lateral], settings, report)
}

/// Whether a sample is the mean over the pixel's area.
pub(super) fn area(settings: &Settings, model: &Model) -> bool {
    match settings.choice(params::PSF_PIXEL) {
        Pixel::Point => false,
        Pixel::Area => true,
        Pixel::Auto => model.has_camera(),
    }
}

/// Odd extents that hold the share `psf.energy`, none above `cap`. Along y and x they are equal but for their caps.
///
/// Along z the share is of the squared intensity, summed over planes: a widefield plane holds the same light at any
/// distance, so that no stack of planes holds a share of it. In the plane it is of the light, the mean over the planes
/// kept, within the circle that the kernel's square contains.
pub(super) fn extent(
    settings: &Settings,
    model: &Model,
    dimensions: usize,
    cap: [usize; 3],
    job: Job,
) -> Result<[usize; 3]> {
    let voxel = Voxel::of(settings, dimensions == 3)?;
    nyquist(model, voxel, settings, &mut Report::default())?;
    // Large tables are slow: the stack grows until it holds the share.
    let mut reach = FIRST_REACH.min(cap[0]);
    loop {
        let found = extent_within(settings, model, voxel, dimensions, [reach, cap[1], cap[2]], job)?;
        if reach == cap[0] || found[0] + 2 <= reach {
            return Ok(found);
        }
        reach = (2 * reach).min(cap[0]);
    }
}

fn extent_within(
    settings: &Settings,
    model: &Model,
    voxel: Voxel,
    dimensions: usize,
    cap: [usize; 3],
    job: Job,
) -> Result<[usize; 3]> {
    let energy = settings.required(params::PSF_ENERGY)?;
    let [planes, side] = [if dimensions == 3 { (cap[0] - 1) / 2 } else { 0 }, (cap[1].max(cap[2]) - 1) / 2];
    let offsets = thinned(planes);
    // Beyond the cone the share outside falls as 2 / (pi cutoff r) for scalar waves and up to twice as slowly for others.
    let tail = 6.0 / (std::f64::consts::PI * model.cutoff() * (1.0 - energy));
    let radius = (model.cone(planes as f64 * voxel.step) + tail).min((side + 1) as f64 * voxel.pixel);
    let both: Vec<f64> =
        offsets.iter().flat_map(|offset| [*offset as f64 * voxel.step, -(*offset as f64) * voxel.step]).collect();
    let intensity = model.intensity(&both, radius, job)?;
    let table = &intensity.table;
    let mut profiles = Vec::new();
    for pair in 0..offsets.len() {
        let mut squares = 0.0;
        let mut light = job.zeroed("psf light", table.count)?;
        for at in 1..table.count {
            let ring = std::f64::consts::TAU * at as f64 * table.step * table.step;
            let (low, high) = (table.mean(2 * pair)[at], table.mean(2 * pair + 1)[at]);
            squares += ring * (table.mean_square(2 * pair, at) + table.mean_square(2 * pair + 1, at));
            light[at] = light[at - 1] + ring * 0.5 * (low + high);
        }
        profiles.push((
            squares,
            light,
            0.5 * (intensity.plane_energies[2 * pair] + intensity.plane_energies[2 * pair + 1]),
        ));
    }
    let weights: Vec<f64> = (0..=planes).map(|plane| between(&offsets, plane, |at| profiles[at].0)).collect();
    let inside: f64 = weights.iter().sum::<f64>() - 0.5 * weights[0];
    // Far from focus the squares fall as 1 / z^2: what is beyond the cap is about the last plane times its distance.
    let total = inside + weights[planes] * planes as f64;
    let mut half_planes = 0;
    let mut held = 0.5 * weights[0];
    while half_planes < planes && held < energy * total {
        half_planes += 1;
        held += weights[half_planes];
    }
    let mut half_side = 0;
    while half_side < side {
        half_side += 1;
        let at = ((half_side as f64 + 0.5) * voxel.pixel / table.step) as usize;
        if at >= table.count {
            half_side = side;
            break;
        }
        let held: f64 = (0..=half_planes).map(|plane| between(&offsets, plane, |pair| profiles[pair].1[at])).sum();
        let all: f64 = (0..=half_planes).map(|plane| between(&offsets, plane, |pair| profiles[pair].2)).sum();
        if held >= energy * all {
            break;
        }
    }
    let lateral = |cap: usize| 2 * half_side.min((cap - 1) / 2) + 1;
    Ok([2 * half_planes + 1, lateral(cap[1]), lateral(cap[2])])
}

/// Offsets 0 to `planes`, every one near the focus and fewer farther out.
fn thinned(planes: usize) -> Vec<usize> {
    let mut offsets = vec![0];
    while offsets[offsets.len() - 1] < planes {
        let last = offsets[offsets.len() - 1];
        offsets.push((last + 1 + last / 16).min(planes));
    }
    offsets
}

/// Linear interpolation of `value` at `plane` between the offsets.
fn between(offsets: &[usize], plane: usize, value: impl Fn(usize) -> f64) -> f64 {
    let right = offsets.partition_point(|offset| *offset < plane);
    if offsets[right] == plane {
        return value(right);
    }
    let share = (plane - offsets[right - 1]) as f64 / (offsets[right] - offsets[right - 1]) as f64;
    value(right - 1) * (1.0 - share) + value(right) * share
}

const MIN_STREHL: f64 = 0.1;
/// Planes of the first, smallest stack that [`extent`] tries.
const FIRST_REACH: usize = 33;
