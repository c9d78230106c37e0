//! Tiles of an image that is worked on in parts, each with what lies around it.
//!
//! A [`Tiling`] cuts every axis by itself. Work on a tile happens in a field that is larger than what the tile gives:
//! where a tile ends inside the image, samples of the image around it, the halo, take the place of what lies there;
//! where it ends with the image, a margin stands for what is not known. The field wraps around, so a tile inside the
//! image fills the whole field, and what wraps around falls into its halo, which is discarded. Results meet without a
//! fade: the halo must be so wide that neighbouring tiles agree where they meet.
//!
//! Networks have tiles of their own: theirs follow from strides, shrinking and exact receptive fields, and have no margin.

use crate::image::Region;

/// How an image is cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tiling {
    axes: [Axis; 3],
}

/// What a tile reads, and which part of its result counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Of the image.
    pub input: Region,
    /// Of the image, within the input; the cores of all tiles make up the image.
    pub core: Region,
}

impl Tile {
    /// The core within the input.
    pub fn core_within(&self) -> Region {
        let start = std::array::from_fn(|axis| self.core.start[axis] - self.input.start[axis]);
        Region { start, shape: self.core.shape }
    }
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
        let (input, core) = (spans.map(|span| span.input), spans.map(|span| span.core));
        let region = |ranges: [[usize; 2]; 3]| Region {
            start: ranges.map(|[start, _]| start),
            shape: ranges.map(|[start, end]| end - start),
        };
        Tile { input: region(input), core: region(core) }
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
}

/// Where a tile lies along an axis, each as first and one behind the last.
#[derive(Clone, Copy)]
struct Span {
    input: [usize; 2],
    core: [usize; 2],
}

impl Axis {
    /// An axis of `extent` samples that is not cut, in a field at least as long.
    pub fn whole(extent: usize, field: usize) -> Self {
        Self { extent, field, margin: field - extent, halo: 0, count: 1 }
    }

    /// Cuts `extent` samples for a field of `field`, with `margin` where a tile ends with the image and `halo` where it
    /// ends inside; `None` where no tile fits that is as wide as its halo, or no cut is needed.
    pub fn cut(extent: usize, field: usize, margin: usize, halo: usize) -> Option<Self> {
        let outer = field.checked_sub(margin + halo).filter(|&core| core >= halo.max(1) && extent > field - margin)?;
        let inner = field.checked_sub(2 * halo)?;
        let count = match extent.checked_sub(2 * outer) {
            None | Some(0) => 2,
            Some(_) if inner == 0 || extent < field => return None,
            Some(rest) => 2 + rest.div_ceil(inner),
        };
        let axis = Self { extent, field, margin, halo, count };
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
        let (outer, inner) = (self.field - self.margin - self.halo, self.field - 2 * self.halo);
        let reach = |cores: usize| outer + (cores - 1) * inner;
        let all = reach(self.count - 1) + outer;
        self.extent * reach(at) / all
    }

    fn span(&self, at: usize) -> Span {
        let core = [self.border(at), self.border(at + 1)];
        let outer = self.field - self.margin;
        let input = if self.count == 1 {
            [0, self.extent]
        } else if at == 0 {
            [0, outer]
        } else if at + 1 == self.count {
            [self.extent - outer, self.extent]
        } else {
            let slack = self.field - 2 * self.halo - (core[1] - core[0]);
            let start = (core[0] - self.halo).saturating_sub(slack / 2).min(self.extent - self.field);
            [start, start + self.field]
        };
        Span { input, core }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_make_up_the_image_and_halos_are_kept() {
        let mut cuts = 0;
        for extent in [1, 5, 17, 100, 101, 999, 1000, 4096] {
            for field in [4, 16, 30, 48, 100, 256, 384, 1000] {
                for (margin, halo) in [(0, 0), (0, 4), (6, 3), (14, 14), (14, 20), (62, 31), (128, 128)] {
                    let Some(axis) = Axis::cut(extent, field, margin, halo) else { continue };
                    cuts += 1;
                    let mut reached = 0;
                    for at in 0..axis.count {
                        let Span { input, core } = axis.span(at);
                        assert!(core[0] == reached && core[1] > core[0], "{axis:?} {at}");
                        reached = core[1];
                        let (first, last) = (at == 0, at + 1 == axis.count);
                        assert!(input[1] <= extent && input[1] - input[0] <= axis.largest_input(), "{axis:?} {at}");
                        assert!(input[0] + if first { 0 } else { halo } <= core[0], "{axis:?} {at}");
                        assert!(core[1] + if last { 0 } else { halo } <= input[1], "{axis:?} {at}");
                        let room = if first || last { margin } else { 0 };
                        assert!(input[1] - input[0] + room <= field, "{axis:?} {at}");
                        assert!(!first || input[0] == 0);
                        assert!(!last || input[1] == extent);
                    }
                    assert_eq!(reached, extent, "{axis:?}");
                }
            }
        }
        assert!(cuts > 50, "only {cuts} cuts were looked at");
    }
}
