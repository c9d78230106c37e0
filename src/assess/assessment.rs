//! All numbers and maps of one result.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::cutoff::Threshold;
use super::decorrelation::decorrelation;
use super::displaced::{register, step};
use super::explain::Explained;
use super::forward::{consistency, normalise};
use super::grid::View;
use super::halves::{self, Rerun};
use super::image::{Image, filled};
use super::intensities::{intensities, seams};
use super::jackknife::Estimate;
use super::metrics::estimate;
use super::register::peak;
use super::rings::Rings;
use super::scene::Scene;
use super::squirrel::unevenness;
use super::support::support;
use super::suspicion::{THRESHOLD, suspicion};
use crate::codes::Metric;
use crate::error::{Error, Result};
use crate::noise::{Doubt, Estimator, Noise, Stated};
use crate::psf::Kernel;
use crate::runtime::{Job, Watch};

/// What is assessed, and how.
pub struct Request<'a> {
    /// The image as the camera gave it. NaN, here and in the other images, is a sample that was not measured: it counts in nothing.
    pub raw: Image<'a>,
    /// What was made of it.
    pub result: Image<'a>,
    /// The truth, or an image that is taken for it.
    pub reference: Option<Image<'a>>,
    /// 0 where a sample of the raw image was not measured, whatever its value; as many as it has samples.
    pub mask: Option<&'a [u8]>,
    /// The blur that the result is without; `None`: it is found, 0 where the result is as blurred as the raw image.
    pub kernel: Option<&'a Kernel>,
    /// What is known of the camera.
    pub stated: Stated,
    /// Distance of pixels; `None`: resolutions are in pixels only.
    pub pixel_nm: Option<f64>,
    /// Distance of planes over that of pixels.
    pub aspect: f64,
    /// Splits of the raw image for its resolution.
    pub draws: usize,
    /// Splits that the plan is run on.
    pub splits: usize,
    /// Whether result and reference may be of other extents of the same field, and shifts of up to 2 samples are taken away.
    pub align: bool,
    /// After so long nothing more is begun.
    pub deadline: Option<Duration>,
}

/// Maps of the result's extents.
#[derive(Default)]
pub struct Maps {
    /// |raw - model|, in the units of the raw image.
    pub error: Vec<f32>,
    /// (raw - model) / noise.
    pub residual: Vec<f32>,
    /// Suspicion of the patches around each sample; above 1 is suspicious.
    pub suspicion: Vec<f32>,
    /// Standard deviation of the result; empty without a plan.
    pub spread: Vec<f32>,
}

/// Numbers as JSON, and maps.
pub struct Assessment {
    /// docs/trust.md explains every key.
    pub report: Value,
    /// What belongs to places.
    pub maps: Maps,
}

