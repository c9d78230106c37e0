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

use super::border::{cropped, effective_shape};
use super::weights::{MIN_SHARE, UNIT, Weights};
use crate::error::Result;
use crate::fft::{Buffer, Gain, Otf, Storage, Support, Transform};
use crate::image::{Pitched, Region, Source};
use crate::psf::Kernel;
use crate::runtime::{Job, Slabs, Workers};
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
        let image = tiling.tile(0).shape;
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
    /// [`Error::Memory`]; [`Error::Cancelled`].
    pub fn new(geometry: Geometry, kernel: &Kernel, storage: Storage, job: Job) -> Result<Self> {
        let transform = &geometry.transform;
        let workers = job.workers();
        let mut work = Buffer::within(job, "deconvolution field", transform.len())?;
        let mut scratch = Buffer::within(job, "transform scratch", transform.scratch_len(workers.threads()))?;
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
    /// [`Error::Memory`]; [`Error::Cancelled`].
    pub fn weights(&mut self, job: Job) -> Result<Weights> {
        let [_, rows_of_plane, width] = self.geometry.field;
        let values = job.zeroed("deconvolution weights", self.geometry.voxels())?;
        let mut weights = Weights { values, width, rows_of_plane, image: [0; 3], kernel: 0 };
        self.weigh(&mut weights, None, Region::whole(self.geometry.image), job.workers());
        Ok(weights)
    }

    /// Makes `weights` those of the image that the field now has; `gaps` is the image where some samples were not measured,
    /// and are NaN: no light reaches these. The result is how many they are in the image and in its `core`.
    pub fn weigh(&mut self, weights: &mut Weights, gaps: Option<Source>, core: Region, workers: &Workers) -> [u64; 2] {
        if gaps.is_none() && (weights.image, weights.kernel) == (self.geometry.image, self.kernels) {
            return [0; 2];
        }
        (weights.image, weights.kernel) = (if gaps.is_some() { [0; 3] } else { self.geometry.image }, self.kernels);
        let missing = [const { AtomicU64::new(0) }; 2];
        let [planes, rows, columns] = core.ranges();
        self.begin_image(workers, &|z, y, row| {
            row.fill(1.0);
            let Some(image) = gaps else { return };
            image.runs(z, y, row.len(), |x, samples| {
                for (weight, sample) in row[x..].iter_mut().zip(samples) {
                    *weight = if sample.is_nan() { 0.0 } else { 1.0 };
                }
            });
            let count = |row: &[f32]| row.iter().filter(|weight| **weight == 0.0).count() as u64;
            missing[0].fetch_add(count(row), Ordering::Relaxed);
            if planes.contains(&z) && rows.contains(&y) {
                missing[1].fetch_add(count(&row[columns.clone()]), Ordering::Relaxed);
            }
        });
        self.project(Gain::ONE, workers);
        self.finish(workers, &|_, _, row| {
            row.iter_mut().for_each(|weight| {
                let rounded = (weight.clamp(0.0, 1.0) * UNIT).round();
                *weight = if rounded >= MIN_SHARE * UNIT { rounded } else { 0.0 };
            });
        });
        let (plane_pitch, row_pitch) = (self.geometry.transform.plane_pitch(), self.geometry.transform.row_pitch());
        let planes =
            self.work.chunks(plane_pitch).flat_map(|plane| plane.chunks(row_pitch).take(self.geometry.field[1]));
        for (target, source) in weights.values.chunks_exact_mut(weights.width).zip(planes) {
            target.iter_mut().zip(source).for_each(|(target, source)| *target = *source as u16);
        }
        missing.map(AtomicU64::into_inner)
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
    pub fn scratch(&mut self) -> &mut [f32] {
        &mut self.work
    }
}
