//! Settings become a committed plan, and a committed plan enhances images.
//!
//! A [`Plan`] is an ordered chain of steps for one image layout. [`Plan::commit`] checks everything, computes kernels,
//! builds transforms and allocates all memory; [`Plan::execute`] then runs image after image without
//! allocating. Channels and time points are independent images unless a network takes the channels together.
//!
//! This is the only module that knows every task.

mod assess_object;
mod blueprint;
mod chain;
mod draft;
mod execute;
mod executing;
mod gaps;
mod idle;
mod images;
mod kernels;
mod model_object;
mod objects;
mod pixels;
mod psf_object;
mod recipe;
mod record;
mod report;
mod step;
mod steps;
mod stream;
#[cfg(test)]
mod tests;
mod turns;
mod warnings;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

pub use assess_object::AssessObject;
pub use blueprint::Facts;
pub use draft::Draft;
pub use images::{Buffers, Images};
pub use model_object::ModelObject;
pub use objects::{Object, Role};
pub use psf_object::{PsfObject, samples_for};

use crate::error::{Error, Result, headroom};
use crate::noise::Camera;
use crate::params::{
    Id, PLAN_CAMERA_GAIN, PLAN_CAMERA_OFFSET, PLAN_CAMERA_READ_NOISE, PLAN_CLIPPED, PLAN_INPUT_BYTES,
    PLAN_OUTPUT_BYTES, PLAN_OUTPUT_GAIN, PLAN_OUTPUT_OFFSET, PLAN_PROGRESS, PLAN_WORKSPACE_BYTES, Settings,
};
use crate::runtime::{Answer, Context, Control, Level, Watch};
use blueprint::Blueprint;
use chain::Chain;
use report::Report;

/// Is called with the progress (0 to 1) on the thread that executes.
pub type Listener = Box<dyn FnMut(f64) -> Answer + Send>;

/// Work prepared for one image layout.
pub struct Plan {
    context: Arc<Context>,
    control: Control,
    /// Held while an execute or a commit is at work; who needs the others too takes it first.
    work: Mutex<Work>,
    /// Told when an execute has let go of `work`, for who waits with an eye on something else; held for a moment only.
    freed: (Mutex<()>, Condvar),
    /// Held for a moment only.
    draft: Mutex<Draft>,
    /// Whether live numbers were set that the chain has not taken yet.
    tuned: AtomicBool,
    /// Facts of the committed chain, so that asking never waits for an execute.
    facts: Mutex<Option<Facts>>,
    /// Of the last execute that came to its end; `None` where the plan is not committed.
    report: Mutex<Option<Report>>,
    /// Samples that the last execute clipped.
    clipped: AtomicU64,
    /// Bits of the factor and the offset that the last execute gave the samples.
    scaling: [AtomicU64; 2],
    /// Number of the thread that executes, 0 for none: its own progress callback must not wait for it.
    executing: AtomicU64,
}

struct Work {
    chain: Option<Chain>,
    listener: Option<Listener>,
}

impl Plan {
    /// A plan without steps.
    pub fn new(context: Arc<Context>) -> Self {
        Self {
            context,
            control: Control::new(),
            work: Mutex::new(Work { chain: None, listener: None }),
            freed: (Mutex::new(()), Condvar::new()),
            draft: Mutex::new(Draft::default()),
            tuned: AtomicBool::new(false),
            facts: Mutex::new(None),
            report: Mutex::new(None),
            clipped: AtomicU64::new(0),
            scaling: [1.0_f64, 0.0].map(|value| AtomicU64::new(value.to_bits())),
            executing: AtomicU64::new(0),
        }
    }

    /// A plan that does what `json`, of [`Plan::save`] or a report, says; the log says what the host must give to it besides.
    ///
    /// # Errors
    /// [`Error::Argument`] for text that is neither, and for names and values that this version does not know;
    /// [`Error::Unsupported`] for a format of later versions.
    pub fn load(context: Arc<Context>, json: &str) -> Result<Self> {
        let (draft, wanted) = recipe::load(&context, json)?;
        wanted.iter().for_each(|line| context.log(Level::Warning, &format!("plan from JSON: {line}")));
        let plan = Self::new(context);
        *plan.lock_draft() = draft;
        Ok(plan)
    }

    /// What the plan does, as JSON for [`Plan::load`].
    ///
    /// # Errors
    /// [`Error::State`] while another call is at work on this plan.
    pub fn save(&self) -> Result<serde_json::Value> {
        let _held = self.work_now()?;
        Ok(recipe::save(&self.lock_draft()))
    }

