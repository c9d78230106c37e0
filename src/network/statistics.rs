//! Means, deviations and percentiles of whole images, or of all images of a series that come by one after the other.
//!
//! A [`Gauge`] takes one statistic of every group of samples that it is told to leave apart. It sees all images once
//! for moments and twice for percentiles, which are exact. Memory does not grow with the images. Moments of images are joined after Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
//! computing sample variances", 1982, equation 2.1. Statistics are never taken from a tile.

mod percentile;

use serde::Serialize;

use percentile::Percentile;

use crate::error::Result;
use crate::runtime::{Rows, Workers};

/// A tensor whose statistics are taken: packed channels, planes, rows, columns.
#[derive(Clone, Copy)]
pub struct Whole<'a> {
    /// Samples.
    pub samples: &'a [f32],
    /// Channels.
    pub channels: usize,
    /// Planes.
    pub planes: usize,
}

/// Which axes a statistic runs over besides rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Over {
    /// Whether all channels are taken together.
    pub channels: bool,
    /// Whether all planes are taken together.
    pub planes: bool,
}

/// Everything together.
impl Default for Over {
    fn default() -> Self {
        Self { channels: true, planes: true }
    }
}

/// What is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// Mean and deviation, the population's.
    Moments,
    /// The percentile by linear interpolation between neighbours.
    Between(f64),
    /// The least sample that at least so many per cent do not exceed.
    Reached(f64),
}

/// One statistic of every group of samples.
pub struct Gauge {
    statistic: Statistic,
    over: Over,
    channels: usize,
    planes: usize,
    /// One for each channel and plane that are left apart, planes fastest.
    cells: Vec<Cell>,
}

enum Cell {
    Moments(Moments),
    Percentile(Percentile),
}

impl Gauge {
    /// For tensors of that many channels and planes.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(statistic: Statistic, over: Over, [channels, planes]: [usize; 2]) -> Result<Self> {
        let [channels, planes] = apart(over, [channels, planes]);
        let cell = |_| {
            Ok(match statistic {
                Statistic::Moments => Cell::Moments(Moments::default()),
                Statistic::Between(percent) | Statistic::Reached(percent) => {
                    let between = matches!(statistic, Statistic::Between(_));
                    Cell::Percentile(Percentile::new((percent / 100.0).clamp(0.0, 1.0), between)?)
                }
            })
        };
        let cells = (0..channels * planes).map(cell).collect::<Result<_>>()?;
        Ok(Self { statistic, over, channels, planes, cells })
    }

    /// Memory of a gauge for tensors of that many channels and planes.
    pub fn bytes(statistic: Statistic, over: Over, form: [usize; 2]) -> u64 {
        let [channels, planes] = apart(over, form);
        match statistic {
            Statistic::Moments => 0,
            _ => (channels * planes) as u64 * percentile::BYTES,
        }
    }

    /// Channels and planes that are left apart.
    pub fn apart(&self) -> [usize; 2] {
        [self.channels, self.planes]
    }

    /// How often every image must be seen.
    pub fn passes(&self) -> usize {
        if self.statistic == Statistic::Moments { 1 } else { 2 }
    }

    /// Forgets all images.
    pub fn begin(&mut self) {
        for cell in &mut self.cells {
            match cell {
                Cell::Moments(moments) => *moments = Moments::default(),
                Cell::Percentile(percentile) => percentile.begin(),
            }
        }
    }

    /// Sees an image in a pass.
    pub fn observe(&mut self, pass: usize, whole: Whole<'_>, workers: &Workers) {
        let (over, planes) = (self.over, self.planes);
        for (at, cell) in self.cells.iter_mut().enumerate() {
            let group = Group { whole, over, c: at / planes, z: at % planes };
            match cell {
                Cell::Moments(moments) if pass == 0 => moments.add(group, workers),
                Cell::Percentile(percentile) if pass == 0 => percentile.count_upper(group.planes()),
                Cell::Percentile(percentile) if pass == 1 => percentile.count_lower(group.planes()),
                _ => {}
            }
        }
    }

    /// Ends a pass.
    pub fn turn(&mut self, pass: usize) {
        for cell in &mut self.cells {
            match cell {
                Cell::Percentile(percentile) if pass == 0 => percentile.choose(),
                Cell::Percentile(percentile) if pass == 1 => percentile.settle(),
                _ => {}
            }
        }
    }

    /// The mean of a group; 0 for percentiles.
    pub fn mean(&self, channel: usize, plane: usize) -> f64 {
        match self.cell(channel, plane) {
            Cell::Moments(moments) => moments.mean,
            Cell::Percentile(_) => 0.0,
        }
    }

    /// The deviation of a group; 0 for percentiles.
    pub fn deviation(&self, channel: usize, plane: usize) -> f64 {
        match self.cell(channel, plane) {
            Cell::Moments(moments) => (moments.squares / moments.count.max(1.0)).sqrt(),
            Cell::Percentile(_) => 0.0,
        }
    }

    /// The percentile of a group; 0 for moments.
    pub fn percentile(&self, channel: usize, plane: usize) -> f64 {
        match self.cell(channel, plane) {
            Cell::Moments(_) => 0.0,
            Cell::Percentile(percentile) => percentile.value(),
        }
    }

    fn cell(&self, channel: usize, plane: usize) -> &Cell {
        let channel = if self.channels > 1 { channel } else { 0 };
        let plane = if self.planes > 1 { plane } else { 0 };
        &self.cells[(channel * self.planes + plane).min(self.cells.len() - 1)]
    }
}

fn apart(over: Over, [channels, planes]: [usize; 2]) -> [usize; 2] {
    [if over.channels { 1 } else { channels.max(1) }, if over.planes { 1 } else { planes.max(1) }]
}

