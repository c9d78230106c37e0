//! Raw image, result and what is known of both, until they are assessed.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use super::Plan;
use super::psf_object::PsfObject;
use crate::assess::{Assessment, Image, Maps, Request, Rerun, assess, bytes, filled};
use crate::codes::{AssessMap, Code, ImageRole};
use crate::error::{Error, Result, zeroed};
use crate::noise::{Camera, Stated};
use crate::params::{
    ASSESS_ALIGN, ASSESS_CORRELATION, ASSESS_DEADLINE_S, ASSESS_DRAWS, ASSESS_GAIN, ASSESS_MEMORY_CAP_BYTES,
    ASSESS_NOT_A_NUMBER, ASSESS_OFFSET, ASSESS_PIXEL_NM, ASSESS_PROGRESS, ASSESS_READ_NOISE, ASSESS_SPLITS,
    ASSESS_STEP_NM, ASSESS_WORKSPACE_BYTES, Id, NotANumber, PLAN_CAMERA_CORRELATION, PLAN_CAMERA_GAIN,
    PLAN_CAMERA_OFFSET, PLAN_CAMERA_READ_NOISE, PLAN_NOT_A_NUMBER, PLAN_WORKSPACE_BYTES, PSF_PIXEL, PSF_PIXEL_NM,
    PSF_STEP_NM, Pixel, Settings,
};
use crate::psf::Kernel;
use crate::runtime::{Answer, Context, Control, Job, Memory, Watch};

/// An assessment that may still change.
pub struct AssessObject {
    context: Arc<Context>,
    control: Control,
    state: Mutex<State>,
    /// Held by the run.
    running: Mutex<()>,
}

struct State {
    given: Given,
    done: Option<Assessment>,
    workspace_bytes: u64,
}

/// What a run works on.
#[derive(Clone)]
struct Given {
    settings: Settings,
    images: [Option<Arc<Samples>>; 3],
    psf: Option<Arc<PsfObject>>,
    plan: Option<Arc<Plan>>,
    /// 0 where a sample of the raw image was not measured.
    mask: Option<Arc<[u8]>>,
}

struct Samples {
    values: Vec<f32>,
    shape: [usize; 3],
}

impl AssessObject {
    /// One with nothing given.
    pub fn new(context: Arc<Context>) -> Self {
        let given =
            Given { settings: Settings::new("assess"), images: [None, None, None], psf: None, plan: None, mask: None };
        let state = Mutex::new(State { given, done: None, workspace_bytes: 0 });
        Self { context, control: Control::new(), state, running: Mutex::new(()) }
    }

    /// The context it was made from.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Whether no call is at it now.
    pub fn is_idle(&self) -> bool {
        self.state.try_lock().is_ok() && self.running.try_lock().is_ok()
    }

    /// Changes a setting; what was found before stays until the next run.
    ///
    /// # Errors
    /// What `change` says.
    pub fn set(&self, change: impl FnOnce(&mut Settings) -> Result<()>) -> Result<()> {
        change(&mut self.state().given.settings)
    }

    /// Takes a copy of an image.
    ///
    /// # Errors
    /// As [`Image::new`]; [`Error::Memory`].
    pub fn set_image(&self, role: ImageRole, samples: &[f32], shape: [usize; 3]) -> Result<()> {
        let given = self.given();
        given.checked(role, samples, shape)?;
        let mut values = zeroed(role.name(), samples.len())?;
        values.copy_from_slice(samples);
        self.state().given.images[role as usize - 1] = Some(Arc::new(Samples { values, shape }));
        Ok(())
    }

    /// States by a byte for each sample of the raw image which were measured; 0: not. `None` takes that away.
    ///
    /// # Errors
    /// [`Error::Argument`] where nothing is left.
    pub fn set_mask(&self, mask: Option<&[u8]>) -> Result<()> {
        if mask.is_some_and(|mask| mask.iter().all(|byte| *byte == 0)) {
            return Err(Error::Argument("mask is 0 everywhere; some samples must be measured".into()));
        }
        self.state().given.mask = mask.map(Into::into);
        Ok(())
    }

