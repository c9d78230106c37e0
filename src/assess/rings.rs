//! Fourier ring correlation of planes, shell correlation of stacks.
//!
//! W. O. Saxton and W. Baumeister 1982, doi 10.1111/j.1365-2818.1982.tb00405.x; for light microscopy R. P. J. Nieuwenhuizen et al.
//! 2013, doi 10.1038/nmeth.2448. Over the frequencies of a ring, FRC = Re Σ A B* / √(Σ |A|² Σ |B|²), with A and B the
//! transforms of both images less their means, the outer eighth on each side of each axis tapered by a cosine.

use super::cutoff::Threshold;
use super::image::{Image, same_extents};
use crate::error::Result;
use crate::fft::{Buffer, Transform};
use crate::psf::Kernel;
use crate::runtime::Job;

/// Transforms and rings for images of one shape.
pub struct Rings<'a> {
    job: Job<'a>,
    transform: Transform,
    spectra: [Buffer; 2],
    scratch: Buffer,
    /// Factors along z, y and x.
    taper: [Vec<f32>; 3],
    /// Distance of planes over that of pixels.
    aspect: f64,
    /// Share of the frequencies that do not depend on each other: tapers join neighbours.
    independent: f64,
}

/// A correlation, ring by ring.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Middle of each ring, in cycles per pixel along y and x; the first is 0, the last at most 1/2.
    pub frequencies: Vec<f64>,
    /// Correlation, -1 to 1; 0 where a ring has no energy.
    pub correlations: Vec<f64>,
    /// Frequencies in the ring, conjugates counted.
    pub counts: Vec<f64>,
    /// Whether both images have structure; nothing is correlated with a constant.
    pub has_structure: bool,
    /// Share of the counts that do not depend on each other.
    independent: f64,
    /// Frequencies of each ring that have energy: as many as would tell the same if all had as much.
    told: Vec<f64>,
}

