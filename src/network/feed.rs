//! Tiles into a network's tensor, and results out of it: axes in any order, reflection outside the image.

use std::sync::atomic::{AtomicU64, Ordering};

use super::description::{AxisKind, Port};
use super::geometry::Geometry;
use super::tensor::Tensor;
use super::tiles::{Line, Span};
use super::treatment::{PIECE, Treatment};
use crate::error::Result;
use crate::image::reflected;
use crate::params::{self, Settings};
use crate::runtime::{Rows, Workers};

/// Extents and strides of a tensor, by kind of axis.
#[derive(Clone, Debug)]
pub struct Strides {
    /// Kind, extent and stride of every axis, slowest first.
    axes: Vec<(AxisKind, usize, usize)>,
    /// Where the first sample of the time point that counts is.
    base: usize,
}

/// One tile of one plane and group of channels.
#[derive(Clone, Copy, Debug)]
pub struct Item {
    /// First channel of the image.
    pub channel: usize,
    /// Which group of channels.
    pub group: usize,
    /// Plane of the image, for networks of planes.
    pub plane: usize,
    /// Tile along z, y and x.
    pub spans: [Span; 3],
}

/// Tensors of these shapes for all inputs of a network, those that are no images filled with `model.value`.
///
/// # Errors
/// As [`Tensor::new`].
pub fn inputs(geometry: &Geometry, shapes: &[Vec<usize>], settings: &Settings) -> Result<Vec<Tensor>> {
    let value = settings.f64(params::MODEL_VALUE).unwrap_or(0.0) as f32;
    let mut inputs = Vec::new();
    for (at, (shape, port)) in shapes.iter().zip(&geometry.inputs).enumerate() {
        let mut tensor = Tensor::new(port.sample_type, shape)?;
        if geometry.fed.iter().all(|&(fed, _)| fed != at) {
            tensor.values().fill(value);
        }
        inputs.push(tensor);
    }
    Ok(inputs)
}

/// For every place of a padded axis the image sample that stands there.
pub fn places(line: &Line, image: usize) -> Vec<usize> {
    (0..line.extent).map(|at| reflected(at as i64 - line.before as i64, image)).collect()
}

impl Strides {
    /// Of a port's tensor of that shape.
    pub fn new(port: &Port, shape: &[usize]) -> Self {
        let mut axes = Vec::new();
        let mut stride = 1;
        for (axis, &extent) in port.axes.iter().zip(shape).rev() {
            axes.push((axis.kind, extent, stride));
            stride *= extent;
        }
        axes.reverse();
        Self { axes, base: 0 }
    }

    /// Extent along time.
    pub fn time_points(&self) -> usize {
        self.time().0
    }

    /// Makes time point `at` the one that counts, where there are several.
    pub fn turn_to(&mut self, at: usize) {
        let (extent, stride) = self.time();
        self.base = if extent > 1 { at.min(extent - 1) * stride } else { 0 };
    }

    /// Where the first sample of each time point is.
    pub fn frames(&self) -> impl Iterator<Item = usize> + use<> {
        let (extent, stride) = self.time();
        (0..extent).map(move |at| at * stride)
    }

    /// Extent and stride along time.
    fn time(&self) -> (usize, usize) {
        let over_time = |axis: &&(AxisKind, usize, usize)| slot(axis.0) == Some(TIME) && axis.1 > 1;
        self.axes.iter().find(over_time).map_or((1, 0), |axis| (axis.1, axis.2))
    }

    /// The extent along a kind of axis, 1 where there is none.
    pub fn extent(&self, kind: AxisKind) -> usize {
        self.axes.iter().find(|axis| axis.0 == kind).map_or(1, |axis| axis.1)
    }

    /// The place of a sample of the first batch entry.
    pub fn index(&self, channel: usize, [z, y, x]: [usize; 3]) -> usize {
        self.base
            + channel * self.stride(AxisKind::Channel)
            + z * self.stride(AxisKind::Z)
            + y * self.stride(AxisKind::Y)
            + x * self.stride(AxisKind::X)
    }

