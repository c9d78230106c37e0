//! How well a result, blurred as the microscope blurs, explains the raw image.
//!
//! S. Culley et al. 2018, "Quantitative mapping and minimization of super-resolution optical imaging artifacts", doi
//! 10.1038/nmeth.4605: of the model I = H (α result + β), RSP is Pearson's correlation of I with the raw image, RSE the root mean
//! square of what is left, and the error map its modulus. H is the point spread function where it is known; else the Gaussian
//! of the width for which RSP is greatest, found in the transforms of both images ([`best_sigma`]), which takes the place of the
//! swarm of the paper. α and β are those of least squares.

use super::blur::Blur;
use super::forward::deviation;
use super::image::Image;
use super::jackknife::{Estimate, Pairs};
use super::places::Places;
use super::rings::Rings;
use super::sums::Moments;
use crate::error::Result;
use crate::noise::Camera;
use crate::runtime::Job;

/// What is found with one blur.
pub(super) struct Squirrel {
    /// α and β.
    pub scale: Estimate,
    pub offset: Estimate,
    /// Pearson's correlation; no value where one of both is constant.
    pub rsp: Estimate,
    /// In the units of the raw image.
    pub rse: Estimate,
}

/// Blurs `result`, leaves α blurred + β in `model`, and says how well that fits `raw` where that counts.
pub(super) fn squirrel(
    raw: &Image,
    result: &Image,
    blur: &mut Blur,
    places: &Places,
    model: &mut [f32],
    job: Job,
) -> Result<Squirrel> {
    blur.apply(result.samples, model);
    let pairs =
        Pairs::of(raw.shape, job, |at| places.has(at).then(|| (f64::from(model[at]), f64::from(raw.samples[at]))))?;
    // Of a constant any scale goes with some offset, and a result that is dark where there is light explains none of it.
    let scale = |of: &Moments| (of.variances[0] > 0.0).then(|| (of.covariance / of.variances[0]).max(0.0));
    let offset = |of: &Moments| {
        let explained = scale(of)? * of.means[0];
        // Less than the rounding of both means is none.
        let left = of.means[1] - explained;
        Some(if left.abs() > ROUNDING * (of.means[1].abs() + explained.abs()) { left } else { 0.0 })
    };
    let whole = pairs.moments().unwrap_or_default();
    let (alpha, beta) = scale(&whole).zip(offset(&whole)).unwrap_or((0.0, whole.means[1]));
    model.iter_mut().for_each(|value| *value = (alpha * f64::from(*value) + beta) as f32);
    Ok(Squirrel {
        scale: pairs.estimate(scale),
        offset: pairs.estimate(offset),
        rsp: pairs.estimate(Moments::correlation),
        rse: pairs.estimate(|of| Some((of.variances[1] - scale(of).unwrap_or(0.0) * of.covariance).max(0.0).sqrt())),
    })
}

