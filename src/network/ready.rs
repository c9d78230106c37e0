//! Tensors for tiles of one size: what is fed to them, and where samples are in them.

use std::time::Instant;

use super::feed::{Item, Source, Strides, fill, inputs};
use super::fit::check;
use super::geometry::Geometry;
use super::session::{Device, Session, Tensors};
use super::tensor::Tensor;
use crate::error::{Error, Result};
use crate::params::Settings;
use crate::runtime::{Control, Workers};

/// Sample types and shapes of a network's outputs.
pub type Outputs = Vec<(i32, Vec<usize>)>;

/// Tensors for tiles of one size, which a session runs on.
pub struct Ready {
    /// Extents (z, y, x) of a tile.
    pub extents: [usize; 3],
    /// The tensors of the inputs that the image goes to.
    pub feeds: Vec<Strides>,
    /// The tensors of the outputs that are given.
    pub results: Vec<Strides>,
    /// All tensors.
    pub tensors: Tensors,
}

impl Ready {
    /// For `batch` tiles of `extents` at once. The network runs once: this warms the device up and shows what it really
    /// gives.
    ///
    /// # Errors
    /// [`Error::Model`] when the network does not run, or gives other axes or extents than it states;
    /// [`Error::Cancelled`], [`Error::Memory`].
    pub fn new(
        session: &mut Session,
        geometry: &Geometry,
        (batch, channels): (usize, usize),
        extents: [usize; 3],
        settings: &Settings,
        control: &Control,
    ) -> Result<Self> {
        let shapes = geometry.shapes(batch, channels, extents);
        let mut inputs = inputs(geometry, &shapes, settings)?;
        let made = session.shapes(&mut inputs, control)?;
        Self::of(geometry, (batch, channels), extents, (inputs, shapes), &made)
    }

    /// As [`Ready::new`] without a run, for outputs of these sample types and shapes.
    ///
    /// # Errors
    /// As [`Ready::new`].
    pub fn told(
        geometry: &Geometry,
        (batch, channels): (usize, usize),
        extents: [usize; 3],
        settings: &Settings,
        outputs: &[(i32, Vec<usize>)],
    ) -> Result<Self> {
        let shapes = geometry.shapes(batch, channels, extents);
        let inputs = inputs(geometry, &shapes, settings)?;
        Self::of(geometry, (batch, channels), extents, (inputs, shapes), outputs)
    }

    fn of(
        geometry: &Geometry,
        (batch, channels): (usize, usize),
        extents: [usize; 3],
        (inputs, shapes): (Vec<Tensor>, Vec<Vec<usize>>),
        outputs: &[(i32, Vec<usize>)],
    ) -> Result<Self> {
        let feeds = geometry.fed.iter().map(|&(at, _)| Strides::new(&geometry.inputs[at], &shapes[at])).collect();
        let strides = |&at: &usize| {
            let (port, shape) = (&geometry.outputs[at], &outputs[at].1);
            if port.axes.len() != shape.len() {
                return Err(Error::Model(format!("output {} is of shape {shape:?}; it has other axes", port.name)));
            }
            let mut strides = Strides::new(port, shape);
            if strides.time_points() != 1 && strides.time_points() != geometry.frames {
                return Err(Error::Model(format!(
                    "output {} is of shape {shape:?} with axes {}; along time it must have 1 or {}, as many as the input",
                    port.name,
                    port.letters(),
                    geometry.frames
                )));
            }
            strides.turn_to(geometry.frames / 2);
            Ok(strides)
        };
        let results: Vec<Strides> = geometry.given.iter().map(strides).collect::<Result<_>>()?;
        check(geometry, extents, batch, &results, channels)?;
        let outputs = outputs.iter().map(|(kind, shape)| Tensor::new(*kind, shape)).collect::<Result<Vec<_>>>()?;
        Ok(Self { extents, feeds, results, tensors: Tensors { inputs, outputs } })
    }

    /// Fills the inputs with tiles of an image.
    pub fn feed(&mut self, source: &Source<'_>, items: &[Item], workers: &Workers) {
        for (lane, &(at, _)) in source.fed.iter().enumerate() {
            fill(self.tensors.inputs[at].values(), &self.feeds[lane], source, lane, items, workers);
        }
    }

    /// Runs the network on what it was fed; gives the seconds that it took.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn run(&mut self, session: &mut Session, device: Device, control: &Control) -> Result<f64> {
        let begun = Instant::now();
        session.run(&mut self.tensors, device, control)?;
        Ok(begun.elapsed().as_secs_f64())
    }
}
