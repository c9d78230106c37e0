//! Runs that show what a network does, before there is anybody who could cancel them: they end by themselves.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::{Device, Session, Tensors};
use crate::error::{Error, Result};
use crate::network::tensor::Tensor;
use crate::runtime::Control;

impl Session {
    /// As [`Session::shapes`], for a trial that nobody can cancel: it ends by itself after [`TRIAL`].
    ///
    /// # Errors
    /// As [`Session::shapes`], and [`Error::Model`] after that time.
    pub fn trial_shapes(&mut self, inputs: &mut [Tensor]) -> Result<Vec<(i32, Vec<usize>)>> {
        self.limited(|session, control| session.shapes(inputs, control))
    }

    /// As [`Session::run`] on the CPU, for a trial that nobody can cancel: it ends by itself after [`TRIAL`].
    ///
    /// # Errors
    /// As [`Session::run`], and [`Error::Model`] after that time.
    pub fn trial(&mut self, tensors: &mut Tensors) -> Result<()> {
        self.limited(|session, control| session.run(tensors, Device::Cpu, control))
    }

    fn limited<T>(&mut self, work: impl FnOnce(&mut Self, &Control) -> Result<T>) -> Result<T> {
        let (control, ended, turn) = (Control::new(), Mutex::new(false), Condvar::new());
        let lock = || ended.lock().unwrap_or_else(PoisonError::into_inner);
        let result = std::thread::scope(|scope| {
            let watch = || {
                let waited = turn.wait_timeout_while(lock(), TRIAL, |ended| !*ended);
                if waited.is_ok_and(|(ended, _)| !*ended) {
                    control.cancel();
                }
            };
            let started = std::thread::Builder::new().spawn_scoped(scope, watch);
            started.map_err(|error| Error::Memory(format!("a thread cannot be started: {error}")))?;
            let result = work(self, &control);
            *lock() = true;
            turn.notify_all();
            result
        });
        match result {
            Err(Error::Cancelled) => Err(Error::Model(format!(
                "a trial run of the network takes more than {} s; it must end before that",
                TRIAL.as_secs()
            ))),
            result => result,
        }
    }
}

/// Longest trial run, of images of a few hundred pixels.
const TRIAL: Duration = Duration::from_secs(100);
