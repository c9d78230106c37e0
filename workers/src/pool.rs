//! The threads and the one job they share.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::null;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use crate::{Floats, Parts, forks};

/// A fixed number of threads that run one loop at a time.
pub struct Workers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    /// Held by the caller whose loop uses the threads.
    busy: Mutex<()>,
    /// See [`forks`]: in the child of a fork the threads are not there.
    born: u64,
}

impl Workers {
    /// Makes a pool of `threads` workers, at least one: the thread that calls [`Workers::run`] is the first of them,
    /// so `threads - 1` are started, and none for 1.
    ///
    /// # Errors
    /// What the operating system said when it could not start a thread; those already started are ended.
    pub fn new(threads: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let mut workers = Self { shared, threads: Vec::new(), busy: Mutex::new(()), born: forks() };
        for worker in 1..threads.max(1) {
            let shared = Arc::clone(&workers.shared);
            let thread = Builder::new().name(format!("abbe-{worker}")).spawn(move || shared.serve(worker))?;
            workers.threads.push(thread);
        }
        Ok(workers)
    }

    /// Whether the threads are there: not in the child of a fork, where the calling thread does all.
    pub fn alive(&self) -> bool {
        self.born == forks()
    }

    /// The number of workers, the calling thread included: worker numbers are below it.
    pub fn threads(&self) -> usize {
        self.threads.len() + 1
    }

    /// Calls `body(worker, task)` once for every task below `tasks`, in no fixed order, and returns when all are done.
    ///
    /// No two running tasks have the same worker number. While another loop holds the threads (a second host thread,
    /// or a task that calls `run` itself) the calling thread does all tasks alone as worker 0 of its own loop.
    ///
    /// # Panics
    /// With the payload of the first task that panicked, after all workers have stopped.
    pub fn run(&self, tasks: usize, body: &(dyn Fn(usize, usize) + Sync)) {
        // SAFETY: what `stopping` borrows is there until that returns, and it runs this on the way.
        match unsafe { STOP.get().as_ref() } {
            None => self.run_all(tasks, body),
            Some(stop) => self.run_all(tasks, &|worker, task| {
                if !stop.load(Ordering::Relaxed) {
                    body(worker, task);
                }
            }),
        }
    }

    fn run_all(&self, tasks: usize, body: &(dyn Fn(usize, usize) + Sync)) {
        let held = match self.busy.try_lock() {
            Ok(held) if tasks > 1 && !self.threads.is_empty() && self.alive() => held,
            _ => return (0..tasks).for_each(|task| body(0, task)),
        };
        // SAFETY: only the lifetime is erased. The job is taken back by `finish`, which returns only when no worker is
        // inside `body` any more, and it runs on every path out of this function, since `work` catches panics.
        let erased = unsafe {
            std::mem::transmute::<&(dyn Fn(usize, usize) + Sync), &'static (dyn Fn(usize, usize) + Sync)>(body)
        };
        self.shared.start(Job { body: erased, tasks });
        self.shared.work(0, erased, tasks);
        let panic = self.shared.finish();
        drop(held);
        if let Some(payload) = panic {
            resume_unwind(payload);
        }
    }

    /// Calls `body(worker, index, part)` for every part of `parts`, as [`Workers::run`] does.
    ///
    /// `parts` is a [`Rows`](crate::Rows), [`Chunks`](crate::Chunks) or [`PerWorker`](crate::PerWorker), or a tuple of
    /// up to six of them; it has as many parts as its shortest member.
    pub fn each<P: Parts>(&self, parts: P, body: impl Fn(usize, usize, P::Part) + Sync) {
        self.run(parts.count(), &|worker, index| {
            // SAFETY: `run` gives every index to one task only, and no two running tasks the same worker.
            body(worker, index, unsafe { parts.part(worker, index) });
        });
    }
}

