//! Tensors for tiles of one size, and where samples are in them.

use super::feed::{Strides, inputs};
use super::fit::check;
use super::geometry::Geometry;
use super::session::{Session, Tensors};
use super::tensor::Tensor;
use crate::error::{Error, Result};
use crate::params::Settings;
use crate::runtime::Control;

/// Sample types and shapes of a network's outputs.
pub type Outputs = Vec<(i32, Vec<usize>)>;

/// Where samples are in the tensors of a session.
pub struct Ready {
    /// Extents (z, y, x) of a tile.
    pub extents: [usize; 3],
    /// The tensors of the inputs that the image goes to.
    pub feeds: Vec<Strides>,
    /// The tensors of the outputs that are given.
    pub results: Vec<Strides>,
}

/// [`Ready`] tensors that are not in the session.
pub struct Spare {
    /// Where samples are.
    pub ready: Ready,
    /// The tensors.
    pub tensors: Tensors,
}

impl Ready {
    /// Gives a session tensors for `batch` tiles of `extents` at once. The network runs once: this warms the device up
    /// and shows what it really gives.
    ///
    /// # Errors
    /// [`Error::Model`] when the network does not run, or gives other axes than it states; [`Error::Memory`].
    pub fn new(
        session: &mut Session,
        geometry: &Geometry,
        (batch, channels): (usize, usize),
        extents: [usize; 3],
        settings: &Settings,
        control: &Control,
    ) -> Result<Self> {
        let shapes = geometry.shapes(batch, channels, extents);
        session.take_inputs(inputs(geometry, &shapes, settings)?);
        let made = session.shapes(control)?;
        Self::of_outputs(session, geometry, &shapes, extents, &made)
    }

    /// As [`Ready::new`] without a run, for outputs of these sample types and shapes.
    ///
    /// # Errors
    /// [`Error::Model`] when outputs are of other axes than the network states; [`Error::Memory`].
    pub fn told(
        session: &mut Session,
        geometry: &Geometry,
        (batch, channels): (usize, usize),
        extents: [usize; 3],
        settings: &Settings,
        outputs: &[(i32, Vec<usize>)],
    ) -> Result<Self> {
        let shapes = geometry.shapes(batch, channels, extents);
        session.take_inputs(inputs(geometry, &shapes, settings)?);
        Self::of_outputs(session, geometry, &shapes, extents, outputs)
    }

    fn of_outputs(
        session: &mut Session,
        geometry: &Geometry,
        shapes: &[Vec<usize>],
        extents: [usize; 3],
        outputs: &[(i32, Vec<usize>)],
    ) -> Result<Self> {
        let feeds = geometry.fed.iter().map(|&(at, _)| Strides::new(&geometry.inputs[at], &shapes[at])).collect();
        let tensors = outputs.iter().map(|(kind, shape)| Tensor::new(*kind, shape)).collect::<Result<Vec<_>>>()?;
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
        let results = geometry.given.iter().map(strides).collect::<Result<_>>()?;
        session.take_outputs(tensors);
        Ok(Self { extents, feeds, results })
    }
}

impl Spare {
    /// As [`Ready::new`], with the tensors taken out of the session again.
    ///
    /// # Errors
    /// As [`Ready::new`], and [`Error::Model`] where the outputs are not of the extents that the geometry says.
    pub fn new(
        session: &mut Session,
        geometry: &Geometry,
        channels: usize,
        extents: [usize; 3],
        settings: &Settings,
        control: &Control,
    ) -> Result<Self> {
        let ready = Ready::new(session, geometry, (1, channels), extents, settings, control)?;
        check(geometry, extents, 1, &ready.results, channels)?;
        let mut tensors = Tensors::default();
        session.exchange(&mut tensors);
        Ok(Self { ready, tensors })
    }
}
