//! Real transforms along rows: `LANES` rows are transposed into a tile, transformed side by side as complex rows of
//! half the length, and split into the spectrum of the real row lane by lane.
//!
//! In place, a row of `n` floats becomes `n / 2 + 1` complex points in blocks of `LANES` real parts followed by
//! `LANES` imaginary parts, so that columns of blocks need no shuffles afterwards.

use std::f64::consts::TAU;

use super::columns::{Columns, Extent};
use super::columnwise::Columnwise;
use super::line::Line;
use super::tile::Buffers;
use crate::simd::Vector;

/// The plan of a real transform of `len` points.
pub(in crate::fft) struct RealLine {
    len: usize,
    line: Line,
    /// cos and sin of -2 pi k / len for k up to len / 4, for even lengths.
    twiddles: Vec<f32>,
}

impl RealLine {
    pub(in crate::fft) fn new(len: usize) -> Self {
        // An odd row has no halves; it is transformed as a complex row without imaginary part.
        let (points, twiddles) = if len.is_multiple_of(2) { (len / 2, len / 4 + 1) } else { (len, 0) };
        let twiddles = (0..twiddles).flat_map(|k| {
            let angle = -TAU * k as f64 / len as f64;
            [angle.cos() as f32, angle.sin() as f32]
        });
        Self { len, line: Line::new(points), twiddles: twiddles.collect() }
    }

    /// Points of the spectrum of a real row.
    pub(in crate::fft) fn spectrum(&self) -> usize {
        self.len / 2 + 1
    }

    /// Points that a tile of rows needs in each of its two buffers.
    pub(in crate::fft) fn points(&self, lanes: usize) -> usize {
        self.spectrum().next_multiple_of(lanes).max(self.line.len())
    }

    /// Floats of scratch beside the buffers.
    pub(in crate::fft) fn scratch_len(&self) -> usize {
        self.line.scratch_len()
    }

    fn is_halved(&self) -> bool {
        self.len.is_multiple_of(2)
    }
}

/// Transforms `count` rows at `rows`, `pitch` floats apart, in place.
///
/// # Safety
/// `1 <= count <= V::LANES`; every row is valid for its blocks; `buffers` has room for `real.points(V::LANES)` points.
#[inline(always)]
pub(super) unsafe fn forward<V: Columnwise>(
    real: &RealLine,
    rows: *mut f32,
    pitch: usize,
    count: usize,
    buffers: &Buffers,
) {
    let lanes = V::LANES;
    // SAFETY: all accesses stay within the rows and buffers that the caller vouches for.
    unsafe {
        let source = buffers.first;
        if real.is_halved() {
            read_rows::<V>(rows, pitch, count, real.len, source, lanes);
        } else {
            read_rows::<V>(rows, pitch, count, real.len, source, 2 * lanes);
            (0..real.len).for_each(|at| V::splat(0.0).store(source.add((2 * at + 1) * lanes)));
        }
        let result = run_local::<V>(&real.line, false, buffers);
        let points = Columns::blocks(result, lanes, 2 * lanes);
        if real.is_halved() {
            split::<V>(real, points);
        }
        let padded = real.spectrum().next_multiple_of(lanes);
        for at in 2 * real.spectrum()..2 * padded {
            V::splat(0.0).store(result.add(at * lanes));
        }
        for block in (0..padded).step_by(lanes) {
            let target = rows.add(2 * block);
            write_square::<V>(points.re.add(block * points.step), points.step, target, pitch, count);
            write_square::<V>(points.im.add(block * points.step), points.step, target.add(lanes), pitch, count);
        }
    }
}

/// The inverse of [`forward`] without its factor: rows come back `len` times as large.
///
/// # Safety
/// As for [`forward`].
#[inline(always)]
pub(super) unsafe fn inverse<V: Columnwise>(
    real: &RealLine,
    rows: *mut f32,
    pitch: usize,
    count: usize,
    buffers: &Buffers,
) {
    let lanes = V::LANES;
    // SAFETY: all accesses stay within the rows and buffers that the caller vouches for.
    unsafe {
        let points = Columns::blocks(buffers.first, lanes, 2 * lanes);
        for block in (0..real.spectrum()).step_by(lanes) {
            let from = rows.add(2 * block);
            read_square::<V>(from, pitch, count, points.re.add(block * points.step), points.step);
            read_square::<V>(from.add(lanes), pitch, count, points.im.add(block * points.step), points.step);
        }
        if real.is_halved() {
            merge::<V>(real, points);
        } else {
            extend::<V>(real, points);
        }
        let result = run_local::<V>(&real.line, true, buffers);
        let step = if real.is_halved() { lanes } else { 2 * lanes };
        write_rows::<V>(result, step, rows, pitch, count, real.len);
    }
}

