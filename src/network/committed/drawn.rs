//! What has to be known before a network is made ready for images of one shape, and what runs then correct of it.

use super::Network;
use super::states::States;
use super::whole::Whole;
use crate::error::{Error, Result};
use crate::network::choice::{Choice, choose, estimate};
use crate::network::confirm;
use crate::network::description::Port;
use crate::network::feed;
use crate::network::findings::Probe;
use crate::network::fit::{Fit, probed, search};
use crate::network::geometry::Geometry;
use crate::network::model::Model;
use crate::network::outcome::Warning;
use crate::network::ready::{Outputs, Ready};
use crate::network::session::{Device, Session};
use crate::network::tiles::{Line, Rule, Sizes};
use crate::params::{self, Extent, Settings};
use crate::runtime::Limits;

/// A network and an image, drawn together.
pub struct Drawn<'a> {
    model: &'a Model,
    shape: [usize; 4],
    settings: &'a Settings,
    limits: Limits<'a>,
    budget: Option<u64>,
    /// How the network maps the image.
    pub geometry: Geometry,
    /// The tiles.
    pub choice: Choice,
    /// How the image goes through.
    pub fit: Fit,
    /// The probe for a smaller halo, where one was asked for.
    pub halo_probe: Option<Probe>,
    /// The image as a whole, where tiles are to be compared with it, and the memory that it takes.
    whole: Option<([Line; 3], u64)>,
}

impl<'a> Drawn<'a> {
    /// Draws images of `shape` (c, z, y, x) with tiles within `budget` bytes.
    ///
    /// # Errors
    /// What does not fit, and what the runs of a probe or a trial give.
    pub fn new(
        model: &'a Model,
        shape: [usize; 4],
        settings: &'a Settings,
        limits: Limits<'a>,
        budget: Option<u64>,
    ) -> Result<Self> {
        let (mut geometry, mut halo_probe) = probed(model, shape, settings, limits)?;
        let tried = model.findings().tried(&geometry.key()).is_some();
        if !tried && refuses_sizes(model, &geometry, shape[0]) && showed(search(model, &geometry, limits))? {
            (geometry, halo_probe) = probed(model, shape, settings, limits)?;
        }
        let fit = Fit::new(&geometry, shape, settings)?;
        let own = fit.statistics_bytes(&geometry, settings);
        let choice = choose(model, &geometry, shape, settings, budget.map(|budget| budget.saturating_sub(own)))?;
        if !geometry.states.is_empty() && choice.is_tiled() {
            return Err(Error::Unsupported(format!(
                "model.states is set, and the image goes through in tiles of {:?} px (z, y, x); what a network remembers reaches \
                 beyond any tile: raise model.tile_px, or give it smaller images",
                choice.tile()
            )));
        }
        let mut drawn = Self { model, shape, settings, limits, budget, geometry, choice, fit, halo_probe, whole: None };
        drawn.whole = drawn.whole_that_fits();
        Ok(drawn)
    }

    /// Memory that it will hold.
    pub fn bytes(&self) -> u64 {
        let whole = self.whole.as_ref().map_or(0, |(_, bytes)| *bytes);
        let shapes = self.geometry.shapes(1, self.channels(), self.choice.tile());
        let images = self.fit.groups * if self.geometry.planar { self.shape[1] } else { 1 };
        let states = States::bytes(&self.geometry, &shapes, images);
        self.choice.bytes + whole + states + self.fit.statistics_bytes(&self.geometry, self.settings)
    }

    /// Whether tiles are to be compared with something else.
    fn is_compared(&self) -> bool {
        Network::checks_seams(self.settings, self.geometry.exact()) && self.choice.is_tiled() && !self.fit.averages
    }

    /// The image as one tile and its memory, where tiles are compared and it fits beside them.
    fn whole_that_fits(&self) -> Option<([Line; 3], u64)> {
        if !self.is_compared() {
            return None;
        }
        let full = self.settings.choice::<Extent>(params::MODEL_EXTENT) == Extent::Full;
        let line = |at: usize| self.geometry.rules[at].whole(self.fit.image[at], full);
        let lines = [line(0)?, line(1)?, line(2)?];
        let bytes =
            estimate(self.model, &self.geometry, self.channels(), lines.each_ref().map(|line| line.tile), 1).ok()?;
        let room = self.budget.map_or(WHOLE, |budget| budget.saturating_sub(self.choice.bytes).min(WHOLE));
        (bytes <= room).then_some((lines, bytes))
    }

