//! What a network's inputs and outputs are to the caller: their axes, which inputs are fed the image, and which outputs he
//! gets.

use super::description::{AxisKind, OutputKind, Port, Size};
use super::geometry::Geometry;
use super::model::Model;
use super::operations::Operation;
use super::package::plain;
use super::tiles::Rule;
use crate::error::{Error, Result};
use crate::params::{self, OutputKinds, Settings};

/// What the settings of a step make of a network's inputs and outputs; nothing is known yet of what happens along axes.
///
/// # Errors
/// [`Error::Argument`] and [`Error::Unsupported`] for settings that do not fit it.
pub fn geometry(model: &Model, settings: &Settings) -> Result<Geometry> {
    let (inputs, outputs) = ports(model, settings)?;
    let fed = fed(&inputs, settings.text(params::MODEL_INPUTS))?;
    let image = fed[0].0;
    let states = states(&inputs, &outputs, &fed, settings.text(params::MODEL_STATES))?;
    let given = given(&outputs, settings.i64(params::MODEL_OUTPUT))?;
    let port = &inputs[image];
    let last = fed[fed.len() - 1];
    let channels = channels_of(&inputs[last.0]).map(|channels| last.1 + channels);
    let mut outputs = outputs;
    let kind = settings.choice::<OutputKinds>(params::MODEL_OUTPUT_KIND);
    if let Some(kind) = stated(kind) {
        given.iter().for_each(|&at| outputs[at].kinds = vec![kind]);
    }
    Ok(Geometry {
        frames: port.frames(),
        planar: port.position(AxisKind::Z).is_none(),
        rules: [Rule::absent(), Rule::absent(), Rule::absent()],
        output_channels: Vec::new(),
        global: Vec::new(),
        unknown: Vec::new(),
        refuted: None,
        inputs,
        outputs,
        image,
        fed,
        states,
        given,
        channels,
    })
}

/// Channels of a tensor; `None`: any.
fn channels_of(port: &Port) -> Option<usize> {
    port.position(AxisKind::Channel).map_or(Some(1), |at| port.axes[at].size.fixed())
}

/// The inputs that the image's channels go to, by their names, each with the first of its channels.
fn fed(inputs: &[Port], names: &str) -> Result<Vec<(usize, usize)>> {
    if names.is_empty() {
        return Ok(vec![(inputs.iter().position(Port::is_image).unwrap_or(0), 0)]);
    }
    let all: Vec<&str> = inputs.iter().map(|port| port.name.as_str()).collect();
    let wrong = |what: String| Error::Argument(format!("model.inputs is {names:?}; {what}"));
    let (mut fed, mut channel): (Vec<(usize, usize)>, usize) = (Vec::new(), 0);
    for name in names.split(',').map(str::trim) {
        let at = all.iter().position(|known| *known == name);
        let at = at.ok_or_else(|| wrong(format!("it must be names out of {}", all.join(", "))))?;
        if fed.iter().any(|&(known, _)| known == at) {
            return Err(wrong(format!("each name must be there once, and {name} is there twice")));
        }
        let (port, first) = (&inputs[at], &inputs[fed.first().map_or(at, |first| first.0)]);
        if !port.is_image() || port.position(AxisKind::Z).is_some() != first.position(AxisKind::Z).is_some() {
            return Err(wrong(format!("inputs must be images of the same spatial axes, and {name} is not")));
        }
        let fixed = |port: &Port, kind| port.position(kind).and_then(|at| port.axes[at].size.fixed());
        if [AxisKind::Z, AxisKind::Y, AxisKind::X].iter().any(|&kind| fixed(port, kind) != fixed(first, kind)) {
            return Err(wrong(format!(
                "inputs must have the same extents, and {name} has its own; leave it out and give it samples by \
                 abbe_plan_set_model_input()"
            )));
        }
        if port.frames() > 1 {
            return Err(wrong(format!("{name} reads {} time points; it must be the only input then", port.frames())));
        }
        let channels = channels_of(port);
        fed.push((at, channel));
        channel += channels.ok_or_else(|| wrong(format!("{name} reads any number of channels; it must state one")))?;
    }
    Ok(fed)
}

/// The inputs that hold what the network remembers, by their names, each with the output that is their next content.
fn states(inputs: &[Port], outputs: &[Port], fed: &[(usize, usize)], names: &str) -> Result<Vec<(usize, usize)>> {
    let wrong = |what: String| Error::Argument(format!("model.states is {names:?}; {what}"));
    let place = |ports: &[Port], name: &str, kind: &str| {
        let all: Vec<&str> = ports.iter().map(|port| port.name.as_str()).collect();
        all.iter().position(|known| *known == name).ok_or_else(|| {
            let all = all.join(", ");
            wrong(format!("{name:?} must be one of the network's {kind}, which are {all}"))
        })
    };
    let mut states: Vec<(usize, usize)> = Vec::new();
    for pair in names.split(',').filter(|_| !names.is_empty()) {
        let both = pair.split_once('=').map(|(input, output)| (input.trim(), output.trim()));
        let (input, output) =
            both.ok_or_else(|| wrong("it must be input=output, with commas between several".into()))?;
        let (at, from) = (place(inputs, input, "inputs")?, place(outputs, output, "outputs")?);
        if fed.iter().any(|&(fed, _)| fed == at) || states.iter().any(|&(known, _)| known == at) {
            return Err(wrong(format!("{input} must be there once, and be no input that the image goes to")));
        }
        if inputs[at].sample_type != outputs[from].sample_type {
            return Err(wrong(format!("{input} and {output} must have samples of one type")));
        }
        states.push((at, from));
    }
    Ok(states)
}

