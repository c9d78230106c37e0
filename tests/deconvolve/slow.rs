//! Slow, obvious deconvolution in f64, and scenes.

use std::f64::consts::TAU;

use abbe::psf::Kernel;

/// Convolution by its definition on a field that wraps around, of which the image is the corner at the origin.
pub struct Direct {
    image: [usize; 3],
    field: [usize; 3],
    kernel: Vec<([usize; 3], f64)>,
}

impl Direct {
    /// The kernel's centre is at index `shape / 2`.
    pub fn new(image: [usize; 3], field: [usize; 3], kernel: &Kernel) -> Self {
        let shape = kernel.shape();
        let offsets = kernel.samples().iter().enumerate().map(|(at, &value)| {
            let place = [at / (shape[1] * shape[2]), at / shape[2] % shape[1], at % shape[2]];
            let offset =
                std::array::from_fn(|axis| (place[axis] + (1 << 10) * field[axis] - shape[axis] / 2) % field[axis]);
            (offset, f64::from(value))
        });
        Self { image, field, kernel: offsets.collect() }
    }

    fn index(&self, [z, y, x]: [usize; 3]) -> usize {
        (z * self.field[1] + y) * self.field[2] + x
    }

    fn place(&self, at: usize) -> [usize; 3] {
        [at / (self.field[1] * self.field[2]), at / self.field[2] % self.field[1], at % self.field[2]]
    }

    fn moved(&self, from: [usize; 3], by: [usize; 3]) -> usize {
        self.index(std::array::from_fn(|axis| (from[axis] + by[axis]) % self.field[axis]))
    }

    /// H x.
    pub fn blur(&self, field: &[f64]) -> Vec<f64> {
        let mut blurred = vec![0.0; field.len()];
        for (at, &value) in field.iter().enumerate().filter(|(_, value)| **value != 0.0) {
            let place = self.place(at);
            self.kernel.iter().for_each(|&(offset, weight)| blurred[self.moved(place, offset)] += weight * value);
        }
        blurred
    }

    /// Hᵀ r.
    pub fn project(&self, residuals: &[f64]) -> Vec<f64> {
        (0..residuals.len())
            .map(|at| {
                let place = self.place(at);
                self.kernel.iter().map(|&(offset, weight)| weight * residuals[self.moved(place, offset)]).sum()
            })
            .collect()
    }

    /// Whether a voxel of the field is in the image.
    pub fn inside(&self, at: usize) -> bool {
        self.place(at).iter().zip(&self.image).all(|(place, extent)| place < extent)
    }

    /// The image on the field, 0 around it.
    pub fn spread(&self, image: &[f32]) -> Vec<f64> {
        let mut samples = image.iter();
        (0..self.field.iter().product())
            .map(|at| if self.inside(at) { f64::from(*samples.next().unwrap()) } else { 0.0 })
            .collect()
    }

    /// The image's part of the field.
    pub fn crop(&self, field: &[f64]) -> Vec<f64> {
        (0..field.len()).filter(|&at| self.inside(at)).map(|at| field[at]).collect()
    }

    /// Hᵀ 1, 0 where it is below a hundredth.
    pub fn weights(&self) -> Vec<f64> {
        let ones: Vec<f64> = (0..self.field.iter().product()).map(|at| f64::from(u8::from(self.inside(at)))).collect();
        self.project(&ones).into_iter().map(|weight| if weight < 0.01 { 0.0 } else { weight }).collect()
    }

    /// The flat field with the light of the image.
    pub fn flat(&self, image: &[f32]) -> Vec<f64> {
        let weights = self.weights();
        let level = image.iter().map(|&sample| f64::from(sample)).sum::<f64>() / weights.iter().sum::<f64>();
        weights.iter().map(|&weight| if weight > 0.0 { level } else { 0.0 }).collect()
    }

