//! Images as a camera gives them: a ring of frames before committed plans, worked through on a thread of its own.
//!
//! A [`Stream`] takes frames with [`Stream::submit`], which waits for nothing and allocates nothing, and gives results to a
//! function or to whoever asks ([`Stream::take`]). What becomes of every frame is counted, and the counts add up at any
//! instant ([`Counts`]). Which frames wait, run and are dropped is decided by `queue`, and with which of several plans a
//! frame runs by `ladder`; both know neither threads nor clocks.
//!
//! The thread is started by [`Stream::start`] and ended by [`Stream::close`]. No lock is held while a plan runs or a
//! function of the host is called, so that such a function may submit, take and cancel. Times are those of a clock that only
//! goes forward, in ns since the start.

mod ladder;
mod queue;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

pub use queue::{Counts, Done, Offer};

use crate::codes::ResultFlag;
use crate::error::{Error, Result, zeroed};
use crate::params::{STREAM_DEADLINE_MS, STREAM_FRAMES, STREAM_LEVEL, STREAM_MODE, STREAM_RESULTS, Settings};
use crate::plan::{Buffers, Plan};
use crate::runtime::{Answer, Context, Floats};
use ladder::Ladder;
use queue::{Next, Queue, Tag};

/// A frame of the host. Dropping it gives its memory back.
pub trait Frame: Send + 'static {
    /// Its samples, in the layout of the plans' input.
    fn bytes(&self) -> &[u8];
}

/// Is called with each result on the stream's thread.
pub type Deliver = Box<dyn FnMut(&Done, &[u8]) + Send>;

/// Frames on their way through committed plans.
pub struct Stream<F: Frame> {
    setup: Mutex<Setup>,
    /// The plan that it was made with.
    plan: Arc<Plan>,
    running: OnceLock<Running<F>>,
}

/// What is said before the start.
struct Setup {
    settings: Settings,
    levels: Vec<Arc<Plan>>,
    deliver: Option<Deliver>,
    /// Whether a start is under way or was.
    started: bool,
}

struct Running<F: Frame> {
    shared: Arc<Shared<F>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    frame_bytes: usize,
    result_bytes: usize,
    /// Whether results are asked for rather than given to a function.
    polled: bool,
}

/// What the stream's thread shares with those of the host.
struct Shared<F: Frame> {
    queue: Mutex<Queue<F>>,
    /// Something has changed in the queue.
    changed: Condvar,
    levels: Vec<Arc<Plan>>,
    /// The level of the frame in work.
    level: AtomicUsize,
    /// Whether the frame in work is to be given up.
    given_up: AtomicBool,
    /// Whether the plan is at it now, and not at what another call asked for.
    has_plan: AtomicBool,
    ending: AtomicBool,
    start: Instant,
}

impl<F: Frame> Stream<F> {
    /// A stream of one level, not started.
    pub fn new(plan: Arc<Plan>) -> Self {
        let levels = vec![Arc::clone(&plan)];
        let setup = Setup { settings: Settings::new("stream"), levels, deliver: None, started: false };
        Self { setup: Mutex::new(setup), plan, running: OnceLock::new() }
    }

    /// The context of its first plan.
    pub fn context(&self) -> &Context {
        self.plan.context()
    }

    /// Whether no call is at it now and it has no thread.
    pub fn is_idle(&self) -> bool {
        self.setup.try_lock().is_ok_and(|setup| !setup.started) && self.plan.is_idle()
    }

    /// Reads settings through `ask`.
    pub fn settings<T>(&self, ask: impl FnOnce(&Settings) -> T) -> T {
        ask(&lock(&self.setup).settings)
    }

    /// Changes settings through `change`.
    ///
    /// # Errors
    /// What `change` says; [`Error::State`] once it was started.
    pub fn set(&self, change: impl FnOnce(&mut Settings) -> Result<()>) -> Result<()> {
        change(&mut self.not_started()?.settings)
    }

    /// Adds a plan that gives better results than those before it, and takes longer.
    ///
    /// # Errors
    /// [`Error::State`] once it was started; [`Error::Argument`] for more than 64 plans.
    pub fn add_level(&self, plan: Arc<Plan>) -> Result<()> {
        let mut setup = self.not_started()?;
        if setup.levels.len() == MAX_LEVELS {
            return Err(Error::Argument(format!("the stream has {MAX_LEVELS} plans; it must have no more")));
        }
        setup.levels.push(plan);
        Ok(())
    }

