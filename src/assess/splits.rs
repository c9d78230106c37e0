//! One image as two of half its light each, with independent noise.
//!
//! B. Rieger, I. Droste, F. Gerritsma, T. ten Brink and S. Stallinga 2024, "Single image Fourier ring correlation", Optics Express
//! 32, 21767: each photon goes to one of two halves by the toss of a coin. Of z with mean m and variance v the halves have the covariance (v - m) / 4, which
//! is 0 for photon counts; so samples are taken as counts with what makes mean and variance equal added first ([`Camera::shift`],
//! the read noise squared among it), and each half gives half of that back. Halves of noise that neighbours share are not
//! independent.

use super::image::Image;
use crate::noise::{Camera, GOLDEN, NORMAL_FROM, Random};
use crate::runtime::{Job, Rows};

/// Writes both halves of `image`, in its units and with its offset: each as if it had been exposed half as long. `seed`
/// numbers the draw; the halves of a draw are the same for any number of threads. NaN stays NaN in both.
pub fn split(image: &Image, camera: &Camera, seed: u64, halves: [&mut [f32]; 2], job: Job) {
    let [one, other] = halves;
    let width = image.shape[2];
    let (gain, shift) = (camera.gain, camera.shift());
    // Cameras add their whole offset to every exposure.
    let level = 0.5 * (camera.offset - shift);
    let seed = seed.wrapping_add(1).wrapping_mul(0xd6e8_feb8_6659_fd93);
    let parts = (Rows::of(image.samples, width), Rows::of_mut(one, width), Rows::of_mut(other, width));
    job.workers().each(parts, |_, row, (samples, one, other)| {
        let places = samples.iter().zip(one.iter_mut().zip(other.iter_mut()));
        for (x, (sample, (one, other))) in places.enumerate() {
            let counts = (f64::from(*sample) + shift) / gain;
            // Below 0 there is nothing to be split: both get their share of what is there.
            let first = if counts > 0.0 { draw(counts, seed ^ (row * width + x) as u64) } else { 0.5 * counts };
            *one = (first * gain + level) as f32;
            *other = ((counts - first) * gain + level) as f32;
        }
    });
}

/// How many of `counts` photons the toss of a coin gives; fractions of a photon are halved.
fn draw(counts: f64, state: u64) -> f64 {
    let mut random = Random::new(state.wrapping_mul(GOLDEN));
    if counts >= NORMAL_FROM {
        return random.binomial_of_many(counts, 0.5);
    }
    let whole = counts.floor();
    let taken = random.binomial(whole as u32, 1);
    // The variance of what a fraction gives is that of as many photons: its own size over 4.
    let rest = counts - whole;
    let side = if random.bits() >> 63 == 0 { rest.sqrt() } else { -rest.sqrt() };
    f64::from(taken) + 0.5 * (rest + side)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::Workers;

    #[test]
    fn halves_are_independent_and_have_half_the_light() {
        let workers = Workers::new(2).unwrap();
        let camera = Camera { gain: 2.0, offset: 100.0, read_noise: 3.0, correlation: [0.0; 3] };
        // Samples of that camera by sums of uniform numbers: mean and variance are all that matters.
        let mut random = Random::new(7);
        for photons in [2.0, 30.0, 2000.0] {
            let (mean, deviation) = (100.0 + 2.0 * photons, (4.0 * photons + 9.0_f64).sqrt());
            let normal = |random: &mut Random| (0..12).map(|_| random.uniform()).sum::<f64>() - 6.0;
            let image: Vec<f32> = (0..40_000).map(|_| (mean + deviation * normal(&mut random)) as f32).collect();
            let (mut one, mut other) = (vec![0.0; image.len()], vec![0.0; image.len()]);
            let whole = Image::new("image", &image, [1, 200, 200]).unwrap();
            split(&whole, &camera, 3, [&mut one, &mut other], Job::from(&workers));
            let average = |values: &[f32]| values.iter().map(|value| f64::from(*value)).sum::<f64>() / 40_000.0;
            let (a, b) = (average(&one), average(&other));
            let covariance =
                one.iter().zip(&other).map(|(x, y)| (f64::from(*x) - a) * (f64::from(*y) - b)).sum::<f64>() / 40_000.0;
            assert!((a - (100.0 + photons)).abs() < 0.15 * deviation.max(1.0), "{a} of {photons}");
            assert!(covariance.abs() < 0.02 * deviation * deviation, "{covariance} of {photons}");
        }
    }
}
