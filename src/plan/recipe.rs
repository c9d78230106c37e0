//! What a plan does, as JSON that another plan is made from: kept beside images, and sent to whoever repeats the work.
//!
//! Samples of measured point spread functions, networks and masks are told apart by their sha256 and not kept: they have
//! files of their own.

mod json;

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::draft::{Draft, StepDraft};
use super::model_object::ModelObject;
use super::objects::{Object, Role};
use super::psf_object::PsfObject;
use crate::codes::{Code, PsfKind, SensorMap, StepKind};
use crate::digest::sha256;
use crate::error::{Error, Result};
use crate::params::{Parameter, Settings, known, value_of};
use crate::runtime::Context;

/// What the draft says, but for how images lie in memory.
pub fn save(draft: &Draft) -> Value {
    let mut recipe = json!({
        "format": FORMAT,
        "abbe": env!("CARGO_PKG_VERSION"),
        "settings": draft.settings.to_json(),
        "steps": draft.steps.iter().map(step).collect::<Vec<_>>(),
    });
    if let Some(mask) = draft.mask.bytes() {
        recipe["mask"] = json!({ "sha256": sha256(&mask) });
    }
    recipe
}

fn step(step: &StepDraft) -> Value {
    let StepDraft { arguments, .. } = step;
    let mut told = json!({ "step": arguments.settings.object(), "settings": arguments.settings.to_json() });
    for object in arguments.objects() {
        match object {
            Object::Psf(object) => told["psf"] = psf(object),
            Object::Model(object) => told["model"] = model(object),
            Object::Map(map) => told["maps"][map.what().name()] = json!({ "sha256": map.sha256() }),
        }
    }
    if let Some(calibrations) = &arguments.calibrations {
        told["calibrations"] = json!(calibrations);
    }
    if !arguments.channel_psfs().is_empty() {
        let own = arguments.channel_psfs().iter().map(|(channel, object)| (channel.to_string(), psf(object)));
        told["channel_psfs"] = own.collect::<Map<_, _>>().into();
    }
    told
}

fn psf(object: &PsfObject) -> Value {
    let spec = object.spec();
    let mut told = json!({ "kind": spec.kind.name(), "settings": spec.settings.to_json() });
    if let Some(samples) = &spec.samples {
        let bytes: Vec<u8> = samples.values().iter().flat_map(|value| value.to_le_bytes()).collect();
        told["samples"] = json!({ "shape": samples.shape(), "sha256": sha256(&bytes) });
    }
    told
}

fn model(object: &ModelObject) -> Value {
    let mut told = json!({ "path": object.path(), "sha256": object.sha256() });
    let given = object.model().map(|model| model.given_samples()).unwrap_or_default();
    if !given.is_empty() {
        told["inputs"] =
            given.into_iter().map(|(name, sha256)| (name, json!({ "sha256": sha256 }))).collect::<Map<_, _>>().into();
    }
    told
}

