//! One-dimensional complex transforms of a tile: `LANES` columns side by side, a vector of real parts and one of
//! imaginary parts for every point.

use std::f64::consts::TAU;
use std::sync::Arc;

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

use super::columns::{Columns, Extent, Stage};
use super::columnwise::Columnwise;
use super::stage;
use crate::fft::size::radices;

/// The plan of a forward transform of `len` points.
pub(in crate::fft) struct Line {
    len: usize,
    stages: Vec<Planned>,
    /// For lengths with large primes, one column at a time.
    fallback: Option<Arc<dyn Fft<f32>>>,
}

/// A stage of a line: its radix and twiddle factors.
struct Planned {
    radix: usize,
    twiddles: Vec<f32>,
}

impl Line {
    pub(in crate::fft) fn new(len: usize) -> Self {
        let Some(radices) = radices(len) else {
            let fallback = FftPlanner::new().plan_fft_forward(len);
            return Self { len, stages: Vec::new(), fallback: Some(fallback) };
        };
        let mut rest = len;
        let stages = radices.into_iter().map(|radix| {
            let n = rest;
            rest /= radix;
            let groups = if rest > 1 { 0..rest } else { 0..0 };
            let factors = groups.flat_map(|p| (1..radix).map(move |j| p * j)).flat_map(|turn| {
                let angle = -TAU * turn as f64 / n as f64;
                [angle.cos() as f32, angle.sin() as f32]
            });
            Planned { radix, twiddles: factors.collect() }
        });
        Self { len, stages: stages.collect(), fallback: None }
    }

    /// Points of the transform.
    pub(in crate::fft) fn len(&self) -> usize {
        self.len
    }

    /// Floats of scratch that [`Line::run`] needs.
    pub(in crate::fft) fn scratch_len(&self) -> usize {
        self.fallback.as_ref().map_or(0, |fft| 2 * (self.len + fft.get_inplace_scratch_len()))
    }

    /// Transforms `source` into `target`, or into one of the tiles `spare` where there is none; returns that tile.
    /// Of the source only the `filled` points are read and the others taken as zero, of the target only the `wanted`
    /// points are written. The inverse lacks its factor 1 / len.
    ///
    /// # Safety
    /// The machine has the instructions of V. Source and target, which may be the same, are valid for `V::LANES` real
    /// and imaginary parts at every point that `extent` names; the tiles `spare` for `len` points, the first of them
    /// apart from the source, the second perhaps the source itself; `work` for [`Line::scratch_len`] floats apart from
    /// all of these.
    #[inline(always)]
    pub(super) unsafe fn run<V: Columnwise>(
        &self,
        inverse: bool,
        source: Columns,
        target: Option<Columns>,
        extent: Extent,
        spare: [*mut f32; 2],
        work: *mut f32,
    ) -> *mut f32 {
        let turn = |columns: Columns| if inverse { columns.exchanged() } else { columns };
        let local = |stage: usize| Columns::blocks(spare[stage % 2], V::LANES, 2 * V::LANES);
        if let Some(fft) = &self.fallback {
            let (source, target) = (turn(source), turn(target.unwrap_or(local(0))));
            // SAFETY: passed on.
            unsafe { one_by_one(fft.as_ref(), V::LANES, source, target, extent, work) };
            return spare[0];
        }
        let last = self.stages.len() - 1;
        let mut repeats = 1;
        for (at, planned) in self.stages.iter().enumerate() {
            let stage = Stage {
                radix: planned.radix,
                groups: self.len / (repeats * planned.radix),
                repeats,
                twiddles: planned.twiddles.as_ptr(),
                source: if at == 0 { turn(source) } else { local(at - 1) },
                target: if at == last { turn(target.unwrap_or(local(at))) } else { local(at) },
                filled: if at == 0 { extent.filled } else { self.len },
                wanted: if at == last { extent.wanted } else { self.len },
            };
            // SAFETY: the points are valid by this function's contract. A stage reads one tile and writes another, but
            // for the only stage of a line, which is one butterfly.
            unsafe { stage::run::<V>(&stage) };
            repeats *= planned.radix;
        }
        spare[last % 2]
    }
}

/// Transforms one lane after the other.
///
/// # Safety
/// As for [`Line::run`].
unsafe fn one_by_one(
    fft: &dyn Fft<f32>,
    lanes: usize,
    source: Columns,
    target: Columns,
    extent: Extent,
    work: *mut f32,
) {
    // SAFETY: points and work are valid by this function's contract; Complex32 is two floats without padding.
    unsafe {
        let points = std::slice::from_raw_parts_mut(work.cast::<Complex32>(), fft.len());
        let work = work.cast::<Complex32>().add(fft.len());
        let work = std::slice::from_raw_parts_mut(work, fft.get_inplace_scratch_len());
        for lane in 0..lanes {
            for (at, point) in points.iter_mut().enumerate() {
                let offset = at * source.step + lane;
                *point = if at < extent.filled {
                    Complex32::new(*source.re.add(offset), *source.im.add(offset))
                } else {
                    Complex32::default()
                };
            }
            fft.process_with_scratch(points, work);
            for (at, point) in points.iter().enumerate().take(extent.wanted) {
                let offset = at * target.step + lane;
                *target.re.add(offset) = point.re;
                *target.im.add(offset) = point.im;
            }
        }
    }
}
