//! What the host has said so far: steps with their settings, and how the images lie in memory.

use std::sync::Arc;

use super::gaps::Mask;
use super::idle::idle;
use super::objects::{Arguments, Object, Role};
use super::psf_object::PsfObject;
use super::step::{Kind, Step, grids};
use super::steps::kind;
use crate::codes::StepKind;
use crate::deconvolve::Calibrated;
use crate::error::{Error, Result};
use crate::image::{Dtype, Layout};
use crate::params::{
    Id, PLAN_CAMERA_GAIN, PLAN_CAMERA_OFFSET, PLAN_CAMERA_READ_NOISE, PLAN_MEMORY_CAP_BYTES, Parameter, Settings,
};
use crate::runtime::{Control, Limits};

/// A step as the host described it.
#[derive(Clone)]
pub(super) struct StepDraft {
    kind: &'static Kind,
    pub(super) arguments: Arguments,
}

/// Everything the host has said about a plan.
#[derive(Clone)]
pub struct Draft {
    /// The `plan.*` parameters.
    pub settings: Settings,
    /// In the order in which they run.
    pub(super) steps: Vec<StepDraft>,
    selected: usize,
    input: Option<Layout>,
    output: Option<Output>,
    /// Samples that were not measured.
    pub mask: Mask,
    /// What the plan was saved as, where it was loaded from JSON.
    pub(super) loaded: Option<Arc<serde_json::Value>>,
}

/// The target as the host described it; its extents follow from the steps.
#[derive(Clone)]
struct Output {
    dtype: Dtype,
    byte_strides: Option<Vec<i64>>,
    byte_offset: i64,
    /// Whether strides and offset were for an input of other extents.
    outdated: bool,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            settings: Settings::new("plan"),
            steps: Vec::new(),
            selected: 0,
            input: None,
            output: None,
            mask: Mask::default(),
            loaded: None,
        }
    }
}

impl Draft {
    /// Appends a step and chooses it.
    pub fn add_step(&mut self, step: StepKind) {
        self.append(step.name(), kind(step));
    }

