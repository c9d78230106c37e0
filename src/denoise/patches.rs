//! Denoising of planes by Bayesian estimates from similar patches, for noise of standard deviation 1 that may be correlated.
//!
//! Non-local Bayes (Lebrun, Buades and Morel 2013, SIAM Journal on Imaging Sciences 6, 1665-1688, doi 10.1137/120874989):
//! a patch and those that look like it are taken as samples of one normal distribution, and each is replaced by its most
//! likely value, given the noise. A first pass finds patches that look alike in a smoothed plane and learns their covariance
//! from the noisy ones; a second pass does both in the result of the first. Patches overlap; a sample is the mean of all
//! estimates of it. With the covariance of the noise between the samples of a patch, correlated noise needs nothing else.
//!
//! Planes are independent. Patches lie inside the plane, so nothing is assumed about what lies outside.

mod covariance;

pub use covariance::Covariance;

use crate::error::{Result, zeroed};
use crate::fft::{Loop, vectorised};
use crate::runtime::{Rows, Watch, Workers};

/// Room for planes of one shape.
pub struct Patches {
    shape: [usize; 3],
    /// The plane smoothed, to compare patches in.
    smooth: Vec<f32>,
    /// The result of the first pass.
    basic: Vec<f32>,
    /// Sums of the estimates of each sample, and their number, after [`REACH`] empty rows.
    sums: Vec<[f32; 2]>,
    squares: Vec<f64>,
}

/// Side of a patch.
const SIDE: usize = 5;
/// Samples of a patch.
const LEN: usize = SIDE * SIDE;
/// Distance of the patches that groups are made for.
const STEP: usize = 3;
/// Rows that a search goes up and down, at most.
const REACH: usize = 15;
/// Rows of patches that a task makes groups for. What it adds up ends before what the next task but one does begins.
const BAND: usize = 2 * REACH + SIDE + 5;
/// Tasks of which first every other runs, then the rest; progress is reported after each half.
const BATCH: usize = 16;
/// Patches of a group, at most.
const MEMBERS: usize = 64;
/// Places that a search looks at, at most.
const PLACES: usize = (2 * REACH + 1) * 32;
/// A group whose samples spread less than this times the noise's variance has nothing in it but noise.
const FLAT: f32 = 1.05;

/// What the passes differ in.
struct Pass<'a> {
    /// Where patches are compared.
    compared: &'a [f32],
    /// Where their covariance is learned.
    learned: &'a [f32],
    noisy: &'a [f32],
    /// Rows up and down, and columns in all, of the search.
    search: [usize; 2],
    /// The estimate of a patch x of mean m and covariance C is x - a N (C + b N)^-1 (x - m), N that of the noise: a and b.
    /// 1 and 1 is the most likely value for the covariance of patches without noise. Where C has the noise in it that is 1
    /// and 0; then b above 0 keeps small errors of C, of as few patches as these, from being blown up.
    weights: [f32; 2],
    /// Whether C has the noise in it.
    is_first: bool,
}

impl Patches {
    /// For images of `shape` (z, y, x).
    ///
    /// # Errors
    /// [`crate::error::Error::Memory`].
    pub fn new(shape: [usize; 3]) -> Result<Self> {
        let [_, ny, nx] = shape;
        let thing = "the workspace of patches";
        Ok(Self {
            shape,
            smooth: zeroed(thing, ny * nx)?,
            basic: zeroed(thing, ny * nx)?,
            sums: zeroed(thing, (ny + REACH) * nx)?,
            squares: zeroed(thing, ny)?,
        })
    }

    /// Bytes that it holds.
    pub fn bytes([_, ny, nx]: [usize; 3]) -> u64 {
        (2 * ny * nx * size_of::<f32>() + (ny + REACH) * nx * size_of::<[f32; 2]>() + ny * size_of::<f64>()) as u64
    }

