//! Straight, even motion of the sample or the camera during the exposure.

use super::kernel::Kernel;
use super::report::Report;
use super::shape::volume;
use crate::error::{Result, zeroed};
use crate::params::{self, Settings};

/// Samples the streak: a segment of `psf.motion_length_px` through the centre, turned by `psf.motion_angle_deg` from
/// +x towards +y, whose every piece is shared among the four nearest pixels in proportion to their nearness.
pub(super) fn sample(settings: &Settings, shape: [usize; 3]) -> Result<Kernel> {
    let [dy, dx] = span(settings)?;
    let mut plane: Vec<f64> = zeroed("psf plane", shape[1] * shape[2])?;
    let centre = [(shape[1] / 2) as f64, (shape[2] / 2) as f64];
    let pieces = (dx.hypot(dy) * PIECES_A_PIXEL).ceil().max(1.0) as usize;
    let mut outside = 0;
    for piece in 0..pieces {
        let along = (piece as f64 + 0.5) / pieces as f64 - 0.5;
        let at = [centre[0] + along * dy, centre[1] + along * dx];
        let mut put = 0.0;
        for (y, x) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let (row, column) = (at[0].floor() + f64::from(y), at[1].floor() + f64::from(x));
            if row >= 0.0 && column >= 0.0 && row < shape[1] as f64 && column < shape[2] as f64 {
                let weight = (1.0 - (at[0] - row).abs()) * (1.0 - (at[1] - column).abs());
                plane[row as usize * shape[2] + column as usize] += weight;
                put += weight;
            }
        }
        outside += usize::from(put < 0.5);
    }
    let mut samples = zeroed("psf kernel", volume(shape)?)?;
    let middle = shape[0] / 2 * plane.len();
    for (sample, value) in samples[middle..].iter_mut().zip(&plane) {
        *sample = *value as f32;
    }
    let mut report = Report::of("motion");
    report.energy_missed = Some(outside as f64 / pieces as f64);
    Ok(Kernel::new(shape, samples)?.with_report(report))
}

/// Odd extents that hold the whole streak.
pub(super) fn extent(settings: &Settings) -> Result<[usize; 3]> {
    let [dy, dx] = span(settings)?;
    let odd = |length: f64| 2 * (length.abs() / 2.0 + 0.5).ceil() as usize + 1;
    Ok([1, odd(dy), odd(dx)])
}

/// The streak's extent along (y, x) in pixels.
fn span(settings: &Settings) -> Result<[f64; 2]> {
    let length = settings.required(params::PSF_MOTION_LENGTH_PX)?;
    let angle = settings.required(params::PSF_MOTION_ANGLE_DEG)?.to_radians();
    Ok([length * angle.sin(), length * angle.cos()])
}

const PIECES_A_PIXEL: f64 = 256.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_streak_is_even_and_a_turned_one_has_its_slope() {
        let mut settings = Settings::new("psf");
        settings.set_f64(params::PSF_MOTION_LENGTH_PX, 7.0).unwrap();
        assert_eq!(extent(&settings).unwrap(), [1, 3, 9]);
        let kernel = sample(&settings, [1, 3, 11]).unwrap();
        let row = &kernel.samples()[11..22];
        assert!(row[3..8].iter().all(|value| (value - 1.0 / 7.0).abs() < 1e-5), "{row:?}");
        assert!(kernel.samples()[..11].iter().all(|value| *value == 0.0));
        settings.set_f64(params::PSF_MOTION_ANGLE_DEG, 30.0).unwrap();
        let kernel = sample(&settings, [1, 15, 15]).unwrap();
        let (mut xx, mut xy) = (0.0, 0.0);
        for (at, value) in kernel.samples().iter().enumerate() {
            let (y, x) = ((at / 15) as f32 - 7.0, (at % 15) as f32 - 7.0);
            xx += value * x * x;
            xy += value * x * y;
        }
        assert!(xy > 0.0 && (xy / xx - 30.0_f32.to_radians().tan()).abs() < 0.05, "{}", xy / xx);
    }
}
