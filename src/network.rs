//! Networks: any ONNX enhancement model, on any image size.
//!
//! [`Model`] is a loaded package (plain ONNX, BioImage.IO 0.4 and 0.5, CZANN): description, weights, and what its
//! graph tells about sizes. [`Network`] is a model committed for one image shape: tiles within a memory cap, a session
//! of ONNX Runtime on a device, and buffers. [`Runtime`] finds and loads ONNX Runtime; nothing else of abbe needs it.
//!
//! Images are packed channels, planes, rows, columns (c, z, y, x) in f32. A network of one channel runs once a
//! channel, a network without a z axis once a plane; statistics for normalisation are those of the whole image.
//!
//! What it does not do: download, train, run weights of other formats than ONNX, or run code of a package's own.

mod axis;
mod border;
mod choice;
mod committed;
mod confirm;
mod describe;
mod description;
mod feed;
mod findings;
mod fit;
mod fitted;
mod geometry;
mod graph;
mod intensities;
mod kind;
mod kind_name;
mod library;
mod measure;
mod model;
mod npy;
mod onnx;
mod operations;
mod outcome;
mod own;
mod package;
mod place;
mod ports;
mod probe;
mod provider;
mod reader;
mod ready;
mod rewrite;
mod runtime;
mod selftest;
mod session;
mod statistics;
mod step;
mod tensor;
mod texture;
mod tiles;
mod treatment;
mod trial;
mod wire;

pub use border::Border;
pub use committed::Network;
pub use describe::describe;
pub use description::{Axis, AxisKind, Description, InputRange, OutputKind, Padding, Port, Size};
pub use findings::Probe;
pub use model::Model;
pub use operations::{Bound, Operation};
pub use outcome::{About, Outcome, Seam, Seconds, Warning};
pub use own::{own_weights, pack};
pub use provider::{devices, register};
pub use runtime::{Runtime, Search};
pub use selftest::run as selftest;
pub use session::{Base, Device, Placed};
pub use statistics::Over;
