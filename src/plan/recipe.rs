//! What a plan does, as JSON that another plan is made from: kept beside images, and sent to whoever repeats the work.
//!
//! Samples of measured point spread functions, networks and masks are told apart by their sha256 and not kept: they have
//! files of their own.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::draft::{Draft, StepDraft};
use super::model_object::ModelObject;
use super::objects::Object;
use super::psf_object::PsfObject;
use crate::codes::{Code, PsfKind, StepKind};
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
        }
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
    let mut told = json!({ "path": object.path(), "sha256": object.model().sha256() });
    let given = object.model().given_samples();
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
    let whole: Value = serde_json::from_str(text).map_err(|cause| {
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
    recipe.only(&["format", "abbe", "settings", "steps", "mask"])?;
    let (mut draft, mut wanted) = (Draft::default(), Vec::new());
    recipe.settings(&mut draft.settings)?;
    let steps = recipe.value.get("steps").and_then(Value::as_array).ok_or_else(|| recipe.lacks("steps", "a list"))?;
    for (index, value) in steps.iter().enumerate() {
        let step = Part { place: format!("json, step {index}"), value };
        step.only(&["step", "settings", "psf", "model"])?;
        draft.add_step(step.one_of::<StepKind>("step")?);
        step.settings(draft.chosen_settings()?)?;
        if let Some(value) = value.get("psf") {
            let psf = Part { place: format!("{}, psf", step.place), value };
            match load_psf(context, &psf)? {
                Some(object) => draft
                    .give(Object::Psf(Arc::new(object)))
                    .map_err(|error| Error::Argument(format!("{}: {}", step.place, error.text())))?,
                None => {
                    wanted.push(format!("step {index} had a measured point spread function; call abbe_plan_set_psf()"))
                }
            }
        }
        if let Some(model) = value.get("model") {
            let [path, sha256] =
                ["path", "sha256"].map(|key| model.get(key).and_then(Value::as_str).unwrap_or("unknown"));
            wanted.push(format!(
                "step {index} had the network {path:.512} of sha256 {sha256:.64}; call abbe_plan_set_model()"
            ));
            for name in model.get("inputs").and_then(Value::as_object).into_iter().flat_map(Map::keys) {
                wanted.push(format!("step {index} gave samples to {name:.64}; call abbe_plan_set_model_input()"));
            }
        }
    }
    if recipe.value.get("mask").is_some() {
        wanted.push("there was a mask; call abbe_plan_set_mask()".into());
    }
    Ok((draft, wanted))
}

/// `None` for a measured one, whose samples are not in the text.
fn load_psf(context: &Arc<Context>, part: &Part) -> Result<Option<PsfObject>> {
    part.only(&["kind", "settings", "samples"])?;
    let kind = part.one_of::<PsfKind>("kind")?;
    let object = PsfObject::new(Arc::clone(context), kind.number())?;
    object.change(|spec| part.settings(&mut spec.settings))?;
    Ok((kind != PsfKind::Measured).then_some(object))
}

/// An object of the text, and what error texts call it.
struct Part<'a> {
    place: String,
    value: &'a Value,
}

impl Part<'_> {
    /// What is not understood would change what the plan does in silence.
    fn only(&self, keys: &[&str]) -> Result<()> {
        let place = &self.place;
        let map = self
            .value
            .as_object()
            .ok_or_else(|| Error::Argument(format!("{place} is {}; it must be an object", self.value)))?;
        match map.keys().find(|key| !keys.contains(&key.as_str())) {
            None => Ok(()),
            Some(key) => {
                Err(Error::Argument(format!("{place} has the key {key:.64?}; it may have {}", keys.join(", "))))
            }
        }
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
        Error::Argument(format!("{} has no \"{key}\"; it must have {what} there", self.place))
    }
}

/// Of the JSON; 1 more where older versions would not understand it.
const FORMAT: u64 = 1;
