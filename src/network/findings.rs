//! What runs have shown of a network. It is kept with the network, so that no run is made twice.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::error::Result;
use crate::params::Settings;

/// What a probe for a smaller halo found; see `probe.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Probe {
    /// Largest difference that was allowed, as a share of the result's range.
    pub tolerance: f64,
    /// Context before and behind what a tile gives by the receptive field, along z, y and x.
    pub receptive_field_zyx: [[usize; 2]; 3],
    /// The same as found.
    pub halo_zyx: [[usize; 2]; 3],
    /// Largest difference that was seen beyond it, as a share of the result's range.
    pub difference: f64,
    /// What the halo follows from: first and last input sample that sample 0 depends on, along z, y and x.
    #[serde(skip)]
    pub(super) reach: [Option<(f64, f64)>; 3],
}

/// What trial runs showed; see `trial.rs`.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Two runs, the second of a larger image where the network takes one.
    pub runs: [Run; 2],
    /// Samples by which an image may grow along z, y and x; 0 where it may not.
    pub multiple: [usize; 3],
}

/// A trial run.
#[derive(Clone, Debug)]
pub struct Run {
    /// Extents (z, y, x) of the image.
    pub extents: [usize; 3],
    /// Shapes of all outputs.
    pub shapes: Vec<Vec<usize>>,
}

/// What runs have shown of one network.
#[derive(Default)]
pub struct Findings {
    /// Trial runs, by what they depend on.
    tried: Mutex<Vec<(String, Tried)>>,
    /// Whose tiles were seen to be exact.
    confirmed: Mutex<HashSet<String>>,
    /// Whose tiles were seen not to be what the graph says, and how far they are off.
    refuted: Mutex<HashMap<String, f64>>,
    /// Which take no images but those that are continued to a multiple of the stride.
    padded: Mutex<HashSet<String>>,
    /// The last probe for a smaller halo, and the settings it was run with.
    probe: Mutex<Option<(Settings, Probe)>>,
}

impl Findings {
    /// What the last probe found, whatever its settings.
    pub fn probe(&self) -> Option<Probe> {
        self.last_probe().as_ref().map(|(_, probe)| *probe)
    }

    /// What a probe finds with these settings; `run` runs it where that was not the last one.
    ///
    /// # Errors
    /// Those of `run`.
    pub fn probe_with(&self, settings: &Settings, run: impl FnOnce() -> Result<Probe>) -> Result<Probe> {
        let known = self.last_probe().as_ref().filter(|(with, _)| with == settings).map(|(_, probe)| *probe);
        if let Some(probe) = known {
            return Ok(probe);
        }
        let probe = run()?;
        *self.last_probe() = Some((settings.clone(), probe));
        Ok(probe)
    }

    /// What trial runs showed.
    pub fn tried(&self, key: &str) -> Option<Tried> {
        lock(&self.tried).iter().find(|(known, _)| known == key).map(|(_, tried)| tried.clone())
    }

    /// Keeps what trial runs showed.
    pub fn keep_tried(&self, key: String, tried: Tried) {
        lock(&self.tried).push((key, tried));
    }

    /// Whether tiles were seen to be exact.
    pub fn is_confirmed(&self, mark: &str) -> bool {
        lock(&self.confirmed).contains(mark)
    }

    /// Notes that tiles were seen to be exact.
    pub fn keep_confirmed(&self, mark: String) {
        lock(&self.confirmed).insert(mark);
    }

    /// How far tiles were off that should have been exact, as a share of the result's range.
    pub fn refuted(&self, key: &str) -> Option<f64> {
        lock(&self.refuted).get(key).copied()
    }

    /// Notes how far tiles are off that should have been exact.
    pub fn refute(&self, key: String, difference: f64) {
        lock(&self.refuted).insert(key, difference);
    }

    /// Whether only images of multiples of the stride can be run.
    pub fn is_padded(&self, key: &str) -> bool {
        lock(&self.padded).contains(key)
    }

    /// Notes that only images of multiples of the stride can be run.
    pub fn pad(&self, key: String) {
        lock(&self.padded).insert(key);
    }

    fn last_probe(&self) -> MutexGuard<'_, Option<(Settings, Probe)>> {
        lock(&self.probe)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
