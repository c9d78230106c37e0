//! Columns of a tile: transforms along y or z in place in the volume, and the product with a transfer function.

use super::columns::{Columns, Extent};
use super::columnwise::Columnwise;
use super::line::Line;
use crate::fft::gain::Stored;
use crate::fft::otf::Blocks;
use crate::simd::{MAX_LANES, Vector};

/// The scratch of one worker: two tiles of points, and what a line needs beside them.
#[derive(Clone, Copy)]
pub(super) struct Buffers {
    pub first: *mut f32,
    pub second: *mut f32,
    pub work: *mut f32,
}

/// The transfer function along the columns of one tile: blocks of `LANES` values (real), or of `LANES` real parts and
/// `LANES` imaginary parts.
#[derive(Clone, Copy)]
pub(super) struct Response {
    pub values: Values,
    /// Values from one point to the next.
    pub step: usize,
    pub real: bool,
    /// Only points 0..=n/2 are stored; point n - k is that of k.
    pub folded: bool,
    /// Whether the points up to the middle, and those above it, are conjugated.
    pub conjugate: [bool; 2],
    /// A factor besides.
    pub gain: Option<Located>,
}

/// The first value of a tile's columns.
#[derive(Clone, Copy)]
pub(super) enum Values {
    Single(*const f32),
    /// Multiples of a unit.
    Half(*const i16, f32),
}

impl From<Blocks<'_>> for Values {
    fn from(blocks: Blocks) -> Self {
        match blocks {
            Blocks::Single(values) => Self::Single(values.as_ptr()),
            Blocks::Half(values, unit) => Self::Half(values.as_ptr(), unit),
        }
    }
}

impl Values {
    /// The values from `at` on, one per lane.
    ///
    /// # Safety
    /// They are readable.
    #[inline(always)]
    unsafe fn load<V: Vector>(self, at: usize) -> V {
        // SAFETY: as the caller promises.
        unsafe {
            match self {
                Self::Single(start) => V::load(start.add(at)),
                Self::Half(start, unit) => {
                    let mut lanes = [0.0; MAX_LANES];
                    let values = std::slice::from_raw_parts(start.add(at), V::LANES);
                    lanes.iter_mut().zip(values).for_each(|(lane, value)| *lane = f32::from(*value) * unit);
                    V::load(lanes.as_ptr())
                }
            }
        }
    }
}

/// A gain, and where the tile's frequencies are.
#[derive(Clone, Copy)]
pub(super) struct Located {
    pub gain: Stored,
    /// What an index along the columns, squared, adds to the square of the radius.
    pub along: f32,
    /// What the tile's row adds to it.
    pub across: f32,
    /// What an index along x, squared, adds to it.
    pub x_step: f32,
    /// The index along x of the first column.
    pub first: usize,
}

/// Transforms the columns that start at `start`, points `step` floats apart, in place.
///
/// # Safety
/// The points are valid for `2 * V::LANES` floats each and `buffers` has room for `line.len()` points.
#[inline(always)]
pub(super) unsafe fn transform<V: Columnwise>(
    line: &Line,
    inverse: bool,
    start: *mut f32,
    step: usize,
    extent: Extent,
    buffers: &Buffers,
) {
    let columns = Columns::blocks(start, V::LANES, step);
    // SAFETY: as the caller promises.
    unsafe { line.run::<V>(inverse, columns, Some(columns), extent, [buffers.first, buffers.second], buffers.work) };
}

/// Transforms columns forward, multiplies them by `response`, and transforms them back without the factor, in place.
///
/// # Safety
/// As for [`transform`]; `response` has a readable block for every point.
#[inline(always)]
pub(super) unsafe fn filter<V: Columnwise>(
    line: &Line,
    start: *mut f32,
    step: usize,
    extent: Extent,
    response: Response,
    buffers: &Buffers,
) {
    let columns = Columns::blocks(start, V::LANES, step);
    let n = line.len();
    // SAFETY: as the caller promises.
    unsafe {
        let (first, second) = (buffers.first, buffers.second);
        let forth = Extent { wanted: n, ..extent };
        let spectrum = line.run::<V>(false, columns, None, forth, [first, second], buffers.work);
        multiply::<V>(spectrum, n, response);
        if let Some(located) = response.gain {
            divide::<V>(spectrum, n, response, located);
        }
        let local = Columns::blocks(spectrum, V::LANES, 2 * V::LANES);
        let spare = if spectrum == first { [second, first] } else { [first, second] };
        let back = Extent { filled: n, ..extent };
        line.run::<V>(true, local, Some(columns), back, spare, buffers.work);
    }
}