    /// Denoises `image` in place; gives the root of the sum of squares of what was taken away.
    ///
    /// # Errors
    /// [`crate::error::Error::Cancelled`]; `image` is a mixture then.
    pub fn smooth(
        &mut self,
        image: &mut [f32],
        strength: f32,
        noise: &Covariance,
        workers: &Workers,
        watch: &mut Watch<'_>,
    ) -> Result<f64> {
        let [nz, ny, nx] = self.shape;
        let patch = patch(self.shape);
        let noise = &noise.times(strength * strength);
        let mut squares = 0.0;
        for (z, plane) in image.chunks_exact_mut(ny * nx).enumerate() {
            let span = |pass: f64| move |done: f64| (z as f64 + 0.5 * (pass + done)) / nz as f64;
            blur(plane, &mut self.smooth, nx, workers);
            let first = Pass {
                compared: &self.smooth,
                learned: plane,
                noisy: plane,
                search: [REACH, 32],
                weights: [1.3, 0.3],
                is_first: true,
            };
            run(&first, &mut self.sums, patch, [ny, nx], noise, workers, watch, span(0.0))?;
            gather(&mut self.basic, &self.sums, nx, workers);
            let second = Pass {
                compared: &self.basic,
                learned: &self.basic,
                noisy: plane,
                search: [10, 24],
                weights: [1.0, 1.0],
                is_first: false,
            };
            run(&second, &mut self.sums, patch, [ny, nx], noise, workers, watch, span(1.0))?;
            gather(&mut self.smooth, &self.sums, nx, workers);
            let smooth = &self.smooth;
            workers.each(
                (Rows::of_mut(plane, nx), Rows::of_mut(&mut self.squares, 1)),
                |_, row, (samples, squares)| {
                    squares[0] = 0.0;
                    for (sample, smooth) in samples.iter_mut().zip(&smooth[row * nx..]) {
                        squares[0] += f64::from(*sample - smooth).powi(2);
                        *sample = *smooth;
                    }
                },
            );
            squares += self.squares.iter().sum::<f64>();
        }
        Ok(squares.sqrt())
    }
}

/// Makes a group for every patch of a grid and adds up what it says of its members.
#[allow(clippy::too_many_arguments)]
fn run(
    pass: &Pass<'_>,
    sums: &mut [[f32; 2]],
    patch: [usize; 2],
    [ny, nx]: [usize; 2],
    noise: &Covariance,
    workers: &Workers,
    watch: &mut Watch<'_>,
    share: impl Fn(f64) -> f64,
) -> Result<()> {
    sums.fill([0.0; 2]);
    // The first row of the last patch, and of the last in a row.
    let last = [ny - patch[0], nx - patch[1]];
    let bands = last[0] / BAND + 1;
    let control = watch.control();
    for batch in (0..bands).step_by(BATCH) {
        let end = (batch + BATCH).min(bands);
        // Bands next to each other add to the same rows. Every second one has its rows to itself, and each sample gets its
        // sums in the same order whatever runs side by side.
        let mut done = batch;
        for first in (batch..end).take(2) {
            let rows = &mut sums[first * BAND * nx..];
            let most = (end - first).div_ceil(2) * 2 * BAND * nx;
            let rows = if rows.len() > most { &mut rows[..most] } else { rows };
            workers.each(Rows::of_mut(rows, 2 * BAND * nx), |_, index, rows| {
                let top = (first + 2 * index) * BAND;
                let mut group = Group::new();
                let inside = (top.next_multiple_of(STEP)..last[0].min(top + BAND)).step_by(STEP);
                for y in inside.chain((last[0] / BAND * BAND == top).then_some(last[0])) {
                    if control.is_cancelled() {
                        return;
                    }
                    for x in (0..last[1]).step_by(STEP).chain([last[1]]) {
                        let group = &mut group;
                        vectorised(Estimate { pass, group, rows, top, at: [y, x], patch, last, nx, noise });
                    }
                }
            });
            done += (end - first).div_ceil(2);
            watch.advance(share(done as f64 / bands as f64))?;
        }
    }
    Ok(())
}

