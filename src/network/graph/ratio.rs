//! Positive fractions in lowest terms.

/// A positive fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: u64,
    denominator: u64,
}

impl Ratio {
    /// 1.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// A fraction of two numbers from 1 on.
    pub fn new(numerator: u64, denominator: u64) -> Self {
        let (numerator, denominator) = (numerator.max(1), denominator.max(1));
        let common = common_divisor(numerator, denominator);
        Self { numerator: numerator / common, denominator: denominator / common }
    }

    /// The fraction of small numbers that a real number was rounded from; `None` where there is none.
    pub fn near(number: f64) -> Option<Self> {
        (1..=SMALL).find_map(|denominator| {
            let numerator = (number * denominator as f64).round();
            let off = (numerator / denominator as f64 - number).abs();
            let close = (1.0..=1e6).contains(&numerator) && off <= number * ROUNDING;
            close.then(|| Self::new(numerator as u64, denominator))
        })
    }

    /// The product with `numerator / denominator`.
    pub fn times(self, numerator: u64, denominator: u64) -> Self {
        // Reduced before it is multiplied, and capped: what is beyond is refused by its size.
        let (a, b) = (Self::new(self.numerator, denominator), Self::new(numerator, self.denominator));
        Self {
            numerator: a.numerator.saturating_mul(b.numerator),
            denominator: a.denominator.saturating_mul(b.denominator),
        }
    }

    /// The number above the line.
    pub fn numerator(self) -> u64 {
        self.numerator
    }

    /// The number below the line.
    pub fn denominator(self) -> u64 {
        self.denominator
    }

    /// As a real number.
    pub fn value(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

fn common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// Factors of networks have denominators up to this.
const SMALL: u64 = 64;
/// Relative error of an f32.
const ROUNDING: f64 = 1.2e-7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_in_lowest_terms() {
        assert_eq!(Ratio::new(6, 4).times(2, 3), Ratio::ONE);
        assert_eq!(Ratio::new(1, 2).times(4, 1), Ratio::new(2, 1));
        assert_eq!(Ratio::near(1.5), Some(Ratio::new(3, 2)));
        assert_eq!(Ratio::near(f64::from(64.0_f32 / 26.0)), Some(Ratio::new(32, 13)));
        assert_eq!(Ratio::near(std::f64::consts::PI), None);
    }
}