/// Transforms the first tile, and returns the one that holds the result.
#[inline(always)]
unsafe fn run_local<V: Columnwise>(line: &Line, inverse: bool, buffers: &Buffers) -> *mut f32 {
    let source = Columns::blocks(buffers.first, V::LANES, 2 * V::LANES);
    let extent = Extent { filled: line.len(), wanted: line.len() };
    // SAFETY: the caller's buffers have room for the line.
    unsafe { line.run::<V>(inverse, source, None, extent, [buffers.second, buffers.first], buffers.work) }
}

/// Makes the spectrum X of the real row from the transform Z of its even samples plus i times its odd ones:
/// with m = len / 2, E = (Z[k] + conj Z[m - k]) / 2 and T = exp(-2 pi i k / len) (Z[k] - conj Z[m - k]) / 2i,
/// X[k] = E + T and X[m - k] = conj(E - T).
#[inline(always)]
unsafe fn split<V: Vector>(real: &RealLine, points: Columns) {
    let half = real.line.len();
    // SAFETY: points 0..=half are valid by the caller's contract.
    unsafe {
        let scale = V::splat(0.5);
        let first = (V::load(points.re), V::load(points.im));
        put(points, 0, (first.0.add(first.1), V::splat(0.0)));
        put(points, half, (first.0.sub(first.1), V::splat(0.0)));
        for k in 1..=half / 2 {
            let (near, far) = (get::<V>(points, k), get::<V>(points, half - k));
            let even = (near.0.add(far.0).mul(scale), near.1.sub(far.1).mul(scale));
            // (Z[k] - conj Z[m - k]) / 2i
            let odd = (near.1.add(far.1).mul(scale), far.0.sub(near.0).mul(scale));
            let (cos, sin) = (V::splat(real.twiddles[2 * k]), V::splat(real.twiddles[2 * k + 1]));
            let turned = (odd.1.mul_sub_from(sin, odd.0.mul(cos)), odd.1.mul_add(cos, odd.0.mul(sin)));
            put(points, half - k, (even.0.sub(turned.0), turned.1.sub(even.1)));
            put(points, k, (even.0.add(turned.0), even.1.add(turned.1)));
        }
    }
}

/// The inverse of [`split`], twice as large: with E = X[k] + conj X[m - k] and
/// T = exp(2 pi i k / len) (X[k] - conj X[m - k]), Z[k] = E + iT and Z[m - k] = conj(E - iT).
#[inline(always)]
unsafe fn merge<V: Vector>(real: &RealLine, points: Columns) {
    let half = real.line.len();
    // SAFETY: points 0..=half are valid by the caller's contract.
    unsafe {
        // The imaginary parts of these two are zero but for rounding.
        let (first, last) = (V::load(points.re), V::load(points.re.add(half * points.step)));
        put(points, 0, (first.add(last), first.sub(last)));
        for k in 1..=half / 2 {
            let (near, far) = (get::<V>(points, k), get::<V>(points, half - k));
            let even = (near.0.add(far.0), near.1.sub(far.1));
            let odd = (near.0.sub(far.0), near.1.add(far.1));
            let (cos, sin) = (V::splat(real.twiddles[2 * k]), V::splat(real.twiddles[2 * k + 1]));
            // conj(twiddle) * odd
            let turned = (odd.1.mul_add(sin, odd.0.mul(cos)), odd.0.mul_sub_from(sin, odd.1.mul(cos)));
            put(points, half - k, (even.0.add(turned.1), turned.0.sub(even.1)));
            put(points, k, (even.0.sub(turned.1), even.1.add(turned.0)));
        }
    }
}

