//! The plan of a transform, and its passes.

use super::otf::{Form, Otf, Symmetry};
use super::simd::{Op, Passes, Work};
use super::{Buffer, Gain, Storage};

use crate::error::{Error, Result};
use crate::runtime::Workers;
use crate::simd::Lanes;

/// A planned real transform of a volume (z, y, x), in place.
///
/// Row (z, y) starts at `z * plane_pitch() + y * row_pitch()` and holds the samples of x while the volume is real; the
/// floats between rows and planes, and all of them while it is a spectrum, belong to the transform. Volumes that start
/// on a cache line ([`Buffer`]) are fastest.
///
/// Panics of every pass: when `volume` has fewer than [`len`](Self::len) floats or `scratch` fewer than
/// [`scratch_len`](Self::scratch_len).
pub struct Transform {
    pub(super) passes: Passes,
}

/// The leading planes and rows of a volume that matter: the rest is zero where a pass reads, and not needed where it
/// writes. In padded volumes whose image lies at the origin, passes skip the padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Support {
    /// Planes z below matter.
    pub planes: usize,
    /// Rows y below matter.
    pub rows: usize,
}

impl Support {
    /// Everything matters.
    pub const WHOLE: Self = Self { planes: usize::MAX, rows: usize::MAX };
}

impl Transform {
    /// Plans a transform of `shape` (z, y, x), each at least 1; planes have one z, rows one y too.
    ///
    /// # Errors
    /// [`Error::Argument`] for an axis of 0 or more than 4194304 points, or a volume that cannot be addressed.
    pub fn new(shape: [usize; 3]) -> Result<Self> {
        Self::with_lanes(shape, Lanes::best())
    }

    /// As [`Transform::new`], with vector instructions of the caller's choice: results differ by rounding.
    ///
    /// # Errors
    /// As [`Transform::new`]; [`Error::Unsupported`] for instructions that this machine lacks.
    pub fn with_lanes(shape: [usize; 3], lanes: Lanes) -> Result<Self> {
        let text = || format!("transform shape is {} x {} x {}", shape[0], shape[1], shape[2]);
        if shape.iter().any(|&n| n == 0 || n > LONGEST) {
            return Err(Error::Argument(format!("{}; every axis must be 1 to {LONGEST}", text())));
        }
        let padded = [shape[0], shape[1] + 1, shape[2] + 128].into_iter().try_fold(8, usize::checked_mul);
        if padded.is_none_or(|bytes| bytes > isize::MAX as usize) {
            return Err(Error::Argument(format!("{}; the volume must be addressable", text())));
        }
        if !Lanes::available().any(|available| available == lanes) {
            return Err(Error::Unsupported(format!("vector instructions are {lanes:?}; this machine lacks them")));
        }
        Ok(Self { passes: Passes::new(shape, lanes) })
    }

    /// Samples along z, y and x.
    pub fn shape(&self) -> [usize; 3] {
        self.passes.shape
    }

    /// Floats from one row to the next.
    pub fn row_pitch(&self) -> usize {
        self.passes.row_pitch
    }

    /// Floats from one plane to the next.
    pub fn plane_pitch(&self) -> usize {
        self.passes.plane_pitch
    }

    /// Floats of a volume.
    pub fn len(&self) -> usize {
        self.passes.len()
    }

    /// Whether a volume has no float: never.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Floats of scratch that passes on `workers` workers need; its contents do not matter.
    pub fn scratch_len(&self, workers: usize) -> usize {
        self.passes.scratch_len(workers)
    }

    /// Transforms real rows into the spectrum.
    pub fn forward(&self, volume: &mut [f32], scratch: &mut [f32], workers: &Workers) {
        let work = Work { inverse: false, op: None, forward: true };
        self.passes.inner(volume, scratch, workers, Support::WHOLE, work);
        self.passes.outer(volume, scratch, workers, false);
    }

    /// Transforms the spectrum into real rows, without the factor: `inverse(forward(v))` is v times the number of
    /// samples.
    pub fn inverse(&self, volume: &mut [f32], scratch: &mut [f32], workers: &Workers) {
        let work = Work { inverse: true, op: None, forward: false };
        self.passes.outer(volume, scratch, workers, true);
        self.passes.inner(volume, scratch, workers, Support::WHOLE, work);
    }

    /// Has `fill(z, y, row)` set every sample of every row, and transforms the inner axes: x and y of volumes, x of
    /// planes and rows. What the volume held before does not matter.
    pub fn inner_forward(&self, volume: &mut [f32], scratch: &mut [f32], workers: &Workers, fill: Op) {
        self.inner_forward_within(volume, scratch, workers, Support::WHOLE, fill);
    }

