//! Acceleration by vector extrapolation, whose momentum follows from the last two steps.
//!
//! With g the change that a step made at the point ahead, m = Σ g g₋ / Σ g₋², between 0 and 1: D. S. C. Biggs and
//! M. Andrews 1997, "Acceleration of iterative image restoration algorithms", doi 10.1364/AO.36.001766, eq. 9. The sums
//! run over the whole field, so that the next point is known only after a pass of its own.

/// The momentum for sums Σ g g₋ and Σ g₋².
pub(super) fn momentum(product: f64, square: f64) -> f32 {
    if square > 0.0 { (product / square).clamp(0.0, 1.0 - 1e-6) as f32 } else { 0.0 }
}

/// bfloat16, eight significant bits, the upper half of an f32. Conversions of the crate `half` test every number for NaN,
/// which keeps loops from being packed into vectors; here all numbers are finite. Enough for differences of estimates, whose errors
/// are then small beside the differences.
#[derive(Clone, Copy, Default)]
pub(super) struct Bf16(u16);

impl Bf16 {
    /// The nearest such number, ties to even; finite for finite values below 3e38.
    #[inline(always)]
    pub fn of(value: f32) -> Self {
        let bits = value.to_bits();
        Self((bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16) as u16)
    }

    /// The number.
    #[inline(always)]
    pub fn value(self) -> f32 {
        f32::from_bits(u32::from(self.0) << 16)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brief_numbers_are_the_nearest() {
        for value in [0.0, 1.0, -1.0, 0.1, 3.0e-7, -123.456, 65535.0, 1e30, 1e-30] {
            let bf16 = Bf16::of(value).value();
            assert!((bf16 - value).abs() <= value.abs() / 256.0, "{value} became {bf16}");
        }
        assert_eq!(Bf16::of(1.0 + 1.0 / 256.0).value(), 1.0);
        assert_eq!(Bf16::of(1.0 + 3.0 / 256.0).value(), 1.0 + 4.0 / 256.0);
    }
}
