//! Means, deviations and percentiles of whole images, or of all images of a series that come by one after the other.
//!
//! A [`Gauge`] takes one statistic of every group of samples that it is told to leave apart. It sees all images once
//! for moments and twice for percentiles, which are exact. Memory does not grow with the images. Moments of images are
//! joined after Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances",
//! 1982, equation 2.1. Percentiles of single rows or columns are sorted, and so taken of one image only. Statistics are
//! never taken from a tile.

mod percentile;

use serde::Serialize;

use percentile::Percentile;

use crate::error::{Error, Result};
use crate::runtime::{Rows, Workers};

/// A tensor whose statistics are taken, packed.
#[derive(Clone, Copy)]
pub struct Whole<'a> {
    /// Samples.
    pub samples: &'a [f32],
    /// Extents (c, z, y, x).
    pub extents: [usize; 4],
}

/// Which axes a statistic runs over; along the others each place has its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Over {
    /// Whether all channels are taken together.
    pub channels: bool,
    /// Whether all planes are taken together.
    pub planes: bool,
    /// Whether all rows are taken together.
    pub rows: bool,
    /// Whether all columns are taken together.
    pub columns: bool,
}

/// Everything together.
impl Default for Over {
    fn default() -> Self {
        Self { channels: true, planes: true, rows: true, columns: true }
    }
}

impl Over {
    /// Extents of what is left apart, in a tensor of these extents.
    pub fn apart(self, extents: [usize; 4]) -> [usize; 4] {
        let together = [self.channels, self.planes, self.rows, self.columns];
        std::array::from_fn(|axis| if together[axis] { 1 } else { extents[axis].max(1) })
    }

    /// Whether a group of samples holds whole planes.
    fn of_planes(self) -> bool {
        self.rows && self.columns
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
    /// Extents of the groups that are left apart.
    apart: [usize; 4],
    /// One for each of them, the last axis fastest.
    cells: Vec<Cell>,
    /// Room to sort a group in, where groups hold no whole planes.
    sorting: Vec<f32>,
}

enum Cell {
    Moments(Moments),
    Counted(Box<Percentile>),
    Sorted(f64),
}

impl Gauge {
    /// For tensors of those extents (c, z, y, x).
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn new(statistic: Statistic, over: Over, extents: [usize; 4]) -> Result<Self> {
        let apart = over.apart(extents);
        let count: usize = apart.iter().product();
        let mut cells = Vec::new();
        cells.try_reserve_exact(count).map_err(|_| {
            Error::Memory(format!("statistics of {count} groups of samples are asked for; they need more memory"))
        })?;
        for _ in 0..count {
            cells.push(match share(statistic) {
                None => Cell::Moments(Moments::default()),
                Some((share, between)) if over.of_planes() => Cell::Counted(Box::new(Percentile::new(share, between)?)),
                Some(_) => Cell::Sorted(0.0),
            });
        }
        let sorting = crate::error::zeroed("a group of samples to sort", sorted(statistic, over, extents))?;
        Ok(Self { statistic, over, apart, cells, sorting })
    }

    /// Memory of a gauge for tensors of those extents.
    pub fn bytes(statistic: Statistic, over: Over, extents: [usize; 4]) -> u64 {
        let count = over.apart(extents).iter().fold(1_u64, |count, &extent| count.saturating_mul(extent as u64));
        let counted = statistic != Statistic::Moments && over.of_planes();
        let cell = size_of::<Cell>() as u64 + if counted { percentile::BYTES } else { 0 };
        count.saturating_mul(cell).saturating_add(4 * sorted(statistic, over, extents) as u64)
    }

    /// Extents of what is left apart.
    pub fn apart(&self) -> [usize; 4] {
        self.apart
    }

    /// Whether it can be taken of several images together.
    pub fn of_series(statistic: Statistic, over: Over) -> bool {
        statistic == Statistic::Moments || over.of_planes()
    }

    /// How often every image must be seen.
    pub fn passes(&self) -> usize {
        if self.statistic == Statistic::Moments || !self.over.of_planes() { 1 } else { 2 }
    }

    /// Forgets all images.
    pub fn begin(&mut self) {
        for cell in &mut self.cells {
            match cell {
                Cell::Moments(moments) => *moments = Moments::default(),
                Cell::Counted(percentile) => percentile.begin(),
                Cell::Sorted(value) => *value = 0.0,
            }
        }
    }