    /// The context it was made from.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Changes what the plan is described by through `change`, which un-commits the plan; a change that fails changes
    /// nothing.
    ///
    /// # Errors
    /// What `change` says; [`Error::State`] from a progress callback of this plan.
    pub fn change(&self, change: impl FnOnce(&mut Draft) -> Result<()>) -> Result<()> {
        let mut work = self.work()?;
        change(&mut self.lock_draft())?;
        self.uncommit(&mut work);
        Ok(())
    }

    /// Changes a setting of the plan or of its chosen step through `change`. A live one ([`Parameter::live`](crate::params::Parameter::live))
    /// waits for nothing, leaves the plan committed, and holds from the next execute on.
    ///
    /// # Errors
    /// As [`Plan::change`].
    pub fn set(&self, id: Id, change: impl FnOnce(&mut Settings) -> Result<()>) -> Result<()> {
        self.refuse_inside()?;
        let mut draft = self.lock_draft();
        if draft.is_live(id) {
            change(draft.settings_mut(id)?)?;
            self.tuned.store(true, Ordering::Relaxed); // Under the lock.
            return Ok(());
        }
        drop(draft);
        self.change(|draft| change(draft.settings_mut(id)?))
    }

    fn uncommit(&self, work: &mut Work) {
        work.chain = None;
        *self.lock_facts() = None;
        *self.lock_report() = None;
    }

    /// Chooses the step that setters mean; the plan stays committed.
    ///
    /// # Errors
    /// As [`Draft::select_step`].
    pub fn select_step(&self, index: i32) -> Result<()> {
        let _held = self.work()?;
        self.lock_draft().select_step(index)
    }

    /// Sets the function that is called with the progress; the plan stays committed.
    ///
    /// # Errors
    /// [`Error::State`] from a progress callback of this plan.
    pub fn set_listener(&self, listener: Option<Listener>) -> Result<()> {
        self.work()?.listener = listener;
        Ok(())
    }

    /// The extents of the target image, in the order of the input's axes.
    ///
    /// # Errors
    /// [`Error::State`] without an input.
    pub fn output_shape(&self) -> Result<Vec<i64>> {
        let (_held, settings) = (self.work()?, self.context.settings());
        let draft = self.lock_draft().clone();
        self.control.begin();
        let shape = draft.output_shape(draft.limits(&settings, &self.control));
        self.control.begin();
        shape
    }

    /// Checks everything, computes kernels, builds transforms and allocates all memory.
    ///
    /// # Errors
    /// Whatever does not fit, and [`Error::Cancelled`]; the plan is as before then, and not committed.
    pub fn commit(&self) -> Result<()> {
        let mut work = self.work()?;
        self.uncommit(&mut work);
        headroom()?;
        self.control.begin();
        let draft = self.draft_to_build();
        let mut silent = |_| Answer::Continue;
        let built = Chain::build(&draft, &self.context, &mut Watch::new(&self.control, &mut silent));
        self.control.begin(); // The progress of the first execute starts at 0.
        let (built, report) = built?;
        *self.lock_facts() = Some(built.facts());
        *self.lock_report() = Some(report);
        self.context.log(Level::Info, &format!("plan committed: {} bytes of workspace", built.facts().workspace_bytes));
        work.chain = Some(built);
        Ok(())
    }

    /// Asks the running execute to stop.
    pub fn cancel(&self) {
        self.control.cancel();
    }

    /// A whole-number fact or setting.
    ///
    /// # Errors
    /// [`Error::Argument`] for a parameter that is no whole number of a plan; for facts before commit, what a commit
    /// would say.
    pub fn i64(&self, id: Id) -> Result<i64> {
        if id == PLAN_CLIPPED {
            return Ok(self.clipped.load(Ordering::Relaxed) as i64);
        }
        let fact: fn(Facts) -> u64 = match id {
            PLAN_INPUT_BYTES => |facts| facts.input_bytes,
            PLAN_OUTPUT_BYTES => |facts| facts.output_bytes,
            PLAN_WORKSPACE_BYTES => |facts| facts.workspace_bytes,
            _ => return self.lock_draft().settings(id)?.read_i64(id),
        };
        let known = *self.lock_facts();
        let facts = match known {
            Some(facts) => facts,
            None => {
                let work = self.work()?;
                // A commit may have been what was waited for.
                let known = work.chain.as_ref().map(Chain::facts);
                known.map_or_else(|| self.facts_to_be(), Ok)?
            }
        };
        i64::try_from(fact(facts)).map_err(|_| Error::Argument("the plan needs more than 2^63 bytes".into()))
    }

