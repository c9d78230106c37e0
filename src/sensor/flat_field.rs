//! Uneven light and sensitivity, taken out by a map or by what all frames of a series share.
//!
//! A sample is f(y, x) times what it would be in even light, above a dark frame. The field f is the map of a flat frame, or smooth
//! and the same in all frames, whatever they show: a polynomial that is fitted to all frames at once, each of its own brightness,
//! while samples that stand far from it weigh little, most of all those of bright things. That frames are one field of low rank
//! and sparse rests, found by reweighting, is the idea of T. Peng et al. 2017, "A BaSiC tool for background and shading
//! correction of optical microscopy images", doi 10.1038/ncomms14836; here the field is a polynomial, not sparse in its cosines.

use crate::error::{Result, zeroed};
use crate::runtime::{Rows, Workers};

/// Most samples along an axis of the grid that a field is found on.
const GRID: usize = 96;
/// Most frames that a field is found from; of more, as many are taken evenly.
const MOST: usize = 256;
/// Rounds of weights: each halves what is left of the error, about.
const ROUNDS: usize = 24;
/// Standard deviations of the noise from which on samples weigh a quarter.
const NOISE: f64 = 1.5;
/// The least a field may be, as a share of its mean: less is no light.
const LEAST: f64 = 0.02;

/// A polynomial in both axes, of so many degrees together; its mean over the image is 1.
pub struct Field {
    degree: usize,
    /// Of the products of Legendre polynomials P_i(y) P_j(x), i + j at most the degree, j fastest.
    coefficients: Vec<f64>,
    lowest: f64,
    highest: f64,
}

impl Field {
    /// Numbers of the lowest and the highest value.
    pub fn range(&self) -> [f64; 2] {
        [self.lowest, self.highest]
    }

    /// Divides `image`, packed (z, y, x), by the field.
    pub fn divide(&self, image: &mut [f32], [_, ny, nx]: [usize; 3], workers: &Workers) {
        workers.each(Rows::of_mut(image, nx), |_, row, samples| {
            let along = self.row(place(row % ny, ny));
            for (x, sample) in samples.iter_mut().enumerate() {
                let field = value(&along[..=self.degree], place(x, nx)).max(LEAST);
                *sample = (f64::from(*sample) / field) as f32;
            }
        });
    }

    /// The coefficients along x of a row.
    fn row(&self, y: f64) -> [f64; MAX_DEGREE + 1] {
        let polynomials = legendre(y);
        let mut along = [0.0; MAX_DEGREE + 1];
        let mut at = 0;
        for (i, polynomial) in polynomials.iter().enumerate().take(self.degree + 1) {
            for along in along.iter_mut().take(self.degree + 1 - i) {
                *along += polynomial * self.coefficients[at];
                at += 1;
            }
        }
        along
    }
}

/// Finds the field of frames of one size.
pub struct FieldSearch {
    /// Rows and columns of a frame, and of the grid.
    frame: [usize; 2],
    grid: [usize; 2],
    degree: usize,
    /// Frames that there will be.
    expected: usize,
    seen: usize,
    /// Means of blocks, frame after frame.
    blocks: Vec<f32>,
    kept: usize,
    brightness: Vec<f64>,
    weights: Vec<f64>,
    means: Vec<f64>,
    sorted: Vec<f64>,
    normal: Vec<f64>,
    field: Field,
}