    /// As [`Draft::add_step`], of any kind and name.
    pub(super) fn append(&mut self, name: &'static str, kind: &'static Kind) {
        self.selected = self.steps.len();
        self.steps.push(StepDraft { kind, arguments: Arguments::new(name) });
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

    /// Gives the chosen step an object to work with.
    ///
    /// # Errors
    /// [`Error::State`] when it takes none in that role.
    pub fn give(&mut self, object: Object) -> Result<()> {
        self.taking(object.role())?.arguments.give(object);
        Ok(())
    }

    /// Gives a channel of the chosen step's images a point spread function of its own; `None` takes it away.
    ///
    /// # Errors
    /// [`Error::Argument`] for a negative channel; as [`Draft::give`]. Whether images have such a channel shows at a commit.
    pub fn give_channel_psf(&mut self, channel: i32, psf: Option<Arc<PsfObject>>) -> Result<()> {
        let step = self.taking(Role::Psf)?;
        let channel = usize::try_from(channel)
            .map_err(|_| Error::Argument(format!("channel is {channel}; it must be 0 or more")))?;
        step.arguments.give_channel(channel, psf);
        Ok(())
    }

    /// States what the images of the chosen step are, see [`Calibrated::list`]; `None` takes it back.
    ///
    /// # Errors
    /// As [`Draft::give`] and [`Calibrated::list`].
    pub fn calibrate(&mut self, calibrations: Option<&str>) -> Result<()> {
        let step = self.taking(Role::Psf)?;
        step.arguments.calibrations = calibrations.map(Calibrated::list).transpose()?.map(Arc::new);
        Ok(())
    }

    /// Takes back what [`Draft::give`] gave the chosen step in that role.
    ///
    /// # Errors
    /// As [`Draft::give`].
    pub fn take_back(&mut self, role: Role) -> Result<()> {
        self.taking(role)?.arguments.take_back(role);
        Ok(())
    }

    /// Checks that the chosen step takes an object in that role.
    ///
    /// # Errors
    /// As [`Draft::give`].
    pub(super) fn check_takes(&mut self, role: Role) -> Result<()> {
        self.taking(role).map(|_| ())
    }

    /// Gives an input of the chosen step's network the samples that it reads in every run, packed, last axis fastest.
    ///
    /// # Errors
    /// As [`Draft::give`] and [`ModelObject::with_input`](super::ModelObject::with_input); [`Error::State`] when the step
    /// has no network.
    pub fn set_model_input(&mut self, name: &str, shape: &[usize], samples: &[f32]) -> Result<()> {
        let arguments = &mut self.taking(Role::Model)?.arguments;
        let model = arguments.model_object()?.with_input(name, shape, samples)?;
        arguments.give(Object::Model(Arc::new(model)));
        Ok(())
    }

    /// The chosen step, where it takes objects in that role.
    fn taking(&mut self, role: Role) -> Result<&mut StepDraft> {
        let step = self.chosen_mut()?;
        if !step.kind.takes.contains(&role) {
            let takes = |taker: &&StepKind| kind(**taker).takes.contains(&role);
            let takers: Vec<_> = StepKind::ALL.iter().filter(takes).map(|taker| taker.name()).collect();
            let verb = if takers.len() == 1 { "takes" } else { "take" };
            return Err(Error::State(format!(
                "the chosen step is {}; only {} {verb} a {}",
                step.arguments.settings.object(),
                takers.join(" and "),
                role.name()
            )));
        }
        Ok(step)
    }

    /// The steps, ready to be drawn up.
    pub fn steps(&self) -> Vec<Box<dyn Step>> {
        self.steps.iter().map(|step| (step.kind.make)(step.arguments.clone())).collect()
    }

    /// What is hardly meant, though it can be done.
    ///
    /// # Errors
    /// As [`Draft::input`].
    pub fn doubts(&self, context: &Settings) -> Result<Vec<String>> {
        let mut doubts = Vec::new();
        let input = self.input()?;
        let axes = input.axes();
        if input.is_packed() && axes.find('x') < axes.find('y').max(axes.find('z')) {
            doubts.push(format!(
                "axes is \"{axes}\", in which x is slower than y or z; axes go from the slowest to the fastest, so an image \
                 as programs mostly hold it is \"zyx\""
            ));
        }
        let sharpening: Vec<_> =
            (0..self.steps.len()).filter(|at| self.steps[*at].kind.takes.contains(&Role::Psf)).collect();
        if sharpening.len() > 1 {
            doubts.push(format!(
                "steps {sharpening:?} all remove the blur of a point spread function; what the first has restored is not \
                 blurred any more"
            ));
        }
        doubts.extend(self.steps.iter().flat_map(|step| idle(&step.arguments.settings)));
        if self.steps.iter().any(|step| step.arguments.model().is_ok()) {
            doubts.extend(idle(context));
        }
        Ok(doubts)
    }

    /// The settings that hold a parameter: the plan's or the chosen step's.
    ///
    /// # Errors
    /// [`Error::State`] when it is no parameter of the plan and there is no step.
    pub fn settings_mut(&mut self, id: Id) -> Result<&mut Settings> {
        if of_plan(id) { Ok(&mut self.settings) } else { self.chosen_settings() }
    }

    /// The settings of the chosen step.
    ///
    /// # Errors
    /// [`Error::State`] when there is none.
    pub(super) fn chosen_settings(&mut self) -> Result<&mut Settings> {
        Ok(&mut self.chosen_mut()?.arguments.settings)
    }

    /// As [`Draft::settings_mut`], to read.
    ///
    /// # Errors
    /// As [`Draft::settings_mut`].
    pub fn settings(&self, id: Id) -> Result<&Settings> {
        if of_plan(id) {
            return Ok(&self.settings);
        }
        self.steps.get(self.selected).map(|step| &step.arguments.settings).ok_or_else(no_step)
    }

    /// States how the source lies in memory; a mask stays where the extents of an image do. A target described before keeps
    /// its type; its strides and offset were for that source, and must be stated anew where axes or extents are others now.
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
        let input = Layout::new(dtype, axes, shape, byte_strides, byte_offset)?;
        if let (Some(output), Some(before)) = (&mut self.output, &self.input) {
            let same = before.axes() == input.axes() && before.shape() == input.shape();
            output.outdated |= !same && (output.byte_strides.is_some() || output.byte_offset != 0);
        }
        if self.input.as_ref().is_none_or(|before| before.volume_shape() != input.volume_shape()) {
            self.mask = Mask::default();
        }
        self.input = Some(input);
        Ok(())
    }

