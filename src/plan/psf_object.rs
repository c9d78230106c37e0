//! A point spread function as an object of the C ABI: its specification, the kernel last computed from it, the last fit and the
//! last estimate.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use crate::deconvolve::{PsfEstimate, estimate_psf};
use crate::error::{Error, Result};
use crate::params::{
    Centre, Id, PSF_BACKGROUND, PSF_CENTRE, PSF_FIT_CHI_SQUARE, PSF_FIT_DEFOCUS_NM, PSF_FIT_SHIFT_X_PX,
    PSF_FIT_SHIFT_Y_PX, known,
};
use crate::psf::{Fit, Kernel, Kind, PsfSpec, Samples, fit};
use crate::runtime::{Answer, Context, Control, Job, Level, Watch, Workers};

/// A point spread function that may still change.
pub struct PsfObject {
    context: Arc<Context>,
    state: Mutex<State>,
    /// Of the calls that run and may be cancelled.
    running: Mutex<Vec<Arc<Control>>>,
    /// Held by the estimate that runs.
    estimating: Mutex<()>,
}

struct State {
    spec: PsfSpec,
    report: Option<serde_json::Value>,
    fit: Option<Fit>,
    estimate: Option<PsfEstimate>,
}

impl PsfObject {
    /// One of `kind` (number of the C ABI) with nothing set.
    ///
    /// # Errors
    /// [`Error::Argument`] for an unknown kind.
    pub fn new(context: Arc<Context>, kind: i32) -> Result<Self> {
        let spec = PsfSpec::new(known::<Kind>("psf kind", kind.into())?);
        let state = Mutex::new(State { spec, report: None, fit: None, estimate: None });
        Ok(Self { context, state, running: Mutex::default(), estimating: Mutex::new(()) })
    }

    /// The context it was made from.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Whether no call is at it now.
    pub fn is_idle(&self) -> bool {
        self.state.try_lock().is_ok() && self.running.try_lock().is_ok_and(|running| running.is_empty())
    }

    /// A copy of the specification as it is now.
    pub fn spec(&self) -> PsfSpec {
        self.state().spec.clone()
    }

    /// Changes the specification through `change`, which changes nothing when it fails.
    ///
    /// # Errors
    /// What `change` says.
    pub fn change(&self, change: impl FnOnce(&mut PsfSpec) -> Result<()>) -> Result<()> {
        let mut state = self.state();
        change(&mut state.spec)?;
        state.report = None;
        Ok(())
    }

    /// The extents (z, y, x) that hold its light; `dimensions` is 2 or 3.
    ///
    /// # Errors
    /// As [`PsfSpec::extent`].
    pub fn extent(&self, dimensions: usize) -> Result<[usize; 3]> {
        let running = Running::begin(self);
        let workers = self.context.workers()?;
        self.spec().extent(dimensions, [MAX_SAMPLES_PER_AXIS; 3], running.job(&workers))
    }

    /// Computes the kernel of that shape (z, y, x) into `target`.
    ///
    /// # Errors
    /// As [`PsfSpec::sample`]; `target` is untouched then.
    pub fn sample(&self, shape: [usize; 3], target: &mut [f32]) -> Result<()> {
        let running = Running::begin(self);
        let workers = self.context.workers()?;
        let kernel = self.spec().sample(shape, running.job(&workers))?;
        target.copy_from_slice(kernel.samples());
        self.state().report = Some(describe(&kernel)?);
        Ok(())
    }

    /// Fits the model to the samples of `measured` and keeps what was found, parameters of the model in their place.
    ///
    /// # Errors
    /// As [`fit`]; nothing is changed then.
    pub fn fit(&self, measured: &Self) -> Result<()> {
        let running = Running::begin(self);
        let workers = self.context.workers()?;
        let found = fit(&self.spec(), &measured.spec(), running.job(&workers))?;
        for finding in &found.findings {
            self.context.log(Level::Warning, &finding.text);
        }
        self.change(|spec| found.apply(spec))?;
        self.state().fit = Some(found);
        Ok(())
    }

    /// Finds parameters of the model from an image, packed samples (z, y, x), and sets those that it finds. `listener`
    /// is called with the progress.
    ///
    /// # Errors
    /// As [`estimate_psf`], and [`Error::State`] while another one runs; nothing is changed then.
    pub fn estimate(&self, image: &[f32], shape: [usize; 3], listener: &mut dyn FnMut(f64) -> Answer) -> Result<()> {
        let _running = match self.estimating.try_lock() {
            Ok(running) => running,
            Err(TryLockError::Poisoned(running)) => running.into_inner(),
            Err(TryLockError::WouldBlock) => {
                return Err(Error::State("psf is being estimated by another call; wait for that, or cancel it".into()));
            }
        };
        let running = Running::begin(self);
        let watch = &mut Watch::new(&running.control, listener);
        let found = estimate_psf(&self.spec(), image, shape, &*self.context.workers()?, watch)?;
        for finding in &found.findings {
            self.context.log(Level::Warning, &finding.text);
        }
        self.change(|spec| found.apply(spec))?;
        self.state().estimate = Some(found);
        Ok(())
    }