/// Time points that the network reads together with these settings.
///
/// # Errors
/// As [`geometry`].
pub fn frames(model: &Model, settings: &Settings) -> Result<usize> {
    let (inputs, _) = ports(model, settings)?;
    Ok(inputs.iter().find(|port| port.is_image()).map_or(1, Port::frames))
}

/// The kind of output that a setting states.
fn stated(kind: OutputKinds) -> Option<OutputKind> {
    match kind {
        OutputKinds::Auto => None,
        OutputKinds::Image => Some(OutputKind::Image),
        OutputKinds::Uncertainty => Some(OutputKind::Uncertainty),
        OutputKinds::Probability => Some(OutputKind::Probability),
        OutputKinds::Labels => Some(OutputKind::Labels),
        OutputKinds::Other => Some(OutputKind::Other),
    }
}

/// Lays an image's time points out as `frames`, the setting, says: those of an axis that leaves it open, or the channels
/// of a network without such an axis.
fn over_time(port: &mut Port, frames: usize) -> Result<()> {
    let over_time = |kind| matches!(kind, AxisKind::Time | AxisKind::Index);
    let wide = port.axes.iter().filter(|axis| over_time(axis.kind) && axis.size != Size::Fixed(1)).count();
    if wide > 1 {
        return Err(Error::Unsupported(format!(
            "the network reads images with axes {}; only one of t and i can have several places",
            port.letters()
        )));
    }
    if frames == 0 {
        return Ok(());
    }
    let wrong = |what: String| Err(Error::Argument(format!("model.frames is {frames}; {what}")));
    if let Some(axis) = port.axes.iter_mut().find(|axis| over_time(axis.kind)) {
        match axis.size {
            Size::Fixed(fixed) if fixed != frames => {
                return wrong(format!("the network reads {fixed} time points together; leave it at 0"));
            }
            _ => axis.size = Size::Fixed(frames),
        }
        return Ok(());
    }
    let apart = port.operations.iter().any(Operation::by_channel);
    match port.axes.iter_mut().find(|axis| axis.kind == AxisKind::Channel) {
        _ if frames == 1 => Ok(()),
        Some(axis) if axis.size == Size::Fixed(frames) && !apart => {
            axis.kind = AxisKind::Time;
            Ok(())
        }
        Some(axis) => match axis.size.fixed() {
            Some(channels) if channels != frames => {
                wrong(format!("the network has no time axis and reads {channels} channels; it must be as many, or 0"))
            }
            _ => wrong(
                "the network's channels are treated one by one or as many as there are; they cannot be time".into(),
            ),
        },
        None => wrong("the network reads one time point; leave it at 0".into()),
    }
}

/// Which outputs the caller gets.
fn given(outputs: &[Port], wanted: i64) -> Result<Vec<usize>> {
    let images: Vec<usize> = (0..outputs.len()).filter(|&at| outputs[at].is_image()).collect();
    let given = match usize::try_from(wanted) {
        Err(_) => images,
        Ok(0) => images.first().copied().into_iter().collect(),
        Ok(at) if at < outputs.len() => vec![at],
        Ok(_) => vec![],
    };
    if given.is_empty() {
        return Err(Error::Argument(format!(
            "model.output is {wanted}; the network has {} outputs, and one that is given must be an image",
            outputs.len()
        )));
    }
    Ok(given)
}

/// The ports with the axes that the caller states for a plain network.
fn ports(model: &Model, settings: &Settings) -> Result<(Vec<Port>, Vec<Port>)> {
    let (mut inputs, outputs) = with_axes(model, settings)?;
    if let Some(image) = inputs.iter_mut().find(|port| port.is_image()) {
        over_time(image, usize::try_from(settings.i64(params::MODEL_FRAMES)).unwrap_or(0))?;
    }
    Ok((inputs, outputs))
}

fn with_axes(model: &Model, settings: &Settings) -> Result<(Vec<Port>, Vec<Port>)> {
    let (mut inputs, mut outputs) = (model.description().inputs.clone(), model.description().outputs.clone());
    let letters = settings.text(params::MODEL_AXES);
    if letters.is_empty() {
        return Ok((inputs, outputs));
    }
    let wrong = || {
        Error::Argument(format!(
            "model.axes is {letters:?}; it must be one letter of btczyx for each axis of the network's image, each once"
        ))
    };
    let distinct = letters.char_indices().all(|(at, letter)| !letters[..at].contains(letter));
    if model.description().format != "onnx" || !distinct || !letters.chars().all(|letter| "btczyx".contains(letter)) {
        return Err(wrong());
    }
    let proto = &model.package().proto;
    let mut fits = false;
    for (port, value) in inputs.iter_mut().zip(proto.inputs()).chain(outputs.iter_mut().zip(&proto.graph().output)) {
        let extents = value.extents().unwrap_or_else(|| vec![None; letters.len()]);
        if extents.len() == letters.len() {
            let kinds = std::mem::take(&mut port.kinds);
            *port = Port { kinds, ..plain::with_axes(value, &extents, letters) };
            fits = true;
        }
    }
    if fits { Ok((inputs, outputs)) } else { Err(wrong()) }
}
