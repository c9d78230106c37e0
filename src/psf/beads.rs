//! One point spread function from an image of several beads.
//!
//! Beads are found as maxima of the smoothed image. Those that are saturated, or have another bead or the lateral border
//! within the window, are left out; the rest are centred to a fraction of a voxel and added: adding counts weights each
//! bead by its photons, which is best for Poisson noise.

use super::diagnosis::{centroid, longest_run, on_border};
use super::resample::{Axis, resample};
use super::shape::{place, volume};
use crate::error::{Error, Result, zeroed};
use crate::runtime::Job;

/// The beads of an image.
pub(super) struct Beads<'a> {
    values: &'a [f64],
    shape: [usize; 3],
    spots: Vec<Spot>,
}

struct Spot {
    at: [usize; 3],
    /// Of the smoothed image above its level.
    height: f64,
    saturated: bool,
}

/// The beads' sum.
pub(super) struct Extracted {
    /// Background taken away, the point at index extent / 2.
    pub values: Vec<f64>,
    /// The window that was asked for, or a smaller one where no bead had as much to itself.
    pub shape: [usize; 3],
    pub found: usize,
    pub used: usize,
    pub saturated: usize,
}

impl<'a> Beads<'a> {
    /// Finds the beads in `values` of that shape.
    ///
    /// What counts is brighter than the noise, and no fainter than a twentieth of the brightest that is not saturated: a
    /// few bright ones, clumps mostly, hide no others.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn find(values: &'a [f64], shape: [usize; 3], job: Job) -> Result<Self> {
        let smooth = smoothed(values, shape, job)?;
        let level = median(&smooth);
        let noise = 1.4826 * median(&smooth.iter().map(|value| (value - level).abs()).collect::<Vec<_>>());
        let limit = values.iter().copied().fold(f64::MIN, f64::max);
        let mut spots: Vec<Spot> = (0..values.len())
            .filter(|&at| smooth[at] > level + 8.0 * noise && is_maximum(&smooth, shape, place(shape, at)))
            .map(|index| {
                let at = place(shape, index);
                Spot { at, height: smooth[index] - level, saturated: is_saturated(values, shape, at, limit) }
            })
            .collect();
        let highest = |any: bool| {
            let heights = spots.iter().filter(|spot| any || !spot.saturated).map(|spot| spot.height);
            heights.fold(0.0, f64::max)
        };
        let reference = if highest(false) > 0.0 { highest(false) } else { highest(true) };
        spots.retain(|spot| spot.height >= FAINTEST * reference);
        Ok(Self { values, shape, spots })
    }

    /// Odd extents (z, y, x) of the largest window, square in the plane, that half of the beads have to themselves.
    ///
    /// # Errors
    /// [`Error::Argument`] where no bead has any room.
    pub fn window(&self) -> Result<[usize; 3]> {
        let mut clearances: Vec<usize> =
            self.spots.iter().filter(|spot| !spot.saturated).map(|spot| self.clearance(spot)).collect();
        clearances.retain(|clearance| *clearance >= MIN_CLEARANCE);
        clearances.sort_unstable();
        match clearances.get(clearances.len() / 2) {
            Some(clearance) => Ok([self.odd_planes(), 2 * clearance + 1, 2 * clearance + 1]),
            None => Err(Error::Argument(format!(
                "psf samples hold {} beads, {} of them saturated, and none of the others stands alone and {MIN_CLEARANCE} \
                 samples from the border; give a sparser image",
                self.spots.len(),
                self.spots.iter().filter(|spot| spot.saturated).count()
            ))),
        }
    }

    /// Adds up the beads in a window of about `wanted` samples (z, y, x), or in a smaller one where no bead has as much
    /// to itself.
    ///
    /// # Errors
    /// As [`Beads::window`]; [`Error::Memory`]; [`Error::Cancelled`].
    pub fn extract(&self, wanted: [usize; 3], job: Job) -> Result<Extracted> {
        let odd = |extent: usize, max: usize| (extent | 1).min(if max.is_multiple_of(2) { max - 1 } else { max });
        let asked: [usize; 3] = std::array::from_fn(|axis| odd(wanted[axis], self.shape[axis]));
        let largest = self.window()?;
        let free = |window: [usize; 3]| self.spots.iter().filter(move |spot| self.is_free(spot, window));
        let window = match free(asked).next() {
            Some(_) => asked,
            None => std::array::from_fn(|axis| asked[axis].min(largest[axis])),
        };
        let mut sum: Vec<f64> = zeroed("psf bead", volume(window)?)?;
        let mut used = 0;
        for spot in free(window) {
            let centre = refined(self.values, self.shape, spot.at, window, job)?;
            let patch = cut(self.values, self.shape, centre, window, job)?;
            for (sum, value) in sum.iter_mut().zip(patch) {
                *sum += value;
            }
            used += 1;
        }
        let saturated = self.spots.iter().filter(|spot| spot.saturated).count();
        Ok(Extracted { values: sum, shape: window, found: self.spots.len(), used, saturated })
    }

    /// Planes of a window: all, but for one where they are even.
    fn odd_planes(&self) -> usize {
        self.shape[0] - usize::from(self.shape[0].is_multiple_of(2))
    }

    /// Samples along y and x to either side that a bead has to itself.
    fn clearance(&self, spot: &Spot) -> usize {
        let border = (1..3).map(|axis| spot.at[axis].min(self.shape[axis] - 1 - spot.at[axis])).min().unwrap_or(0);
        let near = self.neighbours(spot).map(|other| {
            (1..3).map(|axis| spot.at[axis].abs_diff(other.at[axis])).max().unwrap_or(0).saturating_sub(1)
        });
        near.fold(border, usize::min)
    }

    /// Whether a bead is alone in a window around it, inside the image and not saturated.
    fn is_free(&self, spot: &Spot, window: [usize; 3]) -> bool {
        let half = window.map(|extent| extent / 2);
        let inside = (1..3).all(|axis| spot.at[axis] >= half[axis] && spot.at[axis] + half[axis] < self.shape[axis]);
        let apart = |other: &Spot| (1..3).any(|axis| spot.at[axis].abs_diff(other.at[axis]) > half[axis]);
        !spot.saturated && inside && self.neighbours(spot).all(apart)
    }

    /// Others that are bright enough to be seen beside a bead.
    fn neighbours(&self, spot: &Spot) -> impl Iterator<Item = &Spot> {
        self.spots.iter().filter(|other| other.at != spot.at && other.height > SEEN_BESIDE * spot.height)
    }
}

