//! What halves of an image's light say of it, and of what was made of it.

use serde_json::{Value, json};

use super::cutoff::Threshold;
use super::image::Image;
use super::rings::{Curve, Rings};
use super::scene::Scene;
use super::splits::split;
use crate::error::Result;
use crate::image::fill;
use crate::noise::Camera;
use crate::runtime::Job;

/// Makes of an image of a camera, packed and with NaN where nothing was measured, what the plan makes of it. It must not look for
/// the camera in the image: what is found in halves differs from half to half, and results with it.
pub type Rerun<'a> = &'a mut dyn FnMut(&Camera, &[f32], &mut [f32]) -> Result<()>;

/// Resolution by the Fourier ring correlation of halves, over `draws` splits; and the curve, the mean over the draws.
///
/// # Errors
/// [`Error::Memory`](crate::error::Error::Memory), [`Error::Cancelled`](crate::error::Error::Cancelled).
pub(super) fn single(
    raw: &Image,
    camera: &Camera,
    draws: usize,
    rings: &mut Rings,
    job: Job,
) -> Result<(Curve, Value)> {
    let mut one: Vec<f32> = job.zeroed("half of the light", raw.samples.len())?;
    let mut other: Vec<f32> = job.zeroed("half of the light", raw.samples.len())?;
    let mut curves = Vec::new();
    for draw in 0..draws.max(1) {
        job.check()?;
        split(raw, camera, draw as u64, [&mut one, &mut other], job);
        [&mut one, &mut other].into_iter().for_each(|half| fill(half, raw.shape, job.workers()));
        let [one, other] = [&one, &other].map(|samples| Image { samples, shape: raw.shape });
        curves.push(rings.correlate(&one, &other)?);
    }
    let mean = mean_of(&curves);
    let found = Threshold::ALL.map(|threshold| {
        let each: Vec<f64> =
            curves.iter().filter_map(|curve| curve.resolution(threshold)).map(|(value, _)| value).collect();
        (threshold.name().to_owned(), told(mean.resolution(threshold), &each))
    });
    let resolutions: serde_json::Map<String, Value> = found.into_iter().collect();
    let report = json!({ "draws": draws.max(1), "resolution_px": resolutions, "curve": curve(&mean) });
    Ok((mean, report))
}

/// The plan run on the halves of `splits` draws.
///
/// With A and B the halves, a and b the results, and FRC(A, B) = S / (S + N) of signal and noise,
/// √FRC(a, b) is how well a result agrees with what any other noise would have given, and FRC(a, B) / √FRC(A, B) how well with the
/// scene that the microscope passes, which B shows with noise of its own. Where the first is above the second by more than
/// [`GAP`] over three rings, results repeat what is not in the scene; beyond the frequency where the halves agree no more, there
/// is no telling.
///
/// `spread` receives the standard deviation of the result of the whole light: the root mean square of a - b over the splits,
/// averaged over 5 x 5 samples; exact for linear plans.
///
/// # Errors
/// What `rerun` says; [`Error::Memory`](crate::error::Error::Memory), [`Error::Cancelled`](crate::error::Error::Cancelled).
pub(super) fn repeat(
    scene: &Scene,
    camera: &Camera,
    splits: usize,
    rerun: Rerun,
    rings: &mut Rings,
    spread: &mut [f32],
    job: Job,
) -> Result<Value> {
    let (raw, own) = (scene.raw(), scene.own());
    let buffer = |count: usize| job.zeroed::<f32>("half of the light", count);
    let (mut one, mut other) = (buffer(raw.samples.len())?, buffer(raw.samples.len())?);
    let (mut a, mut b) = (buffer(own.samples.len())?, buffer(own.samples.len())?);
    let mut curves = [const { Vec::new() }; 3];
    spread.fill(0.0);
    let mut repeat = |draw: usize| -> Result<()> {
        split(&raw, camera, draw as u64, [&mut one, &mut other], job);
        rerun(camera, &one, &mut a)?;
        rerun(camera, &other, &mut b)?;
        for (sum, (a, b)) in spread.iter_mut().zip(a.iter().zip(&b)) {
            *sum = f64::from(*sum).hypot(f64::from(*a) - f64::from(*b)) as f32;
        }
        [&mut one, &mut other].into_iter().for_each(|half| fill(half, raw.shape, job.workers()));
        [&mut a, &mut b].into_iter().for_each(|result| fill(result, own.shape, job.workers()));
        let (a, b) = (scene.view.bring(&a, job)?, scene.view.bring(&b, job)?);
        let image = |samples| Image { samples, shape: raw.shape };
        curves[0].push(rings.correlate(&image(&one), &image(&other))?);
        curves[1].push(rings.correlate(&image(&a), &image(&b))?);
        curves[2].push(rings.correlate(&image(&a), &image(&other))?);
        curves[2].push(rings.correlate(&image(&b), &image(&one))?);
        Ok(())
    };
    (0..splits.max(1)).try_for_each(|draw| job.passing(|| repeat(draw)))?;
    smooth(spread, &own, splits.max(1) as f64, &mut a);
    let [halves, results, crossed] = curves.each_ref().map(|curves| mean_of(curves));
    let [light, repeats, true_] = [&halves, &results, &crossed].map(Curve::smoothed);
    let told = |ring: usize| light[ring] > Threshold::ThreeSigma.at(halves.counts[ring]).max(LEAST);
    let last = (1..light.len()).take_while(|ring| told(*ring)).last().unwrap_or(0);
    let agrees = |ring: usize| true_[ring] / light[ring].sqrt();
    let gap = |ring: usize| repeats[ring].max(0.0).sqrt() - agrees(ring).min(1.0);
    let onset = (1..=last.saturating_sub(2)).find(|ring| (*ring..ring + 3).all(|ring| gap(ring) > GAP));
    let mean_to = |last: usize, values: &dyn Fn(usize) -> f64| {
        let weights: f64 = (1..=last).map(|ring| halves.counts[ring]).sum();
        (1..=last).map(|ring| halves.counts[ring] * values(ring)).sum::<f64>() / weights.max(1.0)
    };
    let mean = |values: &dyn Fn(usize) -> f64| mean_to(last, values);
    // Errors of smoothed rings are not independent; each counts as often as it goes into its neighbours. The last is known to one.
    let error = |values: &dyn Fn(usize) -> f64, errors: &dyn Fn(usize) -> f64| {
        let weights: f64 = (1..=last).map(|ring| halves.counts[ring]).sum();
        let squares: f64 = (1..=last).map(|ring| (halves.counts[ring] * errors(ring)).powi(2)).sum();
        let [before, after] = [last.saturating_sub(1), (last + 1).min(light.len() - 1)];
        let of_last = 0.5 * (mean_to(after, values) - mean_to(before, values));
        ((SMOOTHED * squares).sqrt() / weights.max(1.0)).hypot(of_last)
    };
    let of_repeats = |ring: usize| 0.5 * results.error(ring) / repeats[ring].max(LEAST).sqrt();
    let of_true = |ring: usize| {
        let relative = 0.5 * halves.error(ring) / light[ring].max(LEAST);
        (crossed.error(ring).powi(2) / light[ring].max(LEAST) + (agrees(ring) * relative).powi(2)).sqrt()
    };
    let repeated = |ring: usize| repeats[ring].max(0.0).sqrt();
    let agreed = |ring: usize| if light[ring] > 0.0 { agrees(ring).min(1.0) } else { 0.0 };
    Ok(json!({
        "splits": splits.max(1),
        "told_to_per_px": halves.frequencies[last],
        "repeats": mean(&repeated),
        "repeats_deviation": error(&repeated, &of_repeats),
        "true": mean(&agreed),
        "true_deviation": error(&agreed, &of_true),
        "invention_onset_per_px": onset.map(|ring| halves.frequencies[ring]),
        "frequencies_per_px": halves.frequencies,
        "frc_halves": halves.correlations,
        "frc_results": results.correlations,
        "frc_result_and_other_half": crossed.correlations,
    }))
}