impl FieldSearch {
    /// For `expected` frames of that size and a polynomial of that degree, 0 to 8.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(frame: [usize; 2], expected: usize, degree: usize) -> Result<Self> {
        let (grid, terms) = (grid(frame), terms(degree));
        let (cells, frames) = (grid[0] * grid[1], expected.min(MOST));
        Ok(Self {
            frame,
            grid,
            degree,
            expected,
            seen: 0,
            blocks: zeroed("frames of a series in blocks", cells * frames)?,
            kept: 0,
            brightness: zeroed("brightnesses of frames", frames)?,
            weights: zeroed("weights of a field", cells)?,
            means: zeroed("a field", cells)?,
            sorted: zeroed("values to be sorted", frames.max(cells))?,
            normal: zeroed("equations of a field", terms * (terms + 1))?,
            field: Field { degree, coefficients: zeroed("a field", terms)?, lowest: 1.0, highest: 1.0 },
        })
    }

    /// Bytes that it holds.
    pub fn bytes(frame: [usize; 2], expected: usize, degree: usize) -> u64 {
        let ([rows, columns], terms, frames) = (grid(frame), terms(degree), expected.min(MOST));
        let cells = rows * columns;
        let doubles = frames + 2 * cells + frames.max(cells) + terms * (terms + 2);
        (size_of::<f32>() * cells * frames + size_of::<f64>() * doubles) as u64
    }

    /// Forgets all frames.
    pub fn begin(&mut self) {
        (self.seen, self.kept) = (0, 0);
    }

    /// Sees a frame, packed (y, x), whose samples `above` makes light: of pixel and sample. Gaps are NaN.
    pub fn see(&mut self, frame: &[f32], above: impl Fn(usize, f32) -> f32) {
        let number = self.seen;
        self.seen += 1;
        let frames = self.brightness.len();
        // As many as are kept, evenly.
        if number * frames / self.expected.max(1) < self.kept && number > 0 || self.kept == frames {
            return;
        }
        let ([ny, nx], [rows, columns]) = (self.frame, self.grid);
        let cells = rows * columns;
        let blocks = &mut self.blocks[self.kept * cells..][..cells];
        for (at, block) in blocks.iter_mut().enumerate() {
            let (row, column) = (at / columns, at % columns);
            let (mut sum, mut count) = (0.0, 0_u32);
            for y in row * ny / rows..(row + 1) * ny / rows {
                let first = y * nx + column * nx / columns;
                let samples = &frame[first..y * nx + (column + 1) * nx / columns];
                for light in samples.iter().zip(first..).map(|(sample, pixel)| above(pixel, *sample)) {
                    if !light.is_nan() {
                        sum += f64::from(light);
                        count += 1;
                    }
                }
            }
            *block = if count > 0 { (sum / f64::from(count)) as f32 } else { f32::NAN };
        }
        self.kept += 1;
    }

    /// The field of the frames seen.
    pub fn find(&mut self) -> &Field {
        let cells = self.grid[0] * self.grid[1];
        for at in 0..self.kept {
            let values = &mut self.sorted[..cells];
            values.iter_mut().zip(&self.blocks[at * cells..]).for_each(|(value, block)| *value = f64::from(*block));
            self.brightness[at] = median(values).max(0.0);
        }
        self.weights.fill(1.0);
        for cell in 0..cells {
            let mut count = 0;
            for at in 0..self.kept {
                if self.brightness[at] > 0.0 {
                    self.sorted[count] = f64::from(self.blocks[at * cells + cell]) / self.brightness[at];
                    count += 1;
                }
            }
            self.means[cell] = median(&mut self.sorted[..count]);
        }
        self.fit();
        for _ in 0..ROUNDS {
            self.reweigh();
            self.fit();
        }
        self.field.lowest = f64::INFINITY;
        self.field.highest = f64::NEG_INFINITY;
        for cell in 0..cells {
            let field = self.field_at(cell);
            self.field.lowest = self.field.lowest.min(field);
            self.field.highest = self.field.highest.max(field);
        }
        &self.field
    }

    /// The field last found.
    pub fn field(&self) -> &Field {
        &self.field
    }

    fn field_at(&self, cell: usize) -> f64 {
        let [rows, columns] = self.grid;
        let along = self.field.row(place(cell / columns, rows));
        value(&along[..=self.degree], place(cell % columns, columns)).max(LEAST)
    }

    /// Weighs samples by how far they are from their frame's brightness times the field, in units of what is below it, which
    /// nothing but noise is; finds brightnesses and the field's cells with these weights.
    fn reweigh(&mut self) {
        let cells = self.grid[0] * self.grid[1];
        let fields = &mut self.sorted;
        // The field's cells take the place of what was sorted.
        let (degree, [rows, columns]) = (self.degree, self.grid);
        for (cell, field) in fields[..cells].iter_mut().enumerate() {
            let along = self.field.row(place(cell / columns, rows));
            *field = value(&along[..=degree], place(cell % columns, columns)).max(LEAST);
        }
        self.weights.fill(0.0);
        self.means.fill(0.0);
        for at in 0..self.kept {
            let blocks = &self.blocks[at * cells..][..cells];
            let before = self.brightness[at];
            if before <= 0.0 {
                continue;
            }
            let rest = |cell: usize| f64::from(blocks[cell]) / (before * self.sorted[cell]) - 1.0;
            let (mut below, mut count) = (0.0, 0.0);
            for rest in (0..cells).map(rest).filter(|rest| *rest < 0.0) {
                below += rest.abs();
                count += 1.0;
            }
            // Of a normal distribution, whose lower half has that mean.
            let spread = (below / f64::max(count, 1.0) * 1.2533).max(1e-6);
            let weigh = |rest: f64| (1.0 + (rest / (NOISE * spread)).powi(2)).powi(-2);
            let (mut sum, mut weight) = (0.0, 0.0);
            for (cell, rest) in (0..cells).map(|cell| (cell, rest(cell))).filter(|(_, rest)| !rest.is_nan()) {
                let (field, by) = (self.sorted[cell], weigh(rest));
                sum += by * field * f64::from(blocks[cell]);
                weight += by * field * field;
            }
            let brightness = if weight > 0.0 { sum / weight } else { before };
            if brightness <= 0.0 {
                continue;
            }
            // What is noise in a bright frame is told better.
            let sure = 1.0 / (spread * spread);
            for (cell, rest) in (0..cells).map(|cell| (cell, rest(cell))).filter(|(_, rest)| !rest.is_nan()) {
                let by = weigh(rest) * sure;
                self.means[cell] += by * f64::from(blocks[cell]) / brightness;
                self.weights[cell] += by;
            }
            self.brightness[at] = brightness;
        }
        for (mean, weight) in self.means.iter_mut().zip(&self.weights) {
            *mean = if *weight > 0.0 { *mean / weight } else { 0.0 };
        }
    }

    /// Fits the polynomial to the cells by least squares, and makes its mean 1.
    fn fit(&mut self) {
        let terms = self.field.coefficients.len();
        let [rows, columns] = self.grid;
        self.normal.fill(0.0);
        let mut basis = [0.0; MAX_TERMS];
        for (cell, (mean, weight)) in self.means.iter().zip(&self.weights).enumerate() {
            if !(*weight > 0.0 && mean.is_finite()) {
                continue;
            }
            let (along_y, along_x) = (legendre(place(cell / columns, rows)), legendre(place(cell % columns, columns)));
            let mut at = 0;
            for (i, y) in along_y.iter().enumerate().take(self.degree + 1) {
                for x in &along_x[..=self.degree - i] {
                    basis[at] = y * x;
                    at += 1;
                }
            }
            for i in 0..terms {
                for j in 0..=i {
                    self.normal[i * (terms + 1) + j] += weight * basis[i] * basis[j];
                }
                self.normal[i * (terms + 1) + terms] += weight * basis[i] * mean;
            }
        }
        solve(&mut self.normal, &mut self.field.coefficients);
        // All but the first are 0 in the mean.
        let mean = self.field.coefficients[0];
        if mean > 0.0 {
            self.field.coefficients.iter_mut().for_each(|coefficient| *coefficient /= mean);
        } else {
            self.field.coefficients.fill(0.0);
            self.field.coefficients[0] = 1.0;
        }
    }
}