    /// x Hᵀ(d / Hx) / Hᵀ1, from the flat field.
    pub fn richardson_lucy(&self, image: &[f32], iterations: usize) -> Vec<f64> {
        let (observed, weights) = (self.spread(image), self.weights());
        let mut estimate = self.flat(image);
        for _ in 0..iterations {
            let blurred = self.blur(&estimate);
            let ratio: Vec<f64> =
                (0..blurred.len()).map(|at| if self.inside(at) { observed[at] / blurred[at] } else { 0.0 }).collect();
            let correction = self.project(&ratio);
            for at in 0..estimate.len() {
                estimate[at] = if weights[at] > 0.0 { estimate[at] * correction[at] / weights[at] } else { 0.0 };
            }
        }
        estimate
    }
}

/// An iteration by its formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    HeavyBall,
    BiggsAndrews,
    Tempered(f64),
    /// With the frequencies at which the filter falls, along (z, y, x).
    WienerButterworth([f64; 3]),
    TotalVariation(f64),
    Landweber,
    Isra,
    GoldMeinel,
}

impl Direct {
    /// Hᵀ r with every frequency f, in cycles per sample, multiplied by `gain(|H|², f)`.
    pub fn filtered(&self, residuals: &[f64], gain: impl Fn(f64, [f64; 3]) -> f64) -> Vec<f64> {
        let n = residuals.len();
        let mut samples = vec![0.0; n];
        self.kernel.iter().for_each(|&(offset, weight)| samples[self.index(offset)] += weight);
        let angle = |k: usize, at: usize| -> f64 {
            let (k, at) = (self.place(k), self.place(at));
            (0..3).map(|axis| TAU * (k[axis] * at[axis]) as f64 / self.field[axis] as f64).sum()
        };
        let transform = |values: &[f64], k: usize| {
            values.iter().enumerate().fold((0.0, 0.0), |(re, im), (at, value)| {
                (re + value * angle(k, at).cos(), im - value * angle(k, at).sin())
            })
        };
        let product: Vec<(f64, f64)> = (0..n)
            .map(|k| {
                let (h, r) = (transform(&samples, k), transform(residuals, k));
                let frequency = std::array::from_fn(|axis| {
                    let (at, n) = (self.place(k)[axis], self.field[axis]);
                    at.min(n - at) as f64 / n as f64
                });
                let gain = gain(h.0 * h.0 + h.1 * h.1, frequency) / n as f64;
                ((r.0 * h.0 + r.1 * h.1) * gain, (r.1 * h.0 - r.0 * h.1) * gain)
            })
            .collect();
        (0..n)
            .map(|at| {
                let terms = product.iter().enumerate();
                terms.map(|(k, (re, im))| re * angle(k, at).cos() - im * angle(k, at).sin()).sum()
            })
            .collect()
    }

    /// div(∇x / |∇x|), forward and then backward differences, of x over its mean; |∇x| is 8 `weight` x at least.
    fn curvature(&self, field: &[f64], mean: f64, weight: f64) -> Vec<f64> {
        let steps = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
        let unit = |at: usize| -> [f64; 3] {
            let here = field[at] / mean;
            let gradient = steps.map(|step| field[self.moved(self.place(at), step)] / mean - here);
            let least = (8.0 * weight * here).max(1e-3);
            let norm = (gradient.iter().map(|part| part * part).sum::<f64>() + least * least).sqrt();
            gradient.map(|part| part / norm)
        };
        (0..field.len())
            .map(|at| {
                (0..3)
                    .map(|axis| {
                        let mut back = [0; 3];
                        back[axis] = self.field[axis] - 1;
                        unit(at)[axis] - unit(self.moved(self.place(at), back))[axis]
                    })
                    .sum()
            })
            .collect()
    }