    /// A real-number fact or setting.
    ///
    /// # Errors
    /// [`Error::Argument`] for a parameter that is no real number of a plan.
    pub fn f64(&self, id: Id) -> Result<f64> {
        if id == PLAN_PROGRESS {
            return Ok(self.control.progress());
        }
        if let Some(at) = [PLAN_OUTPUT_GAIN, PLAN_OUTPUT_OFFSET].iter().position(|fact| *fact == id) {
            return Ok(f64::from_bits(self.scaling[at].load(Ordering::Relaxed)));
        }
        self.lock_draft().settings(id)?.read_f64(id)
    }

    /// The same plan, committed anew, that states all of a camera; `None` where this one does already, or cannot.
    ///
    /// # Errors
    /// [`Error::State`] for a plan that is not committed; as [`Plan::commit`].
    pub fn with_camera(&self, camera: &Camera) -> Result<Option<Self>> {
        let work = self.work()?;
        if work.chain.is_none() {
            return Err(not_committed());
        }
        let mut draft = self.lock_draft().clone();
        drop(work);
        let numbers = [
            (PLAN_CAMERA_GAIN, camera.gain),
            (PLAN_CAMERA_OFFSET, camera.offset),
            (PLAN_CAMERA_READ_NOISE, camera.read_noise),
        ];
        let missing: Vec<_> = numbers.into_iter().filter(|(id, _)| !draft.settings.is_set(*id)).collect();
        let as_it_is =
            missing.is_empty() || missing.iter().any(|(id, value)| draft.settings.set_f64(*id, *value).is_err());
        // What a step remembers is of the host's series.
        if as_it_is && draft.steps().iter().all(|step| step.remembers().is_none()) {
            return Ok(None);
        }
        let plan = Self::new(Arc::clone(&self.context));
        *plan.lock_draft() = draft;
        plan.commit()?;
        Ok(Some(plan))
    }

    /// The mask that says which samples of images were not measured.
    ///
    /// # Errors
    /// [`Error::State`] from another call that is at work on this plan.
    pub fn mask(&self) -> Result<Option<Arc<[u8]>>> {
        let _held = self.work_now()?;
        Ok(self.lock_draft().mask.bytes())
    }

    /// What the last execute that came to its end really did; the next may be under way.
    ///
    /// # Errors
    /// [`Error::State`] when not committed.
    pub fn report(&self) -> Result<serde_json::Value> {
        let mut report = self.lock_report();
        let report = report.as_mut().ok_or_else(|| {
            Error::State("plan is not committed since its last change; there is nothing to report".into())
        })?;
        Ok(report.json())
    }

    /// Gives `psf`, a measured one, the samples of the point spread function that the chosen step found.
    ///
    /// # Errors
    /// [`Error::State`] when it found none, or `psf` is of another kind.
    pub fn estimated_psf(&self, psf: &PsfObject) -> Result<()> {
        let work = self.work()?;
        let chosen = self.lock_draft().selected();
        let found = work.chain.as_ref().and_then(|chain| chain.estimated_psf(chosen));
        let (samples, shape) = found.ok_or_else(|| {
            Error::State(
                "the chosen step has found no point spread function; a deconvolve step does whose \
                 deconvolve.algorithm is blind_richardson_lucy, in an abbe_plan_execute() that ends well, of an image with light"
                    .into(),
            )
        })?;
        psf.change(|spec| psf_object::found_for(spec, samples, shape))
    }

    /// What a commit of the draft would find.
    fn facts_to_be(&self) -> Result<Facts> {
        self.control.begin();
        let draft = self.lock_draft().clone();
        let mut silent = |_| Answer::Continue;
        let drawn = Blueprint::draw(&draft, &self.context, &mut Watch::new(&self.control, &mut silent));
        self.control.begin();
        Ok(drawn?.facts)
    }

    /// A copy of the draft whose live numbers the chain will have.
    fn draft_to_build(&self) -> Draft {
        let draft = self.lock_draft();
        self.tuned.store(false, Ordering::Relaxed);
        draft.clone()
    }

    fn lock_draft(&self) -> MutexGuard<'_, Draft> {
        self.draft.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_report(&self) -> MutexGuard<'_, Option<Report>> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_facts(&self) -> MutexGuard<'_, Option<Facts>> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn not_committed() -> Error {
    Error::State("plan is not committed since its last change; call abbe_plan_commit() first".into())
}
