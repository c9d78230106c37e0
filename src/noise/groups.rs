//! Blocks of equal brightness, and what they say together: a variance each, what neighbours share, traces of structure.

use super::Stated;
use super::block::{Block, square};

/// Groups at most: half of them by the number of blocks, half by the range of brightness.
pub(super) const MOST: usize = 2 * PARTS + 2;

/// Blocks of about the same mean.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Group {
    pub mean: f64,
    pub variance: f64,
    /// How many blocks of sixteen frequencies the variance is worth.
    pub blocks: f64,
}

/// The groups of an image, the darkest first.
pub(super) struct Groups {
    all: [Group; MOST],
    len: usize,
    /// Squared relative spread of a block's variance.
    pub scatter: f64,
    /// Correlation along z, y and x: that along z is for others to find.
    pub correlation: [f64; 3],
    /// What is left of the variance in the frequencies that count, where neighbours share noise.
    pub share: f64,
    /// By how much structure exceeds the noise of the brighter half just below the frequencies that count, in variances.
    pub below: f64,
    /// Slope of the spectrum within the frequencies that count, in variances of the brighter half, and its standard error:
    /// structure reaches them.
    pub tilt: (f64, f64),
}

impl Groups {
    /// Of blocks in the order of their means, which is lost.
    pub fn new(blocks: &mut [Block], stated: &Stated) -> Self {
        let (ranges, len) = ranges(blocks);
        let ranges = &ranges[..len];
        // Flat blocks first.
        for range in ranges {
            blocks[range.0..range.1].sort_unstable_by(|a, b| a.coarse.total_cmp(&b.coarse));
        }
        let of = |range: &(usize, usize)| &blocks[range.0..range.1];
        let excess = |blocks: &[Block]| mean(blocks, Block::structure) / variance(blocks);
        let lateral = match stated.correlation {
            Some(correlation) => [(correlation, next_lag(correlation)); 2],
            None => lateral(blocks, ranges),
        };
        let share: f64 = lateral.map(left_of_variance).iter().product();
        let is_correlated = lateral.iter().any(|(first, _)| *first != 0.0);
        // Where structure shows, the flatter half counts; choosing among blocks of noise alone would choose by it.
        let plain = ranges.iter().map(|range| excess(of(range))).fold(f64::INFINITY, f64::min).max(1.0);
        let used = |range: &(usize, usize)| {
            let blocks = of(range);
            let flat = excess(blocks) <= 2.0 * plain;
            &blocks[..if flat { blocks.len() } else { (blocks.len() / 2).max(FEWEST / 2) }.min(blocks.len())]
        };
        let brighter = || ranges[len / 2..].iter().map(used);
        let count = brighter().map(<[Block]>::len).sum::<usize>() as f64;
        let over = |value: fn(&Block) -> f64| {
            brighter().map(|blocks| blocks.len() as f64 * mean(blocks, value) / variance(blocks)).sum::<f64>() / count
        };
        let below = over(Block::below);
        let wide = !is_correlated && below < 0.02_f64.max(1.5 * (0.25 / count).sqrt());
        let mut groups = Self {
            all: [Group::default(); MOST],
            len,
            scatter: 0.0,
            correlation: [0.0, lateral[0].0, lateral[1].0],
            share,
            below,
            tilt: (over(Block::tilt), (0.25 / count).sqrt()),
        };
        let (mut squares, mut weight) = (0.0, 0.0);
        for (group, range) in groups.all.iter_mut().zip(ranges) {
            let blocks = used(range);
            let (number, narrow) = (blocks.len() as f64, variance(blocks));
            let spread = mean(blocks, |block| block.variance().powi(2)) / narrow.powi(2) - 1.0;
            let (found, worth) = if wide { (mean(blocks, Block::wide_variance), 2.0) } else { (narrow, 1.0) };
            let mean = mean(blocks, |block| f64::from(block.mean));
            *group = Group { mean, variance: found / share, blocks: number * worth };
            (squares, weight) = (squares + number * spread, weight + number);
        }
        groups.scatter = (squares / weight).max(2.0 / 16.0);
        groups
    }

    /// The groups.
    pub fn list(&self) -> &[Group] {
        &self.all[..self.len]
    }

    /// Whether neighbours share noise within a plane or from plane to plane.
    pub fn is_correlated(&self) -> bool {
        self.correlation.iter().any(|&correlation| correlation != 0.0)
    }
}

/// Where groups start and end: after a share of all blocks, or after a share of their range of brightness.
fn ranges(blocks: &[Block]) -> ([(usize, usize); MOST], usize) {
    let (mut ranges, mut len, mut start) = ([(0, 0); MOST], 0, 0);
    let most = FEWEST.max(blocks.len().div_ceil(PARTS));
    let brightness = |at: usize| f64::from(blocks[at].mean);
    let span = brightness(blocks.len() - 1) - brightness(0);
    for at in 0..blocks.len() {
        let count = at + 1 - start;
        let far = brightness(at) - brightness(start) >= span / PARTS as f64;
        if count >= most || (count >= FEWEST && far) {
            ranges[len] = (start, at + 1);
            (len, start) = (len + 1, at + 1);
        }
    }
    let rest = blocks.len() - start;
    if rest > 0 && len > 0 && rest < FEWEST / 2 {
        ranges[len - 1].1 = blocks.len();
    } else if rest > 0 {
        ranges[len] = (start, blocks.len());
        len += 1;
    }
    (ranges, len)
}

