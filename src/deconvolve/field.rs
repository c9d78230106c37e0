//! The padded field on which iterations run, and its passes.
//!
//! The estimate lives on a field larger than the image, since light from outside comes in through the point spread
//! function. The image lies at the field's origin; the rest is what lies around it, wrapped around the ends. Only
//! residuals inside the image count. What share of a voxel's light reaches the image, its weight w = Hᵀ1, then stands
//! where iterations without a border have 1: M. Bertero and P. Boccacci 2005, "A simple method for the reduction of
//! boundary effects in the Richardson-Lucy approach to image deconvolution", doi 10.1051/0004-6361:20052717, eq. 9.
//!
//! An iteration is four passes over memory: [`Field::blur`] and [`Field::compare`] end with residuals of the image's
//! rows, [`Field::project`] and [`Field::update`] with corrections of the field's rows. Rows outside the image are
//! neither made nor read by the first two.

use std::sync::atomic::{AtomicU64, Ordering};

use super::linear;
use super::recipe::{Padding, Recipe};
use crate::error::{Error, Result, zeroed};
use crate::fft::{Buffer, Gain, Otf, Storage, Support, Transform};
use crate::image::{Pitched, Region};
use crate::psf::Kernel;
use crate::runtime::{Slabs, Workers};
use crate::tile::Tiling;

/// What a pass does to a row (z, y) of `nx` samples.
pub(super) type RowOp<'a> = &'a (dyn Fn(usize, usize, &mut [f32]) + Sync);

/// Extents of image, kernel and field, and the plan of the field's transform.
pub(super) struct Geometry {
    pub image: [usize; 3],
    /// The most that the image may have along each axis: tiles differ.
    pub largest: [usize; 3],
    pub kernel: [usize; 3],
    pub field: [usize; 3],
    pub transform: Transform,
}

impl Geometry {
    /// Plans the field for the tiles of an image; what it says of the image is about the first tile's.
    ///
    /// # Errors
    /// [`Error::Argument`] for a field that cannot be addressed.
    pub fn new(tiling: &Tiling, kernel: &Kernel) -> Result<Self> {
        let field = tiling.field();
        let image = tiling.tile(0).input.shape;
        let kernel = effective_shape(tiling.image(), kernel.shape());
        Ok(Self { image, largest: tiling.largest_input(), kernel, field, transform: Transform::new(field)? })
    }

    /// The kernel's samples as they are used here: what cannot reach from one end of the image to the other, or does
    /// not fit the field, is cut off, and the rest sums to 1.
    pub fn samples(&self, kernel: &Kernel) -> Result<Vec<f32>> {
        let used = std::array::from_fn(|axis| self.kernel[axis].min(self.field[axis]));
        cropped(kernel, used)
    }

    /// The extents of [`Geometry::samples`].
    pub fn samples_shape(&self) -> [usize; 3] {
        std::array::from_fn(|axis| self.kernel[axis].min(self.field[axis]))
    }

    /// Voxels of the field.
    pub fn voxels(&self) -> usize {
        self.field.iter().product()
    }

    /// Rows of the field.
    pub fn rows(&self) -> usize {
        self.field[0] * self.field[1]
    }

    /// Voxels of the image.
    pub fn image_voxels(&self) -> usize {
        self.image.iter().product()
    }

    /// The image's planes and rows within the field.
    pub fn support(&self) -> Support {
        Support { planes: self.image[0], rows: self.image[1] }
    }
}

/// The field's spectrum or rows, and the transfer functions between field and image.
pub(super) struct Field {
    pub geometry: Geometry,
    otf: Otf,
    work: Buffer,
    scratch: Buffer,
    /// How often the kernel was replaced.
    kernels: u64,
}

