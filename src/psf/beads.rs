//! One point spread function from an image of several beads.
//!
//! Beads are found as maxima of the smoothed image, those that touch each other, the lateral border or the camera's
//! limit are left out, and the rest are centred to a fraction of a voxel and added: adding counts weights each bead by
//! its photons, which is best for Poisson noise.

use super::diagnosis::{centroid, on_border};
use super::kernel::{place, volume};
use super::resample::{Axis, resample};
use crate::error::{Error, Result, zeroed};
use crate::runtime::Job;

/// The beads' mean and what was found.
pub(super) struct Extracted {
    /// Background taken away, the point at index extent / 2.
    pub values: Vec<f64>,
    pub shape: [usize; 3],
    pub found: usize,
    pub used: usize,
}

/// Finds the beads in `values` and adds them up in a window of about `window` samples (z, y, x).
pub(super) fn extract(values: &[f64], shape: [usize; 3], window: [usize; 3], job: Job) -> Result<Extracted> {
    // Odd windows that fit.
    let window: [usize; 3] = std::array::from_fn(|axis| {
        let most = window[axis].min(shape[axis]);
        if most.is_multiple_of(2) { most - 1 } else { most }
    });
    let half = window.map(|extent| (extent / 2) as f64);
    let smooth = smoothed(values, shape, job)?;
    let level = median(&smooth);
    let noise = 1.4826 * median(&smooth.iter().map(|value| (value - level).abs()).collect::<Vec<_>>());
    let highest = smooth.iter().copied().fold(f64::MIN, f64::max);
    let threshold = level + (0.25 * (highest - level)).max(8.0 * noise);
    let spots: Vec<[usize; 3]> = (0..values.len())
        .filter(|&at| smooth[at] > threshold && is_maximum(&smooth, shape, place(shape, at)))
        .map(|at| place(shape, at))
        .collect();
    let limit = values.iter().copied().fold(f64::MIN, f64::max);
    let mut sum: Vec<f64> = zeroed("psf bead", volume(window)?)?;
    let mut used = 0;
    for (index, spot) in spots.iter().enumerate() {
        let alone = spots.iter().enumerate().all(|(other, neighbour)| {
            other == index || (1..3).any(|axis| spot[axis].abs_diff(neighbour[axis]) as f64 > half[axis])
        });
        let inside = (1..3)
            .all(|axis| spot[axis] as f64 >= half[axis] && spot[axis] as f64 + half[axis] <= (shape[axis] - 1) as f64);
        let patch = cut(values, shape, spot.map(|at| at as f64), window, job)?;
        let saturated = patch.iter().filter(|&&value| value == limit).count() > 3;
        if !alone || !inside || saturated {
            continue;
        }
        let centre = refined(values, shape, *spot, window, job)?;
        let mut patch = cut(values, shape, centre, window, job)?;
        let mut border: Vec<f64> =
            patch.iter().enumerate().filter(|(at, _)| on_border(window, *at)).map(|(_, value)| *value).collect();
        if !border.is_empty() {
            let background = mean_of_middle(&mut border);
            patch.iter_mut().for_each(|value| *value -= background);
        }
        for (sum, value) in sum.iter_mut().zip(patch) {
            *sum += value;
        }
        used += 1;
    }
    if used == 0 {
        return Err(Error::Argument(format!(
            "psf samples hold {} beads, none of which stands alone, unsaturated and {half:?} (z, y, x) samples from the \
             border; give a sparser image or a smaller kernel",
            spots.len()
        )));
    }
    Ok(Extracted { values: sum, shape: window, found: spots.len(), used })
}