/// The mean of curves of the same rings.
fn mean_of(curves: &[Curve]) -> Curve {
    let mut mean = curves[0].clone();
    for (ring, value) in mean.correlations.iter_mut().enumerate() {
        *value = curves.iter().map(|curve| curve.correlations[ring]).sum::<f64>() / curves.len() as f64;
    }
    mean
}

/// A value with its standard error: that of the image's own noise, and beside it the deviation of the single draws. Null where
/// none was found.
fn told(found: Option<(f64, f64)>, each: &[f64]) -> Value {
    let mean = each.iter().sum::<f64>() / each.len().max(1) as f64;
    let square = each.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (each.len().max(2) - 1) as f64;
    json!({
        "value": found.map(|found| found.0),
        "deviation": found.map(|found| found.1),
        "deviation_of_draws": (each.len() > 1).then(|| square.sqrt()),
    })
}

pub(super) fn curve(curve: &Curve) -> Value {
    json!({ "frequencies_per_px": curve.frequencies, "correlations": curve.correlations, "counts": curve.counts })
}

/// Turns roots of sums of squares over `count` splits into root mean squares over 5 x 5 samples, where those of `result` were
/// measured; NaN where not.
fn smooth(map: &mut [f32], result: &Image, count: f64, room: &mut [f32]) {
    let [_, ny, nx] = result.shape;
    room.copy_from_slice(map);
    for (at, value) in map.iter_mut().enumerate() {
        if result.samples[at].is_nan() {
            *value = f32::NAN;
            continue;
        }
        let (z, y, x) = (at / (ny * nx), at / nx % ny, at % nx);
        let (rows, columns) = (y.saturating_sub(2)..(y + 3).min(ny), x.saturating_sub(2)..(x + 3).min(nx));
        let around = rows.flat_map(|y| columns.clone().map(move |x| (z * ny + y) * nx + x));
        let (mut sum, mut n) = (0.0, 0.0);
        for at in around.filter(|at| !result.samples[*at].is_nan() && !room[*at].is_nan()) {
            sum += f64::from(room[at]).powi(2);
            n += 1.0;
        }
        *value = (sum / (n * count)).sqrt() as f32;
    }
}

/// Rings that a smoothed one is the mean of.
const SMOOTHED: f64 = 5.0;
/// Least correlation of the halves that says something of a scene.
const LEAST: f64 = 0.05;
/// What results may agree with each other more than with the scene.
const GAP: f64 = 0.25;
