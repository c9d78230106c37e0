//! Products of matrices as convolutions need them: pixels whose channels lie side by side, times weights.
//!
//! A strip of pixels times a panel of outputs stays in registers while the samples below each tap stream by: a sample is
//! loaded once for all outputs of a panel, a weight once for all pixels of a strip. How pixels fall into strips changes no
//! bits, since each sum takes its terms in the same order whatever stands beside it.

use super::lanes::Lanes;
use super::portable::Portable;
use super::vector::{MAX_LANES, Vector};

/// For each of `pixels` pixels p and `outputs` outputs o, the sum of `source[taps[t] + p * step + c]` times the weight of
/// (t, c, o) over all taps t and `channels` channels c, at `target[p * target_step + o]`.
#[derive(Clone, Copy)]
pub(crate) struct Product<'a> {
    /// Where the channels lie that meet each tap, for the first pixel.
    pub taps: &'a [usize],
    /// Floats from pixel to pixel of the source.
    pub step: usize,
    /// Channels of the source.
    pub channels: usize,
    /// As [`Panels`] packs them.
    pub weights: &'a [f32],
    /// Outputs: a multiple of 16 for [`multiply`], fewer for [`contract`].
    pub outputs: usize,
    /// Pixels of the result.
    pub pixels: usize,
    /// Floats from pixel to pixel of the target.
    pub target_step: usize,
    /// What is added to the sums: pixels as far apart as those of the target.
    pub plus: Option<&'a [f32]>,
    /// Whether sums below 0 become 0.
    pub rectified: bool,
}

/// Weights in the order in which they are read: panels of outputs, taps, channels, outputs of the panel.
pub(crate) struct Panels {
    outputs: usize,
    width: usize,
}

impl Panels {
    /// For so many outputs, a multiple of 16, and these lanes.
    pub(crate) fn new(outputs: usize, lanes: Lanes) -> Self {
        assert!(outputs.is_multiple_of(MAX_LANES));
        Self { outputs, width: width(lanes, outputs) }
    }

    /// Packs the weights that `weight(term, output)` gives for `terms` taps times channels.
    pub(crate) fn pack(&self, terms: usize, weight: impl Fn(usize, usize) -> f32, target: &mut [f32]) {
        for (at, panel) in target[..terms * self.outputs].chunks_exact_mut(terms * self.width).enumerate() {
            for (term, row) in panel.chunks_exact_mut(self.width).enumerate() {
                for (lane, value) in row.iter_mut().enumerate() {
                    *value = weight(term, at * self.width + lane);
                }
            }
        }
    }
}

fn width(lanes: Lanes, outputs: usize) -> usize {
    let vectors = if lanes == Lanes::Avx512 && !outputs.is_multiple_of(32) { 1 } else { 2 };
    vectors * lanes.width()
}

/// Makes the product.
///
/// # Panics
/// Where the slices are shorter than the product says.
pub(crate) fn multiply(lanes: Lanes, product: &Product<'_>, source: &[f32], target: &mut [f32]) {
    assert!(product.outputs.is_multiple_of(MAX_LANES));
    check(product, source, target);
    // SAFETY: the slices are as long as it takes, and lanes are only those of this machine.
    unsafe {
        match lanes {
            #[cfg(target_arch = "x86_64")]
            Lanes::Avx512 => avx512::multiply(product, source.as_ptr(), target.as_mut_ptr()),
            #[cfg(target_arch = "x86_64")]
            Lanes::Avx2 => avx2::multiply(product, source.as_ptr(), target.as_mut_ptr()),
            _ => panels::<Portable, 2, 6>(product, source.as_ptr(), target.as_mut_ptr()),
        }
    }
}