/// Whether samples around a maximum lie at the limit `limit` as a camera's do: three in a row, or more than symmetry
/// makes equal.
fn is_saturated(values: &[f64], shape: [usize; 3], at: [usize; 3], limit: f64) -> bool {
    let from = at.map(|index| index.saturating_sub(AROUND));
    let size: [usize; 3] = std::array::from_fn(|axis| (at[axis] + AROUND + 1).min(shape[axis]) - from[axis]);
    let around: Vec<f64> = (0..size.iter().product())
        .map(|index| {
            let [z, y, x]: [usize; 3] = std::array::from_fn(|axis| from[axis] + place(size, index)[axis]);
            values[(z * shape[1] + y) * shape[2] + x]
        })
        .collect();
    let equal = around.iter().filter(|value| **value == limit).count();
    equal > 8 || equal > 2 && longest_run(&around, size, limit) > 2
}

/// Position of a bead to a fraction of a sample: the centroid of what is above a third of its peak, taken again
/// around itself until it stays.
fn refined(values: &[f64], shape: [usize; 3], spot: [usize; 3], window: [usize; 3], job: Job) -> Result<[f64; 3]> {
    let core: [usize; 3] = window.map(|extent| (extent / 2) | 1);
    let mut centre = spot.map(|at| at as f64);
    for _ in 0..8 {
        let patch = cut(values, shape, centre, core, job)?;
        let found = centroid(&patch, core, 0.33);
        for axis in 0..3 {
            centre[axis] = (centre[axis] + found[axis] - (core[axis] / 2) as f64).clamp(0.0, (shape[axis] - 1) as f64);
        }
    }
    Ok(centre)
}

/// The mean of what lies around a window about `centre`, in its border along y and x, where that is inside the image.
fn level(values: &[f64], shape: [usize; 3], centre: [f64; 3], window: [usize; 3]) -> Result<f64> {
    let first: [i64; 3] = std::array::from_fn(|axis| centre[axis].round() as i64 - (window[axis] / 2) as i64);
    let within = |at: usize| {
        let at = place(window, at);
        let at: [i64; 3] = std::array::from_fn(|axis| first[axis] + at[axis] as i64);
        let is_inside = (0..3).all(|axis| (0..shape[axis] as i64).contains(&at[axis]));
        is_inside.then(|| values[(at[0] as usize * shape[1] + at[1] as usize) * shape[2] + at[2] as usize])
    };
    let mut border: Vec<f64> = (0..volume(window)?).filter(|at| on_border(window, *at)).filter_map(within).collect();
    Ok(if border.is_empty() { 0.0 } else { mean_of_middle(&mut border) })
}

/// The window around `centre`, interpolated, without its background; beyond the image's ends there is no light.
fn cut(values: &[f64], shape: [usize; 3], centre: [f64; 3], window: [usize; 3], job: Job) -> Result<Vec<f64>> {
    // Whole samples first, some more than the window, so that the spline sees its neighbours only.
    let from: [i64; 3] = std::array::from_fn(|axis| centre[axis].floor() as i64 - (window[axis] / 2 + 6) as i64);
    let to: [i64; 3] = std::array::from_fn(|axis| from[axis] + window[axis] as i64 + 13);
    let low: [usize; 3] = std::array::from_fn(|axis| from[axis].clamp(0, shape[axis] as i64 - 1) as usize);
    let high: [usize; 3] = std::array::from_fn(|axis| to[axis].clamp(1, shape[axis] as i64) as usize);
    let size: [usize; 3] = std::array::from_fn(|axis| high[axis] - low[axis]);
    // What lies beyond the ends is 0, which is no light only where the background has gone before.
    let background = level(values, shape, centre, window)?;
    let mut block = zeroed("psf bead", volume(size)?)?;
    for (at, value) in block.iter_mut().enumerate() {
        let at = place(size, at);
        *value = values[((low[0] + at[0]) * shape[1] + low[1] + at[1]) * shape[2] + low[2] + at[2]] - background;
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

/// Of the brightest bead: what is fainter may be its rings.
const FAINTEST: f64 = 0.05;
/// Of a bead: what is fainter hardly changes it.
const SEEN_BESIDE: f64 = 0.25;
/// Samples to either side, less than which no bead is to be told from its neighbours.
const MIN_CLEARANCE: usize = 2;
/// Samples around a maximum in which saturation is looked for.
const AROUND: usize = 3;
