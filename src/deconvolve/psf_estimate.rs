//! Parameters of a point spread function from an image of an unknown specimen.
//!
//! Parametric blind deconvolution: J. Markham and J.-A. Conchello 1999, "Parametric blind deconvolution: a robust method
//! for the simultaneous estimation of image and blur", JOSA A 16, 2377. The likelihood that they maximise grows with
//! ever narrower kernels, since noise then passes for specimen. So half of the photons are held out (see `held_out`);
//! the others are restored by Richardson and Lucy's iterations, of stacks with a heavy ball, and what
//! they predict for those held out, at the best iteration, is the likelihood of the parameters: cross-validation as in
//! J. Batson, L. Royer and J. Webber 2019, "Molecular cross-validation for single-cell RNA-seq", doi 10.1101/786269.
//! Too wide a kernel cannot follow the image, too narrow a one follows the noise.
//!
//! It tells what the kernel's shape is, not how wide it is: a narrower kernel and a smoother specimen explain an image
//! nearly as well. So stacks tell aberrations and the aperture, which shape the cone of light; planes tell the defocus,
//! by the rings of frequencies that it takes away; and neither tells a mere blur.
//!
//! The likelihood is searched along one parameter after the other, on a coarse line first and then by parabolas. Errors
//! follow from its curvature at the top, all parameters together.

use std::collections::BTreeMap;

use serde::Serialize;

use super::found::Calibration;
use super::observed::Counts;
use super::options::{Share, Stop};
use super::sums::Sums;
use super::survey::Survey;
use super::{Budget, Deconvolution};
use crate::error::{Error, Result, number, zeroed};
use crate::image::{Piece, Region, Source as Image};
use crate::params::{self, Settings};
use crate::psf::{Estimate, Finding, PsfSpec, Searched, Severity, searched, standard_errors};
use crate::runtime::{Job, Watch, Workers};

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PsfEstimate {
    /// Parameters by name, in their units, with standard errors.
    pub parameters: BTreeMap<&'static str, Estimate>,
    /// Iterations of the best prediction.
    pub iterations: usize,
    /// Point spread functions that were tried.
    pub trials: usize,
    /// Image units per photon that were found.
    pub photon_gain: f64,
    /// First voxel (z, y, x) of the part of the image that was used.
    pub first: [usize; 3],
    /// Extents of that part.
    pub shape: [usize; 3],
    /// What the caller should know.
    pub findings: Vec<Finding>,
}

impl PsfEstimate {
    /// Sets the parameters that were found; those that the image does not determine stay as they are.
    ///
    /// # Errors
    /// [`Error::Internal`] for a parameter that the table does not have.
    pub fn apply(&self, spec: &mut PsfSpec) -> Result<()> {
        let told = self.parameters.iter().filter(|(_, found)| found.error.is_some());
        told.into_iter().try_for_each(|(name, found)| spec.set_by_name(name, found.value))
    }
}

