//! What a network is and wants, whatever file it came from: names, licence, axes, sizes and processing steps.

use serde::Serialize;

pub use super::axis::{Axis, AxisKind, Size};
pub use super::kind_name::OutputKind;
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
    /// What the network takes images to be.
    pub input_range: InputRange,
    /// Extent of a pixel along x, y and z of the images that it was made for, in nm; empty where it is not stated.
    pub pixel_nm_xyz: Vec<f64>,
}

/// What a network takes images to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InputRange {
    /// As they are.
    #[default]
    AsIs,
    /// From 0 to 1: whole numbers are divided by the largest of their type.
    SampleType,
}

/// How an image is continued at its border.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Padding {
    /// By a number.
    Constant(f64),
    /// By its outermost samples.
    Edge,
    /// By reflection that does not repeat the outermost samples.
    Reflect,
    /// By reflection that does.
    Symmetric,
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
    /// What an output holds: one kind, or one per channel.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<OutputKind>,
    /// How an image is continued, as far as the package's halo takes samples away; `None` where it does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub padding: Option<Padding>,
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

    /// Time points that it reads or gives together.
    pub fn frames(&self) -> usize {
        let over_time = |axis: &&Axis| matches!(axis.kind, AxisKind::Time | AxisKind::Index);
        self.axes.iter().filter(over_time).filter_map(|axis| axis.size.fixed()).product()
    }

    /// Whether it is an image: it has rows and columns of which not both are of extent 1.
    pub fn is_image(&self) -> bool {
        let wide = |kind| self.position(kind).is_some_and(|at| self.axes[at].size != Size::Fixed(1));
        wide(AxisKind::Y) || wide(AxisKind::X)
    }
}