    /// Gives the point spread function whose blur the result is without; `None` takes it away.
    pub fn set_psf(&self, psf: Option<Arc<PsfObject>>) {
        self.state().given.psf = psf;
    }

    /// Gives the plan that made the result, to be run again; `None` takes it away.
    pub fn set_plan(&self, plan: Option<Arc<Plan>>) {
        self.state().given.plan = plan;
    }

    /// Works out numbers and maps; `listener` is told the share that is done.
    ///
    /// # Errors
    /// [`Error::State`] without a raw image or a result, and while another run is under way; as [`assess`].
    pub fn run(&self, listener: &mut dyn FnMut(f64) -> Answer) -> Result<()> {
        let _running = match self.running.try_lock() {
            Ok(running) => running,
            Err(TryLockError::Poisoned(running)) => running.into_inner(),
            Err(TryLockError::WouldBlock) => {
                return Err(Error::State("assess is at work on another call; wait for that, or cancel it".into()));
            }
        };
        let given = self.given();
        let raw = given.needed(ImageRole::Raw)?;
        let result = given.needed(ImageRole::Result)?;
        let reference = given.image(ImageRole::Reference)?;
        if let Some(plan) = &given.plan {
            plan.takes_samples(raw.shape, result.shape)?;
        }
        let mask = given.mask(&raw)?;
        self.control.begin();
        let workers = self.context.workers()?;
        let cap = given.settings.i64(ASSESS_MEMORY_CAP_BYTES) as u64;
        let distance = |own: Id, psfs: Id| {
            given.settings.f64(own).or_else(|| given.psf.as_ref().and_then(|psf| psf.spec().settings.f64(psfs)))
        };
        let pixel_nm = distance(ASSESS_PIXEL_NM, PSF_PIXEL_NM);
        let deadline = given.settings.f64(ASSESS_DEADLINE_S).filter(|seconds| *seconds > 0.0);
        let mut request = Request {
            raw,
            result,
            reference,
            mask: mask.as_deref(),
            kernel: None,
            stated: given.camera(),
            pixel_nm,
            aspect: distance(ASSESS_STEP_NM, PSF_STEP_NM).zip(pixel_nm).map_or(1.0, |(step, pixel)| step / pixel),
            draws: given.settings.i64(ASSESS_DRAWS) as usize,
            splits: given.settings.i64(ASSESS_SPLITS) as usize,
            align: given.settings.i64(ASSESS_ALIGN) == 1,
            deadline: deadline.map(Duration::from_secs_f64),
        };
        let of_plan = given.plan.as_ref().map(|plan| plan.i64(PLAN_WORKSPACE_BYTES)).transpose()?;
        let of_plan = of_plan.map(|bytes| bytes as u64);
        let too_low = |needed: u64| {
            format!(
                "assess.memory_cap_bytes is {cap}; it must be {needed} or more for these images; raise it, or assess a part"
            )
        };
        // Of a kernel that is not there yet, the extents are known not to be above these.
        let most = raw.shape.map(|extent| 2 * extent - 1);
        let rule = too_low(bytes(&request, Some(most), of_plan, workers.threads())?);
        // It may take about what any assessment of these images does, so that the text has the least for it where the cap is lower.
        let least = bytes(&request, Some([1; 3]), of_plan, workers.threads())?;
        let memory = Memory::new(if cap == 0 { u64::MAX } else { cap.max(least) }, rule);
        let finer = (1..3).all(|axis| result.shape[axis] > raw.shape[axis]);
        let kernel = given.kernel(raw.shape, finer, Job::new(&workers, &self.control).counted(&memory))?;
        request.kernel = kernel.as_ref();
        let needed = bytes(&request, None, of_plan, workers.threads())?;
        if cap > 0 && needed > cap {
            return Err(Error::Memory(too_low(needed)));
        }
        let memory = Memory::new(u64::MAX, String::new());
        let job = Job::new(&workers, &self.control).counted(&memory);
        let (shape, after) = (raw.shape, result.shape);
        let mut stating = None;
        let mut rerun = |camera: &Camera, source: &[f32], target: &mut [f32]| {
            let Some(given) = &given.plan else { return Ok(()) };
            if stating.is_none() {
                let plan = given.with_camera(camera)?;
                if let Some(plan) = &plan {
                    job.count("plan for halves of the light", plan.i64(PLAN_WORKSPACE_BYTES)? as u64)?;
                }
                stating = Some(plan);
            }
            let plan = stating.as_ref().and_then(Option::as_ref).unwrap_or(given);
            // Plans that know of NaN look at the gaps themselves.
            let knows = plan.i64(PLAN_NOT_A_NUMBER)? == i64::from(NotANumber::NotMeasured.number());
            let source = if knows { Cow::Borrowed(source) } else { filled(&Image { samples: source, shape }, job)? };
            plan.execute_samples((&source, shape), (target, after), &mut |_| {
                if self.control.is_cancelled() { Answer::Cancel } else { Answer::Continue }
            })
        };
        let rerun: Option<Rerun> = if given.plan.is_some() { Some(&mut rerun) } else { None };
        let done = assess(&request, rerun, job, &mut Watch::new(&self.control, listener));
        let mut state = self.state();
        state.workspace_bytes = memory.highest();
        state.done = Some(done?);
        Ok(())
    }