/// Does work whose loops begin no more tasks once `stop` is true: those that this thread starts with [`Workers::run`]. What they
/// were to make is then incomplete, so that whoever calls this must ask `stop` afterwards.
pub fn stopping<T>(stop: &AtomicBool, work: impl FnOnce() -> T) -> T {
    let _before = Before(STOP.replace(stop));
    work()
}

/// Whether what this thread does is to end, see [`stopping`]: for work outside of loops.
pub fn stopped() -> bool {
    // SAFETY: what `stopping` borrows is there until that returns, and it runs this on the way.
    unsafe { STOP.get().as_ref() }.is_some_and(|stop| stop.load(Ordering::Relaxed))
}

/// Does work that is none of what [`stopping`] does around it, as a host's function that is called on the way.
pub fn unstopped<T>(work: impl FnOnce() -> T) -> T {
    let _before = Before(STOP.replace(null()));
    work()
}

/// Puts back what held before.
struct Before(*const AtomicBool);

impl Drop for Before {
    fn drop(&mut self) {
        STOP.set(self.0);
    }
}

thread_local! {
    /// See [`stopping`]; null: nothing stops the loops of this thread.
    static STOP: Cell<*const AtomicBool> = const { Cell::new(null()) };
}

impl Drop for Workers {
    fn drop(&mut self) {
        if !self.alive() {
            // Whoever waits for threads that are not there waits for ever.
            return self.threads.drain(..).for_each(std::mem::forget);
        }
        self.shared.state().quit = true;
        self.shared.changed.notify_all();
        for thread in self.threads.drain(..) {
            // A worker never panics outside a task, and a task's panic was handed to its caller.
            let _ = thread.join();
        }
    }
}

#[derive(Clone, Copy)]
struct Job {
    body: &'static (dyn Fn(usize, usize) + Sync),
    tasks: usize,
}

