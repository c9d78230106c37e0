//! Plans for hosts in Rust: images are views of `ndarray`, parameters have the names of `docs/parameters.md`.
//!
//! A [`Plan`] runs its steps on image after image. It is committed at the first image, and again where something was
//! changed or an image of other axes, extents, strides or sample type comes; between these nothing large is allocated.
//! `docs/rust.md` has a complete program. Error texts name functions of the C interface; methods here are called alike.
//!
//! Views are read and written where they lie, transposed and backwards ones too, as long as their samples fill one piece
//! of memory without gaps. Others (every second row, a window of a larger image, a repeated row) are copied once, because
//! safe code gets no slice over the gaps.

use std::sync::Arc;

use half::f16;
use ndarray::{Array, Array3, ArrayView, ArrayViewMut, Dimension, ShapeBuilder};
use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::codes::{Code, PsfKind, StepKind};
use crate::error::{Error, Result, grown, zeroed};
use crate::image::Dtype;
use crate::params::{Kind, Parameter, Settings};
use crate::plan::{self, Buffers, ModelObject, Object, PsfObject, samples_for};
use crate::runtime::{Answer, Context};

/// A sample of an image: `u8`, `u16`, [`half::f16`] or `f32`.
pub trait Sample: Copy + Default + FromBytes + IntoBytes + Immutable {
    /// Its number in the C interface.
    const DTYPE: Dtype;
}

impl Sample for u8 {
    const DTYPE: Dtype = Dtype::U8;
}

impl Sample for u16 {
    const DTYPE: Dtype = Dtype::U16;
}

impl Sample for f16 {
    const DTYPE: Dtype = Dtype::F16;
}

impl Sample for f32 {
    const DTYPE: Dtype = Dtype::F32;
}