/// A draft that does what `text` says, which is what [`save`] gave, or a report that holds it as `plan`; and what the host must
/// give to it besides, as sentences.
///
/// # Errors
/// [`Error::Argument`] for text that is neither, and for names and values that this version does not know;
/// [`Error::Unsupported`] for a format of later versions.
pub fn load(context: &Arc<Context>, text: &str) -> Result<(Draft, Vec<String>)> {
    let whole = json::parse(text).map_err(|cause| {
        Error::Argument(format!("json is no JSON: {cause}; it must be what abbe_plan_save_json() gave"))
    })?;
    let recipe = Part { place: "json".into(), value: whole.get("plan").unwrap_or(&whole) };
    let recipe_format = recipe.value.get("format").and_then(Value::as_u64).ok_or_else(|| {
        Error::Argument(
            "json has no whole number \"format\"; it must be what abbe_plan_save_json() or abbe_plan_report() gave"
                .into(),
        )
    })?;
    if recipe_format > FORMAT {
        return Err(Error::Unsupported(format!(
            "json is of format {recipe_format}; this version of abbe reads up to {FORMAT}; use the one that wrote it, or a later one"
        )));
    }
    if recipe_format == 0 {
        return Err(Error::Argument(format!("json is of format 0; it must be 1 to {FORMAT}")));
    }
    recipe.only(&["format", "abbe", "settings", "steps", "mask"])?;
    let (mut draft, mut wanted) = (Draft::default(), Vec::new());
    recipe.settings(&mut draft.settings)?;
    let steps = recipe.value.get("steps").and_then(Value::as_array).ok_or_else(|| recipe.lacks("steps", "a list"))?;
    for (index, value) in steps.iter().enumerate() {
        let step = Part { place: format!("json, step {index}"), value };
        step.only(&["step", "settings", "psf", "channel_psfs", "model", "maps", "calibrations"])?;
        draft.add_step(step.one_of::<StepKind>("step")?);
        step.settings(draft.chosen_settings()?)?;
        for (role, key) in
            [(Role::Psf, "psf"), (Role::Psf, "channel_psfs"), (Role::Psf, "calibrations"), (Role::Model, "model")]
        {
            if value.get(key).is_some() {
                draft
                    .check_takes(role)
                    .map_err(|error| Error::Argument(format!("{}: {}", step.place, error.text())))?;
            }
        }
        if let Some(psf) = step.part("psf") {
            match load_psf(context, &psf)? {
                Some(object) => draft.give(Object::Psf(Arc::new(object)))?,
                None => wanted.push(format!(
                    "step {index} had a measured point spread function, with the settings {}; call abbe_plan_set_psf()",
                    psf.value.get("settings").unwrap_or(&json!({}))
                )),
            }
        }
        if let Some(own) = step.part("channel_psfs") {
            for key in own.object()?.keys() {
                let Some(psf) = own.part(key) else { continue };
                let channel = key.parse::<i32>().ok().filter(|channel| *channel >= 0 && channel.to_string() == *key);
                let channel = channel.ok_or_else(|| {
                    Error::Argument(format!(
                        "{} has the key {key:.64?}; it must be a channel, \"0\" or more",
                        own.place
                    ))
                })?;
                match load_psf(context, &psf)? {
                    Some(object) => draft.give_channel_psf(channel, Some(Arc::new(object)))?,
                    None => wanted.push(format!(
                        "step {index} had a measured point spread function for channel {channel}, with the settings {}; call \
                         abbe_plan_set_channel_psf()",
                        psf.value.get("settings").unwrap_or(&json!({}))
                    )),
                }
            }
        }
        if let Some(calibrations) = step.part("calibrations") {
            draft
                .calibrate(Some(&calibrations.value.to_string()))
                .map_err(|error| Error::Argument(format!("{}: {}", calibrations.place, error.text())))?;
        }
        if let Some(model) = step.part("model") {
            wanted.extend(wanted_of_model(index, &model)?);
        }
        if let Some(maps) = step.part("maps") {
            wanted.extend(wanted_of_maps(&mut draft, index, &maps)?);
        }
    }
    if let Some(mask) = recipe.part("mask") {
        mask.only(&["sha256"])?;
        mask.sha256()?;
        wanted.push("there was a mask; call abbe_plan_set_mask()".into());
    }
    draft.loaded = Some(Arc::new(recipe.value.clone()));
    Ok((draft, wanted))
}

/// How what the host gave to a draft that was loaded differs from what it was saved with, as sentences. `now` is what [`save`]
/// gives of the draft.
pub fn differences(draft: &Draft, now: &Value) -> Vec<String> {
    let Some(loaded) = &draft.loaded else { return Vec::new() };
    let steps = |recipe: &Value| recipe["steps"].as_array().cloned().unwrap_or_default();
    let mut found = Vec::new();
    let mut compare = |thing: String, was: &Value, now: &Value| {
        if !was.is_null()
            && let Some(difference) = difference(was, now)
        {
            found.push(format!("{thing} is not the one that the plan was saved with: {difference}"));
        }
    };
    for (index, (was, now)) in steps(loaded).iter().zip(&steps(now)).enumerate() {
        if was["psf"]["kind"] == PsfKind::Measured.name() {
            compare(format!("the point spread function of step {index}"), &was["psf"], &now["psf"]);
        }
        for (channel, was) in was["channel_psfs"].as_object().into_iter().flatten() {
            if was["kind"] == PsfKind::Measured.name() {
                let thing = format!("the point spread function of channel {channel} of step {index}");
                compare(thing, was, &now["channel_psfs"][channel]);
            }
        }
        compare(format!("the network of step {index}"), &was["model"], &now["model"]);
        for map in SensorMap::ALL {
            compare(
                format!("the {} of step {index}", Role::Map(*map).name()),
                &was["maps"][map.name()],
                &now["maps"][map.name()],
            );
        }
    }
    compare("the mask".into(), &loaded["mask"], &now["mask"]);
    found
}

/// The first thing that differs; the same network may lie in another place.
fn difference(was: &Value, now: &Value) -> Option<String> {
    let (Some(before), Some(after)) = (was.as_object(), now.as_object()) else {
        return (was != now).then(|| format!("it is {now}, and was {was}"));
    };
    let keys = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
    keys.filter(|key| *key != "path").find_map(|key| {
        let (was, now) = (&was[key], &now[key]);
        if was.is_object() && now.is_object() {
            difference(was, now)
        } else {
            (was != now).then(|| format!("{key} is {now}, and was {was}"))
        }
    })
}

