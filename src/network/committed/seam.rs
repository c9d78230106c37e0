//! How far tiles can be seen: the image as a whole, or smaller tiles and tiles across the seams, against what was
//! stitched there.
//!
//! The image through the network as a whole is what tiles are compared with where it fits beside them; see `whole.rs`.
//! Where it does not, what can be had is how much tiles of half and of a quarter of the size differ from what was stitched of whole ones. Let `d` be
//! how far tiles of size `T` are from the image as a whole, and let doubling the tile shrink that to a share `r`:
//!
//! ```text
//!     half tiles     differ by   d / r   - d                 = h
//!     quarter tiles  differ by   d / r^2 - d                 = q         so that  r = h / (q - h)
//!     d  = h (r + r^2 + ... )    as many terms as it takes to double the tile to the image
//! ```
//!
//! Statistics of tiles of noise shrink like that (`r` = 1/2 for noise in planes), sums over tiles do not (`r` = 1), and what
//! counts places from a tile's border grows with the number of tiles. Places are in the corners, across seams and spread
//! over the image, channels and planes. A tile of the same size across the seams shows in addition what is seen there,
//! and pieces of the image among patches from all over it what statistics of the whole would give; see `mosaic.rs`.
//!
//! Rejected: only the tile across the seams, which abbe had before. What all tiles have in common does not show in it, and
//! it was up to 200 times too low.

use super::Network;
use crate::error::Result;
use crate::network::description::AxisKind;
use crate::network::feed::{self, Item, Source, Strides};
use crate::network::outcome::Seam;
use crate::network::ready::Spare;
use crate::network::tiles::Span;
use crate::params::{self, SeamCheck};
use crate::runtime::{Watch, Workers};

/// Differences of tiles of one size.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    /// The largest.
    pub worst: f64,
    /// Samples compared.
    pub samples: u64,
    /// The least and the greatest of them, as they were stitched and as they were compared with.
    pub range: Option<[[f32; 2]; 2]>,
}

impl Network {
    /// Whether tiles are compared when the settings say so.
    pub(super) fn checks_seams(settings: &crate::params::Settings, exact: bool) -> bool {
        match settings.choice(params::MODEL_SEAM_CHECK) {
            SeamCheck::Auto => !exact,
            SeamCheck::Never => false,
            SeamCheck::Always => true,
        }
    }

    /// Compares tiles with what was stitched; `running` grows by the seconds that the network took. `None` where there
    /// is no seam, or nobody asked.
    pub(super) fn seam(
        &mut self,
        input: &[f32],
        output: &[f32],
        workers: &Workers,
        watch: &Watch<'_>,
        running: &mut f64,
    ) -> Result<Option<Seam>> {
        let tiled = self.choice.lines.iter().any(|line| line.spans.len() > 1);
        if !Self::checks_seams(&self.settings, self.geometry.exact()) || self.fit.averages || !tiled {
            return Ok(None);
        }
        if let Some(seen) = self.against_whole(input, output, workers, watch, running)? {
            let [low, high] = seen.range.map_or([0.0; 2], |[_, whole]| whole);
            // Rounded up, so that no comparison of single precision finds more.
            let difference = seen.worst * (1.0 + 1e-5);
            let relative = share(difference, f64::from(high) - f64::from(low));
            return Ok(Some(Seam { difference, relative, samples: seen.samples }));
        }
        let across = [0, 1, 2].map(|at| self.geometry.rules[at].across(&self.choice.lines[at]));
        let mut seen = Seen::default();
        let item = Item { channel: 0, group: 0, plane: 0, spans: across };
        *running += self.run(input, &[item], workers, watch)?;
        let target = Target { samples: output, shape: self.fit.output, planar: self.geometry.planar };
        let tensor = self.session.outputs()[self.geometry.given[0]].values();
        compare(tensor, &self.ready.results[0], &item, target, &mut seen);
        // As many places as are worth it beside the tiles themselves.
        let tiles: usize = self.choice.lines.iter().map(|line| line.spans.len()).product();
        let mut smaller = [Seen::default(); 2];
        for (size, seen) in smaller.iter_mut().enumerate().take(self.spare.len()) {
            for at in 0..PLACES.min(tiles.max(3)) {
                let item = self.place(at, self.spare[size].ready.extents);
                *running += self.run_spare(size, input, &item, workers, watch)?;
                let spare = &mut self.spare[size];
                let tensor = spare.tensors.outputs()[self.geometry.given[0]].values();
                compare(tensor, &spare.ready.results[0], &item, target, seen);
            }
        }
        let mosaics = self.mosaics(input, output, watch, running)?;
        // A piece shows the middle of a tile only, and a quarter of what is around it is its own.
        let difference = self.extrapolated(seen, smaller).max(2.0 * SAFETY * mosaics.worst);
        let (low, high) = output.iter().fold((f32::MAX, f32::MIN), |(low, high), &x| (low.min(x), high.max(x)));
        // What tiles give may have a wider range than the image as a whole by as much as they differ from it.
        let stitched = f64::from(high) - f64::from(low);
        let relative = share(difference, (stitched - difference).max(stitched / 4.0));
        let samples = seen.samples + smaller[0].samples + smaller[1].samples + mosaics.samples;
        Ok((samples > 0).then_some(Seam { difference, relative, samples }))
    }

