//! The loop that all multiplicative iterations share.

use super::field::{Field, SUMS, Sums, UNIT, Weights};
use super::recipe::{Recipe, Stop};
use super::richardson_lucy;
use crate::error::{Error, Result, zeroed};
use crate::fft::Gain;
use crate::runtime::{LentRows, RowLocks, Rows, Watch, Workers};

/// The estimate of the field and what iterations need beside it.
pub(super) struct Estimate {
    /// Packed rows of the field.
    now: Vec<f32>,
    /// Samples of a row.
    width: usize,
    locks: RowLocks,
    weights: Weights,
}

/// What the iterations came to.
pub(super) struct Ended {
    pub iterations: usize,
    pub stopped: &'static str,
    pub change: f64,
    pub flux_inside: f64,
    pub flux_outside: f64,
}

/// The observed image as iterations see it: in units of its mean, with nothing negative.
#[derive(Clone, Copy)]
pub(super) struct Observed<'a> {
    /// Packed rows of the image.
    pub samples: &'a [f32],
    /// Mean of the image, negative samples taken as 0; above 0.
    pub mean: f64,
}

impl Estimate {
    /// Allocates the estimate, and finds the weights with the field.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn new(field: &mut Field, workers: &Workers) -> Result<Self> {
        let weights = field.weights(workers)?;
        let now = zeroed("deconvolution estimate", field.geometry.voxels())?;
        let rows = field.geometry.rows();
        Ok(Self { now, width: field.geometry.field[2], locks: locks(rows)?, weights })
    }

    /// Bytes that [`Estimate::new`] will hold.
    pub fn bytes(field: &super::field::Geometry) -> u64 {
        let (voxels, rows) = (field.voxels() as u64, field.rows());
        4 * voxels + Weights::bytes(field) + rows as u64
    }

    /// Bytes held.
    pub fn held_bytes(&self) -> u64 {
        (size_of_val(&*self.now) + self.now.len() / self.width) as u64 + self.weights.held_bytes()
    }

    /// Richardson-Lucy iterations from a flat start; the estimate holds the result, in units of the image's mean.
    ///
    /// # Errors
    /// [`Error::Cancelled`].
    pub fn run(
        &mut self,
        field: &mut Field,
        sums: &Sums,
        observed: Observed,
        recipe: &Recipe,
        workers: &Workers,
        watch: &mut Watch,
    ) -> Result<Ended> {
        self.start(field, workers);
        let [_, ny, nx] = field.geometry.image;
        let (field_ny, image_nz) = (field.geometry.field[1], field.geometry.image[0]);
        let scale = (1.0 / observed.mean) as f32;
        let passes = 4.0 * recipe.iterations as f64;
        let mut ended =
            Ended { iterations: 0, stopped: "iterations", change: 0.0, flux_inside: 0.0, flux_outside: 0.0 };
        for iteration in 1..=recipe.iterations {
            let mut pass = 4.0 * (iteration - 1) as f64;
            let mut advance = |watch: &mut Watch| {
                pass += 1.0;
                watch.advance(pass / passes)
            };
            field.blur(workers);
            advance(watch)?;
            field.compare(workers, &|z, y, row| {
                let samples = &observed.samples[(z * ny + y) * nx..][..nx];
                richardson_lucy::residuals(samples, scale, row);
            });
            advance(watch)?;
            field.project(Gain::ONE, workers);
            advance(watch)?;
            let weights = &self.weights;
            let rows = LentRows::new(&mut self.now, field.geometry.field[2], &mut self.locks);
            field.update(workers, &|z, y, row| {
                let at = z * field_ny + y;
                let mut now = rows.row(at);
                let inside = if z < image_nz && y < ny { nx } else { 0 };
                sums.set(at, correct(&mut now, weights.row(z, y), row, inside));
                row.copy_from_slice(&now);
            });
            advance(watch)?;
            let [change, inside, all, ..] = sums.totals(field.geometry.rows());
            ended.iterations = iteration;
            ended.change = change / all.max(f64::MIN_POSITIVE);
            (ended.flux_inside, ended.flux_outside) = (inside * observed.mean, (all - inside) * observed.mean);
            if matches!(recipe.stop, Stop::Change(least) if ended.change < least) {
                ended.stopped = "change";
                break;
            }
        }
        Ok(ended)
    }

    /// A flat estimate of the same light as the image.
    fn start(&mut self, field: &mut Field, workers: &Workers) {
        let level = (field.geometry.image_voxels() as f64 / self.weights.sum()) as f32;
        let width = field.geometry.field[2];
        let (weights, field_ny) = (&self.weights, field.geometry.field[1]);
        let rows = LentRows::new(&mut self.now, width, &mut self.locks);
        field.begin(workers, &|z, y, row| {
            row.iter_mut().zip(weights.row(z, y)).for_each(|(value, &weight)| {
                *value = if weight > 0 { level } else { 0.0 };
            });
            rows.row(z * field_ny + y).copy_from_slice(row);
        });
    }

    /// Writes the image's part of the estimate, in the image's units.
    pub fn write(&self, field: &Field, mean: f64, image: &mut [f32], workers: &Workers) {
        let [_, ny, nx] = field.geometry.image;
        let [_, field_ny, width] = field.geometry.field;
        workers.each(Rows::of_mut(image, nx), |_, row, target| {
            let source = &self.now[(row / ny * field_ny + row % ny) * width..][..nx];
            target.iter_mut().zip(source).for_each(|(target, source)| *target = source * mean as f32);
        });
    }
}

/// x (1 + t / w) in place of x; the sums are those of the change, of the estimate within the first `inside` samples,
/// and of all of it.
fn correct(now: &mut [f32], weights: &[u16], corrections: &[f32], inside: usize) -> [f64; SUMS] {
    let mut change = 0.0;
    for ((value, &weight), correction) in now.iter_mut().zip(weights).zip(corrections) {
        let share = f32::from(weight.max(1)) / UNIT;
        let factor = if weight > 0 { (1.0 + correction / share).max(0.0) } else { 0.0 };
        let next = *value * factor;
        change += (next - *value).abs();
        *value = next;
    }
    let sum = |samples: &[f32]| samples.iter().map(|&sample| f64::from(sample)).sum::<f64>();
    [f64::from(change), sum(&now[..inside]), sum(now), 0.0, 0.0]
}

/// Locks for `rows` rows.
///
/// # Errors
/// [`Error::Memory`].
pub(super) fn locks(rows: usize) -> Result<RowLocks> {
    RowLocks::new(rows)
        .map_err(|_| Error::Memory(format!("row locks are {rows} bytes; this machine could not give that much memory")))
}
