//! Where the points of a tile's columns are, and what is done with them at a time.

/// The points of `LANES` neighbouring columns: point i has its real parts at `re + i * step`, its imaginary parts at
/// `im + i * step`. Exchanging `re` and `im` on the way in and out turns a forward transform into an inverse one.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    pub re: *mut f32,
    pub im: *mut f32,
    pub step: usize,
}

impl Columns {
    /// Points of interleaved blocks, `lanes` real parts followed by `lanes` imaginary ones, `step` floats apart.
    pub(super) fn blocks(start: *mut f32, lanes: usize, step: usize) -> Self {
        Self { re: start, im: start.wrapping_add(lanes), step }
    }

    /// The points from `point` on.
    #[inline(always)]
    pub(super) fn at(self, point: usize) -> Self {
        let offset = point * self.step;
        Self { re: self.re.wrapping_add(offset), im: self.im.wrapping_add(offset), ..self }
    }

    /// The same points with real and imaginary parts exchanged.
    pub(super) fn exchanged(self) -> Self {
        Self { re: self.im, im: self.re, step: self.step }
    }
}

/// What a column of a tile holds, and what is asked of it.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    /// Points below are read, the others are zero.
    pub filled: usize,
    /// Points below are written.
    pub wanted: usize,
}

/// `groups * repeats` butterflies of `radix` points. With s = `repeats` and m = `groups`, butterfly (p, q) takes the
/// points q + s (p + j m) and gives the points q + s (p radix + j), times twiddle factor j of group p.
pub(super) struct Stage {
    pub radix: usize,
    pub groups: usize,
    pub repeats: usize,
    /// cos and sin of factors 1 to radix - 1 of every group; with one group they are all 1 and not read.
    pub twiddles: *const f32,
    pub source: Columns,
    pub target: Columns,
    /// Points of the source below are read, the others are zero.
    pub filled: usize,
    /// Points of the target below are written.
    pub wanted: usize,
}