/// Assesses a result.
///
/// # Errors
/// [`Error::Argument`] for images of other extents, of less than 16 samples along y or x, or without a sample that was measured;
/// [`Error::Memory`]; [`Error::Cancelled`]; what `rerun` says.
pub fn assess(request: &Request, rerun: Option<Rerun>, job: Job, watch: &mut Watch) -> Result<Assessment> {
    let shape = request.raw.shape;
    if shape[1] < LEAST || shape[2] < LEAST {
        return Err(Error::Argument(format!(
            "raw is {} x {} samples; it must be {LEAST} x {LEAST} or more",
            shape[1], shape[2]
        )));
    }
    let mut scene = Scene::new(&request.raw, &request.result, request.mask, request.align, job)?;
    let of_reference = request
        .reference
        .as_ref()
        .map(|reference| View::new(("reference", reference), ("result", &request.result), request.align))
        .transpose()?;
    let count = request.raw.samples.len();
    let mut parts = Parts::new(request.deadline, job);
    let noise = Estimator::new(shape)?.of(scene.raw().samples, shape, &request.stated, job.workers());
    let camera = noise.camera;
    parts.put("noise", serde_json::to_value(noise).unwrap_or(Value::Null));
    let (explained, displaced) = job.passing(|| register(&mut scene, request.kernel, (&camera, request.align), job))?;
    job.count("model of the raw image", 5 * count as u64)?;
    parts.put(
        "grid",
        json!({
            "scale": scene.view.scale(),
            "corrected_px": displaced.corrected,
            "valid": displaced.reason.is_none(),
            "reason": displaced.reason,
        }),
    );
    let told = displaced.shift.map(|shift| shift.value.map(|value| json!({ "value": value, "error": shift.error })));
    parts.put("shift_px", json!(told));
    parts.put("intensities", job.passing(|| intensities(&scene.raw(), &scene.result(), &noise, job))?);
    parts.put("seams", job.passing(|| seams(&scene.own(), job))?);
    watch.advance(0.1)?;
    let (raw, full, result) = (scene.raw(), scene.full_raw(), scene.full_result());

    let Explained { model, fit, places, sigma, width, margin } = &explained;
    let modelled = explained.image();
    let mut maps = Maps { error: job.zeroed("map of errors", count)?, ..Maps::default() };
    let samples = maps.error.iter_mut().zip(raw.samples.iter().zip(model));
    samples.for_each(|(error, (raw, model))| *error = (raw - model).abs());
    let mut numbers = Map::new();
    let uneven = unevenness(&modelled, &camera, places);
    let sigma = Estimate { error: sigma.error.map(|error| error * uneven), ..*sigma };
    for (name, number) in
        [("rsp", fit.rsp), ("rse", fit.rse), ("scale", fit.scale), ("offset", fit.offset), ("sigma_px", sigma)]
    {
        number.put(&mut numbers, name);
    }
    numbers.insert("margin_px".into(), json!(margin));
    numbers.insert("samples".into(), json!(places.count()));
    parts.put("squirrel", Value::Object(numbers));
    watch.advance(0.25)?;

    maps.residual = job.zeroed("map of residuals", count)?;
    normalise(&raw, model, &camera, &mut maps.residual);
    let forward = consistency(&modelled, &maps.residual, &camera, places);
    let unseen = noise.doubts.has(Doubt::NoNoise).then_some(NO_NOISE);
    parts.put("forward", valid(unseen.or(forward.is_none().then_some(NO_PLACES)), || Ok(forward.unwrap_or_default()))?);
    watch.advance(0.3)?;

    maps.suspicion = job.zeroed("map of suspicion", count)?;
    let dependent = dependent(&noise, &full);
    let (residual, independent) = (&maps.residual, dependent.is_none());
    let found = || suspicion(&modelled, residual, &camera, (*width, places), independent, &mut maps.suspicion, job);
    let doubted = job.passing(found)?;
    let told = || {
        let mut numbers = Map::new();
        numbers.insert("patches".into(), json!(doubted.patches));
        // Patches overlap by half along y and x.
        Estimate::share(doubted.above, doubted.patches, 4).put(&mut numbers, "patches_above");
        Estimate { value: Some(doubted.greatest), error: Some(doubted.deviation) }.put(&mut numbers, "greatest");
        numbers.insert("threshold_deviations".into(), json!(THRESHOLD));
        numbers.insert("width_px".into(), json!(width));
        Ok(Value::Object(numbers))
    };
    parts.put("suspicion", valid((doubted.patches == 0).then_some(NO_PLACES), told)?);
    drop(explained);
    watch.advance(0.4)?;

    let mut rings = Rings::new(shape, request.aspect, job)?;
    if let Some(kernel) = request.kernel {
        parts.run("support", || support(&result, kernel, &mut rings))?;
    }
    if shape[0] == 1 {
        for (name, image) in [("decorrelation_raw", &full), ("decorrelation_result", &result)] {
            parts.run(name, || {
                let found = decorrelation(image, job)?;
                let (pixels, [error, of_height]) = (found.resolution(), found.errors);
                let relative = error.filter(|_| found.cutoff > 0.0).map(|error| error / found.cutoff);
                let resolution = |unit: Option<f64>| {
                    let value = pixels.zip(unit).map(|(pixels, unit)| pixels * unit);
                    Estimate { value, error: value.zip(relative).map(|(value, relative)| value * relative) }
                };
                let mut numbers = Map::new();
                let cutoff = pixels.map(|_| found.cutoff);
                Estimate { value: cutoff, error: cutoff.and(error) }.put(&mut numbers, "cutoff");
                Estimate { value: Some(found.height), error: of_height }.put(&mut numbers, "height");
                resolution(Some(1.0)).put(&mut numbers, "resolution_px");
                resolution(request.pixel_nm).put(&mut numbers, "resolution_nm");
                Ok(Value::Object(numbers))
            })?;
        }
    }
    watch.advance(0.5)?;
    parts.run("frc_raw", || {
        valid(dependent, || {
            let (_, report) = halves::single(&raw, &camera, request.draws, &mut rings, job)?;
            Ok(in_nm(report, request.pixel_nm))
        })
    })?;
    watch.advance(0.6)?;
    if let Some(reference) = &request.reference {
        let view = of_reference.unwrap_or(View { from: shape, to: shape, shift: [0.0; 3] });
        parts.run("reference", || compare(&scene, reference, view, request, job))?;
    }
    watch.advance(0.65)?;
    if let Some(rerun) = rerun {
        parts.run("halves", || {
            valid(dependent, || {
                maps.spread = job.zeroed("map of the spread", request.result.samples.len())?;
                halves::repeat(&scene, &camera, request.splits, rerun, &mut rings, &mut maps.spread, job)
            })
        })?;
    }
    for map in [&mut maps.error, &mut maps.residual, &mut maps.suspicion] {
        *map = scene.view.spread_back(std::mem::take(map), job)?;
    }
    watch.advance(1.0)?;
    Ok(Assessment { report: parts.end(request), maps })
}

