//! CZANN packages (ZEISS): a zip of `model.json` and `model.model`, an ONNX network of one image, channels last.
//!
//! Source: the text of `czmodel` on PyPI. Values go from 0 to 1; `MinOverlap` is the total of both sides of a tile.

use serde_json::Value;

use super::Package;
use super::archive::{self, Files};
use super::fields::Place;
use crate::error::{Error, Result};
use crate::network::description::{Axis, AxisKind, Description, Port, Size};

/// The entry that makes a zip a CZANN package.
pub const MANIFEST: &str = "model.json";

/// Reads a package.
///
/// # Errors
/// [`Error::Model`] with the name of the field that is missing or wrong.
pub fn read(files: &Files) -> Result<Package> {
    let text = files.read(MANIFEST, MANIFEST_BYTES)?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let document: Value =
        serde_json::from_slice(text).map_err(|error| Error::Model(format!("{MANIFEST} is not JSON: {error}")))?;
    let root = Place::root(&document);
    let file = files.read("model.model", archive::FILE_BYTES)?;
    let extents = |name: &str| -> Result<Vec<usize>> {
        let place = root.field(name);
        let extents = place.list().iter().map(Place::count).collect::<Result<Vec<_>>>()?;
        if (3..=4).contains(&extents.len()) {
            Ok(extents)
        } else {
            Err(place.wrong("extents of y, x, c or z, y, x, c"))
        }
    };
    let (input, output) = (extents("InputShape")?, extents("OutputShape")?);
    if input.len() != output.len() {
        return Err(root.field("OutputShape").wrong("as many extents as InputShape"));
    }
    let overlap: Vec<usize> = root.field("MinOverlap").list().iter().map(Place::count).collect::<Result<_>>()?;
    let scaling: Vec<f64> = match root.field("Scaling").value() {
        Value::Array(_) => root.field("Scaling").numbers()?,
        _ => Vec::new(),
    };
    let kinds: &[AxisKind] = if input.len() == 3 { &KINDS[1..] } else { &KINDS };
    let port = |name: &str, extents: &[usize], is_output: bool| {
        let mut axes = vec![Axis::new(AxisKind::Batch, Size::Any)];
        for (at, (&kind, &extent)) in kinds.iter().zip(extents).enumerate() {
            let size = match (kind, is_output) {
                (AxisKind::Channel, _) => Size::Fixed(extent.max(1)),
                (_, false) => Size::Any,
                (_, true) => {
                    Size::Follows { tensor: "input".to_owned(), axis: Axis::new(kind, Size::Any).name, offset: 0.0 }
                }
            };
            let mut axis = Axis::new(kind, size);
            axis.halo = if is_output { overlap.get(at).map_or(0, |total| total.div_ceil(2)) } else { 0 };
            if is_output && kind != AxisKind::Channel {
                let factor = extent as f64 / input[at].max(1) as f64;
                axis.scale = 1.0 / scaling.get(at).copied().filter(|&scale| scale > 0.0).unwrap_or(factor.max(1e-3));
            }
            axes.push(axis);
        }
        Port { name: name.to_owned(), axes, ..Port::default() }
    };
    let kind = root.field("Type").text();
    let description = Description {
        format: "czann".to_owned(),
        name: root.field("ModelName").text(),
        description: kind,
        inputs: vec![port("input", &input, false)],
        outputs: vec![port("output", &output, true)],
        licence: root.field("License").text(),
        ..Description::default()
    };
    let mut package = Package::join(description, file, Some(files))?;
    // The manifest's extents are those of training; what the network itself fixes is what binds.
    let graph = package.proto.graph();
    let fixed = graph.input.first().and_then(|input| input.extents()).unwrap_or_default();
    for (axis, extent) in package.description.inputs[0].axes.iter_mut().zip(fixed) {
        if let Some(extent) = extent {
            axis.size = Size::Fixed(extent);
        }
    }
    Ok(package)
}

const KINDS: [AxisKind; 4] = [AxisKind::Z, AxisKind::Y, AxisKind::X, AxisKind::Channel];
const MANIFEST_BYTES: u64 = 4 << 20;
