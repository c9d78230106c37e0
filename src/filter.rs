//! Everyday filters: Gaussian, median, difference of Gaussians, unsharp masking, white top-hat, equalisation, band-pass, stripes.
//!
//! Packed samples in axis order z, y, x; 2-D is z = 1. Images go on beyond their border as in a mirror at its outer edge, which
//! SciPy calls `reflect`. Each sample of a result follows from the image alone, so that bits are the same for any number of threads.
//!
//! | file | what |
//! |---|---|
//! | `bands` | rows in parallel, progress, cancellation |
//! | `reflect` | samples beyond the border |
//! | `footprint` | the samples around one |
//! | `gaussian`, `median` | what is done with them |
//! | `clahe` | contrast that is even everywhere |
//! | `low_pass`, `band_pass` | waves of some lengths, told apart in Fourier space |
//! | `flat`, `ball`, `opening` | what passes under an image |
//! | `percentile` | the level that a share of the samples is below |
//! | `hot_pixels` | single samples that no light made, replaced |
//! | `magnify`, `reassign`, `esrrf` | images on finer pixels, and what makes points narrower there |
//! | `resample` | other grids of samples |
//! | `bin` | neighbours put into one, projections |

mod ball;
mod band_pass;
mod bands;
mod bin;
mod clahe;
mod esrrf;
mod flat;
mod footprint;
mod gaussian;
mod hot_pixels;
mod low_pass;
mod magnify;
mod median;
mod opening;
mod percentile;
mod reassign;
mod reflect;
mod resample;

pub use bands::Bands;
pub use bin::Bin;
pub use esrrf::{Esrrf, Numbers as Convergence};
pub use hot_pixels::{Found, HotPixels};
pub use opening::{Opening, Under};
pub use percentile::Percentile;
pub use reassign::Reassign;
pub use resample::{Grids, Resample};

use band_pass::{BandPass, Stripes};
use clahe::Clahe;
use gaussian::Gaussian;
use low_pass::LowPasses;
use median::Median;

use crate::error::{Error, Result, zeroed};
use crate::params::{
    self, FILTER_ALONG, FILTER_AMOUNT, FILTER_CLIP_LIMIT, FILTER_KIND, FILTER_LENGTH_PX, FILTER_LONGEST_PX,
    FILTER_RADIUS_PLANES, FILTER_RADIUS_PX, FILTER_RATIO, FILTER_SHORTEST_PX, FILTER_SIGMA_PLANES, FILTER_SIGMA_PX,
    FILTER_TILE_PLANES, FILTER_TILE_PX, FILTER_WIDTH_PX, FilterAlong, FilterKind, Settings,
};
use crate::runtime::{Watch, Workers};

/// A filter for images of one shape.
pub struct Filter {
    shape: [usize; 3],
    work: Work,
    /// Images that the work needs beside the one that it is done on.
    spare: Vec<f32>,
    kept: Vec<f32>,
}

enum Work {
    Gaussian(Gaussian),
    Median(Median),
    Difference { narrow: Gaussian, wide: Gaussian },
    Unsharp { blur: Gaussian, amount: f32 },
    TopHat(Opening),
    Clahe(Clahe),
    BandPass(BandPass),
    Stripes(Stripes),
}

/// What a filter did to one image.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Outcome {
    /// Sum of the image.
    pub flux_in: f64,
    /// Sum of the result.
    pub flux_out: f64,
}

impl Outcome {
    /// Of an image that became another.
    pub fn of(before: &[f32], after: &[f32]) -> Self {
        Self { flux_in: sum(before), flux_out: sum(after) }
    }
}

/// The numbers of a filter for images of one shape, along (z, y, x).
enum Rule {
    Gaussian([f64; 3]),
    Median([f64; 2]),
    Difference {
        narrow: [f64; 3],
        wide: [f64; 3],
    },
    Unsharp {
        sigma: [f64; 3],
        amount: f32,
    },
    TopHat(Under),
    Clahe {
        tile: [usize; 3],
        share: f64,
    },
    /// Shortest and longest waves that are kept.
    BandPass([f64; 2]),
    /// The axis that they run along, their width and their length.
    Stripes {
        along: usize,
        size: [f64; 2],
    },
}

