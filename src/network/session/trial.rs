//! Runs that show what a network does, which end by themselves after a while.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::{Device, Session, Tensors};
use crate::error::{Error, Result};
use crate::network::tensor::Tensor;
use crate::runtime::Control;

impl Session {
    /// As [`Session::shapes`], but ended after [`TRIAL`].
    ///
    /// # Errors
    /// As [`Session::shapes`], and [`Error::Model`] after that time.
    pub fn trial_shapes(&mut self, inputs: &mut [Tensor], control: &Control) -> Result<Vec<(i32, Vec<usize>)>> {
        self.limited(|session| session.shapes(inputs, control))
    }

    /// As [`Session::run`] on the CPU, but ended after [`TRIAL`].
    ///
    /// # Errors
    /// As [`Session::run`], and [`Error::Model`] after that time.
    pub fn trial(&mut self, tensors: &mut Tensors, control: &Control) -> Result<()> {
        self.limited(|session| session.run(tensors, Device::Cpu, control))
    }

    fn limited<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let (stop, ended, turn) = (self.stop.clone(), Mutex::new(false), Condvar::new());
        let lock = || ended.lock().unwrap_or_else(PoisonError::into_inner);
        let (result, in_time) = std::thread::scope(|scope| {
            let watch = || {
                let waited = turn.wait_timeout_while(lock(), TRIAL, |ended| !*ended);
                let in_time = waited.is_ok_and(|(ended, _)| *ended);
                if !in_time {
                    stop();
                }
                in_time
            };
            let watcher = std::thread::Builder::new()
                .spawn_scoped(scope, watch)
                .map_err(|error| Error::Memory(format!("a thread cannot be started: {error}")))?;
            let result = work(self);
            *lock() = true;
            turn.notify_all();
            Ok((result, watcher.join().unwrap_or(true)))
        })?;
        match result {
            Err(Error::Cancelled) if !in_time => Err(Error::Model(format!(
                "a trial run of the network takes more than {} s; it must end before that",
                TRIAL.as_secs()
            ))),
            result => result,
        }
    }
}

/// Longest trial run, of images of a few hundred pixels.
const TRIAL: Duration = Duration::from_secs(100);