/// Makes the product for a few outputs and many channels, a multiple of 16; weights are in the order outputs, taps,
/// channels.
///
/// # Panics
/// As [`multiply`].
pub(crate) fn contract(lanes: Lanes, product: &Product<'_>, source: &[f32], target: &mut [f32]) {
    assert!(product.channels.is_multiple_of(MAX_LANES));
    check(product, source, target);
    // SAFETY: as in `multiply`.
    unsafe {
        match lanes {
            #[cfg(target_arch = "x86_64")]
            Lanes::Avx512 => avx512::contract(product, source.as_ptr(), target),
            #[cfg(target_arch = "x86_64")]
            Lanes::Avx2 => avx2::contract(product, source.as_ptr(), target),
            _ => dots::<Portable>(product, source.as_ptr(), target),
        }
    }
}

/// Sums over pixels: to `target[i * columns + o]` is added the sum of `left[p * left_step + i]` times
/// `right[p * right_step + o]` over all pixels p.
#[derive(Clone, Copy)]
pub(crate) struct Correlation<'a> {
    /// Pixels of one tensor.
    pub left: &'a [f32],
    /// Floats from pixel to pixel.
    pub left_step: usize,
    /// Channels of each.
    pub rows: usize,
    /// Pixels of the other.
    pub right: &'a [f32],
    /// Floats from pixel to pixel.
    pub right_step: usize,
    /// Channels of each, a multiple of 16.
    pub columns: usize,
    /// Pixels.
    pub pixels: usize,
}

/// Adds up what [`Correlation`] says.
///
/// # Panics
/// Where the slices are shorter than it says.
pub(crate) fn correlate(lanes: Lanes, correlation: &Correlation<'_>, target: &mut [f32]) {
    let Correlation { left, left_step, rows, right, right_step, columns, pixels } = *correlation;
    let last = pixels.max(1) - 1;
    assert!(columns.is_multiple_of(MAX_LANES) && rows * columns <= target.len());
    assert!(last * left_step + rows <= left.len() && last * right_step + columns <= right.len());
    // SAFETY: the slices are as long as it takes, and lanes are only those of this machine.
    unsafe {
        match lanes {
            #[cfg(target_arch = "x86_64")]
            Lanes::Avx512 => avx512::correlate(correlation, target.as_mut_ptr()),
            #[cfg(target_arch = "x86_64")]
            Lanes::Avx2 => avx2::correlate(correlation, target.as_mut_ptr()),
            _ => blocks::<Portable, 2, 6>(correlation, target.as_mut_ptr()),
        }
    }
}

/// All blocks of `P` rows and `K` vectors of columns.
///
/// # Safety
/// As for [`panels`].
#[inline(always)]
unsafe fn blocks<V: Vector, const K: usize, const P: usize>(correlation: &Correlation<'_>, target: *mut f32) {
    // SAFETY: passed on.
    unsafe {
        for column in (0..correlation.columns).step_by(K * V::LANES) {
            let mut row = 0;
            while row < correlation.rows {
                row += match correlation.rows - row {
                    left if left >= P => block::<V, K, P>(correlation, row, column, target),
                    left if left >= 4 => block::<V, K, 4>(correlation, row, column, target),
                    _ => block::<V, K, 1>(correlation, row, column, target),
                };
            }
        }
    }
}

/// `P` rows of a block; gives P.
#[inline(always)]
unsafe fn block<V: Vector, const K: usize, const P: usize>(
    correlation: &Correlation<'_>,
    row: usize,
    column: usize,
    target: *mut f32,
) -> usize {
    let Correlation { left_step, right_step, columns, pixels, .. } = *correlation;
    // SAFETY: passed on.
    unsafe {
        let mut left = correlation.left.as_ptr().add(row);
        let mut right = correlation.right.as_ptr().add(column);
        let target = target.add(row * columns + column);
        let mut sums = [[V::splat(0.0); K]; P];
        for _ in 0..pixels {
            let mut factors = [V::splat(0.0); K];
            for (at, factor) in factors.iter_mut().enumerate() {
                *factor = V::load(right.add(at * V::LANES));
            }
            for (at, sums) in sums.iter_mut().enumerate() {
                let sample = V::splat(*left.add(at));
                for (sum, factor) in sums.iter_mut().zip(factors) {
                    *sum = sample.mul_add(factor, *sum);
                }
            }
            // Behind the last pixel nothing is read.
            left = left.wrapping_add(left_step);
            right = right.wrapping_add(right_step);
        }
        for (at, sums) in sums.iter().enumerate() {
            for (vector, &sum) in sums.iter().enumerate() {
                let place = target.add(at * columns + vector * V::LANES);
                V::load(place).add(sum).store(place);
            }
        }
    }
    P
}

