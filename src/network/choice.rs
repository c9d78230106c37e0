//! Which tiles an image is cut into: the largest that the memory allows, several at once where they are small.

use super::geometry::Geometry;
use super::model::Model;
use super::tiles::Line;
use crate::error::{Error, Result};
use crate::params::{self, Extent, Settings};

/// The tiles of a commit.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Tiles along z, y and x.
    pub lines: [Line; 3],
    /// Tiles run at once.
    pub batch: usize,
    /// Memory that the network's run holds, an estimate from the graph.
    pub bytes: u64,
}

impl Choice {
    /// Extents (z, y, x) of a tile.
    pub fn tile(&self) -> [usize; 3] {
        tile(&self.lines)
    }

    /// Whether there is more than one tile.
    pub fn is_tiled(&self) -> bool {
        self.lines.iter().any(|line| line.spans.len() > 1)
    }
}

/// Chooses the largest tiles within `budget` bytes for an image of `shape` (c, z, y, x), or the smallest that the
/// network takes where those need more.
///
/// # Errors
/// [`Error::Model`] when the network takes no tile of that image.
pub fn choose(
    model: &Model,
    geometry: &Geometry,
    shape: [usize; 4],
    settings: &Settings,
    budget: Option<u64>,
) -> Result<Choice> {
    // What a network remembers reaches beyond any tile: such an image goes through as a whole, whatever that takes.
    let budget = if geometry.states.is_empty() { budget.unwrap_or(FREELY) } else { u64::MAX };
    let full = settings.choice::<Extent>(params::MODEL_EXTENT) == Extent::Full;
    let longest = usize::try_from(settings.i64(params::MODEL_TILE_PX)).ok().filter(|&px| px > 0).unwrap_or(usize::MAX);
    let image = [if geometry.planar { 1 } else { shape[1] }, shape[2], shape[3]];
    let channels = geometry.channels.unwrap_or(shape[0]);
    let cut = |limits: [usize; 3]| -> Option<[Line; 3]> {
        let line = |at: usize| geometry.rules[at].cut(image[at], full, limits[at]);
        Some([line(0)?, line(1)?, line(2)?])
    };
    let too_small = || {
        let least = geometry.rules.each_ref().map(|rule| rule.least());
        Error::Model(format!(
            "model.tile_px is {longest}; a tile of this network must be at least {least:?} px (z, y, x) large"
        ))
    };
    let mut limits =
        [if geometry.planar { usize::MAX } else { longest.max(geometry.rules[0].least()) }, longest, longest];
    let mut lines = cut(limits).ok_or_else(too_small)?;
    let mut bytes = estimate(model, geometry, channels, tile(&lines), 1)?;
    while bytes > budget {
        // The longest side that can still be cut gives way, by an eighth.
        let mut order = [0, 1, 2];
        order.sort_by_key(|&at| std::cmp::Reverse(lines[at].tile));
        let smaller = order.iter().find_map(|&at| {
            let mut tried = limits;
            tried[at] = lines[at].tile - (lines[at].tile / 8).max(1);
            cut(tried).filter(|cut| cut[at].tile < lines[at].tile).map(|lines| (tried, lines))
        });
        let Some((tried, cut)) = smaller else {
            break;
        };
        (limits, lines) = (tried, cut);
        bytes = estimate(model, geometry, channels, tile(&lines), 1)?;
    }
    let groups = shape[0].checked_div(channels).unwrap_or(1).max(1);
    let planes = if geometry.planar { shape[1] } else { 1 };
    let items = lines.iter().fold(groups * planes, |items, line| items.saturating_mul(line.spans.len()));
    let samples: usize = lines.iter().map(|line| line.tile).product();
    // What inputs were given is for one image.
    let batches = geometry.batches() && model.given_inputs().is_empty();
    let mut batch = 1;
    while batches && batch < BATCH && batch * 2 <= items && samples * batch * 2 <= SAMPLES {
        let more = estimate(model, geometry, channels, tile(&lines), batch * 2)?;
        if more > budget {
            break;
        }
        (batch, bytes) = (batch * 2, more);
    }
    Ok(Choice { lines, batch, bytes })
}

fn tile(lines: &[Line; 3]) -> [usize; 3] {
    lines.each_ref().map(|line| line.tile)
}

/// Memory of a run: activations alive at once, the tensors that are fed and read, and the weights, which ONNX Runtime
/// keeps once as they are and once in the order its kernels want. So it does with activations that several operators
/// read: twice their bytes, measured on U-Nets, against once for plain stacks.
///
/// # Errors
/// [`Error::Model`] when the network does not take such tiles.
pub fn estimate(model: &Model, geometry: &Geometry, channels: usize, extents: [usize; 3], batch: usize) -> Result<u64> {
    let found = geometry.follow(model, batch, channels, extents)?;
    let samples = |shape: &[usize]| shape.iter().fold(4_u64, |bytes, &extent| bytes.saturating_mul(extent as u64));
    let inputs: u64 = geometry.shapes(batch, channels, extents).iter().map(|shape| samples(shape)).sum();
    let outputs: u64 = (0..found.axes.len()).filter_map(|at| found.shape(at)).map(|shape| samples(&shape)).sum();
    let blind = if found.unknown.is_empty() { 0 } else { inputs.saturating_mul(BLIND) };
    let activations = found.bytes.max(blind);
    let share = if model.graph().branches() { BRANCHED } else { PLAIN };
    Ok(activations / 20 * share + inputs + outputs + model.weight_bytes() * 5 / 2 + model.copied_bytes())
}

/// Memory of a run where no cap is stated.
const FREELY: u64 = 2 << 30;
/// Memory of activations, in twentieths of what is alive at once.
const BRANCHED: u64 = 42;
const PLAIN: u64 = 25;
/// Most tiles at once.
pub const BATCH: usize = 16;
/// Most samples of tiles that are run at once: beyond this nothing is gained.
const SAMPLES: usize = 256 * 256;
/// Activations, in sizes of the input, of a network whose operators are not known.
const BLIND: u64 = 64;
