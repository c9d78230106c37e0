//! How well a result, blurred as the microscope blurs, explains the raw image.
//!
//! S. Culley et al. 2018, "Quantitative mapping and minimization of super-resolution optical imaging artifacts", doi
//! 10.1038/nmeth.4605: of the model I = H (α result + β), RSP is Pearson's correlation of I with the raw image, RSE the root mean
//! square of what is left, and the error map its modulus. H is the point spread function where it is known; else the Gaussian
//! of the width for which RSP is greatest, found in the transforms of both images ([`best_sigma`]), which takes the place of the
//! swarm of the paper. α and β are those of least squares.

use super::blur::Blur;
use super::image::Image;
use super::rings::Rings;
use super::sums::Moments;
use crate::error::Result;
use crate::runtime::Job;

/// What is found with one blur.
pub(super) struct Squirrel {
    /// α and β.
    pub scale: f64,
    pub offset: f64,
    /// Pearson's correlation; `None` where one of both is constant.
    pub rsp: Option<f64>,
    /// In the units of the raw image.
    pub rse: f64,
}

/// Blurs `result`, leaves α blurred + β in `model`, and says how well that fits. Only samples `margin` or further from the rims
/// count.
pub(super) fn squirrel(
    raw: &Image,
    result: &Image,
    blur: &mut Blur,
    margin: [usize; 3],
    model: &mut [f32],
) -> Squirrel {
    blur.apply(result.samples, model);
    let moments = Moments::of(inner(raw, model, margin));
    let [of_model, of_raw] = moments.variances;
    let scale = if of_model > 0.0 { moments.covariance / of_model } else { 0.0 };
    let offset = moments.means[1] - scale * moments.means[0];
    model.iter_mut().for_each(|value| *value = (scale * f64::from(*value) + offset) as f32);
    let left = (of_raw - scale * moments.covariance).max(0.0);
    Squirrel { scale, offset, rsp: moments.correlation(), rse: left.sqrt() }
}

/// Pairs (model, raw) away from the rims.
pub(super) fn inner<'a>(
    raw: &'a Image,
    model: &'a [f32],
    margin: [usize; 3],
) -> impl Iterator<Item = (f64, f64)> + Clone + 'a {
    let [nz, ny, nx] = raw.shape;
    let rows =
        (margin[0]..nz - margin[0]).flat_map(move |z| (margin[1]..ny - margin[1]).map(move |y| (z * ny + y) * nx));
    rows.flat_map(move |start| {
        let (model, raw) = (&model[start..start + nx], &raw.samples[start..start + nx]);
        (margin[2]..nx - margin[2]).map(move |x| (f64::from(model[x]), f64::from(raw[x])))
    })
}

/// The standard deviation, in samples along y and x, of the Gaussian that brings `result` nearest to `raw`: 0 to a
/// sixteenth of the shorter axis.
pub(super) fn best_sigma(raw: &Image, result: &Image, job: Job) -> Result<f64> {
    let mut rings = Rings::new(raw.shape, 1.0, job)?;
    rings.load(0, result);
    rings.load(1, raw);
    // |S|² and Re S W* by frequency along y and x.
    let mut bins = vec![[0.0; 2]; BINS];
    rings.each(|[_, y, x], (ar, ai), (br, bi), times| {
        let radius = y.hypot(x) / std::f64::consts::FRAC_1_SQRT_2;
        let bin = &mut bins[((radius * BINS as f64) as usize).min(BINS - 1)];
        bin[0] += times * (ar * ar + ai * ai);
        bin[1] += times * (ar * br + ai * bi);
    });
    let fit = |sigma: f64| {
        let (mut square, mut both) = (0.0, 0.0);
        for (at, [own, shared]) in bins.iter().enumerate() {
            let frequency = (at as f64 + 0.5) / BINS as f64 * std::f64::consts::FRAC_1_SQRT_2;
            let gain = libm::exp(-2.0 * (std::f64::consts::PI * sigma * frequency).powi(2));
            square += gain * gain * own;
            both += gain * shared;
        }
        if square > 0.0 { both / square.sqrt() } else { 0.0 }
    };
    let most = raw.shape[1].min(raw.shape[2]) as f64 / 16.0;
    let (mut from, mut to, mut best) = (0.0, most, 0.0);
    for _ in 0..ROUNDS {
        let step = (to - from) / PLACES as f64;
        let places = (0..=PLACES).map(|at| from + step * at as f64);
        best = places.fold((f64::MIN, 0.0), |top, sigma| if fit(sigma) > top.0 { (fit(sigma), sigma) } else { top }).1;
        (from, to) = ((best - step).max(0.0), (best + step).min(most));
    }
    Ok(best)
}

/// Bins of frequencies.
const BINS: usize = 2048;
/// Widths tried at a time, and how often the best is closed in on.
const PLACES: usize = 32;
const ROUNDS: usize = 4;