fn check(product: &Product<'_>, source: &[f32], target: &[f32]) {
    let Product { taps, step, channels, outputs, pixels, target_step, .. } = *product;
    let last = pixels.max(1) - 1;
    let read = taps.iter().max().map_or(0, |tap| tap + last * step + channels);
    let written = last * target_step + outputs;
    assert!(read <= source.len() && written <= target.len());
    assert!(product.plus.is_none_or(|plus| written <= plus.len()));
    assert!(taps.len() * channels * outputs <= product.weights.len());
}

/// All panels of outputs, `K` vectors wide, in strips of `P` pixels.
///
/// # Safety
/// The machine has the instructions of V, and what the product reads and writes is there.
#[inline(always)]
unsafe fn panels<V: Vector, const K: usize, const P: usize>(
    product: &Product<'_>,
    source: *const f32,
    target: *mut f32,
) {
    let width = K * V::LANES;
    let plus = product.plus.map(<[f32]>::as_ptr);
    // SAFETY: passed on.
    unsafe {
        for first in (0..product.outputs).step_by(width) {
            let weights = product.weights.as_ptr().add(first * product.taps.len() * product.channels);
            let mut at = 0;
            while at < product.pixels {
                let source = source.add(at * product.step);
                let offset = at * product.target_step + first;
                let (target, plus) = (target.add(offset), plus.map(|plus| plus.add(offset)));
                at += match product.pixels - at {
                    left if left >= P => strip::<V, K, P>(product, source, weights, plus, target),
                    left if left >= 4 => strip::<V, K, 4>(product, source, weights, plus, target),
                    _ => strip::<V, K, 1>(product, source, weights, plus, target),
                };
            }
        }
    }
}

/// `P` pixels of a panel; gives P.
#[inline(always)]
unsafe fn strip<V: Vector, const K: usize, const P: usize>(
    product: &Product<'_>,
    source: *const f32,
    mut weights: *const f32,
    plus: Option<*const f32>,
    target: *mut f32,
) -> usize {
    let Product { step, target_step, .. } = *product;
    // SAFETY: passed on.
    unsafe {
        let mut sums = [[V::splat(0.0); K]; P];
        if let Some(plus) = plus {
            for (pixel, sums) in sums.iter_mut().enumerate() {
                for (at, sum) in sums.iter_mut().enumerate() {
                    *sum = V::load(plus.add(pixel * target_step + at * V::LANES));
                }
            }
        }
        for &tap in product.taps {
            let mut channel = source.add(tap);
            for _ in 0..product.channels {
                let mut row = [V::splat(0.0); K];
                for (at, weight) in row.iter_mut().enumerate() {
                    *weight = V::load(weights.add(at * V::LANES));
                }
                for (pixel, sums) in sums.iter_mut().enumerate() {
                    let sample = V::splat(*channel.add(pixel * step));
                    for (sum, weight) in sums.iter_mut().zip(row) {
                        *sum = sample.mul_add(weight, *sum);
                    }
                }
                weights = weights.add(K * V::LANES);
                channel = channel.add(1);
            }
        }
        for (pixel, sums) in sums.iter().enumerate() {
            for (at, &sum) in sums.iter().enumerate() {
                let sum = if product.rectified { sum.max(V::splat(0.0)) } else { sum };
                sum.store(target.add(pixel * target_step + at * V::LANES));
            }
        }
    }
    P
}