/// Fills in the points above the middle of an odd row's spectrum, X[len - k] = conj X[k].
#[inline(always)]
unsafe fn extend<V: Vector>(real: &RealLine, points: Columns) {
    // SAFETY: points 0..len are valid by the caller's contract.
    unsafe {
        V::splat(0.0).store(points.im);
        for k in 1..real.spectrum() {
            let (re, im) = get::<V>(points, k);
            put(points, real.len - k, (re, V::splat(0.0).sub(im)));
        }
    }
}

#[inline(always)]
unsafe fn get<V: Vector>(points: Columns, at: usize) -> (V, V) {
    // SAFETY: the caller names a valid point.
    unsafe { (V::load(points.re.add(at * points.step)), V::load(points.im.add(at * points.step))) }
}

#[inline(always)]
unsafe fn put<V: Vector>(points: Columns, at: usize, value: (V, V)) {
    // SAFETY: the caller names a valid point.
    unsafe {
        value.0.store(points.re.add(at * points.step));
        value.1.store(points.im.add(at * points.step));
    }
}

/// Reads `len` floats of each row into vectors `step` floats apart.
#[inline(always)]
unsafe fn read_rows<V: Vector>(
    rows: *const f32,
    pitch: usize,
    count: usize,
    len: usize,
    target: *mut f32,
    step: usize,
) {
    // SAFETY: whole squares end within `len`, the rest goes float by float.
    unsafe {
        let whole = len - len % V::LANES;
        for at in (0..whole).step_by(V::LANES) {
            read_square::<V>(rows.add(at), pitch, count, target.add(at * step), step);
        }
        for at in whole..len {
            for lane in 0..V::LANES {
                *target.add(at * step + lane) = if lane < count { *rows.add(lane * pitch + at) } else { 0.0 };
            }
        }
    }
}

/// Writes `len` floats of each row from vectors `step` floats apart.
#[inline(always)]
unsafe fn write_rows<V: Vector>(
    source: *const f32,
    step: usize,
    rows: *mut f32,
    pitch: usize,
    count: usize,
    len: usize,
) {
    // SAFETY: whole squares end within `len`, the rest goes float by float.
    unsafe {
        let whole = len - len % V::LANES;
        for at in (0..whole).step_by(V::LANES) {
            write_square::<V>(source.add(at * step), step, rows.add(at), pitch, count);
        }
        for at in whole..len {
            for lane in 0..count {
                *rows.add(lane * pitch + at) = *source.add(at * step + lane);
            }
        }
    }
}

/// Reads a square of which `count` rows exist; the lanes of the others are zero.
#[inline(always)]
unsafe fn read_square<V: Vector>(rows: *const f32, pitch: usize, count: usize, target: *mut f32, step: usize) {
    // SAFETY: only rows below `count` are read.
    unsafe {
        if count == V::LANES {
            V::transpose(rows, pitch, target, step);
        } else {
            read_part(rows, pitch, count, target, step, V::LANES);
        }
    }
}

/// Not inlined, as [`write_part`]: the loops would be written out for each kind of lanes, 100 KB in all.
#[cold]
#[inline(never)]
unsafe fn read_part(rows: *const f32, pitch: usize, count: usize, target: *mut f32, step: usize, lanes: usize) {
    for at in 0..lanes {
        for lane in 0..lanes {
            // SAFETY: as for `read_square`.
            unsafe { *target.add(at * step + lane) = if lane < count { *rows.add(lane * pitch + at) } else { 0.0 } };
        }
    }
}

/// Writes the `count` rows of a square that exist.
#[inline(always)]
unsafe fn write_square<V: Vector>(source: *const f32, step: usize, rows: *mut f32, pitch: usize, count: usize) {
    // SAFETY: only rows below `count` are written.
    unsafe {
        if count == V::LANES {
            V::transpose(source, step, rows, pitch);
        } else {
            write_part(source, step, rows, pitch, count, V::LANES);
        }
    }
}

#[cold]
#[inline(never)]
unsafe fn write_part(source: *const f32, step: usize, rows: *mut f32, pitch: usize, count: usize, lanes: usize) {
    for at in 0..lanes {
        for lane in 0..count {
            // SAFETY: as for `write_square`.
            unsafe { *rows.add(lane * pitch + at) = *source.add(at * step + lane) };
        }
    }
}
