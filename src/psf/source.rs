//! What the caller states about a point spread function, and the way from there to a kernel.

use std::sync::Arc;

use super::kernel::{Kernel, place, volume};
use super::model::Model;
use super::{gaussian, measured, motion, optical};
pub use crate::codes::PsfKind as Kind;
use crate::error::{Error, Result};
use crate::params::{self, Id, Parameter, Settings};
use crate::runtime::Job;

impl Kind {
    /// Whether light passes the layers of coverslip and sample, so that depth matters.
    pub fn is_layered(self) -> bool {
        !matches!(self, Self::Gaussian | Self::Measured | Self::BornWolf | Self::Motion)
    }

    /// The parameter that has the wavelength of what is imaged: of the excitation for two photons.
    pub(super) fn colour(self) -> Id {
        if self == Self::TwoPhoton { params::PSF_EXCITATION_NM } else { params::PSF_WAVELENGTH_NM }
    }
}

/// Samples of a measured point spread function, axis order (z, y, x), x fastest.
#[derive(Clone, Debug)]
pub struct Samples {
    shape: [usize; 3],
    values: Arc<Vec<f32>>,
}

impl Samples {
    /// Takes samples of that shape; what is wrong with their values is said when a kernel is made of them.
    ///
    /// # Errors
    /// [`Error::Argument`] for an extent of 0, values that do not fill the shape, or one that is not finite.
    pub fn new(shape: [usize; 3], values: Vec<f32>) -> Result<Self> {
        let expected = volume(shape)?;
        if values.len() != expected {
            return Err(Error::Argument(format!(
                "psf samples are {}; the shape {shape:?} holds {expected}",
                values.len()
            )));
        }
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::Argument(format!(
                "psf sample at {:?} is {}; all must be finite",
                place(shape, at),
                values[at]
            )));
        }
        Ok(Self { shape, values: Arc::new(values) })
    }

    /// Extents along (z, y, x).
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The values.
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

/// A point spread function as the caller states it.
#[derive(Clone, Debug)]
pub struct Source {
    /// Model.
    pub kind: Kind,
    /// The `psf.*` parameters.
    pub settings: Settings,
    /// For [`Kind::Measured`].
    pub samples: Option<Samples>,
}

impl Source {
    /// A source of that kind with nothing set.
    pub fn new(kind: Kind) -> Self {
        Self { kind, settings: Settings::new("psf"), samples: None }
    }

    /// Sets a real number by its name without `psf.`.
    ///
    /// # Errors
    /// [`Error::Argument`] for a name that is none, and as [`Settings::set_f64`].
    pub fn set_by_name(&mut self, name: &str, value: f64) -> Result<()> {
        let row = Parameter::by_name(&format!("psf.{name}"))
            .ok_or_else(|| Error::Argument(format!("psf parameter is {name:?}; it must be one of the table")))?;
        self.settings.set_f64(row.id, value)
    }

    /// The extents (z, y, x) of a kernel that holds the share `psf.energy` of the light, none above `cap`.
    /// `dimensions` is 2 (z = 1) or 3.
    ///
    /// # Errors
    /// As [`Source::sample`].
    pub fn extent<'a>(&self, dimensions: usize, cap: [usize; 3], job: impl Into<Job<'a>>) -> Result<[usize; 3]> {
        let job = job.into();
        if !(2..=3).contains(&dimensions) {
            return Err(Error::Argument(format!("psf dimensions are {dimensions}; they must be 2 or 3")));
        }
        volume(cap)?;
        if let Some(model) = Model::of(&self.settings, self.kind, job)? {
            return optical::extent(&self.settings, &model, dimensions, cap, job);
        }
        self.no_pupil()?;
        let mut wanted = match self.kind {
            Kind::Gaussian => gaussian::extent(&self.settings, dimensions)?,
            Kind::Measured => measured::extent(&self.settings, self.samples.as_ref())?,
            _ => motion::extent(&self.settings)?,
        };
        if dimensions == 2 {
            wanted[0] = 1;
        }
        Ok(std::array::from_fn(|axis| within(wanted[axis], cap[axis])))
    }

    /// The kernel on a grid of that shape (z, y, x) with the voxels `psf.step_nm`, `psf.pixel_nm`.
    ///
    /// # Errors
    /// [`Error::State`] for a parameter that is needed and not set; [`Error::Argument`] for parameters that do not fit
    /// each other, samples that no kernel can be made of, or an impossible shape; [`Error::Memory`];
    /// [`Error::Cancelled`].
    pub fn sample<'a>(&self, shape: [usize; 3], job: impl Into<Job<'a>>) -> Result<Kernel> {
        let job = job.into();
        volume(shape)?;
        if let Some(model) = Model::of(&self.settings, self.kind, job)? {
            return optical::sample(&self.settings, &model, self.kind.name(), shape, job);
        }
        self.no_pupil()?;
        match self.kind {
            Kind::Gaussian => gaussian::sample(&self.settings, shape),
            Kind::Measured => measured::sample(&self.settings, self.samples.as_ref(), shape, job),
            _ => motion::sample(&self.settings, shape),
        }
    }

    /// That nothing is asked for which only a pupil has.
    fn no_pupil(&self) -> Result<()> {
        match self.settings.text(params::PSF_ZERNIKE) {
            "" => Ok(()),
            text => Err(Error::Argument(format!(
                "psf.zernike is {text:?}; the kind {} has no pupil; leave it empty, or take an optical kind",
                self.kind.name()
            ))),
        }
    }
}

/// `wanted`, or the largest extent within `cap` that is odd as `wanted` is, so that the centre stays in the middle.
fn within(wanted: usize, cap: usize) -> usize {
    if wanted <= cap {
        wanted
    } else if !wanted.is_multiple_of(2) && cap.is_multiple_of(2) {
        cap - 1
    } else {
        cap
    }
}