/// Extents (y, x) of a patch in images of such a shape.
fn patch([_, ny, nx]: [usize; 3]) -> [usize; 2] {
    [SIDE.min(ny), SIDE.min(nx)]
}

/// Members of a group, sample by sample of the patch; those that a group lacks are 0.
type Members = [[f32; MEMBERS]; LEN];

/// Scratch for a group.
struct Group {
    /// How different the patches of a search are, in the upper half, and their number in it.
    keys: [u64; PLACES],
    places: [usize; MEMBERS],
    noisy: Members,
    learned: Members,
    factor: [[f32; LEN]; LEN],
}

impl Group {
    fn new() -> Self {
        Self {
            keys: [0; PLACES],
            places: [0; MEMBERS],
            noisy: [[0.0; MEMBERS]; LEN],
            learned: [[0.0; MEMBERS]; LEN],
            factor: [[0.0; LEN]; LEN],
        }
    }
}

/// One group: the search, the estimate, and its share in the sums.
struct Estimate<'a> {
    pass: &'a Pass<'a>,
    group: &'a mut Group,
    /// Of the sums, with the first row for row `top` - [`REACH`] of the plane.
    rows: &'a mut [[f32; 2]],
    top: usize,
    /// The patch that others are to look like, (y, x) of its first sample.
    at: [usize; 2],
    patch: [usize; 2],
    last: [usize; 2],
    nx: usize,
    noise: &'a Covariance,
}

impl Loop for Estimate<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { pass, group, rows, top, at, patch, last, nx, noise } = self;
        let (len, width) = (patch[0] * patch[1], patch[1]);
        let members = search(pass, group, at, patch, last, nx);
        let places = &group.places[..members];
        let offset = |sample: usize| sample / width * nx + sample % width;
        load(&mut group.noisy, pass.noisy, places, len, offset);
        if !(pass.is_first && flatten(&mut group.noisy, len, members, FLAT * noise.variance())) {
            load(&mut group.learned, pass.learned, places, len, offset);
            estimate(pass, group, len, members, noise);
        }
        for (sample, values) in group.noisy.iter().enumerate().take(len) {
            for (&place, &value) in group.places[..members].iter().zip(values) {
                let sum = &mut rows[place + offset(sample) + REACH * nx - top * nx];
                *sum = [sum[0] + value, sum[1] + 1.0];
            }
        }
    }
}

/// Finds the places of the patches that look most like that at `at`, itself among them; gives their number.
#[inline(always)]
fn search(
    pass: &Pass<'_>,
    group: &mut Group,
    [y, x]: [usize; 2],
    [height, width]: [usize; 2],
    last: [usize; 2],
    nx: usize,
) -> usize {
    let [reach, columns] = pass.search;
    // As wide at the sides of the plane as inside it: vectors stay full.
    let columns = columns.min(last[1] + 1);
    let left = x.saturating_sub(columns / 2).min(last[1] + 1 - columns);
    let top = y.saturating_sub(reach);
    let rows = top..(y + reach).min(last[0]) + 1;
    let mut found = 0;
    for row in rows {
        let mut differences = [0.0_f32; 32];
        let differences = &mut differences[..columns];
        for j in 0..height {
            let line = &pass.compared[(row + j) * nx + left..][..columns + width - 1];
            let wanted = &pass.compared[(y + j) * nx + x..][..width];
            for (i, wanted) in wanted.iter().enumerate() {
                for (difference, sample) in differences.iter_mut().zip(&line[i..]) {
                    *difference += (sample - wanted) * (sample - wanted);
                }
            }
        }
        for (column, difference) in differences.iter().enumerate() {
            // Numbers that are not negative are in the order of their bits. The patch itself is before all that look just the
            // same, so that every sample gets an estimate.
            let order = if (row, left + column) == (y, x) { 0 } else { 1 + u64::from(difference.to_bits()) };
            group.keys[found] = order << 32 | found as u64;
            found += 1;
        }
    }
    let keys = &mut group.keys[..found];
    if found > MEMBERS {
        keys.select_nth_unstable(MEMBERS - 1);
    }
    let members = found.min(MEMBERS);
    for (place, key) in group.places.iter_mut().zip(&keys[..members]) {
        let index = (key & u64::from(u32::MAX)) as usize;
        *place = (top + index / columns) * nx + left + index % columns;
    }
    members
}

