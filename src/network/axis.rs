//! Axes of a network's tensors.

use serde::Serialize;

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

impl Size {
    /// The one extent, where there is only one.
    pub fn fixed(&self) -> Option<usize> {
        match self {
            Self::Fixed(extent) => Some(*extent),
            _ => None,
        }
    }
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

    /// 0 for channels, 1 for z, 2 for y, 3 for x: the order in which images are packed.
    pub fn packed(self) -> Option<usize> {
        match self {
            Self::Channel => Some(0),
            _ => self.spatial().map(|at| at + 1),
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
