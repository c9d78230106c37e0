//! From a packed volume to a buffer.

use std::sync::atomic::{AtomicU64, Ordering};

use super::samples::{Clipped, F16, F32, Sample, U8, U16};
use super::source::RUN;
use super::{Dtype, Layout, Region, packed_strides};
use crate::runtime::{Slabs, Workers};

/// A volume (z, y, x) in a slice whose rows and planes may lie apart.
#[derive(Clone, Copy)]
pub struct Pitched<'a> {
    /// The samples, from the first on.
    pub samples: &'a [f32],
    /// Samples from one plane to the next.
    pub plane_pitch: usize,
    /// Samples from one row to the next.
    pub row_pitch: usize,
}

impl<'a> Pitched<'a> {
    /// Packed samples of `shape`.
    ///
    /// # Panics
    /// When they are not as many as the shape says.
    pub fn packed(samples: &'a [f32], [nz, ny, nx]: [usize; 3]) -> Self {
        assert_eq!(samples.len(), nz * ny * nx);
        Self { samples, plane_pitch: ny * nx, row_pitch: nx }
    }

    /// Row (z, y), from its first sample on.
    pub fn row(&self, z: usize, y: usize) -> &'a [f32] {
        &self.samples[z * self.plane_pitch + y * self.row_pitch..]
    }
}

impl Layout {
    /// Writes `source`, packed (z, y, x), as volume `volume` (see [`Layout::volumes`]) of the image in `bytes`. Bytes
    /// between samples stay as they are.
    ///
    /// # Panics
    /// When there is no such volume, `bytes.len() < self.bytes()`, `source.len()` is not the volume's samples, or
    /// [`Layout::check_writable`] fails.
    pub fn write(&self, source: &[f32], volume: usize, bytes: &mut [u8], workers: &Workers) -> Clipped {
        let whole = Region::whole(self.volume_shape());
        self.write_region(Pitched::packed(source, whole.shape), volume, whole, bytes, workers)
    }

    /// As [`Layout::write`], of a part of the volume; the rest stays as it is.
    ///
    /// # Panics
    /// As [`Layout::write`], with the region's samples; when the region is not within the volume.
    pub fn write_region(
        &self,
        source: Pitched,
        volume: usize,
        region: Region,
        bytes: &mut [u8],
        workers: &Workers,
    ) -> Clipped {
        assert!(bytes.len() as u64 >= self.bytes());
        let place = self.region_place(volume, region);
        write_as(self.dtype(), source, place, region.shape, bytes, workers)
    }
}

/// Writes samples into `bytes`, packed in the order (z, y, x).
///
/// # Panics
/// When `source` has fewer samples than `shape`, or `bytes` has room for fewer.
pub fn pack(dtype: Dtype, source: Pitched, shape: [usize; 3], bytes: &mut [u8], workers: &Workers) -> Clipped {
    write_as(dtype, source, (0, packed_strides(dtype, shape)), shape, bytes, workers)
}

fn write_as(
    dtype: Dtype,
    source: Pitched,
    place: (i64, [i64; 3]),
    shape: [usize; 3],
    bytes: &mut [u8],
    workers: &Workers,
) -> Clipped {
    let write = match dtype {
        Dtype::U8 => write_samples::<U8>,
        Dtype::U16 => write_samples::<U16>,
        Dtype::F16 => write_samples::<F16>,
        Dtype::F32 => write_samples::<F32>,
    };
    write(source, place, shape, bytes, workers)
}

fn write_samples<S: Sample>(
    source: Pitched,
    place: (i64, [i64; 3]),
    shape: [usize; 3],
    bytes: &mut [u8],
    workers: &Workers,
) -> Clipped {
    let (start, ways) = sorted_ways(place, shape, [source.plane_pitch, source.row_pitch, 1], S::BYTES);
    let [outer, middle, inner] = ways;
    let span = |way: &Way| (way.extent - 1) * way.stride;
    let line = span(&inner) + S::BYTES;
    let slab = span(&middle) + line;
    // A task writes a range of bytes that no other task writes in: whole lines, or a range of x through all lines.
    let (slabs, stride, reach, chunk, cut) = if inner.is_x {
        let lines = (PART / inner.extent).max(1);
        (outer.extent, outer.stride, slab, lines * middle.stride, 1)
    } else if middle.is_x {
        (outer.extent, outer.stride, slab, COLUMNS * middle.stride, 1)
    } else {
        (1, 0, span(&outer) + slab, COLUMNS * outer.stride, 0)
    };
    let parts = Slabs::of_mut(bytes, start, slabs, stride, reach, chunk);
    let chunks = parts.chunks();
    let total = [const { AtomicU64::new(0) }; 3];
    workers.each(parts, |_, index, bytes| {
        let mut places = [(0, outer.extent), (0, middle.extent), (0, inner.extent)];
        let step = chunk / ways[cut].stride;
        let first = index % chunks * step;
        places[cut] = (first, step.min(ways[cut].extent - first));
        if cut == 1 {
            places[0] = (index / chunks, 1);
        }
        let clipped = scatter::<S>(source.samples, &ways, places, bytes);
        for (total, count) in total.iter().zip([clipped.low, clipped.high, clipped.not_finite]) {
            total.fetch_add(count, Ordering::Relaxed);
        }
    });
    let [low, high, not_finite] = total.map(AtomicU64::into_inner);
    Clipped { low, high, not_finite }
}