/// Finds what `psf.fit` names from an image, packed samples (z, y, x), on the voxels of `spec`. The part of it with
/// the most structure is used.
///
/// # Errors
/// As [`PsfSpec::sample`]; [`Error::Argument`] for names that are no unknowns, samples that are not finite, and an image
/// without structure or without light; [`Error::Cancelled`].
pub fn estimate_psf(
    spec: &PsfSpec,
    image: &[f32],
    shape: [usize; 3],
    workers: &Workers,
    watch: &mut Watch,
) -> Result<PsfEstimate> {
    let unknowns = searched(spec, shape[0] > 1)?;
    let counts = counts(image, shape, workers)?;
    let (first, part) = structured(image, shape);
    let mut window = zeroed("the part of an image", part.iter().product())?;
    Image::packed(shape, image).copy(Region { start: first, shape: part }, &mut window);
    let mut search = Search { spec, unknowns: &unknowns, part, window, counts, workers, trials: 0 };
    let mut best = search.trial(&unknowns.iter().map(|unknown| unknown.start).collect::<Vec<_>>(), watch)?;
    let mut steps: Vec<f64> = unknowns.iter().map(|unknown| unknown.step).collect();
    for round in 0..ROUNDS {
        for (at, step) in steps.iter_mut().enumerate() {
            if round == 0 {
                search.scan(&mut best, at, *step, watch)?;
            }
            search.climb(&mut best, at, *step, watch)?;
            *step *= FINER;
            watch.advance((round * unknowns.len() + at + 1) as f64 / (ROUNDS * unknowns.len() + 1) as f64)?;
        }
    }
    let errors = search.errors(&best, &steps, watch)?;
    watch.advance(1.0)?;
    let mut findings = Vec::new();
    for (at, unknown) in unknowns.iter().enumerate() {
        let mut find = |code, text| findings.push(Finding { severity: Severity::Warning, code, text });
        let value = best.values[at];
        if errors[at].is_none() {
            let text = format!("the image does not determine {}, which stays {}", unknown.name, unknown.start);
            find("estimate_undetermined", text);
        } else if value <= unknown.min || value >= unknown.max {
            find("estimate_at_limit", format!("{} ends at {value}, the limit of its range", unknown.name));
        }
    }
    let estimates = unknowns.iter().enumerate().map(|(at, unknown)| {
        let value = if errors[at].is_some() { best.values[at] } else { unknown.start };
        (unknown.name, Estimate { value, error: errors[at] })
    });
    Ok(PsfEstimate {
        parameters: estimates.collect(),
        iterations: best.iterations,
        trials: search.trials,
        photon_gain: counts.0.gain,
        first,
        shape: part,
        findings,
    })
}

struct Search<'a> {
    spec: &'a PsfSpec,
    unknowns: &'a [Searched],
    part: [usize; 3],
    window: Vec<f32>,
    /// How samples count photons, and light that is no specimen's.
    counts: (Counts, f64),
    workers: &'a Workers,
    trials: usize,
}

#[derive(Clone)]
struct Trial {
    values: Vec<f64>,
    likelihood: f64,
    iterations: usize,
}

