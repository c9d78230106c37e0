//! Where a result and the raw image contradict each other.
//!
//! What a result adds, lacks, doubles or moves leaves a residual of the shape of the point spread function. So the residuals are
//! matched with Gaussians of that width and twice that, and where the noise is that of photons and neighbours share none, what the residuals of cells of 16 x 16
//! samples share with those beside them is seen too: P. A. P. Moran 1950, doi 10.2307/2332142, with residuals that have no mean. A
//! patch of 32 x 32 samples is as suspicious as the greatest of both in it, in standard deviations, over the thresholds that fewer than
//! one patch in a hundred of honest results passes ([`THRESHOLD`], [`SHARED`]). No model is exact: residuals are held against the noise and,
//! beside it, [`TOLERANCE`] of the light that is there. What a result adds beyond the frequencies that the microscope passes leaves no
//! residual; see `support` for that.

use super::blur::{Blur, gaussian};
use super::forward::{deviation, parts};
use super::image::Image;
use super::places::Places;
use crate::error::Result;
use crate::noise::Camera;
use crate::runtime::Job;

/// What was found in all patches.
pub(super) struct Suspicion {
    /// Patches, and those of them above 1.
    pub patches: usize,
    pub above: usize,
    pub greatest: f64,
    /// What a standard deviation of the matched noise is.
    pub deviation: f64,
}

/// Leaves the suspicion of the patches around each sample in `map`: above 1 is suspicious. `residuals` are in units of the
/// noise, `sigma` is the width of the point spread function in samples. Of samples that do not count nothing is said: the map is NaN
/// there, and patches less than a quarter of whose samples count are left out. `independent`: whether the noise of neighbours is.
pub(super) fn suspicion(
    model: &Image,
    residuals: &[f32],
    camera: &Camera,
    (sigma, places): (f64, &Places),
    independent: bool,
    map: &mut [f32],
    job: Job,
) -> Result<Suspicion> {
    let shape = model.shape;
    let count = residuals.len();
    let mut weighted: Vec<f32> = job.zeroed("residuals with a tolerance", count)?;
    let mut matched: Vec<f32> = job.zeroed("matched residuals", count)?;
    let level = f64::from(median(model.samples, places, &mut weighted));
    for (at, ((target, residual), mean)) in weighted.iter_mut().zip(residuals).zip(model.samples).enumerate() {
        let noise = deviation(camera, f64::from(*mean));
        let error = TOLERANCE * (f64::from(*mean) - level).abs();
        *target = if places.has(at) { (f64::from(*residual) * noise / noise.hypot(error)) as f32 } else { 0.0 };
    }
    map.fill(0.0);
    for width in [sigma, 2.0 * sigma] {
        job.check()?;
        let (kernel, extents) = gaussian(width);
        let norm = kernel.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>() * camera.long_range().max(1.0);
        job.passing(|| Blur::new((&kernel, extents), shape, job).map(|mut blur| blur.apply(&weighted, &mut matched)))?;
        let norm = norm.sqrt() as f32;
        map.iter_mut().zip(&matched).for_each(|(most, value)| *most = most.max(value.abs() / norm));
    }
    // A model that is off everywhere by a little says nothing of places: what half the samples have is no contradiction.
    let usual = f64::from(median(map, places, &mut matched)) / USUAL;
    let unit = 1.0 / (THRESHOLD * usual.max(1.0));
    for (at, value) in map.iter_mut().enumerate() {
        *value = if places.has(at) { *value * unit as f32 } else { 0.0 };
    }
    if independent {
        share(&weighted, places, map);
    }
    let found = patches(map, places, &mut matched);
    for (_, value) in map.iter_mut().enumerate().filter(|(at, _)| !places.has(*at)) {
        *value = f32::NAN;
    }
    Ok(Suspicion { deviation: unit, ..found })
}