/// One output after the other, as many pixels at a time as there are lanes.
///
/// # Safety
/// As for [`panels`], but the target is checked here.
#[inline(always)]
unsafe fn dots<V: Vector>(product: &Product<'_>, source: *const f32, target: &mut [f32]) {
    let Product { step, channels, pixels, target_step, .. } = *product;
    let terms = product.taps.len() * channels;
    let mut square = [0.0_f32; MAX_LANES * MAX_LANES];
    for output in 0..product.outputs {
        for first in (0..pixels).step_by(V::LANES) {
            let count = V::LANES.min(pixels - first);
            // SAFETY: passed on; pixels beyond the last are taken to be the last, and square has room for all lanes' sums.
            unsafe {
                let mut sums = [V::splat(0.0); MAX_LANES];
                let mut weights = product.weights.as_ptr().add(output * terms);
                for &tap in product.taps {
                    for channel in (0..channels).step_by(V::LANES) {
                        let weight = V::load(weights);
                        for (pixel, sum) in sums[..V::LANES].iter_mut().enumerate() {
                            let at = first + pixel.min(count - 1);
                            *sum = V::load(source.add(tap + at * step + channel)).mul_add(weight, *sum);
                        }
                        weights = weights.add(V::LANES);
                    }
                }
                for (pixel, sum) in sums[..V::LANES].iter().enumerate() {
                    sum.store(square.as_mut_ptr().add(pixel * V::LANES));
                }
                V::transpose(square.as_ptr(), V::LANES, square.as_mut_ptr(), V::LANES);
                let mut total = V::load(square.as_ptr());
                for row in 1..V::LANES {
                    total = total.add(V::load(square.as_ptr().add(row * V::LANES)));
                }
                total.store(square.as_mut_ptr());
            }
            for (pixel, &sum) in square[..count].iter().enumerate() {
                let at = (first + pixel) * target_step + output;
                let sum = product.plus.map_or(sum, |plus| plus[at] + sum);
                target[at] = if product.rectified { sum.max(0.0) } else { sum };
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx512 {
    use super::{Correlation, Product, blocks, dots, panels};
    use crate::simd::x86::Avx512;

    #[target_feature(enable = "avx512f,avx2,fma")]
    pub(super) unsafe fn multiply(product: &Product<'_>, source: *const f32, target: *mut f32) {
        // SAFETY: passed on.
        unsafe {
            if product.outputs.is_multiple_of(32) {
                panels::<Avx512, 2, 12>(product, source, target);
            } else {
                panels::<Avx512, 1, 16>(product, source, target);
            }
        }
    }

    #[target_feature(enable = "avx512f,avx2,fma")]
    pub(super) unsafe fn correlate(correlation: &Correlation<'_>, target: *mut f32) {
        // SAFETY: passed on.
        unsafe {
            if correlation.columns.is_multiple_of(32) {
                blocks::<Avx512, 2, 8>(correlation, target);
            } else {
                blocks::<Avx512, 1, 16>(correlation, target);
            }
        }
    }

    #[target_feature(enable = "avx512f,avx2,fma")]
    pub(super) unsafe fn contract(product: &Product<'_>, source: *const f32, target: &mut [f32]) {
        // SAFETY: passed on.
        unsafe { dots::<Avx512>(product, source, target) }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{Correlation, Product, blocks, dots, panels};
    use crate::simd::x86::Avx2;

    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn multiply(product: &Product<'_>, source: *const f32, target: *mut f32) {
        // SAFETY: passed on.
        unsafe { panels::<Avx2, 2, 6>(product, source, target) }
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn correlate(correlation: &Correlation<'_>, target: *mut f32) {
        // SAFETY: passed on.
        unsafe { blocks::<Avx2, 2, 6>(correlation, target) }
    }

    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn contract(product: &Product<'_>, source: *const f32, target: &mut [f32]) {
        // SAFETY: passed on.
        unsafe { dots::<Avx2>(product, source, target) }
    }
}