impl Field {
    /// Allocates the field and transforms the kernel.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn new(geometry: Geometry, kernel: &Kernel, storage: Storage, workers: &Workers) -> Result<Self> {
        let transform = &geometry.transform;
        let mut work = Buffer::new("deconvolution field", transform.len())?;
        let mut scratch = Buffer::new("transform scratch", transform.scratch_len(workers.threads()))?;
        let samples = geometry.samples(kernel)?;
        let otf = transform.otf_in(&samples, geometry.samples_shape(), storage, &mut work, &mut scratch, workers)?;
        Ok(Self { geometry, otf, work, scratch, kernels: 0 })
    }

    /// Bytes that [`Field::new`] will hold.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn bytes(geometry: &Geometry, kernel: &Kernel, storage: Storage, threads: usize) -> Result<u64> {
        let transform = &geometry.transform;
        let otf = transform.otf_bytes(&geometry.samples(kernel)?, geometry.samples_shape(), storage)?;
        Ok((Buffer::bytes(transform.len()) + Buffer::bytes(transform.scratch_len(threads)) + otf) as u64)
    }

    /// Bytes held.
    pub fn held_bytes(&self) -> u64 {
        (Buffer::bytes(self.work.len()) + Buffer::bytes(self.scratch.len()) + self.otf.bytes()) as u64
    }

    /// Takes another kernel of the same extents and with the same symmetries; whoever has weights has them made anew.
    ///
    /// # Errors
    /// [`Error::Argument`] for another number of samples.
    pub fn set_kernel(&mut self, samples: &[f32], shape: [usize; 3], workers: &Workers) -> Result<()> {
        self.kernels += 1;
        let transform = &self.geometry.transform;
        transform.replace_otf(&mut self.otf, samples, shape, &mut self.work, &mut self.scratch, workers)
    }

    /// Has `fill` set every row of the field.
    pub fn begin(&mut self, workers: &Workers, fill: RowOp) {
        self.geometry.transform.inner_forward(&mut self.work, &mut self.scratch, workers, fill);
    }

    /// Has `fill` set every row of the image; the rest of the field is 0. [`Field::project`] may follow.
    pub fn begin_image(&mut self, workers: &Workers, fill: RowOp) {
        let width = self.geometry.image[2];
        let support = self.geometry.support();
        let op = |z: usize, y: usize, row: &mut [f32]| {
            let (inside, outside) = row.split_at_mut(width);
            fill(z, y, inside);
            outside.fill(0.0);
        };
        self.geometry.transform.inner_forward_within(&mut self.work, &mut self.scratch, workers, support, &op);
    }

    /// Convolves with the kernel; only the image's planes are made.
    pub fn blur(&mut self, workers: &Workers) {
        let supports = [Support::WHOLE, self.geometry.support()];
        let (transform, work) = (&self.geometry.transform, &mut self.work);
        transform.outer_filter_within(work, &self.otf, false, &mut self.scratch, workers, supports);
    }

    /// Has `op` turn every row of the image into its residuals.
    pub fn compare(&mut self, workers: &Workers, op: RowOp) {
        let width = self.geometry.image[2];
        let support = self.geometry.support();
        let op = |z: usize, y: usize, row: &mut [f32]| {
            let (inside, outside) = row.split_at_mut(width);
            op(z, y, inside);
            outside.fill(0.0);
        };
        self.geometry.transform.inner_round_within(&mut self.work, &mut self.scratch, workers, support, &op);
    }

    /// Correlates residuals of the image with the kernel, every frequency multiplied by `gain` besides.
    pub fn project(&mut self, gain: Gain, workers: &Workers) {
        let supports = [self.geometry.support(), Support::WHOLE];
        let (transform, work) = (&self.geometry.transform, &mut self.work);
        transform.outer_project_within(work, &self.otf, gain, &mut self.scratch, workers, supports);
    }

    /// Correlates the field with the kernel, every frequency multiplied by `gain` besides; only the image's planes are
    /// made.
    pub fn filter(&mut self, gain: Gain, workers: &Workers) {
        let supports = [Support::WHOLE, self.geometry.support()];
        let (transform, work) = (&self.geometry.transform, &mut self.work);
        transform.outer_project_within(work, &self.otf, gain, &mut self.scratch, workers, supports);
    }

    /// Has `op` turn every row of the field, now corrections, into the next estimate.
    pub fn update(&mut self, workers: &Workers, op: RowOp) {
        self.geometry.transform.inner_round(&mut self.work, &mut self.scratch, workers, op);
    }

    /// Shows `op` every row of the field, and transforms nothing more.
    pub fn finish(&mut self, workers: &Workers, op: RowOp) {
        self.geometry.transform.inner_inverse(&mut self.work, &mut self.scratch, workers, op);
    }

    /// Shows `op` every row of the image, and transforms nothing more.
    pub fn finish_image(&mut self, workers: &Workers, op: RowOp) {
        let width = self.geometry.image[2];
        let support = self.geometry.support();
        let op = |z: usize, y: usize, row: &mut [f32]| op(z, y, &mut row[..width]);
        self.geometry.transform.inner_inverse_within(&mut self.work, &mut self.scratch, workers, support, &op);
    }

    /// The weights w = Hᵀ1 of the field.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn weights(&mut self, workers: &Workers) -> Result<Weights> {
        let [_, rows_of_plane, width] = self.geometry.field;
        let values = zeroed("deconvolution weights", self.geometry.voxels())?;
        let mut weights = Weights { values, width, rows_of_plane, image: [0; 3], kernel: 0 };
        self.weigh(&mut weights, workers);
        Ok(weights)
    }

    /// Makes `weights` those of the image that the field now has.
    pub fn weigh(&mut self, weights: &mut Weights, workers: &Workers) {
        if (weights.image, weights.kernel) == (self.geometry.image, self.kernels) {
            return;
        }
        (weights.image, weights.kernel) = (self.geometry.image, self.kernels);
        self.begin_image(workers, &|_, _, row| row.fill(1.0));
        self.project(Gain::ONE, workers);
        self.finish(workers, &|_, _, row| {
            row.iter_mut().for_each(|weight| {
                let rounded = (weight.clamp(0.0, 1.0) * UNIT).round();
                *weight = if rounded >= LEAST * UNIT { rounded } else { 0.0 };
            });
        });
        let (plane_pitch, row_pitch) = (self.geometry.transform.plane_pitch(), self.geometry.transform.row_pitch());
        let planes =
            self.work.chunks(plane_pitch).flat_map(|plane| plane.chunks(row_pitch).take(self.geometry.field[1]));
        for (target, source) in weights.values.chunks_exact_mut(weights.width).zip(planes) {
            target.iter_mut().zip(source).for_each(|(target, source)| *target = *source as u16);
        }
    }

    /// From now on the field is that of an image of `shape`, a tile's; whoever has weights has them made anew.
    pub fn set_image(&mut self, shape: [usize; 3]) {
        self.geometry.image = shape;
    }

    /// Has `op` set the rows of a region of the image, for [`Field::result`].
    pub fn put(&mut self, region: Region, workers: &Workers, op: RowOp) {
        let transform = &self.geometry.transform;
        let (plane_pitch, row_pitch) = (transform.plane_pitch(), transform.row_pitch());
        let [nz, ny, nx] = region.shape;
        let [z, y, x] = region.start;
        let first = z * plane_pitch + y * row_pitch;
        let rows = Slabs::of_mut(&mut self.work, first, nz, plane_pitch, ny * row_pitch, row_pitch);
        workers.each(rows, |_, index, row| op(index / ny, index % ny, &mut row[x..x + nx]));
    }

    /// A region of the image, after [`Field::put`] or [`Field::finish_image`].
    pub fn result(&self, region: Region) -> Pitched<'_> {
        let (plane_pitch, row_pitch) = (self.geometry.transform.plane_pitch(), self.geometry.transform.row_pitch());
        let [z, y, x] = region.start;
        Pitched { samples: &self.work[z * plane_pitch + y * row_pitch + x..], plane_pitch, row_pitch }
    }

    /// Memory that is free between the passes of images: the spectrum's.
    pub fn room(&mut self) -> &mut [f32] {
        &mut self.work
    }
}