/// Raises what counts in `map` to what the residuals of each cell share with those above and left of them, over [`SHARED`]: the sum
/// of their products, over that of as many products of white noise. Of single residuals that are far off, the matched ones tell.
fn share(residuals: &[f32], places: &Places, map: &mut [f32]) {
    let [nz, ny, nx] = places.shape();
    let held = |at: usize| f64::from(residuals[at].clamp(-FAR, FAR));
    for (z, rows) in (0..nz).flat_map(|z| parts(ny, CELL).map(move |rows| (z, rows))) {
        for columns in parts(nx, CELL) {
            let here = || {
                let line = |y: usize| columns.clone().map(move |x| (y, x));
                let indexed = move |(y, x): (usize, usize)| (y, x, (z * ny + y) * nx + x);
                rows.clone().flat_map(line).map(indexed).filter(|(_, _, at)| places.has(*at))
            };
            let (mut sum, mut count) = (0.0, 0.0);
            for (y, x, at) in here() {
                for before in [(y > 0).then(|| at - nx), (x > 0).then(|| at - 1)].into_iter().flatten() {
                    if places.has(before) {
                        sum += held(at) * held(before);
                        count += 1.0;
                    }
                }
            }
            let products = 2 * rows.len() * columns.len();
            if 4.0 * count >= products as f64 {
                let shared = (sum.abs() / (f64::sqrt(count) * SHARED)) as f32;
                here().for_each(|(_, _, at)| map[at] = map[at].max(shared));
            }
        }
    }
}

/// Spreads the greatest value of each patch over it; patches overlap by half, and the greatest counts.
fn patches(map: &mut [f32], places: &Places, kept: &mut [f32]) -> Suspicion {
    let [nz, ny, nx] = places.shape();
    kept.copy_from_slice(map);
    map.fill(f32::NAN);
    let [height, width] = [ny, nx].map(|extent| PATCH.min(extent));
    // The last ends with the axis.
    let starts = |extent: usize, size: usize| {
        let step = (size / 2).max(1);
        (0..(extent - size).div_ceil(step) + 1).map(move |at| (at * step).min(extent - size))
    };
    let mut found = Suspicion { patches: 0, above: 0, greatest: 0.0, deviation: 0.0 };
    for (z, top) in (0..nz).flat_map(|z| starts(ny, height).map(move |top| (z, top))) {
        for left in starts(nx, width) {
            let rows = || (top..top + height).map(|y| (z * ny + y) * nx + left);
            let counted = |start: usize| (start..start + width).filter(|at| places.has(*at)).count();
            let counted = rows().map(counted).sum::<usize>();
            if counted == 0 || 4 * counted < height * width {
                continue;
            }
            let most =
                rows().flat_map(|start| &kept[start..start + width]).fold(0.0_f32, |most, value| most.max(*value));
            for start in rows() {
                map[start..start + width].iter_mut().for_each(|value| *value = value.max(most));
            }
            found.patches += 1;
            found.above += usize::from(most > 1.0);
            found.greatest = found.greatest.max(f64::from(most));
        }
    }
    found
}

/// Of the values that count; 0 where none does.
fn median(values: &[f32], places: &Places, room: &mut [f32]) -> f32 {
    let mut count = 0;
    for (_, value) in values.iter().enumerate().filter(|(at, _)| places.has(*at)) {
        room[count] = *value;
        count += 1;
    }
    if count == 0 {
        return 0.0;
    }
    *room[..count].select_nth_unstable_by(count / 2, f32::total_cmp).1
}

/// Samples of a patch along y and x.
const PATCH: usize = 32;
/// Samples of a cell along y and x, up to twice that where the extents are no multiples.
const CELL: usize = 16;
/// Deviations that a residual counts as beside its neighbours, at most.
const FAR: f32 = 10.0;
/// Share of the light by which a model may be wrong unheard.
const TOLERANCE: f64 = 0.05;
/// Median of the greater of two matched values of noise, in standard deviations.
const USUAL: f64 = 0.86;
/// Standard deviations that fewer than one patch in a hundred pass in honest results on clean simulations, by half a deviation more than
/// `scripts/calibrate_suspicion.py` finds.
pub(super) const THRESHOLD: f64 = 6.25;
/// Standard deviations of what the residuals of a cell share: more than honest results there need, since lies are told best so.
const SHARED: f64 = 11.0;
