//! BioImage.IO model descriptions, versions 0.4 and 0.5.
//!
//! Source: spec-bioimage-io 0.5 and 0.4; where the text leaves room, the reference implementation `bioimageio.core`.
//! Inputs and outputs match the network's by their order. Only ONNX weights are run.

use prost::bytes::Bytes;
use serde_json::Value;

use super::Package;
use super::Tolerance;
use super::archive::{self, Files};
use super::fields::Place;
use super::names;
use super::steps::{self, Version};
use crate::digest::sha256;
use crate::error::{Error, Result};
use crate::network::description::{Axis, AxisKind, Description, OutputKind, Padding, Port, Size};
use crate::network::operations::Operation;

/// Reads a package; `name` is its description's file where that is not one of the usual.
///
/// # Errors
/// [`Error::Model`] with the name of the field that is missing or wrong.
pub fn read(files: &Files, name: Option<&str>) -> Result<Package> {
    let usual = || names::DESCRIPTIONS.iter().find(|name| files.has(name)).map(|&name| name.to_owned());
    let other = || files.names().into_iter().find(|name| names::describes(name));
    let name = name.map(str::to_owned).or_else(usual).or_else(other).ok_or_else(|| {
        Error::Model("the package holds no description; it must hold rdf.yaml or bioimageio.yaml".to_owned())
    })?;
    let text = files.read(&name, DESCRIPTION_BYTES)?;
    let document = yaml(&text, &name)?;
    let root = Place::root(&document);
    let version = root.field("format_version").required()?;
    if root.field("type").text() != "model" {
        return Err(root.field("type").wrong("model"));
    }
    let old = version.starts_with("0.4.");
    if !old && !version.starts_with("0.5.") {
        return Err(root.field("format_version").wrong("0.4.x or 0.5.x"));
    }
    let onnx = root.field("weights").field("onnx");
    if !onnx.is_some() {
        let kinds: Vec<&str> = root
            .field("weights")
            .value()
            .as_object()
            .map_or(vec![], |kinds| kinds.keys().map(String::as_str).collect());
        return Err(Error::Model(format!(
            "the package's weights are {}; weights.onnx is what can be run; add them in Python: pip install \
             bioimageio.core onnx onnxscript torch, then: bioimageio add-weights PACKAGE NEW_FOLDER --target-format onnx",
            kinds.join(", ")
        )));
    }
    let file = fetch(files, &onnx, archive::FILE_BYTES)?;
    let ports = |name: &str| -> Result<Vec<Port>> {
        let places = root.field(name).list();
        if places.is_empty() {
            return Err(root.field(name).wrong("a list of at least one tensor"));
        }
        places.iter().map(|place| if old { port_04(place) } else { port_05(place) }).collect()
    };
    let description = Description {
        format: format!("bioimageio {version}"),
        name: root.field("name").text(),
        description: root.field("description").text(),
        authors: root.field("authors").list().iter().map(|author| author.field("name").text()).collect(),
        licence: root.field("license").text(),
        citations: root.field("cite").list().iter().map(citation).collect(),
        inputs: ports("inputs")?,
        outputs: ports("outputs")?,
        ..Description::default()
    };
    check_references(&description)?;
    // In the package, weights in files of their own lie beside the network's file.
    let mut package = Package::join(description, file, Some(files))?;
    let tests = |ports: &[Port], list: &str| -> Result<Vec<Bytes>> {
        let places = root.field(if old { list } else { ports_name(list) }).list();
        let tensor = |place: &Place<'_>| {
            let place = if old { place.clone() } else { place.field("test_tensor") };
            fetch(files, &place, TENSOR_BYTES)
        };
        let tensors = places.iter().map(tensor).collect::<Result<Vec<_>>>()?;
        if tensors.len() == ports.len() { Ok(tensors) } else { Err(root.field(list).wrong("one tensor each")) }
    };
    // A package runs without what it is tested with.
    let (inputs, outputs) = (&package.description.inputs, &package.description.outputs);
    package.tests = tests(inputs, "test_inputs")
        .and_then(|inputs| Ok((inputs, tests(outputs, "test_outputs")?)))
        .map_err(|error| Error::State(format!("the package cannot be tested: {}", error.text())));
    package.tolerances = package.description.outputs.iter().map(|output| tolerance(&root, &output.name)).collect();
    Ok(package)
}