    fn stride(&self, kind: AxisKind) -> usize {
        self.axes.iter().find(|axis| axis.0 == kind).map_or(0, |axis| axis.2)
    }

    /// Length of the parts of the tensor that tasks fill: a row with what is faster, or all where rows are not slower
    /// than columns.
    fn part(&self) -> usize {
        let place = |kind| self.axes.iter().position(|axis| axis.0 == kind);
        match (place(AxisKind::Y), place(AxisKind::X)) {
            (Some(y), x) if x.is_none_or(|x| y < x) => self.axes[y].2,
            _ => self.axes.iter().map(|axis| axis.1).product(),
        }
    }
}

/// The image and where its samples come to stand in padded coordinates.
pub struct Source<'a> {
    /// Packed channels, planes, rows, columns, of one time point after the other.
    pub samples: &'a [f32],
    /// Which time point stands at each of the network's.
    pub frames: &'a [usize],
    /// Their numbers.
    pub shape: [usize; 4],
    /// For z, y and x, [`places`].
    pub places: &'a [Vec<usize>; 3],
    /// Whether all channels of the network get the same one of the image.
    pub repeat: bool,
    /// Whether the network has planes.
    pub planar: bool,
    /// The inputs that it goes to, each with the first of its channels.
    pub fed: &'a [(usize, usize)],
    /// What is done before, for each group of channels and, within it, each of those inputs.
    pub before: &'a [Treatment],
}

/// Fills the tensor of input `lane` of those that the image goes to with `items`, one per batch entry, the last one
/// repeated where there are fewer.
pub fn fill(
    tensor: &mut [f32],
    strides: &Strides,
    source: &Source<'_>,
    lane: usize,
    items: &[Item],
    workers: &Workers,
) {
    let part = strides.part();
    let [_, planes, rows, columns] = source.shape;
    let (lanes, first) = (source.fed.len(), source.fed[lane].1);
    workers.each(Rows::of_mut(tensor, part), |_, index, chunk| {
        // Which batch entry, channel, plane and row this part is; axes inside the part run over their extents.
        let mut fixed = [0_usize; 6];
        let mut inside = [(1_usize, 0_usize); 6];
        let mut rest = index;
        for &(kind, extent, stride) in strides.axes.iter().rev() {
            let Some(slot) = slot(kind).filter(|_| extent > 1) else { continue };
            if stride >= part {
                fixed[slot] = rest % extent;
                rest /= extent;
            } else {
                inside[slot] = (extent, stride);
            }
        }
        let mut row = [0.0_f32; PIECE];
        for (b, t) in (0..inside[0].0).flat_map(|b| (0..inside[TIME].0).map(move |t| (b, t))) {
            let frame =
                source.frames.get(fixed[TIME] + t).map_or(0, |frame| frame * source.shape.iter().product::<usize>());
            let image = &source.samples[frame..];
            let item = &items[(fixed[0] + b).min(items.len() - 1)];
            for c in 0..inside[1].0 {
                let channel = fixed[1] + c;
                let from = item.channel + first + if source.repeat { 0 } else { channel };
                for z in 0..inside[2].0 {
                    let deep = source.places[0][item.spans[0].start + fixed[2] + z];
                    let plane = if source.planar { item.plane } else { deep };
                    for y in 0..inside[3].0 {
                        let line = source.places[1][item.spans[1].start + fixed[3] + y];
                        let start = ((from * planes + plane) * rows + line) * columns;
                        let own = &image[start..start + columns];
                        // The same row of another channel that goes through with this one.
                        let other = |other: usize| {
                            let from = item.channel + first + if source.repeat { 0 } else { other };
                            &image[((from * planes + plane) * rows + line) * columns..][..columns]
                        };
                        let at =
                            b * inside[0].1 + t * inside[TIME].1 + c * inside[1].1 + z * inside[2].1 + y * inside[3].1;
                        let (extent, stride) = inside[4];
                        let across = &source.places[2][item.spans[2].start..item.spans[2].start + extent];
                        for (piece, across) in across.chunks(PIECE).enumerate() {
                            let row = &mut row[..across.len()];
                            read(row, own, across);
                            source.before[item.group * lanes + lane].apply_to_row(
                                row,
                                [channel, plane, line],
                                |at| across[at],
                                |channel, row| read(row, other(channel), across),
                            );
                            let to = at + piece * PIECE * stride;
                            if stride == 1 {
                                chunk[to..to + row.len()].copy_from_slice(row);
                            } else {
                                chunk[to..]
                                    .iter_mut()
                                    .step_by(stride.max(1))
                                    .zip(&*row)
                                    .for_each(|(to, from)| *to = *from);
                            }
                        }
                    }
                }
            }
        }
    });
}

