//! The noise that neighbours share: white noise through a filter.

use crate::convnet::denoiser::LEAST as EXTENT;
use crate::error::{Result, collected};
use crate::noise::{Anscombe, Energies, GOLDEN, Noise, Random, Spectrum};

/// A filter that gives white noise the spectrum of an image's noise, symmetric along y and along x.
pub(super) struct Shared {
    /// Taps (y, x) of [`SIDE`] by [`SIDE`], the middle one at [`REACH`], [`REACH`]; the sum of their squares is 1.
    taps: [[f32; SIDE]; SIDE],
    /// How far from the middle along y and x taps are not 0.
    reach: [usize; 2],
    /// Variance of the noise in that of the camera's model, which high frequencies alone may have told: 1 where these tell all.
    pub variance: f64,
}

impl Shared {
    /// The noise of an image, samples (z, y, x). Windows (a, 1, a) along y and x make neighbours share what `noise` says of them. Where it
    /// says that they share nothing, and the flattest places have far more at low frequencies than it allows, these give the spectrum; `None`
    /// where that may be structure.
    ///
    /// Spectra are not taken where `noise` knows of correlation: what structure adds to the lowest frequencies misleads more (up to 3 dB on
    /// six micrographs with noise through windows of three, 30 photons) than what windows leave out.
    ///
    /// # Errors
    /// [`crate::error::Error::Memory`].
    pub(super) fn of(image: &[f32], shape: [usize; 3], noise: &Noise) -> Result<Option<Self>> {
        let [_, along_y, along_x] = noise.camera.correlation;
        let is_correlated = along_y > 0.0 || along_x > 0.0;
        let Some(transform) = Anscombe::new(noise) else { return Ok(None) };
        let stabilised = collected(THING, image.iter().map(|sample| transform.forward(*sample)))?;
        Ok(match Spectrum::new(shape)?.of(&stabilised) {
            Some(spread) if !is_correlated && !is_white(&spread.energies) => {
                spread.is_noise.then(|| Self::of_energies(&spread.energies))
            }
            _ => Some(Self::of_neighbours([along_y, along_x])),
        })
    }

    /// Noise of which next neighbours along y and x share so much.
    pub(super) fn of_neighbours(correlations: [f64; 2]) -> Self {
        let [along_y, along_x] = correlations.map(|correlation| {
            let share = share(correlation);
            move |at: usize| [1.0, share].get(at.abs_diff(REACH)).copied().unwrap_or(0.0)
        });
        Self::new(|y, x| along_y(y) * along_x(x), 1.0)
    }

    /// Noise of such energies: frequencies are the multiples of 1 / 16 a sample, the filter has the root of the energy at each.
    fn of_energies(energies: &Energies) -> Self {
        let period = 2 * energies.len();
        let amplitude = |k: usize, l: usize| {
            let [k, l] = [k, l].map(|at| at.min(period - at).min(energies.len() - 1));
            energies[k][l].sqrt()
        };
        let cosine =
            |k: usize, at: usize| libm::cos(std::f64::consts::TAU * (k * at.abs_diff(REACH)) as f64 / period as f64);
        let tap = |y: usize, x: usize| -> f64 {
            let row = |k| (0..period).map(|l| amplitude(k, l) * cosine(l, x)).sum::<f64>();
            (0..period).map(|k| cosine(k, y) * row(k)).sum()
        };
        let all = energies.as_flattened();
        Self::new(tap, all.iter().sum::<f64>() / all.len() as f64)
    }

