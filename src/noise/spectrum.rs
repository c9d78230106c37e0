//! How the noise of an image that is stabilised spreads over frequencies, by its flattest places.
//!
//! Noise that neighbours share and fine structure look alike in one spectrum. Over many blocks they do not: what noise has at
//! one frequency says nothing about what it has at another, while a block with structure has more of all. So the flattest
//! blocks by half of the low frequencies show what noise has at the other half, and where the next flattest have as much, it
//! is noise alone.

use super::block::{Cosines, SIDE};
use crate::error::{Result, zeroed};

/// Finds the spectrum of noise in images of one shape. Allocates nothing after [`Spectrum::new`].
pub struct Spectrum {
    shape: [usize; 3],
    cosines: Cosines,
    blocks: Vec<Seen>,
    scratch: Vec<f32>,
}

/// Energies by frequency along y and x of the discrete cosine transform (type II, orthonormal) of blocks of 8 x 8 samples. White
/// noise has its variance in all of them; 0, 0 is what the two next to it tell.
pub type Energies = [[f64; SIDE]; SIDE];

/// What the flattest blocks show.
#[derive(Clone, Copy, Debug)]
pub struct Spread {
    /// Their energies.
    pub energies: Energies,
    /// Whether these are noise alone: the next flattest blocks have as much.
    pub is_noise: bool,
}

/// A block and its energies at low frequencies, y * [`LOW`] + x.
#[derive(Clone, Copy, Default)]
struct Seen {
    low: [f32; LOW * LOW],
    rank: f32,
    number: u32,
}

/// Low frequencies along an axis.
const LOW: usize = 4;
/// Blocks that are looked at, at most.
const MOST: usize = 8192;
/// The flattest are one of so many.
const FLATTEST: usize = 8;
/// Fewer flat blocks tell noise from nothing.
const FEWEST: usize = 32;

impl Spectrum {
    /// For images of `shape` (z, y, x).
    ///
    /// # Errors
    /// [`crate::error::Error::Memory`].
    pub fn new(shape: [usize; 3]) -> Result<Self> {
        let count = Self::count(shape);
        let thing = "blocks of the noise";
        Ok(Self { shape, cosines: Cosines::new(), blocks: zeroed(thing, count)?, scratch: zeroed(thing, count)? })
    }

    /// Bytes that it holds.
    pub fn bytes(shape: [usize; 3]) -> u64 {
        (Self::count(shape) * (size_of::<Seen>() + size_of::<f32>())) as u64
    }

    fn all([nz, ny, nx]: [usize; 3]) -> usize {
        nz * (ny / SIDE) * (nx / SIDE)
    }

    fn count(shape: [usize; 3]) -> usize {
        Self::all(shape).min(MOST)
    }

    /// The energies of the flattest blocks of `image`, packed samples (z, y, x), whose noise does not depend on brightness; `None`
    /// where too little is seen. Blocks that have the highest or the lowest of all samples do not count: these may have been clipped.
    pub fn of(&mut self, image: &[f32]) -> Option<Spread> {
        let extreme =
            image.iter().fold([f32::MAX, f32::MIN], |[low, high], &sample| [low.min(sample), high.max(sample)]);
        let mut kept = 0;
        for at in 0..self.blocks.len() {
            let number = at * Self::all(self.shape) / self.blocks.len();
            let block = self.block(image, number);
            if block.iter().flatten().any(|sample| extreme.contains(sample)) {
                continue;
            }
            let spectrum = self.spectrum(block);
            let low = std::array::from_fn(|k| spectrum[k / LOW][k % LOW].powi(2));
            self.blocks[kept] = Seen { low, rank: 0.0, number: number as u32 };
            kept += 1;
        }
        let flat = kept / FLATTEST;
        if flat < FEWEST {
            return None;
        }
        let mut energies = Energies::default();
        let mut excess = 0.0;
        for half in 0..2 {
            self.rank(kept, half);
            let other = |k: usize| k != 0 && (k / LOW + k % LOW) % 2 != half;
            let mean = |blocks: &[Seen], k: usize| {
                blocks.iter().map(|block| f64::from(block.low[k])).sum::<f64>() / blocks.len() as f64
            };
            let (flattest, next) = self.blocks[..2 * flat].split_at(flat);
            for k in (0..LOW * LOW).filter(|&k| other(k)) {
                energies[k / LOW][k % LOW] = mean(flattest, k);
                excess += mean(next, k) / mean(flattest, k) - 1.0;
            }
            for seen in flattest {
                let spectrum = self.spectrum(self.block(image, seen.number as usize));
                for (y, x) in (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (y, x))).filter(|&(y, x)| y.max(x) >= LOW) {
                    energies[y][x] += f64::from(spectrum[y][x]).powi(2) / (2 * flat) as f64;
                }
            }
        }
        energies[0][0] = f64::midpoint(energies[0][1], energies[1][0]);
        // Each ratio of two means of squares of normal numbers, each mean of `flat`, has the variance 4 / flat.
        let ratios = (LOW * LOW - 1) as f64;
        let is_even = excess / ratios <= 3.0 * (4.0 / (flat as f64 * ratios)).sqrt();
        let is_noise = is_even && energies.iter().flatten().all(|energy| *energy > 0.0);
        Some(Spread { energies, is_noise })
    }

    /// Puts the blocks in the order of their energies at one half of the low frequencies, each in units of its median.
    fn rank(&mut self, kept: usize, half: usize) {
        let blocks = &mut self.blocks[..kept];
        blocks.iter_mut().for_each(|block| block.rank = 0.0);
        for k in (1..LOW * LOW).filter(|k| (k / LOW + k % LOW) % 2 == half) {
            let scratch = &mut self.scratch[..kept];
            scratch.iter_mut().zip(&*blocks).for_each(|(value, block)| *value = block.low[k]);
            let median = *scratch.select_nth_unstable_by(kept / 2, f32::total_cmp).1;
            blocks.iter_mut().for_each(|block| block.rank += block.low[k] / median.max(f32::MIN_POSITIVE));
        }
        blocks.sort_unstable_by(|a, b| a.rank.total_cmp(&b.rank).then(a.number.cmp(&b.number)));
    }

    fn block(&self, image: &[f32], number: usize) -> [[f32; SIDE]; SIDE] {
        let [_, ny, nx] = self.shape;
        let [rows, columns] = [ny / SIDE, nx / SIDE];
        let (z, y, x) = (number / (rows * columns), number / columns % rows * SIDE, number % columns * SIDE);
        let start = (z * ny + y) * nx + x;
        std::array::from_fn(|row| std::array::from_fn(|column| image[start + row * nx + column]))
    }

    fn spectrum(&self, mut block: [[f32; SIDE]; SIDE]) -> [[f32; SIDE]; SIDE] {
        let mean = block.as_flattened().iter().sum::<f32>() / (SIDE * SIDE) as f32;
        block.as_flattened_mut().iter_mut().for_each(|sample| *sample -= mean);
        self.cosines.transform(&block)
    }
}

