//! One-dimensional complex transforms of a tile: `LANES` columns side by side, a vector of real parts and one of
//! imaginary parts for every point.

use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

use super::tile::Extent;
use super::vector::Vector;

/// The points of `LANES` neighbouring columns: point i has its real parts at `re + i * step`, its imaginary parts at
/// `im + i * step`. Exchanging `re` and `im` on the way in and out turns a forward transform into an inverse one.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    pub re: *mut f32,
    pub im: *mut f32,
    pub step: usize,
}

impl Columns {
    /// Points of interleaved blocks, `lanes` real parts followed by `lanes` imaginary ones, `step` floats apart.
    pub(super) fn blocks(start: *mut f32, lanes: usize, step: usize) -> Self {
        Self { re: start, im: start.wrapping_add(lanes), step }
    }

    /// The same points with real and imaginary parts exchanged.
    pub(super) fn exchanged(self) -> Self {
        Self { re: self.im, im: self.re, step: self.step }
    }
}

/// The plan of a forward transform of `len` points.
pub(in crate::fft) struct Line {
    len: usize,
    fallback: Arc<dyn Fft<f32>>,
}

impl Line {
    pub(in crate::fft) fn new(len: usize) -> Self {
        Self { len, fallback: FftPlanner::new().plan_fft_forward(len) }
    }

    /// Points of the transform.
    pub(in crate::fft) fn len(&self) -> usize {
        self.len
    }

    /// Floats of scratch that [`Line::run`] needs.
    pub(in crate::fft) fn scratch_len(&self) -> usize {
        2 * (self.len + self.fallback.get_inplace_scratch_len())
    }

    /// Transforms `source` into `target`, or into one of the tiles `spare` where there is none; returns that tile.
    /// Of the source only the `filled` points are read and the others taken as zero, of the target only the `wanted`
    /// points are written. The inverse lacks its factor 1 / len.
    ///
    /// # Safety
    /// Source and target, which may be the same, are valid for `V::LANES` real and imaginary parts at every point that
    /// `extent` names; the tiles `spare` for `len` points, the first of them apart from the source; `work` for
    /// [`Line::scratch_len`] floats apart from all of these.
    #[inline(always)]
    pub(super) unsafe fn run<V: Vector>(
        &self,
        inverse: bool,
        source: Columns,
        target: Option<Columns>,
        extent: Extent,
        spare: [*mut f32; 2],
        work: *mut f32,
    ) -> *mut f32 {
        let target = target.unwrap_or(Columns::blocks(spare[0], V::LANES, 2 * V::LANES));
        let (source, target) = if inverse { (source.exchanged(), target.exchanged()) } else { (source, target) };
        let extra = self.fallback.get_inplace_scratch_len();
        // SAFETY: points and work are valid by this function's contract; Complex32 is two floats without padding.
        unsafe {
            let points = std::slice::from_raw_parts_mut(work.cast::<Complex32>(), self.len);
            let work = std::slice::from_raw_parts_mut(work.cast::<Complex32>().add(self.len), extra);
            for lane in 0..V::LANES {
                for (at, point) in points.iter_mut().enumerate() {
                    let offset = at * source.step + lane;
                    *point = if at < extent.filled {
                        Complex32::new(*source.re.add(offset), *source.im.add(offset))
                    } else {
                        Complex32::default()
                    };
                }
                self.fallback.process_with_scratch(points, work);
                for (at, point) in points.iter().enumerate().take(extent.wanted) {
                    let offset = at * target.step + lane;
                    *target.re.add(offset) = point.re;
                    *target.im.add(offset) = point.im;
                }
            }
        }
        spare[0]
    }
}