    fn new(tap: impl Fn(usize, usize) -> f64, variance: f64) -> Self {
        let taps: [[f64; SIDE]; SIDE] = std::array::from_fn(|y| std::array::from_fn(|x| tap(y, x)));
        let square = |tap: &f64| tap * tap;
        let energy: f64 = taps.as_flattened().iter().map(square).sum();
        let outside = |reach: [usize; 2]| -> f64 {
            let is_inside = |at: usize, reach: usize| at.abs_diff(REACH) <= reach;
            let places = (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (y, x)));
            places
                .filter(|&(y, x)| !(is_inside(y, reach[0]) && is_inside(x, reach[1])))
                .map(|(y, x)| square(&taps[y][x]))
                .sum()
        };
        let needed = |other: fn(usize) -> [usize; 2]| {
            (0..REACH).find(|&reach| outside(other(reach)) <= NOTHING * energy).unwrap_or(REACH)
        };
        let reach = [needed(|reach| [reach, REACH]), needed(|reach| [REACH, reach])];
        let scale = (energy - outside(reach)).sqrt().recip();
        Self { taps: taps.map(|row| row.map(|tap| (tap * scale) as f32)), reach, variance }
    }

    /// Whether samples share no noise.
    pub(super) fn is_nothing(&self) -> bool {
        self.reach == [0; 2]
    }

    /// Normal numbers of variance 1 that share as the noise does, one of many sets, round the borders of a crop. `white` is scratch.
    pub(super) fn draw(&self, number: u64, white: &mut [f32], target: &mut [f32]) {
        let mut random = Random::new(number.wrapping_mul(GOLDEN) ^ NORMALS);
        let own = if self.is_nothing() { &mut *target } else { &mut *white };
        for two in own.chunks_mut(2) {
            let drawn = pair_of_normals(&mut random);
            two.copy_from_slice(&drawn[..two.len()]);
        }
        if self.is_nothing() {
            return;
        }
        let [far_y, far_x] = self.reach;
        target.fill(0.0);
        let mut round = [0.0; EXTENT + 2 * REACH];
        for from in 0..EXTENT {
            let row = &white[from * EXTENT..][..EXTENT];
            round[..far_x].copy_from_slice(&row[EXTENT - far_x..]);
            round[far_x..][..EXTENT].copy_from_slice(row);
            round[far_x + EXTENT..][..far_x].copy_from_slice(&row[..far_x]);
            for y in 0..=2 * far_y {
                let to = &mut target[(from + EXTENT + y - far_y) % EXTENT * EXTENT..][..EXTENT];
                let taps = &self.taps[REACH + y - far_y][REACH - far_x..=REACH + far_x];
                for (shift, tap) in taps.iter().enumerate() {
                    to.iter_mut().zip(&round[shift..]).for_each(|(to, from)| *to += tap * from);
                }
            }
        }
    }
}

/// Whether energies may be those of white noise of variance 1 and, at low frequencies, of structure.
fn is_white(energies: &Energies) -> bool {
    let mut all = *energies;
    let all = all.as_flattened_mut();
    let mean = all.iter().sum::<f64>() / all.len() as f64;
    let (_, median, _) = all.select_nth_unstable_by(all.len() / 2, f64::total_cmp);
    *median < WHITE_MEDIAN && mean < WHITE_MEAN
}

/// Two normal numbers for two uniform ones: G. E. P. Box and M. E. Muller 1958, doi 10.1214/aoms/1177706645.
fn pair_of_normals(random: &mut Random) -> [f32; 2] {
    let radius = (-2.0 * libm::log(random.uniform())).sqrt();
    let angle = std::f64::consts::TAU * random.uniform();
    [(radius * libm::cos(angle)) as f32, (radius * libm::sin(angle)) as f32]
}

/// The share a of either neighbour so that windows (a, 1, a) correlate neighbours by 2 a / (1 + 2 a^2), as far as they can.
fn share(correlation: f64) -> f64 {
    let correlation = correlation.clamp(-MOST_CORRELATION, MOST_CORRELATION);
    if correlation.abs() < LEAST_CORRELATION {
        return 0.0;
    }
    (1.0 - (1.0 - 2.0 * correlation * correlation).sqrt()) / (2.0 * correlation)
}

const THING: &str = "the noise that neighbours share";
/// How far taps reach from the middle: half of the period that the frequencies of blocks of eight samples have.
const REACH: usize = 7;
const SIDE: usize = 2 * REACH + 1;
/// The share of a filter's energy that is left out.
const NOTHING: f64 = 1e-3;
/// Median and mean of energies of white noise are below these. The flattest places of six micrographs with white noise of 30 and 300 photons
/// have medians of 0.84 to 1.07 and means of 1.1 to 3.1; with noise through filters whose correlation is not found, medians of 1.1 to 7.3
/// and means of 7.7 to 126.
const WHITE_MEDIAN: f64 = 1.25;
const WHITE_MEAN: f64 = 4.0;
const MOST_CORRELATION: f64 = 0.7;
/// Neighbours that share less are taken as independent.
const LEAST_CORRELATION: f64 = 0.05;
/// Sets the normal numbers apart from the others.
const NORMALS: u64 = 0x6e6f_726d_616c_7321;
