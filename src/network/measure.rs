//! Finds out how a network maps images: from the caller, its package, its graph, and where these do not tell, trial
//! runs.
//!
//! Tiles need along each axis the extents that the network takes, the distance at which it repeats itself (its stride),
//! the output samples for an input sample (its scale), how many of these its unpadded borders take off (its deficit),
//! and how many at either end of a tile are not those of the whole image. The first source that states a number wins:
//!
//! 1. the caller's settings, since he may know what no file says;
//! 2. the package, which promises them to every program;
//! 3. the graph, followed for two images whose extents differ by multiples of the stride. What it does differently to
//!    them is no property of places, and makes tiles inexact;
//! 4. trial runs, where operators hide what comes of the shapes. They are made once, by `trial.rs`, and kept.
//!
//! Rejected: to take shapes from the file's own `value_info`. Exporters write symbols there, or the extents of the
//! image that they traced with.

use super::description::{AxisKind, Size};
use super::findings::Tried;
use super::geometry::Geometry;
use super::graph::value::Place;
use super::graph::{Found, lcm};
use super::model::Model;
use super::ports;
use super::tiles::{Rule, Sizes};
use crate::error::{Error, Result};
use crate::params::{self, Settings};

/// What is known of how a network maps images.
pub enum Known {
    /// All of it.
    Geometry(Box<Geometry>),
    /// Too little: only runs show the size of its result. What is known without, and why.
    NeedsTrial(Box<Geometry>, String),
}

/// What the settings of a step make of a network.
///
/// # Errors
/// [`Error::Model`] when the network cannot be fed an image, [`Error::Argument`] for settings that do not fit it.
pub fn geometry(model: &Model, settings: &Settings) -> Result<Known> {
    Measure { model, settings, geometry: ports::geometry(model, settings)? }.all()
}

/// Finds out what happens along the axes of a geometry.
struct Measure<'a> {
    model: &'a Model,
    settings: &'a Settings,
    geometry: Geometry,
}

/// Two images that were followed through the graph.
struct Followed {
    /// Extents (z, y, x).
    images: [[usize; 3]; 2],
    /// What was found.
    found: [Found; 2],
}

