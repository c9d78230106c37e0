//! How the estimate is kept from one iteration to the next: as it is, or in 16 bits where memory is scarce.

/// A number as it is kept; it is worked with as `f32`.
pub(super) trait Stored: Copy + Default + Send + Sync + 'static {
    /// The number.
    fn value(self) -> f32;

    /// The nearest one that is kept.
    fn of(value: f32) -> Self;

    /// [`Stored::value`] of each.
    #[inline(always)]
    fn widen(stored: &[Self], values: &mut [f32]) {
        values.iter_mut().zip(stored).for_each(|(value, stored)| *value = stored.value());
    }

    /// [`Stored::of`] each.
    #[inline(always)]
    fn narrow(values: &[f32], stored: &mut [Self]) {
        stored.iter_mut().zip(values).for_each(|(stored, value)| *stored = Self::of(*value));
    }
}

impl Stored for f32 {
    #[inline(always)]
    fn value(self) -> f32 {
        self
    }

    #[inline(always)]
    fn of(value: f32) -> Self {
        value
    }
}

/// An unsigned float of 6 bits of exponent and 10 of fraction: from 2^-32 to 2^32, or 0, with eleven significant bits, as precise as IEEE 754's binary16, and with the
/// range of estimates, which have no sign but may be bright points on empty ground.
#[derive(Clone, Copy, Default)]
pub(super) struct UnsignedHalf(u16);

impl Stored for UnsignedHalf {
    #[inline(always)]
    fn value(self) -> f32 {
        let bits = (u32::from(self.0) + BIAS) << DROPPED;
        if self.0 > 0 { f32::from_bits(bits) } else { 0.0 }
    }

    /// Ties go to even; smaller numbers, negative ones too, become 0, larger ones the largest.
    #[inline(always)]
    fn of(value: f32) -> Self {
        let bits = value.max(0.0).to_bits();
        let rounded = (bits + ((1 << (DROPPED - 1)) - 1) + (bits >> DROPPED & 1)) >> DROPPED;
        Self(rounded.saturating_sub(BIAS).min(0xffff) as u16)
    }
}

/// Bits of an f32's fraction that are dropped.
const DROPPED: u32 = 13;
/// What exponents are lower by, above the ten bits of the fraction.
const BIAS: u32 = 95 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_numbers_are_the_nearest() {
        for value in [1.0, 0.1, 3.0e-7, 123.456, 65535.0, 4e9, 3e-10, 1.0 + 1.0 / 1024.0] {
            let short = UnsignedHalf::of(value).value();
            assert!((short - value).abs() <= value / 2048.0, "{value} became {short}");
            assert_eq!(UnsignedHalf::of(short).value(), short);
        }
        // Half way between two neighbours the even one wins.
        assert_eq!(UnsignedHalf::of(1.0 + 1.0 / 2048.0).value(), 1.0);
        assert_eq!(UnsignedHalf::of(1.0 + 3.0 / 2048.0).value(), 1.0 + 4.0 / 2048.0);
        assert_eq!([0.0, -0.0, -5.0, 1e-12, f32::MIN_POSITIVE].map(|value| UnsignedHalf::of(value).value()), [0.0; 5]);
        assert!([1e10, f32::MAX, f32::INFINITY].iter().all(|&value| UnsignedHalf::of(value).value() > 4.2e9));
    }
}