    /// Sets the function that results are given to; `None`: they are asked for by [`Stream::take`].
    ///
    /// # Errors
    /// [`Error::State`] once it was started.
    pub fn set_deliver(&self, deliver: Option<Deliver>) -> Result<()> {
        self.not_started()?.deliver = deliver;
        Ok(())
    }

    /// Allocates all memory, what `prepare` needs for frames of so many bytes before that, and starts the thread.
    ///
    /// # Errors
    /// What `prepare` says; [`Error::State`] for a plan that is not committed, and where it was started before; [`Error::Argument`] for plans of
    /// different layouts, or a fixed level without a plan; [`Error::Memory`].
    pub fn start(&self, prepare: impl FnOnce(&Settings, usize) -> Result<()>) -> Result<()> {
        let mut setup = self.not_started()?;
        let settings = setup.settings.clone();
        let (input, output) = setup.levels[0].layouts()?;
        for (level, plan) in setup.levels.iter().enumerate() {
            let (source, target) = plan.layouts()?;
            if source != input || target != output {
                return Err(Error::Argument(format!(
                    "plan {level} takes {:?} to {:?}; all plans of a stream must take the layouts of the first, {:?} to {:?}",
                    source.shape(),
                    target.shape(),
                    input.shape(),
                    output.shape()
                )));
            }
        }
        let fixed = usize::try_from(settings.i64(STREAM_LEVEL)).ok();
        if let Some(level) = fixed.filter(|level| *level >= setup.levels.len()) {
            return Err(Error::Argument(format!(
                "stream.level is {level}; the plans of this stream are 0 to {}",
                setup.levels.len() - 1
            )));
        }
        let deadline = settings.required(STREAM_DEADLINE_MS)?;
        let deadline = (deadline > 0.0).then_some((deadline * 1e6) as u64);
        let count = |id| usize::try_from(settings.i64(id)).unwrap_or(1);
        let polled = setup.deliver.is_none();
        let mut queue = Queue::new(
            settings.choice(STREAM_MODE),
            count(STREAM_FRAMES),
            polled.then(|| count(STREAM_RESULTS)),
            deadline,
        )?;
        let [frame_bytes, result_bytes] =
            [&input, &output].map(|layout| usize::try_from(layout.bytes()).unwrap_or(usize::MAX));
        prepare(&settings, frame_bytes)?;
        for _ in 0..queue.buffers() {
            queue.give_back(zeroed("a result of the stream", result_bytes)?);
        }
        let shared = Arc::new(Shared {
            queue: Mutex::new(queue),
            changed: Condvar::new(),
            levels: setup.levels.clone(),
            level: AtomicUsize::new(0),
            given_up: AtomicBool::new(false),
            has_plan: AtomicBool::new(false),
            ending: AtomicBool::new(false),
            start: Instant::now(),
        });
        let ladder = Ladder::new(setup.levels.len(), fixed, deadline);
        let (serving, deliver) = (Arc::clone(&shared), setup.deliver.take());
        let thread = Builder::new().name("abbe-stream".into()).spawn(move || serving.serve(ladder, deliver));
        let thread = thread.map_err(|cause| {
            Error::Memory(format!(
                "the stream's thread could not be started ({cause}); the system must have room for one more"
            ))
        })?;
        let thread = Mutex::new(Some(thread));
        let _ = self.running.set(Running { shared, thread, frame_bytes, result_bytes, polled });
        setup.started = true;
        Ok(())
    }

    /// Bytes of a result.
    ///
    /// # Errors
    /// [`Error::State`] before the start.
    pub fn result_bytes(&self) -> Result<usize> {
        Ok(self.running()?.result_bytes)
    }

    /// Checks that a frame of so many bytes can be offered.
    ///
    /// # Errors
    /// [`Error::State`] before the start and after the end; [`Error::Argument`] for a frame of another size.
    pub fn check(&self, bytes: usize) -> Result<()> {
        let Running { shared, frame_bytes, .. } = self.running()?;
        if bytes != *frame_bytes {
            return Err(Error::Argument(format!("src holds {bytes} bytes; frames of this stream are {frame_bytes}")));
        }
        if shared.ending.load(Ordering::Relaxed) {
            return Err(Error::State("the stream is being destroyed; no more frames must be submitted".into()));
        }
        Ok(())
    }

