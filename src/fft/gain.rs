//! Real gains that follow from the modulus of a transfer function.

/// A factor for every frequency, 1 / (a + b |H| + c |H|²), that [`Transform::outer_project_within`] applies together
/// with the conjugate of the transfer function H, so that filters of the same H need no memory of their own.
///
/// [`Transform::outer_project_within`]: super::Transform::outer_project_within
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gain {
    coefficients: [f64; 3],
}

impl Gain {
    /// The gain 1: nothing but the conjugate.
    pub const ONE: Self = Self { coefficients: [1.0, 0.0, 0.0] };

    /// 1 / (`coefficients[0]` + `coefficients[1]` |H| + `coefficients[2]` |H|²).
    pub fn new(coefficients: [f64; 3]) -> Self {
        Self { coefficients }
    }

    /// The coefficients for a stored H that is the true one divided by `samples`; `None` for the gain 1.
    pub(super) fn stored(self, samples: usize) -> Option<[f32; 3]> {
        let n = samples as f64;
        let [a, b, c] = self.coefficients;
        (self != Self::ONE).then_some([a as f32, (b * n) as f32, (c * n * n) as f32])
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;
    use crate::fft::{Buffer, Support, Transform};
    use crate::runtime::Workers;

    /// Sum over frequencies of conj(H) X / (a + b |H| + c |H|²), all by their definitions.
    fn slow(shape: [usize; 3], kernel: &[f32], image: &[f32], [a, b, c]: [f64; 3]) -> Vec<f64> {
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
                let gain = 1.0 / (a + b * square.sqrt() + c * square);
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
        let shape = [4, 5, 6];
        let n = 120;
        let image: Vec<f32> = (0..n).map(|at| ((at * 37 + 11) % 97) as f32 / 97.0).collect();
        let even: Vec<f32> = (0..n).map(|at| if [75, 74, 76, 69, 81].contains(&at) { 0.2 } else { 0.0 }).collect();
        let odd: Vec<f32> = (0..n).map(|at| ((at * at + 5 * at) % 41) as f32 / 2000.0).collect();
        for kernel in [even, odd] {
            for coefficients in [[0.1, 0.9, 0.0], [0.05, 0.0, 1.0], [1.0, 0.0, 0.0]] {
                let transform = Transform::new(shape).unwrap();
                let mut volume = Buffer::new("volume", transform.len()).unwrap();
                let mut scratch = Buffer::new("scratch", transform.scratch_len(2)).unwrap();
                let otf = transform.otf(&kernel, shape, &mut scratch, &workers).unwrap();
                let row = |z: usize, y: usize| (z * shape[1] + y) * shape[2];
                transform.inner_forward(&mut volume, &mut scratch, &workers, &|z, y, target| {
                    target.copy_from_slice(&image[row(z, y)..][..shape[2]]);
                });
                let gain = Gain::new(coefficients);
                let supports = [Support::WHOLE; 2];
                transform.outer_project_within(&mut volume, &otf, gain, &mut scratch, &workers, supports);
                let expected = slow(shape, &kernel, &image, coefficients);
                transform.inner_inverse(&mut volume, &mut scratch, &workers, &|z, y, got| {
                    for (got, expected) in got.iter().zip(&expected[row(z, y)..]) {
                        assert!((f64::from(*got) - expected).abs() < 2e-5, "{got} instead of {expected}");
                    }
                });
            }
        }
    }
}
