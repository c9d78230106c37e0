//! Light that was kept, samples at limits, rims, and seams.

use serde_json::{Map, Value, json};

use super::image::Image;
use super::jackknife::{Estimate, Parts};
use crate::error::Result;
use crate::noise::Noise;
use crate::runtime::Job;

/// Numbers of a raw image and what was made of it, NaN where nothing was measured.
pub(super) fn intensities(raw: &Image, result: &Image, noise: &Noise, job: Job) -> Result<Value> {
    let [_, ny, nx] = raw.shape;
    let ends = |(least, greatest): (f32, f32), value: &f32| (least.min(*value), greatest.max(*value));
    let (least, greatest) = result.samples.iter().fold((f32::MAX, f32::MIN), ends);
    let is = |what: bool| f64::from(u8::from(what));
    let parts = Parts::<9>::of(raw.shape, job, |at| {
        let (before, after) = (raw.samples[at], result.samples[at]);
        if before.is_nan() {
            return None;
        }
        let (y, x) = (at / nx % ny, at % nx);
        let rim = is(y.min(ny - 1 - y).min(x).min(nx - 1 - x) < RIM);
        let [light, kept] = [before, after].map(f64::from);
        let limits = [is(after < 0.0), is(after == greatest), is(after == least)];
        Some([1.0, light, kept, limits[0], limits[1], limits[2], rim, rim * light, rim * kept])
    })?;
    let mut report = Map::new();
    let over = |top: f64, bottom: f64| (bottom != 0.0).then(|| top / bottom);
    let offset = noise.camera.offset;
    parts.estimate(|of| over(of[2], of[1] - offset * of[0])).put(&mut report, "flux_ratio");
    for (name, at) in [("mean_raw", 1), ("mean_result", 2), ("negative", 3), ("at_greatest", 4), ("at_least", 5)] {
        parts.estimate(|of| over(of[at], of[0])).put(&mut report, name);
    }
    let saturated = Estimate::share((noise.saturated * raw.samples.len() as f64) as usize, raw.samples.len(), 1);
    Estimate { value: Some(noise.saturated), ..saturated }.put(&mut report, "saturated_raw");
    for (name, at) in [("rim_raw", 7), ("rim_result", 8)] {
        parts.estimate(|of| over(of[at], of[6])).put(&mut report, name);
    }
    report.insert("measured".into(), json!(parts.total()[0] / raw.samples.len() as f64));
    Ok(Value::Object(report))
}

/// Steps of a result between neighbouring columns (key `x`) and rows (`y`), as tiles leave them at their borders: of the greatest
/// its place, the index of the first sample after the step, and its size, in the result's units and in deviations of all steps.
///
/// A step is the median difference across it over bands of [`BAND`] samples along it, less the mean of those of its neighbours on
/// both sides, so that slopes, edges that a microscope has blurred and a few bright places are none; bands are averaged by their moduli. The
/// deviation is by the median of distances from the median, and of a normal distribution the greatest of n is about √(2 ln n)
/// (`expected`).
pub(super) fn seams(result: &Image, job: Job) -> Result<Value> {
    let [nz, ny, nx] = result.shape;
    let mut report = Map::new();
    for (name, across, along, step, stride) in [("x", nx, ny, 1, nx), ("y", ny, nx, nx, 1)] {
        let mut steps: Vec<[f64; 2]> = job.zeroed("steps", across)?;
        let mut band = Vec::with_capacity(BAND);
        for (z, first) in (0..nz).flat_map(|z| (0..along).step_by(BAND).map(move |first| (z, first))) {
            job.check()?;
            for (at, sum) in steps.iter_mut().enumerate().take(across.saturating_sub(1)).skip(2) {
                let start = z * ny * nx + at * step;
                let places = (first..(first + BAND).min(along)).map(|line| start + line * stride);
                let sample = |at: usize| f64::from(result.samples[at]);
                let jump = |at: usize| {
                    1.5 * (sample(at) - sample(at - step)) - 0.5 * (sample(at + step) - sample(at - 2 * step))
                };
                band.clear();
                band.extend(places.map(jump).filter(|jump| !jump.is_nan()));
                if !band.is_empty() {
                    sum[0] += middle(&mut band).abs();
                    sum[1] += 1.0;
                }
            }
        }
        let counted = |at: &usize| steps[*at][1] > 0.0;
        let size = |at: usize| steps[at][0] / steps[at][1];
        let mut sizes: Vec<f64> = (0..across).filter(counted).map(size).collect();
        if sizes.len() < LEAST {
            report.insert(name.into(), Value::Null);
            continue;
        }
        let middle = middle(&mut sizes);
        let mut apart: Vec<f64> = sizes.iter().map(|size| (size - middle).abs()).collect();
        let deviation = NORMAL * self::middle(&mut apart);
        let found = (0..across).filter(counted).max_by(|a, b| size(*a).total_cmp(&size(*b)));
        let greatest = found.map_or(0.0, |at| size(at) - middle);
        report.insert(
            name.into(),
            json!({
                "greatest": if deviation > 0.0 { greatest / deviation } else { 0.0 },
                "step": greatest,
                "expected": (2.0 * libm::log(sizes.len() as f64)).sqrt(),
                "at_px": found.filter(|_| greatest > 0.0),
            }),
        );
    }
    Ok(Value::Object(report))
}

fn middle(values: &mut [f64]) -> f64 {
    let half = values.len() / 2;
    *values.select_nth_unstable_by(half, f64::total_cmp).1
}

/// Samples from the rim that are the rim.
const RIM: usize = 4;
/// Samples along a step that are averaged.
const BAND: usize = 64;
/// Steps of which a deviation says something.
const LEAST: usize = 8;
/// Standard deviations of a normal distribution per median distance from its median.
const NORMAL: f64 = 1.4826;
