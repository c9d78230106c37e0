//! What is wrong with measured samples.

use serde::Serialize;

use super::finding::Severity;
use super::shape::place;
use super::widths::Widths;
use crate::params::{self, Settings};

/// Numbers that describe measured samples after their background was taken away. Axis order (z, y, x).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Diagnosis {
    /// Beads found in the samples and beads used; 1 and 1 where the samples are one point.
    pub beads: [usize; 2],
    /// Level that was taken away.
    pub background: f64,
    /// The same over the peak above it.
    pub background_over_peak: f64,
    /// Distance of the point from the middle, in samples; aberrations part its peak from its centroid, and a middle
    /// between the two is not off.
    pub off_centre: [f64; 3],
    /// Negative light over positive light.
    pub negative_share: f64,
    /// Mean over the lateral border, or over what is nearest to the centroid on one of its sides where that is more, over
    /// the peak: what the cut leaves outside.
    pub border_level: f64,
    /// Share of the light that moves when the lateral plane is turned by half a turn about the centroid, 0 to 1.
    pub asymmetry: f64,
    /// Angle between the line of the planes' centroids and the z axis; needs voxel sizes.
    pub tilt_deg: Option<f64>,
    /// Full widths at half maximum along the lines through the point, in samples; `None` where the cut is too tight.
    pub width: [Option<f64>; 3],
    /// Width over what the optics give, lateral and axial; needs the optics and voxel sizes.
    pub width_over_theory: [Option<f64>; 2],
    /// Longest run of neighbours that share the highest value; symmetric peaks have up to 2, saturated ones more.
    pub flat_top: usize,
}

/// A fault and whether it can be mended.
pub(super) struct Fault {
    pub code: &'static str,
    pub text: String,
    pub severity: Severity,
}

impl Diagnosis {
    /// Looks at `values` (background taken away) of that shape; `voxel_nm` are the samples' own distances.
    pub fn of(values: &[f64], shape: [usize; 3], settings: &Settings, voxel_nm: [Option<f64>; 3]) -> Self {
        let peak = values.iter().copied().fold(f64::MIN, f64::max);
        let (negative, positive) = values.iter().fold((0.0, 0.0), |(negative, positive), &value| {
            if value < 0.0 { (negative - value, positive) } else { (negative, positive + value) }
        });
        let centroid = centroid(values, shape, MIN_SHARE);
        let point = point_of(values, shape);
        let width: [Option<f64>; 3] = std::array::from_fn(|axis| width(values, shape, axis));
        let nm = |axis: usize| Some(width[axis]? * voxel_nm[axis]?);
        let theory = theory(settings);
        let lateral = nm(1).zip(nm(2)).zip(theory).map(|((y, x), theory)| (y * x).sqrt() / theory[1]);
        let axial = nm(0).zip(theory).map(|(z, theory)| z / theory[0]);
        Self {
            beads: [1, 1],
            background: 0.0,
            background_over_peak: 0.0,
            off_centre: std::array::from_fn(|axis| point[axis] - (shape[axis] / 2) as f64),
            negative_share: negative / positive,
            border_level: border_level(values, shape, centroid) / peak,
            asymmetry: asymmetry(values, shape, centroid),
            tilt_deg: tilt(values, shape, voxel_nm),
            width,
            width_over_theory: [lateral, axial],
            flat_top: longest_run(values, shape, peak),
        }
    }