/// The covariance of samples i and j of `width` neighbours, at most eight, along an axis, for every frequency of energy 1:
/// `[frequency][i][j]`, the mean over all places in a block.
pub fn covariances(width: usize) -> [[[f64; SIDE]; SIDE]; SIDE] {
    let cosines = Cosines::new();
    let cosine = |k: usize, sample: usize| f64::from(cosines.of(k)[sample]);
    let places = SIDE + 1 - width;
    let mean = |k, i, j| (0..places).map(|at| cosine(k, at + i) * cosine(k, at + j)).sum::<f64>() / places as f64;
    let within = |k, i: usize, j: usize| if i.max(j) < width { mean(k, i, j) } else { 0.0 };
    std::array::from_fn(|k| std::array::from_fn(|i| std::array::from_fn(|j| within(k, i, j))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::random::Random;

    /// Noise of standard deviation 2 along which a filter (a, 1, a) went both ways, and what is in it.
    fn image(a: f64, structure: f64) -> Vec<f32> {
        let [ny, nx] = [256, 320];
        let mut random = Random::new(5);
        let white: Vec<f64> = (0..ny * nx).map(|_| random.normal()).collect();
        let near = |y: usize, x: usize| white[y % ny * nx + x % nx];
        let norm = 1.0 + 2.0 * a * a;
        (0..ny * nx)
            .map(|at| {
                let (y, x) = (at / nx + ny, at % nx + nx);
                let row = |y: usize| near(y, x) + a * (near(y, x - 1) + near(y, x + 1));
                let noise = 2.0 * (row(y) + a * (row(y - 1) + row(y + 1))) / norm;
                let wave = (y as f64 * 0.4).sin() * (x as f64 * 0.5).sin() * (1.0 + (x as f64 * 0.03).sin());
                (50.0 + noise + structure * wave) as f32
            })
            .collect()
    }

    #[test]
    fn the_spectrum_of_filtered_noise_is_found() {
        for a in [0.0, 0.5] {
            let found = Spectrum::new([1, 256, 320]).unwrap().of(&image(a, 0.0)).unwrap();
            assert!(found.is_noise);
            let found = found.energies;
            // The energy of a frequency from the covariances of eight samples: p at a distance of 1, q of 2.
            let (p, q) = (2.0 * a / (1.0 + 2.0 * a * a), a * a / (1.0 + 2.0 * a * a));
            let energy = |k: usize| -> f64 {
                let covariance = |i: usize, j: usize| [1.0, p, q].get(i.abs_diff(j)).copied().unwrap_or(0.0);
                let pairs = (0..SIDE).flat_map(|i| (0..SIDE).map(move |j| (i, j)));
                pairs.map(|(i, j)| covariance(i, j) * covariances(SIDE)[k][i][j]).sum()
            };
            for (y, x) in (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (y, x))).filter(|&(y, x)| y + x > 0) {
                let truth = 4.0 * energy(y) * energy(x);
                // Means of 160 to 320 squares of normal numbers.
                assert!((found[y][x] / truth - 1.0).abs() < 0.45, "{a}: {y} {x}: {} of {truth}", found[y][x]);
            }
            let all: f64 = found.iter().flatten().sum::<f64>() / 64.0;
            assert!((all / 4.0 - 1.0).abs() < 0.1, "{a}: {all}");
        }
    }

    #[test]
    fn structure_everywhere_is_no_noise() {
        assert!(!Spectrum::new([1, 256, 320]).unwrap().of(&image(0.0, 8.0)).unwrap().is_noise);
    }

    #[test]
    fn too_little_says_nothing() {
        for shape in [[1, 1, 1], [1, 7, 300], [1, 64, 64]] {
            let samples: usize = shape.iter().product();
            assert!(Spectrum::new(shape).unwrap().of(&image(0.0, 0.0)[..samples]).is_none(), "{shape:?}");
        }
    }
}