/// How far the result of a test may be from what the package brings, by what it states for ONNX weights.
fn tolerance(root: &Place<'_>, output: &str) -> Tolerance {
    let config = root.field("config").field("bioimageio");
    let named = |place: &Place<'_>, field: &str, name: &str| {
        let names = place.field(field).list();
        names.is_empty() || names.iter().any(|entry| entry.text() == name)
    };
    let stated = config.field("reproducibility_tolerance").list();
    let of_output = |place: &&Place<'_>| named(place, "weights_formats", "onnx") && named(place, "output_ids", output);
    let older = config.field("test_kwargs").field("onnx");
    let place = stated.iter().find(of_output).unwrap_or(&older);
    let number = |field: &str, left_out: f64| {
        place.field(field).value().as_f64().filter(|number| number.is_finite() && *number >= 0.0).unwrap_or(left_out)
    };
    let usual = Tolerance::default();
    Tolerance {
        absolute: number("absolute_tolerance", usual.absolute),
        relative: number("relative_tolerance", usual.relative),
        mismatched_per_million: number("mismatched_elements_per_million", usual.mismatched_per_million),
    }
}

/// Whether every tensor and axis that is named is there.
fn check_names(description: &Description) -> Result<()> {
    let all = || description.inputs.iter().chain(&description.outputs);
    let names: Vec<&str> = all().map(|port| port.name.as_str()).collect();
    for ports in [&description.inputs, &description.outputs] {
        let twice =
            |at: usize| !ports[at].name.is_empty() && ports[..at].iter().any(|port| port.name == ports[at].name);
        if let Some(at) = (0..ports.len()).find(|&at| twice(at)) {
            return Err(Error::Model(format!(
                "two tensors of the package are named {:?}; names must differ",
                ports[at].name
            )));
        }
    }
    for port in all() {
        for axis in &port.axes {
            let Size::Follows { tensor, axis: of, .. } = &axis.size else { continue };
            let there = all().any(|port| port.name == *tensor && port.axes.iter().any(|axis| axis.name == *of));
            if !there {
                return Err(Error::Model(format!(
                    "axis {} of {} is as large as axis {of} of the tensor {tensor:?}; there is none; the package has {}",
                    axis.name,
                    port.name,
                    names.join(", ")
                )));
            }
        }
        for reference in port.operations.iter().filter_map(Operation::reference) {
            if !names.contains(&reference) {
                return Err(Error::Model(format!(
                    "a processing step of {} names the tensor {reference:?}; there is none; the package has {}",
                    port.name,
                    names.join(", ")
                )));
            }
        }
    }
    Ok(())
}

/// Statistics can be those of the tensor itself or of the image.
fn check_references(description: &Description) -> Result<()> {
    check_names(description)?;
    let image = description.inputs.iter().find(|port| port.is_image()).map_or("", |port| port.name.as_str());
    for port in description.inputs.iter().chain(&description.outputs) {
        let own = description.inputs.iter().any(|input| input.name == port.name);
        for reference in port.operations.iter().filter_map(Operation::reference) {
            if reference != image && !(own && reference == port.name) {
                return Err(Error::Unsupported(format!(
                    "a processing step of {} names the tensor {reference:?}; only the image {image:?} can be named",
                    port.name
                )));
            }
        }
    }
    Ok(())
}

/// A YAML document as plain values. Aliases, depth and size are limited.
///
/// # Errors
/// [`Error::Model`] for what is not YAML or beyond the limits.
pub fn yaml(text: &[u8], name: &str) -> Result<Value> {
    let text = std::str::from_utf8(text).map_err(|_| Error::Model(format!("{name} is not UTF-8 text")))?;
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_events: 100_000,
            max_aliases: 1_000,
            max_depth: 64,
            max_nodes: 100_000,
        },
        // An axis is named y, which is no yes here.
        strict_booleans: true,
        // Ranges of values go to infinity.
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::AsString,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| Error::Model(format!("{name} is not a description that can be read: {error}")))
}

