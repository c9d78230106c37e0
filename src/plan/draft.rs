//! What the host has said so far: steps with their settings, and how the images lie in memory.

use std::sync::Arc;

use super::blueprint::shapes;
use super::{ModelObject, PsfObject};
use crate::error::{Error, Result};
use crate::image::{Dtype, Layout};
use crate::network::Model;
use crate::params::{Id, Parameter, Settings};

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Subtracts a background.
    Background,
    /// Deconvolves.
    Deconvolve,
    /// Denoises without a network.
    Denoise,
    /// Runs a network.
    Model,
}

impl StepKind {
    /// The kind of that number in the C ABI.
    ///
    /// # Errors
    /// [`Error::Argument`] for an unknown number.
    pub fn from_abi(number: i32) -> Result<Self> {
        match number {
            1 => Ok(Self::Background),
            2 => Ok(Self::Deconvolve),
            3 => Ok(Self::Denoise),
            4 => Ok(Self::Model),
            _ => Err(Error::Argument(format!(
                "step is {number}; it must be an abbe_step_code: 1 (background), 2 (deconvolve), 3 (denoise), 4 (model)"
            ))),
        }
    }

    /// Name in reports, and of the object whose parameters it has.
    pub fn name(self) -> &'static str {
        match self {
            Self::Background => "background",
            Self::Deconvolve => "deconvolve",
            Self::Denoise => "denoise",
            Self::Model => "model",
        }
    }
}

/// One step as the host described it.
#[derive(Clone)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// Its parameters.
    pub settings: Settings,
    psf: Option<Arc<PsfObject>>,
    model: Option<Arc<ModelObject>>,
}

impl Step {
    /// Its point spread function.
    ///
    /// # Errors
    /// [`Error::State`] when none was given.
    pub fn psf(&self) -> Result<&PsfObject> {
        self.psf.as_deref().ok_or_else(|| {
            Error::State("the deconvolve step has no point spread function; call abbe_plan_set_psf() first".into())
        })
    }

    /// Its network.
    ///
    /// # Errors
    /// [`Error::State`] when none was given.
    pub fn model(&self) -> Result<&Arc<Model>> {
        self.model
            .as_ref()
            .map(|model| model.model())
            .ok_or_else(|| Error::State("the model step has no network; call abbe_plan_set_model() first".into()))
    }
}

/// Everything the host has said about a plan.
pub struct Draft {
    /// The `plan.*` parameters.
    pub settings: Settings,
    /// In the order in which they run.
    pub steps: Vec<Step>,
    selected: usize,
    input: Option<Layout>,
    output: Option<Output>,
}

/// The target as the host described it; its extents follow from the steps.
#[derive(Clone)]
struct Output {
    dtype: Dtype,
    byte_strides: Option<Vec<i64>>,
    byte_offset: i64,
}

impl Default for Draft {
    fn default() -> Self {
        Self { settings: Settings::new("plan"), steps: Vec::new(), selected: 0, input: None, output: None }
    }
}

impl Draft {
    /// Appends a step and chooses it.
    pub fn add_step(&mut self, kind: StepKind) {
        self.selected = self.steps.len();
        self.steps.push(Step { kind, settings: Settings::new(kind.name()), psf: None, model: None });
    }

    /// Chooses a step.
    ///
    /// # Errors
    /// [`Error::Argument`] when there is no such step, [`Error::State`] when there is none at all.
    pub fn select_step(&mut self, index: i32) -> Result<()> {
        let count = self.steps.len();
        self.selected = usize::try_from(index).ok().filter(|index| *index < count).ok_or_else(|| match count {
            0 => no_step(),
            _ => Error::Argument(format!("index is {index}; the steps of this plan are 0 to {}", count - 1)),
        })?;
        Ok(())
    }

    /// The number of the chosen step, from 0.
    pub fn selected(&self) -> usize {
        self.selected
    }

    /// Gives the chosen step its point spread function.
    ///
    /// # Errors
    /// [`Error::State`] when it takes none.
    pub fn set_psf(&mut self, psf: Arc<PsfObject>) -> Result<()> {
        let step = self.chosen_mut()?;
        if step.kind != StepKind::Deconvolve {
            return Err(Error::State(format!(
                "the chosen step is {}; only deconvolve takes a point spread function",
                step.kind.name()
            )));
        }
        step.psf = Some(psf);
        Ok(())
    }