/// What a parameter is set to; numbers and texts turn into it by themselves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A whole number; real parameters take it too.
    Integer(i64),
    /// A real number.
    Number(f64),
    /// A text, or the name of a choice: `"richardson_lucy"`.
    Text(&'a str),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<i32> for Value<'_> {
    fn from(value: i32) -> Self {
        Self::Integer(value.into())
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

/// A point spread function.
pub struct Psf(Arc<PsfObject>);

impl Psf {
    /// One of `kind` with nothing set.
    ///
    /// # Errors
    /// None that a host can cause.
    pub fn new(context: &Arc<Context>, kind: PsfKind) -> Result<Self> {
        Ok(Self(Arc::new(PsfObject::new(Arc::clone(context), kind.number())?)))
    }

    /// A measured one of samples (z, y, x), or (y, x) for 2-D, which are copied.
    ///
    /// # Errors
    /// [`Error::Argument`] for other than two or three axes, no samples, and samples that are not finite;
    /// [`Error::Memory`].
    pub fn measured<D: Dimension>(context: &Arc<Context>, samples: ArrayView<'_, f32, D>) -> Result<Self> {
        let shape = match *samples.shape() {
            [ny, nx] => [1, ny, nx],
            [nz, ny, nx] => [nz, ny, nx],
            _ => {
                return Err(Error::Argument(format!(
                    "samples is of {} axes; it must be of two, y and x, or of three, z, y and x",
                    samples.ndim()
                )));
            }
        };
        let psf = Self::new(context, PsfKind::Measured)?;
        let packed = packed_copy("samples", &samples)?;
        psf.0.change(|source| samples_for(source, &packed, shape))?;
        Ok(psf)
    }

    /// Sets a parameter by its name in `docs/parameters.md`: `"psf.wavelength_nm"`. Plans that were given this point
    /// spread function follow at their next commit; give it again to bring that about.
    ///
    /// # Errors
    /// [`Error::Argument`] for an unknown name, one of another object, another kind of value, and one out of range;
    /// nothing is changed then.
    pub fn set<'v>(&mut self, name: &str, value: impl Into<Value<'v>>) -> Result<()> {
        let row = Parameter::named(name)?;
        self.0.change(|source| write(&mut source.settings, row, value.into()))
    }

    /// The kernel of `shape` (z, y, x); its sum is 1, its centre at index extent / 2 of every axis.
    ///
    /// # Errors
    /// [`Error::State`] where a parameter lacks, [`Error::Argument`] for parameters that contradict each other and for
    /// no samples, [`Error::Memory`].
    pub fn sample(&self, shape: [usize; 3]) -> Result<Array3<f32>> {
        let mut kernel = zeros::<f32, _>("kernel", ndarray::Dim(shape))?;
        let samples = kernel.as_slice_mut().ok_or_else(not_packed)?;
        self.0.sample(shape, samples)?;
        Ok(kernel)
    }
}

/// A chain of steps for images.
pub struct Plan {
    plan: Arc<plan::Plan>,
    /// The images that it is committed for.
    committed: Option<Stated>,
}

impl Plan {
    /// A plan without steps.
    pub fn new(context: &Arc<Context>) -> Self {
        Self { plan: Arc::new(plan::Plan::new(Arc::clone(context))), committed: None }
    }

    /// Appends a step, which the next calls of [`Plan::set`], [`Plan::set_psf`] and [`Plan::set_model`] are for.
    ///
    /// # Errors
    /// None that a host can cause.
    pub fn add_step(&mut self, kind: StepKind) -> Result<()> {
        self.change(|draft| {
            draft.add_step(kind);
            Ok(())
        })
    }

    /// Chooses the step, counted from 0, that setters are for.
    ///
    /// # Errors
    /// [`Error::Argument`] when there is no such step, [`Error::State`] when there is none at all.
    pub fn select_step(&mut self, index: i32) -> Result<()> {
        self.plan.select_step(index)
    }

    /// Sets a parameter of the plan or of the chosen step by its name in `docs/parameters.md`:
    /// `"deconvolve.iterations"`.
    ///
    /// # Errors
    /// As [`Psf::set`]; [`Error::State`] when there is no step.
    pub fn set<'v>(&mut self, name: &str, value: impl Into<Value<'v>>) -> Result<()> {
        let row = Parameter::named(name)?;
        self.change(|draft| write(draft.settings_mut(row.id)?, row, value.into()))
    }

    /// Gives the chosen step, a deconvolution, its point spread function.
    ///
    /// # Errors
    /// [`Error::State`] when the step takes none.
    pub fn set_psf(&mut self, psf: &Psf) -> Result<()> {
        self.change(|draft| draft.give(Object::Psf(Arc::clone(&psf.0))))
    }

    /// Gives a channel, counted from 0, of the images of the chosen step, a deconvolution, a point spread function of its own;
    /// `None`: it takes that of [`Plan::set_psf`].
    ///
    /// # Errors
    /// [`Error::State`] when the step takes none, [`Error::Argument`] for a negative channel.
    pub fn set_channel_psf(&mut self, channel: i32, psf: Option<&Psf>) -> Result<()> {
        self.change(|draft| draft.give_channel_psf(channel, psf.map(|psf| Arc::clone(&psf.0))))
    }

    /// Gives the chosen step its network.
    ///
    /// # Errors
    /// [`Error::State`] when the step takes none.
    pub fn set_model(&mut self, model: &Arc<ModelObject>) -> Result<()> {
        self.change(|draft| draft.give(Object::Model(Arc::clone(model))))
    }

    /// Calls `listener` with the progress, 0 to 1, several times per iteration or tile, on the thread that runs the plan;
    /// its answer may cancel.
    ///
    /// # Errors
    /// None that a host can cause.
    pub fn on_progress(&mut self, listener: impl FnMut(f64) -> Answer + Send + 'static) -> Result<()> {
        self.plan.set_listener(Some(Box::new(listener)))
    }

    /// A function for any thread that asks the run under way to stop; it then ends with [`Error::Cancelled`].
    pub fn canceller(&self) -> impl Fn() + Clone + Send + Sync + 'static {
        let plan = Arc::clone(&self.plan);
        move || plan.cancel()
    }

    /// Runs the steps on an image and gives the result in a new array, (axes as the image's), in standard order.
    ///
    /// `axes` has one letter for each axis of `image`: t, c, z, y, x, each at most once, y and x always. Channels and time
    /// points are independent images unless a network takes the channels together. Samples are never rescaled. Extents
    /// are the image's unless a network changes them.
    ///
    /// # Errors
    /// [`Error::Argument`] for axes that do not fit the image, an image without samples, and samples that are not finite;
    /// [`Error::State`] without a step, or where one lacks something; [`Error::Memory`], [`Error::Cancelled`], and what
    /// else a step says.
    pub fn run<T: Sample, D: Dimension>(&mut self, axes: &str, image: ArrayView<'_, T, D>) -> Result<Array<f32, D>> {
        let source = Source::new(&image)?;
        let packed = Place { dtype: Dtype::F32, shape: None, byte_strides: None, byte_offset: 0 };
        self.prepare(axes, source.place(&image), packed)?;
        let mut shape = image.raw_dim();
        for (extent, found) in shape.slice_mut().iter_mut().zip(self.plan.output_shape()?) {
            *extent = usize::try_from(found).map_err(|_| Error::Internal(format!("an extent is {found}")))?;
        }
        let mut result = zeros::<f32, _>("result", shape)?;
        self.execute(source.bytes(), result.as_slice_mut().ok_or_else(not_packed)?.as_mut_bytes())?;
        Ok(result)
    }

    /// As [`Plan::run`], into an array that is there. Results are rounded to the nearest, ties to even, and saturated where
    /// its samples are integers.
    ///
    /// # Errors
    /// As [`Plan::run`]; [`Error::Argument`] where `target` has other extents than the result. After an error `target` is as
    /// before, but for the images of a series that were done.
    pub fn run_into<T: Sample, U: Sample, D: Dimension>(
        &mut self,
        axes: &str,
        image: ArrayView<'_, T, D>,
        mut target: ArrayViewMut<'_, U, D>,
    ) -> Result<()> {
        let source = Source::new(&image)?;
        let whole = target.as_slice_memory_order().is_some();
        self.prepare(axes, source.place(&image), Place::of::<U>(target.shape(), whole.then_some(target.strides())))?;
        match target.as_slice_memory_order_mut() {
            Some(samples) => self.execute(source.bytes(), samples.as_mut_bytes()),
            None => {
                let mut packed = zeros::<U, _>("copy of the target", target.raw_dim())?;
                self.execute(source.bytes(), packed.as_slice_mut().ok_or_else(not_packed)?.as_mut_bytes())?;
                target.assign(&packed);
                Ok(())
            }
        }
    }

    /// What the last run really did, as `abbe_plan_report()` of the C interface has it.
    ///
    /// # Errors
    /// [`Error::State`] when nothing was run since the last change.
    pub fn report(&self) -> Result<serde_json::Value> {
        self.plan.report()
    }

    fn change(&mut self, change: impl FnOnce(&mut plan::Draft) -> Result<()>) -> Result<()> {
        self.committed = None;
        self.plan.change(change)
    }

    /// Commits the plan for images that lie so, unless it is.
    fn prepare(&mut self, axes: &str, source: Place, target: Place) -> Result<()> {
        let stated = Stated { axes: axes.to_owned(), source, target };
        if self.committed.as_ref() == Some(&stated) {
            return Ok(());
        }
        self.committed = None;
        let Stated { source, target, .. } = &stated;
        let shape = source.shape.as_deref().unwrap_or_default();
        self.plan.change(|draft| {
            draft.set_input(source.dtype, axes, shape, source.byte_strides.as_deref(), source.byte_offset)?;
            draft.set_output(target.dtype, target.byte_strides.as_deref(), target.byte_offset)
        })?;
        let found = self.plan.output_shape()?;
        if let Some(shape) = target.shape.as_ref().filter(|shape| **shape != found) {
            return Err(Error::Argument(format!(
                "target is of extents {shape:?}; it must have the result's, {found:?}"
            )));
        }
        self.plan.commit()?;
        self.committed = Some(stated);
        Ok(())
    }

    fn execute(&self, source: &[u8], target: &mut [u8]) -> Result<()> {
        self.plan.execute(|input, output, _| {
            if (source.len() as u64) < input || (target.len() as u64) < output {
                return Err(Error::Internal("an array is smaller than its layout".into()));
            }
            Ok(Buffers::Apart { source, target })
        })
    }
}

