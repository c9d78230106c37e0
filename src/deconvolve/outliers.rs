//! Samples that stand out alone: what no light made, the estimate need not explain.
//!
//! They are found once in the whole image, so that all tiles leave out the same ones, also where a tile's neighbours are not
//! read, or where results have taken the image's place.

use super::sums::Sums;
use crate::error::{Result, zeroed};
use crate::image::{Piece, Source};
use crate::noise::Outliers;
use crate::psf::Kernel;
use crate::runtime::Workers;
use crate::tile::Tile;

/// The samples of an image that stand out alone.
#[derive(Default)]
pub(super) struct Found {
    shape: [usize; 3],
    /// Numbers of samples (z, y, x), in ascending order once all pieces were seen.
    numbers: Vec<u64>,
    count: usize,
    /// The sum of those found, and of what they have above the background.
    pub sum: f64,
    pub light: f64,
}

impl Found {
    /// For images of `shape`; without room where none is `wanted`.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3], wanted: bool) -> Result<Self> {
        let numbers = zeroed("the list of outliers", if wanted { most(shape) } else { 0 })?;
        Ok(Self { shape, numbers, count: 0, sum: 0.0, light: 0.0 })
    }

    /// Bytes that [`Found::new`] will hold.
    pub fn bytes(shape: [usize; 3], wanted: bool) -> u64 {
        if wanted { (most(shape) * size_of::<u64>()) as u64 } else { 0 }
    }

    /// Forgets the image before.
    pub fn begin(&mut self) {
        (self.count, self.sum, self.light) = (0, 0.0, 0.0);
    }

    /// Looks at a piece of the image; `sums` has room for its rows. A sample is judged in the piece that has all of its
    /// neighbours: pieces go on by a sample along y and x at least.
    pub fn visit(&mut self, piece: &Piece, verdict: Outliers, background: f64, sums: &Sums, workers: &Workers) {
        let ([_, ny, nx], [z0, y0, x0]) = (self.shape, piece.region.start);
        let judged = |axis: usize| {
            let first = usize::from(piece.region.start[axis] > 0);
            first..(piece.own[axis] + 1).min(piece.region.shape[axis]).max(first)
        };
        let (rows, columns) = (judged(1), judged(2));
        let place = |task: usize| (task / rows.len(), rows.start + task % rows.len());
        let next = |task: usize, start: usize| {
            let (z, y) = place(task);
            let line =
                |y: Option<usize>| y.filter(|&y| y < piece.region.shape[1]).map_or(&[][..], |y| piece.line(z, y));
            let [above, here, below] = [y.checked_sub(1), Some(y), Some(y + 1)].map(line);
            let found = verdict.next(above, here, below, start).filter(|(x, _)| *x < columns.end);
            found.map(|(x, _)| (x, here[x]))
        };
        let tasks = piece.own[0] * rows.len();
        workers.run(tasks, &|_, task| {
            sums.set(task, [f64::from(u8::from(next(task, columns.start).is_some()))]);
        });
        // Few rows have any: in their order, so that sums are the same for any number of threads.
        for task in (0..tasks).filter(|task| sums.of::<1>(*task) > [0.0]) {
            let ((z, y), mut start) = (place(task), columns.start);
            while let Some((x, sample)) = next(task, start) {
                if let Some(number) = self.numbers.get_mut(self.count) {
                    *number = (((z0 + z) * ny + y0 + y) * nx + x0 + x) as u64;
                }
                self.count += 1;
                self.sum += f64::from(sample);
                self.light += (f64::from(sample) - background).max(0.0);
                start = x + 1;
            }
        }
    }

    /// To be called after the last piece. Too many to be exceptions are none.
    pub fn end(&mut self) {
        if self.count > self.numbers.len() {
            self.begin();
        }
        self.numbers[..self.count].sort_unstable();
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count as u64
    }

    /// Numbers of the samples found, in ascending order.
    pub fn numbers(&self) -> &[u64] {
        &self.numbers[..self.count]
    }

    /// Makes NaN of those that a tile reads; `samples` are packed (z, y, x).
    pub fn leave_out(&self, tile: &Tile, samples: &mut [f32]) {
        let ([_, ny, nx], [_, rows, columns]) = (self.shape, tile.shape);
        for number in self.numbers().iter().map(|&number| number as usize) {
            let [z, y, x] = [number / (ny * nx), number / nx % ny, number % nx];
            let [planes, lines, places] =
                [(0, z), (1, y), (2, x)].map(|(axis, place)| tile.input[axis].samples(place, tile.shape[axis]));
            for z in planes {
                for y in lines.clone() {
                    places.clone().for_each(|x| samples[(z * rows + y) * columns + x] = f32::NAN);
                }
            }
        }
    }

    /// The image, or a part of it, without them.
    pub fn left_out<'a>(&'a self, image: Source<'a>) -> Source<'a> {
        image.without(self.numbers(), self.shape)
    }
}

/// As many may stand out alone in an image of `shape`.
fn most(shape: [usize; 3]) -> usize {
    shape.iter().product::<usize>() / ONE_IN + FEW
}

/// The least share of a voxel's light that two of its neighbours on opposite sides have on the mean, within planes, where the
/// kernel has light to speak of.
pub(super) fn share(kernel: &Kernel) -> f64 {
    let [nz, ny, nx] = kernel.shape();
    let samples = kernel.samples();
    let highest = samples.iter().copied().fold(0.0_f32, f32::max);
    let mut least = 1.0_f32;
    for z in 0..nz {
        for y in 0..ny {
            for x in 0..nx {
                let at = |y: usize, x: usize| samples[(z * ny + y) * nx + x];
                if at(y, x) < LIGHT * highest {
                    continue;
                }
                // What is beyond the kernel is no light of it.
                let beside = |low: Option<f32>, high: Option<f32>| 0.5 * (low.unwrap_or(0.0) + high.unwrap_or(0.0));
                let along_x = beside(x.checked_sub(1).map(|x| at(y, x)), (x + 1 < nx).then(|| at(y, x + 1)));
                let along_y = beside(y.checked_sub(1).map(|y| at(y, x)), (y + 1 < ny).then(|| at(y + 1, x)));
                least = least.min(along_x.min(along_y) / at(y, x));
            }
        }
    }
    SAFETY * f64::from(least)
}

/// Share of the kernel's highest value below which a voxel has no light to speak of.
const LIGHT: f32 = 0.05;
/// Kernels are not quite those of the microscope.
const SAFETY: f64 = 0.5;
/// One sample in so many, and a few, may stand out alone: of sensors with more hot pixels than that nobody takes images.
const ONE_IN: usize = 512;
const FEW: usize = 4;
