//! Aberrations as Zernike polynomials on the pupil.
//!
//! R. J. Noll, "Zernike polynomials and atmospheric turbulence", JOSA 66 (1976) 207: polynomials of root mean square 1
//! over the unit disc, numbered from 1; or the numbering from 0 of ANSI Z80.28. Coefficients are nm of wavefront (root
//! mean square), positive where the optical path is longer. The pupil's angle is from +x towards +y.

use crate::error::{Error, Result};

/// A sum of Zernike polynomials.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Aberration {
    /// Radial order, signed angular order (cosine for m >= 0, sine below), coefficient in um.
    terms: Vec<(u32, i32, f64)>,
}

impl Aberration {
    /// Reads `noll 7:35 11:-20` or `ansi 8:35`: the numbering, then number and nm of each term; empty is none.
    ///
    /// # Errors
    /// [`Error::Argument`] that quotes what cannot be read.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |part: &str| {
            Error::Argument(format!(
                "psf.zernike is {text:?}, of which {part:?} cannot be read; it must be like \"noll 7:35 11:-20\" or \
                 \"ansi 8:35\": terms up to order {HIGHEST} and nm, up to {MAX_NM} in all"
            ))
        };
        let mut parts = text.split_whitespace();
        let order: fn(u32) -> Option<(u32, i32)> = match parts.next() {
            None => return Ok(Self::default()),
            Some("noll") => noll,
            Some("ansi") => ansi,
            Some(other) => return Err(wrong(other)),
        };
        let mut terms = Vec::new();
        for part in parts {
            let (number, value) = part.split_once(':').ok_or_else(|| wrong(part))?;
            let number = number.parse().ok().and_then(order).ok_or_else(|| wrong(part))?;
            let value: f64 = value.parse().map_err(|_| wrong(part))?;
            if value.is_nan() || value.abs() > MAX_NM || number.0 > HIGHEST {
                return Err(wrong(part));
            }
            if value != 0.0 {
                terms.push((number.0, number.1, value / 1000.0));
            }
        }
        if terms.iter().map(|term| term.2.abs()).sum::<f64>() > MAX_NM / 1000.0 {
            return Err(wrong(text));
        }
        Ok(Self { terms })
    }

    /// The same with primary spherical aberration (Noll 11) of that coefficient, um, besides.
    pub fn with_spherical(mut self, coefficient: f64) -> Self {
        if coefficient != 0.0 {
            self.terms.push((4, 0, coefficient));
        }
        self
    }

    /// The terms that are round.
    pub fn round(&self) -> Self {
        self.where_orders(|_, m| m == 0)
    }

    /// The terms that are not round.
    pub fn angular(&self) -> Self {
        self.where_orders(|_, m| m != 0)
    }

    /// The terms that blur: all but piston, tilt and defocus, which move the point.
    pub fn blurring(&self) -> Self {
        self.where_orders(|n, m| n > 1 && (n, m) != (2, 0))
    }

    fn where_orders(&self, keep: impl Fn(u32, i32) -> bool) -> Self {
        Self { terms: self.terms.iter().copied().filter(|(n, m, _)| keep(*n, *m)).collect() }
    }

    /// Whether there is no term.
    pub fn is_none(&self) -> bool {
        self.terms.is_empty()
    }

    /// Wavefront at distance `rho` (0 to 1) and angle of the pupil, um.
    pub fn wavefront(&self, rho: f64, angle: f64) -> f64 {
        self.terms.iter().map(|(n, m, coefficient)| coefficient * polynomial(*n, *m, rho, angle)).sum()
    }

    /// A bound for the derivative of the wavefront with respect to `rho`, um: Markov's for polynomials within +-1.
    pub fn steepest(&self) -> f64 {
        let bound = |n: f64, m: i32| (n + 1.0).sqrt() * if m == 0 { 1.0 } else { std::f64::consts::SQRT_2 } * n * n;
        self.terms.iter().map(|(n, m, coefficient)| coefficient.abs() * bound(f64::from(*n), *m)).sum()
    }

    /// Derivative of the round wavefront with respect to `rho`, over `rho`, um.
    pub fn bend(&self, rho: f64) -> f64 {
        let round = self.round();
        let side = |sign: f64| round.wavefront(rho + sign * STEP, 0.0);
        (side(1.0) - side(-1.0)) / (2.0 * STEP * rho)
    }
}