impl<'a> Rings<'a> {
    /// For images of `shape` whose planes are `aspect` pixels apart.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3], aspect: f64, job: Job<'a>) -> Result<Self> {
        let transform = Transform::new(shape)?;
        let scratch = transform.scratch_len(job.workers().threads());
        let bytes = 2 * Buffer::bytes(transform.len()) + Buffer::bytes(scratch);
        job.count("spectra of images", bytes as u64)?;
        let spectra = [Buffer::new("spectrum", transform.len())?, Buffer::new("spectrum", transform.len())?];
        let scratch = Buffer::new("scratch of transforms", scratch)?;
        let taper = shape.map(taper);
        let moment = |axis: &[f32], power: i32| axis.iter().map(|factor| f64::from(*factor).powi(power)).sum::<f64>();
        let share = |axis: &Vec<f32>| moment(axis, 2).powi(2) / (axis.len() as f64 * moment(axis, 4));
        let independent = taper.iter().map(share).product();
        Ok(Self { job, transform, spectra, scratch, taper, aspect, independent })
    }

    /// The correlation of two images.
    ///
    /// # Errors
    /// [`Error::Argument`](crate::error::Error::Argument) for other extents than those stated;
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn correlate(&mut self, one: &Image, other: &Image) -> Result<Curve> {
        same_extents(("image", one), ("reference", other))?;
        for (at, image) in [one, other].into_iter().enumerate() {
            self.job.check()?;
            self.load(at, image);
        }
        Ok(self.curve())
    }

    /// Makes a spectrum that of an image.
    pub(super) fn load(&mut self, at: usize, image: &Image) {
        let mean = image.samples.iter().map(|value| f64::from(*value)).sum::<f64>() / image.samples.len() as f64;
        // The mean of a constant is off by rounding, which is no structure.
        let flat = image.samples.iter().all(|value| *value == image.samples[0]);
        let taper = &self.taper;
        let work = self.job.workers();
        let volume = &mut self.spectra[at];
        let (row_pitch, plane_pitch) = (self.transform.row_pitch(), self.transform.plane_pitch());
        let [nz, ny, nx] = image.shape;
        for (z, y) in (0..nz).flat_map(|z| (0..ny).map(move |y| (z, y))) {
            let outer = if flat { 0.0 } else { taper[0][z] * taper[1][y] };
            let row = &mut volume[z * plane_pitch + y * row_pitch..][..nx];
            for ((target, value), inner) in row.iter_mut().zip(image.row(z, y)).zip(&taper[2]) {
                *target = (f64::from(*value) - mean) as f32 * outer * inner;
            }
        }
        self.transform.forward(volume, &mut self.scratch, work);
    }

    /// Makes a spectrum that of a kernel, its centre at the origin; what does not fit wraps around.
    pub(super) fn load_kernel(&mut self, at: usize, kernel: &Kernel) {
        let shape = self.transform.shape();
        let (row_pitch, plane_pitch) = (self.transform.row_pitch(), self.transform.plane_pitch());
        let volume = &mut self.spectra[at];
        volume.fill(0.0);
        let (extents, centre) = (kernel.shape(), kernel.centre());
        for (index, value) in kernel.samples().iter().enumerate() {
            let place = [index / (extents[1] * extents[2]), index / extents[2] % extents[1], index % extents[2]];
            let wrapped =
                |axis: usize| (place[axis] as i64 - centre[axis] as i64).rem_euclid(shape[axis] as i64) as usize;
            volume[wrapped(0) * plane_pitch + wrapped(1) * row_pitch + wrapped(2)] += value;
        }
        self.transform.forward(volume, &mut self.scratch, self.job.workers());
    }

    /// Shows every frequency, in cycles per sample along z, y and x, with its values in both spectra and how often it counts:
    /// twice where its conjugate is not shown.
    pub(super) fn each(&self, mut show: impl FnMut([f64; 3], (f64, f64), (f64, f64), f64)) {
        let [nz, ny, nx] = self.transform.shape();
        let [one, other] = &self.spectra;
        for (z, y) in (0..nz).flat_map(|z| (0..ny).map(move |y| (z, y))) {
            let pairs = self.transform.frequencies(one, z, y).zip(self.transform.frequencies(other, z, y));
            for (x, (one, other)) in pairs.enumerate() {
                let times = if x == 0 || 2 * x == nx { 1.0 } else { 2.0 };
                let [one, other] = [one, other].map(|(real, imaginary)| (f64::from(real), f64::from(imaginary)));
                show([signed(z, nz), signed(y, ny), x as f64 / nx as f64], one, other, times);
            }
        }
    }

    /// The correlation of the spectra.
    pub(super) fn curve(&self) -> Curve {
        let [_, ny, nx] = self.transform.shape();
        let extent = ny.min(nx).max(2);
        let rings = extent / 2 + 1;
        let mut sums = vec![[0.0_f64; 5]; rings];
        self.each(|[z, y, x], (ar, ai), (br, bi), times| {
            let radius = ((z / self.aspect).powi(2) + y * y + x * x).sqrt() * extent as f64;
            let Some(sums) = sums.get_mut((radius + 0.5) as usize) else { return };
            let [one, other] = [ar * ar + ai * ai, br * br + bi * bi];
            let terms = [ar * br + ai * bi, one, other, 1.0, one * other];
            sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += times * term);
        });
        let energy = |at: usize| sums[1..].iter().map(|sums| sums[at]).sum::<f64>();
        Curve {
            has_structure: energy(1) * energy(2) > 0.0,
            independent: self.independent,
            frequencies: (0..rings).map(|ring| ring as f64 / extent as f64).collect(),
            correlations: sums
                .iter()
                .map(|[both, one, other, ..]| if one * other > 0.0 { both / (one * other).sqrt() } else { 0.0 })
                .collect(),
            counts: sums.iter().map(|sums| sums[3]).collect(),
            // Of normal spectra of one energy all over the ring, the products are twice what the means make.
            told: sums
                .iter()
                .map(
                    |[_, one, other, count, products]| {
                        if *products > 0.0 { (2.0 * one * other / products).min(*count) } else { *count }
                    },
                )
                .collect(),
        }
    }
}