impl Rule {
    fn new(shape: [usize; 3], settings: &Settings) -> Result<Self> {
        let kind = settings.choice(FILTER_KIND);
        match kind {
            FilterKind::Clahe => return Self::clahe(shape, settings),
            FilterKind::BandPass => return Self::band_pass(settings),
            FilterKind::Stripes => {
                let size = [settings.required(FILTER_WIDTH_PX)?, settings.required(FILTER_LENGTH_PX)?];
                let along = usize::from(settings.choice::<FilterAlong>(FILTER_ALONG) == FilterAlong::X);
                return Ok(Self::Stripes { along, size });
            }
            _ => {}
        }
        let is_round = matches!(kind, FilterKind::Median | FilterKind::TopHat);
        let (within, across) =
            if is_round { (FILTER_RADIUS_PX, FILTER_RADIUS_PLANES) } else { (FILTER_SIGMA_PX, FILTER_SIGMA_PLANES) };
        let (px, planes) = (settings.required(within)?, settings.required(across)?);
        // A radius below a sample reaches none.
        let least = if is_round { 1.0 } else { f64::MIN_POSITIVE };
        if px < least && (planes < least || shape[0] == 1) {
            let names = [within, across].map(|id| params::Parameter::by_id(id).map_or("", |row| row.name));
            return Err(Error::Argument(format!(
                "{} is {px} and {} {planes} for images of {} planes; the filter must reach a neighbour, by {} within planes",
                names[0],
                names[1],
                shape[0],
                if is_round { "1 px at least" } else { "more than 0 px" }
            )));
        }
        let sigma = [planes, px, px];
        Ok(match kind {
            FilterKind::Gaussian => Self::Gaussian(sigma),
            FilterKind::Median => Self::Median([planes, px]),
            FilterKind::DifferenceOfGaussians => {
                let ratio = settings.required(FILTER_RATIO)?;
                Self::Difference { narrow: sigma, wide: sigma.map(|sigma| sigma * ratio) }
            }
            FilterKind::Unsharp => Self::Unsharp { sigma, amount: settings.required(FILTER_AMOUNT)? as f32 },
            _ => Self::TopHat(Under::Flat([planes, px])),
        })
    }

    fn clahe([nz, ny, nx]: [usize; 3], settings: &Settings) -> Result<Self> {
        let [px, planes] =
            [FILTER_TILE_PX, FILTER_TILE_PLANES].map(|id| usize::try_from(settings.i64(id)).unwrap_or(0));
        if (1..LEAST_TILE).contains(&px) {
            return Err(Error::Argument(format!(
                "filter.tile_px is {px}; it must be {LEAST_TILE} at least, or 0 for an eighth of the image"
            )));
        }
        // Beyond twice the image a tile only has its samples once more.
        let side = |extent: usize| if px > 0 { px.min((2 * extent).max(LEAST_TILE)) } else { (extent / 8).max(1) };
        Ok(Self::Clahe { tile: [planes.min(2 * nz), side(ny), side(nx)], share: settings.required(FILTER_CLIP_LIMIT)? })
    }

    fn band_pass(settings: &Settings) -> Result<Self> {
        let [shortest, longest] = [settings.required(FILTER_SHORTEST_PX)?, settings.required(FILTER_LONGEST_PX)?];
        if shortest + longest == 0.0 || longest > 0.0 && longest <= shortest {
            return Err(Error::Argument(format!(
                "filter.longest_px is {longest} with a filter.shortest_px of {shortest}; it must be larger, or one of them 0 for no end"
            )));
        }
        Ok(Self::BandPass([shortest, longest]))
    }
}

impl Filter {
    /// A filter for images of `shape` (z, y, x) with the `filter.*` parameters, for those threads.
    ///
    /// # Errors
    /// [`Error::Argument`] for a filter that looks at no neighbours; [`Error::Memory`].
    pub fn new(shape: [usize; 3], settings: &Settings, workers: &Workers) -> Result<Self> {
        let ([_, ny, nx], threads) = (shape, workers.threads());
        let gaussian = |sigma| Gaussian::new(shape, sigma);
        let rule = Rule::new(shape, settings)?;
        let work = match rule {
            Rule::Gaussian(sigma) => Work::Gaussian(gaussian(sigma)?),
            Rule::Median(radius) => Work::Median(Median::new(shape, radius, threads)?),
            Rule::Difference { narrow, wide } => Work::Difference { narrow: gaussian(narrow)?, wide: gaussian(wide)? },
            Rule::Unsharp { sigma, amount } => Work::Unsharp { blur: gaussian(sigma)?, amount },
            Rule::TopHat(under) => Work::TopHat(Opening::new(shape, under, threads)?),
            Rule::Clahe { tile, share } => Work::Clahe(Clahe::new(shape, tile, share)?),
            Rule::BandPass(lengths) => Work::BandPass(BandPass::new([ny, nx], lengths, workers)?),
            Rule::Stripes { along, size } => Work::Stripes(Stripes::new([ny, nx], along, size, workers)?),
        };
        let samples = shape.iter().product::<usize>();
        let thing = "the workspace of the filter";
        Ok(Self {
            shape,
            spare: zeroed(thing, samples * rule.volumes().min(1))?,
            kept: zeroed(thing, samples * (rule.volumes() / 2))?,
            work,
        })
    }

