//! What the caller states about a point spread function, and the way from there to a kernel.

use super::doubts::doubt;
use super::finding::Severity;
use super::kernel::Kernel;
use super::kind::Kind;
use super::model::Model;
use super::samples::Samples;
use super::shape::volume;
use super::{gaussian, measured, motion, optical};
use crate::error::{Error, Result};
use crate::params::{self, Parameter, Policy, Settings};
use crate::runtime::Job;

/// A point spread function as the caller states it.
#[derive(Clone, Debug)]
pub struct PsfSpec {
    /// Model.
    pub kind: Kind,
    /// The `psf.*` parameters.
    pub settings: Settings,
    /// For [`Kind::Measured`].
    pub samples: Option<Samples>,
}

impl PsfSpec {
    /// One of that kind with nothing set.
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
    /// As [`PsfSpec::sample`].
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
            Kind::Measured => measured::extent(&self.settings, self.samples.as_ref(), job)?,
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
    /// each other, samples that no kernel can be made of, an impossible shape, or, where `psf.policy` is to refuse, for
    /// anything suspicious; [`Error::Memory`]; [`Error::Cancelled`].
    pub fn sample<'a>(&self, shape: [usize; 3], job: impl Into<Job<'a>>) -> Result<Kernel> {
        self.sample_of(shape, shape[0] > 1, job.into())
    }

    /// The kernel for images of that shape (z, y, x): as large as `psf.energy` asks for, and no larger than what light
    /// leaves a trace of in them.
    ///
    /// # Errors
    /// As [`PsfSpec::sample`].
    pub fn for_image<'a>(&self, image: [usize; 3], job: impl Into<Job<'a>>) -> Result<Kernel> {
        let job = job.into();
        let stack = image[0] > 1;
        let extent = self.extent(if stack { 3 } else { 2 }, image.map(|extent| 2 * extent - 1), job)?;
        self.sample_of(extent, stack, job)
    }

    /// As [`PsfSpec::sample`]; of a stack the distance between planes counts even where the kernel has one plane.
    fn sample_of(&self, shape: [usize; 3], stack: bool, job: Job) -> Result<Kernel> {
        volume(shape)?;
        let kernel = if let Some(model) = Model::of(&self.settings, self.kind, job)? {
            optical::sample(&self.settings, &model, self.kind.name(), shape, stack, job)?
        } else {
            self.no_pupil()?;
            match self.kind {
                Kind::Gaussian => gaussian::sample(&self.settings, shape, stack)?,
                Kind::Measured => measured::sample(&self.settings, self.samples.as_ref(), shape, job)?,
                _ => motion::sample(&self.settings, shape)?,
            }
        };
        let kernel = kernel.with_findings(|report| {
            doubt(self.kind, &self.settings, report);
            if stack && shape[0] == 1 && self.kind != Kind::Motion {
                let text = "the point spread function is one plane: the planes of a stack are restored one by one, each \
                            as if it held no light of its neighbours";
                report.find(Severity::Warning, "one_plane", text.into());
            }
        });
        self.accepted(kernel)
    }

    /// The kernel, unless something is suspicious and `psf.policy` is to refuse it then.
    fn accepted(&self, kernel: Kernel) -> Result<Kernel> {
        let suspicious = kernel.report().findings.iter().filter(|finding| finding.severity != Severity::Note);
        let texts: Vec<_> = suspicious.map(|finding| finding.text.as_str()).collect();
        if self.settings.choice::<Policy>(params::PSF_POLICY) == Policy::Refuse && !texts.is_empty() {
            return Err(Error::Argument(format!(
                "psf is refused: {}; mend it, or set psf.policy to repair or warn",
                texts.join("; ")
            )));
        }
        Ok(kernel)
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