#[derive(Default)]
struct State {
    job: Option<Job>,
    /// Counts jobs, so that a worker joins each at most once.
    round: u64,
    /// Workers inside the job.
    inside: usize,
    panic: Option<Box<dyn Any + Send>>,
    quit: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    next: AtomicUsize,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self, job: Job) {
        self.next.store(0, Ordering::Relaxed);
        let mut state = self.state();
        state.job = Some(job);
        state.round += 1;
        drop(state);
        self.changed.notify_all();
    }

    fn finish(&self) -> Option<Box<dyn Any + Send>> {
        let mut state = self.state();
        state.job = None;
        while state.inside > 0 {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.panic.take()
    }

    fn work(&self, worker: usize, body: &(dyn Fn(usize, usize) + Sync), tasks: usize) {
        let result = catch_unwind(AssertUnwindSafe(|| {
            loop {
                let task = self.next.fetch_add(1, Ordering::Relaxed);
                if task >= tasks {
                    return;
                }
                body(worker, task);
            }
        }));
        if let Err(payload) = result {
            self.next.store(usize::MAX / 2, Ordering::Relaxed);
            self.state().panic.get_or_insert(payload);
        }
    }

    fn serve(&self, worker: usize) {
        // Threads begin with the environment of the one that starts them, which may be a host's.
        let _ = Floats::enter();
        let mut seen = 0;
        let mut state = self.state();
        loop {
            if state.quit {
                return;
            }
            match state.job {
                Some(job) if state.round != seen => {
                    seen = state.round;
                    state.inside += 1;
                    drop(state);
                    self.work(worker, job.body, job.tasks);
                    state = self.state();
                    state.inside -= 1;
                    if state.inside == 0 {
                        self.changed.notify_all();
                    }
                }
                _ => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PerWorker, Rows, Slabs};
    use std::sync::atomic::AtomicU64;

    #[test]
    fn every_task_runs_once() {
        for threads in [1, 2, 5] {
            let workers = Workers::new(threads).unwrap();
            for tasks in [0, 1, 2, 7, 1000] {
                let counts: Vec<AtomicU64> = (0..tasks).map(|_| AtomicU64::new(0)).collect();
                workers.run(tasks, &|worker, task| {
                    assert!(worker < threads);
                    counts[task].fetch_add(1, Ordering::Relaxed);
                });
                assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 1));
            }
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_pool_lives_on() {
        let workers = Workers::new(3).unwrap();
        let caught = catch_unwind(AssertUnwindSafe(|| workers.run(50, &|_, task| assert!(task != 17, "seventeen"))));
        assert!(caught.is_err());
        let sum = AtomicU64::new(0);
        workers.run(10, &|_, task| {
            sum.fetch_add(task as u64, Ordering::Relaxed);
        });
        assert_eq!(sum.into_inner(), 45);
    }

    #[test]
    fn loops_inside_loops_and_from_several_threads_finish() {
        let workers = Workers::new(2).unwrap();
        let sum = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        workers.run(4, &|_, _| {
                            workers.run(3, &|_, _| {
                                sum.fetch_add(1, Ordering::Relaxed);
                            });
                        });
                    }
                });
            }
        });
        assert_eq!(sum.into_inner(), 4 * 50 * 4 * 3);
    }

    #[test]
    fn loops_stop_where_they_may() {
        for threads in [1, 3] {
            let (workers, stop, done) = (Workers::new(threads).unwrap(), AtomicBool::new(false), AtomicUsize::new(0));
            let count = |_, _| {
                done.fetch_add(1, Ordering::Relaxed);
            };
            stopping(&stop, || {
                workers.run(20, &|_, task| {
                    count(0, 0);
                    stop.fetch_or(task == 5, Ordering::Relaxed);
                });
                assert!((6..20).contains(&done.swap(0, Ordering::Relaxed)));
                workers.run(20, &count);
                assert_eq!(done.load(Ordering::Relaxed), 0);
                assert!(stopped() && !unstopped(stopped));
                unstopped(|| workers.run(20, &count));
                assert_eq!(done.swap(0, Ordering::Relaxed), 20);
                workers.run(20, &count);
                assert_eq!(done.load(Ordering::Relaxed), 0);
            });
            workers.run(20, &count);
            assert_eq!(done.load(Ordering::Relaxed), 20);
        }
    }

    #[test]
    fn parts_are_disjoint_and_complete() {
        let workers = Workers::new(3).unwrap();
        let mut a = vec![0_u32; 103];
        let b: Vec<u32> = (0..103).collect();
        let mut scratch = vec![0_u32; 3];
        workers.each(
            (Rows::of_mut(&mut a, 10), Rows::of(&b, 10), PerWorker::of(&mut scratch, 1)),
            |_, index, (a, b, scratch)| {
                scratch[0] += 1;
                for (at, (a, b)) in a.iter_mut().zip(b).enumerate() {
                    *a += b + 1;
                    assert_eq!(*b as usize, index * 10 + at);
                }
            },
        );
        assert!(a.iter().zip(&b).all(|(a, b)| *a == b + 1));
        assert_eq!(scratch.iter().sum::<u32>(), 11);
    }

    #[test]
    fn slabs_leave_the_gaps_alone() {
        let workers = Workers::new(3).unwrap();
        let mut elements = vec![0_u8; 40];
        workers.each(Slabs::of_mut(&mut elements, 2, 3, 12, 10, 4), |_, index, part| {
            assert_eq!(part.len(), [4, 4, 2][index % 3]);
            part.iter_mut().for_each(|element| *element += 1);
        });
        let inside = |at: usize| at >= 2 && (at - 2) % 12 < 10 && at < 2 + 2 * 12 + 10;
        assert!(elements.iter().enumerate().all(|(at, element)| *element == u8::from(inside(at))));
        let caught = catch_unwind(AssertUnwindSafe(|| Slabs::of_mut(&mut elements, 7, 3, 12, 10, 4).chunks()));
        assert!(caught.is_err());
    }
}
