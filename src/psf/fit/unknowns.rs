//! Which parameters a fit finds, between which limits.

use crate::error::{Error, Result};
use crate::params::{self, Id, Kind as ValueKind, Parameter};
use crate::psf::finding::{Finding, Severity};
use crate::psf::kind::Kind;
use crate::psf::optics::Optics;
use crate::psf::spec::PsfSpec;
use crate::psf::widths::Widths;

/// The unknowns, in this order: shift along y and x in pixels, then parameters of the model in their own units.
pub(in crate::psf) struct Unknowns {
    ids: Vec<Id>,
    /// Of a stack the defocus is the place of a bead, and no parameter of the model.
    stack: bool,
    min: Vec<f64>,
    max: Vec<f64>,
}

impl Unknowns {
    /// What `psf.fit` names, or what suits the kind; for stacks the defocus besides.
    ///
    /// # Errors
    /// [`Error::Argument`] for kinds that cannot be fitted, and names that are no unknowns of the kind.
    pub fn of(spec: &PsfSpec, stack: bool) -> Result<Self> {
        let known = fitting(spec.kind, stack)?;
        let mut ids: Vec<Id> = Vec::new();
        if stack {
            ids.push(params::PSF_DEFOCUS_NM);
        }
        ids.extend(named(spec, &known)?);
        if ids.len() == usize::from(stack) {
            let own: &[Id] = match (spec.kind, stack) {
                (Kind::Gaussian, true) => &[params::PSF_SIGMA_NM, params::PSF_SIGMA_AXIAL_NM],
                (Kind::Gaussian, false) => &[params::PSF_SIGMA_NM],
                (_, true) => &[params::PSF_NUMERICAL_APERTURE, params::PSF_SPHERICAL_NM],
                (_, false) => &[params::PSF_NUMERICAL_APERTURE],
            };
            ids.extend(own);
        }
        let (mut min, mut max) = (vec![-FARTHEST_PX; 2], vec![FARTHEST_PX; 2]);
        for id in &ids {
            let (low, high) = range(*id)?;
            min.push(low);
            max.push(if *id == params::PSF_NUMERICAL_APERTURE { high.min(largest_aperture(spec)) } else { high });
        }
        Ok(Self { ids, stack, min, max })
    }

    /// Where to start the parameters of the model: as set, or what the optics say.
    ///
    /// # Errors
    /// [`Error::State`] for a parameter without a value.
    pub fn start(&self, spec: &PsfSpec, pixel_nm: f64) -> Result<Vec<f64>> {
        let settings = &spec.settings;
        self.ids
            .iter()
            .map(|id| match *id {
                params::PSF_SIGMA_NM if !settings.is_set(*id) => Ok(Widths::of(settings)?.lateral_nm),
                params::PSF_SIGMA_AXIAL_NM if !settings.is_set(*id) => Ok(Widths::of(settings)?.axial_nm),
                params::PSF_SAMPLE_INDEX if !settings.is_set(*id) => settings.required(params::PSF_IMMERSION_INDEX),
                // The intensity is stationary without any blur.
                params::PSF_BLUR_NM => Ok(settings.required(*id)?.max(0.3 * pixel_nm)),
                _ => settings.required(*id),
            })
            .collect()
    }

    /// The model with the unknowns as its parameters.
    ///
    /// # Errors
    /// [`Error::Argument`] for a value out of range.
    pub fn set(&self, spec: &PsfSpec, now: &[f64]) -> Result<PsfSpec> {
        let mut spec = spec.clone();
        for (id, value) in self.ids.iter().zip(&now[2..]) {
            spec.settings.set_f64(*id, *value)?;
        }
        Ok(spec)
    }

    /// How far to go for a derivative: inwards from the upper limits, where other parameters may end the range too.
    pub fn delta(&self, at: usize) -> f64 {
        let Some(id) = at.checked_sub(2).map(|at| self.ids[at]) else { return 1e-3 };
        match id {
            params::PSF_NUMERICAL_APERTURE | params::PSF_SAMPLE_INDEX => -1e-4,
            params::PSF_SPHERICAL_NM | params::PSF_SIGMA_NM => 0.1,
            _ => 1.0,
        }
    }

    /// `now` and a step from there, between the limits; no step is more than what the model changes smoothly by.
    pub fn bounded(&self, now: &[f64], step: &[f64]) -> Vec<f64> {
        (0..now.len())
            .map(|at| {
                let longest = match at.checked_sub(2).map(|at| self.ids[at]) {
                    None => 2.0,
                    Some(params::PSF_NUMERICAL_APERTURE | params::PSF_SAMPLE_INDEX) => 0.1,
                    Some(params::PSF_SPHERICAL_NM | params::PSF_BLUR_NM) => 50.0,
                    Some(_) => f64::INFINITY,
                };
                (now[at] + step[at].clamp(-longest, longest)).clamp(self.min[at], self.max[at])
            })
            .collect()
    }

