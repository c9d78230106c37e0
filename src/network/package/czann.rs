//! CZANN packages (ZEISS): a zip of `model.json` and `model.model`, an ONNX network of one image, channels last.
//!
//! Source: the text of `czmodel` 6.2.0 on PyPI, specification 2.1.0. Inputs are f32 from 0 to 1: whole numbers are
//! divided by the largest of their type. `MinOverlap` is the total of both sides of a tile; `Scaling` is the extent of a
//! pixel along x, y and z in metres, of images like those of the training.

use serde_json::Value;

use super::Package;
use super::archive::{self, Files};
use super::fields::Place;
use super::names;
use crate::error::{Error, Result};
use crate::network::description::{Axis, AxisKind, Description, InputRange, OutputKind, Port, Size};

/// What a package states of its network, extents as z, y, x, c or y, x, c.
pub struct Stated {
    /// `czann` or `czmodel`.
    pub format: &'static str,
    /// Name.
    pub name: String,
    /// The type of problem.
    pub problem: String,
    /// Extents of an image.
    pub input: Vec<usize>,
    /// Extents of the result.
    pub output: Vec<usize>,
    /// Samples a side at which tiles err, along the spatial axes.
    pub borders: Vec<usize>,
    /// Extent of a pixel along x, y and z in nm.
    pub pixel_nm: Vec<f64>,
    /// Names of classes.
    pub classes: Vec<String>,
    /// What the result holds.
    pub kind: OutputKind,
}

/// Reads a package.
///
/// # Errors
/// [`Error::Model`] with the name of the field that is missing or wrong.
pub fn read(files: &Files) -> Result<Package> {
    let text = files.read(names::CZANN, MANIFEST_BYTES)?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let document: Value =
        serde_json::from_slice(text).map_err(|error| Error::Model(format!("{} is not JSON: {error}", names::CZANN)))?;
    let root = Place::root(&document);
    let extents = |name: &str| -> Result<Vec<usize>> {
        let place = root.field(name);
        let extents = place.list().iter().map(Place::count).collect::<Result<Vec<_>>>()?;
        if (3..=4).contains(&extents.len()) && !extents.contains(&0) {
            Ok(extents)
        } else {
            Err(place.wrong("extents of y, x, c or z, y, x, c, each 1 or more"))
        }
    };
    let (input, output) = (extents("InputShape")?, extents("OutputShape")?);
    if input.len() != output.len() {
        return Err(root.field("OutputShape").wrong("as many extents as InputShape"));
    }
    let overlap: Vec<usize> = root.field("MinOverlap").list().iter().map(Place::count).collect::<Result<_>>()?;
    let metres = root.field("Scaling").list().iter().map(Place::number).collect::<Result<Vec<_>>>()?;
    let problem = root.field("Type").text();
    let kind = match problem.as_str() {
        "Regression" => OutputKind::Image,
        name if name.ends_with("SemanticSegmentation") => OutputKind::Probability,
        _ => OutputKind::Other,
    };
    let stated = Stated {
        format: "czann",
        name: root.field("ModelName").text(),
        problem,
        input,
        output,
        borders: overlap.iter().map(|total| total.div_ceil(2)).collect(),
        pixel_nm: metres.iter().map(|metres| metres * 1e9).collect(),
        classes: root.field("Classes").list().iter().map(Place::text).collect(),
        kind,
    };
    package(files, "model.model", stated)
}

/// The package of a network in the file `name`.
///
/// # Errors
/// [`Error::Model`] when it is no ONNX network, or has other tensors than stated.
pub fn package(files: &Files, name: &str, stated: Stated) -> Result<Package> {
    let file = files.read(name, archive::FILE_BYTES)?;
    if file.starts_with(b"PK") {
        return Err(Error::Model(format!(
            "{name} is a PyTorch or TensorFlow archive; only ONNX networks can be run; export it again in Python: \
             czmodel.pytorch.convert.DefaultConverter().convert_from_model_spec(...) of czmodel 6 writes ONNX"
        )));
    }
    let Stated { format, name, problem, input, output, borders, pixel_nm, classes, kind } = stated;
    let kinds: &[AxisKind] = if input.len() == 3 { &KINDS[1..] } else { &KINDS };
    let port = |name: &str, extents: &[usize], is_output: bool| {
        let mut axes = vec![Axis::new(AxisKind::Batch, Size::Any)];
        for (at, (&kind, &extent)) in kinds.iter().zip(extents).enumerate() {
            let size = match (kind, is_output) {
                (AxisKind::Channel, _) => Size::Fixed(extent),
                (_, false) => Size::Any,
                (_, true) => {
                    Size::Follows { tensor: "input".to_owned(), axis: Axis::new(kind, Size::Any).name, offset: 0.0 }
                }
            };
            let mut axis = Axis::new(kind, size);
            if is_output && kind != AxisKind::Channel {
                axis.halo = borders.get(at).copied().unwrap_or(0);
                axis.scale = input[at] as f64 / extent as f64;
            }
            axes.push(axis);
        }
        Port { name: name.to_owned(), axes, ..Port::default() }
    };
    let mut made = port("output", &output, true);
    made.kinds = vec![kind];
    made.description = classes.join(", ");
    let description = Description {
        format: format.to_owned(),
        name,
        description: problem,
        inputs: vec![port("input", &input, false)],
        outputs: vec![made],
        input_range: InputRange::SampleType,
        pixel_nm_xyz: pixel_nm,
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
/// Most bytes of a manifest.
pub const MANIFEST_BYTES: u64 = 4 << 20;