    /// States which samples (z, y, x) of all images were not measured: those where `mask` is 0. `None`: all were.
    ///
    /// # Errors
    /// [`Error::State`] without an input; [`Error::Argument`] for a mask of another size, or one that leaves nothing.
    pub fn set_mask(&mut self, mask: Option<&[u8]>) -> Result<()> {
        self.mask = Mask::new(mask, self.input()?)?;
        Ok(())
    }

    /// States how the target lies in memory; checked against its extents by [`Draft::output`].
    ///
    /// # Errors
    /// [`Error::State`] without an input.
    pub fn set_output(&mut self, dtype: Dtype, byte_strides: Option<&[i64]>, byte_offset: i64) -> Result<()> {
        self.input()?;
        self.output =
            Some(Output { dtype, byte_strides: byte_strides.map(<[i64]>::to_vec), byte_offset, outdated: false });
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
    /// As [`Draft::output_shape`], [`Layout::new`] and [`Layout::check_writable`]; [`Error::State`] where the target's strides
    /// were for another source.
    pub fn output(&self, limits: Limits<'_>) -> Result<Layout> {
        let input = self.input()?;
        let shape = self.output_shape(limits)?;
        let layout = match &self.output {
            Some(output) if output.outdated => {
                return Err(Error::State(
                    "the target's byte_strides and byte_offset were stated for an input of other axes or extents; call \
                     abbe_plan_set_output() again"
                        .into(),
                ));
            }
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
    /// [`Error::State`] without an input or where a step lacks something; [`Error::Model`] where a network does not fit.
    pub fn output_shape(&self, limits: Limits<'_>) -> Result<Vec<i64>> {
        let input = self.input()?;
        let grids = grids(input, &self.steps(), &self.settings, limits)?;
        let (before, after) = (grids[0].shape, grids[grids.len() - 1].shape);
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

    /// The memory that the plan may take, where it is limited.
    pub fn cap(&self) -> Option<u64> {
        Some(self.settings.i64(PLAN_MEMORY_CAP_BYTES) as u64).filter(|cap| *cap > 0)
    }

    /// What work may take that finds something out about the plan.
    pub fn limits<'a>(&self, context: &'a Settings, control: &'a Control) -> Limits<'a> {
        Limits { context, control, memory: self.cap() }
    }

    /// Whether a parameter can be set without another commit: not where it changes what later steps know of the camera.
    pub fn is_live(&self, id: Id) -> bool {
        let row = Parameter::by_id(id).filter(|row| row.live);
        let camera = [PLAN_CAMERA_GAIN, PLAN_CAMERA_OFFSET, PLAN_CAMERA_READ_NOISE];
        let is_stated = camera.iter().any(|id| self.settings.is_set(*id));
        row.is_some_and(|row| !(is_stated && ["background", "output"].contains(&row.object())))
    }

    /// Copies of the settings of all steps, with room for every live number.
    ///
    /// # Errors
    /// [`Error::Memory`].
    pub fn settings_of_steps(&self) -> Result<Vec<Settings>> {
        let with_room = |step: &StepDraft| step.arguments.settings.clone().with_room();
        self.steps.iter().map(with_room).collect()
    }

    fn chosen_mut(&mut self) -> Result<&mut StepDraft> {
        self.steps.get_mut(self.selected).ok_or_else(no_step)
    }
}

fn of_plan(id: Id) -> bool {
    Parameter::by_id(id).is_none_or(|row| row.object() == "plan")
}

fn no_step() -> Error {
    Error::State("plan has no step; call abbe_plan_add_step() first".into())
}
