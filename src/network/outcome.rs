//! What running a network over an image came to.

use std::sync::Arc;

use serde::Serialize;

use super::description::{OutputKind, Padding};
use super::findings::Probe;
use super::session::{Device, Placed};

/// What an execute did, fit to be stored beside the image.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// What is the same for all images.
    #[serde(flatten)]
    pub about: Arc<About>,
    /// Where it ran.
    pub device: Device,
    /// Tiles computed, all channels and planes together.
    pub tiles: usize,
    /// Tiles computed at once.
    pub batch: usize,
    /// Input samples of a tile along z, y and x.
    pub tile_zyx: [usize; 3],
    /// Context before and behind what a tile gives, along z, y and x.
    pub halo_zyx: [[usize; 2]; 3],
    /// Distance at which the network repeats itself.
    pub stride_zyx: [usize; 3],
    /// Samples that were added around the image by reflection, along z, y and x.
    pub padded_zyx: [usize; 3],
    /// Whether the tiles are those of the whole image by the network's receptive field.
    pub exact_tiles: bool,
    /// How far seams can be seen, where this was computed.
    pub seam: Option<Seam>,
    /// `input` or `network`: the units of the result.
    pub intensities: &'static str,
    /// The image's intensity that is 0 to the network, of the first channel.
    pub offset: f64,
    /// The image's intensities that are 1 to the network, of the first channel.
    pub gain: f64,
    /// Share of the result's samples that clips of the package have cut.
    pub cut_share: f64,
    /// Samples that are below and above what the type of the network's input holds, as they reach it.
    pub saturated: [u64; 2],
    /// Mean and deviation of what reaches the network, where that was looked at.
    pub fed: Option<[f64; 2]>,
    /// Seconds spent on statistics and finishing, and in ONNX Runtime.
    pub seconds: Seconds,
}

/// What is the same for all images of a commit.
#[derive(Clone, Debug, Serialize)]
pub struct About {
    /// Name of the network.
    pub name: String,
    /// Why it did not run where it was asked to, if so.
    pub fallback: Option<String>,
    /// Version of ONNX Runtime.
    pub onnxruntime: String,
    /// Nodes by execution provider.
    pub nodes: Vec<Placed>,
    /// What a probe for a smaller halo found, where one was asked for.
    pub halo_probe: Option<Probe>,
    /// Inputs that were given samples of their own.
    pub given_inputs: Vec<String>,
    /// What the outputs that are given hold.
    pub outputs: Vec<Told>,
    /// Time points that the network reads together. Where it gives one for all of them, it is for the middle one (the
    /// later of two), and those outside a series are reflections of those inside; where it gives as many, those read are
    /// the nearest inside the series.
    pub time_points: usize,
    /// Samples added at either end of the image along z, y and x as the package asks, and how.
    pub border: Option<([usize; 3], Padding)>,
}

/// What an output holds.
#[derive(Clone, Debug, Serialize)]
pub struct Told {
    /// Its name.
    pub name: String,
    /// Its kind, or one per channel.
    pub kinds: Vec<OutputKind>,
    /// `input` or `network` for each of them: its units.
    pub intensities: Vec<&'static str>,
}

/// What a host should know.
#[derive(Clone, Debug)]
pub struct Warning {
    /// The kind, so that each is told once.
    pub name: &'static str,
    /// What is to be known.
    pub text: String,
}

/// How far what was stitched is from the image as a whole, of the output that differs most.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Seam {
    /// Which of the outputs that are given.
    pub output: usize,
    /// Largest difference, in the network's units.
    pub difference: f64,
    /// The same as a share of the range of that output.
    pub relative: f64,
    /// Samples compared.
    pub samples: u64,
}

/// Where the time went.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Seconds {
    /// Statistics, feeding, collecting, finishing.
    pub abbe: f64,
    /// Runs of the network.
    pub onnxruntime: f64,
}
