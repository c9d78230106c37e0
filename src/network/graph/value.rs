//! What is known of the values inside a network.
//!
//! Tiles are right where the network does to them what it does to the whole image. So what counts is how the places of
//! a value follow the places of the image: moving the image by `jump` samples moves the value by one, and samples near
//! the border of a tile that sits inside the image are spoilt, since the network sees its own padding there instead of
//! the image. [`Place`] says both for one axis.
//!
//! An axis of a tensor need not be one axis of the image. Pixel shuffle, windows of attention, groups of channels: all
//! are written as a reshape that splits axes, a transpose, and a reshape that merges others. So an axis is kept as the
//! list of [`Factor`]s it was merged from, slowest first, and a reshape deals the factors out anew:
//!
//! ```text
//!     [1, 4, 32, 32]    1 | c 4 | y 32 | x 32                     an image
//!     [1, 4, 16, 2, 16, 2]                                         reshape: y 32 = y 16 of jump 2, and 2 of something
//!     [1, 4, 2, 2, 16, 16]                                         transpose
//!     [1, 16, 16, 16]   1 | c 4 * 2 * 2 | y 16, jump 2 | x 16      reshape: pixels became channels
//! ```
//!
//! A factor that is split off below a place (the 2 above) is no place any more: all its samples count as looking at all
//! that the block looks at. This is wider than the truth by less than a block, and lets whatever mixes them afterwards
//! (attention inside a window, a convolution over the channels) be local without a rule of its own.
//!
//! Rejected: places as intervals `o * jump + low ..= o * jump + high` in the image (Araujo, Norris and Sim, Distill
//! 2019), which abbe had before. A slice that takes the border off and a padding that puts zeros in its place leave the
//! interval as it was, and the border is wrong all the same; and fractions of resampling round up on every level.
//! Counting spoilt samples of the value itself has neither trouble.

use std::sync::Arc;

use super::constant::Constant;
use super::ratio::Ratio;

/// How samples along a factor of an axis follow one axis of the image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// The axis of the image: 0 z, 1 y, 2 x.
    pub axis: usize,
    /// Samples of the image from one sample to the next.
    pub jump: Ratio,
    /// Where sample 0 begins to look in the image, counted from its first sample. Tiles and the whole image must agree.
    pub origin: f64,
    /// Samples at the start that look beyond it.
    pub lead: usize,
    /// Samples at the end that look beyond it.
    pub trail: usize,
}

/// What runs along a factor of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Along {
    /// Places of the image.
    Place(Place),
    /// The same samples again and again.
    Same,
    /// Something else: channels, parts of a block.
    Other,
}

/// A factor of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factor {
    /// Samples.
    pub extent: usize,
    /// What runs along it.
    pub along: Along,
}

/// An axis: the factors it was merged from, slowest first.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis(pub Vec<Factor>);

/// What is known of a value.
#[derive(Clone, Debug, Default)]
pub struct Value {
    /// Its axes, when known.
    pub axes: Option<Vec<Axis>>,
    /// Its content, when it is a small constant.
    pub content: Option<Arc<Constant>>,
    /// ONNX's number of the sample type, 0 when not known.
    pub kind: i32,
    /// Whether it depends on what an input holds, not only on its shape.
    pub moving: bool,
}

impl Place {
    /// The image itself.
    pub fn image(axis: usize) -> Self {
        Self { axis, jump: Ratio::ONE, origin: 0.0, lead: 0, trail: 0 }
    }

    /// Blocks of `size` samples.
    pub fn blocks(self, size: usize) -> Self {
        Self {
            jump: self.jump.times(size as u64, 1),
            lead: self.lead.div_ceil(size.max(1)),
            trail: self.trail.div_ceil(size.max(1)),
            ..self
        }
    }

    /// `size` samples in the place of each.
    pub fn spread(self, size: usize) -> Self {
        Self {
            jump: self.jump.times(1, size as u64),
            lead: self.lead.saturating_mul(size),
            trail: self.trail.saturating_mul(size),
            ..self
        }
    }

    /// Samples that look at both; `None` where they do not run side by side.
    pub fn join(self, other: Self) -> Option<Self> {
        (self.axis == other.axis && self.jump == other.jump).then(|| Self {
            origin: self.origin.min(other.origin),
            lead: self.lead.max(other.lead),
            trail: self.trail.max(other.trail),
            ..self
        })
    }
}