    fn channels(&self) -> usize {
        self.geometry.channels.unwrap_or(self.shape[0])
    }

    fn again(self) -> Result<Self> {
        Self::new(self.model, self.shape, self.settings, self.limits, self.budget)
    }

    /// Sees to it that tiles that are called exact are: runs tell, once for a network. Those that are not are blended
    /// from then on, and `warnings` gets why.
    ///
    /// # Errors
    /// [`Error::Cancelled`], [`Error::Memory`], and what drawing anew gives.
    pub fn confirmed(self, session: &mut Session, device: Device, warnings: &mut Vec<Warning>) -> Result<Self> {
        let findings = self.model.findings();
        let key = self.geometry.mark();
        if !self.geometry.exact() || !self.choice.is_tiled() || findings.is_confirmed(&key) {
            return Ok(self);
        }
        let channels = self.channels();
        let needed = estimate(self.model, &self.geometry, channels, confirm::largest(&self.geometry), 1);
        if let (Ok(needed), Some(budget)) = (needed, self.budget)
            && needed > budget
        {
            let text = format!(
                "tiles are exact by the network's graph, and no run has confirmed it: that takes about {needed} bytes, and the \
                 memory cap leaves {budget}"
            );
            warnings.push(Warning { name: "unconfirmed", text });
            return Ok(self);
        }
        let found = confirm::difference(session, device, &self.geometry, channels, self.settings, self.limits.control);
        let difference = match found {
            Ok(difference) => difference,
            // The network does not take the tiles that it is to be tried with: they may have to be of a multiple.
            Err(Error::Model(_)) => {
                let key = self.geometry.key();
                if findings.tried(&key).is_none() && showed(search(self.model, &self.geometry, self.limits))? {
                    return self.again()?.confirmed(session, device, warnings);
                }
                f64::INFINITY
            }
            Err(error) => return Err(error),
        };
        if difference <= confirm::tolerance(self.model) {
            findings.keep_confirmed(key);
            return Ok(self);
        }
        let text = format!(
            "tiles of the network differ by {difference:.1e} of its range although its graph says that they are exact; \
             they are blended, and the report says how far they are from the image as a whole"
        );
        warnings.push(Warning { name: "tiles_differ", text });
        findings.refute(self.geometry.key(), difference);
        self.again()
    }

    /// Gives the session tensors for the tiles. Where the network does not take them, images that were fed as they are
    /// are continued to a multiple of the stride, and where it takes none of these either, trial runs look for a
    /// multiple.
    ///
    /// # Errors
    /// What the network says where nothing helps; [`Error::Cancelled`], [`Error::Memory`].
    pub fn ready(mut self, session: &mut Session) -> Result<(Self, Ready)> {
        loop {
            let refused = match self.tensors(session) {
                Ok(ready) => return Ok((self, ready)),
                Err(error @ Error::Model(_)) => error,
                Err(error) => return Err(error),
            };
            let key = self.geometry.key();
            let findings = self.model.findings();
            if !findings.is_padded(&key) {
                findings.pad(key);
            } else if findings.tried(&key).is_none() {
                if !showed(search(self.model, &self.geometry, self.limits))? {
                    return Err(refused);
                }
            } else {
                return Err(refused);
            }
            let before = self.choice.clone();
            self = self.again()?;
            if self.choice == before && self.model.findings().tried(&self.geometry.key()).is_some() {
                return Err(refused);
            }
        }
    }

    fn tensors(&self, session: &mut Session) -> Result<Ready> {
        let form = (self.choice.batch, self.channels());
        match self.told(session)? {
            Some(outputs) => Ready::told(&self.geometry, form, self.choice.tile(), self.settings, &outputs),
            None => Ready::new(session, &self.geometry, form, self.choice.tile(), self.settings, self.limits.control),
        }
    }