impl Search<'_> {
    /// The likelihood at some values of the unknowns.
    fn trial(&mut self, values: &[f64], watch: &mut Watch) -> Result<Trial> {
        let mut spec = self.spec.clone();
        for (unknown, value) in self.unknowns.iter().zip(values) {
            spec.settings.set_f64(unknown.id, *value)?;
        }
        self.trials += 1;
        let dimensions = if self.part[0] > 1 { 3 } else { 2 };
        let most = |axis: usize| (2 * self.part[axis] - 1).min(WIDEST[axis]);
        let job = Job::new(self.workers, watch.control());
        let kernel = spec.sample(spec.extent(dimensions, [0, 1, 2].map(most), job)?, job)?;
        let mut settings = Settings::new("deconvolve");
        // What a plane's photons tell of its rings comes late, and momentum overshoots before.
        let (algorithm, iterations) = if self.part[0] > 1 { (HEAVY_BALL, 150) } else { (RICHARDSON_LUCY, 300) };
        settings.set_i64(params::DECONVOLVE_ALGORITHM, algorithm)?;
        settings.set_i64(params::DECONVOLVE_ITERATIONS, iterations)?;
        let tiling = Deconvolution::tiling(self.part, &settings, &kernel, self.workers.threads(), Budget::NONE)?.tiling;
        let stop = Stop::HeldOut(Share::HALF);
        let whole = tiling.tile(0);
        let mut deconvolution = Deconvolution::stopping(tiling, &settings, Some(stop), &kernel, job)?;
        let (counts, background) = self.counts;
        let samples = self.window.len() as f64;
        let mean = self.window.iter().map(|&sample| f64::from(sample)).sum::<f64>() / samples - background;
        if mean.is_nan() || mean <= f64::from(f32::MIN_POSITIVE) {
            return Err(Error::Argument(format!(
                "image has a mean of {} above its background; a point spread function shows in light only",
                number(mean)
            )));
        }
        let calibration = Calibration { counts, background, mean, ..Calibration::EMISSION };
        // How many trials there will be is not known: they are asked to stop, and bring the progress no further.
        let (start, length) = watch.control().current_span();
        watch.control().span(watch.control().progress(), 0.0);
        let ended = deconvolution.restore(
            Image::packed(self.part, &self.window),
            &whole,
            calibration,
            None,
            self.workers,
            watch,
        );
        watch.control().span(start, length);
        let ended = ended?;
        Ok(Trial { values: values.to_vec(), likelihood: ended.likelihood, iterations: ended.best })
    }

    /// The likelihood at a distance along one unknown; `None` where the unknown or the model ends.
    fn beside(&mut self, best: &Trial, moves: &[(usize, f64)], watch: &mut Watch) -> Result<Option<Trial>> {
        let mut values = best.values.clone();
        for (at, by) in moves {
            values[*at] = (values[*at] + by).clamp(self.unknowns[*at].min, self.unknowns[*at].max);
        }
        if values == best.values {
            return Ok(None);
        }
        match self.trial(&values, watch) {
            Ok(trial) => Ok(Some(trial)),
            // What the model refuses, such as an aperture above an index, is a limit.
            Err(Error::Argument(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Goes to the best of a line of values, whose ends are far apart: the likelihood may have several tops.
    fn scan(&mut self, best: &mut Trial, at: usize, step: f64, watch: &mut Watch) -> Result<()> {
        let start = best.clone();
        // Of a stack trials are slow and the top is wide; of a plane it is narrow, and among others.
        let (places, apart) = if self.part[0] > 1 { (2, 2.0) } else { (32, 1.0) };
        for side in (-places..=places).filter(|side| *side != 0) {
            let side = f64::from(side) * apart;
            if let Some(trial) = self.beside(&start, &[(at, side * step)], watch)?
                && trial.likelihood > best.likelihood
            {
                *best = trial;
            }
        }
        Ok(())
    }

    /// Climbs along one unknown until both neighbours at a distance of `step` are lower, then to the top of the parabola
    /// through the three.
    fn climb(&mut self, best: &mut Trial, at: usize, step: f64, watch: &mut Watch) -> Result<()> {
        let mut sides = [None, None];
        for _ in 0..MAX_CLIMB {
            for (side, sign) in [-1.0, 1.0].into_iter().enumerate() {
                if sides[side].is_none() {
                    sides[side] = self.beside(best, &[(at, sign * step)], watch)?;
                }
            }
            let height = |side: &Option<Trial>| side.as_ref().map_or(f64::MIN, |trial| trial.likelihood);
            let side = usize::from(height(&sides[1]) > height(&sides[0]));
            if height(&sides[side]) <= best.likelihood {
                break;
            }
            if let Some(next) = sides[side].take() {
                sides[1 - side] = Some(std::mem::replace(best, next));
            }
        }
        let [Some(low), Some(high)] = sides else { return Ok(()) };
        let (left, right) = (best.values[at] - low.values[at], high.values[at] - best.values[at]);
        let (rise, fall) = (best.likelihood - low.likelihood, best.likelihood - high.likelihood);
        // The top of the parabola; both sides are lower.
        let top = 0.5 * (rise * right * right - fall * left * left) / (rise * right + fall * left);
        if top.is_finite()
            && let Some(trial) = self.beside(best, &[(at, top.clamp(-left, right))], watch)?
            && trial.likelihood > best.likelihood
        {
            *best = trial;
        }
        Ok(())
    }

    /// Standard errors from the curvature at the top; `None` for what the image does not determine.
    fn errors(&mut self, best: &Trial, steps: &[f64], watch: &mut Watch) -> Result<Vec<Option<f64>>> {
        let count = self.unknowns.len();
        let mut matrix = vec![vec![0.0; count]; count];
        let mut falls = vec![[None; 2]; count];
        for at in 0..count {
            for (side, sign) in [-1.0, 1.0].into_iter().enumerate() {
                falls[at][side] = self
                    .beside(best, &[(at, sign * steps[at])], watch)?
                    .map(|trial| (trial.likelihood, trial.values[at] - best.values[at]));
            }
            // Both sides where there are two: the second difference; else twice the fall over the distance squared.
            let known: Vec<(f64, f64)> = falls[at].iter().flatten().copied().collect();
            matrix[at][at] = known.iter().map(|(height, by)| 2.0 * (best.likelihood - height) / (by * by)).sum::<f64>()
                / known.len().max(1) as f64;
        }
        for one in 0..count {
            for other in 0..one {
                let (Some((a, by_a)), Some((b, by_b))) = (falls[one][1], falls[other][1]) else { continue };
                if let Some(both) = self.beside(best, &[(one, by_a), (other, by_b)], watch)? {
                    let mixed = -(both.likelihood - a - b + best.likelihood) / (by_a * by_b);
                    (matrix[one][other], matrix[other][one]) = (mixed, mixed);
                }
            }
        }
        let errors = standard_errors(&matrix, SPREAD * SPREAD);
        let told = |(error, unknown): (Option<f64>, &Searched)| error.filter(|error| *error < unknown.step);
        Ok(errors.into_iter().zip(self.unknowns).map(told).collect())
    }
}

/// How an image counts photons, and the level that is no specimen's.
///
/// # Errors
/// [`Error::Argument`] for samples that are not finite, or all the same.
fn counts(image: &[f32], shape: [usize; 3], workers: &Workers) -> Result<(Counts, f64)> {
    let mut survey = Survey::full(shape)?;
    survey.visit(&Piece::whole(image, shape), &Sums::new(shape[0] * shape[1])?, workers)?;
    if image.iter().all(|sample| *sample == image[0]) {
        return Err(Error::Argument(format!(
            "image samples are all {}; a point spread function shows in structure only",
            number(image[0])
        )));
    }
    let noise = survey.noise();
    Ok(survey.counts(noise, None))
}

/// The part of the image that varies most, no larger than [`LARGEST_STACK`] or [`LARGEST_PLANE`]: its first voxel and its
/// extents.
fn structured(image: &[f32], shape: [usize; 3]) -> ([usize; 3], [usize; 3]) {
    let largest = if shape[0] > 1 { LARGEST_STACK } else { LARGEST_PLANE };
    let part: [usize; 3] = std::array::from_fn(|axis| shape[axis].min(largest[axis]));
    let places = |axis: usize| {
        let step = (part[axis] / 2).max(1);
        (0..shape[axis] - part[axis]).step_by(step).chain([shape[axis] - part[axis]]).collect::<Vec<_>>()
    };
    let (mut best, mut most) = ([0; 3], f64::MIN);
    for z in places(0) {
        for y in places(1) {
            for x in places(2) {
                let (mut sum, mut squares) = (0.0, 0.0);
                let place = Image::packed(shape, image).part([z, y, x]);
                for row in 0..part[0] * part[1] {
                    place.runs(row / part[1], row % part[1], part[2], |_, run| {
                        sum += run.iter().map(|&sample| f64::from(sample)).sum::<f64>();
                        squares += run.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>();
                    });
                }
                let variance = squares - sum * sum / part.iter().product::<usize>() as f64;
                if variance > most {
                    (best, most) = ([z, y, x], variance);
                }
            }
        }
    }
    (best, part)
}

/// Largest part of an image that is used (z, y, x), of a plane and of a stack.
const LARGEST_PLANE: [usize; 3] = [1, 96, 96];
const LARGEST_STACK: [usize; 3] = [16, 48, 48];
/// Largest kernels (z, y, x).
const WIDEST: [usize; 3] = [31, 63, 63];
/// Times that every parameter is climbed along, and how much smaller steps get from one to the next.
const ROUNDS: usize = 2;
const FINER: f64 = 0.3;
const MAX_CLIMB: usize = 12;
const RICHARDSON_LUCY: i64 = 1;
const HEAVY_BALL: i64 = 2;
/// Spread of what is found over what the curvature of half the photons' likelihood says, by repeats.
const SPREAD: f64 = 2.0;
