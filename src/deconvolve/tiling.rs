//! Into which tiles an image is cut, so that a plan keeps to a memory cap.

use super::Deconvolution;
use super::border::margins;
use super::options::{Options, Padding};
use crate::error::{Error, Result};
use crate::fft::good_size;
use crate::params::Settings;
use crate::psf::Kernel;
use crate::tile::{Axis, Ends, Tiling};

/// The memory that a plan may use for the images of one shape.
#[derive(Clone, Copy)]
pub struct Budget<'a> {
    /// Bytes at most; `None`: no cap.
    pub cap: Option<u64>,
    /// Samples along (z, y, x) around a core, beside those that its light comes from, that what is done to a tile before looks at.
    pub around: [usize; 3],
    /// Bytes that the caller holds for such tiles.
    pub beside: &'a dyn Fn(&Tiling) -> Result<u64>,
}

impl Budget<'_> {
    /// No cap.
    pub const NONE: Self = Self { cap: None, around: [0; 3], beside: &|_| Ok(0) };
}

/// Bytes of a frame of the largest input of a tile, that images are read into which cannot be read in place.
///
/// # Errors
/// None.
pub fn frame_bytes(tiling: &Tiling) -> Result<u64> {
    Ok((tiling.largest_input().iter().product::<usize>() * size_of::<f32>()) as u64)
}

/// A tiling that was chosen, and what it takes.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The tiles.
    pub tiling: Tiling,
    /// Bytes of the deconvolution, and of what the budget counts beside it.
    pub bytes: u64,
    /// Whether that is within the cap; if not, these tiles are the smallest.
    pub fits: bool,
}

impl Deconvolution {
    /// The tiles with the least work that keep to a budget.
    ///
    /// # Errors
    /// As [`Deconvolution::new`](Deconvolution::new), short of what is allocated.
    pub fn tiling(
        shape: [usize; 3],
        settings: &Settings,
        kernel: &Kernel,
        threads: usize,
        budget: Budget<'_>,
    ) -> Result<Choice> {
        let options = Options::new(settings, shape)?;
        let margin = checked_margins(shape, kernel, &options)?;
        let bytes = |tiling: &Tiling| -> Result<u64> {
            Ok(Self::bytes_in_tiles(tiling, settings, kernel, threads)? + (budget.beside)(tiling)?)
        };
        let whole = Tiling::new(std::array::from_fn(|axis| whole(shape[axis], margin[axis])));
        let needed = bytes(&whole)?;
        let Some(cap) = budget.cap.filter(|&cap| needed > cap && options.may_be_cut()) else {
            let fits = budget.cap.is_none_or(|cap| needed <= cap);
            return Ok(Choice { tiling: whole, bytes: needed, fits });
        };
        let halos = halos(shape, kernel, &options);
        let halos: [usize; 3] = std::array::from_fn(|axis| halos[axis] + budget.around[axis]);
        let voxels = |tiling: &Tiling| tiling.field().iter().map(|&extent| extent as f64).product::<f64>();
        let work = |tiling: &Tiling| voxels(tiling) * tiling.count() as f64;
        let choices: [Vec<Axis>; 3] =
            std::array::from_fn(|axis| cuts(shape[axis], margin[axis], halos[axis], options.padding));
        let mut tilings = Vec::new();
        for z in &choices[0] {
            for y in &choices[1] {
                for x in &choices[2] {
                    tilings.push(Tiling::new([*z, *y, *x]));
                }
            }
        }
        let least = tilings
            .iter()
            .min_by(|a, b| voxels(a).total_cmp(&voxels(b)).then(work(a).total_cmp(&work(b))))
            .unwrap_or(&whole)
            .clone();
        let least_bytes = bytes(&least)?;
        // Larger fields take less work, so they come first. How many bytes a voxel takes differs by a little.
        let each = (needed.saturating_sub(least_bytes)) as f64 / (voxels(&whole) - voxels(&least)).max(1.0);
        let most = voxels(&least) + (cap.saturating_sub(least_bytes)) as f64 / each * 1.2;
        tilings.sort_by(|a, b| work(a).total_cmp(&work(b)));
        let mut tried = 0;
        for tiling in tilings.iter().filter(|tiling| voxels(tiling) <= most) {
            let bytes = bytes(tiling)?;
            if bytes <= cap {
                return Ok(Choice { tiling: tiling.clone(), bytes, fits: true });
            }
            tried += 1;
            if tried == TRIES {
                break;
            }
        }
        Ok(Choice { tiling: least, bytes: least_bytes, fits: least_bytes <= cap })
    }
}

/// Voxels of the image around a core: the whole point spread function, which light from beyond the field's ends has to
/// cross twice before it reaches the core, and half more for the haze of volumes; for what inverts, twice its reach.
fn halos(shape: [usize; 3], kernel: &Kernel, options: &Options) -> [usize; 3] {
    let margins = margins(shape, kernel, options, Padding::Full);
    let hazy = margins[0] > 0 && !options.algorithm.inverts();
    margins.map(|margin| if hazy { margin + margin / 2 } else { margin }.max(MIN_HALO))
}

fn checked_margins(shape: [usize; 3], kernel: &Kernel, options: &Options) -> Result<[usize; 3]> {
    if shape.contains(&0) {
        return Err(Error::Argument(format!("image shape is {shape:?}; every extent must be at least 1")));
    }
    let margins = margins(shape, kernel, options, options.padding);
    let longest = (0..3).map(|axis| shape[axis].saturating_add(margins[axis])).max().unwrap_or(0);
    if longest > LONGEST {
        return Err(Error::Argument(format!(
            "image shape is {shape:?} and the psf's {:?}; together an axis may have {LONGEST} voxels",
            kernel.shape()
        )));
    }
    Ok(margins)
}

/// The axis in one piece.
fn whole(extent: usize, margin: usize) -> Axis {
    Axis::whole(extent, if extent == 1 && margin == 0 { 1 } else { good_size(extent + margin) })
}

/// The axis in one piece, and cut for fields of all useful sizes. Less than full padding lets light through from one end to
/// the other, so that the margin must then be just as wide as the whole's.
fn cuts(extent: usize, margin: usize, halo: usize, padding: Padding) -> Vec<Axis> {
    let whole = whole(extent, margin);
    let (ends, margin) = match padding {
        Padding::Automatic | Padding::Full => (Ends::Apart, margin),
        Padding::Half | Padding::None => (Ends::Meeting, whole.field() - extent),
    };
    let mut cuts = vec![whole];
    let mut field = good_size(margin + 2 * halo);
    while field < whole.field() {
        cuts.extend(Axis::cut(extent, field, margin, halo, ends));
        field = good_size(field + 1 + field / 32);
    }
    cuts
}

/// Voxels around a core at least, for point spread functions that are hardly wider than a voxel.
const MIN_HALO: usize = 24;
/// What a transform takes along an axis.
const LONGEST: usize = 1 << 22;
/// Tilings whose bytes are worked out at most.
const TRIES: usize = 64;
