//! Three taps along rows for the price of one and a half: four results from six products of transformed samples and
//! weights (Winograd 1980; Lavin and Gray 2016, doi:10.1109/CVPR.2016.435, the one-dimensional F(4, 3)).
//!
//! A convolution of 3 x 3 then is six convolutions of 3 x 1, one for each of the six points, from transformed rows. Only
//! rows are transformed: in both dimensions it would save twice as much once more, and lose two digits.

use super::graph::BLOCK;
use crate::simd::Loop;

/// Points of a tile.
pub(super) const POINTS: usize = 6;
/// Results of a tile along x.
pub(super) const TILE: usize = 4;

/// The weights of three taps at the six points.
pub(super) fn weights([a, b, c]: [f32; 3]) -> [f32; POINTS] {
    let [a, b, c] = [a, b, c].map(f64::from);
    let (even, odd) = ((a + c) / 6.0, b / 6.0);
    let (wide, middle) = ((a + 4.0 * c) / 24.0, b / 12.0);
    [a / 4.0, -even - odd, odd - even, wide + middle, wide - middle, c].map(|weight| weight as f32)
}

/// The first pixel of a tile: tiles of pixels `dilation` apart interleave.
pub(super) fn first(tile: usize, dilation: usize) -> usize {
    tile / dilation * dilation * TILE + tile % dilation
}

/// Tiles over `width` pixels.
pub(super) fn tiles(width: usize, dilation: usize) -> usize {
    width.div_ceil(dilation * TILE) * dilation
}

/// Samples of a row to tiles, each at six points.
pub(super) struct Spread<'a> {
    pub source: &'a [f32],
    /// Where the pixel under the first tap lies, for a tile that begins at pixel 0.
    pub start: usize,
    pub channels: usize,
    pub dilation: usize,
    pub tiles: std::ops::Range<usize>,
    /// Points, `room` tiles each, of as many floats as there are channels.
    pub target: &'a mut [f32],
    pub room: usize,
}

impl Loop for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source, start, channels, dilation, tiles, target, room } = self;
        for (at, tile) in tiles.enumerate() {
            let place = start + first(tile, dilation) * channels;
            for channel in (0..channels).step_by(BLOCK) {
                let mut x = [[0.0_f32; BLOCK]; POINTS];
                for (tap, x) in x.iter_mut().enumerate() {
                    x.copy_from_slice(&source[place + tap * dilation * channels + channel..][..BLOCK]);
                }
                let mut points = [[0.0_f32; BLOCK]; POINTS];
                for lane in 0..BLOCK {
                    let [a, b, c, d, e, f] = [x[0][lane], x[1][lane], x[2][lane], x[3][lane], x[4][lane], x[5][lane]];
                    let (even, odd) = (e - 4.0 * c, d - 4.0 * b);
                    let (wide, middle) = (e - c, 2.0 * (d - b));
                    points[0][lane] = 4.0 * a - 5.0 * c + e;
                    points[1][lane] = even + odd;
                    points[2][lane] = even - odd;
                    points[3][lane] = wide + middle;
                    points[4][lane] = wide - middle;
                    points[5][lane] = 4.0 * b - 5.0 * d + f;
                }
                for (point, values) in points.iter().enumerate() {
                    target[(point * room + at) * channels + channel..][..BLOCK].copy_from_slice(values);
                }
            }
        }
    }
}

/// Sums at six points to pixels of a row.
pub(super) struct Gather<'a> {
    /// Points, `room` tiles each, of as many floats as there are channels.
    pub source: &'a [f32],
    pub room: usize,
    pub channels: usize,
    pub dilation: usize,
    pub tiles: std::ops::Range<usize>,
    /// What is added: pixels of a row.
    pub plus: Option<&'a [f32]>,
    pub rectified: bool,
    /// The pixels of a row.
    pub target: &'a mut [f32],
}

impl Loop for Gather<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { source, room, channels, dilation, tiles, plus, rectified, target } = self;
        let width = target.len() / channels;
        for (at, tile) in tiles.enumerate() {
            let pixel = first(tile, dilation);
            for channel in (0..channels).step_by(BLOCK) {
                let mut x = [[0.0_f32; BLOCK]; POINTS];
                for (point, x) in x.iter_mut().enumerate() {
                    x.copy_from_slice(&source[(point * room + at) * channels + channel..][..BLOCK]);
                }
                let mut sums = [[0.0_f32; BLOCK]; TILE];
                for lane in 0..BLOCK {
                    let (even, odd) = (x[1][lane] + x[2][lane], x[1][lane] - x[2][lane]);
                    let (wide, middle) = (x[3][lane] + x[4][lane], x[3][lane] - x[4][lane]);
                    sums[0][lane] = x[0][lane] + even + wide;
                    sums[1][lane] = odd + 2.0 * middle;
                    sums[2][lane] = even + 4.0 * wide;
                    sums[3][lane] = odd + 8.0 * middle + x[5][lane];
                }
                for (step, sums) in sums.iter_mut().enumerate() {
                    let pixel = pixel + step * dilation;
                    if pixel >= width {
                        break;
                    }
                    let place = pixel * channels + channel;
                    if let Some(plus) = plus {
                        let plus = &plus[place..][..BLOCK];
                        for lane in 0..BLOCK {
                            sums[lane] += plus[lane];
                        }
                    }
                    if rectified {
                        for sum in sums.iter_mut() {
                            *sum = sum.max(0.0);
                        }
                    }
                    target[place..][..BLOCK].copy_from_slice(sums);
                }
            }
        }
    }
}
