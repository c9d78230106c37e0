//! Deblurring by pixel reassignment: B. Zhao and J. Mertz 2023, "Resolution enhancement with deblurring by pixel reassignment", Advanced
//! Photonics 5 (6), 066004, doi 10.1117/1.AP.5.6.066004.
//!
//! The light of every pixel moves up the slope of the logarithm of the image, towards the middle of the point that it may have come
//! from: by `gain` times the way where a point is a Gaussian as wide as stated. Light is moved, not made: the sum stays. What is wider than
//! the local level's disc stays in its place, and so does the shape of what is wider than four times a point, since slopes are taken of the
//! image over its blur, as there.
//!
//! Planes are independent, and come out on pixels that are finer by a whole number.

use super::bands::Bands;
use super::gaussian::Gaussian;
use super::magnify::Magnify;
use super::opening::{Opening, Under};
use crate::error::{Result, zeroed};
use crate::params::{REASSIGN_FWHM_PX, REASSIGN_GAIN, REASSIGN_MAGNIFICATION, REASSIGN_RADIUS_PX, Settings};
use crate::runtime::{Rows, Watch, Workers};

/// Pixel reassignment in images of one shape.
pub struct Reassign {
    numbers: Numbers,
    magnify: Magnify,
    opening: Opening,
    blur: Gaussian,
    /// What stands above the local level, and that level.
    above: Vec<f32>,
    level: Vec<f32>,
    /// On the finer pixels: what is moved, its blur, and by how much along y and x.
    fine: Vec<f32>,
    wide: Vec<f32>,
    along_y: Vec<f32>,
    along_x: Vec<f32>,
}

#[derive(Clone, Copy)]
struct Numbers {
    shape: [usize; 3],
    factor: usize,
    /// Of a point, on the finer pixels.
    sigma: f64,
    gain: f64,
    radius: f64,
}

impl Numbers {
    fn new(shape: [usize; 3], settings: &Settings) -> Result<Self> {
        let factor = usize::try_from(settings.i64(REASSIGN_MAGNIFICATION)).unwrap_or(1);
        let sigma = settings.required(REASSIGN_FWHM_PX)? / FWHM * factor as f64;
        Ok(Self {
            shape,
            factor,
            sigma,
            gain: settings.required(REASSIGN_GAIN)?,
            radius: settings.required(REASSIGN_RADIUS_PX)?,
        })
    }

    /// Extents (z, y, x) of results.
    fn fine(&self) -> [usize; 3] {
        let [nz, ny, nx] = self.shape;
        [nz, ny * self.factor, nx * self.factor]
    }

    fn blur(&self) -> [f64; 3] {
        [0.0, WIDE * self.sigma, WIDE * self.sigma]
    }

    /// Rows beyond which no light moves.
    fn reach(&self) -> usize {
        (FARTHEST * self.sigma).ceil() as usize + 1
    }
}

impl Reassign {
    /// For images of `shape` (z, y, x) with the `reassign.*` parameters, and so many threads.
    ///
    /// # Errors
    /// [`Error::Memory`](crate::error::Error::Memory).
    pub fn new(shape: [usize; 3], settings: &Settings, threads: usize) -> Result<Self> {
        let numbers = Numbers::new(shape, settings)?;
        let ([nz, ny, nx], [_, tall, wide]) = (shape, numbers.fine());
        let buffer = |samples| zeroed("the workspace of the reassignment", samples);
        Ok(Self {
            magnify: Magnify::new([ny, nx], numbers.factor, threads)?,
            opening: Opening::new(shape, Under::Flat([0.0, numbers.radius]), threads)?,
            blur: Gaussian::new([1, tall, wide], numbers.blur())?,
            above: buffer(nz * ny * nx)?,
            level: buffer(ny * nx)?,
            fine: buffer(tall * wide)?,
            wide: buffer(tall * wide)?,
            along_y: buffer(tall * wide)?,
            along_x: buffer(tall * wide)?,
            numbers,
        })
    }

    /// Bytes that [`Reassign::new`] will hold.
    ///
    /// # Errors
    /// As [`Reassign::new`].
    pub fn bytes(shape: [usize; 3], settings: &Settings, threads: usize) -> Result<u64> {
        let numbers = Numbers::new(shape, settings)?;
        let ([nz, ny, nx], [_, tall, wide]) = (shape, numbers.fine());
        let buffers = (nz + 1) * ny * nx + 4 * tall * wide;
        Ok((buffers * size_of::<f32>()) as u64
            + Magnify::bytes([ny, nx], numbers.factor, threads)
            + Opening::bytes(shape, Under::Flat([0.0, numbers.radius]), threads)
            + Gaussian::bytes(numbers.blur()))
    }

    /// How many pixels of the result a pixel is along y and x.
    pub fn magnification(settings: &Settings) -> usize {
        usize::try_from(settings.i64(REASSIGN_MAGNIFICATION)).unwrap_or(1)
    }