/// The images that a plan is committed for.
#[derive(PartialEq)]
struct Stated {
    axes: String,
    source: Place,
    target: Place,
}

/// How an array lies in its memory.
#[derive(PartialEq)]
struct Place {
    dtype: Dtype,
    /// `None`: that of the result.
    shape: Option<Vec<i64>>,
    /// `None`: packed in standard order.
    byte_strides: Option<Vec<i64>>,
    byte_offset: i64,
}

impl Place {
    /// Of an array of that shape; `strides` are in samples.
    fn of<T: Sample>(shape: &[usize], strides: Option<&[isize]>) -> Self {
        let bytes = |samples: &isize| *samples as i64 * size_of::<T>() as i64;
        // The first byte is the lowest; the sample at index 0 is above it by the axes that go down.
        let below = |(extent, stride): (&usize, &isize)| extent.saturating_sub(1) as i64 * -bytes(stride).min(0);
        Self {
            dtype: T::DTYPE,
            shape: Some(shape.iter().map(|extent| *extent as i64).collect()),
            byte_strides: strides.map(|strides| strides.iter().map(bytes).collect()),
            byte_offset: strides.map_or(0, |strides| shape.iter().zip(strides).map(below).sum()),
        }
    }
}

/// The samples of an image: where they lie, or a packed copy.
enum Source<'a, T> {
    InPlace(&'a [T]),
    Copied(Vec<T>),
}