/// The file that a field names, its sha256 checked where stated. The field is a name, or has `source` and `sha256`.
fn fetch(files: &Files, place: &Place<'_>, limit: u64) -> Result<Bytes> {
    let source = if place.value().is_string() { place.clone() } else { place.field("source") };
    let source = source.required()?;
    // A package that was packed after it had been published may still have the address in its description.
    let packed = source.contains("://").then(|| source.trim_end_matches("/content").rsplit('/').next()).flatten();
    let packed = packed.filter(|name| files.has(name));
    let bytes = files.read(packed.unwrap_or(&source), limit)?;
    let stated = place.field("sha256").text().to_lowercase();
    let found = sha256(&bytes);
    if !stated.is_empty() && stated != found {
        return Err(Error::Model(format!("{source} has sha256 {found}; the package states {stated}")));
    }
    Ok(bytes)
}

fn ports_name(list: &str) -> &str {
    list.strip_prefix("test_").unwrap_or(list)
}

fn citation(place: &Place<'_>) -> String {
    let parts = [place.field("text").text(), place.field("doi").text(), place.field("url").text()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
}

fn port_05(place: &Place<'_>) -> Result<Port> {
    let mut axes: Vec<Axis> = Vec::new();
    for place in place.field("axes").list() {
        let kind = place.field("type").required()?;
        let name = match (kind.as_str(), place.field("id").text()) {
            // The identifier may be left out: it is then the type, or x for space.
            ("space", name) if name.is_empty() => "x".to_owned(),
            (_, name) if name.is_empty() => kind.clone(),
            (_, name) => name,
        };
        let kind = match (kind.as_str(), name.as_str()) {
            ("batch", _) => AxisKind::Batch,
            ("channel", _) => AxisKind::Channel,
            ("index", _) => AxisKind::Index,
            ("time", _) => AxisKind::Time,
            ("space", "z") => AxisKind::Z,
            ("space", "y") => AxisKind::Y,
            ("space", "x") => AxisKind::X,
            _ => return Err(place.wrong("an axis of type batch, channel, index, time or space (z, y or x)")),
        };
        let mut axis = Axis::new(kind, size_05(&place, kind)?);
        axis.name = name;
        if place.field("scale").is_some() {
            axis.scale = place.field("scale").number()?;
        }
        if place.field("halo").is_some() {
            axis.halo = place.field("halo").count()?;
        }
        axes.push(axis);
    }
    if axes.is_empty() {
        return Err(place.field("axes").wrong("a list of axes"));
    }
    each_once(place, &axes)?;
    let named: Vec<String> = place
        .field("axes")
        .list()
        .iter()
        .flat_map(|axis| axis.field("channel_names").list().iter().map(Place::text).collect::<Vec<_>>())
        .collect();
    Ok(Port {
        name: place.field("id").text(),
        description: place.field("description").text(),
        operations: steps::read(place, &axes, Version::New)?,
        kinds: kinds(place, &named),
        padding: padding(&place.field("pad"))?,
        axes,
        sample_type: 0,
    })
}

fn size_05(place: &Place<'_>, kind: AxisKind) -> Result<Size> {
    let size = place.field("size");
    Ok(match (size.value(), kind) {
        (Value::Null, AxisKind::Channel) => Size::Fixed(place.field("channel_names").list().len().max(1)),
        (Value::Null, _) => Size::Any,
        (Value::Number(_), _) => Size::Fixed(size.count()?.max(1)),
        _ if size.field("tensor_id").is_some() => Size::Follows {
            tensor: size.field("tensor_id").required()?,
            axis: size.field("axis_id").required()?,
            offset: if size.field("offset").is_some() { size.field("offset").number()? } else { 0.0 },
        },
        _ if size.field("step").is_some() => {
            Size::Steps { minimum: size.field("min").count()?.max(1), step: size.field("step").count()?.max(1) }
        }
        _ if size.field("min").is_some() => Size::Any,
        _ => return Err(size.wrong("a number, {min, step}, {min, max} or {tensor_id, axis_id, offset}")),
    })
}

fn port_04(place: &Place<'_>) -> Result<Port> {
    let letters = place.field("axes").required()?;
    let shape = place.field("shape");
    let halo = place.field("halo").list();
    let mut axes: Vec<Axis> = Vec::new();
    for (at, letter) in letters.chars().enumerate() {
        let kind = AxisKind::of_letter(letter).filter(|_| "bitczyx".contains(letter));
        let kind = kind.ok_or_else(|| place.field("axes").wrong("letters out of bitczyx"))?;
        let entry = |name: &str| {
            shape.field(name).list().get(at).cloned().ok_or_else(|| shape.field(name).wrong("one entry an axis"))
        };
        let size = if shape.field("min").is_some() {
            let (minimum, step) = (entry("min")?.count()?.max(1), entry("step")?.count()?);
            if step == 0 { Size::Fixed(minimum) } else { Size::Steps { minimum, step } }
        } else if shape.field("reference_tensor").is_some() {
            let offset = 2.0 * entry("offset")?.number()?;
            match entry("scale")?.value().as_f64() {
                // The axis is new: the offset alone is its size.
                None => Size::Fixed((offset.max(1.0)) as usize),
                Some(0.0) => Size::Fixed((offset.max(1.0)) as usize),
                Some(_) => Size::Follows {
                    tensor: shape.field("reference_tensor").required()?,
                    axis: Axis::new(kind, Size::Any).name,
                    offset,
                },
            }
        } else {
            let extents = shape.list();
            Size::Fixed(extents.get(at).ok_or_else(|| shape.wrong("one extent an axis"))?.count()?.max(1))
        };
        let mut axis = Axis::new(kind, size);
        if let (Size::Follows { .. }, Some(scale)) = (&axis.size, entry("scale").ok().and_then(|s| s.value().as_f64()))
        {
            axis.scale = 1.0 / scale;
        }
        axis.halo = match halo.get(at) {
            Some(halo) => halo.count()?,
            None => 0,
        };
        axes.push(axis);
    }
    each_once(place, &axes)?;
    Ok(Port {
        name: place.field("name").text(),
        description: place.field("description").text(),
        operations: steps::read(place, &axes, Version::Old)?,
        axes,
        sample_type: 0,
        kinds: Vec::new(),
        padding: None,
    })
}

/// Whether no axis is stated twice.
fn each_once(place: &Place<'_>, axes: &[Axis]) -> Result<()> {
    match (0..axes.len()).find(|&at| axes[..at].iter().any(|axis| axis.kind == axes[at].kind)) {
        Some(at) => Err(place.field("axes").wrong(&format!("axes that differ; {} is there twice", axes[at].name))),
        None => Ok(()),
    }
}

/// What the channels of a tensor hold, by their names and by the values that it states; empty where neither says.
fn kinds(place: &Place<'_>, channels: &[String]) -> Vec<OutputKind> {
    let data = place.field("data");
    let stated = match data.value() {
        Value::Array(_) => data.list(),
        _ => vec![data],
    };
    let labels = |data: &Place<'_>| data.field("values").is_some().then_some(OutputKind::Labels);
    let of_data: Vec<Option<OutputKind>> = stated.iter().map(labels).collect();
    let of_name: Vec<Option<OutputKind>> = channels.iter().map(|name| OutputKind::of_name(name)).collect();
    match (&of_data[..], &of_name[..]) {
        ([Some(kind)], _) => vec![*kind],
        (of_data, _) if of_data.len() > 1 && of_data.iter().any(Option::is_some) => {
            of_data.iter().map(|kind| kind.unwrap_or(OutputKind::Image)).collect()
        }
        (_, [Some(kind)]) => vec![*kind],
        (_, of_name) if of_name.len() > 1 && of_name.iter().any(Option::is_some) => {
            of_name.iter().map(|kind| kind.unwrap_or(OutputKind::Image)).collect()
        }
        _ => Vec::new(),
    }
}

/// How a tensor is continued at its border.
fn padding(place: &Place<'_>) -> Result<Option<Padding>> {
    if !place.is_some() {
        return Ok(Some(Padding::Symmetric));
    }
    Ok(Some(match place.field("mode").text().as_str() {
        "symmetric" => Padding::Symmetric,
        "reflect" => Padding::Reflect,
        "edge" => Padding::Edge,
        "constant" if place.field("value").is_some() => Padding::Constant(place.field("value").number()?),
        "constant" => Padding::Constant(0.0),
        _ => return Err(place.field("mode").wrong("constant, edge, reflect or symmetric")),
    }))
}

const DESCRIPTION_BYTES: u64 = 4 << 20;
const TENSOR_BYTES: u64 = 1 << 30;