/// The samples of a line at these columns.
fn read(row: &mut [f32], line: &[f32], across: &[usize]) {
    row.iter_mut().zip(across).for_each(|(sample, &place)| *sample = line[place]);
}

/// Where results go.
pub struct Target<'a> {
    /// Packed channels, planes, rows, columns.
    pub samples: &'a mut [f32],
    /// Their numbers.
    pub shape: [usize; 4],
    /// Whether the channels of the network are averaged into one.
    pub average: bool,
    /// Whether the network has planes.
    pub planar: bool,
    /// Whether samples are numbers of something, of which there is no half: no tile fades into another.
    pub sharp: bool,
}

/// Adds one batch entry of a result tensor, weighted by its shares, to the target; gives how many samples of it are
/// not finite.
pub fn collect(
    tensor: &[f32],
    strides: &Strides,
    entry: usize,
    item: &Item,
    first_channel: usize,
    target: &mut Target<'_>,
    workers: &Workers,
) -> u64 {
    let channels = strides.extent(AxisKind::Channel);
    let [_, planes, rows, columns] = target.shape;
    let [deep, line, across] = item.spans;
    let broken = AtomicU64::new(0);
    let stride = |kind| strides.stride(kind);
    let sharp = target.sharp;
    let share = |span: Span, at: usize| match sharp {
        true => f32::from(u8::from((span.from..span.to).contains(&at))),
        false => span.share(at),
    };
    let clipped = |span: Span, extent: usize| span.reach().start.min(extent)..span.reach().end.min(extent);
    let depth = if target.planar { 0..1 } else { clipped(deep, planes) };
    let (height, width) = (clipped(line, rows), clipped(across, columns));
    if width.is_empty() || height.is_empty() {
        return 0;
    }
    for c in 0..channels {
        let (to, part) = if target.average { (first_channel, 1.0 / channels as f32) } else { (first_channel + c, 1.0) };
        for z in depth.clone() {
            let plane = if target.planar { item.plane } else { z };
            let own_z = if target.planar { 0 } else { z - deep.origin };
            let share_z = part * if target.planar { 1.0 } else { share(deep, z) };
            let from = strides.base
                + entry * stride(AxisKind::Batch)
                + c * stride(AxisKind::Channel)
                + own_z * stride(AxisKind::Z);
            let start = (to * planes + plane) * rows * columns;
            let image = &mut target.samples[start + height.start * columns..start + height.end * columns];
            workers.each(Rows::of_mut(image, columns), |_, row, samples| {
                let y = height.start + row;
                let share_y = share_z * share(line, y);
                let from = from + (y - line.origin) * stride(AxisKind::Y);
                let mut wrong = 0;
                for (x, sample) in width.clone().zip(&mut samples[width.clone()]) {
                    let value = tensor[from + (x - across.origin) * stride(AxisKind::X)];
                    wrong += u64::from(!value.is_finite());
                    *sample += value * (share_y * share(across, x));
                }
                broken.fetch_add(wrong, Ordering::Relaxed);
            });
        }
    }
    broken.into_inner()
}

fn slot(kind: AxisKind) -> Option<usize> {
    match kind {
        AxisKind::Batch => Some(0),
        AxisKind::Channel => Some(1),
        AxisKind::Z => Some(2),
        AxisKind::Y => Some(3),
        AxisKind::X => Some(4),
        AxisKind::Time | AxisKind::Index => Some(TIME),
    }
}

const TIME: usize = 5;
