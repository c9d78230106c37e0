//! What a network is and wants, whatever file it came from: names, licence, axes, sizes and processing steps.

use serde::Serialize;

pub use super::axis::{Axis, AxisKind, Size};
use super::operations::Operation;

/// A network as its package describes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Description {
    /// `onnx`, `bioimageio 0.5.4`, `czann` and the like.
    pub format: String,
    /// Name.
    pub name: String,
    /// What it does, in the author's words.
    pub description: String,
    /// Authors.
    pub authors: Vec<String>,
    /// Licence, e.g. `CC0-1.0`; empty when not stated.
    pub licence: String,
    /// Papers to cite.
    pub citations: Vec<String>,
    /// Inputs in the network's order.
    pub inputs: Vec<Port>,
    /// Outputs in the network's order.
    pub outputs: Vec<Port>,
}

/// An input or output.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Port {
    /// Name.
    pub name: String,
    /// What it holds, in the author's words.
    pub description: String,
    /// Axes, slowest first.
    pub axes: Vec<Axis>,
    /// ONNX's number of the sample type.
    pub sample_type: i32,
    /// What is done to an input before the network, and to an output after it.
    pub operations: Vec<Operation>,
    /// The tensor the package brings to test the network with.
    #[serde(skip)]
    pub test: Option<String>,
}

impl Port {
    /// The axes as letters, e.g. `bcyx`.
    pub fn letters(&self) -> String {
        self.axes.iter().map(|axis| axis.kind.letter()).collect()
    }

    /// Where the axis of a kind is.
    pub fn position(&self, kind: AxisKind) -> Option<usize> {
        self.axes.iter().position(|axis| axis.kind == kind)
    }

    /// Whether it is an image: it has rows and columns of which not both are of extent 1.
    pub fn is_image(&self) -> bool {
        let wide = |kind| self.position(kind).is_some_and(|at| self.axes[at].size != Size::Fixed(1));
        wide(AxisKind::Y) || wide(AxisKind::X)
    }
}
