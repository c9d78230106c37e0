//! From a buffer to a packed volume.

use super::samples::{F16, F32, Sample, U8, U16};
use super::{Dtype, Layout, Region, packed_strides};
use crate::runtime::{Rows, Workers};

/// What a volume held when it was read.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Found {
    /// The sum of the finite samples.
    pub sum: f64,
    /// How many samples are NaN or infinite.
    pub not_finite: u64,
}

impl Layout {
    /// Reads volume `volume` (see [`Layout::volumes`]) of the image in `bytes` into `target`, packed (z, y, x).
    ///
    /// # Panics
    /// When there is no such volume, `bytes.len() < self.bytes()`, or `target.len()` is not the volume's samples.
    pub fn read(&self, bytes: &[u8], volume: usize, target: &mut [f32], workers: &Workers) -> Found {
        self.read_region(bytes, volume, Region::whole(self.volume_shape()), target, workers)
    }

    /// As [`Layout::read`], of a part of the volume.
    ///
    /// # Panics
    /// As [`Layout::read`], with the region's samples; when the region is not within the volume.
    pub fn read_region(
        &self,
        bytes: &[u8],
        volume: usize,
        region: Region,
        target: &mut [f32],
        workers: &Workers,
    ) -> Found {
        assert!(bytes.len() as u64 >= self.bytes());
        assert_eq!(target.len(), region.samples());
        let place = self.region_place(volume, region);
        read_as(self.dtype(), bytes, place, region.shape, target, workers)
    }

    /// Reads neighbours along x, from the sample at `at` (z, y, x) of the volume on.
    ///
    /// # Panics
    /// When there is no such volume, some are not within it, or `bytes.len() < self.bytes()`.
    pub(super) fn read_run(&self, bytes: &[u8], volume: usize, at: [usize; 3], target: &mut [f32]) {
        let (start, strides) = self.region_place(volume, Region { start: at, shape: [1, 1, target.len()] });
        let read = match self.dtype() {
            Dtype::U8 => read_line::<U8>,
            Dtype::U16 => read_line::<U16>,
            Dtype::F16 => read_line::<F16>,
            Dtype::F32 => read_line::<F32>,
        };
        read(bytes, start, strides[2], target);
    }
}

fn read_line<S: Sample>(bytes: &[u8], start: i64, stride: i64, target: &mut [f32]) {
    if stride == S::BYTES as i64 {
        let first = start as usize;
        S::widen(&bytes[first..first + target.len() * S::BYTES], target);
    } else {
        gather::<S>(bytes, start, [0, stride], target.len(), target);
    }
}

/// Reads samples that lie packed in the order (z, y, x) in `bytes`.
///
/// # Panics
/// When `target.len()` is not the samples of `shape`, or `bytes` has fewer.
pub fn unpack(dtype: Dtype, bytes: &[u8], shape: [usize; 3], target: &mut [f32], workers: &Workers) -> Found {
    assert_eq!(target.len(), shape.iter().product::<usize>());
    read_as(dtype, bytes, (0, packed_strides(dtype, shape)), shape, target, workers)
}

fn read_as(
    dtype: Dtype,
    bytes: &[u8],
    place: (i64, [i64; 3]),
    shape: [usize; 3],
    target: &mut [f32],
    workers: &Workers,
) -> Found {
    let read = match dtype {
        Dtype::U8 => read_samples::<U8>,
        Dtype::U16 => read_samples::<U16>,
        Dtype::F16 => read_samples::<F16>,
        Dtype::F32 => read_samples::<F32>,
    };
    read(bytes, place, shape, target, workers)
}

fn read_samples<S: Sample>(
    bytes: &[u8],
    (start, [stride_z, stride_y, stride_x]): (i64, [i64; 3]),
    [_, ny, nx]: [usize; 3],
    target: &mut [f32],
    workers: &Workers,
) -> Found {
    // Where y is faster than x, blocks of rows share the cache lines that they read.
    let block = if stride_y.abs() < stride_x.abs() && ny > 1 { ROWS } else { 1 };
    let rows = target.len() / nx;
    // Parts depend on the shape only, so that sums come out the same for any number of threads.
    let part = rows.div_ceil(PARTS).next_multiple_of(block);
    let mut found = [Found::NOTHING; PARTS];
    let found = &mut found[..rows.div_ceil(part)];
    workers.each((Rows::of_mut(target, part * nx), Rows::of_mut(found, 1)), |_, index, (target, found)| {
        let mut row = index * part;
        let mut rest = target;
        while !rest.is_empty() {
            let (z, y) = (row / ny, row % ny);
            let count = block.min(ny - y).min(rest.len() / nx);
            let (lines, after) = rest.split_at_mut(count * nx);
            let first = start + z as i64 * stride_z + y as i64 * stride_y;
            if count == 1 && stride_x == S::BYTES as i64 {
                let first = first as usize;
                S::widen(&bytes[first..first + nx * S::BYTES], lines);
            } else {
                gather::<S>(bytes, first, [stride_y, stride_x], nx, lines);
            }
            for line in lines.chunks_exact(nx) {
                found[0].add(&Found::of(line));
            }
            (row, rest) = (row + count, after);
        }
    });
    let mut all = Found::NOTHING;
    found.iter().for_each(|part| all.add(part));
    all
}

impl Found {
    const NOTHING: Self = Self { sum: 0.0, not_finite: 0 };

    fn of(line: &[f32]) -> Self {
        let mut sums = [0.0; LANES];
        let (blocks, rest) = line.as_chunks::<LANES>();
        for block in blocks {
            for lane in 0..LANES {
                sums[lane] += f64::from(block[lane]);
            }
        }
        let sum = sums.iter().sum::<f64>() + rest.iter().map(|&value| f64::from(value)).sum::<f64>();
        if sum.is_finite() {
            return Self { sum, not_finite: 0 };
        }
        // Finite f32 samples have a finite sum in f64: some here are not.
        let finite = line.iter().filter(|value| value.is_finite());
        let count = finite.clone().count();
        Self { sum: finite.map(|&value| f64::from(value)).sum(), not_finite: (line.len() - count) as u64 }
    }

    fn add(&mut self, other: &Self) {
        self.sum += other.sum;
        self.not_finite += other.not_finite;
    }
}

/// Reads lines of `nx` samples with any strides; lines beside each other are read together.
fn gather<S: Sample>(bytes: &[u8], first: i64, [stride_y, stride_x]: [i64; 2], nx: usize, lines: &mut [f32]) {
    let count = lines.len() / nx;
    for x in 0..nx {
        let mut at = first + x as i64 * stride_x;
        for y in 0..count {
            lines[y * nx + x] = S::load(&bytes[at as usize..at as usize + S::BYTES]);
            at += stride_y;
        }
    }
}

/// Rows read together where y is the fastest axis: a cache line of samples.
const ROWS: usize = 16;
/// Parts of a volume at most.
const PARTS: usize = 256;
/// Sums of a line that run side by side.
const LANES: usize = 8;
