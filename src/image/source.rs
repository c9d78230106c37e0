//! Samples of a volume, wherever they are.

use super::{Jump, Jumps, Layout, Region};

/// A volume whose samples any thread can read at any time.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    place: Place<'a>,
    /// The places of the samples that count.
    places: Jumps,
    /// What is taken from every sample, one after the other as steps of a plan do, each result rounded.
    less: [f64; 2],
    /// Numbers of samples that count as not measured, in ascending order, counted through a volume of that shape.
    left_out: (&'a [u64], [usize; 3]),
}

#[derive(Clone, Copy)]
enum Place<'a> {
    Packed {
        shape: [usize; 3],
        samples: &'a [f32],
    },
    Buffer {
        layout: &'a Layout,
        bytes: &'a [u8],
        volume: usize,
    },
    /// One plane, which all planes of the volume are.
    Plane {
        width: usize,
        samples: &'a [f32],
    },
}

impl<'a> Source<'a> {
    /// Packed samples of `shape` (z, y, x).
    ///
    /// # Panics
    /// When there are fewer.
    pub fn packed(shape: [usize; 3], samples: &'a [f32]) -> Self {
        assert!(samples.len() >= shape.iter().product());
        Self::of(Place::Packed { shape, samples })
    }

    /// A volume of any number of planes, all of which are `samples`, packed (y, x), in rows of that width.
    pub fn planes(width: usize, samples: &'a [f32]) -> Self {
        Self::of(Place::Plane { width, samples })
    }

    /// Volume `volume` of the image in `bytes`.
    ///
    /// # Panics
    /// When `bytes.len() < layout.bytes()`.
    pub fn buffer(layout: &'a Layout, bytes: &'a [u8], volume: usize) -> Self {
        assert!(bytes.len() as u64 >= layout.bytes());
        Self::of(Place::Buffer { layout, bytes, volume })
    }

    fn of(place: Place<'a>) -> Self {
        Self { place, places: [Jump::none(0); 3], less: [0.0; 2], left_out: (&[], [0; 3]) }
    }

    /// With samples that are NaN since they count as not measured: numbers in ascending order, counted through a volume of
    /// `shape` (z, y, x), where they lie at the places of this source.
    #[must_use]
    pub fn without(self, samples: &'a [u64], shape: [usize; 3]) -> Self {
        Self { left_out: (samples, shape), ..self }
    }

    /// With `background` taken from every sample, beside what is taken already.
    pub fn less(self, background: f64) -> Self {
        let [first, second] = self.less;
        Self { less: if first == 0.0 { [background, 0.0] } else { [first, second + background] }, ..self }
    }

    /// From the sample at `start` on.
    pub fn part(self, start: [usize; 3]) -> Self {
        Self { places: std::array::from_fn(|axis| self.places[axis].from(start[axis])), ..self }
    }

    /// The samples at `places`, of a source that begins with the volume's first.
    pub fn at(self, places: Jumps) -> Self {
        Self { places, ..self }
    }

    /// The samples of row (z, y) from x on, as many as `target` has: where they lie, or put into `target`.
    ///
    /// # Panics
    /// When some are not within the volume.
    pub fn run<'s>(&self, at: [usize; 3], target: &'s mut [f32]) -> &'s [f32]
    where
        'a: 's,
    {
        let before = self.places[2].head.saturating_sub(at[2]);
        if before > 0 && before < target.len() {
            let (head, tail) = target.split_at_mut(before);
            self.fill(at, head);
            self.fill([at[0], at[1], at[2] + before], tail);
            return target;
        }
        self.straight(at, target)
    }

    /// Puts samples into `target`, which no jump parts.
    fn fill(&self, at: [usize; 3], target: &mut [f32]) {
        let mut copy = [0.0; RUN];
        for (index, part) in target.chunks_mut(RUN).enumerate() {
            let copy = &mut copy[..part.len()];
            part.copy_from_slice(self.straight([at[0], at[1], at[2] + index * RUN], copy));
        }
    }

    fn straight<'s>(&self, at: [usize; 3], target: &'s mut [f32]) -> &'s [f32]
    where
        'a: 's,
    {
        let [z, y, x] = std::array::from_fn(|axis| self.places[axis].place(at[axis]));
        let (first, left_out) = self.left_out([z, y, x], target.len());
        match self.place {
            Place::Packed { shape: [_, ny, nx], samples } => {
                assert!(y < ny && x + target.len() <= nx);
                let run = &samples[(z * ny + y) * nx + x..][..target.len()];
                if self.less == [0.0; 2] && left_out.is_empty() {
                    return run;
                }
                target.copy_from_slice(run);
            }
            Place::Plane { width, samples } => return &samples[y * width + x..][..target.len()],
            Place::Buffer { layout, bytes, volume } => {
                layout.read_run(bytes, volume, [z, y, x], target);
            }
        }
        for less in self.less.into_iter().filter(|less| *less != 0.0) {
            target.iter_mut().for_each(|sample| *sample = (f64::from(*sample) - less) as f32);
        }
        left_out.iter().for_each(|number| target[(number - first) as usize] = f32::NAN);
        target
    }

    /// The samples left out of a run of the volume, and the number of its first sample.
    fn left_out(&self, [z, y, x]: [usize; 3], length: usize) -> (u64, &'a [u64]) {
        let (numbers, [_, ny, nx]) = self.left_out;
        if numbers.is_empty() {
            return (0, &[]);
        }
        let first = ((z * ny + y) * nx + x) as u64;
        let [start, end] =
            [first, first + length as u64].map(|limit| numbers.partition_point(|number| *number < limit));
        (first, &numbers[start..end])
    }

    /// Hands the samples of row (z, y), `width` of them, to `each`, run by run with the place of its first.
    pub fn runs(&self, z: usize, y: usize, width: usize, mut each: impl FnMut(usize, &[f32])) {
        let mut scratch = [0.0; RUN];
        let mut x = 0;
        while x < width {
            let count = RUN.min(width - x);
            each(x, self.run([z, y, x], &mut scratch[..count]));
            x += count;
        }
    }

    /// Puts the samples of a region, packed, into `target`, row by row.
    ///
    /// # Panics
    /// As [`Source::run`].
    pub fn copy(&self, region: Region, target: &mut [f32]) {
        let [_, rows, width] = region.shape;
        let part = self.part(region.start);
        for (index, line) in target.chunks_exact_mut(width).enumerate() {
            part.runs(index / rows, index % rows, width, |x, run| line[x..x + run.len()].copy_from_slice(run));
        }
    }
}

/// Samples of a row that are worked on at a time: few enough to stay in the first cache, enough for long vector loops.
pub const RUN: usize = 256;
