//! Which parameters a fit finds, between which limits.

use crate::error::{Error, Result};
use crate::params::{self, Id, Kind as ValueKind, Parameter};
use crate::psf::gaussian::Widths;
use crate::psf::kernel::{Finding, Severity};
use crate::psf::source::{Kind, Source};

/// The unknowns, in this order: shift along y and x in pixels, then parameters of the model in their own units.
pub(in crate::psf) struct Unknowns {
    ids: Vec<Id>,
    /// Of a stack the defocus is the place of a bead, and no parameter of the model.
    stack: bool,
    least: Vec<f64>,
    most: Vec<f64>,
}

impl Unknowns {
    /// What `psf.fit` names, or what suits the kind; for stacks the defocus besides.
    ///
    /// # Errors
    /// [`Error::Argument`] for kinds that cannot be fitted, and names that are no unknowns of the kind.
    pub fn of(source: &Source, stack: bool) -> Result<Self> {
        let known = fitting(source.kind, stack)?;
        let mut ids: Vec<Id> = Vec::new();
        if stack {
            ids.push(params::PSF_DEFOCUS_NM);
        }
        ids.extend(named(source, &known)?);
        if ids.len() == usize::from(stack) {
            let own: &[Id] = match (source.kind, stack) {
                (Kind::Gaussian, true) => &[params::PSF_SIGMA_NM, params::PSF_SIGMA_AXIAL_NM],
                (Kind::Gaussian, false) => &[params::PSF_SIGMA_NM],
                (_, true) => &[params::PSF_NUMERICAL_APERTURE, params::PSF_SPHERICAL_NM],
                (_, false) => &[params::PSF_NUMERICAL_APERTURE],
            };
            ids.extend(own);
        }
        let (mut least, mut most) = (vec![-FARTHEST_PX; 2], vec![FARTHEST_PX; 2]);
        for id in &ids {
            let (low, high) = range(*id)?;
            least.push(low);
            most.push(high);
        }
        Ok(Self { ids, stack, least, most })
    }

    /// Where to start the parameters of the model: as set, or what the optics say.
    ///
    /// # Errors
    /// [`Error::State`] for a parameter without a value.
    pub fn start(&self, source: &Source, pixel_nm: f64) -> Result<Vec<f64>> {
        let settings = &source.settings;
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

    /// The source with the unknowns as its parameters.
    ///
    /// # Errors
    /// [`Error::Argument`] for a value out of range.
    pub fn set(&self, source: &Source, now: &[f64]) -> Result<Source> {
        let mut source = source.clone();
        for (id, value) in self.ids.iter().zip(&now[2..]) {
            source.settings.set_f64(*id, *value)?;
        }
        Ok(source)
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
                (now[at] + step[at].clamp(-longest, longest)).clamp(self.least[at], self.most[at])
            })
            .collect()
    }

    /// A finding for each unknown that ends at a limit of its range.
    pub fn at_limits(&self, now: &[f64]) -> Vec<Finding> {
        let stuck = |at: &usize| now[*at] <= self.least[*at] || now[*at] >= self.most[*at];
        self.names()
            .filter(|(at, _)| stuck(at))
            .map(|(at, name)| Finding {
                severity: Severity::Warning,
                code: "fit_at_limit",
                text: format!("{name} ends at {}, the limit of its range", now[at]),
            })
            .collect()
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

/// What `psf.fit` names.
fn named(source: &Source, known: &[Id]) -> Result<Vec<Id>> {
    let mut ids = Vec::new();
    for name in source.settings.text(params::PSF_FIT).split_whitespace() {
        let id = known.iter().copied().find(|id| short(*id) == name).ok_or_else(|| {
            let names: Vec<_> = known.iter().map(|id| short(*id)).collect();
            Error::Argument(format!(
                "psf.fit names {name:?}; for the kind {} and these samples it must be of {}",
                source.kind.name(),
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

/// The parameter's name without its object.
fn short(id: Id) -> &'static str {
    Parameter::by_id(id).and_then(|row| row.name.split_once('.')).map_or("", |(_, name)| name)
}

/// Farther from where the light is no point is looked for.
const FARTHEST_PX: f64 = 1e4;
