//! Samples as bytes, and runs of them as `f32`: plain loops that the compiler turns into vector code.

use half::f16;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};

/// How many samples could not be written as they were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Clipped {
    /// Finite values below the type's range, written as its least value.
    pub low: u64,
    /// Finite values above the type's range, written as its greatest value.
    pub high: u64,
    /// NaN and infinities. Whole numbers get 0 for NaN and their nearest end for an infinity; floating-point numbers
    /// keep both.
    pub not_finite: u64,
}

impl Clipped {
    /// Adds another count.
    pub fn add(&mut self, other: &Self) {
        self.low += other.low;
        self.high += other.high;
        self.not_finite += other.not_finite;
    }
}

/// A sample type as it lies in a buffer.
pub(super) trait Sample {
    /// Bytes of a sample.
    const BYTES: usize;

    /// Turns the samples in `bytes`, packed, into `target.len()` numbers.
    fn widen(bytes: &[u8], target: &mut [f32]);

    /// Turns `source`, at most [`RUN`](super::source::RUN) numbers, into packed samples in `bytes`.
    fn narrow(source: &[f32], bytes: &mut [u8]) -> Clipped;

    /// One sample of [`Self::BYTES`] bytes.
    fn load(bytes: &[u8]) -> f32 {
        let mut one = [0.0];
        Self::widen(bytes, &mut one);
        one[0]
    }
}

/// [`super::Dtype::U8`].
pub(super) struct U8;
/// [`super::Dtype::U16`].
pub(super) struct U16;
/// [`super::Dtype::F16`].
pub(super) struct F16;
/// [`super::Dtype::F32`].
pub(super) struct F32;

impl Sample for U8 {
    const BYTES: usize = 1;

    fn widen(bytes: &[u8], target: &mut [f32]) {
        for (value, byte) in target.iter_mut().zip(bytes) {
            *value = f32::from(*byte);
        }
    }

    fn narrow(source: &[f32], bytes: &mut [u8]) -> Clipped {
        for (value, byte) in source.iter().zip(bytes) {
            *byte = rounded_bits(*value, 255.0) as u8;
        }
        clipped_to(source, -0.5, 255.5)
    }
}

impl Sample for U16 {
    const BYTES: usize = 2;

    fn widen(bytes: &[u8], target: &mut [f32]) {
        for (value, bytes) in target.iter_mut().zip(bytes.as_chunks().0) {
            *value = f32::from(u16::from_ne_bytes(*bytes));
        }
    }

    fn narrow(source: &[f32], bytes: &mut [u8]) -> Clipped {
        for (value, bytes) in source.iter().zip(bytes.as_chunks_mut().0) {
            *bytes = (rounded_bits(*value, 65535.0) as u16).to_ne_bytes();
        }
        clipped_to(source, -0.5, 65535.5)
    }
}

impl Sample for F16 {
    const BYTES: usize = 2;

    fn widen(bytes: &[u8], target: &mut [f32]) {
        let mut aligned = [0_u16; HALVES];
        for (target, bytes) in target.chunks_mut(HALVES).zip(bytes.chunks(HALVES * 2)) {
            let aligned = &mut aligned[..target.len()];
            for (value, bytes) in aligned.iter_mut().zip(bytes.as_chunks().0) {
                *value = u16::from_ne_bytes(*bytes);
            }
            aligned.reinterpret_cast::<f16>().convert_to_f32_slice(target);
        }
    }

    fn narrow(source: &[f32], bytes: &mut [u8]) -> Clipped {
        let (mut bounded, mut rounded) = ([0.0; HALVES], [f16::ZERO; HALVES]);
        for (source, bytes) in source.chunks(HALVES).zip(bytes.chunks_mut(HALVES * 2)) {
            let (bounded, rounded) = (&mut bounded[..source.len()], &mut rounded[..source.len()]);
            for (bounded, value) in bounded.iter_mut().zip(source) {
                // Infinity and NaN stay what they are.
                *bounded = if value.is_finite() { value.clamp(-65504.0, 65504.0) } else { *value };
            }
            rounded.convert_from_f32_slice(bounded);
            for (bytes, value) in bytes.as_chunks_mut().0.iter_mut().zip(rounded.iter()) {
                *bytes = value.to_ne_bytes();
            }
        }
        // 65520 is half way to the first number beyond the range and would round away from it.
        clipped_to(source, (-65520.0_f32).next_up(), 65520.0)
    }

    fn load(bytes: &[u8]) -> f32 {
        f16::from_ne_bytes([bytes[0], bytes[1]]).to_f32()
    }
}

impl Sample for F32 {
    const BYTES: usize = 4;

    fn widen(bytes: &[u8], target: &mut [f32]) {
        for (value, bytes) in target.iter_mut().zip(bytes.as_chunks().0) {
            *value = f32::from_ne_bytes(*bytes);
        }
    }

    fn narrow(source: &[f32], bytes: &mut [u8]) -> Clipped {
        for (value, bytes) in source.iter().zip(bytes.as_chunks_mut().0) {
            *bytes = value.to_ne_bytes();
        }
        clipped_to(source, f32::NEG_INFINITY, f32::INFINITY)
    }
}

/// The nearest whole number from 0 to `maximum` (below 2^23), ties to even, in the low bits; 0 for NaN.
///
/// Adding 2^23 leaves no bits for a fraction, so the addition itself rounds, in vector code too.
fn rounded_bits(value: f32, maximum: f32) -> u32 {
    let above = if value > 0.0 { value } else { 0.0 };
    let bounded = if above < maximum { above } else { maximum };
    (bounded + 8_388_608.0).to_bits()
}

/// How many numbers are below `low`, or `high` and above, or not finite.
fn clipped_to(source: &[f32], low: f32, high: f32) -> Clipped {
    let (mut below, mut above, mut not_finite) = (0_u32, 0_u32, 0_u32);
    for value in source {
        let finite = value.abs() < f32::INFINITY;
        below += u32::from(finite & (*value < low));
        above += u32::from(finite & (*value >= high));
        not_finite += u32::from(!finite);
    }
    Clipped { low: below.into(), high: above.into(), not_finite: not_finite.into() }
}

/// Binary16 numbers converted at a time.
const HALVES: usize = 64;