    /// Types and shapes of what the network makes of the tiles, where its graph tells them and a run of a small image
    /// agrees: the first large run is then that of the first image. Devices other than the processor are warmed up by a
    /// run of the tiles themselves, since they choose their kernels for each size.
    fn told(&self, session: &mut Session) -> Result<Option<Outputs>> {
        let (tile, rules) = (self.choice.tile(), &self.geometry.rules);
        let small = [0, 1, 2].map(|at| rules[at].sizes.at_least(SMALL.max(2 * rules[at].stride)).min(tile[at]));
        let samples = |extents: [usize; 3]| extents.iter().product::<usize>();
        if session.device() != Device::Cpu || !self.geometry.unknown.is_empty() || samples(small) * 4 > samples(tile) {
            return Ok(None);
        }
        let found = self.geometry.follow(self.model, self.choice.batch, self.channels(), tile)?;
        let output = |(at, port): (usize, &Port)| Some((port.sample_type, found.shape(at)?));
        let Some(outputs) = self.geometry.outputs.iter().enumerate().map(output).collect() else { return Ok(None) };
        match Ready::new(session, &self.geometry, (1, self.channels()), small, self.settings, self.limits.control) {
            Ok(_) => Ok(Some(outputs)),
            // It may want more than that little, and says why it does not run when it is given the tiles.
            Err(Error::Model(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Tensors for the image as a whole, where tiles are compared with it.
    ///
    /// # Errors
    /// [`Error::Cancelled`], [`Error::Memory`].
    pub fn whole(&self, session: &mut Session) -> Result<Option<Whole>> {
        let Some((lines, _)) = &self.whole else { return Ok(None) };
        let extents = lines.each_ref().map(|line| line.tile);
        match Ready::new(session, &self.geometry, (1, self.channels()), extents, self.settings, self.limits.control) {
            Ok(ready) => {
                let places = [0, 1, 2].map(|at| feed::places(&lines[at], self.fit.image[at]));
                Ok(Some(Whole { ready, places }))
            }
            Err(Error::Model(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Tensors for smaller tiles, with which those of the image are compared where they are not exact and the image as
    /// a whole does not fit: half as wide, and a quarter, as far as the network takes such tiles.
    ///
    /// # Errors
    /// [`Error::Cancelled`], [`Error::Memory`].
    pub fn smaller(&self, session: &mut Session) -> Result<Vec<Ready>> {
        let mut smaller: Vec<Ready> = Vec::new();
        if !self.is_compared() {
            return Ok(smaller);
        }
        for share in [2, 4] {
            let extents = [0, 1, 2].map(|at| {
                let (rule, line) = (&self.geometry.rules[at], &self.choice.lines[at]);
                let small = rule.sizes.at_least(line.tile / share).min(line.tile);
                if line.spans.len() > 1 { small } else { line.tile }
            });
            let larger = smaller.last().map_or(self.choice.tile(), |ready| ready.extents);
            if super::seam::shrunk(extents, larger) < 1.2 {
                break;
            }
            match Ready::new(session, &self.geometry, (1, self.channels()), extents, self.settings, self.limits.control)
            {
                Ok(ready) => smaller.push(ready),
                Err(Error::Model(_)) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(smaller)
    }
}

/// Whether trial runs showed something; what ended them is an error.
fn showed(searched: Result<()>) -> Result<bool> {
    match searched {
        Err(error @ (Error::Cancelled | Error::Memory(_))) => Err(error),
        searched => Ok(searched.is_ok()),
    }
}

/// Whether the graph refuses tiles of two sizes that follow each other: what the network takes is not known then.
fn refuses_sizes(model: &Model, geometry: &Geometry, channels: usize) -> bool {
    let channels = geometry.channels.unwrap_or(channels);
    (0..2).any(|more| {
        let extents = geometry.rules.each_ref().map(|rule| match rule.sizes {
            _ if *rule == Rule::absent() => 1,
            Sizes::Fixed(size) => size,
            sizes => sizes.at_least(rule.least()) + more * sizes.step(),
        });
        geometry.follow(model, 1, channels, extents).is_err()
    })
}

/// Memory of a run of the image as a whole, at most, to compare tiles with.
const WHOLE: u64 = 512 << 20;
/// Extent of a small image to try a network with.
const SMALL: usize = 32;