/// All metrics of a result beside a reference, which is seen on the result's grid; NaN where nothing was measured in either.
fn compare(scene: &Scene, reference: &Image, mut view: View, request: &Request, job: Job) -> Result<Value> {
    let result = &scene.own();
    let whole = filled(reference, job)?;
    let own = filled(result, job)?;
    let full = Image { samples: &own, shape: result.shape };
    let mut seen = job.passing(|| view.bring(&whole, job))?.into_owned();
    let mut corrected = None;
    if request.align {
        let start = job.passing(|| peak(&Image { samples: &seen, shape: result.shape }, &full, 0.0, job))?;
        // Samples of the raw image are the measure.
        let scale = scene.view.scale();
        let near = |shift: &[f64; 3]| (0..3).all(|axis| shift[axis].abs() <= MOST_CORRECTED * scale[axis].max(1.0));
        if let Some(mut shift) = start.filter(near) {
            for _ in 0..ROUNDS {
                view.shift = shift;
                seen = job.passing(|| view.bring(&whole, job))?.into_owned();
                let left = step(&full, &Image { samples: &seen, shape: result.shape }, |_| 1.0, job)?;
                shift = std::array::from_fn(|axis| shift[axis] + left[axis].value.unwrap_or(0.0).clamp(-0.5, 0.5));
            }
            corrected = Some(view.shift);
        }
    }
    for at in (0..whole.len()).filter(|at| reference.samples[*at].is_nan()) {
        seen[view.nearest(at)] = f32::NAN;
    }
    let mut samples: Vec<f32> = job.zeroed("result with gaps", result.samples.len())?;
    samples.copy_from_slice(result.samples);
    for (one, other) in samples.iter_mut().zip(&mut seen).filter(|(one, other)| one.is_nan() || other.is_nan()) {
        (*one, *other) = (f32::NAN, f32::NAN);
    }
    let [result, reference] = [&samples, &seen].map(|samples| Image { samples, shape: result.shape });
    let mut rings = Rings::new(result.shape, request.aspect, job)?;
    let mut numbers = Map::new();
    for metric in Metric::ALL.iter().filter(|metric| **metric != Metric::FrcResolution) {
        // What is not defined for these images is null.
        let found = match job.passing(|| estimate(*metric, &result, &reference, None, job)) {
            Err(Error::Argument(_)) => Estimate::default(),
            other => other?,
        };
        found.put(&mut numbers, metric.name());
    }
    let [one, other] = [filled(&result, job)?, filled(&reference, job)?];
    let [result, reference] = [&one, &other].map(|samples| Image { samples, shape: result.shape });
    let curve = rings.correlate(&result, &reference)?;
    let found = Threshold::ALL.map(|threshold| {
        let found = curve.resolution(threshold);
        let told = json!({ "value": found.map(|found| found.0), "deviation": found.map(|found| found.1) });
        (threshold.name().to_owned(), told)
    });
    let reason = (!curve.has_structure).then_some("result or reference is constant; nothing is correlated with that");
    let report = json!({ "resolution_px": Map::from_iter(found), "curve": halves::curve(&curve) });
    numbers.insert("frc".into(), valid(reason, || Ok(report))?);
    numbers.insert("scale".into(), json!(view.scale()));
    numbers.insert("corrected_px".into(), json!(corrected));
    Ok(Value::Object(numbers))
}

