//! Blind deconvolution: Richardson-Lucy that finds out how wide the point spread function is.
//!
//! Object and point spread function are found in turn, as by D. A. Fish, A. M. Brinicombe, E. R. Pike and J. G. Walker
//! 1995, "Blind deconvolution by means of the Richardson-Lucy algorithm", doi 10.1364/JOSAA.12.000058, in the variant
//! with a functional form of the point spread function, parameters of which are unknown (section 5 there; T. J. Holmes
//! 1992, doi 10.1364/JOSAA.9.001052, has the constraints). The form is that of the kernel given, f times as wide within
//! planes and g times along z: h(z/g, y/f, x/f), within the extents given, not negative, with sum 1, as symmetric as
//! the one given and, where f and g are above 1, within its band.
//!
//! For each f and g tried, the object is restored from a flat start by Richardson-Lucy with a heavy ball until photons
//! held out ([`super::held_out`]) are most likely; of all f and g those are taken with which they are most likely. That
//! is what tells widths apart: any kernel that is too narrow explains the image as well, with an object that is blurred,
//! so that the likelihood of photons that the object was made of rises as kernels become narrower, and steps of
//! Richardson-Lucy on the kernel itself make it narrower although it should become wider. The wrong kernel's object
//! predicts photons that it has not seen worse.

use super::iterate::Iterates;
use super::observed::Observed;
use super::options::{MAX_BLIND_ITERATIONS, Options, Share, Stop};
use super::outcome::WidthEstimate;
use super::result::RunResult;
use super::run::Run;
use super::schedule::Schedule;
use super::wiener_butterworth::width;
use crate::error::{Result, zeroed};

/// The kernel given, and the one that was found.
pub(super) struct WidthSearch {
    shape: [usize; 3],
    given: Vec<f32>,
    found: Vec<f32>,
    /// How many times as wide as given the kernel found is, along (z, y, x).
    factors: [f64; 3],
    trials: usize,
    /// Whether the last run came to its end.
    is_done: bool,
    line: Vec<f64>,
    schedule: Schedule,
}

impl WidthSearch {
    /// For a kernel of `shape`.
    ///
    /// # Errors
    /// [`crate::error::Error::Memory`].
    pub fn new(given: Vec<f32>, shape: [usize; 3]) -> Result<Self> {
        let mut found = zeroed("kernel samples", given.len())?;
        found.copy_from_slice(&given);
        let line = zeroed("kernel samples", longest(shape))?;
        Ok(Self {
            shape,
            given,
            found,
            factors: [1.0; 3],
            trials: 0,
            is_done: false,
            line,
            schedule: Schedule::of_pilots(),
        })
    }

    /// Bytes that [`WidthSearch::new`] will hold.
    pub fn bytes(shape: [usize; 3]) -> u64 {
        (2 * shape.iter().product::<usize>() * size_of::<f32>() + longest(shape) * size_of::<f64>()) as u64
    }

    /// Forgets what was found.
    pub fn begin(&mut self) {
        self.is_done = false;
    }

    /// The kernel found for the last image, and its extents; `None` where there was none, or it did not come to its end.
    pub fn found(&self) -> Option<(&[f32], [usize; 3])> {
        self.is_done.then_some((&self.found, self.shape))
    }

    /// How the kernel found compares to the one given.
    pub fn widened(&self) -> WidthEstimate {
        let width = |samples: &[f32]| std::array::from_fn(|axis| width(samples, self.shape, axis));
        let (factors, trials) = (self.factors, self.trials);
        WidthEstimate { factors, width_given_px: width(&self.given), width_px: width(&self.found), trials }
    }