    /// Sees an image in a pass.
    pub fn observe(&mut self, pass: usize, whole: Whole<'_>, workers: &Workers) {
        let [_, planes, rows, columns] = self.apart;
        for (at, cell) in self.cells.iter_mut().enumerate() {
            let place =
                [at / (planes * rows * columns), at / (rows * columns) % planes, at / columns % rows, at % columns];
            let group = Group { whole, over: self.over, place };
            match cell {
                Cell::Moments(moments) if pass == 0 && self.over.of_planes() => moments.add(group, workers),
                Cell::Moments(moments) if pass == 0 => moments.add_samples(group),
                Cell::Counted(percentile) if pass == 0 => percentile.count_upper(group.planes()),
                Cell::Counted(percentile) if pass == 1 => percentile.count_lower(group.planes()),
                Cell::Sorted(value) if pass == 0 => {
                    self.sorting.iter_mut().zip(group.samples()).for_each(|(to, sample)| *to = sample);
                    *value = share(self.statistic)
                        .map_or(0.0, |(share, between)| percentile::of_sorted(&mut self.sorting, share, between));
                }
                _ => {}
            }
        }
    }

    /// Ends a pass.
    pub fn turn(&mut self, pass: usize) {
        for cell in &mut self.cells {
            match cell {
                Cell::Counted(percentile) if pass == 0 => percentile.choose(),
                Cell::Counted(percentile) if pass == 1 => percentile.settle(),
                _ => {}
            }
        }
    }

    /// The mean of a group; 0 for percentiles.
    pub fn mean(&self, place: [usize; 4]) -> f64 {
        match self.cell(place) {
            Cell::Moments(moments) => moments.mean,
            _ => 0.0,
        }
    }

    /// The deviation of a group; 0 for percentiles.
    pub fn deviation(&self, place: [usize; 4]) -> f64 {
        match self.cell(place) {
            Cell::Moments(moments) => (moments.squares / moments.count.max(1.0)).sqrt(),
            _ => 0.0,
        }
    }

    /// The percentile of a group; 0 for moments.
    pub fn percentile(&self, place: [usize; 4]) -> f64 {
        match self.cell(place) {
            Cell::Moments(_) => 0.0,
            Cell::Counted(percentile) => percentile.value(),
            Cell::Sorted(value) => *value,
        }
    }

    fn cell(&self, place: [usize; 4]) -> &Cell {
        let at = self.apart.iter().zip(place).fold(0, |at, (&extent, place)| at * extent + place.min(extent - 1));
        &self.cells[at]
    }
}

/// The share of samples below a percentile, and whether it lies between them; `None` for moments.
fn share(statistic: Statistic) -> Option<(f64, bool)> {
    match statistic {
        Statistic::Moments => None,
        Statistic::Between(percent) => Some(((percent / 100.0).clamp(0.0, 1.0), true)),
        Statistic::Reached(percent) => Some(((percent / 100.0).clamp(0.0, 1.0), false)),
    }
}

/// Samples of a group that must be sorted; 0 where none is.
fn sorted(statistic: Statistic, over: Over, extents: [usize; 4]) -> usize {
    if Gauge::of_series(statistic, over) {
        return 0;
    }
    let apart = over.apart(extents);
    (0..4).map(|axis| if apart[axis] > 1 { 1 } else { extents[axis] }).product()
}

/// Samples that a statistic runs over.
#[derive(Clone, Copy)]
struct Group<'a> {
    whole: Whole<'a>,
    over: Over,
    /// Which one it is, along the axes that are left apart.
    place: [usize; 4],
}