/// Puts the patches at `places` of a plane into `members`.
#[inline(always)]
fn load(members: &mut Members, plane: &[f32], places: &[usize], len: usize, offset: impl Fn(usize) -> usize) {
    for (sample, values) in members.iter_mut().enumerate().take(len) {
        let start = &plane[offset(sample)..];
        values[places.len()..].fill(0.0);
        for (value, &place) in values.iter_mut().zip(places) {
            *value = start[place];
        }
    }
}

/// Puts their mean in the place of all samples where their variance is below `least`, and says whether it is.
#[inline(always)]
fn flatten(members: &mut Members, len: usize, count: usize, least: f32) -> bool {
    let number = (len * count) as f32;
    // About the first sample, so that nothing is lost of small differences of large numbers.
    let about = members[0][0];
    let (mut sum, mut squares) = (0.0, 0.0);
    for values in &members[..len] {
        let (one, two) = moments(values, about, count);
        (sum, squares) = (sum + one, squares + two);
    }
    let mean = sum / number;
    let is_flat = squares / number - mean * mean < least;
    if is_flat {
        members[..len].iter_mut().for_each(|values| values[..count].fill(about + mean));
    }
    is_flat
}

/// Replaces the noisy patches of a group by their estimates: see [`Pass::weights`].
#[inline(always)]
fn estimate(pass: &Pass<'_>, group: &mut Group, len: usize, count: usize, noise: &Covariance) {
    let Group { noisy, learned, factor, .. } = group;
    let [whole, part] = pass.weights;
    let mut means = [0.0; LEN];
    let mut trace = 0.0;
    for a in 0..len {
        let about = learned[a][0];
        means[a] = about + moments(&learned[a], about, count).0 / count as f32;
        learned[a][..count].iter_mut().for_each(|value| *value -= means[a]);
        for b in 0..=a {
            factor[a][b] = product(&learned[a], &learned[b]) / (count.max(2) - 1) as f32 + part * noise.0[a][b];
        }
        trace += factor[a][a];
    }
    // Far below the noise: samples that neighbours foretell, as of strongly correlated noise, leave little to divide by.
    let ridge = 1e-3 * noise.variance() + 1e-6 * trace / len as f32;
    if !factorise(factor, len, ridge) {
        noisy.iter_mut().zip(means).take(len).for_each(|(values, mean)| values[..count].fill(mean));
        return;
    }
    for ((values, noisy), mean) in learned.iter_mut().zip(&*noisy).zip(means).take(len) {
        values[..count].iter_mut().zip(noisy).for_each(|(value, noisy)| *value = noisy - mean);
    }
    for (a, row) in factor.iter().enumerate().take(len) {
        let (before, rest) = learned.split_at_mut(a);
        before.iter().zip(row).for_each(|(other, &share)| subtract(&mut rest[0], other, share));
        rest[0].iter_mut().for_each(|value| *value /= row[a]);
    }
    for a in (0..len).rev() {
        let (before, after) = learned[..len].split_at_mut(a + 1);
        let values = &mut before[a];
        after.iter().zip(&factor[a + 1..len]).for_each(|(other, row)| subtract(values, other, row[a]));
        values.iter_mut().for_each(|value| *value /= factor[a][a]);
    }
    for (values, covariances) in noisy.iter_mut().zip(&noise.0).take(len) {
        for (other, &covariance) in learned.iter().zip(covariances).take(len) {
            if covariance != 0.0 {
                subtract(values, other, whole * covariance);
            }
        }
    }
}