    /// Iterations of `rule` for an image of which `background` is no specimen's, and which counts photons when `shift`
    /// is added.
    pub fn iterate(&self, image: &[f32], background: f64, shift: f64, rule: Rule, iterations: usize) -> Vec<f64> {
        let weights = self.weights();
        let observed: Vec<f64> = self.spread(image).iter().map(|sample| sample + shift).collect();
        let base = (background + shift).max(0.0);
        let above: Vec<f32> = image.iter().map(|sample| sample - background as f32).collect();
        let mean = above.iter().map(|&sample| f64::from(sample)).sum::<f64>() / above.len() as f64;
        let inside = |at: usize| self.inside(at);
        let masked = |value: &dyn Fn(usize) -> f64| -> Vec<f64> {
            (0..weights.len()).map(|at| if inside(at) { value(at) } else { 0.0 }).collect()
        };
        let mut now = self.flat(&above);
        if rule == Rule::GoldMeinel {
            now = self.mirrored(&above);
        }
        let numerator = self.project(&masked(&|at| (observed[at] - base).max(0.0)));
        let (mut before, mut step, mut momentum) = (now.clone(), vec![0.0; now.len()], 0.0);
        for k in 1..=iterations {
            let trace = |at: usize| if weights[at] > 0.0 { 1e-6 * mean } else { 0.0 };
            let point = |at: usize| (now[at] + momentum * (now[at] - before[at])).max(trace(at));
            let ahead: Vec<f64> = (0..now.len()).map(point).collect();
            let blurred: Vec<f64> = self.blur(&ahead).iter().map(|value| value + base).collect();
            let ratio = masked(&|at| observed[at].max(0.0) / blurred[at] - 1.0);
            let next: Vec<f64> = match rule {
                Rule::GoldMeinel => (0..now.len())
                    .map(|at| {
                        if inside(at) {
                            now[at] * (observed[at] - base).max(0.0) / (blurred[at] - base)
                        } else {
                            now[at]
                        }
                    })
                    .collect(),
                Rule::Isra => {
                    let denominator = self.project(&masked(&|at| blurred[at] - base));
                    (0..now.len())
                        .map(|at| if weights[at] > 0.0 { now[at] * numerator[at] / denominator[at] } else { 0.0 })
                        .collect()
                }
                Rule::Landweber => {
                    let correction = self.project(&masked(&|at| observed[at] - blurred[at]));
                    let step = |at: usize| (ahead[at] + correction[at] / weights[at]).max(0.0);
                    (0..now.len()).map(|at| if weights[at] > 0.0 { step(at) } else { 0.0 }).collect()
                }
                _ => {
                    let (correction, least, most) = match rule {
                        Rule::Tempered(t) => (self.filtered(&ratio, |h, _| (1.0 + t) / (h.sqrt() + t)), 0.1, 50.0),
                        Rule::WienerButterworth(cutoff) => {
                            let gain = |h: f64, f: [f64; 3]| {
                                let r: f64 = (0..3).map(|axis| (f[axis] / cutoff[axis]).powi(2)).sum();
                                1.05 / (h + 0.05) / (1.0 + 9999.0 * r.powi(10)).sqrt()
                            };
                            (self.filtered(&ratio, gain), 0.1, 50.0)
                        }
                        _ => (self.project(&ratio), 0.0, f64::MAX),
                    };
                    let divisor: Vec<f64> = match rule {
                        Rule::TotalVariation(weight) => self
                            .curvature(&now, mean, weight)
                            .iter()
                            .map(|curvature| (1.0 - weight * curvature).max(0.1))
                            .collect(),
                        _ => vec![1.0; now.len()],
                    };
                    let factor = |at: usize| (1.0 + correction[at] / f64::max(weights[at], least)).clamp(0.0, most);
                    (0..now.len())
                        .map(|at| if weights[at] > 0.0 { ahead[at] * factor(at) / divisor[at] } else { 0.0 })
                        .collect()
                }
            };
            let moved: Vec<f64> = next.iter().zip(&ahead).map(|(next, ahead)| next - ahead).collect();
            momentum = match rule {
                Rule::Isra | Rule::GoldMeinel | Rule::WienerButterworth(_) => 0.0,
                Rule::BiggsAndrews if k > 2 => {
                    let product: f64 = moved.iter().zip(&step).map(|(a, b)| a * b).sum();
                    (product / step.iter().map(|a| a * a).sum::<f64>()).clamp(0.0, 1.0)
                }
                Rule::BiggsAndrews => 0.0,
                _ => (k as f64 - 1.0) / (k as f64 + 2.0),
            };
            step = moved;
            before = std::mem::replace(&mut now, next);
        }
        now
    }

