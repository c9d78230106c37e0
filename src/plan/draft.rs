//! What the host has said so far: steps with their settings, and how the images lie in memory.

use std::sync::Arc;

use super::PsfObject;
use crate::error::{Error, Result};
use crate::image::{Dtype, Layout};
use crate::params::{Id, Parameter, Settings};

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Subtracts a background.
    Background,
    /// Deconvolves.
    Deconvolve,
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
            _ => Err(Error::Argument(format!(
                "step is {number}; it must be an abbe_step_code: 1 (background), 2 (deconvolve)"
            ))),
        }
    }

    /// Name in reports, and of the object whose parameters it has.
    pub fn name(self) -> &'static str {
        match self {
            Self::Background => "background",
            Self::Deconvolve => "deconvolve",
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
    /// Its point spread function.
    pub psf: Option<Arc<PsfObject>>,
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
        self.steps.push(Step { kind, settings: Settings::new(kind.name()), psf: None });
    }

    /// Chooses a step.
    ///
    /// # Errors
    /// [`Error::Argument`] when there is no such step.
    pub fn select_step(&mut self, index: i32) -> Result<()> {
        let count = self.steps.len();
        self.selected = usize::try_from(index)
            .ok()
            .filter(|index| *index < count)
            .ok_or_else(|| Error::Argument(format!("index is {index}; this plan has {count} steps, counted from 0")))?;
        Ok(())
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

    /// States how the target lies in memory.
    ///
    /// # Errors
    /// [`Error::State`] without an input; as [`Layout::new`] and [`Layout::check_writable`].
    pub fn set_output(&mut self, dtype: Dtype, byte_strides: Option<&[i64]>, byte_offset: i64) -> Result<()> {
        let shape = self.output_shape()?;
        Layout::new(dtype, self.input()?.axes(), &shape, byte_strides, byte_offset)?.check_writable()?;
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

    /// The layout of the target: as the host said, or the source's type, tightly packed.
    ///
    /// # Errors
    /// [`Error::State`] without an input; as [`Layout::new`] and [`Layout::check_writable`].
    pub fn output(&self) -> Result<Layout> {
        let input = self.input()?;
        let shape = self.output_shape()?;
        let layout = match &self.output {
            Some(output) => {
                Layout::new(output.dtype, input.axes(), &shape, output.byte_strides.as_deref(), output.byte_offset)?
            }
            None => Layout::new(input.dtype(), input.axes(), &shape, None, 0)?,
        };
        layout.check_writable()?;
        Ok(layout)
    }

    /// The extents of the target in the order of the source's axes.
    ///
    /// # Errors
    /// [`Error::State`] without an input.
    pub fn output_shape(&self) -> Result<Vec<i64>> {
        Ok(self.input()?.shape().to_vec())
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