/// The lower triangle of the Cholesky factor of `matrix` plus `ridge` times the identity, in its place; false where there
/// is none.
#[inline(always)]
fn factorise(matrix: &mut [[f32; LEN]; LEN], len: usize, ridge: f32) -> bool {
    for a in 0..len {
        let (before, rest) = matrix.split_at_mut(a);
        let row = &mut rest[0];
        for (b, other) in before.iter().enumerate() {
            let known: f32 = row[..b].iter().zip(other).map(|(one, other)| one * other).sum();
            row[b] = (row[b] - known) / other[b];
        }
        let square = row[a] + ridge - row[..a].iter().map(|value| value * value).sum::<f32>();
        if square <= 0.0 || square.is_nan() {
            return false;
        }
        row[a] = square.sqrt();
    }
    true
}

#[inline(always)]
fn subtract(values: &mut [f32; MEMBERS], other: &[f32; MEMBERS], share: f32) {
    values.iter_mut().zip(other).for_each(|(value, other)| *value -= share * other);
}

/// The sum of products, in eight lanes.
#[inline(always)]
fn product(one: &[f32; MEMBERS], other: &[f32; MEMBERS]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    for (one, other) in one.chunks_exact(8).zip(other.chunks_exact(8)) {
        for ((lane, one), other) in lanes.iter_mut().zip(one).zip(other) {
            *lane += one * other;
        }
    }
    lanes.iter().sum()
}

/// The sums of differences from `about`, and of their squares, of the first `count` values.
#[inline(always)]
fn moments(values: &[f32; MEMBERS], about: f32, count: usize) -> (f32, f32) {
    values[..count].iter().fold((0.0, 0.0), |(sum, squares), value| {
        let difference = value - about;
        (sum + difference, squares + difference * difference)
    })
}

/// Puts the mean of its estimates in the place of every sample.
fn gather(plane: &mut [f32], sums: &[[f32; 2]], nx: usize, workers: &Workers) {
    workers.each((Rows::of_mut(plane, nx), Rows::of(&sums[REACH * nx..], nx)), |_, _, (row, sums)| {
        row.iter_mut().zip(sums).for_each(|(sample, [sum, number])| *sample = sum / number);
    });
}

/// A Gaussian filter of one sample's standard deviation; beyond the border is what is at it.
fn blur(plane: &[f32], smooth: &mut [f32], nx: usize, workers: &Workers) {
    let ny = plane.len() / nx;
    let weights: [f32; 7] = {
        let gaussian: [f64; 7] = std::array::from_fn(|at| (-0.5 * (at as f64 - 3.0).powi(2)).exp());
        gaussian.map(|weight| (weight / gaussian.iter().sum::<f64>()) as f32)
    };
    let near = |at: usize, offset: usize, extent: usize| (at + offset).saturating_sub(3).min(extent - 1);
    workers.each(Rows::of_mut(smooth, nx), |_, y, row| {
        let rows: [&[f32]; 7] = std::array::from_fn(|offset| &plane[near(y, offset, ny) * nx..][..nx]);
        let column = |x: usize| weights.iter().zip(rows).map(|(weight, row)| weight * row[x]).sum::<f32>();
        // The columns around x, of which one leaves and one comes with every step.
        let mut window: [f32; 7] = std::array::from_fn(|offset| column(near(0, offset, nx)));
        for (x, sample) in row.iter_mut().enumerate() {
            *sample = weights.iter().zip(window).map(|(weight, value)| weight * value).sum();
            window.rotate_left(1);
            window[6] = column(near(x + 1, 6, nx));
        }
    });
}

#[cfg(test)]
mod tests;