/// Correlations at a distance of one and two samples along y and x, by the flatter third of the flatter half of the groups;
/// 0 where nothing is seen for sure.
fn lateral(blocks: &[Block], ranges: &[(usize, usize)]) -> [(f64, f64); 2] {
    let flat = |range: &(usize, usize)| {
        let len = range.1 - range.0;
        &blocks[range.0..][..(len / 3).max(FEWEST / 2).min(len)]
    };
    let mut order: [(f64, usize); MOST] = std::array::from_fn(|at| (f64::INFINITY, at));
    for (at, range) in ranges.iter().enumerate() {
        order[at].0 = mean(flat(range), Block::structure) / variance(flat(range));
    }
    order[..ranges.len()].sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let (mut bands, mut count) = ([[0.0; 3]; 2], 0.0);
    for (_, at) in &order[..ranges.len().div_ceil(2)] {
        let blocks = flat(&ranges[*at]);
        let (number, unit) = (blocks.len() as f64, variance(blocks));
        count += number;
        for (bands, along) in bands.iter_mut().zip([|block: &Block| block.along_y, |block: &Block| block.along_x]) {
            for (at, band) in bands.iter_mut().enumerate() {
                *band += number * mean(blocks, |block| square(along(block)[at])) / unit;
            }
        }
    }
    let error = 2.0 / (8.0 * count).sqrt();
    bands.map(|bands| correlations(bands, LEAST_CORRELATION.max(3.0 * error)))
}

/// The correlations at one and two samples that give the energies of the three bands; 0 where the first is below `least`.
///
/// Of noise of variance v with correlations p and q, frequency k has the energy v (1 + p a(k) + q b(k)), with a and b from the
/// covariance of eight samples, `BANDS`. The two upper bands alone say what p is of noise that was filtered by (a, 1, a);
/// structure is in the lowest, and where that lets p seem larger it does not count.
fn correlations([low, mid, high]: [f64; 3], least: f64) -> (f64, f64) {
    let [[a0, b0], [a1, b1], [a2, b2]] = BANDS;
    // low - mid = v (p (a0 - a1) + q (b0 - b1)), and so on.
    let ([a, b], [c, d]) = ([a0 - a1, b0 - b1], [a1 - a2, b1 - b2]);
    let (x, y, determinant) = (low - mid, mid - high, a * d - b * c);
    let (p, q) = ((x * d - b * y) / determinant, (a * y - x * c) / determinant);
    let variance = (low - p * a0 - q * b0).max(f64::MIN_POSITIVE);
    let by_all = (p / variance, (q / variance).clamp(0.0, 1.0));
    let energy = |p: f64, band: [f64; 2]| 1.0 + p * band[0] + next_lag(p) * band[1];
    let (mut lower, mut upper) = (0.0, MOST_CORRELATION);
    for _ in 0..24 {
        let p = f64::midpoint(lower, upper);
        let falls_more = energy(p, BANDS[1]) * high > energy(p, BANDS[2]) * mid;
        if falls_more { upper = p } else { lower = p }
    }
    let by_upper = f64::midpoint(lower, upper);
    match by_all {
        (p, _) if p.min(by_upper) < least => (0.0, 0.0),
        (p, _) if p > by_upper + 2.0 * least => (by_upper, next_lag(by_upper)),
        both => both,
    }
}

/// The share of the variance that frequencies 4 to 7 have.
fn left_of_variance((first, second): (f64, f64)) -> f64 {
    let half = |axis: usize| f64::midpoint(BANDS[1][axis], BANDS[2][axis]);
    (1.0 + first * half(0) + second * half(1)).max(0.02)
}

/// The correlation at two samples of noise that was filtered by (a, 1, a), from that at one.
fn next_lag(correlation: f64) -> f64 {
    // p = 2 a / (1 + 2 a a).
    let root = (1.0 - 2.0 * correlation * correlation).max(0.0).sqrt();
    let a = if correlation == 0.0 { 0.0 } else { (1.0 - root) / (2.0 * correlation) };
    a * a / (1.0 + 2.0 * a * a)
}

fn variance(blocks: &[Block]) -> f64 {
    mean(blocks, Block::variance).max(f64::MIN_POSITIVE.sqrt())
}

fn mean(blocks: &[Block], value: impl Fn(&Block) -> f64) -> f64 {
    blocks.iter().map(value).sum::<f64>() / blocks.len() as f64
}

/// See [`correlations`]: the mean of frequencies 2-3, 4-5 and 6-7.
const BANDS: [[f64; 2]; 3] =
    [[0.703_566_44, -0.802_777_64], [-0.584_848_00, -1.184_659_23], [-1.677_113_02, 0.938_076_66]];
/// Parts of the blocks, and of their range of brightness.
const PARTS: usize = 24;
/// Blocks of a group.
const FEWEST: usize = 16;
/// More is not noise that neighbours share but one that was smoothed away.
const MOST_CORRELATION: f64 = 0.7;
/// Less is not told from none.
pub(super) const LEAST_CORRELATION: f64 = 0.06;
