//! Fitting a model to a measured point spread function.
//!
//! Levenberg's and Marquardt's damped least squares with weights 1 / expected counts, which is one step of Fisher
//! scoring for Poisson noise (Laurence and Chromy, Nature Methods 7 (2010) 338). Brightness and background follow by
//! linear least squares at every step; the place of the point and the parameters of the model by derivatives. Weights are
//! held while a step is tried, and follow the model between steps.
//!
//! Samples need not be photons: the variance's scale is found with the rest, and standard errors are the roots of the
//! diagonal of the inverse Fisher information times that scale.
//!
//! | file | what |
//! |---|---|
//! | `unknowns` | which parameters can be found, their starts, limits and steps |
//! | `problem` | expected samples at some unknowns, and their cost |
//! | `normal` | normal equations |

mod normal;
mod problem;
mod unknowns;

use std::collections::BTreeMap;

use serde::Serialize;

use super::finding::{Finding, Severity};
use super::spec::PsfSpec;
use crate::error::{Error, Result};
use crate::params;
use crate::runtime::Job;
use normal::Normal;
pub use normal::standard_errors;
use problem::{Problem, State};
pub use unknowns::{Searched, searched};

/// What a fit found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// Name of the kind that was fitted, e.g. `vectorial`.
    pub kind: &'static str,
    /// Parameters of the model that were found, by name, e.g. `numerical_aperture`; in the unit of the parameter.
    pub parameters: BTreeMap<&'static str, Estimate>,
    /// Focus of the middle plane relative to what `psf.centre` puts there, nm, positive where it is deeper. Not found,
    /// but as set, where the samples are one plane and `psf.fit` does not name it.
    pub defocus_nm: Estimate,
    /// Place of the point relative to the middle pixel, index extent / 2, along (y, x).
    pub shift_px: [Estimate; 2],
    /// Light of the point within the samples, in their unit.
    pub counts: f64,
    /// Level of the background, per sample.
    pub background: f64,
    /// Mean squared difference over the variance that counting gives: about 1 for photons and a model that fits.
    pub chi_square: f64,
    /// Root of the mean squared difference, over the peak of what was fitted.
    pub residual: f64,
    /// Correlation of differences between neighbours along x: about 0 for noise, towards 1 for what the model lacks.
    pub residual_correlation: f64,
    /// Steps taken.
    pub steps: usize,
    /// Beads found in the samples and beads used.
    pub beads: [usize; 2],
    /// What the caller should know.
    pub findings: Vec<Finding>,
}

/// A number and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its standard error; `None` where the samples say nothing about it, or it was not found but given.
    pub error: Option<f64>,
}

/// Fits the model of `spec` to the samples of `measured`, background included, on their own voxels.
///
/// The parameters of `spec` are the start; `psf.fit` names those that are to be found.
///
/// # Errors
/// As [`PsfSpec::sample`]; [`Error::Argument`] for kinds that cannot be fitted, names that are no unknowns of the kind,
/// and samples that no point stands out of.
pub fn fit<'a>(spec: &PsfSpec, measured: &PsfSpec, job: impl Into<Job<'a>>) -> Result<Fit> {
    let job = job.into();
    let problem = Problem::of(spec, measured, job)?;
    let unknowns = &problem.unknowns;
    let mut now = problem.start()?;
    let mut state = problem.at(&now)?;
    let mut damping = 1e-2;
    let mut steps = 0;
    let mut settled = false;
    while steps < STEPS && !settled {
        let normal = problem.normal(&now, &state)?;
        let mut better = None;
        while damping < 1e8 {
            let next = unknowns.bounded(&now, &normal.step(damping));
            match problem.at_weights(&next, &state.weights) {
                Err(Error::Cancelled) => return Err(Error::Cancelled),
                Ok(tried) if tried.chi_square < state.chi_square => {
                    better = Some((next, tried));
                    break;
                }
                _ => damping *= 4.0,
            }
        }
        let Some((next, tried)) = better else { break };
        settled = state.chi_square - tried.chi_square < MIN_GAIN * state.chi_square / state.weights.len() as f64;
        (now, state) = (next.clone(), problem.at(&next)?);
        damping = (damping * 0.2).max(1e-9);
        steps += 1;
    }
    settled |= steps < STEPS;
    let normal = problem.normal(&now, &state)?;
    let mut findings = problem.findings.clone();
    findings.extend(unknowns.at_limits(&now));
    if !settled {
        let text = format!("the fit still moved after {STEPS} steps; start nearer to what was found and fit again");
        findings.push(Finding { severity: Severity::Warning, code: "fit_moving", text });
    }
    Ok(described(&problem, &now, &state, &normal, steps, findings))
}

fn described(
    problem: &Problem,
    now: &[f64],
    state: &State,
    normal: &Normal,
    steps: usize,
    mut findings: Vec<Finding>,
) -> Fit {
    let errors = normal.errors(state.chi_square);
    let correlation = problem.correlation(state);
    if correlation > MAX_CORRELATION && state.residual() > MAX_RESIDUAL {
        let text = format!(
            "what the model misses is {:.0} % of the peak and no noise; check the kind, the voxel sizes and the optics",
            100.0 * state.residual()
        );
        findings.push(Finding { severity: Severity::Warning, code: "fit_poor", text });
    }
    let estimate = |at: usize| Estimate { value: now[at], error: errors[at] };
    let unknowns = &problem.unknowns;
    let defocus = unknowns.place_of(params::PSF_DEFOCUS_NM);
    for (at, name) in unknowns.names() {
        let number = errors[at].map_or_else(|| now[at].to_string(), |error| format!("{:.3} +- {error:.3}", now[at]));
        let text = if unknowns.is_undetermined(at, now[at], errors[at]) {
            format!(
                "{name} is {number}; samples that determine it give a smaller error; give more of them, or set it yourself"
            )
        } else if let Some(widest) = problem.widest(unknowns.id(at)).filter(|widest| now[at] > *widest) {
            format!(
                "{name} is {number}; these samples determine widths up to {widest:.0} nm, half their extent, beside a background; \
                 give samples that reach farther out, or a larger psf.energy"
            )
        } else {
            continue;
        };
        findings.push(Finding { severity: Severity::Warning, code: "fit_undetermined", text });
    }
    Fit {
        kind: problem.spec.kind.name(),
        parameters: unknowns.shape_names().map(|(at, name)| (name, estimate(at))).collect(),
        defocus_nm: defocus.map_or(Estimate { value: problem.fixed_defocus(), error: None }, estimate),
        shift_px: [0, 1].map(|axis| Estimate { value: now[axis] + problem.offset_px[axis], error: errors[axis] }),
        counts: state.counts,
        background: state.background,
        chi_square: state.chi_square,
        residual: state.residual(),
        residual_correlation: correlation,
        steps,
        beads: problem.beads,
        findings,
    }
}

impl Fit {
    /// Sets the parameters of the model that were found; of a stack the place of the point, defocus included, is none.
    ///
    /// # Errors
    /// [`Error::Internal`] for a parameter that the table does not have.
    pub fn apply(&self, spec: &mut PsfSpec) -> Result<()> {
        self.parameters.iter().try_for_each(|(name, found)| spec.set_by_name(name, found.value))
    }
}

const STEPS: usize = 60;
/// The fit has settled where a step lowers twice the negative log-likelihood by less.
const MIN_GAIN: f64 = 1e-4;
const MAX_CORRELATION: f64 = 0.5;
const MAX_RESIDUAL: f64 = 0.03;
