//! Maps of a sensor's pixels from stacks of frames without light and in even light.
//!
//! Offset and variance are the mean and the variance of dark frames. Light of level k makes a pixel's mean rise by D_k, and its
//! variance by V_k; of photons these are as g to 1, and the gain is the slope g = sum V_k D_k / sum D_k² (Huang et al. 2013, doi
//! 10.1038/nmeth.2488, supplementary note 1). A pixel whose mean and variance do not rise has no gain: it is dead.

use crate::error::{Error, Result, zeroed};
use crate::image::{Dtype, Layout};
use crate::runtime::{Job, Rows};
use crate::sensor::map::{LEAST_GAIN, MOST};

/// Stacks of frames of one sensor, packed, in one of the types of images.
#[derive(Clone, Copy)]
pub struct Frames<'a> {
    /// Sample type of all of them.
    pub dtype: Dtype,
    /// Rows and columns.
    pub shape: [usize; 2],
    /// Frames without light (frame, y, x), 2 or more.
    pub dark: (&'a [u8], usize),
    /// Frames in even light (level, frame, y, x), of so many levels of so many frames, 2 or more; no levels where only dark
    /// ones are known.
    pub flat: (&'a [u8], [usize; 2]),
}

/// What is measured, packed (y, x).
pub struct Maps {
    /// Intensity without light.
    pub offset: Vec<f32>,
    /// Variance without light.
    pub variance: Vec<f32>,
    /// Intensity per photon, 0 where a pixel is dead; empty without levels of light.
    pub gain: Vec<f32>,
}

/// Measures maps.
///
/// # Errors
/// [`Error::Argument`] for stacks of less than two frames, samples beyond ±1e9, and where no pixel has a gain; [`Error::Memory`];
/// [`Error::Cancelled`].
pub fn measure(frames: &Frames<'_>, job: Job<'_>) -> Result<Maps> {
    let pixels: usize = frames.shape.iter().product();
    let [levels, of_level] = frames.flat.1;
    for (name, count) in [("dark", frames.dark.1), ("flat", if levels == 0 { 2 } else { of_level })] {
        if count < 2 {
            return Err(Error::Argument(format!(
                "{name} frames are {count}; there must be 2 or more, and a hundred for a useful variance"
            )));
        }
    }
    let mut moments = Moments {
        frame: zeroed("a frame", pixels)?,
        means: zeroed("means of pixels", pixels)?,
        squares: zeroed("variances of pixels", pixels)?,
    };
    moments.of(frames, frames.dark, job)?;
    let last = (frames.dark.1 - 1) as f64;
    let map = |len| zeroed("a map of the sensor", len);
    let mut maps =
        Maps { offset: map(pixels)?, variance: map(pixels)?, gain: map(if levels == 0 { 0 } else { pixels })? };
    for (at, (offset, variance)) in maps.offset.iter_mut().zip(&mut maps.variance).enumerate() {
        (*offset, *variance) = (moments.means[at] as f32, (moments.squares[at] / last) as f32);
    }
    if levels == 0 {
        return Ok(maps);
    }
    let mut sums: Vec<[f64; 3]> = zeroed("sums over levels of light", pixels)?;
    let level_bytes = of_level * pixels * frames.dtype.bytes();
    for level in 0..levels {
        moments.of(frames, (&frames.flat.0[level * level_bytes..][..level_bytes], of_level), job)?;
        for (at, [products, squares, chance]) in sums.iter_mut().enumerate() {
            let (dark, rise) = (f64::from(maps.variance[at]), moments.means[at] - f64::from(maps.offset[at]));
            let variance = moments.squares[at] / (of_level - 1) as f64;
            *products += (variance - dark) * rise;
            *squares += rise * rise;
            *chance += dark / frames.dark.1 as f64 + variance / of_level as f64;
        }
    }
    for (gain, [products, squares, chance]) in maps.gain.iter_mut().zip(&sums) {
        let sees_light = *squares > CERTAIN * CERTAIN * chance;
        let slope = (products / squares) as f32;
        *gain = if sees_light && slope >= LEAST_GAIN { slope } else { 0.0 };
    }
    if maps.gain.iter().all(|gain| *gain == 0.0) {
        return Err(Error::Argument(
            "flat frames are no brighter and no noisier than dark ones in any pixel; they must be of light".into(),
        ));
    }
    Ok(maps)
}

/// Means of pixels, and sums of squared distances from them.
struct Moments {
    frame: Vec<f32>,
    means: Vec<f64>,
    squares: Vec<f64>,
}

impl Moments {
    /// Those of a stack, frame by frame (B. P. Welford 1962, doi 10.1080/00401706.1962.10490022).
    fn of(&mut self, frames: &Frames<'_>, (stack, count): (&[u8], usize), job: Job<'_>) -> Result<()> {
        let [ny, nx] = frames.shape;
        let shape = [count, ny, nx].map(|extent| extent as i64);
        let layout = Layout::new(frames.dtype, "tyx", &shape, None, 0)?;
        self.means.fill(0.0);
        self.squares.fill(0.0);
        for at in 0..count {
            job.check()?;
            let found = layout.read(stack, at, &mut self.frame, job.workers());
            if found.not_finite > 0 {
                return Err(Error::Argument(format!(
                    "frame {at} holds {} samples that are NaN or infinite; all must be finite",
                    found.not_finite
                )));
            }
            if let Some(sample) = self.frame.iter().find(|sample| sample.abs() > MOST) {
                return Err(Error::Argument(format!(
                    "frame {at} holds a sample of {sample:e}; all must be within -{MOST:e} to {MOST:e}, as those of cameras are"
                )));
            }
            let rows =
                (Rows::of_mut(&mut self.means, nx), Rows::of_mut(&mut self.squares, nx), Rows::of(&self.frame, nx));
            job.workers().each(rows, |_, _, (means, squares, frame)| {
                for ((mean, square), sample) in means.iter_mut().zip(squares).zip(frame) {
                    let before = f64::from(*sample) - *mean;
                    *mean += before / (at + 1) as f64;
                    *square += before * (f64::from(*sample) - *mean);
                }
            });
        }
        Ok(())
    }
}

/// Standard deviations that a mean must rise by to be no chance.
const CERTAIN: f64 = 5.0;