/// The numbers so far, and the time there is.
struct Parts<'a> {
    job: Job<'a>,
    begun: Instant,
    deadline: Option<Duration>,
    numbers: Map<String, Value>,
    left_out: Vec<&'static str>,
}

impl<'a> Parts<'a> {
    fn new(deadline: Option<Duration>, job: Job<'a>) -> Self {
        Self { job, begun: Instant::now(), deadline, numbers: Map::new(), left_out: Vec::new() }
    }

    fn put(&mut self, name: &str, value: Value) {
        self.numbers.insert(name.into(), value);
    }

    /// Works a part out, unless there is no time left.
    fn run(&mut self, name: &'static str, part: impl FnOnce() -> Result<Value>) -> Result<()> {
        if self.deadline.is_some_and(|deadline| self.begun.elapsed() >= deadline) {
            self.left_out.push(name);
            return Ok(());
        }
        let value = self.job.passing(part)?;
        self.put(name, value);
        Ok(())
    }

    fn end(mut self, request: &Request) -> Value {
        self.put("abbe", json!(env!("CARGO_PKG_VERSION")));
        self.put("shape", json!(request.result.shape));
        self.put("pixel_nm", json!(request.pixel_nm));
        self.put("left_out", json!(self.left_out));
        self.put("seconds", json!(self.begun.elapsed().as_secs_f64()));
        Value::Object(self.numbers)
    }
}

/// Why halves of the light are not independent, where they are not.
fn dependent(noise: &Noise, raw: &Image) -> Option<&'static str> {
    let reasons = [
        (Doubt::Correlated, "neighbours share noise; photons cannot be split independently"),
        (Doubt::NoNoise, NO_NOISE),
        (Doubt::TooSmall, "the image is too small for its noise to be seen, and none is stated"),
        (Doubt::Curved, "the noise does not grow with the light as photons' does"),
        (Doubt::Quantised, "noise is less than a step of the samples"),
    ];
    let of_noise = reasons.iter().find(|(doubt, _)| noise.doubts.has(*doubt)).map(|(_, reason)| *reason);
    of_noise.or((raw.range() == 0.0).then_some(NO_NOISE))
}

/// Numbers that hold, or why there are none.
fn valid(reason: Option<&str>, numbers: impl FnOnce() -> Result<Value>) -> Result<Value> {
    let mut report = if reason.is_none() { numbers()? } else { json!({}) };
    report["valid"] = json!(reason.is_none());
    report["reason"] = json!(reason);
    Ok(report)
}

/// With resolutions in nm beside those in pixels.
fn in_nm(mut report: Value, pixel_nm: Option<f64>) -> Value {
    let nm = report["resolution_px"].as_object().map(|found| {
        let times = |key: &str, one: &Value| one[key].as_f64().zip(pixel_nm).map(|(pixels, nm)| pixels * nm);
        let one = |(name, one): (&String, &Value)| {
            (name.clone(), json!({ "value": times("value", one), "deviation": times("deviation", one) }))
        };
        found.iter().map(one).collect::<Map<_, _>>()
    });
    report["resolution_nm"] = json!(nm);
    report
}

/// Why nothing is said in units of the noise.
const NO_NOISE: &str = "no noise is seen; these are no photon counts";
/// Why nothing is said of places.
const NO_PLACES: &str =
    "hardly a sample is left that was measured and is neither in the rims nor beside what was not measured";
/// Samples of a reference's shift that are taken away, at most.
const MOST_CORRECTED: f64 = 2.0;
/// Steps of least squares towards it.
const ROUNDS: usize = 4;
/// Least extent along y and x.
const LEAST: usize = 16;
