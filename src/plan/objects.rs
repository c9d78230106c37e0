//! What a step is made from: its parameters, and the objects that it works with besides images.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::model_object::ModelObject;
use super::psf_object::PsfObject;
use crate::codes::SensorMap;
use crate::deconvolve::Calibrated;
use crate::error::{Error, Result};
use crate::network::Model;
use crate::params::Settings;
use crate::sensor::PixelMap;

/// An object that a step works with.
#[derive(Clone)]
pub enum Object {
    /// A point spread function.
    Psf(Arc<PsfObject>),
    /// A network.
    Model(Arc<ModelObject>),
    /// What is known of each pixel of a sensor.
    Map(Arc<PixelMap>),
}

/// What an object is to a step; a step has at most one object in each role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The blur to remove.
    Psf,
    /// The network to run.
    Model,
    /// What each pixel of the sensor has.
    Map(SensorMap),
}

impl Object {
    /// The role in which a step takes it.
    pub fn role(&self) -> Role {
        match self {
            Self::Psf(_) => Role::Psf,
            Self::Model(_) => Role::Model,
            Self::Map(map) => Role::Map(map.what()),
        }
    }
}

impl Role {
    /// What it is called in error texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Psf => "point spread function",
            Self::Model => "network",
            Self::Map(map) => match map {
                SensorMap::Offset => "map of offsets",
                SensorMap::Gain => "map of gains",
                SensorMap::Variance => "map of variances",
                SensorMap::Flat => "map of even light",
            },
        }
    }

    /// The function of the C ABI that gives one to a step.
    fn setter(self) -> &'static str {
        match self {
            Self::Psf => "abbe_plan_set_psf()",
            Self::Model => "abbe_plan_set_model()",
            Self::Map(_) => "abbe_plan_set_sensor_map()",
        }
    }
}

/// Parameters and objects of a step.
#[derive(Clone)]
pub struct Arguments {
    /// The parameters named `<step>.*`.
    pub settings: Settings,
    /// What images are known to be, one for each.
    pub calibrations: Option<Arc<Vec<Calibrated>>>,
    objects: Vec<Object>,
    /// The point spread functions of channels that have one of their own, by channel.
    channel_psfs: BTreeMap<usize, Arc<PsfObject>>,
}

impl Arguments {
    /// No parameter set and no object given, for a step of that name.
    pub fn new(step: &'static str) -> Self {
        Self { settings: Settings::new(step), calibrations: None, objects: Vec::new(), channel_psfs: BTreeMap::new() }
    }

    /// Takes an object, in place of the one that has its role.
    pub fn give(&mut self, object: Object) {
        self.objects.retain(|held| held.role() != object.role());
        self.objects.push(object);
    }

    /// Gives back the object in a role.
    pub fn take_back(&mut self, role: Role) {
        self.objects.retain(|held| held.role() != role);
    }

    /// Takes the point spread function of a channel, in place of the one that it has; `None`: it has none of its own.
    pub fn give_channel(&mut self, channel: usize, psf: Option<Arc<PsfObject>>) {
        match psf {
            Some(psf) => self.channel_psfs.insert(channel, psf),
            None => self.channel_psfs.remove(&channel),
        };
    }

    /// The point spread functions of channels that have one of their own, by channel.
    pub fn channel_psfs(&self) -> &BTreeMap<usize, Arc<PsfObject>> {
        &self.channel_psfs
    }

    /// Those of a step that works on some of so many channels only, which all take `psf`.
    pub fn of_channels(&self, psf: Arc<PsfObject>, channels: usize, has: impl Fn(usize) -> bool) -> Self {
        let of_those = |all: &Arc<Vec<Calibrated>>| {
            let own = all.iter().enumerate().filter(|(image, _)| has(image % channels)).map(|(_, one)| *one);
            Arc::new(own.collect())
        };
        let calibrations = self.calibrations.as_ref().map(of_those);
        let mut own = Self { channel_psfs: BTreeMap::new(), calibrations, ..self.clone() };
        own.give(Object::Psf(psf));
        own
    }

    /// The point spread function of a channel: its own, or the one for all.
    ///
    /// # Errors
    /// [`Error::State`] when it has neither.
    pub fn psf_of(&self, channel: usize) -> Result<&Arc<PsfObject>> {
        let psf = self.channel_psfs.get(&channel).or_else(|| self.given_psf());
        psf.ok_or_else(|| {
            Error::State(format!(
                "the {} step has no point spread function for channel {channel}; call abbe_plan_set_channel_psf() for it, or \
                 abbe_plan_set_psf() for all",
                self.settings.object()
            ))
        })
    }

    /// All that were given for all channels.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// The point spread function.
    ///
    /// # Errors
    /// [`Error::State`] when none was given.
    pub fn psf(&self) -> Result<&PsfObject> {
        self.given_psf().map(AsRef::as_ref).ok_or_else(|| self.lacks(Role::Psf))
    }

    fn given_psf(&self) -> Option<&Arc<PsfObject>> {
        self.objects.iter().find_map(|object| if let Object::Psf(psf) = object { Some(psf) } else { None })
    }

    /// The network.
    ///
    /// # Errors
    /// [`Error::State`] when none was given.
    pub fn model(&self) -> Result<&Arc<Model>> {
        self.model_object()?.model()
    }

    /// The network as the object that it was given as.
    ///
    /// # Errors
    /// As [`Arguments::model`].
    pub fn model_object(&self) -> Result<&Arc<ModelObject>> {
        let model =
            self.objects.iter().find_map(|object| if let Object::Model(model) = object { Some(model) } else { None });
        model.ok_or_else(|| self.lacks(Role::Model))
    }

    /// A map of the sensor's pixels, where it was given.
    pub fn map(&self, what: SensorMap) -> Option<&PixelMap> {
        let mut maps =
            self.objects.iter().filter_map(|object| if let Object::Map(map) = object { Some(map) } else { None });
        maps.find(|map| map.what() == what).map(AsRef::as_ref)
    }

    /// Whether a network was given.
    pub fn has_model(&self) -> bool {
        self.objects.iter().any(|object| object.role() == Role::Model)
    }

    fn lacks(&self, role: Role) -> Error {
        let (step, name, setter) = (self.settings.object(), role.name(), role.setter());
        Error::State(format!("the {step} step has no {name}; call {setter} first"))
    }
}