    /// Asks all that run to stop: kernels and extents that are computed, a fit, an estimate.
    pub fn cancel(&self) {
        self.running().iter().for_each(|control| control.cancel());
    }

    /// A whole number or a choice that is set, or its default.
    ///
    /// # Errors
    /// As [`crate::params::Settings::read_i64`].
    pub fn i64(&self, id: Id) -> Result<i64> {
        self.state().spec.settings.read_i64(id)
    }

    /// A real number that is set, or its default, or a fact of the last fit.
    ///
    /// # Errors
    /// As [`crate::params::Settings::read_f64`]; [`Error::State`] for a fact without a fit.
    pub fn f64(&self, id: Id) -> Result<f64> {
        let fact: fn(&Fit) -> f64 = match id {
            PSF_FIT_DEFOCUS_NM => |fit| fit.defocus_nm.value,
            PSF_FIT_SHIFT_Y_PX => |fit| fit.shift_px[0].value,
            PSF_FIT_SHIFT_X_PX => |fit| fit.shift_px[1].value,
            PSF_FIT_CHI_SQUARE => |fit| fit.chi_square,
            _ => return self.state().spec.settings.read_f64(id),
        };
        let state = self.state();
        let fit =
            state.fit.as_ref().ok_or_else(|| Error::State("psf was not fitted; call abbe_psf_fit() first".into()))?;
        Ok(fact(fit))
    }

    /// What is known of the kernel last computed by [`PsfObject::sample`], of the last fit as `fit`, and of the last
    /// estimate as `estimate`.
    ///
    /// # Errors
    /// [`Error::State`] when there was neither fit nor estimate, and no kernel since the last change.
    pub fn report(&self) -> Result<serde_json::Value> {
        let state = self.state();
        if state.report.is_none() && state.fit.is_none() && state.estimate.is_none() {
            return Err(Error::State("psf has no kernel since its last change; call abbe_psf_sample() first".into()));
        }
        let mut report = state.report.clone().unwrap_or_else(|| serde_json::json!({}));
        if let serde_json::Value::Object(report) = &mut report {
            if let Some(fit) = &state.fit {
                report.insert("fit".into(), json(fit)?);
            }
            if let Some(estimate) = &state.estimate {
                report.insert("estimate".into(), json(estimate)?);
            }
        }
        Ok(report)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Held for a moment only.
    fn running(&self) -> MutexGuard<'_, Vec<Arc<Control>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that may be cancelled while this lives.
struct Running<'a> {
    psf: &'a PsfObject,
    control: Arc<Control>,
}

impl<'a> Running<'a> {
    fn begin(psf: &'a PsfObject) -> Self {
        let control = Arc::new(Control::new());
        psf.running().push(Arc::clone(&control));
        Self { psf, control }
    }

    fn job<'b>(&'b self, workers: &'b Workers) -> Job<'b> {
        Job::new(workers, &self.control)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.psf.running().retain(|control| !Arc::ptr_eq(control, &self.control));
    }
}

/// The report of a kernel as JSON.
///
/// # Errors
/// [`Error::Internal`] when a number cannot be written.
pub fn describe(kernel: &Kernel) -> Result<serde_json::Value> {
    json(kernel.report())
}

fn json(value: &impl serde::Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(value).map_err(|cause| Error::Internal(format!("psf report: {cause}")))
}

/// Keeps samples that the host gave; only a measured point spread function takes them.
pub fn samples_for(spec: &mut PsfSpec, samples: &[f32], shape: [usize; 3]) -> Result<()> {
    if spec.kind != Kind::Measured {
        return Err(Error::State(format!(
            "psf is of kind {}; only a measured one (ABBE_PSF_MEASURED) takes samples",
            spec.kind.name()
        )));
    }
    let mut values = Vec::new();
    values.try_reserve_exact(samples.len()).map_err(|_| {
        Error::Memory(format!("samples are {} bytes; there is no room for a copy", size_of_val(samples)))
    })?;
    values.extend_from_slice(samples);
    spec.samples = Some(Samples::new(shape, values)?);
    Ok(())
}

/// Keeps samples that a deconvolution found, to be used as they are; only a measured point spread function takes them.
pub fn found_for(spec: &mut PsfSpec, samples: &[f32], shape: [usize; 3]) -> Result<()> {
    samples_for(spec, samples, shape)?;
    spec.settings.set_f64(PSF_BACKGROUND, 0.0)?;
    spec.settings.set_choice(PSF_CENTRE, Centre::None)
}

/// Largest extent along an axis of a kernel whose extent is asked for without an image.
const MAX_SAMPLES_PER_AXIS: usize = 1025;