impl Measure<'_> {
    fn all(mut self) -> Result<Known> {
        let mut followed = self.followed()?;
        let [found, more] = &followed.found;
        self.geometry.global.clone_from(&found.global);
        self.geometry.unknown.clone_from(&found.unknown);
        if let Some(name) = found.differs_at(more).filter(|name| !found.global.iter().any(|known| known == name)) {
            self.geometry.global.push(name.to_owned());
        }
        self.check_statements(found)?;
        let known = self.geometry.given.iter().all(|&at| found.axes[at].is_some());
        let key = self.geometry.key();
        let tried = self.model.findings().tried(&key);
        self.geometry.refuted = self.model.findings().refuted(&key);
        if !known && !self.told_by_package() && tried.is_none() {
            let unknown = found.unknown.join(", ");
            let why = format!(
                "the network's operators ({unknown}) do not tell the size of its result; a trial run does at commit"
            );
            return Ok(Known::NeedsTrial(Box::new(self.geometry), why));
        }
        if !self.geometry.unknown.is_empty() {
            let guessed = pooled(self.model);
            followed.found[0].strides = followed.found[0].strides.map(|stride| lcm(stride, guessed));
        }
        let multiple = usize::try_from(self.settings.i64(params::MODEL_MULTIPLE_PX)).unwrap_or(0).max(1);
        for kind in SPATIAL {
            let Some(at) = kind.spatial() else { continue };
            if size(&self.geometry, kind).is_some() {
                let shown = tried.as_ref().map_or(1, |tried: &Tried| tried.multiple[at]);
                let stride = lcm(lcm(followed.found[0].strides[at], shown), multiple).max(1);
                self.geometry.rules[at] = self.rule(kind, at, stride, &followed, tried.as_ref())?;
            }
        }
        let channels =
            self.geometry.given.iter().map(|&at| self.channels_given(at, &followed.found[0], tried.as_ref()));
        self.geometry.output_channels = channels.collect();
        Ok(Known::Geometry(Box::new(self.geometry)))
    }

    /// Follows two images through the graph. Their extents are multiples of the network's strides, which are not known
    /// before: extents with many divisors are tried one after the other.
    fn followed(&self) -> Result<Followed> {
        let multiple = usize::try_from(self.settings.i64(params::MODEL_MULTIPLE_PX)).unwrap_or(0).max(1);
        let (mut tried, mut failed) = (Vec::new(), Vec::new());
        for wide in WIDE {
            let image = self.trial_image(wide.next_multiple_of(multiple))?;
            match self.followed_from(image) {
                Ok(followed) => return Ok(followed),
                Err(error) => failed.push(error),
            }
            tried.push(image[2].to_string());
        }
        // What is wrong with every size is not wrong with the size.
        if let [first @ Error::Model(text), others @ ..] = &failed[..]
            && others.iter().any(|other| other != first)
        {
            return Err(Error::Model(format!(
                "the network takes no images of {} px: {text}; state of what number they must be multiples as \
                 model.multiple_px",
                tried.join(", ")
            )));
        }
        Err(failed.into_iter().next().unwrap_or_else(|| Error::Internal("no image was tried".to_owned())))
    }

    /// That outputs have the axes and the channels that are stated, where the graph tells them.
    fn check_statements(&self, found: &Found) -> Result<()> {
        for &at in &self.geometry.given {
            let (port, Some(shape)) = (&self.geometry.outputs[at], found.shape(at)) else { continue };
            if shape.len() != port.axes.len() {
                return Err(Error::Model(format!(
                    "the network's output {} has axes {}; what the network gives has {}, {shape:?}",
                    port.name,
                    port.letters(),
                    shape.len()
                )));
            }
            let channels = port.position(AxisKind::Channel);
            let stated = channels.and_then(|place| port.axes[place].size.fixed().map(|stated| (stated, shape[place])));
            if let Some((stated, made)) = stated.filter(|(stated, made)| stated != made) {
                return Err(Error::Model(format!(
                    "the network's output {} is stated to have {stated} channels; the network gives {made}",
                    port.name
                )));
            }
        }
        Ok(())
    }

    fn followed_from(&self, mut image: [usize; 3]) -> Result<Followed> {
        let channels = self.geometry.channels.unwrap_or(1);
        let mut found = self.geometry.follow(self.model, 1, channels, image)?;
        let sizes = SPATIAL.map(|kind| size(&self.geometry, kind));
        let free = |at: usize| matches!(sizes[at], Some(Size::Any | Size::Follows { .. }));
        let aligned = [0, 1, 2].map(|at| {
            if free(at) { image[at].next_multiple_of(found.strides[at].clamp(1, EXTENT)) } else { image[at] }
        });
        if aligned != image {
            image = aligned;
            found = self.geometry.follow(self.model, 1, channels, image)?;
        }
        let larger = [0, 1, 2].map(|at| {
            let step = match sizes[at] {
                None | Some(Size::Fixed(_)) => return image[at],
                Some(Size::Steps { step, .. }) => lcm(*step, found.strides[at]),
                Some(_) => found.strides[at],
            };
            image[at].saturating_add(image[at].next_multiple_of(step.clamp(1, EXTENT)))
        });
        if larger.iter().any(|&extent| extent > 2 * EXTENT) {
            return Err(Error::Model(format!(
                "the network wants images of {larger:?} px; at most {EXTENT} can be fed"
            )));
        }
        let more = self.geometry.follow(self.model, 1, channels, larger)?;
        Ok(Followed { images: [image, larger], found: [found, more] })
    }

    /// An image (extents z, y, x) as wide as the network takes, at least `wide`.
    fn trial_image(&self, wide: usize) -> Result<[usize; 3]> {
        let extents = SPATIAL.map(|kind| match size(&self.geometry, kind) {
            None => 1,
            Some(Size::Fixed(size)) => *size,
            Some(Size::Steps { minimum, step }) => minimum + wide.saturating_sub(*minimum).div_ceil(*step) * step,
            Some(_) => wide,
        });
        if extents.iter().any(|&extent| extent > EXTENT) {
            return Err(Error::Model(format!(
                "the network wants images of {extents:?} px; at most {EXTENT} can be fed"
            )));
        }
        Ok(extents)
    }

    /// Whether the package alone tells the extents of all results.
    fn told_by_package(&self) -> bool {
        let told = |&at: &usize| {
            let open = |axis: &super::description::Axis| matches!(axis.size, Size::Any | Size::Steps { .. });
            let port = &self.geometry.outputs[at];
            self.channels_stated(at).is_some()
                && !port.axes.is_empty()
                && !port.axes.iter().any(|axis| axis.kind.spatial().is_some() && open(axis))
        };
        self.geometry.given.iter().all(told)
    }

    /// What happens along an axis of the network.
    fn rule(
        &self,
        kind: AxisKind,
        at: usize,
        stride: usize,
        followed: &Followed,
        tried: Option<&Tried>,
    ) -> Result<Rule> {
        let geometry = &self.geometry;
        let output = geometry.given[0];
        let position = geometry.outputs[output].position(kind);
        let axis = position.map(|position| &geometry.outputs[output].axes[position]);
        let places = geometry.given.iter().map(|&output| {
            followed.found[0].place(output, geometry.outputs[output].position(kind)?).filter(|place| place.axis == at)
        });
        let place = places.reduce(|one, other| one?.join(other?)).flatten();
        let made = Made::new(position, output, at, followed, tried);
        let (scale, output) = match axis.map(|axis| (&axis.size, axis)) {
            Some((Size::Follows { offset, .. }, axis)) => {
                let scale = self.reference_scale(kind) / axis.scale;
                (scale, Some((made.image[0] as f64 * scale + offset).floor().max(0.0) as usize))
            }
            Some((Size::Fixed(stated), _)) if made.output[0].is_none() => {
                ((*stated as f64 / made.image[0] as f64), Some(*stated))
            }
            _ => (made.scale(place), made.output[0]),
        };
        let full = (made.image[0] as f64 * scale + 1e-6).floor() as usize;
        let output = output.unwrap_or(full);
        if output == 0 || output > full || !(0.01..=64.0).contains(&scale) {
            return Err(self.not_an_image(kind, made.image[0], output, scale));
        }
        if stride > EXTENT {
            return Err(Error::Model(format!(
                "the network has a stride of {stride} samples along {}; it must be at most {EXTENT}",
                kind.letter()
            )));
        }
        let declared = axis.map_or(0, |axis| axis.halo);
        let (lead, trail, exact) = self.spoilt(place, scale, declared);
        let sizes = match (size(geometry, kind), tried) {
            (Some(size), None) => allowed(size, stride),
            (Some(Size::Any), Some(tried)) => {
                Sizes::Steps { minimum: tried.runs[0].extents[at].next_multiple_of(stride), step: stride }
            }
            (Some(size), Some(_)) => allowed(size, stride),
            (None, _) => Sizes::Fixed(1),
        };
        let rule = Rule { sizes, stride, scale, deficit: (full - output) as i64, lead, trail, exact };
        Ok(match sizes {
            // Tiles of the one size that there is must give something; exact ones may have nothing left.
            Sizes::Fixed(fixed) if rule.least_of(stride) > fixed => {
                let quarter = (fixed as f64 * scale / 4.0) as usize;
                Rule { lead: lead.min(quarter), trail: trail.min(quarter), exact: false, ..rule }
            }
            _ => rule,
        })
    }

    /// Why a result of `output` samples for `image` along an axis cannot be taken.
    fn not_an_image(&self, kind: AxisKind, image: usize, output: usize, scale: f64) -> Error {
        let along = kind.letter();
        let text = match self.model.graph().sizes_by_values() {
            Some(operator) if output == 0 || scale < 0.01 => format!(
                "the size of the network's result along {along} depends on the image's values ({operator}); it must \
                 follow from the image's size"
            ),
            _ if output == 0 => {
                format!("the network gives no sample along {along} for an image of {image}; it must give some")
            }
            _ if scale < 0.01 => format!(
                "the network gives {output} samples along {along} whatever the image's size; its result must grow with \
                 the image"
            ),
            _ if scale > 64.0 => {
                format!("the network gives {scale:.1} samples for one along {along}; it must be at most 64")
            }
            _ => format!(
                "the network gives {output} samples along {along} for an image of {image} and {scale} for each that is \
                 added; it must add none at the image's border"
            ),
        };
        Error::Model(text)
    }

    /// Output samples at the start and end of a tile that are not those of the whole image, and whether the others are.
    ///
    /// What was read off the graph is taken as it is, and widened to what the package declares, at least to a ramp to
    /// blend over, where operators that see the whole image make tiles inexact anyway. Where the graph tells nothing,
    /// it is what is declared or a guess. A halo of the caller's own counts as exact only where it holds all of it.
    fn spoilt(&self, place: Option<Place>, scale: f64, declared: usize) -> (usize, usize, bool) {
        let output = |input: f64| (input * scale).ceil() as usize;
        let geometry = &self.geometry;
        let local = geometry.global.is_empty() && geometry.unknown.is_empty() && geometry.refuted.is_none();
        match (place, self.settings.i64(params::MODEL_HALO_PX)) {
            (Some(place), -1) if local => (place.lead, place.trail, true),
            (Some(place), -1) => {
                let least = declared.max(output(HALO / 2.0));
                (place.lead.max(least), place.trail.max(least), false)
            }
            (None, -1) => (declared.max(output(HALO)), declared.max(output(HALO)), false),
            (place, halo) => {
                let chosen = output(halo as f64);
                let enough = place.is_some_and(|place| chosen >= place.lead && chosen >= place.trail);
                (chosen, chosen, local && enough)
            }
        }
    }

    /// Channels of an output; 0 where they are as many as the image's.
    fn channels_given(&self, output: usize, found: &Found, tried: Option<&Tried>) -> usize {
        let Some(place) = self.geometry.outputs[output].position(AxisKind::Channel) else { return 1 };
        let Some(channels) = self.geometry.channels else { return 0 };
        let shape = found.shape(output).or_else(|| Some(tried?.runs[0].shapes.get(output)?.clone()));
        let seen = || shape.as_ref().and_then(|shape| shape.get(place).copied());
        self.channels_stated(output).or_else(seen).unwrap_or(channels)
    }

    fn channels_stated(&self, output: usize) -> Option<usize> {
        let port = &self.geometry.outputs[output];
        match port.position(AxisKind::Channel).map(|at| &port.axes[at].size) {
            None => Some(1),
            Some(Size::Fixed(count)) => Some(*count),
            Some(Size::Follows { .. }) => self.geometry.channels,
            Some(_) => None,
        }
    }

    fn reference_scale(&self, kind: AxisKind) -> f64 {
        let port = &self.geometry.inputs[self.geometry.image];
        port.position(kind).map_or(1.0, |at| port.axes[at].scale)
    }
}