    /// A finding for each unknown that ends at a limit of its range, or nearer to it than derivatives are taken over: the
    /// fit cannot separate such values from the limit, which its last steps may approach and not reach.
    pub fn at_limits(&self, now: &[f64]) -> Vec<Finding> {
        self.names()
            .filter_map(|(at, name)| {
                let limit = [self.min[at], self.max[at]]
                    .into_iter()
                    .find(|limit| (now[at] - limit).abs() <= self.delta(at).abs())?;
                let text = format!("{name} is {}; its limit is {limit}; check the optics and the voxel sizes", now[at]);
                Some(Finding { severity: Severity::Warning, code: "fit_at_limit", text })
            })
            .collect()
    }

    /// The parameter at that index; `None` for a shift.
    pub fn id(&self, at: usize) -> Option<Id> {
        self.ids.get(at.checked_sub(2)?).copied()
    }

    /// Whether an estimate says nothing: no error is known, or one as large as the number itself where that cannot be 0,
    /// or as half of all that it may be.
    pub fn is_undetermined(&self, at: usize, value: f64, error: Option<f64>) -> bool {
        let never_zero = at >= 2 && self.min[at] > 0.0;
        error.is_none_or(|error| never_zero && error >= value.abs() || error >= 0.5 * (self.max[at] - self.min[at]))
    }

    /// Index of a parameter among the unknowns.
    pub fn place_of(&self, id: Id) -> Option<usize> {
        self.ids.iter().position(|known| *known == id).map(|at| at + 2)
    }