impl Curve {
    /// 1 / the first frequency from which on the correlation, smoothed over five rings, is below the threshold, in pixels, and its
    /// standard error: that of the correlation there, (1 - FRC²) / √n of n independent frequencies, over its slope. `None` where
    /// the correlation stays above, or is of a constant.
    pub fn resolution(&self, threshold: Threshold) -> Option<(f64, f64)> {
        let smooth = self.smoothed();
        let below = |ring: usize| smooth[ring] - threshold.at(self.counts[ring]);
        let ring = (1..smooth.len()).find(|ring| self.has_structure && below(*ring) < 0.0)?;
        let (high, low) = if ring > 1 { (below(ring - 1), below(ring)) } else { (0.0, -1.0) };
        let share = if ring > 1 { high / (high - low) } else { 1.0 };
        let step = self.frequencies[1];
        let pixels = 1.0 / (self.frequencies[ring] - step * (1.0 - share));
        // Over twice the reach of the smoothing, so that the slope is not that of chance.
        let ends = [ring.saturating_sub(2 * HALF).max(1), (ring + 2 * HALF).min(smooth.len() - 1)];
        let slope = (smooth[ends[0]] - smooth[ends[1]]).max(0.0) / (step * (ends[1] - ends[0]).max(1) as f64);
        Some((pixels, self.error(ring) / slope.max(f64::MIN_POSITIVE) * pixels * pixels)).map(|(pixels, error)| {
            // No farther than the whole range of frequencies.
            (pixels, error.min(pixels))
        })
    }

    /// The standard error of the smoothed correlation of a ring.
    pub fn error(&self, ring: usize) -> f64 {
        let reach = self.reach(ring);
        let count: f64 = self.told[ring - reach..=ring + reach].iter().sum();
        let value = self.smoothed_at(ring);
        (1.0 - value * value).max(0.0) / (count * self.independent).max(1.0).sqrt()
    }

    /// Means over five rings, each by its number of frequencies.
    pub fn smoothed(&self) -> Vec<f64> {
        (0..self.correlations.len()).map(|ring| self.smoothed_at(ring)).collect()
    }

    fn smoothed_at(&self, ring: usize) -> f64 {
        let reach = self.reach(ring);
        let rings = ring - reach..=ring + reach;
        let (sum, count) = rings.fold((0.0, 0.0), |(sum, count), ring| {
            (sum + self.counts[ring] * self.correlations[ring], count + self.counts[ring])
        });
        if count > 0.0 { sum / count } else { 0.0 }
    }

    /// Rings on each side of a ring that are smoothed over: as many on both, so that a slope does not shift it.
    fn reach(&self, ring: usize) -> usize {
        HALF.min(ring.saturating_sub(1)).min(self.correlations.len() - 1 - ring)
    }
}

/// Index of an axis as a frequency in cycles per sample, -1/2 to 1/2.
fn signed(at: usize, extent: usize) -> f64 {
    let whole = if 2 * at > extent { at as f64 - extent as f64 } else { at as f64 };
    whole / extent as f64
}

/// Factors along an axis: 1, but for the outer eighths, where a cosine rises from the rim; axes of less than 16 samples are
/// left as they are.
pub(super) fn taper(extent: usize) -> Vec<f32> {
    let edge = if extent < 16 { 0.0 } else { extent as f64 / 8.0 };
    let factor = |at: usize| {
        let inside = (at as f64 + 0.5).min(extent as f64 - at as f64 - 0.5);
        if inside >= edge { 1.0 } else { 0.5 - 0.5 * libm::cos(std::f64::consts::PI * inside / edge) }
    };
    (0..extent).map(|at| factor(at) as f32).collect()
}

/// Rings on each side that a smoothed value takes in.
const HALF: usize = 2;