/// Extents of two images along an axis, and of what the network makes of them, where that is known.
struct Made {
    image: [usize; 2],
    output: [Option<usize>; 2],
}

impl Made {
    fn new(position: Option<usize>, output: usize, at: usize, followed: &Followed, tried: Option<&Tried>) -> Self {
        match tried {
            Some(tried) => Self {
                image: tried.runs.each_ref().map(|run| run.extents[at]),
                output: tried.runs.each_ref().map(|run| run.shapes.get(output)?.get(position?).copied()),
            },
            None => Self {
                image: followed.images.map(|image| image[at]),
                output: followed.found.each_ref().map(|found| found.shape(output)?.get(position?).copied()),
            },
        }
    }

    /// Output samples for an input sample: by the graph, else by how much larger the result of the larger image is,
    /// else, for networks of one size, by the sizes of image and result.
    fn scale(&self, place: Option<Place>) -> f64 {
        let grown = self.image[1] - self.image[0];
        let slope = || match self.output {
            [Some(less), Some(more)] if grown > 0 => Some(more.saturating_sub(less) as f64 / grown as f64),
            _ => None,
        };
        let whole = || self.output[0].map(|made| made as f64 / self.image[0] as f64);
        place.map(|place| 1.0 / place.jump.value()).or_else(slope).or_else(whole).unwrap_or(1.0)
    }
}

