//! How far tiles can be seen: the image as a whole, or smaller tiles and tiles across the seams, against what was
//! stitched there.
//!
//! The image through the network as a whole is what tiles are compared with where it fits beside them; see `whole.rs`.
//! Where it does not, what can be had is how much tiles of half and of a quarter of the size differ from what was
//! stitched of whole ones. Let `d` be how far tiles of size `T` are from the image as a whole, and let doubling the tile
//! shrink that to a share `r`:
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
//! and tiles that are put together of parts of the image what comes from far away; see `mosaic.rs`.
//!
//! Rejected: only the tile across the seams, which abbe had before. What all tiles have in common does not show in it, and
//! it was up to 200 times too low.

use super::Network;
use super::run::{Each, Which};
use crate::error::Result;
use crate::network::description::AxisKind;
use crate::network::feed::Item;
use crate::network::outcome::Seam;
use crate::network::tiles::Span;
use crate::params::{self, SeamCheck, Settings};
use crate::runtime::{Watch, Workers};

/// What was seen by tiles of the same size across the seams, of about half of it, and of about a quarter.
struct Tried {
    across: Each,
    smaller: [Each; 2],
    mosaics: Each,
}

impl Network {
    /// Whether tiles are compared when the settings say so.
    pub(super) fn checks_seams(settings: &Settings, exact: bool) -> bool {
        match settings.choice(params::MODEL_SEAM_CHECK) {
            SeamCheck::Auto => !exact,
            SeamCheck::Never => false,
            SeamCheck::Always => true,
        }
    }

    /// Images that the network reads one by one: planes and groups of channels.
    pub(super) fn images(&self) -> usize {
        self.fit.groups * if self.geometry.planar { self.fit.shape[1] } else { 1 }
    }

    /// The group of channels and the plane of one of them.
    pub(super) fn image(&self, at: usize) -> (usize, usize) {
        let planes = self.images() / self.fit.groups;
        (at / planes, at % planes)
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
        let tiles: usize = self.choice.lines.iter().map(|line| line.spans.len()).product();
        if !Self::checks_seams(&self.settings, self.geometry.exact()) || self.fit.averages || tiles == 1 {
            return Ok(None);
        }
        if self.whole.is_some() {
            let seen = self.against_whole(input, output, workers, watch, running)?;
            let seam = |at: usize| {
                let [low, high] = seen[at].range.unwrap_or_default();
                // Rounded up, so that no comparison of single precision finds more.
                let difference = seen[at].worst * (1.0 + 1e-5);
                let relative = share(difference, f64::from(high) - f64::from(low));
                Seam { output: at, difference, relative, samples: seen[at].samples }
            };
            return Ok(self.worst(seam));
        }
        let tried = Tried {
            across: self.across(input, output, workers, watch, running)?,
            smaller: self.smaller(input, output, workers, watch, running)?,
            mosaics: self.mosaics(input, output, watch, running)?,
        };
        let [_, planes, rows, columns] = self.fit.output;
        let mut first = 0;
        let seam = |at: usize| {
            let channels = self.ready.results[at].extent(AxisKind::Channel) * self.fit.groups;
            let stitched = &output[first * planes * rows * columns..][..channels * planes * rows * columns];
            first += channels;
            let Tried { across, smaller: [half, quarter], mosaics } = &tried;
            let estimated = self.extrapolated(across[at].worst, half[at].worst, quarter[at].worst);
            let difference = estimated.max(SAFETY * mosaics[at].worst);
            let wide = |[low, high]: [f32; 2]| f64::from(high) - f64::from(low);
            let bounds = stitched.iter().fold([f32::MAX, f32::MIN], |[low, high], &x| [low.min(x), high.max(x)]);
            // What tiles give may have a wider range than the image as a whole by as much as they differ from it. The
            // pieces, which are nearly right, show what there is of it at least; but where tiles are off by all that they show
            // (sums that are 1 in every tile), the image may have a tile's share of it.
            let (range, shown) = (wide(bounds), mosaics[at].range.map_or(0.0, wide));
            let least =
                if difference < range { (range.min(shown) / 2.0).max(range / 4.0) } else { range / tiles as f64 };
            let relative = share(difference, (range - difference).max(least));
            let samples = across[at].samples + half[at].samples + quarter[at].samples + mosaics[at].samples;
            Seam { output: at, difference, relative, samples }
        };
        Ok(self.worst(seam))
    }