    /// The image continued over the field by its reflections in its last samples, which fade into its mean within 24
    /// samples, 8 along z, and half of what lies around it: for kernels that are no wider.
    pub fn reflected(&self, image: &[f32]) -> Vec<f64> {
        let mean = image.iter().map(|&sample| f64::from(sample)).sum::<f64>() / image.len() as f64;
        let mut field = self.spread(image);
        for axis in [2, 1, 0] {
            let (n, full) = (self.image[axis], self.field[axis]);
            let reach = if axis == 0 { 8 } else { 24 }.min((full - n) / 2);
            for at in 0..field.len() {
                let place = self.place(at);
                if place[axis] < n {
                    continue;
                }
                let value = |position: usize| {
                    let mut place = place;
                    place[axis] = position;
                    field[self.index(place)]
                };
                let (after, before) = (place[axis] + 1 - n, full - place[axis]);
                let share = |steps: usize| {
                    let part = ((steps as f64 - 0.5) / reach as f64).min(1.0);
                    1.0 - part * part * (3.0 - 2.0 * part)
                };
                let high = 2.0 * value(n - 1) - value(n - 1 - after.min(n - 1));
                let low = 2.0 * value(0) - value(before.min(n - 1));
                let (after, before) = (share(after), share(before));
                field[at] = after * high + before * low + (1.0 - after - before) * mean;
            }
        }
        field
    }

    /// The image continued over the field by the mirror image of the nearest end.
    fn mirrored(&self, image: &[f32]) -> Vec<f64> {
        let along = |axis: usize, at: usize| {
            let (n, full) = (self.image[axis] as isize, self.field[axis] as isize);
            let at = at as isize;
            // The field wraps around: behind its middle a sample lies before the image.
            let place = if at - n > full - 1 - at { at - full } else { at };
            let folded = place.rem_euclid(2 * n);
            (if folded < n { folded } else { 2 * n - 1 - folded }) as usize
        };
        (0..self.field.iter().product())
            .map(|at| {
                let [z, y, x] = self.place(at);
                let (z, y, x) = (along(0, z), along(1, y), along(2, x));
                f64::from(image[(z * self.image[1] + y) * self.image[2] + x])
            })
            .collect()
    }
}

/// A Gaussian kernel, centred at index `shape / 2`.
pub fn gaussian(shape: [usize; 3], sigma: f64) -> Kernel {
    let samples = (0..shape.iter().product()).map(|at: usize| {
        let place = [at / (shape[1] * shape[2]), at / shape[2] % shape[1], at % shape[2]];
        let square: f64 = (0..3).map(|axis| (place[axis] as f64 - (shape[axis] / 2) as f64).powi(2)).sum();
        (-square / (2.0 * sigma * sigma)).exp() as f32
    });
    Kernel::new(shape, samples.collect()).unwrap()
}

/// A kernel without any symmetry.
pub fn lopsided(shape: [usize; 3]) -> Kernel {
    let samples = (0..shape.iter().product()).map(|at: usize| ((at * at * 31 + at * 17 + 5) % 23) as f32);
    Kernel::new(shape, samples.collect()).unwrap()
}

/// A small random generator (splitmix64).
pub struct Random(pub u64);

impl Random {
    /// The next number in 0..1.
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}