    /// The faults among the numbers.
    pub(super) fn faults(&self, shape: [usize; 3]) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut fault = |code, severity, text| faults.push(Fault { code, text, severity });
        let [z, y, x] = self.off_centre;
        if (0..3).any(|axis| self.off_centre[axis].abs() > max_off(shape[axis])) {
            let text = format!("the samples are off centre by {z:.2}, {y:.2}, {x:.2} (z, y, x)");
            fault("off_centre", Severity::Repaired, text);
        }
        if self.background_over_peak.abs() > FAINT_TAIL {
            let percent = 100.0 * self.background_over_peak;
            let text =
                format!("the samples have a background of {:.3e}, {percent:.2} % of their peak", self.background);
            fault("background", Severity::Repaired, text);
        }
        if self.negative_share > 1e-3 {
            let text = format!("{:.1} % of the light is negative", 100.0 * self.negative_share);
            fault("negative", Severity::Repaired, text);
        }
        if self.border_level > 0.02 {
            let text =
                format!("the border is at {:.1} % of the peak; the samples cut light off", 100.0 * self.border_level);
            fault("truncated", Severity::Warning, text);
        }
        if self.asymmetry > 0.25 {
            let text = format!("{:.0} % of the light has no counterpart across the axis", 100.0 * self.asymmetry);
            fault("asymmetric", Severity::Warning, text);
        }
        if let (Some(along_y), Some(along_x)) = (self.width[1], self.width[2])
            && !(0.77..=1.3).contains(&(along_y / along_x))
        {
            let text =
                format!("the widths along y and x are {along_y:.2} and {along_x:.2} samples; a lens makes them equal");
            fault("elliptical", Severity::Warning, text);
        }
        if let Some(tilt) = self.tilt_deg.filter(|tilt| *tilt > 5.0) {
            fault("tilted", Severity::Warning, format!("the axis is tilted by {tilt:.1} degrees"));
        }
        for (name, code, ratio) in
            [("lateral", "width_xy", self.width_over_theory[0]), ("axial", "width_z", self.width_over_theory[1])]
        {
            if let Some(ratio) = ratio.filter(|ratio| !(0.7..=2.0).contains(ratio)) {
                let text = format!("the {name} width is {ratio:.2} of what these optics give; check the voxel sizes");
                fault(code, Severity::Warning, text);
            }
        }
        if self.flat_top > 2 {
            let text = format!("{} neighbours share the highest value, as saturation makes them", self.flat_top);
            fault("saturated", Severity::Warning, text);
        }
        if (1..3).any(|axis| shape[axis] > 1 && self.width[axis].is_none_or(|width| (shape[axis] as f64) < 3.0 * width))
        {
            let text = format!("the samples {shape:?} are less than three widths across");
            fault("too_small", Severity::Warning, text);
        }
        faults
    }
}

/// Where the point is. Its peak and the centroid of what is above a tenth of it are one where nothing is lopsided, and
/// parted by spherical aberration or coma: a point that has the middle between the two, or near enough to them, is there, as near to the middle as that can be. Otherwise it is at the centroid of what is above half the peak.
pub(super) fn point_of(values: &[f64], shape: [usize; 3]) -> [f64; 3] {
    let (wide, narrow) = (centroid(values, shape, MIN_SHARE), centroid(values, shape, 0.5));
    let peak = peak(values, shape);
    std::array::from_fn(|axis| {
        let middle = (shape[axis] / 2) as f64;
        let near = middle.clamp(wide[axis].min(peak[axis]), wide[axis].max(peak[axis]));
        if (near - middle).abs() > max_off(shape[axis]) { narrow[axis] } else { near }
    })
}

/// Place of the highest sample, to a fraction by the parabola through it and its neighbours along every axis.
fn peak(values: &[f64], shape: [usize; 3]) -> [f64; 3] {
    let highest = (0..values.len()).fold(0, |best, at| if values[at] > values[best] { at } else { best });
    let at = place(shape, highest);
    std::array::from_fn(|axis| {
        let stride = [shape[1] * shape[2], shape[2], 1][axis];
        let whole = at[axis] as f64;
        if at[axis] == 0 || at[axis] + 1 == shape[axis] {
            return whole;
        }
        let [before, now, after] = [values[highest - stride], values[highest], values[highest + stride]];
        let bend = 2.0 * now - before - after;
        if bend > 0.0 { whole + 0.5 * (after - before) / bend } else { whole }
    })
}

/// Centre of mass of what is above `threshold` times the peak.
pub(super) fn centroid(values: &[f64], shape: [usize; 3], threshold: f64) -> [f64; 3] {
    let level = threshold * values.iter().copied().fold(f64::MIN, f64::max);
    let mut sum = 0.0;
    let mut moment = [0.0; 3];
    for (at, value) in values.iter().enumerate() {
        let value = value - level;
        if value > 0.0 {
            sum += value;
            for (moment, at) in moment.iter_mut().zip(place(shape, at)) {
                *moment += value * at as f64;
            }
        }
    }
    if sum > 0.0 { moment.map(|moment| moment / sum) } else { shape.map(|extent| (extent / 2) as f64) }
}