    /// Transforms the inner axes back, has `op(z, y, row)` change every row, and transforms them forward again.
    pub fn inner_round(&self, volume: &mut [f32], scratch: &mut [f32], workers: &Workers, op: Op) {
        self.inner_round_within(volume, scratch, workers, Support::WHOLE, op);
    }

    /// Transforms the inner axes back and shows `op(z, y, row)` every row.
    pub fn inner_inverse(&self, volume: &mut [f32], scratch: &mut [f32], workers: &Workers, op: Op) {
        self.inner_inverse_within(volume, scratch, workers, Support::WHOLE, op);
    }

    /// Transforms the outer axis (z of volumes, y of planes), multiplies the spectrum by `otf` or its conjugate, and
    /// transforms the outer axis back: between [`inner_forward`](Self::inner_forward) and
    /// [`inner_inverse`](Self::inner_inverse) that is a circular convolution, or correlation, with the kernel.
    ///
    /// # Panics
    /// Also when `otf` was made for another shape or other instructions.
    pub fn outer_filter(&self, volume: &mut [f32], otf: &Otf, conjugate: bool, scratch: &mut [f32], workers: &Workers) {
        self.outer_filter_within(volume, otf, conjugate, scratch, workers, [Support::WHOLE; 2]);
    }

    /// [`inner_forward`](Self::inner_forward) of a volume that is zero outside `support`: only rows within are filled.
    /// The next pass must be [`outer_filter_within`](Self::outer_filter_within) from the same support.
    pub fn inner_forward_within(
        &self,
        volume: &mut [f32],
        scratch: &mut [f32],
        workers: &Workers,
        support: Support,
        fill: Op,
    ) {
        let work = Work { inverse: false, op: Some(fill), forward: true };
        self.passes.inner(volume, scratch, workers, support, work);
    }

    /// [`inner_round`](Self::inner_round) of which only rows within `support` are made and shown to `op`; the others
    /// are zero afterwards. The pass before must be [`outer_filter_within`](Self::outer_filter_within) to this support
    /// or a larger one, the next the same from it.
    pub fn inner_round_within(
        &self,
        volume: &mut [f32],
        scratch: &mut [f32],
        workers: &Workers,
        support: Support,
        op: Op,
    ) {
        let work = Work { inverse: true, op: Some(op), forward: true };
        self.passes.inner(volume, scratch, workers, support, work);
    }

    /// [`inner_inverse`](Self::inner_inverse) of which only rows within `support` are made and shown to `op`; the
    /// others hold nothing of use afterwards.
    pub fn inner_inverse_within(
        &self,
        volume: &mut [f32],
        scratch: &mut [f32],
        workers: &Workers,
        support: Support,
        op: Op,
    ) {
        let work = Work { inverse: true, op: Some(op), forward: false };
        self.passes.inner(volume, scratch, workers, support, work);
    }

    /// [`outer_filter`](Self::outer_filter) from a volume that is zero outside `from` to one of which only `to` is
    /// wanted: `[from, to]`.
    ///
    /// # Panics
    /// As [`outer_filter`](Self::outer_filter).
    pub fn outer_filter_within(
        &self,
        volume: &mut [f32],
        otf: &Otf,
        conjugate: bool,
        scratch: &mut [f32],
        workers: &Workers,
        supports: [Support; 2],
    ) {
        self.passes.filter(volume, scratch, workers, otf, conjugate, None, supports);
    }

    /// As [`outer_filter_within`](Self::outer_filter_within) with the conjugate of `otf`, every frequency multiplied by
    /// `gain` besides.
    ///
    /// # Panics
    /// As [`outer_filter`](Self::outer_filter).
    pub fn outer_project_within(
        &self,
        volume: &mut [f32],
        otf: &Otf,
        gain: Gain,
        scratch: &mut [f32],
        workers: &Workers,
        supports: [Support; 2],
    ) {
        let gain = gain.stored(self.shape());
        self.passes.filter(volume, scratch, workers, otf, true, gain, supports);
    }

