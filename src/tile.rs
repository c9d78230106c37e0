//! Tiles of an image that is worked on in parts, each with what lies around it.
//!
//! A [`Tiling`] cuts every axis by itself. Work on a tile happens in a field that is larger than what the tile gives:
//! where a tile ends inside the image, samples of the image around it, the halo, take the place of what lies there;
//! where it ends with the image, a margin stands for what is not known. The field wraps around, so a tile inside the
//! image fills the whole field, and what wraps around falls into its halo, which is discarded. Results meet without a
//! fade: the halo must be so wide that neighbouring tiles agree where they meet.
//!
//! A margin that is too narrow to part the image's two ends lets light through from one to the other, and a tile at an
//! end must see the same. It reads both ends then, the far one as a halo beyond the margin ([`Ends::Meeting`]). In a field
//! that wraps around, the last samples of the image, the margin and the first ones follow each other just so when the
//! first and the last samples are put side by side:
//!
//! ```text
//! image   [first ......................... last] margin, and around to the first
//! field   [first, halo | halo, last] margin, and around to the first
//! ```
//!
//! Networks have tiles of their own: theirs follow from strides, shrinking and exact receptive fields, and have no margin.

use crate::image::{Jump, Jumps, Region};

/// How an image is cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiling {
    axes: [Axis; 3],
}

/// What a tile reads, and which part of its result counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Extents of what it reads.
    pub shape: [usize; 3],
    /// Where that lies in the image.
    pub input: Jumps,
    /// Of the image; the cores of all tiles make it up.
    pub core: Region,
    /// The core within what it reads.
    pub core_within: Region,
}

/// Whether the ends of an axis see each other across its margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// The margin is so wide that they do not.
    Apart,
    /// They do.
    Meeting,
}

impl Tiling {
    /// From its axes (z, y, x).
    pub fn new(axes: [Axis; 3]) -> Self {
        Self { axes }
    }

    /// Extents of the image.
    pub fn image(&self) -> [usize; 3] {
        self.axes.map(|axis| axis.extent)
    }

    /// Extents of the field that every tile is worked on in.
    pub fn field(&self) -> [usize; 3] {
        self.axes.map(|axis| axis.field)
    }

    /// Samples of the image around the core where a tile ends inside the image, at least; 0 along axes that are not cut.
    pub fn halo(&self) -> [usize; 3] {
        self.axes.map(|axis| if axis.count > 1 { axis.halo } else { 0 })
    }

    /// Tiles along each axis.
    pub fn counts(&self) -> [usize; 3] {
        self.axes.map(|axis| axis.count)
    }

    /// The number of tiles.
    pub fn count(&self) -> usize {
        self.counts().iter().product()
    }

    /// Extents of the largest input of a tile, along each axis by itself.
    pub fn largest_input(&self) -> [usize; 3] {
        self.axes.map(|axis| axis.largest_input())
    }

    /// Tile `at`, in the order (z, y, x).
    ///
    /// # Panics
    /// When `at` is not below [`Tiling::count`].
    pub fn tile(&self, at: usize) -> Tile {
        assert!(at < self.count(), "no tile {at}");
        let [_, rows, columns] = self.counts();
        let places = [at / (rows * columns), at / columns % rows, at % columns];
        let spans: [Span; 3] = std::array::from_fn(|axis| self.axes[axis].span(places[axis]));
        let core =
            Region { start: spans.map(|span| span.core[0]), shape: spans.map(|span| span.core[1] - span.core[0]) };
        Tile {
            shape: spans.map(|span| span.length),
            input: spans.map(|span| span.input),
            core,
            core_within: Region { start: spans.map(|span| span.core_within), shape: core.shape },
        }
    }
}

/// How an axis is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    extent: usize,
    field: usize,
    margin: usize,
    halo: usize,
    count: usize,
    ends: Ends,
}

/// Where a tile lies along an axis.
#[derive(Clone, Copy)]
struct Span {
    length: usize,
    input: Jump,
    /// First and one behind the last.
    core: [usize; 2],
    /// The first of the core within the input.
    core_within: usize,
}

impl Axis {
    /// An axis of `extent` samples that is not cut, in a field at least as long.
    pub fn whole(extent: usize, field: usize) -> Self {
        Self { extent, field, margin: field - extent, halo: 0, count: 1, ends: Ends::Apart }
    }

    /// Cuts `extent` samples for a field of `field`, with `margin` where a tile ends with the image and `halo` where it
    /// ends inside, or meets the other end; `None` where no tile fits that is as wide as its halo, or no cut is needed.
    pub fn cut(extent: usize, field: usize, margin: usize, halo: usize, ends: Ends) -> Option<Self> {
        let halos = if ends == Ends::Meeting { 2 * halo } else { halo };
        let outer = field.checked_sub(margin + halos).filter(|&core| core >= halo.max(1) && extent > field - margin)?;
        let inner = field.checked_sub(2 * halo)?;
        let count = match extent.checked_sub(2 * outer) {
            None | Some(0) => 2,
            Some(_) if inner == 0 || extent < field => return None,
            Some(rest) => 2 + rest.div_ceil(inner),
        };
        let axis = Self { extent, field, margin, halo, count, ends };
        // A tile inside must not reach the image's ends, where it would need a margin.
        (count == 2 || axis.border(1) >= halo && extent - axis.border(count - 1) >= halo).then_some(axis)
    }

