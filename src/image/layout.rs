//! Axes, extents and byte strides, and the proof that every sample is inside the buffer.

use std::ops::Range;

use super::{Dtype, Region};
use crate::error::{Error, Result};

/// How an image lies in a buffer. The buffer begins at the image's lowest byte or below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    dtype: Dtype,
    axes: String,
    shape: Vec<i64>,
    offset: i64,
    bytes: u64,
    /// Extents and byte strides of t, c, z, y, x; 1 where the axis is missing, 0 where the extent is 1.
    extents: [i64; 5],
    strides: [i64; 5],
}

impl Layout {
    /// States a layout.
    ///
    /// `axes` has one letter per axis, slowest first when tightly packed: t (time), c (channel), z, y and x, each at most
    /// once, y and x always. `shape` and `byte_strides` have one number per axis, in the order of `axes`; without
    /// `byte_strides` samples are tightly packed. Strides may be negative, zero or in any order of size.
    /// `byte_offset` is how many bytes after the buffer's first the sample at index 0 of every axis lies.
    ///
    /// # Errors
    /// [`Error::Argument`] for axes that are none of these, an extent below 1, a stride shorter than a sample but not 0, one
    /// that leads below the buffer's first byte, or a layout of more than 2^63 - 1 bytes here or as `f32`.
    pub fn new(
        dtype: Dtype,
        axes: &str,
        shape: &[i64],
        byte_strides: Option<&[i64]>,
        byte_offset: i64,
    ) -> Result<Self> {
        let places = places(axes)?;
        let count = |thing: &str, got: usize| {
            if got == places.len() {
                return Ok(());
            }
            Err(Error::Argument(format!("{thing} has {got} numbers; it must have one per axis of \"{axes}\"")))
        };
        count("shape", shape.len())?;
        for (letter, extent) in axes.chars().zip(shape) {
            if *extent < 1 {
                return Err(Error::Argument(format!("shape is {extent} along {letter}; it must be at least 1")));
            }
        }
        let samples = shape.iter().try_fold(1_i64, |product, extent| product.checked_mul(*extent));
        samples.and_then(|samples| samples.checked_mul(size_of::<f32>() as i64)).ok_or_else(|| {
            Error::Argument(format!("shape is {shape:?}; as f32 it must be less than 2^63 bytes in all"))
        })?;
        let mut layout = Self {
            dtype,
            axes: axes.to_owned(),
            shape: shape.to_vec(),
            offset: byte_offset,
            bytes: 0,
            extents: [1; 5],
            strides: [0; 5],
        };
        let mut tight = dtype.bytes() as i64;
        for (at, place) in places.iter().enumerate().rev() {
            layout.extents[*place] = shape[at];
            layout.strides[*place] = tight;
            tight *= shape[at];
        }
        if let Some(strides) = byte_strides {
            count("byte_strides", strides.len())?;
            for (place, stride) in places.iter().zip(strides) {
                let (apart, letter) = (stride.unsigned_abs(), LETTERS[*place] as char);
                if layout.extents[*place] > 1 && apart > 0 && apart < dtype.bytes() as u64 {
                    return Err(Error::Argument(format!(
                        "byte_strides is {stride} along {letter}; it is in bytes, and a sample has {}; multiply strides \
                         in samples by that",
                        dtype.bytes()
                    )));
                }
                layout.strides[*place] = *stride;
            }
        }
        for place in 0..5 {
            if layout.extents[place] == 1 {
                layout.strides[place] = 0; // No second sample: any stride means the same.
            }
        }
        layout.bytes = layout.proved_bytes()?;
        Ok(layout)
    }

    /// What a sample is.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// One letter per axis, as given.
    pub fn axes(&self) -> &str {
        &self.axes
    }

    /// Extents in samples, one per axis, as given.
    pub fn shape(&self) -> &[i64] {
        &self.shape
    }

    /// The least size of the buffer: every sample lies in its first so many bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Extents of a volume along z, y, x; 1 where the axis is missing.
    pub fn volume_shape(&self) -> [usize; 3] {
        [Z, Y, X].map(|place| self.extents[place] as usize)
    }

    /// The number of channels; 1 without that axis.
    pub fn channels(&self) -> usize {
        self.extents[C] as usize
    }

    /// The number of time points; 1 without that axis.
    pub fn times(&self) -> usize {
        self.extents[T] as usize
    }

    /// The number of volumes, channels times time points; volume v is channel `v % channels` of time `v / channels`.
    pub fn volumes(&self) -> usize {
        self.channels() * self.times()
    }

    /// Whether the samples of both lie at the same places, so that a buffer may be source and target at once.
    pub fn same_place(&self, other: &Self) -> bool {
        self.dtype == other.dtype
            && self.extents == other.extents
            && self.strides == other.strides
            && self.offset == other.offset
    }

