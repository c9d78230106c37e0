//! Raw image, result and what is known of both, until they are assessed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use super::Plan;
use super::psf_object::PsfObject;
use crate::assess::{Assessment, Image, Maps, Request, Rerun, assess};
use crate::codes::{AssessMap, ImageRole};
use crate::error::{Error, Result, zeroed};
use crate::noise::Stated;
use crate::params::{
    ASSESS_DEADLINE_S, ASSESS_DRAWS, ASSESS_GAIN, ASSESS_MEMORY_CAP_BYTES, ASSESS_OFFSET, ASSESS_PIXEL_NM,
    ASSESS_PROGRESS, ASSESS_READ_NOISE, ASSESS_SPLITS, ASSESS_STEP_NM, ASSESS_WORKSPACE_BYTES, Id, PSF_PIXEL_NM,
    PSF_STEP_NM, Settings,
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
}

struct Samples {
    values: Vec<f32>,
    shape: [usize; 3],
}

impl AssessObject {
    /// One with nothing given.
    pub fn new(context: Arc<Context>) -> Self {
        let given = Given { settings: Settings::new("assess"), images: [None, None, None], psf: None, plan: None };
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
        Image::new(role.name(), samples, shape)?;
        let mut values = zeroed(role.name(), samples.len())?;
        values.copy_from_slice(samples);
        self.state().given.images[role as usize - 1] = Some(Arc::new(Samples { values, shape }));
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
        let given = self.state().given.clone();
        let [raw, result, reference] = given.images.each_ref();
        let needed = |image: &'static str| {
            Error::State(format!("assess has no {image} image; call abbe_assess_set_image() first"))
        };
        let raw = raw.as_ref().ok_or_else(|| needed("raw"))?.image();
        let result = result.as_ref().ok_or_else(|| needed("result"))?.image();
        self.control.begin();
        let workers = self.context.workers()?;
        let cap = given.settings.i64(ASSESS_MEMORY_CAP_BYTES) as u64;
        let memory = Memory::new(
            if cap == 0 { u64::MAX } else { cap },
            format!("assess.memory_cap_bytes is {cap}; raise it, or assess a part of the image"),
        );
        let job = Job::new(&workers, &self.control).counted(&memory);
        let kernel = given.kernel(raw.shape, job)?;
        let distance = |own: Id, psfs: Id| {
            given.settings.f64(own).or_else(|| given.psf.as_ref().and_then(|psf| psf.spec().settings.f64(psfs)))
        };
        let pixel_nm = distance(ASSESS_PIXEL_NM, PSF_PIXEL_NM);
        let deadline = given.settings.f64(ASSESS_DEADLINE_S).filter(|seconds| *seconds > 0.0);
        let request = Request {
            raw,
            result,
            reference: reference.as_ref().map(|samples| samples.image()),
            kernel: kernel.as_ref(),
            stated: Stated {
                gain: given.settings.f64(ASSESS_GAIN),
                offset: given.settings.f64(ASSESS_OFFSET),
                read_noise: given.settings.f64(ASSESS_READ_NOISE),
                ..Stated::default()
            },
            pixel_nm,
            aspect: distance(ASSESS_STEP_NM, PSF_STEP_NM).zip(pixel_nm).map_or(1.0, |(step, pixel)| step / pixel),
            draws: given.settings.i64(ASSESS_DRAWS) as usize,
            splits: given.settings.i64(ASSESS_SPLITS) as usize,
            deadline: deadline.map(Duration::from_secs_f64),
        };
        let mut rerun = |source: &[f32], target: &mut [f32]| {
            let Some(plan) = &given.plan else { return Ok(()) };
            plan.execute_samples(source, request.raw.shape, target, &mut |_| {
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
            return Err(Error::State(format!(
                "map is {}; the last run made none; give the plan with abbe_assess_set_plan() and run again",
                map.name()
            )));
        }
        if report["shape"] != serde_json::json!(shape) {
            return Err(Error::Argument(format!("shape is {shape:?}; the map has {}", report["shape"])));
        }
        target.copy_from_slice(samples);
        Ok(())
    }

    /// Held for a moment only.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Samples {
    fn image(&self) -> Image<'_> {
        Image { samples: &self.values, shape: self.shape }
    }
}

impl Given {
    fn kernel(&self, shape: [usize; 3], job: Job) -> Result<Option<Kernel>> {
        self.psf.as_ref().map(|psf| psf.spec().for_image(shape, job)).transpose()
    }
}

fn no_run() -> Error {
    Error::State("assess has found nothing yet; call abbe_assess_run() first".into())
}