    /// Offers a frame that was checked, with the host's number of it. Waits for nothing and allocates nothing. A frame that
    /// took the place of another gives that back, and a frame that finds no place is given back itself.
    ///
    /// # Errors
    /// [`Error::State`] before the start.
    pub fn submit(&self, frame: F, number: i64) -> Result<Offer<F>> {
        let shared = &self.running()?.shared;
        let offer = shared.queue().submit(frame, number, shared.now());
        shared.changed.notify_all();
        Ok(offer)
    }

    /// The oldest result that was not taken, if there is one: `copy` gets it.
    ///
    /// # Errors
    /// [`Error::State`] before the start and where results are given to a function.
    pub fn take(&self, copy: impl FnOnce(&Done, &[u8])) -> Result<bool> {
        let running = self.running()?;
        if !running.polled {
            return Err(Error::State(
                "the stream gives its results to a function; it must have none for them to be taken".into(),
            ));
        }
        let Some((done, buffer)) = running.shared.queue().take() else { return Ok(false) };
        copy(&done, &buffer);
        running.shared.queue().give_back(buffer);
        running.shared.changed.notify_all();
        Ok(true)
    }

    /// What has become of all frames, as of one instant.
    ///
    /// # Errors
    /// [`Error::State`] before the start.
    pub fn counts(&self) -> Result<Counts> {
        Ok(self.running()?.shared.queue().counts())
    }

    /// Waits until no frame waits or is in work, or the time is over.
    ///
    /// # Errors
    /// [`Error::Busy`] when it is over; [`Error::State`] before the start, and on a stream's thread, which must not wait.
    pub fn wait(&self, most: Duration) -> Result<()> {
        let running = self.running()?;
        refuse_inside()?;
        let shared = &running.shared;
        let waited = shared.changed.wait_timeout_while(shared.queue(), most, |queue| queue.is_at_work());
        if waited.unwrap_or_else(PoisonError::into_inner).1.timed_out() {
            return Err(Error::Busy("the stream is still at work; take its results, or wait longer".into()));
        }
        Ok(())
    }

    /// Drops the frames that wait, and gives up the one in work; those to come are taken as before.
    ///
    /// # Errors
    /// [`Error::State`] before the start.
    pub fn cancel(&self) -> Result<()> {
        let shared = &self.running()?.shared;
        let mut left = shared.give_up();
        while left > 0 {
            let dropped = shared.queue().drop_oldest();
            drop(dropped); // Outside the lock: the host hears of it.
            left -= 1;
        }
        shared.changed.notify_all();
        Ok(())
    }

    /// Ends the thread, and gives all frames back; results that were not taken are lost.
    ///
    /// # Errors
    /// [`Error::State`] on a stream's thread, which must not wait.
    pub fn close(&self) -> Result<()> {
        let Some(running) = self.running.get() else { return Ok(()) };
        refuse_inside()?;
        running.shared.ending.store(true, Ordering::Relaxed);
        running.shared.give_up();
        running.shared.changed.notify_all();
        if let Some(thread) = lock(&running.thread).take() {
            // It catches the panics of its work.
            let _ = thread.join();
        }
        while let Some(dropped) = { running.shared.queue().drop_oldest() } {
            drop(dropped);
        }
        // Whoever waits for frames that are gone.
        running.shared.changed.notify_all();
        Ok(())
    }

    fn not_started(&self) -> Result<MutexGuard<'_, Setup>> {
        let setup = lock(&self.setup);
        if setup.started {
            return Err(Error::State("the stream has started; it must be set up before that; make another one".into()));
        }
        Ok(setup)
    }

    fn running(&self) -> Result<&Running<F>> {
        self.running
            .get()
            .ok_or_else(|| Error::State("the stream has not started; call abbe_stream_start() first".into()))
    }
}

impl<F: Frame> Drop for Stream<F> {
    fn drop(&mut self) {
        // Whoever holds it last is no function of it, which would be the thread's own: close() has waited for those.
        let _ = self.close();
    }
}

