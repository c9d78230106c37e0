//! What a recurrent network remembers: outputs of the time point before are inputs of the next.
//!
//! Each plane and group of channels has a memory of its own. It is zeros at the first time point of a series, which is that
//! of an execute. Only images that go through as a whole can be remembered: what a tile remembers of its surroundings would
//! reach further with each time point than any halo.

use super::Network;
use crate::error::{Error, Result, zeroed};
use crate::network::geometry::Geometry;
use crate::network::ready::Ready;

/// What is remembered, for each image that the network reads one by one, state after state.
#[derive(Default)]
pub(super) struct States {
    samples: Vec<f32>,
    /// Samples of one image.
    each: usize,
}

impl States {
    /// Bytes that the states of `images` images take, whose inputs have `shapes`.
    pub fn bytes(geometry: &Geometry, shapes: &[Vec<usize>], images: usize) -> u64 {
        let samples = |&(at, _): &(usize, usize)| shapes[at].iter().product::<usize>() as u64;
        geometry.states.iter().map(samples).sum::<u64>() * images as u64 * size_of::<f32>() as u64
    }

    /// For as many images.
    ///
    /// # Errors
    /// [`Error::Model`] where a state is handed on in another shape than it is read; [`Error::Memory`].
    pub fn new(geometry: &Geometry, ready: &Ready, images: usize) -> Result<Self> {
        let mut each = 0;
        for &(at, from) in &geometry.states {
            let (read, made) = (ready.tensors.inputs[at].shape(), ready.tensors.outputs[from].shape());
            if read != made {
                return Err(Error::Model(format!(
                    "the state {} is of shape {read:?} and {}, its next content, of {made:?}; they must be the same",
                    geometry.inputs[at].name, geometry.outputs[from].name
                )));
            }
            each += read.iter().product::<usize>();
        }
        Ok(Self { samples: zeroed("what the network remembers", each * images)?, each })
    }
}

impl Network {
    /// Makes the next time point the first of a series.
    pub fn forget(&mut self) {
        self.states.samples.fill(0.0);
    }

    /// Gives the network what it remembers of an image.
    pub(super) fn recall(&mut self, image: usize) {
        let mut own = &self.states.samples[image * self.states.each..];
        for &(at, _) in &self.geometry.states {
            let tensor = self.ready.tensors.inputs[at].values();
            tensor.copy_from_slice(&own[..tensor.len()]);
            own = &own[tensor.len()..];
        }
    }

    /// Keeps what the network is to remember of an image.
    pub(super) fn remember(&mut self, image: usize) {
        let mut own = &mut self.states.samples[image * self.states.each..];
        for &(_, from) in &self.geometry.states {
            let tensor = self.ready.tensors.outputs[from].values();
            let (kept, rest) = own.split_at_mut(tensor.len());
            kept.copy_from_slice(tensor);
            own = rest;
        }
    }
}
