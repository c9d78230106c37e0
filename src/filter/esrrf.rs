//! Super-resolution by radial gradient convergence: R. F. Laine et al. 2023, "High-fidelity 3D live-cell nanoscopy through data-driven
//! enhanced super-resolution radial fluctuations", Nature Methods 20, 1949-1956, doi 10.1038/s41592-023-02057-w.
//!
//! Every pixel of the result looks at the slopes of the image around it. A slope counts by how closely it points at the pixel,
//! 1 - |u x r| / |r| where u is its direction and r the way to the pixel, if it points there rather than away, and by the weight
//! (r exp(-r² / 2σ²))⁴ of its distance up to 2σ + 1 pixels. The mean of these, to the power of the sensitivity, times the image, is the
//! result of a frame; a series gives the mean, the variance or the covariance of neighbours in time of such frames.
//!
//! Places are exact: the middle of pixel i of the result lies at (i + 1/2) / m - 1/2 of the image's own, and slopes are central
//! differences of the image on pixels half as large, symmetric around their place. NanoPyx 2.1.5 takes slopes between pixels and leaves
//! them there, so that its results lie half a pixel off.

use super::bands::Bands;
use super::magnify::Magnify;
use crate::error::{Result, zeroed};

/// Radial gradient convergence of planes of one shape.
pub struct Esrrf {
    shape: [usize; 2],
    numbers: Numbers,
    halves: Magnify,
    finer: Magnify,
    /// The image on pixels half as large, and the directions of its slopes along y and x there; 0 where it is flat.
    half: Vec<f32>,
    along_y: Vec<f32>,
    along_x: Vec<f32>,
    /// For each place of a pixel of the result between those of slopes, along y and x: weights and directions (y, x) of all slopes around.
    table: Vec<[f32; 3]>,
}

/// What a convergence goes by.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    /// How many pixels of the result a pixel is along y and x.
    pub factor: usize,
    /// Full width at half maximum of the ring of slopes that count, in pixels of the image.
    pub fwhm: f64,
    /// The power.
    pub sensitivity: f64,
}

impl Numbers {
    fn sigma(&self) -> f64 {
        self.fwhm / 2.354_820_045
    }

    /// How far slopes are looked at.
    fn radius(&self) -> f64 {
        2.0 * self.sigma() + 1.0
    }

    /// Slopes along an axis that may be that near.
    fn width(&self) -> usize {
        2 * (2.0 * self.radius() + 0.5).ceil() as usize + 1
    }

    /// The place of pixel `at` of the result among the slopes' pixels: the nearest, and how far after it, in pixels of the image.
    fn place(&self, at: usize) -> (isize, f64) {
        // In whole numbers, so that all pixels of a kind lie alike: the place is (4 at + 2 - m) / 2m.
        let nearest = (2 * at + 1) / self.factor;
        let rest = (4 * at + 2) as f64 - (self.factor * (1 + 2 * nearest)) as f64;
        (nearest as isize, rest / (4 * self.factor) as f64)
    }
}

