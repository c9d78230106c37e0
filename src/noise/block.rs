//! The numbers that a block of 8 x 8 samples is kept by.

use std::f64::consts::PI;

use crate::fft::Loop;

/// Samples of a block along y and x.
pub(super) const SIDE: usize = 8;

/// Samples of a block.
pub(super) const SAMPLES: usize = SIDE * SIDE;

/// What is kept of a block. Energies of frequencies are kept as roots of means over frequencies: in f32 a square would leave the
/// range sooner. White noise has the same energy, its variance, in all of them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Block {
    pub mean: f32,
    /// The eight lowest frequencies, where structure shows.
    pub coarse: f32,
    /// Frequencies 2-3, 4-5 and 6-7 along y, of 4-7 along x.
    pub along_y: [f32; 3],
    /// Frequencies 2-3, 4-5 and 6-7 along x, of 4-7 along y.
    pub along_x: [f32; 3],
    pub highest: f32,
    pub lowest: f32,
    /// The smallest difference of neighbours that is not 0; infinite without any.
    pub step: f32,
    /// Samples that are as high, or as low, as the extreme one.
    pub at_highest: u8,
    pub at_lowest: u8,
    /// Whether one sample alone stands out, as hot pixels do; at the block's rim the foot of something bright does so too.
    pub spike: bool,
    /// Whether that is inside, where nothing that was blurred stands alone.
    pub outlier: bool,
}

impl Block {
    /// One of which some samples were not measured.
    pub const MISSING: Self = Self {
        mean: 0.0,
        coarse: 0.0,
        along_y: [0.0; 3],
        along_x: [0.0; 3],
        highest: f32::MIN,
        lowest: f32::MAX,
        step: f32::INFINITY,
        at_highest: 0,
        at_lowest: 0,
        spike: false,
        outlier: false,
    };

    /// Whether all samples were measured.
    pub fn is_whole(&self) -> bool {
        self.lowest <= self.highest
    }

    /// Variance by frequencies 4 to 7 along both axes.
    pub fn variance(&self) -> f64 {
        f64::midpoint(square(self.along_y[1]), square(self.along_y[2]))
    }

    /// Variance by twice as many frequencies: 2 and 3 along either axis too.
    pub fn wide_variance(&self) -> f64 {
        f64::midpoint(self.variance(), f64::midpoint(square(self.along_y[0]), square(self.along_x[0])))
    }

    /// By how much frequencies 2 and 3 exceed the higher ones.
    pub fn below(&self) -> f64 {
        f64::midpoint(square(self.along_y[0]), square(self.along_x[0])) - self.variance()
    }

    /// By how much frequencies 4 and 5 exceed the highest.
    pub fn tilt(&self) -> f64 {
        let tilt = |bands: &[f32; 3]| square(bands[1]) - square(bands[2]);
        f64::midpoint(tilt(&self.along_y), tilt(&self.along_x))
    }

    /// Energy where structure shows.
    pub fn structure(&self) -> f64 {
        square(self.coarse)
    }
}

pub(super) fn square(value: f32) -> f64 {
    f64::from(value).powi(2)
}

/// The discrete cosine transform of eight samples (type II, orthonormal): `[frequency][sample]` and `[sample][frequency]`.
#[derive(Clone, Copy)]
pub(super) struct Cosines {
    by_frequency: [[f32; SIDE]; SIDE],
    by_sample: [[f32; SIDE]; SIDE],
}

impl Cosines {
    pub fn new() -> Self {
        let cosine = |frequency: usize, sample: usize| {
            let angle = PI * frequency as f64 * (sample as f64 + 0.5) / SIDE as f64;
            (if frequency == 0 { 1.0 / SIDE as f64 } else { 2.0 / SIDE as f64 }).sqrt() * libm::cos(angle)
        };
        Self {
            by_frequency: std::array::from_fn(|k| std::array::from_fn(|at| cosine(k, at) as f32)),
            by_sample: std::array::from_fn(|at| std::array::from_fn(|k| cosine(k, at) as f32)),
        }
    }

    /// The cosine of a frequency.
    pub fn of(&self, frequency: usize) -> &[f32; SIDE] {
        &self.by_frequency[frequency]
    }