    /// Finds the kernel, leaves it in the field, and restores the image with it.
    ///
    /// # Errors
    /// [`crate::error::Error::Cancelled`].
    pub fn run(&mut self, estimate: &mut dyn Iterates, run: &mut Run, observed: Observed) -> Result<RunResult> {
        let options = run.options;
        let axes: &[&[usize]] = if self.shape[0] > 1 { &[&[1, 2], &[0]] } else { &[&[1, 2]] };
        let trial = Options { stop: Stop::HeldOut(Share::EIGHTH), iterations: MAX_BLIND_ITERATIONS, ..options.clone() };
        let (start, length) = run.watch.control().current_span();
        let part = length / (2 + axes.len() * (MAX_STEPS + 3)) as f64;
        (self.trials, self.is_done) = (0, false);
        let mut try_factors = |this: &mut Self, factors: [f64; 3], run: &mut Run| {
            run.watch.control().span(start + part * this.trials as f64, part);
            this.trials += 1;
            this.widen(factors);
            run.field.set_kernel(&this.found, this.shape, run.workers)?;
            let Run { field, core, sums, workers, watch, .. } = run;
            let mut run = Run {
                field,
                core: *core,
                sums,
                options: &trial,
                schedule: &mut this.schedule,
                thinned: None,
                workers,
                watch,
            };
            let ended = estimate.run(&mut run, observed)?;
            Ok(Trial { factors, likelihood: ended.likelihood, iterations: ended.best })
        };
        let mut best = try_factors(self, [1.0; 3], run)?;
        for axes in axes {
            let scaled = |factors: [f64; 3], by: f64| {
                std::array::from_fn(|axis| factors[axis] * if axes.contains(&axis) { by } else { 1.0 })
            };
            let middle = best;
            // Up or down, whichever is better, until it is not.
            let mut sides = [try_factors(self, scaled(middle.factors, STEP), run)?; 2];
            sides[0] = try_factors(self, scaled(middle.factors, 1.0 / STEP), run)?;
            let up = sides[1].likelihood > sides[0].likelihood;
            let by = if up { STEP } else { 1.0 / STEP };
            let mut ahead = sides[usize::from(up)];
            let mut behind = sides[usize::from(!up)];
            let mut middle = middle;
            for _ in 0..MAX_STEPS {
                if ahead.likelihood <= middle.likelihood {
                    break;
                }
                (behind, middle) = (middle, ahead);
                ahead = try_factors(self, scaled(middle.factors, by), run)?;
            }
            if middle.likelihood > best.likelihood {
                best = middle;
            }
            let between = vertex([behind.likelihood, middle.likelihood, ahead.likelihood]);
            let refined = try_factors(self, scaled(middle.factors, by.powf(between)), run)?;
            if refined.likelihood > best.likelihood {
                best = refined;
            }
        }
        self.factors = best.factors;
        self.widen(best.factors);
        run.field.set_kernel(&self.found, self.shape, run.workers)?;
        let done = part * self.trials as f64;
        run.watch.control().span(start + done, length - done);
        run.schedule.iterations =
            if options.stop.held_out().is_some() { best.iterations.min(options.iterations) } else { 0 };
        let ended = estimate.run(run, observed);
        let counted = std::mem::take(&mut run.schedule.iterations) > 0;
        run.watch.control().span(start, length);
        let ended = ended?;
        self.is_done = true;
        Ok(if counted && best.iterations <= options.iterations {
            RunResult { stopped: "held_out", ..ended }
        } else {
            ended
        })
    }

    /// Makes `found` the kernel given, so many times as wide along (z, y, x): its cubic spline, M. Unser 1999, "Splines:
    /// a perfect fit for signal and image processing", IEEE Signal Processing Magazine 16, 22.
    fn widen(&mut self, factors: [f64; 3]) {
        self.found.copy_from_slice(&self.given);
        for (axis, factor) in factors.into_iter().enumerate() {
            let n = self.shape[axis];
            if factor == 1.0 || n < 2 {
                continue;
            }
            let inner: usize = self.shape[axis + 1..].iter().product();
            for at in 0..self.found.len() / n {
                let first = at / inner * n * inner + at % inner;
                let line = &mut self.line[..n];
                line.iter_mut().enumerate().for_each(|(index, value)| {
                    *value = f64::from(self.found[first + index * inner]);
                });
                to_spline(line);
                for index in 0..n {
                    let centre = (n / 2) as f64;
                    let place = (index as f64 - centre) / factor + centre;
                    // Of an even extent the first sample has no partner on the other side.
                    let outside = place < 0.0 || place > (n - 1) as f64 || (n.is_multiple_of(2) && index == 0);
                    let value = if outside { 0.0 } else { value_at(line, place) };
                    self.found[first + index * inner] = value.max(0.0) as f32;
                }
            }
        }
        let sum: f64 = self.found.iter().map(|&sample| f64::from(sample)).sum();
        self.found.iter_mut().for_each(|sample| *sample = (f64::from(*sample) / sum) as f32);
    }
}

/// What a kernel came to.
#[derive(Clone, Copy)]
struct Trial {
    factors: [f64; 3],
    likelihood: f64,
    iterations: usize,
}