impl Factor {
    /// A factor with something else than places.
    pub fn other(extent: usize) -> Self {
        Self { extent, along: Along::Other }
    }

    /// A factor of the same samples.
    pub fn same(extent: usize) -> Self {
        Self { extent, along: Along::Same }
    }

    /// A factor of places.
    pub fn place(extent: usize, place: Place) -> Self {
        Self { extent, along: Along::Place(place) }
    }

    /// Split into `coarse` samples of blocks, and the samples of a block; `None` where they do not fit.
    fn split(self, coarse: usize) -> Option<[Self; 2]> {
        let fine = self.extent.checked_div(coarse).filter(|fine| fine * coarse == self.extent)?;
        Some(match self.along {
            Along::Place(place) => [Self::place(coarse, place.blocks(fine)), Self::other(fine)],
            along => [Self { extent: coarse, along }, Self { extent: fine, along }],
        })
    }
}

impl Axis {
    /// An axis of one factor.
    pub fn of(factor: Factor) -> Self {
        Self(vec![factor])
    }

    /// An axis with something else than places.
    pub fn other(extent: usize) -> Self {
        Self::of(Factor::other(extent))
    }

    /// Samples.
    pub fn extent(&self) -> usize {
        self.0.iter().fold(1, |extent: usize, factor| extent.saturating_mul(factor.extent))
    }

    /// Whether places of the image run along it.
    pub fn has_places(&self) -> bool {
        self.0.iter().any(|factor| matches!(factor.along, Along::Place(_)) && factor.extent > 1)
    }

    /// The axis as one factor: places with what lies between them, or no places at all. `None` where places lie inside
    /// something else, as lines laid one behind the other do.
    pub fn single(&self) -> Option<Factor> {
        let extent = self.extent();
        let mut factors = self.0.iter().skip_while(|factor| factor.extent == 1 && !factor.is_place());
        let first = factors.next().copied().unwrap_or(Factor::same(1));
        let rest: Vec<&Factor> = factors.collect();
        if rest.iter().any(|factor| factor.is_place() && factor.extent > 1) {
            return None;
        }
        let between = rest.iter().fold(1, |between: usize, factor| between.saturating_mul(factor.extent));
        let all_same = rest.iter().all(|factor| factor.extent == 1 || factor.along == Along::Same);
        Some(match first.along {
            Along::Place(place) => Factor::place(extent, place.spread(between)),
            Along::Same if all_same => Factor::same(extent),
            _ => Factor::other(extent),
        })
    }
}

impl Factor {
    /// Whether places of the image run along it.
    pub fn is_place(&self) -> bool {
        matches!(self.along, Along::Place(_))
    }
}

impl Value {
    /// Something that depends on an input, with axes.
    pub fn with_axes(kind: i32, axes: Vec<Axis>) -> Self {
        Self { axes: Some(axes), content: None, kind, moving: true }
    }

    /// Something of that shape with no places, that depends on an input.
    pub fn of_shape(kind: i32, shape: &[usize]) -> Self {
        Self::with_axes(kind, shape.iter().map(|&extent| Axis::other(extent)).collect())
    }

    /// Something that depends on an input, and that is all that is known.
    pub fn unknown() -> Self {
        Self { moving: true, ..Self::default() }
    }

    /// A constant.
    pub fn constant(content: Constant) -> Self {
        let along = if content.is_uniform() { Along::Same } else { Along::Other };
        let axes = content.shape.iter().map(|&extent| Axis::of(Factor { extent, along })).collect();
        Self { axes: Some(axes), kind: content.kind, content: Some(Arc::new(content)), moving: false }
    }