    /// Gives the chosen step its network.
    ///
    /// # Errors
    /// [`Error::State`] when it takes none.
    pub fn set_model(&mut self, model: Arc<ModelObject>) -> Result<()> {
        let step = self.chosen_mut()?;
        if step.kind != StepKind::Model {
            return Err(Error::State(format!("the chosen step is {}; only model takes a network", step.kind.name())));
        }
        step.model = Some(model);
        Ok(())
    }

    /// The settings that hold a parameter: the plan's or the chosen step's.
    ///
    /// # Errors
    /// [`Error::State`] when it is no parameter of the plan and there is no step.
    pub fn settings_mut(&mut self, id: Id) -> Result<&mut Settings> {
        if of_plan(id) { Ok(&mut self.settings) } else { Ok(&mut self.chosen_mut()?.settings) }
    }

    /// As [`Draft::settings_mut`], to read.
    ///
    /// # Errors
    /// As [`Draft::settings_mut`].
    pub fn settings(&self, id: Id) -> Result<&Settings> {
        if of_plan(id) {
            return Ok(&self.settings);
        }
        self.steps.get(self.selected).map(|step| &step.settings).ok_or_else(no_step)
    }

    /// States how the source lies in memory. A target described before is forgotten: its strides were for other axes.
    ///
    /// # Errors
    /// As [`Layout::new`].
    pub fn set_input(
        &mut self,
        dtype: Dtype,
        axes: &str,
        shape: &[i64],
        byte_strides: Option<&[i64]>,
        byte_offset: i64,
    ) -> Result<()> {
        self.input = Some(Layout::new(dtype, axes, shape, byte_strides, byte_offset)?);
        self.output = None;
        Ok(())
    }

    /// States how the target lies in memory; checked against its extents by [`Draft::output`].
    ///
    /// # Errors
    /// [`Error::State`] without an input.
    pub fn set_output(&mut self, dtype: Dtype, byte_strides: Option<&[i64]>, byte_offset: i64) -> Result<()> {
        self.input()?;
        self.output = Some(Output { dtype, byte_strides: byte_strides.map(<[i64]>::to_vec), byte_offset });
        Ok(())
    }

    /// The layout of the source.
    ///
    /// # Errors
    /// [`Error::State`] when not stated yet.
    pub fn input(&self) -> Result<&Layout> {
        self.input.as_ref().ok_or_else(|| Error::State("plan has no input; call abbe_plan_set_input() first".into()))
    }

    /// The layout of the target: as the host said, or the source's type, tightly packed. `context` holds the context's
    /// settings.
    ///
    /// # Errors
    /// As [`Draft::output_shape`], [`Layout::new`] and [`Layout::check_writable`].
    pub fn output(&self, context: &Settings) -> Result<Layout> {
        let input = self.input()?;
        let shape = self.output_shape(context)?;
        let layout = match &self.output {
            Some(output) => {
                Layout::new(output.dtype, input.axes(), &shape, output.byte_strides.as_deref(), output.byte_offset)?
            }
            None => Layout::new(input.dtype(), input.axes(), &shape, None, 0)?,
        };
        layout.check_writable()?;
        Ok(layout)
    }

    /// The extents of the target in the order of the source's axes. `context` holds the context's settings.
    ///
    /// # Errors
    /// [`Error::State`] without an input or where a step lacks something; [`Error::Model`] where a network does not fit.
    pub fn output_shape(&self, context: &Settings) -> Result<Vec<i64>> {
        let input = self.input()?;
        let shapes = shapes(self, context)?;
        let (before, after) = (shapes[0], shapes[shapes.len() - 1]);
        let mut extents = input.shape().to_vec();
        for (at, letter) in [(0, 'c'), (1, 'z'), (2, 'y'), (3, 'x')] {
            if before[at] == after[at] {
                continue;
            }
            let axis = input.axes().find(letter).ok_or_else(|| {
                Error::Model(format!(
                    "the network gives {} along {letter}; the image has no such axis; add {letter} to its axes",
                    after[at]
                ))
            })?;
            extents[axis] = after[at] as i64;
        }
        Ok(extents)
    }

    fn chosen_mut(&mut self) -> Result<&mut Step> {
        self.steps.get_mut(self.selected).ok_or_else(no_step)
    }
}

fn of_plan(id: Id) -> bool {
    Parameter::by_id(id).is_none_or(|row| row.object() == "plan")
}

fn no_step() -> Error {
    Error::State("plan has no step; call abbe_plan_add_step() first".into())
}
