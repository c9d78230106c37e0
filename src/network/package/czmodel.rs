//! Older packages of ZEISS, `.czmodel` and `.czseg`: a zip of `ID.xml` and `ID.model`, a network that tells classes
//! apart in one image, channels last.
//!
//! Source: `czmodel` 6.2.0 on PyPI, which writes version 3.1.0 of them. `BorderSize` is that of one side of a tile; colours
//! come in the order blue, green, red. Inputs are f32 from 0 to 1 as in CZANN packages.

use roxmltree::{Document, Node, ParsingOptions};

use super::Package;
use super::archive::{self, Files};
use super::czann::{self, MANIFEST_BYTES, Stated};
use crate::error::{Error, Result};
use crate::network::description::OutputKind;
use crate::network::reader;

/// The manifest of such a package: an XML file beside a `.model` of the same name.
pub fn manifest(files: &Files) -> Option<String> {
    let names = files.names();
    names.into_iter().find(|name| name.strip_suffix(".xml").is_some_and(|id| files.has(&format!("{id}.model"))))
}

/// Reads a package by its manifest.
///
/// # Errors
/// [`Error::Model`] with what is missing or wrong.
pub fn read(files: &Files, name: &str) -> Result<Package> {
    let text = files.read(name, MANIFEST_BYTES)?;
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let text = std::str::from_utf8(text).map_err(|_| Error::Model(format!("{name} is not UTF-8 text")))?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options)
        .map_err(|error| Error::Model(format!("{name} is not XML that can be read: {error}")))?;
    let root = document.root_element();
    if root.tag_name().name() != "Model" {
        let got = root.tag_name().name();
        return Err(Error::Model(format!("{name} describes a {got}; it must describe a Model")));
    }
    let field = |tag: &str| root.children().find(|node| node.has_tag_name(tag));
    let said = |tag: &str| field(tag).and_then(|node| node.text()).unwrap_or("").trim().to_owned();
    let items = |tag: &str| -> Vec<Node<'_, '_>> {
        field(tag).into_iter().flat_map(|node| node.children()).filter(|node| node.has_tag_name("Item")).collect()
    };
    let border = match said("BorderSize").as_str() {
        "" => 0,
        text => text
            .parse()
            .map_err(|_| Error::Model(format!("BorderSize of {name} is {text:?}; it must be a whole number of px")))?,
    };
    let classes: Vec<String> =
        items("TrainingClasses").iter().filter_map(|item| item.attribute("Name")).map(str::to_owned).collect();
    let channels: usize =
        items("Channels").iter().map(|item| channels(item.attribute("PixelType").unwrap_or(""))).sum();
    let network = format!("{}model", name.strip_suffix("xml").unwrap_or(name));
    // No extents are stated but in the network itself.
    let proto = reader::read(&files.read(&network, archive::FILE_BYTES)?).ok();
    let inputs = proto.as_ref().map(|proto| proto.inputs()).unwrap_or_default();
    let rank = inputs.first().and_then(|input| input.extents()).map_or(4, |extents| extents.len());
    let extents = |last: usize| [vec![1; rank.clamp(4, 5) - 2], vec![last.max(1)]].concat();
    let stated = Stated {
        format: "czmodel",
        name: said("ModelName"),
        problem: "SingleClassSemanticSegmentation".to_owned(),
        input: extents(channels),
        output: extents(classes.len()),
        borders: vec![border; rank.clamp(4, 5) - 2],
        pixel_nm: Vec::new(),
        classes,
        kind: OutputKind::Probability,
    };
    czann::package(files, &network, stated)
}

/// Channels of an image of a pixel type.
fn channels(pixel_type: &str) -> usize {
    match pixel_type {
        name if name.starts_with("Bgra") => 4,
        name if name.starts_with("Bgr") => 3,
        _ => 1,
    }
}

/// Most nodes of a manifest.
const NODES: u32 = 100_000;