/// Position of a bead to a fraction of a sample: the centroid of what is above a third of its peak, taken again
/// around itself until it stays.
fn refined(values: &[f64], shape: [usize; 3], spot: [usize; 3], window: [usize; 3], job: Job) -> Result<[f64; 3]> {
    let core: [usize; 3] = window.map(|extent| (extent / 2) | 1);
    let mut centre = spot.map(|at| at as f64);
    for _ in 0..8 {
        let mut patch = cut(values, shape, centre, core, job)?;
        let mut border: Vec<f64> =
            patch.iter().enumerate().filter(|(at, _)| on_border(core, *at)).map(|(_, value)| *value).collect();
        let background = if border.is_empty() { 0.0 } else { mean_of_middle(&mut border) };
        patch.iter_mut().for_each(|value| *value -= background);
        let found = centroid(&patch, core, 0.33);
        for axis in 0..3 {
            centre[axis] = (centre[axis] + found[axis] - (core[axis] / 2) as f64).clamp(0.0, (shape[axis] - 1) as f64);
        }
    }
    Ok(centre)
}

/// The window around `centre`, interpolated; samples outside the image are 0.
fn cut(values: &[f64], shape: [usize; 3], centre: [f64; 3], window: [usize; 3], job: Job) -> Result<Vec<f64>> {
    // Whole samples first, some more than the window, so that the spline sees its neighbours only.
    let from: [i64; 3] = std::array::from_fn(|axis| centre[axis].floor() as i64 - (window[axis] / 2 + 6) as i64);
    let to: [i64; 3] = std::array::from_fn(|axis| from[axis] + window[axis] as i64 + 13);
    let low: [usize; 3] = std::array::from_fn(|axis| from[axis].clamp(0, shape[axis] as i64 - 1) as usize);
    let high: [usize; 3] = std::array::from_fn(|axis| to[axis].clamp(1, shape[axis] as i64) as usize);
    let size: [usize; 3] = std::array::from_fn(|axis| high[axis] - low[axis]);
    let mut block = zeroed("psf bead", volume(size)?)?;
    for (at, value) in block.iter_mut().enumerate() {
        let at = place(size, at);
        *value = values[((low[0] + at[0]) * shape[1] + low[1] + at[1]) * shape[2] + low[2] + at[2]];
    }
    let axes = std::array::from_fn(|axis| Axis {
        extent: window[axis],
        start: centre[axis] - low[axis] as f64 - (window[axis] / 2) as f64,
        step: 1.0,
    });
    resample(&block, size, axes, job)
}

/// Twice the binomial mean 1 2 1 along every axis, ends repeated.
fn smoothed(values: &[f64], shape: [usize; 3], job: Job) -> Result<Vec<f64>> {
    let mut now = values.to_vec();
    for axis in [0, 1, 2, 0, 1, 2] {
        job.check()?;
        let stride = [shape[1] * shape[2], shape[2], 1][axis];
        let before = now.clone();
        for (at, value) in now.iter_mut().enumerate() {
            let index = place(shape, at)[axis];
            let low = if index == 0 { at } else { at - stride };
            let high = if index + 1 == shape[axis] { at } else { at + stride };
            *value = 0.25 * before[low] + 0.5 * before[at] + 0.25 * before[high];
        }
    }
    Ok(now)
}

/// Whether no neighbour within two samples is higher; of equal ones the first counts.
fn is_maximum(values: &[f64], shape: [usize; 3], at: [usize; 3]) -> bool {
    let offset = |at: [usize; 3]| (at[0] * shape[1] + at[1]) * shape[2] + at[2];
    let own = offset(at);
    let range = |axis: usize| at[axis].saturating_sub(2)..(at[axis] + 3).min(shape[axis]);
    range(0).all(|z| {
        range(1).all(|y| {
            range(2).all(|x| {
                let other = offset([z, y, x]);
                values[other] < values[own] || (values[other] == values[own] && other >= own)
            })
        })
    })
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    let middle = sorted.len() / 2;
    *sorted.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// Mean of the middle half; for counts of few photons finer than a median.
fn mean_of_middle(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = &values[values.len() / 4..(3 * values.len()).div_ceil(4).max(values.len() / 4 + 1)];
    middle.iter().sum::<f64>() / middle.len() as f64
}