/// The lowest byte of a region, and its axes from the slowest to the fastest, all strides up.
fn sorted_ways(
    (mut start, strides): (i64, [i64; 3]),
    shape: [usize; 3],
    steps: [usize; 3],
    sample: usize,
) -> (usize, [Way; 3]) {
    let mut ways = [0, 1, 2].map(|axis| {
        let extent = shape[axis];
        start += (strides[axis] * (extent as i64 - 1)).min(0);
        Way {
            extent,
            stride: strides[axis].unsigned_abs() as usize,
            step: steps[axis],
            reversed: strides[axis] < 0,
            is_x: axis == 2,
        }
    });
    ways.sort_by_key(|way| std::cmp::Reverse(if way.extent > 1 { way.stride } else { usize::MAX }));
    // An axis of one sample has no stride of its own; the least that nests serves.
    let mut span = sample;
    for way in ways.iter_mut().rev() {
        way.stride = way.stride.max(span);
        span += (way.extent - 1) * way.stride;
    }
    (start as usize, ways)
}

/// An axis of a volume.
#[derive(Clone, Copy)]
struct Way {
    extent: usize,
    /// Bytes between neighbours in the buffer.
    stride: usize,
    /// Samples between neighbours in the source.
    step: usize,
    /// Whether the buffer has the last sample lowest.
    reversed: bool,
    is_x: bool,
}

impl Way {
    /// Where in the source the sample at place `place` of the buffer is.
    fn source(&self, place: usize) -> usize {
        if self.reversed { (self.extent - 1 - place) * self.step } else { place * self.step }
    }
}

/// Writes the samples at `places` (first and count along each way) into `bytes`, which begin at the first of them.
fn scatter<S: Sample>(source: &[f32], ways: &[Way; 3], places: [(usize, usize); 3], bytes: &mut [u8]) -> Clipped {
    // x goes last: it is the axis along which the source is contiguous.
    let mut order = [0, 1, 2];
    order.sort_by_key(|at| ways[*at].is_x);
    let [slow, fast, x] = order;
    let mut clipped = Clipped::default();
    let mut packed = [0; RUN * 4];
    for i in 0..places[slow].1 {
        for j in 0..places[fast].1 {
            let at = i * ways[slow].stride + j * ways[fast].stride;
            let from = ways[slow].source(places[slow].0 + i) + ways[fast].source(places[fast].0 + j);
            let (mut first, end) = (places[x].0, places[x].0 + places[x].1);
            while first < end {
                let count = RUN.min(end - first);
                let at = at + (first - places[x].0) * ways[x].stride;
                let low = if ways[x].reversed { ways[x].extent - first - count } else { first };
                let run = &source[from + low..from + low + count];
                if ways[x].stride == S::BYTES && !ways[x].reversed {
                    clipped.add(&S::narrow(run, &mut bytes[at..at + count * S::BYTES]));
                } else {
                    let packed = &mut packed[..count * S::BYTES];
                    clipped.add(&S::narrow(run, packed));
                    spread::<S>(packed, &mut bytes[at..], ways[x]);
                }
                first += count;
            }
        }
    }
    clipped
}

/// Puts packed samples of a line to their places from the beginning of `bytes` on.
fn spread<S: Sample>(packed: &[u8], bytes: &mut [u8], x: Way) {
    let samples = packed.chunks_exact(S::BYTES);
    let places = bytes.chunks_mut(x.stride);
    if x.reversed {
        places.zip(samples.rev()).for_each(|(place, sample)| place[..S::BYTES].copy_from_slice(sample));
    } else {
        places.zip(samples).for_each(|(place, sample)| place[..S::BYTES].copy_from_slice(sample));
    }
}

/// Samples of a task, about.
const PART: usize = 16384;
/// Columns written together where x is not the fastest axis: a cache line of the source.
const COLUMNS: usize = 16;