/// Samples that a statistic runs over.
#[derive(Clone, Copy)]
struct Group<'a> {
    whole: Whole<'a>,
    over: Over,
    c: usize,
    z: usize,
}

impl<'a> Group<'a> {
    fn planes(self) -> impl Iterator<Item = &'a [f32]> {
        let Whole { samples, channels, planes } = self.whole;
        let plane = samples.len() / (channels * planes).max(1);
        samples.chunks_exact(plane.max(1)).enumerate().filter_map(move |(at, plane)| {
            let mine = (self.over.channels || at / planes == self.c) && (self.over.planes || at % planes == self.z);
            mine.then_some(plane)
        })
    }
}

/// Mean and sum of squared distances from it.
#[derive(Clone, Copy, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, group: Group<'_>, workers: &Workers) {
        let count = group.planes().map(|plane| plane.len()).sum::<usize>() as f64;
        if count == 0.0 {
            return;
        }
        let mean = sums(group, workers, 0.0).0 / count;
        let squares = sums(group, workers, mean).1;
        if self.count == 0.0 {
            *self = Self { count, mean, squares };
            return;
        }
        let (all, apart) = (self.count + count, mean - self.mean);
        self.squares += squares + apart * apart * self.count * count / all;
        self.mean += apart * count / all;
        self.count = all;
    }
}

/// Sums of `x - shift` and of its square, added part by part in a fixed order whatever the threads.
fn sums(group: Group<'_>, workers: &Workers, shift: f64) -> (f64, f64) {
    let mut total = (0.0, 0.0);
    for plane in group.planes() {
        let mut parts = [(0.0, 0.0); PARTS];
        let length = plane.len().div_ceil(PARTS).max(1);
        workers.each((Rows::of(plane, length), Rows::of_mut(&mut parts, 1)), |_, _, (samples, part)| {
            for &sample in samples {
                let x = f64::from(sample) - shift;
                part[0].0 += x;
                part[0].1 += x * x;
            }
        });
        for part in parts {
            total = (total.0 + part.0, total.1 + part.1);
        }
    }
    total
}

/// Partial sums a plane.
const PARTS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn gauged(statistic: Statistic, images: &[&[f32]], threads: usize) -> Gauge {
        let workers = Workers::new(threads).unwrap();
        let mut gauge = Gauge::new(statistic, Over::default(), [1, 1]).unwrap();
        for pass in 0..gauge.passes() {
            images.iter().for_each(|&samples| {
                gauge.observe(pass, Whole { samples, channels: 1, planes: 1 }, &workers);
            });
            gauge.turn(pass);
        }
        gauge
    }

    #[test]
    fn percentiles_are_those_of_numpy() {
        // numpy.percentile([3, 1, 4, 1, 5, 9, 2, 6], q, method=...)
        let samples = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
        for (percent, linear, inverted) in [(0.0, 1.0, 1.0), (30.0, 2.1, 2.0), (50.0, 3.5, 3.0), (99.8, 8.958, 9.0)] {
            // In one image, and in a series of three.
            for images in [vec![&samples[..]], vec![&samples[..3], &samples[3..4], &samples[4..]]] {
                let found = gauged(Statistic::Between(percent), &images, 1).percentile(0, 0);
                assert!((found - linear).abs() < 1e-9, "{percent}: {found}");
                assert_eq!(gauged(Statistic::Reached(percent), &images, 1).percentile(0, 0), inverted);
            }
        }
    }

    #[test]
    fn percentiles_of_all_kinds_of_numbers_are_those_of_sorting() {
        // Both signs, zeros, powers from tiny to huge, and many that share their upper half.
        let samples: Vec<f32> = (0..5000_i32)
            .map(|at| {
                let wide = ((at * 7919) % 1013 - 506) as f32;
                if at % 3 == 0 { 1000.0 + wide * 1e-3 } else { wide * 10_f32.powi(at % 31 - 15) }
            })
            .collect();
        let mut sorted = samples.clone();
        sorted.sort_by(f32::total_cmp);
        for percent in [0.0, 0.01, 1.0, 33.3, 50.0, 66.6, 99.0, 99.99, 100.0] {
            let place = percent / 100.0 * (samples.len() - 1) as f64;
            let (low, high) = (f64::from(sorted[place as usize]), f64::from(sorted[place.ceil() as usize]));
            let expected = low + (high - low) * place.fract();
            assert_eq!(gauged(Statistic::Between(percent), &[&samples], 1).percentile(0, 0), expected, "{percent}");
        }
    }

    #[test]
    fn moments_are_the_same_bits_for_any_number_of_threads_and_those_of_all_images_together() {
        let samples: Vec<f32> = (0..10_007).map(|at| ((at * 7919) % 1013) as f32 * 0.37 + 1000.0).collect();
        let (one, three) = (gauged(Statistic::Moments, &[&samples], 1), gauged(Statistic::Moments, &[&samples], 3));
        assert_eq!(one.mean(0, 0).to_bits(), three.mean(0, 0).to_bits());
        assert_eq!(one.deviation(0, 0).to_bits(), three.deviation(0, 0).to_bits());
        let mean = samples.iter().map(|&x| f64::from(x)).sum::<f64>() / 10_007.0;
        let deviation = (samples.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / 10_007.0).sqrt();
        let parts = gauged(Statistic::Moments, &[&samples[..17], &samples[17..9000], &samples[9000..]], 2);
        for gauge in [one, parts] {
            assert!((gauge.mean(0, 0) - mean).abs() < 1e-9 && (gauge.deviation(0, 0) - deviation).abs() < 1e-9);
        }
    }
}