    /// Index and name of every unknown.
    pub fn names(&self) -> impl Iterator<Item = (usize, &'static str)> {
        ["the shift along y", "the shift along x"]
            .into_iter()
            .chain(self.ids.iter().map(|id| short(*id)))
            .enumerate()
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// Index and name of every unknown that stays with the model.
    pub fn shape_names(&self) -> impl Iterator<Item = (usize, &'static str)> {
        self.names().skip(if self.stack { 3 } else { 2 })
    }
}

/// A parameter to be found from an image of an unknown specimen.
pub struct Searched {
    /// Its number.
    pub id: Id,
    /// Its name without `psf.`.
    pub name: &'static str,
    /// Where to start: as set, or what the optics say.
    pub start: f64,
    /// The least that it can be.
    pub min: f64,
    /// The most that it can be.
    pub max: f64,
    /// A change that shows.
    pub step: f64,
}

/// What `psf.fit` names, or what suits the kind, for an image that is a stack or a plane.
///
/// # Errors
/// [`Error::Argument`] for kinds without such parameters, names that are no unknowns of the kind, or too many of them;
/// [`Error::State`] for a parameter without a value.
pub fn searched(spec: &PsfSpec, stack: bool) -> Result<Vec<Searched>> {
    let mut known = fitting(spec.kind, stack)?;
    // An image does not determine how wide a kernel is: the specimen may be as smooth.
    known.retain(|id| match *id {
        params::PSF_DEFOCUS_NM => true,
        params::PSF_NUMERICAL_APERTURE | params::PSF_SPHERICAL_NM | params::PSF_SAMPLE_INDEX | params::PSF_DEPTH_NM => {
            stack
        }
        _ => false,
    });
    if known.is_empty() {
        return Err(Error::Argument(format!(
            "psf kind is {}; an image determines none of its parameters, since a specimen may be as smooth as its kernel is \
             wide;              take an optical kind, or fit to a bead",
            spec.kind.name()
        )));
    }
    let mut ids = named(spec, &known)?;
    if ids.is_empty() {
        ids.push(if stack { params::PSF_SPHERICAL_NM } else { params::PSF_DEFOCUS_NM });
    }
    if ids.len() > MAX_SEARCHED {
        return Err(Error::Argument(format!(
            "psf.fit names {} parameters; an image determines at most {MAX_SEARCHED}; name those that are least known",
            ids.len()
        )));
    }
    let pixel = spec.settings.required(params::PSF_PIXEL_NM)?;
    let starts = Unknowns { ids: ids.clone(), stack, min: Vec::new(), max: Vec::new() }.start(spec, pixel)?;
    let optics = Optics::of(&spec.settings, spec.kind.colour())?;
    ids.into_iter()
        .zip(starts)
        .map(|(id, start)| {
            let (min, max) = range(id)?;
            let step = match id {
                params::PSF_NUMERICAL_APERTURE => 0.05 * start,
                params::PSF_SAMPLE_INDEX => 0.02,
                params::PSF_SPHERICAL_NM => 70.0 * optics.wavelength,
                params::PSF_DEFOCUS_NM => 125.0 * optics.nyquist()[0],
                _ => (0.25 * start).max(1000.0),
            };
            Ok(Searched { id, name: short(id), start, min, max, step })
        })
        .collect()
}

/// What `psf.fit` names.
fn named(spec: &PsfSpec, known: &[Id]) -> Result<Vec<Id>> {
    let mut ids = Vec::new();
    for name in spec.settings.text(params::PSF_FIT).split_whitespace() {
        let id = known.iter().copied().find(|id| short(*id) == name).ok_or_else(|| {
            let names: Vec<_> = known.iter().map(|id| short(*id)).collect();
            Error::Argument(format!(
                "psf.fit names {name:?}; for the kind {} and these samples it must be of {}",
                spec.kind.name(),
                names.join(" ")
            ))
        })?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

fn range(id: Id) -> Result<(f64, f64)> {
    match Parameter::by_id(id).map(|row| row.kind) {
        Some(ValueKind::Number { minimum, maximum, .. }) => Ok((minimum, maximum)),
        _ => Err(Error::Internal(format!("parameter {id} has no range"))),
    }
}

/// What can be found for that kind.
///
/// # Errors
/// [`Error::Argument`] for kinds without such parameters.
fn fitting(kind: Kind, stack: bool) -> Result<Vec<Id>> {
    let mut ids = match kind {
        Kind::Measured | Kind::Motion => {
            return Err(Error::Argument(format!(
                "psf kind is {}; only the Gaussian and optical models can be fitted",
                kind.name()
            )));
        }
        Kind::Gaussian if stack => vec![params::PSF_SIGMA_NM, params::PSF_SIGMA_AXIAL_NM],
        Kind::Gaussian => vec![params::PSF_SIGMA_NM],
        _ => vec![params::PSF_NUMERICAL_APERTURE, params::PSF_SPHERICAL_NM, params::PSF_BLUR_NM],
    };
    if kind.is_layered() {
        ids.extend([params::PSF_SAMPLE_INDEX, params::PSF_DEPTH_NM]);
    }
    if kind == Kind::LightSheet && stack {
        ids.push(params::PSF_SHEET_THICKNESS_NM);
    }
    if !stack && kind != Kind::Gaussian {
        ids.push(params::PSF_DEFOCUS_NM);
    }
    Ok(ids)
}

/// Just below the least index between the objective and the sample, which no aperture reaches.
fn largest_aperture(spec: &PsfSpec) -> f64 {
    let ids = [
        params::PSF_IMMERSION_INDEX,
        params::PSF_DESIGN_IMMERSION_INDEX,
        params::PSF_COVERSLIP_INDEX,
        params::PSF_DESIGN_COVERSLIP_INDEX,
    ];
    let lowest = ids.iter().filter_map(|id| spec.settings.f64(*id)).fold(f64::MAX, f64::min);
    lowest * (1.0 - 1e-6)
}

/// The parameter's name without its object.
fn short(id: Id) -> &'static str {
    Parameter::by_id(id).and_then(|row| row.name.split_once('.')).map_or("", |(_, name)| name)
}

/// More unknowns than these take too many trials, and an image does not separate them.
const MAX_SEARCHED: usize = 3;
/// No point is looked for farther from where the light is.
const FARTHEST_PX: f64 = 1e4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_as_near_to_a_limit_as_derivatives_reach_is_at_it() {
        let mut spec = PsfSpec::new(Kind::BornWolf);
        spec.settings.set_f64(params::PSF_IMMERSION_INDEX, 1.33).unwrap();
        spec.settings.set_text(params::PSF_FIT, "numerical_aperture blur_nm").unwrap();
        let unknowns = Unknowns::of(&spec, false).unwrap();
        let at_limits = |aperture: f64, blur: f64| -> Vec<String> {
            unknowns.at_limits(&[0.0, 0.0, aperture, blur]).into_iter().map(|finding| finding.text).collect()
        };
        assert!(at_limits(1.3295, 30.0).is_empty());
        // Where the fit of a real bead image ended.
        let found = at_limits(1.3299857840586948, 30.0);
        assert!(found.len() == 1 && found[0].contains("numerical_aperture is 1.32998"), "{found:?}");
        let found = at_limits(1.2, 0.0);
        assert!(found.len() == 1 && found[0].contains("blur_nm is 0"), "{found:?}");
    }
}
