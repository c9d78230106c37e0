//! Real gains that follow from the modulus of a transfer function, and from the frequency.

use std::f64::consts::TAU;

/// A factor for every frequency that [`Transform::outer_project_within`] applies together with the conjugate of the
/// transfer function H, so that filters of the same H need no memory of their own:
///
/// 1 / (a + b |H| + c |H|² + p |ω|⁴), times 1 / √(1 + e r²ⁿ) where there is a [`LowPass`],
///
/// with ω in radians per sample.
///
/// [`Transform::outer_project_within`]: super::Transform::outer_project_within
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gain {
    coefficients: [f64; 3],
    penalty: f64,
    low_pass: Option<LowPass>,
}

/// A Butterworth filter whose passband is an ellipsoid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LowPass {
    /// Frequencies along (z, y, x), in cycles per sample, at which r = 1; infinite: an axis that does not count.
    pub cutoff: [f64; 3],
    /// e: the factor at r = 1 is 1 / √(1 + e).
    pub ripple: f64,
    /// n: how steeply the factor falls beyond.
    pub order: u32,
}

/// A [`Gain`] for values that are stored divided by the number of samples.
#[derive(Clone, Copy)]
pub(super) struct Stored {
    pub coefficients: [f32; 3],
    pub penalty: f32,
    pub ripple: f32,
    /// Twice the order of the low-pass filter is this many factors of r²; 0: none.
    pub order: u32,
    /// What an index along (z, y, x), squared, adds to |ω|², or to r² where there is a low-pass filter.
    pub steps: [f32; 3],
}

impl Gain {
    /// The gain 1: nothing but the conjugate.
    pub const ONE: Self = Self { coefficients: [1.0, 0.0, 0.0], penalty: 0.0, low_pass: None };

    /// 1 / (`coefficients[0]` + `coefficients[1]` |H| + `coefficients[2]` |H|²).
    pub fn new(coefficients: [f64; 3]) -> Self {
        Self { coefficients, ..Self::ONE }
    }

    /// With p, the weight of the squared response of the Laplace operator; takes the place of a low-pass filter.
    pub fn penalised(self, penalty: f64) -> Self {
        Self { penalty, low_pass: None, ..self }
    }

    /// With a low-pass filter, in the place of a penalty.
    pub fn within(self, low_pass: LowPass) -> Self {
        Self { penalty: 0.0, low_pass: Some(low_pass), ..self }
    }