    /// The transform of a block along y and x, `[frequency along y][along x]`.
    #[inline(always)]
    pub fn transform(&self, block: &[[f32; SIDE]; SIDE]) -> [[f32; SIDE]; SIDE] {
        let (mut half, mut whole) = ([[0.0; SIDE]; SIDE], [[0.0; SIDE]; SIDE]);
        for (half, cosines) in half.iter_mut().zip(&self.by_frequency) {
            for (row, cosine) in block.iter().zip(cosines) {
                for at in 0..SIDE {
                    half[at] += cosine * row[at];
                }
            }
        }
        for (whole, half) in whole.iter_mut().zip(&half) {
            for (value, cosines) in half.iter().zip(&self.by_sample) {
                for at in 0..SIDE {
                    whole[at] += value * cosines[at];
                }
            }
        }
        whole
    }
}

/// Looks at one block.
pub(super) struct Look<'a> {
    pub rows: [&'a [f32; SIDE]; SIDE],
    pub cosines: &'a Cosines,
}

impl Loop for Look<'_> {
    type Output = Block;

    #[inline(always)]
    fn run(self) -> Block {
        let mut sums = [0.0_f64; SIDE];
        let (mut highest, mut lowest) = ([f32::MIN; SIDE], [f32::MAX; SIDE]);
        for row in self.rows {
            for at in 0..SIDE {
                sums[at] += f64::from(row[at]);
                highest[at] = highest[at].max(row[at]);
                lowest[at] = lowest[at].min(row[at]);
            }
        }
        let sum: f64 = sums.iter().sum();
        if sum.is_nan() {
            return Block::MISSING;
        }
        let mean = (sum / SAMPLES as f64) as f32;
        let highest = highest.iter().copied().fold(f32::MIN, f32::max);
        let lowest = lowest.iter().copied().fold(f32::MAX, f32::min);
        // Differences from the mean keep what f32 has of precision for the noise, and in units of the largest their squares are
        // within its range.
        let (top, bottom) = (highest - mean, mean - lowest);
        let unit = top.max(bottom).max(f32::MIN_POSITIVE);
        let mut block = [[0.0_f32; SIDE]; SIDE];
        let (mut squares, mut tops, mut bottoms) = ([0.0_f32; SIDE], [0_u32; SIDE], [0_u32; SIDE]);
        let mut steps = [f32::INFINITY; SIDE - 1];
        for (centred, row) in block.iter_mut().zip(self.rows) {
            for at in 0..SIDE {
                centred[at] = (row[at] - mean) / unit;
                squares[at] += centred[at] * centred[at];
                tops[at] += u32::from(row[at] == highest);
                bottoms[at] += u32::from(row[at] == lowest);
            }
            for at in 0..SIDE - 1 {
                let step = (row[at + 1] - row[at]).abs();
                steps[at] = steps[at].min(if step > 0.0 { step } else { f32::INFINITY });
            }
        }
        // Mean and variance of all samples but the highest.
        let (top, rest) = (f64::from(top / unit), (SAMPLES - 1) as f64);
        let squares: f64 = squares.iter().map(|&sum| f64::from(sum)).sum();
        let (others, scatter) = (-top / rest, (squares - top * top) / rest - (top / rest).powi(2));
        let spectrum = self.cosines.transform(&block);
        let [mut low, mut mid, mut high, mut upper] = [[0.0_f32; SIDE]; 4];
        for at in 0..SIDE {
            let energy = |k: usize| spectrum[k][at] * spectrum[k][at];
            low[at] = energy(1) + energy(2) + energy(0);
            mid[at] = energy(2) + energy(3);
            high[at] = energy(4) + energy(5);
            upper[at] = energy(6) + energy(7);
        }
        let root = |sum: f32| (sum / 8.0).sqrt() * unit;
        let beyond = |row: &[f32; SIDE]| root((row[4] + row[5]) + (row[6] + row[7]));
        let pair = |at: usize| root((high[at] + upper[at]) + (high[at + 1] + upper[at + 1]));
        let spike = scatter > 0.0 && (top - others).powi(2) > OUTSTANDING * scatter;
        let inside = self.rows[1..SIDE - 1].iter().any(|row| row[1..SIDE - 1].contains(&highest));
        Block {
            mean,
            coarse: root(low[0] + low[1] + low[2]),
            along_y: [beyond(&mid), beyond(&high), beyond(&upper)],
            along_x: [pair(2), pair(4), pair(6)],
            highest,
            lowest,
            step: steps.iter().copied().fold(f32::INFINITY, f32::min),
            at_highest: tops.iter().sum::<u32>() as u8,
            at_lowest: bottoms.iter().sum::<u32>() as u8,
            spike,
            outlier: spike && inside,
        }
    }
}

/// A sample alone at so many variances of the others, whose mean is known too, is no noise; the middle one of the smallest
/// spot that optics make is at 16.
const OUTSTANDING: f64 = 64.0;