/// The standard deviation, in samples along y and x, of the Gaussian that brings `result` nearest to `raw`: 0 to a
/// sixteenth of the shorter axis. Its error is that of least squares: with m = α H result, what is left of raw - m over as many
/// frequencies over the energy of ∂m/∂(σ²) that α does not explain.
pub(super) fn best_sigma(raw: &Image, result: &Image, job: Job) -> Result<Estimate> {
    let mut rings = Rings::new(raw.shape, 1.0, job)?;
    rings.load(0, result);
    rings.load(1, raw);
    // |S|² and Re S W* by frequency along y and x.
    let mut bins = vec![[0.0; 2]; BINS];
    let (mut power, mut count) = (0.0, 0.0);
    rings.each(|[_, y, x], (ar, ai), (br, bi), times| {
        let radius = y.hypot(x) / std::f64::consts::FRAC_1_SQRT_2;
        let bin = &mut bins[((radius * BINS as f64) as usize).min(BINS - 1)];
        bin[0] += times * (ar * ar + ai * ai);
        bin[1] += times * (ar * br + ai * bi);
        power += times * (br * br + bi * bi);
        count += times;
    });
    let turns = |at: usize| std::f64::consts::TAU * (at as f64 + 0.5) / BINS as f64 * std::f64::consts::FRAC_1_SQRT_2;
    let gain = |at: usize, sigma: f64| libm::exp(-0.5 * (sigma * turns(at)).powi(2));
    let fit = |sigma: f64| {
        let (mut square, mut both) = (0.0, 0.0);
        for (at, [own, shared]) in bins.iter().enumerate() {
            let gain = gain(at, sigma);
            square += gain * gain * own;
            both += gain * shared;
        }
        if square > 0.0 { both / square.sqrt() } else { 0.0 }
    };
    let most = MOST_OF_EXTENT * raw.shape[1].min(raw.shape[2]) as f64;
    let (mut from, mut to, mut best) = (0.0, most, 0.0);
    for _ in 0..ROUNDS {
        let step = (to - from) / PLACES as f64;
        let places = (0..=PLACES).map(|at| from + step * at as f64);
        best = places.fold((f64::MIN, 0.0), |top, sigma| if fit(sigma) > top.0 { (fit(sigma), sigma) } else { top }).1;
        (from, to) = ((best - step).max(0.0), (best + step).min(most));
    }
    let (mut square, mut both, mut slope, mut mixed) = (0.0, 0.0, 0.0, 0.0);
    for (at, [own, shared]) in bins.iter().enumerate() {
        let gain = gain(at, best);
        let change = -0.5 * turns(at).powi(2) * gain;
        square += gain * gain * own;
        both += gain * shared;
        slope += change * change * own;
        mixed += gain * change * own;
    }
    let alpha = if square > 0.0 { both / square } else { 0.0 };
    let left = (power - alpha * both).max(0.0) / f64::max(count, 1.0);
    let told = alpha * alpha * (slope - if square > 0.0 { mixed * mixed / square } else { 0.0 });
    if square * power == 0.0 {
        return Ok(Estimate::default());
    }
    // Less blurs nothing.
    let best = if best > LEAST { best } else { 0.0 };
    // Near 0 it is the square that is known to so much.
    let error = |of_square: f64| ((best * best + of_square).sqrt() - best).min(most);
    Ok(Estimate { value: Some(best), error: (told > 0.0).then(|| error((left / told).sqrt())) })
}

/// How many times more a width varies than even noise makes it: by a wider Gaussian the model changes by its curvature, and where
/// that is strong there is much light, whose noise is above the mean.
pub(super) fn unevenness(model: &Image, camera: &Camera, places: &Places) -> f64 {
    let [nz, ny, nx] = model.shape;
    let (mut weighted, mut weights, mut sum, mut count) = (0.0, 0.0, 0.0, 0.0);
    for (z, y) in (0..nz).flat_map(|z| (1..ny - 1).map(move |y| (z, y))) {
        for at in ((z * ny + y) * nx + 1..(z * ny + y) * nx + nx - 1).filter(|at| places.has(*at)) {
            let sample = |at: usize| f64::from(model.samples[at]);
            let curvature = sample(at - 1) + sample(at + 1) + sample(at - nx) + sample(at + nx) - 4.0 * sample(at);
            let variance = deviation(camera, sample(at)).powi(2);
            weighted += variance * curvature * curvature;
            weights += curvature * curvature;
            sum += variance;
            count += 1.0;
        }
    }
    let found = (weighted / weights * count / sum).sqrt();
    if found.is_finite() { found } else { 1.0 }
}

/// Share of a mean by which sums of rounded samples may be off.
const ROUNDING: f64 = 1e-12;
/// Width of a Gaussian, in samples, that is more than none.
const LEAST: f64 = 0.01;
/// Widest Gaussian, as a share of the shorter axis.
pub(super) const MOST_OF_EXTENT: f64 = 1.0 / 16.0;
/// Bins of frequencies.
const BINS: usize = 2048;
/// Widths tried at a time, and how often the best is closed in on.
const PLACES: usize = 32;
const ROUNDS: usize = 4;