impl<F: Frame> Shared<F> {
    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn queue(&self) -> MutexGuard<'_, Queue<F>> {
        lock(&self.queue)
    }

    /// Has the frame in work given up; tells how many others wait.
    fn give_up(&self) -> usize {
        let queue = self.queue();
        if queue.is_in_work() {
            self.given_up.store(true, Ordering::SeqCst);
            if self.has_plan.load(Ordering::SeqCst) {
                // What ONNX Runtime is at hears only this.
                self.levels[self.level.load(Ordering::Relaxed)].cancel();
            }
        }
        queue.waiting()
    }

    /// The stream's thread.
    fn serve(&self, mut ladder: Ladder, mut deliver: Option<Deliver>) {
        Floats::enter();
        SERVES.set(true);
        let (mut before, mut has_failed) = (None, false);
        while let Some((frame, tag, mut buffer)) = self.next(&mut ladder) {
            let level = self.level.load(Ordering::Relaxed);
            let started = self.now();
            let outcome = self.execute(&frame, &mut buffer, level);
            let finished = self.now();
            drop(frame);
            let age = started - tag.submitted_ns;
            if outcome.is_ok() {
                ladder.done(age, finished - started);
            }
            let mut queue = self.queue();
            match outcome {
                Ok(is_clipped) => {
                    let is_late = queue.is_late(tag.submitted_ns, finished);
                    let flags = [
                        (is_late, ResultFlag::Late),
                        (is_clipped, ResultFlag::Clipped),
                        (tag.missing > 0, ResultFlag::Gap),
                        (before.is_some_and(|before| before != level), ResultFlag::OtherLevel),
                    ];
                    let flags = flags.iter().filter(|(holds, _)| *holds).map(|(_, flag)| *flag as i64).sum();
                    before = Some(level);
                    let done = Done { tag, started_ns: started, done_ns: finished, level, flags };
                    match &mut deliver {
                        None => queue.keep(done, buffer),
                        Some(deliver) => {
                            queue.deliver();
                            drop(queue);
                            deliver(&done, &buffer);
                            self.queue().give_back(buffer);
                        }
                    }
                }
                Err(Error::Cancelled) => queue.give_up(buffer),
                Err(error) => {
                    queue.fail(buffer);
                    drop(queue);
                    // Once: frames that follow mostly fail for the same reason.
                    if !std::mem::replace(&mut has_failed, true) {
                        self.levels[level].context().note(&error);
                    }
                }
            }
            self.changed.notify_all();
        }
    }

    /// The next frame to run, at the level that is chosen for it, and where its result goes; `None` at the end.
    fn next(&self, ladder: &mut Ladder) -> Option<(F, Tag, Vec<u8>)> {
        let mut queue = self.queue();
        loop {
            if self.ending.load(Ordering::Relaxed) {
                return None;
            }
            let now = self.now();
            match queue.next(now) {
                Next::Run(frame, tag, buffer) => {
                    self.level.store(ladder.choose(now - tag.submitted_ns), Ordering::Relaxed);
                    self.given_up.store(false, Ordering::Relaxed);
                    return Some((frame, tag, buffer));
                }
                Next::Dropped(frame) => {
                    drop(queue);
                    drop(frame);
                    self.changed.notify_all();
                    queue = self.queue();
                }
                Next::Idle => queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Runs a plan on a frame; tells whether samples were clipped.
    fn execute(&self, frame: &F, buffer: &mut [u8], level: usize) -> Result<bool> {
        let plan = &self.levels[level];
        let given_up = || self.given_up.load(Ordering::SeqCst) || self.ending.load(Ordering::Relaxed);
        let mut answer = |_| if given_up() { Answer::Cancel } else { Answer::Continue };
        let work = || {
            let held = [frame.bytes().len() as u64, buffer.len() as u64];
            let done = plan.execute_heard(
                |input, output, _| {
                    self.has_plan.store(true, Ordering::SeqCst);
                    if held != [input, output] {
                        return Err(Error::State(
                            "a plan of the stream was committed for other images; its layouts must stay as they are"
                                .into(),
                        ));
                    }
                    Ok(Buffers::Apart { source: frame.bytes(), target: buffer })
                },
                &mut answer,
            );
            self.has_plan.store(false, Ordering::SeqCst);
            Ok(done? > 0)
        };
        catch_unwind(AssertUnwindSafe(work))
            .unwrap_or_else(|_| Err(Error::Internal("libabbe has a bug: a frame of a stream ended in a panic".into())))
    }
}

thread_local! {
    /// Whether this is a stream's thread, so that a function of the host is what asks.
    static SERVES: Cell<bool> = const { Cell::new(false) };
}

/// A stream's thread that waits for its own end, or for that of another which waits for it, would not come to one.
///
/// # Errors
/// [`Error::State`] on a stream's thread.
fn refuse_inside() -> Result<()> {
    if SERVES.get() {
        return Err(Error::State(
            "a stream is asked to wait by a function that it or another stream calls; call from a thread of the host's"
                .into(),
        ));
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The most plans of a stream.
const MAX_LEVELS: usize = 64;