    /// Puts the light of `image`, packed (z, y, x), all finite, into `target`, whose planes are larger.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::error::Error::Cancelled).
    pub fn execute(
        &mut self,
        image: &[f32],
        target: &mut [f32],
        workers: &Workers,
        watch: &mut Watch<'_>,
    ) -> Result<()> {
        let Self { numbers, magnify, opening, blur, above, level, fine, wide, along_y, along_x } = self;
        let ([nz, ny, nx], [_, tall, broad]) = (numbers.shape, numbers.fine());
        let mut bands = Bands::new(workers, watch, nz * (2 * ny + 9 * tall));
        above.copy_from_slice(image);
        opening.subtract(above, &mut bands)?;
        for (at, plane) in target.chunks_exact_mut(tall * broad).enumerate() {
            let [image, above] = [image, &*above].map(|image| &image[at * ny * nx..][..ny * nx]);
            level.iter_mut().zip(image).zip(above).for_each(|((level, sample), above)| *level = sample - above);
            magnify.take(level, plane, &mut bands)?;
            magnify.take(above, fine, &mut bands)?;
            bands.each(wide, broad, &mut [], |y, row, _| row.copy_from_slice(&fine[y * broad..][..broad]))?;
            blur.blur(wide, along_y, &mut bands)?;
            // A share of the highest keeps the quotient from being one of two nothings.
            let highest = &mut along_y[..tall];
            workers.each((Rows::of(fine, broad), Rows::of_mut(highest, 1)), |_, _, (row, highest)| {
                highest[0] = row.iter().copied().fold(0.0, f32::max);
            });
            let least = LEAST * highest.iter().copied().fold(0.0, f32::max).max(f32::MIN_POSITIVE);
            bands.each(wide, broad, &mut [], |y, row, _| {
                let fine = &fine[y * broad..];
                row.iter_mut()
                    .zip(fine)
                    .for_each(|(wide, fine)| *wide = (fine.max(0.0) + least) / (wide.max(0.0) + least));
            })?;
            slopes(wide, [along_y, along_x], [tall, broad], numbers, &mut bands)?;
            let (reach, columns) = (numbers.reach(), (broad - 1) as f32);
            let (fine, along_y, along_x) = (&*fine, &*along_y, &*along_x);
            bands.each(plane, broad, &mut [], |y, row, _| {
                for from in y.saturating_sub(reach)..(y + reach + 1).min(tall) {
                    for (x, light) in fine[from * broad..][..broad].iter().enumerate() {
                        let at = (from as f32 + along_y[from * broad + x]).clamp(0.0, (tall - 1) as f32);
                        let share = 1.0 - (at - y as f32).abs();
                        if share > 0.0 {
                            let to = (x as f32 + along_x[from * broad + x]).clamp(0.0, columns);
                            let (left, part) = (to as usize, to.fract());
                            row[left] += light * share * (1.0 - part);
                            // At the last column nothing is left over.
                            row[(left + 1).min(broad - 1)] += light * share * part;
                        }
                    }
                }
            })?;
        }
        Ok(())
    }
}

/// How far light moves along (y, x): `gain` times the square of a point's deviation times the slope of the logarithm of `image`.
fn slopes(
    image: &[f32],
    [along_y, along_x]: [&mut Vec<f32>; 2],
    [tall, wide]: [usize; 2],
    numbers: &Numbers,
    bands: &mut Bands<'_, '_>,
) -> Result<()> {
    let (factor, farthest) = ((numbers.gain * numbers.sigma.powi(2)) as f32, (FARTHEST * numbers.sigma) as f32);
    let way = |y: usize, x: usize| {
        let at = |y: usize, x: usize| image[y * wide + x];
        // Beyond the border lies the mirror image, so that the difference there is half of that to the neighbour.
        let [up, down] = [at(y.saturating_sub(1), x), at((y + 1).min(tall - 1), x)];
        let [left, right] = [at(y, x.saturating_sub(1)), at(y, (x + 1).min(wide - 1))];
        let slope = [down - up, right - left].map(|by| 0.5 * by * factor / at(y, x));
        let length = slope[0].hypot(slope[1]);
        slope.map(|slope| if length > farthest { slope * farthest / length } else { slope })
    };
    for (axis, target) in [along_y, along_x].into_iter().enumerate() {
        bands.each(target, wide, &mut [], |y, row, _| {
            row.iter_mut().enumerate().for_each(|(x, to)| *to = way(y, x)[axis]);
        })?;
    }
    Ok(())
}

/// Full width at half maximum of a Gaussian, in standard deviations.
const FWHM: f64 = 2.354_820_045;
/// Of the blur that the image is divided by, in standard deviations of a point.
const WIDE: f64 = 4.0;
/// How far light moves at most, in standard deviations of a point.
const FARTHEST: f64 = 2.0;
const LEAST: f32 = 1e-4;
