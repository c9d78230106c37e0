//! Residuals of a raw image beside its model, in units of the noise.

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::image::Image;
use super::jackknife::Estimate;
use super::places::Places;
use crate::noise::Camera;

/// Leaves (raw - model) / σ in `residuals`, σ² being the variance that the camera gives samples of the model's mean; samples
/// below the camera's dark level have its read noise, or that of a tenth of a photon. Residuals are held to a million, as without
/// any noise they may be; they are NaN where the raw image is.
pub(super) fn normalise(raw: &Image, model: &[f32], camera: &Camera, residuals: &mut [f32]) {
    for ((residual, raw), model) in residuals.iter_mut().zip(raw.samples).zip(model) {
        let left = (f64::from(*raw) - f64::from(*model)) / deviation(camera, f64::from(*model));
        *residual = left.clamp(-MOST, MOST) as f32;
    }
}

/// Standard deviation of samples of that mean.
pub(super) fn deviation(camera: &Camera, mean: f64) -> f64 {
    camera
        .variance(mean)
        .max(camera.read_noise.powi(2))
        .max(0.1 * camera.gain * camera.gain)
        .max(f64::MIN_POSITIVE)
        .sqrt()
}

/// χ² over the image and in windows, and the autocorrelation of the residuals.
///
/// Of n samples with λ photons each, their mean square is 1 ± √((2 + 1/λ) / n) where the model is true: what varies by more
/// is structure that the result lacks or makes up, and what varies by less, noise that the result follows. Windows are 32 samples
/// wide along y and x (up to 63 where the extents are no multiples, less in small images), within planes; those of which less
/// than a quarter counts are left out. Neighbours that share noise widen the expected spread by the camera's long-range factor.
///
/// `None` where no window counts.
pub(super) fn consistency(model: &Image, residuals: &[f32], camera: &Camera, places: &Places) -> Option<Value> {
    let [nz, ny, nx] = model.shape;
    let size = WINDOW.min(ny).min(nx);
    let mut windows = Vec::new();
    let (mut sum, mut spread, mut count) = (0.0, 0.0, 0.0_f64);
    for z in 0..nz {
        for rows in parts(ny, size) {
            for columns in parts(nx, size) {
                let (mut squares, mut expected, mut n) = (0.0, 0.0, 0.0);
                for start in rows.clone().map(|y| (z * ny + y) * nx) {
                    for at in columns.clone().map(|x| start + x).filter(|at| places.has(*at)) {
                        squares += f64::from(residuals[at]).powi(2);
                        expected +=
                            2.0 + camera.gain / (f64::from(model.samples[at]) + camera.shift()).max(camera.gain);
                        n += 1.0;
                    }
                }
                if 4.0 * n >= (rows.len() * columns.len()) as f64 {
                    windows.push((squares, n, (expected * camera.long_range().max(1.0)).sqrt()));
                }
                sum += squares;
                spread += expected;
                count += n;
            }
        }
    }
    if windows.is_empty() {
        return None;
    }
    let far = |sign: f64| windows.iter().filter(|(squares, n, error)| sign * (squares - n) > 3.0 * error).count();
    let found = sum / count.max(1.0);
    // The error of a ratio of sums over windows: W. G. Cochran 1977, Sampling Techniques, equation 2.46.
    let scatter: f64 = windows.iter().map(|(squares, n, _)| (squares - found * n).powi(2)).sum();
    let lags = |axis: usize| {
        (1..=LAGS.min(model.shape[axis] / 4)).map(move |lag| autocorrelation(residuals, places, axis, lag))
    };
    let mut report = Map::new();
    let chi_square = Estimate { value: Some(found), error: Some(scatter.sqrt() / count.max(1.0)) };
    chi_square.put(&mut report, "chi_square");
    report.insert("expected".into(), json!(1.0));
    report.insert("expected_deviation".into(), json!((spread * camera.long_range().max(1.0)).sqrt() / count.max(1.0)));
    report.insert("window_px".into(), json!(size));
    report.insert("windows".into(), json!(windows.len()));
    Estimate::share(far(1.0), windows.len(), 1).put(&mut report, "windows_above");
    Estimate::share(far(-1.0), windows.len(), 1).put(&mut report, "windows_below");
    report.insert("autocorrelation_y".into(), json!(lags(1).collect::<Vec<_>>()));
    report.insert("autocorrelation_x".into(), json!(lags(2).collect::<Vec<_>>()));
    report.insert("autocorrelation_deviation".into(), json!(1.0 / count.max(1.0).sqrt()));
    report.insert("noise_correlation".into(), json!(camera.correlation));
    Some(Value::Object(report))
}

/// An extent in equal parts of at least `size`, of which there are as many as fit.
pub(super) fn parts(extent: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    let count = (extent / size.max(1)).max(1);
    (0..count).map(move |part| part * extent / count..(part + 1) * extent / count)
}

/// Correlation of residuals with those `lag` samples on along an axis; `None` where there are no residuals.
fn autocorrelation(residuals: &[f32], places: &Places, axis: usize, lag: usize) -> Option<f64> {
    let [nz, ny, nx] = places.shape();
    let (rows, columns) = if axis == 1 { (ny - lag, nx) } else { (ny, nx - lag) };
    let step = if axis == 1 { lag * nx } else { lag };
    let (mut both, mut square) = (0.0, 0.0);
    for start in (0..nz).flat_map(|z| (0..rows).map(move |y| (z * ny + y) * nx)) {
        for at in (start..start + columns).filter(|at| places.has(*at) && places.has(at + step)) {
            both += f64::from(residuals[at]) * f64::from(residuals[at + step]);
            square += f64::from(residuals[at]).powi(2);
        }
    }
    (square > 0.0).then(|| both / square)
}

/// Most standard deviations that a residual is said to have.
const MOST: f64 = 1e6;
/// Samples of a window along y and x.
const WINDOW: usize = 32;
/// Lags of the autocorrelation.
const LAGS: usize = 4;
