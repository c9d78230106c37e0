//! Contrast-limited adaptive histogram equalisation: K. Zuiderveld 1994, "Contrast limited adaptive histogram equalization", Graphics
//! Gems IV, 474-485.
//!
//! The image is cut into tiles; each has the map from grey levels to grey levels that makes its histogram flat, but for bins above a
//! limit, whose excess all others share. A sample becomes what the maps of the tiles around it say, between whose middles it lies, and the
//! result is stretched to the range that the image had. Numbers are those of scikit-image's `equalize_adapthist`: 2¹⁴ grey levels,
//! 65 to a bin, and an image that goes on beyond its border as in a mirror whose middle is the last sample.
//!
//! scikit-image 0.26 has the middles of tiles half a sample from where they are, or one where their extent is odd: its results for an
//! image and for its mirror image differ by 0.5 % of the range, and a tile of one plane gives its map to the plane after. Not so here.

use std::ops::Range;

use super::bands::Bands;
use crate::error::{Result, zeroed};

/// Equalisation of volumes of one shape.
pub struct Clahe {
    shape: [usize; 3],
    tile: [usize; 3],
    /// Most samples of a bin; more are shared out.
    limit: usize,
    /// A map for each tile.
    maps: Vec<f32>,
}

impl Clahe {
    /// Of tiles (z, y, x) with a share of a tile's samples as the limit of a bin; 0: none.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3], tile: [usize; 3], share: f64) -> Result<Self> {
        let samples: usize = tile.iter().product();
        let limit = if share > 0.0 { ((share * samples as f64) as usize).max(1) } else { samples };
        Ok(Self { shape, tile, limit, maps: zeroed("the maps of the equalisation", Self::tiles(shape, tile) * BINS)? })
    }

    /// Bytes that it holds.
    pub fn bytes(shape: [usize; 3], tile: [usize; 3]) -> u64 {
        (Self::tiles(shape, tile) * BINS * size_of::<f32>()) as u64
    }

    fn tiles(shape: [usize; 3], tile: [usize; 3]) -> usize {
        counts(shape, tile).iter().product()
    }

    /// Equalises `image`, packed (z, y, x), in place. A map takes part of `bands` as a row does.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn take(&mut self, image: &mut [f32], bands: &mut Bands<'_, '_>) -> Result<()> {
        let range = range(image);
        if range.end <= range.start {
            return Ok(());
        }
        let Self { shape: [nz, ny, nx], tile, limit, maps } = self;
        let (shape, [_, ny, nx]) = ([*nz, *ny, *nx], [*nz, *ny, *nx]);
        let [_, tall, wide] = counts(shape, *tile);
        // In f32 the range of very large samples is infinite, and the scale of very small ones.
        let [start, span] = [range.start.into(), span(&range)];
        let scale = (LEVELS - 1) as f64 / span;
        let bin = |sample: f32| ((f64::from(sample) - start) * scale).round() as usize / PER_BIN;
        let seen = &*image;
        bands.each(maps, BINS, &mut [], |at, map, _| {
            let from = [at / (wide * tall), at / wide % tall, at % wide];
            let mut counts = [0; BINS];
            for z in from[0] * tile[0]..(from[0] + 1) * tile[0] {
                for y in from[1] * tile[1]..(from[1] + 1) * tile[1] {
                    let row = &seen[(mirror(z, shape[0]) * ny + mirror(y, ny)) * nx..][..nx];
                    for x in from[2] * tile[2]..(from[2] + 1) * tile[2] {
                        counts[bin(row[mirror(x, nx)])] += 1;
                    }
                }
            }
            limited(&mut counts, *limit);
            let (mut sum, unit) = (0, (LEVELS - 1) as f64 / tile.iter().product::<usize>() as f64);
            for (map, count) in map.iter_mut().zip(counts) {
                sum += count;
                *map = (sum as f64 * unit).min((LEVELS - 1) as f64).floor() as f32;
            }
        })?;
        let maps = &*maps;
        bands.each(image, nx, &mut [], |row, target, _| {
            let [(z, dz), (y, dy)] =
                [(0, row / ny), (1, row % ny)].map(|(axis, at)| between(at, shape[axis], tile[axis]));
            for (x, sample) in target.iter_mut().enumerate() {
                let (column, dx) = between(x, nx, tile[2]);
                let bin = bin(*sample);
                let of = |z: usize, y: usize, x: usize| maps[((z * tall + y) * wide + x) * BINS + bin];
                let line = |z: usize, y: usize| blend(dx, column.map(|x| of(z, y, x)));
                let plane = |z: usize| blend(dy, y.map(|y| line(z, y)));
                *sample = if z[0] == z[1] { plane(z[0]) } else { blend(dz, z.map(plane)) };
            }
        })?;
        let found = self::range(image);
        let factor = span / self::span(&found).max(f64::MIN_POSITIVE);
        bands.each(image, nx, &mut [], |_, row, _| {
            for sample in row {
                let above = f64::from(*sample) - f64::from(found.start);
                *sample = ((start + above * factor) as f32).min(range.end);
            }
        })
    }

    /// Rows of `image` and maps that [`Clahe::take`] makes.
    pub fn rows(&self) -> usize {
        Self::tiles(self.shape, self.tile) + 2 * self.shape[0] * self.shape[1]
    }
}