    /// Asks the run to stop.
    pub fn cancel(&self) {
        self.control.cancel();
    }

    /// A setting or fact.
    ///
    /// # Errors
    /// As [`Settings::read_i64`].
    pub fn i64(&self, id: Id) -> Result<i64> {
        let state = self.state();
        if id == ASSESS_WORKSPACE_BYTES {
            return Ok(i64::try_from(state.workspace_bytes).unwrap_or(i64::MAX));
        }
        state.given.settings.read_i64(id)
    }

    /// A setting or fact.
    ///
    /// # Errors
    /// As [`Settings::read_f64`].
    pub fn f64(&self, id: Id) -> Result<f64> {
        if id == ASSESS_PROGRESS {
            return Ok(self.control.progress());
        }
        self.state().given.settings.read_f64(id)
    }

    /// What the last run found.
    ///
    /// # Errors
    /// [`Error::State`] when there was none.
    pub fn report(&self) -> Result<serde_json::Value> {
        self.state().done.as_ref().map(|done| done.report.clone()).ok_or_else(no_run)
    }

    /// Copies a map of the last run, packed samples of `shape`.
    ///
    /// # Errors
    /// [`Error::State`] when there was no run, or it made no such map; [`Error::Argument`] for other extents.
    pub fn map(&self, map: AssessMap, shape: [usize; 3], target: &mut [f32]) -> Result<()> {
        let state = self.state();
        let Assessment { maps: Maps { error, residual, suspicion, spread }, report } =
            state.done.as_ref().ok_or_else(no_run)?;
        let samples = match map {
            AssessMap::Error => error,
            AssessMap::Residual => residual,
            AssessMap::Suspicion => suspicion,
            AssessMap::Spread => spread,
        };
        if samples.is_empty() {
            let why = match (&report["halves"]["reason"], &report["left_out"]) {
                (serde_json::Value::String(reason), _) => reason,
                (_, left_out) if left_out.as_array().is_some_and(|parts| parts.iter().any(|part| part == "halves")) => {
                    "assess.deadline_s left no time for it"
                }
                _ => "give the plan with abbe_assess_set_plan() and run again",
            };
            return Err(Error::State(format!("map is {}; the last run made none; {why}", map.name())));
        }
        if report["shape"] != serde_json::json!(shape) {
            return Err(Error::Argument(format!("shape is {shape:?}; the map has {}", report["shape"])));
        }
        target.copy_from_slice(samples);
        Ok(())
    }

    fn given(&self) -> Given {
        self.state().given.clone()
    }