/// `None` for a measured one, whose samples are not in the text.
fn load_psf(context: &Arc<Context>, part: &Part) -> Result<Option<PsfObject>> {
    part.only(&["kind", "settings", "samples"])?;
    let kind = part.one_of::<PsfKind>("kind")?;
    let object = PsfObject::new(Arc::clone(context), kind.number())?;
    object.change(|spec| part.settings(&mut spec.settings))?;
    let Some(samples) = part.part("samples") else { return Ok((kind != PsfKind::Measured).then_some(object)) };
    if kind != PsfKind::Measured {
        return Err(Error::Argument(format!(
            "{} has samples and is of kind {}; only {} has samples",
            part.place,
            kind.name(),
            PsfKind::Measured.name()
        )));
    }
    samples.only(&["shape", "sha256"])?;
    samples.sha256()?;
    let shape = samples.value.get("shape").unwrap_or(&Value::Null);
    let extents = shape.as_array().filter(|extents| extents.len() == 3);
    if extents.is_none_or(|extents| extents.iter().any(|extent| extent.as_u64().is_none_or(|extent| extent == 0))) {
        return Err(Error::Argument(format!(
            "{}, shape is {shape}; it must be three extents of 1 or more",
            samples.place
        )));
    }
    Ok(None)
}

/// What the host must give to a step that ran a network, as sentences.
fn wanted_of_model(index: usize, part: &Part) -> Result<Vec<String>> {
    part.only(&["path", "sha256", "inputs"])?;
    let path = match part.value.get("path").unwrap_or(&Value::Null) {
        Value::String(path) => path.as_str(),
        Value::Null => "from memory",
        other => return Err(Error::Argument(format!("{}, path is {other}; it must be a text or null", part.place))),
    };
    let sha256 = part.sha256()?;
    let mut wanted =
        vec![format!("step {index} had the network {path:.512} of sha256 {sha256}; call abbe_plan_set_model()")];
    if let Some(inputs) = part.part("inputs") {
        for name in inputs.object()?.keys() {
            if let Some(input) = inputs.part(name) {
                input.only(&["sha256"])?;
                input.sha256()?;
            }
            wanted.push(format!("step {index} gave samples to {name:.64}; call abbe_plan_set_model_input()"));
        }
    }
    Ok(wanted)
}

/// What the host must give to a step that had maps of a sensor, as sentences.
fn wanted_of_maps(draft: &mut Draft, index: usize, part: &Part) -> Result<Vec<String>> {
    part.only(&SensorMap::ALL.iter().map(|map| map.name()).collect::<Vec<_>>())?;
    let mut wanted = Vec::new();
    for (map, told) in SensorMap::ALL.iter().filter_map(|map| Some((map, part.part(map.name())?))) {
        told.only(&["sha256"])?;
        told.sha256()?;
        let role = Role::Map(*map);
        draft.check_takes(role).map_err(|error| Error::Argument(format!("{}: {}", part.place, error.text())))?;
        wanted.push(format!("step {index} had a {}; call abbe_plan_set_sensor_map()", role.name()));
    }
    Ok(wanted)
}

/// A value of the text, and what error texts call it.
struct Part<'a> {
    place: String,
    value: &'a Value,
}

impl<'a> Part<'a> {
    /// What stands at a key.
    fn part(&self, key: &str) -> Option<Part<'a>> {
        self.value.get(key).map(|value| Part { place: format!("{}, {key:.64}", self.place), value })
    }

    fn object(&self) -> Result<&'a Map<String, Value>> {
        let (place, value) = (&self.place, self.value);
        value.as_object().ok_or_else(|| Error::Argument(format!("{place} is {value}; it must be an object")))
    }

    /// What is not understood would change what the plan does in silence.
    fn only(&self, keys: &[&str]) -> Result<()> {
        let place = &self.place;
        match self.object()?.keys().find(|key| !keys.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => {
                Err(Error::Argument(format!("{place} has the key {key:.64?}; it may have {}", keys.join(", "))))
            }
        }
    }

    /// The sum of 256 bits at the key `sha256`.
    fn sha256(&self) -> Result<&'a str> {
        let value = self.value.get("sha256").unwrap_or(&Value::Null);
        let digits = |text: &&str| text.len() == 64 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        value.as_str().filter(digits).ok_or_else(|| {
            Error::Argument(format!("{}, sha256 is {value}; it must be a text of 64 hexadecimal digits", self.place))
        })
    }

    fn settings(&self, settings: &mut Settings) -> Result<()> {
        let empty = Map::new();
        let given = match self.value.get("settings") {
            None => &empty,
            Some(given) => given.as_object().ok_or_else(|| self.lacks("settings", "an object"))?,
        };
        for (name, value) in given {
            let row = Parameter::named(name)?;
            settings.set_json(row.id, value)?;
        }
        Ok(())
    }

    fn one_of<T: Code>(&self, key: &str) -> Result<T> {
        let thing = format!("{}, {key}", self.place);
        known(&thing, value_of(T::ENUMERATION, &thing, self.value.get(key).unwrap_or(&Value::Null))?.into())
    }

    fn lacks(&self, key: &str, what: &str) -> Error {
        Error::Argument(match self.value.get(key) {
            None => format!("{} has no \"{key}\"; it must have {what} there", self.place),
            Some(value) => format!("{}, {key} is {value:.64}; it must be {what}", self.place),
        })
    }
}

/// Of the JSON; 1 more where older versions would not understand it.
const FORMAT: u64 = 1;