/// The extents that an axis of the image may have; `None` where the network does not have that axis.
pub fn size(geometry: &Geometry, kind: AxisKind) -> Option<&Size> {
    let port = &geometry.inputs[geometry.image];
    port.position(kind).map(|at| &port.axes[at].size)
}

/// Extents that suit both what is stated and the network's stride.
fn allowed(size: &Size, stride: usize) -> Sizes {
    match size {
        Size::Fixed(size) => Sizes::Fixed(*size),
        Size::Steps { minimum, step } => {
            let joined = lcm(*step, stride);
            let aligned = (0..stride).map(|at| minimum + at * step).find(|size| size % stride == 0);
            Sizes::Steps { minimum: aligned.unwrap_or(*minimum), step: joined }
        }
        _ => Sizes::Steps { minimum: stride, step: stride },
    }
}

/// A stride for graphs with operators that are not known: that of all pooling together.
fn pooled(model: &Model) -> usize {
    let nodes = &model.package().proto.graph().node;
    let steps = nodes.iter().filter(|node| matches!(node.op_type.as_str(), "MaxPool" | "AveragePool" | "Conv"));
    let factor = steps.fold(1_usize, |all, node| {
        all.saturating_mul(node.ints("strides").iter().copied().max().unwrap_or(1).clamp(1, 64) as usize)
    });
    factor.min(64)
}

/// The axes of an image.
pub const SPATIAL: [AxisKind; 3] = [AxisKind::Z, AxisKind::Y, AxisKind::X];
/// Extents with which images are followed: powers of two, then those with other small divisors too, then a large one.
const WIDE: [usize; 5] = [256, 240, 336, 5040, 4096];
/// Most samples along an axis that a network may ask for.
const EXTENT: usize = 1 << 20;
/// Context for networks that tell nothing.
pub const HALO: f64 = 32.0;