/// Full widths at half maximum (axial, lateral) in nm of the Gaussian with the optics' curvature.
fn theory(settings: &Settings) -> Option<[f64; 2]> {
    settings.f64(params::PSF_NUMERICAL_APERTURE)?;
    settings.f64(params::PSF_WAVELENGTH_NM)?;
    let widths = Widths::of(settings).ok()?;
    let factor = (8.0 * 2.0_f64.ln()).sqrt();
    Some([factor * widths.axial_nm, factor * widths.lateral_nm])
}

/// Longest run of samples at the peak along any axis.
pub(super) fn longest_run(values: &[f64], shape: [usize; 3], peak: f64) -> usize {
    let run = |at: usize, axis: usize| {
        let stride = [shape[1] * shape[2], shape[2], 1][axis];
        let left = shape[axis] - place(shape, at)[axis];
        (0..left).take_while(|step| values[at + step * stride] == peak).count()
    };
    (0..values.len())
        .filter(|&at| values[at] == peak)
        .flat_map(|at| (0..3).map(move |axis| (at, axis)))
        .map(|(at, axis)| run(at, axis))
        .max()
        .unwrap_or(0)
}

/// Mean of the lateral border, or of what is nearest to the centroid on one of its sides where that is more.
fn border_level(values: &[f64], shape: [usize; 3], centre: [f64; 3]) -> f64 {
    let near = |axis: usize| {
        let at = centre[axis].round() as usize;
        at.saturating_sub(1)..(at + 2).min(shape[axis])
    };
    let side = |axis: usize, at: usize| {
        let other = 3 - axis;
        let (mut sum, mut count) = (0.0, 0);
        for z in near(0) {
            for along in near(other) {
                let (y, x) = if axis == 1 { (at, along) } else { (along, at) };
                sum += values[(z * shape[1] + y) * shape[2] + x];
                count += 1;
            }
        }
        sum / f64::from(count.max(1))
    };
    let sides = (1..3).filter(|axis| shape[*axis] > 2).flat_map(|axis| [side(axis, 0), side(axis, shape[axis] - 1)]);
    sides.fold(border_mean(values, shape), f64::max)
}