/// Solves symmetric equations, lower triangle and right side in rows, by Cholesky's factors; what is not determined is 0.
fn solve(equations: &mut [f64], solution: &mut [f64]) {
    let terms = solution.len();
    let width = terms + 1;
    let largest = (0..terms).map(|i| equations[i * width + i]).fold(0.0, f64::max);
    for i in 0..terms {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| equations[i * width + k] * equations[j * width + k]).sum();
            let rest = equations[i * width + j] - sum;
            let pivot = equations[j * width + j];
            equations[i * width + j] = if i == j {
                if rest > 1e-10 * largest { rest.sqrt() } else { 0.0 }
            } else if pivot > 0.0 {
                rest / pivot
            } else {
                0.0
            };
        }
    }
    for i in 0..terms {
        let sum: f64 = (0..i).map(|k| equations[i * width + k] * solution[k]).sum();
        let pivot = equations[i * width + i];
        solution[i] = if pivot > 0.0 { (equations[i * width + terms] - sum) / pivot } else { 0.0 };
    }
    for i in (0..terms).rev() {
        let sum: f64 = (i + 1..terms).map(|k| equations[k * width + i] * solution[k]).sum();
        let pivot = equations[i * width + i];
        solution[i] = if pivot > 0.0 { (solution[i] - sum) / pivot } else { 0.0 };
    }
}

/// Legendre's polynomials at a place from -1 to 1.
fn legendre(place: f64) -> [f64; MAX_DEGREE + 1] {
    let mut values = [1.0; MAX_DEGREE + 1];
    values[1] = place;
    for n in 2..=MAX_DEGREE {
        let order = n as f64;
        values[n] = ((2.0 * order - 1.0) * place * values[n - 1] - (order - 1.0) * values[n - 2]) / order;
    }
    values
}

fn value(coefficients: &[f64], place: f64) -> f64 {
    legendre(place).iter().zip(coefficients).map(|(polynomial, coefficient)| polynomial * coefficient).sum()
}

/// The middle of sample `at` of `count`, from -1 to 1.
fn place(at: usize, count: usize) -> f64 {
    (2 * at + 1) as f64 / count as f64 - 1.0
}

/// The middle of the values that are numbers, which are put in order; NaN where there are none.
fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let count = values.iter().take_while(|value| !value.is_nan()).count();
    if count == 0 { f64::NAN } else { (values[(count - 1) / 2] + values[count / 2]) / 2.0 }
}

fn grid(frame: [usize; 2]) -> [usize; 2] {
    frame.map(|extent| extent.min(GRID))
}

fn terms(degree: usize) -> usize {
    (degree + 1) * (degree + 2) / 2
}

/// Highest degree of a field.
pub const MAX_DEGREE: usize = 8;
const MAX_TERMS: usize = (MAX_DEGREE + 1) * (MAX_DEGREE + 2) / 2;