/// The share of every voxel's light that reaches the image, in 65535ths; 0 where it is below a hundredth, and the
/// estimate stays 0: there is nothing to be learned about such voxels, and dividing by less would make bright rims.
pub(super) struct Weights {
    values: Vec<u16>,
    width: usize,
    rows_of_plane: usize,
    /// Extents of the image that they are for, and the number of the kernel.
    image: [usize; 3],
    kernel: u64,
}

impl Weights {
    /// Bytes held for a field.
    pub fn bytes(geometry: &Geometry) -> u64 {
        (geometry.voxels() * size_of::<u16>()) as u64
    }

    /// Bytes held.
    pub fn held_bytes(&self) -> u64 {
        size_of_val(&*self.values) as u64
    }

    /// The weights of row (z, y), times [`UNIT`].
    pub fn row(&self, z: usize, y: usize) -> &[u16] {
        &self.values[(z * self.rows_of_plane + y) * self.width..][..self.width]
    }

    /// The sum of the weights.
    pub fn sum(&self) -> f64 {
        let rows = self.values.chunks_exact(self.width);
        rows.map(|row| row.iter().map(|&weight| u64::from(weight)).sum::<u64>()).sum::<u64>() as f64 / f64::from(UNIT)
    }
}

/// Sums that tasks leave row by row and one thread adds in the order of the rows, so that they are the same for any
/// number of threads.
pub(super) struct Sums {
    values: Vec<AtomicU64>,
}