/// Where the parabola through values at -1, 0 and 1 is highest.
fn vertex([before, middle, after]: [f64; 3]) -> f64 {
    let bend = before - 2.0 * middle + after;
    if bend < 0.0 { ((before - after) / (2.0 * bend)).clamp(-1.0, 1.0) } else { 0.0 }
}

/// Turns samples into the coefficients of the cubic spline through them, with mirrored ends (Unser 1999, box 2).
fn to_spline(line: &mut [f64]) {
    let n = line.len();
    let pole = 3.0_f64.sqrt() - 2.0;
    let (mut first, mut power) = (0.0, 1.0);
    for step in 0..60 {
        let step = step % (2 * n - 2);
        first += power * line[step.min(2 * n - 2 - step)];
        power *= pole;
    }
    line[0] = first;
    for at in 1..n {
        line[at] += pole * line[at - 1];
    }
    line[n - 1] = pole / (pole * pole - 1.0) * (line[n - 1] + pole * line[n - 2]);
    for at in (0..n - 1).rev() {
        line[at] = pole * (line[at + 1] - line[at]);
    }
}

/// Six times the spline of these coefficients at `place`, within them, over what [`to_spline`] leaves out.
fn value_at(line: &[f64], place: f64) -> f64 {
    let last = line.len() - 1;
    let at = place.floor();
    let (u, at) = (place - at, at as isize);
    let v = 1.0 - u;
    let weights = [v * v * v, 4.0 - 6.0 * u * u + 3.0 * u * u * u, 4.0 - 6.0 * v * v + 3.0 * v * v * v, u * u * u];
    (at - 1..)
        .zip(weights)
        .map(|(at, weight)| {
            let at = at.unsigned_abs() % (2 * last);
            weight * line[if at > last { 2 * last - at } else { at }]
        })
        .sum()
}

fn longest(shape: [usize; 3]) -> usize {
    shape.into_iter().max().unwrap_or(0)
}

/// The factor between widths that are tried.
const STEP: f64 = 1.15;
/// Steps along an axis at most, so that no width is more than three times, or less than a third of, the one given.
const MAX_STEPS: usize = 7;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widened_kernels_are_what_their_formula_says() {
        let gaussian = |shape: [usize; 3], sigmas: [f64; 3]| -> Vec<f32> {
            let value = |at: usize| {
                let place = [at / (shape[1] * shape[2]), at / shape[2] % shape[1], at % shape[2]];
                let square: f64 =
                    (0..3).map(|axis| ((place[axis] as f64 - (shape[axis] / 2) as f64) / sigmas[axis]).powi(2)).sum();
                (-0.5 * square).exp()
            };
            let values: Vec<f64> = (0..shape.iter().product()).map(value).collect();
            let sum: f64 = values.iter().sum();
            values.iter().map(|value| (value / sum) as f32).collect()
        };
        let (shape, sigmas) = ([17, 21, 23], [2.0, 1.3, 1.5]);
        let mut width_search = WidthSearch::new(gaussian(shape, sigmas), shape).unwrap();
        // Extents of two and one have no room to be wider.
        for shape in [[1, 2, 2], [2, 2, 3], [2, 1, 2]] {
            let mut least = WidthSearch::new(vec![1.0; shape.iter().product()], shape).unwrap();
            least.widen([1.3; 3]);
            assert!(least.found.iter().all(|sample| sample.is_finite()));
        }
        for factors in [[1.0, 1.25, 1.25], [1.3, 0.9, 0.9], [1.0; 3]] {
            width_search.widen(factors);
            let expected = gaussian(shape, std::array::from_fn(|axis| sigmas[axis] * factors[axis]));
            let peak = expected.iter().copied().fold(0.0, f32::max);
            for (got, expected) in width_search.found.iter().zip(&expected) {
                assert!((got - expected).abs() < 0.01 * peak, "{factors:?}: {got} instead of {expected}");
            }
        }
        assert_eq!(width_search.found, width_search.given);
    }

    #[test]
    fn a_parabola_is_highest_at_its_vertex() {
        let parabola = |x: f64| 3.0 - 2.0 * (x - 0.3).powi(2);
        assert!((vertex([parabola(-1.0), parabola(0.0), parabola(1.0)]) - 0.3).abs() < 1e-12);
        assert_eq!(vertex([1.0, 1.0, 1.0]), 0.0);
    }
}