/// Z of root mean square 1.
fn polynomial(n: u32, m: i32, rho: f64, angle: f64) -> f64 {
    let order = m.unsigned_abs();
    let (plus, minus) = ((n + order) / 2, (n - order) / 2);
    let factorial = |value: u32| (1..=value).map(f64::from).product::<f64>();
    let radial: f64 = (0..=minus)
        .map(|s| {
            let sign = if s % 2 == 0 { 1.0 } else { -1.0 };
            sign * factorial(n - s) / (factorial(s) * factorial(plus - s) * factorial(minus - s))
                * rho.powi((n - 2 * s) as i32)
        })
        .sum();
    let scale = (f64::from(n) + 1.0).sqrt();
    let turn = f64::from(order) * angle;
    match m {
        0 => scale * radial,
        1.. => scale * std::f64::consts::SQRT_2 * radial * turn.cos(),
        _ => scale * std::f64::consts::SQRT_2 * radial * turn.sin(),
    }
}

/// Orders of a number after Noll: by n, then |m|; even numbers are cosines.
fn noll(number: u32) -> Option<(u32, i32)> {
    if number == 0 || number > 10_000 {
        return None;
    }
    let mut n = 0;
    let mut left = number - 1;
    while left > n {
        n += 1;
        left -= n;
    }
    let m = if n % 2 == 0 { 2 * left.div_ceil(2) } else { 2 * (left / 2) + 1 } as i32;
    Some((n, if number.is_multiple_of(2) { m } else { -m }))
}

/// Orders of a number after ANSI Z80.28: j = (n (n + 2) + m) / 2.
fn ansi(number: u32) -> Option<(u32, i32)> {
    if number > 10_000 {
        return None;
    }
    let mut n = 0;
    let mut first = 0;
    while number > first + n {
        first += n + 1;
        n += 1;
    }
    Some((n, 2 * (number - first) as i32 - n as i32))
}

/// For derivatives by differences.
const STEP: f64 = 1e-5;
/// Highest radial order: beyond it the sums of the polynomial lose digits.
const HIGHEST: u32 = 20;
/// Wavefronts beyond this are not an image any more.
const MAX_NM: f64 = 5000.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_tables() {
        // Noll 1976, table I: defocus 4, astigmatism 5 and 6, coma 7 and 8, trefoil 9 and 10, spherical 11.
        for (number, order) in [
            (1, (0, 0)),
            (2, (1, 1)),
            (3, (1, -1)),
            (4, (2, 0)),
            (5, (2, -2)),
            (6, (2, 2)),
            (7, (3, -1)),
            (8, (3, 1)),
            (9, (3, -3)),
            (10, (3, 3)),
            (11, (4, 0)),
            (12, (4, 2)),
            (13, (4, -2)),
            (22, (6, 0)),
        ] {
            assert_eq!(noll(number), Some(order), "{number}");
        }
        for (number, order) in [(0, (0, 0)), (1, (1, -1)), (2, (1, 1)), (4, (2, 0)), (8, (3, 1)), (12, (4, 0))] {
            assert_eq!(ansi(number), Some(order), "{number}");
        }
    }

    #[test]
    fn polynomials_are_orthonormal() {
        let workers = crate::runtime::Workers::new(1).unwrap();
        let rings = super::super::quadrature::gauss_legendre(40, (&workers).into()).unwrap();
        let mean = |one: (u32, i32), other: (u32, i32)| -> f64 {
            let mut sum = 0.0;
            for (x, weight) in &rings {
                let rho = 0.5 * (x + 1.0);
                for turn in 0..64 {
                    let angle = std::f64::consts::TAU * f64::from(turn) / 64.0;
                    sum += weight * rho / 64.0
                        * polynomial(one.0, one.1, rho, angle)
                        * polynomial(other.0, other.1, rho, angle);
                }
            }
            sum
        };
        for one in 1..23 {
            for other in 1..=one {
                let product = mean(noll(one).unwrap(), noll(other).unwrap());
                assert!((product - f64::from(u8::from(one == other))).abs() < 1e-10, "{one} {other} {product}");
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_quoted() {
        for text in ["fringe 4:1", "noll 4", "noll 0:1", "noll 4:x", "noll 4:inf", "noll 4:NaN", "noll 4:4000 5:4000"] {
            let told = Aberration::parse(text).unwrap_err().to_string();
            assert!(told.contains("psf.zernike") && told.contains(text.split(' ').next().unwrap()), "{told}");
        }
        assert!(Aberration::parse(" ").unwrap().is_none());
        assert_eq!(Aberration::parse("noll 11:50").unwrap(), Aberration::parse("ansi 12:50").unwrap());
    }
}