#[inline(always)]
unsafe fn multiply<V: Vector>(points: *mut f32, n: usize, response: Response) {
    // SAFETY: as the caller promises.
    unsafe {
        match response.values {
            Values::Single(start) => multiply_by::<V>(points, n, response, |at| V::load(start.add(at))),
            half => multiply_by::<V>(points, n, response, |at| half.load::<V>(at)),
        }
    }
}

#[inline(always)]
unsafe fn multiply_by<V: Vector>(points: *mut f32, n: usize, response: Response, load: impl Fn(usize) -> V) {
    // The middle itself counts as low: it is its own mirror image.
    let low = if response.folded { n / 2 + 1 } else { n };
    // SAFETY: points below n, and response blocks below `low`, are valid.
    unsafe {
        for (range, conjugate) in [(0..low, response.conjugate[0]), (low..n, response.conjugate[1])] {
            let sign = V::splat(if conjugate { -1.0 } else { 1.0 });
            for k in range {
                let point = points.add(k * 2 * V::LANES);
                let at = if k < low { k } else { n - k } * response.step;
                let (re, im) = (V::load(point), V::load(point.add(V::LANES)));
                let factor = load(at);
                let (re, im) = if response.real {
                    (re.mul(factor), im.mul(factor))
                } else {
                    let other = load(at + V::LANES).mul(sign);
                    (im.mul_sub_from(other, re.mul(factor)), im.mul_add(factor, re.mul(other)))
                };
                re.store(point);
                im.store(point.add(V::LANES));
            }
        }
    }
}

/// Multiplies points by a gain.
#[inline(always)]
unsafe fn divide<V: Vector>(points: *mut f32, n: usize, response: Response, located: Located) {
    let x_squares: [f32; MAX_LANES] = std::array::from_fn(|lane| {
        let x = (located.first + lane) as f32;
        x * x * located.x_step
    });
    let low = if response.folded { n / 2 + 1 } else { n };
    // SAFETY: points below n, and response blocks below `low`, are valid.
    unsafe {
        let x_squares = V::load(x_squares.as_ptr());
        for k in 0..n {
            let at = if k < low { k } else { n - k } * response.step;
            let value = response.values.load::<V>(at);
            let mut square = value.mul(value);
            if !response.real {
                let other = response.values.load::<V>(at + V::LANES);
                square = other.mul_add(other, square);
            }
            let along = k.min(n - k) as f32;
            let r_square = V::splat(located.across + along * along * located.along).add(x_squares);
            let factor = located.gain.factor(square, r_square);
            let point = points.add(k * 2 * V::LANES);
            V::load(point).mul(factor).store(point);
            V::load(point.add(V::LANES)).mul(factor).store(point.add(V::LANES));
        }
    }
}

impl Stored {
    /// The gain where |H|² is `square`, at |ω|² or r² of `r_square`.
    #[inline(always)]
    unsafe fn factor<V: Vector>(self, square: V, r_square: V) -> V {
        let [a, b, c] = self.coefficients;
        // SAFETY: the machine has the instructions of V.
        unsafe {
            let mut divisor = square.mul_add(V::splat(c), V::splat(a));
            if b != 0.0 {
                divisor = square.sqrt().mul_add(V::splat(b), divisor);
            }
            if self.penalty != 0.0 {
                divisor = r_square.mul(r_square).mul_add(V::splat(self.penalty), divisor);
            }
            if self.order > 0 {
                let power = (1..self.order).fold(r_square, |power, _| power.mul(r_square).min(V::splat(POWER)));
                let fall = power.min(V::splat(POWER)).mul_add(V::splat(self.ripple), V::splat(1.0));
                divisor = divisor.mul(fall.sqrt());
            }
            V::splat(1.0).div(divisor)
        }
    }
}

/// Powers of r² beyond are as good as infinite, which would make NaN of 0.
const POWER: f32 = 1e30;