    /// Whether samples lie one after the other in the order of the axes.
    pub fn is_packed(&self) -> bool {
        let mut tight = self.dtype.bytes() as i64;
        self.axes.bytes().rev().zip(self.shape.iter().rev()).all(|(letter, extent)| {
            let place = LETTERS.iter().position(|known| *known == letter).unwrap_or(X);
            let packed = *extent == 1 || self.strides[place] == tight;
            tight *= extent;
            packed
        })
    }

    /// Whether neighbours along x lie closest to each other, so that rows can be read one by one without waste.
    pub fn has_rows(&self) -> bool {
        let apart = |place: usize| self.strides[place].unsigned_abs();
        self.extents[X] == 1 || [Y, Z].iter().all(|&place| self.extents[place] == 1 || apart(X) <= apart(place))
    }

    /// Checks that no two samples share a byte and that the layout nests, as a target must: with the axes sorted by
    /// stride, each stride is at least the bytes that the faster axes span. Padding, negative strides, and any order of
    /// the axes are allowed.
    ///
    /// # Errors
    /// [`Error::Argument`] that names the first axis whose stride is too small.
    pub fn check_writable(&self) -> Result<()> {
        let mut axes: Vec<usize> = (0..5).filter(|place| self.extents[*place] > 1).collect();
        axes.sort_by_key(|place| self.strides[*place].unsigned_abs());
        let mut span = self.dtype.bytes() as u64;
        for place in axes {
            let stride = self.strides[place];
            if stride.unsigned_abs() < span {
                return Err(Error::Argument(format!(
                    "byte_strides is {stride} along {}; in a target it must be at least {span} bytes, up or down, so \
                     that no samples overlap",
                    LETTERS[place] as char
                )));
            }
            span += stride.unsigned_abs() * (self.extents[place] - 1) as u64;
        }
        Ok(())
    }

    /// Bytes from the buffer's first to the first sample of a region of a volume, and the strides of z, y and x.
    pub(super) fn region_place(&self, volume: usize, region: Region) -> (i64, [i64; 3]) {
        assert!(volume < self.volumes(), "no volume {volume}");
        assert!(region.is_within(self.volume_shape()), "{region:?} is not within {:?}", self.volume_shape());
        let (time, channel) = ((volume / self.channels()) as i64, (volume % self.channels()) as i64);
        let strides = [Z, Y, X].map(|place| self.strides[place]);
        let start = self.offset + time * self.strides[T] + channel * self.strides[C];
        let inside = strides.iter().zip(region.start).map(|(stride, first)| stride * first as i64).sum::<i64>();
        (start + inside, strides)
    }

    /// The byte after the last sample, once it is sure that none lies below the first byte and nothing overflows: then
    /// every partial sum of offset and strides is in range too.
    fn proved_bytes(&self) -> Result<u64> {
        let reach = |sign: i128| -> i128 {
            let axes = self.extents.iter().zip(&self.strides);
            let ways = axes.map(|(extent, stride)| i128::from(extent - 1) * i128::from(*stride));
            i128::from(self.offset) + ways.filter(|way| way.signum() == sign).sum::<i128>()
        };
        let (lowest, end) = (reach(-1), reach(1) + self.dtype.bytes() as i128);
        if lowest < 0 {
            return Err(Error::Argument(format!(
                "the lowest byte of the layout is {lowest}; it must be 0 or above, the buffer's first; raise \
                 byte_offset by {}",
                -lowest
            )));
        }
        if end > i128::from(isize::MAX as i64) {
            return Err(Error::Argument(format!("the layout spans {end} bytes; it must be at most {}", isize::MAX)));
        }
        Ok(end as u64)
    }
}

/// Whether two ranges of addresses share a byte; empty ones never do.
pub fn overlap(source: Range<usize>, target: Range<usize>) -> bool {
    source.start.max(target.start) < source.end.min(target.end)
}

fn places(axes: &str) -> Result<Vec<usize>> {
    let mut places = Vec::new();
    for letter in axes.chars() {
        let place = LETTERS.iter().position(|known| *known as char == letter);
        match place {
            Some(place) if !places.contains(&place) => places.push(place),
            Some(_) => return Err(Error::Argument(format!("axes is \"{axes}\"; {letter} must be there once only"))),
            None => {
                return Err(Error::Argument(format!(
                    "axes is \"{axes:.16}\"; its letters must be among t, c, z, y, x"
                )));
            }
        }
    }
    if places.contains(&Y) && places.contains(&X) {
        return Ok(places);
    }
    Err(Error::Argument(format!("axes is \"{axes}\"; y and x must be among them")))
}

const T: usize = 0;
const C: usize = 1;
const Z: usize = 2;
const Y: usize = 3;
const X: usize = 4;
const LETTERS: [u8; 5] = *b"tczyx";