    /// That of the outputs which differs most, as a share of its range.
    fn worst(&self, seam: impl FnMut(usize) -> Seam) -> Option<Seam> {
        let seams = (0..self.geometry.given.len()).map(seam).filter(|seam| seam.samples > 0);
        seams.reduce(|worst, seam| if seam.relative > worst.relative { seam } else { worst })
    }

    /// A tile of the same size across the seams in the middle.
    fn across(
        &mut self,
        input: &[f32],
        output: &[f32],
        workers: &Workers,
        watch: &Watch<'_>,
        running: &mut f64,
    ) -> Result<Each> {
        let mut seen = Each::default();
        let spans = [0, 1, 2].map(|at| self.geometry.rules[at].across(&self.choice.lines[at]));
        let item = Item { channel: 0, group: 0, plane: 0, spans };
        *running += self.run(Which::Tiles, input, &[item], workers, watch)?;
        self.compare(Which::Tiles, &item, output, &mut seen);
        Ok(seen)
    }

    /// Tiles of about half of the size, and of about a quarter.
    fn smaller(
        &mut self,
        input: &[f32],
        output: &[f32],
        workers: &Workers,
        watch: &Watch<'_>,
        running: &mut f64,
    ) -> Result<[Each; 2]> {
        // As many places as are worth it beside the tiles themselves.
        let tiles: usize = self.choice.lines.iter().map(|line| line.spans.len()).product();
        let mut each = [Each::default(); 2];
        for (size, seen) in each.iter_mut().enumerate().take(self.smaller.len()) {
            for at in 0..PLACES.min(tiles.max(3)) {
                let item = self.place(at, self.smaller[size].extents);
                *running += self.run(Which::Smaller(size), input, &[item], workers, watch)?;
                self.compare(Which::Smaller(size), &item, output, seen);
            }
        }
        Ok(each)
    }

    /// How far the stitched tiles are from the image as a whole, by how far tiles of the same size across the seams are
    /// from them, of about half of it, and of about a quarter.
    fn extrapolated(&self, across: f64, half: f64, quarter: f64) -> f64 {
        let lines = self.choice.lines.each_ref();
        let wide = lines.iter().fold(1.0_f64, |wide, line| wide.max(line.extent as f64 / line.tile as f64));
        let Some(step) = self.smaller.first().map(|ready| shrunk(ready.extents, lines.map(|line| line.tile))) else {
            // The network takes no smaller tile.
            return SAFETY * across * wide.log2().max(1.0);
        };
        // As many steps as lead from a tile to the image.
        let steps = (wide.ln() / step.ln()).max(1.0);
        let both = self.smaller.len() > 1;
        let share = if both && quarter > half { (half / (quarter - half)).clamp(0.5, 1.0) } else { 1.0 };
        let terms = if both && quarter < 1.3 * half {
            // As far off however small the tile: places are counted from its border.
            wide.max(steps)
        } else if share < 1.0 {
            (share * (1.0 - share.powf(steps)) / (1.0 - share)).max(1.0)
        } else {
            steps
        };
        across.max(SAFETY * half * terms)
    }

    /// The tile of a size at one of the places.
    fn place(&self, at: usize, extents: [usize; 3]) -> Item {
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
        let (group, plane) = self.image(at * self.images() / PLACES);
        Item { channel: group * self.fit.width, group, plane, spans }
    }
}

/// A difference as a share of a range.
fn share(difference: f64, range: f64) -> f64 {
    if range > 0.0 { difference / range } else { 0.0 }
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