    /// The gain for a stored H that is the true one divided by the samples of `shape`; `None` for the gain 1.
    pub(super) fn stored(self, shape: [usize; 3]) -> Option<Stored> {
        let n = shape.iter().map(|&extent| extent as f64).product::<f64>();
        let [a, b, c] = self.coefficients;
        let unit = match self.low_pass {
            Some(low_pass) => low_pass.cutoff.map(|cutoff| 1.0 / cutoff),
            None => [TAU; 3],
        };
        (self != Self::ONE).then(|| Stored {
            coefficients: [a as f32, (b * n) as f32, (c * n * n) as f32],
            penalty: self.penalty as f32,
            ripple: self.low_pass.map_or(0.0, |low_pass| low_pass.ripple) as f32,
            order: self.low_pass.map_or(0, |low_pass| low_pass.order),
            steps: std::array::from_fn(|axis| (unit[axis] / shape[axis] as f64).powi(2) as f32),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;
    use crate::fft::{Buffer, Support, Transform};
    use crate::runtime::Workers;

    /// Sum over frequencies of conj(H) X times the gain, all by their definitions.
    fn slow(shape: [usize; 3], kernel: &[f32], image: &[f32], wanted: Gain) -> Vec<f64> {
        let [a, b, c] = wanted.coefficients;
        let radius = |k: [usize; 3], unit: [f64; 3]| -> f64 {
            let signed =
                |axis: usize| k[axis] as f64 - if 2 * k[axis] > shape[axis] { shape[axis] as f64 } else { 0.0 };
            (0..3).map(|axis| (signed(axis) / shape[axis] as f64 * unit[axis]).powi(2)).sum()
        };
        let n: usize = shape.iter().product();
        let place = |at: usize| [at / (shape[1] * shape[2]), at / shape[2] % shape[1], at % shape[2]];
        let angle = |k: usize, at: [usize; 3]| -> f64 {
            let k = place(k);
            (0..3).map(|axis| TAU * (k[axis] * at[axis]) as f64 / shape[axis] as f64).sum()
        };
        let transform = |samples: &[f32], k: usize, centre: [usize; 3]| {
            samples.iter().enumerate().fold((0.0, 0.0), |(re, im), (at, &sample)| {
                let at = place(at);
                let at = std::array::from_fn(|axis| (at[axis] + shape[axis] - centre[axis]) % shape[axis]);
                let angle = angle(k, at);
                (re + f64::from(sample) * angle.cos(), im - f64::from(sample) * angle.sin())
            })
        };
        let product: Vec<(f64, f64)> = (0..n)
            .map(|k| {
                let h = transform(kernel, k, shape.map(|extent| extent / 2));
                let x = transform(image, k, [0; 3]);
                let square = h.0 * h.0 + h.1 * h.1;
                let bend = radius(place(k), [TAU; 3]);
                let gain = 1.0 / (a + b * square.sqrt() + c * square + wanted.penalty * bend * bend);
                let gain = wanted.low_pass.map_or(gain, |low| {
                    let r = radius(place(k), low.cutoff.map(|cutoff| 1.0 / cutoff)).sqrt();
                    gain / (1.0 + low.ripple * r.powi(2 * low.order as i32)).sqrt()
                });
                ((x.0 * h.0 + x.1 * h.1) * gain, (x.1 * h.0 - x.0 * h.1) * gain)
            })
            .collect();
        (0..n)
            .map(|at| {
                let terms = product.iter().enumerate().map(|(k, (re, im))| {
                    let angle = angle(k, place(at));
                    re * angle.cos() - im * angle.sin()
                });
                terms.sum::<f64>() / n as f64
            })
            .collect()
    }

    #[test]
    fn filters_agree_with_slow_sums() {
        let workers = Workers::new(2).unwrap();
        for shape in [[4, 5, 6], [1, 20, 6]] {
            filters_agree(shape, &workers);
        }
    }

    fn filters_agree(shape: [usize; 3], workers: &Workers) {
        let n = 120;
        let image: Vec<f32> = (0..n).map(|at| ((at * 37 + 11) % 97) as f32 / 97.0).collect();
        let even: Vec<f32> = (0..n).map(|at| if [75, 74, 76, 69, 81].contains(&at) { 0.2 } else { 0.0 }).collect();
        let odd: Vec<f32> = (0..n).map(|at| ((at * at + 5 * at) % 41) as f32 / 2000.0).collect();
        for kernel in [even, odd] {
            let low_pass = LowPass { cutoff: [0.3, 0.2, 0.25], ripple: 3.0, order: 3 };
            let plane = LowPass { cutoff: [f64::INFINITY, 0.2, 0.25], ripple: 1.0, order: 1 };
            for gain in [
                Gain::new([0.1, 0.9, 0.0]),
                Gain::new([0.05, 0.0, 1.0]),
                Gain::ONE,
                Gain::new([0.01, 0.0, 1.0]).penalised(0.02),
                Gain::new([0.05, 0.0, 1.0]).within(low_pass),
                Gain::ONE.within(plane),
            ] {
                let transform = Transform::new(shape).unwrap();
                let mut volume = Buffer::new("volume", transform.len()).unwrap();
                let mut scratch = Buffer::new("scratch", transform.scratch_len(2)).unwrap();
                let otf = transform.otf(&kernel, shape, &mut scratch, workers).unwrap();
                let row = |z: usize, y: usize| (z * shape[1] + y) * shape[2];
                transform.inner_forward(&mut volume, &mut scratch, workers, &|z, y, target| {
                    target.copy_from_slice(&image[row(z, y)..][..shape[2]]);
                });
                let supports = [Support::WHOLE; 2];
                transform.outer_project_within(&mut volume, &otf, gain, &mut scratch, workers, supports);
                let expected = slow(shape, &kernel, &image, gain);
                transform.inner_inverse(&mut volume, &mut scratch, workers, &|z, y, got| {
                    for (got, expected) in got.iter().zip(&expected[row(z, y)..]) {
                        assert!((f64::from(*got) - expected).abs() < 2e-5, "{got} instead of {expected}");
                    }
                });
            }
        }
    }
}