impl Sums {
    /// Room for [`SUMS`] sums of every row.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn new(rows: usize) -> Result<Self> {
        let mut values = Vec::new();
        values.try_reserve_exact(rows * SUMS).map_err(|_| {
            Error::Memory(format!("row sums are {} bytes; this machine could not give that much memory", rows * 8))
        })?;
        values.resize_with(rows * SUMS, AtomicU64::default);
        Ok(Self { values })
    }

    /// Bytes held for a number of rows.
    pub fn bytes(rows: usize) -> u64 {
        (rows * SUMS * size_of::<AtomicU64>()) as u64
    }

    /// Bytes held.
    pub fn held_bytes(&self) -> u64 {
        size_of_val(&*self.values) as u64
    }

    /// Leaves the sums of a row.
    pub fn set(&self, row: usize, sums: [f64; SUMS]) {
        let places = &self.values[row * SUMS..][..SUMS];
        places.iter().zip(sums).for_each(|(place, sum)| place.store(sum.to_bits(), Ordering::Relaxed));
    }

    /// The totals over rows `0..rows`.
    pub fn totals(&self, rows: usize) -> [f64; SUMS] {
        self.totals_on([0.0; SUMS], rows)
    }

    /// `totals` and, one after another, the sums of rows `0..rows`.
    pub fn totals_on(&self, mut totals: [f64; SUMS], rows: usize) -> [f64; SUMS] {
        for row in self.values.chunks_exact(SUMS).take(rows) {
            totals.iter_mut().zip(row).for_each(|(total, sum)| *total += f64::from_bits(sum.load(Ordering::Relaxed)));
        }
        totals
    }
}

/// The sum of `values`: in eight lanes, which vector instructions can add side by side.
#[inline(always)]
pub(super) fn sum(values: &[f32]) -> f64 {
    fold(values, values, |value, _| f64::from(value))
}

/// The sum of |a - b|.
#[inline(always)]
pub(super) fn distance(a: &[f32], b: &[f32]) -> f64 {
    fold(a, b, |a, b| f64::from((a - b).abs()))
}

/// The sum of a b.
#[inline(always)]
pub(super) fn product(a: &[f32], b: &[f32]) -> f64 {
    fold(a, b, |a, b| f64::from(a * b))
}

#[inline(always)]
fn fold(a: &[f32], b: &[f32], term: impl Fn(f32, f32) -> f64) -> f64 {
    let mut lanes = [0.0; 8];
    let ((a, a_rest), (b, b_rest)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            lanes[lane] += term(a[lane], b[lane]);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| term(*a, *b)).sum();
    lanes.iter().sum::<f64>() + rest
}

/// The margin beside an image of `shape` along each axis.
pub(super) fn margins(shape: [usize; 3], kernel: &Kernel, recipe: &Recipe, padding: Padding) -> [usize; 3] {
    let extents = effective_shape(shape, kernel.shape());
    let reach = linear::reach(recipe.algorithm, shape, extents);
    std::array::from_fn(|axis| {
        let full = if recipe.algorithm.inverts() {
            2 * reach[axis]
        } else if recipe.tempering.is_some() {
            reach[axis]
        } else {
            extents[axis] - 1
        };
        match padding {
            Padding::Full => full,
            Padding::Half => full / 2,
            Padding::None => 0,
        }
    })
}

/// A kernel's extents without what cannot reach the image, and without z where the image is a plane: of a 3-D point
/// spread function only the plane in focus is used then.
fn effective_shape(image: [usize; 3], kernel: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|axis| match axis {
        0 if image[0] == 1 => 1,
        _ => kernel[axis],
    })
}

/// The middle of a kernel in `shape`, with the centre at index `shape / 2` again and a sum of 1.
fn cropped(kernel: &Kernel, shape: [usize; 3]) -> Result<Vec<f32>> {
    let full = kernel.shape();
    let first: [usize; 3] = std::array::from_fn(|axis| full[axis] / 2 - shape[axis] / 2);
    let mut samples: Vec<f32> = zeroed("kernel samples", shape.iter().product())?;
    for (index, row) in samples.chunks_exact_mut(shape[2]).enumerate() {
        let (z, y) = (first[0] + index / shape[1], first[1] + index % shape[1]);
        row.copy_from_slice(&kernel.samples()[(z * full[1] + y) * full[2] + first[2]..][..shape[2]]);
    }
    if shape == full {
        return Ok(samples);
    }
    let sum: f64 = samples.iter().map(|&sample| f64::from(sample)).sum();
    if sum <= 0.0 {
        return Err(Error::Argument(format!(
            "the psf's middle {shape:?} sums to {sum}; what is used for this image must sum to more than 0"
        )));
    }
    samples.iter_mut().for_each(|sample| *sample = (f64::from(*sample) / sum) as f32);
    Ok(samples)
}

/// Weights are stored as multiples of 1 / UNIT.
pub(super) const UNIT: f32 = 65535.0;
/// Sums a row.
pub(super) const SUMS: usize = 5;
/// Voxels of which less than this share of light reaches the image stay 0.
const LEAST: f32 = 0.01;
