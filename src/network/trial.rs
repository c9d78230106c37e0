//! Trial runs: what a network makes of small images of zeros, where neither its graph nor its package tells.
//!
//! The smallest image that the network takes is looked for first: runs of small images cost next to nothing, and what
//! holds of sizes holds of all sizes. A run that would take more memory than it may is not made. Then the least number of samples is looked for that the image may grow by, along
//! rows and columns together and along planes by themselves: networks that cut the image into windows or fold pixels
//! into channels take multiples only, and say so by failing. A step counts when the result grows by as much in the
//! second step as in the first, so that networks that round up to a multiple inside are not taken for ones that scale.

use super::choice::estimate;
use super::description::{AxisKind, Size};
use super::findings::{Run, Tried};
use super::geometry::Geometry;
use super::measure::{SPATIAL, size};
use super::model::Model;
use super::runtime::{Runtime, Search};
use super::session::{Make, Session};
use super::tensor::Tensor;
use crate::error::{Error, Result};
use crate::runtime::Limits;

/// Runs a network on small images.
///
/// # Errors
/// [`Error::Model`] where it runs on none of them, [`Error::Memory`] where those that must be tried take more than they
/// may, [`Error::Cancelled`], and what a session gives.
pub fn run(model: &Model, geometry: &Geometry, limits: Limits<'_>) -> Result<Tried> {
    let runtime = Runtime::load(&Search::from_context(limits.context))?;
    let make = Make::trial(model.graph().may_be_rewritten());
    let session = Session::new(runtime.environment(), model.file(), model.weights(), &make)?;
    let mut trial = Trial { model, geometry, session, limits };
    let first = trial.first()?;
    let mut multiple = [0; 3];
    for axes in [&[1, 2][..], &[0]] {
        let step = trial.step(&first, axes)?;
        axes.iter().for_each(|&at| multiple[at] = step);
    }
    let larger = [0, 1, 2].map(|at| first.extents[at] + 2 * multiple[at]);
    let second = if larger == first.extents { first.clone() } else { trial.at(larger)? };
    Ok(Tried { runs: [first, second], multiple })
}

struct Trial<'a> {
    model: &'a Model,
    geometry: &'a Geometry,
    session: Session,
    limits: Limits<'a>,
}

impl Trial<'_> {
    /// The first image that the network takes.
    fn first(&mut self) -> Result<Run> {
        let mut failed = None;
        for wide in WIDE {
            let extents = SPATIAL.map(|kind| match size(self.geometry, kind) {
                None => 1,
                Some(Size::Fixed(size)) => *size,
                Some(Size::Steps { minimum, step }) => minimum + wide.saturating_sub(*minimum).div_ceil(*step) * step,
                Some(_) if kind == AxisKind::Z => wide / 2,
                Some(_) => wide,
            });
            match self.at(extents) {
                Err(error @ Error::Model(_)) => drop(failed.get_or_insert(error)),
                other => return other,
            }
        }
        Err(failed.unwrap_or_else(|| Error::Internal("no image was tried".to_owned())))
    }

    /// The least number of samples by which an image may grow along `axes`; 0 where it may not.
    fn step(&mut self, first: &Run, axes: &[usize]) -> Result<usize> {
        let free = |&at: &usize| matches!(size(self.geometry, SPATIAL[at]), Some(Size::Any | Size::Follows { .. }));
        let open: Vec<usize> = axes.iter().copied().filter(|at| free(at)).collect();
        if open.is_empty() {
            let stated = |&at: &usize| match size(self.geometry, SPATIAL[at]) {
                Some(Size::Steps { step, .. }) => *step,
                _ => 0,
            };
            return Ok(axes.iter().map(stated).max().unwrap_or(0));
        }
        for step in STEPS {
            let mut grown = Vec::new();
            for times in [1, 2] {
                let mut extents = first.extents;
                open.iter().for_each(|&at| extents[at] += times * step);
                match self.at(extents) {
                    Ok(run) => grown.push(run),
                    Err(Error::Model(_)) => break,
                    Err(error) => return Err(error),
                }
            }
            if let [once, twice] = &grown[..]
                && grows(self.geometry, [first, once, twice], &open)
            {
                return Ok(step);
            }
        }
        Ok(0)
    }

    fn at(&mut self, extents: [usize; 3]) -> Result<Run> {
        let channels = self.geometry.channels.unwrap_or(1);
        check_memory("a trial run", self.model, self.geometry, extents, self.limits)?;
        let shapes = self.geometry.shapes(1, channels, extents);
        let tensors =
            shapes.iter().zip(&self.geometry.inputs).map(|(shape, port)| Tensor::new(port.sample_type, shape));
        let made = self.session.trial_shapes(&mut tensors.collect::<Result<Vec<_>>>()?, self.limits.control)?;
        Ok(Run { extents, shapes: made.into_iter().map(|(_, shape)| shape).collect() })
    }
}

/// That a run on an image of `extents` (z, y, x) takes no more memory than it may.
///
/// # Errors
/// [`Error::Memory`] where it would.
pub fn check_memory(
    what: &str,
    model: &Model,
    geometry: &Geometry,
    extents: [usize; 3],
    limits: Limits<'_>,
) -> Result<()> {
    let Some(most) = limits.memory else { return Ok(()) };
    // What the graph refuses, the run says better.
    let Ok(bytes) = estimate(model, geometry, geometry.channels.unwrap_or(1), extents, 1) else { return Ok(()) };
    if bytes <= most {
        return Ok(());
    }
    Err(Error::Memory(format!(
        "plan.memory_cap_bytes leaves {most}; {what} of the network on an image of {extents:?} px (z, y, x), which shows what it \
         makes of images, takes about {bytes}; allow that much"
    )))
}

/// Whether results that are images grow evenly, along each of the axes by more than nothing.
fn grows(geometry: &Geometry, runs: [&Run; 3], axes: &[usize]) -> bool {
    geometry.given.iter().all(|&output| {
        let port = &geometry.outputs[output];
        axes.iter().all(|&at| {
            let Some(position) = port.position(SPATIAL[at]) else { return true };
            let extent = |run: &Run| run.shapes.get(output)?.get(position).copied();
            match runs.map(extent) {
                [Some(first), Some(once), Some(twice)] => once > first && twice > once && twice - once == once - first,
                _ => false,
            }
        })
    })
}

/// Extents of the images, with many divisors, until the network takes one.
const WIDE: [usize; 9] = [32, 48, 56, 60, 64, 128, 144, 240, 256];
/// Samples by which images may have to grow.
const STEPS: [usize; 22] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 20, 24, 28, 32, 48, 56, 64, 128];