    /// Held for a moment only.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Given {
    /// An image, if it was given: settings may have changed since.
    fn image(&self, role: ImageRole) -> Result<Option<Image<'_>>> {
        let samples = self.images[role as usize - 1].as_ref();
        samples.map(|samples| self.checked(role, &samples.values, samples.shape)).transpose()
    }

    fn needed(&self, role: ImageRole) -> Result<Image<'_>> {
        let missing =
            || Error::State(format!("assess has no {} image; call abbe_assess_set_image() first", role.name()));
        self.image(role)?.ok_or_else(missing)
    }

    /// Samples that are finite where they count.
    fn checked<'a>(&self, role: ImageRole, samples: &'a [f32], shape: [usize; 3]) -> Result<Image<'a>> {
        let nan = self.settings.choice::<NotANumber>(ASSESS_NOT_A_NUMBER) == NotANumber::NotMeasured;
        let mask = self.mask.as_deref().filter(|mask| mask.len() == samples.len());
        let image = Image::excusing(
            role.name(),
            samples,
            shape,
            |at, value| nan && value.is_nan() || mask.is_some_and(|mask| mask[at] == 0),
            ", or set assess.not_a_number to not_measured first, where NaN is what was not measured",
        );
        // A mask of another size excuses nothing: that is the fault then.
        let size = if role == ImageRole::Raw { Some(samples.len()) } else { self.raw_samples() };
        image.or_else(|fault| self.sized_mask(size).and(Err(fault)))
    }

    fn raw_samples(&self) -> Option<usize> {
        self.images[ImageRole::Raw as usize - 1].as_ref().map(|raw| raw.values.len())
    }

    /// The mask, which must have a byte for each of so many samples, if that is known.
    fn sized_mask(&self, samples: Option<usize>) -> Result<Option<&Arc<[u8]>>> {
        match (&self.mask, samples) {
            (Some(mask), Some(samples)) if mask.len() != samples => Err(Error::Argument(format!(
                "mask has {} bytes; it must have one for each of the {samples} samples (z, y, x) of the raw image",
                mask.len()
            ))),
            (mask, _) => Ok(mask.as_ref()),
        }
    }

    /// The mask, else that of the plan.
    fn mask(&self, raw: &Image) -> Result<Option<Arc<[u8]>>> {
        let samples = raw.samples.len();
        if let Some(mask) = self.sized_mask(Some(samples))? {
            return Ok(Some(Arc::clone(mask)));
        }
        let of_plan = self.plan.as_ref().map(|plan| plan.mask()).transpose()?.flatten();
        Ok(of_plan.filter(|mask| mask.len() == samples))
    }

    /// What is stated of the camera here, else in the plan.
    fn camera(&self) -> Stated {
        let own = |id: Id| self.settings.f64(id);
        let of_plan = |id: Id| self.plan.as_ref().and_then(|plan| plan.f64(id).ok());
        let [own, of_plan] = [
            (&own as &dyn Fn(Id) -> Option<f64>, [ASSESS_GAIN, ASSESS_OFFSET, ASSESS_READ_NOISE, ASSESS_CORRELATION]),
            (&of_plan, [PLAN_CAMERA_GAIN, PLAN_CAMERA_OFFSET, PLAN_CAMERA_READ_NOISE, PLAN_CAMERA_CORRELATION]),
        ]
        .map(|(read, ids)| {
            let [gain, offset, read_noise, correlation] = ids.map(read);
            Stated { gain, offset, read_noise, correlation }
        });
        own.or(&of_plan)
    }

    /// The kernel for images of `shape`. What is `finer` is averaged over the pixels when it is brought to their grid: the kernel
    /// is without them then.
    fn kernel(&self, shape: [usize; 3], finer: bool, job: Job) -> Result<Option<Kernel>> {
        let Some(psf) = &self.psf else { return Ok(None) };
        let mut spec = psf.spec();
        if finer && spec.kind.reads(PSF_PIXEL) {
            spec.settings.set_choice(PSF_PIXEL, Pixel::Point)?;
        }
        spec.for_image(shape, job).map(Some)
    }
}

fn no_run() -> Error {
    Error::State("assess has found nothing yet; call abbe_assess_run() first".into())
}
