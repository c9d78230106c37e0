//! What a network is and wants, whatever file it came from: names, licence, axes, sizes and processing steps.

use serde::Serialize;

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

/// An axis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Axis {
    /// What runs along it.
    pub kind: AxisKind,
    /// Name in the package.
    pub name: String,
    /// Extents it may have.
    pub size: Size,
    /// Distance between samples, relative to the other tensors of the package.
    pub scale: f64,
    /// Samples at either end that the author calls unreliable.
    pub halo: usize,
}

/// What runs along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AxisKind {
    /// Independent images.
    Batch,
    /// Channels.
    Channel,
    /// Anything that is neither of the others, one at a time.
    Index,
    /// Time, one point at a time.
    Time,
    /// Planes.
    Z,
    /// Rows.
    Y,
    /// Columns.
    X,
}

/// Extents that an axis may have.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Size {
    /// This one.
    Fixed(usize),
    /// `minimum`, and every `step` above it.
    Steps {
        /// Least.
        minimum: usize,
        /// From one to the next.
        step: usize,
    },
    /// Follows from an axis of another tensor: `floor(size * scale there / scale here + offset)`.
    Follows {
        /// The other tensor.
        tensor: String,
        /// Its axis.
        axis: String,
        /// What is added.
        offset: f64,
    },
    /// Any.
    Any,
}

impl AxisKind {
    /// 0 for z, 1 for y, 2 for x.
    pub fn spatial(self) -> Option<usize> {
        match self {
            Self::Z => Some(0),
            Self::Y => Some(1),
            Self::X => Some(2),
            _ => None,
        }
    }

    /// The kind of a letter as in `bczyx`.
    pub fn of_letter(letter: char) -> Option<Self> {
        Some(match letter.to_ascii_lowercase() {
            'b' | 'n' => Self::Batch,
            'c' => Self::Channel,
            'i' => Self::Index,
            't' => Self::Time,
            'z' | 'd' => Self::Z,
            'y' | 'h' => Self::Y,
            'x' | 'w' => Self::X,
            _ => return None,
        })
    }

    /// The letter of a kind.
    pub fn letter(self) -> char {
        match self {
            Self::Batch => 'b',
            Self::Channel => 'c',
            Self::Index => 'i',
            Self::Time => 't',
            Self::Z => 'z',
            Self::Y => 'y',
            Self::X => 'x',
        }
    }
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

impl Axis {
    /// An axis with the usual name of its kind.
    pub fn new(kind: AxisKind, size: Size) -> Self {
        let name = match kind {
            AxisKind::Batch => "batch",
            AxisKind::Channel => "channel",
            AxisKind::Index => "index",
            AxisKind::Time => "time",
            AxisKind::Z => "z",
            AxisKind::Y => "y",
            AxisKind::X => "x",
        };
        Self { kind, name: name.to_owned(), size, scale: 1.0, halo: 0 }
    }
}
