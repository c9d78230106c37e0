//! Slow, obvious deconvolution in f64, and scenes.

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