    /// Bytes that [`Filter::new`] will hold.
    ///
    /// # Errors
    /// As [`Filter::new`].
    pub fn bytes(shape: [usize; 3], settings: &Settings, threads: usize) -> Result<u64> {
        let rule = Rule::new(shape, settings)?;
        let [_, ny, nx] = shape;
        let samples = shape.iter().product::<usize>() * rule.volumes();
        let work = match rule {
            Rule::Gaussian(sigma) | Rule::Unsharp { sigma, .. } => Gaussian::bytes(sigma),
            Rule::Difference { narrow, wide } => Gaussian::bytes(narrow) + Gaussian::bytes(wide),
            Rule::Median(radius) => Median::bytes(radius, threads),
            Rule::TopHat(under) => Opening::bytes(shape, under, threads),
            Rule::Clahe { tile, .. } => Clahe::bytes(shape, tile),
            Rule::BandPass(_) => LowPasses::bytes([ny, nx], threads)?,
            Rule::Stripes { .. } => Stripes::bytes([ny, nx], threads)?,
        };
        Ok((samples * size_of::<f32>()) as u64 + work)
    }

    /// Filters `image`, packed samples (z, y, x) of the shape given to [`Filter::new`], all finite, in place.
    ///
    /// # Errors
    /// [`Error::Cancelled`]; `image` is a mixture then.
    pub fn execute(&mut self, image: &mut [f32], workers: &Workers, watch: &mut Watch<'_>) -> Result<Outcome> {
        let flux_in = sum(image);
        let Self { shape: [nz, ny, nx], work, spare, kept } = self;
        let mut bands = Bands::new(workers, watch, work.rows(*nz * *ny));
        match work {
            Work::Gaussian(gaussian) => gaussian.blur(image, spare, &mut bands)?,
            Work::Median(median) => {
                spare.copy_from_slice(image);
                median.take(spare, image, &mut bands)?;
            }
            Work::Difference { narrow, wide } => {
                kept.copy_from_slice(image);
                narrow.blur(kept, spare, &mut bands)?;
                wide.blur(image, spare, &mut bands)?;
                image.iter_mut().zip(kept).for_each(|(sample, narrow)| *sample = *narrow - *sample);
            }
            Work::Unsharp { blur, amount } => {
                kept.copy_from_slice(image);
                blur.blur(image, spare, &mut bands)?;
                let samples = image.iter_mut().zip(kept);
                samples.for_each(|(sample, kept)| *sample = *kept + *amount * (*kept - *sample));
            }
            Work::TopHat(opening) => opening.subtract(image, &mut bands)?,
            Work::Clahe(clahe) => clahe.take(image, &mut bands)?,
            Work::BandPass(pass) => pass.take(image, [*ny, *nx], &mut bands)?,
            Work::Stripes(stripes) => stripes.take(image, [*ny, *nx], &mut bands)?,
        }
        Ok(Outcome { flux_in, flux_out: sum(image) })
    }
}

impl Rule {
    /// Volumes that the work needs beside the image.
    fn volumes(&self) -> usize {
        match self {
            Self::Gaussian(_) | Self::Median(_) => 1,
            Self::Difference { .. } | Self::Unsharp { .. } => 2,
            Self::TopHat(_) | Self::Clahe { .. } | Self::BandPass(_) | Self::Stripes { .. } => 0,
        }
    }
}

impl Work {
    /// Rows that it makes of an image of so many.
    fn rows(&self, rows: usize) -> usize {
        let passes = match self {
            Self::Gaussian(blur) | Self::Unsharp { blur, .. } => blur.passes(),
            Self::Median(_) => 1,
            Self::Difference { narrow, wide } => narrow.passes() + wide.passes(),
            Self::TopHat(_) | Self::BandPass(_) => 2,
            Self::Stripes(_) => 3,
            Self::Clahe(clahe) => return clahe.rows(),
        };
        passes * rows
    }
}

/// Whether results of the filter are the light of the image, moved at most: its sums and its proportions.
pub fn is_quantitative(settings: &Settings) -> bool {
    settings.choice::<FilterKind>(FILTER_KIND) == FilterKind::Gaussian
}

/// Least side of a stated tile: each has a map of 256 levels.
const LEAST_TILE: usize = 8;

fn sum(image: &[f32]) -> f64 {
    image.iter().map(|sample| f64::from(*sample)).sum()
}