impl Esrrf {
    /// For planes of `shape` (y, x) and so many threads.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 2], numbers: Numbers, threads: usize) -> Result<Self> {
        let samples = 4 * shape[0] * shape[1];
        let buffer = || zeroed("the workspace of the convergence", samples);
        let mut table = zeroed("the weights of slopes", numbers.factor.pow(2) * numbers.width().pow(2))?;
        fill(&mut table, &numbers);
        Ok(Self {
            shape,
            numbers,
            halves: Magnify::new(shape, 2, threads)?,
            finer: Magnify::new(shape, numbers.factor, threads)?,
            half: buffer()?,
            along_y: buffer()?,
            along_x: buffer()?,
            table,
        })
    }

    /// Bytes that it holds.
    pub fn bytes(shape: [usize; 2], numbers: Numbers, threads: usize) -> u64 {
        let table = (numbers.factor * numbers.width()).pow(2) * size_of::<[f32; 3]>();
        let buffers = 3 * 4 * shape[0] * shape[1] * size_of::<f32>();
        (table + buffers) as u64 + Magnify::bytes(shape, 2, threads) + Magnify::bytes(shape, numbers.factor, threads)
    }

    /// Rows that [`Esrrf::take`] makes.
    pub fn rows(shape: [usize; 2], factor: usize) -> usize {
        2 * (3 + factor) * shape[0]
    }

    /// Puts the convergence of `plane` into `target`, on finer pixels.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn take(&mut self, plane: &[f32], target: &mut [f32], bands: &mut Bands<'_, '_>) -> Result<()> {
        let Self { shape: [ny, nx], numbers, halves, finer, half, along_y, along_x, table } = self;
        let ([tall, wide], factor) = ([2 * *ny, 2 * *nx], numbers.factor);
        halves.take(plane, half, bands)?;
        let half = &*half;
        for (axis, target) in [&mut *along_y, &mut *along_x].into_iter().enumerate() {
            bands.each(target, wide, &mut [], |y, row, _| {
                row.iter_mut().enumerate().for_each(|(x, to)| *to = direction(half, [tall, wide], [y, x])[axis]);
            })?;
        }
        finer.take(plane, target, bands)?;
        let width = numbers.width();
        let (reach, along_y, along_x, table) = ((width / 2) as isize, &*along_y, &*along_x, &*table);
        bands.each(target, *nx * factor, &mut [], |row, target, _| {
            let (y, by_row) = (numbers.place(row).0, (row % factor) * factor);
            for (column, sample) in target.iter_mut().enumerate() {
                let (x, weights) = (numbers.place(column).0, &table[(by_row + column % factor) * width * width..]);
                let (mut sum, mut all) = (0.0_f32, 0.0_f32);
                let columns = (x - reach).max(0)..(x + reach + 1).min(wide as isize);
                for line in (y - reach).max(0)..(y + reach + 1).min(tall as isize) {
                    let from = line as usize * wide + columns.start as usize;
                    let first = ((line - y + reach) as usize) * width + (columns.start - x + reach) as usize;
                    let count = columns.len();
                    let slopes = along_y[from..from + count].iter().zip(&along_x[from..from + count]);
                    for (&[weight, ry, rx], (uy, ux)) in weights[first..first + count].iter().zip(slopes) {
                        let towards = uy * ry + ux * rx;
                        let share = if towards > 0.0 { 1.0 - (uy * rx - ux * ry).abs() } else { 0.0 };
                        sum += weight * share;
                        all += weight;
                    }
                }
                let convergence = if all > 0.0 { f64::from(sum / all) } else { 0.0 };
                *sample *= convergence.powf(numbers.sensitivity) as f32;
            }
        })
    }
}

/// Weights of slopes around each place of a pixel, and the directions in which it lies from them.
fn fill(table: &mut [[f32; 3]], numbers: &Numbers) {
    let (width, reach) = (numbers.width(), (numbers.width() / 2) as f64);
    for (at, entry) in table.iter_mut().enumerate() {
        let (place, slope) = (at / width.pow(2), at % width.pow(2));
        let way = |phase: usize, index: usize| numbers.place(phase).1 - (index as f64 - reach) / 2.0;
        let [y, x] = [way(place / numbers.factor, slope / width), way(place % numbers.factor, slope % width)];
        let distance = y.hypot(x);
        if distance > 0.0 && distance <= numbers.radius() {
            let weight = (distance * (-distance.powi(2) / (2.0 * numbers.sigma().powi(2))).exp()).powi(4);
            *entry = [weight, y / distance, x / distance].map(|number| number as f32);
        }
    }
}

/// The direction (y, x) in which the image grows most; 0 where it is flat. Beyond the border lies the mirror image.
fn direction(image: &[f32], [tall, wide]: [usize; 2], [y, x]: [usize; 2]) -> [f32; 2] {
    let at = |y: usize, x: usize| image[y * wide + x];
    let slope = [
        at((y + 1).min(tall - 1), x) - at(y.saturating_sub(1), x),
        at(y, (x + 1).min(wide - 1)) - at(y, x.saturating_sub(1)),
    ];
    let length = slope[0].hypot(slope[1]);
    slope.map(|slope| if length > 0.0 { slope / length } else { 0.0 })
}