    /// Samples of the field.
    pub fn field(&self) -> usize {
        self.field
    }

    fn largest_input(&self) -> usize {
        match self.count {
            1 => self.extent,
            2 => self.field - self.margin,
            _ => self.field,
        }
    }

    /// The first sample of core `at`: cores share the slack in proportion.
    fn border(&self, at: usize) -> usize {
        if at == 0 || at == self.count {
            return if at == 0 { 0 } else { self.extent };
        }
        let (outer, inner) = (self.field - self.margin - self.outer_halos(), self.field - 2 * self.halo);
        let reach = |cores: usize| outer + (cores - 1) * inner;
        let all = reach(self.count - 1) + outer;
        self.extent * reach(at) / all
    }

    /// Samples of halo of the first tile and of the last.
    fn outer_halos(&self) -> usize {
        if self.ends == Ends::Meeting { 2 * self.halo } else { self.halo }
    }

    fn span(&self, at: usize) -> Span {
        let core = [self.border(at), self.border(at + 1)];
        let outer = self.field - self.margin;
        let plain =
            |start: usize, length: usize| Span { length, input: Jump::none(start), core, core_within: core[0] - start };
        let (first, last) = (at == 0, at + 1 == self.count);
        if self.count == 1 {
            plain(0, self.extent)
        } else if !first && !last {
            let slack = self.field - 2 * self.halo - (core[1] - core[0]);
            plain((core[0] - self.halo).saturating_sub(slack / 2).min(self.extent - self.field), self.field)
        } else if self.ends == Ends::Apart {
            plain(if first { 0 } else { self.extent - outer }, outer)
        } else {
            let slack = outer - 2 * self.halo - (core[1] - core[0]);
            let far = self.halo + slack / 2;
            let (head, by) = (if first { outer - far } else { far }, self.extent - outer);
            let core_within = if first { 0 } else { core[0] - by };
            Span { length: outer, input: Jump { start: 0, head, by }, core, core_within }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_make_up_the_image_and_halos_are_kept() {
        let (mut cuts, mut jumps) = (0, 0);
        for extent in [1, 5, 17, 100, 101, 999, 1000, 4096] {
            for field in [4, 16, 30, 48, 100, 256, 384, 1000] {
                for (margin, halo) in [(0, 0), (0, 4), (6, 3), (14, 14), (14, 20), (62, 31), (128, 128)] {
                    for ends in [Ends::Apart, Ends::Meeting] {
                        let Some(axis) = Axis::cut(extent, field, margin, halo, ends) else { continue };
                        cuts += 1;
                        jumps += usize::from(ends == Ends::Meeting);
                        let mut reached = 0;
                        for at in 0..axis.count {
                            reached = check(&axis, at, reached);
                        }
                        assert_eq!(reached, extent, "{axis:?}");
                    }
                }
            }
        }
        assert!(cuts > 50 && jumps > 20, "only {cuts} cuts were looked at, {jumps} of them with ends that meet");
    }

    /// Looks at a tile, sample by sample around its core, and gives the end of the core.
    fn check(axis: &Axis, at: usize, reached: usize) -> usize {
        let Span { length, input, core, core_within } = axis.span(at);
        let (extent, halo) = (axis.extent, axis.halo);
        assert!(core[0] == reached && core[1] > core[0] && length <= axis.largest_input(), "{axis:?} {at}");
        let (first, last) = (at == 0, at + 1 == axis.count);
        let places: Vec<usize> = (0..length).map(|sample| input.place(sample)).collect();
        assert!(places.iter().all(|place| *place < extent), "{axis:?} {at}");
        assert!((core[0]..core[1]).eq(places[core_within..][..core[1] - core[0]].iter().copied()), "{axis:?} {at}");
        // Around the core lies what lies around it in the image, whose ends meet across the margin or do not.
        let ring = extent + axis.margin;
        let field: Vec<Option<usize>> = (0..axis.field).map(|place| places.get(place).copied()).collect();
        for step in 1..=halo {
            for (here, there) in [
                (core_within + core[1] - core[0] - 1 + step, core[1] - 1 + step),
                (core_within + axis.field - step, core[0] + ring - step),
            ] {
                let there = there % ring;
                let beyond = (first || last) && axis.ends == Ends::Apart;
                let expected = (there < extent).then_some(there);
                let got = field[here % axis.field];
                let same = got == expected;
                assert!(
                    same || beyond && (there >= extent || there + halo >= extent || there < halo),
                    "{axis:?} {at} {step}"
                );
            }
        }
        core[1]
    }
}
