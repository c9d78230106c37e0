//! Decorrelation analysis: the highest frequency of an image that stands out of its noise.
//!
//! A. Descloux, K. S. Grußmayer and A. Radenovic 2019, doi 10.1038/s41592-019-0515-7. With F the transform of a plane less its mean,
//! its edges tapered over 20 samples, frequencies R relative to Nyquist's, and sums over R below r,
//!
//! d(r) = Σ |F| / √(Σ over R < 1 of |F|² · number of frequencies),
//!
//! which is the correlation of F with F / |F| cut at r (equation 1). Its last maximum is where structure ends. That is repeated
//! after the high-pass filters 1 - exp(-2 g² R²) for several g, and once more around the best; the highest r of a maximum of
//! 0.05 or more is the cut-off, and the resolution 2 pixels over that. The maximum without a filter grows with the
//! signal-to-noise ratio. What the paper leaves open is as in the authors' program (ImDecorr, MATLAB): where noise is strong, a
//! step of a radius decides between maxima that lie far apart. All sums are of |F|, so that one histogram of it holds whatever
//! they need. Stacks are not analysed.

use super::image::Image;
use super::jackknife::deviation;
use crate::error::Result;
use crate::fft::{Buffer, Transform};
use crate::runtime::Job;

/// What was found in a plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decorrelation {
    /// The cut-off over Nyquist's frequency, 0 where no maximum was found.
    pub cutoff: f64,
    /// Height of the maximum without a filter, 0 to 1.
    pub height: f64,
    /// Standard errors of both, by leaving out one of four directions at a time.
    pub errors: [Option<f64>; 2],
}

impl Decorrelation {
    /// Two pixels over the cut-off; `None` where there was none.
    pub fn resolution(&self) -> Option<f64> {
        (self.cutoff > 0.0).then(|| 2.0 / self.cutoff)
    }
}

/// Analyses a plane.
///
/// # Errors
/// [`Error::Memory`](crate::error::Error::Memory), [`Error::Cancelled`](crate::error::Error::Cancelled).
pub fn decorrelation(plane: &Image, job: Job) -> Result<Decorrelation> {
    let sectors = sectors(plane, job)?;
    job.check()?;
    let [ny, nx] = odd(plane.shape);
    let extent = ny.min(nx) as f64;
    let without = |out: usize| {
        let mut bins = vec![[0.0; 4]; BINS];
        for sector in (0..SECTORS).filter(|sector| *sector != out) {
            let own = &sectors[sector * BINS..(sector + 1) * BINS];
            bins.iter_mut()
                .zip(own)
                .for_each(|(bin, own)| bin.iter_mut().zip(own).for_each(|(sum, term)| *sum += term));
        }
        Moduli { bins, extent }.analyse()
    };
    let whole = without(SECTORS);
    let parts: Vec<[f64; 2]> = (0..SECTORS).map(without).collect();
    let [cutoff, height] = [0, 1].map(|at| deviation(parts.iter().map(|part| Some(part[at])).collect()));
    let errors = [cutoff.map(|error| error.hypot(STEP)), height];
    Ok(Decorrelation { cutoff: whole[0], height: whole[1], errors })
}

/// Bytes that the analysis of a plane of that shape takes; none for stacks.
///
/// # Errors
/// [`Error::Memory`](crate::error::Error::Memory).
pub(super) fn bytes(shape: [usize; 3], threads: usize) -> Result<u64> {
    if shape[0] > 1 {
        return Ok(0);
    }
    let [ny, nx] = odd(shape);
    let transform = Transform::new([1, ny, nx])?;
    let buffers = Buffer::bytes(transform.len()) + Buffer::bytes(transform.scratch_len(threads));
    Ok((buffers + SECTORS * BINS * size_of::<[f64; 4]>()) as u64)
}

/// An odd number of samples along y and x, as in the paper, so that the middle frequency is one.
fn odd(shape: [usize; 3]) -> [usize; 2] {
    [shape[1], shape[2]].map(|extent| extent - usize::from(extent % 2 == 0))
}

/// Histogram of moduli over R, 0 to 1.
struct Moduli {
    /// Middle of the bin's R, sums of |F| and |F|², frequencies.
    bins: Vec<[f64; 4]>,
    /// Samples of the shorter axis.
    extent: f64,
}

/// The bins of each of four directions, one direction after the other.
fn sectors(plane: &Image, job: Job) -> Result<Vec<[f64; 4]>> {
    let [ny, nx] = odd(plane.shape);
    let transform = Transform::new([1, ny, nx])?;
    let scratch = transform.scratch_len(job.workers().threads());
    job.count("spectrum of a plane", (Buffer::bytes(transform.len()) + Buffer::bytes(scratch)) as u64)?;
    let mut volume = Buffer::new("spectrum of a plane", transform.len())?;
    let mut scratch = Buffer::new("scratch of transforms", scratch)?;
    let mean = plane.samples.iter().map(|value| f64::from(*value)).sum::<f64>() / plane.samples.len() as f64;
    for y in 0..ny {
        let row = &mut volume[y * transform.row_pitch()..][..nx];
        for (x, (target, value)) in row.iter_mut().zip(plane.row(0, y)).enumerate() {
            *target = ((f64::from(*value) - mean) * edge(y, plane.shape[1]) * edge(x, plane.shape[2])) as f32;
        }
    }
    transform.forward(&mut volume, &mut scratch, job.workers());
    let mut bins: Vec<[f64; 4]> = job.zeroed("bins of directions", SECTORS * BINS)?;
    for y in 0..ny {
        // The outermost frequencies have R = 1.
        let from_y = 2.0 * if 2 * y > ny { y as f64 - ny as f64 } else { y as f64 } / (ny - 1) as f64;
        for (x, (real, imaginary)) in transform.frequencies(&volume, 0, y).enumerate() {
            let from_x = 2.0 * x as f64 / (nx - 1) as f64;
            let radius = from_y.hypot(from_x);
            let at = (radius * BINS as f64) as usize;
            if at >= BINS {
                continue;
            }
            let sector = 2 * usize::from(from_y.abs() > from_x) + usize::from(from_y < 0.0);
            let bin = &mut bins[sector * BINS + at];
            let times = if x == 0 { 1.0 } else { 2.0 };
            let square = f64::from(real).powi(2) + f64::from(imaginary).powi(2);
            let terms = [radius, square.sqrt(), square, 1.0];
            bin.iter_mut().zip(terms).for_each(|(sum, term)| *sum += times * term);
        }
    }
    Ok(bins)
}