impl<'a> Group<'a> {
    /// Its whole planes.
    fn planes(self) -> impl Iterator<Item = &'a [f32]> {
        let Whole { samples, extents: [_, planes, rows, columns] } = self.whole;
        let [c, z, ..] = self.place;
        samples.chunks_exact((rows * columns).max(1)).enumerate().filter_map(move |(at, plane)| {
            let mine = (self.over.channels || at / planes == c) && (self.over.planes || at % planes == z);
            mine.then_some(plane)
        })
    }

    /// Its samples one by one.
    fn samples(self) -> impl Iterator<Item = f32> {
        let [c, z, y, x] = self.whole.extents;
        let Over { channels, planes, rows, columns } = self.over;
        let run = move |axis: usize, together: bool, extent: usize| {
            if together { 0..extent } else { self.place[axis]..self.place[axis] + 1 }
        };
        run(0, channels, c).flat_map(move |c| run(1, planes, z).map(move |z| c * self.whole.extents[1] + z)).flat_map(
            move |plane| {
                run(2, rows, y).flat_map(move |row| {
                    let line = (plane * y + row) * x;
                    run(3, columns, x).map(move |column| self.whole.samples[line + column])
                })
            },
        )
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
        self.join(count, mean, sums(group, workers, mean).1);
    }

    /// The same for a group that holds no whole planes.
    fn add_samples(&mut self, group: Group<'_>) {
        let count = group.samples().count() as f64;
        if count == 0.0 {
            return;
        }
        let mean = group.samples().map(f64::from).sum::<f64>() / count;
        let squares = group.samples().map(|sample| (f64::from(sample) - mean).powi(2)).sum();
        self.join(count, mean, squares);
    }

    fn join(&mut self, count: f64, mean: f64, squares: f64) {
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
        let mut gauge = Gauge::new(statistic, Over::default(), [1, 1, 1, 1]).unwrap();
        for pass in 0..gauge.passes() {
            images.iter().for_each(|&samples| {
                gauge.observe(pass, Whole { samples, extents: [1, 1, 1, samples.len()] }, &workers);
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
                let found = gauged(Statistic::Between(percent), &images, 1).percentile([0; 4]);
                assert!((found - linear).abs() < 1e-9, "{percent}: {found}");
                assert_eq!(gauged(Statistic::Reached(percent), &images, 1).percentile([0; 4]), inverted);
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
            assert_eq!(gauged(Statistic::Between(percent), &[&samples], 1).percentile([0; 4]), expected, "{percent}");
        }
    }

    #[test]
    fn groups_of_rows_columns_and_channels_are_those_of_indexing() {
        let extents = [2, 3, 4, 5];
        let samples: Vec<f32> = (0..120).map(|at| ((at * 7919) % 1013) as f32).collect();
        let whole = Whole { samples: &samples, extents };
        let workers = Workers::new(2).unwrap();
        for mask in 0..16_usize {
            let together = [0, 1, 2, 3].map(|axis| mask >> axis & 1 == 1);
            let [channels, planes, rows, columns] = together;
            let over = Over { channels, planes, rows, columns };
            for statistic in [Statistic::Moments, Statistic::Between(30.0), Statistic::Reached(30.0)] {
                let mut gauge = Gauge::new(statistic, over, extents).unwrap();
                for pass in 0..gauge.passes() {
                    gauge.observe(pass, whole, &workers);
                    gauge.turn(pass);
                }
                let place = [1, 2, 1, 4];
                let mine = |at: usize| {
                    let own = [at / 60, at / 20 % 3, at / 5 % 4, at % 5];
                    (0..4).all(|axis| together[axis] || own[axis] == place[axis])
                };
                let mut group: Vec<f64> = (0..120).filter(|&at| mine(at)).map(|at| samples[at].into()).collect();
                group.sort_by(f64::total_cmp);
                let count = group.len() as f64;
                match statistic {
                    Statistic::Moments => {
                        let mean = group.iter().sum::<f64>() / count;
                        let variance = group.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
                        assert!((gauge.mean(place) - mean).abs() < 1e-9, "{mask}");
                        assert!((gauge.deviation(place) - variance.sqrt()).abs() < 1e-9, "{mask}");
                    }
                    Statistic::Between(_) => {
                        let at = 0.3 * (count - 1.0);
                        let (low, high) = (group[at as usize], group[at.ceil() as usize]);
                        assert!((gauge.percentile(place) - low - (high - low) * at.fract()).abs() < 1e-9, "{mask}");
                    }
                    Statistic::Reached(_) => {
                        let at = (0.3 * count).ceil().max(1.0) as usize - 1;
                        assert_eq!(gauge.percentile(place), group[at], "{mask}");
                    }
                }
            }
        }
    }

    #[test]
    fn moments_are_the_same_bits_for_any_number_of_threads_and_those_of_all_images_together() {
        let samples: Vec<f32> = (0..10_007).map(|at| ((at * 7919) % 1013) as f32 * 0.37 + 1000.0).collect();
        let (one, three) = (gauged(Statistic::Moments, &[&samples], 1), gauged(Statistic::Moments, &[&samples], 3));
        assert_eq!(one.mean([0; 4]).to_bits(), three.mean([0; 4]).to_bits());
        assert_eq!(one.deviation([0; 4]).to_bits(), three.deviation([0; 4]).to_bits());
        let mean = samples.iter().map(|&x| f64::from(x)).sum::<f64>() / 10_007.0;
        let deviation = (samples.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / 10_007.0).sqrt();
        let parts = gauged(Statistic::Moments, &[&samples[..17], &samples[17..9000], &samples[9000..]], 2);
        for gauge in [one, parts] {
            assert!((gauge.mean([0; 4]) - mean).abs() < 1e-9 && (gauge.deviation([0; 4]) - deviation).abs() < 1e-9);
        }
    }
}