fn border_mean(values: &[f64], shape: [usize; 3]) -> f64 {
    let (mut sum, mut count) = (0.0, 0);
    for (at, value) in values.iter().enumerate() {
        if on_border(shape, at) {
            sum += value;
            count += 1;
        }
    }
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

/// Whether a sample is the first or last along y or x.
pub(super) fn on_border(shape: [usize; 3], at: usize) -> bool {
    let at = place(shape, at);
    (1..3).any(|axis| shape[axis] > 2 && (at[axis] == 0 || at[axis] == shape[axis] - 1))
}

fn asymmetry(values: &[f64], shape: [usize; 3], centre: [f64; 3]) -> f64 {
    let (mut moved, mut sum) = (0.0, 0.0);
    let value = |z: usize, y: f64, x: f64| -> Option<f64> {
        let (row, column) = (y.floor(), x.floor());
        if row < 0.0 || column < 0.0 || row as usize + 1 >= shape[1] || column as usize + 1 >= shape[2] {
            return None;
        }
        let at = (z * shape[1] + row as usize) * shape[2] + column as usize;
        let (v, u) = (y - row, x - column);
        let upper = values[at] * (1.0 - u) + values[at + 1] * u;
        let lower = values[at + shape[2]] * (1.0 - u) + values[at + shape[2] + 1] * u;
        Some(upper * (1.0 - v) + lower * v)
    };
    // What is below a tenth of the peak is mostly noise, and is left out.
    let threshold = 0.2 * values.iter().copied().fold(f64::MIN, f64::max);
    // Both sides are interpolated at points symmetric about the centre, so that its fraction does not count.
    let reach = (shape[1].min(shape[2]) / 2) as i64;
    for z in 0..shape[0] {
        for dy in 0..reach {
            for dx in -reach..reach {
                let (dy, dx) = (dy as f64 + 0.5, dx as f64 + 0.5);
                let one = value(z, centre[1] + dy, centre[2] + dx);
                let other = value(z, centre[1] - dy, centre[2] - dx);
                if let (Some(one), Some(other)) = (one, other)
                    && one + other > threshold
                {
                    moved += (one - other).abs();
                    sum += one.abs() + other.abs();
                }
            }
        }
    }
    if sum > 0.0 { moved / sum } else { 0.0 }
}

/// A plane with much light.
struct Bright {
    peak: f64,
    z: f64,
    centroid: [f64; 3],
}

/// Slope of the planes' centroids, weighted by their light above a quarter of their own peak.
fn tilt(values: &[f64], shape: [usize; 3], voxel_nm: [Option<f64>; 3]) -> Option<f64> {
    let (step, pixel) = (voxel_nm[0]?, voxel_nm[2]?);
    if shape[0] < 3 {
        return None;
    }
    let size = shape[1] * shape[2];
    let peak = values.iter().copied().fold(f64::MIN, f64::max);
    let planes: Vec<Bright> = values
        .chunks_exact(size)
        .enumerate()
        .filter_map(|(z, plane)| {
            let own = plane.iter().copied().fold(f64::MIN, f64::max);
            (own > 0.2 * peak).then(|| Bright {
                peak: own,
                z: z as f64,
                centroid: centroid(plane, [1, shape[1], shape[2]], 0.25),
            })
        })
        .collect();
    let weight: f64 = planes.iter().map(|plane| plane.peak).sum();
    let mean =
        |value: &dyn Fn(&Bright) -> f64| planes.iter().map(|plane| plane.peak * value(plane)).sum::<f64>() / weight;
    let middle = mean(&|plane| plane.z);
    let spread = mean(&|plane| (plane.z - middle).powi(2));
    if spread <= 0.0 {
        return None;
    }
    let slope = |axis: usize| mean(&|plane| (plane.z - middle) * plane.centroid[axis]) / spread * pixel / step;
    Some(slope(1).hypot(slope(2)).atan().to_degrees())
}

/// Full width at half maximum along a line through the point.
///
/// The highest of noisy samples is too high and next to the point, so that half of it is met too soon: the point is looked
/// for among means over 3 x 3 x 3 neighbours, and the line has those of its neighbours across it.
fn width(values: &[f64], shape: [usize; 3], axis: usize) -> Option<f64> {
    let mean = |at: [usize; 3], along: Option<usize>| -> f64 {
        let weights = |axis: usize| if along == Some(axis) { [0.0, 1.0, 0.0] } else { [0.25, 0.5, 0.25] };
        let near = |axis: usize, step: usize| (at[axis] + step).saturating_sub(1).min(shape[axis] - 1);
        let mut sum = 0.0;
        for (z, weight_z) in weights(0).into_iter().enumerate() {
            for (y, weight_y) in weights(1).into_iter().enumerate() {
                for (x, weight_x) in weights(2).into_iter().enumerate() {
                    let offset = (near(0, z) * shape[1] + near(1, y)) * shape[2] + near(2, x);
                    sum += weight_z * weight_y * weight_x * values[offset];
                }
            }
        }
        sum
    };
    let highest = (0..values.len()).map(|at| mean(place(shape, at), None)).enumerate();
    let centre = place(shape, highest.max_by(|one, other| one.1.total_cmp(&other.1))?.0);
    let line: Vec<f64> = (0..shape[axis])
        .map(|index| {
            let mut at = centre;
            at[axis] = index;
            mean(at, Some(axis))
        })
        .collect();
    let near = centre[axis].saturating_sub(1)..(centre[axis] + 2).min(shape[axis]);
    let top = near.max_by(|&one, &other| line[one].total_cmp(&line[other]))?;
    let half = 0.5 * line[top];
    let reach = |side: &mut dyn Iterator<Item = usize>| -> Option<f64> {
        let mut before = line[top];
        for (step, at) in side.enumerate() {
            if line[at] < half {
                return Some(step as f64 + (before - half) / (before - line[at]));
            }
            before = line[at];
        }
        None
    };
    Some(reach(&mut (top + 1..shape[axis]))? + reach(&mut (0..top).rev())?)
}

/// Of the peak: what is lower is mostly noise and rings.
pub(super) const MIN_SHARE: f64 = 0.1;

/// Of the peak: kernels that optics give have as much at their border, which is light of the point.
const FAINT_TAIL: f64 = 1e-3;

/// Distance from the middle sample at which a point is left where it is. Aberrations move it by as much; but of an even
/// number of samples many have it between the two in the middle.
pub(super) fn max_off(extent: usize) -> f64 {
    if extent.is_multiple_of(2) { 0.25 } else { 0.5 }
}
