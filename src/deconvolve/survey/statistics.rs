//! What an image is like before it is restored.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::deconvolve::sums::Sums;
use crate::error::{Error, Result};
use crate::fft::{Loop, vectorised};
use crate::image::Piece;
use crate::runtime::Workers;

/// Sums over the samples of an image that were measured.
#[derive(Clone, Copy, Debug)]
pub(in crate::deconvolve) struct Statistics {
    shape: [usize; 3],
    /// What counts as no light.
    background: f64,
    /// Sum of the samples.
    pub sum: f64,
    /// Sum of what is above the background.
    light: f64,
    squares: f64,
    /// Squares of second differences along x.
    bends: f64,
    /// Samples below 0, and the sum of their squares.
    pub negative: u64,
    below: f64,
    /// Whether NaN is taken for a sample that was not measured.
    pub may_miss: bool,
    /// Samples that were not measured.
    pub missing: u64,
}

impl Statistics {
    /// Nothing seen yet of an image of `shape`.
    pub fn new(shape: [usize; 3], background: f64) -> Self {
        Self {
            shape,
            background,
            sum: 0.0,
            light: 0.0,
            squares: 0.0,
            bends: 0.0,
            negative: 0,
            below: 0.0,
            may_miss: false,
            missing: 0,
        }
    }

    /// Changes what counts as no light.
    pub fn set_background(&mut self, background: f64) {
        self.background = background;
    }

    /// Forgets what was seen.
    pub fn begin(&mut self) {
        *self = Self { may_miss: self.may_miss, ..Self::new(self.shape, self.background) };
    }

    /// Visits a piece of the image; `sums` has room for its rows.
    ///
    /// # Errors
    /// [`Error::Argument`] when some samples are infinite, or NaN where that does not stand for no measurement.
    pub fn visit(&mut self, piece: &Piece, sums: &Sums, workers: &Workers) -> Result<()> {
        let [planes, rows, columns] = piece.own;
        let (background, may_miss) = (self.background, self.may_miss);
        let missing = AtomicU64::new(0);
        workers.run(planes * rows, &|_, index| {
            let line = piece.line(index / rows, index % rows);
            let mut found = vectorised(Line { line, columns, background });
            if may_miss && found[0].is_nan() {
                let gaps;
                (found, gaps) = with_gaps(line, columns, background);
                missing.fetch_add(gaps, Ordering::Relaxed);
            }
            sums.set(index, found);
        });
        // Row by row on what there is, so that pieces of whole rows leave no trace in the sums.
        let before = [self.sum, self.light, self.squares, self.bends, self.negative as f64, self.below];
        let [sum, light, squares, bends, negative, below] = sums.totals_on(before, planes * rows);
        if !squares.is_finite() {
            return Err(not_finite(piece, self.may_miss));
        }
        if squares > MAX_ROOT_OF_SQUARES * MAX_ROOT_OF_SQUARES {
            return Err(Error::Argument(format!(
                "the root of the sum of squares of the image is {:.1e}; it must be at most {MAX_ROOT_OF_SQUARES:.0e} to be \
                 deconvolved; divide the image by a constant",
                squares.sqrt()
            )));
        }
        (self.sum, self.light, self.squares, self.bends) = (sum, light, squares, bends);
        (self.negative, self.below) = (negative as u64, below);
        self.missing += missing.into_inner();
        Ok(())
    }

    /// Takes samples out that were seen: so many, with that sum, and that much above the background.
    pub fn leave_out(&mut self, samples: u64, sum: f64, light: f64) {
        self.missing += samples;
        self.sum -= sum;
        self.light = (self.light - light).max(0.0);
    }

    /// Samples that were measured, at least 1.
    fn samples(&self) -> f64 {
        let all: f64 = self.shape.iter().map(|&extent| extent as f64).product();
        (all - self.missing as f64).max(1.0)
    }

    /// The mean of the samples.
    pub fn mean(&self) -> f64 {
        self.sum / self.samples()
    }

    /// Variance of white noise, from second differences along x, which blur has left little of the signal in; `None`
    /// where rows are too short for that.
    fn noise(&self) -> Option<f64> {
        let [nz, ny, nx] = self.shape;
        // The squares of 1, -2 and 1 add up to 6.
        let measured = self.samples() / (nz * ny * nx) as f64;
        (nx > 2).then(|| self.bends / (6.0 * nz as f64 * ny as f64 * (nx - 2) as f64 * measured))
    }

    /// The standard deviation of noise around 0, by the samples below it; 0 without any.
    pub fn noise_around_0(&self) -> f64 {
        (self.below / (self.negative.max(1) as f64)).sqrt()
    }

    /// Whether more samples are below 0 than a few of noise around some light.
    pub fn is_around_0(&self) -> bool {
        self.negative as f64 > MAX_NEGATIVE * self.samples()
    }

    /// The mean of what is above the background.
    pub fn mean_light(&self) -> f64 {
        self.light / self.samples()
    }