    /// Extents, slowest first, when known.
    pub fn shape(&self) -> Option<Vec<usize>> {
        self.axes.as_ref().map(|axes| axes.iter().map(Axis::extent).collect())
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> u64 {
        let axes = self.axes.as_deref().unwrap_or(&[]);
        let sample = crate::network::onnx::sample_bytes(self.kind);
        axes.iter().fold(sample, |bytes, axis| bytes.saturating_mul(axis.extent() as u64))
    }
}

/// Deals the factors of axes out to axes of other extents, in the same order; `None` where an extent cuts through a
/// factor.
pub fn regrouped(axes: &[Axis], shape: &[usize]) -> Option<Vec<Axis>> {
    let mut waiting: Vec<Factor> = Vec::new();
    for factor in axes.iter().flat_map(|axis| &axis.0).filter(|factor| factor.extent != 1 || factor.is_place()) {
        match waiting.last_mut() {
            // What is no place anyway may be cut anywhere.
            Some(last) if last.along == Along::Other && factor.along == Along::Other => {
                last.extent = last.extent.saturating_mul(factor.extent);
            }
            _ => waiting.push(*factor),
        }
    }
    waiting.reverse();
    let mut made = Vec::new();
    for &extent in shape {
        let (mut group, mut reached) = (Vec::new(), 1);
        while reached < extent {
            let next = waiting.pop()?;
            let missing = extent / reached;
            if next.extent > 0 && missing % next.extent == 0 {
                group.push(next);
                reached *= next.extent;
            } else {
                let [coarse, fine] = next.split(missing)?;
                group.push(coarse);
                waiting.push(fine);
                reached = extent;
            }
        }
        if extent == 1 && waiting.last().is_some_and(|next| next.extent == 1) {
            group.extend(waiting.pop());
        }
        made.push(if group.is_empty() { Axis::of(Factor::same(1)) } else { Axis(group) });
    }
    let nothing_left = waiting.iter().all(|factor| factor.extent == 1);
    (nothing_left && !shape.contains(&0)).then_some(made)
}

/// What an operator makes.
pub struct Flow {
    /// Its outputs.
    pub values: Vec<Value>,
    /// How far it sees.
    pub reach: Reach,
    /// Whether its output can take the place of its first input in memory.
    pub in_place: bool,
}

impl Flow {
    /// Nothing is known about `outputs` outputs.
    pub fn unknown(outputs: usize) -> Self {
        Self { values: vec![Value::unknown(); outputs], reach: Reach::Unknown, in_place: false }
    }

    /// Sees no further than what its places say.
    pub fn local(value: Value) -> Self {
        Self { values: vec![value], reach: Reach::Local, in_place: false }
    }

    /// Sees the whole image, or counts places from its border.
    pub fn global(value: Value) -> Self {
        Self { reach: Reach::Global, ..Self::local(value) }
    }

    /// Local or global.
    pub fn reaching(value: Value, global: bool) -> Self {
        if global { Self::global(value) } else { Self::local(value) }
    }
}

/// How far an operator sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reach {
    /// As far as its places say.
    Local,
    /// The whole image.
    Global,
    /// It is not known here.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(extent: usize, axis: usize, lead: usize) -> Axis {
        Axis::of(Factor::place(extent, Place { lead, ..Place::image(axis) }))
    }

    #[test]
    fn pixels_become_channels_and_places_again() {
        let axes = [Axis::other(1), Axis::other(4), image(32, 1, 3), image(48, 2, 0)];
        let split = regrouped(&axes, &[1, 4, 16, 2, 24, 2]).unwrap();
        let moved: Vec<Axis> = [0, 1, 3, 5, 2, 4].map(|at: usize| split[at].clone()).to_vec();
        let made = regrouped(&moved, &[1, 16, 16, 24]).unwrap();
        let Along::Place(rows) = made[2].single().unwrap().along else { panic!("{made:?}") };
        assert_eq!((rows.axis, rows.jump, rows.lead), (1, Ratio::new(2, 1), 2));
        assert!(!made[1].has_places());
        let back = regrouped(&made, &[1, 4, 2, 2, 16, 24]).unwrap();
        let moved: Vec<Axis> = [0, 1, 4, 2, 5, 3].map(|at: usize| back[at].clone()).to_vec();
        let made = regrouped(&moved, &[1, 4, 32, 48]).unwrap();
        let Along::Place(rows) = made[2].single().unwrap().along else { panic!("{made:?}") };
        assert_eq!((rows.jump, rows.lead), (Ratio::ONE, 4));
    }

    #[test]
    fn lines_laid_one_behind_the_other_are_no_single_places() {
        let tokens = regrouped(&[image(8, 1, 0), image(6, 2, 0)], &[48]).unwrap();
        assert!(tokens[0].single().is_none() && tokens[0].has_places());
        let apart = regrouped(&tokens, &[8, 6]).unwrap();
        assert_eq!(apart, [image(8, 1, 0), image(6, 2, 0)]);
        assert!(regrouped(&tokens, &[5, 9]).is_none());
    }
}