impl Moduli {
    /// Cut-off and height.
    fn analyse(&self) -> [f64; 2] {
        let whole = [0.0, 1.0];
        let (first, height) = self.maximum(None, whole);
        // Filters from hardly any to one that leaves the highest frequencies.
        let widest = if first > 0.0 { 2.0 / first } else { self.extent / 2.0 };
        let filters: Vec<f64> = std::iter::once(self.extent / 4.0).chain(spaced(widest, 0.15)).collect();
        let mut peaks = vec![(first, height)];
        peaks.extend(filters.iter().map(|g| self.maximum(Some(*g), whole)));
        let best = (0..peaks.len()).fold(0, |best, at| if peaks[at].0 >= peaks[best].0 { at } else { best });
        let around = match best {
            0 => [self.extent, filters[0]],
            at if at + 1 >= filters.len() => [filters[at - 2], filters[at - 1]],
            at => [filters[at - 1], filters[at]],
        };
        let step = 1.0 / (RADII - 1) as f64;
        let range = [(peaks[best].0 - step).max(0.0), (peaks[best].0 + AHEAD).min(1.0)];
        // Of the narrowest filter only what is found now counts.
        peaks.pop();
        peaks.extend(spaced(around[0], around[1]).map(|g| self.maximum(Some(g), range)));
        let cutoff =
            peaks.iter().filter(|(_, height)| *height >= LEAST_HEIGHT).fold(0.0_f64, |most, peak| most.max(peak.0));
        [cutoff, height]
    }

    /// Place and height of the last maximum of d(r); those of the first r where it only falls.
    fn maximum(&self, filter: Option<f64>, [from, to]: [f64; 2]) -> (f64, f64) {
        let gain = |bin: &[f64; 4]| {
            let radius = if bin[3] > 0.0 { bin[0] / bin[3] } else { 0.0 };
            filter.map_or(1.0, |g| 1.0 - libm::exp(-2.0 * g * g * radius * radius))
        };
        let power: f64 = self.bins.iter().map(|bin| gain(bin).powi(2) * bin[2]).sum();
        let (mut sum, mut count, mut at) = (0.0, 0.0, 0);
        let curve: Vec<(f64, f64)> = (0..RADII)
            .map(|step| {
                let radius = from + (to - from) * step as f64 / (RADII - 1) as f64;
                while at < self.bins.len() && (at + 1) as f64 <= radius * BINS as f64 {
                    sum += gain(&self.bins[at]) * self.bins[at][1];
                    count += self.bins[at][3];
                    at += 1;
                }
                let d = if power * count > 0.0 { sum / (power * count).sqrt() } else { 0.0 };
                (radius, (1000.0 * d).floor() / 1000.0)
            })
            .collect();
        // From the end: the highest of what is left, unless it is the last of that.
        let mut left = curve.len();
        while left > 1 {
            let top = (0..left).fold(0, |top, at| if curve[at].1 > curve[top].1 { at } else { top });
            if top + 1 == left {
                left -= 1;
                continue;
            }
            let later = curve[top..].iter().fold(f64::MAX, |least, point| least.min(point.1));
            if top > 0 && curve[top].1 - later >= LEAST_FALL {
                return curve[top];
            }
            if top == 0 {
                break;
            }
            left = top;
        }
        curve[0]
    }
}

/// [`FILTERS`] widths from one to another, in equal ratios.
fn spaced(from: f64, to: f64) -> impl Iterator<Item = f64> {
    let [from, to] = [from, to].map(libm::log);
    (0..FILTERS).map(move |at| libm::exp(from + (to - from) * at as f64 / (FILTERS - 1) as f64))
}

/// Rises from 0 to 1 by a cosine over the first and last 20 samples, or an eighth of a small plane.
fn edge(at: usize, extent: usize) -> f64 {
    let width = 19.0_f64.min(extent as f64 / 8.0);
    let inside = at.min(extent - 1 - at) as f64;
    if inside >= width { 1.0 } else { 0.5 - 0.5 * libm::cos(std::f64::consts::PI * inside / width) }
}

/// Directions of the frequencies.
const SECTORS: usize = 4;
/// Bins of the histogram.
const BINS: usize = 1 << 16;
/// Places at which d is computed.
const RADII: usize = 50;
/// How far beyond the best radius the second time goes.
const AHEAD: f64 = 0.4;
/// Standard deviation of a radius within the step that it is known to then.
const STEP: f64 = 0.2887 * AHEAD / (RADII - 1) as f64;
/// High-pass filters at a time.
const FILTERS: usize = 10;
/// What a maximum must rise above what follows.
const LEAST_FALL: f64 = 5e-4;
/// Maxima below this are noise.
const LEAST_HEIGHT: f64 = 0.05;