    /// Noise power over the power of what varies beside it; a hundredth where the noise is not known.
    pub fn noise_to_signal(&self) -> f64 {
        let Some(noise) = self.noise() else { return 0.01 };
        let variance = (self.squares / self.samples() - self.mean().powi(2)).max(0.0);
        let signal = (variance - noise).max(1e-3 * variance).max(f64::MIN_POSITIVE);
        (noise / signal).clamp(1e-6, 1e3)
    }
}

/// The sums of a row whose first `columns` samples count: of samples, of what is above `background`, of squares, of squares
/// of second differences, how many are negative, and of the squares of these.
struct Line<'a> {
    line: &'a [f32],
    columns: usize,
    background: f64,
}

impl Loop for Line<'_> {
    type Output = [f64; SUMS];

    #[inline(always)]
    fn run(self) -> [f64; SUMS] {
        let own = &self.line[..self.columns];
        let bends = self.line.len().saturating_sub(2).min(self.columns);
        let (mut sums, mut negatives) = ([0.0; SUMS], [0_u32; LANES]);
        let [mut sum, mut light, mut squares, mut bent, mut below] = [[0.0; LANES]; 5];
        let (blocks, rest) = own.as_chunks::<LANES>();
        // A loop for each: what shares one, compilers pack across the sums instead of along them.
        for block in blocks {
            let values = block.map(f64::from);
            sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            let above = values.map(|value| value - self.background);
            light.iter_mut().zip(above).for_each(|(light, above)| *light += if above > 0.0 { above } else { 0.0 });
            squares.iter_mut().zip(values).for_each(|(squares, value)| *squares += value * value);
            negatives.iter_mut().zip(block).for_each(|(count, &value)| *count += u32::from(value < 0.0));
            below.iter_mut().zip(values).for_each(|(sum, value)| *sum += if value < 0.0 { value * value } else { 0.0 });
        }
        for value in rest.iter().map(|&value| f64::from(value)) {
            let negative = if value < 0.0 { 1.0 } else { 0.0 };
            sums = [
                sums[0] + value,
                sums[1] + (value - self.background).max(0.0),
                sums[2] + value * value,
                0.0,
                sums[4] + negative,
                sums[5] + negative * value * value,
            ];
        }
        let whole = bends / LANES * LANES;
        for at in (0..whole).step_by(LANES) {
            let (a, b, c) = (&self.line[at..][..LANES], &self.line[at + 1..][..LANES], &self.line[at + 2..][..LANES]);
            for lane in 0..LANES {
                let bend = f64::from(a[lane] - 2.0 * b[lane] + c[lane]);
                bent[lane] += bend * bend;
            }
        }
        for triple in self.line[whole..].windows(3).take(bends - whole) {
            sums[3] += f64::from(triple[0] - 2.0 * triple[1] + triple[2]).powi(2);
        }
        let lanes = [sum, light, squares, bent, negatives.map(f64::from), below];
        std::array::from_fn(|at| sums[at] + lanes[at].iter().sum::<f64>())
    }
}

/// As [`Line`], of a row with samples that were not measured, and how many these are.
fn with_gaps(line: &[f32], columns: usize, background: f64) -> ([f64; SUMS], u64) {
    let (mut sums, mut gaps) = ([0.0; SUMS], 0);
    for (at, &sample) in line[..columns].iter().enumerate() {
        if sample.is_nan() {
            gaps += 1;
            continue;
        }
        let value = f64::from(sample);
        let bend = line[at..].first_chunk::<3>().map_or(0.0, |[a, b, c]| f64::from(a - 2.0 * b + c));
        let negative = f64::from(u8::from(value < 0.0));
        let square = value * value;
        let terms = [value, (value - background).max(0.0), square, bend * bend, negative, negative * square];
        sums.iter_mut().zip(terms).filter(|(_, term)| !term.is_nan()).for_each(|(sum, term)| *sum += term);
    }
    (sums, gaps)
}

/// The error that says how many samples are not finite, and where the first is.
fn not_finite(piece: &Piece, may_miss: bool) -> Error {
    let [_, ny, nx] = piece.region.shape;
    let is_fault = |sample: &f32| !(sample.is_finite() || may_miss && sample.is_nan());
    let count = piece.samples.iter().filter(|sample| is_fault(sample)).count();
    let at = piece.samples.iter().position(is_fault).unwrap_or(0);
    let [z, y, x] = piece.region.start;
    let (z, y, x) = (z + at / (ny * nx), y + at / nx % ny, x + at % nx);
    Error::Argument(format!(
        "{count} samples of the image are not finite, the first at z {z} y {y} x {x}; all must be finite"
    ))
}

/// Share of samples below 0 from which on these are no exceptions.
const MAX_NEGATIVE: f64 = 0.1;
/// Sums of a row.
const SUMS: usize = 6;
/// Sums that run side by side.
const LANES: usize = 8;
/// Transforms in f32 reach a little above 1e38, and steps square what is in them.
const MAX_ROOT_OF_SQUARES: f64 = 1e30;