    /// The transfer function of `kernel`, packed samples of `kernel_shape` (z, y, x) whose centre is at index
    /// `kernel_shape / 2` of every axis. A volume is allocated for the time of the call.
    ///
    /// # Errors
    /// [`Error::Argument`] for a kernel that is empty, larger than the transform, or of another number of samples than
    /// its shape says; [`Error::Memory`].
    pub fn otf(&self, kernel: &[f32], kernel_shape: [usize; 3], scratch: &mut [f32], workers: &Workers) -> Result<Otf> {
        let mut volume = Buffer::new("kernel volume", self.len())?;
        self.otf_in(kernel, kernel_shape, Storage::Single, &mut volume, scratch, workers)
    }

    /// [`Transform::otf`], kept as `storage` says, with a volume of the caller's for the time of the call.
    ///
    /// # Errors
    /// As [`Transform::otf`].
    pub fn otf_in(
        &self,
        kernel: &[f32],
        kernel_shape: [usize; 3],
        storage: Storage,
        volume: &mut [f32],
        scratch: &mut [f32],
        workers: &Workers,
    ) -> Result<Otf> {
        self.transform_kernel(kernel, kernel_shape, volume, scratch, workers)?;
        Otf::extract(&self.passes, Symmetry::of(kernel, kernel_shape, self.shape()), volume, storage)
    }

    /// Makes `otf`, one of this transform's, that of another kernel, which must have the symmetries of the one before:
    /// what departs from them is lost. Nothing is allocated.
    ///
    /// # Errors
    /// [`Error::Argument`] as [`Transform::otf`].
    pub fn replace_otf(
        &self,
        otf: &mut Otf,
        kernel: &[f32],
        kernel_shape: [usize; 3],
        volume: &mut [f32],
        scratch: &mut [f32],
        workers: &Workers,
    ) -> Result<()> {
        self.transform_kernel(kernel, kernel_shape, volume, scratch, workers)?;
        otf.take(&self.passes, volume);
        Ok(())
    }

    fn transform_kernel(
        &self,
        kernel: &[f32],
        kernel_shape: [usize; 3],
        volume: &mut [f32],
        scratch: &mut [f32],
        workers: &Workers,
    ) -> Result<()> {
        self.check_kernel(kernel, kernel_shape)?;
        let work =
            Work { inverse: false, op: Some(&|z, y, row| self.wrap(kernel, kernel_shape, z, y, row)), forward: true };
        self.passes.inner(volume, scratch, workers, Support::WHOLE, work);
        self.passes.outer(volume, scratch, workers, false);
        Ok(())
    }

    /// Bytes that [`Transform::otf_in`] of this kernel will hold, known before anything is allocated.
    ///
    /// # Errors
    /// [`Error::Argument`] as [`Transform::otf`].
    pub fn otf_bytes(&self, kernel: &[f32], kernel_shape: [usize; 3], storage: Storage) -> Result<usize> {
        self.check_kernel(kernel, kernel_shape)?;
        let form = Form::new(&self.passes, Symmetry::of(kernel, kernel_shape, self.shape()));
        Ok(form.bytes(storage))
    }

    fn check_kernel(&self, kernel: &[f32], [nz, ny, nx]: [usize; 3]) -> Result<()> {
        let [z, y, x] = self.shape();
        let fits = (1..=z).contains(&nz) && (1..=y).contains(&ny) && (1..=x).contains(&nx);
        if !fits {
            return Err(Error::Argument(format!(
                "kernel shape is {nz} x {ny} x {nx}; every axis must be 1 to that of the volume, {z} x {y} x {x}"
            )));
        }
        if kernel.len() != nz * ny * nx {
            let samples = kernel.len();
            return Err(Error::Argument(format!("kernel holds {samples} samples; its shape has {}", nz * ny * nx)));
        }
        Ok(())
    }

    /// Row (z, y) of the kernel with its centre at the origin, wrapped around.
    fn wrap(&self, kernel: &[f32], shape: [usize; 3], z: usize, y: usize, row: &mut [f32]) {
        // The kernel's index at `at`, for a kernel of n samples in a volume of `full`.
        let index = |at: usize, n: usize, full: usize| Some((at + n / 2) % full).filter(|&index| index < n);
        row.fill(0.0);
        let (Some(z), Some(y)) = (index(z, shape[0], self.shape()[0]), index(y, shape[1], self.shape()[1])) else {
            return;
        };
        let (n, full) = (shape[2], row.len());
        let samples = &kernel[(z * shape[1] + y) * n..][..n];
        let (left, right) = samples.split_at(n / 2);
        row[..right.len()].copy_from_slice(right);
        row[full - left.len()..].copy_from_slice(left);
    }
}

/// Twiddle factors of a longer axis would take more than a moment to make.
const LONGEST: usize = 1 << 22;