/// Tiles along (z, y, x).
fn counts(shape: [usize; 3], tile: [usize; 3]) -> [usize; 3] {
    std::array::from_fn(|axis| shape[axis].div_ceil(tile[axis]))
}

/// The tiles between whose middles a sample lies, and how far it is from the first to the second.
fn between(at: usize, extent: usize, tile: usize) -> ([usize; 2], f32) {
    let place = (at as f64 - (tile as f64 - 1.0) / 2.0) / tile as f64;
    let last = extent.div_ceil(tile) - 1;
    let first = place.floor();
    let tiles = [first, first + 1.0].map(|tile| (tile.max(0.0) as usize).min(last));
    (tiles, (place - first) as f32)
}

fn blend(share: f32, [a, b]: [f32; 2]) -> f32 {
    a + share * (b - a)
}

/// The sample of a line that goes on as in a mirror whose middle is the last sample.
fn mirror(at: usize, extent: usize) -> usize {
    if extent == 1 {
        return 0;
    }
    let at = at % (2 * extent - 2);
    at.min(2 * extent - 2 - at)
}

/// Gives what bins have above the limit to those below it, as scikit-image does: a bin that an equal share takes up to a share
/// below the limit is filled, so that a few samples more may be given than there are.
fn limited(counts: &mut [usize; BINS], limit: usize) {
    let above: usize = counts.iter().map(|count| count.saturating_sub(limit)).sum();
    let share = above / BINS;
    let (mut excess, full) = (above as i64, limit.saturating_sub(share));
    for count in counts.iter_mut() {
        let mut given = (*count).min(limit);
        if given < full {
            given += share;
        }
        if given >= full {
            given = limit;
        }
        excess -= given as i64 - limit.min(*count) as i64;
        *count = given;
    }
    // The rest goes to every so many-th bin, from the first, the second, ... on.
    while excess > 0 {
        let before = excess;
        for first in 0..BINS {
            let free = counts.iter().filter(|count| **count < limit).count();
            let step = (free / excess.unsigned_abs() as usize).max(1);
            for count in counts[first..].iter_mut().step_by(step).filter(|count| **count < limit) {
                *count += 1;
                excess -= 1;
            }
            if excess <= 0 {
                return;
            }
        }
        if excess == before {
            return;
        }
    }
}

fn range(image: &[f32]) -> Range<f32> {
    image
        .iter()
        .fold(f32::INFINITY..f32::NEG_INFINITY, |range, sample| range.start.min(*sample)..range.end.max(*sample))
}

fn span(range: &Range<f32>) -> f64 {
    f64::from(range.end) - f64::from(range.start)
}

const LEVELS: usize = 1 << 14;
const BINS: usize = 256;
/// Grey levels of a bin.
const PER_BIN: usize = 1 + LEVELS / BINS;