    /// How far the stitched tiles are from the image as a whole, by tiles of the same size across the seams, of about
    /// half of it, and of about a quarter.
    fn extrapolated(&self, across: Seen, [half, quarter]: [Seen; 2]) -> f64 {
        let lines = self.choice.lines.each_ref();
        let wide = lines.iter().fold(1.0_f64, |wide, line| wide.max(line.extent as f64 / line.tile as f64));
        let Some(step) = self.spare.first().map(|spare| shrunk(spare.ready.extents, lines.map(|line| line.tile)))
        else {
            // The network takes no smaller tile.
            return SAFETY * across.worst * wide.log2().max(1.0);
        };
        // As many steps as lead from a tile to the image.
        let steps = (wide.ln() / step.ln()).max(1.0);
        let (h, q) = (half.worst, quarter.worst);
        let both = self.spare.len() > 1;
        let share = if both && q > h { (h / (q - h)).clamp(0.5, 1.0) } else { 1.0 };
        let terms = if both && q < 1.3 * h {
            // As far off however small the tile: places are counted from its border.
            wide.max(steps)
        } else if share < 1.0 {
            (share * (1.0 - share.powf(steps)) / (1.0 - share)).max(1.0)
        } else {
            steps
        };
        across.worst.max(SAFETY * h * terms)
    }

    /// The tile of a size at one of the places.
    fn place(&self, at: usize, extents: [usize; 3]) -> Item {
        let groups = self.fit.groups;
        let planes = if self.geometry.planar { self.fit.shape[1] } else { 1 };
        let spans: [Span; 3] = [0, 1, 2].map(|axis| {
            let (rule, line) = (self.geometry.rules[axis].narrowed(extents[axis]), &self.choice.lines[axis]);
            // The corners, the middle, then the golden section spreads places evenly.
            let share = match at {
                0 => 0.0,
                1 => 1.0,
                2 => 0.5,
                at => (at as f64 * GOLDEN[axis]).fract(),
            };
            let start = (share * (line.extent - extents[axis]) as f64) as usize;
            rule.span(start, extents[axis], line.extent)
        });
        let group = at * groups / PLACES;
        Item { channel: group * self.fit.width, group, plane: at * planes / PLACES, spans }
    }

    /// Feeds a tile of another size and runs the network; gives the seconds it took.
    fn run_spare(
        &mut self,
        size: usize,
        input: &[f32],
        item: &Item,
        workers: &Workers,
        watch: &Watch<'_>,
    ) -> Result<f64> {
        let Spare { ready, tensors } = &mut self.spare[size];
        let lanes = self.geometry.fed.len();
        for (lane, &(at, first)) in self.geometry.fed.iter().enumerate() {
            let source = Source {
                samples: input,
                frames: &self.frames,
                shape: self.fit.shape,
                places: &self.places,
                repeat: self.fit.averages,
                planar: self.geometry.planar,
                lane: (lane, lanes, first),
            };
            let tensor = tensors.inputs()[at].values();
            feed::fill(tensor, &ready.feeds[lane], &source, std::slice::from_ref(item), &self.before, workers);
        }
        let begun = std::time::Instant::now();
        self.session.exchange(tensors);
        let run = self.session.run_watched(self.runs_on, watch.control());
        self.session.exchange(tensors);
        run?;
        Ok(begun.elapsed().as_secs_f64())
    }
}

/// A difference as a share of a range.
fn share(difference: f64, range: f64) -> f64 {
    if range > 0.0 { difference / range } else { 0.0 }
}

/// What was stitched.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    /// Packed channels, planes, rows, columns.
    pub samples: &'a [f32],
    /// Their numbers.
    pub shape: [usize; 4],
    /// Whether the network has planes.
    pub planar: bool,
}

/// Compares what a tile has right with what was stitched there.
pub(super) fn compare(tensor: &[f32], strides: &Strides, item: &Item, target: Target<'_>, seen: &mut Seen) {
    let [_, planes, rows, columns] = target.shape;
    let [deep, line, across] = item.spans;
    let depth = if target.planar { item.plane..item.plane + 1 } else { deep.from..deep.to.min(planes) };
    let channels = strides.extent(AxisKind::Channel);
    let first = item.group * channels;
    for c in 0..channels {
        for z in depth.clone() {
            for y in line.from..line.to.min(rows) {
                for x in across.from..across.to.min(columns) {
                    let own = [
                        if target.planar { 0 } else { z.wrapping_sub(deep.origin) },
                        y.wrapping_sub(line.origin),
                        x.wrapping_sub(across.origin),
                    ];
                    let there = target.samples[(((first + c) * planes + z) * rows + y) * columns + x];
                    let here = tensor[strides.index(c, own)];
                    seen.worst = seen.worst.max(f64::from(here - there).abs());
                    seen.samples += 1;
                    let [stitched, compared] = seen.range.unwrap_or([[there; 2], [here; 2]]);
                    let wider = |[low, high]: [f32; 2], sample: f32| [low.min(sample), high.max(sample)];
                    seen.range = Some([wider(stitched, there), wider(compared, here)]);
                }
            }
        }
    }
}

/// How many times wider tiles are than smaller ones.
pub(super) fn shrunk(small: [usize; 3], tile: [usize; 3]) -> f64 {
    (0..3).fold(1.0, |most, at| f64::max(most, tile[at] as f64 / small[at] as f64))
}

/// Places at which smaller tiles are compared.
pub(super) const PLACES: usize = 6;
/// Steps that fill an interval, a square and a cube evenly: Roberts, 2018, "The unreasonable effectiveness of
/// quasirandom sequences".
const GOLDEN: [f64; 3] = [0.819_172_513_396_164_5, 0.671_043_606_703_789_2, 0.549_700_477_901_971];
/// Places that were not looked at differ more than those that were.
const SAFETY: f64 = 2.0;