impl<'a, T: Sample> Source<'a, T> {
    fn new<D: Dimension>(image: &'a ArrayView<'_, T, D>) -> Result<Self> {
        match image.as_slice_memory_order() {
            Some(samples) => Ok(Self::InPlace(samples)),
            None => packed_copy("copy of the image", image).map(Self::Copied),
        }
    }

    fn place<D: Dimension>(&self, image: &ArrayView<'_, T, D>) -> Place {
        Place::of::<T>(image.shape(), matches!(self, Self::InPlace(_)).then_some(image.strides()))
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::InPlace(samples) => samples.as_bytes(),
            Self::Copied(samples) => samples.as_bytes(),
        }
    }
}

fn packed_copy<T: Sample, D: Dimension>(thing: &str, image: &ArrayView<'_, T, D>) -> Result<Vec<T>> {
    let mut samples = Vec::new();
    grown(thing, &mut samples, image.len())?;
    samples.extend(image.iter().copied());
    Ok(samples)
}

/// Zeros in standard order.
fn zeros<T: Sample, D: Dimension>(thing: &str, shape: D) -> Result<Array<T, D>> {
    let len = shape.slice().iter().try_fold(1_usize, |product, extent| product.checked_mul(*extent));
    let len = len.ok_or_else(|| {
        Error::Argument(format!("{thing} is of extents {shape:?}; that is more than memory can hold"))
    })?;
    let zeros = zeroed(thing, len)?;
    Array::from_shape_vec(shape.into_shape_with_order(), zeros)
        .map_err(|cause| Error::Argument(format!("{thing} is not an array ({cause}); its extents must be smaller")))
}

fn not_packed() -> Error {
    Error::Internal("a new array is not in standard order".into())
}

fn write(settings: &mut Settings, row: &Parameter, value: Value<'_>) -> Result<()> {
    match (value, row.kind) {
        (Value::Integer(value), _) => settings.set_i64(row.id, value),
        (Value::Number(value), _) => settings.set_f64(row.id, value),
        (Value::Text(name), Kind::Choice { of, .. }) => match of.values.iter().find(|value| value.name == name) {
            Some(value) => settings.set_i64(row.id, value.number.into()),
            None => {
                Err(Error::Argument(format!("{} is {name:?}; it must be one of {}", row.name, of.known())).shortened())
            }
        },
        (Value::Text(value), _) => settings.set_text(row.id, value),
    }
}
